// SPDX-License-Identifier: GPL-2.0
/*
 * What of VMs is shown to people: names of states and reasons, registers.
 *
 * Called by the edge: for names in any context, for registers in process context.
 */
#include <linux/nospec.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "vm.h"

static const char *const state_names[AXVM_STATES] = {
	[AXVM_STATE_CREATED]	= "created",
	[AXVM_STATE_READY]	= "ready",
	[AXVM_STATE_RUNNING]	= "running",
	[AXVM_STATE_PAUSED]	= "paused",
	[AXVM_STATE_STOPPING]	= "stopping",
	[AXVM_STATE_STOPPED]	= "stopped",
	[AXVM_STATE_CRASHED]	= "crashed",
	[AXVM_STATE_DESTROYED]	= "destroyed",
};

static const char *const reason_names[AXVM_REASONS] = {
	[AXVM_REASON_NONE]		= "none",
	[AXVM_REASON_REQUEST]		= "request",
	[AXVM_REASON_GUEST_POWEROFF]	= "guest-poweroff",
	[AXVM_REASON_GUEST_REBOOT]	= "guest-reboot",
	[AXVM_REASON_GUEST_FAILURE]	= "guest-failure",
	[AXVM_REASON_OWNER_CLOSED]	= "owner-closed",
	[AXVM_REASON_NO_MEMORY]		= "no-memory",
	[AXVM_REASON_BAD_EXIT]		= "bad-exit",
	[AXVM_REASON_NO_VCPUS]		= "no-vcpus",
	[AXVM_REASON_MODULE]		= "module",
	[AXVM_REASON_CPU_SHUTDOWN]	= "cpu-shutdown",
	[AXVM_REASON_NO_THREADS]	= "no-threads",
};

const char *axvm_state_name(enum axvm_state state)
{
	return state_names[state];
}
EXPORT_SYMBOL_IF_KUNIT(axvm_state_name);

const char *axvm_reason_name(enum axvm_reason reason)
{
	return reason_names[reason];
}
EXPORT_SYMBOL_IF_KUNIT(axvm_reason_name);

int axvm_vm_show_registers(struct axvm_vm *vm, u32 index, struct seq_file *m,
			   struct axvm_error *err)
{
	const unsigned long at_rest = ~(BIT(AXVM_STATE_RUNNING) | BIT(AXVM_STATE_STOPPING));
	int ret;

	if (index >= vm->nr_vcpus)
		return axvm_fail(err, "the VM has no such vCPU", -ENOENT);
	ret = mutex_lock_killable(&vm->lock);
	if (ret)
		return ret;
	scoped_guard(mutex, &vm->state_lock) {
		if (!(BIT(vm->state) & at_rest))
			ret = axvm_fail(err, "the VM is running: pause it first", -EBUSY);
	}
	if (!ret)
		axvm_arch->vcpu_dump(vm->vcpus[array_index_nospec(index, vm->nr_vcpus)], m);
	mutex_unlock(&vm->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_show_registers);
