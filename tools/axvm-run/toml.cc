// SPDX-License-Identifier: GPL-2.0
/*
 * The only C++ of axvm-run: toml++ behind the interface of toml.h.
 *
 * No exception and no C++ type leaves this file. A struct toml_node is a
 * toml::node under another name, a struct toml_doc owns the table at the top.
 */
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include "toml.h"

struct toml_doc {
	toml::table root;
};

static const toml::node *to_node(const struct toml_node *node)
{
	return reinterpret_cast<const toml::node *>(node);
}

static const struct toml_node *from_node(const toml::node *node)
{
	return reinterpret_cast<const struct toml_node *>(node);
}

static struct src_pos to_pos(const toml::source_region &source)
{
	return { source.begin.line, source.begin.column };
}

static void set_error(struct toml_error *error, struct src_pos pos, std::string_view text)
{
	error->pos = pos;
	snprintf(error->text, sizeof(error->text), "%.*s", static_cast<int>(text.size()),
		 text.data());
}

struct toml_doc *toml_parse(const char *text, size_t len, struct toml_error *error)
{
	try {
		toml::parse_result result = toml::parse(std::string_view(text, len));

		if (result)
			return new toml_doc{ std::move(result).table() };
		set_error(error, to_pos(result.error().source()), result.error().description());
	} catch (const std::exception &e) {
		set_error(error, {}, e.what());
	} catch (...) {
		set_error(error, {}, "the parser failed");
	}
	return nullptr;
}

void toml_free(struct toml_doc *doc)
{
	delete doc;
}

const struct toml_node *toml_root(const struct toml_doc *doc)
{
	return from_node(&doc->root);
}

enum toml_kind toml_kind(const struct toml_node *node)
{
	if (!node)
		return TOML_NONE;
	switch (to_node(node)->type()) {
	case toml::node_type::table:
		return TOML_TABLE;
	case toml::node_type::array:
		return TOML_ARRAY;
	case toml::node_type::string:
		return TOML_STRING;
	case toml::node_type::integer:
		return TOML_INTEGER;
	case toml::node_type::boolean:
		return TOML_BOOL;
	case toml::node_type::floating_point:
		return TOML_FLOAT;
	case toml::node_type::none:
		return TOML_NONE;
	default:
		return TOML_TIME;
	}
}

struct src_pos toml_pos(const struct toml_node *node)
{
	return node ? to_pos(to_node(node)->source()) : src_pos{};
}

const struct toml_node *toml_get(const struct toml_node *table, const char *key)
{
	const toml::table *t = table ? to_node(table)->as_table() : nullptr;

	return t ? from_node(t->get(key)) : nullptr;
}

size_t toml_size(const struct toml_node *node)
{
	if (!node)
		return 0;
	if (const toml::array *array = to_node(node)->as_array())
		return array->size();
	if (const toml::table *table = to_node(node)->as_table())
		return table->size();
	return 0;
}

const struct toml_node *toml_at(const struct toml_node *array, size_t index)
{
	const toml::array *a = array ? to_node(array)->as_array() : nullptr;

	return a && index < a->size() ? from_node(a->get(index)) : nullptr;
}

/* A key with a NUL inside must not look like the part before the NUL. */
static const char *key_text(const toml::key &key)
{
	return key.str().find('\0') == std::string_view::npos ? key.data() : "\\0";
}

void toml_each_key(const struct toml_node *table, toml_key_fn fn, void *arg)
{
	const toml::table *t = table ? to_node(table)->as_table() : nullptr;

	if (!t)
		return;
	for (auto it = t->cbegin(); it != t->cend(); ++it) {
		const toml::key &key = it->first;

		if (!fn(key_text(key), to_pos(key.source()), from_node(&it->second), arg))
			return;
	}
}

const char *toml_string(const struct toml_node *node)
{
	const toml::value<std::string> *s = node ? to_node(node)->as_string() : nullptr;

	if (!s || s->get().find('\0') != std::string::npos)
		return nullptr;
	return s->get().c_str();
}

int64_t toml_integer(const struct toml_node *node)
{
	const toml::value<int64_t> *i = node ? to_node(node)->as_integer() : nullptr;

	return i ? i->get() : 0;
}

bool toml_bool(const struct toml_node *node)
{
	const toml::value<bool> *b = node ? to_node(node)->as_boolean() : nullptr;

	return b && b->get();
}
