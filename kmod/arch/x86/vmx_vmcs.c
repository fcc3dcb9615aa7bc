// SPDX-License-Identifier: GPL-2.0
/*
 * VMX control blocks (VMCS): where they are, and what is in them from the start.
 *
 * A CPU may keep parts of a control block to itself from VMPTRLD to VMCLEAR (SDM 3, 25.1 and
 * 25.11.1), so it is cleared where it was before another CPU takes it. Each CPU lists those it
 * may hold; the list is touched on that CPU alone, with interrupts off.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <kunit/visibility.h>

#include "arch/x86/spec.h"
#include "arch/x86/vmx.h"
#include "compat.h"

/* PAUSE within so many cycles is one loop, and a loop of so many cycles is a spinning guest. */
#define PLE_GAP_CYCLES		128
#define PLE_WINDOW_CYCLES	4096

#define NO_LINK			U64_MAX

void vmx_report_field(unsigned long field)
{
	pr_err_ratelimited("axvm: field %lx of the control block cannot be accessed\n", field);
}
EXPORT_SYMBOL_IF_KUNIT(vmx_report_field);

/* --- where they are --- */

static void vmclear(struct vmx_vcpu *vmx)
{
	u64 pa = __pa(vmx->vmcs);
	bool bad;

	asm volatile("vmclear %1" : "=@ccbe" (bad) : "m" (pa) : "memory");
	if (bad)
		pr_err_ratelimited("axvm: VMCLEAR failed\n");
}

static void vmptrld(struct vmx_vcpu *vmx)
{
	u64 pa = __pa(vmx->vmcs);
	bool bad;

	asm volatile("vmptrld %1" : "=@ccbe" (bad) : "m" (pa) : "memory");
	if (bad)
		pr_err_ratelimited("axvm: VMPTRLD failed\n");
}

/* On its CPU, interrupts off. Whoever sees that no CPU holds it sees what is in memory, too. */
static void deactivate_here(struct vmx_vcpu *vmx)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	vmclear(vmx);
	vmx->sw.launched = 0;
	if (cpu->current_vcpu == vmx)
		cpu->current_vcpu = NULL;
	list_del(&vmx->on_cpu);
	smp_store_release(&vmx->vmcs_cpu, -1);	/* vmx_deactivate() */
}

static void deactivate_if_here(void *data)
{
	struct vmx_vcpu *vmx = data;

	/* The CPU may have gone offline, and come back, meanwhile. */
	if (vmx->vmcs_cpu == smp_processor_id())
		deactivate_here(vmx);
}

void vmx_deactivate_all(struct vmx_cpu *cpu)
{
	struct vmx_vcpu *vmx, *next;

	list_for_each_entry_safe(vmx, next, &cpu->active, on_cpu)
		deactivate_here(vmx);
}

void vmx_deactivate(struct vmx_vcpu *vmx)
{
	int cpu = smp_load_acquire(&vmx->vmcs_cpu);	/* deactivate_here() */

	if (cpu >= 0)
		smp_call_function_single(cpu, deactivate_if_here, vmx, true);
}

/* VMPTRLD wants a control block that VMCLEAR has seen, the first time too. */
static void list_here(struct vmx_vcpu *vmx)
{
	unsigned long flags;

	local_irq_save(flags);
	vmclear(vmx);
	list_add(&vmx->on_cpu, &this_cpu_ptr(&vmx_cpu)->active);
	vmx->vmcs_cpu = smp_processor_id();
	local_irq_restore(flags);
}

void vmx_activate(struct vmx_vcpu *vmx)
{
	if (vmx->vmcs_cpu != smp_processor_id()) {
		vmx_deactivate(vmx);
		list_here(vmx);
	}
	if (this_cpu_read(vmx_cpu.current_vcpu) == vmx)
		return;
	vmptrld(vmx);
	this_cpu_write(vmx_cpu.current_vcpu, vmx);
}

