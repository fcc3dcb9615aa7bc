// SPDX-License-Identifier: GPL-2.0
/*
 * PL031 real-time clock: time, match and interrupt. DDI 0224, chapter 3.
 */
#include "primecell.h"
#include "runtime.h"

const char *const guest_name = "pl031";

#define SECOND		1000000
#define HOUR		3600
#define YEAR_2024	1704067200U
#define YEAR_2100	4102444800U

#define RTC_DR		0x00
#define RTC_MR		0x04
#define RTC_LR		0x08
#define RTC_CR		0x0c
#define RTC_IMSC	0x10
#define RTC_RIS		0x14
#define RTC_MIS		0x18
#define RTC_ICR		0x1c

static u32 get(u32 reg)
{
	return mmio_read32(rtc_base() + reg);
}

static void put(u32 reg, u32 val)
{
	mmio_write32(rtc_base() + reg, val);
}

static void set_up(void)
{
	put(RTC_IMSC, 0);
	put(RTC_MR, get(RTC_DR) + HOUR);
	put(RTC_ICR, 1);
}

static void identification(void)
{
	primecell_check(rtc_base(), 0x031);
}

static void time_is_plausible(void)
{
	u32 now = get(RTC_DR);

	check(now > YEAR_2024 && now < YEAR_2100, "%u seconds after 1970", now);
	check(get(RTC_CR) == 1, "the control register says 0x%x", get(RTC_CR));
}

/* arch_time() when the clock steps the next time. */
static u64 next_step(void)
{
	u64 end = arch_time() + time_from_us(20 * SECOND);
	u32 now = get(RTC_DR);

	while (get(RTC_DR) == now && arch_time() < end)
		barrier();
	return arch_time();
}

/* Both count the same seconds; the host may be late, but not for long. */
static void time_keeps_pace(void)
{
	u64 first = next_step(), us;
	u32 start = get(RTC_DR);

	next_step();
	us = time_to_us(next_step() - first);
	check(get(RTC_DR) - start >= 2, "the clock stands still");
	check(us > SECOND && us < 4 * SECOND, "two seconds in %lu us", us);
}

static void load_sets_time(void)
{
	u32 now = get(RTC_DR), val;

	set_up();
	put(RTC_LR, now - 7 * HOUR);
	check(get(RTC_LR) == now - 7 * HOUR, "the load register is 0x%x", get(RTC_LR));
	val = get(RTC_DR);
	check(val - (now - 7 * HOUR) <= 5, "0x%x was loaded, the clock is 0x%x", now - 7 * HOUR,
	      val);
	put(RTC_LR, val + 7 * HOUR);
	check(get(RTC_DR) - now <= 10, "the clock did not come back");
}

static void registers_kept(void)
{
	static const u32 readable[] = { RTC_DR, RTC_CR, RTC_RIS, RTC_MIS };
	unsigned int i;

	set_up();
	put(RTC_MR, 0x89abcdef);
	check(get(RTC_MR) == 0x89abcdef, "match became 0x%x", get(RTC_MR));
	put(RTC_IMSC, 0xfffffffe);
	check(!(get(RTC_IMSC) & 1), "the mask became 0x%x", get(RTC_IMSC));
	put(RTC_IMSC, 1);
	check(get(RTC_IMSC) & 1, "the mask became 0x%x", get(RTC_IMSC));
	set_up();
	for (i = 0; i < ARRAY_SIZE(readable); i++) {
		u32 before = get(readable[i]);

		if (readable[i] == RTC_CR)
			continue;
		put(readable[i], ~before);
		check(get(readable[i]) - before <= 5, "register 0x%x took a write", readable[i]);
	}
	check(!get(RTC_ICR), "ICR is 0x%x", get(RTC_ICR));
}

static void quiet(unsigned int line)
{
	put(RTC_ICR, 1);
}

static bool wait_match(u64 before, u64 us)
{
	return await_line(rtc_intid(), before, us);
}

static void match_interrupts(void)
{
	u64 before = arch_line_count(rtc_intid());
	u32 when;

	set_up();
	arch_line_enable(rtc_intid(), quiet);
	when = get(RTC_DR) + 2;
	put(RTC_MR, when);
	put(RTC_IMSC, 1);
	check(!get(RTC_RIS) && !get(RTC_MIS), "raised before its time");
	check(wait_match(before, 30 * SECOND), "no interrupt");
	check(get(RTC_DR) >= when, "it came early");
	check(!get(RTC_RIS) && !get(RTC_MIS), "still raised after it was cleared");
	check(!wait_match(before + 1, 5000), "it comes twice");
	arch_line_disable(rtc_intid());
	set_up();
}

/* It sleeps meanwhile: the clock has to wake it. */
static void match_wakes(void)
{
	u64 before = arch_line_count(rtc_intid());

	set_up();
	arch_line_enable(rtc_intid(), quiet);
	put(RTC_IMSC, 1);
	put(RTC_MR, get(RTC_DR) + 2);
	halt_while(arch_line_count, rtc_intid(), before);
	arch_irq_off();
	arch_line_disable(rtc_intid());
	set_up();
}

static bool wait_raw(u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	while (!get(RTC_RIS) && arch_time() < end)
		barrier();
	return get(RTC_RIS);
}

static void match_while_masked(void)
{
	u64 before = arch_line_count(rtc_intid());

	set_up();
	arch_line_enable(rtc_intid(), quiet);
	put(RTC_MR, get(RTC_DR) + 2);
	check(wait_raw(30 * SECOND), "nothing is raised");
	check(!get(RTC_MIS), "the mask has no effect on MIS");
	check(!wait_match(before, 5000), "the mask has no effect on the interrupt");
	put(RTC_IMSC, 1);
	check(wait_match(before, 10 * SECOND), "lost, though enabled later");
	arch_line_disable(rtc_intid());
	set_up();
}

static void match_long_ago(void)
{
	u64 before = arch_line_count(rtc_intid());

	set_up();
	arch_line_enable(rtc_intid(), quiet);
	put(RTC_IMSC, 1);
	put(RTC_MR, get(RTC_DR) - HOUR);
	check(!wait_match(before, 50000), "it comes at once");
	put(RTC_MR, 0);
	check(!wait_match(before, 50000), "it comes for time 0");
	arch_line_disable(rtc_intid());
	set_up();
}

static const struct test_case cases[] = {
	{ "identification", identification },
	{ "time_is_plausible", time_is_plausible },
	{ "time_keeps_pace", time_keeps_pace },
	{ "load_sets_time", load_sets_time },
	{ "registers_kept", registers_kept },
	{ "match_interrupts", match_interrupts },
	{ "match_wakes", match_wakes },
	{ "match_while_masked", match_while_masked },
	{ "match_long_ago", match_long_ago },
};

void guest_main(void)
{
	if (!rtc_base() || !rtc_intid())
		test_abort("no clock");
	test_run(cases, ARRAY_SIZE(cases));
}
