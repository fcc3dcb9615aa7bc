/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory: regions, the pages that back them, and access by address.
 *
 * Owned by a VM. Regions are added while the VM is created and are immutable
 * once it is sealed, so looking one up takes no lock. Backing pages appear on
 * first touch (by the guest, a device, an image or user space) and stay until the memory is cleared or the VM is freed.
 */
#ifndef AXVM_GMEM_H
#define AXVM_GMEM_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "host.h"
#include "s2.h"

#define AXVM_MAX_REGIONS	64
#define AXVM_GPA_LIMIT		0x7ffffffff000ULL	/* first address that no region may reach */

/* AxVisor's flag bits of a memory region. */
#define AXVM_REGION_READ	(1u << 0)
#define AXVM_REGION_WRITE	(1u << 1)
#define AXVM_REGION_EXEC	(1u << 2)
#define AXVM_REGION_USER	(1u << 3)
#define AXVM_REGION_DEVICE	(1u << 4)
#define AXVM_REGION_UNCACHED	(1u << 5)

/**
 * struct axvm_region_cfg - a region as asked for
 * @gpa: 4 KiB aligned
 * @len: 4 KiB multiple, not 0
 * @flags: AXVM_REGION_*; READ is required
 * @map_type: enum axvm_map_type (uapi)
 * @prealloc: back everything when the region is added
 */
struct axvm_region_cfg {
	u64 gpa;
	u64 len;
	u32 flags;
	u32 map_type;
	bool prealloc;
};

struct axvm_chunk;

/**
 * struct axvm_region - one region, immutable but for its chunks
 * @cfg: as configured
 * @chunks: one per 2 MiB of guest-physical address space that the region touches
 * @nr_chunks: their number
 */
struct axvm_region {
	struct axvm_region_cfg cfg;
	struct axvm_chunk *chunks;
	unsigned long nr_chunks;
};

/**
 * struct axvm_gmem - the memory of one VM
 * @s2: its stage-2 tables
 * @lock: serialises backing and clearing; outside of @s2.lock
 * @regions: sorted by address, immutable after seal
 * @nr_regions: their number
 * @total: bytes configured
 * @backed: bytes backed (READ_ONCE for figures) [lock]
 * @backed_huge: of these, in 2 MiB blocks [lock]
 */
struct axvm_gmem {
	struct axvm_s2 s2;
	struct mutex lock;
	struct axvm_region *regions;
	unsigned int nr_regions;
	u64 total;
	u64 backed;
	u64 backed_huge;
};

int axvm_gmem_init(struct axvm_gmem *gmem, const struct axvm_s2_fmt *fmt,
		   const struct axvm_s2_ops *ops);

/* Frees tables and pages; the caller has made sure that no vCPU runs and no user mapping is left. */
void axvm_gmem_exit(struct axvm_gmem *gmem);

/**
 * axvm_gmem_add_region() - add one region
 * @gmem: memory of a VM that is not sealed
 * @cfg: what to add
 * @err: gets the reason of a failure
 *
 * Return: 0; -EINVAL alignment, flags; -ERANGE beyond AXVM_GPA_LIMIT or the stage-2 format's width;
 * -EEXIST overlap; -EOPNOTSUPP map type; -ENOSPC too many; -ENOMEM.
 */
int axvm_gmem_add_region(struct axvm_gmem *gmem, const struct axvm_region_cfg *cfg,
			 struct axvm_error *err);

/* Any context; lock-free. Return: the region that holds gpa, or NULL. */
const struct axvm_region *axvm_gmem_find(const struct axvm_gmem *gmem, u64 gpa);

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
 */
enum axvm_gmem_fault_result axvm_gmem_fault(struct axvm_gmem *gmem, u64 gpa, u32 access);

/**
 * axvm_gmem_read() - copy out of guest memory, backing it as needed
 * @gmem: memory
 * @gpa: any alignment, may cross pages and adjacent regions
 * @buf: destination
 * @len: bytes
 *
 * Region permissions do not bind the host. Context: process, may sleep.
 * Return: 0; -EFAULT not all memory; -ENOMEM.
 */
int axvm_gmem_read(struct axvm_gmem *gmem, u64 gpa, void *buf, size_t len);
int axvm_gmem_write(struct axvm_gmem *gmem, u64 gpa, const void *buf, size_t len);

/**
 * axvm_gmem_page() - the page that backs an address, backing it as needed
 *
 * For the mmap fault handler. Takes a reference that the caller drops.
 * Context: process, may sleep. Return: page or ERR_PTR(-EFAULT, -ENOMEM).
 */
struct page *axvm_gmem_page(struct axvm_gmem *gmem, u64 gpa);

/**
 * axvm_gmem_clear() - take all backing away, as after power-on
 *
 * Unmaps and flushes stage-2 first, then frees the pages: the next touch finds zeroes. The caller has stopped all vCPUs and zapped user mappings.
 * Context: process, may sleep.
 */
void axvm_gmem_clear(struct axvm_gmem *gmem);

#endif /* AXVM_GMEM_H */
