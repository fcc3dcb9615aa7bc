// SPDX-License-Identifier: GPL-2.0
/*
 * From netlink attributes to the configuration of a VM: one function per nest.
 *
 * Called for vm-new and vm-start by netlink.c, in process context. Types,
 * lengths and ranges were checked by the generated policy; here come numbers of
 * items, repeats, names, and what is missing.
 */
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "netlink_priv.h"

static_assert(AXVM_NAME_MAX + 1 == AXVM_NAME_LEN);
static_assert(AXVM_CFG_MAX == AXVM_MAX_CFG);
static_assert((int)AXVM_REGION_READ == AXVM_REGION_FLAGS_READ);
static_assert((int)AXVM_REGION_WRITE == AXVM_REGION_FLAGS_WRITE);
static_assert((int)AXVM_REGION_EXEC == AXVM_REGION_FLAGS_EXEC);
static_assert((int)AXVM_REGION_USER == AXVM_REGION_FLAGS_USER);
static_assert((int)AXVM_REGION_DEVICE == AXVM_REGION_FLAGS_DEVICE);
static_assert((int)AXVM_REGION_UNCACHED == AXVM_REGION_FLAGS_UNCACHED);

/* --- small things --- */

/* Names appear in paths, thread names and messages. */
static int copy_name(char name[AXVM_NAME_LEN], const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	const char *from = nla_data(attr);
	const char *c;

	if (!*from)
		return axvm_nl_refuse(extack, attr, "the name is empty", -EINVAL);
	for (c = from; *c; c++)
		if (!isascii(*c) || !(isalnum(*c) || strchr("._-", *c)))
			return axvm_nl_refuse(extack, attr,
					      "a name has letters, digits and ._- only", -EINVAL);
	strscpy(name, from, AXVM_NAME_LEN);
	return 0;
}

static int parse_nest(struct nlattr **tb, int max, const struct nlattr *nest,
		      const struct nla_policy *policy, u64 multi, struct netlink_ext_ack *extack)
{
	int ret = nla_parse_nested(tb, max, nest, policy, extack);

	return ret ?: axvm_nl_refuse_repeats(nla_data(nest), nla_len(nest), multi, extack);
}

static int require_attrs(struct nlattr **tb, const struct nlattr *nest, const int *types,
			 unsigned int nr, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (tb[types[i]])
			continue;
		NL_SET_ERR_ATTR_MISS(extack, (struct nlattr *)nest, types[i]);
		return axvm_nl_refuse(extack, nest, "a mandatory attribute is missing", -EINVAL);
	}
	return 0;
}

const struct nlattr *axvm_nl_nth_attr(const struct genl_info *info, int type, int n)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == type && n-- == 0)
			return attr;
	return NULL;
}

int axvm_nl_parse_boot_args(const struct genl_info *info, u64 args[AXVM_BOOT_ARGS])
{
	const struct nlattr *attr;
	int rem, nr = 0;

	memset(args, 0, AXVM_BOOT_ARGS * sizeof(*args));
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != AXVM_A_VM_BOOT_ARG)
			continue;
		if (nr == AXVM_BOOT_ARGS)
			return axvm_nl_refuse(info->extack, attr, "too many boot arguments",
					      -EINVAL);
		args[nr++] = nla_get_u64(attr);
	}
	return nr;
}

/* --- vCPUs --- */

static int parse_affinity(struct cpumask *mask, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	const u8 *bytes = nla_data(attr);
	unsigned int bit, nr_bits = nla_len(attr) * BITS_PER_BYTE;

	if (nla_len(attr) > AXVM_MASK_MAX)
		return axvm_nl_refuse(extack, attr, "the CPU mask is too long", -EINVAL);
	for (bit = 0; bit < nr_bits; bit++) {
		if (!(bytes[bit / BITS_PER_BYTE] & BIT(bit % BITS_PER_BYTE)))
			continue;
		if (bit >= nr_cpu_ids || !cpu_possible(bit))
			return axvm_nl_refuse(extack, attr, "the host has no such CPU", -EINVAL);
		cpumask_set_cpu(bit, mask);
	}
	if (cpumask_empty(mask))
		return axvm_nl_refuse(extack, attr, "the CPU mask is empty", -EINVAL);
	return 0;
}

