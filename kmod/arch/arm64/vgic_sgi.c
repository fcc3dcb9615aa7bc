// SPDX-License-Identifier: GPL-2.0
/*
 * Software-generated interrupts, and the registers of the CPU interface that
 * trap (IHI 0069, 12.2).
 *
 * On the vCPU's thread, loaded; interrupts off, or preemption off for GICv2.
 */
#include <linux/cleanup.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/log2.h>
#include <kunit/visibility.h>

#include "vgic_hw.h"
#include "vgic_priv.h"

/*
 * IHI 0069, ICC_SGI1R_EL1: Aff3 to Aff1 as the upper bytes of an affinity, RS
 * and TargetList for Aff0.
 */
#define SGI_IRM		BIT_ULL(ICC_SGI1R_IRQ_ROUTING_MODE_BIT)
#define SGI_INTID(val)	(((val) & ICC_SGI1R_SGI_ID_MASK) >> ICC_SGI1R_SGI_ID_SHIFT)
#define SGI_RANGE(val)	(((val) & ICC_SGI1R_RS_MASK) >> ICC_SGI1R_RS_SHIFT)

static u64 cluster_of_sgi(u64 val)
{
	u64 aff1 = (val & ICC_SGI1R_AFFINITY_1_MASK) >> ICC_SGI1R_AFFINITY_1_SHIFT;
	u64 aff2 = (val & ICC_SGI1R_AFFINITY_2_MASK) >> ICC_SGI1R_AFFINITY_2_SHIFT;
	u64 aff3 = (val & ICC_SGI1R_AFFINITY_3_MASK) >> ICC_SGI1R_AFFINITY_3_SHIFT;

	return aff3 << MPIDR_LEVEL_SHIFT(3) | aff2 << MPIDR_LEVEL_SHIFT(2) |
	       aff1 << MPIDR_LEVEL_SHIFT(1);
}

static bool is_target(const struct a64_vcpu *v, u64 val)
{
	u32 aff0 = MPIDR_AFFINITY_LEVEL(v->base.hw_id, 0);

	if ((v->base.hw_id & VGIC_AFFINITY) - aff0 != cluster_of_sgi(val))
		return false;
	return aff0 / 16 == SGI_RANGE(val) && (val & BIT(aff0 % 16));
}

/*
 * IHI 0069, 12.2.21 "Forwarding an SGI": only when the interrupt has the group
 * that was written to.
 */
static void pend_sgi(struct vgic_irq *irq, unsigned int group)
{
	guard(raw_spinlock_irqsave)(&irq->lock);
	if (irq->group1 != group)
		return;
	WRITE_ONCE(irq->latched, true);
	vgic_irq_update(irq);
}

void vgic_send_sgi(struct a64_vcpu *v, u64 val, unsigned int group)
{
	struct axvm_vm *vm = v->base.vm;
	struct a64_vcpu *to;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		to = to_a64_vcpu(vm->vcpus[i]);
		if ((val & SGI_IRM) ? to != v : is_target(to, val))
			pend_sgi(&to->vgic.private[SGI_INTID(val)], group);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vgic_send_sgi);

void vgic_v2_send_sgi(struct vgic_vm *vgic, u32 intid, u8 source, u8 targets)
{
	struct axvm_vm *vm = vgic_axvm(vgic);
	struct vgic_irq *irq;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		if (!(targets & BIT(i)))
			continue;
		irq = &to_a64_vcpu(vm->vcpus[i])->vgic.private[intid];
		guard(raw_spinlock_irqsave)(&irq->lock);
		irq->sources |= BIT(source);
		WRITE_ONCE(irq->latched, true);
		vgic_irq_update(irq);
	}
}

/* --- registers that trap while interrupts are active that have no list register --- */

void vgic_deactivate(struct a64_vcpu *v, u32 intid)
{
	struct vgic_irq *irq = vgic_irq_find(&a64_vm_of(v)->vgic, v, intid);

	if (!irq)
		return;
	guard(raw_spinlock_irqsave)(&irq->lock);
	WRITE_ONCE(irq->active, false);
	irq->active_written = irq->in_lr;
	vgic_irq_update(irq);
}

