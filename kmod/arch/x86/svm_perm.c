// SPDX-License-Identifier: GPL-2.0
/*
 * Permission maps: which ports and MSRs guests reach without an exit.
 *
 * Made once at load and shared by all VMs, as they say nothing about a VM. They
 * start with every bit set: what nobody opened is intercepted. APM 15.10 and 15.11.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "arch/x86/svm.h"
#include "arch/x86/svm_perm.h"

#define RANGE_MSRS	0x2000

/* Two bits for each MSR; the fourth range of the map is reserved. */
static const u32 range_starts[] = { 0, 0xc0000000, 0xc0010000 };

int svm_msrpm_bit(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(range_starts); i++)
		if (msr - range_starts[i] < RANGE_MSRS)
			return (i * RANGE_MSRS + msr - range_starts[i]) * 2;
	return -1;
}
EXPORT_SYMBOL_IF_KUNIT(svm_msrpm_bit);

void svm_msrpm_open(unsigned long *map, u32 msr)
{
	int bit = svm_msrpm_bit(msr);

	if (bit >= 0)
		bitmap_clear(map, bit, 2);
}
EXPORT_SYMBOL_IF_KUNIT(svm_msrpm_open);

static void *msrpm, *iopm;

/* Without help from the hardware the guest's value would stay in the CPU. */
static bool is_switched(u32 msr)
{
	return msr != MSR_IA32_SPEC_CTRL || svm_caps.spec_ctrl;
}

static void open_direct_msrs(void)
{
	unsigned int n;
	u32 msr;

	for (n = 0; (msr = x86_msr_direct(n)); n++)
		if (is_switched(msr))
			svm_msrpm_open(msrpm, msr);
}

int svm_perm_init(void)
{
	msrpm = alloc_pages_exact(SVM_MSRPM_SIZE, GFP_KERNEL);
	if (!msrpm)
		return -ENOMEM;
	iopm = alloc_pages_exact(SVM_IOPM_SIZE, GFP_KERNEL);
	if (!iopm) {
		free_pages_exact(msrpm, SVM_MSRPM_SIZE);
		return -ENOMEM;
	}
	memset(msrpm, 0xff, SVM_MSRPM_SIZE);
	memset(iopm, 0xff, SVM_IOPM_SIZE);
	open_direct_msrs();
	return 0;
}

void svm_perm_exit(void)
{
	free_pages_exact(iopm, SVM_IOPM_SIZE);
	free_pages_exact(msrpm, SVM_MSRPM_SIZE);
}

u64 svm_msrpm_pa(void)
{
	return __sme_set(virt_to_phys(msrpm));
}

u64 svm_iopm_pa(void)
{
	return __sme_set(virt_to_phys(iopm));
}
