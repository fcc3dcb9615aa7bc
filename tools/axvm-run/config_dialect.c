// SPDX-License-Identifier: GPL-2.0
/*
 * Which of AxVisor's dialects a file is written in.
 *
 * AxVisor changed its schema several times. We read the one with the tables
 * [base], [kernel] and [devices] and positional tuples; the others are told
 * apart here, so that they are refused by name and not key by key.
 */
#include <stdio.h>

#include "config_loader.h"
#include "util.h"

#define DIALECT_READ	"the dialect with [base] [kernel] [devices] and tuples is read"

static bool has_table(const struct toml_node *root, const char *name)
{
	return toml_kind(toml_get(root, name)) == TOML_TABLE;
}

/* The branch "interrupt topology": typed machines. */
static bool is_typed_machine(const struct toml_node *root)
{
	const struct toml_node *devices = toml_get(root, "devices");

	return has_table(root, "machine") || has_table(root, "memory") ||
	       toml_get(devices, "disable_defaults") || toml_get(devices, "deny");
}

static bool is_guest_config(const struct toml_node *root)
{
	const struct toml_node *devices = toml_get(root, "devices");

	return toml_get(toml_get(root, "base"), "guest_type") ||
	       toml_get(devices, "passthrough") || toml_get(devices, "disabled") ||
	       toml_get(devices, "virtual");
}

/* All keys at the top, no tables. */
static bool is_flat(const struct toml_node *root)
{
	if (toml_get(root, "base") || toml_get(root, "kernel") || toml_get(root, "devices"))
		return false;
	return toml_get(root, "kernel_path") && (toml_get(root, "id") || toml_get(root, "name"));
}

/* The first flat files: regions of three elements, other names for CPUs. */
static bool is_first_flat(const struct toml_node *root)
{
	const struct toml_node *region = toml_at(toml_get(root, "memory_regions"), 0);

	return toml_get(root, "plat") || toml_get(root, "cpu_set") ||
	       toml_get(root, "arceos_args") || !toml_get(root, "cpu_num") ||
	       (toml_kind(region) == TOML_ARRAY && toml_size(region) == 3);
}

static void refuse(struct config_loader *ld, const struct toml_node *root, const char *what)
{
	diag_add(ld->diag, DIAG_UNSUPPORTED, toml_pos(root), NULL,
		 "this is AxVisor's %s; " DIALECT_READ, what);
}

bool config_check_dialect(struct config_loader *ld, const struct toml_node *root)
{
	if (is_typed_machine(root)) {
		refuse(ld, root, "typed-machine dialect (G3, July 2026)");
	} else if (is_guest_config(root)) {
		refuse(ld, root, "GuestConfig dialect (G4, from August 2026)");
		config_check_g4(ld, root);
	} else if (is_flat(root)) {
		refuse(ld, root, is_first_flat(root) ? "first flat dialect (G0, 2024)" :
						       "flat dialect (G1, to March 2025)");
	} else {
		return true;
	}
	return false;
}
