// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID while the guest runs: answers, and the few bits that change.
 *
 * The table is made with its vCPU (cpuid_table.c); from then on it belongs to the
 * vCPU's thread. References are to the description of CPUID in SDM 2 and in APM 3,
 * appendix E.
 */
#include <linux/bitfield.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <kunit/visibility.h>

#include "arch/x86/cpuid.h"
#include "arch/x86/lapic.h"
#include "arch/x86/x86.h"

/* --- where answers are --- */

/* The first leaf of each range has the number of the last in EAX. */
static const struct {
	u32 first;
	u16 slot;
	u16 nr;
} ranges[] = {
	{ X86_CPUID_BASIC, X86_CPUID_SLOT_BASIC,
	  X86_CPUID_SLOT_EXTENDED - X86_CPUID_SLOT_BASIC },
	{ X86_CPUID_EXTENDED, X86_CPUID_SLOT_EXTENDED,
	  X86_CPUID_SLOT_AXVM - X86_CPUID_SLOT_EXTENDED },
	{ X86_CPUID_AXVM, X86_CPUID_SLOT_AXVM, X86_CPUID_SLOT_KVM - X86_CPUID_SLOT_AXVM },
	{ X86_CPUID_KVM, X86_CPUID_SLOT_KVM, X86_CPUID_SLOT_ZERO - X86_CPUID_SLOT_KVM },
};

struct x86_cpuid_entry *x86_cpuid_entry(const struct x86_vcpu *v, u32 leaf)
{
	unsigned int i, offset;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		offset = leaf - ranges[i].first;
		if (offset < ranges[i].nr)
			return &v->cpuid[ranges[i].slot + offset];
	}
	return NULL;
}

static struct x86_cpuid_entry *other_entry(const struct x86_vcpu *v, u32 leaf)
{
	bool hypervisor = leaf >> 28 == X86_CPUID_AXVM >> 28;

	return &v->cpuid[hypervisor ? X86_CPUID_SLOT_ZERO : X86_CPUID_SLOT_OUTSIDE];
}

static struct x86_cpuid_entry *find_leaf(const struct x86_vcpu *v, u32 leaf)
{
	unsigned int i, offset;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		offset = leaf - ranges[i].first;
		if (offset >= ranges[i].nr)
			continue;
		if (leaf > v->cpuid[ranges[i].slot].reg[CPUID_EAX])
			break;
		return &v->cpuid[ranges[i].slot + array_index_nospec(offset, ranges[i].nr)];
	}
	return other_entry(v, leaf);
}

static struct x86_cpuid_entry *find_subleaf(const struct x86_vcpu *v, u32 leaf, u32 subleaf)
{
	struct x86_cpuid_entry *e = find_leaf(v, leaf);

	if (!subleaf || !e->nr)
		return e;
	if (subleaf >= e->nr)
		return &v->cpuid[X86_CPUID_SLOT_ZERO];
	return &v->cpuid[e->next + array_index_nospec(subleaf, e->nr) - 1];
}

const struct x86_cpuid_place x86_cpuid_places[NCAPINTS] = {
	[CPUID_1_EDX]		= { 0x1, 0, CPUID_EDX, true },
	[CPUID_1_ECX]		= { 0x1, 0, CPUID_ECX, true },
	[CPUID_6_EAX]		= { 0x6, 0, CPUID_EAX, true },
	[CPUID_7_0_EBX]		= { 0x7, 0, CPUID_EBX, true },
	[CPUID_7_ECX]		= { 0x7, 0, CPUID_ECX, true },
	[CPUID_7_EDX]		= { 0x7, 0, CPUID_EDX, true },
	[CPUID_7_1_EAX]		= { 0x7, 1, CPUID_EAX, true },
	[CPUID_D_1_EAX]		= { 0xd, 1, CPUID_EAX, true },
	[CPUID_8000_0001_EDX]	= { 0x80000001, 0, CPUID_EDX, true },
	[CPUID_8000_0001_ECX]	= { 0x80000001, 0, CPUID_ECX, true },
	[CPUID_8000_0008_EBX]	= { 0x80000008, 0, CPUID_EBX, true },
	[CPUID_8000_0021_EAX]	= { 0x80000021, 0, CPUID_EAX, true },
};
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_places);

/* --- topology: one package of cores with one thread each --- */

static unsigned int apic_id_bits(const struct axvm_vm *vm)
{
	u64 max = 0;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		max = max(max, vm->vcpus[i]->hw_id);
	return max ? fls64(max) : 0;
}

