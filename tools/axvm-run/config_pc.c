// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of x86_64 guests, see config_pc.h.
 *
 * Most devices of a PC are where they always were; a file names them to have
 * them, and may leave out their interrupt and their exact length.
 */
#include "config_pc.h"

#include <string.h>

#include "pc.h"
#include "util.h"

#define ANYWHERE	UINT64_MAX
#define PORTS		0x10000ULL

/**
 * struct rule - what is known about a device model
 * @type: its name
 * @label: what people call it
 * @port: on the bus of I/O ports
 * @single: a VM has at most one
 * @base: where it is; ANYWHERE: the file says
 * @align: of its base
 * @min: shortest length that a file may give
 * @max: longest
 * @size: what its length is; 0: as given
 * @irq: its interrupt; 0: it has none, or it depends
 * @more: ports that it answers to besides
 */
struct rule {
	const char *type;
	const char *label;
	bool port;
	bool single;
	uint64_t base;
	uint64_t align;
	uint64_t min, max, size;
	uint32_t irq;
	struct {
		uint16_t base, size;
	} more[CONFIG_PC_WINDOWS - 1];
};

static const struct rule rules[] = {
	{
		.type = "ioapic", .label = "I/O APIC", .single = true, .base = ANYWHERE,
		.align = 0x1000, .min = 0x20, .max = 0x1000, .size = 0x1000,
	}, {
		.type = "i8259", .label = "pair of 8259", .port = true, .single = true,
		.base = 0x20, .align = 1, .min = 1, .max = 2, .size = 2,
		.more = { { 0xa0, 2 }, { 0x4d0, 2 } },
	}, {
		/* AxVisor counts everything up to port 0x61. */
		.type = "i8254", .label = "8254", .port = true, .single = true,
		.base = 0x40, .align = 1, .min = 4, .max = 0x22, .size = 4,
		.irq = PC_PIT_GSI, .more = { { 0x61, 1 } },
	}, {
		.type = "cmos-rtc", .label = "CMOS clock", .port = true, .single = true,
		.base = 0x70, .align = 1, .min = 2, .max = 2, .size = 2, .irq = 8,
	}, {
		.type = "isa-serial", .label = "serial port", .port = true,
		.base = ANYWHERE, .align = 8, .min = 8, .max = 8, .size = 8,
	}, {
		.type = "acpi-pm", .label = "ACPI hardware", .port = true, .single = true,
		.base = ANYWHERE, .align = 4, .min = 0x10, .max = 0x100, .irq = 9,
	}, {
		.type = "i8042", .label = "8042", .port = true, .single = true,
		.base = 0x60, .align = 1, .min = 1, .max = 5, .size = 1,
		.more = { { 0x64, 1 } },
	}, {
		.type = "reset-port", .label = "reset register", .port = true, .single = true,
		.base = 0xcf9, .align = 1, .min = 1, .max = 1, .size = 1,
	}, {
		.type = "pvpanic", .label = "pvpanic", .port = true, .single = true,
		.base = 0x505, .align = 1, .min = 1, .max = 1, .size = 1,
	}, {
		.type = "debug-exit", .label = "debug exit", .port = true, .single = true,
		.base = ANYWHERE, .align = 1, .min = 1, .max = 8,
	},
};

/* Interrupts of serial ports by their place; two ports cannot have the same. */
static const struct {
	uint64_t base;
	uint32_t irq;
} com_ports[] = {
	{ 0x3f8, 4 }, { 0x2f8, 3 }, { 0x3e8, 4 }, { 0x2e8, 3 },
};

const struct config_device config_pc_board[] = {
	{ .name = "ioapic", .type = "ioapic", .base = 0xfec00000, .size = 0x1000 },
	{ .name = "pic", .type = "i8259", .base = 0x20, .size = 2 },
	{ .name = "pit", .type = "i8254", .base = 0x40, .size = 4, .irq = PC_PIT_GSI },
	{ .name = "rtc", .type = "cmos-rtc", .base = 0x70, .size = 2, .irq = 8 },
	{ .name = "serial0", .type = "isa-serial", .base = 0x3f8, .size = 8, .irq = 4 },
	{ .name = "pm", .type = "acpi-pm", .base = 0x600, .size = 0x40, .irq = 9 },
	{ .name = "kbc", .type = "i8042", .base = 0x60, .size = 1 },
	{ .name = "reset", .type = "reset-port", .base = 0xcf9, .size = 1 },
	{ .name = "panic", .type = "pvpanic", .base = 0x505, .size = 1 },
	{ .name = "" },
};

static const struct rule *find_type(const char *type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].type, type))
			return &rules[i];
	return NULL;
}

static const struct rule *find_rule(const struct config_device *device)
{
	return find_type(device->type);
}

bool config_uses_ports(const char *type)
{
	const struct rule *rule = find_type(type);

	return rule && rule->port;
}

unsigned int config_pc_windows(const struct config_device *device,
			       struct config_window windows[CONFIG_PC_WINDOWS])
{
	const struct rule *rule = find_rule(device);
	unsigned int nr = 0;

	windows[nr++] = (struct config_window){ rule && rule->port, device->base, device->size };
	for (; rule && nr < CONFIG_PC_WINDOWS && rule->more[nr - 1].size; nr++)
		windows[nr] = (struct config_window){
			true, rule->more[nr - 1].base, rule->more[nr - 1].size,
		};
	return nr;
}

