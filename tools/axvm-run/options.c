// SPDX-License-Identifier: GPL-2.0
/*
 * Options of commands, see options.h.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "util.h"

#define HELP_COLUMN	28

static const struct option_def help_def = {
	"help", 'h', OPTION_FLAG, 0, NULL, "show this help", NULL,
};

/* The arguments while options are taken out of them. */
struct parser {
	const struct option_def *defs;
	void *values;
	char **argv;
	int argc;
	int next;
	int kept;
	bool help;
	struct option_error *error;
};

static int reject(struct parser *parser, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int reject(struct parser *parser, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(parser->error->text, sizeof(parser->error->text), fmt, args);
	va_end(args);
	return -1;
}

/* The first option at @def or in the tables that follow it, NULL at the end. */
static const struct option_def *skip_ends(const struct option_def *def)
{
	while (def && !def->name)
		def = def->more;
	return def;
}

bool parse_number(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &end, hex ? 16 : 10);
	return !errno && !*end;
}

static const struct option_def *find_name(const struct option_def *defs, const char *name,
					  size_t len)
{
	const struct option_def *def;

	for (def = skip_ends(defs); def; def = skip_ends(def + 1))
		if (strlen(def->name) == len && !strncmp(def->name, name, len))
			return def;
	if (len == strlen(help_def.name) && !strncmp(help_def.name, name, len))
		return &help_def;
	return NULL;
}

static const struct option_def *find_letter(const struct option_def *defs, char letter)
{
	const struct option_def *def;

	for (def = skip_ends(defs); def; def = skip_ends(def + 1))
		if (def->letter == letter)
			return def;
	return letter == help_def.letter ? &help_def : NULL;
}

static int unknown_name(struct parser *parser, const char *name, size_t len)
{
	const struct option_def *def;
	const char *known[64];
	const char *close;
	char text[128];
	size_t nr = 0;

	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	for (def = skip_ends(parser->defs); def; def = skip_ends(def + 1))
		if (nr + 2 < ARRAY_SIZE(known))
			known[nr++] = def->name;
	known[nr++] = help_def.name;
	known[nr] = NULL;
	close = nearest_name(text, known);
	if (!close)
		return reject(parser, "unknown option --%s", text);
	return reject(parser, "unknown option --%s; did you mean --%s?", text, close);
}

static int set_number(struct parser *parser, const struct option_def *def, const char *text,
		      struct option_number *number)
{
	bool fine;

	if (def->kind == OPTION_SIZE)
		fine = config_parse_size(text, &number->value);
	else
		fine = parse_number(text, &number->value);
	if (!fine)
		return reject(parser, "--%s: '%s' is no %s", def->name, text,
			      def->kind == OPTION_SIZE ? "size (such as 512M)" : "number");
	number->given = true;
	return 0;
}

static int set_value(struct parser *parser, const struct option_def *def, const char *text)
{
	void *value = (char *)parser->values + def->offset;

	if (def == &help_def)
		parser->help = true;
	else if (def->kind == OPTION_FLAG)
		*(bool *)value = true;
	else if (def->kind == OPTION_TEXT)
		*(const char **)value = text;
	else
		return set_number(parser, def, text, value);
	return 0;
}

/* @text: what is joined to the option, NULL when the next argument is meant. */
static int take_value(struct parser *parser, const struct option_def *def, const char *text)
{
	if (!text && parser->next < parser->argc)
		text = parser->argv[parser->next++];
	if (!text)
		return reject(parser, "--%s needs an argument: %s", def->name, def->arg);
	return set_value(parser, def, text);
}

static int parse_long(struct parser *parser, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const struct option_def *def = find_name(parser->defs, arg, len);

	if (!def)
		return unknown_name(parser, arg, len);
	if (def->kind != OPTION_FLAG)
		return take_value(parser, def, arg[len] ? arg + len + 1 : NULL);
	if (arg[len])
		return reject(parser, "--%s takes no argument", def->name);
	return set_value(parser, def, NULL);
}

static int parse_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct option_def *def = find_letter(parser->defs, *letters);

		if (!def)
			return reject(parser, "unknown option -%c", *letters);
		if (def->kind != OPTION_FLAG)
			return take_value(parser, def, letters[1] ? letters + 1 : NULL);
		if (set_value(parser, def, NULL))
			return -1;
	}
	return 0;
}

static int parse_one(struct parser *parser, bool *ended)
{
	char *arg = parser->argv[parser->next++];

	if (*ended || arg[0] != '-' || !arg[1]) {
		parser->argv[parser->kept++] = arg;
		return 0;
	}
	if (arg[1] != '-')
		return parse_letters(parser, arg + 1);
	if (arg[2])
		return parse_long(parser, arg + 2);
	*ended = true;
	return 0;
}

int options_parse(const struct option_def *defs, void *values, int *argc, char **argv,
		  struct option_error *error)
{
	struct parser parser = {
		.defs = defs, .values = values, .argv = argv, .argc = *argc, .error = error,
	};
	bool ended = false;

	while (parser.next < parser.argc)
		if (parse_one(&parser, &ended))
			return -1;
	*argc = parser.kept;
	return parser.help;
}

static void print_def(const struct option_def *def, FILE *out)
{
	const char *line = def->help;
	char head[80];
	int width;

	snprintf(head, sizeof(head), "  %c%c%c --%s%s%s", def->letter ? '-' : ' ',
		 def->letter ? def->letter : ' ', def->letter ? ',' : ' ', def->name,
		 def->arg ? " " : "", def->arg ? def->arg : "");
	width = fprintf(out, "%-*s", HELP_COLUMN - 1, head);
	while (line) {
		const char *end = strchrnul(line, '\n');

		fprintf(out, "%*s%.*s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "",
			(int)(end - line), line);
		line = *end ? end + 1 : NULL;
		width = 0;
	}
}

void options_help(const struct option_def *defs, FILE *out)
{
	const struct option_def *def;

	for (def = skip_ends(defs); def; def = skip_ends(def + 1))
		print_def(def, out);
	print_def(&help_def, out);
}
