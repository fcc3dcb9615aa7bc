// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI: the tables, the power-management timer and registers.
 * ACPI 6.5, chapters 4 and 5.
 */
#include "cpu.h"

const char *const guest_name = "acpipm";

#define SECOND		1000000
#define PM_HZ		3579545
#define FADT_FLAGS	112
#define TIMER_IS_32_BIT	BIT(8)
#define MADT_OVERRIDE	2
#define MADT_IOAPIC	1
#define STATUS_TIMER	BIT(0)
#define CONTROL_SCI	BIT(0)
#define SLEEP_ENABLE	BIT(13)
#define MAX_TABLES	64

static u8 sum(const void *from, u32 len)
{
	const u8 *byte = from;
	u8 total = 0;

	while (len--)
		total += *byte++;
	return total;
}

/* --- tables --- */

static void root_pointer(void)
{
	const u8 *rsdp = (const u8 *)acpi_rsdp();

	if (!check(rsdp, "none"))
		return;
	check(!sum(rsdp, 20), "its first checksum is wrong");
	if (rsdp[15] >= 2)
		check(!sum(rsdp, *(const u32 *)(rsdp + 20)), "its second checksum is wrong");
}

static void check_table(const struct acpi_table *table)
{
	check(table->length >= sizeof(*table) && table->length < 1 << 20, "%c%c%c%c: %u bytes",
	      table->signature[0], table->signature[1], table->signature[2], table->signature[3],
	      table->length);
	check(!sum(table, table->length), "%c%c%c%c: wrong checksum", table->signature[0],
	      table->signature[1], table->signature[2], table->signature[3]);
}

static void checksums(void)
{
	const struct acpi_table *table;
	unsigned int n;

	for (n = 0; n < MAX_TABLES && (table = acpi_table_nr(n)); n++)
		check_table(table);
	check(n >= 2, "%u tables", n);
	if (check(acpi_dsdt(), "no DSDT"))
		check_table(acpi_dsdt());
}

static void list_of_processors(void)
{
	const u8 *entry = NULL;
	unsigned int nr = 0, ioapics = 0;

	while ((entry = madt_next(entry))) {
		nr += (entry[0] == 0 && (entry[4] & 1)) || (entry[0] == 9 && (entry[8] & 1));
		ioapics += entry[0] == MADT_IOAPIC;
	}
	check(nr == arch_cpu_count(), "%u processors of %u", nr, arch_cpu_count());
	check(ioapics == 1, "%u I/O APICs", ioapics);
	check(acpi_isa_line(0, NULL) == 2, "the timer is at %u", acpi_isa_line(0, NULL));
}

static void soft_off_is_named(void)
{
	check(acpi_s5() >= 0 && acpi_s5() < 8, "%d", acpi_s5());
	check(acpi_pm_control() && acpi_pm_event(), "no registers");
}

/* --- MP table --- */

static const u8 *find_mp(void)
{
	u64 addr;

	for (addr = 0x9fc00; addr < 0x100000; addr += 16) {
		if (!memcmp((const void *)addr, "_MP_", 4) && !sum((const void *)addr, 16))
			return (const u8 *)addr;
	}
	return NULL;
}

/* The same machine for those who know no ACPI. MultiProcessor Specification 1.4, chapter 4. */
static void mp_table(void)
{
	static const u8 lens[] = { 20, 8, 8, 8, 8 };
	const u8 *pointer = find_mp(), *table, *entry;
	unsigned int i, nr, counts[5] = { 0 };

	if (!pointer) {
		if (!reference_differs("has none"))
			test_fail("none");
		return;
	}
	table = (const u8 *)(u64)*(const u32 *)(pointer + 4);
	if (!check(!memcmp(table, "PCMP", 4), "no table behind the pointer"))
		return;
	check(!sum(table, *(const u16 *)(table + 4)), "wrong checksum");
	nr = *(const u16 *)(table + 34);
	for (i = 0, entry = table + 44; i < nr; i++) {
		if (!check(entry[0] < 5, "entry %u is of type %u", i, entry[0]))
			return;
		if (entry[0] || (entry[3] & 1))
			counts[entry[0]]++;
		entry += lens[entry[0]];
	}
	check(entry == table + *(const u16 *)(table + 4), "its length is wrong");
	check(counts[0] == arch_cpu_count() || arch_is_reference(), "%u processors", counts[0]);
	check(counts[2] == 1, "%u I/O APICs", counts[2]);
	check(counts[3] >= 12 && counts[4] >= 1, "%u and %u interrupts", counts[3], counts[4]);
}

