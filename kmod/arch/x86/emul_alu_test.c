// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the emulator's arithmetic: the CPU that runs the test does the same.
 * Part of axvm_test.ko.
 */
#include <linux/array_size.h>
#include <linux/prandom.h>
#include <asm/asm.h>
#include <kunit/test.h>

#include "arch/x86/emul.h"

#define ROUNDS	2000

#define ARITH	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | \
		 X86_EFLAGS_OF)

/* Run @op with these arithmetic flags, and see what it makes of them. */
#define NATIVE(op, result, source, flags)					\
({										\
	unsigned long rest;							\
	asm volatile("pushfq\n\t"						\
		     "popq %[rest]\n\t"						\
		     "andq %[keep], %[rest]\n\t"				\
		     "orq %[in], %[rest]\n\t"					\
		     "pushq %[rest]\n\t"					\
		     "popfq\n\t"						\
		     op "\n\t"							\
		     "pushfq\n\t"						\
		     "popq %[in]\n\t"						\
		     : [in] "+&r" (flags), [rest] "=&r" (rest), [a] "+&q" (result) \
		     : [b] "q" (source), [keep] "i" (~(int)ARITH)		\
		     : "cc", "memory");						\
	flags &= ARITH;								\
})

#define SIZES(name, op)								\
static u64 native_##name(u64 a, u64 b, unsigned int size, u64 *rflags)		\
{										\
	u64 flags = *rflags & ARITH;						\
	u8 a8 = a, b8 = b;							\
	u16 a16 = a, b16 = b;							\
	u32 a32 = a, b32 = b;							\
										\
	switch (size) {								\
	case 1:									\
		NATIVE(op, a8, b8, flags);					\
		a = a8;								\
		break;								\
	case 2:									\
		NATIVE(op, a16, b16, flags);					\
		a = a16;							\
		break;								\
	case 4:									\
		NATIVE(op, a32, b32, flags);					\
		a = a32;							\
		break;								\
	default:								\
		NATIVE(op, a, b, flags);					\
	}									\
	*rflags = flags;							\
	return a;								\
}

SIZES(add, "add %[b], %[a]")
SIZES(or, "or %[b], %[a]")
SIZES(adc, "adc %[b], %[a]")
SIZES(sbb, "sbb %[b], %[a]")
SIZES(and, "and %[b], %[a]")
SIZES(sub, "sub %[b], %[a]")
SIZES(xor, "xor %[b], %[a]")
SIZES(cmp, "cmp %[b], %[a]")
SIZES(test, "test %[b], %[a]")
SIZES(inc, "inc %[a]")
SIZES(dec, "dec %[a]")
SIZES(not, "not %[a]")
SIZES(neg, "neg %[a]")

/* AF is undefined after logic; CMP and TEST keep the destination. */
static const struct {
	const char *name;
	u64 (*native)(u64 a, u64 b, unsigned int size, u64 *rflags);
	u64 undefined;
	bool no_result;
} ops[X86_ALU_OPS] = {
	[X86_ALU_ADD]	= { "add", native_add },
	[X86_ALU_OR]	= { "or", native_or, X86_EFLAGS_AF },
	[X86_ALU_ADC]	= { "adc", native_adc },
	[X86_ALU_SBB]	= { "sbb", native_sbb },
	[X86_ALU_AND]	= { "and", native_and, X86_EFLAGS_AF },
	[X86_ALU_SUB]	= { "sub", native_sub },
	[X86_ALU_XOR]	= { "xor", native_xor, X86_EFLAGS_AF },
	[X86_ALU_CMP]	= { "cmp", native_cmp, 0, true },
	[X86_ALU_TEST]	= { "test", native_test, X86_EFLAGS_AF, true },
	[X86_ALU_INC]	= { "inc", native_inc },
	[X86_ALU_DEC]	= { "dec", native_dec },
	[X86_ALU_NOT]	= { "not", native_not },
	[X86_ALU_NEG]	= { "neg", native_neg },
};

