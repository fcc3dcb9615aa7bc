/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hyp/: the code that lives at EL2 where the host kernel does not (nVHE), and what
 * it shares with nvhe.c.
 *
 * All of it is in one section, ".axvm.hyp", that nvhe.c copies to memory of its
 * own: position-independent, nothing outside is called or referred to (tests/lint/hyp).
 * At EL2 virtual addresses are physical ones, and only what was shared is
 * mapped: this code (read-only, executable), struct hyp_cpu and struct a64_context (read-write).
 *
 *	begin.S	start of the section; vectors for the host and for guests
 *	init.S	EL2 taken from the stub, and given back (MMU off)
 *	switch.c	the world switch and the other calls
 *	end.S	end of the section
 */
#ifndef AXVM_ARM64_HYP_H
#define AXVM_ARM64_HYP_H

/*
 * Calls of nvhe.c, in x0; the stub's own (asm/virt.h) are small numbers.
 *
 *	HYP_RUN		the context that is loaded: one stay in the guest
 *	HYP_TLB		x1: enum a64_tlb_op, x2: VTTBR_EL2, x3: VTCR_EL2, x4: argument
 *	HYP_LOAD	x1: physical address of a struct a64_context: what the host does without, or
 *			does not change, until HYP_PUT
 *	HYP_PUT		the end of that; nothing where no context is loaded
 *	HYP_FLUSH	EL2's own translations have changed: all CPUs forget them
 *	HYP_ICH_VTR	result: ICH_VTR_EL2
 *	HYP_PUT_BACK	EL2's registers as they were before the first load, as far as puts leave
 *			them changed; EL2 is about to be given back
 */
#define HYP_CALL_FIRST		0xa5610000
#define HYP_RUN			(HYP_CALL_FIRST + 0)
#define HYP_TLB			(HYP_CALL_FIRST + 1)
#define HYP_LOAD		(HYP_CALL_FIRST + 2)
#define HYP_FLUSH		(HYP_CALL_FIRST + 3)
#define HYP_ICH_VTR		(HYP_CALL_FIRST + 4)
#define HYP_PUT_BACK		(HYP_CALL_FIRST + 5)
#define HYP_PUT			(HYP_CALL_FIRST + 6)
#define HYP_CALLS		7

/* Results: 0 or a value; on refusal: */
#define HYP_REFUSED		(-1)

/* Offsets in struct hyp_cpu; asserted in nvhe.c. */
#define HYP_CPU_STUB_VBAR	0
#define HYP_CPU_STUB_SCTLR	8
#define HYP_CPU_STUB_HCR	16
#define HYP_CPU_VECTORS		24
#define HYP_CPU_TTBR		32
#define HYP_CPU_TCR		40
#define HYP_CPU_MAIR		48
#define HYP_CPU_SCTLR		56
#define HYP_CPU_SELF		64
#define HYP_CPU_STACK		72
#define HYP_CPU_PANIC		80

#define HYP_STACK_SIZE		2048

#ifndef __ASSEMBLY__

#include <linux/compiler.h>
#include <linux/types.h>

#include "../context.h"
#include "../traps.h"

/* Without instrumentation: Kbuild sees to that. */
#define __hyp	__section(".axvm.hyp")

