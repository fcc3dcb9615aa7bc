// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals of the kernel: which attribute, why, and what people can do.
 *
 * See nl_msg.h for the parsing and nl.h for ax_complain_fault().
 */
#include "nl_msg.h"

#include <errno.h>
#include <linux/axvm_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "util.h"

/* Names of the attributes of one set, as Documentation/netlink/specs/axvm.yaml has them. */
struct attr_set {
	const char *const *names;
	unsigned int nr_names;
	const struct attr_set *const *nested;
};

static const char *const vcpu_cfg_names[AXVM_A_VCPU_CFG_MAX + 1] = {
	[AXVM_A_VCPU_CFG_ID] = "id",
	[AXVM_A_VCPU_CFG_HW_ID] = "hw-id",
	[AXVM_A_VCPU_CFG_AFFINITY] = "affinity",
};

static const char *const region_names[AXVM_A_REGION_MAX + 1] = {
	[AXVM_A_REGION_GPA] = "gpa",
	[AXVM_A_REGION_SIZE] = "size",
	[AXVM_A_REGION_FLAGS] = "flags",
	[AXVM_A_REGION_MAP_TYPE] = "map-type",
	[AXVM_A_REGION_PREALLOC] = "prealloc",
};

static const char *const device_names[AXVM_A_DEVICE_MAX + 1] = {
	[AXVM_A_DEVICE_NAME] = "name",
	[AXVM_A_DEVICE_TYPE] = "type",
	[AXVM_A_DEVICE_BASE] = "base",
	[AXVM_A_DEVICE_SIZE] = "size",
	[AXVM_A_DEVICE_IRQ] = "irq",
	[AXVM_A_DEVICE_CFG] = "cfg",
	[AXVM_A_DEVICE_CONSOLE] = "console",
};

static const char *const vm_names[AXVM_A_VM_MAX + 1] = {
	[AXVM_A_VM_ID] = "id",
	[AXVM_A_VM_NAME] = "name",
	[AXVM_A_VM_FLAGS] = "flags",
	[AXVM_A_VM_VCPU] = "vcpu",
	[AXVM_A_VM_REGION] = "region",
	[AXVM_A_VM_DEVICE] = "device",
	[AXVM_A_VM_ENTRY] = "entry",
	[AXVM_A_VM_BOOT_ARG] = "boot-arg",
	[AXVM_A_VM_FORCE] = "force",
	[AXVM_A_VM_VECTOR_LEN] = "vector-len",
};

static const char *const vcpu_names[AXVM_A_VCPU_MAX + 1] = {
	[AXVM_A_VCPU_VM_ID] = "vm-id",
	[AXVM_A_VCPU_VM_NAME] = "vm-name",
};

static const struct attr_set vcpu_cfg_set = {
	vcpu_cfg_names, ARRAY_SIZE(vcpu_cfg_names), NULL,
};

static const struct attr_set region_set = { region_names, ARRAY_SIZE(region_names), NULL };

static const struct attr_set device_set = { device_names, ARRAY_SIZE(device_names), NULL };

static const struct attr_set *const vm_nested[AXVM_A_VM_MAX + 1] = {
	[AXVM_A_VM_VCPU] = &vcpu_cfg_set,
	[AXVM_A_VM_REGION] = &region_set,
	[AXVM_A_VM_DEVICE] = &device_set,
};

static const struct attr_set vm_set = { vm_names, ARRAY_SIZE(vm_names), vm_nested };

static const struct attr_set vcpu_set = { vcpu_names, ARRAY_SIZE(vcpu_names), NULL };

static void append(struct ax_fault *fault, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void append(struct ax_fault *fault, const char *fmt, ...)
{
	size_t used = strlen(fault->attr);
	va_list args;

	va_start(args, fmt);
	vsnprintf(fault->attr + used, sizeof(fault->attr) - used, fmt, args);
	va_end(args);
}

static void append_type(struct ax_fault *fault, const struct attr_set *set, unsigned int type)
{
	const char *dot = fault->attr[0] ? "." : "";

	if (set && type < set->nr_names && set->names[type])
		append(fault, "%s%s", dot, set->names[type]);
	else
		append(fault, "%s#%u", dot, type);
}

/* Attributes in a request, and the set that they belong to. */
struct attr_span {
	struct nlattr *first;
	int len;
	const struct attr_set *set;
};

/* Of several attributes of one type the number is told, from 0. */
static void append_index(struct ax_fault *fault, const struct attr_span *span,
			 const struct nlattr *which)
{
	unsigned int before = 0, all = 0;
	struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, span->first, span->len, rem) {
		if (nla_type(attr) != nla_type(which))
			continue;
		all++;
		before += attr < which;
	}
	if (all > 1)
		append(fault, "[%u]", before);
}

static struct nlattr *find_around(const struct attr_span *span, const char *at)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, span->first, span->len, rem)
		if (at >= (char *)attr && at < (char *)attr + nla_total_size(nla_len(attr)))
			return attr;
	return NULL;
}

/*
 * Go down to the attribute that starts at @at, and name what is on the way.
 * Afterwards @span->set is the set of the attributes inside it.
 */
static void append_path(struct ax_fault *fault, struct attr_span *span, const char *at)
{
	struct nlattr *attr = find_around(span, at);

	while (attr) {
		const struct attr_set *set = span->set;
		unsigned int type = nla_type(attr);

		append_type(fault, set, type);
		append_index(fault, span, attr);
		span->set = set && set->nested && type < set->nr_names ? set->nested[type] : NULL;
		if ((char *)attr == at || !span->set)
			return;
		span->first = nla_data(attr);
		span->len = nla_len(attr);
		attr = find_around(span, at);
	}
}

static uint32_t offset_of(struct nlattr **tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 4 ? nla_get_u32(tb[type]) : 0;
}

static void parse_attr_path(struct ax_fault *fault, struct nlmsghdr *request, struct nlattr **tb)
{
	struct genlmsghdr *hdr = nlmsg_data(request);
	struct attr_span span = {
		.first = genlmsg_attrdata(hdr, 0),
		.len = genlmsg_attrlen(hdr, 0),
		.set = hdr->cmd == AXVM_CMD_VCPU_GET ? &vcpu_set : &vm_set,
	};
	uint32_t nest = offset_of(tb, NLMSGERR_ATTR_MISS_NEST);
	uint32_t at = offset_of(tb, NLMSGERR_ATTR_OFFS);

	if (tb[NLMSGERR_ATTR_MISS_TYPE]) {
		if (nest)
			append_path(fault, &span, (char *)request + nest);
		append_type(fault, span.set, offset_of(tb, NLMSGERR_ATTR_MISS_TYPE));
		fault->attr_missing = true;
	} else if (at) {
		append_path(fault, &span, (char *)request + at);
	}
}

void ax_parse_fault(struct ax_fault *fault, struct nlmsghdr *request, int err,
		    struct nlattr *tlvs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	memset(fault, 0, sizeof(*fault));
	fault->kind = AX_FAULT_KERNEL;
	fault->err = err;
	if (!tlvs || len <= 0 || nla_parse(tb, NLMSGERR_ATTR_MAX, tlvs, len, NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(fault->message, tb[NLMSGERR_ATTR_MSG], sizeof(fault->message));
	if (request)
		parse_attr_path(fault, request, tb);
}
