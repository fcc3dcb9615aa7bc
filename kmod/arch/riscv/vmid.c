// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs: the tags that keep the translations of VMs apart in a CPU's TLB.
 *
 * A VM holds a number together with the generation in which it was given.
 * When the numbers run out a new generation begins: VMs that are loaded keep their
 * numbers, all others are given new ones when they are loaded next, and each
 * CPU forgets all translations before it loads anything in the new generation. So no entry flushes,
 * and two VMs never share a number that any TLB still knows.
 *
 * Number 0 is never given out: hgatp holds it while no VM is loaded. Without
 * VMIDs in the hardware every load flushes, see tlb.c.
 */
#include <linux/bitmap.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "riscv.h"

#define NUMBER_BITS	14		/* hgatp.VMID, RV64 */
#define NUMBER_MASK	GENMASK_ULL(NUMBER_BITS - 1, 0)
#define GENERATION_ONE	BIT_ULL(NUMBER_BITS)

static DEFINE_RAW_SPINLOCK(lock);
static unsigned int nr_numbers;			/* 1 without VMIDs */
static unsigned long *used;			/* numbers of this generation [lock] */
static atomic64_t generation;
static cpumask_t flush_pending;			/* [lock] */

/* What is loaded: 0 nothing. Written by its CPU, taken away by whoever begins a generation. */
static DEFINE_PER_CPU(atomic64_t, active);
/* What was loaded when the generation began [lock]. */
static DEFINE_PER_CPU(u64, reserved);

/* hgatp.VMID: "the number of VMID bits, VMIDLEN, may be determined by writing one to every bit" */
u32 rv_vmid_probe(void)
{
	unsigned long old, got;

	preempt_disable();
	old = csr_swap(CSR_HGATP, (rv_hgatp_mode() << HGATP_MODE_SHIFT) | HGATP_VMID);
	got = csr_swap(CSR_HGATP, old);
	rv_hfence_gvma_all();
	preempt_enable();
	nr_numbers = ((got & HGATP_VMID) >> HGATP_VMID_SHIFT) + 1;
	return nr_numbers > 1 ? nr_numbers : 0;
}

/* One number per CPU must be free for loaded VMs, and one more to make progress. */
bool rv_vmid_available(void)
{
	return nr_numbers > num_possible_cpus() + 1;
}

int rv_vmid_init(void)
{
	used = bitmap_zalloc(nr_numbers, GFP_KERNEL);
	if (!used)
		return -ENOMEM;
	__set_bit(0, used);
	atomic64_set(&generation, GENERATION_ONE);
	return 0;
}

void rv_vmid_exit(void)
{
	bitmap_free(used);
}

unsigned long rv_vmid_number(const struct rv_vm *vm)
{
	return atomic64_read(&vm->vmid) & NUMBER_MASK;
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

static void load_slow(struct rv_vm *vm)
{
	unsigned int cpu = smp_processor_id();
	unsigned long flags;
	u64 vmid;

	raw_spin_lock_irqsave(&lock, flags);
	vmid = atomic64_read(&vm->vmid);
	if (!is_current(vmid)) {
		vmid = assign_locked(vmid);
		atomic64_set(&vm->vmid, vmid);
	}
	if (cpumask_test_and_clear_cpu(cpu, &flush_pending))
		rv_hfence_gvma_all();
	atomic64_set(this_cpu_ptr(&active), vmid);
	raw_spin_unlock_irqrestore(&lock, flags);
}

/*
 * Fast when the VM's number is of this generation and no generation began
 * since this CPU last looked: then active is not 0, and the exchange shows the
 * beginner of the next one what is loaded here.
 */
unsigned long rv_vmid_load(struct rv_vm *vm)
{
	u64 vmid = atomic64_read(&vm->vmid);
	u64 old = atomic64_read(this_cpu_ptr(&active));

	if (!rv_vmid_available())
		return 0;	/* rv_tlb_sanitize() flushes */
	if (!old || !is_current(vmid) ||
	    atomic64_cmpxchg_relaxed(this_cpu_ptr(&active), old, vmid) != old)
		load_slow(vm);
	return rv_vmid_number(vm);
}
