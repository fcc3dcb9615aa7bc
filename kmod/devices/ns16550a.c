// SPDX-License-Identifier: GPL-2.0
/*
 * NS16550A serial port, after the PC16550D data sheet (National Semiconductor,
 * June 1995), whose headings the comments cite.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, input_ready by whoever feeds the console, the rest in
 * process context while no vCPU runs.
 *
 * The line has no speed: a byte is on the console as soon as it is written, so
 * the transmitter is always empty. In the other direction the console holds
 * back what does not fit into the receive FIFO, and everything while nobody
 * listens: what is typed while the guest boots reaches its shell instead of
 * being thrown away by the driver's set-up, or it stays for another interface
 * to the same console.
 *
 * There are two models of it: ns16550a on the memory bus, and isa-serial on the
 * eight ports of a PC's serial port.
 *
 * Parameters of ns16550a: cfg[0] distance of registers as power of two (0..2),
 * cfg[1] width of accesses in bytes (1, 2 or 4, not more than the distance).
 */
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/serial_reg.h>
#include <linux/spinlock.h>
#include <kunit/visibility.h>

#include "device.h"

#define NR_REGS		8
#define FIFO_LEN	16
#define WINDOW_LEN	0x100
#define MAX_SHIFT	2
#define MAX_WIDTH	4

/* Bits that exist, "Interrupt Enable Register" and "MODEM Control Register". */
#define IER_BITS	(UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define MCR_BITS	(UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | UART_MCR_OUT2 | \
			 UART_MCR_LOOP)

/*
 * A guest that reads LSR so often without sending waits for input. Drivers'
 * set-up and the wait for an empty transmitter need far fewer.
 */
#define POLLS_LISTENING	16

/* What the modem status shows with a terminal at the other end of the line. */
#define MSR_CONNECTED	(UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS)

/**
 * struct ns16550a - one port
 * @dev: what all devices have
 * @reg_shift: distance of registers, as a power of two
 * @lock: protects everything below; outside of console and interrupt controller locks
 * @ier: interrupt enable
 * @fcr: FIFO control, as far as it can be seen: enable and trigger level
 * @lcr: line control
 * @mcr: modem control
 * @lsr_errors: error bits that a read of LSR takes away
 * @msr: modem status
 * @scr: scratch
 * @dll: divisor latch, low
 * @dlm: divisor latch, high
 * @thre_pending: the transmitter ran empty and nobody has looked yet
 * @lsr_polls: reads of LSR without anything that tells they are not for input
 * @irq_level: of the interrupt line
 * @rx: received bytes, a ring
 * @rx_head: oldest of them
 * @rx_count: their number
 * @rx_looped: some of them are the guest's own, from loopback mode
 */
struct ns16550a {
	struct axvm_device dev;
	u8 reg_shift;
	raw_spinlock_t lock;
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 lsr_errors;
	u8 msr;
	u8 scr;
	u8 dll;
	u8 dlm;
	bool thre_pending;
	u8 lsr_polls;
	bool irq_level;
	u8 rx[FIFO_LEN];
	u8 rx_head;
	u8 rx_count;
	bool rx_looped;
};

static struct ns16550a *to_uart(struct axvm_device *dev)
{
	return container_of(dev, struct ns16550a, dev);
}

static bool fifo_is_on(const struct ns16550a *uart)
{
	return uart->fcr & UART_FCR_ENABLE_FIFO;
}

static bool is_loopback(const struct ns16550a *uart)
{
	return uart->mcr & UART_MCR_LOOP;
}

/* Without FIFOs there is one holding register. */
static unsigned int rx_capacity(const struct ns16550a *uart)
{
	return fifo_is_on(uart) ? FIFO_LEN : 1;
}

static unsigned int rx_trigger(const struct ns16550a *uart)
{
	static const u8 levels[UART_FCR_R_TRIG_MAX_STATE] = { 1, 4, 8, 14 };

	return fifo_is_on(uart) ? levels[UART_FCR_R_TRIG_BITS(uart->fcr)] : 1;
}

/* Does somebody take what the line brings: by interrupt, handshake or polling? */
static bool is_listening(const struct ns16550a *uart)
{
	return (uart->ier & UART_IER_RDI) || (uart->mcr & UART_MCR_RTS) ||
	       uart->lsr_polls >= POLLS_LISTENING;
}

/*
 * Bytes of the line that arrived while somebody listened, and are left when nobody does any
 * more: a driver that looks for the registers that a port has turns the receive
 * interrupt on and off. They have not arrived yet, until somebody listens again.
 */