static int parse_vcpu(struct axvm_vm_cfg *cfg, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	static const int required[] = { AXVM_A_VCPU_CFG_ID, AXVM_A_VCPU_CFG_HW_ID };
	struct axvm_vcpu_cfg *vcpu = &cfg->vcpus[cfg->nr_vcpus];
	struct nlattr *tb[ARRAY_SIZE(axvm_vcpu_cfg_nl_policy)];
	int ret;

	ret = parse_nest(tb, ARRAY_SIZE(tb) - 1, nest, axvm_vcpu_cfg_nl_policy, 0, extack);
	if (!ret)
		ret = require_attrs(tb, nest, required, ARRAY_SIZE(required), extack);
	if (!ret && tb[AXVM_A_VCPU_CFG_AFFINITY])
		ret = parse_affinity(&vcpu->affinity, tb[AXVM_A_VCPU_CFG_AFFINITY], extack);
	if (ret)
		return ret;
	vcpu->id = nla_get_u32(tb[AXVM_A_VCPU_CFG_ID]);
	vcpu->hw_id = nla_get_u64(tb[AXVM_A_VCPU_CFG_HW_ID]);
	cfg->nr_vcpus++;
	return 0;
}

/* --- regions --- */

static int parse_region(struct axvm_vm_cfg *cfg, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	static const int required[] = { AXVM_A_REGION_GPA, AXVM_A_REGION_SIZE,
					AXVM_A_REGION_FLAGS };
	struct axvm_region_cfg *region = &cfg->regions[cfg->nr_regions];
	struct nlattr *tb[ARRAY_SIZE(axvm_region_nl_policy)];
	int ret;

	ret = parse_nest(tb, ARRAY_SIZE(tb) - 1, nest, axvm_region_nl_policy, 0, extack);
	if (!ret)
		ret = require_attrs(tb, nest, required, ARRAY_SIZE(required), extack);
	if (ret)
		return ret;
	region->gpa = nla_get_u64(tb[AXVM_A_REGION_GPA]);
	region->len = nla_get_u64(tb[AXVM_A_REGION_SIZE]);
	region->flags = nla_get_u32(tb[AXVM_A_REGION_FLAGS]);
	region->map_type = AXVM_MAP_TYPE_ALLOC;
	if (tb[AXVM_A_REGION_MAP_TYPE])
		region->map_type = nla_get_u32(tb[AXVM_A_REGION_MAP_TYPE]);
	region->prealloc = nla_get_flag(tb[AXVM_A_REGION_PREALLOC]);
	cfg->nr_regions++;
	return 0;
}

/* --- devices --- */

static int parse_params(struct axvm_device_cfg *dev, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != AXVM_A_DEVICE_CFG)
			continue;
		if (dev->nr_cfg == AXVM_MAX_CFG)
			return axvm_nl_refuse(extack, attr, "too many device parameters", -EINVAL);
		dev->cfg[dev->nr_cfg++] = nla_get_u64(attr);
	}
	return 0;
}

static int parse_device_names(struct axvm_device_cfg *dev, struct nlattr **tb,
			      struct netlink_ext_ack *extack)
{
	int ret = copy_name(dev->name, tb[AXVM_A_DEVICE_NAME], extack);

	return ret ?: copy_name(dev->type, tb[AXVM_A_DEVICE_TYPE], extack);
}

static void parse_device_numbers(struct axvm_device_cfg *dev, struct nlattr **tb)
{
	if (tb[AXVM_A_DEVICE_BASE])
		dev->base = nla_get_u64(tb[AXVM_A_DEVICE_BASE]);
	if (tb[AXVM_A_DEVICE_SIZE])
		dev->len = nla_get_u64(tb[AXVM_A_DEVICE_SIZE]);
	if (tb[AXVM_A_DEVICE_IRQ])
		dev->irq = nla_get_u32(tb[AXVM_A_DEVICE_IRQ]);
}

static int parse_device(struct axvm_vm_cfg *cfg, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	static const int required[] = { AXVM_A_DEVICE_NAME, AXVM_A_DEVICE_TYPE };
	struct axvm_device_cfg *dev = &cfg->devices[cfg->nr_devices];
	struct nlattr *tb[ARRAY_SIZE(axvm_device_nl_policy)];
	int ret;

	ret = parse_nest(tb, ARRAY_SIZE(tb) - 1, nest, axvm_device_nl_policy,
			 BIT_ULL(AXVM_A_DEVICE_CFG), extack);
	if (!ret && tb[AXVM_A_DEVICE_CONSOLE])
		return axvm_nl_refuse(extack, tb[AXVM_A_DEVICE_CONSOLE],
				      "consoles are numbered by axvm", -EINVAL);
	if (!ret)
		ret = require_attrs(tb, nest, required, ARRAY_SIZE(required), extack);
	if (!ret)
		ret = parse_device_names(dev, tb, extack);
	if (!ret)
		ret = parse_params(dev, nest, extack);
	if (ret)
		return ret;
	parse_device_numbers(dev, tb);
	cfg->nr_devices++;
	return 0;
}

