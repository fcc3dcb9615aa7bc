// SPDX-License-Identifier: GPL-2.0
/*
 * Loading a configuration from a file or from options, see config.h.
 *
 * The stages: read and parse the file, tell the dialect, take [base] and
 * [kernel], settle the architecture, take [devices], complete, validate.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_loader.h"
#include "image.h"
#include "pc.h"
#include "util.h"

#define CONFIG_FILE_MAX		(1024 * 1024)	/* bytes of a TOML file */
#define CONFIG_MEM_DEFAULT	(512ULL << 20)

static const struct {
	enum config_arch arch;
	const char *name;
} arch_names[] = {
	/* The first name of each architecture is uname's. */
	{ CONFIG_ARCH_RISCV64, "riscv64" },
	{ CONFIG_ARCH_RISCV64, "riscv" },
	{ CONFIG_ARCH_ARM64, "aarch64" },
	{ CONFIG_ARCH_ARM64, "arm64" },
	{ CONFIG_ARCH_X86_64, "x86_64" },
	{ CONFIG_ARCH_X86_64, "amd64" },
	{ CONFIG_ARCH_X86_64, "x86" },
	{ CONFIG_ARCH_LOONGARCH64, "loongarch64" },
	{ CONFIG_ARCH_LOONGARCH64, "loong64" },
	{ CONFIG_ARCH_UNKNOWN, "unknown" },
};

const char *config_arch_name(enum config_arch arch)
{
	unsigned int i;

	for (i = 0; arch_names[i].arch != CONFIG_ARCH_UNKNOWN; i++)
		if (arch_names[i].arch == arch)
			break;
	return arch_names[i].name;
}

enum config_arch config_arch_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(arch_names); i++)
		if (!strcmp(arch_names[i].name, name))
			return arch_names[i].arch;
	return CONFIG_ARCH_UNKNOWN;
}

/* Linux names serial ports after their driver. */
static const char *arm64_cmdline(const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++)
		if (!strcmp(cfg->devices[i].type, "ns16550a"))
			return "console=ttyS0 earlycon";
		else if (!strcmp(cfg->devices[i].type, "pl011"))
			break;
	return "console=ttyAMA0 earlycon";
}

const char *config_default_cmdline(const struct axvm_config *cfg)
{
	switch (cfg->arch) {
	case CONFIG_ARCH_RISCV64:
		return "console=ttyS0 earlycon=sbi";
	case CONFIG_ARCH_ARM64:
		return arm64_cmdline(cfg);
	case CONFIG_ARCH_X86_64:
		return "console=ttyS0";
	default:
		return NULL;
	}
}

bool config_parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*size = strtoull(text, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		end += !strcmp(end + 1, "iB") ? 3 : !strcmp(end + 1, "B") ? 2 : 1;
	}
	if (*end || *size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}

void config_set_cpus(struct axvm_config *cfg, unsigned int nr)
{
	unsigned int i;

	free(cfg->vcpus);
	cfg->vcpus = xcalloc(nr, sizeof(*cfg->vcpus));
	cfg->nr_vcpus = nr;
	for (i = 0; i < nr; i++)
		cfg->vcpus[i].hw_id = i;
}

struct config_region *config_add_region(struct axvm_config *cfg)
{
	struct config_region *region;

	cfg->regions = xrealloc(cfg->regions, (cfg->nr_regions + 1) * sizeof(*cfg->regions));
	region = &cfg->regions[cfg->nr_regions++];
	memset(region, 0, sizeof(*region));
	return region;
}

struct config_device *config_add_device(struct axvm_config *cfg)
{
	struct config_device *device;

	cfg->devices = xrealloc(cfg->devices, (cfg->nr_devices + 1) * sizeof(*cfg->devices));
	device = &cfg->devices[cfg->nr_devices++];
	memset(device, 0, sizeof(*device));
	device->console = -1;
	return device;
}

