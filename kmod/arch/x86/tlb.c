// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 entries that are taken away: every CPU that runs the VM has to hear of it.
 *
 * join and leave are called when a vCPU is put on a CPU and leaves it; the stage-2 hook in
 * process context on any CPU. Forgetting is the vendor's: each vCPU does it for itself when it
 * sees that s2_changed is not what it was when it did so last.
 */
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "arch/x86/x86.h"

/*
 * s2_changed is read after the CPU was put into the mask, with a barrier in
 * between, and before the guest runs: flush() finds either of them changed.
 */
void x86_tlb_join(struct x86_vm *vm)
{
	cpumask_set_cpu(smp_processor_id(), &vm->cpus);
	smp_mb__after_atomic(); /* flush() */
}

void x86_tlb_leave(struct x86_vm *vm)
{
	cpumask_clear_cpu(smp_processor_id(), &vm->cpus);
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
	struct x86_vm *vm = container_of(s2, struct x86_vm, base.gmem.s2);

	atomic64_inc(&vm->s2_changed);
	smp_mb__after_atomic(); /* x86_tlb_join() and begin_guest() in vcpu.c */
	on_each_cpu_mask(&vm->cpus, have_left_guest, NULL, true);
}

const struct axvm_s2_ops x86_s2_ops = {
	.flush = flush,
};
