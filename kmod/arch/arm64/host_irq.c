// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupts of the host that axvm takes: virtual timer and GIC maintenance.
 *
 * Found in the device tree (bindings/timer/arm,arch_timer.yaml,
 * bindings/interrupt-controller/arm,gic.yaml and arm,gic-v3.yaml) or in ACPI's
 * GTDT and MADT; the drivers that know them do not tell modules.
 */
#include <linux/acpi.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/sizes.h>

#include "arm64.h"
#include "host_irq.h"

static DEFINE_PER_CPU(int, cookie);
static phys_addr_t gich_phys;
static resource_size_t gich_size;

/* --- device tree --- */

#define DT_TIMER_VIRT	2	/* secure physical, physical, virtual, hypervisor */
/* Distributor, CPU interface, hypervisor interface, virtual CPU interface. */
#define DT_GIC2_GICH	2
#define DT_GIC2_GICV	3

static const struct of_device_id timer_ids[] = {
	{ .compatible = "arm,armv8-timer" },
	{}
};

static const struct of_device_id gic3_ids[] = {
	{ .compatible = "arm,gic-v3" },
	{}
};

static const struct of_device_id gic2_ids[] = {
	{ .compatible = "arm,gic-400" },
	{ .compatible = "arm,cortex-a15-gic" },
	{ .compatible = "arm,cortex-a7-gic" },
	{}
};

static unsigned int dt_timer_irq(void)
{
	struct device_node *node = of_find_matching_node(NULL, timer_ids);
	unsigned int irq;
	int index;

	if (!node)
		return 0;
	index = of_property_match_string(node, "interrupt-names", "virt");
	irq = irq_of_parse_and_map(node, index >= 0 ? index : DT_TIMER_VIRT);
	of_node_put(node);
	return irq;
}

static bool dt_gic2_windows(struct device_node *node)
{
	struct resource res;

	if (of_address_to_resource(node, DT_GIC2_GICH, &res))
		return false;
	gich_phys = res.start;
	gich_size = resource_size(&res);
	if (of_address_to_resource(node, DT_GIC2_GICV, &res))
		return false;
	/* Guests get 8 KiB of it: nothing else may lie there. */
	if (!PAGE_ALIGNED(res.start) || resource_size(&res) < SZ_8K)
		return false;
	a64_host.gicv_base = res.start;
	return true;
}

static int dt_find(struct axvm_error *err)
{
	struct device_node *node = of_find_matching_node(NULL, gic3_ids);
	bool found = node;

	a64_host.gic = 3;
	if (!node) {
		a64_host.gic = 2;
		node = of_find_matching_node(NULL, gic2_ids);
		found = node && dt_gic2_windows(node);
	}
	if (found)
		a64_host.maint_irq = irq_of_parse_and_map(node, 0);
	of_node_put(node);
	a64_host.vtimer_irq = dt_timer_irq();
	if (!found)
		return axvm_fail(err, "the device tree has no GIC with virtualization", -ENODEV);
	return 0;
}

/* --- ACPI --- */

#ifdef CONFIG_ACPI

static unsigned int map_gsi(u32 gsi, bool edge, bool low)
{
	int irq;

	if (!gsi)
		return 0;
	irq = acpi_register_gsi(NULL, gsi, edge ? ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
				low ? ACPI_ACTIVE_LOW : ACPI_ACTIVE_HIGH);
	return irq > 0 ? irq : 0;
}

/* ACPI 6.5, 5.2.25: "Generic Timer Description Table" */
static void acpi_timer_irq(void)
{
	struct acpi_table_header *table;
	struct acpi_table_gtdt *gtdt;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_GTDT, 0, &table)))
		return;
	gtdt = (struct acpi_table_gtdt *)table;
	a64_host.vtimer_irq = map_gsi(gtdt->virtual_timer_interrupt,
				      gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_MODE,
				      gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_POLARITY);
	acpi_put_table(table);
}

/*
 * ACPI 6.5, 5.2.12.14 and 5.2.12.15: "GIC CPU Interface", "GIC Distributor". All CPUs
 * have the same.
 */
static void acpi_take_cpu(const struct acpi_madt_generic_interrupt *gicc)
{
	if (a64_host.maint_irq)
		return;
	a64_host.maint_irq = map_gsi(gicc->vgic_interrupt, gicc->flags & ACPI_MADT_VGIC_IRQ_MODE,
				     false);
	gich_phys = gicc->gich_base_address;
	gich_size = SZ_4K;
	a64_host.gicv_base = gicc->gicv_base_address;
}

static void acpi_take_distributor(const struct acpi_madt_generic_distributor *gicd)
{
	a64_host.gic = gicd->version >= ACPI_MADT_GIC_VERSION_V3 ? 3 : 2;
}

