// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of guest memory, on a stage-2 format made up for it.
 *
 * Part of axvm_test.ko. Pages are real, nothing walks the tables but the test.
 */
#include <linux/completion.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "gmem.h"

#define RW	(AXVM_REGION_READ | AXVM_REGION_WRITE)
#define RWX	(RW | AXVM_REGION_EXEC)
#define RAM	0x80000000ULL

/* --- a format of our own: leaves and tables told apart by a bit --- */

#define FAKE_PRESENT	BIT_ULL(63)
#define FAKE_LEAF	BIT_ULL(62)
#define FAKE_PHYS	GENMASK_ULL(51, 12)

static u64 fake_make_table(u64 phys)
{
	return FAKE_PRESENT | phys;
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
	return entry & GENMASK_ULL(3, 0);
}

static const struct axvm_s2_fmt fake_fmt = {
	.name = "fake",
	.levels = 3,
	.root_extra_bits = 2,
	.gpa_bits = 41,
	.leaf_levels = 0x7,
	.make_table = fake_make_table,
	.make_leaf = fake_make_leaf,
	.is_present = fake_is_present,
	.is_leaf = fake_is_leaf,
	.entry_phys = fake_entry_phys,
	.leaf_prot = fake_leaf_prot,
};

/* --- fixture --- */

/**
 * struct fixture - memory under test
 * @gmem: the memory
 * @nr_flushes: calls of the flush hook
 * @pages_at_flush: pages in use at the last of them
 * @pages_before: pages in use before the test
 * @refuse_blocks: the stub gives no blocks
 * @pages_left: number of pages and tables that the stubs give
 */
struct fixture {
	struct axvm_gmem gmem;
	unsigned int nr_flushes;
	long pages_at_flush;
	long pages_before;
	bool refuse_blocks;
	int pages_left;
};

static void note_flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct fixture *fix = container_of(s2, struct fixture, gmem.s2);

	fix->nr_flushes++;
	fix->pages_at_flush = axvm_host_pages_in_use();
}

static const struct axvm_s2_ops note_ops = { .flush = note_flush };

static int gmem_test_init(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);

	if (!fix)
		return -ENOMEM;
	test->priv = fix;
	fix->pages_before = axvm_host_pages_in_use();
	fix->pages_left = INT_MAX;
	return axvm_gmem_init(&fix->gmem, &fake_fmt, &note_ops);
}

static void gmem_test_exit(struct kunit *test)
{
	struct fixture *fix = test->priv;

	if (!fix || !fix->gmem.regions)
		return;
	axvm_gmem_exit(&fix->gmem);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), fix->pages_before);
}

/* --- allocators that run dry --- */

static struct page *poor_alloc_pages(unsigned int order);

static void *poor_alloc_table(size_t size)
{
	struct kunit *test = kunit_get_current_test();
	struct fixture *fix = test->priv;
	void *table;

	if (fix->pages_left <= 0)
		return NULL;
	fix->pages_left--;
	kunit_deactivate_static_stub(test, axvm_host_alloc_table);
	table = axvm_host_alloc_table(size);
	kunit_activate_static_stub(test, axvm_host_alloc_table, poor_alloc_table);
	return table;
}

static struct page *poor_alloc_pages(unsigned int order)
{
	struct kunit *test = kunit_get_current_test();
	struct fixture *fix = test->priv;
	struct page *page;

	if (fix->pages_left <= 0 || (order && fix->refuse_blocks))
		return NULL;
	fix->pages_left--;
	kunit_deactivate_static_stub(test, axvm_host_alloc_pages);
	page = axvm_host_alloc_pages(order);
	kunit_activate_static_stub(test, axvm_host_alloc_pages, poor_alloc_pages);
	return page;
}

/* From now on, so many pages, blocks and tables are to be had. */
static void set_pages_left(struct kunit *test, int nr, bool refuse_blocks)
{
	struct fixture *fix = test->priv;

	fix->pages_left = nr;
	fix->refuse_blocks = refuse_blocks;
	kunit_activate_static_stub(test, axvm_host_alloc_pages, poor_alloc_pages);
	kunit_activate_static_stub(test, axvm_host_alloc_table, poor_alloc_table);
}

