// SPDX-License-Identifier: GPL-2.0
/*
 * The generic timer: virtual and physical, registers and conditions, and both
 * at once. Arm ARM, chapter D12 "The Generic Timer in AArch64 state".
 */
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "ptimer";

#define SECOND		1000000
#define ENABLE		1
#define IMASK		2
#define ISTATUS		4

struct timer {
	u64 (*count)(void);
	u64 (*get_ctl)(void);
	void (*set_ctl)(u64 val);
	u64 (*get_cval)(void);
	void (*set_cval)(u64 val);
	u64 (*get_tval)(void);
	void (*set_tval)(u64 val);
	bool physical;
};

#define TIMER_FUNCTIONS(name, reg)					\
static u64 name##_count(void)						\
{									\
	isb();								\
	return sysreg_read(cnt##reg##ct_el0);				\
}									\
									\
static u64 name##_get_ctl(void)						\
{									\
	isb();								\
	return sysreg_read(cnt##reg##_ctl_el0);				\
}									\
									\
static void name##_set_ctl(u64 val)					\
{									\
	sysreg_write(cnt##reg##_ctl_el0, val);				\
	isb();								\
}									\
									\
static u64 name##_get_cval(void)					\
{									\
	return sysreg_read(cnt##reg##_cval_el0);			\
}									\
									\
static void name##_set_cval(u64 val)					\
{									\
	sysreg_write(cnt##reg##_cval_el0, val);				\
	isb();								\
}									\
									\
static u64 name##_get_tval(void)					\
{									\
	return sysreg_read(cnt##reg##_tval_el0);			\
}									\
									\
static void name##_set_tval(u64 val)					\
{									\
	sysreg_write(cnt##reg##_tval_el0, val);				\
	isb();								\
}									\
									\
static const struct timer name##_timer = {				\
	.count = name##_count,						\
	.get_ctl = name##_get_ctl,					\
	.set_ctl = name##_set_ctl,					\
	.get_cval = name##_get_cval,					\
	.set_cval = name##_set_cval,					\
	.get_tval = name##_get_tval,					\
	.set_tval = name##_set_tval

TIMER_FUNCTIONS(virtual, v),
	.physical = false,
};

TIMER_FUNCTIONS(physical, p),
	.physical = true,
};

static const struct timer *timer;

/* Per timer: interrupts taken. Each is masked by its handler, so that it comes once. */
static u64 taken[2];

static void take(u32 intid, bool fiq)
{
	bool physical = intid == timer_intid(true);
	const struct timer *which = physical ? &physical_timer : &virtual_timer;

	if (intid != timer_intid(physical)) {
		test_fail("interrupt %u", intid);
		return;
	}
	if (!(which->get_ctl() & ISTATUS))
		test_fail("interrupt %u without ISTATUS", intid);
	which->set_ctl(ENABLE | IMASK);
	add_shared(&taken[physical], 1);
}

static u64 taken_of(unsigned int physical)
{
	return load_shared(&taken[physical]);
}

static void stop_both(void)
{
	physical_timer.set_ctl(0);
	virtual_timer.set_ctl(0);
}

/* Wait with interrupts on. */
static bool comes(const struct timer *which, u64 before, u64 us)
{
	u64 end = virtual_count() + time_from_us(us);

	arch_irq_on();
	while (taken_of(which->physical) == before && virtual_count() < end)
		barrier();
	arch_irq_off();
	return taken_of(which->physical) != before;
}

static void control_bits(void)
{
	timer->set_ctl(0);
	timer->set_cval(-1UL);
	timer->set_ctl(-1UL);
	check(timer->get_ctl() == (ENABLE | IMASK), "all ones: 0x%lx", timer->get_ctl());
	timer->set_ctl(IMASK);
	check((timer->get_ctl() & ~(u64)ISTATUS) == IMASK, "IMASK: 0x%lx", timer->get_ctl());
	timer->set_ctl(0);
	check(!(timer->get_ctl() & (ENABLE | IMASK)), "zero: 0x%lx", timer->get_ctl());
}

/* An emulator that is late with its own timer is so with this. */
static void wait_status(u64 us)
{
	u64 end = timer->count() + time_from_us(us);

	while (!(timer->get_ctl() & ISTATUS) && timer->count() < end)
		barrier();
}

static void status(void)
{
	timer->set_cval(0);
	timer->set_ctl(ENABLE | IMASK);
	check(timer->get_ctl() == (ENABLE | IMASK | ISTATUS), "past: 0x%lx", timer->get_ctl());
	timer->set_cval(timer->count() + arch_time_hz() * 100);
	check(timer->get_ctl() == (ENABLE | IMASK), "future: 0x%lx", timer->get_ctl());
	timer->set_cval(timer->count() + time_from_us(1000));
	wait_status(SECOND);
	check(timer->get_ctl() == (ENABLE | IMASK | ISTATUS), "over: 0x%lx", timer->get_ctl());
}

static void compare_value(void)
{
	static const u64 values[] = { 0, 1, -1UL, 1UL << 63, 0x0123456789abcdef };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		timer->set_cval(values[i]);
		check(timer->get_cval() == values[i], "0x%lx came back for 0x%lx",
		      timer->get_cval(), values[i]);
	}
}

/* TimerValue is a signed 32-bit view of what is left: D12.2.4. */
static void timer_value(void)
{
	u64 before, after, left;

	before = timer->count();
	timer->set_tval(1000000000);
	after = timer->count();
	check(timer->get_cval() >= before + 1000000000 && timer->get_cval() <= after + 1000000000,
	      "CVAL 0x%lx, count 0x%lx", timer->get_cval(), before);
	timer->set_ctl(ENABLE | IMASK);
	left = timer->get_tval();
	check(left <= 1000000000 && left > 0, "left: 0x%lx", left);
}

static void timer_value_wraps(void)
{
	u64 before, after, cval;

	before = timer->count();
	timer->set_tval(0xffffffff);
	after = timer->count();
	cval = timer->get_cval();
	check(cval >= before - 1 && cval <= after - 1, "-1: CVAL 0x%lx, count 0x%lx", cval, before);
	before = timer->count();
	timer->set_tval(0xdeadbeef80000000);
	after = timer->count();
	cval = timer->get_cval();
	check(cval >= before - 0x80000000 && cval <= after - 0x80000000,
	      "lowest: CVAL 0x%lx, count 0x%lx", cval, before);
	timer->set_ctl(ENABLE | IMASK);
	timer->set_cval(timer->count() + 0x300000000);
	check(timer->get_tval() <= 0xffffffff, "more than 32 bits");
}

static void interrupt(void)
{
	u64 before = taken_of(timer->physical), deadline = timer->count() + time_from_us(2000);

	timer->set_cval(deadline);
	timer->set_ctl(ENABLE);
	if (check(comes(timer, before, 20 * SECOND), "it does not come"))
		check(timer->count() >= deadline, "early");
}

static void interrupt_by_value(void)
{
	u64 before = taken_of(timer->physical);

	timer->set_tval(time_from_us(1000));
	timer->set_ctl(ENABLE);
	check(comes(timer, before, 20 * SECOND), "it does not come");
}

static void compare_value_in_the_past(void)
{
	static const u64 ago[] = { 0, 1, 1000000, 1UL << 33 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ago); i++) {
		u64 before = taken_of(timer->physical), now = timer->count();

		timer->set_cval(ago[i] < now ? now - ago[i] : 0);
		timer->set_ctl(ENABLE);
		check(comes(timer, before, 20 * SECOND), "%lu ticks ago", ago[i]);
	}
}

static void far_in_the_future(void)
{
	static const u64 ahead[] = { 1UL << 40, 1UL << 55, 1UL << 62 };
	u64 before = taken_of(timer->physical);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ahead); i++) {
		timer->set_cval(timer->count() + ahead[i]);
		timer->set_ctl(ENABLE);
		check(!comes(timer, before, 3000), "%lu ticks ahead: it comes", ahead[i]);
	}
	timer->set_cval(-1UL);
	check(!comes(timer, before, 3000), "at the end of time: it comes");
}

static void masked(void)
{
	u64 before = taken_of(timer->physical);

	timer->set_cval(0);
	timer->set_ctl(ENABLE | IMASK);
	check(!comes(timer, before, 3000), "masked: it comes");
	timer->set_ctl(ENABLE);
	check(comes(timer, before, 20 * SECOND), "unmasked: it does not come");
}

static void disabled(void)
{
	u64 before = taken_of(timer->physical);

	timer->set_cval(0);
	timer->set_ctl(0);
	check(!comes(timer, before, 3000), "disabled: it comes");
	timer->set_ctl(ENABLE);
	check(comes(timer, before, 20 * SECOND), "enabled: it does not come");
}

/* The line follows the condition: what is taken back is pending no more. */
static void taken_back(void)
{
	u64 before = taken_of(timer->physical);
	u32 bit = 1u << timer_intid(timer->physical);

	timer->set_cval(0);
	timer->set_ctl(ENABLE);
	wait_status(SECOND);
	delay_us(1000);
	check(gic_private_read(GICD_ISPENDR) & bit, "it is not pending");
	timer->set_cval(-1UL);
	delay_us(1000);
	check(!(gic_private_read(GICD_ISPENDR) & bit), "it is still pending");
	check(!comes(timer, before, 3000), "it comes");
}

static void again_while_it_holds(void)
{
	u64 before = taken_of(timer->physical);
	unsigned int i;

	timer->set_cval(0);
	for (i = 1; i <= 10; i++) {
		timer->set_ctl(ENABLE);
		check(comes(timer, before, 20 * SECOND), "not for the %uth time", i);
		before = taken_of(timer->physical);
	}
	check(before == taken_of(timer->physical), "more often");
}

static void wakes(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		u64 before = taken_of(timer->physical);
		u64 deadline = timer->count() + time_from_us(500 * (i % 5));

		timer->set_cval(deadline);
		timer->set_ctl(ENABLE);
		halt_while(taken_of, timer->physical, before);
		arch_irq_off();
		check(timer->count() >= deadline, "round %u: early", i);
	}
}

