/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VM entries demand of a guest's state, in words.
 */
#ifndef AXVM_VMX_RULES_H
#define AXVM_VMX_RULES_H

#include "arch/x86/vmx_caps.h"

/* What the rules look at; named as the fields of the guest-state area (SDM 3, 25.4). */
struct vmx_state {
	u64 cr0, cr3, cr4, efer, rflags, rip, dr7, debugctl, pat;
	u32 entry, event, shadow, pending, activity;
	u32 cs, ss, ldtr, tr;
	u64 gdt_base, idt_base, link, pdpte[4];
	u32 gdt_limit, idt_limit;
};

/* The first rule that is broken, or NULL. Any context. */
const char *vmx_find_broken_rule(const struct vmx_state *s, const struct vmx_cap_msrs *caps);

#endif /* AXVM_VMX_RULES_H */
