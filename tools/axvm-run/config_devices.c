// SPDX-License-Identifier: GPL-2.0
/*
 * The table [devices] of a configuration, and the default board.
 *
 * Called by config_load() and config_from_options(); fills the devices of
 * struct axvm_config. Rules between devices are in config_validate.c.
 */
#include <stdlib.h>
#include <string.h>

#include "config_gic.h"
#include "config_loader.h"
#include "config_pc.h"
#include "gic.h"
#include "util.h"

/**
 * struct model - a device that configurations can name
 * @number: AxVisor's emu_type; those from 0x40 to 0x49 are our own
 * @label: what AxVisor calls it
 * @type: name of axvm's model; NULL: axvm has none; empty: part of another device
 * @arch: the architecture that it belongs to, CONFIG_ARCH_UNKNOWN: any
 * @max_cfg: parameters that cfg_list may have
 */
struct model {
	uint64_t number;
	const char *label;
	const char *type;
	enum config_arch arch;
	unsigned int max_cfg;
};

static const struct model models[] = {
	{ 0x00, "Dummy", NULL, CONFIG_ARCH_UNKNOWN, 0 },
	{ 0x01, "InterruptController", GIC_V2, CONFIG_ARCH_ARM64, 2 },
	{ 0x02, "Console", "ns16550a", CONFIG_ARCH_UNKNOWN, 2 },
	{ 0x02, "Console", "isa-serial", CONFIG_ARCH_X86_64, 0 },
	{ 0x03, "FwCfg", NULL, CONFIG_ARCH_LOONGARCH64, 0 },
	{ 0x0a, "IVCChannel", NULL, CONFIG_ARCH_UNKNOWN, 0 },
	{ 0x20, "GPPTRedistributor", "", CONFIG_ARCH_ARM64, 3 },
	{ 0x21, "GPPTDistributor", GIC_V3, CONFIG_ARCH_ARM64, 2 },
	{ 0x22, "GPPTITS", NULL, CONFIG_ARCH_ARM64, 0 },
	{ 0x23, "X86IoApic", "ioapic", CONFIG_ARCH_X86_64, 0 },
	{ 0x24, "X86Pit", "i8254", CONFIG_ARCH_X86_64, 0 },
	{ 0x25, "LoongArchPchPic", NULL, CONFIG_ARCH_LOONGARCH64, 0 },
	{ 0x30, "PPPTGlobal", "plic", CONFIG_ARCH_RISCV64, 2 },
	{ 0x40, "GoldfishRtc", "goldfish-rtc", CONFIG_ARCH_UNKNOWN, 0 },
	{ 0x41, "I8259", "i8259", CONFIG_ARCH_X86_64, 0 },
	{ 0x42, "CmosRtc", "cmos-rtc", CONFIG_ARCH_X86_64, 0 },
	{ 0x43, "AcpiPm", "acpi-pm", CONFIG_ARCH_X86_64, 0 },
	{ 0x44, "I8042", "i8042", CONFIG_ARCH_X86_64, 0 },
	{ 0x45, "ResetPort", "reset-port", CONFIG_ARCH_X86_64, 0 },
	{ 0x46, "Pvpanic", "pvpanic", CONFIG_ARCH_X86_64, 0 },
	{ 0x47, "DebugExit", "debug-exit", CONFIG_ARCH_X86_64, 0 },
	{ 0x48, "Pl011", "pl011", CONFIG_ARCH_ARM64, 0 },
	{ 0x49, "Pl031", "pl031", CONFIG_ARCH_ARM64, 0 },
	{ 0x4a, "PvpanicMmio", "pvpanic-mmio", CONFIG_ARCH_ARM64, 0 },
	{ 0xe1, "VirtioBlk", NULL, CONFIG_ARCH_UNKNOWN, 0 },
	{ 0xe2, "VirtioNet", NULL, CONFIG_ARCH_UNKNOWN, 0 },
	{ 0xe3, "VirtioConsole", NULL, CONFIG_ARCH_UNKNOWN, 0 },
};

/* A number may mean one thing for an architecture and another for the rest. */
static const struct model *find_model(uint64_t number, enum config_arch arch)
{
	const struct model *found = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (models[i].number == number && (!found || models[i].arch == arch))
			found = &models[i];
	return found;
}