static void acpi_walk_madt(const struct acpi_table_madt *madt)
{
	const void *end = (const void *)madt + madt->header.length;
	const struct acpi_subtable_header *entry = (const void *)(madt + 1);

	while ((const void *)(entry + 1) <= end && entry->length >= sizeof(*entry) &&
	       (const void *)entry + entry->length <= end) {
		if (entry->type == ACPI_MADT_TYPE_GENERIC_INTERRUPT)
			acpi_take_cpu((const void *)entry);
		else if (entry->type == ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR)
			acpi_take_distributor((const void *)entry);
		entry = (const void *)entry + entry->length;
	}
}

static int acpi_find(struct axvm_error *err)
{
	struct acpi_table_header *table;

	acpi_timer_irq();
	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return axvm_fail(err, "ACPI has no MADT", -ENODEV);
	acpi_walk_madt((const struct acpi_table_madt *)table);
	acpi_put_table(table);
	if (!a64_host.gic || (a64_host.gic == 2 && (!gich_phys || !a64_host.gicv_base)))
		return axvm_fail(err, "ACPI's MADT has no GIC with virtualization", -ENODEV);
	return 0;
}

static int find_all(struct axvm_error *err)
{
	return acpi_disabled ? dt_find(err) : acpi_find(err);
}

#else

static int find_all(struct axvm_error *err)
{
	return dt_find(err);
}

#endif

/* --- taking them --- */

static irqreturn_t maintenance(int irq, void *dev)
{
	/* That it came ended the guest's stay; vgic_sync() sees why. */
	return IRQ_HANDLED;
}

/* Split priority drop and deactivation: the guest does the latter itself. */
static int forward_timer(bool on)
{
	return irq_set_vcpu_affinity(a64_host.vtimer_irq, on ? &a64_host : NULL);
}

int a64_host_irqs_probe(struct axvm_error *err)
{
	int ret;

	a64_host.gic = 0;
	a64_host.vtimer_irq = 0;
	a64_host.maint_irq = 0;
	ret = find_all(err);
	if (ret)
		return ret;
	if (!a64_host.vtimer_irq)
		return axvm_fail(err, "this machine's virtual timer has no interrupt", -ENODEV);
	if (!a64_host.maint_irq)
		return axvm_fail(err, "this machine's GIC has no maintenance interrupt", -ENODEV);

	ret = request_percpu_irq(a64_host.vtimer_irq, a64_timer_host_irq, "axvm probe", &cookie);
	if (ret)
		return ret == -EBUSY ? ret :
		       axvm_fail(err, "the virtual timer's interrupt cannot be had", ret);
	ret = forward_timer(true);
	forward_timer(false);
	free_percpu_irq(a64_host.vtimer_irq, &cookie);
	if (ret)
		return axvm_fail(err,
				 "the kernel's GIC driver cannot leave the end of an interrupt to a guest",
				 -ENODEV);
	return 0;
}

static int map_gich(void)
{
	if (a64_host.gic != 2)
		return 0;
	a64_host.gich_base = ioremap(gich_phys, gich_size);
	return a64_host.gich_base ? 0 : -ENOMEM;
}

static void unmap_gich(void)
{
	if (a64_host.gich_base)
		iounmap(a64_host.gich_base);
	a64_host.gich_base = NULL;
}

int a64_host_irqs_init(void)
{
	int ret = map_gich();

	if (ret)
		return ret;
	ret = request_percpu_irq(a64_host.vtimer_irq, a64_timer_host_irq, "axvm timer", &cookie);
	if (ret)
		goto err_gich;
	ret = forward_timer(true);
	if (ret)
		goto err_timer;
	ret = request_percpu_irq(a64_host.maint_irq, maintenance, "axvm vgic", &cookie);
	if (ret)
		goto err_forward;
	return 0;

err_forward:
	forward_timer(false);
err_timer:
	free_percpu_irq(a64_host.vtimer_irq, &cookie);
err_gich:
	unmap_gich();
	return ret;
}

void a64_host_irqs_exit(void)
{
	free_percpu_irq(a64_host.maint_irq, &cookie);
	forward_timer(false);
	free_percpu_irq(a64_host.vtimer_irq, &cookie);
	unmap_gich();
}

static void enable_irq_here(unsigned int irq)
{
	u32 type = irq_get_trigger_type(irq);

	/* "PPIs are level-sensitive" is what firmware that says nothing means. */
	enable_percpu_irq(irq, type == IRQ_TYPE_NONE ? IRQ_TYPE_LEVEL_LOW : type);
}

void a64_host_irqs_enable(void)
{
	enable_irq_here(a64_host.vtimer_irq);
	enable_irq_here(a64_host.maint_irq);
}

void a64_host_irqs_disable(void)
{
	disable_percpu_irq(a64_host.maint_irq);
	disable_percpu_irq(a64_host.vtimer_irq);
}
