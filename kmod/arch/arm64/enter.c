// SPDX-License-Identifier: GPL-2.0
/*
 * The loop around the world switch, and from an exit to a struct axvm_exit and back.
 *
 * prepare and enter run with interrupts off, decode with preemption off, all on
 * the vCPU's thread with its state loaded; complete also without.
 */
#include <linux/sched.h>
#include <asm/daifflags.h>
#include <asm/traps.h>

#include "arm64.h"

/* As vgic_flush() asks, but without a call. */
static __always_inline bool has_interrupts(const struct a64_vcpu *v)
{
	const struct a64_vgic_hw *hw = &v->ctx->vgic;

	return READ_ONCE(v->vgic.nr_queued) || (hw->nr_used | hw->flags);
}

/* Timers and interrupts: mostly there is nothing to do. */
static __always_inline void flush(struct a64_vcpu *v)
{
	if (unlikely(v->vtimer.linked))
		a64_timer_flush(v);
	if (unlikely(has_interrupts(v)))
		vgic_flush(v);
}

bool a64_vcpu_prepare(struct axvm_vcpu *vcpu)
{
	flush(to_a64_vcpu(vcpu));
	return true;
}

/* --- exits that are finished with interrupts off --- */

static bool (*const fast_handlers[])(struct a64_vcpu *v) = {
	[ESR_ELx_EC_HVC64]	= a64_smccc_fast,
	[ESR_ELx_EC_SMC64]	= a64_smccc_fast,
	[ESR_ELx_EC_SYS64]	= a64_sysreg_fast,
	[ESR_ELx_EC_DABT_LOW]	= a64_abort_fast,
};

static __always_inline bool finish_fast(struct a64_vcpu *v)
{
	unsigned int ec = a64_exit_class(v);

	return ec < ARRAY_SIZE(fast_handlers) && fast_handlers[ec] && fast_handlers[ec](v);
}

static __always_inline void switch_to_guest(struct a64_vcpu *v)
{
	if (a64_host.vhe)
		a64_vhe_run(v);
	else
		a64_world->run(v);
	axvm_vcpu_count(&v->base, AXVM_COUNT_ENTRIES);
}

/*
 * Where the kernel masks interrupts by priority, those of lower priority would
 * not end the guest's stay: mask with PSTATE instead (asm/daifflags.h). The
 * switch unmasks nothing: HCR_EL2.{IMO,FMO,AMO} route them to EL2 whatever PSTATE says.
 *
 * A host interrupt or a kick that came meanwhile is pending and ends the next stay
 * at once; only need_resched can be set without one.
 */
static __always_inline bool run_guest(struct a64_vcpu *v)
{
	for (;;) {
		switch_to_guest(v);
		if (unlikely(v->ctx->vgic.nr_used))
			vgic_sync(v);
		if (v->ctx->exit.code != A64_EXIT_SYNC)
			return v->ctx->exit.code == A64_EXIT_IRQ;
		if (!finish_fast(v))
			return false;
		axvm_vcpu_count(&v->base, AXVM_COUNT_FAST);
		if (need_resched())
			return true;
		flush(v);
	}
}

bool a64_vcpu_enter(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);
	bool again;

	local_daif_mask();
	pmr_sync();
	a64_sve_enter(v);
	again = run_guest(v);
	a64_sve_leave(v);
	local_daif_restore(DAIF_PROCCTX_NOIRQ);
	return again;
}

/* --- exits that are decoded with interrupts on --- */

enum axvm_verdict a64_fail(struct a64_vcpu *v, const char *what, u64 code)
{
	pr_warn_ratelimited("axvm: VM %s, vCPU %u: %s: 0x%llx, ESR_EL2 0x%llx at 0x%llx, PSTATE 0x%llx\n",
			    v->base.vm->name, v->base.id, what, code, v->ctx->exit.esr,
			    v->ctx->pc, v->ctx->pstate);
	v->base.exit.kind = AXVM_EXIT_FAIL;
	v->base.exit.fail.code = code;
	return AXVM_DISPATCH;
}

/* What this CPU has and the guest was not told of. */
static enum axvm_verdict decode_undefined(struct a64_vcpu *v)
{
	a64_inject_undef(v);
	return AXVM_RESUME;
}

