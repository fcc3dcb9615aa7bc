/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMX backend: its VM and vCPU, and what its files offer each other.
 *
 * Terms, fields and section numbers: Intel 64 and IA-32 Architectures Software Developer's
 * Manual, volume 3 ("SDM"), chapters 24 to 31. Contexts: see x86.h.
 */
#ifndef AXVM_VMX_H
#define AXVM_VMX_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include "arch/x86/dr.h"
#include "arch/x86/fast.h"
#include "arch/x86/vmx_apic.h"
#include "arch/x86/vmx_caps.h"
#include "arch/x86/vmx_switch.h"
#include "arch/x86/x86.h"

/* System-call MSRs, which the hardware does not switch. */
enum vmx_msr {
	VMX_MSR_STAR,
	VMX_MSR_LSTAR,
	VMX_MSR_CSTAR,
	VMX_MSR_SFMASK,
	VMX_MSR_KERNEL_GS,
	VMX_MSRS
};

/**
 * struct vmx_vcpu - a vCPU
 * @base: common part
 * @sw: for the world switch
 * @vmcs: control block, one page
 * @apic_page: virtual-APIC page: the task priority is in it, and more with vmx_has_apicv()
 * @on_cpu: in vmx_cpu.active of @vmcs_cpu
 * @vmcs_cpu: CPU that may hold parts of the control block; -1: none does
 * @loaded: between load and put
 * @vpid: tag of its translations, 0: it has none
 * @s2_seen: x86_vm.s2_changed when translations were forgotten last
 * @unique: number that no other vCPU ever has
 * @primary: primary controls as they are in the control block
 * @injecting: an event was put into the control block, and no entry happened since
 * @injecting_nmi: and it is an NMI
 * @cr2: the guest's CR2 while the host runs
 * @dr6: the guest's DR6 while it is not in the CPU
 * @dr: debug registers
 * @msr: guest values of enum vmx_msr; of KERNEL_GS while not loaded
 * @host_msr: of the host, while loaded
 * @host_ldt: likewise, its LDTR
 * @host_debugctl: DEBUGCTL of the host, during a stay
 * @host_pebs: the host's PEBS_ENABLE, likewise; 0: nothing has to be put back
 * @host_cr3: as it is in the control block
 * @host_cr4: likewise
 * @hw_rip: RIP as it is in the control block
 * @hw_rsp: likewise
 * @hw_rflags: likewise
 * @hw_cr3: likewise
 * @hw_shadow: interruptibility state, likewise
 * @reason: of the last exit, all 32 bits
 * @intr_info: VM-exit interruption information, for exceptions and NMIs
 * @tpr: task priority class in @apic_page as the local APIC knows it
 * @threshold: TPR threshold in the control block
 * @spins: the guest spins: let others run
 * @apic_loaded: with vmx_has_apicv(): requests, what is in service and the task priority are in
 *	@apic_page, not in x86_vcpu.lapic
 * @apic_x2apic: the CPU serves MSRs of the local APIC
 * @apic_status: guest interrupt status, as it is in the control block while not @apic_loaded
 * @apic_level: vectors whose end exits, as in the control block
 */
struct vmx_vcpu {
	struct x86_vcpu base;
	struct vmx_switch sw;
	void *vmcs;
	void *apic_page;
	struct list_head on_cpu;
	int vmcs_cpu;
	bool loaded;
	u16 vpid;
	u64 s2_seen;
	u64 unique;
	u32 primary;
	bool injecting;
	bool injecting_nmi;
	u64 cr2;
	u64 dr6;
	struct x86_dr dr;
	u64 msr[VMX_MSRS];
	u64 host_msr[VMX_MSRS];
	u16 host_ldt;
	u64 host_debugctl;
	u64 host_pebs;
	u64 host_cr3;
	u64 host_cr4;
	u64 hw_rip;
	u64 hw_rsp;
	u64 hw_rflags;
	u64 hw_cr3;
	u32 hw_shadow;
	u32 reason;
	u32 intr_info;
	u32 tpr;
	u32 threshold;
	bool spins;
	bool apic_loaded;
	bool apic_x2apic;
	u16 apic_status;
	u64 apic_level[X86_APIC_WORDS];
};

static inline struct vmx_vcpu *to_vmx_vcpu(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vmx_vcpu, base.base);
}

static inline struct vmx_vcpu *vmx_of(struct x86_vcpu *v)
{
	return container_of(v, struct vmx_vcpu, base);
}

/**
 * struct vmx_cpu - a host CPU
 * @region: VMXON region
 * @active: vCPUs whose control block it may hold parts of [interrupts off, own CPU]
 * @current_vcpu: whose control block VMREAD and VMWRITE reach [likewise]
 * @enabled: VMXON was executed by us
 */
struct vmx_cpu {
	struct page *region;
	struct list_head active;
	struct vmx_vcpu *current_vcpu;
	bool enabled;
};

DECLARE_PER_CPU(struct vmx_cpu, vmx_cpu);

/* --- fields of the current control block --- */

/* A field that does not exist, or no control block: a mistake of ours, which is logged. */
void vmx_report_field(unsigned long field);

static __always_inline unsigned long vmx_read(unsigned long field)
{
	unsigned long val;
	bool bad;

	asm volatile("vmread %2, %1"
		     : "=@ccbe" (bad), "=r" (val) : "r" (field));
	if (unlikely(bad)) {
		vmx_report_field(field);
		return 0;
	}
	return val;
}