/**
 * struct hyp_cpu - EL2 of one CPU; page-aligned, shared with EL2. TPIDR_EL2 points to it
 * @stub_vbar: VBAR_EL2 as the stub had it
 * @stub_sctlr: SCTLR_EL2 likewise
 * @stub_hcr: HCR_EL2 likewise
 * @vectors: physical address of hyp_vectors
 * @ttbr: TTBR0_EL2
 * @tcr: TCR_EL2
 * @mair: MAIR_EL2
 * @sctlr: SCTLR_EL2 with MMU and caches on
 * @self: physical address of this struct
 * @stack_top: where the stack of EL2 begins, 16-byte aligned
 * @panic: kernel address, EL1h, to go on at when EL2 took an exception of its own,
 *	with ESR_EL2, ELR_EL2, FAR_EL2, SPSR_EL2 in x0 to x3; 0: hang
 * @guest_vectors: physical address of the set of vectors that guests run with, see spec.h
 * @spec: what its mitigation needs
 * @flags: HYP_CPU_*
 * @can: A64_CTX_* that this CPU has the registers for
 * @loaded: what HYP_RUN runs, checked; NULL none
 * @running: EL1 is the guest's
 * @guest_mdcr: MDCR_EL2 for it
 * @guest_hcr: HCR_EL2 as it was last checked for it, 0 not yet
 * @host: the host's EL1, while a context is loaded; SP_EL1 while a guest runs
 * @el2: EL2 registers while the host runs, and (CNTHCTL_EL2) a context is loaded; CNTVOFF_EL2
 *	and VSESR_EL2 apart
 * @found_cnthctl: CNTHCTL_EL2 while none is
 * @host_fgt: its fine-grained traps: HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR
 * @host_hstr: HSTR_EL2
 * @host_pmscr: PMSCR_EL1 while a guest runs
 * @host_trfcr: TRFCR_EL1 while a guest runs
 * @host_mpam2: MPAM2_EL2
 * @host_icc: while a context is loaded
 * @found_gic: ICH_*_EL2, with the numbers of registers that exist
 * @stack: of EL2
 */
struct hyp_cpu {
	u64 stub_vbar;
	u64 stub_sctlr;
	u64 stub_hcr;
	u64 vectors;
	u64 ttbr;
	u64 tcr;
	u64 mair;
	u64 sctlr;
	u64 self;
	u64 stack_top;
	u64 panic;
	u64 guest_vectors;
	u64 spec;
	u64 flags;
	u64 can;
	struct a64_context *loaded;
	u64 running;
	u64 guest_mdcr;
	u64 guest_hcr;
	u64 host[A64_NR_SYS];
	struct a64_el2 el2;
	u64 found_cnthctl;
	u64 host_fgt[5];
	u64 host_hstr;
	u64 host_pmscr;
	u64 host_trfcr;
	u64 host_mpam2;
	struct a64_host_icc host_icc;
	struct a64_vgic_hw found_gic;
	u8 stack[HYP_STACK_SIZE] __aligned(16);
};

#define HYP_CPU_834220	BIT(0)	/* HPFAR_EL2 is not to be trusted */
#define HYP_CPU_FGT	BIT(1)	/* FEAT_FGT: fine-grained traps exist */
#define HYP_CPU_HCX	BIT(2)	/* FEAT_HCX: HCRX_EL2 exists */
#define HYP_CPU_SPE	BIT(3)	/* FEAT_SPE: statistical profiling */
#define HYP_CPU_TRF	BIT(4)	/* FEAT_TRF: trace filter */
#define HYP_CPU_KNOWN	BIT(5)	/* by switch.c: el2 and what follows is filled */
#define HYP_CPU_MPAM	BIT(6)	/* FEAT_MPAM: MPAM2_EL2 exists */
#define HYP_CPU_GICV3	BIT(7)	/* the host has a GICv3, so ICH_*_EL2 are there */
#define HYP_CPU_ICC	BIT(8)	/* the host has a GICv2, the CPU GICv3's registers */

/* Labels of the section, as this module's image has them: only their distances mean something. */
extern const char hyp_begin[], hyp_end[];
extern const char hyp_vectors[];	/* begin.S: while the host runs */
extern const char hyp_guest_vectors[];	/* begin.S: A64_SPEC_KINDS sets */
extern const char hyp_look[], hyp_take[];	/* init.S */

/*
 * switch.c, called by the host's vector in begin.S: fn is one of HYP_*, already
 * checked to be in range.
 */
u64 hyp_call(u64 fn, u64 arg1, u64 arg2, u64 arg3, u64 arg4, struct hyp_cpu *cpu);
/* switch.c, called by begin.S: the host's registers come back, whatever was going on. */
void hyp_end_run(struct hyp_cpu *cpu);
/* begin.S: as a64_vhe_enter(), on the stack of EL2. */
void hyp_enter(struct a64_context *ctx, u64 vectors, u64 spec);

#endif /* !__ASSEMBLY__ */
#endif /* AXVM_ARM64_HYP_H */
