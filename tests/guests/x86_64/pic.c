// SPDX-License-Identifier: GPL-2.0
/*
 * The pair of 8259 interrupt controllers, and its way into the CPU: through
 * LINT0 of the local APIC as ExtINT, or directly when the APIC is off.
 * Intel 8259A data sheet; MultiProcessor Specification 1.4, 3.6.2.1.
 */
#include "cpu.h"

const char *const guest_name = "pic";

#define SECOND		1000000
#define PIC1		0x20
#define PIC2		0xa0
#define ELCR		0x4d0
#define READ_IRR	0x0a	/* OCW3 */
#define READ_ISR	0x0b
#define POLL		0x0c
#define SPECIAL_MASK	0x68
#define NORMAL_MASK	0x48
#define EOI		0x20	/* OCW2 */
#define EOI_OF(n)	(0x60 | (n))
#define ROTATE_EOI	0xa0
#define SET_PRIORITY(n)	(0xc0 | (n))
#define IRQ_PIT		0
#define IRQ_CASCADE	2
#define IRQ_UART	4
#define IRQ_RTC		8
#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

static u8 last_vector;
static u64 taken;

static u8 read_status(u16 pic, u8 what)
{
	outb(pic, what);
	return inb(pic);
}

static void set_masks(u16 masks)
{
	outb(PIC1 + 1, masks & 0xff);
	outb(PIC2 + 1, masks >> 8);
}

static void only(unsigned int irq)
{
	u16 open = irq >= 8 ? 1u << irq | 1u << IRQ_CASCADE : 1u << irq;

	set_masks(~open);
}

static void init_pair(u8 icw4)
{
	outb(PIC1, 0x11);
	outb(PIC2, 0x11);
	outb(PIC1 + 1, VECTOR_PIC);
	outb(PIC2 + 1, VECTOR_PIC + 8);
	outb(PIC1 + 1, 4);
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, icw4);
	outb(PIC2 + 1, icw4);
	set_masks(0xffff);
}

static void end_irq(unsigned int irq)
{
	if (irq >= 8)
		outb(PIC2, EOI);
	outb(PIC1, EOI);
}

static bool take(struct trap_frame *frame)
{
	last_vector = frame->vector;
	end_irq(frame->vector - VECTOR_PIC);
	add_shared(&taken, 1);
	return true;
}

static bool take_without_end(struct trap_frame *frame)
{
	last_vector = frame->vector;
	add_shared(&taken, 1);
	return true;
}

static void hook_all(vector_fn fn)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		vector_hook(VECTOR_PIC + i, fn);
}

static void begin(void)
{
	pit_stop();
	uart_lower();
	init_pair(1);
	store_shared(&taken, 0);
	hook_all(take);
	lapic_write(APIC_LVT0, 0x700);
}

static void end(void)
{
	pit_stop();
	uart_lower();
	lapic_write(APIC_LVT0, APIC_MASKED);
	init_pair(1);
	hook_all(NULL);
}

static bool wait_taken(u64 wanted)
{
	bool came;

	arch_irq_on();
	came = wait_for(&taken, wanted, 10 * SECOND);
	arch_irq_off();
	return came;
}

static bool stays_quiet(void)
{
	u64 before = load_shared(&taken);

	arch_irq_on();
	delay_us(3000);
	arch_irq_off();
	return load_shared(&taken) == before;
}

/* --- registers --- */

static void masks(void)
{
	unsigned int val;

	for (val = 0; val < 256; val++) {
		outb(PIC1 + 1, val);
		outb(PIC2 + 1, val ^ 0xff);
		check(inb(PIC1 + 1) == val, "first: 0x%x for 0x%x", inb(PIC1 + 1), val);
		check(inb(PIC2 + 1) == (val ^ 0xff), "second: 0x%x for 0x%x", inb(PIC2 + 1),
		      val ^ 0xff);
	}
	set_masks(0xffff);
}

