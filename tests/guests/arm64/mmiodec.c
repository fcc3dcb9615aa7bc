// SPDX-License-Identifier: GPL-2.0
/*
 * Loads and stores to devices by every kind of instruction, those too for which
 * the CPU tells the hypervisor nothing (Arm ARM, ESR_ELx.ISV): the value, its
 * extension, the base register and all others come out as with memory.
 *
 * The devices: priorities of SPIs for bytes and words, the UART's divisor for
 * halfwords, routes of SPIs for doublewords (GICv3 alone).
 */
#include "fp.h"
#include "pl011.h"
#include "runtime.h"

const char *const guest_name = "mmiodec";

#define BASE		9	/* register with the address */
#define INDEX		10
#define RT		11
#define RT2		12
#define LOAD		1
#define STORE		0
#define FIRST_SPI	64
#define PRIORITIES	0xf8f8f8f8u
#define ROUTE		0xff00ffffffUL
#define POST		1
#define OFFSET		2
#define PRE		3

static u64 priorities, routes;

/* Where 1 << size bytes can be written and read back, and which of their bits. */
static u64 place(unsigned int size)
{
	switch (size) {
	case 1:
		return pl011_base() + PL011_IBRD;
	case 3:
		return routes;
	default:
		return priorities;
	}
}

static u64 bits_kept(unsigned int size)
{
	static const u64 kept[] = { 0xf8, 0xffff, PRIORITIES, ROUTE };

	return kept[size];
}

static bool has_place(unsigned int size)
{
	return size < 3 || routes;
}

static u64 read_place(unsigned int size, u64 addr)
{
	switch (size) {
	case 0:
		return mmio_read8(addr);
	case 1:
		return mmio_read16(addr);
	case 2:
		return mmio_read32(addr);
	default:
		return mmio_read64(addr);
	}
}

static void write_place(unsigned int size, u64 addr, u64 val)
{
	switch (size) {
	case 0:
		mmio_write8(addr, val);
		break;
	case 1:
		mmio_write16(addr, val);
		break;
	case 2:
		mmio_write32(addr, val);
		break;
	default:
		mmio_write64(addr, val);
	}
}

/* Values with the highest bit set and without, that survive a write. */
static u64 value_of(unsigned int size, unsigned int n)
{
	static const u64 values[] = {
		0xa8b0c8d8e0f0a8b8, 0x5830104868782878, 0x8000000080000080, 0, -1UL,
	};

	return values[n % ARRAY_SIZE(values)] & bits_kept(size);
}

static u64 extend(u64 val, unsigned int size, bool sign, bool to_64)
{
	unsigned int shift = 64 - (8 << size);

	if (sign)
		val = (s64)(val << shift) >> shift;
	return to_64 ? val : (u32)val;
}

/* --- one register --- */

struct single {
	const char *name;
	u8 size;
	u8 opc;		/* 0 store, 1 load, 2 sign-extend to 64 bits, 3 to 32 */
};

static const struct single singles[] = {
	{ "strb", 0, 0 }, { "ldrb", 0, 1 }, { "ldrsb x", 0, 2 }, { "ldrsb w", 0, 3 },
	{ "strh", 1, 0 }, { "ldrh", 1, 1 }, { "ldrsh x", 1, 2 }, { "ldrsh w", 1, 3 },
	{ "str w", 2, 0 }, { "ldr w", 2, 1 }, { "ldrsw", 2, 2 },
	{ "str x", 3, 0 }, { "ldr x", 3, 1 },
};

static u32 encode(const struct single *insn, u32 form, unsigned int rt)
{
	return (u32)insn->size << 30 | form | (u32)insn->opc << 22 | BASE << 5 | rt;
}

