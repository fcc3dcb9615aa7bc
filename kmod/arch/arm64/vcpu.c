// SPDX-License-Identifier: GPL-2.0
/*
 * AArch64 vCPU: its registers at power-on, and how its state gets in and out of the CPU.
 *
 * Called by the core's vcpu.c: load and put on the vCPU's thread with
 * preemption off, the rest in process context.
 */
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/kvm_arm.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "context_asm.h"
#include "spec.h"

static_assert(offsetof(struct a64_context, flags) == A64_CTX_OFF_FLAGS);
static_assert(offsetof(struct a64_context, x) == A64_CTX_OFF_X(0));
static_assert(offsetof(struct a64_context, pc) == A64_CTX_OFF_PC);
static_assert(offsetof(struct a64_context, pstate) == A64_CTX_OFF_PC + 8);
static_assert(offsetof(struct a64_context, sys) == A64_CTX_OFF_SYS(0));
static_assert(offsetof(struct a64_context, sys[A64_SP_EL0]) == A64_CTX_OFF_SP_EL0);
static_assert(offsetof(struct a64_context, sys[A64_APIAKEYLO]) == A64_CTX_OFF_APIAKEY);
static_assert(offsetof(struct a64_context, el2.hcr) == A64_CTX_OFF_HCR);
static_assert(offsetof(struct a64_context, el2.cptr) == A64_CTX_OFF_CPTR);
static_assert(offsetof(struct a64_context, exit.code) == A64_CTX_OFF_EXIT_CODE);
static_assert(offsetof(struct a64_context, exit.esr) == A64_CTX_OFF_EXIT_ESR);
static_assert(A64_CTX_PAUTH == BIT(A64_CTX_BIT_PAUTH) && A64_CTX_RAS == BIT(A64_CTX_BIT_RAS));
static_assert(A64_EXIT_SYNC == A64_EXIT_CODE_SYNC && A64_EXIT_IRQ == A64_EXIT_CODE_IRQ);
static_assert(A64_EXIT_SERROR == A64_EXIT_CODE_SERROR);
static_assert(A64_EXIT_ILLEGAL == A64_EXIT_CODE_ILLEGAL);

#define CONTEXT_SIZE	PAGE_ALIGN(sizeof(struct a64_context))

int a64_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);
	int ret;

	v->ctx = alloc_pages_exact(CONTEXT_SIZE, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!v->ctx)
		return -ENOMEM;
	v->ctx->magic = A64_CONTEXT_MAGIC;
	ret = a64_sve_vcpu_init(v);
	if (ret)
		goto err_context;
	ret = a64_world->share(v->ctx, CONTEXT_SIZE);
	if (ret)
		goto err_sve;
	vgic_vcpu_init(v);
	a64_timer_init(v);
	return 0;

err_sve:
	kfree(v->sve);
err_context:
	free_pages_exact(v->ctx, CONTEXT_SIZE);
	v->ctx = NULL;
	return ret;
}

void a64_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	a64_timer_destroy(v);
	a64_world->unshare(v->ctx, CONTEXT_SIZE);
	free_pages_exact(v->ctx, CONTEXT_SIZE);
	kfree(v->sve);
}

/* --- registers at reset --- */

/*
 * What every guest traps or has (Arm ARM HCR_EL2): stage 2; set/way as clean and
 * invalidate; no walks through devices; interrupts and errors to EL2; barriers and
 * maintenance reach the inner shareable domain; SMC, WFI, implementation-defined
 * registers, ACTLR, ID registers, LORegions trap; AArch64 at EL1.
 * Left at 0, so trapping: SCXTNUM, allocation tags, nested virtualization.
 */
#define GUEST_HCR	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | \
			 HCR_BSU_IS | HCR_TSC | HCR_TWI | HCR_TIDCP | HCR_TACR | HCR_TID3 | \
			 HCR_RW | HCR_TLOR)

/* Debug, performance monitors, statistical profiling, trace filter trap; exceptions go to EL1. */
#define GUEST_MDCR	(MDCR_EL2_TDRA | MDCR_EL2_TDOSA | MDCR_EL2_TDA | MDCR_EL2_TPM | \
			 MDCR_EL2_TPMCR | MDCR_EL2_TPMS | MDCR_EL2_TTRF)

