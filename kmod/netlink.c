// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family: permission, choice of the VM, errors, events.
 *
 * Called by generic netlink in process context, several requests at a time
 * (parallel_ops: all locking is the core's). Tables and policies are generated
 * from Documentation/netlink/specs/axvm.yaml.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_priv.h"
#include "vm.h"

/* The core's enums have the uapi's values. */
static_assert((int)AXVM_STATE_CREATED == AXVM_VM_STATE_CREATED);
static_assert((int)AXVM_STATE_READY == AXVM_VM_STATE_READY);
static_assert((int)AXVM_STATE_RUNNING == AXVM_VM_STATE_RUNNING);
static_assert((int)AXVM_STATE_PAUSED == AXVM_VM_STATE_PAUSED);
static_assert((int)AXVM_STATE_STOPPING == AXVM_VM_STATE_STOPPING);
static_assert((int)AXVM_STATE_STOPPED == AXVM_VM_STATE_STOPPED);
static_assert((int)AXVM_STATE_CRASHED == AXVM_VM_STATE_CRASHED);
static_assert((int)AXVM_STATE_DESTROYED == AXVM_VM_STATE_DESTROYED);
static_assert((int)AXVM_STATES - 1 == AXVM_VM_STATE_DESTROYED);
static_assert((int)AXVM_REASON_NONE == AXVM_VM_REASON_NONE);
static_assert((int)AXVM_REASON_REQUEST == AXVM_VM_REASON_REQUEST);
static_assert((int)AXVM_REASON_GUEST_POWEROFF == AXVM_VM_REASON_GUEST_POWEROFF);
static_assert((int)AXVM_REASON_GUEST_REBOOT == AXVM_VM_REASON_GUEST_REBOOT);
static_assert((int)AXVM_REASON_GUEST_FAILURE == AXVM_VM_REASON_GUEST_FAILURE);
static_assert((int)AXVM_REASON_OWNER_CLOSED == AXVM_VM_REASON_OWNER_CLOSED);
static_assert((int)AXVM_REASON_NO_MEMORY == AXVM_VM_REASON_NO_MEMORY);
static_assert((int)AXVM_REASON_BAD_EXIT == AXVM_VM_REASON_BAD_EXIT);
static_assert((int)AXVM_REASON_NO_VCPUS == AXVM_VM_REASON_NO_VCPUS);
static_assert((int)AXVM_REASON_MODULE == AXVM_VM_REASON_MODULE);
static_assert((int)AXVM_REASON_CPU_SHUTDOWN == AXVM_VM_REASON_CPU_SHUTDOWN);
static_assert((int)AXVM_REASON_NO_THREADS == AXVM_VM_REASON_NO_THREADS);
static_assert((int)AXVM_REASONS - 1 == AXVM_VM_REASON_NO_THREADS);
static_assert((int)AXVM_VCPU_OFF == AXVM_VCPU_STATE_OFF);
static_assert((int)AXVM_VCPU_STARTING == AXVM_VCPU_STATE_STARTING);
static_assert((int)AXVM_VCPU_RUNNING == AXVM_VCPU_STATE_RUNNING);
static_assert((int)AXVM_VCPU_HALTED == AXVM_VCPU_STATE_HALTED);
static_assert((int)AXVM_VCPU_SUSPENDED == AXVM_VCPU_STATE_SUSPENDED);
static_assert((int)AXVM_VCPU_PAUSED == AXVM_VCPU_STATE_PAUSED);
static_assert(AXVM_VM_OWNED == AXVM_VM_FLAGS_OWNED);

/* Attributes of the set "vm" that may come more than once. */
#define VM_MULTI (BIT_ULL(AXVM_A_VM_VCPU) | BIT_ULL(AXVM_A_VM_REGION) | \
		  BIT_ULL(AXVM_A_VM_DEVICE) | BIT_ULL(AXVM_A_VM_BOOT_ARG))

/* --- errors --- */

