// SPDX-License-Identifier: GPL-2.0
/*
 * Memory as a device tree tells it, without what is taken: reservations, the
 * tree itself and the program.
 */
#include "cpu.h"
#include "fdt.h"

#define PAGE	4096UL

struct memory_list {
	struct range *ranges;
	unsigned int nr;
	unsigned int max;
};

static void add_range(struct memory_list *list, u64 base, u64 end)
{
	if (base < end && list->nr < list->max)
		list->ranges[list->nr++] = (struct range){ .base = base, .len = end - base };
}

/* Take [base, base + len), widened to pages, out of all ranges. */
static void cut_range(struct memory_list *list, u64 base, u64 len)
{
	u64 end = (base + len + PAGE - 1) & -PAGE;
	unsigned int i, nr = list->nr;

	base &= -PAGE;
	for (i = 0; i < nr; i++) {
		struct range *range = &list->ranges[i];
		u64 range_end = range->base + range->len;

		if (end <= range->base || base >= range_end)
			continue;
		add_range(list, end > range->base ? end : range->base, range_end);
		range->len = base > range->base ? base - range->base : 0;
	}
}

static void cut_reserved(struct memory_list *list)
{
	int parent = fdt_path("reserved-memory");
	int node = parent == FDT_NONE ? FDT_NONE : fdt_child(parent);
	unsigned int i;
	u64 base, len;

	for (; node != FDT_NONE; node = fdt_sibling(node)) {
		if (fdt_reg(node, 0, &base, &len))
			cut_range(list, base, len);
	}
	for (i = 0; fdt_reservation(i, &base, &len); i++)
		cut_range(list, base, len);
	cut_range(list, (u64)__image_start, __image_end - __image_start);
	cut_range(list, (u64)fdt_blob(), fdt_size());
}

unsigned int fdt_free_memory(struct range *ranges, unsigned int max)
{
	struct memory_list list = { .ranges = ranges, .max = max };
	int node = fdt_child(fdt_next(FDT_NONE));
	unsigned int i;
	u64 base, len;

	for (; node != FDT_NONE; node = fdt_sibling(node)) {
		if (strncmp(fdt_name(node), "memory@", 7))
			continue;
		for (i = 0; fdt_reg(node, i, &base, &len); i++)
			add_range(&list, base, base + len);
	}
	cut_reserved(&list);
	return list.nr;
}
