// SPDX-License-Identifier: GPL-2.0
/*
 * Debug exceptions: single steps, breakpoints on code and data, and what DR6
 * says then. SDM 3, 18.2 and 18.3; APM 2, 13.1.
 */
#include "cpu.h"

const char *const guest_name = "debug";

#define SECOND		1000000
#define DR6_FIXED	0xffff0ff0UL
#define DR6_BD		BIT(13)
#define DR6_BS		BIT(14)
#define DR6_CAUSES	(DR6_BS | DR6_BD | 0xf)
#define DR7_FIXED	BIT(10)
#define DR7_GD		BIT(13)
#define DR7_ON(n)	BIT(2 * (n) + 1)
#define DR7_KIND(n, rw, len)	((u64)((rw) | ((len) - 1) << 2) << (16 + 4 * (n)))
#define ON_CODE		0
#define ON_WRITE	1
#define ON_PORT		2
#define ON_ACCESS	3
#define LEN_8		3	/* as it is coded: 2 */
#define PORT_DELAY	0x80

static u64 words[64] __aligned(64);
static u8 stack[4096] __aligned(16);

static void set_registers(struct insn_regs *regs)
{
	insn_fill(regs);
	regs->r[RAX] = 0;
	regs->r[RCX] = MSR_APIC_BASE;
	regs->r[RDX] = PORT_DELAY;
	regs->r[RSI] = (u64)words;
	regs->r[RDI] = ioapic_base();
	regs->r[RSP] = (u64)stack + sizeof(stack) / 2;
	regs->r[R8] = read_cr0();
	regs->r[R9] = read_cr4();
	regs->r[R10] = SEL_DATA;
}

static void begin(void)
{
	write_dr7(DR7_FIXED);
	/* B0 to B3 may also tell breakpoints that are off. */
	write_dr0(0);
	write_dr1(0);
	write_dr2(0);
	write_dr3(0);
	write_dr6(DR6_FIXED);
}

static void expect_db(const char *name, const struct insn *insn, struct insn_regs *regs,
		      unsigned int offset, u64 causes)
{
	struct trap_info trap;
	bool trapped = insn_run(insn, regs, &trap);

	write_dr7(DR7_FIXED);
	if (!check(trapped, "%s: no exception", name))
		return;
	check(trap.cause == VEC_DB, "%s: trap %lu", name, trap.cause);
	check(trap.pc == (insn->where ? insn->where : insn_place()) + offset, "%s: at 0x%lx", name,
	      trap.pc);
	check((read_dr6() & DR6_CAUSES) == causes, "%s: DR6 0x%lx", name, read_dr6());
	check((read_dr6() & ~DR6_CAUSES & 0xffffffff) == DR6_FIXED, "%s: DR6 0x%lx", name,
	      read_dr6());
	write_dr6(DR6_FIXED);
}

static void expect_none(const char *name, const struct insn *insn, struct insn_regs *regs)
{
	struct trap_info trap;
	bool trapped = insn_run(insn, regs, &trap);

	write_dr7(DR7_FIXED);
	check(!trapped, "%s: trap %lu at %lu", name, trap.cause, trap.pc - insn_place());
	write_dr6(DR6_FIXED);
}

enum vendor { ANY, AMD, INTEL };

struct code_case {
	const char *name;
	u8 code[8];
	u8 len;
	enum vendor vendor;	/* the only one whose hypervisors know the instruction */
};

#define INSTRUCTION(name, ...)						\
	{ name, { __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), ANY }

/* Those that axvm emulates among them. */
static const struct code_case instructions[] = {
	INSTRUCTION("nop", 0x90),
	INSTRUCTION("store", 0x89, MODRM(0, RAX, RSI)),
	INSTRUCTION("cpuid", 0x0f, 0xa2),
	INSTRUCTION("rdmsr", 0x0f, 0x32),
	INSTRUCTION("rdtsc", 0x0f, 0x31),
	INSTRUCTION("in", 0xec),
	INSTRUCTION("out", 0xe6, PORT_DELAY),
	INSTRUCTION("device load", 0x8b, MODRM(0, RAX, RDI)),
	INSTRUCTION("device store", 0x89, MODRM(0, RAX, RDI)),
	INSTRUCTION("device add", 0x01, MODRM(0, RAX, RDI)),
	INSTRUCTION("mov to cr0", 0x41, 0x0f, 0x22, MODRM(3, 0, R8)),
	INSTRUCTION("mov to cr4", 0x41, 0x0f, 0x22, MODRM(3, 4, R9)),
	INSTRUCTION("mov from cr0", 0x0f, 0x20, MODRM(3, 0, RAX)),
	INSTRUCTION("mov to cr8", 0x44, 0x0f, 0x22, MODRM(3, 0, RAX)),
	INSTRUCTION("mov from dr0", 0x0f, 0x21, MODRM(3, 0, RAX)),
	INSTRUCTION("clts", 0x0f, 0x06),
	INSTRUCTION("smsw", 0x0f, 0x01, MODRM(3, 4, RAX)),
	INSTRUCTION("wbinvd", 0x0f, 0x09),
	INSTRUCTION("invlpg", 0x0f, 0x01, MODRM(0, 7, RSI)),
	{ "vmmcall", { 0x0f, 0x01, 0xd9 }, 3, AMD },
	{ "vmcall", { 0x0f, 0x01, 0xc1 }, 3, INTEL },
};

