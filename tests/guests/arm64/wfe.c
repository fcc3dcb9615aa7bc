// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for an event: CPUs that hand something to each other, and wait with WFE for their
 * turn, get on also when there are more of them than the host has.
 */
#include "cpu.h"

const char *const guest_name = "wfe";

#define SECOND		1000000
#define EVENTS		100
#define TURNS		240

static u64 turn, finished;

static void sev(void)
{
	asm volatile("sev" : : : "memory");
}

static void sevl(void)
{
	asm volatile("sevl" : : : "memory");
}

static void wfe(void)
{
	asm volatile("wfe" : : : "memory");
}

/* Arm ARM D1.7.1: an event that has come is what WFE takes, and does not wait for another. */
static void event_is_kept(void)
{
	u64 start = arch_time();
	unsigned int i;

	for (i = 0; i < EVENTS; i++) {
		sevl();
		wfe();
		sev();
		wfe();
	}
	check(arch_time() - start < time_from_us(20 * SECOND), "it waits");
}

/* As Linux does: the monitor that LDAXR sets tells of the store (Arm ARM D1.7.1, B2.12). */
static void wait_for_turn(u64 wanted)
{
	u64 now;

	sevl();
	do {
		wfe();
		asm volatile("ldaxr %0, %1" : "=r" (now) : "Q" (turn) : "memory");
	} while (now != wanted);
}

/* All CPUs by turns, so that each waits for all others. */
static void take_turns(void *arg)
{
	u64 mine, cpus = arch_cpu_count();

	for (mine = arch_cpu_self(); mine < TURNS; mine += cpus) {
		wait_for_turn(mine);
		store_shared(&turn, mine + 1);
	}
	add_shared(&finished, 1);
}

static void turns_come(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, take_turns, NULL), "CPU %u does not start", cpu);
	}
	take_turns(NULL);
	check(wait_for(&finished, arch_cpu_count(), 60 * SECOND), "%lu CPUs ended", finished);
	check(load_shared(&turn) == TURNS, "%lu turns", turn);
}

static const struct test_case cases[] = {
	{ "event_is_kept", event_is_kept },
	{ "turns_come", turns_come },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
