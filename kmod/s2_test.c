// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the stage-2 walker, on formats made up for it.
 *
 * Part of axvm_test.ko; the tables lead to addresses that nothing reads. A
 * flush hook notes what it is asked for and what the tables say at that moment.
 */
#include <linux/completion.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "host.h"
#include "s2.h"
#include "s2_test.h"

#define RW	(AXVM_PROT_READ | AXVM_PROT_WRITE)
#define RWX	(RW | AXVM_PROT_EXEC)

/* A guest-physical address with room on both sides, aligned to 1 GiB. */
#define GPA	(4ULL * SZ_1G)
#define PHYS	(16ULL * SZ_1G)

#define MAX_FLUSHES	16

/* --- formats of our own --- */

#define FAKE_PRESENT	BIT_ULL(63)
#define FAKE_LEAF	BIT_ULL(62)
#define FAKE_PHYS	GENMASK_ULL(51, 12)
#define FAKE_PROT	GENMASK_ULL(3, 0)

static u64 fake_make_table(u64 phys)
{
	return FAKE_PRESENT | (phys & FAKE_PHYS);
}

static u64 fake_make_leaf(u64 phys, unsigned int level, u32 prot)
{
	return FAKE_PRESENT | FAKE_LEAF | (phys & FAKE_PHYS) | prot;
}

static bool fake_is_present(u64 entry)
{
	return entry & FAKE_PRESENT;
}

static bool fake_is_leaf(u64 entry, unsigned int level)
{
	return entry & FAKE_LEAF;
}

static u64 fake_entry_phys(u64 entry)
{
	return entry & FAKE_PHYS;
}

static u32 fake_leaf_prot(u64 entry)
{
	return entry & FAKE_PROT;
}

#define FAKE_FMT(name_, levels_, extra_, bits_, leaves_)	\
{								\
	.name = name_,						\
	.levels = levels_,					\
	.root_extra_bits = extra_,				\
	.gpa_bits = bits_,					\
	.leaf_levels = leaves_,					\
	.make_table = fake_make_table,				\
	.make_leaf = fake_make_leaf,				\
	.is_present = fake_is_present,				\
	.is_leaf = fake_is_leaf,				\
	.entry_phys = fake_entry_phys,				\
	.leaf_prot = fake_leaf_prot,				\
}

static const struct axvm_s2_fmt fake_formats[] = {
	FAKE_FMT("4 levels", 4, 0, 48, 0x7),
	FAKE_FMT("3 levels, wide root", 3, 2, 41, 0x7),
	FAKE_FMT("5 levels, wide root", 5, 2, 59, 0x7),
	FAKE_FMT("4 levels, narrow addresses", 4, 0, 36, 0x7),
};

static const struct axvm_s2_fmt no_gib_format = FAKE_FMT("2 MiB at most", 4, 0, 48, 0x3);

