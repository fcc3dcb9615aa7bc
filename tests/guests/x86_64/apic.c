// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC of one CPU: registers, priorities, its own interrupts, and
 * the change of modes. All of it in xAPIC and in x2APIC mode.
 * SDM 3, chapter 11; APM 2, chapter 16.
 */
#include "cpu.h"

const char *const guest_name = "apic";

#define SECOND		1000000
#define ESR_SEND_ILLEGAL 0x20
#define ESR_RECV_ILLEGAL 0x40
#define ESR_ILLEGAL_REG	0x80
#define VECTOR_ERROR	0xf3
#define MAX_ORDER	32

static bool x2;
static u8 order[MAX_ORDER];
static u64 nr_order;

static void read_reg(void *arg)
{
	lapic_read((u64)arg);
}

struct reg_write {
	u32 reg;
	u64 val;
};

static void write_x2(void *arg)
{
	const struct reg_write *w = arg;

	wrmsr(MSR_X2APIC + (w->reg >> 4), w->val);
}

static bool write_faults(u32 reg, u64 val)
{
	struct reg_write w = { reg, val };
	struct trap_info trap;

	return arch_try(write_x2, &w, &trap) && trap.cause == VEC_GP;
}

static bool read_faults(u32 reg)
{
	struct trap_info trap;

	return arch_try(read_reg, (void *)(u64)reg, &trap) && trap.cause == VEC_GP;
}

/* --- registers --- */

static void id(void)
{
	u32 val = lapic_read(APIC_ID), wanted = cpu_apic_id(arch_cpu_self());

	check((x2 ? val : val >> 24) == wanted, "0x%x, and the tables say 0x%x", val, wanted);
	check(cpuid(1, 0).ebx >> 24 == wanted, "CPUID says 0x%x", cpuid(1, 0).ebx >> 24);
}

static void version_register(void)
{
	u32 val = lapic_read(APIC_VERSION);

	check((val & 0xff) >= 0x10 && (val & 0xff) <= 0x1f, "version 0x%x", val & 0xff);
	check((val >> 16 & 0xff) >= 3 && (val >> 16 & 0xff) < 8, "%u LVT entries",
	      (val >> 16 & 0xff) + 1);
}

static void task_priority(void)
{
	unsigned int val;

	for (val = 0; val < 256; val++) {
		lapic_write(APIC_TPR, val);
		check(lapic_read(APIC_TPR) == val, "0x%x came back for 0x%x", lapic_read(APIC_TPR),
		      val);
		check(read_cr8() == val >> 4, "CR8 is 0x%lx for TPR 0x%x", read_cr8(), val);
		check((lapic_read(APIC_PPR) & 0xff) == val, "PPR is 0x%x for TPR 0x%x",
		      lapic_read(APIC_PPR), val);
	}
	for (val = 0; val < 16; val++) {
		write_cr8(val);
		check(lapic_read(APIC_TPR) == val << 4, "TPR is 0x%x for CR8 0x%x",
		      lapic_read(APIC_TPR), val);
	}
	write_cr8(0);
}

static void cr8_sixteen(void *arg)
{
	write_cr8(16);
}

static void cr8_has_four_bits(void)
{
	struct trap_info trap;

	if (emulator_differs("takes all bits"))
		return;
	check(arch_try(cr8_sixteen, NULL, &trap) && trap.cause == VEC_GP, "16 was taken");
	write_cr8(0);
}

static void logical_destination(void)
{
	u32 apic = lapic_read(APIC_ID);

	if (x2) {
		check(lapic_read(APIC_LDR) == ((apic >> 4 << 16) | 1u << (apic & 15)),
		      "LDR 0x%x of id 0x%x", lapic_read(APIC_LDR), apic);
		return;
	}
	lapic_write(APIC_LDR, 0xa5ffffff);
	check(lapic_read(APIC_LDR) >> 24 == 0xa5, "LDR is 0x%x", lapic_read(APIC_LDR));
	lapic_write(APIC_LDR, 0);
	lapic_write(APIC_DFR, 0x0fffffff);
	check(lapic_read(APIC_DFR) == 0x0fffffff, "cluster: DFR is 0x%x", lapic_read(APIC_DFR));
	lapic_write(APIC_DFR, -1u);
	check(lapic_read(APIC_DFR) == -1u, "flat: DFR is 0x%x", lapic_read(APIC_DFR));
}

