// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of a configuration that concern several keys at once.
 *
 * Called by config_load() and config_from_options() after everything was
 * taken. Knows what axvm's devices and backends need.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config_loader.h"
#include "image.h"
#include "util.h"

#define REGIONS_KEY	"kernel.memory_regions"

static bool is_supported(enum config_arch arch)
{
	return arch == CONFIG_ARCH_RISCV64 || arch == CONFIG_ARCH_ARM64 ||
	       arch == CONFIG_ARCH_X86_64;
}

#define SUPPORTED	"riscv64, aarch64 and x86_64"

/* The host's architecture where axvm runs guests of it. */
static enum config_arch host_arch(void)
{
	struct utsname uts;

	if (uname(&uts) || !is_supported(config_arch_by_name(uts.machine)))
		return CONFIG_ARCH_UNKNOWN;
	return config_arch_by_name(uts.machine);
}

/* Nothing says what the guest is. Guests of the host are the last guess, where they are any. */
static void refuse_unknown_arch(struct config_loader *ld)
{
	const char *kernel = ld->cfg->kernel.path;

	if (!ld->cfg->file && kernel && access(kernel, R_OK))
		diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, "--kernel",
			 "%s cannot be read: %s", kernel, strerror(errno));
	diag_add(ld->diag, DIAG_UNSUPPORTED, ld->base_pos, ld->cfg->file ? "base.arch" : "--arch",
		 "the guest's architecture is not known; say %s (" SUPPORTED " are supported)",
		 ld->cfg->file ? "base.arch or --arch" : "--arch riscv64, aarch64 or x86_64");
}

static void refuse_arch(struct config_loader *ld, const char *origin)
{
	struct src_pos pos = ld->opts->arch != CONFIG_ARCH_UNKNOWN ? (struct src_pos){0} :
			     ld->arch_pos.line ? ld->arch_pos : ld->cfg->kernel.pos;

	if (ld->cfg->arch == CONFIG_ARCH_UNKNOWN)
		refuse_unknown_arch(ld);
	else
		diag_add(ld->diag, DIAG_UNSUPPORTED, pos, "base.arch",
			 "%s guests are not supported (%s); " SUPPORTED " guests are",
			 config_arch_name(ld->cfg->arch), origin);
}

/* Something stands there, but it is no architecture; that has been said. */
static bool has_bad_arch_key(const struct config_loader *ld)
{
	return ld->arch_pos.line && ld->arch_key == CONFIG_ARCH_UNKNOWN &&
	       ld->opts->arch == CONFIG_ARCH_UNKNOWN;
}

void config_pick_arch(struct config_loader *ld, enum config_arch devices)
{
	enum config_arch image = CONFIG_ARCH_UNKNOWN;
	const struct {
		enum config_arch arch;
		const char *origin;
	} *source, sources[] = {
		{ ld->opts->arch, "so says --arch" },
		{ ld->arch_key, "so says the file" },
		{ ld->cfg->kernel.path ? image_probe_arch(ld->cfg->kernel.path) : image,
		  "so says the kernel" },
		{ devices, "so say the devices" },
		{ host_arch(), "like the host" },
	};

	image = sources[2].arch;
	for (source = sources; source < sources + ARRAY_SIZE(sources) - 1; source++)
		if (source->arch != CONFIG_ARCH_UNKNOWN)
			break;
	ld->cfg->arch = source->arch;
	if (ld->opts->arch && ld->arch_key && ld->opts->arch != ld->arch_key)
		diag_add(ld->diag, DIAG_WARNING, ld->arch_pos, "base.arch",
			 "is %s, but --arch says %s, which counts",
			 config_arch_name(ld->arch_key), config_arch_name(ld->opts->arch));
	if (has_bad_arch_key(ld))
		return;
	if (!is_supported(source->arch))
		refuse_arch(ld, source->origin);
	if (image != CONFIG_ARCH_UNKNOWN && image != source->arch)
		diag_add(ld->diag, DIAG_ERROR, ld->cfg->kernel.pos, "kernel.kernel_path",
			 "is a kernel of %s; the guest is %s (%s)", config_arch_name(image),
			 config_arch_name(source->arch), source->origin);
}

static const char *region_key(char *key, const struct config_region *region)
{
	return config_sub_key(key, REGIONS_KEY, region->index, NULL);
}

static void region_error(struct config_loader *ld, unsigned int i, enum diag_kind kind,
			 const char *text)
{
	const struct config_region *region = &ld->cfg->regions[i];
	char key[CONFIG_KEY_MAX];

	diag_add(ld->diag, kind, region->pos, region_key(key, region), "%s", text);
}

