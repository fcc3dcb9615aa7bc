// SPDX-License-Identifier: GPL-2.0
/*
 * The tables [base] and [kernel] of a configuration.
 *
 * Called by config_load() once each; fills struct axvm_config and reports what
 * is wrong with single keys. Rules between keys are in config_validate.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config_loader.h"
#include "util.h"

static void take_id(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	uint64_t id;

	ld->cfg->auto_id = !config_read_count(ld, key, value, 0, INT32_MAX, &id);
	ld->cfg->id = id;
}

static void take_name(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	const char *name = config_text(ld, key, value);

	if (name && config_name_valid(name))
		copy_text(ld->cfg->name, sizeof(ld->cfg->name), name);
	else if (name)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "\"%s\" cannot be a name; " CONFIG_NAME_RULE, name, CONFIG_NAME_MAX);
}

static void take_vm_type(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	uint64_t type;

	if (!config_read_count(ld, key, value, 0, CONFIG_VM_LINUX, &type))
		return;
	ld->cfg->vm_type = type;
	if (type == CONFIG_VM_HOST)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(value), key,
			 "0 (host VM) is not supported; 1 is any guest, 2 a Linux guest");
}

static void take_arch(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	const char *name = config_text(ld, key, value);

	if (!name)
		return;
	ld->arch_key = config_arch_by_name(name);
	if (ld->arch_key == CONFIG_ARCH_UNKNOWN)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "\"%s\" is no architecture; riscv64, aarch64, x86_64, loongarch64 are",
			 name);
}

static void take_cpu_num(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	uint64_t nr;

	if (!config_read_count(ld, key, value, 1, CONFIG_MAX_VCPUS, &nr))
		return;
	config_set_cpus(ld->cfg, ld->opts->cpus ? ld->opts->cpus : nr);
}

/* An array with an entry for each vCPU; nothing to compare with when cpu_num is bad. */
static bool check_per_cpu(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	unsigned int nr = ld->cfg->nr_vcpus;

	if (!nr || toml_size(value) == nr)
		return nr;
	diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
		 "has %zu %s; the VM has %u vCPUs", toml_size(value),
		 toml_size(value) == 1 ? "entry" : "entries", nr);
	return false;
}

static void take_cpu_ids(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	struct config_vcpu *vcpus = ld->cfg->vcpus;
	char full[CONFIG_KEY_MAX];
	unsigned int i, j;

	if (!check_per_cpu(ld, key, value))
		return;
	ld->has_cpu_ids = true;
	ld->cpu_ids_pos = toml_pos(value);
	for (i = 0; i < ld->cfg->nr_vcpus; i++) {
		const struct toml_node *id = toml_at(value, i);

		config_sub_key(full, key, i, NULL);
		if (!config_read_uint(ld, full, id, INT64_MAX, &vcpus[i].hw_id))
			continue;
		for (j = 0; j < i; j++)
			if (vcpus[j].hw_id == vcpus[i].hw_id)
				diag_add(ld->diag, DIAG_ERROR, toml_pos(id), full,
					 "0x%llx is vCPU %u's id too; ids are unique",
					 (unsigned long long)vcpus[i].hw_id, j);
	}
}

static void set_cpu(struct config_vcpu *vcpu, unsigned long cpu)
{
	vcpu->mask[cpu / 8] |= 1u << (cpu % 8);
	if (vcpu->mask_len < cpu / 8 + 1)
		vcpu->mask_len = cpu / 8 + 1;
}

/* "first" or "first-last"; NULL when it is neither, else what follows. */
static const char *parse_cpu_range(const char *text, unsigned long *first, unsigned long *last)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*first = *last = strtoul(text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return NULL;
		*last = strtoul(end + 1, &end, 10);
	}
	if (*last >= 8UL * CONFIG_MASK_MAX || *first > *last)
		return NULL;
	return end;
}

