// SPDX-License-Identifier: GPL-2.0
/*
 * Task switches that the processor does itself: by jump, call, return, interrupt
 * and exception, with 32-bit and 16-bit TSSs. SDM 3, chapter 8; APM 2, chapter 12.
 *
 * Task A is where the runtime begins (legacy.h), B is where it goes, and a third
 * one takes what B's state does to the switch. How it ends is what a breakpoint
 * finds then.
 */
#include "cpu.h"
#include "legacy.h"

const char *const guest_name = "taskswitch";

#define SEL_A		SEL_LEGACY_TSS
#define SEL_B		0x80
#define SEL_GATE	0x88	/* to B */
#define SEL_16		0x90
#define SEL_LDT		0x98
#define SEL_HANDLER	0xa0
#define SEL_WINDOW	0xa8	/* little stack, and other data */
#define SEL_ABSENT	0xb0
#define IN_LDT(n)	((n) * 8 + 4)

#define TSS32		0x89	/* available */
#define TSS16		0x81
#define BUSY		0x02
#define LDT		0x82
#define TASK_GATE	0x85
#define FOR_ALL		0x60	/* DPL 3 */
#define EFLAGS_NT	BIT(14)
#define DR6_BT		BIT(15)
#define VECTOR_GATE	0x40
#define EXT		1

#define PDE_BLOCK	(PTE_PS | PTE_U | PTE_W | PTE_P)
#define BLOCK		0x400000u
#define WINDOW		0x8000000u

static struct tss32 b, handler;
static struct tss16 small;
static u64 ldt[4] __aligned(8);
static u8 stacks[3][4096] __aligned(16);
static u32 directories[2][1024] __aligned(4096);
static u32 words[2][1024] __aligned(4096);

/* Which task is that, and how does its descriptor stand? */
static u8 access_of(unsigned int selector)
{
	return load_shared(&this_cpu()->gdt[selector / 8]) >> 40;
}

static bool is_busy(unsigned int selector)
{
	return access_of(selector) & BUSY;
}

static void prepare_tss(struct tss32 *tss, const void *code, u8 *stack)
{
	unsigned int i;

	*tss = (struct tss32) {
		.esp0 = (u64)stack + 2048,
		.ss0 = SEL_DATA,
		.eip = (u64)code,
		.eflags = RFLAGS_FIXED,
		.es = SEL_DATA,
		.cs = SEL_CODE32,
		.ss = SEL_DATA,
		.ds = SEL_DATA,
		.cr3 = (u64)directories[1],
		.io_map = sizeof(*tss),
		.link = 0x1234,
	};
	for (i = 0; i < 8; i++)
		tss->gpr[i] = 0xb0b0b000 + i;
	tss->gpr[RSP] = (u64)stack + 4096;
}

static void set_tss(unsigned int selector, void *tss, u32 size, u8 access)
{
	cpu_set_descriptor(selector, make_descriptor((u64)tss, size - 1, access, 0));
}

LEGACY_SNIPPET(32, nothing, "nop");
LEGACY_SNIPPET(32, take_error, "popl %edx");

/* A page at WINDOW in a directory with the low 64 MiB. */
static void map_page(unsigned int n, const u32 *page)
{
	static u32 tables[2][1024] __aligned(4096);
	unsigned int i;

	for (i = 0; i < 16; i++)
		directories[n][i] = i * BLOCK | PDE_BLOCK;
	directories[n][WINDOW / BLOCK] = (u64)tables[n] | PTE_W | PTE_P;
	tables[n][0] = (u64)page | PTE_W | PTE_P;
}

/* Everything in order: B would stop at once. */
static void prepare(struct legacy_state *a, enum legacy_mode mode, const void *code,
		    const void *code_of_b)
{
	unsigned int i;

	prepare_tss(&b, code_of_b, stacks[0]);
	prepare_tss(&handler, take_error, stacks[1]);
	set_tss(SEL_B, &b, sizeof(b), TSS32);
	set_tss(SEL_HANDLER, &handler, sizeof(handler), TSS32);
	cpu_set_descriptor(SEL_GATE, legacy_gate(SEL_B, 0, TASK_GATE));
	for (i = 0; i < sizeof(legacy_tss.tss); i++)
		((u8 *)&legacy_tss.tss)[i] = i > 28 ? 0x5a : 0;
	legacy_init();
	legacy_tss.tss.cr3 = 0;
	legacy_tss.tss.ldt = 0;
	legacy_tss.tss.trap = 0;
	legacy_begin(a, mode, code);
	for (i = 0; i < 8; i++) {
		if (i != RSP)
			a->gpr[i] = 0xa0a0a000 + i;
	}
}