/* An initialization without ICW4 or with one chip: the next byte is a mask again. */
static void initialization(void)
{
	outb(PIC1, 0x11);
	check(!inb(PIC1 + 1), "ICW1 does not clear the mask: 0x%x", inb(PIC1 + 1));
	outb(PIC1 + 1, 0x48);
	outb(PIC1 + 1, 4);
	outb(PIC1 + 1, 1);
	outb(PIC1 + 1, 0x5a);
	check(inb(PIC1 + 1) == 0x5a, "after four words the mask is 0x%x", inb(PIC1 + 1));
	outb(PIC1, 0x12);
	outb(PIC1 + 1, 0x48);
	outb(PIC1 + 1, 0xa5);
	check(inb(PIC1 + 1) == 0xa5, "after two words the mask is 0x%x", inb(PIC1 + 1));
	init_pair(1);
}

static void trigger_modes(void)
{
	outb(ELCR, 0xff);
	outb(ELCR + 1, 0xff);
	check(inb(ELCR) == 0xf8, "first: 0x%x", inb(ELCR));
	check(inb(ELCR + 1) == 0xde, "second: 0x%x", inb(ELCR + 1));
	outb(ELCR, 0);
	outb(ELCR + 1, 0);
	check(!inb(ELCR) && !inb(ELCR + 1), "0x%x 0x%x after 0", inb(ELCR), inb(ELCR + 1));
}

/* --- interrupts --- */

static void timer(void)
{
	begin();
	only(IRQ_PIT);
	pit_once(2000);
	check(wait_taken(1), "no interrupt");
	check(last_vector == VECTOR_PIC + IRQ_PIT, "vector 0x%x", last_vector);
	check(stays_quiet(), "a second one");
	pit_periodic(2000);
	check(wait_taken(11), "%lu", taken);
	end();
}

static void uart(void)
{
	unsigned int i;

	begin();
	only(IRQ_UART);
	for (i = 1; i <= 20 && !test_failed(); i++) {
		uart_raise();
		check(wait_taken(i), "number %u does not come", i);
		check(last_vector == VECTOR_PIC + IRQ_UART, "vector 0x%x", last_vector);
		check(stays_quiet(), "it comes again without another edge");
		uart_lower();
	}
	end();
}

/* The RTC's periodic interrupt comes through the second controller. */
static void cascade(void)
{
	unsigned int i;

	begin();
	only(IRQ_RTC);
	outb(CMOS_INDEX, 0x0c);
	inb(CMOS_DATA);
	outb(CMOS_INDEX, 0x0a);
	outb(CMOS_DATA, 0x26);
	outb(CMOS_INDEX, 0x0b);
	outb(CMOS_DATA, 0x42);
	for (i = 1; i <= 5 && !test_failed(); i++) {
		check(wait_taken(i), "number %u does not come", i);
		check(last_vector == VECTOR_PIC + IRQ_RTC, "vector 0x%x", last_vector);
		outb(CMOS_INDEX, 0x0c);
		inb(CMOS_DATA);
	}
	outb(CMOS_INDEX, 0x0b);
	outb(CMOS_DATA, 0x02);
	end();
}

static void masked(void)
{
	begin();
	uart_raise();
	check(read_status(PIC1, READ_IRR) & 1 << IRQ_UART, "not requested: 0x%x",
	      read_status(PIC1, READ_IRR));
	check(stays_quiet(), "it came");
	only(IRQ_UART);
	check(wait_taken(1), "not once it was unmasked");
	end();
}

static void status(void)
{
	begin();
	hook_all(take_without_end);
	only(IRQ_UART);
	uart_raise();
	check(wait_taken(1), "no interrupt");
	check(read_status(PIC1, READ_ISR) == 1 << IRQ_UART, "ISR is 0x%x",
	      read_status(PIC1, READ_ISR));
	check(!(read_status(PIC1, READ_IRR) & 1 << IRQ_UART), "IRR is 0x%x",
	      read_status(PIC1, READ_IRR));
	outb(PIC1, EOI_OF(IRQ_UART));
	check(!read_status(PIC1, READ_ISR), "ISR stays 0x%x", read_status(PIC1, READ_ISR));
	end();
}

