// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: vCPUs at power-on, at INIT and start-up, paused, and their clocks.
 */
#include <linux/axvm.h>
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/processor.h>
#include <asm/pvclock-abi.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include <uapi/asm/kvm_para.h>
#include <uapi/linux/kvm_para.h>

#include "arch/x86/cpu_test.h"
#include "arch/x86/tsc.h"

#define BLOCK		0x7000
#define SIPI_EVENTS	(BIT(X86_EV_INIT) | BIT(X86_EV_SIPI))

static struct x86_test_vm *boot(struct kunit *test, u64 mode, u64 entry)
{
	struct x86_test_vm *tv = cpu_test_create(test, 2);
	u64 *args = tv->vm.base.boot_args;

	args[AXVM_X86_ARG_MODE] = mode | 0x2badb002ULL << 32;
	args[AXVM_X86_ARG_RBX] = 0x1122334455667788ULL;
	args[AXVM_X86_ARG_RSI] = 0x99aabbccddeeff00ULL;
	args[AXVM_X86_ARG_BLOCK] = BLOCK;
	x86_vcpu_reset(&x86_test_vcpu(tv, 0)->base, entry, args[0]);
	return tv;
}

static void expect_seg(struct kunit *test, const struct x86_seg *seg, u16 sel, u64 base, u32 limit,
		       u16 attr)
{
	KUNIT_EXPECT_EQ(test, seg->sel, sel);
	KUNIT_EXPECT_EQ(test, seg->base, base);
	KUNIT_EXPECT_EQ(test, seg->limit, limit);
	KUNIT_EXPECT_EQ(test, seg->attr, attr);
}

/* SDM 3, table 10-1. */
static void expect_reset_state(struct kunit *test, const struct x86_test_vcpu *tc)
{
	const struct x86_vcpu *v = &tc->v;
	u32 eax, unused;
	unsigned int i;

	cpuid(1, &eax, &unused, &unused, &unused);
	for (i = 0; i < X86_GPRS; i++)
		KUNIT_EXPECT_EQ(test, v->gpr[i], i == X86_RDX ? eax : 0);
	KUNIT_EXPECT_EQ(test, v->rflags, X86_EFLAGS_FIXED);
	KUNIT_EXPECT_EQ(test, v->cr4, 0);
	KUNIT_EXPECT_EQ(test, v->efer, 0);
	KUNIT_EXPECT_EQ(test, tc->sysreg[X86_CR2], 0);
	KUNIT_EXPECT_EQ(test, tc->v.cr3, 0);
	KUNIT_EXPECT_EQ(test, tc->sysreg[X86_DR6], 0xffff0ff0);
	KUNIT_EXPECT_EQ(test, tc->sysreg[X86_DR7], 0x400);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, v->dr[i], 0);
	for (i = X86_ES; i <= X86_GS; i++)
		if (i != X86_CS)
			expect_seg(test, &tc->seg[i], 0, 0, 0xffff, 0x93);
	expect_seg(test, &tc->seg[X86_LDTR], 0, 0, 0xffff, 0x82);
	expect_seg(test, &tc->seg[X86_TR], 0, 0, 0xffff, 0x8b);
	KUNIT_EXPECT_EQ(test, tc->gdt.base, 0);
	KUNIT_EXPECT_EQ(test, tc->gdt.limit, 0xffff);
	KUNIT_EXPECT_EQ(test, tc->idt.limit, 0xffff);
}

static void power_on(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_REAL, AXVM_X86_ENTRY_RESET);
	struct x86_test_vcpu *tc = &tv->vcpus[0];

	expect_reset_state(test, tc);
	KUNIT_EXPECT_EQ(test, tc->v.cr0, 0x60000010);
	KUNIT_EXPECT_EQ(test, tc->v.rip, 0xfff0);
	expect_seg(test, &tc->seg[X86_CS], 0xf000, 0xffff0000, 0xffff, 0x9b);
	expect_reset_state(test, &tv->vcpus[1]);
	KUNIT_EXPECT_EQ(test, tv->vcpus[1].sysreg[X86_PAT], 0x0007040600070406ULL);
}

