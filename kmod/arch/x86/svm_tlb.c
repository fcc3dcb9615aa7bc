// SPDX-License-Identifier: GPL-2.0
/*
 * TLB maintenance for SVM guests: a vCPU forgets by getting another ASID.
 *
 * load, put and flush run on the vCPU's thread; the stage-2 hook in process
 * context on any CPU. APM 15.16.
 */
#include <linux/smp.h>

#include "arch/x86/svm.h"

void svm_tlb_init_cpu(struct svm_cpu *cpu)
{
	svm_asids_init(&cpu->asids, svm_caps.nr_asids);
}

static void set_tlb_control(struct svm_vcpu *svm, u8 control)
{
	svm->vmcb->control.tlb_ctl = control;
	svm->after |= SVM_AFTER_TLB;
}

static void set_tag(struct svm_vcpu *svm, struct svm_cpu *cpu)
{
	svm_asid_renew(&cpu->asids, smp_processor_id(), &svm->tag);
	svm->vmcb->control.asid = svm->tag.asid;
	set_tlb_control(svm, cpu->asids.flush ? TLB_CONTROL_FLUSH_ALL_ASID :
						TLB_CONTROL_DO_NOTHING);
	svm_dirty(svm, SVM_CLEAN_ASID);
}

void svm_tlb_load(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	x86_tlb_join(x86_vm_of(&svm->base));
	if (svm_tlb_is_stale(svm) ||
	    !svm_asid_is_valid(&cpu->asids, smp_processor_id(), &svm->tag))
		svm_tlb_flush(svm);
}

void svm_tlb_flush(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	svm->s2_seen = atomic64_read(&x86_vm_of(&svm->base)->s2_changed);
	if (!svm_caps.flush_by_asid ||
	    !svm_asid_is_valid(&cpu->asids, smp_processor_id(), &svm->tag))
		set_tag(svm, cpu);
	else if (svm->vmcb->control.tlb_ctl != TLB_CONTROL_FLUSH_ALL_ASID)
		set_tlb_control(svm, TLB_CONTROL_FLUSH_ASID);
}

void svm_tlb_flushed(struct svm_vcpu *svm)
{
	if (svm->vmcb->control.tlb_ctl == TLB_CONTROL_FLUSH_ALL_ASID)
		this_cpu_write(svm_cpu.asids.flush, false);
	svm->vmcb->control.tlb_ctl = TLB_CONTROL_DO_NOTHING;
}
