// SPDX-License-Identifier: GPL-2.0
/*
 * What emulated instructions do, one function per family. Strings and vectors
 * have files of their own.
 *
 * Called by the emulator, loaded, interrupts on. Each function maps its memory
 * operands first; from then on nothing can go wrong.
 */
#include <linux/swab.h>
#include <linux/log2.h>
#include <asm/trapnr.h>

#include "arch/x86/emul.h"

static unsigned int size_of(const struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;

	if (form->flags & X86_FORM_BYTE)
		return 1;
	return form->size ? form->size : e->insn->op_size;
}

static unsigned int reg_of(const struct x86_emul *e)
{
	return e->insn->form->flags & X86_FORM_ACC ? X86_RAX : e->insn->reg;
}

static u64 get_source(const struct x86_emul *e, unsigned int size)
{
	if (e->insn->form->flags & X86_FORM_IMM)
		return e->insn->imm & x86_mask(size);
	return x86_emul_get_reg(e, reg_of(e), size);
}

/* Map the ModRM operand. */
static enum x86_outcome map(struct x86_emul *e, unsigned int size, bool write)
{
	return x86_emul_map_only(e, x86_emul_offset(e), size, write);
}

/* --- moves --- */

enum x86_outcome x86_run_store(struct x86_emul *e)
{
	unsigned int size = size_of(e);
	enum x86_outcome outcome = map(e, size, true);

	if (outcome == X86_EMUL_OK)
		x86_emul_write_int(e, &e->mem, get_source(e, size));
	return outcome;
}

enum x86_outcome x86_run_load(struct x86_emul *e)
{
	unsigned int size = size_of(e);
	enum x86_outcome outcome = map(e, size, false);

	if (outcome == X86_EMUL_OK)
		x86_emul_put_reg(e, reg_of(e), size, x86_emul_read_int(e, &e->mem));
	return outcome;
}

/* MOVZX is 0F B6 and B7; MOVSX and MOVSXD extend the sign. */
enum x86_outcome x86_run_extend(struct x86_emul *e)
{
	bool sign = e->insn->opcode != 0xb6 && e->insn->opcode != 0xb7;
	unsigned int size = min_t(unsigned int, size_of(e), e->insn->op_size);
	enum x86_outcome outcome = map(e, size, false);
	u64 val;

	if (outcome != X86_EMUL_OK)
		return outcome;
	val = x86_emul_read_int(e, &e->mem);
	if (sign)
		val = x86_sign_extend(val, size);
	x86_emul_put_reg(e, e->insn->reg, e->insn->op_size, val);
	return X86_EMUL_OK;
}

static u64 swap_bytes(u64 val, unsigned int size)
{
	return swab64(val) >> (64 - 8 * size);
}

enum x86_outcome x86_run_swap_bytes(struct x86_emul *e)
{
	bool load = e->insn->form->flags & X86_FORM_TO_REG;
	unsigned int size = size_of(e), reg = e->insn->reg;
	enum x86_outcome outcome = map(e, size, !load);

	if (outcome != X86_EMUL_OK)
		return outcome;
	if (load)
		x86_emul_put_reg(e, reg, size, swap_bytes(x86_emul_read_int(e, &e->mem), size));
	else
		x86_emul_write_int(e, &e->mem, swap_bytes(x86_emul_get_reg(e, reg, size), size));
	return X86_EMUL_OK;
}

/* Always two bytes when the destination is memory. */
enum x86_outcome x86_run_store_segment(struct x86_emul *e)
{
	enum x86_outcome outcome;
	struct x86_seg seg;
	u8 nr = e->insn->reg & 7;

	if (nr > X86_GS)
		return x86_emul_raise(e, X86_TRAP_UD);
	outcome = map(e, 2, true);
	if (outcome != X86_EMUL_OK)
		return outcome;
	x86_hw->get_seg(e->v, nr, &seg);
	x86_emul_write_int(e, &e->mem, seg.sel);
	return X86_EMUL_OK;
}

/*
 * Where a selector is no more than a base (real and virtual-8086 mode). Loading a
 * descriptor because of a selector in a device's register is nothing that guests do.
 */
