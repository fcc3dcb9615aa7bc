// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of guests' calls: the convention (DEN0028, SMCCC 1.1), its own services and entropy
 * (DEN0098). Part of axvm_test.ko.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/arm-smccc.h>
#include <linux/smp.h>
#include <uapi/linux/psci.h>

#include "guest_fixture.h"
#include "idregs.h"
#include "smccc.h"
#include "spec.h"

#define FAST		BIT(31)
#define FN_64		BIT(30)
#define TRNG_INVALID	-2

static struct a64_vcpu *boot(struct kunit *test)
{
	return &guest_fixture_boot(test)->vcpus[0];
}

static bool call(struct a64_vcpu *v, u32 class, u64 fn, u64 arg)
{
	unsigned int i;

	guest_fixture_exit(v, class, 0);
	v->ctx->pc = FIX_PC;
	v->base.exit.kind = AXVM_EXIT_NONE;
	for (i = 1; i < ARRAY_SIZE(v->ctx->x); i++)
		v->ctx->x[i] = i << 8;
	v->ctx->x[0] = fn;
	v->ctx->x[1] = arg;
	return a64_smccc_fast(v);
}

static s64 answer(struct a64_vcpu *v, u64 fn, u64 arg)
{
	KUNIT_EXPECT_TRUE_MSG(kunit_get_current_test(), call(v, ESR_ELx_EC_HVC64, fn, arg),
			      "%#llx does not return", fn);
	return v->ctx->x[0];
}

/* Of a call that goes on where the vCPU is not loaded. */
static s64 late_answer(struct a64_vcpu *v, u64 fn, u64 arg)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_FALSE_MSG(test, call(v, ESR_ELx_EC_HVC64, fn, arg), "%#llx", fn);
	KUNIT_EXPECT_EQ(test, a64_smccc_decode(v), AXVM_DISPATCH);
	KUNIT_ASSERT_EQ(test, v->base.exit.kind, AXVM_EXIT_ARCH);
	v->slow(v);
	return v->ctx->x[0];
}

static void version(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_VERSION_FUNC_ID, 0), ARM_SMCCC_VERSION_1_1);
	/* The function id is 32 bits wide. */
	KUNIT_EXPECT_EQ(test, answer(v, BIT_ULL(32) | ARM_SMCCC_VERSION_FUNC_ID, 0),
			ARM_SMCCC_VERSION_1_1);
}

static void features(struct kunit *test)
{
	static const u32 unknown[] = {
		0, 1, ARM_SMCCC_ARCH_SOC_ID, FN_64 | ARM_SMCCC_VERSION_FUNC_ID, 0x80000004,
		0x80003ffe, 0x80007ffe, 0x80008001, PSCI_0_2_FN_CPU_ON, U32_MAX,
	};
	struct a64_vcpu *v = boot(test);
	u32 fn = ARM_SMCCC_ARCH_FEATURES_FUNC_ID;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_VERSION_FUNC_ID), 0);
	KUNIT_EXPECT_EQ(test, answer(v, fn, fn), 0);
	KUNIT_EXPECT_EQ(test, answer(v, fn, BIT_ULL(33) | fn), 0);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, fn, unknown[i]), SMCCC_RET_NOT_SUPPORTED,
				    "%#x", unknown[i]);
}

/* Table 2-1: owners whose services there are none of, yielding calls, gaps in those that are. */
static void unknown_functions(struct kunit *test)
{
	static const u32 unknown[] = {
		0, 1, 0x7fffffff, ARM_SMCCC_VERSION_FUNC_ID & ~FAST, PSCI_0_2_FN_CPU_ON & ~FAST,
		FN_64 | ARM_SMCCC_VERSION_FUNC_ID, FN_64 | ARM_SMCCC_ARCH_FEATURES_FUNC_ID,
		0x80000004, ARM_SMCCC_ARCH_SOC_ID, 0x81000000, 0x82000000, 0x83000000, 0x84000020,
		0x8400004f, 0x84000054, 0x8400ff01, 0x8400ff03, 0x85000000, 0x86000000, 0x8600ff03,
		0x87000000, 0xb0000000, 0xb2000000, 0xbf00ff01, 0xc6000000, 0xff000000, U32_MAX,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, unknown[i], 0), SMCCC_RET_NOT_SUPPORTED, "%#x",
				    unknown[i]);
}

