// SPDX-License-Identifier: GPL-2.0
/*
 * The 8254 interval timer and port 0x61. Intel 8254 data sheet.
 */
#include "cpu.h"

const char *const guest_name = "pit";

#define SECOND		1000000
#define MODE		0x43
#define CHANNEL(n)	(0x40 + (n))
#define SPEAKER		0x61
#define GATE		0x01
#define REFRESH		0x10
#define OUT2		0x20
#define LATCH(n)	((n) << 6)
#define LOW_BYTE	0x10
#define HIGH_BYTE	0x20
#define BOTH_BYTES	0x30
#define BCD		0x01
#define READ_BACK	0xc0
#define NO_COUNT	0x20	/* of read-back */
#define NO_STATUS	0x10
#define STATUS_OUT	0x80
#define STATUS_NULL	0x40

static void program(unsigned int channel, u8 mode, unsigned int count)
{
	outb(MODE, channel << 6 | BOTH_BYTES | mode << 1);
	outb(CHANNEL(channel), count & 0xff);
	outb(CHANNEL(channel), count >> 8);
}

static unsigned int read_both(unsigned int channel)
{
	unsigned int low = inb(CHANNEL(channel));

	return low | inb(CHANNEL(channel)) << 8;
}

static unsigned int latched(unsigned int channel)
{
	outb(MODE, LATCH(channel));
	return read_both(channel);
}

static u8 status_of(unsigned int channel)
{
	outb(MODE, READ_BACK | NO_COUNT | 2 << channel);
	return inb(CHANNEL(channel));
}

static void gate(bool open)
{
	outb(SPEAKER, (inb(SPEAKER) & 0x0c) | (open ? GATE : 0));
}

static bool out2(void)
{
	return inb(SPEAKER) & OUT2;
}

static bool wait_out2(bool wanted, u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	while (out2() != wanted) {
		if (arch_time() > end)
			return out2() == wanted;
	}
	return true;
}

static void counts_down(void)
{
	unsigned int n, first, second;

	gate(true);
	for (n = 0; n < 3; n += 2) {
		program(n, 2, 0xffff);
		first = latched(n);
		delay_us(1000);
		second = latched(n);
		check(second < first, "channel %u: 0x%x after 0x%x", n, second, first);
	}
	pit_stop();
}

/* The latch holds until it was read, whatever happens meanwhile. */
static void latch_holds(void)
{
	unsigned int low, high, now;

	gate(true);
	program(2, 2, 0xffff);
	outb(MODE, LATCH(2));
	delay_us(1000);
	outb(MODE, LATCH(2));
	low = inb(CHANNEL(2));
	delay_us(1000);
	high = inb(CHANNEL(2));
	now = latched(2);
	check((high << 8 | low) > now, "latched 0x%x, then 0x%x", high << 8 | low, now);
	check((high << 8 | low) - now > 1193, "only 0x%x apart", (high << 8 | low) - now);
}

static void single_bytes(void)
{
	u8 first, second;

	gate(true);
	outb(MODE, LATCH(2) | HIGH_BYTE | 2 << 1);
	outb(CHANNEL(2), 0x80);
	first = inb(CHANNEL(2));
	second = inb(CHANNEL(2));
	check(first <= 0x80 && first >= 0x60 && second <= first, "high: 0x%x 0x%x", first, second);
	outb(MODE, LATCH(2) | LOW_BYTE | 2 << 1);
	outb(CHANNEL(2), 0x40);
	first = inb(CHANNEL(2));
	check(first <= 0x40, "low: 0x%x", first);
}

static void status(void)
{
	u8 val;

	if (reference_differs("knows no null count"))
		return;
	gate(true);
	program(2, 2, 0x1234);
	val = status_of(2);
	check((val & 0x3f) == (BOTH_BYTES | 2 << 1), "0x%x", val);
	outb(MODE, LATCH(2) | BOTH_BYTES | 3 << 1);
	val = status_of(2);
	check(val & STATUS_NULL, "no null count without a count: 0x%x", val);
	program(2, 3, 0x1234);
	delay_us(100);
	val = status_of(2);
	check(!(val & STATUS_NULL), "null count stays: 0x%x", val);
}

static void read_back_both(void)
{
	unsigned int count;
	u8 val;

	gate(true);
	program(2, 2, 0x4000);
	outb(MODE, READ_BACK | 2 << 2);
	val = inb(CHANNEL(2));
	count = read_both(2);
	check((val & 0x3f) == (BOTH_BYTES | 2 << 1), "status 0x%x", val);
	check(count <= 0x4000 && count, "count 0x%x", count);
}

static void gate_stops(void)
{
	unsigned int first, second;

	if (reference_differs("counts on"))
		return;
	gate(true);
	program(2, 0, 0xffff);
	gate(false);
	first = latched(2);
	delay_us(2000);
	second = latched(2);
	check(first == second, "0x%x after 0x%x", second, first);
	gate(true);
	delay_us(1000);
	check(latched(2) < first, "it does not go on");
	gate(false);
}

/* Mode 0: low until the count is over, then high. */
static void one_interval(void)
{
	u64 start, us = 10000;

	gate(true);
	program(2, 0, PIT_HZ / 100);
	start = arch_time();
	check(!out2(), "high at once");
	check(wait_out2(true, SECOND), "never high");
	start = time_to_us(arch_time() - start);
	check(start >= us * 95 / 100, "after %lu us", start);
	delay_us(1000);
	check(out2(), "low again");
	gate(false);
}

