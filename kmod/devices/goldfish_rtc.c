// SPDX-License-Identifier: GPL-2.0
/*
 * Goldfish real-time clock, as the "goldfish timer" of Android's emulator
 * documentation describes it: wall clock in nanoseconds since 1970, and one alarm.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, alarm_expired by a hard interrupt, the rest in process
 * context while no vCPU runs.
 *
 * The guest sees the host's wall clock plus an offset. Setting the clock
 * changes the offset; the clock goes on while the VM is paused.
 */
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/wordpart.h>
#include <clocksource/timer-goldfish.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "device.h"

#define REGS_LEN	(TIMER_CLEAR_INTERRUPT + 4)
#define WINDOW_LEN	0x1000

/**
 * struct goldfish_rtc - one clock
 * @dev: what all devices have
 * @timer: runs while an alarm is armed and the VM is not paused, on the host's wall clock
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @offset: guest's time minus host's, modulo 2^64
 * @read_high: upper half that belongs to the last read of TIME_LOW
 * @write_high: upper half that goes with the next write of TIME_LOW
 * @write_high_valid: it was written
 * @alarm: as in the registers
 * @expires: time of the alarm that is armed
 * @armed: it has yet to go off
 * @paused: leave the timer alone
 * @irq_enabled: the guest wants the interrupt
 * @irq_pending: the alarm went off
 */
struct goldfish_rtc {
	struct axvm_device dev;
	struct hrtimer timer;
	raw_spinlock_t lock;
	u64 offset;
	u32 read_high;
	u32 write_high;
	bool write_high_valid;
	u64 alarm;
	u64 expires;
	bool armed;
	bool paused;
	bool irq_enabled;
	bool irq_pending;
};

static struct goldfish_rtc *to_rtc(struct axvm_device *dev)
{
	return container_of(dev, struct goldfish_rtc, dev);
}

static u64 guest_time(const struct goldfish_rtc *rtc)
{
	return ktime_get_real_ns() + rtc->offset;
}

static void update_irq(struct goldfish_rtc *rtc)
{
	axvm_irq_set_level(&rtc->dev.irq, rtc->irq_enabled && rtc->irq_pending);
}

/*
 * Let the alarm go off when its time has come, and make the timer fit to it
 * otherwise. A timer that fires without need finds the alarm disarmed.
 */
static void update_alarm(struct goldfish_rtc *rtc)
{
	u64 now = ktime_get_real_ns();
	u64 wait = rtc->expires - (now + rtc->offset);

	if (!rtc->armed || rtc->paused)
		return;
	if (rtc->expires <= now + rtc->offset) {
		rtc->armed = false;
		rtc->irq_pending = true;
		update_irq(rtc);
		return;
	}
	/* Centuries away: as late as a timer can be, then look again. */
	wait = min(wait, KTIME_MAX - now);
	hrtimer_start(&rtc->timer, ns_to_ktime(now + wait), HRTIMER_MODE_ABS_HARD);
}

static enum hrtimer_restart alarm_expired(struct hrtimer *timer)
{
	struct goldfish_rtc *rtc = container_of(timer, struct goldfish_rtc, timer);

	guard(raw_spinlock_irqsave)(&rtc->lock);
	update_alarm(rtc);
	return HRTIMER_NORESTART;
}

static void set_time(struct goldfish_rtc *rtc, u64 time)
{
	rtc->offset = time - ktime_get_real_ns();
	update_alarm(rtc);
}

static u32 read_time_low(struct goldfish_rtc *rtc)
{
	u64 now = guest_time(rtc);

	rtc->read_high = upper_32_bits(now);
	return lower_32_bits(now);
}

static u32 read_time_high(struct goldfish_rtc *rtc)
{
	return rtc->read_high;
}

static u32 read_alarm_low(struct goldfish_rtc *rtc)
{
	return lower_32_bits(rtc->alarm);
}

static u32 read_alarm_high(struct goldfish_rtc *rtc)
{
	return upper_32_bits(rtc->alarm);
}

static u32 read_irq_enabled(struct goldfish_rtc *rtc)
{
	return rtc->irq_enabled;
}

static u32 read_alarm_status(struct goldfish_rtc *rtc)
{
	return rtc->armed;
}

/* CLEAR_ALARM and CLEAR_INTERRUPT are for writing. */
static u32 read_zero(struct goldfish_rtc *rtc)
{
	return 0;
}

/*
 * The driver writes the upper half first. That half is kept for the lower one,
 * so that a carry between the two writes does not add four seconds.
 */
static void write_time_low(struct goldfish_rtc *rtc, u32 val)
{
	u32 high = rtc->write_high_valid ? rtc->write_high : upper_32_bits(guest_time(rtc));

	rtc->write_high_valid = false;
	set_time(rtc, (u64)high << 32 | val);
}

