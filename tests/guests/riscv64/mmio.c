// SPDX-License-Identifier: GPL-2.0
/*
 * Every instruction that can reach a device, with every register: the value
 * arrives, nothing else changes, and what a device does not take is an access
 * fault. RISC-V Unprivileged Architecture: RV64I, "A", "F", "D", "C", "Zcb".
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

const char *const guest_name = "mmio";

#define SECOND		1000000

/* A byte (UART scratch) and a word (clock's upper alarm half) that keep what is written. */
#define BYTE_REG	(uart_base() + 7)
#define WORD_REG	(rtc_base() + 0xc)
#define WORD_PAIR	(WORD_REG - 4)

#define OP_AMO		0x2f
#define OP_FLOAD	0x07
#define OP_FSTORE	0x27

struct form {
	const char *name;
	unsigned int f3;
	unsigned int len;
	bool is_signed;
};

static const struct form loads[] = {
	{ "lb", 0, 1, true }, { "lbu", 4, 1, false }, { "lh", 1, 2, true }, { "lhu", 5, 2, false },
	{ "lw", 2, 4, true }, { "lwu", 6, 4, false }, { "ld", 3, 8, false },
};

static const struct form stores[] = {
	{ "sb", 0, 1, false }, { "sh", 1, 2, false }, { "sw", 2, 4, false }, { "sd", 3, 8, false },
};

static const u32 values[] = {
	0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xdeadbeef, ~0u,
};

static u64 reg_of(unsigned int len)
{
	return len == 1 ? BYTE_REG : WORD_REG;
}

static u32 get_value(unsigned int len)
{
	return len == 1 ? mmio_read8(BYTE_REG) : mmio_read32(WORD_REG);
}

static void set_value(unsigned int len, u32 val)
{
	if (len == 1)
		mmio_write8(BYTE_REG, val);
	else
		mmio_write32(WORD_REG, val);
}

static u64 extend(u64 val, const struct form *form)
{
	unsigned int shift = 64 - 8 * form->len;

	val <<= shift;
	return form->is_signed ? (u64)((s64)val >> shift) : val >> shift;
}

static void load_once(const struct form *form, unsigned int rd, unsigned int rs1, int imm, u32 val)
{
	struct insn_regs before, after;
	struct trap_info trap;
	unsigned int other;

	set_value(form->len, val);
	insn_fill(&before);
	before.x[rs1] = reg_of(form->len) - imm;
	after = before;
	if (!check(!insn_run(INSN_LOAD(form->f3, rd, rs1, imm), &after, &trap),
		   "%s x%u, %d(x%u): trap %lu", form->name, rd, imm, rs1, trap.cause))
		return;
	if (rd)
		check(after.x[rd] == extend(val, form), "%s x%u of 0x%x gives 0x%lx", form->name,
		      rd, val, after.x[rd]);
	other = insn_changed(&before, &after, rd);
	check(!other, "%s x%u changes x%u", form->name, rd, other);
}

static void load_all(const struct form *form)
{
	unsigned int i, rd;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (rd = 0; rd < 32 && !test_failed(); rd++) {
			load_once(form, rd, 1 + (rd * 7 + i) % 31, 0, values[i]);
			load_once(form, rd, 1 + (rd + i) % 31, (int)(rd * 131 + i) % 4096 - 2048,
				  values[i]);
		}
	}
	for (rd = 1; rd < 32; rd++)
		load_once(form, rd, rd, 8, values[7]);
}

static void byte_loads(void)
{
	load_all(&loads[0]);
	load_all(&loads[1]);
}

static void word_loads(void)
{
	load_all(&loads[4]);
	load_all(&loads[5]);
}

