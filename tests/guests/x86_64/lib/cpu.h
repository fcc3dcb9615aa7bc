/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU data of the runtime, descriptor tables, and what assembler and C share.
 *
 * A CPU finds its data by the limit of a descriptor (LSL), which survives
 * whatever a test does to registers. The offsets are asserted in cpu.c.
 */
#ifndef X86_64_CPU_H
#define X86_64_CPU_H

/* The same in the boot table and in each CPU's own. */
#define SEL_CODE32	0x08
#define SEL_CODE64	0x10
#define SEL_DATA	0x18
#define SEL_USER_CODE32	0x20
#define SEL_USER_DATA	0x28
#define SEL_USER_CODE64	0x30
#define SEL_USER_DATA2	0x38	/* where SYSEXIT expects it */
#define SEL_TSS		0x40	/* two entries */
#define SEL_CPU		0x50	/* limit: number of the CPU */
#define SEL_CODE16	0x58
#define SEL_DATA16	0x60
#define SEL_FREE	0x68	/* for tests, to the end of the table */
#define GDT_ENTRIES	32

#define IST_TRAP	1
#define IST_NMI		2
#define IST_FATAL	3
#define IST_STACKS	3

#define STACK_SIZE	8192

#define CPU_SIZE	4096
#define CPU_JUMP	0	/* rsp rbx rbp r12..r15 rflags of the caller of try_call() */
#define CPU_STACK	64
#define CPU_APIC_ID	72

/* Below 1 MiB: where application processors begin, and what tests may use. */
#define LOW_TRAMPOLINE	0x8000
#define LOW_TEST	0x10000
#define LOW_TEST_SIZE	0x10000

#ifndef __ASSEMBLER__
#include "arch.h"
#include "runtime.h"

/* SDM 3, 8.7: task management in 64-bit mode. */
struct tss64 {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_map;
} __packed;

struct cpu {
	u64 jump[8];
	u64 stack;
	u32 apic_id;
	u32 acpi_id;
	unsigned int index;
	bool trying;		/* inside try_call() */
	bool holding;		/* halts with interrupts off */
	u8 held;		/* vector that came meanwhile; 0: none */
	u64 apic_base;		/* IA32_APIC_BASE as last written */
	u64 alive;		/* runs, from its start to the end of its function */
	u64 starts;
	struct trap_info trap;
	struct trap_frame frame;	/* of the newest trap that was waited for */
	u64 timer_count;
	u64 ipi_count;
	u64 timer_time;		/* arch_time() of the newest timer interrupt */
	u64 timer_deadline;
	bool timer_armed;
	bool timer_stale;	/* one of an earlier deadline is still to come */
	bool timer_again;	/* the deadline is beyond one countdown */
	void (*start_fn)(void *arg);
	void *start_arg;
	struct tss64 tss;
	u64 gdt[GDT_ENTRIES] __aligned(8);
	u64 vectors[256];	/* how often each came */
} __aligned(CPU_SIZE);

extern struct cpu cpus[GUEST_MAX_CPUS];
extern unsigned int nr_cpus;

static inline struct cpu *this_cpu(void)
{
	u64 index;

	asm volatile("lsl %1, %0" : "=r" (index) : "r" ((u64)SEL_CPU) : "cc");
	return &cpus[index];
}

/* Find the CPUs in the ACPI tables. */
void cpus_init(void);
struct cpu *cpu_of_apic_id(u32 id);

/* trap.S */
extern const u8 vector_stubs[256][16];
u64 try_call(void (*fn)(void *arg), void *arg);
extern const char try_return[];
void halt_held(void);
void user_enter(void (*fn)(void *arg), void *arg, u64 stack, u64 rflags);
extern const char syscall_entry[];
extern u64 syscall_seen[3];
/* insn.S */
void insn_execute(void);
/* fp.S */
void fp_load(const u8 *area);
void fp_store(u8 *area);
void vector_load(const u8 *regs);
void vector_store(u8 *regs);
/* real.S: programs of sipi.c */
extern const u8 real_begin[], real_end[], halt_begin[], halt_end[];
/* start.S */
extern u64 boot_pml4[512], boot_pdpt[512];
extern const u8 trampoline[], trampoline_end[];
/* guest.lds */
extern const char __image_start[], __image_end[];
/* Called from assembler. */
void runtime_main(const void *start_info) __noreturn;
void runtime_secondary(struct cpu *cpu) __noreturn;
void trap_handle(struct trap_frame *frame);

#endif /* __ASSEMBLER__ */
#endif /* X86_64_CPU_H */
