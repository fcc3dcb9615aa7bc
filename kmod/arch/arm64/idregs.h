/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the host's feature ID registers guests are shown.
 */
#ifndef AXVM_ARM64_IDREGS_H
#define AXVM_ARM64_IDREGS_H

#include <linux/kconfig.h>
#include <linux/types.h>

/**
 * struct a64_id_field - a field that is offered
 * @reg: encoding of its register
 * @shift: its lowest bit
 * @max: largest value that axvm virtualizes; 15 for all, and for signed fields
 */
struct a64_id_field {
	u32 reg;
	u8 shift;
	u8 max;
};

/* The field as guests see it, in its place. Pure. */
u64 a64_id_limit(u64 host, const struct a64_id_field *field);

/* A register as the host's CPUs have it. Any context. */
u64 a64_id_host(u32 encoding);

#if IS_ENABLED(CONFIG_KUNIT)
extern const struct a64_id_field a64_id_fields[];
extern const unsigned int a64_nr_id_fields;
#endif

#endif /* AXVM_ARM64_IDREGS_H */
