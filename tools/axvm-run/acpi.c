// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI tables of x86_64 guests, see acpi.h.
 *
 * Layouts and sections are those of the ACPI specification 6.5. The contents of
 * the DSDT are in acpi_dsdt.c.
 */
#include "acpi.h"

#include <stdlib.h>
#include <string.h>

#include "acpi_dsdt.h"
#include "pc.h"
#include "util.h"

#define TABLE_ALIGN	64	/* what the FACS needs (5.2.10); the others need 8 */

/* 5.2.6 */
struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attr(packed);

/* 5.2.5.3 */
struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt_address;
	uint32_t length;
	uint64_t xsdt_address;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attr(packed);

/* The first 20 bytes have a checksum of their own. */
#define RSDP_V1_LEN	20

/* 5.2.8 */
struct xsdt {
	struct header header;
	uint64_t entries[2];
} __attr(packed);

/* 5.2.3.2 */
struct address {
	uint8_t space;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size;
	uint64_t address;
} __attr(packed);

#define SPACE_IO	1

/* 5.2.9 */
struct fadt {
	struct header header;
	uint32_t facs;
	uint32_t dsdt;
	uint8_t reserved0;
	uint8_t preferred_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t acpi_enable;
	uint8_t acpi_disable;
	uint8_t s4bios_req;
	uint8_t pstate_cnt;
	uint32_t pm1a_evt_blk;
	uint32_t pm1b_evt_blk;
	uint32_t pm1a_cnt_blk;
	uint32_t pm1b_cnt_blk;
	uint32_t pm2_cnt_blk;
	uint32_t pm_tmr_blk;
	uint32_t gpe0_blk;
	uint32_t gpe1_blk;
	uint8_t pm1_evt_len;
	uint8_t pm1_cnt_len;
	uint8_t pm2_cnt_len;
	uint8_t pm_tmr_len;
	uint8_t gpe0_blk_len;
	uint8_t gpe1_blk_len;
	uint8_t gpe1_base;
	uint8_t cst_cnt;
	uint16_t p_lvl2_lat;
	uint16_t p_lvl3_lat;
	uint16_t flush_size;
	uint16_t flush_stride;
	uint8_t duty_offset;
	uint8_t duty_width;
	uint8_t day_alarm;
	uint8_t month_alarm;
	uint8_t century;
	uint16_t iapc_boot_arch;
	uint8_t reserved1;
	uint32_t flags;
	struct address reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_version;
	uint64_t x_facs;
	uint64_t x_dsdt;
	struct address x_pm1a_evt_blk;
	struct address x_pm1b_evt_blk;
	struct address x_pm1a_cnt_blk;
	struct address x_pm1b_cnt_blk;
	struct address x_pm2_cnt_blk;
	struct address x_pm_tmr_blk;
	struct address x_gpe0_blk;
	struct address x_gpe1_blk;
	struct address sleep_control_reg;
	struct address sleep_status_reg;
	char hypervisor_id[8];
} __attr(packed);

#define FADT_REVISION		6
#define FADT_MINOR		5
#define PROFILE_ENTERPRISE	4

/* Flags of the FADT (table 5.10). */
#define FADT_WBINVD		(1u << 0)
#define FADT_PROC_C1		(1u << 2)
#define FADT_SLP_BUTTON		(1u << 5)	/* set: there is none in the fixed registers */
#define FADT_FIX_RTC		(1u << 6)	/* likewise */
#define FADT_TMR_VAL_EXT	(1u << 8)	/* the timer has 32 bits */
#define FADT_RESET_REG_SUP	(1u << 10)

/* IA-PC boot architecture flags (table 5.11). */
#define BOOT_LEGACY_DEVICES	(1u << 0)
#define BOOT_8042		(1u << 1)
#define BOOT_NO_VGA		(1u << 2)
#define BOOT_NO_ASPM		(1u << 4)
#define BOOT_NO_RTC		(1u << 5)

#define C_STATE_NONE		0xffff		/* latencies that say: not supported */
#define PM1_EVENT		0x0		/* registers of the device "acpi-pm" */
#define PM1_CONTROL		0x4
#define PM_TIMER		0x8
#define PM_RESET		0xc
#define RESET_VALUE		6		/* for port 0xcf9 and for PM_RESET */
#define RTC_CENTURY		0x32		/* index into the CMOS */

