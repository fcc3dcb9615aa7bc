// SPDX-License-Identifier: GPL-2.0
/*
 * EL2 when the host kernel runs at EL1 (nVHE): taking it from the kernel's stub,
 * its page tables, and calls to hyp/, our code there.
 *
 * init and exit, share and unshare run in process context; the per-CPU half on the CPU it
 * concerns with preemption off, from CPU_PM notifiers with interrupts off.
 */
#include <linux/arm-smccc.h>
#include <linux/cpu_pm.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/kvm_arm.h>
#include <asm/pgtable-hwdef.h>
#include <asm/pgtable-prot.h>
#include <asm/sections.h>
#include <asm/virt.h>

#include "arm64.h"
#include "compat.h"
#include "debug.h"
#include "hyp/hyp.h"
#include "s2_fmt.h"
#include "spec.h"
#include "vgic_hw.h"

#define A64_NVHE
#include "sysreg_sr.h"

static_assert(offsetof(struct hyp_cpu, stub_vbar) == HYP_CPU_STUB_VBAR);
static_assert(offsetof(struct hyp_cpu, stub_sctlr) == HYP_CPU_STUB_SCTLR);
static_assert(offsetof(struct hyp_cpu, stub_hcr) == HYP_CPU_STUB_HCR);
static_assert(offsetof(struct hyp_cpu, vectors) == HYP_CPU_VECTORS);
static_assert(offsetof(struct hyp_cpu, ttbr) == HYP_CPU_TTBR);
static_assert(offsetof(struct hyp_cpu, tcr) == HYP_CPU_TCR);
static_assert(offsetof(struct hyp_cpu, mair) == HYP_CPU_MAIR);
static_assert(offsetof(struct hyp_cpu, sctlr) == HYP_CPU_SCTLR);
static_assert(offsetof(struct hyp_cpu, self) == HYP_CPU_SELF);
static_assert(offsetof(struct hyp_cpu, stack_top) == HYP_CPU_STACK);
static_assert(offsetof(struct hyp_cpu, panic) == HYP_CPU_PANIC);
static_assert(sizeof(struct hyp_cpu) <= PAGE_SIZE);

/* The copy of hyp/'s section that runs. */
static void *code;
static unsigned int code_order;

static struct hyp_cpu **cpus;	/* by CPU number */
static struct axvm_s2 el2_map;	/* identity: EL2's own translation, see below */
static struct cpumask taken_cpus;

/* What this CPU's EL2 is, and is to be; written by the CPU itself, read with preemption off. */
static DEFINE_PER_CPU(bool, taken);
static DEFINE_PER_CPU(bool, wanted);

/* --- EL2's own translation: stage 1 of the EL2 regime, in the walker's terms --- */

/*
 * Arm ARM D8.3.1: with one privilege level AP[1] is RES1, XN is bit 54. Attribute
 * index 0 of MAIR_EL2 is Normal memory, write-back: the only one in use.
 */
#define EL2_AP_RES1	PTE_USER
#define EL2_XN		BIT_ULL(54)
#define EL2_MAIR	MAIR_ATTR_NORMAL

static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	u64 entry = (phys & A64_DESC_ADDRESS) | PTE_TYPE_PAGE | PTE_AF | PTE_SHARED | EL2_AP_RES1;

	if (!(prot & AXVM_PROT_WRITE))
		entry |= PTE_RDONLY;
	if (!(prot & AXVM_PROT_EXEC))
		entry |= EL2_XN;
	return entry;
}

static u32 leaf_prot(u64 entry)
{
	u32 prot = AXVM_PROT_READ;

	if (!(entry & PTE_RDONLY))
		prot |= AXVM_PROT_WRITE;
	if (!(entry & EL2_XN))
		prot |= AXVM_PROT_EXEC;
	return prot;
}

static const struct axvm_s2_fmt el2_fmt = {
	.name = "EL2",
	.levels = 4,
	.gpa_bits = 48,
	.leaf_levels = BIT(0),
	.make_table = a64_desc_make_table,
	.make_leaf = make_leaf,
	.is_present = a64_desc_is_present,
	.is_leaf = a64_desc_is_leaf,
	.entry_phys = a64_desc_phys,
	.leaf_prot = leaf_prot,
};

/* --- calls to EL2 --- */