static void describe_format(const struct axvm_s2_fmt *fmt, char *desc)
{
	strscpy(desc, fmt->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(format, fake_formats, describe_format);

/* --- the hook --- */

/**
 * struct flush - what one call of the hook saw
 * @gpa: as asked for
 * @len: as asked for
 * @watched: the watched address was mapped at that moment
 * @pages: pages in use at that moment
 */
struct flush {
	u64 gpa;
	u64 len;
	bool watched;
	long pages;
};

/**
 * struct fixture - tables under test
 * @s2: the tables
 * @watch: address that the hook looks up
 * @flushes: the first MAX_FLUSHES calls of the hook
 * @nr_flushes: number of calls
 * @tables_left: allocations of tables that the stub lets through
 * @pages: pages in use before the test
 */
struct fixture {
	struct axvm_s2 s2;
	u64 watch;
	struct flush flushes[MAX_FLUSHES];
	unsigned int nr_flushes;
	int tables_left;
	long pages;
};

bool axvm_s2_test_walk(const struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *found)
{
	const struct axvm_s2_fmt *fmt = s2->fmt;
	const u64 *table = s2->root;
	int level = fmt->levels - 1;
	u64 entry, mask;

	for (;; level--) {
		mask = level == fmt->levels - 1 ? ~0ULL : 511;
		entry = READ_ONCE(table[(gpa >> (12 + 9 * level)) & mask]);
		if (!fmt->is_present(entry))
			return false;
		if (!level || fmt->is_leaf(entry, level))
			break;
		table = phys_to_virt(fmt->entry_phys(entry));
	}
	found->len = BIT_ULL(12 + 9 * level);
	found->gpa = ALIGN_DOWN(gpa, found->len);
	found->phys = fmt->entry_phys(entry);
	found->prot = fmt->leaf_prot(entry);
	return true;
}

static void note_flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct fixture *fix = container_of(s2, struct fixture, s2);
	struct axvm_s2_entry entry;
	struct flush *flush;

	if (fix->nr_flushes < MAX_FLUSHES) {
		flush = &fix->flushes[fix->nr_flushes];
		flush->gpa = gpa;
		flush->len = len;
		flush->watched = axvm_s2_test_walk(s2, fix->watch, &entry);
		flush->pages = axvm_host_pages_in_use();
	}
	fix->nr_flushes++;
}

static const struct axvm_s2_ops note_ops = { .flush = note_flush };

static void ignore_flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops ignore_ops = { .flush = ignore_flush };

static void exit_tables(void *s2)
{
	axvm_s2_exit(s2);
}

static struct fixture *make_fixture(struct kunit *test, const struct axvm_s2_fmt *fmt)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fix);
	fix->pages = axvm_host_pages_in_use();
	KUNIT_ASSERT_EQ(test, axvm_s2_init(&fix->s2, fmt, &note_ops), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, exit_tables, &fix->s2), 0);
	return fix;
}

/* The tables are empty, and nothing but the root is in use. */
static void expect_empty(struct kunit *test, struct fixture *fix)
{
	int i;

	KUNIT_EXPECT_EQ(test, fix->s2.tables, 0);
	for (i = 0; i < AXVM_S2_MAX_LEVELS; i++)
		KUNIT_EXPECT_EQ(test, fix->s2.leaves[i], 0);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use() - fix->pages,
			1L << fix->s2.fmt->root_extra_bits);
}

static void expect_leaf(struct kunit *test, struct fixture *fix, u64 gpa, u64 phys, u64 len,
			u32 prot)
{
	struct axvm_s2_entry entry = {};

	KUNIT_EXPECT_TRUE_MSG(test, axvm_s2_lookup(&fix->s2, gpa, &entry), "%#llx is absent", gpa);
	KUNIT_EXPECT_EQ(test, entry.len, len);
	KUNIT_EXPECT_EQ(test, entry.phys + (gpa - entry.gpa), phys);
	KUNIT_EXPECT_EQ(test, entry.prot, prot);
}

static void expect_absent(struct kunit *test, struct fixture *fix, u64 gpa)
{
	struct axvm_s2_entry entry;

	KUNIT_EXPECT_FALSE_MSG(test, axvm_s2_lookup(&fix->s2, gpa, &entry), "%#llx is mapped", gpa);
}

static void expect_leaves(struct kunit *test, struct fixture *fix, unsigned long small,
			  unsigned long mid, unsigned long large)
{
	KUNIT_EXPECT_EQ(test, fix->s2.leaves[0], small);
	KUNIT_EXPECT_EQ(test, fix->s2.leaves[1], mid);
	KUNIT_EXPECT_EQ(test, fix->s2.leaves[2], large);
}

static void map(struct kunit *test, struct fixture *fix, u64 gpa, u64 phys, u64 len, u32 prot)
{
	KUNIT_ASSERT_EQ(test, axvm_s2_map(&fix->s2, gpa, phys, len, prot), 0);
}

static void unmap(struct kunit *test, struct fixture *fix, u64 gpa, u64 len)
{
	KUNIT_ASSERT_EQ(test, axvm_s2_unmap(&fix->s2, gpa, len), 0);
}

static void expect_flush(struct kunit *test, struct fixture *fix, unsigned int n, u64 gpa, u64 len)
{
	KUNIT_ASSERT_LT(test, n, fix->nr_flushes);
	KUNIT_EXPECT_EQ(test, fix->flushes[n].gpa, gpa);
	KUNIT_EXPECT_EQ(test, fix->flushes[n].len, len);
}

