// SPDX-License-Identifier: GPL-2.0
/*
 * Device trees of RISC-V guests.
 *
 * Called by boot.c. Everything is derived from the VM's configuration; the
 * bindings are those of the Linux kernel (Documentation/devicetree/bindings).
 * Power-off and reboot go through SBI and need no node.
 */
#include <stdlib.h>
#include <string.h>

#include "boot_arch.h"
#include "util.h"

/* Guest CPUs where no kernel module says what they are. */
#define DEFAULT_ISA		"rv64imafdc_zicntr_zicsr_zifencei"
#define DEFAULT_MMU		"sv39"
#define DEFAULT_FREQUENCY	10000000U

#define IRQ_S_EXT	9	/* supervisor external interrupt, privileged spec 4.1.3 */

static const struct boot_host_info no_host;

static bool is_announced(const char *name, const struct boot_host_info *host)
{
	if (!strcmp(name, "zicbom"))
		return host->cbom_block;
	return strcmp(name, "zicboz") || host->cboz_block;
}

/**
 * struct isa - an ISA string taken apart
 * @base: "rv64i"
 * @list: extension names, each with its NUL
 * @list_len: bytes of @list
 * @text: the string again, without what is not announced
 */
struct isa {
	char base[8];
	char list[1024];
	size_t list_len;
	char text[1024];
};

static void add_extension(struct isa *isa, const char *name, size_t len, bool letter,
			  const struct boot_host_info *host)
{
	size_t end = strlen(isa->text);
	char ext[64];

	if (!len || len >= sizeof(ext) || isa->list_len + len + 1 > sizeof(isa->list) ||
	    end + len + 2 > sizeof(isa->text))
		return;
	memcpy(ext, name, len);
	ext[len] = '\0';
	if (!is_announced(ext, host))
		return;
	memcpy(isa->list + isa->list_len, ext, len + 1);
	isa->list_len += len + 1;
	sprintf(isa->text + end, "%s%s", letter ? "" : "_", ext);
}

/* "rv64imac_zicsr_..." (riscv/extensions.yaml): letters, then names after underscores. */
static void split_isa(struct isa *isa, const struct boot_host_info *host)
{
	const char *c = host->isa && *host->isa ? host->isa : DEFAULT_ISA;

	memset(isa, 0, sizeof(*isa));
	copy_text(isa->base, sizeof(isa->base), "rv64i");
	copy_text(isa->text, sizeof(isa->text), "rv64");
	if (!strncmp(c, "rv64", 4))
		c += 4;
	for (; *c && *c != '_'; c++)
		add_extension(isa, c, 1, true, host);
	while (*c) {
		size_t len = strcspn(++c, "_");

		add_extension(isa, c, len, false, host);
		c += len;
	}
}

static void add_cpu(struct fdt_tree *tree, int cpus, const struct config_vcpu *vcpu,
		    const struct isa *isa, const struct boot_host_info *host, uint32_t phandles[2])
{
	int cpu = fdt_tree_node(tree, cpus, "cpu@%llx", (unsigned long long)vcpu->hw_id);
	char mmu[32];
	int intc;

	phandles[0] = fdt_tree_phandle(tree, cpu);
	snprintf(mmu, sizeof(mmu), "riscv,%s",
		 host->mmu_type && *host->mmu_type ? host->mmu_type : DEFAULT_MMU);
	fdt_tree_string(tree, cpu, "mmu-type", mmu);
	if (host->cboz_block)
		fdt_tree_u32(tree, cpu, "riscv,cboz-block-size", host->cboz_block);
	if (host->cbom_block)
		fdt_tree_u32(tree, cpu, "riscv,cbom-block-size", host->cbom_block);
	fdt_tree_bytes(tree, cpu, "riscv,isa-extensions", isa->list, isa->list_len);
	fdt_tree_string(tree, cpu, "riscv,isa-base", isa->base);
	fdt_tree_string(tree, cpu, "riscv,isa", isa->text);
	fdt_tree_string(tree, cpu, "compatible", "riscv");
	fdt_tree_string(tree, cpu, "status", "okay");
	fdt_tree_u32(tree, cpu, "reg", vcpu->hw_id);
	fdt_tree_string(tree, cpu, "device_type", "cpu");
	intc = fdt_tree_node(tree, cpu, "interrupt-controller");
	phandles[1] = fdt_tree_phandle(tree, intc);
	fdt_tree_string(tree, intc, "compatible", "riscv,cpu-intc");
	fdt_tree_empty(tree, intc, "interrupt-controller");
	fdt_tree_u32(tree, intc, "#interrupt-cells", 1);
	fdt_tree_u32(tree, intc, "#address-cells", 0);
}

/* cpu/cpu-topology.txt: every vCPU is a core of one cluster. */
static void add_cpu_map(struct fdt_tree *tree, int cpus, const struct axvm_config *cfg,
			uint32_t (*phandles)[2])
{
	int map = fdt_tree_node(tree, cpus, "cpu-map");
	int cluster = fdt_tree_node(tree, map, "cluster0");
	unsigned int i;

	for (i = cfg->nr_vcpus; i-- > 0;)
		fdt_tree_u32(tree, fdt_tree_node(tree, cluster, "core%u", i), "cpu",
			     phandles[i][0]);
}

