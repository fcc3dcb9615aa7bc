// SPDX-License-Identifier: GPL-2.0
/*
 * Real-time clock and CMOS memory of a PC, after Motorola's MC146818A data
 * sheet (1984), whose headings the comments cite, with 128 bytes and a century.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, event_expired by a hard interrupt, the rest in process
 * context while no vCPU runs.
 *
 * The guest sees the host's wall clock (UTC) plus an offset. Setting the clock
 * changes the offset; the clock goes on while the VM is paused. The flags of
 * register C are found out when somebody looks; the host timer runs for enabled
 * interrupts alone, and not while one waits to be acknowledged: ticks that the
 * guest is too late for become one.
 */
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/mc146818rtc.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "cmos_time.h"
#include "compat.h"
#include "pc.h"

#define PORT_INDEX	0x70	/* and the data port after it */
#define NR_PORTS	2
#define INDEX_BITS	0x7f	/* bit 7 keeps NMIs away, and there are none */

#define FLAGS		(RTC_PF | RTC_AF | RTC_UF)
#define HALF_SECOND	(NSEC_PER_SEC / 2)
#define UIP_NS		(244 * NSEC_PER_USEC)	/* "Update Cycle", t(BUC) */

/* What firmware leaves behind: 32 kHz, 1024 Hz, time running in BCD and 24 hours. */
#define RESET_REG_A	(RTC_REF_CLCK_32KHZ | 6)
#define RESET_REG_B	RTC_24H

/**
 * struct moment - a point in time
 * @host_ns: the host's wall clock
 * @sec: guest's time: seconds since 1970
 * @ns: and nanoseconds, less than a second
 */
struct moment {
	u64 host_ns;
	time64_t sec;
	u32 ns;
};

/**
 * struct cmos_rtc - the clock
 * @dev: what all devices have
 * @timer: runs until the next interrupt, on the host's wall clock
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @index: register that the data port shows
 * @cmos: registers; time and date are current while the clock is stopped
 * @offset_sec: guest's time minus the host's
 * @offset_ns: the same, nanoseconds less than a second
 * @seen: moment up to which flags are known
 * @is_paused: leave the timer alone
 */
struct cmos_rtc {
	struct axvm_device dev;
	struct hrtimer timer;
	raw_spinlock_t lock;
	u8 index;
	u8 cmos[CMOS_LEN];
	time64_t offset_sec;
	u32 offset_ns;
	struct moment seen;
	bool is_paused;
};

static struct cmos_rtc *to_rtc(struct axvm_device *dev)
{
	return container_of(dev, struct cmos_rtc, dev);
}

static struct moment get_moment(const struct cmos_rtc *rtc)
{
	struct moment now = { .host_ns = ktime_get_real_ns() };

	now.sec = div_u64_rem(now.host_ns + rtc->offset_ns, NSEC_PER_SEC, &now.ns);
	now.sec += rtc->offset_sec;
	return now;
}

/* From now on it is this time. Nothing has happened on the way there. */
static void set_moment(struct cmos_rtc *rtc, time64_t sec, u32 ns)
{
	u32 host_ns;
	time64_t host_sec = div_u64_rem(ktime_get_real_ns(), NSEC_PER_SEC, &host_ns);

	rtc->offset_sec = sec - host_sec;
	if (ns < host_ns) {
		ns += NSEC_PER_SEC;
		rtc->offset_sec--;
	}
	rtc->offset_ns = ns - host_ns;
	rtc->seen = get_moment(rtc);
}

/* "DV2, DV1, DV0": the divider chain is held. */
static bool is_chain_held(const struct cmos_rtc *rtc)
{
	return (rtc->cmos[RTC_REG_A] & RTC_DIV_RESET1) == RTC_DIV_RESET1;
}

/* No updates: time and date stay as they are written. */
static bool is_stopped(const struct cmos_rtc *rtc)
{
	return (rtc->cmos[RTC_REG_B] & RTC_SET) || is_chain_held(rtc);
}

/* "RS3, RS2, RS1, RS0" with a time base of 32.768 kHz; 0 = none. Powers of two, all of them. */
static u32 periodic_hz(const struct cmos_rtc *rtc)
{
	u8 rate = rtc->cmos[RTC_REG_A] & RTC_RATE_SELECT;

	if (!rate || is_chain_held(rtc))
		return 0;
	return rate < 3 ? 512 >> rate : 65536 >> rate;
}

/* Periods of the periodic interrupt since the second began. */
static u32 periods(const struct moment *now, u32 hz)
{
	return div_u64((u64)now->ns * hz, NSEC_PER_SEC);
}

static bool has_period_ended(const struct cmos_rtc *rtc, const struct moment *now)
{
	u32 hz = periodic_hz(rtc);

	return hz && (now->sec != rtc->seen.sec || periods(now, hz) != periods(&rtc->seen, hz));
}

