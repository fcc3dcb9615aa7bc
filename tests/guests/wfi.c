// SPDX-License-Identifier: GPL-2.0
/*
 * Halting: the CPU sleeps, and wakes for its timer, for other CPUs and for
 * devices, with interrupts on or off. Waking early is allowed, but not often.
 */
#include "arch.h"

const char *const guest_name = "wfi";

#define SECOND		1000000
#define EARLY_WAKEUPS	1000

static u64 sender_go;

static void wakes_by_timer(void)
{
	u64 halts, before = arch_timer_count(arch_cpu_self());
	u64 deadline = arch_time() + time_from_us(50000);

	arch_timer_set(deadline);
	halts = halt_while(arch_timer_count, arch_cpu_self(), before);
	arch_irq_off();
	check(arch_time() >= deadline, "interrupt before its time");
	check(halts < EARLY_WAKEUPS, "woke %lu times", halts);
}

static void wakes_while_masked(void)
{
	u64 halts = 0, before = arch_timer_count(arch_cpu_self());
	u64 deadline = arch_time() + time_from_us(20000);

	arch_irq_off();
	arch_timer_set(deadline);
	while (arch_time() < deadline) {
		arch_halt();
		halts++;
	}
	check(halts < EARLY_WAKEUPS, "woke %lu times", halts);
	check(arch_timer_count(arch_cpu_self()) == before, "taken with interrupts off");
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(arch_timer_count(arch_cpu_self()) == before + 1, "not taken once they were on");
}

static void returns_when_pending(void)
{
	arch_irq_off();
	arch_timer_set(0);
	delay_us(1000);
	arch_halt();
	arch_halt();
	arch_timer_stop();
}

static void send_to(void *arg)
{
	unsigned int i, cpu = (u64)arg;

	for (i = 1; i <= 20; i++) {
		wait_for(&sender_go, i, 20 * SECOND);
		delay_us(3000);
		arch_ipi_send(cpu);
	}
}

static unsigned int other_cpu(void)
{
	return arch_cpu_self() ? 0 : 1;
}

static void wakes_by_ipi(void)
{
	unsigned int i, self = arch_cpu_self();

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	if (!check(arch_cpu_start(other_cpu(), send_to, (void *)(u64)self), "no other CPU"))
		return;
	arch_timer_stop();
	for (i = 1; i <= 20; i++) {
		u64 before = arch_ipi_count(self);

		add_shared(&sender_go, 1);
		halt_while(arch_ipi_count, self, before);
	}
	arch_irq_off();
}

static void sleeps_many_times(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		u64 before = arch_timer_count(arch_cpu_self());

		arch_timer_set(arch_time() + time_from_us(i % 10 * 50));
		halt_while(arch_timer_count, arch_cpu_self(), before);
	}
	arch_irq_off();
}

static const struct test_case cases[] = {
	{ "wakes_by_timer", wakes_by_timer },
	{ "wakes_while_masked", wakes_while_masked },
	{ "returns_when_pending", returns_when_pending },
	{ "wakes_by_ipi", wakes_by_ipi },
	{ "sleeps_many_times", sleeps_many_times },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
