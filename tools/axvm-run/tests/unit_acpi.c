// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the tables of x86_64 guests: AML, ACPI and MP.
 *
 * Offsets are those of the ACPI specification 6.5 and of the MultiProcessor
 * Specification 1.4, read here without the program's own layouts.
 */
#include <stdlib.h>
#include <string.h>

#include "../acpi.h"
#include "../acpi_dsdt.h"
#include "../aml.h"
#include "../config.h"
#include "../mptable.h"
#include "../pc.h"
#include "../util.h"
#include "unit.h"

static struct axvm_config cfg;

/* A VM of the default board with @cpus vCPUs. */
static bool make_config(unsigned int cpus)
{
	const struct config_options opts = {
		.kernel = "kernel", .arch = CONFIG_ARCH_X86_64, .cpus = cpus,
	};
	struct diag diag;
	int status;

	diag_init(&diag, NULL);
	status = config_from_options(&cfg, &opts, &diag);
	diag_free(&diag);
	return CHECK(!status);
}

static struct config_device *find_device(const char *type)
{
	return (struct config_device *)config_find_device(&cfg, type);
}

static void remove_device(const char *type)
{
	strcpy(find_device(type)->type, "none");
}

static unsigned int sum(const void *data, size_t len)
{
	const uint8_t *byte = data;
	uint8_t all = 0;

	while (len--)
		all += *byte++;
	return all;
}

static bool contains(const void *data, size_t len, const void *part, size_t part_len)
{
	return memmem(data, len, part, part_len);
}

/* --- AML --- */

static bool is_aml(struct aml *aml, const char *bytes, size_t len)
{
	bool same = aml->len == len && !memcmp(aml->data, bytes, len);

	aml_free(aml);
	return same;
}

#define IS_AML(aml, bytes)	is_aml(aml, bytes, sizeof(bytes) - 1)

static void test_integers(void)
{
	struct aml aml = {0};

	aml_name_integer(&aml, "ABCD", 0);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x00"));
	aml_name_integer(&aml, "ABCD", 1);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x01"));
	aml_name_integer(&aml, "ABCD", 255);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x0a\xff"));
	aml_name_integer(&aml, "ABCD", 256);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x0b\x00\x01"));
	aml_name_integer(&aml, "ABCD", 0x12345678);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x0c\x78\x56\x34\x12"));
	aml_name_integer(&aml, "ABCD", 1ULL << 32);
	CHECK(IS_AML(&aml, "\x08" "ABCD\x0e\x00\x00\x00\x00\x01\x00\x00\x00"));
}

static void test_names(void)
{
	static const uint64_t values[] = { 5, 0 };
	struct aml aml = {0};

	aml_name_id(&aml, "_HID", "PNP0501");
	CHECK(IS_AML(&aml, "\x08" "_HID\x0c\x41\xd0\x05\x01"));
	aml_name_id(&aml, "_HID", "PNP0000");
	CHECK(IS_AML(&aml, "\x08" "_HID\x0b\x41\xd0"));
	aml_name_id(&aml, "_HID", "QEMU0001");
	CHECK(IS_AML(&aml, "\x08" "_HID\x0dQEMU0001\x00"));
	aml_name_package(&aml, "\\_S5_", values, 2);
	CHECK(IS_AML(&aml, "\x08\\_S5_\x12\x05\x02\x0a\x05\x00"));
}

/* The value of a package length at @at, and the number of its bytes (20.2.4). */
static size_t read_length(const uint8_t *at, unsigned int *bytes)
{
	unsigned int more = at[0] >> 6, i;
	size_t len = more ? at[0] & 0xf : at[0] & 0x3f;

	for (i = 0; i < more; i++)
		len |= (size_t)at[1 + i] << (4 + 8 * i);
	*bytes = 1 + more;
	return len;
}

static void test_lengths(void)
{
	static const size_t sizes[] = { 0, 57, 58, 59, 4087, 4088, 4089, 1048563, 1048564 };
	static uint8_t body[1048564];
	unsigned int i, bytes;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct aml aml = {0};
		size_t mark = aml_open_device(&aml, "ABCD");

		aml_bytes(&aml, body, sizes[i]);
		aml_close(&aml, mark);
		CHECK(!memcmp(aml.data, "\x5b\x82", 2));
		CHECK(read_length(aml.data + 2, &bytes) == aml.len - 2);
		CHECK(aml.len == 2 + bytes + 4 + sizes[i]);
		CHECK(!memcmp(aml.data + 2 + bytes, "ABCD", 4));
		aml_free(&aml);
	}
}

