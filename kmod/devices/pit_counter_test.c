// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: a counter of the 8254 against a second one that is clocked tick
 * by tick as the data sheet describes it, and the sequences of the data sheet's
 * diagrams.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "pc_test.h"
#include "pit_counter.h"

#define TICKS		60000
#define ENOUGH_TICKS	300

/* Control words with the lower byte first; counter number 0. */
#define CONTROL(mode)	(0x30 | (mode) << 1)
#define CONTROL_BCD	1

/**
 * struct reference - the counter as a chip: it does something on CLK alone
 * @mode: 0 to 5
 * @modulus: counts wrap here
 * @gate: level
 * @has_count: @count was written since the mode
 * @count: count register
 * @is_pending: it moves to @element on the next CLK
 * @is_started: @element counts, or waits for its gate
 * @element: counting element
 * @is_odd: mode 3: of the count that is in it
 * @is_done: modes 0, 1, 4, 5: zero was reached
 * @output: level
 */
struct reference {
	unsigned int mode;
	u32 modulus;
	bool gate;
	bool has_count;
	u32 count;
	bool is_pending;
	bool is_started;
	u32 element;
	bool is_odd;
	bool is_done;
	bool output;
};

static void reference_set_mode(struct reference *ref, unsigned int mode, bool is_bcd)
{
	bool gate = ref->gate;

	memset(ref, 0, sizeof(*ref));
	ref->mode = mode;
	ref->modulus = is_bcd ? 10000 : 65536;
	ref->gate = gate;
	ref->output = mode != 0;
}

static void reference_write(struct reference *ref, u32 count)
{
	ref->has_count = true;
	ref->count = count;
	if (ref->mode == 0)
		ref->output = false;
	if (ref->mode == 0 || ref->mode == 4 ||
	    ((ref->mode == 2 || ref->mode == 3) && !ref->is_started))
		ref->is_pending = true;
}

static void reference_set_gate(struct reference *ref, bool gate)
{
	bool is_trigger = ref->mode != 0 && ref->mode != 4;

	if (gate && !ref->gate && is_trigger && ref->has_count)
		ref->is_pending = true;
	if (!gate && (ref->mode == 2 || ref->mode == 3))
		ref->output = true;
	ref->gate = gate;
}

static void reference_load(struct reference *ref)
{
	ref->is_pending = false;
	ref->is_started = true;
	ref->is_done = false;
	ref->element = ref->count;
	ref->is_odd = ref->mode == 3 && ref->count % 2;
	if (ref->is_odd)
		ref->element--;
	if (ref->mode == 1)
		ref->output = false;
	else if (ref->mode >= 2)
		ref->output = true;
}

static void reference_clock_wave(struct reference *ref)
{
	bool is_over = ref->output && ref->is_odd ? ref->element == 0 : ref->element == 2;
	bool output = ref->output;

	if (!is_over) {
		ref->element -= 2;
		return;
	}
	reference_load(ref);
	ref->output = !output;
}

static void reference_clock_rate(struct reference *ref)
{
	if (ref->element == 1)
		reference_load(ref);
	else
		ref->element--;
	ref->output = ref->element != 1;
}

static void reference_clock_once(struct reference *ref)
{
	bool is_strobe = ref->mode >= 4;

	ref->element = ref->element ? ref->element - 1 : ref->modulus - 1;
	if (is_strobe)
		ref->output = ref->is_done || ref->element;
	else if (!ref->element)
		ref->output = true;
	if (!ref->element)
		ref->is_done = true;
}

static void reference_clock(struct reference *ref)
{
	bool is_enabled = ref->gate || ref->mode == 1 || ref->mode == 5;

	if (ref->is_pending)
		reference_load(ref);
	else if (!ref->is_started || !is_enabled)
		return;
	else if (ref->mode == 2)
		reference_clock_rate(ref);
	else if (ref->mode == 3)
		reference_clock_wave(ref);
	else
		reference_clock_once(ref);
}

static u32 to_digits(u32 val)
{
	return val / 1000 << 12 | val / 100 % 10 << 8 | val / 10 % 10 << 4 | val % 10;
}

