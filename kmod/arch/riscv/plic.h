/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Platform-level interrupt controller: limits and registers.
 */
#ifndef AXVM_RISCV_PLIC_H
#define AXVM_RISCV_PLIC_H

#include <linux/kconfig.h>
#include <linux/types.h>

#include "device.h"

#define PLIC_MAX_SOURCES	1024	/* incl. source 0, which does not exist */
#define PLIC_MAX_WORDS		(PLIC_MAX_SOURCES / 32)
#define PLIC_MAX_CONTEXTS	128
#define PLIC_DEFAULT_SOURCES	127	/* highest source id when the configuration names none */
#define PLIC_PRIORITIES		8	/* 0 is "never" */

/* Memory map of the RISC-V PLIC specification 1.0. */
#define PLIC_PRIORITY_BASE	0x000000
#define PLIC_PENDING_BASE	0x001000
#define PLIC_ENABLE_BASE	0x002000
#define PLIC_ENABLE_STRIDE	0x80
#define PLIC_CONTEXT_BASE	0x200000
#define PLIC_CONTEXT_STRIDE	0x1000
#define PLIC_THRESHOLD		0x0
#define PLIC_CLAIM		0x4
#define PLIC_LEN		0x4000000

struct axvm_vcpu;

/* For the backend's list of models. */
extern const struct axvm_device_type axvm_plic;

#if IS_ENABLED(CONFIG_KUNIT)
void rv_plic_notify(struct axvm_vcpu *vcpu, bool level);
#endif

#endif /* AXVM_RISCV_PLIC_H */