static void real_mode(struct kunit *test)
{
	struct x86_test_vcpu *tc = &boot(test, AXVM_X86_MODE_REAL, 0x97c00)->vcpus[0];

	expect_seg(test, &tc->seg[X86_CS], 0x9000, 0x90000, 0xffff, 0x9b);
	KUNIT_EXPECT_EQ(test, tc->v.rip, 0x7c00);
	KUNIT_EXPECT_EQ(test, tc->v.cr0 & (X86_CR0_PE | X86_CR0_PG), 0);
	KUNIT_EXPECT_EQ(test, tc->v.gpr[X86_RAX], 0x2badb002);
	KUNIT_EXPECT_EQ(test, tc->v.gpr[X86_RSI], 0x99aabbccddeeff00ULL);
}

static void expect_flat(struct kunit *test, const struct x86_test_vcpu *tc, u16 code)
{
	unsigned int i;

	expect_seg(test, &tc->seg[X86_CS], 0x10, 0, U32_MAX, code);
	for (i = X86_ES; i <= X86_GS; i++)
		if (i != X86_CS)
			expect_seg(test, &tc->seg[i], 0x18, 0, U32_MAX, 0xc93);
	KUNIT_EXPECT_EQ(test, tc->gdt.base, BLOCK);
	KUNIT_EXPECT_EQ(test, tc->gdt.limit, 31);
	KUNIT_EXPECT_EQ(test, tc->v.rflags, X86_EFLAGS_FIXED);
	KUNIT_EXPECT_EQ(test, tc->v.gpr[X86_RAX], 0x2badb002);
	KUNIT_EXPECT_EQ(test, tc->v.gpr[X86_RBX], 0x1122334455667788ULL);
	KUNIT_EXPECT_EQ(test, tc->v.gpr[X86_RDX], 0);
}

static void protected_mode(struct kunit *test)
{
	struct x86_test_vcpu *tc = &boot(test, AXVM_X86_MODE_PROTECTED, 0x100000)->vcpus[0];

	expect_flat(test, tc, 0xc9b);
	KUNIT_EXPECT_EQ(test, tc->v.rip, 0x100000);
	KUNIT_EXPECT_EQ(test, tc->v.cr0, X86_CR0_PE | X86_CR0_ET);
	KUNIT_EXPECT_EQ(test, tc->v.efer, 0);
}

static void long_mode(struct kunit *test)
{
	u64 entry = 0xffffffff81000000ULL, val;
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, entry);
	struct x86_test_vcpu *tc = &tv->vcpus[0];

	expect_flat(test, tc, 0xa9b);
	KUNIT_EXPECT_EQ(test, tc->v.rip, entry);
	KUNIT_EXPECT_EQ(test, tc->v.cr0, X86_CR0_PE | X86_CR0_PG | X86_CR0_ET);
	KUNIT_EXPECT_EQ(test, tc->v.cr4, X86_CR4_PAE);
	KUNIT_EXPECT_EQ(test, tc->v.efer, EFER_LME | EFER_LMA);
	KUNIT_EXPECT_EQ(test, tc->v.cr3, BLOCK + 0x1000);
	/* As firmware leaves it, on all vCPUs alike: memory is cached, devices are not. */
	KUNIT_EXPECT_EQ(test, x86_msr_read(&tv->vcpus[1].v, MSR_MTRRdefType, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0xc06);
	expect_reset_state(test, &tv->vcpus[1]);
}

/* --- INIT and start-up --- */

static struct x86_vcpu *used_vcpu(struct x86_test_vm *tv, u32 n)
{
	struct x86_vcpu *v = x86_test_vcpu(tv, n);