enum x86_outcome x86_run_load_segment(struct x86_emul *e)
{
	enum x86_outcome outcome;
	struct x86_seg seg;
	u8 nr = e->insn->reg & 7;

	if (nr > X86_GS || nr == X86_CS)
		return x86_emul_raise(e, X86_TRAP_UD);
	if (nr == X86_SS)
		return x86_emul_refuse(e, "no emulation of MOV SS from a device");
	if ((e->v->cr0 & X86_CR0_PE) && !(e->v->rflags & X86_EFLAGS_VM))
		return x86_emul_refuse(e, "no emulation of MOV of a selector from a device");
	outcome = map(e, 2, false);
	if (outcome != X86_EMUL_OK)
		return outcome;
	x86_hw->get_seg(e->v, nr, &seg);
	seg.sel = x86_emul_read_int(e, &e->mem);
	seg.base = (u64)seg.sel << 4;
	x86_hw->set_seg(e->v, nr, &seg);
	return X86_EMUL_OK;
}

/* --- arithmetic --- */

static enum x86_alu_op alu_op(const struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;

	return form->flags & X86_FORM_GROUP ? (e->insn->modrm >> 3) & 7 : form->op;
}

/* The register is the destination: memory is only read. */
static enum x86_outcome alu_to_reg(struct x86_emul *e, unsigned int size)
{
	enum x86_outcome outcome = map(e, size, false);
	enum x86_alu_op op = alu_op(e);
	u64 a, res;

	if (outcome != X86_EMUL_OK)
		return outcome;
	a = x86_emul_get_reg(e, e->insn->reg, size);
	res = x86_alu(op, a, x86_emul_read_int(e, &e->mem), size, &e->v->rflags);
	if (op != X86_ALU_CMP)
		x86_emul_put_reg(e, e->insn->reg, size, res);
	return X86_EMUL_OK;
}

enum x86_outcome x86_run_alu(struct x86_emul *e)
{
	bool write = !(e->insn->form->flags & X86_FORM_READ);
	unsigned int size = size_of(e);
	enum x86_outcome outcome;
	u64 res;

	if (e->insn->form->flags & X86_FORM_TO_REG)
		return alu_to_reg(e, size);
	outcome = map(e, size, write);
	if (outcome != X86_EMUL_OK)
		return outcome;
	res = x86_alu(alu_op(e), x86_emul_read_int(e, &e->mem), get_source(e, size), size,
		      &e->v->rflags);
	if (write)
		x86_emul_write_int(e, &e->mem, res);
	return X86_EMUL_OK;
}

/* --- exchange --- */

enum x86_outcome x86_run_xchg(struct x86_emul *e)
{
	unsigned int size = size_of(e);
	enum x86_outcome outcome = map(e, size, true);
	u64 old;

	if (outcome != X86_EMUL_OK)
		return outcome;
	old = x86_emul_read_int(e, &e->mem);
	x86_emul_write_int(e, &e->mem, x86_emul_get_reg(e, e->insn->reg, size));
	x86_emul_put_reg(e, e->insn->reg, size, old);
	return X86_EMUL_OK;
}

enum x86_outcome x86_run_xadd(struct x86_emul *e)
{
	unsigned int size = size_of(e);
	enum x86_outcome outcome = map(e, size, true);
	u64 old, sum;

	if (outcome != X86_EMUL_OK)
		return outcome;
	old = x86_emul_read_int(e, &e->mem);
	sum = x86_alu(X86_ALU_ADD, old, x86_emul_get_reg(e, e->insn->reg, size), size,
		      &e->v->rflags);
	x86_emul_put_reg(e, e->insn->reg, size, old);
	x86_emul_write_int(e, &e->mem, sum);
	return X86_EMUL_OK;
}

/* "The destination operand receives a write cycle without regard to the result" (SDM 2). */
enum x86_outcome x86_run_cmpxchg(struct x86_emul *e)
{
	unsigned int size = size_of(e);
	enum x86_outcome outcome = map(e, size, true);
	u64 *rax = &e->v->gpr[X86_RAX];
	u64 old;

