/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A writer of JSON: commas, quoting and nesting are its business.
 *
 * Used by every command that takes -j. Between json_object() and json_end()
 * each value is preceded by json_key(). Single-threaded.
 */
#ifndef AXVM_RUN_UTIL_JSON_H
#define AXVM_RUN_UTIL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_MAX_DEPTH	16

/**
 * struct json - a writer
 * @out: where to
 * @depth: private: open objects and arrays
 * @close: private: what ends each of them
 * @more: private: a value was written at this depth
 * @after_key: private: a key waits for its value
 */
struct json {
	FILE *out;
	unsigned int depth;
	char close[JSON_MAX_DEPTH];
	bool more[JSON_MAX_DEPTH];
	bool after_key;
};

/**
 * json_init() - start to write
 * @json: the writer
 * @out: where to
 */
void json_init(struct json *json, FILE *out);

/**
 * json_object() - open an object
 * @json: the writer
 */
void json_object(struct json *json);

/**
 * json_array() - open an array
 * @json: the writer
 */
void json_array(struct json *json);

/**
 * json_end() - close what was opened last; the outermost ends with a newline
 * @json: the writer
 */
void json_end(struct json *json);

/**
 * json_key() - name the next value
 * @json: the writer, in an object
 * @key: the name
 */
void json_key(struct json *json, const char *key);

/**
 * json_string() - write a string; bytes that are no UTF-8 become U+FFFD
 * @json: the writer
 * @text: the string; NULL writes null
 */
void json_string(struct json *json, const char *text);

/**
 * json_uint() - write a number
 * @json: the writer
 * @value: the number
 */
void json_uint(struct json *json, uint64_t value);

/**
 * json_int() - write a signed number
 * @json: the writer
 * @value: the number
 */
void json_int(struct json *json, int64_t value);

/**
 * json_bool() - write true or false
 * @json: the writer
 * @value: which
 */
void json_bool(struct json *json, bool value);

/* Key and value in one. */
void json_key_string(struct json *json, const char *key, const char *text);
void json_key_uint(struct json *json, const char *key, uint64_t value);
void json_key_int(struct json *json, const char *key, int64_t value);
void json_key_bool(struct json *json, const char *key, bool value);

#endif /* AXVM_RUN_UTIL_JSON_H */