static void write_count(struct pit_counter *counter, u16 val, u64 now)
{
	axvm_pit_write(counter, val, now);
	axvm_pit_write(counter, val >> 8, now);
}

static u16 read_count(struct pit_counter *counter, u64 now)
{
	u16 low;

	axvm_pit_latch_count(counter, now);
	low = axvm_pit_read(counter, now);
	return axvm_pit_read(counter, now) << 8 | low;
}

/* A counter with its gate up that got a count at tick 0: so it is loaded at tick 1. */
static struct pit_counter started(unsigned int mode, u16 count)
{
	struct pit_counter counter;

	axvm_pit_reset(&counter, true);
	axvm_pit_set_mode(&counter, CONTROL(mode));
	write_count(&counter, count, 0);
	return counter;
}

/* Levels of the output from tick 1 on, as a string. */
static const char *trace(struct pit_counter *counter, unsigned int ticks)
{
	static char levels[64];
	unsigned int i;

	for (i = 0; i < ticks; i++)
		levels[i] = axvm_pit_output(counter, i + 1) ? '-' : '_';
	levels[i] = 0;
	return levels;
}

static void outputs_follow_the_diagrams(struct kunit *test)
{
	static const struct {
		unsigned int mode;
		u16 count;
		const char *levels;
	} cases[] = {
		{ 0, 4, "____----------" },
		{ 1, 4, "--------------" },
		{ 2, 4, "---_---_---_--" },
		{ 2, 3, "--_--_--_--_--" },
		{ 3, 4, "--__--__--__--" },
		{ 3, 5, "---__---__---_" },
		{ 4, 3, "---_----------" },
		{ 5, 3, "--------------" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pit_counter counter = started(cases[i].mode, cases[i].count);

		KUNIT_EXPECT_STREQ(test, trace(&counter, 14), cases[i].levels);
	}
}

static void gate_triggers(struct kunit *test)
{
	struct pit_counter counter;

	axvm_pit_reset(&counter, false);
	axvm_pit_set_mode(&counter, CONTROL(1));
	write_count(&counter, 3, 0);
	axvm_pit_set_gate(&counter, true, 0);
	KUNIT_EXPECT_STREQ(test, trace(&counter, 8), "___-----");
	/* Again, in the middle. */
	axvm_pit_set_gate(&counter, false, 10);
	axvm_pit_set_gate(&counter, true, 10);
	axvm_pit_set_gate(&counter, false, 12);
	axvm_pit_set_gate(&counter, true, 12);
	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 15));
	KUNIT_EXPECT_TRUE(test, axvm_pit_output(&counter, 16));
}

static void zero_is_the_longest_count(struct kunit *test)
{
	struct pit_counter counter = started(2, 0);
	u64 edge = 0;

	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 65536));
	KUNIT_EXPECT_TRUE(test, axvm_pit_output(&counter, 65537));
	KUNIT_EXPECT_TRUE(test, axvm_pit_next_edge(&counter, 1, 1, &edge));
	KUNIT_EXPECT_EQ(test, edge, 65537);
	KUNIT_EXPECT_EQ(test, read_count(&counter, 2), 0xffff);

	axvm_pit_set_mode(&counter, CONTROL(2) | CONTROL_BCD);
	write_count(&counter, 0, 0);
	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 10000));
	KUNIT_EXPECT_TRUE(test, axvm_pit_output(&counter, 10001));
	KUNIT_EXPECT_EQ(test, read_count(&counter, 2), 0x9999);
}

/* Counts that the data sheet forbids, and digits that are none. */
static void illegal_counts_do_no_harm(struct kunit *test)
{
	static const u16 counts[] = { 0, 1, 0x9999, 0xaaaa, 0xffff };
	unsigned int mode, i, tick;
	u64 edge;

	for (mode = 0; mode < 16; mode++) {
		for (i = 0; i < ARRAY_SIZE(counts); i++) {
			struct pit_counter counter;

			axvm_pit_reset(&counter, true);
			axvm_pit_set_mode(&counter, 0x30 | mode);
			write_count(&counter, counts[i], 0);
			for (tick = 1; tick < 10; tick++) {
				read_count(&counter, tick);
				axvm_pit_output(&counter, tick);
				if (axvm_pit_next_edge(&counter, tick, 1, &edge))
					KUNIT_EXPECT_GT(test, edge, tick);
			}
		}
	}
}