/* --- helpers --- */

static int try_region(struct kunit *test, u64 gpa, u64 len, u32 flags)
{
	struct fixture *fix = test->priv;
	struct axvm_region_cfg cfg = { .gpa = gpa, .len = len, .flags = flags };

	return axvm_gmem_add_region(&fix->gmem, &cfg, NULL);
}

static struct axvm_gmem *gmem_with(struct kunit *test, u64 gpa, u64 len, u32 flags)
{
	struct fixture *fix = test->priv;

	KUNIT_ASSERT_EQ(test, try_region(test, gpa, len, flags), 0);
	return &fix->gmem;
}

static void expect_fault(struct kunit *test, u64 gpa, u32 access, enum axvm_gmem_fault_result want)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_EQ_MSG(test, axvm_gmem_fault(&fix->gmem, gpa, access), want, "%#llx", gpa);
}

static void expect_mapped(struct kunit *test, u64 gpa, u64 len, u32 prot)
{
	struct fixture *fix = test->priv;
	struct axvm_s2_entry entry = {};

	KUNIT_EXPECT_TRUE_MSG(test, axvm_s2_lookup(&fix->gmem.s2, gpa, &entry), "%#llx", gpa);
	KUNIT_EXPECT_EQ(test, entry.len, len);
	KUNIT_EXPECT_EQ(test, entry.prot, prot);
}

static void expect_backed(struct kunit *test, u64 backed, u64 huge)
{
	struct fixture *fix = test->priv;
	long pages = axvm_host_pages_in_use() - fix->pages_before;

	KUNIT_EXPECT_EQ(test, fix->gmem.backed, backed);
	KUNIT_EXPECT_EQ(test, fix->gmem.backed_huge, huge);
	KUNIT_EXPECT_EQ(test, pages, backed / SZ_4K + fix->gmem.s2.tables + 4);
}

static u64 read_u64(struct kunit *test, u64 gpa)
{
	struct fixture *fix = test->priv;
	u64 val = ~0ULL;

	KUNIT_EXPECT_EQ(test, axvm_gmem_read(&fix->gmem, gpa, &val, sizeof(val)), 0);
	return val;
}

static void write_u64(struct kunit *test, u64 gpa, u64 val)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, axvm_gmem_write(&fix->gmem, gpa, &val, sizeof(val)), 0);
}

/* --- regions --- */

static void test_refused_regions(struct kunit *test)
{
	static const struct {
		struct axvm_region_cfg cfg;
		int err;
	} bad[] = {
		{ { .gpa = RAM, .len = 0, .flags = RWX }, -EINVAL },
		{ { .gpa = RAM + 1, .len = SZ_4K, .flags = RWX }, -EINVAL },
		{ { .gpa = RAM, .len = SZ_4K + 512, .flags = RWX }, -EINVAL },
		{ { .gpa = RAM, .len = SZ_4K, .flags = 0 }, -EINVAL },
		{ { .gpa = RAM, .len = SZ_4K, .flags = AXVM_REGION_WRITE }, -EINVAL },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RWX | BIT(6) }, -EINVAL },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RW | AXVM_REGION_DEVICE }, -EOPNOTSUPP },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RW | AXVM_REGION_UNCACHED }, -EOPNOTSUPP },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RWX, .map_type = 1 }, -EOPNOTSUPP },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RWX, .map_type = 2 }, -EOPNOTSUPP },
		{ { .gpa = RAM, .len = SZ_4K, .flags = RWX, .map_type = 3 }, -EINVAL },
		{ { .gpa = BIT_ULL(41), .len = SZ_4K, .flags = RWX }, -ERANGE },
		{ { .gpa = BIT_ULL(41) - SZ_4K, .len = SZ_8K, .flags = RWX }, -ERANGE },
		{ { .gpa = AXVM_GPA_LIMIT, .len = SZ_4K, .flags = RWX }, -ERANGE },
		{ { .gpa = -(u64)SZ_4K, .len = SZ_8K, .flags = RWX }, -ERANGE },
		{ { .gpa = SZ_4K, .len = -(u64)SZ_4K, .flags = RWX }, -ERANGE },
	};
	struct fixture *fix = test->priv;
	struct axvm_error err;
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = (struct axvm_error){};
		ret = axvm_gmem_add_region(&fix->gmem, &bad[i].cfg, &err);
		KUNIT_EXPECT_EQ_MSG(test, ret, bad[i].err, "%d", i);
		KUNIT_EXPECT_NOT_NULL_MSG(test, err.msg, "%d", i);
	}
	KUNIT_EXPECT_EQ(test, fix->gmem.nr_regions, 0);
	KUNIT_EXPECT_EQ(test, fix->gmem.total, 0);
}

