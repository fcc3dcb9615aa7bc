// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to device registers: each way to address them, wherever the code
 * is, what can go wrong, and what else goes on meanwhile. SDM 2.
 */
#include "cpu.h"
#include "oracle.h"

const char *const guest_name = "mmioaddr";

#define SECOND		1000000
#define CODE_LOW	0x9000	/* a page below 64 KiB, for 16-bit code */

static u64 seed = 3;

/* --- addresses --- */

static u64 target;

/* MOV reg, [address], the address given by the bytes and registers. */
static void load_by(const struct code *code, unsigned int dest, const struct insn_regs *given)
{
	struct insn_regs before = *given, after = *given;
	struct insn insn = { .code = code->bytes, .len = code->len };
	struct trap_info trap;
	u32 val = random_next(&seed);

	device_set(&device_word, val);
	if (!check(!insn_run(&insn, &after, &trap), "%02x %02x %02x %02x: trap %lu at 0x%lx",
		   code->bytes[0], code->bytes[1], code->bytes[2], code->bytes[3], trap.cause,
		   trap.addr))
		return;
	check(after.r[dest] == val, "%02x %02x %02x %02x: 0x%lx, not 0x%x", code->bytes[0],
	      code->bytes[1], code->bytes[2], code->bytes[3], after.r[dest], val);
	check(!insn_changed(&before, &after, BIT(dest)), "a register changed");
}

static void base_and_displacement(void)
{
	unsigned int base, mod;

	for (base = 0; base < 16 && !test_failed(); base++) {
		for (mod = 0; mod < 3; mod++) {
			struct insn_regs given;
			struct code code = { .len = 0 };
			unsigned int dest = (base + 5) % 16;
			s64 disp = mod == 1 ? (s8)random_next(&seed) : (s32)random_next(&seed) / 4;

			if ((base & 7) == RSP || (mod == 0 && (base & 7) == RBP))
				continue;
			insn_fill(&given);
			given.r[base] = target - (mod ? disp : 0);
			code_put(&code, REX | (dest & 8 ? REX_R : 0) | (base & 8 ? REX_B : 0));
			code_put(&code, 0x8b);
			code_put(&code, MODRM(mod, dest, base));
			code_put_imm(&code, disp, mod == 1 ? 1 : mod * 2);
			load_by(&code, dest, &given);
		}
	}
}

static void scaled_index(void)
{
	unsigned int base, index, scale;

	for (base = 0; base < 16 && !test_failed(); base++) {
		for (index = 0; index < 16; index++) {
			struct insn_regs given;
			struct code code = { .len = 0 };
			unsigned int dest = (base + index + 1) % 16;
			s32 disp = (s32)random_next(&seed) / 4;

			scale = (base + index) % 4;
			insn_fill(&given);
			if (index == RSP) {	/* none */
				given.r[base] = target - disp;
			} else if (index == base) {
				given.r[base] = target - disp;
				scale = 0;
				if (given.r[base] % 2)
					disp++;
				given.r[base] = (target - disp) / 2;
			} else {
				given.r[base] = target - disp - (given.r[index] << scale);
			}
			code_put(&code, REX | (dest & 8 ? REX_R : 0) | (base & 8 ? REX_B : 0) |
				   (index & 8 ? REX_X : 0));
			code_put(&code, 0x8b);
			code_put(&code, MODRM(2, dest, 4));
			code_put(&code, scale << 6 | (index & 7) << 3 | (base & 7));
			code_put_imm(&code, disp, 4);
			load_by(&code, dest, &given);
		}
	}
}

/* No base: a displacement, which is sign-extended, and a scaled index. */
static void no_base(void)
{
	struct code code = { .bytes = { 0x8b, MODRM(0, RCX, 4), 3 << 6 | RDX << 3 | 5 }, .len = 3 };
	struct insn_regs given;

	insn_fill(&given);
	given.r[RDX] = (target + 0x10000) / 8;
	code_put_imm(&code, (u64)-0x10000 + target % 8, 4);
	load_by(&code, RCX, &given);
}

static void rip_relative(void)
{
	struct code code = { .bytes = { 0x8b, MODRM(0, RCX, 5) }, .len = 2 };
	struct insn_regs given;

	insn_fill(&given);
	paging_set(0, (target & PTE_ADDR) | PTE_W | PTE_P);
	code_put_imm(&code, 0, 4);
	/* Code and device within 2 GiB: a window for both. */
	paging_set(1, (insn_place() & PTE_ADDR) | PTE_W | PTE_P);
	{
		u64 where = paging_va(1) + insn_place() % PAGE_SIZE;
		u32 disp = paging_va(0) + target % PAGE_SIZE - (where + 6);
		struct insn insn = { .code = code.bytes, .len = 6, .where = where };
		struct insn_regs after = given;
		struct trap_info trap;

		memcpy(&code.bytes[2], &disp, 4);
		device_set(&device_word, 0x2468ace0);
		check(!insn_run(&insn, &after, &trap) && after.r[RCX] == 0x2468ace0,
		      "RCX is 0x%lx, trap %lu", after.r[RCX], trap.cause);
	}
	paging_set(0, 0);
	paging_set(1, 0);
}

