/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What x86's own test programs may use beyond arch.h.
 */
#ifndef X86_64_RUNTIME_H
#define X86_64_RUNTIME_H

#include "arch.h"
#include "x86.h"

/* As trap.S pushes it; general registers against the order of their numbers. */
struct trap_frame {
	u64 gpr[15];	/* r15 .. r8, rdi, rsi, rbp, rbx, rdx, rcx, rax */
	u64 vector;
	u64 error;
	u64 rip;
	u64 cs;
	u64 rflags;
	u64 rsp;
	u64 ss;
};

/* --- cpu.c --- */

/* What the newest trap of arch_try() on this CPU left: error code, registers. */
const struct trap_frame *trap_last(void);
u32 cpu_apic_id(unsigned int cpu);
/* INIT and start-up, without waiting for what comes of it. */
void cpu_send_init(unsigned int cpu);
void cpu_send_startup(unsigned int cpu, u8 page);
/* Does a CPU that arch_cpu_start() started still run its function? */
bool cpu_is_alive(unsigned int cpu);
/* Before the local APIC of a CPU that starts is set up, it calls this; NULL: nothing. */
void cpu_on_start(void (*fn)(void));
/* Someone else took the CPU out of its function. */
void cpu_forget(unsigned int cpu);
/* Puts GDT, IDT, task register and segments of this CPU into place again. */
void cpu_load_tables(void);
/*
 * Gate of the table that all CPUs share; as it was at first; with another stack
 * (0: none of its own).
 */
u64 *vector_gate(unsigned int vector);
void vector_reset_gate(unsigned int vector);
void vector_use_stack(unsigned int vector, unsigned int ist);
/* Descriptor of this CPU's GDT. */
void cpu_set_descriptor(unsigned int selector, u64 descriptor);
/* Descriptor of base, limit (as it is coded), access byte and flags (bits 52-55). */
u64 make_descriptor(u32 base, u32 limit, u8 access, u8 flags);
/* Is a CPUID feature there? Bit of a register of a leaf. */
enum cpuid_reg { EAX, EBX, ECX, EDX };
bool cpuid_has(u32 leaf, u32 sub, enum cpuid_reg reg, unsigned int bit);
#define HAS_X2APIC	cpuid_has(1, 0, ECX, 21)
#define HAS_DEADLINE	cpuid_has(1, 0, ECX, 24)
#define HAS_XSAVE	cpuid_has(1, 0, ECX, 26)
#define HAS_AVX		cpuid_has(1, 0, ECX, 28)
#define HAS_PCID	cpuid_has(1, 0, ECX, 17)
#define HAS_SMEP	cpuid_has(7, 0, EBX, 7)
#define HAS_SMAP	cpuid_has(7, 0, EBX, 20)
#define HAS_INVPCID	cpuid_has(7, 0, EBX, 10)
#define HAS_FSGSBASE	cpuid_has(7, 0, EBX, 0)
#define HAS_TSC_ADJUST	cpuid_has(7, 0, EBX, 1)
#define HAS_UMIP	cpuid_has(7, 0, ECX, 2)
#define HAS_PKU		cpuid_has(7, 0, ECX, 3)
#define HAS_LA57	cpuid_has(7, 0, ECX, 16)
#define HAS_NX		cpuid_has(0x80000001, 0, EDX, 20)
#define HAS_1G_PAGES	cpuid_has(0x80000001, 0, EDX, 26)
#define HAS_RDTSCP	cpuid_has(0x80000001, 0, EDX, 27)

/* The emulator that serves as reference is known to differ: skips the case there. */
bool reference_differs(const char *how);
/* The same for a processor that is emulated, also below axvm. */
bool emulator_differs(const char *how);
bool cpu_is_emulated(void);
bool cpu_is_intel(void);

/* --- trap.c --- */

/*
 * A handler of one's own for a vector, on all CPUs; it acknowledges interrupts
 * itself. False: the vector is treated as if there was none. NULL: no handler.
 */
typedef bool (*vector_fn)(struct trap_frame *frame);
void vector_hook(unsigned int vector, vector_fn fn);
/* How often it came to this CPU. */
u64 vector_count(unsigned int cpu, unsigned int vector);

