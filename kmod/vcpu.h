/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual CPUs: one kthread each, its requests, its sleep.
 *
 * Field letters: I immutable after the VM is created, t the vCPU's own thread
 * only, a atomic or READ_ONCE/WRITE_ONCE, p vcpu->power_lock, v vm->lock.
 */
#ifndef AXVM_VCPU_H
#define AXVM_VCPU_H

#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/rcuwait.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "exit.h"

struct axvm_error;
struct axvm_vm;
struct task_struct;

/* Things another context asks of a vCPU; seen before the next entry. */
enum axvm_request {
	AXVM_REQ_STOP,		/* leave the run loop for good */
	AXVM_REQ_PAUSE,		/* park until it is taken back */
	AXVM_REQ_POWER_ON,	/* power_entry and power_arg are set: start there */
	AXVM_REQ_SYSTEM,	/* a device ended the machine: vm->device_event */
	AXVM_REQ_ARCH,		/* first of the backend's own */
	AXVM_REQ_ARCH_LAST = AXVM_REQ_ARCH + 7,
};

/* Power state as the guest's firmware interface shows it. */
enum axvm_power {
	AXVM_POWER_OFF,
	AXVM_POWER_STARTING,
	AXVM_POWER_ON,
	AXVM_POWER_SUSPENDED,
};

/* What a vCPU does, for people: the values of the uapi's enum; asserted in netlink.c. */
enum axvm_vcpu_activity {
	AXVM_VCPU_OFF,
	AXVM_VCPU_STARTING,
	AXVM_VCPU_RUNNING,
	AXVM_VCPU_HALTED,
	AXVM_VCPU_SUSPENDED,
	AXVM_VCPU_PAUSED,
};

/* What the thread does right now. */
enum axvm_vcpu_mode {
	AXVM_MODE_HOST,		/* will look at requests before it enters */
	AXVM_MODE_GUEST,	/* needs a kick to see them */
};

/* Index of the counters that are not exit kinds. */
enum axvm_counter {
	AXVM_COUNT_ENTRIES = AXVM_EXIT_KINDS,	/* world switches */
	AXVM_COUNT_HOST_IRQ,			/* left for a host interrupt */
	AXVM_COUNT_FAST,			/* finished in the backend with interrupts off */
	AXVM_COUNT_LOADS,			/* times the state was loaded on a CPU */
	AXVM_COUNT_INJECTED,			/* interrupts raised in the guest */
	AXVM_COUNTERS
};

/**
 * struct axvm_vcpu - a virtual CPU; the backend's own type starts with it
 * @vm: owner [I]
 * @id: index in the VM [I]
 * @hw_id: id that the guest sees [I]
 * @affinity: host CPUs wanted [I]
 * @cpus: those that it may use of them [t, and the creator before]
 * @task: its thread, NULL while the VM does not run [v]
 * @requests: bits of enum axvm_request [a]
 * @mode: enum axvm_vcpu_mode [a]
 * @cpu: host CPU on which its state is loaded, -1 otherwise [a, written by t]
 * @last_cpu: host CPU on which it was loaded last, -1 never [t]
 * @wait: where the thread sleeps [a]
 * @halted: sleeps until an interrupt [a, written by t]
 * @parked: it has seen AXVM_REQ_PAUSE and waits [a, written by t]
 * @left: the thread has left its loop and waits for the one who joins it [likewise]
 * @leaving: @task, for as long as axvm_threads_leave() is at it
 * @power_lock: innermost, raw
 * @power: power state [p; READ_ONCE elsewhere]
 * @power_entry: start address [p]
 * @power_arg: start argument [p]
 * @exit: the exit under way [t]
 * @count: counters [written by t, READ_ONCE elsewhere]
 * @time_ns: time spent on exits, by enum axvm_exit_kind; that of exits which are finished
 *	in the loaded section is measured while the module parameter exit_times is on [likewise]
 * @loaded_ns: time loaded on a CPU: in the guest, and with exits of the loaded section [likewise]
 * @time_seq: for readers: the sum grows and what lasts ends in one step
 * @time_of: which sum of times grows right now, NULL none [t, read with @time_seq]
 * @time_since: since when [likewise]
 */
struct axvm_vcpu {
	struct axvm_vm *vm;
	u32 id;
	u64 hw_id;
	cpumask_var_t affinity;
	cpumask_var_t cpus;
	struct task_struct *task;
	unsigned long requests;
	int mode;
	int cpu;
	int last_cpu;
	struct rcuwait wait;
	bool halted;
	bool parked;
	bool left;
	struct task_struct *leaving;
	raw_spinlock_t power_lock;
	enum axvm_power power;
	u64 power_entry;
	u64 power_arg;
	struct axvm_exit exit;
	u64 count[AXVM_COUNTERS];
	u64 time_ns[AXVM_EXIT_KINDS];
	u64 loaded_ns;
	seqcount_t time_seq;
	u64 *time_of;
	u64 time_since;
};