static void expect_full_flush(struct kunit *test, struct fixture *fix, unsigned int n)
{
	expect_flush(test, fix, n, 0, axvm_s2_limit(&fix->s2));
}

/* --- shared with backends --- */

static void check_corner(struct kunit *test, struct fixture *fix, u64 gpa)
{
	map(test, fix, gpa, PHYS, SZ_1G, RWX);
	expect_leaf(test, fix, gpa + SZ_1G - SZ_4K, PHYS + SZ_1G - SZ_4K, SZ_1G, RWX);
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, gpa + SZ_2M, SZ_4K, AXVM_PROT_READ), 0);
	expect_leaf(test, fix, gpa, PHYS, SZ_2M, RWX);
	expect_leaf(test, fix, gpa + SZ_2M, PHYS + SZ_2M, SZ_4K, AXVM_PROT_READ);
	expect_leaf(test, fix, gpa + SZ_2M + SZ_4K, PHYS + SZ_2M + SZ_4K, SZ_4K, RWX);
	expect_leaves(test, fix, 512, 511, 0);
	unmap(test, fix, gpa + SZ_4M, SZ_4K);
	expect_absent(test, fix, gpa + SZ_4M);
	expect_leaf(test, fix, gpa + SZ_4M + SZ_4K, PHYS + SZ_4M + SZ_4K, SZ_4K, RWX);
	unmap(test, fix, gpa, SZ_1G);
	expect_absent(test, fix, gpa);
	expect_empty(test, fix);
}

void axvm_s2_test_round_trip(struct kunit *test, const struct axvm_s2_fmt *fmt)
{
	struct fixture *fix = make_fixture(test, fmt);

	check_corner(test, fix, 0);
	check_corner(test, fix, GPA);
	check_corner(test, fix, axvm_s2_limit(&fix->s2) - SZ_1G);
}

/* --- cases --- */

static void test_round_trip(struct kunit *test)
{
	axvm_s2_test_round_trip(test, test->param_value);
}

static void test_model(struct kunit *test)
{
	axvm_s2_test_model(test, test->param_value);
}

static void test_bad_formats(struct kunit *test)
{
	static const struct axvm_s2_fmt bad[] = {
		FAKE_FMT("no level", 0, 0, 48, 0x7),
		FAKE_FMT("too many levels", 6, 0, 48, 0x7),
		FAKE_FMT("root too wide", 3, 5, 40, 0x7),
		FAKE_FMT("no address", 3, 0, 12, 0x7),
		FAKE_FMT("more address than levels", 3, 2, 42, 0x7),
		FAKE_FMT("no small leaf", 4, 0, 48, 0x6),
		FAKE_FMT("gap in leaf levels", 4, 0, 48, 0x5),
		FAKE_FMT("leaf level without level", 2, 0, 30, 0x7),
	};
	struct axvm_s2 s2;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, axvm_s2_init(&s2, &bad[i], &ignore_ops), -EINVAL, "%s",
				    bad[i].name);
}

static void test_bounds(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	u64 limit = axvm_s2_limit(&fix->s2);
	const struct {
		u64 gpa, phys, len;
		u32 prot;
	} bad[] = {
		{ GPA, PHYS, 0, RWX },
		{ GPA + 1, PHYS, SZ_4K, RWX },
		{ GPA, PHYS + 1, SZ_4K, RWX },
		{ GPA, PHYS, SZ_4K + 1, RWX },
		{ GPA, PHYS, SZ_4K, 0 },
		{ GPA, PHYS, SZ_4K, AXVM_PROT_WRITE },
		{ GPA, PHYS, SZ_4K, AXVM_PROT_READ | BIT(4) },
		{ limit, PHYS, SZ_4K, RWX },
		{ limit - SZ_4K, PHYS, SZ_8K, RWX },
		{ 0, PHYS, limit + SZ_4K, RWX },
		{ GPA, PHYS, -(u64)SZ_4K, RWX },
		{ -(u64)SZ_4K, PHYS, SZ_8K, RWX },
		{ GPA, BIT_ULL(52), SZ_4K, RWX },
		{ GPA, BIT_ULL(52) - SZ_4K, SZ_8K, RWX },
		{ GPA, -(u64)SZ_4K, SZ_8K, RWX },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, axvm_s2_map(&fix->s2, bad[i].gpa, bad[i].phys,
						      bad[i].len, bad[i].prot), -EINVAL, "%d", i);
	KUNIT_EXPECT_EQ(test, axvm_s2_unmap(&fix->s2, limit, SZ_4K), -EINVAL);
	KUNIT_EXPECT_EQ(test, axvm_s2_unmap(&fix->s2, GPA, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA + 8, SZ_4K, RWX), -EINVAL);
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA, SZ_4K, AXVM_PROT_EXEC), -EINVAL);
	expect_absent(test, fix, limit);
	expect_absent(test, fix, U64_MAX);
	expect_empty(test, fix);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 0);
}

