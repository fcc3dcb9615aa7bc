/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extended page table formats of Intel processors. Constant; vmx.c picks one.
 */
#ifndef AXVM_X86_EPT_H
#define AXVM_X86_EPT_H

#include "s2.h"

/* Four levels, with leaves of 1 GiB or without. */
extern const struct axvm_s2_fmt x86_ept4;
extern const struct axvm_s2_fmt x86_ept4_1g;

#endif /* AXVM_X86_EPT_H */
