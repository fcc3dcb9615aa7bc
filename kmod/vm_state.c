// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a VM: its states, the transitions between them, and its end.
 *
 * Ending has two phases. Phase one, axvm_vm_end(), may run on a vCPU's own
 * thread: it enters STOPPING and tells every vCPU to leave. Phase two, on a
 * worker, joins the threads and enters the final state, or restarts the VM.
 * While the state is STOPPING the worker alone owns the VM's threads, memory
 * and devices; in every other state the holder of vm->lock does. A restart that
 * finds the host falling asleep pauses the VM in RUNNING, without vm->lock: who
 * waits for it there holds that.
 */
#include <linux/export.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "trace.h"
#include "vm.h"
#include "vm_state.h"
#include "vm_threads.h"

static struct workqueue_struct *end_queue;

/*
 * The host goes away: no VM starts. The host sleeps: no VM runs. Either is set before each VM's
 * state is looked at to end or to pause it; who lets a VM run looks under its state_lock.
 */
static bool closed;
static bool sleeping;

/* How often a guest may restart without waiting, in which time, and how long it waits then. */
#define REBOOT_BURST	10
#define REBOOT_INTERVAL	(10 * HZ)
#define REBOOT_DELAY	(HZ / 5)

static const u16 next_states[AXVM_STATES] = {
	[AXVM_STATE_CREATED]	= BIT(AXVM_STATE_READY) | BIT(AXVM_STATE_DESTROYED),
	[AXVM_STATE_READY]	= BIT(AXVM_STATE_RUNNING) | BIT(AXVM_STATE_DESTROYED),
	[AXVM_STATE_RUNNING]	= BIT(AXVM_STATE_PAUSED) | BIT(AXVM_STATE_STOPPING),
	[AXVM_STATE_PAUSED]	= BIT(AXVM_STATE_RUNNING) | BIT(AXVM_STATE_STOPPING),
	[AXVM_STATE_STOPPING]	= BIT(AXVM_STATE_STOPPED) | BIT(AXVM_STATE_CRASHED) |
				  BIT(AXVM_STATE_READY),
	[AXVM_STATE_STOPPED]	= BIT(AXVM_STATE_READY) | BIT(AXVM_STATE_CRASHED) |
				  BIT(AXVM_STATE_DESTROYED),
	[AXVM_STATE_CRASHED]	= BIT(AXVM_STATE_READY) | BIT(AXVM_STATE_CRASHED) |
				  BIT(AXVM_STATE_DESTROYED),
};

static const char *const refusals[AXVM_STATES] = {
	[AXVM_STATE_CREATED]	= "the VM has not been started",
	[AXVM_STATE_READY]	= "the VM has not been started",
	[AXVM_STATE_RUNNING]	= "the VM is running",
	[AXVM_STATE_PAUSED]	= "the VM is paused",
	[AXVM_STATE_STOPPING]	= "the VM is stopping",
	[AXVM_STATE_STOPPED]	= "the VM has stopped: reset it first",
	[AXVM_STATE_CRASHED]	= "the VM has crashed: reset it first",
	[AXVM_STATE_DESTROYED]	= "the VM is destroyed",
};

#define STATES_ALIVE	(BIT(AXVM_STATE_RUNNING) | BIT(AXVM_STATE_PAUSED) | \
			 BIT(AXVM_STATE_STOPPING))

static bool state_in(const struct axvm_vm *vm, unsigned long states)
{
	return BIT(READ_ONCE(vm->state)) & states;
}

static int require_state_locked(const struct axvm_vm *vm, unsigned long states,
				struct axvm_error *err)
{
	lockdep_assert_held(&vm->state_lock);
	if (state_in(vm, states))
		return 0;
	return axvm_fail(err, refusals[vm->state], -EINVAL);
}

/* The lock, because a restart passes through READY without being at rest there. */
static int require_state(struct axvm_vm *vm, unsigned long states, struct axvm_error *err)
{
	guard(mutex)(&vm->state_lock);
	return require_state_locked(vm, states, err);
}

static void end_consoles(struct axvm_vm *vm, bool ended)
{
	u32 i;

	for (i = 0; i < vm->devices.nr_consoles; i++)
		axvm_console_set_ended(vm->devices.consoles[i], ended);
}

