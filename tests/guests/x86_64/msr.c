// SPDX-License-Identifier: GPL-2.0
/*
 * Model-specific registers: those that are there work as they should, and each
 * number that there may be is read and written at random without harm.
 * SDM 4; APM 2, appendix A.
 */
#include "cpu.h"

const char *const guest_name = "msr";

#define MSR_MTRR_CAP	0xfe
#define MSR_DEBUGCTL	0x1d9
#define MSR_MTRR_DEF	0x2ff
#define MSR_VM_CR	0xc0010114
#define MSR_HSAVE_PA	0xc0010117
#define MSR_FEATURE_CTL	0x3a
#define MSR_XSS		0xda0

static u64 state;

struct access {
	u32 msr;
	u64 val;
};

static void read_it(void *arg)
{
	struct access *access = arg;

	access->val = rdmsr(access->msr);
}

static void write_it(void *arg)
{
	struct access *access = arg;

	wrmsr(access->msr, access->val);
}

/* False: it faulted, as it has to: #GP(0). */
static bool try_read(u32 msr, u64 *val)
{
	struct access access = { .msr = msr };
	struct trap_info trap;

	if (arch_try(read_it, &access, &trap)) {
		check(trap.cause == VEC_GP && !trap_last()->error, "reading 0x%x: trap %lu", msr,
		      trap.cause);
		return false;
	}
	*val = access.val;
	return true;
}

static bool try_write(u32 msr, u64 val)
{
	struct access access = { .msr = msr, .val = val };
	struct trap_info trap;

	if (arch_try(write_it, &access, &trap)) {
		check(trap.cause == VEC_GP && !trap_last()->error, "writing 0x%x: trap %lu", msr,
		      trap.cause);
		return false;
	}
	return true;
}

/* --- known ones --- */

static void keeps(const char *name, u32 msr, u64 val)
{
	u64 before, now = 0;

	if (!check(try_read(msr, &before), "%s cannot be read", name))
		return;
	check(try_write(msr, val), "%s cannot be written", name);
	check(try_read(msr, &now) && now == val, "%s is 0x%lx, not 0x%lx", name, now, val);
	check(try_write(msr, before), "%s cannot be put back", name);
}

static void storage(void)
{
	keeps("FS_BASE", MSR_FS_BASE, 0x00007fedcba98765);
	keeps("FS_BASE", MSR_FS_BASE, 0xffff800012345678);
	keeps("GS_BASE", MSR_GS_BASE, 0x00007fedcba98765);
	keeps("KERNEL_GS_BASE", MSR_KERNEL_GS_BASE, 0xffff812345678900);
	keeps("STAR", MSR_STAR, 0x123456789abcdef0);
	keeps("LSTAR", MSR_LSTAR, 0xffffffff81000000);
	keeps("CSTAR", MSR_CSTAR, 0xffffffff81000010);
	keeps("SFMASK", MSR_SFMASK, 0x47700);
	keeps("SYSENTER_CS", MSR_SYSENTER_CS, 0x10);
	keeps("SYSENTER_ESP", MSR_SYSENTER_ESP, 0xffff888000001000);
	keeps("SYSENTER_EIP", MSR_SYSENTER_EIP, 0xffffffff81000020);
	keeps("PAT", MSR_PAT, 0x0406070504010007);
	if (HAS_RDTSCP)
		keeps("TSC_AUX", MSR_TSC_AUX, 0x89abcdef);
}

static void bases_reach_the_cpu(void)
{
	static u64 word = 0x5a5a1234;
	u64 before = rdmsr(MSR_GS_BASE), val;

	wrmsr(MSR_GS_BASE, (u64)&word - 0x100);
	asm volatile("movq %%gs:0x100, %0" : "=r" (val) : : "memory");
	wrmsr(MSR_GS_BASE, before);
	check(val == word, "read 0x%lx through GS", val);
	before = rdmsr(MSR_FS_BASE);
	wrmsr(MSR_FS_BASE, (u64)&word - 0x100);
	asm volatile("movq %%fs:0x100, %0" : "=r" (val) : : "memory");
	wrmsr(MSR_FS_BASE, before);
	check(val == word, "read 0x%lx through FS", val);
}

static void swapgs(void)
{
	u64 gs = rdmsr(MSR_GS_BASE), kernel = rdmsr(MSR_KERNEL_GS_BASE);

	wrmsr(MSR_GS_BASE, 0x1111);
	wrmsr(MSR_KERNEL_GS_BASE, 0x2222);
	asm volatile("swapgs" : : : "memory");
	check(rdmsr(MSR_GS_BASE) == 0x2222 && rdmsr(MSR_KERNEL_GS_BASE) == 0x1111,
	      "0x%lx 0x%lx", rdmsr(MSR_GS_BASE), rdmsr(MSR_KERNEL_GS_BASE));
	wrmsr(MSR_GS_BASE, gs);
	wrmsr(MSR_KERNEL_GS_BASE, kernel);
}

