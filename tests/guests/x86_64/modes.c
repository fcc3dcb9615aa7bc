// SPDX-License-Identifier: GPL-2.0
/*
 * Real mode, 16-bit and 32-bit protected mode, virtual-8086 mode and compatibility
 * mode: what differs there, and what makes exits. SDM 3, chapters 5, 6, 21, 22.
 */
#include "cpu.h"
#include "legacy.h"

const char *const guest_name = "modes";

#define SEL_GATE	0x80	/* two entries */
#define SEL_FAST	0x90	/* kernel's code and data, user's code and data */
#define SEL_LOW_CODE32	0xb0
#define CALL_GATE	0xec	/* present, for everybody */
#define GATE_PARAMS	2
#define EFLAGS_IOPL	(3u << 12)
#define REAL_CS		(LOW_TEST >> 4)
#define LOW_HANDLER	0x800	/* in the segment of LOW_TEST */
#define LOW_DATA	0x4000
#define LOW_TABLE	0x5000
#define VECTOR_SOFT	0x60
#define VECTOR_IRQ	0x61
#define PORT_FREE	0x80

static u32 *ivt(void)
{
	return (u32 *)LEGACY_IVT;
}

static void *low(u32 offset)
{
	return (void *)(u64)(LOW_TEST + offset);
}

static void begin_low(struct legacy_state *state, enum legacy_mode mode, const char *begin,
		      const char *end)
{
	legacy_init();
	legacy_place(begin, end);
	legacy_begin(state, mode, NULL);
}

#define BEGIN_LOW(state, mode, name)	begin_low(state, mode, name, name##_end)

static void check_at(const struct legacy_state *end, unsigned int vector, u32 cs, u32 eip)
{
	check(end->vector == vector && !end->error, "vector %u error 0x%x at 0x%x:0x%x",
	      end->vector, end->error, end->cs, end->eip);
	check(end->cs == cs && end->eip == eip, "at 0x%x:0x%x", end->cs, end->eip);
}

static u32 length(const char *begin, const char *end)
{
	return end - begin;
}

/* It came to its breakpoint. */
#define CHECK_LOW(state, segment, name)	\
	check_at(state, VEC_BP, segment, length(name, name##_end))
#define CHECK_FLAT(state, name)		\
	check_at(state, VEC_BP, SEL_CODE32, (u64)name##_end)

/* --- real mode --- */

LEGACY_SNIPPET(16, real_state,
	       "smsw %ax\n\tmov %cr0, %ebx\n\tpushf\n\tpop %cx\n\tmov %cs, %dx\n\tmov %ss, %si");

static void real_mode(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_state);
	state.eflags |= RFLAGS_CF;
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_state);
	check(!(state.gpr[RBX] & (CR0_PE | CR0_PG)), "CR0 0x%x", state.gpr[RBX]);
	check((state.gpr[RAX] & 0xffff) == (state.gpr[RBX] & 0xffff), "SMSW 0x%x, CR0 0x%x",
	      state.gpr[RAX], state.gpr[RBX]);
	check((state.gpr[RCX] & 0xffff) == (RFLAGS_FIXED | RFLAGS_CF), "flags 0x%x",
	      state.gpr[RCX]);
	check(state.gpr[RDX] == REAL_CS && state.gpr[RSI] == REAL_CS, "CS 0x%x SS 0x%x",
	      state.gpr[RDX], state.gpr[RSI]);
}

LEGACY_SNIPPET(16, real_calls, "sti\n\tint $0x60\n\tpushf\n\tpop %cx\n\tcli");
LEGACY_SNIPPET(16, real_handler, "inc %bx\n\tpushf\n\tpop %dx\n\tmov %sp, %si\n\tiret");

static void real_interrupts(void)
{
	struct legacy_state state;
	u32 sp;

	BEGIN_LOW(&state, LEGACY_REAL, real_calls);
	memcpy(low(LOW_HANDLER), real_handler, length(real_handler, real_handler_end));
	ivt()[VECTOR_SOFT] = REAL_CS << 16 | LOW_HANDLER;
	sp = state.gpr[RSP];
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_calls);
	check(state.gpr[RBX] == 1, "the handler ran %u times", state.gpr[RBX]);
	check(!(state.gpr[RDX] & RFLAGS_IF) && (state.gpr[RCX] & RFLAGS_IF),
	      "flags 0x%x, behind it 0x%x", state.gpr[RDX], state.gpr[RCX]);
	check(state.gpr[RSI] == sp - 6 && state.gpr[RSP] == sp, "SP 0x%x, then 0x%x",
	      state.gpr[RSI], state.gpr[RSP]);
}

