// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables with 4 levels. SDM 3, 4.5.
 */
#include "cpu.h"

#define GIB		BIT(30)
#define BLOCK		(2UL << 20)
#define BOOT_GIB	4
#define MORE_GIB	16	/* behind the first 4 */
#define ENTRIES		512

static u64 more[MORE_GIB][ENTRIES] __aligned(4096);
static u64 window[ENTRIES] __aligned(4096);
static u64 window_pd[ENTRIES] __aligned(4096);
static u64 window_pt[ENTRIES] __aligned(4096);
static u64 identity_end = BOOT_GIB * GIB;

static void map_gib(unsigned int n)
{
	u64 addr = (BOOT_GIB + n) * GIB;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		more[n][i] = (addr + i * BLOCK) | PTE_PS | PTE_U | PTE_W | PTE_P;
	boot_pdpt[BOOT_GIB + n] = (u64)more[n] | PTE_U | PTE_W | PTE_P;
	identity_end = addr + GIB;
}

void paging_init(u64 top)
{
	unsigned int n;

	for (n = 0; n < MORE_GIB && identity_end < top; n++)
		map_gib(n);
	for (n = 0; n < BOOT_GIB; n++)
		boot_pdpt[n] |= PTE_U;
	boot_pml4[PAGING_WINDOW / (ENTRIES * GIB)] = (u64)window | PTE_U | PTE_W | PTE_P;
	window[0] = (u64)window_pd | PTE_U | PTE_W | PTE_P;
	window_pd[0] = (u64)window_pt | PTE_U | PTE_W | PTE_P;
	write_cr3((u64)boot_pml4);
}

u64 paging_identity_end(void)
{
	return identity_end;
}

void paging_user(bool user)
{
	if (user)
		boot_pml4[0] |= PTE_U;
	else
		boot_pml4[0] &= ~PTE_U;
	write_cr3(read_cr3());
}

void paging_set(unsigned int page, u64 pte)
{
	store_shared(&window_pt[page], pte);
	flush_page(paging_va(page));
}

u64 *paging_pte(unsigned int page)
{
	return &window_pt[page];
}

void paging_set_table(unsigned int index, u64 pde)
{
	store_shared(&window_pd[index], pde);
	write_cr3(read_cr3());
}