/* What happened since the last look, whether it interrupts or not. */
static void collect_flags(struct cmos_rtc *rtc, const struct moment *now)
{
	bool is_new_second = now->sec > rtc->seen.sec && !is_stopped(rtc);
	u8 *flags = &rtc->cmos[RTC_REG_C];

	if (has_period_ended(rtc, now))
		*flags |= RTC_PF;
	if (is_new_second)
		*flags |= RTC_UF;
	if (is_new_second && axvm_cmos_next_alarm(rtc->cmos, rtc->seen.sec) <= now->sec)
		*flags |= RTC_AF;
	rtc->seen = *now;
}

/* "IRQF": enables and flags have the same bits. */
static bool is_irq_wanted(const struct cmos_rtc *rtc)
{
	return rtc->cmos[RTC_REG_B] & rtc->cmos[RTC_REG_C] & FLAGS;
}

/* Nanoseconds until the next event that interrupts, KTIME_MAX when there is none. */
static u64 time_to_event(const struct cmos_rtc *rtc, const struct moment *now)
{
	u32 hz = rtc->cmos[RTC_REG_B] & RTC_PIE ? periodic_hz(rtc) : 0;
	time64_t sec = CMOS_NEVER;
	u64 wait = KTIME_MAX;

	if (rtc->cmos[RTC_REG_B] & RTC_AIE)
		sec = axvm_cmos_next_alarm(rtc->cmos, now->sec);
	if (rtc->cmos[RTC_REG_B] & RTC_UIE)
		sec = now->sec + 1;
	if (sec != CMOS_NEVER && !is_stopped(rtc))
		wait = (u64)(sec - now->sec) * NSEC_PER_SEC - now->ns;
	if (hz)
		wait = min(wait, (periods(now, hz) + 1ULL) * NSEC_PER_SEC / hz + 1 - now->ns);
	return wait;
}

/* Bring flags, line and timer up to date. */
static void update(struct cmos_rtc *rtc)
{
	struct moment now = get_moment(rtc);
	bool is_wanted;
	u64 wait;

	collect_flags(rtc, &now);
	is_wanted = is_irq_wanted(rtc);
	axvm_irq_set_level(&rtc->dev.irq, is_wanted);
	if (is_wanted || rtc->is_paused)
		return;
	wait = time_to_event(rtc, &now);
	if (wait != KTIME_MAX)
		hrtimer_start(&rtc->timer, ns_to_ktime(now.host_ns + wait),
			      HRTIMER_MODE_ABS_HARD);
}

/* A timer that fires without need finds nothing new. */
static enum hrtimer_restart event_expired(struct hrtimer *timer)
{
	struct cmos_rtc *rtc = container_of(timer, struct cmos_rtc, timer);

	guard(raw_spinlock_irqsave)(&rtc->lock);
	update(rtc);
	return HRTIMER_NORESTART;
}

/* Time and date as of now, unless the guest is about to write them. */
static void refresh(struct cmos_rtc *rtc)
{
	if (!is_stopped(rtc))
		axvm_cmos_encode(rtc->cmos, get_moment(rtc).sec);
}

static u8 read_time(struct cmos_rtc *rtc, u8 reg)
{
	refresh(rtc);
	return rtc->cmos[reg];
}

/* "UIP": from shortly before an update on; the update itself takes no time. */
static u8 read_reg_a(struct cmos_rtc *rtc, u8 reg)
{
	u8 val = rtc->cmos[RTC_REG_A];

	if (!is_stopped(rtc) && get_moment(rtc).ns >= NSEC_PER_SEC - UIP_NS)
		val |= RTC_UIP;
	return val;
}

/* "Register C": reading takes the flags and the interrupt away. */
static u8 read_reg_c(struct cmos_rtc *rtc, u8 reg)
{
	struct moment now = get_moment(rtc);
	u8 val;

	collect_flags(rtc, &now);
	val = rtc->cmos[RTC_REG_C] | (is_irq_wanted(rtc) ? RTC_IRQF : 0);
	rtc->cmos[RTC_REG_C] = 0;
	update(rtc);
	return val;
}

static u8 read_reg_d(struct cmos_rtc *rtc, u8 reg)
{
	return RTC_VRT;
}

static u8 read_memory(struct cmos_rtc *rtc, u8 reg)
{
	return rtc->cmos[reg];
}

/* A byte of a clock that runs: the others and the fraction of the second stay. */
static void write_time(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	refresh(rtc);
	rtc->cmos[reg] = val;
	if (!is_stopped(rtc))
		set_moment(rtc, axvm_cmos_decode(rtc->cmos), get_moment(rtc).ns);
	update(rtc);
}

static void write_alarm(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	update(rtc);
	rtc->cmos[reg] = val;
	update(rtc);
}

/*
 * Registers A and B stop the clock and let it go: SET, and the divider chain,
 * half a second after whose release the first update comes ("Divider Control").
 */
