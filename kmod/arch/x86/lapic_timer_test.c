// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the timer of a local APIC. Real time passes; what is late on a
 * busy machine is no failure, what is early is one.
 */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/msr-index.h>

#include "arch/x86/test_vm.h"

#define VECTOR		0xec
#define MIN_PERIOD_NS	20000
#define REST_NS		200000
#define FOREVER		0xffffffffu
#define MS		1000000u

static int init_case(struct kunit *test)
{
	test->priv = x86_test_vm_create(test, 1, NULL);
	x86_test_lapic_enable(x86_test_vcpu(test->priv, 0));
	return 0;
}

static struct x86_vcpu *vcpu(struct kunit *test)
{
	return x86_test_vcpu(test->priv, 0);
}

static u32 in(struct x86_vcpu *v, u32 reg)
{
	return x86_test_lapic_read(v, reg);
}

static void out(struct x86_vcpu *v, u32 reg, u32 val)
{
	x86_test_lapic_write(v, reg, val);
}

/* Divide by one, so that a count is a nanosecond. */
static void set_mode(struct x86_vcpu *v, u32 mode)
{
	out(v, APIC_TDCR, APIC_TDR_DIV_1);
	out(v, APIC_LVTT, mode | VECTOR);
}

/* Take it as a guest does. */
static bool take(struct x86_vcpu *v)
{
	if (x86_irq_take(v) != VECTOR)
		return false;
	out(v, APIC_EOI, 0);
	return true;
}

/* Wait for it as long as that may ever take. */
static bool wait_for_it(struct x86_vcpu *v)
{
	ktime_t end = ktime_add_ms(ktime_get(), 5000);

	while (ktime_before(ktime_get(), end)) {
		if (take(v))
			return true;
		usleep_range(50, 100);
	}
	return false;
}

static u64 guest_tsc(struct x86_vcpu *v)
{
	return x86_guest_tsc(v, rdtsc());
}

/*
 * Where nothing may expire between two writes: an hrtimer is served by the CPU on which it
 * was started.
 */
#define without_interrupts() scoped_guard(irqsave)

/* --- counting --- */

static void one_shot_fires_once(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 start = ktime_get_ns();

	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	out(v, APIC_TMICT, 2 * MS);
	KUNIT_EXPECT_TRUE(test, in(v, APIC_TMCCT) <= 2 * MS);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, 2 * MS);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMICT), 2 * MS);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
}

static void periodic_goes_on(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 start = ktime_get_ns();
	u32 i, count;

	set_mode(v, APIC_LVT_TIMER_PERIODIC);
	out(v, APIC_TMICT, MS);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_TRUE(test, wait_for_it(v));
		count = in(v, APIC_TMCCT);
		KUNIT_EXPECT_TRUE(test, count && count <= MS);
	}
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, 5 * MS);
	out(v, APIC_TMICT, 0);
	take(v);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
}

/* A guest that wants an interrupt each nanosecond gets fewer. */
static void short_periods_are_stretched(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 start, fired = 0;

	set_mode(v, APIC_LVT_TIMER_PERIODIC);
	start = ktime_get_ns();
	out(v, APIC_TMICT, 1);
	KUNIT_EXPECT_TRUE(test, in(v, APIC_TMCCT) <= 1);
	KUNIT_EXPECT_EQ(test, v->lapic.period_ns, MIN_PERIOD_NS);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
	do {
		fired += take(v);
		cpu_relax();
	} while (ktime_get_ns() - start < 10 * MS);
	KUNIT_EXPECT_LE(test, fired, (ktime_get_ns() - start) / MIN_PERIOD_NS + 1);
}

/* The same by the way of a one-shot that becomes periodic. */
static void changed_modes_stay_limited(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 start, fired = 0;

	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	start = ktime_get_ns();
	without_interrupts() {
		out(v, APIC_TMICT, 1000);
		out(v, APIC_LVTT, APIC_LVT_TIMER_PERIODIC | VECTOR);
		KUNIT_EXPECT_EQ(test, v->lapic.period_ns, MIN_PERIOD_NS);
		out(v, APIC_TDCR, APIC_TDR_DIV_2);
		out(v, APIC_TDCR, APIC_TDR_DIV_1);
		KUNIT_EXPECT_EQ(test, v->lapic.period_ns, MIN_PERIOD_NS);
	}
	while (ktime_get_ns() - start < 10 * MS) {
		fired += take(v);
		cpu_relax();
	}
	KUNIT_EXPECT_LE(test, fired, (ktime_get_ns() - start) / MIN_PERIOD_NS + 2);
}

