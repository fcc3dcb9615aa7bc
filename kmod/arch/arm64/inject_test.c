// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: exceptions as a guest's EL1 takes them (Arm ARM D1.3, and the shared
 * pseudocode's AArch64.TakeException()), and stepping over what trapped. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <asm/cpufeature.h>
#include <asm/kvm_arm.h>

#include "guest_fixture.h"

#define MASKED	(PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT)
#define FLAGS	(PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT)
#define EL1H	(PSR_MODE_EL1h | MASKED)
/* Of AArch32 at EL0, user mode: Thumb, IT bits, big endian. */
#define THUMB	(PSR_MODE32_BIT | PSR_AA32_MODE_USR | PSR_AA32_T_BIT)

static struct a64_vcpu *boot(struct kunit *test)
{
	return &guest_fixture_boot(test)->vcpus[0];
}

/* Take an UNDEFINED instruction from this state. Return: PSTATE in the handler. */
static u64 take_from(struct a64_vcpu *v, u64 pstate)
{
	guest_fixture_exit(v, ESR_ELx_EC_SYS64, 0);
	v->ctx->pc = FIX_PC;
	v->ctx->pstate = pstate;
	a64_inject_undef(v);
	return v->ctx->pstate;
}

/* D1.3.1, table D1-5. */
static void vectors(struct kunit *test)
{
	static const struct {
		u64 pstate;
		u32 offset;
	} from[] = {
		{ PSR_MODE_EL1t, 0x000 },
		{ PSR_MODE_EL1h, 0x200 },
		{ PSR_MODE_EL1h | FLAGS | MASKED, 0x200 },
		{ PSR_MODE_EL0t, 0x400 },
		{ PSR_MODE_EL0t | PSR_D_BIT, 0x400 },
		{ PSR_MODE32_BIT | PSR_AA32_MODE_USR, 0x600 },
		{ THUMB, 0x600 },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		take_from(v, from[i].pstate);
		KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_VBAR + from[i].offset);
		KUNIT_EXPECT_EQ(test, v->ctx->pstate & PSR_MODE_MASK, PSR_MODE_EL1h);
		KUNIT_EXPECT_FALSE(test, v->ctx->pstate & PSR_MODE32_BIT);
	}
}

static void state_is_saved(struct kunit *test)
{
	static const u64 states[] = {
		PSR_MODE_EL0t, PSR_MODE_EL1h | MASKED,
		PSR_MODE_EL1t | FLAGS | PSR_PAN_BIT | PSR_UAO_BIT | PSR_DIT_BIT | PSR_SSBS_BIT |
		PSR_BTYPE_MASK | PSR_IL_BIT | DBG_SPSR_SS,
		THUMB | PSR_AA32_E_BIT | PSR_AA32_IT_MASK | PSR_AA32_GE_MASK,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		take_from(v, states[i]);
		KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_SPSR], states[i]);
		KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ELR], FIX_PC);
	}
}

/* Flags and DIT stay; UAO, BTYPE, IL, SS are cleared, D, A, I and F are set. */
static void handler_state(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	v->ctx->sys[A64_SCTLR] = SCTLR_EL1_SPAN;
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | FLAGS), EL1H | FLAGS);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h | PSR_DIT_BIT), EL1H | PSR_DIT_BIT);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h | PSR_UAO_BIT), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | PSR_BTYPE_MASK), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | PSR_IL_BIT), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | DBG_SPSR_SS), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, THUMB | FLAGS | PSR_AA32_IT_MASK), EL1H | FLAGS);
	KUNIT_EXPECT_EQ(test, take_from(v, THUMB | PSR_AA32_GE_MASK | PSR_AA32_E_BIT |
					PSR_AA32_Q_BIT), EL1H);
}

/* SCTLR_EL1.SPAN: 1 leaves it alone, 0 sets it. */
static void privileged_access(struct kunit *test)
{
	u64 set = cpus_have_final_cap(ARM64_HAS_PAN) ? PSR_PAN_BIT : 0;
	struct a64_vcpu *v = boot(test);

	v->ctx->sys[A64_SCTLR] = SCTLR_EL1_SPAN;
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h), EL1H);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h | PSR_PAN_BIT), EL1H | PSR_PAN_BIT);
	v->ctx->sys[A64_SCTLR] = 0;
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h), EL1H | set);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t), EL1H | set);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL1h | PSR_PAN_BIT), EL1H | PSR_PAN_BIT);
}

/* PSTATE.SSBS becomes SCTLR_EL1.DSSBS, whatever it was. */
static void store_bypass(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	v->ctx->sys[A64_SCTLR] = SCTLR_EL1_SPAN;
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | PSR_SSBS_BIT), EL1H);
	v->ctx->sys[A64_SCTLR] = SCTLR_EL1_SPAN | SCTLR_ELx_DSSBS;
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t), EL1H | PSR_SSBS_BIT);
	KUNIT_EXPECT_EQ(test, take_from(v, PSR_MODE_EL0t | PSR_SSBS_BIT), EL1H | PSR_SSBS_BIT);
}