static void address_size(void)
{
	struct code code = { .bytes = { 0x67, 0x8b, MODRM(0, RCX, RSI) }, .len = 3 };
	struct insn_regs given;

	insn_fill(&given);
	given.r[RSI] = target | 0x1234567800000000;
	load_by(&code, RCX, &given);
}

static void segments(void)
{
	static const u8 prefixes[] = { 0x64, 0x65 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		struct code code = { .bytes = { prefixes[i], 0x8b, MODRM(0, RCX, RSI) },
				     .len = 3 };
		u64 before = rdmsr(MSR_FS_BASE + i);
		struct insn_regs given;

		insn_fill(&given);
		given.r[RSI] = 0x123456;
		wrmsr(MSR_FS_BASE + i, target - given.r[RSI]);
		load_by(&code, RCX, &given);
		wrmsr(MSR_FS_BASE + i, before);
	}
}

/* The longest there is. */
static void many_prefixes(void)
{
	static const u8 bytes[] = {
		0x3e, 0x26, 0x36, 0x2e, 0x3e, 0x26, 0x36, 0x2e, 0x3e, 0x66, 0x66, REX,
		0x8b, MODRM(1, RCX, RSI), 0x10
	};
	struct insn insn = { .code = bytes, .len = sizeof(bytes) };
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.r[RSI] = device_hole.addr - 0x10;
	after = before;
	check(!insn_run(&insn, &after, &trap), "trap %lu", trap.cause);
	check((u16)after.r[RCX] == (u16)device_hole.constant, "RCX is 0x%lx", after.r[RCX]);
	check(after.r[RCX] >> 16 == before.r[RCX] >> 16, "its upper part changed");
	check(!insn_changed(&before, &after, BIT(RCX)), "another register changed");
}

/* --- where the code is --- */

static u8 frames[2][4096] __aligned(4096);

static void code_across_pages(void)
{
	static const u8 bytes[] = { 0x8b, MODRM(2, RCX, RSI), 0x78, 0x56, 0x34, 0x12 };
	struct insn_regs before, after;
	struct trap_info trap;
	unsigned int in_first;

	paging_set(4, (u64)frames[1] | PTE_W | PTE_P);
	paging_set(5, (u64)frames[0] | PTE_W | PTE_P);
	for (in_first = 1; in_first < sizeof(bytes); in_first++) {
		struct insn insn = { .code = bytes, .len = sizeof(bytes),
				     .where = paging_va(5) - in_first };

		insn_fill(&before);
		before.r[RSI] = target - 0x12345678;
		after = before;
		device_set(&device_word, 0x1000 + in_first);
		check(!insn_run(&insn, &after, &trap), "%u bytes: trap %lu", in_first, trap.cause);
		check(after.r[RCX] == 0x1000 + in_first, "%u bytes: RCX is 0x%lx", in_first,
		      after.r[RCX]);
	}
	paging_set(4, 0);
	paging_set(5, 0);
}

/* The same place with other code each time: nothing stale is used. */
static void code_changes(void)
{
	struct insn_regs before, after;
	struct trap_info trap;
	unsigned int i, dest;

	for (i = 0; i < 300 && !test_failed(); i++) {
		dest = i % 8;
		u8 bytes[] = { 0x8b, MODRM(0, dest, RSI) };
		struct insn insn = { .code = bytes, .len = sizeof(bytes) };

		if (dest == RSI)
			continue;
		insn_fill(&before);
		before.r[RSI] = target;
		after = before;
		device_set(&device_word, i);
		check(!insn_run(&insn, &after, &trap), "trap %lu", trap.cause);
		check(after.r[dest] == i, "register %u is 0x%lx", dest, after.r[dest]);
	}
}

