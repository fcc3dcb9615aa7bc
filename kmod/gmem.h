/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory: regions, the pages that back them, and access by address.
 *
 * Owned by a VM. Regions are added while the VM is created and are immutable
 * once it is sealed, so looking one up takes no lock. Backing pages appear on
 * first touch (by the guest, a device, an image or user space) and stay until
 * the memory is cleared or the VM is freed.
 */
#ifndef AXVM_GMEM_H
#define AXVM_GMEM_H

#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "host.h"
#include "s2.h"

#define AXVM_MAX_REGIONS	64
#define AXVM_GPA_LIMIT		0x7ffffffff000ULL	/* first address that no region may reach */

/* AxVisor's flag bits of a memory region. */
#define AXVM_REGION_READ	BIT(0)
#define AXVM_REGION_WRITE	BIT(1)
#define AXVM_REGION_EXEC	BIT(2)
#define AXVM_REGION_USER	BIT(3)
#define AXVM_REGION_DEVICE	BIT(4)
#define AXVM_REGION_UNCACHED	BIT(5)

/* Where a region's memory comes from; values of the uapi's enum axvm_map_type. */
enum axvm_map {
	AXVM_MAP_ALLOC,		/* zeroed host memory, mapped at the given address */
	AXVM_MAP_IDENTICAL,	/* host-contiguous memory, mapped at its own address */
	AXVM_MAP_RESERVED,	/* the given host range, mapped one to one */
};

/**
 * struct axvm_region_cfg - a region as asked for
 * @gpa: 4 KiB aligned
 * @len: 4 KiB multiple, not 0
 * @flags: AXVM_REGION_*; READ is required
 * @map_type: enum axvm_map
 * @prealloc: axvm_gmem_prealloc() backs all of it
 */
struct axvm_region_cfg {
	u64 gpa;
	u64 len;
	u32 flags;
	u32 map_type;
	bool prealloc;
};

/**
 * struct axvm_region - one region; immutable
 * @cfg: as configured
 */
struct axvm_region {
	struct axvm_region_cfg cfg;
};

/**
 * struct axvm_gmem - the memory of one VM
 * @s2: its stage-2 tables
 * @lock: serialises backing and clearing; outside of @s2.lock
 * @regions: sorted by address, immutable after seal
 * @nr_regions: their number
 * @blocks: 2 MiB blocks (their first page) by gpa >> 21 [written under lock, read by RCU]
 * @pages: single pages by gpa >> 12, where there is no block [written under lock, read by RCU]
 * @memcg: memory cgroup of the creator, to which all is charged
 * @total: bytes configured
 * @backed: bytes backed [written under lock, READ_ONCE elsewhere]
 * @backed_huge: of these, in 2 MiB blocks [written under lock, READ_ONCE elsewhere]
 */
struct axvm_gmem {
	struct axvm_s2 s2;
	struct mutex lock;	/* see above */
	struct axvm_region *regions;
	unsigned int nr_regions;
	struct xarray blocks;
	struct xarray pages;
	struct mem_cgroup *memcg;
	u64 total;
	u64 backed;
	u64 backed_huge;
};

/**
 * axvm_gmem_init() - make the empty memory of a new VM
 * @gmem: to fill
 * @fmt: stage-2 format
 * @ops: stage-2 hooks of the backend
 *
 * What the VM uses from now on is charged to the caller's memory cgroup.
 *
 * Context: process.
 *
 * Return: 0; -EINVAL the format makes no sense; -ENOMEM.
 */
int axvm_gmem_init(struct axvm_gmem *gmem, const struct axvm_s2_fmt *fmt,
		   const struct axvm_s2_ops *ops);

/**
 * axvm_gmem_exit() - free pages, then tables
 * @gmem: of a VM whose threads are gone, and to which no descriptor or user mapping is left
 *
 * Flushes if anything is mapped, so the backend's part of the VM goes later.
 * Context: process, may sleep.
 */
void axvm_gmem_exit(struct axvm_gmem *gmem);

/**
 * axvm_gmem_add_region() - add one region
 * @gmem: memory of a VM that is not sealed
 * @cfg: what to add
 * @err: gets the reason of a failure
 *
 * Context: process, may sleep; nobody else uses @gmem yet.
 * Return: 0; -EINVAL alignment, flags; -ERANGE beyond AXVM_GPA_LIMIT or the stage-2 format's width;
 * -EEXIST overlap; -EOPNOTSUPP map type or memory type; -ENOSPC too many.
 */
int axvm_gmem_add_region(struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
			 struct axvm_error *err);

