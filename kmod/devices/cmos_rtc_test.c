// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the PC's real-time clock, through its two ports and its line, in
 * the way in which kernels' drivers use it.
 *
 * Times are compared with the host's own clock before and after. Nothing depends
 * on being fast.
 */
#include <kunit/test.h>
#include <linux/bcd.h>
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/mc146818rtc.h>
#include <linux/timekeeping.h>

#include "cmos_time.h"
#include "pc_test.h"

#define PORT_INDEX	0x70
#define PORT_DATA	0x71
#define LINE		8
#define SHUTDOWN_CODE	0x0f
#define PATIENCE_NS	(4ULL * NSEC_PER_SEC)
#define DAY		86400

static int init_clock(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "rtc", .base = PORT_INDEX, .irq = LINE };

	test_board_add(board, &axvm_cmos_rtc, &cfg);
	test->priv = board;
	return 0;
}

/* Not the coarse one, which may be a tick late. */
static time64_t host_seconds(void)
{
	return div_u64(ktime_get_real_ns(), NSEC_PER_SEC);
}

static u8 in(struct test_board *board, u8 reg)
{
	test_board_out(board, PORT_INDEX, 1, reg);
	return test_board_in(board, PORT_DATA, 1);
}

static void out(struct test_board *board, u8 reg, u8 val)
{
	test_board_out(board, PORT_INDEX, 1, reg);
	test_board_out(board, PORT_DATA, 1, val);
}

static bool line(struct test_board *board)
{
	return READ_ONCE(board->level[LINE]);
}

static bool wait_for_line(struct test_board *board)
{
	u64 start = ktime_get_ns();

	while (!line(board) && ktime_get_ns() - start < PATIENCE_NS)
		usleep_range(100, 150);
	return line(board);
}

/* All of time and date between two updates, the way of mc146818_avoid_UIP(). */
static time64_t read_time(struct kunit *test)
{
	static const u8 regs[] = {
		RTC_MINUTES, RTC_HOURS, RTC_DAY_OF_MONTH, RTC_MONTH, RTC_YEAR, CMOS_CENTURY,
	};
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns();
	u8 cmos[CMOS_LEN];
	unsigned int i;

	cmos[RTC_CONTROL] = in(board, RTC_CONTROL);
	while (ktime_get_ns() - start < PATIENCE_NS) {
		cmos[RTC_SECONDS] = in(board, RTC_SECONDS);
		if (in(board, RTC_FREQ_SELECT) & RTC_UIP)
			continue;
		for (i = 0; i < ARRAY_SIZE(regs); i++)
			cmos[regs[i]] = in(board, regs[i]);
		if (in(board, RTC_FREQ_SELECT) & RTC_UIP)
			continue;
		if (in(board, RTC_SECONDS) == cmos[RTC_SECONDS])
			return axvm_cmos_decode(cmos);
	}
	KUNIT_FAIL(test, "no time between updates");
	return 0;
}

/* As mc146818_set_time() does; @resets: of the divider chain, too. */
static void set_time(struct kunit *test, time64_t time, bool resets)
{
	static const u8 regs[] = {
		RTC_YEAR, RTC_MONTH, RTC_DAY_OF_MONTH, RTC_HOURS, RTC_MINUTES, RTC_SECONDS,
		CMOS_CENTURY,
	};
	struct test_board *board = test->priv;
	u8 control = in(board, RTC_CONTROL);
	u8 freq = in(board, RTC_FREQ_SELECT);
	u8 cmos[CMOS_LEN];
	unsigned int i;

	cmos[RTC_CONTROL] = control;
	axvm_cmos_encode(cmos, time);
	out(board, RTC_CONTROL, control | RTC_SET);
	if (resets)
		out(board, RTC_FREQ_SELECT, freq | RTC_DIV_RESET2);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		out(board, regs[i], cmos[regs[i]]);
	out(board, RTC_CONTROL, control);
	out(board, RTC_FREQ_SELECT, freq);
}

static void set_alarm(struct test_board *board, time64_t time)
{
	u8 cmos[CMOS_LEN];

	cmos[RTC_CONTROL] = in(board, RTC_CONTROL);
	axvm_cmos_encode(cmos, time);
	out(board, RTC_SECONDS_ALARM, cmos[RTC_SECONDS]);
	out(board, RTC_MINUTES_ALARM, cmos[RTC_MINUTES]);
	out(board, RTC_HOURS_ALARM, cmos[RTC_HOURS]);
}

