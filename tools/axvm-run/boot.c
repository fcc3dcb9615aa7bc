// SPDX-License-Identifier: GPL-2.0
/*
 * Reading images, placing them in guest memory, finishing the device tree.
 *
 * See boot.h. What the configuration places explicitly comes first; the rest
 * finds room: the kernel low in main memory, the device tree at its top, the
 * initial RAM disk below that.
 */
#include "boot.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "boot_arch.h"
#include "image.h"
#include "util.h"

#define PAGE		4096ULL
#define MIB		(1ULL << 20)
#define TREE_ROOM	(256 * 1024)	/* bytes that a tree may grow beyond its CPUs and cmdline */
#define TREE_PER_CPU	4096
#define TREE_ALIGN	8ULL		/* Documentation/arch/riscv/boot.rst, devicetree spec 5.6 */
#define SEED_BYTES	32

static const struct boot_arch *const archs[] = { &boot_riscv };

/**
 * struct reserved - memory that is taken
 * @gpa: first byte
 * @len: bytes
 * @what: by what, for messages
 */
struct reserved {
	uint64_t gpa;
	uint64_t len;
	const char *what;
};

/**
 * struct booter - the state of one boot_prepare()
 * @plan: what is being filled
 * @cfg: the configuration
 * @host: what guest CPUs will be
 * @arch: how its architecture starts
 * @reader: how images are read
 * @diag: takes the findings
 * @initrd: the initial RAM disk, owned by the plan
 * @initrd_gpa: where it is
 * @reserved: memory that is taken
 * @nr_reserved: valid entries of it
 */
struct booter {
	struct boot_plan *plan;
	const struct axvm_config *cfg;
	const struct boot_host_info *host;
	const struct boot_arch *arch;
	struct image_reader reader;
	struct diag *diag;
	struct image_bytes initrd;
	uint64_t initrd_gpa;
	struct reserved reserved[BOOT_MAX_BLOBS];
	unsigned int nr_reserved;
};

static const struct boot_arch *find_arch(enum config_arch arch)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i]->arch == arch)
			return archs[i];
	return NULL;
}

__printf(4, 5)
static bool fail(struct booter *b, struct src_pos pos, const char *key, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	diag_add(b->diag, DIAG_ERROR, pos, key, "%s", text);
	free(text);
	return false;
}

static void *keep(struct boot_plan *plan, void *buffer)
{
	plan->buffers[plan->nr_buffers++] = buffer;
	return buffer;
}

static void add_blob(struct boot_plan *plan, enum boot_kind kind, uint64_t gpa, const void *data,
		     uint64_t len, const char *name)
{
	struct boot_blob *blob = &plan->blobs[plan->nr_blobs++];

	blob->gpa = gpa;
	blob->len = len;
	blob->data = data;
	blob->kind = kind;
	blob->name = keep(plan, xstrdup(name));
}

static unsigned long long to_mib(uint64_t size)
{
	return size / MIB + !!(size % MIB);
}

/* What to raise when something does not fit; the first region is what --mem sets. */
static const char *how_to_grow(const struct axvm_config *cfg)
{
	return cfg->file ? "raise the size in kernel.memory_regions, or --mem" : "raise --mem";
}

/* Take memory for something: it has to lie in one region and to be free. */
static bool reserve(struct booter *b, struct src_pos pos, const char *key, uint64_t gpa,
		    uint64_t len, const char *what)
{
	const struct axvm_config *cfg = b->cfg;
	unsigned int i;

	for (i = 0; i < cfg->nr_regions; i++)
		if (range_within(gpa, len, cfg->regions[i].gpa, cfg->regions[i].size))
			break;
	if (i == cfg->nr_regions)
		return fail(b, pos, key,
			    "%s needs %llu MiB at 0x%llx, which is not all in one memory region; "
			    "main memory is %llu MiB at 0x%llx; %s", what, to_mib(len),
			    (unsigned long long)gpa, to_mib(cfg->regions[0].size),
			    (unsigned long long)cfg->regions[0].gpa, how_to_grow(cfg));
	for (i = 0; i < b->nr_reserved; i++)
		if (ranges_overlap(gpa, len, b->reserved[i].gpa, b->reserved[i].len))
			return fail(b, pos, key, "%s at 0x%llx overlaps %s at 0x%llx", what,
				    (unsigned long long)gpa, b->reserved[i].what,
				    (unsigned long long)b->reserved[i].gpa);
	b->reserved[b->nr_reserved++] = (struct reserved){ gpa, len, what };
	return true;
}

/* Something that is in the way of [gpa, gpa + len). */
static const struct reserved *find_obstacle(const struct booter *b, uint64_t gpa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < b->nr_reserved; i++)
		if (ranges_overlap(gpa, len, b->reserved[i].gpa, b->reserved[i].len))
			return &b->reserved[i];
	return NULL;
}

