// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the PL011 model, through its registers, its line and its console.
 */
#include <kunit/test.h>
#include <linux/amba/serial.h>
#include <linux/delay.h>
#include <linux/string.h>

#include "test_board.h"

#define BASE		0x09000000ULL
#define LINE		1
#define FIFO_LEN	16
#define ENOUGH_POLLS	64
#define PATIENCE_MS	1000

#define MODEM		UART01x_FR_MODEM_ANY
#define IDLE		(MODEM | UART011_FR_TXFE | UART01x_FR_RXFE)
#define ENABLED		(UART01x_CR_UARTEN | UART011_CR_TXE | UART011_CR_RXE)
#define LOOPBACK	(ENABLED | UART011_CR_LBE)
#define RX_IRQS		(UART011_RXIS | UART011_RTIS)
#define MODEM_IRQS	(UART011_DSRMIS | UART011_DCDMIS | UART011_CTSMIS | UART011_RIMIS)

/**
 * struct fixture - a board with one port
 * @board: board
 * @console: the port's
 * @reader: follows what the port sends
 */
struct fixture {
	struct test_board *board;
	struct axvm_console *console;
	struct axvm_console_reader reader;
};

static int init_port(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	struct axvm_device_cfg cfg = { .name = "serial0", .base = BASE, .irq = LINE };

	KUNIT_ASSERT_NOT_NULL(test, fix);
	test->priv = fix;
	fix->board = test_board_create(test);
	fix->console = test_board_add(fix->board, &axvm_pl011, &cfg)->console;
	axvm_console_reader_init(&fix->reader, fix->console, true);
	return 0;
}

static u32 in(struct fixture *fix, unsigned int reg)
{
	return test_board_read(fix->board, BASE + reg, 4);
}

static void out(struct fixture *fix, unsigned int reg, u32 val)
{
	test_board_write(fix->board, BASE + reg, 4, val);
}

static bool line(const struct fixture *fix)
{
	return READ_ONCE(fix->board->level[LINE]);
}

static bool wait_for_line(const struct fixture *fix)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_MS && !line(fix); i++)
		usleep_range(1000, 1100);
	return line(fix);
}

static void type_in(struct kunit *test, const char *text)
{
	struct fixture *fix = test->priv;

	KUNIT_ASSERT_EQ(test, axvm_console_write(fix->console, text, strlen(text)), strlen(text));
}

static void expect_sent(struct kunit *test, const char *text)
{
	struct fixture *fix = test->priv;
	char got[64] = {};
	size_t len = axvm_console_peek(&fix->reader, got, sizeof(got) - 1);

	axvm_console_advance(&fix->reader, len);
	KUNIT_EXPECT_STREQ(test, got, text);
}

/* Format, control, then interrupts: as a driver that is done setting up. */
static void open_port(struct fixture *fix, u32 ifls)
{
	out(fix, UART011_LCRH, UART01x_LCRH_WLEN_8 | UART01x_LCRH_FEN);
	out(fix, UART011_IFLS, ifls);
	out(fix, UART011_CR, ENABLED);
	out(fix, UART011_IMSC, RX_IRQS);
}

/* FIFOs on, in loopback, nothing pending. */
static void open_loopback(struct fixture *fix, u32 control)
{
	out(fix, UART011_LCRH, UART01x_LCRH_WLEN_8 | UART01x_LCRH_FEN);
	out(fix, UART011_CR, LOOPBACK | control);
	out(fix, UART011_ICR, 0x7ff);
}

static void registers_after_reset(struct kunit *test)
{
	static const struct {
		unsigned int reg;
		u32 val;
	} resets[] = {
		{ UART01x_DR, 0 }, { UART01x_RSR, 0 }, { UART01x_FR, IDLE },
		{ UART01x_ILPR, 0 }, { UART011_IBRD, 0 }, { UART011_FBRD, 0 },
		{ UART011_LCRH, 0 }, { UART011_CR, 0x300 }, { UART011_IFLS, 0x12 },
		{ UART011_IMSC, 0 }, { UART011_RIS, 0 }, { UART011_MIS, 0 },
		{ UART011_ICR, 0 }, { UART011_DMACR, 0 },
	};
	struct fixture *fix = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(resets); i++)
		KUNIT_EXPECT_EQ_MSG(test, in(fix, resets[i].reg), resets[i].val, "register %#x",
				    resets[i].reg);
	KUNIT_EXPECT_FALSE(test, line(fix));
}

