// SPDX-License-Identifier: GPL-2.0
/*
 * Traps: interrupts are counted, expected exceptions are handed to who waits,
 * all others end the program as failed.
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

/* Vectors come in groups of four: synchronous, IRQ, FIQ, SError. */
enum {
	VECTOR_SYNC,
	VECTOR_IRQ,
	VECTOR_FIQ,
	VECTOR_SERROR,
};

static void handle_exception(struct cpu *cpu, u64 vector)
{
	u64 esr = sysreg_read(esr_el1), far = sysreg_read(far_el1);

	if (!cpu->trying)
		test_abort("unexpected trap %lu: ESR 0x%lx FAR 0x%lx ELR 0x%lx SP 0x%lx", vector,
			   esr, far, cpu->pc, cpu->sp);
	cpu->trying = false;
	cpu->trap = (struct trap_info){ .cause = esr, .addr = far, .pc = cpu->pc };
	cpu->trap_sp = cpu->sp;
	cpu->trap_pstate = cpu->pstate;
	cpu->pc = (u64)try_return;
	cpu->pstate = PSTATE_EL1H | PSTATE_DAIF;
}

void trap_handle(struct cpu *cpu, u64 vector)
{
	switch (vector % 4) {
	case VECTOR_IRQ:
		gic_handle(false);
		break;
	case VECTOR_FIQ:
		gic_handle(true);
		break;
	case VECTOR_SERROR:
		add_shared(&cpu->serrors, 1);
		if (cpu->trying)
			handle_exception(cpu, vector);
		break;
	default:
		handle_exception(cpu, vector);
	}
}

bool arch_try(void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	struct cpu *cpu = this_cpu();
	u64 daif = sysreg_read(daif);
	bool trapped;

	cpu->trying = true;
	trapped = try_call(fn, arg);
	cpu->trying = false;
	sysreg_write(daif, daif);
	if (trapped)
		*trap = cpu->trap;
	return trapped;
}

void arch_irq_on(void)
{
	asm volatile("msr daifclr, #3" ::: "memory");
}

void arch_irq_off(void)
{
	asm volatile("msr daifset, #3" ::: "memory");
}

void arch_halt(void)
{
	asm volatile("dsb sy\n\twfi" ::: "memory");
}

u64 serror_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].serrors);
}

u64 arch_ipi_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].ipi_count);
}