static const u32 lvts[] = { APIC_LVT_TIMER, APIC_LVT0, APIC_LVT1, APIC_LVT_ERROR };

static void local_vectors(void)
{
	unsigned int i;
	u32 val;

	for (i = 0; i < ARRAY_SIZE(lvts); i++) {
		lapic_write(lvts[i], APIC_MASKED | 0x55);
		val = lapic_read(lvts[i]);
		check(val == (APIC_MASKED | 0x55), "0x%x: 0x%x", lvts[i], val);
		lapic_write(lvts[i], 0xaa);
		val = lapic_read(lvts[i]);
		check(val == 0xaa, "0x%x: 0x%x, unmasked", lvts[i], val);
		lapic_write(lvts[i], APIC_MASKED);
	}
}

static void software_disable(void)
{
	unsigned int i;

	if (reference_differs("masks nothing"))
		return;
	for (i = 0; i < ARRAY_SIZE(lvts); i++)
		lapic_write(lvts[i], 0x77);
	lapic_write(APIC_SVR, VECTOR_SPURIOUS);
	for (i = 0; i < ARRAY_SIZE(lvts); i++) {
		check(lapic_read(lvts[i]) & APIC_MASKED, "0x%x stays unmasked", lvts[i]);
		lapic_write(lvts[i], 0x77);
		check(lapic_read(lvts[i]) & APIC_MASKED, "0x%x can be unmasked", lvts[i]);
	}
	lapic_write(APIC_SVR, APIC_ENABLE | VECTOR_SPURIOUS);
	for (i = 0; i < ARRAY_SIZE(lvts); i++)
		check(lapic_read(lvts[i]) & APIC_MASKED, "0x%x became unmasked", lvts[i]);
	lapic_setup();
}

static void timer_registers(void)
{
	static const u32 counts[] = { 1, 0x1234, 0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		lapic_write(APIC_TDCR, i & 0xb);
		check(lapic_read(APIC_TDCR) == (i & 0xb), "TDCR is 0x%x for 0x%x",
		      lapic_read(APIC_TDCR), i & 0xb);
	}
	lapic_write(APIC_LVT_TIMER, APIC_MASKED);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		lapic_write(APIC_TMICT, counts[i]);
		check(lapic_read(APIC_TMICT) == counts[i], "TMICT is 0x%x for 0x%x",
		      lapic_read(APIC_TMICT), counts[i]);
		check(lapic_read(APIC_TMCCT) <= counts[i], "TMCCT 0x%x above 0x%x",
		      lapic_read(APIC_TMCCT), counts[i]);
	}
	lapic_write(APIC_TMICT, 0);
	check(!lapic_read(APIC_TMCCT), "TMCCT is 0x%x after 0", lapic_read(APIC_TMCCT));
}