/* 2.6: x4 to x17 and what is callee-saved is as it was, whatever was asked for. */
static void registers_kept(struct kunit *test)
{
	static const u32 functions[] = {
		ARM_SMCCC_VERSION_FUNC_ID, ARM_SMCCC_ARCH_FEATURES_FUNC_ID,
		PSCI_0_2_FN_PSCI_VERSION, ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID,
		ARM_SMCCC_TRNG_RND64, U32_MAX,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i, reg;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		answer(v, functions[i], 0);
		for (reg = 4; reg < ARRAY_SIZE(v->ctx->x); reg++)
			KUNIT_EXPECT_EQ_MSG(test, v->ctx->x[reg], reg << 8, "%#x", functions[i]);
	}
	late_answer(v, ARM_SMCCC_TRNG_RND64, 192);
	for (reg = 4; reg < ARRAY_SIZE(v->ctx->x); reg++)
		KUNIT_EXPECT_EQ(test, v->ctx->x[reg], reg << 8);
	answer(v, U32_MAX, 7);
	KUNIT_EXPECT_EQ(test, v->ctx->x[1], 7);
	KUNIT_EXPECT_EQ(test, v->ctx->x[2], 0x200);
	KUNIT_EXPECT_EQ(test, v->ctx->x[3], 0x300);
}

/* The CPU is behind an HVC already, and on an SMC that traps (Arm ARM, HCR_EL2.TSC). */
static void conduits(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_TRUE(test, call(v, ESR_ELx_EC_HVC64, ARM_SMCCC_VERSION_FUNC_ID, 0));
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC);
	KUNIT_EXPECT_TRUE(test, call(v, ESR_ELx_EC_SMC64, ARM_SMCCC_VERSION_FUNC_ID, 0));
	KUNIT_EXPECT_EQ(test, v->ctx->x[0], ARM_SMCCC_VERSION_1_1);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	KUNIT_EXPECT_FALSE(test, call(v, ESR_ELx_EC_SMC64, PSCI_0_2_FN_SYSTEM_OFF, 0));
	KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_SYSTEM);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
}

/* 2.9: the immediate is 0; others are UNDEFINED here, and the guest sees at which instruction. */
static void immediates(struct kunit *test)
{
	static const u32 classes[] = { ESR_ELx_EC_HVC64, ESR_ELx_EC_SMC64 };
	struct a64_vcpu *v = boot(test);
	unsigned int i;
	u32 imm;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		for (imm = 1; imm < BIT(16); imm <<= 1) {
			guest_fixture_exit(v, classes[i], imm);
			v->ctx->pc = classes[i] == ESR_ELx_EC_HVC64 ? FIX_PC + 4 : FIX_PC;
			v->ctx->x[0] = PSCI_0_2_FN_SYSTEM_OFF;
			v->base.exit.kind = AXVM_EXIT_NONE;
			KUNIT_EXPECT_FALSE(test, a64_smccc_fast(v));
			KUNIT_EXPECT_EQ(test, a64_smccc_decode(v), AXVM_RESUME);
			KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_NONE);
			KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ELR], FIX_PC);
			KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR], ESR_ELx_IL);
			KUNIT_EXPECT_EQ(test, v->ctx->x[0], PSCI_0_2_FN_SYSTEM_OFF);
		}
}

static void name(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	answer(v, ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, 0);
	KUNIT_EXPECT_EQ(test, v->ctx->x[0], 0x6d767861);	/* "axvm" */
	KUNIT_EXPECT_LE(test, v->ctx->x[1] | v->ctx->x[2] | v->ctx->x[3], U32_MAX);
	/* 2.8: a UID never looks like an unknown function. */
	KUNIT_EXPECT_NE(test, v->ctx->x[0], U32_MAX);
}

/* --- workarounds, by what the CPUs and their firmware say --- */

static u64 pfr0;
static long firmware[2];	/* of the CPU that is asked, WORKAROUND_1 and WORKAROUND_3 */
static bool bypass_stops;

