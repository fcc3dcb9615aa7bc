// SPDX-License-Identifier: GPL-2.0
/*
 * List registers: which interrupts get one, what it says, what came of it
 * (IHI 0069, 6.3.2 "List registers" and ICH_LR<n>_EL2).
 *
 * On the vCPU's thread, loaded, interrupts off.
 *
 * Where there are more interrupts than list registers, the highest priorities
 * get them, and one that is pending always does. The maintenance interrupt
 * comes when none is pending there any more (NPIE), or when the CPU interface
 * enables a group of those that had to wait; those that are active without a list register
 * are found by EOIcount and by a trap of ICC_DIR_EL1.
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>

#include "vgic_hw.h"
#include "vgic_priv.h"

/*
 * Rank: the lower, the sooner. Of one priority those that are active come first.
 * Pending ones of a group that the CPU interface has off come last.
 */
#define RANK_PENDING	BIT(0)
#define RANK_OFF	BIT(9)

/**
 * struct choice - interrupts that get a list register
 * @irq: sorted by rank
 * @nr: their number
 * @max: list registers
 * @has_pending: one of them is pending and not active
 * @next: of each set the best that is not chosen, NULL at its end
 * @rank: what its rank has besides the priority
 * @left: how many of it are not chosen
 */
struct choice {
	struct vgic_irq *irq[A64_MAX_LRS];
	u32 nr;
	u32 max;
	bool has_pending;
	struct vgic_irq *next[VGIC_SETS];
	u32 rank[VGIC_SETS];
	u32 left[VGIC_SETS];
};

static void begin_set(struct choice *c, const struct vgic_cpu *cpu, enum vgic_set set, u32 rank)
{
	c->next[set] = vgic_irq_of(rb_first_cached(&cpu->sets[set]));
	c->rank[set] = rank;
	c->left[set] = cpu->nr[set];
}

/* Groups that the distributor has off offer nothing. */
static void begin(struct choice *c, const struct a64_vcpu *v)
{
	u8 enabled = READ_ONCE(a64_vm_of(v)->vgic.enabled);
	u32 vmcr = v->ctx->vgic.vmcr, group;

	c->nr = 0;
	c->max = v->ctx->vgic.nr_lrs;
	c->has_pending = false;
	begin_set(c, &v->vgic, VGIC_ACTIVE, 0);
	for (group = VGIC_GROUP0; group <= VGIC_GROUP1; group++) {
		begin_set(c, &v->vgic, group, vmcr & vgic_vmcr_enable(group) ?
			  RANK_PENDING : RANK_PENDING | RANK_OFF);
		if (!(enabled & BIT(group))) {
			c->next[group] = NULL;
			c->left[group] = 0;
		}
	}
}

/* VGIC_SETS: nothing is left. */
static enum vgic_set find_best_set(const struct choice *c)
{
	enum vgic_set set, best = VGIC_SETS;
	u32 rank, best_rank = U32_MAX;

	for (set = 0; set < VGIC_SETS; set++) {
		if (!c->next[set])
			continue;
		rank = c->next[set]->set_priority << 1 | c->rank[set];
		if (rank >= best_rank)
			continue;
		best = set;
		best_rank = rank;
	}
	return best;
}

static void take(struct choice *c, enum vgic_set set)
{
	struct vgic_irq *irq = c->next[set];

	c->irq[c->nr++] = irq;
	c->next[set] = vgic_irq_of(rb_next(&irq->node));
	c->left[set]--;
	if (set != VGIC_ACTIVE)
		c->has_pending = true;
}

/* All are active: the best that is pending takes the place of the last. */
static void let_best_in(struct choice *c)
{
	enum vgic_set set;

	c->next[VGIC_ACTIVE] = NULL;
	set = find_best_set(c);
	if (set == VGIC_SETS)
		return;
	c->nr--;
	c->left[VGIC_ACTIVE]++;
	take(c, set);
}

/*
 * As many steps as there are list registers, whatever is in the sets. Without the
 * locks of the interrupts: whoever changes something meanwhile kicks, and a new
 * choice follows.
 */
static void choose(struct a64_vcpu *v, struct choice *c)
{
	enum vgic_set set;

	guard(raw_spinlock)(&v->vgic.lock);
	begin(c, v);
	while (c->nr < c->max) {
		set = find_best_set(c);
		if (set == VGIC_SETS)
			return;
		take(c, set);
	}
	if (!c->has_pending)
		let_best_in(c);
}

/*
 * Hardware interrupts and level-sensitive ones are not pending and active at a
 * time: their input says what follows when they are deactivated, and ICH_LR<n>_EL2 forbids it
 * where HW is set. GICv2's SGIs neither: the next one has another source.
 */
static bool can_pend_again(const struct vgic_irq *irq)
{
	return !irq->level && !irq->hw && !irq->sources;
}

/* The pending state moves into the list register: what comes from now on is new. */
static u64 put_pending(struct vgic_irq *irq)
{
	irq->lr_pending = true;
	irq->lr_latched = irq->latched;
	WRITE_ONCE(irq->latched, false);
	if (!irq->sources)
		return ICH_LR_PENDING_BIT;
	/* IHI 0048, 4.3.15 "GICD_SGIR": one per source. */
	irq->active_source = __ffs(irq->sources);
	irq->sources &= ~BIT(irq->active_source);
	WRITE_ONCE(irq->latched, irq->sources);
	return ICH_LR_PENDING_BIT;
}

