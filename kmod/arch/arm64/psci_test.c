// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: each function of PSCI (DEN0022), as calls of a guest, and how those end
 * that go through an exit. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <linux/arm-smccc.h>
#include <uapi/linux/psci.h>

#include "guest_fixture.h"

#define FN_64(fn)	((u32)((fn) | BIT(30)))
#define POWERDOWN	BIT(PSCI_0_2_POWER_STATE_TYPE_SHIFT)
#define TARGET		2	/* index of the vCPU that others act on */
#define TARGET_ID	0x1200030405ULL

/* x0 and three arguments of the call under way; true when it is done. */
static bool call(struct a64_vcpu *v, u32 fn, u64 a, u64 b, u64 c)
{
	guest_fixture_exit(v, ESR_ELx_EC_HVC64, 0);
	v->base.exit = (struct axvm_exit){};
	v->ctx->x[0] = fn;
	v->ctx->x[1] = a;
	v->ctx->x[2] = b;
	v->ctx->x[3] = c;
	return a64_smccc_fast(v);
}

/* Result of a call that is done at once. */
static s64 answer(struct a64_vcpu *v, u32 fn, u64 a, u64 b)
{
	KUNIT_EXPECT_TRUE_MSG(kunit_get_current_test(), call(v, fn, a, b, 0),
			      "%#x does not return", fn);
	return v->ctx->x[0];
}

/* The exit that a call leads to. */
static enum axvm_exit_kind exit_of(struct a64_vcpu *v, u32 fn, u64 a, u64 b, u64 c)
{
	KUNIT_EXPECT_FALSE_MSG(kunit_get_current_test(), call(v, fn, a, b, c),
			       "%#x returns %lld", fn, v->ctx->x[0]);
	KUNIT_EXPECT_EQ(kunit_get_current_test(), a64_smccc_decode(v), AXVM_DISPATCH);
	return v->base.exit.kind;
}

static s64 end_of(struct a64_vcpu *v, enum axvm_status status)
{
	a64_smccc_complete(v, status);
	return v->ctx->x[0];
}

static struct a64_vcpu *boot(struct kunit *test)
{
	struct vgic_fixture *fix = guest_fixture_boot(test);

	fix->vcpus[TARGET].base.hw_id = TARGET_ID;
	return &fix->vcpus[0];
}

static struct axvm_vcpu *target_of(struct a64_vcpu *v)
{
	return v->base.vm->vcpus[TARGET];
}

static void version(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN_PSCI_VERSION, 0, 0), 0x10001);
}

/* 5.15 PSCI_FEATURES: what is there, in its 32-bit and its 64-bit form. */
static const struct {
	u32 fn;
	bool in_32;
	bool in_64;
} offered[] = {
	{ PSCI_0_2_FN_PSCI_VERSION, true, false },
	{ PSCI_0_2_FN_CPU_SUSPEND, true, true },
	{ PSCI_0_2_FN_CPU_OFF, true, false },
	{ PSCI_0_2_FN_CPU_ON, true, true },
	{ PSCI_0_2_FN_AFFINITY_INFO, true, true },
	{ PSCI_0_2_FN_MIGRATE, false, false },
	{ PSCI_0_2_FN_MIGRATE_INFO_TYPE, true, false },
	{ PSCI_0_2_FN_MIGRATE_INFO_UP_CPU, false, false },
	{ PSCI_0_2_FN_SYSTEM_OFF, true, false },
	{ PSCI_0_2_FN_SYSTEM_RESET, true, false },
	{ PSCI_1_0_FN_PSCI_FEATURES, true, false },
	{ PSCI_1_0_FN_CPU_FREEZE, false, false },
	{ PSCI_1_0_FN_CPU_DEFAULT_SUSPEND, false, false },
	{ PSCI_1_0_FN_NODE_HW_STATE, false, false },
	{ PSCI_1_0_FN_SYSTEM_SUSPEND, false, false },
	{ PSCI_1_0_FN_SET_SUSPEND_MODE, false, false },
	{ PSCI_1_0_FN_STAT_RESIDENCY, false, false },
	{ PSCI_1_0_FN_STAT_COUNT, false, false },
	{ PSCI_1_1_FN_SYSTEM_RESET2, true, true },
	{ PSCI_1_1_FN_MEM_PROTECT, false, false },
	{ PSCI_1_1_FN_MEM_PROTECT_CHECK_RANGE, false, false },
};

