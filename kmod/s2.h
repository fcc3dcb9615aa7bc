/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage-2 tables: guest-physical to host-physical, for every architecture.
 *
 * One radix walker; the geometry and the bits come from a struct axvm_s2_fmt
 * that a backend supplies. Owned by a VM (through struct axvm_gmem); called from vCPU threads on
 * a fault and from VM operations, always in process context.
 */
#ifndef AXVM_S2_H
#define AXVM_S2_H

#include <linux/mutex.h>
#include <linux/types.h>

struct seq_file;

#define AXVM_S2_MAX_LEVELS	5

/* What a leaf allows. */
#define AXVM_PROT_READ		(1u << 0)
#define AXVM_PROT_WRITE		(1u << 1)
#define AXVM_PROT_EXEC		(1u << 2)
#define AXVM_PROT_DEVICE	(1u << 3)	/* uncached, strongly ordered */

/**
 * struct axvm_s2_fmt - geometry and encoding of one table format
 * @name: as people know it, "Sv48x4", "EPT", ...
 * @levels: number of levels; level 0 holds 4 KiB leaves, level n leaves of 4 KiB << (9 * n)
 * @root_extra_bits: index bits that the root has beyond 9 (2 for the RISC-V x4 formats)
 * @gpa_bits: width of a guest-physical address
 * @leaf_levels: bit n set: level n may hold leaves
 * @make_table: entry that points to the next table at @phys
 * @make_leaf: entry that maps @phys at @level with @prot
 * @is_present: the entry is in use
 * @is_leaf: a present entry is a leaf, given its level
 * @entry_phys: address in a present entry
 * @leaf_prot: protection of a leaf
 *
 * The functions are pure: no state, no locks, any context.
 */
struct axvm_s2_fmt {
	const char *name;
	u8 levels;
	u8 root_extra_bits;
	u8 gpa_bits;
	u8 leaf_levels;
	u64 (*make_table)(u64 phys);
	u64 (*make_leaf)(u64 phys, unsigned int level, u32 prot);
	bool (*is_present)(u64 entry);
	bool (*is_leaf)(u64 entry, unsigned int level);
	u64 (*entry_phys)(u64 entry);
	u32 (*leaf_prot)(u64 entry);
};

struct axvm_s2;

/**
 * struct axvm_s2_ops - what the walker asks of the backend
 * @flush: make every CPU forget translations of [gpa, gpa + len) of these
 *	tables before it returns (GPA to HPA and what was derived from it).
 *	Called with the tables' lock held; may sleep. Never called when an
 *	absent entry becomes present, see Documentation/ordering.rst.
 */
struct axvm_s2_ops {
	void (*flush)(struct axvm_s2 *s2, u64 gpa, u64 len);
};

/**
 * struct axvm_s2 - one set of stage-2 tables
 * @fmt: format, immutable
 * @ops: backend hooks, immutable
 * @root: top table
 * @lock: protects the tables; innermost of the core's mutexes
 * @tables: number of table pages below the root [lock]
 * @leaves: leaves per level [lock]
 */
struct axvm_s2 {
	const struct axvm_s2_fmt *fmt;
	const struct axvm_s2_ops *ops;
	u64 *root;
	struct mutex lock;
	unsigned long tables;
	unsigned long leaves[AXVM_S2_MAX_LEVELS];
};

/**
 * struct axvm_s2_entry - one leaf as axvm_s2_lookup() found it
 * @gpa: start of the leaf
 * @phys: host-physical start
 * @len: its size in bytes
 * @prot: AXVM_PROT_*
 */
struct axvm_s2_entry {
	u64 gpa;
	u64 phys;
	u64 len;
	u32 prot;
};

int axvm_s2_init(struct axvm_s2 *s2, const struct axvm_s2_fmt *fmt, const struct axvm_s2_ops *ops);

/* Frees all tables. No CPU may be using them any more; the caller has flushed. */
void axvm_s2_exit(struct axvm_s2 *s2);

/**
 * axvm_s2_map() - map [gpa, gpa + len) to [phys, phys + len)
 * @s2: tables
 * @gpa: 4 KiB aligned
 * @phys: 4 KiB aligned
 * @len: 4 KiB multiple, not 0
 * @prot: AXVM_PROT_*
 *
 * Uses the largest leaves that alignment and format allow. A present leaf with
 * the same translation and protection is left alone (two vCPUs may fault on
 * the same page); one that differs is replaced break-before-make: invalid
 * entry, flush, new entry.
 *
 * Context: process, takes @s2->lock. Return: 0; -EINVAL out of the format's range
 * or misaligned; -ENOMEM, then what was mapped so far stays (it is harmless).
 */
int axvm_s2_map(struct axvm_s2 *s2, u64 gpa, u64 phys, u64 len, u32 prot);

/* Unmap and flush; empty tables are freed after the flush. A larger leaf that is cut is split. */
int axvm_s2_unmap(struct axvm_s2 *s2, u64 gpa, u64 len);

/* Change the protection of what is mapped in the range; splits leaves that stick out. */
int axvm_s2_protect(struct axvm_s2 *s2, u64 gpa, u64 len, u32 prot);

/* Return: true and *entry when gpa is mapped. */
bool axvm_s2_lookup(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *entry);

/* One line per run of equal leaves, for debugfs. */
void axvm_s2_dump(struct axvm_s2 *s2, struct seq_file *m);

#endif /* AXVM_S2_H */