int axvm_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *msg,
		   int code)
{
	if (extack) {
		extack->_msg = msg;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return code;
}

int axvm_nl_refuse_repeats(const struct nlattr *head, int len, u64 multi,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	nla_for_each_attr(attr, head, len, rem) {
		/* The policy has refused types that do not exist; 64 and more never do. */
		u64 bit = BIT_ULL(nla_type(attr) & 63);

		if (seen & bit & ~multi)
			return axvm_nl_refuse(extack, attr, "the attribute comes twice", -EINVAL);
		seen |= bit;
	}
	return 0;
}

static const struct {
	const char *name;
	int type;
} item_attrs[] = {
	[AXVM_ITEM_VCPU] = { "vCPU", AXVM_A_VM_VCPU },
	[AXVM_ITEM_REGION] = { "region", AXVM_A_VM_REGION },
	[AXVM_ITEM_DEVICE] = { "device", AXVM_A_VM_DEVICE },
};

/* "region 2: why" where that fits into the message buffer, else just why. */
static void set_item_msg(struct netlink_ext_ack *extack, const struct axvm_error *err)
{
	int len = snprintf(extack->_msg_buf, sizeof(extack->_msg_buf), "%s %d: %s",
			   item_attrs[err->item].name, err->index, err->msg);

	extack->_msg = len < sizeof(extack->_msg_buf) ? extack->_msg_buf : err->msg;
}

int axvm_nl_report(const struct genl_info *info, const struct axvm_error *err, int ret)
{
	struct netlink_ext_ack *extack = info->extack;

	if (!ret || !extack)
		return ret;
	if (!err->msg) {
		extack->_msg = ret == -ENOMEM ? "out of memory" : "the command failed";
		return ret;
	}
	if (err->item == AXVM_ITEM_NONE || err->item >= ARRAY_SIZE(item_attrs)) {
		extack->_msg = err->msg;
		return ret;
	}
	set_item_msg(extack, err);
	NL_SET_BAD_ATTR(extack, axvm_nl_nth_attr(info, item_attrs[err->item].type, err->index));
	return ret;
}

/* --- before and after each command --- */

/* netlink_capable() asks about the initial user namespace, for caller and opener of the socket. */
static int check_request(const struct sk_buff *skb, const struct genl_info *info)
{
	const struct nlattr *attrs = genlmsg_data(info->genlhdr);
	int len = nlmsg_attrlen(info->nlhdr, GENL_HDRLEN);

	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return axvm_nl_refuse(info->extack, NULL,
				      "needs CAP_SYS_ADMIN in the initial user namespace", -EPERM);
	/* Generic netlink parses nothing, and refuses nothing, where a command has no policy. */
	if (!info->attrs && len > 0)
		return axvm_nl_refuse(info->extack, len < NLA_HDRLEN ? NULL : attrs,
				      "the command takes no attributes", -EINVAL);
	return axvm_nl_refuse_repeats(attrs, len, VM_MULTI, info->extack);
}

static struct axvm_vm *lookup_by_id(const struct nlattr *id, const struct nlattr *name,
				    struct netlink_ext_ack *extack)
{
	struct axvm_vm *vm = axvm_vm_lookup(nla_get_u32(id));

	if (!vm) {
		axvm_nl_refuse(extack, id, "no VM has this id", -ENOENT);
		return NULL;
	}
	if (name && strcmp(nla_data(name), vm->name)) {
		axvm_vm_put(vm);
		axvm_nl_refuse(extack, name, "the VM of this id has another name", -ENOENT);
		return NULL;
	}
	return vm;
}

/* Return: the VM with a reference, or ERR_PTR with extack set. */
static struct axvm_vm *lookup_vm(const struct genl_info *info, int id_type, int name_type)
{
	const struct nlattr *id = info->attrs[id_type];
	const struct nlattr *name = info->attrs[name_type];
	struct axvm_vm *vm;

	if (id) {
		vm = lookup_by_id(id, name, info->extack);
	} else if (name) {
		vm = axvm_vm_lookup_name(nla_data(name));
		if (!vm)
			axvm_nl_refuse(info->extack, name, "no VM has this name", -ENOENT);
	} else {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, id_type);
		return ERR_PTR(axvm_nl_refuse(info->extack, NULL,
					      "the id or name of a VM is needed", -EINVAL));
	}
	return vm ?: ERR_PTR(-ENOENT);
}

