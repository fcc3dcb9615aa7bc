// SPDX-License-Identifier: GPL-2.0
/*
 * Shapes of TOML values: tables with known keys, tuples, integers, strings.
 *
 * Called by the config_*.c files while a configuration is loaded; knows the
 * shape of a configuration but not the meaning of any key.
 */
#include <string.h>

#include "config_loader.h"
#include "util.h"

static const char *const kind_names[] = {
	[TOML_NONE] = "nothing",
	[TOML_TABLE] = "a table",
	[TOML_ARRAY] = "an array",
	[TOML_STRING] = "a string",
	[TOML_INTEGER] = "an integer",
	[TOML_BOOL] = "true or false",
	[TOML_FLOAT] = "a floating-point number",
	[TOML_TIME] = "a date or time",
};

const char *config_sub_key(char *buf, const char *key, int index, const char *field)
{
	int len = snprintf(buf, CONFIG_KEY_MAX, "%s", key);

	if (index >= 0 && len < CONFIG_KEY_MAX)
		len += snprintf(buf + len, CONFIG_KEY_MAX - len, "[%d]", index);
	if (field && len < CONFIG_KEY_MAX)
		snprintf(buf + len, CONFIG_KEY_MAX - len, ".%s", field);
	return buf;
}

bool config_check_kind(struct config_loader *ld, const char *key, const struct toml_node *node,
		       enum toml_kind kind)
{
	if (toml_kind(node) == kind)
		return true;
	diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key, "is %s; %s is needed",
		 kind_names[toml_kind(node)], kind_names[kind]);
	return false;
}

bool config_read_uint(struct config_loader *ld, const char *key, const struct toml_node *node,
		      uint64_t max, uint64_t *value)
{
	int64_t number = toml_integer(node);

	*value = 0;
	if (!config_check_kind(ld, key, node, TOML_INTEGER))
		return false;
	if (number < 0) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "%lld is negative; 0 to 0x%llx is allowed", (long long)number,
			 (unsigned long long)max);
		return false;
	}
	if ((uint64_t)number > max) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "0x%llx is too large; 0 to 0x%llx is allowed", (long long)number,
			 (unsigned long long)max);
		return false;
	}
	*value = number;
	return true;
}

bool config_read_count(struct config_loader *ld, const char *key, const struct toml_node *node,
		       uint64_t min, uint64_t max, uint64_t *value)
{
	int64_t number = toml_integer(node);
	const char *fault = NULL;

	*value = 0;
	if (!config_check_kind(ld, key, node, TOML_INTEGER))
		return false;
	if (number < 0)
		fault = "negative";
	else if ((uint64_t)number < min)
		fault = "too small";
	else if ((uint64_t)number > max)
		fault = "too large";
	else
		*value = number;
	if (fault)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "%lld is %s; %llu to %llu is allowed", (long long)number, fault,
			 (unsigned long long)min, (unsigned long long)max);
	return !fault;
}

const char *config_text(struct config_loader *ld, const char *key, const struct toml_node *node)
{
	const char *text = toml_string(node), *c;

	if (!config_check_kind(ld, key, node, TOML_STRING))
		return NULL;
	if (text && !*text) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "is empty; leave the key out if there is nothing to say");
		return NULL;
	}
	for (c = text; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			text = NULL;
	if (!text)
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "has a control character in it; printable text is needed");
	return text;
}

struct key_check {
	struct config_loader *ld;
	const char *table;
	const char *known[CONFIG_MAX_KEYS + 1];
};

static void report_unknown(const struct key_check *check, struct src_pos pos, const char *full)
{
	char names[CONFIG_MAX_KEYS * 32] = "";
	const char *const *known;
	size_t used = 0;

	for (known = check->known; *known && used < sizeof(names); known++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
				 *known);
	diag_add(check->ld->diag, DIAG_ERROR, pos, full, "unknown key; [%s] may have %s",
		 check->table, names);
}

static bool check_key_known(const char *key, struct src_pos pos, const struct toml_node *value,
			    void *arg)
{
	const struct key_check *check = arg;
	const char *near = nearest_name(key, check->known);
	const char *home = strchr(check->table, '.') ? NULL : config_find_home(key);
	struct diag *diag = check->ld->diag;
	char full[CONFIG_KEY_MAX];

	(void)value;
	if (near && !strcmp(near, key))
		return true;
	config_sub_key(full, check->table, -1, key);
	if (home)
		diag_add(diag, DIAG_ERROR, pos, full, "stands in [%s]; it belongs into [%s]",
			 check->table, home);
	else if (near)
		diag_add(diag, DIAG_ERROR, pos, full, "unknown key; did you mean %s?", near);
	else
		report_unknown(check, pos, full);
	return true;
}