unsigned int config_ioapic_id(const struct axvm_config *cfg)
{
	unsigned int id, i;

	for (id = 0; ; id++) {
		for (i = 0; i < cfg->nr_vcpus && cfg->vcpus[i].hw_id != id; i++)
			;
		if (i == cfg->nr_vcpus)
			return id;
	}
}

static void check_place(struct config_loader *ld, const struct config_device *device,
			const struct rule *rule)
{
	uint64_t end = rule->port ? PORTS : CONFIG_GPA_MAX;

	if (rule->base != ANYWHERE && device->base != rule->base)
		config_device_error(ld, device, "is at 0x%llx; the %s of a PC is at 0x%llx",
				    (unsigned long long)device->base, rule->label,
				    (unsigned long long)rule->base);
	else if (device->base % rule->align)
		config_device_error(ld, device, "is at 0x%llx; a multiple of 0x%llx is right",
				    (unsigned long long)device->base,
				    (unsigned long long)rule->align);
	else if (!range_within(device->base, device->size, 0, end))
		config_device_error(ld, device, "is too high; it has to end by 0x%llx",
				    (unsigned long long)end);
	if (device->size < rule->min || device->size > rule->max)
		config_device_error(ld, device,
				    "length is 0x%llx; the %s has 0x%llx",
				    (unsigned long long)device->size, rule->label,
				    (unsigned long long)(rule->size ? rule->size : rule->max));
}

bool config_pc_share_irq(const struct config_device *a, const struct config_device *b)
{
	return !strcmp(a->type, "isa-serial") && !strcmp(b->type, "isa-serial");
}

static bool irq_is_free(const struct axvm_config *cfg, const struct config_device *device,
			uint32_t irq)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++)
		if (cfg->devices[i].irq == irq && !config_pc_share_irq(&cfg->devices[i], device))
			return false;
	return true;
}

/* A file that says 0 means the interrupt that a driver expects there, if it is to be had. */
static void choose_irq(struct config_loader *ld, struct config_device *device, uint32_t irq)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(com_ports) && !strcmp(device->type, "isa-serial"); i++)
		if (com_ports[i].base == device->base)
			irq = com_ports[i].irq;
	if (irq && !device->irq && !ld->no_irq.line && irq_is_free(ld->cfg, device, irq) &&
	    (config_find_device(ld->cfg, "ioapic") || config_find_device(ld->cfg, "i8259")))
		device->irq = irq;
}

void config_pc_complete(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	unsigned int i;

	for (i = 0; i < cfg->nr_devices; i++) {
		struct config_device *device = &cfg->devices[i];
		const struct rule *rule = find_rule(device);

		if (!rule)
			continue;
		check_place(ld, device, rule);
		if (rule->size)
			device->size = rule->size;
		choose_irq(ld, device, rule->irq);
	}
}

static void check_irq(struct config_loader *ld, const struct config_device *device)
{
	bool ioapic = config_find_device(ld->cfg, "ioapic");
	bool pic = config_find_device(ld->cfg, "i8259");
	uint32_t last = ioapic ? PC_GSIS - 1 : PC_ISA_IRQS - 1;

	if (!device->irq)
		return;
	if (!strcmp(device->type, "ioapic") || !strcmp(device->type, "i8259"))
		config_device_error(ld, device, "is an interrupt controller; its irq_id is 0");
	else if (!ioapic && !pic)
		config_device_error(ld, device,
				    "has an irq_id but there is no I/O APIC; add one of type 0x23");
	else if (device->irq > last)
		config_device_error(ld, device, "irq_id %u is too large; 1 to %u are right",
				    device->irq, last);
	else if (ld->no_irq.line)
		diag_add(ld->diag, DIAG_NOTE, ld->no_irq, "devices.interrupt_mode",
			 "%s has an irq_id and interrupts nevertheless", device->name);
}

static void check_single(struct config_loader *ld, unsigned int nr)
{
	const struct config_device *device = &ld->cfg->devices[nr];
	const struct rule *rule = find_rule(device);
	unsigned int i;

	if (!rule || !rule->single)
		return;
	for (i = 0; i < nr; i++)
		if (!strcmp(ld->cfg->devices[i].type, device->type))
			config_device_error(ld, device, "is a second %s; a VM has one",
					    rule->label);
}

static void check_apic_ids(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_vcpus; i++)
		if (ld->cfg->vcpus[i].hw_id > PC_MAX_APIC_ID)
			diag_add(ld->diag, DIAG_UNSUPPORTED, ld->cpu_ids_pos, "base.phys_cpu_ids",
				 "0x%llx is no APIC id that a CPU can have here; 0 to %d are",
				 (unsigned long long)ld->cfg->vcpus[i].hw_id, PC_MAX_APIC_ID);
}

/* The local APICs are no devices that a file could move. */
static void check_lapic(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_regions; i++) {
		const struct config_region *region = &ld->cfg->regions[i];
		char key[CONFIG_KEY_MAX];

		if (region->map_type == CONFIG_MAP_IDENTICAL ||
		    !ranges_overlap(region->gpa, region->size, PC_LAPIC_BASE, PC_LAPIC_SIZE))
			continue;
		diag_add(ld->diag, DIAG_ERROR, region->pos,
			 config_sub_key(key, "kernel.memory_regions", region->index, NULL),
			 "memory at 0x%llx overlaps the local APICs at 0x%llx; end it by 0x%llx",
			 (unsigned long long)region->gpa, PC_LAPIC_BASE, PC_HOLE_BASE);
	}
}

void config_pc_check(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_devices; i++) {
		check_irq(ld, &ld->cfg->devices[i]);
		check_single(ld, i);
	}
	check_apic_ids(ld);
	check_lapic(ld);
}