static void clock_is_the_hosts(struct kunit *test)
{
	time64_t before = host_seconds();
	time64_t time = read_time(test);

	KUNIT_EXPECT_GE(test, time, before);
	KUNIT_EXPECT_LE(test, time, host_seconds());
}

static void all_formats_tell_the_time(struct kunit *test)
{
	static const u8 formats[] = { 0, RTC_24H, RTC_DM_BINARY, RTC_24H | RTC_DM_BINARY };
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		out(board, RTC_CONTROL, formats[i]);
		clock_is_the_hosts(test);
	}
}

static void clock_can_be_set(struct kunit *test)
{
	static const s64 times[] = {
		0, 951782400 /* 2000-02-29 */, 4102444799LL /* 2099-12-31 */, 253402300000LL, -1,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times) * 2; i++) {
		time64_t start = host_seconds(), now;

		set_time(test, times[i / 2], i % 2);
		now = read_time(test);
		KUNIT_EXPECT_GE(test, now, times[i / 2]);
		KUNIT_EXPECT_LE(test, now - times[i / 2], host_seconds() - start + 1);
	}
}

/* Nanoseconds from setting the clock to its first update. */
static u64 time_first_update(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns();
	u8 first;

	set_time(test, 1000, true);
	first = in(board, RTC_SECONDS);
	while (in(board, RTC_SECONDS) == first && ktime_get_ns() - start < PATIENCE_NS)
		usleep_range(500, 600);
	return ktime_get_ns() - start;
}

/* rtc-cmos counts on it: the first update is half a second after the release. */
static void divider_reset_sets_the_phase(struct kunit *test)
{
	u64 passed, best = PATIENCE_NS;
	unsigned int i;

	/* A slow host may be late, but not always. */
	for (i = 0; i < 4 && best > NSEC_PER_SEC * 3 / 4; i++) {
		passed = time_first_update(test);
		KUNIT_EXPECT_GE(test, passed, NSEC_PER_SEC / 2);
		best = min(best, passed);
	}
	KUNIT_EXPECT_LE(test, best, NSEC_PER_SEC * 3 / 4);
}

static void set_bit_stops_the_clock(struct kunit *test)
{
	struct test_board *board = test->priv;
	u8 second, i;

	out(board, RTC_CONTROL, RTC_24H | RTC_SET | RTC_UIE);
	KUNIT_EXPECT_EQ(test, in(board, RTC_CONTROL), RTC_24H | RTC_SET);
	second = in(board, RTC_SECONDS);
	for (i = 0; i < 6; i++) {
		msleep(200);
		KUNIT_EXPECT_EQ(test, in(board, RTC_SECONDS), second);
		KUNIT_EXPECT_FALSE(test, in(board, RTC_FREQ_SELECT) & RTC_UIP);
	}
	KUNIT_EXPECT_FALSE(test, in(board, RTC_INTR_FLAGS) & RTC_UF);
}

static void running_clock_takes_a_byte(struct kunit *test)
{
	struct test_board *board = test->priv;
	time64_t time = mktime64(2026, 5, 17, 12, 30, 0);

	set_time(test, time, true);
	out(board, RTC_HOURS, 0x03);
	time -= 9 * 3600;
	KUNIT_EXPECT_GE(test, read_time(test), time);
	KUNIT_EXPECT_LE(test, read_time(test), time + 600);
}

static void update_is_announced(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns();
	bool is_seen = false;

	/* Polling on until it is seen may take a few seconds of a slow host. */
	while (!is_seen && ktime_get_ns() - start < 8 * PATIENCE_NS) {
		is_seen = in(board, RTC_FREQ_SELECT) & RTC_UIP;
		cond_resched();
	}
	KUNIT_EXPECT_TRUE(test, is_seen);
	usleep_range(300, 400);
	KUNIT_EXPECT_FALSE(test, in(board, RTC_FREQ_SELECT) & RTC_UIP);
	KUNIT_EXPECT_TRUE(test, in(board, RTC_INTR_FLAGS) & RTC_UF);
}

static void flags_are_cleared_by_reading(struct kunit *test)
{
	struct test_board *board = test->priv;
	u8 flags;

	msleep(1100);
	flags = in(board, RTC_INTR_FLAGS);
	/* Update and periodic tap have passed; nobody enabled an interrupt. */
	KUNIT_EXPECT_EQ(test, flags & ~RTC_AF, RTC_UF | RTC_PF);
	KUNIT_EXPECT_FALSE(test, line(board));
	out(board, RTC_FREQ_SELECT, RTC_REF_CLCK_32KHZ);
	in(board, RTC_INTR_FLAGS);
	KUNIT_EXPECT_FALSE(test, in(board, RTC_INTR_FLAGS) & RTC_PF);
}

