/* SPDX-License-Identifier: GPL-2.0 */
/*
 * EL1 system registers in and out of the CPU, for both backends.
 *
 * With VHE the EL1 registers have names of their own (_EL12, FEAT_VHE)
 * and the host has no use for them: they move at load and put. Without (the
 * includer defines A64_NVHE) hyp/ moves most of them at each switch, the host's and
 * the guest's. These inlines call nothing outside themselves.
 */
#ifndef AXVM_ARM64_SYSREG_SR_H
#define AXVM_ARM64_SYSREG_SR_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/page.h>
#include <asm/pgtable-hwdef.h>
#include <asm/sysreg.h>

#include "compat.h"
#include "context.h"

#ifdef A64_NVHE
#define A64_BANKED(reg)		SYS_##reg##_EL1
/* Cortex-A77 erratum 1508412: never next to a load from a device. */
#define a64_read_par()					\
({							\
	u64 par_;					\
							\
	dmb(sy);					\
	par_ = read_sysreg(par_el1);			\
	dmb(sy);					\
	par_;						\
})
#else
#define A64_BANKED(reg)		SYS_##reg##_EL12
#define a64_read_par()		read_sysreg_par()
#endif

#define A64_SAVE(reg)		(sys[A64_##reg] = read_sysreg_s(A64_BANKED(reg)))
#define A64_LOAD(reg)		write_sysreg_s(sys[A64_##reg], A64_BANKED(reg))
#define A64_SAVE_ONE(n, reg)	(sys[A64_##n] = read_sysreg(reg))
#define A64_LOAD_ONE(n, reg)	write_sysreg(sys[A64_##n], reg)
#define A64_SAVE_KEY(key)							\
do {										\
	sys[A64_##key##KEYLO] = read_sysreg_s(SYS_##key##KEYLO_EL1);		\
	sys[A64_##key##KEYHI] = read_sysreg_s(SYS_##key##KEYHI_EL1);		\
} while (0)
#define A64_LOAD_KEY(key)							\
do {										\
	write_sysreg_s(sys[A64_##key##KEYLO], SYS_##key##KEYLO_EL1);		\
	write_sysreg_s(sys[A64_##key##KEYHI], SYS_##key##KEYHI_EL1);		\
} while (0)

/*
 * What the host does without between load and put, also when it is at EL1: no
 * user space runs then, and nothing asks for the geometry of caches. The event stream of
 * CNTKCTL_EL1 is the guest's; the host's, which its delays wait for, comes from
 * CNTHCTL_EL2: with VHE that is the kernel's own, without see host_cnthctl() in hyp/.
 */
static __always_inline void a64_save_quiet(u64 *sys)
{
	A64_SAVE(CNTKCTL);
	A64_SAVE_ONE(TPIDR_EL0, tpidr_el0);
	A64_SAVE_ONE(TPIDRRO_EL0, tpidrro_el0);
	A64_SAVE_ONE(CSSELR, csselr_el1);
}

static __always_inline void a64_load_quiet(const u64 *sys)
{
	A64_LOAD(CNTKCTL);
	A64_LOAD_ONE(TPIDR_EL0, tpidr_el0);
	A64_LOAD_ONE(TPIDRRO_EL0, tpidrro_el0);
	A64_LOAD_ONE(CSSELR, csselr_el1);
}

/*
 * What an instruction or exception left behind, to be read by the next ones: a
 * kernel that has called hyp/ by itself has no more use for its own.
 */
static __always_inline void a64_save_left(u64 *sys)
{
	A64_SAVE(ESR);
	A64_SAVE(AFSR0);
	A64_SAVE(AFSR1);
	A64_SAVE(FAR);
	A64_SAVE(ELR);
	A64_SAVE(SPSR);
	sys[A64_PAR] = a64_read_par();
}

static __always_inline void a64_load_left(const u64 *sys)
{
	A64_LOAD(ESR);
	A64_LOAD(AFSR0);
	A64_LOAD(AFSR1);
	A64_LOAD(FAR);
	A64_LOAD(ELR);
	A64_LOAD(SPSR);
	write_sysreg(sys[A64_PAR], par_el1);
}

/* What EL1 and EL0 run with. */
static __always_inline void a64_save_control(u64 *sys)
{
	A64_SAVE(CPACR);
	A64_SAVE(TTBR0);
	A64_SAVE(TTBR1);
	A64_SAVE(MAIR);
	A64_SAVE(AMAIR);
	A64_SAVE(VBAR);
	A64_SAVE(CONTEXTIDR);
	A64_SAVE(TCR);
	A64_SAVE(SCTLR);
	A64_SAVE_ONE(TPIDR_EL1, tpidr_el1);
	A64_SAVE_ONE(SP_EL1, sp_el1);
}

/*
 * Speculative use of AT or a walk with a mixture of two VMs' registers may
 * leave wrong TLB entries (errata 1165522, 1319367, 1319537, 1530923): walks are off
 * while the registers change. SCTLR.M is on meanwhile, so that no stage-2
 * entries for addresses that nobody translates appear either.
 */
static __always_inline void a64_stop_walks(void)
{
	write_sysreg_s(TCR_EPD0_MASK | TCR_EPD1_MASK, A64_BANKED(TCR));
	isb();
	write_sysreg_s(SCTLR_ELx_M, A64_BANKED(SCTLR));
	isb();
}

/* After a64_stop_walks(), and after VTTBR_EL2 and VTCR_EL2 are in place. */
static __always_inline void a64_load_control(const u64 *sys)
{
	A64_LOAD(CPACR);
	A64_LOAD(TTBR0);
	A64_LOAD(TTBR1);
	A64_LOAD(MAIR);
	A64_LOAD(AMAIR);
	A64_LOAD(VBAR);
	A64_LOAD(CONTEXTIDR);
	A64_LOAD_ONE(TPIDR_EL1, tpidr_el1);
	A64_LOAD_ONE(SP_EL1, sp_el1);
	isb();
	A64_LOAD(SCTLR);
	isb();
	A64_LOAD(TCR);
	isb();
}

static __always_inline void a64_save_el1(u64 *sys)
{
	a64_save_left(sys);
	a64_save_control(sys);
}

static __always_inline void a64_load_el1(const u64 *sys)
{
	a64_load_left(sys);
	a64_load_control(sys);
}

/* Pointer authentication keys but IA, see entry.S. */
static __always_inline void a64_save_keys(u64 *sys)
{
	A64_SAVE_KEY(APIB);
	A64_SAVE_KEY(APDA);
	A64_SAVE_KEY(APDB);
	A64_SAVE_KEY(APGA);
}

static __always_inline void a64_load_keys(const u64 *sys)
{
	A64_LOAD_KEY(APIB);
	A64_LOAD_KEY(APDA);
	A64_LOAD_KEY(APDB);
	A64_LOAD_KEY(APGA);
}

static __always_inline void a64_save_key_ia(u64 *sys)
{
	A64_SAVE_KEY(APIA);
}

static __always_inline void a64_load_key_ia(const u64 *sys)
{
	A64_LOAD_KEY(APIA);
}

/*
 * An ESB of the guest writes what it deferred here, and so may the guest, as
 * DISR_EL1 (Arm ARM, HCR_EL2.AMO): no other guest may read it.
 */
static __always_inline void a64_load_vdisr(const struct a64_context *ctx)
{
	if (ctx->flags & A64_CTX_RAS)
		write_sysreg_s(ctx->vdisr, SYS_VDISR_EL2);
}

static __always_inline void a64_save_vdisr(struct a64_context *ctx)
{
	if (!(ctx->flags & A64_CTX_RAS))
		return;
	ctx->vdisr = read_sysreg_s(SYS_VDISR_EL2);
	write_sysreg_s(0, SYS_VDISR_EL2);
}

/* --- what an abort was about; the guest's registers are in the CPU, HCR_EL2 is its own --- */

/* Instruction or data abort from a lower level: EC 0x20, 0x24. */
static __always_inline bool a64_is_abort(u64 esr)
{
	return (ESR_ELx_EC(esr) & ~4UL) == ESR_ELx_EC_IABT_LOW;
}

/* Arm ARM, HPFAR_EL2: valid for faults on walks, and for all that are not permission faults. */
static __always_inline bool a64_has_hpfar(u64 esr, bool erratum_834220)
{
	if (esr & ESR_ELx_S1PTW)
		return true;
	return !erratum_834220 && (esr & ESR_ELx_FSC_TYPE) != ESR_ELx_FSC_PERM;
}

static __always_inline bool a64_lacks_syndrome(u64 esr)
{
	return ESR_ELx_EC(esr) == ESR_ELx_EC_DABT_LOW && !(esr & ESR_ELx_ISV);
}

/* Stage 1 only, as a read from EL1 or EL0; PAR_EL1 of it. The guest's PAR_EL1 is kept. */
static __always_inline u64 a64_translate(u64 va, bool el0)
{
	u64 guest = a64_read_par(), par;

	if (el0)
		asm volatile("at s1e0r, %0" : : "r" (va));
	else
		asm volatile("at s1e1r, %0" : : "r" (va));
	isb();
	par = a64_read_par();
	write_sysreg(guest, par_el1);
	return par;
}

static __always_inline bool a64_from_el0(u64 pstate)
{
	return pstate & PSR_MODE32_BIT || (pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
}

/*
 * What AT has to tell. When the guest has meanwhile changed its tables there
 * is nothing to say about the address: let it run again, as after an interrupt.
 */
static __always_inline void a64_translate_fault(struct a64_context *ctx, bool need_ipa)
{
	struct a64_exit_info *exit = &ctx->exit;
	u64 par;

	if (need_ipa) {
		par = a64_translate(exit->far, false);
		if (par & SYS_PAR_EL1_F)
			exit->code = A64_EXIT_IRQ;
		exit->hpfar = PAR_TO_HPFAR(par);
	}
	if (a64_lacks_syndrome(exit->esr))
		exit->insn_par = a64_translate(ctx->pc, a64_from_el0(ctx->pstate));
}

/* --- TLB maintenance: VTTBR_EL2 is the VM's, HCR_EL2.TGE is 0 --- */

/* Twice where an erratum wants it (ARM64_WORKAROUND_REPEAT_TLBI); hyp/ has no alternatives. */
#define A64_TLBI(op)								\
({										\
	asm volatile("tlbi " #op "\n\tdsb ish\n\ttlbi " #op : : : "memory");	\
})

#define A64_TLBI_IPA(op, ipa)							\
({										\
	asm volatile("tlbi " #op ", %0\n\tdsb ish\n\ttlbi " #op ", %0"		\
		     : : "r" ((ipa) >> 12) : "memory");				\
})

/*
 * Entries of stage 2 first, and complete, then what stage 1 and 2 were combined
 * to: a walk in between could combine the old ones anew.
 */
static __always_inline void a64_tlb_invalidate(enum a64_tlb_op op, u64 arg)
{
	dsb(ishst);
	switch (op) {
	case A64_TLB_IPA:
		A64_TLBI_IPA(ipas2e1is, arg);
		dsb(ish);
		A64_TLBI(vmalle1is);
		break;
	case A64_TLB_VMID:
		A64_TLBI(vmalls12e1is);
		break;
	case A64_TLB_VMID_LOCAL:
		A64_TLBI(vmalls12e1);
		break;
	default:
		A64_TLBI(alle1);
		break;
	}
	dsb(ish);
	isb();
}

#endif /* AXVM_ARM64_SYSREG_SR_H */
