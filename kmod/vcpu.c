// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual CPUs: the thread of each, its run loop, its sleep, its kicks.
 *
 * A thread lives from the start of its VM to the stop. It alternates between
 * the loaded section (guest state in the CPU, preemption off), where most
 * exits are handled, and plain process context for what has to sleep.
 */
#include <linux/context_tracking.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/static_call.h>
#include <linux/vtime.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "compat.h"
#include "host.h"
#include "trace.h"
#include "vcpu.h"
#include "vm.h"

#define CORE_REQUESTS	(BIT(AXVM_REQ_STOP) | BIT(AXVM_REQ_PAUSE) | BIT(AXVM_REQ_POWER_ON) | \
			 BIT(AXVM_REQ_SYSTEM))
/* What ends a halt for good. */
#define END_REQUESTS	(BIT(AXVM_REQ_STOP) | BIT(AXVM_REQ_SYSTEM))

static bool has_request(const struct axvm_vcpu *vcpu, unsigned int req)
{
	return test_bit(req, &vcpu->requests);
}

/* Something for the thread to do outside of the loaded section. */
static bool has_core_request(const struct axvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->requests) & CORE_REQUESTS;
}

/* --- asked from elsewhere --- */

void axvm_vcpu_kick(struct axvm_vcpu *vcpu)
{
	struct task_struct *task;

	rcuwait_wake_up(&vcpu->wait);
	/*
	 * The wake-up began with a full barrier: either the thread sees what we
	 * stored before, or we see that it is in the guest. Pairs with
	 * begin_guest(). RCU keeps the task: join clears the pointer before
	 * the thread may exit.
	 */
	if (READ_ONCE(vcpu->mode) != AXVM_MODE_GUEST)
		return;
	rcu_read_lock();
	task = READ_ONCE(vcpu->task);
	if (task)
		kick_process(task);
	rcu_read_unlock();
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vcpu_kick);

void axvm_vcpu_request(struct axvm_vcpu *vcpu, unsigned int req)
{
	set_bit(req, &vcpu->requests);
	axvm_vcpu_kick(vcpu);
}

int axvm_vcpu_power_on(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->power_lock, flags);
	if (vcpu->power != AXVM_POWER_OFF) {
		raw_spin_unlock_irqrestore(&vcpu->power_lock, flags);
		return -EALREADY;
	}
	WRITE_ONCE(vcpu->power, AXVM_POWER_STARTING);
	vcpu->power_entry = entry;
	vcpu->power_arg = arg;
	atomic_inc(&vcpu->vm->nr_on);
	raw_spin_unlock_irqrestore(&vcpu->power_lock, flags);

	axvm_vcpu_request(vcpu, AXVM_REQ_POWER_ON);
	return 0;
}

struct axvm_vcpu *axvm_vcpu_find(struct axvm_vm *vm, u64 hw_id)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i]->hw_id == hw_id)
			return vm->vcpus[i];
	return NULL;
}

static const enum axvm_vcpu_activity power_states[] = {
	[AXVM_POWER_OFF]	= AXVM_VCPU_OFF,
	[AXVM_POWER_STARTING]	= AXVM_VCPU_STARTING,
	[AXVM_POWER_ON]		= AXVM_VCPU_RUNNING,
	[AXVM_POWER_SUSPENDED]	= AXVM_VCPU_SUSPENDED,
};

enum axvm_vcpu_activity axvm_vcpu_state(const struct axvm_vcpu *vcpu)
{
	enum axvm_power power = READ_ONCE(vcpu->power);

	if (READ_ONCE(vcpu->parked))
		return AXVM_VCPU_PAUSED;
	if (power == AXVM_POWER_ON && READ_ONCE(vcpu->halted))
		return AXVM_VCPU_HALTED;
	return power_states[power];
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vcpu_state);

/* As of now: what lasts counts, too. */
u64 axvm_vcpu_read_time(const struct axvm_vcpu *vcpu, const u64 *sum)
{
	unsigned int seq;
	u64 ns;

	do {
		seq = read_seqcount_begin(&vcpu->time_seq);
		ns = READ_ONCE(*sum);
		if (READ_ONCE(vcpu->time_of) == sum)
			ns += ktime_get_ns() - READ_ONCE(vcpu->time_since);
	} while (read_seqcount_retry(&vcpu->time_seq, seq));
	return ns;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vcpu_read_time);

