// SPDX-License-Identifier: GPL-2.0
/*
 * The extended state of vCPUs: x87, SSE, AVX, protection keys.
 *
 * A vCPU's thread has no user registers to care for. While a vCPU is loaded its
 * state is in the registers, inside kernel_fpu_begin(): interrupts of the host
 * leave them alone then. Loaded from and saved to an area of our own.
 *
 * The area has the standard format: guests have no supervisor state, each part
 * is at an offset that never changes, and the instructions for it exist wherever
 * XSAVE does. Nobody else writes to it, so XRSTOR finds nothing to refuse.
 * Without XSAVE its first 512 bytes are what FXSAVE writes.
 */
#include <linux/align.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/fpu/xstate.h>
#include <asm/special_insns.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "arch/x86/fpu.h"
#include "arch/x86/x86.h"

#define FIRST_PART	FIRST_EXTENDED_XFEATURE
#define PARTS		XFEATURE_MAX

/*
 * What guests may have of XCR0. Not here: MPX, which is gone, and AMX, whose
 * state is too large to be moved for guests that do not use it.
 */
#define GUEST_FEATURES	(XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM | XFEATURE_MASK_AVX512 | \
			 XFEATURE_MASK_PKRU)

#define VECTORS		16
#define XMM_BYTES	16
#define YMM_HIGH_BYTES	16
#define ZMM_HIGH_BYTES	32

/* Power-on (SDM 3, table 10-1): the registers hold zeroes, and are not empty. */
#define POWER_ON_FCW	0x40
#define POWER_ON_FTW	0xff	/* as FXSAVE abridges it */
#define FNINIT_FCW	0x37f

/* CPUID leaf 0xd, ECX of a part: aligned to 64 bytes in the compacted format. */
#define PART_ALIGNED	BIT(1)

struct part {
	u32 size;
	u32 offset;
	u32 flags;
};

/* What the host's XSAVE does; written once at probe. */
static struct {
	u64 features;
	bool xsave;
	bool xsaveopt;
	bool xsaves;
	bool pkru;
	bool leaks;
	struct part part[PARTS];
} host;

static u64 allowed_features(u64 xcr0)
{
	u64 features = xcr0 & GUEST_FEATURES;

	if (!boot_cpu_has(X86_FEATURE_OSPKE))
		features &= ~(u64)XFEATURE_MASK_PKRU;
	if (!(features & XFEATURE_MASK_YMM) ||
	    (features & XFEATURE_MASK_AVX512) != XFEATURE_MASK_AVX512)
		features &= ~(u64)XFEATURE_MASK_AVX512;
	return features;
}

void x86_fpu_probe(void)
{
	unsigned int i, unused;
	struct part *part;

	memset(&host, 0, sizeof(host));
	host.leaks = boot_cpu_has_bug(X86_BUG_FXSAVE_LEAK);
	host.xsave = boot_cpu_has(X86_FEATURE_XSAVE);
	if (!host.xsave)
		return;
	host.features = allowed_features(xgetbv(XCR_XFEATURE_ENABLED_MASK));
	host.xsaveopt = boot_cpu_has(X86_FEATURE_XSAVEOPT);
	host.xsaves = boot_cpu_has(X86_FEATURE_XSAVES);
	host.pkru = host.features & XFEATURE_MASK_PKRU;
	for (i = FIRST_PART; i < PARTS; i++) {
		part = &host.part[i];
		if (host.features & BIT_ULL(i))
			cpuid_count(CPUID_LEAF_XSTATE, i, &part->size, &part->offset, &part->flags,
				    &unused);
	}
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_probe);

u64 x86_fpu_guest_features(void)
{
	return host.features;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_guest_features);

/* SDM 1, 13.4: legacy region, header, parts. */
u32 x86_fpu_size(u64 features, bool compacted)
{
	u32 size = FXSAVE_SIZE + XSAVE_HDR_SIZE;
	const struct part *part;
	unsigned int i;

	for (i = FIRST_PART; i < PARTS; i++) {
		part = &host.part[i];
		if (!(features & BIT_ULL(i)))
			continue;
		if (!compacted)
			size = max(size, part->offset + part->size);
		else if (part->flags & PART_ALIGNED)
			size = ALIGN(size, XSAVE_ALIGNMENT) + part->size;
		else
			size += part->size;
	}
	return size;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_size);