LEGACY_SNIPPET(16, real_divide, "mov $1, %bx\n\tdiv %cl");
LEGACY_SNIPPET(16, real_undefined, "mov $1, %bx\n\tud2");
LEGACY_SNIPPET(16, real_int, "mov $1, %bx\n\tint $0x66");
LEGACY_SNIPPET(16, real_into, "addb $0x7f, %al\n\tinto");

static void real_exceptions(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_divide);
	legacy_run(&state);
	check_at(&state, VEC_DE, REAL_CS, 3);
	BEGIN_LOW(&state, LEGACY_REAL, real_undefined);
	legacy_run(&state);
	check_at(&state, VEC_UD, REAL_CS, 3);
	BEGIN_LOW(&state, LEGACY_REAL, real_int);
	legacy_run(&state);
	check_at(&state, 0x66, REAL_CS, 5);
	BEGIN_LOW(&state, LEGACY_REAL, real_into);
	state.gpr[RAX] = 1;
	legacy_run(&state);
	check_at(&state, VEC_OF, REAL_CS, 3);
}

LEGACY_SNIPPET(16, real_jump, "ljmp $0x1100, $0");
LEGACY_SNIPPET(16, real_there, "mov %cs, %dx\n\tmov %cs:0x10, %ax");

static void real_far_jump(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_jump);
	memcpy(low(0x1000), real_there, length(real_there, real_there_end));
	*(u16 *)low(0x1010) = 0xbeef;
	legacy_run(&state);
	check_at(&state, VEC_BP, 0x1100, length(real_there, real_there_end));
	check(state.gpr[RDX] == 0x1100 && state.gpr[RAX] == 0xbeef, "CS 0x%x, read 0x%x",
	      state.gpr[RDX], state.gpr[RAX]);
}

LEGACY_SNIPPET(16, real_exits,
	       "mov $0x40000000, %eax\n\tcpuid\n\tmov %ebx, %edi\n\t"
	       "mov $0xff, %al\n\tout %al, $0x80\n\tin $0x21, %al\n\tmovzbl %al, %ebp\n\t"
	       "mov $0x1b, %ecx\n\trdmsr\n\tmov %eax, %esi\n\t"
	       "mov %cr0, %eax\n\tor $2, %al\n\tmov %eax, %cr0\n\twbinvd\n\tclts");

/* Everything that axvm does itself, with 16-bit code to look at. */
static void real_mode_exits(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_exits);
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_exits);
	check(state.gpr[RDI] == cpuid(0x40000000, 0).ebx, "CPUID 0x%x", state.gpr[RDI]);
	check(state.gpr[RBP] == inb(0x21), "port 0x%x", state.gpr[RBP]);
	check(state.gpr[RSI] == (u32)rdmsr(0x1b), "MSR 0x%x", state.gpr[RSI]);
	check(state.cr0 & CR0_MP, "CR0 0x%x", state.cr0);
}

LEGACY_SNIPPET(16, real_strings,
	       "cld\n\tmov $0x4000, %si\n\tmov $16, %cx\n\tmov $0x80, %dx\n\trep outsb\n\t"
	       "mov $0x4100, %di\n\tmov $16, %cx\n\tmov $0x21, %dx\n\trep insb");

static void real_string_ports(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_strings);
	memset(low(0x4100), 0x77, 17);
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_strings);
	check(state.gpr[RSI] == 0x4010 && state.gpr[RDI] == 0x4110 && !state.gpr[RCX],
	      "SI 0x%x DI 0x%x CX 0x%x", state.gpr[RSI], state.gpr[RDI], state.gpr[RCX]);
	check(*(u8 *)low(0x410f) == inb(0x21) && *(u8 *)low(0x4110) == 0x77, "0x%x, then 0x%x",
	      *(u8 *)low(0x410f), *(u8 *)low(0x4110));
}

LEGACY_SNIPPET(16, real_big,
	       "mov (%esi), %eax\n\tmovl $0x5a5aa5a5, (%edi)\n\tmov %fs:(%ebx), %ecx");

/* Limits of protected mode stay: memory above 1 MiB, and device registers. */
static void unreal_mode(void)
{
	static u32 words[2] __aligned(4) = { 0x12348765 };
	struct legacy_state state;

	words[1] = 0;
	BEGIN_LOW(&state, LEGACY_REAL, real_big);
	state.first_data = SEL_DATA;
	state.fs = 0;
	state.gpr[RSI] = (u64)&words[0] - LOW_TEST;
	state.gpr[RDI] = (u64)&words[1] - LOW_TEST;
	state.gpr[RBX] = ioapic_base();
	mmio_write32(ioapic_base(), 0x1);
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_big);
	check(state.gpr[RAX] == words[0] && load_shared(&words[1]) == 0x5a5aa5a5,
	      "read 0x%x, wrote 0x%x", state.gpr[RAX], words[1]);
	check(state.gpr[RCX] == 1, "device register 0x%x", state.gpr[RCX]);
}

