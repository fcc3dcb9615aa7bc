// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the reset control register at port 0xcf9.
 */
#include <kunit/test.h>

#include "pc_test.h"

#define PORT		0xcf9

static int init_port(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "reset", .base = PORT };

	test_board_add(board, &axvm_reset_port, &cfg);
	test->priv = board;
	return 0;
}

/* native_machine_emergency_restart() of Linux, BOOT_CF9_FORCE and BOOT_CF9_SAFE. */
static void kernels_restart(struct kunit *test)
{
	static const u8 codes[] = { 0x06, 0x0e };
	struct test_board *board = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		u8 old = test_board_in(board, PORT, 1) & ~codes[i];

		test_board_out(board, PORT, 1, old | 2);
		KUNIT_EXPECT_EQ(test, board->nr_events, i);
		test_board_out(board, PORT, 1, old | codes[i]);
		KUNIT_EXPECT_EQ(test, board->nr_events, i + 1);
		KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_REBOOT);
	}
}

/* The reset register of the ACPI tables is written once. */
static void one_write_restarts(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_out(board, PORT, 1, 6);
	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_REBOOT);
}

static void only_the_edge_of_its_bit_counts(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int val;

	for (val = 0; val < 0x100; val++) {
		test_board_out(board, PORT, 1, val & ~4);
		KUNIT_EXPECT_EQ(test, test_board_in(board, PORT, 1), val & 0xa);
	}
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
	test_board_out(board, PORT, 1, 4);
	test_board_out(board, PORT, 1, 6);
	test_board_out(board, PORT, 1, 4);
	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	test_board_out(board, PORT, 1, 0);
	test_board_out(board, PORT, 1, 4);
	KUNIT_EXPECT_EQ(test, board->nr_events, 2);
}

static void reset_clears_it(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_out(board, PORT, 1, 0xe);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_EQ(test, test_board_in(board, PORT, 1), 0);
	test_board_out(board, PORT, 1, 6);
	KUNIT_EXPECT_EQ(test, board->nr_events, 2);
}

/* pci_check_type1() and early_pci_scan_bus() of Linux; here with all eight functions of devices. */
static void looking_for_pci_restarts_nothing(struct kunit *test)
{
	struct test_board *board = test->priv;
	u32 function;

	test_board_out(board, 0xcfb, 1, 0x01);
	KUNIT_EXPECT_EQ(test, test_board_in(board, 0xcf8, 4), U32_MAX);
	for (function = 0; function < 256; function++) {
		test_board_out(board, 0xcf8, 4, 0x80000000 | function << 8);
		KUNIT_EXPECT_EQ(test, test_board_in(board, 0xcf8, 4), U32_MAX);
		test_board_out(board, 0xcf8, 2, function << 8);
	}
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
	KUNIT_EXPECT_EQ(test, test_board_in(board, PORT, 1), 0);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, 0xcf8, 4, 2000);
	axvm_devices_reset(&board->devices);
	board->nr_events = 0;
	one_write_restarts(test);
}

static void place_is_fixed(struct kunit *test)
{
	expect_fixed_place(test, &axvm_reset_port, PORT, 1);
}

static struct kunit_case reset_port_cases[] = {
	KUNIT_CASE(kernels_restart),
	KUNIT_CASE(one_write_restarts),
	KUNIT_CASE(only_the_edge_of_its_bit_counts),
	KUNIT_CASE(reset_clears_it),
	KUNIT_CASE(looking_for_pci_restarts_nothing),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(place_is_fixed),
	{}
};

static struct kunit_suite reset_port_suite = {
	.name = "axvm-reset-port",
	.init = init_port,
	.test_cases = reset_port_cases,
};

kunit_test_suite(reset_port_suite);
