// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual GIC's interrupts: which vCPU has to look at each, and its way
 * there (IHI 0069, chapter 4).
 *
 * Each vCPU has sets of interrupts that are active for it, or pending and
 * enabled, in the order of their priorities: what is best is found without looking at all of
 * them, however many a guest makes pending. vgic_irq_update() moves an interrupt
 * between sets under the interrupt's lock and, inside it, the sets'; from flush
 * to sync the interrupt is in a list register and stays with its vCPU. Registers
 * are written and lines change in any context; flush and sync run on the vCPU's
 * thread with interrupts off.
 *
 * No wake-up is lost: an interrupt is counted in nr_queued before the kick, which
 * begins with a full barrier, and a vCPU reads that after one, in flush (the
 * barrier is in begin_guest(), vcpu.c) and in vgic_has_irq() (the one in
 * rcuwait_wait_event()). So either it sees the interrupt, or the kick sees it in
 * the guest and interrupts it: then another flush follows. The same holds for what
 * else a flush reads of an interrupt.
 */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "vgic_hw.h"
#include "vgic_priv.h"

#define SETTLE_US	10000	/* far longer than an interrupt takes */

/* --- sets --- */

/*
 * A vCPU that is loaded on this CPU is here itself, or this interrupted it
 * outside of the guest: it flushes before it enters. When it is not, @cpu is -1,
 * and it looks before it sleeps.
 */
void vgic_kick(struct a64_vcpu *v)
{
	KUNIT_STATIC_STUB_REDIRECT(vgic_kick, v);
	if (READ_ONCE(v->base.cpu) != raw_smp_processor_id())
		axvm_vcpu_kick(&v->base);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_kick);

static bool is_on(const struct a64_vcpu *v)
{
	return !READ_ONCE(v->vgic.off) && axvm_vcpu_has_power(&v->base);
}

/* CPU_SUSPEND has taken its power. */
static bool is_down(const struct a64_vcpu *v)
{
	return READ_ONCE(v->base.power) == AXVM_POWER_SUSPENDED && READ_ONCE(v->suspend_down);
}

/* GICv3: "1 of N" (IHI 0069, 3.2.3); GICv2: one of its targets (IHI 0048, GICD_ITARGETSR<n>). */
static bool has_choice(const struct vgic_irq *irq)
{
	if (vgic_irq_is_private(irq))
		return false;
	if (irq->vgic->model == 2)
		return vgic_axvm(irq->vgic)->nr_vcpus > 1;
	return irq->route & VGIC_ROUTE_ANY;
}

static bool may_go_to(const struct vgic_irq *irq, const struct a64_vcpu *v)
{
	return irq->vgic->model == 3 || (irq->route & BIT(v->base.id));
}

/* How soon a vCPU would take an interrupt. */
enum readiness {
	OFF,
	BUSY,		/* asleep without power, or its CPU interface has the group off */
	READY
};

/* Of one that is loaded, the CPU interface is not known: the best is believed of it. */
static enum readiness readiness_of(const struct a64_vcpu *v, const struct vgic_irq *irq)
{
	if (!is_on(v))
		return OFF;
	if (is_down(v))
		return BUSY;
	if (READ_ONCE(v->base.cpu) >= 0)
		return READY;
	return READ_ONCE(v->ctx->vgic.vmcr) & vgic_vmcr_enable(irq->group1) ? READY : BUSY;
}

/* Of those that are the readiest: with "1 of N" spread by number, of several targets the first. */
static struct a64_vcpu *choose(const struct vgic_irq *irq)
{
	struct axvm_vm *vm = vgic_axvm(irq->vgic);
	u32 i, first = irq->vgic->model == 3 ? irq->intid : 0;
	struct a64_vcpu *v, *best = NULL;
	int readiness, most = -1;

	for (i = 0; i < vm->nr_vcpus && most < READY; i++) {
		v = to_a64_vcpu(vm->vcpus[(first + i) % vm->nr_vcpus]);
		readiness = readiness_of(v, irq);
		if (!may_go_to(irq, v) || readiness <= most)
			continue;
		best = v;
		most = readiness;
	}
	return best;
}

