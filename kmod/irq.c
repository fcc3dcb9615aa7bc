// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt inputs that several devices share, and the trace of all lines.
 *
 * Called by device models through axvm_irq_set_level(), in any context.
 */
#include <linux/cleanup.h>
#include <linux/export.h>
#include <kunit/visibility.h>

#include "device.h"
#include "irq.h"
#include "trace.h"

void axvm_irq_trace(const struct axvm_irq_line *line, bool level)
{
	trace_axvm_irq(line->env ? READ_ONCE(line->env->vm_id) : 0, line->nr, level);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_irq_trace);

void axvm_irq_share_init(struct axvm_irq_share *share)
{
	raw_spin_lock_init(&share->lock);
	share->high = 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_irq_share_init);

/* The chip hears of it with the lock held: the last that it hears is what is. */
void axvm_irq_set_shared(struct axvm_irq_line *line, bool level)
{
	struct axvm_irq_share *share = line->share;

	guard(raw_spinlock_irqsave)(&share->lock);
	if (line->level != level) {
		line->level = level;
		share->high += level ? 1 : -1;
	}
	line->chip->ops->set_level(line->chip, line->nr, share->high);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_irq_set_shared);
