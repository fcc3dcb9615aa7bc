// SPDX-License-Identifier: GPL-2.0
/*
 * Choose a backend and take the virtualization hardware of every CPU.
 *
 * Called by main.c at load and unload; the CPU hotplug core calls the per-CPU
 * half on each CPU, also on those that come and go later.
 */
#include <linux/cpuhotplug.h>
#include <linux/lockdep.h>
#include <linux/smp.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "host.h"
#include "vm.h"

const struct axvm_arch_ops *axvm_arch;
EXPORT_SYMBOL_IF_KUNIT(axvm_arch);
struct axvm_arch_info axvm_arch_info;
EXPORT_SYMBOL_IF_KUNIT(axvm_arch_info);

static DEFINE_PER_CPU(bool, cpu_ready);

/* Before a backend was chosen nothing runs. */
bool axvm_arch_no_entry(struct axvm_vcpu *vcpu)
{
	return false;
}

enum axvm_verdict axvm_arch_no_decode(struct axvm_vcpu *vcpu)
{
	return AXVM_RESUME;
}

DEFINE_STATIC_CALL(axvm_vcpu_prepare, axvm_arch_no_entry);
DEFINE_STATIC_CALL(axvm_vcpu_enter, axvm_arch_no_entry);
DEFINE_STATIC_CALL(axvm_vcpu_decode, axvm_arch_no_decode);

static void set_backend(const struct axvm_arch_ops *ops)
{
	axvm_arch = ops;
	static_call_update(axvm_vcpu_prepare, ops->vcpu_prepare);
	static_call_update(axvm_vcpu_enter, ops->vcpu_enter);
	static_call_update(axvm_vcpu_decode, ops->vcpu_decode);
}

/* From the first function pointer to the end a backend has nothing but function pointers. */
static bool has_holes(const struct axvm_arch_ops *ops)
{
	const void *const *slot = (const void *const *)&ops->probe;
	const void *const *end = (const void *const *)(ops + 1);

	for (; slot < end; slot++)
		if (!*slot)
			return true;
	return !ops->name || !ops->device_types;
}

static int select_backend(struct axvm_error *err)
{
	const struct axvm_arch_ops *const *backend;
	int ret = -ENODEV;

	for (backend = axvm_arch_backends; *backend; backend++) {
		if (has_holes(*backend))
			return axvm_fail(err, "a backend lacks a mandatory function", -EINVAL);
		err->msg = NULL;
		ret = (*backend)->probe(&axvm_arch_info, err);
		if (!ret) {
			set_backend(*backend);
			return 0;
		}
		/* The right one, were it free or complete: no other can do instead. */
		if (ret != -ENODEV)
			break;
	}
	return axvm_fail(err, "no virtualization hardware", ret);
}

/* The thread of hotplug stays on its CPU, but it can be preempted there. */
static int enable_cpu(unsigned int cpu)
{
	int ret;

	preempt_disable();
	ret = axvm_arch->cpu_enable();
	this_cpu_write(cpu_ready, !ret);
	preempt_enable();
	return ret;
}

static int disable_cpu(unsigned int cpu)
{
	if (!this_cpu_read(cpu_ready))
		return 0;
	preempt_disable();
	this_cpu_write(cpu_ready, false);
	axvm_arch->cpu_disable();
	preempt_enable();
	return 0;
}

void axvm_arch_suspend_cpu(void)
{
	lockdep_assert_irqs_disabled();
	disable_cpu(smp_processor_id());
}

int axvm_arch_resume_cpu(void)
{
	lockdep_assert_irqs_disabled();
	return enable_cpu(smp_processor_id());
}

static void shut_down_cpu(void *unused)
{
	disable_cpu(smp_processor_id());
}

void axvm_arch_shutdown(void)
{
	on_each_cpu(shut_down_cpu, NULL, 1);
}

bool axvm_arch_cpu_is_ready(void)
{
	return this_cpu_read(cpu_ready);
}

/*
 * KVM's own place among the hotplug states: it is given to one owner, so of
 * the two modules the second one fails to load, whichever that is.
 */
#define CPUHP_OURS	CPUHP_AP_KVM_ONLINE

int axvm_arch_init(struct axvm_error *err)
{
	int ret = select_backend(err);

	if (ret)
		return ret;
	ret = axvm_arch->hw_init();
	if (ret)
		return axvm_fail(err, "the virtualization hardware could not be set up", ret);

	ret = cpuhp_setup_state(CPUHP_OURS, "axvm:online", enable_cpu, disable_cpu);
	if (!ret)
		return 0;
	axvm_arch->hw_exit();
	if (ret == -EOPNOTSUPP)
		return axvm_fail(err, "a CPU cannot be used as it is set up, see the log", ret);
	return axvm_fail(err, "another hypervisor holds the CPUs; if it is KVM: unload it", ret);
}

void axvm_arch_exit(void)
{
	cpuhp_remove_state(CPUHP_OURS);
	axvm_arch->hw_exit();
}

const struct axvm_arch_ops *axvm_arch_swap_for_test(const struct axvm_arch_ops *ops,
						    struct axvm_arch_info *info)
{
	const struct axvm_arch_ops *old = axvm_arch;

	set_backend(ops);
	swap(axvm_arch_info, *info);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_arch_swap_for_test);
