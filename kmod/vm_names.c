// SPDX-License-Identifier: GPL-2.0
/*
 * What states of VMs, and the reasons for them, are called.
 *
 * Constant; asked by whatever shows VMs to people, in any context.
 */
#include <kunit/visibility.h>

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