/* Not on the reference, which ignores what is reserved. */
static void reserved_bits(void)
{
	static const u32 ones[] = {
		APIC_TPR, APIC_SVR, APIC_LVT_TIMER, APIC_LVT0, APIC_LVT1, APIC_LVT_ERROR,
		APIC_TDCR, APIC_ESR, APIC_EOI,
	};
	static const u32 read_only[] = {
		APIC_ID, APIC_VERSION, APIC_PPR, APIC_LDR, APIC_ISR, APIC_TMR + 0x70, APIC_IRR,
		APIC_TMCCT,
	};
	unsigned int i;

	if (!x2) {
		test_skip("only of MSRs");
		return;
	}
	if (reference_differs("ignores them"))
		return;
	for (i = 0; i < ARRAY_SIZE(ones); i++) {
		check(write_faults(ones[i], 0xffffffff), "0x%x takes all ones", ones[i]);
		check(write_faults(ones[i], BIT(32)), "0x%x takes bit 32", ones[i]);
	}
	for (i = 0; i < ARRAY_SIZE(read_only); i++)
		check(write_faults(read_only[i], 0), "0x%x can be written", read_only[i]);
	check(read_faults(APIC_EOI), "EOI can be read");
	check(read_faults(APIC_SELF_IPI), "self IPI can be read");
	check(write_faults(APIC_ICR, 0x1000ffffff), "ICR takes reserved bits");
	check(read_faults(APIC_DFR) && write_faults(APIC_DFR, -1u), "there is a DFR");
	check(read_faults(APIC_ICR2) && write_faults(APIC_ICR2, 0), "there is an ICR2");
	check(read_faults(APIC_APR) && read_faults(APIC_RRR), "there is an APR or RRR");
	lapic_setup();
}

/* Each of them, there or not, read and most of them written: nothing else but #GP comes. */
static void every_register(void)
{
	struct reg_write w = { 0 };
	struct trap_info trap;

	for (w.reg = 0; w.reg < (x2 ? 0x1000 : 0x400); w.reg += 0x10) {
		if (arch_try(read_reg, (void *)(u64)w.reg, &trap))
			check(x2 && trap.cause == VEC_GP, "reading 0x%x: trap %lu", w.reg,
			      trap.cause);
		if (w.reg == APIC_ICR || w.reg == APIC_SELF_IPI || w.reg == APIC_ID)
			continue;
		if (!x2)
			lapic_write(w.reg, 0);
		else if (arch_try(write_x2, &w, &trap))
			check(trap.cause == VEC_GP, "writing 0x%x: trap %lu", w.reg, trap.cause);
	}
	lapic_write(APIC_ESR, 0);
	lapic_write(APIC_ESR, 0);
	lapic_setup();
	if (!x2)
		lapic_write(APIC_DFR, -1u);
}

/* --- interrupts to oneself --- */

static bool keep_order(struct trap_frame *frame)
{
	u64 nr = add_shared(&nr_order, 1) - 1;

	if (nr < MAX_ORDER)
		order[nr] = frame->vector;
	lapic_eoi();
	return true;
}

static void send_self(unsigned int vector)
{
	lapic_send(0, ICR_SELF | ICR_ASSERT | vector);
}

static bool comes(unsigned int vector, u64 before)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	arch_irq_on();
	while (vector_count(arch_cpu_self(), vector) == before && arch_time() < end)
		barrier();
	arch_irq_off();
	return vector_count(arch_cpu_self(), vector) != before;
}

static void every_vector(void)
{
	unsigned int vector;
	u64 before;

	for (vector = 0x31; vector < 256; vector++) {
		if (vector == VECTOR_TIMER || vector == VECTOR_SPURIOUS)
			continue;
		before = vector_count(arch_cpu_self(), vector);
		send_self(vector);
		check(lapic_bit(APIC_IRR, vector), "0x%x is not requested", vector);
		if (!check(comes(vector, before), "0x%x does not come", vector))
			return;
		check(!lapic_bit(APIC_IRR, vector) && !lapic_bit(APIC_ISR, vector),
		      "0x%x is still there", vector);
		check(vector_count(arch_cpu_self(), vector) == before + 1, "0x%x came %lu times",
		      vector, vector_count(arch_cpu_self(), vector) - before);
	}
}

static void send_form(const char *name, u32 dest, u32 low)
{
	u64 before = vector_count(arch_cpu_self(), 0x71);

	lapic_send(dest, low | ICR_ASSERT | 0x71);
	check(comes(0x71, before), "%s: nothing comes", name);
	check(vector_count(arch_cpu_self(), 0x71) == before + 1, "%s: it came %lu times", name,
	      vector_count(arch_cpu_self(), 0x71) - before);
}

