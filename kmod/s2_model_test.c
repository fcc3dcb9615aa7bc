// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 walker against a model: random operations on a window of addresses.
 *
 * Part of axvm_test.ko. Besides what is mapped where, the model keeps a TLB
 * that holds all it can: before an operation it caches the whole window, and
 * only the flush hook takes entries out. So a flush that is missing, too
 * narrow or too early is seen, whatever the operation was.
 */
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "host.h"
#include "s2.h"
#include "s2_test.h"

#define WINDOW_START	(4ULL * SZ_1G - SZ_2M)
#define WINDOW_PAGES	1536u
#define PHYS		(16ULL * SZ_1G - SZ_2M)
#define ROUNDS		100

/* What one page translates to; prot 0 is absent. */
struct state {
	u64 phys;
	u32 prot;
};

/**
 * struct model - tables and what is known of them
 * @s2: tables
 * @want: what each page of the window should translate to
 * @tlb: what a CPU may remember of it
 * @changed_live: pages that translated elsewhere when their flush came
 * @rnd: source of operations
 */
struct model {
	struct axvm_s2 s2;
	struct state want[WINDOW_PAGES];
	struct state tlb[WINDOW_PAGES];
	unsigned int changed_live;
	struct rnd_state rnd;
};

static u64 page_gpa(unsigned int page)
{
	return WINDOW_START + (u64)page * SZ_4K;
}

static struct state walk_page(const struct model *model, unsigned int page)
{
	struct axvm_s2_entry entry;

	if (!axvm_s2_test_walk(&model->s2, page_gpa(page), &entry))
		return (struct state){};
	return (struct state){ .phys = entry.phys + page_gpa(page) - entry.gpa,
			       .prot = entry.prot };
}

/* Only permissions may differ from what a TLB still holds while its flush is due. */
static bool may_coexist(const struct state *old, const struct state *new)
{
	return !new->prot ||
	       (old->phys == new->phys && !((old->prot ^ new->prot) & AXVM_PROT_DEVICE));
}

static void flush_model(struct axvm_s2 *s2, u64 gpa, u64 len)
{
	struct model *model = container_of(s2, struct model, s2);
	struct state now;
	unsigned int i;

	for (i = 0; i < WINDOW_PAGES; i++) {
		if (page_gpa(i) - gpa >= len || !model->tlb[i].prot)
			continue;
		now = walk_page(model, i);
		if (!may_coexist(&model->tlb[i], &now))
			model->changed_live++;
		model->tlb[i].prot = 0;
	}
}

static const struct axvm_s2_ops model_ops = { .flush = flush_model };

static u32 below(struct model *model, u32 limit)
{
	return prandom_u32_state(&model->rnd) % limit;
}

static u32 random_prot(struct model *model)
{
	static const u32 prots[] = {
		AXVM_PROT_READ,
		AXVM_PROT_READ | AXVM_PROT_WRITE,
		AXVM_PROT_READ | AXVM_PROT_EXEC,
		AXVM_PROT_READ | AXVM_PROT_WRITE | AXVM_PROT_EXEC,
		AXVM_PROT_READ | AXVM_PROT_WRITE | AXVM_PROT_DEVICE,
	};

	return prots[below(model, ARRAY_SIZE(prots))];
}

/* Often whole blocks, often a few pages. */
static void random_range(struct model *model, unsigned int *page, unsigned int *count)
{
	switch (below(model, 3)) {
	case 0:
		*page = 512 * below(model, 3);
		*count = 512 * (1 + below(model, 3 - *page / 512));
		break;
	case 1:
		*page = below(model, WINDOW_PAGES);
		*count = 1 + below(model, min(8u, WINDOW_PAGES - *page));
		break;
	default:
		*page = below(model, WINDOW_PAGES);
		*count = 1 + below(model, WINDOW_PAGES - *page);
		break;
	}
}

static int map_random(struct model *model, unsigned int page, unsigned int count)
{
	u64 phys = PHYS + (u64)page * SZ_4K + (below(model, 2) ? 0 : below(model, 64) * SZ_4K);
	u32 prot = random_prot(model);
	unsigned int i;

	for (i = 0; i < count; i++)
		model->want[page + i] = (struct state){ .phys = phys + (u64)i * SZ_4K,
							.prot = prot };
	return axvm_s2_map(&model->s2, page_gpa(page), phys, (u64)count * SZ_4K, prot);
}

