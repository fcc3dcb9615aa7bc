// SPDX-License-Identifier: GPL-2.0
/*
 * SBI RFENCE: fences on other harts of the guest.
 *
 * SBI specification, "RFENCE Extension". A vCPU that is loaded gets its fence through the
 * host's firmware at once; one that is not gets a request that it takes before
 * its next entry. Loaded, interrupts off.
 */
#include <linux/nospec.h>
#include <asm/sbi.h>

#include "riscv.h"

/*
 * The request comes first, then the look where the target is; the target stores its CPU and
 * then looks for requests. One of the two sees the other: pairs with the
 * barrier in the core's begin_guest(). A target that moves to another CPU
 * meanwhile fences there by itself, see rv_tlb_sanitize().
 */
static void aim(struct rv_vcpu *v, struct rv_vcpu *target)
{
	int cpu = READ_ONCE(target->base.cpu);

	if (cpu < 0) {
		set_bit(RV_REQ_FENCE, &target->base.requests);
		smp_mb__after_atomic(); /* begin_guest() */
		cpu = READ_ONCE(target->base.cpu);
	}
	if (cpu >= 0)
		cpumask_set_cpu(cpu, &v->fence_cpus);
}

static void fence_i(const struct cpumask *cpus, unsigned long start, unsigned long size,
		    unsigned long asid)
{
	sbi_remote_fence_i(cpus);
}

/* "start_addr 0 and size 0, or size -1: all of the address space". */
static void sfence_vma(const struct cpumask *cpus, unsigned long start, unsigned long size,
		       unsigned long asid)
{
	if (!start && !size)
		size = -1UL;
	sbi_remote_hfence_vvma(cpus, start, size);
}

static void sfence_vma_asid(const struct cpumask *cpus, unsigned long start, unsigned long size,
			    unsigned long asid)
{
	if (!start && !size)
		size = -1UL;
	sbi_remote_hfence_vvma_asid(cpus, start, size, asid);
}

/* Functions without an entry are for guests that are hypervisors themselves. */
static void (*const fences[])(const struct cpumask *cpus, unsigned long start,
			      unsigned long size, unsigned long asid) = {
	[SBI_EXT_RFENCE_REMOTE_FENCE_I]			= fence_i,
	[SBI_EXT_RFENCE_REMOTE_SFENCE_VMA]		= sfence_vma,
	[SBI_EXT_RFENCE_REMOTE_SFENCE_VMA_ASID]		= sfence_vma_asid,
};

bool rv_sbi_rfence(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	const unsigned long *args = &v->ctx.x[RV_A0];
	unsigned long fid = v->ctx.x[RV_A6];

	if (fid >= ARRAY_SIZE(fences)) {
		ret->error = SBI_ERR_NOT_SUPPORTED;
		return true;
	}
	fid = array_index_nospec(fid, ARRAY_SIZE(fences));
	cpumask_clear(&v->fence_cpus);
	/* The guest's own stores to its tables come before the look; pairs with begin_guest(). */
	smp_mb();
	if (rv_sbi_on_harts(v, args[0], args[1], aim))
		ret->error = SBI_ERR_INVALID_PARAM;
	else if (!cpumask_empty(&v->fence_cpus))
		fences[fid](&v->fence_cpus, args[2], args[3], args[4]);
	return true;
}
