// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the 16550A model, through its registers, its line and its console.
 */
#include <kunit/test.h>
#include <linux/serial_reg.h>
#include <linux/string.h>

#include "test_board.h"

#define BASE		0x10000000ULL
#define LINE		10
#define FIFO_LEN	16
#define ENOUGH_POLLS	64

/* IIR with the FIFOs on. */
#define IIR_FIFO(id)	(UART_IIR_FIFO_ENABLED_16550A | (id))

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

static struct axvm_device_cfg make_cfg(void)
{
	struct axvm_device_cfg cfg = { .name = "serial0", .base = BASE, .irq = LINE };

	return cfg;
}

static int init_port(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	struct axvm_device_cfg cfg = make_cfg();

	KUNIT_ASSERT_NOT_NULL(test, fix);
	test->priv = fix;
	fix->board = test_board_create(test);
	fix->console = test_board_add(fix->board, &axvm_ns16550a, &cfg)->console;
	axvm_console_reader_init(&fix->reader, fix->console, true);
	return 0;
}

static u8 in(struct fixture *fix, unsigned int reg)
{
	return test_board_read(fix->board, BASE + reg, 1);
}

static void out(struct fixture *fix, unsigned int reg, u8 val)
{
	test_board_write(fix->board, BASE + reg, 1, val);
}

static bool line(const struct fixture *fix)
{
	return fix->board->level[LINE];
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

/* Switch FIFOs on and the receive interrupt, as a driver that is done setting up. */
static void open_port(struct fixture *fix, u8 trigger)
{
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | trigger);
	out(fix, UART_IER, UART_IER_RDI | UART_IER_RLSI);
}

static void registers_after_reset(struct kunit *test)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IER), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_NO_INT);
	KUNIT_EXPECT_EQ(test, in(fix, UART_LCR), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MCR), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS);
	KUNIT_EXPECT_EQ(test, in(fix, UART_SCR), 0);
	KUNIT_EXPECT_FALSE(test, line(fix));
}

static void registers_hold_their_bits(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int val;

	for (val = 0; val < 0x100; val++) {
		out(fix, UART_SCR, val);
		KUNIT_EXPECT_EQ(test, in(fix, UART_SCR), val);
		out(fix, UART_LCR, val);
		KUNIT_EXPECT_EQ(test, in(fix, UART_LCR), val);
		out(fix, UART_MCR, val);
		KUNIT_EXPECT_EQ(test, in(fix, UART_MCR), val & 0x1f);
		out(fix, UART_LCR, 0);
		out(fix, UART_IER, val);
		KUNIT_EXPECT_EQ(test, in(fix, UART_IER), val & 0x0f);
		out(fix, UART_LSR, val);
		out(fix, UART_MSR, val);
	}
	KUNIT_EXPECT_EQ(test, in(fix, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
}

static void divisor_latch_is_apart(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_IER, UART_IER_MSI);
	out(fix, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	out(fix, UART_DLL, 0x5a);
	out(fix, UART_DLM, 0xa5);
	KUNIT_EXPECT_EQ(test, in(fix, UART_DLL), 0x5a);
	KUNIT_EXPECT_EQ(test, in(fix, UART_DLM), 0xa5);
	out(fix, UART_LCR, UART_LCR_WLEN8);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IER), UART_IER_MSI);
	expect_sent(test, "");
	out(fix, UART_LCR, UART_LCR_DLAB);
	KUNIT_EXPECT_EQ(test, in(fix, UART_DLL), 0x5a);
}

static void bytes_are_sent(struct kunit *test)
{
	struct fixture *fix = test->priv;
	const char *c;

	for (c = "hello, world\n"; *c; c++) {
		out(fix, UART_TX, *c);
		KUNIT_EXPECT_EQ(test, in(fix, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
	}
	expect_sent(test, "hello, world\n");
}

/* What serial8250_do_startup() does to find out about UART_BUG_THRE and UART_BUG_TXEN. */
static void transmitter_interrupt_passes_driver_tests(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_IER, UART_IER_THRI);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_THRI);
	out(fix, UART_IER, 0);
	out(fix, UART_IER, UART_IER_THRI);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_THRI);
	out(fix, UART_IER, 0);
	KUNIT_EXPECT_FALSE(test, line(fix));

	out(fix, UART_IER, UART_IER_THRI);
	KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_TEMT);
	KUNIT_EXPECT_FALSE(test, in(fix, UART_IIR) & UART_IIR_NO_INT);
	out(fix, UART_IER, 0);
}

