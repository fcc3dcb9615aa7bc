// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the AArch64 stage-2 formats: entries bit by bit, geometry,
 * VTCR_EL2, and the walker on them.
 *
 * Part of axvm_test.ko.
 */
#include <linux/sizes.h>

#include <kunit/test.h>

#include "arch/arm64/s2_fmt.h"
#include "s2_test.h"

struct param {
	const struct axvm_s2_fmt *fmt;
	u64 normal;	/* MemAttr in place */
	u64 vtcr;
};

/*
 * Arm ARM, VTCR_EL2: RES1 bit 31, PS [18:16], TG0 [15:14] = 0, SH0 [13:12] = 3, ORGN0 and IRGN0 1,
 * SL0 [7:6], T0SZ.
 */
#define VTCR(ps, sl0, t0sz)	(BIT_ULL(31) | (ps) << 16 | 0x3500 | (sl0) << 6 | (t0sz))

static const struct param params[] = {
	{ &a64_s2_formats[0], 0xf << 2, VTCR(0, 1, 32) },
	{ &a64_s2_formats[1], 0xf << 2, VTCR(1, 1, 28) },
	{ &a64_s2_formats[2], 0xf << 2, VTCR(2, 1, 24) },
	{ &a64_s2_formats[3], 0xf << 2, VTCR(3, 1, 22) },
	{ &a64_s2_formats[4], 0xf << 2, VTCR(4, 2, 20) },
	{ &a64_s2_formats[5], 0xf << 2, VTCR(5, 2, 16) },
	{ &a64_s2_formats_fwb[2], 6 << 2, VTCR(2, 1, 24) },
	{ &a64_s2_formats_fwb[5], 6 << 2, VTCR(5, 2, 16) },
};

static void describe_param(const struct param *param, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s%s", param->fmt->name,
		 param->normal == 6 << 2 ? ", forced write-back" : "");
}

KUNIT_ARRAY_PARAM(format, params, describe_param);

static const struct param *param_of(struct kunit *test)
{
	return test->param_value;
}

/* As the figures of D8.3 give them: type, MemAttr, S2AP, SH, AF, XN. */
static void test_entries(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = param_of(test)->fmt;
	u64 normal = param_of(test)->normal, common = BIT(10) | 3 << 8;
	u32 rw = AXVM_PROT_READ | AXVM_PROT_WRITE;

	KUNIT_EXPECT_EQ(test, fmt->make_table(0x40201000), 0x40201003);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x40201000, 0, AXVM_PROT_READ),
			0x40201003 | common | normal | 1 << 6 | BIT_ULL(54));
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x40200000, 1, rw),
			0x40200001 | common | normal | 3 << 6 | BIT_ULL(54));
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x40000000, 2, rw | AXVM_PROT_EXEC),
			0x40000001 | common | normal | 3 << 6);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x08000000, 0, rw | AXVM_PROT_DEVICE),
			0x08000003 | common | 1 << 2 | 3 << 6 | BIT_ULL(54));
}

static void test_decoding(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = param_of(test)->fmt;
	u64 top = BIT_ULL(48) - SZ_2M;
	u64 block = fmt->make_leaf(top, 1, AXVM_PROT_READ | AXVM_PROT_EXEC);
	u64 table = fmt->make_table(top);

	KUNIT_EXPECT_FALSE(test, fmt->is_present(0));
	KUNIT_EXPECT_TRUE(test, fmt->is_present(block));
	KUNIT_EXPECT_TRUE(test, fmt->is_present(table));
	KUNIT_EXPECT_TRUE(test, fmt->is_leaf(block, 1));
	KUNIT_EXPECT_FALSE(test, fmt->is_leaf(table, 1));
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(block), top);
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(table), top);
	KUNIT_EXPECT_EQ(test, fmt->leaf_prot(block), AXVM_PROT_READ | AXVM_PROT_EXEC);
}

/* The root is as many tables as the width needs, 16 at most. */
static void test_geometry(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = param_of(test)->fmt;
	unsigned int one_table = 12 + 9 * fmt->levels;

	KUNIT_EXPECT_LE(test, fmt->root_extra_bits, 4);
	if (fmt->gpa_bits > one_table)
		KUNIT_EXPECT_EQ(test, fmt->root_extra_bits, fmt->gpa_bits - one_table);
	else
		KUNIT_EXPECT_EQ(test, fmt->root_extra_bits, 0);
	KUNIT_EXPECT_GT(test, fmt->gpa_bits, one_table - 9);
}

static void test_vtcr(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, a64_s2_vtcr(param_of(test)->fmt), param_of(test)->vtcr);
}

/* The cases that all formats share go beyond 4 GiB. */
static void skip_narrow(struct kunit *test)
{
	if (param_of(test)->fmt->gpa_bits < 36)
		kunit_skip(test, "addresses are too narrow");
}

static void test_round_trip(struct kunit *test)
{
	skip_narrow(test);
	axvm_s2_test_round_trip(test, param_of(test)->fmt);
}

static void test_model(struct kunit *test)
{
	skip_narrow(test);
	axvm_s2_test_model(test, param_of(test)->fmt);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_entries, format_gen_params),
	KUNIT_CASE_PARAM(test_decoding, format_gen_params),
	KUNIT_CASE_PARAM(test_geometry, format_gen_params),
	KUNIT_CASE_PARAM(test_vtcr, format_gen_params),
	KUNIT_CASE_PARAM(test_round_trip, format_gen_params),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_s2_fmt",
	.test_cases = cases,
};

kunit_test_suite(suite);
