// SPDX-License-Identifier: GPL-2.0
/*
 * Multiboot 1: kernels with its header, in an ELF file or with addresses in the
 * header itself.
 *
 * Called by boot_x86.c. Layouts and sections are those of the multiboot
 * specification 0.6.96.
 */
#include <linux/axvm.h>
#include <string.h>

#include "boot_x86.h"
#include "pc.h"

#define LOADER_MAGIC	0x2badb002	/* 3.2 */

/* Flags of the header (3.1.2). Those of the low half are demands. */
#define WANT_ALIGNED	(1u << 0)
#define WANT_MEMORY	(1u << 1)
#define WANT_VIDEO	(1u << 2)
#define WANT_KNOWN	(WANT_ALIGNED | WANT_MEMORY)
#define WANT_MASK	0xffffu
#define HAS_ADDRESSES	(1u << 16)

/* Flags of the information (3.3). */
#define INFO_MEMORY	(1u << 0)
#define INFO_CMDLINE	(1u << 2)
#define INFO_MODULES	(1u << 3)
#define INFO_MAP	(1u << 6)
#define INFO_LOADER	(1u << 9)

/* 3.1.1 */
struct mb_header {
	uint32_t magic;
	uint32_t flags;
	uint32_t checksum;
	uint32_t header_addr;
	uint32_t load_addr;
	uint32_t load_end_addr;
	uint32_t bss_end_addr;
	uint32_t entry_addr;
};

#define HEADER_MIN	12	/* bytes without addresses */

/* 3.3 */
struct mb_info {
	uint32_t flags;
	uint32_t mem_lower;
	uint32_t mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length;
	uint32_t mmap_addr;
	uint32_t drives_length;
	uint32_t drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
	uint32_t apm_table;
	uint32_t vbe[4];
};

struct mb_module {
	uint32_t start;
	uint32_t end;
	uint32_t string;
	uint32_t reserved;
};

struct mb_range {
	uint32_t size;		/* of what follows */
	uint64_t addr;
	uint64_t len;
	uint32_t type;
} __attr(packed);

static bool recognise(struct x86_boot *x)
{
	return image_find_multiboot(&x->kernel, &x->header);
}

/* What the header has no bytes for is 0. */
static struct mb_header read_header(const struct x86_boot *x)
{
	struct mb_header header = {0};
	uint64_t left = x->kernel.len - x->header;

	memcpy(&header, x->kernel.data + x->header, left < sizeof(header) ? left : sizeof(header));
	return header;
}

/**
 * struct extent - what is loaded by the addresses of a header
 * @offset: where it begins in the file
 * @len: bytes of the file
 * @mem_len: bytes of memory
 */
struct extent {
	uint64_t offset;
	uint64_t len;
	uint64_t mem_len;
};

static bool find_extent(struct x86_boot *x, const struct mb_header *header,
			struct extent *extent)
{
	uint64_t before = (uint64_t)header->header_addr - header->load_addr;
	uint64_t end = header->load_end_addr;

	if (x->kernel.len - x->header < sizeof(*header))
		return x86_kernel_error(x, "is damaged: its multiboot header is cut short");
	if (header->header_addr < header->load_addr || before > x->header)
		return x86_kernel_error(x,
					"is damaged: its multiboot header is said to be at 0x%x, "
					"its first byte at 0x%x", header->header_addr,
					header->load_addr);
	extent->offset = x->header - before;
	extent->len = x->kernel.len - extent->offset;
	if (end && (end < header->load_addr || end - header->load_addr > extent->len))
		return x86_kernel_error(x,
					"is damaged: its multiboot header ends what is loaded at "
					"0x%x, outside of the file", header->load_end_addr);
	if (end)
		extent->len = end - header->load_addr;
	if (header->bss_end_addr && header->bss_end_addr < header->load_addr + extent->len)
		return x86_kernel_error(x, "is damaged: its multiboot header ends the memory at "
					"0x%x, before what is loaded", header->bss_end_addr);
	extent->mem_len = header->bss_end_addr ? header->bss_end_addr - header->load_addr :
						 extent->len;
	return extent->len || x86_kernel_error(x, "is damaged: its multiboot header loads nothing");
}

/* 3.1.3, which the specification calls the a.out kludge */
static bool load_by_header(struct x86_boot *x, const struct mb_header *header)
{
	const struct config_addr *load = &x->b->cfg->kernel.load;
	struct extent extent = {0};

	if (!find_extent(x, header, &extent))
		return false;
	if (load->set && load->value != header->load_addr)
		return boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but the multiboot header says 0x%x; leave the key out",
				 (unsigned long long)load->value, header->load_addr);
	if (header->entry_addr < header->load_addr ||
	    header->entry_addr - header->load_addr >= extent.mem_len)
		return x86_kernel_error(x, "is damaged: its multiboot entry point 0x%x is outside "
					"of what is loaded", header->entry_addr);
	if (!x86_reserve_kernel(x, header->load_addr, extent.mem_len))
		return false;
	x86_add_kernel(x, header->load_addr, extent.offset, extent.len);
	return x86_set_entry(x, header->entry_addr);
}

