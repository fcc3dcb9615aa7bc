// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: what is shown of VMs: registers, times, names.
 */
#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <kunit/test.h>

#include "fake_arch.h"

/* Return: as axvm_vm_show_registers(); text is what it shows. */
static int show(struct kunit *test, struct axvm_vm *vm, u32 index, char **text)
{
	struct seq_file m = { .buf = kunit_kzalloc(test, SZ_4K, GFP_KERNEL), .size = SZ_4K };
	struct axvm_error err = {};
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	ret = axvm_vm_show_registers(vm, index, &m, &err);
	/* Whoever is refused learns why. */
	KUNIT_EXPECT_EQ(test, !!ret, !!err.msg);
	*text = m.buf;
	return ret;
}

static void expect_shown(struct kunit *test, struct axvm_vm *vm)
{
	char *text;

	KUNIT_EXPECT_EQ(test, show(test, vm, 1, &text), 0);
	KUNIT_EXPECT_STREQ(test, text, "vcpu=1\n");
}

static void expect_refused(struct kunit *test, struct axvm_vm *vm)
{
	char *text;

	KUNIT_EXPECT_EQ(test, show(test, vm, 1, &text), -EBUSY);
	KUNIT_EXPECT_STREQ(test, text, "");
}

static const struct fake_step sleeper[] = {
	FAKE_PLAIN(HALT),
	FAKE_SYSTEM(POWEROFF, 0),
};

static void registers_need_a_vm_at_rest(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, sleeper, ARRAY_SIZE(sleeper));
	expect_shown(test, vm);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	expect_refused(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	expect_shown(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_resume(vm, NULL), 0);
	expect_refused(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	expect_shown(test, vm);
	KUNIT_ASSERT_EQ(test, fake_vm_destroy_now(vm), 0);
	expect_shown(test, vm);
}

static void registers_of_the_crashed(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_SYSTEM(FAILURE, 7) };
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_CRASHED));
	expect_shown(test, vm);
}

static void registers_of_no_vcpu(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 2);
	char *text;

	KUNIT_EXPECT_EQ(test, show(test, vm, 2, &text), -ENOENT);
	KUNIT_EXPECT_EQ(test, show(test, vm, U32_MAX, &text), -ENOENT);
}

static void halts_take_time(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct axvm_vcpu *vcpu = vm->vcpus[0];

	fake_vcpu_script(vm, 0, sleeper, ARRAY_SIZE(sleeper));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	msleep(20);
	/* While it lasts, and not only when it is over. */
	KUNIT_EXPECT_EQ(test, READ_ONCE(vcpu->time_ns[AXVM_EXIT_HALT]), 0);
	KUNIT_EXPECT_GE(test, axvm_vcpu_read_time(vcpu, &vcpu->time_ns[AXVM_EXIT_HALT]),
			20 * NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_read_time(vcpu, &vcpu->loaded_ns),
			READ_ONCE(vcpu->loaded_ns));
	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, vcpu->count[AXVM_EXIT_HALT], 1);
	KUNIT_EXPECT_GE(test, vcpu->time_ns[AXVM_EXIT_HALT], 20 * NSEC_PER_MSEC);
	KUNIT_EXPECT_GT(test, vcpu->time_ns[AXVM_EXIT_SYSTEM], 0);
	KUNIT_EXPECT_GT(test, vcpu->loaded_ns, 0);
	/* Nobody has asked for the times of these. */
	KUNIT_EXPECT_EQ(test, vcpu->time_ns[AXVM_EXIT_MMIO], 0);
}

static void everything_has_a_name(struct kunit *test)
{
	unsigned int n;

	for (n = 0; n < AXVM_COUNTERS; n++)
		KUNIT_EXPECT_NOT_NULL(test, axvm_counter_name(n));
	KUNIT_EXPECT_NULL(test, axvm_counter_name(AXVM_COUNTERS));
	for (n = 0; n < AXVM_STATES; n++)
		KUNIT_EXPECT_NOT_NULL(test, axvm_state_name(n));
	for (n = 0; n < AXVM_REASONS; n++)
		KUNIT_EXPECT_NOT_NULL(test, axvm_reason_name(n));
}

static struct kunit_case observe_cases[] = {
	KUNIT_CASE(registers_need_a_vm_at_rest),
	KUNIT_CASE(registers_of_the_crashed),
	KUNIT_CASE(registers_of_no_vcpu),
	KUNIT_CASE(halts_take_time),
	KUNIT_CASE(everything_has_a_name),
	{}
};

static struct kunit_suite observe_suite = {
	.name = "axvm-observe",
	.init = fake_arch_init,
	.exit = fake_arch_exit,
	.test_cases = observe_cases,
};

kunit_test_suite(observe_suite);
