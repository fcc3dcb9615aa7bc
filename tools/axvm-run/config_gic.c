// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of aarch64 guests, see config_gic.h and gic.h.
 *
 * Interrupts are INTIDs: that of a device is 32 plus the number which device
 * trees have.
 */
#include "config_gic.h"

#include <string.h>

#include "gic.h"
#include "util.h"

/* Where AxVisor's tuples have what. */
#define REDIST_CPUS	0
#define REDIST_STRIDE	1

/* MPIDR_EL1 (Arm ARM D24.2): Aff3 and Aff2 to Aff0. */
#define MPIDR_BITS	0xff00ffffffULL
#define AFF0_CPUS	16	/* that one list of an SGI reaches (IHI 0069, ICC_SGI1R_EL1) */

const struct config_device config_gic_board[] = {
	{ .name = "gic", .type = GIC_V3, .base = 0x08000000, .size = GIC_V3_DIST_SIZE },
	{ .name = "serial0", .type = "pl011", .base = 0x09000000, .size = 0x1000, .irq = 33 },
	{ .name = "rtc", .type = "pl031", .base = 0x09010000, .size = 0x1000, .irq = 34 },
	{ .name = "panic", .type = "pvpanic-mmio", .base = 0x09070000, .size = 2 },
	{ .name = "" },
};

const struct config_device *gic_find(const struct axvm_config *cfg)
{
	const struct config_device *gic = config_find_device(cfg, GIC_V3);

	return gic ? gic : config_find_device(cfg, GIC_V2);
}

static bool is_gic(const struct config_device *device)
{
	return !strcmp(device->type, GIC_V3) || !strcmp(device->type, GIC_V2);
}

bool gic_is_v3(const struct config_device *gic)
{
	return !strcmp(gic->type, GIC_V3);
}

uint64_t gic_second_base(const struct config_device *gic)
{
	if (gic->nr_cfg > 1 && gic->cfg[1])
		return gic->cfg[1];
	return gic->base + (gic_is_v3(gic) ? GIC_REDIST_OFFSET : GIC_V2_CPU_OFFSET);
}

uint64_t gic_second_size(const struct axvm_config *cfg, const struct config_device *gic)
{
	return gic_is_v3(gic) ? cfg->nr_vcpus * GIC_REDIST_SIZE : GIC_V2_CPU_SIZE;
}

uint64_t gic_last_irq(const struct config_device *gic)
{
	return GIC_FIRST_SPI - 1 +
	       (gic->nr_cfg && gic->cfg[0] ? gic->cfg[0] : GIC_DEFAULT_SPIS);
}

bool config_gic_stands_for(const struct axvm_config *cfg, const char *type)
{
	if (!strcmp(type, GIC_V3))
		return config_find_device(cfg, GIC_V2);
	return !strcmp(type, "pl011") && config_find_device(cfg, "ns16550a");
}

void config_gic_take_redistributor(struct config_loader *ld, const struct config_device *device)
{
	if (*ld->redistributor.name)
		config_device_error(ld, device,
				    "is a second range of redistributors; a VM has one");
	else if (device->nr_cfg > REDIST_CPUS && !device->cfg[REDIST_CPUS])
		config_device_error(ld, device, "is for no vCPU; cfg_list[0] is their number");
	else if (device->nr_cfg > REDIST_STRIDE && device->cfg[REDIST_STRIDE] != GIC_REDIST_SIZE)
		config_device_error(ld, device,
				    "has a stride of 0x%llx (cfg_list[1]); 0x%llx is right",
				    (unsigned long long)device->cfg[REDIST_STRIDE],
				    GIC_REDIST_SIZE);
	ld->redistributor = *device;
}

unsigned int config_gic_window(const struct axvm_config *cfg, const struct config_device *device,
			       struct config_window *window)
{
	if (!is_gic(device))
		return 0;
	*window = (struct config_window){
		false, gic_second_base(device), gic_second_size(cfg, device),
	};
	return 1;
}

static void complete_cpus(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus && !ld->has_cpu_ids; i++)
		cfg->vcpus[i].hw_id = i % AFF0_CPUS | (uint64_t)(i / AFF0_CPUS) << 8;
}

