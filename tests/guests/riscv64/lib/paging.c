// SPDX-License-Identifier: GPL-2.0
/*
 * Sv39 page tables. RISC-V Privileged Architecture, section "Sv39".
 */
#include "csr.h"
#include "runtime.h"

#define PTE_V		BIT(0)
#define PTE_RWX_AD	(PTE_R | PTE_W | PTE_X | PTE_AD)
#define SATP_SV39	(8UL << 60)
#define ENTRIES		512
#define IDENTITY_GIB	4

static u64 root[ENTRIES] __aligned(4096);
static u64 middle[ENTRIES] __aligned(4096);
static u64 leaf[ENTRIES] __aligned(4096);

static u64 make_pte(u64 gpa, u64 bits)
{
	return gpa >> 12 << 10 | bits | PTE_V;
}

void paging_init(void)
{
	unsigned int i;

	for (i = 0; i < IDENTITY_GIB; i++)
		root[i] = make_pte((u64)i << 30, PTE_RWX_AD);
	root[PAGING_WINDOW >> 30 & (ENTRIES - 1)] = make_pte((u64)middle, 0);
	middle[0] = make_pte((u64)leaf, 0);
}

void paging_on(u64 asid)
{
	asm volatile("sfence.vma" ::: "memory");
	csr_write(CSR_SATP, SATP_SV39 | asid << 44 | (u64)root >> 12);
	asm volatile("sfence.vma" ::: "memory");
}

void paging_off(void)
{
	csr_write(CSR_SATP, 0);
	asm volatile("sfence.vma" ::: "memory");
}

void paging_set(unsigned int page, u64 gpa, u64 prot)
{
	store_shared(&leaf[page], gpa ? make_pte(gpa, prot | PTE_AD) : 0);
}

void paging_set_table(unsigned int index, u64 gpa)
{
	store_shared(&middle[index], gpa ? make_pte(gpa, 0) : 0);
}