uint64_t config_memory(const struct axvm_config *cfg)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < cfg->nr_regions; i++)
		sum += cfg->regions[i].size;
	return sum;
}

const struct config_device *config_find_device(const struct axvm_config *cfg, const char *type)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++)
		if (!strcmp(cfg->devices[i].type, type))
			return &cfg->devices[i];
	return NULL;
}

#define PLIC_DEFAULT_SOURCE	127

uint64_t config_plic_sources(const struct config_device *plic)
{
	return plic->nr_cfg > 1 && plic->cfg[1] ? plic->cfg[1] : PLIC_DEFAULT_SOURCE;
}

void config_free(struct axvm_config *cfg)
{
	free(cfg->file);
	free(cfg->vcpus);
	free(cfg->kernel.path);
	free(cfg->dtb.path);
	free(cfg->ramdisk.path);
	free(cfg->bios.path);
	free(cfg->cmdline);
	free(cfg->regions);
	free(cfg->devices);
	memset(cfg, 0, sizeof(*cfg));
}

static void replace_string(char **to, char *value)
{
	free(*to);
	*to = value;
}

bool config_word_valid(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			return false;
	return c > name && c - name <= CONFIG_NAME_MAX;
}

/* Names select VMs in commands, where a number is an id. */
bool config_name_valid(const char *name)
{
	return config_word_valid(name) && name[strspn(name, "0123456789")];
}

static void apply_name(struct config_loader *ld, const char *name)
{
	if (config_name_valid(name))
		copy_text(ld->cfg->name, sizeof(ld->cfg->name), name);
	else
		diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, "--name",
			 "\"%s\" cannot be a name; " CONFIG_NAME_RULE, name, CONFIG_NAME_MAX);
}

static void apply_addr(struct config_loader *ld, const char *option, bool given, uint64_t value,
		       struct config_addr *addr)
{
	if (!given)
		return;
	addr->set = true;
	addr->value = value;
	addr->pos = (struct src_pos){0};
	if (value >= CONFIG_GPA_MAX)
		diag_add(ld->diag, DIAG_ERROR, addr->pos, option,
			 "0x%llx is too large; below 0x%llx is right", (unsigned long long)value,
			 CONFIG_GPA_MAX);
}

/* What options change in a configuration, whether it came from a file or not. */
static void apply_options(struct config_loader *ld)
{
	const struct config_options *opts = ld->opts;
	struct axvm_config *cfg = ld->cfg;
	unsigned int i;

	if (opts->name)
		apply_name(ld, opts->name);
	if (opts->has_id) {
		cfg->auto_id = false;
		cfg->id = opts->id;
	}
	apply_addr(ld, "--entry", opts->has_entry, opts->entry, &cfg->entry);
	apply_addr(ld, "--load", opts->has_load, opts->load, &cfg->kernel.load);
	if (opts->protocol)
		config_take_protocol(ld, "--boot-protocol", (struct src_pos){0}, opts->protocol);
	if (opts->cmdline)
		replace_string(&cfg->cmdline, xstrdup(opts->cmdline));
	for (i = 0; opts->prealloc && i < cfg->nr_regions; i++)
		cfg->regions[i].prealloc = true;
}

static void complete_cmdline(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	const char *append = ld->opts->append;

	if (!cfg->cmdline && cfg->vm_type == CONFIG_VM_LINUX)
		cfg->cmdline = xstrdup(config_default_cmdline(cfg));
	if (append && *append && cfg->cmdline && *cfg->cmdline)
		replace_string(&cfg->cmdline, xasprintf("%s %s", cfg->cmdline, append));
	else if (append && *append)
		replace_string(&cfg->cmdline, xstrdup(append));
	if (cfg->cmdline && strlen(cfg->cmdline) > CONFIG_CMDLINE_MAX)
		diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0},
			 append ? "--append" : "--cmdline",
			 "has %zu bytes; at most %d are allowed", strlen(cfg->cmdline),
			 CONFIG_CMDLINE_MAX);
}

