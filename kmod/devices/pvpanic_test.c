// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the port, or memory, through which guests report a panic.
 */
#include <kunit/test.h>
#include <misc/pvpanic.h>

#include "pc_test.h"

#define PORT		0x505
#define BASE		0x09070000ULL

static int init_port(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "panic", .base = PORT };

	test_board_add(board, &axvm_pvpanic, &cfg);
	test->priv = board;
	return 0;
}

/* pvpanic_probe() of Linux sends only what is announced. */
static void events_are_announced(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, test_board_in(board, PORT, 1),
			PVPANIC_PANICKED | PVPANIC_CRASH_LOADED | PVPANIC_SHUTDOWN);
}

static void expect_one_failure(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_FAILURE);
	KUNIT_EXPECT_EQ(test, board->event_code, PVPANIC_PANICKED);
}

static void panic_is_a_failure(struct kunit *test)
{
	test_board_out(test->priv, PORT, 1, PVPANIC_PANICKED);
	expect_one_failure(test);
}

static void crash_kernel_goes_on(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_out(board, PORT, 1, PVPANIC_CRASH_LOADED);
	test_board_out(board, PORT, 1, 0);
	test_board_out(board, PORT, 1, 0xf8);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
}

static void shutdown_is_power_off(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_out(board, PORT, 1, PVPANIC_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_POWEROFF);
	/* A panic is the stronger word. */
	test_board_out(board, PORT, 1, PVPANIC_SHUTDOWN | PVPANIC_PANICKED);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_FAILURE);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, PORT, 1, 2000);
	events_are_announced(test);
}

static void place_is_fixed(struct kunit *test)
{
	expect_fixed_place(test, &axvm_pvpanic, PORT, 1);
}

static void memory_is_as_the_port(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = { .name = "memory", .base = BASE };

	KUNIT_EXPECT_EQ(test, test_board_add(board, &axvm_pvpanic_mmio, &cfg)->cfg.len, 2);
	KUNIT_EXPECT_EQ(test, test_board_read(board, BASE, 1),
			PVPANIC_PANICKED | PVPANIC_CRASH_LOADED | PVPANIC_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, test_board_read(board, BASE + 1, 1), 0);
	test_board_write(board, BASE + 1, 1, PVPANIC_PANICKED);
	test_board_write(board, BASE, 1, PVPANIC_CRASH_LOADED);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
	test_board_write(board, BASE, 1, PVPANIC_PANICKED);
	expect_one_failure(test);
}

static void memory_takes_no_parameters(struct kunit *test)
{
	struct test_board *board = test->priv;
	const struct axvm_device_cfg bad[] = {
		{ .name = "a", .base = BASE, .len = 1 },
		{ .name = "a", .base = BASE, .nr_cfg = 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct axvm_error err = { .index = -1 };

		KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&board->devices, &axvm_pvpanic_mmio,
							     &bad[i], &err), -EINVAL);
		KUNIT_EXPECT_NOT_NULL(test, err.msg);
	}
}

static struct kunit_case pvpanic_cases[] = {
	KUNIT_CASE(events_are_announced),
	KUNIT_CASE(panic_is_a_failure),
	KUNIT_CASE(crash_kernel_goes_on),
	KUNIT_CASE(shutdown_is_power_off),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(place_is_fixed),
	KUNIT_CASE(memory_is_as_the_port),
	KUNIT_CASE(memory_takes_no_parameters),
	{}
};

static struct kunit_suite pvpanic_suite = {
	.name = "axvm-pvpanic",
	.init = init_port,
	.test_cases = pvpanic_cases,
};

kunit_test_suite(pvpanic_suite);
