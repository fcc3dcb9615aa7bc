// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: console queues, readers, lost output, the end.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "console.h"

/**
 * struct fixture - what each case starts with
 * @con: console
 * @reader: at its beginning
 * @ready_calls: how often the client was told of input
 * @drain: the client takes input out when it is told
 * @taken: what it took
 * @nr_taken: its length
 */
struct fixture {
	struct axvm_console *con;
	struct axvm_console_reader reader;
	unsigned int ready_calls;
	bool drain;
	u8 taken[64];
	size_t nr_taken;
};

static void note_ready(void *opaque)
{
	struct fixture *fix = opaque;

	fix->ready_calls++;
	if (fix->drain)
		fix->nr_taken += axvm_console_input(fix->con, fix->taken + fix->nr_taken,
						    sizeof(fix->taken) - fix->nr_taken);
}

static int init_console(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	const struct axvm_console_client client = { .ready = note_ready, .opaque = fix };

	KUNIT_ASSERT_NOT_NULL(test, fix);
	test->priv = fix;
	fix->con = axvm_console_create(0);
	KUNIT_ASSERT_NOT_NULL(test, fix->con);
	axvm_console_connect(fix->con, &client);
	axvm_console_reader_init(&fix->reader, fix->con, false);
	return 0;
}

static void exit_console(struct kunit *test)
{
	struct fixture *fix = test->priv;

	if (!fix || !fix->con)
		return;
	axvm_console_disconnect(fix->con);
	axvm_console_put(fix->con);
}

static void print(struct fixture *fix, const char *text)
{
	axvm_console_output(fix->con, (const u8 *)text, strlen(text));
}

/* Read at most max bytes as a string. */
static size_t read_text(struct axvm_console_reader *reader, char *text, size_t max)
{
	size_t len = axvm_console_peek(reader, (u8 *)text, max);

	text[len] = '\0';
	axvm_console_advance(reader, len);
	return len;
}

static void output_reaches_reader(struct kunit *test)
{
	struct fixture *fix = test->priv;
	char text[16];

	KUNIT_EXPECT_FALSE(test, axvm_console_readable(&fix->reader));
	print(fix, "hello");
	KUNIT_EXPECT_TRUE(test, axvm_console_readable(&fix->reader));
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 3), 3);
	KUNIT_EXPECT_STREQ(test, text, "hel");
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 15), 2);
	KUNIT_EXPECT_STREQ(test, text, "lo");
	KUNIT_EXPECT_FALSE(test, axvm_console_readable(&fix->reader));
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 15), 0);
}

static void peek_takes_nothing(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u8 byte;

	print(fix, "ab");
	KUNIT_EXPECT_EQ(test, axvm_console_peek(&fix->reader, &byte, 1), 1);
	KUNIT_EXPECT_EQ(test, axvm_console_peek(&fix->reader, &byte, 1), 1);
	KUNIT_EXPECT_EQ(test, byte, 'a');
}

static void readers_are_independent(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_console_reader late, old;
	char text[16];

	print(fix, "one");
	axvm_console_reader_init(&late, fix->con, false);
	axvm_console_reader_init(&old, fix->con, true);
	print(fix, "two");
	KUNIT_EXPECT_EQ(test, read_text(&late, text, 15), 3);
	KUNIT_EXPECT_STREQ(test, text, "two");
	KUNIT_EXPECT_EQ(test, read_text(&old, text, 15), 6);
	KUNIT_EXPECT_STREQ(test, text, "onetwo");
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 15), 6);
}

/* A pattern whose period does not divide the ring's size, so that a shift shows. */
static u8 pattern_at(u64 pos)
{
	return 'A' + pos % 23;
}

