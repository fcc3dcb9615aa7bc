// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to registers of distributors and redistributors: tables, and the
 * fields of interrupts that all kinds have (IHI 0069, 12.8 to 12.11).
 *
 * Called by vCPU threads with preemption off and interrupts on, several at a
 * time; vgic_fast_read() and vgic_fast_write() with interrupts off. Each interrupt
 * is locked by itself: an access to 32 of them is not one step, as it is not in a
 * GIC (12.1.3).
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <kunit/visibility.h>

#include "vgic_mmio.h"

/* --- fields --- */

u64 vgic_get_group(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->group1);
}

void vgic_set_group(struct vgic_irq *irq, u64 val)
{
	WRITE_ONCE(irq->group1, val);
}

u64 vgic_get_enabled(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->enabled);
}

void vgic_set_enabled(struct vgic_irq *irq, u64 val)
{
	WRITE_ONCE(irq->enabled, true);
}

void vgic_clear_enabled(struct vgic_irq *irq, u64 val)
{
	WRITE_ONCE(irq->enabled, false);
}

/* Also while it waits in the list register of a vCPU that runs. */
u64 vgic_get_pending(const struct vgic_irq *irq)
{
	return vgic_irq_is_pending(irq) || (READ_ONCE(irq->in_lr) && READ_ONCE(irq->lr_latched));
}

/* IHI 0048, GICD_ISPENDR<n>: SGIs of a GICv2 have GICD_SPENDSGIR<n>. */
static bool has_sources(const struct vgic_irq *irq)
{
	return irq->vgic->model == 2 && vgic_irq_is_sgi(irq);
}

void vgic_set_pending(struct vgic_irq *irq, u64 val)
{
	if (!has_sources(irq))
		WRITE_ONCE(irq->latched, true);
}

void vgic_clear_pending(struct vgic_irq *irq, u64 val)
{
	if (has_sources(irq))
		return;
	WRITE_ONCE(irq->latched, false);
	WRITE_ONCE(irq->lr_latched, false);
}

u64 vgic_get_active(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->active);
}

static void write_active(struct vgic_irq *irq, bool active)
{
	if (!irq->active)
		irq->hw = false;
	WRITE_ONCE(irq->active, active);
	irq->active_written = irq->in_lr;
}

void vgic_set_active(struct vgic_irq *irq, u64 val)
{
	write_active(irq, true);
}

void vgic_clear_active(struct vgic_irq *irq, u64 val)
{
	write_active(irq, false);
}

u64 vgic_get_priority(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->priority);
}

/* IHI 0069, 4.8: low bits that are not implemented are RAZ/WI. */
void vgic_set_priority(struct vgic_irq *irq, u64 val)
{
	WRITE_ONCE(irq->priority, val & irq->vgic->priority_mask);
}

#define CONFIG_EDGE	BIT(1)

u64 vgic_get_config(const struct vgic_irq *irq)
{
	return READ_ONCE(irq->level) ? 0 : CONFIG_EDGE;
}

/*
 * SGIs are edge-triggered; for PPIs it is ours to say, and timers have levels
 * (IHI 0069, GICR_ICFGR1).
 */
void vgic_set_config(struct vgic_irq *irq, u64 val)
{
	if (!vgic_irq_is_private(irq))
		WRITE_ONCE(irq->level, !(val & CONFIG_EDGE));
}

/* --- registers of several kinds --- */

#define IIDR_PRODUCT	0x58	/* ours */
#define IIDR_ARM	0x43b	/* implementer of what it is modelled on */

u64 vgic_read_iidr(const struct vgic_io *io)
{
	return IIDR_PRODUCT << GICD_IIDR_PRODUCT_ID_SHIFT | IIDR_ARM;
}

u32 vgic_it_lines(const struct vgic_vm *vgic)
{
	return DIV_ROUND_UP(vgic->nr_spis, 32);
}