/**
 * struct axvm_vcpu_cfg - a vCPU as asked for
 * @id: index, each from 0 to the number of vCPUs - 1 once
 * @hw_id: hardware id, unique in the VM
 * @affinity: host CPUs allowed, empty = all
 */
struct axvm_vcpu_cfg {
	u32 id;
	u64 hw_id;
	struct cpumask affinity;
};

/* Process context; part of VM creation and destruction. */
struct axvm_vcpu *axvm_vcpu_create(struct axvm_vm *vm, const struct axvm_vcpu_cfg *cfg,
				   struct axvm_error *err);
void axvm_vcpu_destroy(struct axvm_vcpu *vcpu);

/* Process context, vm->lock held: make the thread, let it run, wait for its end. */
int axvm_vcpu_create_thread(struct axvm_vcpu *vcpu);
void axvm_vcpu_join_thread(struct axvm_vcpu *vcpu);

/**
 * axvm_vcpu_request() - ask something of a vCPU and make it look
 * @vcpu: any vCPU whose VM is alive
 * @req: enum axvm_request or a backend's own
 *
 * Pairs with the check that the run loop makes after it set @mode.
 * Context: any.
 */
void axvm_vcpu_request(struct axvm_vcpu *vcpu, unsigned int req);

/* Wake it when it sleeps, interrupt it when it runs in the guest. Any context. */
void axvm_vcpu_kick(struct axvm_vcpu *vcpu);

/* Not while it starts: whoever turns it on has not made the request yet. */
static inline bool axvm_vcpu_has_power(const struct axvm_vcpu *vcpu)
{
	enum axvm_power power = READ_ONCE(vcpu->power);

	return power == AXVM_POWER_ON || power == AXVM_POWER_SUSPENDED;
}

/* Take a request; true once per request. vCPU thread. */
static inline bool axvm_vcpu_take_request(struct axvm_vcpu *vcpu, unsigned int req)
{
	return test_bit(req, &vcpu->requests) && test_and_clear_bit(req, &vcpu->requests);
}

/**
 * axvm_vcpu_power_on() - start a vCPU that is off
 * @vcpu: target
 * @entry: guest-physical start address
 * @arg: its argument
 *
 * Any context.
 *
 * Return: 0, or -EALREADY when it is not off.
 */
int axvm_vcpu_power_on(struct axvm_vcpu *vcpu, u64 entry, u64 arg);

/* The vCPU turns itself off; vCPU thread. */
void axvm_vcpu_power_off(struct axvm_vcpu *vcpu);

/* The vCPU whose hardware id is hw_id, or NULL. Any context. */
struct axvm_vcpu *axvm_vcpu_find(struct axvm_vm *vm, u64 hw_id);

/* Sleep until an interrupt or request; vCPU thread, not loaded. */
void axvm_vcpu_halt(struct axvm_vcpu *vcpu);

/* It spins: to another vCPU of its VM that could run and does not; vCPU thread, not loaded. */
void axvm_vcpu_give_way(struct axvm_vcpu *vcpu);

/* Any context. */
enum axvm_vcpu_activity axvm_vcpu_state(const struct axvm_vcpu *vcpu);

static inline void axvm_vcpu_count(struct axvm_vcpu *vcpu, unsigned int counter)
{
	WRITE_ONCE(vcpu->count[counter], vcpu->count[counter] + 1);
}

/* To a sum of times that others read. vCPU thread. */
static inline void axvm_vcpu_add_time(u64 *sum, u64 start_ns)
{
	WRITE_ONCE(*sum, *sum + ktime_get_ns() - start_ns);
}

/*
 * Something begins that counts for one of the vCPU's sums of times, and may last; it ends. One at a
 * time. vCPU thread.
 */
static inline void axvm_vcpu_begin_time(struct axvm_vcpu *vcpu, u64 *sum)
{
	preempt_disable();
	write_seqcount_begin(&vcpu->time_seq);
	WRITE_ONCE(vcpu->time_since, ktime_get_ns());
	WRITE_ONCE(vcpu->time_of, sum);
	write_seqcount_end(&vcpu->time_seq);
	preempt_enable();
}

static inline void axvm_vcpu_end_time(struct axvm_vcpu *vcpu)
{
	u64 *sum = vcpu->time_of;

	preempt_disable();
	write_seqcount_begin(&vcpu->time_seq);
	axvm_vcpu_add_time(sum, vcpu->time_since);
	WRITE_ONCE(vcpu->time_of, NULL);
	write_seqcount_end(&vcpu->time_seq);
	preempt_enable();
}

/* One of a vCPU's sums of times, with what it has been doing until now. Any context. */
u64 axvm_vcpu_read_time(const struct axvm_vcpu *vcpu, const u64 *sum);

/* Name of counter n, NULL past the end. */
const char *axvm_counter_name(unsigned int n);

#endif /* AXVM_VCPU_H */