/*
 * How often it is set anew within some milliseconds of a period that is too short for anybody; on
 * a busy machine it may take longer until that is so at all.
 */
static void expect_rests(struct kunit *test, u32 lvt)
{
	struct x86_vcpu *v = vcpu(test);
	u64 start, now, expires, last = 0, changes = 0;

	out(v, APIC_TDCR, APIC_TDR_DIV_1);
	out(v, APIC_LVTT, APIC_LVT_TIMER_PERIODIC | lvt);
	start = ktime_get_ns();
	out(v, APIC_TMICT, 1);
	do {
		expires = ktime_to_ns(hrtimer_get_expires(&v->lapic.timer));
		changes += expires != last;
		last = expires;
		cpu_relax();
		now = ktime_get_ns();
	} while (now - start < 10 * MS || (changes < 2 && now - start < 5000ULL * MS));
	out(v, APIC_TMICT, 0);
	KUNIT_EXPECT_GT(test, changes, 1);
	KUNIT_EXPECT_LE(test, changes, (now - start) / REST_NS + 3);
}

/* Interrupts that nobody takes do not take all of the host's time, however slow it is. */
static void unheard_periods_let_the_host_rest(struct kunit *test)
{
	expect_rests(test, VECTOR);
	expect_rests(test, VECTOR | APIC_LVT_MASKED);
	expect_rests(test, 0);
}

static void every_divisor_divides(struct kunit *test)
{
	static const u8 divisors[] = { 2, 4, 8, 16, 32, 64, 128, 1 };
	struct x86_vcpu *v = vcpu(test);
	u64 before, after;
	u32 i, passed, divisor;

	for (i = 0; i < 16; i++) {
		divisor = divisors[(i & 3) | (i & 8) >> 1];
		out(v, APIC_TDCR, i);
		out(v, APIC_LVTT, APIC_LVT_MASKED | APIC_LVT_TIMER_ONESHOT);
		before = ktime_get_ns();
		out(v, APIC_TMICT, FOREVER);
		usleep_range(200, 300);
		passed = FOREVER - in(v, APIC_TMCCT);
		after = ktime_get_ns();
		KUNIT_EXPECT_GE_MSG(test, passed, 200000 / divisor - 1, "divide %#x", i);
		KUNIT_EXPECT_LE_MSG(test, passed, (after - before) / divisor + 1, "divide %#x", i);
	}
}

static void speed_can_change_underway(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 before;
	u32 left;

	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	before = ktime_get_ns();
	out(v, APIC_TMICT, 4000 * MS);
	out(v, APIC_TDCR, APIC_TDR_DIV_128);
	left = in(v, APIC_TMCCT);
	KUNIT_EXPECT_GE(test, left, 4000 * MS - (ktime_get_ns() - before));
	before = ktime_get_ns();
	msleep(20);
	KUNIT_EXPECT_LE(test, in(v, APIC_TMCCT), left - (19 * MS) / 128);
	KUNIT_EXPECT_GE(test, in(v, APIC_TMCCT),
			left - (ktime_get_ns() - before) / 128 - MS);
}

static void masked_timers_count_in_silence(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_MASKED | APIC_LVT_TIMER_PERIODIC);
	out(v, APIC_TMICT, MS);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
	KUNIT_EXPECT_NE(test, in(v, APIC_TMCCT), 0);
	out(v, APIC_LVTT, APIC_LVT_TIMER_PERIODIC | VECTOR);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
}

static void illegal_vectors_are_errors(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	out(v, APIC_TDCR, APIC_TDR_DIV_1);
	out(v, APIC_LVTT, 3);
	out(v, APIC_TMICT, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	out(v, APIC_ESR, 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_ESR), APIC_ESR_RECVILL);
}

