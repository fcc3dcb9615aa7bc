/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupt lines between devices and the VM's interrupt controller.
 *
 * A device knows a struct axvm_irq_line and its level; the controller model of
 * the architecture implements struct axvm_irq_chip_ops. Wiring is fixed when
 * the VM is sealed. Inputs that several lines share are high while one of those is.
 */
#ifndef AXVM_IRQ_H
#define AXVM_IRQ_H

#include <linux/spinlock.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>

struct axvm_device_env;
struct axvm_irq_chip;

DECLARE_TRACEPOINT(axvm_irq);

/**
 * struct axvm_irq_chip_ops - an interrupt controller as its wires see it
 * @set_level: the input @nr is now at @level. Idempotent. Any context incl.
 *	hard interrupts; takes raw spinlocks of the chip only, and wakes or
 *	kicks vCPUs that have to look. A line that does not exist was refused by @check.
 * @check: may a device be wired to input @nr?
 */
struct axvm_irq_chip_ops {
	void (*set_level)(struct axvm_irq_chip *chip, u32 nr, bool level);
	bool (*check)(const struct axvm_irq_chip *chip, u32 nr);
};

/* Embedded in the controller model. */
struct axvm_irq_chip {
	const struct axvm_irq_chip_ops *ops;
};

/**
 * struct axvm_irq_share - an input that more than one line goes to; outlives all of them
 * @lock: keeps changes in order; taken with locks of devices held, and before the chip's
 * @high: number of lines that are high
 */
struct axvm_irq_share {
	raw_spinlock_t lock;	/* see above */
	unsigned int high;
};

/**
 * struct axvm_irq_line - one wire
 * @chip: where it goes, NULL when the device has no interrupt
 * @nr: to which input
 * @share: that input, when others may go there too; else NULL
 * @level: of the line, where there is a @share
 * @env: of the device that sets it, for traces; may be NULL
 */
struct axvm_irq_line {
	struct axvm_irq_chip *chip;
	u32 nr;
	struct axvm_irq_share *share;
	bool level;
	const struct axvm_device_env *env;
};

void axvm_irq_share_init(struct axvm_irq_share *share);
/* For axvm_irq_set_level() alone. */
void axvm_irq_set_shared(struct axvm_irq_line *line, bool level);
void axvm_irq_trace(const struct axvm_irq_line *line, bool level);

/* Any context. A line without a chip goes nowhere. */
static inline void axvm_irq_set_level(struct axvm_irq_line *line, bool level)
{
	if (tracepoint_enabled(axvm_irq))
		axvm_irq_trace(line, level);
	if (line->share)
		axvm_irq_set_shared(line, level);
	else if (line->chip)
		line->chip->ops->set_level(line->chip, line->nr, level);
}

#endif /* AXVM_IRQ_H */
