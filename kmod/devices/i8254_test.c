// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the 8254 on its board, through its ports and its line, as
 * kernels use it. The counters themselves have a suite of their own.
 *
 * Times are compared with the host's clock before and after; nothing depends on
 * being fast.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/i8253.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "pc_test.h"

#define PIT_CH1		(PIT_CH0 + 1)
#define PORT_SYSTEM	0x61
#define LINE		2
#define PATIENCE_NS	(2ULL * NSEC_PER_SEC)
#define MS_TICKS	(PIT_TICK_RATE / 1000)

/* Port 0x61. */
#define GATE		0x01
#define SPEAKER		0x02
#define REFRESH		0x10
#define OUT2		0x20

static int init_timer(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "pit", .base = PIT_CH0, .irq = LINE };

	test_board_add(board, &axvm_i8254, &cfg);
	test->priv = board;
	return 0;
}

static u8 in(struct test_board *board, u16 port)
{
	return test_board_in(board, port, 1);
}

static void out(struct test_board *board, u16 port, u8 val)
{
	test_board_out(board, port, 1, val);
}

static void program(struct test_board *board, u8 control, u16 port, u16 count)
{
	out(board, PIT_MODE, control);
	out(board, port, count);
	out(board, port, count >> 8);
}

static u16 read_latched(struct test_board *board, unsigned int nr)
{
	u16 low;

	out(board, PIT_MODE, nr << 6);
	low = in(board, PIT_CH0 + nr);
	return in(board, PIT_CH0 + nr) << 8 | low;
}

static unsigned int rises(struct test_board *board)
{
	return READ_ONCE(board->rises[LINE]);
}

static bool wait_for_rises(struct test_board *board, unsigned int wanted)
{
	u64 start = ktime_get_ns();

	while (rises(board) < wanted && ktime_get_ns() - start < PATIENCE_NS)
		usleep_range(200, 250);
	return rises(board) >= wanted;
}

/* pit_calibrate_tsc() of Linux: counter 2 in mode 0, gate up, wait for its output. */
static void calibration_by_output(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start, polls = 0;

	out(board, PORT_SYSTEM, (in(board, PORT_SYSTEM) & ~SPEAKER) | GATE);
	start = ktime_get_ns();
	program(board, 0xb0, PIT_CH2, 40 * MS_TICKS);
	while (!(in(board, PORT_SYSTEM) & OUT2) && ktime_get_ns() - start < PATIENCE_NS)
		polls++;
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, 40 * MS_TICKS * NSEC_PER_SEC / PIT_TICK_RATE);
	KUNIT_EXPECT_TRUE(test, in(board, PORT_SYSTEM) & OUT2);
	KUNIT_EXPECT_GT(test, polls, 0);
	KUNIT_EXPECT_EQ(test, rises(board), 0);
}

/*
 * quick_pit_calibrate(): the same, but reading the count as it goes down. It may
 * have wrapped when the host was slow.
 */
static void calibration_by_count(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 before, after, least, most;
	u16 first, passed;

	out(board, PORT_SYSTEM, GATE);
	program(board, 0xb0, PIT_CH2, 0xffff);
	usleep_range(10, 20);
	before = ktime_get_ns();
	first = read_latched(board, 2);
	after = ktime_get_ns();
	usleep_range(5000, 5100);
	least = mul_u64_u32_div(ktime_get_ns() - after, PIT_TICK_RATE, NSEC_PER_SEC) - 1;
	passed = first - read_latched(board, 2);
	most = mul_u64_u32_div(ktime_get_ns() - before, PIT_TICK_RATE, NSEC_PER_SEC) + 1;
	KUNIT_EXPECT_LE(test, (u16)(passed - least), most - least);
}

static void gate_holds_counter_2(struct kunit *test)
{
	struct test_board *board = test->priv;
	u16 count;

	out(board, PORT_SYSTEM, 0);
	program(board, 0xb0, PIT_CH2, MS_TICKS);
	usleep_range(2000, 2100);
	KUNIT_EXPECT_FALSE(test, in(board, PORT_SYSTEM) & OUT2);
	KUNIT_EXPECT_EQ(test, read_latched(board, 2), MS_TICKS);
	out(board, PORT_SYSTEM, GATE);
	usleep_range(100, 200);
	out(board, PORT_SYSTEM, 0);
	count = read_latched(board, 2);
	KUNIT_EXPECT_NE(test, count, MS_TICKS);
	usleep_range(1000, 1100);
	KUNIT_EXPECT_EQ(test, read_latched(board, 2), count);
}

