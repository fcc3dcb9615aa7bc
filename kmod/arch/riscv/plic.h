/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Platform-level interrupt controller: its state, for plic.c and its tests.
 */
#ifndef AXVM_RISCV_PLIC_H
#define AXVM_RISCV_PLIC_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "device.h"
#include "irq.h"

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

/**
 * struct plic_context - one target: the S-mode of one vCPU
 * @enable: bit per source
 * @threshold: priorities up to this one do not interrupt
 * @best: pending and enabled source that a claim would give, 0 none
 * @output: what the vCPU was told last
 */
struct plic_context {
	u32 enable[PLIC_MAX_WORDS];
	u32 threshold;
	u32 best;
	bool output;
};

/**
 * struct plic - the controller of one VM
 * @dev: what all devices have
 * @chip: where the devices' lines end
 * @nr_sources: highest source id; immutable
 * @nr_words: words of a bit map of sources; immutable
 * @nr_contexts: length of @contexts; immutable
 * @notify: tells a vCPU the level of its external interrupt; immutable
 * @lock: protects everything below; inside of the devices' locks
 * @level: the line is high
 * @pending: waits for a claim
 * @in_service: claimed and not completed: the gateway lets nothing through
 * @priority: of each source
 * @by_priority: the same as bit maps: sources that have a priority
 * @contexts: context i belongs to vCPU i; those beyond have registers and no vCPU
 */
struct plic {
	struct axvm_device dev;
	struct axvm_irq_chip chip;
	u32 nr_sources;
	u32 nr_words;
	u32 nr_contexts;
	void (*notify)(struct axvm_vcpu *vcpu, bool level);
	raw_spinlock_t lock;
	u32 level[PLIC_MAX_WORDS];
	u32 pending[PLIC_MAX_WORDS];
	u32 in_service[PLIC_MAX_WORDS];
	u8 priority[PLIC_MAX_SOURCES];
	u32 by_priority[PLIC_PRIORITIES][PLIC_MAX_WORDS];
	struct plic_context *contexts;
};

/* For the backend's list of models. */
extern const struct axvm_device_type axvm_plic;

#endif /* AXVM_RISCV_PLIC_H */
