// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O APIC: registers, edges and levels, destinations, delivery modes.
 * Lines come from the UART and from the timer. Intel 82093AA data sheet.
 */
#include "cpu.h"

const char *const guest_name = "ioapic";

#define SECOND		1000000
#define VECTOR		0x65
#define LOW_WRITABLE	0x1afff
#define COM1_IRQ	4
#define PIT_IRQ		0

static unsigned int uart_pin, pit_pin;

static u64 here(void)
{
	return vector_count(arch_cpu_self(), VECTOR);
}

static u64 on_cpu(unsigned int cpu)
{
	return vector_count(cpu, VECTOR);
}

static bool comes(unsigned int cpu, u64 before)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	arch_irq_on();
	while (on_cpu(cpu) == before && arch_time() < end)
		barrier();
	arch_irq_off();
	return on_cpu(cpu) != before;
}

static bool stays_away(u64 before)
{
	arch_irq_on();
	delay_us(5000);
	arch_irq_off();
	return here() == before;
}

static u64 to_cpu(unsigned int cpu)
{
	return (u64)cpu_apic_id(cpu) << 56;
}

/* --- registers --- */

static void version_register(void)
{
	u32 val = ioapic_read(IOAPIC_VERSION);

	check((val & 0xff) >= 0x11 && (val & 0xff) <= 0x2f, "version 0x%x", val & 0xff);
	check((val >> 16 & 0xff) == 23, "%u pins", (val >> 16 & 0xff) + 1);
	ioapic_write(IOAPIC_VERSION, -1u);
	check(ioapic_read(IOAPIC_VERSION) == val, "it can be written");
}

static void identification(void)
{
	u32 before = ioapic_read(IOAPIC_ID);

	ioapic_write(IOAPIC_ID, -1u);
	check(ioapic_read(IOAPIC_ID) == 0x0f000000, "0x%x", ioapic_read(IOAPIC_ID));
	ioapic_write(IOAPIC_ID, 0x05000000);
	check(ioapic_read(IOAPIC_ID) == 0x05000000, "0x%x", ioapic_read(IOAPIC_ID));
	ioapic_write(IOAPIC_ID, before);
}

static void index_register(void)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		mmio_write32(ioapic_base(), i);
		check((mmio_read32(ioapic_base()) & 0xff) == i, "0x%x for 0x%x",
		      mmio_read32(ioapic_base()), i);
	}
	mmio_write8(ioapic_base(), 0x33);
	check(mmio_read8(ioapic_base()) == 0x33, "a byte: 0x%x", mmio_read8(ioapic_base()));
}

static void entries(void)
{
	static const u32 values[] = { 0x1ffff, 0x10000, 0x1aaaa, 0x15555, 0x108ff };
	unsigned int pin, i;
	u32 val;

	for (pin = 0; pin < ioapic_pins(); pin++) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			ioapic_write(IOAPIC_REDIR(pin), values[i]);
			val = ioapic_read(IOAPIC_REDIR(pin));
			check((val & ~REDIR_REMOTE) == (values[i] & LOW_WRITABLE),
			      "pin %u: 0x%x for 0x%x", pin, val, values[i]);
			ioapic_write(IOAPIC_REDIR(pin) + 1, values[i] << 16);
			val = ioapic_read(IOAPIC_REDIR(pin) + 1);
			check((val & 0xff000000) == (values[i] << 16 & 0xff000000),
			      "pin %u, high: 0x%x", pin, val);
		}
		ioapic_set_entry(pin, REDIR_MASKED);
	}
}

static void entries_are_apart(void)
{
	unsigned int pin;

	for (pin = 0; pin < ioapic_pins(); pin++)
		ioapic_set_entry(pin, REDIR_MASKED | (0x40 + pin) | (u64)pin << 56);
	for (pin = 0; pin < ioapic_pins(); pin++) {
		check(ioapic_entry(pin) == (REDIR_MASKED | (0x40 + pin) | (u64)pin << 56),
		      "pin %u: 0x%lx", pin, ioapic_entry(pin));
		ioapic_set_entry(pin, REDIR_MASKED);
	}
}

