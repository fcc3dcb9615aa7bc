/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU data of the runtime: TPIDR_EL1 points to it.
 *
 * The offsets are for assembler and are asserted in cpu.c.
 */
#ifndef ARM64_CPU_H
#define ARM64_CPU_H

#define CPU_REGS	0	/* x0..x30 of the trap under way */
#define CPU_SP		248
#define CPU_PC		256
#define CPU_PSTATE	264
#define CPU_STACK	272
#define CPU_TRAP_STACK	280
#define CPU_JUMP	288	/* x19..x30 and sp of the caller of try_call() */
#define CPU_INSN_SP	392
#define CPU_INSN_REGS	400
#define CPU_TMP		408
#define CPU_ENTRY	416	/* CurrentEL, SPSel, DAIF, SCTLR_EL1 as the firmware left them */

#define STACK_SIZE	8192

/* PSTATE as SPSR_EL1 holds it: Arm ARM C5.2.19 */
#define PSTATE_EL0	0x000
#define PSTATE_EL1T	0x004
#define PSTATE_EL1H	0x005
#define PSTATE_F	0x040
#define PSTATE_I	0x080
#define PSTATE_A	0x100
#define PSTATE_D	0x200
#define PSTATE_DAIF	0x3c0
#define PSTATE_IL	0x100000
#define PSTATE_SS	0x200000
#define PSTATE_NZCV	0xf0000000

#ifndef __ASSEMBLER__
#include "arch.h"

struct cpu {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 stack;
	u64 trap_stack;
	u64 jump[13];
	u64 insn_sp;
	u64 insn_regs;
	u64 tmp;
	u64 entry[4];

	u64 mpidr;		/* affinity fields as PSCI and the device tree have them */
	u64 gicr;		/* its redistributor */
	unsigned int index;
	u8 gic_target;		/* GICv2: its bit in target lists */
	bool trying;		/* inside try_call() */
	bool is_on;
	struct trap_info trap;
	u64 trap_sp;		/* and the rest of the state then; x is still in place */
	u64 trap_pstate;
	u64 timer_count;
	u64 ipi_count;
	u64 timer_time;		/* arch_time() of the newest timer interrupt */
	u64 serrors;
	void (*start_fn)(void *arg);
	void *start_arg;
};

extern struct cpu cpus[GUEST_MAX_CPUS];
extern unsigned int nr_cpus;

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm volatile("mrs %0, tpidr_el1" : "=r" (cpu));
	return cpu;
}

/* Find the CPUs in the device tree. */
void cpus_init(void);

/* trap.S */
extern const char trap_vectors[];
u64 try_call(void (*fn)(void *arg), void *arg);
extern const char try_return[];
/* start.S */
extern const char secondary_entry[];
extern u64 table_root[512], table_gib[512];
/* insn.S; insn_slot is where the instruction goes */
void insn_execute(void *regs);
void user_enter(void (*fn)(void *arg), void *arg, u64 stack, u64 pstate);
extern u32 insn_slot;
/*
 * Calls fn(arg) with these bits of SCTLR_EL1 cleared. It may use registers x0
 * to x8 only, and neither stack nor data: those may be in the caches.
 */
u64 call_without(u64 bits, u64 (*fn)(u64 arg), u64 arg);
/* guest.lds */
extern const char __image_start[], __image_end[];
/* Called from assembler. */
void runtime_main(const void *dtb) __noreturn;
void runtime_secondary(void) __noreturn;
void trap_handle(struct cpu *cpu, u64 vector);

#endif /* __ASSEMBLER__ */
#endif /* ARM64_CPU_H */