/* Leaf 1, EBX */
#define LEAF1_EBX_COPY		0xffff	/* brand index, size for CLFLUSH */
#define LEAF1_COUNT_SHIFT	16
#define LEAF1_ID_SHIFT		24
/* Leaf 4 and 0x8000001d, EAX */
#define CACHE_TYPE		GENMASK(4, 0)
#define CACHE_LEVEL		GENMASK(7, 5)
#define CACHE_SHARING		GENMASK(25, 14)
#define CACHE_CORES		GENMASK(31, 26)
/* Leaf 0xb, ECX */
#define LEVEL_TYPE_SHIFT	8
#define LEVEL_TYPE_THREAD	1
#define LEVEL_TYPE_CORE		2
/* Leaf 0x80000008, ECX */
#define AMD_ID_BITS_SHIFT	12

static bool is_shown(const struct x86_vcpu *v, u32 leaf)
{
	return find_leaf(v, leaf) == x86_cpuid_entry(v, leaf);
}

static void set_bit_in(u32 *reg, unsigned int feature, bool on)
{
	u32 bit = BIT(feature % 32);

	*reg = on ? *reg | bit : *reg & ~bit;
}

static void set_basic_topology(struct x86_vcpu *v, unsigned int bits, bool multi)
{
	struct x86_cpuid_entry *e = find_leaf(v, 0x1);
	u32 count = multi ? min(1U << bits, 0xffU) : 1;

	e->reg[CPUID_EBX] &= LEAF1_EBX_COPY;
	e->reg[CPUID_EBX] |= count << LEAF1_COUNT_SHIFT | v->base.hw_id << LEAF1_ID_SHIFT;
	set_bit_in(&e->reg[CPUID_EDX], X86_FEATURE_HT, multi);
	if (v->is_amd)
		set_bit_in(&find_leaf(v, 0x80000001)->reg[CPUID_ECX], X86_FEATURE_CMP_LEGACY,
			   multi);
}

/* From the third level on all cores share a cache. */
static void set_cache_topology(struct x86_vcpu *v, u32 leaf, unsigned int bits)
{
	u32 *eax, sharing, last = (1U << bits) - 1;
	unsigned int i;

	for (i = 0; i < find_leaf(v, leaf)->nr; i++) {
		eax = &find_subleaf(v, leaf, i)->reg[CPUID_EAX];
		if (!(*eax & CACHE_TYPE))
			continue;
		sharing = FIELD_GET(CACHE_LEVEL, *eax) > 2 ? last : 0;
		*eax &= ~(CACHE_SHARING | CACHE_CORES);
		*eax |= FIELD_PREP(CACHE_SHARING, sharing);
		if (!v->is_amd)
			*eax |= FIELD_PREP(CACHE_CORES, min(last, 63U));
	}
}

static void set_extended_topology(struct x86_vcpu *v, u32 leaf, unsigned int bits)
{
	struct x86_cpuid_entry *thread = find_leaf(v, leaf), *core;

	if (!is_shown(v, leaf))
		return;
	core = find_subleaf(v, leaf, 1);
	thread->reg[CPUID_EAX] = 0;
	thread->reg[CPUID_EBX] = 1;
	thread->reg[CPUID_ECX] = LEVEL_TYPE_THREAD << LEVEL_TYPE_SHIFT;
	thread->reg[CPUID_EDX] = v->base.hw_id;
	core->reg[CPUID_EAX] = bits;
	core->reg[CPUID_EBX] = v->base.vm->nr_vcpus;
	core->reg[CPUID_ECX] = LEVEL_TYPE_CORE << LEVEL_TYPE_SHIFT | 1;
	core->reg[CPUID_EDX] = v->base.hw_id;
}

static void set_amd_topology(struct x86_vcpu *v, unsigned int bits)
{
	struct x86_cpuid_entry *e = x86_cpuid_entry(v, 0x80000008);

	e->reg[CPUID_ECX] = bits << AMD_ID_BITS_SHIFT | (v->base.vm->nr_vcpus - 1);
	if (!x86_guest_has(v, X86_FEATURE_TOPOEXT))
		return;
	e = x86_cpuid_entry(v, 0x8000001e);
	e->reg[CPUID_EAX] = v->base.hw_id;
	e->reg[CPUID_EBX] = v->base.hw_id & 0xff;
}

