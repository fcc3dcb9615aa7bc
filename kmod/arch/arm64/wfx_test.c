// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: WFI, WFE, WFIT and WFET that trapped, and when WFE does. The counter is the
 * tests' own. Part of axvm_test.ko.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/bitfield.h>
#include <asm/kvm_arm.h>

#include "guest_fixture.h"
#include "timer.h"

#define RN	9
#define NOW	4000ULL		/* in guest time */
#define OFFSET	1000ULL

#define WFI	ESR_ELx_WFx_ISS_WFI
#define WFE	ESR_ELx_WFx_ISS_WFE
#define TIMED	(ESR_ELx_WFx_ISS_WFxT | ESR_ELx_WFx_ISS_RV | FIELD_PREP(ESR_ELx_WFx_ISS_RN, RN))

static u64 test_count(void)
{
	return NOW + OFFSET;
}

static struct a64_vcpu *boot(struct kunit *test)
{
	struct a64_vcpu *v = &guest_fixture_boot(test)->vcpus[0];

	a64_vm_of(v)->counter_offset = OFFSET;
	kunit_activate_static_stub(test, a64_timer_host_count, test_count);
	return v;
}

/* The trap, with this in the register that may name a time. */
static enum axvm_verdict trap(struct a64_vcpu *v, u32 iss, u64 time)
{
	struct kunit *test = kunit_get_current_test();
	enum axvm_verdict verdict;

	guest_fixture_exit(v, ESR_ELx_EC_WFx, iss);
	v->base.exit = (struct axvm_exit){};
	v->slow = NULL;
	v->ctx->pc = FIX_PC;
	v->ctx->x[RN] = time;
	verdict = a64_wfx_decode(v);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	return verdict;
}

static void expect_halt(struct a64_vcpu *v, u32 iss, u64 time)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_EQ(test, trap(v, iss, time), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_HALT);
}

/* No sleep, and no end of one either. */
static void expect_yield(struct a64_vcpu *v, u32 iss, u64 time)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_EQ(test, trap(v, iss, time), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_ARCH);
	KUNIT_EXPECT_NOT_NULL(test, v->slow);
	KUNIT_EXPECT_EQ(test, v->wait.ctl, 0);
}

static void expect_over(struct a64_vcpu *v, u32 iss, u64 time)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_EQ_MSG(test, trap(v, iss, time), AXVM_RESUME, "ISS %#x, time %lld", iss, time);
	KUNIT_EXPECT_EQ(test, v->wait.ctl, 0);
}

static void without_time(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	expect_halt(v, WFI, 0);
	KUNIT_EXPECT_EQ(test, v->wait.ctl, 0);
	KUNIT_EXPECT_FALSE(test, a64_timer_wait_is_over(v));
	expect_yield(v, WFE, 0);
}

/* Arm ARM, "WFET" and "WFIT": until the virtual counter is equal to the register or beyond. */
static void time_to_come(struct kunit *test)
{
	static const u64 times[] = { NOW + 1, NOW + BIT_ULL(40), BIT_ULL(63), U64_MAX };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		expect_halt(v, WFI | TIMED, times[i]);
		KUNIT_EXPECT_EQ(test, v->wait.cval, times[i]);
		KUNIT_EXPECT_NE(test, v->wait.ctl, 0);
		KUNIT_EXPECT_FALSE(test, a64_timer_wait_is_over(v));
		expect_yield(v, WFE | TIMED, times[i]);
	}
}

/* In guest time: the host's counter is further on. And unsigned: nothing wraps. */
static void time_gone_by(struct kunit *test)
{
	static const u64 times[] = { 0, 1, NOW - 1, NOW };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		expect_over(v, WFI | TIMED, times[i]);
		expect_over(v, WFE | TIMED, times[i]);
	}
}

/* XZR is a time like any other: it is over. */
static void zero_register(struct kunit *test)
{
	u32 zero = FIELD_PREP(ESR_ELx_WFx_ISS_RN, 31) | (TIMED & ~ESR_ELx_WFx_ISS_RN);
	struct a64_vcpu *v = boot(test);

	expect_over(v, WFI | zero, U64_MAX);
	expect_over(v, WFE | zero, U64_MAX);
}

/* Without RV nobody knows the register: over at once, not at a time that another one holds. */
static void unknown_register(struct kunit *test)
{
	u32 unknown = TIMED & ~ESR_ELx_WFx_ISS_RV;
	struct a64_vcpu *v = boot(test);

	expect_over(v, WFI | unknown, U64_MAX);
	expect_over(v, WFE | unknown, U64_MAX);
}

/* The end that one WFIT named is not that of the WFI after it. */
static void next_has_no_end(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	expect_halt(v, WFI | TIMED, NOW + 5);
	KUNIT_EXPECT_NE(test, v->wait.ctl, 0);
	expect_halt(v, WFI, NOW + 5);
	KUNIT_EXPECT_EQ(test, v->wait.ctl, 0);
}

static bool is_wanted(void)
{
	return true;
}

static bool is_not_wanted(void)
{
	return false;
}

/* Nothing else of HCR_EL2 changes. */
static void wfe_traps_when_wanted(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u64 other = HCR_VM | HCR_TWI | HCR_VSE;

	v->ctx->el2.hcr = other;
	kunit_activate_static_stub(test, a64_cpu_is_wanted, is_wanted);
	a64_wfe_load(v);
	KUNIT_EXPECT_EQ(test, v->ctx->el2.hcr, other | HCR_TWE);
	a64_wfe_load(v);
	KUNIT_EXPECT_EQ(test, v->ctx->el2.hcr, other | HCR_TWE);
	kunit_activate_static_stub(test, a64_cpu_is_wanted, is_not_wanted);
	a64_wfe_load(v);
	KUNIT_EXPECT_EQ(test, v->ctx->el2.hcr, other);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(without_time),
	KUNIT_CASE(time_to_come),
	KUNIT_CASE(time_gone_by),
	KUNIT_CASE(zero_register),
	KUNIT_CASE(unknown_register),
	KUNIT_CASE(next_has_no_end),
	KUNIT_CASE(wfe_traps_when_wanted),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_wfx",
	.test_cases = cases,
};

kunit_test_suite(suite);