/* --- deadlines --- */

static void deadlines_are_met(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u64 deadline;

	set_mode(v, APIC_LVT_TIMER_TSCDEADLINE);
	deadline = guest_tsc(v) + 2 * x86_tsc_khz();
	without_interrupts() {
		x86_lapic_deadline_write(v, deadline + 100 * x86_tsc_khz());
		x86_lapic_deadline_write(v, deadline);
	}
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
	KUNIT_EXPECT_GE(test, guest_tsc(v), deadline);
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), 0);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
}

static void past_deadlines_fire_at_once(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_TSCDEADLINE);
	x86_lapic_deadline_write(v, 1);
	KUNIT_EXPECT_TRUE(test, take(v));
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), 0);
	x86_lapic_deadline_write(v, guest_tsc(v));
	KUNIT_EXPECT_TRUE(test, take(v));
	KUNIT_EXPECT_FALSE(test, take(v));
}

static void deadlines_can_be_taken_back(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_TSCDEADLINE);
	without_interrupts() {
		x86_lapic_deadline_write(v, guest_tsc(v) + 10 * x86_tsc_khz());
		x86_lapic_deadline_write(v, 0);
	}
	take(v);
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), 0);
	msleep(30);
	KUNIT_EXPECT_FALSE(test, take(v));
	/* As late as can be. */
	x86_lapic_deadline_write(v, U64_MAX);
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), U64_MAX);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), U64_MAX);
}

static void modes_do_not_mix(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	x86_lapic_deadline_write(v, 1);
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), 0);
	KUNIT_EXPECT_FALSE(test, take(v));
	/* The count ends with its mode. */
	without_interrupts() {
		out(v, APIC_TMICT, 5 * MS);
		out(v, APIC_LVTT, APIC_LVT_TIMER_TSCDEADLINE | VECTOR);
	}
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
	out(v, APIC_TMICT, 1);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
	/* So does the deadline. */
	without_interrupts() {
		x86_lapic_deadline_write(v, guest_tsc(v) + 5 * x86_tsc_khz());
		out(v, APIC_LVTT, APIC_LVT_TIMER_PERIODIC | VECTOR);
	}
	take(v);
	KUNIT_EXPECT_EQ(test, x86_lapic_deadline_read(v), 0);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
}

/* --- pause --- */

static void paused_counts_stand_still(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);
	u32 left;

	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	without_interrupts() {
		out(v, APIC_TMICT, 10 * MS);
		x86_lapic_pause(v);
	}
	left = in(v, APIC_TMCCT);
	msleep(30);
	KUNIT_EXPECT_FALSE(test, take(v));
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), left);
	x86_lapic_resume(v);
	KUNIT_EXPECT_LE(test, in(v, APIC_TMCCT), left);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
}

static void paused_deadlines_wait(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	struct x86_vcpu *v = vcpu(test);
	u64 paused_at;

	set_mode(v, APIC_LVT_TIMER_TSCDEADLINE);
	without_interrupts() {
		x86_lapic_deadline_write(v, guest_tsc(v) + 50 * x86_tsc_khz());
		paused_at = rdtsc();
		x86_lapic_pause(v);
	}
	msleep(80);
	KUNIT_EXPECT_NE(test, x86_lapic_deadline_read(v), 0);
	tv->vm.tsc_offset -= rdtsc() - paused_at;
	x86_lapic_resume(v);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
}

/* A guest writes its TSC. */
static void deadlines_follow_the_tsc(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_TSCDEADLINE);
	x86_lapic_deadline_write(v, guest_tsc(v) + 3600000ULL * x86_tsc_khz());
	v->tsc_offset += 3600000ULL * x86_tsc_khz();
	x86_lapic_resume(v);
	KUNIT_EXPECT_TRUE(test, take(v));
	without_interrupts() {
		x86_lapic_deadline_write(v, guest_tsc(v) + 10 * x86_tsc_khz());
		v->tsc_offset -= 3600000ULL * x86_tsc_khz();
		x86_lapic_resume(v);
	}
	take(v);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
}