/* Mode 1: begins with the rising edge of the gate, and again. */
static void triggered(void)
{
	unsigned int i;

	if (reference_differs("begins low"))
		return;
	gate(false);
	program(2, 1, 2000);
	check(out2(), "low before the gate");
	for (i = 0; i < 3; i++) {
		gate(true);
		check(!out2(), "round %u: not low after the gate", i);
		check(wait_out2(true, SECOND), "round %u: never high", i);
		gate(false);
	}
}

/* Mode 3: a square wave; its halves are equal. */
static void square_wave(void)
{
	u64 high, low, middle, end;
	unsigned int i;

	gate(true);
	program(2, 3, PIT_HZ / 50);
	for (i = 0; i < 3; i++) {
		wait_out2(false, SECOND);
		check(wait_out2(true, SECOND), "never high");
		high = arch_time();
		check(wait_out2(false, SECOND), "never low");
		middle = arch_time();
		check(wait_out2(true, SECOND), "never high again");
		end = arch_time();
		low = time_to_us(end - middle);
		high = time_to_us(middle - high);
	}
	check(high > 5000 && high < 20000, "high for %lu us", high);
	check(low > 5000 && low < 20000, "low for %lu us", low);
	gate(false);
}

/* The rate of channel 0 against the TSC. */
static void rate(void)
{
	u64 start, took, ticks = 0;
	unsigned int last, now;

	program(0, 2, 0);
	last = latched(0);
	start = arch_time();
	while (arch_time() - start < time_from_us(200000)) {
		now = latched(0);
		ticks += (last - now) & 0xffff;
		last = now;
	}
	took = time_to_us(arch_time() - start);
	check(ticks > took * PIT_HZ / SECOND * 97 / 100 &&
	      ticks < took * PIT_HZ / SECOND * 103 / 100, "%lu ticks in %lu us", ticks, took);
	pit_stop();
}

static void decimal(void)
{
	unsigned int i, count;

	if (reference_differs("counts in binary"))
		return;
	gate(true);
	outb(MODE, LATCH(2) | BOTH_BYTES | 2 << 1 | BCD);
	outb(CHANNEL(2), 0x99);
	outb(CHANNEL(2), 0x99);
	for (i = 0; i < 100; i++) {
		count = latched(2);
		check((count & 0xf) < 10 && (count >> 4 & 0xf) < 10 && (count >> 8 & 0xf) < 10 &&
		      (count >> 12) < 10, "0x%x", count);
	}
	gate(false);
}

static void odd_counts(void)
{
	static const u16 counts[] = { 0, 1, 2, 3, 0x8000, 0xffff };
	unsigned int i, mode;

	gate(true);
	for (mode = 0; mode < 8; mode++) {
		for (i = 0; i < ARRAY_SIZE(counts); i++) {
			program(2, mode, counts[i]);
			latched(2);
			out2();
			gate(false);
			gate(true);
			status_of(2);
		}
	}
	gate(false);
}

static void refresh_toggles(void)
{
	unsigned int i, changes = 0;
	u8 last = inb(SPEAKER) & REFRESH, now;

	for (i = 0; i < 100000 && changes < 10; i++) {
		now = inb(SPEAKER) & REFRESH;
		changes += now != last;
		last = now;
	}
	check(changes >= 10, "%u changes", changes);
}

static void periodic_interrupt(void)
{
	unsigned int line = acpi_isa_line(0, NULL);
	u64 before = arch_line_count(line), start = arch_time(), nr;

	if (!arch_line_enable(line, NULL)) {
		test_skip("no I/O APIC");
		return;
	}
	pit_periodic(2000);
	arch_irq_on();
	delay_us(200000);
	arch_irq_off();
	pit_stop();
	nr = arch_line_count(line) - before;
	start = time_to_us(arch_time() - start);
	check(nr >= 10 && nr <= start / 2000 + 2, "%lu interrupts in %lu us", nr, start);
	arch_line_disable(line);
}

/* A period that nobody could serve. */
static void tiny_period(void)
{
	unsigned int line = acpi_isa_line(0, NULL);
	u64 before = arch_line_count(line);

	if (reference_differs("does nothing else then") || !arch_line_enable(line, NULL))
		return;
	program(0, 2, 2);
	arch_irq_on();
	delay_us(50000);
	arch_irq_off();
	pit_stop();
	check(arch_line_count(line) > before, "no interrupt");
	arch_line_disable(line);
}

static const struct test_case cases[] = {
	{ "counts_down", counts_down },
	{ "latch_holds", latch_holds },
	{ "single_bytes", single_bytes },
	{ "status", status },
	{ "read_back_both", read_back_both },
	{ "gate_stops", gate_stops },
	{ "one_interval", one_interval },
	{ "triggered", triggered },
	{ "square_wave", square_wave },
	{ "rate", rate },
	{ "decimal", decimal },
	{ "odd_counts", odd_counts },
	{ "refresh_toggles", refresh_toggles },
	{ "periodic_interrupt", periodic_interrupt },
	{ "tiny_period", tiny_period },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
