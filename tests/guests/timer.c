// SPDX-License-Identifier: GPL-2.0
/*
 * Time and the timer, by each way there is to set it, on each CPU.
 */
#include "arch.h"

const char *const guest_name = "timer";

#define SECOND		1000000
#define NEVER		(~0UL)

static u64 others_done;

static u64 count(void)
{
	return arch_timer_count(arch_cpu_self());
}

/* Wait with interrupts on until the count moved; false after a long time. */
static bool wait_tick(u64 before, u64 us)
{
	u64 end = arch_time() + time_from_us(us);
	bool came;

	arch_irq_on();
	while (count() == before && arch_time() < end)
		barrier();
	arch_irq_off();
	came = count() != before;
	return came;
}

static void time_is_monotonic(void)
{
	u64 now, last = arch_time();
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		now = arch_time();
		if (!check(now >= last, "%lu after %lu", now, last))
			return;
		last = now;
	}
}

static void time_advances(void)
{
	u64 start = arch_time();
	unsigned int i;

	for (i = 0; i < 10000000 && arch_time() == start; i++)
		barrier();
	check(arch_time() > start, "it stands still");
}

static void fires(void)
{
	u64 before = count(), deadline = arch_time() + time_from_us(2000);

	arch_timer_set(deadline);
	if (!check(wait_tick(before, 20 * SECOND), "no interrupt"))
		return;
	check(arch_timer_taken(arch_cpu_self()) >= deadline, "%lu ticks early",
	      deadline - arch_timer_taken(arch_cpu_self()));
}

static void fires_at_once_when_past(void)
{
	u64 before = count();

	arch_timer_set(arch_time() - 1);
	check(wait_tick(before, 20 * SECOND), "no interrupt for a time that is over");
	before = count();
	arch_timer_set(0);
	check(wait_tick(before, 20 * SECOND), "no interrupt for time 0");
}

static void once_only(void)
{
	u64 before = count();

	arch_timer_set(arch_time() + time_from_us(500));
	wait_tick(before, 20 * SECOND);
	check(!wait_tick(before + 1, 5000), "a second interrupt came");
}

static void can_be_replaced(void)
{
	u64 before = count(), late = arch_time() + time_from_us(20000);

	arch_timer_set(arch_time() + time_from_us(5000));
	arch_timer_set(late);
	if (!check(wait_tick(before, 20 * SECOND), "no interrupt"))
		return;
	check(arch_timer_taken(arch_cpu_self()) >= late, "the one replaced came");
	before = count();
	arch_timer_set(arch_time() + time_from_us(60 * SECOND));
	arch_timer_set(arch_time() + time_from_us(1000));
	check(wait_tick(before, 20 * SECOND), "the earlier one did not come");
}

static void can_be_stopped(void)
{
	u64 before = count();

	arch_timer_set(arch_time() + time_from_us(3000));
	arch_timer_set(NEVER);
	check(!wait_tick(before, 20000), "it came nevertheless");
}

static void waits_while_masked(void)
{
	u64 before = count();

	arch_irq_off();
	arch_timer_set(arch_time() + time_from_us(100));
	delay_us(5000);
	check(count() == before, "taken with interrupts off");
	check(wait_tick(before, 20 * SECOND), "lost");
}

static void withdrawn_while_masked(void)
{
	u64 before = count();

	arch_irq_off();
	arch_timer_set(arch_time() + time_from_us(100));
	delay_us(3000);
	arch_timer_stop();
	check(!wait_tick(before, 5000), "a pending interrupt was not withdrawn");
}

static void many(void)
{
	u64 deadline, before;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		before = count();
		deadline = arch_time() + time_from_us(i % 50 * 10);
		arch_timer_set(deadline);
		if (!check(wait_tick(before, 20 * SECOND), "number %u is missing", i))
			return;
		if (!check(arch_timer_taken(arch_cpu_self()) >= deadline, "number %u early", i))
			return;
	}
}

static void other_cpu(void *arg)
{
	fires();
	fires_at_once_when_past();
	can_be_stopped();
	add_shared(&others_done, 1);
}

static void on_each_cpu(void)
{
	unsigned int cpu, others = arch_cpu_count() - 1;
	u64 end;

	store_shared(&others_done, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu == arch_cpu_self())
			continue;
		end = arch_time() + time_from_us(10 * SECOND);
		while (!arch_cpu_start(cpu, other_cpu, NULL)) {
			if (!check(arch_time() < end, "CPU %u does not start", cpu))
				return;
		}
	}
	check(wait_for(&others_done, others, 60 * SECOND), "%lu of %u CPUs ended", others_done,
	      others);
}

static const struct test_case time_cases[] = {
	{ "time_is_monotonic", time_is_monotonic },
	{ "time_advances", time_advances },
};

static const struct test_case timer_cases[] = {
	{ "fires", fires },
	{ "fires_at_once_when_past", fires_at_once_when_past },
	{ "once_only", once_only },
	{ "can_be_replaced", can_be_replaced },
	{ "can_be_stopped", can_be_stopped },
	{ "waits_while_masked", waits_while_masked },
	{ "withdrawn_while_masked", withdrawn_while_masked },
	{ "many", many },
	{ "on_each_cpu", on_each_cpu },
};

void guest_main(void)
{
	unsigned int n;

	test_run(time_cases, ARRAY_SIZE(time_cases));
	for (n = 0; arch_timer_kind(n); n++) {
		arch_timer_select(n);
		test_group(arch_timer_kind(n));
		test_run(timer_cases, ARRAY_SIZE(timer_cases));
	}
}
