/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction emulator's own: what its files share.
 *
 * emul.c runs an emulation, emul_mem.c reaches operands, emul_form.c knows the
 * instructions, emul_op.c, emul_string.c, emul_vec.c and emul_msw.c do what they do,
 * emul_alu.c computes. All on the vCPU's thread, loaded, interrupts on.
 */
#ifndef AXVM_X86_EMUL_H
#define AXVM_X86_EMUL_H

#include <linux/bits.h>
#include <linux/types.h>

#include "arch/x86/walk.h"

/**
 * enum x86_outcome - how far an emulation came
 * @X86_EMUL_OK: go on; at the end: done, step over the instruction
 * @X86_EMUL_AGAIN: a repeated instruction did some of its work; RIP stays
 * @X86_EMUL_FAULT: an exception is queued
 * @X86_EMUL_RETRY: there is nothing for us to do: the guest has to execute it again
 * @X86_EMUL_DISPATCH: vcpu->exit is filled
 */
enum x86_outcome {
	X86_EMUL_OK,
	X86_EMUL_AGAIN,
	X86_EMUL_FAULT,
	X86_EMUL_RETRY,
	X86_EMUL_DISPATCH,
};

/**
 * struct x86_part - a part of a memory operand, within a page
 * @gpa: guest-physical address
 * @kva: in the kernel, NULL: device registers
 * @len: bytes
 * @rom: writes have no effect
 */
struct x86_part {
	u64 gpa;
	u8 *kva;
	unsigned int len;
	bool rom;
};

#define X86_MAX_PARTS	2	/* an operand crosses at most one page boundary */
#define X86_MAX_OPERAND	32	/* bytes */

/**
 * struct x86_memop - a memory operand that is translated and looked up
 * @part: its parts
 * @nr: their number
 * @page: linear address of the page that the first of @part is in
 * @access: X86_ACCESS_* that its translation is good for
 * @again: @page and @access are valid: the next element of a string may be in the same page
 */
struct x86_memop {
	struct x86_part part[X86_MAX_PARTS];
	unsigned int nr;
	u64 page;
	u32 access;
	bool again;
};

/**
 * struct x86_emul - an emulation under way
 * @v: vCPU
 * @insn: the instruction
 * @code: where it is, and the privilege it runs with
 * @words: its bytes
 * @nr_bytes: their number
 * @mem: the operand that ModRM names, or a string's destination
 * @other: the other one: stack or a string's source
 * @saw_device: an operand is no plain memory: there is something to emulate
 * @hits: breakpoints that the accesses hit, bits of DR6
 */
struct x86_emul {
	struct x86_vcpu *v;
	const struct x86_insn *insn;
	struct x86_code code;
	u64 words[X86_CODE_WORDS];
	unsigned int nr_bytes;
	struct x86_memop mem;
	struct x86_memop other;
	bool saw_device;
	u64 hits;
};

/* Flags of a form. */
#define X86_FORM_BYTE		BIT(0)	/* operands of one byte, whatever the operand size */
#define X86_FORM_TO_REG		BIT(1)	/* the register is the destination */
#define X86_FORM_IMM		BIT(2)	/* the source is the immediate */
#define X86_FORM_ACC		BIT(3)	/* the register is the accumulator */
#define X86_FORM_READ		BIT(4)	/* memory is only read */
#define X86_FORM_LOCK		BIT(5)	/* may have a LOCK prefix */
#define X86_FORM_STACK		BIT(6)	/* 8-byte operands are the default in 64-bit mode */
#define X86_FORM_STRING		BIT(7)	/* operands are implied */
#define X86_FORM_ALIGNED	BIT(8)	/* misaligned operands are #GP */
#define X86_FORM_GROUP		BIT(9)	/* @op is to be taken from ModRM.reg */

/**
 * struct x86_form - how one encoding is emulated
 * @run: does it
 * @group: instead: forms by ModRM.reg
 * @op: which of those that @run knows
 * @size: width of the memory operand; 0 = as the operand or vector size
 * @flags: X86_FORM_*
 */
struct x86_form {
	enum x86_outcome (*run)(struct x86_emul *e);
	const struct x86_form *group;
	u8 op;
	u8 size;
	u16 flags;
};

/* emul_form.c: NULL when there is none. */
const struct x86_form *x86_form_find(const struct x86_insn *insn);
/* emul_vec.c: likewise, for SSE and AVX. */
const struct x86_form *x86_form_find_vector(const struct x86_insn *insn);

