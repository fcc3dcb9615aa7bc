// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the state machine of VMs: every operation in every state, and how VMs end.
 */
#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <kunit/test.h>

#include "fake_arch.h"

/* --- every operation in every state --- */

static int do_start(struct axvm_vm *vm, struct axvm_error *err)
{
	const u64 entry = FAKE_ENTRY;

	return axvm_vm_start(vm, &entry, NULL, err);
}

static int do_destroy(struct axvm_vm *vm, struct axvm_error *err)
{
	return axvm_vm_destroy(vm, false, AXVM_REASON_REQUEST, err);
}

static int do_destroy_force(struct axvm_vm *vm, struct axvm_error *err)
{
	return axvm_vm_destroy(vm, true, AXVM_REASON_REQUEST, err);
}

static int do_load_image(struct axvm_vm *vm, struct axvm_error *err)
{
	void *data = kzalloc(16, GFP_KERNEL);
	int ret = data ? axvm_vm_load_image(vm, FAKE_MEM_GPA, data, 16, 0) : -ENOMEM;

	if (ret)
		kfree(data);
	return ret ? axvm_fail(err, "refused", ret) : 0;
}

enum op {
	OP_START,
	OP_PAUSE,
	OP_RESUME,
	OP_STOP,
	OP_RESET,
	OP_DESTROY,
	OP_DESTROY_FORCE,
	OP_LOAD_IMAGE,
	OPS
};

static const struct {
	const char *name;
	int (*call)(struct axvm_vm *vm, struct axvm_error *err);
} ops[OPS] = {
	[OP_START]		= { "start", do_start },
	[OP_PAUSE]		= { "pause", axvm_vm_pause },
	[OP_RESUME]		= { "resume", axvm_vm_resume },
	[OP_STOP]		= { "stop", axvm_vm_stop },
	[OP_RESET]		= { "reset", axvm_vm_reset },
	[OP_DESTROY]		= { "destroy", do_destroy },
	[OP_DESTROY_FORCE]	= { "destroy by force", do_destroy_force },
	[OP_LOAD_IMAGE]		= { "load image", do_load_image },
};

#define READY		AXVM_STATE_READY
#define RUNNING		AXVM_STATE_RUNNING
#define PAUSED		AXVM_STATE_PAUSED
#define STOPPING	AXVM_STATE_STOPPING
#define STOPPED		AXVM_STATE_STOPPED
#define CRASHED		AXVM_STATE_CRASHED
#define DESTROYED	AXVM_STATE_DESTROYED

#define MAX_PATH	4

/* What an operation returns, and the states that it leads through: one event each. */
struct outcome {
	int ret;
	enum axvm_state path[MAX_PATH];	/* ends at 0, which no event leads to */
};

#define REFUSED		{ -EINVAL }
#define REFUSED_BUSY	{ -EBUSY }
#define GOES(...)	{ 0, { __VA_ARGS__ } }

