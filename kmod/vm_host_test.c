// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: VMs and what surrounds them: a host that sleeps or goes away, creators that die, guests
 * that restart all the time, the power button, memory in advance.
 */
#include <linux/array_size.h>
#include <linux/jiffies.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <kunit/test.h>

#include "fake_arch.h"

/* --- a host that sleeps --- */

static void sleeping_host_pauses(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 2);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_host_sleeps(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_PAUSED);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->pauses, 1);
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->resumes, 1);
	/* Once: a second wake-up is nobody's. */
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->resumes, 1);
}

static void paused_vm_stays_paused(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	axvm_vm_host_sleeps(vm);
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_PAUSED);
}

/* Whatever somebody did between the two wins. */
static void stopped_meanwhile_stays_stopped(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	axvm_vm_host_sleeps(vm);
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_host_sleeps(vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_STOPPED);
}

static void end_sleep(void *unused)
{
	axvm_vms_wake();
}

static void begin_sleep(struct kunit *test)
{
	axvm_vms_sleep();
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_sleep, NULL), 0);
}

/* Whatever people do after the host has paused its VMs. */
static void nothing_runs_while_host_sleeps(struct kunit *test)
{
	struct axvm_vm *created = fake_vm_create(test, 1);
	struct axvm_vm *vm = fake_vm_create(test, 2);
	struct axvm_error err = {};

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	begin_sleep(test);
	axvm_vm_host_sleeps(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_PAUSED);
	KUNIT_EXPECT_EQ(test, axvm_vm_resume(vm, &err), -EBUSY);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	KUNIT_EXPECT_EQ(test, fake_vm_start(created), -EBUSY);
	KUNIT_EXPECT_EQ(test, created->state, AXVM_STATE_CREATED);
	/* A reset lets it start anew, later. */
	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait_state(vm, AXVM_STATE_PAUSED));
	axvm_vms_wake();
	axvm_vm_host_wakes(vm);
	axvm_vm_host_wakes(created);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, created->state, AXVM_STATE_CREATED);
	KUNIT_EXPECT_TRUE(test, fake_wait_entries(vm, 0, 1));
	KUNIT_EXPECT_EQ(test, fake_vm_start(created), 0);
}

/* A guest restarts itself just when the host looks at it. */
static void restarting_vm_ends_paused(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_PLAIN(ARCH), FAKE_PLAIN(HALT) };
	struct axvm_vm *vm = fake_vm_create(test, 1);
	unsigned int resets;
	unsigned long entries;

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_arch_hold();
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_held(1));
	axvm_vm_end(vm, AXVM_STATE_READY, AXVM_REASON_GUEST_REBOOT, 0);
	resets = fake_vcpu_at(vm, 0)->resets;
	entries = fake_vcpu_at(vm, 0)->entries;
	begin_sleep(test);
	fake_arch_release_after(HZ / 10);
	axvm_vm_host_sleeps(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_PAUSED);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[0]), AXVM_VCPU_PAUSED);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entries, entries);
	axvm_vms_wake();
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
	KUNIT_EXPECT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->resets, resets + 1);
}

/* Stopped, started and paused meanwhile by somebody: that pause is theirs. */
static void pause_of_others_stays(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_host_sleeps(vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_resume(vm, NULL), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	axvm_vm_host_wakes(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_PAUSED);
}

static void going_host_stops(struct kunit *test)
{
	struct axvm_vm *created = fake_vm_create(test, 1);
	struct axvm_vm *vm = fake_vm_create(test, 2);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_host_ends(vm);
	axvm_vm_host_ends(created);
	KUNIT_EXPECT_TRUE(test, axvm_vm_wait_for_end(vm, jiffies + 10 * HZ));
	KUNIT_EXPECT_TRUE(test, axvm_vm_wait_for_end(created, jiffies));
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_STOPPED);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_MODULE);
	KUNIT_EXPECT_EQ(test, created->state, AXVM_STATE_CREATED);
}

static void stubborn_vm_is_not_waited_for(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_PLAIN(ARCH) };
	struct axvm_vm *vm = fake_vm_create(test, 1);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_arch_hold();
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_held(1));
	axvm_vm_host_ends(vm);
	KUNIT_EXPECT_FALSE(test, axvm_vm_wait_for_end(vm, jiffies + HZ / 20));
	/* Long past: it is looked at, and not waited for. */
	KUNIT_EXPECT_FALSE(test, axvm_vm_wait_for_end(vm, jiffies - HZ));
	fake_arch_release();
	KUNIT_EXPECT_TRUE(test, axvm_vm_wait_for_end(vm, jiffies + 10 * HZ));
}

/* --- creators --- */

#define CREATOR	4711

static struct axvm_vm *create_watched(struct kunit *test, u32 flags)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	struct axvm_error err = {};
	struct axvm_vm *vm;

	cfg->cfg.flags = flags;
	cfg->cfg.creator = CREATOR;
	vm = fake_vm_create_from(cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	return vm;
}

