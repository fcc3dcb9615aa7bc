// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run: find the command, parse its options, call it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "util.h"

#ifndef AXVM_VERSION
#define AXVM_VERSION	"0.1.0"
#endif

static const struct command *const commands[] = {
	&cmd_run, &cmd_create, &cmd_start, &cmd_stop, &cmd_pause, &cmd_resume, &cmd_reset,
	&cmd_destroy, &cmd_list, &cmd_show, &cmd_console, &cmd_monitor, &cmd_wait,
	&cmd_check, &cmd_capabilities,
};

static const char usage_end[] =
"\n"
"A VM is named by its id or its name. Some options stand before the command:\n"
"  -j, --json     print JSON; also after the command\n"
"  -q, --quiet    print no messages but errors\n"
"  -h, --help     show this help, or that of a command: '" PROGRAM " COMMAND --help'\n"
"  -V, --version  print the version\n"
"\n"
"Exit status: 0 done, or the guest powered off or was stopped; 1 failed; 2 wrong usage;\n"
"3 the guest reported a failure; 4 the VM crashed; 5 the VM ended without a word; 6 the\n"
"configuration needs something that axvm lacks; 128+N ended by signal N. 'check' has its\n"
"own: 0 runs, 1 invalid, 3 needs something that axvm lacks.\n";

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: " PROGRAM " [run] [OPTION]... CONFIG.toml...\n"
	      "       " PROGRAM " [run] --kernel FILE [OPTION]...\n"
	      "       " PROGRAM " COMMAND [OPTION]... [ARGUMENT]...\n"
	      "\n"
	      "Runs virtual machines on the axvm hypervisor in this kernel.\n"
	      "\n"
	      "commands:\n", out);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
	fputs(usage_end, out);
}

static void print_command_help(const struct command *cmd)
{
	printf("usage: " PROGRAM " %s [OPTION]...%s%s\n\n%s\n", cmd->name, *cmd->args ? " " : "",
	       cmd->args, cmd->summary);
	if (cmd->details)
		printf("\n%s", cmd->details);
	printf("\noptions:\n");
	options_help(cmd->options, stdout);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands) + 1];
	const char *close;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i]->name;
	names[i] = NULL;
	close = nearest_name(name, names);
	if (close)
		say_error("unknown command '%s'; did you mean '%s'?", name, close);
	else
		say_error("unknown command '%s', and no configuration file of that name; see '"
			  PROGRAM " --help'", name);
	return STATUS_USAGE;
}

static int check_nr_args(const struct command *cmd, int nr_args, char **args)
{
	if (nr_args < cmd->min_args) {
		say_error("%s: needs an argument; usage: " PROGRAM " %s [OPTION]... %s", cmd->name,
			  cmd->name, cmd->args);
		return STATUS_USAGE;
	}
	if (cmd->max_args < 0 || nr_args <= cmd->max_args)
		return STATUS_OK;
	say_error("%s: '%s' is one argument too many; see '" PROGRAM " %s --help'", cmd->name,
		  args[cmd->max_args], cmd->name);
	return STATUS_USAGE;
}

/* @args: what follows the name of the command. */
static int run_command(const struct command *cmd, int nr_args, char **args, bool json)
{
	struct option_error error;
	void *values = xcalloc(1, cmd->values_size);
	int status = options_parse(cmd->options, values, &nr_args, args, &error);

	if (json)
		((struct common_values *)values)->json = true;
	if (status < 0) {
		say_error("%s: %s ('" PROGRAM " %s --help' lists the options)", cmd->name,
			  error.text, cmd->name);
		status = STATUS_USAGE;
	} else if (status > 0) {
		print_command_help(cmd);
		status = STATUS_OK;
	} else {
		status = check_nr_args(cmd, nr_args, args);
		if (!status)
			status = cmd->run(values, nr_args, args);
	}
	free(values);
	return status;
}

static bool is_option(const char *arg, const char *letter, const char *name)
{
	return !strcmp(arg, letter) || !strcmp(arg, name);
}

/* "axvm-run help [COMMAND]" */
static int show_help(const char *name)
{
	const struct command *cmd = name ? find_command(name) : NULL;

	if (name && !cmd)
		return unknown_command(name);
	if (cmd)
		print_command_help(cmd);
	else
		print_usage(stdout);
	return STATUS_OK;
}

/* No command: options, or files, of "run". */
static bool means_run(const char *arg)
{
	const char *dot = strrchr(arg, '.');

	if (arg[0] == '-' || strchr(arg, '/') || (dot && !strcmp(dot, ".toml")))
		return true;
	return !access(arg, F_OK);
}

static int dispatch_words(int nr_args, char **args, bool json)
{
	const struct command *cmd;

	if (!nr_args) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(args[0], "help"))
		return show_help(nr_args > 1 ? args[1] : NULL);
	cmd = find_command(args[0]);
	if (cmd)
		return run_command(cmd, nr_args - 1, args + 1, json);
	if (means_run(args[0]))
		return run_command(&cmd_run, nr_args, args, json);
	return unknown_command(args[0]);
}

/* A descriptor of ours must not become standard output. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	bool json = false;
	int next = 1;

	open_standard_files();
	signal(SIGPIPE, SIG_IGN);
	for (; next < argc; next++) {
		if (is_option(argv[next], "-j", "--json"))
			json = true;
		else if (is_option(argv[next], "-q", "--quiet"))
			say_quiet();
		else
			break;
	}
	if (next < argc && is_option(argv[next], "-h", "--help")) {
		print_usage(stdout);
		return finish_stdout(STATUS_OK);
	}
	if (next < argc && is_option(argv[next], "-V", "--version")) {
		puts(PROGRAM " " AXVM_VERSION);
		return finish_stdout(STATUS_OK);
	}
	return finish_stdout(dispatch_words(argc - next, argv + next, json));
}
