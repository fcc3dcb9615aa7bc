// SPDX-License-Identifier: GPL-2.0
/*
 * GICv3's distributor, and the model "gic-v3" (IHI 0069, 12.8 and 12.9).
 *
 * One security state (GICD_CTLR.DS = 1) and affinity routing always on: SGIs
 * and PPIs are in the redistributors, GICv2's registers for targets and SGIs
 * are reserved. No LPIs, extended ranges or NMIs.
 *
 * Parameters: cfg[0] number of SPIs, 0 = VGIC_DEFAULT_SPIS; cfg[1] address of the
 * redistributors, 0 = REDIST_OFFSET behind the distributor.
 */
#include <linux/once.h>
#include <kunit/visibility.h>

#include "vgic_mmio.h"

#define DIST_LEN	0x10000
#define REDIST_OFFSET	0xa0000	/* as on QEMU's "virt" */
#define NR_INTIDS	1024	/* that arrays of registers have room for */

#define TYPER_ID_BITS	(10 - 1)	/* INTIDs below 1024 */
#define TYPER_ID_SHIFT	19
#define TYPER_A3V	BIT(24)

static u64 read_ctlr(const struct vgic_io *io)
{
	return GICD_CTLR_DS | GICD_CTLR_ARE_NS | READ_ONCE(io->vgic->enabled);
}

/* All other bits are fixed; RWP reads as 0 because a write is done when its access ends. */
static void write_ctlr(const struct vgic_io *io, u64 val)
{
	vgic_set_groups(io->vgic, val & VGIC_ENABLE_GROUPS);
}

/* RSS: some vCPU has an Aff0 that a target list without a range does not reach. */
static bool needs_ranges(const struct vgic_vm *vgic)
{
	const struct axvm_vm *vm = vgic_axvm(vgic);
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (MPIDR_AFFINITY_LEVEL(vm->vcpus[i]->hw_id, 0) >= 16)
			return true;
	return false;
}

static u64 read_typer(const struct vgic_io *io)
{
	u64 val = vgic_it_lines(io->vgic) | GICD_TYPER_MBIS | TYPER_A3V;

	val |= TYPER_ID_BITS << TYPER_ID_SHIFT;
	return needs_ranges(io->vgic) ? val | GICD_TYPER_RSS : val;
}

/* Message-based SPIs: edge-triggered ones latch, of level-sensitive ones it is the level. */
static void write_spi(const struct vgic_io *io, u64 val, bool level)
{
	struct vgic_irq *irq = vgic_irq_find(io->vgic, NULL, val & GENMASK(9, 0));

	if (!irq)
		return;
	guard(raw_spinlock_irqsave)(&irq->lock);
	if (irq->level)
		WRITE_ONCE(irq->line, level);
	else if (level)
		vgic_set_pending(irq, 1);
	else
		vgic_clear_pending(irq, 1);
	vgic_irq_update(irq);
}

static void write_setspi(const struct vgic_io *io, u64 val)
{
	write_spi(io, val, true);
}

static void write_clrspi(const struct vgic_io *io, u64 val)
{
	write_spi(io, val, false);
}

static u64 get_route(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->route);
}

static void set_route(struct vgic_irq *irq, u64 val)
{
	struct axvm_vcpu *target;

	if (vgic_irq_is_private(irq))
		return;
	WRITE_ONCE(irq->route, val & (VGIC_AFFINITY | VGIC_ROUTE_ANY));
	target = axvm_vcpu_find(vgic_axvm(irq->vgic), val & VGIC_AFFINITY);
	irq->target = target ? to_a64_vcpu(target) : NULL;
}

static u64 read_id(const struct vgic_io *io)
{
	return vgic_id_register(io->offset, 0x92);
}