/* Runs it, with the base register at addr - ahead; the base is expected to move by step. */
static void run_single(const struct single *insn, u32 code, unsigned int rt, u64 addr, s64 ahead,
		       s64 step, unsigned int n)
{
	u64 val = value_of(insn->size, n), wanted, got;
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[BASE] = addr - ahead;
	before.x[INDEX] = ahead;
	if (!insn->opc && rt != 31)
		before.x[rt] = val | (insn->size < 3 ? before.x[rt] << (8 << insn->size) : 0);
	write_place(insn->size, addr, insn->opc ? val : ~val & bits_kept(insn->size));
	after = before;
	if (!check(!insn_run(code, &after, &trap), "%s (0x%08x): ESR 0x%lx", insn->name, code,
		   trap.cause))
		return;
	check(insn_changed(&before, &after, 1u << BASE | (rt < 31 ? 1u << rt : 0)) < 0,
	      "%s (0x%08x): register %d changed", insn->name, code,
	      insn_changed(&before, &after, 1u << BASE | (rt < 31 ? 1u << rt : 0)));
	if (rt != BASE)
		check(after.x[BASE] == addr - ahead + step, "%s (0x%08x): base moved by %ld",
		      insn->name, code, (long)(after.x[BASE] - (addr - ahead)));
	check(after.nzcv == before.nzcv, "%s: flags changed", insn->name);
	got = read_place(insn->size, addr);
	if (!insn->opc) {
		wanted = (rt == 31 ? 0 : before.x[rt]) & bits_kept(insn->size);
		check(got == wanted, "%s (0x%08x): 0x%lx, not 0x%lx", insn->name, code, got,
		      wanted);
	} else if (rt != 31) {
		wanted = extend(val, insn->size, insn->opc > 1, insn->opc == 2 || insn->size == 3);
		check(after.x[rt] == wanted, "%s (0x%08x): 0x%lx, not 0x%lx", insn->name, code,
		      after.x[rt], wanted);
	}
}

static void each_single(void (*fn)(const struct single *insn, unsigned int n))
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(singles) && !test_failed(); i++) {
		for (n = 0; n < 5 && has_place(singles[i].size); n++)
			fn(&singles[i], n);
	}
}

static void one_unsigned_offset(const struct single *insn, unsigned int n)
{
	s64 ahead = (4 * n) << insn->size;

	run_single(insn, encode(insn, 0x39000000 | 4 * n << 10, RT), RT, place(insn->size),
		   ahead, 0, n);
}

static void unsigned_offset(void)
{
	each_single(one_unsigned_offset);
}

static u32 imm9(s64 offset)
{
	return ((u32)offset & 0x1ff) << 12;
}

static void one_unscaled(const struct single *insn, unsigned int n)
{
	s64 ahead = (s64)n * 7 - 13;

	run_single(insn, encode(insn, 0x38000000 | imm9(ahead), RT), RT, place(insn->size),
		   ahead, 0, n);
}

static void unscaled(void)
{
	each_single(one_unscaled);
}

static void one_pre_indexed(const struct single *insn, unsigned int n)
{
	s64 ahead = n & 1 ? -256 : 255 - (s64)n;

	run_single(insn, encode(insn, 0x38000c00 | imm9(ahead), RT), RT, place(insn->size), ahead,
		   ahead, n);
}

static void pre_indexed(void)
{
	each_single(one_pre_indexed);
}

static void one_post_indexed(const struct single *insn, unsigned int n)
{
	s64 step = n & 1 ? -8 - (s64)n : 255;

	run_single(insn, encode(insn, 0x38000400 | imm9(step), RT), RT, place(insn->size), 0,
		   step, n);
}

static void post_indexed(void)
{
	each_single(one_post_indexed);
}

/* Index register in x: LSL, SXTX; offset as given, or scaled. */
static void one_register_offset(const struct single *insn, unsigned int n)
{
	static const u32 options[] = { 3, 7, 2, 6 };	/* LSL, SXTX, UXTW, SXTW */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		run_single(insn, encode(insn, 0x38200800 | INDEX << 16 | options[i] << 13, RT), RT,
			   place(insn->size), 0x40 * n, 0, n);
}

static void register_offset(void)
{
	each_single(one_register_offset);
}

/* LDTR and STTR act as EL0 would: through a mapping that EL0 may use. */
static void one_unprivileged(const struct single *insn, unsigned int n)
{
	run_single(insn, encode(insn, 0x38000800 | imm9(n), RT), RT,
		   user_device(place(insn->size)), n, 0, n);
}

static void unprivileged(void)
{
	each_single(one_unprivileged);
}

static void one_every_register(const struct single *insn, unsigned int n)
{
	unsigned int rt;

	for (rt = 0; rt < 32; rt++) {
		if (rt != BASE)
			run_single(insn, encode(insn, 0x39000000, rt), rt, place(insn->size), 0, 0,
				   n + rt);
	}
}

static void every_register(void)
{
	each_single(one_every_register);
}

