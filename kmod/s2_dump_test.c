// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 tables as they are shown to people: runs of leaves.
 *
 * Part of axvm_test.ko; called from the suites of the walker and of formats.
 */
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "s2.h"
#include "s2_test.h"

#define RW	(AXVM_PROT_READ | AXVM_PROT_WRITE)
#define RWX	(RW | AXVM_PROT_EXEC)

#define GPA	(4ULL * SZ_1G)
#define PHYS	(16ULL * SZ_1G)

/* More than are looked at under the lock at a time. */
#define MANY_PAGES	5000

static void flush_nothing(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops dump_ops = {
	.flush = flush_nothing,
};

static void map(struct kunit *test, struct axvm_s2 *s2, u64 gpa, u64 phys, u64 len, u32 prot)
{
	KUNIT_ASSERT_EQ(test, axvm_s2_map(s2, gpa, phys, len, prot), 0);
}

static void check_text(struct kunit *test, struct axvm_s2 *s2)
{
	struct seq_file m = { .buf = kunit_kzalloc(test, SZ_1K, GFP_KERNEL), .size = SZ_1K };
	struct axvm_s2_run run;
	u64 gpa = 0;

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	while (axvm_s2_find_run(s2, gpa, &run)) {
		axvm_s2_show_run(&m, &run);
		gpa = axvm_s2_run_end(&run);
	}
	KUNIT_EXPECT_STREQ(test, m.buf,
			   "0x0000fffff000-0x0000ffffffff -> 0x0003fffff000      1 x       4 KiB rw-\n"
			   "0x000100000000-0x0001003fffff -> 0x000400000000      2 x    2048 KiB rwx\n"
			   "0x000200000000-0x00023fffffff -> 0x000400000000      1 x 1048576 KiB r-- device\n");
}

/* A long run comes in pieces. */
static void check_pieces(struct kunit *test, struct axvm_s2 *s2)
{
	u64 gpa = GPA + SZ_4K, seen = 0;
	struct axvm_s2_run run;

	while (seen < MANY_PAGES && axvm_s2_find_run(s2, gpa, &run)) {
		KUNIT_ASSERT_EQ(test, run.first.gpa, GPA + (seen + 1) * SZ_4K);
		KUNIT_ASSERT_EQ(test, run.first.phys, PHYS + seen * SZ_4K);
		seen += run.count;
		gpa = axvm_s2_run_end(&run);
	}
	KUNIT_EXPECT_EQ(test, seen, MANY_PAGES);
	KUNIT_EXPECT_FALSE(test, axvm_s2_find_run(s2, gpa, &run));
}

static void check_edges(struct kunit *test, struct axvm_s2 *s2)
{
	struct axvm_s2_run run;

	KUNIT_EXPECT_TRUE(test, axvm_s2_find_run(s2, GPA + SZ_8K + 1, &run));
	KUNIT_EXPECT_EQ(test, run.first.gpa, GPA + SZ_8K);
	KUNIT_EXPECT_FALSE(test, axvm_s2_find_run(s2, axvm_s2_limit(s2), &run));
	KUNIT_EXPECT_FALSE(test, axvm_s2_find_run(s2, U64_MAX, &run));
}

static void exit_tables(void *data)
{
	axvm_s2_exit(data);
}

void axvm_s2_test_dump(struct kunit *test, const struct axvm_s2_fmt *fmt)
{
	struct axvm_s2 *s2 = kunit_kzalloc(test, sizeof(*s2), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s2);
	KUNIT_ASSERT_EQ(test, axvm_s2_init(s2, fmt, &dump_ops), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, exit_tables, s2), 0);
	map(test, s2, GPA - SZ_4K, PHYS - SZ_4K, SZ_4K, RW);
	map(test, s2, GPA, PHYS, SZ_4M, RWX);
	map(test, s2, GPA * 2, PHYS, SZ_1G, AXVM_PROT_READ | AXVM_PROT_DEVICE);
	check_text(test, s2);

	KUNIT_ASSERT_EQ(test, axvm_s2_unmap(s2, 0, axvm_s2_limit(s2)), 0);
	map(test, s2, GPA + SZ_4K, PHYS, MANY_PAGES * SZ_4K, RW);
	check_pieces(test, s2);
	check_edges(test, s2);
}