/* It wakes, and is only then enabled at the interrupt controller. */
static void wakes_only_when_enabled(void)
{
	u32 intid = timer_intid(timer->physical);
	u64 start = timer->count(), before = taken_of(timer->physical);

	gic_disable(intid);
	timer->set_cval(start + time_from_us(1000));
	timer->set_ctl(ENABLE);
	check(!comes(timer, before, 5000), "it comes though disabled");
	gic_enable(intid);
	check(comes(timer, before, 20 * SECOND), "enabled: it does not come");
}

static const struct test_case timer_cases[] = {
	{ "control_bits", control_bits },
	{ "status", status },
	{ "compare_value", compare_value },
	{ "timer_value", timer_value },
	{ "timer_value_wraps", timer_value_wraps },
	{ "interrupt", interrupt },
	{ "interrupt_by_value", interrupt_by_value },
	{ "compare_value_in_the_past", compare_value_in_the_past },
	{ "far_in_the_future", far_in_the_future },
	{ "masked", masked },
	{ "disabled", disabled },
	{ "taken_back", taken_back },
	{ "again_while_it_holds", again_while_it_holds },
	{ "wakes", wakes },
	{ "wakes_only_when_enabled", wakes_only_when_enabled },
};

static void run_each(const struct test_case *cases, size_t nr)
{
	for (; nr; nr--, cases++) {
		stop_both();
		test_run(cases, 1);
	}
	stop_both();
}