/* With writeback and without syndrome. */
static void one_every_register_indexed(const struct single *insn, unsigned int n)
{
	unsigned int rt;

	for (rt = 0; rt < 32; rt++) {
		if (rt != BASE)
			run_single(insn, encode(insn, 0x38000400 | imm9(16), rt), rt,
				   place(insn->size), 0, 16, n + rt);
	}
}

static void every_register_indexed(void)
{
	each_single(one_every_register_indexed);
}

/* The base itself is loaded. */
static void one_base_loaded(const struct single *insn, unsigned int n)
{
	if (insn->opc)
		run_single(insn, encode(insn, 0x39000000, BASE), BASE, place(insn->size), 0, 0, n);
}

static void base_loaded(void)
{
	each_single(one_base_loaded);
}

/* SP as base: aligned to 16, and moved by writeback. */
static void stack_pointer_base(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 addr = priorities & ~15UL, sp;

	mmio_write32(addr, 0x10203040);
	insn_fill(&regs);
	sp = addr;
	regs.sp = sp;
	if (check(!insn_run(0xb9400000 | 31 << 5 | RT, &regs, &trap), "ldr: 0x%lx", trap.cause))
		check(regs.x[RT] == 0x10203040 && regs.sp == sp, "ldr: 0x%lx", regs.x[RT]);
	regs.sp = sp;
	if (check(!insn_run(0xb8400400 | imm9(32) | 31 << 5 | RT, &regs, &trap), "post: 0x%lx",
		  trap.cause))
		check(regs.x[RT] == 0x10203040 && regs.sp == sp + 32, "post: 0x%lx, SP by %ld",
		      regs.x[RT], (long)(regs.sp - sp));
	regs.sp = sp - 32;
	regs.x[RT] = 0x80706050;
	if (check(!insn_run(0xb8000c00 | imm9(32) | 31 << 5 | RT, &regs, &trap), "pre: 0x%lx",
		  trap.cause))
		check(mmio_read32(addr) == 0x80706050 && regs.sp == sp, "pre: 0x%x, SP by %ld",
		      mmio_read32(addr), (long)(regs.sp - sp));
}

/* --- ordered ones --- */

static void one_ordered(const struct single *insn, unsigned int n)
{
	if (insn->opc == STORE)
		run_single(insn, (u32)insn->size << 30 | 0x089ffc00 | BASE << 5 | RT, RT,
			   place(insn->size), 0, 0, n);
	else if (insn->opc == LOAD)
		run_single(insn, (u32)insn->size << 30 | 0x08dffc00 | BASE << 5 | RT, RT,
			   place(insn->size), 0, 0, n);
}

static void acquire_release(void)
{
	each_single(one_ordered);
}

static void one_acquire_pc(const struct single *insn, unsigned int n)
{
	if (insn->opc == LOAD)
		run_single(insn, (u32)insn->size << 30 | 0x38bfc000 | BASE << 5 | RT, RT,
			   place(insn->size), 0, 0, n);
}

static void one_acquire_unscaled(const struct single *insn, unsigned int n)
{
	run_single(insn, encode(insn, 0x19000000 | imm9(n), RT), RT, place(insn->size), n, 0, n);
}

#define LRCPC_FIELD	20	/* of ID_AA64ISAR1_EL1 */

static unsigned int lrcpc(void)
{
	u64 isar1;

	asm volatile("mrs %0, id_aa64isar1_el1" : "=r" (isar1));
	return isar1 >> LRCPC_FIELD & 0xf;
}

static void acquire_processor_consistent(void)
{
	if (!lrcpc()) {
		test_skip("no LDAPR");
		return;
	}
	each_single(one_acquire_pc);
	if (lrcpc() > 1)
		each_single(one_acquire_unscaled);
}

/* --- pairs --- */

struct pair {
	const char *name;
	u8 opc;		/* of the encoding */
	u8 size;
	bool load;
};

static const struct pair pairs[] = {
	{ "stp w", 0, 2, false }, { "ldp w", 0, 2, true }, { "ldpsw", 1, 2, true },
	{ "stp x", 2, 3, false }, { "ldp x", 2, 3, true },
};