static void registers_hold_their_bits(struct kunit *test)
{
	static const struct {
		unsigned int reg;
		u32 bits;
	} kept[] = {
		{ UART01x_ILPR, 0xff }, { UART011_IBRD, 0xffff }, { UART011_FBRD, 0x3f },
		{ UART011_LCRH, 0xff }, { UART011_IFLS, 0x3f }, { UART011_IMSC, 0x7ff },
		{ UART011_CR, 0xff87 }, { UART011_DMACR, 0 }, { UART01x_FR, 0 },
		{ UART011_RIS, 0 }, { UART011_MIS, 0 }, { UART011_ICR, 0 }, { 0x80, 0 },
		{ 0x8c, 0 }, { 0x08, 0 }, { 0x1c, 0 }, { 0x4c, 0 }, { 0xfdc, 0 },
	};
	struct fixture *fix = test->priv;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		u32 before = kept[i].bits ? 0 : in(fix, kept[i].reg);

		for (bit = 0; bit < 32; bit++) {
			out(fix, kept[i].reg, BIT(bit));
			KUNIT_EXPECT_EQ_MSG(test, in(fix, kept[i].reg),
					    before | (BIT(bit) & kept[i].bits),
					    "register %#x bit %u", kept[i].reg, bit);
		}
		out(fix, kept[i].reg, 0);
	}
	expect_sent(test, "");
}

/* What amba_device_try_add() of Linux reads, and get_fifosize_arm() of its driver. */
static void port_says_what_it_is(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 pid = 0, cid = 0;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		pid |= in(fix, 0xfe0 + 4 * i) << 8 * i;
		cid |= in(fix, 0xff0 + 4 * i) << 8 * i;
		out(fix, 0xfe0 + 4 * i, ~0u);
	}
	KUNIT_EXPECT_EQ(test, pid & 0x000fffff, 0x00041011);
	KUNIT_EXPECT_LT(test, pid >> 20 & 15, 3);
	KUNIT_EXPECT_EQ(test, cid, 0xb105f00d);
	KUNIT_EXPECT_EQ(test, in(fix, 0xfe0), 0x11);
}

static void every_access_is_answered(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int len, offset;

	for (len = 1; len <= 8; len *= 2)
		for (offset = 0; offset < 0x1000; offset += len) {
			test_board_read(fix->board, BASE + offset, len);
			if (offset >= 4)
				test_board_write(fix->board, BASE + offset, len, 0);
		}
	out(fix, UART011_IBRD, 0x1234);
	out(fix, UART011_FBRD, 0x15);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, BASE + UART011_IBRD, 1), 0x34);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, BASE + UART011_IBRD + 1, 1), 0x12);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, BASE + UART011_IBRD, 2), 0x1234);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, BASE + UART01x_ILPR, 8),
			0x123400000000);
	test_board_write(fix->board, BASE + UART011_FBRD, 8, 0x7000000003);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_FBRD), 3);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_LCRH), 0x70);
}

/* Also before anything was set up, as with "earlycon". */
static void bytes_are_sent(struct kunit *test)
{
	struct fixture *fix = test->priv;
	const char *c;

	for (c = "hello, world\n"; *c; c++) {
		test_board_write(fix->board, BASE + UART01x_DR, 1, *c);
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR), IDLE);
	}
	expect_sent(test, "hello, world\n");
}

static void transmitter_interrupt_follows_each_byte(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_TX4_8);
	out(fix, UART011_IMSC, UART011_TXIM);
	/* Nothing was sent, so nothing has left. */
	KUNIT_EXPECT_FALSE(test, line(fix));
	out(fix, UART01x_DR, 'x');
	KUNIT_EXPECT_TRUE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART011_MIS), UART011_TXIS);
	out(fix, UART011_ICR, UART011_TXIC);
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), 0);
	out(fix, UART011_IMSC, 0);
	out(fix, UART01x_DR, 'y');
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_TXIS);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_MIS), 0);
	expect_sent(test, "xy");
}

