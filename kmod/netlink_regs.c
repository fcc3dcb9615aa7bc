// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu-regs-get: what a vCPU of a VM that does not run has in its registers.
 *
 * Called by the worker of netlink_cmd.c: a VM's lock may be held for long.
 */
#include <linux/cleanup.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink_priv.h"

/* Several times what the backends print: the longest has about 4 KiB. */
#define REGISTERS_SIZE	SZ_16K

/* Return: text that the caller frees, or ERR_PTR. */
static char *get_registers(struct axvm_vm *vm, u32 index, struct axvm_error *err)
{
	struct seq_file m = { .size = REGISTERS_SIZE };
	int ret;

	m.buf = kvzalloc(REGISTERS_SIZE, GFP_KERNEL);
	if (!m.buf)
		return ERR_PTR(-ENOMEM);
	ret = axvm_vm_show_registers(vm, index, &m, err);
	if (!ret && seq_has_overflowed(&m))
		ret = -EMSGSIZE;
	if (ret) {
		kvfree(m.buf);
		return ERR_PTR(ret);
	}
	m.buf[m.count] = 0;
	return m.buf;
}

static int fill_registers(struct sk_buff *skb, const struct genl_info *info,
			  const struct axvm_vm *vm, u32 index, const char *text)
{
	void *hdr = genlmsg_iput(skb, info);

	if (!hdr || nla_put_u32(skb, AXVM_A_VCPU_VM_ID, vm->id) ||
	    nla_put_string(skb, AXVM_A_VCPU_VM_NAME, vm->name) ||
	    nla_put_u32(skb, AXVM_A_VCPU_ID, index) ||
	    nla_put_string(skb, AXVM_A_VCPU_REGISTERS, text))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

static int send_registers(struct genl_info *info, const struct axvm_vm *vm, u32 index,
			  const char *text)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE + strlen(text), GFP_KERNEL);
	int ret;

	if (!reply)
		return -ENOMEM;
	ret = fill_registers(reply, info, vm, index, text);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

int axvm_nl_send_registers(struct genl_info *info, struct axvm_vm *vm, u32 index)
{
	struct axvm_error err = {};
	char *text;
	int ret;

	text = get_registers(vm, index, &err);
	if (IS_ERR(text))
		return axvm_nl_report(info, &err, PTR_ERR(text));
	ret = send_registers(info, vm, index, text);
	kvfree(text);
	return ret;
}