LEGACY_SNIPPET(16, real_tables,
	       "sgdtl 0x4000\n\tsidt 0x4010\n\tlidtl 0x4020\n\tlgdtl 0x4030\n\tsgdtl 0x4040\n\t"
	       "sidtl 0x4050\n\tint $0x60\n\tlidtl 0x4010\n\tlgdtl 0x4000");

/* Another table for interrupts, with one handler. */
static void real_descriptor_tables(void)
{
	static const u16 idtr[] = { 0x3ff, LOW_TABLE, LOW_TEST >> 16 };
	static const u16 gdtr[] = { 0x77, 0x1230, 0xfe45 };
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_tables);
	memset(low(LOW_DATA), 0, 0x100);
	memcpy(low(LOW_HANDLER), real_handler, length(real_handler, real_handler_end));
	memcpy(low(LOW_TABLE), ivt(), 0x400);
	((u32 *)low(LOW_TABLE))[VECTOR_SOFT] = REAL_CS << 16 | LOW_HANDLER;
	memcpy(low(0x4020), idtr, sizeof(idtr));
	memcpy(low(0x4030), gdtr, sizeof(gdtr));
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, real_tables);
	check(state.gpr[RBX] == 1, "the handler ran %u times", state.gpr[RBX]);
	check(!memcmp(low(0x4040), low(0x4030), 6), "GDTR 0x%lx", *(u64 *)low(0x4040));
	check(!memcmp(low(0x4050), low(0x4020), 6), "IDTR 0x%lx", *(u64 *)low(0x4050));
	check(*(u16 *)low(0x4010) == 0x3ff && *(u32 *)low(0x4012) == LEGACY_IVT, "IDTR 0x%lx",
	      *(u64 *)low(0x4010));
}

LEGACY_SNIPPET(16, real_halt, "sti\n\thlt\n\tcli");

static void real_mode_halt(void)
{
	struct legacy_state state;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		BEGIN_LOW(&state, LEGACY_REAL, real_halt);
		lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IRQ);
		legacy_run(&state);
		lapic_eoi();
		check_at(&state, VECTOR_IRQ, REAL_CS, 2);
	}
}

/* --- words of CR0 --- */

LEGACY_SNIPPET(32, machine_status,
	       "smsw %eax\n\tsmsw (%esi)\n\tmovw $0xe, 4(%esi)\n\tlmsw 4(%esi)\n\tmovl %cr0, %ecx\n\t"
	       "xorl %ebx, %ebx\n\tlmsw %bx\n\tmovl %cr0, %edx\n\tmovw $8, 4(%esi)\n\t"
	       "lmsw 4(%esi)\n\tclts\n\tmovl %cr0, %edi\n\tsmsw 2(%esi)");

static void machine_status_word(void)
{
	static u16 words[8] __aligned(16);
	struct legacy_state state;

	legacy_init();
	legacy_begin(&state, LEGACY_FLAT, machine_status);
	state.gpr[RSI] = (u64)words;
	legacy_run(&state);
	CHECK_FLAT(&state, machine_status);
	check((u16)state.gpr[RAX] == 0x31 && words[0] == 0x31, "SMSW 0x%x, to memory 0x%x",
	      state.gpr[RAX], words[0]);
	check((state.gpr[RCX] & 0xf) == 0xf, "LMSW 0xe: CR0 0x%x", state.gpr[RCX]);
	check((state.gpr[RDX] & 0xf) == 1, "LMSW 0: CR0 0x%x", state.gpr[RDX]);
	check((state.gpr[RDI] & 0xf) == 1 && words[1] == 0x31, "CLTS: CR0 0x%x, SMSW 0x%x",
	      state.gpr[RDI], words[1]);
}

LEGACY_SNIPPET(16, low_status,
	       "smsw 0x4000\n\tmovw $2, 0x4002\n\tlmsw 0x4002\n\tsmsw 0x4004\n\t"
	       "movw $0, 0x4002\n\tlmsw 0x4002\n\tsmsw 0x4006");

static void machine_status_word_16(void)
{
	static const enum legacy_mode modes[] = { LEGACY_REAL, LEGACY_CODE16 };
	struct legacy_state state;
	const u16 *words = low(LOW_DATA);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		BEGIN_LOW(&state, modes[i], low_status);
		legacy_run(&state);
		CHECK_LOW(&state, modes[i] == LEGACY_REAL ? REAL_CS : SEL_LOW_CODE16, low_status);
		check((words[0] & 0xf) == i && (words[2] & 0xf) == (i | 2) && (words[3] & 0xf) == i,
		      "mode %u: 0x%x 0x%x 0x%x", i, words[0], words[2], words[3]);
	}
}

