// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: one local APIC, through its registers in both modes.
 */
#include <linux/bitops.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "arch/x86/test_vm.h"

#define VERSION	0x01050014u
#define AP_ID	7

static int init_case(struct kunit *test)
{
	static const u64 ids[] = { 0, AP_ID };

	test->priv = x86_test_vm_create(test, ARRAY_SIZE(ids), ids);
	return 0;
}

static struct x86_vcpu *boot_cpu(struct kunit *test)
{
	return x86_test_vcpu(test->priv, 0);
}

/* A vCPU whose APIC is as at power-on; the boot vCPU's is as firmware leaves it. */
static struct x86_vcpu *second_cpu(struct kunit *test)
{
	return x86_test_vcpu(test->priv, 1);
}

static u32 in(struct x86_vcpu *v, u32 reg)
{
	return x86_test_lapic_read(v, reg);
}

static void out(struct x86_vcpu *v, u32 reg, u32 val)
{
	x86_test_lapic_write(v, reg, val);
}

static u32 read_esr(struct x86_vcpu *v)
{
	out(v, APIC_ESR, 0);
	return in(v, APIC_ESR);
}

/* An interrupt for oneself. */
static void request(struct x86_vcpu *v, u8 vector)
{
	out(v, APIC_ICR, APIC_DEST_SELF | APIC_DM_FIXED | vector);
}

static bool is_set(struct x86_vcpu *v, u32 map, u8 vector)
{
	return in(v, map + vector / 32 * 0x10) >> (vector % 32) & 1;
}

/* --- registers --- */

static const struct {
	u32 reg;
	u32 at_power_on;
	u32 writable;
} plain_regs[] = {
	{ APIC_TASKPRI, 0, 0xff },
	{ APIC_LDR, 0, 0xff000000 },
	{ APIC_DFR, 0xffffffff, 0xf0000000 },
	{ APIC_SPIV, 0xff, 0x13ff },
	{ APIC_ICR2, 0, 0xff000000 },
	{ APIC_LVTT, 0x10000, 0x700ff },
	{ APIC_LVTTHMR, 0x10000, 0x107ff },
	{ APIC_LVTPC, 0x10000, 0x107ff },
	{ APIC_LVT0, 0x10000, 0x1a7ff },
	{ APIC_LVT1, 0x10000, 0x1a7ff },
	{ APIC_LVTERR, 0x10000, 0x100ff },
	{ APIC_TMICT, 0, 0xffffffff },
	{ APIC_TDCR, 0, 0xb },
};

static void expect_power_on(struct kunit *test, struct x86_vcpu *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plain_regs); i++)
		KUNIT_EXPECT_EQ_MSG(test, in(v, plain_regs[i].reg), plain_regs[i].at_power_on,
				    "register %#x", plain_regs[i].reg);
	KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TMCCT), 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_ICR), 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_ESR), 0);
	for (i = 0; i < 256; i++) {
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_IRR, i));
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_ISR, i));
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_TMR, i));
	}
}

static void power_on_state_is_the_manuals(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	KUNIT_EXPECT_EQ(test, v->lapic.base_msr, 0xfee00800);
	KUNIT_EXPECT_EQ(test, in(v, APIC_ID), AP_ID << 24);
	KUNIT_EXPECT_EQ(test, in(v, APIC_LVR), VERSION);
	expect_power_on(test, v);
}

static void boot_cpu_is_in_virtual_wire_mode(struct kunit *test)
{
	struct x86_vcpu *v = boot_cpu(test);

	KUNIT_EXPECT_EQ(test, v->lapic.base_msr, 0xfee00900);
	KUNIT_EXPECT_EQ(test, in(v, APIC_SPIV), 0x1ff);
	KUNIT_EXPECT_EQ(test, in(v, APIC_LVT0), APIC_DM_EXTINT);
	KUNIT_EXPECT_EQ(test, in(v, APIC_LVT1), APIC_DM_NMI);
	KUNIT_EXPECT_TRUE(test, x86_lapic_accepts_pic(v));
	KUNIT_EXPECT_FALSE(test, x86_lapic_accepts_pic(second_cpu(test)));
	x86_lapic_reset(v, true);
	expect_power_on(test, v);
	KUNIT_EXPECT_EQ(test, v->lapic.base_msr, 0xfee00900);
}