static void transmitter_interrupt_is_acknowledged(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_IER, UART_IER_THRI);
	KUNIT_EXPECT_TRUE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_THRI);
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_NO_INT);
	/* Enabling what is enabled raises nothing. */
	out(fix, UART_IER, UART_IER_THRI);
	KUNIT_EXPECT_FALSE(test, line(fix));
	out(fix, UART_TX, 'x');
	KUNIT_EXPECT_TRUE(test, line(fix));
	out(fix, UART_TX, 'y');
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_THRI);
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, fix->board->rises[LINE], 2);
	expect_sent(test, "xy");
}

static void received_bytes_are_read_in_order(struct kunit *test)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog";
	struct fixture *fix = test->priv;
	size_t i;

	open_port(fix, UART_FCR_TRIGGER_8);
	type_in(test, text);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), strlen(text) - FIFO_LEN);
	for (i = 0; i < strlen(text); i++) {
		KUNIT_EXPECT_TRUE(test, line(fix));
		KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_DR);
		KUNIT_EXPECT_EQ(test, in(fix, UART_RX), text[i]);
	}
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 0);
}

static void holding_register_holds_one(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_IER, UART_IER_RDI);
	type_in(test, "abc");
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 2);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_RDI);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'a');
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'b');
	KUNIT_EXPECT_TRUE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'c');
	KUNIT_EXPECT_FALSE(test, line(fix));
}

static void trigger_level_and_timeout(struct kunit *test)
{
	static const struct {
		u8 fcr;
		unsigned int level;
	} triggers[] = {
		{ UART_FCR_TRIGGER_1, 1 },
		{ UART_FCR_TRIGGER_4, 4 },
		{ UART_FCR_TRIGGER_8, 8 },
		{ UART_FCR_TRIGGER_14, 14 },
	};
	struct fixture *fix = test->priv;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(triggers); i++) {
		open_port(fix, triggers[i].fcr);
		for (n = 1; n <= FIFO_LEN; n++) {
			type_in(test, "x");
			KUNIT_EXPECT_EQ(test, in(fix, UART_IIR),
					IIR_FIFO(n < triggers[i].level ? UART_IIR_RX_TIMEOUT :
									 UART_IIR_RDI));
			KUNIT_EXPECT_TRUE(test, line(fix));
		}
		out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
		KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_NO_INT));
		KUNIT_EXPECT_FALSE(test, line(fix));
	}
}

static void iir_shows_the_highest_priority(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	/* All at once: modem status changed, transmitter empty, data, overrun. */
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO);
	out(fix, UART_MCR, UART_MCR_LOOP);
	for (i = 0; i < FIFO_LEN + 1; i++)
		out(fix, UART_TX, i);
	out(fix, UART_IER, UART_IER_MSI | UART_IER_THRI | UART_IER_RDI | UART_IER_RLSI);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_RLSI));
	KUNIT_EXPECT_EQ(test, in(fix, UART_LSR),
			UART_LSR_THRE | UART_LSR_TEMT | UART_LSR_OE | UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_RDI));
	for (i = 0; i < FIFO_LEN; i++)
		KUNIT_EXPECT_EQ(test, in(fix, UART_RX), i);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_THRI));
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_MSI));
	KUNIT_EXPECT_TRUE(test, line(fix));
	in(fix, UART_MSR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_NO_INT));
	KUNIT_EXPECT_FALSE(test, line(fix));
	expect_sent(test, "");
}

static void overrun_without_fifo_overwrites(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_MCR, UART_MCR_LOOP);
	out(fix, UART_TX, 'a');
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_OE);
	out(fix, UART_TX, 'b');
	KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_OE);
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_OE);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'b');
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
}

static void loopback_is_off_the_line(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART_FCR_TRIGGER_1);
	out(fix, UART_MCR, UART_MCR_LOOP);
	type_in(test, "typed");
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
	out(fix, UART_TX, 'l');
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'l');
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 5);
	out(fix, UART_MCR, 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 't');
	expect_sent(test, "");
}