static void transmitter_off_keeps_bytes(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	open_port(fix, UART011_IFLS_TX4_8);
	out(fix, UART011_CR, UART01x_CR_UARTEN);
	for (i = 0; i < FIFO_LEN; i++) {
		KUNIT_EXPECT_FALSE(test, in(fix, UART01x_FR) & UART01x_FR_TXFF);
		out(fix, UART01x_DR, 'a' + i);
		KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_BUSY);
	}
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR),
			MODEM | UART01x_FR_TXFF | UART01x_FR_BUSY | UART01x_FR_RXFE);
	KUNIT_EXPECT_FALSE(test, in(fix, UART011_RIS) & UART011_TXIS);
	expect_sent(test, "");
	out(fix, UART011_CR, ENABLED);
	expect_sent(test, "abcdefghijklmnop");
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_TXIS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR), IDLE);
}

static void received_bytes_are_read_in_order(struct kunit *test)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog";
	struct fixture *fix = test->priv;
	size_t i;

	open_port(fix, UART011_IFLS_RX4_8);
	type_in(test, text);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), strlen(text) - FIFO_LEN);
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART011_FR_RXFF);
	for (i = 0; i < strlen(text); i++) {
		KUNIT_EXPECT_TRUE(test, line(fix));
		KUNIT_EXPECT_FALSE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), text[i]);
	}
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR), IDLE);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), 0);
}

static void holding_register_holds_one(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART011_CR, ENABLED);
	out(fix, UART011_IMSC, RX_IRQS);
	type_in(test, "abc");
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 2);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR) & ~MODEM, UART011_FR_RXFF | UART011_FR_TXFE);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), RX_IRQS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'a');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'b');
	KUNIT_EXPECT_TRUE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'c');
	KUNIT_EXPECT_FALSE(test, line(fix));
}

static void receive_level_and_timeout(struct kunit *test)
{
	static const u8 levels[] = { 2, 4, 8, 12, 14, 14, 14, 14 };
	struct fixture *fix = test->priv;
	unsigned int select, n;

	for (select = 0; select < ARRAY_SIZE(levels); select++) {
		open_port(fix, FIELD_PREP(UART011_IFLS_RXIFLSEL, select));
		for (n = 1; n <= FIFO_LEN; n++) {
			type_in(test, "x");
			KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS),
					n < levels[select] ? UART011_RTIS : RX_IRQS);
			KUNIT_EXPECT_TRUE(test, line(fix));
		}
		for (n = FIFO_LEN; n; n--) {
			KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS),
					n < levels[select] ? UART011_RTIS : RX_IRQS);
			in(fix, UART01x_DR);
		}
		KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), 0);
		KUNIT_EXPECT_FALSE(test, line(fix));
	}
}

static void receive_level_can_move(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_RX7_8);
	type_in(test, "four");
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_RTIS);
	out(fix, UART011_IFLS, UART011_IFLS_RX2_8);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), RX_IRQS);
	out(fix, UART011_IFLS, UART011_IFLS_RX4_8);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_RTIS);
}

/* Clearing works, but data that nobody reads is told again: here after the last look. */
static void cleared_timeout_comes_back(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_RX1_8);
	type_in(test, "ab");
	out(fix, UART011_ICR, RX_IRQS);
	KUNIT_EXPECT_TRUE(test, wait_for_line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_RTIS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'a');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'b');
	KUNIT_EXPECT_FALSE(test, line(fix));
}

static void overrun_is_told(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	open_loopback(fix, 0);
	for (i = 0; i < FIFO_LEN; i++)
		out(fix, UART01x_DR, i);
	KUNIT_EXPECT_FALSE(test, in(fix, UART011_RIS) & UART011_OEIS);
	out(fix, UART01x_DR, 0x55);
	KUNIT_EXPECT_TRUE(test, in(fix, UART011_RIS) & UART011_OEIS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), UART01x_RSR_OE);
	/* Reading does not take it out of RSR; the next character has it as well. */
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), UART01x_RSR_OE);
	out(fix, UART01x_RSR, 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), 0);
	out(fix, UART01x_DR, 0x66);
	for (i = 1; i < FIFO_LEN; i++)
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), i);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), UART011_DR_OE | 0x66);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), 0);
	out(fix, UART011_ICR, UART011_OEIC);
	KUNIT_EXPECT_FALSE(test, in(fix, UART011_RIS) & UART011_OEIS);
	expect_sent(test, "");
}

