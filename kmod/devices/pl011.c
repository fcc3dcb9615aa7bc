// SPDX-License-Identifier: GPL-2.0
/*
 * PL011 serial port, after Arm's "PrimeCell UART (PL011) Technical Reference
 * Manual" (DDI 0183), whose registers and headings the comments cite. The FIFOs have 16
 * entries, as in revisions before r1p5, and the identification says so.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, input_ready by whoever feeds the console, timer_expired by a
 * hard interrupt, the rest in process context while no vCPU runs.
 *
 * The line has no speed: a byte is on the console as soon as the transmitter
 * may send it. UARTEN does not hold it back, for guests without firmware print
 * before they set anything up. In the other direction the console holds back
 * what does not fit into the receive FIFO, and everything while nobody listens
 * or the guest is setting the port up: drivers throw away what they find then,
 * and what was typed early should reach the shell instead.
 */
#include <linux/amba/serial.h>
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "primecell.h"

#define FIFO_LEN	16
#define REGS_LEN	(UART011_DMACR + 4)

/* Bits that exist. */
#define CR_BITS		0xff87
#define IFLS_BITS	(UART011_IFLS_RXIFLSEL | UART011_IFLS_TXIFLSEL)
#define IRQ_BITS	0x7ff
#define FBRD_BITS	0x3f

/* State after reset, "Summary of registers". */
#define CR_RESET	(UART011_CR_TXE | UART011_CR_RXE)
#define IFLS_RESET	(UART011_IFLS_RX4_8 | UART011_IFLS_TX4_8)

#define MODEM_BITS	(UART011_FR_RI | UART01x_FR_MODEM_ANY)
/* What the modem lines are with a terminal at the other end. */
#define MODEM_CONNECTED	UART01x_FR_MODEM_ANY

/* A guest that reads FR so often without sending waits for input; drivers need far fewer. */
#define POLLS_LISTENING	16

/* Far more than a driver's set-up takes, far less than anybody notices. */
#define SETTLE_NS	(5 * NSEC_PER_MSEC)

/**
 * struct pl011 - one port
 * @cell: what all PrimeCells have
 * @timer: runs at the end of the set-up if input waits for it, and after a
 *	receive timeout was cleared with data left
 * @lock: protects everything below; outside of console and interrupt controller locks
 * @settled_at: end of the set-up, 0: it is over
 * @cr: control
 * @lcrh: line control
 * @ilpr: IrDA low-power counter
 * @ibrd: baud rate divisor, integer
 * @fbrd: baud rate divisor, fraction
 * @ifls: FIFO levels
 * @imsc: interrupt mask
 * @ris: raw interrupt status
 * @rsr: receive status
 * @modem: modem lines as in FR
 * @overrun: the next character says that others were lost
 * @rx_above: the receive FIFO is at its trigger level or above
 * @rx_looped: some received characters are the guest's own, from loopback
 * @irq_level: of the interrupt line
 * @polls: reads of FR without anything that tells they are not for input
 * @rx: received characters with their errors, a ring
 * @rx_head: oldest of them
 * @rx_count: their number
 * @tx: bytes that may not be sent yet, a ring
 * @tx_head: oldest of them
 * @tx_count: their number
 */
struct pl011 {
	struct primecell cell;
	struct hrtimer timer;
	raw_spinlock_t lock;
	ktime_t settled_at;
	u16 cr;
	u8 lcrh;
	u8 ilpr;
	u16 ibrd;
	u8 fbrd;
	u8 ifls;
	u16 imsc;
	u16 ris;
	u8 rsr;
	u16 modem;
	bool overrun;
	bool rx_above;
	bool rx_looped;
	bool irq_level;
	u8 polls;
	u16 rx[FIFO_LEN];
	u8 rx_head;
	u8 rx_count;
	u8 tx[FIFO_LEN];
	u8 tx_head;
	u8 tx_count;
};

static struct pl011 *to_uart(struct axvm_device *dev)
{
	return container_of(dev, struct pl011, cell.dev);
}

static bool fifo_is_on(const struct pl011 *uart)
{
	return uart->lcrh & UART01x_LCRH_FEN;
}

static bool is_loopback(const struct pl011 *uart)
{
	return uart->cr & UART011_CR_LBE;
}