static bool rx_is_held(const struct ns16550a *uart)
{
	return !uart->rx_looped && !is_listening(uart);
}

static void rx_clear(struct ns16550a *uart)
{
	uart->rx_head = 0;
	uart->rx_count = 0;
	uart->rx_looped = false;
}

static void rx_push(struct ns16550a *uart, u8 byte)
{
	uart->rx[(uart->rx_head + uart->rx_count) % FIFO_LEN] = byte;
	uart->rx_count++;
}

/* An empty receiver gives zero. */
static u8 rx_pop(struct ns16550a *uart)
{
	u8 byte;

	if (!uart->rx_count)
		return 0;
	byte = uart->rx[uart->rx_head];
	uart->rx_head = (uart->rx_head + 1) % FIFO_LEN;
	if (!--uart->rx_count)
		uart->rx_looped = false;
	return byte;
}

/* Take from the console what fits; the receiver is off the line in loopback mode. */
static void rx_fill(struct ns16550a *uart)
{
	u8 bytes[FIFO_LEN];
	unsigned int capacity = rx_capacity(uart);
	size_t got, i;

	if (is_loopback(uart) || !is_listening(uart) || uart->rx_count >= capacity)
		return;
	got = axvm_console_input(uart->dev.console, bytes, capacity - uart->rx_count);
	for (i = 0; i < got; i++)
		rx_push(uart, bytes[i]);
}

/*
 * Overrun, "Line Status Register", bit 1: with FIFOs the byte in the shift
 * register is lost, without them it overwrites the one in the holding register.
 */
static void rx_loop_back(struct ns16550a *uart, u8 byte)
{
	if (uart->rx_count >= rx_capacity(uart)) {
		uart->lsr_errors |= UART_LSR_OE;
		if (fifo_is_on(uart))
			return;
		rx_clear(uart);
	}
	rx_push(uart, byte);
	uart->rx_looped = true;
}

/*
 * The interrupt that IIR shows, by the priorities of "Interrupt Identification
 * Register". The character time-out stands in for a time that the line does
 * not have: data below the trigger level is reported at once.
 */