/* "0x2 ns16550a, 0x30 plic": what guests of an architecture can have. */
static const char *list_numbers(char *buf, size_t size, enum config_arch arch)
{
	const char *glue = "";
	uint64_t last = 0;
	size_t len = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < ARRAY_SIZE(models) && len < size; i++) {
		const struct model *model = &models[i];

		if (!model->type || model->number == last ||
		    (model->arch != CONFIG_ARCH_UNKNOWN && model->arch != arch))
			continue;
		last = model->number;
		model = find_model(last, arch);
		len += snprintf(buf + len, size - len, "%s0x%llx %s", glue,
				(unsigned long long)last,
				*model->type ? model->type : model->label);
		glue = ", ";
	}
	return buf;
}

uint64_t config_device_number(const char *type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (models[i].type && !strcmp(models[i].type, type))
			return models[i].number;
	abort();
}

/* The fields of an emulated device, in the order of AxVisor's tuple. */
enum { EMU_NAME, EMU_BASE, EMU_LENGTH, EMU_IRQ, EMU_TYPE, EMU_CFG, EMU_FIELDS };

static const struct config_field emu_fields[EMU_FIELDS] = {
	[EMU_NAME] = { "name", TOML_STRING, true },
	[EMU_BASE] = { "base_gpa", TOML_INTEGER, true },
	[EMU_LENGTH] = { "length", TOML_INTEGER, true },
	[EMU_IRQ] = { "irq_id", TOML_INTEGER, true },
	[EMU_TYPE] = { "emu_type", TOML_INTEGER, true },
	[EMU_CFG] = { "cfg_list", TOML_ARRAY, true },
};

enum config_arch config_device_arch(const struct toml_node *table)
{
	const struct toml_node *list = toml_get(table, "emu_devices");
	const struct model *model;
	unsigned int i;

	for (i = 0; i < toml_size(list); i++) {
		const struct toml_node *device = toml_at(list, i), *type;

		type = toml_at(device, EMU_TYPE);
		if (!type)
			type = toml_get(device, emu_fields[EMU_TYPE].name);
		model = toml_kind(type) == TOML_INTEGER ?
			find_model(toml_integer(type), CONFIG_ARCH_UNKNOWN) : NULL;
		if (model && model->arch != CONFIG_ARCH_UNKNOWN)
			return model->arch;
	}
	return CONFIG_ARCH_UNKNOWN;
}

static bool read_cfg(struct config_loader *ld, const char *key, const struct toml_node *list,
		     struct config_device *device)
{
	char full[CONFIG_KEY_MAX];
	bool good = true;
	unsigned int i;

	config_sub_key(full, key, -1, "cfg_list");
	if (toml_size(list) > CONFIG_CFG_MAX) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(list), full,
			 "has %zu entries; at most %d are allowed", toml_size(list),
			 CONFIG_CFG_MAX);
		return false;
	}
	for (i = 0; i < toml_size(list); i++) {
		char element[CONFIG_KEY_MAX];

		good &= config_read_uint(ld, config_sub_key(element, full, i, NULL),
					 toml_at(list, i), INT64_MAX, &device->cfg[i]);
	}
	device->nr_cfg = toml_size(list);
	return good;
}

static bool read_numbers(struct config_loader *ld, const char *key,
			 const struct toml_node *const *parts, struct config_device *device,
			 uint64_t *number)
{
	char full[CONFIG_KEY_MAX];
	uint64_t irq;
	bool good;

	good = config_read_uint(ld, config_sub_key(full, key, -1, "base_gpa"), parts[EMU_BASE],
				CONFIG_GPA_MAX, &device->base);
	good &= config_read_uint(ld, config_sub_key(full, key, -1, "length"), parts[EMU_LENGTH],
				 CONFIG_GPA_MAX, &device->size);
	good &= config_read_count(ld, config_sub_key(full, key, -1, "irq_id"), parts[EMU_IRQ],
				  0, UINT32_MAX, &irq);
	good &= config_read_uint(ld, config_sub_key(full, key, -1, "emu_type"), parts[EMU_TYPE],
				 INT64_MAX, number);
	device->irq = irq;
	return good;
}

