// SPDX-License-Identifier: GPL-2.0
/*
 * How far a walk of a guest's own tables came: the level of the descriptor that no memory holds.
 *
 * Arm ARM D8.2, "Translation process". For inject.c, on the vCPU's thread. The guest
 * may change its tables meanwhile: whatever comes out is a level.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <asm/pgtable-hwdef.h>
#include <kunit/visibility.h>

#include "arm64.h"

#define LAST_LEVEL	3
#define DESC_BITS	3	/* a descriptor has 8 bytes */

/**
 * struct regime - one half of the guest's addresses, as TCR_EL1 and TTBR<n>_EL1 say
 * @table: where the first table is
 * @page_shift: of the granule
 * @va_bits: width of the addresses
 */
struct regime {
	u64 table;
	unsigned int page_shift;
	unsigned int va_bits;
};

/* TCR_EL1.{TG0,TG1} have an encoding each; what is reserved is taken as one that is not. */
static unsigned int page_shift_low(u64 tcr)
{
	switch (tcr & TCR_TG0_MASK) {
	case TCR_TG0_64K:
		return 16;
	case TCR_TG0_16K:
		return 14;
	default:
		return 12;
	}
}

static unsigned int page_shift_high(u64 tcr)
{
	switch (tcr & TCR_TG1_MASK) {
	case TCR_TG1_64K:
		return 16;
	case TCR_TG1_16K:
		return 14;
	default:
		return 12;
	}
}

/* Bit 55 chooses, also where the byte above is no part of the address (TBI). */
static struct regime regime_of(struct a64_vcpu *v, u64 va)
{
	bool high = va & BIT_ULL(55);
	u64 tcr = a64_sys_get(v, A64_TCR);
	u64 size = high ? (tcr & TCR_T1SZ_MASK) >> TCR_T1SZ_OFFSET : tcr & TCR_T0SZ_MASK;
	struct regime r = {
		.table = a64_sys_get(v, high ? A64_TTBR1 : A64_TTBR0) & GENMASK_ULL(47, 6),
		.page_shift = high ? page_shift_high(tcr) : page_shift_low(tcr),
	};

	/* 52 bits with 64 KiB pages only: FEAT_LPA2 is not offered. */
	r.va_bits = 64 - clamp(size, r.page_shift == 16 ? 12ULL : 16ULL, 47ULL);
	return r;
}

/* False: it is not in memory. */
static bool read_desc(struct a64_vcpu *v, u64 gpa, u64 *desc)
{
	const u64 *at = axvm_gmem_kva(&v->base.vm->gmem, gpa);

	if (!at)
		return false;
	*desc = READ_ONCE(*at);
	if (a64_sys_get(v, A64_SCTLR) & SCTLR_ELx_EE)
		*desc = swab64(*desc);
	return true;
}

unsigned int a64_walk_level(struct a64_vcpu *v, u64 va)
{
	struct regime r = regime_of(v, va);
	unsigned int stride = r.page_shift - DESC_BITS, level, low;
	u64 desc;

	level = LAST_LEVEL + 1 - DIV_ROUND_UP(r.va_bits - r.page_shift, stride);
	va &= GENMASK_ULL(r.va_bits - 1, 0);
	for (; level < LAST_LEVEL; level++) {
		low = r.page_shift + stride * (LAST_LEVEL - level);
		if (!read_desc(v, r.table + ((va >> low) << DESC_BITS), &desc) ||
		    (desc & PMD_TYPE_MASK) != PMD_TYPE_TABLE)
			break;
		r.table = desc & GENMASK_ULL(47, r.page_shift);
		va &= GENMASK_ULL(low - 1, 0);
	}
	return level;
}
EXPORT_SYMBOL_IF_KUNIT(a64_walk_level);
