// SPDX-License-Identifier: GPL-2.0
/*
 * What CPUID tells guests: the host's CPU, less what axvm does not virtualize.
 *
 * A feature is shown when it is listed here, the CPU has it, the kernel has not
 * turned it off, and its state is switched. Process context: probe, and creation
 * of vCPUs. References are to the description of CPUID in SDM 2 and in APM 3,
 * appendix E.
 */
#include <linux/math.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>
#include <uapi/asm/kvm_para.h>
#include <kunit/visibility.h>

#include "arch/x86/cpuid.h"
#include "arch/x86/x86.h"
#include "compat.h"

/* --- features --- */

enum feature_kind {
	BOTH,		/* the CPU says so and the kernel agrees */
	KERNEL,		/* the kernel knows better than CPUID */
	ALWAYS,		/* emulated */
};

/**
 * struct feature - a feature that guests may have
 * @id: X86_FEATURE_*
 * @kind: what it takes
 * @state: XFEATURE_MASK_* that it needs
 * @name: for people, where CPUs differ
 */
struct feature {
	u16 id;
	u8 kind;
	u16 state;
	const char *name;
};

#define F(feature, ...)		{ .id = X86_FEATURE_##feature, __VA_ARGS__ }
#define NAMED(text)		.name = text
#define SSE_STATE		.state = XFEATURE_MASK_FPSSE
#define AVX_STATE		.state = XFEATURE_MASK_YMM
#define AVX512_STATE		.state = XFEATURE_MASK_AVX512
#define EMULATED		.kind = ALWAYS

/*
 * Bits that depend on the VM's size (HT, CMP_LEGACY) or on registers (OSXSAVE,
 * OSPKE) are added elsewhere. Whatever is not here is hidden: VMX, SVM, MONITOR,
 * performance counters, tracing, SGX, power management, MPX, AMX, CET and all
 * that comes in the future.
 */