static void no_registers(void)
{
	unsigned int i;

	for (i = 3; i < 256; i++) {
		if (i >= 0x10 && i < 0x40)
			continue;
		ioapic_write(i, 0x12345678);
		ioapic_read(i);
	}
	for (i = 0x20; i < 0x1000; i += 0x10) {
		if (i != 0x40)
			mmio_write32(ioapic_base() + i, 0);
		mmio_read32(ioapic_base() + i);
	}
	check(ioapic_pins() == 24, "%u pins", ioapic_pins());
	entries_are_apart();
}

/* --- edges --- */

static void edge_line(void)
{
	u64 before = here();

	ioapic_set_entry(uart_pin, VECTOR | to_cpu(arch_cpu_self()));
	uart_raise();
	check(comes(arch_cpu_self(), before), "nothing comes");
	check(stays_away(before + 1), "it came again without another edge");
	uart_lower();
	check(stays_away(before + 1), "it came for the falling edge");
	uart_raise();
	check(comes(arch_cpu_self(), before + 1), "the second edge is lost");
	uart_lower();
	ioapic_set_entry(uart_pin, REDIR_MASKED);
}

static void masked(void)
{
	u64 before = here();

	ioapic_set_entry(uart_pin, REDIR_MASKED | VECTOR | to_cpu(arch_cpu_self()));
	uart_raise();
	check(stays_away(before), "it came");
	uart_lower();
}

static void illegal_vector(void)
{
	u64 before = here();

	if (reference_differs("takes all vectors"))
		return;
	ioapic_set_entry(uart_pin, 0x05 | to_cpu(arch_cpu_self()));
	uart_raise();
	check(stays_away(before), "something came");
	uart_lower();
	ioapic_set_entry(uart_pin, REDIR_MASKED);
}

static void timer_pin(void)
{
	u64 before = here(), start, us = 5000;
	unsigned int i;

	ioapic_set_entry(pit_pin, VECTOR | to_cpu(arch_cpu_self()));
	for (i = 0; i < 10 && !test_failed(); i++) {
		before = here();
		start = arch_time();
		pit_once(us);
		check(comes(arch_cpu_self(), before), "number %u does not come", i);
		check(time_to_us(arch_time() - start) >= us * 99 / 100, "after %lu us, not %lu",
		      time_to_us(arch_time() - start), us);
	}
	pit_stop();
	ioapic_set_entry(pit_pin, REDIR_MASKED);
}

/* --- levels --- */

static u64 level_times;
static u64 level_wanted;
static bool remote_inside;

/* Serves it only the n-th time. */
static bool serve_later(struct trap_frame *frame)
{
	remote_inside |= !!(ioapic_entry(uart_pin) & REDIR_REMOTE);
	if (add_shared(&level_times, 1) >= level_wanted)
		uart_lower();
	lapic_eoi();
	return true;
}

static bool level_comes(u64 wanted)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	arch_irq_on();
	while (load_shared(&level_times) < wanted && arch_time() < end)
		barrier();
	delay_us(2000);
	arch_irq_off();
	return load_shared(&level_times) == wanted;
}

static void level_begin(u64 wanted, u64 entry)
{
	store_shared(&level_times, 0);
	level_wanted = wanted;
	remote_inside = false;
	vector_hook(VECTOR, serve_later);
	ioapic_set_entry(uart_pin, entry | VECTOR | REDIR_LEVEL | to_cpu(arch_cpu_self()));
}

static void level_end(void)
{
	uart_lower();
	vector_hook(VECTOR, NULL);
	ioapic_set_entry(uart_pin, REDIR_MASKED);
}