/* Return: true when the size is that of --mem, and wrong. */
static bool check_mem_option(struct config_loader *ld, unsigned int i)
{
	unsigned long long mem = ld->opts->mem;
	const struct src_pos nowhere = {0};

	if (i || !mem)
		return false;
	if (mem % CONFIG_PAGE && mem < CONFIG_PAGE)
		diag_add(ld->diag, DIAG_ERROR, nowhere, "--mem",
			 "%llu bytes is not a multiple of 4 KiB; did you mean %lluM?", mem, mem);
	else if (mem % CONFIG_PAGE)
		diag_add(ld->diag, DIAG_ERROR, nowhere, "--mem",
			 "%llu bytes is not a multiple of 4 KiB; %llu is", mem,
			 mem - mem % CONFIG_PAGE);
	else if (!range_within(ld->cfg->regions[0].gpa, mem, 0, CONFIG_GPA_MAX))
		diag_add(ld->diag, DIAG_ERROR, nowhere, "--mem",
			 "%llu MiB is too much; memory at 0x%llx ends by 0x%llx", mem >> 20,
			 (unsigned long long)ld->cfg->regions[0].gpa, CONFIG_GPA_MAX);
	else
		return false;
	return true;
}

static void check_region_range(struct config_loader *ld, unsigned int i)
{
	const struct config_region *region = &ld->cfg->regions[i];

	if (check_mem_option(ld, i))
		return;
	if (!region->size)
		region_error(ld, i, DIAG_ERROR, "has no bytes; a multiple of 4096 is right");
	else if ((region->gpa | region->size) % CONFIG_PAGE)
		region_error(ld, i, DIAG_ERROR,
			     "is not aligned; gpa and size are multiples of 4096");
	else if (!range_within(region->gpa, region->size, 0, CONFIG_GPA_MAX))
		region_error(ld, i, DIAG_ERROR, "is too high; it has to end by 0x7ffffffff000");
}

static void check_region_kind(struct config_loader *ld, unsigned int i)
{
	const struct config_region *region = &ld->cfg->regions[i];
	uint32_t access = region->flags & (CONFIG_MEM_READ | CONFIG_MEM_WRITE | CONFIG_MEM_EXEC);

	if (region->map_type == CONFIG_MAP_IDENTICAL)
		region_error(ld, i, DIAG_UNSUPPORTED,
			     "map_type 1 (MapIdentical) is not supported; 0 (MapAlloc) is");
	else if (region->map_type == CONFIG_MAP_RESERVED)
		region_error(ld, i, DIAG_UNSUPPORTED,
			     "map_type 2 (MapReserved) is not supported; 0 (MapAlloc) is");
	if (!i)
		access = CONFIG_MEM_READ;
	if (!(access & (CONFIG_MEM_READ | CONFIG_MEM_EXEC)))
		region_error(ld, i, DIAG_ERROR,
			     "flags allow neither reading nor executing; 7 allows everything");
	else if ((access & CONFIG_MEM_WRITE) && !(access & CONFIG_MEM_READ))
		region_error(ld, i, DIAG_ERROR,
			     "flags allow writing but not reading, which no hardware can do; "
			     "add 1");
	if (region->flags & (CONFIG_MEM_DEVICE | CONFIG_MEM_UNCACHED))
		region_error(ld, i, DIAG_UNSUPPORTED,
			     "flags 0x10 (device) and 0x20 (uncached) are not supported; "
			     "guest memory is cached");
}

/* The kernel goes there, and so does what it is told. */
static void check_main_memory(struct config_loader *ld)
{
	const uint32_t need = CONFIG_MEM_READ | CONFIG_MEM_WRITE | CONFIG_MEM_EXEC;
	const struct config_region *region = ld->cfg->regions;
	char key[CONFIG_KEY_MAX];

	if (ld->cfg->nr_regions && (region->flags & need) != need)
		diag_add(ld->diag, DIAG_ERROR, region->pos, region_key(key, region),
			 "is main memory, as the first region, but flags 0x%x do not let a guest "
			 "read, write and execute it; 7 does", region->flags);
}

/* AxVisor ignores the gpa of identical regions, so they cannot clash. */
static void check_region_overlap(struct config_loader *ld, unsigned int i)
{
	const struct config_region *a = &ld->cfg->regions[i], *b = ld->cfg->regions;
	char key[CONFIG_KEY_MAX];

	if (a->map_type == CONFIG_MAP_IDENTICAL)
		return;
	for (; b < a; b++)
		if (b->map_type != CONFIG_MAP_IDENTICAL &&
		    ranges_overlap(a->gpa, a->size, b->gpa, b->size))
			diag_add(ld->diag, DIAG_ERROR, a->pos,
				 region_key(key, a),
				 "overlaps region %u at 0x%llx; regions are apart", b->index,
				 (unsigned long long)b->gpa);
}