static const struct feature features[] = {
	F(FPU), F(VME), F(DE), F(PSE), F(TSC), F(MSR), F(PAE), F(MCE, EMULATED), F(CX8),
	F(APIC, EMULATED), F(SEP), F(MTRR, EMULATED), F(PGE), F(MCA, EMULATED), F(CMOV),
	F(PAT, EMULATED), F(PSE36), F(CLFLUSH), F(MMX), F(FXSR), F(XMM), F(XMM2), F(SELFSNOOP),

	F(XMM3, NAMED("sse3")), F(PCLMULQDQ, NAMED("pclmulqdq")), F(SSSE3, NAMED("ssse3")),
	F(FMA, AVX_STATE, NAMED("fma")), F(CX16, NAMED("cx16")), F(PCID, NAMED("pcid")),
	F(XMM4_1, NAMED("sse4_1")), F(XMM4_2, NAMED("sse4_2")), F(X2APIC, EMULATED),
	F(MOVBE, NAMED("movbe")), F(POPCNT, NAMED("popcnt")), F(TSC_DEADLINE_TIMER, EMULATED),
	F(AES, NAMED("aes")), F(XSAVE, SSE_STATE, NAMED("xsave")),
	F(AVX, AVX_STATE, NAMED("avx")), F(F16C, AVX_STATE, NAMED("f16c")),
	F(RDRAND, NAMED("rdrand")), F(HYPERVISOR, EMULATED),

	F(ARAT, EMULATED),

	F(FSGSBASE, NAMED("fsgsbase")), F(TSC_ADJUST, EMULATED), F(BMI1, NAMED("bmi1")),
	F(HLE), F(AVX2, AVX_STATE, NAMED("avx2")), F(FDP_EXCPTN_ONLY),
	F(SMEP, NAMED("smep")), F(BMI2, NAMED("bmi2")), F(ERMS, NAMED("erms")),
	F(INVPCID, NAMED("invpcid")), F(RTM, NAMED("rtm")), F(ZERO_FCS_FDS),
	F(AVX512F, AVX512_STATE, NAMED("avx512f")), F(AVX512DQ, AVX512_STATE),
	F(RDSEED, NAMED("rdseed")), F(ADX, NAMED("adx")), F(SMAP, NAMED("smap")),
	F(AVX512IFMA, AVX512_STATE), F(CLFLUSHOPT, NAMED("clflushopt")), F(CLWB, NAMED("clwb")),
	F(AVX512PF, AVX512_STATE), F(AVX512ER, AVX512_STATE), F(AVX512CD, AVX512_STATE),
	F(SHA_NI, NAMED("sha_ni")), F(AVX512BW, AVX512_STATE), F(AVX512VL, AVX512_STATE),

	F(AVX512VBMI, AVX512_STATE), F(UMIP, NAMED("umip")),
	F(PKU, .state = XFEATURE_MASK_PKRU, NAMED("pku")), F(AVX512_VBMI2, AVX512_STATE),
	F(GFNI, NAMED("gfni")), F(VAES, AVX_STATE, NAMED("vaes")),
	F(VPCLMULQDQ, AVX_STATE, NAMED("vpclmulqdq")), F(AVX512_VNNI, AVX512_STATE),
	F(AVX512_BITALG, AVX512_STATE), F(AVX512_VPOPCNTDQ, AVX512_STATE),
	F(LA57, NAMED("la57")), F(RDPID, NAMED("rdpid")), F(CLDEMOTE), F(MOVDIRI), F(MOVDIR64B),

	F(AVX512_4VNNIW, AVX512_STATE), F(AVX512_4FMAPS, AVX512_STATE), F(FSRM, NAMED("fsrm")),
	F(AVX512_VP2INTERSECT, AVX512_STATE), F(MD_CLEAR, NAMED("md_clear")),
	F(SERIALIZE), F(TSXLDTRK), F(AVX512_FP16, AVX512_STATE),
	F(SPEC_CTRL, NAMED("spec_ctrl")), F(INTEL_STIBP), F(FLUSH_L1D),
	F(ARCH_CAPABILITIES, NAMED("arch_capabilities")), F(SPEC_CTRL_SSBD),

	F(AVX_VNNI, AVX_STATE, NAMED("avx_vnni")), F(AVX512_BF16, AVX512_STATE),
	F(CMPCCXADD), F(FZRM), F(FSRS), F(FSRC), F(AVX_IFMA, AVX_STATE),

	F(XSAVEOPT, SSE_STATE), F(XSAVEC, SSE_STATE), F(XGETBV1, SSE_STATE),
	F(XSAVES, SSE_STATE, NAMED("xsaves")),

	F(SYSCALL), F(NX, NAMED("nx")), F(MMXEXT), F(FXSR_OPT), F(GBPAGES, NAMED("pdpe1gb")),
	F(RDTSCP, NAMED("rdtscp")), F(LM), F(3DNOWEXT), F(3DNOW),

	F(LAHF_LM), F(ABM, NAMED("abm")), F(SSE4A, NAMED("sse4a")), F(MISALIGNSSE),
	F(3DNOWPREFETCH), F(XOP, AVX_STATE), F(FMA4, AVX_STATE), F(TBM), F(TOPOEXT),

	F(CLZERO, NAMED("clzero")), F(XSAVEERPTR), F(WBNOINVD), F(AMD_IBPB, NAMED("ibpb")),
	F(AMD_IBRS, NAMED("ibrs")), F(AMD_STIBP, NAMED("stibp")), F(AMD_STIBP_ALWAYS_ON),
	F(AMD_SSBD, NAMED("ssbd")), F(AMD_SSB_NO), F(AMD_PSFD), F(BTC_NO), F(AMD_IBPB_RET),

	F(NO_NESTED_DATA_BP), F(LFENCE_RDTSC), F(VERW_CLEAR, .kind = KERNEL),
	F(NULL_SEL_CLR_BASE), F(AUTOIBRS, NAMED("autoibrs")), F(SBPB),
	F(IBPB_BRTYPE, .kind = KERNEL), F(SRSO_NO, .kind = KERNEL), F(SRSO_USER_KERNEL_NO),
};

/* What the vendor's hardware cannot give to guests; written before the first table is made. */
static DECLARE_BITMAP(hidden, NCAPINTS * 32);

void x86_cpuid_hide(unsigned int feature)
{
	set_bit(feature, hidden);
}

static bool is_amd(const struct x86_cpuid_host *host)
{
	return host->vendor == X86_VENDOR_AMD || host->vendor == X86_VENDOR_HYGON;
}

static u32 max_leaf(const struct x86_cpuid_host *host, u32 first)
{
	u32 reg[4];

	host->read(first, 0, reg);
	return reg[CPUID_EAX];
}

