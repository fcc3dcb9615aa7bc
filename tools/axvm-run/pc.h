/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is fixed about the PC that x86_64 guests see.
 *
 * Shared by the tables and boot files of x86 and by the configuration.
 */
#ifndef AXVM_RUN_PC_H
#define AXVM_RUN_PC_H

#define PC_LOW_END		0xa0000ULL	/* memory below the legacy area */
#define PC_LEGACY_END		0x100000ULL	/* memory above it */
#define PC_ACPI_BASE		0xe0000ULL	/* systems look for the RSDP from here on */
#define PC_ACPI_END		0xf0000ULL
#define PC_MP_BASE		0xf0000ULL	/* and for the MP table from here on */
#define PC_MP_END		PC_LEGACY_END
#define PC_HOLE_BASE		0xc0000000ULL	/* memory-mapped devices up to 4 GiB */
#define PC_HOLE_END		0x100000000ULL

#define PC_LAPIC_BASE		0xfee00000ULL
#define PC_LAPIC_SIZE		0x1000ULL
#define PC_LAPIC_VERSION	0x14		/* integrated, xAPIC (SDM 3, 11.4.8) */
#define PC_IOAPIC_VERSION	0x20

#define PC_MAX_APIC_ID		254		/* 255 is everybody */
#define PC_GSIS			24
#define PC_ISA_IRQS		16
#define PC_PIT_GSI		2		/* ISA interrupt 0 arrives at input 2 */

#endif /* AXVM_RUN_PC_H */
