// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the port through which test programs end.
 */
#include <kunit/test.h>

#include "pc_test.h"

#define PORT		0xf4

static int init_port(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "exit", .base = PORT };

	test_board_add(board, &axvm_debug_exit, &cfg);
	test->priv = board;
	return 0;
}

static void zero_is_power_off(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int width;

	for (width = 1; width <= 4; width *= 2) {
		board->event = AXVM_SYSTEM_EVENTS;
		test_board_out(board, PORT, width, 0);
		KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_POWEROFF);
		KUNIT_EXPECT_EQ(test, test_board_in(board, PORT, width), 0);
	}
	KUNIT_EXPECT_EQ(test, board->nr_events, 3);
}

static void anything_else_is_a_failure(struct kunit *test)
{
	static const struct {
		unsigned int width;
		u64 val, code;
	} cases[] = {
		{ 1, 1, 1 }, { 1, 0xff, 0xff }, { 2, 0x1234, 0x1234 },
		{ 4, 0xdeadbeef, 0xdeadbeef },
		/* What does not fit through the port is not there. */
		{ 1, 0x102, 2 },
	};
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		test_board_out(board, PORT, cases[i].width, cases[i].val);
		KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_FAILURE);
		KUNIT_EXPECT_EQ(test, board->event_code, cases[i].code);
	}
}

static void reading_ends_nothing(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_in(board, PORT, 4);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, PORT, 4, 2000);
	board->nr_events = 0;
	zero_is_power_off(test);
}

static void parameters_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = { .name = "a", .base = 0x501, .nr_cfg = 1 };
	struct axvm_error err = { .index = -1 };

	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_debug_exit, &cfg,
						     &err), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	cfg.nr_cfg = 0;
	cfg.len = 1;
	test_board_add(board, &axvm_debug_exit, &cfg);
	test_board_out(board, 0x501, 1, 7);
	KUNIT_EXPECT_EQ(test, board->event_code, 7);
}

static struct kunit_case debug_exit_cases[] = {
	KUNIT_CASE(zero_is_power_off),
	KUNIT_CASE(anything_else_is_a_failure),
	KUNIT_CASE(reading_ends_nothing),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(parameters_are_refused),
	{}
};

static struct kunit_suite debug_exit_suite = {
	.name = "axvm-debug-exit",
	.init = init_port,
	.test_cases = debug_exit_cases,
};

kunit_test_suite(debug_exit_suite);