static void check_regions(struct config_loader *ld)
{
	unsigned int i;

	check_main_memory(ld);
	for (i = 0; i < ld->cfg->nr_regions; i++) {
		check_region_range(ld, i);
		check_region_kind(ld, i);
		check_region_overlap(ld, i);
	}
}

/* Does an address of the kernel table lie in memory? Unknown while memory moves. */
static void check_addr(struct config_loader *ld, const struct config_addr *addr, const char *key)
{
	unsigned int i;

	if (!addr->set || !ld->cfg->nr_regions)
		return;
	for (i = 0; i < ld->cfg->nr_regions; i++) {
		const struct config_region *region = &ld->cfg->regions[i];

		if (region->map_type == CONFIG_MAP_IDENTICAL ||
		    range_within(addr->value, 1, region->gpa, region->size))
			return;
	}
	diag_add(ld->diag, DIAG_ERROR, addr->pos, key,
		 "0x%llx is outside of memory; main memory begins at 0x%llx",
		 (unsigned long long)addr->value, (unsigned long long)ld->cfg->regions[0].gpa);
}

static void warn_unused_addr(struct config_loader *ld, const struct config_file *file,
			     const char *name)
{
	char key[CONFIG_KEY_MAX];

	if (!file->load.set || file->path || (file == &ld->cfg->bios && ld->uefi))
		return;
	snprintf(key, sizeof(key), "kernel.%s_load_addr", name);
	diag_add(ld->diag, DIAG_WARNING, file->load.pos, key, "there is no %s_path to load there",
		 name);
}

static void check_addrs(struct config_loader *ld)
{
	const struct axvm_config *cfg = ld->cfg;

	check_addr(ld, &cfg->entry, "kernel.entry_point");
	check_addr(ld, &cfg->kernel.load, "kernel.kernel_load_addr");
	check_addr(ld, &cfg->dtb.load, "kernel.dtb_load_addr");
	check_addr(ld, &cfg->ramdisk.load, "kernel.ramdisk_load_addr");
	if (cfg->arch == CONFIG_ARCH_X86_64 && cfg->bios.path)
		check_addr(ld, &cfg->bios.load, "kernel.bios_load_addr");
	warn_unused_addr(ld, &cfg->ramdisk, "ramdisk");
	warn_unused_addr(ld, &cfg->bios, "bios");
}

/* The device tree and the SBI hart mask give hart ids 32 bits. */
static void check_hart_ids(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_vcpus; i++)
		if (ld->cfg->vcpus[i].hw_id > INT32_MAX)
			diag_add(ld->diag, DIAG_ERROR, ld->cpu_ids_pos, "base.phys_cpu_ids",
				 "0x%llx is no hart id; 0 to 0x7fffffff are",
				 (unsigned long long)ld->cfg->vcpus[i].hw_id);
}

/* What the boot keys ask for has to exist for the architecture. */
static void check_boot_keys(struct config_loader *ld)
{
	const struct axvm_config *cfg = ld->cfg;

	if (cfg->arch == CONFIG_ARCH_X86_64) {
		if (cfg->dtb.path || cfg->dtb.load.set)
			diag_add(ld->diag, DIAG_UNSUPPORTED,
				 cfg->dtb.path ? cfg->dtb.pos : cfg->dtb.load.pos,
				 cfg->dtb.path ? "kernel.dtb_path" : "kernel.dtb_load_addr",
				 "x86_64 guests get ACPI tables, no device tree");
		return;
	}
	if (cfg->bios.path)
		diag_add(ld->diag, DIAG_UNSUPPORTED, cfg->bios.pos, "kernel.bios_path",
			 "firmware is not supported for %s; guests start at their kernel",
			 config_arch_name(cfg->arch));
	if (cfg->protocol != CONFIG_BOOT_AUTO)
		diag_add(ld->diag, DIAG_UNSUPPORTED, cfg->protocol_pos, "kernel.boot_protocol",
			 "\"%s\" is for x86_64 guests; \"direct\" is supported for %s",
			 config_protocol_name(cfg->protocol), config_arch_name(cfg->arch));
}

static void check_sve(struct config_loader *ld)
{
	const struct axvm_config *cfg = ld->cfg;

	if (cfg->sve && cfg->arch != CONFIG_ARCH_ARM64)
		diag_add(ld->diag, DIAG_UNSUPPORTED, cfg->sve_pos,
			 cfg->sve_bits ? "base.sve_vector_length" : "base.sve",
			 "SVE is a part of aarch64 CPUs; the guest is %s",
			 config_arch_name(cfg->arch));
}

void config_validate(struct config_loader *ld)
{
	check_regions(ld);
	check_addrs(ld);
	if (!is_supported(ld->cfg->arch))
		return;
	check_boot_keys(ld);
	check_sve(ld);
	config_check_devices(ld);
	if (ld->cfg->arch == CONFIG_ARCH_RISCV64)
		check_hart_ids(ld);
}