/* Without FIFOs there is one holding register in each direction. */
static unsigned int capacity(const struct pl011 *uart)
{
	return fifo_is_on(uart) ? FIFO_LEN : 1;
}

/* "UARTIFLS": eighths of the FIFO. The three reserved values act like the highest. */
static unsigned int fifo_level(unsigned int select)
{
	static const u8 eighths[] = { 1, 2, 4, 6, 7, 7, 7, 7 };

	return eighths[select] * FIFO_LEN / 8;
}

static unsigned int rx_trigger(const struct pl011 *uart)
{
	return fifo_is_on(uart) ? fifo_level(FIELD_GET(UART011_IFLS_RXIFLSEL, uart->ifls)) : 1;
}

static unsigned int tx_trigger(const struct pl011 *uart)
{
	return fifo_is_on(uart) ? fifo_level(FIELD_GET(UART011_IFLS_TXIFLSEL, uart->ifls)) : 0;
}

static void update_irq(struct pl011 *uart)
{
	bool level = uart->ris & uart->imsc;

	if (level == uart->irq_level)
		return;
	uart->irq_level = level;
	axvm_irq_set_level(&uart->cell.dev.irq, level);
}

/* --- modem lines --- */

/* "UARTCR", LBE: in loopback our own outputs come back. RTSEN makes RTS follow the receive FIFO. */
static u16 modem_inputs(const struct pl011 *uart)
{
	u16 cr = uart->cr;
	bool rts = cr & UART011_CR_RTSEN ? !uart->rx_above : cr & UART011_CR_RTS;

	if (!is_loopback(uart))
		return MODEM_CONNECTED;
	return (rts ? UART01x_FR_CTS : 0) | (cr & UART011_CR_DTR ? UART01x_FR_DSR : 0) |
	       (cr & UART011_CR_OUT1 ? UART01x_FR_DCD : 0) |
	       (cr & UART011_CR_OUT2 ? UART011_FR_RI : 0);
}

static void update_modem(struct pl011 *uart)
{
	static const struct {
		u16 line;
		u16 irq;
	} changes[] = {
		{ UART011_FR_RI, UART011_RIMIS },
		{ UART01x_FR_CTS, UART011_CTSMIS },
		{ UART01x_FR_DCD, UART011_DCDMIS },
		{ UART01x_FR_DSR, UART011_DSRMIS },
	};
	u16 inputs = modem_inputs(uart);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(changes); i++)
		if ((inputs ^ uart->modem) & changes[i].line)
			uart->ris |= changes[i].irq;
	uart->modem = inputs;
}

/* --- receiver --- */

/*
 * "UARTRXINTR": the receive interrupt comes with the step up to the trigger level and
 * goes with the step below it.
 */
static void update_rx_level(struct pl011 *uart)
{
	bool above = uart->rx_count >= rx_trigger(uart);

	if (above && !uart->rx_above)
		uart->ris |= UART011_RXIS;
	if (!above)
		uart->ris &= ~UART011_RXIS;
	uart->rx_above = above;
	update_modem(uart);
}

static void rx_clear(struct pl011 *uart)
{
	uart->rx_head = 0;
	uart->rx_count = 0;
	uart->rx_looped = false;
	uart->ris &= ~UART011_RTIS;
}

/*
 * "Error bits" and "Overrun bit": an overrun is told at once in RSR and
 * RIS, and with the next character that finds room. The receive timeout comes
 * without delay: the line is silent after every character.
 */
static void rx_push(struct pl011 *uart, u16 character)
{
	if (uart->rx_count >= capacity(uart)) {
		uart->overrun = true;
		uart->rsr |= UART01x_RSR_OE;
		uart->ris |= UART011_OEIS;
		return;
	}
	if (uart->overrun)
		character |= UART011_DR_OE;
	uart->overrun = false;
	uart->rx[(uart->rx_head + uart->rx_count) % FIFO_LEN] = character;
	uart->rx_count++;
	uart->ris |= UART011_RTIS;
	update_rx_level(uart);
}

/* An empty receiver gives zero. */
static u16 rx_pop(struct pl011 *uart)
{
	u16 character;

	if (!uart->rx_count)
		return 0;
	character = uart->rx[uart->rx_head];
	uart->rx_head = (uart->rx_head + 1) % FIFO_LEN;
	if (!--uart->rx_count)
		rx_clear(uart);
	update_rx_level(uart);
	return character;
}