/* It stays where it waits, unless another one would take it sooner. */
static struct a64_vcpu *choose_or_stay(const struct vgic_irq *irq)
{
	struct a64_vcpu *v = irq->vcpu;

	return v && may_go_to(irq, v) && readiness_of(v, irq) == READY ? v : choose(irq);
}

/* The vCPU that has to look at it, or NULL. An active one stays where it was acknowledged. */
static struct a64_vcpu *find_taker(const struct vgic_irq *irq)
{
	if (!irq->active && !(irq->enabled && vgic_irq_is_pending(irq)))
		return NULL;
	if (irq->active && irq->vcpu)
		return irq->vcpu;
	return has_choice(irq) ? choose_or_stay(irq) : irq->target;
}

static bool comes_before(struct rb_node *a, const struct rb_node *b)
{
	const struct vgic_irq *one = rb_entry(a, struct vgic_irq, node);
	const struct vgic_irq *other = rb_entry(b, struct vgic_irq, node);

	if (one->set_priority != other->set_priority)
		return one->set_priority < other->set_priority;
	return one->intid < other->intid;
}

static void leave_set(struct vgic_irq *irq)
{
	struct vgic_cpu *cpu = &irq->vcpu->vgic;

	scoped_guard(raw_spinlock, &cpu->lock) {
		rb_erase_cached(&irq->node, &cpu->sets[irq->set]);
		cpu->nr[irq->set]--;
		WRITE_ONCE(cpu->nr_queued, cpu->nr_queued - 1);
	}
	irq->vcpu = NULL;
}

static void join_set(struct vgic_irq *irq, struct a64_vcpu *v, enum vgic_set set)
{
	struct vgic_cpu *cpu = &v->vgic;

	irq->vcpu = v;
	irq->set = set;
	irq->set_priority = irq->priority;
	guard(raw_spinlock)(&cpu->lock);
	rb_add_cached(&irq->node, &cpu->sets[set], comes_before);
	cpu->nr[set]++;
	WRITE_ONCE(cpu->nr_queued, cpu->nr_queued + 1);
}

static enum vgic_set set_of(const struct vgic_irq *irq)
{
	if (irq->active)
		return VGIC_ACTIVE;
	return irq->group1 ? VGIC_GROUP1 : VGIC_GROUP0;
}

static void place_irq(struct vgic_irq *irq)
{
	struct a64_vcpu *taker = find_taker(irq);
	enum vgic_set set = set_of(irq);

	if (taker == irq->vcpu &&
	    (!taker || (set == irq->set && irq->priority == irq->set_priority)))
		return;
	if (irq->vcpu)
		leave_set(irq);
	if (taker)
		join_set(irq, taker, set);
}

/* What is in a list register may have to change there, or to leave it. */
void vgic_irq_update(struct vgic_irq *irq)
{
	lockdep_assert_held(&irq->lock);
	if (irq->in_lr) {
		vgic_kick(irq->vcpu);
		return;
	}
	place_irq(irq);
	if (irq->vcpu && vgic_irq_is_offered(irq))
		vgic_kick(irq->vcpu);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_irq_update);

/* --- inputs --- */

void vgic_irq_set_line(struct vgic_irq *irq, bool level)
{
	guard(raw_spinlock_irqsave)(&irq->lock);
	if (irq->line == level)
		return;
	WRITE_ONCE(irq->line, level);
	if (!irq->level && level)
		WRITE_ONCE(irq->latched, true);
	/* What fell is taken back, unless the guest has acknowledged it. */
	if (level || (irq->level && (irq->lr_pending || !irq->in_lr)))
		vgic_irq_update(irq);
}

static void set_level(struct axvm_irq_chip *chip, u32 nr, bool level)
{
	struct vgic_vm *vgic = container_of(chip, struct vgic_vm, chip);
	struct vgic_irq *irq = vgic_irq_find(vgic, NULL, nr);

	if (irq)
		vgic_irq_set_line(irq, level);
}

static bool check(const struct axvm_irq_chip *chip, u32 nr)
{
	const struct vgic_vm *vgic = container_of(chip, struct vgic_vm, chip);

	return nr >= VGIC_NR_PRIVATE && nr - VGIC_NR_PRIVATE < vgic->nr_spis;
}

