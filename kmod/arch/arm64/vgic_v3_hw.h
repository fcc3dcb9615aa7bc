/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GICv3's virtual CPU interface: ICH_*_EL2 (IHI 0069, 12.4).
 *
 * Inlines for whoever runs at EL2: vgic_v3_hw.c with VHE, hyp/ without. They
 * touch struct a64_vgic_hw and registers, nothing else. Outside of enter to
 * exit all list registers are 0 and ICH_HCR_EL2 asks for no maintenance, so
 * the maintenance interrupt, which is level-sensitive, is never left asserted for the host.
 *
 *	load, put: with the vCPU; no context synchronization is needed before the ERET
 *		that follows, it is one
 *	enter, exit: around a run, when @nr_used or @flags is not 0
 */
#ifndef AXVM_ARM64_VGIC_V3_HW_H
#define AXVM_ARM64_VGIC_V3_HW_H

#include <linux/compiler.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <asm/sysreg.h>

#include "context.h"
#include "vgic_hw.h"

#define VGIC_V3_FIRST_LRS(do_)						\
	do {								\
		do_(0); do_(1); do_(2); do_(3);				\
	} while (0)
#define VGIC_V3_OTHER_LRS(do_)						\
	do {								\
		do_(4); do_(5); do_(6); do_(7); do_(8); do_(9);		\
		do_(10); do_(11); do_(12); do_(13); do_(14); do_(15);	\
	} while (0)

