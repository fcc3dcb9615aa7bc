// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the goldfish clock, through its registers and its line.
 *
 * Times are compared with the host's own clock before and after. Nothing depends
 * on being fast: alarms that must not go off lie days ahead.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/timekeeping.h>
#include <clocksource/timer-goldfish.h>

#include "test_board.h"

#define BASE		0x101000ULL
#define LINE		11
#define DAY_NS		(86400ULL * NSEC_PER_SEC)
#define SOON_NS		(3 * NSEC_PER_MSEC)
#define PATIENCE_MS	45

static int init_clock(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "rtc", .base = BASE, .irq = LINE };

	test_board_add(board, &axvm_goldfish_rtc, &cfg);
	test->priv = board;
	return 0;
}

static u32 in(struct test_board *board, u64 reg)
{
	return test_board_read(board, BASE + reg, 4);
}

static void out(struct test_board *board, u64 reg, u32 val)
{
	test_board_write(board, BASE + reg, 4, val);
}

static u64 read_time(struct test_board *board)
{
	u32 low = in(board, TIMER_TIME_LOW);

	return (u64)in(board, TIMER_TIME_HIGH) << 32 | low;
}

static void set_time(struct test_board *board, u64 time)
{
	out(board, TIMER_TIME_HIGH, time >> 32);
	out(board, TIMER_TIME_LOW, time);
}

static void set_alarm(struct test_board *board, u64 time)
{
	out(board, TIMER_ALARM_HIGH, time >> 32);
	out(board, TIMER_ALARM_LOW, time);
	out(board, TIMER_IRQ_ENABLED, 1);
}

static bool wait_for_line(struct test_board *board)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS * 4 && !READ_ONCE(board->level[LINE]); i++)
		usleep_range(200, 250);
	return READ_ONCE(board->level[LINE]);
}

static void clock_is_the_hosts(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 before = ktime_get_real_ns();
	u64 time = read_time(board);

	KUNIT_EXPECT_GE(test, time, before);
	KUNIT_EXPECT_LE(test, time, ktime_get_real_ns());
}

static void high_half_is_latched(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 first = read_time(board);

	/* Moved by days in between, the half that was latched stays. */
	set_time(board, first + 10 * DAY_NS);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_TIME_HIGH), first >> 32);
	in(board, TIMER_TIME_LOW);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_TIME_HIGH), (first + 10 * DAY_NS) >> 32);
}

static void clock_can_be_set(struct kunit *test)
{
	static const u64 times[] = {
		0, 1, 946684800ULL * NSEC_PER_SEC, 0x00000001fffffff0ULL, 0x7fffffffffffffffULL,
		0x8000000000000000ULL, 0xffff000000000000ULL,
	};
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		u64 before = ktime_get_real_ns();

		set_time(board, times[i]);
		KUNIT_EXPECT_LE(test, read_time(board) - times[i], ktime_get_real_ns() - before);
	}
	axvm_devices_reset(&board->devices);
	clock_is_the_hosts(test);
}

static void low_half_alone_can_be_set(struct kunit *test)
{
	struct test_board *board = test->priv;

	/* A nanosecond later the upper half has grown, and that one counts. */
	set_time(board, 0x01234566ffffffffULL);
	out(board, TIMER_TIME_LOW, 0x100);
	KUNIT_EXPECT_EQ(test, read_time(board) >> 32, 0x01234567);
}

static void alarm_goes_off(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 time = read_time(board) + SOON_NS;

	set_alarm(board, time);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	KUNIT_EXPECT_GE(test, read_time(board), time);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	out(board, TIMER_CLEAR_INTERRUPT, 1);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, board->rises[LINE], 1);
}

static void alarm_registers_read_back(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 time = read_time(board) + DAY_NS;

	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	set_alarm(board, time);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_LOW), (u32)time);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_HIGH), time >> 32);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 1);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_IRQ_ENABLED), 1);
	out(board, TIMER_CLEAR_ALARM, 1);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
}

static void past_alarm_goes_off_at_once(struct kunit *test)
{
	struct test_board *board = test->priv;

	set_alarm(board, read_time(board) - 1);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	/* Clearing the alarm does not clear the interrupt. */
	out(board, TIMER_CLEAR_ALARM, 1);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	out(board, TIMER_CLEAR_INTERRUPT, 1);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	set_alarm(board, 0);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
}

