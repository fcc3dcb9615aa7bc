// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of devices: each by itself, with memory, and with each other.
 *
 * Called by config_validate(). Knows what axvm's device models need; those of
 * PCs are in config_pc.c, and those of aarch64 guests in config_gic.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_gic.h"
#include "config_loader.h"
#include "config_pc.h"
#include "gic.h"
#include "util.h"

#define DEVICES_KEY	"devices.emu_devices"
#define REGIONS_KEY	"kernel.memory_regions"

#define PLIC_MAX_CONTEXTS	128
#define PLIC_CONTEXT_BASE	0x200000ULL
#define PLIC_CONTEXT_SIZE	0x1000ULL
#define PLIC_MAX_SIZE		0x4000000ULL

void config_device_error(struct config_loader *ld, const struct config_device *device,
			 const char *fmt, ...)
{
	char key[CONFIG_KEY_MAX], *text;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	config_sub_key(key, DEVICES_KEY, device->index, NULL);
	diag_add(ld->diag, DIAG_ERROR, device->pos, key, "%s: %s", device->name, text);
	free(text);
}

/* What the default board brings has no place in the file. */
static bool on_default_board(const struct config_device *device)
{
	return !device->pos.line;
}

static const char *board_of(const struct config_device *device)
{
	return on_default_board(device) ? "the default board's " : "";
}

#define MAX_WINDOWS	(CONFIG_PC_WINDOWS + 1)

static unsigned int get_windows(const struct axvm_config *cfg, const struct config_device *device,
				struct config_window windows[MAX_WINDOWS])
{
	unsigned int nr = config_pc_windows(device, windows);

	return nr + config_gic_window(cfg, device, &windows[nr]);
}

static bool is_port(const struct config_device *device)
{
	struct config_window windows[CONFIG_PC_WINDOWS];

	config_pc_windows(device, windows);
	return windows[0].port;
}

static void check_device_space(struct config_loader *ld, const struct config_device *device)
{
	static const struct {
		const char *type;
		uint64_t min, max;
	} *rule, rules[] = {
		{ "ns16550a", 8, 0x1000 },
		{ "goldfish-rtc", 0x20, 0x1000 },
		{ "pl011", 0x1000, 0x1000 },
		{ "pl031", 0x1000, 0x1000 },
		{ "pvpanic-mmio", 2, 0x1000 },
		{ GIC_V3, GIC_V3_DIST_SIZE, GIC_V3_DIST_SIZE },
		{ GIC_V2, GIC_V2_DIST_SIZE, GIC_V2_CPU_OFFSET },
		{ "plic", PLIC_CONTEXT_BASE + PLIC_CONTEXT_SIZE, PLIC_MAX_SIZE },
	};

	if (!is_port(device) && !range_within(device->base, device->size, 0, CONFIG_GPA_MAX))
		config_device_error(ld, device, "is too high; it has to end by 0x7ffffffff000");
	for (rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		if (strcmp(rule->type, device->type) ||
		    (device->size >= rule->min && device->size <= rule->max))
			continue;
		if (rule->min == rule->max)
			config_device_error(ld, device, "length is 0x%llx; a %s has 0x%llx bytes",
					    (unsigned long long)device->size, device->type,
					    (unsigned long long)rule->min);
		else
			config_device_error(ld, device,
					    "length is 0x%llx; a %s has 0x%llx to 0x%llx bytes",
					    (unsigned long long)device->size, device->type,
					    (unsigned long long)rule->min,
					    (unsigned long long)rule->max);
	}
}

/* The memory is to blame: the default board was there first. */
static void complain_on_memory(struct config_loader *ld, const struct config_region *region,
			       const struct config_device *device, uint64_t base)
{
	char key[CONFIG_KEY_MAX];

	config_sub_key(key, REGIONS_KEY, region->index, NULL);
	diag_add(ld->diag, DIAG_ERROR, region->pos, key,
		 "memory at 0x%llx overlaps the default board's %s at 0x%llx; "
		 "default_board = false leaves it out", (unsigned long long)region->gpa,
		 device->name, (unsigned long long)base);
}

