/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traps of a guest in registers that the host uses too: what of them is whose.
 *
 * Inlines for whoever runs at EL2, vhe.c and hyp/. They call nothing outside
 * themselves. A bit that axvm does not know stays as the host has it.
 */
#ifndef AXVM_ARM64_TRAPS_H
#define AXVM_ARM64_TRAPS_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "compat.h"

/* --- debug, performance monitors, profiling, tracing --- */

/* What axvm decides for a guest. TDE: a guest's debug exceptions are its own. */
#define A64_MDCR_TRAPS	(MDCR_EL2_TPMCR | MDCR_EL2_TPM | MDCR_EL2_TDE | MDCR_EL2_TDA |	\
			 MDCR_EL2_TDOSA | MDCR_EL2_TDRA | MDCR_EL2_TPMS | MDCR_EL2_TTRF)

/*
 * Arm ARM MDCR_EL2.{E2PB,E2TB}: the high bit says whose translation the profiling
 * and the trace buffer use, the low one that EL1 may reach their registers without a trap.
 */
#define A64_MDCR_OPEN	(BIT_ULL(MDCR_EL2_E2PB_SHIFT) | BIT_ULL(MDCR_EL2_E2TB_SHIFT))

/*
 * MDCR_EL2 while a guest runs. How many event counters EL2 keeps (HPMN, HPME, HLP),
 * where counting stops (HPMD, HCCD) and who owns the buffers stay the host's choice.
 */
static __always_inline u64 a64_mdcr_for_guest(u64 host, u64 traps)
{
	return (host & ~(A64_MDCR_TRAPS | A64_MDCR_OPEN)) | (traps & A64_MDCR_TRAPS);
}

/* --- memory partitioning (Arm ARM MPAM2_EL2, whose fields older kernels do not name) --- */

#define A64_MPAM2_TIDR		BIT_ULL(58)	/* MPAMIDR_EL1 traps, where it can */
#define A64_MPAM2_ENMPAMSM	BIT_ULL(50)	/* MPAMSM_EL1 does not trap */
#define A64_MPAM2_TRAPMPAM0EL1	BIT_ULL(49)
#define A64_MPAM2_TRAPMPAM1EL1	BIT_ULL(48)

/*
 * A guest is not shown MPAM, but the registers are there: with VHE the host's user space
 * runs with MPAM0_EL1. The partition of EL2 itself stays.
 */
static __always_inline u64 a64_mpam2_for_guest(u64 host)
{
	return (host & ~A64_MPAM2_ENMPAMSM) | A64_MPAM2_TIDR | A64_MPAM2_TRAPMPAM0EL1 |
	       A64_MPAM2_TRAPMPAM1EL1;
}

/* --- GICv3's system registers on a host that has a GICv2 --- */

/* What the host has in them, while a guest runs. */
struct a64_host_icc {
	u64 sre;
	u64 hcr;
};

/*
 * A CPU may have the registers also where the distributor is a GICv2 or works as
 * one. They are not for guests: ICC_SRE_EL1, which would turn them on and is the
 * host's, traps (ICC_SRE_EL2.Enable = 0), and so do all others (IHI 0069, ICH_HCR_EL2).
 */
static __always_inline void a64_hide_icc(struct a64_host_icc *host)
{
	host->sre = read_sysreg_s(SYS_ICC_SRE_EL2);
	/* UNDEFINED otherwise, and then the others do not work at EL1 either. */
	if (!(host->sre & ICC_SRE_EL2_SRE))
		return;
	host->hcr = read_sysreg_s(SYS_ICH_HCR_EL2);
	write_sysreg_s(ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1, SYS_ICH_HCR_EL2);
	write_sysreg_s(host->sre & ~(u64)ICC_SRE_EL2_ENABLE, SYS_ICC_SRE_EL2);
}

static __always_inline void a64_show_icc(const struct a64_host_icc *host)
{
	if (!(host->sre & ICC_SRE_EL2_SRE))
		return;
	write_sysreg_s(host->sre, SYS_ICC_SRE_EL2);
	write_sysreg_s(host->hcr, SYS_ICH_HCR_EL2);
}

#endif /* AXVM_ARM64_TRAPS_H */
