// SPDX-License-Identifier: GPL-2.0
/*
 * The SVM backend's table, its probe, the hardware of each CPU, and its part of VMs and vCPUs.
 *
 * Called by the core. probe, hw_init and hw_exit in process context; enable and
 * disable on each CPU from the hotplug core; the emergency callback on a CPU that is
 * about to halt or reboot, in whatever context that happens.
 */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <kunit/visibility.h>

#include "arch/x86/host.h"
#include "arch/x86/lapic.h"
#include "arch/x86/npt.h"
#include "arch/x86/spec.h"
#include "arch/x86/svm.h"
#include "compat.h"

#define CPUID_SVM	0x8000000a	/* EBX: number of ASIDs (APM volume 3, E.4.9) */
#define MIN_ASIDS	2		/* the host's and one more */

struct svm_caps svm_caps;
DEFINE_PER_CPU(struct svm_cpu, svm_cpu);
const struct x86_hw *x86_hw;
EXPORT_SYMBOL_IF_KUNIT(x86_hw);

/* --- probe --- */

/* Asked of the CPU itself: the kernel hides SVM when the firmware turned it off. */
static bool cpu_has_svm(void)
{
	return cpuid_eax(0x80000000) >= CPUID_SVM &&
	       (cpuid_ecx(0x80000001) & BIT(X86_FEATURE_SVM & 31));
}

/* APM 15.30.1: with SVM_LOCK set, SVMDIS stays until the next reset. */
static int check_vm_cr(struct axvm_error *err)
{
	u64 vm_cr;

	if (rdmsrq_safe(MSR_VM_CR, &vm_cr))
		return axvm_fail(err, "an outer hypervisor announces SVM and does not offer it",
				 -EOPNOTSUPP);
	if (!(vm_cr & SVM_VM_CR_SVM_DIS_MASK))
		return 0;
	if (boot_cpu_has(X86_FEATURE_SVML) || (cpuid_edx(CPUID_SVM) & BIT(2)))
		return axvm_fail(err, "SVM is locked: enable it in the firmware (BIOS setup)",
				 -EOPNOTSUPP);
	return axvm_fail(err, "SVM is turned off: enable it in the firmware (BIOS setup)",
			 -EOPNOTSUPP);
}

static bool is_taken(void)
{
	u64 efer;

	rdmsrq(MSR_EFER, efer);
	return efer & EFER_SVME;
}

/* Nested tables have the depth of the host's own (APM 15.25.3). */
static const struct axvm_s2_fmt *choose_format(void)
{
	bool huge = boot_cpu_has(X86_FEATURE_GBPAGES);

	if (native_read_cr4() & X86_CR4_LA57)
		return huge ? &x86_npt5_1g : &x86_npt5;
	return huge ? &x86_npt4_1g : &x86_npt4;
}

static void probe_caps(void)
{
	svm_caps.nr_asids = cpuid_ebx(CPUID_SVM);
	svm_caps.nrips = boot_cpu_has(X86_FEATURE_NRIPS);
	svm_caps.assists = boot_cpu_has(X86_FEATURE_DECODEASSISTS);
	svm_caps.flush_by_asid = boot_cpu_has(X86_FEATURE_FLUSHBYASID);
	svm_caps.spec_ctrl = boot_cpu_has(X86_FEATURE_V_SPEC_CTRL);
	svm_caps.pause_filter = boot_cpu_has(X86_FEATURE_PAUSEFILTER);
	svm_caps.pause_threshold = boot_cpu_has(X86_FEATURE_PFTHRESHOLD);
	svm_caps.tsc_ratio = boot_cpu_has(X86_FEATURE_TSCRATEMSR);
	if (boot_cpu_has(X86_FEATURE_VMCBCLEAN))
		svm_caps.clean = BIT(SVM_CLEAN_GROUPS) - 1;
}

static void fill_info(struct axvm_arch_info *info)
{
	info->s2_fmt = choose_format();
	info->s2_ops = &x86_s2_ops;
	info->vmids = svm_caps.nr_asids;
	info->timer_frequency = x86_tsc_khz() * 1000;
	strscpy(info->mmu_type, boot_cpu_has(X86_FEATURE_LA57) ? "5-level" : "4-level");
	x86_cpuid_probe(info);
}