/* Is this the memory of a PC: from 0 up to the devices, and perhaps from 4 GiB on? */
static bool is_pc_memory(const struct axvm_config *cfg)
{
	return cfg->nr_regions && !cfg->regions[0].gpa &&
	       (cfg->nr_regions == 1 ||
		(cfg->nr_regions == 2 && cfg->regions[1].gpa == PC_HOLE_END));
}

/* --mem is all memory of a PC; what does not fit below the devices is above 4 GiB. */
static void split_memory(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	struct config_region high;
	uint64_t mem;

	if (!is_pc_memory(cfg) || !ld->opts->mem)
		return;
	mem = ld->opts->mem;
	cfg->nr_regions = 1;
	if (mem <= PC_HOLE_BASE)
		return;
	high = cfg->regions[0];
	high.gpa = PC_HOLE_END;
	high.size = mem - PC_HOLE_BASE;
	high.index = 1;
	cfg->regions[0].size = PC_HOLE_BASE;
	*config_add_region(cfg) = high;
}

/* The stages after the sources have been read: the same for file and options. */
static void complete(struct config_loader *ld)
{
	bool board = ld->has_default_board ? ld->default_board :
					   !ld->cfg->nr_devices && !*ld->redistributor.name;

	if (ld->cfg->arch == CONFIG_ARCH_X86_64)
		split_memory(ld);
	if (board && !ld->diag->nr[DIAG_ERROR])
		config_add_default_board(ld);
	complete_cmdline(ld);
	config_validate(ld);
}

/* Standard input may be a pipe, whose length nobody knows. */
static bool read_stdin(struct config_loader *ld, struct image_bytes *text)
{
	text->data = xcalloc(CONFIG_FILE_MAX + 1, 1);
	text->len = fread(text->data, 1, CONFIG_FILE_MAX + 1, stdin);
	if (!ferror(stdin) && text->len <= CONFIG_FILE_MAX)
		return true;
	diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, NULL,
		 ferror(stdin) ? "standard input cannot be read" :
				 "standard input has more than %d bytes", CONFIG_FILE_MAX);
	free(text->data);
	return false;
}

static bool read_text(struct config_loader *ld, struct image_bytes *text)
{
	struct image_reader reader = { .limit = CONFIG_FILE_MAX };
	struct image_error error;

	if (ld->opts->from_stdin && !strcmp(ld->cfg->file, "-"))
		return read_stdin(ld, text);
	if (image_read(&reader, ld->cfg->file, text, &error))
		return true;
	diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0}, NULL, "%s", error.text);
	return false;
}

/* A table that must be there, or may be missing. */
static const struct toml_node *find_table(struct config_loader *ld, const struct toml_node *root,
					  const char *name, bool required)
{
	const struct toml_node *table = toml_get(root, name);

	if (!table && required)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(root), name,
			 "is missing; a configuration has the tables [base] and [kernel]");
	else if (table && config_check_kind(ld, name, table, TOML_TABLE))
		return table;
	return NULL;
}

const char *config_find_home(const char *key)
{
	if (config_is_base_key(key))
		return "base";
	if (config_is_kernel_key(key))
		return "kernel";
	return config_is_devices_key(key) ? "devices" : NULL;
}

static bool check_table_name(const char *key, struct src_pos pos, const struct toml_node *value,
			     void *arg)
{
	static const char *const known[] = { "base", "kernel", "devices", NULL };
	const char *near = nearest_name(key, known);
	const char *home = config_find_home(key);
	struct config_loader *ld = arg;

	(void)value;
	if (near && !strcmp(near, key))
		return true;
	if (home)
		diag_add(ld->diag, DIAG_ERROR, pos, key,
			 "stands at the top; it belongs into the table [%s]", home);
	else if (near)
		diag_add(ld->diag, DIAG_ERROR, pos, key, "unknown key; did you mean [%s]?", near);
	else
		diag_add(ld->diag, DIAG_ERROR, pos, key,
			 "unknown key; at the top there are [base], [kernel] and [devices]");
	return true;
}

