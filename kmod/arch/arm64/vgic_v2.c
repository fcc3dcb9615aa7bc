// SPDX-License-Identifier: GPL-2.0
/*
 * GICv2's distributor, and the model "gic-v2" (IHI 0048, 4.3).
 *
 * For hosts with a GICv2: the CPU interface that the guest sees is the
 * hardware's virtual one, GICV, mapped into its memory (IHI 0048, 5.5) but for
 * the register that deactivates.
 * Registers of the first 32 interrupts are banked by who accesses them.
 *
 * Parameters: cfg[0] number of SPIs, 0 = VGIC_DEFAULT_SPIS; cfg[1] address of
 * the CPU interface, 0 = CPU_OFFSET behind the distributor.
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>
#include <linux/once.h>
#include <linux/sched.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "vgic_mmio.h"

#define DIST_LEN	0x1000
#define CPU_OFFSET	0x10000	/* as on QEMU's "virt" */
#define CPU_LEN		0x2000
#define CPU_MAPPED	0x1000	/* what lies behind is GICV_DIR alone */
#define GICV_DIR	0x1000	/* arm-gic.h has it, and contradicts arm-gic-v3.h */
#define MAX_VCPUS	8
#define NR_INTIDS	1024	/* that arrays of registers have room for */

#define TYPER_CPUS	GENMASK(7, 5)	/* IHI 0048, 4.3.2 "GICD_TYPER" */
#define SGIR_FILTER	GENMASK(25, 24)	/* IHI 0048, 4.3.15 "GICD_SGIR" */
#define SGIR_TARGETS	GENMASK(23, 16)
#define SGIR_INTID	GENMASK(3, 0)
#define DIR_INTID	GENMASK(9, 0)	/* IHI 0048, GICV_DIR */
#define ICPIDR2		0xfe8		/* IHI 0048, 4.3.18: ArchRev */
#define ARCH_REV_2	0x20

enum sgi_filter {
	SGI_LISTED,
	SGI_OTHERS,
	SGI_SELF,
};

