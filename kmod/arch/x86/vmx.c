// SPDX-License-Identifier: GPL-2.0
/*
 * The VMX backend's table, its probe, the hardware of each CPU, and its part of VMs and vCPUs.
 *
 * Called by the core. probe, hw_init and hw_exit in process context; enable and
 * disable on each CPU from the hotplug core; the emergency callback on a CPU that is
 * about to halt or reboot, in whatever context that happens.
 */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/reboot.h>
#include <asm/tlbflush.h>

#include "arch/x86/ept.h"
#include "arch/x86/host.h"
#include "arch/x86/lapic.h"
#include "arch/x86/spec.h"
#include "arch/x86/vmx.h"
#include "compat.h"
#include "host.h"

DEFINE_PER_CPU(struct vmx_cpu, vmx_cpu);

/* --- probe --- */

static bool update_cr4(unsigned long set, unsigned long clear)
{
	unsigned long flags;
	bool updated;

	local_irq_save(flags);
	updated = axvm_update_cr4(set, clear);
	local_irq_restore(flags);
	return updated;
}

/* Asked of the CPU itself: the kernel hides VMX when the firmware turned it off. */
static bool cpu_has_vmx(void)
{
	return boot_cpu_data.cpuid_level >= 1 && (cpuid_ecx(1) & BIT(X86_FEATURE_VMX & 31));
}

/* SDM 3, 24.7: the kernel has locked the register when it started, if the firmware had not. */
static int check_feature_control(struct axvm_error *err)
{
	u64 val;

	if (rdmsrq_safe(MSR_IA32_FEAT_CTL, &val))
		return axvm_fail(err, "an outer hypervisor announces VMX and does not offer it",
				 -EOPNOTSUPP);
	if (!(val & FEAT_CTL_LOCKED))
		return axvm_fail(err, "VMX is not enabled: enable it in the firmware (BIOS setup)",
				 -EOPNOTSUPP);
	if (!(val & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX))
		return axvm_fail(err, "VMX is turned off: enable it in the firmware (BIOS setup)",
				 -EOPNOTSUPP);
	return 0;
}

static bool is_taken(void)
{
	return native_read_cr4() & X86_CR4_VMXE;
}

static int check_host(struct axvm_error *err)
{
	if (is_taken())
		return axvm_fail(err, "another hypervisor holds VMX; if it is KVM: rmmod kvm_intel",
				 -EBUSY);
	if (x86_host_has_kvm())
		return axvm_fail(err, "KVM is loaded and would take VMX: rmmod kvm_intel kvm",
				 -EBUSY);
	/* NMIs that end a stay are handed to the kernel through its IDT. */
	if (cpu_feature_enabled(X86_FEATURE_FRED))
		return axvm_fail(err, "the kernel uses FRED: boot it with fred=off",
				 -EOPNOTSUPP);
	if (!x86_tsc_khz())
		return axvm_fail(err, "the kernel does not know how fast the TSC counts",
				 -EOPNOTSUPP);
	return 0;
}

static void fill_info(struct axvm_arch_info *info)
{
	bool huge = vmx_caps.msrs.ept_vpid & VMX_EPT_1GB_PAGE_BIT;

	info->s2_fmt = huge ? &x86_ept4_1g : &x86_ept4;
	info->s2_ops = &x86_s2_ops;
	info->vmids = vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENABLE_VPID) ? U16_MAX : 0;
	info->timer_frequency = x86_tsc_khz() * 1000;
	strscpy(info->mmu_type, boot_cpu_has(X86_FEATURE_LA57) ? "5-level" : "4-level");
	x86_cpuid_probe(info);
}

static int vmx_probe(struct axvm_arch_info *info, struct axvm_error *err)
{
	int ret;

	/* SVM was asked for before. */
	if (!cpu_has_vmx())
		return axvm_fail(err, "the CPUs have neither SVM (AMD-V) nor VMX (Intel VT-x)",
				 -ENODEV);
	ret = check_feature_control(err);
	if (ret)
		return ret;
	ret = check_host(err);
	if (ret)
		return ret;
	if (!update_cr4(0, 0))
		return axvm_fail(err, "this kernel lets nobody but KVM turn VMX on", -EOPNOTSUPP);
	ret = vmx_caps_probe(err);
	if (ret)
		return ret;
	x86_hw = &vmx_hw;
	x86_fpu_probe();
	fill_info(info);
	return 0;
}

