// SPDX-License-Identifier: GPL-2.0
/*
 * Requests as netlink messages, see nl_msg.h.
 */
#include "nl_msg.h"

#include <linux/axvm_netlink.h>
#include <netlink/genl/genl.h>

struct nl_msg *ax_msg_simple(int family, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(AX_MSG_SIZE);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags | NLM_F_REQUEST, cmd,
			AXVM_FAMILY_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* Give up @msg if something did not fit into it. */
static struct nl_msg *finish(struct nl_msg *msg, int err)
{
	if (!err)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

struct nl_msg *ax_msg_vm(int family, int cmd, int flags, uint32_t id)
{
	struct nl_msg *msg = ax_msg_simple(family, cmd, flags);

	return msg ? finish(msg, nla_put_u32(msg, AXVM_A_VM_ID, id)) : NULL;
}

struct nl_msg *ax_msg_vm_name(int family, int cmd, const char *name)
{
	struct nl_msg *msg = ax_msg_simple(family, cmd, NLM_F_ACK);

	return msg ? finish(msg, nla_put_string(msg, AXVM_A_VM_NAME, name)) : NULL;
}

struct nl_msg *ax_msg_vm_force(int family, uint8_t cmd, uint32_t id, bool force)
{
	struct nl_msg *msg = ax_msg_vm(family, cmd, NLM_F_ACK, id);

	if (!msg || !force)
		return msg;
	return finish(msg, nla_put_flag(msg, AXVM_A_VM_FORCE));
}

struct nl_msg *ax_msg_vcpu_get(int family, uint32_t id)
{
	struct nl_msg *msg = ax_msg_simple(family, AXVM_CMD_VCPU_GET, NLM_F_DUMP);

	return msg ? finish(msg, nla_put_u32(msg, AXVM_A_VCPU_VM_ID, id)) : NULL;
}

struct nl_msg *ax_msg_vcpu_regs_get(int family, uint32_t vm_id, uint32_t id)
{
	struct nl_msg *msg = ax_msg_simple(family, AXVM_CMD_VCPU_REGS_GET, NLM_F_ACK);

	if (!msg)
		return NULL;
	return finish(msg, nla_put_u32(msg, AXVM_A_VCPU_VM_ID, vm_id) ||
		      nla_put_u32(msg, AXVM_A_VCPU_ID, id));
}

static int put_boot(struct nl_msg *msg, const struct boot_plan *plan)
{
	unsigned int i;

	if (nla_put_u64(msg, AXVM_A_VM_ENTRY, plan->entry))
		return -1;
	for (i = 0; i < plan->nr_args; i++)
		if (nla_put_u64(msg, AXVM_A_VM_BOOT_ARG, plan->args[i]))
			return -1;
	return 0;
}

struct nl_msg *ax_msg_vm_start(int family, uint32_t id, const struct boot_plan *plan)
{
	struct nl_msg *msg = ax_msg_vm(family, AXVM_CMD_VM_START, NLM_F_ACK, id);

	if (!msg || !plan)
		return msg;
	return finish(msg, put_boot(msg, plan));
}

static int put_vcpu(struct nl_msg *msg, unsigned int id, const struct config_vcpu *vcpu)
{
	if (nla_put_u32(msg, AXVM_A_VCPU_CFG_ID, id) ||
	    nla_put_u64(msg, AXVM_A_VCPU_CFG_HW_ID, vcpu->hw_id))
		return -1;
	if (!vcpu->mask_len)
		return 0;
	return nla_put(msg, AXVM_A_VCPU_CFG_AFFINITY, vcpu->mask_len, vcpu->mask);
}

static int put_region(struct nl_msg *msg, const struct config_region *region)
{
	if (nla_put_u64(msg, AXVM_A_REGION_GPA, region->gpa) ||
	    nla_put_u64(msg, AXVM_A_REGION_SIZE, region->size) ||
	    nla_put_u32(msg, AXVM_A_REGION_FLAGS, region->flags) ||
	    nla_put_u32(msg, AXVM_A_REGION_MAP_TYPE, region->map_type))
		return -1;
	return region->prealloc ? nla_put_flag(msg, AXVM_A_REGION_PREALLOC) : 0;
}

static int put_device(struct nl_msg *msg, const struct config_device *device)
{
	unsigned int i;

	if (nla_put_string(msg, AXVM_A_DEVICE_NAME, device->name) ||
	    nla_put_string(msg, AXVM_A_DEVICE_TYPE, device->type) ||
	    nla_put_u64(msg, AXVM_A_DEVICE_BASE, device->base) ||
	    nla_put_u64(msg, AXVM_A_DEVICE_SIZE, device->size) ||
	    nla_put_u32(msg, AXVM_A_DEVICE_IRQ, device->irq))
		return -1;
	for (i = 0; i < device->nr_cfg; i++)
		if (nla_put_u64(msg, AXVM_A_DEVICE_CFG, device->cfg[i]))
			return -1;
	return 0;
}

/* The kernel wants nested attributes marked as such; libnl does so from 3.5 on. */
static struct nlattr *nest(struct nl_msg *msg, int type)
{
	return nla_nest_start(msg, type | NLA_F_NESTED);
}

static int put_vcpus(struct nl_msg *msg, const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		struct nlattr *head = nest(msg, AXVM_A_VM_VCPU);

		if (!head || put_vcpu(msg, i, &cfg->vcpus[i]) || nla_nest_end(msg, head))
			return -1;
	}
	return 0;
}

static int put_regions(struct nl_msg *msg, const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_regions; i++) {
		struct nlattr *head = nest(msg, AXVM_A_VM_REGION);

		if (!head || put_region(msg, &cfg->regions[i]) || nla_nest_end(msg, head))
			return -1;
	}
	return 0;
}

static int put_devices(struct nl_msg *msg, const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++) {
		struct nlattr *head = nest(msg, AXVM_A_VM_DEVICE);

		if (!head || put_device(msg, &cfg->devices[i]) || nla_nest_end(msg, head))
			return -1;
	}
	return 0;
}

static int put_vm(struct nl_msg *msg, const struct axvm_config *cfg, bool owned)
{
	if (!cfg->auto_id && nla_put_u32(msg, AXVM_A_VM_ID, cfg->id))
		return -1;
	/* Without one the kernel names it after its id. */
	if (cfg->name[0] && nla_put_string(msg, AXVM_A_VM_NAME, cfg->name))
		return -1;
	if (cfg->sve && nla_put_u32(msg, AXVM_A_VM_VECTOR_LEN, cfg->sve_bits))
		return -1;
	return nla_put_u32(msg, AXVM_A_VM_FLAGS, owned ? AXVM_VM_FLAGS_OWNED : 0);
}

struct nl_msg *ax_msg_vm_new(int family, const struct axvm_config *cfg,
			     const struct boot_plan *plan, bool owned)
{
	struct nl_msg *msg = ax_msg_simple(family, AXVM_CMD_VM_NEW, NLM_F_ACK);

	if (!msg)
		return NULL;
	return finish(msg, put_vm(msg, cfg, owned) || put_vcpus(msg, cfg) ||
		      put_regions(msg, cfg) || put_devices(msg, cfg) || put_boot(msg, plan));
}
