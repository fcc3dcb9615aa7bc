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
#define DEVICES_KEY	"devices.emu_devices"

#define PLIC_MAX_CONTEXTS	128
#define PLIC_CONTEXT_BASE	0x200000ULL
#define PLIC_CONTEXT_SIZE	0x1000ULL
#define PLIC_MAX_SIZE		0x4000000ULL

/* The host's architecture where axvm runs guests of it. */
static enum config_arch host_arch(void)
{
	struct utsname uts;

	if (uname(&uts) || config_arch_by_name(uts.machine) != CONFIG_ARCH_RISCV64)
		return CONFIG_ARCH_UNKNOWN;
	return CONFIG_ARCH_RISCV64;
}

/* Nothing says what the guest is. Guests of the host are the last guess, where they are any. */
static void refuse_unknown_arch(struct config_loader *ld)
{
	const char *kernel = ld->cfg->kernel.path;

	if (!ld->cfg->file && kernel && access(kernel, R_OK))
		diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, "--kernel",
			 "%s cannot be read: %s", kernel, strerror(errno));
	diag_add(ld->diag, DIAG_UNSUPPORTED, ld->base_pos, ld->cfg->file ? "base.arch" : "--arch",
		 "the guest's architecture is not known; say %s (riscv64 is supported)",
		 ld->cfg->file ? "base.arch or --arch" : "--arch riscv64");
}

