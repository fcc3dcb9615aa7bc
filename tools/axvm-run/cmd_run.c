// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run run": create VMs, start them, be at their consoles, tell how they end.
 */
#include <stdlib.h>
#include <unistd.h>

#include "attach.h"
#include "cmd.h"
#include "launch.h"
#include "report.h"
#include "term.h"
#include "util.h"
#include "vmdev.h"

struct run_values {
	struct vm_values vm;
	bool keep;
	bool detach;
	bool no_reboot;
	bool quiet;
};

static const struct option_def run_options[] = {
	{ "keep", 'K', OPTION_FLAG, offsetof(struct run_values, keep), NULL,
	  "do not destroy the VM at the end; Ctrl-] leaves it\nrunning" },
	{ "detach", 'D', OPTION_FLAG, offsetof(struct run_values, detach), NULL,
	  "start the VM, print its id, and leave it running" },
	{ "no-reboot", 0, OPTION_FLAG, offsetof(struct run_values, no_reboot), NULL,
	  "stop the VM when its guest wants to reboot" },
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct run_values, quiet), NULL,
	  "print no messages but errors" },
	OPTION_MORE(launch_options),
};

/* The VMs of this command and their consoles. */
struct run {
	const struct run_values *values;
	struct launch_set set;
	struct ax *ax;
	struct attach attach;
	bool started;
};

static bool stays(const struct run_values *values)
{
	return values->keep || values->detach;
}

static int start_all(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->set.nr; i++) {
		struct launch *vm = &run->set.vms[i];

		if (ax_vm_start(run->ax, vm->vm.id, &vm->plan)) {
			ax_complain(run->ax, "VM '%s' cannot be started", vm->vm.name);
			return STATUS_FAILED;
		}
	}
	run->started = true;
	return STATUS_OK;
}

static bool has_console(const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++)
		if (cfg->devices[i].console >= 0)
			return true;
	return false;
}

/* Before the start, so that nothing is missed. */
static int open_consoles(struct run *run)
{
	struct attach *attach = &run->attach;
	unsigned int i;

	attach->events = ax_events_open(run->ax);
	if (!attach->events) {
		ax_complain(run->ax, "events");
		return STATUS_FAILED;
	}
	for (i = 0; i < run->set.nr; i++) {
		struct launch *vm = &run->set.vms[i];

		attach->vms[i].id = vm->vm.id;
		attach->vms[i].name = vm->vm.name;
		if (!has_console(&vm->cfg))
			continue;
		attach->vms[i].console = vmdev_console(vm->fd, 0, true);
		if (attach->vms[i].console < 0)
			return STATUS_FAILED;
	}
	return STATUS_OK;
}

static void close_consoles(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->attach.nr_vms; i++)
		if (run->attach.vms[i].console >= 0)
			close(run->attach.vms[i].console);
	ax_events_close(run->attach.events);
	free(run->attach.vms);
}

static void greet(const struct run *run)
{
	const char *at_end = run->values->keep ? "leaves it running" : "ends the VM";

	if (term_usable() && isatty(STDERR_FILENO))
		say_notice("VM '%s' has started; Ctrl-] leaves the console and %s",
			   run->set.vms[0].vm.name, at_end);
}

/* Stop what still runs, because the command ends. */
static void stop_rest(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->attach.nr_vms; i++) {
		struct attach_vm *vm = &run->attach.vms[i];

		if (!vm->over)
			stop_and_tell(run->ax, vm, run->attach.on_over);
	}
}

static int attach_all(struct run *run)
{
	enum attach_outcome outcome;

	greet(run);
	outcome = attach_run(&run->attach);
	if (outcome == ATTACH_LEFT && run->values->keep)
		say_notice("VM '%s' goes on; '" PROGRAM " console %s' comes back to it",
			   run->set.vms[0].vm.name, run->set.vms[0].vm.name);
	else if (outcome != ATTACH_ENDED)
		stop_rest(run);
	return attach_status(&run->attach, outcome);
}

static int run_vms(struct run *run)
{
	int status;

	if (run->values->detach) {
		status = start_all(run);
		return status ? status : launch_report(&run->set, run->ax, run->values->vm.json);
	}
	status = open_consoles(run);
	if (!status)
		status = start_all(run);
	if (!status)
		return attach_all(run);
	return status;
}

static void init_attach(struct run *run)
{
	unsigned int i;

	run->attach.ax = run->ax;
	run->attach.nr_vms = run->set.nr;
	run->attach.no_reboot = run->values->no_reboot;
	run->attach.vms = xcalloc(run->set.nr, sizeof(*run->attach.vms));
	run->attach.on_over = run->values->vm.json ? tell_end_json : tell_end;
	for (i = 0; i < run->set.nr; i++)
		run->attach.vms[i].console = -1;
}

/* The configurations are read. */
static int run_configured(struct run *run)
{
	int status;

	run->ax = ax_open();
	if (!run->ax)
		return STATUS_FAILED;
	init_attach(run);
	status = launch_prepare(&run->set, run->ax);
	if (!status)
		status = launch_create(&run->set, run->ax, !stays(run->values));
	if (!status) {
		status = run_vms(run);
		if (!stays(run->values) || !run->started)
			launch_destroy(&run->set, run->ax);
	}
	close_consoles(run);
	ax_close(run->ax);
	return status;
}

static int run_main(void *values, int nr_args, char **args)
{
	struct run run = { .values = values };
	int status;

	if (run.values->quiet)
		say_quiet();
	status = launch_configure(&run.set, &run.values->vm, nr_args, args);
	if (!status && run.values->vm.print_config)
		launch_print(&run.set);
	else if (!status)
		status = run_configured(&run);
	launch_free(&run.set);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.args = "[CONFIG.toml]...",
	.summary = "create VMs, start them and attach to their consoles (the default command)",
	.details =
"Each CONFIG.toml describes a VM; without one, --kernel and the options around it\n"
"do. Standard input goes to the first VM. On a terminal, Ctrl-] leaves the console;\n"
"then, and at SIGINT, SIGTERM and SIGHUP, the VMs are stopped and destroyed. With\n"
"--keep, Ctrl-] leaves them running, and they are never destroyed.\n"
"Of several VMs, lines carry the name of their VM, but for the one that is typed into.\n"
"\n"
"Exit status: 0 the guest powered off, or the VM was stopped on request; 3 the guest\n"
"reported a failure; 4 the VM crashed; 5 it ended without a word; 6 the configuration\n"
"needs something that axvm lacks; 1 another failure; 2 wrong usage; 128 plus the\n"
"number of the signal that ended the command. With -j, one JSON object a line on\n"
"standard error tells how each VM ended.\n",
	.options = run_options,
	.values_size = sizeof(struct run_values),
	.min_args = 0,
	.max_args = -1,
	.run = run_main,
};