/* Without an MMU (M, C, I, WXN 0); bits that are RES1 where a feature is missing. */
#define RESET_SCTLR	(SCTLR_EL1_LSMAOE | SCTLR_EL1_nTLSMD | SCTLR_EL1_EIS | SCTLR_EL1_TSCXT | \
			 SCTLR_EL1_EOS | SCTLR_EL1_SPAN | SCTLR_EL1_nTWE | SCTLR_EL1_nTWI)

/* Arm ARM MPIDR_EL1: bit 31 is RES1. */
#define MPIDR_RES1	BIT_ULL(31)

#define RESET_PSTATE	(PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT)

static bool offers_pauth(const struct a64_vm *vm)
{
	u64 isar1 = vm->id_regs[a64_id_index(6, 1)], isar2 = vm->id_regs[a64_id_index(6, 2)];

	return isar1 & (ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK) ||
	       isar2 & ID_AA64ISAR2_EL1_APA3_MASK;
}

static u64 guest_flags(const struct a64_vm *vm)
{
	u64 flags = a64_host.gic == 3 ? A64_CTX_GICV3 : 0;

	if (offers_pauth(vm))
		flags |= A64_CTX_PAUTH;
	if (a64_host.ras)
		flags |= A64_CTX_RAS;
	return flags;
}

/* GMID_EL1 comes with allocation tags (FEAT_MTE2), also when the kernel does not use them. */
static bool has_gmid(void)
{
	u64 pfr1 = read_cpuid(ID_AA64PFR1_EL1);

	return SYS_FIELD_GET(ID_AA64PFR1_EL1, MTE, pfr1) >= ID_AA64PFR1_EL1_MTE_MTE2;
}

static u64 guest_hcr(const struct a64_vm *vm)
{
	u64 hcr = GUEST_HCR;

	if (a64_host.vhe)
		hcr |= HCR_E2H;
	if (a64_host.fwb)
		hcr |= HCR_FWB;
	else
		hcr |= HCR_TSW;		/* TVM, until its caches are on: cache.c */
	if (a64_host.ras)
		hcr |= HCR_TERR | HCR_TEA;
	if (offers_pauth(vm))
		hcr |= HCR_API | HCR_APK;
	if (has_gmid())
		hcr |= HCR_TID5;
	if (a64_cache_ids_differ())
		hcr |= HCR_TID2;
	return hcr;
}

/* FP/SIMD is the guest's; SVE, SME, trace, activity monitors trap. CPTR_EL2 has two layouts. */
static u64 guest_cptr(void)
{
	if (a64_host.vhe)
		return CPACR_ELx_FPEN | CPACR_ELx_TTA | CPTR_EL2_TAM;
	return CPTR_NVHE_EL2_RES1 | CPTR_EL2_TTA | CPTR_EL2_TAM | CPTR_EL2_TSM | CPTR_EL2_TZ;
}

static void reset_el2(struct a64_vcpu *v)
{
	const struct a64_vm *vm = a64_vm_of(v);

	v->ctx->flags = guest_flags(vm);
	v->ctx->el2 = (struct a64_el2){
		.hcr		= guest_hcr(vm),
		.vtcr		= a64_vtcr(vm->base.gmem.s2.fmt),
		.cptr		= guest_cptr(),
		.mdcr		= GUEST_MDCR,
		.cnthctl	= a64_timer_cnthctl(),
		.vmpidr		= v->base.hw_id | MPIDR_RES1,
		.vpidr		= read_cpuid_id(),
	};
}

/* What survives a reset from outside is what other contexts write: the interrupt controller's. */
static void reset_registers(struct a64_vcpu *v, u64 entry, u64 arg)
{
	struct a64_context *ctx = v->ctx;

	memset(ctx->x, 0, sizeof(ctx->x));
	memset(ctx->sys, 0, sizeof(ctx->sys));
	memset(&ctx->exit, 0, sizeof(ctx->exit));
	memset(&ctx->fp, 0, sizeof(ctx->fp));
	ctx->vdisr = 0;
	ctx->pc = entry;
	ctx->pstate = RESET_PSTATE;
	ctx->x[0] = arg;
	ctx->sys[A64_SCTLR] = RESET_SCTLR;
	reset_el2(v);
	a64_sve_reset(v);
	a64_debug_reset(v);
	a64_cache_reset(v);
}

