// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what is announced is there, what is hidden is not, and the leaves that
 * mirror state do. SDM 2, CPUID; APM 3, appendix E.
 */
#include "cpu.h"

const char *const guest_name = "cpuid";

#define SECOND		1000000
#define BIT_OF(reg, n)	((reg) >> (n) & 1)

static bool is_axvm(void)
{
	if (arch_is_reference())
		test_skip("of axvm alone");
	return !arch_is_reference();
}

static void upper_halves(void)
{
	u64 rax = 0xffffffff00000000, rbx = -1UL, rcx = 0xffffffff00000000, rdx = -1UL;

	asm volatile("cpuid" : "+a" (rax), "+b" (rbx), "+c" (rcx), "+d" (rdx));
	check(!(rax >> 32) && !(rbx >> 32) && !(rcx >> 32) && !(rdx >> 32),
	      "0x%lx 0x%lx 0x%lx 0x%lx", rax, rbx, rcx, rdx);
}

static void vendor_leaf(void)
{
	struct cpuid_regs r = cpuid(0, 0), e = cpuid(0x80000000, 0);
	const char *text = (const char *)&r.ebx;

	check(r.eax >= 1 && r.eax < 0x100, "highest leaf 0x%x", r.eax);
	check(e.eax >= 0x80000008 && e.eax < 0x80000100, "highest extended leaf 0x%x", e.eax);
	check(text[0] >= 'A' && text[0] <= 'z', "vendor 0x%x", r.ebx);
}

static void every_leaf(void)
{
	static const u32 bases[] = { 0, 0x20000000, 0x40000000, 0x80000000, 0x8fff0000,
				     0xc0000000, 0xffffff00 };
	struct cpuid_regs r, again;
	unsigned int i, leaf, sub;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		for (leaf = 0; leaf < 0x180; leaf++) {
			for (sub = 0; sub < 4; sub++) {
				r = cpuid(bases[i] + leaf, sub);
				again = cpuid(bases[i] + leaf, sub);
				check(r.eax == again.eax && r.edx == again.edx &&
				      r.ecx == again.ecx && r.ebx == again.ebx,
				      "leaf 0x%x is not stable", bases[i] + leaf);
			}
		}
	}
	cpuid(1, -1u);
	cpuid(0xd, -1u);
	cpuid(0xb, 255);
}

static void brand(void)
{
	struct cpuid_regs r[3] = { cpuid(0x80000002, 0), cpuid(0x80000003, 0),
				   cpuid(0x80000004, 0) };
	const char *text = (const char *)r;
	unsigned int i;

	for (i = 0; i < 47 && text[i]; i++)
		check(text[i] >= ' ' && text[i] < 127, "character %u is 0x%x", i, text[i]);
	check(i, "empty");
}

static void hypervisor_leaves(void)
{
	struct cpuid_regs r = cpuid(0x40000000, 0);

	check(BIT_OF(cpuid(1, 0).ecx, 31), "the hypervisor bit is not set");
	if (!is_axvm())
		return;
	check(!memcmp(&r.ebx, "axvmaxvmaxvm", 12), "signature 0x%x 0x%x 0x%x", r.ebx, r.ecx,
	      r.edx);
	check(r.eax >= 0x40000010, "highest leaf 0x%x", r.eax);
	r = cpuid(0x40000100, 0);
	check(!memcmp(&r.ebx, "KVMKVMKVM\0\0\0", 12), "second signature 0x%x", r.ebx);
	check(r.eax == 0x40000101, "its highest leaf 0x%x", r.eax);
}

static void hidden(void)
{
	if (!is_axvm())
		return;
	check(!cpuid_has(1, 0, ECX, 5), "VMX");
	check(!cpuid_has(0x80000001, 0, ECX, 2), "SVM");
	check(!cpuid_has(1, 0, ECX, 3), "MONITOR");
	check(!cpuid_has(1, 0, ECX, 6), "SMX");
	check(!cpuid_has(1, 0, EDX, 21), "debug store");
	check(!cpuid_has(7, 0, EBX, 2), "SGX");
	check(!cpuid_has(7, 0, EBX, 25), "processor trace");
	check(!(cpuid(0xa, 0).eax & 0xff) || cpuid(0, 0).eax < 0xa, "performance counters");
	check(!cpuid(0x8000000a, 0).eax || cpuid(0x80000000, 0).eax < 0x8000000a ||
	      !cpuid(0x8000000a, 0).edx, "the SVM leaf says 0x%x 0x%x",
	      cpuid(0x8000000a, 0).eax, cpuid(0x8000000a, 0).edx);
	check(!cpuid_has(0x80000001, 0, ECX, 10) && !cpuid_has(0x80000001, 0, ECX, 23),
	      "instruction-based sampling or counters");
	check(!cpuid(0x8000001f, 0).eax || cpuid(0x80000000, 0).eax < 0x8000001f,
	      "memory encryption");
}