static void test_overlaps(struct kunit *test)
{
	gmem_with(test, RAM, SZ_64K, RWX);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM, SZ_64K, RWX), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM - SZ_4K, SZ_8K, RWX), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM + SZ_64K - SZ_4K, SZ_8K, RWX), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM - SZ_4K, SZ_128K, RWX), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM + SZ_4K, SZ_4K, RWX), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM - SZ_4K, SZ_4K, RWX), 0);
	KUNIT_EXPECT_EQ(test, try_region(test, RAM + SZ_64K, SZ_4K, RWX), 0);
}

/* As many as there may be, added in no order, found by every address. */
static void test_find(struct kunit *test)
{
	struct fixture *fix = test->priv;
	const struct axvm_region *region;
	u64 gpa;
	int i;

	for (i = 0; i < AXVM_MAX_REGIONS; i++) {
		gpa = RAM + (u64)(i * 37 % AXVM_MAX_REGIONS) * SZ_64K;
		KUNIT_EXPECT_EQ(test, try_region(test, gpa, SZ_16K, RWX), 0);
	}
	KUNIT_EXPECT_EQ(test, try_region(test, 0, SZ_4K, RWX), -ENOSPC);
	for (i = 0; i < AXVM_MAX_REGIONS; i++) {
		gpa = RAM + (u64)i * SZ_64K;
		region = &fix->gmem.regions[i];
		KUNIT_EXPECT_EQ(test, region->cfg.gpa, gpa);
		KUNIT_EXPECT_PTR_EQ(test, axvm_gmem_find(&fix->gmem, gpa), region);
		KUNIT_EXPECT_PTR_EQ(test, axvm_gmem_find(&fix->gmem, gpa + SZ_16K - 1), region);
		KUNIT_EXPECT_NULL(test, axvm_gmem_find(&fix->gmem, gpa + SZ_16K));
		KUNIT_EXPECT_NULL(test, axvm_gmem_find(&fix->gmem, gpa - 1));
	}
	KUNIT_EXPECT_NULL(test, axvm_gmem_find(&fix->gmem, U64_MAX));
	KUNIT_EXPECT_EQ(test, fix->gmem.total, AXVM_MAX_REGIONS * SZ_16K);
	expect_backed(test, 0, 0);
}

/* --- backing --- */

/* The edges of a region that is not cut at 2 MiB get pages, the inside blocks. */
static void test_first_touch(struct kunit *test)
{
	gmem_with(test, RAM - SZ_4K, SZ_4M + SZ_8K, RWX);
	expect_fault(test, RAM - SZ_4K, AXVM_PROT_WRITE, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM - SZ_4K, SZ_4K, RWX);
	expect_backed(test, SZ_4K, 0);
	set_pages_left(test, INT_MAX, false);
	expect_fault(test, RAM + SZ_1M + 8, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM + SZ_1M, SZ_2M, RWX);
	expect_backed(test, SZ_4K + SZ_2M, SZ_2M);
	expect_fault(test, RAM + SZ_4M, AXVM_PROT_EXEC, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM + SZ_4M, SZ_4K, RWX);

	/* Again: nothing new. */
	expect_fault(test, RAM, AXVM_PROT_WRITE, AXVM_FAULT_MAPPED);
	expect_fault(test, RAM + SZ_4M + 8, AXVM_PROT_WRITE, AXVM_FAULT_MAPPED);
	expect_backed(test, SZ_8K + SZ_2M, SZ_2M);
}