LEGACY_SNIPPET(16, real_enter,
	       "mov $1, %ax\n\tlmsw %ax\n\tljmpl $0x70, $real_enter_low - real_enter\n"
	       "real_enter_low:\n\tmov %cs, %bx");

/* Into protected mode by LMSW, as 80286 programs did; the exception there needs its table. */
static void lmsw_enters_protected_mode(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_REAL, real_enter);
	state.idt_limit = sizeof(legacy_idt) - 1;
	state.idt_low = (u64)legacy_idt;
	state.idt_high = (u64)legacy_idt >> 16;
	legacy_run(&state);
	CHECK_LOW(&state, SEL_LOW_CODE16, real_enter);
	check(state.gpr[RBX] == SEL_LOW_CODE16 && (state.cr0 & CR0_PE), "CS 0x%x CR0 0x%x",
	      state.gpr[RBX], state.cr0);
}

/* --- 16-bit protected mode --- */

LEGACY_SNIPPET(16, code16,
	       "pushl $0x12345678\n\tpop %ax\n\tpop %bx\n\tmov %sp, %si\n\t"
	       "mov $0x18, %cx\n\tmov %cx, %fs\n\tmov %fs:(%edi), %ebp\n\t"
	       "in $0x21, %al\n\tmov %al, %dl\n\tlcall $0xb0, $(code32_far - code16)\n\t"
	       "jmp 1f\n\t.code32\ncode32_far:\n\tmovl $0x55667788, %ecx\n\t.byte 0x66\n\tlret\n"
	       "\t.code16\n1:");

static void code_16(void)
{
	struct legacy_state state;
	u32 sp;

	BEGIN_LOW(&state, LEGACY_CODE16, code16);
	cpu_set_descriptor(SEL_LOW_CODE32, make_descriptor(LOW_TEST, 0xffff, 0x9b, 0x4));
	sp = state.gpr[RSP];
	state.gpr[RDI] = ioapic_base();
	mmio_write32(ioapic_base(), 0x1);
	legacy_run(&state);
	CHECK_LOW(&state, SEL_LOW_CODE16, code16);
	check((u16)state.gpr[RBX] == 0x1234 && state.gpr[RSI] == sp && state.gpr[RSP] == sp,
	      "BX 0x%x SP 0x%x, then 0x%x", state.gpr[RBX], state.gpr[RSI], state.gpr[RSP]);
	check(state.gpr[RBP] == 1, "device register 0x%x", state.gpr[RBP]);
	check((u8)state.gpr[RDX] == inb(0x21), "port 0x%x", state.gpr[RDX]);
	check(state.gpr[RCX] == 0x55667788, "32-bit code did not run");
}

/* --- virtual-8086 mode --- */

LEGACY_SNIPPET(16, vm86_plain,
	       "mov %cs, %ax\n\tmov %cs:0x4000, %bx\n\tmov %ss, %cx\n\tpush %cs\n\tpop %ds\n\t"
	       "mov 0x4000, %dx\n\tsmsw %si");
LEGACY_SNIPPET(16, vm86_flags,
	       "pushf\n\tpop %ax\n\tsti\n\tpushf\n\tpop %bx\n\tcli\n\tpushf\n\tpopf");
LEGACY_SNIPPET(16, vm86_int, "int $0x60");
LEGACY_SNIPPET(16, vm86_cli, "cli");
LEGACY_SNIPPET(16, vm86_pushf, "pushf");
LEGACY_SNIPPET(16, vm86_iret, "iret");
LEGACY_SNIPPET(16, vm86_hlt, "hlt");
LEGACY_SNIPPET(16, vm86_cr0, "mov %cr0, %eax");
LEGACY_SNIPPET(16, vm86_sldt, "sldt %ax");
LEGACY_SNIPPET(16, vm86_port, "mov $0xff, %al\n\tout %al, $0x80\n\tout %al, $0x81");
LEGACY_SNIPPET(16, vm86_wide_port, "mov $0x87, %dx\n\tout %ax, %dx");
LEGACY_SNIPPET(16, vm86_cpuid, "mov $0x40000000, %eax\n\tcpuid");