static void registers_hold_their_bits(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int i;
	u32 kept;

	out(v, APIC_SPIV, 0x1ff);
	for (i = 0; i < ARRAY_SIZE(plain_regs); i++) {
		kept = plain_regs[i].reg == APIC_DFR ? 0x0fffffff : 0;
		out(v, plain_regs[i].reg, U32_MAX);
		KUNIT_EXPECT_EQ_MSG(test, in(v, plain_regs[i].reg), plain_regs[i].writable | kept,
				    "register %#x", plain_regs[i].reg);
		out(v, plain_regs[i].reg, plain_regs[i].reg == APIC_SPIV ? 0x100 : 0);
		KUNIT_EXPECT_EQ_MSG(test, in(v, plain_regs[i].reg),
				    plain_regs[i].reg == APIC_SPIV ? 0x100 : kept,
				    "register %#x", plain_regs[i].reg);
	}
}

static void reset_forgets_all(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int i;

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x40);
	x86_lapic_ack(v, 0x40);
	request(v, 0x30);
	request(v, 2);
	for (i = 0; i < ARRAY_SIZE(plain_regs); i++)
		out(v, plain_regs[i].reg, U32_MAX);
	x86_lapic_reset(v, true);
	expect_power_on(test, v);
	KUNIT_EXPECT_EQ(test, read_esr(v), 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_ID), AP_ID << 24);
}

static void read_only_registers_stay(struct kunit *test)
{
	static const u32 regs[] = {
		APIC_ID, APIC_LVR, APIC_ARBPRI, APIC_PROCPRI, APIC_RRR, APIC_ISR, APIC_ISR + 0x70,
		APIC_TMR, APIC_TMR + 0x70, APIC_IRR, APIC_IRR + 0x70, APIC_TMCCT,
	};
	struct x86_vcpu *v = second_cpu(test);
	unsigned int i;
	u32 before;

	out(v, APIC_SPIV, 0x1ff);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		before = in(v, regs[i]);
		out(v, regs[i], ~before);
		KUNIT_EXPECT_EQ_MSG(test, in(v, regs[i]), before, "register %#x", regs[i]);
	}
	KUNIT_EXPECT_EQ(test, read_esr(v), 0);
}

static bool is_reserved(u32 offset)
{
	switch (offset & ~0xfu) {
	case APIC_ID:
	case APIC_LVR:
	case APIC_TASKPRI ... APIC_ESR:
	case APIC_ICR ... APIC_TMCCT:
	case APIC_TDCR:
		return false;
	default:
		return true;
	}
}

static void reserved_registers_are_errors(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u32 offset;

	out(v, APIC_SPIV, 0x1ff);
	for (offset = 0; offset < X86_APIC_LEN; offset += 0x10) {
		if (!is_reserved(offset))
			continue;
		KUNIT_EXPECT_EQ(test, in(v, offset), 0);
		KUNIT_EXPECT_EQ_MSG(test, read_esr(v), APIC_ESR_ILLREGA, "read of %#x", offset);
		out(v, offset, U32_MAX);
		KUNIT_EXPECT_EQ_MSG(test, read_esr(v), APIC_ESR_ILLREGA, "write of %#x", offset);
	}
}

