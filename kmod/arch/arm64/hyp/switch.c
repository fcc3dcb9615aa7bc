// SPDX-License-Identifier: GPL-2.0
/*
 * World switch at EL2 for a host at EL1: nearly all of EL1 changes hands at each run.
 *
 * Called from begin.S by HVC of the host, all exceptions masked. What the host
 * hands over is checked: a mistake there must not become one of EL2's. What stays as
 * it is from load to put is checked at load, the rest at each run.
 * Everything is in one section, or inlined.
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/math.h>
#include <asm/page.h>
#include <asm/ptrace.h>
#include <clocksource/arm_arch_timer.h>

#define A64_NVHE

#include "arch/arm64/hyp/hyp.h"
#include "arch/arm64/sysreg_sr.h"
#include "arch/arm64/vgic_v3_hw.h"

/* --- what is handed over --- */

/* Registers that this CPU lacks would be UNDEFINED at EL2. */
static __always_inline bool has_features(const struct hyp_cpu *cpu, const struct a64_context *ctx)
{
	return !(ctx->flags & ~cpu->can);
}

static __always_inline bool is_sane_vgic(const struct hyp_cpu *cpu, const struct a64_context *ctx)
{
	const struct a64_vgic_hw *hw = &ctx->vgic;

	return hw->nr_lrs <= cpu->found_gic.nr_lrs && hw->nr_used <= hw->nr_lrs &&
	       hw->nr_apr && hw->nr_apr <= cpu->found_gic.nr_apr;
}

/* The virtual CPU interface has something to do: list registers, or what C code changed. */
static __always_inline bool uses_vgic(const struct a64_context *ctx)
{
	return ctx->flags & A64_CTX_GICV3 && ctx->vgic.nr_used | ctx->vgic.flags;
}

/*
 * A VM without a GIC: the CPU interface traps (IHI 0069, ICH_HCR_EL2.{TC,TALL0,TALL1}), from
 * whoever is at EL1. So not while the host is, which could take no interrupt any more.
 */
static __always_inline bool lacks_icc(const struct a64_context *ctx)
{
	return unlikely(ctx->vgic.hcr & ICH_HCR_TALL1) && ctx->flags & A64_CTX_GICV3;
}

/* Registers of EL2 that the assembly takes from the context are made right there. */
static __always_inline bool check_at_load(const struct hyp_cpu *cpu, struct a64_context *ctx)
{
	if (ctx->magic != A64_CONTEXT_MAGIC || !has_features(cpu, ctx))
		return false;
	if (ctx->flags & A64_CTX_GICV3 && !is_sane_vgic(cpu, ctx))
		return false;
	ctx->el2.cptr |= CPTR_NVHE_EL2_RES1;
	return true;
}

/* HCR_EL2 mostly is what it was the last time: then it is right. */
static __always_inline bool check_at_run(struct hyp_cpu *cpu, struct a64_context *ctx)
{
	if (!a64_is_guest_mode(ctx->pstate) || !has_features(cpu, ctx))
		return false;
	if (unlikely(uses_vgic(ctx)) && !is_sane_vgic(cpu, ctx))
		return false;
	if (unlikely(ctx->el2.hcr != cpu->guest_hcr)) {
		ctx->el2.hcr = a64_nvhe_hcr_for_guest(ctx->el2.hcr);
		cpu->guest_hcr = ctx->el2.hcr;
	}
	return true;
}

/* --- EL2's own registers --- */

static __always_inline void load_traps(const struct hyp_cpu *cpu, const struct a64_el2 *el2)
{
	write_sysreg(cpu->guest_mdcr, mdcr_el2);
	write_sysreg(el2->cnthctl, cnthctl_el2);
	write_sysreg(el2->vmpidr, vmpidr_el2);
	write_sysreg(el2->vpidr, vpidr_el2);
	if (cpu->flags & HYP_CPU_HCX)
		write_sysreg_s(el2->hcrx, SYS_HCRX_EL2);
	if (cpu->flags & HYP_CPU_MPAM)
		write_sysreg_s(a64_mpam2_for_guest(cpu->host_mpam2), SYS_MPAM2_EL2);
}

