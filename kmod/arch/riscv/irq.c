// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of a RISC-V vCPU: the bits of hvip.
 *
 * irq_pending says what the bits marked in irq_dirty should become; deliver
 * moves them into hvip before an entry. The guest may clear or set its software
 * interrupt by itself, so a bit that is not dirty is whatever the CSR has.
 */
#include "riscv.h"

static void mark(struct rv_vcpu *v, unsigned int irq)
{
	/* The value before its mark; pairs with xchg() in rv_irq_deliver(). */
	smp_mb__before_atomic();
	set_bit(irq, &v->irq_dirty);
}

void rv_irq_set(struct rv_vcpu *v, unsigned int irq)
{
	set_bit(irq, &v->irq_pending);
	mark(v, irq);
	axvm_vcpu_kick(&v->base);
}

void rv_irq_clear(struct rv_vcpu *v, unsigned int irq)
{
	clear_bit(irq, &v->irq_pending);
	mark(v, irq);
}

/* The CSR is to become what the wire says, which may change at this very moment. */
void rv_irq_refresh(struct rv_vcpu *v, unsigned int irq)
{
	mark(v, irq);
}

/* A line that falls while the guest runs must not stay visible there: kick for both edges. */
void rv_vcpu_set_external_irq(struct axvm_vcpu *vcpu, bool level)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	if (level) {
		rv_irq_set(v, IRQ_VS_EXT);
		return;
	}
	rv_irq_clear(v, IRQ_VS_EXT);
	axvm_vcpu_kick(vcpu);
}

void rv_irq_deliver_slow(struct rv_vcpu *v)
{
	unsigned long dirty, wanted, before, after;

	/* Pairs with mark(). */
	dirty = xchg(&v->irq_dirty, 0);
	wanted = READ_ONCE(v->irq_pending) & dirty;
	before = csr_read(CSR_HVIP);
	after = (before & ~dirty) | wanted;
	csr_write(CSR_HVIP, after);
	if (after & ~before)
		axvm_vcpu_count(&v->base, AXVM_COUNT_INJECTED);
}

/* WFI ends for what is pending and enabled in sie, whatever sstatus.SIE says. */
bool rv_vcpu_has_irq(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);
	unsigned long dirty = READ_ONCE(v->irq_dirty);
	unsigned long hvip = (v->csr.hvip & ~dirty) | (READ_ONCE(v->irq_pending) & dirty);

	if ((hvip >> VSIP_TO_HVIP_SHIFT) & v->csr.vsie)
		return true;
	return rv_host.sstc && (v->csr.vsie & BIT(IRQ_S_TIMER)) && rv_timer_due(v);
}