static bool is_there(const struct code_case *c)
{
	if (c->vendor == ANY)
		return true;
	return !arch_is_reference() && (c->vendor == INTEL) == cpu_is_intel();
}

static void single_step(void)
{
	struct insn_regs regs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct code_case *c = &instructions[i];
		struct insn insn = { .code = c->code, .len = c->len };

		if (!is_there(c))
			continue;
		begin();
		set_registers(&regs);
		regs.rflags |= RFLAGS_TF;
		expect_db(c->name, &insn, &regs, c->len, DR6_BS);
		check(regs.rflags & RFLAGS_TF, "%s: TF is gone", c->name);
	}
}

/* Not between MOV SS and what follows, nor before POPF has done its work. */
static void step_later(void)
{
	struct insn_regs regs;

	begin();
	set_registers(&regs);
	regs.rflags |= RFLAGS_TF;
	expect_db("mov ss", INSN(0x41, 0x8e, MODRM(3, 2, R10), 0x90), &regs, 4, DR6_BS);
	set_registers(&regs);
	*(u64 *)regs.r[RSP] = RFLAGS_FIXED | RFLAGS_TF;
	expect_db("popf", INSN(0x9d, 0x90, 0x90), &regs, 2, DR6_BS);
	set_registers(&regs);
	regs.rflags |= RFLAGS_TF;
	expect_db("mov ss and cpuid", INSN(0x41, 0x8e, MODRM(3, 2, R10), 0x0f, 0xa2), &regs, 5,
		  DR6_BS);
}

/* It stops before the instruction; with RF it does not, and RF is gone behind it. */
static void code_breakpoint(void)
{
	struct insn_regs regs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct code_case *c = &instructions[i];
		struct insn insn = { .code = c->code, .len = c->len };
		struct code behind = { .len = c->len };

		if (!is_there(c))
			continue;
		memcpy(behind.bytes, c->code, c->len);
		code_put(&behind, 0x90);
		begin();
		write_dr0(insn_place());
		write_dr7(DR7_FIXED | DR7_ON(0));
		set_registers(&regs);
		expect_db(c->name, &insn, &regs, 0, 1);
		write_dr7(DR7_FIXED | DR7_ON(0));
		set_registers(&regs);
		regs.rflags |= RFLAGS_RF;
		expect_none(c->name, &insn, &regs);
		write_dr3(insn_place() + c->len);
		write_dr7(DR7_FIXED | DR7_ON(0) | DR7_ON(3));
		set_registers(&regs);
		regs.rflags |= RFLAGS_RF;
		insn = (struct insn){ .code = behind.bytes, .len = behind.len };
		expect_db(c->name, &insn, &regs, c->len, BIT(3));
	}
}

static void user_breakpoint(void)
{
	struct insn insn = { .code = (const u8[]){ 0x90, 0x90 }, .len = 2,
			     .cs = SEL_USER_CODE64 | 3 };
	struct insn_regs regs;

	begin();
	write_dr1(insn_place() + 1);
	write_dr7(DR7_FIXED | DR7_ON(1));
	set_registers(&regs);
	expect_db("breakpoint", &insn, &regs, 1, BIT(1));
	begin();
	set_registers(&regs);
	regs.rflags |= RFLAGS_TF;
	expect_db("step", &insn, &regs, 1, DR6_BS);
}

static void watch(unsigned int n, unsigned int rw, unsigned int len, const void *at)
{
	static void (*const write[])(u64 val) = { write_dr0, write_dr1, write_dr2, write_dr3 };

	begin();
	write[n]((u64)at);
	write_dr7(DR7_FIXED | DR7_ON(n) | DR7_KIND(n, rw, len == 8 ? LEN_8 : len));
}

