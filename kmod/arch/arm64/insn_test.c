// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the decoder for loads and stores to devices.
 *
 * Encodings here are those that GNU as makes of the text beside them; many more are generated, see
 * insn_test.h. Part of axvm_test.ko.
 */
#include <kunit/test.h>

#include "arch/arm64/insn_test.h"

#define PAIR(first, second, base)	.nr = 2, .rt = { (first), (second) }, .rn = (base)
#define ONE(reg, base)			.nr = 1, .rt = { (reg) }, .rn = (base)
#define STEP(by)			.writeback = true, .step = (by)

static const struct insn_vector vectors[] = {
	{ "ldp w1, w2, [x3]", 0x29400861, { PAIR(1, 2, 3), .len = 4 } },
	{ "ldp x1, x2, [x3, #16]", 0xa9410861, { PAIR(1, 2, 3), .len = 8, .sf = true,
						 .offset = 16 } },
	{ "ldp x1, x2, [x3], #-16", 0xa8ff0861, { PAIR(1, 2, 3), .len = 8, .sf = true,
						  STEP(-16) } },
	{ "ldp x1, x2, [x3, #504]!", 0xa9df8861, { PAIR(1, 2, 3), .len = 8, .sf = true,
						   STEP(504), .offset = 504 } },
	{ "stp w1, wzr, [sp, #-8]!", 0x29bf7fe1, { PAIR(1, 31, 31), .len = 4, .write = true,
						   STEP(-8), .offset = -8 } },
	{ "stp x1, x2, [x3, #-512]", 0xa9200861, { PAIR(1, 2, 3), .len = 8, .sf = true,
						   .write = true, .offset = -512 } },
	{ "ldpsw x1, x2, [x3, #8]", 0x69410861, { PAIR(1, 2, 3), .len = 4, .sign = true,
						  .sf = true, .offset = 8 } },
	{ "ldnp x1, x2, [x3]", 0xa8400861, { PAIR(1, 2, 3), .len = 8, .sf = true } },
	{ "stnp w1, w2, [x3, #4]", 0x28008861, { PAIR(1, 2, 3), .len = 4, .write = true,
						 .offset = 4 } },
	{ "ldp s1, s2, [x3]", 0x2d400861, { PAIR(1, 2, 3), .len = 4, .simd = true } },
	{ "ldp d1, d2, [x3, #8]", 0x6d408861, { PAIR(1, 2, 3), .len = 8, .simd = true,
						.offset = 8 } },
	{ "stp q1, q2, [x3, #-32]!", 0xadbf0861, { PAIR(1, 2, 3), .len = 16, .simd = true,
						   .write = true, STEP(-32), .offset = -32 } },
	{ "ldnp q1, q2, [x3]", 0xac400861, { PAIR(1, 2, 3), .len = 16, .simd = true } },
	{ "ldr x1, [x2], #8", 0xf8408441, { ONE(1, 2), .len = 8, .sf = true, STEP(8) } },
	{ "ldr w1, [x2, #-4]!", 0xb85fcc41, { ONE(1, 2), .len = 4, STEP(-4) } },
	{ "strb w1, [x2], #1", 0x38001441, { ONE(1, 2), .len = 1, .write = true, STEP(1) } },
	{ "ldrsh w1, [x2], #2", 0x78c02441, { ONE(1, 2), .len = 2, .sign = true, STEP(2) } },
	{ "ldrsh x1, [x2, #2]!", 0x78802c41, { ONE(1, 2), .len = 2, .sign = true, .sf = true,
					       STEP(2) } },
	{ "ldrsb x1, [x2], #-1", 0x389ff441, { ONE(1, 2), .len = 1, .sign = true, .sf = true,
					       STEP(-1) } },
	{ "ldrsw x1, [x2], #4", 0xb8804441, { ONE(1, 2), .len = 4, .sign = true, .sf = true,
					      STEP(4) } },
	{ "str xzr, [sp, #-16]!", 0xf81f0fff, { ONE(31, 31), .len = 8, .sf = true,
						.write = true, STEP(-16) } },
	{ "ldr x1, [x2, #8]", 0xf9400441, { ONE(1, 2), .len = 8, .sf = true } },
	{ "ldur w1, [x2, #-3]", 0xb85fd041, { ONE(1, 2), .len = 4 } },
	{ "sturh w1, [x2, #5]", 0x78005041, { ONE(1, 2), .len = 2, .write = true } },
	{ "ldr w1, [x2, x3]", 0xb8636841, { ONE(1, 2), .len = 4 } },
	{ "ldrsw x1, [x2, w3, sxtw #2]", 0xb8a3d841, { ONE(1, 2), .len = 4, .sign = true,
						       .sf = true } },
	{ "ldtr w1, [x2]", 0xb8400841, { ONE(1, 2), .len = 4 } },
	{ "ldr b1, [x2]", 0x3d400041, { ONE(1, 2), .len = 1, .simd = true } },
	{ "ldr h1, [x2], #2", 0x7c402441, { ONE(1, 2), .len = 2, .simd = true, STEP(2) } },
	{ "ldr s1, [x2, #4]!", 0xbc404c41, { ONE(1, 2), .len = 4, .simd = true, STEP(4) } },
	{ "str d1, [x2, x3]", 0xfc236841, { ONE(1, 2), .len = 8, .simd = true, .write = true } },
	{ "str q1, [x2, #16]", 0x3d800441, { ONE(1, 2), .len = 16, .simd = true,
					     .write = true } },
	{ "ldr q1, [x2], #16", 0x3cc10441, { ONE(1, 2), .len = 16, .simd = true, STEP(16) } },
	{ "ldur q1, [x2, #1]", 0x3cc01041, { ONE(1, 2), .len = 16, .simd = true } },
	{ "ldr w1, .", 0x18000001, { ONE(1, 31), .len = 4 } },
	{ "ldr x1, .", 0x58000001, { ONE(1, 31), .len = 8, .sf = true } },
	{ "ldrsw x1, .", 0x98000001, { ONE(1, 31), .len = 4, .sign = true, .sf = true } },
	{ "ldr q1, .", 0x9c000001, { ONE(1, 31), .len = 16, .simd = true } },
};