static const struct axvm_irq_chip_ops chip_ops = {
	.set_level = set_level,
	.check = check,
};

void vgic_set_ppi(struct a64_vcpu *v, u32 intid, bool level)
{
	vgic_irq_set_line(&v->vgic.private[intid], level);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_set_ppi);

void vgic_link_ppi(struct a64_vcpu *v, u32 intid, u32 host_intid)
{
	v->vgic.private[intid].host_irq = host_intid;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_link_ppi);

bool vgic_ppi_active(struct a64_vcpu *v, u32 intid)
{
	struct vgic_irq *irq = &v->vgic.private[intid];

	guard(raw_spinlock_irqsave)(&irq->lock);
	return irq->active && irq->hw;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_ppi_active);

bool vgic_ppi_take_released(struct a64_vcpu *v, u32 intid)
{
	struct vgic_irq *irq = &v->vgic.private[intid];
	bool released;

	guard(raw_spinlock_irqsave)(&irq->lock);
	released = irq->released;
	irq->released = false;
	return released;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_ppi_take_released);

/* --- the vCPU's side --- */

void vgic_flush(struct a64_vcpu *v)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;

	if (READ_ONCE(v->vgic.nr_queued))
		vgic_fill_lrs(v);
	if (hw->nr_used | hw->flags)
		vgic_hw_enter(hw);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_flush);

static void read_back(struct a64_vcpu *v)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;
	u32 i, ended = 0;

	vgic_hw_exit(hw);
	if (hw->hcr & VGIC_HCR_LRENPIE)
		ended = (hw->seen & ICH_HCR_EOIcount_MASK) >> ICH_HCR_EOIcount_SHIFT;
	/* While those in list registers are still known from the others. */
	if (ended)
		vgic_end_others(v, ended);
	for (i = 0; i < hw->nr_used; i++)
		vgic_fold_lr(v->vgic.lr[i], hw->lr[i]);
	hw->hcr = ICH_HCR_EN;
	WRITE_ONCE(v->vgic.syncs, v->vgic.syncs + 1);
	/* What was folded, before the sign that it was; pairs with vgic_settle(). */
	smp_store_release(&hw->nr_used, 0);	/* see above */
}

void vgic_sync(struct a64_vcpu *v)
{
	if (v->ctx->vgic.nr_used)
		read_back(v);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_sync);

/* It runs with list registers in use; once it does not, what they held can be read. */
static bool has_lrs(const struct a64_vcpu *v)
{
	return smp_load_acquire(&v->ctx->vgic.nr_used);	/* pairs with read_back() */
}

void vgic_settle(struct a64_vcpu *v)
{
	u32 before = READ_ONCE(v->vgic.syncs);
	unsigned int us;

	if (!has_lrs(v))
		return;
	vgic_kick(v);
	for (us = 0; us < SETTLE_US; us++) {
		if (!has_lrs(v) || READ_ONCE(v->vgic.syncs) != before)
			return;
		udelay(1);
	}
}

/*
 * Whoever places an interrupt has its lock: before us, then it is found here, or after
 * us, then @off is seen.
 */