	v->cr0 = X86_CR0_ET | X86_CR0_PE | X86_CR0_CD;
	v->cr4 = X86_CR4_PAE;
	v->efer = EFER_NX;
	v->rip = 0x1234;
	v->rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF;
	memset(v->gpr, 0x5a, sizeof(v->gpr));
	v->dr[2] = 0x5000;
	v->nmi_masked = true;
	v->memo.valid = true;
	x86_msr_write(v, MSR_MTRRdefType, 0x806);
	x86_msr_write(v, MSR_LSTAR, 0x7000);
	x86_queue_exception(v, X86_TRAP_UD);
	return v;
}

static void start_up_begins_at_the_vector(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = x86_test_vcpu(tv, 1);

	v->events = SIPI_EVENTS;
	x86_vcpu_reset(&v->base, X86_ENTRY_SIPI | 0x9a000, 0);
	expect_reset_state(test, &tv->vcpus[1]);
	expect_seg(test, &tv->vcpus[1].seg[X86_CS], 0x9a00, 0x9a000, 0xffff, 0x9b);
	KUNIT_EXPECT_EQ(test, v->rip, 0);
	KUNIT_EXPECT_EQ(test, v->events & SIPI_EVENTS, 0);
}

/* It withdrew the start-up IPI: the vCPU has to wait for another. */
static void an_init_after_the_start_up_stays(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = x86_test_vcpu(tv, 1);

	v->events = BIT(X86_EV_INIT);
	x86_vcpu_reset(&v->base, X86_ENTRY_SIPI | 0x9a000, 0);
	KUNIT_EXPECT_EQ(test, v->events & SIPI_EVENTS, BIT(X86_EV_INIT));
}

static void init_of_the_boot_vcpu_starts_over(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = used_vcpu(tv, 0);
	u64 val;

	tv->vcpus[0].forgets = 0;
	set_bit(X86_EV_INIT, &v->events);
	x86_vcpu_slow(&v->base);
	expect_reset_state(test, &tv->vcpus[0]);
	KUNIT_EXPECT_EQ(test, tv->vcpus[0].forgets, 1);
	KUNIT_EXPECT_EQ(test, v->rip, 0xfff0);
	KUNIT_EXPECT_EQ(test, v->cr0, X86_CR0_ET | X86_CR0_CD);
	KUNIT_EXPECT_EQ(test, v->events & (SIPI_EVENTS | BIT(X86_EV_EXCEPTION)), 0);
	KUNIT_EXPECT_FALSE(test, v->nmi_masked);
	KUNIT_EXPECT_FALSE(test, v->memo.valid);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_ON);
	/* These it keeps. */
	KUNIT_EXPECT_EQ(test, x86_msr_read(v, MSR_MTRRdefType, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x806);
	KUNIT_EXPECT_EQ(test, x86_msr_read(v, MSR_LSTAR, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x7000);
}

static void init_of_another_waits(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = used_vcpu(tv, 1);

	v->base.power = AXVM_POWER_ON;
	set_bit(X86_EV_INIT, &v->events);
	x86_vcpu_slow(&v->base);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_OFF);
	KUNIT_EXPECT_EQ(test, v->events & SIPI_EVENTS, 0);
	expect_reset_state(test, &tv->vcpus[1]);
}

static void init_and_start_up_at_once(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = used_vcpu(tv, 1);

	v->base.power = AXVM_POWER_ON;
	v->sipi_vector = 0x9b;
	v->events |= SIPI_EVENTS;
	x86_vcpu_slow(&v->base);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_STARTING);
	KUNIT_EXPECT_EQ(test, v->base.power_entry, X86_ENTRY_SIPI | 0x9b000);
	x86_vcpu_reset(&v->base, v->base.power_entry, 0);
	KUNIT_EXPECT_EQ(test, v->events & SIPI_EVENTS, 0);
	KUNIT_EXPECT_EQ(test, tv->vcpus[1].seg[X86_CS].base, 0x9b000);
}

/* --- halts --- */