/* Readers of a console see its end when the guest will print no more. */
static void update_consoles(struct axvm_vm *vm, enum axvm_state state)
{
	if (state == AXVM_STATE_RUNNING)
		end_consoles(vm, false);
	else if (BIT(state) & (BIT(AXVM_STATE_STOPPED) | BIT(AXVM_STATE_CRASHED) |
			       BIT(AXVM_STATE_DESTROYED)))
		end_consoles(vm, true);
}

#if IS_ENABLED(CONFIG_KUNIT)
static void (*event_observer)(const struct axvm_state_event *event);

void axvm_event_observe_for_test(void (*observe)(const struct axvm_state_event *event))
{
	event_observer = observe;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_event_observe_for_test);

static void observe_event(const struct axvm_state_event *event)
{
	if (event_observer)
		event_observer(event);
}
#else
static void observe_event(const struct axvm_state_event *event)
{
}
#endif

static void send_event(struct axvm_vm *vm, enum axvm_state old)
{
	const u64 seq = vm->seq + 1;
	const struct axvm_state_event event = {
		.vm = vm,
		.old_state = old,
		.state = vm->state,
		.reason = vm->reason,
		.code = vm->reason_code,
		.seq = seq,
		.time_ns = ktime_get_boottime_ns(),
	};

	lockdep_assert_held(&vm->state_lock);
	WRITE_ONCE(vm->seq, seq);
	observe_event(&event);
	trace_axvm_state(&event);
	axvm_event_send(&event);
}

static int change_state(struct axvm_vm *vm, enum axvm_state state, enum axvm_reason reason,
			u64 code)
{
	enum axvm_state old = vm->state;

	lockdep_assert_held(&vm->state_lock);
	if (!(next_states[old] & BIT(state)))
		return -EINVAL;
	update_consoles(vm, state);
	if (old == AXVM_STATE_PAUSED)
		vm->asleep = false;
	vm->reason = reason;
	vm->reason_code = code;
	WRITE_ONCE(vm->state, state);
	send_event(vm, old);
	wake_up_all(&vm->state_wait);
	return 0;
}

static int enter_state(struct axvm_vm *vm, enum axvm_state state, enum axvm_reason reason)
{
	guard(mutex)(&vm->state_lock);
	return change_state(vm, state, reason, 0);
}

/* --- threads --- */

/*
 * The event first, the request for it after that; pairs with the thread's
 * test_and_clear_bit() of the request. Whoever lost the race left an event
 * that nobody needs any more.
 */
void axvm_vm_device_event(const struct axvm_device_env *env, enum axvm_system_event event, u64 code)
{
	struct axvm_vm *vm = container_of(env, struct axvm_vm, devices.env);

	if (test_and_set_bit(0, &vm->device_event_taken))
		return;
	vm->device_event = event;
	vm->device_event_code = code;
	smp_mb__before_atomic(); /* see above */
	axvm_threads_request(vm, AXVM_REQ_SYSTEM);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_device_event);

static int refuse_to_run(struct axvm_error *err)
{
	if (READ_ONCE(closed))
		return axvm_fail(err, "the host is going away", -ESHUTDOWN);
	if (READ_ONCE(sleeping))
		return axvm_fail(err, "the host is about to sleep", -EBUSY);
	return 0;
}

static int enter_paused_locked(struct axvm_vm *vm)
{
	lockdep_assert_held(&vm->state_lock);
	axvm_arch->vm_pause(vm);
	axvm_devices_pause(&vm->devices);
	return change_state(vm, AXVM_STATE_PAUSED, AXVM_REASON_REQUEST, 0);
}

static int leave_paused_locked(struct axvm_vm *vm)
{
	int ret;

	lockdep_assert_held(&vm->state_lock);
	axvm_devices_resume(&vm->devices);
	axvm_arch->vm_resume(vm);
	ret = change_state(vm, AXVM_STATE_RUNNING, AXVM_REASON_REQUEST, 0);
	axvm_threads_withdraw(vm, AXVM_REQ_PAUSE);
	return ret;
}

