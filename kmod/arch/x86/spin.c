// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU that spins gives way to another one of its VM.
 *
 * Called on the vCPU's thread, not loaded, when the hardware has seen it execute PAUSE in a loop.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "arch/x86/x86.h"

/* The task stays for as long as RCU, or the reference, holds it. */
static bool let_run(struct axvm_vcpu *vcpu)
{
	struct task_struct *task;
	bool done;

	rcu_read_lock();
	task = READ_ONCE(vcpu->task);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	if (!task)
		return false;
	done = yield_to(task, true) > 0;
	put_task_struct(task);
	return done;
}

/* Most likely to a vCPU that could run and does not: it may hold what this one waits for. */
void x86_give_way(struct axvm_vcpu *vcpu)
{
	struct axvm_vm *vm = vcpu->vm;
	struct axvm_vcpu *other;
	u32 i;

	for (i = 1; i < vm->nr_vcpus; i++) {
		other = vm->vcpus[(vcpu->id + i) % vm->nr_vcpus];
		if (READ_ONCE(other->cpu) < 0 && !READ_ONCE(other->halted) && let_run(other))
			return;
	}
}
