// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/axvm.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/axvm_netlink.h>

/* Common nested types */
const struct nla_policy axvm_device_nl_policy[AXVM_A_DEVICE_TTY + 1] = {
	[AXVM_A_DEVICE_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_DEVICE_TYPE] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_DEVICE_BASE] = { .type = NLA_U64, },
	[AXVM_A_DEVICE_SIZE] = { .type = NLA_U64, },
	[AXVM_A_DEVICE_IRQ] = { .type = NLA_U32, },
	[AXVM_A_DEVICE_CFG] = { .type = NLA_U64, },
	[AXVM_A_DEVICE_CONSOLE] = { .type = NLA_U32, },
	[AXVM_A_DEVICE_TTY] = { .type = NLA_U32, },
};

const struct nla_policy axvm_region_nl_policy[AXVM_A_REGION_PAD + 1] = {
	[AXVM_A_REGION_GPA] = { .type = NLA_U64, },
	[AXVM_A_REGION_SIZE] = { .type = NLA_U64, },
	[AXVM_A_REGION_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x3f),
	[AXVM_A_REGION_MAP_TYPE] = NLA_POLICY_MAX(NLA_U32, 2),
	[AXVM_A_REGION_PREALLOC] = { .type = NLA_FLAG, },
};

const struct nla_policy axvm_vcpu_cfg_nl_policy[AXVM_A_VCPU_CFG_PAD + 1] = {
	[AXVM_A_VCPU_CFG_ID] = { .type = NLA_U32, },
	[AXVM_A_VCPU_CFG_HW_ID] = { .type = NLA_U64, },
	[AXVM_A_VCPU_CFG_AFFINITY] = { .type = NLA_BINARY, },
};

/* AXVM_CMD_VM_NEW - do */
static const struct nla_policy axvm_vm_new_nl_policy[AXVM_A_VM_VECTOR_LEN + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_VM_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1),
	[AXVM_A_VM_VCPU] = NLA_POLICY_NESTED(axvm_vcpu_cfg_nl_policy),
	[AXVM_A_VM_REGION] = NLA_POLICY_NESTED(axvm_region_nl_policy),
	[AXVM_A_VM_DEVICE] = NLA_POLICY_NESTED(axvm_device_nl_policy),
	[AXVM_A_VM_ENTRY] = { .type = NLA_U64, },
	[AXVM_A_VM_BOOT_ARG] = { .type = NLA_U64, },
	[AXVM_A_VM_VECTOR_LEN] = { .type = NLA_U32, },
};

/* AXVM_CMD_VM_GET - do */
static const struct nla_policy axvm_vm_get_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_VM_START - do */
static const struct nla_policy axvm_vm_start_nl_policy[AXVM_A_VM_BOOT_ARG + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_VM_ENTRY] = { .type = NLA_U64, },
	[AXVM_A_VM_BOOT_ARG] = { .type = NLA_U64, },
};

/* AXVM_CMD_VM_PAUSE - do */
static const struct nla_policy axvm_vm_pause_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_VM_RESUME - do */
static const struct nla_policy axvm_vm_resume_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_VM_STOP - do */
static const struct nla_policy axvm_vm_stop_nl_policy[AXVM_A_VM_FORCE + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_VM_FORCE] = { .type = NLA_FLAG, },
};

/* AXVM_CMD_VM_RESET - do */
static const struct nla_policy axvm_vm_reset_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_VM_DEL - do */
static const struct nla_policy axvm_vm_del_nl_policy[AXVM_A_VM_FORCE + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_VM_FORCE] = { .type = NLA_FLAG, },
};

/* AXVM_CMD_VCPU_GET - dump */
static const struct nla_policy axvm_vcpu_get_nl_policy[AXVM_A_VCPU_VM_NAME + 1] = {
	[AXVM_A_VCPU_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VCPU_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_REGION_GET - dump */
static const struct nla_policy axvm_region_get_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_DEVICE_GET - dump */
static const struct nla_policy axvm_device_get_nl_policy[AXVM_A_VM_NAME + 1] = {
	[AXVM_A_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
};

/* AXVM_CMD_VCPU_REGS_GET - do */
static const struct nla_policy axvm_vcpu_regs_get_nl_policy[AXVM_A_VCPU_ID + 1] = {
	[AXVM_A_VCPU_VM_ID] = { .type = NLA_U32, },
	[AXVM_A_VCPU_VM_NAME] = { .type = NLA_NUL_STRING, .len = AXVM_NAME_MAX, },
	[AXVM_A_VCPU_ID] = { .type = NLA_U32, },
};

/* Ops table for axvm */
static const struct genl_split_ops axvm_nl_ops[] = {
	{
		.cmd		= AXVM_CMD_CAPS_GET,
		.pre_doit	= axvm_nl_pre_admin,
		.doit		= axvm_nl_caps_get_doit,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_NEW,
		.pre_doit	= axvm_nl_pre_admin,
		.doit		= axvm_nl_vm_new_doit,
		.policy		= axvm_vm_new_nl_policy,
		.maxattr	= AXVM_A_VM_VECTOR_LEN,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_GET,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_get_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_get_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= AXVM_CMD_VM_GET,
		.start	= axvm_nl_start_admin,
		.dumpit	= axvm_nl_vm_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= AXVM_CMD_VM_START,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_start_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_start_nl_policy,
		.maxattr	= AXVM_A_VM_BOOT_ARG,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_PAUSE,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_pause_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_pause_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_RESUME,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_resume_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_resume_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_STOP,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_stop_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_stop_nl_policy,
		.maxattr	= AXVM_A_VM_FORCE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_RESET,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_reset_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_reset_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VM_DEL,
		.pre_doit	= axvm_nl_pre_vm,
		.doit		= axvm_nl_vm_del_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vm_del_nl_policy,
		.maxattr	= AXVM_A_VM_FORCE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= AXVM_CMD_VCPU_GET,
		.start		= axvm_nl_start_vcpus,
		.dumpit		= axvm_nl_vcpu_get_dumpit,
		.policy		= axvm_vcpu_get_nl_policy,
		.maxattr	= AXVM_A_VCPU_VM_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= AXVM_CMD_REGION_GET,
		.start		= axvm_nl_start_vm,
		.dumpit		= axvm_nl_region_get_dumpit,
		.policy		= axvm_region_get_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= AXVM_CMD_DEVICE_GET,
		.start		= axvm_nl_start_vm,
		.dumpit		= axvm_nl_device_get_dumpit,
		.policy		= axvm_device_get_nl_policy,
		.maxattr	= AXVM_A_VM_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= AXVM_CMD_VCPU_REGS_GET,
		.pre_doit	= axvm_nl_pre_vcpu,
		.doit		= axvm_nl_vcpu_regs_get_doit,
		.post_doit	= axvm_nl_post_vm,
		.policy		= axvm_vcpu_regs_get_nl_policy,
		.maxattr	= AXVM_A_VCPU_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group axvm_nl_mcgrps[] = {
	[AXVM_NLGRP_EVENTS] = { "events", },
};

struct genl_family axvm_nl_family __ro_after_init = {
	.name		= AXVM_FAMILY_NAME,
	.version	= AXVM_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= axvm_nl_ops,
	.n_split_ops	= ARRAY_SIZE(axvm_nl_ops),
	.mcgrps		= axvm_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(axvm_nl_mcgrps),
};