static void check_end(const struct legacy_state *end, const char *where, unsigned int task)
{
	check(end->vector == VEC_BP, "vector %u error 0x%x at 0x%x", end->vector, end->error,
	      end->eip);
	check(end->eip == (u32)(u64)where || !where, "ended at 0x%x", end->eip);
	check(end->tr == task, "task register 0x%x", end->tr);
}

/* It went through the handler's task, with this error code; who was running is its link. */
static void check_fault(const struct legacy_state *end, u32 error, unsigned int task)
{
	check_end(end, take_error_end, SEL_HANDLER);
	check(end->gpr[RDX] == error, "error 0x%x", end->gpr[RDX]);
	check((u16)handler.link == task, "in task 0x%x", handler.link);
	check(is_busy(task), "that task is not busy");
}

static void handle_by_task(unsigned int vector)
{
	legacy_set_gate(vector, legacy_gate(SEL_HANDLER, 0, TASK_GATE | FOR_ALL));
}

static void check_registers(const u32 *gpr, u32 first)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (i != RSP)
			check(gpr[i] == first + i, "register %u is 0x%x", i, gpr[i]);
	}
}

/* --- each way there --- */

LEGACY_SNIPPET(32, jump_to_b, "ljmp $0x80, $0x1234");
LEGACY_SNIPPET(32, jump_to_gate, "ljmp $0x88, $0");
LEGACY_SNIPPET(32, jump_indirect, "pushl $0x80\n\tpushl $0\n\tljmp *(%esp)");
LEGACY_SNIPPET(32, jump_to_small, "ljmp $0x90, $0");

static void check_left_a(const struct legacy_state *a, const char *where, u32 first)
{
	const struct tss32 *tss = &legacy_tss.tss;

	check(tss->eip == (u32)(u64)where, "A's EIP 0x%x", tss->eip);
	check_registers(tss->gpr, first);
	check(tss->cs == (0x5a5a0000 | a->cs) || (u16)tss->cs == a->cs, "A's CS 0x%x", tss->cs);
	check((u16)tss->ss == a->ss && (u16)tss->ds == a->ds && (u16)tss->es == a->es,
	      "A's SS 0x%x DS 0x%x ES 0x%x", tss->ss, tss->ds, tss->es);
	check(!(u16)tss->fs && !(u16)tss->gs, "A's FS 0x%x GS 0x%x", tss->fs, tss->gs);
}

static void jump_by(const char *code, const char *behind, u32 pushed)
{
	struct legacy_state a, end;

	prepare(&a, LEGACY_FLAT, code, nothing);
	a.eflags |= RFLAGS_CF | RFLAGS_ZF;
	end = a;
	legacy_run(&end);
	check_end(&end, nothing_end, SEL_B);
	check_registers(end.gpr, 0xb0b0b000);
	check(end.gpr[RSP] == (u64)stacks[0] + 4096, "ESP 0x%x", end.gpr[RSP]);
	check(end.cr0 & CR0_TS, "CR0.TS is clear");
	check(!(end.eflags & EFLAGS_NT), "EFLAGS 0x%x", end.eflags);
	check(!is_busy(SEL_A) && is_busy(SEL_B), "busy: A %u, B %u", is_busy(SEL_A),
	      is_busy(SEL_B));
	check(b.link == 0x1234, "link 0x%x", b.link);
	check_left_a(&a, behind, 0xa0a0a000);
	check(legacy_tss.tss.gpr[RSP] == a.gpr[RSP] - pushed, "A's ESP 0x%x",
	      legacy_tss.tss.gpr[RSP]);
	check(legacy_tss.tss.eflags == a.eflags, "A's EFLAGS 0x%x", legacy_tss.tss.eflags);
	check(b.eip == (u64)nothing && b.gpr[RAX] == 0xb0b0b000, "B's TSS was written");
}

static void jump(void)
{
	jump_by(jump_to_b, jump_to_b_break, 0);
}

