// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run show": all about VMs: state, vCPUs, memory regions, devices; counters, registers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <linux/axvm_netlink.h>

#include "cmd.h"
#include "config.h"
#include "nl.h"
#include "select.h"
#include "show_vcpus.h"
#include "util.h"
#include "util_json.h"
#include "vm_text.h"

struct show_values {
	bool json;
	bool stats;
	bool regs;
};

static const struct option_def show_options[] = {
	{ "stats", 's', OPTION_FLAG, offsetof(struct show_values, stats), NULL,
	  "also counters and times of the vCPUs, and stage-2 tables" },
	{ "regs", 'r', OPTION_FLAG, offsetof(struct show_values, regs), NULL,
	  "also the registers of the vCPUs, unless the VM is running" },
	OPTION_JSON_AT(struct show_values),
	{ 0 },
};

/* All that is shown of one VM. */
struct details {
	struct ax_vm vm;
	struct ax_vcpus vcpus;
	struct ax_regions regions;
	struct ax_devices devices;
	char **registers;	/* of each vCPU, NULL where nobody knows */
};

static void free_details(struct details *details)
{
	size_t i;

	for (i = 0; details->registers && i < details->vcpus.nr; i++)
		free(details->registers[i]);
	free(details->registers);
	ax_vcpus_free(&details->vcpus);
	ax_regions_free(&details->regions);
	ax_devices_free(&details->devices);
}