static const struct outcome outcomes[AXVM_STATES][OPS] = {
	[AXVM_STATE_CREATED] = {
		[OP_START]		= GOES(READY, RUNNING),
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= REFUSED,
		[OP_RESET]		= REFUSED,
		[OP_DESTROY]		= GOES(DESTROYED),
		[OP_DESTROY_FORCE]	= GOES(DESTROYED),
		[OP_LOAD_IMAGE]		= GOES(0),
	},
	[AXVM_STATE_READY] = {
		[OP_START]		= GOES(RUNNING),
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= REFUSED,
		[OP_RESET]		= REFUSED,
		[OP_DESTROY]		= GOES(DESTROYED),
		[OP_DESTROY_FORCE]	= GOES(DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	[AXVM_STATE_RUNNING] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= GOES(PAUSED),
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= GOES(STOPPING, STOPPED),
		[OP_RESET]		= GOES(STOPPING, READY, RUNNING),
		[OP_DESTROY]		= REFUSED_BUSY,
		[OP_DESTROY_FORCE]	= GOES(STOPPING, STOPPED, DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	[AXVM_STATE_PAUSED] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= GOES(RUNNING),
		[OP_STOP]		= GOES(STOPPING, STOPPED),
		[OP_RESET]		= GOES(STOPPING, READY, RUNNING),
		[OP_DESTROY]		= REFUSED_BUSY,
		[OP_DESTROY_FORCE]	= GOES(STOPPING, STOPPED, DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	/* Some wait for the end of what is under way. */
	[AXVM_STATE_STOPPING] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= GOES(STOPPED),
		[OP_RESET]		= { -EINVAL, { STOPPED } },
		[OP_DESTROY]		= REFUSED_BUSY,
		[OP_DESTROY_FORCE]	= GOES(STOPPED, DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	[AXVM_STATE_STOPPED] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= REFUSED,
		[OP_RESET]		= GOES(READY),
		[OP_DESTROY]		= GOES(DESTROYED),
		[OP_DESTROY_FORCE]	= GOES(DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	[AXVM_STATE_CRASHED] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= REFUSED,
		[OP_RESET]		= GOES(READY),
		[OP_DESTROY]		= GOES(DESTROYED),
		[OP_DESTROY_FORCE]	= GOES(DESTROYED),
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
	[AXVM_STATE_DESTROYED] = {
		[OP_START]		= REFUSED,
		[OP_PAUSE]		= REFUSED,
		[OP_RESUME]		= REFUSED,
		[OP_STOP]		= REFUSED,
		[OP_RESET]		= REFUSED,
		[OP_DESTROY]		= { -ENOENT },
		[OP_DESTROY_FORCE]	= { -ENOENT },
		[OP_LOAD_IMAGE]		= REFUSED_BUSY,
	},
};

/* --- how to get there --- */

static void bring_running(struct kunit *test, struct axvm_vm *vm)
{
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
}

static void bring_paused(struct kunit *test, struct axvm_vm *vm)
{
	bring_running(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
}

/* One vCPU is in the backend and does not come back before it is released. */
static void bring_stopping(struct kunit *test, struct axvm_vm *vm)
{
	static const struct fake_step script[] = { FAKE_PLAIN(ARCH) };

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_arch_hold();
	bring_running(test, vm);
	KUNIT_ASSERT_TRUE(test, fake_wait_held(1));
	axvm_vm_end(vm, AXVM_STATE_STOPPED, AXVM_REASON_REQUEST, 0);
}

static void bring_stopped(struct kunit *test, struct axvm_vm *vm)
{
	bring_running(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_stop(vm, NULL), 0);
}

static void bring_ready(struct kunit *test, struct axvm_vm *vm)
{
	bring_stopped(test, vm);
	KUNIT_ASSERT_EQ(test, axvm_vm_reset(vm, NULL), 0);
}

static void bring_crashed(struct kunit *test, struct axvm_vm *vm)
{
	bring_running(test, vm);
	axvm_vm_end(vm, AXVM_STATE_CRASHED, AXVM_REASON_BAD_EXIT, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_CRASHED));
}

static void bring_destroyed(struct kunit *test, struct axvm_vm *vm)
{
	KUNIT_ASSERT_EQ(test, fake_vm_destroy_now(vm), 0);
}

static const struct state_case {
	const char *name;
	enum axvm_state state;
	void (*bring)(struct kunit *test, struct axvm_vm *vm);
} state_cases[] = {
	{ "created", AXVM_STATE_CREATED, NULL },
	{ "ready", AXVM_STATE_READY, bring_ready },
	{ "running", AXVM_STATE_RUNNING, bring_running },
	{ "paused", AXVM_STATE_PAUSED, bring_paused },
	{ "stopping", AXVM_STATE_STOPPING, bring_stopping },
	{ "stopped", AXVM_STATE_STOPPED, bring_stopped },
	{ "crashed", AXVM_STATE_CRASHED, bring_crashed },
	{ "destroyed", AXVM_STATE_DESTROYED, bring_destroyed },
};

KUNIT_ARRAY_PARAM_DESC(state, state_cases, name);

static void expect_path(struct kunit *test, struct axvm_vm *vm, unsigned int first,
			enum axvm_state state, const struct outcome *outcome, const char *op)
{
	unsigned int last = fake_events_so_far(vm);
	const struct fake_event *event;
	unsigned int i;

	for (i = 0; i < MAX_PATH && outcome->path[i]; i++) {
		KUNIT_ASSERT_LT_MSG(test, first + i, last, "%s: event %u is missing", op, i);
		event = &fake_arch.events[first + i];
		KUNIT_EXPECT_EQ_MSG(test, event->old_state, state, "%s: event %u", op, i);
		KUNIT_EXPECT_EQ_MSG(test, event->state, outcome->path[i], "%s: event %u", op, i);
		state = event->state;
	}
	KUNIT_EXPECT_EQ_MSG(test, first + i, last, "%s: number of events", op);
	KUNIT_EXPECT_EQ_MSG(test, READ_ONCE(vm->state), state, "%s", op);
}

static void try_op(struct kunit *test, const struct state_case *from, enum op op)
{
	const struct outcome *outcome = &outcomes[from->state][op];
	struct axvm_vm *vm = fake_vm_create(test, 2);
	struct axvm_error err = {};
	unsigned int first;
	int ret;

	if (from->bring)
		from->bring(test, vm);
	KUNIT_ASSERT_EQ_MSG(test, vm->state, from->state, "%s", ops[op].name);
	first = fake_events_so_far(vm);
	/* What should be refused at once has to come back long before. */
	fake_arch_release_after(outcome->path[0] ? 1 : HZ);
	ret = ops[op].call(vm, &err);

	KUNIT_EXPECT_EQ_MSG(test, ret, outcome->ret, "%s", ops[op].name);
	KUNIT_EXPECT_EQ_MSG(test, !err.msg, !ret, "%s: a reason for each refusal", ops[op].name);
	expect_path(test, vm, first, from->state, outcome, ops[op].name);

	cancel_delayed_work_sync(&fake_arch.release);
	fake_arch_release();
	fake_vm_destroy_now(vm);
	fake_vm_put(vm);
	fake_arch.nr_events = 0;
}

static void every_operation(struct kunit *test)
{
	enum op op;

	for (op = 0; op < OPS; op++)
		try_op(test, test->param_value, op);
}

/* --- start --- */

#define EVENT(from, to, why, detail) \
	{ .old_state = AXVM_STATE_##from, .state = AXVM_STATE_##to, \
	  .reason = AXVM_REASON_##why, .code = (detail) }

static void start_runs_boot_vcpu(struct kunit *test)
{
	static const struct fake_event expected[] = {
		EVENT(CREATED, CREATED, NONE, 0),
		EVENT(CREATED, READY, REQUEST, 0),
		EVENT(READY, RUNNING, REQUEST, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 2);

	KUNIT_EXPECT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 0, 1));
	fake_expect_events(test, vm, 0, expected, ARRAY_SIZE(expected));
	KUNIT_EXPECT_EQ(test, fake_arch.events[0].seq, 1);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entry, FAKE_ENTRY);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->arg, 1);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->resets, 0);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[0]), AXVM_VCPU_RUNNING);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[1]), AXVM_VCPU_OFF);
	KUNIT_EXPECT_EQ(test, vm->boot_args[AXVM_BOOT_ARGS - 1], 4);
}