static u64 call(u64 fn, u64 arg1, u64 arg2, u64 arg3, u64 arg4)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(fn, arg1, arg2, arg3, arg4, 0, 0, 0, &res);
	return res.a0;
}

static void flush_here(void *unused)
{
	if (this_cpu_read(taken))
		call(HYP_FLUSH, 0, 0, 0, 0);
}

/* Said by all that have an EL2 of ours: once would do, but any of them may be on its way out. */
static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	on_each_cpu(flush_here, NULL, true);
}

static const struct axvm_s2_ops el2_ops = {
	.flush = flush,
};

static int map(void *addr, size_t len, u32 prot)
{
	u64 phys = virt_to_phys(addr);
	int ret = axvm_s2_map(&el2_map, phys, phys, PAGE_ALIGN(len), prot);

	/* The walks of EL2 see the entries before anybody goes there (Arm ARM D8.2.6). */
	dsb(ishst);
	return ret;
}

static int nvhe_share(void *addr, size_t len)
{
	return map(addr, len, AXVM_PROT_READ | AXVM_PROT_WRITE);
}

static void nvhe_unshare(void *addr, size_t len)
{
	axvm_s2_unmap(&el2_map, virt_to_phys(addr), PAGE_ALIGN(len));
}

/* --- taking EL2 and giving it back --- */

/* Where something of hyp/'s section lies in the copy, physically. */
static u64 code_phys(const char *label)
{
	return virt_to_phys(code) + (label - hyp_begin);
}

static u64 tcr_value(void)
{
	u64 range = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) & ID_AA64MMFR0_EL1_PARANGE_MASK;

	range = min_t(u64, range, ID_AA64MMFR0_EL1_PARANGE_48);
	return TCR_EL2_RES1 | TCR_T0SZ(el2_fmt.gpa_bits) | TCR_TG0_4K | TCR_SH0_INNER |
	       TCR_ORGN0_WBWA | TCR_IRGN0_WBWA | range << TCR_EL2_PS_SHIFT;
}

/*
 * In kernel terms: what EL2 does when it has met an exception of its own. hyp/entry.S
 * comes here.
 */
static void __noreturn hyp_panicked(u64 esr, u64 elr, u64 far, u64 spsr)
{
	panic("axvm: exception at EL2: ESR_EL2 0x%llx, at 0x%llx (code + 0x%llx), FAR_EL2 0x%llx, SPSR_EL2 0x%llx\n",
	      esr, elr, elr - virt_to_phys(code), far, spsr);
}

/* The kernel knows of it only when it has KVM. */
static bool has_erratum_834220(void)
{
	return midr_is_cpu_model_range(read_cpuid_id(), MIDR_CORTEX_A57, MIDR_CPU_VAR_REV(0, 0),
				       MIDR_CPU_VAR_REV(1, 2));
}

static u64 cpu_flags(void)
{
	u64 flags = 0;

	if (has_erratum_834220())
		flags |= HYP_CPU_834220;
	if (a64_feature(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_FGT_SHIFT))
		flags |= HYP_CPU_FGT;
	if (a64_cpu_has_hcx())
		flags |= HYP_CPU_HCX;
	if (a64_feature(SYS_ID_AA64DFR0_EL1, ID_AA64DFR0_EL1_PMSVer_SHIFT))
		flags |= HYP_CPU_SPE;
	if (a64_feature(SYS_ID_AA64DFR0_EL1, ID_AA64DFR0_EL1_TraceFilt_SHIFT))
		flags |= HYP_CPU_TRF;
	if (axvm_cpu_has_mpam())
		flags |= HYP_CPU_MPAM;
	if (a64_host.gic == 3)
		flags |= HYP_CPU_GICV3;
	if (vgic_hw_hides_icc())
		flags |= HYP_CPU_ICC;
	return flags;
}

static void prepare(struct hyp_cpu *cpu)
{
	struct a64_spec spec = a64_spec_choose();

	memset(cpu, 0, sizeof(*cpu));
	cpu->self = virt_to_phys(cpu);
	cpu->stack_top = cpu->self + offsetof(struct hyp_cpu, stack) + HYP_STACK_SIZE;
	cpu->vectors = code_phys(hyp_vectors);
	cpu->guest_vectors = code_phys(hyp_guest_vectors) + spec.kind * A64_VECTORS_SIZE;
	cpu->spec = spec.arg;
	cpu->panic = (u64)hyp_panicked;
	cpu->ttbr = virt_to_phys(el2_map.root);
	cpu->tcr = tcr_value();
	cpu->mair = EL2_MAIR;
	cpu->sctlr = INIT_SCTLR_EL2_MMU_ON;
	cpu->flags = cpu_flags();
	/* hyp_take reads it past the caches. */
	a64_cache_clean(cpu, sizeof(*cpu));
}