static void what_ends_a_halt(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct x86_apic_msg msg = { .vector = 0x80 };

	KUNIT_EXPECT_FALSE(test, x86_vcpu_has_irq(&v->base));
	x86_test_lapic_enable(v);
	x86_apic_send(&tv->vm, NULL, &msg);
	KUNIT_EXPECT_FALSE(test, x86_vcpu_has_irq(&v->base));
	v->rflags |= X86_EFLAGS_IF;
	KUNIT_EXPECT_TRUE(test, x86_vcpu_has_irq(&v->base));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x80);
	KUNIT_EXPECT_FALSE(test, x86_vcpu_has_irq(&v->base));

	v->rflags &= ~X86_EFLAGS_IF;
	set_bit(X86_EV_NMI, &v->events);
	KUNIT_EXPECT_TRUE(test, x86_vcpu_has_irq(&v->base));
	v->nmi_masked = true;
	KUNIT_EXPECT_FALSE(test, x86_vcpu_has_irq(&v->base));
	set_bit(X86_EV_INIT, &v->events);
	KUNIT_EXPECT_TRUE(test, x86_vcpu_has_irq(&v->base));
}

/* --- time --- */

static u64 guest_tsc(struct x86_vcpu *v)
{
	return x86_guest_tsc(v, rdtsc());
}

static void time_stands_still_while_paused(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct pvclock_vcpu_time_info *page = cpu_test_memory(tv, 0x2000);
	u64 before, away, start;

	KUNIT_ASSERT_EQ(test, x86_msr_write(v, MSR_KVM_SYSTEM_TIME_NEW, 0x2001), 0);
	/* Off: what it had registered before a restart is memory of the next guest. */
	v->base.power = AXVM_POWER_OFF;
	memset(page, 0, sizeof(*page));
	x86_vm_pause(&tv->vm.base);
	x86_vm_resume(&tv->vm.base);
	KUNIT_EXPECT_EQ(test, page->system_time, 0);

	v->base.power = AXVM_POWER_ON;
	start = rdtsc();
	before = guest_tsc(v);
	x86_vm_pause(&tv->vm.base);
	away = rdtsc();
	fsleep(50000);
	away = rdtsc() - away;
	x86_vm_resume(&tv->vm.base);
	/* All that the guest saw is what the host spent outside of the pause. */
	KUNIT_EXPECT_LE(test, guest_tsc(v) - before, rdtsc() - start - away);
	KUNIT_EXPECT_EQ(test, page->flags & PVCLOCK_GUEST_STOPPED, PVCLOCK_GUEST_STOPPED);
	KUNIT_EXPECT_LE(test, page->system_time, x86_tsc_to_ns(guest_tsc(v)));
}

static void ticks_become_nanoseconds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(0, 1), 0);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(2500000, 2500000), 1000000);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(5, 2500000), 2);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(1, 1), 1000000);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(U64_MAX, U32_MAX), 4294967297000000ULL);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(18446744073708999999ULL, 1000000),
			18446744073708999999ULL);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(U64_MAX, 1000000), U64_MAX);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(U64_MAX, 1), U64_MAX);
	KUNIT_EXPECT_EQ(test, x86_ticks_to_ns(U64_MAX, 999000), U64_MAX);
}

/* A second, an hour and a day by the guest's arithmetic; and its idea of the rate. */
static void clock_scale_is_exact(struct kunit *test)
{
	static const u32 rates[] = {
		1, 12345, 800000, 999999, 1000000, 1000001, 2000000, 2000001, 2399998, 2893299,
		3999999, 4000000, 4000001, 5100000, 7999999,
	};
	u64 ticks, delta, ns, khz;
	unsigned int i;
	u32 mul;
	s8 shift;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		x86_pvclock_scale(rates[i], &mul, &shift);
		ticks = rates[i] * 1000ULL * 86400;
		delta = shift < 0 ? ticks >> -shift : ticks << shift;
		ns = mul_u64_u32_shr(delta, mul, 32);
		KUNIT_EXPECT_LE_MSG(test, abs_diff(ns, 86400ULL * NSEC_PER_SEC), 100000, "%u kHz",
				    rates[i]);
		khz = div_u64(1000000ULL << 32, mul);
		khz = shift < 0 ? khz << -shift : khz >> shift;
		KUNIT_EXPECT_LE_MSG(test, abs_diff(khz, (u64)rates[i]), 4, "%u kHz", rates[i]);
	}
}

