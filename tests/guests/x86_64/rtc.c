// SPDX-License-Identifier: GPL-2.0
/*
 * The real-time clock and its memory: time, formats, alarm, interrupts.
 * Motorola MC146818A data sheet.
 */
#include "cpu.h"

const char *const guest_name = "rtc";

#define SECOND		1000000
#define INDEX		0x70
#define DATA		0x71
#define SECONDS		0
#define SECONDS_ALARM	1
#define MINUTES_ALARM	3
#define HOURS_ALARM	5
#define REG_A		0x0a
#define REG_B		0x0b
#define REG_C		0x0c
#define REG_D		0x0d
#define A_UIP		0x80
#define A_32KHZ		0x20
#define B_24H		0x02
#define B_BINARY	0x04
#define B_UPDATE	0x10
#define B_ALARM		0x20
#define B_PERIODIC	0x40
#define B_SET		0x80
#define C_IRQ		0x80
#define D_VALID		0x80
#define IRQ_RTC		8
#define DONT_CARE	0xc0

static u8 get(u8 reg)
{
	outb(INDEX, reg);
	return inb(DATA);
}

static void put(u8 reg, u8 val)
{
	outb(INDEX, reg);
	outb(DATA, val);
}

static void begin(u8 mode)
{
	put(REG_B, mode | B_24H);
	put(REG_A, A_32KHZ | 6);
	get(REG_C);
}

static void wait_update(void)
{
	u64 end = arch_time() + time_from_us(3 * SECOND);

	while ((get(REG_A) & A_UIP) && arch_time() < end)
		barrier();
}

static u8 read_seconds(void)
{
	wait_update();
	return get(SECONDS);
}

static void registers(void)
{
	begin(0);
	check(get(REG_D) == D_VALID, "D is 0x%x", get(REG_D));
	check((get(REG_A) & 0x7f) == (A_32KHZ | 6), "A is 0x%x", get(REG_A));
	check(get(REG_B) == B_24H, "B is 0x%x", get(REG_B));
	put(REG_C, 0xff);
	put(REG_D, 0);
	check(!get(REG_C) && get(REG_D) == D_VALID, "C 0x%x D 0x%x", get(REG_C), get(REG_D));
}

static void memory(void)
{
	u8 before[128];
	unsigned int i;

	for (i = 0x40; i < 0x5f; i++) {
		before[i] = get(i);
		put(i, i ^ 0x5a);
	}
	for (i = 0x40; i < 0x5f; i++) {
		check(get(i) == (i ^ 0x5a), "byte 0x%x is 0x%x", i, get(i));
		put(i, before[i]);
	}
}

/* The top bit of the index is no part of it. */
static void index_top_bit(void)
{
	u8 before = get(0x45);

	put(0x45, 0x6b);
	outb(INDEX, 0x80 | 0x45);
	check(inb(DATA) == 0x6b, "0x%x", inb(DATA));
	put(0x45, before);
}

struct date {
	unsigned int part[7];	/* seconds, minutes, hours, weekday, day, month, year */
};

static const u8 date_regs[7] = { 0, 2, 4, 6, 7, 8, 9 };

static struct date read_date(void)
{
	struct date date;
	unsigned int i;

	wait_update();
	for (i = 0; i < ARRAY_SIZE(date_regs); i++)
		date.part[i] = get(date_regs[i]);
	return date;
}

static void plausible(void)
{
	static const u8 least[7] = { 0, 0, 0, 1, 1, 1, 20 };
	static const u8 most[7] = { 60, 59, 23, 7, 31, 12, 99 };
	struct date date;
	unsigned int i;

	begin(B_BINARY);
	date = read_date();
	for (i = 0; i < ARRAY_SIZE(date.part); i++)
		check(date.part[i] >= least[i] && date.part[i] <= most[i], "part %u is %u", i,
		      date.part[i]);
}

static void formats(void)
{
	struct date binary, decimal;
	unsigned int i, round;

	for (round = 0; round < 5; round++) {
		begin(B_BINARY);
		binary = read_date();
		begin(0);
		decimal = read_date();
		for (i = 1; i < ARRAY_SIZE(binary.part); i++) {
			unsigned int val = (decimal.part[i] >> 4) * 10 + (decimal.part[i] & 15);

			if (val != binary.part[i])
				break;
		}
		if (i == ARRAY_SIZE(binary.part))
			return;
	}
	test_fail("part %u: %u and 0x%x", i, binary.part[i], decimal.part[i]);
}

static void twelve_hours(void)
{
	unsigned int hours, other;

	begin(B_BINARY);
	hours = read_date().part[2];
	put(REG_B, B_BINARY);
	other = read_date().part[2];
	begin(B_BINARY);
	if (read_date().part[2] != hours) {
		test_skip("the hour changed");
		return;
	}
	check((other & 0x7f) == (hours % 12 ? hours % 12 : 12), "%u is 0x%x", hours, other);
	check(!!(other & 0x80) == (hours >= 12), "%u is 0x%x", hours, other);
}