static void update_interrupts(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int i;

	in(board, RTC_INTR_FLAGS);
	out(board, RTC_CONTROL, RTC_24H | RTC_UIE);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, wait_for_line(board));
		KUNIT_EXPECT_EQ(test, in(board, RTC_INTR_FLAGS) & (RTC_IRQF | RTC_UF),
				RTC_IRQF | RTC_UF);
		KUNIT_EXPECT_FALSE(test, line(board));
	}
	out(board, RTC_CONTROL, RTC_24H);
	msleep(1100);
	KUNIT_EXPECT_FALSE(test, line(board));
}

static void periodic_interrupts(struct kunit *test)
{
	static const u8 rates[] = { 1, 3, 6, 8, 10 };
	struct test_board *board = test->priv;
	unsigned int i, k, hz;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		hz = rates[i] < 3 ? 256 : 65536 >> rates[i];
		out(board, RTC_FREQ_SELECT, RTC_REF_CLCK_32KHZ | rates[i]);
		out(board, RTC_CONTROL, RTC_24H | RTC_PIE);
		in(board, RTC_INTR_FLAGS);
		start = ktime_get_ns();
		for (k = 0; k < 5; k++) {
			KUNIT_EXPECT_TRUE(test, wait_for_line(board));
			KUNIT_EXPECT_TRUE(test, in(board, RTC_INTR_FLAGS) & RTC_PF);
		}
		/* Four whole periods lie between five interrupts, and no more of them come. */
		KUNIT_EXPECT_GE(test, ktime_get_ns() - start,
				3ULL * NSEC_PER_SEC / hz);
		out(board, RTC_CONTROL, RTC_24H);
	}
}

/* Ticks that are not acknowledged do not pile up. */
static void unread_interrupt_stays_one(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int rises;

	out(board, RTC_FREQ_SELECT, RTC_REF_CLCK_32KHZ | 3);
	in(board, RTC_INTR_FLAGS);
	rises = board->rises[LINE];
	out(board, RTC_CONTROL, RTC_24H | RTC_PIE);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	usleep_range(5000, 5500);
	KUNIT_EXPECT_EQ(test, board->rises[LINE], rises + 1);
	KUNIT_EXPECT_TRUE(test, line(board));
}

static void alarm_goes_off(struct kunit *test)
{
	struct test_board *board = test->priv;
	time64_t time = read_time(test) + 2;

	set_alarm(board, time);
	in(board, RTC_INTR_FLAGS);
	out(board, RTC_CONTROL, RTC_24H | RTC_AIE);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	KUNIT_EXPECT_GE(test, host_seconds(), time);
	KUNIT_EXPECT_TRUE(test, in(board, RTC_INTR_FLAGS) & RTC_AF);
	KUNIT_EXPECT_FALSE(test, line(board));
	msleep(1100);
	KUNIT_EXPECT_FALSE(test, line(board));
}

static void wildcards_match_each_second(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int i;

	out(board, RTC_SECONDS_ALARM, RTC_ALARM_DONT_CARE);
	out(board, RTC_MINUTES_ALARM, 0xff);
	out(board, RTC_HOURS_ALARM, RTC_ALARM_DONT_CARE);
	in(board, RTC_INTR_FLAGS);
	out(board, RTC_CONTROL, RTC_24H | RTC_AIE);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, wait_for_line(board));
		KUNIT_EXPECT_TRUE(test, in(board, RTC_INTR_FLAGS) & RTC_AF);
	}
}

static void setting_the_clock_moves_the_alarm(struct kunit *test)
{
	struct test_board *board = test->priv;
	time64_t time = mktime64(2030, 1, 1, 0, 0, 0);

	set_time(test, time, true);
	set_alarm(board, time + 7200);
	in(board, RTC_INTR_FLAGS);
	out(board, RTC_CONTROL, RTC_24H | RTC_AIE);
	KUNIT_EXPECT_FALSE(test, line(board));
	set_time(test, time + 7199, true);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
}

