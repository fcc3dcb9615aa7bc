// SPDX-License-Identifier: GPL-2.0
/*
 * The MSR bitmap: which MSRs guests reach without an exit.
 *
 * Made once at load and shared by all VMs, as it says nothing about a VM. It starts with
 * every bit set: what nobody opened exits, and so does what it has no bit for (SDM 3, 25.6.9).
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/msr-index.h>

#include "arch/x86/vmx.h"

#define RANGE_MSRS	0x2000
#define HIGH_START	0xc0000000

/* Offsets in bits: reads of low and of high MSRs, then writes. */
#define READ_LOW	0
#define READ_HIGH	RANGE_MSRS
#define WRITES		(2 * RANGE_MSRS)

static unsigned long *bitmap;

static int find_bit_of(u32 msr)
{
	if (msr < RANGE_MSRS)
		return READ_LOW + msr;
	if (msr - HIGH_START < RANGE_MSRS)
		return READ_HIGH + msr - HIGH_START;
	return -1;
}

/* Those that the hardware does not switch are put into the CPU by us, who have to know them. */
static bool is_switched(u32 msr)
{
	return msr != MSR_STAR && msr != MSR_LSTAR && msr != MSR_CSTAR && msr != MSR_SYSCALL_MASK;
}

static void open_msr(u32 msr)
{
	int bit = find_bit_of(msr);

	if (bit < 0)
		return;
	clear_bit(bit, bitmap);
	if (is_switched(msr))
		clear_bit(WRITES + bit, bitmap);
}

int vmx_perm_init(void)
{
	unsigned int n;
	u32 msr;

	bitmap = (void *)__get_free_page(GFP_KERNEL);
	if (!bitmap)
		return -ENOMEM;
	memset(bitmap, 0xff, PAGE_SIZE);
	for (n = 0; (msr = x86_msr_direct(n)); n++)
		open_msr(msr);
	return 0;
}

void vmx_perm_exit(void)
{
	free_page((unsigned long)bitmap);
}

u64 vmx_msr_bitmap_pa(void)
{
	return __pa(bitmap);
}