static void same_speed(void)
{
	u64 v = virtual_count(), p = physical_count(), dv, dp;

	delay_us(20000);
	dv = virtual_count() - v;
	dp = physical_count() - p;
	check(dp <= dv + time_from_us(10000) && dv <= dp + time_from_us(10000),
	      "%lu and %lu ticks", dv, dp);
}

static void both_at_once(void)
{
	unsigned int i;

	for (i = 0; i < 50 && !test_failed(); i++) {
		u64 v = taken_of(0), p = taken_of(1);

		physical_timer.set_cval(physical_count() + time_from_us(i * 20));
		virtual_timer.set_cval(virtual_count() + time_from_us((50 - i) * 20));
		physical_timer.set_ctl(ENABLE);
		virtual_timer.set_ctl(ENABLE);
		check(comes(&virtual_timer, v, 20 * SECOND), "round %u: no virtual one", i);
		check(comes(&physical_timer, p, 20 * SECOND), "round %u: no physical one", i);
	}
}

static u64 taken_both(unsigned int unused)
{
	return taken_of(0) + taken_of(1);
}

static void both_wake(void)
{
	u64 before = taken_both(0);

	physical_timer.set_cval(physical_count() + time_from_us(3000));
	virtual_timer.set_cval(virtual_count() + time_from_us(6000));
	physical_timer.set_ctl(ENABLE);
	virtual_timer.set_ctl(ENABLE);
	halt_while(taken_both, 0, before);
	while (taken_both(0) < before + 2)
		halt_while(taken_both, 0, before + 1);
	arch_irq_off();
}

/*
 * Taken and ended right before a sleep, due in the next one while it is disabled, stopped: a host
 * that hands its own interrupt to the guest must know afterwards what became of it.
 */