static void accesses_of_other_sizes_are_harmless(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int i;
	u64 val;

	for (i = 0; i < 4; i++) {
		x86_lapic_mmio_read(v, APIC_LVR + i, 1, &val);
		KUNIT_EXPECT_EQ(test, val, VERSION >> (i * 8) & 0xff);
	}
	x86_lapic_mmio_read(v, APIC_LVR + 2, 2, &val);
	KUNIT_EXPECT_EQ(test, val, VERSION >> 16);
	x86_lapic_mmio_read(v, APIC_LVR, 8, &val);
	KUNIT_EXPECT_EQ(test, val, VERSION);
	for (i = 4; i < 16; i++) {
		x86_lapic_mmio_read(v, APIC_LVR + i, 1, &val);
		KUNIT_EXPECT_EQ(test, val, 0);
		x86_lapic_mmio_write(v, APIC_TASKPRI + i, 4, 0x55);
	}
	x86_lapic_mmio_write(v, APIC_TASKPRI, 1, 0x55);
	x86_lapic_mmio_write(v, APIC_TASKPRI, 8, 0x55);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TASKPRI), 0);
}

/* --- x2APIC mode: SDM 3, table 11-6 --- */

#define NOT_READABLE	BIT(0)

static const struct {
	u32 first;
	u32 last;
	u32 flags;
	bool writable;
	u64 valid;
} x2apic_regs[] = {
	{ APIC_ID, APIC_ID },
	{ APIC_LVR, APIC_LVR },
	{ APIC_TASKPRI, APIC_TASKPRI, 0, true, 0xff },
	{ APIC_PROCPRI, APIC_PROCPRI },
	{ APIC_EOI, APIC_EOI, NOT_READABLE, true, 0 },
	{ APIC_LDR, APIC_LDR },
	{ APIC_SPIV, APIC_SPIV, 0, true, 0x13ff },
	{ APIC_ISR, APIC_IRR + 0x70 },
	{ APIC_ESR, APIC_ESR, 0, true, 0 },
	{ APIC_ICR, APIC_ICR, 0, true, 0xffffffff000cdfff },
	{ APIC_LVTT, APIC_LVTT, 0, true, 0x710ff },
	{ APIC_LVTTHMR, APIC_LVTPC, 0, true, 0x117ff },
	{ APIC_LVT0, APIC_LVT1, 0, true, 0x1f7ff },
	{ APIC_LVTERR, APIC_LVTERR, 0, true, 0x110ff },
	{ APIC_TMICT, APIC_TMICT, 0, true, 0xffffffff },
	{ APIC_TMCCT, APIC_TMCCT },
	{ APIC_TDCR, APIC_TDCR, 0, true, 0xb },
	{ APIC_SELF_IPI, APIC_SELF_IPI, NOT_READABLE, true, 0xff },
};

static int find_x2apic_reg(u32 reg)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(x2apic_regs); i++)
		if (reg >= x2apic_regs[i].first && reg <= x2apic_regs[i].last)
			return i;
	return -1;
}

static void x2apic_registers_are_those_of_the_table(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u32 reg;
	u64 val;
	int n;

	x86_test_lapic_to_x2apic(v);
	for (reg = 0; reg < 0x2000; reg += 0x10) {
		n = find_x2apic_reg(reg);
		val = 0;
		KUNIT_EXPECT_EQ_MSG(test, x86_test_x2apic_read(v, reg, &val),
				    n >= 0 && !(x2apic_regs[n].flags & NOT_READABLE) ? 0 : -1,
				    "read of %#x", reg);
		KUNIT_EXPECT_EQ_MSG(test, x86_test_x2apic_write(v, reg, 0),
				    n >= 0 && x2apic_regs[n].writable ? 0 : -1,
				    "write of %#x", reg);
	}
	KUNIT_EXPECT_EQ(test, x86_lapic_msr_read(v, APIC_BASE_MSR - 1, &val), -1);
	KUNIT_EXPECT_EQ(test, x86_lapic_msr_write(v, U32_MAX, 0), -1);
}

