// SPDX-License-Identifier: GPL-2.0
/*
 * The host's virtual CPU interface: system registers from EL2 (GICv3 with VHE),
 * memory-mapped (GICv2), or left to hyp/ (GICv3 without VHE), which finds all
 * it needs in struct a64_vgic_hw.
 *
 * Called by vgic.c on the vCPU's thread, loaded.
 */
#include <linux/bitfield.h>
#include <linux/percpu.h>
#include <asm/cputype.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "traps.h"
#include "vgic_hw.h"
#include "vgic_v3_hw.h"

#define VTR_PRIORITY_BITS	GENMASK(31, 29)	/* IHI 0069, ICH_VTR_EL2: PRIbits, less 1 */

/* ICH_VTR_EL2 of the first CPU that was taken; 0 before. */
static u32 common_vtr;

static bool has_less(u32 vtr)
{
	u32 flags = ICH_VTR_TDS_MASK | ICH_VTR_A3V_MASK;

	return vgic_v3_nr_lrs(vtr) < vgic_v3_nr_lrs(common_vtr) ||
	       FIELD_GET(VTR_PRIORITY_BITS, vtr) < FIELD_GET(VTR_PRIORITY_BITS, common_vtr) ||
	       vgic_v3_nr_apr(vtr) < vgic_v3_nr_apr(common_vtr) ||
	       (vtr & flags & common_vtr) != (common_vtr & flags);
}

/*
 * Guests and their contexts are made for what the first CPU has, wherever they run.
 * One CPU after the other comes here: hotplug does them so.
 */
int vgic_hw_join(void)
{
	u32 vtr;

	if (a64_host.gic != 3)
		return 0;
	vtr = a64_world->ich_vtr();
	if (!common_vtr)
		WRITE_ONCE(common_vtr, vtr);
	if (!has_less(vtr))
		return 0;
	pr_err("axvm: the GIC's virtual CPU interface of CPU %d has less than others (0x%x, 0x%x)\n",
	       smp_processor_id(), vtr, common_vtr);
	return -ENODEV;
}

static void describe_v3(struct vgic_hw_info *info)
{
	u32 vtr = READ_ONCE(common_vtr);

	info->nr_lrs = vgic_v3_nr_lrs(vtr);
	info->nr_priority_bits = FIELD_GET(VTR_PRIORITY_BITS, vtr) + 1;
	info->nr_apr = vgic_v3_nr_apr(vtr);
	info->has_tdir = vtr & ICH_VTR_TDS_MASK;
	info->ctlr = FIELD_GET(VTR_PRIORITY_BITS, vtr) << ICC_CTLR_EL1_PRI_BITS_SHIFT |
		     FIELD_GET(ICH_VTR_ID_BITS_MASK, vtr) << ICC_CTLR_EL1_ID_BITS_SHIFT |
		     FIELD_GET(ICH_VTR_SEIS_MASK, vtr) << ICC_CTLR_EL1_SEIS_SHIFT |
		     FIELD_GET(ICH_VTR_A3V_MASK, vtr) << ICC_CTLR_EL1_A3V_SHIFT;
}

void vgic_hw_describe(struct vgic_hw_info *info)
{
	*info = (struct vgic_hw_info){};
	KUNIT_STATIC_STUB_REDIRECT(vgic_hw_describe, info);
	info->kind = a64_host.gic;
	if (info->kind == 2)
		vgic_v2_describe(info);
	else
		describe_v3(info);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_hw_describe);

void vgic_hw_take_found(struct a64_vgic_hw *found)
{
	vgic_v3_take_found(found, read_sysreg_s(SYS_ICH_VTR_EL2));
}

void vgic_hw_put_found(const struct a64_vgic_hw *found)
{
	vgic_v3_put_found(found);
}

static DEFINE_PER_CPU(struct a64_host_icc, host_icc);

bool vgic_hw_hides_icc(void)
{
	return a64_host.gic == 2 && read_cpuid(ID_AA64PFR0_EL1) & ID_AA64PFR0_EL1_GIC_MASK;
}

/* Without VHE hyp/ does both for GICv3, and hides the system registers where a GICv2 is. */
void vgic_hw_load(struct a64_vgic_hw *hw)
{
	if (a64_host.gic == 2)
		vgic_v2_load(hw);
	else if (a64_host.vhe)
		vgic_v3_load(hw);
	if (a64_host.vhe && vgic_hw_hides_icc())
		a64_hide_icc(this_cpu_ptr(&host_icc));
}

void vgic_hw_put(struct a64_vgic_hw *hw)
{
	if (a64_host.vhe && vgic_hw_hides_icc())
		a64_show_icc(this_cpu_ptr(&host_icc));
	if (a64_host.gic == 2)
		vgic_v2_put(hw);
	else if (a64_host.vhe)
		vgic_v3_put(hw);
}

void vgic_hw_enter(struct a64_vgic_hw *hw)
{
	KUNIT_STATIC_STUB_REDIRECT(vgic_hw_enter, hw);
	if (a64_host.gic == 2)
		vgic_v2_enter(hw);
	else if (a64_host.vhe)
		vgic_v3_enter(hw);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_hw_enter);

void vgic_hw_exit(struct a64_vgic_hw *hw)
{
	KUNIT_STATIC_STUB_REDIRECT(vgic_hw_exit, hw);
	if (a64_host.gic == 2)
		vgic_v2_exit(hw);
	else if (a64_host.vhe)
		vgic_v3_exit(hw);
}
EXPORT_SYMBOL_IF_KUNIT(vgic_hw_exit);