static void break_comes_back(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 lcrh = UART01x_LCRH_WLEN_8 | UART01x_LCRH_FEN;

	open_loopback(fix, 0);
	out(fix, UART011_LCRH, lcrh | UART01x_LCRH_BRK);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS),
			UART011_BEIS | UART011_FEIS | UART011_RTIS);
	/* One character, however long it lasts; nothing else gets through. */
	out(fix, UART01x_DR, 'x');
	out(fix, UART011_LCRH, lcrh | UART01x_LCRH_BRK);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), UART011_DR_BE | UART011_DR_FE);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), UART01x_RSR_BE | UART01x_RSR_FE);
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	out(fix, UART011_LCRH, lcrh);
	out(fix, UART01x_DR, 'y');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'y');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_RSR), 0);
}

static void loopback_is_off_the_line(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_RX1_8);
	out(fix, UART011_CR, LOOPBACK);
	type_in(test, "typed");
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	out(fix, UART01x_DR, 'l');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'l');
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	out(fix, UART011_CR, LOOPBACK & ~UART011_CR_RXE);
	out(fix, UART01x_DR, 'm');
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 5);
	out(fix, UART011_CR, ENABLED);
	out(fix, UART011_IMSC, RX_IRQS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 't');
	expect_sent(test, "");
}

static void loopback_wires_modem_lines(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 control, want;

	for (control = 0; control < 16; control++) {
		out(fix, UART011_CR, LOOPBACK | control << 10);
		want = (control & 1 ? UART01x_FR_DSR : 0) | (control & 2 ? UART01x_FR_CTS : 0) |
		       (control & 4 ? UART01x_FR_DCD : 0) | (control & 8 ? UART011_FR_RI : 0);
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR) & (MODEM | UART011_FR_RI), want);
	}
	out(fix, UART011_CR, ENABLED);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR) & (MODEM | UART011_FR_RI), MODEM);
}

static void modem_changes_interrupt(struct kunit *test)
{
	static const struct {
		u32 output, irq;
	} lines[] = {
		{ UART011_CR_DTR, UART011_DSRMIS }, { UART011_CR_RTS, UART011_CTSMIS },
		{ UART011_CR_OUT1, UART011_DCDMIS }, { UART011_CR_OUT2, UART011_RIMIS },
	};
	struct fixture *fix = test->priv;
	unsigned int i;

	out(fix, UART011_CR, LOOPBACK);
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), MODEM_IRQS & ~UART011_RIMIS);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		out(fix, UART011_ICR, MODEM_IRQS);
		out(fix, UART011_IMSC, lines[i].irq);
		KUNIT_EXPECT_FALSE(test, line(fix));
		out(fix, UART011_CR, LOOPBACK | lines[i].output);
		KUNIT_EXPECT_TRUE(test, line(fix));
		KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), lines[i].irq);
		out(fix, UART011_ICR, lines[i].irq);
		KUNIT_EXPECT_FALSE(test, line(fix));
		out(fix, UART011_CR, LOOPBACK);
		KUNIT_EXPECT_EQ(test, in(fix, UART011_MIS), lines[i].irq);
	}
}

/* CTSEN without CTS holds bytes back until RTS, which is CTS in loopback, comes. */
static void clear_to_send_is_obeyed(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_loopback(fix, UART011_CR_CTSEN);
	out(fix, UART01x_DR, 'a');
	out(fix, UART01x_DR, 'b');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_FR), UART01x_FR_BUSY | UART01x_FR_RXFE);
	out(fix, UART011_CR, LOOPBACK | UART011_CR_CTSEN | UART011_CR_RTS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'a');
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'b');
	KUNIT_EXPECT_EQ(test, in(fix, UART011_RIS), UART011_CTSMIS | UART011_TXIS);
	/* At the other end of the line there is always somebody. */
	out(fix, UART011_CR, ENABLED | UART011_CR_CTSEN);
	out(fix, UART01x_DR, 'c');
	expect_sent(test, "c");
}

