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

/*
 * s2_changed is read after the CPU was put into the mask, with a barrier in
 * between, and before the guest runs: flush() finds either of them changed.
 */
void svm_tlb_load(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	cpumask_set_cpu(smp_processor_id(), &svm_vm_of(svm)->cpus);
	smp_mb__after_atomic(); /* flush() */
	if (svm_tlb_is_stale(svm) ||
	    !svm_asid_is_valid(&cpu->asids, smp_processor_id(), &svm->tag))
		svm_tlb_flush(svm);
}

void svm_tlb_put(struct svm_vcpu *svm)
{
	cpumask_clear_cpu(smp_processor_id(), &svm_vm_of(svm)->cpus);
}

void svm_tlb_flush(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	svm->s2_seen = atomic64_read(&svm_vm_of(svm)->s2_changed);
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

static void have_left_guest(void *unused)
{
}

/*
 * A vCPU that runs now leaves its guest for the interrupt; before it enters
 * again, and before any other is loaded, it sees the new count.
 */
static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct svm_vm *vm = container_of(s2, struct svm_vm, base.base.gmem.s2);

	atomic64_inc(&vm->s2_changed);
	smp_mb__after_atomic(); /* svm_tlb_load() and begin_guest() in vcpu.c */
	on_each_cpu_mask(&vm->cpus, have_left_guest, NULL, true);
}

const struct axvm_s2_ops svm_s2_ops = {
	.flush = flush,
};
