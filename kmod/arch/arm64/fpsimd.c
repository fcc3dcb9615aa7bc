// SPDX-License-Identifier: GPL-2.0
/*
 * FP/SIMD state of vCPUs: in the CPU from load to put.
 *
 * The unit is the kernel's between kernel_neon_begin() and kernel_neon_end():
 * a softirq that uses it saves and restores what is in it. Called on the
 * vCPU's thread. Where the VM has SVE the registers are in memory meanwhile,
 * but for the loop of runs: sve.c.
 */
#include "compat.h"
#include "arm64.h"
#include "fpsimd.h"

void a64_fp_load(struct a64_vcpu *v)
{
	axvm_neon_begin(&v->neon);
	if (!v->sve)
		a64_fpsimd_load(&v->ctx->fp);
}

void a64_fp_put(struct a64_vcpu *v)
{
	if (!v->sve)
		a64_fpsimd_save(&v->ctx->fp);
	axvm_neon_end(&v->neon);
}

/* The first 16 bytes of a vector are the FP/SIMD register of that number. */
static void *sve_vector(struct a64_vcpu *v, unsigned int reg)
{
	return v->sve + reg * a64_vm_of(v)->sve_len;
}

/* One register of a guest that is loaded: by way of memory. A softirq must not come in between. */
void a64_fp_get(struct a64_vcpu *v, unsigned int reg, __uint128_t *val)
{
	unsigned long flags;

	if (v->sve) {
		memcpy(val, sve_vector(v, reg), sizeof(*val));
		return;
	}
	local_irq_save(flags);
	a64_fpsimd_save(&v->ctx->fp);
	local_irq_restore(flags);
	*val = v->ctx->fp.vregs[reg];
}

/* Arm ARM: a write to an FP/SIMD register zeroes the rest of the vector. */
void a64_fp_set(struct a64_vcpu *v, unsigned int reg, const __uint128_t *val)
{
	unsigned long flags;

	if (v->sve) {
		memset(sve_vector(v, reg), 0, a64_vm_of(v)->sve_len);
		memcpy(sve_vector(v, reg), val, sizeof(*val));
		return;
	}
	local_irq_save(flags);
	a64_fpsimd_save(&v->ctx->fp);
	v->ctx->fp.vregs[reg] = *val;
	a64_fpsimd_load(&v->ctx->fp);
	local_irq_restore(flags);
}