/* Two regions in one chunk: no block, though together they fill it. */
static void test_shared_chunk(struct kunit *test)
{
	gmem_with(test, RAM, SZ_1M, RWX);
	gmem_with(test, RAM + SZ_1M, SZ_1M, AXVM_REGION_READ);
	expect_fault(test, RAM, AXVM_PROT_WRITE, AXVM_FAULT_MAPPED);
	expect_fault(test, RAM + SZ_1M, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM, SZ_4K, RWX);
	expect_mapped(test, RAM + SZ_1M, SZ_4K, AXVM_PROT_READ);
	expect_backed(test, SZ_8K, 0);
}

/* A chunk that began with pages goes on with pages, and keeps what is in them. */
static void test_no_block(struct kunit *test)
{
	gmem_with(test, RAM, SZ_4M, RWX);
	set_pages_left(test, INT_MAX, true);
	write_u64(test, RAM + SZ_4K, 1);
	expect_backed(test, SZ_4K, 0);
	set_pages_left(test, INT_MAX, false);
	write_u64(test, RAM, 2);
	expect_backed(test, SZ_8K, 0);
	expect_fault(test, RAM + SZ_4K, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM + SZ_4K, SZ_4K, RWX);
	KUNIT_EXPECT_EQ(test, read_u64(test, RAM + SZ_4K), 1);
	write_u64(test, RAM + SZ_2M, 3);
	expect_backed(test, SZ_8K + SZ_2M, SZ_2M);
}

/* Each allocation of a fault fails in turn; the VM could go on afterwards. */
static void test_fault_without_memory(struct kunit *test)
{
	enum axvm_gmem_fault_result result = AXVM_FAULT_NO_MEMORY;
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_4K, RWX);
	int i;

	for (i = 0; result == AXVM_FAULT_NO_MEMORY; i++) {
		KUNIT_ASSERT_LT(test, i, 8);
		axvm_gmem_clear(gmem);
		expect_backed(test, 0, 0);
		set_pages_left(test, i, false);
		result = axvm_gmem_fault(gmem, RAM, AXVM_PROT_READ);
	}
	KUNIT_EXPECT_EQ(test, result, AXVM_FAULT_MAPPED);
	KUNIT_EXPECT_EQ(test, i, 4);
}

static void test_access_without_memory(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_8K, RWX);
	u8 buf[16] = {};

	set_pages_left(test, 0, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM, buf, sizeof(buf)), -ENOMEM);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM, buf, sizeof(buf)), -ENOMEM);
	KUNIT_EXPECT_EQ(test, PTR_ERR(axvm_gmem_page(gmem, RAM)), -ENOMEM);
	set_pages_left(test, 1, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + SZ_4K - 8, buf, sizeof(buf)), -ENOMEM);
	expect_backed(test, SZ_4K, 0);
	set_pages_left(test, 1, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + SZ_4K - 8, buf, sizeof(buf)), 0);
}

/* The last page to be had goes to another vCPU, which needs it for the same address. */
static struct page *late_alloc_pages(unsigned int order)
{
	struct kunit *test = kunit_get_current_test();

	kunit_deactivate_static_stub(test, axvm_host_alloc_pages);
	write_u64(test, RAM, 5);
	return NULL;
}

static void test_memory_of_somebody_else(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_4K, RWX);

	kunit_activate_static_stub(test, axvm_host_alloc_pages, late_alloc_pages);
	KUNIT_EXPECT_EQ(test, axvm_gmem_fault(gmem, RAM, AXVM_PROT_READ), AXVM_FAULT_MAPPED);
	expect_backed(test, SZ_4K, 0);
	KUNIT_EXPECT_EQ(test, *(u64 *)axvm_gmem_kva(gmem, RAM), 5);
}

