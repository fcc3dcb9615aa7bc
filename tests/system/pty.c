// SPDX-License-Identifier: GPL-2.0
/*
 * pty COMMAND ARG...: runs COMMAND on a terminal of its own, which standard
 * input types into and standard output shows. For tests of what is interactive.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int copy(int from, int to)
{
	char bytes[4096];
	ssize_t done, len = read(from, bytes, sizeof(bytes));

	if (len <= 0)
		return len < 0 && errno == EINTR ? 0 : -1;
	for (char *p = bytes; len > 0; p += done, len -= done) {
		done = write(to, p, len);
		if (done < 0)
			return -1;
	}
	return 0;
}

/* Until the terminal has no process left; the end of the input is not the end. */
static void serve(int terminal)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = terminal, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents && copy(STDIN_FILENO, terminal))
			fds[0].fd = -1;
		if (fds[1].revents && copy(terminal, STDOUT_FILENO))
			return;
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int terminal, status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: pty COMMAND ARG...\n");
		return 2;
	}
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid < 0) {
		perror("pty");
		return 2;
	}
	if (!pid) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	serve(terminal);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}
