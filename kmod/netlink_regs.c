// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu-regs-get: what a vCPU of a VM that does not run has in its registers.
 *
 * Called by generic netlink in process context.
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

int axvm_nl_vcpu_regs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct axvm_vm *vm = info->user_ptr[0];
	struct axvm_error err = {};
	char *text;
	u32 index;
	int ret;

	if (!info->attrs[AXVM_A_VCPU_ID]) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, AXVM_A_VCPU_ID);
		return axvm_nl_refuse(info->extack, NULL, "the id of a vCPU is needed", -EINVAL);
	}
	index = nla_get_u32(info->attrs[AXVM_A_VCPU_ID]);
	text = get_registers(vm, index, &err);
	if (IS_ERR(text))
		return axvm_nl_report(info, &err, PTR_ERR(text));
	ret = send_registers(info, vm, index, text);
	kvfree(text);
	return ret;
}