static void bytes_follow_the_access_mode(struct kunit *test)
{
	struct pit_counter counter;

	axvm_pit_reset(&counter, true);
	axvm_pit_set_mode(&counter, 0x10);
	axvm_pit_write(&counter, 0x34, 0);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 1), 0x34);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 2), 0x33);
	axvm_pit_set_mode(&counter, 0x20);
	axvm_pit_write(&counter, 0x12, 0);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 1), 0x12);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 2), 0x11);
	axvm_pit_set_mode(&counter, 0x30);
	write_count(&counter, 0x1234, 0);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 1), 0x34);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 1), 0x12);
	/* A latch holds until both bytes are read, whatever is latched after it. */
	axvm_pit_latch_count(&counter, 2);
	axvm_pit_latch_count(&counter, 0x234);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 0x500), 0x33);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 0x500), 0x12);
	KUNIT_EXPECT_EQ(test, read_count(&counter, 0x235), 0x1000);
}

static void status_tells(struct kunit *test)
{
	struct pit_counter counter;

	axvm_pit_reset(&counter, true);
	axvm_pit_set_mode(&counter, CONTROL(7) | CONTROL_BCD);
	axvm_pit_latch_status(&counter, 0);
	/* Output high, no count yet, control word as written. */
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 0), 0xff);
	write_count(&counter, 0x10, 0);
	axvm_pit_latch_status(&counter, 1);
	axvm_pit_latch_count(&counter, 1);
	/* Both latched: status comes first. */
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 4), 0xbf);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 4), 0x10);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 4), 0x00);
	/* A new count has to wait for the end of the half. */
	write_count(&counter, 0x20, 2);
	axvm_pit_latch_status(&counter, 3);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 3), 0xff);
	axvm_pit_latch_status(&counter, 6);
	KUNIT_EXPECT_EQ(test, axvm_pit_read(&counter, 6), 0x3f);
}

/* The first byte of two stops mode 0, the second starts it again. */
static void half_a_count_stops_mode_0(struct kunit *test)
{
	struct pit_counter counter = started(0, 4);

	KUNIT_EXPECT_TRUE(test, axvm_pit_output(&counter, 5));
	axvm_pit_write(&counter, 2, 6);
	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 6));
	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 100));
	axvm_pit_write(&counter, 0, 100);
	KUNIT_EXPECT_FALSE(test, axvm_pit_output(&counter, 102));
	KUNIT_EXPECT_TRUE(test, axvm_pit_output(&counter, 103));
}

static void short_periods_come_in_bunches(struct kunit *test)
{
	struct pit_counter counter = started(2, 7);
	u64 now = 1, edge, last = 0;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		KUNIT_ASSERT_TRUE(test, axvm_pit_next_edge(&counter, now, 100, &edge));
		if (last)
			KUNIT_EXPECT_EQ(test, edge - last, 105);
		KUNIT_EXPECT_EQ(test, (edge - 1) % 7, 0);
		last = edge;
		now = edge;
	}
}

/**
 * struct pair - model and reference, driven alike
 * @counter: the model
 * @ref: the reference
 * @random: numbers
 * @is_bcd: digits
 */
struct pair {
	struct pit_counter counter;
	struct reference ref;
	struct rnd_state random;
	bool is_bcd;
};

static void change_mode(struct pair *pair)
{
	unsigned int mode = random_below(&pair->random, 6);

	pair->is_bcd = random_below(&pair->random, 2);
	axvm_pit_set_mode(&pair->counter, CONTROL(mode) | (pair->is_bcd ? CONTROL_BCD : 0));
	reference_set_mode(&pair->ref, mode, pair->is_bcd);
}

