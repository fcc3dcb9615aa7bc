// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile guest: random firmware calls, CSR accesses, device accesses of every
 * kind and width. Whatever comes back, the VM goes on, and the host too.
 *
 * "seed=N" chooses the numbers, "rounds=N" how many of each kind.
 */
#include "cpu.h"
#include "csr.h"
#include "fuzz.h"
#include "runtime.h"
#include "sbi.h"

const char *const guest_name = "fuzz";

#define UART_MCR	4
#define MCR_LOOP	0x10
#define DEVICE_LEN	0x1000

#define OP_LOAD		0x03
#define OP_FLOAD	0x07
#define OP_STORE	0x23
#define OP_FSTORE	0x27
#define OP_AMO		0x2f

static u64 rounds(void)
{
	return fuzz_rounds(20000);
}

static bool is_intact(void)
{
	return fuzz_is_intact() &&
	       check(sbi_base(SBI_BASE_SPEC_VERSION, 0).value, "the firmware is gone");
}

/*
 * Not those that end a CPU or the VM, start one anywhere, or write to memory;
 * nor those that print what could look like a verdict.
 */
static bool may_call(u64 ext, u64 fn)
{
	switch (ext) {
	case SBI_EXT_SRST:
	case SBI_EXT_SUSP:
	case SBI_LEGACY_PUTCHAR:
	case 8:
		return false;
	case SBI_EXT_DBCN:
		return fn > SBI_DBCN_WRITE_BYTE;
	case SBI_EXT_HSM:
		return fn == SBI_HSM_STATUS || fn > SBI_HSM_SUSPEND;
	default:
		return true;
	}
}

static void firmware_calls(void)
{
	static const u64 exts[] = {
		SBI_EXT_BASE, SBI_EXT_TIME, SBI_EXT_IPI, SBI_EXT_RFENCE, SBI_EXT_HSM, SBI_EXT_PMU,
		SBI_EXT_STA, SBI_EXT_DBCN, 0, 2, 3, 4, 5, 6, 7, 9, 0x4e41434c, 0x46574654,
	};
	u64 i, ext, fn;

	arch_irq_on();
	for (i = 0; i < rounds(); i++) {
		ext = fuzz_random() % 16 ? fuzz_pick(exts) : fuzz_odd_number();
		fn = fuzz_random() % 16 ? fuzz_random() % 10 : fuzz_odd_number();
		if (may_call(ext, fn))
			sbi_call(ext, fn, fuzz_odd_number(), fuzz_odd_number(), fuzz_odd_number(),
				 fuzz_odd_number(), fuzz_odd_number());
	}
	arch_timer_stop();
	arch_irq_off();
	is_intact();
}

/* What the runtime itself lives on. */
static bool may_write(unsigned int csr)
{
	switch (csr) {
	case CSR_SSTATUS:
	case CSR_STVEC:
	case CSR_SSCRATCH:
	case CSR_SATP:
		return false;
	default:
		return true;
	}
}

static void csr_accesses(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int csr, f3;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		csr = fuzz_random() & 0xfff;
		f3 = fuzz_random() & 7;
		if (!(f3 & 3) || !may_write(csr))
			continue;
		regs.x[10] = fuzz_odd_number();
		if (insn_run(INSN_I(0x73, f3, 11, 10, csr), &regs, &trap) &&
		    !check(trap.cause == CAUSE_ILLEGAL, "0x%x: cause %lu", csr, trap.cause))
			break;
	}
	arch_timer_stop();
	cpu_init();
	is_intact();
}

static u32 random_access(void)
{
	static const u8 opcodes[] = { OP_LOAD, OP_STORE, OP_FLOAD, OP_FSTORE, OP_AMO };
	u32 insn = fuzz_random();

	/* Compressed: quadrant 0 is loads and stores but for one. */
	if (fuzz_once_in(4))
		return (insn & 0xfc1c) | 2 << 7 | (insn & 0xe000 ? 0 : 0x4000);
	insn &= ~(0x7fu | 31u << 15);
	insn |= fuzz_pick(opcodes) | 10 << 15;
	if (fuzz_random() % 4)
		insn &= ~0xfff00000u;
	return insn;
}

static u64 random_device_address(void)
{
	u64 offset = fuzz_random() % 8 ? fuzz_random() % 0x40 : fuzz_random() % DEVICE_LEN;

	switch (fuzz_random() % 4) {
	case 0:
		return uart_base() + offset;
	case 1:
		return rtc_base() + offset;
	case 2:
		return plic_base() + fuzz_random() % plic_len();
	default:
		return plic_base() + (fuzz_random() & 0x203fff);
	}
}

static bool is_harmless(u64 cause)
{
	return cause == CAUSE_ILLEGAL || (cause >= CAUSE_LOAD_MISALIGNED &&
					  cause <= CAUSE_STORE_ACCESS);
}

static void device_accesses(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u32 insn;
	u64 i;

	arch_fp_on();
	for (i = 0; i < rounds(); i++) {
		if (i % 16 == 0)
			arch_uart_write(UART_MCR, MCR_LOOP);
		insn_fill(&regs);
		regs.x[10] = random_device_address();
		insn = random_access();
		if (insn_run(insn, &regs, &trap) &&
		    !check(is_harmless(trap.cause), "0x%08x: cause %lu", insn, trap.cause))
			break;
	}
	arch_uart_write(UART_MCR, 0);
	is_intact();
}

static const struct test_case cases[] = {
	{ "firmware_calls", firmware_calls },
	{ "csr_accesses", csr_accesses },
	{ "device_accesses", device_accesses },
	{ "still_alive", fuzz_still_alive },
};

void guest_main(void)
{
	fuzz_init();
	if (!arch_is_reference())
		test_run(cases, ARRAY_SIZE(cases));
	else
		test_run(&cases[ARRAY_SIZE(cases) - 1], 1);
}
