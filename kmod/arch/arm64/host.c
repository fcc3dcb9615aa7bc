// SPDX-License-Identifier: GPL-2.0
/*
 * What this machine offers to guests, and who holds EL2. Process context, at load.
 */
#include <linux/arm-smccc.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/arch_timer.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/kvm_arm.h>
#include <asm/virt.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "host_irq.h"
#include "hyp/hyp.h"

struct a64_host a64_host;
EXPORT_SYMBOL_IF_KUNIT(a64_host);

/* --- who holds EL2 --- */

static bool runs_at_el2(void)
{
	return read_sysreg(CurrentEL) == CurrentEL_EL2;
}

/*
 * A kernel that was started at EL2 and went to EL1 reads its clock from the
 * physical counter, one that was started at EL1 from the virtual one
 * (drivers/clocksource/arm_arch_timer.c). What it recorded of its start is not exported to modules.
 */
static bool was_started_at_el2(void)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, (unsigned long)arch_timer_read_counter);
	return strstr(name, "cntpct");
}

/*
 * asm/virt.h: the stub answers a number it does not know with HVC_STUB_ERR, KVM with
 * an SMCCC error.
 */
static bool stub_is_there(void)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(HVC_STUB_HCALL_NR, 0, 0, 0, 0, 0, 0, 0, &res);
	return res.a0 == HVC_STUB_ERR;
}

/*
 * HCR_EL2.E2H, where the kernel runs at EL1: some CPUs cannot do without, others were
 * told so (arm64_sw.hvhe). EL2's registers have another layout then. The stub goes to hyp_look with
 * caches off. After probe_features(), which finds the length of cache lines.
 */
static int check_layout(struct axvm_error *err, bool vhe)
{
	struct arm_smccc_res res;
	phys_addr_t look;

	if (vhe)
		return 0;
	look = page_to_phys(vmalloc_to_page(hyp_look)) + offset_in_page(hyp_look);
	a64_cache_clean((void *)hyp_look, SZ_16);
	arm_smccc_hvc(HVC_SOFT_RESTART, look, 0, 0, 0, 0, 0, 0, &res);
	if (!(res.a0 & HCR_E2H))
		return 0;
	return axvm_fail(err,
			 "EL2 is set up for VHE and the kernel runs at EL1: boot it so that it runs at EL2, or without arm64_sw.hvhe=1",
			 -ENODEV);
}

static const char *const held_by_kvm =
	"KVM holds EL2; boot this kernel with kvm-arm.mode=none on its command line";

static int check_el2(struct axvm_error *err, bool vhe)
{
	if (vhe)
		return runs_at_el2() ? 0 :
		       axvm_fail(err, "the kernel does not run at EL2", -ENODEV);
	if (runs_at_el2())
		return axvm_fail(err, "the kernel itself runs at EL2", -ENODEV);
	if (!was_started_at_el2())
		return axvm_fail(err,
				 "this kernel was not started at EL2: the CPUs lack it, or firmware or another hypervisor keeps it",
				 -ENODEV);
	if (!stub_is_there())
		return axvm_fail(err, held_by_kvm, -EBUSY);
	return 0;
}

/* --- what guests can have --- */

/* ID_AA64MMFR0_EL1.PARange */
static const u8 pa_bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

static int probe_stage2(struct axvm_error *err)
{
	unsigned int range = a64_feature(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_PARANGE_SHIFT);
	unsigned int tgran4 = a64_feature(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_TGRAN4_2_SHIFT);

	if (PAGE_SIZE != SZ_4K)
		return axvm_fail(err, "this kernel's pages are not 4 KiB: use one whose pages are",
				 -ENODEV);
	if (!tgran4)	/* as stage 1 */
		tgran4 = a64_feature(SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_TGRAN4_SHIFT) == 0xf ?
			 ID_AA64MMFR0_EL1_TGRAN_2_SUPPORTED_NONE :
			 ID_AA64MMFR0_EL1_TGRAN_2_SUPPORTED_DEFAULT;
	if (tgran4 == ID_AA64MMFR0_EL1_TGRAN_2_SUPPORTED_NONE)
		return axvm_fail(err, "the CPUs' stage 2 has no 4 KiB granule", -ENODEV);

	a64_host.ipa_bits = min(48, pa_bits[min_t(unsigned int, range, ARRAY_SIZE(pa_bits) - 1)]);
	a64_host.vmid_bits = a64_feature(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_VMIDBits_SHIFT) ==
			     ID_AA64MMFR1_EL1_VMIDBits_16 ? 16 : 8;
	a64_host.fwb = a64_feature(SYS_ID_AA64MMFR2_EL1, ID_AA64MMFR2_EL1_FWB_SHIFT);
	return 0;
}

