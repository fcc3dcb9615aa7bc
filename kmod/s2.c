// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 tables: one radix walker for every architecture's format.
 *
 * Owned by a VM through its guest memory. Called from vCPU threads that
 * handle a fault and from VM operations, in process context.
 *
 * Hardware walks the tables while they change, so three orders hold:
 *  - what an entry points to is complete before the entry is (set_entry());
 *  - a present entry becomes another translation only through break-before-make:
 *    absent, flush, new;
 *  - a table is freed only after the flush that followed its removal
 *    (struct cleared).
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include <kunit/visibility.h>

#include "host.h"
#include "s2.h"

#define LEAF_BITS	12	/* level 0 maps 4 KiB */
#define TABLE_BITS	9
#define TABLE_ENTRIES	BIT(TABLE_BITS)

#define RUN_LOOKS	4096	/* entries that a dump looks at before it lets others in */

/* arm64 concatenates up to 16 tables to one root, RISC-V 4. */
#define MAX_ROOT_EXTRA_BITS	4

/* A table is a page where backends are used at all: they refuse kernels with larger pages. */
static_assert(TABLE_ENTRIES * sizeof(u64) <= PAGE_SIZE);

/**
 * struct leaf - a leaf to be made
 * @gpa: start, aligned to the level's size
 * @phys: where it leads
 * @level: its level
 * @prot: AXVM_PROT_*
 */
struct leaf {
	u64 gpa;
	u64 phys;
	unsigned int level;
	u32 prot;
};

/**
 * struct cleared - what clear_range() took out and nobody has flushed yet
 * @s2: tables
 * @tables: table pages that are cut off, to be freed after the flush
 * @leaves: at least one leaf was among it
 */
struct cleared {
	struct axvm_s2 *s2;
	struct list_head tables;
	bool leaves;
};

static unsigned int level_shift(unsigned int level)
{
	return LEAF_BITS + TABLE_BITS * level;
}

static u64 level_size(unsigned int level)
{
	return 1ULL << level_shift(level);
}

/* End of the range that the entry for @gpa covers at @level. */
static u64 entry_end(u64 gpa, unsigned int level)
{
	return ALIGN_DOWN(gpa, level_size(level)) + level_size(level);
}

static size_t root_size(const struct axvm_s2_fmt *fmt)
{
	return PAGE_SIZE << fmt->root_extra_bits;
}

/* The root may be wider than other tables; addresses beyond it were refused. */
static unsigned int entry_index(const struct axvm_s2 *s2, u64 gpa, unsigned int level)
{
	u64 index = gpa >> level_shift(level);

	return level == s2->fmt->levels - 1 ? index : index % TABLE_ENTRIES;
}

static bool entry_is_leaf(const struct axvm_s2_fmt *fmt, u64 entry, unsigned int level)
{
	return !level || fmt->is_leaf(entry, level);
}

static u64 *entry_table(const struct axvm_s2_fmt *fmt, u64 entry)
{
	return phys_to_virt(fmt->entry_phys(entry));
}

static void set_entry(u64 *slot, u64 entry)
{
	/*
	 * The table or page that the entry leads to is filled before the entry
	 * is seen. Pairs with the address dependency of the hardware walker,
	 * which finds the one through the other.
	 */
	smp_wmb();
	WRITE_ONCE(*slot, entry);
}

static void clear_entry(u64 *slot)
{
	WRITE_ONCE(*slot, 0);
}

static void count_leaf(struct axvm_s2 *s2, unsigned int level, long change)
{
	WRITE_ONCE(s2->leaves[level], s2->leaves[level] + change);
}

static void count_table(struct axvm_s2 *s2, long change)
{
	WRITE_ONCE(s2->tables, s2->tables + change);
}

static void flush_range(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	lockdep_assert_held(&s2->lock);
	/*
	 * Cleared entries are seen before the backend decides which CPUs need
	 * to hear of it. Pairs with the full barrier between a vCPU's note of
	 * the CPU that it is loaded on and its entry into the guest: either
	 * the backend sees the CPU, or the CPU's walker sees the entries.
	 */
	smp_mb();
	s2->ops->flush(s2, gpa, len);
}

static void free_tables(struct list_head *tables)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, tables, lru) {
		list_del(&page->lru);
		axvm_host_free_table(page_address(page), PAGE_SIZE);
	}
}