/* 5.2.10 */
struct facs {
	char signature[4];
	uint32_t length;
	uint32_t hardware_signature;
	uint32_t waking_vector;
	uint32_t global_lock;
	uint32_t flags;
	uint64_t x_waking_vector;
	uint8_t version;
	uint8_t reserved0[3];
	uint32_t ospm_flags;
	uint8_t reserved1[24];
} __attr(packed);

#define FACS_VERSION		2

/* 5.2.12 and the entries of its sections */
struct madt {
	struct header header;
	uint32_t lapic_address;
	uint32_t flags;
} __attr(packed);

#define MADT_REVISION		5
#define MADT_PCAT_COMPAT	(1u << 0)	/* a pair of 8259 */

struct madt_lapic {
	uint8_t type, length;
	uint8_t uid;
	uint8_t id;
	uint32_t flags;
} __attr(packed);

struct madt_ioapic {
	uint8_t type, length;
	uint8_t id;
	uint8_t reserved;
	uint32_t address;
	uint32_t gsi_base;
} __attr(packed);

struct madt_override {
	uint8_t type, length;
	uint8_t bus;
	uint8_t source;
	uint32_t gsi;
	uint16_t flags;
} __attr(packed);

struct madt_lapic_nmi {
	uint8_t type, length;
	uint8_t uid;
	uint16_t flags;
	uint8_t lint;
} __attr(packed);

struct madt_x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t id;
	uint32_t flags;
	uint32_t uid;
} __attr(packed);

struct madt_x2apic_nmi {
	uint8_t type, length;
	uint16_t flags;
	uint32_t uid;
	uint8_t lint;
	uint8_t reserved[3];
} __attr(packed);

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_NMI = 4,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
};

#define LAPIC_ENABLED		(1u << 0)
#define INTI_HIGH_LEVEL		0xd		/* polarity high, level (table 5.26) */

static void add_checksum(uint8_t *data, size_t len, uint8_t *checksum)
{
	uint8_t sum = 0;

	*checksum = 0;
	while (len--)
		sum += *data++;
	*checksum = -sum;
}

static void fill_header(struct header *header, const char *signature, uint8_t revision,
			size_t len)
{
	memcpy(header->signature, signature, sizeof(header->signature));
	header->length = len;
	header->revision = revision;
	memcpy(header->oem_id, "AXVM  ", sizeof(header->oem_id));
	memcpy(header->oem_table_id, "AXVMPC  ", sizeof(header->oem_table_id));
	header->oem_revision = 1;
	memcpy(header->creator_id, "AXVM", sizeof(header->creator_id));
	header->creator_revision = 1;
}

/* Append zeroed bytes as a new table; the pointer is good until the next call. */
static void *add_table(struct acpi *acpi, const char *name, size_t len)
{
	size_t offset = align_up(acpi->len, TABLE_ALIGN);

	acpi->data = xrealloc(acpi->data, offset + len);
	memset(acpi->data + acpi->len, 0, offset + len - acpi->len);
	acpi->len = offset + len;
	acpi->tables[acpi->nr_tables++] = (struct acpi_table){ name, offset, len };
	return acpi->data + offset;
}

static uint64_t find_table(const struct acpi *acpi, uint64_t base, const char *name)
{
	unsigned int i;

	for (i = 0; strcmp(acpi->tables[i].name, name); i++)
		;
	return base + acpi->tables[i].offset;
}

static void add_facs(struct acpi *acpi)
{
	struct facs *facs = add_table(acpi, "facs", sizeof(*facs));

	memcpy(facs->signature, "FACS", sizeof(facs->signature));
	facs->length = sizeof(*facs);
	facs->version = FACS_VERSION;
}

static void add_dsdt(struct acpi *acpi, const struct axvm_config *cfg)
{
	struct aml aml = {0};
	struct header *header;
	size_t len;

	acpi_build_dsdt(&aml, cfg);
	len = sizeof(*header) + aml.len;
	header = add_table(acpi, "dsdt", len);
	fill_header(header, "DSDT", 2, len);
	memcpy(header + 1, aml.data, aml.len);
	add_checksum((uint8_t *)header, len, &header->checksum);
	aml_free(&aml);
}

