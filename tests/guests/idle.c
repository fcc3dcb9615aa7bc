// SPDX-License-Identifier: GPL-2.0
/*
 * All CPUs halt, for good: a VM that must cost nothing until somebody stops it.
 */
#include "arch.h"

const char *const guest_name = "idle";

static void idle(void *arg)
{
	arch_timer_stop();
	for (;;)
		arch_halt();
}

void guest_main(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self() && !arch_cpu_start(cpu, idle, NULL))
			test_abort("CPU %u does not start", cpu);
	}
	print("idle\n");
	idle(NULL);
}
