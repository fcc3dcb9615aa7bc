// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run console" and "axvm-run start": be at the consoles of VMs that exist.
 */
#include <stdlib.h>
#include <unistd.h>

#include "attach.h"
#include "cmd.h"
#include "nl.h"
#include "report.h"
#include "select.h"
#include "term.h"
#include "util.h"
#include "util_json.h"
#include "vmdev.h"

struct console_values {
	bool json;
	bool history;
	bool quiet;
	struct option_number index;
};

struct start_values {
	bool json;
	bool console;
	bool quiet;
};

static const struct option_def console_options[] = {
	{ "history", 'H', OPTION_FLAG, offsetof(struct console_values, history), NULL,
	  "begin with what the guest printed before, as far as\nit is kept" },
	{ "index", 'n', OPTION_NUMBER, offsetof(struct console_values, index), "N",
	  "which of the VM's consoles; 0 is the first" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct console_values, quiet), NULL,
	  "print no messages but errors" },
	OPTION_JSON_AT(struct console_values),
	{ 0 },
};

static const struct option_def start_options[] = {
	{ "console", 'c', OPTION_FLAG, offsetof(struct start_values, console), NULL,
	  "be at the consoles until the VMs end" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct start_values, quiet), NULL,
	  "print no messages but errors" },
	OPTION_JSON_AT(struct start_values),
	{ 0 },
};

/* An open descriptor would make us an owner of the VM: it is closed again. */
static int open_console(const struct ax_vm *vm, uint32_t index, bool history)
{
	int fd = vmdev_open(vm->id, vm->name);
	int console;

	if (fd < 0)
		return fd;
	console = vmdev_console(fd, index, history);
	close(fd);
	return console;
}

static int init_attach(struct attach *attach, struct ax *ax, const struct ax_vms *vms, bool json)
{
	unsigned int i;

	*attach = (struct attach){
		.ax = ax,
		.vms = xcalloc(vms->nr, sizeof(*attach->vms)),
		.nr_vms = vms->nr,
		.on_over = json ? tell_end_json : tell_end,
	};
	for (i = 0; i < attach->nr_vms; i++) {
		attach->vms[i].id = vms->list[i].id;
		attach->vms[i].name = vms->list[i].name;
		attach->vms[i].console = -1;
	}
	attach->events = ax_events_open(ax);
	if (attach->events)
		return STATUS_OK;
	ax_complain(ax, "events");
	return STATUS_FAILED;
}

static int open_consoles(struct attach *attach, const struct ax_vms *vms, uint32_t index,
			 bool history)
{
	unsigned int i;

	for (i = 0; i < attach->nr_vms; i++) {
		attach->vms[i].console = open_console(&vms->list[i], index, history);
		if (attach->vms[i].console < 0)
			return STATUS_FAILED;
	}
	return STATUS_OK;
}

static void exit_attach(struct attach *attach)
{
	unsigned int i;

	for (i = 0; i < attach->nr_vms; i++)
		if (attach->vms[i].console >= 0)
			close(attach->vms[i].console);
	ax_events_close(attach->events);
	free(attach->vms);
}

/* Until the VMs end or somebody leaves; then they go on. */
static int attend(struct attach *attach)
{
	const char *name = attach->vms[0].name;
	enum attach_outcome outcome;

	if (term_usable() && isatty(STDERR_FILENO))
		say_notice("console of VM '%s'; Ctrl-] leaves it", name);
	outcome = attach_run(attach);
	if (outcome == ATTACH_LEFT)
		say_notice("VM '%s' goes on; '" PROGRAM " console %s' comes back to it", name,
			   name);
	return attach_status(attach, outcome);
}

/* --- console --- */

static int console_of(struct ax *ax, char *name, const struct console_values *values)
{
	struct attach attach = { 0 };
	struct ax_vms vms;
	int status = select_vms(ax, "console", 1, &name, &vms);

	if (!status)
		status = init_attach(&attach, ax, &vms, values->json);
	if (!status)
		status = open_consoles(&attach, &vms, values->index.value, values->history);
	if (!status)
		status = attend(&attach);
	exit_attach(&attach);
	ax_vms_free(&vms);
	return status;
}

static int console_main(void *values, int nr_args __attribute__((unused)), char **args)
{
	const struct console_values *console = values;
	struct ax *ax;
	int status;

	if (console->index.value > UINT32_MAX) {
		say_error("--index: larger than 32 bits");
		return STATUS_USAGE;
	}
	if (console->quiet)
		say_quiet();
	ax = ax_open();
	if (!ax)
		return STATUS_FAILED;
	status = console_of(ax, args[0], console);
	ax_close(ax);
	return status;
}

const struct command cmd_console = {
	.name = "console",
	.args = "VM",
	.summary = "attach to the console of a VM",
	.details =
"VM is an id or a name. On a terminal, Ctrl-] leaves the console; the VM goes on, as it\n"
"does when standard input ends. When the VM ends, so does this command, with the same\n"
"exit status as 'run'.\n",
	.options = console_options,
	.values_size = sizeof(struct console_values),
	.min_args = 1,
	.max_args = 1,
	.run = console_main,
};

/* --- start --- */

static int start_vms(struct ax *ax, const struct ax_vms *vms)
{
	int status = STATUS_OK;
	size_t i;

	for (i = 0; i < vms->nr; i++) {
		if (!ax_vm_start(ax, vms->list[i].id, NULL))
			continue;
		ax_complain_vm(ax, "start", &vms->list[i]);
		status = STATUS_FAILED;
	}
	return status;
}

static int start_attached(struct ax *ax, const struct ax_vms *vms, bool json)
{
	struct attach attach;
	int status = init_attach(&attach, ax, vms, json);

	if (!status)
		status = open_consoles(&attach, vms, 0, false);
	if (!status)
		status = start_vms(ax, vms);
	if (!status)
		status = attend(&attach);
	exit_attach(&attach);
	return status;
}

static void print_started(struct ax *ax, const struct ax_vms *vms)
{
	struct json json;
	size_t i;

	json_init(&json, stdout);
	json_array(&json);
	for (i = 0; i < vms->nr; i++) {
		struct ax_vm now = vms->list[i];

		ax_vm_get(ax, now.id, &now);
		vm_print_json(&now, &json);
		json_end(&json);
	}
	json_end(&json);
}

static int start_main(void *values, int nr_args, char **args)
{
	const struct start_values *start = values;
	struct ax *ax = ax_open();
	struct ax_vms vms;
	int status;

	if (!ax)
		return STATUS_FAILED;
	if (start->quiet)
		say_quiet();
	status = select_vms(ax, "start", nr_args, args, &vms);
	if (!status && start->console) {
		status = start_attached(ax, &vms, start->json);
	} else if (!status) {
		status = start_vms(ax, &vms);
		if (start->json)
			print_started(ax, &vms);
	}
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
}

const struct command cmd_start = {
	.name = "start",
	.args = "VM...",
	.summary = "start VMs that were created or reset",
	.details =
"A VM is an id or a name. With --console the command is at their consoles until they end\n"
"and has the same exit status as 'run'; Ctrl-] leaves them running.\n",
	.options = start_options,
	.values_size = sizeof(struct start_values),
	.min_args = 1,
	.max_args = -1,
	.run = start_main,
};