int x86_fpu_init(struct x86_vcpu *v)
{
	/* A power of two is aligned to its size, so to 64 bytes, too. */
	size_t size = roundup_pow_of_two(x86_fpu_size(host.features, false));

	v->fpu.area = kzalloc(size, GFP_KERNEL_ACCOUNT);
	return v->fpu.area ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_init);

void x86_fpu_destroy(struct x86_vcpu *v)
{
	kfree_sensitive(v->fpu.area);
	v->fpu.area = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_destroy);

/* SDM 3, table 10-1: INIT leaves all of it alone. */
void x86_fpu_reset(struct x86_vcpu *v, bool init)
{
	struct xregs_state *area = v->fpu.area;

	if (init)
		return;
	memset(area, 0, x86_fpu_size(host.features, false));
	area->i387.cwd = POWER_ON_FCW;
	area->i387.twd = POWER_ON_FTW;
	area->i387.mxcsr = MXCSR_DEFAULT;
	area->header.xfeatures = XFEATURE_MASK_FP;
	v->fpu.xcr0 = XFEATURE_MASK_FP;
	v->fpu.xss = 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_reset);

void x86_fpu_fninit(struct x86_vcpu *v)
{
	v->fpu.area->i387.cwd = FNINIT_FCW;
	v->fpu.area->i387.twd = 0;
}

/* --- in and out of the registers --- */

/*
 * AMD CPUs before Zen leave the last x87 instruction's pointers alone unless an
 * exception is pending: overwrite what somebody else left.
 */
static void forget_pointers(void)
{
	static const u32 zero;

	if (host.leaks)
		asm volatile("fnclex; emms; fildl %0" : : "m" (zero));
}

static void save(struct xregs_state *area)
{
	u32 low = host.features, high = host.features >> 32;

	if (!host.xsave)
		asm volatile("fxsave64 %0" : "=m" (area->i387));
	else if (host.xsaveopt)
		asm volatile("xsaveopt64 %0" : "+m" (*area) : "a" (low), "d" (high) : "memory");
	else
		asm volatile("xsave64 %0" : "+m" (*area) : "a" (low), "d" (high) : "memory");
}

static void restore(const struct xregs_state *area)
{
	u32 low = host.features, high = host.features >> 32;

	forget_pointers();
	if (!host.xsave)
		asm volatile("fxrstor64 %0" : : "m" (area->i387));
	else
		asm volatile("xrstor64 %0" : : "m" (*area), "a" (low), "d" (high) : "memory");
}

static void swap_in_xss(struct x86_fpu *fpu)
{
	if (!host.xsaves)
		return;
	rdmsrq(MSR_IA32_XSS, fpu->host_xss);
	if (fpu->host_xss != fpu->xss)
		wrmsrq(MSR_IA32_XSS, fpu->xss);
}

static void swap_out_xss(struct x86_fpu *fpu)
{
	if (host.xsaves && fpu->host_xss != fpu->xss)
		wrmsrq(MSR_IA32_XSS, fpu->host_xss);
}

static void load_xsave(struct x86_fpu *fpu)
{
	fpu->host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (host.pkru)
		fpu->host_pkru = rdpkru();
	restore(fpu->area);
	if (fpu->xcr0 != fpu->host_xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, fpu->xcr0);
	swap_in_xss(fpu);
}

void x86_fpu_load(struct x86_vcpu *v)
{
	kernel_fpu_begin();
	if (host.xsave)
		load_xsave(&v->fpu);
	else
		restore(v->fpu.area);
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_load);

/* Not every hypervisor below us lets XSETBV exit: the register itself is the truth. */
static void take_over_xcr0(struct x86_vcpu *v)
{
	u64 xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);

	if (xcr0 == v->fpu.xcr0)
		return;
	v->fpu.xcr0 = (xcr0 & host.features) | XFEATURE_MASK_FP;
	x86_cpuid_update(v);
}

/* All parts are saved, those too that the guest has turned off in XCR0 by now. */
static void put_xsave(struct x86_vcpu *v)
{
	struct x86_fpu *fpu = &v->fpu;

	take_over_xcr0(v);
	xsetbv(XCR_XFEATURE_ENABLED_MASK, fpu->host_xcr0);
	swap_out_xss(fpu);
	save(fpu->area);
	if (host.pkru)
		wrpkru(fpu->host_pkru);
	fpu->host_xcr0 = 0;
}