static struct address io_address(uint64_t port, unsigned int bits)
{
	return (struct address){
		.space = SPACE_IO,
		.bit_width = bits,
		/* 1 byte, 2: word, 3: dword */
		.access_size = bits == 8 ? 1 : bits == 16 ? 2 : 3,
		.address = port,
	};
}

/* Registers of "acpi-pm"; there is no SMI command, ACPI mode is always on. */
static void fill_pm(struct fadt *fadt, const struct config_device *pm)
{
	fadt->sci_int = pm->irq;
	fadt->pm1a_evt_blk = pm->base + PM1_EVENT;
	fadt->pm1_evt_len = 4;
	fadt->x_pm1a_evt_blk = io_address(pm->base + PM1_EVENT, 32);
	fadt->x_pm1a_evt_blk.access_size = 2;
	fadt->pm1a_cnt_blk = pm->base + PM1_CONTROL;
	fadt->pm1_cnt_len = 2;
	fadt->x_pm1a_cnt_blk = io_address(pm->base + PM1_CONTROL, 16);
	fadt->pm_tmr_blk = pm->base + PM_TIMER;
	fadt->pm_tmr_len = 4;
	fadt->x_pm_tmr_blk = io_address(pm->base + PM_TIMER, 32);
}

static void fill_reset(struct fadt *fadt, const struct config_device *pm,
		       const struct config_device *port)
{
	fadt->flags |= FADT_RESET_REG_SUP;
	fadt->reset_reg = io_address(port ? port->base : pm->base + PM_RESET, 8);
	fadt->reset_value = RESET_VALUE;
}

static uint16_t boot_arch(const struct axvm_config *cfg)
{
	uint16_t flags = BOOT_NO_VGA | BOOT_NO_ASPM;

	if (config_find_device(cfg, "isa-serial"))
		flags |= BOOT_LEGACY_DEVICES;
	if (config_find_device(cfg, "i8042"))
		flags |= BOOT_8042;
	if (!config_find_device(cfg, "cmos-rtc"))
		flags |= BOOT_NO_RTC;
	return flags;
}

static void add_fadt(struct acpi *acpi, const struct axvm_config *cfg, uint64_t base)
{
	const struct config_device *pm = config_find_device(cfg, "acpi-pm");
	struct fadt *fadt = add_table(acpi, "facp", sizeof(*fadt));

	fill_header(&fadt->header, "FACP", FADT_REVISION, sizeof(*fadt));
	fadt->minor_version = FADT_MINOR;
	fadt->preferred_profile = PROFILE_ENTERPRISE;
	fadt->p_lvl2_lat = C_STATE_NONE;
	fadt->p_lvl3_lat = C_STATE_NONE;
	fadt->flags = FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON | FADT_FIX_RTC |
		      FADT_TMR_VAL_EXT;
	fadt->iapc_boot_arch = boot_arch(cfg);
	if (config_find_device(cfg, "cmos-rtc"))
		fadt->century = RTC_CENTURY;
	fill_pm(fadt, pm);
	fill_reset(fadt, pm, config_find_device(cfg, "reset-port"));
	/* Where both addresses could be given, only one of them is (5.2.9). */
	fadt->facs = find_table(acpi, base, "facs");
	fadt->dsdt = find_table(acpi, base, "dsdt");
	fadt->x_dsdt = fadt->dsdt;
	memcpy(fadt->hypervisor_id, "axvm", 4);
	add_checksum((uint8_t *)fadt, sizeof(*fadt), &fadt->header.checksum);
}

static bool is_x2apic(const struct config_vcpu *vcpu)
{
	return vcpu->hw_id > PC_MAX_APIC_ID;
}

static void add_cpus(struct aml *entries, const struct axvm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		const struct config_vcpu *vcpu = &cfg->vcpus[i];
		const struct madt_lapic lapic = {
			MADT_LAPIC, sizeof(lapic), i, vcpu->hw_id, LAPIC_ENABLED,
		};
		const struct madt_x2apic x2apic = {
			MADT_X2APIC, sizeof(x2apic), 0, vcpu->hw_id, LAPIC_ENABLED, i,
		};

		if (is_x2apic(vcpu))
			aml_bytes(entries, &x2apic, sizeof(x2apic));
		else
			aml_bytes(entries, &lapic, sizeof(lapic));
	}
}