static enum axvm_verdict (*const decoders[])(struct a64_vcpu *v) = {
	[ESR_ELx_EC_WFx]	= a64_wfx_decode,
	[ESR_ELx_EC_CP15_32]	= decode_undefined,
	[ESR_ELx_EC_CP15_64]	= decode_undefined,
	[ESR_ELx_EC_CP14_MR]	= decode_undefined,
	[ESR_ELx_EC_CP14_LS]	= decode_undefined,
	[ESR_ELx_EC_CP14_64]	= decode_undefined,
	[ESR_ELx_EC_CP10_ID]	= decode_undefined,
	[ESR_ELx_EC_PAC]	= decode_undefined,
	[ESR_ELx_EC_SVE]	= decode_undefined,
	[ESR_ELx_EC_SME]	= decode_undefined,
	[ESR_ELx_EC_HVC32]	= decode_undefined,
	[ESR_ELx_EC_SMC32]	= decode_undefined,
	[ESR_ELx_EC_HVC64]	= a64_smccc_decode,
	[ESR_ELx_EC_SMC64]	= a64_smccc_decode,
	[ESR_ELx_EC_SYS64]	= a64_sysreg_decode,
	[ESR_ELx_EC_IABT_LOW]	= a64_abort_decode,
	[ESR_ELx_EC_DABT_LOW]	= a64_abort_decode,
};

/*
 * An error that the guest's stay made visible (Arm ARM, "ISS encoding for an SError
 * exception", AET). One that was corrected, or after which everything can go on, is
 * no matter; one that is contained is the guest's; with all else the host must not
 * go on, as the kernel itself would not.
 */
static enum axvm_verdict decode_serror(struct a64_vcpu *v)
{
	u64 esr = v->ctx->exit.esr;
	unsigned long severity = arm64_ras_serror_get_severity(esr);

	if (arm64_is_ras_serror(esr)) {
		if (severity == ESR_ELx_AET_CE || severity == ESR_ELx_AET_UEO)
			return AXVM_RESUME;
		if (severity == ESR_ELx_AET_UC)
			panic("axvm: uncontained error while VM %s ran: ESR_EL2 0x%llx\n",
			      v->base.vm->name, esr);
	}
	a64_inject_serror(v);
	return AXVM_RESUME;
}

enum axvm_verdict a64_vcpu_decode(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);
	unsigned int ec = a64_exit_class(v);

	if (v->ctx->exit.code == A64_EXIT_SERROR)
		return decode_serror(v);
	if (v->ctx->exit.code == A64_EXIT_NO_EL2)
		return a64_fail(v, "EL2 was not to be had again after idle", smp_processor_id());
	if (v->ctx->exit.code != A64_EXIT_SYNC)
		return a64_fail(v, "the CPU refused the state of the guest", v->ctx->exit.code);
	if (ec == ESR_ELx_EC_DABT_LOW)	/* the one that has to be fast */
		return a64_abort_decode(v);
	if (ec >= ARRAY_SIZE(decoders) || !decoders[ec])
		return decode_undefined(v);
	return decoders[ec](v);
}

/* --- and back --- */

static void complete_fault(struct a64_vcpu *v, enum axvm_status status)
{
	/* The entry that was made is seen by this CPU's walks (Arm ARM D8.2.6, "ordering"). */
	if (status == AXVM_OK)
		dsb(ishst);
	else
		a64_inject_abort(v, a64_exit_class(v) == ESR_ELx_EC_IABT_LOW, v->ctx->exit.far);
}

static void (*const completions[AXVM_EXIT_KINDS])(struct a64_vcpu *v, enum axvm_status status) = {
	[AXVM_EXIT_S2_FAULT]	= complete_fault,
	[AXVM_EXIT_SUSPEND]	= a64_smccc_complete,
	[AXVM_EXIT_CPU_ON]	= a64_smccc_complete,
};

void a64_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status)
{
	if (vcpu->exit.kind == AXVM_EXIT_MMIO)	/* the one that has to be fast */
		a64_access_complete(to_a64_vcpu(vcpu), status);
	else if (completions[vcpu->exit.kind])
		completions[vcpu->exit.kind](to_a64_vcpu(vcpu), status);
}

void a64_vcpu_slow(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	v->slow(v);
}