static void jump_by_gate(void)
{
	jump_by(jump_to_gate, jump_to_gate_break, 0);
}

static void jump_by_pointer(void)
{
	jump_by(jump_indirect, jump_indirect_break, 8);
}

LEGACY_SNIPPET(32, call_b, "lcall $0x80, $0");
LEGACY_SNIPPET(32, call_gate, "lcall $0x88, $0");
LEGACY_SNIPPET(32, int_gate, "int $0x40");
LEGACY_SNIPPET(32, return_once, "pushfl\n\tpopl %ecx\n\tincl %ebx\n\tiretl");

static void call_by(const char *code, const char *code_end)
{
	struct legacy_state a, end;

	prepare(&a, LEGACY_FLAT, code, return_once);
	legacy_set_gate(VECTOR_GATE, legacy_gate(SEL_B, 0, TASK_GATE | FOR_ALL));
	a.eflags |= RFLAGS_CF;
	end = a;
	legacy_run(&end);
	check_end(&end, code_end, SEL_A);
	check_registers(end.gpr, 0xa0a0a000);
	check(end.gpr[RSP] == a.gpr[RSP], "ESP 0x%x", end.gpr[RSP]);
	check((end.eflags & ~RFLAGS_RF) == a.eflags, "EFLAGS 0x%x", end.eflags);
	check(end.cr0 & CR0_TS, "CR0.TS is clear");
	check(is_busy(SEL_A) && !is_busy(SEL_B), "busy: A %u, B %u", is_busy(SEL_A),
	      is_busy(SEL_B));
	check((u16)b.link == SEL_A, "link 0x%x", b.link);
	check(b.gpr[RBX] == 0xb0b0b000 + RBX + 1, "B's EBX 0x%x", b.gpr[RBX]);
	check(b.gpr[RCX] & EFLAGS_NT, "EFLAGS in B were 0x%x", b.gpr[RCX]);
	check(!(b.eflags & EFLAGS_NT), "B's EFLAGS 0x%x", b.eflags);
	check(b.eip == (u64)return_once_end - 1, "B's EIP 0x%x", b.eip);
	legacy_reset_gate(VECTOR_GATE);
}

static void call_and_return(void)
{
	call_by(call_b, call_b_end);
}

static void call_by_gate(void)
{
	call_by(call_gate, call_gate_end);
}

static void software_interrupt(void)
{
	call_by(int_gate, int_gate_end);
}

/* B goes on where its return left it. */
LEGACY_SNIPPET(32, call_loop, "1:\tlcall $0x80, $0\n\tdecl %ecx\n\tjnz 1b");
LEGACY_SNIPPET(32, count_calls, "1:\tincl %eax\n\tiretl\n\tjmp 1b");

static void many_calls(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, call_loop, count_calls);
	a.gpr[RCX] = 1000;
	b.gpr[RAX] = 0;
	legacy_run(&a);
	check_end(&a, call_loop_end, SEL_A);
	check(b.gpr[RAX] == 1000 && !a.gpr[RCX], "%u calls, %u are left", b.gpr[RAX], a.gpr[RCX]);
}

/* --- exceptions and interrupts --- */

LEGACY_SNIPPET(32, bad_selector, "movl $0xfff8, %esi\n\tmovl %esi, %gs");
LEGACY_SNIPPET(32, push_down, "pushl %eax\n\tpushl %eax\n\tpushl %eax\n\tpushl %eax");
LEGACY_SNIPPET(32, undefined, "ud2");

static void exception_with_error(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, bad_selector, nothing);
	handle_by_task(VEC_GP);
	legacy_run(&a);
	check_fault(&a, 0xfff8, SEL_A);
	check(legacy_tss.tss.eip == (u64)bad_selector + 5, "A's EIP 0x%x", legacy_tss.tss.eip);
	check(a.eflags & EFLAGS_NT, "EFLAGS 0x%x", a.eflags);
	check(a.gpr[RSP] == (u64)stacks[1] + 4096, "ESP 0x%x", a.gpr[RSP]);
}

