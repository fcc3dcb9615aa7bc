// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of ASIDs: a model of a CPU's TLB, and vCPUs that come and go.
 *
 * Part of axvm_test.ko.
 */
#include <linux/random.h>

#include <kunit/test.h>

#include "arch/x86/svm_asid.h"

#define NR_ASIDS	8
#define NR_VCPUS	5
#define NR_CPUS_USED	3
#define ROUNDS		5000

static void test_first(struct kunit *test)
{
	struct svm_asids asids = {};
	struct svm_tag tag = {};

	svm_asids_init(&asids, NR_ASIDS);
	KUNIT_EXPECT_FALSE(test, svm_asid_is_valid(&asids, 0, &tag));
	KUNIT_EXPECT_TRUE(test, asids.flush);
	svm_asid_renew(&asids, 0, &tag);
	KUNIT_EXPECT_TRUE(test, svm_asid_is_valid(&asids, 0, &tag));
	KUNIT_EXPECT_FALSE(test, svm_asid_is_valid(&asids, 1, &tag));
	KUNIT_EXPECT_EQ(test, tag.asid, 1);
}

/* With the numbers from 1 to 7 the eighth renewal begins a generation. */
static void test_rollover(struct kunit *test)
{
	struct svm_asids asids = {};
	struct svm_tag tag = {}, other = {};
	int i;

	svm_asids_init(&asids, NR_ASIDS);
	asids.flush = false;
	svm_asid_renew(&asids, 0, &other);
	for (i = 2; i < NR_ASIDS; i++) {
		svm_asid_renew(&asids, 0, &tag);
		KUNIT_EXPECT_EQ(test, tag.asid, i);
		KUNIT_EXPECT_FALSE(test, asids.flush);
		KUNIT_EXPECT_TRUE(test, svm_asid_is_valid(&asids, 0, &other));
	}
	svm_asid_renew(&asids, 0, &tag);
	KUNIT_EXPECT_TRUE(test, asids.flush);
	KUNIT_EXPECT_EQ(test, tag.asid, 1);
	KUNIT_EXPECT_FALSE(test, svm_asid_is_valid(&asids, 0, &other));
	KUNIT_EXPECT_TRUE(test, svm_asid_is_valid(&asids, 0, &tag));
}

/* A CPU that was away knows nothing, whatever vCPUs hold from before. */
static void test_cpu_comes_back(struct kunit *test)
{
	struct svm_asids asids = {};
	struct svm_tag tag = {};

	svm_asids_init(&asids, NR_ASIDS);
	svm_asid_renew(&asids, 0, &tag);
	asids.flush = false;
	svm_asids_init(&asids, NR_ASIDS);
	KUNIT_EXPECT_FALSE(test, svm_asid_is_valid(&asids, 0, &tag));
	KUNIT_EXPECT_TRUE(test, asids.flush);
}

/* Two numbers are enough, at the price of a flush each time. */
static void test_fewest(struct kunit *test)
{
	struct svm_asids asids = {};
	struct svm_tag tag = {};
	int i;

	svm_asids_init(&asids, 2);
	for (i = 0; i < 4; i++) {
		svm_asid_renew(&asids, 0, &tag);
		KUNIT_EXPECT_EQ(test, tag.asid, 1);
		KUNIT_EXPECT_TRUE(test, asids.flush);
		asids.flush = false;
	}
}

/* What a CPU's TLB has under each ASID: whose, and of which of its epochs. */
struct tlb {
	int vcpu[NR_ASIDS];
	u32 epoch[NR_ASIDS];
};

static void empty_tlb(struct tlb *tlb)
{
	int i;

	for (i = 0; i < NR_ASIDS; i++)
		tlb->vcpu[i] = -1;
}

/* A vCPU runs: it must find nothing but its own translations of its present epoch. */
static void run_vcpu(struct kunit *test, struct svm_asids *asids, struct tlb *tlb,
		     const struct svm_tag *tag, int vcpu, u32 epoch)
{
	if (asids->flush)
		empty_tlb(tlb);
	asids->flush = false;
	KUNIT_ASSERT_GE(test, tag->asid, 1);
	KUNIT_ASSERT_LT(test, tag->asid, NR_ASIDS);
	if (tlb->vcpu[tag->asid] >= 0) {
		KUNIT_EXPECT_EQ(test, tlb->vcpu[tag->asid], vcpu);
		KUNIT_EXPECT_EQ(test, tlb->epoch[tag->asid], epoch);
	}
	tlb->vcpu[tag->asid] = vcpu;
	tlb->epoch[tag->asid] = epoch;
}

/* Epochs count the times that a vCPU had to forget; other CPUs are another case of that. */
static void test_model(struct kunit *test)
{
	struct svm_asids asids[NR_CPUS_USED] = {};
	struct svm_tag tags[NR_VCPUS] = {};
	u32 epochs[NR_VCPUS] = {};
	struct tlb *tlbs;
	int i, cpu, vcpu;

	tlbs = kunit_kcalloc(test, NR_CPUS_USED, sizeof(*tlbs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tlbs);
	for (i = 0; i < NR_CPUS_USED; i++) {
		svm_asids_init(&asids[i], NR_ASIDS);
		empty_tlb(&tlbs[i]);
	}
	for (i = 0; i < ROUNDS; i++) {
		cpu = get_random_u32_below(NR_CPUS_USED);
		vcpu = get_random_u32_below(NR_VCPUS);
		if (get_random_u32_below(4) == 0)
			tags[vcpu].generation = 0;
		if (!svm_asid_is_valid(&asids[cpu], cpu, &tags[vcpu])) {
			epochs[vcpu]++;
			svm_asid_renew(&asids[cpu], cpu, &tags[vcpu]);
		}
		run_vcpu(test, &asids[cpu], &tlbs[cpu], &tags[vcpu], vcpu, epochs[vcpu]);
	}
}

static struct kunit_case asid_cases[] = {
	KUNIT_CASE(test_first),
	KUNIT_CASE(test_rollover),
	KUNIT_CASE(test_cpu_comes_back),
	KUNIT_CASE(test_fewest),
	KUNIT_CASE(test_model),
	{}
};

static struct kunit_suite asid_suite = {
	.name = "axvm_svm_asid",
	.test_cases = asid_cases,
};

kunit_test_suite(asid_suite);
