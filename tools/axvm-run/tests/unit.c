// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of axvm-run's small parts: strings, ranges, JSON, findings, TOML.
 *
 * Prints "ok NAME" or "not ok NAME: why" for each, status 1 if one failed.
 */
#include <stdlib.h>
#include <string.h>

#include "../config.h"
#include "../diag.h"
#include "../toml.h"
#include "../util.h"
#include "../util_json.h"
#include "unit.h"

static void test_ranges(void)
{
	CHECK(ranges_overlap(0, 10, 9, 1));
	CHECK(!ranges_overlap(0, 10, 10, 1));
	CHECK(!ranges_overlap(5, 0, 0, 10));
	CHECK(ranges_overlap(0, UINT64_MAX, UINT64_MAX - 1, 1));
	CHECK(range_within(0, 10, 0, 10));
	CHECK(!range_within(1, 10, 0, 10));
	CHECK(!range_within(UINT64_MAX, 2, 0, UINT64_MAX));
	CHECK(align_up(4097, 4096) == 8192 && align_down(4097, 4096) == 4096);
	CHECK(align_up(UINT64_MAX, 4096) == 0);
}

static void test_sizes(void)
{
	uint64_t size;

	CHECK(config_parse_size("512M", &size) && size == 512ULL << 20);
	CHECK(config_parse_size("2GiB", &size) && size == 2ULL << 30);
	CHECK(config_parse_size("64kB", &size) && size == 64ULL << 10);
	CHECK(config_parse_size("0x1000", &size) && size == 0x1000);
	CHECK(!config_parse_size("-1", &size));
	CHECK(!config_parse_size("", &size));
	CHECK(!config_parse_size("1X", &size));
	CHECK(!config_parse_size("1Mx", &size));
	CHECK(!config_parse_size("99999999999999999999", &size));
	CHECK(!config_parse_size("17592186044416M", &size));
}

static void test_nearest(void)
{
	static const char *const known[] = { "cmdline", "kernel_path", "dtb_path", NULL };
	char name[200];

	CHECK(!strcmp(nearest_name("cmdlin", known), "cmdline"));
	CHECK(!strcmp(nearest_name("kernel-path", known), "kernel_path"));
	CHECK(!nearest_name("phys_cpu", known));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(!nearest_name(name, known));
}

static char *write_json(void (*write)(struct json *json))
{
	struct json json;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	json_init(&json, out);
	write(&json);
	fclose(out);
	return text;
}

static void write_sample(struct json *json)
{
	json_object(json);
	json_key_string(json, "a\"b", "\x01\n\\ \xc3\xa4 \xff \xed\xa0\x80");
	json_key(json, "list");
	json_array(json);
	json_uint(json, UINT64_MAX);
	json_int(json, INT64_MIN);
	json_bool(json, true);
	json_string(json, NULL);
	json_array(json);
	json_end(json);
	json_end(json);
	json_key_bool(json, "no", false);
	json_end(json);
}

static void test_json(void)
{
	char *text = write_json(write_sample);

	CHECK(strstr(text, "{\"a\\\"b\":\"\\u0001\\n\\\\ \xc3\xa4 \\ufffd"));
	CHECK(strstr(text, " \\ufffd \\ufffd\\ufffd\\ufffd\",\"list\":["));
	CHECK(strstr(text, "\"list\":[18446744073709551615,-9223372036854775808,true,null,[]],"));
	CHECK(strstr(text, ",\"no\":false}\n"));
	free(text);
}

