// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the doorbell, and with it how a suite of a device model looks.
 */
#include <kunit/test.h>

#include "test_board.h"

#define BASE	0x10000000
#define RING	(BASE + 0x0)
#define COUNT	(BASE + 0x4)
#define LINE	5

static int init_bell(struct kunit *test)
{
	struct axvm_device_cfg cfg = {
		.name = "bell", .base = BASE, .irq = LINE, .nr_cfg = 1, .cfg = { 2 },
	};

	test->priv = test_board_create(test);
	test_board_add(test->priv, &axvm_doorbell, &cfg);
	return 0;
}

static void rings_are_counted(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, test_board_read(board, COUNT, 4), 0);
	test_board_write(board, RING, 4, 0);
	test_board_write(board, RING, 4, 77);
	KUNIT_EXPECT_EQ(test, test_board_read(board, COUNT, 4), 2);
	KUNIT_EXPECT_EQ(test, test_board_read(board, COUNT, 4), 0);
}

static void line_follows_the_count(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_write(board, RING, 4, 1);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	test_board_write(board, RING, 4, 1);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	test_board_read(board, COUNT, 4);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, board->rises[LINE], 1);
}

static void reset_forgets_rings(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_write(board, RING, 4, 1);
	test_board_write(board, RING, 4, 1);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, test_board_read(board, COUNT, 4), 0);
}

static enum axvm_bus_result try_read(struct test_board *board, u64 addr, unsigned int len)
{
	enum axvm_bus_result result;
	u64 val;

	preempt_disable();
	result = axvm_bus_read(&board->bus[AXVM_BUS_MMIO], addr, len, &val);
	preempt_enable();
	return result;
}

static void other_accesses_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, try_read(board, RING, 4), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, try_read(board, COUNT, 2), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, try_read(board, COUNT + 4, 4), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, try_read(board, BASE + 0x1000, 4), AXVM_BUS_NO_DEVICE);
}

static void bad_configurations_are_refused(struct kunit *test)
{
	const struct axvm_device_cfg bad[] = {
		{ .name = "a", .base = BASE + 0x1000, .nr_cfg = 1, .cfg = { 0 } },
		{ .name = "a", .base = BASE + 0x1000, .nr_cfg = 1, .cfg = { BIT_ULL(32) } },
		{ .name = "a", .base = BASE + 0x1000, .len = 4 },
		{ .name = "a", .base = BASE, .irq = LINE + 1 },
	};
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct axvm_error err = { .index = -1 };

		KUNIT_EXPECT_NE_MSG(test, axvm_devices_add_model(&board->devices, &axvm_doorbell,
								 &bad[i], &err), 0, "case %u", i);
		KUNIT_EXPECT_NOT_NULL(test, err.msg);
	}
	KUNIT_EXPECT_EQ(test, board->devices.nr, 1);
}

static struct kunit_case doorbell_cases[] = {
	KUNIT_CASE(rings_are_counted),
	KUNIT_CASE(line_follows_the_count),
	KUNIT_CASE(reset_forgets_rings),
	KUNIT_CASE(other_accesses_are_refused),
	KUNIT_CASE(bad_configurations_are_refused),
	{}
};

static struct kunit_suite doorbell_suite = {
	.name = "axvm-doorbell",
	.init = init_bell,
	.test_cases = doorbell_cases,
};

kunit_test_suite(doorbell_suite);
