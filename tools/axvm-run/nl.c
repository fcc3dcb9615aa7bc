// SPDX-License-Identifier: GPL-2.0
/*
 * Talk to the kernel through the generic-netlink family "axvm", see nl.h.
 */
#include "nl.h"

#include <errno.h>
#include <linux/axvm_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "explain.h"
#include "nl_msg.h"
#include "util.h"

/* A dump that changed while it was taken is taken again so many times. */
#define DUMP_TRIES		8

#define EVENTS_BUFFER		(4 << 20)

struct ax {
	struct nl_sock *sock;
	int family;
	struct ax_fault fault;
};

struct ax_events {
	struct nl_sock *sock;
	void (*fn)(const struct ax_event *event, void *arg);
	void *arg;
};

/* One request while its answers come in. */
struct exchange {
	struct ax *ax;
	struct nlmsghdr *request;
	int (*parse)(struct nlmsghdr *nlh, void *to);
	void *to;
	int err;
	bool done;
};

const struct ax_fault *ax_last_fault(const struct ax *ax)
{
	return &ax->fault;
}

/* Remember a failure on this side; @nlerr is one of libnl's. */
static int local_fault(struct ax *ax, int err, int nlerr)
{
	memset(&ax->fault, 0, sizeof(ax->fault));
	ax->fault.kind = AX_FAULT_LOCAL;
	ax->fault.err = err;
	if (nlerr)
		snprintf(ax->fault.message, sizeof(ax->fault.message), "netlink: %s",
			 nl_geterror(nlerr));
	return -err;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	int err = x->parse ? x->parse(nlmsg_hdr(msg), x->to) : 0;

	if (err && !x->err)
		x->err = local_fault(x->ax, -err, 0);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg __attribute__((unused)), void *arg)
{
	struct exchange *x = arg;

	x->done = true;
	return NL_STOP;
}

static void refuse(struct exchange *x, int err, void *tlvs, int len)
{
	ax_parse_fault(&x->ax->fault, x->request, err, tlvs, len);
	x->err = -err;
	x->done = true;
}

/* The end of a dump carries its result, and after it what an error would carry. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int *result = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh) - (int)sizeof(*result);

	x->done = true;
	if (len < 0 || *result >= 0)
		return NL_STOP;
	refuse(x, -*result, nlh->nlmsg_flags & NLM_F_ACK_TLVS ? result + 1 : NULL, len);
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from __attribute__((unused)), struct nlmsgerr *error,
		    void *arg)
{
	struct nlmsghdr *nlh = (void *)((char *)error - NLMSG_HDRLEN);
	int used = sizeof(*error);

	/* Without NLM_F_CAPPED the whole refused request comes back first. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		used += error->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	refuse(arg, -error->error,
	       nlh->nlmsg_flags & NLM_F_ACK_TLVS ? (char *)error + used : NULL,
	       nlmsg_datalen(nlh) - used);
	return NL_STOP;
}

static struct nl_cb *make_callbacks(struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	return cb;
}

/* Return: 0, negative errno, or -EAGAIN when the dump was inconsistent. */
static int receive(struct exchange *x, struct nl_cb *cb)
{
	while (!x->done) {
		int nlerr = nl_recvmsgs(x->ax->sock, cb);

		if (nlerr == -NLE_DUMP_INTR) {
			x->err = -EAGAIN;
			return x->err;
		}
		if (nlerr < 0 && !x->done)
			return local_fault(x->ax, EIO, nlerr);
	}
	return x->err;
}

/* Send @msg, which is used up, and wait for the end of the answer. */
static int exchange(struct ax *ax, struct nl_msg *msg,
		    int (*parse)(struct nlmsghdr *nlh, void *to), void *to)
{
	struct exchange x = { .ax = ax, .parse = parse, .to = to };
	struct nl_cb *cb;
	int err;

	if (!msg)
		return local_fault(ax, EMSGSIZE, 0);
	x.request = nlmsg_hdr(msg);
	cb = make_callbacks(&x);
	if (!cb) {
		nlmsg_free(msg);
		return local_fault(ax, ENOMEM, 0);
	}
	err = nl_send_auto(ax->sock, msg);
	err = err < 0 ? local_fault(ax, EIO, err) : receive(&x, cb);
	nl_cb_put(cb);
	nlmsg_free(msg);
	return err;
}