static void test_findings(void)
{
	struct src_pos second = { 2, 5 }, first = { 1, 9 };
	char *text = NULL;
	struct diag diag;
	size_t len;
	FILE *out;
	int i;

	diag_init(&diag, "f.toml");
	CHECK(diag_status(&diag) == DIAG_STATUS_OK);
	diag_add(&diag, DIAG_UNSUPPORTED, second, "b.c", "text %d", 1);
	CHECK(diag_status(&diag) == DIAG_STATUS_UNSUPPORTED);
	diag_add(&diag, DIAG_ERROR, first, NULL, "\x1b[31m");
	CHECK(diag_status(&diag) == DIAG_STATUS_INVALID);
	out = open_memstream(&text, &len);
	diag_print(&diag, DIAG_NOTE, out);
	fclose(out);
	CHECK(!strcmp(text, "f.toml:1:9: ?[31m\nf.toml:2:5: b.c: unsupported: text 1\n"));
	free(text);
	for (i = 0; i < 1000; i++)
		diag_add(&diag, DIAG_NOTE, first, NULL, "again");
	CHECK(diag.nr_items == DIAG_MAX_ITEMS && diag.nr[DIAG_NOTE] == 1000);
	diag_free(&diag);
	CHECK(diag_worse(3, 1) == 1 && diag_worse(3, 0) == 3 && diag_worse(0, 0) == 0);
}

static bool count_key(const char *key, struct src_pos pos, const struct toml_node *value,
		      void *arg)
{
	(void)value;
	*(int *)arg += pos.line && !strcmp(key, "\\0") ? 100 : 1;
	return true;
}

static void test_toml(void)
{
	static const char text[] = "a = 0x10_0\nb = [1, \"x\"]\n[t]\n  c = true\n\"\\u0000\" = 1\n"
				   "s = \"a\\u0000b\"\nf = 1.5\nd = 2026-01-01\n";
	struct toml_error error;
	struct toml_doc *doc = toml_parse(text, sizeof(text) - 1, &error);
	const struct toml_node *root, *table, *value;
	int keys = 0;

	CHECK(doc);
	if (!doc)
		return;
	root = toml_root(doc);
	table = toml_get(root, "t");
	CHECK(toml_integer(toml_get(root, "a")) == 256);
	CHECK(toml_size(toml_get(root, "b")) == 2 && !toml_at(toml_get(root, "b"), 2));
	CHECK(!strcmp(toml_string(toml_at(toml_get(root, "b"), 1)), "x"));
	value = toml_get(table, "c");
	CHECK(toml_pos(value).line == 4 && toml_pos(value).column == 7);
	CHECK(toml_kind(table) == TOML_TABLE && toml_bool(value));
	CHECK(!toml_string(toml_get(table, "s")) && toml_kind(toml_get(table, "s")) == TOML_STRING);
	CHECK(toml_kind(toml_get(table, "f")) == TOML_FLOAT);
	CHECK(toml_kind(toml_get(table, "d")) == TOML_TIME);
	CHECK(!toml_get(table, "none") && toml_kind(NULL) == TOML_NONE && !toml_size(NULL));
	toml_each_key(table, count_key, &keys);
	CHECK(keys == 104);
	toml_free(doc);
}

static void test_bad_toml(void)
{
	static const char *const texts[] = {
		"a = ", "[a", "a = 1\na = 2", "a = \"\xff\"", "= 1", "a = 99999999999999999999",
	};
	struct toml_error error;
	char deep[4000];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		CHECK(!toml_parse(texts[i], strlen(texts[i]), &error));
		CHECK(error.pos.line && *error.text);
	}
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "a = ", 4);
	CHECK(!toml_parse(deep, sizeof(deep), &error));
}

static void test_archs(void)
{
	CHECK(config_arch_by_name("riscv64") == CONFIG_ARCH_RISCV64);
	CHECK(config_arch_by_name("arm64") == CONFIG_ARCH_ARM64);
	CHECK(config_arch_by_name("vax") == CONFIG_ARCH_UNKNOWN);
	CHECK(!strcmp(config_arch_name(CONFIG_ARCH_ARM64), "aarch64"));
	CHECK(!strcmp(config_arch_name(CONFIG_ARCH_UNKNOWN), "unknown"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "unit-ranges", test_ranges },
		{ "unit-sizes", test_sizes },
		{ "unit-nearest-name", test_nearest },
		{ "unit-json", test_json },
		{ "unit-findings", test_findings },
		{ "unit-toml", test_toml },
		{ "unit-bad-toml", test_bad_toml },
		{ "unit-archs", test_archs },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}