/* The second half of a removal: hardware forgets, then the tables go. */
static void flush_cleared(struct cleared *cleared, u64 gpa, u64 len)
{
	if (!list_empty(&cleared->tables))
		flush_range(cleared->s2, 0, axvm_s2_limit(cleared->s2));
	else if (cleared->leaves)
		flush_range(cleared->s2, gpa, len);
	free_tables(&cleared->tables);
}

static bool table_is_empty(const struct axvm_s2_fmt *fmt, const u64 *table)
{
	unsigned int i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		if (fmt->is_present(READ_ONCE(table[i])))
			return false;
	}
	return true;
}

static bool clear_range(struct cleared *cleared, u64 *table, unsigned int level, u64 gpa, u64 end);

/* Take out what one entry says of [gpa, end), which it covers; leaves are not cut. */
static void clear_below(struct cleared *cleared, u64 *slot, unsigned int level, u64 gpa, u64 end)
{
	struct axvm_s2 *s2 = cleared->s2;
	u64 entry = READ_ONCE(*slot);
	u64 *table;

	if (!s2->fmt->is_present(entry))
		return;
	if (entry_is_leaf(s2->fmt, entry, level)) {
		clear_entry(slot);
		count_leaf(s2, level, -1);
		cleared->leaves = true;
		return;
	}
	table = entry_table(s2->fmt, entry);
	if (!clear_range(cleared, table, level - 1, gpa, end))
		return;
	clear_entry(slot);
	count_table(s2, -1);
	/* Hardware may still be in the table: it is chained through its struct page. */
	list_add(&virt_to_page(table)->lru, &cleared->tables);
}

/* Recursion as deep as the format has levels. Return: the table is empty now. */
static bool clear_range(struct cleared *cleared, u64 *table, unsigned int level, u64 gpa, u64 end)
{
	struct axvm_s2 *s2 = cleared->s2;
	u64 next;

	lockdep_assert_held(&s2->lock);
	for (; gpa < end; gpa = next) {
		next = min(end, entry_end(gpa, level));
		clear_below(cleared, &table[entry_index(s2, gpa, level)], level, gpa, next);
	}
	cond_resched();
	return table_is_empty(s2->fmt, table);
}

/*
 * The entry that decides about @gpa: a leaf, an absent one, or the one at level
 * @lowest. Its level goes to *@level.
 */
static u64 *find_slot(struct axvm_s2 *s2, u64 gpa, unsigned int lowest, unsigned int *level)
{
	unsigned int at = s2->fmt->levels - 1;
	u64 *table = s2->root;
	u64 *slot, entry;

	lockdep_assert_held(&s2->lock);
	for (;;) {
		slot = &table[entry_index(s2, gpa, at)];
		entry = READ_ONCE(*slot);
		if (at == lowest || !s2->fmt->is_present(entry) ||
		    entry_is_leaf(s2->fmt, entry, at))
			break;
		table = entry_table(s2->fmt, entry);
		at--;
	}
	*level = at;
	return slot;
}

static u64 *alloc_table(struct axvm_s2 *s2)
{
	u64 *table = axvm_host_alloc_table(PAGE_SIZE);

	if (table)
		count_table(s2, 1);
	return table;
}

/* Put an empty table where nothing was. */
static int add_table(struct axvm_s2 *s2, u64 *slot)
{
	u64 *table = alloc_table(s2);

	if (!table)
		return -ENOMEM;
	set_entry(slot, s2->fmt->make_table(virt_to_phys(table)));
	return 0;
}

/* Turn a leaf into a table of 512 smaller ones that say the same. */
static int split_leaf(struct axvm_s2 *s2, u64 *slot, unsigned int level, u64 gpa)
{
	const struct axvm_s2_fmt *fmt = s2->fmt;
	u64 entry = READ_ONCE(*slot);
	u64 phys = fmt->entry_phys(entry);
	u32 prot = fmt->leaf_prot(entry);
	u64 *table = alloc_table(s2);
	unsigned int i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < TABLE_ENTRIES; i++)
		table[i] = fmt->make_leaf(phys + i * level_size(level - 1), level - 1, prot);
	clear_entry(slot);
	flush_range(s2, ALIGN_DOWN(gpa, level_size(level)), level_size(level));
	set_entry(slot, fmt->make_table(virt_to_phys(table)));
	count_leaf(s2, level, -1);
	count_leaf(s2, level - 1, TABLE_ENTRIES);
	return 0;
}

