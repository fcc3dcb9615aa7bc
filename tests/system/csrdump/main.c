// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/csrdump: a line per CPU and virtualization register, so that a test can
 * compare what it was before axvm and after it. What is written to the parameter "sleeps"
 * is how often each CPU then says that it loses its state in idle, and that it is back.
 *
 * For tests only. Read by processes; the registers are read on each CPU by an
 * interprocessor interrupt.
 */
#include <linux/cpu.h>
#include <linux/cpu_pm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "csrdump.h"

struct request {
	const struct csr_entry *entry;
	u64 val;
};

static void read_here(void *data)
{
	struct request *req = data;

	req->val = req->entry->read();
}

static void show_cpu(struct seq_file *m, unsigned int cpu)
{
	struct request req;
	unsigned int i;

	for (i = 0; i < csr_table_len; i++) {
		req.entry = &csr_table[i];
		if (req.entry->present && !req.entry->present())
			continue;
		if (!smp_call_function_single(cpu, read_here, &req, 1))
			seq_printf(m, "cpu%u %s %016llx\n", cpu, req.entry->name, req.val);
	}
}

static int csrdump_show(struct seq_file *m, void *v)
{
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		show_cpu(m, cpu);
	cpus_read_unlock();
	return 0;
}

#define MAX_SLEEPS	1000

/* As drivers of idle states do (linux/cpu_pm.h), but for the sleep itself. */
static long sleep_here(void *unused)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = cpu_pm_enter() ?: cpu_pm_exit();
	local_irq_restore(flags);
	return ret;
}

static int sleep_everywhere(const char *text, const struct kernel_param *param)
{
	unsigned int times, cpu;
	int ret = kstrtouint(text, 0, &times);

	if (ret)
		return ret;
	if (times > MAX_SLEEPS)
		return -ERANGE;
	cpus_read_lock();
	while (times-- && !ret)
		for_each_online_cpu(cpu)
			ret = ret ?: work_on_cpu(cpu, sleep_here, NULL);
	cpus_read_unlock();
	return ret;
}

static const struct kernel_param_ops sleeps_ops = {
	.set = sleep_everywhere,
};

module_param_cb(sleeps, &sleeps_ops, NULL, 0200);
MODULE_PARM_DESC(sleeps, "Times that each CPU goes through the notifiers of idle power-down");

static int __init csrdump_init(void)
{
	if (!csr_table_usable())
		return -ENODEV;
	return proc_create_single("csrdump", 0400, NULL, csrdump_show) ? 0 : -ENOMEM;
}
module_init(csrdump_init);

static void __exit csrdump_exit(void)
{
	remove_proc_entry("csrdump", NULL);
}
module_exit(csrdump_exit);

MODULE_DESCRIPTION("Virtualization registers of each CPU, for tests");
MODULE_LICENSE("GPL");
