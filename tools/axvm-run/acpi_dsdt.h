/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the DSDT of x86_64 guests says. Private to acpi*.c.
 */
#ifndef AXVM_RUN_ACPI_DSDT_H
#define AXVM_RUN_ACPI_DSDT_H

#include "aml.h"
#include "config.h"

/**
 * acpi_build_dsdt() - the DSDT's terms, without its header
 * @aml: appended to
 * @cfg: a configuration of status 0
 */
void acpi_build_dsdt(struct aml *aml, const struct axvm_config *cfg);

#endif /* AXVM_RUN_ACPI_DSDT_H */
