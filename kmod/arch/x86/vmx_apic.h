/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The local APIC in a virtual-APIC page, where the CPU itself requests, delivers and ends
 * interrupts (SDM 3, chapter 30).
 */
#ifndef AXVM_VMX_APIC_H
#define AXVM_VMX_APIC_H

#include <linux/jump_label.h>
#include <linux/types.h>

#include "arch/x86/x86.h"

struct vmx_vcpu;

/* Which MSRs of the x2APIC the CPU serves itself; [VMX_X2APIC_READ], [VMX_X2APIC_WRITE]. */
enum vmx_x2apic_access {
	VMX_X2APIC_READ,
	VMX_X2APIC_WRITE,
};

/* The CPU serves the local APIC; set by hw_init, constant. */
DECLARE_STATIC_KEY_FALSE(vmx_apicv);

static __always_inline bool vmx_has_apicv(void)
{
	return static_branch_likely(&vmx_apicv);
}

/*
 * What is requested, what is in service and the task priority: into the page, and back. To
 * the page: the guest interrupt status that goes with it (25.4.2), which the way back needs
 * as the CPU has left it. Nothing but memory is touched. vCPU thread.
 */
u16 vmx_apic_to_page(struct x86_lapic *lapic, void *page);
void vmx_apic_from_page(struct x86_lapic *lapic, void *page, u16 status);

/* Is the MSR one that the CPU serves, in x2APIC mode? */
bool vmx_apic_serves(u32 msr, enum vmx_x2apic_access access);

/* hw_init, process context. */
void vmx_apic_init(void);
/* As after power-on: a new control block. Loaded or open. */
void vmx_apic_reset(struct vmx_vcpu *vmx);
/* The local APIC is the CPU's from load to put; with vmx_has_apicv(). Loaded, interrupts off. */
void vmx_apic_load(struct vmx_vcpu *vmx);
void vmx_apic_put(struct vmx_vcpu *vmx);

#endif /* AXVM_VMX_APIC_H */
