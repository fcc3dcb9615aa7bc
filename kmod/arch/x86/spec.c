// SPDX-License-Identifier: GPL-2.0
/*
 * Which mitigations of speculative execution are used, and the barriers around vCPUs.
 *
 * Chosen when the module is loaded, from what the kernel chose for this CPU;
 * the parameter "mitigations" forces another choice. load and put are called by
 * the vendor's backend.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <kunit/visibility.h>

#include "arch/x86/spec.h"
#include "compat.h"

static char *mitigations = "auto";
module_param(mitigations, charp, 0444);
MODULE_PARM_DESC(mitigations,
		 "auto, off, or a list of rsb,untrain,verw,bhb,ibpb-exit,spec-ctrl,ibpb-vcpu,ibpb-user,l1d");

unsigned int x86_spec;

/* The vCPU that ran last on a CPU. */
static DEFINE_PER_CPU(u64, last_vcpu);
static atomic64_t vcpus_made = ATOMIC64_INIT(0);

static const struct {
	const char *name;
	unsigned int bit;
} names[] = {
	{ "rsb",	X86_SPEC_RSB },
	{ "untrain",	X86_SPEC_UNTRAIN },
	{ "verw",	X86_SPEC_VERW },
	{ "bhb",	X86_SPEC_BHB },
	{ "ibpb-exit",	X86_SPEC_IBPB_EXIT },
	{ "spec-ctrl",	X86_SPEC_CTRL },
	{ "ibpb-vcpu",	X86_SPEC_IBPB_VCPU },
	{ "ibpb-user",	X86_SPEC_IBPB_USER },
	{ "l1d",	X86_SPEC_L1D },
};

/* --- what the kernel chose for this CPU; newer kernels have more words for it --- */

static bool kernel_clears_buffers(void)
{
#ifdef X86_FEATURE_CLEAR_CPU_BUF_VM
	if (boot_cpu_has(X86_FEATURE_CLEAR_CPU_BUF_VM))
		return true;
#endif
#ifdef X86_FEATURE_CLEAR_CPU_BUF
	return boot_cpu_has(X86_FEATURE_CLEAR_CPU_BUF);
#else
	return false;
#endif
}

static bool kernel_clears_bhb(void)
{
#ifdef X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT
	return boot_cpu_has(X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT);
#else
	return false;
#endif
}

static bool kernel_uses_ibpb(void)
{
#ifdef X86_FEATURE_USE_IBPB
	return boot_cpu_has(X86_FEATURE_USE_IBPB);
#else
	return boot_cpu_has(X86_FEATURE_IBPB);
#endif
}

static bool kernel_fills_rsb(void)
{
	return boot_cpu_has(X86_FEATURE_RSB_VMEXIT) || boot_cpu_has(X86_FEATURE_RSB_VMEXIT_LITE);
}

static bool kernel_untrains(void)
{
	return boot_cpu_has(X86_FEATURE_UNRET) || boot_cpu_has(X86_FEATURE_SRSO_ALIAS);
}

static bool kernel_ibpb_on_exit(void)
{
	return boot_cpu_has(X86_FEATURE_IBPB_ON_VMEXIT);
}

/*
 * Returning to user space is the kernel's: where it cannot make the barrier
 * for us, the vCPU's thread does when it leaves the guest for longer.
 */
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
static bool kernel_guards_user(void)
{
	return boot_cpu_has(X86_FEATURE_IBPB_EXIT_TO_USER);
}

static bool user_needs_barrier(void)
{
	return kernel_guards_user();
}

static void ask_for_user_barrier(void)
{
	this_cpu_write(x86_ibpb_exit_to_user, true);
}
#else
static bool kernel_guards_user(void)
{
	return false;
}

static bool user_needs_barrier(void)
{
	return kernel_uses_ibpb();
}

static void ask_for_user_barrier(void)
{
}
#endif

static bool has_spec_ctrl(void)
{
	return boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL) && !boot_cpu_has(X86_FEATURE_V_SPEC_CTRL);
}

static bool has_ibpb(void)
{
	return boot_cpu_has(X86_FEATURE_IBPB);
}

