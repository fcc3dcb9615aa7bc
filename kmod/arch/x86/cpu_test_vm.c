// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites of the CPU's state share. Part of axvm_test.ko.
 */
#include <linux/sizes.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "arch/x86/cpu_test.h"
#include "arch/x86/npt.h"

/* --- memory; nothing ever walks its stage-2 tables --- */

static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops s2_ops = { .flush = flush };

#define RW	(AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC)
#define RO	(AXVM_REGION_READ | AXVM_REGION_EXEC)

static const struct axvm_region_cfg regions[] = {
	{ 0, CPU_TEST_BACKED_LEN, RW, AXVM_MAP_ALLOC, true },
	{ CPU_TEST_BACKED_LEN, CPU_TEST_RAM_LEN - CPU_TEST_BACKED_LEN, RW, AXVM_MAP_ALLOC, false },
	{ CPU_TEST_ROM, SZ_4K, RO, AXVM_MAP_ALLOC, true },
};

static void free_memory(void *gmem)
{
	axvm_gmem_exit(gmem);
}

static void add_memory(struct x86_test_vm *tv)
{
	struct axvm_gmem *gmem = &tv->vm.base.gmem;
	unsigned int i;

	KUNIT_ASSERT_EQ(tv->test, axvm_gmem_init(gmem, &x86_npt4, &s2_ops), 0);
	KUNIT_ASSERT_EQ(tv->test, kunit_add_action_or_reset(tv->test, free_memory, gmem), 0);
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		KUNIT_ASSERT_EQ(tv->test, axvm_gmem_add_region(gmem, &regions[i], NULL), 0);
	KUNIT_ASSERT_EQ(tv->test, axvm_gmem_prealloc(gmem, &tv->vm.base.unwanted, NULL), 0);
}

void *cpu_test_memory(struct x86_test_vm *tv, u64 gpa)
{
	void *kva = axvm_gmem_kva(&tv->vm.base.gmem, gpa);

	KUNIT_ASSERT_NOT_NULL(tv->test, kva);
	return kva;
}

/* --- vCPUs --- */

static void destroy_state(void *data)
{
	x86_msr_destroy(data);
	x86_fpu_destroy(data);
}

static void add_state(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	KUNIT_ASSERT_EQ(tv->test, x86_fpu_init(v), 0);
	KUNIT_ASSERT_EQ(tv->test, kunit_add_action_or_reset(tv->test, destroy_state, v), 0);
	KUNIT_ASSERT_EQ(tv->test, x86_msr_init(v), 0);
}

struct x86_test_vm *cpu_test_create(struct kunit *test, u32 nr_vcpus)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, nr_vcpus, NULL);
	u32 i;

	add_memory(tv);
	for (i = 0; i < nr_vcpus; i++)
		add_state(tv, x86_test_vcpu(tv, i));
	x86_vcpu_reset(&x86_test_vcpu(tv, 0)->base, 0, 0);
	return tv;
}

/* --- a host --- */

static const struct cpu_test_host *current_host;

static bool is_in(const unsigned int *list, unsigned int feature)
{
	unsigned int i;

	for (i = 0; i < 8 && list[i]; i++)
		if (list[i] == feature)
			return true;
	return false;
}

static bool kernel_has(unsigned int feature)
{
	return !is_in(current_host->denied, feature);
}

static u32 without_lacking(unsigned int word, u32 val)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		if (is_in(current_host->lacks, word * 32 + i))
			val &= ~BIT(i);
	return val;
}

/* Each leaf is ones; what is read must have been chosen. */
static void read_everything(u32 leaf, u32 subleaf, u32 *reg)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		reg[i] = U32_MAX;
	for (i = 0; i < NCAPINTS; i++)
		if (x86_cpuid_places[i].used && x86_cpuid_places[i].leaf == leaf &&
		    x86_cpuid_places[i].subleaf == subleaf)
			reg[x86_cpuid_places[i].reg] =
				without_lacking(i, reg[x86_cpuid_places[i].reg]);
	if (leaf == X86_CPUID_BASIC)
		reg[CPUID_EAX] = current_host->max_basic;
	if (leaf == X86_CPUID_EXTENDED)
		reg[CPUID_EAX] = current_host->max_extended;
}

struct cpu_test_host cpu_test_host(u8 vendor)
{
	return (struct cpu_test_host) {
		.host = {
			.read = read_everything,
			.has = kernel_has,
			.vendor = vendor,
			.phys_bits = CPU_TEST_PHYS_BITS,
			.xfeatures = XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM |
				     XFEATURE_MASK_AVX512 | XFEATURE_MASK_PKRU,
			.tsc_khz = CPU_TEST_TSC_KHZ,
		},
		.max_basic = 0x24,
		.max_extended = vendor == X86_VENDOR_AMD ? 0x80000028 : 0x80000008,
	};
}

void cpu_test_replace(struct x86_test_vm *tv, u32 n, const struct cpu_test_host *host)
{
	struct x86_vcpu *v = x86_test_vcpu(tv, n);

	current_host = host;
	x86_cpuid_destroy(v);
	KUNIT_ASSERT_EQ(tv->test, x86_cpuid_build(v, &host->host), 0);
	x86_msr_reset(v);
}

/* --- faults --- */

void cpu_test_expect_gp(struct kunit *test, struct x86_vcpu *v)
{
	KUNIT_ASSERT_TRUE(test, x86_test_take_event(v, X86_EV_EXCEPTION));
	KUNIT_EXPECT_EQ(test, v->exception.vector, X86_TRAP_GP);
	KUNIT_EXPECT_TRUE(test, v->exception.has_error);
	KUNIT_EXPECT_EQ(test, v->exception.error, 0);
}

void cpu_test_expect_none(struct kunit *test, struct x86_vcpu *v)
{
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(v, X86_EV_EXCEPTION));
}
