// SPDX-License-Identifier: GPL-2.0
/*
 * Which mitigation of branch predictor attacks a CPU needs where a guest is left.
 *
 * Chosen for each CPU when it is taken, in the order in which the kernel
 * chooses for its own vectors; the parameter "mitigations" forces another.
 * Speculative store bypass needs nothing where CPUs have SSBS: PSTATE.SSBS is part of the
 * guest's PSTATE, and an exception to EL2 sets it as SCTLR_EL2.DSSBS says, the kernel's choice.
 */
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "spec.h"

static char *mitigations = "auto";
module_param(mitigations, charp, 0444);
MODULE_PARM_DESC(mitigations, "auto, off, loop, clear or firmware: against Spectre-v2 and Spectre-BHB");

static const char *const kind_names[A64_SPEC_KINDS] = {
	[A64_SPEC_NONE]		= "off",
	[A64_SPEC_LOOP]		= "loop",
	[A64_SPEC_CLEAR]	= "clear",
	[A64_SPEC_FIRMWARE]	= "firmware",
};

/* -1: auto */
static int forced = -1;

const char *a64_spec_name(u32 kind)
{
	return kind < A64_SPEC_KINDS ? kind_names[kind] : "unknown";
}

/* --- what this CPU is --- */

/* Branches that push all of a guest's history out: Arm, "Spectre-BHB" whitepaper. */
static const struct {
	u32 midr;
	u32 branches;
} loops[] = {
	{ MIDR_CORTEX_A57, 8 },
	{ MIDR_CORTEX_A72, 8 },
	{ MIDR_AMPERE1, 11 },
	{ MIDR_CORTEX_A76, 24 },
	{ MIDR_CORTEX_A76AE, 24 },
	{ MIDR_CORTEX_A77, 24 },
	{ MIDR_NEOVERSE_N1, 24 },
	{ MIDR_QCOM_KRYO_4XX_GOLD, 24 },
#ifdef MIDR_HISI_HIP09
	{ MIDR_HISI_HIP09, 24 },
#endif
	{ MIDR_CORTEX_A78, 32 },
	{ MIDR_CORTEX_A78AE, 32 },
	{ MIDR_CORTEX_A78C, 32 },
	{ MIDR_CORTEX_X1, 32 },
	{ MIDR_CORTEX_X1C, 32 },
	{ MIDR_CORTEX_A710, 32 },
	{ MIDR_CORTEX_X2, 32 },
	{ MIDR_NEOVERSE_N2, 32 },
	{ MIDR_NEOVERSE_V1, 32 },
	{ MIDR_HISI_TSV110, 32 },
	{ MIDR_CORTEX_A715, 38 },
	{ MIDR_CORTEX_A720, 38 },
	{ MIDR_CORTEX_X3, 132 },
	{ MIDR_NEOVERSE_V2, 132 },
};

#define LONGEST_LOOP	132

u32 a64_spec_loop_length(u32 midr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loops); i++)
		if (loops[i].midr == (midr & MIDR_CPU_MODEL_MASK))
			return loops[i].branches;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(a64_spec_loop_length);

static bool clears_history_itself(void)
{
	return read_cpuid(ID_AA64MMFR1_EL1) & ID_AA64MMFR1_EL1_ECBHB_MASK;
}

static bool has_clrbhb(void)
{
	return read_cpuid(ID_AA64ISAR2_EL1) & ID_AA64ISAR2_EL1_CLRBHB_MASK;
}

/* DEN0028, "Arm Architecture Calls": 0 the call is there and this CPU needs it. */
static int ask_firmware(u32 function)
{
	struct arm_smccc_res res;

	if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_SMC)
		return SMCCC_RET_NOT_SUPPORTED;
	arm_smccc_1_1_smc(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, function, &res);
	return res.a0;
}

static bool firmware_has(u32 function)
{
	return ask_firmware(function) == SMCCC_RET_SUCCESS;
}

/* WORKAROUND_3 does what WORKAROUND_1 does, and the history. */
static u32 firmware_function(void)
{
	if (firmware_has(ARM_SMCCC_ARCH_WORKAROUND_3))
		return ARM_SMCCC_ARCH_WORKAROUND_3;
	if (firmware_has(ARM_SMCCC_ARCH_WORKAROUND_1))
		return ARM_SMCCC_ARCH_WORKAROUND_1;
	return 0;
}

/* --- the choice --- */

static struct a64_spec spec_of(u32 kind, u32 arg)
{
	return (struct a64_spec){ .kind = kind, .arg = arg };
}