static void wanted(void)
{
	if (!is_axvm())
		return;
	check(HAS_X2APIC, "no x2APIC");
	check(HAS_DEADLINE, "no TSC deadline");
	check(HAS_TSC_ADJUST, "no TSC_ADJUST");
	check(cpuid_has(1, 0, EDX, 4) && cpuid_has(1, 0, EDX, 9), "no TSC or APIC");
	check(HAS_NX, "no NX");
}

/* --- leaves that mirror state --- */

static void mirrors_osxsave(void)
{
	u64 cr4 = read_cr4();

	if (!HAS_XSAVE) {
		test_skip("no XSAVE");
		return;
	}
	write_cr4(cr4 & ~CR4_OSXSAVE);
	check(!cpuid_has(1, 0, ECX, 27), "set while CR4 has it clear");
	write_cr4(cr4 | CR4_OSXSAVE);
	check(cpuid_has(1, 0, ECX, 27), "clear while CR4 has it set");
	write_cr4(cr4);
}

static void mirrors_pke(void)
{
	u64 cr4 = read_cr4();

	if (!HAS_PKU) {
		test_skip("no protection keys");
		return;
	}
	write_cr4(cr4 & ~CR4_PKE);
	check(!cpuid_has(7, 0, ECX, 4), "set while CR4 has it clear");
	write_cr4(cr4 | CR4_PKE);
	check(cpuid_has(7, 0, ECX, 4), "clear while CR4 has it set");
	write_cr4(cr4);
}

static void mirrors_xcr0(void)
{
	struct cpuid_regs r;

	if (!HAS_XSAVE) {
		test_skip("no XSAVE");
		return;
	}
	write_cr4(read_cr4() | CR4_OSXSAVE);
	xsetbv(0, 1);
	r = cpuid(0xd, 0);
	check(r.ebx == 576, "x87 alone: %u bytes", r.ebx);
	check(r.ecx >= r.ebx, "all: %u bytes", r.ecx);
	if (HAS_AVX) {
		xsetbv(0, 7);
		check(cpuid(0xd, 0).ebx == 832, "with AVX: %u bytes", cpuid(0xd, 0).ebx);
	}
	xsetbv(0, r.eax);
	check(cpuid(0xd, 0).ebx == r.ecx, "all: %u bytes, and %u are told", cpuid(0xd, 0).ebx,
	      r.ecx);
	xsetbv(0, 3);
}

/* Each component of the state lies within the whole. */
static void xsave_components(void)
{
	struct cpuid_regs all = cpuid(0xd, 0), r;
	u64 features = all.eax | (u64)all.edx << 32;
	unsigned int i;

	if (!HAS_XSAVE) {
		test_skip("no XSAVE");
		return;
	}
	check((features & 3) == 3, "features 0x%lx", features);
	for (i = 2; i < 63; i++) {
		r = cpuid(0xd, i);
		if (features >> i & 1)
			check(r.eax && r.ebx >= 576 && r.ebx + r.eax <= all.ecx,
			      "component %u: %u bytes at %u of %u", i, r.eax, r.ebx, all.ecx);
		else if (!arch_is_reference() && !(cpuid(0xd, 1).ecx >> i & 1))
			check(!r.eax && !r.ebx, "component %u that is not there", i);
	}
}

/* --- features and control registers agree --- */

static void write_cr4_to(void *arg)
{
	write_cr4((u64)arg);
}

static bool cr4_takes(u64 bit)
{
	u64 before = read_cr4();
	struct trap_info trap;
	bool faults = arch_try(write_cr4_to, (void *)(before ^ bit), &trap);

	if (!faults)
		write_cr4(before);
	return !faults;
}

static void cr4_bits(void)
{
	static const struct {
		const char *name;
		u64 bit;
		u32 leaf;
		enum cpuid_reg reg;
		u8 n;
	} table[] = {
		{ "VME", CR4_VME, 1, EDX, 1 }, { "PVI", CR4_PVI, 1, EDX, 1 },
		{ "TSD", CR4_TSD, 1, EDX, 4 }, { "DE", CR4_DE, 1, EDX, 2 },
		{ "PSE", CR4_PSE, 1, EDX, 3 }, { "MCE", CR4_MCE, 1, EDX, 7 },
		{ "PGE", CR4_PGE, 1, EDX, 13 }, { "OSFXSR", CR4_OSFXSR, 1, EDX, 24 },
		{ "OSXMMEXCPT", CR4_OSXMMEXCPT, 1, EDX, 25 }, { "UMIP", CR4_UMIP, 7, ECX, 2 },
		{ "FSGSBASE", CR4_FSGSBASE, 7, EBX, 0 }, { "PCIDE", CR4_PCIDE, 1, ECX, 17 },
		{ "OSXSAVE", CR4_OSXSAVE, 1, ECX, 26 }, { "SMEP", CR4_SMEP, 7, EBX, 7 },
		{ "PKE", CR4_PKE, 7, ECX, 3 }, { "VMXE", CR4_VMXE, 1, ECX, 5 },
	};
	/* The last one keeps the reference busy for good. */
	unsigned int i, nr = ARRAY_SIZE(table) - arch_is_reference();

	for (i = 0; i < nr; i++) {
		bool has = cpuid_has(table[i].leaf, 0, table[i].reg, table[i].n);

		if (!has && arch_is_reference())	/* which ignores it */
			continue;
		check(cr4_takes(table[i].bit) == has, "%s is %s", table[i].name,
		      has ? "announced, but refused" : "not announced, but taken");
	}
}

