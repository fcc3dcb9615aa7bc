/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What AArch64's own test programs may use beyond arch.h.
 */
#ifndef ARM64_RUNTIME_H
#define ARM64_RUNTIME_H

#include "arch.h"

/* Where this board's memory begins. */
#define RAM_BASE		0x40000000UL

#define MPIDR_AFFINITY		0xff00ffffffUL

/* GIC and timer of this CPU at the start of a program; PSTATE.I stays set. */
void cpu_init(void);
u64 cpu_mpidr(unsigned int cpu);
/* How often the CPU took an SError interrupt. */
u64 serror_count(unsigned int cpu);

/* trap_info.cause is ESR_EL1: its exception class, and the rest. */
#define ESR_EC(esr)		((esr) >> 26 & 0x3f)
#define ESR_IL			BIT(25)
#define ESR_ISS(esr)		((esr) & 0x1ffffff)
#define EC_UNKNOWN		0x00
#define EC_WFX			0x01
#define EC_FP			0x07
#define EC_ILLEGAL_STATE	0x0e
#define EC_SVC			0x15
#define EC_HVC			0x16
#define EC_SYSREG		0x18
#define EC_SVE			0x19
#define EC_PAC			0x1c
#define EC_IABORT_LOWER		0x20
#define EC_IABORT		0x21
#define EC_PC_ALIGN		0x22
#define EC_DABORT_LOWER		0x24
#define EC_DABORT		0x25
#define EC_SP_ALIGN		0x26
#define EC_SERROR		0x2f
#define EC_BREAKPOINT_LOWER	0x30
#define EC_BREAKPOINT		0x31
#define EC_STEP_LOWER		0x32
#define EC_STEP			0x33
#define EC_WATCHPOINT_LOWER	0x34
#define EC_WATCHPOINT		0x35
#define EC_BRK			0x3c
/* Fault status codes of aborts. */
#define ABORT_FSC(esr)		((esr) & 0x3f)
#define ABORT_WNR		BIT(6)
#define ABORT_CM		BIT(8)
#define ABORT_EA		BIT(9)
#define FSC_TRANSLATION(level)	(4 + (level))
#define FSC_ACCESS(level)	(8 + (level))
#define FSC_PERMISSION(level)	(12 + (level))
#define FSC_EXTERNAL		0x10
#define FSC_EXTERNAL_WALK(level) (0x14 + (level))
#define FSC_ALIGNMENT		0x21
#define FSC_EXCLUSIVE		0x35	/* unsupported exclusive or atomic access */

/* --- interrupt controller --- */
#define INTID_SPURIOUS		1023
#define INTID_PTIMER		30
#define INTID_VTIMER		27

unsigned int gic_version(void);
u64 gicd_base(void);
/* GICv3: redistributor of a CPU, SGI_base included; GICv2: CPU interface. */
u64 gicr_base(unsigned int cpu);
u64 gicc_base(void);
/* SPIs: INTIDs from 32 to this one, not included. */
unsigned int gic_lines(void);
void gic_init(void);
void gic_cpu_init(void);
void gic_cpu_off(void);
/* Acknowledge and finish what is pending; from the trap handler. Group 0 comes as FIQ. */
void gic_handle(bool fiq);
/* For programs that watch: called with each INTID in place of anything else. NULL ends it. */
void gic_watch(void (*handler)(u32 intid, bool fiq));
/* Registers of the distributor, and of SGIs and PPIs wherever they are, of this CPU. */
void gic_enable(u32 intid);
void gic_disable(u32 intid);
u32 gic_private_read(u32 offset);
void gic_private_write(u32 offset, u32 val);

#define GICD_CTLR		0x0000
#define GICD_TYPER		0x0004
#define GICD_IIDR		0x0008
#define GICD_TYPER2		0x000c
#define GICD_STATUSR		0x0010
#define GICD_IGROUPR		0x0080
#define GICD_ISENABLER		0x0100
#define GICD_ICENABLER		0x0180
#define GICD_ISPENDR		0x0200
#define GICD_ICPENDR		0x0280
#define GICD_ISACTIVER		0x0300
#define GICD_ICACTIVER		0x0380
#define GICD_IPRIORITYR		0x0400
#define GICD_ITARGETSR		0x0800
#define GICD_ICFGR		0x0c00
#define GICD_IGRPMODR		0x0d00
#define GICD_NSACR		0x0e00
#define GICD_SGIR		0x0f00
#define GICD_CPENDSGIR		0x0f10
#define GICD_SPENDSGIR		0x0f20
#define GICD_IROUTER		0x6000
#define GICD_PIDR2		0xffe8
#define GICV2_PIDR2		0x0fe8

#define GICR_CTLR		0x0000
#define GICR_IIDR		0x0004
#define GICR_TYPER		0x0008
#define GICR_STATUSR		0x0010
#define GICR_WAKER		0x0014
#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_PIDR2		0xffe8
#define GICR_SGI		0x10000