static void test_prealloc(struct kunit *test)
{
	struct axvm_region_cfg cfg = {
		.gpa = RAM - SZ_8K, .len = SZ_4M + SZ_8K, .flags = RWX, .prealloc = true,
	};
	struct fixture *fix = test->priv;
	bool unwanted = true;

	set_pages_left(test, INT_MAX, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_add_region(&fix->gmem, &cfg, NULL), 0);
	KUNIT_EXPECT_EQ(test, fix->gmem.backed, 0);
	KUNIT_EXPECT_EQ(test, axvm_gmem_prealloc(&fix->gmem, &unwanted, NULL), -EINTR);
	unwanted = false;
	KUNIT_EXPECT_EQ(test, axvm_gmem_prealloc(&fix->gmem, &unwanted, NULL), 0);
	KUNIT_EXPECT_EQ(test, fix->gmem.backed, cfg.len);
	KUNIT_EXPECT_EQ(test, fix->gmem.total, cfg.len);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 0);
}

/* A region that cannot be backed in full fails each time, until there is memory. */
static void test_prealloc_without_memory(struct kunit *test)
{
	struct axvm_region_cfg cfg = {
		.gpa = RAM, .len = SZ_2M + SZ_16K, .flags = RWX, .prealloc = true,
	};
	struct axvm_gmem *gmem = gmem_with(test, RAM - SZ_4K, SZ_4K, RWX);
	struct axvm_error err = {};
	bool unwanted = false;

	write_u64(test, RAM - SZ_4K, 1);
	KUNIT_EXPECT_EQ(test, axvm_gmem_add_region(gmem, &cfg, NULL), 0);
	set_pages_left(test, 4, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_prealloc(gmem, &unwanted, &err), -ENOMEM);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	set_pages_left(test, 0, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_prealloc(gmem, &unwanted, &err), -ENOMEM);
	set_pages_left(test, 5, false);
	KUNIT_EXPECT_EQ(test, axvm_gmem_prealloc(gmem, &unwanted, NULL), 0);
	expect_backed(test, SZ_2M + SZ_16K + SZ_4K, SZ_2M);
	KUNIT_EXPECT_EQ(test, read_u64(test, RAM - SZ_4K), 1);
}

/* --- access --- */

static void test_verdicts(struct kunit *test)
{
	gmem_with(test, RAM, SZ_4K, AXVM_REGION_READ);
	gmem_with(test, RAM + SZ_4K, SZ_4K, RW | AXVM_REGION_USER);
	gmem_with(test, RAM + SZ_8K, SZ_4K, AXVM_REGION_READ | AXVM_REGION_EXEC);
	expect_fault(test, RAM - 1, AXVM_PROT_READ, AXVM_FAULT_NO_REGION);
	expect_fault(test, RAM + SZ_4K * 3, AXVM_PROT_READ, AXVM_FAULT_NO_REGION);
	expect_fault(test, U64_MAX, AXVM_PROT_READ, AXVM_FAULT_NO_REGION);
	expect_fault(test, RAM, AXVM_PROT_WRITE, AXVM_FAULT_DENIED);
	expect_fault(test, RAM, AXVM_PROT_EXEC, AXVM_FAULT_DENIED);
	expect_fault(test, RAM + SZ_4K, AXVM_PROT_EXEC, AXVM_FAULT_DENIED);
	expect_fault(test, RAM + SZ_8K, AXVM_PROT_READ | AXVM_PROT_WRITE, AXVM_FAULT_DENIED);
	expect_backed(test, 0, 0);
	expect_fault(test, RAM, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	expect_fault(test, RAM + SZ_4K, AXVM_PROT_WRITE, AXVM_FAULT_MAPPED);
	expect_fault(test, RAM + SZ_8K, AXVM_PROT_EXEC, AXVM_FAULT_MAPPED);
	expect_mapped(test, RAM, SZ_4K, AXVM_PROT_READ);
	expect_mapped(test, RAM + SZ_4K, SZ_4K, AXVM_PROT_READ | AXVM_PROT_WRITE);
	expect_mapped(test, RAM + SZ_8K, SZ_4K, AXVM_PROT_READ | AXVM_PROT_EXEC);
}

/* Bytes keep their places across pages, blocks and regions that adjoin. */
static void test_copy(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_4K, AXVM_REGION_READ);
	size_t len = SZ_16K, i;
	u8 *in = kunit_kmalloc(test, len, GFP_KERNEL);
	u8 *out = kunit_kzalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, in);
	KUNIT_ASSERT_NOT_NULL(test, out);
	for (i = 0; i < len; i++)
		in[i] = i * 7 + (i >> 8);
	gmem_with(test, RAM + SZ_4K, SZ_4M, RW);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + 5, in, len), 0);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM + 5, out, len), 0);
	KUNIT_EXPECT_MEMEQ(test, in, out, len);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + SZ_2M - 5, in, len), 0);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM + SZ_2M - 4, out, len - 1), 0);
	KUNIT_EXPECT_MEMEQ(test, in + 1, out, len - 1);
	KUNIT_EXPECT_EQ(test, read_u64(test, RAM + SZ_4M - 8), 0);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM, NULL, 0), 0);
}