static void test_resources(void)
{
	struct aml resources = {0}, aml = {0};

	aml_io(&resources, 0x3f8, 8);
	aml_irq(&resources, 4);
	aml_irq(&resources, 16);
	aml_memory(&resources, 0xd0000000, 0x200);
	aml_level_irq(&resources, 20);
	aml_name_resources(&aml, "_CRS", &resources);
	CHECK(IS_AML(&aml, "\x08_CRS\x11\x2e\x0a\x2b"
			   "\x47\x01\xf8\x03\xf8\x03\x01\x08" "\x22\x10\x00"
			   "\x89\x06\x00\x03\x01\x10\x00\x00\x00"
			   "\x86\x09\x00\x01\x00\x00\x00\xd0\x00\x02\x00\x00"
			   "\x89\x06\x00\x01\x01\x14\x00\x00\x00" "\x79\x00"));
	aml_free(&resources);
}

/* --- ACPI --- */

static const struct acpi_table *find_table(const struct acpi *acpi, const char *name)
{
	unsigned int i;

	for (i = 0; i < acpi->nr_tables; i++)
		if (!strcmp(acpi->tables[i].name, name))
			return &acpi->tables[i];
	return NULL;
}

static const uint8_t *table_data(const struct acpi *acpi, const char *name)
{
	return acpi->data + find_table(acpi, name)->offset;
}

static uint64_t table_gpa(const struct acpi *acpi, const char *name)
{
	return PC_ACPI_BASE + find_table(acpi, name)->offset;
}

static void test_checksums(void)
{
	static const char *const names[] = { "xsdt", "facp", "apic", "dsdt" };
	struct acpi acpi;
	unsigned int i;

	if (!make_config(3) || !CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE)))
		return;
	CHECK(!memcmp(acpi.data, "RSD PTR ", 8));
	CHECK(!sum(acpi.data, 20) && !sum(acpi.data, 36) && acpi.data[15] == 2);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct acpi_table *table = find_table(&acpi, names[i]);
		const uint8_t *data = acpi.data + table->offset;

		CHECK(read_le32(data + 4) == table->len && !sum(data, table->len));
		CHECK(!(table->offset % 8) && table->offset + table->len <= acpi.len);
	}
	acpi_free(&acpi);
	config_free(&cfg);
}

static void test_links(void)
{
	const uint8_t *xsdt, *fadt;
	struct acpi acpi;

	if (!make_config(1) || !CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE)))
		return;
	xsdt = table_data(&acpi, "xsdt");
	fadt = table_data(&acpi, "facp");
	CHECK(read_le64(acpi.data + 24) == table_gpa(&acpi, "xsdt"));
	CHECK(read_le32(xsdt + 4) == 36 + 16);
	CHECK(read_le64(xsdt + 36) == table_gpa(&acpi, "facp"));
	CHECK(read_le64(xsdt + 44) == table_gpa(&acpi, "apic"));
	CHECK(read_le32(fadt + 36) == table_gpa(&acpi, "facs"));
	CHECK(read_le32(fadt + 40) == table_gpa(&acpi, "dsdt"));
	CHECK(read_le64(fadt + 140) == table_gpa(&acpi, "dsdt"));
	CHECK(!(table_gpa(&acpi, "facs") % 64));
	acpi_free(&acpi);
	config_free(&cfg);
}

static void test_fadt(void)
{
	const uint8_t *fadt;
	struct acpi acpi;

	if (!make_config(1) || !CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE)))
		return;
	fadt = table_data(&acpi, "facp");
	CHECK(find_table(&acpi, "facp")->len == 276);
	CHECK(fadt[46] == 9 && !fadt[47] && !read_le32(fadt + 48));
	CHECK(read_le32(fadt + 56) == 0x600 && read_le32(fadt + 64) == 0x604);
	CHECK(read_le32(fadt + 76) == 0x608 && fadt[88] == 4 && fadt[89] == 2 && fadt[91] == 4);
	CHECK(fadt[108] == 0x32 && (fadt[109] & 0x27) == 0x07);
	/* Not hardware-reduced, a timer of 32 bits, a reset register. */
	CHECK(!(read_le32(fadt + 112) & 1 << 20) && (read_le32(fadt + 112) & 0x500) == 0x500);
	CHECK(fadt[116] == 1 && fadt[117] == 8 && read_le64(fadt + 120) == 0xcf9);
	CHECK(fadt[128] == 6);
	CHECK(fadt[148] == 1 && read_le64(fadt + 152) == 0x600);
	acpi_free(&acpi);
	config_free(&cfg);
}

