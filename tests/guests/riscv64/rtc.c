// SPDX-License-Identifier: GPL-2.0
/*
 * Goldfish real-time clock: time and alarm.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

const char *const guest_name = "rtc";

#define SECOND		1000000
#define NS_PER_US	1000UL
#define YEAR_2024	1704067200000000000UL
#define YEAR_2200	7258118400000000000UL

#define TIME_LOW	0x00
#define TIME_HIGH	0x04
#define ALARM_LOW	0x08
#define ALARM_HIGH	0x0c
#define IRQ_ENABLED	0x10
#define CLEAR_ALARM	0x14
#define ALARM_STATUS	0x18
#define CLEAR_INTERRUPT	0x1c

static u32 get(u32 reg)
{
	return mmio_read32(rtc_base() + reg);
}

static void put(u32 reg, u32 val)
{
	mmio_write32(rtc_base() + reg, val);
}

static u64 clock(void)
{
	u32 low = get(TIME_LOW);

	return (u64)get(TIME_HIGH) << 32 | low;
}

static void set_alarm(u64 when)
{
	put(ALARM_HIGH, when >> 32);
	put(ALARM_LOW, when);
}

static void time_is_plausible(void)
{
	u64 now = clock();

	check(now > YEAR_2024 && now < YEAR_2200, "%lu seconds after 1970", now / 1000000000);
}

static void time_is_monotonic(void)
{
	u64 now, last = clock();
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		now = clock();
		if (!check(now >= last, "%lu after %lu", now, last))
			return;
		last = now;
	}
}

/* Both count the same seconds; emulation may be slow between two reads, not wrong. */
static void time_keeps_pace(void)
{
	u64 start = clock(), ticks = arch_time(), us, passed;

	delay_us(100000);
	us = time_to_us(arch_time() - ticks);
	passed = (clock() - start) / NS_PER_US;
	check(passed + 1000 >= us * 9 / 10 && passed <= us * 3 / 2 + 50000,
	      "%lu us of the clock in %lu us", passed, us);
}

static void high_half_is_latched(void)
{
	u32 low = get(TIME_LOW), high = get(TIME_HIGH);

	delay_us(1000);
	check(get(TIME_HIGH) == high, "it changed without a read of the low half");
	check(low != get(TIME_LOW), "the low half stands still");
}

static void alarm_registers(void)
{
	u64 when = clock() + 3600UL * 1000000000;

	put(IRQ_ENABLED, 0);
	set_alarm(when);
	check(get(ALARM_LOW) == (u32)when && get(ALARM_HIGH) == when >> 32, "alarm is 0x%x%08x",
	      get(ALARM_HIGH), get(ALARM_LOW));
	check(get(ALARM_STATUS), "not armed");
	put(CLEAR_ALARM, 0);
	check(!get(ALARM_STATUS), "armed after it was cleared");
	put(CLEAR_INTERRUPT, 1);
}

static void quiet(unsigned int line)
{
	put(CLEAR_INTERRUPT, 1);
}

static bool wait_alarm(u64 before, u64 us)
{
	return await_line(rtc_line(), before, us);
}

static void alarm_rings(void)
{
	u64 when = clock() + 20000 * NS_PER_US, before = arch_line_count(rtc_line());

	arch_line_enable(rtc_line(), quiet);
	put(IRQ_ENABLED, 1);
	set_alarm(when);
	check(wait_alarm(before, 20 * SECOND), "no interrupt");
	check(clock() >= when, "%lu ns early", when - clock());
	check(!get(ALARM_STATUS), "still armed");
	check(!wait_alarm(before + 1, 5000), "it rings twice");
}

static void alarm_in_the_past(void)
{
	u64 before = arch_line_count(rtc_line());

	put(IRQ_ENABLED, 1);
	set_alarm(clock() - 1000);
	check(wait_alarm(before, 20 * SECOND), "no interrupt");
	before = arch_line_count(rtc_line());
	set_alarm(0);
	check(wait_alarm(before, 20 * SECOND), "no interrupt for time 0");
}

static void alarm_far_away(void)
{
	u64 before = arch_line_count(rtc_line());

	if (arch_is_reference()) {
		test_skip("the reference takes the last time for a past one");
		return;
	}
	put(IRQ_ENABLED, 1);
	set_alarm(~0UL);
	check(!wait_alarm(before, 5000), "it rings");
	set_alarm(1UL << 63);
	check(!wait_alarm(before, 5000), "it rings after the middle");
	put(CLEAR_ALARM, 0);
}

static void alarm_cleared(void)
{
	u64 before = arch_line_count(rtc_line());

	put(IRQ_ENABLED, 1);
	set_alarm(clock() + 5000 * NS_PER_US);
	put(CLEAR_ALARM, 0);
	check(!wait_alarm(before, 20000), "it rings");
}

static void interrupt_disabled(void)
{
	u64 before = arch_line_count(rtc_line());

	put(IRQ_ENABLED, 0);
	set_alarm(clock() + 1000 * NS_PER_US);
	check(!wait_alarm(before, 10000), "it rings");
	put(IRQ_ENABLED, 1);
	check(wait_alarm(before, 20 * SECOND), "lost, though enabled later");
	put(IRQ_ENABLED, 0);
	arch_line_disable(rtc_line());
}

static const struct test_case cases[] = {
	{ "time_is_plausible", time_is_plausible },
	{ "time_is_monotonic", time_is_monotonic },
	{ "time_keeps_pace", time_keeps_pace },
	{ "high_half_is_latched", high_half_is_latched },
	{ "alarm_registers", alarm_registers },
	{ "alarm_rings", alarm_rings },
	{ "alarm_in_the_past", alarm_in_the_past },
	{ "alarm_far_away", alarm_far_away },
	{ "alarm_cleared", alarm_cleared },
	{ "interrupt_disabled", interrupt_disabled },
};

void guest_main(void)
{
	if (!rtc_base() || !rtc_line())
		test_abort("no clock");
	test_run(cases, ARRAY_SIZE(cases));
}