static void exception_without_error(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, undefined, nothing);
	legacy_set_gate(VEC_UD, legacy_gate(SEL_B, 0, TASK_GATE));
	legacy_run(&a);
	check_end(&a, nothing_end, SEL_B);
	check(a.gpr[RSP] == (u64)stacks[0] + 4096, "ESP 0x%x", a.gpr[RSP]);
	check(legacy_tss.tss.eip == (u64)undefined, "A's EIP 0x%x", legacy_tss.tss.eip);
	check((u16)b.link == SEL_A, "link 0x%x", b.link);
}

/* No stack for the exception: the task gate is what i386 kernels have for that. */
static void double_fault(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, push_down, nothing);
	handle_by_task(VEC_DF);
	map_page(0, words[0]);
	map_page(1, words[1]);
	a.cr0 |= CR0_PG;
	a.cr4 = CR4_PSE;
	a.cr3 = (u64)directories[0];
	a.gpr[RSP] = WINDOW + 12;	/* the frame of the return to it still fits */
	legacy_run(&a);
	check_fault(&a, 0, SEL_A);
	check(legacy_tss.tss.gpr[RSP] == WINDOW, "A's ESP 0x%x", legacy_tss.tss.gpr[RSP]);
	check(legacy_tss.tss.eip == (u64)push_down + 3, "A's EIP 0x%x", legacy_tss.tss.eip);
	check(a.cr2 == WINDOW - 4, "CR2 0x%x", a.cr2);
}

static void external_interrupt(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, nothing, nothing);
	b.eip = (u64)take_error;
	b.gpr[RSP] -= 4;
	legacy_set_gate(VECTOR_GATE, legacy_gate(SEL_B, 0, TASK_GATE));
	a.eflags |= RFLAGS_IF;
	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_GATE);
	legacy_run(&a);
	lapic_eoi();
	check_end(&a, take_error_end, SEL_B);
	check(a.gpr[RSP] == (u64)stacks[0] + 4096, "something was pushed: ESP 0x%x", a.gpr[RSP]);
	check(legacy_tss.tss.eip == (u64)nothing, "A's EIP 0x%x", legacy_tss.tss.eip);
	check(legacy_tss.tss.eflags & RFLAGS_IF, "A's EFLAGS 0x%x", legacy_tss.tss.eflags);
	legacy_reset_gate(VECTOR_GATE);
}

LEGACY_SNIPPET(16, vm86_int, "int $0x40");

static void from_vm86(void)
{
	struct legacy_state a, end;

	prepare(&a, LEGACY_VM86, NULL, return_once);
	legacy_place(vm86_int, vm86_int_end);
	legacy_set_gate(VECTOR_GATE, legacy_gate(SEL_B, 0, TASK_GATE | FOR_ALL));
	a.eflags |= 3 << 12;
	end = a;
	legacy_run(&end);
	check_end(&end, NULL, SEL_A);
	check(end.eflags & RFLAGS_VM && end.eip == 3, "EFLAGS 0x%x EIP 0x%x", end.eflags,
	      end.eip);
	check(end.cs == a.cs && end.ss == a.ss && end.ds == a.ds && end.gs == a.gs,
	      "CS 0x%x SS 0x%x DS 0x%x GS 0x%x", end.cs, end.ss, end.ds, end.gs);
	check(legacy_tss.tss.eflags & RFLAGS_VM, "A's EFLAGS 0x%x", legacy_tss.tss.eflags);
	check_registers(end.gpr, 0xa0a0a000);
	legacy_reset_gate(VECTOR_GATE);
}

/* --- what a task brings along --- */

LEGACY_SNIPPET(32, load_window, "movl 0x8000000, %eax");
LEGACY_SNIPPET(32, load_and_jump, "movl 0x8000000, %eax\n\tljmp $0x80, $0");

static void other_tables(void)
{
	struct legacy_state a;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		map_page(i, words[i]);
		words[i][0] = 0x11111111 * (i + 1);
	}
	prepare(&a, LEGACY_FLAT, load_and_jump, load_window);
	a.cr0 |= CR0_PG;
	a.cr4 = CR4_PSE;
	a.cr3 = (u64)directories[0];
	legacy_run(&a);
	check_end(&a, load_window_end, SEL_B);
	check(a.cr3 == (u64)directories[1], "CR3 0x%x", a.cr3);
	check(legacy_tss.tss.gpr[RAX] == 0x11111111, "before: 0x%x", legacy_tss.tss.gpr[RAX]);
	check(a.gpr[RAX] == 0x22222222, "after: 0x%x", a.gpr[RAX]);
	check(!legacy_tss.tss.cr3, "CR3 was saved");
}

