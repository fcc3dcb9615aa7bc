/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest-physical addresses that stage-2 tables do not translate, for both vendors.
 */
#ifndef AXVM_X86_FAULT_H
#define AXVM_X86_FAULT_H

#include "arch/x86/x86.h"

/**
 * struct x86_s2_fault - an access that faulted
 * @gpa: address
 * @access: AXVM_PROT_* of the access
 * @by_walk: it was for an entry of the guest's own tables
 * @by_event: it was for an interrupt's table or stack
 */
struct x86_s2_fault {
	u64 gpa;
	u32 access;
	bool by_walk;
	bool by_event;
};

/* Memory to back, device registers, or an end of the VM. Loaded. Return: as x86_emulate_mmio(). */
enum axvm_verdict x86_s2_fault(struct x86_vcpu *v, const struct x86_s2_fault *fault);

#endif /* AXVM_X86_FAULT_H */