/* Does somebody take what the line brings: by interrupt or polling? */
static bool is_listening(const struct pl011 *uart)
{
	if (!(uart->cr & UART011_CR_RXE))
		return false;
	if (uart->polls >= POLLS_LISTENING)
		return true;
	return (uart->cr & UART01x_CR_UARTEN) && (uart->imsc & (UART011_RXIM | UART011_RTIM));
}

/* Control or format were written. Drivers that go on to drain the FIFO find nothing. */
static void begin_set_up(struct pl011 *uart)
{
	uart->settled_at = ktime_add_ns(ktime_get(), SETTLE_NS);
	uart->polls = 0;
}

static void start_timer(struct pl011 *uart, ktime_t when)
{
	if (!hrtimer_is_queued(&uart->timer))
		hrtimer_start(&uart->timer, when, HRTIMER_MODE_ABS_HARD);
}

static bool is_settled(struct pl011 *uart)
{
	if (uart->settled_at && ktime_before(ktime_get(), uart->settled_at))
		return false;
	uart->settled_at = 0;
	return true;
}

/* Take from the console what fits; the receiver is off the line in loopback mode. */
static void rx_fill(struct pl011 *uart)
{
	struct axvm_console *console = uart->cell.dev.console;
	unsigned int room = capacity(uart);
	u8 bytes[FIFO_LEN];
	size_t got, i;

	if (is_loopback(uart) || !is_listening(uart) || uart->rx_count >= room)
		return;
	if (!is_settled(uart)) {
		if (axvm_console_input_pending(console))
			start_timer(uart, uart->settled_at);
		return;
	}
	got = axvm_console_input(console, bytes, room - uart->rx_count);
	for (i = 0; i < got; i++)
		rx_push(uart, bytes[i]);
}

/* "UARTLCR_H", BRK: in loopback the receiver sees it as one zero character without a stop bit. */
static void rx_break(struct pl011 *uart)
{
	if (!is_loopback(uart) || !(uart->cr & UART011_CR_RXE))
		return;
	uart->ris |= UART011_BEIS | UART011_FEIS;
	rx_push(uart, UART011_DR_BE | UART011_DR_FE);
	uart->rx_looped = true;
}

/* --- transmitter --- */

static void send(struct pl011 *uart, u8 byte)
{
	if (!is_loopback(uart)) {
		axvm_console_output(uart->cell.dev.console, &byte, 1);
		return;
	}
	if (!(uart->cr & UART011_CR_RXE) || (uart->lcrh & UART01x_LCRH_BRK))
		return;
	rx_push(uart, byte);
	uart->rx_looped = uart->rx_count;
}

static bool may_send(const struct pl011 *uart)
{
	if (!(uart->cr & UART011_CR_TXE))
		return false;
	return !(uart->cr & UART011_CR_CTSEN) || (uart->modem & UART01x_FR_CTS);
}

/* "UARTTXINTR": the transmit interrupt comes when a byte leaves and few enough are behind it. */
static void tx_drain(struct pl011 *uart)
{
	while (uart->tx_count && may_send(uart)) {
		u8 byte = uart->tx[uart->tx_head];

		uart->tx_head = (uart->tx_head + 1) % FIFO_LEN;
		if (--uart->tx_count <= tx_trigger(uart))
			uart->ris |= UART011_TXIS;
		send(uart, byte);
	}
}

/* A full transmit FIFO loses what is written to it. */
static void tx_push(struct pl011 *uart, u8 byte)
{
	if (uart->tx_count >= capacity(uart))
		return;
	uart->tx[(uart->tx_head + uart->tx_count) % FIFO_LEN] = byte;
	if (++uart->tx_count > tx_trigger(uart))
		uart->ris &= ~UART011_TXIS;
}

/* --- registers --- */

/* "UARTRSR/UARTECR": all of RSR but the overrun belongs to the character read last. */
static u32 read_dr(struct pl011 *uart)
{
	u16 character;

	if (!uart->rx_count)
		return 0;
	character = rx_pop(uart);
	uart->rsr &= UART01x_RSR_OE;
	uart->rsr |= character >> 8 & (UART01x_RSR_BE | UART01x_RSR_PE | UART01x_RSR_FE);
	tx_drain(uart);
	rx_fill(uart);
	return character;
}