/* Not for devices, or no loads and stores at all. */
static const struct insn_vector refused[] = {
	{ "ldxr w1, [x2]", 0x885f7c41 },
	{ "stxr w3, w1, [x2]", 0x88037c41 },
	{ "ldar w1, [x2]", 0x88dffc41 },	/* has a syndrome */
	{ "casp x0, x1, x2, x3, [x4]", 0x48207c82 },
	{ "ldadd w1, w2, [x3]", 0xb8210062 },
	{ "swp x1, x2, [x3]", 0xf8218062 },
	{ "ld1 {v0.16b}, [x1]", 0x4c407020 },
	{ "st2 {v0.4s, v1.4s}, [x1]", 0x4c008820 },
	{ "prfm pldl1keep, [x1]", 0xf9800020 },
	{ "prfum pldl1keep, [x1, #-1]", 0xf89ff020 },
	{ "prfm pldl1keep, .", 0xd8000000 },
	{ "ldraa x1, [x2]", 0xf8200441 },
	{ "stgp x1, x2, [x3]", 0x69000861 },
	{ "stg x1, [x2]", 0xd9200841 },
	{ "ldapur w1, [x2]", 0x99400041 },
	{ "add x1, x2, x3", 0x8b030041 },
	{ "ret", 0xd65f03c0 },
	{ "dc civac, x1", 0xd50b7e21 },
	{ "b .", 0x14000000 },
	{ "fadd d1, d2, d3", 0x1e632841 },
};

static void expect_access(struct kunit *test, const struct insn_vector *vector,
			  const struct a64_access *is)
{
	const struct a64_access *want = &vector->access;

	KUNIT_EXPECT_EQ_MSG(test, is->write, want->write, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->len, want->len, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->nr, want->nr, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->simd, want->simd, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->sign, want->sign, "%s", vector->text);
	if (!want->simd && !want->write)
		KUNIT_EXPECT_EQ_MSG(test, is->sf, want->sf, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->rt[0], want->rt[0], "%s", vector->text);
	if (want->nr == 2)
		KUNIT_EXPECT_EQ_MSG(test, is->rt[1], want->rt[1], "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->rn, want->rn, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->writeback, want->writeback, "%s", vector->text);
	KUNIT_EXPECT_EQ_MSG(test, is->step, want->step, "%s", vector->text);
	if (want->nr == 2)
		KUNIT_EXPECT_EQ_MSG(test, is->offset, want->offset, "%s", vector->text);
}

static void expect_vectors(struct kunit *test, const struct insn_vector *vector, unsigned int nr)
{
	struct a64_access access;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_TRUE_MSG(test, a64_insn_decode(vector[i].insn, &access), "%s",
				      vector[i].text);
		expect_access(test, &vector[i], &access);
	}
}

static void test_decoded(struct kunit *test)
{
	expect_vectors(test, vectors, ARRAY_SIZE(vectors));
}

static void test_generated(struct kunit *test)
{
	expect_vectors(test, insn_vectors, nr_insn_vectors);
}

static void test_refused(struct kunit *test)
{
	struct a64_access access;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_FALSE_MSG(test, a64_insn_decode(refused[i].insn, &access), "%s",
				       refused[i].text);
}

static void test_generated_refused(struct kunit *test)
{
	struct a64_access access;
	unsigned int i;

	for (i = 0; i < nr_insn_refused; i++)
		KUNIT_EXPECT_FALSE_MSG(test, a64_insn_decode(insn_refused[i], &access), "%#x",
				       insn_refused[i]);
}

/* Whatever a guest puts there, what comes out can be used as an index. */
static void test_any(struct kunit *test)
{
	struct a64_access access;
	u32 insn = 1;
	unsigned int i;

	for (i = 0; i < 1000000; i++) {
		insn = insn * 1664525 + 1013904223;
		if (!a64_insn_decode(insn, &access))
			continue;
		KUNIT_ASSERT_LT(test, access.rt[0], 32);
		KUNIT_ASSERT_LT(test, access.rt[1], 32);
		KUNIT_ASSERT_LT(test, access.rn, 32);
		KUNIT_ASSERT_TRUE(test, access.nr == 1 || access.nr == 2);
		KUNIT_ASSERT_TRUE(test, is_power_of_2(access.len) && access.len <= 16);
		KUNIT_ASSERT_TRUE(test, access.len <= 8 || access.simd);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_decoded),
	KUNIT_CASE(test_refused),
	KUNIT_CASE(test_generated),
	KUNIT_CASE(test_generated_refused),
	KUNIT_CASE(test_any),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_insn",
	.test_cases = cases,
};

kunit_test_suite(suite);
