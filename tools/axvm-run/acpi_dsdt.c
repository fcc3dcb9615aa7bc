// SPDX-License-Identifier: GPL-2.0
/*
 * The DSDT of x86_64 guests: processors, and a node for each device that
 * systems find through ACPI.
 *
 * Called by acpi.c. Devices that systems know by their other tables (I/O APIC,
 * power management, reset) or by their ports alone (debug-exit) have no node.
 */
#include <stdlib.h>
#include <string.h>

#include "acpi_dsdt.h"
#include "pc.h"
#include "util.h"

#define STATUS_PRESENT	0xf	/* present, enabled, shown, working (6.3.7) */

#define NAME_LEN	16	/* of which 4 are used */

/**
 * struct node - how a device model is described
 * @type: name of the model
 * @id: its _HID
 * @name: of the node; with a number where a VM can have several
 * @uid: _UID of the first one, negative: has none
 * @describe: add its resources
 */
struct node {
	const char *type;
	const char *id;
	const char *name;
	int uid;
	void (*describe)(struct aml *resources, const struct config_device *device);
};

/* The window given, and its interrupt. */
static void describe_ports(struct aml *resources, const struct config_device *device)
{
	aml_io(resources, device->base, device->size);
	if (device->irq)
		aml_irq(resources, device->irq);
}

/* A pair of controllers, the second at interrupt 2 of the first, and ELCR. */
static void describe_pic(struct aml *resources, const struct config_device *device)
{
	(void)device;
	aml_io(resources, 0x20, 2);
	aml_io(resources, 0xa0, 2);
	aml_io(resources, 0x4d0, 2);
	aml_irq(resources, 2);
}

static void describe_pit(struct aml *resources, const struct config_device *device)
{
	aml_io(resources, device->base, 4);
	if (device->irq)
		aml_irq(resources, device->irq == PC_PIT_GSI ? 0 : device->irq);
}

static void describe_speaker(struct aml *resources, const struct config_device *device)
{
	(void)device;
	aml_io(resources, 0x61, 1);
}

static void describe_virtio(struct aml *resources, const struct config_device *device)
{
	aml_memory(resources, device->base, device->size);
	if (device->irq)
		aml_level_irq(resources, device->irq);
}

static const struct node nodes[] = {
	{ "i8259", "PNP0000", "PIC_", -1, describe_pic },
	{ "i8254", "PNP0100", "TIMR", -1, describe_pit },
	{ "i8254", "PNP0800", "SPKR", -1, describe_speaker },
	{ "cmos-rtc", "PNP0B00", "RTC_", -1, describe_ports },
	{ "isa-serial", "PNP0501", "COM%X", 1, describe_ports },
	{ "pvpanic", "QEMU0001", "PVP%X", -1, describe_ports },
	{ "virtio-mmio", "LNRO0005", "VR%02X", 0, describe_virtio },
};

static void add_node(struct aml *aml, const struct node *node, unsigned int nr,
		     const struct config_device *device)
{
	struct aml resources = {0};
	char name[NAME_LEN];
	size_t mark;

	snprintf(name, sizeof(name), node->name, nr + (node->uid > 0 ? node->uid : 0));
	mark = aml_open_device(aml, name);
	aml_name_id(aml, "_HID", node->id);
	if (node->uid >= 0)
		aml_name_integer(aml, "_UID", node->uid + nr);
	aml_name_integer(aml, "_STA", STATUS_PRESENT);
	node->describe(&resources, device);
	aml_name_resources(aml, "_CRS", &resources);
	aml_close(aml, mark);
	aml_free(&resources);
}

static void add_devices(struct aml *aml, const struct axvm_config *cfg)
{
	unsigned int i, j, nr;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		for (j = nr = 0; j < cfg->nr_devices; j++)
			if (!strcmp(cfg->devices[j].type, nodes[i].type))
				add_node(aml, &nodes[i], nr++, &cfg->devices[j]);
}

/* 8.4: a device of its own for each, by the number that the MADT gives it. */
static void add_processors(struct aml *aml, const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		char name[NAME_LEN];
		size_t mark;

		snprintf(name, sizeof(name), "C%03X", i);
		mark = aml_open_device(aml, name);
		aml_name_id(aml, "_HID", "ACPI0007");
		aml_name_integer(aml, "_UID", i);
		aml_close(aml, mark);
	}
}

void acpi_build_dsdt(struct aml *aml, const struct axvm_config *cfg)
{
	/* SLP_TYP of PM1a and PM1b: what the device "acpi-pm" takes as power-off. */
	static const uint64_t soft_off[] = { 5, 5, 0, 0 };
	size_t scope = aml_open_scope(aml, "\\_SB_");

	add_processors(aml, cfg);
	add_devices(aml, cfg);
	aml_close(aml, scope);
	aml_name_package(aml, "\\_S5_", soft_off, ARRAY_SIZE(soft_off));
}