/* Vectors of the runtime; all others are counted and acknowledged at the local APIC. */
#define VECTOR_PIC	0x20	/* 16 inputs of the 8259 pair */
#define VECTOR_LINE	0x30	/* 24 global system interrupts */
#define VECTOR_IPI	0xe0
#define VECTOR_TIMER	0xe8
#define VECTOR_SPURIOUS	0xff

/* --- lapic.c: registers by their offset in the page, in either mode --- */

#define APIC_ID		0x020
#define APIC_VERSION	0x030
#define APIC_TPR	0x080
#define APIC_APR	0x090
#define APIC_PPR	0x0a0
#define APIC_EOI	0x0b0
#define APIC_RRR	0x0c0
#define APIC_LDR	0x0d0
#define APIC_DFR	0x0e0
#define APIC_SVR	0x0f0
#define APIC_ISR	0x100
#define APIC_TMR	0x180
#define APIC_IRR	0x200
#define APIC_ESR	0x280
#define APIC_LVT_CMCI	0x2f0
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define APIC_LVT_TIMER	0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PMC	0x340
#define APIC_LVT0	0x350
#define APIC_LVT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_TDCR	0x3e0
#define APIC_SELF_IPI	0x3f0

#define APIC_ENABLE	BIT(8)		/* SVR */
#define APIC_MASKED	BIT(16)		/* LVT */
#define APIC_PERIODIC	BIT(17)		/* LVT timer */
#define APIC_DEADLINE	BIT(18)
#define APIC_DIVIDE_BY_1 0xb

#define ICR_FIXED	0x000
#define ICR_LOWEST	0x100
#define ICR_SMI		0x200
#define ICR_NMI		0x400
#define ICR_INIT	0x500
#define ICR_STARTUP	0x600
#define ICR_LOGICAL	BIT(11)
#define ICR_BUSY	BIT(12)
#define ICR_ASSERT	BIT(14)
#define ICR_LEVEL	BIT(15)
#define ICR_SELF	0x40000u
#define ICR_ALL		0x80000u
#define ICR_OTHERS	0xc0000u

#define APIC_BASE_BSP		BIT(8)
#define APIC_BASE_X2		BIT(10)
#define APIC_BASE_ENABLE	BIT(11)

u32 lapic_read(u32 reg);
void lapic_write(u32 reg, u32 val);
u64 lapic_base(void);
/* IA32_APIC_BASE of this CPU, as a whole. */
void lapic_set_base(u64 base);
bool lapic_is_x2(void);
/* Change the mode of this CPU's APIC; its registers begin anew. */
void lapic_set_x2(bool x2);
void lapic_send(u32 dest, u32 low);
void lapic_eoi(void);
bool lapic_bit(u32 reg, unsigned int vector);
/* The mode that lapic_setup() chooses from now on, on each CPU. */
void lapic_prefer(bool x2);
/* Which mode this CPU's is in. */
void lapic_find(void);
/* As a program finds it: enabled, timer and lines masked. */
void lapic_setup(void);
/* Ticks of the timer per second, divided by 1. */
u64 lapic_timer_hz(void);

/* --- ioapic.c --- */

#define IOAPIC_ID	0
#define IOAPIC_VERSION	1
#define IOAPIC_ARB	2
#define IOAPIC_REDIR(n)	(0x10 + 2 * (n))
#define REDIR_LOGICAL	BIT(11)
#define REDIR_PENDING	BIT(12)
#define REDIR_LOW	BIT(13)
#define REDIR_REMOTE	BIT(14)
#define REDIR_LEVEL	BIT(15)
#define REDIR_MASKED	BIT(16)

u64 ioapic_base(void);
u32 ioapic_read(u32 reg);
void ioapic_write(u32 reg, u32 val);
u64 ioapic_entry(unsigned int pin);
void ioapic_set_entry(unsigned int pin, u64 entry);
unsigned int ioapic_pins(void);
void ioapic_setup(void);
/* Handles a line's interrupt, but for its end. */
void line_handle(unsigned int line);

/* --- acpi.c --- */

struct acpi_table {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	char oem_id[6];
	char oem_table_id[8];
	u32 oem_revision;
	u32 creator_id;
	u32 creator_revision;
} __packed;

