// SPDX-License-Identifier: GPL-2.0
/*
 * GICv3's redistributors: for each vCPU a page of control registers and one
 * for its SGIs and PPIs (IHI 0069, 12.10 and 12.11). No LPIs: their registers are reserved.
 *
 * Called by vCPU threads with preemption off, for any vCPU's.
 */
#include "vgic_mmio.h"

#define FRAME_LEN	0x10000

/* IHI 0069, GICR_* that linux/irqchip/arm-gic-v3.h does not have. */
#define GICR_MPAMIDR	0x0018
#define GICR_PARTIDR	0x001c
#define GICR_INMIR0	0x0f80

static u64 read_typer(const struct vgic_io *io)
{
	const struct axvm_vcpu *vcpu = &io->v->base;
	u64 affinity = (vcpu->hw_id & GENMASK_ULL(23, 0)) |
		       (vcpu->hw_id & GENMASK_ULL(39, 32)) >> 8;
	u64 val = affinity << 32 | (u64)vcpu->id << 8;

	return vcpu->id + 1 == vcpu->vm->nr_vcpus ? val | GICR_TYPER_LAST : val;
}

/*
 * IHI 0069, 11.1: software wakes the redistributor before it uses the CPU
 * interface. One that sleeps delivers here nevertheless: an interrupt would wake it
 * at once, and guests exist that leave this to firmware.
 */
static u64 read_waker(const struct vgic_io *io)
{
	return READ_ONCE(io->v->vgic.asleep) ?
	       GICR_WAKER_ProcessorSleep | GICR_WAKER_ChildrenAsleep : 0;
}

static void write_waker(const struct vgic_io *io, u64 val)
{
	WRITE_ONCE(io->v->vgic.asleep, val & GICR_WAKER_ProcessorSleep);
}

static u64 read_id(const struct vgic_io *io)
{
	return vgic_id_register(io->offset, 0x93);
}

static const struct vgic_reg control_regs[] = {
	VGIC_NONE(GICR_CTLR, 4, 4),
	VGIC_REG(GICR_IIDR, 4, 4, vgic_read_iidr, NULL),
	VGIC_REG(GICR_TYPER, 8, 4 | 8, read_typer, NULL),
	VGIC_NONE(GICR_STATUSR, 4, 4),
	VGIC_REG(GICR_WAKER, 4, 4, read_waker, write_waker),
	VGIC_NONE(GICR_MPAMIDR, 4, 4),
	VGIC_NONE(GICR_PARTIDR, 4, 4),
	VGIC_NONE(GICR_SETLPIR, 8, 4 | 8),
	VGIC_NONE(GICR_CLRLPIR, 8, 4 | 8),
	VGIC_NONE(GICR_PROPBASER, 8, 4 | 8),
	VGIC_NONE(GICR_PENDBASER, 8, 4 | 8),
	VGIC_NONE(GICR_INVLPIR, 8, 4 | 8),
	VGIC_NONE(GICR_INVALLR, 8, 4 | 8),
	VGIC_NONE(GICR_SYNCR, 4, 4),
	VGIC_REG(GICR_IDREGS, 0x30, 4, read_id, NULL),
};

static const struct vgic_reg private_regs[] = {
	VGIC_BIT_FIELDS(VGIC_NR_PRIVATE),
	VGIC_FIELD(GICR_IPRIORITYR0, VGIC_NR_PRIVATE, 1 | 4, 8, 0,
		   vgic_get_priority, vgic_set_priority),
	VGIC_FIELD(GICR_ICFGR0, VGIC_NR_PRIVATE / 4, 4, 2, 0, vgic_get_config, vgic_set_config),
	VGIC_NONE(GICR_IGRPMODR0, 4, 4),	/* one security state: RES0 */
	VGIC_NONE(GICR_NSACR, 4, 4),
	VGIC_NONE(GICR_INMIR0, 4, 4),
};

static struct vgic_map control_map = VGIC_MAP(control_regs);
static struct vgic_map private_map = VGIC_MAP(private_regs);

void vgic_redist_fill(void)
{
	vgic_map_fill(&control_map);
	vgic_map_fill(&private_map);
}

/* Which frame of which vCPU's; the window is exactly as long as there are vCPUs. */
const struct vgic_map *vgic_redist_find(struct axvm_vm *vm, u32 offset, struct vgic_io *io)
{
	u32 id = array_index_nospec(offset / VGIC_REDIST_LEN, vm->nr_vcpus);

	io->v = to_a64_vcpu(vm->vcpus[id]);
	io->offset = offset % FRAME_LEN;
	return offset & FRAME_LEN ? &private_map : &control_map;
}

static bool read_redist(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct axvm_vm *vm = axvm_vm_of_device(opaque);
	struct vgic_io io = { .vgic = &to_a64_vm(vm)->vgic, .len = len };
	const struct vgic_map *map = vgic_redist_find(vm, offset, &io);

	*val = vgic_mmio_read(map, &io);
	return true;
}

static bool write_redist(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct axvm_vm *vm = axvm_vm_of_device(opaque);
	struct vgic_io io = { .vgic = &to_a64_vm(vm)->vgic, .len = len };
	const struct vgic_map *map = vgic_redist_find(vm, offset, &io);

	vgic_mmio_write(map, &io, val);
	return true;
}

const struct axvm_bus_ops vgic_redist_ops = {
	.read = read_redist,
	.write = write_redist,
};