static __always_inline void put_traps(const struct hyp_cpu *cpu)
{
	const struct a64_el2 *host = &cpu->el2;

	write_sysreg(host->mdcr, mdcr_el2);
	write_sysreg(host->cnthctl, cnthctl_el2);
	write_sysreg(host->vmpidr, vmpidr_el2);
	write_sysreg(host->vpidr, vpidr_el2);
	if (cpu->flags & HYP_CPU_HCX)
		write_sysreg_s(host->hcrx, SYS_HCRX_EL2);
	if (cpu->flags & HYP_CPU_MPAM)
		write_sysreg_s(cpu->host_mpam2, SYS_MPAM2_EL2);
}

static __always_inline void write_fine_traps(u64 rtr, u64 wtr, u64 itr, u64 drtr, u64 dwtr)
{
	write_sysreg_s(rtr, SYS_HFGRTR_EL2);
	write_sysreg_s(wtr, SYS_HFGWTR_EL2);
	write_sysreg_s(itr, SYS_HFGITR_EL2);
	write_sysreg_s(drtr, SYS_HDFGRTR_EL2);
	write_sysreg_s(dwtr, SYS_HDFGWTR_EL2);
}

/* All at zero: registers that came later than the traps for them are not for guests. See vhe.c. */
static __always_inline void load_fine_traps(const struct hyp_cpu *cpu)
{
	if (cpu->flags & HYP_CPU_FGT)
		write_fine_traps(0, 0, 0, 0, 0);
}

static __always_inline void put_fine_traps(const struct hyp_cpu *cpu)
{
	const u64 *host = cpu->host_fgt;

	if (cpu->flags & HYP_CPU_FGT)
		write_fine_traps(host[0], host[1], host[2], host[3], host[4]);
}

/* --- the host's profiling and tracing stop while a guest runs --- */

static __always_inline bool has_profiling(const struct hyp_cpu *cpu)
{
	return unlikely(cpu->flags & (HYP_CPU_SPE | HYP_CPU_TRF));
}

/* PSB and TSB CSYNC: what is under way is written with the host's translation still in place. */
static noinline void __hyp stop_profiling(struct hyp_cpu *cpu)
{
	if (cpu->flags & HYP_CPU_SPE) {
		cpu->host_pmscr = read_sysreg_s(SYS_PMSCR_EL1);
		if (cpu->host_pmscr) {
			write_sysreg_s(0, SYS_PMSCR_EL1);
			isb();
			asm volatile("hint #17" : : : "memory");	/* PSB CSYNC */
			dsb(nsh);
		}
	}
	if (cpu->flags & HYP_CPU_TRF) {
		cpu->host_trfcr = read_sysreg_s(SYS_TRFCR_EL1);
		if (cpu->host_trfcr) {
			write_sysreg_s(0, SYS_TRFCR_EL1);
			isb();
			asm volatile("hint #18" : : : "memory");	/* TSB CSYNC */
			dsb(nsh);
		}
	}
}

static noinline void __hyp resume_profiling(const struct hyp_cpu *cpu)
{
	if (cpu->flags & HYP_CPU_SPE && cpu->host_pmscr)
		write_sysreg_s(cpu->host_pmscr, SYS_PMSCR_EL1);
	if (cpu->flags & HYP_CPU_TRF && cpu->host_trfcr)
		write_sysreg_s(cpu->host_trfcr, SYS_TRFCR_EL1);
}

/* --- from one to the other --- */

/* The key that the host's kernel signs its return addresses with; the others move at load. */
static __always_inline void save_key(const struct a64_context *ctx, u64 *sys)
{
	if (ctx->flags & A64_CTX_PAUTH)
		a64_save_key_ia(sys);
}

static __always_inline void load_key(const struct a64_context *ctx, const u64 *sys)
{
	if (ctx->flags & A64_CTX_PAUTH)
		a64_load_key_ia(sys);
}

/* With SVE: the guest's vector length, and its limit. The host's limit is as the stub left it. */
static __always_inline void load_zcr(struct hyp_cpu *cpu, const struct a64_context *ctx)
{
	if (!(ctx->flags & A64_CTX_SVE))
		return;
	cpu->host[A64_ZCR] = read_sysreg_s(SYS_ZCR_EL1);
	cpu->el2.zcr = read_sysreg_s(SYS_ZCR_EL2);
	write_sysreg_s(ctx->el2.zcr, SYS_ZCR_EL2);
	write_sysreg_s(ctx->sys[A64_ZCR], SYS_ZCR_EL1);
}