/* The same address with another frame behind it, and no change of CR3. */
static void code_moves(void)
{
	static const u8 to_rcx[] = { 0x8b, MODRM(0, RCX, RSI), 0xcc };
	static const u8 to_rdx[] = { 0x8b, MODRM(0, RDX, RSI), 0xcc };
	struct insn_regs after;
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < 100 && !test_failed(); i++) {
		struct insn insn = { .code = i & 1 ? to_rcx : to_rdx, .len = 2,
				     .where = paging_va(6) };

		memcpy(frames[i & 1], i & 1 ? to_rcx : to_rdx, 3);
		paging_set(6, (u64)frames[i & 1] | PTE_W | PTE_P);
		insn_fill(&after);
		after.r[RSI] = target;
		device_set(&device_word, i);
		check(!insn_run(&insn, &after, &trap), "trap %lu", trap.cause);
		check(after.r[i & 1 ? RCX : RDX] == i, "round %u: 0x%lx 0x%lx", i, after.r[RCX],
		      after.r[RDX]);
	}
	paging_set(6, 0);
}

static void run_in(const char *name, u64 cs, u64 where, const u8 *bytes, unsigned int len)
{
	struct insn insn = { .code = bytes, .len = len, .where = where, .cs = cs };
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.r[RSI] = target;
	regs.r[RSP] = LOW_TEST + 0x1000;
	device_set(&device_word, 0x0badcafe);
	check(!insn_run(&insn, &regs, &trap), "%s: trap %lu at 0x%lx", name, trap.cause, trap.pc);
	check((u32)regs.r[RCX] == 0x0badcafe, "%s: RCX is 0x%lx", name, regs.r[RCX]);
}

static void other_code_sizes(void)
{
	static const u8 plain[] = { 0x8b, MODRM(0, RCX, RSI) };
	static const u8 both[] = { 0x66, 0x67, 0x8b, MODRM(0, RCX, RSI) };

	run_in("32-bit code", SEL_CODE32, 0, plain, sizeof(plain));
	run_in("16-bit code", SEL_CODE16, CODE_LOW, both, sizeof(both));
	run_in("user code", SEL_USER_CODE64 | 3, 0, plain, sizeof(plain));
	run_in("32-bit user code", SEL_USER_CODE32 | 3, 0, plain, sizeof(plain));
}

/* --- faults --- */

#define PF_WRITE	BIT(1)	/* of the error code; what reads first may say so, or not */

/* An operand that begins in a device and ends in a page that is not there, and so on. */
static void compare_faults(const char *name, const u8 *bytes, unsigned int len, u64 offset,
			   u64 rights, u64 next_rights, u64 ignored)
{
	struct insn insn = { .code = bytes, .len = len };
	struct insn_regs before, after[2];
	struct trap_info traps[2];
	u64 errors[2];
	bool trapped[2];
	unsigned int i;

	insn_fill(&before);
	before.r[RSI] = paging_va(0) + offset;
	for (i = 0; i < 2; i++) {
		paging_set(0, ((i ? device_hole.addr : (u64)frames[0]) & PTE_ADDR) | rights);
		paging_set(1, next_rights ? (u64)frames[1] | next_rights : 0);
		memset(frames[0], device_hole.constant, PAGE_SIZE);
		after[i] = before;
		trapped[i] = insn_run(&insn, &after[i], &traps[i]);
		errors[i] = trap_last()->error;
	}
	paging_set(0, 0);
	paging_set(1, 0);
	check(trapped[0] == trapped[1] && traps[0].cause == traps[1].cause,
	      "%s: trap %lu, in memory %lu", name, traps[1].cause, traps[0].cause);
	check(traps[0].addr == traps[1].addr, "%s: address 0x%lx, in memory 0x%lx", name,
	      traps[1].addr, traps[0].addr);
	check(traps[0].pc == traps[1].pc && !((errors[0] ^ errors[1]) & ~ignored),
	      "%s: error 0x%lx, in memory 0x%lx", name, errors[1], errors[0]);
	check(!insn_changed(&after[0], &after[1], 0), "%s: a register differs", name);
}

static void page_faults(void)
{
	static const u8 load[] = { REX | REX_W, 0x8b, MODRM(0, RCX, RSI) };
	static const u8 store[] = { REX | REX_W, 0x89, MODRM(0, RCX, RSI) };
	static const u8 add[] = { REX | REX_W, 0x01, MODRM(0, RCX, RSI) };
	u64 all = PTE_W | PTE_P;

	compare_faults("load across to nowhere", load, 3, 0xffc, all, 0, 0);
	compare_faults("store across to nowhere", store, 3, 0xffc, all, 0, 0);
	compare_faults("add across to nowhere", add, 3, 0xffc, all, 0, PF_WRITE);
	compare_faults("store across to read-only", store, 3, 0xffe, all, PTE_P, 0);
	compare_faults("add across to read-only", add, 3, 0xffe, all, PTE_P, PF_WRITE);
	compare_faults("store to read-only", store, 3, 0x10, PTE_P, 0, 0);
	compare_faults("add to read-only", add, 3, 0x10, PTE_P, 0, PF_WRITE);
	compare_faults("load of read-only", load, 3, 0x10, PTE_P, 0, 0);
	compare_faults("load across", load, 3, 0xffd, all, all, 0);
}

