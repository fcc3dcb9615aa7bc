// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the PL031 clock, through its registers and its line.
 *
 * Times are compared with the host's own clock before and after. Nothing depends
 * on being fast: matches that must not come lie days ahead.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/timekeeping.h>

#include "test_board.h"

#define BASE		0x09010000ULL
#define LINE		2
#define DAY		86400
#define PATIENCE_MS	4000

/* Offsets of registers; Linux has them in its driver alone. */
#define RTC_DR		0x00
#define RTC_MR		0x04
#define RTC_LR		0x08
#define RTC_CR		0x0c
#define RTC_IMSC	0x10
#define RTC_RIS		0x14
#define RTC_MIS		0x18
#define RTC_ICR		0x1c

static int init_clock(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "rtc", .base = BASE, .irq = LINE };

	test_board_add(board, &axvm_pl031, &cfg);
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

static bool line(const struct test_board *board)
{
	return READ_ONCE(board->level[LINE]);
}

static bool wait_for_line(const struct test_board *board)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS && !line(board); i++)
		usleep_range(1000, 1100);
	return line(board);
}

static void clock_is_the_hosts(struct kunit *test)
{
	struct test_board *board = test->priv;
	u32 before = ktime_get_real_seconds();
	u32 time = in(board, RTC_DR);

	KUNIT_EXPECT_GE(test, time, before);
	KUNIT_EXPECT_LE(test, time, (u32)ktime_get_real_seconds());
}

static void registers_after_reset(struct kunit *test)
{
	static const u32 zero[] = { RTC_MR, RTC_LR, RTC_IMSC, RTC_RIS, RTC_MIS, RTC_ICR };
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zero); i++)
		KUNIT_EXPECT_EQ_MSG(test, in(board, zero[i]), 0, "register %#x", zero[i]);
	KUNIT_EXPECT_EQ(test, in(board, RTC_CR), 1);
	KUNIT_EXPECT_FALSE(test, line(board));
}

/* Once started it cannot be stopped. */
static void clock_keeps_running(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_CR, 0);
	KUNIT_EXPECT_EQ(test, in(board, RTC_CR), 1);
	out(board, RTC_DR, 0);
	clock_is_the_hosts(test);
}

static void clock_can_be_set(struct kunit *test)
{
	static const u32 times[] = { 0, 1, 946684800, 0x7fffffff, 0x80000000, 0xffffffff };
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		u32 before = ktime_get_real_seconds();

		out(board, RTC_LR, times[i]);
		KUNIT_EXPECT_LE(test, in(board, RTC_DR) - times[i],
				(u32)ktime_get_real_seconds() - before);
		KUNIT_EXPECT_EQ(test, in(board, RTC_LR), times[i]);
	}
	axvm_devices_reset(&board->devices);
	clock_is_the_hosts(test);
}

static void match_comes(struct kunit *test)
{
	struct test_board *board = test->priv;
	u32 time = in(board, RTC_DR) + 1;

	out(board, RTC_MR, time);
	out(board, RTC_IMSC, 1);
	KUNIT_EXPECT_EQ(test, in(board, RTC_MR), time);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	KUNIT_EXPECT_GE(test, in(board, RTC_DR), time);
	KUNIT_EXPECT_EQ(test, in(board, RTC_RIS), 1);
	KUNIT_EXPECT_EQ(test, in(board, RTC_MIS), 1);
	out(board, RTC_ICR, 0);
	KUNIT_EXPECT_TRUE(test, line(board));
	out(board, RTC_ICR, 1);
	KUNIT_EXPECT_FALSE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, RTC_RIS), 0);
	KUNIT_EXPECT_EQ(test, board->rises[LINE], 1);
}

/* Without a timer behind it: it is seen when somebody looks. */
static void masked_match_is_raw(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_MR, in(board, RTC_DR) + 1);
	msleep(2000);
	KUNIT_EXPECT_FALSE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, RTC_MIS), 0);
	KUNIT_EXPECT_EQ(test, in(board, RTC_RIS), 1);
	KUNIT_EXPECT_FALSE(test, line(board));
	out(board, RTC_IMSC, 3);
	KUNIT_EXPECT_TRUE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, RTC_IMSC), 1);
	out(board, RTC_IMSC, 0);
	KUNIT_EXPECT_FALSE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, RTC_RIS), 1);
}

