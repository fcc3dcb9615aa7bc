// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables: identity for all, the same again for EL0, and a window of pages.
 * VMSAv8-64, 4 KiB granule, four levels: Arm ARM D8.3.
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

#define USER_WINDOW	(128UL << 30)
#define USER_DEVICES	(129UL << 30)
#define GIB_MASK	(BIT(30) - 1)
#define BLOCK		1UL
#define ENTRIES		512

static u64 middle[ENTRIES] __aligned(4096);
static u64 leaf[ENTRIES] __aligned(4096);

static void forget_all(void)
{
	asm volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

/* Writable at EL0 means never executable at EL1: D8.4.1. */
void paging_init(void)
{
	table_gib[USER_WINDOW >> 30] = RAM_BASE | BLOCK | PTE_ATTR(ATTR_NORMAL) | PTE_SHARED |
				       PTE_AF | PTE_USER;
	table_gib[USER_DEVICES >> 30] = BLOCK | PTE_ATTR(ATTR_DEVICE) | PTE_AF | PTE_USER |
					PTE_PXN | PTE_UXN;
	table_gib[PAGING_WINDOW >> 30] = (u64)middle | 3;
	middle[0] = (u64)leaf | 3;
	forget_all();
}

void *user_alias(const void *addr)
{
	return (void *)(((u64)addr & GIB_MASK) + USER_WINDOW);
}

u64 user_device(u64 gpa)
{
	return USER_DEVICES + gpa;
}

/* Break before make: D8.16.1. */
static void replace(u64 *entry, u64 val)
{
	store_shared(entry, 0);
	forget_all();
	store_shared(entry, val);
	asm volatile("dsb ishst\n\tisb" ::: "memory");
}

void paging_set(unsigned int page, u64 entry)
{
	replace(&leaf[page], entry);
}

void paging_set_table(unsigned int index, u64 entry)
{
	replace(&middle[index], entry);
}
