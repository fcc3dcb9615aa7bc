// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts between CPUs: to each one, to oneself, and many at once.
 */
#include "arch.h"

const char *const guest_name = "ipi";

#define SECOND		1000000
#define ROUNDS		200

static u64 ready, leave;

static void listener(void *arg)
{
	bool halts = arg;

	arch_irq_on();
	add_shared(&ready, 1);
	while (!load_shared(&leave)) {
		if (halts)
			arch_halt();
	}
	arch_irq_off();
	add_shared(&ready, -1UL);
}

static bool wait_count(unsigned int cpu, u64 wanted)
{
	u64 end = arch_time() + time_from_us(20 * SECOND);

	while (arch_ipi_count(cpu) < wanted) {
		if (arch_time() > end)
			return false;
	}
	return true;
}

static void to_self(void)
{
	unsigned int cpu = arch_cpu_self();
	u64 before = arch_ipi_count(cpu);

	arch_irq_off();
	arch_ipi_send(cpu);
	delay_us(1000);
	check(arch_ipi_count(cpu) == before, "taken with interrupts off");
	arch_irq_on();
	check(wait_count(cpu, before + 1), "it did not come");
	arch_irq_off();
	check(arch_ipi_count(cpu) == before + 1, "it came %lu times", arch_ipi_count(cpu) - before);
}

static void start_listeners(bool halt)
{
	unsigned int cpu;
	u64 end;

	store_shared(&leave, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		end = arch_time() + time_from_us(20 * SECOND);
		while (cpu != arch_cpu_self() && !arch_cpu_start(cpu, listener, (void *)halt)) {
			if (!check(arch_time() < end, "CPU %u does not start", cpu))
				return;
		}
	}
	check(wait_for(&ready, arch_cpu_count() - 1, 20 * SECOND), "%lu CPUs came", ready);
}

static void stop_listeners(void)
{
	unsigned int cpu;
	u64 end = arch_time() + time_from_us(20 * SECOND);

	store_shared(&leave, 1);
	while (load_shared(&ready)) {
		for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
			if (cpu != arch_cpu_self())
				arch_ipi_send(cpu);
		}
		if (!check(arch_time() < end, "%lu CPUs do not leave", ready))
			return;
	}
}

static void ping_all(void)
{
	unsigned int cpu, round;

	for (round = 0; round < ROUNDS && !test_failed(); round++) {
		for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
			u64 before = arch_ipi_count(cpu);

			if (cpu == arch_cpu_self())
				continue;
			arch_ipi_send(cpu);
			check(wait_count(cpu, before + 1), "CPU %u missed number %u", cpu, round);
		}
	}
}

static void run_listeners(bool halt)
{
	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	start_listeners(halt);
	if (!test_failed())
		ping_all();
	stop_listeners();
}

static void to_spinning_cpus(void)
{
	run_listeners(false);
}

static void to_halted_cpus(void)
{
	run_listeners(true);
}

static const struct test_case cases[] = {
	{ "to_self", to_self },
	{ "to_spinning_cpus", to_spinning_cpus },
	{ "to_halted_cpus", to_halted_cpus },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