void acpi_init(u64 rsdp);
u64 acpi_rsdp(void);
/* The n-th table of the root table; NULL: no more. */
const struct acpi_table *acpi_table_nr(unsigned int n);
const struct acpi_table *acpi_find(const char *signature);
/* Little-endian number of up to 8 bytes at an offset of a table; 0 behind its end. */
u64 acpi_get(const struct acpi_table *table, u32 offset, unsigned int len);
/* Entry of the MADT after this one (NULL: the first). */
const u8 *madt_next(const u8 *entry);
/* Global system interrupt of an ISA interrupt; flags of the override or 0. */
unsigned int acpi_isa_line(unsigned int irq, u16 *flags);
/* Ports of ACPI power management; 0: not there. */
u16 acpi_pm_event(void);
u16 acpi_pm_control(void);
u16 acpi_pm_timer(void);
unsigned int acpi_sci(void);
const struct acpi_table *acpi_dsdt(void);
/* Value of SLP_TYP for soft off; -1: the tables do not say. */
int acpi_s5(void);

/* --- machine.c --- */

u16 uart_port(void);
/* Raise the interrupt line of the UART (it can transmit), and lower it. */
void uart_raise(void);
void uart_lower(void);
/* Channel 0 of the timer: one edge after so many microseconds (50,000 at most); period. */
void pit_once(unsigned int us);
void pit_periodic(unsigned int us);
void pit_stop(void);
#define PIT_HZ		1193182
/* Usable RAM from 0 up. */
u64 memory_end(void);
void pic_setup(void);

/* --- paging.c: identity map (kernel, all rights), and single pages in a window of their own --- */

#define PAGE_SIZE	4096UL
#define PAGING_WINDOW	0x8000000000UL
#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_PWT		BIT(3)
#define PTE_PCD		BIT(4)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_G		BIT(8)
#define PTE_NX		BIT(63)
#define PTE_ADDR	0x000ffffffffff000UL

void paging_init(u64 top);
/* Does the identity map reach that far? */
u64 paging_identity_end(void);
/* Let user mode use the identity map. */
void paging_user(bool user);
/* Set one page of the window; with invalidation on this CPU alone. 0: unmapped. */
void paging_set(unsigned int page, u64 pte);
u64 *paging_pte(unsigned int page);
/* Where the table for 512 pages of the window is; index 0 is paging_set()'s own. 0: none. */
void paging_set_table(unsigned int index, u64 pde);
static inline u64 paging_va(unsigned int page)
{
	return PAGING_WINDOW + page * PAGE_SIZE;
}

/* --- insn.c --- */

/* Registers in the order of their numbers. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/*
 * One instruction with all registers given; they are replaced by what the
 * instruction left. Interrupts are off meanwhile, unless the flags ask for
 * them. True: it trapped, and *trap and the registers tell the state then.
 * Not for several CPUs at once.
 */
struct insn_regs {
	u64 r[16];
	u64 rflags;
};

struct insn {
	const u8 *code;
	unsigned int len;
	u64 where;	/* the code is copied to; 0: a place of its own */
	u64 cs;		/* 0: kernel */
	bool placed;	/* the code is there, with a breakpoint behind it */
};

bool insn_run(const struct insn *insn, struct insn_regs *regs, struct trap_info *trap);
/* An instruction of these bytes. */
#define INSN(...) (&(const struct insn){			\
	.code = (const u8[]){ __VA_ARGS__ },			\
	.len = sizeof((const u8[]){ __VA_ARGS__ }),		\
})
/* Making them: bytes and parts of them. */
struct code {
	u8 bytes[24];
	unsigned int len;
};

static inline void code_put(struct code *code, u8 byte)
{
	code->bytes[code->len++] = byte;
}

static inline void code_put_imm(struct code *code, u64 val, unsigned int len)
{
	for (; len; len--, val >>= 8)
		code_put(code, val);
}

#define REX		0x40
#define REX_B		0x01
#define REX_X		0x02
#define REX_R		0x04
#define REX_W		0x08
#define MODRM(mod, reg, rm)	((mod) << 6 | ((reg) & 7) << 3 | ((rm) & 7))

/* Values that tell one register from the other, and flags without effect. */
void insn_fill(struct insn_regs *regs);
/* Number + 1 of a register outside the mask that differs; 0: none. */
unsigned int insn_changed(const struct insn_regs *before, const struct insn_regs *after,
			  u32 except);
u64 insn_place(void);

/* Run fn(arg) in user mode; it ends with a breakpoint (VEC_BP) or another trap, told in *trap. */
void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap);

#endif /* X86_64_RUNTIME_H */
