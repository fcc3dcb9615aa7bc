// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the nested page table formats: entries bit by bit, and the walker on them.
 *
 * Part of axvm_test.ko. Numbers are those of APM 2, 5.3 (figures of long-mode
 * entries): P 0, RW 1, US 2, PWT 3, PCD 4, A 5, D 6, PS 7, NX 63.
 */
#include <linux/mem_encrypt.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "arch/x86/npt.h"
#include "s2_test.h"

static const struct axvm_s2_fmt *const formats[] = {
	&x86_npt4,
	&x86_npt4_1g,
	&x86_npt5,
	&x86_npt5_1g,
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

#define NX	BIT_ULL(63)
#define R	AXVM_PROT_READ
#define RW	(AXVM_PROT_READ | AXVM_PROT_WRITE)
#define RWX	(RW | AXVM_PROT_EXEC)

static const struct {
	u64 phys;
	unsigned int level;
	u32 prot;
	u64 entry;
} leaves[] = {
	{ 0x80201000, 0, R,			0x80201065 | NX },
	{ 0x80201000, 0, RW,			0x80201067 | NX },
	{ 0x80201000, 0, R | AXVM_PROT_EXEC,	0x80201065 },
	{ 0x80201000, 0, RWX,			0x80201067 },
	{ 0x80200000, 1, RWX,			0x802000e7 },
	{ 0x80000000, 2, RWX,			0x800000e7 },
	{ 0xfee00000, 0, RW | AXVM_PROT_DEVICE,	0xfee0007f | NX },
	{ BIT_ULL(47), 0, RWX,			BIT_ULL(47) | 0x67 },
};

static void test_leaves(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	unsigned int i;
	u64 entry;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		entry = fmt->make_leaf(leaves[i].phys, leaves[i].level, leaves[i].prot);
		KUNIT_EXPECT_EQ(test, __sme_clr(entry), leaves[i].entry);
		KUNIT_EXPECT_TRUE(test, fmt->is_present(entry));
		KUNIT_EXPECT_EQ(test, fmt->entry_phys(entry), leaves[i].phys);
		KUNIT_EXPECT_EQ(test, fmt->leaf_prot(entry), leaves[i].prot);
		if (leaves[i].level)
			KUNIT_EXPECT_TRUE(test, fmt->is_leaf(entry, leaves[i].level));
	}
}

/* Where memory is encrypted tables and guest memory are, and devices are not. */
static void test_encryption(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);

	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x1000, 0, RWX), __sme_set(0x1067ULL));
	KUNIT_EXPECT_EQ(test, fmt->make_table(0x1000), __sme_set(0x1027ULL));
	KUNIT_EXPECT_EQ(test, fmt->make_leaf(0x1000, 0, RWX | AXVM_PROT_DEVICE), 0x107fULL);
}

static void test_tables(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	u64 entry = fmt->make_table(0x80201000);

	KUNIT_EXPECT_TRUE(test, fmt->is_present(entry));
	KUNIT_EXPECT_FALSE(test, fmt->is_leaf(entry, 1));
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(entry), 0x80201000);
	KUNIT_EXPECT_FALSE(test, fmt->is_present(0));
}

static void test_geometry(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, x86_npt4.gpa_bits, 48);
	KUNIT_EXPECT_EQ(test, x86_npt5.gpa_bits, 52);
	KUNIT_EXPECT_EQ(test, x86_npt4.leaf_levels, 3);
	KUNIT_EXPECT_EQ(test, x86_npt5_1g.leaf_levels, 7);
}

/* It uses leaves of 1 GiB. */
static void test_round_trip(struct kunit *test)
{
	axvm_s2_test_round_trip(test, &x86_npt4_1g);
	axvm_s2_test_round_trip(test, &x86_npt5_1g);
}

static void test_model(struct kunit *test)
{
	axvm_s2_test_model(test, format_of(test));
}

static struct kunit_case npt_cases[] = {
	KUNIT_CASE_PARAM(test_leaves, format_gen_params),
	KUNIT_CASE_PARAM(test_encryption, format_gen_params),
	KUNIT_CASE_PARAM(test_tables, format_gen_params),
	KUNIT_CASE(test_geometry),
	KUNIT_CASE(test_round_trip),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	{}
};

static struct kunit_suite npt_suite = {
	.name = "axvm_x86_npt",
	.test_cases = npt_cases,
};

kunit_test_suite(npt_suite);
