// SPDX-License-Identifier: GPL-2.0
/*
 * Starting guests that get a device tree: kernel low in main memory, the tree
 * at its top, the initial RAM disk below that.
 *
 * Called by boot.c for the architectures whose row says so.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "boot_arch.h"

#define TREE_ROOM	(256 * 1024)	/* bytes that a tree may grow beyond its CPUs and cmdline */
#define TREE_PER_CPU	4096
#define TREE_ALIGN	8ULL		/* Documentation/arch/riscv/boot.rst, devicetree spec 5.6 */
#define SEED_BYTES	32

#define SERIAL_CLOCK	3686400U	/* 115200 baud times 16 times 2 */
#define WINDOW_ALIGN	(1ULL << 30)

static bool check_kernel_addr(struct booter *b, const struct image_info *info, uint64_t lowest)
{
	const struct config_addr *load = &b->cfg->kernel.load;

	if (!load->set)
		return true;
	if (!info->relocatable && load->value != lowest)
		return boot_fail(b, load->pos, "kernel.kernel_load_addr",
			    "is 0x%llx, but the kernel is linked for 0x%llx; leave the key out",
			    (unsigned long long)load->value, (unsigned long long)lowest);
	if (!info->relocatable || (load->value - info->text_offset) % info->align == 0)
		return true;
	if (info->text_offset % info->align == 0)
		return boot_fail(b, load->pos, "kernel.kernel_load_addr",
			    "is 0x%llx, but this kernel needs a multiple of 0x%llx",
			    (unsigned long long)load->value, (unsigned long long)info->align);
	return boot_fail(b, load->pos, "kernel.kernel_load_addr",
		    "is 0x%llx, but this kernel needs a multiple of 0x%llx plus 0x%llx",
		    (unsigned long long)load->value, (unsigned long long)info->align,
		    (unsigned long long)(info->text_offset % info->align));
}

/* Where the addresses of the image's segments begin. */
static bool find_base(struct booter *b, const struct image_info *info, uint64_t *base)
{
	uint64_t lowest = info->segments[0].gpa;
	unsigned int i;

	for (i = 1; i < info->nr_segments; i++)
		if (info->segments[i].gpa < lowest)
			lowest = info->segments[i].gpa;
	if (!check_kernel_addr(b, info, lowest))
		return false;
	*base = 0;
	if (info->relocatable)
		*base = b->cfg->kernel.load.set ?
			b->cfg->kernel.load.value :
			align_up(b->cfg->regions[0].gpa, info->align) + info->text_offset;
	return true;
}

static void check_entry(struct booter *b)
{
	const struct config_addr *entry = &b->cfg->entry;

	if (entry->set && !boot_find_obstacle(b, entry->value, 1))
		diag_add(b->diag, DIAG_WARNING, entry->pos, "kernel.entry_point",
			 "0x%llx is not in the kernel, which begins at 0x%llx",
			 (unsigned long long)entry->value,
			 (unsigned long long)b->reserved[0].gpa);
}

static bool place_kernel(struct booter *b, const struct image_bytes *bytes,
			 const struct image_info *info, uint64_t base)
{
	const struct config_file *file = &b->cfg->kernel;
	char *name = boot_keep(b->plan, xasprintf("kernel %s", file->path));
	unsigned int i;

	for (i = 0; i < info->nr_segments; i++) {
		const struct image_segment *segment = &info->segments[i];

		if (!boot_reserve(b, file->pos, "kernel.kernel_path", base + segment->gpa,
				  segment->mem_len, "the kernel"))
			return false;
		if (segment->file_len)
			boot_add_blob(b->plan, BOOT_KERNEL, base + segment->gpa,
				      bytes->data + segment->offset, segment->file_len, name);
	}
	b->plan->entry = b->cfg->entry.set ? b->cfg->entry.value : base + info->entry;
	check_entry(b);
	return true;
}

static bool load_kernel(struct booter *b)
{
	const struct config_file *file = &b->cfg->kernel;
	struct image_bytes bytes;
	struct image_error error;
	struct image_info info;
	uint64_t base;

	if (!boot_read_file(b, file, "kernel.kernel_path", true, &bytes))
		return false;
	if (!image_parse(&bytes, &info, &error))
		return boot_fail(b, file->pos, "kernel.kernel_path", "%s %s", file->path,
				 error.text);
	if (info.arch != CONFIG_ARCH_UNKNOWN && info.arch != b->cfg->arch)
		return boot_fail(b, file->pos, "kernel.kernel_path",
				 "%s is a kernel of %s, not of %s", file->path,
				 config_arch_name(info.arch), config_arch_name(b->cfg->arch));
	if (info.format == IMAGE_RAW && !boot_check_raw(b))
		return false;
	return find_base(b, &info, &base) && place_kernel(b, &bytes, &info, base);
}