/**
 * axvm_gmem_prealloc() - back all regions that ask for it
 * @gmem: memory whose regions are complete
 * @unwanted: looked at now and then: true means give up
 * @err: gets the reason of a failure
 *
 * What was backed before a failure stays until axvm_gmem_exit().
 *
 * Context: process, may sleep, may take as long as zeroing all of the host's memory.
 *
 * Return: 0; -ENOMEM; -EINTR killed, or unwanted.
 */
int axvm_gmem_prealloc(struct axvm_gmem *gmem, const bool *unwanted, struct axvm_error *err);

/* Any context; lock-free. Return: the region that holds gpa, or NULL. */
const struct axvm_region *axvm_gmem_find(const struct axvm_gmem *gmem, u64 gpa);

/* Is all of [gpa, gpa + len) memory, in regions that may touch each other? Any context. */
bool axvm_gmem_contains(const struct axvm_gmem *gmem, u64 gpa, u64 len);

/* enum axvm_gmem_fault_result - what became of a stage-2 fault. */
enum axvm_gmem_fault_result {
	AXVM_FAULT_MAPPED,	/* enter the guest again */
	AXVM_FAULT_NO_REGION,	/* not memory */
	AXVM_FAULT_DENIED,	/* the region's permissions forbid it: inject into the guest */
	AXVM_FAULT_NO_MEMORY,	/* the host has none left: the VM crashes */
};

/**
 * axvm_gmem_fault() - back and map the memory at a faulting address
 * @gmem: memory of a VM
 * @gpa: faulting address
 * @access: AXVM_PROT_* of the access
 *
 * Context: process, may sleep; takes @gmem->lock and the stage-2 lock.
 *
 * Return: what became of the fault.
 */
enum axvm_gmem_fault_result axvm_gmem_fault(struct axvm_gmem *gmem, u64 gpa, u32 access);

/**
 * axvm_gmem_read() - copy out of guest memory, backing it as needed
 * @gmem: memory
 * @gpa: any alignment, may cross pages and adjacent regions
 * @buf: destination
 * @len: bytes
 *
 * Region permissions do not bind the host. Takes no lock where pages are
 * there: whoever clears the memory has stopped those who read it.
 *
 * Context: process, may sleep.
 *
 * Return: 0; -EFAULT not all memory, then nothing
 * was copied; -ENOMEM.
 */
int axvm_gmem_read(struct axvm_gmem *gmem, u64 gpa, void *buf, size_t len);

/* As axvm_gmem_read(), the other way. */
int axvm_gmem_write(struct axvm_gmem *gmem, u64 gpa, const void *buf, size_t len);

/**
 * axvm_gmem_kva() - where a byte of guest memory is in the kernel, without backing it
 * @gmem: memory
 * @gpa: any address
 *
 * Good to the end of the 4 KiB page, until axvm_gmem_clear(), which waits for
 * all vCPU threads: they may keep the address while they run. A guest writes
 * there at any moment. Region permissions do not bind the host.
 *
 * Context: any.
 *
 * Return: the address, NULL when there is no memory or it is not backed.
 */
void *axvm_gmem_kva(struct axvm_gmem *gmem, u64 gpa);

/**
 * axvm_gmem_find_backed() - the first page at or behind an address that is backed
 * @gmem: memory
 * @gpa: where to begin, page-aligned
 * @end: where to stop, page-aligned
 *
 * As fast where nothing is backed as where all is.
 *
 * Context: any.
 *
 * Return: its address; @end when there is none before.
 */
u64 axvm_gmem_find_backed(struct axvm_gmem *gmem, u64 gpa, u64 end);

/**
 * axvm_gmem_page() - the page that backs an address, backing it as needed
 * @gmem: memory
 * @gpa: any address in the page
 *
 * For the mmap fault handler. Takes a reference that the caller drops. The page
 * can leave guest memory at once unless the caller keeps axvm_gmem_clear() out.
 *
 * Context: process, may sleep; takes @gmem->lock.
 *
 * Return: page or ERR_PTR(-EFAULT, -ENOMEM).
 */
struct page *axvm_gmem_page(struct axvm_gmem *gmem, u64 gpa);

/**
 * axvm_gmem_clear() - take all backing away, as after power-on
 * @gmem: memory
 *
 * Unmaps and flushes stage-2 first, then frees the pages: the next touch finds
 * zeroes. The caller has stopped vCPUs and devices, and taken away user mappings.
 * Context: process, may sleep; takes @gmem->lock and the stage-2 lock.
 */
void axvm_gmem_clear(struct axvm_gmem *gmem);

#endif /* AXVM_GMEM_H */