/* CPUs give other answers than zeroes past the end. */
static void read_host(const struct x86_cpuid_host *host, u32 leaf, u32 subleaf, u32 *reg)
{
	u32 first = leaf & X86_CPUID_EXTENDED, max = max_leaf(host, first);

	memset(reg, 0, 4 * sizeof(*reg));
	if (max >= first && leaf <= max)
		host->read(leaf, subleaf, reg);
}

static u32 host_word(const struct x86_cpuid_host *host, unsigned int word)
{
	const struct x86_cpuid_place *place = &x86_cpuid_places[word];
	u32 reg[4];

	if (place->subleaf) {
		read_host(host, place->leaf, 0, reg);
		if (place->leaf == 0x7 && reg[CPUID_EAX] < place->subleaf)
			return 0;
	}
	read_host(host, place->leaf, place->subleaf, reg);
	return reg[place->reg];
}

static bool is_offered(const struct x86_cpuid_host *host, const struct feature *f, const u32 *words)
{
	bool cpu = words[f->id / 32] & BIT(f->id % 32), kernel = host->has(f->id);

	if (test_bit(f->id, hidden) || (f->state & ~host->xfeatures))
		return false;
	return f->kind == ALWAYS || (kernel && (cpu || f->kind == KERNEL));
}

static void read_words(const struct x86_cpuid_host *host, u32 *words)
{
	unsigned int i;

	for (i = 0; i < NCAPINTS; i++)
		words[i] = x86_cpuid_places[i].used ? host_word(host, i) : 0;
}

/* The features of each word that guests have. */
static void choose_features(const struct x86_cpuid_host *host, u32 *chosen)
{
	u32 words[NCAPINTS];
	unsigned int i;

	read_words(host, words);
	memset(chosen, 0, NCAPINTS * sizeof(*chosen));
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (is_offered(host, &features[i], words))
			chosen[features[i].id / 32] |= BIT(features[i].id % 32);
}

/* --- tables --- */

/* One table under construction. */
struct builder {
	struct x86_vcpu *v;
	const struct x86_cpuid_host *host;
	u32 chosen[NCAPINTS];
	unsigned int used;	/* entries, those of the ranges included */
};

/**
 * struct leaf_row - what is taken over of one leaf
 * @leaf: its number
 * @subleaves: most that are taken over, 0 = ECX does not matter
 * @copy: bits that are the host's, by enum cpuid_regs_idx, in all subleaves
 * @fix: what else there is to say
 *
 * Features are added to it. A leaf without a row is zero.
 */
struct leaf_row {
	u32 leaf;
	u8 subleaves;
	u32 copy[4];
	void (*fix)(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e);
};

#define ALL		0xffffffff
#define COPY_ALL	{ ALL, ALL, ALL, ALL }

#define LEAF_TSC	0x15
#define LEAF_MHZ	0x16

/* The leaves with the rate of the TSC are Intel's, and shown on its older CPUs, too. */
static void fix_max_basic(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	u32 max = min_t(u32, e->reg[CPUID_EAX], X86_CPUID_BASIC_MAX);

	e->reg[CPUID_EAX] = is_amd(b->host) ? max : max_t(u32, max, LEAF_MHZ);
}

static void fix_max_extended(struct builder *b, const struct leaf_row *row,
			     struct x86_cpuid_entry *e)
{
	e->reg[CPUID_EAX] = min_t(u32, e->reg[CPUID_EAX], X86_CPUID_EXTENDED_MAX);
}

/* Caches, for which AMD has leaves of its own. */
static void fix_intel_only(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	if (is_amd(b->host))
		memset(e->reg, 0, sizeof(e->reg));
}

static struct x86_cpuid_entry *subleaf_of(struct builder *b, struct x86_cpuid_entry *e,
					  unsigned int subleaf)
{
	return subleaf ? &b->v->cpuid[e->next + subleaf - 1] : e;
}

/* Two levels, threads and cores, are filled in by set_topology(). */
static void fix_topology(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	e->echo = true;
}

/* 7.2 EDX: only statements about the CPU, no controls (SDM 2, CPUID, leaf 7). */
#define LEAF7_2_MCDT_NO		BIT(5)

static void fix_leaf7(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	struct x86_cpuid_entry *last = subleaf_of(b, e, row->subleaves - 1);

	memset(subleaf_of(b, e, 1)->reg, 0, sizeof(e->reg));
	e->reg[CPUID_EAX] = min_t(u32, e->reg[CPUID_EAX], row->subleaves - 1);
	e->reg[CPUID_EDX] = 0;
	last->reg[CPUID_EAX] = 0;
	last->reg[CPUID_EDX] &= LEAF7_2_MCDT_NO;
}