static void test_copy_outside(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_8K, RW);
	u8 buf[16];

	gmem_with(test, RAM + SZ_16K, SZ_4K, RW);
	memset(buf, 0x5a, sizeof(buf));
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM - 8, buf, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM + SZ_8K - 8, buf, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM + SZ_16K - 8, buf, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, U64_MAX - 7, buf, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM, buf, SIZE_MAX), -EFAULT);
	KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + SZ_8K - 8, buf, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(axvm_gmem_page(gmem, RAM + SZ_8K)), -EFAULT);
	KUNIT_EXPECT_EQ(test, buf[0], 0x5a);
	expect_backed(test, 0, 0);
}

/* What the guest would see through stage-2 is what the host wrote. */
static void test_same_page(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_2M + SZ_4K, RWX);
	struct axvm_s2_entry entry = {};
	const u64 gpas[] = { RAM + SZ_64K, RAM + SZ_2M };
	struct page *page;
	u64 *seen;
	int i;

	for (i = 0; i < ARRAY_SIZE(gpas); i++) {
		write_u64(test, gpas[i] + 8, 0x1234 + i);
		expect_fault(test, gpas[i], AXVM_PROT_READ, AXVM_FAULT_MAPPED);
		KUNIT_ASSERT_TRUE(test, axvm_s2_lookup(&gmem->s2, gpas[i], &entry));
		seen = phys_to_virt(entry.phys + gpas[i] - entry.gpa);
		KUNIT_EXPECT_EQ(test, seen[1], 0x1234 + i);
		page = axvm_gmem_page(gmem, gpas[i] + 8);
		KUNIT_ASSERT_FALSE(test, IS_ERR(page));
		KUNIT_EXPECT_PTR_EQ(test, page_address(page), (void *)seen);
		put_page(page);
	}
}

/* The address is there only while the memory is backed, and makes nothing appear. */
static void test_kva(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_2M + SZ_4K, RWX);
	const u64 gpas[] = { RAM + SZ_64K, RAM + SZ_2M };
	u64 *seen;
	int i;

	for (i = 0; i < ARRAY_SIZE(gpas); i++) {
		KUNIT_EXPECT_NULL(test, axvm_gmem_kva(gmem, gpas[i]));
		write_u64(test, gpas[i] + 8, 0x1234 + i);
		seen = axvm_gmem_kva(gmem, gpas[i] + 8);
		KUNIT_ASSERT_NOT_NULL(test, seen);
		KUNIT_EXPECT_EQ(test, *seen, 0x1234 + i);
	}
	KUNIT_EXPECT_NULL(test, axvm_gmem_kva(gmem, RAM - 1));
	KUNIT_EXPECT_NULL(test, axvm_gmem_kva(gmem, U64_MAX));
	axvm_gmem_clear(gmem);
	KUNIT_EXPECT_NULL(test, axvm_gmem_kva(gmem, gpas[0]));
}