static void vm86(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_VM86, vm86_plain);
	*(u16 *)low(LOW_DATA) = 0xcafe;
	state.ds = 0x2345;
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, vm86_plain);
	check(state.eflags & RFLAGS_VM, "EFLAGS 0x%x", state.eflags);
	check(state.gpr[RAX] == REAL_CS && state.gpr[RBX] == 0xcafe && state.gpr[RDX] == 0xcafe,
	      "CS 0x%x, read 0x%x 0x%x", state.gpr[RAX], state.gpr[RBX], state.gpr[RDX]);
	check(state.gpr[RSI] & CR0_PE, "SMSW 0x%x", state.gpr[RSI]);
	BEGIN_LOW(&state, LEGACY_VM86, vm86_cpuid);
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, vm86_cpuid);
	check(state.gpr[RBX] == cpuid(0x40000000, 0).ebx, "CPUID 0x%x", state.gpr[RBX]);
}

static void vm86_privileged(void)
{
	struct legacy_state state;

	BEGIN_LOW(&state, LEGACY_VM86, vm86_flags);
	state.eflags |= EFLAGS_IOPL;
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, vm86_flags);
	check(!(state.gpr[RAX] & RFLAGS_IF) && (state.gpr[RBX] & RFLAGS_IF), "flags 0x%x 0x%x",
	      state.gpr[RAX], state.gpr[RBX]);
	BEGIN_LOW(&state, LEGACY_VM86, vm86_int);
	state.eflags |= EFLAGS_IOPL;
	legacy_run(&state);
	check_at(&state, VECTOR_SOFT, REAL_CS, 2);
	check(state.eflags & RFLAGS_VM, "EFLAGS 0x%x", state.eflags);
}

static void expect_vm86_fault(const char *name, const char *begin, const char *end, u32 eflags,
			      unsigned int vector)
{
	struct legacy_state state;

	begin_low(&state, LEGACY_VM86, begin, end);
	state.eflags |= eflags;
	legacy_run(&state);
	check(state.vector == vector && !state.error && !state.eip && state.cs == REAL_CS,
	      "%s: vector %u error 0x%x at 0x%x:0x%x", name, state.vector, state.error, state.cs,
	      state.eip);
}

#define VM86_FAULT(name, eflags, vector)	\
	expect_vm86_fault(#name, name, name##_end, eflags, vector)

static void vm86_faults(void)
{
	VM86_FAULT(vm86_int, 0, VEC_GP);
	VM86_FAULT(vm86_cli, 0, VEC_GP);
	VM86_FAULT(vm86_pushf, 0, VEC_GP);
	VM86_FAULT(vm86_iret, 0, VEC_GP);
	VM86_FAULT(vm86_hlt, EFLAGS_IOPL, VEC_GP);
	VM86_FAULT(vm86_cr0, EFLAGS_IOPL, VEC_GP);
	VM86_FAULT(vm86_sldt, EFLAGS_IOPL, VEC_UD);
}

/* The map alone decides there, whatever IOPL is. */
static void vm86_ports(void)
{
	struct legacy_state state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		BEGIN_LOW(&state, LEGACY_VM86, vm86_port);
		legacy_tss.io[PORT_FREE / 8] = ~1;
		state.eflags |= i ? EFLAGS_IOPL : 0;
		legacy_run(&state);
		check_at(&state, VEC_GP, REAL_CS, 4);
	}
	BEGIN_LOW(&state, LEGACY_VM86, vm86_wide_port);
	legacy_tss.io[PORT_FREE / 8] = 0;
	legacy_run(&state);
	check_at(&state, VEC_GP, REAL_CS, 3);
	BEGIN_LOW(&state, LEGACY_VM86, vm86_wide_port);
	legacy_tss.io[PORT_FREE / 8] = 0;
	legacy_tss.io[PORT_FREE / 8 + 1] = 0xfe;
	legacy_run(&state);
	CHECK_LOW(&state, REAL_CS, vm86_wide_port);
}

/* --- 32-bit users --- */

LEGACY_SNIPPET(32, user_port, "outb %al, $0x80\n\toutb %al, $0x81");
LEGACY_SNIPPET(32, user_cli, "cli");

static void run_user(struct legacy_state *state, const void *code, u32 eflags, u8 map)
{
	legacy_init();
	legacy_begin(state, LEGACY_USER, code);
	legacy_tss.io[PORT_FREE / 8] = map;
	state->eflags |= eflags;
	legacy_run(state);
}