/* Make sure that no leaf reaches across @gpa. */
static int split_at(struct axvm_s2 *s2, u64 gpa)
{
	unsigned int level;
	u64 *slot;
	int err;

	if (gpa == axvm_s2_limit(s2))
		return 0;
	for (;;) {
		slot = find_slot(s2, gpa, 0, &level);
		if (!s2->fmt->is_present(READ_ONCE(*slot)) || IS_ALIGNED(gpa, level_size(level)))
			return 0;
		err = split_leaf(s2, slot, level, gpa);
		if (err)
			return err;
	}
}

static int split_ends(struct axvm_s2 *s2, u64 gpa, u64 end)
{
	int err = split_at(s2, gpa);

	return err ? err : split_at(s2, end);
}

/* Does an entry of the leaf's or a higher level already say what @leaf says? */
static bool leaf_is_there(const struct axvm_s2_fmt *fmt, u64 entry, unsigned int level,
			  const struct leaf *leaf)
{
	u64 wanted = fmt->make_leaf(leaf->phys, leaf->level, leaf->prot);
	u64 offset = leaf->gpa % level_size(level);

	if (!fmt->is_present(entry) || !entry_is_leaf(fmt, entry, level))
		return false;
	/* Compared as decoded: hardware may own bits of a present entry. */
	return fmt->entry_phys(entry) + offset == leaf->phys &&
	       fmt->leaf_prot(entry) == fmt->leaf_prot(wanted);
}

/* Break before make: whatever the entry held is gone everywhere when this returns. */
static void break_entry(struct axvm_s2 *s2, u64 *slot, const struct leaf *leaf)
{
	struct cleared cleared = { .s2 = s2, .tables = LIST_HEAD_INIT(cleared.tables) };
	u64 len = level_size(leaf->level);

	clear_below(&cleared, slot, leaf->level, leaf->gpa, leaf->gpa + len);
	flush_cleared(&cleared, leaf->gpa, len);
}

/* Write @leaf into an entry of its level. */
static void make_leaf(struct axvm_s2 *s2, u64 *slot, const struct leaf *leaf)
{
	if (s2->fmt->is_present(READ_ONCE(*slot)))
		break_entry(s2, slot, leaf);
	if (s2->ops->publish && !(leaf->prot & AXVM_PROT_DEVICE))
		s2->ops->publish(leaf->phys, level_size(leaf->level), leaf->prot);
	set_entry(slot, s2->fmt->make_leaf(leaf->phys, leaf->level, leaf->prot));
	count_leaf(s2, leaf->level, 1);
}

/* Get one level further down towards @leaf from the absent entry or leaf at @slot. */
static int descend(struct axvm_s2 *s2, u64 *slot, unsigned int level, const struct leaf *leaf)
{
	if (s2->fmt->is_present(READ_ONCE(*slot)))
		return split_leaf(s2, slot, level, leaf->gpa);
	return add_table(s2, slot);
}

/* At most as many turns as there are levels. */
static int map_leaf(struct axvm_s2 *s2, const struct leaf *leaf)
{
	unsigned int level;
	u64 *slot;
	int err;

	for (;;) {
		slot = find_slot(s2, leaf->gpa, leaf->level, &level);
		if (leaf_is_there(s2->fmt, READ_ONCE(*slot), level, leaf))
			return 0;
		if (level == leaf->level)
			break;
		err = descend(s2, slot, level, leaf);
		if (err)
			return err;
	}
	make_leaf(s2, slot, leaf);
	return 0;
}

static unsigned int best_level(const struct axvm_s2_fmt *fmt, u64 gpa, u64 phys, u64 len)
{
	unsigned int level = fls(fmt->leaf_levels) - 1;

	while (level && (len < level_size(level) || !IS_ALIGNED(gpa | phys, level_size(level))))
		level--;
	return level;
}

static bool range_is_valid(const struct axvm_s2 *s2, u64 gpa, u64 len)
{
	u64 limit = axvm_s2_limit(s2);

	return len && PAGE_ALIGNED(gpa | len) && gpa < limit && len <= limit - gpa;
}