/* The counter is compared, not the order in time. */
static void past_match_waits_for_the_wrap(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_IMSC, 1);
	out(board, RTC_MR, in(board, RTC_DR) - DAY);
	usleep_range(2000, 2500);
	KUNIT_EXPECT_FALSE(test, line(board));
	KUNIT_EXPECT_EQ(test, in(board, RTC_RIS), 0);
	/* A second before the wrap, and the match is at its first second. */
	out(board, RTC_MR, 0);
	out(board, RTC_LR, 0xffffffff);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
	KUNIT_EXPECT_LT(test, in(board, RTC_DR), DAY);
}

static void present_match_comes_at_once(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_IMSC, 1);
	out(board, RTC_MR, 1000);
	KUNIT_EXPECT_FALSE(test, line(board));
	out(board, RTC_LR, 1000);
	KUNIT_EXPECT_TRUE(test, line(board));
	out(board, RTC_ICR, 1);
	KUNIT_EXPECT_FALSE(test, line(board));
}

static void pause_holds_the_match_back(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_IMSC, 1);
	out(board, RTC_MR, in(board, RTC_DR) + 1);
	axvm_devices_pause(&board->devices);
	msleep(1500);
	KUNIT_EXPECT_FALSE(test, line(board));
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_TRUE(test, wait_for_line(board));
}

static void reset_silences(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, RTC_IMSC, 1);
	out(board, RTC_LR, 1000);
	out(board, RTC_MR, 1001);
	axvm_devices_reset(&board->devices);
	msleep(1500);
	KUNIT_EXPECT_FALSE(test, line(board));
	registers_after_reset(test);
	clock_is_the_hosts(test);
}

static void every_access_is_answered(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int len, offset;
	u32 pid = 0, cid = 0;

	for (len = 1; len <= 8; len *= 2)
		for (offset = 0; offset < 0x1000; offset += len) {
			test_board_read(board, BASE + offset, len);
			test_board_write(board, BASE + offset, len, 0);
		}
	KUNIT_EXPECT_EQ(test, in(board, 0x20), 0);
	KUNIT_EXPECT_EQ(test, in(board, 0x80), 0);
	for (offset = 0; offset < 4; offset++) {
		pid |= in(board, 0xfe0 + 4 * offset) << 8 * offset;
		cid |= in(board, 0xff0 + 4 * offset) << 8 * offset;
	}
	/* pl031_ids of Linux: Arm's own, not one of ST's. */
	KUNIT_EXPECT_EQ(test, pid & 0x000fffff, 0x00041031);
	KUNIT_EXPECT_EQ(test, cid, 0xb105f00d);
	out(board, RTC_MR, 0x12345678);
	KUNIT_EXPECT_EQ(test, test_board_read(board, BASE + RTC_MR + 1, 1), 0x56);
	KUNIT_EXPECT_EQ(test, test_board_read(board, BASE + RTC_MR + 2, 2), 0x1234);
	KUNIT_EXPECT_EQ(test, test_board_read(board, BASE + RTC_LR, 8), 0x100000000);
}

static void parameters_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = { .name = "rtc1", .base = BASE + 0x10000, .nr_cfg = 1 };
	struct axvm_error err = { .index = -1 };

	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_pl031, &cfg, &err),
			-EINVAL);
	cfg.nr_cfg = 0;
	cfg.len = 0x20;
	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_pl031, &cfg, &err),
			-EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
}

static struct kunit_case pl031_cases[] = {
	KUNIT_CASE(clock_is_the_hosts),
	KUNIT_CASE(registers_after_reset),
	KUNIT_CASE(clock_keeps_running),
	KUNIT_CASE(clock_can_be_set),
	KUNIT_CASE(match_comes),
	KUNIT_CASE(masked_match_is_raw),
	KUNIT_CASE(past_match_waits_for_the_wrap),
	KUNIT_CASE(present_match_comes_at_once),
	KUNIT_CASE(pause_holds_the_match_back),
	KUNIT_CASE(reset_silences),
	KUNIT_CASE(every_access_is_answered),
	KUNIT_CASE(parameters_are_refused),
	{}
};

static struct kunit_suite pl031_suite = {
	.name = "axvm-pl031",
	.init = init_clock,
	.test_cases = pl031_cases,
};

kunit_test_suite(pl031_suite);
