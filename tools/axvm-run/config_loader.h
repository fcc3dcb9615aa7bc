/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the config*.c files share while a configuration is read.
 *
 * Private to them; config.h is for everybody else. A loader lives on the stack
 * of config_load() or config_from_options().
 */
#ifndef AXVM_RUN_CONFIG_LOADER_H
#define AXVM_RUN_CONFIG_LOADER_H

#include "config.h"
#include "toml.h"
#include "util.h"

#define CONFIG_PAGE		4096ULL
#define CONFIG_NAME_RULE	\
	"use at most %d letters, digits and . _ -, not digits alone"
#define CONFIG_KEY_MAX		128	/* bytes of a full key as shown to people */

/**
 * struct config_loader - the state of one load
 * @cfg: what is being filled
 * @opts: options of the command line, never NULL
 * @diag: takes the findings
 * @dir: directory that relative paths start from, "" for the current one
 * @has_default_board: [devices] default_board was given
 * @default_board: its value
 * @arch_key: architecture that [base] arch names
 * @arch_pos: where it does, or tries to
 * @base_pos: where [base] begins
 * @no_irq: where interrupt_mode says that there are none; line 0 when it does not
 * @passthrough: the file passes host devices or addresses to the guest
 * @uefi: the file asks for UEFI, which was refused
 * @has_cpu_ids: phys_cpu_ids was given
 * @cpu_ids_pos: where
 * @redistributor: of a GIC, where a file names it; without a name: it does not
 */
struct config_loader {
	struct axvm_config *cfg;
	const struct config_options *opts;
	struct diag *diag;
	char *dir;
	bool has_default_board;
	bool default_board;
	enum config_arch arch_key;
	struct src_pos arch_pos;
	struct src_pos base_pos;
	struct src_pos no_irq;
	bool passthrough;
	bool uefi;
	bool has_cpu_ids;
	struct src_pos cpu_ids_pos;
	struct config_device redistributor;
};

/**
 * struct config_key - a key that a table may have
 * @name: the key
 * @kind: kind of its value
 * @required: its absence is an error
 * @take: checks the value and stores it; gets the full key for messages
 */
struct config_key {
	const char *name;
	enum toml_kind kind;
	bool required;
	void (*take)(struct config_loader *ld, const char *key, const struct toml_node *value);
};

/**
 * struct config_field - an element of a tuple that may also be an inline table
 * @name: its name in an inline table
 * @kind: kind of its value
 * @required: its absence is an error
 */
struct config_field {
	const char *name;
	enum toml_kind kind;
	bool required;
};

#define CONFIG_MAX_FIELDS	8

/* Takes an element of an array: its number, its full key, its value. */
typedef void (*config_element_fn)(struct config_loader *ld, unsigned int index, const char *key,
				  const struct toml_node *node);

/* config.c */

/**
 * config_find_home() - the table that a key belongs into
 * @key: the key, without a table
 *
 * Return: "base", "kernel", "devices", or NULL when it is no key of these.
 */
const char *config_find_home(const char *key);

/* config_tree.c: shapes of values */

/**
 * config_read_keys() - take the keys of a table
 * @ld: the loader
 * @name: the table's name
 * @table: the table
 * @keys: keys that it may have, taken in this order
 * @nr_keys: their number, at most CONFIG_MAX_KEYS
 */
void config_read_keys(struct config_loader *ld, const char *name, const struct toml_node *table,
		      const struct config_key *keys, unsigned int nr_keys);

#define CONFIG_MAX_KEYS		32

/**
 * config_has_key() - is it one of these keys?
 * @keys: known keys
 * @nr_keys: their number
 * @name: what is asked for
 */
bool config_has_key(const struct config_key *keys, unsigned int nr_keys, const char *name);

/**
 * config_read_tuple() - take an element such as [gpa, size, flags, map_type]
 * @ld: the loader
 * @key: its full key
 * @node: array or inline table
 * @fields: what it may consist of
 * @nr_fields: their number, at most CONFIG_MAX_FIELDS
 * @values: one per field, NULL where absent
 *
 * Return: false when something was wrong, and was reported.
 */
bool config_read_tuple(struct config_loader *ld, const char *key, const struct toml_node *node,
		       const struct config_field *fields, unsigned int nr_fields,
		       const struct toml_node **values);

/**
 * config_read_uint() - take an integer that is not negative
 * @ld: the loader
 * @key: its full key
 * @node: an integer
 * @max: largest value allowed
 * @value: the result, 0 on error
 *
 * Return: false when it was out of range, and was reported.
 */
bool config_read_uint(struct config_loader *ld, const char *key, const struct toml_node *node,
		      uint64_t max, uint64_t *value);

/**
 * config_read_count() - take a count or an id, which people write in decimal
 * @ld: the loader
 * @key: its full key
 * @node: an integer
 * @min: smallest value allowed
 * @max: largest value allowed
 * @value: the result, 0 on error
 *
 * Return: false when it was out of range, and was reported.
 */
bool config_read_count(struct config_loader *ld, const char *key, const struct toml_node *node,
		       uint64_t min, uint64_t max, uint64_t *value);