static void x2apic_reserved_bits_fault(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int i, bit;
	u64 val;
	u32 reg;

	x86_test_lapic_to_x2apic(v);
	for (i = 0; i < ARRAY_SIZE(x2apic_regs); i++) {
		reg = x2apic_regs[i].first;
		for (bit = 0; x2apic_regs[i].writable && bit < 64; bit++) {
			val = BIT_ULL(bit);
			KUNIT_EXPECT_EQ_MSG(test, x86_test_x2apic_write(v, reg, val),
					    x2apic_regs[i].valid & val ? 0 : -1,
					    "bit %u of %#x", bit, reg);
		}
	}
}

static void x2apic_msrs_fault_in_xapic_mode(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u32 reg;
	u64 val;

	for (reg = 0; reg < 0x1000; reg += 0x10) {
		KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, reg, &val), -1);
		KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, reg, 0), -1);
	}
}

static void x2apic_ids_are_wide(struct kunit *test)
{
	static const u64 ids[] = { 0, 0x12345 };
	struct x86_test_vm *tv;
	struct x86_vcpu *v;
	u64 val = 0;

	tv = x86_test_vm_create(test, ARRAY_SIZE(ids), ids);
	v = x86_test_vcpu(tv, 1);
	x86_test_lapic_to_x2apic(v);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_ID, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x12345);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_LDR, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x1234 << 16 | 1 << 5);
	/* It survives an INIT, and a way through "disabled" brings it back. */
	x86_lapic_reset(v, true);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_LDR, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x1234 << 16 | 1 << 5);
}

/* --- IA32_APIC_BASE --- */

#define BASE	X86_APIC_DEFAULT_BASE

static void base_follows_the_state_diagram(struct kunit *test)
{
	static const u64 states[] = {
		0, X2APIC_ENABLE, XAPIC_ENABLE, XAPIC_ENABLE | X2APIC_ENABLE,
	};
	static const bool allowed[4][4] = {
		{ true, false, true, false },
		{ },
		{ true, false, true, true },
		{ true, false, false, true },
	};
	struct x86_vcpu *v = second_cpu(test);
	unsigned int from, to;

	for (from = 0; from < 4; from++) {
		for (to = 0; from != 1 && to < 4; to++) {
			x86_lapic_reset(v, false);
			KUNIT_ASSERT_EQ(test, x86_lapic_base_write(v, BASE | states[from]), 0);
			KUNIT_EXPECT_EQ_MSG(test, x86_lapic_base_write(v, BASE | states[to]),
					    allowed[from][to] ? 0 : -1, "%u to %u", from, to);
			KUNIT_EXPECT_EQ(test, v->lapic.base_msr,
					BASE | states[allowed[from][to] ? to : from]);
		}
	}
}

static void base_has_reserved_bits(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int bit, bits = x86_guest_phys_bits(v);
	bool valid;

	for (bit = 0; bit < 64; bit++) {
		if (bit == 10 || bit == 11)
			continue;
		valid = bit == 8 || (bit >= 12 && bit < bits);
		KUNIT_EXPECT_EQ_MSG(test, x86_lapic_base_write(v, BIT_ULL(bit) | XAPIC_ENABLE),
				    valid ? 0 : -1, "bit %u", bit);
	}
}

static void registers_can_be_moved(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	KUNIT_EXPECT_TRUE(test, x86_lapic_owns(v, BASE));
	KUNIT_EXPECT_TRUE(test, x86_lapic_owns(v, BASE + 0xfff));
	KUNIT_EXPECT_FALSE(test, x86_lapic_owns(v, BASE - 1));
	KUNIT_EXPECT_FALSE(test, x86_lapic_owns(v, BASE + 0x1000));
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, 0xd0000000 | XAPIC_ENABLE), 0);
	KUNIT_EXPECT_FALSE(test, x86_lapic_owns(v, BASE));
	KUNIT_EXPECT_TRUE(test, x86_lapic_owns(v, 0xd0000ff0));
	x86_test_lapic_to_x2apic(v);
	KUNIT_EXPECT_FALSE(test, x86_lapic_owns(v, 0xd0000ff0));
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, 0xd0000000), 0);
	KUNIT_EXPECT_FALSE(test, x86_lapic_owns(v, 0xd0000ff0));
}