static u32 read_rsr(struct pl011 *uart)
{
	return uart->rsr;
}

/* "UARTFR": BUSY is about the FIFO too, and it is never anything else here. */
static u32 read_fr(struct pl011 *uart)
{
	unsigned int full = capacity(uart);

	if (uart->polls < POLLS_LISTENING)
		uart->polls++;
	rx_fill(uart);
	return uart->modem | (uart->rx_count ? 0 : UART01x_FR_RXFE) |
	       (uart->rx_count >= full ? UART011_FR_RXFF : 0) |
	       (uart->tx_count ? UART01x_FR_BUSY : UART011_FR_TXFE) |
	       (uart->tx_count >= full ? UART01x_FR_TXFF : 0);
}

static u32 read_ilpr(struct pl011 *uart)
{
	return uart->ilpr;
}

static u32 read_ibrd(struct pl011 *uart)
{
	return uart->ibrd;
}

static u32 read_fbrd(struct pl011 *uart)
{
	return uart->fbrd;
}

static u32 read_lcrh(struct pl011 *uart)
{
	return uart->lcrh;
}

static u32 read_cr(struct pl011 *uart)
{
	return uart->cr;
}

static u32 read_ifls(struct pl011 *uart)
{
	return uart->ifls;
}

static u32 read_imsc(struct pl011 *uart)
{
	return uart->imsc;
}

static u32 read_ris(struct pl011 *uart)
{
	return uart->ris;
}

static u32 read_mis(struct pl011 *uart)
{
	return uart->ris & uart->imsc;
}

static void write_dr(struct pl011 *uart, u32 val)
{
	tx_push(uart, val);
	tx_drain(uart);
	/* Reading FR before each byte is no polling for input; polling for an echo goes on. */
	if (uart->polls < POLLS_LISTENING)
		uart->polls = 0;
}

/* "UARTRSR/UARTECR": any write clears all errors. */
static void write_ecr(struct pl011 *uart, u32 val)
{
	uart->rsr = 0;
}

static void write_ilpr(struct pl011 *uart, u32 val)
{
	uart->ilpr = val;
}

static void write_ibrd(struct pl011 *uart, u32 val)
{
	uart->ibrd = val;
}

static void write_fbrd(struct pl011 *uart, u32 val)
{
	uart->fbrd = val & FBRD_BITS;
}

/*
 * Switching FIFOs empties them, but bytes of the line stay, as if they had
 * arrived just after: drivers switch with the receive interrupt on already.
 */
static void write_lcrh(struct pl011 *uart, u32 val)
{
	u8 changed = uart->lcrh ^ val;

	uart->lcrh = val;
	if (changed & UART01x_LCRH_FEN) {
		uart->tx_count = 0;
		if (uart->rx_looped)
			rx_clear(uart);
		update_rx_level(uart);
	}
	if (changed & val & UART01x_LCRH_BRK)
		rx_break(uart);
	begin_set_up(uart);
	rx_fill(uart);
}

static void write_cr(struct pl011 *uart, u32 val)
{
	uart->cr = val & CR_BITS;
	update_modem(uart);
	tx_drain(uart);
	begin_set_up(uart);
	rx_fill(uart);
}

static void write_ifls(struct pl011 *uart, u32 val)
{
	uart->ifls = val & IFLS_BITS;
	update_rx_level(uart);
	tx_drain(uart);
}

/* Enabling interrupts ends a driver's set-up. */
static void write_imsc(struct pl011 *uart, u32 val)
{
	uart->imsc = val & IRQ_BITS;
	uart->settled_at = 0;
	rx_fill(uart);
}

/*
 * "UARTRTINTR": the receive timeout comes back after a while without reading, and so
 * a guest that acknowledges after it looked for the last time loses nothing.
 */
static void write_icr(struct pl011 *uart, u32 val)
{
	uart->ris &= ~val;
	if (uart->rx_count && !(uart->ris & UART011_RTIS))
		start_timer(uart, ktime_add_ns(ktime_get(), SETTLE_NS));
}

