// SPDX-License-Identifier: GPL-2.0
/*
 * G-stage table formats of the RISC-V hypervisor extension.
 *
 * Owned by the backend, called by the stage-2 walker in any context. Rules are
 * from the RISC-V privileged specification, hypervisor extension, "Two-Stage
 * Address Translation", section "Guest Physical Address Translation" (below:
 * [GPAT]), which takes the entries from "Sv39: Page-Based 39-bit
 * Virtual-Memory System" ([Sv39]).
 */
#include <linux/pgtable.h>

#include <kunit/visibility.h>

#include "arch/riscv/s2_fmt.h"

/*
 * All G-stage accesses are made as if in U-mode, so leaves need U ([GPAT]).
 * A and D are set from the start: implementations may fault instead of setting
 * them ([Sv39], step 9 of the translation process), and axvm uses neither.
 */
#define LEAF_ALWAYS	(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

static u64 entry_of(u64 phys)
{
	return (phys >> PAGE_SHIFT << _PAGE_PFN_SHIFT) & _PAGE_PFN_MASK;
}

/* D, A and U are reserved in an entry that points to a table ([Sv39]). */
static u64 make_table(u64 phys)
{
	return entry_of(phys) | _PAGE_TABLE;
}

/*
 * Without Svpbmt the memory type is a matter of physical memory attributes
 * alone; _PAGE_IO is 0 then.
 */
static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	u64 entry = entry_of(phys) | LEAF_ALWAYS;

	if (prot & AXVM_PROT_READ)
		entry |= _PAGE_READ;
	if (prot & AXVM_PROT_WRITE)
		entry |= _PAGE_WRITE;
	if (prot & AXVM_PROT_EXEC)
		entry |= _PAGE_EXEC;
	if (prot & AXVM_PROT_DEVICE)
		entry |= _PAGE_IO;
	return entry;
}

static bool is_present(u64 entry)
{
	return entry & _PAGE_PRESENT;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & _PAGE_LEAF;
}

static u64 entry_phys(u64 entry)
{
	return (entry & _PAGE_PFN_MASK) >> _PAGE_PFN_SHIFT << PAGE_SHIFT;
}

static u32 leaf_prot(u64 entry)
{
	u64 io = _PAGE_IO;
	u32 prot = 0;

	if (entry & _PAGE_READ)
		prot |= AXVM_PROT_READ;
	if (entry & _PAGE_WRITE)
		prot |= AXVM_PROT_WRITE;
	if (entry & _PAGE_EXEC)
		prot |= AXVM_PROT_EXEC;
	if (io && (entry & _PAGE_MTMASK) == io)
		prot |= AXVM_PROT_DEVICE;
	return prot;
}

/*
 * Formats differ in depth alone: the root is four times as large as other
 * tables, and an address two bits wider than the virtual one of Sv39, Sv48
 * and Sv57 ([GPAT]). Leaves of 4 KiB, 2 MiB and 1 GiB are used.
 */
#define RV_S2_FMT(name_, levels_, gpa_bits_)	\
{						\
	.name = name_,				\
	.levels = levels_,			\
	.root_extra_bits = 2,			\
	.gpa_bits = gpa_bits_,			\
	.leaf_levels = BIT(0) | BIT(1) | BIT(2),	\
	.make_table = make_table,		\
	.make_leaf = make_leaf,			\
	.is_present = is_present,		\
	.is_leaf = is_leaf,			\
	.entry_phys = entry_phys,		\
	.leaf_prot = leaf_prot,			\
}

const struct axvm_s2_fmt rv_s2_sv39x4 = RV_S2_FMT("Sv39x4", 3, 41);
EXPORT_SYMBOL_IF_KUNIT(rv_s2_sv39x4);

const struct axvm_s2_fmt rv_s2_sv48x4 = RV_S2_FMT("Sv48x4", 4, 50);
EXPORT_SYMBOL_IF_KUNIT(rv_s2_sv48x4);

const struct axvm_s2_fmt rv_s2_sv57x4 = RV_S2_FMT("Sv57x4", 5, 59);
EXPORT_SYMBOL_IF_KUNIT(rv_s2_sv57x4);