static void keeps_pace(void)
{
	unsigned int first, i;
	u64 start, us, end = arch_time() + time_from_us(20 * SECOND);

	begin(B_BINARY);
	first = read_seconds();
	while (read_seconds() == first && arch_time() < end)
		barrier();
	start = arch_time();
	for (i = 0; i < 2; i++) {
		first = read_seconds();
		while (read_seconds() == first && arch_time() < end)
			barrier();
	}
	us = time_to_us(arch_time() - start);
	check(us > 1900000 && us < 2500000, "two seconds took %lu us", us);
}

/* Set, it stands still, and takes the time given. */
static void can_be_set(void)
{
	static const u8 eve[7] = { 57, 59, 23, 6, 28, 2, 28 };
	struct date before, after;
	unsigned int i;

	begin(B_BINARY);
	before = read_date();
	put(REG_B, B_SET | B_BINARY | B_24H);
	for (i = 0; i < ARRAY_SIZE(date_regs); i++)
		put(date_regs[i], eve[i]);
	delay_us(10000);
	check(get(SECONDS) == 57 && !(get(REG_A) & A_UIP), "it goes on while set");
	put(REG_B, B_BINARY | B_24H);
	delay_us(4500000);
	after = read_date();
	check(after.part[5] == 2 && after.part[4] == 29 && after.part[2] == 0,
	      "month %u day %u hour %u, after 2028-02-28 23:59:57", after.part[5], after.part[4],
	      after.part[2]);
	put(REG_B, B_SET | B_BINARY | B_24H);
	for (i = 0; i < ARRAY_SIZE(date_regs); i++)
		put(date_regs[i], before.part[i]);
	put(REG_B, B_BINARY | B_24H);
}

/* --- interrupts --- */

static u8 causes;
static u64 first_time, last_time;

static void acknowledge(unsigned int line)
{
	causes |= get(REG_C);
	last_time = arch_time();
	if (!first_time)
		first_time = last_time;
}

static u64 wait_line(u64 nr, u64 us)
{
	u64 before = arch_line_count(IRQ_RTC), end = arch_time() + time_from_us(us);

	arch_irq_on();
	while (arch_line_count(IRQ_RTC) - before < nr && arch_time() < end)
		barrier();
	arch_irq_off();
	return arch_line_count(IRQ_RTC) - before;
}

static void listen(void)
{
	begin(B_BINARY);
	causes = 0;
	first_time = 0;
	arch_line_enable(acpi_isa_line(IRQ_RTC, NULL), acknowledge);
}

static void quiet(void)
{
	begin(B_BINARY);
	arch_line_disable(acpi_isa_line(IRQ_RTC, NULL));
}

static void periodic(void)
{
	u64 us;

	listen();
	put(REG_A, A_32KHZ | 0xa);	/* 64 Hz */
	put(REG_B, B_PERIODIC | B_BINARY | B_24H);
	check(wait_line(17, 10 * SECOND) == 17, "not 17");
	us = time_to_us(last_time - first_time);
	check(us > 150000 && us < 600000, "16 periods of 15625 us took %lu", us);
	check(causes & B_PERIODIC && causes & C_IRQ, "causes 0x%x", causes);
	quiet();
}

static void update_ended(void)
{
	listen();
	put(REG_B, B_UPDATE | B_BINARY | B_24H);
	check(wait_line(2, 10 * SECOND) == 2, "not two");
	check(causes & B_UPDATE, "causes 0x%x", causes);
	check(time_to_us(last_time - first_time) > 800000, "%lu us apart",
	      time_to_us(last_time - first_time));
	quiet();
}

static void alarm(void)
{
	unsigned int second;

	listen();
	second = (read_seconds() + 2) % 60;
	put(SECONDS_ALARM, second);
	put(MINUTES_ALARM, DONT_CARE);
	put(HOURS_ALARM, DONT_CARE);
	put(REG_B, B_ALARM | B_BINARY | B_24H);
	check(wait_line(1, 10 * SECOND) == 1, "it does not ring");
	check(causes & B_ALARM, "causes 0x%x", causes);
	check(read_seconds() == second || read_seconds() == (second + 1) % 60,
	      "it rang at %u, not %u", read_seconds(), second);
	quiet();
}

static void no_interrupts(void)
{
	listen();
	check(!wait_line(1, 1200000), "one came");
	quiet();
}

/* Every rate there is, the fastest too. */
static void all_rates(void)
{
	unsigned int rate;

	for (rate = 0; rate < 16; rate++) {
		listen();
		put(REG_A, A_32KHZ | rate);
		put(REG_B, B_PERIODIC | B_BINARY | B_24H);
		wait_line(1, 2000);
		quiet();
	}
}

static const struct test_case cases[] = {
	{ "registers", registers },
	{ "memory", memory },
	{ "index_top_bit", index_top_bit },
	{ "plausible", plausible },
	{ "formats", formats },
	{ "twelve_hours", twelve_hours },
	{ "keeps_pace", keeps_pace },
	{ "can_be_set", can_be_set },
	{ "periodic", periodic },
	{ "update_ended", update_ended },
	{ "alarm", alarm },
	{ "no_interrupts", no_interrupts },
	{ "all_rates", all_rates },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