void x86_cpuid_set_topology(struct x86_vcpu *v)
{
	unsigned int bits = apic_id_bits(v->base.vm);

	set_basic_topology(v, bits, v->base.vm->nr_vcpus > 1);
	set_extended_topology(v, 0xb, bits);
	set_extended_topology(v, 0x1f, bits);
	set_cache_topology(v, v->is_amd ? 0x8000001d : 0x4, bits);
	if (v->is_amd)
		set_amd_topology(v, bits);
	x86_cpuid_update(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_set_topology);

/* --- while the guest runs --- */

bool x86_guest_has(const struct x86_vcpu *v, unsigned int feature)
{
	const struct x86_cpuid_place *place = &x86_cpuid_places[feature / 32];

	return place->used &&
	       find_subleaf(v, place->leaf, place->subleaf)->reg[place->reg] & BIT(feature % 32);
}
EXPORT_SYMBOL_IF_KUNIT(x86_guest_has);

unsigned int x86_guest_phys_bits(const struct x86_vcpu *v)
{
	return find_leaf(v, 0x80000008)->reg[CPUID_EAX] & 0xff;
}
EXPORT_SYMBOL_IF_KUNIT(x86_guest_phys_bits);

static void update_xsave_sizes(struct x86_vcpu *v)
{
	struct x86_cpuid_entry *e = x86_cpuid_entry(v, 0xd);
	bool compacts = x86_guest_has(v, X86_FEATURE_XSAVEC) ||
			x86_guest_has(v, X86_FEATURE_XSAVES);

	if (!x86_guest_has(v, X86_FEATURE_XSAVE))
		return;
	e->reg[CPUID_EBX] = x86_fpu_size(v->fpu.xcr0, false);
	if (compacts)
		v->cpuid[e->next].reg[CPUID_EBX] = x86_fpu_size(v->fpu.xcr0 | v->fpu.xss, true);
}

/* Intel: "data for the highest basic information leaf", AMD: zeroes. */
static void update_outside(struct x86_vcpu *v)
{
	if (!v->is_amd)
		v->cpuid[X86_CPUID_SLOT_OUTSIDE] = *find_leaf(v, v->cpuid->reg[CPUID_EAX]);
}

void x86_cpuid_update(struct x86_vcpu *v)
{
	struct x86_cpuid_entry *leaf1 = x86_cpuid_entry(v, 0x1);
	struct x86_cpuid_entry *leaf7 = x86_cpuid_entry(v, 0x7);
	struct x86_cpuid_entry *extended = x86_cpuid_entry(v, 0x80000001);
	bool apic = x86_lapic_is_enabled(v);

	set_bit_in(&leaf1->reg[CPUID_ECX], X86_FEATURE_OSXSAVE, v->cr4 & X86_CR4_OSXSAVE);
	set_bit_in(&leaf1->reg[CPUID_EDX], X86_FEATURE_APIC, apic);
	set_bit_in(&leaf7->reg[CPUID_ECX], X86_FEATURE_OSPKE, v->cr4 & X86_CR4_PKE);
	if (v->is_amd)
		set_bit_in(&extended->reg[CPUID_EDX], X86_FEATURE_APIC, apic);
	update_xsave_sizes(v);
	update_outside(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_update);

static void put_regs(struct x86_vcpu *v, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	v->gpr[X86_RAX] = eax;
	v->gpr[X86_RBX] = ebx;
	v->gpr[X86_RCX] = ecx;
	v->gpr[X86_RDX] = edx;
}

static void put_entry(struct x86_vcpu *v, const struct x86_cpuid_entry *e)
{
	put_regs(v, e->reg[CPUID_EAX], e->reg[CPUID_EBX], e->reg[CPUID_ECX], e->reg[CPUID_EDX]);
}

void x86_cpuid_emulate(struct x86_vcpu *v)
{
	const struct x86_cpuid_entry *e = find_leaf(v, v->gpr[X86_RAX]);
	u32 subleaf = v->gpr[X86_RCX];

	if (likely(!subleaf || !e->nr))
		put_entry(v, e);
	else if (subleaf < e->nr)
		put_entry(v, &v->cpuid[e->next + array_index_nospec(subleaf, e->nr) - 1]);
	else if (e->echo)
		put_regs(v, 0, 0, subleaf & 0xff, e->reg[CPUID_EDX]);
	else
		put_regs(v, 0, 0, 0, 0);
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_emulate);
