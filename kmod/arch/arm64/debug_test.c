// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of guests' debug registers: what an access reads, writes and refuses; and of
 * the table of loops in spec.c. Part of axvm_test.ko.
 */
#include <kunit/test.h>

#include "arch/arm64/debug.h"
#include "arch/arm64/spec.h"

#define BREAKS	6
#define WATCHES	4

#define BVR(n)	sys_reg(2, 0, 0, n, 4)
#define BCR(n)	sys_reg(2, 0, 0, n, 5)
#define WVR(n)	sys_reg(2, 0, 0, n, 6)
#define WCR(n)	sys_reg(2, 0, 0, n, 7)

struct fixture {
	struct a64_vm vm;
	struct a64_vcpu v;
};

static int debug_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->v.base.vm = &f->vm.base;
	f->vm.id_regs[a64_id_index(5, 0)] =
		(u64)(BREAKS - 1) << ID_AA64DFR0_EL1_BRPs_SHIFT |
		(u64)(WATCHES - 1) << ID_AA64DFR0_EL1_WRPs_SHIFT;
	a64_debug_reset(&f->v);
	test->priv = f;
	return 0;
}

static struct a64_vcpu *vcpu_of(struct kunit *test)
{
	return &((struct fixture *)test->priv)->v;
}

static bool put(struct kunit *test, u32 encoding, u64 val)
{
	return a64_debug_access(vcpu_of(test), encoding, true, &val);
}

static u64 get(struct kunit *test, u32 encoding)
{
	u64 val = 0xdead;

	KUNIT_EXPECT_TRUE(test, a64_debug_access(vcpu_of(test), encoding, false, &val));
	return val;
}

static bool can_read(struct kunit *test, u32 encoding)
{
	u64 val;

	return a64_debug_access(vcpu_of(test), encoding, false, &val);
}

static void points_keep_what_is_written(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, put(test, BVR(0), 0x1234567890));
	KUNIT_EXPECT_TRUE(test, put(test, BCR(5), 0x1e5));
	KUNIT_EXPECT_TRUE(test, put(test, WVR(3), 0x1007));
	KUNIT_EXPECT_TRUE(test, put(test, WCR(3), ~0ULL));
	KUNIT_EXPECT_EQ(test, get(test, BVR(0)), 0x1234567890);
	KUNIT_EXPECT_EQ(test, get(test, BCR(5)), 0x1e5);
	KUNIT_EXPECT_EQ(test, get(test, WVR(3)), 0x1004);
	KUNIT_EXPECT_EQ(test, get(test, WCR(3)), 0x1f1fffff);
	KUNIT_EXPECT_EQ(test, get(test, BVR(1)), 0);
}

static void points_beyond_are_undefined(struct kunit *test)
{
	u64 val = 0;

	KUNIT_EXPECT_FALSE(test, put(test, BVR(BREAKS), 0));
	KUNIT_EXPECT_FALSE(test, put(test, BCR(15), 0));
	KUNIT_EXPECT_FALSE(test, put(test, WVR(WATCHES), 0));
	KUNIT_EXPECT_FALSE(test, can_read(test, WCR(15)));
	KUNIT_EXPECT_FALSE(test, a64_debug_access(vcpu_of(test), sys_reg(2, 1, 0, 0, 4), false,
						  &val));
}

static void lock_begins_locked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, get(test, SYS_OSLSR_EL1),
			OSLSR_EL1_OSLM_IMPLEMENTED | OSLSR_EL1_OSLK);
	KUNIT_EXPECT_TRUE(test, put(test, SYS_OSLAR_EL1, 0));
	KUNIT_EXPECT_EQ(test, get(test, SYS_OSLSR_EL1), OSLSR_EL1_OSLM_IMPLEMENTED);
	KUNIT_EXPECT_FALSE(test, put(test, SYS_OSLSR_EL1, 0));
	KUNIT_EXPECT_FALSE(test, can_read(test, SYS_OSLAR_EL1));
}

static void lock_turns_debug_off(struct kunit *test)
{
	struct a64_vcpu *v = vcpu_of(test);

	KUNIT_EXPECT_TRUE(test, put(test, SYS_MDSCR_EL1, ~0ULL));
	KUNIT_EXPECT_EQ(test, a64_mdscr_live(&v->debug), 0);
	KUNIT_EXPECT_TRUE(test, put(test, SYS_OSLAR_EL1, 0));
	KUNIT_EXPECT_EQ(test, a64_mdscr_live(&v->debug), A64_MDSCR_LIVE);
	KUNIT_EXPECT_TRUE(test, put(test, SYS_MDSCR_EL1, BIT(12)));
	KUNIT_EXPECT_EQ(test, a64_mdscr_live(&v->debug), 0);
	KUNIT_EXPECT_EQ(test, get(test, SYS_MDSCR_EL1), BIT(12));
}

static void channel_is_empty(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, get(test, SYS_MDCCSR_EL0), 0);
	KUNIT_EXPECT_TRUE(test, put(test, SYS_DBGDTR_EL0, 1));
	KUNIT_EXPECT_EQ(test, get(test, SYS_DBGDTR_EL0), 0);
	KUNIT_EXPECT_EQ(test, get(test, SYS_MDRAR_EL1), 0);
	KUNIT_EXPECT_FALSE(test, put(test, SYS_MDRAR_EL1, 0));
}

static void reset_forgets(struct kunit *test)
{
	put(test, BVR(0), 0x1000);
	put(test, SYS_OSLAR_EL1, 0);
	a64_debug_reset(vcpu_of(test));
	KUNIT_EXPECT_EQ(test, get(test, BVR(0)), 0);
	KUNIT_EXPECT_TRUE(test, vcpu_of(test)->debug.os_locked);
}

/* Numbers of Arm's list, by cores with many, few and no branches; revisions do not matter. */
static void loops_have_their_lengths(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, a64_spec_loop_length(0x411fd070), 8);	/* Cortex-A57 r1p0 */
	KUNIT_EXPECT_EQ(test, a64_spec_loop_length(0x413fd0c1), 24);	/* Neoverse N1 r3p1 */
	KUNIT_EXPECT_EQ(test, a64_spec_loop_length(0x410fd4f1), 132);	/* Neoverse V2 r0p1 */
	KUNIT_EXPECT_EQ(test, a64_spec_loop_length(0x410fd034), 0);	/* Cortex-A53 r0p4 */
}

static struct kunit_case debug_test_cases[] = {
	KUNIT_CASE(points_keep_what_is_written),
	KUNIT_CASE(points_beyond_are_undefined),
	KUNIT_CASE(lock_begins_locked),
	KUNIT_CASE(lock_turns_debug_off),
	KUNIT_CASE(channel_is_empty),
	KUNIT_CASE(reset_forgets),
	KUNIT_CASE(loops_have_their_lengths),
	{}
};

static struct kunit_suite debug_test_suite = {
	.name = "axvm_arm64_debug",
	.init = debug_test_init,
	.test_cases = debug_test_cases,
};

kunit_test_suite(debug_test_suite);
