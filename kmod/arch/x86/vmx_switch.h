/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of struct vmx_switch and of the general registers for the assembly in
 * vmx_switch.S; the C side asserts it in vmx_run.c.
 */
#ifndef AXVM_VMX_SWITCH_H
#define AXVM_VMX_SWITCH_H

#define VMX_SW_HOST_RSP		0
#define VMX_SW_GUEST_SPEC	8
#define VMX_SW_HOST_SPEC	12
#define VMX_SW_LAUNCHED		16

/* By number, as in enum x86_gpr. */
#define VMX_GPR(n)		((n) * 8)

/* Field of the control block, as asm/vmx.h has it in an enumeration. */
#define VMX_HOST_RSP_FIELD	0x6c14

/* Number of variants, and the one with every mitigation. */
#define VMX_SWITCHES		32
#define VMX_SWITCH_ALL		vmx_switch_31

#ifndef __ASSEMBLY__

#include <linux/types.h>

/**
 * struct vmx_switch - what a world switch needs besides the general registers
 * @host_rsp: the stack pointer that the control block has for the host
 * @guest_spec: the guest's IA32_SPEC_CTRL
 * @host_spec: the host's; equal to @guest_spec when nothing has to be switched
 * @launched: VMRESUME is the instruction, not VMLAUNCH
 */
struct vmx_switch {
	u64 host_rsp;
	u32 guest_spec;
	u32 host_spec;
	u32 launched;
};

/*
 * Run the guest until it exits; interrupts off. 0: it has exited, otherwise: the instruction
 * failed, and the control block says why. One variant for each sum of mitigations, and where
 * it goes on after an exit: HOST_RIP.
 */
int VMX_SWITCH_ALL(struct vmx_switch *sw, u64 *gpr);
extern int (*const vmx_switches[VMX_SWITCHES])(struct vmx_switch *sw, u64 *gpr);
extern void (*const vmx_exits[VMX_SWITCHES])(void);

#endif /* __ASSEMBLY__ */
#endif /* AXVM_VMX_SWITCH_H */
