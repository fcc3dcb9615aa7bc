// SPDX-License-Identifier: GPL-2.0
/*
 * FP/SIMD state of vCPUs: in the CPU from load to put.
 *
 * The unit is the kernel's between kernel_neon_begin() and kernel_neon_end():
 * a softirq that uses it saves and restores what is in it. Called on the
 * vCPU's thread.
 */
#include <asm/neon.h>

#include "arm64.h"
#include "fpsimd.h"

void a64_fp_load(struct a64_vcpu *v)
{
	kernel_neon_begin();
	a64_fpsimd_load(&v->ctx->fp);
}

void a64_fp_put(struct a64_vcpu *v)
{
	a64_fpsimd_save(&v->ctx->fp);
	kernel_neon_end();
}

/* One register of a guest that is loaded: by way of memory. A softirq must not come in between. */
void a64_fp_get(struct a64_vcpu *v, unsigned int reg, __uint128_t *val)
{
	unsigned long flags;

	local_irq_save(flags);
	a64_fpsimd_save(&v->ctx->fp);
	local_irq_restore(flags);
	*val = v->ctx->fp.vregs[reg];
}

void a64_fp_set(struct a64_vcpu *v, unsigned int reg, const __uint128_t *val)
{
	unsigned long flags;

	local_irq_save(flags);
	a64_fpsimd_save(&v->ctx->fp);
	v->ctx->fp.vregs[reg] = *val;
	a64_fpsimd_load(&v->ctx->fp);
	local_irq_restore(flags);
}