static bool read_device_name(struct config_loader *ld, const char *key,
			     const struct toml_node *node, struct config_device *device)
{
	char full[CONFIG_KEY_MAX];
	const char *name;

	config_sub_key(full, key, -1, "name");
	name = config_text(ld, full, node);
	if (!name)
		return false;
	if (!config_word_valid(name)) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), full,
			 "\"%s\" cannot be a name; use at most %d letters, digits and . _ -",
			 name, CONFIG_NAME_MAX);
		return false;
	}
	copy_text(device->name, sizeof(device->name), name);
	return true;
}

static bool check_model(struct config_loader *ld, const char *key, const struct toml_node *node,
			uint64_t number, const struct model *model)
{
	char full[CONFIG_KEY_MAX], known[512];

	config_sub_key(full, key, -1, "emu_type");
	list_numbers(known, sizeof(known), ld->cfg->arch);
	if (!model)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), full,
			 "0x%llx is no device type; %s are supported",
			 (unsigned long long)number, known);
	else if (!model->type)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(node), full,
			 "0x%llx (%s) is not supported; %s are",
			 (unsigned long long)number, model->label, known);
	else if (model->arch != CONFIG_ARCH_UNKNOWN && model->arch != ld->cfg->arch &&
		 ld->cfg->arch != CONFIG_ARCH_UNKNOWN)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(node), full,
			 "0x%llx (%s) is a device of %s; the guest is %s",
			 (unsigned long long)number, model->label, config_arch_name(model->arch),
			 config_arch_name(ld->cfg->arch));
	else
		return true;
	return false;
}

static void read_device(struct config_loader *ld, unsigned int index, const char *key,
			const struct toml_node *node)
{
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	struct config_device device = { .console = -1 };
	const struct model *model;
	uint64_t number;
	bool good;

	if (!config_read_tuple(ld, key, node, emu_fields, EMU_FIELDS, parts))
		return;
	good = read_device_name(ld, key, parts[EMU_NAME], &device);
	good &= read_numbers(ld, key, parts, &device, &number);
	good &= read_cfg(ld, key, parts[EMU_CFG], &device);
	if (!good)
		return;
	model = find_model(number, ld->cfg->arch);
	if (!check_model(ld, key, parts[EMU_TYPE], number, model))
		return;
	if (device.nr_cfg > model->max_cfg)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(parts[EMU_CFG]), key,
			 "cfg_list has %u %s; 0x%llx (%s) takes %u", device.nr_cfg,
			 device.nr_cfg == 1 ? "entry" : "entries",
			 (unsigned long long)number, model->label, model->max_cfg);
	copy_text(device.type, sizeof(device.type), model->type);
	device.index = index;
	device.pos = toml_pos(node);
	if (*device.type)
		*config_add_device(ld->cfg) = device;
	else
		config_gic_take_redistributor(ld, &device);
}

static void each_element(struct config_loader *ld, const char *key, const struct toml_node *list,
			 size_t max, config_element_fn fn)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	if (toml_size(list) > max) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(list), key,
			 "has %zu entries; at most %zu are allowed", toml_size(list), max);
		return;
	}
	for (i = 0; i < toml_size(list); i++)
		fn(ld, i, config_sub_key(full, key, i, NULL), toml_at(list, i));
}

static void take_emulated(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	each_element(ld, key, value, CONFIG_MAX_DEVICES, read_device);
}

static void take_default_board(struct config_loader *ld, const char *key,
			       const struct toml_node *value)
{
	(void)key;
	ld->has_default_board = true;
	ld->default_board = toml_bool(value);
}

/* Keys whose values are words: some mean what axvm does, others need what it lacks. */
struct word {
	const char *name;
	bool supported;
};

static const char *list_words(char *buf, size_t size, const struct word *words, unsigned int nr)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < nr && len < size; i++)
		len += snprintf(buf + len, size - len, "%s\"%s\"", i ? ", " : "", words[i].name);
	return buf;
}

static void take_word(struct config_loader *ld, const char *key, const struct toml_node *value,
		      const struct word *words, unsigned int nr)
{
	const char *text = config_text(ld, key, value);
	char list[256];
	unsigned int i;

	if (!text)
		return;
	for (i = 0; i < nr && strcmp(words[i].name, text); i++)
		;
	if (i == nr)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "\"%s\" is no value for this key; one of %s is", text,
			 list_words(list, sizeof(list), words, nr));
	else if (!words[i].supported)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(value), key,
			 "\"%s\" needs device passthrough, which is not supported; \"%s\" is", text,
			 words[0].name);
}