static struct a64_spec choose_against_history(void)
{
	u32 length = a64_spec_loop_length(read_cpuid_id());

	if (clears_history_itself())
		return spec_of(A64_SPEC_NONE, 0);
	if (has_clrbhb())
		return spec_of(A64_SPEC_CLEAR, 0);
	if (length)
		return spec_of(A64_SPEC_LOOP, length);
	if (firmware_has(ARM_SMCCC_ARCH_WORKAROUND_3))
		return spec_of(A64_SPEC_FIRMWARE, ARM_SMCCC_ARCH_WORKAROUND_3);
	pr_warn_once("axvm: no mitigation of Spectre-BHB is known for this CPU\n");
	return spec_of(A64_SPEC_NONE, 0);
}

static struct a64_spec choose(void)
{
	u32 function;

	if (cpu_mitigations_off())
		return spec_of(A64_SPEC_NONE, 0);
	if (this_cpu_has_cap(ARM64_SPECTRE_V2)) {
		function = firmware_function();
		if (function)
			return spec_of(A64_SPEC_FIRMWARE, function);
		pr_warn_once("axvm: firmware has no mitigation of Spectre-v2 for this CPU\n");
	}
	if (this_cpu_has_cap(ARM64_SPECTRE_BHB))
		return choose_against_history();
	return spec_of(A64_SPEC_NONE, 0);
}

static struct a64_spec choose_forced(void)
{
	switch (forced) {
	case A64_SPEC_LOOP:
		return spec_of(A64_SPEC_LOOP,
			       a64_spec_loop_length(read_cpuid_id()) ?: LONGEST_LOOP);
	case A64_SPEC_CLEAR:
		return spec_of(A64_SPEC_CLEAR, 0);
	case A64_SPEC_FIRMWARE:
		return spec_of(A64_SPEC_FIRMWARE, firmware_function());
	default:
		return spec_of(A64_SPEC_NONE, 0);
	}
}

/* What a CPU is may be asked on that CPU alone. */
struct a64_spec a64_spec_choose(void)
{
	struct a64_spec spec;

	preempt_disable();
	spec = forced < 0 ? choose() : choose_forced();
	preempt_enable();
	pr_info_once("axvm: mitigation where guests are left (%s): %s\n", mitigations,
		     a64_spec_name(spec.kind));
	return spec;
}

/* --- speculative store bypass, on CPUs without SSBS --- */

static DEFINE_PER_CPU(bool, stop_bypass);	/* by a call of firmware */
static bool bypass_goes_on;			/* on one CPU at least */

static bool has_ssbs(void)
{
	return read_cpuid(ID_AA64PFR1_EL1) & ID_AA64PFR1_EL1_SSBS_MASK;
}

void a64_spec_probe_bypass(void)
{
	int answer;

	if (has_ssbs() || !this_cpu_has_cap(ARM64_SPECTRE_V4))
		return;
	answer = cpu_mitigations_off() ? SMCCC_RET_NOT_SUPPORTED :
					 ask_firmware(ARM_SMCCC_ARCH_WORKAROUND_2);
	if (answer == SMCCC_RET_SUCCESS)
		this_cpu_write(stop_bypass, true);
	else if (answer == SMCCC_RET_NOT_SUPPORTED)
		WRITE_ONCE(bypass_goes_on, true);
}

bool a64_spec_stops_bypass(void)
{
	KUNIT_STATIC_STUB_REDIRECT(a64_spec_stops_bypass);
	return !READ_ONCE(bypass_goes_on);
}
EXPORT_SYMBOL_IF_KUNIT(a64_spec_stops_bypass);

/*
 * The kernel does the same for itself, and for tasks that ask (ssbd=kernel, the
 * default): what it has in force here is not said to modules, and it stays in force.
 */
void a64_spec_load(void)
{
	if (unlikely(this_cpu_read(stop_bypass)))
		arm_smccc_1_1_smc(ARM_SMCCC_ARCH_WORKAROUND_2, 1, NULL);
}

static bool is_possible(int kind)
{
	if (kind == A64_SPEC_CLEAR)
		return has_clrbhb();
	if (kind == A64_SPEC_FIRMWARE)
		return firmware_function();
	return kind >= 0;
}

int a64_spec_init(void)
{
	if (!strcmp(mitigations, "auto"))
		return 0;
	forced = match_string(kind_names, A64_SPEC_KINDS, mitigations);
	if (is_possible(forced))
		return 0;
	pr_err("axvm: mitigations=%s: unknown, or this CPU or its firmware cannot do it\n",
	       mitigations);
	return -EINVAL;
}