/* Threads that have not run yet find the request to pause before they enter the guest. */
static int run_locked(struct axvm_vm *vm, enum axvm_reason reason, bool asleep)
{
	int ret;

	lockdep_assert_held(&vm->state_lock);
	ret = change_state(vm, AXVM_STATE_RUNNING, reason, 0);
	if (ret)
		return ret;
	if (asleep)
		axvm_threads_request(vm, AXVM_REQ_PAUSE);
	axvm_vcpu_power_on(vm->vcpus[0], vm->entry, vm->boot_args[0]);
	axvm_threads_wake(vm);
	return 0;
}

/* Any transition meanwhile is an end or a restart, with threads that know of no pause. */
static void wait_until_parked(struct axvm_vm *vm, u64 seq)
{
	wait_event(vm->state_wait, axvm_threads_are_parked(vm) || READ_ONCE(vm->seq) != seq);
}

/* After run_locked(); a host that is awake again by now would look for no more of them. */
static void pause_restarted(struct axvm_vm *vm, u64 seq)
{
	wait_until_parked(vm, seq);

	guard(mutex)(&vm->state_lock);
	if (vm->seq != seq)
		return;
	enter_paused_locked(vm);
	if (READ_ONCE(sleeping))
		vm->asleep = true;
	else
		leave_paused_locked(vm);
}

/*
 * From READY, or from STOPPING when the VM restarts; then a stop that was asked for meanwhile
 * wins. A restart while the host falls asleep ends paused, and goes on when it is awake.
 */
static int launch(struct axvm_vm *vm, enum axvm_reason reason, struct axvm_error *err)
{
	bool restart, asleep;
	u64 seq;
	int ret;

	clear_bit(0, &vm->device_event_taken);
	ret = axvm_threads_create(vm);
	if (ret)
		return axvm_fail(err, "the vCPU threads could not be created", ret);
	scoped_guard(mutex, &vm->state_lock) {
		restart = vm->state == AXVM_STATE_STOPPING && vm->end_state == AXVM_STATE_READY;
		ret = refuse_to_run(err);
		asleep = restart && ret == -EBUSY;
		if (ret && !asleep)
			break;
		if (restart)
			change_state(vm, AXVM_STATE_READY, reason, 0);
		ret = run_locked(vm, reason, asleep);
		seq = vm->seq;
	}
	if (ret)
		axvm_threads_join(vm);
	else if (asleep)
		pause_restarted(vm, seq);
	return ret;
}

/* --- the end --- */

static int reset_contents(struct axvm_vm *vm)
{
	axvm_usermap_block(&vm->usermap);
	axvm_gmem_clear(&vm->gmem);
	axvm_usermap_unblock(&vm->usermap);
	axvm_devices_reset(&vm->devices);
	return axvm_vm_reload_images(vm);
}

static bool is_restarting(struct axvm_vm *vm)
{
	return READ_ONCE(vm->end_state) == AXVM_STATE_READY;
}

/*
 * A guest that does nothing but restart must not keep a CPU of the host busy with that: after a
 * few times in a row each has to wait.
 */
static bool is_too_fast(struct axvm_vm *vm)
{
	return READ_ONCE(vm->reason) == AXVM_REASON_GUEST_REBOOT && !__ratelimit(&vm->reboots);
}

/* No worker waits: phase two begins anew after a while, or when a stop is asked for. */
static bool delay_restart(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	if (!is_restarting(vm))
		return false;
	vm->restart_waits = true;
	queue_delayed_work(end_queue, &vm->end_work, REBOOT_DELAY);
	return true;
}

/* Nothing runs on behalf of the VM after this. */
static void stand_still(struct axvm_vm *vm)
{
	axvm_threads_leave(vm);
	/* For a guest that is gone no time passes; a reset starts it again. */
	axvm_arch->vm_pause(vm);
	axvm_devices_pause(&vm->devices);
}

/* Return: false, when what this was queued for has been done already. */
static bool begin_phase_two(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	vm->restart_waits = false;
	if (vm->state != AXVM_STATE_STOPPING)
		return false;
	vm->end_task = current;
	return true;
}