/* RTSEN lowers RTS at the receive level: nothing is lost however much is sent. */
static void hardware_flow_control_loses_nothing(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int sent = 0, read = 0;

	open_loopback(fix, UART011_CR_CTSEN | UART011_CR_RTSEN);
	while (!(in(fix, UART01x_FR) & UART01x_FR_TXFF) && sent < 100)
		out(fix, UART01x_DR, sent++);
	KUNIT_EXPECT_EQ(test, sent, 8 + FIFO_LEN);
	KUNIT_EXPECT_FALSE(test, in(fix, UART01x_FR) & UART01x_FR_CTS);
	KUNIT_EXPECT_TRUE(test, in(fix, UART011_RIS) & UART011_CTSMIS);
	for (; !(in(fix, UART01x_FR) & UART01x_FR_RXFE) && read < 100; read++)
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), read);
	KUNIT_EXPECT_EQ(test, read, sent);
	KUNIT_EXPECT_FALSE(test, in(fix, UART011_RIS) & UART011_OEIS);
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_CTS);
}

static void fifos_can_be_switched(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i, count;

	open_loopback(fix, 0);
	for (i = 0; i < 256; i++)
		out(fix, UART01x_DR, i);
	for (count = 0; !(in(fix, UART01x_FR) & UART01x_FR_RXFE) && count < 256; count++)
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), count);
	KUNIT_EXPECT_EQ(test, count, FIFO_LEN);
	/* Switching empties them. */
	out(fix, UART01x_DR, 'a');
	out(fix, UART011_LCRH, 0);
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	out(fix, UART01x_DR, 'b');
	KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART011_FR_RXFF);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR) & 0xff, 'b');
}

/* pl011_startup() of Linux, with the drain of pl011_enable_interrupts(). */
static void early_input_survives_a_driver(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	type_in(test, "early");
	/* Kernel messages: control on, a look at FR before each byte, control back. */
	for (i = 0; i < 32; i++) {
		out(fix, UART011_CR, ENABLED);
		KUNIT_EXPECT_TRUE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
		out(fix, UART01x_DR, 'm');
		out(fix, UART011_CR, 0x300);
	}
	out(fix, UART011_ICR, 0x7ff);
	out(fix, UART011_IMSC, RX_IRQS);
	out(fix, UART011_IMSC, 0);
	out(fix, UART011_CR, ENABLED);
	out(fix, UART011_ICR, RX_IRQS);
	for (i = 0; i < 2 * FIFO_LEN; i++) {
		if (in(fix, UART01x_FR) & UART01x_FR_RXFE)
			break;
		in(fix, UART01x_DR);
	}
	KUNIT_EXPECT_EQ(test, i, 0);
	out(fix, UART011_IMSC, RX_IRQS);
	KUNIT_EXPECT_TRUE(test, line(fix));
	/* Then it switches the FIFOs on, with control off meanwhile. */
	out(fix, UART011_CR, 0);
	out(fix, UART011_LCRH, UART01x_LCRH_WLEN_8 | UART01x_LCRH_FEN);
	out(fix, UART011_CR, ENABLED);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_TRUE(test, wait_for_line(fix));
		KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), "early"[i]);
	}
}

/* Interrupts first, then control: input comes when that is done, without another access. */
static void interrupts_may_be_enabled_first(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART011_IMSC, RX_IRQS);
	type_in(test, "a");
	KUNIT_EXPECT_FALSE(test, line(fix));
	out(fix, UART011_CR, ENABLED);
	KUNIT_EXPECT_TRUE(test, wait_for_line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'a');
	out(fix, UART011_CR, ENABLED);
	type_in(test, "b");
	KUNIT_EXPECT_TRUE(test, wait_for_line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'b');
}

static void polling_guest_gets_input(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int polls = 0;

	type_in(test, "ab");
	while ((in(fix, UART01x_FR) & UART01x_FR_RXFE) && polls < ENOUGH_POLLS)
		polls++;
	KUNIT_EXPECT_LT(test, polls, ENOUGH_POLLS);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'a');
	out(fix, UART01x_DR, 'a');
	KUNIT_EXPECT_FALSE(test, in(fix, UART01x_FR) & UART01x_FR_RXFE);
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'b');
}

