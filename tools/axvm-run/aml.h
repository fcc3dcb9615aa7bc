/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small builder of AML, the byte code of ACPI's definition blocks.
 *
 * Used by acpi.c. Terms are appended in order; a block with a length is opened,
 * filled and closed. Sections are those of the ACPI specification 6.5.
 */
#ifndef AXVM_RUN_AML_H
#define AXVM_RUN_AML_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct aml - AML under construction
 * @data: the bytes, to be freed by aml_free()
 * @len: their number
 * @size: private: bytes allocated
 *
 * All zero is an empty one.
 */
struct aml {
	uint8_t *data;
	size_t len;
	size_t size;
};

/* Release what was built; it is empty then. */
void aml_free(struct aml *aml);

/* Append bytes as they are. */
void aml_bytes(struct aml *aml, const void *data, size_t len);

/**
 * aml_open_scope() - begin Scope (20.2.5.1)
 * @aml: where to
 * @path: "\_SB_" and its like: an optional backslash and one name of 4 characters
 *
 * Return: for aml_close().
 */
size_t aml_open_scope(struct aml *aml, const char *path);

/**
 * aml_open_device() - begin Device (20.2.5.2)
 * @aml: where to
 * @name: 4 characters
 *
 * Return: for aml_close().
 */
size_t aml_open_device(struct aml *aml, const char *name);

/**
 * aml_close() - end what was opened last and is still open
 * @aml: where to
 * @mark: what opening it returned
 */
void aml_close(struct aml *aml, size_t mark);

/* Name (@name, @value): @name as for aml_open_scope(). */
void aml_name_integer(struct aml *aml, const char *name, uint64_t value);
void aml_name_string(struct aml *aml, const char *name, const char *value);

/**
 * aml_name_id() - Name with the id of a device: a PNP id is packed (19.6.36), others are strings
 * @aml: where to
 * @name: 4 characters
 * @id: "PNP0501", "ACPI0007"
 */
void aml_name_id(struct aml *aml, const char *name, const char *id);

/* Name with a Package of integers. */
void aml_name_package(struct aml *aml, const char *name, const uint64_t *values, unsigned int nr);

/**
 * aml_name_resources() - Name with a resource template
 * @aml: where to
 * @name: 4 characters
 * @resources: made by the functions below, without an end tag
 */
void aml_name_resources(struct aml *aml, const char *name, const struct aml *resources);

/* Resource descriptors (6.4), appended to a template. */
void aml_io(struct aml *resources, uint16_t port, uint8_t len);
void aml_memory(struct aml *resources, uint32_t base, uint32_t len);

/**
 * aml_irq() - an interrupt: edge-triggered, active high, not shared
 * @resources: template
 * @irq: an ISA interrupt up to 15, a global system interrupt from 16 on
 */
void aml_irq(struct aml *resources, uint32_t irq);

/* A global system interrupt: level-triggered, active high, not shared. */
void aml_level_irq(struct aml *resources, uint32_t gsi);

#endif /* AXVM_RUN_AML_H */
