/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What msr.c and vcpu.c need of the guest's clocks beyond x86.h.
 */
#ifndef AXVM_X86_TSC_H
#define AXVM_X86_TSC_H

#include <linux/types.h>

struct x86_vcpu;

/* IA32_TIME_STAMP_COUNTER and IA32_TSC_ADJUST. fast. */
void x86_tsc_write(struct x86_vcpu *v, u64 val);
void x86_tsc_adjust_write(struct x86_vcpu *v, u64 val);
/* Power-on: no offset of its own, no clock page. vCPU thread, or the vCPU is off. */
void x86_tsc_reset(struct x86_vcpu *v);

/* The guest's TSC jumped: write the clock page, now or with X86_EV_CLOCK. vCPU thread. */
void x86_kvm_clock_update(struct x86_vcpu *v);
/* Back and write what is to be written; @flags: PVCLOCK_*. Process context. */
void x86_kvm_clock_write_slow(struct x86_vcpu *v, u8 flags);

#if IS_ENABLED(CONFIG_KUNIT)
u64 x86_ticks_to_ns(u64 ticks, u32 khz);
void x86_pvclock_scale(u32 khz, u32 *mul, s8 *shift);
#endif

#endif /* AXVM_X86_TSC_H */