/* The test of autoconfig() in 8250_port.c, then every combination. */
static void loopback_wires_modem_lines(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u8 mcr, msr, want;

	out(fix, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR) & 0xf0, UART_MSR_DCD | UART_MSR_CTS);
	for (mcr = 0; mcr < 16; mcr++) {
		out(fix, UART_MCR, UART_MCR_LOOP | mcr);
		msr = in(fix, UART_MSR) & 0xf0;
		want = (mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
		       (mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
		       (mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
		       (mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
		KUNIT_EXPECT_EQ(test, msr, want);
	}
}

static void modem_changes_are_reported(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_MCR, UART_MCR_LOOP);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), UART_MSR_DDCD | UART_MSR_DDSR | UART_MSR_DCTS);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), 0);
	out(fix, UART_IER, UART_IER_MSI);
	KUNIT_EXPECT_FALSE(test, line(fix));
	/* A ring that begins is no event, one that ends is. */
	out(fix, UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
	KUNIT_EXPECT_FALSE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), UART_MSR_RI);
	out(fix, UART_MCR, UART_MCR_LOOP);
	KUNIT_EXPECT_TRUE(test, line(fix));
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_MSI);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), UART_MSR_TERI);
	KUNIT_EXPECT_FALSE(test, line(fix));
	out(fix, UART_MCR, 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_MSR), UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS |
			UART_MSR_DDCD | UART_MSR_DDSR | UART_MSR_DCTS);
}

/* size_fifo() in 8250_port.c. */
static void fifo_has_its_size(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i, count;

	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	out(fix, UART_MCR, UART_MCR_LOOP);
	for (i = 0; i < 256; i++)
		out(fix, UART_TX, i);
	for (count = 0; (in(fix, UART_LSR) & UART_LSR_DR) && count < 256; count++)
		KUNIT_EXPECT_EQ(test, in(fix, UART_RX), count);
	KUNIT_EXPECT_EQ(test, count, FIFO_LEN);
}

static void fifo_control(struct kunit *test)
{
	struct fixture *fix = test->priv;

	out(fix, UART_MCR, UART_MCR_LOOP);
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_NO_INT));
	out(fix, UART_TX, 'a');
	/* Written again: nothing is cleared. Switched: everything is. */
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
	KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_DR);
	out(fix, UART_FCR, 0);
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), UART_IIR_NO_INT);
	/* The other bits count only together with the enable bit. */
	out(fix, UART_TX, 'b');
	out(fix, UART_FCR, UART_FCR_CLEAR_RCVR | UART_FCR_TRIGGER_14);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'b');
	/* No 64-byte FIFO, no extended registers, as autoconfig_16550a() asks. */
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR7_64BYTE);
	KUNIT_EXPECT_EQ(test, in(fix, UART_IIR), IIR_FIFO(UART_IIR_NO_INT));
	out(fix, UART_LCR, UART_LCR_CONF_MODE_B);
	KUNIT_EXPECT_NE(test, in(fix, UART_EFR), 0);
}

static void quiet_port_leaves_input_alone(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	type_in(test, "early");
	/* What serial8250_do_startup() throws away. */
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO);
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	out(fix, UART_FCR, 0);
	for (i = 0; i < 2; i++) {
		in(fix, UART_LSR);
		in(fix, UART_RX);
		in(fix, UART_IIR);
		in(fix, UART_MSR);
	}
	/* Kernel messages in between, each byte after a look at LSR. */
	for (i = 0; i < 32; i++) {
		KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
		out(fix, UART_TX, 'm');
	}
	/* Then it enables the interrupt before the FIFOs. */
	out(fix, UART_IER, UART_IER_RDI);
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
	out(fix, UART_MCR, UART_MCR_RTS | UART_MCR_DTR);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, in(fix, UART_RX), "early"[i]);
}

static void polling_guest_gets_input(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int polls = 0;

	type_in(test, "ab");
	while (!(in(fix, UART_LSR) & UART_LSR_DR) && polls < ENOUGH_POLLS)
		polls++;
	KUNIT_EXPECT_LT(test, polls, ENOUGH_POLLS);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'a');
	out(fix, UART_TX, 'a');
	KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'b');
}

static void handshake_lets_input_in(struct kunit *test)
{
	struct fixture *fix = test->priv;

	type_in(test, "z");
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 1);
	out(fix, UART_MCR, UART_MCR_RTS);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'z');
}

/* What Linux does to find out which registers a port has, and before it opens it. */
static void probing_takes_no_input(struct kunit *test)
{
	struct fixture *fix = test->priv;

	type_in(test, "ab");
	out(fix, UART_IER, UART_IER_MSI | UART_IER_RLSI | UART_IER_THRI | UART_IER_RDI);
	out(fix, UART_IER, 0);
	KUNIT_EXPECT_FALSE(test, in(fix, UART_LSR) & UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 0);
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO);
	out(fix, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	out(fix, UART_FCR, 0);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 0);
	open_port(fix, UART_FCR_TRIGGER_1);
	KUNIT_EXPECT_TRUE(test, in(fix, UART_LSR) & UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'a');
	KUNIT_EXPECT_EQ(test, in(fix, UART_RX), 'b');
}

