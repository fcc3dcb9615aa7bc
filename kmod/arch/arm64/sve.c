// SPDX-License-Identifier: GPL-2.0
/*
 * SVE of guests: which vector lengths there are, and the registers of a VM that asked for them.
 *
 * The kernel keeps FP/SIMD registers over a softirq's use of the unit, but not
 * what SVE adds. So these are in the CPU only while interrupts are off: in before
 * the loop of runs, out behind it. The length is the VM's then (ZCR_EL2, with
 * VHE under the name ZCR_EL1; without, ZCR_EL1, and hyp/ limits the guest).
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "arm64.h"
#include "compat.h"
#include "sve.h"

#ifdef CONFIG_ARM64_SVE

#define QUAD		16	/* bytes: lengths are multiples of it */
#define MAX_QUADS	16	/* Arm ARM: 2048 bits */

/* Bit n: vectors of n + 1 quads. Lengths of all CPUs, and of any CPU. */
static DEFINE_RAW_SPINLOCK(lengths_lock);
static u32 common_lengths = ~0;
static u32 known_lengths;
static struct cpumask probed_cpus;

static u64 swap_limit(u64 zcr)
{
	u64 old = read_sysreg_s(SYS_ZCR_EL1);

	if (old != zcr) {
		write_sysreg_s(zcr, SYS_ZCR_EL1);
		isb();
	}
	return old;
}

static u64 limit_of(unsigned int len)
{
	return len / QUAD - 1;
}

/*
 * Arm ARM, ZCR_EL1.LEN: a length that is not implemented gives the next one below. In
 * streaming mode it is not ZCR_EL1 that limits: then nothing is learned, and the search ends.
 */
static u32 probe_lengths(void)
{
	u64 old = read_sysreg_s(SYS_ZCR_EL1);
	unsigned int limit = MAX_QUADS, quads;
	u32 found = 0;

	while (limit) {
		swap_limit(limit - 1);
		quads = a64_sve_len() / QUAD;
		if (!quads || quads > limit)
			break;
		found |= BIT(quads - 1);
		limit = quads - 1;
	}
	swap_limit(old);
	return found;
}

/*
 * What a process has in longer vectors is lost by shorter ones: the kernel saves it before, which
 * it does not do with interrupts off, where a CPU comes back from sleep. It is known by then.
 */
void a64_sve_probe_cpu(void)
{
	struct user_fpsimd_state kept;
	unsigned long flags;
	u32 found;

	if (!system_supports_sve() || cpumask_test_and_set_cpu(smp_processor_id(), &probed_cpus))
		return;
	axvm_neon_begin(&kept);
	raw_spin_lock_irqsave(&lengths_lock, flags);
	found = probe_lengths();
	common_lengths &= found;
	known_lengths |= found;
	raw_spin_unlock_irqrestore(&lengths_lock, flags);
	axvm_neon_end(&kept);
}

/*
 * A guest finds lengths as we do. So it may have one only when all the shorter ones
 * are the same on all CPUs: otherwise it would see them change.
 */
unsigned int a64_sve_max_len(void)
{
	u32 common = READ_ONCE(common_lengths), differ = common ^ READ_ONCE(known_lengths);
	unsigned int n;

	if (!system_supports_sve())
		return 0;
	for (n = MAX_QUADS; n; n--)
		if (common & BIT(n - 1) && !(differ & GENMASK(n - 1, 0)))
			return n * QUAD;
	return 0;
}

static void show(struct a64_vm *vm)
{
	u64 zfr0 = read_sanitised_ftr_reg(SYS_ID_AA64ZFR0_EL1);

	vm->id_regs[a64_id_index(4, 0)] |= SYS_FIELD_PREP_ENUM(ID_AA64PFR0_EL1, SVE, IMP);
	vm->id_regs[a64_id_index(4, 4)] = zfr0;
}

int a64_sve_vm_init(struct a64_vm *vm, unsigned int len)
{
	if (!len)
		return 0;
	if (len > a64_sve_max_len() || len % QUAD || !(common_lengths & BIT(len / QUAD - 1)))
		return -EINVAL;
	vm->sve_len = len;
	show(vm);
	return 0;
}

int a64_sve_vcpu_init(struct a64_vcpu *v)
{
	unsigned int len = a64_vm_of(v)->sve_len;

	if (!len)
		return 0;
	v->sve = kzalloc(a64_sve_size(len), GFP_KERNEL_ACCOUNT);
	return v->sve ? 0 : -ENOMEM;
}

void a64_sve_reset(struct a64_vcpu *v)
{
	unsigned int len = a64_vm_of(v)->sve_len;

	if (!len)
		return;
	memset(v->sve, 0, a64_sve_size(len));
	v->ctx->flags |= A64_CTX_SVE;
	v->ctx->el2.zcr = limit_of(len);
	if (a64_host.vhe)
		v->ctx->el2.cptr |= CPACR_ELx_ZEN;
	else
		v->ctx->el2.cptr &= ~(u64)CPTR_EL2_TZ;
}

/* With VHE, ZCR_EL2 has the VM's length from here to leave: it is the guest's limit as well. */
void a64_sve_enter(struct a64_vcpu *v)
{
	struct a64_context *ctx = v->ctx;

	if (likely(!v->sve))
		return;
	v->sve_host_zcr = swap_limit(ctx->el2.zcr);
	a64_sve_load(v->sve + a64_sve_ffr(a64_vm_of(v)->sve_len), &ctx->fp.fpsr);
	if (a64_host.vhe)
		write_sysreg_s(ctx->sys[A64_ZCR], SYS_ZCR_EL12);
}

void a64_sve_leave(struct a64_vcpu *v)
{
	struct a64_context *ctx = v->ctx;

	if (likely(!v->sve))
		return;
	if (a64_host.vhe)
		ctx->sys[A64_ZCR] = read_sysreg_s(SYS_ZCR_EL12);
	a64_sve_save(v->sve + a64_sve_ffr(a64_vm_of(v)->sve_len), &ctx->fp.fpsr);
	swap_limit(v->sve_host_zcr);
}

#else

void a64_sve_probe_cpu(void)
{
}

unsigned int a64_sve_max_len(void)
{
	return 0;
}

int a64_sve_vm_init(struct a64_vm *vm, unsigned int len)
{
	return len ? -EINVAL : 0;
}

int a64_sve_vcpu_init(struct a64_vcpu *v)
{
	return 0;
}

void a64_sve_reset(struct a64_vcpu *v)
{
}

void a64_sve_enter(struct a64_vcpu *v)
{
}

void a64_sve_leave(struct a64_vcpu *v)
{
}

#endif
