// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the emulator's arithmetic: the CPU that runs the test does the same.
 * Part of axvm_test.ko.
 */
#include <linux/array_size.h>
#include <linux/log2.h>
#include <linux/prandom.h>
#include <asm/processor-flags.h>
#include <kunit/test.h>

#include "arch/x86/emul.h"

#define ROUNDS	2000

#define ARITH	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | \
		 X86_EFLAGS_OF)

/* The CPU's own: run @op with the arithmetic flags in @rflags, and see what it makes of them. */
#define NATIVE(name, type, op)							\
static void name(u64 *a64, u64 b64, u64 *rflags)				\
{										\
	u64 flags = *rflags & ARITH, rest;					\
	type a = *a64;								\
	typeof(a) b = b64;							\
										\
	asm volatile("pushfq\n\t"						\
		     "popq %[rest]\n\t"						\
		     "andq %[keep], %[rest]\n\t"				\
		     "orq %[flags], %[rest]\n\t"				\
		     "pushq %[rest]\n\t"					\
		     "popfq\n\t"						\
		     op "\n\t"							\
		     "pushfq\n\t"						\
		     "popq %[flags]\n\t"					\
		     : [flags] "+&r" (flags), [rest] "=&r" (rest), [a] "+&q" (a) \
		     : [b] "q" (b), [keep] "i" (~(int)ARITH)			\
		     : "cc", "memory");						\
	*rflags = flags & ARITH;						\
	*a64 = a;								\
}

NATIVE(add8, u8, "add %[b], %[a]")
NATIVE(add16, u16, "add %[b], %[a]")
NATIVE(add32, u32, "add %[b], %[a]")
NATIVE(add64, u64, "add %[b], %[a]")

NATIVE(or8, u8, "or %[b], %[a]")
NATIVE(or16, u16, "or %[b], %[a]")
NATIVE(or32, u32, "or %[b], %[a]")
NATIVE(or64, u64, "or %[b], %[a]")

NATIVE(adc8, u8, "adc %[b], %[a]")
NATIVE(adc16, u16, "adc %[b], %[a]")
NATIVE(adc32, u32, "adc %[b], %[a]")
NATIVE(adc64, u64, "adc %[b], %[a]")

NATIVE(sbb8, u8, "sbb %[b], %[a]")
NATIVE(sbb16, u16, "sbb %[b], %[a]")
NATIVE(sbb32, u32, "sbb %[b], %[a]")
NATIVE(sbb64, u64, "sbb %[b], %[a]")

NATIVE(and8, u8, "and %[b], %[a]")
NATIVE(and16, u16, "and %[b], %[a]")
NATIVE(and32, u32, "and %[b], %[a]")
NATIVE(and64, u64, "and %[b], %[a]")

NATIVE(sub8, u8, "sub %[b], %[a]")
NATIVE(sub16, u16, "sub %[b], %[a]")
NATIVE(sub32, u32, "sub %[b], %[a]")
NATIVE(sub64, u64, "sub %[b], %[a]")

NATIVE(xor8, u8, "xor %[b], %[a]")
NATIVE(xor16, u16, "xor %[b], %[a]")
NATIVE(xor32, u32, "xor %[b], %[a]")
NATIVE(xor64, u64, "xor %[b], %[a]")

NATIVE(cmp8, u8, "cmp %[b], %[a]")
NATIVE(cmp16, u16, "cmp %[b], %[a]")
NATIVE(cmp32, u32, "cmp %[b], %[a]")
NATIVE(cmp64, u64, "cmp %[b], %[a]")

NATIVE(test8, u8, "test %[b], %[a]")
NATIVE(test16, u16, "test %[b], %[a]")
NATIVE(test32, u32, "test %[b], %[a]")
NATIVE(test64, u64, "test %[b], %[a]")

NATIVE(inc8, u8, "inc %[a]")
NATIVE(inc16, u16, "inc %[a]")
NATIVE(inc32, u32, "inc %[a]")
NATIVE(inc64, u64, "inc %[a]")

NATIVE(dec8, u8, "dec %[a]")
NATIVE(dec16, u16, "dec %[a]")
NATIVE(dec32, u32, "dec %[a]")
NATIVE(dec64, u64, "dec %[a]")

