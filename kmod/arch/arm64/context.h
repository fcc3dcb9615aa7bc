/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the world switch exchanges: the only memory, besides its own, that code at EL2 touches.
 *
 * Shared by the VHE world switch, hyp/ (which includes nothing else of ours)
 * and the rest of the backend. Offsets for assembly: context_asm.h.
 */
#ifndef AXVM_ARM64_CONTEXT_H
#define AXVM_ARM64_CONTEXT_H

#include <linux/types.h>
#include <asm/ptrace.h>

#define A64_CONTEXT_MAGIC	0x6178766d36340001ULL
#define A64_MAX_LRS		16
#define A64_MAX_APR		4

/* EL1 (and EL0) system registers that are the guest's while it runs. */
enum a64_sys {
	A64_SCTLR,
	A64_CPACR,
	A64_TTBR0,
	A64_TTBR1,
	A64_TCR,
	A64_ESR,
	A64_AFSR0,
	A64_AFSR1,
	A64_FAR,
	A64_MAIR,
	A64_AMAIR,
	A64_VBAR,
	A64_CONTEXTIDR,
	A64_CNTKCTL,
	A64_PAR,
	A64_TPIDR_EL0,
	A64_TPIDRRO_EL0,
	A64_TPIDR_EL1,
	A64_SP_EL0,
	A64_SP_EL1,
	A64_ELR,
	A64_SPSR,
	A64_MDSCR,
	A64_CSSELR,
	A64_APIAKEYLO, A64_APIAKEYHI,
	A64_APIBKEYLO, A64_APIBKEYHI,
	A64_APDAKEYLO, A64_APDAKEYHI,
	A64_APDBKEYLO, A64_APDBKEYHI,
	A64_APGAKEYLO, A64_APGAKEYHI,
	A64_ZCR,		/* with SVE */
	A64_NR_SYS
};

/* Why the guest left: the vector that was taken. */
enum a64_exit_code {
	A64_EXIT_SYNC,
	A64_EXIT_IRQ,
	A64_EXIT_SERROR,
	A64_EXIT_ILLEGAL,	/* the state to enter was refused (nVHE: by hyp/; SPSR.IL) */
	A64_EXIT_NO_EL2,	/* nVHE: not entered, this CPU's EL2 is not ours */
};

/**
 * struct a64_exit_info - what the CPU said; written once by the world switch
 * @code: enum a64_exit_code
 * @reserved: 0
 * @esr: ESR_EL2, of SError exits with RAS: as DISR_EL1 says
 * @far: FAR_EL2; aborts only
 * @hpfar: HPFAR_EL2; aborts only. Where the CPU does not give it (permission faults not on
 *	a walk, Cortex-A57 erratum 834220) made with AT from @far
 * @insn_par: data aborts whose syndrome is not valid (ISV = 0): PAR_EL1 of AT S1E0R or
 *	S1E1R for the program counter, stage 1 only, in the guest's regime
 */
struct a64_exit_info {
	u32 code;
	u32 reserved;
	u64 esr;
	u64 far;
	u64 hpfar;
	u64 insn_par;
};

/* EL2 registers while the guest runs. */
struct a64_el2 {
	u64 hcr;
	u64 vttbr;
	u64 vtcr;
	u64 cptr;
	u64 mdcr;
	u64 cnthctl;
	u64 cntvoff;
	u64 vmpidr;
	u64 vpidr;
	u64 vsesr;
	u64 hcrx;		/* where FEAT_HCX is */
	u64 zcr;		/* with SVE */
};

#define A64_VGIC_VMCR_WRITTEN	BIT(0)	/* C code changed vmcr: load it */

/**
 * struct a64_vgic_hw - the virtual CPU interface (ICH_*_EL2; GICH_* of GICv2); see vgic_v3_hw.h
 * @hcr: to run with
 * @vmcr: while not loaded; also what it was at an exit that was asked for by @hcr
 * @nr_used: list registers from 0 on that are to be loaded and read back
 * @nr_lrs: list registers that exist, at most A64_MAX_LRS
 * @nr_apr: ICH_AP0R<n> and ICH_AP1R<n> that exist
 * @seen: hcr as it was at such an exit: EOIcount
 * @flags: A64_VGIC_*
 * @reserved: 0
 * @lr: list registers; they are all 0 outside of run
 * @ap0r: active priorities, while not loaded
 * @ap1r: likewise
 */
struct a64_vgic_hw {
	u32 hcr;
	u32 vmcr;
	u32 nr_used;
	u32 nr_lrs;
	u32 nr_apr;
	u32 seen;
	u32 flags;
	u32 reserved;
	u64 lr[A64_MAX_LRS];
	u32 ap0r[A64_MAX_APR];
	u32 ap1r[A64_MAX_APR];
};

#define A64_CTX_PAUTH		BIT(0)	/* switch the keys */
#define A64_CTX_GICV3		BIT(1)	/* switch vgic through ICH_*_EL2 */
#define A64_CTX_RAS		BIT(2)	/* synchronize errors at the exit */
#define A64_CTX_LOADED		BIT(3)	/* VHE: sys[] is in the CPU */
#define A64_CTX_SVE		BIT(4)	/* switch ZCR; el2.zcr is the limit of the vector length */

/**
 * struct a64_context - a vCPU as EL2 sees it; page-aligned, whole pages
 * @magic: A64_CONTEXT_MAGIC
 * @flags: A64_CTX_*
 * @x: general registers
 * @pc: ELR_EL2
 * @pstate: SPSR_EL2
 * @sys: by enum a64_sys. VHE: current while not loaded. nVHE: while the guest does not run,
 *	but for keys other than IA and what a64_save_quiet() saves
 * @el2: what to run with
 * @exit: what came of it
 * @vgic: virtual CPU interface
 * @fp: FP/SIMD while not loaded
 * @vdisr: VDISR_EL2: what an ESB of the guest deferred; as @sys
 */
struct a64_context {
	u64 magic;
	u64 flags;
	u64 x[31];
	u64 pc;
	u64 pstate;
	u64 sys[A64_NR_SYS];
	struct a64_el2 el2;
	struct a64_exit_info exit;
	struct a64_vgic_hw vgic;
	struct user_fpsimd_state fp __aligned(16);
	u64 vdisr;
};

/* TLB maintenance for one VM, see tlb.c: what @tlb of struct a64_world takes. */
enum a64_tlb_op {
	A64_TLB_IPA,		/* arg: IPA; all CPUs, all levels, then stage 1 derived from it */
	A64_TLB_VMID,		/* all of this VMID, all CPUs */
	A64_TLB_VMID_LOCAL,	/* the same, this CPU */
	A64_TLB_ALL_LOCAL,	/* everything of EL1&0, this CPU */
	A64_TLB_OPS
};

#endif /* AXVM_ARM64_CONTEXT_H */
