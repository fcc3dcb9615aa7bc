/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stage-2 tables: guest-physical to host-physical, for every architecture.
 *
 * One radix walker; the geometry and the bits come from a struct axvm_s2_fmt
 * that a backend supplies. Owned by a VM (through struct axvm_gmem); called
 * from vCPU threads on a fault and from VM operations, always in process context.
 */
#ifndef AXVM_S2_H
#define AXVM_S2_H

#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct seq_file;

#define AXVM_S2_MAX_LEVELS	5

/* What a leaf allows. */
#define AXVM_PROT_READ		BIT(0)
#define AXVM_PROT_WRITE		BIT(1)
#define AXVM_PROT_EXEC		BIT(2)
#define AXVM_PROT_DEVICE	BIT(3)	/* uncached, strongly ordered */

/**
 * struct axvm_s2_fmt - geometry and encoding of one table format
 * @name: as people know it, "Sv48x4", "EPT", ...
 * @levels: number of levels; level 0 holds 4 KiB leaves, level n leaves of 4 KiB << (9 * n)
 * @root_extra_bits: index bits that the root has beyond 9 (2 for the RISC-V x4 formats)
 * @gpa_bits: width of a guest-physical address
 * @leaf_levels: bit n set: level n may hold leaves; without gaps, from bit 0 on
 * @make_table: entry that points to the next table at @phys
 * @make_leaf: entry that maps @phys at @level with @prot
 * @is_present: the entry is in use
 * @is_leaf: a present entry is a leaf, given its level; never asked at level 0
 * @entry_phys: address in a present entry
 * @leaf_prot: protection of a leaf
 *
 * The functions are pure: no state, no locks, any context. The entry 0 is
 * absent in every format.
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
 *	When an entry that pointed to a table has gone, the range is all that
 *	the format can address, [0, 1 << gpa_bits): some architectures order
 *	only leaves by address (RISC-V privileged specification, SFENCE.VMA and
 *	HFENCE.GVMA: other changes need rs1 = x0). Called with the tables'
 *	lock held, after a full barrier; may sleep. Never called when an absent
 *	entry becomes present, see Documentation/ordering.rst.
 * @publish: optional: [phys, phys + len) of ordinary memory is about to be mapped
 *	with a protection of AXVM_PROT_*: make what the host wrote there visible to
 *	guests whose caches are off, and to their instruction fetches. Called with
 *	the tables' lock held; may sleep.
 */
struct axvm_s2_ops {
	void (*flush)(struct axvm_s2 *s2, u64 gpa, u64 len);
	void (*publish)(u64 phys, u64 len, u32 prot);
};

/**
 * struct axvm_s2 - one set of stage-2 tables
 * @fmt: format, immutable
 * @ops: backend hooks, immutable
 * @root: top table
 * @lock: protects the tables; innermost of the core's mutexes
 * @tables: number of table pages below the root [written under lock, READ_ONCE elsewhere]
 * @leaves: leaves per level [written under lock, READ_ONCE elsewhere]
 */
struct axvm_s2 {
	const struct axvm_s2_fmt *fmt;
	const struct axvm_s2_ops *ops;
	u64 *root;
	struct mutex lock;	/* see above */
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

/**
 * axvm_s2_init() - make empty tables
 * @s2: to fill
 * @fmt: format; outlives @s2
 * @ops: backend hooks; outlive @s2
 *
 * Context: process.
 *
 * Return: 0; -EINVAL the format makes no sense; -ENOMEM.
 */
int axvm_s2_init(struct axvm_s2 *s2, const struct axvm_s2_fmt *fmt, const struct axvm_s2_ops *ops);

/* Frees all tables. No CPU may be using them any more; the caller has flushed. Process context. */
void axvm_s2_exit(struct axvm_s2 *s2);

/* First address that these tables cannot translate. */
static inline u64 axvm_s2_limit(const struct axvm_s2 *s2)
{
	return 1ULL << s2->fmt->gpa_bits;
}

/**
 * axvm_s2_map() - map [gpa, gpa + len) to [phys, phys + len)
 * @s2: tables
 * @gpa: 4 KiB aligned
 * @phys: 4 KiB aligned
 * @len: 4 KiB multiple, not 0
 * @prot: AXVM_PROT_*; READ is required
 *
 * Uses the largest leaves that alignment and format allow. A present leaf with
 * the same translation and protection is left alone (two vCPUs may fault on
 * the same page); one that differs is replaced break-before-make: invalid
 * entry, flush, new entry.
 *
 * Context: process, takes @s2->lock.
 *
 * Return: 0; -EINVAL misaligned, empty, out of the format's
 * range or @prot; -ENOMEM, then what was mapped so far stays (it is harmless).
 */
int axvm_s2_map(struct axvm_s2 *s2, u64 gpa, u64 phys, u64 len, u32 prot);

/**
 * axvm_s2_unmap() - take translations away
 * @s2: tables
 * @gpa: 4 KiB aligned
 * @len: 4 KiB multiple, not 0; what is absent in the range is skipped
 *
 * Flushes once, then frees the tables that became empty. A larger leaf that
 * sticks out of the range is split first. No CPU has a translation of the
 * range when this returns.
 *
 * Context: process, takes @s2->lock.
 *
 * Return: 0; -EINVAL as for axvm_s2_map();
 * -ENOMEM for a split, then nothing was unmapped. A range that cuts no leaf never fails.
 */
int axvm_s2_unmap(struct axvm_s2 *s2, u64 gpa, u64 len);

/**
 * axvm_s2_protect() - change the protection of what is mapped in a range
 * @s2: tables
 * @gpa: 4 KiB aligned
 * @len: 4 KiB multiple, not 0
 * @prot: AXVM_PROT_*; READ is required
 *
 * Splits leaves that stick out. Permissions change in place and are flushed
 * once at the end; a change of the memory type (DEVICE) is break-before-make.
 *
 * Context: process, takes @s2->lock.
 *
 * Return: as axvm_s2_unmap(), then nothing was changed.
 */
int axvm_s2_protect(struct axvm_s2 *s2, u64 gpa, u64 len, u32 prot);

/* Context: process, takes @s2->lock. Return: true and *entry when gpa is mapped. */
bool axvm_s2_lookup(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *entry);

/**
 * struct axvm_s2_run - adjacent leaves of one size and protection, whose pages are adjacent, too
 * @first: the first of them
 * @count: their number
 */
struct axvm_s2_run {
	struct axvm_s2_entry first;
	u64 count;
};

/**
 * axvm_s2_find_run() - the first run of leaves at or behind an address
 * @s2: tables; others may change them at any time
 * @gpa: where to begin; in the middle of a leaf: with that leaf
 * @run: filled
 *
 * For dumps. A long run comes in pieces, so that nobody waits long for the lock.
 *
 * Context: process, takes @s2->lock for a bounded time.
 *
 * Return: false when there is nothing from @gpa on.
 */
bool axvm_s2_find_run(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_run *run);

static inline u64 axvm_s2_run_end(const struct axvm_s2_run *run)
{
	return run->first.gpa + run->count * run->first.len;
}

/* One line for people. */
void axvm_s2_show_run(struct seq_file *m, const struct axvm_s2_run *run);

#endif /* AXVM_S2_H */