static void read_tables(struct config_loader *ld, const struct toml_node *root)
{
	const struct toml_node *base, *kernel, *devices;

	toml_each_key(root, check_table_name, ld);
	base = find_table(ld, root, "base", true);
	kernel = find_table(ld, root, "kernel", true);
	devices = find_table(ld, root, "devices", false);
	if (base)
		config_read_base(ld, base);
	if (kernel)
		config_read_kernel(ld, kernel);
	if (base && kernel)
		config_pick_arch(ld, config_device_arch(devices));
	if (devices)
		config_read_devices(ld, devices);
	apply_options(ld);
	if (base && kernel)
		complete(ld);
}

static void load_text(struct config_loader *ld, const struct image_bytes *text)
{
	struct toml_error error;
	struct toml_doc *doc;

	doc = toml_parse((const char *)text->data, text->len, &error);
	if (!doc) {
		diag_add(ld->diag, DIAG_ERROR, error.pos, NULL, "not TOML: %s", error.text);
		return;
	}
	if (config_check_dialect(ld, toml_root(doc)))
		read_tables(ld, toml_root(doc));
	toml_free(doc);
}

static void init_config(struct axvm_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->auto_id = true;
	cfg->vm_type = CONFIG_VM_RTOS;
}

int config_load(struct axvm_config *cfg, const char *path, const struct config_options *opts,
		struct diag *diag)
{
	static const struct config_options no_options;
	struct config_loader ld = {
		.cfg = cfg,
		.opts = opts ? opts : &no_options,
		.diag = diag,
	};
	struct image_bytes text;
	const char *slash = strrchr(path, '/');

	init_config(cfg);
	cfg->file = xstrdup(path);
	ld.dir = xasprintf("%.*s", slash ? (int)(slash + 1 - path) : 0, path);
	if (read_text(&ld, &text)) {
		load_text(&ld, &text);
		free(text.data);
	}
	free(ld.dir);
	return diag_status(diag);
}

/* Where memory begins on the default boards. */
static const uint64_t ram_bases[CONFIG_NR_ARCHS] = {
	[CONFIG_ARCH_RISCV64] = 0x80000000,
	[CONFIG_ARCH_ARM64] = 0x40000000,
};

static void add_ram(struct config_loader *ld)
{
	struct config_region *region = config_add_region(ld->cfg);

	region->gpa = ram_bases[ld->cfg->arch];
	region->size = ld->opts->mem ? ld->opts->mem : CONFIG_MEM_DEFAULT;
	region->flags = CONFIG_MEM_READ | CONFIG_MEM_WRITE | CONFIG_MEM_EXEC;
}

int config_from_options(struct axvm_config *cfg, const struct config_options *opts,
			struct diag *diag)
{
	struct config_loader ld = { .cfg = cfg, .opts = opts, .diag = diag };

	init_config(cfg);
	cfg->vm_type = CONFIG_VM_LINUX;
	if (!opts->kernel)
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, "--kernel",
			 "is missing; a VM needs a kernel");
	cfg->kernel.path = xstrdup(opts->kernel);
	cfg->ramdisk.path = xstrdup(opts->ramdisk);
	cfg->dtb.path = xstrdup(opts->dtb);
	if (opts->cpus > CONFIG_MAX_VCPUS)
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, "--cpus",
			 "%u is too many; 1 to %d are right", opts->cpus, CONFIG_MAX_VCPUS);
	else
		config_set_cpus(cfg, opts->cpus ? opts->cpus : 1);
	config_pick_arch(&ld, CONFIG_ARCH_UNKNOWN);
	add_ram(&ld);
	apply_options(&ld);
	complete(&ld);
	return diag_status(diag);
}