/* EC 0; IL is the instruction's own length. */
static void undefined(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	take_from(v, PSR_MODE_EL0t);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR], ESR_ELx_IL);
	v->ctx->exit.esr = (u64)ESR_ELx_EC_CP15_32 << ESR_ELx_EC_SHIFT;
	v->ctx->pstate = THUMB;
	a64_inject_undef(v);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR], 0);
}

/* "ISS encoding for an exception from a Data Abort": synchronous external abort, 0x10. */
static void aborts(struct kunit *test)
{
	static const struct {
		u64 pstate;
		bool insn;
		u64 iss;
		u64 class;
		u64 esr;
	} from[] = {
		{ PSR_MODE_EL0t, false, 0, ESR_ELx_EC_DABT_LOW, 0x10 },
		{ PSR_MODE_EL1t, false, 0, ESR_ELx_EC_DABT_CUR, 0x10 },
		{ PSR_MODE_EL1h, false, ESR_ELx_WNR, ESR_ELx_EC_DABT_CUR, ESR_ELx_WNR | 0x10 },
		{ PSR_MODE32_BIT | PSR_AA32_MODE_USR, false, 0, ESR_ELx_EC_DABT_LOW, 0x10 },
		{ PSR_MODE_EL0t, true, 0, ESR_ELx_EC_IABT_LOW, 0x10 },
		{ PSR_MODE_EL1h, true, 0, ESR_ELx_EC_IABT_CUR, 0x10 },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		guest_fixture_exit(v, from[i].insn ? ESR_ELx_EC_IABT_LOW : ESR_ELx_EC_DABT_LOW,
				   from[i].iss | ESR_ELx_FSC_FAULT | 2);
		v->ctx->pstate = from[i].pstate;
		a64_inject_abort(v, from[i].insn, 0xffff800012345678ULL);
		KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR],
				from[i].class << ESR_ELx_EC_SHIFT | ESR_ELx_IL | from[i].esr);
		KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_FAR], 0xffff800012345678ULL);
	}
}

/* Pending until the guest takes it: no change of its state yet. */
static void deferred_error(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	a64_inject_serror(v);
	KUNIT_EXPECT_EQ(test, v->ctx->el2.hcr & HCR_VSE, HCR_VSE);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC);
	KUNIT_EXPECT_EQ(test, v->ctx->pstate, PSR_MODE_EL1h);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR], 0);
}

static void skipping(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	guest_fixture_exit(v, ESR_ELx_EC_SYS64, 0);
	v->ctx->pstate = PSR_MODE_EL1h | FLAGS | PSR_BTYPE_MASK | DBG_SPSR_SS;
	a64_skip(v);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	KUNIT_EXPECT_EQ(test, v->ctx->pstate, PSR_MODE_EL1h | FLAGS);
}

/* CPSR.IT as the SPSR has it: IT[7:2] in bits 15:10, IT[1:0] in bits 26:25. */
static u64 it_bits(u8 it)
{
	return (u64)(it >> 2) << 10 | (u64)(it & 3) << 25;
}

static void skip_from(struct a64_vcpu *v, u64 pstate, bool wide)
{
	guest_fixture_exit(v, ESR_ELx_EC_DABT_LOW, 0);
	if (!wide)
		v->ctx->exit.esr &= ~(u64)ESR_ELx_IL;
	v->ctx->pc = FIX_PC;
	v->ctx->pstate = pstate;
	a64_skip(v);
}

/* G1.9.1: a block of up to four instructions, whose conditions are shifted out. */
static void skipping_aarch32(struct kunit *test)
{
	/* ITTTE EQ, from its first instruction on, then none. */
	static const u8 steps[] = { 0x03, 0x06, 0x0c, 0x18, 0x00 };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	skip_from(v, PSR_MODE32_BIT | PSR_AA32_MODE_USR, true);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	for (i = 0; i + 1 < ARRAY_SIZE(steps); i++) {
		skip_from(v, THUMB | FLAGS | it_bits(steps[i]), i & 1);
		KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + (i & 1 ? 4 : 2));
		KUNIT_EXPECT_EQ_MSG(test, v->ctx->pstate, THUMB | FLAGS | it_bits(steps[i + 1]),
				    "step %u", i);
	}
	skip_from(v, THUMB | it_bits(0xe8), false);
	KUNIT_EXPECT_EQ(test, v->ctx->pstate, THUMB);
	skip_from(v, THUMB | it_bits(0xe4), false);
	KUNIT_EXPECT_EQ(test, v->ctx->pstate, THUMB | it_bits(0xe8));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(vectors),
	KUNIT_CASE(state_is_saved),
	KUNIT_CASE(handler_state),
	KUNIT_CASE(privileged_access),
	KUNIT_CASE(store_bypass),
	KUNIT_CASE(undefined),
	KUNIT_CASE(aborts),
	KUNIT_CASE(deferred_error),
	KUNIT_CASE(skipping),
	KUNIT_CASE(skipping_aarch32),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_inject",
	.test_cases = cases,
};

kunit_test_suite(suite);
