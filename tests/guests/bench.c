// SPDX-License-Identifier: GPL-2.0
/*
 * Costs in emulated instructions: meaningful where the emulator counts them
 * (one instruction is one nanosecond of guest time), one CPU.
 */
#include "arch.h"

const char *const guest_name = "bench";

#define CALLS		20000
#define INTERRUPTS	2000
#define INTERVAL_US	100

static void empty(void)
{
	barrier();
}

static u64 measure(void (*fn)(void))
{
	u64 start = arch_time();
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		fn();
	return arch_time() - start;
}

static void report(const char *name, u64 ticks, u64 times)
{
	print("bench %s: %lu instructions\n", name, arch_ticks_to_instructions(ticks) / times);
}

static void cost(const char *name, void (*fn)(void))
{
	u64 loop, all;

	measure(fn);
	loop = measure(empty);
	all = measure(fn);
	report(name, all > loop ? all - loop : 0, CALLS);
}

static void null_call(void)
{
	cost("null_call", arch_null_call);
}

static void mmio_read(void)
{
	cost("mmio_read", arch_mmio_read);
}

/* From the time asked for to the first instructions of the handler. */
static void timer_interrupt(void)
{
	u64 late = 0, deadline, before;
	unsigned int i, cpu = arch_cpu_self();

	arch_irq_on();
	for (i = 0; i < INTERRUPTS; i++) {
		before = arch_timer_count(cpu);
		deadline = arch_time() + time_from_us(INTERVAL_US);
		arch_timer_set(deadline);
		while (arch_timer_count(cpu) == before)
			barrier();
		late += arch_timer_taken(cpu) - deadline;
	}
	arch_irq_off();
	report("timer_interrupt", late, INTERRUPTS);
}

/* The same out of a halt: what waking up adds. */
static void timer_wakeup(void)
{
	u64 late = 0, deadline, before;
	unsigned int i, cpu = arch_cpu_self();

	arch_irq_on();
	for (i = 0; i < INTERRUPTS / 10; i++) {
		before = arch_timer_count(cpu);
		deadline = arch_time() + time_from_us(INTERVAL_US);
		arch_timer_set(deadline);
		while (arch_timer_count(cpu) == before)
			arch_halt();
		late += arch_timer_taken(cpu) - deadline;
	}
	arch_irq_off();
	report("timer_wakeup", late, INTERRUPTS / 10);
}

static const struct test_case cases[] = {
	{ "null_call", null_call },
	{ "mmio_read", mmio_read },
	{ "timer_interrupt", timer_interrupt },
	{ "timer_wakeup", timer_wakeup },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