static void add_cpus(struct fdt_tree *tree, const struct axvm_config *cfg,
		     const struct boot_host_info *host, uint32_t (*phandles)[2])
{
	int cpus = fdt_tree_node(tree, 0, "cpus");
	struct isa isa;
	unsigned int i;

	split_isa(&isa, host);
	fdt_tree_u32(tree, cpus, "timebase-frequency",
		     host->timer_frequency ? host->timer_frequency : DEFAULT_FREQUENCY);
	fdt_tree_u32(tree, cpus, "#size-cells", 0);
	fdt_tree_u32(tree, cpus, "#address-cells", 1);
	for (i = cfg->nr_vcpus; i-- > 0;)
		add_cpu(tree, cpus, &cfg->vcpus[i], &isa, host, phandles[i]);
	add_cpu_map(tree, cpus, cfg, phandles);
}

/* interrupt-controller/sifive,plic-1.0.0.yaml; entry i says whose context i is. */
static uint32_t add_plic(struct fdt_tree *tree, int soc, const struct config_device *plic,
			 unsigned int nr_vcpus, uint32_t (*phandles)[2])
{
	static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
	int node = fdt_tree_node(tree, soc, "interrupt-controller@%llx",
				 (unsigned long long)plic->base);
	uint32_t *cells = xcalloc(2 * nr_vcpus, sizeof(*cells));
	uint32_t phandle = fdt_tree_phandle(tree, node);
	unsigned int i;

	for (i = 0; i < nr_vcpus; i++) {
		cells[2 * i] = phandles[i][1];
		cells[2 * i + 1] = IRQ_S_EXT;
	}
	fdt_tree_u32(tree, node, "riscv,ndev", config_plic_sources(plic));
	fdt_tree_cells(tree, node, "interrupts-extended", cells, 2 * nr_vcpus);
	fdt_tree_empty(tree, node, "interrupt-controller");
	fdt_tree_u32(tree, node, "#interrupt-cells", 1);
	fdt_tree_u32(tree, node, "#address-cells", 0);
	fdt_tree_reg(tree, soc, node, plic->base, plic->size);
	fdt_tree_bytes(tree, node, "compatible", compatible, sizeof(compatible));
	free(cells);
	return phandle;
}

static const struct {
	const char *type;
	const char *node;
	void (*describe)(struct fdt_tree *tree, int node, const struct config_device *device);
} models[] = {
	{ "ns16550a", "serial", boot_describe_serial },
	{ "goldfish-rtc", "rtc", boot_describe_goldfish },
};

static void add_device(struct fdt_tree *tree, int soc, const struct config_device *device,
		       uint32_t plic)
{
	unsigned int i;
	int node;

	for (i = 0; i < ARRAY_SIZE(models); i++) {
		if (strcmp(models[i].type, device->type))
			continue;
		node = fdt_tree_node(tree, soc, "%s@%llx", models[i].node,
				     (unsigned long long)device->base);
		if (device->irq) {
			fdt_tree_u32(tree, node, "interrupt-parent", plic);
			fdt_tree_u32(tree, node, "interrupts", device->irq);
		}
		models[i].describe(tree, node, device);
		fdt_tree_reg(tree, soc, node, device->base, device->size);
	}
}

static void add_soc(struct fdt_tree *tree, const struct axvm_config *cfg,
		    uint32_t (*phandles)[2])
{
	const struct config_device *plic = config_find_device(cfg, "plic");
	int soc = fdt_tree_node(tree, 0, "soc");
	uint32_t phandle = 0;
	unsigned int i;

	fdt_tree_empty(tree, soc, "ranges");
	fdt_tree_string(tree, soc, "compatible", "simple-bus");
	fdt_tree_u32(tree, soc, "#size-cells", 2);
	fdt_tree_u32(tree, soc, "#address-cells", 2);
	if (plic)
		phandle = add_plic(tree, soc, plic, cfg->nr_vcpus, phandles);
	for (i = cfg->nr_devices; i-- > 0;)
		add_device(tree, soc, &cfg->devices[i], phandle);
}

static void build_tree(struct fdt_tree *tree, const struct axvm_config *cfg,
		       const struct boot_host_info *host)
{
	uint32_t (*phandles)[2] = xcalloc(cfg->nr_vcpus, sizeof(*phandles));

	fdt_tree_string(tree, 0, "model", "axvm virtual machine");
	fdt_tree_string(tree, 0, "compatible", "axvm,riscv-virt");
	fdt_tree_u32(tree, 0, "#size-cells", 2);
	fdt_tree_u32(tree, 0, "#address-cells", 2);
	add_cpus(tree, cfg, host ? host : &no_host, phandles);
	if (cfg->nr_devices)
		add_soc(tree, cfg, phandles);
	boot_add_consoles(tree, cfg);
	free(phandles);
}

static void complete_tree(struct fdt_tree *tree, const struct axvm_config *cfg,
			  const struct boot_host_info *host)
{
	uint32_t (*phandles)[2];

	if (fdt_tree_has(tree, 0, "cpus"))
		return;
	phandles = xcalloc(cfg->nr_vcpus, sizeof(*phandles));
	add_cpus(tree, cfg, host ? host : &no_host, phandles);
	free(phandles);
}

const struct boot_arch boot_riscv = {
	.arch = CONFIG_ARCH_RISCV64,
	.load = boot_load_with_tree,
	.build_tree = build_tree,
	.complete_tree = complete_tree,
};