static const char *const extra_counters[] = {
	[AXVM_COUNT_ENTRIES - AXVM_EXIT_KINDS]	= "entries",
	[AXVM_COUNT_HOST_IRQ - AXVM_EXIT_KINDS]	= "host-irq",
	[AXVM_COUNT_FAST - AXVM_EXIT_KINDS]	= "fast",
	[AXVM_COUNT_LOADS - AXVM_EXIT_KINDS]	= "loads",
	[AXVM_COUNT_INJECTED - AXVM_EXIT_KINDS]	= "injected",
};

const char *axvm_counter_name(unsigned int n)
{
	if (n < AXVM_EXIT_KINDS)
		return axvm_exit_name(n);
	return n < AXVM_COUNTERS ? extra_counters[n - AXVM_EXIT_KINDS] : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_counter_name);

/* --- on the vCPU's own thread --- */

void axvm_vcpu_power_off(struct axvm_vcpu *vcpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->power_lock, flags);
	WRITE_ONCE(vcpu->power, AXVM_POWER_OFF);
	atomic_dec(&vcpu->vm->nr_on);
	raw_spin_unlock_irqrestore(&vcpu->power_lock, flags);
}

static void handle_power_on(struct axvm_vcpu *vcpu)
{
	u64 entry, arg;

	scoped_guard(raw_spinlock_irqsave, &vcpu->power_lock) {
		WRITE_ONCE(vcpu->power, AXVM_POWER_ON);
		entry = vcpu->power_entry;
		arg = vcpu->power_arg;
	}
	axvm_arch->vcpu_reset(vcpu, entry, arg);
}

static void sleep_until_woken(struct axvm_vcpu *vcpu)
{
	axvm_arch->vcpu_halt_begin(vcpu);
	WRITE_ONCE(vcpu->halted, true);
	rcuwait_wait_event(&vcpu->wait,
			   has_core_request(vcpu) || axvm_arch->vcpu_has_irq(vcpu), TASK_IDLE);
	WRITE_ONCE(vcpu->halted, false);
	axvm_arch->vcpu_halt_end(vcpu);
}

/* Pairs with withdraw_all() in vm_state.c: the clocks were set before. */
static bool is_paused(const struct axvm_vcpu *vcpu)
{
	return test_bit_acquire(AXVM_REQ_PAUSE, &vcpu->requests);
}

/* Until resume takes the request back, or the VM ends. */
static void park(struct axvm_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->parked, true);
	wake_up_all(&vcpu->vm->state_wait);
	rcuwait_wait_event(&vcpu->wait,
			   !is_paused(vcpu) || has_request(vcpu, AXVM_REQ_STOP),
			   TASK_IDLE);
	WRITE_ONCE(vcpu->parked, false);
}

/* A pause interrupts the sleep, but does not end it: the guest must not notice. */
void axvm_vcpu_halt(struct axvm_vcpu *vcpu)
{
	do {
		sleep_until_woken(vcpu);
		if (has_request(vcpu, AXVM_REQ_PAUSE))
			park(vcpu);
	} while (!(READ_ONCE(vcpu->requests) & END_REQUESTS) && !axvm_arch->vcpu_has_irq(vcpu));
}

static void wait_for_power(struct axvm_vcpu *vcpu)
{
	rcuwait_wait_event(&vcpu->wait, has_core_request(vcpu), TASK_IDLE);
}

/* Some kernels keep softirqs off while the FPU is not theirs: they run when it is given back. */
static bool wants_cpu_back(void)
{
	return need_resched() || (softirq_count() && local_softirq_pending());
}

/*
 * From here on a kick interrupts the CPU. The barrier orders the store to mode
 * before the look at requests; pairs with the one in rcuwait_wake_up().
 */
