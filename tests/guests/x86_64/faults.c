// SPDX-License-Identifier: GPL-2.0
/*
 * Each exception: vector, error code, the instruction that is told. SDM 3,
 * 6.15; APM 2, 8.2. Page faults have a program of their own.
 */
#include "cpu.h"

const char *const guest_name = "faults";

#define NON_CANONICAL	0x8000000000001000UL
#define SEL_ABSENT	0x80
#define SEL_ABSENT_CODE	0x88
#define SEL_NOTHING	0xff8
#define VECTOR_FREE	0x50
#define ERROR_EXT	1
#define ERROR_IDT	2
#define SMALL_TSS	0x53	/* limit: IST 1 to 6 are inside */
#define GATE_PRESENT	BIT(47)
#define KERNEL		0
#define USER		(SEL_USER_CODE64 | 3)
#define CODE32		SEL_CODE32
#define USER32		(SEL_USER_CODE32 | 3)

static u8 stack[4096] __aligned(4096);
static const u32 bounds[2] = { 10, 20 };

struct fault {
	const char *name;
	u8 code[8];
	u8 len;
	u16 cs;
	u8 vector;
	u32 error;
	u8 offset;
};

/* Name, code segment, vector, error code, offset of the RIP that is saved, bytes. */
#define FAULT(name, cs, vector, error, offset, ...)			\
	{ name, { __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), cs, vector, error, offset }

/* Registers that the instructions below have in common. */
static void set_registers(struct insn_regs *regs)
{
	insn_fill(regs);
	regs->r[RAX] = 1;
	regs->r[RDX] = 1UL << 32;
	regs->r[RCX] = 0;
	regs->r[RBX] = NON_CANONICAL;
	regs->r[RBP] = NON_CANONICAL;
	regs->r[RSI] = (u64)bounds;
	regs->r[RDI] = (u64)stack + 1;
	regs->r[RSP] = (u64)stack + sizeof(stack) / 2;
	regs->r[R8] = SEL_ABSENT;
	regs->r[R9] = SEL_NOTHING;
	regs->r[R10] = SEL_TSS;
}

static bool expect(const struct fault *fault, struct insn_regs *regs)
{
	struct insn_regs before = *regs;
	struct insn insn = { .code = fault->code, .len = fault->len, .cs = fault->cs };
	struct trap_info trap;
	unsigned int changed;

	if (!check(insn_run(&insn, regs, &trap) || fault->vector == VEC_BP,
		   "%s: nothing happens", fault->name))
		return false;
	changed = insn_changed(&before, regs, fault->cs == CODE32 || fault->cs == USER32 ?
			       0xff00 : 0);
	check(trap.cause == fault->vector && trap_last()->error == fault->error,
	      "%s: trap %lu error 0x%lx", fault->name, trap.cause, trap_last()->error);
	check(trap.pc == insn_place() + fault->offset, "%s: at 0x%lx", fault->name,
	      trap.pc - insn_place());
	check((u16)trap_last()->cs == (fault->cs ? fault->cs : SEL_CODE64), "%s: CS 0x%lx",
	      fault->name, trap_last()->cs);
	return check(!changed || fault->cs == CODE32 || fault->cs == USER32,
		     "%s: register %u changed", fault->name, changed - 1);
}

static void expect_all(const struct fault *faults, unsigned int nr)
{
	struct insn_regs regs;

	for (; nr; nr--, faults++) {
		set_registers(&regs);
		expect(faults, &regs);
	}
}

#define EXPECT(...) do {						\
	static const struct fault faults[] = { __VA_ARGS__ };		\
									\
	expect_all(faults, ARRAY_SIZE(faults));				\
} while (0)

static void divide_error(void)
{
	EXPECT(FAULT("div by zero", KERNEL, VEC_DE, 0, 0, 0xf7, MODRM(3, 6, RCX)),
	       FAULT("64-bit div by zero", KERNEL, VEC_DE, 0, 0, 0x48, 0xf7, MODRM(3, 6, RCX)),
	       FAULT("idiv by zero", KERNEL, VEC_DE, 0, 0, 0xf6, MODRM(3, 7, RCX)),
	       FAULT("quotient too large", KERNEL, VEC_DE, 0, 0, 0x48, 0xf7, MODRM(3, 6, RAX)),
	       FAULT("div by zero of a user", USER, VEC_DE, 0, 0, 0xf7, MODRM(3, 6, RCX)),
	       FAULT("aam", CODE32, VEC_DE, 0, 0, 0xd4, 0));
}

