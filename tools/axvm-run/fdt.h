/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building and completing flattened device trees with libfdt.
 *
 * Used by boot*.c. The first failure sticks: later calls do nothing, and the
 * caller asks once at the end. Terms and layout: Devicetree Specification 0.4.
 */
#ifndef AXVM_RUN_FDT_H
#define AXVM_RUN_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util.h"

/**
 * struct fdt_tree - a tree that is being built
 * @fdt: the tree, to be freed by the caller
 * @error: 0, or libfdt's first error
 * @next_phandle: the next free one
 */
struct fdt_tree {
	void *fdt;
	int error;
	uint32_t next_phandle;
};

/**
 * fdt_tree_new() - start with an empty tree
 * @tree: the tree
 * @room: bytes that it may grow to
 */
void fdt_tree_new(struct fdt_tree *tree, size_t room);

/**
 * fdt_tree_open() - start with a given tree
 * @tree: the tree
 * @data: the given one; hostile
 * @len: its bytes
 * @room: bytes that may be added
 */
void fdt_tree_open(struct fdt_tree *tree, const void *data, size_t len, size_t room);

/**
 * fdt_tree_finish() - drop the room that is left
 * @tree: the tree; its @fdt is freed on failure
 *
 * Return: NULL, or what went wrong.
 */
const char *fdt_tree_finish(struct fdt_tree *tree);

/**
 * fdt_tree_phandle() - give a node a phandle
 * @tree: the tree
 * @node: offset of the node
 *
 * Return: the phandle.
 */
uint32_t fdt_tree_phandle(struct fdt_tree *tree, int node);

/**
 * fdt_tree_node() - find or add a node
 * @tree: the tree
 * @parent: offset of its parent; stays valid
 * @fmt: its name
 *
 * New nodes come before their siblings, so add them in reverse order.
 *
 * Return: offset, valid until something is added before it.
 */
int fdt_tree_node(struct fdt_tree *tree, int parent, const char *fmt, ...) __printf(3, 4);

/**
 * fdt_tree_has() - is there such a node or property?
 * @tree: the tree
 * @node: offset of the node
 * @name: of a child or property
 */
bool fdt_tree_has(const struct fdt_tree *tree, int node, const char *name);

/* Set a property of a node. */
void fdt_tree_empty(struct fdt_tree *tree, int node, const char *name);
void fdt_tree_u32(struct fdt_tree *tree, int node, const char *name, uint32_t value);
void fdt_tree_u64(struct fdt_tree *tree, int node, const char *name, uint64_t value);
void fdt_tree_bytes(struct fdt_tree *tree, int node, const char *name, const void *data,
		    size_t len);
void fdt_tree_string(struct fdt_tree *tree, int node, const char *name, const char *text);

/**
 * fdt_tree_cells() - set a property of 32-bit cells
 * @tree: the tree
 * @node: offset of the node
 * @name: of the property
 * @cells: values in host order; converted in place
 * @nr: their number
 */
void fdt_tree_cells(struct fdt_tree *tree, int node, const char *name, uint32_t *cells,
		    unsigned int nr);

/**
 * fdt_tree_reg() - set "reg" of one range in the parent's cells
 * @tree: the tree
 * @parent: offset of the parent
 * @node: offset of the node
 * @base: address
 * @len: size
 */
void fdt_tree_reg(struct fdt_tree *tree, int parent, int node, uint64_t base, uint64_t len);

/**
 * fdt_print() - print a tree as source that dtc takes
 * @fdt: a sound tree
 * @out: where to
 */
void fdt_print(const void *fdt, FILE *out);

#endif /* AXVM_RUN_FDT_H */
