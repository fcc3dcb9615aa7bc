// SPDX-License-Identifier: GPL-2.0
/*
 * Traps: interrupts are counted, expected exceptions are handed to who waits,
 * all others end the program as failed.
 */
#include "cpu.h"

static vector_fn hooks[256];

void vector_hook(unsigned int vector, vector_fn fn)
{
	store_shared(&hooks[vector], fn);
}

u64 vector_count(unsigned int cpu, unsigned int vector)
{
	return load_shared(&cpus[cpu].vectors[vector]);
}

/* One of an earlier deadline is none; one whose countdown was too short goes on. */
static void handle_timer(struct cpu *cpu)
{
	u64 now = arch_time();
	bool stale = cpu->timer_stale;

	cpu->timer_stale = false;
	lapic_eoi();
	if (!cpu->timer_armed || (stale && now < cpu->timer_deadline))
		return;
	if (cpu->timer_again && now < cpu->timer_deadline) {
		arch_timer_set(cpu->timer_deadline);
		return;
	}
	arch_timer_stop();
	cpu->timer_time = now;
	add_shared(&cpu->timer_count, 1);
}

static void run_interrupt(struct cpu *cpu, unsigned int vector)
{
	if (vector == VECTOR_TIMER) {
		handle_timer(cpu);
		return;
	}
	if (vector == VECTOR_IPI)
		add_shared(&cpu->ipi_count, 1);
	else if (vector >= VECTOR_LINE && vector < VECTOR_LINE + ioapic_pins())
		line_handle(vector - VECTOR_LINE);
	if (vector != VECTOR_SPURIOUS)
		lapic_eoi();
}

/* Held: it is not handled before interrupts are on, and keeps its place in service. */
static void handle_interrupt(struct cpu *cpu, struct trap_frame *frame)
{
	if (cpu->holding) {
		cpu->holding = false;
		cpu->held = frame->vector;
		frame->rflags &= ~RFLAGS_IF;
		return;
	}
	run_interrupt(cpu, frame->vector);
}

static void handle_exception(struct cpu *cpu, struct trap_frame *frame)
{
	if (!cpu->trying)
		test_abort("trap %lu error 0x%lx cr2 0x%lx rip 0x%lx:0x%lx rsp 0x%lx",
			   frame->vector, frame->error, read_cr2(), frame->cs, frame->rip,
			   frame->rsp);
	cpu->trying = false;
	cpu->trap = (struct trap_info){
		.cause = frame->vector,
		.addr = frame->vector == VEC_PF ? read_cr2() : 0,
		.pc = frame->rip,
	};
	cpu->frame = *frame;
	frame->rip = (u64)try_return;
	frame->cs = SEL_CODE64;
	frame->ss = SEL_DATA;
	frame->rsp = cpu->jump[0];
	frame->rflags = RFLAGS_FIXED;
}

void trap_handle(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	vector_fn hook = load_shared(&hooks[frame->vector]);

	add_shared(&cpu->vectors[frame->vector], 1);
	if (hook && hook(frame))
		return;
	if (frame->vector == VEC_NMI)
		return;
	if (frame->vector < 32)
		handle_exception(cpu, frame);
	else
		handle_interrupt(cpu, frame);
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

void arch_irq_on(void)
{
	struct cpu *cpu = this_cpu();
	unsigned int vector;

	if (cpu->held) {
		arch_irq_off();
		vector = cpu->held;
		cpu->held = 0;
		run_interrupt(cpu, vector);
	}
	asm volatile("sti\n\tnop" : : : "memory");
}

void arch_irq_off(void)
{
	asm volatile("cli" : : : "memory");
}

/*
 * HLT with interrupts off sleeps for good. So they are on for it, and what ends
 * it is held until the program turns them on.
 */
void arch_halt(void)
{
	struct cpu *cpu = this_cpu();

	if (read_rflags() & RFLAGS_IF) {
		asm volatile("hlt" : : : "memory");
		return;
	}
	if (cpu->held)
		return;
	cpu->holding = true;
	halt_held();
	cpu->holding = false;
}

u64 arch_ipi_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].ipi_count);
}

void arch_ipi_send(unsigned int cpu)
{
	lapic_send(cpus[cpu].apic_id, ICR_FIXED | ICR_ASSERT | VECTOR_IPI);
}