/* Of 0F 01, by ModRM.reg (APM volume 3, A.2). */
#define X86_GROUP7_SMSW	4
#define X86_GROUP7_LMSW	6

/* --- emul.c --- */

/* Fill @e with the instruction under way. */
enum x86_outcome x86_emul_begin(struct x86_emul *e, struct x86_vcpu *v);
enum axvm_verdict x86_emul_finish(struct x86_emul *e, enum x86_outcome outcome);
/* Queue an exception, with error code 0 where it has one. */
enum x86_outcome x86_emul_raise(struct x86_emul *e, u8 vector);
/* Memory has to be backed first. */
enum x86_outcome x86_emul_back(struct x86_vcpu *v, u64 gpa, u32 access);
/* Give up, with a report. */
enum x86_outcome x86_emul_refuse(struct x86_emul *e, const char *what);

/* --- emul_mem.c --- */

/* Offset of the ModRM operand in its segment. */
u64 x86_emul_offset(const struct x86_emul *e);

/**
 * x86_emul_map() - check and translate a memory operand and look it up
 * @e: emulation
 * @op: filled
 * @seg: segment
 * @offset: address in it
 * @len: bytes, at most X86_MAX_OPERAND
 * @write: it will be written (and perhaps read before)
 *
 * No side effect but those that the walk has.
 *
 * Return: X86_EMUL_OK, _FAULT, _DISPATCH.
 */
enum x86_outcome x86_emul_map(struct x86_emul *e, struct x86_memop *op, enum x86_seg_nr seg,
			      u64 offset, unsigned int len, bool write);

/* The same for the ModRM operand at @offset, as the only one: X86_EMUL_RETRY when it is memory. */
enum x86_outcome x86_emul_map_only(struct x86_emul *e, u64 offset, unsigned int len, bool write);

void x86_emul_read(struct x86_emul *e, const struct x86_memop *op, void *buf);
void x86_emul_write(struct x86_emul *e, const struct x86_memop *op, const void *buf);
/* Operands of 1, 2, 4 or 8 bytes. */
u64 x86_emul_read_int(struct x86_emul *e, const struct x86_memop *op);
void x86_emul_write_int(struct x86_emul *e, const struct x86_memop *op, u64 val);

/* May the guest use these ports? Like X86_EMUL_OK, _FAULT, _DISPATCH. */
enum x86_outcome x86_emul_check_port(struct x86_emul *e, u16 port, unsigned int len);

/* --- registers --- */

static inline u64 x86_mask(unsigned int bytes)
{
	return bytes >= 8 ? ~0ULL : BIT_ULL(8 * bytes) - 1;
}

static inline u64 x86_sign_extend(u64 val, unsigned int bytes)
{
	unsigned int shift = 64 - 8 * bytes;

	return (s64)(val << shift) >> shift;
}

/* Without REX, byte registers 4 to 7 are AH, CH, DH and BH. */
static inline bool x86_is_high_byte(const struct x86_insn *insn, unsigned int reg,
				    unsigned int size)
{
	return size == 1 && !(insn->prefixes & X86_PREFIX_REX) && reg >= 4 && reg < 8;
}

static inline u64 x86_emul_get_reg(const struct x86_emul *e, unsigned int reg, unsigned int size)
{
	if (x86_is_high_byte(e->insn, reg, size))
		return (e->v->gpr[reg - 4] >> 8) & 0xff;
	return e->v->gpr[reg] & x86_mask(size);
}

/* 4 bytes clear the upper half, 1 and 2 bytes leave the rest (SDM 1, 3.4.1.1). */
static inline void x86_put_reg(u64 *reg, unsigned int size, u64 val)
{
	if (size >= 4)
		*reg = val & x86_mask(size);
	else
		*reg = (*reg & ~x86_mask(size)) | (val & x86_mask(size));
}

static inline void x86_emul_put_reg(struct x86_emul *e, unsigned int reg, unsigned int size,
				    u64 val)
{
	u64 *gpr = &e->v->gpr[reg];

	if (!x86_is_high_byte(e->insn, reg, size))
		x86_put_reg(gpr, size, val);
	else
		gpr[-4] = (gpr[-4] & ~0xff00ULL) | (val & 0xff) << 8;
}

/* --- emul.c: stepping --- */

/* The instruction is done and RFLAGS.TF is set: #DB unless only branches trap. */
void x86_trap_single_step(struct x86_vcpu *v);

