// SPDX-License-Identifier: GPL-2.0
/*
 * 8254 programmable interval timer of a PC with port 0x61, after Intel's 8254
 * data sheet (September 1993), whose headings the comments cite.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, edge_expired by a hard interrupt, the rest in process
 * context while no vCPU runs.
 *
 * Counters are computed from the host's clock when somebody looks; the one host
 * timer waits for the next rising edge of counter 0's output, which is the
 * interrupt line. Edges closer together than MIN_EDGE_TICKS are merged, and so
 * are those that the host is too late for: one interrupt stands for all of
 * them. In the periodic modes nobody sees when the line falls, so it falls just
 * before it rises.
 */
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/i8253.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "pc.h"
#include "pit_counter.h"

#define PORT_COUNTERS	PIT_CH0
#define NR_PORTS	(PIT_MODE - PIT_CH0 + 1)
#define PORT_SYSTEM	0x61
#define NR_COUNTERS	3
#define SPEAKER		2	/* the counter whose gate and output are in port 0x61 */

/* Control word: SC1 SC0 RW1 RW0 M2 M1 M0 BCD, "Control Word Format". */
#define CW_COUNTER(val)	((val) >> 6)
#define CW_READ_BACK	3
#define CW_ACCESS(val)	((val) >> 4 & 3)

/* "Read-Back Command Format": latches happen where the bit is zero. */
#define RB_NO_COUNT	BIT(5)
#define RB_NO_STATUS	BIT(4)
#define RB_COUNTER(nr)	BIT(1 + (nr))

/* Port 0x61: "NMI Status and Control Register" of Intel's I/O Controller Hub 9 data sheet. */
#define SYSTEM_GATE	BIT(0)
#define SYSTEM_SPEAKER	BIT(1)
#define SYSTEM_KEPT	GENMASK(3, 0)
#define SYSTEM_REFRESH	BIT(4)
#define SYSTEM_OUT	BIT(5)

/* A refresh request each 15 microseconds, which the chipset makes on its own. */
#define REFRESH_TICKS	18

/* 100 microseconds: games of the time went up to 8 kHz. */
#define MIN_EDGE_TICKS	(PIT_TICK_RATE / 10000)

/**
 * struct i8254 - the timer
 * @dev: what all devices have; its line is the output of counter 0
 * @timer: runs until @edge, on CLOCK_MONOTONIC
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @clock: CLK of all counters
 * @counters: all three
 * @edge: tick of the next rising edge of counter 0's output
 * @is_edge_due: there is one
 * @system: port 0x61, the bits that are kept
 */
struct i8254 {
	struct axvm_device dev;
	struct hrtimer timer;
	raw_spinlock_t lock;
	struct pc_clock clock;
	struct pit_counter counters[NR_COUNTERS];
	u64 edge;
	bool is_edge_due;
	u8 system;
};

static struct i8254 *to_pit(struct axvm_device *dev)
{
	return container_of(dev, struct i8254, dev);
}

/* Wait for the next edge, not sooner than the shortest period allows. */
static void plan_edge(struct i8254 *pit, u64 now)
{
	pit->is_edge_due = axvm_pit_next_edge(&pit->counters[0], now, MIN_EDGE_TICKS, &pit->edge);
	if (pit->is_edge_due && !pit->clock.is_paused)
		hrtimer_start(&pit->timer, pc_clock_when(&pit->clock, pit->edge),
			      HRTIMER_MODE_ABS_HARD);
}

/* Counter 0 was programmed: its output may have changed at once. */
static void replan(struct i8254 *pit, u64 now)
{
	axvm_irq_set_level(&pit->dev.irq, axvm_pit_output(&pit->counters[0], now));
	plan_edge(pit, now);
}

/* A timer that fires without need finds no edge, or one that is yet to come. */
static enum hrtimer_restart edge_expired(struct hrtimer *timer)
{
	struct i8254 *pit = container_of(timer, struct i8254, timer);
	u64 now;

	guard(raw_spinlock_irqsave)(&pit->lock);
	now = pc_clock_ticks(&pit->clock);
	if (!pit->is_edge_due || pit->clock.is_paused)
		return HRTIMER_NORESTART;
	if (now >= pit->edge) {
		axvm_irq_set_level(&pit->dev.irq, false);
		axvm_irq_set_level(&pit->dev.irq, true);
	}
	plan_edge(pit, now);
	return HRTIMER_NORESTART;
}

/* "Read-Back Command", and the counter latch command for the one or more counters. */
static void latch_counters(struct i8254 *pit, u8 val, u64 now)
{
	unsigned int i;

	for (i = 0; i < NR_COUNTERS; i++) {
		if (!(val & RB_COUNTER(i)))
			continue;
		if (!(val & RB_NO_COUNT))
			axvm_pit_latch_count(&pit->counters[i], now);
		if (!(val & RB_NO_STATUS))
			axvm_pit_latch_status(&pit->counters[i], now);
	}
}

