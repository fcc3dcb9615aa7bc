// SPDX-License-Identifier: GPL-2.0
/*
 * EL2 when the host kernel itself runs there (VHE).
 *
 * load and put run on the vCPU's thread with preemption off, run also with all
 * exceptions masked (DAIF); cpu_enable and cpu_disable on the CPU they concern.
 */
#include <linux/cpu_pm.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/daifflags.h>

#include "arm64.h"
#include "compat.h"
#include "debug.h"
#include "spec.h"
#include "sysreg_sr.h"
#include "traps.h"
#include "vgic_hw.h"
#include "vhe.h"

/* For the switch to fall back to; any CPU's are good enough for a report. */
unsigned long a64_vhe_host_vectors;

/* The vectors of a CPU, and what was in it before. */
struct vhe_cpu {
	unsigned long vectors;
	u64 spec;
	u64 found[A64_NR_SYS];
	u64 found_vttbr;
	u64 found_vtcr;
	u64 found_cntvoff;
	u64 found_vmpidr;
	u64 found_vpidr;
	struct a64_vgic_hw found_gic;
	bool taken;
	bool has_mpam;
	bool has_hcx;
	/* The host's, while a vCPU is loaded. */
	u64 quiet[A64_NR_SYS];
	u64 mdcr;
	u64 cnthctl;
	u64 hstr;
	u64 mpam2;
	u64 hcrx;
	u64 fgt[5];
};

static DEFINE_PER_CPU(struct vhe_cpu, vhe_cpu);

/* --- the CPU --- */

/*
 * A CPU that lost its state in idle has anything in the registers of EL1, which
 * nobody uses just now: walks are stopped again. What a vCPU needs comes with its load.
 */
static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event != CPU_PM_ENTER && this_cpu_read(vhe_cpu.taken))
		a64_stop_walks();
	return NOTIFY_OK;
}

static struct notifier_block pm_notifier = {
	.notifier_call = pm_event,
};

static int vhe_init(void)
{
	int ret = a64_spec_init();

	return ret ?: cpu_pm_register_notifier(&pm_notifier);
}

static void vhe_exit(void)
{
	cpu_pm_unregister_notifier(&pm_notifier);
}

static int vhe_cpu_enable(void)
{
	struct vhe_cpu *cpu = this_cpu_ptr(&vhe_cpu);
	struct a64_spec spec = a64_spec_choose();

	cpu->vectors = (unsigned long)a64_vhe_vectors + spec.kind * A64_VECTORS_SIZE;
	cpu->spec = spec.arg;
	WRITE_ONCE(a64_vhe_host_vectors, read_sysreg(vbar_el1));
	a64_save_el1(cpu->found);
	cpu->found_vttbr = read_sysreg(vttbr_el2);
	cpu->found_vtcr = read_sysreg(vtcr_el2);
	cpu->found_cntvoff = read_sysreg(cntvoff_el2);
	cpu->found_vmpidr = read_sysreg(vmpidr_el2);
	cpu->found_vpidr = read_sysreg(vpidr_el2);
	cpu->has_mpam = axvm_cpu_has_mpam();
	cpu->has_hcx = a64_cpu_has_hcx();
	if (a64_host.gic == 3)
		vgic_hw_take_found(&cpu->found_gic);
	a64_stop_walks();
	cpu->taken = true;
	return 0;
}

static void vhe_cpu_disable(void)
{
	struct vhe_cpu *cpu = this_cpu_ptr(&vhe_cpu);

	cpu->taken = false;
	write_sysreg(cpu->found_vttbr, vttbr_el2);
	write_sysreg(cpu->found_vtcr, vtcr_el2);
	write_sysreg(cpu->found_cntvoff, cntvoff_el2);
	write_sysreg(cpu->found_vmpidr, vmpidr_el2);
	write_sysreg(cpu->found_vpidr, vpidr_el2);
	isb();
	a64_load_el1(cpu->found);
	if (a64_host.gic == 3)
		vgic_hw_put_found(&cpu->found_gic);
}

static int vhe_share(void *addr, size_t len)
{
	return 0;
}

static void vhe_unshare(void *addr, size_t len)
{
}

/* --- what traps, while a vCPU is loaded: the host at EL2 does not notice --- */

static __always_inline bool has_fgt(void)
{
	return cpus_have_final_cap(ARM64_HAS_FGT);
}

/*
 * Fine-grained traps all at zero: that is no trap where a bit says "trap", and a
 * trap where it says "do not": the registers that came later, which guests are not shown.
 */
