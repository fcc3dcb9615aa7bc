// SPDX-License-Identifier: GPL-2.0
/*
 * What netlink tells about axvm and its VMs: caps-get, vm-get and the dumps.
 *
 * Called by generic netlink in process context. A dump goes on over as many
 * messages as it takes; between two of them it holds nothing.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/utsname.h>
#include <net/genetlink.h>
#include <linux/axvm.h>

#include "arch.h"
#include "netlink_priv.h"

/* --- caps-get --- */

static int put_limits(struct sk_buff *skb)
{
	return nla_put_u32(skb, AXVM_A_CAPS_MAX_VCPUS, AXVM_MAX_VCPUS) ||
	       nla_put_u32(skb, AXVM_A_CAPS_MAX_VMS, AXVM_MAX_VMS) ||
	       nla_put_u32(skb, AXVM_A_CAPS_MAX_REGIONS, AXVM_MAX_REGIONS) ||
	       nla_put_u32(skb, AXVM_A_CAPS_MAX_DEVICES, AXVM_MAX_DEVICES);
}

static int put_backend(struct sk_buff *skb)
{
	const struct axvm_arch_info *arch = &axvm_arch_info;

	return nla_put_string(skb, AXVM_A_CAPS_BACKEND, axvm_arch->name) ||
	       nla_put_u32(skb, AXVM_A_CAPS_GPA_BITS, arch->s2_fmt->gpa_bits) ||
	       nla_put_string(skb, AXVM_A_CAPS_S2_FORMAT, arch->s2_fmt->name) ||
	       nla_put_u32(skb, AXVM_A_CAPS_VMIDS, arch->vmids) ||
	       nla_put_string(skb, AXVM_A_CAPS_CPU_FEATURES, arch->cpu_features) ||
	       nla_put_string(skb, AXVM_A_CAPS_MMU_TYPE, arch->mmu_type) ||
	       nla_put_u64_64bit(skb, AXVM_A_CAPS_TIMER_FREQUENCY, arch->timer_frequency,
				 AXVM_A_CAPS_PAD);
}

static int put_device_types(struct sk_buff *skb)
{
	const struct axvm_device_type *type;
	unsigned int n;

	for (n = 0; (type = axvm_device_type_at(n)); n++)
		if (nla_put_string(skb, AXVM_A_CAPS_DEVICE_TYPE, type->name))
			return -EMSGSIZE;
	return 0;
}

