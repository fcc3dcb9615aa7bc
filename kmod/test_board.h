/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A board for tests of device models: buses, a device set, and an interrupt
 * controller that only remembers its wires. Part of axvm_test.ko.
 */
#ifndef AXVM_TEST_BOARD_H
#define AXVM_TEST_BOARD_H

#include <kunit/test.h>

#include "device.h"

#define TEST_BOARD_LINES	32

/**
 * struct test_board - one board
 * @test: case that it belongs to
 * @bus: windows of its devices
 * @devices: its devices
 * @chip: where their lines end
 * @level: of each line
 * @rises: how often each line rose
 * @nr_events: how often a device ended the machine
 * @event: the newest of these
 * @event_code: its detail
 */
struct test_board {
	struct kunit *test;
	struct axvm_bus bus[AXVM_BUS_SPACES];
	struct axvm_device_set devices;
	struct axvm_irq_chip chip;
	bool level[TEST_BOARD_LINES];
	unsigned int rises[TEST_BOARD_LINES];
	unsigned int nr_events;
	enum axvm_system_event event;
	u64 event_code;
};

/* A board without devices, taken apart after the case. */
struct test_board *test_board_create(struct kunit *test);

/* A device with a name and place; fails the case when it cannot be made. */
struct axvm_device *test_board_add(struct test_board *board, const struct axvm_device_type *type,
				   const struct axvm_device_cfg *cfg);

/* MMIO as a vCPU does it; fails the case unless the access is done. */
u64 test_board_read(struct test_board *board, u64 addr, unsigned int len);
void test_board_write(struct test_board *board, u64 addr, unsigned int len, u64 val);
/* The same for ports. */
u64 test_board_in(struct test_board *board, u16 port, unsigned int len);
void test_board_out(struct test_board *board, u16 port, unsigned int len, u64 val);

#endif /* AXVM_TEST_BOARD_H */