static void test_block_selection(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	/* The largest leaf that fits, on the way up and down again. */
	map(test, fix, GPA - SZ_2M - SZ_4K, PHYS - SZ_2M - SZ_4K, SZ_1G + SZ_4M + SZ_8K, RWX);
	expect_leaves(test, fix, 2, 2, 1);
	expect_leaf(test, fix, GPA - SZ_2M - SZ_4K, PHYS - SZ_2M - SZ_4K, SZ_4K, RWX);
	expect_leaf(test, fix, GPA - SZ_4K, PHYS - SZ_4K, SZ_2M, RWX);
	expect_leaf(test, fix, GPA + SZ_1M, PHYS + SZ_1M, SZ_1G, RWX);
	expect_leaf(test, fix, GPA + SZ_1G + SZ_2M, PHYS + SZ_1G + SZ_2M, SZ_4K, RWX);
	expect_absent(test, fix, GPA + SZ_1G + SZ_2M + SZ_4K);
	expect_absent(test, fix, GPA - SZ_2M - SZ_8K);
	unmap(test, fix, 0, axvm_s2_limit(&fix->s2));
	expect_empty(test, fix);

	/* Where the address behind is aligned less, so is the leaf. */
	map(test, fix, GPA, PHYS + SZ_2M, SZ_1G, RWX);
	expect_leaves(test, fix, 0, 512, 0);
	map(test, fix, GPA + 2ULL * SZ_1G, PHYS + SZ_4K, SZ_2M, RWX);
	expect_leaves(test, fix, 512, 512, 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
}

static void test_block_limit(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, &no_gib_format);

	map(test, fix, GPA, PHYS, SZ_1G, RWX);
	expect_leaves(test, fix, 0, 512, 0);
}

/* Two vCPUs fault on the same page: the second finds it done. */
static void test_map_again(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	map(test, fix, GPA, PHYS, SZ_2M, RWX);
	map(test, fix, GPA, PHYS, SZ_2M, RWX);
	map(test, fix, GPA + SZ_1M, PHYS + SZ_1M, SZ_4K, RWX);
	expect_leaves(test, fix, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 0);
}

/* Another translation of the same address: absent, flush, new. */
static void test_remap(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	fix->watch = GPA;
	map(test, fix, GPA, PHYS, SZ_4K, RWX);
	map(test, fix, GPA, PHYS + SZ_1M, SZ_4K, RWX);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	expect_flush(test, fix, 0, GPA, SZ_4K);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);
	expect_leaf(test, fix, GPA, PHYS + SZ_1M, SZ_4K, RWX);

	/* The same place with another protection counts as another translation. */
	map(test, fix, GPA, PHYS + SZ_1M, SZ_4K, AXVM_PROT_READ);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 2);
	KUNIT_EXPECT_FALSE(test, fix->flushes[1].watched);
	expect_leaves(test, fix, 1, 0, 0);
}

/* A page inside a block: the block is split break-before-make, then the page replaced so. */
static void test_remap_in_block(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	fix->watch = GPA + SZ_64K;
	map(test, fix, GPA, PHYS, SZ_2M, RWX);
	map(test, fix, GPA + SZ_64K, PHYS, SZ_4K, RWX);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 2);
	expect_flush(test, fix, 0, GPA, SZ_2M);
	expect_flush(test, fix, 1, GPA + SZ_64K, SZ_4K);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);
	KUNIT_EXPECT_FALSE(test, fix->flushes[1].watched);
	expect_leaves(test, fix, 512, 0, 0);
	expect_leaf(test, fix, GPA, PHYS, SZ_4K, RWX);
	expect_leaf(test, fix, GPA + SZ_64K, PHYS, SZ_4K, RWX);
	expect_leaf(test, fix, GPA + SZ_64K + SZ_4K, PHYS + SZ_64K + SZ_4K, SZ_4K, RWX);
}