/* In service, it holds back what is lower and itself, not what is higher. */
static void priorities(void)
{
	begin();
	hook_all(take_without_end);
	set_masks((u16)~(1 << IRQ_UART | 1 << IRQ_PIT));
	uart_raise();
	check(wait_taken(1) && last_vector == VECTOR_PIC + IRQ_UART, "no interrupt of the UART");
	uart_lower();
	uart_raise();
	check(stays_quiet(), "it interrupted itself");
	pit_once(500);
	check(wait_taken(2) && last_vector == VECTOR_PIC + IRQ_PIT, "the timer waits for it");
	outb(PIC1, EOI);
	check(read_status(PIC1, READ_ISR) == 1 << IRQ_UART, "ISR is 0x%x",
	      read_status(PIC1, READ_ISR));
	outb(PIC1, EOI);
	check(wait_taken(3) && last_vector == VECTOR_PIC + IRQ_UART, "the second of the UART");
	outb(PIC1, EOI);
	end();
}

/* Priority 7 for the timer: the UART goes first. */
static void rotation(void)
{
	begin();
	outb(PIC1, SET_PRIORITY(IRQ_PIT));
	hook_all(take_without_end);
	uart_raise();
	pit_once(200);
	delay_us(3000);
	set_masks((u16)~(1 << IRQ_UART | 1 << IRQ_PIT));
	check(wait_taken(1), "no interrupt");
	check(last_vector == VECTOR_PIC + IRQ_UART, "0x%x came first", last_vector);
	outb(PIC1, ROTATE_EOI);
	check(wait_taken(2) && last_vector == VECTOR_PIC + IRQ_PIT, "then 0x%x", last_vector);
	outb(PIC1, EOI);
	end();
}

static void automatic_end(void)
{
	begin();
	init_pair(3);
	hook_all(take_without_end);
	only(IRQ_UART);
	uart_raise();
	check(wait_taken(1), "no interrupt");
	check(!read_status(PIC1, READ_ISR), "ISR is 0x%x", read_status(PIC1, READ_ISR));
	uart_lower();
	uart_raise();
	check(wait_taken(2), "not a second time");
	end();
}

static void special_mask(void)
{
	begin();
	hook_all(take_without_end);
	set_masks((u16)~(1 << IRQ_UART | 1 << IRQ_PIT));
	pit_once(500);
	check(wait_taken(1), "no interrupt of the timer");
	uart_raise();
	check(stays_quiet(), "the UART's is not held back");
	outb(PIC1, SPECIAL_MASK);
	set_masks((u16)~(1 << IRQ_UART));
	check(wait_taken(2) && last_vector == VECTOR_PIC + IRQ_UART, "not in special mask mode");
	outb(PIC1, NORMAL_MASK);
	outb(PIC1, EOI_OF(IRQ_PIT));
	outb(PIC1, EOI_OF(IRQ_UART));
	end();
}

static void polling(void)
{
	u8 answer;

	begin();
	only(IRQ_UART);
	uart_raise();
	delay_us(100);
	outb(PIC1, POLL);
	answer = inb(PIC1);
	check(answer == (0x80 | IRQ_UART), "answer 0x%x", answer);
	check(read_status(PIC1, READ_ISR) == 1 << IRQ_UART, "not in service");
	check(stays_quiet(), "the CPU was interrupted, too");
	outb(PIC1, EOI);
	end();
}

/* Gone when the CPU asks: number 7, without a place in service. */
static void spurious(void)
{
	begin();
	hook_all(take_without_end);
	outb(ELCR, 1 << IRQ_UART);
	only(IRQ_UART);
	uart_raise();
	uart_lower();
	check(!(read_status(PIC1, READ_IRR) & 1 << IRQ_UART), "a level that fell stays");
	arch_irq_on();
	delay_us(2000);
	arch_irq_off();
	check(!taken || last_vector == VECTOR_PIC + 7, "vector 0x%x", last_vector);
	check(!read_status(PIC1, READ_ISR), "ISR is 0x%x", read_status(PIC1, READ_ISR));
	outb(ELCR, 0);
	end();
}