static u8 pending_interrupt(const struct ns16550a *uart)
{
	if ((uart->ier & UART_IER_RLSI) && uart->lsr_errors)
		return UART_IIR_RLSI;
	if ((uart->ier & UART_IER_RDI) && uart->rx_count)
		return uart->rx_count >= rx_trigger(uart) ? UART_IIR_RDI : UART_IIR_RX_TIMEOUT;
	if ((uart->ier & UART_IER_THRI) && uart->thre_pending)
		return UART_IIR_THRI;
	if ((uart->ier & UART_IER_MSI) && (uart->msr & UART_MSR_ANY_DELTA))
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static void update_irq(struct ns16550a *uart)
{
	bool level = pending_interrupt(uart) != UART_IIR_NO_INT;

	if (level == uart->irq_level)
		return;
	uart->irq_level = level;
	axvm_irq_set_level(&uart->dev.irq, level);
}

static u8 read_data(struct ns16550a *uart)
{
	u8 byte;

	if (uart->lcr & UART_LCR_DLAB)
		return uart->dll;
	byte = rx_is_held(uart) ? 0 : rx_pop(uart);
	rx_fill(uart);
	return byte;
}

static u8 read_ier(struct ns16550a *uart)
{
	return uart->lcr & UART_LCR_DLAB ? uart->dlm : uart->ier;
}

/* Seeing the transmitter interrupt acknowledges it, as its table says. */
static u8 read_iir(struct ns16550a *uart)
{
	u8 iir = pending_interrupt(uart);

	if (iir == UART_IIR_THRI)
		uart->thre_pending = false;
	return fifo_is_on(uart) ? iir | UART_IIR_FIFO_ENABLED_16550A : iir;
}

static u8 read_lcr(struct ns16550a *uart)
{
	return uart->lcr;
}

static u8 read_mcr(struct ns16550a *uart)
{
	return uart->mcr;
}

static u8 read_lsr(struct ns16550a *uart)
{
	u8 lsr = UART_LSR_THRE | UART_LSR_TEMT | uart->lsr_errors;

	uart->lsr_errors = 0;
	if (uart->lsr_polls < POLLS_LISTENING)
		uart->lsr_polls++;
	rx_fill(uart);
	return uart->rx_count && !rx_is_held(uart) ? lsr | UART_LSR_DR : lsr;
}

static u8 read_msr(struct ns16550a *uart)
{
	u8 msr = uart->msr;

	uart->msr &= ~UART_MSR_ANY_DELTA;
	return msr;
}

static u8 read_scr(struct ns16550a *uart)
{
	return uart->scr;
}

/* The byte leaves at once: the transmitter interrupt falls and rises again. */
static void write_data(struct ns16550a *uart, u8 val)
{
	if (uart->lcr & UART_LCR_DLAB) {
		uart->dll = val;
		return;
	}
	if (is_loopback(uart))
		rx_loop_back(uart, val);
	else
		axvm_console_output(uart->dev.console, &val, 1);
	uart->thre_pending = true;
	/* Reading LSR before each byte is no polling for input; polling for an echo goes on. */
	if (uart->lsr_polls < POLLS_LISTENING)
		uart->lsr_polls = 0;
}

/*
 * Enabling the transmitter interrupt while the transmitter is empty raises it,
 * also when it had been acknowledged before: the Linux driver's test for
 * UART_BUG_THRE expects it of a real 16550.
 */
static void write_ier(struct ns16550a *uart, u8 val)
{
	if (uart->lcr & UART_LCR_DLAB) {
		uart->dlm = val;
		return;
	}
	if (val & ~uart->ier & UART_IER_THRI)
		uart->thre_pending = true;
	uart->ier = val & IER_BITS;
	rx_fill(uart);
}

/*
 * "FIFO Control Register": switching FIFOs clears them, and the other bits
 * count only while they are on. Bytes of the line stay when FIFOs are
 * switched, as if they had arrived just after: drivers switch while they set
 * up, with the receive interrupt enabled already.
 */
static void write_fcr(struct ns16550a *uart, u8 val)
{
	u8 fcr = val & UART_FCR_ENABLE_FIFO ?
		 val & (UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK) : 0;
	bool is_switch = (fcr ^ uart->fcr) & UART_FCR_ENABLE_FIFO;

	if ((is_switch && uart->rx_looped) ||
	    (fcr && (val & UART_FCR_CLEAR_RCVR) && !rx_is_held(uart)))
		rx_clear(uart);
	uart->fcr = fcr;
	uart->lsr_polls = 0;
	rx_fill(uart);
}

static void write_lcr(struct ns16550a *uart, u8 val)
{
	uart->lcr = val;
}

/* Modem inputs: the far end of the line; "MODEM Control Register", bit 4: our own outputs. */
static u8 modem_inputs(const struct ns16550a *uart)
{
	u8 mcr = uart->mcr;

	if (!is_loopback(uart))
		return MSR_CONNECTED;
	return (mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) | (mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
	       (mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) | (mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
}

/* "MODEM Status Register": a delta bit lies four below its input; RI counts trailing edges. */
static void update_modem_status(struct ns16550a *uart)
{
	u8 inputs = modem_inputs(uart);
	u8 changed = (inputs ^ uart->msr) & ~UART_MSR_ANY_DELTA;

	if (inputs & UART_MSR_RI)
		changed &= ~UART_MSR_RI;
	uart->msr = inputs | (uart->msr & UART_MSR_ANY_DELTA) | changed >> 4;
}

static void write_mcr(struct ns16550a *uart, u8 val)
{
	uart->mcr = val & MCR_BITS;
	update_modem_status(uart);
	rx_fill(uart);
}

/* LSR and MSR are for reading; writing is for factory tests (note at "Line Status Register"). */
static void write_nothing(struct ns16550a *uart, u8 val)
{
}

static void write_scr(struct ns16550a *uart, u8 val)
{
	uart->scr = val;
}

static const struct {
	u8 (*read)(struct ns16550a *uart);
	void (*write)(struct ns16550a *uart, u8 val);
} registers[NR_REGS] = {
	[UART_RX] = { read_data, write_data },
	[UART_IER] = { read_ier, write_ier },
	[UART_IIR] = { read_iir, write_fcr },
	[UART_LCR] = { read_lcr, write_lcr },
	[UART_MCR] = { read_mcr, write_mcr },
	[UART_LSR] = { read_lsr, write_nothing },
	[UART_MSR] = { read_msr, write_nothing },
	[UART_SCR] = { read_scr, write_scr },
};

/* Register at an offset; -1 between registers and behind the last. */
static int find_register(const struct ns16550a *uart, u64 offset)
{
	u64 reg = offset >> uart->reg_shift;

	if (reg >= NR_REGS || reg << uart->reg_shift != offset)
		return -1;
	return array_index_nospec(reg, NR_REGS);
}

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct ns16550a *uart = opaque;
	int reg = find_register(uart, offset);

	if (reg < 0)
		return false;
	guard(raw_spinlock_irqsave)(&uart->lock);
	*val = registers[reg].read(uart);
	update_irq(uart);
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct ns16550a *uart = opaque;
	int reg = find_register(uart, offset);

	if (reg < 0)
		return false;
	guard(raw_spinlock_irqsave)(&uart->lock);
	registers[reg].write(uart, val);
	update_irq(uart);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static void input_ready(void *opaque)
{
	struct ns16550a *uart = opaque;

	guard(raw_spinlock_irqsave)(&uart->lock);
	rx_fill(uart);
	update_irq(uart);
}

static int check_params(const struct axvm_device *dev, struct axvm_error *err)
{
	u64 shift = axvm_device_param(dev, 0, 0);
	u64 width = axvm_device_param(dev, 1, 1);

	if (dev->cfg.nr_cfg > 2)
		return axvm_fail(err, "ns16550a takes two parameters: reg-shift, reg-io-width",
				 -EINVAL);
	if (shift > MAX_SHIFT)
		return axvm_fail(err, "ns16550a: reg-shift is 0, 1 or 2", -EINVAL);
	if (!is_power_of_2(width) || width > MAX_WIDTH)
		return axvm_fail(err, "ns16550a: reg-io-width is 1, 2 or 4", -EINVAL);
	if (width > 1ULL << shift)
		return axvm_fail(err, "ns16550a: reg-io-width is more than reg-shift allows",
				 -EINVAL);
	return 0;
}

/* Registers on a bus; the rest of create. */
static int open_port(struct ns16550a *uart, enum axvm_bus_space space, u8 widths,
		     struct axvm_error *err)
{
	const struct axvm_console_client client = {
		.ready = input_ready,
		.opaque = uart,
	};
	int ret;

	raw_spin_lock_init(&uart->lock);
	ret = axvm_device_add_window(&uart->dev, space, widths, &bus_ops, err);
	if (ret)
		return ret;
	axvm_console_connect(uart->dev.console, &client);
	return 0;
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct ns16550a *uart = to_uart(dev);
	int ret;

	ret = check_params(dev, err);
	if (ret)
		return ret;
	uart->reg_shift = axvm_device_param(dev, 0, 0);
	ret = axvm_device_set_len(dev, NR_REGS << uart->reg_shift, WINDOW_LEN, err);
	if (ret)
		return ret;
	/* All sizes up to the given one: 1, 1|2 or 1|2|4. */
	return open_port(uart, AXVM_BUS_MMIO, 2 * axvm_device_param(dev, 1, 1) - 1, err);
}

static int create_isa(struct axvm_device *dev, struct axvm_error *err)
{
	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "isa-serial takes no parameters", -EINVAL);
	if (dev->cfg.base % NR_REGS)
		return axvm_fail(err, "isa-serial: base is not a multiple of 8", -EINVAL);
	if (dev->cfg.len && dev->cfg.len != NR_REGS)
		return axvm_fail(err, "isa-serial has eight ports", -EINVAL);
	dev->cfg.len = NR_REGS;
	return open_port(to_uart(dev), AXVM_BUS_PIO, 1, err);
}

static void reset_registers(struct ns16550a *uart)
{
	guard(raw_spinlock_irqsave)(&uart->lock);
	uart->ier = 0;
	uart->fcr = 0;
	uart->lcr = 0;
	uart->mcr = 0;
	uart->lsr_errors = 0;
	uart->msr = MSR_CONNECTED;
	uart->scr = 0;
	uart->dll = 0;
	uart->dlm = 0;
	uart->thre_pending = false;
	uart->lsr_polls = 0;
	rx_clear(uart);
	uart->irq_level = false;
	axvm_irq_set_level(&uart->dev.irq, false);
}

static void reset(struct axvm_device *dev)
{
	axvm_console_flush_input(dev->console);
	reset_registers(to_uart(dev));
}

static void destroy(struct axvm_device *dev)
{
	axvm_console_disconnect(dev->console);
}

const struct axvm_device_type axvm_ns16550a = {
	.name = "ns16550a",
	.size = sizeof(struct ns16550a),
	.has_console = true,
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_ns16550a);

const struct axvm_device_type axvm_isa_serial = {
	.name = "isa-serial",
	.size = sizeof(struct ns16550a),
	.shares_irq = true,
	.has_console = true,
	.create = create_isa,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_isa_serial);
