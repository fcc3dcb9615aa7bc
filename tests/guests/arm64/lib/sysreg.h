/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System registers by name, and the values that the programs use.
 * Arm Architecture Reference Manual for A-profile (DDI 0487), chapters C5 and D24.
 */
#ifndef ARM64_SYSREG_H
#define ARM64_SYSREG_H

#define SCTLR_M		0x00000001
#define SCTLR_A		0x00000002
#define SCTLR_C		0x00000004
#define SCTLR_SA	0x00000008
#define SCTLR_I		0x00001000
/* Bits that are one where the features behind them are missing. */
#define SCTLR_RES1	0x30d00800
/* EL0 may use WFI, WFE, DC ZVA and cache maintenance, and read CTR_EL0; PAN stays as it is. */
#define SCTLR_EL0	0x0405c000
#define SCTLR_SETUP	(SCTLR_RES1 | SCTLR_EL0 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA)

/* Attribute indices: Device-nGnRnE, Normal write-back, Normal non-cacheable, Device-nGnRE. */
#define MAIR_SETUP	0x0444ff00
#define ATTR_DEVICE	0
#define ATTR_NORMAL	1
#define ATTR_UNCACHED	2
#define ATTR_DEVICE_E	3

/* 48 bits through TTBR0 alone, 4 KiB granule, walks shareable and write-back; IPS as it is. */
#define TCR_SETUP	0x00803510
#define TCR_IPS_SHIFT	32
#define IPS_48BIT	5

#define CPACR_FPEN	(3 << 20)
#define CPACR_ZEN	(3 << 16)

#ifndef __ASSEMBLER__
#include "guest.h"

#define sysreg_read(name) ({						\
	u64 sysreg_val;							\
									\
	asm volatile("mrs %0, " #name : "=r" (sysreg_val) : : "memory");	\
	sysreg_val;							\
})

#define sysreg_write(name, val) ({					\
	asm volatile("msr " #name ", %x0" : : "rZ" ((u64)(val)) : "memory");	\
})

static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

static inline void dsb(void)
{
	asm volatile("dsb sy" ::: "memory");
}

/* n-th four-bit field of an ID register, by its lowest bit. */
#define id_field(val, low)	((val) >> (low) & 0xf)

/* The generic GIC CPU interface: IHI 0069, 12.2 */
#define ICC_IAR0	S3_0_C12_C8_0
#define ICC_EOIR0	S3_0_C12_C8_1
#define ICC_HPPIR0	S3_0_C12_C8_2
#define ICC_BPR0	S3_0_C12_C8_3
#define ICC_DIR		S3_0_C12_C11_1
#define ICC_RPR		S3_0_C12_C11_3
#define ICC_SGI1R	S3_0_C12_C11_5
#define ICC_ASGI1R	S3_0_C12_C11_6
#define ICC_SGI0R	S3_0_C12_C11_7
#define ICC_IAR1	S3_0_C12_C12_0
#define ICC_EOIR1	S3_0_C12_C12_1
#define ICC_HPPIR1	S3_0_C12_C12_2
#define ICC_BPR1	S3_0_C12_C12_3
#define ICC_CTLR	S3_0_C12_C12_4
#define ICC_SRE		S3_0_C12_C12_5
#define ICC_IGRPEN0	S3_0_C12_C12_6
#define ICC_IGRPEN1	S3_0_C12_C12_7
#define ICC_PMR		S3_0_C4_C6_0
#define ICC_AP1R0	S3_0_C12_C9_0
#define ICC_AP0R0	S3_0_C12_C8_4

/* The macros above need one more expansion. */
#define icc_read(name)		sysreg_read_named(name)
#define icc_write(name, val)	sysreg_write_named(name, val)
#define sysreg_read_named(name)		sysreg_read(name)
#define sysreg_write_named(name, val)	sysreg_write(name, val)

#endif /* __ASSEMBLER__ */
#endif /* ARM64_SYSREG_H */