static void receiver_off_leaves_input_alone(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_RX4_8);
	out(fix, UART011_CR, ENABLED & ~UART011_CR_RXE);
	out(fix, UART011_IMSC, RX_IRQS);
	type_in(test, "z");
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 1);
	out(fix, UART011_CR, ENABLED);
	KUNIT_EXPECT_TRUE(test, wait_for_line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART01x_DR), 'z');
}

static void reset_restores_everything(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART011_IFLS_RX1_8);
	out(fix, UART011_IBRD, 1);
	out(fix, UART011_FBRD, 1);
	out(fix, UART01x_ILPR, 1);
	type_in(test, "more than what fits into the FIFO");
	out(fix, UART011_CR, LOOPBACK | UART011_CR_CTSEN);
	out(fix, UART01x_DR, 'x');
	out(fix, UART011_ICR, RX_IRQS);
	KUNIT_EXPECT_FALSE(test, line(fix));
	axvm_devices_reset(&fix->board->devices);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 0);
	registers_after_reset(test);
	usleep_range(10000, 11000);
	KUNIT_EXPECT_FALSE(test, line(fix));
	expect_sent(test, "");
}

static void parameters_are_checked(struct kunit *test)
{
	static const struct axvm_device_cfg bad[] = {
		{ .name = "serial1", .base = BASE + 0x10000, .nr_cfg = 1 },
		{ .name = "serial1", .base = BASE + 0x10000, .len = 0x100 },
		{ .name = "serial1", .base = BASE + 0x10000, .len = 0x2000 },
		{ .name = "serial1", .base = BASE + 0x10100 },
	};
	struct fixture *fix = test->priv;
	struct axvm_device_cfg good = { .name = "serial1", .base = BASE + 0x10000,
					.len = 0x1000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct axvm_error err = { .index = -1 };

		KUNIT_EXPECT_EQ_MSG(test, axvm_devices_add_model(&fix->board->devices,
								 &axvm_pl011, &bad[i], &err),
				    -EINVAL, "case %u", i);
		KUNIT_EXPECT_NOT_NULL(test, err.msg);
	}
	KUNIT_EXPECT_EQ(test, test_board_add(fix->board, &axvm_pl011, &good)->console_index, 1);
}

static struct kunit_case pl011_cases[] = {
	KUNIT_CASE(registers_after_reset),
	KUNIT_CASE(registers_hold_their_bits),
	KUNIT_CASE(port_says_what_it_is),
	KUNIT_CASE(every_access_is_answered),
	KUNIT_CASE(bytes_are_sent),
	KUNIT_CASE(transmitter_interrupt_follows_each_byte),
	KUNIT_CASE(transmitter_off_keeps_bytes),
	KUNIT_CASE(received_bytes_are_read_in_order),
	KUNIT_CASE(holding_register_holds_one),
	KUNIT_CASE(receive_level_and_timeout),
	KUNIT_CASE(receive_level_can_move),
	KUNIT_CASE(cleared_timeout_comes_back),
	KUNIT_CASE(overrun_is_told),
	KUNIT_CASE(break_comes_back),
	KUNIT_CASE(loopback_is_off_the_line),
	KUNIT_CASE(loopback_wires_modem_lines),
	KUNIT_CASE(modem_changes_interrupt),
	KUNIT_CASE(clear_to_send_is_obeyed),
	KUNIT_CASE(hardware_flow_control_loses_nothing),
	KUNIT_CASE(fifos_can_be_switched),
	KUNIT_CASE(early_input_survives_a_driver),
	KUNIT_CASE(interrupts_may_be_enabled_first),
	KUNIT_CASE(polling_guest_gets_input),
	KUNIT_CASE(receiver_off_leaves_input_alone),
	KUNIT_CASE(reset_restores_everything),
	KUNIT_CASE(parameters_are_checked),
	{}
};

static struct kunit_suite pl011_suite = {
	.name = "axvm-pl011",
	.init = init_port,
	.test_cases = pl011_cases,
};

kunit_test_suite(pl011_suite);
