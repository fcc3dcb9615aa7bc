// SPDX-License-Identifier: GPL-2.0
/*
 * ASIDs: given to vCPUs by each CPU for itself.
 *
 * A number is given once in a generation, so giving a vCPU a new one makes it
 * forget all its translations. When the numbers run out a generation ends:
 * the CPU forgets everything tagged before it uses a number again. Called with
 * preemption off on the CPU in question, so no lock. APM 15.16.
 */
#include <linux/export.h>
#include <kunit/visibility.h>

#include "arch/x86/svm_asid.h"

void svm_asids_init(struct svm_asids *asids, u32 nr)
{
	asids->generation++;
	asids->next = 1;
	asids->nr = nr;
	asids->flush = true;
}
EXPORT_SYMBOL_IF_KUNIT(svm_asids_init);

void svm_asid_renew(struct svm_asids *asids, int cpu, struct svm_tag *tag)
{
	if (asids->next >= asids->nr)
		svm_asids_init(asids, asids->nr);
	tag->generation = asids->generation;
	tag->cpu = cpu;
	tag->asid = asids->next++;
}
EXPORT_SYMBOL_IF_KUNIT(svm_asid_renew);