static void dead_creator_takes_vm_along(struct kunit *test)
{
	struct axvm_vm *vm = create_watched(test, AXVM_VM_OWNED);

	KUNIT_EXPECT_FALSE(test, axvm_vms_creator_gone(CREATOR + 1));
	KUNIT_EXPECT_FALSE(test, axvm_vms_creator_gone(0));
	axvm_vms_destroy_orphans();
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	KUNIT_EXPECT_TRUE(test, axvm_vms_creator_gone(CREATOR));
	/* Noted once: the number may be another's by now. */
	KUNIT_EXPECT_FALSE(test, axvm_vms_creator_gone(CREATOR));
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	axvm_vms_destroy_orphans();
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_DESTROYED);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_OWNER_CLOSED);
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
}

static void opened_vm_is_its_owners(struct kunit *test)
{
	struct axvm_vm *vm = create_watched(test, AXVM_VM_OWNED);

	axvm_vm_owner_get(vm);
	KUNIT_EXPECT_FALSE(test, axvm_vms_creator_gone(CREATOR));
	axvm_vms_destroy_orphans();
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	axvm_vm_owner_put(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_DESTROYED);
}

static void plain_vm_outlives_creator(struct kunit *test)
{
	struct axvm_vm *vm = create_watched(test, 0);

	KUNIT_EXPECT_FALSE(test, axvm_vms_creator_gone(CREATOR));
	axvm_vms_destroy_orphans();
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
}

/* --- memory in advance --- */

static void prealloc_can_be_given_up(struct kunit *test)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	long pages = axvm_host_pages_in_use();
	struct axvm_error err = {};
	struct axvm_vm *vm;

	cfg->regions[0].prealloc = true;
	vm = axvm_vm_alloc(&cfg->cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	axvm_vm_give_up(vm);
	KUNIT_EXPECT_EQ(test, axvm_vm_back(vm, &err), -EINTR);
	KUNIT_EXPECT_EQ(test, axvm_vm_publish(vm, &cfg->cfg, -EINTR, &err), -EINTR);
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages);

	vm = fake_vm_create_from(cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_EQ(test, vm->gmem.backed, cfg->regions[0].len);
}

/* --- guests --- */

static void restarts_are_curbed(struct kunit *test)
{
	static const struct fake_step reboot[] = { FAKE_SYSTEM(REBOOT, 0) };
	static struct fake_step script[13];
	struct axvm_vm *vm = fake_vm_create(test, 1);
	unsigned long start = jiffies;
	int i;

	for (i = 0; i < ARRAY_SIZE(script); i++)
		script[i] = reboot[0];
	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	while (fake_vcpu_at(vm, 0)->resets <= ARRAY_SIZE(script) &&
	       time_before(jiffies, start + 10 * HZ))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->resets, ARRAY_SIZE(script) + 1);
	/* Ten at once, three after waiting. */
	KUNIT_EXPECT_GE(test, jiffies - start, 3 * (HZ / 5 - 1));
	KUNIT_EXPECT_EQ(test, axvm_vm_stop(vm, NULL), 0);
}

/* One that waits for its turn to restart does not keep a stop waiting. */
static void stop_ends_the_wait(struct kunit *test)
{
	static struct fake_step script[20];
	struct axvm_vm *vm = fake_vm_create(test, 1);
	int i;

	for (i = 0; i < ARRAY_SIZE(script); i++)
		script[i] = (struct fake_step)FAKE_SYSTEM(REBOOT, 0);
	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	for (i = 0; i < 10 * HZ && !READ_ONCE(vm->restart_waits); i++)
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_LT(test, i, 10 * HZ);
	KUNIT_EXPECT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_STOPPED);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_REQUEST);
	KUNIT_EXPECT_FALSE(test, vm->halted);
	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
}

static void button_needs_a_listener(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct axvm_error err = {};

	KUNIT_EXPECT_EQ(test, axvm_vm_ask_poweroff(vm, &err), -EINVAL);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	err.msg = NULL;
	KUNIT_EXPECT_EQ(test, axvm_vm_ask_poweroff(vm, &err), -EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
}

static struct kunit_case vm_host_cases[] = {
	KUNIT_CASE(sleeping_host_pauses),
	KUNIT_CASE(paused_vm_stays_paused),
	KUNIT_CASE(stopped_meanwhile_stays_stopped),
	KUNIT_CASE(nothing_runs_while_host_sleeps),
	KUNIT_CASE(restarting_vm_ends_paused),
	KUNIT_CASE(pause_of_others_stays),
	KUNIT_CASE(going_host_stops),
	KUNIT_CASE(stubborn_vm_is_not_waited_for),
	KUNIT_CASE(dead_creator_takes_vm_along),
	KUNIT_CASE(opened_vm_is_its_owners),
	KUNIT_CASE(plain_vm_outlives_creator),
	KUNIT_CASE(prealloc_can_be_given_up),
	KUNIT_CASE(restarts_are_curbed),
	KUNIT_CASE(stop_ends_the_wait),
	KUNIT_CASE(button_needs_a_listener),
	{}
};

static struct kunit_suite vm_host_suite = {
	.name = "axvm-vm-host",
	.init = fake_arch_init,
	.exit = fake_arch_exit,
	.test_cases = vm_host_cases,
};

kunit_test_suite(vm_host_suite);
