// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run create": create VMs and load their images, for a later start.
 */
#include "cmd.h"
#include "launch.h"

static int create_configured(struct launch_set *set, bool json)
{
	struct ax *ax = ax_open();
	int status;

	if (!ax)
		return STATUS_FAILED;
	status = launch_prepare(set, ax);
	if (!status)
		status = launch_create(set, ax, false);
	if (!status)
		status = launch_report(set, ax, json);
	ax_close(ax);
	return status;
}

static int create_main(void *values, int nr_args, char **args)
{
	const struct vm_values *create = values;
	struct launch_set set;
	int status;

	status = launch_configure(&set, create, nr_args, args);
	if (!status && create->print_config)
		launch_print(&set);
	else if (!status)
		status = create_configured(&set, create->json);
	launch_free(&set);
	return status;
}

const struct command cmd_create = {
	.name = "create",
	.args = "[CONFIG.toml]...",
	.summary = "create VMs and load their images, but do not start them",
	.details =
"Takes the same configuration files and options as 'run'. Prints the ids of the new\n"
"VMs, one a line. They live until they are destroyed.\n",
	.options = launch_options,
	.values_size = sizeof(struct vm_values),
	.min_args = 0,
	.max_args = -1,
	.run = create_main,
};
