/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vcpu.c, cr.c and msr.c share about MSRs beyond x86.h.
 */
#ifndef AXVM_X86_MSR_H
#define AXVM_X86_MSR_H

#include <linux/types.h>

struct x86_vcpu;

/* EFER, without the exception: false when the value is refused. cr.c; fast. */
bool x86_efer_set(struct x86_vcpu *v, u64 val);

/* After a power-on reset, for a guest that firmware has started: memory types are set up. */
void x86_msr_set_firmware(struct x86_vcpu *v);

#endif /* AXVM_X86_MSR_H */