static void start_needs_entry_in_memory(struct kunit *test)
{
	static const u64 outside[] = {
		0, FAKE_MEM_GPA - 1, FAKE_MEM_GPA + FAKE_MEM_LEN, FAKE_DEV_GPA, U64_MAX
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct axvm_error err = {};
	int i;

	KUNIT_EXPECT_EQ(test, axvm_vm_start(vm, NULL, NULL, &err), -ERANGE);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	for (i = 0; i < ARRAY_SIZE(outside); i++)
		KUNIT_EXPECT_EQ(test, axvm_vm_start(vm, &outside[i], NULL, NULL), -ERANGE);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	KUNIT_EXPECT_EQ(test, fake_vm_start(vm), 0);
}

static void start_asks_backend(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct axvm_error err = {};
	const u64 entry = FAKE_ENTRY;

	fake_arch.fail_vm_check = -ENODEV;
	KUNIT_EXPECT_EQ(test, axvm_vm_start(vm, &entry, NULL, &err), -ENODEV);
	KUNIT_EXPECT_STREQ(test, err.msg, "the test says so");
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	KUNIT_EXPECT_FALSE(test, vm->bus[AXVM_BUS_MMIO].frozen);

	fake_arch.fail_vm_check = 0;
	KUNIT_EXPECT_EQ(test, fake_vm_start(vm), 0);
}

static void start_seals(struct kunit *test)
{
	static const struct axvm_bus_window window = { .base = 0x1000, .len = 0x1000, .widths = 4 };
	struct axvm_vm *vm = fake_vm_create(test, 1);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_EXPECT_TRUE(test, vm->bus[AXVM_BUS_MMIO].frozen);
	KUNIT_EXPECT_TRUE(test, vm->bus[AXVM_BUS_PIO].frozen);
	KUNIT_EXPECT_EQ(test, axvm_bus_add(&vm->bus[AXVM_BUS_MMIO], &window, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, do_load_image(vm, NULL), -EBUSY);
	/* It stays sealed at rest and after a reset. */
	KUNIT_ASSERT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, do_load_image(vm, NULL), -EBUSY);
	KUNIT_ASSERT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, axvm_bus_add(&vm->bus[AXVM_BUS_PIO], &window, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, do_load_image(vm, NULL), -EBUSY);
}

/* --- stop --- */

static const struct fake_step halting[] = { FAKE_PLAIN(HALT) };
static const struct fake_step suspending[] = { FAKE_PLAIN(SUSPEND) };

/* One vCPU spins, one sleeps in a halt, one suspended, one is off: none leaves by itself. */
static struct axvm_vm *create_stubborn(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_CPU_ON(FAKE_HW_ID + 2, FAKE_ENTRY, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 4);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_vcpu_script(vm, 1, halting, ARRAY_SIZE(halting));
	fake_vcpu_script(vm, 2, suspending, ARRAY_SIZE(suspending));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 0, 10));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 1, AXVM_VCPU_HALTED));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 2, AXVM_VCPU_SUSPENDED));
	return vm;
}