static void run_pair(const struct pair *insn, unsigned int mode, unsigned int rt, unsigned int rt2,
		     unsigned int n)
{
	u64 one = value_of(insn->size, n), two = value_of(insn->size, n + 1);
	u64 addr = place(insn->size);
	s64 imm = mode ? (s64)n * 8 - 16 : 0, ahead = mode == POST ? 0 : imm;
	unsigned int width = 1 << insn->size;
	struct insn_regs before, after;
	struct trap_info trap;
	u32 code = (u32)insn->opc << 30 | 0x28000000 | mode << 23 | (u32)insn->load << 22 |
		   ((u32)(imm / (s64)width) & 0x7f) << 15 | rt2 << 10 | BASE << 5 | rt;
	bool sign = insn->opc == 1;

	insn_fill(&before);
	before.x[BASE] = addr - ahead;
	if (rt != 31)
		before.x[rt] = one;
	if (rt2 != 31)
		before.x[rt2] = two;
	write_place(insn->size, addr, insn->load ? two : 0);
	write_place(insn->size, addr + width, insn->load ? one : 0);
	after = before;
	if (!check(!insn_run(code, &after, &trap), "%s (0x%08x): ESR 0x%lx", insn->name, code,
		   trap.cause))
		return;
	check(after.x[BASE] == addr - ahead + (mode == POST || mode == PRE ? imm : 0),
	      "%s (0x%08x): base", insn->name, code);
	if (!insn->load) {
		check(read_place(insn->size, addr) == (rt == 31 ? 0 : one) &&
		      read_place(insn->size, addr + width) == (rt2 == 31 ? 0 : two),
		      "%s (0x%08x): stored 0x%lx 0x%lx", insn->name, code,
		      read_place(insn->size, addr), read_place(insn->size, addr + width));
		return;
	}
	if (rt != 31)
		check(after.x[rt] == extend(two, insn->size, sign, sign || width == 8),
		      "%s (0x%08x): first is 0x%lx", insn->name, code, after.x[rt]);
	if (rt2 != 31)
		check(after.x[rt2] == extend(one, insn->size, sign, sign || width == 8),
		      "%s (0x%08x): second is 0x%lx", insn->name, code, after.x[rt2]);
}

static void each_pair(unsigned int mode)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!has_place(pairs[i].size) || (!mode && pairs[i].opc == 1))
			continue;	/* LDPSW has no non-temporal form */
		if (arch_is_reference() && pairs[i].size < 3)
			continue;	/* which makes one access of two */
		for (n = 0; n < 5; n++) {
			run_pair(&pairs[i], mode, RT, RT2, n);
			run_pair(&pairs[i], mode, 31, RT2, n);
			run_pair(&pairs[i], mode, RT, 31, n);
		}
		for (n = 0; n < 30; n++) {
			if (n != BASE && n + 1 != BASE)
				run_pair(&pairs[i], mode, n, n + 1, n % 5);
		}
	}
}

static void pair_offset(void)
{
	each_pair(OFFSET);
}

static void pair_pre_indexed(void)
{
	each_pair(PRE);
}

static void pair_post_indexed(void)
{
	each_pair(POST);
}

static void pair_not_temporal(void)
{
	each_pair(0);
}

/* --- SIMD: what is loaded goes into the low bytes, the rest becomes zero --- */

static u64 quads[64] __aligned(16);

static void set_quads(u64 seed)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(quads); i++)
		quads[i] = random_next(&seed);
}

static bool run_simd(const char *name, u32 code, u64 base, s64 moved)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 state[2];

	insn_fill(&regs);
	regs.x[BASE] = base;
	fp_load(quads, 0, 0);
	if (!check(!insn_run(code, &regs, &trap), "%s (0x%08x): ESR 0x%lx", name, code,
		   trap.cause))
		return false;
	fp_store(quads, state);
	return check(regs.x[BASE] == base + moved, "%s (0x%08x): base moved by %ld", name, code,
		     (long)(regs.x[BASE] - base));
}

struct simd {
	const char *name;
	u8 size;	/* of the encoding */
	u8 opc;		/* load; one less: store */
	u8 place;	/* each doubleword of it is like a place of this size */
	u8 len;
};

static const struct simd simds[] = {
	{ "b", 0, 1, 0, 1 }, { "h", 1, 1, 1, 2 }, { "s", 2, 1, 2, 4 }, { "d", 3, 1, 3, 8 },
	{ "q", 0, 3, 3, 16 },
};

static u32 encode_simd(const struct simd *insn, u32 opc, u32 form, unsigned int rt)
{
	return (u32)insn->size << 30 | form | opc << 22 | BASE << 5 | rt;
}

