// SPDX-License-Identifier: GPL-2.0
/*
 * Every CPU starts, once, with its own number and the argument given, and sees
 * the memory of the others.
 */
#include "arch.h"

const char *const guest_name = "smp";

#define SECOND		1000000
#define ROUNDS		1000

static u64 started, released, finished, sum;
static u64 seen[GUEST_MAX_CPUS];

static void worker(void *arg)
{
	unsigned int i, cpu = arch_cpu_self();

	seen[cpu] = (u64)arg;
	print("CPU %u runs\n", cpu);
	add_shared(&started, 1);
	wait_for(&released, 1, 60 * SECOND);
	for (i = 0; i < ROUNDS; i++)
		add_shared(&sum, 1);
	add_shared(&finished, 1);
}

static void all_start(void)
{
	unsigned int cpu, others = arch_cpu_count() - 1;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu == arch_cpu_self())
			continue;
		check(arch_cpu_start(cpu, worker, (void *)(0x1000UL + cpu)),
		      "CPU %u does not start", cpu);
	}
	check(wait_for(&started, others, 20 * SECOND), "%lu of %u CPUs came", started, others);
}

static void argument_arrives(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(seen[cpu] == 0x1000 + cpu, "CPU %u got 0x%lx", cpu, seen[cpu]);
	}
}

static void atomics_hold(void)
{
	u64 others = arch_cpu_count() - 1;

	store_shared(&released, 1);
	check(wait_for(&finished, others, 60 * SECOND), "%lu of %lu CPUs ended", finished, others);
	check(sum == others * ROUNDS, "sum is %lu, not %lu", sum, others * ROUNDS);
}

static const struct test_case cases[] = {
	{ "all_start", all_start },
	{ "argument_arrives", argument_arrives },
	{ "atomics_hold", atomics_hold },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