/* No DMA controller is wired to DMACR, and nothing is behind the integration test registers. */
static const struct {
	u32 (*read)(struct pl011 *uart);
	void (*write)(struct pl011 *uart, u32 val);
} registers[REGS_LEN / 4] = {
	[UART01x_DR / 4] = { read_dr, write_dr },
	[UART01x_RSR / 4] = { read_rsr, write_ecr },
	[UART01x_FR / 4] = { .read = read_fr },
	[UART01x_ILPR / 4] = { read_ilpr, write_ilpr },
	[UART011_IBRD / 4] = { read_ibrd, write_ibrd },
	[UART011_FBRD / 4] = { read_fbrd, write_fbrd },
	[UART011_LCRH / 4] = { read_lcrh, write_lcrh },
	[UART011_CR / 4] = { read_cr, write_cr },
	[UART011_IFLS / 4] = { read_ifls, write_ifls },
	[UART011_IMSC / 4] = { read_imsc, write_imsc },
	[UART011_RIS / 4] = { .read = read_ris },
	[UART011_MIS / 4] = { .read = read_mis },
	[UART011_ICR / 4] = { .write = write_icr },
};

static u32 read_register(struct axvm_device *dev, unsigned int offset)
{
	struct pl011 *uart = to_uart(dev);
	unsigned int reg = offset / 4;
	u32 val;

	if (reg >= ARRAY_SIZE(registers))
		return 0;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	if (!registers[reg].read)
		return 0;
	guard(raw_spinlock_irqsave)(&uart->lock);
	val = registers[reg].read(uart);
	update_irq(uart);
	return val;
}

static void write_register(struct axvm_device *dev, unsigned int offset, u32 val)
{
	struct pl011 *uart = to_uart(dev);
	unsigned int reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	if (!registers[reg].write)
		return;
	guard(raw_spinlock_irqsave)(&uart->lock);
	registers[reg].write(uart, val);
	update_irq(uart);
}

/* "UARTPeriphID0-3": part 0x011 of designer 0x41 (Arm), revision 1: r1p1. */
static const struct primecell_ops cell_ops = {
	.id = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 },
	.read = read_register,
	.write = write_register,
};

static void input_ready(void *opaque)
{
	struct pl011 *uart = opaque;

	guard(raw_spinlock_irqsave)(&uart->lock);
	rx_fill(uart);
	update_irq(uart);
}

/* The set-up is over, or data was left for too long. */
static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct pl011 *uart = container_of(timer, struct pl011, timer);

	guard(raw_spinlock_irqsave)(&uart->lock);
	rx_fill(uart);
	if (uart->rx_count)
		uart->ris |= UART011_RTIS;
	update_irq(uart);
	return HRTIMER_NORESTART;
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct pl011 *uart = to_uart(dev);
	const struct axvm_console_client client = {
		.ready = input_ready,
		.opaque = uart,
	};
	int ret;

	raw_spin_lock_init(&uart->lock);
	hrtimer_setup(&uart->timer, timer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	ret = axvm_primecell_create(&uart->cell, &cell_ops, err);
	if (ret)
		return ret;
	axvm_console_connect(dev->console, &client);
	return 0;
}

static void reset_registers(struct pl011 *uart)
{
	guard(raw_spinlock_irqsave)(&uart->lock);
	uart->settled_at = 0;
	uart->cr = CR_RESET;
	uart->lcrh = 0;
	uart->ilpr = 0;
	uart->ibrd = 0;
	uart->fbrd = 0;
	uart->ifls = IFLS_RESET;
	uart->imsc = 0;
	uart->ris = 0;
	uart->rsr = 0;
	uart->modem = MODEM_CONNECTED;
	uart->overrun = false;
	uart->rx_above = false;
	uart->polls = 0;
	rx_clear(uart);
	uart->tx_head = 0;
	uart->tx_count = 0;
	uart->irq_level = false;
	axvm_irq_set_level(&uart->cell.dev.irq, false);
}

/* With the registers reset nobody listens, so the timer cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct pl011 *uart = to_uart(dev);

	axvm_console_flush_input(dev->console);
	reset_registers(uart);
	hrtimer_cancel(&uart->timer);
}

static void destroy(struct axvm_device *dev)
{
	axvm_console_disconnect(dev->console);
	hrtimer_cancel(&to_uart(dev)->timer);
}

const struct axvm_device_type axvm_pl011 = {
	.name = "pl011",
	.size = sizeof(struct pl011),
	.has_console = true,
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_pl011);
