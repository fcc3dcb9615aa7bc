/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of distributors and redistributors, as tables.
 */
#ifndef AXVM_ARM64_VGIC_MMIO_H
#define AXVM_ARM64_VGIC_MMIO_H

#include <linux/irqchip/arm-gic-v3.h>

#include "vgic_priv.h"

#define VGIC_ONES	BIT(0)	/* only the bits that are written as 1 say something */
#define VGIC_SETTLE_R	BIT(1)	/* what is read is in the list registers of a vCPU that runs */
#define VGIC_SETTLE_W	BIT(2)	/* what is written is to be so when the access ends */
#define VGIC_FAST_W	BIT(3)	/* writes do little: also with interrupts off */

/**
 * struct vgic_reg - a register, or an array of them
 * @offset: of the first
 * @len: bytes in all
 * @widths: accesses allowed, others read as zero and are ignored (IHI 0069, 12.1.3)
 * @bits: of each interrupt in it, from INTID 0 on; 0: no array of interrupts
 * @flags: VGIC_*
 * @get: field of an interrupt, as it reads; NULL: zero
 * @set: write it, lock held; NULL: ignored
 * @read: a whole register; NULL: zero
 * @write: likewise; NULL: ignored
 */
struct vgic_reg {
	u32 offset;
	u32 len;
	u8 widths;
	u8 bits;
	u8 flags;
	u64 (*get)(const struct vgic_irq *irq);
	void (*set)(struct vgic_irq *irq, u64 val);
	u64 (*read)(const struct vgic_io *io);
	void (*write)(const struct vgic_io *io, u64 val);
};

#define VGIC_REG(offset_, len_, widths_, read_, write_)		\
	{ .offset = (offset_), .len = (len_), .widths = (widths_),	\
	  .read = (read_), .write = (write_) }
#define VGIC_REG_FAST(offset_, len_, widths_, read_, write_)		\
	{ .offset = (offset_), .len = (len_), .widths = (widths_),	\
	  .flags = VGIC_FAST_W, .read = (read_), .write = (write_) }
#define VGIC_FIELD(offset_, len_, widths_, bits_, flags_, get_, set_)	\
	{ .offset = (offset_), .len = (len_), .widths = (widths_),	\
	  .bits = (bits_), .flags = (flags_), .get = (get_), .set = (set_) }
/* Reserved for what is not there: reads as zero, writes are ignored. */
#define VGIC_NONE(offset_, len_, widths_)				\
	{ .offset = (offset_), .len = (len_), .widths = (widths_) }

/* Arrays of bits that all kinds of distributors have; each is nr interrupts long. */
#define VGIC_BIT_FIELDS(nr)							\
	VGIC_FIELD(GICD_IGROUPR, (nr) / 8, 4, 1, 0, vgic_get_group, vgic_set_group),	\
	VGIC_FIELD(GICD_ISENABLER, (nr) / 8, 4, 1, VGIC_ONES,			\
		   vgic_get_enabled, vgic_set_enabled),				\
	VGIC_FIELD(GICD_ICENABLER, (nr) / 8, 4, 1, VGIC_ONES | VGIC_SETTLE_W,	\
		   vgic_get_enabled, vgic_clear_enabled),			\
	VGIC_FIELD(GICD_ISPENDR, (nr) / 8, 4, 1, VGIC_ONES,			\
		   vgic_get_pending, vgic_set_pending),				\
	VGIC_FIELD(GICD_ICPENDR, (nr) / 8, 4, 1, VGIC_ONES | VGIC_SETTLE_W,	\
		   vgic_get_pending, vgic_clear_pending),			\
	VGIC_FIELD(GICD_ISACTIVER, (nr) / 8, 4, 1, VGIC_ONES | VGIC_SETTLE_R,	\
		   vgic_get_active, vgic_set_active),				\
	VGIC_FIELD(GICD_ICACTIVER, (nr) / 8, 4, 1,				\
		   VGIC_ONES | VGIC_SETTLE_R | VGIC_SETTLE_W,			\
		   vgic_get_active, vgic_clear_active)

u64 vgic_get_group(const struct vgic_irq *irq);
void vgic_set_group(struct vgic_irq *irq, u64 val);
u64 vgic_get_enabled(const struct vgic_irq *irq);
void vgic_set_enabled(struct vgic_irq *irq, u64 val);
void vgic_clear_enabled(struct vgic_irq *irq, u64 val);
u64 vgic_get_pending(const struct vgic_irq *irq);
void vgic_set_pending(struct vgic_irq *irq, u64 val);
void vgic_clear_pending(struct vgic_irq *irq, u64 val);
u64 vgic_get_active(const struct vgic_irq *irq);
void vgic_set_active(struct vgic_irq *irq, u64 val);
void vgic_clear_active(struct vgic_irq *irq, u64 val);
u64 vgic_get_priority(const struct vgic_irq *irq);
void vgic_set_priority(struct vgic_irq *irq, u64 val);
u64 vgic_get_config(const struct vgic_irq *irq);
void vgic_set_config(struct vgic_irq *irq, u64 val);

/* GICD_CTLR's enable bits. */
void vgic_set_groups(struct vgic_vm *vgic, u8 enabled);

#define VGIC_MAP_LEN		0x1000	/* where nearly all registers are */

/**
 * struct vgic_map - registers of a frame
 * @regs: sorted by offset; offsets and lengths are multiples of 4
 * @nr: their number
 * @words: by word up to VGIC_MAP_LEN: 1 plus the number of the register there, 0 none
 */
struct vgic_map {
	const struct vgic_reg *regs;
	u32 nr;
	u8 words[VGIC_MAP_LEN / 4];
};

#define VGIC_MAP(regs_)		{ .regs = (regs_), .nr = ARRAY_SIZE(regs_) }

/* @words of a map; once, before the first access. */
void vgic_map_fill(struct vgic_map *map);

/*
 * One access to a frame. What is not there reads as zero and is ignored.
 * Context: as struct axvm_bus_ops.
 */
u64 vgic_mmio_read(const struct vgic_map *map, const struct vgic_io *io);
void vgic_mmio_write(const struct vgic_map *map, const struct vgic_io *io, u64 val);

/* GICD_IIDR, GICR_IIDR. */
u64 vgic_read_iidr(const struct vgic_io *io);
/* GICD_TYPER: ITLinesNumber. */
u32 vgic_it_lines(const struct vgic_vm *vgic);

/* vgic_redist.c: the redistributors of all vCPUs, 128 KiB each. */
#define VGIC_REDIST_LEN		0x20000
extern const struct axvm_bus_ops vgic_redist_ops;
/* Both of their maps: vgic_map_fill(). */
void vgic_redist_fill(void);
/* The frame at this offset, which is within them; @io gets offset and vCPU. */
const struct vgic_map *vgic_redist_find(struct axvm_vm *vm, u32 offset, struct vgic_io *io);
/* Identification registers, from GICD_IDREGS or GICR_IDREGS on; part: PIDR0. */
u64 vgic_id_register(u32 offset, u8 part);

#endif /* AXVM_ARM64_VGIC_MMIO_H */