static void check_window_memory(struct config_loader *ld, const struct config_device *device,
				const struct config_window *window)
{
	unsigned int i;

	for (i = 0; i < ld->cfg->nr_regions && !window->port; i++) {
		const struct config_region *region = &ld->cfg->regions[i];

		if (region->map_type == CONFIG_MAP_IDENTICAL ||
		    !ranges_overlap(window->base, window->size, region->gpa, region->size))
			continue;
		if (on_default_board(device)) {
			complain_on_memory(ld, region, device, window->base);
			continue;
		}
		config_device_error(ld, device,
				    "at 0x%llx overlaps memory at 0x%llx; they are apart",
				    (unsigned long long)window->base,
				    (unsigned long long)region->gpa);
	}
}

static void check_device_memory(struct config_loader *ld, const struct config_device *device)
{
	struct config_window windows[MAX_WINDOWS];
	unsigned int i, nr = get_windows(ld->cfg, device, windows);

	for (i = 0; i < nr; i++)
		check_window_memory(ld, device, &windows[i]);
}

/* @base gets the beginning of the window of @b in which they meet. */
static bool windows_overlap(const struct axvm_config *cfg, const struct config_device *a,
			    const struct config_device *b, uint64_t *base)
{
	struct config_window of_a[MAX_WINDOWS], of_b[MAX_WINDOWS];
	unsigned int nr_a = get_windows(cfg, a, of_a), nr_b = get_windows(cfg, b, of_b);
	unsigned int i, j;

	for (i = 0; i < nr_a; i++)
		for (j = 0; j < nr_b; j++)
			if (of_a[i].port == of_b[j].port &&
			    ranges_overlap(of_a[i].base, of_a[i].size, of_b[j].base,
					   of_b[j].size)) {
				*base = of_b[j].base;
				return true;
			}
	return false;
}

/* @a comes after @b; the default board's come last, but what is named is to blame. */
static void check_device_pair(struct config_loader *ld, const struct config_device *a,
			      const struct config_device *b)
{
	uint64_t base;

	if (on_default_board(a) && !on_default_board(b)) {
		check_device_pair(ld, b, a);
		return;
	}
	if (!strcmp(a->name, b->name))
		config_device_error(ld, a, "is another device's name too; names are unique");
	if (windows_overlap(ld->cfg, a, b, &base))
		config_device_error(ld, a, "overlaps %s%s at 0x%llx; devices are apart",
				    board_of(b), b->name, (unsigned long long)base);
	if (a->irq && a->irq == b->irq && !config_pc_share_irq(a, b))
		config_device_error(ld, a, "irq_id %u is that of %s%s too; each has its own",
				    a->irq, board_of(b), b->name);
	if (!strcmp(a->type, "plic") && !strcmp(b->type, "plic"))
		config_device_error(ld, a, "is a second PLIC; a VM has one");
}

static void check_plic_irq(struct config_loader *ld, const struct config_device *device)
{
	const struct config_device *plic = config_find_device(ld->cfg, "plic");
	uint64_t last = plic ? config_plic_sources(plic) : 0;

	if (!device->irq)
		return;
	if (device == plic) {
		config_device_error(ld, device, "is the interrupt controller; its irq_id is 0");
	} else if (!plic) {
		config_device_error(ld, device,
				    "has an irq_id but there is no PLIC; add one of type 0x30");
	} else if (device->irq > last) {
		config_device_error(ld, device, "irq_id %u is too large; the PLIC has 1 to %llu",
				    device->irq, (unsigned long long)last);
	} else if (ld->no_irq.line) {
		diag_add(ld->diag, DIAG_NOTE, ld->no_irq, "devices.interrupt_mode",
			 "%s has an irq_id and interrupts nevertheless", device->name);
	}
}

