// SPDX-License-Identifier: GPL-2.0
/*
 * Platform-level interrupt controller, as far as programs need it.
 * RISC-V Platform-Level Interrupt Controller Specification 1.0.0.
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"

#define MAX_LINES	1024

static u64 base, len;
static u32 sources;
static void (*handlers[MAX_LINES])(unsigned int line);
static u64 counts[MAX_LINES];

u32 plic_read(u32 offset)
{
	return mmio_read32(base + offset);
}

void plic_write(u32 offset, u32 val)
{
	mmio_write32(base + offset, val);
}

u64 plic_base(void)
{
	return base;
}

u64 plic_len(void)
{
	return len;
}

u32 plic_sources(void)
{
	return sources;
}

u32 plic_context(unsigned int cpu)
{
	return cpus[cpu].plic_context;
}

static struct cpu *cpu_of_intc(u32 phandle)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++) {
		if (cpus[i].intc == phandle)
			return &cpus[i];
	}
	return NULL;
}

void plic_init(void)
{
	int node = fdt_compatible(FDT_NONE, "sifive,plic-1.0.0");
	u32 size, context;
	struct cpu *cpu;

	if (!fdt_reg(node, 0, &base, &len))
		return;
	sources = fdt_cell(node, "riscv,ndev", 0, 0);
	fdt_prop(node, "interrupts-extended", &size);
	for (context = 0; context < size / 8; context++) {
		if (fdt_cell(node, "interrupts-extended", 2 * context + 1, 0) != IRQ_EXTERNAL)
			continue;
		cpu = cpu_of_intc(fdt_cell(node, "interrupts-extended", 2 * context, 0));
		if (cpu)
			cpu->plic_context = context;
	}
}

void plic_handle(void)
{
	u32 claim = PLIC_CLAIM(this_cpu()->plic_context);
	u32 line = plic_read(claim);

	if (!line)
		return;
	if (line >= MAX_LINES)
		test_abort("claimed interrupt %u", line);
	add_shared(&counts[line], 1);
	if (handlers[line])
		handlers[line](line);
	plic_write(claim, line);
}

static u32 enable_word(unsigned int line)
{
	return PLIC_ENABLE(this_cpu()->plic_context) + line / 32 * 4;
}

bool arch_line_enable(unsigned int line, void (*handler)(unsigned int line))
{
	u32 word = enable_word(line);

	if (!base || line >= MAX_LINES)
		return false;
	handlers[line] = handler;
	plic_write(4 * line, 1);
	plic_write(PLIC_THRESHOLD(this_cpu()->plic_context), 0);
	plic_write(word, plic_read(word) | 1u << line % 32);
	return true;
}

void arch_line_disable(unsigned int line)
{
	u32 word = enable_word(line);

	plic_write(word, plic_read(word) & ~(1u << line % 32));
}

u64 arch_line_count(unsigned int line)
{
	return load_shared(&counts[line]);
}
