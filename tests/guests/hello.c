// SPDX-License-Identifier: GPL-2.0
/*
 * The first thing to run: output over the firmware console and the UART.
 */
#include "arch.h"

const char *const guest_name = "hello";

#define LSR		5
#define LSR_THRE	0x20

static void over_firmware(void)
{
	print("hello from CPU %u of %u\n", arch_cpu_self(), arch_cpu_count());
}

static void put_uart(char c)
{
	u64 end = arch_time() + time_from_us(1000000);

	while (!(arch_uart_read(LSR) & LSR_THRE)) {
		if (arch_time() > end) {
			test_fail("transmitter never became empty");
			return;
		}
	}
	arch_uart_write(0, c);
}

static void over_uart(void)
{
	const char *text = "hello over the UART\n";

	if (!arch_uart_line()) {
		test_skip("no UART");
		return;
	}
	while (*text && !test_failed())
		put_uart(*text++);
}

static const struct test_case cases[] = {
	{ "firmware", over_firmware },
	{ "uart", over_uart },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