/* The highest free place in a region; every obstacle is met at most once. */
static bool find_room(const struct booter *b, const struct config_region *region, uint64_t len,
		      uint64_t align, uint64_t *gpa)
{
	uint64_t end = region->gpa + region->size;

	while (end >= len && end - len >= region->gpa) {
		const struct reserved *obstacle;

		*gpa = align_down(end - len, align);
		if (*gpa < region->gpa)
			return false;
		obstacle = find_obstacle(b, *gpa, len);
		if (!obstacle)
			return true;
		end = obstacle->gpa;
	}
	return false;
}

/* A place as high as possible in memory that the guest can write, main memory first. */
static bool place_high(struct booter *b, const struct config_file *file, const char *key,
		       uint64_t len, uint64_t align, const char *what, uint64_t *gpa)
{
	const uint32_t need = CONFIG_MEM_READ | CONFIG_MEM_WRITE;
	unsigned int i;

	for (i = 0; i < b->cfg->nr_regions; i++)
		if ((b->cfg->regions[i].flags & need) == need &&
		    find_room(b, &b->cfg->regions[i], len, align, gpa))
			return reserve(b, file->pos, key, *gpa, len, what);
	return fail(b, file->pos, key, "%s of %llu MiB finds no room in %llu MiB of memory; %s",
		    what, to_mib(len), to_mib(config_memory(b->cfg)), how_to_grow(b->cfg));
}

static bool read_file(struct booter *b, const struct config_file *file, const char *key,
		      bool unpack, struct image_bytes *bytes)
{
	struct image_error error;
	struct stat st;

	if (!stat(file->path, &st) && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size > b->reader.limit)
		return fail(b, file->pos, key, "%s has %llu MiB, the VM has %llu MiB; %s",
			    file->path, to_mib(st.st_size), to_mib(b->reader.limit),
			    how_to_grow(b->cfg));
	if (!image_read(&b->reader, file->path, bytes, &error))
		return fail(b, file->pos, key, "%s %s", file->path, error.text);
	if (unpack && !image_unpack(&b->reader, file->path, bytes, &error)) {
		free(bytes->data);
		return fail(b, file->pos, key, "%s %s", file->path, error.text);
	}
	keep(b->plan, bytes->data);
	return true;
}

static bool check_kernel_addr(struct booter *b, const struct image_info *info, uint64_t lowest)
{
	const struct config_addr *load = &b->cfg->kernel.load;

	if (!load->set)
		return true;
	if (!info->relocatable && load->value != lowest)
		return fail(b, load->pos, "kernel.kernel_load_addr",
			    "is 0x%llx, but the kernel is linked for 0x%llx; leave the key out",
			    (unsigned long long)load->value, (unsigned long long)lowest);
	if (info->relocatable && load->value % info->align)
		return fail(b, load->pos, "kernel.kernel_load_addr",
			    "is 0x%llx, but this kernel needs a multiple of 0x%llx",
			    (unsigned long long)load->value, (unsigned long long)info->align);
	return true;
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

	if (entry->set && !find_obstacle(b, entry->value, 1))
		diag_add(b->diag, DIAG_WARNING, entry->pos, "kernel.entry_point",
			 "0x%llx is not in the kernel, which begins at 0x%llx",
			 (unsigned long long)entry->value,
			 (unsigned long long)b->reserved[0].gpa);
}