static void prepare_socket(struct nl_sock *sock)
{
	int on = 1;

	nl_socket_disable_auto_ack(sock);
	nl_socket_set_buffer_size(sock, 0, AX_MSG_SIZE);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

static void say_no_family(int nlerr)
{
	if (nlerr == -NLE_OBJ_NOTFOUND)
		say_error("%s", EXPLAIN_NO_MODULE);
	else
		say_error("cannot ask the kernel for the family %s: %s", AXVM_FAMILY_NAME,
			  nl_geterror(nlerr));
}

struct ax *ax_open(void)
{
	struct ax *ax = xcalloc(1, sizeof(*ax));
	int err;

	ax->sock = nl_socket_alloc();
	if (!ax->sock) {
		say_error("out of memory");
		goto err_free;
	}
	err = genl_connect(ax->sock);
	if (err) {
		say_error("cannot open a netlink socket: %s", nl_geterror(err));
		goto err_sock;
	}
	ax->family = genl_ctrl_resolve(ax->sock, AXVM_FAMILY_NAME);
	if (ax->family < 0) {
		say_no_family(ax->family);
		goto err_sock;
	}
	prepare_socket(ax->sock);
	return ax;

err_sock:
	nl_socket_free(ax->sock);
err_free:
	free(ax);
	return NULL;
}

void ax_close(struct ax *ax)
{
	if (!ax)
		return;
	nl_socket_free(ax->sock);
	free(ax);
}

int ax_caps_get(struct ax *ax, struct ax_caps *caps)
{
	return exchange(ax, ax_msg_simple(ax->family, AXVM_CMD_CAPS_GET, NLM_F_ACK),
			ax_parse_caps, caps);
}

int ax_vm_new(struct ax *ax, const struct axvm_config *cfg, const struct boot_plan *plan,
	      bool owned, struct ax_vm *vm)
{
	return exchange(ax, ax_msg_vm_new(ax->family, cfg, plan, owned), ax_parse_vm, vm);
}

int ax_vm_get(struct ax *ax, uint32_t id, struct ax_vm *vm)
{
	return exchange(ax, ax_msg_vm(ax->family, AXVM_CMD_VM_GET, NLM_F_ACK, id),
			ax_parse_vm, vm);
}

int ax_vm_find(struct ax *ax, const char *text, struct ax_vm *vm)
{
	uint64_t id;
	int err;

	if (parse_number(text, &id) && id <= UINT32_MAX) {
		err = ax_vm_get(ax, id, vm);
		if (err != -ENOENT)
			return err;
	}
	return exchange(ax, ax_msg_vm_name(ax->family, AXVM_CMD_VM_GET, text), ax_parse_vm, vm);
}

/* Make the request anew with @make until the dump was consistent. */
static int dump(struct ax *ax, struct nl_msg *(*make)(struct ax *ax, uint32_t id), uint32_t id,
		int (*parse)(struct nlmsghdr *nlh, void *to), void (*clear)(void *to), void *to)
{
	int tries, err = -EAGAIN;

	for (tries = 0; tries < DUMP_TRIES && err == -EAGAIN; tries++) {
		clear(to);
		err = exchange(ax, make(ax, id), parse, to);
	}
	if (err == -EAGAIN)
		return local_fault(ax, EAGAIN, -NLE_DUMP_INTR);
	return err;
}

static struct nl_msg *make_vm_dump(struct ax *ax, uint32_t id __attribute__((unused)))
{
	return ax_msg_simple(ax->family, AXVM_CMD_VM_GET, NLM_F_DUMP);
}

static struct nl_msg *make_vcpu_dump(struct ax *ax, uint32_t id)
{
	return ax_msg_vcpu_get(ax->family, id);
}

static struct nl_msg *make_region_dump(struct ax *ax, uint32_t id)
{
	return ax_msg_vm(ax->family, AXVM_CMD_REGION_GET, NLM_F_DUMP, id);
}

static struct nl_msg *make_device_dump(struct ax *ax, uint32_t id)
{
	return ax_msg_vm(ax->family, AXVM_CMD_DEVICE_GET, NLM_F_DUMP, id);
}

static void clear_vms(void *vms)
{
	ax_vms_free(vms);
}

static void clear_vcpus(void *vcpus)
{
	ax_vcpus_free(vcpus);
}

static void clear_regions(void *regions)
{
	ax_regions_free(regions);
}

static void clear_devices(void *devices)
{
	ax_devices_free(devices);
}

int ax_vm_list(struct ax *ax, struct ax_vms *vms)
{
	return dump(ax, make_vm_dump, 0, ax_parse_vms, clear_vms, vms);
}

int ax_vcpu_list(struct ax *ax, uint32_t id, struct ax_vcpus *vcpus)
{
	return dump(ax, make_vcpu_dump, id, ax_parse_vcpus, clear_vcpus, vcpus);
}

int ax_region_list(struct ax *ax, uint32_t id, struct ax_regions *regions)
{
	return dump(ax, make_region_dump, id, ax_parse_regions, clear_regions, regions);
}

int ax_device_list(struct ax *ax, uint32_t id, struct ax_devices *devices)
{
	return dump(ax, make_device_dump, id, ax_parse_devices, clear_devices, devices);
}

int ax_vcpu_regs(struct ax *ax, uint32_t vm_id, uint32_t id, char **text)
{
	int err;

	*text = NULL;
	err = exchange(ax, ax_msg_vcpu_regs_get(ax->family, vm_id, id), ax_parse_registers, text);
	if (!err && !*text)
		return local_fault(ax, EPROTO, 0);
	return err;
}

int ax_vm_start(struct ax *ax, uint32_t id, const struct boot_plan *plan)
{
	return exchange(ax, ax_msg_vm_start(ax->family, id, plan), NULL, NULL);
}

int ax_vm_do(struct ax *ax, uint32_t id, enum ax_verb verb)
{
	static const uint8_t commands[AX_NR_VERBS] = {
		[AX_PAUSE] = AXVM_CMD_VM_PAUSE,
		[AX_RESUME] = AXVM_CMD_VM_RESUME,
		[AX_RESET] = AXVM_CMD_VM_RESET,
		[AX_ASK] = AXVM_CMD_VM_STOP,
	};

	if (verb == AX_STOP)
		return exchange(ax, ax_msg_vm_force(ax->family, AXVM_CMD_VM_STOP, id, true), NULL,
				NULL);
	return exchange(ax, ax_msg_vm(ax->family, commands[verb], NLM_F_ACK, id), NULL, NULL);
}

int ax_vm_del(struct ax *ax, uint32_t id, bool force)
{
	return exchange(ax, ax_msg_vm_force(ax->family, AXVM_CMD_VM_DEL, id, force), NULL, NULL);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ax_events *events = arg;
	struct ax_event event;

	if (!genlmsg_valid_hdr(nlh, 0) || genlmsg_hdr(nlh)->cmd != AXVM_CMD_STATE_NTF)
		return NL_OK;
	if (!ax_parse_event(nlh, &event))
		events->fn(&event, events->arg);
	return NL_OK;
}

/* Return: 0 or one of libnl's errors. */
static int join_events(struct ax *ax, struct ax_events *events)
{
	int group, err;

	group = genl_ctrl_resolve_grp(ax->sock, AXVM_FAMILY_NAME, AXVM_MCGRP_EVENTS);
	if (group < 0)
		return group;
	err = genl_connect(events->sock);
	if (err)
		return err;
	nl_socket_disable_seq_check(events->sock);
	nl_socket_set_buffer_size(events->sock, EVENTS_BUFFER, 0);
	nl_socket_modify_cb(events->sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	err = nl_socket_add_membership(events->sock, group);
	return err ? err : nl_socket_set_nonblocking(events->sock);
}

struct ax_events *ax_events_open(struct ax *ax)
{
	struct ax_events *events = xcalloc(1, sizeof(*events));
	int err = -NLE_NOMEM;

	events->sock = nl_socket_alloc();
	if (events->sock)
		err = join_events(ax, events);
	if (!err)
		return events;
	local_fault(ax, err == -NLE_PERM ? EPERM : EIO, err == -NLE_PERM ? 0 : err);
	ax_events_close(events);
	return NULL;
}

int ax_events_fd(const struct ax_events *events)
{
	return nl_socket_get_fd(events->sock);
}

int ax_events_read(struct ax_events *events, void (*fn)(const struct ax_event *event, void *arg),
		   void *arg)
{
	struct nl_cb *cb = nl_socket_get_cb(events->sock);
	int err;

	events->fn = fn;
	events->arg = arg;
	do {
		err = nl_recvmsgs_report(events->sock, cb);
	} while (err > 0);
	nl_cb_put(cb);
	/* libnl has no error of its own for ENOBUFS, it says NOMEM. */
	if (err == -NLE_NOMEM)
		return -ENOBUFS;
	return !err || err == -NLE_AGAIN || err == -NLE_INTR ? 0 : -EIO;
}

void ax_events_close(struct ax_events *events)
{
	if (!events)
		return;
	nl_socket_free(events->sock);
	free(events);
}