/* A block where a table was: the table is freed after a flush of everything. */
static void test_collapse(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	long pages;

	fix->watch = GPA + SZ_1M;
	map(test, fix, GPA, PHYS + SZ_4K, SZ_2M, RWX);
	expect_leaves(test, fix, 512, 0, 0);
	pages = axvm_host_pages_in_use();
	map(test, fix, GPA, PHYS, SZ_2M, RWX);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	expect_full_flush(test, fix, 0);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);
	KUNIT_EXPECT_EQ(test, fix->flushes[0].pages, pages);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages - 1);
	expect_leaves(test, fix, 0, 1, 0);
}

static void test_unmap(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	long pages;

	fix->watch = GPA;
	map(test, fix, GPA, PHYS, SZ_16K, RWX);
	pages = axvm_host_pages_in_use();

	/* Just a leaf: just its range. */
	unmap(test, fix, GPA, SZ_4K);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	expect_flush(test, fix, 0, GPA, SZ_4K);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);

	/* Nothing there: nothing to flush. */
	unmap(test, fix, GPA, SZ_4K);
	unmap(test, fix, 0, SZ_1G);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);

	/* The last leaf: tables go with it, after the flush. */
	unmap(test, fix, GPA, SZ_16K);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 2);
	expect_full_flush(test, fix, 1);
	KUNIT_EXPECT_EQ(test, fix->flushes[1].pages, pages);
	expect_empty(test, fix);
}

/* One page out of the middle of 1 GiB: two splits, the rest stays. */
static void test_unmap_splits(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	u64 hole = GPA + SZ_512M;

	map(test, fix, GPA, PHYS, SZ_1G, RWX);
	fix->watch = GPA;
	unmap(test, fix, hole, SZ_4K);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 3);
	expect_flush(test, fix, 0, GPA, SZ_1G);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);
	expect_flush(test, fix, 1, hole, SZ_2M);
	expect_flush(test, fix, 2, hole, SZ_4K);
	expect_leaves(test, fix, 511, 511, 0);
	expect_absent(test, fix, hole);
	expect_leaf(test, fix, hole - SZ_4K, PHYS + SZ_512M - SZ_4K, SZ_2M, RWX);
	expect_leaf(test, fix, hole + SZ_4K, PHYS + SZ_512M + SZ_4K, SZ_4K, RWX);
	expect_leaf(test, fix, GPA + SZ_1G - SZ_4K, PHYS + SZ_1G - SZ_4K, SZ_2M, RWX);
	unmap(test, fix, GPA, SZ_1G);
	expect_empty(test, fix);
}

static void test_protect(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	map(test, fix, GPA, PHYS, SZ_4M, RWX);
	map(test, fix, GPA + SZ_8M, PHYS, SZ_4K, RWX);
	fix->watch = GPA;

	/* Permissions change in place, whole leaves stay whole, holes stay holes. */
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA, SZ_16M, AXVM_PROT_READ), 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	expect_flush(test, fix, 0, GPA, SZ_16M);
	KUNIT_EXPECT_TRUE(test, fix->flushes[0].watched);
	expect_leaves(test, fix, 1, 2, 0);
	expect_leaf(test, fix, GPA, PHYS, SZ_2M, AXVM_PROT_READ);
	expect_leaf(test, fix, GPA + SZ_8M, PHYS, SZ_4K, AXVM_PROT_READ);
	expect_absent(test, fix, GPA + SZ_4M);

	/* No change, no flush. */
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA, SZ_4M, AXVM_PROT_READ), 0);
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, 0, SZ_1G, RW), 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
}

