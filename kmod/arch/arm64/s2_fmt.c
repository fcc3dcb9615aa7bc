// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 table formats of AArch64: VMSAv8-64, 4 KiB granule, 32 to 48 bits of address.
 *
 * Owned by the backend, called by the stage-2 walker in any context. Rules are
 * from the Arm ARM, D8.2.4 "Implemented sizes and initial lookup levels" and
 * D8.3 "Translation table descriptor formats".
 */
#include <linux/sizes.h>
#include <asm/kvm_arm.h>
#include <asm/memory.h>
#include <asm/pgtable-hwdef.h>
#include <asm/pgtable-prot.h>

#include <kunit/visibility.h>

#include "arch/arm64/s2_fmt.h"

/* D8.3.2, table D8-36 "Stage 2 attribute fields": no header has them. */
#define S2AP_READ	BIT_ULL(6)
#define S2AP_WRITE	BIT_ULL(7)
#define S2_SH_INNER	(3ULL << 8)
#define S2_AF		BIT_ULL(10)
#define S2_XN		BIT_ULL(54)	/* XN[1:0] = 0b10: at no exception level */
#define S2_MEMATTR	(0xfULL << 2)

u64 a64_desc_make_table(u64 phys)
{
	return (phys & A64_DESC_ADDRESS) | PMD_TYPE_TABLE;
}

/*
 * The access flag is set from the start: axvm does not age pages, and a fault for it
 * would be for nothing. Nor does it log dirty pages: what may be written is writable.
 */
static u64 make_leaf(u64 phys, unsigned int level, u32 prot, bool fwb)
{
	u64 entry = (phys & A64_DESC_ADDRESS) | S2_AF | S2_SH_INNER;

	entry |= level ? PMD_TYPE_SECT : PTE_TYPE_PAGE;
	entry |= prot & AXVM_PROT_DEVICE ? PAGE_S2_MEMATTR(DEVICE_nGnRE, fwb) :
					   PAGE_S2_MEMATTR(NORMAL, fwb);
	if (prot & AXVM_PROT_READ)
		entry |= S2AP_READ;
	if (prot & AXVM_PROT_WRITE)
		entry |= S2AP_WRITE;
	if (!(prot & AXVM_PROT_EXEC))
		entry |= S2_XN;
	return entry;
}

static u64 make_leaf_plain(u64 phys, unsigned int level, u32 prot)
{
	return make_leaf(phys, level, prot, false);
}

static u64 make_leaf_fwb(u64 phys, unsigned int level, u32 prot)
{
	return make_leaf(phys, level, prot, true);
}

bool a64_desc_is_present(u64 entry)
{
	return entry & PTE_VALID;
}

/* Bit 1 tells tables and, at the last level, pages from blocks. */
bool a64_desc_is_leaf(u64 entry, unsigned int level)
{
	return (entry & PMD_TYPE_MASK) == PMD_TYPE_SECT;
}

u64 a64_desc_phys(u64 entry)
{
	return entry & A64_DESC_ADDRESS;
}

/* Device memory has the same number with and without FWB. */
static u32 leaf_prot(u64 entry)
{
	u32 prot = 0;

	if (entry & S2AP_READ)
		prot |= AXVM_PROT_READ;
	if (entry & S2AP_WRITE)
		prot |= AXVM_PROT_WRITE;
	if (!(entry & S2_XN))
		prot |= AXVM_PROT_EXEC;
	if ((entry & S2_MEMATTR) == PTE_S2_MEMATTR(MT_S2_DEVICE_nGnRE))
		prot |= AXVM_PROT_DEVICE;
	return prot;
}

static_assert(MT_S2_DEVICE_nGnRE == MT_S2_FWB_DEVICE_nGnRE);

/*
 * Up to 16 tables may be concatenated to one root: 43 bits then need three
 * levels only. Blocks of 2 MiB and 1 GiB are used; those of 512 GiB need FEAT_LPA2.
 */
#define A64_S2_FMT(bits_, levels_, extra_, make_leaf_)	\
{							\
	.name = "arm64 4K, " #bits_ " bits",		\
	.levels = levels_,				\
	.root_extra_bits = extra_,			\
	.gpa_bits = bits_,				\
	.leaf_levels = BIT(0) | BIT(1) | BIT(2),	\
	.make_table = a64_desc_make_table,			\
	.make_leaf = make_leaf_,			\
	.is_present = a64_desc_is_present,			\
	.is_leaf = a64_desc_is_leaf,				\
	.entry_phys = a64_desc_phys,			\
	.leaf_prot = leaf_prot,				\
}

const struct axvm_s2_fmt a64_s2_formats[A64_NR_S2_FORMATS] = {
	A64_S2_FMT(32, 3, 0, make_leaf_plain),
	A64_S2_FMT(36, 3, 0, make_leaf_plain),
	A64_S2_FMT(40, 3, 1, make_leaf_plain),
	A64_S2_FMT(42, 3, 3, make_leaf_plain),
	A64_S2_FMT(44, 4, 0, make_leaf_plain),
	A64_S2_FMT(48, 4, 0, make_leaf_plain),
};
EXPORT_SYMBOL_IF_KUNIT(a64_s2_formats);

const struct axvm_s2_fmt a64_s2_formats_fwb[A64_NR_S2_FORMATS] = {
	A64_S2_FMT(32, 3, 0, make_leaf_fwb),
	A64_S2_FMT(36, 3, 0, make_leaf_fwb),
	A64_S2_FMT(40, 3, 1, make_leaf_fwb),
	A64_S2_FMT(42, 3, 3, make_leaf_fwb),
	A64_S2_FMT(44, 4, 0, make_leaf_fwb),
	A64_S2_FMT(48, 4, 0, make_leaf_fwb),
};
EXPORT_SYMBOL_IF_KUNIT(a64_s2_formats_fwb);

/* ID_AA64MMFR0_EL1.PARange of a width: VTCR_EL2.PS has the same encoding. */
static u64 ps_of(unsigned int bits)
{
	switch (bits) {
	case 32:
		return ID_AA64MMFR0_EL1_PARANGE_32;
	case 36:
		return ID_AA64MMFR0_EL1_PARANGE_36;
	case 40:
		return ID_AA64MMFR0_EL1_PARANGE_40;
	case 42:
		return ID_AA64MMFR0_EL1_PARANGE_42;
	case 44:
		return ID_AA64MMFR0_EL1_PARANGE_44;
	default:
		return ID_AA64MMFR0_EL1_PARANGE_48;
	}
}

u64 a64_s2_vtcr(const struct axvm_s2_fmt *fmt)
{
	u64 vtcr = VTCR_EL2_COMMON_BITS | VTCR_EL2_TG0_4K;

	vtcr |= VTCR_EL2_T0SZ(fmt->gpa_bits) | VTCR_EL2_LVLS_TO_SL0(fmt->levels);
	return vtcr | ps_of(fmt->gpa_bits) << VTCR_EL2_PS_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(a64_s2_vtcr);