	if (outcome != X86_EMUL_OK)
		return outcome;
	old = x86_emul_read_int(e, &e->mem);
	x86_alu(X86_ALU_CMP, *rax & x86_mask(size), old, size, &e->v->rflags);
	if (e->v->rflags & X86_EFLAGS_ZF) {
		x86_emul_write_int(e, &e->mem, x86_emul_get_reg(e, e->insn->reg, size));
	} else {
		x86_emul_write_int(e, &e->mem, old);
		x86_put_reg(rax, size, old);
	}
	return X86_EMUL_OK;
}

/* CMPXCHG8B and, with REX.W, CMPXCHG16B: a pair of registers is a number. */
struct pair {
	u64 word[2];
};

static void get_pair(struct x86_emul *e, unsigned int high, unsigned int low, unsigned int half,
		     struct pair *pair)
{
	u64 *gpr = e->v->gpr;

	pair->word[0] = gpr[low] & x86_mask(half);
	pair->word[1] = 0;
	if (half == 8)
		pair->word[1] = gpr[high];
	else
		pair->word[0] |= gpr[high] << 32;
}

static void put_pair(struct x86_emul *e, unsigned int half, const struct pair *pair)
{
	u64 *gpr = e->v->gpr;

	x86_put_reg(&gpr[X86_RAX], half, pair->word[0]);
	x86_put_reg(&gpr[X86_RDX], half, half == 8 ? pair->word[1] : pair->word[0] >> 32);
}

enum x86_outcome x86_run_cmpxchg_wide(struct x86_emul *e)
{
	unsigned int half = e->insn->op_size == 8 ? 8 : 4;
	struct pair old = {}, expected, new;
	enum x86_outcome outcome;

	/* Of 16 bytes, misaligned: #GP (SDM 2). */
	outcome = map(e, 2 * half, true);
	if (outcome == X86_EMUL_FAULT || outcome == X86_EMUL_DISPATCH)
		return outcome;
	if (half == 8 && (e->mem.part[0].gpa & 15))
		return x86_emul_raise(e, X86_TRAP_GP);
	if (outcome != X86_EMUL_OK)
		return outcome;
	x86_emul_read(e, &e->mem, &old);
	get_pair(e, X86_RDX, X86_RAX, half, &expected);
	get_pair(e, X86_RCX, X86_RBX, half, &new);
	if (old.word[0] == expected.word[0] && old.word[1] == expected.word[1]) {
		e->v->rflags |= X86_EFLAGS_ZF;
		x86_emul_write(e, &e->mem, &new);
	} else {
		e->v->rflags &= ~X86_EFLAGS_ZF;
		x86_emul_write(e, &e->mem, &old);
		put_pair(e, half, &old);
	}
	return X86_EMUL_OK;
}

/* --- bits --- */

/* A register's bit number reaches beyond the operand, both ways (SDM 2, BT). */
static u64 bit_offset(const struct x86_emul *e, unsigned int size, unsigned int *bit)
{
	u64 offset = x86_emul_offset(e);
	u64 nr = get_source(e, size);

	*bit = nr & (8 * size - 1);
	if (e->insn->form->flags & X86_FORM_IMM)
		return offset;
	offset += ((s64)x86_sign_extend(nr, size) >> ilog2(8 * size)) * (s64)size;
	return offset & x86_mask(e->insn->addr_size);
}

static u64 apply_bit(enum x86_bit_op op, u64 val, u64 mask)
{
	switch (op) {
	case X86_BIT_SET:
		return val | mask;
	case X86_BIT_RESET:
		return val & ~mask;
	case X86_BIT_COMPLEMENT:
		return val ^ mask;
	default:
		return val;
	}
}