static bool take_level(struct trap_frame *frame)
{
	if (add_shared(&taken, 1) == 5)
		uart_lower();
	outb(PIC1, EOI);
	return true;
}

static void level(void)
{
	begin();
	outb(ELCR, 1 << IRQ_UART);
	hook_all(take_level);
	only(IRQ_UART);
	uart_raise();
	check(wait_taken(5), "only %lu times", taken);
	check(stays_quiet(), "after it fell");
	outb(ELCR, 0);
	end();
}

/* --- ways into the CPU --- */

static void lint0_masked(void)
{
	begin();
	only(IRQ_UART);
	lapic_write(APIC_LVT0, APIC_MASKED | 0x700);
	uart_raise();
	check(stays_quiet(), "it came");
	lapic_write(APIC_LVT0, 0x700);
	check(wait_taken(1), "not once LINT0 was open");
	end();
}

/* ExtINT knows no task priority. */
static void above_task_priority(void)
{
	begin();
	only(IRQ_UART);
	write_cr8(15);
	uart_raise();
	check(wait_taken(1), "held back");
	write_cr8(0);
	end();
}

static void lint0_fixed(void)
{
	u64 before = vector_count(arch_cpu_self(), 0x77);

	if (reference_differs("keeps its output to itself"))
		return;
	begin();
	only(IRQ_UART);
	lapic_write(APIC_LVT0, 0x77);
	uart_raise();
	arch_irq_on();
	delay_us(3000);
	arch_irq_off();
	check(vector_count(arch_cpu_self(), 0x77) == before + 1, "it came %lu times",
	      vector_count(arch_cpu_self(), 0x77) - before);
	check(!taken, "the 8259 was asked");
	end();
}

static void apic_off(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (reference_differs("cannot leave x2APIC mode"))
		return;
	begin();
	only(IRQ_UART);
	lapic_set_base(base & ~(APIC_BASE_ENABLE | APIC_BASE_X2));
	uart_raise();
	check(wait_taken(1), "no interrupt");
	uart_lower();
	pit_once(1000);
	only(IRQ_PIT);
	asm volatile("sti\n\thlt" : : : "memory");
	arch_irq_off();
	check(taken == 2, "%lu came", taken);
	lapic_set_base((base | APIC_BASE_ENABLE) & ~APIC_BASE_X2);
	lapic_setup();
	end();
}

static void ends_halt(void)
{
	unsigned int i;

	begin();
	only(IRQ_PIT);
	for (i = 1; i <= 20 && !test_failed(); i++) {
		pit_once(1000);
		while (load_shared(&taken) < i)
			asm volatile("sti\n\thlt\n\tcli" : : : "memory");
	}
	end();
}

/* Through pin 0 of the I/O APIC as ExtINT: MP specification's mixed mode. */
static void through_ioapic(void)
{
	if (reference_differs("has no such wire"))
		return;
	begin();
	lapic_write(APIC_LVT0, APIC_MASKED);
	only(IRQ_UART);
	ioapic_set_entry(0, 0x700 | (u64)cpu_apic_id(arch_cpu_self()) << 56);
	uart_raise();
	check(wait_taken(1), "no interrupt");
	ioapic_set_entry(0, REDIR_MASKED);
	end();
}

static const struct test_case cases[] = {
	{ "masks", masks },
	{ "initialization", initialization },
	{ "trigger_modes", trigger_modes },
	{ "timer", timer },
	{ "uart", uart },
	{ "cascade", cascade },
	{ "masked", masked },
	{ "status", status },
	{ "priorities", priorities },
	{ "rotation", rotation },
	{ "automatic_end", automatic_end },
	{ "special_mask", special_mask },
	{ "polling", polling },
	{ "spurious", spurious },
	{ "level", level },
	{ "lint0_masked", lint0_masked },
	{ "above_task_priority", above_task_priority },
	{ "lint0_fixed", lint0_fixed },
	{ "apic_off", apic_off },
	{ "ends_halt", ends_halt },
	{ "through_ioapic", through_ioapic },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
