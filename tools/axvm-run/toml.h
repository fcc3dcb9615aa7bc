/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TOML documents for C: toml++ behind an interface without C++ in it.
 *
 * Used by the config*.c files only. A document owns its nodes and their
 * strings; every pointer handed out lives until toml_free(). Single-threaded.
 */
#ifndef AXVM_RUN_TOML_H
#define AXVM_RUN_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

#ifdef __cplusplus
extern "C" {
#endif

struct toml_doc;
struct toml_node;

/**
 * enum toml_kind - what a node is
 * @TOML_NONE: no node (NULL)
 * @TOML_TABLE: table or inline table
 * @TOML_ARRAY: array or array of tables
 * @TOML_STRING: string
 * @TOML_INTEGER: integer, 64 bits with sign
 * @TOML_BOOL: true or false
 * @TOML_FLOAT: floating-point number
 * @TOML_TIME: date, time, or both
 */
enum toml_kind {
	TOML_NONE,
	TOML_TABLE,
	TOML_ARRAY,
	TOML_STRING,
	TOML_INTEGER,
	TOML_BOOL,
	TOML_FLOAT,
	TOML_TIME,
};

/**
 * struct toml_error - why a text is not TOML
 * @pos: where the parser gave up
 * @text: what it says about it
 */
struct toml_error {
	struct src_pos pos;
	char text[256];
};

/**
 * toml_parse() - parse a text
 * @text: the text, UTF-8, needs no NUL at its end
 * @len: its bytes
 * @error: filled on failure
 *
 * Return: the document, or NULL.
 */
struct toml_doc *toml_parse(const char *text, size_t len, struct toml_error *error);

/**
 * toml_free() - free a document and all its nodes
 * @doc: the document, may be NULL
 */
void toml_free(struct toml_doc *doc);

/**
 * toml_root() - the table at the top
 * @doc: the document
 */
const struct toml_node *toml_root(const struct toml_doc *doc);

/**
 * toml_kind() - what a node is
 * @node: the node, may be NULL
 */
enum toml_kind toml_kind(const struct toml_node *node);

/**
 * toml_pos() - where the node's value begins
 * @node: the node, may be NULL
 */
struct src_pos toml_pos(const struct toml_node *node);

/**
 * toml_get() - a table's value of a key
 * @table: a table; any other node has no keys
 * @key: the key
 *
 * Return: the node, or NULL.
 */
const struct toml_node *toml_get(const struct toml_node *table, const char *key);

/**
 * toml_size() - number of elements of an array, or of keys of a table
 * @node: the node; any other has none
 */
size_t toml_size(const struct toml_node *node);

/**
 * toml_at() - an element of an array
 * @array: an array; any other node has no elements
 * @index: from 0
 *
 * Return: the node, or NULL beyond the end.
 */
const struct toml_node *toml_at(const struct toml_node *array, size_t index);

/**
 * typedef toml_key_fn - told one key of a table
 * @key: the key
 * @pos: where it is written
 * @value: its value
 * @arg: the caller's
 *
 * Return: false to end the walk.
 */
typedef bool (*toml_key_fn)(const char *key, struct src_pos pos, const struct toml_node *value,
			    void *arg);

/**
 * toml_each_key() - walk through the keys of a table, in no useful order
 * @table: a table; any other node has no keys
 * @fn: called for each
 * @arg: for @fn
 */
void toml_each_key(const struct toml_node *table, toml_key_fn fn, void *arg);

/**
 * toml_string() - the text of a string
 * @node: a string
 *
 * Return: the text, or NULL when it is no string or has a NUL inside.
 */
const char *toml_string(const struct toml_node *node);

/**
 * toml_integer() - the value of an integer
 * @node: an integer; any other node is 0
 */
int64_t toml_integer(const struct toml_node *node);

/**
 * toml_bool() - the value of a boolean
 * @node: a boolean; any other node is false
 */
bool toml_bool(const struct toml_node *node);

#ifdef __cplusplus
}
#endif

#endif /* AXVM_RUN_TOML_H */
