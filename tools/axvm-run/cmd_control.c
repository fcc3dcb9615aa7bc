// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that change the state of VMs which exist: stop, pause, resume,
 * reset and destroy.
 */
#include <linux/axvm_netlink.h>

#include "cmd.h"
#include "nl.h"
#include "select.h"
#include "util_json.h"
#include "vm_text.h"

struct control_values {
	bool json;
	bool all;
	bool force;
};

static const struct option_def control_options[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct control_values, all), NULL,
	  "all VMs, instead of those named" },
	OPTION_JSON_AT(struct control_values),
	{ 0 },
};

static const struct option_def destroy_options[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct control_values, all), NULL,
	  "all VMs, instead of those named" },
	{ "force", 'f', OPTION_FLAG, offsetof(struct control_values, force), NULL,
	  "also a VM that runs" },
	OPTION_JSON_AT(struct control_values),
	{ 0 },
};

/* What a command does to one VM. Returns 0 or a negative errno. */
typedef int (*control_fn)(struct ax *ax, uint32_t id, bool force);

static void print_json(struct ax *ax, const struct ax_vms *vms)
{
	struct json json;
	size_t i;

	json_init(&json, stdout);
	json_array(&json);
	for (i = 0; i < vms->nr; i++) {
		struct ax_vm now = vms->list[i];

		if (ax_vm_get(ax, now.id, &now)) {
			now.state = AXVM_VM_STATE_DESTROYED;
			now.reason = AXVM_VM_REASON_REQUEST;
		}
		vm_print_json(&now, &json);
		json_end(&json);
	}
	json_end(&json);
}

static int control_vms(struct ax *ax, const char *verb, control_fn control,
		       const struct control_values *values, struct ax_vms *vms)
{
	int status = STATUS_OK;
	size_t i;

	for (i = 0; i < vms->nr; i++) {
		const struct ax_vm *vm = &vms->list[i];

		if (!control(ax, vm->id, values->force))
			continue;
		ax_complain_vm(ax, verb, vm);
		status = STATUS_FAILED;
	}
	if (values->json)
		print_json(ax, vms);
	return status;
}

static int run_control(const char *verb, control_fn control, const struct control_values *values,
		       int nr_args, char **args)
{
	struct ax_vms vms;
	struct ax *ax;
	int status;

	if (!nr_args == !values->all) {
		say_error("%s: name the VMs, or --all", verb);
		return STATUS_USAGE;
	}
	ax = ax_open();
	if (!ax)
		return STATUS_FAILED;
	status = select_vms(ax, verb, nr_args, args, &vms);
	status = worse_status(status, control_vms(ax, verb, control, values, &vms));
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
}

static int stop_vm(struct ax *ax, uint32_t id, bool force __attribute__((unused)))
{
	return ax_vm_do(ax, id, AX_STOP);
}

static int pause_vm(struct ax *ax, uint32_t id, bool force __attribute__((unused)))
{
	return ax_vm_do(ax, id, AX_PAUSE);
}

static int resume_vm(struct ax *ax, uint32_t id, bool force __attribute__((unused)))
{
	return ax_vm_do(ax, id, AX_RESUME);
}

static int reset_vm(struct ax *ax, uint32_t id, bool force __attribute__((unused)))
{
	return ax_vm_do(ax, id, AX_RESET);
}

static int stop_main(void *values, int nr_args, char **args)
{
	return run_control("stop", stop_vm, values, nr_args, args);
}

static int pause_main(void *values, int nr_args, char **args)
{
	return run_control("pause", pause_vm, values, nr_args, args);
}

static int resume_main(void *values, int nr_args, char **args)
{
	return run_control("resume", resume_vm, values, nr_args, args);
}

static int reset_main(void *values, int nr_args, char **args)
{
	return run_control("reset", reset_vm, values, nr_args, args);
}

static int destroy_main(void *values, int nr_args, char **args)
{
	return run_control("destroy", ax_vm_del, values, nr_args, args);
}

static const char stop_details[] =
"A VM is an id or a name. The guest is not asked. Returns when no vCPU runs any more.\n";

static const char pause_details[] =
"A VM is an id or a name. Returns when all its vCPUs are parked.\n";

static const char resume_details[] =
"A VM is an id or a name.\n";

static const char reset_details[] =
"A VM is an id or a name. Its memory is cleared and the images are loaded again; a VM\n"
"that was running starts anew, another one waits for 'start'.\n";

#define CONTROL_COMMAND(verb, what) \
const struct command cmd_##verb = { \
	.name = #verb, \
	.args = "VM...", \
	.summary = what, \
	.details = verb##_details, \
	.options = control_options, \
	.values_size = sizeof(struct control_values), \
	.min_args = 0, \
	.max_args = -1, \
	.run = verb##_main, \
}

CONTROL_COMMAND(stop, "stop VMs, whatever their guests do");

CONTROL_COMMAND(pause, "let VMs stand still");

CONTROL_COMMAND(resume, "let paused VMs go on");

CONTROL_COMMAND(reset, "bring VMs back to where they were before their start");

const struct command cmd_destroy = {
	.name = "destroy",
	.args = "VM...",
	.summary = "remove VMs and free their memory",
	.details = resume_details,
	.options = destroy_options,
	.values_size = sizeof(struct control_values),
	.min_args = 0,
	.max_args = -1,
	.run = destroy_main,
};
