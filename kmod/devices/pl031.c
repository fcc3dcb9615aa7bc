// SPDX-License-Identifier: GPL-2.0
/*
 * PL031 real-time clock, after Arm's "PrimeCell Real Time Clock (PL031)
 * Technical Reference Manual" (DDI 0224), whose registers the comments cite:
 * seconds since 1970 in 32 bits, and one match.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, match_due by a hard interrupt, the rest in process context
 * while no vCPU runs.
 *
 * The guest sees the host's wall clock plus an offset. Loading the counter
 * changes the offset; the clock goes on while the VM is paused.
 */
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "primecell.h"

/* Offsets of registers; Linux has them in its driver alone. */
#define RTC_DR		0x00
#define RTC_MR		0x04
#define RTC_LR		0x08
#define RTC_CR		0x0c
#define RTC_IMSC	0x10
#define RTC_RIS		0x14
#define RTC_MIS		0x18
#define RTC_ICR		0x1c
#define REGS_LEN	0x20

#define RTC_CR_EN	BIT(0)
#define RTC_INTR	BIT(0)

/**
 * struct pl031 - one clock
 * @cell: what all PrimeCells have
 * @timer: runs while a match may come that the guest wants to hear of, and the
 *	VM is not paused; on the host's wall clock
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @offset: guest's seconds minus host's
 * @match: match register
 * @load: load register
 * @due: host's second in which the counter reaches @match
 * @armed: it has yet to come
 * @paused: leave the timer alone
 * @unmasked: the guest wants the interrupt
 * @raised: the match came
 */
struct pl031 {
	struct primecell cell;
	struct hrtimer timer;
	raw_spinlock_t lock;
	u32 offset;
	u32 match;
	u32 load;
	u64 due;
	bool armed;
	bool paused;
	bool unmasked;
	bool raised;
};

static struct pl031 *to_rtc(struct axvm_device *dev)
{
	return container_of(dev, struct pl031, cell.dev);
}

static u64 host_seconds(void)
{
	return div_u64(ktime_get_real_ns(), NSEC_PER_SEC);
}

static void update_irq(struct pl031 *rtc)
{
	axvm_irq_set_level(&rtc->cell.dev.irq, rtc->raised && rtc->unmasked);
}

/*
 * See whether the match came. A step of the host's clock over it counts as
 * coming. The timer is needed only where there is an interrupt to raise.
 */
static void update_match(struct pl031 *rtc)
{
	if (!rtc->armed || rtc->paused)
		return;
	if (host_seconds() >= rtc->due) {
		rtc->armed = false;
		rtc->raised = true;
		update_irq(rtc);
	} else if (rtc->unmasked) {
		hrtimer_start(&rtc->timer, ktime_set(rtc->due, 0), HRTIMER_MODE_ABS_HARD);
	}
}

/* RTCMR: the match is with the counter's value, so the past comes again when it wraps. */
static void arm(struct pl031 *rtc)
{
	u64 now = host_seconds();

	rtc->due = now + (u32)(rtc->match - (u32)(now + rtc->offset));
	rtc->armed = true;
	update_match(rtc);
}

static enum hrtimer_restart match_due(struct hrtimer *timer)
{
	struct pl031 *rtc = container_of(timer, struct pl031, timer);

	guard(raw_spinlock_irqsave)(&rtc->lock);
	update_match(rtc);
	return HRTIMER_NORESTART;
}

static u32 read_data(struct pl031 *rtc)
{
	return host_seconds() + rtc->offset;
}

static u32 read_match(struct pl031 *rtc)
{
	return rtc->match;
}

static u32 read_load(struct pl031 *rtc)
{
	return rtc->load;
}

/* RTCCR: once the clock was started it runs; that was long before the VM. */
static u32 read_control(struct pl031 *rtc)
{
	return RTC_CR_EN;
}

static u32 read_mask(struct pl031 *rtc)
{
	return rtc->unmasked ? RTC_INTR : 0;
}

