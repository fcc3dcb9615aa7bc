// SPDX-License-Identifier: GPL-2.0
/*
 * Tell how VMs ended, and end them, see report.h.
 */
#include "report.h"

#include <errno.h>
#include <linux/axvm_netlink.h>
#include <stdlib.h>

#include "cmd.h"
#include "util_json.h"

void tell_end(const struct attach_vm *vm)
{
	char *text = vm_end_text(&vm->end);

	say_notice("VM '%s' %s", vm->name, text);
	free(text);
}

void print_end_json(const struct attach_vm *vm, FILE *out)
{
	struct json json;

	json_init(&json, out);
	json_object(&json);
	json_key_uint(&json, "id", vm->id);
	json_key_string(&json, "name", vm->name);
	vm_end_json(&vm->end, &json);
	json_key_int(&json, "status", vm_end_status(&vm->end));
	json_end(&json);
	fflush(out);
}

void tell_end_json(const struct attach_vm *vm)
{
	print_end_json(vm, stderr);
}

void stop_and_tell(struct ax *ax, struct attach_vm *vm, void (*tell)(const struct attach_vm *vm))
{
	int err = ax_vm_do(ax, vm->id, AX_STOP);
	struct ax_vm now;

	/* -EINVAL: it was not running any more; how it ended is asked next. */
	if (err && err != -EINVAL && err != -ENOENT)
		ax_complain(ax, "stop: VM '%s'", vm->name);
	vm->end = (struct vm_end){ .state = AXVM_VM_STATE_DESTROYED };
	err = ax_vm_get(ax, vm->id, &now);
	if (err && err != -ENOENT)
		return;
	if (!err)
		vm->end = (struct vm_end){ now.state, now.reason, now.code };
	vm->over = true;
	if (tell)
		tell(vm);
}
