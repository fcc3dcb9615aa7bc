// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the AArch64 stage-2 formats: entries bit by bit, geometry,
 * VTCR_EL2, and the walker on them.
 *
 * Part of axvm_test.ko.
 */
#include <linux/io.h>
#include <linux/sizes.h>
#include <asm/kvm_arm.h>

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
	{ &a64_s2_formats_fwb[0], 6 << 2, VTCR(0, 1, 32) },
	{ &a64_s2_formats_fwb[1], 6 << 2, VTCR(1, 1, 28) },
	{ &a64_s2_formats_fwb[2], 6 << 2, VTCR(2, 1, 24) },
	{ &a64_s2_formats_fwb[3], 6 << 2, VTCR(3, 1, 22) },
	{ &a64_s2_formats_fwb[4], 6 << 2, VTCR(4, 2, 20) },
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

/* --- what the CPU makes of VTTBR_EL2 and VTCR_EL2: D8.2, of our tables --- */

struct leaf {
	u64 phys;
	u64 size;
	u64 entry;
};

/* SL0 of the 4 KiB granule: the level at which walks begin, 0 to 2; 3 reserved. */
static int first_level(u64 vtcr)
{
	unsigned int sl0 = (vtcr & VTCR_EL2_SL0_MASK) >> VTCR_EL2_SL0_SHIFT;

	return sl0 == 3 ? -1 : 2 - (int)sl0;
}

static unsigned int level_shift(int level)
{
	return 12 + 9 * (3 - level);
}

/* Does an entry end the walk? Blocks are at levels 1 and 2 (without FEAT_LPA2). */
static bool ends(u64 entry, int level)
{
	return level == 3 || !(entry & BIT(1));
}

static bool is_valid(u64 entry, int level)
{
	if (!(entry & BIT(0)))
		return false;
	return entry & BIT(1) || level == 1 || level == 2;
}

static bool walk(const struct axvm_s2 *s2, u64 vtcr, u64 ipa, struct leaf *leaf)
{
	unsigned int bits = 64 - (vtcr & VTCR_EL2_T0SZ_MASK);
	const u64 *table = s2->root;
	int level = first_level(vtcr);
	u64 index = (ipa & GENMASK_ULL(bits - 1, 0)) >> level_shift(level);

	while (is_valid(table[index], level)) {
		unsigned int shift = level_shift(level);

		leaf->entry = table[index];
		leaf->size = BIT_ULL(shift);
		leaf->phys = (leaf->entry & GENMASK_ULL(47, shift)) |
			     (ipa & GENMASK_ULL(shift - 1, 0));
		if (ends(leaf->entry, level))
			return true;
		table = phys_to_virt(leaf->entry & GENMASK_ULL(47, 12));
		level++;
		index = (ipa >> level_shift(level)) & 511;
	}
	return false;
}

static void forget_nothing(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops ops = { .flush = forget_nothing };

static void expect_mapping(struct kunit *test, struct axvm_s2 *s2, u64 ipa, u64 size)
{
	u64 vtcr = a64_s2_vtcr(s2->fmt), phys = ipa ^ BIT_ULL(40), probe;
	struct leaf leaf = {};

	KUNIT_ASSERT_EQ(test, axvm_s2_map(s2, ipa, phys, size, AXVM_PROT_READ), 0);
	for (probe = ipa; probe < ipa + size; probe += max(size / 4, (u64)SZ_4K)) {
		KUNIT_ASSERT_TRUE_MSG(test, walk(s2, vtcr, probe, &leaf), "%#llx", probe);
		KUNIT_EXPECT_EQ(test, leaf.phys, phys + (probe - ipa));
		KUNIT_EXPECT_EQ(test, leaf.size, size);
		KUNIT_EXPECT_EQ(test, leaf.entry & GENMASK(7, 6), BIT(6));
	}
	KUNIT_ASSERT_EQ(test, axvm_s2_unmap(s2, ipa, size), 0);
	KUNIT_EXPECT_FALSE_MSG(test, walk(s2, vtcr, ipa, &leaf), "%#llx", ipa);
}

/* In each of 16 parts of the range, so in each of the tables that make up a root; every size. */
static void test_hardware_walk(struct kunit *test)
{
	static const u64 sizes[] = { SZ_4K, SZ_2M, SZ_1G };
	const struct axvm_s2_fmt *fmt = param_of(test)->fmt;
	struct axvm_s2 s2 = {};
	unsigned int part, i;

	KUNIT_ASSERT_EQ(test, axvm_s2_init(&s2, fmt, &ops), 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(virt_to_phys(s2.root), SZ_4K << fmt->root_extra_bits));
	for (part = 0; part < 16; part++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			u64 ipa = part * (BIT_ULL(fmt->gpa_bits) / 16);

			expect_mapping(test, &s2, ALIGN_DOWN(ipa, sizes[i]), sizes[i]);
			ipa += BIT_ULL(fmt->gpa_bits) / 16 - 1;
			expect_mapping(test, &s2, ALIGN_DOWN(ipa, sizes[i]), sizes[i]);
		}
	axvm_s2_exit(&s2);
}

/* D8.2.4: the least bits that a start level takes, and the most, with 16 tables concatenated. */
static void test_start_level(struct kunit *test)
{
	static const struct {
		u8 least;
		u8 most;
	} widths[] = { { 40, 48 }, { 31, 43 }, { 22, 34 } };
	const struct axvm_s2_fmt *fmt = param_of(test)->fmt;
	int level = first_level(a64_s2_vtcr(fmt));

	KUNIT_ASSERT_GE(test, level, 0);
	KUNIT_EXPECT_EQ(test, level, 4 - fmt->levels);
	KUNIT_EXPECT_GE(test, fmt->gpa_bits, widths[level].least);
	KUNIT_EXPECT_LE(test, fmt->gpa_bits, widths[level].most);
	KUNIT_EXPECT_EQ(test, fmt->leaf_levels, BIT(0) | BIT(1) | BIT(2));
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
	KUNIT_CASE_PARAM(test_start_level, format_gen_params),
	KUNIT_CASE_PARAM(test_hardware_walk, format_gen_params),
	KUNIT_CASE_PARAM(test_round_trip, format_gen_params),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_s2_fmt",
	.test_cases = cases,
};

kunit_test_suite(suite);
