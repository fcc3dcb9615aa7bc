// SPDX-License-Identifier: GPL-2.0
/*
 * Arithmetic of the instruction emulator: results and flags.
 *
 * Pure, any context. "SDM" is Intel's manual; volume 1, appendix A, tells which
 * flags each instruction changes.
 */
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <asm/processor-flags.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"

#define FLAGS_LOGIC	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_OF)

/* One computation; bits above the operand size may be anything in @a, @b and @res. */
struct alu {
	u64 a;
	u64 b;
	u64 res;
	u64 carries;	/* out of each bit: of an addition; of a subtraction, the borrows */
	u64 overflow;	/* the sign bit of it is OF */
};

static void add(struct alu *alu, u64 carry)
{
	alu->res = alu->a + alu->b + carry;
	alu->carries = (alu->a & alu->b) | ((alu->a | alu->b) & ~alu->res);
	alu->overflow = (alu->a ^ alu->res) & (alu->b ^ alu->res);
}

static void subtract(struct alu *alu, u64 borrow)
{
	alu->res = alu->a - alu->b - borrow;
	alu->carries = (~alu->a & alu->b) | (~(alu->a ^ alu->b) & alu->res);
	alu->overflow = (alu->a ^ alu->b) & (alu->a ^ alu->res);
}

static void do_add(struct alu *alu, u64 rflags)
{
	add(alu, 0);
}

static void do_adc(struct alu *alu, u64 rflags)
{
	add(alu, rflags & X86_EFLAGS_CF);
}

static void do_sub(struct alu *alu, u64 rflags)
{
	subtract(alu, 0);
}

static void do_sbb(struct alu *alu, u64 rflags)
{
	subtract(alu, rflags & X86_EFLAGS_CF);
}

static void do_or(struct alu *alu, u64 rflags)
{
	alu->res = alu->a | alu->b;
}

static void do_and(struct alu *alu, u64 rflags)
{
	alu->res = alu->a & alu->b;
}

static void do_xor(struct alu *alu, u64 rflags)
{
	alu->res = alu->a ^ alu->b;
}

static void do_inc(struct alu *alu, u64 rflags)
{
	alu->b = 1;
	add(alu, 0);
}

static void do_dec(struct alu *alu, u64 rflags)
{
	alu->b = 1;
	subtract(alu, 0);
}

static void do_not(struct alu *alu, u64 rflags)
{
	alu->res = ~alu->a;
}

static void do_neg(struct alu *alu, u64 rflags)
{
	alu->b = alu->a;
	alu->a = 0;
	subtract(alu, 0);
}

static const struct {
	void (*compute)(struct alu *alu, u64 rflags);
	u64 changes;
} ops[X86_ALU_OPS] = {
	[X86_ALU_ADD]	= { do_add, FLAGS_LOGIC },
	[X86_ALU_OR]	= { do_or, FLAGS_LOGIC },
	[X86_ALU_ADC]	= { do_adc, FLAGS_LOGIC },
	[X86_ALU_SBB]	= { do_sbb, FLAGS_LOGIC },
	[X86_ALU_AND]	= { do_and, FLAGS_LOGIC },
	[X86_ALU_SUB]	= { do_sub, FLAGS_LOGIC },
	[X86_ALU_XOR]	= { do_xor, FLAGS_LOGIC },
	[X86_ALU_CMP]	= { do_sub, FLAGS_LOGIC },
	[X86_ALU_TEST]	= { do_and, FLAGS_LOGIC },
	[X86_ALU_INC]	= { do_inc, FLAGS_LOGIC & ~X86_EFLAGS_CF },
	[X86_ALU_DEC]	= { do_dec, FLAGS_LOGIC & ~X86_EFLAGS_CF },
	[X86_ALU_NOT]	= { do_not, 0 },
	[X86_ALU_NEG]	= { do_neg, FLAGS_LOGIC },
};

static u64 flag_if(bool set, u64 flag)
{
	return set ? flag : 0;
}

/* Bit 3's carry is AF; PF is about the lowest byte alone. */
static u64 flags_of(const struct alu *alu, unsigned int size)
{
	unsigned int sign = 8 * size - 1;

	return flag_if(alu->carries & BIT_ULL(sign), X86_EFLAGS_CF) |
	       flag_if(!(hweight8(alu->res) & 1), X86_EFLAGS_PF) |
	       flag_if(alu->carries & BIT_ULL(3), X86_EFLAGS_AF) |
	       flag_if(!(alu->res & x86_mask(size)), X86_EFLAGS_ZF) |
	       flag_if(alu->res & BIT_ULL(sign), X86_EFLAGS_SF) |
	       flag_if(alu->overflow & BIT_ULL(sign), X86_EFLAGS_OF);
}

u64 x86_alu(enum x86_alu_op op, u64 a, u64 b, unsigned int size, u64 *rflags)
{
	struct alu alu = { .a = a, .b = b };
	u64 changes = ops[op].changes;

	ops[op].compute(&alu, *rflags);
	*rflags = (*rflags & ~changes) | (flags_of(&alu, size) & changes);
	return alu.res & x86_mask(size);
}
EXPORT_SYMBOL_IF_KUNIT(x86_alu);

/* SDM 1, appendix B: bits 3-1 choose, bit 0 negates. */
bool x86_condition(u8 opcode, u64 rflags)
{
	static const u64 any_of[6] = {
		X86_EFLAGS_OF, X86_EFLAGS_CF, X86_EFLAGS_ZF, X86_EFLAGS_CF | X86_EFLAGS_ZF,
		X86_EFLAGS_SF, X86_EFLAGS_PF,
	};
	unsigned int which = (opcode >> 1) & 7;
	bool less = !(rflags & X86_EFLAGS_SF) != !(rflags & X86_EFLAGS_OF);
	bool is;

	if (which < ARRAY_SIZE(any_of))
		is = rflags & any_of[which];
	else
		is = less || (which == 7 && (rflags & X86_EFLAGS_ZF));
	return is != (opcode & 1);
}
EXPORT_SYMBOL_IF_KUNIT(x86_condition);