static int svm_probe(struct axvm_arch_info *info, struct axvm_error *err)
{
	int ret;

	if (!cpu_has_svm())
		return axvm_fail(err, "this machine's CPUs lack SVM, AMD's virtualization",
				 -ENODEV);
	ret = check_vm_cr(err);
	if (ret)
		return ret;
	if (is_taken())
		return axvm_fail(err, "another hypervisor holds SVM; if it is KVM: rmmod kvm_amd",
				 -EBUSY);
	if (x86_host_has_kvm())
		return axvm_fail(err, "KVM is loaded and would take SVM: rmmod kvm_amd kvm",
				 -EBUSY);
	if (!boot_cpu_has(X86_FEATURE_NPT))
		return axvm_fail(err, "this machine's CPUs have SVM but lack nested paging (NPT)",
				 -EOPNOTSUPP);
	probe_caps();
	if (svm_caps.nr_asids < MIN_ASIDS)
		return axvm_fail(err, "this machine's CPUs have no ASIDs for guests", -EOPNOTSUPP);
	if (!x86_tsc_khz())
		return axvm_fail(err, "the kernel does not know how fast the TSC counts",
				 -EOPNOTSUPP);
	x86_hw = &svm_hw;
	x86_fpu_probe();
	fill_info(info);
	return 0;
}

/* --- the hardware of a CPU --- */

static int svm_cpu_enable(void)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	u64 efer;

	rdmsrq(MSR_EFER, efer);
	if (efer & EFER_SVME)
		return -EBUSY;
	wrmsrq(MSR_EFER, efer | EFER_SVME);
	rdmsrq(MSR_VM_HSAVE_PA, cpu->old_save_pa);
	wrmsrq(MSR_VM_HSAVE_PA, __sme_set(page_to_phys(cpu->save_area)));
	if (svm_caps.tsc_ratio) {
		rdmsrq(MSR_AMD64_TSC_RATIO, cpu->old_tsc_ratio);
		wrmsrq(MSR_AMD64_TSC_RATIO, SVM_TSC_RATIO_DEFAULT);
	}
	svm_tlb_init_cpu(cpu);
	cpu->enabled = true;
	return 0;
}

/* MSRs first: without EFER.SVME they may not be there. */
static void svm_cpu_disable(void)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	u64 efer;

	if (!cpu->enabled)
		return;
	cpu->enabled = false;
	if (svm_caps.tsc_ratio)
		wrmsrq(MSR_AMD64_TSC_RATIO, cpu->old_tsc_ratio);
	wrmsrq(MSR_VM_HSAVE_PA, cpu->old_save_pa);
	rdmsrq(MSR_EFER, efer);
	wrmsrq(MSR_EFER, efer & ~EFER_SVME);
}

/*
 * This CPU will halt, or start another kernel: INIT and NMI have to reach it, so
 * GIF is set, and an interrupt needs the host's TR.
 */
static void emergency(void)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	if (!cpu->enabled)
		return;
	if (cpu->foreign)
		svm_vmload(cpu->host_pa);
	cpu->foreign = false;
	svm_stgi();
	svm_cpu_disable();
}

/* --- before the first CPU, and after the last --- */

static void free_cpu_pages(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct svm_cpu *c = per_cpu_ptr(&svm_cpu, cpu);

		if (c->save_area)
			__free_page(c->save_area);
		if (c->host)
			__free_page(c->host);
		c->save_area = NULL;
		c->host = NULL;
	}
}

static int alloc_cpu_pages(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct svm_cpu *c = per_cpu_ptr(&svm_cpu, cpu);
		int node = cpu_to_node(cpu);

		c->save_area = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		c->host = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		if (!c->save_area || !c->host) {
			free_cpu_pages();
			return -ENOMEM;
		}
		c->host_pa = __sme_set(page_to_phys(c->host));
	}
	return 0;
}