static void without_paging_no_tables(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	a.cr3 = (u64)directories[0];
	legacy_run(&a);
	check_end(&a, nothing_end, SEL_B);
	check(a.cr3 == (u64)directories[0], "CR3 0x%x", a.cr3);
}

LEGACY_SNIPPET(32, load_fs, "movl %fs:4, %eax");

static void local_table(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, load_fs);
	words[0][1] = 0x1dea;
	ldt[1] = make_descriptor((u64)words[0], 0xfff, 0x93, 0x4);
	cpu_set_descriptor(SEL_LDT, make_descriptor((u64)ldt, sizeof(ldt) - 1, LDT, 0));
	b.ldt = SEL_LDT;
	b.fs = IN_LDT(1);
	legacy_run(&a);
	check_end(&a, load_fs_end, SEL_B);
	check(a.ldtr == SEL_LDT && a.fs == IN_LDT(1), "LDTR 0x%x FS 0x%x", a.ldtr, a.fs);
	check(a.gpr[RAX] == 0x1dea, "read 0x%x", a.gpr[RAX]);
}

static void user_task(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	b.cs = SEL_USER_CODE32 | 3;
	b.ss = SEL_USER_DATA | 3;
	b.ds = SEL_USER_DATA | 3;
	b.es = SEL_USER_DATA | 3;
	legacy_run(&a);
	check_end(&a, nothing_end, SEL_B);
	check(a.cs == (SEL_USER_CODE32 | 3) && a.ss == (SEL_USER_DATA | 3), "CS 0x%x SS 0x%x",
	      a.cs, a.ss);
	/* vector, error, EIP, CS, EFLAGS, ESP, SS */
	check(a.frame == b.esp0 - 28, "the frame is at 0x%x, not 0x%x", a.frame, b.esp0 - 28);
}

static void vm86_task(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, NULL);
	legacy_place(vm86_int, vm86_int_end);
	b.eflags |= RFLAGS_VM | 3 << 12;
	b.eip = 2;
	b.gpr[RSP] = 0x100;
	b.cs = LOW_TEST >> 4;
	b.ss = 0x2000;
	b.ds = 0x3000;
	b.es = 0x4000;
	b.fs = 0x5000;
	b.gs = 0x6000;
	legacy_run(&a);
	check_end(&a, NULL, SEL_B);
	check(a.eflags & RFLAGS_VM && a.eip == 3, "EFLAGS 0x%x EIP 0x%x", a.eflags, a.eip);
	check(a.ss == 0x2000 && a.ds == 0x3000 && a.es == 0x4000 && a.fs == 0x5000 &&
	      a.gs == 0x6000, "SS 0x%x DS 0x%x ES 0x%x FS 0x%x GS 0x%x", a.ss, a.ds, a.es, a.fs,
	      a.gs);
}

static void debug_trap(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	b.trap = 1;
	if (emulator_differs("has no trap for tasks"))
		return;
	write_dr6(0xffff0ff0);
	legacy_run(&a);
	check(a.vector == VEC_DB && a.eip == (u64)nothing && a.tr == SEL_B,
	      "vector %u at 0x%x in task 0x%x", a.vector, a.eip, a.tr);
	check(a.dr6 & DR6_BT, "DR6 0x%x", a.dr6);
	write_dr6(0xffff0ff0);
}

/* Breakpoints of one task alone do not go over to the next. */
static void local_breakpoints(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	write_dr0((u64)nothing_end - 1);
	write_dr7(0x401);
	legacy_run(&a);
	check_end(&a, nothing_end, SEL_B);
	check((read_dr7() & 0xff) == 0, "DR7 0x%lx", read_dr7());
	write_dr7(0x400);
	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	write_dr0((u64)nothing);
	write_dr7(0x402);
	legacy_run(&a);
	check(a.vector == VEC_DB && a.eip == (u64)nothing, "vector %u at 0x%x", a.vector, a.eip);
	check((read_dr7() & 0xff) == 2, "DR7 0x%lx", read_dr7());
	write_dr7(0x400);
	write_dr6(0xffff0ff0);
}

/* --- 16 bits --- */

LEGACY_SNIPPET(16, small_stop, "nop");
LEGACY_SNIPPET(16, small_return, "incw %cx\n\tiretw");