static void take_interrupt_mode(struct config_loader *ld, const char *key,
				const struct toml_node *value)
{
	static const struct word words[] = {
		{ "emu", true }, { "emulated", true }, { "no_irq", true }, { "no", true },
		{ "none", true }, { "passthrough", false }, { "pt", false },
		{ "hybrid", false }, { "mixed", false },
	};

	take_word(ld, key, value, words, ARRAY_SIZE(words));
	if (toml_string(value) && !strncmp(toml_string(value), "no", 2))
		ld->no_irq = toml_pos(value);
}

static void take_policy(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	static const struct word words[] = {
		{ "virtualized", true }, { "virtual", true }, { "passthrough", false },
		{ "pt", false },
	};

	take_word(ld, key, value, words, ARRAY_SIZE(words));
}

enum { PT_NAME, PT_GPA, PT_HPA, PT_LENGTH, PT_IRQ, PT_FIELDS };

static const struct config_field passthrough_fields[PT_FIELDS] = {
	[PT_NAME] = { "name", TOML_STRING, true },
	[PT_GPA] = { "base_gpa", TOML_INTEGER, false },
	[PT_HPA] = { "base_hpa", TOML_INTEGER, false },
	[PT_LENGTH] = { "length", TOML_INTEGER, false },
	[PT_IRQ] = { "irq_id", TOML_INTEGER, false },
};

static void read_passthrough(struct config_loader *ld, unsigned int index, const char *key,
			     const struct toml_node *node)
{
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	char full[CONFIG_KEY_MAX];
	const char *name;
	unsigned int i;
	uint64_t ignored;

	(void)index;
	if (!config_read_tuple(ld, key, node, passthrough_fields, PT_FIELDS, parts))
		return;
	name = config_text(ld, config_sub_key(full, key, -1, "name"), parts[PT_NAME]);
	for (i = PT_GPA; i < PT_FIELDS; i++)
		if (parts[i])
			config_read_uint(ld, config_sub_key(full, key, -1,
							    passthrough_fields[i].name),
					 parts[i], INT64_MAX, &ignored);
	if (!name)
		return;
	if (*name != '/' && !toml_integer(parts[PT_LENGTH]))
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "\"%s\" is no device tree path and has no length; give one of both", name);
	else
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(node), key,
			 "passing the host's device \"%s\" to a guest is not supported", name);
	ld->passthrough = true;
}

static void take_passthrough(struct config_loader *ld, const char *key,
			     const struct toml_node *value)
{
	each_element(ld, key, value, SIZE_MAX, read_passthrough);
}

static void read_address_range(struct config_loader *ld, unsigned int index, const char *key,
			       const struct toml_node *node)
{
	static const struct config_field fields[] = {
		{ "base_gpa", TOML_INTEGER, true },
		{ "length", TOML_INTEGER, true },
	};
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	uint64_t base, length;

	(void)index;
	if (!config_read_tuple(ld, key, node, fields, ARRAY_SIZE(fields), parts) ||
	    !config_read_uint(ld, key, parts[0], INT64_MAX, &base) ||
	    !config_read_uint(ld, key, parts[1], INT64_MAX, &length))
		return;
	diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(node), key,
		 "passing the host's addresses at 0x%llx to a guest is not supported",
		 (unsigned long long)base);
	ld->passthrough = true;
}

static void take_addresses(struct config_loader *ld, const char *key,
			   const struct toml_node *value)
{
	each_element(ld, key, value, SIZE_MAX, read_address_range);
}

#define PORT_MAX	0xffff
#define PORT_RANGES_MAX	16

