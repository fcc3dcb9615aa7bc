/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader of flattened device trees, of the size that test programs need.
 *
 * A node is the offset of its FDT_BEGIN_NODE token; negative means none.
 * Format: Devicetree Specification 0.4, section 5.
 */
#ifndef GUEST_FDT_H
#define GUEST_FDT_H

#include "arch.h"

#define FDT_NONE	(-1)

bool fdt_open(const void *blob);
const void *fdt_blob(void);
u32 fdt_size(void);

/* Next node in file order after node (FDT_NONE: the root). */
int fdt_next(int node);
const char *fdt_name(int node);
/* First child or next sibling. */
int fdt_child(int parent);
int fdt_sibling(int node);
/* Path below the root without leading slash: "cpus", "soc/serial". */
int fdt_path(const char *path);
/* First node after that has this string among its compatible ones. */
int fdt_compatible(int after, const char *what);

const void *fdt_prop(int node, const char *name, u32 *len);
const char *fdt_string(int node, const char *name);
/* 32-bit cell of a property; otherwise when it is too short. */
u32 fdt_cell(int node, const char *name, unsigned int index, u32 otherwise);
/* n-th (address, size) pair of reg, with cell counts of 2 or of the parent given. */
bool fdt_reg(int node, unsigned int index, u64 *base, u64 *len);
/* One memory reservation block entry. */
bool fdt_reservation(unsigned int index, u64 *base, u64 *len);

/* fdtmem.c: memory that belongs to the program; see arch_free_memory(). */
unsigned int fdt_free_memory(struct range *ranges, unsigned int max);

#endif /* GUEST_FDT_H */