static void write_control(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	bool was_stopped = is_stopped(rtc);
	bool was_held = is_chain_held(rtc);

	update(rtc);
	refresh(rtc);
	rtc->cmos[reg] = val;
	if (was_held && !is_chain_held(rtc))
		set_moment(rtc, get_moment(rtc).sec, HALF_SECOND);
	if (was_stopped && !is_stopped(rtc))
		set_moment(rtc, axvm_cmos_decode(rtc->cmos), get_moment(rtc).ns);
	update(rtc);
}

static void write_reg_a(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	write_control(rtc, RTC_REG_A, val & ~RTC_UIP);
}

/* "UIE": the SET bit going high clears it. */
static void write_reg_b(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	if (val & ~rtc->cmos[RTC_REG_B] & RTC_SET)
		val &= ~RTC_UIE;
	write_control(rtc, RTC_REG_B, val);
}

static void write_nothing(struct cmos_rtc *rtc, u8 reg, u8 val)
{
}

static void write_memory(struct cmos_rtc *rtc, u8 reg, u8 val)
{
	rtc->cmos[reg] = val;
}

struct cmos_register {
	u8 (*read)(struct cmos_rtc *rtc, u8 reg);
	void (*write)(struct cmos_rtc *rtc, u8 reg, u8 val);
};

static const struct cmos_register time_register = { read_time, write_time };
static const struct cmos_register memory_register = { read_memory, write_memory };

/* Those that are neither time nor memory. */
static const struct cmos_register registers[RTC_REG_D + 1] = {
	[RTC_SECONDS_ALARM] = { read_memory, write_alarm },
	[RTC_MINUTES_ALARM] = { read_memory, write_alarm },
	[RTC_HOURS_ALARM] = { read_memory, write_alarm },
	[RTC_REG_A] = { read_reg_a, write_reg_a },
	[RTC_REG_B] = { read_memory, write_reg_b },
	[RTC_REG_C] = { read_reg_c, write_nothing },
	[RTC_REG_D] = { read_reg_d, write_nothing },
};

static const struct cmos_register *find_register(u8 reg)
{
	if (axvm_cmos_is_time(reg))
		return &time_register;
	if (reg >= ARRAY_SIZE(registers))
		return &memory_register;
	return &registers[array_index_nospec(reg, ARRAY_SIZE(registers))];
}

/* The index port is for writing. */
static bool read_port(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct cmos_rtc *rtc = opaque;
	u8 reg;

	*val = 0xff;
	if (!offset)
		return true;
	guard(raw_spinlock_irqsave)(&rtc->lock);
	reg = array_index_nospec(rtc->index, CMOS_LEN);
	*val = find_register(reg)->read(rtc, reg);
	return true;
}

static bool write_port(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct cmos_rtc *rtc = opaque;
	u8 reg;

	guard(raw_spinlock_irqsave)(&rtc->lock);
	if (!offset) {
		rtc->index = val & INDEX_BITS;
		return true;
	}
	reg = array_index_nospec(rtc->index, CMOS_LEN);
	find_register(reg)->write(rtc, reg, val);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_port,
	.write = write_port,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct cmos_rtc *rtc = to_rtc(dev);
	int ret = pc_check_place(dev, PORT_INDEX, NR_PORTS, err);

	if (ret)
		return ret;
	raw_spin_lock_init(&rtc->lock);
	hrtimer_setup(&rtc->timer, event_expired, CLOCK_REALTIME, HRTIMER_MODE_ABS_HARD);
	return axvm_device_add_window(dev, AXVM_BUS_PIO, 1, &bus_ops, err);
}

static void reset_registers(struct cmos_rtc *rtc)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	memset(rtc->cmos, 0, sizeof(rtc->cmos));
	rtc->cmos[RTC_REG_A] = RESET_REG_A;
	rtc->cmos[RTC_REG_B] = RESET_REG_B;
	rtc->index = 0;
	rtc->offset_sec = 0;
	rtc->offset_ns = 0;
	rtc->seen = get_moment(rtc);
	rtc->is_paused = false;
	update(rtc);
}

/* Interrupts are off before the timer is waited for, so that it cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct cmos_rtc *rtc = to_rtc(dev);

	reset_registers(rtc);
	hrtimer_cancel(&rtc->timer);
}

static void set_paused(struct cmos_rtc *rtc, bool is_paused)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	rtc->is_paused = is_paused;
	if (!is_paused)
		update(rtc);
}

static void pause(struct axvm_device *dev)
{
	struct cmos_rtc *rtc = to_rtc(dev);

	set_paused(rtc, true);
	hrtimer_cancel(&rtc->timer);
}

/* What was missed interrupts now, once. */
static void resume(struct axvm_device *dev)
{
	set_paused(to_rtc(dev), false);
}

const struct axvm_device_type axvm_cmos_rtc = {
	.name = "cmos-rtc",
	.size = sizeof(struct cmos_rtc),
	.create = create,
	.reset = reset,
	.destroy = reset,
	.pause = pause,
	.resume = resume,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_cmos_rtc);