static void system_port_keeps_its_bits(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int val;

	for (val = 0; val < 0x100; val++) {
		out(board, PORT_SYSTEM, val);
		KUNIT_EXPECT_EQ(test, in(board, PORT_SYSTEM) & ~(REFRESH | OUT2), val & 0xf);
	}
}

static void refresh_toggles(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns();
	u8 last = in(board, PORT_SYSTEM) & REFRESH, now;
	unsigned int toggles = 0;

	while (toggles < 4 && ktime_get_ns() - start < PATIENCE_NS) {
		now = in(board, PORT_SYSTEM) & REFRESH;
		toggles += now != last;
		last = now;
	}
	KUNIT_EXPECT_EQ(test, toggles, 4);
	/* One each 15 microseconds, not more. */
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, 3 * 15 * NSEC_PER_USEC);
}

/* pit_set_periodic() */
static void periodic_ticks_come(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns(), limit;
	unsigned int first;

	program(board, 0x34, PIT_CH0, MS_TICKS);
	first = rises(board);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 20));
	limit = div_u64(ktime_get_ns() - start, NSEC_PER_MSEC) + 2;
	KUNIT_EXPECT_LE(test, rises(board) - first, limit);
}

static void square_wave_ticks_come(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns(), limit;
	unsigned int first;

	program(board, 0x36, PIT_CH0, MS_TICKS + 1);
	first = rises(board);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 20));
	limit = div_u64(ktime_get_ns() - start, NSEC_PER_MSEC) + 2;
	KUNIT_EXPECT_LE(test, rises(board) - first, limit);
}

/* pit_set_oneshot() and pit_next_event() */
static void one_shot_comes_once(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int first, i;
	u64 start;

	out(board, PIT_MODE, 0x38);
	for (i = 0; i < 3; i++) {
		first = rises(board);
		start = ktime_get_ns();
		out(board, PIT_CH0, MS_TICKS & 0xff);
		out(board, PIT_CH0, MS_TICKS >> 8);
		KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 1));
		KUNIT_EXPECT_GE(test, ktime_get_ns() - start, NSEC_PER_MSEC - NSEC_PER_USEC);
		usleep_range(3000, 3100);
		KUNIT_EXPECT_EQ(test, rises(board), first + 1);
	}
}

static void terminal_count_raises_the_line(struct kunit *test)
{
	struct test_board *board = test->priv;

	program(board, 0x30, PIT_CH0, 0xffff);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
	program(board, 0x30, PIT_CH0, MS_TICKS);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, 1));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(board->level[LINE]));
	out(board, PIT_MODE, 0x30);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
	KUNIT_EXPECT_EQ(test, rises(board), 1);
}

/* clockevent_i8253_disable() */
static void shutdown_stops_the_ticks(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int first;

	program(board, 0x34, PIT_CH0, MS_TICKS);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, 3));
	program(board, 0x30, PIT_CH0, 0);
	out(board, PIT_MODE, 0x30);
	first = rises(board);
	usleep_range(5000, 5500);
	KUNIT_EXPECT_EQ(test, rises(board), first);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
}

/* Every reload, the smallest and zero first of all, leaves the host alone. */
static void periods_have_a_minimum(struct kunit *test)
{
	static const u16 counts[] = { 0, 1, 2, 3, 5, 118, 119 };
	static const u8 controls[] = { 0x34, 0x36, 0x35, 0x3e };
	struct test_board *board = test->priv;
	unsigned int i, first, seen;
	u64 start, limit;

	for (i = 0; i < ARRAY_SIZE(counts) * ARRAY_SIZE(controls); i++) {
		/* The time is taken outside of what it limits: anything may come in between. */
		start = ktime_get_ns();
		program(board, controls[i % 4], PIT_CH0, counts[i / 4]);
		first = rises(board);
		usleep_range(2000, 2100);
		seen = rises(board) - first;
		limit = div_u64(ktime_get_ns() - start, 99 * NSEC_PER_USEC) + 2;
		KUNIT_EXPECT_LE(test, seen, limit);
		if (counts[i / 4])
			KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 5));
	}
}

static void reload_zero_is_the_longest(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns();
	unsigned int first;

	program(board, 0x34, PIT_CH0, 0);
	first = rises(board);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 1));
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, 65536ULL * NSEC_PER_SEC / PIT_TICK_RATE);
}

/* What a read-back command of counters 0 and 1 gave, and what they counted later. */
struct read_back {
	u8 status[2];
	u16 count[2];
	u16 later[2];
};