/* An interrupt that takes the control block away comes for a vCPU that is not loaded alone. */
bool vmx_open(struct vmx_vcpu *vmx)
{
	if (vmx->loaded)
		return true;
	preempt_disable();
	if (unlikely(!this_cpu_read(vmx_cpu.enabled))) {
		preempt_enable();
		return false;
	}
	vmx_activate(vmx);
	return true;
}

void vmx_close(struct vmx_vcpu *vmx)
{
	if (!vmx->loaded)
		preempt_enable();
}

int vmx_vmcs_alloc(struct vmx_vcpu *vmx)
{
	vmx->vmcs_cpu = -1;
	vmx->vmcs = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vmx->apic_page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (vmx->vmcs && vmx->apic_page)
		return 0;
	vmx_vmcs_free(vmx);
	return -ENOMEM;
}

void vmx_vmcs_free(struct vmx_vcpu *vmx)
{
	vmx_deactivate(vmx);
	free_page((unsigned long)vmx->vmcs);
	free_page((unsigned long)vmx->apic_page);
}

/* --- controls --- */

void vmx_set_primary(struct vmx_vcpu *vmx, u32 val)
{
	if (val == vmx->primary)
		return;
	vmx->primary = val;
	vmx_write(CPU_BASED_VM_EXEC_CONTROL, val);
}

/*
 * Exceptions are the guest's but three: #AC and #DB may raise themselves for ever while they are
 * delivered, and machine checks are the host's.
 */
#define EXCEPTIONS	(BIT(X86_TRAP_AC) | BIT(X86_TRAP_DB) | BIT(X86_TRAP_MC))