static bool parse_cpu_list(const char *text, struct config_vcpu *vcpu)
{
	unsigned long first, last;

	for (;;) {
		text = parse_cpu_range(text, &first, &last);
		if (!text)
			return false;
		for (; first <= last; first++)
			set_cpu(vcpu, first);
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

static void take_cpu_set(struct config_loader *ld, const char *key, const struct toml_node *value,
			 struct config_vcpu *vcpu)
{
	unsigned int bit;
	uint64_t mask;

	if (toml_kind(value) == TOML_STRING) {
		const char *list = config_text(ld, key, value);

		if (list && !parse_cpu_list(list, vcpu))
			diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
				 "\"%s\" is no list of CPUs; write \"0-3,8\", CPUs below %d", list,
				 8 * CONFIG_MASK_MAX);
		return;
	}
	if (!config_read_uint(ld, key, value, INT64_MAX, &mask))
		return;
	if (!mask)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "allows no CPU at all; set bit n for host CPU n");
	for (bit = 0; bit < 63; bit++)
		if (mask >> bit & 1)
			set_cpu(vcpu, bit);
}

static void take_cpu_sets(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	if (!check_per_cpu(ld, key, value))
		return;
	for (i = 0; i < ld->cfg->nr_vcpus; i++)
		take_cpu_set(ld, config_sub_key(full, key, i, NULL), toml_at(value, i),
			     &ld->cfg->vcpus[i]);
}

static void take_sve(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	(void)key;
	ld->cfg->sve = toml_bool(value);
	ld->cfg->sve_pos = toml_pos(value);
}

/* Arm ARM, ZCR_ELx.LEN: vectors are multiples of 128 bits, up to 2048. Runs after sve. */
static void take_sve_length(struct config_loader *ld, const char *key,
			    const struct toml_node *value)
{
	struct axvm_config *cfg = ld->cfg;
	uint64_t bits;

	if (!config_read_count(ld, key, value, 128, 2048, &bits))
		return;
	if (bits % 128)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "%llu is no length of vectors; multiples of 128 are",
			 (unsigned long long)bits);
	else if (cfg->sve_pos.line && !cfg->sve)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "contradicts sve = false; leave one of them out");
	cfg->sve = true;
	cfg->sve_bits = bits;
	cfg->sve_pos = toml_pos(value);
}

static const struct config_key base_keys[] = {
	{ "id", TOML_INTEGER, false, take_id },
	{ "name", TOML_STRING, false, take_name },
	{ "vm_type", TOML_INTEGER, false, take_vm_type },
	{ "arch", TOML_STRING, false, take_arch },
	{ "cpu_num", TOML_INTEGER, true, take_cpu_num },
	{ "phys_cpu_ids", TOML_ARRAY, false, take_cpu_ids },
	{ "phys_cpu_sets", TOML_ARRAY, false, take_cpu_sets },
	{ "sve", TOML_BOOL, false, take_sve },
	{ "sve_vector_length", TOML_INTEGER, false, take_sve_length },
};

void config_read_base(struct config_loader *ld, const struct toml_node *table)
{
	const struct toml_node *arch = toml_get(table, "arch");

	ld->base_pos = toml_pos(table);
	if (arch)
		ld->arch_pos = toml_pos(arch);
	config_read_keys(ld, "base", table, base_keys, ARRAY_SIZE(base_keys));
}

static void take_addr(struct config_loader *ld, const char *key, const struct toml_node *value,
		      struct config_addr *addr)
{
	addr->set = config_read_uint(ld, key, value, CONFIG_GPA_MAX - 1, &addr->value);
	addr->pos = toml_pos(value);
}

/* Relative paths start at the directory of the configuration. */
static void take_path(struct config_loader *ld, const char *key, const struct toml_node *value,
		      struct config_file *file)
{
	const char *path = config_text(ld, key, value);

	if (!path)
		return;
	file->pos = toml_pos(value);
	file->path = xasprintf("%s%s", *path == '/' ? "" : ld->dir, path);
}

