// SPDX-License-Identifier: GPL-2.0
/*
 * States and reasons in words, see vm_text.h.
 */
#include "vm_text.h"

#include <inttypes.h>
#include <linux/axvm_netlink.h>
#include <stdio.h>

#include "cmd.h"
#include "util.h"
#include "util_json.h"

static const char *const state_names[] = {
	[AXVM_VM_STATE_CREATED] = "created",
	[AXVM_VM_STATE_READY] = "ready",
	[AXVM_VM_STATE_RUNNING] = "running",
	[AXVM_VM_STATE_PAUSED] = "paused",
	[AXVM_VM_STATE_STOPPING] = "stopping",
	[AXVM_VM_STATE_STOPPED] = "stopped",
	[AXVM_VM_STATE_CRASHED] = "crashed",
	[AXVM_VM_STATE_DESTROYED] = "destroyed",
};

/* What a reason is called, how an end for it is told, and its exit status. */
struct reason_text {
	const char *name;
	const char *told;
	enum cmd_status status;
};

static const struct reason_text reasons[] = {
	[AXVM_VM_REASON_NONE] = { "none", NULL, STATUS_VANISHED },
	[AXVM_VM_REASON_REQUEST] = { "request", "on request", STATUS_OK },
	[AXVM_VM_REASON_GUEST_POWEROFF] = {
		"guest-poweroff", "the guest powered off", STATUS_OK,
	},
	[AXVM_VM_REASON_GUEST_REBOOT] = {
		"guest-reboot", "the guest wanted to reboot", STATUS_OK,
	},
	[AXVM_VM_REASON_GUEST_FAILURE] = {
		"guest-failure", "the guest reported a failure", STATUS_GUEST_FAILURE,
	},
	[AXVM_VM_REASON_OWNER_CLOSED] = {
		"owner-closed", "its owner went away", STATUS_VANISHED,
	},
	[AXVM_VM_REASON_NO_MEMORY] = {
		"no-memory", "the host had no memory left for it", STATUS_CRASHED,
	},
	[AXVM_VM_REASON_BAD_EXIT] = {
		"bad-exit", "the hardware reported an exit that axvm cannot handle",
		STATUS_CRASHED,
	},
	[AXVM_VM_REASON_NO_VCPUS] = {
		"no-vcpus", "all its vCPUs turned themselves off", STATUS_VANISHED,
	},
	[AXVM_VM_REASON_MODULE] = {
		"module", "the host is going away", STATUS_VANISHED,
	},
	[AXVM_VM_REASON_CPU_SHUTDOWN] = {
		"cpu-shutdown", "a guest CPU shut down (triple fault)", STATUS_CRASHED,
	},
	[AXVM_VM_REASON_NO_THREADS] = {
		"no-threads", "the host could not make its vCPU threads", STATUS_CRASHED,
	},
};

static const char *const vcpu_state_names[] = {
	[AXVM_VCPU_STATE_OFF] = "off",
	[AXVM_VCPU_STATE_STARTING] = "starting",
	[AXVM_VCPU_STATE_RUNNING] = "running",
	[AXVM_VCPU_STATE_HALTED] = "halted",
	[AXVM_VCPU_STATE_SUSPENDED] = "suspended",
	[AXVM_VCPU_STATE_PAUSED] = "paused",
};

static const char *const map_type_names[] = {
	[AXVM_MAP_TYPE_ALLOC] = "alloc",
	[AXVM_MAP_TYPE_IDENTICAL] = "identical",
	[AXVM_MAP_TYPE_RESERVED] = "reserved",
};

static const char *name_of(const char *const *names, size_t nr, uint32_t value)
{
	return value < nr && names[value] ? names[value] : "?";
}

const char *vm_state_name(uint32_t state)
{
	return name_of(state_names, ARRAY_SIZE(state_names), state);
}

const char *vcpu_state_name(uint32_t state)
{
	return name_of(vcpu_state_names, ARRAY_SIZE(vcpu_state_names), state);
}

const char *map_type_name(uint32_t map_type)
{
	return name_of(map_type_names, ARRAY_SIZE(map_type_names), map_type);
}

