/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/axvm.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_AXVM_GEN_H
#define _LINUX_AXVM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/axvm_netlink.h>

/* Common nested types */
extern const struct nla_policy axvm_device_nl_policy[AXVM_A_DEVICE_TTY + 1];
extern const struct nla_policy axvm_region_nl_policy[AXVM_A_REGION_PAD + 1];
extern const struct nla_policy axvm_vcpu_cfg_nl_policy[AXVM_A_VCPU_CFG_PAD + 1];

int axvm_nl_pre_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info);
int axvm_nl_pre_vm(const struct genl_split_ops *ops, struct sk_buff *skb,
		   struct genl_info *info);
int axvm_nl_pre_vcpu(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info);
void
axvm_nl_post_vm(const struct genl_split_ops *ops, struct sk_buff *skb,
		struct genl_info *info);
int axvm_nl_start_admin(struct netlink_callback *cb);
int axvm_nl_start_vcpus(struct netlink_callback *cb);
int axvm_nl_start_vm(struct netlink_callback *cb);

int axvm_nl_caps_get_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_new_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int axvm_nl_vm_start_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_pause_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_resume_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_stop_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_reset_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info);
int axvm_nl_vcpu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int axvm_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int axvm_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int axvm_nl_vcpu_regs_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	AXVM_NLGRP_EVENTS,
};

extern struct genl_family axvm_nl_family;

#endif /* _LINUX_AXVM_GEN_H */