static bool begin_guest(struct axvm_vcpu *vcpu)
{
	lockdep_assert_irqs_disabled();
	WRITE_ONCE(vcpu->mode, AXVM_MODE_GUEST);
	smp_mb(); /* rcuwait_wake_up(), and see above */
	return !has_core_request(vcpu) && !wants_cpu_back() &&
	       static_call(axvm_vcpu_prepare)(vcpu);
}

/* Precise accounting must not be interrupted half-way; the tick's is a flag. */
static void end_guest_time(void)
{
	if (!vtime_accounting_enabled_this_cpu()) {
		current->flags &= ~PF_VCPU;
		return;
	}
	local_irq_disable();
	vtime_account_guest_exit();
	local_irq_enable();
}

/*
 * One stay in the guest. The host's interrupts, the tick too, run when they are enabled
 * again, still accounted as guest time.
 */
static __always_inline enum axvm_verdict enter_guest(struct axvm_vcpu *vcpu, bool watched)
{
	bool host_irq;

	/* Unless vcpu_prepare() has something for axvm_exit_handle_slow(). */
	vcpu->exit.kind = AXVM_EXIT_NONE;
	local_irq_disable();
	if (!begin_guest(vcpu)) {
		WRITE_ONCE(vcpu->mode, AXVM_MODE_HOST);
		local_irq_enable();
		return AXVM_SLOW;
	}
	if (watched)
		trace_axvm_enter(vcpu);
	vtime_account_guest_enter();
	host_irq = static_call(axvm_vcpu_enter)(vcpu);
	WRITE_ONCE(vcpu->mode, AXVM_MODE_HOST);
	/*
	 * A guest that spins passes through no other quiescent state. It is no context-tracking
	 * guest entry, on a nohz_full CPU either: those are for tasks with an mm, and others warn.
	 */
	if (host_irq)
		rcu_virt_note_context_switch();
	local_irq_enable();
	end_guest_time();
	if (!host_irq)
		return AXVM_DISPATCH;
	axvm_vcpu_count(vcpu, AXVM_COUNT_HOST_IRQ);
	if (watched)
		trace_axvm_exit(vcpu, AXVM_TRACE_HOST_IRQ);
	return AXVM_RESUME;
}

static noinline enum axvm_verdict run_once_watched(struct axvm_vcpu *vcpu)
{
	enum axvm_verdict verdict = enter_guest(vcpu, true);

	if (verdict != AXVM_DISPATCH)
		return verdict;
	verdict = static_call(axvm_vcpu_decode)(vcpu);
	trace_axvm_exit(vcpu, vcpu->exit.kind);
	if (verdict != AXVM_DISPATCH)
		return verdict;
	return axvm_exit_handle_fast_watched(vcpu);
}

static enum axvm_verdict run_once(struct axvm_vcpu *vcpu)
{
	enum axvm_verdict verdict;

	if (static_branch_unlikely(&axvm_watched))
		return run_once_watched(vcpu);
	verdict = enter_guest(vcpu, false);
	if (verdict != AXVM_DISPATCH)
		return verdict;
	verdict = static_call(axvm_vcpu_decode)(vcpu);
	if (verdict != AXVM_DISPATCH)
		return verdict;
	return axvm_exit_handle_fast(vcpu);
}

/* The loaded section: ends when something has to be done that may sleep. */
static void run_loaded(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	if (!axvm_arch_cpu_is_ready()) {
		preempt_enable();
		/* The CPU is coming up and its hardware not ours yet. */
		schedule_timeout_idle(1);
		vcpu->exit.kind = AXVM_EXIT_NONE;
		return;
	}
	axvm_vcpu_begin_time(vcpu, &vcpu->loaded_ns);
	WRITE_ONCE(vcpu->cpu, smp_processor_id());
	axvm_vcpu_count(vcpu, AXVM_COUNT_LOADS);
	axvm_arch->vcpu_load(vcpu);
	while (run_once(vcpu) == AXVM_RESUME)
		;
	axvm_arch->vcpu_put(vcpu);
	vcpu->last_cpu = vcpu->cpu;
	WRITE_ONCE(vcpu->cpu, -1);
	axvm_vcpu_end_time(vcpu);
	preempt_enable();
}

