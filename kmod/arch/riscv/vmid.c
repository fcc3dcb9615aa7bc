// SPDX-License-Identifier: GPL-2.0
/*
 * How many VMIDs the harts know. Without any every load flushes, see tlb.c.
 */
#include "riscv.h"

static u32 nr_vmids;

/* hgatp.VMID: "the number of VMID bits, VMIDLEN, may be determined by writing one to every bit" */
u32 rv_vmid_probe(void)
{
	unsigned long old, got;

	preempt_disable();
	old = csr_swap(CSR_HGATP, (rv_hgatp_mode() << HGATP_MODE_SHIFT) | HGATP_VMID);
	got = csr_swap(CSR_HGATP, old);
	rv_hfence_gvma_all();
	preempt_enable();
	nr_vmids = ((got & HGATP_VMID) >> HGATP_VMID_SHIFT) + 1;
	return nr_vmids > 1 ? nr_vmids : 0;
}

int rv_vmid_init(void)
{
	return axvm_vmids_init(nr_vmids, rv_hfence_gvma_all);
}
