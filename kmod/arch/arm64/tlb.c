// SPDX-License-Identifier: GPL-2.0
/*
 * Stage 2 of VMs in the CPU: VTTBR_EL2, VMIDs, and TLB maintenance.
 *
 * TLBI instructions reach all CPUs of the inner-shareable domain, which are
 * all that run this kernel: no CPU is interrupted for it.
 */
#include <linux/percpu.h>
#include <asm/kvm_arm.h>

#include "arm64.h"
#include "s2_fmt.h"

/* More pages than that: forget the whole VM. */
#define MAX_PAGES	64

const struct axvm_s2_fmt *a64_s2_format(unsigned int ipa_bits)
{
	const struct axvm_s2_fmt *fmts = a64_host.fwb ? a64_s2_formats_fwb : a64_s2_formats;
	unsigned int i = A64_NR_S2_FORMATS - 1;

	while (i && fmts[i].gpa_bits > ipa_bits)
		i--;
	return &fmts[i];
}

u64 a64_vtcr(const struct axvm_s2_fmt *fmt)
{
	return a64_s2_vtcr(fmt) |
	       (a64_host.vmid_bits == 16 ? VTCR_EL2_VS_16BIT : VTCR_EL2_VS_8BIT);
}

static u64 vttbr_of(const struct a64_vm *vm)
{
	u64 root = phys_to_ttbr(virt_to_phys(vm->base.gmem.s2.root));

	return root | (u64)axvm_vmid_number(&vm->vmid) << VTTBR_VMID_SHIFT;
}

/* The operation needs no VM: any registers do. */
static void flush_here(void)
{
	a64_world->tlb(A64_TLB_ALL_LOCAL, 0, 0, 0);
}

int a64_vmid_init(void)
{
	return axvm_vmids_init(1U << a64_host.vmid_bits, flush_here);
}

/*
 * A VMID belongs to a VM, ASIDs to each of its vCPUs: what another vCPU left on
 * this CPU may look like ours. A vCPU's own entries on other CPUs are no matter: HCR_EL2.FB
 * makes its maintenance reach all of them.
 */
void a64_vttbr_load(struct a64_vcpu *v)
{
	struct a64_vm *vm = a64_vm_of(v);
	u32 *last = this_cpu_ptr(vm->last_ran);
	bool shared = !axvm_vmids_available();

	axvm_vmid_load(&vm->vmid);
	v->ctx->el2.vttbr = vttbr_of(vm);
	if (!shared && *last == v->base.id + 1)
		return;
	*last = v->base.id + 1;
	a64_world->tlb(A64_TLB_VMID_LOCAL, v->ctx->el2.vttbr, v->ctx->el2.vtcr, 0);
}

/* One page takes all of a block that it lies in. */
static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct a64_vm *vm = container_of(s2, struct a64_vm, base.gmem.s2);
	u64 vttbr = vttbr_of(vm), vtcr = a64_vtcr(s2->fmt), end = gpa + len;

	preempt_disable();
	if (len > MAX_PAGES * PAGE_SIZE)
		a64_world->tlb(A64_TLB_VMID, vttbr, vtcr, 0);
	else
		for (; gpa < end; gpa += PAGE_SIZE)
			a64_world->tlb(A64_TLB_IPA, vttbr, vtcr, gpa);
	preempt_enable();
}

const struct axvm_s2_ops a64_s2_ops = {
	.flush = flush,
	.publish = a64_cache_publish,
};