/* One that goes offline is online for a while, and takes nobody any more. */
static bool have_active(const struct cpumask *cpus)
{
	return cpumask_intersects(cpus, cpu_active_mask);
}

/* Who was sent to a CPU just as it went offline is elsewhere, and the kernel sees nothing to do. */
static void move_to(const struct cpumask *cpus)
{
	bool same = cpumask_equal(cpus, current->cpus_ptr);

	if (same && cpumask_test_cpu(raw_smp_processor_id(), cpus))
		return;
	if (same)
		set_cpus_allowed_ptr(current, cpu_possible_mask);
	set_cpus_allowed_ptr(current, cpus);
}

/*
 * Of the CPUs that are open to the creator those that the VM wants; where none of these is
 * left, any that is open, for as long. The kernel gives a thread other CPUs when a cpuset
 * changes or its last CPU goes offline, and does not know of the VM's choice. What changes
 * at the same time as this is found by is_misplaced().
 */
static void choose_cpus(struct axvm_vcpu *vcpu)
{
	struct cpumask *open = vcpu->cpus;
	cpumask_var_t wanted;

	cpumask_copy(open, axvm_host_place_cpus(vcpu->vm->place));
	if (!alloc_cpumask_var(&wanted, GFP_KERNEL))
		return;
	if (cpumask_and(wanted, open, vcpu->affinity) && have_active(wanted))
		cpumask_copy(open, wanted);
	if (have_active(open))
		move_to(open);
	free_cpumask_var(wanted);
}

static bool may_go_home(const struct axvm_vcpu *vcpu, const struct cpumask *open)
{
	int cpu;

	for_each_cpu_and(cpu, vcpu->affinity, open)
		if (cpu_active(cpu))
			return true;
	return false;
}

static bool is_misplaced(const struct axvm_vcpu *vcpu)
{
	const struct cpumask *open = axvm_host_place_cpus(vcpu->vm->place);
	int cpu = raw_smp_processor_id();

	if (!cpumask_test_cpu(cpu, open))
		return have_active(open);
	return !cpumask_test_cpu(cpu, vcpu->affinity) && may_go_home(vcpu, open);
}

static void run(struct axvm_vcpu *vcpu)
{
	if (is_misplaced(vcpu))
		choose_cpus(vcpu);
	run_loaded(vcpu);
	if (vcpu->exit.kind != AXVM_EXIT_NONE)
		axvm_exit_handle_slow(vcpu);
	cond_resched();
}

static int vcpu_thread(void *data)
{
	struct axvm_vcpu *vcpu = data;

	choose_cpus(vcpu);
	while (!has_request(vcpu, AXVM_REQ_STOP)) {
		/* First, so that whoever pauses and resumes finds nothing of before a restart. */
		if (axvm_vcpu_take_request(vcpu, AXVM_REQ_POWER_ON))
			handle_power_on(vcpu);
		else if (has_request(vcpu, AXVM_REQ_PAUSE))
			park(vcpu);
		else if (axvm_vcpu_take_request(vcpu, AXVM_REQ_SYSTEM))
			axvm_exit_system(vcpu->vm, vcpu->vm->device_event,
					 vcpu->vm->device_event_code);
		else if (!axvm_vcpu_has_power(vcpu))
			wait_for_power(vcpu);
		else
			run(vcpu);
	}

	WRITE_ONCE(vcpu->left, true);
	wake_up_all(&vcpu->vm->state_wait);
	/* Stay until somebody joins, so that the task pointer keeps its meaning. */
	axvm_host_await_stop();
	return 0;
}

/* --- life --- */

static void reset_power(struct axvm_vcpu *vcpu)
{
	vcpu->requests = 0;
	vcpu->power = AXVM_POWER_OFF;
	vcpu->parked = false;
	vcpu->halted = false;
	vcpu->left = false;
	vcpu->exit.kind = AXVM_EXIT_NONE;
}