static void load_fine_traps(struct vhe_cpu *cpu)
{
	if (!has_fgt())
		return;
	cpu->fgt[0] = read_sysreg_s(SYS_HFGRTR_EL2);
	cpu->fgt[1] = read_sysreg_s(SYS_HFGWTR_EL2);
	cpu->fgt[2] = read_sysreg_s(SYS_HFGITR_EL2);
	cpu->fgt[3] = read_sysreg_s(SYS_HDFGRTR_EL2);
	cpu->fgt[4] = read_sysreg_s(SYS_HDFGWTR_EL2);
	write_sysreg_s(0, SYS_HFGRTR_EL2);
	write_sysreg_s(0, SYS_HFGWTR_EL2);
	write_sysreg_s(0, SYS_HFGITR_EL2);
	write_sysreg_s(0, SYS_HDFGRTR_EL2);
	write_sysreg_s(0, SYS_HDFGWTR_EL2);
}

static void put_fine_traps(const struct vhe_cpu *cpu)
{
	if (!has_fgt())
		return;
	write_sysreg_s(cpu->fgt[0], SYS_HFGRTR_EL2);
	write_sysreg_s(cpu->fgt[1], SYS_HFGWTR_EL2);
	write_sysreg_s(cpu->fgt[2], SYS_HFGITR_EL2);
	write_sysreg_s(cpu->fgt[3], SYS_HDFGRTR_EL2);
	write_sysreg_s(cpu->fgt[4], SYS_HDFGWTR_EL2);
}

static void load_traps(struct vhe_cpu *cpu, const struct a64_el2 *el2)
{
	cpu->mdcr = read_sysreg(mdcr_el2);
	cpu->cnthctl = read_sysreg(cnthctl_el2);
	cpu->hstr = read_sysreg(hstr_el2);
	write_sysreg(a64_mdcr_for_guest(cpu->mdcr, el2->mdcr), mdcr_el2);
	write_sysreg(a64_vhe_cnthctl(cpu->cnthctl, el2->cnthctl), cnthctl_el2);
	/* AArch32 at EL0: implementation defined registers (CP15 c15). */
	write_sysreg(BIT(15), hstr_el2);
	if (cpu->has_mpam) {
		cpu->mpam2 = read_sysreg_s(SYS_MPAM2_EL2);
		write_sysreg_s(a64_mpam2_for_guest(cpu->mpam2), SYS_MPAM2_EL2);
	}
	if (cpu->has_hcx) {
		cpu->hcrx = read_sysreg_s(SYS_HCRX_EL2);
		write_sysreg_s(el2->hcrx, SYS_HCRX_EL2);
	}
	load_fine_traps(cpu);
}

/* Bits that the host's own use of the timer may have changed meanwhile stay. */
static void put_traps(const struct vhe_cpu *cpu)
{
	write_sysreg(a64_vhe_cnthctl(read_sysreg(cnthctl_el2), cpu->cnthctl), cnthctl_el2);
	write_sysreg(cpu->mdcr, mdcr_el2);
	write_sysreg(cpu->hstr, hstr_el2);
	if (cpu->has_mpam)
		write_sysreg_s(cpu->mpam2, SYS_MPAM2_EL2);
	if (cpu->has_hcx)
		write_sysreg_s(cpu->hcrx, SYS_HCRX_EL2);
	put_fine_traps(cpu);
}

/* --- load and put --- */

static bool has_keys(const struct a64_context *ctx)
{
	return ctx->flags & A64_CTX_PAUTH;
}

/*
 * Without a kernel that signs its own return addresses IA is loaded here as
 * well. Whose keys these were does not matter: every switch of tasks loads the next one's.
 */
static void load_keys(struct a64_context *ctx, u64 *host)
{
	if (!has_keys(ctx))
		return;
	a64_save_keys(host);
	a64_load_keys(ctx->sys);
	if (IS_ENABLED(CONFIG_ARM64_PTR_AUTH_KERNEL))
		return;
	a64_save_key_ia(host);
	a64_load_key_ia(ctx->sys);
}

static void put_keys(struct a64_context *ctx, const u64 *host)
{
	if (!has_keys(ctx))
		return;
	a64_save_keys(ctx->sys);
	a64_load_keys(host);
	if (IS_ENABLED(CONFIG_ARM64_PTR_AUTH_KERNEL))
		return;
	a64_save_key_ia(ctx->sys);
	a64_load_key_ia(host);
}

/*
 * The guest's translation is complete, and that is certain (ISB), before an
 * entry clears TGE (errata 1165522, 1530923).
 */
static void vhe_load(struct a64_vcpu *v)
{
	struct vhe_cpu *cpu = this_cpu_ptr(&vhe_cpu);
	struct a64_context *ctx = v->ctx;
	const struct a64_el2 *el2 = &ctx->el2;

	a64_save_quiet(cpu->quiet);
	load_traps(cpu, el2);
	write_sysreg(el2->cntvoff, cntvoff_el2);
	write_sysreg(el2->vmpidr, vmpidr_el2);
	write_sysreg(el2->vpidr, vpidr_el2);
	write_sysreg(el2->vtcr, vtcr_el2);
	write_sysreg(el2->vttbr, vttbr_el2);
	isb();
	a64_load_el1(ctx->sys);
	a64_load_quiet(ctx->sys);
	a64_load_vdisr(ctx);
	load_keys(ctx, cpu->quiet);
	ctx->flags |= A64_CTX_LOADED;
}

