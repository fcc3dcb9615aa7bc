/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exits that both vendors finish at once in the same way: the fast context of x86.h.
 *
 * What cannot be finished is decoded later, after which the guest may execute the
 * instruction again: so where it ends is found out before it has its effect.
 */
#ifndef AXVM_X86_FAST_H
#define AXVM_X86_FAST_H

#include "arch/x86/emul.h"
#include "arch/x86/x86.h"

/**
 * enum x86_go - what comes after an exit
 * @X86_AGAIN: it is done: enter the guest again
 * @X86_DECODE: it has to be decoded
 * @X86_HOST: the host wants the CPU
 */
enum x86_go {
	X86_AGAIN,
	X86_DECODE,
	X86_HOST,
};

static __always_inline enum x86_go x86_fast_cpuid(struct x86_vcpu *v)
{
	if (!x86_skip(v, 0))
		return X86_DECODE;
	x86_cpuid_emulate(v);
	return X86_AGAIN;
}

static __always_inline enum x86_go x86_fast_hypercall(struct x86_vcpu *v)
{
	if (!x86_skip(v, 0))
		return X86_DECODE;
	x86_hypercall(v);
	return X86_AGAIN;
}

static __always_inline enum x86_go x86_fast_skip(struct x86_vcpu *v)
{
	return x86_skip(v, 0) ? X86_AGAIN : X86_DECODE;
}

/* To read twice does no harm. */
static __always_inline enum x86_go x86_fast_rdmsr(struct x86_vcpu *v)
{
	return x86_rdmsr_emulate(v) ? x86_fast_skip(v) : X86_AGAIN;
}

static inline enum x86_go x86_fast_wrmsr(struct x86_vcpu *v)
{
	u64 next = x86_find_next(v);

	if (unlikely(!next))
		return X86_DECODE;
	if (x86_wrmsr_emulate(v))
		x86_step_to(v, next);
	return X86_AGAIN;
}

static inline enum x86_go x86_fast_xsetbv(struct x86_vcpu *v)
{
	u64 next = x86_find_next(v);

	if (!next)
		return X86_DECODE;
	if (x86_xsetbv(v))
		x86_step_to(v, next);
	return X86_AGAIN;
}

static inline enum x86_go x86_fast_exception(struct x86_vcpu *v, u8 vector)
{
	x86_queue_exception(v, vector);
	return X86_AGAIN;
}

static inline enum x86_go x86_fast_protection(struct x86_vcpu *v)
{
	x86_queue_exception_error(v, X86_TRAP_GP, 0);
	return X86_AGAIN;
}

#endif /* AXVM_X86_FAST_H */