static void write_dir(struct a64_vcpu *v, u64 val)
{
	vgic_deactivate(v, val & GENMASK(23, 0));
}

/*
 * Without ICH_HCR_EL2.TDIR these trap together with it (TC): as in
 * ICH_VMCR_EL2, which the exit has read.
 */
static void write_vmcr(struct a64_vcpu *v, u32 mask, u32 val)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;

	hw->vmcr = (hw->vmcr & ~mask) | val;
	hw->flags |= A64_VGIC_VMCR_WRITTEN;
}

static u64 read_pmr(struct a64_vcpu *v)
{
	return (v->ctx->vgic.vmcr & ICH_VMCR_PMR_MASK) >> ICH_VMCR_PMR_SHIFT;
}

static void write_pmr(struct a64_vcpu *v, u64 val)
{
	val &= a64_vm_of(v)->vgic.priority_mask;
	write_vmcr(v, ICH_VMCR_PMR_MASK, val << ICH_VMCR_PMR_SHIFT);
}

static u64 read_ctlr(struct a64_vcpu *v)
{
	u32 vmcr = v->ctx->vgic.vmcr;
	struct vgic_hw_info info;

	vgic_hw_describe(&info);
	return info.ctlr |
	       (vmcr & ICH_VMCR_EOIM_MASK ? ICC_CTLR_EL1_EOImode_MASK : 0) |
	       (vmcr & ICH_VMCR_CBPR_MASK ? ICC_CTLR_EL1_CBPR_MASK : 0);
}

static void write_ctlr(struct a64_vcpu *v, u64 val)
{
	write_vmcr(v, ICH_VMCR_EOIM_MASK | ICH_VMCR_CBPR_MASK,
		   (val & ICC_CTLR_EL1_EOImode_MASK ? ICH_VMCR_EOIM_MASK : 0) |
		   (val & ICC_CTLR_EL1_CBPR_MASK ? ICH_VMCR_CBPR_MASK : 0));
}

#define RPR_IDLE	0xff

/*
 * The highest active priority: bit n of the registers, taken together, is
 * group priority n (IHI 0069, 4.8.2).
 */
static u64 read_rpr(struct a64_vcpu *v)
{
	const struct a64_vgic_hw *hw = &v->ctx->vgic;
	u32 bits = ilog2(hw->nr_apr) + 5, n, active;

	for (n = 0; n < hw->nr_apr; n++) {
		active = hw->ap0r[n] | hw->ap1r[n];
		if (active)
			return (n * 32 + __ffs(active)) << (8 - bits);
	}
	return RPR_IDLE;
}

/* ICC_SRE_EL2.Enable = 0: system registers cannot be turned off. */
static u64 read_sre(struct a64_vcpu *v)
{
	return ICC_SRE_EL1_DIB | ICC_SRE_EL1_DFB | ICC_SRE_EL1_SRE;
}

static void write_nothing(struct a64_vcpu *v, u64 val)
{
}

static const struct icc_reg {
	u32 encoding;
	u64 (*read)(struct a64_vcpu *v);
	void (*write)(struct a64_vcpu *v, u64 val);
} icc_regs[] = {
	{ SYS_ICC_DIR_EL1, NULL, write_dir },
	{ SYS_ICC_PMR_EL1, read_pmr, write_pmr },
	{ SYS_ICC_CTLR_EL1, read_ctlr, write_ctlr },
	{ SYS_ICC_RPR_EL1, read_rpr, NULL },
	{ SYS_ICC_SRE_EL1, read_sre, write_nothing },
};

static bool access_icc(struct a64_vcpu *v, const struct icc_reg *reg, bool write, u64 *val)
{
	if (write ? !reg->write : !reg->read)
		return false;
	if (write)
		reg->write(v, *val);
	else
		*val = reg->read(v);
	return true;
}

bool vgic_icc_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	u32 i;

	if (a64_vm_of(v)->vgic.model != 3)
		return false;
	for (i = 0; i < ARRAY_SIZE(icc_regs); i++)
		if (icc_regs[i].encoding == encoding)
			return access_icc(v, &icc_regs[i], write, val);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_icc_access);