/* --- lists --- */

/**
 * struct list_kind - one of the lists of a VM's configuration
 * @type: attribute of an item
 * @max: items allowed
 * @too_many: what to say when there are more
 * @parse: adds one item to the configuration
 */
struct list_kind {
	int type;
	unsigned int max;
	const char *too_many;
	int (*parse)(struct axvm_vm_cfg *cfg, const struct nlattr *nest,
		     struct netlink_ext_ack *extack);
};

static const struct list_kind vcpu_list = {
	AXVM_A_VM_VCPU, AXVM_MAX_VCPUS, "too many vCPUs", parse_vcpu,
};

static const struct list_kind region_list = {
	AXVM_A_VM_REGION, AXVM_MAX_REGIONS, "too many memory regions", parse_region,
};

static const struct list_kind device_list = {
	AXVM_A_VM_DEVICE, AXVM_MAX_DEVICES, "too many devices", parse_device,
};

/* Return: number of items, or -ENOSPC. */
static int count_items(const struct genl_info *info, const struct list_kind *kind)
{
	const struct nlattr *attr;
	int rem, nr = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != kind->type)
			continue;
		if (++nr > kind->max)
			return axvm_nl_refuse(info->extack, attr, kind->too_many, -ENOSPC);
	}
	return nr;
}

/* An array for the items of a list, NULL when it is empty. Return: 0, -ENOSPC, -ENOMEM. */
static int alloc_items(const struct genl_info *info, const struct list_kind *kind, void **items,
		       size_t size)
{
	int nr = count_items(info, kind);

	if (nr <= 0)
		return nr;
	*items = kvcalloc(nr, size, GFP_KERNEL_ACCOUNT);
	return *items ? 0 : -ENOMEM;
}

static int parse_items(const struct genl_info *info, const struct list_kind *kind,
		       struct axvm_vm_cfg *cfg)
{
	const struct nlattr *attr;
	int rem, ret;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != kind->type)
			continue;
		ret = kind->parse(cfg, attr, info->extack);
		if (ret)
			return ret;
	}
	return 0;
}

static int alloc_lists(const struct genl_info *info, struct axvm_vm_cfg *cfg)
{
	int ret;

	ret = alloc_items(info, &vcpu_list, (void **)&cfg->vcpus, sizeof(*cfg->vcpus));
	if (!ret)
		ret = alloc_items(info, &region_list, (void **)&cfg->regions,
				  sizeof(*cfg->regions));
	if (!ret)
		ret = alloc_items(info, &device_list, (void **)&cfg->devices,
				  sizeof(*cfg->devices));
	return ret;
}

static int parse_lists(const struct genl_info *info, struct axvm_vm_cfg *cfg)
{
	int ret = parse_items(info, &vcpu_list, cfg);

	if (!ret)
		ret = parse_items(info, &region_list, cfg);
	if (!ret)
		ret = parse_items(info, &device_list, cfg);
	return ret;
}

/* --- the VM itself --- */

static int parse_scalars(const struct genl_info *info, struct axvm_vm_cfg *cfg)
{
	struct nlattr **tb = info->attrs;
	int ret;

	if (tb[AXVM_A_VM_ID]) {
		cfg->has_id = true;
		cfg->id = nla_get_u32(tb[AXVM_A_VM_ID]);
	}
	if (tb[AXVM_A_VM_FLAGS])
		cfg->flags = nla_get_u32(tb[AXVM_A_VM_FLAGS]);
	if (tb[AXVM_A_VM_ENTRY])
		cfg->entry = nla_get_u64(tb[AXVM_A_VM_ENTRY]);
	if (tb[AXVM_A_VM_VECTOR_LEN])
		cfg->vector_bits = nla_get_u32(tb[AXVM_A_VM_VECTOR_LEN]) ?: AXVM_VECTORS_LONGEST;
	if (tb[AXVM_A_VM_NAME]) {
		ret = copy_name(cfg->name, tb[AXVM_A_VM_NAME], info->extack);
		if (ret)
			return ret;
	}
	ret = axvm_nl_parse_boot_args(info, cfg->boot_args);
	return min(ret, 0);
}

int axvm_nl_parse_vm_cfg(const struct genl_info *info, struct axvm_vm_cfg *cfg)
{
	int ret = parse_scalars(info, cfg);

	if (!ret)
		ret = alloc_lists(info, cfg);
	if (!ret)
		ret = parse_lists(info, cfg);
	return ret;
}

void axvm_nl_free_vm_cfg(struct axvm_vm_cfg *cfg)
{
	kvfree(cfg->vcpus);
	kvfree(cfg->regions);
	kvfree(cfg->devices);
}
