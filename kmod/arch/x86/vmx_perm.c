// SPDX-License-Identifier: GPL-2.0
/*
 * The MSR bitmaps: which MSRs guests reach without an exit.
 *
 * Made once at load and shared by all VMs, as they say nothing about a VM; one is for vCPUs whose
 * local APIC is in x2APIC mode and the CPU's. They start with every bit set: what nobody opened
 * exits, and so does what they have no bit for (SDM 3, 25.6.9).
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>
#include <kunit/visibility.h>

#include "arch/x86/vmx.h"
#include "arch/x86/vmx_perm.h"

#define RANGE_MSRS	0x2000
#define HIGH_START	0xc0000000

/* Offsets in bits: reads of low and of high MSRs, then writes. */
#define READ_LOW	0
#define READ_HIGH	RANGE_MSRS
#define WRITES		(2 * RANGE_MSRS)

#define X2APIC_MSRS	0x100

/* By: is the local APIC in x2APIC mode? */
static unsigned long *bitmaps[2];

int vmx_msr_read_bit(u32 msr)
{
	if (msr < RANGE_MSRS)
		return READ_LOW + msr;
	if (msr - HIGH_START < RANGE_MSRS)
		return READ_HIGH + msr - HIGH_START;
	return -1;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_msr_read_bit);

int vmx_msr_write_bit(u32 msr)
{
	int bit = vmx_msr_read_bit(msr);

	return bit < 0 ? bit : WRITES + bit;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_msr_write_bit);

/* Those that the hardware does not switch are put into the CPU by us, who have to know them. */
static bool is_switched(u32 msr)
{
	return msr != MSR_STAR && msr != MSR_LSTAR && msr != MSR_CSTAR && msr != MSR_SYSCALL_MASK;
}

static void open_bit(unsigned long *bitmap, int bit)
{
	if (bit >= 0)
		clear_bit(bit, bitmap);
}

static void open_x2apic(unsigned long *bitmap)
{
	u32 msr;

	for (msr = APIC_BASE_MSR; msr < APIC_BASE_MSR + X2APIC_MSRS; msr++) {
		if (vmx_apic_serves(msr, VMX_X2APIC_READ))
			open_bit(bitmap, vmx_msr_read_bit(msr));
		if (vmx_apic_serves(msr, VMX_X2APIC_WRITE))
			open_bit(bitmap, vmx_msr_write_bit(msr));
	}
}

void vmx_msr_bitmap_fill(unsigned long *bitmap, bool x2apic)
{
	unsigned int n;
	u32 msr;

	memset(bitmap, 0xff, PAGE_SIZE);
	for (n = 0; (msr = x86_msr_direct(n)); n++) {
		open_bit(bitmap, vmx_msr_read_bit(msr));
		if (is_switched(msr))
			open_bit(bitmap, vmx_msr_write_bit(msr));
	}
	if (x2apic)
		open_x2apic(bitmap);
}
EXPORT_SYMBOL_IF_KUNIT(vmx_msr_bitmap_fill);

int vmx_perm_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bitmaps); i++) {
		bitmaps[i] = (void *)__get_free_page(GFP_KERNEL);
		if (!bitmaps[i]) {
			vmx_perm_exit();
			return -ENOMEM;
		}
		vmx_msr_bitmap_fill(bitmaps[i], i);
	}
	return 0;
}

void vmx_perm_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bitmaps); i++) {
		free_page((unsigned long)bitmaps[i]);
		bitmaps[i] = NULL;
	}
}

u64 vmx_msr_bitmap_pa(bool x2apic)
{
	return __pa(bitmaps[x2apic]);
}
