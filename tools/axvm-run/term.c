// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal on standard input, see term.h.
 */
#include "term.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "util.h"

static struct termios saved;
static atomic_bool raw;

bool term_usable(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

bool term_is_raw(void)
{
	return raw;
}

/* Also called from signal handlers: async-signal-safe calls only. */
void term_restore(void)
{
	bool was_raw = raw;

	raw = false;
	/* In the background the terminal is somebody else's, and asking for it stops us. */
	if (was_raw && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

void term_forget(void)
{
	raw = false;
}

/* The handler was reset on entry: the signal comes again and ends the program. */
static void restore_and_die(int sig)
{
	term_restore();
	raise(sig);
}

/* Signals that end the program without passing through the event loop. */
static void guard_fatal_signals(void)
{
	static const int fatal[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGXCPU, SIGALRM,
	};
	struct sigaction action = {
		.sa_handler = restore_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &action, NULL);
}

bool term_raw(void)
{
	static bool guarded;
	struct termios mode;

	if (!term_usable())
		return false;
	if (!raw && tcgetattr(STDIN_FILENO, &saved))
		return false;
	if (!guarded) {
		guarded = true;
		atexit(term_restore);
		guard_fatal_signals();
	}
	mode = saved;
	cfmakeraw(&mode);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &mode))
		return false;
	raw = true;
	return true;
}