void x86_fpu_put(struct x86_vcpu *v)
{
	if (host.xsave)
		put_xsave(v);
	else
		save(v->fpu.area);
	kernel_fpu_end();
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_put);

static bool is_loaded(const struct x86_fpu *fpu)
{
	return fpu->host_xcr0;
}

void x86_fpu_set_xcr0(struct x86_vcpu *v, u64 xcr0)
{
	v->fpu.xcr0 = xcr0;
	if (is_loaded(&v->fpu))
		xsetbv(XCR_XFEATURE_ENABLED_MASK, xcr0);
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_set_xcr0);

/* --- single registers, through the area: rare enough --- */

/* Of a part in its initial state XSAVEOPT writes nothing: the area then gets what it means. */
static void fill_in(struct xregs_state *area, u64 feature, void *part, size_t len)
{
	if (host.xsave && !(area->header.xfeatures & feature)) {
		memset(part, 0, len);
		area->header.xfeatures |= feature;
	}
}

static void *high_part(struct xregs_state *area, unsigned int feature)
{
	return (void *)area + host.part[feature].offset;
}

static void begin_access(struct x86_vcpu *v)
{
	struct xregs_state *area = v->fpu.area;

	if (host.xsave) {
		take_over_xcr0(v);
		xsetbv(XCR_XFEATURE_ENABLED_MASK, v->fpu.host_xcr0);
	}
	save(area);
	fill_in(area, XFEATURE_MASK_SSE, area->i387.xmm_space, sizeof(area->i387.xmm_space));
	if (host.features & XFEATURE_MASK_YMM)
		fill_in(area, XFEATURE_MASK_YMM, high_part(area, XFEATURE_YMM),
			VECTORS * YMM_HIGH_BYTES);
}

static void end_access(struct x86_vcpu *v, bool changed)
{
	if (changed)
		restore(v->fpu.area);
	if (host.xsave)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, v->fpu.xcr0);
}

static void *xmm(struct x86_vcpu *v, unsigned int n)
{
	return (void *)v->fpu.area->i387.xmm_space + n * XMM_BYTES;
}

static void *ymm_high(struct x86_vcpu *v, unsigned int n)
{
	return high_part(v->fpu.area, XFEATURE_YMM) + n * YMM_HIGH_BYTES;
}

static unsigned int vector_bytes(unsigned int len)
{
	unsigned int max = XMM_BYTES;

	if (host.features & XFEATURE_MASK_YMM)
		max += YMM_HIGH_BYTES;
	return min(len, max);
}

void x86_fpu_read_vector(struct x86_vcpu *v, unsigned int n, void *buf, unsigned int len)
{
	unsigned int low = min(len, XMM_BYTES), high = vector_bytes(len) - low;

	n %= VECTORS;
	begin_access(v);
	memcpy(buf, xmm(v, n), low);
	if (high)
		memcpy(buf + low, ymm_high(v, n), high);
	end_access(v, false);
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_read_vector);

static void zero_above(struct x86_vcpu *v, unsigned int n, unsigned int len)
{
	unsigned int low = min(len, XMM_BYTES), high = vector_bytes(len) - low;
	struct xregs_state *area = v->fpu.area;

	memset(xmm(v, n) + low, 0, XMM_BYTES - low);
	if (host.features & XFEATURE_MASK_YMM)
		memset(ymm_high(v, n) + high, 0, YMM_HIGH_BYTES - high);
	if (area->header.xfeatures & host.features & XFEATURE_MASK_ZMM_Hi256)
		memset(high_part(area, XFEATURE_ZMM_Hi256) + n * ZMM_HIGH_BYTES, 0,
		       ZMM_HIGH_BYTES);
}

void x86_fpu_write_vector(struct x86_vcpu *v, unsigned int n, const void *buf, unsigned int len,
			  bool zero_upper)
{
	unsigned int low = min(len, XMM_BYTES), high = vector_bytes(len) - low;

	n %= VECTORS;
	begin_access(v);
	memcpy(xmm(v, n), buf, low);
	if (high)
		memcpy(ymm_high(v, n), buf + low, high);
	if (zero_upper)
		zero_above(v, n, len);
	end_access(v, true);
}
EXPORT_SYMBOL_IF_KUNIT(x86_fpu_write_vector);