/* Pages alone, in a block, and nothing in between. */
static void test_find_backed(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, 3 * SZ_2M + SZ_64K, RWX);
	const u64 block = RAM + SZ_2M, page = RAM + 3 * SZ_2M + SZ_8K, end = RAM + 4 * SZ_2M;

	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, RAM, end), end);
	write_u64(test, page, 1);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, 0, end), page);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, page, end), page);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, page + SZ_4K, end), end);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, RAM, page), page);
	write_u64(test, block + SZ_1M, 1);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, RAM, end), block);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, block + SZ_64K, end), block + SZ_64K);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, block + SZ_2M, end), page);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, end, end), end);
	axvm_gmem_clear(gmem);
	KUNIT_EXPECT_EQ(test, axvm_gmem_find_backed(gmem, 0, end), end);
}

/* --- clearing --- */

static void test_clear(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_2M + SZ_4K, RWX);
	struct fixture *fix = test->priv;
	struct axvm_s2_entry entry;
	long pages;

	write_u64(test, RAM, 1);
	write_u64(test, RAM + SZ_2M, 2);
	expect_fault(test, RAM, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	expect_fault(test, RAM + SZ_2M, AXVM_PROT_READ, AXVM_FAULT_MAPPED);
	pages = axvm_host_pages_in_use();

	/* Hardware forgets all before the first page is freed. */
	axvm_gmem_clear(gmem);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
	KUNIT_EXPECT_EQ(test, fix->pages_at_flush, pages);
	KUNIT_EXPECT_FALSE(test, axvm_s2_lookup(&gmem->s2, RAM, &entry));
	expect_backed(test, 0, 0);
	KUNIT_EXPECT_EQ(test, gmem->total, SZ_2M + SZ_4K);

	/* The next touch finds zeroes. */
	KUNIT_EXPECT_EQ(test, read_u64(test, RAM), 0);
	KUNIT_EXPECT_EQ(test, read_u64(test, RAM + SZ_2M), 0);

	/* Clearing what nothing maps flushes nothing. */
	axvm_gmem_clear(gmem);
	axvm_gmem_clear(gmem);
	KUNIT_EXPECT_EQ(test, fix->nr_flushes, 1);
}

/* What was written does not come back, not even when the host gives the same pages again. */
static void test_zeroes(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_8M + SZ_64K, RWX);
	u8 *buf = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	unsigned int dirty = 0;
	u64 offset;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0x5a, SZ_4K);
	for (offset = 0; offset < SZ_8M + SZ_64K; offset += SZ_4K)
		KUNIT_EXPECT_EQ(test, axvm_gmem_write(gmem, RAM + offset, buf, SZ_4K), 0);
	axvm_gmem_clear(gmem);
	for (offset = 0; offset < SZ_8M + SZ_64K; offset += SZ_4K) {
		KUNIT_EXPECT_EQ(test, axvm_gmem_read(gmem, RAM + offset, buf, SZ_4K), 0);
		dirty += !!memchr_inv(buf, 0, SZ_4K);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0);
}

/* A page that somebody still refers to outlives its place in guest memory. */
static void test_page_reference(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, SZ_2M, RWX);
	struct page *page;
	u64 *seen;

	write_u64(test, RAM + SZ_4K, 42);
	page = axvm_gmem_page(gmem, RAM + SZ_4K);
	KUNIT_ASSERT_FALSE(test, IS_ERR(page));
	axvm_gmem_clear(gmem);
	expect_backed(test, 0, 0);
	seen = page_address(page);
	KUNIT_EXPECT_EQ(test, *seen, 42);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

