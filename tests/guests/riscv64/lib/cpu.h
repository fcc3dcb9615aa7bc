/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU data of the runtime: tp and sscratch point to it.
 *
 * The offsets are for assembler and are asserted in cpu.c.
 */
#ifndef RISCV64_CPU_H
#define RISCV64_CPU_H

#define CPU_REGS	0	/* x0..x31 of the trap under way, x0's place holds sepc */
#define CPU_STACK	256
#define CPU_TRAP_STACK	264
#define CPU_JUMP	272	/* ra sp gp s0..s11 of the caller of try_call() */
#define CPU_INSN_SP	392
#define CPU_INSN_REGS	400
#define CPU_TMP		408

#define STACK_SIZE	8192

#ifndef __ASSEMBLER__
#include "arch.h"

struct cpu {
	u64 regs[32];
	u64 stack;
	u64 trap_stack;
	u64 jump[15];
	u64 insn_sp;
	u64 insn_regs;
	u64 tmp;

	u64 hart;		/* hart id */
	u32 intc;		/* phandle of its interrupt controller */
	u32 plic_context;
	unsigned int index;
	bool trying;		/* inside try_call() */
	struct trap_info trap;
	u64 timer_count;
	u64 ipi_count;
	u64 timer_time;		/* arch_time() of the newest timer interrupt */
	void (*start_fn)(void *arg);
	void *start_arg;
};

extern struct cpu cpus[GUEST_MAX_CPUS];
extern unsigned int nr_cpus;

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm volatile("mv %0, tp" : "=r" (cpu));
	return cpu;
}

/* Find the CPUs in the device tree. */
void cpus_init(u64 boot_hart);
struct cpu *cpu_of_hart(u64 hart);

/* trap.S */
extern const char trap_entry[];
u64 try_call(void (*fn)(void *arg), void *arg);
extern const char try_return[];
/* start.S */
extern const char secondary_entry[];
/* insn.S; insn_slot is where the instruction goes */
void insn_execute(void *regs);
void user_enter(void (*fn)(void *arg), void *arg, u64 stack);
extern u32 insn_slot;
/* fp.S */
void fp_load(const u64 *regs, u64 fcsr);
u64 fp_store(u64 *regs);
void vector_load(const u8 *regs);
void vector_store(u8 *regs, u64 *state);
/* guest.lds */
extern const char __image_start[], __image_end[];
/* Called from assembler. */
void runtime_main(u64 hart, const void *dtb) __noreturn;
void runtime_secondary(void) __noreturn;
void trap_handle(struct cpu *cpu);

#endif /* __ASSEMBLER__ */
#endif /* RISCV64_CPU_H */