/* CoreSight layout (IHI 0069, 12.1.11): PIDR4 to 7, PIDR0 to 3, CIDR0 to 3. */
u64 vgic_id_register(u32 offset, u8 part)
{
	static const u8 ids[] = {
		0x44, 0, 0, 0, 0, 0xb4, GIC_PIDR2_ARCH_GICv3 | 0xb, 0, 0x0d, 0xf0, 0x05, 0xb1,
	};
	u32 n = (offset - GICD_IDREGS) / 4;

	if (n >= ARRAY_SIZE(ids))
		return 0;
	return n == 4 ? part : ids[array_index_nospec(n, ARRAY_SIZE(ids))];
}

/* Interrupts of a group come and go for all vCPUs. */
void vgic_set_groups(struct vgic_vm *vgic, u8 enabled)
{
	struct axvm_vm *vm = vgic_axvm(vgic);
	u8 before = READ_ONCE(vgic->enabled);
	struct a64_vcpu *v;
	u32 i;

	if (enabled == before)
		return;
	WRITE_ONCE(vgic->enabled, enabled);
	for (i = 0; i < vm->nr_vcpus; i++) {
		v = to_a64_vcpu(vm->vcpus[i]);
		if (READ_ONCE(v->vgic.nr_queued))
			vgic_kick(v);
		if (before & ~enabled)
			vgic_settle(v);
	}
}

/* --- accesses --- */

void vgic_map_fill(struct vgic_map *map)
{
	const struct vgic_reg *reg;
	u32 i, offset;

	for (i = 0; i < map->nr; i++) {
		reg = &map->regs[i];
		for (offset = reg->offset; offset < reg->offset + reg->len; offset += 4)
			if (offset < VGIC_MAP_LEN)
				map->words[offset / 4] = i + 1;
	}
}

static const struct vgic_reg *search_reg(const struct vgic_reg *regs, u32 nr, u32 offset)
{
	u32 low = 0, high = nr;

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (regs[mid].offset <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || offset - regs[low - 1].offset >= regs[low - 1].len)
		return NULL;
	return &regs[low - 1];
}

static __always_inline const struct vgic_reg *find_reg(const struct vgic_map *map, u32 offset)
{
	u32 word = offset / 4, n;

	if (word >= ARRAY_SIZE(map->words))
		return search_reg(map->regs, map->nr, offset);
	n = map->words[array_index_nospec(word, ARRAY_SIZE(map->words))];
	return n ? &map->regs[n - 1] : NULL;
}

/* Accesses are aligned, and a multiple of what an interrupt has, or a half of 64 bits. */
struct span {
	u32 first;
	u32 nr;
	u32 shift;
	u64 mask;
};

static struct span span_of(const struct vgic_reg *reg, const struct vgic_io *io)
{
	u32 bit = (io->offset - reg->offset) * 8;
	struct span span = {
		.first = bit / reg->bits,
		.nr = max(io->len * 8 / reg->bits, 1u),
		.shift = bit % reg->bits,
		.mask = GENMASK_ULL(min_t(u32, reg->bits, io->len * 8) - 1, 0),
	};

	return span;
}

/* The vCPU that has it in a list register just now, when that is not the one that asks. */
static void settle_irq(struct vgic_irq *irq)
{
	struct a64_vcpu *v = NULL;

	if (!READ_ONCE(irq->in_lr))
		return;
	scoped_guard(raw_spinlock_irqsave, &irq->lock)
		if (irq->in_lr)
			v = irq->vcpu;
	if (v)
		vgic_settle(v);
}

static u64 read_fields(const struct vgic_reg *reg, const struct vgic_io *io)
{
	struct span span = span_of(reg, io);
	struct vgic_irq *irq;
	u64 val = 0;
	u32 i;

	for (i = 0; i < span.nr; i++) {
		irq = vgic_irq_find(io->vgic, io->v, span.first + i);
		if (!irq)
			continue;
		if (reg->flags & VGIC_SETTLE_R)
			settle_irq(irq);
		val |= ((reg->get(irq) >> span.shift) & span.mask) << (i * reg->bits);
	}
	return val;
}

