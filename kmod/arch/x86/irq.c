// SPDX-License-Identifier: GPL-2.0
/*
 * How interrupts travel in a PC: from device lines to the 8259 and the I/O
 * APIC, from those and from other processors to a vCPU.
 *
 * An interrupt that waits is a bit in the local APIC's IRR or the output of the
 * 8259; X86_EV_IRQ only says that one of them changed. The event is raised after
 * the change and cleared before the look, so that no change stays unseen.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/rcupdate.h>
#include <kunit/visibility.h>

#include "irq.h"
#include "lapic_priv.h"

/* The timer of a PC is IRQ 0 of the 8259 and pin 2 of the I/O APIC (MPS 1.4, D.2). */
#define TIMER_GSI	2
#define TIMER_IRQ	0

/* --- towards the controllers --- */

static void set_pic_level(struct x86_pic *pic, u32 gsi, bool level)
{
	if (gsi == TIMER_GSI)
		x86_pic_set_level(pic, TIMER_IRQ, level);
	else if (gsi < X86_PIC_IRQS)
		x86_pic_set_level(pic, gsi, level);
}

/* Pin 0 belongs to the 8259. */
static bool check(const struct axvm_irq_chip *chip, u32 nr)
{
	return nr && nr < X86_IOAPIC_PINS;
}

/* A controller may go before a device whose timer still runs: it waits for those in here. */
static void set_level(struct axvm_irq_chip *chip, u32 nr, bool level)
{
	struct x86_vm *vm = container_of(chip, struct x86_vm, chip);
	struct x86_ioapic *ioapic;
	struct x86_pic *pic;

	if (!check(chip, nr))
		return;
	guard(rcu)();
	pic = READ_ONCE(vm->pic);
	if (pic)
		set_pic_level(pic, nr, level);
	ioapic = READ_ONCE(vm->ioapic);
	if (ioapic)
		x86_ioapic_set_level(ioapic, nr, level);
}

const struct axvm_irq_chip_ops x86_irq_chip_ops = {
	.set_level = set_level,
	.check = check,
};
EXPORT_SYMBOL_IF_KUNIT(x86_irq_chip_ops);

/* Its output is wired to LINT0 of all processors and to pin 0 of the I/O APIC (MPS 1.4, 3.6.2). */
void x86_pic_notify(struct x86_vm *vm)
{
	struct x86_ioapic *ioapic = READ_ONCE(vm->ioapic);
	struct x86_pic *pic = READ_ONCE(vm->pic);
	bool level = pic && x86_pic_output(pic);
	u32 i;

	for (i = 0; level && i < vm->base.nr_vcpus; i++)
		x86_lapic_lint0_high(to_x86_vcpu(vm->base.vcpus[i]));
	if (ioapic)
		x86_ioapic_set_level(ioapic, 0, level);
}

/* --- towards the guest --- */

bool x86_irq_has_extint(const struct x86_vcpu *v)
{
	const struct x86_vm *vm = x86_vm_of(v);

	if (!vm->pic || !x86_pic_output(vm->pic))
		return false;
	return x86_lapic_accepts_pic(v) ||
	       (vm->ioapic && x86_ioapic_passes_pic(vm->ioapic, v));
}

bool x86_irq_has(struct x86_vcpu *v)
{
	return x86_lapic_pending(v) >= 0 || x86_irq_has_extint(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_irq_has);

/* Interrupts of the 8259 know no priority class: they pass those of the APIC. */
int x86_irq_take(struct x86_vcpu *v)
{
	int vector;

	if (x86_irq_has_extint(v))
		return x86_pic_ack(x86_vm_of(v)->pic);
	vector = x86_lapic_pending(v);
	if (vector >= 0)
		x86_lapic_ack(v, vector);
	return vector;
}
EXPORT_SYMBOL_IF_KUNIT(x86_irq_take);

/* Requested, and at most the task priority holds it back. */
static bool is_request_next(const struct x86_vcpu *v)
{
	return x86_apic_highest(v->lapic.irr) >> 4 > x86_apic_highest(v->lapic.isr) >> 4;
}

/* An interrupt in service that blocks it ends with a write that is seen anyway. */
int x86_irq_blocked_by_tpr(struct x86_vcpu *v)
{
	int requested = x86_apic_highest(v->lapic.irr) >> 4;

	if (!is_request_next(v) || requested > (int)(v->lapic.tpr >> 4))
		return -1;
	return requested - 1;
}
EXPORT_SYMBOL_IF_KUNIT(x86_irq_blocked_by_tpr);

/*
 * Also for what the task priority holds back now: whoever looks then arranges that
 * the guest does not lower CR8 unseen (x86_irq_blocked_by_tpr()).
 */
void x86_irq_recheck(struct x86_vcpu *v)
{
	if (is_request_next(v) || x86_irq_has_extint(v))
		set_bit(X86_EV_IRQ, &v->events);
}