static bool place_kernel(struct booter *b, const struct image_bytes *bytes,
			 const struct image_info *info, uint64_t base)
{
	const struct config_file *file = &b->cfg->kernel;
	char *name = keep(b->plan, xasprintf("kernel %s", file->path));
	unsigned int i;

	for (i = 0; i < info->nr_segments; i++) {
		const struct image_segment *segment = &info->segments[i];

		if (!reserve(b, file->pos, "kernel.kernel_path", base + segment->gpa,
			     segment->mem_len, "the kernel"))
			return false;
		if (segment->file_len)
			add_blob(b->plan, BOOT_KERNEL, base + segment->gpa,
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

	if (!read_file(b, file, "kernel.kernel_path", true, &bytes))
		return false;
	if (!image_parse(&bytes, &info, &error))
		return fail(b, file->pos, "kernel.kernel_path", "%s %s", file->path, error.text);
	if (info.arch != CONFIG_ARCH_UNKNOWN && info.arch != b->cfg->arch)
		return fail(b, file->pos, "kernel.kernel_path", "%s is a kernel of %s, not of %s",
			    file->path, config_arch_name(info.arch),
			    config_arch_name(b->cfg->arch));
	return find_base(b, &info, &base) && place_kernel(b, &bytes, &info, base);
}

static bool load_initrd(struct booter *b)
{
	const struct config_file *file = &b->cfg->ramdisk;

	if (!file->path)
		return true;
	if (!read_file(b, file, "kernel.ramdisk_path", false, &b->initrd))
		return false;
	b->initrd_gpa = file->load.value;
	return !file->load.set || reserve(b, file->load.pos, "kernel.ramdisk_load_addr",
					  file->load.value, b->initrd.len, "the initial RAM disk");
}

static bool place_initrd(struct booter *b)
{
	const struct config_file *file = &b->cfg->ramdisk;
	char *name;

	if (!file->path)
		return true;
	if (!file->load.set &&
	    !place_high(b, file, "kernel.ramdisk_path", b->initrd.len, PAGE,
			"the initial RAM disk", &b->initrd_gpa))
		return false;
	name = xasprintf("initrd %s", file->path);
	add_blob(b->plan, BOOT_INITRD, b->initrd_gpa, b->initrd.data, b->initrd.len, name);
	free(name);
	return true;
}

static bool add_seed(struct fdt_tree *tree, int chosen)
{
	uint8_t seed[SEED_BYTES];

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return false;
	fdt_tree_bytes(tree, chosen, "rng-seed", seed, sizeof(seed));
	return true;
}

/* The addresses of the initial RAM disk are filled in when it has a place. */
static void add_chosen(struct booter *b, struct fdt_tree *tree)
{
	int chosen = fdt_tree_node(tree, 0, "chosen");

	if (!fdt_tree_has(tree, chosen, "rng-seed") && !add_seed(tree, chosen))
		diag_add(b->diag, DIAG_WARNING, (struct src_pos){0}, NULL,
			 "no random numbers for the guest's rng-seed");
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
	if (!read_file(b, &b->cfg->dtb, "kernel.dtb_path", false, &given))
		return false;
	fdt_tree_open(tree, given.data, given.len, tree_room(b->cfg));
	b->arch->complete_tree(tree, b->cfg, b->host);
	return true;
}

/* Return: the finished tree, to be freed by the caller, or NULL. */
static void *make_tree(struct booter *b)
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
		fail(b, b->cfg->dtb.pos, "kernel.dtb_path", "%s: %s",
		     b->cfg->dtb.path ? b->cfg->dtb.path : "the generated device tree", fault);
	return fault ? NULL : tree.fdt;
}

static bool place_tree(struct booter *b, const void *fdt, uint64_t *gpa)
{
	const struct config_file *file = &b->cfg->dtb;
	uint64_t len = align_up(fdt_totalsize(fdt), PAGE);

	if (!file->load.set)
		return place_high(b, file, "kernel.dtb_path", len, PAGE, "the device tree", gpa);
	*gpa = file->load.value;
	if (*gpa % TREE_ALIGN)
		return fail(b, file->load.pos, "kernel.dtb_load_addr",
			    "is 0x%llx; a device tree needs a multiple of 8",
			    (unsigned long long)*gpa);
	return reserve(b, file->load.pos, "kernel.dtb_load_addr", *gpa, fdt_totalsize(fdt),
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
	return fail(b, b->cfg->dtb.pos, "kernel.dtb_path", "the device tree cannot be changed");
}

static bool load_tree(struct booter *b)
{
	uint64_t gpa;
	void *fdt;

	fdt = make_tree(b);
	if (!fdt)
		return false;
	keep(b->plan, fdt);
	if (!place_tree(b, fdt, &gpa) || !place_initrd(b) || !set_initrd(b, fdt))
		return false;
	add_blob(b->plan, BOOT_DTB, gpa, fdt, fdt_totalsize(fdt), "device tree");
	b->plan->args[0] = gpa;
	b->plan->nr_args = 1;
	return true;
}

static bool init_booter(struct booter *b)
{
	b->reader.limit = config_memory(b->cfg);
	b->arch = find_arch(b->cfg->arch);
	if (b->arch)
		return true;
	diag_add(b->diag, DIAG_UNSUPPORTED, (struct src_pos){0}, "base.arch",
		 "%s guests are not supported", config_arch_name(b->cfg->arch));
	return false;
}

int boot_prepare(struct boot_plan *plan, const struct axvm_config *cfg,
		 const struct boot_host_info *host, boot_progress_fn progress, void *arg,
		 struct diag *diag)
{
	struct booter b = {
		.plan = plan,
		.cfg = cfg,
		.host = host,
		.reader = { .progress = progress, .arg = arg },
		.diag = diag,
	};

	memset(plan, 0, sizeof(*plan));
	if (init_booter(&b) && load_kernel(&b) && load_initrd(&b))
		load_tree(&b);
	return diag_status(diag);
}

void *boot_device_tree(const struct axvm_config *cfg, const struct boot_host_info *host,
		       struct diag *diag)
{
	struct boot_plan plan = {0};
	struct booter b = { .plan = &plan, .cfg = cfg, .host = host, .diag = diag };
	void *fdt = init_booter(&b) ? make_tree(&b) : NULL;

	boot_free(&plan);
	return fdt;
}

void boot_free(struct boot_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_buffers; i++)
		free(plan->buffers[i]);
	memset(plan, 0, sizeof(*plan));
}

const struct boot_blob *boot_find(const struct boot_plan *plan, enum boot_kind kind)
{
	unsigned int i;

	for (i = 0; i < plan->nr_blobs; i++)
		if (plan->blobs[i].kind == kind)
			return &plan->blobs[i];
	return NULL;
}
