/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of axvm-run share: their table, exit statuses, messages.
 *
 * main.c finds the command, parses its options by its table and calls it once.
 * Single-threaded.
 */
#ifndef AXVM_RUN_CMD_H
#define AXVM_RUN_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

#define PROGRAM		"axvm-run"

/**
 * enum cmd_status - exit statuses of all commands but "check", which tells its own
 * @STATUS_OK: done; the guest powered off, or was stopped on request
 * @STATUS_FAILED: the command failed; a message says why
 * @STATUS_USAGE: wrong usage
 * @STATUS_GUEST_FAILURE: the guest reported a failure of its own
 * @STATUS_CRASHED: the VM crashed
 * @STATUS_VANISHED: the VM ended without a word: destroyed by somebody else, all
 *	vCPUs turned off, the module is going away
 * @STATUS_UNSUPPORTED: the configuration is valid, but needs something axvm lacks
 * @STATUS_SIGNAL: plus the number of the signal that ended the command
 */
enum cmd_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_GUEST_FAILURE = 3,
	STATUS_CRASHED = 4,
	STATUS_VANISHED = 5,
	STATUS_UNSUPPORTED = 6,
	STATUS_SIGNAL = 128,
};

/**
 * struct command - one command
 * @name: as typed
 * @args: what follows the name in the usage line, without the options
 * @summary: one line, for the list of commands
 * @details: text for --help, lines end in newlines; may be NULL
 * @options: its options, may be NULL
 * @values_size: bytes that @options fill; the first is always "bool json"
 * @min_args: arguments that it needs
 * @max_args: arguments that it takes; negative: any number
 * @run: does it; @values has @values_size bytes, filled from the options
 */
struct command {
	const char *name;
	const char *args;
	const char *summary;
	const char *details;
	const struct option_def *options;
	size_t values_size;
	int min_args;
	int max_args;
	int (*run)(void *values, int nr_args, char **args);
};

/**
 * struct common_values - the options of a command that has no other ones
 * @json: -j
 */
struct common_values {
	bool json;
};

extern const struct command cmd_run;
extern const struct command cmd_create;
extern const struct command cmd_start;
extern const struct command cmd_stop;
extern const struct command cmd_pause;
extern const struct command cmd_resume;
extern const struct command cmd_reset;
extern const struct command cmd_destroy;
extern const struct command cmd_list;
extern const struct command cmd_show;
extern const struct command cmd_console;
extern const struct command cmd_monitor;
extern const struct command cmd_wait;
extern const struct command cmd_capabilities;
extern const struct command cmd_check;

/**
 * say_error() - print "axvm-run: ..." and a newline to standard error
 * @fmt: the message, without a newline
 */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say_notice() - as say_error(), for what is no error; silent after say_quiet()
 * @fmt: the message, without a newline
 */
void say_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say_quiet() - print nothing but errors from now on
 */
void say_quiet(void);

/**
 * say_is_quiet() - is nothing but errors to be printed?
 */
bool say_is_quiet(void);

/**
 * finish_stdout() - flush standard output and find out whether all was written
 * @status: exit status so far
 *
 * Return: @status, or STATUS_FAILED after a message when the output is incomplete.
 */
int finish_stdout(int status);

#endif /* AXVM_RUN_CMD_H */