int axvm_nl_pre_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	return check_request(skb, info);
}

static int begin_with_vm(struct sk_buff *skb, struct genl_info *info, int id_type, int name_type)
{
	struct axvm_vm *vm;
	int ret = check_request(skb, info);

	if (ret)
		return ret;
	vm = lookup_vm(info, id_type, name_type);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	info->user_ptr[0] = vm;
	return 0;
}

int axvm_nl_pre_vm(const struct genl_split_ops *ops, struct sk_buff *skb, struct genl_info *info)
{
	return begin_with_vm(skb, info, AXVM_A_VM_ID, AXVM_A_VM_NAME);
}

int axvm_nl_pre_vcpu(const struct genl_split_ops *ops, struct sk_buff *skb, struct genl_info *info)
{
	return begin_with_vm(skb, info, AXVM_A_VCPU_VM_ID, AXVM_A_VCPU_VM_NAME);
}

void axvm_nl_post_vm(const struct genl_split_ops *ops, struct sk_buff *skb, struct genl_info *info)
{
	axvm_vm_put(info->user_ptr[0]);
}

int axvm_nl_start_admin(struct netlink_callback *cb)
{
	return check_request(cb->skb, genl_info_dump(cb));
}

/* A dump remembers which VM it is about and does not hold it: the rest may never be read. */
static int start_vm_dump(struct netlink_callback *cb, int id_type, int name_type)
{
	struct axvm_nl_dump *dump = (struct axvm_nl_dump *)cb->ctx;
	const struct genl_info *info = genl_info_dump(cb);
	struct axvm_vm *vm;
	int ret = check_request(cb->skb, info);

	NL_ASSERT_CTX_FITS(struct axvm_nl_dump);
	if (ret)
		return ret;
	vm = lookup_vm(info, id_type, name_type);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	dump->id = vm->id;
	dump->created_ns = vm->created_ns;
	axvm_vm_put(vm);
	return 0;
}

int axvm_nl_start_vm(struct netlink_callback *cb)
{
	return start_vm_dump(cb, AXVM_A_VM_ID, AXVM_A_VM_NAME);
}

int axvm_nl_start_vcpus(struct netlink_callback *cb)
{
	return start_vm_dump(cb, AXVM_A_VCPU_VM_ID, AXVM_A_VCPU_VM_NAME);
}

/* --- events --- */

/* The generated table has no flags. */
static const struct genl_multicast_group event_groups[] = {
	[AXVM_NLGRP_EVENTS] = { AXVM_MCGRP_EVENTS, GENL_MCAST_CAP_SYS_ADMIN },
};

/* Odd, so never 0. */
static atomic_t generation = ATOMIC_INIT(1);

u32 axvm_nl_generation(void)
{
	return atomic_read(&generation);
}

/*
 * A socket can join a group's number before the family that owns it is
 * registered, and nobody checks it then. So look at who opened each receiver.
 * The socket cannot be released meanwhile: netlink holds its table.
 */
static int skip_receiver(struct sock *sk, struct sk_buff *skb, void *data)
{
	struct file *file = sk->sk_socket ? sk->sk_socket->file : NULL;

	return !file || !file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

/* No larger than it has to be: what a receiver is charged decides how late it may be. */
#define EVENT_SIZE	(5 * nla_total_size(sizeof(u32)) + 4 * nla_total_size_64bit(sizeof(u64)) + \
			 nla_total_size(AXVM_NAME_LEN))

/*
 * Events of all VMs are numbered and sent in one order; inside of the state locks. Whoever sends
 * one may be a vCPU's thread, whose creator's limits must not bind others: so nothing under
 * this lock sleeps.
 */
static DEFINE_SPINLOCK(events_lock);
static u64 nr_events;

u64 axvm_nl_nr_events(void)
{
	return READ_ONCE(nr_events);
}

/* Return: where the number of the event goes, which it gets when it is sent; or NULL. */
static struct nlattr *fill_event(struct sk_buff *skb, const struct axvm_state_event *event)
{
	struct nlattr *total;
	void *hdr = genlmsg_put(skb, 0, 0, &axvm_nl_family, 0, AXVM_CMD_STATE_NTF);

