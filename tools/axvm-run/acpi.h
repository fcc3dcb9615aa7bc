/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACPI tables of x86_64 guests, derived from the VM's devices.
 *
 * Used by boot_x86.c and by "check --write-tables".
 */
#ifndef AXVM_RUN_ACPI_H
#define AXVM_RUN_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define ACPI_MAX_TABLES	6

/**
 * struct acpi_table - one table in struct acpi
 * @name: "rsdp", "xsdt" and so on, as tools name files
 * @offset: where it begins
 * @len: its bytes
 */
struct acpi_table {
	const char *name;
	size_t offset;
	size_t len;
};

/**
 * struct acpi - the tables, as they lie in memory
 * @data: bytes; the RSDP is the first
 * @len: their number
 * @tables: array
 * @nr_tables: valid entries of it
 */
struct acpi {
	uint8_t *data;
	size_t len;
	struct acpi_table tables[ACPI_MAX_TABLES];
	unsigned int nr_tables;
};

/**
 * acpi_build() - make the tables
 * @acpi: filled; valid for acpi_free() whatever is returned
 * @cfg: a configuration of status 0
 * @base: guest-physical address of the first byte, 64-byte aligned
 *
 * Return: false when the VM has no "acpi-pm" device, and so no ACPI.
 */
bool acpi_build(struct acpi *acpi, const struct axvm_config *cfg, uint64_t base);

/* Release the tables. */
void acpi_free(struct acpi *acpi);

#endif /* AXVM_RUN_ACPI_H */