static void reset_restores_everything(struct kunit *test)
{
	struct fixture *fix = test->priv;

	open_port(fix, UART_FCR_TRIGGER_1);
	type_in(test, "more than what fits into the FIFO");
	out(fix, UART_LCR, UART_LCR_DLAB);
	out(fix, UART_DLL, 1);
	out(fix, UART_SCR, 1);
	out(fix, UART_MCR, UART_MCR_LOOP);
	KUNIT_EXPECT_TRUE(test, line(fix));
	axvm_devices_reset(&fix->board->devices);
	KUNIT_EXPECT_EQ(test, axvm_console_input_pending(fix->console), 0);
	registers_after_reset(test);
	out(fix, UART_LCR, UART_LCR_DLAB);
	KUNIT_EXPECT_EQ(test, in(fix, UART_DLL), 0);
}

static void parameters_are_checked(struct kunit *test)
{
	static const struct {
		u32 nr;
		u64 cfg[3];
		u64 len;
		int ret;
	} cases[] = {
		{ .nr = 1, .cfg = { 3 }, .ret = -EINVAL },
		{ .nr = 1, .cfg = { U64_MAX }, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 2, 0 }, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 2, 3 }, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 2, 8 }, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 0, 2 }, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 1, 4 }, .ret = -EINVAL },
		{ .nr = 3, .cfg = { 0, 1, 0 }, .ret = -EINVAL },
		{ .len = 7, .ret = -EINVAL },
		{ .nr = 1, .cfg = { 2 }, .len = 31, .ret = -EINVAL },
		{ .nr = 2, .cfg = { 2, 4 }, .len = 32, .ret = 0 },
	};
	struct fixture *fix = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct axvm_device_cfg cfg = {
			.name = "serial1", .base = BASE + 0x10000,
			.nr_cfg = cases[i].nr, .len = cases[i].len,
		};
		struct axvm_error err = { .index = -1 };

		memcpy(cfg.cfg, cases[i].cfg, sizeof(cases[i].cfg));
		KUNIT_EXPECT_EQ_MSG(test, axvm_devices_add_model(&fix->board->devices,
								 &axvm_ns16550a, &cfg, &err),
				    cases[i].ret, "case %u", i);
		KUNIT_EXPECT_EQ(test, !err.msg, !cases[i].ret);
	}
}

static void registers_can_be_far_apart(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_bus *bus = &fix->board->bus[AXVM_BUS_MMIO];
	struct axvm_device_cfg cfg = {
		.name = "serial1", .base = 0x20000000, .nr_cfg = 2, .cfg = { 2, 4 },
	};
	u64 val;

	test_board_add(fix->board, &axvm_ns16550a, &cfg);
	test_board_write(fix->board, cfg.base + UART_SCR * 4, 4, 0xffffff12);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, cfg.base + UART_SCR * 4, 4), 0x12);
	KUNIT_EXPECT_EQ(test, test_board_read(fix->board, cfg.base + UART_SCR * 4, 1), 0x12);
	/* Between registers, behind them, and too wide. */
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, cfg.base + 1, 1, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, cfg.base + 32, 4, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_write(bus, cfg.base + 32, 4, 0), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, cfg.base, 8, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE, 2, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 8, 1, &val), AXVM_BUS_BAD_ACCESS);
}

/* The same model on the ports of a PC: serial8250_console of Linux, and one byte each way. */
static void isa_port_talks(struct kunit *test)
{
	struct axvm_device_cfg cfg = { .name = "com1", .base = 0x3f8, .irq = 4 };
	struct fixture *fix = test->priv;
	struct test_board *board = fix->board;
	struct axvm_device *dev = test_board_add(board, &axvm_isa_serial, &cfg);

	KUNIT_EXPECT_EQ(test, dev->cfg.len, 8);
	KUNIT_EXPECT_EQ(test, dev->console_index, 1);
	axvm_console_reader_init(&fix->reader, dev->console, true);
	test_board_out(board, 0x3f8 + UART_LCR, 1, UART_LCR_WLEN8);
	test_board_out(board, 0x3f8 + UART_TX, 1, 'x');
	expect_sent(test, "x");
	KUNIT_EXPECT_EQ(test, test_board_in(board, 0x3f8 + UART_LSR, 1),
			UART_LSR_THRE | UART_LSR_TEMT);
	KUNIT_EXPECT_FALSE(test, board->level[4]);
	test_board_out(board, 0x3f8 + UART_IER, 1, UART_IER_RDI);
	KUNIT_ASSERT_EQ(test, axvm_console_write(dev->console, "y", 1), 1);
	KUNIT_EXPECT_TRUE(test, board->level[4]);
	KUNIT_EXPECT_EQ(test, test_board_in(board, 0x3f8 + UART_RX, 1), 'y');
	KUNIT_EXPECT_FALSE(test, board->level[4]);
	/* The port on the memory bus heard nothing of it. */
	KUNIT_EXPECT_EQ(test, in(fix, UART_LCR), 0);
}

