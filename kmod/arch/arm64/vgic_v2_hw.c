// SPDX-License-Identifier: GPL-2.0
/*
 * GICv2's virtual interface control registers, GICH_* (IHI 0048, 5.3).
 *
 * Memory-mapped and banked per CPU: the host reaches them from EL1 and EL2.
 * What vgic_v3_hw.h promises between exit and enter holds here too. List registers
 * are kept in the form of ICH_LR<n>_EL2 and converted on the way.
 *
 * Called through vgic_hw.c, on the vCPU's thread, loaded.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic.h>
#include <linux/minmax.h>

#include "arm64.h"
#include "vgic_hw.h"

#define VTR_LIST_REGS		GENMASK(5, 0)	/* IHI 0048, GICH_VTR: ListRegs, less 1 */
#define VTR_PRIORITY_BITS	GENMASK(31, 29)	/* PRIbits, less 1 */
#define PRIORITY_BITS		5		/* that GICH_LR<n> has */

void vgic_v2_describe(struct vgic_hw_info *info)
{
	u32 vtr = readl_relaxed(a64_host.gich_base + GICH_VTR);

	info->nr_lrs = min_t(u32, FIELD_GET(VTR_LIST_REGS, vtr) + 1, A64_MAX_LRS);
	info->nr_priority_bits = min_t(u32, FIELD_GET(VTR_PRIORITY_BITS, vtr) + 1, PRIORITY_BITS);
	info->nr_apr = 1;
}

static u32 from_lr(u64 lr)
{
	u32 val = lr & (GICH_LR_VIRTUALID | VGIC_LR_SOURCE);

	val |= (u32)((lr & ICH_LR_PRIORITY_MASK) >> ICH_LR_PRIORITY_SHIFT >>
		     (8 - PRIORITY_BITS)) << GICH_LR_PRIORITY_SHIFT;
	if (lr & ICH_LR_PENDING_BIT)
		val |= GICH_LR_PENDING_BIT;
	if (lr & ICH_LR_ACTIVE_BIT)
		val |= GICH_LR_ACTIVE_BIT;
	if (lr & ICH_LR_GROUP)
		val |= GICH_LR_GROUP1;
	if (lr & ICH_LR_EOI)
		val |= GICH_LR_EOI;
	if (lr & ICH_LR_HW)
		val |= GICH_LR_HW | (u32)((lr & ICH_LR_PHYS_ID_MASK) >> ICH_LR_PHYS_ID_SHIFT) <<
		       GICH_LR_PHYSID_CPUID_SHIFT;
	return val;
}

/* What changes while it is there: the state. */
static u64 to_lr(u64 lr, u32 val)
{
	lr &= ~ICH_LR_STATE;
	if (val & GICH_LR_PENDING_BIT)
		lr |= ICH_LR_PENDING_BIT;
	if (val & GICH_LR_ACTIVE_BIT)
		lr |= ICH_LR_ACTIVE_BIT;
	return lr;
}

void vgic_v2_load(const struct a64_vgic_hw *hw)
{
	void __iomem *gich = a64_host.gich_base;
	u32 i;

	/* What firmware or another hypervisor left in them. */
	for (i = 0; i < hw->nr_lrs; i++)
		writel_relaxed(0, gich + GICH_LR0 + i * 4);
	writel_relaxed(hw->vmcr, gich + GICH_VMCR);
	writel_relaxed(hw->ap0r[0], gich + GICH_APR);
	writel_relaxed(hw->hcr, gich + GICH_HCR);
}

void vgic_v2_put(struct a64_vgic_hw *hw)
{
	void __iomem *gich = a64_host.gich_base;

	writel_relaxed(0, gich + GICH_HCR);
	hw->vmcr = readl_relaxed(gich + GICH_VMCR);
	hw->ap0r[0] = readl_relaxed(gich + GICH_APR);
}

void vgic_v2_enter(struct a64_vgic_hw *hw)
{
	void __iomem *gich = a64_host.gich_base;
	u32 i;

	for (i = 0; i < hw->nr_used; i++)
		writel_relaxed(from_lr(hw->lr[i]), gich + GICH_LR0 + i * 4);
	if (hw->hcr & VGIC_HCR_MAINTENANCE)
		writel_relaxed(hw->hcr, gich + GICH_HCR);
}

void vgic_v2_exit(struct a64_vgic_hw *hw)
{
	void __iomem *gich = a64_host.gich_base;
	u32 i;

	for (i = 0; i < hw->nr_used; i++) {
		hw->lr[i] = to_lr(hw->lr[i], readl_relaxed(gich + GICH_LR0 + i * 4));
		writel_relaxed(0, gich + GICH_LR0 + i * 4);
	}
	if (!(hw->hcr & VGIC_HCR_MAINTENANCE))
		return;
	hw->seen = readl_relaxed(gich + GICH_HCR);
	hw->vmcr = readl_relaxed(gich + GICH_VMCR);
	writel_relaxed(GICH_HCR_EN, gich + GICH_HCR);
}
