/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong with a configuration, collected first and printed at the end.
 *
 * The caller of config_load() owns a struct diag and passes it down; every
 * stage adds to it. Single-threaded.
 */
#ifndef AXVM_RUN_DIAG_H
#define AXVM_RUN_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "util.h"

struct json;

#define DIAG_MAX_ITEMS	64

/* Exit statuses of "check"; the worst of several files is 1, then 3, then 0. */
#define DIAG_STATUS_OK		0
#define DIAG_STATUS_INVALID	1
#define DIAG_STATUS_UNSUPPORTED	3

/**
 * struct src_pos - a place in a file
 * @line: from 1; 0 when the thing does not come from a file
 * @column: from 1
 */
struct src_pos {
	unsigned int line;
	unsigned int column;
};

/**
 * enum diag_kind - how bad a finding is
 * @DIAG_NOTE: worth knowing, changes no status
 * @DIAG_WARNING: taken, but probably not what was meant
 * @DIAG_UNSUPPORTED: valid, but needs a named thing that axvm lacks: status 3
 * @DIAG_ERROR: invalid: status 1
 * @DIAG_NR_KINDS: how many there are
 */
enum diag_kind {
	DIAG_NOTE,
	DIAG_WARNING,
	DIAG_UNSUPPORTED,
	DIAG_ERROR,
	DIAG_NR_KINDS,
};

/**
 * struct diag_item - one finding
 * @kind: how bad it is
 * @pos: where; line 0 when it has no place
 * @key: the key concerned ("kernel.cmdline"), NULL when there is none
 * @text: what is wrong, and after a semicolon what would be right
 */
struct diag_item {
	enum diag_kind kind;
	struct src_pos pos;
	char *key;
	char *text;
};

/**
 * struct diag - the findings about one file or one command line
 * @file: name to print, NULL for findings that belong to no file
 * @items: findings in the order in which they were made
 * @nr_items: valid entries of @items
 * @nr: findings of each kind, those beyond DIAG_MAX_ITEMS included
 */
struct diag {
	const char *file;
	struct diag_item items[DIAG_MAX_ITEMS];
	unsigned int nr_items;
	unsigned int nr[DIAG_NR_KINDS];
};

/**
 * diag_init() - make an empty list of findings
 * @diag: the list
 * @file: name to print with each finding; borrowed, may be NULL
 */
void diag_init(struct diag *diag, const char *file);

/**
 * diag_free() - free the findings; the list is empty and usable again
 * @diag: the list
 */
void diag_free(struct diag *diag);

/**
 * diag_add() - add a finding
 * @diag: the list; when it is full the finding is only counted
 * @kind: how bad it is
 * @pos: where, (struct src_pos){0} when nowhere
 * @key: the key concerned, may be NULL; copied
 * @fmt: what is wrong; what would be right
 */
void diag_add(struct diag *diag, enum diag_kind kind, struct src_pos pos, const char *key,
	      const char *fmt, ...) __printf(5, 6);

/**
 * diag_status() - the status that the findings amount to
 * @diag: the list
 *
 * Return: DIAG_STATUS_INVALID if there is an error, otherwise
 * DIAG_STATUS_UNSUPPORTED if something is unsupported, otherwise
 * DIAG_STATUS_OK.
 */
int diag_status(const struct diag *diag);

/**
 * diag_worse() - the worse of two statuses (1, then 3, then 0)
 * @a: a status
 * @b: a status
 */
int diag_worse(int a, int b);

/**
 * diag_print() - print "file:line:column: key: text" lines in order of place
 * @diag: the list
 * @least: what is less bad than that is left out
 * @out: where to
 */
void diag_print(const struct diag *diag, enum diag_kind least, FILE *out);

/**
 * diag_print_json() - print the findings as a JSON array value
 * @diag: the list
 * @json: a writer that is ready for a value
 */
void diag_print_json(const struct diag *diag, struct json *json);

#endif /* AXVM_RUN_DIAG_H */