static void prepare_small(void)
{
	unsigned int i;

	small = (struct tss16) {
		.sp0 = 0x8000,
		.ss0 = SEL_LOW_DATA16,
		.flags = RFLAGS_FIXED,
		.es = SEL_LOW_DATA16,
		.cs = SEL_LOW_CODE16,
		.ss = SEL_LOW_DATA16,
		.ds = SEL_LOW_DATA16,
	};
	for (i = 0; i < 8; i++)
		small.gpr[i] = 0xc000 + i;
	small.gpr[RSP] = 0x9000;
	set_tss(SEL_16, &small, sizeof(small), TSS16);
}

static void to_16_bits(void)
{
	struct legacy_state a, end;
	unsigned int i;

	prepare(&a, LEGACY_FLAT, jump_to_small, nothing);
	legacy_place(small_stop, small_stop_end);
	prepare_small();
	end = a;
	legacy_run(&end);
	check_end(&end, NULL, SEL_16);
	for (i = 0; i < 8; i++) {
		if (i != RSP)
			check((u16)end.gpr[i] == 0xc000 + i, "register %u is 0x%x", i, end.gpr[i]);
	}
	check(end.cs == SEL_LOW_CODE16 && end.eip == 2, "0x%x:0x%x", end.cs, end.eip);
	check(end.ss == SEL_LOW_DATA16 && (u16)end.gpr[RSP] == 0x9000, "stack 0x%x:0x%x", end.ss,
	      end.gpr[RSP]);
	check_left_a(&a, jump_to_small_break, 0xa0a0a000);
	check(!is_busy(SEL_A) && is_busy(SEL_16), "busy: A %u, the other %u", is_busy(SEL_A),
	      is_busy(SEL_16));
}

LEGACY_SNIPPET(32, call_small, "lcall $0x90, $0");

static void to_16_bits_and_back(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, call_small, nothing);
	legacy_place(small_return, small_return_end);
	prepare_small();
	legacy_run(&a);
	check_end(&a, call_small_end, SEL_A);
	check_registers(a.gpr, 0xa0a0a000);
	check(small.link == SEL_A, "link 0x%x", small.link);
	check(small.gpr[RCX] == 0xc000 + RCX + 1, "CX 0x%x", small.gpr[RCX]);
	check(small.ip == 2 && !(small.flags & EFLAGS_NT), "IP 0x%x flags 0x%x", small.ip,
	      small.flags);
	check(is_busy(SEL_A) && !is_busy(SEL_16), "busy: A %u, the other %u", is_busy(SEL_A),
	      is_busy(SEL_16));
}

/* --- refused, in the task that asks --- */

static void refuse(const char *what, const char *code, const char *where, unsigned int vector,
		   u32 error)
{
	struct legacy_state a;
	u64 descriptor = load_shared(&this_cpu()->gdt[SEL_B / 8]);

	prepare(&a, LEGACY_FLAT, code, nothing);
	cpu_set_descriptor(SEL_B, descriptor);
	legacy_run(&a);
	check(a.vector == vector && a.error == error, "%s: vector %u error 0x%x", what, a.vector,
	      a.error);
	check(a.eip == (u64)where && a.tr == SEL_A, "%s: at 0x%x in task 0x%x", what, a.eip, a.tr);
	check(is_busy(SEL_A) && load_shared(&this_cpu()->gdt[SEL_B / 8]) == descriptor,
	      "%s: a descriptor changed", what);
	check_registers(a.gpr, 0xa0a0a000);
}

static void bad_descriptors(void)
{
	set_tss(SEL_B, &b, sizeof(b), TSS32 | BUSY);
	refuse("jump to a busy task", jump_to_b, jump_to_b, VEC_GP, SEL_B);
	refuse("call of a busy task", call_b, call_b, VEC_GP, SEL_B);
	refuse("gate to a busy task", jump_to_gate, jump_to_gate, VEC_GP, SEL_B);
	set_tss(SEL_B, &b, sizeof(b), TSS32 & ~0x80);
	refuse("jump to an absent task", jump_to_b, jump_to_b, VEC_NP, SEL_B);
	refuse("gate to an absent task", call_gate, call_gate, VEC_NP, SEL_B);
	set_tss(SEL_B, &b, 103, TSS32);
	refuse("jump to a short TSS", jump_to_b, jump_to_b, VEC_TS, SEL_B);
	refuse("call of a short TSS", call_b, call_b, VEC_TS, SEL_B);
}