static void level_comes_again(void)
{
	level_begin(20, 0);
	uart_raise();
	check(level_comes(20), "%lu times, not 20", level_times);
	check(remote_inside, "remote IRR was not set");
	check(!(ioapic_entry(uart_pin) & REDIR_REMOTE), "remote IRR stays");
	level_end();
}

static void level_while_masked(void)
{
	level_begin(1, REDIR_MASKED);
	uart_raise();
	delay_us(1000);
	check(!level_times, "it came although masked");
	ioapic_write(IOAPIC_REDIR(uart_pin), VECTOR | REDIR_LEVEL);
	check(level_comes(1), "%lu times once unmasked", level_times);
	level_end();
}

/* Withdrawn before it was taken: once, or not at all. */
static void level_withdrawn(void)
{
	level_begin(1, 0);
	uart_raise();
	delay_us(100);
	uart_lower();
	arch_irq_on();
	delay_us(2000);
	arch_irq_off();
	check(level_times <= 1, "%lu times", level_times);
	level_end();
}

static bool serve_without_end(struct trap_frame *frame)
{
	add_shared(&level_times, 1);
	return true;
}

/* Without an EOI nothing follows, even after a new edge; the EOI lets it come. */
static void level_waits_for_eoi(void)
{
	level_begin(0, 0);
	vector_hook(VECTOR, serve_without_end);
	uart_raise();
	check(level_comes(1), "%lu times", level_times);
	check(ioapic_entry(uart_pin) & REDIR_REMOTE, "remote IRR is not set");
	uart_lower();
	uart_raise();
	check(level_comes(1), "%lu times without EOI", level_times);
	lapic_eoi();
	check(level_comes(2), "%lu times after EOI", level_times);
	uart_lower();
	lapic_eoi();
	level_end();
}

static void tmr(void)
{
	level_begin(1, 0);
	uart_raise();
	delay_us(1000);
	check(lapic_bit(APIC_TMR, VECTOR), "not a level in TMR");
	check(level_comes(1), "%lu times", level_times);
	level_end();
	ioapic_set_entry(uart_pin, VECTOR | to_cpu(arch_cpu_self()));
	uart_raise();
	delay_us(1000);
	check(!lapic_bit(APIC_TMR, VECTOR), "an edge is a level in TMR");
	check(comes(arch_cpu_self(), here()), "nothing comes");
	uart_lower();
	ioapic_set_entry(uart_pin, REDIR_MASKED);
}

/* --- where to --- */

static u64 ready, leave;

static void listener(void *arg)
{
	if (!lapic_is_x2()) {
		lapic_write(APIC_DFR, -1u);
		lapic_write(APIC_LDR, 1u << (24 + arch_cpu_self() % 8));
	}
	arch_irq_on();
	add_shared(&ready, 1);
	while (!load_shared(&leave))
		barrier();
	arch_irq_off();
}

static bool start_listeners(void)
{
	unsigned int cpu;

	store_shared(&ready, 0);
	store_shared(&leave, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self() &&
		    !check(arch_cpu_start(cpu, listener, NULL), "CPU %u does not start", cpu))
			return false;
	}
	return check(wait_for(&ready, arch_cpu_count() - 1, 10 * SECOND), "%lu came", ready);
}

static void stop_listeners(void)
{
	unsigned int cpu;

	store_shared(&leave, 1);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && cpu_is_alive(cpu))
			barrier();
	}
}

static void each_cpu(void)
{
	unsigned int cpu;
	u64 before;

	if (!start_listeners())
		return;
	for (cpu = 0; cpu < arch_cpu_count() && !test_failed(); cpu++) {
		before = on_cpu(cpu);
		ioapic_set_entry(uart_pin, VECTOR | to_cpu(cpu));
		uart_raise();
		check(comes(cpu, before), "it does not come to CPU %u", cpu);
		uart_lower();
	}
	ioapic_set_entry(uart_pin, REDIR_MASKED);
	stop_listeners();
}

static u32 logical_of(unsigned int cpu)
{
	return lapic_is_x2() ? 1u << cpu % 16 : 1u << cpu % 8;
}

