// SPDX-License-Identifier: GPL-2.0
/*
 * Answers and events as plain structs, see nl_msg.h.
 */
#include "nl_msg.h"

#include <errno.h>
#include <linux/axvm_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Values of attributes that may be absent or too short. */
static uint32_t get_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 8 ? nla_get_u64(attr) : 0;
}

static void get_text(struct nlattr *attr, char *text, size_t size)
{
	text[0] = '\0';
	if (attr)
		nla_strlcpy(text, attr, size);
}

static struct nlattr *attrs_of(struct nlmsghdr *nlh, int *len)
{
	struct genlmsghdr *hdr = nlmsg_data(nlh);

	*len = genlmsg_attrlen(hdr, 0);
	return genlmsg_attrdata(hdr, 0);
}

static int parse_attrs(struct nlmsghdr *nlh, struct nlattr **tb, int max)
{
	if (!genlmsg_valid_hdr(nlh, 0))
		return -EPROTO;
	return genlmsg_parse(nlh, 0, tb, max, NULL) < 0 ? -EPROTO : 0;
}

/* Room for one more element at the end of a growing array, zeroed. */
static void *grow(void *list, size_t *nr, size_t size)
{
	char **array = list;

	*array = xrealloc(*array, (*nr + 1) * size);
	memset(*array + *nr * size, 0, size);
	return *array + (*nr)++ * size;
}

static void get_device_types(struct nlmsghdr *nlh, struct ax_caps *caps)
{
	struct nlattr *attr;
	int len, rem;

	nla_for_each_attr(attr, attrs_of(nlh, &len), len, rem) {
		if (nla_type(attr) != AXVM_A_CAPS_DEVICE_TYPE ||
		    caps->nr_device_types == AX_MAX_TYPES)
			continue;
		get_text(attr, caps->device_types[caps->nr_device_types++], AX_NAME_LEN);
	}
}

static void get_caps_numbers(struct nlattr **tb, struct ax_caps *caps)
{
	caps->api_version = get_u32(tb[AXVM_A_CAPS_API_VERSION]);
	caps->gpa_bits = get_u32(tb[AXVM_A_CAPS_GPA_BITS]);
	caps->max_vcpus = get_u32(tb[AXVM_A_CAPS_MAX_VCPUS]);
	caps->max_vms = get_u32(tb[AXVM_A_CAPS_MAX_VMS]);
	caps->max_regions = get_u32(tb[AXVM_A_CAPS_MAX_REGIONS]);
	caps->max_devices = get_u32(tb[AXVM_A_CAPS_MAX_DEVICES]);
	caps->vmids = get_u32(tb[AXVM_A_CAPS_VMIDS]);
	caps->events = get_u64(tb[AXVM_A_CAPS_EVENTS]);
	caps->timer_frequency = get_u64(tb[AXVM_A_CAPS_TIMER_FREQUENCY]);
}

int ax_parse_caps(struct nlmsghdr *nlh, void *to)
{
	struct nlattr *tb[AXVM_A_CAPS_MAX + 1];
	struct ax_caps *caps = to;
	int err = parse_attrs(nlh, tb, AXVM_A_CAPS_MAX);

	if (err)
		return err;
	memset(caps, 0, sizeof(*caps));
	get_caps_numbers(tb, caps);
	get_text(tb[AXVM_A_CAPS_MODULE_VERSION], caps->module_version,
		 sizeof(caps->module_version));
	get_text(tb[AXVM_A_CAPS_ARCH], caps->arch, sizeof(caps->arch));
	get_text(tb[AXVM_A_CAPS_BACKEND], caps->backend, sizeof(caps->backend));
	get_text(tb[AXVM_A_CAPS_CPU_FEATURES], caps->cpu_features, sizeof(caps->cpu_features));
	get_text(tb[AXVM_A_CAPS_MMU_TYPE], caps->mmu_type, sizeof(caps->mmu_type));
	get_text(tb[AXVM_A_CAPS_S2_FORMAT], caps->s2_format, sizeof(caps->s2_format));
	get_device_types(nlh, caps);
	return 0;
}

static void get_boot_args(struct nlmsghdr *nlh, struct ax_vm *vm)
{
	struct nlattr *attr;
	int len, rem;

	nla_for_each_attr(attr, attrs_of(nlh, &len), len, rem)
		if (nla_type(attr) == AXVM_A_VM_BOOT_ARG && vm->nr_boot_args < BOOT_MAX_ARGS)
			vm->boot_args[vm->nr_boot_args++] = get_u64(attr);
}

static void get_s2_leaves(struct nlmsghdr *nlh, struct ax_vm *vm)
{
	struct nlattr *attr;
	int len, rem;

	nla_for_each_attr(attr, attrs_of(nlh, &len), len, rem)
		if (nla_type(attr) == AXVM_A_VM_S2_LEAVES && vm->nr_s2_leaves < AX_MAX_LEVELS)
			vm->s2_leaves[vm->nr_s2_leaves++] = get_u64(attr);
}