/* Traps: they tell the next instruction. */
static void breakpoint(void)
{
	EXPECT(FAULT("int3", KERNEL, VEC_BP, 0, 1, 0xcc),
	       FAULT("int3 of a user", USER, VEC_BP, 0, 1, 0xcc),
	       FAULT("int 3", KERNEL, VEC_BP, 0, 2, 0xcd, 3),
	       FAULT("int 3 of a user", USER, VEC_BP, 0, 2, 0xcd, 3));
}

static void overflow(void)
{
	static const struct fault into = FAULT("into", CODE32, VEC_OF, 0, 1, 0xce);
	static const struct fault user = FAULT("into of a user", USER32, VEC_OF, 0, 1, 0xce);
	struct insn_regs regs;

	set_registers(&regs);
	regs.rflags |= RFLAGS_OF;
	expect(&into, &regs);
	set_registers(&regs);
	regs.rflags |= RFLAGS_OF;
	expect(&user, &regs);
	if (!cpu_is_emulated())		/* there it does nothing */
		EXPECT(FAULT("into in 64-bit code", KERNEL, VEC_UD, 0, 0, 0xce));
}

static void bound(void)
{
	EXPECT(FAULT("bound", CODE32, VEC_BR, 0, 0, 0x62, MODRM(0, RAX, RSI)),
	       FAULT("bound of a user", USER32, VEC_BR, 0, 0, 0x62, MODRM(0, RAX, RSI)));
}

static void undefined(void)
{
	EXPECT(FAULT("ud2", KERNEL, VEC_UD, 0, 0, 0x0f, 0x0b),
	       FAULT("ud2 of a user", USER, VEC_UD, 0, 0, 0x0f, 0x0b),
	       FAULT("push es", KERNEL, VEC_UD, 0, 0, 0x06),
	       FAULT("daa", KERNEL, VEC_UD, 0, 0, 0x27),
	       FAULT("lock mov", KERNEL, VEC_UD, 0, 0, 0xf0, 0x89, MODRM(0, RAX, RSI)),
	       FAULT("lea of a register", KERNEL, VEC_UD, 0, 0, 0x8d, MODRM(3, RAX, RCX)),
	       FAULT("mov to cs", KERNEL, VEC_UD, 0, 0, 0x8e, MODRM(3, 1, RAX)),
	       FAULT("mov to cr1", KERNEL, VEC_UD, 0, 0, 0x0f, 0x22, MODRM(3, 1, RAX)),
	       FAULT("mov to cr5", KERNEL, VEC_UD, 0, 0, 0x0f, 0x22, MODRM(3, 5, RAX)),
	       FAULT("rsm", KERNEL, VEC_UD, 0, 0, 0x0f, 0xaa));
}

static void not_available(void)
{
	u64 cr0 = read_cr0();

	write_cr0(cr0 | CR0_TS);
	EXPECT(FAULT("x87 with TS", KERNEL, VEC_NM, 0, 0, 0xd9, 0xee),
	       FAULT("SSE with TS", KERNEL, VEC_NM, 0, 0, 0x0f, 0x57, MODRM(3, 0, 0)),
	       FAULT("x87 of a user with TS", USER, VEC_NM, 0, 0, 0xd9, 0xee),
	       FAULT("fwait with TS and MP", KERNEL, VEC_NM, 0, 0, 0x9b));
	write_cr0((cr0 | CR0_EM) & ~CR0_TS);
	EXPECT(FAULT("x87 with EM", KERNEL, VEC_NM, 0, 0, 0xd9, 0xee),
	       FAULT("SSE with EM", KERNEL, VEC_UD, 0, 0, 0x0f, 0x57, MODRM(3, 0, 0)));
	write_cr0(cr0);
}

