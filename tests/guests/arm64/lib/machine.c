// SPDX-License-Identifier: GPL-2.0
/*
 * The machine as its device tree tells: devices, memory, command line.
 */
#include "cpu.h"
#include "fdt.h"
#include "runtime.h"

#define PANICKED	1

static u64 rtc;
static u32 rtc_int;
static u64 pvpanic;

static void find_rtc(void)
{
	int node = fdt_compatible(FDT_NONE, "arm,pl031");
	u64 len;

	if (node == FDT_NONE || !fdt_reg(node, 0, &rtc, &len))
		return;
	rtc_int = 32 + fdt_cell(node, "interrupts", 1, -32u);
}

static void find_pvpanic(void)
{
	u64 len;

	fdt_reg(fdt_compatible(FDT_NONE, "qemu,pvpanic-mmio"), 0, &pvpanic, &len);
}

void tell_failure(void)
{
	if (pvpanic)
		mmio_write8(pvpanic, PANICKED);
}

/* The emulated board has a channel to its emulator. */
bool arch_is_reference(void)
{
	return fdt_compatible(FDT_NONE, "qemu,fw-cfg-mmio") != FDT_NONE;
}

const char *arch_command_line(void)
{
	return fdt_string(fdt_path("chosen"), "bootargs");
}

u64 rtc_base(void)
{
	return rtc;
}

u32 rtc_intid(void)
{
	return rtc_int;
}

void arch_mmio_read(void)
{
	mmio_read32(gicd_base() + GICD_TYPER);
}

const struct bench_case arch_bench[] = {
	{ NULL, NULL },
};

unsigned int arch_free_memory(struct range *ranges, unsigned int max)
{
	return fdt_free_memory(ranges, max);
}

/* A loader for programs that are no Linux leaves the tree where memory begins. */
static void open_tree(const void *dtb)
{
	if (!(dtb && fdt_open(dtb)) && !fdt_open((const void *)RAM_BASE))
		dtb = NULL;
}

void runtime_main(const void *dtb)
{
	open_tree(dtb);
	cpus_init();
	console_init();
	if (!fdt_blob())
		test_abort("no device tree");
	find_rtc();
	find_pvpanic();
	gic_init();
	paging_init();
	cpu_init();
	guest_main();
	test_end();
}