static void vhe_put(struct a64_vcpu *v)
{
	struct vhe_cpu *cpu = this_cpu_ptr(&vhe_cpu);
	struct a64_context *ctx = v->ctx;

	ctx->flags &= ~A64_CTX_LOADED;
	put_keys(ctx, cpu->quiet);
	a64_save_el1(ctx->sys);
	a64_save_quiet(ctx->sys);
	a64_save_vdisr(ctx);
	a64_stop_walks();
	a64_load_quiet(cpu->quiet);
	put_traps(cpu);
}

/* --- run --- */

/* As in entry.S for AmpereOne's erratum AC04_CPU_23; where it is rare, on all CPUs. */
static __always_inline void write_hcr(u64 hcr)
{
	dsb(nsh);
	write_sysreg(hcr, hcr_el2);
	isb();
}

/*
 * AT acts on the guest's regime only with TGE = 0. Exceptions are masked and
 * EL2's own translation is the same, so nothing else notices.
 */
static noinline void translate_fault(struct a64_context *ctx, bool need_ipa)
{
	u64 host = read_sysreg(hcr_el2);

	write_hcr(ctx->el2.hcr);
	a64_translate_fault(ctx, need_ipa);
	write_hcr(host);
}

NOKPROBE_SYMBOL(translate_fault);

static __always_inline void read_fault(struct a64_context *ctx)
{
	struct a64_exit_info *exit = &ctx->exit;
	bool need_ipa;

	exit->far = read_sysreg(far_el2);
	exit->hpfar = read_sysreg(hpfar_el2);
	need_ipa = !a64_has_hpfar(exit->esr, false);	/* erratum 834220: not with VHE */
	if (unlikely(need_ipa || a64_lacks_syndrome(exit->esr)))
		translate_fault(ctx, need_ipa);
}

notrace void a64_vhe_run(struct a64_vcpu *v)
{
	const struct vhe_cpu *cpu = this_cpu_ptr(&vhe_cpu);
	struct a64_context *ctx = v->ctx;
	bool debug;

	if (unlikely(ctx->el2.hcr & HCR_VSE) && a64_host.ras)
		write_sysreg_s(ctx->el2.vsesr, SYS_VSESR_EL2);
	debug = a64_debug_to_guest(v);
	a64_vhe_enter(ctx, cpu->vectors, cpu->spec);
	a64_debug_to_host(v, debug);
	if (ctx->exit.code == A64_EXIT_SYNC && a64_is_abort(ctx->exit.esr))
		read_fault(ctx);
}

NOKPROBE_SYMBOL(a64_vhe_run);

/* --- the rest --- */

/*
 * For the EL1&0 regime TGE has to be 0, and VTTBR_EL2 the VM's: that of a vCPU
 * which is loaded comes back. Interrupts are off, its stage 1 out of the way.
 */
static void vhe_tlb(enum a64_tlb_op op, u64 vttbr, u64 vtcr, u64 arg)
{
	u64 tcr, sctlr, old_vttbr, old_vtcr, hcr;
	unsigned long flags;

	flags = local_daif_save();
	tcr = read_sysreg_s(SYS_TCR_EL12);
	sctlr = read_sysreg_s(SYS_SCTLR_EL12);
	old_vttbr = read_sysreg(vttbr_el2);
	old_vtcr = read_sysreg(vtcr_el2);
	hcr = read_sysreg(hcr_el2);

	a64_stop_walks();
	write_sysreg(vtcr, vtcr_el2);
	write_sysreg(vttbr, vttbr_el2);
	isb();
	write_hcr(hcr & ~HCR_TGE);
	a64_tlb_invalidate(op, arg);
	write_hcr(hcr);
	write_sysreg(old_vtcr, vtcr_el2);
	write_sysreg(old_vttbr, vttbr_el2);
	isb();
	write_sysreg_s(sctlr, SYS_SCTLR_EL12);
	isb();
	write_sysreg_s(tcr, SYS_TCR_EL12);
	isb();
	local_daif_restore(flags);
}

static u64 vhe_ich_vtr(void)
{
	return read_sysreg_s(SYS_ICH_VTR_EL2);
}

const struct a64_world a64_world_vhe = {
	.init		= vhe_init,
	.exit		= vhe_exit,
	.cpu_enable	= vhe_cpu_enable,
	.cpu_disable	= vhe_cpu_disable,
	.share		= vhe_share,
	.unshare	= vhe_unshare,
	.load		= vhe_load,
	.put		= vhe_put,
	.run		= a64_vhe_run,
	.tlb		= vhe_tlb,
	.ich_vtr	= vhe_ich_vtr,
};