static void write_field(const struct vgic_reg *reg, const struct span *span, struct vgic_irq *irq,
			u64 val)
{
	u64 mask = span->mask << span->shift;

	scoped_guard(raw_spinlock_irqsave, &irq->lock) {
		/* Half of it: the other one stays. */
		if (span->mask != GENMASK_ULL(reg->bits - 1, 0))
			val = (reg->get(irq) & ~mask) | (val << span->shift & mask);
		reg->set(irq, val);
		vgic_irq_update(irq);
	}
	if (reg->flags & VGIC_SETTLE_W)
		settle_irq(irq);
}

static void write_fields(const struct vgic_reg *reg, const struct vgic_io *io, u64 val)
{
	struct span span = span_of(reg, io);
	struct vgic_irq *irq;
	u64 field;
	u32 i;

	for (i = 0; i < span.nr; i++) {
		field = (val >> (i * reg->bits)) & span.mask;
		if (!field && (reg->flags & VGIC_ONES))
			continue;
		irq = vgic_irq_find(io->vgic, io->v, span.first + i);
		if (irq)
			write_field(reg, &span, irq, field);
	}
}

/* The half of a doubleword that a word access means. */
static u32 half_shift(const struct vgic_reg *reg, const struct vgic_io *io)
{
	return (reg->widths & 8) && io->len == 4 ? (io->offset & 4) * 8 : 0;
}

/* NULL: no register. */
static __always_inline u64 read_reg(const struct vgic_reg *reg, const struct vgic_io *io)
{
	if (!reg || !(reg->widths & io->len))
		return 0;
	if (reg->read)
		return reg->read(io) >> half_shift(reg, io);
	return reg->get ? read_fields(reg, io) : 0;
}

static __always_inline void write_reg(const struct vgic_reg *reg, const struct vgic_io *io,
				      u64 val)
{
	if (!reg || !(reg->widths & io->len))
		return;
	if (reg->write)
		reg->write(io, val);
	else if (reg->set)
		write_fields(reg, io, val);
}

u64 vgic_mmio_read(const struct vgic_map *map, const struct vgic_io *io)
{
	return read_reg(find_reg(map, io->offset), io);
}

void vgic_mmio_write(const struct vgic_map *map, const struct vgic_io *io, u64 val)
{
	write_reg(find_reg(map, io->offset), io, val);
}

/* --- accesses that end in the loop of runs --- */

/* The register that v has accessed, when it is one of ours. */
static __always_inline const struct vgic_reg *begin_access(struct a64_vcpu *v, u64 gpa, u32 len)
{
	struct vgic_vm *vgic = &a64_vm_of(v)->vgic;
	struct vgic_io *io = &v->vgic.io;
	const struct vgic_map *map;

	io->vgic = vgic;
	io->len = len;
	if (gpa - vgic->dist_base < vgic->dist_len) {
		io->offset = gpa - vgic->dist_base;
		io->v = vgic->model == 2 ? v : NULL;
		map = vgic->dist;
	} else if (gpa - vgic->redist_base < vgic->redist_len) {
		map = vgic_redist_find(v->base.vm, gpa - vgic->redist_base, io);
	} else {
		return NULL;
	}
	return io->offset & (len - 1) ? NULL : find_reg(map, io->offset);
}

/* 32 interrupts at most, without locks. */
bool vgic_fast_read(struct a64_vcpu *v, u64 gpa, unsigned int len, u64 *val)
{
	const struct vgic_reg *reg = begin_access(v, gpa, len);

	if (!reg || (reg->flags & VGIC_SETTLE_R))
		return false;
	*val = read_reg(reg, &v->vgic.io);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_fast_read);

bool vgic_fast_write(struct a64_vcpu *v, u64 gpa, unsigned int len, u64 val)
{
	const struct vgic_reg *reg = begin_access(v, gpa, len);

	if (!reg || !(reg->flags & VGIC_FAST_W))
		return false;
	write_reg(reg, &v->vgic.io, val);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(vgic_fast_write);
