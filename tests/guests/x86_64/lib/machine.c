// SPDX-License-Identifier: GPL-2.0
/*
 * The machine: what the boot loader tells, console, power, memory.
 * Start info: Xen's x86/HVM direct boot ABI (PVH).
 */
#include "cpu.h"

#define SECOND		1000000
#define START_MAGIC	0x336ec578
#define MAX_MEMORY	64
#define MEMORY_RAM	1
#define LOW_END		0x100000
#define COMMAND_LINE_MAX 1024

#define PORT_COM1	0x3f8
#define COM1_IRQ	4
#define UART_LSR	5
#define LSR_THRE	0x20
#define LSR_TEMT	0x40
#define LCR_8N1		0x03

#define PIC1		0x20
#define PIC2		0xa0
#define PORT_PVPANIC	0x505
#define PVPANIC_PANICKED 0x01
#define PORT_RESET	0xcf9
#define PORT_I8042	0x64
#define SLEEP_ENABLE	BIT(13)
#define FADT_RESET_REG	120	/* its port */
#define FADT_RESET_VALUE 128

struct start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modules;
	u64 command_line;
	u64 rsdp;
	u64 memory;
	u32 nr_memory;
	u32 reserved;
};

struct memory_entry {
	u64 addr;
	u64 size;
	u32 type;
	u32 reserved;
};

static char command_line[COMMAND_LINE_MAX];
static struct memory_entry memory[MAX_MEMORY];
static unsigned int nr_memory;
static u64 console_lock;
static bool is_axvm, is_intel, is_emulated;

const char *arch_command_line(void)
{
	return command_line;
}

/* Copied at once: it may lie where tests put things. */
static void keep_start_info(const struct start_info *info)
{
	const char *text = (const char *)info->command_line;
	unsigned int i;

	if (info->magic != START_MAGIC)
		return;
	for (i = 0; text && text[i] && i + 1 < sizeof(command_line); i++)
		command_line[i] = text[i];
	if (info->version < 1 || !info->memory)
		return;
	nr_memory = info->nr_memory < MAX_MEMORY ? info->nr_memory : MAX_MEMORY;
	memcpy(memory, (const void *)info->memory, nr_memory * sizeof(memory[0]));
}

u64 memory_end(void)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < nr_memory; i++) {
		if (memory[i].type == MEMORY_RAM && memory[i].addr + memory[i].size > end)
			end = memory[i].addr + memory[i].size;
	}
	return end;
}

/* --- console --- */

u16 uart_port(void)
{
	return PORT_COM1;
}

unsigned int arch_uart_line(void)
{
	return ioapic_pins() ? acpi_isa_line(COM1_IRQ, NULL) : 0;
}

u8 arch_uart_read(unsigned int reg)
{
	return inb(PORT_COM1 + reg);
}

void arch_uart_write(unsigned int reg, u8 val)
{
	outb(PORT_COM1 + reg, val);
}

static void uart_setup(void)
{
	arch_uart_write(1, 0);
	arch_uart_write(3, LCR_8N1 | 0x80);
	arch_uart_write(0, 1);
	arch_uart_write(1, 0);
	arch_uart_write(3, LCR_8N1);
	arch_uart_write(2, 1);
	arch_uart_write(4, 0);
}

static void wait_uart(u8 bits)
{
	unsigned int i;

	for (i = 0; i < SECOND && (arch_uart_read(UART_LSR) & bits) != bits; i++)
		barrier();
}

void uart_raise(void)
{
	wait_uart(LSR_THRE | LSR_TEMT);
	arch_uart_write(4, 0x08);
	arch_uart_write(1, 0x02);
}

void uart_lower(void)
{
	arch_uart_write(1, 0);
	arch_uart_read(2);
	arch_uart_write(4, 0);
}

/* One line at a time, but a CPU that is stuck with the lock keeps nobody from talking. */
static void lock_console(void)
{
	unsigned int i;

	for (i = 0; i < 1000 * SECOND && __atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE);
	     i++)
		asm volatile("pause");
}

void arch_console_write(const char *text, size_t len)
{
	u64 irqs = read_rflags() & RFLAGS_IF;

	asm volatile("cli" : : : "memory");
	lock_console();
	while (len--) {
		wait_uart(LSR_THRE);
		arch_uart_write(0, *text++);
	}
	wait_uart(LSR_TEMT);
	store_shared(&console_lock, 0);
	if (irqs)
		asm volatile("sti" : : : "memory");
}

/* --- power --- */

static void soft_off(void)
{
	int type = acpi_s5();

	if (acpi_pm_control() && type >= 0)
		outw(acpi_pm_control(), (u16)type << 10 | SLEEP_ENABLE);
}

static void report_failure(void)
{
	if ((inb(PORT_PVPANIC) & ~PVPANIC_PANICKED) != 0xfe)
		outb(PORT_PVPANIC, PVPANIC_PANICKED);
}

void arch_power_off(bool failed)
{
	if (failed && !arch_is_reference())
		report_failure();
	soft_off();
	delay_us(10 * SECOND);
	print("not ok %s.power_off: the machine goes on\n", guest_name);
	report_failure();
	arch_irq_off();
	for (;;)
		asm volatile("hlt");
}

