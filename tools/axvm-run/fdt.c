// SPDX-License-Identifier: GPL-2.0
/*
 * Building and completing flattened device trees, see fdt.h.
 */
#include "fdt.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void note(struct fdt_tree *tree, int ret)
{
	if (ret < 0 && !tree->error)
		tree->error = ret;
}

void fdt_tree_new(struct fdt_tree *tree, size_t room)
{
	memset(tree, 0, sizeof(*tree));
	tree->fdt = xcalloc(room, 1);
	tree->next_phandle = 1;
	note(tree, fdt_create_empty_tree(tree->fdt, room));
}

void fdt_tree_open(struct fdt_tree *tree, const void *data, size_t len, size_t room)
{
	memset(tree, 0, sizeof(*tree));
	note(tree, fdt_check_full(data, len));
	if (tree->error)
		return;
	room += fdt_totalsize(data);
	tree->fdt = xcalloc(room, 1);
	note(tree, fdt_open_into(data, tree->fdt, room));
	if (!tree->error && fdt_find_max_phandle(tree->fdt, &tree->next_phandle))
		tree->error = -FDT_ERR_BADPHANDLE;
	tree->next_phandle++;
}

const char *fdt_tree_finish(struct fdt_tree *tree)
{
	if (!tree->error)
		note(tree, fdt_pack(tree->fdt));
	if (!tree->error)
		return NULL;
	free(tree->fdt);
	tree->fdt = NULL;
	return fdt_strerror(tree->error);
}

uint32_t fdt_tree_phandle(struct fdt_tree *tree, int node)
{
	fdt_tree_u32(tree, node, "phandle", tree->next_phandle);
	return tree->next_phandle++;
}

int fdt_tree_node(struct fdt_tree *tree, int parent, const char *fmt, ...)
{
	char name[128];
	va_list args;
	int node;

	if (tree->error)
		return 0;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	node = fdt_subnode_offset(tree->fdt, parent, name);
	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(tree->fdt, parent, name);
	note(tree, node);
	return node < 0 ? 0 : node;
}

bool fdt_tree_has(const struct fdt_tree *tree, int node, const char *name)
{
	return !tree->error && (fdt_subnode_offset(tree->fdt, node, name) >= 0 ||
				fdt_getprop(tree->fdt, node, name, NULL));
}

void fdt_tree_bytes(struct fdt_tree *tree, int node, const char *name, const void *data,
		    size_t len)
{
	if (!tree->error)
		note(tree, fdt_setprop(tree->fdt, node, name, data, len));
}

void fdt_tree_empty(struct fdt_tree *tree, int node, const char *name)
{
	fdt_tree_bytes(tree, node, name, NULL, 0);
}

void fdt_tree_u32(struct fdt_tree *tree, int node, const char *name, uint32_t value)
{
	fdt_tree_cells(tree, node, name, &value, 1);
}

void fdt_tree_u64(struct fdt_tree *tree, int node, const char *name, uint64_t value)
{
	uint32_t cells[] = { value >> 32, value };

	fdt_tree_cells(tree, node, name, cells, ARRAY_SIZE(cells));
}

void fdt_tree_string(struct fdt_tree *tree, int node, const char *name, const char *text)
{
	fdt_tree_bytes(tree, node, name, text, strlen(text) + 1);
}

void fdt_tree_cells(struct fdt_tree *tree, int node, const char *name, uint32_t *cells,
		    unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		cells[i] = cpu_to_fdt32(cells[i]);
	fdt_tree_bytes(tree, node, name, cells, nr * sizeof(*cells));
}

static unsigned int put_cells(uint32_t *cells, int nr, uint64_t value)
{
	if (nr == 2)
		*cells++ = value >> 32;
	*cells = value;
	return nr;
}

void fdt_tree_reg(struct fdt_tree *tree, int parent, int node, uint64_t base, uint64_t len)
{
	int address_cells, size_cells;
	uint32_t cells[4];
	unsigned int nr;

	if (tree->error)
		return;
	address_cells = fdt_address_cells(tree->fdt, parent);
	size_cells = fdt_size_cells(tree->fdt, parent);
	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2 ||
	    (address_cells == 1 && base > UINT32_MAX) || (size_cells == 1 && len > UINT32_MAX)) {
		note(tree, -FDT_ERR_BADNCELLS);
		return;
	}
	nr = put_cells(cells, address_cells, base);
	nr += put_cells(cells + nr, size_cells, len);
	fdt_tree_cells(tree, node, "reg", cells, nr);
}

static void indent(FILE *out, int depth)
{
	while (depth-- > 0)
		fputc('\t', out);
}

/* Is it one or more printable strings, none of them empty? */
static bool is_text(const char *data, int len)
{
	int i;

	if (!len || data[len - 1] || !*data)
		return false;
	for (i = 0; i < len; i++)
		if (data[i] ? data[i] < 0x20 || data[i] == 0x7f : i + 1 < len && !data[i + 1])
			return false;
	return true;
}

static void print_text(const char *data, int len, FILE *out)
{
	const char *text;

	for (text = data; text < data + len; text += strlen(text) + 1) {
		const char *c;

		fputs(text == data ? "\"" : ", \"", out);
		for (c = text; *c; c++)
			fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		fputc('"', out);
	}
}

static void print_numbers(const uint8_t *data, int len, FILE *out)
{
	bool cells = len % 4 == 0;
	int i;

	fputc(cells ? '<' : '[', out);
	for (i = 0; i < len; i += cells ? 4 : 1) {
		fputs(i ? " " : "", out);
		if (cells)
			fprintf(out, "0x%x", fdt32_ld((const fdt32_t *)(data + i)));
		else
			fprintf(out, "%02x", data[i]);
	}
	fputc(cells ? '>' : ']', out);
}

static void print_property(const void *fdt, int offset, int depth, FILE *out)
{
	const char *name;
	int len;
	const char *data = fdt_getprop_by_offset(fdt, offset, &name, &len);

	if (!data)
		return;
	indent(out, depth);
	fputs(name, out);
	if (len)
		fputs(" = ", out);
	if (is_text(data, len))
		print_text(data, len, out);
	else if (len)
		print_numbers((const uint8_t *)data, len, out);
	fputs(";\n", out);
}

static void print_node(const void *fdt, int node, int depth, FILE *out)
{
	const char *name = fdt_get_name(fdt, node, NULL);
	int offset;

	indent(out, depth);
	fprintf(out, "%s {\n", name && *name ? name : "/");
	fdt_for_each_property_offset(offset, fdt, node)
		print_property(fdt, offset, depth + 1, out);
}

static void print_reservations(const void *fdt, FILE *out)
{
	int i, nr = fdt_num_mem_rsv(fdt);

	for (i = 0; i < nr; i++) {
		uint64_t base, len;

		if (!fdt_get_mem_rsv(fdt, i, &base, &len))
			fprintf(out, "/memreserve/ 0x%llx 0x%llx;\n", (unsigned long long)base,
				(unsigned long long)len);
	}
}

void fdt_print(const void *fdt, FILE *out)
{
	int node = 0, depth = 0, last = -1;

	fputs("/dts-v1/;\n\n", out);
	print_reservations(fdt, out);
	while (node >= 0 && depth >= 0) {
		for (; last >= depth; last--) {
			indent(out, last);
			fputs("};\n", out);
		}
		print_node(fdt, node, depth, out);
		last = depth;
		node = fdt_next_node(fdt, node, &depth);
	}
	for (; last >= 0; last--) {
		indent(out, last);
		fputs("};\n", out);
	}
}