static void conclude_failed_restart_locked(struct axvm_vm *vm, int error)
{
	lockdep_assert_held(&vm->state_lock);
	if (error == -ESHUTDOWN)
		change_state(vm, AXVM_STATE_STOPPED, AXVM_REASON_MODULE, 0);
	else if (error == -ENOMEM)
		change_state(vm, AXVM_STATE_CRASHED, AXVM_REASON_NO_MEMORY, 0);
	else
		change_state(vm, AXVM_STATE_CRASHED, AXVM_REASON_NO_THREADS, -error);
}

/* A stop that came before the restart was done has decided on the end. */
static void conclude(struct axvm_vm *vm, int error)
{
	guard(mutex)(&vm->state_lock);
	if (is_restarting(vm))
		conclude_failed_restart_locked(vm, error);
	else
		change_state(vm, vm->end_state, vm->reason, vm->reason_code);
}

static int restart(struct axvm_vm *vm)
{
	int ret = reset_contents(vm);

	/* The only thing that loading images again can fail for. */
	return ret ? -ENOMEM : launch(vm, READ_ONCE(vm->reason), NULL);
}

static void do_phase_two(struct axvm_vm *vm)
{
	int ret = 0;

	if (!vm->halted) {
		stand_still(vm);
		vm->halted = true;
		if (is_restarting(vm) && is_too_fast(vm) && delay_restart(vm))
			return;
	}
	vm->halted = false;
	if (is_restarting(vm)) {
		ret = restart(vm);
		if (!ret)
			return;
	}
	conclude(vm, ret);
}

static void finish_end(struct work_struct *work)
{
	struct axvm_vm *vm = container_of(to_delayed_work(work), struct axvm_vm, end_work);

	if (!begin_phase_two(vm))
		return;
	do_phase_two(vm);
	guard(mutex)(&vm->state_lock);
	vm->end_task = NULL;
}

static void end_restart_locked(struct axvm_vm *vm, enum axvm_state end, enum axvm_reason reason,
			       u64 code)
{
	lockdep_assert_held(&vm->state_lock);
	WRITE_ONCE(vm->end_state, end);
	vm->reason = reason;
	vm->reason_code = code;
	if (vm->restart_waits)
		mod_delayed_work(end_queue, &vm->end_work, 0);
}

void axvm_vm_end(struct axvm_vm *vm, enum axvm_state end, enum axvm_reason reason, u64 code)
{
	guard(mutex)(&vm->state_lock);
	if (vm->state == AXVM_STATE_STOPPING) {
		/* A stop wins over a restart that is under way, nothing over a stop. */
		if (vm->end_state == AXVM_STATE_READY && end != AXVM_STATE_READY)
			end_restart_locked(vm, end, reason, code);
		return;
	}
	if (change_state(vm, AXVM_STATE_STOPPING, reason, code))
		return;
	WRITE_ONCE(vm->end_state, end);
	axvm_threads_request(vm, AXVM_REQ_STOP);
	mod_delayed_work(end_queue, &vm->end_work, 0);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_end);

/* The creator pays for what a restart loads again: above memory.high the worker sleeps. */
static void urge_worker(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	if (vm->end_task)
		wake_up_process(vm->end_task);
}

static void wait_for_end(struct axvm_vm *vm)
{
	while (!wait_event_timeout(vm->state_wait, READ_ONCE(vm->state) != AXVM_STATE_STOPPING,
				   AXVM_URGE_INTERVAL))
		urge_worker(vm);
}

/* --- operations --- */

static int seal(struct axvm_vm *vm, struct axvm_error *err)
{
	int ret = axvm_arch->vm_check(vm, err);
	int space;

	if (ret)
		return ret;
	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_freeze(&vm->bus[space]);
	axvm_devices_reset(&vm->devices);
	return enter_state(vm, AXVM_STATE_READY, AXVM_REASON_REQUEST);
}