static void canonical(void)
{
	static const u32 msrs[] = { MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_LSTAR,
				    MSR_CSTAR };
	unsigned int i;

	if (emulator_differs("takes some of them"))
		return;
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		check(!try_write(msrs[i], 0x8000000000000000), "0x%x was written", msrs[i]);
}

static void efer(void)
{
	u64 before = rdmsr(MSR_EFER);

	check((before & (EFER_LME | EFER_LMA)) == (EFER_LME | EFER_LMA), "0x%lx", before);
	if (reference_differs("takes everything"))
		return;
	check(!try_write(MSR_EFER, before & ~EFER_LME), "LME cleared with paging on");
	check(!try_write(MSR_EFER, before | EFER_SVME), "SVME was set");
	check(!try_write(MSR_EFER, before | BIT(1)), "bit 1 was set");
	check(!try_write(MSR_EFER, before | BIT(63)), "bit 63 was set");
	check(try_write(MSR_EFER, before ^ EFER_SCE), "SCE cannot be changed");
	check((rdmsr(MSR_EFER) ^ before) == EFER_SCE, "0x%lx after 0x%lx", rdmsr(MSR_EFER), before);
	check(try_write(MSR_EFER, before & ~EFER_LMA), "LMA as 0");
	check(rdmsr(MSR_EFER) & EFER_LMA, "LMA was cleared");
	wrmsr(MSR_EFER, before);
}

static void memory_types(void)
{
	if (reference_differs("takes all"))
		return;
	check(!try_write(MSR_PAT, 0x0007040600070402), "PAT: type 2");
	check(!try_write(MSR_PAT, 0x0807040600070406), "PAT: type 8");
	check(!try_write(MSR_PAT, 0x000704060007040f), "PAT: type 15");
}

static void nested_hidden(void)
{
	u64 val;

	if (reference_differs("has some"))
		return;
	check(!try_read(MSR_HSAVE_PA, &val), "VM_HSAVE_PA can be read");
	check(!try_write(MSR_HSAVE_PA, 0x1000), "VM_HSAVE_PA can be written");
	check(!try_write(MSR_VM_CR, 0), "VM_CR can be written");
	check(!try_read(0x480, &val), "VMX_BASIC can be read");
}

static void unknown(void)
{
	static const u32 msrs[] = { 0x1234, 0x5678, 0x10000, 0x4000, 0x40000000, 0x80000000,
				    0xc0001000, 0xdeadbeef, 0xffffffff };
	unsigned int i;
	u64 val;

	if (reference_differs("has them all"))
		return;
	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		check(!try_read(msrs[i], &val), "0x%x can be read", msrs[i]);
		check(!try_write(msrs[i], 0), "0x%x can be written", msrs[i]);
	}
}

/* --- instructions that use them --- */

static void do_syscall(void *arg)
{
	asm volatile("syscall" : : : "rax", "rcx", "r11", "memory");
}

static void syscall_works(void)
{
	u64 star = rdmsr(MSR_STAR), lstar = rdmsr(MSR_LSTAR), mask = rdmsr(MSR_SFMASK);
	struct trap_info trap;
	unsigned int i;

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (u64)SEL_USER_CODE32 << 48 | 3UL << 48 | (u64)SEL_CODE64 << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_IF);
	for (i = 0; i < 100 && !test_failed(); i++) {
		syscall_seen[2] = 0;
		user_run(do_syscall, NULL, &trap);
		check(trap.cause == VEC_BP, "trap %lu at 0x%lx", trap.cause, trap.pc);
		check(syscall_seen[2] == SEL_CODE64, "CS was 0x%lx", syscall_seen[2]);
		check(syscall_seen[0] > (u64)do_syscall && syscall_seen[0] < (u64)do_syscall + 64,
		      "RCX was 0x%lx", syscall_seen[0]);
		check(!(syscall_seen[1] & RFLAGS_TF) && syscall_seen[1] & RFLAGS_FIXED,
		      "R11 was 0x%lx", syscall_seen[1]);
	}
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
	user_run(do_syscall, NULL, &trap);
	check(trap.cause == VEC_UD, "without SCE: trap %lu", trap.cause);
	wrmsr(MSR_STAR, star);
	wrmsr(MSR_LSTAR, lstar);
	wrmsr(MSR_SFMASK, mask);
}

