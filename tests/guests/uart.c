// SPDX-License-Identifier: GPL-2.0
/*
 * UART of the 16550A kind: registers, FIFOs, loopback and interrupts.
 * PC16550D data sheet (National Semiconductor), section 8.
 */
#include "arch.h"

const char *const guest_name = "uart";

#define SECOND		1000000

#define DATA		0
#define IER		1
#define IIR		2
#define FCR		2
#define LCR		3
#define MCR		4
#define LSR		5
#define MSR		6
#define SCR		7

#define IER_RDI		0x01
#define IER_THRI	0x02
#define IER_RLSI	0x04
#define IIR_NONE	0x01
#define IIR_ID		0x0f
#define IIR_THRE	0x02
#define IIR_RDI		0x04
#define IIR_RLSI	0x06
#define IIR_TIMEOUT	0x0c
#define IIR_FIFOS	0xc0
#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define FCR_CLEAR_TX	0x04
#define LCR_8N1		0x03
#define LCR_DLAB	0x80
#define MCR_DTR		0x01
#define MCR_RTS		0x02
#define MCR_OUT1	0x04
#define MCR_OUT2	0x08
#define MCR_LOOP	0x10
#define LSR_READY	0x01
#define LSR_OVERRUN	0x02
#define LSR_THRE	0x20
#define LSR_TEMT	0x40
#define FIFO_SIZE	16

static u8 get(unsigned int reg)
{
	return arch_uart_read(reg);
}

static void put(unsigned int reg, u8 val)
{
	arch_uart_write(reg, val);
}

static bool wait_bits(unsigned int reg, u8 bits)
{
	u64 end = arch_time() + time_from_us(SECOND);

	while ((get(reg) & bits) != bits) {
		if (arch_time() > end)
			return (get(reg) & bits) == bits;
	}
	return true;
}

static void set_up(u8 fcr, u8 mcr)
{
	put(IER, 0);
	put(LCR, LCR_8N1);
	put(MCR, mcr);
	put(FCR, fcr | FCR_CLEAR_RX | FCR_CLEAR_TX);
	wait_bits(LSR, LSR_THRE | LSR_TEMT);
	while (get(LSR) & LSR_READY)
		get(DATA);
	get(IIR);
	get(LSR);
	get(MSR);
}

static void scratch(void)
{
	unsigned int val;

	for (val = 0; val < 256; val++) {
		put(SCR, val);
		check(get(SCR) == val, "0x%x came back for 0x%x", get(SCR), val);
	}
}

static void idle_state(void)
{
	set_up(0, 0);
	check(get(LSR) == (LSR_THRE | LSR_TEMT), "LSR is 0x%x", get(LSR));
	check((get(IIR) & IIR_ID) == IIR_NONE, "IIR is 0x%x", get(IIR));
}

static void divisor_latch(void)
{
	set_up(0, 0);
	put(IER, IER_RLSI);
	put(LCR, LCR_DLAB | LCR_8N1);
	put(DATA, 0x34);
	put(IER, 0x12);
	check(get(DATA) == 0x34 && get(IER) == 0x12, "latch holds 0x%x%02x", get(IER), get(DATA));
	put(DATA, 1);
	put(IER, 0);
	put(LCR, LCR_8N1);
	check(get(IER) == IER_RLSI, "IER became 0x%x", get(IER));
	put(IER, 0);
}

static void divisor_zero(void)
{
	set_up(0, 0);
	put(LCR, LCR_DLAB | LCR_8N1);
	put(DATA, 0);
	put(IER, 0);
	put(LCR, LCR_8N1);
	put(SCR, 0x5a);
	check(get(SCR) == 0x5a, "registers are gone");
	put(LCR, LCR_DLAB | LCR_8N1);
	put(DATA, 1);
	put(LCR, LCR_8N1);
}

static void ier_has_four_bits(void)
{
	set_up(0, 0);
	put(IER, 0xff);
	check(!(get(IER) & 0xf0), "IER is 0x%x", get(IER));
	put(IER, 0);
}

static void fifo_bits(void)
{
	set_up(FCR_ENABLE, 0);
	check((get(IIR) & IIR_FIFOS) == IIR_FIFOS, "on: IIR is 0x%x", get(IIR));
	set_up(0, 0);
	check(!(get(IIR) & IIR_FIFOS), "off: IIR is 0x%x", get(IIR));
}

static void loopback_bytes(void)
{
	unsigned int i;

	set_up(FCR_ENABLE, MCR_LOOP);
	for (i = 0; i < 256 && !test_failed(); i++) {
		put(DATA, i);
		if (check(wait_bits(LSR, LSR_READY), "byte 0x%x does not come", i))
			check(get(DATA) == i, "byte 0x%x is wrong", i);
	}
	check(!(get(LSR) & LSR_READY), "ready after the last byte");
	set_up(0, 0);
}

static void fill_loopback(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		put(DATA, 'a' + i);
		wait_bits(LSR, LSR_THRE | LSR_TEMT);
	}
	delay_us(1000);
}

static void loopback_fifo(void)
{
	unsigned int i;

	set_up(FCR_ENABLE, MCR_LOOP);
	fill_loopback(FIFO_SIZE);
	for (i = 0; i < FIFO_SIZE; i++) {
		check(get(LSR) & LSR_READY, "only %u bytes", i);
		check(get(DATA) == 'a' + i, "byte %u is wrong", i);
	}
	check(!(get(LSR) & LSR_READY), "more than %u bytes", FIFO_SIZE);
	set_up(0, 0);
}

