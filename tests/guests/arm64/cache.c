// SPDX-License-Identifier: GPL-2.0
/*
 * Caches and translations: code and data written with the MMU on are there with
 * it off, and the other way round; maintenance by address and by set and way;
 * code that changes, and page tables that do, also for other CPUs.
 * Arm ARM D7.5 "Cache support", B2.7 "Mixed-endian and self-modifying code".
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "cache";

#define SECOND		1000000
#define ROUNDS		100
#define LINE		16UL
#define VA(page)	(PAGING_WINDOW + (page) * PAGE_SIZE)

static u32 code[PAGE_SIZE / 4] __aligned(4096);
static u64 data[512] __aligned(4096);

static void clean_to_memory(const void *addr, size_t len)
{
	u64 line;

	for (line = (u64)addr & -LINE; line < (u64)addr + len; line += LINE)
		asm volatile("dc civac, %0" : : "r" (line) : "memory");
	dsb();
}

static void forget_instructions(void)
{
	asm volatile("ic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

/* movz x0, val; ret */
static void set_code(u32 val)
{
	code[0] = INSN_MOVZ(0, val);
	code[1] = INSN_RET;
}

static u64 (*code_fn(void))(u64 arg)
{
	return (u64 (*)(u64))code;
}

/* The hypervisor has nothing to clean here: the guest does it. */
static void code_seen_without_mmu(void)
{
	unsigned int i;
	u64 got;

	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		set_code(i);
		clean_to_memory(code, 8);
		forget_instructions();
		got = call_without(SCTLR_M | SCTLR_C | SCTLR_I, code_fn(), 0);
		check(got == i, "round %u: %lu", i, got);
	}
}

/* ldr x0, [x0]; ret */
static void load_code(void)
{
	code[0] = 0xf9400000;
	code[1] = INSN_RET;
	clean_to_memory(code, 8);
	forget_instructions();
}

static void data_seen_without_mmu(void)
{
	unsigned int i;
	u64 got;

	load_code();
	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		data[i] = i * 3;
		clean_to_memory(&data[i], 8);
		got = call_without(SCTLR_M | SCTLR_C | SCTLR_I, code_fn(), (u64)&data[i]);
		check(got == i * 3, "round %u: %lu", i, got);
	}
}

/* str x0, [x0]; ret */
static void data_written_without_mmu(void)
{
	unsigned int i;

	code[0] = 0xf9000000;
	code[1] = INSN_RET;
	clean_to_memory(code, 8);
	forget_instructions();
	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		data[i] = 0;
		clean_to_memory(&data[i], 8);
		call_without(SCTLR_M | SCTLR_C | SCTLR_I, code_fn(), (u64)&data[i]);
		clean_to_memory(&data[i], 8);
		check(data[i] == (u64)&data[i], "round %u: 0x%lx", i, data[i]);
	}
}

/* Each bit alone, many times; memory stays what it is. */
static void bits_toggled(void)
{
	static const u64 bits[] = { SCTLR_C, SCTLR_I, SCTLR_C | SCTLR_I, SCTLR_M | SCTLR_C };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = i * 7;
	set_code(42);
	clean_to_memory(code, 8);
	clean_to_memory(data, sizeof(data));
	forget_instructions();
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < ARRAY_SIZE(bits); j++)
			check(call_without(bits[j], code_fn(), 0) == 42, "bits 0x%lx", bits[j]);
	}
	for (i = 0; i < ARRAY_SIZE(data); i++)
		check(data[i] == i * 7, "word %u changed", i);
}

/* By set and way through all levels, as old boot loaders do. */
static void set_way_level(unsigned int level)
{
	u64 ccsidr, sets, ways, set, way, way_shift, line_shift;

	sysreg_write(csselr_el1, level << 1);
	isb();
	ccsidr = sysreg_read(ccsidr_el1);
	if (id_field(sysreg_read(id_aa64mmfr2_el1), 20)) {
		sets = (ccsidr >> 32 & 0xffffff) + 1;
		ways = (ccsidr >> 3 & 0x1fffff) + 1;
	} else {
		sets = (ccsidr >> 13 & 0x7fff) + 1;
		ways = (ccsidr >> 3 & 0x3ff) + 1;
	}
	line_shift = (ccsidr & 7) + 4;
	way_shift = ways > 1 ? __builtin_clz(ways - 1) : 0;
	for (set = 0; set < sets && set < 256; set++) {
		for (way = 0; way < ways && way < 4; way++)
			asm volatile("dc cisw, %0"
				     : : "r" (way << way_shift | set << line_shift | level << 1)
				     : "memory");
	}
	dsb();
}

static void by_set_and_way(void)
{
	u64 clidr = sysreg_read(clidr_el1), start = arch_time();
	unsigned int level, i;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = i * 11;
	for (level = 0; level < 7; level++) {
		if ((clidr >> 3 * level & 7) >= 2)
			set_way_level(level);
	}
	for (i = 0; i < ARRAY_SIZE(data); i++)
		check(data[i] == i * 11, "word %u changed", i);
	check(time_to_us(arch_time() - start) < 60 * SECOND, "it takes %lu ms",
	      time_to_us(arch_time() - start) / 1000);
}

/* What the trap of set and way left on goes off, or changes of SCTLR_EL1 are slow for good. */
static void toggled_after_set_and_way(void)
{
	by_set_and_way();
	bits_toggled();
}

