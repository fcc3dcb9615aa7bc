// SPDX-License-Identifier: GPL-2.0
/*
 * Non-maskable interrupts: they come with interrupts off, one at a time, and
 * the next one after IRET. SDM 3, 6.7; APM 2, 8.2.3.
 */
#include "cpu.h"

const char *const guest_name = "nmi";

#define SECOND		1000000

static u64 inside, deepest, handled, wanted_more;
static u64 seen_rip, seen_flags;

static u64 nmis(void)
{
	return vector_count(arch_cpu_self(), VEC_NMI);
}

static void send_nmi(void)
{
	lapic_send(cpu_apic_id(arch_cpu_self()), ICR_NMI | ICR_ASSERT);
}

static bool wait_nmis(u64 wanted)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	while (nmis() < wanted && arch_time() < end)
		barrier();
	return nmis() >= wanted;
}

static void to_self(void)
{
	unsigned int i;
	u64 before = nmis();

	for (i = 1; i <= 200 && !test_failed(); i++) {
		send_nmi();
		check(wait_nmis(before + i), "number %u does not come", i);
	}
	delay_us(1000);
	check(nmis() == before + 200, "%lu came", nmis() - before);
}

static void interrupts_stay(void)
{
	u64 before = nmis(), other = vector_count(arch_cpu_self(), 0x55);

	lapic_send(0, ICR_SELF | ICR_ASSERT | 0x55);
	send_nmi();
	check(wait_nmis(before + 1), "it does not come");
	check(vector_count(arch_cpu_self(), 0x55) == other, "an interrupt came with it");
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(vector_count(arch_cpu_self(), 0x55) == other + 1, "the interrupt is lost");
}

/* In the handler: sends more of them, and waits with exits of all kinds. */
static bool handler(struct trap_frame *frame)
{
	u64 depth = add_shared(&inside, 1);

	if (depth > deepest)
		deepest = depth;
	seen_rip = frame->rip;
	seen_flags = frame->rflags;
	add_shared(&handled, 1);
	if (wanted_more) {
		wanted_more--;
		send_nmi();
		send_nmi();
		send_nmi();
		cpuid(0, 0);
		arch_mmio_read();
		arch_null_call();
		delay_us(500);
	}
	add_shared(&inside, -1UL);
	return true;
}

static void begin(u64 more)
{
	inside = 0;
	deepest = 0;
	handled = 0;
	wanted_more = more;
	vector_hook(VEC_NMI, handler);
}

/* Three that arrive inside of the first are one. */
static void one_at_a_time(void)
{
	begin(1);
	send_nmi();
	wait_for(&handled, 2, 10 * SECOND);
	delay_us(1000);
	vector_hook(VEC_NMI, NULL);
	check(deepest == 1, "one interrupted another");
	check(handled == 2, "%lu were handled", handled);
}

static void many_in_a_row(void)
{
	begin(50);
	send_nmi();
	wait_for(&handled, 51, 10 * SECOND);
	delay_us(1000);
	vector_hook(VEC_NMI, NULL);
	check(deepest == 1, "one interrupted another");
	check(handled == 51, "%lu were handled", handled);
}

/* An exception inside: its IRET ends the masking, as on hardware. */
static bool fault_inside(struct trap_frame *frame)
{
	u64 depth = add_shared(&inside, 1);

	if (depth > deepest)
		deepest = depth;
	if (add_shared(&handled, 1) == 1) {
		this_cpu()->tss.ist[IST_NMI - 1] -= STACK_SIZE / 2;
		send_nmi();
		delay_us(500);
		check(handled == 1, "it came before IRET");
		asm volatile("int3");
		delay_us(500);
	}
	add_shared(&inside, -1UL);
	return true;
}

static bool ignore(struct trap_frame *frame)
{
	return true;
}

static void iret_ends_masking(void)
{
	struct cpu *cpu = this_cpu();
	u64 ist = cpu->tss.ist[IST_NMI - 1];

	begin(0);
	vector_hook(VEC_BP, ignore);
	vector_hook(VEC_NMI, fault_inside);
	send_nmi();
	wait_for(&handled, 2, 10 * SECOND);
	delay_us(1000);
	vector_hook(VEC_NMI, NULL);
	vector_hook(VEC_BP, NULL);
	cpu->tss.ist[IST_NMI - 1] = ist;
	check(handled == 2, "%lu were handled", handled);
	check(deepest == 2, "the second waited for the end of the first");
}

static u64 alarm_sent, alarm_heard;