static void take_entry(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	take_addr(ld, key, value, &ld->cfg->entry);
}

static void take_kernel_path(struct config_loader *ld, const char *key,
			     const struct toml_node *value)
{
	const char *path = toml_string(value);

	if (path && !*path) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "is empty; a VM needs a kernel, so name its file");
		return;
	}
	take_path(ld, key, value, &ld->cfg->kernel);
}

static void take_kernel_addr(struct config_loader *ld, const char *key,
			     const struct toml_node *value)
{
	take_addr(ld, key, value, &ld->cfg->kernel.load);
}

static void take_dtb_path(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	take_path(ld, key, value, &ld->cfg->dtb);
}

static void take_dtb_addr(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	take_addr(ld, key, value, &ld->cfg->dtb.load);
}

static void take_ramdisk_path(struct config_loader *ld, const char *key,
			      const struct toml_node *value)
{
	take_path(ld, key, value, &ld->cfg->ramdisk);
}

static void take_ramdisk_addr(struct config_loader *ld, const char *key,
			      const struct toml_node *value)
{
	take_addr(ld, key, value, &ld->cfg->ramdisk.load);
}

/* AxVisor embeds "memory" images when it is built; here both are files. */
static void take_location(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	const char *where = config_text(ld, key, value);

	if (where && strcmp(where, "memory") && strcmp(where, "fs"))
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "\"%s\" is no place for images; \"fs\" and \"memory\" are", where);
}

static void take_cmdline(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	const char *text = toml_string(value);

	if (!text)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "has a NUL in it; a command line is text");
	else if (strlen(text) > CONFIG_CMDLINE_MAX)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "has %zu bytes; at most %d are allowed", strlen(text), CONFIG_CMDLINE_MAX);
	else
		ld->cfg->cmdline = xstrdup(text);
}

static void take_disk(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	if (config_text(ld, key, value))
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(value), key,
			 "disks are not supported; leave the key out");
}

static void read_region(struct config_loader *ld, unsigned int index, const char *key,
			const struct toml_node *node)
{
	static const struct config_field fields[] = {
		{ "gpa", TOML_INTEGER, true },
		{ "size", TOML_INTEGER, true },
		{ "flags", TOML_INTEGER, true },
		{ "map_type", TOML_INTEGER, true },
	};
	static const uint64_t max[] = { CONFIG_GPA_MAX, CONFIG_GPA_MAX, 0x3f,
					CONFIG_MAP_RESERVED };
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	uint64_t values[ARRAY_SIZE(fields)];
	struct config_region *region;
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	if (!config_read_tuple(ld, key, node, fields, ARRAY_SIZE(fields), parts))
		return;
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!config_read_uint(ld, config_sub_key(full, key, -1, fields[i].name), parts[i],
				      max[i], &values[i]))
			return;
	region = config_add_region(ld->cfg);
	region->gpa = values[0];
	region->size = values[1];
	region->flags = values[2];
	region->map_type = values[3];
	region->index = index;
	region->pos = toml_pos(node);
}

static void take_regions(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	if (toml_size(value) > CONFIG_MAX_REGIONS) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "has %zu regions; a VM has 1 to %d", toml_size(value), CONFIG_MAX_REGIONS);
		return;
	}
	if (!toml_size(value))
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(value), key,
			 "a VM without memory is not supported; name a region");
	for (i = 0; i < toml_size(value); i++)
		read_region(ld, i, config_sub_key(full, key, i, NULL), toml_at(value, i));
	if (ld->opts->mem && ld->cfg->nr_regions)
		ld->cfg->regions[0].size = ld->opts->mem;
}

/* Runs after memory_regions. */
static void take_prealloc(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	unsigned int i;

	(void)key;
	for (i = 0; i < ld->cfg->nr_regions; i++)
		ld->cfg->regions[i].prealloc = toml_bool(value);
}