static const struct vgic_reg regs[] = {
	VGIC_REG(GICD_CTLR, 4, 4, read_ctlr, write_ctlr),
	VGIC_REG(GICD_TYPER, 4, 4, read_typer, NULL),
	VGIC_REG(GICD_IIDR, 4, 4, vgic_read_iidr, NULL),
	VGIC_NONE(GICD_TYPER2, 4, 4),
	VGIC_NONE(GICD_STATUSR, 4, 4),
	VGIC_REG_FAST(GICD_SETSPI_NSR, 4, 2 | 4, NULL, write_setspi),
	VGIC_REG_FAST(GICD_CLRSPI_NSR, 4, 2 | 4, NULL, write_clrspi),
	VGIC_NONE(GICD_SETSPI_SR, 4, 2 | 4),	/* one security state: WI */
	VGIC_NONE(GICD_CLRSPI_SR, 4, 2 | 4),
	VGIC_BIT_FIELDS(NR_INTIDS),
	VGIC_FIELD(GICD_IPRIORITYR, NR_INTIDS, 1 | 4, 8, 0, vgic_get_priority, vgic_set_priority),
	VGIC_NONE(GICD_ITARGETSR, NR_INTIDS, 1 | 4),	/* affinity routing: RES0 */
	VGIC_FIELD(GICD_ICFGR, NR_INTIDS / 4, 4, 2, 0, vgic_get_config, vgic_set_config),
	VGIC_NONE(GICD_IGRPMODR, NR_INTIDS / 8, 4),	/* one security state: RES0 */
	VGIC_NONE(GICD_NSACR, NR_INTIDS / 4, 4),
	VGIC_NONE(GICD_SGIR, 4, 4),			/* affinity routing: RES0 */
	VGIC_NONE(GICD_CPENDSGIR, 16, 1 | 4),
	VGIC_NONE(GICD_SPENDSGIR, 16, 1 | 4),
	VGIC_FIELD(GICD_IROUTER, NR_INTIDS * 8, 4 | 8, 64, 0, get_route, set_route),
	VGIC_REG(GICD_IDREGS, 0x30, 4, read_id, NULL),
};

static struct vgic_map dist_map = VGIC_MAP(regs);

static bool read_dist(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct vgic_io io = {
		.vgic = &to_a64_vm(axvm_vm_of_device(opaque))->vgic, .offset = offset, .len = len,
	};

	*val = vgic_mmio_read(&dist_map, &io);
	return true;
}

static bool write_dist(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct vgic_io io = {
		.vgic = &to_a64_vm(axvm_vm_of_device(opaque))->vgic, .offset = offset, .len = len,
	};

	vgic_mmio_write(&dist_map, &io, val);
	return true;
}

static const struct axvm_bus_ops dist_ops = {
	.read = read_dist,
	.write = write_dist,
};

static u64 redist_base(const struct axvm_device *dev)
{
	return axvm_device_param(dev, 1, 0) ?: dev->cfg.base + REDIST_OFFSET;
}

static u64 redist_len(const struct axvm_device *dev)
{
	return (u64)axvm_vm_of_device(dev)->nr_vcpus * VGIC_REDIST_LEN;
}

/* IHI 0069, 12.1.1: blocks of registers are 64 KiB pages. */
static int add_windows(struct axvm_device *dev, struct axvm_error *err)
{
	struct axvm_bus_window redist = {
		.base = redist_base(dev), .len = redist_len(dev),
		.widths = 1 | 2 | 4 | 8, .ops = &vgic_redist_ops, .opaque = dev,
	};
	int ret;

	if ((dev->cfg.base | redist.base) % DIST_LEN)
		return axvm_fail(err, "gic-v3 has to lie on multiples of 64 KiB", -EINVAL);
	ret = axvm_device_set_len(dev, DIST_LEN, DIST_LEN, err);
	if (ret)
		return ret;
	ret = axvm_device_add_window(dev, AXVM_BUS_MMIO, 1 | 2 | 4 | 8, &dist_ops, err);
	if (ret)
		return ret;
	return axvm_bus_add(&dev->env->bus[AXVM_BUS_MMIO], &redist, err);
}

static void fill_maps(void)
{
	vgic_map_fill(&dist_map);
	vgic_redist_fill();
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct vgic_vm *vgic = &to_a64_vm(axvm_vm_of_device(dev))->vgic;
	int ret;

	if (dev->cfg.nr_cfg > 2)
		return axvm_fail(err, "gic-v3 takes two parameters: SPIs, redistributors",
				 -EINVAL);
	DO_ONCE(fill_maps);
	ret = add_windows(dev, err);
	if (ret)
		return ret;
	ret = vgic_create(dev, 3, err);
	if (ret)
		return ret;
	vgic->dist = &dist_map;
	vgic->dist_base = dev->cfg.base;
	vgic->dist_len = DIST_LEN;
	vgic->redist_base = redist_base(dev);
	vgic->redist_len = redist_len(dev);
	return 0;
}

static void reset(struct axvm_device *dev)
{
	vgic_reset(&to_a64_vm(axvm_vm_of_device(dev))->vgic);
}

const struct axvm_device_type axvm_gic_v3 = {
	.name = "gic-v3",
	.size = sizeof(struct axvm_device),
	.create = create,
	.reset = reset,
	.destroy = vgic_destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_gic_v3);