static u64 compose_state(struct vgic_irq *irq)
{
	bool offered = vgic_irq_is_offered(irq);
	u64 lr = 0;

	/* A pending state that software made has no hardware interrupt behind it. */
	if (!irq->active)
		irq->hw = irq->host_irq && irq->line;
	else
		lr |= ICH_LR_ACTIVE_BIT;
	irq->lr_active = irq->active;
	irq->lr_pending = false;
	irq->lr_latched = false;
	if (offered && (!irq->active || can_pend_again(irq)))
		lr |= put_pending(irq);
	/* Still, or again, pending when the guest has finished: have a look then. */
	if (!irq->hw && vgic_irq_is_offered(irq))
		lr |= ICH_LR_EOI;
	return lr;
}

static u64 compose(struct vgic_irq *irq)
{
	u64 lr = compose_state(irq);

	lr |= irq->intid;
	lr |= (u64)irq->priority << ICH_LR_PRIORITY_SHIFT;
	if (irq->group1)
		lr |= ICH_LR_GROUP;
	if (irq->hw) {
		lr |= ICH_LR_HW | (u64)irq->host_irq << ICH_LR_PHYS_ID_SHIFT;
		irq->released = false;
	}
	if (irq->vgic->model == 2 && vgic_irq_is_sgi(irq))
		lr |= FIELD_PREP(VGIC_LR_SOURCE, irq->active_source);
	return lr;
}

/* It may have gone elsewhere, or have nothing to say any more. */
static void put_in_lr(struct a64_vcpu *v, struct vgic_irq *irq)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;

	raw_spin_lock(&irq->lock);
	if (irq->vcpu == v && (irq->active || vgic_irq_is_offered(irq))) {
		irq->in_lr = true;
		v->vgic.lr[hw->nr_used] = irq;
		hw->lr[hw->nr_used] = compose(irq);
		WRITE_ONCE(hw->nr_used, hw->nr_used + 1);
	}
	raw_spin_unlock(&irq->lock);
}

/*
 * MISR bits are levels: ask for the change of each group's enable bit, from
 * what it was last seen to be.
 */
static u32 maintenance(const struct a64_vcpu *v, const struct choice *c)
{
	const struct vgic_vm *vgic = &a64_vm_of(v)->vgic;
	u32 vmcr = v->ctx->vgic.vmcr, hcr = 0;

	if (c->left[VGIC_GROUP0] | c->left[VGIC_GROUP1]) {
		hcr |= ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_ENG0_MASK ? VGIC_HCR_VGRP0DIE : VGIC_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_ENG1_MASK ? VGIC_HCR_VGRP1DIE : VGIC_HCR_VGRP1EIE;
	}
	if (c->left[VGIC_ACTIVE]) {
		hcr |= VGIC_HCR_LRENPIE;
		if (vgic->model == 3)
			hcr |= vgic->has_tdir ? ICH_HCR_TDIR : ICH_HCR_TC;
	}
	return hcr;
}

static bool some_wait(const struct choice *c)
{
	return c->left[VGIC_GROUP0] | c->left[VGIC_GROUP1] | c->left[VGIC_ACTIVE];
}

void vgic_fill_lrs(struct a64_vcpu *v)
{
	struct choice c;
	u32 i;

	choose(v, &c);
	for (i = 0; i < c.nr; i++)
		put_in_lr(v, c.irq[i]);
	if (unlikely(some_wait(&c)) && v->ctx->vgic.nr_used)
		v->ctx->vgic.hcr |= maintenance(v, &c);
}

static void take_back_pending(struct vgic_irq *irq)
{
	/* Unless software cleared it meanwhile. */
	if (!irq->lr_latched)
		return;
	WRITE_ONCE(irq->latched, true);
	if (irq->vgic->model == 2 && vgic_irq_is_sgi(irq))
		irq->sources |= BIT(irq->active_source);
}

void vgic_fold_lr(struct vgic_irq *irq, u64 lr)
{
	bool active = lr & ICH_LR_ACTIVE_BIT;
	struct a64_vcpu *v = irq->vcpu;

	raw_spin_lock(&irq->lock);
	irq->in_lr = false;
	/* The timer is the guest's, who may have stopped it: the line as the guest sees it. */
	if (irq->hw)
		WRITE_ONCE(irq->line, a64_timer_line(v));
	if (lr & ICH_LR_PENDING_BIT)
		take_back_pending(irq);
	else if (irq->lr_pending)
		axvm_vcpu_count(&v->base, AXVM_COUNT_INJECTED);
	/* What software wrote stays, unless the guest acknowledged it after that. */
	if (!irq->active_written || (active && !irq->lr_active))
		WRITE_ONCE(irq->active, active);
	irq->active_written = false;
	irq->released = irq->hw && !(lr & ICH_LR_STATE);
	irq->lr_pending = false;
	irq->lr_latched = false;
	vgic_irq_update(irq);
	raw_spin_unlock(&irq->lock);
}

/*
 * Priorities drop in the reverse order of acknowledging (IHI 0069, 4.1.1): the
 * best of them ends first.
 */
static struct vgic_irq *find_best_other(struct a64_vcpu *v)
{
	struct vgic_irq *irq;

	guard(raw_spinlock)(&v->vgic.lock);
	irq = vgic_irq_of(rb_first_cached(&v->vgic.sets[VGIC_ACTIVE]));
	while (irq && READ_ONCE(irq->in_lr))
		irq = vgic_irq_of(rb_next(&irq->node));
	return irq;
}

void vgic_end_others(struct a64_vcpu *v, u32 nr)
{
	struct vgic_irq *irq;

	while (nr--) {
		irq = find_best_other(v);
		if (!irq)
			return;
		raw_spin_lock(&irq->lock);
		WRITE_ONCE(irq->active, false);
		vgic_irq_update(irq);
		raw_spin_unlock(&irq->lock);
	}
}