static void forms_to_self(void)
{
	u32 logical = 1 << 24;

	if (x2)
		logical = lapic_read(APIC_LDR);
	else
		lapic_write(APIC_LDR, logical);
	send_form("physical", cpu_apic_id(arch_cpu_self()), ICR_FIXED);
	send_form("logical", x2 ? logical : logical >> 24, ICR_LOGICAL);
	send_form("lowest priority", x2 ? logical : logical >> 24, ICR_LOGICAL | ICR_LOWEST);
	send_form("shorthand self", 0, ICR_SELF);
	send_form("shorthand all", 0, ICR_ALL);
	send_form("broadcast", x2 ? -1u : 0xff, ICR_FIXED);
	send_form("logical broadcast", x2 ? -1u : 0xff, ICR_LOGICAL);
	if (!x2)
		lapic_write(APIC_LDR, 0);
}

static void self_ipi_register(void)
{
	u64 before = vector_count(arch_cpu_self(), 0x72);

	if (!x2) {
		test_skip("only in x2APIC mode");
		return;
	}
	lapic_write(APIC_SELF_IPI, 0x72);
	check(comes(0x72, before), "nothing comes");
}

static void to_nobody(void)
{
	u64 before = vector_count(arch_cpu_self(), 0x73);

	lapic_send(x2 ? 0x12345 : 0xee, ICR_ASSERT | 0x73);
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(vector_count(arch_cpu_self(), 0x73) == before, "it came here");
	check(x2 || !(lapic_read(APIC_ICR) & ICR_BUSY), "still being sent");
}

static void priorities(void)
{
	static const u8 sent[] = { 0x45, 0x91, 0x52, 0xdf, 0x46, 0xd1 };
	static const u8 wanted[] = { 0xdf, 0xd1, 0x91, 0x52, 0x46, 0x45 };
	unsigned int i;

	nr_order = 0;
	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		vector_hook(sent[i], keep_order);
		send_self(sent[i]);
	}
	arch_irq_on();
	wait_for(&nr_order, ARRAY_SIZE(sent), SECOND);
	arch_irq_off();
	check(nr_order == ARRAY_SIZE(sent), "%lu came", nr_order);
	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		check(order[i] == wanted[i], "number %u was 0x%x, not 0x%x", i, order[i],
		      wanted[i]);
		vector_hook(sent[i], NULL);
	}
}

static void held_by_tpr(void)
{
	u64 low = vector_count(arch_cpu_self(), 0x6f), high = vector_count(arch_cpu_self(), 0x70);

	lapic_write(APIC_TPR, 0x60);
	send_self(0x6f);
	send_self(0x70);
	check(comes(0x70, high), "a higher class does not come");
	arch_irq_on();
	delay_us(1000);
	check(vector_count(arch_cpu_self(), 0x6f) == low, "the same class came");
	check(lapic_bit(APIC_IRR, 0x6f), "it is gone");
	lapic_write(APIC_TPR, 0x5f);
	check(comes(0x6f, low), "not after TPR was lowered");
	lapic_write(APIC_TPR, 0);
}

static void held_by_cr8(void)
{
	unsigned int i;
	u64 before;

	for (i = 0; i < 200 && !test_failed(); i++) {
		before = vector_count(arch_cpu_self(), 0x58);
		write_cr8(i % 2 ? 15 : 5);
		arch_irq_on();
		send_self(0x58);
		arch_mmio_read();
		check(vector_count(arch_cpu_self(), 0x58) == before, "round %u: it came", i);
		write_cr8(4);
		check(comes(0x58, before), "round %u: not after CR8 was lowered", i);
	}
	write_cr8(0);
}

/* A halted CPU is not woken by what its priority holds back. */
static void halts_under_tpr(void)
{
	u64 before = vector_count(arch_cpu_self(), 0x58);
	u64 ticks = arch_timer_count(arch_cpu_self());

	write_cr8(6);
	send_self(0x58);
	arch_timer_set(arch_time() + time_from_us(3000));
	halt_while(arch_timer_count, arch_cpu_self(), ticks);
	arch_irq_off();
	check(vector_count(arch_cpu_self(), 0x58) == before, "it came");
	write_cr8(0);
	check(comes(0x58, before), "not after CR8 was lowered");
}