static void disabled_apic_forgets(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	out(v, APIC_TASKPRI, 0x50);
	request(v, 0x40);
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, BASE), 0);
	KUNIT_EXPECT_FALSE(test, x86_lapic_is_enabled(v));
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, BASE | XAPIC_ENABLE), 0);
	expect_power_on(test, v);
}

/* SDM 3, 11.12.5.1 */
static void x2apic_mode_keeps_the_state(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u64 val = 0;

	out(v, APIC_SPIV, 0x1ff);
	out(v, APIC_TASKPRI, 0x30);
	out(v, APIC_LDR, 0x55000000);
	request(v, 0x80);
	x86_test_lapic_to_x2apic(v);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x80);
	KUNIT_EXPECT_EQ(test, x86_lapic_get_cr8(v), 3);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_LDR, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 1 << AP_ID);
}

/* --- priorities --- */

static void every_vector_makes_its_way(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int vector;

	out(v, APIC_SPIV, 0x1ff);
	for (vector = 16; vector < 256; vector++) {
		request(v, vector);
		KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
		KUNIT_EXPECT_TRUE(test, is_set(v, APIC_IRR, vector));
		KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), vector);
		x86_lapic_ack(v, vector);
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_IRR, vector));
		KUNIT_EXPECT_TRUE(test, is_set(v, APIC_ISR, vector));
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_TMR, vector));
		KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), vector & 0xf0);
		KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
		out(v, APIC_EOI, 0);
		KUNIT_EXPECT_FALSE(test, is_set(v, APIC_ISR, vector));
		KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), 0);
	}
}

static void higher_classes_nest(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x41);
	x86_lapic_ack(v, 0x41);
	request(v, 0x4f);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
	request(v, 0x51);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x51);
	x86_lapic_ack(v, 0x51);
	KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), 0x50);
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), 0x40);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x4f);
	x86_lapic_ack(v, 0x4f);
	out(v, APIC_EOI, 0);
	/* One more than there were. */
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), 0);
}

static void task_priority_holds_back(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int class;

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x5f);
	for (class = 0; class < 16; class++) {
		out(v, APIC_TASKPRI, class << 4 | 7);
		KUNIT_EXPECT_EQ(test, in(v, APIC_PROCPRI), class << 4 | 7);
		KUNIT_EXPECT_EQ(test, x86_lapic_get_cr8(v), class);
		KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), class < 5 ? 0x5f : -1);
		KUNIT_EXPECT_EQ(test, x86_irq_blocked_by_tpr(v), class < 5 ? -1 : 4);
	}
	x86_lapic_set_cr8(v, 5);
	KUNIT_EXPECT_EQ(test, in(v, APIC_TASKPRI), 0x50);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
	x86_lapic_set_cr8(v, 4);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x5f);
}

static void service_blocks_before_the_task_does(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	KUNIT_EXPECT_EQ(test, x86_irq_blocked_by_tpr(v), -1);
	request(v, 0x60);
	x86_lapic_ack(v, 0x60);
	request(v, 0x50);
	out(v, APIC_TASKPRI, 0x80);
	KUNIT_EXPECT_EQ(test, x86_irq_blocked_by_tpr(v), -1);
	request(v, 0x70);
	KUNIT_EXPECT_EQ(test, x86_irq_blocked_by_tpr(v), 6);
}

