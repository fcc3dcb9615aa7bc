// SPDX-License-Identifier: GPL-2.0
/*
 * Device trees of aarch64 guests.
 *
 * Called by boot.c. Everything is derived from the VM's configuration; the
 * bindings are those of the Linux kernel (Documentation/devicetree/bindings),
 * the rules for images and what comes with them those of
 * Documentation/arch/arm64/booting.rst. CPUs start and the machine ends
 * through PSCI.
 */
#include <string.h>

#include "boot_arch.h"
#include "gic.h"
#include "util.h"

#define MAX_TREE	(2ULL << 20)
#define INITRD_WINDOW	(32ULL << 30)

#define APB_CLOCK	24000000U

/* interrupt-controller/arm,gic-v3.yaml: cells of an interrupt. */
#define GIC_SPI		0
#define GIC_PPI		1
#define IRQ_LEVEL_HIGH	4
#define FIRST_PPI	16
#define V2_CPU_SHIFT	8	/* in the last cell: the CPUs that have a PPI */

/* PPIs of the generic timer: secure, non-secure, virtual, hypervisor (BSA, 3.8.1). */
static const uint32_t timer_irqs[] = { 29, 30, 27, 26 };

/* What device nodes point to. */
struct phandles {
	uint32_t gic;
	uint32_t clock;
};

/* arm/cpus.yaml; affinity level 3 needs a second cell. */
static unsigned int id_cells(const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++)
		if (cfg->vcpus[i].hw_id > UINT32_MAX)
			return 2;
	return 1;
}

static uint32_t add_cpu(struct fdt_tree *tree, int cpus, const struct config_vcpu *vcpu,
			unsigned int cells)
{
	int cpu = fdt_tree_node(tree, cpus, "cpu@%llx", (unsigned long long)vcpu->hw_id);
	uint32_t phandle = fdt_tree_phandle(tree, cpu);

	fdt_tree_string(tree, cpu, "enable-method", "psci");
	if (cells == 2)
		fdt_tree_u64(tree, cpu, "reg", vcpu->hw_id);
	else
		fdt_tree_u32(tree, cpu, "reg", vcpu->hw_id);
	fdt_tree_string(tree, cpu, "compatible", "arm,armv8");
	fdt_tree_string(tree, cpu, "device_type", "cpu");
	return phandle;
}

/* cpu/cpu-topology.txt: every vCPU is a core of one cluster. */
static void add_cpu_map(struct fdt_tree *tree, int cpus, const uint32_t *phandles,
			unsigned int nr)
{
	int map = fdt_tree_node(tree, cpus, "cpu-map");
	int cluster = fdt_tree_node(tree, map, "cluster0");

	while (nr-- > 0)
		fdt_tree_u32(tree, fdt_tree_node(tree, cluster, "core%u", nr), "cpu",
			     phandles[nr]);
}

static void add_cpus(struct fdt_tree *tree, const struct axvm_config *cfg)
{
	int cpus = fdt_tree_node(tree, 0, "cpus");
	uint32_t phandles[CONFIG_MAX_VCPUS];
	unsigned int cells = id_cells(cfg), i;

	fdt_tree_u32(tree, cpus, "#size-cells", 0);
	fdt_tree_u32(tree, cpus, "#address-cells", cells);
	for (i = cfg->nr_vcpus; i-- > 0;)
		phandles[i] = add_cpu(tree, cpus, &cfg->vcpus[i], cells);
	add_cpu_map(tree, cpus, phandles, cfg->nr_vcpus);
}

/* arm/psci.yaml; function ids are the standard's from 0.2 on. */
static void add_psci(struct fdt_tree *tree)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";
	int psci = fdt_tree_node(tree, 0, "psci");

	fdt_tree_string(tree, psci, "method", "hvc");
	fdt_tree_bytes(tree, psci, "compatible", compatible, sizeof(compatible));
}