int ax_parse_vm(struct nlmsghdr *nlh, void *to)
{
	struct nlattr *tb[AXVM_A_VM_MAX + 1];
	struct ax_vm *vm = to;
	int err = parse_attrs(nlh, tb, AXVM_A_VM_MAX);

	if (err)
		return err;
	memset(vm, 0, sizeof(*vm));
	vm->id = get_u32(tb[AXVM_A_VM_ID]);
	get_text(tb[AXVM_A_VM_NAME], vm->name, sizeof(vm->name));
	vm->flags = get_u32(tb[AXVM_A_VM_FLAGS]);
	vm->state = get_u32(tb[AXVM_A_VM_STATE]);
	vm->reason = get_u32(tb[AXVM_A_VM_REASON]);
	vm->code = get_u64(tb[AXVM_A_VM_CODE]);
	vm->nr_vcpus = get_u32(tb[AXVM_A_VM_NR_VCPUS]);
	vm->memory = get_u64(tb[AXVM_A_VM_MEMORY]);
	vm->backed = get_u64(tb[AXVM_A_VM_BACKED]);
	vm->backed_huge = get_u64(tb[AXVM_A_VM_BACKED_HUGE]);
	vm->has_entry = tb[AXVM_A_VM_ENTRY];
	vm->entry = get_u64(tb[AXVM_A_VM_ENTRY]);
	vm->vector_bits = get_u32(tb[AXVM_A_VM_VECTOR_LEN]);
	vm->seq = get_u64(tb[AXVM_A_VM_SEQ]);
	vm->created_ns = get_u64(tb[AXVM_A_VM_CREATED_NS]);
	vm->s2_tables = get_u64(tb[AXVM_A_VM_S2_TABLES]);
	get_boot_args(nlh, vm);
	get_s2_leaves(nlh, vm);
	return 0;
}

int ax_parse_vms(struct nlmsghdr *nlh, void *to)
{
	struct ax_vms *vms = to;

	return ax_parse_vm(nlh, grow(&vms->list, &vms->nr, sizeof(*vms->list)));
}

static int get_counter(struct nlattr *nested, struct ax_vcpu *vcpu)
{
	struct nlattr *tb[AXVM_A_COUNTER_MAX + 1];
	struct ax_counter *counter;
	size_t nr = vcpu->nr_counters;

	if (nla_parse_nested(tb, AXVM_A_COUNTER_MAX, nested, NULL) < 0)
		return -EPROTO;
	counter = grow(&vcpu->counters, &nr, sizeof(*vcpu->counters));
	vcpu->nr_counters = nr;
	get_text(tb[AXVM_A_COUNTER_NAME], counter->name, sizeof(counter->name));
	counter->value = get_u64(tb[AXVM_A_COUNTER_VALUE]);
	counter->has_time = tb[AXVM_A_COUNTER_TIME_NS];
	counter->time_ns = get_u64(tb[AXVM_A_COUNTER_TIME_NS]);
	return 0;
}

static int get_counters(struct nlmsghdr *nlh, struct ax_vcpu *vcpu)
{
	struct nlattr *attr;
	int len, rem, err;

	nla_for_each_attr(attr, attrs_of(nlh, &len), len, rem) {
		if (nla_type(attr) != AXVM_A_VCPU_COUNTER)
			continue;
		err = get_counter(attr, vcpu);
		if (err)
			return err;
	}
	return 0;
}

int ax_parse_vcpus(struct nlmsghdr *nlh, void *to)
{
	struct nlattr *tb[AXVM_A_VCPU_MAX + 1];
	struct ax_vcpus *vcpus = to;
	struct ax_vcpu *vcpu;
	int err = parse_attrs(nlh, tb, AXVM_A_VCPU_MAX);

	if (err)
		return err;
	vcpu = grow(&vcpus->list, &vcpus->nr, sizeof(*vcpu));
	vcpu->id = get_u32(tb[AXVM_A_VCPU_ID]);
	vcpu->hw_id = get_u64(tb[AXVM_A_VCPU_HW_ID]);
	vcpu->state = get_u32(tb[AXVM_A_VCPU_STATE]);
	vcpu->thread = get_u32(tb[AXVM_A_VCPU_THREAD]);
	vcpu->host_cpu = -1;
	if (tb[AXVM_A_VCPU_HOST_CPU])
		vcpu->host_cpu = (int32_t)get_u32(tb[AXVM_A_VCPU_HOST_CPU]);
	vcpu->exits = get_u64(tb[AXVM_A_VCPU_EXITS]);
	vcpu->loaded_ns = get_u64(tb[AXVM_A_VCPU_LOADED_NS]);
	return get_counters(nlh, vcpu);
}