/* --- hypercalls --- */

static void hypercalls_are_unknown(struct kunit *test)
{
	struct x86_test_vm *tv = boot(test, AXVM_X86_MODE_LONG, 0x100000);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);

	memset(v->gpr, 0x77, sizeof(v->gpr));
	x86_hypercall(v);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RAX], (u64)-KVM_ENOSYS);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RBX], 0x7777777777777777ULL);
	tv->vcpus[0].v.cpl = 3;
	x86_hypercall(v);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RAX], (u64)-KVM_EPERM);
	v->efer = 0;
	x86_hypercall(v);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RAX], (u32)-KVM_EPERM);
}

/* --- what a VM may be --- */

static void apic_ids_have_eight_bits(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 2);
	struct axvm_error err = {};

	KUNIT_EXPECT_EQ(test, x86_vm_check(&tv->vm.base, &err), 0);
	x86_test_vcpu(tv, 1)->base.hw_id = 255;
	KUNIT_EXPECT_EQ(test, x86_vm_check(&tv->vm.base, &err), -EINVAL);
	KUNIT_EXPECT_EQ(test, err.item, AXVM_ITEM_VCPU);
	KUNIT_EXPECT_EQ(test, err.index, 1);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	x86_test_vcpu(tv, 1)->base.hw_id = 254;
	KUNIT_EXPECT_EQ(test, x86_vm_check(&tv->vm.base, NULL), 0);
}

static void apics_are_not_memory(struct kunit *test)
{
	struct axvm_region_cfg region = {
		.gpa = 0xfee00000, .len = SZ_4K, .flags = AXVM_REGION_READ | AXVM_REGION_WRITE,
	};
	struct x86_test_vm *tv = cpu_test_create(test, 1);

	KUNIT_ASSERT_EQ(test, axvm_gmem_add_region(&tv->vm.base.gmem, &region, NULL), 0);
	KUNIT_EXPECT_EQ(test, x86_vm_check(&tv->vm.base, NULL), -EINVAL);
}

/* While it is loaded its registers are in some CPU; nobody reads what is left of them in memory. */
static void registers_are_shown_when_they_are_here(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct seq_file m = { .buf = kunit_kzalloc(test, SZ_8K, GFP_KERNEL), .size = SZ_8K - 1 };

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	v->rip = 0x123456789a;
	v->base.cpu = 0;
	x86_vcpu_dump(&v->base, &m);
	KUNIT_EXPECT_STREQ(test, m.buf, "running\n");
	v->base.cpu = -1;
	m.count = 0;
	x86_vcpu_dump(&v->base, &m);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	m.buf[m.count] = 0;
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "rip=000000123456789a\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "\ndr7="));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(power_on),
	KUNIT_CASE(real_mode),
	KUNIT_CASE(protected_mode),
	KUNIT_CASE(long_mode),
	KUNIT_CASE(start_up_begins_at_the_vector),
	KUNIT_CASE(an_init_after_the_start_up_stays),
	KUNIT_CASE(init_of_the_boot_vcpu_starts_over),
	KUNIT_CASE(init_of_another_waits),
	KUNIT_CASE(init_and_start_up_at_once),
	KUNIT_CASE(what_ends_a_halt),
	KUNIT_CASE(time_stands_still_while_paused),
	KUNIT_CASE(ticks_become_nanoseconds),
	KUNIT_CASE(clock_scale_is_exact),
	KUNIT_CASE(hypercalls_are_unknown),
	KUNIT_CASE(apic_ids_have_eight_bits),
	KUNIT_CASE(apics_are_not_memory),
	KUNIT_CASE(registers_are_shown_when_they_are_here),
	{}
};

static struct kunit_suite suite = {
	.name = "x86_vcpu",
	.test_cases = cases,
};

kunit_test_suite(suite);