/* timer/arm,arch_timer.yaml */
static void add_timer(struct fdt_tree *tree, const struct axvm_config *cfg,
		      const struct config_device *gic)
{
	uint32_t flags = IRQ_LEVEL_HIGH, cells[3 * ARRAY_SIZE(timer_irqs)];
	int timer = fdt_tree_node(tree, 0, "timer");
	unsigned int i;

	if (!gic_is_v3(gic))
		flags |= ((1u << cfg->nr_vcpus) - 1) << V2_CPU_SHIFT;
	for (i = 0; i < ARRAY_SIZE(timer_irqs); i++) {
		cells[3 * i] = GIC_PPI;
		cells[3 * i + 1] = timer_irqs[i] - FIRST_PPI;
		cells[3 * i + 2] = flags;
	}
	fdt_tree_empty(tree, timer, "always-on");
	fdt_tree_cells(tree, timer, "interrupts", cells, ARRAY_SIZE(cells));
	fdt_tree_string(tree, timer, "compatible", "arm,armv8-timer");
}

/* interrupt-controller/arm,gic-v3.yaml, arm,gic.yaml */
static uint32_t add_gic(struct fdt_tree *tree, int soc, const struct axvm_config *cfg,
			const struct config_device *gic)
{
	uint64_t second = gic_second_base(gic), second_size = gic_second_size(cfg, gic);
	int node = fdt_tree_node(tree, soc, "interrupt-controller@%llx",
				 (unsigned long long)gic->base);
	uint32_t phandle = fdt_tree_phandle(tree, node);
	uint32_t reg[] = {
		gic->base >> 32, gic->base, gic->size >> 32, gic->size,
		second >> 32, second, second_size >> 32, second_size,
	};

	fdt_tree_empty(tree, node, "interrupt-controller");
	fdt_tree_u32(tree, node, "#interrupt-cells", 3);
	fdt_tree_u32(tree, node, "#address-cells", 0);
	fdt_tree_cells(tree, node, "reg", reg, ARRAY_SIZE(reg));
	fdt_tree_string(tree, node, "compatible",
			gic_is_v3(gic) ? "arm,gic-v3" : "arm,cortex-a15-gic");
	return phandle;
}

/* clock/fixed-clock.yaml */
static uint32_t add_clock(struct fdt_tree *tree)
{
	int clock = fdt_tree_node(tree, 0, "apb-pclk");
	uint32_t phandle = fdt_tree_phandle(tree, clock);

	fdt_tree_string(tree, clock, "clock-output-names", "clk24mhz");
	fdt_tree_u32(tree, clock, "clock-frequency", APB_CLOCK);
	fdt_tree_u32(tree, clock, "#clock-cells", 0);
	fdt_tree_string(tree, clock, "compatible", "fixed-clock");
	return phandle;
}

static void describe_serial(struct fdt_tree *tree, int node, const struct config_device *device,
			    uint32_t clock)
{
	(void)clock;
	boot_describe_serial(tree, node, device);
}

static void describe_goldfish(struct fdt_tree *tree, int node,
			      const struct config_device *device, uint32_t clock)
{
	(void)clock;
	boot_describe_goldfish(tree, node, device);
}

/* serial/pl011.yaml */
static void describe_pl011(struct fdt_tree *tree, int node, const struct config_device *device,
			   uint32_t clock)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char names[] = "uartclk\0apb_pclk";
	uint32_t clocks[] = { clock, clock };

	(void)device;
	fdt_tree_bytes(tree, node, "clock-names", names, sizeof(names));
	fdt_tree_cells(tree, node, "clocks", clocks, ARRAY_SIZE(clocks));
	fdt_tree_bytes(tree, node, "compatible", compatible, sizeof(compatible));
}

/* rtc/arm,pl031.yaml */
static void describe_pl031(struct fdt_tree *tree, int node, const struct config_device *device,
			   uint32_t clock)
{
	static const char compatible[] = "arm,pl031\0arm,primecell";

	(void)device;
	fdt_tree_string(tree, node, "clock-names", "apb_pclk");
	fdt_tree_u32(tree, node, "clocks", clock);
	fdt_tree_bytes(tree, node, "compatible", compatible, sizeof(compatible));
}