static void store_once(const struct form *form, unsigned int rs2, unsigned int rs1, int imm)
{
	struct insn_regs before, after;
	struct trap_info trap;
	struct form zero_extend = { .len = form->len };
	u64 wanted;

	insn_fill(&before);
	before.x[0] = 0;
	before.x[rs1] = reg_of(form->len) - imm;
	after = before;
	wanted = extend(before.x[rs2], &zero_extend);
	set_value(form->len, ~wanted);
	if (!check(!insn_run(INSN_STORE(form->f3, rs1, rs2, imm), &after, &trap),
		   "%s x%u, %d(x%u): trap %lu", form->name, rs2, imm, rs1, trap.cause))
		return;
	check(get_value(form->len) == wanted, "%s x%u of 0x%lx stores 0x%x", form->name, rs2,
	      wanted, get_value(form->len));
	check(!insn_changed(&before, &after, 0), "%s x%u changes a register", form->name, rs2);
}

static void store_all(const struct form *form)
{
	unsigned int rs2, i;

	for (rs2 = 0; rs2 < 32 && !test_failed(); rs2++) {
		for (i = 0; i < 4; i++)
			store_once(form, rs2, 1 + (rs2 * 5 + i * 9) % 31,
				   i ? (int)(rs2 * 113 + i * 77) % 4096 - 2048 : 0);
	}
}

static void byte_stores(void)
{
	store_all(&stores[0]);
}

static void word_stores(void)
{
	store_all(&stores[2]);
}

/* A compressed instruction is two bytes: the one behind it must run, too. */
#define C_ADDI_S1_1	0x0485u
#define REG_S1		9

static u32 c_lw(unsigned int rd, unsigned int rs1, unsigned int imm)
{
	return 0x4000 | (imm >> 3 & 7) << 10 | rs1 << 7 | (imm >> 2 & 1) << 6 |
	       (imm >> 6 & 1) << 5 | rd << 2;
}

static u32 c_ld(unsigned int rd, unsigned int rs1, unsigned int imm)
{
	return 0x6000 | (imm >> 3 & 7) << 10 | rs1 << 7 | (imm >> 6 & 3) << 5 | rd << 2;
}

static u32 c_lwsp(unsigned int rd, unsigned int imm)
{
	return 0x4002 | (imm >> 5 & 1) << 12 | rd << 7 | (imm >> 2 & 7) << 4 | (imm >> 6 & 3) << 2;
}

static u32 c_ldsp(unsigned int rd, unsigned int imm)
{
	return 0x6002 | (imm >> 5 & 1) << 12 | rd << 7 | (imm >> 3 & 3) << 5 | (imm >> 6 & 7) << 2;
}

static u32 c_swsp(unsigned int rs2, unsigned int imm)
{
	return 0xc002 | (imm >> 2 & 15) << 9 | (imm >> 6 & 3) << 7 | rs2 << 2;
}

static u32 c_sdsp(unsigned int rs2, unsigned int imm)
{
	return 0xe002 | (imm >> 3 & 7) << 10 | (imm >> 6 & 7) << 7 | rs2 << 2;
}

#define C_STORE		0x8000u	/* what makes a store of c.lw and c.ld */

/* Word load or store through insn; rd or rs2 is reg, the address comes from base. */
static void compressed_word(u32 insn, unsigned int reg, unsigned int base, unsigned int imm,
			    bool store)
{
	struct insn_regs before, after;
	struct trap_info trap;
	u32 val = 0x80000000 | insn;
	u64 wanted;

	insn_fill(&before);
	before.x[base] = WORD_REG - imm;
	before.x[REG_S1] = base == REG_S1 ? before.x[REG_S1] : 0x1000;
	after = before;
	set_value(4, val);
	if (!check(!insn_run(insn | C_ADDI_S1_1 << 16, &after, &trap), "0x%04x: trap %lu", insn,
		   trap.cause))
		return;
	wanted = before.x[REG_S1] + 1;
	if (!store && reg == REG_S1)
		wanted = (u64)(s64)(s32)val + 1;
	check(after.x[REG_S1] == wanted, "0x%04x: the next instruction did not run", insn);
	if (!store && reg != REG_S1)
		check(after.x[reg] == (u64)(s64)(s32)val, "0x%04x loads 0x%lx", insn, after.x[reg]);
	if (store)
		check(get_value(4) == (u32)before.x[reg], "0x%04x stores 0x%x", insn, get_value(4));
	before.x[REG_S1] = after.x[REG_S1];
	check(!insn_changed(&before, &after, store ? 0 : reg), "0x%04x changes a register", insn);
}