static void write_time_high(struct goldfish_rtc *rtc, u32 val)
{
	rtc->write_high = val;
	rtc->write_high_valid = true;
	set_time(rtc, (u64)val << 32 | lower_32_bits(guest_time(rtc)));
}

static void write_alarm_low(struct goldfish_rtc *rtc, u32 val)
{
	rtc->alarm = (rtc->alarm & ~(u64)U32_MAX) | val;
	rtc->expires = rtc->alarm;
	rtc->armed = true;
	update_alarm(rtc);
}

/* Takes effect with the lower half: what is armed already is not disturbed. */
static void write_alarm_high(struct goldfish_rtc *rtc, u32 val)
{
	rtc->alarm = (u64)val << 32 | lower_32_bits(rtc->alarm);
}

static void write_irq_enabled(struct goldfish_rtc *rtc, u32 val)
{
	rtc->irq_enabled = val & 1;
	update_irq(rtc);
}

static void write_clear_alarm(struct goldfish_rtc *rtc, u32 val)
{
	rtc->armed = false;
	hrtimer_try_to_cancel(&rtc->timer);
}

static void write_clear_interrupt(struct goldfish_rtc *rtc, u32 val)
{
	rtc->irq_pending = false;
	update_irq(rtc);
}

/* ALARM_STATUS is for reading. */
static void write_nothing(struct goldfish_rtc *rtc, u32 val)
{
}

static const struct {
	u32 (*read)(struct goldfish_rtc *rtc);
	void (*write)(struct goldfish_rtc *rtc, u32 val);
} registers[REGS_LEN / 4] = {
	[TIMER_TIME_LOW / 4] = { read_time_low, write_time_low },
	[TIMER_TIME_HIGH / 4] = { read_time_high, write_time_high },
	[TIMER_ALARM_LOW / 4] = { read_alarm_low, write_alarm_low },
	[TIMER_ALARM_HIGH / 4] = { read_alarm_high, write_alarm_high },
	[TIMER_IRQ_ENABLED / 4] = { read_irq_enabled, write_irq_enabled },
	[TIMER_CLEAR_ALARM / 4] = { read_zero, write_clear_alarm },
	[TIMER_ALARM_STATUS / 4] = { read_alarm_status, write_nothing },
	[TIMER_CLEAR_INTERRUPT / 4] = { read_zero, write_clear_interrupt },
};

/* The bus lets only aligned words through. */
static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct goldfish_rtc *rtc = opaque;
	u64 reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return false;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	guard(raw_spinlock_irqsave)(&rtc->lock);
	*val = registers[reg].read(rtc);
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct goldfish_rtc *rtc = opaque;
	u64 reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return false;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	guard(raw_spinlock_irqsave)(&rtc->lock);
	registers[reg].write(rtc, val);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct goldfish_rtc *rtc = to_rtc(dev);
	int ret;

	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "goldfish-rtc takes no parameters", -EINVAL);
	raw_spin_lock_init(&rtc->lock);
	hrtimer_setup(&rtc->timer, alarm_expired, CLOCK_REALTIME, HRTIMER_MODE_ABS_HARD);
	ret = axvm_device_set_len(dev, REGS_LEN, WINDOW_LEN, err);
	if (ret)
		return ret;
	return axvm_device_add_window(dev, AXVM_BUS_MMIO, 4, &bus_ops, err);
}

static void reset_registers(struct goldfish_rtc *rtc)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	rtc->offset = 0;
	rtc->read_high = 0;
	rtc->write_high_valid = false;
	rtc->alarm = 0;
	rtc->armed = false;
	rtc->paused = false;
	rtc->irq_enabled = false;
	rtc->irq_pending = false;
	update_irq(rtc);
}

/* The alarm is disarmed before the timer is waited for, so that it cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct goldfish_rtc *rtc = to_rtc(dev);

	reset_registers(rtc);
	hrtimer_cancel(&rtc->timer);
}

static void set_paused(struct goldfish_rtc *rtc, bool paused)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	rtc->paused = paused;
	update_alarm(rtc);
}

static void pause(struct axvm_device *dev)
{
	struct goldfish_rtc *rtc = to_rtc(dev);

	set_paused(rtc, true);
	hrtimer_cancel(&rtc->timer);
}

/* An alarm that was missed goes off now. */
static void resume(struct axvm_device *dev)
{
	set_paused(to_rtc(dev), false);
}

const struct axvm_device_type axvm_goldfish_rtc = {
	.name = "goldfish-rtc",
	.size = sizeof(struct goldfish_rtc),
	.create = create,
	.reset = reset,
	.destroy = reset,
	.pause = pause,
	.resume = resume,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_goldfish_rtc);