/* NMIs arrive at LINT1 of every CPU. */
static void add_nmis(struct aml *entries, const struct axvm_config *cfg)
{
	const struct madt_lapic_nmi all = { MADT_LAPIC_NMI, sizeof(all), UINT8_MAX, 0, 1 };
	const struct madt_x2apic_nmi all_x2apic = {
		MADT_X2APIC_NMI, sizeof(all_x2apic), 0, UINT32_MAX, 1, {0},
	};
	unsigned int i;

	aml_bytes(entries, &all, sizeof(all));
	for (i = 0; i < cfg->nr_vcpus && !is_x2apic(&cfg->vcpus[i]); i++)
		;
	if (i < cfg->nr_vcpus)
		aml_bytes(entries, &all_x2apic, sizeof(all_x2apic));
}

static void add_override(struct aml *entries, uint8_t source, uint32_t gsi, uint16_t flags)
{
	const struct madt_override override = {
		MADT_OVERRIDE, sizeof(override), 0, source, gsi, flags,
	};

	aml_bytes(entries, &override, sizeof(override));
}

static void add_ioapic(struct aml *entries, const struct axvm_config *cfg)
{
	const struct config_device *ioapic = config_find_device(cfg, "ioapic");
	const struct config_device *pm = config_find_device(cfg, "acpi-pm");
	struct madt_ioapic entry = { MADT_IOAPIC, sizeof(entry) };

	if (!ioapic)
		return;
	entry.id = config_ioapic_id(cfg);
	entry.address = ioapic->base;
	aml_bytes(entries, &entry, sizeof(entry));
	add_override(entries, 0, PC_PIT_GSI, 0);
	if (pm->irq && pm->irq < PC_ISA_IRQS)
		add_override(entries, pm->irq, pm->irq, INTI_HIGH_LEVEL);
}

static void add_madt(struct acpi *acpi, const struct axvm_config *cfg)
{
	struct aml entries = {0};
	struct madt *madt;
	size_t len;

	add_cpus(&entries, cfg);
	add_ioapic(&entries, cfg);
	add_nmis(&entries, cfg);
	len = sizeof(*madt) + entries.len;
	madt = add_table(acpi, "apic", len);
	fill_header(&madt->header, "APIC", MADT_REVISION, len);
	madt->lapic_address = PC_LAPIC_BASE;
	madt->flags = config_find_device(cfg, "i8259") ? MADT_PCAT_COMPAT : 0;
	memcpy(madt + 1, entries.data, entries.len);
	add_checksum((uint8_t *)madt, len, &madt->header.checksum);
	aml_free(&entries);
}

static void add_xsdt(struct acpi *acpi, uint64_t base)
{
	struct xsdt *xsdt = add_table(acpi, "xsdt", sizeof(*xsdt));

	fill_header(&xsdt->header, "XSDT", 1, sizeof(*xsdt));
	xsdt->entries[0] = find_table(acpi, base, "facp");
	xsdt->entries[1] = find_table(acpi, base, "apic");
	add_checksum((uint8_t *)xsdt, sizeof(*xsdt), &xsdt->header.checksum);
}

/* The first table made, the last to be filled. */
static void fill_rsdp(struct acpi *acpi, uint64_t base)
{
	struct rsdp *rsdp = (struct rsdp *)acpi->data;

	memcpy(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature));
	memcpy(rsdp->oem_id, "AXVM  ", sizeof(rsdp->oem_id));
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt_address = find_table(acpi, base, "xsdt");
	add_checksum(acpi->data, RSDP_V1_LEN, &rsdp->checksum);
	add_checksum(acpi->data, sizeof(*rsdp), &rsdp->extended_checksum);
}

bool acpi_build(struct acpi *acpi, const struct axvm_config *cfg, uint64_t base)
{
	memset(acpi, 0, sizeof(*acpi));
	if (!config_find_device(cfg, "acpi-pm"))
		return false;
	add_table(acpi, "rsdp", sizeof(struct rsdp));
	add_facs(acpi);
	add_dsdt(acpi, cfg);
	add_fadt(acpi, cfg, base);
	add_madt(acpi, cfg);
	add_xsdt(acpi, base);
	fill_rsdp(acpi, base);
	return true;
}

void acpi_free(struct acpi *acpi)
{
	free(acpi->data);
	memset(acpi, 0, sizeof(*acpi));
}