static void user_ports(void)
{
	struct legacy_state state;

	run_user(&state, user_port, 0, 0xff);
	check_at(&state, VEC_GP, SEL_USER_CODE32 | 3, (u64)user_port);
	run_user(&state, user_port, 0, 0xfe);
	check_at(&state, VEC_GP, SEL_USER_CODE32 | 3, (u64)user_port + 2);
	run_user(&state, user_port, 0, 0);
	check_at(&state, VEC_BP, SEL_USER_CODE32 | 3, (u64)user_port_end);
	run_user(&state, user_port, EFLAGS_IOPL, 0xff);
	check_at(&state, VEC_BP, SEL_USER_CODE32 | 3, (u64)user_port_end);
	run_user(&state, user_cli, 0, 0);
	check_at(&state, VEC_GP, SEL_USER_CODE32 | 3, (u64)user_cli);
	run_user(&state, user_cli, EFLAGS_IOPL, 0);
	check_at(&state, VEC_BP, SEL_USER_CODE32 | 3, (u64)user_cli_end);
}

LEGACY_SNIPPET(32, user_call, "pushl $0x1111\n\tpushl $0x2222\n\tlcall $0x80, $0");
LEGACY_SNIPPET(32, gate_target,
	       "movl 8(%esp), %eax\n\tmovl 12(%esp), %ebx\n\tmovl %cs, %ecx\n\tmovl %ss, %edx\n\t"
	       "movl 4(%esp), %esi\n\tlret $8");

static void call_gate(void)
{
	struct legacy_state state;
	u32 esp;

	legacy_init();
	legacy_begin(&state, LEGACY_USER, user_call);
	cpu_set_descriptor(SEL_GATE, legacy_gate(SEL_CODE32, (u64)gate_target, CALL_GATE) |
				     (u64)GATE_PARAMS << 32);
	esp = state.gpr[RSP];
	legacy_run(&state);
	check_at(&state, VEC_BP, SEL_USER_CODE32 | 3, (u64)user_call_end);
	check(state.gpr[RAX] == 0x2222 && state.gpr[RBX] == 0x1111, "parameters 0x%x 0x%x",
	      state.gpr[RAX], state.gpr[RBX]);
	check(state.gpr[RCX] == SEL_CODE32 && state.gpr[RDX] == SEL_DATA &&
	      state.gpr[RSI] == (SEL_USER_CODE32 | 3), "CS 0x%x SS 0x%x, from 0x%x", state.gpr[RCX],
	      state.gpr[RDX], state.gpr[RSI]);
	check(state.gpr[RSP] == esp && state.ss == (SEL_USER_DATA | 3), "ESP 0x%x SS 0x%x",
	      state.gpr[RSP], state.ss);
}

static void set_fast_descriptors(void)
{
	static const u8 access[] = { 0x9b, 0x93, 0xfb, 0xf3 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(access); i++)
		cpu_set_descriptor(SEL_FAST + i * 8, make_descriptor(0, 0xfffff, access[i], 0xc));
}

LEGACY_SNIPPET(32, fast_user, "sysenter");
LEGACY_SNIPPET(32, fast_back, "nop");
LEGACY_SNIPPET(32, fast_kernel,
	       "movl %cs, %eax\n\tmovl %ss, %ebx\n\tmovl %esp, %esi\n\tmovl $fast_back, %edx\n\t"
	       "movl %ebp, %ecx\n\tsysexit");

static void sysenter(void)
{
	static u8 stack[256] __aligned(16);
	struct legacy_state state;

	legacy_init();
	set_fast_descriptors();
	wrmsr(MSR_SYSENTER_CS, SEL_FAST);
	wrmsr(MSR_SYSENTER_ESP, (u64)stack + sizeof(stack));
	wrmsr(MSR_SYSENTER_EIP, (u64)fast_kernel);
	legacy_begin(&state, LEGACY_USER, fast_user);
	state.gpr[RBP] = 0x1230;
	legacy_run(&state);
	check_at(&state, VEC_BP, (SEL_FAST + 16) | 3, (u64)fast_back_end);
	check(state.gpr[RAX] == SEL_FAST && state.gpr[RBX] == SEL_FAST + 8 &&
	      state.gpr[RSI] == (u64)stack + sizeof(stack), "CS 0x%x SS 0x%x ESP 0x%x",
	      state.gpr[RAX], state.gpr[RBX], state.gpr[RSI]);
	check(state.gpr[RSP] == 0x1230 && state.ss == ((SEL_FAST + 24) | 3), "ESP 0x%x SS 0x%x",
	      state.gpr[RSP], state.ss);
	wrmsr(MSR_SYSENTER_CS, 0);
	legacy_begin(&state, LEGACY_USER, fast_user);
	legacy_run(&state);
	check_at(&state, VEC_GP, SEL_USER_CODE32 | 3, (u64)fast_user);
}

static bool is_amd(void)
{
	return cpuid(0, 0).ecx == 0x444d4163;
}

LEGACY_SNIPPET(32, call_user, "syscall");
LEGACY_SNIPPET(32, call_kernel, "movl %cs, %eax\n\tmovl %ss, %ebx\n\tsysretl");