static void take_bios_path(struct config_loader *ld, const char *key,
			   const struct toml_node *value)
{
	take_path(ld, key, value, &ld->cfg->bios);
}

static void take_bios_addr(struct config_loader *ld, const char *key,
			   const struct toml_node *value)
{
	take_addr(ld, key, value, &ld->cfg->bios.load);
}

/* Looked at together with the other keys of firmware. */
static void take_firmware_key(struct config_loader *ld, const char *key,
			      const struct toml_node *value)
{
	(void)ld;
	(void)key;
	(void)value;
}

/**
 * struct protocol_name - a value of boot_protocol
 * @name: the value
 * @protocol: what it means
 * @firmware: goes with enable_bios = true, else with false
 * @refused: AxVisor knows it, axvm does not have it
 */
static const struct protocol_name {
	const char *name;
	enum config_protocol protocol;
	bool firmware;
	bool refused;
} protocol_names[] = {
	/* The first name of each protocol is ours. */
	{ "direct", CONFIG_BOOT_AUTO, false, false },
	{ "kernel", CONFIG_BOOT_AUTO, false, false },
	{ "multiboot", CONFIG_BOOT_MULTIBOOT, true, false },
	{ "bios", CONFIG_BOOT_MULTIBOOT, true, false },
	{ "axvm-bios", CONFIG_BOOT_MULTIBOOT, true, false },
	{ "uefi", CONFIG_BOOT_AUTO, true, true },
	{ "efi", CONFIG_BOOT_AUTO, true, true },
	{ "linux32", CONFIG_BOOT_LINUX32, false, false },
	{ "pvh", CONFIG_BOOT_PVH, false, false },
	{ "elf", CONFIG_BOOT_ELF, false, false },
	{ "real", CONFIG_BOOT_REAL, false, false },
	{ "protected", CONFIG_BOOT_PROTECTED, false, false },
};

#define PROTOCOLS	"direct, multiboot, linux32, pvh, elf, real, protected"

static const struct protocol_name *find_protocol(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocol_names); i++)
		if (!strcmp(protocol_names[i].name, name))
			return &protocol_names[i];
	return NULL;
}

const char *config_protocol_name(enum config_protocol protocol)
{
	unsigned int i = 0;

	while (protocol_names[i].protocol != protocol)
		i++;
	return protocol_names[i].name;
}

void config_take_protocol(struct config_loader *ld, const char *key, struct src_pos pos,
			  const char *name)
{
	const struct protocol_name *found = find_protocol(name);

	if (!found) {
		diag_add(ld->diag, DIAG_ERROR, pos, key,
			 "\"%s\" is no boot protocol; " PROTOCOLS " are", name);
		return;
	}
	/* A file says more about it than this key: see check_uefi(). */
	if (found->refused && !pos.line)
		diag_add(ld->diag, DIAG_UNSUPPORTED, pos, key,
			 "\"%s\" is not supported; " PROTOCOLS " are", name);
	ld->cfg->protocol = found->protocol;
	ld->cfg->protocol_pos = pos;
}

static void take_protocol(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	const char *name = config_text(ld, key, value);

	if (name)
		config_take_protocol(ld, key, toml_pos(value), name);
}

/* One finding, also where a file lacks what AxVisor demands with UEFI. */
static void check_uefi(struct config_loader *ld, const struct toml_node *table, bool enabled,
		       struct src_pos pos)
{
	bool firmware = toml_get(table, "uefi_firmware_path") || toml_get(table, "bios_path");
	const char *missing = !enabled ? "enable_bios = true" :
			      !firmware ? "uefi_firmware_path" :
			      !toml_get(table, "bios_load_addr") ? "bios_load_addr" : NULL;

	ld->uefi = true;
	if (missing)
		diag_add(ld->diag, DIAG_ERROR, pos, "kernel.boot_protocol",
			 "\"uefi\" goes with %s, which is missing; UEFI is not supported anyway, "
			 "guests start at their kernel", missing);
	else
		diag_add(ld->diag, DIAG_UNSUPPORTED, pos, "kernel.boot_protocol",
			 "UEFI firmware is not supported; guests start at their kernel");
}

