// SPDX-License-Identifier: GPL-2.0
/*
 * PL011 serial port: registers, FIFOs, loopback and interrupts. DDI 0183,
 * chapters 2 and 3.
 *
 * It is the console, too: each case leaves it as it has to be for that.
 */
#include "pl011.h"
#include "primecell.h"
#include "runtime.h"

const char *const guest_name = "pl011";

#define SECOND		1000000
#define FIFO_SIZE	16
#define ONE_EIGHTH	0	/* of the FIFO, in IFLS */
#define HALF		2
#define RX_LEVEL(level)	((level) << 3)
#define DR_BE		0x400
#define RSR_OE		0x08

static u32 get(u32 reg)
{
	return mmio_read32(pl011_base() + reg);
}

static void put(u32 reg, u32 val)
{
	mmio_write32(pl011_base() + reg, val);
}

/* In loopback when cr says so; nothing received, nothing raised. */
static void set_up(u32 lcr, u32 cr)
{
	put(PL011_IMSC, 0);
	while (get(PL011_FR) & PL011_BUSY)
		barrier();
	put(PL011_CR, 0);
	put(PL011_LCR_H, lcr);
	put(PL011_CR, PL011_ENABLE | cr);
	while (!(get(PL011_FR) & PL011_RXFE))
		get(PL011_DR);
	put(PL011_RSR, 0);
	put(PL011_ICR, PL011_INT_ALL);
}

/* The reference shows on its line what goes round in loopback; verdicts begin a line. */
static void set_console(void)
{
	set_up(PL011_8BITS | PL011_FIFOS, 0);
	put(PL011_IFLS, RX_LEVEL(HALF) | HALF);
	if (arch_is_reference())
		print("\n");
}

static void identification(void)
{
	primecell_check(pl011_base(), 0x011);
}

static void registers_kept(void)
{
	static const struct {
		u32 reg;
		u32 bits;
	} regs[] = {
		{ PL011_IBRD, 0xffff }, { PL011_FBRD, 0x3f }, { PL011_IFLS, 0x12 },
		{ PL011_IMSC, PL011_INT_ALL },
	};
	unsigned int i;
	u32 old;

	set_console();
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		old = get(regs[i].reg);
		put(regs[i].reg, regs[i].bits);
		check(get(regs[i].reg) == regs[i].bits, "register 0x%x became 0x%x", regs[i].reg,
		      get(regs[i].reg));
		put(regs[i].reg, old);
	}
	put(PL011_FBRD, 0x7f);
	check(get(PL011_FBRD) == 0x3f, "the fraction became 0x%x", get(PL011_FBRD));
	set_console();
}

static void idle_state(void)
{
	u32 bits = PL011_BUSY | PL011_TXFF | PL011_RXFF | PL011_TXFE | PL011_RXFE;

	set_console();
	check((get(PL011_FR) & bits) == (PL011_TXFE | PL011_RXFE), "FR is 0x%x", get(PL011_FR));
	check(!get(PL011_MIS), "MIS is 0x%x", get(PL011_MIS));
}

static bool wait_flag(u32 bits, u32 wanted)
{
	u64 end = arch_time() + time_from_us(SECOND);

	while ((get(PL011_FR) & bits) != wanted)
		if (arch_time() > end)
			return (get(PL011_FR) & bits) == wanted;
	return true;
}

static void loopback_bytes(void)
{
	unsigned int i;

	set_up(PL011_8BITS | PL011_FIFOS, PL011_LBE);
	for (i = 0; i < 256 && !test_failed(); i++) {
		u32 got;

		put(PL011_DR, i);
		if (!check(wait_flag(PL011_RXFE, 0), "byte 0x%x does not come", i))
			break;
		got = get(PL011_DR);
		check(got == i, "0x%x came for 0x%x", got, i);
	}
	check(get(PL011_FR) & PL011_RXFE, "more than that came");
	set_console();
}

/* Returns how many bytes it takes until the receiver is full. */
static unsigned int fill(u32 lcr)
{
	unsigned int i;

	set_up(lcr, PL011_LBE);
	for (i = 0; i < 2 * FIFO_SIZE && !(get(PL011_FR) & PL011_RXFF); i++) {
		put(PL011_DR, 'a' + i);
		wait_flag(PL011_BUSY, 0);
	}
	return i;
}

static void receive_fifo(void)
{
	unsigned int i, nr = fill(PL011_8BITS | PL011_FIFOS);

	check(nr == FIFO_SIZE, "full after %u", nr);
	for (i = 0; i < nr; i++)
		check((get(PL011_DR) & 0xff) == 'a' + i, "byte %u is wrong", i);
	check(get(PL011_FR) & PL011_RXFE, "not empty");
	nr = fill(PL011_8BITS);
	check(nr == 1, "without FIFO full after %u", nr);
	check(get(PL011_DR) == 'a', "the byte is wrong");
	set_console();
}