/* misc/pvpanic-mmio.txt */
static void describe_pvpanic(struct fdt_tree *tree, int node, const struct config_device *device,
			     uint32_t clock)
{
	(void)device;
	(void)clock;
	fdt_tree_string(tree, node, "compatible", "qemu,pvpanic-mmio");
}

static const struct {
	const char *type;
	const char *node;
	void (*describe)(struct fdt_tree *tree, int node, const struct config_device *device,
			 uint32_t clock);
	bool clocked;
} models[] = {
	{ "pl011", "serial", describe_pl011, true },
	{ "pl031", "rtc", describe_pl031, true },
	{ "ns16550a", "serial", describe_serial, false },
	{ "goldfish-rtc", "rtc", describe_goldfish, false },
	{ "pvpanic-mmio", "pvpanic-mmio", describe_pvpanic, false },
};

static void add_device(struct fdt_tree *tree, int soc, const struct config_device *device,
		       const struct phandles *phandles)
{
	uint32_t irq[] = { GIC_SPI, device->irq - GIC_FIRST_SPI, IRQ_LEVEL_HIGH };
	unsigned int i;
	int node;

	for (i = 0; i < ARRAY_SIZE(models); i++) {
		if (strcmp(models[i].type, device->type))
			continue;
		node = fdt_tree_node(tree, soc, "%s@%llx", models[i].node,
				     (unsigned long long)device->base);
		if (device->irq)
			fdt_tree_cells(tree, node, "interrupts", irq, ARRAY_SIZE(irq));
		models[i].describe(tree, node, device, phandles->clock);
		fdt_tree_reg(tree, soc, node, device->base, device->size);
	}
}

static bool needs_clock(const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (models[i].clocked && config_find_device(cfg, models[i].type))
			return true;
	return false;
}

/* The interrupt controller is everything's interrupt parent. */
static void add_soc(struct fdt_tree *tree, const struct axvm_config *cfg)
{
	const struct config_device *gic = gic_find(cfg);
	struct phandles phandles = {0};
	unsigned int i;
	int soc;

	if (needs_clock(cfg))
		phandles.clock = add_clock(tree);
	soc = fdt_tree_node(tree, 0, "soc");
	fdt_tree_empty(tree, soc, "ranges");
	fdt_tree_string(tree, soc, "compatible", "simple-bus");
	fdt_tree_u32(tree, soc, "#size-cells", 2);
	fdt_tree_u32(tree, soc, "#address-cells", 2);
	if (gic)
		phandles.gic = add_gic(tree, soc, cfg, gic);
	for (i = cfg->nr_devices; i-- > 0;)
		add_device(tree, soc, &cfg->devices[i], &phandles);
	if (gic)
		fdt_tree_u32(tree, 0, "interrupt-parent", phandles.gic);
}

static void build_tree(struct fdt_tree *tree, const struct axvm_config *cfg,
		       const struct boot_host_info *host)
{
	const struct config_device *gic = gic_find(cfg);

	(void)host;
	fdt_tree_string(tree, 0, "model", "axvm virtual machine");
	fdt_tree_string(tree, 0, "compatible", "axvm,arm64-virt");
	fdt_tree_u32(tree, 0, "#size-cells", 2);
	fdt_tree_u32(tree, 0, "#address-cells", 2);
	if (gic)
		add_timer(tree, cfg, gic);
	add_psci(tree);
	add_cpus(tree, cfg);
	if (cfg->nr_devices)
		add_soc(tree, cfg);
	boot_add_consoles(tree, cfg);
}

static void complete_tree(struct fdt_tree *tree, const struct axvm_config *cfg,
			  const struct boot_host_info *host)
{
	(void)host;
	if (!fdt_tree_has(tree, 0, "psci"))
		add_psci(tree);
	if (!fdt_tree_has(tree, 0, "cpus"))
		add_cpus(tree, cfg);
}

const struct boot_arch boot_arm64 = {
	.arch = CONFIG_ARCH_ARM64,
	.load = boot_load_with_tree,
	.build_tree = build_tree,
	.complete_tree = complete_tree,
	.max_tree = MAX_TREE,
	.initrd_window = INITRD_WINDOW,
	.kaslr_seed = true,
};
