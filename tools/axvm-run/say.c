// SPDX-License-Identifier: GPL-2.0
/*
 * Messages to people on standard error, and the end of standard output.
 *
 * See cmd.h. While the terminal is raw, lines end the way it then needs.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "term.h"

static bool quiet;

static void say(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs(PROGRAM ": ", stderr);
	vfprintf(stderr, fmt, args);
	fputs(term_is_raw() ? "\r\n" : "\n", stderr);
	fflush(stderr);
}

void say_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void say_notice(const char *fmt, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void say_quiet(void)
{
	quiet = true;
}

bool say_is_quiet(void)
{
	return quiet;
}

int finish_stdout(int status)
{
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	/* The reader of a pipe went away: it has what it wanted. */
	if (errno != EPIPE)
		say_error("cannot write the output: %s", strerror(errno));
	return status ? status : STATUS_FAILED;
}
