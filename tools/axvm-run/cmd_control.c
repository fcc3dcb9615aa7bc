// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that change the state of VMs which exist: stop, pause, resume,
 * reset and destroy.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <linux/axvm_netlink.h>

#include "cmd.h"
#include "nl.h"
#include "select.h"
#include "util.h"
#include "util_json.h"
#include "vm_text.h"

struct control_values {
	bool json;
	bool all;
	bool force;
	struct option_number timeout;
};

#define DEFAULT_TIMEOUT	60	/* seconds that a guest has to power itself off */
#define POLL_NSEC	50000000L

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

static const struct option_def stop_options[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct control_values, all), NULL,
	  "all VMs, instead of those named" },
	{ "force", 'f', OPTION_FLAG, offsetof(struct control_values, force), NULL,
	  "at once: the guest is not asked" },
	{ "timeout", 't', OPTION_NUMBER, offsetof(struct control_values, timeout), "SECONDS",
	  "how long a guest has to power itself off (60); then\nit is stopped by force" },
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

/* @done: which of them need nothing more; NULL: none. */
static int control_vms(struct ax *ax, const char *verb, control_fn control,
		       const struct control_values *values, struct ax_vms *vms, const bool *done)
{
	int status = STATUS_OK;
	size_t i;

	for (i = 0; i < vms->nr; i++) {
		const struct ax_vm *vm = &vms->list[i];

		if ((done && done[i]) || !control(ax, vm->id, values->force))
			continue;
		ax_complain_vm(ax, verb, vm);
		status = STATUS_FAILED;
	}
	if (values->json)
		print_json(ax, vms);
	return status;
}

/* --- asking guests to power off --- */

static int stop_vm(struct ax *ax, uint32_t id, bool force __attribute__((unused)))
{
	return ax_vm_do(ax, id, AX_STOP);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool has_ended(struct ax *ax, uint32_t id)
{
	struct ax_vm vm;
	int err = ax_vm_get(ax, id, &vm);

	return err ? err == -ENOENT : vm_has_ended(vm.state);
}

static size_t ask_all(struct ax *ax, const struct ax_vms *vms, bool *waiting)
{
	size_t i, nr = 0;

	for (i = 0; i < vms->nr; i++) {
		const struct ax_vm *vm = &vms->list[i];
		int err;

		if (vm->state != AXVM_VM_STATE_RUNNING)
			continue;
		err = ax_vm_do(ax, vm->id, AX_ASK);
		waiting[i] = !err;
		nr += !err;
		if (err == -EOPNOTSUPP)
			say_notice("VM '%s' has no power button that its guest listens to: stopped by force",
				   vm->name);
	}
	return nr;
}

/* Return: how many still run. */
static size_t note_ended(struct ax *ax, const struct ax_vms *vms, bool *waiting, bool *done)
{
	size_t i, nr = 0;

	for (i = 0; i < vms->nr; i++) {
		if (!waiting[i])
			continue;
		done[i] = has_ended(ax, vms->list[i].id);
		waiting[i] = !done[i];
		nr += waiting[i];
	}
	return nr;
}

static void tell_late(const struct ax_vms *vms, const bool *waiting, uint64_t seconds)
{
	size_t i;

	for (i = 0; i < vms->nr; i++)
		if (waiting[i])
			say_notice("VM '%s' has not powered off within %llu s: stopped by force",
				   vms->list[i].name, (unsigned long long)seconds);
}

/* Fills @done for those that powered off. */
static void stop_gently(struct ax *ax, const struct control_values *values,
			const struct ax_vms *vms, bool *done)
{
	uint64_t seconds = values->timeout.given ? values->timeout.value : DEFAULT_TIMEOUT;
	bool *waiting = xcalloc(vms->nr, sizeof(*waiting));
	const struct timespec pause = { .tv_nsec = POLL_NSEC };
	size_t nr = ask_all(ax, vms, waiting);
	double start = now();

	while (nr && now() - start < (double)seconds) {
		nanosleep(&pause, NULL);
		nr = note_ended(ax, vms, waiting, done);
	}
	tell_late(vms, waiting, seconds);
	free(waiting);
}

/* --- commands --- */

static int run_control(const char *verb, control_fn control, const struct control_values *values,
		       int nr_args, char **args)
{
	bool *done = NULL;
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
	if (control == stop_vm && !values->force) {
		done = xcalloc(vms.nr + 1, sizeof(*done));
		stop_gently(ax, values, &vms, done);
	}
	status = worse_status(status, control_vms(ax, verb, control, values, &vms, done));
	free(done);
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
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
"A VM is an id or a name. The guest is asked to power off, as by the power button of a\n"
"machine, and stopped by force when it has not within the timeout. A guest that does not\n"
"listen to a button, one that is paused, and all with --force, are stopped at once, whatever\n"
"they do. Returns when no vCPU runs any more.\n";

static const char pause_details[] =
"A VM is an id or a name. Returns when all its vCPUs are parked.\n";

static const char resume_details[] =
"A VM is an id or a name.\n";

static const char reset_details[] =
"A VM is an id or a name. Its memory is cleared and the images are loaded again; a VM\n"
"that was running starts anew, another one waits for 'start'.\n";

#define CONTROL_COMMAND(verb, table, what) \
const struct command cmd_##verb = { \
	.name = #verb, \
	.args = "VM...", \
	.summary = what, \
	.details = verb##_details, \
	.options = table, \
	.values_size = sizeof(struct control_values), \
	.min_args = 0, \
	.max_args = -1, \
	.run = verb##_main, \
}

CONTROL_COMMAND(stop, stop_options, "let guests power off, or stop them whatever they do");

CONTROL_COMMAND(pause, control_options, "let VMs stand still");

CONTROL_COMMAND(resume, control_options, "let paused VMs go on");

CONTROL_COMMAND(reset, control_options, "bring VMs back to where they were before their start");

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