static void read_port_range(struct config_loader *ld, unsigned int index, const char *key,
			    const struct toml_node *node)
{
	static const struct config_field fields[] = {
		{ "base", TOML_INTEGER, true },
		{ "length", TOML_INTEGER, true },
	};
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	uint64_t base, length;

	(void)index;
	if (!config_read_tuple(ld, key, node, fields, ARRAY_SIZE(fields), parts) ||
	    !config_read_uint(ld, key, parts[0], PORT_MAX, &base) ||
	    !config_read_uint(ld, key, parts[1], PORT_MAX, &length))
		return;
	if (!length || base + length > PORT_MAX + 1)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "0x%llx ports at 0x%llx; 1 or more below 0x10000 are right",
			 (unsigned long long)length, (unsigned long long)base);
	else
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(node), key,
			 "passing the host's I/O ports at 0x%llx to a guest is not supported",
			 (unsigned long long)base);
	ld->passthrough = true;
}

static void take_ports(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	each_element(ld, key, value, PORT_RANGES_MAX, read_port_range);
}

static void read_excluded(struct config_loader *ld, unsigned int index, const char *key,
			  const struct toml_node *node)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	(void)index;
	if (!config_check_kind(ld, key, node, TOML_ARRAY))
		return;
	for (i = 0; i < toml_size(node); i++)
		config_text(ld, config_sub_key(full, key, i, NULL), toml_at(node, i));
}

/* Runs after everything that passes devices through. */
static void take_excluded(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	each_element(ld, key, value, SIZE_MAX, read_excluded);
	if (!toml_size(value))
		return;
	if (ld->passthrough)
		diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(value), key,
			 "needs device passthrough, which is not supported");
	else
		diag_add(ld->diag, DIAG_NOTE, toml_pos(value), key,
			 "no device is passed through, so there is none to exclude");
}

static const struct config_key devices_keys[] = {
	{ "emu_devices", TOML_ARRAY, false, take_emulated },
	{ "default_board", TOML_BOOL, false, take_default_board },
	{ "interrupt_mode", TOML_STRING, false, take_interrupt_mode },
	{ "address_space_policy", TOML_STRING, false, take_policy },
	{ "passthrough_devices", TOML_ARRAY, false, take_passthrough },
	{ "passthrough_addresses", TOML_ARRAY, false, take_addresses },
	{ "passthrough_ports", TOML_ARRAY, false, take_ports },
	{ "excluded_devices", TOML_ARRAY, false, take_excluded },
};

void config_read_devices(struct config_loader *ld, const struct toml_node *table)
{
	config_read_keys(ld, "devices", table, devices_keys, ARRAY_SIZE(devices_keys));
}

bool config_is_devices_key(const char *key)
{
	return config_has_key(devices_keys, ARRAY_SIZE(devices_keys), key);
}

/* The board of RISC-V guests: addresses and interrupts of QEMU's "virt". */
static const struct config_device riscv_board[] = {
	{ .name = "plic", .type = "plic", .base = 0x0c000000, .size = 0x600000, .nr_cfg = 1 },
	{ .name = "serial0", .type = "ns16550a", .base = 0x10000000, .size = 0x100, .irq = 10 },
	{ .name = "rtc", .type = "goldfish-rtc", .base = 0x00101000, .size = 0x1000, .irq = 11 },
	{ .name = "" },
};

static const struct config_device *board_of(enum config_arch arch)
{
	static const struct config_device *const boards[CONFIG_NR_ARCHS] = {
		[CONFIG_ARCH_RISCV64] = riscv_board,
		[CONFIG_ARCH_ARM64] = config_gic_board,
		[CONFIG_ARCH_X86_64] = config_pc_board,
	};

	return boards[arch];
}

void config_add_default_board(struct config_loader *ld)
{
	const struct config_device *board = board_of(ld->cfg->arch);
	struct axvm_config *cfg = ld->cfg;

	if (!board)
		return;
	for (; *board->name; board++) {
		struct config_device *device;

		if (config_find_device(cfg, board->type) ||
		    config_gic_stands_for(cfg, board->type))
			continue;
		if (cfg->nr_devices == CONFIG_MAX_DEVICES) {
			diag_add(ld->diag, DIAG_ERROR, (struct src_pos){0},
				 "devices.default_board",
				 "does not fit beside %u devices; leave one out", cfg->nr_devices);
			return;
		}
		device = config_add_device(cfg);
		*device = *board;
		device->console = -1;
		if (device->nr_cfg)
			device->cfg[0] = cfg->nr_vcpus;
	}
	cfg->default_board = true;
}