static int get_region(struct nlattr *nested, void *to)
{
	struct nlattr *tb[AXVM_A_REGION_MAX + 1];
	struct ax_regions *regions = to;
	struct ax_region *region;

	if (nla_parse_nested(tb, AXVM_A_REGION_MAX, nested, NULL) < 0)
		return -EPROTO;
	region = grow(&regions->list, &regions->nr, sizeof(*region));
	region->gpa = get_u64(tb[AXVM_A_REGION_GPA]);
	region->size = get_u64(tb[AXVM_A_REGION_SIZE]);
	region->flags = get_u32(tb[AXVM_A_REGION_FLAGS]);
	region->map_type = get_u32(tb[AXVM_A_REGION_MAP_TYPE]);
	region->prealloc = tb[AXVM_A_REGION_PREALLOC];
	return 0;
}

static void get_cfg(struct nlattr *nested, struct ax_device *device)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nested, rem)
		if (nla_type(attr) == AXVM_A_DEVICE_CFG && device->nr_cfg < CONFIG_CFG_MAX)
			device->cfg[device->nr_cfg++] = get_u64(attr);
}

static int get_device(struct nlattr *nested, void *to)
{
	struct nlattr *tb[AXVM_A_DEVICE_MAX + 1];
	struct ax_devices *devices = to;
	struct ax_device *device;

	if (nla_parse_nested(tb, AXVM_A_DEVICE_MAX, nested, NULL) < 0)
		return -EPROTO;
	device = grow(&devices->list, &devices->nr, sizeof(*device));
	get_text(tb[AXVM_A_DEVICE_NAME], device->name, sizeof(device->name));
	get_text(tb[AXVM_A_DEVICE_TYPE], device->type, sizeof(device->type));
	device->base = get_u64(tb[AXVM_A_DEVICE_BASE]);
	device->size = get_u64(tb[AXVM_A_DEVICE_SIZE]);
	device->irq = get_u32(tb[AXVM_A_DEVICE_IRQ]);
	device->console = -1;
	if (tb[AXVM_A_DEVICE_CONSOLE])
		device->console = get_u32(tb[AXVM_A_DEVICE_CONSOLE]);
	device->tty = -1;
	if (tb[AXVM_A_DEVICE_TTY])
		device->tty = get_u32(tb[AXVM_A_DEVICE_TTY]);
	get_cfg(nested, device);
	return 0;
}

/* Call @get for each attribute of @type; one message may hold several. */
static int parse_each_of(struct nlmsghdr *nlh, int type,
			 int (*get)(struct nlattr *nested, void *to), void *to)
{
	struct nlattr *attr;
	int len, rem, err;

	if (!genlmsg_valid_hdr(nlh, 0))
		return -EPROTO;
	nla_for_each_attr(attr, attrs_of(nlh, &len), len, rem) {
		if (nla_type(attr) != type)
			continue;
		err = get(attr, to);
		if (err)
			return err;
	}
	return 0;
}

int ax_parse_regions(struct nlmsghdr *nlh, void *to)
{
	return parse_each_of(nlh, AXVM_A_VM_REGION, get_region, to);
}

int ax_parse_devices(struct nlmsghdr *nlh, void *to)
{
	return parse_each_of(nlh, AXVM_A_VM_DEVICE, get_device, to);
}

int ax_parse_registers(struct nlmsghdr *nlh, void *to)
{
	struct nlattr *tb[AXVM_A_VCPU_MAX + 1];
	char **text = to;
	int err = parse_attrs(nlh, tb, AXVM_A_VCPU_MAX);

	if (err || !tb[AXVM_A_VCPU_REGISTERS])
		return err;
	free(*text);
	*text = nla_strdup(tb[AXVM_A_VCPU_REGISTERS]);
	return *text ? 0 : -ENOMEM;
}

int ax_parse_event(struct nlmsghdr *nlh, void *to)
{
	struct nlattr *tb[AXVM_A_EVENT_MAX + 1];
	struct ax_event *event = to;
	int err = parse_attrs(nlh, tb, AXVM_A_EVENT_MAX);

	if (err)
		return err;
	memset(event, 0, sizeof(*event));
	event->vm_id = get_u32(tb[AXVM_A_EVENT_VM_ID]);
	get_text(tb[AXVM_A_EVENT_VM_NAME], event->vm_name, sizeof(event->vm_name));
	event->seq = get_u64(tb[AXVM_A_EVENT_SEQ]);
	event->time_ns = get_u64(tb[AXVM_A_EVENT_TIME_NS]);
	event->old_state = get_u32(tb[AXVM_A_EVENT_OLD_STATE]);
	event->state = get_u32(tb[AXVM_A_EVENT_STATE]);
	event->reason = get_u32(tb[AXVM_A_EVENT_REASON]);
	event->code = get_u64(tb[AXVM_A_EVENT_CODE]);
	event->total = get_u64(tb[AXVM_A_EVENT_TOTAL]);
	return 0;
}