/* CR0.WP decides whether the kernel may write what is read-only. */
static void write_protection(void)
{
	static const u8 store[] = { 0x89, MODRM(0, RCX, RSI) };

	write_cr0(read_cr0() & ~CR0_WP);
	compare_faults("store without WP", store, 2, 0x10, PTE_P, 0, 0);
	write_cr0(read_cr0() | CR0_WP);
	compare_faults("store with WP", store, 2, 0x10, PTE_P, 0, 0);
}

static void accessed_and_dirty(void)
{
	static const u8 load[] = { 0x8b, MODRM(0, RCX, RSI) };
	static const u8 store[] = { 0x89, MODRM(0, RCX, RSI) };
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.r[RSI] = paging_va(0) + target % PAGE_SIZE;
	paging_set(0, (target & PTE_ADDR) | PTE_W | PTE_P);
	insn_run(&(struct insn){ .code = load, .len = 2 }, &regs, &trap);
	check((*paging_pte(0) & (PTE_A | PTE_D)) == PTE_A, "after a load: 0x%lx", *paging_pte(0));
	insn_run(&(struct insn){ .code = store, .len = 2 }, &regs, &trap);
	check((*paging_pte(0) & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "after a store: 0x%lx",
	      *paging_pte(0));
	paging_set(0, 0);
}

static void single_step(void)
{
	static const u8 load[] = { 0x8b, MODRM(0, RCX, RSI) };
	struct insn insn = { .code = load, .len = 2 };
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < 50 && !test_failed(); i++) {
		insn_fill(&regs);
		regs.r[RSI] = target;
		regs.rflags |= RFLAGS_TF;
		device_set(&device_word, 0x77);
		check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_DB, "trap %lu",
		      trap.cause);
		check(trap.pc == insn_place() + 2, "at 0x%lx", trap.pc);
		check(regs.r[RCX] == 0x77, "RCX is 0x%lx", regs.r[RCX]);
	}
}

/* --- under way --- */

static void under_interrupts(void)
{
	u64 end = arch_time() + time_from_us(SECOND / 2), before;
	unsigned int i, self = arch_cpu_self();

	arch_irq_on();
	for (i = 0; arch_time() < end && !test_failed(); i++) {
		before = arch_timer_count(self);
		ioapic_write(IOAPIC_ID, (i & 15) << 24);
		/* The timer is the device of the other cases. */
		arch_timer_set(arch_time() + time_from_us(i % 20));
		check(ioapic_read(IOAPIC_ID) == (i & 15) << 24, "0x%x in round %u",
		      ioapic_read(IOAPIC_ID), i);
		while (arch_timer_count(self) == before)
			barrier();
	}
	arch_irq_off();
}

static u64 finished;

static void hammer(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		mmio_write32(lapic_base() + APIC_TMICT, i << 8);
		check(mmio_read32(lapic_base() + APIC_TMICT) == i << 8, "CPU %u: 0x%x",
		      arch_cpu_self(), mmio_read32(lapic_base() + APIC_TMICT));
		mmio_read32(ioapic_base());
	}
	add_shared(&finished, 1);
}

static void from_all_cpus(void)
{
	unsigned int cpu;

	lapic_write(APIC_LVT_TIMER, APIC_MASKED);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, hammer, NULL), "CPU %u does not start", cpu);
	}
	hammer(NULL);
	check(wait_for(&finished, arch_cpu_count(), 30 * SECOND), "%lu ended", finished);
}

static const struct test_case cases[] = {
	{ "base_and_displacement", base_and_displacement },
	{ "scaled_index", scaled_index },
	{ "no_base", no_base },
	{ "rip_relative", rip_relative },
	{ "address_size", address_size },
	{ "segments", segments },
	{ "many_prefixes", many_prefixes },
	{ "code_across_pages", code_across_pages },
	{ "code_changes", code_changes },
	{ "code_moves", code_moves },
	{ "other_code_sizes", other_code_sizes },
	{ "page_faults", page_faults },
	{ "write_protection", write_protection },
	{ "accessed_and_dirty", accessed_and_dirty },
	{ "single_step", single_step },
	{ "under_interrupts", under_interrupts },
	{ "from_all_cpus", from_all_cpus },
};

void guest_main(void)
{
	oracle_init();
	target = device_word.addr;
	test_run(cases, ARRAY_SIZE(cases));
}