/* cfg_list is [contexts, highest source]; context i is vCPU i's S-mode. */
static void check_plic(struct config_loader *ld, struct config_device *plic)
{
	unsigned int nr = ld->cfg->nr_vcpus;

	if (!plic->nr_cfg || !plic->cfg[0])
		plic->cfg[0] = nr;
	if (!plic->nr_cfg)
		plic->nr_cfg = 1;
	if (plic->cfg[0] < nr || plic->cfg[0] > PLIC_MAX_CONTEXTS) {
		config_device_error(ld, plic, "has %llu contexts for %u vCPUs; %u to %d are right",
				    (unsigned long long)plic->cfg[0], nr, nr, PLIC_MAX_CONTEXTS);
	} else if (plic->size < PLIC_CONTEXT_BASE + plic->cfg[0] * PLIC_CONTEXT_SIZE) {
		config_device_error(ld, plic, "is too short for its contexts; 0x%llx is enough",
				    PLIC_CONTEXT_BASE + plic->cfg[0] * PLIC_CONTEXT_SIZE);
	}
	if (config_plic_sources(plic) > CONFIG_PLIC_MAX_SOURCE)
		config_device_error(ld, plic, "has too many sources; a PLIC has up to 1023");
}

/* cfg_list is [reg-shift, reg-io-width]. */
static void check_serial(struct config_loader *ld, const struct config_device *serial)
{
	uint64_t shift = serial->cfg[0], width = serial->nr_cfg > 1 ? serial->cfg[1] : 1;

	if (shift > 2)
		config_device_error(ld, serial, "reg-shift (cfg_list[0]) is 0, 1 or 2");
	else if ((width != 1 && width != 2 && width != 4) || width > 1ULL << shift)
		config_device_error(ld, serial, "reg-io-width (cfg_list[1]) is 1, 2 or 4, "
				    "no more than 1 << reg-shift");
	else if (serial->size < 8ULL << shift)
		config_device_error(ld, serial, "is too short; 8 << reg-shift is enough");
}

static bool has_console(const struct config_device *device)
{
	static const char *const types[] = { "ns16550a", "isa-serial", "pl011" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], device->type))
			return true;
	return false;
}

static void number_consoles(struct config_loader *ld)
{
	unsigned int i;
	int console = 0;

	for (i = 0; i < ld->cfg->nr_devices; i++) {
		struct config_device *device = &ld->cfg->devices[i];

		if (!has_console(device))
			continue;
		device->console = console++;
		if (console == CONFIG_MAX_CONSOLES + 1)
			config_device_error(ld, device,
					    "is one console too many; a VM has up to 8");
	}
}

/* The kernel connects interrupts to a controller that is there already. */
static void put_controller_first(struct axvm_config *cfg)
{
	const struct config_device *found = config_find_device(cfg, "plic");
	struct config_device controller;

	if (!found)
		found = gic_find(cfg);
	if (!found)
		return;
	controller = *found;
	memmove(cfg->devices + 1, cfg->devices, (found - cfg->devices) * sizeof(controller));
	cfg->devices[0] = controller;
}

static void check_device(struct config_loader *ld, struct config_device *device)
{
	check_device_space(ld, device);
	check_device_memory(ld, device);
	if (ld->cfg->arch == CONFIG_ARCH_RISCV64)
		check_plic_irq(ld, device);
	if (!strcmp(device->type, "plic"))
		check_plic(ld, device);
	else if (!strcmp(device->type, "ns16550a"))
		check_serial(ld, device);
}

void config_check_devices(struct config_loader *ld)
{
	struct axvm_config *cfg = ld->cfg;
	unsigned int i, j;

	if (cfg->arch == CONFIG_ARCH_X86_64)
		config_pc_complete(ld);
	else if (cfg->arch == CONFIG_ARCH_ARM64)
		config_gic_complete(ld);
	for (i = 0; i < cfg->nr_devices; i++) {
		check_device(ld, &cfg->devices[i]);
		for (j = 0; j < i; j++)
			check_device_pair(ld, &cfg->devices[i], &cfg->devices[j]);
	}
	if (cfg->arch == CONFIG_ARCH_X86_64)
		config_pc_check(ld);
	else if (cfg->arch == CONFIG_ARCH_ARM64)
		config_gic_check(ld);
	number_consoles(ld);
	put_controller_first(cfg);
}
