// SPDX-License-Identifier: GPL-2.0
/*
 * A writer of JSON, see util_json.h.
 */
#include "util_json.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void json_init(struct json *json, FILE *out)
{
	memset(json, 0, sizeof(*json));
	json->out = out;
}

/* Separate the value that comes from the one before it. */
static void begin_value(struct json *json)
{
	if (json->after_key) {
		json->after_key = false;
		return;
	}
	if (json->more[json->depth])
		fputc(',', json->out);
	json->more[json->depth] = true;
}

static void open_nested(struct json *json, char open, char close)
{
	begin_value(json);
	if (json->depth + 1 == JSON_MAX_DEPTH)
		abort();
	fputc(open, json->out);
	json->close[json->depth++] = close;
	json->more[json->depth] = false;
}

void json_object(struct json *json)
{
	open_nested(json, '{', '}');
}

void json_array(struct json *json)
{
	open_nested(json, '[', ']');
}

void json_end(struct json *json)
{
	if (!json->depth)
		abort();
	fputc(json->close[--json->depth], json->out);
	if (!json->depth) {
		json->more[0] = false;
		fputc('\n', json->out);
	}
}

/*
 * Length of the UTF-8 sequence at @s, 0 when it is none (Unicode 15, table
 * 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
static unsigned int utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high, len;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].len > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		for (j = 2; j < forms[i].len; j++)
			if ((s[j] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

static void write_char(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c < 0x20 || c == 0x7f)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

static void write_quoted(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', out);
	while (*s) {
		unsigned int len = utf8_length(s);

		if (len > 1)
			fwrite(s, 1, len, out);
		else if (len)
			write_char(out, *s);
		else
			fputs("\\ufffd", out);
		s += len ? len : 1;
	}
	fputc('"', out);
}

void json_key(struct json *json, const char *key)
{
	begin_value(json);
	write_quoted(json->out, key);
	fputc(':', json->out);
	json->after_key = true;
}

void json_string(struct json *json, const char *text)
{
	begin_value(json);
	if (text)
		write_quoted(json->out, text);
	else
		fputs("null", json->out);
}

void json_uint(struct json *json, uint64_t value)
{
	begin_value(json);
	fprintf(json->out, "%llu", (unsigned long long)value);
}

void json_int(struct json *json, int64_t value)
{
	begin_value(json);
	fprintf(json->out, "%lld", (long long)value);
}

void json_bool(struct json *json, bool value)
{
	begin_value(json);
	fputs(value ? "true" : "false", json->out);
}

void json_key_string(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

void json_key_uint(struct json *json, const char *key, uint64_t value)
{
	json_key(json, key);
	json_uint(json, value);
}

void json_key_int(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}

void json_key_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}