/* Without long mode it is AMD's alone, and its target is in STAR. */
static void syscall_32(void)
{
	struct legacy_state state;

	if (!is_amd()) {
		test_skip("not with this vendor");
		return;
	}
	legacy_init();
	set_fast_descriptors();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (u64)(SEL_FAST + 16) << 48 | (u64)SEL_FAST << 32 | (u64)call_kernel);
	legacy_begin(&state, LEGACY_USER, call_user);
	legacy_run(&state);
	check_at(&state, VEC_BP, (SEL_FAST + 16) | 3, (u64)call_user_end);
	check(state.gpr[RAX] == SEL_FAST && state.gpr[RBX] == SEL_FAST + 8, "CS 0x%x SS 0x%x",
	      state.gpr[RAX], state.gpr[RBX]);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
	wrmsr(MSR_STAR, 0);
}

/* --- interrupts that wait --- */

LEGACY_SNIPPET(32, sti_hlt, "sti\n\thlt\n\tcli");
LEGACY_SNIPPET(32, sti_cli, "sti\n\tcli");
LEGACY_SNIPPET(32, sti_nop, "sti\n\tnop\n\tcli");
LEGACY_SNIPPET(32, sti_cpuid, "sti\n\tcpuid\n\tcli");
LEGACY_SNIPPET(32, popf_nop, "pushl $0x202\n\tpopfl\n\tnop\n\tcli");

static void expect_interrupt(const char *name, const char *code, u32 offset)
{
	struct legacy_state state;

	legacy_init();
	legacy_begin(&state, LEGACY_FLAT, code);
	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IRQ);
	legacy_run(&state);
	lapic_eoi();
	check(state.vector == VECTOR_IRQ && state.eip == (u64)code + offset,
	      "%s: vector %u at 0x%lx", name, state.vector, state.eip - (u64)code);
}

static void interrupt_shadow(void)
{
	struct legacy_state state;
	u64 before = vector_count(arch_cpu_self(), VECTOR_IRQ);

	expect_interrupt("sti, hlt", sti_hlt, 2);
	expect_interrupt("sti, nop", sti_nop, 2);
	expect_interrupt("sti, cpuid", sti_cpuid, 3);
	expect_interrupt("popf", popf_nop, length(popf_nop, popf_nop_break) - 2);
	legacy_begin(&state, LEGACY_FLAT, sti_cli);
	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IRQ);
	legacy_run(&state);
	CHECK_FLAT(&state, sti_cli);
	arch_irq_on();
	arch_irq_off();
	check(vector_count(arch_cpu_self(), VECTOR_IRQ) == before + 1, "the interrupt is lost");
}

/* --- compatibility mode --- */

static u64 seen_cs, seen_rcx, seen_rip;

static bool see_breakpoint(struct trap_frame *frame)
{
	if (frame->cs & 3)
		return false;
	seen_cs = frame->cs;
	seen_rip = frame->rip;
	seen_rcx = frame->gpr[13];
	return false;
}

static void compatibility_entries(void)
{
	struct insn insn = { .cs = SEL_USER_CODE32 | 3, .len = 2 };
	struct insn_regs regs;
	struct trap_info trap;

	if (!is_amd()) {
		test_skip("the other vendor's are others");
		return;
	}
	insn.code = (const u8[]){ 0x0f, 0x34 };
	insn_fill(&regs);
	/* Emulated processors have it here, too. */
	check(insn_run(&insn, &regs, &trap) &&
	      (trap.cause == VEC_UD || cpu_is_emulated()), "SYSENTER: trap %lu", trap.cause);
	/* A breakpoint of the kernel where CSTAR points. */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (u64)SEL_USER_CODE32 << 48 | (u64)SEL_CODE64 << 32);
	wrmsr(MSR_CSTAR, (u64)fast_back_break);
	wrmsr(MSR_LSTAR, (u64)fast_kernel);
	insn.code = (const u8[]){ 0x0f, 0x05 };
	vector_hook(VEC_BP, see_breakpoint);
	insn_fill(&regs);
	insn_run(&insn, &regs, &trap);
	vector_hook(VEC_BP, NULL);
	check(seen_cs == SEL_CODE64 && seen_rip == (u64)fast_back_end, "SYSCALL: at 0x%lx:0x%lx",
	      seen_cs, seen_rip);
	check(seen_rcx == insn_place() + 2, "RCX 0x%lx", seen_rcx);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
}