static void test_protect_memory_type(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	u32 device = RW | AXVM_PROT_DEVICE;

	map(test, fix, GPA, PHYS, SZ_8K, RW);
	fix->watch = GPA;
	KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA, SZ_4K, device), 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	expect_flush(test, fix, 0, GPA, SZ_4K);
	KUNIT_EXPECT_FALSE(test, fix->flushes[0].watched);
	expect_leaf(test, fix, GPA, PHYS, SZ_4K, device);
	expect_leaf(test, fix, GPA + SZ_4K, PHYS + SZ_4K, SZ_4K, RW);
}

/* --- without memory --- */

static void *fail_alloc_table(size_t size)
{
	struct kunit *test = kunit_get_current_test();
	struct fixture *fix = test->priv;
	void *table;

	if (!fix->tables_left)
		return NULL;
	fix->tables_left--;
	kunit_deactivate_static_stub(test, axvm_host_alloc_table);
	table = axvm_host_alloc_table(size);
	kunit_activate_static_stub(test, axvm_host_alloc_table, fail_alloc_table);
	return table;
}

static struct fixture *make_poor_fixture(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	test->priv = fix;
	return fix;
}

static void set_tables_left(struct kunit *test, struct fixture *fix, int nr)
{
	fix->tables_left = nr;
	kunit_activate_static_stub(test, axvm_host_alloc_table, fail_alloc_table);
}

static void test_init_without_memory(struct kunit *test)
{
	struct fixture *fix = make_poor_fixture(test);
	struct axvm_s2 s2;

	set_tables_left(test, fix, 0);
	KUNIT_EXPECT_EQ(test, axvm_s2_init(&s2, test->param_value, &ignore_ops), -ENOMEM);
	expect_empty(test, fix);
}

/* Each allocation of a mapping fails in turn; the next attempt goes on from there. */
static void test_map_without_memory(struct kunit *test)
{
	struct fixture *fix = make_poor_fixture(test);
	int i, err = -ENOMEM;

	for (i = 0; err; i++) {
		KUNIT_ASSERT_LT(test, i, 16);
		set_tables_left(test, fix, i);
		err = axvm_s2_map(&fix->s2, GPA - SZ_4K, PHYS - SZ_4K, SZ_8K, RWX);
		if (err) {
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			unmap(test, fix, 0, axvm_s2_limit(&fix->s2));
			expect_empty(test, fix);
		}
	}
	KUNIT_EXPECT_GT(test, i, 2);
	expect_leaves(test, fix, 2, 0, 0);
}

/* A split that fails leaves every translation as it was. */
static void test_split_without_memory(struct kunit *test)
{
	struct fixture *fix = make_poor_fixture(test);
	int i;

	map(test, fix, GPA, PHYS, SZ_1G, RWX);
	for (i = 0; i < 2; i++) {
		set_tables_left(test, fix, i);
		KUNIT_EXPECT_EQ(test, axvm_s2_unmap(&fix->s2, GPA + SZ_4K, SZ_4K), -ENOMEM);
		set_tables_left(test, fix, 0);
		KUNIT_EXPECT_EQ(test, axvm_s2_protect(&fix->s2, GPA, SZ_4K, RW), -ENOMEM);
		KUNIT_EXPECT_EQ(test, axvm_s2_map(&fix->s2, GPA, 0, SZ_4K, RWX), -ENOMEM);
		expect_leaf(test, fix, GPA + SZ_4K, PHYS + SZ_4K, i ? SZ_2M : SZ_1G, RWX);
	}
	/* All of it needs no split and no memory. */
	unmap(test, fix, 0, axvm_s2_limit(&fix->s2));
	expect_empty(test, fix);
}

/* --- several at once --- */

#define RACE_PAGES	512
#define RACE_ROUNDS	8

/**
 * struct racer - a thread that maps what others map too
 * @s2: tables
 * @done: completed at its end
 * @unmaps: takes every third page away as well
 * @err: the first error
 */
struct racer {
	struct axvm_s2 *s2;
	struct completion done;
	bool unmaps;
	int err;
};

static void race_page(struct racer *racer, u64 offset)
{
	int err = axvm_s2_map(racer->s2, GPA + offset, PHYS + offset, SZ_4K, RWX);

	if (!err && racer->unmaps && offset / SZ_4K % 3 == 0)
		err = axvm_s2_unmap(racer->s2, GPA + offset, SZ_4K);
	if (err && !racer->err)
		racer->err = err;
}