#define OUTER		0x85	/* its handler turns interrupts on */
#define HIGHER		0xb1
#define LOWER		0x71
#define SAME_CLASS	0x8f

static u32 ppr_inside;
static bool isr_inside, higher_inside, lower_inside, same_inside;

static u64 count(unsigned int vector)
{
	return vector_count(arch_cpu_self(), vector);
}

static bool nesting(struct trap_frame *frame)
{
	u64 higher = count(HIGHER), lower = count(LOWER), same = count(SAME_CLASS);

	ppr_inside = lapic_read(APIC_PPR);
	isr_inside = lapic_bit(APIC_ISR, OUTER);
	send_self(LOWER);
	send_self(SAME_CLASS);
	send_self(HIGHER);
	arch_irq_on();
	delay_us(2000);
	arch_irq_off();
	higher_inside = count(HIGHER) != higher;
	lower_inside = count(LOWER) != lower;
	same_inside = count(SAME_CLASS) != same;
	lapic_eoi();
	return true;
}

static void nested(void)
{
	u64 before = count(OUTER), lower = count(LOWER), same = count(SAME_CLASS);

	vector_hook(OUTER, nesting);
	send_self(OUTER);
	check(comes(OUTER, before), "it does not come");
	vector_hook(OUTER, NULL);
	check(ppr_inside == 0x80, "PPR was 0x%x", ppr_inside);
	check(isr_inside, "it was not in service");
	check(higher_inside, "the higher one did not interrupt it");
	check(!lower_inside, "the lower one interrupted it");
	check(!same_inside, "one of the same class interrupted it");
	check(comes(LOWER, lower) && comes(SAME_CLASS, same), "they do not come afterwards");
	check(!(lapic_read(APIC_PPR) & 0xf0), "PPR stays 0x%x", lapic_read(APIC_PPR));
}

static bool no_eoi(struct trap_frame *frame)
{
	return true;
}

/* Without its end it blocks its class, until an EOI, which ends the highest. */
static void end_of_interrupt(void)
{
	u64 before = count(0x85), second;

	vector_hook(0x85, no_eoi);
	send_self(0x85);
	comes(0x85, before);
	check(lapic_bit(APIC_ISR, 0x85), "it is not in service");
	second = count(0x85);
	send_self(0x85);
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(count(0x85) == second, "it came again before its end");
	lapic_eoi();
	check(comes(0x85, second), "not after the end of the first");
	lapic_eoi();
	lapic_eoi();
	check(!lapic_bit(APIC_ISR, 0x85), "it stays in service");
	vector_hook(0x85, NULL);
}

/* --- errors --- */

static u32 error_status(void)
{
	lapic_write(APIC_ESR, 0);
	return lapic_read(APIC_ESR);
}

static void illegal_vectors(void)
{
	u64 before = count(VECTOR_ERROR);
	u32 status;

	if (reference_differs("reports none"))
		return;
	lapic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	error_status();
	send_self(5);
	check(comes(VECTOR_ERROR, before), "no error interrupt");
	status = error_status();
	check(status & (ESR_SEND_ILLEGAL | ESR_RECV_ILLEGAL), "ESR is 0x%x", status);
	status = error_status();
	check(!status, "ESR stays 0x%x", status);
	lapic_write(APIC_LVT_ERROR, APIC_MASKED);
}

static void illegal_register(void)
{
	u32 status;

	if (x2) {
		test_skip("it faults in x2APIC mode");
		return;
	}
	error_status();
	lapic_read(0x3d0);
	status = error_status();
	check(status == ESR_ILLEGAL_REG, "ESR is 0x%x", status);
}

/* --- modes --- */

static void change_base(void *arg)
{
	wrmsr(MSR_APIC_BASE, (u64)arg);
}