static void print_pattern(struct kunit *test, struct fixture *fix, u64 from, size_t len)
{
	u8 *bytes = kvmalloc(len, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	for (i = 0; i < len; i++)
		bytes[i] = pattern_at(from + i);
	axvm_console_output(fix->con, bytes, len);
	kvfree(bytes);
}

/* Read all that is there. Return: bytes read, each of which was checked. */
static u64 expect_pattern(struct kunit *test, struct axvm_console_reader *reader, u64 from)
{
	u64 pos = from;
	size_t len, i;
	u8 buf[100];

	while ((len = axvm_console_peek(reader, buf, sizeof(buf)))) {
		for (i = 0; i < len; i++, pos++)
			if (buf[i] != pattern_at(pos)) {
				KUNIT_FAIL(test, "byte %llu is %#x", pos, buf[i]);
				return pos - from;
			}
		axvm_console_advance(reader, len);
	}
	return pos - from;
}

static void ring_wraps(struct kunit *test)
{
	const size_t step = AXVM_CONSOLE_OUTPUT / 3 + 7;
	struct fixture *fix = test->priv;
	u64 pos = 0;
	int i;

	for (i = 0; i < 10; i++, pos += step) {
		print_pattern(test, fix, pos, step);
		KUNIT_ASSERT_EQ(test, expect_pattern(test, &fix->reader, pos), step);
	}
}

static void full_ring_loses_nothing(struct kunit *test)
{
	struct fixture *fix = test->priv;

	print_pattern(test, fix, 0, AXVM_CONSOLE_OUTPUT);
	KUNIT_EXPECT_EQ(test, expect_pattern(test, &fix->reader, 0), AXVM_CONSOLE_OUTPUT);
}

static void slow_reader_learns_what_it_lost(struct kunit *test)
{
	static const char notice[] = "\r\n[axvm: 123 bytes lost]\r\n";
	struct fixture *fix = test->priv;
	char text[64];

	print_pattern(test, fix, 0, AXVM_CONSOLE_OUTPUT);
	print_pattern(test, fix, AXVM_CONSOLE_OUTPUT, 123);
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 63), strlen(notice));
	KUNIT_EXPECT_STREQ(test, text, notice);
	KUNIT_EXPECT_EQ(test, expect_pattern(test, &fix->reader, 123), AXVM_CONSOLE_OUTPUT);
}

static void notice_comes_in_pieces(struct kunit *test)
{
	struct fixture *fix = test->priv;
	char text[64];

	print_pattern(test, fix, 0, AXVM_CONSOLE_OUTPUT + 1);
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 10), 10);
	KUNIT_EXPECT_STREQ(test, text, "\r\n[axvm: 1");
	KUNIT_EXPECT_TRUE(test, axvm_console_readable(&fix->reader));
	/* More is lost before the notice was read to its end: a second one follows. */
	print_pattern(test, fix, AXVM_CONSOLE_OUTPUT + 1, 5);
	read_text(&fix->reader, text, 63);
	KUNIT_EXPECT_STREQ(test, text, " bytes lost]\r\n");
	read_text(&fix->reader, text, 63);
	KUNIT_EXPECT_STREQ(test, text, "\r\n[axvm: 5 bytes lost]\r\n");
	KUNIT_EXPECT_EQ(test, expect_pattern(test, &fix->reader, 6), AXVM_CONSOLE_OUTPUT);
}

static void history_starts_at_oldest(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_console_reader reader;

	print_pattern(test, fix, 0, AXVM_CONSOLE_OUTPUT);
	print_pattern(test, fix, AXVM_CONSOLE_OUTPUT, 1000);
	axvm_console_reader_init(&reader, fix->con, true);
	KUNIT_EXPECT_EQ(test, expect_pattern(test, &reader, 1000), AXVM_CONSOLE_OUTPUT);
}

static void output_larger_than_ring(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_console_reader reader;

	print_pattern(test, fix, 0, AXVM_CONSOLE_OUTPUT * 2 + 11);
	axvm_console_reader_init(&reader, fix->con, true);
	KUNIT_EXPECT_EQ(test, expect_pattern(test, &reader, AXVM_CONSOLE_OUTPUT + 11),
			AXVM_CONSOLE_OUTPUT);
}

static void end_is_seen_and_taken_back(struct kunit *test)
{
	struct fixture *fix = test->priv;
	char text[16];

	print(fix, "bye");
	axvm_console_set_ended(fix->con, true);
	KUNIT_EXPECT_TRUE(test, axvm_console_ended(fix->con));
	KUNIT_EXPECT_EQ(test, read_text(&fix->reader, text, 15), 3);
	KUNIT_EXPECT_TRUE(test, axvm_console_readable(&fix->reader));
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, (const u8 *)"x", 1), -EPIPE);
	axvm_console_set_ended(fix->con, false);
	KUNIT_EXPECT_FALSE(test, axvm_console_readable(&fix->reader));
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, (const u8 *)"x", 1), 1);
}

static void input_reaches_client(struct kunit *test)
{
	struct fixture *fix = test->priv;

	fix->drain = true;
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, (const u8 *)"ls\n", 3), 3);
	KUNIT_EXPECT_EQ(test, fix->ready_calls, 1);
	KUNIT_EXPECT_EQ(test, fix->nr_taken, 3);
	KUNIT_EXPECT_MEMEQ(test, fix->taken, "ls\n", 3);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->con), 0);
}