static void reset_stops_the_timer(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_PERIODIC);
	out(v, APIC_TMICT, MS);
	x86_lapic_pause(v);
	x86_lapic_reset(v, true);
	x86_test_lapic_enable(v);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, take(v));
	/* And is not paused any more. */
	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	out(v, APIC_TMICT, MS);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
}

static void stopped_vms_have_no_periods(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test);

	set_mode(v, APIC_LVT_TIMER_PERIODIC);
	out(v, APIC_TMICT, MS);
	WRITE_ONCE(v->base.task, NULL);
	msleep(20);
	take(v);
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&v->lapic.timer));
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
}

/* --- races: registers are written while it fires elsewhere --- */

static const u32 lvt_modes[] = {
	APIC_LVT_TIMER_ONESHOT, APIC_LVT_TIMER_PERIODIC, APIC_LVT_TIMER_TSCDEADLINE,
	APIC_LVT_TIMER_PERIODIC | APIC_LVT_TIMER_TSCDEADLINE, APIC_LVT_MASKED,
};

static void write_something(struct x86_vcpu *v)
{
	switch (get_random_u32_below(6)) {
	case 0:
		out(v, APIC_LVTT, lvt_modes[get_random_u32_below(ARRAY_SIZE(lvt_modes))] | VECTOR);
		break;
	case 1:
		out(v, APIC_TDCR, get_random_u32());
		break;
	case 2:
		out(v, APIC_TMICT, get_random_u32_below(40000));
		break;
	case 3:
		x86_lapic_deadline_write(v, guest_tsc(v) + get_random_u32_below(60000));
		break;
	case 4:
		in(v, APIC_TMCCT);
		break;
	case 5:
		x86_lapic_resume(v);
		break;
	}
}

/* The writer hops over CPUs, so that timers fire on another one than writes it. */
static void writes_and_expiry_do_not_hurt(struct kunit *test)
{
	ktime_t end = ktime_add_ms(ktime_get(), 1000);
	struct x86_vcpu *v = vcpu(test);
	unsigned long flags;
	unsigned int i, cpu;

	while (ktime_before(ktime_get(), end)) {
		cpu = cpumask_nth(get_random_u32_below(num_online_cpus()), cpu_online_mask);
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
		for (i = 0; i < 50; i++) {
			local_irq_save(flags);
			write_something(v);
			local_irq_restore(flags);
			take(v);
		}
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	/* It still works. */
	x86_lapic_reset(v, true);
	x86_test_lapic_enable(v);
	set_mode(v, APIC_LVT_TIMER_ONESHOT);
	out(v, APIC_TMICT, MS);
	KUNIT_EXPECT_TRUE(test, wait_for_it(v));
}

static struct kunit_case timer_cases[] = {
	KUNIT_CASE(one_shot_fires_once),
	KUNIT_CASE(periodic_goes_on),
	KUNIT_CASE(short_periods_are_stretched),
	KUNIT_CASE(changed_modes_stay_limited),
	KUNIT_CASE(unheard_periods_let_the_host_rest),
	KUNIT_CASE(every_divisor_divides),
	KUNIT_CASE(speed_can_change_underway),
	KUNIT_CASE(masked_timers_count_in_silence),
	KUNIT_CASE(illegal_vectors_are_errors),
	KUNIT_CASE(deadlines_are_met),
	KUNIT_CASE(past_deadlines_fire_at_once),
	KUNIT_CASE(deadlines_can_be_taken_back),
	KUNIT_CASE(modes_do_not_mix),
	KUNIT_CASE(paused_counts_stand_still),
	KUNIT_CASE(paused_deadlines_wait),
	KUNIT_CASE(deadlines_follow_the_tsc),
	KUNIT_CASE(reset_stops_the_timer),
	KUNIT_CASE(stopped_vms_have_no_periods),
	KUNIT_CASE(writes_and_expiry_do_not_hurt),
	{}
};

static struct kunit_suite timer_suite = {
	.name = "axvm-lapic-timer",
	.init = init_case,
	.test_cases = timer_cases,
};

kunit_test_suite(timer_suite);
