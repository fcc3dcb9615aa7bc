// SPDX-License-Identifier: GPL-2.0
/*
 * Talks over the UART: each line comes back as "echo: LINE", "quit" ends.
 * Sleeps all the while: the receive interrupt does the work.
 */
#include "arch.h"

const char *const guest_name = "echo";

#define DATA		0
#define IER		1
#define FCR		2
#define LSR		5
#define LSR_READY	0x01
#define LSR_THRE	0x20
#define LINE_MAX	80

static char text_line[LINE_MAX];
static unsigned int len;

static void put_text(const char *text)
{
	while (*text) {
		if (arch_uart_read(LSR) & LSR_THRE)
			arch_uart_write(DATA, *text++);
	}
}

static void end_line(void)
{
	text_line[len] = '\0';
	len = 0;
	put_text("echo: ");
	put_text(text_line);
	put_text("\n");
	if (!strcmp(text_line, "quit"))
		arch_power_off(false);
}

static void take_char(char c)
{
	if (c == '\r' || c == '\n')
		end_line();
	else if (len + 1 < sizeof(text_line))
		text_line[len++] = c;
}

/* Takes all there is: the line stays high, and interrupts, until then. */
static void drain(unsigned int line)
{
	while (arch_uart_read(LSR) & LSR_READY)
		take_char(arch_uart_read(DATA));
}

void guest_main(void)
{
	if (!arch_uart_line() || !arch_line_enable(arch_uart_line(), drain))
		test_abort("no UART");
	arch_uart_write(FCR, 1);
	arch_uart_write(IER, 1);
	put_text("echo ready\n");
	arch_irq_on();
	for (;;)
		arch_halt();
}
