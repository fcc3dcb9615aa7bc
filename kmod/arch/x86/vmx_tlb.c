// SPDX-License-Identifier: GPL-2.0
/*
 * TLB maintenance for VMX guests.
 *
 * Guest-virtual translations carry a VPID, guest-physical ones the EPT pointer (SDM 3, 29.4.1);
 * INVVPID and INVEPT forget those of one of them, on their own CPU. A vCPU that comes to a
 * CPU may find what it has left there long ago, also what another VM has left whose tables
 * were at the same place: so it forgets both then. Load, put and flush run on the vCPU's
 * thread; the stage-2 hook in process context on any CPU.
 */
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "arch/x86/vmx.h"

#define MAX_VPID	U16_MAX

static DEFINE_IDA(vpids);

/* Number 0 is the host's. Without a number the hardware forgets at each entry and exit. */
int vmx_vpid_get(struct vmx_vcpu *vmx)
{
	int id;

	vmx->vpid = 0;
	if (!vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENABLE_VPID))
		return 0;
	id = ida_alloc_range(&vpids, 1, MAX_VPID, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		return id;
	vmx->vpid = id;
	return 0;
}

void vmx_vpid_put(struct vmx_vcpu *vmx)
{
	if (vmx->vpid)
		ida_free(&vpids, vmx->vpid);
}

u64 vmx_eptp(const struct vmx_vcpu *vmx)
{
	u64 eptp = __pa(vmx->base.base.vm->gmem.s2.root) | VMX_EPTP_PWL_4 | VMX_EPTP_MT_WB;

	return vmx_caps.ept_vpid & VMX_EPT_AD_BIT ? eptp | VMX_EPTP_AD_ENABLE_BIT : eptp;
}

static void invept(unsigned long extent, u64 eptp)
{
	const u64 operand[2] = { eptp, 0 };
	bool bad;

	asm volatile("invept %1, %2"
		     : "=@ccbe" (bad) : "m" (operand), "r" (extent) : "memory");
	if (unlikely(bad))
		pr_err_ratelimited("axvm: INVEPT failed\n");
}

static void invvpid(unsigned long extent, u16 vpid)
{
	const u64 operand[2] = { vpid, 0 };
	bool bad;

	asm volatile("invvpid %1, %2"
		     : "=@ccbe" (bad) : "m" (operand), "r" (extent) : "memory");
	if (unlikely(bad))
		pr_err_ratelimited("axvm: INVVPID failed\n");
}

void vmx_tlb_init_cpu(void)
{
	invept(VMX_EPT_EXTENT_GLOBAL, 0);
	if (vmx_has(VMX_SECONDARY, SECONDARY_EXEC_ENABLE_VPID))
		invvpid(VMX_VPID_EXTENT_ALL_CONTEXT, 0);
}

void vmx_tlb_flush(struct vmx_vcpu *vmx)
{
	if (vmx->vpid)
		invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT, vmx->vpid);
}

/* Combined translations, guest-virtual to host-physical, go as well (29.4.3.1). */
void vmx_tlb_flush_s2(struct vmx_vcpu *vmx)
{
	vmx->s2_seen = atomic64_read(&vmx_vm_of(vmx)->s2_changed);
	invept(VMX_EPT_EXTENT_CONTEXT, vmx_eptp(vmx));
}

/*
 * s2_changed is read after the CPU was put into the mask, with a barrier in
 * between, and before the guest runs: flush() finds either of them changed.
 */
void vmx_tlb_load(struct vmx_vcpu *vmx, bool moved)
{
	cpumask_set_cpu(smp_processor_id(), &vmx_vm_of(vmx)->cpus);
	smp_mb__after_atomic(); /* flush() */
	if (moved)
		vmx_tlb_flush(vmx);
	if (moved || vmx_tlb_is_stale(vmx))
		vmx_tlb_flush_s2(vmx);
}

void vmx_tlb_put(struct vmx_vcpu *vmx)
{
	cpumask_clear_cpu(smp_processor_id(), &vmx_vm_of(vmx)->cpus);
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
	struct vmx_vm *vm = container_of(s2, struct vmx_vm, base.base.gmem.s2);

	atomic64_inc(&vm->s2_changed);
	smp_mb__after_atomic(); /* vmx_tlb_load() and begin_guest() in vcpu.c */
	on_each_cpu_mask(&vm->cpus, have_left_guest, NULL, true);
}

const struct axvm_s2_ops vmx_s2_ops = {
	.flush = flush,
};
