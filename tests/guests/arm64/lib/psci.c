// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware services: power, and starting CPUs.
 */
#include "cpu.h"
#include "fdt.h"
#include "psci.h"
#include "runtime.h"
#include "sysreg.h"

bool psci_uses_smc(void)
{
	static int smc = -1;
	const char *method;

	if (smc < 0) {
		method = fdt_string(fdt_path("psci"), "method");
		smc = method && !strcmp(method, "smc");
	}
	return smc;
}

u64 smccc_call(u64 fn, u64 arg1, u64 arg2, u64 arg3)
{
	struct smccc_regs regs = { .x = { fn, arg1, arg2, arg3 } };

	if (psci_uses_smc())
		smccc_smc(&regs);
	else
		smccc_hvc(&regs);
	return regs.x[0];
}

bool psci_wait_state(u64 mpidr, s64 state, u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	do {
		if (psci_call64(PSCI_AFFINITY_INFO, mpidr, 0, 0) == state)
			return true;
	} while (arch_time() < end);
	return false;
}

bool arch_cpu_start(unsigned int index, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[index];

	if (load_shared(&cpu->is_on))
		return false;
	cpu->start_fn = fn;
	cpu->start_arg = arg;
	dsb();
	return psci_call64(PSCI_CPU_ON, cpu->mpidr, (u64)secondary_entry, (u64)cpu) ==
	       PSCI_SUCCESS;
}

void runtime_secondary(void)
{
	struct cpu *cpu = this_cpu();

	store_shared(&cpu->is_on, true);
	cpu_init();
	cpu->start_fn(cpu->start_arg);
	arch_irq_off();
	gic_cpu_off();
	store_shared(&cpu->is_on, false);
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		arch_halt();
}

void arch_power_off(bool failed)
{
	if (failed)
		tell_failure();
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	print("not ok %s.power_off: the call returned\n", guest_name);
	arch_irq_off();
	for (;;)
		arch_halt();
}

void arch_reboot(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

/* By itself: what is measured is the way to the hypervisor and back. */
void arch_null_call(void)
{
	register u64 x0 asm("x0") = PSCI_VERSION;

	if (psci_uses_smc())
		asm volatile("smc #0" : "+r" (x0) : : "x1", "x2", "x3", "memory");
	else
		asm volatile("hvc #0" : "+r" (x0) : : "x1", "x2", "x3", "memory");
}