/* --- several at once --- */

#define RACE_LEN	(SZ_4M + SZ_64K)

/**
 * struct racer - a thread that touches what others touch too
 * @gmem: memory
 * @done: completed at its end
 * @id: makes what it writes its own
 * @failures: calls that went wrong
 */
struct racer {
	struct axvm_gmem *gmem;
	struct completion done;
	u64 id;
	int failures;
};

/* Fault on a page, put a mark into it and see it there. */
static void race_page(struct racer *racer, u64 gpa)
{
	u64 own = gpa + 8 * racer->id, val = 0;

	racer->failures +=
		axvm_gmem_fault(racer->gmem, gpa, AXVM_PROT_WRITE) != AXVM_FAULT_MAPPED;
	racer->failures += axvm_gmem_write(racer->gmem, own, &own, sizeof(own)) != 0;
	racer->failures += axvm_gmem_read(racer->gmem, own, &val, sizeof(val)) != 0;
	racer->failures += val != own;
}

static int race(void *data)
{
	struct racer *racer = data;
	u64 offset;

	for (offset = 0; offset < RACE_LEN; offset += SZ_4K)
		race_page(racer, RAM + offset);
	complete(&racer->done);
	return 0;
}

static struct task_struct *start_racer(struct kunit *test, struct racer *racer)
{
	struct task_struct *task = kthread_create(race, racer, "axvm_gmem_race");

	if (IS_ERR(task)) {
		KUNIT_FAIL(test, "no thread");
		return NULL;
	}
	wake_up_process(get_task_struct(task));
	return task;
}

static void test_racing_faults(struct kunit *test)
{
	struct axvm_gmem *gmem = gmem_with(test, RAM, RACE_LEN, RWX);
	struct task_struct *tasks[3];
	struct racer racers[3] = {};
	u64 offset;
	int i;

	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		racers[i].gmem = gmem;
		racers[i].id = i;
		init_completion(&racers[i].done);
		tasks[i] = start_racer(test, &racers[i]);
	}
	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		if (!tasks[i])
			continue;
		wait_for_completion(&racers[i].done);
		kthread_stop_put(tasks[i]);
		KUNIT_EXPECT_EQ(test, racers[i].failures, 0);
	}

	/* Every page was backed once, and no mark was lost. */
	KUNIT_EXPECT_EQ(test, gmem->backed, RACE_LEN);
	for (offset = 0; offset < RACE_LEN; offset += SZ_4K)
		KUNIT_EXPECT_EQ(test, read_u64(test, RAM + offset + 16), RAM + offset + 16);
	expect_backed(test, RACE_LEN, gmem->backed_huge);
}

static struct kunit_case gmem_cases[] = {
	KUNIT_CASE(test_refused_regions),
	KUNIT_CASE(test_overlaps),
	KUNIT_CASE(test_find),
	KUNIT_CASE(test_first_touch),
	KUNIT_CASE(test_shared_chunk),
	KUNIT_CASE(test_no_block),
	KUNIT_CASE(test_fault_without_memory),
	KUNIT_CASE(test_access_without_memory),
	KUNIT_CASE(test_memory_of_somebody_else),
	KUNIT_CASE(test_prealloc),
	KUNIT_CASE(test_prealloc_without_memory),
	KUNIT_CASE(test_verdicts),
	KUNIT_CASE(test_copy),
	KUNIT_CASE(test_copy_outside),
	KUNIT_CASE(test_same_page),
	KUNIT_CASE(test_kva),
	KUNIT_CASE(test_find_backed),
	KUNIT_CASE(test_clear),
	KUNIT_CASE(test_zeroes),
	KUNIT_CASE(test_page_reference),
	KUNIT_CASE(test_racing_faults),
	{}
};

static struct kunit_suite gmem_suite = {
	.name = "axvm_gmem",
	.init = gmem_test_init,
	.exit = gmem_test_exit,
	.test_cases = gmem_cases,
};

kunit_test_suite(gmem_suite);