/* The flags as they are after an instruction: RF suppresses breakpoints for one (SDM 17.3.1.1). */
static __always_inline void x86_step_to(struct x86_vcpu *v, u64 rip)
{
	v->rip = rip;
	v->rflags &= ~X86_EFLAGS_RF;
	v->shadow = false;
	if (unlikely(v->rflags & X86_EFLAGS_TF))
		x86_trap_single_step(v);
}

/* --- emul_debug.c: breakpoints of the guest on what is emulated (SDM 17.2.4, 17.2.5) --- */

/**
 * x86_find_breakpoints() - which breakpoints an access hits
 * @v: vCPU with @v->has_breakpoints
 * @kinds: bit n: those whose R/W field in DR7 is n
 * @addr: linear address, or port
 * @len: bytes accessed
 *
 * Return: bits of DR6.
 */
u64 x86_find_breakpoints(struct x86_vcpu *v, u8 kinds, u64 addr, unsigned int len);

/* A port or memory is accessed: which breakpoints does that hit? */
u64 x86_find_port_breakpoints(struct x86_vcpu *v, u16 port, unsigned int len);
u64 x86_find_data_breakpoints(struct x86_vcpu *v, u64 linear, unsigned int len, bool write);

/* The instruction is done, or an iteration of it: #DB, a trap, if @hits is not 0. */
void x86_trap_breakpoints(struct x86_vcpu *v, u64 hits);

/* --- emul_alu.c: pure --- */

/* In the order of their encodings, as far as they have one in common. */
enum x86_alu_op {
	X86_ALU_ADD, X86_ALU_OR, X86_ALU_ADC, X86_ALU_SBB,
	X86_ALU_AND, X86_ALU_SUB, X86_ALU_XOR, X86_ALU_CMP,
	X86_ALU_TEST, X86_ALU_INC, X86_ALU_DEC, X86_ALU_NOT, X86_ALU_NEG,
	X86_ALU_OPS
};

/**
 * x86_alu() - compute
 * @op: what
 * @a: first operand, the one that is the destination
 * @b: second operand
 * @size: of both, in bytes
 * @rflags: flags before and after; what is undefined after @op is cleared
 *
 * Return: the result; of CMP and TEST, what would be thrown away.
 */
u64 x86_alu(enum x86_alu_op op, u64 a, u64 b, unsigned int size, u64 *rflags);

/* Is the condition of a Jcc, SETcc, CMOVcc opcode true? */
bool x86_condition(u8 opcode, u64 rflags);

/* --- what forms run --- */

/* emul_op.c */
enum x86_outcome x86_run_store(struct x86_emul *e);
enum x86_outcome x86_run_load(struct x86_emul *e);
enum x86_outcome x86_run_extend(struct x86_emul *e);
enum x86_outcome x86_run_swap_bytes(struct x86_emul *e);
enum x86_outcome x86_run_store_segment(struct x86_emul *e);
enum x86_outcome x86_run_load_segment(struct x86_emul *e);
enum x86_outcome x86_run_alu(struct x86_emul *e);
enum x86_outcome x86_run_xchg(struct x86_emul *e);
enum x86_outcome x86_run_xadd(struct x86_emul *e);
enum x86_outcome x86_run_bit(struct x86_emul *e);
enum x86_outcome x86_run_cmpxchg(struct x86_emul *e);
enum x86_outcome x86_run_cmpxchg_wide(struct x86_emul *e);
enum x86_outcome x86_run_push(struct x86_emul *e);
enum x86_outcome x86_run_pop(struct x86_emul *e);
enum x86_outcome x86_run_setcc(struct x86_emul *e);
enum x86_outcome x86_run_cmov(struct x86_emul *e);
enum x86_outcome x86_run_touch(struct x86_emul *e);

/* emul_string.c; x86_form.op of them: */
enum x86_string_op {
	X86_STRING_MOVS,
	X86_STRING_CMPS,
	X86_STRING_STOS,
	X86_STRING_LODS,
	X86_STRING_SCAS,
	X86_STRING_INS,
	X86_STRING_OUTS,
	X86_STRING_OPS
};

enum x86_outcome x86_run_string(struct x86_emul *e);

/* What run_bit does; ModRM.reg of 0F BA is one of them plus 4. */
enum x86_bit_op {
	X86_BIT_TEST, X86_BIT_SET, X86_BIT_RESET, X86_BIT_COMPLEMENT,
};

#endif /* AXVM_X86_EMUL_H */