#define GICC_CTLR		0x0000
#define GICC_PMR		0x0004
#define GICC_BPR		0x0008
#define GICC_IAR		0x000c
#define GICC_EOIR		0x0010
#define GICC_RPR		0x0014
#define GICC_HPPIR		0x0018
#define GICC_ABPR		0x001c
#define GICC_APR		0x00d0
#define GICC_NSAPR		0x00e0
#define GICC_AIAR		0x0020
#define GICC_AEOIR		0x0024
#define GICC_IIDR		0x00fc
#define GICC_DIR		0x1000

/* --- devices --- */
u64 uart_base(void);
/* The PL011 and the real-time clock: their registers and interrupts, 0 when there is none. */
u64 pl011_base(void);
u32 pl011_intid(void);
u64 rtc_base(void);
u32 rtc_intid(void);
/* The machine's own way to learn that the guest has failed, where there is one. */
void tell_failure(void);
void console_init(void);

/* Which timer arch_timer_*() and arch_time() use. */
bool timer_is_physical(void);
u32 timer_intid(bool physical);
void timer_handle(void);

static inline u8 mmio_read8(u64 addr)
{
	u8 val;

	asm volatile("ldrb %w0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline u16 mmio_read16(u64 addr)
{
	u16 val;

	asm volatile("ldrh %w0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline u32 mmio_read32(u64 addr)
{
	u32 val;

	asm volatile("ldr %w0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline u64 mmio_read64(u64 addr)
{
	u64 val;

	asm volatile("ldr %0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline void mmio_write8(u64 addr, u8 val)
{
	asm volatile("strb %w0, [%1]" : : "rZ" (val), "r" (addr) : "memory");
}

static inline void mmio_write16(u64 addr, u16 val)
{
	asm volatile("strh %w0, [%1]" : : "rZ" (val), "r" (addr) : "memory");
}

static inline void mmio_write32(u64 addr, u32 val)
{
	asm volatile("str %w0, [%1]" : : "rZ" (val), "r" (addr) : "memory");
}

static inline void mmio_write64(u64 addr, u64 val)
{
	asm volatile("str %x0, [%1]" : : "rZ" (val), "r" (addr) : "memory");
}

/* --- instructions made at run time; not for several CPUs at once --- */

/*
 * One instruction with all registers given; they are replaced by what the
 * instruction left. sp 0: any. Interrupts are off meanwhile. True: it trapped,
 * and *trap and the registers tell the state at the trap.
 */
struct insn_regs {
	u64 x[31];
	u64 sp;
	u64 nzcv;
};

bool insn_run(u32 insn, struct insn_regs *regs, struct trap_info *trap);
/* Where it lies: what trap->pc is when it trapped. */
u64 insn_address(void);
/* Values that tell one register from the other. */
void insn_fill(struct insn_regs *regs);
/* Number of a register other than those excepted (bits) that differs, 31 being sp; -1: none. */
int insn_changed(const struct insn_regs *before, const struct insn_regs *after, u32 except);
/* Make code that was written visible to instruction fetches. */
void code_publish(const void *addr, size_t len);

#define INSN_NOP	0xd503201fu
#define INSN_RET	0xd65f03c0u
#define INSN_MOVZ(rd, imm)	(0xd2800000u | (u32)(imm) << 5 | (rd))
#define INSN_MRS(enc, rt)	(0xd5300000u | (enc) << 5 | (rt))
#define INSN_MSR(enc, rt)	(0xd5100000u | (enc) << 5 | (rt))
/* Bits 19 to 5 of MRS and MSR: op0 is 2 or 3. */
#define SYSREG(op0, op1, crn, crm, op2) \
	(((op0) & 1) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* Run fn(arg) at EL0, by an alias; it ends with an SVC or another trap, told in *trap. */
void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap);
void *user_alias(const void *addr);
u64 user_device(u64 gpa);

/* --- page tables: all identity, and a window with pages of a program's choice --- */
#define PAGE_SIZE	4096UL
#define PAGING_WINDOW	(130UL << 30)
#define PTE_VALID	BIT(0)
#define PTE_PAGE	3UL
#define PTE_ATTR(n)	((u64)(n) << 2)
#define PTE_USER	BIT(6)
#define PTE_READONLY	BIT(7)
#define PTE_SHARED	(3UL << 8)
#define PTE_AF		BIT(10)
#define PTE_PXN		BIT(53)
#define PTE_UXN		BIT(54)
#define PTE_MEMORY	(PTE_PAGE | PTE_ATTR(1) | PTE_SHARED | PTE_AF)
#define PTE_DEVICE	(PTE_PAGE | PTE_ATTR(0) | PTE_AF | PTE_PXN | PTE_UXN)

void paging_init(void);
/* Set one page of the window to gpa | bits; 0: nothing there. Old translations are forgotten. */
void paging_set(unsigned int page, u64 entry);
/* Where the table for 512 pages of the window is; index 0 is paging_set()'s own. 0: none. */
void paging_set_table(unsigned int index, u64 entry);

/* --- floating point --- */
unsigned int sve_bytes(void);		/* longest vector; 0: no SVE */

#endif /* ARM64_RUNTIME_H */
