// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: ACPI power management registers, through their ports, their line
 * and what becomes of the machine.
 */
#include <kunit/test.h>
#include <linux/acpi_pmtmr.h>
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "pc_test.h"

#define BASE		0x600
#define STATUS		(BASE + 0)
#define ENABLE		(BASE + 2)
#define CONTROL		(BASE + 4)
#define TIMER		(BASE + 8)
#define RESET		(BASE + 12)
#define LINE		9

#define POWER_BUTTON	0x100
#define SCI_EN		0x0001
#define SLP_EN		0x2000
#define SLP_TYP(type)	((type) << 10)

static int init_registers(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "pm", .base = BASE, .irq = LINE };

	test_board_add(board, &axvm_acpi_pm, &cfg);
	test->priv = board;
	return 0;
}

static u16 in(struct test_board *board, u16 port)
{
	return test_board_in(board, port, 2);
}

static void out(struct test_board *board, u16 port, u16 val)
{
	test_board_out(board, port, 2, val);
}

static void timer_has_its_frequency(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 before, after, least, most;
	u32 first, passed;

	before = ktime_get_ns();
	first = test_board_in(board, TIMER, 4);
	after = ktime_get_ns();
	usleep_range(10000, 11000);
	least = mul_u64_u32_div(ktime_get_ns() - after, PMTMR_TICKS_PER_SEC, NSEC_PER_SEC);
	passed = test_board_in(board, TIMER, 4) - first;
	most = mul_u64_u32_div(ktime_get_ns() - before, PMTMR_TICKS_PER_SEC, NSEC_PER_SEC);
	KUNIT_EXPECT_GE(test, passed + 1, least);
	KUNIT_EXPECT_LE(test, passed, most + 1);
}

/* acpi_pm_good[] and init_acpi_pm_clocksource(): goes up, in small steps. */
static void timer_never_goes_back(struct kunit *test)
{
	struct test_board *board = test->priv;
	u32 last = test_board_in(board, TIMER, 4), now;
	unsigned int i;

	for (i = 0; i < 10000; i++, last = now) {
		now = test_board_in(board, TIMER, 4);
		KUNIT_ASSERT_LT(test, now - last, 1U << 31);
	}
	test_board_out(board, TIMER, 4, 0);
	KUNIT_EXPECT_LT(test, (u32)test_board_in(board, TIMER, 4) - last, 1U << 31);
}

static void timer_stands_still_while_paused(struct kunit *test)
{
	struct test_board *board = test->priv;
	u64 start = ktime_get_ns(), slept;
	u32 first = test_board_in(board, TIMER, 4), passed;

	axvm_devices_pause(&board->devices);
	slept = ktime_get_ns();
	msleep(50);
	slept = ktime_get_ns() - slept;
	axvm_devices_resume(&board->devices);
	passed = test_board_in(board, TIMER, 4) - first;
	KUNIT_EXPECT_LE(test, passed,
			mul_u64_u32_div(ktime_get_ns() - start - slept, PMTMR_TICKS_PER_SEC,
					NSEC_PER_SEC) + 1);
}

static void power_button_interrupts(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, in(board, STATUS), 0);
	/* A guest that does not listen is told nothing. */
	KUNIT_EXPECT_FALSE(test, axvm_devices_press_power_button(&board->devices));
	KUNIT_EXPECT_EQ(test, in(board, STATUS), 0);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	out(board, ENABLE, POWER_BUTTON);
	KUNIT_EXPECT_TRUE(test, axvm_devices_press_power_button(&board->devices));
	KUNIT_EXPECT_EQ(test, in(board, STATUS), POWER_BUTTON);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	/* Level-triggered: only the one bit that is written as one goes. */
	out(board, STATUS, (u16)~POWER_BUTTON);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	out(board, STATUS, POWER_BUTTON);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, in(board, STATUS), 0);
	KUNIT_EXPECT_TRUE(test, axvm_devices_press_power_button(&board->devices));
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
}

static void enables_hold_their_bits(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, ENABLE, 0xffff);
	KUNIT_EXPECT_EQ(test, in(board, ENABLE), 0x0721);
	/* Bytes and words of four are parts of the same registers. */
	test_board_out(board, ENABLE + 1, 1, 0);
	KUNIT_EXPECT_EQ(test, in(board, ENABLE), 0x0021);
	KUNIT_EXPECT_EQ(test, test_board_in(board, STATUS, 4), 0x00210000);
	KUNIT_EXPECT_EQ(test, test_board_in(board, ENABLE, 1), 0x21);
	test_board_out(board, STATUS, 4, 0x01000000);
	KUNIT_EXPECT_EQ(test, in(board, ENABLE), 0x0100);
}

