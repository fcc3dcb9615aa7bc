/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the virtual GIC offer each other.
 */
#ifndef AXVM_ARM64_VGIC_PRIV_H
#define AXVM_ARM64_VGIC_PRIV_H

#include <linux/nospec.h>

#include "arm64.h"

/*
 * GICD_CTLR.{EnableGrp1,EnableGrp0} with one security state (IHI 0069,
 * 12.9.4); GICv2's are the same.
 */
#define VGIC_ENABLE_GROUPS	GENMASK(1, 0)

/* GICD_IROUTER<n>: affinity as in MPIDR_EL1, and Interrupt_Routing_Mode. */
#define VGIC_AFFINITY		(GENMASK_ULL(39, 32) | GENMASK_ULL(23, 0))
#define VGIC_ROUTE_ANY		BIT_ULL(31)

static inline struct axvm_vm *vgic_axvm(const struct vgic_vm *vgic)
{
	return &vgic->vm->base;
}

static inline bool vgic_irq_is_private(const struct vgic_irq *irq)
{
	return irq->intid < VGIC_NR_PRIVATE;
}

static inline bool vgic_irq_is_sgi(const struct vgic_irq *irq)
{
	return irq->intid < VGIC_NR_SGIS;
}

/* IHI 0069, 4.1.2: a level-sensitive interrupt also while its input is asserted. */
static inline bool vgic_irq_is_pending(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->latched) || (READ_ONCE(irq->level) && READ_ONCE(irq->line));
}

/* NULL at the end of a set. Its lock held. */
static inline struct vgic_irq *vgic_irq_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct vgic_irq, node);
}

static inline bool vgic_group_is_on(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->vgic->enabled) & BIT(READ_ONCE(irq->group1));
}

/* What the distributor offers the CPU interface. */
static inline bool vgic_irq_is_offered(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->enabled) && vgic_irq_is_pending(irq) && vgic_group_is_on(irq);
}

/* NULL when there is none of this number; v: whose private ones, NULL none. Any context. */
static inline struct vgic_irq *vgic_irq_find(struct vgic_vm *vgic, struct a64_vcpu *v, u32 intid)
{
	if (intid < VGIC_NR_PRIVATE)
		return v ? &v->vgic.private[array_index_nospec(intid, VGIC_NR_PRIVATE)] : NULL;
	intid -= VGIC_NR_PRIVATE;
	if (intid >= vgic->nr_spis)
		return NULL;
	return &vgic->spis[array_index_nospec(intid, vgic->nr_spis)];
}

/* ICH_VMCR_EL2: does the CPU interface signal this group? */
static inline u32 vgic_vmcr_enable(unsigned int group)
{
	return group == VGIC_GROUP1 ? ICH_VMCR_ENG1_MASK : ICH_VMCR_ENG0_MASK;
}

/* --- vgic.c --- */

/*
 * Its state has changed: put it into the set where it belongs and make that
 * vCPU look. Lock of the interrupt held.
 */
void vgic_irq_update(struct vgic_irq *irq);

/* The input is at this level. Any context. */
void vgic_irq_set_line(struct vgic_irq *irq, bool level);

/* Wake it or interrupt it, unless it runs this very code and will look anyway. Any context. */
void vgic_kick(struct a64_vcpu *v);

/* Everything of a controller that has its vCPUs and SPIs: as at power-on. No vCPU runs. */
void vgic_reset(struct vgic_vm *vgic);

/*
 * Wait until a vCPU that runs has put back what its list registers held, so that its
 * interrupts are as the guest left them and as software set them. Not for long: it is
 * given up when its CPU does not come. vCPU thread, interrupts on.
 */
void vgic_settle(struct a64_vcpu *v);

/*
 * Take @model's share of the hardware and make SPIs; undo. From create and
 * destroy of the models.
 */
int vgic_create(struct axvm_device *dev, u8 model, struct axvm_error *err);
void vgic_destroy(struct axvm_device *dev);

/* --- vgic_lr.c --- */

/* Choose and compose. Interrupts off, loaded. */
void vgic_fill_lrs(struct a64_vcpu *v);
/* Give a list register's state back to its interrupt. The same. */
void vgic_fold_lr(struct vgic_irq *irq, u64 lr);
/*
 * Interrupts that the guest ended without a list register:
 * ICH_HCR_EL2.EOIcount of them. The same.
 */
void vgic_end_others(struct a64_vcpu *v, u32 nr);

/* --- vgic_sgi.c --- */

/* The guest has finished an interrupt, by a write to ICC_DIR_EL1 or GICV_DIR that trapped. */
void vgic_deactivate(struct a64_vcpu *v, u32 intid);

/* GICv2: one SGI to a set of vCPUs, by their numbers. */
void vgic_v2_send_sgi(struct vgic_vm *vgic, u32 intid, u8 source, u8 targets);

#if IS_ENABLED(CONFIG_KUNIT)
/* vgic_v2.c */
struct a64_vcpu *vgic_v2_current(struct axvm_vm *vm);
int vgic_v2_map_cpu(struct axvm_device *dev);
#endif

#endif /* AXVM_ARM64_VGIC_PRIV_H */
