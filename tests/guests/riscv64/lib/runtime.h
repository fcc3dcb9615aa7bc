/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What RISC-V's own test programs may use beyond arch.h.
 */
#ifndef RISCV64_RUNTIME_H
#define RISCV64_RUNTIME_H

#include "arch.h"

struct cpu;

/* Interrupts of this CPU at the start of a program: all enabled in sie, sstatus.SIE off. */
void cpu_init(void);

/* Device tree's word on a CPU feature: "sstc", "zcb", "v", "h". */
bool cpu_has(const char *extension);
bool timer_uses_sstc(void);

/* PLIC registers, by offset. */
u32 plic_read(u32 offset);
void plic_write(u32 offset, u32 val);
u64 plic_base(void);
u64 plic_len(void);
u32 plic_sources(void);
u32 plic_context(unsigned int cpu);
void plic_init(void);
/* Claim, count, call the handler and complete; from the trap handler. */
void plic_handle(void);
#define PLIC_PENDING		0x1000
#define PLIC_ENABLE(context)	(0x2000 + 0x80 * (context))
#define PLIC_THRESHOLD(context)	(0x200000 + 0x1000 * (context))
#define PLIC_CLAIM(context)	(PLIC_THRESHOLD(context) + 4)

u64 uart_base(void);
u64 rtc_base(void);
unsigned int rtc_line(void);

static inline u8 mmio_read8(u64 addr)
{
	u8 val;

	asm volatile("lbu %0, 0(%1)" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline void mmio_write8(u64 addr, u8 val)
{
	asm volatile("sb %0, 0(%1)" : : "r" (val), "r" (addr) : "memory");
}

static inline u32 mmio_read32(u64 addr)
{
	u32 val;

	asm volatile("lw %0, 0(%1)" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline void mmio_write32(u64 addr, u32 val)
{
	asm volatile("sw %0, 0(%1)" : : "r" (val), "r" (addr) : "memory");
}

/*
 * One instruction, or two compressed ones, with all registers given
 * (x[1..31]); they are replaced by what the instruction left. Interrupts are
 * off meanwhile. True: it trapped, and *trap and the registers tell the state
 * at the trap.
 */
struct insn_regs {
	u64 x[32];
};

bool insn_run(u32 insn, struct insn_regs *regs, struct trap_info *trap);
/* Values that tell one register from the other. */
void insn_fill(struct insn_regs *regs);
/* Number of a register other than the one excepted that differs; 0: none. */
unsigned int insn_changed(const struct insn_regs *before, const struct insn_regs *after,
			  unsigned int except);

/* Encoders; RISC-V Unprivileged Architecture. */
#define INSN_I(opcode, f3, rd, rs1, imm) \
	((opcode) | (rd) << 7 | (f3) << 12 | (rs1) << 15 | ((u32)(imm) & 0xfff) << 20)
static inline u32 insn_s(u32 opcode, u32 f3, u32 rs1, u32 rs2, u32 imm)
{
	return opcode | (imm & 31) << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | (imm >> 5 & 127) << 25;
}

#define INSN_R(opcode, f3, f7, rd, rs1, rs2) \
	((opcode) | (rd) << 7 | (f3) << 12 | (rs1) << 15 | (rs2) << 20 | (u32)(f7) << 25)
#define INSN_LOAD(f3, rd, rs1, imm)	INSN_I(0x03, f3, rd, rs1, imm)
#define INSN_STORE(f3, rs1, rs2, imm)	insn_s(0x23, f3, rs1, rs2, imm)
#define INSN_CSRRW(rd, csr, rs1)	INSN_I(0x73, 1, rd, rs1, csr)
#define INSN_CSRRS(rd, csr, rs1)	INSN_I(0x73, 2, rd, rs1, csr)
#define INSN_ECALL	0x00000073u
#define INSN_EBREAK	0x00100073u
#define INSN_NOP	0x00000013u
#define INSN_RET	0x00008067u

/* Run fn(arg) in user mode; it ends with an ecall or another trap, told in *trap. */
void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap);

/* Sv39: identity map of the low 4 GiB (kernel, rwx), and single pages in a window of their own. */
#define PAGING_WINDOW	0x2000000000UL
#define PAGE_SIZE	4096UL
#define PTE_R		BIT(1)
#define PTE_W		BIT(2)
#define PTE_X		BIT(3)
#define PTE_U		BIT(4)
#define PTE_AD		(BIT(6) | BIT(7))

void paging_init(void);
void paging_on(u64 asid);
void paging_off(void);
/* Set one page of the window; no fence. gpa 0: unmapped. */
void paging_set(unsigned int page, u64 gpa, u64 prot);
/* Where the table for 512 pages of the window is; index 0 is paging_set()'s own. gpa 0: none. */
void paging_set_table(unsigned int index, u64 gpa);

#endif /* RISCV64_RUNTIME_H */
