// SPDX-License-Identifier: GPL-2.0
/*
 * Translations that change: seen after a local fence, and by other CPUs after
 * the firmware's remote fences.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"
#include "sbi.h"

const char *const guest_name = "sfence";

#define SECOND		1000000
#define ROUNDS		200
#define PAGES		64
#define ASID		5

static u64 frames[2][512] __aligned(4096);

static u64 page_word(unsigned int page)
{
	return load_shared((u64 *)(PAGING_WINDOW + page * PAGE_SIZE));
}

static void map_all(unsigned int frame)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		paging_set(page, (u64)frames[(frame + page) % 2], PTE_R | PTE_W);
}

/* First page that shows another frame than map_all() gave it; PAGES: none. */
static u64 find_stale(unsigned int frame)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++) {
		if (page_word(page) != (frame + page) % 2 + 100)
			return page;
	}
	return PAGES;
}

static void set_up(void)
{
	frames[0][0] = 100;
	frames[1][0] = 101;
	map_all(0);
}

static void local(void)
{
	unsigned int i;
	u64 stale;

	set_up();
	paging_on(0);
	for (i = 0; i < ROUNDS; i++) {
		map_all(i);
		asm volatile("sfence.vma" ::: "memory");
		stale = find_stale(i);
		if (!check(stale == PAGES, "round %u: page %lu is stale", i, stale))
			break;
	}
	paging_off();
}

static void local_one_page(void)
{
	unsigned int i;

	set_up();
	paging_on(0);
	for (i = 0; i < ROUNDS; i++) {
		paging_set(3, (u64)frames[i % 2], PTE_R);
		asm volatile("sfence.vma %0" : : "r" (PAGING_WINDOW + 3 * PAGE_SIZE) : "memory");
		if (!check(page_word(3) == i % 2 + 100, "round %u: stale", i))
			break;
	}
	paging_off();
}

static u64 asked, answered, answer;

static void answerer(void *arg)
{
	u64 round;

	paging_on((u64)arg);
	find_stale(0);
	for (round = 1; round <= ROUNDS; round++) {
		if (!wait_for(&asked, round, 30 * SECOND))
			break;
		store_shared(&answer, find_stale(round));
		store_shared(&answered, round);
	}
	paging_off();
}

static struct cpu *other_cpu(void)
{
	return &cpus[arch_cpu_self() ? 0 : 1];
}

static bool fence(u64 fn, u64 start, u64 len)
{
	return !sbi_call(SBI_EXT_RFENCE, fn, 1, other_cpu()->hart, start, len, ASID).error;
}

static void remote(u64 fn, u64 asid, u64 start, u64 len)
{
	u64 round;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	set_up();
	store_shared(&asked, 0);
	store_shared(&answered, 0);
	check(arch_cpu_start(other_cpu()->index, answerer, (void *)asid), "no other CPU");
	for (round = 1; round <= ROUNDS && !test_failed(); round++) {
		map_all(round);
		check(fence(fn, start, len), "the call fails");
		store_shared(&asked, round);
		check(wait_for(&answered, round, 30 * SECOND), "round %lu: no answer", round);
		check(load_shared(&answer) == PAGES, "round %lu: page %lu is stale", round, answer);
	}
	store_shared(&asked, ROUNDS);
	check(sbi_wait_status(other_cpu()->hart, SBI_HSM_STOPPED, 60 * SECOND), "it goes on");
}

static void remote_all(void)
{
	remote(SBI_RFENCE_VMA, 0, 0, 0);
}

static void remote_all_by_size(void)
{
	remote(SBI_RFENCE_VMA, 0, 0, -1UL);
}

static void remote_range(void)
{
	remote(SBI_RFENCE_VMA, 0, PAGING_WINDOW, PAGES * PAGE_SIZE);
}

static void remote_asid(void)
{
	remote(SBI_RFENCE_VMA_ASID, ASID, 0, -1UL);
}

static void remote_asid_range(void)
{
	remote(SBI_RFENCE_VMA_ASID, ASID, PAGING_WINDOW, PAGES * PAGE_SIZE);
}

static const struct test_case cases[] = {
	{ "local", local },
	{ "local_one_page", local_one_page },
	{ "remote_all", remote_all },
	{ "remote_all_by_size", remote_all_by_size },
	{ "remote_range", remote_range },
	{ "remote_asid", remote_asid },
	{ "remote_asid_range", remote_asid_range },
};

void guest_main(void)
{
	paging_init();
	test_run(cases, ARRAY_SIZE(cases));
}
