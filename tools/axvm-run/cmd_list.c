// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run list": one line for each VM.
 */
#include <stdio.h>

#include "cmd.h"
#include "nl.h"
#include "util_json.h"
#include "vm_text.h"

static const struct option_def list_options[] = {
	OPTION_JSON_AT(struct common_values),
	{ 0 },
};

static void print_json(const struct ax_vms *vms)
{
	struct json json;
	size_t i;

	json_init(&json, stdout);
	json_array(&json);
	for (i = 0; i < vms->nr; i++) {
		vm_print_json(&vms->list[i], &json);
		json_end(&json);
	}
	json_end(&json);
}

static void print_table(const struct ax_vms *vms)
{
	char memory[32];
	size_t i;

	printf("%4s  %-20s %-9s %5s %10s  %s\n", "ID", "NAME", "STATE", "VCPUS", "MEMORY",
	       "REASON");
	for (i = 0; i < vms->nr; i++) {
		const struct ax_vm *vm = &vms->list[i];

		printf("%4u  %-20s %-9s %5u %10s  %s\n", vm->id, vm->name,
		       vm_state_name(vm->state), vm->nr_vcpus,
		       format_size(vm->memory, memory, sizeof(memory)),
		       vm_reason_name(vm->reason));
	}
}

static int list_main(void *values, int nr_args __attribute__((unused)),
		     char **args __attribute__((unused)))
{
	const struct common_values *common = values;
	struct ax_vms vms = { 0 };
	struct ax *ax = ax_open();
	int status = STATUS_OK;

	if (!ax)
		return STATUS_FAILED;
	if (ax_vm_list(ax, &vms)) {
		ax_complain(ax, "list");
		status = STATUS_FAILED;
	} else if (common->json) {
		print_json(&vms);
	} else {
		print_table(&vms);
	}
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
}

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.summary = "list the VMs",
	.options = list_options,
	.values_size = sizeof(struct common_values),
	.run = list_main,
};