static int protect_random(struct model *model, unsigned int page, unsigned int count)
{
	u32 prot = random_prot(model);
	unsigned int i;

	for (i = page; i < page + count; i++) {
		if (model->want[i].prot)
			model->want[i].prot = prot;
	}
	return axvm_s2_protect(&model->s2, page_gpa(page), (u64)count * SZ_4K, prot);
}

static int unmap_random(struct model *model, unsigned int page, unsigned int count)
{
	memset(&model->want[page], 0, count * sizeof(model->want[0]));
	return axvm_s2_unmap(&model->s2, page_gpa(page), (u64)count * SZ_4K);
}

static int change_random(struct model *model)
{
	unsigned int page, count;

	random_range(model, &page, &count);
	switch (below(model, 4)) {
	case 0:
		return unmap_random(model, page, count);
	case 1:
		return protect_random(model, page, count);
	default:
		return map_random(model, page, count);
	}
}

static void fill_tlb(struct model *model)
{
	unsigned int i;

	for (i = 0; i < WINDOW_PAGES; i++)
		model->tlb[i] = walk_page(model, i);
}

/* Formats may be unable to express a protection in full; what they make of it counts. */
static bool is_same(const struct model *model, const struct state *found, const struct state *want)
{
	const struct axvm_s2_fmt *fmt = model->s2.fmt;

	if (!found->prot || !want->prot)
		return found->prot == want->prot;
	return found->phys == want->phys &&
	       found->prot == fmt->leaf_prot(fmt->make_leaf(want->phys, 0, want->prot));
}

static void check_pages(struct kunit *test, const struct model *model, int round)
{
	unsigned int i, wrong = 0, stale = 0;
	struct state found;

	for (i = 0; i < WINDOW_PAGES; i++) {
		found = walk_page(model, i);
		wrong += !is_same(model, &found, &model->want[i]);
		stale += model->tlb[i].prot && !is_same(model, &model->tlb[i], &model->want[i]);
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "wrong translations in round %d", round);
	KUNIT_EXPECT_EQ_MSG(test, stale, 0, "not flushed in round %d", round);
	KUNIT_EXPECT_EQ_MSG(test, model->changed_live, 0, "not broken first in round %d", round);
}

/* Counts of leaves, from the window's end to end. */
static void check_counts(struct kunit *test, struct model *model)
{
	unsigned long leaves[AXVM_S2_MAX_LEVELS] = {};
	u64 gpa = WINDOW_START, end = page_gpa(WINDOW_PAGES);
	struct axvm_s2_entry entry;
	int i;

	while (gpa < end) {
		if (axvm_s2_lookup(&model->s2, gpa, &entry)) {
			leaves[(ilog2(entry.len) - 12) / 9]++;
			gpa = entry.gpa + entry.len;
		} else {
			gpa += SZ_4K;
		}
	}
	for (i = 0; i < AXVM_S2_MAX_LEVELS; i++)
		KUNIT_EXPECT_EQ(test, leaves[i], model->s2.leaves[i]);
}

static void exit_model(void *data)
{
	struct model *model = data;

	axvm_s2_exit(&model->s2);
}

static struct model *make_model(struct kunit *test, const struct axvm_s2_fmt *fmt)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	prandom_seed_state(&model->rnd, fmt->gpa_bits);
	KUNIT_ASSERT_EQ(test, axvm_s2_init(&model->s2, fmt, &model_ops), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, exit_model, model), 0);
	return model;
}

void axvm_s2_test_model(struct kunit *test, const struct axvm_s2_fmt *fmt)
{
	long pages = axvm_host_pages_in_use();
	struct model *model = make_model(test, fmt);
	int round;

	for (round = 0; round < ROUNDS; round++) {
		fill_tlb(model);
		KUNIT_ASSERT_EQ(test, change_random(model), 0);
		check_pages(test, model, round);
		cond_resched();
	}
	check_counts(test, model);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use() - pages,
			model->s2.tables + (1L << fmt->root_extra_bits));
	KUNIT_EXPECT_EQ(test, axvm_s2_unmap(&model->s2, 0, axvm_s2_limit(&model->s2)), 0);
	KUNIT_EXPECT_EQ(test, model->s2.tables, 0);
	check_counts(test, model);
}