const char *vm_reason_name(uint32_t reason)
{
	return reason < ARRAY_SIZE(reasons) && reasons[reason].name ? reasons[reason].name : "?";
}

bool vm_has_ended(uint32_t state)
{
	return state == AXVM_VM_STATE_STOPPED || state == AXVM_VM_STATE_CRASHED ||
	       state == AXVM_VM_STATE_DESTROYED;
}

int vm_end_status(const struct vm_end *end)
{
	enum cmd_status status = STATUS_VANISHED;

	if (end->reason < ARRAY_SIZE(reasons))
		status = reasons[end->reason].status;
	if (status == STATUS_GUEST_FAILURE)
		return status;
	if (end->state == AXVM_VM_STATE_CRASHED)
		return STATUS_CRASHED;
	if (end->state == AXVM_VM_STATE_DESTROYED)
		return STATUS_VANISHED;
	return status;
}

char *vm_end_text(const struct vm_end *end)
{
	const char *told = NULL;

	if (end->reason < ARRAY_SIZE(reasons))
		told = reasons[end->reason].told;
	if (!told)
		return xstrdup(vm_state_name(end->state));
	if (end->code)
		return xasprintf("%s: %s (%s, code 0x%" PRIx64 ")", vm_state_name(end->state), told,
				 vm_reason_name(end->reason), end->code);
	return xasprintf("%s: %s (%s)", vm_state_name(end->state), told,
			 vm_reason_name(end->reason));
}

/* The first failure of the list wins. */
int worse_status(int a, int b)
{
	static const int order[] = {
		STATUS_FAILED, STATUS_CRASHED, STATUS_GUEST_FAILURE, STATUS_VANISHED,
		STATUS_UNSUPPORTED,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a > b ? a : b;
}

char *format_size(uint64_t size, char *text, size_t len)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (size && !(size % 1024) && unit + 1 < ARRAY_SIZE(units)) {
		size /= 1024;
		unit++;
	}
	snprintf(text, len, "%" PRIu64 " %s", size, units[unit]);
	return text;
}

char *format_flags(uint32_t flags, char *text, size_t len)
{
	snprintf(text, len, "%c%c%c%s%s%s", flags & AXVM_REGION_FLAGS_READ ? 'r' : '-',
		 flags & AXVM_REGION_FLAGS_WRITE ? 'w' : '-',
		 flags & AXVM_REGION_FLAGS_EXEC ? 'x' : '-',
		 flags & AXVM_REGION_FLAGS_USER ? " user" : "",
		 flags & AXVM_REGION_FLAGS_DEVICE ? " device" : "",
		 flags & AXVM_REGION_FLAGS_UNCACHED ? " uncached" : "");
	return text;
}

void vm_end_json(const struct vm_end *end, struct json *json)
{
	json_key_string(json, "state", vm_state_name(end->state));
	json_key_string(json, "reason", vm_reason_name(end->reason));
	json_key_uint(json, "code", end->code);
}

void vm_print_json(const struct ax_vm *vm, struct json *json)
{
	const struct vm_end now = { vm->state, vm->reason, vm->code };
	unsigned int i;

	json_object(json);
	json_key_uint(json, "id", vm->id);
	json_key_string(json, "name", vm->name);
	json_key_bool(json, "owned", vm->flags & AXVM_VM_FLAGS_OWNED);
	vm_end_json(&now, json);
	json_key_uint(json, "vcpus", vm->nr_vcpus);
	json_key_uint(json, "memory", vm->memory);
	json_key_uint(json, "backed", vm->backed);
	json_key_uint(json, "backed_huge", vm->backed_huge);
	if (vm->vector_bits)
		json_key_uint(json, "vector_bits", vm->vector_bits);
	if (vm->has_entry)
		json_key_uint(json, "entry", vm->entry);
	json_key(json, "boot_args");
	json_array(json);
	for (i = 0; i < vm->nr_boot_args; i++)
		json_uint(json, vm->boot_args[i]);
	json_end(json);
	json_key_uint(json, "seq", vm->seq);
	json_key_uint(json, "created_ns", vm->created_ns);
}