static void features(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offered); i++) {
		u32 fn = offered[i].fn, fn64 = FN_64(fn);

		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_1_0_FN_PSCI_FEATURES, fn, 0),
				    offered[i].in_32 ? 0 : PSCI_RET_NOT_SUPPORTED, "%#x", fn);
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_1_0_FN_PSCI_FEATURES, fn64, 0),
				    offered[i].in_64 ? 0 : PSCI_RET_NOT_SUPPORTED, "%#x", fn64);
		if (!offered[i].in_32)
			KUNIT_EXPECT_EQ_MSG(test, answer(v, fn, 0, 0), PSCI_RET_NOT_SUPPORTED,
					    "%#x", fn);
		if (!offered[i].in_64)
			KUNIT_EXPECT_EQ_MSG(test, answer(v, fn64, 0, 0),
					    PSCI_RET_NOT_SUPPORTED, "%#x", fn64);
	}
}

/* The argument is 32 bits wide; other owners' functions are not PSCI's to tell of. */
static void features_of_others(struct kunit *test)
{
	static const u64 others[] = {
		0, 0x80000001, 0x84000020, 0x84000050, 0x84000100, 0xc5000003, 0x04000003,
		0x86000000, U32_MAX,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_1_0_FN_PSCI_FEATURES, others[i], 0),
				    PSCI_RET_NOT_SUPPORTED, "%#llx", others[i]);
	KUNIT_EXPECT_EQ(test, answer(v, PSCI_1_0_FN_PSCI_FEATURES,
				     BIT_ULL(40) | PSCI_0_2_FN_CPU_ON, 0), 0);
	KUNIT_EXPECT_EQ(test, answer(v, PSCI_1_0_FN_PSCI_FEATURES, ARM_SMCCC_VERSION_FUNC_ID, 0),
			0);
}

static void unknown_functions(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u32 nr;

	for (nr = 21; nr < 0x20; nr++) {
		KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN(nr), 0, 0), PSCI_RET_NOT_SUPPORTED);
		KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN64(nr), 0, 0), PSCI_RET_NOT_SUPPORTED);
	}
}

/* --- CPU_ON, 5.6 --- */

static void on(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	struct axvm_exit *exit = &v->base.exit;

	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN64_CPU_ON, TARGET_ID, FIX_PC, ~0ULL),
			AXVM_EXIT_CPU_ON);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.hw_id, TARGET_ID);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.entry, FIX_PC);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.arg, ~0ULL);
	KUNIT_EXPECT_EQ(test, end_of(v, AXVM_OK), PSCI_RET_SUCCESS);
	/* SMC32: upper halves are not arguments (DEN0028, 3.1). */
	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN_CPU_ON, ~0ULL << 32 | 1, ~0ULL << 32 | FIX_PC,
				      ~0ULL), AXVM_EXIT_CPU_ON);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.hw_id, 1);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.entry, FIX_PC);
	KUNIT_EXPECT_EQ(test, exit->cpu_on.arg, U32_MAX);
}

static void on_unknown_cpu(struct kunit *test)
{
	static const u64 targets[] = {
		4, TARGET, 0x1200000000ULL, TARGET_ID | BIT_ULL(24), TARGET_ID | BIT_ULL(30),
		TARGET_ID | BIT_ULL(31), TARGET_ID | BIT_ULL(40), BIT_ULL(63), ~0ULL,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_0_2_FN64_CPU_ON, targets[i], FIX_PC),
				    PSCI_RET_INVALID_PARAMS, "%#llx", targets[i]);
	/* 32 bits cannot name Aff3. */
	KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN_CPU_ON, TARGET_ID, FIX_PC),
			PSCI_RET_INVALID_PARAMS);
}

static const u64 bad_entries[] = {
	0, FIX_DIST, FIX_RAM - 4, FIX_RAM + FIX_RAM_LEN, FIX_DATA, FIX_PC + 1, FIX_PC + 2,
	FIX_PC | BIT_ULL(40), ~3ULL,
};

static void on_bad_address(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_entries); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_0_2_FN64_CPU_ON, 1, bad_entries[i]),
				    PSCI_RET_INVALID_ADDRESS, "%#llx", bad_entries[i]);
	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN64_CPU_ON, 1, FIX_RAM + FIX_RAM_LEN - 4, 0),
			AXVM_EXIT_CPU_ON);
}

