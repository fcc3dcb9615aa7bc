// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: SMSW and LMSW with a memory operand. Part of axvm_test.ko.
 */
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define MP_EM_TS	(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

static u16 *operand(struct emul_test *t)
{
	return test_memory(t, TEST_DATA);
}

static struct emul_test *create(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_DATA;
	return t;
}

static void stores_16_bits(struct kunit *test)
{
	struct emul_test *t = create(test);

	operand(t)[0] = 0xaaaa;
	operand(t)[1] = 0xbbbb;
	emul_test_load(t, "480f0127");	/* REX.W makes it no wider */
	KUNIT_EXPECT_EQ(test, x86_emulate_msw(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, operand(t)[0], (u16)t->v->cr0);
	KUNIT_EXPECT_EQ(test, operand(t)[1], 0xbbbb);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 4);
}

/* Of CR0 it changes four bits, and cannot clear PE (APM volume 3, LMSW). */
static void loads_four_bits(struct kunit *test)
{
	struct emul_test *t = create(test);
	u64 cr0 = t->v->cr0;

	operand(t)[0] = 0xffe0 | MP_EM_TS;
	emul_test_load(t, "0f0137");
	KUNIT_EXPECT_EQ(test, x86_emulate_msw(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->cr0, cr0 | MP_EM_TS);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 3);
	operand(t)[0] = 0;
	emul_test_load(t, "0f0137");
	KUNIT_EXPECT_EQ(test, x86_emulate_msw(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->cr0, cr0);
}

/* SGDT, SIDT, LGDT, LIDT, INVLPG; a register; something else. */
static void leaves_the_rest_alone(struct kunit *test)
{
	static const char *const hex[] = {
		"0f0107", "0f010f", "0f0117", "0f011f", "0f013f", "0f01e0", "0f01f0", "8907",
	};
	struct emul_test *t = create(test);
	u64 cr0 = t->v->cr0;
	unsigned int i;

	operand(t)[0] = MP_EM_TS;
	for (i = 0; i < ARRAY_SIZE(hex); i++) {
		t->tc->flushes = 0;
		emul_test_load(t, hex[i]);
		KUNIT_EXPECT_EQ_MSG(test, x86_emulate_msw(t->v), AXVM_RESUME, "%s", hex[i]);
		KUNIT_EXPECT_EQ_MSG(test, t->v->rip, TEST_CODE, "%s", hex[i]);
		KUNIT_EXPECT_EQ_MSG(test, t->tc->flushes, 1, "%s", hex[i]);
		KUNIT_EXPECT_EQ(test, operand(t)[0], MP_EM_TS);
		KUNIT_EXPECT_EQ(test, t->v->cr0, cr0);
		emul_test_expect_no_exception(t);
	}
}

static void faults_where_the_operand_is_not(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_MISSING);
	emul_test_load(t, "0f0127");
	KUNIT_EXPECT_EQ(test, x86_emulate_msw(t->v), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_PF, true, X86_PF_WRITE);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_NOT_BACKED);
	emul_test_load(t, "0f0137");
	KUNIT_EXPECT_EQ(test, x86_emulate_msw(t->v), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_S2_FAULT);
}

static struct kunit_case msw_cases[] = {
	KUNIT_CASE(stores_16_bits),
	KUNIT_CASE(loads_four_bits),
	KUNIT_CASE(leaves_the_rest_alone),
	KUNIT_CASE(faults_where_the_operand_is_not),
	{}
};

static struct kunit_suite msw_suite = {
	.name = "axvm_x86_emul_msw",
	.test_cases = msw_cases,
};

kunit_test_suite(msw_suite);