static __always_inline void put_zcr(const struct hyp_cpu *cpu, struct a64_context *ctx)
{
	if (!(ctx->flags & A64_CTX_SVE))
		return;
	ctx->sys[A64_ZCR] = read_sysreg_s(SYS_ZCR_EL1);
	write_sysreg_s(cpu->host[A64_ZCR], SYS_ZCR_EL1);
	write_sysreg_s(cpu->el2.zcr, SYS_ZCR_EL2);
}

/*
 * Errata 1319367, 1319537: between stopping the host's walks and letting the
 * guest's begin, HCR_EL2.VM, VTTBR_EL2 and VTCR_EL2 are the guest's, and that is
 * certain (ISB): its tables are never taken for physical addresses.
 */
static void __hyp host_to_guest(struct hyp_cpu *cpu, const struct a64_context *ctx)
{
	const struct a64_el2 *el2 = &ctx->el2;

	cpu->host[A64_SP_EL1] = read_sysreg(sp_el1);
	load_zcr(cpu, ctx);
	if (has_profiling(cpu))
		stop_profiling(cpu);
	cpu->running = true;
	a64_stop_walks();
	load_traps(cpu, el2);
	load_fine_traps(cpu);
	write_sysreg(el2->vtcr, vtcr_el2);
	write_sysreg(el2->vttbr, vttbr_el2);
	write_sysreg(el2->hcr, hcr_el2);
	isb();
	a64_load_el1(ctx->sys);
	load_key(ctx, ctx->sys);
	if (unlikely(el2->hcr & HCR_VSE) && ctx->flags & A64_CTX_RAS)
		write_sysreg_s(el2->vsesr, SYS_VSESR_EL2);
	a64_load_vdisr(ctx);
}

/* The other direction; also what is left of it after an unexpected exception. */
static void __hyp restore_host(struct hyp_cpu *cpu)
{
	a64_stop_walks();
	put_traps(cpu);
	put_fine_traps(cpu);
	write_sysreg(cpu->el2.vtcr, vtcr_el2);
	write_sysreg(cpu->el2.vttbr, vttbr_el2);
	write_sysreg(cpu->el2.cptr, cptr_el2);
	write_sysreg(cpu->el2.hcr, hcr_el2);
	isb();
	write_sysreg(cpu->host[A64_SP_EL0], sp_el0);
	a64_load_control(cpu->host);
	if (has_profiling(cpu))
		resume_profiling(cpu);
	cpu->running = false;
}

static __always_inline void guest_to_host(struct hyp_cpu *cpu, struct a64_context *ctx)
{
	a64_save_el1(ctx->sys);
	a64_save_vdisr(ctx);
	save_key(ctx, ctx->sys);
	load_key(ctx, cpu->host);
	put_zcr(cpu, ctx);
	restore_host(cpu);
}

static __always_inline void read_fault(const struct hyp_cpu *cpu, struct a64_context *ctx)
{
	struct a64_exit_info *exit = &ctx->exit;
	bool need_ipa;

	exit->far = read_sysreg(far_el2);
	exit->hpfar = read_sysreg(hpfar_el2);
	need_ipa = !a64_has_hpfar(exit->esr, cpu->flags & HYP_CPU_834220);
	if (unlikely(need_ipa || a64_lacks_syndrome(exit->esr)))
		a64_translate_fault(ctx, need_ipa);
}

/* The guest's registers and HCR_EL2 are still in place when AT is used. */
static __always_inline void run(struct hyp_cpu *cpu, struct a64_context *ctx)
{
	bool vgic = uses_vgic(ctx), no_icc = lacks_icc(ctx);

	host_to_guest(cpu, ctx);
	if (unlikely(vgic))
		vgic_v3_enter(&ctx->vgic);
	if (unlikely(no_icc))
		write_sysreg_s(ctx->vgic.hcr, SYS_ICH_HCR_EL2);
	hyp_enter(ctx, cpu->guest_vectors, cpu->spec);
	if (ctx->exit.code == A64_EXIT_SYNC && a64_is_abort(ctx->exit.esr))
		read_fault(cpu, ctx);
	if (unlikely(vgic))
		vgic_v3_exit(&ctx->vgic);
	if (unlikely(no_icc))
		write_sysreg_s(0, SYS_ICH_HCR_EL2);
	guest_to_host(cpu, ctx);
}