static void add_seed(struct booter *b, struct fdt_tree *tree, int chosen, const char *name,
		     size_t len)
{
	uint8_t seed[SEED_BYTES];

	if (fdt_tree_has(tree, chosen, name))
		return;
	if (getrandom(seed, len, 0) == (ssize_t)len)
		fdt_tree_bytes(tree, chosen, name, seed, len);
	else
		diag_add(b->diag, DIAG_WARNING, (struct src_pos){0}, NULL,
			 "no random numbers for the guest's %s", name);
}

/* The addresses of the initial RAM disk are filled in when it has a place. */
static void add_chosen(struct booter *b, struct fdt_tree *tree)
{
	int chosen = fdt_tree_node(tree, 0, "chosen");

	add_seed(b, tree, chosen, "rng-seed", SEED_BYTES);
	if (b->arch->kaslr_seed)
		add_seed(b, tree, chosen, "kaslr-seed", sizeof(uint64_t));
	if (b->initrd.data) {
		fdt_tree_u64(tree, chosen, "linux,initrd-end", 0);
		fdt_tree_u64(tree, chosen, "linux,initrd-start", 0);
	}
	if (b->cfg->cmdline && *b->cfg->cmdline)
		fdt_tree_string(tree, chosen, "bootargs", b->cfg->cmdline);
}

/* RAM is what the guest can read, write and execute. */
static void add_memory(struct fdt_tree *tree, const struct axvm_config *cfg)
{
	const uint32_t ram = CONFIG_MEM_READ | CONFIG_MEM_WRITE | CONFIG_MEM_EXEC;
	unsigned int i;

	for (i = cfg->nr_regions; i-- > 0;) {
		const struct config_region *region = &cfg->regions[i];
		int node;

		if ((region->flags & ram) != ram)
			continue;
		node = fdt_tree_node(tree, 0, "memory@%llx", (unsigned long long)region->gpa);
		fdt_tree_reg(tree, 0, node, region->gpa, region->size);
		fdt_tree_string(tree, node, "device_type", "memory");
	}
}

static bool has_memory(const struct fdt_tree *tree)
{
	static const char type[] = "memory";

	return !tree->error && fdt_node_offset_by_prop_value(tree->fdt, -1, "device_type", type,
							     sizeof(type)) >= 0;
}

static size_t tree_room(const struct axvm_config *cfg)
{
	return TREE_ROOM + cfg->nr_vcpus * TREE_PER_CPU +
	       (cfg->cmdline ? strlen(cfg->cmdline) : 0);
}

static bool open_tree(struct booter *b, struct fdt_tree *tree)
{
	struct image_bytes given;

	if (!b->cfg->dtb.path) {
		fdt_tree_new(tree, tree_room(b->cfg));
		b->arch->build_tree(tree, b->cfg, b->host);
		return true;
	}
	if (!boot_read_file(b, &b->cfg->dtb, "kernel.dtb_path", false, &given))
		return false;
	fdt_tree_open(tree, given.data, given.len, tree_room(b->cfg));
	if (tree->error) {
		free(tree->fdt);
		return boot_fail(b, b->cfg->dtb.pos, "kernel.dtb_path",
				 "%s is no device tree (%s); a .dtb file, as dtc makes it, is",
				 b->cfg->dtb.path, fdt_strerror(tree->error));
	}
	b->arch->complete_tree(tree, b->cfg, b->host);
	return true;
}

void *boot_make_tree(struct booter *b)
{
	struct fdt_tree tree;
	const char *fault;

	if (!open_tree(b, &tree))
		return NULL;
	if (!has_memory(&tree))
		add_memory(&tree, b->cfg);
	add_chosen(b, &tree);
	fault = fdt_tree_finish(&tree);
	if (fault)
		boot_fail(b, b->cfg->dtb.pos, "kernel.dtb_path", "%s: %s",
			  b->cfg->dtb.path ? b->cfg->dtb.path : "the generated device tree", fault);
	return fault ? NULL : tree.fdt;
}

static bool place_tree(struct booter *b, const void *fdt, uint64_t *gpa)
{
	const struct config_file *file = &b->cfg->dtb;
	struct config_file made = { 0 };
	uint64_t len = align_up(fdt_totalsize(fdt), BOOT_PAGE);

	if (!file->path && !file->load.set) {
		made.pos = b->cfg->regions[0].pos;
		return boot_place_high(b, &made, "kernel.memory_regions", len, BOOT_PAGE,
				       BOOT_NO_LIMIT, "the device tree", gpa);
	}
	if (!file->load.set)
		return boot_place_high(b, file, "kernel.dtb_path", len, BOOT_PAGE, BOOT_NO_LIMIT,
				       "the device tree", gpa);
	*gpa = file->load.value;
	if (*gpa % TREE_ALIGN)
		return boot_fail(b, file->load.pos, "kernel.dtb_load_addr",
			    "is 0x%llx; a device tree needs a multiple of 8",
			    (unsigned long long)*gpa);
	return boot_reserve(b, file->load.pos, "kernel.dtb_load_addr", *gpa, fdt_totalsize(fdt),
		       "the device tree");
}

