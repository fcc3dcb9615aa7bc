// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC, through its page or through MSRs. SDM 3, chapter 11.
 */
#include "cpu.h"

static enum { PREFER_BEST, PREFER_PAGE, PREFER_MSRS } preference;

void lapic_prefer(bool x2)
{
	preference = x2 ? PREFER_MSRS : PREFER_PAGE;
}

u64 lapic_base(void)
{
	return this_cpu()->apic_base & PTE_ADDR;
}

bool lapic_is_x2(void)
{
	return this_cpu()->apic_base & APIC_BASE_X2;
}

void lapic_set_base(u64 base)
{
	wrmsr(MSR_APIC_BASE, base);
	this_cpu()->apic_base = base;
}

u32 lapic_read(u32 reg)
{
	if (lapic_is_x2())
		return rdmsr(MSR_X2APIC + (reg >> 4));
	return mmio_read32(lapic_base() + reg);
}

void lapic_write(u32 reg, u32 val)
{
	if (lapic_is_x2())
		wrmsr(MSR_X2APIC + (reg >> 4), val);
	else
		mmio_write32(lapic_base() + reg, val);
}

/* From x2APIC mode back leads over "disabled" alone (SDM 3, 11.12.5). */
void lapic_set_x2(bool x2)
{
	u64 base = this_cpu()->apic_base & ~(APIC_BASE_X2 | APIC_BASE_ENABLE);

	if ((this_cpu()->apic_base & APIC_BASE_ENABLE) && lapic_is_x2() == x2)
		return;
	if (lapic_is_x2() && !x2)
		lapic_set_base(base);
	lapic_set_base(base | APIC_BASE_ENABLE);
	if (x2)
		lapic_set_base(base | APIC_BASE_ENABLE | APIC_BASE_X2);
}

void lapic_send(u32 dest, u32 low)
{
	if (lapic_is_x2()) {
		asm volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + (APIC_ICR >> 4), (u64)dest << 32 | low);
		return;
	}
	while (lapic_read(APIC_ICR) & ICR_BUSY)
		barrier();
	lapic_write(APIC_ICR2, dest << 24);
	lapic_write(APIC_ICR, low);
}

void lapic_eoi(void)
{
	lapic_write(APIC_EOI, 0);
}

bool lapic_bit(u32 reg, unsigned int vector)
{
	return lapic_read(reg + vector / 32 * 0x10) >> vector % 32 & 1;
}

void lapic_find(void)
{
	this_cpu()->apic_base = rdmsr(MSR_APIC_BASE);
}

void lapic_setup(void)
{
	bool x2 = HAS_X2APIC && preference != PREFER_PAGE && !option_given("xapic");

	lapic_find();
	if (!(this_cpu()->apic_base & APIC_BASE_ENABLE) || lapic_is_x2() != x2)
		lapic_set_x2(x2);
	lapic_write(APIC_SVR, APIC_ENABLE | VECTOR_SPURIOUS);
	lapic_write(APIC_TPR, 0);
	lapic_write(APIC_LVT_TIMER, APIC_MASKED | VECTOR_TIMER);
	lapic_write(APIC_LVT0, APIC_MASKED);
	lapic_write(APIC_LVT1, APIC_MASKED);
	lapic_write(APIC_LVT_ERROR, APIC_MASKED | 0xfe);
}