static void segment_not_present(void)
{
	cpu_set_descriptor(SEL_ABSENT, make_descriptor(0, 0xfffff, 0x13, 0xc));
	cpu_set_descriptor(SEL_ABSENT_CODE, make_descriptor(0, 0xfffff, 0x1b, 0xa));
	*vector_gate(VECTOR_FREE) &= ~GATE_PRESENT;
	EXPECT(FAULT("ds", KERNEL, VEC_NP, SEL_ABSENT, 0, 0x41, 0x8e, MODRM(3, 3, R8)),
	       FAULT("gs", KERNEL, VEC_NP, SEL_ABSENT, 0, 0x41, 0x8e, MODRM(3, 5, R8)),
	       FAULT("ss", KERNEL, VEC_SS, SEL_ABSENT, 0, 0x41, 0x8e, MODRM(3, 2, R8)),
	       FAULT("gate", KERNEL, VEC_NP, VECTOR_FREE * 8 + ERROR_IDT, 0, 0xcd, VECTOR_FREE));
	vector_reset_gate(VECTOR_FREE);
}

static void stack_fault(void)
{
	static const struct fault push = FAULT("push", KERNEL, VEC_SS, 0, 0, 0x50);
	struct insn_regs regs;

	if (emulator_differs("has #GP for addresses on the stack, too"))
		return;
	EXPECT(FAULT("rbp not canonical", KERNEL, VEC_SS, 0, 0, 0x8b, MODRM(1, RAX, RBP), 0),
	       FAULT("of a user", USER, VEC_SS, 0, 0, 0x8b, MODRM(1, RAX, RBP), 0));
	set_registers(&regs);
	regs.r[RSP] = NON_CANONICAL;
	expect(&push, &regs);
}

static void general_protection(void)
{
	EXPECT(FAULT("not canonical", KERNEL, VEC_GP, 0, 0, 0x8b, MODRM(0, RAX, RBX)),
	       FAULT("not canonical, user", USER, VEC_GP, 0, 0, 0x8b, MODRM(0, RAX, RBX)),
	       FAULT("selector outside", KERNEL, VEC_GP, SEL_NOTHING, 0, 0x41, 0x8e, MODRM(3, 3,
											   R9)),
	       FAULT("selector of a TSS", KERNEL, VEC_GP, SEL_TSS, 0, 0x41, 0x8e, MODRM(3, 3, R10)),
	       FAULT("null ss of a user", USER, VEC_GP, 0, 0, 0x8e, MODRM(3, 2, RCX)),
	       FAULT("movaps", KERNEL, VEC_GP, 0, 0, 0x0f, 0x28, MODRM(0, 0, RDI)),
	       FAULT("lldt outside", KERNEL, VEC_GP, SEL_NOTHING, 0, 0x41, 0x0f, 0x00,
		     MODRM(3, 2, R9)),
	       FAULT("ltr of a busy TSS", KERNEL, VEC_GP, SEL_TSS, 0, 0x41, 0x0f, 0x00,
		     MODRM(3, 3, R10)));
}

/* Values that control registers do not take. */
static void control_registers(void)
{
	static const struct {
		const char *name;
		u64 val;
		u8 reg;
	} values[] = {
		{ "CR0 without PE", CR0_PG, 0 },
		{ "CR0 with NW alone", CR0_PG | CR0_PE | CR0_NW, 0 },
		{ "upper bits of CR0", CR0_PG | CR0_PE | BIT(32), 0 },
		{ "CR4 without PAE", 0, 4 },
		{ "CR4 bit 31", CR4_PAE | BIT(31), 4 },
		{ "upper bits of CR4", CR4_PAE | BIT(32), 4 },
		{ "CR4.VMXE", CR4_PAE | CR4_VMXE, 4 },
		{ "CR3 bit 60", (u64)0x200000 | BIT(60), 3 },
	};
	static struct fault fault = FAULT("", KERNEL, VEC_GP, 0, 0, 0x0f, 0x22, 0);
	struct insn_regs regs;
	unsigned int i;

	if (reference_differs("takes them"))
		return;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (values[i].reg == 3 && cpu_is_emulated())
			continue;	/* not intercepted, and not checked there */
		fault.name = values[i].name;
		fault.code[2] = MODRM(3, values[i].reg, RAX);
		set_registers(&regs);
		regs.r[RAX] = values[i].val;
		expect(&fault, &regs);
	}
}

