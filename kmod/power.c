// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of VMs and of the hardware when the host sleeps, restarts or starts another kernel.
 *
 * Called by the kernel: notifiers in process context, the system core's functions on the
 * last CPU with interrupts off. A host that sleeps pauses its VMs first; one that goes away
 * ends them. Either way no vCPU is loaded when the hardware is given back.
 */
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

#include "arch.h"
#include "compat.h"
#include "power.h"
#include "vm.h"

/* --- sleep: suspend and hibernation --- */

static void with_each_vm(void (*what)(struct axvm_vm *vm))
{
	struct axvm_vm *vm;
	u32 id = 0;

	while ((vm = axvm_vm_lookup_next(&id))) {
		what(vm);
		axvm_vm_put(vm);
		id++;
	}
}

/* Before user space is frozen. Guest time stands still until the host is awake again. */
static int sleep_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		axvm_vms_sleep();
		with_each_vm(axvm_vm_host_sleeps);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		axvm_vms_wake();
		with_each_vm(axvm_vm_host_wakes);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sleep_notifier = {
	.notifier_call = sleep_event,
};

/* --- restart, power-off, kexec --- */

/* How long a host that goes away waits for its VMs, all together. */
#define HOST_END_TIMEOUT (10 * HZ)

/* No VM can run any more. */
static bool vms_ended;
static unsigned long end_deadline;

static void wait_for_vm(struct axvm_vm *vm)
{
	if (axvm_vm_wait_for_end(vm, end_deadline))
		return;
	pr_err("axvm: VM '%s' does not end: the hardware stays as it is\n", vm->name);
	vms_ended = false;
}

static int reboot_event(struct notifier_block *nb, unsigned long event, void *data)
{
	axvm_vms_close();
	vms_ended = true;
	end_deadline = jiffies + HOST_END_TIMEOUT;
	with_each_vm(axvm_vm_host_ends);
	with_each_vm(wait_for_vm);
	return NOTIFY_DONE;
}

/* First, while everything that a VM may wait for still works. */
static struct notifier_block reboot_notifier = {
	.notifier_call = reboot_event,
	.priority = INT_MAX,
};

/* --- the hardware --- */

static int suspend_hardware(AXVM_SYSCORE_ARGS)
{
	axvm_arch_suspend_cpu();
	return 0;
}

static void resume_hardware(AXVM_SYSCORE_ARGS)
{
	if (axvm_arch_resume_cpu())
		pr_err("axvm: the virtualization hardware is gone after the host slept\n");
}

static void shutdown_hardware(AXVM_SYSCORE_ARGS)
{
	if (vms_ended)
		axvm_arch_shutdown();
}

AXVM_SYSCORE(core_hooks, suspend_hardware, resume_hardware, shutdown_hardware);

int axvm_power_init(void)
{
	int ret = register_pm_notifier(&sleep_notifier);

	if (ret)
		return ret;
	ret = register_reboot_notifier(&reboot_notifier);
	if (ret)
		goto err_sleep;
	axvm_syscore_register(&core_hooks);
	return 0;

err_sleep:
	unregister_pm_notifier(&sleep_notifier);
	return ret;
}

void axvm_power_exit(void)
{
	axvm_syscore_unregister(&core_hooks);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&sleep_notifier);
}
