// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of flattened device trees. The blob comes from the boot loader and is
 * trusted as far as a test program needs to.
 */
#include "fdt.h"

enum {
	FDT_MAGIC = 0xd00dfeed,
	FDT_BEGIN_NODE = 1,
	FDT_END_NODE = 2,
	FDT_PROP = 3,
	FDT_NOP = 4,
};

struct fdt_header {
	u32 magic;
	u32 totalsize;
	u32 off_dt_struct;
	u32 off_dt_strings;
	u32 off_mem_rsvmap;
};

static const u8 *blob;

static u32 be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static u64 be64(const void *p)
{
	return (u64)be32(p) << 32 | be32((const u8 *)p + 4);
}

static const struct fdt_header *header(void)
{
	return (const struct fdt_header *)blob;
}

static const u8 *at(int offset)
{
	return blob + be32(&header()->off_dt_struct) + offset;
}

static int align4(int offset)
{
	return (offset + 3) & ~3;
}

/* Offset of the token after the one at offset. */
static int skip_token(int offset)
{
	switch (be32(at(offset))) {
	case FDT_BEGIN_NODE:
		return align4(offset + 4 + strlen((const char *)at(offset) + 4) + 1);
	case FDT_PROP:
		return align4(offset + 12 + be32(at(offset) + 4));
	default:
		return offset + 4;
	}
}

bool fdt_open(const void *address)
{
	if (!address || be32(address) != FDT_MAGIC)
		return false;
	blob = address;
	return true;
}

const void *fdt_blob(void)
{
	return blob;
}

u32 fdt_size(void)
{
	return blob ? be32(&header()->totalsize) : 0;
}

/* First token from offset on that begins or ends a node or the tree. */
static int skip_props(int offset)
{
	u32 token = be32(at(offset));

	while (token == FDT_PROP || token == FDT_NOP) {
		offset = skip_token(offset);
		token = be32(at(offset));
	}
	return offset;
}

int fdt_next(int node)
{
	int offset;

	if (!blob)
		return FDT_NONE;
	offset = skip_props(node == FDT_NONE ? 0 : skip_token(node));
	while (be32(at(offset)) == FDT_END_NODE)
		offset = skip_props(offset + 4);
	return be32(at(offset)) == FDT_BEGIN_NODE ? offset : FDT_NONE;
}

const char *fdt_name(int node)
{
	return (const char *)at(node) + 4;
}

int fdt_child(int parent)
{
	int offset = skip_props(skip_token(parent));

	return be32(at(offset)) == FDT_BEGIN_NODE ? offset : FDT_NONE;
}

int fdt_sibling(int node)
{
	int offset = skip_props(skip_token(node));
	int depth = 1;

	while (depth) {
		depth += be32(at(offset)) == FDT_BEGIN_NODE ? 1 : -1;
		offset = skip_props(skip_token(offset));
	}
	return be32(at(offset)) == FDT_BEGIN_NODE ? offset : FDT_NONE;
}

static int find_child(int parent, const char *name, size_t len)
{
	int node;

	for (node = fdt_child(parent); node != FDT_NONE; node = fdt_sibling(node)) {
		const char *have = fdt_name(node);

		if (!strncmp(have, name, len) && (!have[len] || have[len] == '@'))
			return node;
	}
	return FDT_NONE;
}

int fdt_path(const char *path)
{
	int node = fdt_next(FDT_NONE);

	while (node != FDT_NONE && *path) {
		size_t len = 0;

		while (path[len] && path[len] != '/')
			len++;
		node = find_child(node, path, len);
		path += path[len] ? len + 1 : len;
	}
	return node;
}

const void *fdt_prop(int node, const char *name, u32 *len)
{
	const char *strings;
	int offset;

	if (node == FDT_NONE)
		return NULL;
	strings = (const char *)blob + be32(&header()->off_dt_strings);
	for (offset = skip_token(node); ; offset = skip_token(offset)) {
		u32 token = be32(at(offset));

		if (token != FDT_PROP && token != FDT_NOP)
			return NULL;
		if (token == FDT_NOP || strcmp(strings + be32(at(offset) + 8), name))
			continue;
		if (len)
			*len = be32(at(offset) + 4);
		return at(offset) + 12;
	}
}

const char *fdt_string(int node, const char *name)
{
	return fdt_prop(node, name, NULL);
}

static bool is_compatible(int node, const char *what)
{
	u32 len, pos = 0;
	const char *list = fdt_prop(node, "compatible", &len);

	while (list && pos < len) {
		if (!strcmp(list + pos, what))
			return true;
		pos += strlen(list + pos) + 1;
	}
	return false;
}

int fdt_compatible(int after, const char *what)
{
	int node = fdt_next(after);

	while (node != FDT_NONE && !is_compatible(node, what))
		node = fdt_next(node);
	return node;
}

u32 fdt_cell(int node, const char *name, unsigned int index, u32 otherwise)
{
	u32 len;
	const u8 *cells = fdt_prop(node, name, &len);

	return cells && (index + 1) * 4 <= len ? be32(cells + index * 4) : otherwise;
}

bool fdt_reg(int node, unsigned int index, u64 *base, u64 *len)
{
	u32 size;
	const u8 *cells = fdt_prop(node, "reg", &size);

	if (!cells || (index + 1) * 16 > size)
		return false;
	*base = be64(cells + index * 16);
	*len = be64(cells + index * 16 + 8);
	return true;
}

bool fdt_reservation(unsigned int index, u64 *base, u64 *len)
{
	const u8 *entry;

	if (!blob)
		return false;
	entry = blob + be32(&header()->off_mem_rsvmap) + index * 16;
	*base = be64(entry);
	*len = be64(entry + 8);
	return *base || *len;
}