/* Whatever lets an interrupt through makes the vCPU look. */
static void unblocking_is_noticed(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	out(v, APIC_TASKPRI, 0xf0);
	request(v, 0x40);
	x86_test_take_event(v, X86_EV_IRQ);
	out(v, APIC_TASKPRI, 0x30);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	x86_lapic_set_cr8(v, 3);
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(v, X86_EV_IRQ));
	x86_lapic_set_cr8(v, 8);
	x86_test_take_event(v, X86_EV_IRQ);
	x86_lapic_set_cr8(v, 0);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	x86_lapic_ack(v, 0x40);
	request(v, 0x48);
	x86_test_take_event(v, X86_EV_IRQ);
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
}

/*
 * Behind an interrupt in service, then behind the task priority alone: lowering CR8 need
 * not be seen, so whoever enters the guest has to hear of the change before.
 */
static void what_only_the_task_holds_back_is_noticed(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x60);
	x86_lapic_ack(v, 0x60);
	request(v, 0x50);
	out(v, APIC_TASKPRI, 0x80);
	v->events = 0;
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	KUNIT_EXPECT_EQ(test, x86_irq_blocked_by_tpr(v), 4);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	/* So it is when the task priority rises over a request. */
	out(v, APIC_TASKPRI, 0);
	v->events = 0;
	out(v, APIC_TASKPRI, 0x50);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
}

static void a_request_is_made_once(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x40);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	request(v, 0x40);
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x40);
	/* One more while it is in service: comes after it. */
	request(v, 0x40);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x40);
	out(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
}

/* --- the software switch, SDM 3, 11.4.7.2 --- */

static void switched_off_entries_are_masked(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u32 reg;

	out(v, APIC_SPIV, 0x1ff);
	for (reg = APIC_LVTT; reg <= APIC_LVTERR; reg += 0x10)
		out(v, reg, 0x40);
	out(v, APIC_SPIV, 0xff);
	for (reg = APIC_LVTT; reg <= APIC_LVTERR; reg += 0x10) {
		KUNIT_EXPECT_EQ(test, in(v, reg), APIC_LVT_MASKED | 0x40);
		out(v, reg, 0x41);
		KUNIT_EXPECT_EQ(test, in(v, reg), APIC_LVT_MASKED | 0x41);
	}
	out(v, APIC_SPIV, 0x1ff);
	for (reg = APIC_LVTT; reg <= APIC_LVTERR; reg += 0x10)
		KUNIT_EXPECT_EQ(test, in(v, reg), APIC_LVT_MASKED | 0x41);
}

static void switched_off_requests_are_kept(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	request(v, 0x40);
	out(v, APIC_SPIV, 0xff);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x40);
	request(v, 0x50);
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), 0x40);
	KUNIT_EXPECT_EQ(test, read_esr(v), 0);
}

/* --- errors --- */

static void errors_show_after_a_write(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	unsigned int vector;

	out(v, APIC_SPIV, 0x1ff);
	for (vector = 0; vector < 16; vector++) {
		request(v, vector);
		KUNIT_EXPECT_EQ(test, in(v, APIC_ESR), 0);
		KUNIT_EXPECT_EQ(test, read_esr(v), APIC_ESR_SENDILL);
		KUNIT_EXPECT_EQ(test, in(v, APIC_ESR), APIC_ESR_SENDILL);
		KUNIT_EXPECT_EQ(test, read_esr(v), 0);
	}
	KUNIT_EXPECT_EQ(test, x86_lapic_pending(v), -1);
}

static void received_illegal_vectors_are_errors(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	struct x86_apic_msg msg = { .dest = AP_ID, .vector = 15 };

	/* Switched off, it takes none and notices none. */
	KUNIT_EXPECT_EQ(test, x86_apic_send(x86_vm_of(v), NULL, &msg), 0);
	KUNIT_EXPECT_EQ(test, read_esr(v), 0);
	out(v, APIC_SPIV, 0x1ff);
	KUNIT_EXPECT_EQ(test, x86_apic_send(x86_vm_of(v), NULL, &msg), 0);
	KUNIT_EXPECT_EQ(test, read_esr(v), APIC_ESR_RECVILL);
	request(v, 3);
	in(v, 0x400);
	x86_apic_send(x86_vm_of(v), NULL, &msg);
	KUNIT_EXPECT_EQ(test, read_esr(v),
			APIC_ESR_RECVILL | APIC_ESR_SENDILL | APIC_ESR_ILLREGA);
}