/* What a guest's not-present entries point to must not be in the cache (L1TF). */
static bool is_l1_leaky(void)
{
	return boot_cpu_has_bug(X86_BUG_L1TF);
}

static bool has_l1d_flush(void)
{
	return boot_cpu_has(X86_FEATURE_FLUSH_L1D);
}

static bool always(void)
{
	return true;
}

static const struct {
	unsigned int bit;
	bool (*wanted)(void);	/* the kernel does the like on this CPU */
	bool (*possible)(void);
} choices[] = {
	{ X86_SPEC_RSB,		kernel_fills_rsb,	always },
	{ X86_SPEC_UNTRAIN,	kernel_untrains,	kernel_untrains },
	{ X86_SPEC_VERW,	kernel_clears_buffers,	always },
	{ X86_SPEC_BHB,		kernel_clears_bhb,	always },
	{ X86_SPEC_IBPB_EXIT,	kernel_ibpb_on_exit,	has_ibpb },
	{ X86_SPEC_CTRL,	has_spec_ctrl,		has_spec_ctrl },
	{ X86_SPEC_IBPB_VCPU,	kernel_uses_ibpb,	has_ibpb },
	{ X86_SPEC_IBPB_USER,	user_needs_barrier,	has_ibpb },
	{ X86_SPEC_L1D,		is_l1_leaky,		has_l1d_flush },
};

/* --- the parameter --- */

static unsigned int find_name(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len && !strncmp(names[i].name, name, len))
			return names[i].bit;
	return 0;
}

int x86_spec_parse(const char *value, unsigned int automatic, unsigned int possible)
{
	unsigned int chosen = 0, bit;
	size_t len;

	if (!strcmp(value, "auto"))
		return automatic;
	if (!strcmp(value, "off"))
		return 0;
	for (;; value += len + 1) {
		len = strcspn(value, ",");
		bit = find_name(value, len);
		if (!(bit & possible))
			return -EINVAL;
		chosen |= bit;
		if (!value[len])
			return chosen;
	}
}
EXPORT_SYMBOL_IF_KUNIT(x86_spec_parse);

static void describe(char *buf, size_t size)
{
	unsigned int i;
	size_t len = 0;

	strscpy(buf, " none", size);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (x86_spec & names[i].bit)
			len += scnprintf(buf + len, size - len, " %s", names[i].name);
}

int x86_spec_init(void)
{
	unsigned int automatic = 0, possible = 0, i;
	char text[96];
	int chosen;

	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		if (choices[i].possible())
			possible |= choices[i].bit;
		if (choices[i].wanted())
			automatic |= choices[i].bit;
	}
	chosen = x86_spec_parse(mitigations, automatic, possible);
	if (chosen < 0) {
		pr_err("axvm: mitigations=%s: unknown, or this CPU and kernel cannot do it\n",
		       mitigations);
		return chosen;
	}
	x86_spec = chosen;
	describe(text, sizeof(text));
	pr_info("axvm: mitigations (%s):%s\n", mitigations, text);
	return 0;
}

/* --- around vCPUs --- */

static void barrier_of_predictions(void)
{
	native_wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
}

u64 x86_spec_new_vcpu(void)
{
	return atomic64_inc_return(&vcpus_made);
}

/* What one guest taught the predictors must not steer another one. */
void x86_spec_load(u64 vcpu)
{
	if (this_cpu_read(last_vcpu) == vcpu)
		return;
	this_cpu_write(last_vcpu, vcpu);
	if (x86_spec & X86_SPEC_IBPB_VCPU)
		barrier_of_predictions();
}

void x86_spec_enter(void)
{
	if (x86_spec & X86_SPEC_L1D)
		native_wrmsrq(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
}

u32 x86_spec_host_ctrl(void)
{
	u64 val = 0;

	if (x86_spec & X86_SPEC_CTRL)
		rdmsrq(MSR_IA32_SPEC_CTRL, val);
	return val;
}

/* The kernel's barriers come with a change of mm, which a kernel thread never makes. */
void x86_spec_put(void)
{
	if (!(x86_spec & X86_SPEC_IBPB_USER))
		return;
	if (kernel_guards_user())
		ask_for_user_barrier();
	else
		barrier_of_predictions();
}