static void expect_same(struct kunit *test, enum x86_alu_op op, unsigned int size, u64 a, u64 b,
			u64 flags)
{
	u64 ours = X86_EFLAGS_IF | flags, native = flags;
	u64 res, expected;

	a &= x86_mask(size);
	b &= x86_mask(size);
	expected = ops[op].native(a, b, size, &native);
	res = x86_alu(op, a, b, size, &ours);
	if (!ops[op].no_result)
		KUNIT_EXPECT_EQ_MSG(test, res, expected, "%s%u %#llx %#llx", ops[op].name, size, a,
				    b);
	KUNIT_EXPECT_EQ_MSG(test, ours & ~ops[op].undefined,
			    X86_EFLAGS_IF | (native & ~ops[op].undefined),
			    "flags of %s%u %#llx %#llx, before %#llx", ops[op].name, size, a, b,
			    flags);
}

/* The corners of all widths. */
static const u64 corners[] = {
	0, 1, 0xf, 0x10, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
	0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
};

static void corners_as_the_cpu_does(struct kunit *test)
{
	unsigned int op, size, a, b;

	for (op = 0; op < X86_ALU_OPS; op++)
		for (size = 1; size <= 8; size *= 2)
			for (a = 0; a < ARRAY_SIZE(corners); a++)
				for (b = 0; b < ARRAY_SIZE(corners); b++) {
					expect_same(test, op, size, corners[a], corners[b], 0);
					expect_same(test, op, size, corners[a], corners[b], ARITH);
				}
}

static void random_operands_as_the_cpu_does(struct kunit *test)
{
	unsigned int op, size, i;
	struct rnd_state rnd;
	u64 val[3];

	prandom_seed_state(&rnd, 14);
	for (op = 0; op < X86_ALU_OPS; op++)
		for (size = 1; size <= 8; size *= 2)
			for (i = 0; i < ROUNDS; i++) {
				prandom_bytes_state(&rnd, val, sizeof(val));
				expect_same(test, op, size, val[0], val[1], val[2] & ARITH);
			}
}

/* SETcc of the CPU tells, for all conditions and all flags. */
#define NATIVE_SET(cc)								\
static u8 native_set##cc(u64 flags)						\
{										\
	u8 is = 0, unused = 0;							\
										\
	NATIVE("set" #cc " %[a]", is, unused, flags);				\
	return is;								\
}

NATIVE_SET(o)
NATIVE_SET(no)
NATIVE_SET(b)
NATIVE_SET(ae)
NATIVE_SET(e)
NATIVE_SET(ne)
NATIVE_SET(be)
NATIVE_SET(a)
NATIVE_SET(s)
NATIVE_SET(ns)
NATIVE_SET(p)
NATIVE_SET(np)
NATIVE_SET(l)
NATIVE_SET(ge)
NATIVE_SET(le)
NATIVE_SET(g)

static u8 (*const native_conditions[16])(u64 flags) = {
	native_seto, native_setno, native_setb, native_setae, native_sete, native_setne,
	native_setbe, native_seta, native_sets, native_setns, native_setp, native_setnp,
	native_setl, native_setge, native_setle, native_setg,
};

static void conditions_as_the_cpu_does(struct kunit *test)
{
	unsigned int cc;
	u64 flags;

	for (cc = 0; cc < 16; cc++)
		for (flags = 0; flags <= ARITH; flags++)
			if (!(flags & ~ARITH))
				KUNIT_EXPECT_EQ_MSG(test, x86_condition(0x90 | cc, flags),
						    native_conditions[cc](flags),
						    "condition %x, flags %#llx", cc, flags);
}

static struct kunit_case alu_cases[] = {
	KUNIT_CASE(corners_as_the_cpu_does),
	KUNIT_CASE(random_operands_as_the_cpu_does),
	KUNIT_CASE(conditions_as_the_cpu_does),
	{}
};

static struct kunit_suite alu_suite = {
	.name = "axvm_x86_emul_alu",
	.test_cases = alu_cases,
};

kunit_test_suite(alu_suite);