static void refuse_gate(const char *what, u64 gate, unsigned int vector, u32 error)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, jump_to_gate, nothing);
	cpu_set_descriptor(SEL_GATE, gate);
	legacy_run(&a);
	check(a.vector == vector && a.error == error, "%s: vector %u error 0x%x", what, a.vector,
	      a.error);
	check(a.eip == (u64)jump_to_gate && a.tr == SEL_A, "%s: at 0x%x in task 0x%x", what, a.eip,
	      a.tr);
}

static void bad_gates(void)
{
	refuse_gate("absent gate", legacy_gate(SEL_B, 0, TASK_GATE & ~0x80), VEC_NP, SEL_GATE);
	refuse_gate("gate to a data segment", legacy_gate(SEL_DATA, 0, TASK_GATE), VEC_GP,
		    SEL_DATA);
	/* SDM 2, JMP. Emulators take it for a TSS that is none. */
	refuse_gate("gate into the local table", legacy_gate(IN_LDT(1), 0, TASK_GATE),
		    cpu_is_emulated() ? VEC_TS : VEC_GP, IN_LDT(1));
	refuse_gate("gate to the end of the table", legacy_gate(0xff8, 0, TASK_GATE), VEC_GP,
		    0xff8);
}

static void not_for_users(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_USER, jump_to_b, nothing);
	legacy_run(&a);
	check(a.vector == VEC_GP && a.error == SEL_B && a.tr == SEL_A,
	      "vector %u error 0x%x in task 0x%x", a.vector, a.error, a.tr);
	prepare(&a, LEGACY_USER, jump_to_b, nothing);
	set_tss(SEL_B, &b, sizeof(b), TSS32 | FOR_ALL);
	legacy_run(&a);
	check_end(&a, nothing_end, SEL_B);
}

static void return_to_nowhere(void)
{
	static const struct {
		u16 link;
		unsigned int vector;
	} cases[] = { { SEL_DATA, VEC_TS }, { IN_LDT(1), VEC_TS }, { SEL_B, VEC_TS } };
	struct legacy_state a;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		prepare(&a, LEGACY_FLAT, return_once, nothing);
		legacy_tss.tss.link = cases[i].link;
		/* IRET to the code takes NT from what it pops. */
		a.eflags |= EFLAGS_NT;
		legacy_run(&a);
		check(a.vector == cases[i].vector && a.error == (cases[i].link & ~3u),
		      "link 0x%x: vector %u error 0x%x", cases[i].link, a.vector, a.error);
		check(a.eip == (u64)return_once_end - 2 && a.tr == SEL_A, "at 0x%x in task 0x%x",
		      a.eip, a.tr);
	}
}

/* --- refused, in the new task --- */

static void refuse_state(const char *what, unsigned int vector, u32 error)
{
	struct legacy_state a;
	struct tss32 state = b;

	prepare(&a, LEGACY_FLAT, jump_to_b, nothing);
	b = state;
	handle_by_task(vector);
	legacy_run(&a);
	check(a.vector == VEC_BP && a.tr == SEL_HANDLER, "%s: vector %u error 0x%x in task 0x%x",
	      what, a.vector, a.error, a.tr);
	check(a.gpr[RDX] == error, "%s: error 0x%x", what, a.gpr[RDX]);
	check((u16)handler.link == SEL_B, "%s: it was task 0x%x", what, handler.link);
	/* Emulated ones have A's there. */
	check(b.eip == (u64)nothing || cpu_is_emulated(), "%s: EIP 0x%x", what, b.eip);
}

static void good_state(void)
{
	prepare_tss(&b, nothing, stacks[0]);
}