static void reset_by_port(void)
{
	outb(PORT_RESET, 0x02);
	outb(PORT_RESET, 0x06);
}

static void reset_by_acpi(void)
{
	const struct acpi_table *fadt = acpi_find("FACP");

	outb(acpi_get(fadt, FADT_RESET_REG, 8), acpi_get(fadt, FADT_RESET_VALUE, 1));
}

static void reset_by_keyboard(void)
{
	outb(PORT_I8042, 0xfe);
}

void arch_reboot(void)
{
	static void (*const ways[])(void) = { reset_by_port, reset_by_acpi, reset_by_keyboard };
	u64 way = option_number("way", 0);

	if (way < ARRAY_SIZE(ways))
		ways[way]();
	delay_us(SECOND);
}

bool arch_is_reference(void)
{
	return !is_axvm;
}

bool reference_differs(const char *how)
{
	if (arch_is_reference())
		test_skip("the reference %s", how);
	return arch_is_reference();
}

bool emulator_differs(const char *how)
{
	if (is_emulated)
		test_skip("the emulated processor %s", how);
	return is_emulated;
}

bool cpu_is_intel(void)
{
	return is_intel;
}

bool cpu_is_emulated(void)
{
	return is_emulated;
}

/* --- cheap exits --- */

void arch_null_call(void)
{
	u64 nr = -1;

	if (is_axvm && is_intel)
		asm volatile("vmcall" : "+a" (nr) : : "memory");
	else if (is_axvm)
		asm volatile("vmmcall" : "+a" (nr) : : "memory");
}

void arch_mmio_read(void)
{
	mmio_read32(ioapic_base());
}

static void read_port(void)
{
	inb(PIC1 + 1);
}

static void read_pm_timer(void)
{
	inl(acpi_pm_timer());
}

static void execute_cpuid(void)
{
	cpuid(0, 0);
}

static void read_msr(void)
{
	rdmsr(MSR_APIC_BASE);
}

const struct bench_case arch_bench[] = {
	{ "cpuid", execute_cpuid },
	{ "rdmsr", read_msr },
	{ "port_read", read_port },
	{ "pm_timer_read", read_pm_timer },
	{ NULL, NULL },
};

/* --- memory --- */

static void add_range(struct range *ranges, unsigned int *nr, unsigned int max, u64 base, u64 end)
{
	if (base < end && *nr < max)
		ranges[(*nr)++] = (struct range){ .base = base, .len = end - base };
}

/* The reference's firmware leaves its traces in memory. */
static void clear_reference(const struct range *ranges, unsigned int nr)
{
	unsigned int i;

	for (i = 0; arch_is_reference() && i < nr; i++)
		memset((void *)ranges[i].base, 0, ranges[i].len);
}

/* Without what is below 1 MiB, and without the image. */
unsigned int arch_free_memory(struct range *ranges, unsigned int max)
{
	u64 image = (u64)__image_start, image_end = (u64)__image_end;
	unsigned int i, nr = 0;

	for (i = 0; i < nr_memory; i++) {
		u64 base = (memory[i].addr + PAGE_SIZE - 1) & -PAGE_SIZE;
		u64 end = (memory[i].addr + memory[i].size) & -PAGE_SIZE;

		if (memory[i].type != MEMORY_RAM || end <= LOW_END)
			continue;
		if (base < LOW_END)
			base = LOW_END;
		if (end > paging_identity_end())
			end = paging_identity_end();
		if (end <= image || base >= image_end) {
			add_range(ranges, &nr, max, base, end);
			continue;
		}
		add_range(ranges, &nr, max, base, image);
		add_range(ranges, &nr, max, image_end, end);
	}
	clear_reference(ranges, nr);
	return nr;
}

/* --- start --- */

/* Vectors of our own, everything masked. */
void pic_setup(void)
{
	outb(PIC1, 0x11);
	outb(PIC2, 0x11);
	outb(PIC1 + 1, VECTOR_PIC);
	outb(PIC2 + 1, VECTOR_PIC + 8);
	outb(PIC1 + 1, 4);
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1);
	outb(PIC2 + 1, 1);
	outb(PIC1 + 1, 0xff);
	outb(PIC2 + 1, 0xff);
}

static void identify(void)
{
	struct cpuid_regs vendor = cpuid(0, 0), hypervisor = cpuid(0x40000000, 0);

	is_intel = vendor.ecx == 0x6c65746e;	/* ntel */
	is_axvm = !memcmp(&hypervisor.ebx, "axvmaxvmaxvm", 12);
	is_emulated = cpuid(0x80000000, 0).eax >= 0x80000004 &&
		      cpuid(0x80000002, 0).eax == 0x554d4551;	/* QEMU */
}

void runtime_main(const void *start_info)
{
	const struct start_info *info = start_info;

	keep_start_info(info);
	identify();
	uart_setup();
	acpi_init(info->magic == START_MAGIC ? info->rsdp : 0);
	cpus_init();
	paging_init(memory_end());
	pic_setup();
	lapic_setup();
	ioapic_setup();
	guest_main();
	test_end();
}
