/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SVM backend: its VM and vCPU, and what its files offer each other.
 *
 * Terms, bits and section names: AMD64 Architecture Programmer's Manual,
 * volume 2, chapter 15 ("APM"). Contexts: see x86.h.
 */
#ifndef AXVM_SVM_H
#define AXVM_SVM_H

#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/svm.h>
#include <asm/trapnr.h>

#include "arch/x86/dr.h"
#include "arch/x86/fast.h"
#include "arch/x86/svm_asid.h"
#include "arch/x86/svm_switch.h"
#include "arch/x86/x86.h"

/* Groups of VMCB fields that the CPU may have cached; VMCB.clean (APM 15.15.3). */
enum svm_group {
	SVM_CLEAN_INTERCEPTS,	/* intercepts, TSC offset, pause filter */
	SVM_CLEAN_PERM,		/* permission maps */
	SVM_CLEAN_ASID,
	SVM_CLEAN_TPR,		/* V_TPR, V_IRQ and the rest of their word */
	SVM_CLEAN_NP,		/* nested CR3, guest PAT */
	SVM_CLEAN_CR,		/* CR0, CR3, CR4, EFER */
	SVM_CLEAN_DR,		/* DR6, DR7 */
	SVM_CLEAN_DT,		/* GDT, IDT */
	SVM_CLEAN_SEG,		/* CS, DS, SS, ES, CPL */
	SVM_CLEAN_CR2,
	SVM_CLEAN_GROUPS
};

/* Things to do after the next exit; bits of svm_vcpu.after. */
#define SVM_AFTER_INJECT	BIT(0)	/* EVENTINJ was filled */
#define SVM_AFTER_IRET		BIT(1)	/* an NMI handler is at its IRET, iret_rip */
#define SVM_AFTER_STEP		BIT(2)	/* the guest runs with our RFLAGS.TF */
#define SVM_AFTER_TLB		BIT(3)	/* the TLB control was set */

/* Faults that an instruction which is stepped may raise; #AC, #DB and #MC exit anyway. */
#define SVM_STEP_EXCEPTIONS	(BIT(X86_TRAP_DE) | BIT(X86_TRAP_BR) | BIT(X86_TRAP_UD) | \
				 BIT(X86_TRAP_NM) | BIT(X86_TRAP_TS) | BIT(X86_TRAP_NP) | \
				 BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) | \
				 BIT(X86_TRAP_MF) | BIT(X86_TRAP_XF))

/**
 * struct svm_vcpu - a vCPU
 * @base: common part
 * @sw: for the world switch
 * @vmcb: control block, one page
 * @after: SVM_AFTER_*
 * @tpr: V_TPR as the local APIC knows it
 * @tag: its TLB tag
 * @s2_seen: x86_vm.s2_changed when @tag was given
 * @unique: number that no other vCPU ever has
 * @in_cpu: state of VMLOAD is in the CPU: the fast loop runs
 * @dr: debug registers
 * @irq_window: V_IRQ is set to find out when interrupts can be taken
 * @step_tf: the guest's own RFLAGS.TF under SVM_AFTER_STEP
 * @step_dr6: and its DR6
 * @iret_rip: see SVM_AFTER_IRET
 * @poke: to leave the guest as soon as it was entered
 * @spins: the guest spins: let others run
 */
struct svm_vcpu {
	struct x86_vcpu base;
	struct svm_switch sw;
	struct vmcb *vmcb;
	u32 after;
	u32 tpr;
	struct svm_tag tag;
	u64 s2_seen;
	u64 unique;
	bool in_cpu;
	struct x86_dr dr;
	bool irq_window;
	bool step_tf;
	u64 step_dr6;
	u64 iret_rip;
	struct irq_work poke;
	bool spins;
};

static inline struct svm_vcpu *to_svm_vcpu(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct svm_vcpu, base.base);
}

static inline struct svm_vcpu *svm_of(struct x86_vcpu *v)
{
	return container_of(v, struct svm_vcpu, base);
}

/**
 * struct svm_caps - what the CPUs have beyond the minimum; set by probe, constant
 * @nr_asids: TLB tags, 0 included
 * @clean: value of VMCB.clean when nothing was changed, 0 = the CPU ignores it
 * @nrips: exits tell the address of the next instruction
 * @assists: exits tell instruction bytes and operands
 * @flush_by_asid: VMRUN can forget one tag's translations
 * @spec_ctrl: VMRUN switches SPEC_CTRL
 * @pause_filter: PAUSE can be counted
 * @pause_threshold: and those far apart not
 * @tsc_ratio: MSR_AMD64_TSC_RATIO exists
 */
struct svm_caps {
	u32 nr_asids;
	u32 clean;
	bool nrips;
	bool assists;
	bool flush_by_asid;
	bool spec_ctrl;
	bool pause_filter;
	bool pause_threshold;
	bool tsc_ratio;
};

extern struct svm_caps svm_caps;

/**
 * struct svm_cpu - a host CPU
 * @save_area: page for VM_HSAVE_PA
 * @host: page for the host's part of VMLOAD and VMSAVE
 * @host_pa: its physical address
 * @old_save_pa: VM_HSAVE_PA as it was found
 * @old_tsc_ratio: likewise
 * @enabled: EFER.SVME was set by us
 * @foreign: a guest's VMLOAD state is in this CPU
 * @asids: TLB tags
 */
struct svm_cpu {
	struct page *save_area;
	struct page *host;
	u64 host_pa;
	u64 old_save_pa;
	u64 old_tsc_ratio;
	bool enabled;
	bool foreign;
	struct svm_asids asids;
};