/* The vCPU whose thread this is. Its VM has few, and nobody else accesses registers. */
VISIBLE_IF_KUNIT struct a64_vcpu *vgic_v2_current(struct axvm_vm *vm)
{
	u32 i;

	KUNIT_STATIC_STUB_REDIRECT(vgic_v2_current, vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		if (READ_ONCE(vm->vcpus[i]->task) == current)
			return to_a64_vcpu(vm->vcpus[i]);
	return to_a64_vcpu(vm->vcpus[0]);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_v2_current);

static u64 read_ctlr(const struct vgic_io *io)
{
	return READ_ONCE(io->vgic->enabled);
}

static void write_ctlr(const struct vgic_io *io, u64 val)
{
	vgic_set_groups(io->vgic, val & VGIC_ENABLE_GROUPS);
}

static u64 read_typer(const struct vgic_io *io)
{
	return vgic_it_lines(io->vgic) |
	       FIELD_PREP(TYPER_CPUS, vgic_axvm(io->vgic)->nr_vcpus - 1);
}

static u64 read_rev(const struct vgic_io *io)
{
	return ARCH_REV_2;
}

/* --- targets --- */

static u8 all_vcpus(const struct vgic_irq *irq)
{
	return GENMASK(vgic_axvm(irq->vgic)->nr_vcpus - 1, 0);
}

/* IHI 0048, 4.3.12: the first 8 read as whoever reads; with one CPU all are RAZ/WI. */
static u64 get_targets(const struct vgic_irq *irq)
{
	if (vgic_axvm(irq->vgic)->nr_vcpus == 1)
		return 0;
	return vgic_irq_is_private(irq) ? BIT(irq->target->base.id) : READ_ONCE(irq->route);
}

static void set_targets(struct vgic_irq *irq, u64 val)
{
	if (vgic_irq_is_private(irq) || vgic_axvm(irq->vgic)->nr_vcpus == 1)
		return;
	WRITE_ONCE(irq->route, val & all_vcpus(irq));
}

/* --- SGIs --- */

static u8 sgi_targets(const struct vgic_io *io, u32 val)
{
	u8 all = GENMASK(vgic_axvm(io->vgic)->nr_vcpus - 1, 0), self = BIT(io->v->base.id);

	switch (FIELD_GET(SGIR_FILTER, val)) {
	case SGI_LISTED:
		return FIELD_GET(SGIR_TARGETS, val) & all;
	case SGI_OTHERS:
		return all & ~self;
	case SGI_SELF:
		return self;
	default:
		return 0;
	}
}

static void write_sgir(const struct vgic_io *io, u64 val)
{
	vgic_v2_send_sgi(io->vgic, FIELD_GET(SGIR_INTID, val), io->v->base.id,
			 sgi_targets(io, val));
}

/* Also the one that waits in the list register of a vCPU that runs. */
static u64 get_sources(const struct vgic_irq *irq)
{
	u8 sources = READ_ONCE(irq->sources);

	if (READ_ONCE(irq->in_lr) && READ_ONCE(irq->lr_latched))
		sources |= BIT(READ_ONCE(irq->active_source));
	return sources;
}

static void set_sources(struct vgic_irq *irq, u64 val)
{
	irq->sources |= val & all_vcpus(irq);
	WRITE_ONCE(irq->latched, irq->sources);
}

static void clear_sources(struct vgic_irq *irq, u64 val)
{
	irq->sources &= ~val;
	WRITE_ONCE(irq->latched, irq->sources);
	if (irq->in_lr && (val & BIT(irq->active_source)))
		WRITE_ONCE(irq->lr_latched, false);
}

static const struct vgic_reg regs[] = {
	VGIC_REG(GICD_CTLR, 4, 4, read_ctlr, write_ctlr),
	VGIC_REG(GICD_TYPER, 4, 4, read_typer, NULL),
	VGIC_REG(GICD_IIDR, 4, 4, vgic_read_iidr, NULL),
	VGIC_BIT_FIELDS(NR_INTIDS),
	VGIC_FIELD(GICD_IPRIORITYR, NR_INTIDS, 1 | 4, 8, 0, vgic_get_priority, vgic_set_priority),
	VGIC_FIELD(GICD_ITARGETSR, NR_INTIDS, 1 | 4, 8, 0, get_targets, set_targets),
	VGIC_FIELD(GICD_ICFGR, NR_INTIDS / 4, 4, 2, 0, vgic_get_config, vgic_set_config),
	VGIC_REG_FAST(GICD_SGIR, 4, 4, NULL, write_sgir),
	VGIC_FIELD(GICD_CPENDSGIR, VGIC_NR_SGIS, 1 | 4, 8, VGIC_ONES | VGIC_SETTLE_W,
		   get_sources, clear_sources),
	VGIC_FIELD(GICD_SPENDSGIR, VGIC_NR_SGIS, 1 | 4, 8, VGIC_ONES,
		   get_sources, set_sources),
	VGIC_REG(ICPIDR2, 4, 4, read_rev, NULL),
};

static struct vgic_map dist_map = VGIC_MAP(regs);

static void fill_map(void)
{
	vgic_map_fill(&dist_map);
}

static struct vgic_io io_of(struct axvm_device *dev, u32 offset, u32 len)
{
	struct axvm_vm *vm = axvm_vm_of_device(dev);
	struct vgic_io io = {
		.vgic = &to_a64_vm(vm)->vgic, .v = vgic_v2_current(vm),
		.offset = offset, .len = len,
	};

	return io;
}

static bool read_dist(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct vgic_io io = io_of(opaque, offset, len);

	*val = vgic_mmio_read(&dist_map, &io);
	return true;
}

static bool write_dist(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct vgic_io io = io_of(opaque, offset, len);

	vgic_mmio_write(&dist_map, &io, val);
	return true;
}

static const struct axvm_bus_ops dist_ops = {
	.read = read_dist,
	.write = write_dist,
};

/* --- the CPU interface --- */

/*
 * Accesses to the first page do not get here: stage 2 maps the hardware's there.
 * GICV_DIR is ours, because the hardware would lose what is written for an
 * interrupt that is active without a list register (IHI 0048, GICV_DIR).
 */
static bool read_cpu(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	*val = 0;
	return true;
}

static bool write_cpu(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct axvm_vm *vm = axvm_vm_of_device(opaque);

	if (offset == GICV_DIR && len == 4)
		vgic_deactivate(vgic_v2_current(vm), val & DIR_INTID);
	return true;
}

static const struct axvm_bus_ops cpu_ops = {
	.read = read_cpu,
	.write = write_cpu,
};

static u64 cpu_base(const struct axvm_device *dev)
{
	return axvm_device_param(dev, 1, 0) ?: dev->cfg.base + CPU_OFFSET;
}

/* A reset of the VM's memory has taken all of its stage-2 tables away. */
VISIBLE_IF_KUNIT int vgic_v2_map_cpu(struct axvm_device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(vgic_v2_map_cpu, dev);
	return axvm_s2_map(&dev->env->gmem->s2, cpu_base(dev), a64_host.gicv_base, CPU_MAPPED,
			   AXVM_PROT_READ | AXVM_PROT_WRITE | AXVM_PROT_DEVICE);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_v2_map_cpu);

static int add_windows(struct axvm_device *dev, struct axvm_error *err)
{
	struct axvm_bus_window cpu = {
		.base = cpu_base(dev), .len = CPU_LEN,
		.widths = 1 | 2 | 4 | 8, .ops = &cpu_ops, .opaque = dev,
	};
	int ret;

	if ((dev->cfg.base | cpu.base) % PAGE_SIZE)
		return axvm_fail(err, "gic-v2 has to lie on multiples of 4 KiB", -EINVAL);
	ret = axvm_device_set_len(dev, DIST_LEN, DIST_LEN, err);
	if (ret)
		return ret;
	ret = axvm_device_add_window(dev, AXVM_BUS_MMIO, 1 | 2 | 4 | 8, &dist_ops, err);
	if (ret)
		return ret;
	return axvm_bus_add(&dev->env->bus[AXVM_BUS_MMIO], &cpu, err);
}

static int check_cfg(struct axvm_device *dev, struct axvm_error *err)
{
	if (dev->cfg.nr_cfg > 2)
		return axvm_fail(err, "gic-v2 takes two parameters: SPIs, CPU interface", -EINVAL);
	if (axvm_vm_of_device(dev)->nr_vcpus > MAX_VCPUS)
		return axvm_fail(err, "gic-v2 serves at most 8 vCPUs", -EINVAL);
	if (cpu_base(dev) > axvm_s2_limit(&dev->env->gmem->s2) - CPU_LEN)
		return axvm_fail(err, "gic-v2 lies beyond what a guest can address", -ERANGE);
	return 0;
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct vgic_vm *vgic = &to_a64_vm(axvm_vm_of_device(dev))->vgic;
	int ret = check_cfg(dev, err);

	if (ret)
		return ret;
	DO_ONCE(fill_map);
	ret = add_windows(dev, err);
	if (ret)
		return ret;
	ret = vgic_create(dev, 2, err);
	if (ret)
		return ret;
	ret = vgic_v2_map_cpu(dev);
	if (ret)
		goto err_vgic;
	vgic->dist = &dist_map;
	vgic->dist_base = dev->cfg.base;
	vgic->dist_len = DIST_LEN;
	return 0;

err_vgic:
	vgic_destroy(dev);
	return axvm_fail(err, "out of memory", ret);
}

/* Without its CPU interface the guest cannot run. */
static void reset(struct axvm_device *dev)
{
	vgic_reset(&to_a64_vm(axvm_vm_of_device(dev))->vgic);
	if (vgic_v2_map_cpu(dev))
		axvm_device_system_event(dev, AXVM_SYSTEM_FAILURE, 0);
}

const struct axvm_device_type axvm_gic_v2 = {
	.name = "gic-v2",
	.size = sizeof(struct axvm_device),
	.create = create,
	.reset = reset,
	.destroy = vgic_destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_gic_v2);