static u64 test_id(u32 reg)
{
	return reg == SYS_ID_AA64PFR0_EL1 ? pfr0 : 0;
}

static long test_firmware(u32 workaround)
{
	return firmware[workaround == ARM_SMCCC_ARCH_WORKAROUND_3];
}

static bool test_bypass(void)
{
	return bypass_stops;
}

static void probe_here(void *data)
{
	a64_smccc_probe_cpu();
}

/* What the host really has, for guests to come. */
static void probe_again(void *data)
{
	unsigned int cpu;

	kunit_deactivate_static_stub(data, a64_id_host);
	kunit_deactivate_static_stub(data, a64_smccc_ask_firmware);
	a64_smccc_probe();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, probe_here, NULL, 1);
}

static struct a64_vcpu *boot_on(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	kunit_activate_static_stub(test, a64_id_host, test_id);
	kunit_activate_static_stub(test, a64_smccc_ask_firmware, test_firmware);
	kunit_activate_static_stub(test, a64_spec_stops_bypass, test_bypass);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, probe_again, test), 0);
	a64_smccc_probe();
	return v;
}

/* One more CPU, whose firmware says this. */
static void count_cpu(long first, long third)
{
	firmware[0] = first;
	firmware[1] = third;
	a64_smccc_probe_cpu();
}

static void expect_workarounds(struct kunit *test, struct a64_vcpu *v, long first, long third)
{
	u32 fn = ARM_SMCCC_ARCH_FEATURES_FUNC_ID;

	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_ARCH_WORKAROUND_1), first);
	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_ARCH_WORKAROUND_3), third);
	/* Where firmware is called for it: only as it really is. */
	if (first)
		KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_ARCH_WORKAROUND_1, 0),
				first < 0 ? SMCCC_RET_NOT_SUPPORTED : 0);
	if (third)
		KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_ARCH_WORKAROUND_3, 0),
				third < 0 ? SMCCC_RET_NOT_SUPPORTED : 0);
}

/* DEN0028, SMCCC_ARCH_WORKAROUND_1 and _3: 0 call it, 1 not needed here, negative unknown. */
static void workarounds(struct kunit *test)
{
	struct a64_vcpu *v = boot_on(test);

	pfr0 = 0;
	count_cpu(1, 1);
	expect_workarounds(test, v, 1, 1);
	count_cpu(0, 1);
	expect_workarounds(test, v, 0, 1);
	count_cpu(1, 0);
	expect_workarounds(test, v, 0, 0);
	count_cpu(-1, 0);
	expect_workarounds(test, v, -1, 0);
	count_cpu(1, -1);
	expect_workarounds(test, v, -1, -1);
}

/* ID_AA64PFR0_EL1.CSV2: predictors are safe, whatever firmware says. The history is not. */
static void immune_predictors(struct kunit *test)
{
	struct a64_vcpu *v = boot_on(test);

	pfr0 = SYS_FIELD_PREP_ENUM(ID_AA64PFR0_EL1, CSV2, IMP);
	count_cpu(-1, -1);
	expect_workarounds(test, v, 1, -1);
}

/* SMCCC_ARCH_WORKAROUND_2 is never to be called: SSBS instead, or it is off anyway, or unknown. */
static void store_bypass(struct kunit *test)
{
	struct a64_vcpu *v = boot_on(test);
	u64 *pfr1 = &a64_vm_of(v)->id_regs[a64_id_index(4, 1)];
	u32 fn = ARM_SMCCC_ARCH_FEATURES_FUNC_ID;

	bypass_stops = true;
	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_ARCH_WORKAROUND_2), SMCCC_RET_NOT_REQUIRED);
	bypass_stops = false;
	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_ARCH_WORKAROUND_2), SMCCC_RET_NOT_SUPPORTED);
	*pfr1 = SYS_FIELD_PREP_ENUM(ID_AA64PFR1_EL1, SSBS, IMP);
	bypass_stops = true;
	KUNIT_EXPECT_EQ(test, answer(v, fn, ARM_SMCCC_ARCH_WORKAROUND_2), SMCCC_RET_NOT_SUPPORTED);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_ARCH_WORKAROUND_2, 1), SMCCC_RET_NOT_SUPPORTED);
}