DECLARE_PER_CPU(struct svm_cpu, svm_cpu);

/* Instructions that take the physical address of a control block (APM volume 3). */
static __always_inline void svm_vmload(u64 pa)
{
	asm volatile("vmload %%rax" : : "a" (pa) : "memory");
}

static __always_inline void svm_vmsave(u64 pa)
{
	asm volatile("vmsave %%rax" : : "a" (pa) : "memory");
}

static __always_inline void svm_clgi(void)
{
	asm volatile("clgi" : : : "memory");
}

static __always_inline void svm_stgi(void)
{
	asm volatile("stgi" : : : "memory");
}

/* Fields of this group were written. */
static inline void svm_dirty(struct svm_vcpu *svm, enum svm_group group)
{
	svm->vmcb->control.clean &= ~BIT(group);
}

/* Intercepts by number, INTERCEPT_*. */
static inline void svm_intercept(struct svm_vcpu *svm, unsigned int nr)
{
	svm->vmcb->control.intercepts[nr / 32] |= BIT(nr % 32);
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

static inline void svm_pass(struct svm_vcpu *svm, unsigned int nr)
{
	svm->vmcb->control.intercepts[nr / 32] &= ~BIT(nr % 32);
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

/* svm_vmcb.c: control block as after power-on; registers are set by x86_vcpu_reset(). */
void svm_vmcb_init(struct svm_vcpu *svm);
/* All accesses to debug registers exit, or none. */
void svm_intercept_drs(struct svm_vcpu *svm, bool on);

/* svm_state.c */
extern const struct x86_hw svm_hw;
/* CR0 bits that the guest changes without an exit, as intercepts are selective: into v->cr0. */
static __always_inline void svm_sync_cr0(struct svm_vcpu *svm)
{
	u64 own = svm->vmcb->save.cr0 & SVM_CR0_SELECTIVE_MASK;

	svm->base.cr0 = (svm->base.cr0 & ~SVM_CR0_SELECTIVE_MASK) | own;
}

/* Debug registers: to the CPU for the guest's use, and back. Loaded. */
void svm_load_drs(struct svm_vcpu *svm);
void svm_save_drs(struct svm_vcpu *svm);

/* svm_perm.c: permission maps, shared by all VMs. Process context. */
int svm_perm_init(void);
void svm_perm_exit(void);
u64 svm_msrpm_pa(void);
u64 svm_iopm_pa(void);

/* svm_tlb.c */
void svm_tlb_init_cpu(struct svm_cpu *cpu);
/* A vCPU is put on this CPU. Loaded. */
void svm_tlb_load(struct svm_vcpu *svm);
/* Forget all its translations before the next entry. Loaded, interrupts off. */
void svm_tlb_flush(struct svm_vcpu *svm);
/* The guest was entered: that is done. */
void svm_tlb_flushed(struct svm_vcpu *svm);
/* Stage-2 entries were taken away since @tag was given. */
static inline bool svm_tlb_is_stale(const struct svm_vcpu *svm)
{
	return svm->s2_seen != atomic64_read(&x86_vm_of(&svm->base)->s2_changed);
}

/* svm_run.c */
bool svm_vcpu_prepare(struct axvm_vcpu *vcpu);
bool svm_vcpu_enter(struct axvm_vcpu *vcpu);
void svm_run_init(void);
/* The guest's SPEC_CTRL was written. Fast. */
void svm_put_spec_ctrl(struct svm_vcpu *svm);

/* svm_inject.c; at creation. */
void svm_inject_init(struct svm_vcpu *svm);
/* Loaded, interrupts off. False: something else has to be done first. */
bool svm_deliver(struct svm_vcpu *svm);
/* After an exit, when it says that an event was on its way into the guest. */
void svm_save_interrupted(struct svm_vcpu *svm);
/* After an exit, when svm->after is not 0. */
void svm_after_exit(struct svm_vcpu *svm);
/* For svm_hw. */
void svm_forget_events(struct x86_vcpu *v);
/* Exits that windows cause. */
void svm_irq_window_opened(struct svm_vcpu *svm);
void svm_iret_reached(struct svm_vcpu *svm);
/* That IRET was emulated: the NMI's handler is over, wherever RIP is now. */
static inline void svm_iret_done(struct svm_vcpu *svm)
{
	svm->after &= ~SVM_AFTER_IRET;
	svm->iret_rip = 0;
}

/* #DB: true when it was ours alone. */
bool svm_step_done(struct svm_vcpu *svm);

/* svm_fast.c: finish an exit with GIF = 0. */
enum x86_go svm_exit_fast(struct svm_vcpu *svm);

/* svm_cr.c: exits of instructions on control and debug registers. Fast. */
enum x86_go svm_cr_exit(struct svm_vcpu *svm);
/* For those with a memory operand, or where code is not readable. Loaded. */
enum axvm_verdict svm_cr_decode(struct svm_vcpu *svm);

/* svm_exit.c */
enum axvm_verdict svm_vcpu_decode(struct axvm_vcpu *vcpu);

/* svm_report.c: what is wrong with a control block that VMRUN refused. Loaded. */
enum axvm_verdict svm_report_invalid(struct svm_vcpu *svm);
enum axvm_verdict svm_report_unknown(struct svm_vcpu *svm);
/* Fill the exit for a triple fault. Loaded, interrupts on or off. */
void svm_report_shutdown(struct svm_vcpu *svm);
/* The rule that is broken, for KUnit; NULL when none is. */
const char *svm_find_invalid(const struct vmcb *vmcb, u32 nr_asids);

#endif /* AXVM_SVM_H */
