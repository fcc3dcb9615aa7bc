/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the CPUs offer of VMX, and which controls are used.
 *
 * Made by vmx_caps.c at load, constant afterwards.
 */
#ifndef AXVM_VMX_CAPS_H
#define AXVM_VMX_CAPS_H

#include <linux/types.h>
#include <asm/vmx.h>

struct axvm_error;

/* Words of controls in a control block. */
enum vmx_group {
	VMX_PIN,
	VMX_PRIMARY,
	VMX_SECONDARY,
	VMX_EXIT,
	VMX_ENTRY,
	VMX_GROUPS
};

/**
 * struct vmx_cap_msrs - the capability MSRs as read (SDM 3, appendix A); 0: there is none
 * @basic: IA32_VMX_BASIC
 * @controls: by enum vmx_group, low half: has to be set; high half: may be set
 * @misc: IA32_VMX_MISC
 * @cr0_set: IA32_VMX_CR0_FIXED0: bits that have to be set
 * @cr0_may: IA32_VMX_CR0_FIXED1: bits that may be set
 * @cr4_set: IA32_VMX_CR4_FIXED0
 * @cr4_may: IA32_VMX_CR4_FIXED1
 * @ept_vpid: IA32_VMX_EPT_VPID_CAP
 */
struct vmx_cap_msrs {
	u64 basic;
	u64 controls[VMX_GROUPS];
	u64 misc;
	u64 cr0_set;
	u64 cr0_may;
	u64 cr4_set;
	u64 cr4_may;
	u64 ept_vpid;
};

/**
 * struct vmx_caps - what the CPUs offer; set by probe, constant
 * @msrs: as read; on all CPUs alike
 * @controls: values of the control words, by enum vmx_group
 * @preemption: value of the preemption timer, 0 = there is none
 * @apicv: the CPU serves the local APIC: vmx_has_apicv()
 */
struct vmx_caps {
	struct vmx_cap_msrs msrs;
	u32 controls[VMX_GROUPS];
	u32 preemption;
	bool apicv;
};

extern struct vmx_caps vmx_caps;

static inline bool vmx_has(enum vmx_group group, u32 control)
{
	return vmx_caps.controls[group] & control;
}

/* Choose controls; 0, or why these CPUs cannot be used. Process context. */
int vmx_caps_probe(struct axvm_error *err);
/* Is this CPU like the one that was probed? Preemption off. */
bool vmx_caps_match(void);
/* The choice itself, of what @caps->msrs say; @apicv_wanted: if they have it. For KUnit, too. */
int vmx_caps_choose(struct vmx_caps *caps, bool apicv_wanted, struct axvm_error *err);

#endif /* AXVM_VMX_CAPS_H */