static __always_inline void vgic_v3_write_lrs(const struct a64_vgic_hw *hw)
{
	u32 nr = hw->nr_used;

#define WRITE_LR(n)						\
	do {							\
		if (nr > (n))					\
			write_sysreg_s(hw->lr[n], SYS_ICH_LR##n##_EL2);	\
	} while (0)
	VGIC_V3_FIRST_LRS(WRITE_LR);
	if (likely(nr <= 4))
		return;
	VGIC_V3_OTHER_LRS(WRITE_LR);
#undef WRITE_LR
}

/* What firmware or another hypervisor left in them. */
static __always_inline void vgic_v3_clear_lrs(u32 nr)
{
#define CLEAR_LR(n)						\
	do {							\
		if (nr > (n))					\
			write_sysreg_s(0, SYS_ICH_LR##n##_EL2);	\
	} while (0)
	VGIC_V3_FIRST_LRS(CLEAR_LR);
	if (nr <= 4)
		return;
	VGIC_V3_OTHER_LRS(CLEAR_LR);
#undef CLEAR_LR
}

static __always_inline void vgic_v3_take_lrs(struct a64_vgic_hw *hw)
{
	u32 nr = hw->nr_used;

#define TAKE_LR(n)						\
	do {							\
		if (nr > (n)) {					\
			hw->lr[n] = read_sysreg_s(SYS_ICH_LR##n##_EL2);	\
			write_sysreg_s(0, SYS_ICH_LR##n##_EL2);	\
		}						\
	} while (0)
	VGIC_V3_FIRST_LRS(TAKE_LR);
	if (likely(nr <= 4))
		return;
	VGIC_V3_OTHER_LRS(TAKE_LR);
#undef TAKE_LR
}

/* IHI 0069, ICH_AP0R<n>_EL2: registers beyond the implemented preemption bits are UNDEFINED. */
static __always_inline void vgic_v3_load_apr(const struct a64_vgic_hw *hw)
{
	if (hw->nr_apr > 2) {
		write_sysreg_s(hw->ap0r[3], SYS_ICH_AP0R3_EL2);
		write_sysreg_s(hw->ap1r[3], SYS_ICH_AP1R3_EL2);
		write_sysreg_s(hw->ap0r[2], SYS_ICH_AP0R2_EL2);
		write_sysreg_s(hw->ap1r[2], SYS_ICH_AP1R2_EL2);
	}
	if (hw->nr_apr > 1) {
		write_sysreg_s(hw->ap0r[1], SYS_ICH_AP0R1_EL2);
		write_sysreg_s(hw->ap1r[1], SYS_ICH_AP1R1_EL2);
	}
	write_sysreg_s(hw->ap0r[0], SYS_ICH_AP0R0_EL2);
	write_sysreg_s(hw->ap1r[0], SYS_ICH_AP1R0_EL2);
}

static __always_inline void vgic_v3_save_apr(struct a64_vgic_hw *hw)
{
	if (hw->nr_apr > 2) {
		hw->ap0r[3] = read_sysreg_s(SYS_ICH_AP0R3_EL2);
		hw->ap1r[3] = read_sysreg_s(SYS_ICH_AP1R3_EL2);
		hw->ap0r[2] = read_sysreg_s(SYS_ICH_AP0R2_EL2);
		hw->ap1r[2] = read_sysreg_s(SYS_ICH_AP1R2_EL2);
	}
	if (hw->nr_apr > 1) {
		hw->ap0r[1] = read_sysreg_s(SYS_ICH_AP0R1_EL2);
		hw->ap1r[1] = read_sysreg_s(SYS_ICH_AP1R1_EL2);
	}
	hw->ap0r[0] = read_sysreg_s(SYS_ICH_AP0R0_EL2);
	hw->ap1r[0] = read_sysreg_s(SYS_ICH_AP1R0_EL2);
}

/*
 * ICC_SRE_EL2.Enable = 0: a guest's access to ICC_SRE_EL1, which is the host's
 * too, traps. The bit may be fixed to 1; then so is ICC_SRE_EL1.SRE (IHI 0069, 12.2.23).
 */
static __always_inline void vgic_v3_load_interface(const struct a64_vgic_hw *hw)
{
	write_sysreg_s(hw->vmcr, SYS_ICH_VMCR_EL2);
	vgic_v3_load_apr(hw);
	write_sysreg_s(read_sysreg_s(SYS_ICC_SRE_EL2) & ~(u64)ICC_SRE_EL2_ENABLE,
		       SYS_ICC_SRE_EL2);
	write_sysreg_s(hw->hcr, SYS_ICH_HCR_EL2);
}

static __always_inline void vgic_v3_load(const struct a64_vgic_hw *hw)
{
	vgic_v3_clear_lrs(hw->nr_lrs);
	vgic_v3_load_interface(hw);
}

/* What C code has changed since the last run is the newer one. */
static __always_inline void vgic_v3_put(struct a64_vgic_hw *hw)
{
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	write_sysreg_s(read_sysreg_s(SYS_ICC_SRE_EL2) | ICC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
	if (likely(!(hw->flags & A64_VGIC_VMCR_WRITTEN)))
		hw->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	vgic_v3_save_apr(hw);
}

/* What was there before axvm, list registers too; from then on none is in use. */
static __always_inline void vgic_v3_take_found(struct a64_vgic_hw *found, u32 vtr)
{
	found->nr_lrs = vgic_v3_nr_lrs(vtr);
	found->nr_apr = vgic_v3_nr_apr(vtr);
	found->nr_used = found->nr_lrs;
	found->hcr = read_sysreg_s(SYS_ICH_HCR_EL2);
	found->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	vgic_v3_save_apr(found);
	vgic_v3_take_lrs(found);
}

static __always_inline void vgic_v3_put_found(const struct a64_vgic_hw *found)
{
	write_sysreg_s(found->vmcr, SYS_ICH_VMCR_EL2);
	vgic_v3_load_apr(found);
	vgic_v3_write_lrs(found);
	write_sysreg_s(found->hcr, SYS_ICH_HCR_EL2);
}

static __always_inline void vgic_v3_enter(struct a64_vgic_hw *hw)
{
	if (unlikely(hw->flags)) {
		write_sysreg_s(hw->vmcr, SYS_ICH_VMCR_EL2);
		hw->flags = 0;
	}
	vgic_v3_write_lrs(hw);
	if (unlikely(hw->hcr & VGIC_HCR_MAINTENANCE))
		write_sysreg_s(hw->hcr, SYS_ICH_HCR_EL2);
}

static __always_inline void vgic_v3_exit(struct a64_vgic_hw *hw)
{
	vgic_v3_take_lrs(hw);
	if (likely(!(hw->hcr & VGIC_HCR_MAINTENANCE)))
		return;
	hw->seen = read_sysreg_s(SYS_ICH_HCR_EL2);
	hw->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	if (hw->hcr & ICH_HCR_TC)	/* ICC_RPR_EL1 is going to be asked for */
		vgic_v3_save_apr(hw);
	write_sysreg_s(ICH_HCR_EN, SYS_ICH_HCR_EL2);
}

#endif /* AXVM_ARM64_VGIC_V3_HW_H */