static void errors_interrupt_once(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);

	out(v, APIC_SPIV, 0x1ff);
	out(v, APIC_LVTERR, 0x99);
	request(v, 1);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x99);
	out(v, APIC_EOI, 0);
	request(v, 2);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	out(v, APIC_ESR, 0);
	request(v, 3);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x99);
	out(v, APIC_EOI, 0);
	/* An error interrupt that is an error itself. */
	out(v, APIC_LVTERR, 0x9);
	out(v, APIC_ESR, 0);
	request(v, 4);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	KUNIT_EXPECT_EQ(test, read_esr(v), APIC_ESR_RECVILL | APIC_ESR_SENDILL);
}

static void x2apic_interrupts_itself(struct kunit *test)
{
	struct x86_vcpu *v = second_cpu(test);
	u64 val = 1;

	x86_test_lapic_to_x2apic(v);
	x86_test_lapic_enable(v);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_SELF_IPI, 0x77), 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x77);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_EOI, 1), -1);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_PROCPRI, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0x70);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_EOI, 0), 0);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_PROCPRI, &val), 0);
	KUNIT_EXPECT_EQ(test, val, 0);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_SELF_IPI, 5), 0);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_ESR, 0), 0);
	KUNIT_EXPECT_EQ(test, x86_test_x2apic_read(v, APIC_ESR, &val), 0);
	KUNIT_EXPECT_EQ(test, val, APIC_ESR_SENDILL);
}

static struct kunit_case lapic_cases[] = {
	KUNIT_CASE(power_on_state_is_the_manuals),
	KUNIT_CASE(boot_cpu_is_in_virtual_wire_mode),
	KUNIT_CASE(registers_hold_their_bits),
	KUNIT_CASE(reset_forgets_all),
	KUNIT_CASE(read_only_registers_stay),
	KUNIT_CASE(reserved_registers_are_errors),
	KUNIT_CASE(accesses_of_other_sizes_are_harmless),
	KUNIT_CASE(x2apic_registers_are_those_of_the_table),
	KUNIT_CASE(x2apic_reserved_bits_fault),
	KUNIT_CASE(x2apic_msrs_fault_in_xapic_mode),
	KUNIT_CASE(x2apic_ids_are_wide),
	KUNIT_CASE(base_follows_the_state_diagram),
	KUNIT_CASE(base_has_reserved_bits),
	KUNIT_CASE(registers_can_be_moved),
	KUNIT_CASE(disabled_apic_forgets),
	KUNIT_CASE(x2apic_mode_keeps_the_state),
	KUNIT_CASE(every_vector_makes_its_way),
	KUNIT_CASE(higher_classes_nest),
	KUNIT_CASE(task_priority_holds_back),
	KUNIT_CASE(service_blocks_before_the_task_does),
	KUNIT_CASE(unblocking_is_noticed),
	KUNIT_CASE(what_only_the_task_holds_back_is_noticed),
	KUNIT_CASE(a_request_is_made_once),
	KUNIT_CASE(switched_off_entries_are_masked),
	KUNIT_CASE(switched_off_requests_are_kept),
	KUNIT_CASE(errors_show_after_a_write),
	KUNIT_CASE(received_illegal_vectors_are_errors),
	KUNIT_CASE(errors_interrupt_once),
	KUNIT_CASE(x2apic_interrupts_itself),
	{}
};

static struct kunit_suite lapic_suite = {
	.name = "axvm-lapic",
	.init = init_case,
	.test_cases = lapic_cases,
};

kunit_test_suite(lapic_suite);
