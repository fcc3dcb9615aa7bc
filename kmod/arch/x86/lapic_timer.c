// SPDX-License-Identifier: GPL-2.0
/*
 * Timer of the local APIC: one-shot, periodic, TSC-deadline.
 *
 * Its bus clock is 1 GHz: a count of one at divisor one is a nanosecond. An
 * hrtimer waits for the end of the count or for the deadline; the current
 * count is computed when it is read.
 *
 * Registers are written on the vCPU's thread, with interrupts off or on, while
 * the callback may be running on another CPU. Nobody waits for it: a lock keeps
 * register writes and callback apart, and a callback that comes too late finds
 * the timer disarmed or queued anew.
 *
 * Sections are those of SDM 3, chapter 11.
 */
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <asm/msr.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "lapic_priv.h"

/*
 * A guest gets no more periodic interrupts than these; a shorter period is stretched, for the
 * host's sake. Where a guest takes longer than its period to handle an interrupt it gets nowhere,
 * as on hardware: a longer minimum, or interrupts left out while one is handled, would slow
 * down the clocks of guests that only fall behind now and then.
 */
#define MIN_PERIOD_NS	(20 * NSEC_PER_USEC)

/*
 * On a host that is too slow even for those, its own interrupts would leave it no time to run
 * the guest, nor anything else. So after an interrupt that found the last one still requested, or
 * that goes nowhere, the next comes no earlier than this; the phase stays.
 */
#define REST_NS		(200 * NSEC_PER_USEC)

/* A deadline beyond is waited for in steps: this many ticks fit into nanoseconds. */
#define MAX_TICKS	BIT_ULL(48)

#define NOT_PAUSED	-1

static u32 mode_of(u32 lvt)
{
	return lvt & X86_LVT_TIMER_MODE;
}

static bool is_deadline(const struct x86_lapic *lapic)
{
	return mode_of(lapic->lvt[X86_LVT_TIMER]) == APIC_LVT_TIMER_TSCDEADLINE;
}

static bool is_periodic(const struct x86_lapic *lapic)
{
	return mode_of(lapic->lvt[X86_LVT_TIMER]) == APIC_LVT_TIMER_PERIODIC;
}

/* 11.5.4, figure "Divide Configuration Register": 2, 4, ... 128, and 1 last. */
static unsigned int divide_shift(u32 tdcr)
{
	return (((tdcr & 3) | (tdcr & 8) >> 1) + 1) & 7;
}

/* --- counting: of what began at timer_start, a period of period_ns, 0 = stopped --- */

static void set_period(struct x86_lapic *lapic, u64 ns)
{
	if (ns && is_periodic(lapic))
		ns = max_t(u64, ns, MIN_PERIOD_NS);
	lapic->period_ns = ns;
}

static u64 elapsed(const struct x86_lapic *lapic)
{
	if (lapic->paused_ns != NOT_PAUSED)
		return lapic->paused_ns;
	return ktime_get_ns() - lapic->timer_start;
}

/* Time left of the countdown under way. */
static u64 remaining(const struct x86_lapic *lapic)
{
	u64 ns = elapsed(lapic);

	if (!lapic->period_ns)
		return 0;
	if (is_periodic(lapic))
		return lapic->period_ns - ns % lapic->period_ns;
	return lapic->period_ns - min(ns, lapic->period_ns);
}

/* --- arming; all with the lock held --- */

static void disarm(struct x86_lapic *lapic)
{
	lapic->period_ns = 0;
	WRITE_ONCE(lapic->tsc_deadline, 0);
	/* A callback under way waits for the lock, and then finds it disarmed. */
	hrtimer_try_to_cancel(&lapic->timer);
}

static void arm_count(struct x86_lapic *lapic)
{
	if (lapic->period_ns)
		hrtimer_start(&lapic->timer, ns_to_ktime(remaining(lapic)), HRTIMER_MODE_REL_HARD);
	else
		hrtimer_try_to_cancel(&lapic->timer);
}

/* Rounded up: not early. */
static u64 ns_to_deadline(const struct x86_vcpu *v)
{
	u64 now = x86_guest_tsc(v, rdtsc()), deadline = v->lapic.tsc_deadline;

	if (now >= deadline)
		return 0;
	return x86_tsc_to_ns(min(deadline - now, MAX_TICKS)) + 1;
}

/* 11.5.4.1: it disarms itself when it expires. */
static void expire_deadline(struct x86_vcpu *v)
{
	WRITE_ONCE(v->lapic.tsc_deadline, 0);
	x86_lapic_local_event(v, X86_LVT_TIMER);
}

static void arm_deadline(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;
	u64 ns = lapic->tsc_deadline ? ns_to_deadline(v) : 0;

	if (ns) {
		hrtimer_start(&lapic->timer, ns_to_ktime(ns), HRTIMER_MODE_REL_HARD);
		return;
	}
	hrtimer_try_to_cancel(&lapic->timer);
	if (lapic->tsc_deadline)
		expire_deadline(v);
}

static void arm(struct x86_vcpu *v)
{
	if (is_deadline(&v->lapic))
		arm_deadline(v);
	else
		arm_count(&v->lapic);
}

/* --- the callback --- */

/* The host's clock is steered (NTP) and the TSC is not: fired too early, go on waiting. */
static enum hrtimer_restart deadline_came(struct x86_vcpu *v)
{
	u64 ns = ns_to_deadline(v);