int axvm_vcpu_create_thread(struct axvm_vcpu *vcpu)
{
	struct task_struct *task;
	int ret;

	if (vcpu->task)
		return -EBUSY;
	reset_power(vcpu);
	task = kthread_create(vcpu_thread, vcpu, "axvm/%s/%u", vcpu->vm->name, vcpu->id);
	if (IS_ERR(task))
		return PTR_ERR(task);
	ret = axvm_host_take_place(vcpu->vm->place, task);
	if (ret) {
		kthread_stop(task);
		return ret;
	}
	WRITE_ONCE(vcpu->task, task);
	return 0;
}

void axvm_vcpu_join_thread(struct axvm_vcpu *vcpu)
{
	struct task_struct *task = vcpu->task;

	if (!task)
		return;
	/* Before it exits: whoever found it under RCU is done before the exit lets it go. */
	WRITE_ONCE(vcpu->task, NULL);
	kthread_stop(task);
	vcpu->power = AXVM_POWER_OFF;
}

/* CPUs set apart with isolcpus= or nohz_full= are for those who ask for them by name. */
static void set_default_affinity(struct axvm_vcpu *vcpu)
{
	if (!cpumask_and(vcpu->affinity, housekeeping_cpumask(HK_TYPE_DOMAIN_BOOT),
			 housekeeping_cpumask(HK_TYPE_TICK)))
		cpumask_copy(vcpu->affinity, housekeeping_cpumask(HK_TYPE_DOMAIN_BOOT));
}

/* Called by the creator; vcpu->cpus is not in use yet. */
static int check_affinity(struct axvm_vcpu *vcpu, const struct cpumask *wanted,
			  struct axvm_error *err)
{
	if (!have_active(wanted))
		return axvm_fail(err, "no CPU of the vCPU's affinity mask is online", -EINVAL);
	if (!cpumask_and(vcpu->cpus, axvm_host_place_cpus(vcpu->vm->place), wanted) ||
	    !have_active(vcpu->cpus))
		return axvm_fail(err, "no CPU of the vCPU's affinity mask is open to its creator",
				 -EINVAL);
	return 0;
}

static int set_affinity(struct axvm_vcpu *vcpu, const struct cpumask *wanted,
			struct axvm_error *err)
{
	if (cpumask_empty(wanted)) {
		set_default_affinity(vcpu);
		return 0;
	}
	cpumask_copy(vcpu->affinity, wanted);
	return check_affinity(vcpu, wanted, err);
}

static int alloc_masks(struct axvm_vcpu *vcpu)
{
	if (!zalloc_cpumask_var(&vcpu->affinity, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	if (zalloc_cpumask_var(&vcpu->cpus, GFP_KERNEL_ACCOUNT))
		return 0;
	free_cpumask_var(vcpu->affinity);
	return -ENOMEM;
}

static void free_masks(struct axvm_vcpu *vcpu)
{
	free_cpumask_var(vcpu->cpus);
	free_cpumask_var(vcpu->affinity);
}

struct axvm_vcpu *axvm_vcpu_create(struct axvm_vm *vm, const struct axvm_vcpu_cfg *cfg,
				   struct axvm_error *err)
{
	struct axvm_vcpu *vcpu = kzalloc(axvm_arch->vcpu_size, GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!vcpu)
		goto err;
	vcpu->vm = vm;
	vcpu->id = cfg->id;
	vcpu->hw_id = cfg->hw_id;
	vcpu->cpu = -1;
	vcpu->last_cpu = -1;
	rcuwait_init(&vcpu->wait);
	raw_spin_lock_init(&vcpu->power_lock);
	seqcount_init(&vcpu->time_seq);
	ret = alloc_masks(vcpu);
	if (ret)
		goto err_free;
	ret = set_affinity(vcpu, &cfg->affinity, err);
	if (ret)
		goto err_masks;
	ret = axvm_arch->vcpu_init(vcpu);
	if (ret)
		goto err_masks;
	return vcpu;

err_masks:
	free_masks(vcpu);
err_free:
	kfree(vcpu);
err:
	axvm_fail(err, "the vCPU could not be created", ret);
	return ERR_PTR(ret);
}

void axvm_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	axvm_arch->vcpu_destroy(vcpu);
	free_masks(vcpu);
	kfree(vcpu);
}