static void compressed_words(void)
{
	unsigned int reg, imm, base;

	for (reg = 0; reg < 8 && !test_failed(); reg++) {
		for (imm = 0; imm < 128; imm += 4) {
			base = (reg + imm / 4) % 8;
			compressed_word(c_lw(reg, base, imm), reg + 8, base + 8, imm, false);
			compressed_word(c_lw(reg, base, imm) | C_STORE, reg + 8, base + 8, imm,
					true);
		}
	}
}

static void compressed_stack_words(void)
{
	unsigned int reg, imm;

	for (reg = 1; reg < 32 && !test_failed(); reg++) {
		for (imm = 0; imm < 256; imm += 12) {
			compressed_word(c_lwsp(reg, imm), reg, 2, imm, false);
			compressed_word(c_swsp(reg, imm), reg, 2, imm, true);
		}
	}
}

static bool is_access_fault(const struct trap_info *trap, bool store)
{
	return trap->cause == (store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS);
}

/*
 * An access that a device refuses. The emulated board may take it; axvm's
 * devices must not, and say so by an access fault at that address with all
 * registers as they were.
 */
static void refused(const char *name, u32 insn, u64 addr, bool store)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[10] = addr;
	before.x[2] = addr;
	after = before;
	if (!insn_run(insn, &after, &trap)) {
		check(arch_is_reference(), "%s at 0x%lx does not trap", name, addr);
		return;
	}
	check(is_access_fault(&trap, store), "%s at 0x%lx: cause %lu", name, addr, trap.cause);
	check(trap.addr == addr, "%s at 0x%lx: stval 0x%lx", name, addr, trap.addr);
	check(!insn_changed(&before, &after, 0), "%s changes a register", name);
}

/* In loopback, so that nothing comes out where a UART takes wide stores. */
static void wrong_widths(void)
{
	unsigned int i;

	arch_uart_write(4, 0x10);
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		if (loads[i].len != 1)
			refused(loads[i].name, INSN_LOAD(loads[i].f3, 11, 10, 0), uart_base(),
				false);
		if (loads[i].len != 4)
			refused(loads[i].name, INSN_LOAD(loads[i].f3, 11, 10, 0), WORD_PAIR, false);
	}
	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		if (stores[i].len != 1)
			refused(stores[i].name, INSN_STORE(stores[i].f3, 10, 11, 0), uart_base(),
				true);
		if (stores[i].len != 4)
			refused(stores[i].name, INSN_STORE(stores[i].f3, 10, 11, 0), WORD_PAIR,
				true);
	}
	arch_uart_write(4, 0);
}

static void wide_compressed(void)
{
	refused("c.ld", c_ld(3, 2, 0), WORD_PAIR, false);
	refused("c.sd", c_ld(3, 2, 0) | C_STORE, WORD_PAIR, true);
	refused("c.ldsp", c_ldsp(11, 0), WORD_PAIR, false);
	refused("c.sdsp", c_sdsp(11, 0), WORD_PAIR, true);
}

/* Misaligned accesses may also be told as such. */
static void misaligned_once(const char *name, u32 insn, u64 addr, bool store)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[10] = addr;
	after = before;
	if (!insn_run(insn, &after, &trap)) {
		check(arch_is_reference(), "%s at 0x%lx does not trap", name, addr);
		return;
	}
	check(is_access_fault(&trap, store) ||
	      trap.cause == (store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED),
	      "%s at 0x%lx: cause %lu", name, addr, trap.cause);
	check(!insn_changed(&before, &after, 0), "%s changes a register", name);
}