static void interrupt_can_be_masked(struct kunit *test)
{
	struct test_board *board = test->priv;

	set_alarm(board, 0);
	out(board, TIMER_IRQ_ENABLED, 0);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_IRQ_ENABLED), 0);
	out(board, TIMER_IRQ_ENABLED, 3);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_IRQ_ENABLED), 1);
}

static void cancelled_alarm_stays_silent(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 now = read_time(board);

	set_alarm(board, now + DAY_NS);
	out(board, TIMER_CLEAR_ALARM, 1);
	set_time(board, now + 2 * DAY_NS);
	usleep_range(1000, 1500);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
}

/* Each is as far away as it looks, none wraps into the past. */
static void far_alarms_stay_armed(struct kunit *test)
{
	static const u64 times[] = {
		0x7fffffffffffffffULL, 0x8000000000000000ULL, 0xffffffffffffffffULL,
	};
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		set_alarm(board, times[i]);
		KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 1);
	}
	usleep_range(2000, 2500);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 1);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
}

static void setting_the_clock_moves_the_alarm(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 now = read_time(board);

	set_alarm(board, now + DAY_NS);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	set_time(board, now + 2 * DAY_NS);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	out(board, TIMER_CLEAR_INTERRUPT, 1);

	set_alarm(board, now + 3 * DAY_NS);
	set_time(board, now + 3 * DAY_NS - SOON_NS);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
}

static void pause_holds_the_alarm_back(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 now = read_time(board);

	set_alarm(board, now + DAY_NS);
	axvm_devices_pause(&board->devices);
	set_time(board, now + 2 * DAY_NS);
	usleep_range(1000, 1500);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(board->level[LINE]));
}

static void resume_arms_again(struct kunit *test)
{
	struct test_board *board = test->priv;

	set_alarm(board, read_time(board) + SOON_NS);
	axvm_devices_pause(&board->devices);
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
}

static void reset_silences(struct kunit *test)
{
	struct test_board *board = test->priv;

	set_alarm(board, 0);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	set_alarm(board, read_time(board) + SOON_NS);
	axvm_devices_reset(&board->devices);
	usleep_range(4000, 5000);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_LOW), 0);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_IRQ_ENABLED), 0);
}

static void odd_accesses_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_bus *bus = &board->bus[AXVM_BUS_MMIO];
	u64 val;

	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE, 1, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE, 2, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE, 8, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 2, 4, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 0x20, 4, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_write(bus, BASE + 0xffc, 4, 0), AXVM_BUS_BAD_ACCESS);
	out(board, TIMER_ALARM_STATUS, 1);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_ALARM_STATUS), 0);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_CLEAR_ALARM), 0);
	KUNIT_EXPECT_EQ(test, in(board, TIMER_CLEAR_INTERRUPT), 0);
}

static void parameters_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = { .name = "rtc1", .base = BASE + 0x10000, .nr_cfg = 1 };
	struct axvm_error err = { .index = -1 };

	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_goldfish_rtc, &cfg,
						     &err), -EINVAL);
	cfg.nr_cfg = 0;
	cfg.len = 0x1c;
	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_goldfish_rtc, &cfg,
						     &err), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
}

static struct kunit_case goldfish_rtc_cases[] = {
	KUNIT_CASE(clock_is_the_hosts),
	KUNIT_CASE(high_half_is_latched),
	KUNIT_CASE(clock_can_be_set),
	KUNIT_CASE(low_half_alone_can_be_set),
	KUNIT_CASE(alarm_goes_off),
	KUNIT_CASE(alarm_registers_read_back),
	KUNIT_CASE(past_alarm_goes_off_at_once),
	KUNIT_CASE(interrupt_can_be_masked),
	KUNIT_CASE(cancelled_alarm_stays_silent),
	KUNIT_CASE(far_alarms_stay_armed),
	KUNIT_CASE(setting_the_clock_moves_the_alarm),
	KUNIT_CASE(pause_holds_the_alarm_back),
	KUNIT_CASE(resume_arms_again),
	KUNIT_CASE(reset_silences),
	KUNIT_CASE(odd_accesses_are_refused),
	KUNIT_CASE(parameters_are_refused),
	{}
};

static struct kunit_suite goldfish_rtc_suite = {
	.name = "axvm-goldfish-rtc",
	.init = init_clock,
	.test_cases = goldfish_rtc_cases,
};

kunit_test_suite(goldfish_rtc_suite);
