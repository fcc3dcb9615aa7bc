/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of the MSR bitmap (SDM 3, 25.6.9).
 */
#ifndef AXVM_VMX_PERM_H
#define AXVM_VMX_PERM_H

#include <linux/types.h>

/* The bit that makes reads of an MSR exit, and the one for its writes. -1: it always exits. */
int vmx_msr_read_bit(u32 msr);
int vmx_msr_write_bit(u32 msr);

/* All that guests reach without an exit, in x2APIC mode or not: fill a page. Process context. */
void vmx_msr_bitmap_fill(unsigned long *bitmap, bool x2apic);

#endif /* AXVM_VMX_PERM_H */