enum x86_outcome x86_run_bit(struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;
	bool write = !(form->flags & X86_FORM_READ);
	unsigned int size = size_of(e), bit;
	u64 offset = bit_offset(e, size, &bit);
	enum x86_outcome outcome = x86_emul_map_only(e, offset, size, write);
	u64 val;

	if (outcome != X86_EMUL_OK)
		return outcome;
	val = x86_emul_read_int(e, &e->mem);
	e->v->rflags &= ~X86_EFLAGS_CF;
	if (val & BIT_ULL(bit))
		e->v->rflags |= X86_EFLAGS_CF;
	if (write)
		x86_emul_write_int(e, &e->mem, apply_bit(form->op, val, BIT_ULL(bit)));
	return X86_EMUL_OK;
}

/* --- stack --- */

static unsigned int stack_operand(const struct x86_emul *e)
{
	return e->code.mode == 8 && e->insn->op_size != 2 ? 8 : e->insn->op_size;
}

/* Width of the stack pointer. */
static unsigned int stack_width(struct x86_emul *e)
{
	struct x86_seg ss;

	if (e->code.mode == 8)
		return 8;
	x86_hw->get_seg(e->v, X86_SS, &ss);
	return ss.attr & X86_SEG_DB ? 4 : 2;
}

enum x86_outcome x86_run_push(struct x86_emul *e)
{
	unsigned int size = stack_operand(e), width = stack_width(e);
	u64 *rsp = &e->v->gpr[X86_RSP];
	u64 top = (*rsp - size) & x86_mask(width);
	enum x86_outcome outcome;

	outcome = x86_emul_map(e, &e->mem, e->insn->seg, x86_emul_offset(e), size, false);
	if (outcome == X86_EMUL_OK)
		outcome = x86_emul_map(e, &e->other, X86_SS, top, size, true);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (!e->saw_device)
		return X86_EMUL_RETRY;
	x86_emul_write_int(e, &e->other, x86_emul_read_int(e, &e->mem));
	x86_put_reg(rsp, width, top);
	return X86_EMUL_OK;
}

/* The destination's address is computed with the stack pointer as it is afterwards (SDM 2, POP). */
static u64 pop_offset(struct x86_emul *e, unsigned int size)
{
	u64 offset = x86_emul_offset(e);

	if (e->insn->base == X86_RSP)
		offset += size;
	return offset & x86_mask(e->insn->addr_size);
}

enum x86_outcome x86_run_pop(struct x86_emul *e)
{
	unsigned int size = stack_operand(e), width = stack_width(e);
	u64 *rsp = &e->v->gpr[X86_RSP];
	enum x86_outcome outcome;

	outcome = x86_emul_map(e, &e->other, X86_SS, *rsp & x86_mask(width), size, false);
	if (outcome == X86_EMUL_OK)
		outcome = x86_emul_map(e, &e->mem, e->insn->seg, pop_offset(e, size), size, true);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (!e->saw_device)
		return X86_EMUL_RETRY;
	x86_emul_write_int(e, &e->mem, x86_emul_read_int(e, &e->other));
	x86_put_reg(rsp, width, *rsp + size);
	return X86_EMUL_OK;
}

/* --- conditions --- */

enum x86_outcome x86_run_setcc(struct x86_emul *e)
{
	enum x86_outcome outcome = map(e, 1, true);

	if (outcome == X86_EMUL_OK)
		x86_emul_write_int(e, &e->mem,
				   x86_condition(e->insn->opcode, e->v->rflags));
	return outcome;
}

/* Reads memory, and clears the upper half of a 4-byte register, whatever the condition says. */
enum x86_outcome x86_run_cmov(struct x86_emul *e)
{
	unsigned int size = size_of(e), reg = e->insn->reg;
	enum x86_outcome outcome = map(e, size, false);
	u64 val;

	if (outcome != X86_EMUL_OK)
		return outcome;
	val = x86_emul_read_int(e, &e->mem);
	if (!x86_condition(e->insn->opcode, e->v->rflags))
		val = x86_emul_get_reg(e, reg, size);
	x86_emul_put_reg(e, reg, size, val);
	return X86_EMUL_OK;
}

/* Flushing a cache line of a device's registers: they are in no cache. */
enum x86_outcome x86_run_touch(struct x86_emul *e)
{
	return map(e, 1, false);
}