/* What only the kernel may do. */
static void privileged(void)
{
	EXPECT(FAULT("hlt", USER, VEC_GP, 0, 0, 0xf4),
	       FAULT("cli", USER, VEC_GP, 0, 0, 0xfa),
	       FAULT("sti", USER, VEC_GP, 0, 0, 0xfb),
	       FAULT("in", USER, VEC_GP, 0, 0, 0xec),
	       FAULT("out", USER, VEC_GP, 0, 0, 0xee),
	       FAULT("ins", USER, VEC_GP, 0, 0, 0x6c),
	       FAULT("clts", USER, VEC_GP, 0, 0, 0x0f, 0x06),
	       FAULT("mov from cr0", USER, VEC_GP, 0, 0, 0x0f, 0x20, MODRM(3, 0, RAX)),
	       FAULT("mov to cr4", USER, VEC_GP, 0, 0, 0x0f, 0x22, MODRM(3, 4, RAX)),
	       FAULT("mov to cr8", USER, VEC_GP, 0, 0, 0x44, 0x0f, 0x22, MODRM(3, 0, RAX)),
	       FAULT("mov from dr7", USER, VEC_GP, 0, 0, 0x0f, 0x21, MODRM(3, 7, RAX)),
	       FAULT("rdmsr", USER, VEC_GP, 0, 0, 0x0f, 0x32),
	       FAULT("wrmsr", USER, VEC_GP, 0, 0, 0x0f, 0x30),
	       FAULT("lgdt", USER, VEC_GP, 0, 0, 0x0f, 0x01, MODRM(0, 2, RSI)),
	       FAULT("lidt", USER, VEC_GP, 0, 0, 0x0f, 0x01, MODRM(0, 3, RSI)),
	       FAULT("lmsw", USER, VEC_GP, 0, 0, 0x0f, 0x01, MODRM(3, 6, RAX)),
	       FAULT("invlpg", USER, VEC_GP, 0, 0, 0x0f, 0x01, MODRM(0, 7, RSI)),
	       FAULT("swapgs", USER, VEC_GP, 0, 0, 0x0f, 0x01, 0xf8),
	       FAULT("lldt", USER, VEC_GP, 0, 0, 0x0f, 0x00, MODRM(3, 2, RCX)),
	       FAULT("ltr", USER, VEC_GP, 0, 0, 0x0f, 0x00, MODRM(3, 3, RAX)),
	       FAULT("int 14", USER, VEC_GP, 14 * 8 + ERROR_IDT, 0, 0xcd, 14),
	       FAULT("int 0x50", USER, VEC_GP, VECTOR_FREE * 8 + ERROR_IDT, 0, 0xcd, VECTOR_FREE));
}

static void caches(void)
{
	if (emulator_differs("lets everybody throw them away"))
		return;
	EXPECT(FAULT("invd", USER, VEC_GP, 0, 0, 0x0f, 0x08),
	       FAULT("wbinvd", USER, VEC_GP, 0, 0, 0x0f, 0x09));
}

/* A stack of the TSS that is behind its end. */
static void invalid_tss(void)
{
	struct cpu *cpu = this_cpu();

	vector_use_stack(VECTOR_FREE, 7);
	cpu->gdt[SEL_TSS / 8] = (cpu->gdt[SEL_TSS / 8] & ~0xffffUL) | SMALL_TSS;
	cpu_load_tables();
	EXPECT(FAULT("stack behind the TSS", KERNEL, VEC_TS, SEL_TSS, 0, 0xcd, VECTOR_FREE));
	cpu->gdt[SEL_TSS / 8] = (cpu->gdt[SEL_TSS / 8] & ~0xffffUL) | (sizeof(cpu->tss) - 1);
	cpu_load_tables();
	vector_reset_gate(VECTOR_FREE);
}

static void x87_error(void)
{
	static const u16 unmasked = 0x033b;
	static const struct fault wait = FAULT("fwait", KERNEL, VEC_MF, 0, 0, 0x9b);
	static const struct fault user = FAULT("fwait of a user", USER, VEC_MF, 0, 0, 0x9b);
	struct insn_regs regs;

	arch_fp_on();
	asm volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp" : : "m" (unmasked));
	set_registers(&regs);
	expect(&wait, &regs);
	set_registers(&regs);
	expect(&user, &regs);
	asm volatile("fninit");
}

static void simd_error(void)
{
	static const struct fault divide = FAULT("divss", KERNEL, VEC_XM, 0, 0, 0xf3, 0x0f, 0x5e,
						 MODRM(3, 1, 0));
	u32 mxcsr = 0x1f80 & ~(1u << 9);
	struct insn_regs regs;

	if (emulator_differs("has no #XM"))
		return;
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	asm volatile("ldmxcsr %0\n\t"
		     "pcmpeqd %%xmm1, %%xmm1\n\t"
		     "psrld $25, %%xmm1\n\t"
		     "pslld $23, %%xmm1\n\t"
		     "xorps %%xmm0, %%xmm0" : : "m" (mxcsr));
	set_registers(&regs);
	expect(&divide, &regs);
	mxcsr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m" (mxcsr));
}

