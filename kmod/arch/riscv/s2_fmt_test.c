// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the RISC-V G-stage formats: entries bit by bit, and the walker on them.
 *
 * Part of axvm_test.ko.
 */
#include <linux/sizes.h>

#include <kunit/test.h>

#include "arch/riscv/s2_fmt.h"
#include "s2_test.h"

static const struct axvm_s2_fmt *const formats[] = {
	&rv_s2_sv39x4,
	&rv_s2_sv48x4,
	&rv_s2_sv57x4,
};

static void describe_format(const struct axvm_s2_fmt *const *fmt, char *desc)
{
	strscpy(desc, (*fmt)->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(format, formats, describe_format);

static const struct axvm_s2_fmt *format_of(struct kunit *test)
{
	return *(const struct axvm_s2_fmt *const *)test->param_value;
}

/* Numbers as the figures of the specification give them: PPN from bit 10, DAGUXWRV below. */
static void test_entries(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	u32 rw = AXVM_PROT_READ | AXVM_PROT_WRITE;

	KUNIT_EXPECT_EQ(test, fmt->make_table(0x80201000), 0x20080401);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x80201000, 0, AXVM_PROT_READ), 0x200804d3);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x80200000, 1, rw), 0x200800d7);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x80000000, 2, rw | AXVM_PROT_EXEC), 0x200000df);
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(BIT_ULL(56) - SZ_4K, 0, AXVM_PROT_READ),
			0x3ffffffffffcd3);
}

static void test_decoding(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	u64 top = BIT_ULL(56) - SZ_4K;
	u64 leaf = fmt->make_leaf(top, 0, AXVM_PROT_READ | AXVM_PROT_EXEC);
	u64 table = fmt->make_table(top);

	KUNIT_EXPECT_FALSE(test, fmt->is_present(0));
	KUNIT_EXPECT_TRUE(test, fmt->is_present(leaf));
	KUNIT_EXPECT_TRUE(test, fmt->is_present(table));
	KUNIT_EXPECT_TRUE(test, fmt->is_leaf(leaf, 0));
	KUNIT_EXPECT_FALSE(test, fmt->is_leaf(table, 1));
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(leaf), top);
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(table), top);
	KUNIT_EXPECT_EQ(test, fmt->leaf_prot(leaf), AXVM_PROT_READ | AXVM_PROT_EXEC);
}

/* Addresses are two bits wider than the virtual ones, the root is 16 KiB. */
static void test_geometry(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);

	KUNIT_EXPECT_EQ(test, fmt->root_extra_bits, 2);
	KUNIT_EXPECT_EQ(test, fmt->gpa_bits, 12 + 9 * fmt->levels + 2);
}

static void test_round_trip(struct kunit *test)
{
	axvm_s2_test_round_trip(test, format_of(test));
}

static void test_model(struct kunit *test)
{
	axvm_s2_test_model(test, format_of(test));
}

static struct kunit_case rv_s2_cases[] = {
	KUNIT_CASE_PARAM(test_entries, format_gen_params),
	KUNIT_CASE_PARAM(test_decoding, format_gen_params),
	KUNIT_CASE_PARAM(test_geometry, format_gen_params),
	KUNIT_CASE_PARAM(test_round_trip, format_gen_params),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	{}
};

static struct kunit_suite rv_s2_suite = {
	.name = "axvm_rv_s2_fmt",
	.test_cases = rv_s2_cases,
};

kunit_test_suite(rv_s2_suite);