NATIVE(not8, u8, "not %[a]")
NATIVE(not16, u16, "not %[a]")
NATIVE(not32, u32, "not %[a]")
NATIVE(not64, u64, "not %[a]")

NATIVE(neg8, u8, "neg %[a]")
NATIVE(neg16, u16, "neg %[a]")
NATIVE(neg32, u32, "neg %[a]")
NATIVE(neg64, u64, "neg %[a]")

/* AF is undefined after logic; CMP and TEST keep the destination. */
static const struct {
	void (*native[4])(u64 *a, u64 b, u64 *rflags);	/* by log2 of the size */
	const char *name;
	u64 undefined;
	bool no_result;
} ops[X86_ALU_OPS] = {
	[X86_ALU_ADD]	= { { add8, add16, add32, add64 }, "add" },
	[X86_ALU_OR]	= { { or8, or16, or32, or64 }, "or", X86_EFLAGS_AF },
	[X86_ALU_ADC]	= { { adc8, adc16, adc32, adc64 }, "adc" },
	[X86_ALU_SBB]	= { { sbb8, sbb16, sbb32, sbb64 }, "sbb" },
	[X86_ALU_AND]	= { { and8, and16, and32, and64 }, "and", X86_EFLAGS_AF },
	[X86_ALU_SUB]	= { { sub8, sub16, sub32, sub64 }, "sub" },
	[X86_ALU_XOR]	= { { xor8, xor16, xor32, xor64 }, "xor", X86_EFLAGS_AF },
	[X86_ALU_CMP]	= { { cmp8, cmp16, cmp32, cmp64 }, "cmp", 0, true },
	[X86_ALU_TEST]	= { { test8, test16, test32, test64 }, "test", X86_EFLAGS_AF, true },
	[X86_ALU_INC]	= { { inc8, inc16, inc32, inc64 }, "inc" },
	[X86_ALU_DEC]	= { { dec8, dec16, dec32, dec64 }, "dec" },
	[X86_ALU_NOT]	= { { not8, not16, not32, not64 }, "not" },
	[X86_ALU_NEG]	= { { neg8, neg16, neg32, neg64 }, "neg" },
};

static void expect_same(struct kunit *test, enum x86_alu_op op, unsigned int size, u64 a, u64 b,
			u64 flags)
{
	u64 ours = X86_EFLAGS_IF | flags, native = flags;
	u64 res, expected;

	a &= x86_mask(size);
	b &= x86_mask(size);
	expected = a;
	ops[op].native[ilog2(size)](&expected, b, &native);
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
NATIVE(seto, u8, "seto %[a]")
NATIVE(setno, u8, "setno %[a]")
NATIVE(setb, u8, "setb %[a]")
NATIVE(setae, u8, "setae %[a]")
NATIVE(sete, u8, "sete %[a]")
NATIVE(setne, u8, "setne %[a]")
NATIVE(setbe, u8, "setbe %[a]")
NATIVE(seta, u8, "seta %[a]")
NATIVE(sets, u8, "sets %[a]")
NATIVE(setns, u8, "setns %[a]")
NATIVE(setp, u8, "setp %[a]")
NATIVE(setnp, u8, "setnp %[a]")
NATIVE(setl, u8, "setl %[a]")
NATIVE(setge, u8, "setge %[a]")
NATIVE(setle, u8, "setle %[a]")
NATIVE(setg, u8, "setg %[a]")

static void (*const native_conditions[16])(u64 *a, u64 b, u64 *rflags) = {
	seto, setno, setb, setae, sete, setne, setbe, seta,
	sets, setns, setp, setnp, setl, setge, setle, setg,
};

static void expect_condition(struct kunit *test, unsigned int cc, u64 flags)
{
	u64 native = flags, expected = 0;

	native_conditions[cc](&expected, 0, &native);
	KUNIT_EXPECT_EQ_MSG(test, x86_condition(0x90 | cc, flags), expected,
			    "condition %x, flags %#llx", cc, flags);
}

static void conditions_as_the_cpu_does(struct kunit *test)
{
	unsigned int cc;
	u64 flags;

	for (cc = 0; cc < 16; cc++)
		for (flags = 0; flags <= ARITH; flags++)
			if (!(flags & ~ARITH))
				expect_condition(test, cc, flags);
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
