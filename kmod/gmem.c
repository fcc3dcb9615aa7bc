// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory: regions, the pages that back them, and access by address.
 *
 * Owned by a VM. Called from vCPU threads on a fault, from devices, image
 * loading and the mmap fault handler, always in process context.
 *
 * The address space is cut into chunks of 2 MiB. The first touch of a chunk
 * that lies wholly inside a region tries to get a block for all of it; where
 * there is none, each page of the chunk is backed on its own first touch, and
 * the chunk stays so.
 *
 * A page is entered into @blocks or @pages when it is zeroed, with the release
 * in xa_store(); it pairs with the rcu_dereference() in xa_load(), by which
 * find_backing() finds it without a lock.
 */
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "gmem.h"

#define CHUNK_SHIFT	(PAGE_SHIFT + AXVM_HUGE_ORDER)
#define CHUNK_SIZE	BIT_ULL(CHUNK_SHIFT)
#define CHUNK_PAGES	BIT(AXVM_HUGE_ORDER)

/* As for the pages themselves: fail instead of killing a process. */
#define INDEX_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#define FLAGS_MEMORY	(AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC | AXVM_REGION_USER)
#define FLAGS_TYPE	(AXVM_REGION_DEVICE | AXVM_REGION_UNCACHED)

/**
 * struct backing - what backs an address
 * @page: first page
 * @gpa: address that it backs
 * @order: 0 or AXVM_HUGE_ORDER
 */
struct backing {
	struct page *page;
	u64 gpa;
	unsigned int order;
};

static u64 backing_len(unsigned int order)
{
	return (u64)PAGE_SIZE << order;
}

static u64 region_end(const struct axvm_region *region)
{
	return region->cfg.gpa + region->cfg.len;
}

static u32 region_prot(const struct axvm_region *region)
{
	u32 prot = 0;

	if (region->cfg.flags & AXVM_REGION_READ)
		prot |= AXVM_PROT_READ;
	if (region->cfg.flags & AXVM_REGION_WRITE)
		prot |= AXVM_PROT_WRITE;
	if (region->cfg.flags & AXVM_REGION_EXEC)
		prot |= AXVM_PROT_EXEC;
	return prot;
}