/* Users with RFLAGS.AC, when the kernel lets them. */
static void alignment(void)
{
	static const struct fault load = FAULT("load", USER, VEC_AC, 0, 0, 0x8b, MODRM(0, RAX,
										       RDI));
	struct insn insn = { .code = load.code, .len = load.len };
	struct insn_regs regs;
	struct trap_info trap;

	set_registers(&regs);
	regs.rflags |= RFLAGS_AC;
	insn.cs = USER;
	check(!insn_run(&insn, &regs, &trap), "without CR0.AM: trap %lu", trap.cause);
	write_cr0(read_cr0() | CR0_AM);
	set_registers(&regs);
	check(!insn_run(&insn, &regs, &trap), "without RFLAGS.AC: trap %lu", trap.cause);
	set_registers(&regs);
	regs.rflags |= RFLAGS_AC;
	insn.cs = KERNEL;
	check(!insn_run(&insn, &regs, &trap), "in the kernel: trap %lu", trap.cause);
	if (!emulator_differs("has no #AC")) {
		set_registers(&regs);
		regs.rflags |= RFLAGS_AC;
		expect(&load, &regs);
	}
	write_cr0(read_cr0() & ~CR0_AM);
}

/* --- double fault: what is told is the instruction that began it --- */

static void double_fault_by(const char *name, unsigned int first, const struct fault *fault,
			    u64 rsp)
{
	struct fault expected = *fault;
	struct insn_regs regs;

	expected.name = name;
	vector_use_stack(first, 0);
	set_registers(&regs);
	regs.r[RSP] = rsp;
	expect(&expected, &regs);
	vector_reset_gate(first);
}

/* No stack. A page fault of a page fault is one; of #DE it comes by itself. */
static void double_fault(void)
{
	static const struct fault load = FAULT(NULL, KERNEL, VEC_DF, 0, 0, 0x8b, MODRM(0, RAX,
										       RBX));
	static const struct fault divide = FAULT(NULL, KERNEL, VEC_DF, 0, 0, 0xf7, MODRM(3, 6,
											 RCX));
	static const struct fault push = FAULT(NULL, KERNEL, VEC_DF, 0, 0, 0x50);
	static const struct fault paged = FAULT(NULL, KERNEL, VEC_PF, 2, 0, 0xf7, MODRM(3, 6, RCX));
	static const struct fault benign = FAULT(NULL, KERNEL, VEC_PF, 2, 0, 0x0f, 0x0b);

	double_fault_by("#GP, #SS", VEC_GP, &load, NON_CANONICAL);
	double_fault_by("#DE, #SS", VEC_DE, &divide, NON_CANONICAL);
	double_fault_by("#PF, #PF", VEC_PF, &push, paging_va(20));
	check(read_cr2() == paging_va(20) - 8, "#PF, #PF: CR2 0x%lx", read_cr2());
	double_fault_by("#DE, #PF", VEC_DE, &paged, paging_va(20));
	check(read_cr2() == paging_va(20) - 8, "#DE, #PF: CR2 0x%lx", read_cr2());
	double_fault_by("#UD, #PF", VEC_UD, &benign, paging_va(20));
}

/* Gates that are not there: what is benign leads to #NP, what is not to a double fault. */
static void absent_gates(void)
{
	static const struct fault divide = FAULT("#DE", KERNEL, VEC_DF, 0, 0, 0xf7, MODRM(3, 6,
											  RCX));
	static struct fault benign = FAULT("#UD", KERNEL, VEC_NP, VEC_UD * 8 + ERROR_IDT +
					   ERROR_EXT, 0, 0x0f, 0x0b);
	struct insn_regs regs;

	*vector_gate(VEC_DE) &= ~GATE_PRESENT;
	*vector_gate(VEC_UD) &= ~GATE_PRESENT;
	set_registers(&regs);
	expect(&divide, &regs);
	if (cpu_is_emulated())	/* it leaves EXT out */
		benign.error &= ~(u32)ERROR_EXT;
	set_registers(&regs);
	expect(&benign, &regs);
	vector_reset_gate(VEC_DE);
	vector_reset_gate(VEC_UD);
}