/* --- entropy --- */

static void trng_functions(struct kunit *test)
{
	static const u32 there[] = {
		ARM_SMCCC_TRNG_VERSION, ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_GET_UUID,
		ARM_SMCCC_TRNG_RND32, ARM_SMCCC_TRNG_RND64,
	};
	static const u32 absent[] = {
		FN_64 | ARM_SMCCC_TRNG_VERSION, FN_64 | ARM_SMCCC_TRNG_FEATURES,
		FN_64 | ARM_SMCCC_TRNG_GET_UUID, 0x84000054, PSCI_0_2_FN_PSCI_VERSION, 0,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_VERSION, 0), 0x10000);
	for (i = 0; i < ARRAY_SIZE(there); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, ARM_SMCCC_TRNG_FEATURES, there[i]), 0, "%#x",
				    there[i]);
	for (i = 0; i < ARRAY_SIZE(absent); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, ARM_SMCCC_TRNG_FEATURES, absent[i]),
				    SMCCC_RET_NOT_SUPPORTED, "%#x", absent[i]);
	KUNIT_EXPECT_EQ(test, answer(v, FN_64 | ARM_SMCCC_TRNG_VERSION, 0),
			SMCCC_RET_NOT_SUPPORTED);
	KUNIT_EXPECT_GT(test, answer(v, ARM_SMCCC_TRNG_GET_UUID, 0), 0);
}

/* Bits of x1, x2 and x3 (the last holds the least significant) that were ever set. */
static void gather(struct kunit *test, u32 fn, u64 nr_bits, u64 *seen)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i, reg;

	memset(seen, 0, 3 * sizeof(*seen));
	for (i = 0; i < 200; i++) {
		KUNIT_EXPECT_EQ(test, late_answer(v, fn, nr_bits), SMCCC_RET_SUCCESS);
		for (reg = 0; reg < 3; reg++)
			seen[reg] |= v->ctx->x[1 + reg];
	}
}

static u64 low_bits(int nr)
{
	if (nr <= 0)
		return 0;
	return nr >= 64 ? ~0ULL : BIT_ULL(nr) - 1;
}

static void expect_bits(struct kunit *test, u32 fn, int nr_bits, int width)
{
	u64 seen[3];
	int reg;

	gather(test, fn, nr_bits, seen);
	for (reg = 0; reg < 3; reg++) {
		int left = min(nr_bits - (2 - reg) * width, width);

		KUNIT_EXPECT_EQ_MSG(test, seen[reg], low_bits(left), "%d bits, x%d", nr_bits,
				    1 + reg);
	}
}

static void entropy(struct kunit *test)
{
	static const u8 sizes[] = { 1, 31, 32, 33, 63, 64, 65, 95, 96, 127, 128, 129, 191, 192 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		expect_bits(test, ARM_SMCCC_TRNG_RND64, sizes[i], 64);
		if (sizes[i] <= 96)
			expect_bits(test, ARM_SMCCC_TRNG_RND32, sizes[i], 32);
	}
}

static void entropy_refused(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND64, 0), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND64, 193), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND64, BIT_ULL(32) | 64), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND64, ~0ULL), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND32, 0), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND32, 97), TRNG_INVALID);
	KUNIT_EXPECT_EQ(test, late_answer(v, ARM_SMCCC_TRNG_RND32, BIT_ULL(32) | 32), 0);
	KUNIT_EXPECT_EQ(test, answer(v, ARM_SMCCC_TRNG_RND32, BIT_ULL(32)), TRNG_INVALID);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(version),
	KUNIT_CASE(features),
	KUNIT_CASE(unknown_functions),
	KUNIT_CASE(registers_kept),
	KUNIT_CASE(conduits),
	KUNIT_CASE(immediates),
	KUNIT_CASE(name),
	KUNIT_CASE(workarounds),
	KUNIT_CASE(immune_predictors),
	KUNIT_CASE(store_bypass),
	KUNIT_CASE(trng_functions),
	KUNIT_CASE(entropy),
	KUNIT_CASE(entropy_refused),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_smccc",
	.test_cases = cases,
};

kunit_test_suite(suite);