static void overrun(void)
{
	if (arch_is_reference()) {
		test_skip("the reference loses nothing in loopback");
		return;
	}
	fill(PL011_8BITS | PL011_FIFOS);
	put(PL011_DR, 'z');
	wait_flag(PL011_BUSY, 0);
	check(get(PL011_RIS) & PL011_INT_OE, "RIS is 0x%x", get(PL011_RIS));
	check(get(PL011_RSR) & RSR_OE, "RSR is 0x%x", get(PL011_RSR));
	check(get(PL011_DR) == 'a', "the first byte is lost");
	put(PL011_RSR, 0);
	check(!(get(PL011_RSR) & RSR_OE), "still in RSR after it was cleared");
	put(PL011_ICR, PL011_INT_OE);
	check(!(get(PL011_RIS) & PL011_INT_OE), "still in RIS after it was cleared");
	set_console();
}

static void break_comes_back(void)
{
	set_up(PL011_8BITS | PL011_FIFOS, PL011_LBE);
	put(PL011_LCR_H, PL011_8BITS | PL011_FIFOS | 1);
	if (check(wait_flag(PL011_RXFE, 0), "nothing is received")) {
		u32 got = get(PL011_DR);

		check((got & DR_BE) && !(got & 0xff), "0x%x is received", got);
	}
	set_console();
}

/* "UARTCR", LBE: RTS is CTS, DTR is DSR, OUT1 is DCD and OUT2 is RI. */
static void modem_loopback(void)
{
	static const struct {
		u32 cr;
		u32 fr;
	} pairs[] = {
		{ PL011_RTS, PL011_CTS }, { PL011_DTR, PL011_DSR },
		{ PL011_OUT1, PL011_DCD }, { PL011_OUT2, PL011_RI },
	};
	u32 lines = PL011_CTS | PL011_DSR | PL011_DCD | PL011_RI;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		set_up(PL011_8BITS, PL011_LBE | pairs[i].cr);
		check((get(PL011_FR) & lines) == pairs[i].fr, "CR 0x%x gives FR 0x%x",
		      pairs[i].cr, get(PL011_FR));
	}
	set_console();
}

/* "UARTTXINTR": a transition, not a level; ICR clears it. */
static void transmit_identified(void)
{
	set_up(PL011_8BITS | PL011_FIFOS, PL011_LBE);
	put(PL011_DR, 'x');
	wait_flag(PL011_BUSY, 0);
	check(get(PL011_RIS) & PL011_INT_TX, "RIS is 0x%x", get(PL011_RIS));
	check(!(get(PL011_MIS) & PL011_INT_TX), "MIS is 0x%x, though masked", get(PL011_MIS));
	put(PL011_IMSC, PL011_INT_TX);
	check(get(PL011_MIS) == PL011_INT_TX, "MIS is 0x%x", get(PL011_MIS));
	put(PL011_ICR, PL011_INT_TX);
	check(!get(PL011_MIS), "still there after it was cleared");
	set_console();
}

static void receive_level(void)
{
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("the reference has one level");
		return;
	}
	set_up(PL011_8BITS | PL011_FIFOS, PL011_LBE);
	put(PL011_IFLS, RX_LEVEL(HALF) | ONE_EIGHTH);
	for (i = 0; i < FIFO_SIZE / 2; i++) {
		check(!(get(PL011_RIS) & PL011_INT_RX), "raised with %u bytes", i);
		put(PL011_DR, i);
		wait_flag(PL011_BUSY, 0);
	}
	check(get(PL011_RIS) & PL011_INT_RX, "not raised with %u bytes", i);
	get(PL011_DR);
	check(!(get(PL011_RIS) & PL011_INT_RX), "still raised below the level");
	set_console();
}

static void quiet(unsigned int line)
{
	put(PL011_IMSC, 0);
}

static bool expect_line(u64 before)
{
	return await_line(pl011_intid(), before, 10 * SECOND);
}

static void byte_interrupts(u32 irqs)
{
	u64 before;

	set_up(PL011_8BITS | PL011_FIFOS, PL011_LBE);
	arch_line_enable(pl011_intid(), quiet);
	before = arch_line_count(pl011_intid());
	put(PL011_DR, 'z');
	wait_flag(PL011_RXFE, 0);
	put(PL011_IMSC, irqs);
	check(expect_line(before), "no interrupt");
	check(arch_line_count(pl011_intid()) == before + 1, "it comes again");
	arch_line_disable(pl011_intid());
	set_console();
}

static void transmit_interrupt(void)
{
	byte_interrupts(PL011_INT_TX);
}

static void receive_interrupt(void)
{
	byte_interrupts(PL011_INT_RX | PL011_INT_RT);
}

static const struct test_case cases[] = {
	{ "identification", identification },
	{ "registers_kept", registers_kept },
	{ "idle_state", idle_state },
	{ "loopback_bytes", loopback_bytes },
	{ "receive_fifo", receive_fifo },
	{ "overrun", overrun },
	{ "break_comes_back", break_comes_back },
	{ "modem_loopback", modem_loopback },
	{ "transmit_identified", transmit_identified },
	{ "receive_level", receive_level },
	{ "transmit_interrupt", transmit_interrupt },
	{ "receive_interrupt", receive_interrupt },
};

void guest_main(void)
{
	if (!pl011_base() || !pl011_intid())
		test_abort("no PL011");
	test_run(cases, ARRAY_SIZE(cases));
}