/* SDM 1, 13.2. Sizes that depend on registers: x86_cpuid_update(). */
static void fix_xsave(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	u64 xfeatures = b->host->xfeatures;
	unsigned int i;

	e->reg[CPUID_EAX] = xfeatures;
	e->reg[CPUID_EBX] = 0;
	e->reg[CPUID_EDX] = xfeatures >> 32;
	e->reg[CPUID_ECX] = xfeatures ? x86_fpu_size(xfeatures, false) : 0;
	memset(subleaf_of(b, e, 1)->reg, 0, sizeof(e->reg));
	for (i = FIRST_EXTENDED_XFEATURE; i < row->subleaves; i++)
		if (!(xfeatures & BIT_ULL(i)))
			memset(subleaf_of(b, e, i)->reg, 0, sizeof(e->reg));
}

#define KHZ_PER_MHZ	1000

/*
 * The TSC's rate as a ratio to that of the APIC timers' clock. Kernels multiply the
 * numerator by the clock's kHz in 32 bits: the ratio with the smallest error among
 * those for which that works.
 */
static void find_ratio(u32 khz, u32 *numerator, u32 *denominator)
{
	u32 max = U32_MAX / X86_APIC_TIMER_KHZ, num, den;
	u64 error, best = U64_MAX;

	for (den = 1; den <= max; den++) {
		num = DIV_ROUND_CLOSEST_ULL((u64)khz * den, X86_APIC_TIMER_KHZ);
		if (!num || num > max)
			break;
		error = abs_diff((u64)num * X86_APIC_TIMER_KHZ, (u64)khz * den) * 1000 / den;
		if (error >= best)
			continue;
		best = error;
		*numerator = num;
		*denominator = den;
	}
}

static void fix_tsc(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	if (is_amd(b->host))
		return;
	find_ratio(b->host->tsc_khz, &e->reg[CPUID_EBX], &e->reg[CPUID_EAX]);
	e->reg[CPUID_ECX] = X86_APIC_TIMER_KHZ * 1000;
}

static void fix_mhz(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	if (is_amd(b->host))
		return;
	e->reg[CPUID_EAX] = b->host->tsc_khz / KHZ_PER_MHZ;
	e->reg[CPUID_EBX] = e->reg[CPUID_EAX];
}

/* APM 3, E.4.2: AMD repeats these bits of leaf 1 here. */
#define AMD_REPEATED	0x0183f3ff

static void fix_extended_features(struct builder *b, const struct leaf_row *row,
				  struct x86_cpuid_entry *e)
{
	if (is_amd(b->host))
		e->reg[CPUID_EDX] |= b->chosen[CPUID_1_EDX] & AMD_REPEATED;
}

#define INVARIANT_TSC	BIT(8)

static void fix_power(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	if (!b->host->has(X86_FEATURE_CONSTANT_TSC) || !b->host->has(X86_FEATURE_NONSTOP_TSC))
		e->reg[CPUID_EDX] &= ~INVARIANT_TSC;
}

#define LINEAR_BITS_SHIFT	8

static bool was_chosen(const struct builder *b, unsigned int feature)
{
	return b->chosen[feature / 32] & BIT(feature % 32);
}

static void fix_sizes(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	u32 linear = was_chosen(b, X86_FEATURE_LA57) ? 57 : 48;

	e->reg[CPUID_EAX] = linear << LINEAR_BITS_SHIFT | b->host->phys_bits;
}

/* TSA: "Technical guidance for mitigating transient scheduler attacks" of AMD. */
#define TSA_SQ_NO	BIT(1)
#define TSA_L1_NO	BIT(2)

static void put_signature(struct x86_cpuid_entry *e, u32 max, const char *signature)
{
	e->reg[CPUID_EAX] = max;
	memcpy(&e->reg[CPUID_EBX], signature, 3 * sizeof(u32));
}

static void fix_axvm(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	put_signature(e, X86_CPUID_AXVM_TIMING, X86_CPUID_AXVM_SIGNATURE);
}

static void fix_timing(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	e->reg[CPUID_EAX] = b->host->tsc_khz;
	e->reg[CPUID_EBX] = X86_APIC_TIMER_KHZ;
}