static void disabled_while_asleep(void)
{
	u64 v = taken_of(0), p = taken_of(1);
	u32 intid = timer_intid(false);

	physical_timer.set_cval(physical_count() + time_from_us(20000));
	physical_timer.set_ctl(ENABLE);
	virtual_timer.set_cval(virtual_count() + time_from_us(1000));
	virtual_timer.set_ctl(ENABLE);
	check(comes(&virtual_timer, v, 20 * SECOND), "the first does not come");
	halt_while(taken_of, 1, p);
	arch_irq_off();

	p = taken_of(1);
	gic_disable(intid);
	physical_timer.set_cval(physical_count() + time_from_us(20000));
	physical_timer.set_ctl(ENABLE);
	virtual_timer.set_cval(virtual_count() + time_from_us(2000));
	virtual_timer.set_ctl(ENABLE);
	halt_while(taken_of, 1, p);
	arch_irq_off();
	virtual_timer.set_ctl(0);
	arch_null_call();
	gic_enable(intid);

	v = taken_of(0);
	virtual_timer.set_cval(virtual_count() + time_from_us(1000));
	virtual_timer.set_ctl(ENABLE);
	check(comes(&virtual_timer, v, 20 * SECOND), "the second does not come");
}

/* Arm ARM C6.2, "WFIT" and "WFET": with nothing else to end them. They may end early. */
static void wait_with_timeout(void)
{
	static const u32 insns[] = { 0xd5031020 | 9, 0xd5031000 | 9 };
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		insn_fill(&regs);
		start = virtual_count();
		regs.x[9] = start + time_from_us(2000);
		if (insn_run(insns[i], &regs, &trap)) {
			check(ESR_EC(trap.cause) == EC_UNKNOWN, "ESR 0x%lx", trap.cause);
			test_skip("the CPU has no waits with a timeout");
			return;
		}
		check(virtual_count() < start + time_from_us(5 * SECOND), "0x%08x: for too long",
		      insns[i]);
	}
}

static void counters_go_on(void)
{
	u64 v, p, last_v = 0, last_p = 0;
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		v = virtual_count();
		p = physical_count();
		if (!check(v >= last_v && p >= last_p, "round %u: backwards", i))
			return;
		last_v = v;
		last_p = p;
	}
}

static void frequency(void)
{
	u64 hz = arch_time_hz();

	check(hz >= 1000000 && hz <= 1000000000, "%lu Hz", hz);
}

static void write_frequency(void *arg)
{
	sysreg_write(cntfrq_el0, 1);
}

static void write_counter(void *arg)
{
	sysreg_write(S3_3_C14_C0_2, 1);
}

/* Read-only where there is a higher exception level: D24.10. */
static void read_only(void)
{
	struct trap_info trap;

	if (!arch_is_reference())
		check(arch_try(write_frequency, NULL, &trap) && ESR_EC(trap.cause) == EC_UNKNOWN,
		      "CNTFRQ_EL0: 0x%lx", trap.cause);
	check(arch_try(write_counter, NULL, &trap) && ESR_EC(trap.cause) == EC_UNKNOWN,
	      "CNTVCT_EL0: 0x%lx", trap.cause);
}

static void user_counter(void *arg)
{
	sysreg_read(cntvct_el0);
}

static void user_physical_timer(void *arg)
{
	sysreg_read(cntp_ctl_el0);
}

static void access_from_el0(void)
{
	struct trap_info trap;

	sysreg_write(cntkctl_el1, 0x303);
	isb();
	user_run(user_counter, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SVC, "counter allowed: 0x%lx", trap.cause);
	user_run(user_physical_timer, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SVC, "timer allowed: 0x%lx", trap.cause);
	sysreg_write(cntkctl_el1, 0);
	isb();
	user_run(user_counter, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SYSREG, "counter denied: 0x%lx", trap.cause);
	user_run(user_physical_timer, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SYSREG, "timer denied: 0x%lx", trap.cause);
	sysreg_write(cntkctl_el1, 3);
	isb();
}

static const struct test_case common_cases[] = {
	{ "frequency", frequency },
	{ "counters_go_on", counters_go_on },
	{ "same_speed", same_speed },
	{ "both_at_once", both_at_once },
	{ "both_wake", both_wake },
	{ "disabled_while_asleep", disabled_while_asleep },
	{ "wait_with_timeout", wait_with_timeout },
	{ "read_only", read_only },
	{ "access_from_el0", access_from_el0 },
};

void guest_main(void)
{
	gic_watch(take);
	test_group("virtual");
	timer = &virtual_timer;
	run_each(timer_cases, ARRAY_SIZE(timer_cases));
	test_group("physical");
	timer = &physical_timer;
	run_each(timer_cases, ARRAY_SIZE(timer_cases));
	test_group(NULL);
	run_each(common_cases, ARRAY_SIZE(common_cases));
}