static void expect_no_threads(struct kunit *test, struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		KUNIT_EXPECT_NULL(test, vm->vcpus[i]->task);
		KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[i]), AXVM_VCPU_OFF);
		KUNIT_EXPECT_EQ(test, vm->vcpus[i]->cpu, -1);
		KUNIT_EXPECT_FALSE(test, fake_vcpu_at(vm, i)->loaded);
		KUNIT_EXPECT_FALSE(test, fake_vcpu_at(vm, i)->halting);
	}
}

static void stop_ends_stubborn_vcpus(struct kunit *test)
{
	static const struct fake_event expected[] = {
		EVENT(RUNNING, STOPPING, REQUEST, 0),
		EVENT(STOPPING, STOPPED, REQUEST, 0),
	};
	struct axvm_vm *vm = create_stubborn(test);
	ktime_t begin = ktime_get();

	KUNIT_EXPECT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), begin), 1000);
	fake_expect_events(test, vm, 3, expected, ARRAY_SIZE(expected));
	expect_no_threads(test, vm);
}

static void stop_ends_paused_vcpus(struct kunit *test)
{
	struct axvm_vm *vm = create_stubborn(test);

	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	expect_no_threads(test, vm);
}

static void force_destroys_stubborn_vcpus(struct kunit *test)
{
	struct axvm_vm *vm = create_stubborn(test);
	u32 id = vm->id;

	KUNIT_EXPECT_EQ(test, do_destroy(vm, NULL), -EBUSY);
	KUNIT_EXPECT_EQ(test, do_destroy_force(vm, NULL), 0);
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup(id));
	expect_no_threads(test, vm);
}

/* Whoever comes first says why. */
static void first_reason_wins(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	bring_stopping(test, vm);
	axvm_vm_end(vm, AXVM_STATE_CRASHED, AXVM_REASON_BAD_EXIT, 1);
	axvm_vm_end(vm, AXVM_STATE_READY, AXVM_REASON_GUEST_REBOOT, 2);
	fake_arch_release();
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_REQUEST);
	KUNIT_EXPECT_EQ(test, vm->reason_code, 0);
}

/* What is at rest cannot be ended. */
static void end_needs_threads(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	axvm_vm_end(vm, AXVM_STATE_CRASHED, AXVM_REASON_BAD_EXIT, 0);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_CREATED);
	bring_stopped(test, vm);
	axvm_vm_end(vm, AXVM_STATE_CRASHED, AXVM_REASON_BAD_EXIT, 0);
	axvm_vm_end(vm, AXVM_STATE_READY, AXVM_REASON_GUEST_REBOOT, 0);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_STOPPED);
	KUNIT_EXPECT_EQ(test, fake_events_so_far(vm), 5);
}

/* --- reboot and reset --- */

static void guest_power_off_is_told(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_SYSTEM(POWEROFF, 3) };
	static const struct fake_event expected[] = {
		EVENT(RUNNING, STOPPING, GUEST_POWEROFF, 3),
		EVENT(STOPPING, STOPPED, GUEST_POWEROFF, 3),
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	fake_expect_events(test, vm, 3, expected, ARRAY_SIZE(expected));
	expect_no_threads(test, vm);
}