static void misaligned(void)
{
	unsigned int i, offset;

	for (offset = 1; offset < 8; offset++) {
		for (i = 0; i < ARRAY_SIZE(loads); i++) {
			if (offset % loads[i].len)
				misaligned_once(loads[i].name, INSN_LOAD(loads[i].f3, 11, 10, 0),
						WORD_PAIR + offset, false);
		}
		for (i = 0; i < ARRAY_SIZE(stores); i++) {
			if (offset % stores[i].len)
				misaligned_once(stores[i].name, INSN_STORE(stores[i].f3, 10, 11, 0),
						WORD_PAIR + offset, true);
		}
	}
}

static u32 amo(unsigned int f5, unsigned int f3, unsigned int rs2)
{
	return INSN_R(OP_AMO, f3, f5 << 2, 12, 10, rs2);
}

static void atomics(void)
{
	static const unsigned int ops[] = { 0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		refused("amo.w", amo(ops[i], 2, 11), WORD_REG, true);
	refused("amo.d", amo(0, 3, 11), WORD_PAIR, true);
	refused("lr.w", amo(2, 2, 0), WORD_REG, false);
	refused("lr.d", amo(2, 3, 0), WORD_PAIR, false);
}

/* Without a reservation it may fail without an access. */
static void store_conditional(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.x[10] = WORD_REG;
	set_value(4, 0x1234);
	if (insn_run(amo(3, 2, 11), &regs, &trap))
		check(is_access_fault(&trap, true), "cause %lu", trap.cause);
	else
		check(regs.x[12], "it succeeded");
	check(get_value(4) == 0x1234, "it stored");
}

/* Devices may refuse floating-point accesses; if they do not, the value must be right. */
static void float_load(const char *name, u32 insn, u64 addr, u64 wanted)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 fregs[32];

	arch_fp_fill(insn);
	insn_fill(&regs);
	regs.x[10] = addr;
	if (insn_run(insn, &regs, &trap)) {
		check(is_access_fault(&trap, false), "%s: cause %lu", name, trap.cause);
		check(!arch_fp_compare(insn), "%s: a trap changed registers", name);
		return;
	}
	fp_store(fregs);
	check(fregs[11] == wanted, "%s loads 0x%lx", name, fregs[11]);
}

static void float_store(const char *name, u32 insn, u64 addr)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 fregs[32];

	arch_fp_fill(insn);
	fp_store(fregs);
	insn_fill(&regs);
	regs.x[10] = addr;
	set_value(4, 0x55aa55aa);
	if (insn_run(insn, &regs, &trap)) {
		check(is_access_fault(&trap, true), "%s: cause %lu", name, trap.cause);
		check(get_value(4) == 0x55aa55aa, "%s: refused, but stored", name);
	} else if (addr == WORD_REG) {
		check(get_value(4) == (u32)fregs[11], "%s stores 0x%x", name, get_value(4));
	}
	check(!arch_fp_compare(insn), "%s changed a register", name);
}

static void floating_point(void)
{
	u64 wide;

	arch_fp_on();
	mmio_write32(WORD_PAIR, 0x11112222);
	set_value(4, 0xdeadbeef);
	wide = (u64)mmio_read32(WORD_REG) << 32 | mmio_read32(WORD_PAIR);
	float_load("flw", INSN_I(OP_FLOAD, 2, 11, 10, 0), WORD_REG, 0xffffffffdeadbeef);
	float_load("fld", INSN_I(OP_FLOAD, 3, 11, 10, 0), WORD_PAIR, wide);
	float_load("c.fld", 0x2000 | 2 << 7 | 3 << 2, WORD_PAIR, wide);
	float_store("fsw", insn_s(OP_FSTORE, 2, 10, 11, 0), WORD_REG);
	float_store("fsd", insn_s(OP_FSTORE, 3, 10, 11, 0), WORD_PAIR);
	float_store("c.fsd", 0xa000 | 2 << 7 | 3 << 2, WORD_PAIR);
}

static void floating_point_off(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	csr_clear(CSR_SSTATUS, SSTATUS_FS);
	regs.x[10] = WORD_REG;
	check(insn_run(INSN_I(OP_FLOAD, 2, 11, 10, 0), &regs, &trap) &&
	      trap.cause == CAUSE_ILLEGAL, "no illegal instruction");
}

