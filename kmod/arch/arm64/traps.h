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
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "compat.h"

/* --- what the host without VHE may ask of EL2 --- */

/* A guest never runs without these, nor with those (Arm ARM HCR_EL2). */
#define A64_HCR_REQUIRED	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO |	\
				 HCR_TSC | HCR_TID3 | HCR_RW)
#define A64_HCR_FORBIDDEN	(HCR_E2H | HCR_TGE | HCR_NV | HCR_NV1 | HCR_NV2 | HCR_DC |	\
				 HCR_ATA | HCR_HCD | HCR_VI | HCR_VF)

static __always_inline u64 a64_nvhe_hcr_for_guest(u64 asked)
{
	return (asked & ~A64_HCR_FORBIDDEN) | A64_HCR_REQUIRED;
}

/* EL1 with either stack pointer, EL0, or AArch32 at EL0: nothing else is below us. */
static __always_inline bool a64_is_guest_mode(u64 pstate)
{
	switch (pstate & (PSR_MODE32_BIT | PSR_MODE_MASK)) {
	case PSR_MODE_EL0t:
	case PSR_MODE_EL1t:
	case PSR_MODE_EL1h:
	case PSR_AA32_MODE_USR:
		return true;
	default:
		return false;
	}
}

/* --- counters and timers with VHE --- */

/* Arm ARM CNTHCTL_EL2 with E2H = 1: what concerns EL1 only; the other bits are the host's. */
#define A64_CNTHCTL_GUEST	GENMASK_ULL(16, 10)

static __always_inline u64 a64_vhe_cnthctl(u64 host, u64 guest)
{
	return (host & ~A64_CNTHCTL_GUEST) | (guest & A64_CNTHCTL_GUEST);
}

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
