// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that take a VM's lock: parsed when they come, run by a worker, answered when done.
 *
 * Called by generic netlink in process context, with its own semaphore held for reading: as long
 * as that is so, no module with a netlink family comes or goes, and once one tries, no request to
 * any family proceeds. A command may take as long as zeroing a large guest's memory, or as
 * another command on the same VM. So it keeps the request, lets go, and acknowledges it later.
 * What a client asks for before it has the answer to its last request runs beside that, unless it
 * is about the same VM: those run one after the other, so that many of them, for a VM that takes
 * its time, do not hold up those for others.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink_priv.h"

#define MAX_COMMANDS	4096	/* at a time */

/**
 * struct command - a command under way
 * @work: runs it
 * @node: in the list of those under way
 * @run: what it does
 * @skb: the request; @nlh and @info point into it
 * @nlh: its header
 * @sk: who asked
 * @info: of the request, without the parsed attributes
 * @extack: what the acknowledgment says
 * @vm: what it is about, with a reference
 * @cfg: of vm-new
 * @entry: of vm-start, if @has_entry
 * @args: of vm-start, if @nr_args
 * @has_entry: see @entry
 * @makes_vm: it is vm-new; @vm goes while it runs
 * @force: of vm-del and vm-stop
 * @nr_args: see @args
 * @index: vCPU of vcpu-regs-get
 */
struct command {
	struct work_struct work;
	struct list_head node;
	int (*run)(struct command *cmd);
	struct sk_buff *skb;
	struct nlmsghdr *nlh;
	struct sock *sk;
	struct genl_info info;
	struct netlink_ext_ack extack;
	struct axvm_vm *vm;
	struct axvm_vm_cfg cfg;
	u64 entry;
	u64 args[AXVM_BOOT_ARGS];
	bool has_entry;
	bool makes_vm;
	bool force;
	int nr_args;
	u32 index;
};

/* Making a VM may take as long as zeroing its memory: that has a queue of its own. */
static struct workqueue_struct *queue;
static struct workqueue_struct *new_queue;

/* Protects the list, which commands in it are queued, and @vm of a vm-new in it. */
static DEFINE_MUTEX(list_lock);
static LIST_HEAD(under_way);
static unsigned int nr_under_way;

/* --- keep, run, answer --- */

static void free_command(struct command *cmd)
{
	axvm_nl_free_vm_cfg(&cmd->cfg);
	kfree(cmd);
}

static struct command *make_command(const struct genl_info *info, int (*run)(struct command *cmd))
{
	struct command *cmd = kzalloc(sizeof(*cmd), GFP_KERNEL_ACCOUNT);

	if (!cmd)
		return NULL;
	cmd->run = run;
	cmd->info = *info;
	cmd->info.attrs = NULL;
	cmd->info.extack = &cmd->extack;
	cmd->nlh = (struct nlmsghdr *)info->nlhdr;
	return cmd;
}

/* The oldest one about a VM is the one that runs. */
static struct command *first_about_locked(const struct axvm_vm *vm)
{
	struct command *cmd;

	lockdep_assert_held(&list_lock);
	list_for_each_entry(cmd, &under_way, node)
		if (!cmd->makes_vm && cmd->vm == vm)
			return cmd;
	return NULL;
}

static int enlist(struct command *cmd)
{
	guard(mutex)(&list_lock);
	if (nr_under_way >= MAX_COMMANDS)
		return -EBUSY;
	nr_under_way++;
	list_add_tail(&cmd->node, &under_way);
	if (cmd->makes_vm)
		queue_work(new_queue, &cmd->work);
	else if (first_about_locked(cmd->vm) == cmd)
		queue_work(queue, &cmd->work);
	return 0;
}

static void delist(struct command *cmd)
{
	struct command *next;

	guard(mutex)(&list_lock);
	nr_under_way--;
	list_del(&cmd->node);
	if (cmd->makes_vm)
		return;
	next = first_about_locked(cmd->vm);
	if (next)
		queue_work(queue, &next->work);
}

/* A socket that is closed has no place for answers; its number may be another's by now. */
static void answer(struct command *cmd, int ret)
{
	if (!sock_flag(cmd->sk, SOCK_DEAD) && (ret || (cmd->nlh->nlmsg_flags & NLM_F_ACK)))
		netlink_ack(cmd->skb, cmd->nlh, ret, &cmd->extack);
	sock_put(cmd->sk);
	consume_skb(cmd->skb);
}