static bool set_initrd(struct booter *b, void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");

	if (!b->initrd.data)
		return true;
	if (!fdt_setprop_inplace_u64(fdt, chosen, "linux,initrd-start", b->initrd_gpa) &&
	    !fdt_setprop_inplace_u64(fdt, chosen, "linux,initrd-end",
				     b->initrd_gpa + b->initrd.len))
		return true;
	return boot_fail(b, b->cfg->dtb.pos, "kernel.dtb_path",
			 "the device tree cannot be changed");
}

static bool check_tree(struct booter *b, const void *fdt)
{
	uint64_t max = b->arch->max_tree;

	if (!max || fdt_totalsize(fdt) <= max)
		return true;
	return boot_fail(b, b->cfg->dtb.pos, "kernel.dtb_path",
			 "the device tree has %u bytes; at most %llu are allowed",
			 fdt_totalsize(fdt), (unsigned long long)max);
}

/* The kernel's window: how far its own mapping of the RAM disk reaches at first. */
static bool place_initrd(struct booter *b)
{
	uint64_t start = align_down(b->reserved[0].gpa, WINDOW_ALIGN);
	uint64_t window = b->arch->initrd_window;

	if (!boot_place_initrd(b, window ? start + window : BOOT_NO_LIMIT))
		return false;
	if (!window || !b->initrd.data ||
	    range_within(b->initrd_gpa, b->initrd.len, start, window))
		return true;
	return boot_fail(b, b->cfg->ramdisk.pos, "kernel.ramdisk_path",
			 "the RAM disk is at 0x%llx; the kernel looks for it from 0x%llx to 0x%llx",
			 (unsigned long long)b->initrd_gpa, (unsigned long long)start,
			 (unsigned long long)(start + window));
}

static bool load_tree(struct booter *b)
{
	uint64_t gpa;
	void *fdt;

	fdt = boot_make_tree(b);
	if (!fdt)
		return false;
	boot_keep(b->plan, fdt);
	if (!check_tree(b, fdt) || !place_tree(b, fdt, &gpa) || !place_initrd(b) ||
	    !set_initrd(b, fdt))
		return false;
	boot_add_blob(b->plan, BOOT_DTB, gpa, fdt, fdt_totalsize(fdt), "device tree");
	b->plan->args[0] = gpa;
	b->plan->nr_args = 1;
	return true;
}

bool boot_load_with_tree(struct booter *b)
{
	return load_kernel(b) && boot_load_initrd(b) && load_tree(b);
}

/* serial/8250.yaml */
void boot_describe_serial(struct fdt_tree *tree, int node, const struct config_device *device)
{
	fdt_tree_u32(tree, node, "clock-frequency", SERIAL_CLOCK);
	if (device->nr_cfg > 1)
		fdt_tree_u32(tree, node, "reg-io-width", device->cfg[1]);
	if (device->nr_cfg)
		fdt_tree_u32(tree, node, "reg-shift", device->cfg[0]);
	fdt_tree_string(tree, node, "compatible", "ns16550a");
}

/* rtc/google,goldfish-rtc.yaml */
void boot_describe_goldfish(struct fdt_tree *tree, int node, const struct config_device *device)
{
	(void)device;
	fdt_tree_string(tree, node, "compatible", "google,goldfish-rtc");
}

/* Drivers number their ports by the aliases. */
void boot_add_consoles(struct fdt_tree *tree, const struct axvm_config *cfg)
{
	int aliases = 0, chosen;
	unsigned int i;

	for (i = cfg->nr_devices; i-- > 0;) {
		const struct config_device *device = &cfg->devices[i];
		char name[32], path[64];

		if (device->console < 0)
			continue;
		snprintf(name, sizeof(name), "serial%d", device->console);
		snprintf(path, sizeof(path), "/soc/serial@%llx", (unsigned long long)device->base);
		aliases = fdt_tree_node(tree, 0, "aliases");
		fdt_tree_string(tree, aliases, name, path);
	}
	if (!aliases)
		return;
	chosen = fdt_tree_node(tree, 0, "chosen");
	fdt_tree_string(tree, chosen, "stdout-path", "serial0:115200n8");
}