static void test_fadt_without(void)
{
	const uint8_t *fadt;
	struct acpi acpi;

	if (!make_config(1))
		return;
	remove_device("i8042");
	remove_device("cmos-rtc");
	remove_device("reset-port");
	find_device("acpi-pm")->base = 0x1000;
	CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE));
	fadt = table_data(&acpi, "facp");
	CHECK(!fadt[108] && (fadt[109] & 0x22) == 0x20);
	CHECK(read_le64(fadt + 120) == 0x100c && read_le32(fadt + 76) == 0x1008);
	acpi_free(&acpi);
	remove_device("acpi-pm");
	CHECK(!acpi_build(&acpi, &cfg, PC_ACPI_BASE));
	acpi_free(&acpi);
	config_free(&cfg);
}

/* The entries of the MADT, to be compared as a whole. */
static bool madt_is(const char *bytes, size_t len)
{
	struct acpi acpi;
	const struct acpi_table *madt;
	bool same;

	if (!CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE)))
		return false;
	madt = find_table(&acpi, "apic");
	same = madt->len == 44 + len && !memcmp(acpi.data + madt->offset + 44, bytes, len) &&
	       read_le32(acpi.data + madt->offset + 36) == 0xfee00000;
	acpi_free(&acpi);
	return same;
}

#define MADT_IS(bytes)	madt_is(bytes, sizeof(bytes) - 1)
#define IOAPIC		"\x01\x0c\x01\x00\x00\x00\xc0\xfe\x00\x00\x00\x00"
#define OVERRIDES	"\x02\x0a\x00\x00\x02\x00\x00\x00\x00\x00" \
			"\x02\x0a\x00\x09\x09\x00\x00\x00\x0d\x00"
#define NMI		"\x04\x06\xff\x00\x00\x01"

static void test_madt(void)
{
	if (!make_config(2))
		return;
	cfg.vcpus[1].hw_id = 7;
	CHECK(MADT_IS("\x00\x08\x00\x00\x01\x00\x00\x00" "\x00\x08\x01\x07\x01\x00\x00\x00"
		      IOAPIC OVERRIDES NMI));
	cfg.vcpus[1].hw_id = 0x1234;
	CHECK(MADT_IS("\x00\x08\x00\x00\x01\x00\x00\x00"
		      "\x09\x10\x00\x00\x34\x12\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"
		      IOAPIC OVERRIDES NMI
		      "\x0a\x0c\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00"));
	remove_device("ioapic");
	cfg.nr_vcpus = 1;
	CHECK(MADT_IS("\x00\x08\x00\x00\x01\x00\x00\x00" NMI));
	cfg.nr_vcpus = 2;
	config_free(&cfg);
}

static void test_ioapic_id(void)
{
	if (!make_config(3))
		return;
	CHECK(config_ioapic_id(&cfg) == 3);
	cfg.vcpus[0].hw_id = 3;
	CHECK(config_ioapic_id(&cfg) == 0);
	cfg.vcpus[1].hw_id = 0;
	CHECK(config_ioapic_id(&cfg) == 1);
	config_free(&cfg);
}

