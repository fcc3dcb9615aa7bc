// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page table formats of AMD processors.
 *
 * Owned by the SVM backend, called by the stage-2 walker in any context. A
 * nested table is an x86-64 long-mode table (APM 15.25.3): the kernel's own
 * names of the bits fit, and so do its PAT, its NX bit and its memory encryption bit.
 */
#include <linux/mem_encrypt.h>
#include <linux/pgtable.h>
#include <kunit/visibility.h>

#include "arch/x86/npt.h"

/* All nested walks are user accesses (APM 15.25.5), so every level allows these. */
#define TABLE_BITS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)

/* Accessed and dirty are set from the start: axvm uses neither, and the walker need not write. */
#define LEAF_BITS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

/* Entry 3 of the PAT is UC, as after reset and as Linux keeps it: strongly ordered. */
#define UNCACHED	(_PAGE_PCD | _PAGE_PWT)

#define PHYS_MASK_ALL	GENMASK_ULL(51, PAGE_SHIFT)

static u64 make_table(u64 phys)
{
	return __sme_set(phys) | TABLE_BITS | _PAGE_ACCESSED;
}

/* Reading cannot be denied. */
static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	u64 entry = phys | LEAF_BITS;

	if (level)
		entry |= _PAGE_PSE;
	if (prot & AXVM_PROT_WRITE)
		entry |= _PAGE_RW;
	if (!(prot & AXVM_PROT_EXEC))
		entry |= _PAGE_NX;
	if (prot & AXVM_PROT_DEVICE)
		return entry | UNCACHED;
	return __sme_set(entry);
}

static bool is_present(u64 entry)
{
	return entry & _PAGE_PRESENT;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & _PAGE_PSE;
}

static u64 entry_phys(u64 entry)
{
	return __sme_clr(entry) & PHYS_MASK_ALL;
}

static u32 leaf_prot(u64 entry)
{
	u32 prot = AXVM_PROT_READ;

	if (entry & _PAGE_RW)
		prot |= AXVM_PROT_WRITE;
	if (!(entry & _PAGE_NX))
		prot |= AXVM_PROT_EXEC;
	if ((entry & UNCACHED) == UNCACHED)
		prot |= AXVM_PROT_DEVICE;
	return prot;
}

/* Physical addresses have 52 bits at most, whatever five levels could translate (APM 5.3). */
#define NPT_FMT(name_, levels_, gpa_bits_, leaf_levels_)	\
{						\
	.name = name_,				\
	.levels = levels_,			\
	.root_extra_bits = 0,			\
	.gpa_bits = gpa_bits_,			\
	.leaf_levels = leaf_levels_,		\
	.make_table = make_table,		\
	.make_leaf = make_leaf,			\
	.is_present = is_present,		\
	.is_leaf = is_leaf,			\
	.entry_phys = entry_phys,		\
	.leaf_prot = leaf_prot,			\
}

#define UP_TO_2M	(BIT(0) | BIT(1))
#define UP_TO_1G	(UP_TO_2M | BIT(2))

const struct axvm_s2_fmt x86_npt4 = NPT_FMT("NPT, 4 levels, 2M", 4, 48, UP_TO_2M);
EXPORT_SYMBOL_IF_KUNIT(x86_npt4);

const struct axvm_s2_fmt x86_npt4_1g = NPT_FMT("NPT, 4 levels, 1G", 4, 48, UP_TO_1G);
EXPORT_SYMBOL_IF_KUNIT(x86_npt4_1g);

const struct axvm_s2_fmt x86_npt5 = NPT_FMT("NPT, 5 levels, 2M", 5, 52, UP_TO_2M);
EXPORT_SYMBOL_IF_KUNIT(x86_npt5);

const struct axvm_s2_fmt x86_npt5_1g = NPT_FMT("NPT, 5 levels, 1G", 5, 52, UP_TO_1G);
EXPORT_SYMBOL_IF_KUNIT(x86_npt5_1g);