static void cr4_reserved(void)
{
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("the reference takes some");
		return;
	}
	for (i = 25; i < 64; i++)
		check(!cr4_takes(BIT(i)), "bit %u was taken", i);
	check(!cr4_takes(BIT(14)) && !cr4_takes(BIT(15)) && !cr4_takes(BIT(19)),
	      "bits 14, 15 or 19");
}

static void address_bits(void)
{
	struct cpuid_regs r = cpuid(0x80000008, 0);

	check((r.eax & 0xff) >= 36 && (r.eax & 0xff) <= 52, "physical: %u", r.eax & 0xff);
	check((r.eax >> 8 & 0xff) == (HAS_LA57 ? 57 : 48), "virtual: %u", r.eax >> 8 & 0xff);
}

/* --- processors --- */

static u64 looked;
static u32 ids[GUEST_MAX_CPUS], leaf_b_ids[GUEST_MAX_CPUS];

static void look(void *arg)
{
	unsigned int self = arch_cpu_self();

	ids[self] = cpuid(1, 0).ebx >> 24;
	leaf_b_ids[self] = cpuid(0xb, 0).edx;
	add_shared(&looked, 1);
}

static void apic_ids(void)
{
	unsigned int cpu;

	look(NULL);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, look, NULL), "CPU %u does not start", cpu);
	}
	check(wait_for(&looked, arch_cpu_count(), 10 * SECOND), "%lu looked", looked);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		check(ids[cpu] == cpu_apic_id(cpu), "CPU %u: 0x%x, not 0x%x", cpu, ids[cpu],
		      cpu_apic_id(cpu));
		if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).ebx)
			check(leaf_b_ids[cpu] == cpu_apic_id(cpu), "CPU %u, leaf 0xb: 0x%x", cpu,
			      leaf_b_ids[cpu]);
	}
}

/* --- frequencies --- */

static bool is_near(u64 val, u64 wanted, u64 permille)
{
	u64 off = val > wanted ? val - wanted : wanted - val;

	return off * 1000 <= wanted * permille;
}

/* The longest interval of those tried is the truest: delays are shared out. */
static void tsc_against_pm_timer(void)
{
	u64 start, ticks, hz;
	u32 from, passed;

	if (!is_axvm())
		return;
	from = inl(acpi_pm_timer());
	start = rdtsc();
	delay_us(300000);
	passed = inl(acpi_pm_timer()) - from;
	ticks = rdtsc() - start;
	hz = ticks * 3579545 / (passed & 0xffffffff);
	check(is_near((u64)cpuid(0x40000010, 0).eax * 1000, hz, 10), "told %u kHz, measured %lu",
	      cpuid(0x40000010, 0).eax, hz / 1000);
}

static void tsc_against_apic(void)
{
	u64 start, ticks, hz;
	u32 passed;

	if (!is_axvm())
		return;
	lapic_write(APIC_LVT_TIMER, APIC_MASKED);
	lapic_write(APIC_TDCR, APIC_DIVIDE_BY_1);
	lapic_write(APIC_TMICT, -1u);
	start = rdtsc();
	delay_us(300000);
	passed = -1u - lapic_read(APIC_TMCCT);
	ticks = rdtsc() - start;
	lapic_write(APIC_TMICT, 0);
	hz = ticks * ((u64)cpuid(0x40000010, 0).ebx * 1000) / passed;
	check(is_near((u64)cpuid(0x40000010, 0).eax * 1000, hz, 10), "told %u kHz, measured %lu",
	      cpuid(0x40000010, 0).eax, hz / 1000);
}

static const struct test_case cases[] = {
	{ "upper_halves", upper_halves },
	{ "vendor", vendor_leaf },
	{ "every_leaf", every_leaf },
	{ "brand", brand },
	{ "hypervisor", hypervisor_leaves },
	{ "hidden", hidden },
	{ "wanted", wanted },
	{ "mirrors_osxsave", mirrors_osxsave },
	{ "mirrors_pke", mirrors_pke },
	{ "mirrors_xcr0", mirrors_xcr0 },
	{ "xsave_components", xsave_components },
	{ "cr4_bits", cr4_bits },
	{ "cr4_reserved", cr4_reserved },
	{ "address_bits", address_bits },
	{ "apic_ids", apic_ids },
	{ "tsc_against_pm_timer", tsc_against_pm_timer },
	{ "tsc_against_apic", tsc_against_apic },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