static void compatibility_exits(void)
{
	static const u8 bytes[] = {
		0x0f, 0xa2,			/* cpuid */
		0x8b, MODRM(0, RBP, RSI),	/* mov (%esi), %ebp */
		0x67, 0x8b, MODRM(0, RDX, 7),	/* mov (%bx), %edx */
	};
	struct insn insn = { .cs = SEL_USER_CODE32 | 3, .code = bytes, .len = sizeof(bytes) };
	struct insn_regs regs;
	struct trap_info trap;
	u32 ebx = cpuid(1, 0).ebx;

	memset(low(0), 0, 16);
	mmio_write32(ioapic_base(), 1);
	insn_fill(&regs);
	regs.r[RAX] = 1;
	regs.r[RCX] = 0;
	regs.r[RSI] = ioapic_base() | 0xfffffff000000000;
	check(!insn_run(&insn, &regs, &trap), "trap %lu at 0x%lx", trap.cause,
	      trap.pc - insn_place());
	check((u32)regs.r[RBX] == ebx, "CPUID 0x%lx", regs.r[RBX]);
	check((u32)regs.r[RBP] == 1, "device register 0x%lx", regs.r[RBP]);
	check((u32)regs.r[RDX] == *(u32 *)(u64)(ebx & 0xffff), "read 0x%lx", regs.r[RDX]);
}

static struct {
	u32 offset;
	u16 selector;
} __packed gate_pointer = { 0, SEL_GATE };

LEGACY_SNIPPET(64, gate_target_64, "mov %rsp, %rbp\n\tlretq");

/* From a user to the kernel and back, without parameters. */
static void call_gate_64(void)
{
	struct insn insn = { .cs = SEL_USER_CODE64 | 3, .len = 2,
			     .code = (const u8[]){ 0xff, MODRM(0, 3, RSI) } };
	static u8 stack[256] __aligned(16);
	struct insn_regs regs;
	struct trap_info trap;

	cpu_set_descriptor(SEL_GATE, legacy_gate(SEL_CODE64, (u64)gate_target_64, CALL_GATE));
	cpu_set_descriptor(SEL_GATE + 8, (u64)gate_target_64 >> 32);
	insn_fill(&regs);
	regs.r[RSI] = (u64)&gate_pointer;
	regs.r[RSP] = (u64)stack + sizeof(stack);
	check(!insn_run(&insn, &regs, &trap), "trap %lu error 0x%lx", trap.cause,
	      trap_last()->error);
	/* SS, RSP, CS, RIP */
	check(regs.r[RBP] == this_cpu()->tss.rsp[0] - 32, "RSP in the kernel 0x%lx", regs.r[RBP]);
	check(regs.r[RSP] == (u64)stack + sizeof(stack), "RSP 0x%lx", regs.r[RSP]);
}

static void again_and_again(void)
{
	static const enum legacy_mode modes[] = { LEGACY_REAL, LEGACY_CODE16, LEGACY_VM86 };
	struct legacy_state state;
	unsigned int i;

	for (i = 0; i < 600 && !test_failed(); i++) {
		BEGIN_LOW(&state, modes[i % 3], vm86_cpuid);
		legacy_run(&state);
		check(state.vector == VEC_BP, "round %u: vector %u", i, state.vector);
		check(state.gpr[RBX] == cpuid(0x40000000, 0).ebx, "round %u: 0x%x", i,
		      state.gpr[RBX]);
	}
}

static const struct test_case cases[] = {
	{ "real_mode", real_mode },
	{ "real_interrupts", real_interrupts },
	{ "real_exceptions", real_exceptions },
	{ "real_far_jump", real_far_jump },
	{ "real_mode_exits", real_mode_exits },
	{ "real_string_ports", real_string_ports },
	{ "unreal_mode", unreal_mode },
	{ "real_descriptor_tables", real_descriptor_tables },
	{ "real_mode_halt", real_mode_halt },
	{ "machine_status_word", machine_status_word },
	{ "machine_status_word_16", machine_status_word_16 },
	{ "lmsw_enters_protected_mode", lmsw_enters_protected_mode },
	{ "code_16", code_16 },
	{ "vm86", vm86 },
	{ "vm86_privileged", vm86_privileged },
	{ "vm86_faults", vm86_faults },
	{ "vm86_ports", vm86_ports },
	{ "user_ports", user_ports },
	{ "call_gate", call_gate },
	{ "sysenter", sysenter },
	{ "syscall_32", syscall_32 },
	{ "interrupt_shadow", interrupt_shadow },
	{ "compatibility_entries", compatibility_entries },
	{ "compatibility_exits", compatibility_exits },
	{ "call_gate_64", call_gate_64 },
	{ "again_and_again", again_and_again },
};

void guest_main(void)
{
	legacy_init();
	test_run(cases, ARRAY_SIZE(cases));
}