static void data_breakpoint(void)
{
	static const u8 lens[] = { 1, 2, 4, 8 };
	const struct insn *store = INSN(0x88, MODRM(0, RAX, RSI));
	const struct insn *load = INSN(0x8a, MODRM(0, RAX, RSI));
	struct insn_regs regs;
	unsigned int i, n, at;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		n = i % 4;
		for (at = 0; at < lens[i]; at++) {
			set_registers(&regs);
			regs.r[RSI] = (u64)&words[2] + at;
			watch(n, ON_WRITE, lens[i], &words[2]);
			expect_db("store", store, &regs, 2, BIT(n));
			set_registers(&regs);
			regs.r[RSI] = (u64)&words[2] + at;
			watch(n, ON_ACCESS, lens[i], &words[2]);
			expect_db("load", load, &regs, 2, BIT(n));
			set_registers(&regs);
			regs.r[RSI] = (u64)&words[2] + at;
			watch(n, ON_WRITE, lens[i], &words[2]);
			expect_none("load of what is watched for stores", load, &regs);
		}
		set_registers(&regs);
		regs.r[RSI] = (u64)&words[2] + lens[i];
		watch(n, ON_ACCESS, lens[i], &words[2]);
		expect_none("store behind it", store, &regs);
		set_registers(&regs);
		regs.r[RSI] = (u64)&words[2] - 1;
		watch(n, ON_ACCESS, lens[i], &words[2]);
		expect_none("store before it", store, &regs);
	}
}

/* The instruction is over, and TF is another reason. */
static void two_reasons(void)
{
	struct insn_regs regs;

	if (emulator_differs("makes two exceptions of them"))
		return;
	set_registers(&regs);
	regs.r[RAX] = 0x1234;
	words[0] = 0;
	watch(2, ON_WRITE, 4, words);
	regs.rflags |= RFLAGS_TF;
	expect_db("store", INSN(0x89, MODRM(0, RAX, RSI)), &regs, 2, BIT(2) | DR6_BS);
	check(words[0] == 0x1234, "0x%lx was stored", words[0]);
}

static void watch_port(unsigned int n, u16 port, unsigned int len)
{
	watch(n, ON_PORT, len, (void *)(u64)port);
}

/* Those that axvm serves among them: all. */
static void port_breakpoint(void)
{
	u64 cr4 = read_cr4();
	struct insn_regs regs;

	write_cr4(cr4 | CR4_DE);
	watch_port(0, PORT_DELAY, 1);
	set_registers(&regs);
	expect_db("out", INSN(0xe6, PORT_DELAY), &regs, 2, 1);
	watch_port(3, PORT_DELAY, 1);
	set_registers(&regs);
	expect_db("in", INSN(0xec), &regs, 1, BIT(3));
	watch_port(1, PORT_DELAY, 1);
	set_registers(&regs);
	expect_none("another port", INSN(0xe4, PORT_DELAY + 1), &regs);
	write_cr4(cr4);
}

/* A wide access and a wide breakpoint, and each iteration of a string. */
static void port_breakpoint_wide(void)
{
	const struct insn *outs = INSN(0xf3, 0x6e);
	u64 cr4 = read_cr4();
	struct insn_regs regs;

	if (reference_differs("compares the first port alone"))
		return;
	write_cr4(cr4 | CR4_DE);
	watch_port(2, PORT_DELAY + 2, 1);
	set_registers(&regs);
	expect_db("in of 4", INSN(0xed), &regs, 1, BIT(2));
	watch_port(2, PORT_DELAY, 4);
	set_registers(&regs);
	expect_db("in of the last of 4", INSN(0xe4, PORT_DELAY + 3), &regs, 2, BIT(2));
	watch_port(2, PORT_DELAY, 1);
	set_registers(&regs);
	regs.r[RCX] = 2;
	expect_db("outs", outs, &regs, 0, BIT(2));
	check(regs.r[RCX] == 1, "%lu to go", regs.r[RCX]);
	watch_port(2, PORT_DELAY, 1);
	expect_db("outs, the last", outs, &regs, 2, BIT(2));
	check(!regs.r[RCX], "%lu to go", regs.r[RCX]);
	write_cr4(cr4);
}

/* Likewise the registers of devices. */
static void device_breakpoint(void)
{
	const struct insn *load = INSN(0x8b, MODRM(0, RAX, RDI));
	const struct insn *store = INSN(0x89, MODRM(0, RAX, RDI));
	void *device = (void *)ioapic_base();
	struct insn_regs regs;

	set_registers(&regs);
	watch(1, ON_WRITE, 4, device);
	expect_none("load of what is watched for stores", load, &regs);
	watch(1, ON_WRITE, 4, device);
	expect_db("store", store, &regs, 2, BIT(1));
	watch(2, ON_ACCESS, 1, device);
	expect_db("load", load, &regs, 2, BIT(2));
	watch(2, ON_ACCESS, 4, device + 4);
	expect_none("load before it", load, &regs);
}

