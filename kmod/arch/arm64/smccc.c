// SPDX-License-Identifier: GPL-2.0
/*
 * HVC and SMC of guests: the calling convention, who serves which function, and Arm's own services.
 *
 * DEN0028, SMC Calling Convention 1.1. Called from the world-switch loop in
 * enter.c: loaded, interrupts off; nothing here sleeps. An SMC never reaches firmware.
 */
#include <linux/minmax.h>
#include <linux/uuid.h>
#include <asm/cpufeature.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "idregs.h"
#include "smccc.h"
#include "spec.h"

#define PSCI_FIRST	0x84000000
#define PSCI_LAST	0x8400001f
#define TRNG_FIRST	ARM_SMCCC_TRNG_VERSION
#define TRNG_LAST	0x84000053
#define SMC64		BIT(30)

/* Name of this hypervisor, DEN0028 7.2 "General Service Queries". */
static const u32 axvm_uid[4] = { 0x6d767861, 0x4e5a1b8e, 0x2c9f47b3, 0x916d0f5a };

/* Answers to ARCH_FEATURES for the workarounds: 0 call it, 1 not needed, negative unknown. */
static long workaround_1, workaround_3;

u64 smccc_arg(const struct a64_vcpu *v, u32 fn, unsigned int n)
{
	u64 val = v->ctx->x[n];

	return fn & SMC64 ? val : (u32)val;
}

/* --- Arm architecture calls --- */

/*
 * The convention has the same questions for us as it has for guests: pass the
 * answer on. Without such firmware the CPU's own word (ID_AA64PFR0_EL1.CSV2) has to do.
 */
VISIBLE_IF_KUNIT long a64_smccc_ask_firmware(u32 workaround)
{
	struct arm_smccc_res res;

	KUNIT_STATIC_STUB_REDIRECT(a64_smccc_ask_firmware, workaround);
	if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_SMC)
		return SMCCC_RET_NOT_SUPPORTED;
	arm_smccc_1_1_smc(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, workaround, &res);
	return (int)res.a0;
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_ask_firmware);

static long ask_for_predictors(void)
{
	if (a64_id_host(SYS_ID_AA64PFR0_EL1) & ID_AA64PFR0_EL1_CSV2_MASK)
		return SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
	return a64_smccc_ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_1);
}

/* A guest may run on any CPU: what one of them lacks, or has to call for, is the answer. */
static long worse_of(long one, long other)
{
	return one < 0 || other < 0 ? SMCCC_RET_NOT_SUPPORTED : min(one, other);
}

void a64_smccc_probe(void)
{
	workaround_1 = SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
	workaround_3 = SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_probe);

void a64_smccc_probe_cpu(void)
{
	workaround_1 = worse_of(workaround_1, ask_for_predictors());
	workaround_3 = worse_of(workaround_3,
				a64_smccc_ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_3));
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_probe_cpu);

/*
 * Speculative store bypass (DEN0028, SMCCC_ARCH_WORKAROUND_2). Guests that have SSBS
 * decide by themselves. For the others it is off as long as they run, where CPU or
 * firmware can do that: then they are not to call.
 */
static long store_bypass(struct a64_vcpu *v)
{
	if (a64_vm_of(v)->id_regs[a64_id_index(4, 1)] & ID_AA64PFR1_EL1_SSBS_MASK)
		return SMCCC_RET_NOT_SUPPORTED;
	return a64_spec_stops_bypass() ? SMCCC_RET_NOT_REQUIRED : SMCCC_RET_NOT_SUPPORTED;
}

static bool get_version(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	ret->x[0] = ARM_SMCCC_VERSION_1_1;
	return true;
}

/*
 * A guest's call ended its stay, and with it what the predictors knew; firmware may
 * have more to do.
 */
static bool call_workaround(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	long offered = fn == ARM_SMCCC_ARCH_WORKAROUND_1 ? workaround_1 : workaround_3;

	if (!offered)
		arm_smccc_1_1_smc(fn, NULL);
	ret->x[0] = offered < 0 ? SMCCC_RET_NOT_SUPPORTED : SMCCC_RET_SUCCESS;
	return true;
}

static bool get_features(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	switch ((u32)v->ctx->x[1]) {
	case ARM_SMCCC_VERSION_FUNC_ID:
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		ret->x[0] = SMCCC_RET_SUCCESS;
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_1:
		ret->x[0] = workaround_1;
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_2:
		ret->x[0] = store_bypass(v);
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		ret->x[0] = workaround_3;
		break;
	}
	return true;
}

static bool tell_uid(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(axvm_uid); i++)
		ret->x[i] = axvm_uid[i];
	return true;
}

/* --- who serves what --- */

static const struct {
	u32 fn;
	smccc_handler handle;
} services[] = {
	{ ARM_SMCCC_VERSION_FUNC_ID, get_version },
	{ ARM_SMCCC_ARCH_FEATURES_FUNC_ID, get_features },
	{ ARM_SMCCC_ARCH_WORKAROUND_1, call_workaround },
	{ ARM_SMCCC_ARCH_WORKAROUND_3, call_workaround },
	{ ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, tell_uid },
};

static smccc_handler find_service(u32 fn)
{
	u32 fn32 = fn & ~SMC64;
	unsigned int i;

	if (fn32 >= PSCI_FIRST && fn32 <= PSCI_LAST)
		return psci_call;
	if (fn32 >= TRNG_FIRST && fn32 <= TRNG_LAST)
		return trng_call;
	for (i = 0; i < ARRAY_SIZE(services); i++)
		if (services[i].fn == fn)
			return services[i].handle;
	return NULL;
}

static void return_to_guest(struct a64_vcpu *v, const struct smccc_ret *ret)
{
	memcpy(v->ctx->x, ret->x, sizeof(ret->x));
}

/* "The immediate value must be zero"; others are reserved. */
static bool has_immediate(const struct a64_vcpu *v)
{
	return v->ctx->exit.esr & ESR_ELx_xVC_IMM_MASK;
}

/* The program counter is behind an HVC, but on an SMC that was trapped (HCR_EL2.TSC). */
bool a64_smccc_fast(struct a64_vcpu *v)
{
	struct smccc_ret ret;
	smccc_handler handle;

	if (unlikely(has_immediate(v)))
		return false;
	if (a64_exit_class(v) == ESR_ELx_EC_SMC64)
		a64_skip(v);
	v->call = v->ctx->x[0];
	memcpy(ret.x, v->ctx->x, sizeof(ret.x));
	ret.x[0] = SMCCC_RET_NOT_SUPPORTED;
	handle = find_service(v->call);
	if (handle && !handle(v, v->call, &ret))
		return false;
	return_to_guest(v, &ret);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_fast);

/* The exit was filled by whom a64_smccc_fast() asked. */
enum axvm_verdict a64_smccc_decode(struct a64_vcpu *v)
{
	if (likely(!has_immediate(v)))
		return AXVM_DISPATCH;
	/* UNDEFINED, with the instruction itself as preferred return address. */
	if (a64_exit_class(v) == ESR_ELx_EC_HVC64)
		v->ctx->pc -= 4;
	a64_inject_undef(v);
	return AXVM_RESUME;
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_decode);

void a64_smccc_complete(struct a64_vcpu *v, enum axvm_status status)
{
	struct smccc_ret ret;

	memcpy(ret.x, v->ctx->x, sizeof(ret.x));
	if (psci_complete(v, status, &ret))
		return_to_guest(v, &ret);
}
EXPORT_SYMBOL_IF_KUNIT(a64_smccc_complete);