static void run_command(struct work_struct *work)
{
	struct command *cmd = container_of(work, struct command, work);
	int ret = cmd->run(cmd);

	delist(cmd);
	/* Who has the answer to a destruction may unload the module. */
	if (cmd->vm)
		axvm_vm_put(cmd->vm);
	answer(cmd, ret);
	free_command(cmd);
}

/* Return: -EINTR, by which netlink knows that it has nothing to acknowledge; or another error. */
static int defer(struct command *cmd, struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	cmd->skb = skb_get(skb);
	cmd->sk = NETLINK_CB(skb).sk;
	sock_hold(cmd->sk);
	INIT_WORK(&cmd->work, run_command);
	if (!enlist(cmd))
		return -EINTR;
	sock_put(cmd->sk);
	consume_skb(cmd->skb);
	return axvm_nl_refuse(extack, NULL, "too many commands at a time", -EBUSY);
}

/* --- vm-new --- */

/* Takes over the reply. */
static int send_vm_reply(const struct genl_info *info, struct sk_buff *reply,
			 const struct axvm_vm *vm)
{
	void *hdr = genlmsg_iput(reply, info);

	if (!hdr || nla_put_u32(reply, AXVM_A_VM_ID, vm->id) ||
	    nla_put_string(reply, AXVM_A_VM_NAME, vm->name)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, (struct genl_info *)info);
}

/* From now on it is no business of axvm_nl_give_up(). */
static struct axvm_vm *take_new_vm(struct command *cmd)
{
	struct axvm_vm *vm;

	guard(mutex)(&list_lock);
	vm = cmd->vm;
	cmd->vm = NULL;
	return vm;
}

static int publish_vm(struct command *cmd)
{
	struct axvm_error err = {};
	struct sk_buff *reply;
	struct axvm_vm *vm;
	int ret;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	ret = axvm_vm_back(cmd->vm, &err);
	vm = take_new_vm(cmd);
	ret = axvm_vm_publish(vm, &cmd->cfg, reply ? ret : -ENOMEM, &err);
	if (ret) {
		nlmsg_free(reply);
		return axvm_nl_report(&cmd->info, &err, ret);
	}
	/* A VM that its creator does not learn of must not stay. */
	ret = sock_flag(cmd->sk, SOCK_DEAD) ? -ECONNRESET : 0;
	if (ret)
		nlmsg_free(reply);
	else
		ret = send_vm_reply(&cmd->info, reply, vm);
	if (ret)
		axvm_vm_destroy(vm, true, AXVM_REASON_OWNER_CLOSED, NULL);
	axvm_vm_put(vm);
	return ret;
}

/* What is made here belongs to the creator: its cgroups, and its account of memory. */
static int make_new_vm(struct command *cmd, const struct genl_info *info)
{
	struct axvm_error err = {};
	struct axvm_vm *vm;
	int ret;

	ret = axvm_nl_parse_vm_cfg(info, &cmd->cfg);
	if (ret)
		return ret;
	cmd->cfg.creator = info->snd_portid;
	vm = axvm_vm_alloc(&cmd->cfg, &err);
	if (IS_ERR(vm))
		return axvm_nl_report(info, &err, PTR_ERR(vm));
	cmd->vm = vm;
	return 0;
}

int axvm_nl_vm_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct command *cmd = make_command(info, publish_vm);
	struct axvm_error err = {};
	int ret;

	if (!cmd)
		return -ENOMEM;
	cmd->makes_vm = true;
	ret = make_new_vm(cmd, info);
	if (ret)
		goto err_free;
	ret = defer(cmd, skb, info->extack);
	if (ret == -EINTR)
		return ret;
	ret = axvm_vm_publish(cmd->vm, &cmd->cfg, ret, &err);
err_free:
	free_command(cmd);
	return ret;
}

void axvm_nl_give_up(u32 port)
{
	struct command *cmd;

	guard(mutex)(&list_lock);
	list_for_each_entry(cmd, &under_way, node)
		if (cmd->makes_vm && cmd->vm && cmd->info.snd_portid == port)
			axvm_vm_give_up(cmd->vm);
}

static void bury_orphans(struct work_struct *work)
{
	axvm_vms_destroy_orphans();
}

static DECLARE_WORK(orphans_work, bury_orphans);

void axvm_nl_bury_orphans(void)
{
	queue_work(queue, &orphans_work);
}

/* --- commands on a VM --- */

static int defer_on_vm(struct command *cmd, struct sk_buff *skb, struct genl_info *info)
{
	struct axvm_vm *vm = info->user_ptr[0];
	int ret;

	cmd->vm = axvm_vm_get(vm);
	ret = defer(cmd, skb, info->extack);
	if (ret == -EINTR)
		return ret;
	axvm_vm_put(vm);
	free_command(cmd);
	return ret;
}