/* --- timer --- */

static u32 mask(void)
{
	return acpi_get(acpi_find("FACP"), FADT_FLAGS, 4) & TIMER_IS_32_BIT ? 0xffffffff : 0xffffff;
}

static void timer_advances(void)
{
	u32 first = inl(acpi_pm_timer()), second;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		second = inl(acpi_pm_timer());
		if (!check(((second - first) & mask()) < mask() / 2, "0x%x after 0x%x", second,
			   first))
			return;
		first = second;
	}
}

static void timer_rate(void)
{
	u32 from = inl(acpi_pm_timer()), ticks;
	u64 start = arch_time(), us;

	delay_us(300000);
	ticks = (inl(acpi_pm_timer()) - from) & mask();
	us = time_to_us(arch_time() - start);
	check(ticks > us * PM_HZ / SECOND * 98 / 100 && ticks < us * PM_HZ / SECOND * 102 / 100,
	      "%u ticks in %lu us", ticks, us);
}

static void timer_is_read_only(void)
{
	u32 before = inl(acpi_pm_timer());

	outl(acpi_pm_timer(), 0);
	check(((inl(acpi_pm_timer()) - before) & mask()) < PM_HZ, "it was written");
}

static void timer_bytes(void)
{
	u32 val = inb(acpi_pm_timer() + 3), full = inl(acpi_pm_timer());

	if (reference_differs("reads as a whole"))
		return;
	check(((full >> 24) - val) % 256 <= 1, "byte 3 is 0x%x of 0x%x", val, full);
	val = inw(acpi_pm_timer() + 2);
	full = inl(acpi_pm_timer());
	check(((full >> 16) - val) % 65536 <= 100, "word 1 is 0x%x of 0x%x", val, full);
}

/* --- registers --- */

static void enable_register(void)
{
	u16 port = acpi_pm_event() + 2, before = inw(port);

	outw(port, 0);
	check(!inw(port), "0x%x for 0", inw(port));
	outw(port, 0x0121);
	check(inw(port) == 0x0121, "0x%x for 0x121", inw(port));
	outw(port, before);
}

static void status_is_cleared_by_ones(void)
{
	u16 before;

	outw(acpi_pm_event(), 0xffff);
	before = inw(acpi_pm_event());
	check(!(before & ~STATUS_TIMER), "0x%x", before);
	outw(acpi_pm_event(), 0);
	check(!(inw(acpi_pm_event()) & ~STATUS_TIMER), "0x%x after 0", inw(acpi_pm_event()));
}

/* Soft off is asked for by both: neither a type nor the bit alone is enough. */
static void control_register(void)
{
	u16 port = acpi_pm_control(), before = inw(port);

	check(arch_is_reference() || (before & CONTROL_SCI), "ACPI mode is off: 0x%x", before);
	if (acpi_s5() > 0)
		outw(port, SLEEP_ENABLE | 6 << 10);
	outw(port, (u16)acpi_s5() << 10);
	check(!(inw(port) & SLEEP_ENABLE), "0x%x", inw(port));
	outw(port, before & ~SLEEP_ENABLE);
}

static void reset_register(void)
{
	const struct acpi_table *fadt = acpi_find("FACP");
	u64 port = acpi_get(fadt, 120, 8), val = acpi_get(fadt, 128, 1);

	check(acpi_get(fadt, FADT_FLAGS, 4) & BIT(10), "not announced");
	check(acpi_get(fadt, 116, 1) == 1 && port, "not a port: 0x%lx", port);
	if (!arch_is_reference())
		outb(port, val ^ 0xff);
}

static const struct test_case cases[] = {
	{ "root_pointer", root_pointer },
	{ "checksums", checksums },
	{ "processors", list_of_processors },
	{ "soft_off_is_named", soft_off_is_named },
	{ "mp_table", mp_table },
	{ "timer_advances", timer_advances },
	{ "timer_rate", timer_rate },
	{ "timer_is_read_only", timer_is_read_only },
	{ "timer_bytes", timer_bytes },
	{ "enable_register", enable_register },
	{ "status_is_cleared_by_ones", status_is_cleared_by_ones },
	{ "control_register", control_register },
	{ "reset_register", reset_register },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
