// SPDX-License-Identifier: GPL-2.0
/*
 * Extended page table formats of Intel processors (SDM 3, 29.3.2).
 *
 * Owned by the VMX backend, called by the stage-2 walker in any context. Memory is write-back
 * whatever the guest's PAT says ("ignore PAT"): the kernel has the same pages mapped so, and
 * a page must not have two types. Device memory is uncached.
 */
#include <linux/pgtable.h>
#include <asm/vmx.h>
#include <kunit/visibility.h>

#include "arch/x86/ept.h"

#define LARGE		BIT_ULL(7)	/* a leaf above the last level */
#define WRITE_BACK	((u64)X86_MEMTYPE_WB << VMX_EPT_MT_EPTE_SHIFT | VMX_EPT_IPAT_BIT)
#define UNCACHED	((u64)X86_MEMTYPE_UC << VMX_EPT_MT_EPTE_SHIFT | VMX_EPT_IPAT_BIT)

/* Accessed and dirty are set from the start: axvm uses neither, and the walker need not write. */
#define USED		(VMX_EPT_ACCESS_BIT | VMX_EPT_DIRTY_BIT)

#define PHYS_MASK_ALL	GENMASK_ULL(51, PAGE_SHIFT)

static u64 make_table(u64 phys)
{
	return phys | VMX_EPT_RWX_MASK | VMX_EPT_ACCESS_BIT;
}

/* Writable without readable would be a misconfiguration (29.3.3.1). */
static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	u64 entry = phys | VMX_EPT_READABLE_MASK | USED;

	if (level)
		entry |= LARGE;
	if (prot & AXVM_PROT_WRITE)
		entry |= VMX_EPT_WRITABLE_MASK;
	if (prot & AXVM_PROT_EXEC)
		entry |= VMX_EPT_EXECUTABLE_MASK;
	return entry | (prot & AXVM_PROT_DEVICE ? UNCACHED : WRITE_BACK);
}

static bool is_present(u64 entry)
{
	return entry & VMX_EPT_RWX_MASK;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & LARGE;
}

static u64 entry_phys(u64 entry)
{
	return entry & PHYS_MASK_ALL;
}

static u32 leaf_prot(u64 entry)
{
	u32 prot = AXVM_PROT_READ;

	if (entry & VMX_EPT_WRITABLE_MASK)
		prot |= AXVM_PROT_WRITE;
	if (entry & VMX_EPT_EXECUTABLE_MASK)
		prot |= AXVM_PROT_EXEC;
	if ((entry & VMX_EPT_MT_MASK) != (WRITE_BACK & VMX_EPT_MT_MASK))
		prot |= AXVM_PROT_DEVICE;
	return prot;
}

#define EPT_FMT(name_, leaf_levels_)		\
{						\
	.name = name_,				\
	.levels = 4,				\
	.root_extra_bits = 0,			\
	.gpa_bits = 48,				\
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

const struct axvm_s2_fmt x86_ept4 = EPT_FMT("EPT, 4 levels, 2M", UP_TO_2M);
EXPORT_SYMBOL_IF_KUNIT(x86_ept4);

const struct axvm_s2_fmt x86_ept4_1g = EPT_FMT("EPT, 4 levels, 1G", UP_TO_1G);
EXPORT_SYMBOL_IF_KUNIT(x86_ept4_1g);