void vgic_leave(struct a64_vcpu *v)
{
	struct vgic_vm *vgic = &a64_vm_of(v)->vgic;
	struct vgic_irq *irq;
	u32 n;

	WRITE_ONCE(v->vgic.off, true);
	for (n = 0; n < vgic->nr_spis; n++) {
		irq = &vgic->spis[n];
		guard(raw_spinlock_irqsave)(&irq->lock);
		if (irq->vcpu == v)
			vgic_irq_update(irq);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vgic_leave);

void vgic_load(struct a64_vcpu *v)
{
	vgic_hw_load(&v->ctx->vgic);
}

void vgic_put(struct a64_vcpu *v)
{
	vgic_hw_put(&v->ctx->vgic);
}

/*
 * Would the CPU interface signal it (IHI 0069, 4.8)? Its registers are known
 * while the vCPU is not loaded, and only then it sleeps; otherwise say what is not wrong.
 * Without power there is no CPU interface: an interrupt that the distributor offers makes the
 * redistributor ask for power, whatever the guest has left there (11.1, 11.2).
 */
static bool passes_cpu_interface(const struct a64_vcpu *v, const struct vgic_irq *irq)
{
	u32 vmcr = v->ctx->vgic.vmcr;

	if (READ_ONCE(v->base.cpu) >= 0 || is_down(v))
		return true;
	if (!(vmcr & vgic_vmcr_enable(irq->set)))
		return false;
	return irq->set_priority < (vmcr & ICH_VMCR_PMR_MASK) >> ICH_VMCR_PMR_SHIFT;
}

/* The best of each group says it for all. */
bool vgic_has_irq(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);
	u8 enabled = READ_ONCE(a64_vm_of(v)->vgic.enabled);
	const struct vgic_irq *irq;
	enum vgic_set group;

	if (!READ_ONCE(v->vgic.nr_queued))
		return false;
	guard(raw_spinlock_irqsave)(&v->vgic.lock);
	for (group = VGIC_GROUP0; group <= VGIC_GROUP1; group++) {
		irq = vgic_irq_of(rb_first_cached(&v->vgic.sets[group]));
		if (irq && (enabled & BIT(group)) && passes_cpu_interface(v, irq))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_has_irq);

/* --- life --- */

static void init_irq(struct vgic_irq *irq, struct vgic_vm *vgic, u32 intid)
{
	raw_spin_lock_init(&irq->lock);
	irq->vgic = vgic;
	irq->intid = intid;
}

/*
 * IHI 0069, 12.9: what is unknown after reset is 0 here. SGIs are edge-
 * triggered, all else is level-sensitive.
 */
static void reset_irq(struct vgic_irq *irq)
{
	guard(raw_spinlock_irqsave)(&irq->lock);
	if (irq->vcpu)
		leave_set(irq);
	irq->enabled = false;
	irq->line = false;
	irq->latched = false;
	irq->active = false;
	irq->level = !vgic_irq_is_sgi(irq);
	irq->group1 = false;
	irq->priority = 0;
	irq->sources = 0;
	irq->in_lr = false;
	irq->lr_pending = false;
	irq->active_written = false;
	irq->hw = false;
	irq->released = false;
	if (!vgic_irq_is_private(irq))
		irq->route = 0;
}

/*
 * IHI 0069, GICD_IROUTER<n>: affinity 0. IHI 0048, GICD_ITARGETSR<n>: none,
 * and fixed where there is one CPU.
 */
static struct a64_vcpu *first_target(struct vgic_vm *vgic)
{
	struct axvm_vm *vm = vgic_axvm(vgic);
	struct axvm_vcpu *vcpu;

	if (vgic->model == 2)
		return vm->nr_vcpus == 1 ? to_a64_vcpu(vm->vcpus[0]) : NULL;
	vcpu = axvm_vcpu_find(vm, 0);
	return vcpu ? to_a64_vcpu(vcpu) : NULL;
}

/* The last stay of each vCPU was followed by its sync: nothing is in list registers. */
void vgic_reset(struct vgic_vm *vgic)
{
	struct axvm_vm *vm = vgic_axvm(vgic);
	struct vgic_cpu *cpu;
	u32 i, n;

	WRITE_ONCE(vgic->enabled, 0);
	for (i = 0; i < vm->nr_vcpus; i++) {
		cpu = &to_a64_vcpu(vm->vcpus[i])->vgic;
		cpu->asleep = true;
		for (n = 0; n < VGIC_NR_PRIVATE; n++)
			reset_irq(&cpu->private[n]);
	}
	for (n = 0; n < vgic->nr_spis; n++) {
		reset_irq(&vgic->spis[n]);
		vgic->spis[n].target = first_target(vgic);
	}
}

void vgic_vm_init(struct a64_vm *vm)
{
	vm->vgic.vm = vm;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_vm_init);

/*
 * A VM without a controller is one that has no interrupts; what a model needs
 * it has checked in create.
 */
int vgic_vm_check(struct a64_vm *vm, struct axvm_error *err)
{
	return 0;
}

static void init_sets(struct vgic_cpu *cpu)
{
	enum vgic_set set;

	raw_spin_lock_init(&cpu->lock);
	for (set = 0; set < VGIC_SETS; set++) {
		cpu->sets[set] = RB_ROOT_CACHED;
		cpu->nr[set] = 0;
	}
	cpu->nr_queued = 0;
}

void vgic_vcpu_init(struct a64_vcpu *v)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;
	struct vgic_hw_info info;
	struct vgic_irq *irq;
	u32 n;

	for (n = 0; n < VGIC_NR_PRIVATE; n++) {
		irq = &v->vgic.private[n];
		init_irq(irq, &a64_vm_of(v)->vgic, n);
		irq->target = v;
		irq->level = !vgic_irq_is_sgi(irq);
	}
	init_sets(&v->vgic);
	vgic_hw_describe(&info);
	hw->nr_lrs = info.nr_lrs;
	hw->nr_apr = info.nr_apr;
	if (info.kind == 3)
		v->ctx->flags |= A64_CTX_GICV3;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_vcpu_init);