static u32 read_raw(struct pl031 *rtc)
{
	update_match(rtc);
	return rtc->raised ? RTC_INTR : 0;
}

static u32 read_masked(struct pl031 *rtc)
{
	return rtc->unmasked ? read_raw(rtc) : 0;
}

static void write_match(struct pl031 *rtc, u32 val)
{
	rtc->match = val;
	arm(rtc);
}

static void write_load(struct pl031 *rtc, u32 val)
{
	rtc->load = val;
	rtc->offset = val - (u32)host_seconds();
	arm(rtc);
}

static void write_mask(struct pl031 *rtc, u32 val)
{
	rtc->unmasked = val & RTC_INTR;
	update_match(rtc);
	update_irq(rtc);
}

static void write_clear(struct pl031 *rtc, u32 val)
{
	update_match(rtc);
	if (val & RTC_INTR)
		rtc->raised = false;
	update_irq(rtc);
}

static const struct {
	u32 (*read)(struct pl031 *rtc);
	void (*write)(struct pl031 *rtc, u32 val);
} registers[REGS_LEN / 4] = {
	[RTC_DR / 4] = { .read = read_data },
	[RTC_MR / 4] = { read_match, write_match },
	[RTC_LR / 4] = { read_load, write_load },
	[RTC_CR / 4] = { .read = read_control },
	[RTC_IMSC / 4] = { read_mask, write_mask },
	[RTC_RIS / 4] = { .read = read_raw },
	[RTC_MIS / 4] = { .read = read_masked },
	[RTC_ICR / 4] = { .write = write_clear },
};

static u32 read_register(struct axvm_device *dev, unsigned int offset)
{
	struct pl031 *rtc = to_rtc(dev);
	unsigned int reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return 0;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	if (!registers[reg].read)
		return 0;
	guard(raw_spinlock_irqsave)(&rtc->lock);
	return registers[reg].read(rtc);
}

static void write_register(struct axvm_device *dev, unsigned int offset, u32 val)
{
	struct pl031 *rtc = to_rtc(dev);
	unsigned int reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	if (!registers[reg].write)
		return;
	guard(raw_spinlock_irqsave)(&rtc->lock);
	registers[reg].write(rtc, val);
}

/* RTCPeriphID0-3: part 0x031 of designer 0x41 (Arm), revision 1. */
static const struct primecell_ops cell_ops = {
	.id = { 0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 },
	.read = read_register,
	.write = write_register,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct pl031 *rtc = to_rtc(dev);

	raw_spin_lock_init(&rtc->lock);
	hrtimer_setup(&rtc->timer, match_due, CLOCK_REALTIME, HRTIMER_MODE_ABS_HARD);
	return axvm_primecell_create(&rtc->cell, &cell_ops, err);
}

static void reset_registers(struct pl031 *rtc)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	rtc->offset = 0;
	rtc->match = 0;
	rtc->load = 0;
	rtc->armed = false;
	rtc->paused = false;
	rtc->unmasked = false;
	rtc->raised = false;
	update_irq(rtc);
}

/* The match is disarmed before the timer is waited for, so that it cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct pl031 *rtc = to_rtc(dev);

	reset_registers(rtc);
	hrtimer_cancel(&rtc->timer);
}

static void set_paused(struct pl031 *rtc, bool paused)
{
	guard(raw_spinlock_irqsave)(&rtc->lock);
	rtc->paused = paused;
	update_match(rtc);
}

static void pause(struct axvm_device *dev)
{
	struct pl031 *rtc = to_rtc(dev);

	set_paused(rtc, true);
	hrtimer_cancel(&rtc->timer);
}

/* A match that was missed comes now. */
static void resume(struct axvm_device *dev)
{
	set_paused(to_rtc(dev), false);
}

const struct axvm_device_type axvm_pl031 = {
	.name = "pl031",
	.size = sizeof(struct pl031),
	.create = create,
	.reset = reset,
	.destroy = reset,
	.pause = pause,
	.resume = resume,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_pl031);