static __always_inline void vmx_write(unsigned long field, unsigned long val)
{
	bool bad;

	asm volatile("vmwrite %1, %2"
		     : "=@ccbe" (bad) : "r" (val), "r" (field));
	if (unlikely(bad))
		vmx_report_field(field);
}

/* --- vmx_vmcs.c: control blocks --- */

/*
 * Make the control block the current one of this CPU. open: and keep the CPU until close,
 * unless the vCPU is loaded anyway; false where the hardware was given back, as the host goes
 * away. Process context, or the vCPU's thread.
 */
void vmx_activate(struct vmx_vcpu *vmx);
bool vmx_open(struct vmx_vcpu *vmx);
void vmx_close(struct vmx_vcpu *vmx);
/* No CPU holds parts of it afterwards. Process context. */
void vmx_deactivate(struct vmx_vcpu *vmx);
/* On this CPU, for all of its control blocks; interrupts off. */
void vmx_deactivate_all(struct vmx_cpu *cpu);
int vmx_vmcs_alloc(struct vmx_vcpu *vmx);
void vmx_vmcs_free(struct vmx_vcpu *vmx);
/* As after power-on; registers are set by x86_vcpu_reset(). Process context. */
void vmx_vmcs_init(struct vmx_vcpu *vmx);
/* Put a new value of the primary controls in place. Loaded. */
void vmx_set_primary(struct vmx_vcpu *vmx, u32 val);
/* The host's part that differs between CPUs and threads. Loaded. */
void vmx_load_host_state(struct vmx_vcpu *vmx);

/* vmx_state.c */
extern const struct x86_hw vmx_hw;
/* CR0 and CR4 bits that the guest changes without an exit, into v. Loaded. */
void vmx_sync_controls(struct vmx_vcpu *vmx);
/* PAE paging: the four entries go from memory into the control block. Loaded. */
void vmx_load_pdptes(struct vmx_vcpu *vmx);
/* System-call MSRs: into the CPU, and the host's back. Loaded. */
void vmx_load_msrs(struct vmx_vcpu *vmx);
void vmx_put_msrs(struct vmx_vcpu *vmx);

/* vmx.c: the guest's SPEC_CTRL was written. Fast. */
void vmx_put_spec_ctrl(struct vmx_vcpu *vmx);

/* vmx_perm.c: the MSR bitmaps, shared by all VMs. Process context; their address: any. */
int vmx_perm_init(void);
void vmx_perm_exit(void);
u64 vmx_msr_bitmap_pa(bool x2apic);

/* vmx_tlb.c */
int vmx_vpid_get(struct vmx_vcpu *vmx);
void vmx_vpid_put(struct vmx_vcpu *vmx);
u64 vmx_eptp(const struct vmx_vcpu *vmx);
/* Forget everything, of whatever tag. A CPU comes up: preemption off. */
void vmx_tlb_init_cpu(void);
/* A vCPU is put on this CPU. Loaded. */
void vmx_tlb_load(struct vmx_vcpu *vmx, bool moved);
/* Forget its guest-virtual translations; or also guest-physical ones. Loaded. */
void vmx_tlb_flush(struct vmx_vcpu *vmx);
void vmx_tlb_flush_s2(struct vmx_vcpu *vmx);
/* Stage-2 entries were taken away since then. */
static inline bool vmx_tlb_is_stale(const struct vmx_vcpu *vmx)
{
	return vmx->s2_seen != atomic64_read(&x86_vm_of(&vmx->base)->s2_changed);
}

/* vmx_run.c */
bool vmx_vcpu_prepare(struct axvm_vcpu *vcpu);
bool vmx_vcpu_enter(struct axvm_vcpu *vcpu);
void vmx_run_init(void);
/* From now on the guest uses its debug registers by itself. Within a stay. */
void vmx_load_drs(struct vmx_vcpu *vmx);
u64 vmx_host_rip(void);

/* vmx_inject.c. Loaded, interrupts off. False: something else has to be done first. */
bool vmx_deliver(struct vmx_vcpu *vmx);
/* An event as VM-entry interruption information (25.8.3). Pure. */
u32 vmx_entry_info(const struct x86_inject *event);
/*
 * What IDT-vectoring information says was interrupted, but for its error code; false: nothing
 * that has to be injected again. Pure.
 */
bool vmx_find_interrupted(u32 vectoring, struct x86_inject *event);
/* After an exit. */
void vmx_after_exit(struct vmx_vcpu *vmx, u32 vectoring);
/* For vmx_hw. */
void vmx_forget_events(struct x86_vcpu *v);
void vmx_irq_window_opened(struct vmx_vcpu *vmx);
void vmx_nmi_window_opened(struct vmx_vcpu *vmx);

/* vmx_fast.c: finish an exit with interrupts off. */
enum x86_go vmx_exit_fast(struct vmx_vcpu *vmx);

/* vmx_exit.c */
enum axvm_verdict vmx_vcpu_decode(struct axvm_vcpu *vcpu);

/* vmx_report.c. Loaded. */
enum axvm_verdict vmx_report_entry_failure(struct vmx_vcpu *vmx);
/* What is wrong, when the last entry was refused; for KUnit, too. */
const char *vmx_explain_entry_failure(const struct vmx_vcpu *vmx);
enum axvm_verdict vmx_report_unknown(struct vmx_vcpu *vmx);
enum axvm_verdict vmx_report_misconfiguration(struct vmx_vcpu *vmx);
/* Fill the exit for a triple fault. Loaded. */
void vmx_report_shutdown(struct vmx_vcpu *vmx);

#endif /* AXVM_VMX_H */
