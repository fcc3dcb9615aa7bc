// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs of the machine and their stacks.
 */
#include "cpu.h"
#include "fdt.h"
#include "runtime.h"
#include "sysreg.h"

static_assert(offsetof(struct cpu, x) == CPU_REGS, "CPU_REGS");
static_assert(offsetof(struct cpu, sp) == CPU_SP, "CPU_SP");
static_assert(offsetof(struct cpu, pc) == CPU_PC, "CPU_PC");
static_assert(offsetof(struct cpu, pstate) == CPU_PSTATE, "CPU_PSTATE");
static_assert(offsetof(struct cpu, stack) == CPU_STACK, "CPU_STACK");
static_assert(offsetof(struct cpu, trap_stack) == CPU_TRAP_STACK, "CPU_TRAP_STACK");
static_assert(offsetof(struct cpu, jump) == CPU_JUMP, "CPU_JUMP");
static_assert(offsetof(struct cpu, insn_sp) == CPU_INSN_SP, "CPU_INSN_SP");
static_assert(offsetof(struct cpu, insn_regs) == CPU_INSN_REGS, "CPU_INSN_REGS");
static_assert(offsetof(struct cpu, tmp) == CPU_TMP, "CPU_TMP");
static_assert(offsetof(struct cpu, entry) == CPU_ENTRY, "CPU_ENTRY");

struct cpu cpus[GUEST_MAX_CPUS];
unsigned int nr_cpus;

static u8 stacks[GUEST_MAX_CPUS][2 * STACK_SIZE] __aligned(16);

static void add_cpu(u64 mpidr)
{
	struct cpu *cpu = &cpus[nr_cpus];

	cpu->index = nr_cpus;
	cpu->mpidr = mpidr;
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

/* One cell or two: that depends on whether a CPU has an Aff3. */
static u64 cpu_reg(int node)
{
	u64 high = fdt_cell(node, "reg", 0, 0);
	u64 low = fdt_cell(node, "reg", 1, -1u);

	return low == -1u ? high : high << 32 | low;
}

static struct cpu *cpu_of_mpidr(u64 mpidr)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++) {
		if (cpus[i].mpidr == mpidr)
			return &cpus[i];
	}
	return NULL;
}

void cpus_init(void)
{
	u64 self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	int parent = fdt_path("cpus");
	int node = parent == FDT_NONE ? FDT_NONE : fdt_child(parent);

	for (; node != FDT_NONE && nr_cpus < GUEST_MAX_CPUS; node = fdt_sibling(node)) {
		if (is_usable_cpu(node))
			add_cpu(cpu_reg(node));
	}
	if (!cpu_of_mpidr(self)) {
		nr_cpus = 0;
		add_cpu(self);
	}
	sysreg_write(tpidr_el1, cpu_of_mpidr(self));
	this_cpu()->is_on = true;
}

unsigned int arch_cpu_self(void)
{
	return this_cpu()->index;
}

unsigned int arch_cpu_count(void)
{
	return nr_cpus;
}

u64 cpu_mpidr(unsigned int cpu)
{
	return cpus[cpu].mpidr;
}
