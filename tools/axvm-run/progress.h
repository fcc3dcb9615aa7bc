/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the reading of a large file is, on a terminal.
 *
 * Used while images are read; silent when it is quick or nobody looks.
 */
#ifndef AXVM_RUN_PROGRESS_H
#define AXVM_RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct progress - one line of progress
 * @enabled: standard error is a terminal
 * @shown: the line is there
 * @next: when it may be drawn again, in milliseconds of CLOCK_MONOTONIC
 */
struct progress {
	bool enabled;
	bool shown;
	uint64_t next;
};

/* Begin, showing nothing yet. */
void progress_init(struct progress *progress);

/* A boot_progress_fn; @arg is the struct progress. */
void progress_show(const char *what, uint64_t done, uint64_t total, void *arg);

/* Take the line away. */
void progress_end(struct progress *progress);

#endif /* AXVM_RUN_PROGRESS_H */