static void simd_load(const struct simd *insn, u32 form, unsigned int rt, s64 moved)
{
	u64 addr = place(insn->place), one = value_of(insn->place, rt);
	u64 two = value_of(insn->place, rt + 1);

	write_place(insn->place, addr, one);
	if (insn->len == 16)
		write_place(insn->place, addr + 8, two);
	set_quads(rt);
	if (run_simd(insn->name, encode_simd(insn, insn->opc, form, rt), addr, moved))
		check(quads[2 * rt] == one && quads[2 * rt + 1] == (insn->len == 16 ? two : 0),
		      "load %s%u: 0x%lx 0x%lx", insn->name, rt, quads[2 * rt], quads[2 * rt + 1]);
}

static void simd_store(const struct simd *insn, u32 form, unsigned int rt, s64 moved)
{
	u64 addr = place(insn->place), one = value_of(insn->place, rt);
	u64 two = value_of(insn->place, rt + 1);

	write_place(insn->place, addr, 0);
	if (insn->len == 16)
		write_place(insn->place, addr + 8, 0);
	set_quads(rt);
	quads[2 * rt] = one;
	quads[2 * rt + 1] = two;
	if (!run_simd(insn->name, encode_simd(insn, insn->opc - 1u, form, rt), addr, moved))
		return;
	check(read_place(insn->place, addr) == one, "store %s%u: 0x%lx", insn->name, rt,
	      read_place(insn->place, addr));
	if (insn->len == 16)
		check(read_place(insn->place, addr + 8) == two, "store %s%u: upper half",
		      insn->name, rt);
}

static void each_simd(void (*fn)(const struct simd *insn, u32 form, unsigned int rt, s64 moved))
{
	unsigned int i, rt;

	arch_fp_on();
	for (i = 0; i < ARRAY_SIZE(simds); i++) {
		for (rt = 0; rt < 32 && has_place(simds[i].place); rt++) {
			fn(&simds[i], 0x3d000000, rt, 0);
			fn(&simds[i], 0x3c000400 | imm9(16), rt, 16);
			fn(&simds[i], 0x3c000400 | imm9(-32), rt, -32);
		}
	}
}

static void simd_loads(void)
{
	each_simd(simd_load);
}

static void simd_stores(void)
{
	each_simd(simd_store);
}

/* Pairs of S, D and Q; opc 0, 1, 2. */
static void simd_pair(unsigned int opc, unsigned int rt, bool load)
{
	unsigned int i, size = opc ? 3 : 2, words = opc == 2 ? 4 : 2, width = 1 << size;
	unsigned int each = words / 2, rt2 = rt ^ 1;
	u64 addr = place(size), got;
	u32 code = opc << 30 | 0x2c000000 | POST << 23 | (u32)load << 22 | 2 << 15 | rt2 << 10 |
		   BASE << 5 | rt;

	set_quads(rt);
	for (i = 0; i < words; i++) {
		write_place(size, addr + i * width, load ? value_of(size, i) : 0);
		if (!load)
			quads[2 * (i < each ? rt : rt2) + i % each] = value_of(size, i);
	}
	if (!run_simd("pair", code, addr, 2 * (opc == 0 ? 4 : opc == 1 ? 8 : 16)))
		return;
	for (i = 0; i < words; i++) {
		got = load ? quads[2 * (i < each ? rt : rt2) + i % each] :
			     read_place(size, addr + i * width);
		check(got == value_of(size, i), "0x%08x: word %u is 0x%lx", code, i, got);
	}
}

static void simd_pairs(void)
{
	unsigned int opc, rt;

	arch_fp_on();
	for (opc = 0; opc < 3; opc++) {
		for (rt = 0; rt < 32 && has_place(opc ? 3 : 2); rt++) {
			simd_pair(opc, rt, true);
			simd_pair(opc, rt, false);
		}
	}
}

/* --- what need not work: it does, or is an abort, and nothing else --- */

static const u32 doubtful[] = {
	0x885f7c00,	/* ldxr w0 */
	0x88007c00,	/* stxr w0, w0 */
	0x885ffc00,	/* ldaxr w0 */
	0x887f0400,	/* ldxp w0, w1 */
	0xb8200000,	/* ldadd w0, w0 */
	0xb8208000,	/* swp w0, w0 */
	0x88a07c00,	/* cas w0, w0 */
	0x0c407000,	/* ld1 {v0.8b} */
	0x0c007000,	/* st1 {v0.8b} */
	0x4c407000,	/* ld1 {v0.16b} */
	0x0d400000,	/* ld1 {v0.b}[0] */
	0x0d40c000,	/* ld1r {v0.8b} */
	0x0c400000,	/* ld4 {v0.8b-v3.8b} */
	0x0cdf7000,	/* ld1 {v0.8b}, post-indexed */
};