static void refuse_arch(struct config_loader *ld, const char *origin)
{
	struct src_pos pos = ld->opts->arch != CONFIG_ARCH_UNKNOWN ? (struct src_pos){0} :
			     ld->arch_pos.line ? ld->arch_pos : ld->cfg->kernel.pos;

	if (ld->cfg->arch == CONFIG_ARCH_UNKNOWN)
		refuse_unknown_arch(ld);
	else
		diag_add(ld->diag, DIAG_UNSUPPORTED, pos, "base.arch",
			 "%s guests are not supported (%s); riscv64 guests are",
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
	if (has_bad_arch_key(ld))
		return;
	if (source->arch != CONFIG_ARCH_RISCV64)
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

static void check_addrs(struct config_loader *ld)
{
	const struct axvm_config *cfg = ld->cfg;

	check_addr(ld, &cfg->entry, "kernel.entry_point");
	check_addr(ld, &cfg->kernel.load, "kernel.kernel_load_addr");
	check_addr(ld, &cfg->dtb.load, "kernel.dtb_load_addr");
	check_addr(ld, &cfg->ramdisk.load, "kernel.ramdisk_load_addr");
	if (cfg->ramdisk.load.set && !cfg->ramdisk.path)
		diag_add(ld->diag, DIAG_WARNING, cfg->ramdisk.load.pos, "kernel.ramdisk_load_addr",
			 "there is no ramdisk_path to load there");
}

static void device_error(struct config_loader *ld, const struct config_device *device,
			 const char *text)
{
	char key[CONFIG_KEY_MAX];

	config_sub_key(key, DEVICES_KEY, device->index, NULL);
	diag_add(ld->diag, DIAG_ERROR, device->pos, key, "%s: %s", device->name, text);
}

/* What the default board brings has no place in the file. */
static bool on_default_board(const struct config_device *device)
{
	return !device->pos.line;
}

static const char *board_of(const struct config_device *device)
{
	return on_default_board(device) ? "the default board's " : "";
}

static void check_device_space(struct config_loader *ld, const struct config_device *device)
{
	static const struct {
		const char *type;
		uint64_t min, max;
	} *rule, rules[] = {
		{ "ns16550a", 8, 0x1000 },
		{ "goldfish-rtc", 0x20, 0x1000 },
		{ "plic", PLIC_CONTEXT_BASE + PLIC_CONTEXT_SIZE, PLIC_MAX_SIZE },
	};
	char text[128];

	if (!range_within(device->base, device->size, 0, CONFIG_GPA_MAX))
		device_error(ld, device, "is too high; it has to end by 0x7ffffffff000");
	for (rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		if (strcmp(rule->type, device->type) ||
		    (device->size >= rule->min && device->size <= rule->max))
			continue;
		snprintf(text, sizeof(text), "length is 0x%llx; a %s has 0x%llx to 0x%llx bytes",
			 (unsigned long long)device->size, device->type,
			 (unsigned long long)rule->min, (unsigned long long)rule->max);
		device_error(ld, device, text);
	}
}

/* The memory is to blame: the default board was there first. */
static void complain_on_memory(struct config_loader *ld, const struct config_region *region,
			       const struct config_device *device)
{
	char key[CONFIG_KEY_MAX];

	diag_add(ld->diag, DIAG_ERROR, region->pos, region_key(key, region),
		 "memory at 0x%llx overlaps the default board's %s at 0x%llx; "
		 "default_board = false leaves it out", (unsigned long long)region->gpa,
		 device->name, (unsigned long long)device->base);
}

static void check_device_memory(struct config_loader *ld, const struct config_device *device)
{
	char text[128];
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_regions; i++) {
		const struct config_region *region = &ld->cfg->regions[i];

		if (region->map_type == CONFIG_MAP_IDENTICAL ||
		    !ranges_overlap(device->base, device->size, region->gpa, region->size))
			continue;
		if (on_default_board(device)) {
			complain_on_memory(ld, region, device);
			continue;
		}
		snprintf(text, sizeof(text), "at 0x%llx overlaps memory at 0x%llx; they are apart",
			 (unsigned long long)device->base, (unsigned long long)region->gpa);
		device_error(ld, device, text);
	}
}

/* @a comes after @b; the default board's come last, but what is named is to blame. */
static void check_device_pair(struct config_loader *ld, const struct config_device *a,
			      const struct config_device *b)
{
	char text[128];

	if (on_default_board(a) && !on_default_board(b)) {
		check_device_pair(ld, b, a);
		return;
	}
	if (!strcmp(a->name, b->name))
		device_error(ld, a, "is another device's name too; names are unique");
	if (ranges_overlap(a->base, a->size, b->base, b->size)) {
		snprintf(text, sizeof(text), "overlaps %s%s at 0x%llx; devices are apart",
			 board_of(b), b->name, (unsigned long long)b->base);
		device_error(ld, a, text);
	}
	if (a->irq && a->irq == b->irq) {
		snprintf(text, sizeof(text), "irq_id %u is that of %s%s too; each has its own",
			 a->irq, board_of(b), b->name);
		device_error(ld, a, text);
	}
	if (!strcmp(a->type, "plic") && !strcmp(b->type, "plic"))
		device_error(ld, a, "is a second PLIC; a VM has one");
}

static void check_device_irq(struct config_loader *ld, const struct config_device *device)
{
	const struct config_device *plic = config_find_device(ld->cfg, "plic");
	uint64_t last = plic ? config_plic_sources(plic) : 0;
	char text[128];

	if (!device->irq)
		return;
	if (device == plic) {
		device_error(ld, device, "is the interrupt controller; its irq_id is 0");
	} else if (!plic) {
		device_error(ld, device,
			     "has an irq_id but there is no PLIC; add one of type 0x30");
	} else if (device->irq > last) {
		snprintf(text, sizeof(text), "irq_id %u is too large; the PLIC has 1 to %llu",
			 device->irq, (unsigned long long)last);
		device_error(ld, device, text);
	} else if (ld->no_irq.line) {
		diag_add(ld->diag, DIAG_NOTE, ld->no_irq, "devices.interrupt_mode",
			 "%s has an irq_id and interrupts nevertheless", device->name);
	}
}

/* cfg_list is [contexts, highest source]; context i is vCPU i's S-mode. */
static void check_plic(struct config_loader *ld, struct config_device *plic)
{
	unsigned int nr = ld->cfg->nr_vcpus;
	char text[128];

	if (!plic->nr_cfg || !plic->cfg[0])
		plic->cfg[0] = nr;
	if (!plic->nr_cfg)
		plic->nr_cfg = 1;
	if (plic->cfg[0] < nr || plic->cfg[0] > PLIC_MAX_CONTEXTS) {
		snprintf(text, sizeof(text), "has %llu contexts for %u vCPUs; %u to %d are right",
			 (unsigned long long)plic->cfg[0], nr, nr, PLIC_MAX_CONTEXTS);
		device_error(ld, plic, text);
	} else if (plic->size < PLIC_CONTEXT_BASE + plic->cfg[0] * PLIC_CONTEXT_SIZE) {
		snprintf(text, sizeof(text), "is too short for its contexts; 0x%llx is enough",
			 PLIC_CONTEXT_BASE + plic->cfg[0] * PLIC_CONTEXT_SIZE);
		device_error(ld, plic, text);
	}
	if (config_plic_sources(plic) > CONFIG_PLIC_MAX_SOURCE)
		device_error(ld, plic, "has too many sources; a PLIC has up to 1023");
}

/* cfg_list is [reg-shift, reg-io-width]. */
static void check_serial(struct config_loader *ld, const struct config_device *serial)
{
	uint64_t shift = serial->cfg[0], width = serial->nr_cfg > 1 ? serial->cfg[1] : 1;

	if (shift > 2)
		device_error(ld, serial, "reg-shift (cfg_list[0]) is 0, 1 or 2");
	else if ((width != 1 && width != 2 && width != 4) || width > 1ULL << shift)
		device_error(ld, serial,
			     "reg-io-width (cfg_list[1]) is 1, 2 or 4, no more than 1 << reg-shift");
	else if (serial->size < 8ULL << shift)
		device_error(ld, serial, "is too short; 8 << reg-shift is enough");
}

static void number_consoles(struct config_loader *ld)
{
	unsigned int i;
	int console = 0;

	for (i = 0; i < ld->cfg->nr_devices; i++) {
		struct config_device *device = &ld->cfg->devices[i];

		if (strcmp(device->type, "ns16550a"))
			continue;
		device->console = console++;
		if (console == CONFIG_MAX_CONSOLES + 1)
			device_error(ld, device, "is one console too many; a VM has up to 8");
	}
}

static void check_devices(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	unsigned int i, j;

	for (i = 0; i < cfg->nr_devices; i++) {
		struct config_device *device = &cfg->devices[i];

		check_device_space(ld, device);
		check_device_memory(ld, device);
		check_device_irq(ld, device);
		if (!strcmp(device->type, "plic"))
			check_plic(ld, device);
		else if (!strcmp(device->type, "ns16550a"))
			check_serial(ld, device);
		for (j = 0; j < i; j++)
			check_device_pair(ld, device, &cfg->devices[j]);
	}
	number_consoles(ld);
}

/* The kernel connects interrupts to a PLIC that is there already. */
static void put_plic_first(struct axvm_config *cfg)
{
	const struct config_device *found = config_find_device(cfg, "plic");
	struct config_device plic;

	if (!found)
		return;
	plic = *found;
	memmove(cfg->devices + 1, cfg->devices, (found - cfg->devices) * sizeof(plic));
	cfg->devices[0] = plic;
}

/* The device tree and the SBI hart mask give hart ids 32 bits. */
static void check_hart_ids(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_vcpus; i++)
		if (ld->cfg->vcpus[i].hw_id > INT32_MAX)
			diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, "base.phys_cpu_ids",
				 "0x%llx is no hart id; 0 to 0x7fffffff are",
				 (unsigned long long)ld->cfg->vcpus[i].hw_id);
}

void config_validate(struct config_loader *ld)
{
	check_regions(ld);
	check_addrs(ld);
	if (ld->cfg->arch != CONFIG_ARCH_RISCV64)
		return;
	check_devices(ld);
	check_hart_ids(ld);
	put_plic_first(ld->cfg);
}
