// SPDX-License-Identifier: GPL-2.0
/*
 * Findings about a configuration, see diag.h.
 */
#include "diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "util_json.h"

static const char *const kind_names[DIAG_NR_KINDS] = {
	[DIAG_NOTE] = "note",
	[DIAG_WARNING] = "warning",
	[DIAG_UNSUPPORTED] = "unsupported",
	[DIAG_ERROR] = "error",
};

void diag_init(struct diag *diag, const char *file)
{
	memset(diag, 0, sizeof(*diag));
	diag->file = file;
}

void diag_free(struct diag *diag)
{
	unsigned int i;

	for (i = 0; i < diag->nr_items; i++) {
		free(diag->items[i].key);
		free(diag->items[i].text);
	}
	diag_init(diag, diag->file);
}

/* Text from a file may hold anything; keep a terminal safe from it. */
static void defuse(char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* A value of one of these keys without a place in a file came from an option. */
static const char *name_option(struct src_pos pos, const char *key)
{
	static const struct {
		const char *key, *option;
	} names[] = {
		{ "kernel.kernel_path", "--kernel" },
		{ "kernel.kernel_load_addr", "--load" },
		{ "kernel.ramdisk_path", "--initrd" },
		{ "kernel.dtb_path", "--dtb" },
		{ "kernel.entry_point", "--entry" },
		{ "kernel.boot_protocol", "--boot-protocol" },
		{ "kernel.cmdline", "--cmdline" },
		{ "base.arch", "--arch" },
	};
	unsigned int i;

	for (i = 0; key && !pos.line && i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].key, key))
			return names[i].option;
	return key;
}

void diag_add(struct diag *diag, enum diag_kind kind, struct src_pos pos, const char *key,
	      const char *fmt, ...)
{
	struct diag_item *item;
	va_list args;

	diag->nr[kind]++;
	if (diag->nr_items == DIAG_MAX_ITEMS)
		return;
	item = &diag->items[diag->nr_items++];
	item->kind = kind;
	item->pos = pos;
	item->key = xstrdup(name_option(pos, key));
	va_start(args, fmt);
	item->text = xvasprintf(fmt, args);
	va_end(args);
	defuse(item->key);
	defuse(item->text);
}

int diag_status(const struct diag *diag)
{
	if (diag->nr[DIAG_ERROR])
		return DIAG_STATUS_INVALID;
	return diag->nr[DIAG_UNSUPPORTED] ? DIAG_STATUS_UNSUPPORTED : DIAG_STATUS_OK;
}

int diag_worse(int a, int b)
{
	if (a == DIAG_STATUS_INVALID || b == DIAG_STATUS_INVALID)
		return DIAG_STATUS_INVALID;
	return a ? a : b;
}

static int compare_place(const void *left, const void *right)
{
	const struct diag_item *a = *(const struct diag_item *const *)left;
	const struct diag_item *b = *(const struct diag_item *const *)right;

	if (a->pos.line != b->pos.line)
		return a->pos.line < b->pos.line ? -1 : 1;
	if (a->pos.column != b->pos.column)
		return a->pos.column < b->pos.column ? -1 : 1;
	return a < b ? -1 : a > b;
}

static unsigned int sort_items(const struct diag *diag, const struct diag_item **sorted)
{
	unsigned int i;

	for (i = 0; i < diag->nr_items; i++)
		sorted[i] = &diag->items[i];
	qsort(sorted, diag->nr_items, sizeof(sorted[0]), compare_place);
	return diag->nr_items;
}

static unsigned int count_all(const struct diag *diag)
{
	unsigned int i, sum = 0;

	for (i = 0; i < DIAG_NR_KINDS; i++)
		sum += diag->nr[i];
	return sum;
}

static void print_item(const struct diag *diag, const struct diag_item *item, FILE *out)
{
	fprintf(out, "%s:", diag->file ? diag->file : "axvm-run");
	if (item->pos.line)
		fprintf(out, "%u:%u:", item->pos.line, item->pos.column);
	if (item->key)
		fprintf(out, " %s:", item->key);
	if (item->kind != DIAG_ERROR)
		fprintf(out, " %s:", kind_names[item->kind]);
	fprintf(out, " %s\n", item->text);
}

void diag_print(const struct diag *diag, enum diag_kind least, FILE *out)
{
	const struct diag_item *sorted[DIAG_MAX_ITEMS];
	unsigned int i, nr = sort_items(diag, sorted);

	for (i = 0; i < nr; i++)
		if (sorted[i]->kind >= least)
			print_item(diag, sorted[i], out);
	if (count_all(diag) > nr)
		fprintf(out, "%s: %u more not shown\n", diag->file ? diag->file : "axvm-run",
			count_all(diag) - nr);
}

static void print_item_json(const struct diag_item *item, struct json *json)
{
	json_object(json);
	json_key_string(json, "kind", kind_names[item->kind]);
	if (item->pos.line) {
		json_key_uint(json, "line", item->pos.line);
		json_key_uint(json, "column", item->pos.column);
	}
	if (item->key)
		json_key_string(json, "key", item->key);
	json_key_string(json, "text", item->text);
	json_end(json);
}

void diag_print_json(const struct diag *diag, struct json *json)
{
	const struct diag_item *sorted[DIAG_MAX_ITEMS];
	unsigned int i, nr = sort_items(diag, sorted);

	json_array(json);
	for (i = 0; i < nr; i++)
		print_item_json(sorted[i], json);
	json_end(json);
}
