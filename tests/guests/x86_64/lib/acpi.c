// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of ACPI tables, as far as programs need it. ACPI 6.5, chapter 5.
 */
#include "cpu.h"

#define RSDP_RSDT	16
#define RSDP_XSDT	24
#define TABLE_HEADER	36
#define FADT_DSDT	40
#define FADT_SCI	46
#define FADT_PM1_EVENT	56
#define FADT_PM1_CONTROL 64
#define FADT_PM_TIMER	76
#define FADT_X_DSDT	140
#define MADT_ENTRIES	44
#define MADT_OVERRIDE	2
#define BIOS_AREA	0xe0000
#define BIOS_AREA_END	0x100000
#define AML_PACKAGE	0x12
#define AML_BYTE	0x0a

static const u8 *rsdp;

static u64 get(const u8 *from, unsigned int len)
{
	u64 val = 0;

	memcpy(&val, from, len);
	return val;
}

static const u8 *scan(void)
{
	u64 addr;

	for (addr = BIOS_AREA; addr < BIOS_AREA_END; addr += 16) {
		if (!memcmp((const void *)addr, "RSD PTR ", 8))
			return (const u8 *)addr;
	}
	return NULL;
}

void acpi_init(u64 address)
{
	rsdp = address ? (const u8 *)address : scan();
	if (rsdp && memcmp(rsdp, "RSD PTR ", 8))
		rsdp = NULL;
}

u64 acpi_rsdp(void)
{
	return (u64)rsdp;
}

u64 acpi_get(const struct acpi_table *table, u32 offset, unsigned int len)
{
	if (!table || offset + len > table->length)
		return 0;
	return get((const u8 *)table + offset, len);
}

const struct acpi_table *acpi_table_nr(unsigned int n)
{
	const struct acpi_table *root;
	unsigned int size = 4;

	if (!rsdp)
		return NULL;
	root = (const struct acpi_table *)get(rsdp + RSDP_RSDT, 4);
	if (rsdp[15] >= 2 && get(rsdp + RSDP_XSDT, 8)) {
		root = (const struct acpi_table *)get(rsdp + RSDP_XSDT, 8);
		size = 8;
	}
	return (const struct acpi_table *)acpi_get(root, TABLE_HEADER + n * size, size);
}

const struct acpi_table *acpi_find(const char *signature)
{
	const struct acpi_table *table;
	unsigned int n;

	for (n = 0; (table = acpi_table_nr(n)); n++) {
		if (!memcmp(table->signature, signature, 4))
			return table;
	}
	return NULL;
}

const u8 *madt_next(const u8 *entry)
{
	const struct acpi_table *madt = acpi_find("APIC");
	const u8 *next;

	if (!madt)
		return NULL;
	next = entry ? entry + entry[1] : (const u8 *)madt + MADT_ENTRIES;
	if (next + 2 > (const u8 *)madt + madt->length || next[1] < 2)
		return NULL;
	return next;
}

unsigned int acpi_isa_line(unsigned int irq, u16 *flags)
{
	const u8 *entry = NULL;

	if (flags)
		*flags = 0;
	while ((entry = madt_next(entry))) {
		if (entry[0] != MADT_OVERRIDE || entry[3] != irq)
			continue;
		if (flags)
			*flags = get(entry + 8, 2);
		return get(entry + 4, 4);
	}
	return irq;
}

u16 acpi_pm_event(void)
{
	return acpi_get(acpi_find("FACP"), FADT_PM1_EVENT, 4);
}

u16 acpi_pm_control(void)
{
	return acpi_get(acpi_find("FACP"), FADT_PM1_CONTROL, 4);
}

u16 acpi_pm_timer(void)
{
	return acpi_get(acpi_find("FACP"), FADT_PM_TIMER, 4);
}

unsigned int acpi_sci(void)
{
	return acpi_get(acpi_find("FACP"), FADT_SCI, 2);
}

const struct acpi_table *acpi_dsdt(void)
{
	const struct acpi_table *fadt = acpi_find("FACP");
	u64 dsdt = acpi_get(fadt, FADT_X_DSDT, 8);

	return (const struct acpi_table *)(dsdt ? dsdt : acpi_get(fadt, FADT_DSDT, 4));
}

/* First element of the package that follows the name: ACPI 6.5, 7.4.2 and 20.2.5.4. */
static int first_element(const u8 *aml)
{
	if (*aml++ != AML_PACKAGE)
		return -1;
	aml += 1 + (*aml >> 6);		/* its length */
	aml++;				/* number of elements */
	if (*aml == AML_BYTE)
		return aml[1];
	return *aml <= 1 ? *aml : -1;
}

int acpi_s5(void)
{
	const struct acpi_table *dsdt = acpi_dsdt();
	const u8 *aml = (const u8 *)dsdt;
	u32 i;

	for (i = TABLE_HEADER; dsdt && i + 8 < dsdt->length; i++) {
		if (!memcmp(aml + i, "_S5_", 4))
			return first_element(aml + i + 4);
	}
	return -1;
}