static bool load_by_elf(struct x86_boot *x)
{
	if (x->image.format != IMAGE_ELF)
		return x86_kernel_error(x, "has a multiboot header without addresses and is no ELF "
					"file; one of both is needed");
	return x86_load_elf(x) && x86_set_entry(x, x->image.entry);
}

static bool load(struct x86_boot *x)
{
	const struct mb_header header = read_header(x);

	if (header.flags & WANT_VIDEO)
		return x86_kernel_error(x, "wants a video mode in its multiboot header; there is "
					"no screen");
	if (header.flags & WANT_MASK & ~WANT_KNOWN)
		return x86_kernel_error(x, "demands 0x%x in its multiboot header, which is unknown",
					header.flags & WANT_MASK & ~WANT_KNOWN);
	x->mode = AXVM_X86_MODE_PROTECTED;
	x->eax = LOADER_MAGIC;
	return header.flags & HAS_ADDRESSES ? load_by_header(x, &header) : load_by_elf(x);
}

/* KiB of RAM from @gpa on without a gap. */
static uint32_t count_memory(const struct x86_boot *x, uint64_t gpa)
{
	uint64_t end = gpa, kib;
	unsigned int i;

	for (i = 0; i < x->nr_ranges; i++)
		if (x->map[i].type == X86_MEMORY_RAM && x->map[i].gpa <= end &&
		    x->map[i].gpa + x->map[i].len > end)
			end = x->map[i].gpa + x->map[i].len;
	kib = (end - gpa) / 1024;
	return kib > UINT32_MAX ? UINT32_MAX : kib;
}

static bool put_map(struct x86_boot *x, struct mb_info *info)
{
	struct mb_range ranges[X86_MAX_RANGES];
	uint64_t gpa;
	unsigned int i;

	for (i = 0; i < x->nr_ranges; i++)
		ranges[i] = (struct mb_range){
			.size = sizeof(ranges[i]) - sizeof(ranges[i].size),
			.addr = x->map[i].gpa,
			.len = x->map[i].len,
			.type = x->map[i].type,
		};
	if (!x86_put(x, ranges, i * sizeof(ranges[0]), 8, "the memory map", &gpa))
		return false;
	info->flags |= INFO_MAP;
	info->mmap_addr = gpa;
	info->mmap_length = i * sizeof(ranges[0]);
	return true;
}

/* The RAM disk is a module; its string is the name of the file. */
static bool put_modules(struct x86_boot *x, struct mb_info *info)
{
	const char *path = x->b->cfg->ramdisk.path, *name;
	struct mb_module module = {
		.start = x->b->initrd_gpa,
		.end = x->b->initrd_gpa + x->b->initrd.len,
	};
	uint64_t gpa;

	if (!x->b->initrd.data)
		return true;
	name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (!x86_put(x, name, strlen(name) + 1, 1, "the module's name", &gpa))
		return false;
	module.string = gpa;
	if (!x86_put(x, &module, sizeof(module), 8, "the module list", &gpa))
		return false;
	info->flags |= INFO_MODULES;
	info->mods_count = 1;
	info->mods_addr = gpa;
	return true;
}

static bool put_texts(struct x86_boot *x, struct mb_info *info)
{
	static const char loader[] = "axvm";
	uint64_t cmdline, name;

	if (!x86_put_cmdline(x, &cmdline) ||
	    !x86_put(x, loader, sizeof(loader), 1, "the loader's name", &name))
		return false;
	info->flags |= INFO_LOADER | (cmdline ? INFO_CMDLINE : 0);
	info->cmdline = cmdline;
	info->boot_loader_name = name;
	return true;
}

static bool start(struct x86_boot *x)
{
	struct mb_info info = {
		.flags = INFO_MEMORY,
		.mem_lower = count_memory(x, 0),
		.mem_upper = count_memory(x, PC_LEGACY_END),
	};

	return put_map(x, &info) && put_modules(x, &info) && put_texts(x, &info) &&
	       x86_put(x, &info, sizeof(info), 8, "the multiboot information", &x->rbx);
}

const struct x86_method x86_multiboot = {
	.name = "a multiboot kernel",
	.recognise = recognise,
	.load = load,
	.start = start,
};
