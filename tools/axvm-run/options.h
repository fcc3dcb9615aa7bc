/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of commands: one table is both parsed and shown as help.
 *
 * Used by main.c; the tables stand in the commands' files. Single-threaded.
 */
#ifndef AXVM_RUN_OPTIONS_H
#define AXVM_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * enum option_kind - what an option takes and what it fills
 * @OPTION_FLAG: nothing; a bool
 * @OPTION_TEXT: any text; a const char pointer, borrowed from the arguments
 * @OPTION_NUMBER: a number, decimal or 0x...; a struct option_number
 * @OPTION_SIZE: a size such as 512M; a struct option_number
 */
enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_SIZE,
};

/**
 * struct option_number - value of an option that takes a number
 * @given: the option was there
 * @value: its value
 */
struct option_number {
	bool given;
	uint64_t value;
};

/**
 * struct option_def - one option; a table ends with one without a name
 * @name: long name, without the dashes
 * @letter: short name or 0
 * @kind: what it takes
 * @offset: where its value lies in the struct of values
 * @arg: name of the argument in the help, NULL for flags
 * @help: what it does, lines after the first are indented by the printer
 * @more: at the end of a table: another table that goes on
 */
struct option_def {
	const char *name;
	char letter;
	enum option_kind kind;
	size_t offset;
	const char *arg;
	const char *help;
	const struct option_def *more;
};

#define OPTION_JSON_AT(type) \
	{ "json", 'j', OPTION_FLAG, offsetof(type, json), NULL, "print JSON", NULL }

/* The end of a table that goes on with the options of another one. */
#define OPTION_MORE(table)	{ .more = table }

/**
 * struct option_error - why options_parse() failed
 * @text: the message
 */
struct option_error {
	char text[256];
};

/**
 * options_parse() - take the options out of the arguments
 * @defs: table of options, may be NULL
 * @values: filled
 * @argc: number of arguments; afterwards those that are no options
 * @argv: arguments; afterwards those that are no options, in their order
 * @error: filled when the return is negative
 *
 * Options and arguments may be mixed; "--" ends the options. "--help" and "-h"
 * are always known.
 *
 * Return: 0, 1 when help is asked for, -1 when an option is wrong.
 */
int options_parse(const struct option_def *defs, void *values, int *argc, char **argv,
		  struct option_error *error);

/**
 * options_help() - print the table
 * @defs: table of options, may be NULL
 * @out: where to
 */
void options_help(const struct option_def *defs, FILE *out);

/**
 * parse_number() - a whole text as a number, decimal or 0x...
 * @text: the text
 * @value: the number
 *
 * Return: false when @text is no number or does not fit.
 */
bool parse_number(const char *text, uint64_t *value);

#endif /* AXVM_RUN_OPTIONS_H */