/* Without a GICv3 of its own a guest must not reach the host's (IHI 0069, ICH_HCR_EL2). */
static u32 base_hcr(const struct a64_vcpu *v)
{
	if (a64_vm_of(v)->vgic.model)
		return ICH_HCR_EN;
	if (!(v->ctx->flags & A64_CTX_GICV3))
		return 0;
	return ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1;
}

/* IHI 0069, 12.2: groups off, no active priority, all priorities masked. */
void vgic_vcpu_reset(struct a64_vcpu *v)
{
	struct a64_vgic_hw *hw = &v->ctx->vgic;

	WRITE_ONCE(v->vgic.off, false);
	hw->hcr = base_hcr(v);
	hw->vmcr = 0;
	hw->nr_used = 0;
	hw->flags = 0;
	memset(hw->ap0r, 0, sizeof(hw->ap0r));
	memset(hw->ap1r, 0, sizeof(hw->ap1r));
}
EXPORT_SYMBOL_IF_KUNIT(vgic_vcpu_reset);

static int set_spis(struct vgic_vm *vgic, u64 nr, struct axvm_error *err)
{
	u32 n;

	if (nr > VGIC_MAX_SPIS)
		return axvm_fail(err, "a GIC has at most 988 SPIs", -EINVAL);
	vgic->spis = kvcalloc(nr, sizeof(*vgic->spis), GFP_KERNEL_ACCOUNT);
	if (!vgic->spis)
		return axvm_fail(err, "out of memory", -ENOMEM);
	vgic->nr_spis = nr;
	for (n = 0; n < nr; n++)
		init_irq(&vgic->spis[n], vgic, VGIC_NR_PRIVATE + n);
	return 0;
}

int vgic_create(struct axvm_device *dev, u8 model, struct axvm_error *err)
{
	struct axvm_vm *vm = axvm_vm_of_device(dev);
	struct vgic_vm *vgic = &to_a64_vm(vm)->vgic;
	struct vgic_hw_info info;
	int ret;

	if (vm->devices.chip)
		return axvm_fail(err, "the VM has an interrupt controller already", -EEXIST);
	vgic_hw_describe(&info);
	if (info.kind != model)
		return axvm_fail(err, model == 3 ? "gic-v3 needs a host with a GICv3" :
				 "gic-v2 needs a host with a GICv2", -EOPNOTSUPP);
	ret = set_spis(vgic, axvm_device_param(dev, 0, 0) ?: VGIC_DEFAULT_SPIS, err);
	if (ret)
		return ret;
	vgic->model = model;
	vgic->nr_lrs = info.nr_lrs;
	vgic->priority_mask = GENMASK(7, 8 - info.nr_priority_bits);
	vgic->has_tdir = info.has_tdir;
	vgic->chip.ops = &chip_ops;
	vm->devices.chip = &vgic->chip;
	return 0;
}

void vgic_destroy(struct axvm_device *dev)
{
	struct axvm_vm *vm = axvm_vm_of_device(dev);
	struct vgic_vm *vgic = &to_a64_vm(vm)->vgic;

	vgic_reset(vgic);
	vm->devices.chip = NULL;
	vgic->model = 0;
	vgic->dist_len = 0;
	vgic->redist_len = 0;
	vgic->nr_spis = 0;
	kvfree(vgic->spis);
	vgic->spis = NULL;
}
