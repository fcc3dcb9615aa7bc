// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC's timer: its modes, its divider, its registers.
 * SDM 3, 11.5.4.
 */
#include "cpu.h"

const char *const guest_name = "apictimer";

#define SECOND		1000000
#define VECTOR		0x61
#define NR_TIMES	64

static u64 times[NR_TIMES];
static u64 nr_times;

static bool keep_time(struct trap_frame *frame)
{
	u64 nr = add_shared(&nr_times, 1) - 1;

	if (nr < NR_TIMES)
		times[nr] = rdtsc();
	lapic_eoi();
	return true;
}

static void begin(u32 lvt)
{
	arch_irq_off();
	lapic_write(APIC_TMICT, 0);
	if (HAS_DEADLINE)
		wrmsr(MSR_TSC_DEADLINE, 0);
	lapic_write(APIC_LVT_TIMER, lvt | VECTOR);
	lapic_write(APIC_TDCR, APIC_DIVIDE_BY_1);
	store_shared(&nr_times, 0);
	vector_hook(VECTOR, keep_time);
}

static void end(void)
{
	lapic_write(APIC_TMICT, 0);
	if (HAS_DEADLINE)
		wrmsr(MSR_TSC_DEADLINE, 0);
	arch_irq_on();
	delay_us(100);
	arch_irq_off();
	lapic_write(APIC_LVT_TIMER, APIC_MASKED);
	vector_hook(VECTOR, NULL);
}

static bool wait_times(u64 nr, u64 us)
{
	bool came;

	arch_irq_on();
	came = wait_for(&nr_times, nr, us);
	arch_irq_off();
	return came;
}

static u64 ticks_from_us(u64 us)
{
	return us * lapic_timer_hz() / SECOND;
}

static void one_shot_once(void)
{
	begin(0);
	lapic_write(APIC_TMICT, ticks_from_us(1000));
	check(wait_times(1, 10 * SECOND), "no interrupt");
	check(!wait_times(2, 5000), "a second one");
	check(!lapic_read(APIC_TMCCT), "it still counts: 0x%x", lapic_read(APIC_TMCCT));
	check(lapic_read(APIC_TMICT) == ticks_from_us(1000), "TMICT is 0x%x",
	      lapic_read(APIC_TMICT));
	end();
}

/* The clocks of the reference agree to some hundreds of parts per million. */
static void one_shot_not_early(void)
{
	u64 start, us, took;
	unsigned int i;

	for (i = 0; i < 50 && !test_failed(); i++) {
		begin(0);
		us = 50 + i * 37;
		start = rdtsc();
		lapic_write(APIC_TMICT, ticks_from_us(us));
		check(wait_times(1, 10 * SECOND), "round %u: no interrupt", i);
		took = times[0] - start;
		check(took + took / 500 + 1 >= time_from_us(us),
		      "round %u: after %lu us, not %lu", i, time_to_us(took), us);
	}
	end();
}

static void masked_counts(void)
{
	u32 first, second;

	begin(APIC_MASKED);
	lapic_write(APIC_TMICT, -1u);
	first = lapic_read(APIC_TMCCT);
	delay_us(100);
	second = lapic_read(APIC_TMCCT);
	check(second < first, "0x%x after 0x%x", second, first);
	lapic_write(APIC_TMICT, 100);
	delay_us(1000);
	check(!wait_times(1, 1000), "an interrupt");
	check(!lapic_read(APIC_TMCCT), "the end is not 0");
	end();
}

/* Each divider against divisor 1: the same time, fewer ticks. */
static void dividers(void)
{
	static const struct {
		u8 code;
		u8 by;
	} table[] = {
		{ 0xb, 1 }, { 0x0, 2 }, { 0x1, 4 }, { 0x2, 8 }, { 0x3, 16 }, { 0x8, 32 },
		{ 0x9, 64 }, { 0xa, 128 },
	};
	u64 start, ticks, wanted;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		begin(APIC_MASKED);
		lapic_write(APIC_TDCR, table[i].code);
		lapic_write(APIC_TMICT, -1u);
		start = rdtsc();
		delay_us(20000);
		ticks = -1u - lapic_read(APIC_TMCCT);
		wanted = time_to_us(rdtsc() - start) * (lapic_timer_hz() / SECOND) / table[i].by;
		check(ticks > wanted * 9 / 10 && ticks < wanted * 11 / 10,
		      "by %u: %lu ticks, not %lu", table[i].by, ticks, wanted);
	}
	end();
}

static void periodic_goes_on(void)
{
	u64 us = 2000, all;

	begin(APIC_PERIODIC);
	lapic_write(APIC_TMICT, ticks_from_us(us));
	check(wait_times(20, 30 * SECOND), "only %lu", nr_times);
	all = time_to_us(times[19] - times[0]);
	check(all > 19 * us * 9 / 10 && all < 19 * us * 3, "19 periods of %lu us took %lu", us,
	      all);
	check(lapic_read(APIC_TMCCT) <= ticks_from_us(us), "TMCCT is above TMICT");
	lapic_write(APIC_TMICT, 0);
	arch_irq_on();
	delay_us(100);
	arch_irq_off();
	store_shared(&nr_times, 0);
	check(!wait_times(1, 10000), "it goes on after TMICT = 0");
	end();
}