static int start_vm(struct command *cmd)
{
	struct axvm_error err = {};
	int ret;

	ret = axvm_vm_start(cmd->vm, cmd->has_entry ? &cmd->entry : NULL,
			    cmd->nr_args ? cmd->args : NULL, &err);
	return axvm_nl_report(&cmd->info, &err, ret);
}

int axvm_nl_vm_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *entry = info->attrs[AXVM_A_VM_ENTRY];
	struct command *cmd = make_command(info, start_vm);
	int nr_args;

	if (!cmd)
		return -ENOMEM;
	nr_args = axvm_nl_parse_boot_args(info, cmd->args);
	if (nr_args < 0) {
		free_command(cmd);
		return nr_args;
	}
	cmd->nr_args = nr_args;
	cmd->has_entry = entry;
	cmd->entry = entry ? nla_get_u64(entry) : 0;
	return defer_on_vm(cmd, skb, info);
}

/* One with no parameters but FORCE. */
static int defer_simple(struct sk_buff *skb, struct genl_info *info, bool force,
			int (*run)(struct command *cmd))
{
	struct command *cmd = make_command(info, run);

	if (!cmd)
		return -ENOMEM;
	cmd->force = force;
	return defer_on_vm(cmd, skb, info);
}

static int run_on_vm(struct command *cmd, int (*call)(struct axvm_vm *vm, struct axvm_error *err))
{
	struct axvm_error err = {};

	return axvm_nl_report(&cmd->info, &err, call(cmd->vm, &err));
}

static int pause_vm(struct command *cmd)
{
	return run_on_vm(cmd, axvm_vm_pause);
}

static int resume_vm(struct command *cmd)
{
	return run_on_vm(cmd, axvm_vm_resume);
}

static int stop_vm(struct command *cmd)
{
	return run_on_vm(cmd, cmd->force ? axvm_vm_stop : axvm_vm_ask_poweroff);
}

static int reset_vm(struct command *cmd)
{
	return run_on_vm(cmd, axvm_vm_reset);
}

static int del_vm(struct command *cmd)
{
	struct axvm_error err = {};
	int ret = axvm_vm_destroy(cmd->vm, cmd->force, AXVM_REASON_REQUEST, &err);

	return axvm_nl_report(&cmd->info, &err, ret);
}

int axvm_nl_vm_pause_doit(struct sk_buff *skb, struct genl_info *info)
{
	return defer_simple(skb, info, false, pause_vm);
}

int axvm_nl_vm_resume_doit(struct sk_buff *skb, struct genl_info *info)
{
	return defer_simple(skb, info, false, resume_vm);
}

int axvm_nl_vm_stop_doit(struct sk_buff *skb, struct genl_info *info)
{
	return defer_simple(skb, info, nla_get_flag(info->attrs[AXVM_A_VM_FORCE]), stop_vm);
}

int axvm_nl_vm_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	return defer_simple(skb, info, false, reset_vm);
}

int axvm_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return defer_simple(skb, info, nla_get_flag(info->attrs[AXVM_A_VM_FORCE]), del_vm);
}

/* --- what is asked about a VM and may have to wait for a command on it --- */

static int send_registers(struct command *cmd)
{
	if (sock_flag(cmd->sk, SOCK_DEAD))
		return -ECONNRESET;
	return axvm_nl_send_registers(&cmd->info, cmd->vm, cmd->index);
}

int axvm_nl_vcpu_regs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *index = info->attrs[AXVM_A_VCPU_ID];
	struct command *cmd;

	if (!index) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, AXVM_A_VCPU_ID);
		return axvm_nl_refuse(info->extack, NULL, "the id of a vCPU is needed", -EINVAL);
	}
	cmd = make_command(info, send_registers);
	if (!cmd)
		return -ENOMEM;
	cmd->index = nla_get_u32(index);
	return defer_on_vm(cmd, skb, info);
}

/* --- module load and unload --- */

int axvm_nl_commands_init(void)
{
	queue = alloc_workqueue("axvm-commands", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!queue)
		return -ENOMEM;
	new_queue = alloc_workqueue("axvm-new", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (new_queue)
		return 0;
	destroy_workqueue(queue);
	return -ENOMEM;
}

void axvm_nl_commands_exit(void)
{
	destroy_workqueue(new_queue);
	destroy_workqueue(queue);
}