static void isa_port_has_its_shape(struct kunit *test)
{
	static const struct axvm_device_cfg bad[] = {
		{ .name = "com1", .base = 0x3f9 },
		{ .name = "com1", .base = 0x3f8, .len = 16 },
		{ .name = "com1", .base = 0x3f8, .nr_cfg = 1 },
	};
	struct fixture *fix = test->priv;
	struct axvm_device_cfg cfg = { .name = "com2", .base = 0x2f8, .len = 8, .irq = 3 };
	struct axvm_bus *bus = &fix->board->bus[AXVM_BUS_PIO];
	struct axvm_error err = { .index = -1 };
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, axvm_devices_add_model(&fix->board->devices,
								 &axvm_isa_serial, &bad[i], &err),
				    -EINVAL, "case %u", i);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	test_board_add(fix->board, &axvm_isa_serial, &cfg);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, 0x2f8, 2, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, 0x300, 1, &val), AXVM_BUS_NO_DEVICE);
}

/* A PC's COM1 and COM3: the interrupt stays while one of them wants it. */
static void isa_ports_share_their_interrupt(struct kunit *test)
{
	struct axvm_device_cfg com1 = { .name = "com1", .base = 0x3f8, .irq = 4 };
	struct axvm_device_cfg com3 = { .name = "com3", .base = 0x3e8, .irq = 4 };
	struct fixture *fix = test->priv;
	struct test_board *board = fix->board;
	struct axvm_device *a = test_board_add(board, &axvm_isa_serial, &com1);
	struct axvm_device *b = test_board_add(board, &axvm_isa_serial, &com3);

	test_board_out(board, 0x3f8 + UART_IER, 1, UART_IER_RDI);
	test_board_out(board, 0x3e8 + UART_IER, 1, UART_IER_RDI);
	KUNIT_ASSERT_EQ(test, axvm_console_write(a->console, "x", 1), 1);
	KUNIT_EXPECT_TRUE(test, board->level[4]);
	KUNIT_ASSERT_EQ(test, axvm_console_write(b->console, "y", 1), 1);
	KUNIT_EXPECT_EQ(test, test_board_in(board, 0x3f8 + UART_RX, 1), 'x');
	KUNIT_EXPECT_TRUE(test, board->level[4]);
	KUNIT_EXPECT_EQ(test, test_board_in(board, 0x3e8 + UART_RX, 1), 'y');
	KUNIT_EXPECT_FALSE(test, board->level[4]);
	KUNIT_EXPECT_EQ(test, board->rises[4], 1);
}

static struct kunit_case ns16550a_cases[] = {
	KUNIT_CASE(registers_after_reset),
	KUNIT_CASE(registers_hold_their_bits),
	KUNIT_CASE(divisor_latch_is_apart),
	KUNIT_CASE(bytes_are_sent),
	KUNIT_CASE(transmitter_interrupt_passes_driver_tests),
	KUNIT_CASE(transmitter_interrupt_is_acknowledged),
	KUNIT_CASE(received_bytes_are_read_in_order),
	KUNIT_CASE(holding_register_holds_one),
	KUNIT_CASE(trigger_level_and_timeout),
	KUNIT_CASE(iir_shows_the_highest_priority),
	KUNIT_CASE(overrun_without_fifo_overwrites),
	KUNIT_CASE(loopback_is_off_the_line),
	KUNIT_CASE(loopback_wires_modem_lines),
	KUNIT_CASE(modem_changes_are_reported),
	KUNIT_CASE(fifo_has_its_size),
	KUNIT_CASE(fifo_control),
	KUNIT_CASE(quiet_port_leaves_input_alone),
	KUNIT_CASE(polling_guest_gets_input),
	KUNIT_CASE(handshake_lets_input_in),
	KUNIT_CASE(probing_takes_no_input),
	KUNIT_CASE(reset_restores_everything),
	KUNIT_CASE(parameters_are_checked),
	KUNIT_CASE(registers_can_be_far_apart),
	KUNIT_CASE(isa_port_talks),
	KUNIT_CASE(isa_port_has_its_shape),
	KUNIT_CASE(isa_ports_share_their_interrupt),
	{}
};

static struct kunit_suite ns16550a_suite = {
	.name = "axvm-ns16550a",
	.init = init_port,
	.test_cases = ns16550a_cases,
};

kunit_test_suite(ns16550a_suite);