static bool base_faults(u64 base)
{
	struct trap_info trap;

	return arch_try(change_base, (void *)base, &trap) && trap.cause == VEC_GP;
}

static void mode_changes(void)
{
	u64 plain = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_X2 | APIC_BASE_ENABLE);

	if (reference_differs("cannot leave x2APIC mode"))
		return;
	check(base_faults(plain | APIC_BASE_X2), "x2APIC mode without enable");
	check(base_faults(plain | APIC_BASE_ENABLE | 1), "bit 0");
	check(base_faults(plain | APIC_BASE_ENABLE | BIT(9)), "bit 9");
	check(base_faults(plain | APIC_BASE_ENABLE | BIT(52)), "bit 52");
	lapic_set_x2(true);
	check(base_faults(plain | APIC_BASE_ENABLE), "from x2APIC to xAPIC mode at once");
	lapic_set_base(plain);
	check(base_faults(plain | APIC_BASE_ENABLE | APIC_BASE_X2), "from off to x2APIC mode");
	lapic_set_base(plain | APIC_BASE_ENABLE);
	lapic_setup();
}

static void boot_cpu_flag(void)
{
	check(rdmsr(MSR_APIC_BASE) & APIC_BASE_BSP, "not on the boot CPU");
}

static void cpuid_mirrors(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (reference_differs("cannot leave x2APIC mode"))
		return;
	check(cpuid_has(1, 0, EDX, 9), "no APIC while it is on");
	lapic_set_base(base & ~(APIC_BASE_ENABLE | APIC_BASE_X2));
	check(!cpuid_has(1, 0, EDX, 9), "there while it is off");
	lapic_set_base((base | APIC_BASE_ENABLE) & ~APIC_BASE_X2);
	lapic_setup();
	check(cpuid_has(1, 0, EDX, 9), "gone for good");
}

/* Mode changes reset the registers; nothing of before comes. */
static void off_forgets(void)
{
	u64 before = count(0x66);

	if (reference_differs("cannot leave x2APIC mode"))
		return;
	send_self(0x66);
	lapic_set_base(rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2));
	lapic_setup();
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(count(0x66) == before, "a request survived");
	check(!lapic_read(APIC_TPR), "TPR is 0x%x", lapic_read(APIC_TPR));
}

static const struct test_case cases[] = {
	{ "id", id },
	{ "version", version_register },
	{ "task_priority", task_priority },
	{ "cr8_has_four_bits", cr8_has_four_bits },
	{ "logical_destination", logical_destination },
	{ "local_vectors", local_vectors },
	{ "software_disable", software_disable },
	{ "timer_registers", timer_registers },
	{ "reserved_bits", reserved_bits },
	{ "every_register", every_register },
	{ "every_vector", every_vector },
	{ "forms_to_self", forms_to_self },
	{ "self_ipi_register", self_ipi_register },
	{ "to_nobody", to_nobody },
	{ "priorities", priorities },
	{ "held_by_tpr", held_by_tpr },
	{ "held_by_cr8", held_by_cr8 },
	{ "halts_under_tpr", halts_under_tpr },
	{ "nested", nested },
	{ "end_of_interrupt", end_of_interrupt },
	{ "illegal_vectors", illegal_vectors },
	{ "illegal_register", illegal_register },
};

static const struct test_case mode_cases[] = {
	{ "mode_changes", mode_changes },
	{ "boot_cpu_flag", boot_cpu_flag },
	{ "cpuid_mirrors", cpuid_mirrors },
	{ "off_forgets", off_forgets },
};

static void run_mode(bool msrs)
{
	x2 = msrs;
	lapic_prefer(x2);
	lapic_setup();
	test_group(x2 ? "x2apic" : "xapic");
	test_run(cases, ARRAY_SIZE(cases));
}

void guest_main(void)
{
	run_mode(false);
	if (HAS_X2APIC)
		run_mode(true);
	test_group(NULL);
	test_run(mode_cases, ARRAY_SIZE(mode_cases));
}