/* Again and again: one that comes before the halt does not end it. */
static void send_later(void *arg)
{
	while (!load_shared(&alarm_heard)) {
		delay_us(20000);
		store_shared(&alarm_sent, 1);
		lapic_send(cpu_apic_id((u64)arg), ICR_NMI | ICR_ASSERT);
	}
}

/* It ends a halt with interrupts off. */
static void ends_halt(void)
{
	unsigned int i, self = arch_cpu_self();
	u64 before;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	for (i = 0; i < 10 && !test_failed(); i++) {
		before = nmis();
		store_shared(&alarm_sent, 0);
		store_shared(&alarm_heard, 0);
		check(arch_cpu_start(!self, send_later, (void *)(u64)self), "no other CPU");
		asm volatile("cli\n\thlt" : : : "memory");
		check(load_shared(&alarm_sent), "the halt ended before");
		check(nmis() > before, "none came");
		store_shared(&alarm_heard, 1);
		while (cpu_is_alive(!self))
			barrier();
	}
}

/* Pending when HLT begins: HLT ends, or does not even begin. */
static void before_halt(void)
{
	u64 before = nmis();
	unsigned int i;

	for (i = 1; i <= 100 && !test_failed(); i++) {
		arch_timer_set(arch_time() + time_from_us(20000));
		send_nmi();
		arch_irq_on();
		if (nmis() < before + i)
			asm volatile("hlt");
		arch_irq_off();
		check(wait_nmis(before + i), "number %u is lost", i);
		arch_timer_stop();
	}
}

/* The instruction after MOV SS or POP SS comes first (SDM 3, 6.8.3). */
static void shadow_of_mov_ss(void)
{
	u64 before = nmis();
	u64 after_mov = 0;

	begin(0);
	asm volatile("mov %%ss, %%eax\n\t"
		     "mov %%eax, %%ss\n\t"
		     "nop\n"
		     "1:\tlea 1b(%%rip), %0\n\t"
		     : "=r" (after_mov) : : "rax", "memory");
	send_nmi();
	wait_for(&handled, 1, SECOND);
	vector_hook(VEC_NMI, NULL);
	check(nmis() == before + 1, "%lu came", nmis() - before);
	check(seen_rip > (u64)shadow_of_mov_ss && seen_flags & RFLAGS_FIXED, "frame: rip 0x%lx",
	      seen_rip);
}

static u64 stop_storm;

static void storm_sender(void *arg)
{
	u64 state = arch_cpu_self();

	while (!load_shared(&stop_storm)) {
		lapic_send(cpu_apic_id((u64)arg), ICR_NMI | ICR_ASSERT);
		delay_us(random_next(&state) % 40);
	}
}

/* While this CPU takes interrupts and makes exits: nothing gets lost or mixed up. */
static void under_storm(void)
{
	u64 end = arch_time() + time_from_us(SECOND), ticks, before;
	unsigned int self = arch_cpu_self();

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	before = nmis();
	store_shared(&stop_storm, 0);
	check(arch_cpu_start(!self, storm_sender, (void *)(u64)self), "no other CPU");
	arch_irq_on();
	while (arch_time() < end && !test_failed()) {
		ticks = arch_timer_count(self);
		arch_timer_set(arch_time() + time_from_us(30));
		arch_mmio_read();
		cpuid(0, 0);
		inb(uart_port() + 7);
		while (arch_timer_count(self) == ticks) {
			if (!check(arch_time() < end + time_from_us(10 * SECOND), "no timer"))
				break;
		}
	}
	arch_irq_off();
	store_shared(&stop_storm, 1);
	check(nmis() > before + 10, "only %lu came", nmis() - before);
	while (cpu_is_alive(!self))
		barrier();
}

/* Local vector table: LINT1 as NMI stays quiet; a counter of the APIC as NMI is none. */
static void masked_lint(void)
{
	u64 before = nmis();

	lapic_write(APIC_LVT1, ICR_NMI);
	delay_us(1000);
	lapic_write(APIC_LVT1, APIC_MASKED);
	check(nmis() == before, "%lu came", nmis() - before);
}

static const struct test_case cases[] = {
	{ "to_self", to_self },
	{ "interrupts_stay", interrupts_stay },
	{ "one_at_a_time", one_at_a_time },
	{ "many_in_a_row", many_in_a_row },
	{ "iret_ends_masking", iret_ends_masking },
	{ "ends_halt", ends_halt },
	{ "before_halt", before_halt },
	{ "shadow_of_mov_ss", shadow_of_mov_ss },
	{ "under_storm", under_storm },
	{ "masked_lint", masked_lint },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