#define C_LBU_A1_A0	(0x8000u | 2 << 7 | 3 << 2)

static void zcb_once(const char *name, u32 insn, u32 val, u64 wanted)
{
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.x[10] = BYTE_REG;
	set_value(1, val);
	if (check(!insn_run(insn, &regs, &trap), "%s: trap %lu", name, trap.cause))
		check(regs.x[11] == wanted, "%s gives 0x%lx", name, regs.x[11]);
}

/* A guest may use what the CPU has, announced or not. */
static bool has_zcb(void)
{
	struct insn_regs regs = { .x[10] = (u64)loads };
	struct trap_info trap;

	return !insn_run(C_LBU_A1_A0, &regs, &trap);
}

static void zcb(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	if (!has_zcb()) {
		test_skip("no Zcb");
		return;
	}
	zcb_once("c.lbu", C_LBU_A1_A0, 0x9c, 0x9c);
	insn_fill(&regs);
	regs.x[10] = BYTE_REG;
	check(!insn_run(0x8800 | 2 << 7 | 3 << 2, &regs, &trap), "c.sb: trap %lu", trap.cause);
	check(get_value(1) == (u8)regs.x[11], "c.sb stores 0x%x", get_value(1));
	refused("c.lhu", 0x8400 | 2 << 7 | 3 << 2, WORD_PAIR, false);
	refused("c.lh", 0x8440 | 2 << 7 | 3 << 2, WORD_PAIR, false);
	refused("c.sh", 0x8c00 | 2 << 7 | 3 << 2, WORD_PAIR, true);
}

/* Accesses while a timer interrupts: neither disturbs the other. */
static void under_interrupts(void)
{
	u64 ticks = arch_timer_count(arch_cpu_self());
	unsigned int i;

	arch_irq_on();
	for (i = 0; i < 5000 && !test_failed(); i++) {
		if (i % 8 == 0)
			arch_timer_set(arch_time() + time_from_us(i % 64));
		set_value(1, i);
		check(get_value(1) == (u8)i, "round %u: 0x%x", i, get_value(1));
	}
	arch_timer_stop();
	arch_irq_off();
	check(arch_timer_count(arch_cpu_self()) > ticks, "no interrupt came");
}

static u64 workers_done;

static void use_threshold(void *arg)
{
	u32 reg = PLIC_THRESHOLD(plic_context(arch_cpu_self()));
	unsigned int i;

	for (i = 0; i < 2000 && !test_failed(); i++) {
		plic_write(reg, i & 7);
		check(plic_read(reg) == (i & 7), "CPU %u: 0x%x for 0x%x", arch_cpu_self(),
		      plic_read(reg), i & 7);
	}
	add_shared(&workers_done, 1);
}

static void from_all_cpus(void)
{
	unsigned int i, cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, use_threshold, NULL), "no CPU %u", cpu);
	}
	for (i = 0; i < 2000 && !test_failed(); i++) {
		set_value(1, i);
		check(get_value(1) == (u8)i, "round %u: 0x%x", i, get_value(1));
	}
	check(wait_for(&workers_done, arch_cpu_count() - 1, 60 * SECOND), "%lu CPUs ended",
	      workers_done);
}

static const struct test_case cases[] = {
	{ "byte_loads", byte_loads },
	{ "word_loads", word_loads },
	{ "byte_stores", byte_stores },
	{ "word_stores", word_stores },
	{ "compressed_words", compressed_words },
	{ "compressed_stack_words", compressed_stack_words },
	{ "wrong_widths", wrong_widths },
	{ "wide_compressed", wide_compressed },
	{ "misaligned", misaligned },
	{ "atomics", atomics },
	{ "store_conditional", store_conditional },
	{ "floating_point", floating_point },
	{ "floating_point_off", floating_point_off },
	{ "zcb", zcb },
	{ "under_interrupts", under_interrupts },
	{ "from_all_cpus", from_all_cpus },
};

void guest_main(void)
{
	if (!uart_base() || !rtc_base())
		test_abort("no UART or no clock");
	test_run(cases, ARRAY_SIZE(cases));
}