/* Which firmware keys go together: AxVisor's rules for its boot protocols. */
static void check_firmware(struct config_loader *ld, const struct toml_node *table)
{
	const struct toml_node *enable = toml_get(table, "enable_bios");
	const struct toml_node *path = toml_get(table, "bios_path");
	const struct toml_node *uefi = toml_get(table, "uefi_firmware_path");
	const char *name = toml_string(toml_get(table, "boot_protocol"));
	const struct protocol_name *protocol = name ? find_protocol(name) : NULL;
	struct src_pos pos = toml_pos(name ? toml_get(table, "boot_protocol") :
				      enable ? enable : path ? path : table);
	/* Before there was enable_bios, its path alone said it. */
	bool bios = enable ? toml_bool(enable) : !!path;

	if (protocol && protocol->refused) {
		check_uefi(ld, table, bios, pos);
		return;
	}
	if (protocol && bios != protocol->firmware)
		diag_add(ld->diag, DIAG_ERROR, pos, "kernel.boot_protocol",
			 "\"%s\" contradicts enable_bios = %s; \"%s\" goes with it", name,
			 bios ? "true" : "false", bios ? "multiboot" : "direct");
	else if (path && !bios)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(path), "kernel.bios_path",
			 "contradicts enable_bios = false; leave it out, or say true");
	if (path && !toml_get(table, "bios_load_addr"))
		diag_add(ld->diag, DIAG_ERROR, pos, "kernel.bios_load_addr",
			 "is missing; the firmware needs an address");
	ld->uefi = uefi;
	if (uefi)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(uefi), "kernel.uefi_firmware_path",
			 "UEFI firmware is not supported; guests start at their kernel");
	if (bios && !name)
		ld->cfg->protocol = CONFIG_BOOT_MULTIBOOT;
	if (bios && !name)
		ld->cfg->protocol_pos = pos;
}

static const struct config_key kernel_keys[] = {
	{ "entry_point", TOML_INTEGER, false, take_entry },
	{ "kernel_path", TOML_STRING, true, take_kernel_path },
	{ "kernel_load_addr", TOML_INTEGER, false, take_kernel_addr },
	{ "dtb_path", TOML_STRING, false, take_dtb_path },
	{ "dtb_load_addr", TOML_INTEGER, false, take_dtb_addr },
	{ "ramdisk_path", TOML_STRING, false, take_ramdisk_path },
	{ "ramdisk_load_addr", TOML_INTEGER, false, take_ramdisk_addr },
	{ "image_location", TOML_STRING, false, take_location },
	{ "cmdline", TOML_STRING, false, take_cmdline },
	{ "disk_path", TOML_STRING, false, take_disk },
	{ "memory_regions", TOML_ARRAY, true, take_regions },
	{ "prealloc", TOML_BOOL, false, take_prealloc },
	{ "bios_path", TOML_STRING, false, take_bios_path },
	{ "bios_load_addr", TOML_INTEGER, false, take_bios_addr },
	{ "enable_bios", TOML_BOOL, false, take_firmware_key },
	{ "boot_protocol", TOML_STRING, false, take_protocol },
	{ "uefi_firmware_path", TOML_STRING, false, take_firmware_key },
};

void config_read_kernel(struct config_loader *ld, const struct toml_node *table)
{
	config_read_keys(ld, "kernel", table, kernel_keys, ARRAY_SIZE(kernel_keys));
	check_firmware(ld, table);
}

bool config_is_base_key(const char *key)
{
	return config_has_key(base_keys, ARRAY_SIZE(base_keys), key);
}

bool config_is_kernel_key(const char *key)
{
	return config_has_key(kernel_keys, ARRAY_SIZE(kernel_keys), key);
}
