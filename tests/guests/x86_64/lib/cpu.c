// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs of the machine, their tables and stacks, and how they start.
 */
#include "cpu.h"

static_assert(sizeof(struct cpu) == CPU_SIZE, "CPU_SIZE");
static_assert(offsetof(struct cpu, jump) == CPU_JUMP, "CPU_JUMP");
static_assert(offsetof(struct cpu, stack) == CPU_STACK, "CPU_STACK");
static_assert(offsetof(struct cpu, apic_id) == CPU_APIC_ID, "CPU_APIC_ID");

#define SECOND		1000000
#define MADT_LAPIC	0
#define MADT_X2APIC	9
#define MADT_ENABLED	BIT(0)

#define GATE_INTERRUPT	0x8e
#define GATE_USER	0x60

struct cpu cpus[GUEST_MAX_CPUS];
unsigned int nr_cpus;

static u8 stacks[GUEST_MAX_CPUS][2 + IST_STACKS][STACK_SIZE] __aligned(16);
static u64 idt[256][2] __aligned(16);

bool cpuid_has(u32 leaf, u32 sub, enum cpuid_reg reg, unsigned int bit)
{
	struct cpuid_regs r = cpuid(leaf & 0x80000000, 0);

	if (leaf > r.eax)
		return false;
	r = cpuid(leaf, sub);
	return (&r.eax)[reg] >> bit & 1;
}

u64 make_descriptor(u32 base, u32 limit, u8 access, u8 flags)
{
	return (limit & 0xffff) | (u64)(base & 0xffffff) << 16 | (u64)access << 40 |
	       (u64)(limit >> 16 & 0xf) << 48 | (u64)(flags & 0xf) << 52 |
	       (u64)(base >> 24) << 56;
}

static void fill_gdt(struct cpu *cpu)
{
	u64 tss = (u64)&cpu->tss;

	cpu->gdt[SEL_CODE32 / 8] = make_descriptor(0, 0xfffff, 0x9b, 0xc);
	cpu->gdt[SEL_CODE64 / 8] = make_descriptor(0, 0xfffff, 0x9b, 0xa);
	cpu->gdt[SEL_DATA / 8] = make_descriptor(0, 0xfffff, 0x93, 0xc);
	cpu->gdt[SEL_USER_CODE32 / 8] = make_descriptor(0, 0xfffff, 0xfb, 0xc);
	cpu->gdt[SEL_USER_DATA / 8] = make_descriptor(0, 0xfffff, 0xf3, 0xc);
	cpu->gdt[SEL_USER_CODE64 / 8] = make_descriptor(0, 0xfffff, 0xfb, 0xa);
	cpu->gdt[SEL_USER_DATA2 / 8] = make_descriptor(0, 0xfffff, 0xf3, 0xc);
	cpu->gdt[SEL_TSS / 8] = make_descriptor(tss, sizeof(cpu->tss) - 1, 0x89, 0);
	cpu->gdt[SEL_TSS / 8 + 1] = tss >> 32;
	cpu->gdt[SEL_CPU / 8] = make_descriptor(0, cpu->index, 0xf3, 0x4);
	cpu->gdt[SEL_CODE16 / 8] = make_descriptor(0, 0xffff, 0x9b, 0);
	cpu->gdt[SEL_DATA16 / 8] = make_descriptor(0, 0xffff, 0x93, 0);
}

static void add_cpu(u32 apic_id, u32 acpi_id)
{
	struct cpu *cpu = &cpus[nr_cpus];
	unsigned int i;

	if (nr_cpus == GUEST_MAX_CPUS)
		return;
	cpu->index = nr_cpus;
	cpu->apic_id = apic_id;
	cpu->acpi_id = acpi_id;
	cpu->stack = (u64)stacks[nr_cpus][1];
	for (i = 0; i < IST_STACKS; i++)
		cpu->tss.ist[i] = (u64)stacks[nr_cpus][i + 1] + STACK_SIZE;
	cpu->tss.rsp[0] = (u64)stacks[nr_cpus][2 + IST_STACKS];
	cpu->tss.io_map = sizeof(cpu->tss);
	fill_gdt(cpu);
	nr_cpus++;
}

struct cpu *cpu_of_apic_id(u32 id)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++) {
		if (cpus[i].apic_id == id)
			return &cpus[i];
	}
	return NULL;
}

void vector_reset_gate(unsigned int vector)
{
	u64 handler = (u64)vector_stubs[vector];
	u64 ist = vector < 32 ? IST_TRAP : 0, type = GATE_INTERRUPT;

	if (vector == VEC_NMI)
		ist = IST_NMI;
	else if (vector == VEC_DF || vector == VEC_MC)
		ist = IST_FATAL;
	else if (vector == VEC_BP || vector == VEC_OF)
		type |= GATE_USER;
	idt[vector][0] = (handler & 0xffff) | SEL_CODE64 << 16 | ist << 32 | type << 40 |
			 (handler >> 16 & 0xffff) << 48;
	idt[vector][1] = handler >> 32;
}