static void rdtscp_tells_aux(void)
{
	u32 low, high, aux;
	unsigned int i;

	if (!HAS_RDTSCP) {
		test_skip("no RDTSCP");
		return;
	}
	for (i = 1; i < 200 && !test_failed(); i++) {
		wrmsr(MSR_TSC_AUX, i * 0x1234567u);
		if (i % 16 == 0)
			delay_us(300);
		arch_mmio_read();
		asm volatile("rdtscp" : "=a" (low), "=d" (high), "=c" (aux));
		check(aux == i * 0x1234567u, "0x%x, not 0x%x", aux, i * 0x1234567u);
	}
	wrmsr(MSR_TSC_AUX, 0);
}

/* --- all of them --- */

struct range_of {
	const char *name;
	u32 first;
	u32 last;
};

/*
 * What the program itself lives on: its APIC, its mode, its time. Those of
 * paravirtual clocks let the hypervisor write to memory, which is no harm of its.
 */
static bool is_needed(u32 msr)
{
	switch (msr) {
	case MSR_APIC_BASE:
	case MSR_EFER:
	case MSR_TSC:
	case MSR_TSC_ADJUST:
	case 0x11:
	case 0x12:
		return true;
	default:
		return msr >= MSR_X2APIC && msr < MSR_X2APIC + 0x400;
	}
}

static u64 odd_value(u64 before)
{
	u64 val = random_next(&state);

	switch (val >> 61) {
	case 0:
		return before ^ BIT(val & 63);
	case 1:
		return val & 0xff;
	case 2:
		return -1UL;
	case 3:
		return 0;
	case 4:
		return BIT(val & 63);
	case 5:
		return val & 0xffffffff;
	default:
		return val;
	}
}

static void shake(u32 msr)
{
	u64 before = 0, val;
	bool readable = try_read(msr, &before);
	unsigned int i;

	if (is_needed(msr))
		return;
	for (i = 0; i < 4; i++)
		try_write(msr, odd_value(before));
	try_read(msr, &val);
	if (readable)
		try_write(msr, before);
}

static void shake_range(u32 first, u32 last)
{
	u32 msr;

	for (msr = first; msr <= last && !test_failed(); msr++)
		shake(msr);
}

static void all_low(void)
{
	shake_range(0, 0x1fff);
}

static void all_c0000000(void)
{
	shake_range(0xc0000000, 0xc0001fff);
}

static void all_c0010000(void)
{
	shake_range(0xc0010000, 0xc0011fff);
}

static void hypervisor_ranges(void)
{
	u32 msr;
	u64 val;

	for (msr = 0x40000000; msr < 0x40000200; msr++) {
		try_read(msr, &val);
		try_write(msr, 0);
	}
	for (msr = 0x4b564d00; msr < 0x4b564d10; msr++) {
		try_read(msr, &val);
		try_write(msr, 0);
	}
}

static void anywhere(void)
{
	unsigned int i;
	u64 val;
	u32 msr;

	for (i = 0; i < 5000 && !test_failed(); i++) {
		msr = random_next(&state);
		if (msr < 0x2000 || msr >> 13 == 0xc0000000 >> 13)
			continue;
		try_read(msr, &val);
		try_write(msr, odd_value(0));
	}
}

static void apic_range(void)
{
	u32 msr;
	u64 val;

	for (msr = MSR_X2APIC; msr < MSR_X2APIC + 0x400; msr++)
		try_read(msr, &val);
}

static void still_alive(void)
{
	u64 before = arch_timer_count(arch_cpu_self());
	u64 end = arch_time() + time_from_us(20000000);

	arch_timer_set(arch_time() + time_from_us(1000));
	arch_irq_on();
	while (arch_timer_count(arch_cpu_self()) == before && arch_time() < end)
		barrier();
	arch_irq_off();
	check(arch_timer_count(arch_cpu_self()) > before, "no timer interrupt");
	check(rdmsr(MSR_EFER) & EFER_LMA, "EFER is 0x%lx", rdmsr(MSR_EFER));
	check(cpuid(0, 0).eax, "CPUID is gone");
}

static const struct test_case cases[] = {
	{ "storage", storage },
	{ "bases_reach_the_cpu", bases_reach_the_cpu },
	{ "swapgs", swapgs },
	{ "canonical", canonical },
	{ "efer", efer },
	{ "memory_types", memory_types },
	{ "nested_hidden", nested_hidden },
	{ "unknown", unknown },
	{ "syscall_works", syscall_works },
	{ "rdtscp_tells_aux", rdtscp_tells_aux },
	{ "all_low", all_low },
	{ "all_c0000000", all_c0000000 },
	{ "all_c0010000", all_c0010000 },
	{ "hypervisor_ranges", hypervisor_ranges },
	{ "anywhere", anywhere },
	{ "apic_range", apic_range },
	{ "still_alive", still_alive },
	{ "syscall_works_afterwards", syscall_works },
	{ "storage_afterwards", storage },
};

void guest_main(void)
{
	state = option_number("seed", 1);
	test_run(cases, ARRAY_SIZE(cases));
}
