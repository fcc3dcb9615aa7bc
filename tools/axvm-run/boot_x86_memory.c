// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of x86_64 guests: the map that they are told, and the boot block.
 *
 * Called by the other boot_x86*.c files.
 */
#include <linux/axvm.h>
#include <stdlib.h>
#include <string.h>

#include "boot_x86.h"
#include "pc.h"

#define GIB		(1ULL << 30)
#define LARGE_PAGE	(2ULL << 20)
#define ENTRIES		512		/* of a page table */
#define LEAST_GIB	4		/* that are mapped */

/* Page table entries (SDM 3, 4.5): present, writable; a large page. */
#define PTE_TABLE	0x3
#define PTE_LARGE	0x83

/* Descriptors (SDM 3, 3.4.5): flat, present, accessed, of privilege 0. */
#define DESC_CODE_64	0x00af9b000000ffffULL
#define DESC_CODE_32	0x00cf9b000000ffffULL
#define DESC_DATA	0x00cf93000000ffffULL

static void add_range(struct x86_boot *x, uint64_t gpa, uint64_t end, uint32_t type)
{
	if (gpa < end)
		x->map[x->nr_ranges++] = (struct x86_range){ gpa, end - gpa, type };
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* RAM is what the guest can read, write and execute; the legacy area is no RAM. */
static void add_region(struct x86_boot *x, const struct config_region *region)
{
	const uint32_t ram = CONFIG_MEM_READ | CONFIG_MEM_WRITE | CONFIG_MEM_EXEC;
	uint32_t type = (region->flags & ram) == ram ? X86_MEMORY_RAM : X86_MEMORY_RESERVED;
	uint64_t start = region->gpa, end = region->gpa + region->size;

	add_range(x, start, clamp(PC_LOW_END, start, end), type);
	add_range(x, clamp(PC_LOW_END, start, end), clamp(PC_LEGACY_END, start, end),
		  X86_MEMORY_RESERVED);
	add_range(x, clamp(PC_LEGACY_END, start, end), end, type);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct x86_range *left = a, *right = b;

	return left->gpa < right->gpa ? -1 : left->gpa > right->gpa;
}

void x86_make_map(struct x86_boot *x)
{
	unsigned int i;

	for (i = 0; i < x->b->cfg->nr_regions; i++)
		add_region(x, &x->b->cfg->regions[i]);
	qsort(x->map, x->nr_ranges, sizeof(x->map[0]), compare_ranges);
}

/* All memory is mapped as far as one root entry reaches, and the devices below 4 GiB. */
static unsigned int count_gib(const struct x86_boot *x)
{
	const struct x86_range *last = &x->map[x->nr_ranges - 1];
	uint64_t nr = (last->gpa + last->len + GIB - 1) / GIB;

	return clamp(nr, LEAST_GIB, ENTRIES);
}

/* Root, one table of GiBs, and a table of large pages for each GiB. */
static void fill_tables(uint64_t *tables, uint64_t gpa, unsigned int gibs)
{
	uint64_t *upper = tables + ENTRIES, *lower = upper + ENTRIES;
	unsigned int i;

	tables[0] = (gpa + BOOT_PAGE) | PTE_TABLE;
	for (i = 0; i < gibs; i++)
		upper[i] = (gpa + (2 + i) * BOOT_PAGE) | PTE_TABLE;
	for (i = 0; i < gibs * ENTRIES; i++)
		lower[i] = i * LARGE_PAGE | PTE_LARGE;
}

static void fill_gdt(uint64_t *gdt, uint32_t mode)
{
	gdt[AXVM_X86_SEL_CODE / sizeof(*gdt)] =
		mode == AXVM_X86_MODE_LONG ? DESC_CODE_64 : DESC_CODE_32;
	gdt[AXVM_X86_SEL_DATA / sizeof(*gdt)] = DESC_DATA;
}

bool x86_put_block(struct x86_boot *x, uint64_t *gpa)
{
	unsigned int gibs = x->mode == AXVM_X86_MODE_LONG ? count_gib(x) : 0;
	size_t len = AXVM_X86_BLOCK_ROOT + (gibs ? (2 + gibs) * BOOT_PAGE : 0);
	uint8_t *block = x86_new(x, len, BOOT_PAGE, "the boot block", gpa);

	if (!block)
		return false;
	fill_gdt((uint64_t *)(block + AXVM_X86_BLOCK_GDT), x->mode);
	if (gibs)
		fill_tables((uint64_t *)(block + AXVM_X86_BLOCK_ROOT),
			    *gpa + AXVM_X86_BLOCK_ROOT, gibs);
	return true;
}