static void overrun(void)
{
	u8 lsr = 0;
	unsigned int i;

	set_up(FCR_ENABLE, MCR_LOOP);
	for (i = 0; i < FIFO_SIZE + 4; i++) {
		put(DATA, 'a' + i);
		delay_us(200);
		lsr |= get(LSR);
	}
	check(lsr & LSR_OVERRUN, "not reported");
	check(!(get(LSR) & LSR_OVERRUN), "not cleared by reading LSR");
	check(get(DATA) == 'a', "the first byte is lost");
	set_up(0, 0);
}

static void clear_receive_fifo(void)
{
	set_up(FCR_ENABLE, MCR_LOOP);
	fill_loopback(3);
	put(FCR, FCR_ENABLE | FCR_CLEAR_RX);
	check(!(get(LSR) & LSR_READY), "bytes are left");
	set_up(0, 0);
}

static void modem_loopback(void)
{
	static const struct {
		u8 mcr;
		u8 msr;
	} pairs[] = {
		{ MCR_RTS, 0x10 }, { MCR_DTR, 0x20 }, { MCR_OUT1, 0x40 }, { MCR_OUT2, 0x80 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		set_up(0, MCR_LOOP | pairs[i].mcr);
		check((get(MSR) & 0xf0) == pairs[i].msr, "MCR 0x%x gives MSR 0x%x", pairs[i].mcr,
		      get(MSR));
	}
	set_up(0, 0);
}

static bool wait_id(u8 id)
{
	u64 end = arch_time() + time_from_us(SECOND);
	u8 val;

	do {
		val = get(IIR) & IIR_ID;
	} while (val != id && arch_time() < end);
	return val == id;
}

static void transmit_identified(void)
{
	set_up(FCR_ENABLE, MCR_LOOP);
	put(IER, IER_THRI);
	check((get(IIR) & IIR_ID) == IIR_THRE, "not after it was enabled");
	check((get(IIR) & IIR_ID) == IIR_NONE, "reading IIR does not clear it");
	put(DATA, 'x');
	check(wait_id(IIR_THRE), "not after a byte");
	set_up(0, 0);
}

static void receive_identified(void)
{
	u8 id;

	set_up(FCR_ENABLE, MCR_LOOP);
	put(IER, IER_RDI);
	put(DATA, 'x');
	wait_bits(LSR, LSR_READY);
	delay_us(1000);
	id = get(IIR) & IIR_ID;
	check(id == IIR_RDI || id == IIR_TIMEOUT, "IIR says 0x%x", id);
	get(DATA);
	check((get(IIR) & IIR_ID) == IIR_NONE, "still there after the byte was read");
	set_up(0, 0);
}

static void line_status_first(void)
{
	set_up(FCR_ENABLE, MCR_LOOP);
	put(IER, IER_RDI | IER_RLSI | IER_THRI);
	fill_loopback(FIFO_SIZE);
	put(DATA, 'y');
	delay_us(1000);
	check((get(LSR) & LSR_OVERRUN) || (get(IIR) & IIR_ID) == IIR_RLSI, "no overrun");
	set_up(0, 0);
}

static void quiet(unsigned int line)
{
	put(IER, 0);
}

static bool expect_line(u64 before)
{
	return await_line(arch_uart_line(), before, 10 * SECOND);
}

static void transmit_interrupt(void)
{
	u64 before = arch_line_count(arch_uart_line());

	set_up(FCR_ENABLE, MCR_OUT2);
	arch_line_enable(arch_uart_line(), quiet);
	put(IER, IER_THRI);
	check(expect_line(before), "no interrupt");
	arch_line_disable(arch_uart_line());
	set_up(0, 0);
}

static void receive_interrupt(void)
{
	u64 before;

	set_up(FCR_ENABLE, MCR_LOOP | MCR_OUT2);
	arch_line_enable(arch_uart_line(), quiet);
	before = arch_line_count(arch_uart_line());
	put(IER, IER_RDI);
	put(DATA, 'z');
	check(expect_line(before), "no interrupt");
	arch_line_disable(arch_uart_line());
	set_up(0, 0);
}

static const struct test_case cases[] = {
	{ "scratch", scratch },
	{ "idle_state", idle_state },
	{ "divisor_latch", divisor_latch },
	{ "divisor_zero", divisor_zero },
	{ "ier_has_four_bits", ier_has_four_bits },
	{ "fifo_bits", fifo_bits },
	{ "loopback_bytes", loopback_bytes },
	{ "loopback_fifo", loopback_fifo },
	{ "overrun", overrun },
	{ "clear_receive_fifo", clear_receive_fifo },
	{ "modem_loopback", modem_loopback },
	{ "transmit_identified", transmit_identified },
	{ "receive_identified", receive_identified },
	{ "line_status_first", line_status_first },
	{ "transmit_interrupt", transmit_interrupt },
	{ "receive_interrupt", receive_interrupt },
};

void guest_main(void)
{
	if (!arch_uart_line())
		test_abort("no UART");
	test_run(cases, ARRAY_SIZE(cases));
}