static void probe_features(void)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	u64 isar1 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR1_EL1);
	u64 isar2 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR2_EL1);

	a64_host.idc = ctr & CTR_EL0_IDC_MASK;
	a64_host.dic = ctr & CTR_EL0_DIC_MASK;
	a64_host.dcache_line = 4U << SYS_FIELD_GET(CTR_EL0, DminLine, ctr);
	a64_host.ras = a64_feature(SYS_ID_AA64PFR0_EL1, ID_AA64PFR0_EL1_RAS_SHIFT);
	a64_host.pauth = isar1 & (ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK) ||
			 isar2 & ID_AA64ISAR2_EL1_APA3_MASK;
	a64_host.timer_frequency = arch_timer_get_cntfrq();
}

/* --- errata that guests could use against the host --- */

/* AmpereOne's erratum AC04_CPU_23: entry.S leaves it to the kernel to know; hyp/ knows it not. */
static bool hcr_writes_are_safe(void)
{
	if ((read_cpuid_id() & MIDR_CPU_MODEL_MASK) != MIDR_AMPERE1A)
		return true;
#ifdef ARM64_WORKAROUND_AMPERE_AC04_CPU_23
	return a64_host.vhe && cpus_have_final_cap(ARM64_WORKAROUND_AMPERE_AC04_CPU_23);
#else
	return false;
#endif
}

/* ThunderX erratum 30115: without traps a guest's interrupts could stop the host's. */
static int check_errata(struct axvm_error *err)
{
	if (!hcr_writes_are_safe())
		return axvm_fail(err,
				 "the CPUs have erratum AC04_CPU_23: boot a kernel that knows it (Linux 6.16 or newer) and runs at EL2",
				 -ENODEV);
	if (cpus_have_final_cap(ARM64_WORKAROUND_CAVIUM_30115))
		return axvm_fail(err, "the CPUs have erratum 30115: guests could stop the host",
				 -ENODEV);
	return 0;
}

static const struct {
	u32 cap;
	const char *name;
} trusted_only[] = {
	{ ARM64_WORKAROUND_DEVICE_LOAD_ACQUIRE, "832075" },
	{ ARM64_WORKAROUND_1508412, "1508412" },
};

static void warn_of_errata(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(trusted_only); i++)
		if (cpus_have_cap(trusted_only[i].cap))
			pr_warn("axvm: the CPUs have erratum %s, by which a guest can stop one: run trusted guests only\n",
				trusted_only[i].name);
}

/* --- what people and device trees are told --- */

static const struct {
	u32 reg;
	u8 shift;
	u8 min;
	const char *name;
} features[] = {
	{ SYS_ID_AA64ISAR0_EL1, ID_AA64ISAR0_EL1_AES_SHIFT, 1, "aes" },
	{ SYS_ID_AA64ISAR0_EL1, ID_AA64ISAR0_EL1_SHA2_SHIFT, 1, "sha2" },
	{ SYS_ID_AA64ISAR0_EL1, ID_AA64ISAR0_EL1_CRC32_SHIFT, 1, "crc32" },
	{ SYS_ID_AA64ISAR0_EL1, ID_AA64ISAR0_EL1_ATOMIC_SHIFT, 2, "lse" },
	{ SYS_ID_AA64ISAR0_EL1, ID_AA64ISAR0_EL1_RNDR_SHIFT, 1, "rng" },
	{ SYS_ID_AA64PFR1_EL1, ID_AA64PFR1_EL1_BT_SHIFT, 1, "bti" },
};

static void append_word(char *text, size_t size, const char *word)
{
	if (*text)
		strlcat(text, " ", size);
	strlcat(text, word, size);
}

static void describe(struct axvm_arch_info *info)
{
	size_t size = sizeof(info->cpu_features);
	unsigned int i;

	info->cpu_features[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (a64_feature(features[i].reg, features[i].shift) >= features[i].min)
			append_word(info->cpu_features, size, features[i].name);
	if (a64_host.pauth)
		append_word(info->cpu_features, size, "pauth");
	if (system_supports_sve())
		append_word(info->cpu_features, size, "sve");
	append_word(info->cpu_features, size, a64_host.gic == 3 ? "gicv3" : "gicv2");
	strscpy(info->mmu_type, "4k");
}

int a64_host_probe(struct axvm_arch_info *info, struct axvm_error *err, bool vhe)
{
	int ret = check_el2(err, vhe);

	if (ret)
		return ret;
	a64_host.vhe = vhe;
	ret = check_errata(err);
	if (ret)
		return ret;
	ret = probe_stage2(err);
	if (ret)
		return ret;
	probe_features();
	ret = check_layout(err, vhe);
	if (ret)
		return ret;
	ret = a64_host_irqs_probe(err);
	if (ret == -EBUSY)
		return axvm_fail(err, held_by_kvm, ret);
	if (ret)
		return ret;

	info->s2_fmt = a64_s2_format(a64_host.ipa_bits);
	info->s2_ops = &a64_s2_ops;
	info->vmids = 1U << a64_host.vmid_bits;
	info->timer_frequency = a64_host.timer_frequency;
	describe(info);
	warn_of_errata();
	return 0;
}