	if (ns) {
		hrtimer_forward_now(&v->lapic.timer, ns_to_ktime(ns));
		return HRTIMER_RESTART;
	}
	expire_deadline(v);
	return HRTIMER_NORESTART;
}

/* Nobody has taken the last interrupt yet, or nobody wants one. */
static bool is_unheard(const struct x86_lapic *lapic)
{
	u32 lvt = lapic->lvt[X86_LVT_TIMER], vector = lvt & APIC_VECTOR_MASK;

	return (lvt & APIC_LVT_MASKED) || vector < X86_APIC_FIRST_VECTOR ||
	       test_bit(vector, lapic->irr);
}

/* Periods go on for as long as the VM has threads, not in one that stopped. */
static enum hrtimer_restart count_ended(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;
	u64 rest = is_unheard(lapic) ? REST_NS : 0;

	x86_lapic_local_event(v, X86_LVT_TIMER);
	if (!is_periodic(lapic) || !READ_ONCE(v->base.task)) {
		lapic->period_ns = 0;
		return HRTIMER_NORESTART;
	}
	hrtimer_forward(&lapic->timer, ktime_add_ns(ktime_get(), rest),
			ns_to_ktime(lapic->period_ns));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct x86_vcpu *v = container_of(timer, struct x86_vcpu, lapic.timer);
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	/* Armed anew, or paused, while this waited for the lock. */
	if (hrtimer_is_queued(timer) || lapic->paused_ns != NOT_PAUSED)
		return HRTIMER_NORESTART;
	if (lapic->tsc_deadline)
		return deadline_came(v);
	return lapic->period_ns ? count_ended(v) : HRTIMER_NORESTART;
}

/* --- registers --- */

u32 x86_lapic_timer_current(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;
	u64 count;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	count = remaining(lapic) >> divide_shift(lapic->tdcr);
	/* A stretched period is longer than its count. */
	return min_t(u64, count, lapic->tmict);
}

/* 11.5.4.1: in TSC-deadline mode, writes of the initial count are ignored. */
void x86_lapic_timer_set_initial(struct x86_vcpu *v, u32 val)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	if (is_deadline(lapic))
		return;
	lapic->tmict = val;
	lapic->timer_start = ktime_get_ns();
	set_period(lapic, (u64)val << divide_shift(lapic->tdcr));
	arm_count(lapic);
}

/* What is left of the count goes on at the new speed. */
void x86_lapic_timer_set_divide(struct x86_vcpu *v, u32 val)
{
	struct x86_lapic *lapic = &v->lapic;
	unsigned int old = divide_shift(lapic->tdcr), new = divide_shift(val);
	u64 left;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	lapic->tdcr = val;
	if (old == new || !lapic->period_ns)
		return;
	left = remaining(lapic) >> old << new;
	set_period(lapic, (u64)lapic->tmict << new);
	left = min(left, lapic->period_ns);
	lapic->timer_start = ktime_get_ns() - (lapic->period_ns - left);
	arm_count(lapic);
}

/*
 * 11.5.4.1: to TSC-deadline mode and back, the timer is disarmed. Between one-shot and
 * periodic, the countdown under way goes on.
 */
static void change_mode(struct x86_lapic *lapic, u32 lvt)
{
	u64 left = remaining(lapic);
	bool was_deadline = is_deadline(lapic);

	WRITE_ONCE(lapic->lvt[X86_LVT_TIMER], lvt);
	if (was_deadline || is_deadline(lapic)) {
		disarm(lapic);
		lapic->tmict = 0;
		return;
	}
	set_period(lapic, lapic->period_ns);
	lapic->timer_start = ktime_get_ns() - (lapic->period_ns - left);
}

void x86_lapic_timer_set_lvt(struct x86_vcpu *v, u32 val)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	if (mode_of(val) == mode_of(lapic->lvt[X86_LVT_TIMER]))
		WRITE_ONCE(lapic->lvt[X86_LVT_TIMER], val);
	else
		change_mode(lapic, val);
}

/* 11.5.4.1: in other modes it reads zero, and writes are ignored. */
u64 x86_lapic_deadline_read(struct x86_vcpu *v)
{
	return READ_ONCE(v->lapic.tsc_deadline);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_deadline_read);

void x86_lapic_deadline_write(struct x86_vcpu *v, u64 val)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	if (!is_deadline(lapic))
		return;
	WRITE_ONCE(lapic->tsc_deadline, val);
	arm_deadline(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_deadline_write);

/* --- life --- */

void x86_lapic_pause(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	lapic->paused_ns = elapsed(lapic);
	hrtimer_try_to_cancel(&lapic->timer);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_pause);

/* Also without a pause before it, when the guest's TSC jumped. */
void x86_lapic_resume(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	lapic->timer_start = ktime_get_ns() - elapsed(lapic);
	lapic->paused_ns = NOT_PAUSED;
	arm(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_resume);

void x86_lapic_timer_reset(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;

	guard(raw_spinlock_irqsave)(&lapic->timer_lock);
	disarm(lapic);
	lapic->paused_ns = NOT_PAUSED;
	lapic->timer_start = 0;
	lapic->tmict = 0;
	lapic->tdcr = 0;
}

void x86_lapic_timer_init(struct x86_vcpu *v)
{
	raw_spin_lock_init(&v->lapic.timer_lock);
	hrtimer_setup(&v->lapic.timer, fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
}

/* Process context, no thread: the callback takes no lock that is held here. */
void x86_lapic_timer_destroy(struct x86_vcpu *v)
{
	hrtimer_cancel(&v->lapic.timer);
}