/* The range that a file names apart becomes the distributor's parameter. */
static void join_redistributor(struct config_loader *ld)
{
	const struct config_device *redistributor = &ld->redistributor;
	struct config_device *gic = (struct config_device *)gic_find(ld->cfg);

	if (!*redistributor->name)
		return;
	if (!gic || !gic_is_v3(gic)) {
		config_device_error(ld, redistributor,
				    "has no distributor; add one of type 0x21");
		return;
	}
	if (gic->nr_cfg > 1 && gic->cfg[1] && gic->cfg[1] != redistributor->base) {
		config_device_error(ld, redistributor, "is at 0x%llx; cfg_list of %s says 0x%llx",
				    (unsigned long long)redistributor->base, gic->name,
				    (unsigned long long)gic->cfg[1]);
		return;
	}
	/* The default place needs no words, and a kernel of any version knows it. */
	if (redistributor->base == gic_second_base(gic))
		return;
	gic->nr_cfg = 2;
	gic->cfg[1] = redistributor->base;
}

void config_gic_complete(struct config_loader *ld)
{
	complete_cpus(ld);
	join_redistributor(ld);
}

static void check_place(struct config_loader *ld, const struct config_device *gic)
{
	uint64_t align = gic_is_v3(gic) ? GIC_V3_DIST_SIZE : GIC_V2_DIST_SIZE;
	uint64_t second = gic_second_base(gic), size = gic_second_size(ld->cfg, gic);

	if ((gic->base | second) % align)
		config_device_error(ld, gic,
				    "is at 0x%llx and 0x%llx; multiples of 0x%llx are right",
				    (unsigned long long)gic->base, (unsigned long long)second,
				    (unsigned long long)align);
	else if (!range_within(second, size, 0, CONFIG_GPA_MAX))
		config_device_error(ld, gic, "has 0x%llx bytes at 0x%llx, which is too high",
				    (unsigned long long)size, (unsigned long long)second);
	else if (ranges_overlap(gic->base, gic->size, second, size))
		config_device_error(ld, gic, "overlaps itself at 0x%llx; 0x%llx bytes are there",
				    (unsigned long long)second, (unsigned long long)size);
	if (gic_last_irq(gic) >= GIC_FIRST_SPI + GIC_MAX_SPIS)
		config_device_error(ld, gic, "has too many SPIs; a GIC has up to %d",
				    GIC_MAX_SPIS);
	if (!gic_is_v3(gic) && ld->cfg->nr_vcpus > GIC_V2_MAX_CPUS)
		config_device_error(ld, gic, "is for %d vCPUs at most; the VM has %u",
				    GIC_V2_MAX_CPUS, ld->cfg->nr_vcpus);
}

static void check_irq(struct config_loader *ld, const struct config_device *device)
{
	const struct config_device *gic = gic_find(ld->cfg);

	if (!device->irq)
		return;
	if (is_gic(device))
		config_device_error(ld, device, "is the interrupt controller; its irq_id is 0");
	else if (!gic)
		config_device_error(ld, device,
				    "has an irq_id but there is no GIC; add one of type 0x21");
	else if (device->irq < GIC_FIRST_SPI || device->irq > gic_last_irq(gic))
		config_device_error(ld, device,
				    "irq_id %u is no interrupt of a device; %d (SPI 0) to %llu are",
				    device->irq, GIC_FIRST_SPI,
				    (unsigned long long)gic_last_irq(gic));
	else if (ld->no_irq.line)
		diag_add(ld->diag, DIAG_NOTE, ld->no_irq, "devices.interrupt_mode",
			 "%s has an irq_id and interrupts nevertheless", device->name);
}

static void check_cpu_ids(struct config_loader *ld)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_vcpus; i++) {
		uint64_t id = ld->cfg->vcpus[i].hw_id;

		if (id & ~MPIDR_BITS)
			diag_add(ld->diag, DIAG_ERROR, ld->cpu_ids_pos, "base.phys_cpu_ids",
				 "0x%llx is no affinity of an MPIDR; it has bits 39:32 and 23:0",
				 (unsigned long long)id);
	}
}

void config_gic_check(struct config_loader *ld)
{
	const struct config_device *gic = gic_find(ld->cfg);
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_devices; i++) {
		const struct config_device *device = &ld->cfg->devices[i];

		check_irq(ld, device);
		if (!is_gic(device))
			continue;
		check_place(ld, device);
		if (device != gic)
			config_device_error(ld, device, "is a second GIC; a VM has one");
	}
	check_cpu_ids(ld);
}

bool config_fit_gic(struct axvm_config *cfg)
{
	struct config_device *gic = (struct config_device *)gic_find(cfg);

	if (!gic || !gic_is_v3(gic) || gic->pos.line || !cfg->default_board)
		return true;
	copy_text(gic->type, sizeof(gic->type), GIC_V2);
	gic->size = GIC_V2_DIST_SIZE;
	gic->nr_cfg = 0;
	return cfg->nr_vcpus <= GIC_V2_MAX_CPUS;
}
