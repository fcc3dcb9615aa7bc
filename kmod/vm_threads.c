// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of a VM's vCPUs, all of them at a time.
 *
 * Owns nothing: the threads are the vCPUs'. Called by the state machine, in
 * process context.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "host.h"
#include "vcpu.h"
#include "vm.h"
#include "vm_threads.h"

void axvm_threads_request(struct axvm_vm *vm, unsigned int req)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		axvm_vcpu_request(vm->vcpus[i], req);
}

void axvm_threads_withdraw(struct axvm_vm *vm, unsigned int req)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		/* What the VM's clocks were set to is seen first; pairs with is_paused(). */
		clear_bit_unlock(req, &vm->vcpus[i]->requests);
		axvm_vcpu_kick(vm->vcpus[i]);
	}
}

int axvm_threads_create(struct axvm_vm *vm)
{
	u32 i;
	int ret;

	atomic_set(&vm->nr_on, 0);
	for (i = 0; i < vm->nr_vcpus; i++) {
		ret = axvm_vcpu_create_thread(vm->vcpus[i]);
		if (ret) {
			axvm_threads_join(vm);
			return ret;
		}
	}
	return 0;
}

void axvm_threads_wake(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		wake_up_process(vm->vcpus[i]->task);
}

void axvm_threads_join(struct axvm_vm *vm)
{
	u32 i;

	axvm_threads_request(vm, AXVM_REQ_STOP);
	for (i = 0; i < vm->nr_vcpus; i++)
		axvm_vcpu_join_thread(vm->vcpus[i]);
}

static bool all_left(const struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (!READ_ONCE(vm->vcpus[i]->left))
			return false;
	return true;
}

/*
 * Above memory.high a thread sleeps as often as it allocates. All are taken out of the limits: who
 * has left has still to be given the time to exit.
 */
static void urge(struct work_struct *work)
{
	struct axvm_vm *vm = container_of(to_delayed_work(work), struct axvm_vm, urge_work);
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (!READ_ONCE(vm->vcpus[i]->left))
			wake_up_process(vm->vcpus[i]->leaving);
	for (i = 0; i < vm->nr_vcpus; i++)
		axvm_host_leave_place(vm->vcpus[i]->leaving);
	queue_delayed_work(system_unbound_wq, &vm->urge_work, AXVM_URGE_INTERVAL);
}

void axvm_threads_init(struct axvm_vm *vm)
{
	INIT_DELAYED_WORK(&vm->urge_work, urge);
}

/* Whoever is joined exits at its own pace, so that somebody else has to look after it meanwhile. */
void axvm_threads_leave(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		vm->vcpus[i]->leaving = get_task_struct(vm->vcpus[i]->task);
	queue_delayed_work(system_unbound_wq, &vm->urge_work, AXVM_URGE_INTERVAL);
	wait_event(vm->state_wait, all_left(vm));
	axvm_threads_join(vm);
	cancel_delayed_work_sync(&vm->urge_work);
	for (i = 0; i < vm->nr_vcpus; i++)
		put_task_struct(vm->vcpus[i]->leaving);
}

bool axvm_threads_are_parked(const struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (!READ_ONCE(vm->vcpus[i]->parked))
			return false;
	return true;
}