/**
 * config_check_kind() - is the value of the kind that is needed?
 * @ld: the loader
 * @key: its full key
 * @node: the value
 * @kind: what is needed
 *
 * Return: false when not, and that was reported.
 */
bool config_check_kind(struct config_loader *ld, const char *key, const struct toml_node *node,
		       enum toml_kind kind);

/**
 * config_text() - the text of a string
 * @ld: the loader
 * @key: its full key
 * @node: a string
 *
 * Return: the text, or NULL when it is empty or has control characters, and
 * that was reported.
 */
const char *config_text(struct config_loader *ld, const char *key, const struct toml_node *node);

/**
 * config_sub_key() - "key[index].field" for messages
 * @buf: CONFIG_KEY_MAX bytes
 * @key: the full key so far
 * @index: element, negative: none
 * @field: field of it, NULL: none
 *
 * Return: @buf.
 */
const char *config_sub_key(char *buf, const char *key, int index, const char *field);

/* config_dialect.c: which of AxVisor's dialects a file is written in */

/**
 * config_check_dialect() - refuse what is not the dialect that we read
 * @ld: the loader
 * @root: the document
 *
 * Return: false when it is another dialect or none, and was reported.
 */
bool config_check_dialect(struct config_loader *ld, const struct toml_node *root);

/* config_g4.c */

/**
 * config_check_g4() - check a file of AxVisor's GuestConfig dialect
 * @ld: the loader; takes what is wrong by that dialect's own rules
 * @root: the document
 */
void config_check_g4(struct config_loader *ld, const struct toml_node *root);

/* config_kernel.c: [base] and [kernel] */

void config_read_base(struct config_loader *ld, const struct toml_node *table);
void config_read_kernel(struct config_loader *ld, const struct toml_node *table);
bool config_is_base_key(const char *key);
bool config_is_kernel_key(const char *key);

/**
 * config_take_protocol() - the value of boot_protocol
 * @ld: the loader
 * @key: the full key, or the option
 * @pos: where the value is
 * @name: the value
 */
void config_take_protocol(struct config_loader *ld, const char *key, struct src_pos pos,
			  const char *name);

/* config_devices.c: [devices] */

void config_read_devices(struct config_loader *ld, const struct toml_node *table);
bool config_is_devices_key(const char *key);

/**
 * config_add_default_board() - the devices of a VM that names none
 * @ld: the loader; the architecture is known
 */
void config_add_default_board(struct config_loader *ld);

/**
 * config_device_number() - AxVisor's emu_type of a device model
 * @type: name of the model
 *
 * Return: its number; every model has one.
 */
uint64_t config_device_number(const char *type);

/**
 * config_device_arch() - architecture that a file's devices tell
 * @table: [devices] or NULL
 *
 * Return: CONFIG_ARCH_UNKNOWN when they tell nothing.
 */
enum config_arch config_device_arch(const struct toml_node *table);

/* config_validate.c: rules that concern several keys */

/**
 * config_pick_arch() - settle the architecture
 * @ld: the loader
 * @devices: what the devices tell
 */
void config_pick_arch(struct config_loader *ld, enum config_arch devices);

/**
 * config_validate() - check what is complete otherwise
 * @ld: the loader; nothing was invalid so far
 */
void config_validate(struct config_loader *ld);

/* config_board.c: rules of devices */

/**
 * config_check_devices() - check and complete the devices
 * @ld: the loader; the architecture is known
 */
void config_check_devices(struct config_loader *ld);

/**
 * config_device_error() - report an error about a device
 * @ld: the loader
 * @device: the device
 * @fmt: what is wrong; what would be right
 */
void config_device_error(struct config_loader *ld, const struct config_device *device,
			 const char *fmt, ...) __printf(3, 4);

/* config.c */

/**
 * config_word_valid() - does the kernel take this as a name?
 * @name: the name
 */
bool config_word_valid(const char *name);

/**
 * config_name_valid() - can a VM have this name?
 * @name: the name
 */
bool config_name_valid(const char *name);

/**
 * config_set_cpus() - make the array of vCPUs
 * @cfg: the configuration
 * @nr: their number; hardware ids count from 0, any host CPU
 */
void config_set_cpus(struct axvm_config *cfg, unsigned int nr);

/**
 * config_add_region() - append a memory region
 * @cfg: the configuration, with fewer than CONFIG_MAX_REGIONS
 *
 * Return: the new region, zeroed.
 */
struct config_region *config_add_region(struct axvm_config *cfg);

/**
 * config_add_device() - append a device
 * @cfg: the configuration, with fewer than CONFIG_MAX_DEVICES
 *
 * Return: the new device, zeroed, without a console.
 */
struct config_device *config_add_device(struct axvm_config *cfg);

/**
 * config_default_cmdline() - command line of a Linux guest that gives none
 * @cfg: the configuration, with its devices
 */
const char *config_default_cmdline(const struct axvm_config *cfg);

#endif /* AXVM_RUN_CONFIG_LOADER_H */
