/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of struct svm_switch and of the general registers for the assembly in
 * svm_switch.S; the C side asserts it in svm_run.c.
 */
#ifndef AXVM_SVM_SWITCH_H
#define AXVM_SVM_SWITCH_H

#define SVM_SW_VMCB		0
#define SVM_SW_GUEST_GS		8
#define SVM_SW_HOST_GS		16
#define SVM_SW_GUEST_SPEC	24
#define SVM_SW_HOST_SPEC	28

/* By number, as in enum x86_gpr. */
#define SVM_GPR(n)		((n) * 8)

/* Number of variants, and the one with every mitigation. */
#define SVM_SWITCHES		32
#define SVM_SWITCH_ALL		svm_switch_31

#ifndef __ASSEMBLY__

#include <linux/types.h>

/**
 * struct svm_switch - what a world switch needs besides the general registers
 * @vmcb: physical address
 * @guest_gs: the guest's GS base, while the guest does not run
 * @host_gs: the host's
 * @guest_spec: the guest's IA32_SPEC_CTRL
 * @host_spec: the host's; equal to @guest_spec when nothing has to be switched
 */
struct svm_switch {
	u64 vmcb;
	u64 guest_gs;
	u64 host_gs;
	u32 guest_spec;
	u32 host_spec;
};

/*
 * Run the guest until it exits; GIF = 0, interrupts off, state of VMLOAD is
 * the guest's but for the GS base. One variant for each sum of mitigations.
 */
void SVM_SWITCH_ALL(struct svm_switch *sw, u64 *gpr);
extern void (*const svm_switches[SVM_SWITCHES])(struct svm_switch *sw, u64 *gpr);

#endif /* __ASSEMBLY__ */
#endif /* AXVM_SVM_SWITCH_H */
