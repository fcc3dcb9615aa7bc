// SPDX-License-Identifier: GPL-2.0
/*
 * VMs in debugfs: what they use, what their vCPUs did, registers, stage-2 tables.
 *
 * Made by vm.c with the VM, read by anyone with CAP_SYS_ADMIN at any moment of
 * its life, in process context. debugfs lets nobody in, and waits for those who
 * are in, when a file is removed: so the VM is there while a function below runs.
 */
#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "arch.h"
#include "debugfs.h"
#include "vm.h"

static struct dentry *root;

/* <name>_fops: a file that show_<name>() prints whole. */
#define DEFINE_FILE(name)							\
static int open_##name(struct inode *inode, struct file *file)			\
{										\
	if (!capable(CAP_SYS_ADMIN))						\
		return -EPERM;							\
	return single_open(file, show_##name, inode->i_private);		\
}										\
										\
static const struct file_operations name##_fops = {				\
	.owner = THIS_MODULE,							\
	.open = open_##name,							\
	.read = seq_read,							\
	.llseek = seq_lseek,							\
	.release = single_release,						\
}

/* --- vm: what it is and what it uses --- */

static void show_stage2_use(struct seq_file *m, const struct axvm_s2 *s2)
{
	unsigned int level;

	seq_printf(m, "stage2-format   %s\n", s2->fmt->name);
	seq_printf(m, "stage2-tables   %lu\n", READ_ONCE(s2->tables));
	for (level = 0; level < s2->fmt->levels; level++)
		if (s2->fmt->leaf_levels & BIT(level))
			seq_printf(m, "stage2-leaves   %lu of %llu KiB\n",
				   READ_ONCE(s2->leaves[level]), 4ULL << (9 * level));
}

static int show_vm(struct seq_file *m, void *unused)
{
	struct axvm_vm *vm = m->private;
	const struct axvm_gmem *gmem = &vm->gmem;

	seq_printf(m, "id              %u\n", vm->id);
	seq_printf(m, "name            %s\n", vm->name);
	scoped_guard(mutex, &vm->state_lock) {
		seq_printf(m, "state           %s\n", axvm_state_name(vm->state));
		seq_printf(m, "reason          %s\n", axvm_reason_name(vm->reason));
		seq_printf(m, "code            %#llx\n", vm->reason_code);
		seq_printf(m, "events          %llu\n", vm->seq);
	}
	seq_printf(m, "vcpus           %u\n", vm->nr_vcpus);
	seq_printf(m, "vcpus-on        %d\n", atomic_read(&vm->nr_on));
	seq_printf(m, "memory          %llu\n", gmem->total);
	seq_printf(m, "backed          %llu\n", READ_ONCE(gmem->backed));
	seq_printf(m, "backed-huge     %llu\n", READ_ONCE(gmem->backed_huge));
	show_stage2_use(m, &gmem->s2);
	return 0;
}

DEFINE_FILE(vm);

/* --- stage2: the tables, a line for each run of adjacent leaves; the position is an address --- */

static void *find_run(struct seq_file *m, loff_t pos)
{
	struct axvm_vm *vm = m->private;
	struct axvm_s2_run *run;

	run = kmalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return ERR_PTR(-ENOMEM);
	if (axvm_s2_find_run(&vm->gmem.s2, pos, run))
		return run;
	kfree(run);
	return NULL;
}

static void *start_stage2(struct seq_file *m, loff_t *pos)
{
	return *pos < 0 ? NULL : find_run(m, *pos);
}

static void *next_stage2(struct seq_file *m, void *v, loff_t *pos)
{
	*pos = axvm_s2_run_end(v);
	kfree(v);
	return find_run(m, *pos);
}

static void stop_stage2(struct seq_file *m, void *v)
{
	if (!IS_ERR(v))
		kfree(v);
}

static int show_stage2(struct seq_file *m, void *v)
{
	axvm_s2_show_run(m, v);
	return 0;
}

static const struct seq_operations stage2_ops = {
	.start = start_stage2,
	.next = next_stage2,
	.stop = stop_stage2,
	.show = show_stage2,
};

static int open_stage2(struct inode *inode, struct file *file)
{
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = seq_open(file, &stage2_ops);
	if (!ret)
		((struct seq_file *)file->private_data)->private = inode->i_private;
	return ret;
}

static const struct file_operations stage2_fops = {
	.owner = THIS_MODULE,
	.open = open_stage2,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

/* --- vcpu<n>/stats: how often, and how long --- */

static int show_stats(struct seq_file *m, void *unused)
{
	const struct axvm_vcpu *vcpu = m->private;
	const char *name;
	unsigned int n;

	seq_printf(m, "# %-14s %16s %20s\n", "what", "how often", "nanoseconds");
	for (n = 0; n < AXVM_COUNTERS; n++) {
		u64 ns = 0;

		name = axvm_counter_name(n);
		if (n < AXVM_EXIT_KINDS)
			ns = axvm_vcpu_read_time(vcpu, &vcpu->time_ns[n]);
		else if (n == AXVM_COUNT_LOADS)
			ns = axvm_vcpu_read_time(vcpu, &vcpu->loaded_ns);
		seq_printf(m, "%-16s %16llu %20llu\n", name, READ_ONCE(vcpu->count[n]), ns);
	}
	return 0;
}

DEFINE_FILE(stats);

/* --- vcpu<n>/registers --- */

static int show_registers(struct seq_file *m, void *unused)
{
	const struct axvm_vcpu *vcpu = m->private;

	return axvm_vm_show_registers(vcpu->vm, vcpu->id, m, NULL);
}

DEFINE_FILE(registers);

/* --- coming and going --- */

static void add_vcpu(struct axvm_vm *vm, struct axvm_vcpu *vcpu)
{
	struct dentry *dir;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", vcpu->id);
	dir = debugfs_create_dir(name, vm->debugfs);
	debugfs_create_file("stats", 0400, dir, vcpu, &stats_fops);
	debugfs_create_file("registers", 0400, dir, vcpu, &registers_fops);
}

void axvm_debugfs_add(struct axvm_vm *vm)
{
	char name[16];
	u32 i;

	lockdep_assert_held(&vm->lock);
	snprintf(name, sizeof(name), "%u", vm->id);
	vm->debugfs = debugfs_create_dir(name, root);
	debugfs_create_file("vm", 0400, vm->debugfs, vm, &vm_fops);
	debugfs_create_file("stage2", 0400, vm->debugfs, vm, &stage2_fops);
	for (i = 0; i < vm->nr_vcpus; i++)
		add_vcpu(vm, vm->vcpus[i]);
}

void axvm_debugfs_remove(struct axvm_vm *vm)
{
	debugfs_remove(vm->debugfs);
}

void axvm_debugfs_init(void)
{
	root = debugfs_create_dir("axvm", NULL);
}

void axvm_debugfs_exit(void)
{
	debugfs_remove(root);
}