/*
 * EL2's registers have VHE's layout, which hyp/ does not know, though the kernel runs at EL1:
 * some CPUs cannot do otherwise, others were told so.
 */
static int refuse_e2h(void)
{
	pr_err("axvm: EL2 of CPU %d is set up for VHE, and the kernel runs at EL1\n",
	       smp_processor_id());
	return -EOPNOTSUPP;
}

/* Interrupts off. */
static int take(void)
{
	struct hyp_cpu *cpu = cpus[smp_processor_id()];
	struct arm_smccc_res res;

	if (call(HVC_STUB_HCALL_NR, 0, 0, 0, 0) != HVC_STUB_ERR)
		return -EBUSY;
	prepare(cpu);
	arm_smccc_hvc(HVC_SOFT_RESTART, code_phys(hyp_take), cpu->self, 0, 0, 0, 0, 0, &res);
	if (res.a2 & HCR_E2H)
		return refuse_e2h();
	cpu->stub_vbar = res.a0;
	cpu->stub_sctlr = res.a1;
	cpu->stub_hcr = res.a2;
	this_cpu_write(taken, true);
	cpumask_set_cpu(smp_processor_id(), &taken_cpus);
	/* What was said about VMs' tables before is seen by this CPU's walks: see nvhe_tlb(). */
	smp_mb__after_atomic();
	return 0;
}

static void give_back(void)
{
	if (!this_cpu_read(taken))
		return;
	this_cpu_write(taken, false);
	cpumask_clear_cpu(smp_processor_id(), &taken_cpus);
	call(HYP_PUT_BACK, 0, 0, 0, 0);
	call(HVC_RESET_VECTORS, 0, 0, 0, 0);
}

static int nvhe_cpu_enable(void)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = take();
	this_cpu_write(wanted, !ret);
	local_irq_restore(flags);
	return ret;
}

static void nvhe_cpu_disable(void)
{
	unsigned long flags;

	local_irq_save(flags);
	this_cpu_write(wanted, false);
	give_back();
	local_irq_restore(flags);
}

/* A CPU that loses its state in idle or suspend wakes up at the kernel's stub. */
static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	switch (event) {
	case CPU_PM_ENTER:
		give_back();
		break;
	case CPU_PM_ENTER_FAILED:
	case CPU_PM_EXIT:
		if (this_cpu_read(wanted) && !this_cpu_read(taken) && take())
			pr_err_ratelimited("axvm: EL2 of CPU %d was not there after idle\n",
					   smp_processor_id());
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block pm_notifier = {
	.notifier_call = pm_event,
};

/* --- init and exit --- */

static int load_code(void)
{
	size_t len = hyp_end - hyp_begin;

	code_order = get_order(len);
	code = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, code_order);
	if (!code)
		return -ENOMEM;
	memcpy(code, hyp_begin, len);
	/* Fetched with caches off, in hyp_take and hyp_leave. */
	a64_cache_clean(code, PAGE_SIZE << code_order);
	a64_cache_inval_code();
	return map(code, PAGE_SIZE << code_order, AXVM_PROT_READ | AXVM_PROT_EXEC);
}

static void free_code(void)
{
	free_pages((unsigned long)code, code_order);
	code = NULL;
}

static void free_cpus(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		free_page((unsigned long)cpus[cpu]);
	kfree(cpus);
	cpus = NULL;
}

static int alloc_cpus(void)
{
	unsigned int cpu;
	int ret;

	cpus = kcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		cpus[cpu] = (struct hyp_cpu *)get_zeroed_page(GFP_KERNEL);
		ret = cpus[cpu] ? nvhe_share(cpus[cpu], PAGE_SIZE) : -ENOMEM;
		if (ret)
			goto err_free;
	}
	return 0;

err_free:
	free_cpus();
	return ret;
}

