/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mitigations of speculative execution on the way into a guest and out of it.
 *
 * Chosen once when the module is loaded; the assembly of a world switch exists
 * in one variant for each combination of X86_SPEC_SWITCH, so that no branch
 * that could be mispredicted stands before a mitigation.
 */
#ifndef AXVM_X86_SPEC_H
#define AXVM_X86_SPEC_H

/* What a variant of a world switch has; its number is the sum of these. */
#define X86_SPEC_RSB		0x01	/* fill the return stack buffer after the exit */
#define X86_SPEC_UNTRAIN	0x02	/* untrain returns after the exit (Retbleed, SRSO) */
#define X86_SPEC_VERW		0x04	/* clear CPU buffers before the entry (MDS, RFDS, TSA) */
#define X86_SPEC_BHB		0x08	/* clear the branch history after the exit */
#define X86_SPEC_IBPB_EXIT	0x10	/* branch prediction barrier after the exit */
#define X86_SPEC_SWITCH		0x1f

/* And what is done around it. */
#define X86_SPEC_CTRL		0x20	/* SPEC_CTRL of guest and host are switched */
#define X86_SPEC_IBPB_VCPU	0x40	/* barrier where another vCPU ran before */
#define X86_SPEC_IBPB_USER	0x80	/* barrier before user space runs on this CPU */
#define X86_SPEC_L1D		0x100	/* flush the first-level data cache before a stay (L1TF) */

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* Sum of X86_SPEC_*; set by x86_spec_init(), constant afterwards. */
extern unsigned int x86_spec;

/* Choose by CPU and module parameter, and say so in the log. Process context. 0 or -EINVAL. */
int x86_spec_init(void);

/* A number for a vCPU that no other one ever gets. */
u64 x86_spec_new_vcpu(void);

/* That vCPU is put on this CPU, or leaves it. Loaded. */
void x86_spec_load(u64 vcpu);
void x86_spec_put(void);

/* A stay in a guest begins: interrupts off. */
void x86_spec_enter(void);
/* SPEC_CTRL of the kernel, for a while: it changes with the task. */
u32 x86_spec_host_ctrl(void);

/* What a parameter asks for: sum, or -EINVAL; for KUnit. */
int x86_spec_parse(const char *value, unsigned int automatic, unsigned int possible);

/* spec_bhb.S: forget the history of branches; called from assembly, changes rax and rcx. */
void x86_spec_clear_bhb(void);

#endif /* __ASSEMBLY__ */
#endif /* AXVM_X86_SPEC_H */