static void take_key(struct config_loader *ld, const char *name, const struct toml_node *table,
		     const struct config_key *rule)
{
	const struct toml_node *value = toml_get(table, rule->name);
	char full[CONFIG_KEY_MAX];

	config_sub_key(full, name, -1, rule->name);
	if (value) {
		if (rule->kind == TOML_NONE || config_check_kind(ld, full, value, rule->kind))
			rule->take(ld, full, value);
	} else if (rule->required) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(table), full,
			 "is missing; [%s] needs it", name);
	}
}

bool config_has_key(const struct config_key *keys, unsigned int nr_keys, const char *name)
{
	for (; nr_keys; nr_keys--, keys++)
		if (!strcmp(keys->name, name))
			return true;
	return false;
}

void config_read_keys(struct config_loader *ld, const char *name, const struct toml_node *table,
		      const struct config_key *keys, unsigned int nr_keys)
{
	struct key_check check = { .ld = ld, .table = name };
	unsigned int i;

	for (i = 0; i < nr_keys; i++)
		check.known[i] = keys[i].name;
	toml_each_key(table, check_key_known, &check);
	for (i = 0; i < nr_keys; i++)
		take_key(ld, name, table, &keys[i]);
}

static const char *list_fields(char *buf, size_t size, const struct config_field *fields,
			       unsigned int nr)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < nr && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s%s", i ? ", " : "", fields[i].name,
				fields[i].required ? "" : " (optional)");
	return buf;
}

static bool refuse_element(struct config_loader *ld, const char *key,
			   const struct toml_node *node, const struct config_field *fields,
			   unsigned int nr)
{
	char names[256];

	diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key, "is %s; an array [%s] is needed",
		 kind_names[toml_kind(node)], list_fields(names, sizeof(names), fields, nr));
	return false;
}

static bool split_array(struct config_loader *ld, const char *key, const struct toml_node *node,
			const struct config_field *fields, unsigned int nr,
			const struct toml_node **values)
{
	char names[256];
	unsigned int i;

	if (toml_size(node) > nr) {
		diag_add(ld->diag, DIAG_ERROR, toml_pos(node), key,
			 "has %zu elements; it consists of %s", toml_size(node),
			 list_fields(names, sizeof(names), fields, nr));
		return false;
	}
	for (i = 0; i < nr; i++)
		values[i] = toml_at(node, i);
	return true;
}

static bool split_table(struct config_loader *ld, const char *key, const struct toml_node *node,
			const struct config_field *fields, unsigned int nr,
			const struct toml_node **values)
{
	struct key_check check = { .ld = ld, .table = key };
	unsigned int i, errors = ld->diag->nr[DIAG_ERROR];

	for (i = 0; i < nr; i++) {
		check.known[i] = fields[i].name;
		values[i] = toml_get(node, fields[i].name);
	}
	toml_each_key(node, check_key_known, &check);
	return ld->diag->nr[DIAG_ERROR] == errors;
}

static bool check_fields(struct config_loader *ld, const char *key, const struct toml_node *node,
			 const struct config_field *fields, unsigned int nr,
			 const struct toml_node **values)
{
	char full[CONFIG_KEY_MAX], names[256];
	bool good = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		config_sub_key(full, key, -1, fields[i].name);
		if (values[i]) {
			good &= config_check_kind(ld, full, values[i], fields[i].kind);
		} else if (fields[i].required) {
			diag_add(ld->diag, DIAG_ERROR, toml_pos(node), full,
				 "is missing; the element consists of %s",
				 list_fields(names, sizeof(names), fields, nr));
			good = false;
		}
	}
	return good;
}

bool config_read_tuple(struct config_loader *ld, const char *key, const struct toml_node *node,
		       const struct config_field *fields, unsigned int nr_fields,
		       const struct toml_node **values)
{
	bool good;

	if (toml_kind(node) == TOML_TABLE)
		good = split_table(ld, key, node, fields, nr_fields, values);
	else if (toml_kind(node) == TOML_ARRAY)
		good = split_array(ld, key, node, fields, nr_fields, values);
	else
		good = refuse_element(ld, key, node, fields, nr_fields);
	return good && check_fields(ld, key, node, fields, nr_fields, values);
}