static int nvhe_init(void)
{
	int ret = a64_spec_init();

	if (ret)
		return ret;
	ret = axvm_s2_init(&el2_map, &el2_fmt, &el2_ops);
	if (ret)
		return ret;
	ret = load_code();
	if (ret)
		goto err_code;
	ret = alloc_cpus();
	if (ret)
		goto err_code;
	ret = cpu_pm_register_notifier(&pm_notifier);
	if (ret)
		goto err_cpus;
	return 0;

err_cpus:
	free_cpus();
err_code:
	free_code();
	axvm_s2_exit(&el2_map);
	return ret;
}

/* No CPU's EL2 is ours any more. */
static void nvhe_exit(void)
{
	cpu_pm_unregister_notifier(&pm_notifier);
	free_cpus();
	free_code();
	axvm_s2_exit(&el2_map);
}

/* --- a vCPU --- */

/* The host's, while a vCPU is loaded. */
static DEFINE_PER_CPU(u64[A64_NR_SYS], host_quiet);

/*
 * The virtual timer compares with the guest's offset also while the host runs, so it is
 * in place from load to put. The kernel itself reads the physical counter; user space,
 * which reads the virtual one, does not run meanwhile. A context that hyp/ refuses, or
 * an EL2 that is not ours, is found out by run. The host always has an event
 * stream: hyp/'s begins before its own goes, and ends after that is back.
 */
static void nvhe_load(struct a64_vcpu *v)
{
	a64_save_quiet(this_cpu_ptr(host_quiet));
	call(HYP_LOAD, virt_to_phys(v->ctx), 0, 0, 0);
	a64_load_quiet(v->ctx->sys);
}

static void nvhe_put(struct a64_vcpu *v)
{
	a64_save_quiet(v->ctx->sys);
	a64_load_quiet(this_cpu_ptr(host_quiet));
	call(HYP_PUT, 0, 0, 0, 0);
}

/* As call(), without the way through memory. */
static __always_inline u64 call_run(void)
{
	register u64 x0 asm("x0") = HYP_RUN;

	asm volatile("hvc #0" : "+r" (x0)
		     : : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			 "x13", "x14", "x15", "x16", "x17", "cc", "memory");
	return x0;
}

static void nvhe_run(struct a64_vcpu *v)
{
	bool debug;

	/* Somebody else has it since this CPU was idle: see pm_event(). */
	if (unlikely(!this_cpu_read(taken))) {
		v->ctx->exit.code = A64_EXIT_NO_EL2;
		return;
	}
	debug = a64_debug_to_guest(v);
	if (unlikely(call_run()))
		v->ctx->exit.code = A64_EXIT_ILLEGAL;
	a64_debug_to_host(v, debug);
}

struct tlb_args {
	enum a64_tlb_op op;
	u64 vttbr;
	u64 vtcr;
	u64 arg;
	bool done;
};

static void tlb_here(void *data)
{
	struct tlb_args *args = data;

	if (likely(this_cpu_read(taken)))
		args->done = !call(HYP_TLB, args->op, args->vttbr, args->vtcr, args->arg);
}

/*
 * A CPU that is coming up, or did not get its EL2 back after idle, may be asked for a
 * VM's memory: another one does it then, unless it is just giving its own EL2 back; then the
 * next one. Where there is none, and for this CPU alone, nothing is to be done: no
 * guest runs, and the TLB forgets all VMs where EL2 is taken (hyp_take). Pairs with take().
 */
static void nvhe_tlb(enum a64_tlb_op op, u64 vttbr, u64 vtcr, u64 arg)
{
	struct tlb_args args = { op, vttbr, vtcr, arg };
	bool here = op == A64_TLB_VMID_LOCAL || op == A64_TLB_ALL_LOCAL;

	tlb_here(&args);
	if (likely(args.done) || here)
		return;
	smp_mb();	/* the tables, before the look who has an EL2 */
	while (!args.done && !smp_call_function_any(&taken_cpus, tlb_here, &args, 1))
		;
}

static u64 nvhe_ich_vtr(void)
{
	return call(HYP_ICH_VTR, 0, 0, 0, 0);
}

const struct a64_world a64_world_nvhe = {
	.init		= nvhe_init,
	.exit		= nvhe_exit,
	.cpu_enable	= nvhe_cpu_enable,
	.cpu_disable	= nvhe_cpu_disable,
	.share		= nvhe_share,
	.unshare	= nvhe_unshare,
	.load		= nvhe_load,
	.put		= nvhe_put,
	.run		= nvhe_run,
	.tlb		= nvhe_tlb,
	.ich_vtr	= nvhe_ich_vtr,
};