static void write_controls(struct vmx_vcpu *vmx)
{
	vmx->primary = vmx_caps.controls[VMX_PRIMARY];
	vmx_write(PIN_BASED_VM_EXEC_CONTROL, vmx_caps.controls[VMX_PIN]);
	vmx_write(CPU_BASED_VM_EXEC_CONTROL, vmx->primary);
	vmx_write(SECONDARY_VM_EXEC_CONTROL, vmx_caps.controls[VMX_SECONDARY]);
	vmx_write(VM_EXIT_CONTROLS, vmx_caps.controls[VMX_EXIT]);
	vmx_write(VM_ENTRY_CONTROLS, vmx_caps.controls[VMX_ENTRY]);
	vmx_write(EXCEPTION_BITMAP, EXCEPTIONS);
	vmx_write(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmx_write(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmx_write(CR3_TARGET_COUNT, 0);
	vmx_write(VM_EXIT_MSR_STORE_COUNT, 0);
	vmx_write(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmx_write(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmx_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmx_write(VMCS_LINK_POINTER, NO_LINK);
	vmx_write(MSR_BITMAP, vmx_msr_bitmap_pa(false));
	vmx_write(EPT_POINTER, vmx_eptp(vmx));
	vmx_write(VIRTUAL_APIC_PAGE_ADDR, __pa(vmx->apic_page));
	vmx_write(TPR_THRESHOLD, 0);
}

/* Fields that only exist with the control that uses them. */
static void write_optional_controls(struct vmx_vcpu *vmx)
{
	if (vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENABLE_VPID))
		vmx_write(VIRTUAL_PROCESSOR_ID, vmx->vpid);
	if (vmx_has(VMX_SECONDARY, SECONDARY_EXEC_PAUSE_LOOP_EXITING)) {
		vmx_write(PLE_GAP, PLE_GAP_CYCLES);
		vmx_write(PLE_WINDOW, PLE_WINDOW_CYCLES);
	}
	if (vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENABLE_XSAVES))
		vmx_write(XSS_EXIT_BITMAP, 0);
	if (vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENCLS_EXITING))
		vmx_write(ENCLS_EXITING_BITMAP, U64_MAX);
	if (vmx_has(VMX_ENTRY, VM_ENTRY_LOAD_BNDCFGS))
		vmx_write(GUEST_BNDCFGS, 0);
	if (vmx_caps.preemption)
		vmx_write(VMX_PREEMPTION_TIMER_VALUE, vmx_caps.preemption);
}

/* --- the host's part --- */

/* A thread of the kernel has null in the data segment registers. */
static void write_host_state(void)
{
	u64 val;

	vmx_write(HOST_CR0, read_cr0());
	vmx_write(HOST_CS_SELECTOR, __KERNEL_CS);
	vmx_write(HOST_SS_SELECTOR, __KERNEL_DS);
	vmx_write(HOST_DS_SELECTOR, 0);
	vmx_write(HOST_ES_SELECTOR, 0);
	vmx_write(HOST_FS_SELECTOR, 0);
	vmx_write(HOST_GS_SELECTOR, 0);
	vmx_write(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmx_write(HOST_RIP, vmx_host_rip());
	rdmsrq(MSR_EFER, val);
	vmx_write(HOST_IA32_EFER, val);
	rdmsrq(MSR_IA32_CR_PAT, val);
	vmx_write(HOST_IA32_PAT, val);
}

static u64 find_tss(const struct desc_ptr *gdt)
{
	const struct ldttss_desc *tss = (void *)gdt->address + GDT_ENTRY_TSS * 8;

	return tss->base0 | (u64)tss->base1 << 16 | (u64)tss->base2 << 24 | (u64)tss->base3 << 32;
}

/* The control block has come to this CPU. */
static void write_cpu_state(void)
{
	struct desc_ptr dt;
	u64 val;

	native_store_gdt(&dt);
	vmx_write(HOST_GDTR_BASE, dt.address);
	vmx_write(HOST_TR_BASE, find_tss(&dt));
	store_idt(&dt);
	vmx_write(HOST_IDTR_BASE, dt.address);
	rdmsrq(MSR_GS_BASE, val);
	vmx_write(HOST_GS_BASE, val);
	rdmsrq(MSR_IA32_SYSENTER_CS, val);
	vmx_write(HOST_IA32_SYSENTER_CS, val);
	rdmsrq(MSR_IA32_SYSENTER_ESP, val);
	vmx_write(HOST_IA32_SYSENTER_ESP, val);
	rdmsrq(MSR_IA32_SYSENTER_EIP, val);
	vmx_write(HOST_IA32_SYSENTER_EIP, val);
}

void vmx_load_host_state(struct vmx_vcpu *vmx)
{
	u64 fs;

	if (vmx->base.base.last_cpu != vmx->base.base.cpu || !vmx->sw.launched)
		write_cpu_state();
	rdmsrq(MSR_FS_BASE, fs);
	vmx_write(HOST_FS_BASE, fs);
	vmx->host_cr3 = 0;
	vmx->host_cr4 = 0;
}

/* --- from the start --- */

static void forget_values(struct vmx_vcpu *vmx)
{
	vmx->sw.host_rsp = 0;
	vmx->injecting = false;
	vmx->cr2 = 0;
	vmx->injecting_nmi = false;
	vmx->tpr = 0;
	vmx->threshold = 0;
	vmx->hw_rip = 0;
	vmx->hw_rsp = 0;
	vmx->hw_rflags = 0;
	vmx->hw_cr3 = 0;
	vmx->hw_shadow = 0;
	vmx->dr.in_cpu = false;
}

void vmx_vmcs_init(struct vmx_vcpu *vmx)
{
	vmx_deactivate(vmx);
	memset(vmx->vmcs, 0, PAGE_SIZE);
	memset(vmx->apic_page, 0, PAGE_SIZE);
	*(u32 *)vmx->vmcs = vmx_basic_vmcs_revision_id(vmx_caps.msrs.basic);
	forget_values(vmx);
	if (!vmx_open(vmx))
		return;
	write_controls(vmx);
	write_optional_controls(vmx);
	vmx_apic_reset(vmx);
	write_host_state();
	vmx_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmx_write(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmx_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmx_write(GUEST_RIP, 0);
	vmx_write(GUEST_RSP, 0);
	vmx_write(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmx_write(GUEST_CR3, 0);
	vmx_close(vmx);
}