/* Return: false when the host was so slow that a counter may have wrapped. */
static bool read_back(struct test_board *board, struct read_back *got)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	program(board, 0x34, PIT_CH0, 0x8000);
	program(board, 0x70, PIT_CH1, 0x8000);
	usleep_range(10, 20);
	out(board, PIT_MODE, 0xc6);
	usleep_range(100, 120);
	for (i = 0; i < 2; i++) {
		got->status[i] = in(board, PIT_CH0 + i);
		got->count[i] = in(board, PIT_CH0 + i);
		got->count[i] |= in(board, PIT_CH0 + i) << 8;
		got->later[i] = read_latched(board, i);
	}
	return ktime_get_ns() - start < 20 * NSEC_PER_MSEC;
}

static void read_back_latches_several(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct read_back got;
	unsigned int i, tries = 20;

	while (!read_back(board, &got))
		KUNIT_ASSERT_NE(test, --tries, 0);
	KUNIT_EXPECT_EQ(test, got.status[0], 0xb4);
	KUNIT_EXPECT_EQ(test, got.status[1], 0x30);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_LT(test, got.count[i], 0x8000);
		/* What was latched is older than what is read now. */
		KUNIT_EXPECT_GT(test, got.count[i], got.later[i]);
	}
	KUNIT_EXPECT_EQ(test, in(board, PIT_MODE), 0xff);
}

static void pause_stops_the_clock(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns(), slept;
	unsigned int first;
	u16 count;

	program(board, 0x30, PIT_CH0, 0xffff);
	usleep_range(10, 20);
	count = read_latched(board, 0);
	axvm_devices_pause(&board->devices);
	slept = ktime_get_ns();
	usleep_range(20000, 21000);
	slept = ktime_get_ns() - slept;
	axvm_devices_resume(&board->devices);
	count -= read_latched(board, 0);
	KUNIT_EXPECT_LE(test, count,
			mul_u64_u32_div(ktime_get_ns() - start - slept, PIT_TICK_RATE,
					NSEC_PER_SEC) + 1);

	program(board, 0x34, PIT_CH0, MS_TICKS);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, 2));
	axvm_devices_pause(&board->devices);
	first = rises(board);
	usleep_range(5000, 5500);
	KUNIT_EXPECT_EQ(test, rises(board), first);
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, first + 3));
}

static void reset_silences(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int first;

	program(board, 0x34, PIT_CH0, MS_TICKS);
	out(board, PORT_SYSTEM, GATE | SPEAKER);
	KUNIT_EXPECT_TRUE(test, wait_for_rises(board, 2));
	axvm_devices_reset(&board->devices);
	first = rises(board);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(board->level[LINE]));
	usleep_range(5000, 5500);
	KUNIT_EXPECT_EQ(test, rises(board), first);
	KUNIT_EXPECT_EQ(test, in(board, PORT_SYSTEM) & ~REFRESH, 0);
	KUNIT_EXPECT_EQ(test, read_latched(board, 0), 0);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, PIT_CH0, 4, 20000);
	access_at_random(board, PORT_SYSTEM, 1, 1000);
	out(board, PIT_MODE, 0x30);
	calibration_by_count(test);
	one_shot_comes_once(test);
}

static void place_is_fixed(struct kunit *test)
{
	expect_fixed_place(test, &axvm_i8254, PIT_CH0, 4);
}

static struct kunit_case i8254_cases[] = {
	KUNIT_CASE(calibration_by_output),
	KUNIT_CASE(calibration_by_count),
	KUNIT_CASE(gate_holds_counter_2),
	KUNIT_CASE(system_port_keeps_its_bits),
	KUNIT_CASE(refresh_toggles),
	KUNIT_CASE(periodic_ticks_come),
	KUNIT_CASE(square_wave_ticks_come),
	KUNIT_CASE(one_shot_comes_once),
	KUNIT_CASE(terminal_count_raises_the_line),
	KUNIT_CASE(shutdown_stops_the_ticks),
	KUNIT_CASE(periods_have_a_minimum),
	KUNIT_CASE(reload_zero_is_the_longest),
	KUNIT_CASE(read_back_latches_several),
	KUNIT_CASE(pause_stops_the_clock),
	KUNIT_CASE(reset_silences),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(place_is_fixed),
	{}
};

static struct kunit_suite i8254_suite = {
	.name = "axvm-i8254",
	.init = init_timer,
	.test_cases = i8254_cases,
};

kunit_test_suite(i8254_suite);
