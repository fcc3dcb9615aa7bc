// SPDX-License-Identifier: GPL-2.0
/*
 * The MP table, see mptable.h.
 *
 * Layouts and sections are those of Intel's MultiProcessor Specification 1.4.
 */
#include "mptable.h"

#include <stdlib.h>
#include <string.h>

#include "aml.h"
#include "pc.h"
#include "util.h"

/* 4.1 */
struct pointer {
	char signature[4];
	uint32_t table;
	uint8_t length;		/* in 16 bytes */
	uint8_t revision;
	uint8_t checksum;
	uint8_t features[5];
} __attr(packed);

/* 4.2 */
struct header {
	char signature[4];
	uint16_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[8];
	char product_id[12];
	uint32_t oem_table;
	uint16_t oem_size;
	uint16_t nr_entries;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_checksum;
	uint8_t reserved;
} __attr(packed);

/* 4.3.1 */
struct processor {
	uint8_t type;
	uint8_t id;
	uint8_t version;
	uint8_t flags;
	uint32_t signature;
	uint32_t features;
	uint32_t reserved[2];
} __attr(packed);

/* 4.3.2 */
struct bus {
	uint8_t type;
	uint8_t id;
	char name[6];
} __attr(packed);

/* 4.3.3 */
struct ioapic {
	uint8_t type;
	uint8_t id;
	uint8_t version;
	uint8_t flags;
	uint32_t address;
} __attr(packed);

/* 4.3.4 and 4.3.5 */
struct interrupt {
	uint8_t type;
	uint8_t kind;
	uint16_t flags;
	uint8_t bus;
	uint8_t irq;
	uint8_t apic;
	uint8_t pin;
} __attr(packed);

enum { ENTRY_PROCESSOR, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL };

#define SPEC_1_4	4

#define CPU_ENABLED	0x1
#define CPU_BOOT	0x2
#define CPU_SIGNATURE	0x600	/* a CPU of family 6; systems ask CPUID for more */
#define CPU_FEATURES	0x201	/* has an FPU and a local APIC */

#define KIND_INT	0
#define KIND_NMI	1
#define KIND_EXTINT	3

#define ALL_LAPICS	0xff
#define HIGH_LEVEL	0xd	/* of an interrupt: active high, level-triggered */
#define ISA_BUS		0
#define PIC_CASCADE	2	/* input of the first 8259 that the second one has */

static uint8_t checksum(const void *data, size_t len)
{
	const uint8_t *byte = data;
	uint8_t sum = 0;

	while (len--)
		sum += *byte++;
	return -sum;
}

static unsigned int add_processors(struct aml *table, const struct axvm_config *cfg)
{
	unsigned int i, nr = 0;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		const struct processor entry = {
			.type = ENTRY_PROCESSOR,
			.id = cfg->vcpus[i].hw_id,
			.version = PC_LAPIC_VERSION,
			.flags = CPU_ENABLED | (i ? 0 : CPU_BOOT),
			.signature = CPU_SIGNATURE,
			.features = CPU_FEATURES,
		};

		if (cfg->vcpus[i].hw_id > PC_MAX_APIC_ID)
			continue;
		aml_bytes(table, &entry, sizeof(entry));
		nr++;
	}
	return nr;
}

static unsigned int add_controllers(struct aml *table, const struct axvm_config *cfg)
{
	const struct bus bus = { ENTRY_BUS, ISA_BUS, { 'I', 'S', 'A', ' ', ' ', ' ' } };
	const struct ioapic ioapic = {
		.type = ENTRY_IOAPIC,
		.id = config_ioapic_id(cfg),
		.version = PC_IOAPIC_VERSION,
		.flags = CPU_ENABLED,
		.address = config_find_device(cfg, "ioapic")->base,
	};

	aml_bytes(table, &bus, sizeof(bus));
	aml_bytes(table, &ioapic, sizeof(ioapic));
	return 2;
}

static void add_interrupt(struct aml *table, const struct interrupt *interrupt)
{
	aml_bytes(table, interrupt, sizeof(*interrupt));
}

/* Every ISA interrupt has the input of its number, but for the PIT's. */
static unsigned int add_isa(struct aml *table, const struct axvm_config *cfg)
{
	const struct config_device *pm = config_find_device(cfg, "acpi-pm");
	struct interrupt entry = {
		.type = ENTRY_INTERRUPT,
		.kind = KIND_INT,
		.bus = ISA_BUS,
		.apic = config_ioapic_id(cfg),
	};
	unsigned int irq, nr = 0;

	for (irq = 0; irq < PC_ISA_IRQS; irq++) {
		if (irq == PIC_CASCADE)
			continue;
		entry.irq = irq;
		entry.pin = irq ? irq : PC_PIT_GSI;
		entry.flags = pm && pm->irq && pm->irq == irq ? HIGH_LEVEL : 0;
		add_interrupt(table, &entry);
		nr++;
	}
	return nr;
}

/* The 8259 pair at LINT0, NMIs at LINT1 of every CPU. */
static unsigned int add_local(struct aml *table, const struct axvm_config *cfg)
{
	struct interrupt entry = {
		.type = ENTRY_LOCAL,
		.kind = KIND_EXTINT,
		.bus = ISA_BUS,
		.apic = ALL_LAPICS,
	};
	unsigned int nr = 1;

	if (config_find_device(cfg, "i8259")) {
		add_interrupt(table, &entry);
		nr++;
	}
	entry.kind = KIND_NMI;
	entry.pin = 1;
	add_interrupt(table, &entry);
	return nr;
}

static void fill_header(struct aml *table, unsigned int nr_entries)
{
	struct header header = {
		.length = table->len - sizeof(struct pointer),
		.revision = SPEC_1_4,
		.nr_entries = nr_entries,
		.lapic = PC_LAPIC_BASE,
	};
	uint8_t *at = table->data + sizeof(struct pointer);

	memcpy(header.signature, "PCMP", 4);
	memcpy(header.oem_id, "AXVM    ", sizeof(header.oem_id));
	memcpy(header.product_id, "PC          ", sizeof(header.product_id));
	memcpy(at, &header, sizeof(header));
	header.checksum = checksum(at, header.length);
	memcpy(at, &header, sizeof(header));
}

static void fill_pointer(struct aml *table, uint64_t base)
{
	struct pointer pointer = {
		.table = base + sizeof(pointer),
		.length = sizeof(pointer) / 16,
		.revision = SPEC_1_4,
	};

	memcpy(pointer.signature, "_MP_", 4);
	pointer.checksum = checksum(&pointer, sizeof(pointer));
	memcpy(table->data, &pointer, sizeof(pointer));
}

bool mptable_build(uint8_t **data, size_t *len, const struct axvm_config *cfg, uint64_t base)
{
	static const uint8_t room[sizeof(struct pointer) + sizeof(struct header)];
	struct aml table = {0};
	unsigned int nr;

	if (!config_find_device(cfg, "ioapic"))
		return false;
	aml_bytes(&table, room, sizeof(room));
	nr = add_processors(&table, cfg);
	nr += add_controllers(&table, cfg);
	nr += add_isa(&table, cfg);
	nr += add_local(&table, cfg);
	fill_header(&table, nr);
	fill_pointer(&table, base);
	*data = table.data;
	*len = table.len;
	return true;
}
