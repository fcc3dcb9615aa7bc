// SPDX-License-Identifier: GPL-2.0
/*
 * TLB maintenance for guests.
 *
 * Privileged specification, "Hypervisor Memory-Management Instructions":
 * HFENCE.VVMA orders VS-stage translations of the current VMID, HFENCE.GVMA
 * G-stage ones and what was derived from them.
 */
#include <linux/smp.h>
#include <asm/insn-def.h>
#include <asm/sbi.h>

#include "riscv.h"

void rv_hfence_gvma_all(void)
{
	asm volatile(HFENCE_GVMA(zero, zero) : : : "memory");
}

/*
 * After a fault whose cause was found to be gone: this CPU may remember the
 * absent entry, "Memory-Management Fences" allows that. rs1 has the address divided by 4.
 */
void rv_hfence_gvma(u64 gpa)
{
	register unsigned long where asm("a0") = gpa >> 2;

	asm volatile(HFENCE_GVMA(a0, zero) : : "r" (where) : "memory");
}

/* Everything that this CPU cached of the VS-stage under the current VMID, and fetched code. */
void rv_fence_local(void)
{
	asm volatile(HFENCE_VVMA(zero, zero) : : : "memory");
	asm volatile("fence.i" : : : "memory");
}

/*
 * ASIDs belong to a hart, the VMID to the whole VM: translations that another
 * vCPU of the VM left on this CPU may look like ours. And what this vCPU
 * fenced while it was elsewhere may still be cached here.
 */
void rv_tlb_sanitize(struct rv_vcpu *v)
{
	struct rv_vm *vm = rv_vm_of(v);
	struct rv_last_ran *last = this_cpu_ptr(vm->last_ran);
	u64 vmid = atomic64_read(&vm->vmid);

	if (!axvm_vmids_available())
		rv_hfence_gvma_all();
	else if (last->vcpu == v->base.id && last->vmid == vmid &&
		 v->base.last_cpu == v->base.cpu)
		return;
	last->vcpu = v->base.id;
	last->vmid = vmid;
	cpumask_set_cpu(v->base.cpu, &vm->cpus);
	rv_fence_local();
}

static void fence_all_here(void *unused)
{
	rv_hfence_gvma_all();
}

static int remote_fence(struct rv_vm *vm, u64 gpa, u64 len)
{
	if (!axvm_vmids_available())
		return sbi_remote_hfence_gvma(&vm->flush_cpus, gpa, len);
	return sbi_remote_hfence_gvma_vmid(&vm->flush_cpus, gpa, len, axvm_vmid_number(&vm->vmid));
}

/*
 * The firmware returns when every CPU in the mask has executed the fence. A
 * fence by address orders leaves only: where tables went, everything goes. A
 * CPU that is offline flushed when it left; one that goes just now makes the
 * firmware refuse, and then each CPU does it itself.
 */
static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct rv_vm *vm = container_of(s2, struct rv_vm, base.gmem.s2);

	if (len == axvm_s2_limit(s2))
		len = -1UL;
	cpumask_and(&vm->flush_cpus, &vm->cpus, cpu_online_mask);
	if (cpumask_empty(&vm->flush_cpus))
		return;
	if (remote_fence(vm, gpa, len))
		on_each_cpu_mask(&vm->cpus, fence_all_here, NULL, true);
}

const struct axvm_s2_ops rv_s2_ops = {
	.flush = flush,
};
