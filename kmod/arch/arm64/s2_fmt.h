/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage-2 table formats of AArch64 with a 4 KiB granule.
 */
#ifndef AXVM_ARM64_S2_FMT_H
#define AXVM_ARM64_S2_FMT_H

#include "s2.h"

/* By width of intermediate physical addresses, up to 48 bits. */
#define A64_NR_S2_FORMATS	6

/* Without and with stage-2 forced write-back (FEAT_S2FWB), which changes the meaning of MemAttr. */
extern const struct axvm_s2_fmt a64_s2_formats[A64_NR_S2_FORMATS];
extern const struct axvm_s2_fmt a64_s2_formats_fwb[A64_NR_S2_FORMATS];

/*
 * What descriptors of all regimes have in common (Arm ARM D8.3): also those of EL2's own
 * stage 1. Pure.
 */
#define A64_DESC_ADDRESS	GENMASK_ULL(47, 12)
u64 a64_desc_make_table(u64 phys);
bool a64_desc_is_present(u64 entry);
bool a64_desc_is_leaf(u64 entry, unsigned int level);
u64 a64_desc_phys(u64 entry);

/* VTCR_EL2 for a format, but for the size of VMIDs. Pure. */
u64 a64_s2_vtcr(const struct axvm_s2_fmt *fmt);

#endif /* AXVM_ARM64_S2_FMT_H */