static void machine_is_in_acpi_mode(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SCI_EN);
	out(board, CONTROL, 0);
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SCI_EN);
	out(board, CONTROL, SLP_TYP(7));
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SLP_TYP(7) | SCI_EN);
	/* The other byte stays. */
	test_board_out(board, CONTROL, 1, 0);
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SLP_TYP(7) | SCI_EN);
	test_board_out(board, CONTROL + 1, 1, 0);
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SCI_EN);
}

/* acpi_hw_legacy_sleep() writes the type first, then both. */
static void soft_off_is_power_off(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int type;

	for (type = 0; type < 8; type++) {
		if (type == 5)
			continue;
		out(board, CONTROL, SLP_TYP(type) | SCI_EN);
		out(board, CONTROL, SLP_TYP(type) | SLP_EN | SCI_EN);
	}
	out(board, CONTROL, SLP_TYP(5) | SCI_EN);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
	out(board, CONTROL, SLP_TYP(5) | SLP_EN | SCI_EN);
	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_POWEROFF);
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SLP_TYP(5) | SCI_EN);
}

static void reset_register_reboots(struct kunit *test)
{
	struct test_board *board = test->priv;

	test_board_out(board, RESET, 1, 0);
	test_board_out(board, RESET, 1, 0xf);
	test_board_out(board, RESET + 1, 1, 6);
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
	test_board_out(board, RESET, 1, 6);
	KUNIT_EXPECT_EQ(test, board->nr_events, 1);
	KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_REBOOT);
	KUNIT_EXPECT_EQ(test, test_board_in(board, RESET, 1), 0);
}

static void reset_restores_everything(struct kunit *test)
{
	struct test_board *board = test->priv;

	out(board, ENABLE, 0xffff);
	out(board, CONTROL, SLP_TYP(3));
	KUNIT_EXPECT_TRUE(test, axvm_devices_press_power_button(&board->devices));
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, in(board, STATUS), 0);
	KUNIT_EXPECT_EQ(test, in(board, ENABLE), 0);
	KUNIT_EXPECT_EQ(test, in(board, CONTROL), SCI_EN);
}

static void rest_of_the_window_is_quiet(struct kunit *test)
{
	struct test_board *board = test->priv;
	unsigned int port;

	for (port = BASE + 0x10; port < BASE + 0x40; port += 4) {
		test_board_out(board, port, 4, U32_MAX);
		KUNIT_EXPECT_EQ(test, test_board_in(board, port, 4), 0);
	}
	KUNIT_EXPECT_EQ(test, board->nr_events, 0);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, BASE, 0x40, 20000);
	axvm_devices_reset(&board->devices);
	board->nr_events = 0;
	power_button_interrupts(test);
}

static void parameters_are_checked(struct kunit *test)
{
	struct test_board *board = test->priv;
	const struct axvm_device_cfg bad[] = {
		{ .name = "a", .base = 0x702 },
		{ .name = "a", .base = 0x700, .len = 0xc },
		{ .name = "a", .base = 0x700, .nr_cfg = 1 },
	};
	const struct axvm_device_cfg good = { .name = "a", .base = 0xb000, .len = 0x10 };
	struct axvm_error err = { .index = -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, axvm_devices_add_model(&board->devices, &axvm_acpi_pm,
								 &bad[i], &err), -EINVAL,
				    "case %u", i);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	test_board_add(board, &axvm_acpi_pm, &good);
	KUNIT_EXPECT_EQ(test, in(board, 0xb004), SCI_EN);
}

static struct kunit_case acpi_pm_cases[] = {
	KUNIT_CASE(timer_has_its_frequency),
	KUNIT_CASE(timer_never_goes_back),
	KUNIT_CASE(timer_stands_still_while_paused),
	KUNIT_CASE(power_button_interrupts),
	KUNIT_CASE(enables_hold_their_bits),
	KUNIT_CASE(machine_is_in_acpi_mode),
	KUNIT_CASE(soft_off_is_power_off),
	KUNIT_CASE(reset_register_reboots),
	KUNIT_CASE(reset_restores_everything),
	KUNIT_CASE(rest_of_the_window_is_quiet),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(parameters_are_checked),
	{}
};

static struct kunit_suite acpi_pm_suite = {
	.name = "axvm-acpi-pm",
	.init = init_registers,
	.test_cases = acpi_pm_cases,
};

kunit_test_suite(acpi_pm_suite);
