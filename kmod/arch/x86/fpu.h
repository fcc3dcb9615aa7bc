/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vcpu.c needs of the extended state beyond x86.h.
 */
#ifndef AXVM_X86_FPU_H
#define AXVM_X86_FPU_H

struct x86_vcpu;

/* After a power-on reset, for a guest that firmware has started: x87 as FNINIT leaves it. */
void x86_fpu_fninit(struct x86_vcpu *v);

#endif /* AXVM_X86_FPU_H */