	if (!hdr ||
	    nla_put_u32(skb, AXVM_A_EVENT_VM_ID, event->vm->id) ||
	    nla_put_string(skb, AXVM_A_EVENT_VM_NAME, event->vm->name) ||
	    nla_put_u64_64bit(skb, AXVM_A_EVENT_SEQ, event->seq, AXVM_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, AXVM_A_EVENT_TIME_NS, event->time_ns, AXVM_A_EVENT_PAD) ||
	    nla_put_u32(skb, AXVM_A_EVENT_OLD_STATE, event->old_state) ||
	    nla_put_u32(skb, AXVM_A_EVENT_STATE, event->state) ||
	    nla_put_u32(skb, AXVM_A_EVENT_REASON, event->reason) ||
	    nla_put_u64_64bit(skb, AXVM_A_EVENT_CODE, event->code, AXVM_A_EVENT_PAD))
		return NULL;
	total = nla_reserve_64bit(skb, AXVM_A_EVENT_TOTAL, sizeof(u64), AXVM_A_EVENT_PAD);
	if (total)
		genlmsg_end(skb, hdr);
	return total;
}

static struct sk_buff *make_event(const struct axvm_state_event *event, struct nlattr **total)
{
	struct sk_buff *skb = genlmsg_new(EVENT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*total = fill_event(skb, event);
	if (*total)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static u64 next_event_locked(void)
{
	lockdep_assert_held(&events_lock);
	WRITE_ONCE(nr_events, nr_events + 1);
	return nr_events;
}

void axvm_event_send(const struct axvm_state_event *event)
{
	bool heard = genl_has_listeners(&axvm_nl_family, &init_net, AXVM_NLGRP_EVENTS);
	struct sk_buff *skb = NULL;
	struct nlattr *total = NULL;
	u64 number;

	lockdep_assert_held(&event->vm->state_lock);
	if (event->state == AXVM_STATE_CREATED || event->state == AXVM_STATE_DESTROYED)
		atomic_add(2, &generation);
	if (heard)
		skb = make_event(event, &total);

	guard(spinlock)(&events_lock);
	number = next_event_locked();
	if (skb) {
		memcpy(nla_data(total), &number, sizeof(number));
		genlmsg_multicast_netns_filtered(&axvm_nl_family, &init_net, skb, 0,
						 AXVM_NLGRP_EVENTS, GFP_ATOMIC, skip_receiver,
						 NULL);
	} else if (heard) {
		/* Subscribers learn that they missed something, as when their buffer is full. */
		genl_set_err(&axvm_nl_family, &init_net, 0, AXVM_NLGRP_EVENTS, -ENOBUFS);
	}
}

/* --- module load and unload --- */

/* A socket is closed, by whom it may be: what was asked for through it loses its owner. */
static int socket_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *socket = data;

	if (event != NETLINK_URELEASE || socket->protocol != NETLINK_GENERIC ||
	    !net_eq(socket->net, &init_net))
		return NOTIFY_DONE;
	axvm_nl_give_up(socket->portid);
	/* Destroying takes a while, and every socket that closes waits for the chain. */
	if (axvm_vms_creator_gone(socket->portid))
		axvm_nl_bury_orphans();
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

int axvm_netlink_init(void)
{
	int ret;

	/* The host's VMs are no matter of other network namespaces. */
	axvm_nl_family.netnsok = false;
	axvm_nl_family.mcgrps = event_groups;
	axvm_nl_family.n_mcgrps = ARRAY_SIZE(event_groups);
	ret = axvm_nl_commands_init();
	if (ret)
		return ret;
	ret = netlink_register_notifier(&socket_notifier);
	if (ret)
		goto err_commands;
	ret = genl_register_family(&axvm_nl_family);
	if (ret)
		goto err_notifier;
	return 0;

err_notifier:
	netlink_unregister_notifier(&socket_notifier);
err_commands:
	axvm_nl_commands_exit();
	return ret;
}

void axvm_netlink_exit(void)
{
	genl_unregister_family(&axvm_nl_family);
	netlink_unregister_notifier(&socket_notifier);
	axvm_nl_commands_exit();
}
