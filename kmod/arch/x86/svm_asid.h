/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ASIDs: the tags that keep translations of vCPUs and of the host apart in a CPU's TLB.
 *
 * Each CPU gives its own, in generations; see svm_asid.c.
 */
#ifndef AXVM_SVM_ASID_H
#define AXVM_SVM_ASID_H

#include <linux/types.h>

/**
 * struct svm_asids - what a CPU has given out
 * @generation: counts the times that the numbers ran out; from 1 on
 * @next: to be given next
 * @nr: numbers are below this; 0 is the host's
 * @flush: the next VMRUN on this CPU has to forget every guest's translations
 */
struct svm_asids {
	u64 generation;
	u32 next;
	u32 nr;
	bool flush;
};

/**
 * struct svm_tag - what a vCPU holds
 * @generation: of the CPU when it was given, 0 = nothing
 * @cpu: on which it is valid
 * @asid: number
 */
struct svm_tag {
	u64 generation;
	int cpu;
	u32 asid;
};

/* A CPU about which nothing is known. */
void svm_asids_init(struct svm_asids *asids, u32 nr);

/* Give a vCPU a number that no translation is tagged with. Preemption off. */
void svm_asid_renew(struct svm_asids *asids, int cpu, struct svm_tag *tag);

/* Is what the vCPU holds still good on this CPU? Preemption off. */
static inline bool svm_asid_is_valid(const struct svm_asids *asids, int cpu,
				     const struct svm_tag *tag)
{
	return tag->generation == asids->generation && tag->cpu == cpu;
}

#endif /* AXVM_SVM_ASID_H */
