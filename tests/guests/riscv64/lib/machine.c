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

struct memory_list {
	struct range *ranges;
	unsigned int nr;
	unsigned int max;
};

static void add_range(struct memory_list *list, u64 base, u64 end)
{
	if (base < end && list->nr < list->max)
		list->ranges[list->nr++] = (struct range){ .base = base, .len = end - base };
}

/* Take [base, base + len), widened to pages, out of all ranges. */
static void cut_range(struct memory_list *list, u64 base, u64 len)
{
	u64 end = (base + len + PAGE_SIZE - 1) & -PAGE_SIZE;
	unsigned int i, nr = list->nr;

	base &= -PAGE_SIZE;
	for (i = 0; i < nr; i++) {
		struct range *range = &list->ranges[i];
		u64 range_end = range->base + range->len;

		if (end <= range->base || base >= range_end)
			continue;
		add_range(list, end > range->base ? end : range->base, range_end);
		range->len = base > range->base ? base - range->base : 0;
	}
}

static void cut_reserved(struct memory_list *list)
{
	int parent = fdt_path("reserved-memory");
	int node = parent == FDT_NONE ? FDT_NONE : fdt_child(parent);
	unsigned int i;
	u64 base, len;

	for (; node != FDT_NONE; node = fdt_sibling(node)) {
		if (fdt_reg(node, 0, &base, &len))
			cut_range(list, base, len);
	}
	for (i = 0; fdt_reservation(i, &base, &len); i++)
		cut_range(list, base, len);
	cut_range(list, (u64)__image_start, __image_end - __image_start);
	cut_range(list, (u64)fdt_blob(), fdt_size());
}

unsigned int arch_free_memory(struct range *ranges, unsigned int max)
{
	struct memory_list list = { .ranges = ranges, .max = max };
	int node = fdt_child(fdt_next(FDT_NONE));
	unsigned int i;
	u64 base, len;

	for (; node != FDT_NONE; node = fdt_sibling(node)) {
		if (strncmp(fdt_name(node), "memory@", 7))
			continue;
		for (i = 0; fdt_reg(node, i, &base, &len); i++)
			add_range(&list, base, base + len);
	}
	cut_reserved(&list);
	return list.nr;
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
