// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of configurations and images drive: the library's functions
 * from a command line, without a module.
 *
 *   tool check ARG...            the check command
 *   tool options [--OPTION]...   a VM from options, printed as TOML
 *   tool plan FILE [--OPTION]... where boot_prepare() puts what
 *   tool probe FILE              the architecture of a kernel file
 */
#include <stdlib.h>
#include <string.h>

#include "../boot.h"
#include "../cmd.h"
#include "../config.h"
#include "../image.h"
#include "../util.h"

static const char *const kind_names[] = {
	[BOOT_RAW] = "raw",
	[BOOT_KERNEL] = "kernel",
	[BOOT_INITRD] = "initrd",
	[BOOT_DTB] = "dtb",
	[BOOT_FIRMWARE] = "firmware",
};

static bool takes_value(const char *name)
{
	const struct config_option *option;

	for (option = config_option_list; option->name; option++)
		if (!strcmp(option->name, name))
			return option->value;
	return false;
}

static bool parse_options(char **argv, struct config_options *opts, struct diag *diag)
{
	for (; *argv; argv++) {
		const char *name = *argv + 2, *value = NULL;

		if (strncmp(*argv, "--", 2))
			return false;
		if (takes_value(name) && argv[1])
			value = *++argv;
		if (!config_set_option(opts, name, value, diag))
			return false;
	}
	return true;
}

/* Bytes as 32-bit sum, to compare what was unpacked. */
static unsigned int checksum(const void *data, uint64_t len)
{
	const unsigned char *byte = data;
	unsigned int sum = 0;

	for (; len; len--)
		sum = sum * 31 + *byte++;
	return sum;
}

static void print_plan(const struct boot_plan *plan)
{
	unsigned int i;

	printf("entry 0x%llx\n", (unsigned long long)plan->entry);
	for (i = 0; i < plan->nr_args; i++)
		printf("arg%u 0x%llx\n", i, (unsigned long long)plan->args[i]);
	for (i = 0; i < plan->nr_blobs; i++) {
		const struct boot_blob *blob = &plan->blobs[i];

		printf("%s 0x%llx 0x%llx", kind_names[blob->kind], (unsigned long long)blob->gpa,
		       (unsigned long long)blob->len);
		if (blob->kind != BOOT_DTB)
			printf(" %08x", checksum(blob->data, blob->len));
		putchar('\n');
	}
}

static int run_plan(const struct axvm_config *cfg, struct diag *diag)
{
	struct boot_plan plan;
	int status = boot_prepare(&plan, cfg, NULL, NULL, NULL, diag);

	if (!status)
		print_plan(&plan);
	boot_free(&plan);
	return status;
}

static int run(char **argv, bool plan)
{
	const char *file = plan && *argv && strncmp(*argv, "--", 2) ? *argv++ : NULL;
	struct config_options opts = {0};
	struct axvm_config cfg = {0};
	struct diag diag;
	int status = 2;

	diag_init(&diag, file);
	if (parse_options(argv, &opts, &diag))
		status = file ? config_load(&cfg, file, &opts, &diag) :
				config_from_options(&cfg, &opts, &diag);
	if (!status && plan)
		status = run_plan(&cfg, &diag);
	else if (!status)
		config_print(&cfg, stdout);
	diag_print(&diag, DIAG_NOTE, stderr);
	diag_free(&diag);
	config_free(&cfg);
	return status;
}

static int run_check(int argc, char **argv)
{
	struct option_error error;
	void *values = xcalloc(1, cmd_check.values_size);
	int status = options_parse(cmd_check.options, values, &argc, argv, &error);

	status = status ? STATUS_USAGE : cmd_check.run(values, argc, argv);
	free(values);
	return finish_stdout(status);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "check"))
		return run_check(argc - 2, argv + 2);
	if (argc > 1 && !strcmp(argv[1], "options"))
		return run(argv + 2, false);
	if (argc > 1 && !strcmp(argv[1], "plan"))
		return run(argv + 2, true);
	if (argc == 3 && !strcmp(argv[1], "probe")) {
		puts(config_arch_name(image_probe_arch(argv[2])));
		return 0;
	}
	fputs("usage: tool check|options|plan|probe ARG...\n", stderr);
	return 2;
}
