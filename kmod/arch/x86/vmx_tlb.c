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

	return vmx_caps.msrs.ept_vpid & VMX_EPT_AD_BIT ? eptp | VMX_EPTP_AD_ENABLE_BIT : eptp;
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
	vmx->s2_seen = atomic64_read(&x86_vm_of(&vmx->base)->s2_changed);
	invept(VMX_EPT_EXTENT_CONTEXT, vmx_eptp(vmx));
}

void vmx_tlb_load(struct vmx_vcpu *vmx, bool moved)
{
	x86_tlb_join(x86_vm_of(&vmx->base));
	if (moved)
		vmx_tlb_flush(vmx);
	if (moved || vmx_tlb_is_stale(vmx))
		vmx_tlb_flush_s2(vmx);
}