static void change_count(struct pair *pair, u64 now)
{
	/* One is no count for modes 2 and 3. */
	u32 count = 2 + random_below(&pair->random, 14);

	write_count(&pair->counter, pair->is_bcd ? to_digits(count) : count, now);
	reference_write(&pair->ref, count);
}

/* What the gate does to a strobe that has just begun is not in the data sheet. */
static void change_gate(struct pair *pair, u64 now)
{
	bool gate = random_below(&pair->random, 2);

	if (pair->ref.mode >= 4 && !pair->ref.output)
		return;
	axvm_pit_set_gate(&pair->counter, gate, now);
	reference_set_gate(&pair->ref, gate);
}

static void do_something(struct pair *pair, u64 now)
{
	switch (random_below(&pair->random, 64)) {
	case 0:
		change_mode(pair);
		break;
	case 1:
	case 2:
		change_count(pair, now);
		break;
	case 3:
	case 4:
		change_gate(pair, now);
		break;
	}
}

static void expect_alike(struct kunit *test, struct pair *pair, u64 now)
{
	const struct reference *ref = &pair->ref;
	u32 count = ref->element % ref->modulus;
	u8 latched = 0;

	KUNIT_ASSERT_EQ_MSG(test, axvm_pit_output(&pair->counter, now), ref->output,
			    "output, mode %u, tick %llu", ref->mode, now);
	axvm_pit_latch_status(&pair->counter, now);
	latched = axvm_pit_read(&pair->counter, now);
	KUNIT_ASSERT_EQ(test, !!(latched & 0x80), ref->output);
	if (!ref->is_started)
		return;
	KUNIT_ASSERT_EQ_MSG(test, read_count(&pair->counter, now),
			    pair->is_bcd ? to_digits(count) : count,
			    "count, mode %u, tick %llu", ref->mode, now);
}

static void clocked_reference_agrees(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	u64 now;

	KUNIT_ASSERT_NOT_NULL(test, pair);
	seed_random(&pair->random);
	axvm_pit_reset(&pair->counter, true);
	pair->ref.gate = true;
	change_mode(pair);
	for (now = 0; now < TICKS; now++) {
		do_something(pair, now);
		reference_clock(&pair->ref);
		expect_alike(test, pair, now + 1);
		cond_resched();
	}
}

/* The edge that is announced is the first that the output makes. */
static void announced_edges_happen(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	bool level, last, is_due;
	u64 now = 0, tick, edge;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pair);
	seed_random(&pair->random);
	axvm_pit_reset(&pair->counter, true);
	for (i = 0; i < 2000; i++, now += 1 + random_below(&pair->random, 40)) {
		if (random_below(&pair->random, 4) == 0)
			change_mode(pair);
		change_count(pair, now);
		is_due = axvm_pit_next_edge(&pair->counter, now + 1, 1, &edge);
		last = axvm_pit_output(&pair->counter, now + 1);
		for (tick = now + 2; tick < now + ENOUGH_TICKS; tick++, last = level) {
			struct pit_counter copy = pair->counter;

			level = axvm_pit_output(&copy, tick);
			if (level && !last)
				break;
		}
		KUNIT_ASSERT_EQ(test, is_due, tick < now + ENOUGH_TICKS);
		if (is_due)
			KUNIT_ASSERT_EQ_MSG(test, edge, tick, "mode %u", pair->ref.mode);
		cond_resched();
	}
}

static struct kunit_case pit_counter_cases[] = {
	KUNIT_CASE(outputs_follow_the_diagrams),
	KUNIT_CASE(gate_triggers),
	KUNIT_CASE(zero_is_the_longest_count),
	KUNIT_CASE(illegal_counts_do_no_harm),
	KUNIT_CASE(bytes_follow_the_access_mode),
	KUNIT_CASE(status_tells),
	KUNIT_CASE(half_a_count_stops_mode_0),
	KUNIT_CASE(short_periods_come_in_bunches),
	KUNIT_CASE(clocked_reference_agrees),
	KUNIT_CASE(announced_edges_happen),
	{}
};

static struct kunit_suite pit_counter_suite = {
	.name = "axvm-pit-counter",
	.test_cases = pit_counter_cases,
};

kunit_test_suite(pit_counter_suite);