static bool prot_is_valid(u32 prot)
{
	u32 all = AXVM_PROT_READ | AXVM_PROT_WRITE | AXVM_PROT_EXEC | AXVM_PROT_DEVICE;

	return (prot & AXVM_PROT_READ) && !(prot & ~all);
}

/* Can the format express all of [phys, phys + len)? */
static bool phys_is_valid(const struct axvm_s2_fmt *fmt, u64 phys, u64 len)
{
	u64 last = phys + len - PAGE_SIZE;

	return PAGE_ALIGNED(phys) && last >= phys &&
	       fmt->entry_phys(fmt->make_leaf(last, 0, AXVM_PROT_READ)) == last;
}

int axvm_s2_map(struct axvm_s2 *s2, u64 gpa, u64 phys, u64 len, u32 prot)
{
	struct leaf leaf = { .gpa = gpa, .phys = phys, .prot = prot };
	u64 end = gpa + len;
	int err = 0;

	if (!range_is_valid(s2, gpa, len) || !prot_is_valid(prot) ||
	    !phys_is_valid(s2->fmt, phys, len))
		return -EINVAL;

	mutex_lock(&s2->lock);
	while (leaf.gpa < end && !err) {
		leaf.level = best_level(s2->fmt, leaf.gpa, leaf.phys, end - leaf.gpa);
		err = map_leaf(s2, &leaf);
		leaf.gpa += level_size(leaf.level);
		leaf.phys += level_size(leaf.level);
		cond_resched();
	}
	mutex_unlock(&s2->lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_map);

int axvm_s2_unmap(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct cleared cleared = { .s2 = s2, .tables = LIST_HEAD_INIT(cleared.tables) };
	int err;

	if (!range_is_valid(s2, gpa, len))
		return -EINVAL;

	mutex_lock(&s2->lock);
	err = split_ends(s2, gpa, gpa + len);
	if (!err) {
		clear_range(&cleared, s2->root, s2->fmt->levels - 1, gpa, gpa + len);
		flush_cleared(&cleared, gpa, len);
	}
	mutex_unlock(&s2->lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_unmap);

/* Return: the entry was changed in place and a flush is due. */
static bool protect_leaf(struct axvm_s2 *s2, u64 *slot, const struct leaf *leaf)
{
	const struct axvm_s2_fmt *fmt = s2->fmt;
	u64 old = READ_ONCE(*slot);
	u32 change;
	u64 new;

	new = fmt->make_leaf(fmt->entry_phys(old), leaf->level, leaf->prot);
	change = fmt->leaf_prot(old) ^ fmt->leaf_prot(new);
	if (!change)
		return false;
	if (change & AXVM_PROT_DEVICE) {
		clear_entry(slot);
		flush_range(s2, leaf->gpa, level_size(leaf->level));
		set_entry(slot, new);
		return false;
	}
	set_entry(slot, new);
	return true;
}

static void protect_range(struct axvm_s2 *s2, u64 gpa, u64 end, u32 prot)
{
	struct leaf leaf = { .gpa = gpa, .prot = prot };
	bool changed = false;
	u64 *slot;

	for (; leaf.gpa < end; leaf.gpa = entry_end(leaf.gpa, leaf.level)) {
		slot = find_slot(s2, leaf.gpa, 0, &leaf.level);
		if (s2->fmt->is_present(READ_ONCE(*slot)))
			changed |= protect_leaf(s2, slot, &leaf);
		cond_resched();
	}
	if (changed)
		flush_range(s2, gpa, end - gpa);
}

int axvm_s2_protect(struct axvm_s2 *s2, u64 gpa, u64 len, u32 prot)
{
	int err;

	if (!range_is_valid(s2, gpa, len) || !prot_is_valid(prot))
		return -EINVAL;

	mutex_lock(&s2->lock);
	err = split_ends(s2, gpa, gpa + len);
	if (!err)
		protect_range(s2, gpa, gpa + len, prot);
	mutex_unlock(&s2->lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_protect);

/* Return: is there a leaf for @gpa? In any case, @entry covers what was looked at. */
static bool find_leaf(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *entry)
{
	unsigned int level;
	u64 raw = READ_ONCE(*find_slot(s2, gpa, 0, &level));

	entry->len = level_size(level);
	entry->gpa = ALIGN_DOWN(gpa, entry->len);
	if (!s2->fmt->is_present(raw))
		return false;
	entry->phys = s2->fmt->entry_phys(raw);
	entry->prot = s2->fmt->leaf_prot(raw);
	return true;
}

bool axvm_s2_lookup(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *entry)
{
	bool found;

	if (gpa >= axvm_s2_limit(s2))
		return false;
	mutex_lock(&s2->lock);
	found = find_leaf(s2, gpa, entry);
	mutex_unlock(&s2->lock);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_lookup);

static bool run_extend(struct axvm_s2_run *run, const struct axvm_s2_entry *entry)
{
	u64 len = run->count * run->first.len;

	if (entry->len != run->first.len || entry->prot != run->first.prot ||
	    entry->gpa != run->first.gpa + len || entry->phys != run->first.phys + len)
		return false;
	run->count++;
	return true;
}

/* Return: where the search has to go on: behind the run, or behind what was looked at in vain. */
static u64 find_run(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_run *run)
{
	const u64 limit = axvm_s2_limit(s2);
	struct axvm_s2_entry entry;
	unsigned int looks;

	lockdep_assert_held(&s2->lock);
	run->count = 0;
	for (looks = 0; looks < RUN_LOOKS && gpa < limit; looks++) {
		bool found = find_leaf(s2, gpa, &entry);

		if (run->count && !(found && run_extend(run, &entry)))
			break;
		if (found && !run->count)
			*run = (struct axvm_s2_run){ .first = entry, .count = 1 };
		gpa = entry.gpa + entry.len;
	}
	return gpa;
}

bool axvm_s2_find_run(struct axvm_s2 *s2, u64 gpa, struct axvm_s2_run *run)
{
	run->count = 0;
	while (!run->count && gpa < axvm_s2_limit(s2)) {
		mutex_lock(&s2->lock);
		gpa = find_run(s2, gpa, run);
		mutex_unlock(&s2->lock);
		cond_resched();
	}
	return run->count;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_find_run);

void axvm_s2_show_run(struct seq_file *m, const struct axvm_s2_run *run)
{
	const struct axvm_s2_entry *first = &run->first;

	seq_printf(m, "%#014llx-%#014llx -> %#014llx %6llu x %7llu KiB %c%c%c%s\n",
		   first->gpa, axvm_s2_run_end(run) - 1, first->phys, run->count,
		   first->len / SZ_1K,
		   first->prot & AXVM_PROT_READ ? 'r' : '-',
		   first->prot & AXVM_PROT_WRITE ? 'w' : '-',
		   first->prot & AXVM_PROT_EXEC ? 'x' : '-',
		   first->prot & AXVM_PROT_DEVICE ? " device" : "");
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_show_run);

static bool fmt_is_valid(const struct axvm_s2_fmt *fmt)
{
	if (!fmt->levels || fmt->levels > AXVM_S2_MAX_LEVELS ||
	    fmt->root_extra_bits > MAX_ROOT_EXTRA_BITS)
		return false;
	if (fmt->gpa_bits <= LEAF_BITS ||
	    fmt->gpa_bits > level_shift(fmt->levels) + fmt->root_extra_bits)
		return false;
	if (!(fmt->leaf_levels & 1) || fmt->leaf_levels & (fmt->leaf_levels + 1) ||
	    fls(fmt->leaf_levels) > fmt->levels)
		return false;
	return !fmt->is_present(0);
}

int axvm_s2_init(struct axvm_s2 *s2, const struct axvm_s2_fmt *fmt, const struct axvm_s2_ops *ops)
{
	if (!fmt_is_valid(fmt))
		return -EINVAL;

	*s2 = (struct axvm_s2){ .fmt = fmt, .ops = ops };
	s2->root = axvm_host_alloc_table(root_size(fmt));
	if (!s2->root)
		return -ENOMEM;
	mutex_init(&s2->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_init);

void axvm_s2_exit(struct axvm_s2 *s2)
{
	struct cleared cleared = { .s2 = s2, .tables = LIST_HEAD_INIT(cleared.tables) };

	mutex_lock(&s2->lock);
	clear_range(&cleared, s2->root, s2->fmt->levels - 1, 0, axvm_s2_limit(s2));
	mutex_unlock(&s2->lock);
	free_tables(&cleared.tables);
	axvm_host_free_table(s2->root, root_size(s2->fmt));
	s2->root = NULL;
	mutex_destroy(&s2->lock);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_s2_exit);