int axvm_vm_start(struct axvm_vm *vm, const u64 *entry, const u64 *args, struct axvm_error *err)
{
	int ret;

	guard(mutex)(&vm->lock);
	ret = require_state(vm, BIT(AXVM_STATE_CREATED) | BIT(AXVM_STATE_READY), err);
	if (ret)
		return ret;
	ret = refuse_to_run(err);
	if (ret)
		return ret;
	if (entry)
		vm->entry = *entry;
	if (args)
		memcpy(vm->boot_args, args, sizeof(vm->boot_args));
	if (!axvm_gmem_find(&vm->gmem, vm->entry))
		return axvm_fail(err, "the entry point is not in a memory region", -ERANGE);
	if (state_in(vm, BIT(AXVM_STATE_CREATED))) {
		ret = seal(vm, err);
		if (ret)
			return ret;
	}
	return launch(vm, AXVM_REASON_REQUEST, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_start);

static int pause_locked(struct axvm_vm *vm, struct axvm_error *err)
{
	u64 seq;
	int ret;

	lockdep_assert_held(&vm->lock);
	scoped_guard(mutex, &vm->state_lock) {
		ret = require_state_locked(vm, BIT(AXVM_STATE_RUNNING), err);
		if (ret)
			return ret;
		seq = vm->seq;
		axvm_threads_request(vm, AXVM_REQ_PAUSE);
	}
	wait_until_parked(vm, seq);

	guard(mutex)(&vm->state_lock);
	if (vm->seq != seq)
		return axvm_fail(err, "the VM ended or restarted before it was paused", -EINVAL);
	return enter_paused_locked(vm);
}

int axvm_vm_pause(struct axvm_vm *vm, struct axvm_error *err)
{
	guard(mutex)(&vm->lock);
	return pause_locked(vm, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_pause);

static int resume_locked(struct axvm_vm *vm, struct axvm_error *err)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	guard(mutex)(&vm->state_lock);
	ret = require_state_locked(vm, BIT(AXVM_STATE_PAUSED), err);
	if (!ret)
		ret = refuse_to_run(err);
	if (ret)
		return ret;
	return leave_paused_locked(vm);
}

int axvm_vm_resume(struct axvm_vm *vm, struct axvm_error *err)
{
	guard(mutex)(&vm->lock);
	return resume_locked(vm, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_resume);

int axvm_vm_stop(struct axvm_vm *vm, struct axvm_error *err)
{
	int ret;

	guard(mutex)(&vm->lock);
	ret = require_state(vm, STATES_ALIVE, err);
	if (ret)
		return ret;
	axvm_vm_end(vm, AXVM_STATE_STOPPED, AXVM_REASON_REQUEST, 0);
	wait_for_end(vm);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_stop);

int axvm_vm_ask_poweroff(struct axvm_vm *vm, struct axvm_error *err)
{
	int ret;

	guard(mutex)(&vm->lock);
	ret = require_state(vm, BIT(AXVM_STATE_RUNNING), err);
	if (ret)
		return ret;
	if (axvm_devices_press_power_button(&vm->devices))
		return 0;
	return axvm_fail(err, "the guest has no power button that it listens to", -EOPNOTSUPP);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_ask_poweroff);

/* A VM at rest: its memory is the caller's to rebuild. */
static int reset_at_rest(struct axvm_vm *vm, struct axvm_error *err)
{
	int ret = reset_contents(vm);

	if (!ret)
		return enter_state(vm, AXVM_STATE_READY, AXVM_REASON_REQUEST);
	enter_state(vm, AXVM_STATE_CRASHED, AXVM_REASON_NO_MEMORY);
	return axvm_fail(err, "no memory to load the images again", ret);
}

int axvm_vm_reset(struct axvm_vm *vm, struct axvm_error *err)
{
	const unsigned long at_rest = BIT(AXVM_STATE_STOPPED) | BIT(AXVM_STATE_CRASHED);
	int ret;

	guard(mutex)(&vm->lock);
	ret = require_state(vm, STATES_ALIVE | at_rest, err);
	if (ret)
		return ret;
	if (state_in(vm, at_rest))
		return reset_at_rest(vm, err);

	axvm_vm_end(vm, AXVM_STATE_READY, AXVM_REASON_REQUEST, 0);
	wait_for_end(vm);
	if (state_in(vm, at_rest))
		return axvm_fail(err, "the VM ended before it could be reset", -EINVAL);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_reset);

static int end_for_good(struct axvm_vm *vm, bool force, enum axvm_reason reason,
			struct axvm_error *err)
{
	guard(mutex)(&vm->lock);
	scoped_guard(mutex, &vm->state_lock) {
		if (state_in(vm, BIT(AXVM_STATE_DESTROYED)))
			return axvm_fail(err, "the VM is destroyed already", -ENOENT);
		if (state_in(vm, STATES_ALIVE) && !force)
			return axvm_fail(err, "the VM is running: stop it first, or force",
					 -EBUSY);
	}

	axvm_vm_end(vm, AXVM_STATE_STOPPED, reason, 0);
	wait_for_end(vm);
	return enter_state(vm, AXVM_STATE_DESTROYED, reason);
}

/*
 * The name is free from the state on. What shows the VM to people, under its id, waits for those
 * who look, and some of these want vm->lock. Whoever comes too late waits for the id, too.
 */
int axvm_vm_destroy(struct axvm_vm *vm, bool force, enum axvm_reason reason,
		    struct axvm_error *err)
{
	int ret = end_for_good(vm, force, reason, err);

	if (ret == -ENOENT)
		wait_event(vm->state_wait, READ_ONCE(vm->unregistered));
	if (ret)
		return ret;
	axvm_vm_hide(vm);
	axvm_vm_unregister(vm);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_destroy);

/* --- the host sleeps, wakes, goes away --- */

void axvm_vms_sleep(void)
{
	WRITE_ONCE(sleeping, true);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vms_sleep);

void axvm_vms_wake(void)
{
	WRITE_ONCE(sleeping, false);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vms_wake);

static void set_asleep(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	vm->asleep = vm->state == AXVM_STATE_PAUSED;
}

/* With the lock, as for require_state(). */
static bool may_run(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	return state_in(vm, BIT(AXVM_STATE_RUNNING) | BIT(AXVM_STATE_STOPPING));
}

/*
 * A guest that restarts itself cannot be paused, but one that began to before the host fell asleep
 * ends that at most once in RUNNING.
 */
void axvm_vm_host_sleeps(struct axvm_vm *vm)
{
	guard(mutex)(&vm->lock);
	while (may_run(vm)) {
		wait_for_end(vm);
		if (!pause_locked(vm, NULL))
			set_asleep(vm);
	}
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_host_sleeps);

static bool take_asleep(struct axvm_vm *vm)
{
	bool asleep;

	guard(mutex)(&vm->state_lock);
	asleep = vm->asleep;
	vm->asleep = false;
	return asleep;
}

/* Not one that was paused before, nor one that somebody has stopped since. */
void axvm_vm_host_wakes(struct axvm_vm *vm)
{
	guard(mutex)(&vm->lock);
	if (take_asleep(vm))
		resume_locked(vm, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_host_wakes);

/* Without vm->lock, whose holder may take long. */
void axvm_vm_host_ends(struct axvm_vm *vm)
{
	axvm_vm_end(vm, AXVM_STATE_STOPPED, AXVM_REASON_MODULE, 0);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_host_ends);

bool axvm_vm_wait_for_end(struct axvm_vm *vm, unsigned long deadline)
{
	long left = max((long)(deadline - jiffies), 0L);

	return wait_event_timeout(vm->state_wait, READ_ONCE(vm->state) != AXVM_STATE_STOPPING,
				  left);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_wait_for_end);

void axvm_vms_close(void)
{
	WRITE_ONCE(closed, true);
}

/* --- set up --- */

void axvm_state_init(struct axvm_vm *vm)
{
	mutex_init(&vm->state_lock);
	init_waitqueue_head(&vm->state_wait);
	INIT_DELAYED_WORK(&vm->end_work, finish_end);
	axvm_threads_init(vm);
	ratelimit_state_init(&vm->reboots, REBOOT_INTERVAL, REBOOT_BURST);
	/* It is asked, and prints nothing. */
	ratelimit_set_flags(&vm->reboots, RATELIMIT_MSG_ON_RELEASE);
	vm->state = AXVM_STATE_CREATED;
}

void axvm_state_announce_locked(struct axvm_vm *vm)
{
	send_event(vm, AXVM_STATE_CREATED);
}

void axvm_state_exit(struct axvm_vm *vm)
{
	flush_delayed_work(&vm->end_work);
}

int axvm_states_init(void)
{
	end_queue = alloc_workqueue("axvm", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return end_queue ? 0 : -ENOMEM;
}

void axvm_states_exit(void)
{
	destroy_workqueue(end_queue);
}