/* A VM that runs is not paused for it; all else about it is shown. */
static int get_registers(struct ax *ax, struct details *details)
{
	const struct ax_vcpus *vcpus = &details->vcpus;
	size_t i;

	details->registers = xcalloc(vcpus->nr, sizeof(*details->registers));
	for (i = 0; i < vcpus->nr; i++) {
		if (!ax_vcpu_regs(ax, details->vm.id, vcpus->list[i].id, &details->registers[i]))
			continue;
		ax_complain_vm(ax, "show", &details->vm);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static int get_details(struct ax *ax, const struct ax_vm *vm, struct details *details)
{
	*details = (struct details){ .vm = *vm };
	if (ax_vcpu_list(ax, vm->id, &details->vcpus) ||
	    ax_region_list(ax, vm->id, &details->regions) ||
	    ax_device_list(ax, vm->id, &details->devices)) {
		ax_complain(ax, "show: VM '%s'", vm->name);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* --- text --- */

static uint64_t seconds_since(uint64_t boottime_ns)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	return ns > boottime_ns ? (ns - boottime_ns) / 1000000000 : 0;
}

/* The last argument registers are mostly 0, as nobody set them. */
static void print_entry(const struct ax_vm *vm)
{
	unsigned int i, used = vm->nr_boot_args;

	while (used && !vm->boot_args[used - 1])
		used--;
	printf("  entry    0x%" PRIx64, vm->entry);
	for (i = 0; i < used; i++)
		printf("%s 0x%" PRIx64, i ? "" : ", arguments", vm->boot_args[i]);
	printf("\n");
}

static void print_vm(const struct ax_vm *vm)
{
	char memory[32], backed[32], huge[32];

	printf("%s (id %u%s)\n", vm->name, vm->id,
	       vm->flags & AXVM_VM_FLAGS_OWNED ? ", ends with its owner" : "");
	printf("  state    %s, reason %s", vm_state_name(vm->state), vm_reason_name(vm->reason));
	if (vm->code)
		printf(", code 0x%" PRIx64, vm->code);
	printf("\n  memory   %s, %s backed", format_size(vm->memory, memory, sizeof(memory)),
	       format_size(vm->backed, backed, sizeof(backed)));
	printf(" (%s in blocks of 2 MiB or more)\n",
	       format_size(vm->backed_huge, huge, sizeof(huge)));
	printf("  created  %" PRIu64 " s ago, %" PRIu64 " events\n", seconds_since(vm->created_ns),
	       vm->seq);
	if (vm->vector_bits)
		printf("  vectors  up to %u bits\n", vm->vector_bits);
	if (vm->has_entry)
		print_entry(vm);
}

static void print_vcpus(const struct ax_vcpus *vcpus)
{
	size_t i;

	printf("  vCPUs\n    %3s  %-6s %-9s %-8s %-8s %12s\n", "ID", "HW-ID", "STATE", "HOST-CPU",
	       "THREAD", "EXITS");
	for (i = 0; i < vcpus->nr; i++) {
		const struct ax_vcpu *vcpu = &vcpus->list[i];
		char cpu[16] = "-", thread[16] = "-";

		if (vcpu->host_cpu >= 0)
			snprintf(cpu, sizeof(cpu), "%d", vcpu->host_cpu);
		if (vcpu->thread)
			snprintf(thread, sizeof(thread), "%u", vcpu->thread);
		printf("    %3u  0x%-4" PRIx64 " %-9s %-8s %-8s %12" PRIu64 "\n", vcpu->id,
		       vcpu->hw_id, vcpu_state_name(vcpu->state), cpu, thread, vcpu->exits);
	}
}

static void print_regions(const struct ax_regions *regions)
{
	char size[32], flags[48];
	size_t i;

	printf("  memory regions\n");
	for (i = 0; i < regions->nr; i++) {
		const struct ax_region *region = &regions->list[i];

		printf("    0x%010" PRIx64 " - 0x%010" PRIx64 "  %8s  %s %s%s\n", region->gpa,
		       region->gpa + region->size - 1,
		       format_size(region->size, size, sizeof(size)),
		       format_flags(region->flags, flags, sizeof(flags)),
		       map_type_name(region->map_type), region->prealloc ? ", preallocated" : "");
	}
}

/* Addresses of memory are 10 digits wide in the lists, ports as wide. */
static void print_place(const struct ax_device *device)
{
	uint64_t last = device->size ? device->base + device->size - 1 : device->base;

	if (config_uses_ports(device->type))
		printf("    port 0x%04" PRIx64 "  - port 0x%04" PRIx64 "   ", device->base, last);
	else
		printf("    0x%010" PRIx64 " - 0x%010" PRIx64 "  ", device->base, last);
}

static void print_devices(const struct ax_devices *devices)
{
	unsigned int j;
	size_t i;

	printf("  devices\n");
	for (i = 0; i < devices->nr; i++) {
		const struct ax_device *device = &devices->list[i];

		print_place(device);
		printf("%s: %s", device->name, device->type);
		if (device->irq)
			printf(", interrupt %u", device->irq);
		if (device->console >= 0)
			printf(", console %d", device->console);
		if (device->tty >= 0)
			printf(" (/dev/ttyAXVM%d)", device->tty);
		for (j = 0; j < device->nr_cfg; j++)
			printf("%s%" PRIu64, j ? " " : ", parameters ", device->cfg[j]);
		printf("\n");
	}
}

static void print_text(const struct details *details, bool stats)
{
	print_vm(&details->vm);
	print_vcpus(&details->vcpus);
	print_regions(&details->regions);
	print_devices(&details->devices);
	if (stats)
		show_print_stats(&details->vm, &details->vcpus);
	if (details->registers)
		show_print_registers(&details->vcpus, details->registers);
}

/* --- JSON --- */

static void vcpu_json(const struct ax_vcpu *vcpu, const char *registers, bool stats,
		      struct json *json)
{
	json_object(json);
	json_key_uint(json, "id", vcpu->id);
	json_key_uint(json, "hw_id", vcpu->hw_id);
	json_key_string(json, "state", vcpu_state_name(vcpu->state));
	json_key_uint(json, "thread", vcpu->thread);
	json_key_int(json, "host_cpu", vcpu->host_cpu);
	json_key_uint(json, "exits", vcpu->exits);
	if (stats)
		show_counters_json(vcpu, json);
	if (registers)
		show_registers_json(registers, json);
	json_end(json);
}

static void region_json(const struct ax_region *region, struct json *json)
{
	json_object(json);
	json_key_uint(json, "gpa", region->gpa);
	json_key_uint(json, "size", region->size);
	json_key_uint(json, "flags", region->flags);
	json_key_string(json, "map_type", map_type_name(region->map_type));
	json_key_bool(json, "prealloc", region->prealloc);
	json_end(json);
}

static void device_json(const struct ax_device *device, struct json *json)
{
	unsigned int i;

	json_object(json);
	json_key_string(json, "name", device->name);
	json_key_string(json, "type", device->type);
	json_key_string(json, "bus", config_uses_ports(device->type) ? "port" : "memory");
	json_key_uint(json, "base", device->base);
	json_key_uint(json, "size", device->size);
	json_key_uint(json, "irq", device->irq);
	if (device->console >= 0)
		json_key_int(json, "console", device->console);
	if (device->tty >= 0)
		json_key_int(json, "tty", device->tty);
	json_key(json, "cfg");
	json_array(json);
	for (i = 0; i < device->nr_cfg; i++)
		json_uint(json, device->cfg[i]);
	json_end(json);
	json_end(json);
}

static void details_json(const struct details *details, bool stats, struct json *json)
{
	size_t i;

	vm_print_json(&details->vm, json);
	if (stats)
		show_stage2_json(&details->vm, json);
	json_key(json, "vcpu");
	json_array(json);
	for (i = 0; i < details->vcpus.nr; i++)
		vcpu_json(&details->vcpus.list[i],
			  details->registers ? details->registers[i] : NULL, stats, json);
	json_end(json);
	json_key(json, "region");
	json_array(json);
	for (i = 0; i < details->regions.nr; i++)
		region_json(&details->regions.list[i], json);
	json_end(json);
	json_key(json, "device");
	json_array(json);
	for (i = 0; i < details->devices.nr; i++)
		device_json(&details->devices.list[i], json);
	json_end(json);
	json_end(json);
}

/* --- the command --- */

static int show_vm(struct ax *ax, const struct ax_vm *vm, const struct show_values *values,
		   struct json *json)
{
	struct details details;
	int status = get_details(ax, vm, &details);
	bool known = !status;

	if (known && values->regs)
		status = get_registers(ax, &details);
	if (known && values->json)
		details_json(&details, values->stats, json);
	else if (known)
		print_text(&details, values->stats);
	free_details(&details);
	return status;
}

static int show_vms(struct ax *ax, const struct ax_vms *vms, const struct show_values *values)
{
	int status = STATUS_OK;
	struct json json;
	size_t i;

	json_init(&json, stdout);
	if (values->json)
		json_array(&json);
	for (i = 0; i < vms->nr; i++)
		status = worse_status(status, show_vm(ax, &vms->list[i], values, &json));
	if (values->json)
		json_end(&json);
	return status;
}

static int show_main(void *values, int nr_args, char **args)
{
	struct ax *ax = ax_open();
	struct ax_vms vms;
	int status;

	if (!ax)
		return STATUS_FAILED;
	status = select_vms(ax, "show", nr_args, args, &vms);
	status = worse_status(status, show_vms(ax, &vms, values));
	ax_vms_free(&vms);
	ax_close(ax);
	return status;
}

const struct command cmd_show = {
	.name = "show",
	.args = "[VM]...",
	.summary = "show all about VMs: state, vCPUs, memory, devices",
	.details =
"A VM is an id or a name; without one, all are shown. -j prints an array.\n"
"Registers can be seen of a VM that is paused or has ended, until it starts again.\n"
"Times of exits that need not sleep are measured while the module's parameter\n"
"exit_times is on: echo Y > /sys/module/axvm/parameters/exit_times\n",
	.options = show_options,
	.values_size = sizeof(struct show_values),
	.min_args = 0,
	.max_args = -1,
	.run = show_main,
};