static void input_waits_for_room(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, AXVM_CONSOLE_INPUT, GFP_KERNEL);
	struct fixture *fix = test->priv;
	u8 taken[10];

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, bytes, 100), 100);
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, bytes, AXVM_CONSOLE_INPUT),
			AXVM_CONSOLE_INPUT - 100);
	KUNIT_EXPECT_FALSE(test, axvm_console_writable(fix->con));
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, bytes, 1), 0);
	KUNIT_EXPECT_EQ(test, fix->ready_calls, 2);
	KUNIT_EXPECT_EQ(test, axvm_console_input(fix->con, taken, sizeof(taken)), 10);
	KUNIT_EXPECT_TRUE(test, axvm_console_writable(fix->con));
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, bytes, 20), 10);
}

static void input_keeps_order_across_wrap(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u8 in[61], out[61];
	u64 pos = 0;
	size_t i;

	while (pos < 3 * AXVM_CONSOLE_INPUT) {
		for (i = 0; i < sizeof(in); i++)
			in[i] = pattern_at(pos + i);
		KUNIT_ASSERT_EQ(test, axvm_console_write(fix->con, in, sizeof(in)), sizeof(in));
		KUNIT_ASSERT_EQ(test, axvm_console_input(fix->con, out, sizeof(out)), sizeof(out));
		KUNIT_ASSERT_MEMEQ(test, in, out, sizeof(in));
		pos += sizeof(in);
	}
}

static void flush_forgets_input(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u8 byte;

	axvm_console_write(fix->con, (const u8 *)"abc", 3);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->con), 3);
	axvm_console_flush_input(fix->con);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->con), 0);
	KUNIT_EXPECT_EQ(test, axvm_console_input(fix->con, &byte, 1), 0);
}

static void disconnected_client_hears_nothing(struct kunit *test)
{
	struct fixture *fix = test->priv;

	axvm_console_disconnect(fix->con);
	KUNIT_EXPECT_TRUE(test, axvm_console_ended(fix->con));
	axvm_console_set_ended(fix->con, false);
	KUNIT_EXPECT_EQ(test, axvm_console_write(fix->con, (const u8 *)"a", 1), 1);
	KUNIT_EXPECT_EQ(test, fix->ready_calls, 0);
}

/* A sleeper as wait_event() makes one, without the sleep. */
static int note_wakeup(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	atomic_inc(entry->private);
	return 1;
}

static void output_wakes_from_any_context(struct kunit *test)
{
	atomic_t wakeups = ATOMIC_INIT(0);
	struct wait_queue_entry entry = { .private = &wakeups, .func = note_wakeup };
	struct fixture *fix = test->priv;
	wait_queue_head_t *wait = axvm_console_wait_queue(fix->con);
	unsigned long flags;
	int tries;

	add_wait_queue(wait, &entry);
	local_irq_save(flags);
	print(fix, "x");
	KUNIT_EXPECT_EQ(test, atomic_read(&wakeups), 0);
	local_irq_restore(flags);
	for (tries = 0; tries < 40 && !atomic_read(&wakeups); tries++)
		usleep_range(500, 1000);
	KUNIT_EXPECT_EQ(test, atomic_read(&wakeups), 1);
	remove_wait_queue(wait, &entry);
}

static struct kunit_case console_cases[] = {
	KUNIT_CASE(output_reaches_reader),
	KUNIT_CASE(peek_takes_nothing),
	KUNIT_CASE(readers_are_independent),
	KUNIT_CASE(ring_wraps),
	KUNIT_CASE(full_ring_loses_nothing),
	KUNIT_CASE(slow_reader_learns_what_it_lost),
	KUNIT_CASE(notice_comes_in_pieces),
	KUNIT_CASE(history_starts_at_oldest),
	KUNIT_CASE(output_larger_than_ring),
	KUNIT_CASE(end_is_seen_and_taken_back),
	KUNIT_CASE(input_reaches_client),
	KUNIT_CASE(input_waits_for_room),
	KUNIT_CASE(input_keeps_order_across_wrap),
	KUNIT_CASE(flush_forgets_input),
	KUNIT_CASE(disconnected_client_hears_nothing),
	KUNIT_CASE(output_wakes_from_any_context),
	{}
};

static struct kunit_suite console_suite = {
	.name = "axvm_console",
	.init = init_console,
	.exit = exit_console,
	.test_cases = console_cases,
};

kunit_test_suite(console_suite);