/* --- the hardware of a CPU --- */

static int vmxon(u64 pa)
{
	int ret = 0;

	asm volatile("1: vmxon %[pa]\n\t"
		     "ja 3f\n"
		     "2: mov %[failed], %[ret]\n"
		     "3:\n\t"
		     _ASM_EXTABLE(1b, 2b)
		     : [ret] "+r" (ret)
		     : [pa] "m" (pa), [failed] "i" (-EIO)
		     : "cc", "memory");
	return ret;
}

static int vmx_cpu_enable(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);
	int ret;

	if (is_taken())
		return -EBUSY;
	if (!vmx_caps_match())
		return -EIO;
	axvm_tell_pt(true);
	update_cr4(X86_CR4_VMXE, 0);
	ret = vmxon(page_to_phys(cpu->region));
	if (ret)
		goto err_vmxe;
	cpu->current_vcpu = NULL;
	cpu->enabled = true;
	vmx_tlb_init_cpu();
	return 0;

err_vmxe:
	update_cr4(0, X86_CR4_VMXE);
	axvm_tell_pt(false);
	return ret;
}

static void leave_vmx(struct vmx_cpu *cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	cpu->enabled = false;
	vmx_deactivate_all(cpu);
	asm volatile("vmxoff" : : : "cc", "memory");
	local_irq_restore(flags);
	update_cr4(0, X86_CR4_VMXE);
}

static void vmx_cpu_disable(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	if (!cpu->enabled)
		return;
	leave_vmx(cpu);
	axvm_tell_pt(false);
}

/*
 * This CPU will halt, or start another kernel: in VMX operation INIT is blocked (SDM 3, 24.8),
 * and what the CPU keeps of control blocks must not be written to memory later.
 */
static void emergency(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	if (cpu->enabled)
		leave_vmx(cpu);
}

/* --- before the first CPU, and after the last --- */

static void free_cpu_pages(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct vmx_cpu *c = per_cpu_ptr(&vmx_cpu, cpu);

		if (c->region)
			__free_page(c->region);
		c->region = NULL;
	}
}

static int alloc_cpu_pages(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct vmx_cpu *c = per_cpu_ptr(&vmx_cpu, cpu);

		INIT_LIST_HEAD(&c->active);
		c->region = alloc_pages_node(cpu_to_node(cpu), GFP_KERNEL | __GFP_ZERO, 0);
		if (!c->region) {
			free_cpu_pages();
			return -ENOMEM;
		}
		*(u32 *)page_address(c->region) = vmx_basic_vmcs_revision_id(vmx_caps.msrs.basic);
	}
	return 0;
}

static int vmx_hw_init(void)
{
	int ret = x86_spec_init();

	if (ret)
		return ret;
	vmx_run_init();
	vmx_apic_init();
	ret = vmx_perm_init();
	if (ret)
		return ret;
	ret = alloc_cpu_pages();
	if (ret)
		goto err_perm;
	ret = x86_host_init();
	if (ret)
		goto err_pages;
	axvm_register_emergency(emergency);
	return 0;

err_pages:
	free_cpu_pages();
err_perm:
	vmx_perm_exit();
	return ret;
}

static void vmx_hw_exit(void)
{
	axvm_unregister_emergency(emergency);
	x86_host_exit();
	free_cpu_pages();
	vmx_perm_exit();
}

/* --- VM and vCPU --- */

static int vmx_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);
	int ret = vmx_vmcs_alloc(vmx);

	if (ret)
		return ret;
	ret = vmx_vpid_get(vmx);
	if (ret)
		goto err_vmcs;
	vmx->unique = x86_spec_new_vcpu();
	vmx_vmcs_init(vmx);
	ret = x86_vcpu_init(vcpu);
	if (ret)
		goto err_vpid;
	return 0;

err_vpid:
	vmx_vpid_put(vmx);
err_vmcs:
	vmx_vmcs_free(vmx);
	return ret;
}

static void vmx_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);

	x86_vcpu_destroy(vcpu);
	vmx_vmcs_free(vmx);
	vmx_vpid_put(vmx);
}

