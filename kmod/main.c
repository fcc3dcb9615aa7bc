// SPDX-License-Identifier: GPL-2.0
/*
 * axvm.ko: load and unload, in mirror-image order; nothing else.
 */
#include <linux/module.h>

#include "arch.h"
#include "chardev.h"
#include "console_tty.h"
#include "debugfs.h"
#include "host.h"
#include "netlink.h"
#include "power.h"
#include "vm.h"

static int __init init_axvm(void)
{
	struct axvm_error err = {};
	int ret;

	ret = axvm_arch_init(&err);
	if (ret) {
		pr_err("axvm: %s\n", err.msg);
		return ret;
	}
	ret = axvm_ttys_init();
	if (ret)
		goto err_arch;
	axvm_debugfs_init();
	ret = axvm_vms_init();
	if (ret)
		goto err_debugfs;
	ret = axvm_power_init();
	if (ret)
		goto err_vms;
	ret = axvm_chardev_init();
	if (ret)
		goto err_power;
	ret = axvm_netlink_init();
	if (ret)
		goto err_chardev;

	pr_info("axvm: ready: %s, stage-2 %s, %u VMIDs, guest CPUs %s\n", axvm_arch->name,
		axvm_arch_info.s2_fmt->name, axvm_arch_info.vmids, axvm_arch_info.cpu_features);
	return 0;

err_chardev:
	axvm_chardev_exit();
err_power:
	axvm_power_exit();
err_vms:
	axvm_vms_exit();
err_debugfs:
	axvm_debugfs_exit();
	axvm_ttys_exit();
err_arch:
	axvm_arch_exit();
	return ret;
}

static void __exit exit_axvm(void)
{
	axvm_netlink_exit();
	axvm_chardev_exit();
	axvm_power_exit();
	axvm_vms_exit();
	axvm_debugfs_exit();
	axvm_ttys_exit();
	axvm_arch_exit();
}

module_init(init_axvm);
module_exit(exit_axvm);

MODULE_DESCRIPTION("Hypervisor that lives in a running kernel");
MODULE_AUTHOR("The axvm authors");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