static void guest_reboot_restarts(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_WRITE(MMIO, FAKE_DEV_GPA, 8, 1),
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_SYSTEM(REBOOT, 5),
		FAKE_READ(MMIO, FAKE_DEV_GPA, 8),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	static const struct fake_event expected[] = {
		EVENT(RUNNING, STOPPING, GUEST_REBOOT, 5),
		EVENT(STOPPING, READY, GUEST_REBOOT, 0),
		EVENT(READY, RUNNING, GUEST_REBOOT, 0),
		EVENT(RUNNING, STOPPING, GUEST_POWEROFF, 0),
		EVENT(STOPPING, STOPPED, GUEST_POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	fake_expect_events(test, vm, 3, expected, ARRAY_SIZE(expected));
	/* The boot vCPU starts as the first time; the device was reset between. */
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->resets, 2);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entry, FAKE_ENTRY);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->arg, 1);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->done[2].data, FAKE_DEV_VALUE);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->nr_on), 1);
}

/* Of the VM and of its devices, until the next reset; a reboot has that inside. */
static void clocks_stop_at_the_end(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_SYSTEM(REBOOT, 0),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_EXPECT_FALSE(test, fake_device_at(vm, 0)->is_paused);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_TRUE(test, fake_device_at(vm, 0)->is_paused);
	KUNIT_EXPECT_EQ(test, fake_device_at(vm, 0)->pauses, 2);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->pauses, 2);
	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_FALSE(test, fake_device_at(vm, 0)->is_paused);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->resumes, 0);
}

static void clocks_run_after_a_reset(struct kunit *test)
{
	struct axvm_vm *vm = create_stubborn(test);

	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_FALSE(test, fake_device_at(vm, 0)->is_paused);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_FALSE(test, fake_device_at(vm, 0)->is_paused);
}

/* A stop that comes while a reboot waits for another vCPU: the guest does not come back. */
static void stop_wins_over_reboot(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_PLAIN(HALT),
		FAKE_SYSTEM(REBOOT, 0),
	};
	static const struct fake_step second[] = { FAKE_PLAIN(ARCH) };
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_vcpu_script(vm, 1, second, ARRAY_SIZE(second));
	fake_arch_hold();
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_held(1));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPING));

	fake_arch_release_after(1);
	KUNIT_EXPECT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_STOPPED);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_REQUEST);
	/* created, ready, running, stopping, stopped: no second ready */
	KUNIT_EXPECT_EQ(test, fake_events_so_far(vm), 5);
}

static void reset_restarts_running_vm(struct kunit *test)
{
	static const struct fake_event expected[] = {
		EVENT(RUNNING, STOPPING, REQUEST, 0),
		EVENT(STOPPING, READY, REQUEST, 0),
		EVENT(READY, RUNNING, REQUEST, 0),
	};
	struct axvm_vm *vm = create_stubborn(test);

	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	fake_expect_events(test, vm, 3, expected, ARRAY_SIZE(expected));
	KUNIT_EXPECT_TRUE(test, fake_wait_entries(vm, 0, fake_vcpu_at(vm, 0)->entries + 1));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->resets, 2);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[1]), AXVM_VCPU_OFF);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[2]), AXVM_VCPU_OFF);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->nr_on), 1);
}

static void reset_vm_starts_again(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	bring_crashed(test, vm);
	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_REQUEST);
	/* With the entry point and arguments of the first start. */
	KUNIT_EXPECT_EQ(test, axvm_vm_start(vm, NULL, NULL, NULL), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 0, 1));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entry, FAKE_ENTRY);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->arg, 1);
}

/* --- pause --- */

static void pause_parks_all(struct kunit *test)
{
	struct axvm_vm *vm = create_stubborn(test);
	unsigned long entries;
	u32 i;

	KUNIT_EXPECT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->pauses, 1);
	KUNIT_EXPECT_EQ(test, fake_device_at(vm, 0)->pauses, 1);
	for (i = 0; i < vm->nr_vcpus; i++)
		KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[i]), AXVM_VCPU_PAUSED);
	entries = READ_ONCE(fake_vcpu_at(vm, 0)->entries);
	fake_vcpu_interrupt(vm, 0);
	fake_vcpu_interrupt(vm, 1);
	usleep_range(3000, 5000);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 0)->entries), entries);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 1)->entries), 1);

	KUNIT_EXPECT_EQ(test, axvm_vm_resume(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->resumes, 1);
	KUNIT_EXPECT_EQ(test, fake_device_at(vm, 0)->resumes, 1);
	KUNIT_EXPECT_TRUE(test, fake_wait_entries(vm, 0, entries + 1));
	/* Its interrupt came while it was parked. */
	KUNIT_EXPECT_TRUE(test, fake_wait_entries(vm, 1, 2));
}