/* Periods that nobody could serve: the guest has its interrupts, and the host its CPU. */
static void periodic_tiny(void)
{
	static const u32 counts[] = { 1, 2, 10, 100 };
	unsigned int i;

	if (reference_differs("does nothing else then"))
		return;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		begin(APIC_PERIODIC);
		lapic_write(APIC_TMICT, counts[i]);
		check(wait_times(10, 20 * SECOND), "count %u: only %lu", counts[i], nr_times);
		end();
	}
}

static void one_shot_while_off(void)
{
	begin(0);
	lapic_write(APIC_TMICT, ticks_from_us(500));
	delay_us(3000);
	check(!nr_times, "taken with interrupts off");
	check(lapic_bit(APIC_IRR, VECTOR), "it is not requested");
	check(wait_times(1, 10 * SECOND), "lost");
	end();
}

static void replaced(void)
{
	u64 start;

	begin(0);
	lapic_write(APIC_TMICT, ticks_from_us(2000));
	lapic_write(APIC_TMICT, ticks_from_us(20000));
	start = rdtsc();
	check(wait_times(1, 10 * SECOND), "no interrupt");
	check(time_to_us(times[0] - start) > 15000, "the first count came");
	end();
}

/* The mode is looked at when the time comes: masked by then means none. */
static void masked_later(void)
{
	begin(0);
	lapic_write(APIC_TMICT, ticks_from_us(3000));
	lapic_write(APIC_LVT_TIMER, APIC_MASKED | VECTOR);
	check(!wait_times(1, 10000), "it came although masked");
	end();
}

static bool no_deadlines(void)
{
	if (!HAS_DEADLINE)
		test_skip("no deadline mode");
	return !HAS_DEADLINE;
}

static void deadline_not_early(void)
{
	unsigned int i;
	u64 deadline;

	if (no_deadlines())
		return;
	for (i = 0; i < 100 && !test_failed(); i++) {
		begin(APIC_DEADLINE);
		deadline = rdtsc() + time_from_us(i * 23);
		wrmsr(MSR_TSC_DEADLINE, deadline);
		check(wait_times(1, 10 * SECOND), "round %u: no interrupt", i);
		check(times[0] >= deadline, "round %u: %lu ticks early", i, deadline - times[0]);
		check(!rdmsr(MSR_TSC_DEADLINE), "round %u: still armed", i);
	}
	end();
}

static void deadline_reads_back(void)
{
	u64 deadline = rdtsc() + time_from_us(60 * SECOND);

	if (no_deadlines())
		return;
	begin(APIC_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, deadline);
	check(rdmsr(MSR_TSC_DEADLINE) == deadline, "0x%lx for 0x%lx", rdmsr(MSR_TSC_DEADLINE),
	      deadline);
	wrmsr(MSR_TSC_DEADLINE, 0);
	check(!rdmsr(MSR_TSC_DEADLINE), "not disarmed by 0");
	wrmsr(MSR_TSC_DEADLINE, -1UL);
	check(!wait_times(1, 2000), "the end of time has come");
	end();
}

/* SDM 3, 11.5.4.1: counts are ignored in deadline mode, deadlines in the other two. */
static void modes_keep_apart(void)
{
	if (no_deadlines())
		return;
	begin(APIC_DEADLINE);
	lapic_write(APIC_TMICT, 1000);
	check(!lapic_read(APIC_TMCCT), "a count in deadline mode");
	check(!wait_times(1, 3000), "its interrupt");
	begin(0);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 1000);
	check(!rdmsr(MSR_TSC_DEADLINE), "a deadline in one-shot mode");
	check(!wait_times(1, 3000), "its interrupt");
	begin(APIC_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + time_from_us(3000));
	lapic_write(APIC_LVT_TIMER, VECTOR);
	lapic_write(APIC_LVT_TIMER, VECTOR | APIC_DEADLINE);
	check(!wait_times(1, 10000), "the change of mode did not disarm it");
	end();
}

/* Deadlines are in guest time: a TSC that jumps over one lets it come. */
static void deadline_follows_tsc(void)
{
	u64 hour = time_from_us(3600UL * SECOND);

	if (no_deadlines())
		return;
	begin(APIC_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + hour);
	wrmsr(MSR_TSC, rdtsc() + 2 * hour);
	check(wait_times(1, 10 * SECOND), "it waits by the old time");
	wrmsr(MSR_TSC, rdtsc() - 2 * hour);
	end();
}

static const struct test_case cases[] = {
	{ "one_shot_once", one_shot_once },
	{ "one_shot_not_early", one_shot_not_early },
	{ "one_shot_while_off", one_shot_while_off },
	{ "masked_counts", masked_counts },
	{ "masked_later", masked_later },
	{ "replaced", replaced },
	{ "dividers", dividers },
	{ "periodic_goes_on", periodic_goes_on },
	{ "periodic_tiny", periodic_tiny },
	{ "deadline_not_early", deadline_not_early },
	{ "deadline_reads_back", deadline_reads_back },
	{ "modes_keep_apart", modes_keep_apart },
	{ "deadline_follows_tsc", deadline_follows_tsc },
};

static void run_mode(bool x2)
{
	lapic_prefer(x2);
	lapic_setup();
	test_group(x2 ? "x2apic" : "xapic");
	test_run(cases, ARRAY_SIZE(cases));
}

void guest_main(void)
{
	arch_time_hz();
	run_mode(false);
	if (HAS_X2APIC)
		run_mode(true);
}