/* Again and again, with exits between them. */
static void many(void)
{
	static const struct fault load = FAULT("#GP", KERNEL, VEC_GP, 0, 0, 0x8b, MODRM(0, RAX,
											RBX));
	static const struct fault undefined = FAULT("#UD", USER, VEC_UD, 0, 0, 0x0f, 0x0b);
	struct insn_regs regs;
	unsigned int i;

	for (i = 0; i < 2000 && !test_failed(); i++) {
		set_registers(&regs);
		expect(i & 1 ? &load : &undefined, &regs);
		if (i % 4 == 0)
			arch_mmio_read();
	}
}

/* --- an interrupt is pending: the fault of the instruction behind STI comes first --- */

static void expect_pending(const struct fault *fault, unsigned int vector)
{
	u64 before = vector_count(arch_cpu_self(), vector);
	struct insn_regs regs;

	lapic_send(0, ICR_SELF | ICR_ASSERT | vector);
	set_registers(&regs);
	expect(fault, &regs);
	check(vector_count(arch_cpu_self(), vector) == before, "the interrupt came first");
	arch_irq_on();
	arch_irq_off();
	check(vector_count(arch_cpu_self(), vector) == before + 1, "the interrupt is lost");
}

static void behind_sti(void)
{
	static const struct fault faults[] = {
		FAULT("#UD", KERNEL, VEC_UD, 0, 1, 0xfb, 0x0f, 0x0b),
		FAULT("#GP", KERNEL, VEC_GP, 0, 1, 0xfb, 0x8b, MODRM(0, RAX, RBX)),
		FAULT("#DE", KERNEL, VEC_DE, 0, 1, 0xfb, 0xf7, MODRM(3, 6, RCX)),
		FAULT("#BP", KERNEL, VEC_BP, 0, 2, 0xfb, 0xcc),
	};
	unsigned int i, round;

	for (round = 0; round < 50 && !test_failed(); round++) {
		for (i = 0; i < ARRAY_SIZE(faults); i++)
			expect_pending(&faults[i], 0x61 + i);
	}
}

/* The timer comes at any of these instructions. */
static void under_timer(void)
{
	static const struct fault faults[] = {
		FAULT("#UD", KERNEL, VEC_UD, 0, 0, 0x0f, 0x0b),
		FAULT("#GP", USER, VEC_GP, 0, 0, 0x8b, MODRM(0, RAX, RBX)),
		FAULT("#DE", USER, VEC_DE, 0, 0, 0xf7, MODRM(3, 6, RCX)),
		FAULT("#BP", USER, VEC_BP, 0, 2, 0xcd, 3),
	};
	unsigned int i, self = arch_cpu_self();
	u64 end = arch_time() + time_from_us(1000000), before = arch_timer_count(self);
	struct insn_regs regs;

	for (i = 0; arch_time() < end && !test_failed(); i++) {
		arch_timer_set(arch_time() + time_from_us(i % 50));
		set_registers(&regs);
		regs.rflags |= RFLAGS_IF;
		expect(&faults[i % ARRAY_SIZE(faults)], &regs);
		arch_irq_on();
		arch_irq_off();
	}
	arch_timer_stop();
	check(arch_timer_count(self) > before + 10, "%lu interrupts",
	      arch_timer_count(self) - before);
}

static const struct test_case cases[] = {
	{ "divide_error", divide_error },
	{ "breakpoint", breakpoint },
	{ "overflow", overflow },
	{ "bound", bound },
	{ "undefined", undefined },
	{ "not_available", not_available },
	{ "segment_not_present", segment_not_present },
	{ "stack_fault", stack_fault },
	{ "general_protection", general_protection },
	{ "control_registers", control_registers },
	{ "privileged", privileged },
	{ "caches", caches },
	{ "invalid_tss", invalid_tss },
	{ "x87_error", x87_error },
	{ "simd_error", simd_error },
	{ "alignment", alignment },
	{ "double_fault", double_fault },
	{ "absent_gates", absent_gates },
	{ "many", many },
	{ "behind_sti", behind_sti },
	{ "under_timer", under_timer },
};

void guest_main(void)
{
	write_cr4(read_cr4() | CR4_OSFXSR);
	paging_set(19, 0);
	test_run(cases, ARRAY_SIZE(cases));
}
