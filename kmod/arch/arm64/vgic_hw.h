/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's virtual CPU interface, of whichever kind it is.
 */
#ifndef AXVM_ARM64_VGIC_HW_H
#define AXVM_ARM64_VGIC_HW_H

#include <linux/bits.h>
#include <asm/sysreg.h>

#include "compat.h"
#include "context.h"

/*
 * ICH_HCR_EL2 fields that asm/sysreg.h does not have; the same in GICH_HCR
 * (IHI 0069, 12.4.4 and IHI 0048, 5.3.2).
 */
#define VGIC_HCR_LRENPIE	BIT(2)
#define VGIC_HCR_VGRP0EIE	BIT(4)
#define VGIC_HCR_VGRP0DIE	BIT(5)
#define VGIC_HCR_VGRP1EIE	BIT(6)
#define VGIC_HCR_VGRP1DIE	BIT(7)

/* What is asked for one stay in the guest, when interrupts wait that have no list register. */
#define VGIC_HCR_MAINTENANCE	(ICH_HCR_NPIE | VGIC_HCR_LRENPIE |		\
				 VGIC_HCR_VGRP0EIE | VGIC_HCR_VGRP0DIE |	\
				 VGIC_HCR_VGRP1EIE | VGIC_HCR_VGRP1DIE)

/* GICv2: source of an SGI, in the same bits of ICH_LR<n>_EL2 as kept here and of GICH_LR<n>. */
#define VGIC_LR_SOURCE		GENMASK_ULL(12, 10)

/**
 * struct vgic_hw_info - what it offers
 * @kind: 3 or 2
 * @nr_lrs: list registers to use, at most A64_MAX_LRS
 * @nr_priority_bits: of virtual interrupts
 * @nr_apr: ICH_AP0R<n>, ICH_AP1R<n>
 * @has_tdir: ICH_HCR_EL2.TDIR
 * @ctlr: ICC_CTLR_EL1 fields that say what is there
 */
struct vgic_hw_info {
	u8 kind;
	u8 nr_lrs;
	u8 nr_priority_bits;
	u8 nr_apr;
	bool has_tdir;
	u32 ctlr;
};

/* IHI 0069, ICH_VTR_EL2: ListRegs and PREbits are one less than what there is. */
static inline unsigned int vgic_v3_nr_lrs(u32 vtr)
{
	unsigned int nr = (vtr & GENMASK(4, 0)) + 1;

	return nr < A64_MAX_LRS ? nr : A64_MAX_LRS;
}

/* ICH_AP0R<n>, ICH_AP1R<n>: 5 bits of preemption need one register of 32, 6 two, 7 four. */
static inline unsigned int vgic_v3_nr_apr(u32 vtr)
{
	unsigned int preemption = ((vtr & GENMASK(28, 26)) >> 26) + 1;

	return preemption > 6 ? 4 : preemption > 5 ? 2 : 1;
}

/* Any context, once the hardware is ours: what all CPUs have. */
void vgic_hw_describe(struct vgic_hw_info *info);

/*
 * This CPU, whose EL2 has just been taken, is to run guests; preemption off. Return: 0;
 * -ENODEV when it has less than the first one, with a line in the log.
 */
int vgic_hw_join(void);
/*
 * GICv3 with VHE: what this CPU had before axvm, and back. From cpu_enable and cpu_disable
 * of the world.
 */
void vgic_hw_take_found(struct a64_vgic_hw *found);
void vgic_hw_put_found(const struct a64_vgic_hw *found);
/* The host has a GICv2, and this CPU GICv3's registers nevertheless. Preemption off. */
bool vgic_hw_hides_icc(void);

/* Loaded section. */
void vgic_hw_load(struct a64_vgic_hw *hw);
void vgic_hw_put(struct a64_vgic_hw *hw);
/* Interrupts off, around a run; only when nr_used or flags is not 0. */
void vgic_hw_enter(struct a64_vgic_hw *hw);
void vgic_hw_exit(struct a64_vgic_hw *hw);

/* vgic_v2_hw.c: the same for GICv2. */
void vgic_v2_describe(struct vgic_hw_info *info);
void vgic_v2_load(const struct a64_vgic_hw *hw);
void vgic_v2_put(struct a64_vgic_hw *hw);
void vgic_v2_enter(struct a64_vgic_hw *hw);
void vgic_v2_exit(struct a64_vgic_hw *hw);

#endif /* AXVM_ARM64_VGIC_HW_H */
