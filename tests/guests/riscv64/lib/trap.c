// SPDX-License-Identifier: GPL-2.0
/*
 * Traps: interrupts are counted, expected exceptions are handed to who waits,
 * all others end the program as failed.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

static void handle_interrupt(struct cpu *cpu, u64 cause)
{
	switch (cause & ~CAUSE_IRQ) {
	case IRQ_TIMER:
		cpu->timer_time = arch_time();
		arch_timer_stop();
		add_shared(&cpu->timer_count, 1);
		break;
	case IRQ_SOFT:
		csr_clear(CSR_SIP, SIE_SSIE);
		add_shared(&cpu->ipi_count, 1);
		break;
	case IRQ_EXTERNAL:
		plic_handle();
		break;
	default:
		test_abort("interrupt of cause %lu", cause & ~CAUSE_IRQ);
	}
}

void trap_handle(struct cpu *cpu)
{
	u64 cause = csr_read(CSR_SCAUSE);

	if (cause & CAUSE_IRQ) {
		handle_interrupt(cpu, cause);
		return;
	}
	if (!cpu->trying)
		test_abort("unexpected trap: scause %lu stval 0x%lx sepc 0x%lx sp 0x%lx", cause,
			   csr_read(CSR_STVAL), cpu->regs[0], cpu->regs[2]);
	cpu->trying = false;
	cpu->trap = (struct trap_info){
		.cause = cause,
		.addr = csr_read(CSR_STVAL),
		.pc = cpu->regs[0],
	};
	cpu->regs[0] = (u64)try_return;
	csr_set(CSR_SSTATUS, SSTATUS_SPP);
}

bool arch_try(void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	struct cpu *cpu = this_cpu();
	bool trapped;

	cpu->trying = true;
	trapped = try_call(fn, arg);
	cpu->trying = false;
	if (trapped)
		*trap = cpu->trap;
	return trapped;
}

void cpu_init(void)
{
	csr_write(CSR_SIE, SIE_SSIE | SIE_STIE | SIE_SEIE);
}

void arch_irq_on(void)
{
	csr_set(CSR_SSTATUS, SSTATUS_SIE);
}

void arch_irq_off(void)
{
	csr_clear(CSR_SSTATUS, SSTATUS_SIE);
}

void arch_halt(void)
{
	asm volatile("wfi" ::: "memory");
}

u64 arch_ipi_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].ipi_count);
}