/* --- what the host has at EL2 --- */

/* Units that EL3 keeps for itself are none (PMBIDR_EL1.P, TRBIDR_EL1.P). */
static __always_inline u64 profiling_units(void)
{
	u64 dfr0 = read_sysreg_s(SYS_ID_AA64DFR0_EL1), flags = 0;

	if (dfr0 & ID_AA64DFR0_EL1_PMSVer_MASK &&
	    !(read_sysreg_s(SYS_PMBIDR_EL1) & PMBIDR_EL1_P))
		flags |= HYP_CPU_SPE;
	if (dfr0 & ID_AA64DFR0_EL1_TraceBuffer_MASK &&
	    !(read_sysreg_s(SYS_TRBIDR_EL1) & TRBIDR_EL1_P))
		flags |= HYP_CPU_TRF;
	return flags;
}

static __always_inline bool has_pauth(void)
{
	u64 isar1 = read_sysreg_s(SYS_ID_AA64ISAR1_EL1);
	u64 isar2 = read_sysreg_s(SYS_ID_AA64ISAR2_EL1);

	return isar1 & (ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK) ||
	       isar2 & ID_AA64ISAR2_EL1_APA3_MASK;
}

/* SVE also has to be let through by EL3, which the kernel has seen to (CPTR_EL3.EZ). */
static __always_inline u64 context_flags(const struct hyp_cpu *cpu)
{
	u64 pfr0 = read_sysreg_s(SYS_ID_AA64PFR0_EL1), can = 0;

	if (has_pauth())
		can |= A64_CTX_PAUTH;
	if (cpu->flags & HYP_CPU_GICV3)
		can |= A64_CTX_GICV3;
	if (pfr0 & ID_AA64PFR0_EL1_RAS_MASK)
		can |= A64_CTX_RAS;
	if (pfr0 & ID_AA64PFR0_EL1_SVE_MASK)
		can |= A64_CTX_SVE;
	return can;
}

/* Read once, at the first load: nobody changes them but we. */
static void __hyp read_host(struct hyp_cpu *cpu)
{
	struct a64_el2 *host = &cpu->el2;

	cpu->can = context_flags(cpu);
	if (cpu->flags & HYP_CPU_GICV3)
		vgic_v3_take_found(&cpu->found_gic, read_sysreg_s(SYS_ICH_VTR_EL2));
	cpu->flags &= ~(u64)(HYP_CPU_SPE | HYP_CPU_TRF);
	cpu->flags |= profiling_units();
	host->hcr = read_sysreg(hcr_el2);
	host->vttbr = read_sysreg(vttbr_el2);
	host->vtcr = read_sysreg(vtcr_el2);
	host->cptr = read_sysreg(cptr_el2);
	host->mdcr = read_sysreg(mdcr_el2);
	cpu->found_cnthctl = read_sysreg(cnthctl_el2);
	host->vmpidr = read_sysreg(vmpidr_el2);
	host->vpidr = read_sysreg(vpidr_el2);
	cpu->host_hstr = read_sysreg(hstr_el2);
	if (cpu->flags & HYP_CPU_HCX)
		host->hcrx = read_sysreg_s(SYS_HCRX_EL2);
	if (cpu->flags & HYP_CPU_MPAM)
		cpu->host_mpam2 = read_sysreg_s(SYS_MPAM2_EL2);
	if (cpu->flags & HYP_CPU_FGT) {
		cpu->host_fgt[0] = read_sysreg_s(SYS_HFGRTR_EL2);
		cpu->host_fgt[1] = read_sysreg_s(SYS_HFGWTR_EL2);
		cpu->host_fgt[2] = read_sysreg_s(SYS_HFGITR_EL2);
		cpu->host_fgt[3] = read_sysreg_s(SYS_HDFGRTR_EL2);
		cpu->host_fgt[4] = read_sysreg_s(SYS_HDFGWTR_EL2);
	}
	cpu->flags |= HYP_CPU_KNOWN;
}

/* --- calls --- */

