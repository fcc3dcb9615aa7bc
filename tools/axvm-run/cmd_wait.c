// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run wait": be told how VMs end, without their consoles.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attach.h"
#include "cmd.h"
#include "nl.h"
#include "report.h"
#include "select.h"
#include "util.h"

static const struct option_def wait_options[] = {
	OPTION_JSON_AT(struct common_values),
	{ 0 },
};

static void tell_text(const struct attach_vm *vm)
{
	char *text = vm_end_text(&vm->end);

	printf("VM '%s' %s\n", vm->name, text);
	fflush(stdout);
	free(text);
}

static void tell_json(const struct attach_vm *vm)
{
	print_end_json(vm, stdout);
}

static int wait_for(struct ax *ax, const struct ax_vms *vms, bool json)
{
	struct attach attach = {
		.ax = ax,
		.nr_vms = vms->nr,
		.no_input = true,
		.on_over = json ? tell_json : tell_text,
	};
	int status = STATUS_FAILED;
	unsigned int i;

	attach.events = ax_events_open(ax);
	if (!attach.events) {
		ax_complain(ax, "events");
		return status;
	}
	attach.vms = xcalloc(vms->nr, sizeof(*attach.vms));
	for (i = 0; i < vms->nr; i++) {
		attach.vms[i].id = vms->list[i].id;
		attach.vms[i].name = vms->list[i].name;
		attach.vms[i].console = -1;
	}
	status = attach_status(&attach, attach_run(&attach));
	ax_events_close(attach.events);
	free(attach.vms);
	return status;
}

static int wait_main(void *values, int nr_args, char **args)
{
	const struct common_values *common = values;
	struct ax *ax = ax_open();
	struct ax_vms vms;
	int status;

	if (!ax)
		return STATUS_FAILED;
	status = select_vms(ax, "wait", nr_args, args, &vms);
	if (!status)
		status = wait_for(ax, &vms, common->json);
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
}

const struct command cmd_wait = {
	.name = "wait",
	.args = "VM...",
	.summary = "wait until VMs end, and tell how",
	.details =
"A VM is an id or a name. Of one that ended already it is told at once. The exit status\n"
"is that of 'run'. With -j, one JSON object a line tells how each VM ended.\n",
	.options = wait_options,
	.values_size = sizeof(struct common_values),
	.min_args = 1,
	.max_args = -1,
	.run = wait_main,
};