static void bad_state(void)
{
	cpu_set_descriptor(SEL_ABSENT, make_descriptor(0, 0xfffff, 0x13, 0xc));
	good_state();
	b.ldt = SEL_DATA;
	refuse_state("LDT is none", VEC_TS, SEL_DATA);
	good_state();
	b.cs = SEL_DATA;
	refuse_state("CS is data", VEC_TS, SEL_DATA);
	good_state();
	b.cs = 0;
	refuse_state("CS is null", VEC_TS, 0);
	good_state();
	b.ss = 0;
	refuse_state("SS is null", VEC_TS, 0);
	good_state();
	b.ss = SEL_CODE32;
	refuse_state("SS is code", VEC_TS, SEL_CODE32);
	good_state();
	b.ss = SEL_ABSENT;	/* emulated ones make no difference between segments */
	refuse_state("SS is absent", cpu_is_emulated() ? VEC_NP : VEC_SS, SEL_ABSENT);
	good_state();
	b.ds = SEL_ABSENT;
	refuse_state("DS is absent", VEC_NP, SEL_ABSENT);
	good_state();
	b.es = SEL_TSS;
	refuse_state("ES is a TSS", VEC_TS, SEL_TSS);
	good_state();
	b.gs = 0xfff8;
	refuse_state("GS is outside", VEC_TS, 0xfff8);
}

/* The switch belongs to an external interrupt: EXT. */
static void bad_state_by_interrupt(void)
{
	struct legacy_state a;

	prepare(&a, LEGACY_FLAT, nothing, nothing);
	b.ss = SEL_CODE32;
	handle_by_task(VEC_TS);
	legacy_set_gate(VECTOR_GATE, legacy_gate(SEL_B, 0, TASK_GATE));
	a.eflags |= RFLAGS_IF;
	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_GATE);
	legacy_run(&a);
	lapic_eoi();
	legacy_reset_gate(VECTOR_GATE);
	if (!emulator_differs("leaves EXT out"))
		check_fault(&a, SEL_CODE32 | EXT, SEL_B);
}

/* --- long mode has none --- */

static struct {
	u32 offset;
	u16 selector;
} __packed far_pointer = { 0, SEL_B };

static void not_in_long_mode(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	set_tss(SEL_B, &b, sizeof(b), TSS32);
	insn_fill(&regs);
	regs.r[RSI] = (u64)&far_pointer;
	check(insn_run(INSN(0xff, MODRM(0, 5, RSI)), &regs, &trap) && trap.cause == VEC_GP &&
	      trap_last()->error == SEL_B, "jump: trap %lu error 0x%lx", trap.cause,
	      trap_last()->error);
	check(insn_run(INSN(0xff, MODRM(0, 3, RSI)), &regs, &trap) && trap.cause == VEC_GP &&
	      trap_last()->error == SEL_B, "call: trap %lu error 0x%lx", trap.cause,
	      trap_last()->error);
	regs.r[RSP] = (u64)stacks[0] + 2048;
	regs.rflags |= EFLAGS_NT;
	check(insn_run(INSN(0x48, 0xcf), &regs, &trap) && trap.cause == VEC_GP &&
	      !trap_last()->error, "IRET with NT: trap %lu error 0x%lx", trap.cause,
	      trap_last()->error);
}

static const struct test_case cases[] = {
	{ "jump", jump },
	{ "jump_by_gate", jump_by_gate },
	{ "jump_by_pointer", jump_by_pointer },
	{ "call_and_return", call_and_return },
	{ "call_by_gate", call_by_gate },
	{ "software_interrupt", software_interrupt },
	{ "many_calls", many_calls },
	{ "exception_with_error", exception_with_error },
	{ "exception_without_error", exception_without_error },
	{ "double_fault", double_fault },
	{ "external_interrupt", external_interrupt },
	{ "from_vm86", from_vm86 },
	{ "other_tables", other_tables },
	{ "without_paging_no_tables", without_paging_no_tables },
	{ "local_table", local_table },
	{ "user_task", user_task },
	{ "vm86_task", vm86_task },
	{ "debug_trap", debug_trap },
	{ "local_breakpoints", local_breakpoints },
	{ "to_16_bits", to_16_bits },
	{ "to_16_bits_and_back", to_16_bits_and_back },
	{ "bad_descriptors", bad_descriptors },
	{ "bad_gates", bad_gates },
	{ "not_for_users", not_for_users },
	{ "return_to_nowhere", return_to_nowhere },
	{ "bad_state", bad_state },
	{ "bad_state_by_interrupt", bad_state_by_interrupt },
	{ "not_in_long_mode", not_in_long_mode },
};

void guest_main(void)
{
	legacy_init();
	test_run(cases, ARRAY_SIZE(cases));
}