/* What the core said of the target, and what state that is in. */
static void on_refused(struct kunit *test)
{
	static const struct {
		enum axvm_power power;
		s32 ret;
	} states[] = {
		{ AXVM_POWER_STARTING, PSCI_RET_ON_PENDING },
		{ AXVM_POWER_ON, PSCI_RET_ALREADY_ON },
		{ AXVM_POWER_SUSPENDED, PSCI_RET_ALREADY_ON },
		{ AXVM_POWER_OFF, PSCI_RET_ALREADY_ON },	/* since then */
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		target_of(v)->power = states[i].power;
		exit_of(v, PSCI_0_2_FN64_CPU_ON, TARGET_ID, FIX_PC, 0);
		KUNIT_EXPECT_EQ(test, end_of(v, AXVM_ALREADY_ON), states[i].ret);
	}
	exit_of(v, PSCI_0_2_FN64_CPU_ON, TARGET_ID, FIX_PC, 0);
	KUNIT_EXPECT_EQ(test, end_of(v, AXVM_NO_CPU), PSCI_RET_INVALID_PARAMS);
}

/* Itself, also while it is being started anew: as any other. */
static void on_itself(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	exit_of(v, PSCI_0_2_FN64_CPU_ON, 0, FIX_PC, 0);
	KUNIT_EXPECT_EQ(test, end_of(v, AXVM_ALREADY_ON), PSCI_RET_ALREADY_ON);
	v->base.power = AXVM_POWER_STARTING;
	exit_of(v, PSCI_0_2_FN64_CPU_ON, 0, FIX_PC, 0);
	KUNIT_EXPECT_EQ(test, end_of(v, AXVM_ALREADY_ON), PSCI_RET_ON_PENDING);
}

static void off(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN_CPU_OFF, 0, 0, 0), AXVM_EXIT_CPU_OFF);
}

/* --- AFFINITY_INFO, 5.7 --- */

static void affinity_states(struct kunit *test)
{
	static const struct {
		enum axvm_power power;
		s32 ret;
	} states[] = {
		{ AXVM_POWER_OFF, PSCI_0_2_AFFINITY_LEVEL_OFF },
		{ AXVM_POWER_STARTING, PSCI_0_2_AFFINITY_LEVEL_ON_PENDING },
		{ AXVM_POWER_ON, PSCI_0_2_AFFINITY_LEVEL_ON },
		{ AXVM_POWER_SUSPENDED, PSCI_0_2_AFFINITY_LEVEL_ON },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		target_of(v)->power = states[i].power;
		KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN64_AFFINITY_INFO, TARGET_ID, 0),
				states[i].ret);
	}
}

/* vCPUs 0 and 1 are one cluster, 3 is in another, all of them under Aff3 0; the target is not. */
static void affinity_levels(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	struct axvm_vcpu **list = v->base.vm->vcpus;
	u32 fn = PSCI_0_2_FN64_AFFINITY_INFO;

	list[3]->hw_id = 0x100;
	list[0]->power = AXVM_POWER_OFF;
	list[1]->power = AXVM_POWER_STARTING;
	list[2]->power = AXVM_POWER_OFF;
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 0), PSCI_0_2_AFFINITY_LEVEL_OFF);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 1), PSCI_0_2_AFFINITY_LEVEL_ON_PENDING);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0x100, 1), PSCI_0_2_AFFINITY_LEVEL_ON);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 2), PSCI_0_2_AFFINITY_LEVEL_ON);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 3), PSCI_0_2_AFFINITY_LEVEL_ON);
	KUNIT_EXPECT_EQ(test, answer(v, fn, TARGET_ID, 1), PSCI_0_2_AFFINITY_LEVEL_OFF);
	KUNIT_EXPECT_EQ(test, answer(v, fn, TARGET_ID & ~0xffffffULL, 3),
			PSCI_0_2_AFFINITY_LEVEL_OFF);
	list[1]->power = AXVM_POWER_ON;
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 1), PSCI_0_2_AFFINITY_LEVEL_ON);
}

static void affinity_of_nobody(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u32 fn = PSCI_0_2_FN64_AFFINITY_INFO;

	KUNIT_EXPECT_EQ(test, answer(v, fn, 7, 0), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0x200, 1), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0x20000, 2), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0x100000000ULL, 3), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, BIT_ULL(31), 0), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, 4), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, BIT_ULL(32)), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, fn, 0, ~0ULL), PSCI_RET_INVALID_PARAMS);
	KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN_AFFINITY_INFO, 0, BIT_ULL(32)),
			PSCI_0_2_AFFINITY_LEVEL_ON);
}

/* --- CPU_SUSPEND, 5.4 --- */

static void standby(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN64_CPU_SUSPEND, 0, 0, 0), AXVM_EXIT_SUSPEND);
	KUNIT_EXPECT_EQ(test, end_of(v, AXVM_OK), PSCI_RET_SUCCESS);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC);
	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN_CPU_SUSPEND, 0x0300ffff, 0, 0),
			AXVM_EXIT_SUSPEND);
}