/* Is it readable and writable at EL2? Then the host shared it. Its PAR_EL1 is not in use. */
static __always_inline bool is_shared(u64 addr)
{
	asm volatile("at s1e2w, %0" : : "r" (addr));
	isb();
	return !(a64_read_par() & SYS_PAR_EL1_F);
}

#define CONTEXT_PAGES	DIV_ROUND_UP(sizeof(struct a64_context), PAGE_SIZE)

static __always_inline bool is_context(u64 addr)
{
	unsigned int i;

	if (addr & ~PAGE_MASK)
		return false;
	for (i = 0; i < CONTEXT_PAGES; i++)
		if (!is_shared(addr + i * PAGE_SIZE))
			return false;
	return true;
}

#define EVENT_DIRECTION	BIT(3)	/* CNTKCTL_EL1.EVNTDIR; its other fields have names */
#define EVENT_STREAM	(ARCH_TIMER_VIRT_EVT_EN | EVENT_DIRECTION | \
			 ARCH_TIMER_EVT_TRIGGER_MASK | ARCH_TIMER_EVT_INTERVAL_SCALE)

/*
 * The kernel's delays wait with WFE where it has an event stream, for as long as that takes.
 * While CNTKCTL_EL1 is the guest's, CNTHCTL_EL2 makes one of the same rate for the host: its fields
 * are the same, and it is written on each way to the host anyway (Arm ARM, CNTHCTL_EL2).
 */
static __always_inline u64 host_cnthctl(const struct hyp_cpu *cpu)
{
	return cpu->found_cnthctl | (read_sysreg_s(SYS_CNTKCTL_EL1) & EVENT_STREAM);
}

/* AArch32 at EL0, which the host does not get to meanwhile: CP15 c15. */
#define HSTR_GUEST	BIT(15)

static void __hyp load_quiet(struct hyp_cpu *cpu, struct a64_context *ctx)
{
	write_sysreg(ctx->el2.cntvoff, cntvoff_el2);
	cpu->el2.cnthctl = host_cnthctl(cpu);
	write_sysreg(cpu->el2.cnthctl, cnthctl_el2);
	write_sysreg(HSTR_GUEST, hstr_el2);
	if (ctx->flags & A64_CTX_PAUTH) {
		a64_save_key_ia(cpu->host);
		a64_save_keys(cpu->host);
		a64_load_keys(ctx->sys);
	}
	if (ctx->flags & A64_CTX_GICV3)
		vgic_v3_load_interface(&ctx->vgic);
	if (lacks_icc(ctx))
		write_sysreg_s(0, SYS_ICH_HCR_EL2);
	if (cpu->flags & HYP_CPU_ICC)
		a64_hide_icc(&cpu->host_icc);
}

static void __hyp put_quiet(struct hyp_cpu *cpu, struct a64_context *ctx)
{
	if (cpu->flags & HYP_CPU_ICC)
		a64_show_icc(&cpu->host_icc);
	if (ctx->flags & A64_CTX_GICV3)
		vgic_v3_put(&ctx->vgic);
	if (ctx->flags & A64_CTX_PAUTH) {
		a64_save_keys(ctx->sys);
		a64_load_keys(cpu->host);
	}
	write_sysreg(cpu->host_hstr, hstr_el2);
	write_sysreg(cpu->found_cnthctl, cnthctl_el2);
	write_sysreg(0, cntvoff_el2);
}

/*
 * From here to HYP_PUT the host runs one task, which does not leave its kernel: what
 * a switch of tasks changes stays as it is. Of EL1 that is all but the stack pointer,
 * of EL0 and EL2 what neither kernel nor interrupts use.
 */
static u64 __hyp call_load(struct hyp_cpu *cpu, u64 addr)
{
	struct a64_context *ctx = (struct a64_context *)addr;

	if (cpu->loaded || !is_context(addr))
		return HYP_REFUSED;
	if (!(cpu->flags & HYP_CPU_KNOWN))
		read_host(cpu);
	if (!check_at_load(cpu, ctx))
		return HYP_REFUSED;
	a64_save_control(cpu->host);
	cpu->host[A64_SP_EL0] = read_sysreg(sp_el0);
	cpu->guest_mdcr = a64_mdcr_for_guest(cpu->el2.mdcr, ctx->el2.mdcr);
	cpu->guest_hcr = 0;
	load_quiet(cpu, ctx);
	cpu->loaded = ctx;
	return 0;
}

