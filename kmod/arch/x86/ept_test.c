// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the extended page table formats: entries bit by bit, and the walker on them.
 *
 * Part of axvm_test.ko. Numbers are those of SDM 3, tables 29-1 to 29-7: R 0, W 1, X 2,
 * memory type 5:3, ignore PAT 6, leaf 7, accessed 8, dirty 9.
 */
#include <linux/sizes.h>

#include <kunit/test.h>

#include "arch/x86/ept.h"
#include "s2_test.h"

static const struct axvm_s2_fmt *const formats[] = {
	&x86_ept4,
	&x86_ept4_1g,
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

#define R	AXVM_PROT_READ
#define RW	(AXVM_PROT_READ | AXVM_PROT_WRITE)
#define RX	(AXVM_PROT_READ | AXVM_PROT_EXEC)
#define RWX	(RW | AXVM_PROT_EXEC)

/* Write-back is type 6, uncached 0; both with the guest's PAT ignored. */
static const struct {
	u64 phys;
	unsigned int level;
	u32 prot;
	u64 entry;
} leaves[] = {
	{ 0x80201000, 0, R,			0x80201371 },
	{ 0x80201000, 0, RW,			0x80201373 },
	{ 0x80201000, 0, RX,			0x80201375 },
	{ 0x80201000, 0, RWX,			0x80201377 },
	{ 0x80200000, 1, RWX,			0x802003f7 },
	{ 0x80000000, 2, RWX,			0x800003f7 },
	{ 0xfee00000, 0, RW | AXVM_PROT_DEVICE,	0xfee00343 },
	{ BIT_ULL(45), 0, RWX,			BIT_ULL(45) | 0x377 },
};

static void test_leaves(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	unsigned int i;
	u64 entry;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		entry = fmt->make_leaf(leaves[i].phys, leaves[i].level, leaves[i].prot);
		KUNIT_EXPECT_EQ(test, entry, leaves[i].entry);
		KUNIT_EXPECT_TRUE(test, fmt->is_present(entry));
		KUNIT_EXPECT_EQ(test, fmt->entry_phys(entry), leaves[i].phys);
		KUNIT_EXPECT_EQ(test, fmt->leaf_prot(entry), leaves[i].prot);
		if (leaves[i].level)
			KUNIT_EXPECT_TRUE(test, fmt->is_leaf(entry, leaves[i].level));
	}
}

/* Whatever is asked for is no misconfiguration (29.3.3.1): no W without R, types 0 and 6 alone. */
static void test_no_misconfiguration(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	u32 prot, type;
	u64 entry;

	for (prot = 0; prot < 16; prot++) {
		entry = fmt->make_leaf(0x1000, 0, prot);
		type = entry >> 3 & 7;
		KUNIT_EXPECT_TRUE_MSG(test, entry & 1, "not readable with %x", prot);
		KUNIT_EXPECT_TRUE_MSG(test, type == 0 || type == 6, "type %u", type);
	}
}

static void test_tables(struct kunit *test)
{
	const struct axvm_s2_fmt *fmt = format_of(test);
	u64 entry = fmt->make_table(0x80201000);

	KUNIT_EXPECT_EQ(test, entry, 0x80201107);
	KUNIT_EXPECT_TRUE(test, fmt->is_present(entry));
	KUNIT_EXPECT_FALSE(test, fmt->is_leaf(entry, 1));
	KUNIT_EXPECT_EQ(test, fmt->entry_phys(entry), 0x80201000);
	KUNIT_EXPECT_FALSE(test, fmt->is_present(0));
}

static void test_geometry(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, x86_ept4.gpa_bits, 48);
	KUNIT_EXPECT_EQ(test, x86_ept4.leaf_levels, 3);
	KUNIT_EXPECT_EQ(test, x86_ept4_1g.leaf_levels, 7);
}

/* It uses leaves of 1 GiB. */
static void test_round_trip(struct kunit *test)
{
	axvm_s2_test_round_trip(test, &x86_ept4_1g);
}

static void test_model(struct kunit *test)
{
	axvm_s2_test_model(test, format_of(test));
}

static struct kunit_case ept_cases[] = {
	KUNIT_CASE_PARAM(test_leaves, format_gen_params),
	KUNIT_CASE_PARAM(test_no_misconfiguration, format_gen_params),
	KUNIT_CASE_PARAM(test_tables, format_gen_params),
	KUNIT_CASE(test_geometry),
	KUNIT_CASE(test_round_trip),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	{}
};

static struct kunit_suite ept_suite = {
	.name = "axvm_x86_ept",
	.test_cases = ept_cases,
};

kunit_test_suite(ept_suite);
