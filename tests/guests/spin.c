// SPDX-License-Identifier: GPL-2.0
/*
 * All CPUs spin with interrupts off, for good: only the hypervisor can end it.
 */
#include "arch.h"

const char *const guest_name = "spin";

static void spin(void *arg)
{
	arch_irq_off();
	for (;;)
		barrier();
}

void guest_main(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self() && !arch_cpu_start(cpu, spin, NULL))
			test_abort("CPU %u does not start", cpu);
	}
	print("spinning\n");
	spin(NULL);
}
