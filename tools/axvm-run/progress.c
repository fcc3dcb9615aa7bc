// SPDX-License-Identifier: GPL-2.0
/*
 * How far the reading of a large file is, see progress.h.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"

/* Milliseconds: what is quicker needs no line, and between two drawings. */
#define QUICK		300
#define INTERVAL	100

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

void progress_init(struct progress *progress)
{
	progress->enabled = isatty(STDERR_FILENO) && !say_is_quiet();
	progress->shown = false;
	progress->next = now_ms() + QUICK;
}

void progress_show(const char *what, uint64_t done, uint64_t total, void *arg)
{
	struct progress *progress = arg;
	uint64_t now;

	if (!progress->enabled)
		return;
	now = now_ms();
	if (now < progress->next)
		return;
	progress->next = now + INTERVAL;
	progress->shown = true;
	fprintf(stderr, "\r" PROGRAM ": %s: %3u %% of %" PRIu64 " MiB\033[K", what,
		total ? (unsigned int)(100.0 * done / total) : 100, total >> 20);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