u64 *vector_gate(unsigned int vector)
{
	return idt[vector];
}

void vector_use_stack(unsigned int vector, unsigned int ist)
{
	store_shared(&idt[vector][0], (idt[vector][0] & ~(7UL << 32)) | (u64)ist << 32);
}

struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

static void load_tables(struct cpu *cpu)
{
	struct table_pointer gdt = { sizeof(cpu->gdt) - 1, (u64)cpu->gdt };
	struct table_pointer idtr = { sizeof(idt) - 1, (u64)idt };

	cpu->gdt[SEL_TSS / 8] &= ~BIT(41);	/* not busy */
	asm volatile("lgdt %0\n\t"
		     "lidt %1\n\t"
		     "pushq %2\n\t"
		     "pushq $1f\n\t"
		     "lretq\n"
		     "1:\tmov %3, %%ds\n\t"
		     "mov %3, %%es\n\t"
		     "mov %3, %%ss\n\t"
		     "ltr %w4"
		     : : "m" (gdt), "m" (idtr), "i" (SEL_CODE64), "r" (SEL_DATA), "r" (SEL_TSS)
		     : "memory");
}

void cpu_load_tables(void)
{
	load_tables(this_cpu());
}

void cpu_set_descriptor(unsigned int selector, u64 descriptor)
{
	store_shared(&this_cpu()->gdt[selector / 8], descriptor);
}

static void add_from_madt(const u8 *entry)
{
	if (entry[0] == MADT_LAPIC && (entry[4] & MADT_ENABLED))
		add_cpu(entry[3], entry[2]);
	else if (entry[0] == MADT_X2APIC && (entry[8] & MADT_ENABLED))
		add_cpu(*(const u32 *)(entry + 4), *(const u32 *)(entry + 12));
}

void cpus_init(void)
{
	u32 self = cpuid(1, 0).ebx >> 24;
	const u8 *entry = NULL;
	unsigned int vector;

	for (vector = 0; vector < ARRAY_SIZE(idt); vector++)
		vector_reset_gate(vector);
	while ((entry = madt_next(entry)))
		add_from_madt(entry);
	if (!cpu_of_apic_id(self))
		add_cpu(self, 0);
	load_tables(cpu_of_apic_id(self));
	memcpy((void *)LOW_TRAMPOLINE, trampoline, trampoline_end - trampoline);
}

unsigned int arch_cpu_self(void)
{
	return this_cpu()->index;
}

unsigned int arch_cpu_count(void)
{
	return nr_cpus;
}

const struct trap_frame *trap_last(void)
{
	return &this_cpu()->frame;
}

u32 cpu_apic_id(unsigned int cpu)
{
	return cpus[cpu].apic_id;
}

bool cpu_is_alive(unsigned int cpu)
{
	return load_shared(&cpus[cpu].alive);
}

void cpu_forget(unsigned int cpu)
{
	store_shared(&cpus[cpu].alive, 0);
}

void cpu_send_init(unsigned int cpu)
{
	lapic_send(cpus[cpu].apic_id, ICR_INIT | ICR_ASSERT | ICR_LEVEL);
	lapic_send(cpus[cpu].apic_id, ICR_INIT | ICR_LEVEL);
}

void cpu_send_startup(unsigned int cpu, u8 page)
{
	lapic_send(cpus[cpu].apic_id, ICR_STARTUP | page);
}

/* SDM 3, 9.4.4.1: a second start-up IPI in case that the first one got lost. */
bool arch_cpu_start(unsigned int index, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[index];
	u64 wanted = load_shared(&cpu->starts) + 1;

	if (load_shared(&cpu->alive))
		return false;
	cpu->start_fn = fn;
	cpu->start_arg = arg;
	cpu_send_init(index);
	delay_us(200);
	cpu_send_startup(index, LOW_TRAMPOLINE >> 12);
	if (wait_for(&cpu->starts, wanted, SECOND / 2))
		return true;
	cpu_send_startup(index, LOW_TRAMPOLINE >> 12);
	return wait_for(&cpu->starts, wanted, 10 * SECOND);
}

static void (*first_look)(void);

void cpu_on_start(void (*fn)(void))
{
	store_shared(&first_look, fn);
}

/* The end leaves the CPU without interrupts, for the next INIT. */
void runtime_secondary(struct cpu *cpu)
{
	load_tables(cpu);
	lapic_find();
	if (load_shared(&first_look))
		first_look();
	lapic_setup();
	cpu->trying = false;
	cpu->holding = false;
	cpu->held = 0;
	store_shared(&cpu->alive, 1);
	add_shared(&cpu->starts, 1);
	cpu->start_fn(cpu->start_arg);
	arch_irq_off();
	store_shared(&cpu->alive, 0);
	for (;;)
		asm volatile("cli\n\thlt" : : : "memory");
}