static int svm_hw_init(void)
{
	int ret = x86_spec_init();

	if (ret)
		return ret;
	svm_run_init();
	ret = svm_perm_init();
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
	svm_perm_exit();
	return ret;
}

static void svm_hw_exit(void)
{
	axvm_unregister_emergency(emergency);
	x86_host_exit();
	free_cpu_pages();
	svm_perm_exit();
}

/* --- VM and vCPU --- */

static int svm_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);
	int ret;

	svm->vmcb = (struct vmcb *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!svm->vmcb)
		return -ENOMEM;
	svm->sw.vmcb = __sme_pa(svm->vmcb);
	svm->unique = x86_spec_new_vcpu();
	svm_inject_init(svm);
	svm_vmcb_init(svm);
	ret = x86_vcpu_init(vcpu);
	if (ret)
		free_page((unsigned long)svm->vmcb);
	return ret;
}

static void svm_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);

	x86_vcpu_destroy(vcpu);
	irq_work_sync(&svm->poke);
	free_page((unsigned long)svm->vmcb);
}

/* The boot vCPU powers the whole machine on; others start later with what they have then. */
static void svm_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct axvm_vm *vm = vcpu->vm;
	u32 i;

	if (!x86_is_sipi_entry(entry))
		for (i = 0; i < vm->nr_vcpus; i++)
			svm_vmcb_init(to_svm_vcpu(vm->vcpus[i]));
	x86_vcpu_reset(vcpu, entry, arg);
}

static void svm_vcpu_load(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);

	if (vcpu->last_cpu != vcpu->cpu)
		svm->vmcb->control.clean = 0;
	rdmsrq(MSR_GS_BASE, svm->sw.host_gs);
	svm->vmcb->save.gs.base = svm->sw.host_gs;
	svm->sw.host_spec = x86_spec_host_ctrl();
	svm_put_spec_ctrl(svm);
	x86_spec_load(svm->unique);
	svm_tlb_load(svm);
	x86_vcpu_load(&svm->base);
}

static void svm_vcpu_put(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);

	svm_save_drs(svm);
	x86_vcpu_put(&svm->base);
	x86_tlb_leave(x86_vm_of(&svm->base));
	x86_spec_put();
}

static void svm_vcpu_slow(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);

	if (!svm->spins) {
		x86_vcpu_slow(vcpu);
		return;
	}
	svm->spins = false;
	axvm_vcpu_give_way(vcpu);
}

static const struct axvm_device_type *const svm_device_types[] = {
	&x86_ioapic_type,
	&x86_pic_type,
	NULL
};

const struct axvm_arch_ops x86_svm_ops = {
	.name		= "svm",
	.vm_size	= sizeof(struct x86_vm),
	.vcpu_size	= sizeof(struct svm_vcpu),
	.device_types	= svm_device_types,

	.probe		= svm_probe,
	.hw_init	= svm_hw_init,
	.hw_exit	= svm_hw_exit,
	.cpu_enable	= svm_cpu_enable,
	.cpu_disable	= svm_cpu_disable,

	.vm_init	= x86_vm_init,
	.vm_destroy	= x86_vm_destroy,
	.vm_check	= x86_vm_check,

	.vcpu_init	= svm_vcpu_init,
	.vcpu_destroy	= svm_vcpu_destroy,
	.vcpu_reset	= svm_vcpu_reset,
	.vcpu_load	= svm_vcpu_load,
	.vcpu_put	= svm_vcpu_put,

	.vcpu_prepare	= svm_vcpu_prepare,
	.vcpu_enter	= svm_vcpu_enter,
	.vcpu_decode	= svm_vcpu_decode,
	.vcpu_complete	= x86_vcpu_complete,
	.vcpu_slow	= svm_vcpu_slow,

	.vcpu_has_irq	= x86_vcpu_has_irq,
	.vcpu_halt_begin = x86_vcpu_halt_begin,
	.vcpu_halt_end	= x86_vcpu_halt_end,
	.vm_pause	= x86_vm_pause,
	.vm_resume	= x86_vm_resume,
	.vcpu_dump	= x86_vcpu_dump,
};