/* Documentation/virt/kvm/x86/cpuid.rst of the kernel. */
static void fix_kvm(struct builder *b, const struct leaf_row *row, struct x86_cpuid_entry *e)
{
	put_signature(e, X86_CPUID_KVM_MAX, KVM_SIGNATURE);
}

static void fix_kvm_features(struct builder *b, const struct leaf_row *row,
			     struct x86_cpuid_entry *e)
{
	e->reg[CPUID_EAX] = BIT(KVM_FEATURE_CLOCKSOURCE2) | BIT(KVM_FEATURE_NOP_IO_DELAY) |
			    BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT);
}

/* Leaf 1, EBX: brand index and CLFLUSH size; the rest is topology. */
#define LEAF1_EBX_COPY	0xffff

static const struct leaf_row rows[] = {
	{ 0x0, 0, COPY_ALL, fix_max_basic },
	{ 0x1, 0, { ALL, LEAF1_EBX_COPY } },
	{ 0x2, 0, COPY_ALL, fix_intel_only },
	{ 0x4, 5, COPY_ALL, fix_intel_only },
	{ 0x7, 3, { ALL, 0, 0, ALL }, fix_leaf7 },
	{ 0xb, 2, {}, fix_topology },
	{ 0xd, XFEATURE_PKRU + 1, { ALL, ALL, ALL }, fix_xsave },
	{ LEAF_TSC, 0, {}, fix_tsc },
	{ LEAF_MHZ, 0, {}, fix_mhz },
	{ 0x1f, 2, {}, fix_topology },
	{ 0x80000000, 0, COPY_ALL, fix_max_extended },
	{ 0x80000001, 0, { ALL, ALL }, fix_extended_features },
	{ 0x80000002, 0, COPY_ALL },
	{ 0x80000003, 0, COPY_ALL },
	{ 0x80000004, 0, COPY_ALL },
	{ 0x80000005, 0, COPY_ALL },
	{ 0x80000006, 0, COPY_ALL },
	{ 0x80000007, 0, { 0, 0, 0, INVARIANT_TSC }, fix_power },
	{ 0x80000008, 0, {}, fix_sizes },
	{ 0x80000019, 0, COPY_ALL },
	{ 0x8000001a, 0, { ALL } },
	{ 0x8000001d, 5, COPY_ALL },
	{ 0x80000021, 0, { 0, 0, TSA_SQ_NO | TSA_L1_NO } },
	{ X86_CPUID_AXVM, 0, {}, fix_axvm },
	{ X86_CPUID_AXVM_TIMING, 0, {}, fix_timing },
	{ X86_CPUID_KVM, 0, {}, fix_kvm },
	{ X86_CPUID_KVM_MAX, 0, {}, fix_kvm_features },
};

static void copy_host(struct builder *b, const struct leaf_row *row, unsigned int subleaf,
		      struct x86_cpuid_entry *e)
{
	unsigned int i;

	read_host(b->host, row->leaf, subleaf, e->reg);
	for (i = 0; i < ARRAY_SIZE(row->copy); i++)
		e->reg[i] &= row->copy[i];
}

static void add_row(struct builder *b, const struct leaf_row *row)
{
	struct x86_cpuid_entry *e = x86_cpuid_entry(b->v, row->leaf);
	unsigned int i;

	e->nr = row->subleaves;
	e->next = b->used;
	copy_host(b, row, 0, e);
	for (i = 1; i < row->subleaves; i++)
		copy_host(b, row, i, &b->v->cpuid[b->used++]);
	if (row->fix)
		row->fix(b, row, e);
}

static void add_features(struct builder *b)
{
	const struct x86_cpuid_place *place;
	struct x86_cpuid_entry *e;
	unsigned int i;

	for (i = 0; i < NCAPINTS; i++) {
		place = &x86_cpuid_places[i];
		if (!place->used)
			continue;
		e = x86_cpuid_entry(b->v, place->leaf);
		if (place->subleaf)
			e = subleaf_of(b, e, place->subleaf);
		e->reg[place->reg] |= b->chosen[i];
	}
}

static unsigned int count_subleaves(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		nr += rows[i].subleaves ? rows[i].subleaves - 1 : 0;
	return nr;
}

