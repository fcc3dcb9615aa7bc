// SPDX-License-Identifier: GPL-2.0
/*
 * Small helpers of axvm-run, see util.h.
 */
#include "util.h"

#include <endian.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *check_memory(void *mem)
{
	if (mem)
		return mem;
	fputs("axvm-run: out of memory\n", stderr);
	exit(1);
}

void *xcalloc(size_t nr, size_t size)
{
	return check_memory(calloc(nr ? nr : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return check_memory(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return text ? check_memory(strdup(text)) : NULL;
}

void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

char *xvasprintf(const char *fmt, va_list args)
{
	char *text;

	return check_memory(vasprintf(&text, fmt, args) < 0 ? NULL : text);
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

bool ranges_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return alen && blen && (a < b ? b - a < alen : a - b < blen);
}

bool range_within(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return a >= b && a - b <= blen && alen <= blen - (a - b);
}

uint64_t align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

uint64_t align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

uint32_t read_le32(const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

uint64_t read_le64(const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

#define NAME_CLOSE_MAX	32	/* longer names are not compared */

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Levenshtein distance of two names of at most NAME_CLOSE_MAX bytes. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int row[NAME_CLOSE_MAX + 1];
	size_t i, j, blen = strlen(b);

	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i + 1;
		for (j = 0; j < blen; j++) {
			unsigned int change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = min3(row[j] + 1, diagonal + 1, change);
		}
	}
	return row[blen];
}

const char *nearest_name(const char *name, const char *const *known)
{
	unsigned int best = strlen(name) / 3 + 1;
	const char *found = NULL;

	if (strlen(name) > NAME_CLOSE_MAX)
		return NULL;
	for (; *known; known++) {
		unsigned int distance;

		if (strlen(*known) > NAME_CLOSE_MAX)
			continue;
		distance = edit_distance(name, *known);
		if (distance < best || (!found && distance == best)) {
			best = distance;
			found = *known;
		}
	}
	return found;
}
