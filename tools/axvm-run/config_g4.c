// SPDX-License-Identifier: GPL-2.0
/*
 * AxVisor's GuestConfig dialect (G4), checked by its own rules.
 *
 * It is refused as a whole, but a file that is wrong by its own rules is
 * invalid, not merely unsupported. Called by config_check_dialect().
 */
#include <ctype.h>
#include <string.h>

#include "config_loader.h"
#include "util.h"

static void take_any(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	(void)ld;
	(void)key;
	(void)value;
}

static void take_guest_type(struct config_loader *ld, const char *key,
			    const struct toml_node *value)
{
	const char *type = toml_string(value);
	uint64_t number;

	if (toml_kind(value) == TOML_INTEGER)
		config_read_uint(ld, key, value, CONFIG_VM_LINUX, &number);
	else if (!type || (strcmp(type, "virtualized") && strcmp(type, "passthrough")))
		diag_add(ld->diag, DIAG_ERROR, toml_pos(value), key,
			 "is no type of guest; \"virtualized\" and \"passthrough\" are");
}

static const char *read_path(struct config_loader *ld, const char *key,
			     const struct toml_node *node)
{
	static const struct config_field fields[] = { { "path", TOML_STRING, true } };
	const struct toml_node *parts[CONFIG_MAX_FIELDS];
	const char *path;

	if (!config_check_kind(ld, key, node, TOML_TABLE) ||
	    !config_read_tuple(ld, key, node, fields, ARRAY_SIZE(fields), parts))
		return NULL;
	path = config_text(ld, key, parts[0]);
	if (path && (*path != '/' || !path[1])) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "\"%s\" is no device; a path such as \"/soc/serial@1000\" is", path);
		return NULL;
	}
	return path;
}

static void take_paths(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	for (i = 0; i < toml_size(value); i++)
		read_path(ld, config_sub_key(full, key, i, NULL), toml_at(value, i));
}

/* Addresses and interrupts are planned by AxVisor, users may not give them. */
static const char *const forbidden_options[] = {
	"irq_id", "base_gpa", "base_hpa", "legacy_base_gpa", "legacy_length", "mmio_base",
	"pio_base", "msi_device_id", "msi_event_id", "lpi_id",
};

static bool is_word(const char *text, const char *punctuation)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(punctuation, *text))
			return false;
	return true;
}

static void read_virtual(struct config_loader *ld, const char *key, const struct toml_node *node)
{
	const char *id = toml_string(toml_get(node, "id"));
	const char *model = toml_string(toml_get(node, "model"));
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	if (!config_check_kind(ld, key, node, TOML_TABLE))
		return;
	if (!id || !*id || !is_word(id, "-_.@"))
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "has no good id; letters, digits and - _ . @ make one");
	if (!model || !*model || !is_word(model, "-."))
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "has no good model; small letters, digits, - and . make one");
	for (i = 0; i < ARRAY_SIZE(forbidden_options); i++)
		if (toml_get(node, forbidden_options[i]))
			diag_add(ld->diag, DIAG_ERROR,
				 toml_pos(toml_get(node, forbidden_options[i])),
				 config_sub_key(full, key, -1, forbidden_options[i]),
				 "may not be given; AxVisor plans addresses and interrupts");
}

#define G4_MAX_LIST	1024	/* devices that are compared with each other */

/* Report elements of @b whose string @name is also that of an earlier element of @a. */
static void check_distinct(struct config_loader *ld, const char *key, const char *name,
			   const struct toml_node *a, const struct toml_node *b)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i, j;

	if (toml_size(a) > G4_MAX_LIST || toml_size(b) > G4_MAX_LIST) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(b), key,
			 "has too many entries; at most %d are allowed", G4_MAX_LIST);
		return;
	}
	for (i = 0; i < toml_size(b); i++) {
		const char *mine = toml_string(toml_get(toml_at(b, i), name));

		for (j = 0; mine && j < (a == b ? i : toml_size(a)); j++) {
			const char *other = toml_string(toml_get(toml_at(a, j), name));

			if (other && !strcmp(other, mine))
				diag_add(ld->diag, DIAG_ERROR, toml_pos(toml_at(b, i)),
					 config_sub_key(full, key, i, name),
					 "\"%s\" is listed before; once is right", mine);
		}
	}
}

static void take_virtual(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	char full[CONFIG_KEY_MAX];
	unsigned int i;

	for (i = 0; i < toml_size(value); i++)
		read_virtual(ld, config_sub_key(full, key, i, NULL), toml_at(value, i));
	check_distinct(ld, key, "id", value, value);
}

static void take_base(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	static const struct config_key keys[] = {
		{ "id", TOML_INTEGER, false, take_any },
		{ "name", TOML_STRING, false, take_any },
		{ "guest_type", TOML_STRING, false, take_guest_type },
		{ "vm_type", TOML_NONE, false, take_guest_type },
		{ "cpu_num", TOML_INTEGER, false, take_any },
		{ "phys_cpu_ids", TOML_ARRAY, false, take_any },
		{ "phys_cpu_sets", TOML_ARRAY, false, take_any },
	};

	config_read_keys(ld, key, value, keys, ARRAY_SIZE(keys));
}

static void take_kernel(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	static const struct config_key keys[] = {
		{ "entry_point", TOML_INTEGER, false, take_any },
		{ "kernel_path", TOML_STRING, false, take_any },
		{ "kernel_load_addr", TOML_INTEGER, false, take_any },
		{ "dtb_path", TOML_STRING, false, take_any },
		{ "dtb_load_addr", TOML_INTEGER, false, take_any },
		{ "ramdisk_path", TOML_STRING, false, take_any },
		{ "ramdisk_load_addr", TOML_INTEGER, false, take_any },
		{ "image_location", TOML_STRING, false, take_any },
		{ "cmdline", TOML_STRING, false, take_any },
		{ "memory_regions", TOML_ARRAY, false, take_any },
		{ "bios_path", TOML_STRING, false, take_any },
		{ "bios_load_addr", TOML_INTEGER, false, take_any },
		{ "enable_bios", TOML_BOOL, false, take_any },
		{ "boot_protocol", TOML_STRING, false, take_any },
		{ "uefi_firmware_path", TOML_STRING, false, take_any },
	};

	config_read_keys(ld, key, value, keys, ARRAY_SIZE(keys));
}

static void take_devices(struct config_loader *ld, const char *key, const struct toml_node *value)
{
	static const struct config_key keys[] = {
		{ "passthrough", TOML_ARRAY, false, take_paths },
		{ "disabled", TOML_ARRAY, false, take_paths },
		{ "virtual", TOML_ARRAY, false, take_virtual },
	};

	config_read_keys(ld, key, value, keys, ARRAY_SIZE(keys));
	check_distinct(ld, "devices.disabled", "path", toml_get(value, "passthrough"),
		       toml_get(value, "disabled"));
}

void config_check_g4(struct config_loader *ld, const struct toml_node *root)
{
	static const struct {
		const char *name;
		void (*take)(struct config_loader *ld, const char *key,
			     const struct toml_node *value);
	} tables[] = {
		{ "base", take_base }, { "kernel", take_kernel }, { "devices", take_devices },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct toml_node *table = toml_get(root, tables[i].name);

		if (table && config_check_kind(ld, tables[i].name, table, TOML_TABLE))
			tables[i].take(ld, tables[i].name, table);
	}
}
