// SPDX-License-Identifier: GPL-2.0
/*
 * Guest-physical addresses that stage-2 tables do not translate, for both vendors.
 *
 * Called by the vendors' decoders, loaded, interrupts on.
 */
#include "arch/x86/fault.h"

static enum axvm_verdict back_memory(struct x86_vcpu *v, const struct x86_s2_fault *fault)
{
	struct axvm_exit *exit = &v->base.exit;

	exit->kind = AXVM_EXIT_S2_FAULT;
	exit->fault.gpa = fault->gpa;
	exit->fault.access = fault->access;
	return AXVM_DISPATCH;
}

static bool is_allowed(const struct axvm_region *region, u32 access)
{
	if (access == AXVM_PROT_WRITE)
		return region->cfg.flags & AXVM_REGION_WRITE;
	return access != AXVM_PROT_EXEC || (region->cfg.flags & AXVM_REGION_EXEC);
}

enum axvm_verdict x86_s2_fault(struct x86_vcpu *v, const struct x86_s2_fault *fault)
{
	const struct axvm_region *region = axvm_gmem_find(&v->base.vm->gmem, fault->gpa);

	if (region && is_allowed(region, fault->access))
		return back_memory(v, fault);
	if (fault->by_walk)
		return x86_fail(v, "page tables in what is no writable memory");
	if (fault->access == AXVM_PROT_EXEC)
		return x86_fail(v, "code in what is no executable memory");
	/* Then it was not the instruction at RIP that accessed it. */
	if (fault->by_event)
		return x86_fail(v, "an interrupt's table or stack in what is no memory");
	/* Device registers, or a write to ROM, which is ignored. */
	return x86_emulate_mmio(v, fault->gpa);
}
