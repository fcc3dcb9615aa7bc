// SPDX-License-Identifier: GPL-2.0
/*
 * The machine as its device tree tells: features, devices, memory.
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"

static u64 uart;
static u32 uart_irq;
static u64 rtc;
static u32 rtc_irq;
static u64 uart_shift;

static int first_cpu(void)
{
	int node = fdt_child(fdt_path("cpus"));

	while (node != FDT_NONE && strncmp(fdt_name(node), "cpu@", 4))
		node = fdt_sibling(node);
	return node;
}

static bool in_extension_list(const char *extension)
{
	u32 len, pos = 0;
	const char *list = fdt_prop(first_cpu(), "riscv,isa-extensions", &len);

	while (list && pos < len) {
		if (!strcmp(list + pos, extension))
			return true;
		pos += strlen(list + pos) + 1;
	}
	return false;
}

static bool in_isa_string(const char *extension)
{
	const char *isa = fdt_string(first_cpu(), "riscv,isa");
	size_t len = strlen(extension);

	if (!isa || strlen(isa) < 4)
		return false;
	isa += 4;
	for (; *isa && *isa != '_'; isa++) {
		if (len == 1 && *isa == *extension)
			return true;
	}
	for (; (isa = strstr(isa, "_")); ) {
		isa++;
		if (!strncmp(isa, extension, len) && (!isa[len] || isa[len] == '_'))
			return true;
	}
	return false;
}

bool cpu_has(const char *extension)
{
	return in_extension_list(extension) || in_isa_string(extension);
}

static void find_device(const char *compatible, u64 *base, u32 *line)
{
	int node = fdt_compatible(FDT_NONE, compatible);
	u64 len;

	if (node == FDT_NONE || !fdt_reg(node, 0, base, &len))
		return;
	*line = fdt_cell(node, "interrupts", 0, 0);
}

static void machine_init(void)
{
	find_device("ns16550a", &uart, &uart_irq);
	uart_shift = fdt_cell(fdt_compatible(FDT_NONE, "ns16550a"), "reg-shift", 0, 0);
	find_device("google,goldfish-rtc", &rtc, &rtc_irq);
	plic_init();
}

const char *arch_command_line(void)
{
	return fdt_string(fdt_path("chosen"), "bootargs");
}

u64 uart_base(void)
{
	return uart;
}

u64 rtc_base(void)
{
	return rtc;
}

unsigned int rtc_line(void)
{
	return rtc_irq;
}

unsigned int arch_uart_line(void)
{
	return uart ? uart_irq : 0;
}

u8 arch_uart_read(unsigned int reg)
{
	return mmio_read8(uart + (reg << uart_shift));
}

void arch_uart_write(unsigned int reg, u8 val)
{
	mmio_write8(uart + (reg << uart_shift), val);
}

void arch_mmio_read(void)
{
	mmio_read32(plic_base() + 4);
}

const struct bench_case arch_bench[] = {
	{ NULL, NULL },
};

unsigned int arch_free_memory(struct range *ranges, unsigned int max)
{
	return fdt_free_memory(ranges, max);
}

void runtime_main(u64 hart, const void *dtb)
{
	if (!fdt_open(dtb))
		print("no device tree\n");
	cpus_init(hart);
	machine_init();
	cpu_init();
	guest_main();
	test_end();
}
