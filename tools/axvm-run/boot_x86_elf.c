// SPDX-License-Identifier: GPL-2.0
/*
 * ELF kernels of x86_64 guests: placing them, and starting them at the entry
 * point of their header.
 *
 * Called by the other boot_x86*.c files. A file of 64 bits starts in long mode,
 * one of 32 bits in protected mode. Either finds Linux's zero page by RSI, which
 * is what a vmlinux needs, and the start info of PVH by RBX.
 */
#include <linux/axvm.h>
#include <string.h>

#include "boot_x86.h"
#include "pc.h"

#define RELOCATABLE_BASE	0x200000ULL

bool x86_parse_elf(struct x86_boot *x, struct image_error *error)
{
	if (x->image.format == IMAGE_ELF)
		return true;
	return image_is_elf(&x->kernel) && image_parse(&x->kernel, &x->image, error);
}

static uint64_t end_of(const struct image_info *image)
{
	uint64_t end = 0;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		if (image->segments[i].gpa + image->segments[i].mem_len > end)
			end = image->segments[i].gpa + image->segments[i].mem_len;
	return end;
}

static uint64_t start_of(const struct image_info *image)
{
	uint64_t start = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		if (image->segments[i].gpa < start)
			start = image->segments[i].gpa;
	return start;
}

/* Where address 0 of the segments goes. */
static bool find_base(struct x86_boot *x, uint64_t *base)
{
	const struct config_addr *load = &x->b->cfg->kernel.load;
	const struct image_info *image = &x->image;

	*base = 0;
	if (!load->set && !image->relocatable)
		return true;
	if (!image->relocatable)
		return load->value == start_of(image) ||
		       boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but the kernel is linked for 0x%llx; leave the key out",
				 (unsigned long long)load->value,
				 (unsigned long long)start_of(image));
	*base = load->value;
	if (load->set)
		return !(*base % image->align) ||
		       boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but this kernel needs a multiple of 0x%llx",
				 (unsigned long long)*base, (unsigned long long)image->align);
	return boot_find_low(x->b, RELOCATABLE_BASE, PC_HOLE_END, end_of(image), image->align,
			     base) ||
	       x86_kernel_error(x, "of %llu MiB finds no room below 4 GiB; %s",
				boot_to_mib(end_of(image)), boot_how_to_grow(x->b->cfg));
}

bool x86_load_elf(struct x86_boot *x)
{
	struct image_info *image = &x->image;
	uint64_t base;
	unsigned int i;

	if (!find_base(x, &base))
		return false;
	image->entry += base;
	image->pvh_entry += image->relocatable ? base : 0;
	for (i = 0; i < image->nr_segments; i++) {
		struct image_segment *segment = &image->segments[i];

		segment->gpa += base;
		if (!x86_reserve_kernel(x, segment->gpa, segment->mem_len))
			return false;
		x86_add_kernel(x, segment->gpa, segment->offset, segment->file_len);
	}
	return true;
}

static bool recognise(struct x86_boot *x)
{
	return x->image.format == IMAGE_ELF;
}

static bool load(struct x86_boot *x)
{
	const struct config_addr *entry = &x->b->cfg->entry;

	if (!x86_load_elf(x))
		return false;
	x->mode = x->image.is_32bit ? AXVM_X86_MODE_PROTECTED : AXVM_X86_MODE_LONG;
	x->entry = entry->set ? entry->value : x->image.entry;
	if (!boot_find_obstacle(x->b, x->entry, 1))
		diag_add(x->b->diag, DIAG_WARNING, entry->pos, "kernel.entry_point",
			 "0x%llx is not in the kernel, which begins at 0x%llx",
			 (unsigned long long)x->entry,
			 (unsigned long long)start_of(&x->image));
	return true;
}

static bool start(struct x86_boot *x)
{
	return x86_put_zero_page(x, &x->rsi) && x86_put_start_info(x, &x->rbx);
}

const struct x86_method x86_elf = {
	.name = "an ELF file",
	.recognise = recognise,
	.load = load,
	.start = start,
};