/* What the context says of itself is not what was checked, should the host have changed it. */
static u64 __hyp call_put(struct hyp_cpu *cpu)
{
	struct a64_context *ctx = cpu->loaded;

	if (!ctx)
		return 0;
	cpu->loaded = NULL;
	if (!check_at_load(cpu, ctx))
		return HYP_REFUSED;
	put_quiet(cpu, ctx);
	return 0;
}

static u64 __hyp call_run(struct hyp_cpu *cpu)
{
	struct a64_context *ctx = cpu->loaded;

	if (unlikely(!ctx || !check_at_run(cpu, ctx)))
		return HYP_REFUSED;
	run(cpu, ctx);
	return 0;
}

/* The host's EL1 is out of the way meanwhile: its walks must not fill the TLB for the VM's VMID. */
static u64 __hyp call_tlb(u64 op, u64 vttbr, u64 vtcr, u64 arg)
{
	u64 tcr, sctlr, old_vttbr, old_vtcr;

	if (op >= A64_TLB_OPS)
		return HYP_REFUSED;
	tcr = read_sysreg_s(SYS_TCR_EL1);
	sctlr = read_sysreg_s(SYS_SCTLR_EL1);
	old_vttbr = read_sysreg(vttbr_el2);
	old_vtcr = read_sysreg(vtcr_el2);
	a64_stop_walks();
	write_sysreg(vtcr, vtcr_el2);
	write_sysreg(vttbr, vttbr_el2);
	isb();
	a64_tlb_invalidate(op, arg);
	write_sysreg(old_vtcr, vtcr_el2);
	write_sysreg(old_vttbr, vttbr_el2);
	isb();
	write_sysreg_s(sctlr, SYS_SCTLR_EL1);
	isb();
	write_sysreg_s(tcr, SYS_TCR_EL1);
	isb();
	return 0;
}

/*
 * All of EL2's own entries: the host has taken memory back, which is rare. No context
 * that is loaded is among it; otherwise it is forgotten, and its runs are refused.
 */
static u64 __hyp call_flush(struct hyp_cpu *cpu)
{
	dsb(ishst);
	A64_TLBI(alle2is);
	dsb(ish);
	isb();
	if (cpu->loaded && !is_context((u64)cpu->loaded))
		cpu->loaded = NULL;
	return 0;
}

/* The rest each run puts back itself. */
static u64 __hyp call_put_back(struct hyp_cpu *cpu)
{
	if (!(cpu->flags & HYP_CPU_KNOWN))
		return 0;
	if (cpu->flags & HYP_CPU_GICV3)
		vgic_v3_put_found(&cpu->found_gic);
	cpu->flags &= ~(u64)HYP_CPU_KNOWN;
	return 0;
}

/* UNDEFINED, here too, without the registers. */
static u64 __hyp call_ich_vtr(void)
{
	if (!(read_sysreg_s(SYS_ID_AA64PFR0_EL1) & ID_AA64PFR0_EL1_GIC_MASK) ||
	    !(read_sysreg_s(SYS_ICC_SRE_EL2) & ICC_SRE_EL2_SRE))
		return HYP_REFUSED;
	return read_sysreg_s(SYS_ICH_VTR_EL2);
}

/* No table: pointers to functions would have to be relocated. */
u64 __hyp hyp_call(u64 fn, u64 arg1, u64 arg2, u64 arg3, u64 arg4, struct hyp_cpu *cpu)
{
	if (fn == HYP_RUN)
		return call_run(cpu);
	if (fn == HYP_TLB)
		return call_tlb(arg1, arg2, arg3, arg4);
	if (fn == HYP_LOAD)
		return call_load(cpu, arg1);
	if (fn == HYP_PUT)
		return call_put(cpu);
	if (fn == HYP_FLUSH)
		return call_flush(cpu);
	if (fn == HYP_ICH_VTR)
		return call_ich_vtr();
	if (fn == HYP_PUT_BACK)
		return call_put_back(cpu);
	return HYP_REFUSED;
}

/* From begin.S, EL2 is at its end: the kernel is going to panic, with registers of its own. */
void __hyp hyp_end_run(struct hyp_cpu *cpu)
{
	if (!cpu->running)
		return;
	restore_host(cpu);
}
