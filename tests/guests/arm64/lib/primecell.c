// SPDX-License-Identifier: GPL-2.0
/*
 * Identification of Arm's PrimeCell peripherals; DDI 0183 and DDI 0224, "Summary
 * of registers".
 */
#include "primecell.h"
#include "runtime.h"

#define PERIPH_ID	0xfe0	/* four registers, a byte each */
#define CELL_ID		0xff0
#define CELL		0xb105f00d
#define ARM		(0x41 << 12)
#define REVISION	0x00f00000

static u32 read_bytes(u64 addr)
{
	u32 val = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		val |= (mmio_read32(addr + 4 * i) & 0xff) << 8 * i;
	return val;
}

void primecell_check(u64 base, u32 part)
{
	u32 id = read_bytes(base + PERIPH_ID), cell = read_bytes(base + CELL_ID);

	check((id & ~REVISION) == (part | ARM), "it is 0x%x", id);
	check(cell == CELL, "it is no PrimeCell, but 0x%x", cell);
}