static void memory_is_kept(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int reg;

	for (reg = RTC_REG_D + 1; reg < CMOS_LEN; reg++)
		if (reg != CMOS_CENTURY)
			out(board, reg, ~reg);
	for (reg = RTC_REG_D + 1; reg < CMOS_LEN; reg++)
		if (reg != CMOS_CENTURY)
			KUNIT_EXPECT_EQ(test, in(board, reg), (u8)~reg);
	/* smpboot_setup_warm_reset_vector(), with NMIs masked by the index. */
	out(board, 0x80 | SHUTDOWN_CODE, 0xa);
	KUNIT_EXPECT_EQ(test, in(board, SHUTDOWN_CODE), 0xa);
	KUNIT_EXPECT_EQ(test, test_board_in(board, PORT_INDEX, 1), 0xff);
	clock_is_the_hosts(test);
}

static void registers_have_their_bits(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, in(board, RTC_FREQ_SELECT) & ~RTC_UIP, RTC_REF_CLCK_32KHZ | 6);
	KUNIT_EXPECT_EQ(test, in(board, RTC_CONTROL), RTC_24H);
	KUNIT_EXPECT_EQ(test, in(board, RTC_VALID), RTC_VRT);
	out(board, RTC_VALID, 0);
	out(board, RTC_INTR_FLAGS, 0xff);
	KUNIT_EXPECT_EQ(test, in(board, RTC_VALID), RTC_VRT);
	KUNIT_EXPECT_FALSE(test, in(board, RTC_INTR_FLAGS) & (RTC_IRQF | RTC_AF));
	out(board, RTC_FREQ_SELECT, 0xff);
	KUNIT_EXPECT_EQ(test, in(board, RTC_FREQ_SELECT), 0x7f);
}

static void pause_holds_interrupts_back(struct kunit *test)
{
	struct test_board *board = test->priv;

	in(board, RTC_INTR_FLAGS);
	out(board, RTC_CONTROL, RTC_24H | RTC_UIE);
	axvm_devices_pause(&board->devices);
	in(board, RTC_INTR_FLAGS);
	msleep(1100);
	KUNIT_EXPECT_FALSE(test, line(board));
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_TRUE(test, line(board));
	/* The wall clock went on. */
	clock_is_the_hosts(test);
}

static void reset_silences(struct kunit *test)
{
	struct test_board *board = test->priv;

	set_time(test, 0, true);
	out(board, SHUTDOWN_CODE, 0xa);
	out(board, RTC_CONTROL, RTC_24H | RTC_PIE | RTC_UIE | RTC_AIE);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, line(board));
	msleep(1100);
	KUNIT_EXPECT_FALSE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, SHUTDOWN_CODE), 0);
	clock_is_the_hosts(test);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		test_board_out(board, PORT_INDEX, 1, i);
		access_at_random(board, PORT_INDEX, 2, 100);
	}
	/* A driver finds its way from whatever state. */
	out(board, RTC_CONTROL, RTC_24H);
	out(board, RTC_FREQ_SELECT, RTC_REF_CLCK_32KHZ | 6);
	set_time(test, 1000000000, true);
	KUNIT_EXPECT_GE(test, read_time(test), 1000000000);
	KUNIT_EXPECT_LE(test, read_time(test), 1000000000 + DAY);
	update_interrupts(test);
}

static void place_is_fixed(struct kunit *test)
{
	expect_fixed_place(test, &axvm_cmos_rtc, PORT_INDEX, 2);
}

static struct kunit_case cmos_rtc_cases[] = {
	KUNIT_CASE(clock_is_the_hosts),
	KUNIT_CASE(all_formats_tell_the_time),
	KUNIT_CASE(clock_can_be_set),
	KUNIT_CASE(divider_reset_sets_the_phase),
	KUNIT_CASE(set_bit_stops_the_clock),
	KUNIT_CASE(running_clock_takes_a_byte),
	KUNIT_CASE(update_is_announced),
	KUNIT_CASE(flags_are_cleared_by_reading),
	KUNIT_CASE(update_interrupts),
	KUNIT_CASE(periodic_interrupts),
	KUNIT_CASE(unread_interrupt_stays_one),
	KUNIT_CASE(alarm_goes_off),
	KUNIT_CASE(wildcards_match_each_second),
	KUNIT_CASE(setting_the_clock_moves_the_alarm),
	KUNIT_CASE(memory_is_kept),
	KUNIT_CASE(registers_have_their_bits),
	KUNIT_CASE(pause_holds_interrupts_back),
	KUNIT_CASE(reset_silences),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(place_is_fixed),
	{}
};

static struct kunit_suite cmos_rtc_suite = {
	.name = "axvm-cmos-rtc",
	.init = init_clock,
	.test_cases = cmos_rtc_cases,
};

kunit_test_suite(cmos_rtc_suite);
