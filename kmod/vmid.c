// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs, given out in generations.
 *
 * A VM holds a number together with the generation in which it was given.
 * When the numbers run out a new generation begins: VMs that are loaded keep their
 * numbers, all others are given new ones when they are loaded next, and each
 * CPU forgets all translations before it loads anything in the new generation. So no entry flushes,
 * and two VMs never share a number that any TLB still knows.
 *
 * Number 0 is never given out: the hardware holds it while no VM is loaded.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "vmid.h"

#define NUMBER_MASK	GENMASK_ULL(AXVM_VMID_BITS - 1, 0)
#define GENERATION_ONE	BIT_ULL(AXVM_VMID_BITS)

static DEFINE_RAW_SPINLOCK(lock);
static unsigned int nr_numbers;			/* 1 without VMIDs */
static void (*flush_all_here)(void);
static unsigned long *used;			/* numbers of this generation [lock] */
static atomic64_t generation;
static cpumask_t flush_pending;			/* [lock] */

/* What is loaded: 0 nothing. Written by its CPU, taken away by whoever begins a generation. */
static DEFINE_PER_CPU(atomic64_t, active);
/* What was loaded when the generation began [lock]. */
static DEFINE_PER_CPU(u64, reserved);

/* One number per CPU must be free for loaded VMs, and one more to make progress. */
bool axvm_vmids_available(void)
{
	return nr_numbers > num_possible_cpus() + 1;
}

int axvm_vmids_init(unsigned int nr, void (*flush_here)(void))
{
	nr_numbers = nr;
	flush_all_here = flush_here;
	used = bitmap_zalloc(nr_numbers, GFP_KERNEL);
	if (!used)
		return -ENOMEM;
	__set_bit(0, used);
	atomic64_set(&generation, GENERATION_ONE);
	/* Whoever had the hardware before us may have left translations in any TLB. */
	cpumask_setall(&flush_pending);
	return 0;
}

void axvm_vmids_exit(void)
{
	bitmap_free(used);
}

static bool is_current(u64 vmid)
{
	return !((vmid ^ atomic64_read(&generation)) & ~NUMBER_MASK);
}

static void begin_generation(void)
{
	unsigned int cpu;
	u64 vmid;

	lockdep_assert_held(&lock);
	atomic64_add(GENERATION_ONE, &generation);
	bitmap_zero(used, nr_numbers);
	__set_bit(0, used);
	for_each_possible_cpu(cpu) {
		vmid = atomic64_xchg_relaxed(per_cpu_ptr(&active, cpu), 0);
		/* Nothing was loaded since the last one began: its number is still in use. */
		if (!vmid)
			vmid = per_cpu(reserved, cpu);
		__set_bit(vmid & NUMBER_MASK, used);
		per_cpu(reserved, cpu) = vmid;
	}
	cpumask_setall(&flush_pending);
}

/* A loaded VM carries its number into the new generation, on every CPU that has it. */
static bool keep_reserved(u64 old, u64 new)
{
	bool kept = false;
	unsigned int cpu;

	lockdep_assert_held(&lock);
	for_each_possible_cpu(cpu) {
		if (per_cpu(reserved, cpu) != old)
			continue;
		per_cpu(reserved, cpu) = new;
		kept = true;
	}
	return kept;
}

static u64 assign_locked(u64 old)
{
	u64 gen = atomic64_read(&generation);
	unsigned long number;

	lockdep_assert_held(&lock);
	if (old) {
		number = old & NUMBER_MASK;
		if (keep_reserved(old, gen | number) || !__test_and_set_bit(number, used))
			return gen | number;
	}
	number = find_first_zero_bit(used, nr_numbers);
	if (number >= nr_numbers) {
		begin_generation();
		gen = atomic64_read(&generation);
		number = find_first_zero_bit(used, nr_numbers);
	}
	__set_bit(number, used);
	return gen | number;
}

static void load_slow(atomic64_t *vmid)
{
	unsigned int cpu = smp_processor_id();
	unsigned long flags;
	u64 val;

	raw_spin_lock_irqsave(&lock, flags);
	val = atomic64_read(vmid);
	if (!is_current(val)) {
		val = assign_locked(val);
		atomic64_set(vmid, val);
	}
	if (cpumask_test_and_clear_cpu(cpu, &flush_pending))
		flush_all_here();
	atomic64_set(this_cpu_ptr(&active), val);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/*
 * Fast when the VM's number is of this generation and no generation began
 * since this CPU last looked: then active is not 0, and the exchange shows the
 * beginner of the next one what is loaded here.
 */
unsigned int axvm_vmid_load(atomic64_t *vmid)
{
	u64 val = atomic64_read(vmid);
	u64 old = atomic64_read(this_cpu_ptr(&active));

	if (!axvm_vmids_available())
		return 0;
	if (!old || !is_current(val) ||
	    atomic64_cmpxchg_relaxed(this_cpu_ptr(&active), old, val) != old)
		load_slow(vmid);
	return axvm_vmid_number(vmid);
}