static void run_doubtful(u32 insn)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[BASE] = priorities;
	after = before;
	if (!insn_run((insn & ~(31u << 5)) | BASE << 5, &after, &trap))
		return;
	check(ESR_EC(trap.cause) == EC_DABORT || ESR_EC(trap.cause) == EC_UNKNOWN,
	      "0x%08x: ESR 0x%lx", insn, trap.cause);
	check(insn_changed(&before, &after, 0) < 0, "0x%08x: it traps and changes register %d",
	      insn, insn_changed(&before, &after, 0));
	check(trap.pc == insn_address(), "0x%08x: trap at 0x%lx", insn, trap.pc);
	if (ESR_EC(trap.cause) == EC_DABORT)
		check(trap.addr == priorities, "0x%08x: FAR 0x%lx", insn, trap.addr);
}

static void exclusive_and_vector(void)
{
	unsigned int i;

	arch_fp_on();
	for (i = 0; i < ARRAY_SIZE(doubtful); i++)
		run_doubtful(doubtful[i]);
}

/* Zeroing a block of a device is an alignment fault; emulators may take it for stores. */
static void dc_zva(void *arg)
{
	asm volatile("dc zva, %0" : : "r" (arg) : "memory");
}

static void cache_maintenance(void)
{
	struct trap_info trap;

	if (arch_try(dc_zva, (void *)priorities, &trap))
		check(ESR_EC(trap.cause) == EC_DABORT, "DC ZVA: ESR 0x%lx", trap.cause);
	asm volatile("dc civac, %0" : : "r" (priorities) : "memory");
	asm volatile("dc cvac, %0" : : "r" (priorities) : "memory");
	asm volatile("ic ivau, %0" : : "r" (priorities) : "memory");
	asm volatile("dsb sy\n\tisb" ::: "memory");
}

static void prefetch(void)
{
	asm volatile("prfm pldl1keep, [%0]" : : "r" (priorities));
	asm volatile("prfm pstl1keep, [%0]" : : "r" (priorities));
	asm volatile("prfm plil1keep, [%0]" : : "r" (priorities));
}

/* Device memory has to be accessed aligned: B2.13.2. */
static void unaligned(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	if (arch_is_reference()) {
		test_skip("the reference splits them");
		return;
	}
	insn_fill(&regs);
	regs.x[BASE] = priorities + 1;
	if (check(insn_run(0xb9400000 | BASE << 5 | RT, &regs, &trap), "it works"))
		check(ESR_EC(trap.cause) == EC_DABORT && ABORT_FSC(trap.cause) == FSC_ALIGNMENT,
		      "ESR 0x%lx", trap.cause);
}

static const struct test_case cases[] = {
	{ "unsigned_offset", unsigned_offset },
	{ "unscaled", unscaled },
	{ "pre_indexed", pre_indexed },
	{ "post_indexed", post_indexed },
	{ "register_offset", register_offset },
	{ "unprivileged", unprivileged },
	{ "every_register", every_register },
	{ "every_register_indexed", every_register_indexed },
	{ "base_loaded", base_loaded },
	{ "stack_pointer_base", stack_pointer_base },
	{ "acquire_release", acquire_release },
	{ "acquire_processor_consistent", acquire_processor_consistent },
	{ "pair_offset", pair_offset },
	{ "pair_pre_indexed", pair_pre_indexed },
	{ "pair_post_indexed", pair_post_indexed },
	{ "pair_not_temporal", pair_not_temporal },
	{ "simd_loads", simd_loads },
	{ "simd_stores", simd_stores },
	{ "simd_pairs", simd_pairs },
	{ "exclusive_and_vector", exclusive_and_vector },
	{ "cache_maintenance", cache_maintenance },
	{ "prefetch", prefetch },
	{ "unaligned", unaligned },
};

void guest_main(void)
{
	if (!pl011_base())
		test_abort("no PL011");
	priorities = gicd_base() + GICD_IPRIORITYR + FIRST_SPI;
	if (gic_version() == 3)
		routes = gicd_base() + GICD_IROUTER + 8 * FIRST_SPI;
	test_run(cases, ARRAY_SIZE(cases));
}
