/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The MP table of x86_64 guests, for kernels without ACPI.
 *
 * Used by boot_x86.c and by "check --write-tables".
 */
#ifndef AXVM_RUN_MPTABLE_H
#define AXVM_RUN_MPTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/**
 * mptable_build() - make floating pointer and configuration table
 * @data: the bytes, to be freed by the caller
 * @len: their number
 * @cfg: a configuration of status 0
 * @base: guest-physical address of the first byte, 16-byte aligned
 *
 * Return: false when the VM has no I/O APIC, and so no use for a table.
 */
bool mptable_build(uint8_t **data, size_t *len, const struct axvm_config *cfg, uint64_t base);

#endif /* AXVM_RUN_MPTABLE_H */