static int fill_caps(struct sk_buff *skb, const struct genl_info *info)
{
	void *hdr = genlmsg_iput(skb, info);

	if (!hdr || nla_put_u32(skb, AXVM_A_CAPS_API_VERSION, AXVM_API_VERSION) ||
	    nla_put_string(skb, AXVM_A_CAPS_MODULE_VERSION, THIS_MODULE->version ?: "") ||
	    nla_put_string(skb, AXVM_A_CAPS_ARCH, init_utsname()->machine) ||
	    put_backend(skb) || put_limits(skb) || put_device_types(skb) ||
	    nla_put_u64_64bit(skb, AXVM_A_CAPS_EVENTS, axvm_nl_nr_events(), AXVM_A_CAPS_PAD))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

int axvm_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int ret;

	if (!reply)
		return -ENOMEM;
	ret = fill_caps(reply, info);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

/* --- vm-get --- */

static int put_state(struct sk_buff *skb, struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	return nla_put_u32(skb, AXVM_A_VM_STATE, vm->state) ||
	       nla_put_u32(skb, AXVM_A_VM_REASON, vm->reason) ||
	       nla_put_u64_64bit(skb, AXVM_A_VM_CODE, vm->reason_code, AXVM_A_VM_PAD) ||
	       nla_put_u64_64bit(skb, AXVM_A_VM_SEQ, vm->seq, AXVM_A_VM_PAD);
}

static int put_memory(struct sk_buff *skb, const struct axvm_gmem *gmem)
{
	return nla_put_u64_64bit(skb, AXVM_A_VM_MEMORY, gmem->total, AXVM_A_VM_PAD) ||
	       nla_put_u64_64bit(skb, AXVM_A_VM_BACKED, READ_ONCE(gmem->backed),
				 AXVM_A_VM_PAD) ||
	       nla_put_u64_64bit(skb, AXVM_A_VM_BACKED_HUGE, READ_ONCE(gmem->backed_huge),
				 AXVM_A_VM_PAD);
}

static int put_stage2(struct sk_buff *skb, const struct axvm_s2 *s2)
{
	unsigned int level;

	if (nla_put_u64_64bit(skb, AXVM_A_VM_S2_TABLES, READ_ONCE(s2->tables), AXVM_A_VM_PAD))
		return -EMSGSIZE;
	for (level = 0; level < s2->fmt->levels; level++)
		if (nla_put_u64_64bit(skb, AXVM_A_VM_S2_LEAVES, READ_ONCE(s2->leaves[level]),
				      AXVM_A_VM_PAD))
			return -EMSGSIZE;
	return 0;
}

/* As they are now: vm->lock, which orders them with a start, is held through whole commands. */
static int put_boot(struct sk_buff *skb, const struct axvm_vm *vm)
{
	int i;

	if (nla_put_u64_64bit(skb, AXVM_A_VM_ENTRY, READ_ONCE(vm->entry), AXVM_A_VM_PAD))
		return -EMSGSIZE;
	for (i = 0; i < AXVM_BOOT_ARGS; i++)
		if (nla_put_u64_64bit(skb, AXVM_A_VM_BOOT_ARG, READ_ONCE(vm->boot_args[i]),
				      AXVM_A_VM_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_vectors(struct sk_buff *skb, const struct axvm_vm *vm)
{
	return vm->vector_bits ? nla_put_u32(skb, AXVM_A_VM_VECTOR_LEN, vm->vector_bits) : 0;
}

static int put_vm(struct sk_buff *skb, struct axvm_vm *vm)
{
	return nla_put_u32(skb, AXVM_A_VM_ID, vm->id) ||
	       nla_put_string(skb, AXVM_A_VM_NAME, vm->name) ||
	       nla_put_u32(skb, AXVM_A_VM_FLAGS, vm->flags) ||
	       nla_put_u32(skb, AXVM_A_VM_NR_VCPUS, vm->nr_vcpus) ||
	       nla_put_u64_64bit(skb, AXVM_A_VM_CREATED_NS, vm->created_ns, AXVM_A_VM_PAD) ||
	       put_state(skb, vm) || put_memory(skb, &vm->gmem) ||
	       put_stage2(skb, &vm->gmem.s2) || put_boot(skb, vm) || put_vectors(skb, vm);
}

int axvm_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_iput(reply, info);
	if (!hdr || put_vm(reply, info->user_ptr[0])) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/* --- dumps --- */

static void *begin_item(struct sk_buff *skb, struct netlink_callback *cb)
{
	return __genlmsg_iput(skb, genl_info_dump(cb), NLM_F_MULTI);
}

static int dump_one_vm(struct sk_buff *skb, struct netlink_callback *cb, struct axvm_vm *vm)
{
	void *hdr = begin_item(skb, cb);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (put_vm(skb, vm)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/*
 * -EMSGSIZE says that there is more; netlink takes it for an error when not even one item
 * fitted into the message.
 */
int axvm_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct axvm_nl_dump *dump = (struct axvm_nl_dump *)cb->ctx;
	struct axvm_vm *vm;
	int ret = 0;

	cb->seq = axvm_nl_generation();
	while (!ret && (vm = axvm_vm_lookup_next(&dump->id))) {
		ret = dump_one_vm(skb, cb, vm);
		axvm_vm_put(vm);
		if (!ret)
			dump->id++;
	}
	return ret;
}

/*
 * Dump the items of one VM: fill() puts item number dump->index and returns 0,
 * 1 when there is no such item, or -EMSGSIZE.
 */
typedef int (*fill_fn)(struct sk_buff *skb, struct axvm_vm *vm, u32 index);

static int dump_item(struct sk_buff *skb, struct netlink_callback *cb, struct axvm_vm *vm,
		     u32 index, fill_fn fill)
{
	void *hdr = begin_item(skb, cb);
	int ret;

	if (!hdr)
		return -EMSGSIZE;
	ret = fill(skb, vm, index);
	if (ret)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return ret;
}

static int dump_items(struct sk_buff *skb, struct netlink_callback *cb, fill_fn fill)
{
	struct axvm_nl_dump *dump = (struct axvm_nl_dump *)cb->ctx;
	struct axvm_vm *vm = axvm_vm_lookup(dump->id);
	int ret = 0;

	if (!vm || vm->created_ns != dump->created_ns) {
		if (vm)
			axvm_vm_put(vm);
		return axvm_nl_refuse(cb->extack, NULL, "the VM was destroyed meanwhile", -ENOENT);
	}
	while (!ret) {
		ret = dump_item(skb, cb, vm, dump->index, fill);
		if (!ret)
			dump->index++;
	}
	axvm_vm_put(vm);
	return min(ret, 0);
}

/* --- vcpu-get --- */

/* Only exits take time. */
static int put_counter(struct sk_buff *skb, const struct axvm_vcpu *vcpu, unsigned int n)
{
	struct nlattr *nest = nla_nest_start(skb, AXVM_A_VCPU_COUNTER);

	if (!nest || nla_put_string(skb, AXVM_A_COUNTER_NAME, axvm_counter_name(n)) ||
	    nla_put_u64_64bit(skb, AXVM_A_COUNTER_VALUE, READ_ONCE(vcpu->count[n]),
			      AXVM_A_COUNTER_PAD) ||
	    (n < AXVM_EXIT_KINDS &&
	     nla_put_u64_64bit(skb, AXVM_A_COUNTER_TIME_NS,
			       axvm_vcpu_read_time(vcpu, &vcpu->time_ns[n]),
			       AXVM_A_COUNTER_PAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct axvm_vcpu *vcpu)
{
	unsigned int n;

	for (n = 0; n < AXVM_COUNTERS; n++)
		if (put_counter(skb, vcpu, n))
			return -EMSGSIZE;
	return nla_put_u64_64bit(skb, AXVM_A_VCPU_LOADED_NS,
				 axvm_vcpu_read_time(vcpu, &vcpu->loaded_ns),
				 AXVM_A_VCPU_PAD);
}

/* The pointer is cleared before the last reference to the task goes, see vcpu.h. */
static u32 thread_id(const struct axvm_vcpu *vcpu)
{
	const struct task_struct *task;

	guard(rcu)();
	task = READ_ONCE(vcpu->task);
	return task ? task_pid_nr((struct task_struct *)task) : 0;
}

static int fill_vcpu(struct sk_buff *skb, struct axvm_vm *vm, u32 index)
{
	const struct axvm_vcpu *vcpu;

	if (index >= vm->nr_vcpus)
		return 1;
	vcpu = vm->vcpus[index];
	if (nla_put_u32(skb, AXVM_A_VCPU_VM_ID, vm->id) ||
	    nla_put_string(skb, AXVM_A_VCPU_VM_NAME, vm->name) ||
	    nla_put_u32(skb, AXVM_A_VCPU_ID, vcpu->id) ||
	    nla_put_u64_64bit(skb, AXVM_A_VCPU_HW_ID, vcpu->hw_id, AXVM_A_VCPU_PAD) ||
	    nla_put_u32(skb, AXVM_A_VCPU_STATE, axvm_vcpu_state(vcpu)) ||
	    nla_put_u32(skb, AXVM_A_VCPU_THREAD, thread_id(vcpu)) ||
	    nla_put_s32(skb, AXVM_A_VCPU_HOST_CPU, READ_ONCE(vcpu->last_cpu)) ||
	    nla_put_u64_64bit(skb, AXVM_A_VCPU_EXITS, READ_ONCE(vcpu->count[AXVM_COUNT_ENTRIES]),
			      AXVM_A_VCPU_PAD) ||
	    put_counters(skb, vcpu))
		return -EMSGSIZE;
	return 0;
}

int axvm_nl_vcpu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_items(skb, cb, fill_vcpu);
}

/* --- region-get --- */

static int fill_region(struct sk_buff *skb, struct axvm_vm *vm, u32 index)
{
	const struct axvm_region_cfg *region;
	struct nlattr *nest;

	if (index >= vm->gmem.nr_regions)
		return 1;
	region = &vm->gmem.regions[index].cfg;
	if (nla_put_u32(skb, AXVM_A_VM_ID, vm->id))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, AXVM_A_VM_REGION);
	if (!nest ||
	    nla_put_u64_64bit(skb, AXVM_A_REGION_GPA, region->gpa, AXVM_A_REGION_PAD) ||
	    nla_put_u64_64bit(skb, AXVM_A_REGION_SIZE, region->len, AXVM_A_REGION_PAD) ||
	    nla_put_u32(skb, AXVM_A_REGION_FLAGS, region->flags) ||
	    nla_put_u32(skb, AXVM_A_REGION_MAP_TYPE, region->map_type) ||
	    (region->prealloc && nla_put_flag(skb, AXVM_A_REGION_PREALLOC)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int axvm_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_items(skb, cb, fill_region);
}

/* --- device-get --- */

static const struct axvm_device *nth_device(const struct axvm_vm *vm, u32 index)
{
	const struct axvm_device *dev;

	list_for_each_entry(dev, &vm->devices.list, node)
		if (index-- == 0)
			return dev;
	return NULL;
}

static int put_device_params(struct sk_buff *skb, const struct axvm_device_cfg *cfg)
{
	u32 i;

	for (i = 0; i < cfg->nr_cfg; i++)
		if (nla_put_u64_64bit(skb, AXVM_A_DEVICE_CFG, cfg->cfg[i], AXVM_A_DEVICE_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_console(struct sk_buff *skb, const struct axvm_vm *vm,
		       const struct axvm_device *dev)
{
	int line;

	if (!dev->console)
		return 0;
	if (nla_put_u32(skb, AXVM_A_DEVICE_CONSOLE, dev->console_index))
		return -EMSGSIZE;
	line = READ_ONCE(vm->tty_lines[dev->console_index]);
	return line < 0 ? 0 : nla_put_u32(skb, AXVM_A_DEVICE_TTY, line);
}

static int put_device_cfg(struct sk_buff *skb, const struct axvm_device *dev)
{
	const struct axvm_device_cfg *cfg = &dev->cfg;

	return nla_put_string(skb, AXVM_A_DEVICE_NAME, cfg->name) ||
	       nla_put_string(skb, AXVM_A_DEVICE_TYPE, dev->type->name) ||
	       nla_put_u64_64bit(skb, AXVM_A_DEVICE_BASE, cfg->base, AXVM_A_DEVICE_PAD) ||
	       nla_put_u64_64bit(skb, AXVM_A_DEVICE_SIZE, cfg->len, AXVM_A_DEVICE_PAD) ||
	       nla_put_u32(skb, AXVM_A_DEVICE_IRQ, cfg->irq) ||
	       put_device_params(skb, cfg);
}

static int fill_device(struct sk_buff *skb, struct axvm_vm *vm, u32 index)
{
	const struct axvm_device *dev = nth_device(vm, index);
	struct nlattr *nest;

	if (!dev)
		return 1;
	if (nla_put_u32(skb, AXVM_A_VM_ID, vm->id))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, AXVM_A_VM_DEVICE);
	if (!nest || put_device_cfg(skb, dev) || put_console(skb, vm, dev))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int axvm_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_items(skb, cb, fill_device);
}
