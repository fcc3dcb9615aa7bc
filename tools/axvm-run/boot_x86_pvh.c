// SPDX-License-Identifier: GPL-2.0
/*
 * PVH: kernels with an entry point of 32 bits in an ELF note of Xen.
 *
 * Called by boot_x86.c. Layouts are those of Xen's
 * public/arch-x86/hvm/start_info.h, the state of the CPU that of its
 * docs/misc/pvh.pandoc.
 */
#include <linux/axvm.h>
#include <string.h>

#include "boot_x86.h"

#define START_MAGIC	0x336ec578
#define START_VERSION	1	/* has the memory map */

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct start_module {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

struct start_range {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

static bool recognise(struct x86_boot *x)
{
	return x->image.has_pvh;
}

static bool load(struct x86_boot *x)
{
	if (!x86_load_elf(x))
		return false;
	if (!boot_find_obstacle(x->b, x->image.pvh_entry, 1))
		return x86_kernel_error(x,
					"is damaged: its PVH entry point 0x%llx is in no segment",
					(unsigned long long)x->image.pvh_entry);
	x->mode = AXVM_X86_MODE_PROTECTED;
	return x86_set_entry(x, x->image.pvh_entry);
}

static bool put_map(struct x86_boot *x, struct start_info *info)
{
	struct start_range ranges[X86_MAX_RANGES] = {0};
	unsigned int i;

	for (i = 0; i < x->nr_ranges; i++) {
		ranges[i].addr = x->map[i].gpa;
		ranges[i].size = x->map[i].len;
		ranges[i].type = x->map[i].type;
	}
	info->memmap_entries = x->nr_ranges;
	return x86_put(x, ranges, x->nr_ranges * sizeof(ranges[0]), 8, "the memory map",
		       &info->memmap_paddr);
}

static bool put_modules(struct x86_boot *x, struct start_info *info)
{
	const struct start_module module = {
		.paddr = x->b->initrd_gpa,
		.size = x->b->initrd.len,
	};

	if (!x->b->initrd.data)
		return true;
	info->nr_modules = 1;
	return x86_put(x, &module, sizeof(module), 8, "the module list", &info->modlist_paddr);
}

bool x86_put_start_info(struct x86_boot *x, uint64_t *gpa)
{
	struct start_info info = {
		.magic = START_MAGIC,
		.version = START_VERSION,
		.rsdp_paddr = x->rsdp,
	};

	return put_map(x, &info) && put_modules(x, &info) &&
	       x86_put_cmdline(x, &info.cmdline_paddr) &&
	       x86_put(x, &info, sizeof(info), 8, "the start info", gpa);
}

static bool start(struct x86_boot *x)
{
	return x86_put_start_info(x, &x->rbx);
}

const struct x86_method x86_pvh = {
	.name = "a kernel with a PVH note",
	.recognise = recognise,
	.load = load,
	.start = start,
};