/*
 * Linux, arch/arm64/booting.rst: x0 of the boot vCPU is the device tree, x1 to x3
 * are 0. PSCI CPU_ON (DEN0022, 5.6): x0 is the context id.
 */
void a64_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	reset_registers(v, entry, arg);
	a64_timer_reset(v);
	vgic_vcpu_reset(v);
	/* The images are written anew by whichever CPU resets: fetch nothing old. */
	vcpu->last_cpu = -1;
}

/* Timers and interrupts survive: one of them is what ended the suspend. */
void a64_vcpu_resume(struct a64_vcpu *v, u64 entry, u64 arg)
{
	reset_registers(v, entry, arg);
}
EXPORT_SYMBOL_IF_KUNIT(a64_vcpu_resume);

/* --- load and put --- */

void a64_vcpu_load(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	a64_spec_load();
	a64_fp_load(v);
	a64_vttbr_load(v);
	a64_wfe_load(v);
	v->ctx->el2.cntvoff = a64_vm_of(v)->counter_offset;
	a64_world->load(v);
	vgic_load(v);
	a64_timer_load(v);
}

void a64_vcpu_put(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	a64_timer_put(v);
	vgic_put(v);
	a64_world->put(v);
	a64_fp_put(v);
}

bool a64_vcpu_has_irq(struct axvm_vcpu *vcpu)
{
	return vgic_has_irq(vcpu) || a64_timer_wait_is_over(to_a64_vcpu(vcpu));
}

u64 a64_sys_get(struct a64_vcpu *v, enum a64_sys reg)
{
	if (v->ctx->flags & A64_CTX_LOADED)
		return a64_vhe_sys_get(v->ctx, reg);
	return v->ctx->sys[reg];
}

void a64_sys_set(struct a64_vcpu *v, enum a64_sys reg, u64 val)
{
	if (v->ctx->flags & A64_CTX_LOADED)
		a64_vhe_sys_set(v->ctx, reg, val);
	else
		v->ctx->sys[reg] = val;
}

/* --- for people --- */

static const struct {
	enum a64_sys reg;
	const char *name;
} dumped[] = {
	{ A64_SP_EL0, "sp_el0" },
	{ A64_SP_EL1, "sp_el1" },
	{ A64_ELR, "elr_el1" },
	{ A64_SPSR, "spsr_el1" },
	{ A64_ESR, "esr_el1" },
	{ A64_FAR, "far_el1" },
	{ A64_SCTLR, "sctlr_el1" },
	{ A64_TCR, "tcr_el1" },
	{ A64_TTBR0, "ttbr0_el1" },
	{ A64_TTBR1, "ttbr1_el1" },
	{ A64_MAIR, "mair_el1" },
	{ A64_VBAR, "vbar_el1" },
	{ A64_CPACR, "cpacr_el1" },
	{ A64_CONTEXTIDR, "contextidr_el1" },
	{ A64_TPIDR_EL0, "tpidr_el0" },
	{ A64_TPIDRRO_EL0, "tpidrro_el0" },
	{ A64_TPIDR_EL1, "tpidr_el1" },
};

/* Modes as PSTATE names them: EL, and which stack pointer. */
static const char *mode_name(u64 pstate)
{
	if (pstate & PSR_MODE32_BIT)
		return "EL0 (AArch32)";
	switch (pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL0t:
		return "EL0";
	case PSR_MODE_EL1t:
		return "EL1t";
	case PSR_MODE_EL1h:
		return "EL1h";
	default:
		return "?";
	}
}

void a64_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m)
{
	const struct a64_context *ctx = to_a64_vcpu(vcpu)->ctx;
	unsigned int i;

	seq_printf(m, "pc=%016llx\npstate=%08llx\nmode=%s\n", ctx->pc, ctx->pstate,
		   mode_name(ctx->pstate));
	for (i = 0; i < ARRAY_SIZE(ctx->x); i++)
		seq_printf(m, "x%u=%016llx\n", i, ctx->x[i]);
	for (i = 0; i < ARRAY_SIZE(dumped); i++)
		seq_printf(m, "%s=%016llx\n", dumped[i].name, ctx->sys[dumped[i].reg]);
	seq_printf(m, "hcr_el2=%016llx\nvttbr_el2=%016llx\n", ctx->el2.hcr, ctx->el2.vttbr);
	seq_printf(m, "esr_el2=%016llx\n", ctx->exit.esr);
}