static void general_detect(void)
{
	struct insn_regs regs;

	begin();
	write_dr7(DR7_FIXED | DR7_GD);
	set_registers(&regs);
	expect_db("mov from dr0", INSN(0x0f, 0x21, MODRM(3, 0, RAX)), &regs, 0, DR6_BD);
	write_dr7(DR7_FIXED | DR7_GD);
	set_registers(&regs);
	expect_db("mov to dr7", INSN(0x0f, 0x23, MODRM(3, 7, RAX)), &regs, 0, DR6_BD);
	check(!(read_dr7() & DR7_GD), "DR7 0x%lx", read_dr7());
}

static void icebp(void)
{
	struct insn_regs regs;

	begin();
	set_registers(&regs);
	expect_db("int1", INSN(0xf1), &regs, 1, 0);
}

static void aliases(void)
{
	u64 cr4 = read_cr4();
	struct insn_regs regs;
	struct trap_info trap;

	begin();
	set_registers(&regs);
	check(!insn_run(INSN(0x0f, 0x21, MODRM(3, 4, RAX)), &regs, &trap) &&
	      regs.r[RAX] == DR6_FIXED, "DR4 is 0x%lx, trap %lu", regs.r[RAX], trap.cause);
	set_registers(&regs);
	check(!insn_run(INSN(0x0f, 0x21, MODRM(3, 5, RAX)), &regs, &trap) &&
	      regs.r[RAX] == DR7_FIXED, "DR5 is 0x%lx, trap %lu", regs.r[RAX], trap.cause);
	write_cr4(cr4 | CR4_DE);
	set_registers(&regs);
	check(insn_run(INSN(0x0f, 0x21, MODRM(3, 4, RAX)), &regs, &trap) && trap.cause == VEC_UD,
	      "DR4 with CR4.DE: trap %lu", trap.cause);
	write_cr4(cr4);
}

static void upper_bits(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int reg;

	if (emulator_differs("takes them"))
		return;
	for (reg = 6; reg < 8; reg++) {
		set_registers(&regs);
		regs.r[RAX] = BIT(32);
		check(insn_run(INSN(0x0f, 0x23, MODRM(3, reg, RAX)), &regs, &trap) &&
		      trap.cause == VEC_GP, "DR%u: trap %lu", reg, trap.cause);
	}
}

static u64 finished;

/* Each CPU has its own, whatever exits and switches of CPUs there are. */
static void keep(void *arg)
{
	u64 base = (u64)words + 0x1000 * (arch_cpu_self() + 1), i;

	write_dr0(base);
	write_dr1(base + 1);
	write_dr2(base + 2);
	write_dr3(base + 3);
	write_dr7(DR7_FIXED | DR7_ON(3) | DR7_KIND(3, ON_WRITE, 1));
	for (i = 0; i < 3000 && !test_failed(); i++) {
		arch_mmio_read();
		arch_null_call();
		if (i % 512 == 0)
			delay_us(5000);
		check(read_dr0() == base && read_dr1() == base + 1 && read_dr2() == base + 2 &&
		      read_dr3() == base + 3, "CPU %u: DR0 0x%lx DR1 0x%lx DR2 0x%lx DR3 0x%lx",
		      arch_cpu_self(), read_dr0(), read_dr1(), read_dr2(), read_dr3());
		check(read_dr7() == (DR7_FIXED | DR7_ON(3) | DR7_KIND(3, ON_WRITE, 1)),
		      "CPU %u: DR7 0x%lx", arch_cpu_self(), read_dr7());
	}
	write_dr7(DR7_FIXED);
	add_shared(&finished, 1);
}

static void kept(void)
{
	unsigned int cpu;

	begin();
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, keep, NULL), "CPU %u does not start", cpu);
	}
	keep(NULL);
	check(wait_for(&finished, arch_cpu_count(), 60 * SECOND), "%lu ended", finished);
}

static const struct test_case cases[] = {
	{ "single_step", single_step },
	{ "step_later", step_later },
	{ "code_breakpoint", code_breakpoint },
	{ "user_breakpoint", user_breakpoint },
	{ "data_breakpoint", data_breakpoint },
	{ "two_reasons", two_reasons },
	{ "port_breakpoint", port_breakpoint },
	{ "port_breakpoint_wide", port_breakpoint_wide },
	{ "device_breakpoint", device_breakpoint },
	{ "general_detect", general_detect },
	{ "icebp", icebp },
	{ "aliases", aliases },
	{ "upper_bits", upper_bits },
	{ "kept", kept },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