static int race(void *data)
{
	struct racer *racer = data;
	int i;

	for (i = 0; i < RACE_PAGES * RACE_ROUNDS; i++)
		race_page(racer, (u64)(i % RACE_PAGES) * SZ_4K);
	complete(&racer->done);
	return 0;
}

static struct task_struct *start_racer(struct kunit *test, struct racer *racer)
{
	struct task_struct *task = kthread_create(race, racer, "axvm_s2_race");

	if (IS_ERR(task)) {
		KUNIT_FAIL(test, "no thread");
		return NULL;
	}
	wake_up_process(get_task_struct(task));
	return task;
}

static void run_racers(struct kunit *test, struct fixture *fix, bool unmap_too)
{
	struct racer racers[2] = {};
	struct task_struct *tasks[2];
	int i;

	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		racers[i].s2 = &fix->s2;
		racers[i].unmaps = unmap_too && i;
		init_completion(&racers[i].done);
		tasks[i] = start_racer(test, &racers[i]);
	}
	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		if (!tasks[i])
			continue;
		wait_for_completion(&racers[i].done);
		kthread_stop_put(tasks[i]);
		KUNIT_EXPECT_EQ(test, racers[i].err, 0);
	}
}

static void test_racing_mappers(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);

	run_racers(test, fix, false);
	expect_leaves(test, fix, RACE_PAGES, 0, 0);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 0);
	unmap(test, fix, GPA, SZ_2M);
	expect_empty(test, fix);
}

static void test_racing_unmapper(struct kunit *test)
{
	struct fixture *fix = make_fixture(test, test->param_value);
	int i;

	run_racers(test, fix, true);
	for (i = 0; i < RACE_PAGES; i++) {
		if (i % 3)
			expect_leaf(test, fix, GPA + i * SZ_4K, PHYS + i * SZ_4K, SZ_4K, RWX);
	}
	unmap(test, fix, GPA, SZ_2M);
	expect_empty(test, fix);
}

static void test_dump(struct kunit *test)
{
	axvm_s2_test_dump(test, test->param_value);
}

static struct kunit_case s2_cases[] = {
	KUNIT_CASE(test_bad_formats),
	KUNIT_CASE(test_block_limit),
	KUNIT_CASE_PARAM(test_round_trip, format_gen_params),
	KUNIT_CASE_PARAM(test_bounds, format_gen_params),
	KUNIT_CASE_PARAM(test_block_selection, format_gen_params),
	KUNIT_CASE_PARAM(test_map_again, format_gen_params),
	KUNIT_CASE_PARAM(test_remap, format_gen_params),
	KUNIT_CASE_PARAM(test_remap_in_block, format_gen_params),
	KUNIT_CASE_PARAM(test_collapse, format_gen_params),
	KUNIT_CASE_PARAM(test_unmap, format_gen_params),
	KUNIT_CASE_PARAM(test_unmap_splits, format_gen_params),
	KUNIT_CASE_PARAM(test_protect, format_gen_params),
	KUNIT_CASE_PARAM(test_protect_memory_type, format_gen_params),
	KUNIT_CASE_PARAM(test_init_without_memory, format_gen_params),
	KUNIT_CASE_PARAM(test_map_without_memory, format_gen_params),
	KUNIT_CASE_PARAM(test_split_without_memory, format_gen_params),
	KUNIT_CASE_PARAM(test_racing_mappers, format_gen_params),
	KUNIT_CASE_PARAM(test_racing_unmapper, format_gen_params),
	KUNIT_CASE_PARAM(test_model, format_gen_params),
	KUNIT_CASE_PARAM(test_dump, format_gen_params),
	{}
};

static long pages_before;

/* Registered first, so that it runs when all that a case made is gone. */
static void expect_no_leak(void *data)
{
	struct kunit *test = data;

	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages_before);
}

static int s2_init(struct kunit *test)
{
	pages_before = axvm_host_pages_in_use();
	return kunit_add_action(test, expect_no_leak, test);
}

static struct kunit_suite s2_suite = {
	.name = "axvm_s2",
	.init = s2_init,
	.test_cases = s2_cases,
};

kunit_test_suite(s2_suite);
