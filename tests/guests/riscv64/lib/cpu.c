// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs of the machine, their stacks, and how they start.
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"
#include "sbi.h"

static_assert(offsetof(struct cpu, regs) == CPU_REGS, "CPU_REGS");
static_assert(offsetof(struct cpu, stack) == CPU_STACK, "CPU_STACK");
static_assert(offsetof(struct cpu, trap_stack) == CPU_TRAP_STACK, "CPU_TRAP_STACK");
static_assert(offsetof(struct cpu, jump) == CPU_JUMP, "CPU_JUMP");
static_assert(offsetof(struct cpu, insn_sp) == CPU_INSN_SP, "CPU_INSN_SP");
static_assert(offsetof(struct cpu, insn_regs) == CPU_INSN_REGS, "CPU_INSN_REGS");
static_assert(offsetof(struct cpu, tmp) == CPU_TMP, "CPU_TMP");

struct cpu cpus[GUEST_MAX_CPUS];
unsigned int nr_cpus;

static u8 stacks[GUEST_MAX_CPUS][2 * STACK_SIZE] __aligned(16);

static void add_cpu(u64 hart, u32 intc)
{
	struct cpu *cpu = &cpus[nr_cpus];

	cpu->index = nr_cpus;
	cpu->hart = hart;
	cpu->intc = intc;
	cpu->stack = (u64)stacks[nr_cpus] + STACK_SIZE;
	cpu->trap_stack = cpu->stack + STACK_SIZE;
	nr_cpus++;
}

static bool is_usable_cpu(int node)
{
	const char *type = fdt_string(node, "device_type");
	const char *status = fdt_string(node, "status");

	return type && !strcmp(type, "cpu") && (!status || !strcmp(status, "okay"));
}

struct cpu *cpu_of_hart(u64 hart)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++) {
		if (cpus[i].hart == hart)
			return &cpus[i];
	}
	return NULL;
}

static void use_cpu(struct cpu *cpu)
{
	asm volatile("mv tp, %0\n\tcsrw sscratch, tp" : : "r" (cpu) : "memory");
}

void cpus_init(u64 boot_hart)
{
	int parent = fdt_path("cpus");
	int node = parent == FDT_NONE ? FDT_NONE : fdt_child(parent);

	for (; node != FDT_NONE && nr_cpus < GUEST_MAX_CPUS; node = fdt_sibling(node)) {
		int intc = fdt_child(node);

		if (is_usable_cpu(node))
			add_cpu(fdt_cell(node, "reg", 0, 0), fdt_cell(intc, "phandle", 0, 0));
	}
	if (!cpu_of_hart(boot_hart) && nr_cpus < GUEST_MAX_CPUS)
		add_cpu(boot_hart, 0);
	use_cpu(cpu_of_hart(boot_hart));
}

unsigned int arch_cpu_self(void)
{
	return this_cpu()->index;
}

unsigned int arch_cpu_count(void)
{
	return nr_cpus;
}

bool arch_cpu_start(unsigned int index, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[index];

	cpu->start_fn = fn;
	cpu->start_arg = arg;
	barrier();
	return sbi_hart_start(cpu->hart, (u64)secondary_entry, (u64)cpu).error == SBI_SUCCESS;
}

void runtime_secondary(void)
{
	struct cpu *cpu = this_cpu();

	cpu_init();
	cpu->start_fn(cpu->start_arg);
	arch_irq_off();
	sbi_call(SBI_EXT_HSM, SBI_HSM_STOP, 0, 0, 0, 0, 0);
	for (;;)
		arch_halt();
}