/*
 * A pause wakes sleepers only to park them: after the resume they sleep on, and
 * a guest that suspended is not told that it was woken.
 */
static void pause_keeps_sleepers_asleep(struct kunit *test)
{
	struct axvm_vm *vm = create_stubborn(test);

	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_resume(vm, NULL), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait_vcpu_state(vm, 1, AXVM_VCPU_HALTED));
	KUNIT_EXPECT_TRUE(test, fake_wait_vcpu_state(vm, 2, AXVM_VCPU_SUSPENDED));
	KUNIT_EXPECT_TRUE(test, fake_wait_vcpu_state(vm, 3, AXVM_VCPU_OFF));
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 1)->entries), 1);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 2)->entries), 1);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 2)->nr_done), 0);
}

static void pause_resume_repeats(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	unsigned long entries;
	int i;

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	for (i = 0; i < 10; i++) {
		KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
		entries = fake_vcpu_at(vm, 0)->entries;
		KUNIT_ASSERT_EQ(test, axvm_vm_resume(vm, NULL), 0);
		KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 0, entries + 1));
	}
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->pauses, 10);
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->resumes, 10);
}

/* A vCPU that powers on while the VM is paused runs after the resume. */
static void pause_keeps_power_on(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(ARCH),
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 9),
	};
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_pause(vm, NULL), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_resume(vm, NULL), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait_entries(vm, 1, 1));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->arg, 9);
}

static struct axvm_vm *vm_to_end;

static void end_vm(struct work_struct *work)
{
	axvm_vm_end(vm_to_end, AXVM_STATE_STOPPED, AXVM_REASON_GUEST_POWEROFF, 0);
	fake_arch_release();
}

/* The VM ends while the pause waits for a vCPU that cannot park. */
static void pause_gives_way_to_end(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_PLAIN(ARCH) };
	static DECLARE_DELAYED_WORK(end_work, end_vm);
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct axvm_error err = {};

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_arch_hold();
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_held(1));
	vm_to_end = vm;
	schedule_delayed_work(&end_work, 1);
	KUNIT_EXPECT_EQ(test, axvm_vm_pause(vm, &err), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	flush_delayed_work(&end_work);
	KUNIT_EXPECT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	/* That of the end. */
	KUNIT_EXPECT_EQ(test, fake_vm_of(vm)->pauses, 1);
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_GUEST_POWEROFF);
}

static struct kunit_case vm_state_cases[] = {
	KUNIT_CASE_PARAM(every_operation, state_gen_params),
	KUNIT_CASE(start_runs_boot_vcpu),
	KUNIT_CASE(start_needs_entry_in_memory),
	KUNIT_CASE(start_asks_backend),
	KUNIT_CASE(start_seals),
	KUNIT_CASE(stop_ends_stubborn_vcpus),
	KUNIT_CASE(stop_ends_paused_vcpus),
	KUNIT_CASE(force_destroys_stubborn_vcpus),
	KUNIT_CASE(first_reason_wins),
	KUNIT_CASE(end_needs_threads),
	KUNIT_CASE(guest_power_off_is_told),
	KUNIT_CASE(guest_reboot_restarts),
	KUNIT_CASE(clocks_stop_at_the_end),
	KUNIT_CASE(clocks_run_after_a_reset),
	KUNIT_CASE(stop_wins_over_reboot),
	KUNIT_CASE(reset_restarts_running_vm),
	KUNIT_CASE(reset_vm_starts_again),
	KUNIT_CASE(pause_parks_all),
	KUNIT_CASE(pause_keeps_sleepers_asleep),
	KUNIT_CASE(pause_resume_repeats),
	KUNIT_CASE(pause_keeps_power_on),
	KUNIT_CASE(pause_gives_way_to_end),
	{}
};

static struct kunit_suite vm_state_suite = {
	.name = "axvm-vm-state",
	.init = fake_arch_init,
	.exit = fake_arch_exit,
	.test_cases = vm_state_cases,
};

kunit_test_suite(vm_state_suite);