static void write_control(struct i8254 *pit, u8 val, u64 now)
{
	unsigned int nr = CW_COUNTER(val);

	if (nr == CW_READ_BACK) {
		latch_counters(pit, val, now);
		return;
	}
	nr = array_index_nospec(nr, NR_COUNTERS);
	if (!CW_ACCESS(val)) {
		axvm_pit_latch_count(&pit->counters[nr], now);
		return;
	}
	axvm_pit_set_mode(&pit->counters[nr], val);
	if (!nr)
		replan(pit, now);
}

static void write_count(struct i8254 *pit, unsigned int nr, u8 val, u64 now)
{
	nr = array_index_nospec(nr, NR_COUNTERS);
	axvm_pit_write(&pit->counters[nr], val, now);
	if (!nr)
		replan(pit, now);
}

/* The control word is for writing. */
static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct i8254 *pit = opaque;

	*val = 0xff;
	if (offset >= NR_COUNTERS)
		return true;
	offset = array_index_nospec(offset, NR_COUNTERS);
	guard(raw_spinlock_irqsave)(&pit->lock);
	*val = axvm_pit_read(&pit->counters[offset], pc_clock_ticks(&pit->clock));
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct i8254 *pit = opaque;
	u64 now;

	guard(raw_spinlock_irqsave)(&pit->lock);
	now = pc_clock_ticks(&pit->clock);
	if (offset < NR_COUNTERS)
		write_count(pit, offset, val, now);
	else
		write_control(pit, val, now);
	return true;
}

static bool read_system(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct i8254 *pit = opaque;
	u64 now;

	guard(raw_spinlock_irqsave)(&pit->lock);
	now = pc_clock_ticks(&pit->clock);
	*val = pit->system;
	if (now / REFRESH_TICKS & 1)
		*val |= SYSTEM_REFRESH;
	if (axvm_pit_output(&pit->counters[SPEAKER], now))
		*val |= SYSTEM_OUT;
	return true;
}

/* Nothing comes out of the speaker. */
static bool write_system(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct i8254 *pit = opaque;

	guard(raw_spinlock_irqsave)(&pit->lock);
	pit->system = val & SYSTEM_KEPT;
	axvm_pit_set_gate(&pit->counters[SPEAKER], val & SYSTEM_GATE,
			  pc_clock_ticks(&pit->clock));
	return true;
}

static const struct axvm_bus_ops counter_ops = {
	.read = read_register,
	.write = write_register,
};

static const struct axvm_bus_ops system_ops = {
	.read = read_system,
	.write = write_system,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct i8254 *pit = to_pit(dev);
	int ret = pc_check_place(dev, PORT_COUNTERS, NR_PORTS, err);

	if (ret)
		return ret;
	raw_spin_lock_init(&pit->lock);
	pit->clock.hz = PIT_TICK_RATE;
	hrtimer_setup(&pit->timer, edge_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	ret = axvm_device_add_window(dev, AXVM_BUS_PIO, 1, &counter_ops, err);
	if (ret)
		return ret;
	return pc_add_ports(dev, PORT_SYSTEM, 1, 1, &system_ops, err);
}

/* The gates of counters 0 and 1 are wired to a high level. */
static void reset_registers(struct i8254 *pit)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&pit->lock);
	pc_clock_reset(&pit->clock);
	for (i = 0; i < NR_COUNTERS; i++)
		axvm_pit_reset(&pit->counters[i], i != SPEAKER);
	pit->is_edge_due = false;
	pit->system = 0;
	axvm_irq_set_level(&pit->dev.irq, false);
}

/* No edge is due before the timer is waited for, so that it cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct i8254 *pit = to_pit(dev);

	reset_registers(pit);
	hrtimer_cancel(&pit->timer);
}

static void stop_clock(struct i8254 *pit)
{
	guard(raw_spinlock_irqsave)(&pit->lock);
	pc_clock_pause(&pit->clock);
}

static void pause(struct axvm_device *dev)
{
	struct i8254 *pit = to_pit(dev);

	stop_clock(pit);
	hrtimer_cancel(&pit->timer);
}

/* An edge that was missed by a hair before the pause comes at once. */
static void resume(struct axvm_device *dev)
{
	struct i8254 *pit = to_pit(dev);

	guard(raw_spinlock_irqsave)(&pit->lock);
	pc_clock_resume(&pit->clock);
	if (pit->is_edge_due)
		hrtimer_start(&pit->timer, pc_clock_when(&pit->clock, pit->edge),
			      HRTIMER_MODE_ABS_HARD);
}

const struct axvm_device_type axvm_i8254 = {
	.name = "i8254",
	.size = sizeof(struct i8254),
	.create = create,
	.reset = reset,
	.destroy = reset,
	.pause = pause,
	.resume = resume,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_i8254);