/* Index of the first region that ends after @gpa; nr_regions when none does. */
static unsigned int region_index(const struct axvm_gmem *gmem, u64 gpa)
{
	unsigned int low = 0, high = gmem->nr_regions, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (gpa < region_end(&gmem->regions[mid]))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const struct axvm_region *axvm_gmem_find(const struct axvm_gmem *gmem, u64 gpa)
{
	unsigned int i;

	/* Devices are below all memory as a rule: the hot path of their accesses ends here. */
	if (!gmem->nr_regions || gpa < gmem->regions[0].cfg.gpa)
		return NULL;
	i = region_index(gmem, gpa);
	if (i == gmem->nr_regions || gpa < gmem->regions[i].cfg.gpa)
		return NULL;
	return &gmem->regions[i];
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_find);

bool axvm_gmem_contains(const struct axvm_gmem *gmem, u64 gpa, u64 len)
{
	const struct axvm_region *region;
	u64 end;

	if (check_add_overflow(gpa, len, &end))
		return false;
	while (gpa < end) {
		region = axvm_gmem_find(gmem, gpa);
		if (!region)
			return false;
		gpa = region_end(region);
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_contains);

/* --- backing --- */

static bool find_backing(struct axvm_gmem *gmem, u64 gpa, struct backing *backing)
{
	backing->order = AXVM_HUGE_ORDER;
	backing->page = xa_load(&gmem->blocks, gpa >> CHUNK_SHIFT);
	if (!backing->page) {
		backing->order = 0;
		backing->page = xa_load(&gmem->pages, gpa >> PAGE_SHIFT);
	}
	backing->gpa = ALIGN_DOWN(gpa, backing_len(backing->order));
	return backing->page;
}

static void count_backed(struct axvm_gmem *gmem, unsigned int order, s64 sign)
{
	s64 change = sign * (s64)backing_len(order);

	lockdep_assert_held(&gmem->lock);
	WRITE_ONCE(gmem->backed, gmem->backed + change);
	if (order)
		WRITE_ONCE(gmem->backed_huge, gmem->backed_huge + change);
}

/* A page or block that is not guest memory yet: allocated and zeroed without the lock. */
static int alloc_backing(struct axvm_gmem *gmem, u64 gpa, unsigned int order,
			 struct backing *backing)
{
	struct mem_cgroup *charged = axvm_host_charge_to(gmem->memcg);

	backing->page = axvm_host_alloc_pages(order);
	axvm_host_charge_to(charged);
	backing->gpa = ALIGN_DOWN(gpa, backing_len(order));
	backing->order = order;
	return backing->page ? 0 : -ENOMEM;
}

static int add_backing(struct axvm_gmem *gmem, const struct backing *backing)
{
	struct xarray *index = backing->order ? &gmem->blocks : &gmem->pages;
	struct mem_cgroup *charged = axvm_host_charge_to(gmem->memcg);
	int err;

	lockdep_assert_held(&gmem->lock);
	err = xa_err(xa_store(index, backing->gpa >> (PAGE_SHIFT + backing->order), backing->page,
			      INDEX_GFP));
	axvm_host_charge_to(charged);
	if (!err)
		count_backed(gmem, backing->order, 1);
	return err;
}

/* A block has to fit into the region, and must not hide pages that are in use. */
static bool wants_block(struct axvm_gmem *gmem, const struct axvm_region *region, u64 gpa)
{
	u64 start = ALIGN_DOWN(gpa, CHUNK_SIZE);
	unsigned long first = start >> PAGE_SHIFT;

	if (start < region->cfg.gpa || region_end(region) - start < CHUNK_SIZE)
		return false;
	return !xa_find(&gmem->pages, &first, first + CHUNK_PAGES - 1, XA_PRESENT);
}

/*
 * Make what was allocated guest memory, unless somebody was faster: then @backing becomes
 * theirs. -EAGAIN: a block, and by now there are pages in its place.
 */
static int settle_locked(struct axvm_gmem *gmem, const struct axvm_region *region, u64 gpa,
			 struct backing *backing)
{
	struct backing mine = *backing;
	int err = 0;

	lockdep_assert_held(&gmem->lock);
	if (!find_backing(gmem, gpa, backing)) {
		*backing = mine;
		if (!mine.order || wants_block(gmem, region, gpa))
			err = add_backing(gmem, &mine);
		else
			err = -EAGAIN;
		if (!err)
			return 0;
	}
	axvm_host_free_pages(mine.page, mine.order);
	return err;
}

/* Return: 0 with the lock held; -ENOMEM without it, when nothing backs @gpa. */
static int find_and_lock(struct axvm_gmem *gmem, u64 gpa, struct backing *backing)
{
	mutex_lock(&gmem->lock);
	if (find_backing(gmem, gpa, backing))
		return 0;
	mutex_unlock(&gmem->lock);
	return -ENOMEM;
}

/*
 * Returns with the lock held unless it fails; what backs @gpa stays while it is. Zeroing 2 MiB
 * takes long: vCPUs that touch memory for the first time do not wait for each other.
 */
static int back_and_lock(struct axvm_gmem *gmem, const struct axvm_region *region, u64 gpa,
			 struct backing *backing)
{
	unsigned int order = wants_block(gmem, region, gpa) ? AXVM_HUGE_ORDER : 0;
	int err;

	if (!find_and_lock(gmem, gpa, backing))
		return 0;
	for (;; order = 0) {
		err = alloc_backing(gmem, gpa, order, backing);
		if (!err) {
			mutex_lock(&gmem->lock);
			err = settle_locked(gmem, region, gpa, backing);
			if (!err)
				return 0;
			mutex_unlock(&gmem->lock);
		}
		if (!order)
			return find_and_lock(gmem, gpa, backing);
	}
}

static int back(struct axvm_gmem *gmem, u64 gpa, struct backing *backing)
{
	const struct axvm_region *region = axvm_gmem_find(gmem, gpa);
	int err;

	if (!region)
		return -EFAULT;
	err = back_and_lock(gmem, region, gpa, backing);
	if (!err)
		mutex_unlock(&gmem->lock);
	return err;
}

/* Free what backs [gpa, last] in units of @order. Stage-2 knows nothing of it any more. */
static void drop(struct axvm_gmem *gmem, unsigned int order, u64 gpa, u64 last)
{
	struct xarray *xa = order ? &gmem->blocks : &gmem->pages;
	unsigned int shift = PAGE_SHIFT + order;
	unsigned long index;
	struct page *page;

	lockdep_assert_held(&gmem->lock);
	xa_for_each_range(xa, index, page, gpa >> shift, last >> shift) {
		xa_erase(xa, index);
		axvm_host_free_pages(page, order);
		count_backed(gmem, order, -1);
		cond_resched();
	}
}

static void drop_range(struct axvm_gmem *gmem, u64 gpa, u64 last)
{
	drop(gmem, AXVM_HUGE_ORDER, gpa, last);
	drop(gmem, 0, gpa, last);
}

/* --- regions --- */

static int check_flags(const struct axvm_region_cfg *cfg, struct axvm_error *err)
{
	if (cfg->map_type == AXVM_MAP_IDENTICAL)
		return axvm_fail(err, "identically mapped memory is not supported", -EOPNOTSUPP);
	if (cfg->map_type == AXVM_MAP_RESERVED)
		return axvm_fail(err, "reserved host memory is not supported", -EOPNOTSUPP);
	if (cfg->map_type != AXVM_MAP_ALLOC)
		return axvm_fail(err, "unknown map type of a memory region", -EINVAL);
	if (cfg->flags & ~(FLAGS_MEMORY | FLAGS_TYPE))
		return axvm_fail(err, "unknown flag of a memory region", -EINVAL);
	if (cfg->flags & FLAGS_TYPE)
		return axvm_fail(err, "allocated memory cannot be device or uncached memory",
				 -EOPNOTSUPP);
	if (!(cfg->flags & AXVM_REGION_READ))
		return axvm_fail(err, "a memory region must be readable", -EINVAL);
	return 0;
}

static int check_range(const struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
		       struct axvm_error *err)
{
	u64 end;

	if (!cfg->len)
		return axvm_fail(err, "memory region is empty", -EINVAL);
	if (!PAGE_ALIGNED(cfg->gpa | cfg->len))
		return axvm_fail(err, "memory region must start and end at multiples of 4 KiB",
				 -EINVAL);
	if (check_add_overflow(cfg->gpa, cfg->len, &end) || end > AXVM_GPA_LIMIT)
		return axvm_fail(err, "memory region beyond 0x7ffffffff000", -ERANGE);
	if (end > axvm_s2_limit(&gmem->s2))
		return axvm_fail(err, "memory region beyond what the stage-2 tables can map",
				 -ERANGE);
	return 0;
}

/* Where does the new region go? Those before end at or before its start. */
static int find_place(const struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
		      unsigned int *place, struct axvm_error *err)
{
	unsigned int i = region_index(gmem, cfg->gpa);

	if (gmem->nr_regions == AXVM_MAX_REGIONS)
		return axvm_fail(err, "too many memory regions", -ENOSPC);
	if (i < gmem->nr_regions && gmem->regions[i].cfg.gpa < cfg->gpa + cfg->len)
		return axvm_fail(err, "memory region overlaps another one", -EEXIST);
	*place = i;
	return 0;
}

static void insert_region(struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
			  unsigned int place)
{
	struct axvm_region *region = &gmem->regions[place];

	memmove(region + 1, region, (gmem->nr_regions - place) * sizeof(*region));
	region->cfg = *cfg;
	gmem->nr_regions++;
	gmem->total += cfg->len;
}

static int back_region(struct axvm_gmem *gmem, const struct axvm_region *region,
		       const bool *unwanted, struct axvm_error *err)
{
	struct backing backing;
	u64 gpa;
	int ret;

	for (gpa = region->cfg.gpa; gpa < region_end(region);
	     gpa = backing.gpa + backing_len(backing.order)) {
		if (fatal_signal_pending(current) || READ_ONCE(*unwanted))
			return -EINTR;
		ret = back(gmem, gpa, &backing);
		if (ret)
			return axvm_fail(err, "not enough memory to back the region", ret);
		cond_resched();
	}
	return 0;
}

int axvm_gmem_add_region(struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
			 struct axvm_error *err)
{
	unsigned int place;
	int ret;

	ret = check_flags(cfg, err);
	if (!ret)
		ret = check_range(gmem, cfg, err);
	if (!ret)
		ret = find_place(gmem, cfg, &place, err);
	if (ret)
		return ret;

	insert_region(gmem, cfg, place);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_add_region);

int axvm_gmem_prealloc(struct axvm_gmem *gmem, const bool *unwanted, struct axvm_error *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < gmem->nr_regions; i++) {
		if (!gmem->regions[i].cfg.prealloc)
			continue;
		ret = back_region(gmem, &gmem->regions[i], unwanted, err);
		if (ret)
			return ret;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_prealloc);

/* --- access --- */

static int map_backing(struct axvm_gmem *gmem, const struct axvm_region *region,
		       const struct backing *backing)
{
	struct mem_cgroup *charged = axvm_host_charge_to(gmem->memcg);
	int err;

	lockdep_assert_held(&gmem->lock);
	err = axvm_s2_map(&gmem->s2, backing->gpa, page_to_phys(backing->page),
			  backing_len(backing->order), region_prot(region));
	axvm_host_charge_to(charged);
	return err;
}

enum axvm_gmem_fault_result axvm_gmem_fault(struct axvm_gmem *gmem, u64 gpa, u32 access)
{
	const struct axvm_region *region = axvm_gmem_find(gmem, gpa);
	struct backing backing;
	int err;

	if (!region)
		return AXVM_FAULT_NO_REGION;
	if (access & ~region_prot(region))
		return AXVM_FAULT_DENIED;
	err = back_and_lock(gmem, region, gpa, &backing);
	if (err)
		return AXVM_FAULT_NO_MEMORY;
	err = map_backing(gmem, region, &backing);
	mutex_unlock(&gmem->lock);
	return err ? AXVM_FAULT_NO_MEMORY : AXVM_FAULT_MAPPED;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_fault);

/* The page at @gpa without a reference; no lock is taken where it is there. */
static struct page *page_at(struct axvm_gmem *gmem, u64 gpa)
{
	struct backing backing;
	int err;

	if (!find_backing(gmem, gpa, &backing)) {
		err = back(gmem, gpa, &backing);
		if (err)
			return ERR_PTR(err);
	}
	return backing.page + ((gpa - backing.gpa) >> PAGE_SHIFT);
}

int axvm_gmem_read(struct axvm_gmem *gmem, u64 gpa, void *buf, size_t len)
{
	struct page *page;
	size_t part;

	if (!axvm_gmem_contains(gmem, gpa, len))
		return -EFAULT;
	for (; len; gpa += part, buf += part, len -= part) {
		part = min_t(size_t, len, PAGE_SIZE - offset_in_page(gpa));
		page = page_at(gmem, gpa);
		if (IS_ERR(page))
			return PTR_ERR(page);
		memcpy_from_page(buf, page, offset_in_page(gpa), part);
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_read);

int axvm_gmem_write(struct axvm_gmem *gmem, u64 gpa, const void *buf, size_t len)
{
	struct page *page;
	size_t part;

	if (!axvm_gmem_contains(gmem, gpa, len))
		return -EFAULT;
	for (; len; gpa += part, buf += part, len -= part) {
		part = min_t(size_t, len, PAGE_SIZE - offset_in_page(gpa));
		page = page_at(gmem, gpa);
		if (IS_ERR(page))
			return PTR_ERR(page);
		memcpy_to_page(page, offset_in_page(gpa), buf, part);
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_write);

void *axvm_gmem_kva(struct axvm_gmem *gmem, u64 gpa)
{
	struct backing backing;

	if (!find_backing(gmem, gpa, &backing))
		return NULL;
	return page_address(backing.page) + (gpa - backing.gpa);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_kva);

/* The address that the first entry from gpa on stands for. */
static u64 find_entry(struct xarray *index, unsigned int shift, u64 gpa, u64 end)
{
	unsigned long at = gpa >> shift;

	if (gpa >= end || !xa_find(index, &at, (end - 1) >> shift, XA_PRESENT))
		return end;
	return max_t(u64, gpa, (u64)at << shift);
}

u64 axvm_gmem_find_backed(struct axvm_gmem *gmem, u64 gpa, u64 end)
{
	u64 block = find_entry(&gmem->blocks, CHUNK_SHIFT, gpa, end);

	return find_entry(&gmem->pages, PAGE_SHIFT, gpa, block);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_find_backed);

struct page *axvm_gmem_page(struct axvm_gmem *gmem, u64 gpa)
{
	const struct axvm_region *region = axvm_gmem_find(gmem, gpa);
	struct backing backing;
	struct page *page;
	int err;

	if (!region)
		return ERR_PTR(-EFAULT);
	/* The lock keeps the page from being freed before it has our reference. */
	err = back_and_lock(gmem, region, gpa, &backing);
	if (err)
		return ERR_PTR(err);
	page = backing.page + ((gpa - backing.gpa) >> PAGE_SHIFT);
	get_page(page);
	mutex_unlock(&gmem->lock);
	return page;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_page);

/* --- life --- */

void axvm_gmem_clear(struct axvm_gmem *gmem)
{
	int err;

	mutex_lock(&gmem->lock);
	/* All of it cuts no leaf, so it cannot fail; keep the pages if it did. */
	err = axvm_s2_unmap(&gmem->s2, 0, axvm_s2_limit(&gmem->s2));
	if (!WARN_ON_ONCE(err))
		drop_range(gmem, 0, U64_MAX);
	mutex_unlock(&gmem->lock);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_clear);

int axvm_gmem_init(struct axvm_gmem *gmem, const struct axvm_s2_fmt *fmt,
		   const struct axvm_s2_ops *ops)
{
	int err;

	*gmem = (struct axvm_gmem){};
	gmem->regions = kcalloc(AXVM_MAX_REGIONS, sizeof(*gmem->regions), GFP_KERNEL_ACCOUNT);
	if (!gmem->regions)
		return -ENOMEM;
	err = axvm_s2_init(&gmem->s2, fmt, ops);
	if (err)
		goto err_regions;
	mutex_init(&gmem->lock);
	xa_init_flags(&gmem->blocks, XA_FLAGS_ACCOUNT);
	xa_init_flags(&gmem->pages, XA_FLAGS_ACCOUNT);
	gmem->memcg = axvm_host_get_memcg();
	return 0;

err_regions:
	kfree(gmem->regions);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_init);

void axvm_gmem_exit(struct axvm_gmem *gmem)
{
	axvm_gmem_clear(gmem);
	xa_destroy(&gmem->pages);
	xa_destroy(&gmem->blocks);
	axvm_s2_exit(&gmem->s2);
	mutex_destroy(&gmem->lock);
	axvm_host_put_memcg(gmem->memcg);
	kfree(gmem->regions);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_gmem_exit);