/* CR4 bits that exist with a feature (SDM 3, 2.5). */
static const struct {
	u64 bits;
	unsigned int feature;
} cr4_bits[] = {
	{ X86_CR4_VME | X86_CR4_PVI, X86_FEATURE_VME },
	{ X86_CR4_TSD, X86_FEATURE_TSC },
	{ X86_CR4_DE, X86_FEATURE_DE },
	{ X86_CR4_PSE, X86_FEATURE_PSE },
	{ X86_CR4_PAE, X86_FEATURE_PAE },
	{ X86_CR4_MCE, X86_FEATURE_MCE },
	{ X86_CR4_PGE, X86_FEATURE_PGE },
	{ X86_CR4_OSFXSR, X86_FEATURE_FXSR },
	{ X86_CR4_OSXMMEXCPT, X86_FEATURE_XMM },
	{ X86_CR4_UMIP, X86_FEATURE_UMIP },
	{ X86_CR4_LA57, X86_FEATURE_LA57 },
	{ X86_CR4_FSGSBASE, X86_FEATURE_FSGSBASE },
	{ X86_CR4_PCIDE, X86_FEATURE_PCID },
	{ X86_CR4_OSXSAVE, X86_FEATURE_XSAVE },
	{ X86_CR4_SMEP, X86_FEATURE_SMEP },
	{ X86_CR4_SMAP, X86_FEATURE_SMAP },
	{ X86_CR4_PKE, X86_FEATURE_PKU },
};

/* PCE has no feature of its own: without counters it allows to read none. */
static u64 allowed_cr4(const struct x86_vcpu *v)
{
	u64 allowed = X86_CR4_PCE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cr4_bits); i++)
		if (x86_guest_has(v, cr4_bits[i].feature))
			allowed |= cr4_bits[i].bits;
	return allowed;
}

int x86_cpuid_build(struct x86_vcpu *v, const struct x86_cpuid_host *host)
{
	struct builder b = { .v = v, .host = host, .used = X86_CPUID_SLOTS };
	unsigned int i, nr = X86_CPUID_SLOTS + count_subleaves();

	v->cpuid = kcalloc(nr, sizeof(*v->cpuid), GFP_KERNEL_ACCOUNT);
	if (!v->cpuid)
		return -ENOMEM;
	v->nr_cpuid = nr;
	v->is_amd = is_amd(host);
	choose_features(host, b.chosen);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		add_row(&b, &rows[i]);
	add_features(&b);
	v->cr4_allowed = allowed_cr4(v);
	x86_cpuid_update(v);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_build);

static bool kernel_has(unsigned int feature)
{
	return test_cpu_cap(&boot_cpu_data, feature);
}

static void read_cpu(u32 leaf, u32 subleaf, u32 *reg)
{
	cpuid_count(leaf, subleaf, &reg[CPUID_EAX], &reg[CPUID_EBX], &reg[CPUID_ECX],
		    &reg[CPUID_EDX]);
}

/* What stage 2 translates with four levels. */
#define MAX_PHYS_BITS	48

static struct x86_cpuid_host this_host(void)
{
	return (struct x86_cpuid_host) {
		.read = read_cpu,
		.has = kernel_has,
		.vendor = boot_cpu_data.x86_vendor,
		.phys_bits = min_t(u8, boot_cpu_data.x86_phys_bits, MAX_PHYS_BITS),
		.xfeatures = x86_fpu_guest_features(),
		.tsc_khz = x86_tsc_khz(),
	};
}

int x86_cpuid_init(struct x86_vcpu *v)
{
	struct x86_cpuid_host host = this_host();

	return x86_cpuid_build(v, &host);
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_init);

void x86_cpuid_destroy(struct x86_vcpu *v)
{
	kfree(v->cpuid);
	v->cpuid = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cpuid_destroy);

void x86_cpuid_probe(struct axvm_arch_info *info)
{
	struct x86_cpuid_host host = this_host();
	size_t used, size = sizeof(info->cpu_features);
	u32 words[NCAPINTS];
	unsigned int i;

	read_words(&host, words);
	strscpy(info->cpu_features, "x86_64");
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		used = strlen(info->cpu_features);
		if (!features[i].name || !is_offered(&host, &features[i], words) ||
		    used + strlen(features[i].name) + 2 > size)
			continue;
		scnprintf(info->cpu_features + used, size - used, " %s", features[i].name);
	}
	strscpy(info->mmu_type, kernel_has(X86_FEATURE_LA57) ? "5-level" : "4-level");
	info->timer_frequency = x86_tsc_khz() * 1000;
}