static void logical(void)
{
	unsigned int cpu;
	u64 before;

	if (!lapic_is_x2())
		lapic_write(APIC_LDR, logical_of(arch_cpu_self()) << 24);
	if (!start_listeners())
		return;
	for (cpu = 0; cpu < arch_cpu_count() && cpu < 8 && !test_failed(); cpu++) {
		before = on_cpu(cpu);
		ioapic_set_entry(uart_pin, VECTOR | REDIR_LOGICAL | (u64)logical_of(cpu) << 56);
		uart_raise();
		check(comes(cpu, before), "it does not come to CPU %u", cpu);
		uart_lower();
	}
	ioapic_set_entry(uart_pin, REDIR_MASKED);
	stop_listeners();
}

static u64 on_all_cpus(void)
{
	unsigned int cpu;
	u64 sum = 0;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		sum += on_cpu(cpu);
	return sum;
}

static void lowest_priority(void)
{
	u64 before, end;
	unsigned int i;

	if (!start_listeners())
		return;
	arch_irq_on();
	for (i = 0; i < 20 && !test_failed(); i++) {
		before = on_all_cpus();
		end = arch_time() + time_from_us(10 * SECOND);
		ioapic_set_entry(uart_pin, VECTOR | ICR_LOWEST | REDIR_LOGICAL | 0x03UL << 56);
		uart_raise();
		while (on_all_cpus() == before && arch_time() < end)
			barrier();
		delay_us(1000);
		uart_lower();
		check(on_all_cpus() == before + 1, "it came %lu times", on_all_cpus() - before);
	}
	arch_irq_off();
	ioapic_set_entry(uart_pin, REDIR_MASKED);
	stop_listeners();
}

static void nmi(void)
{
	u64 before = vector_count(arch_cpu_self(), VEC_NMI);

	ioapic_set_entry(uart_pin, ICR_NMI | to_cpu(arch_cpu_self()));
	uart_raise();
	delay_us(3000);
	uart_lower();
	ioapic_set_entry(uart_pin, REDIR_MASKED);
	check(vector_count(arch_cpu_self(), VEC_NMI) == before + 1, "%lu came",
	      vector_count(arch_cpu_self(), VEC_NMI) - before);
}

/* It wakes a CPU that halts. */
static void ends_halt(void)
{
	u64 before;
	unsigned int i;

	ioapic_set_entry(pit_pin, (VECTOR_LINE + pit_pin) | to_cpu(arch_cpu_self()));
	for (i = 0; i < 10; i++) {
		before = arch_line_count(pit_pin);
		pit_once(2000);
		halt_while(arch_line_count, pit_pin, before);
		arch_irq_off();
	}
	pit_stop();
	ioapic_set_entry(pit_pin, REDIR_MASKED);
}

static const struct test_case cases[] = {
	{ "version", version_register },
	{ "identification", identification },
	{ "index_register", index_register },
	{ "entries", entries },
	{ "entries_are_apart", entries_are_apart },
	{ "no_registers", no_registers },
	{ "edge", edge_line },
	{ "masked", masked },
	{ "illegal_vector", illegal_vector },
	{ "timer_pin", timer_pin },
	{ "level_comes_again", level_comes_again },
	{ "level_while_masked", level_while_masked },
	{ "level_withdrawn", level_withdrawn },
	{ "level_waits_for_eoi", level_waits_for_eoi },
	{ "tmr", tmr },
	{ "each_cpu", each_cpu },
	{ "logical", logical },
	{ "lowest_priority", lowest_priority },
	{ "nmi", nmi },
	{ "ends_halt", ends_halt },
};

void guest_main(void)
{
	if (!ioapic_pins())
		test_abort("no I/O APIC");
	uart_pin = acpi_isa_line(COM1_IRQ, NULL);
	pit_pin = acpi_isa_line(PIT_IRQ, NULL);
	test_run(cases, ARRAY_SIZE(cases));
}
