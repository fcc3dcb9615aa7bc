/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of the MSR permission map (APM 15.11).
 */
#ifndef AXVM_SVM_PERM_H
#define AXVM_SVM_PERM_H

#include <linux/types.h>

#define SVM_MSRPM_SIZE	0x2000
#define SVM_IOPM_SIZE	0x3000

/* The bit that intercepts reads of an MSR; the next one is for writes. -1: always intercepted. */
int svm_msrpm_bit(u32 msr);

/* Let guests access an MSR without an exit. */
void svm_msrpm_open(unsigned long *map, u32 msr);

#endif /* AXVM_SVM_PERM_H */