static void test_dsdt(void)
{
	struct aml aml = {0};
	struct config_device *serial;

	if (!make_config(64))
		return;
	acpi_build_dsdt(&aml, &cfg);
	CHECK(contains(aml.data, aml.len, "C03F", 4) && !contains(aml.data, aml.len, "C040", 4));
	CHECK(contains(aml.data, aml.len, "COM1", 4) && !contains(aml.data, aml.len, "COM2", 4));
	CHECK(contains(aml.data, aml.len, "QEMU0001", 9));
	CHECK(contains(aml.data, aml.len, "\\_S5_\x12\x08\x04\x0a\x05\x0a\x05\x00\x00", 14));
	aml_free(&aml);
	serial = find_device("isa-serial");
	strcpy(serial->type, "virtio-mmio");
	serial->base = 0xd0000000;
	serial->size = 0x200;
	serial->irq = 16;
	acpi_build_dsdt(&aml, &cfg);
	CHECK(contains(aml.data, aml.len, "VR00", 4) && contains(aml.data, aml.len, "LNRO0005", 9));
	CHECK(contains(aml.data, aml.len, "\x86\x09\x00\x01\x00\x00\x00\xd0\x00\x02\x00\x00", 12));
	CHECK(!contains(aml.data, aml.len, "COM1", 4));
	aml_free(&aml);
	config_free(&cfg);
}

/* The largest VM that there can be has room for its tables. */
static void test_largest(void)
{
	struct acpi acpi;
	unsigned int i;

	if (!make_config(CONFIG_MAX_VCPUS))
		return;
	while (cfg.nr_devices < CONFIG_MAX_DEVICES) {
		cfg.devices = xrealloc(cfg.devices, (cfg.nr_devices + 1) * sizeof(*cfg.devices));
		cfg.devices[cfg.nr_devices++] = *find_device("isa-serial");
	}
	for (i = 0; i < cfg.nr_vcpus; i++)
		cfg.vcpus[i].hw_id = 1000 + i;
	CHECK(acpi_build(&acpi, &cfg, PC_ACPI_BASE));
	CHECK(acpi.len <= PC_ACPI_END - PC_ACPI_BASE);
	acpi_free(&acpi);
	config_free(&cfg);
}

/* --- the MP table --- */

static const uint8_t mp_sizes[] = { 20, 8, 8, 8, 8 };

static void check_mp_entries(const uint8_t *table, size_t len, unsigned int nr[5])
{
	const uint8_t *at = table + 44;
	unsigned int i, nr_entries = table[34] | table[35] << 8;

	for (i = 0; i < nr_entries; i++) {
		if (!CHECK(at < table + len && at[0] < 5))
			return;
		nr[at[0]]++;
		at += mp_sizes[at[0]];
	}
	CHECK(at == table + len);
}

static void test_mp(void)
{
	unsigned int nr[5] = {0};
	uint8_t *data, *table;
	size_t len;

	if (!make_config(2) || !CHECK(mptable_build(&data, &len, &cfg, PC_MP_BASE)))
		return;
	table = data + 16;
	CHECK(!memcmp(data, "_MP_", 4) && !sum(data, 16) && data[8] == 1 && data[9] == 4);
	CHECK(read_le32(data + 4) == PC_MP_BASE + 16 && !data[11]);
	CHECK(!memcmp(table, "PCMP", 4) && (size_t)(table[4] | table[5] << 8) == len - 16);
	CHECK(!sum(table, len - 16) && read_le32(table + 36) == 0xfee00000);
	check_mp_entries(table, len - 16, nr);
	CHECK(nr[0] == 2 && nr[1] == 1 && nr[2] == 1 && nr[3] == 15 && nr[4] == 2);
	CHECK(table[44 + 3] == 3 && table[64 + 1] == 1 && table[64 + 3] == 1);
	/* Interrupt 0 is at input 2 of the I/O APIC, whose id is 2. */
	CHECK(contains(table, len - 16, "\x03\x00\x00\x00\x00\x00\x02\x02", 8));
	CHECK(contains(table, len - 16, "\x03\x00\x0d\x00\x00\x09\x02\x09", 8));
	free(data);
	remove_device("ioapic");
	CHECK(!mptable_build(&data, &len, &cfg, PC_MP_BASE));
	config_free(&cfg);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "aml-integers", test_integers },
		{ "aml-names", test_names },
		{ "aml-lengths", test_lengths },
		{ "aml-resources", test_resources },
		{ "acpi-checksums", test_checksums },
		{ "acpi-links", test_links },
		{ "acpi-fadt", test_fadt },
		{ "acpi-fadt-without", test_fadt_without },
		{ "acpi-madt", test_madt },
		{ "acpi-ioapic-id", test_ioapic_id },
		{ "acpi-dsdt", test_dsdt },
		{ "acpi-largest", test_largest },
		{ "mp-table", test_mp },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}
