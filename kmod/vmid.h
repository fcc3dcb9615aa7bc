/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMIDs: the tags that keep the translations of VMs apart in a CPU's TLB.
 *
 * For backends whose tags belong to a VM and mean the same on all CPUs.
 */
#ifndef AXVM_VMID_H
#define AXVM_VMID_H

#include <linux/atomic.h>
#include <linux/types.h>

#define AXVM_VMID_BITS	16	/* at most */

/**
 * axvm_vmids_init() - begin to give out numbers
 * @nr: how many the hardware knows, 0 among them; a power of two up to 1 << AXVM_VMID_BITS
 * @flush_here: make this CPU forget all translations of all VMs; interrupts off
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int axvm_vmids_init(unsigned int nr, void (*flush_here)(void));
void axvm_vmids_exit(void);

/* Are there enough? If not no number is ever given out, and every load has to flush. */
bool axvm_vmids_available(void);

/**
 * axvm_vmid_load() - a number that is valid on this CPU from now on
 * @vmid: generation and number of the VM; 0 in a new one
 *
 * Context: preemption off.
 *
 * Return: the number; 0 when axvm_vmids_available() says no.
 */
unsigned int axvm_vmid_load(atomic64_t *vmid);

/* The number in it. Any context. */
static inline unsigned int axvm_vmid_number(const atomic64_t *vmid)
{
	return atomic64_read(vmid) & (BIT_ULL(AXVM_VMID_BITS) - 1);
}

#endif /* AXVM_VMID_H */
