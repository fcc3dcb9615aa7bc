/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested page table formats of AMD processors. Constant; svm.c picks one.
 */
#ifndef AXVM_X86_NPT_H
#define AXVM_X86_NPT_H

#include "s2.h"

/* Four or five levels, with leaves of 1 GiB or without. */
extern const struct axvm_s2_fmt x86_npt4;
extern const struct axvm_s2_fmt x86_npt4_1g;
extern const struct axvm_s2_fmt x86_npt5;
extern const struct axvm_s2_fmt x86_npt5_1g;

#endif /* AXVM_X86_NPT_H */
