// SPDX-License-Identifier: GPL-2.0
/*
 * Coherency between the host's cacheable view of guest memory and guests whose caches are off.
 *
 * A guest begins with its MMU off: its accesses are then Device or Non-cacheable and go
 * past the caches (Arm ARM D8.2.12.1), where what the host wrote may still
 * lie. FEAT_S2FWB makes them cacheable whatever the guest says; without it axvm
 * cleans pages before guests get them, and watches for the caches going on and off.
 * See Documentation/ordering.rst.
 */
#include <linux/sched.h>
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/kvm_arm.h>

#include "arm64.h"

/* Arm ARM D7.5.9.3: "DC CIVAC", clean and invalidate to the point of coherency. */
void a64_cache_clean(void *addr, size_t len)
{
	unsigned long line = a64_host.dcache_line;
	unsigned long at = ALIGN_DOWN((unsigned long)addr, line), end = (unsigned long)addr + len;

	for (; at < end; at += line)
		asm volatile("dc civac, %0" : : "r" (at) : "memory");
	dsb(sy);
}

/*
 * The instruction caches of all CPUs; whole, because one that is indexed by
 * virtual address may hold the page under addresses that only guests know.
 */
void a64_cache_inval_code(void)
{
	asm volatile("ic ialluis" : : : "memory");
	dsb(ish);
}

/* Past the point of coherency lies everything that fetches: cleaning to it serves both. */
void a64_cache_publish(u64 phys, u64 len, u32 prot)
{
	if (!a64_host.fwb || !a64_host.idc)
		a64_cache_clean(phys_to_virt(phys), len);
	if (prot & AXVM_PROT_EXEC && !a64_host.dic)
		a64_cache_inval_code();
}

/* --- guests that turn their caches on and off --- */

/* A guest of a VM that is to stop does not go on: nothing of its memory matters any more. */
static bool has_to_stop(const struct a64_vcpu *v)
{
	return test_bit(AXVM_REQ_STOP, &v->base.requests);
}

static void clean_region(struct a64_vcpu *v, const struct axvm_region *region)
{
	struct axvm_gmem *gmem = &v->base.vm->gmem;
	u64 gpa, end = region->cfg.gpa + region->cfg.len;

	gpa = axvm_gmem_find_backed(gmem, region->cfg.gpa, end);
	while (gpa < end && !has_to_stop(v)) {
		a64_cache_clean(axvm_gmem_kva(gmem, gpa), PAGE_SIZE);
		cond_resched();
		gpa = axvm_gmem_find_backed(gmem, gpa + PAGE_SIZE, end);
	}
}

/* Regions do not change while a VM runs. */
static void clean_memory(struct a64_vcpu *v)
{
	struct axvm_gmem *gmem = &v->base.vm->gmem;
	unsigned int i;

	for (i = 0; i < gmem->nr_regions; i++)
		clean_region(v, &gmem->regions[i]);
}

static bool caches_are_on(struct a64_vcpu *v)
{
	u64 on = SCTLR_ELx_M | SCTLR_ELx_C;

	return (a64_sys_get(v, A64_SCTLR) & on) == on;
}

/* With Cavium's erratum 219 (ThunderX2) the writes trap whether they are watched or not. */
static void watch(struct a64_vcpu *v, bool on)
{
	v->caches_watched = on;
	if (on || cpus_have_final_cap(ARM64_WORKAROUND_CAVIUM_TX2_219_TVM))
		v->ctx->el2.hcr |= HCR_TVM;
	else
		v->ctx->el2.hcr &= ~(u64)HCR_TVM;
}

/*
 * Set/way operations reach one CPU's caches only, and mean nothing to a vCPU that
 * may move: the whole of memory is cleaned once, and the guest watched until its
 * caches are on or off: it does not use them in between for anything else.
 */
void a64_cache_set_way(struct a64_vcpu *v)
{
	if (a64_host.fwb || v->caches_watched)
		return;
	clean_memory(v);
	v->caches_on = caches_are_on(v);
	watch(v, true);
}

void a64_cache_toggled(struct a64_vcpu *v)
{
	bool on = caches_are_on(v);

	if (!v->caches_watched)
		return;
	if (on != v->caches_on)
		clean_memory(v);
	v->caches_on = on;
	if (on)
		watch(v, false);
}

void a64_cache_reset(struct a64_vcpu *v)
{
	v->caches_on = false;
	watch(v, !a64_host.fwb);
}

/* --- what guests are told of caches, where the CPUs differ: HCR_EL2.TID2 --- */

#define SEPARATE	3	/* CLIDR_EL1.Ctype<n>: instruction and data caches */

bool a64_cache_ids_differ(void)
{
	return cpus_have_final_cap(ARM64_MISMATCHED_CACHE_TYPE);
}

/* One level, which is all that maintenance by address has to know. */
static u64 describe_levels(u64 ctr)
{
	u64 unification = ctr & CTR_EL0_IDC_MASK ? 0 : 1;

	return SYS_FIELD_PREP(CLIDR_EL1, Ctype1, SEPARATE) | SYS_FIELD_PREP(CLIDR_EL1, LoC, 1) |
	       SYS_FIELD_PREP(CLIDR_EL1, LoUU, unification) |
	       SYS_FIELD_PREP(CLIDR_EL1, LoUIS, unification);
}

/*
 * The smallest line, one set of one way: any way names all of it, as set/way is done by
 * address here. Arm ARM, CTR_EL0 counts words, CCSIDR_EL1 from 16 bytes on.
 */
static u64 describe_cache(u64 ctr)
{
	u64 words = read_sysreg(csselr_el1) & CSSELR_EL1_InD ?
		    SYS_FIELD_GET(CTR_EL0, IminLine, ctr) : SYS_FIELD_GET(CTR_EL0, DminLine, ctr);

	return SYS_FIELD_PREP(CCSIDR_EL1, LineSize, words - min_t(u64, words, 2));
}

/* CSSELR_EL1 is the guest's while it is loaded, with VHE and without. */
static void select_cache(u64 val)
{
	write_sysreg(val & (CSSELR_EL1_Level | CSSELR_EL1_InD), csselr_el1);
	isb();
}

bool a64_cache_id_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);

	if (write && encoding != SYS_CSSELR_EL1)
		return false;
	if (write)
		select_cache(*val);
	else if (encoding == SYS_CTR_EL0)
		*val = ctr;
	else if (encoding == SYS_CLIDR_EL1)
		*val = describe_levels(ctr);
	else if (encoding == SYS_CCSIDR_EL1)
		*val = describe_cache(ctr);
	else
		*val = read_sysreg(csselr_el1);
	return true;
}