/* The boot vCPU powers the whole machine on; others start later with what they have then. */
static void vmx_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct axvm_vm *vm = vcpu->vm;
	u32 i;

	if (!x86_is_sipi_entry(entry))
		for (i = 0; i < vm->nr_vcpus; i++)
			vmx_vmcs_init(to_vmx_vcpu(vm->vcpus[i]));
	x86_vcpu_reset(vcpu, entry, arg);
}

void vmx_put_spec_ctrl(struct vmx_vcpu *vmx)
{
	if (x86_spec & X86_SPEC_CTRL)
		vmx->sw.guest_spec = vmx->base.spec_ctrl;
}

static void vmx_vcpu_load(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);

	vmx_activate(vmx);
	vmx->loaded = true;
	vmx_load_host_state(vmx);
	vmx->sw.host_spec = x86_spec_host_ctrl();
	vmx_put_spec_ctrl(vmx);
	x86_spec_load(vmx->unique);
	vmx_tlb_load(vmx, vcpu->last_cpu != vcpu->cpu);
	vmx_load_msrs(vmx);
	store_ldt(vmx->host_ldt);
	x86_vcpu_load(&vmx->base);
}

/*
 * VM exits set the limits of GDT, IDT and TSS to those that they load (SDM 3, 28.5.2): the
 * kernel's are smaller, and larger for the TSS.
 */
static void restore_limits(void)
{
	struct desc_ptr dt;

	native_store_gdt(&dt);
	dt.size = GDT_SIZE - 1;
	native_load_gdt(&dt);
	store_idt(&dt);
	dt.size = IDT_ENTRIES * sizeof(gate_desc) - 1;
	native_load_idt(&dt);
	invalidate_tss_limit();
}

/* VM exits leave none; the process that this CPU ran last may have one, and go on with it. */
static void restore_ldt(const struct vmx_vcpu *vmx)
{
	if (unlikely(vmx->host_ldt))
		asm volatile("lldt %0" : : "m" (vmx->host_ldt));
}

static void vmx_vcpu_put(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);

	x86_vcpu_put(&vmx->base);
	vmx_put_msrs(vmx);
	x86_tlb_leave(x86_vm_of(&vmx->base));
	restore_limits();
	restore_ldt(vmx);
	x86_spec_put();
	vmx->loaded = false;
}

static void vmx_vcpu_slow(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);

	if (!vmx->spins) {
		x86_vcpu_slow(vcpu);
		return;
	}
	vmx->spins = false;
	axvm_vcpu_give_way(vcpu);
}

static const struct axvm_device_type *const vmx_device_types[] = {
	&x86_ioapic_type,
	&x86_pic_type,
	NULL
};

const struct axvm_arch_ops x86_vmx_ops = {
	.name		= "vmx",
	.vm_size	= sizeof(struct x86_vm),
	.vcpu_size	= sizeof(struct vmx_vcpu),
	.device_types	= vmx_device_types,

	.probe		= vmx_probe,
	.hw_init	= vmx_hw_init,
	.hw_exit	= vmx_hw_exit,
	.cpu_enable	= vmx_cpu_enable,
	.cpu_disable	= vmx_cpu_disable,

	.vm_init	= x86_vm_init,
	.vm_destroy	= x86_vm_destroy,
	.vm_check	= x86_vm_check,

	.vcpu_init	= vmx_vcpu_init,
	.vcpu_destroy	= vmx_vcpu_destroy,
	.vcpu_reset	= vmx_vcpu_reset,
	.vcpu_load	= vmx_vcpu_load,
	.vcpu_put	= vmx_vcpu_put,

	.vcpu_prepare	= vmx_vcpu_prepare,
	.vcpu_enter	= vmx_vcpu_enter,
	.vcpu_decode	= vmx_vcpu_decode,
	.vcpu_complete	= x86_vcpu_complete,
	.vcpu_slow	= vmx_vcpu_slow,

	.vcpu_has_irq	= x86_vcpu_has_irq,
	.vcpu_halt_begin = x86_vcpu_halt_begin,
	.vcpu_halt_end	= x86_vcpu_halt_end,
	.vm_pause	= x86_vm_pause,
	.vm_resume	= x86_vm_resume,
	.vcpu_dump	= x86_vcpu_dump,
};