static void zero_block(void)
{
	u64 dczid = sysreg_read(dczid_el0), len = 4UL << (dczid & 0xf);
	unsigned int i;

	if (dczid & 0x10) {
		test_skip("prohibited");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = -1UL;
	asm volatile("dc zva, %0" : : "r" (&data[256]) : "memory");
	for (i = 0; i < ARRAY_SIZE(data); i++)
		check(data[i] == (i >= 256 && i < 256 + len / 8 ? 0 : -1UL), "word %u: 0x%lx", i,
		      data[i]);
}

static void user_maintenance(void *arg)
{
	asm volatile("dc cvau, %0\n\tdc cvac, %0\n\tdc civac, %0\n\tic ivau, %0\n\tdsb sy"
		     : : "r" (arg) : "memory");
}

static void from_el0(void)
{
	struct trap_info trap;

	user_run(user_maintenance, user_alias(data), &trap);
	check(ESR_EC(trap.cause) == EC_SVC, "allowed: ESR 0x%lx", trap.cause);
	sysreg_write(sctlr_el1, SCTLR_SETUP & ~(1UL << 26));
	isb();
	user_run(user_maintenance, user_alias(data), &trap);
	check(ESR_EC(trap.cause) == EC_SYSREG, "denied: ESR 0x%lx", trap.cause);
	sysreg_write(sctlr_el1, SCTLR_SETUP);
	isb();
}

/* --- code that changes --- */

static void code_changes(void)
{
	unsigned int i;

	for (i = 0; i < ROUNDS * 10 && !test_failed(); i++) {
		set_code(i & 0xffff);
		code_publish(code, 8);
		check(code_fn()(0) == (i & 0xffff), "round %u: old code runs", i);
	}
}

static u64 asked, answered, answer;

static void code_runner(void *arg)
{
	u64 round;

	for (round = 1; round <= ROUNDS; round++) {
		if (!wait_for(&asked, round, 30 * SECOND))
			return;
		isb();
		store_shared(&answer, code_fn()(0));
		store_shared(&answered, round);
	}
}

/* To the point of unification and everybody's instruction caches. */
static void code_changes_for_others(void)
{
	u64 round;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	store_shared(&asked, 0);
	store_shared(&answered, 0);
	check(arch_cpu_start(!arch_cpu_self(), code_runner, NULL), "no other CPU");
	for (round = 1; round <= ROUNDS && !test_failed(); round++) {
		set_code(round);
		clean_to_memory(code, 8);
		asm volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
		store_shared(&asked, round);
		check(wait_for(&answered, round, 30 * SECOND), "round %lu: no answer", round);
		check(load_shared(&answer) == round, "round %lu: %lu", round, answer);
	}
}

/* --- page tables that change --- */

static u64 frames[2][512] __aligned(4096);

static void mapping_changes(void)
{
	unsigned int i;

	frames[0][0] = 100;
	frames[1][0] = 101;
	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		paging_set(0, (u64)frames[i % 2] | PTE_MEMORY);
		check(*(u64 *)VA(0) == 100 + i % 2, "round %u: the old page", i);
	}
}

static void map_reader(void *arg)
{
	u64 round;

	for (round = 1; round <= ROUNDS; round++) {
		if (!wait_for(&asked, round, 30 * SECOND))
			return;
		store_shared(&answer, load_shared((u64 *)VA(0)));
		store_shared(&answered, round);
	}
}

static void mapping_changes_for_others(void)
{
	u64 round, end = arch_time() + time_from_us(10 * SECOND);

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	store_shared(&asked, 0);
	store_shared(&answered, 0);
	while (!arch_cpu_start(!arch_cpu_self(), map_reader, NULL)) {
		if (!check(arch_time() < end, "no other CPU"))
			return;
	}
	for (round = 1; round <= ROUNDS && !test_failed(); round++) {
		paging_set(0, (u64)frames[round % 2] | PTE_MEMORY);
		store_shared(&asked, round);
		check(wait_for(&answered, round, 30 * SECOND), "round %lu: no answer", round);
		check(load_shared(&answer) == 100 + round % 2, "round %lu: the old page", round);
	}
}

/* AT S1E1R: the guest's own tables, and PAR_EL1. */
static void address_translation(void)
{
	u64 par;

	paging_set(0, (u64)frames[0] | PTE_MEMORY);
	asm volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1" : "=r" (par) : "r" (VA(0) + 8));
	check(!(par & 1) && (par & 0x0000fffffffff000) == (u64)frames[0], "PAR_EL1 0x%lx", par);
	paging_set(0, 0);
	asm volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1" : "=r" (par) : "r" (VA(0) + 8));
	check(par & 1 && (par >> 1 & 0x3f) == FSC_TRANSLATION(3), "PAR_EL1 0x%lx", par);
}

static const struct test_case cases[] = {
	{ "code_seen_without_mmu", code_seen_without_mmu },
	{ "data_seen_without_mmu", data_seen_without_mmu },
	{ "data_written_without_mmu", data_written_without_mmu },
	{ "bits_toggled", bits_toggled },
	{ "by_set_and_way", by_set_and_way },
	{ "toggled_after_set_and_way", toggled_after_set_and_way },
	{ "zero_block", zero_block },
	{ "from_el0", from_el0 },
	{ "code_changes", code_changes },
	{ "code_changes_for_others", code_changes_for_others },
	{ "mapping_changes", mapping_changes },
	{ "mapping_changes_for_others", mapping_changes_for_others },
	{ "address_translation", address_translation },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
