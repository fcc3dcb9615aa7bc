// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the backends that there are, and KVM kept away from their hardware.
 *
 * KVM's vendor modules take SVM or VMX when they are loaded, whoever has it,
 * so they are refused while axvm is there. The notifier runs in the process that loads a module.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <asm/mce.h>
#include <asm/ptrace.h>

#include "arch/x86/host.h"
#include "arch/x86/x86.h"

static const char *const rivals[] = { "kvm_amd", "kvm_intel" };

static int refuse_rival(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct module *mod = data;
	unsigned int i;

	if (action != MODULE_STATE_COMING)
		return NOTIFY_DONE;
	for (i = 0; i < ARRAY_SIZE(rivals); i++) {
		if (strcmp(mod->name, rivals[i]))
			continue;
		pr_err("axvm: %s refused: axvm holds the virtualization hardware; rmmod axvm first\n",
		       mod->name);
		return notifier_from_errno(-EBUSY);
	}
	return NOTIFY_DONE;
}

/* Before others do work for a module that will not come. */
static struct notifier_block module_notifier = {
	.notifier_call = refuse_rival,
	.priority = INT_MAX,
};

/* What came after the probe asked, and before the notifier was there, is found now. */
int x86_host_init(void)
{
	int ret = register_module_notifier(&module_notifier);

	if (ret || !x86_host_has_kvm())
		return ret;
	unregister_module_notifier(&module_notifier);
	pr_err("axvm: KVM was loaded at the same time: rmmod kvm_amd kvm_intel kvm\n");
	return -EBUSY;
}

void x86_host_exit(void)
{
	unregister_module_notifier(&module_notifier);
}

/*
 * With enable_virt_at_load=0 KVM takes the hardware with its first VM, and warns
 * when it is gone by then. Its vendor modules export nothing to know them by.
 */
bool x86_host_has_kvm(void)
{
	if (!IS_MODULE(CONFIG_KVM) || !__symbol_get("kvm_get_kvm"))
		return false;
	__symbol_put("kvm_get_kvm");
	return true;
}

/* As if it had come from user space: the code that runs is not the kernel's. */
void x86_handle_machine_check(void)
{
#ifdef CONFIG_X86_MCE
	struct pt_regs regs = { .cs = 3, .flags = X86_EFLAGS_IF };

	do_machine_check(&regs);
#endif
}

const struct axvm_arch_ops *const axvm_arch_backends[] = {
	&x86_svm_ops,
	&x86_vmx_ops,
	NULL
};
