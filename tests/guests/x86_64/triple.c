// SPDX-License-Identifier: GPL-2.0
/*
 * Ends in a way that a machine does not survive; whoever runs it must notice.
 * "way=N": 0 an exception without any way to deliver it, 1 the same in the
 * middle of another CPU's work, 2 code where no memory is, 3 an instruction on
 * a device register that nobody emulates, 4 a page table where no memory is.
 */
#include "cpu.h"

const char *const guest_name = "triple";

#define SECOND		1000000
#define HOLE		0xfeb00000UL

static void no_idt(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed none;

	asm volatile("lidt %0\n\tud2" : : "m" (none));
}

static void on_other_cpu(void *arg)
{
	no_idt();
}

static void elsewhere(void)
{
	if (!arch_cpu_start(!arch_cpu_self(), on_other_cpu, NULL))
		test_abort("no other CPU");
	delay_us(10 * SECOND);
}

static void code_in_hole(void)
{
	((void (*)(void))HOLE)();
}

static void unknown_instruction(void)
{
	arch_fp_on();
	asm volatile("fldt (%0)" : : "r" (HOLE));
}

static void table_in_hole(void)
{
	paging_set_table(1, HOLE | PTE_W | PTE_P);
	mmio_read32(paging_va(512));
}

void guest_main(void)
{
	static void (*const ways[])(void) = {
		no_idt, elsewhere, code_in_hole, unknown_instruction, table_in_hole,
	};
	u64 way = option_number("way", 0);

	print("way %lu\n", way);
	if (way < ARRAY_SIZE(ways))
		ways[way]();
	test_abort("the machine goes on");
}