/* State is lost: the vCPU begins where it was told, as one that CPU_ON starts. */
static void powerdown(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	v->ctx->sys[A64_SCTLR] = SCTLR_ELx_M;
	v->ctx->x[5] = 5;
	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN64_CPU_SUSPEND, POWERDOWN, FIX_RAM,
				      0x1234567890), AXVM_EXIT_SUSPEND);
	a64_smccc_complete(v, AXVM_OK);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_RAM);
	KUNIT_EXPECT_EQ(test, v->ctx->x[0], 0x1234567890);
	KUNIT_EXPECT_EQ(test, v->ctx->x[5], 0);
	KUNIT_EXPECT_EQ(test, v->ctx->pstate, PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT |
			PSR_F_BIT);
	KUNIT_EXPECT_FALSE(test, v->ctx->sys[A64_SCTLR] & (SCTLR_ELx_M | SCTLR_ELx_C));
}

static void suspend_refused(struct kunit *test)
{
	static const u32 states[] = { BIT(18), BIT(23), BIT(26), BIT(31), U32_MAX };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_0_2_FN64_CPU_SUSPEND, states[i], FIX_PC),
				    PSCI_RET_INVALID_PARAMS, "%#x", states[i]);
	for (i = 0; i < ARRAY_SIZE(bad_entries); i++)
		KUNIT_EXPECT_EQ_MSG(test, answer(v, PSCI_0_2_FN64_CPU_SUSPEND, POWERDOWN,
						 bad_entries[i]),
				    PSCI_RET_INVALID_ADDRESS, "%#llx", bad_entries[i]);
}

/* --- the machine --- */

static void system_ends(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN_SYSTEM_OFF, 0, 0, 0), AXVM_EXIT_SYSTEM);
	KUNIT_EXPECT_EQ(test, v->base.exit.system.event, AXVM_SYSTEM_POWEROFF);
	KUNIT_EXPECT_EQ(test, exit_of(v, PSCI_0_2_FN_SYSTEM_RESET, 0, 0, 0), AXVM_EXIT_SYSTEM);
	KUNIT_EXPECT_EQ(test, v->base.exit.system.event, AXVM_SYSTEM_REBOOT);
}

/* 5.11: a reset type of the architecture, or with bit 31 of a vendor. */
static void reset_types(struct kunit *test)
{
	static const u32 functions[] = {
		PSCI_1_1_FN_SYSTEM_RESET2, PSCI_1_1_FN64_SYSTEM_RESET2,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		u32 fn = functions[i];

		KUNIT_EXPECT_EQ(test, exit_of(v, fn, 0, ~0ULL, 0), AXVM_EXIT_SYSTEM);
		KUNIT_EXPECT_EQ(test, v->base.exit.system.event, AXVM_SYSTEM_REBOOT);
		KUNIT_EXPECT_EQ(test, answer(v, fn, 1, 0), PSCI_RET_INVALID_PARAMS);
		KUNIT_EXPECT_EQ(test, answer(v, fn, PSCI_1_1_RESET_TYPE_VENDOR_START, 0),
				PSCI_RET_INVALID_PARAMS);
		KUNIT_EXPECT_EQ(test, answer(v, fn, U32_MAX, 0), PSCI_RET_INVALID_PARAMS);
	}
}

/* 5.9: no trusted OS that would have to move. */
static void no_migration(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN_MIGRATE_INFO_TYPE, 0, 0), PSCI_0_2_TOS_MP);
	KUNIT_EXPECT_EQ(test, answer(v, PSCI_0_2_FN64_MIGRATE, 1, 0), PSCI_RET_NOT_SUPPORTED);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(version),
	KUNIT_CASE(features),
	KUNIT_CASE(features_of_others),
	KUNIT_CASE(unknown_functions),
	KUNIT_CASE(on),
	KUNIT_CASE(on_unknown_cpu),
	KUNIT_CASE(on_bad_address),
	KUNIT_CASE(on_refused),
	KUNIT_CASE(on_itself),
	KUNIT_CASE(off),
	KUNIT_CASE(affinity_states),
	KUNIT_CASE(affinity_levels),
	KUNIT_CASE(affinity_of_nobody),
	KUNIT_CASE(standby),
	KUNIT_CASE(powerdown),
	KUNIT_CASE(suspend_refused),
	KUNIT_CASE(system_ends),
	KUNIT_CASE(reset_types),
	KUNIT_CASE(no_migration),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_psci",
	.test_cases = cases,
};

kunit_test_suite(suite);
