// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: interrupt messages between local APICs.
 */
#include <linux/bitops.h>
#include <asm/apicdef.h>

#include "arch/x86/test_vm.h"

#define NR		6
#define VECTOR		0x61
#define NOBODY		0
#define EVERYBODY	GENMASK(NR - 1, 0)
#define ALL_BUT(n)	(EVERYBODY & ~BIT(n))

/* Sparse on purpose: gaps, the last id of xAPIC mode, wide ones. */
static const u64 hw_ids[NR] = { 0, 1, 5, 0xfe, 0x105, 0xfffffffe };

static int init_case(struct kunit *test)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, NR, hw_ids);
	u32 i;

	test->priv = tv;
	for (i = 0; i < NR; i++)
		x86_test_lapic_enable(x86_test_vcpu(tv, i));
	return 0;
}

static int init_x2apic_case(struct kunit *test)
{
	u32 i;

	init_case(test);
	for (i = 0; i < NR; i++)
		x86_test_lapic_to_x2apic(x86_test_vcpu(test->priv, i));
	return 0;
}

/* Who has the vector requested, as a bit map; forgotten after that. */
static unsigned long collect(struct kunit *test)
{
	unsigned long who = 0;
	u32 i;

	for (i = 0; i < NR; i++) {
		struct x86_vcpu *v = x86_test_vcpu(test->priv, i);

		if (test_and_clear_bit(VECTOR, v->lapic.irr)) {
			who |= BIT(i);
			/* It was told to look. */
			KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
		}
	}
	return who;
}

static unsigned long send_xapic(struct kunit *test, u32 from, u32 icr, u8 dest)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, from);

	x86_test_lapic_write(v, APIC_ICR2, SET_XAPIC_DEST_FIELD((u32)dest));
	x86_test_lapic_write(v, APIC_ICR, icr | VECTOR);
	return collect(test);
}

static unsigned long send_x2apic(struct kunit *test, u32 from, u32 icr, u32 dest)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, from);

	KUNIT_EXPECT_EQ(test, x86_test_x2apic_write(v, APIC_ICR,
						    (u64)dest << 32 | icr | VECTOR), 0);
	return collect(test);
}

static unsigned long send_device(struct kunit *test, u32 dest, bool logical, u32 mode)
{
	struct x86_test_vm *tv = test->priv;
	struct x86_apic_msg msg = {
		.dest = dest, .logical = logical, .mode = mode, .vector = VECTOR, .assert = true,
	};
	unsigned int taken = x86_apic_send(&tv->vm, NULL, &msg);
	unsigned long who = collect(test);

	KUNIT_EXPECT_EQ(test, taken, hweight_long(who));
	return who;
}

/* --- destinations --- */

static void physical_ids_are_exact(struct kunit *test)
{
	unsigned long expected;
	u32 dest, i;

	for (dest = 0; dest < 0xff; dest++) {
		expected = NOBODY;
		for (i = 0; i < NR; i++)
			if (hw_ids[i] == dest)
				expected = BIT(i);
		KUNIT_EXPECT_EQ_MSG(test, send_xapic(test, 1, 0, dest), expected, "to %u", dest);
		KUNIT_EXPECT_EQ(test, send_device(test, dest, false, 0), expected);
	}
	KUNIT_EXPECT_EQ(test, send_xapic(test, 1, 0, 0xff), EVERYBODY);
	KUNIT_EXPECT_EQ(test, send_device(test, 0xff, false, 0), EVERYBODY);
}

static void physical_ids_are_wide_in_x2apic_mode(struct kunit *test)
{
	static const u32 wrong[] = { 2, 4, 6, 0xff, 0x100, 0x104, 0x106, 0xffff, 0x80000000 };
	u32 i;

	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, send_x2apic(test, 2, 0, hw_ids[i]), BIT(i));
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ(test, send_x2apic(test, 2, 0, wrong[i]), NOBODY);
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 2, 0, U32_MAX), EVERYBODY);
}

static void set_logical(struct kunit *test, u32 n, u32 dfr, u8 id)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, n);

	x86_test_lapic_write(v, APIC_DFR, dfr);
	x86_test_lapic_write(v, APIC_LDR, SET_APIC_LOGICAL_ID((u32)id));
}

static void flat_ids_are_bits(struct kunit *test)
{
	unsigned long expected;
	u32 dest, i;

	for (i = 0; i < NR; i++)
		set_logical(test, i, APIC_DFR_FLAT, BIT(i));
	for (dest = 0; dest < 0x100; dest++) {
		expected = dest & EVERYBODY;
		KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_DEST_LOGICAL, dest), expected);
		KUNIT_EXPECT_EQ(test, send_device(test, dest, true, 0), expected);
	}
	/* All ones are everybody, also those without a logical id. */
	set_logical(test, 2, APIC_DFR_FLAT, 0);
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_DEST_LOGICAL, 0x7f), ALL_BUT(2));
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_DEST_LOGICAL, 0xff), EVERYBODY);
}

static void cluster_ids_have_two_parts(struct kunit *test)
{
	static const u8 ids[NR] = { 0x01, 0x02, 0x11, 0x12, 0x24, 0xe8 };
	unsigned long expected;
	u32 dest, i;

	for (i = 0; i < NR; i++)
		set_logical(test, i, APIC_DFR_CLUSTER, ids[i]);
	for (dest = 0; dest < 0xff; dest++) {
		expected = NOBODY;
		for (i = 0; i < NR; i++)
			if ((dest >> 4 == ids[i] >> 4 || dest >> 4 == 15) && (dest & ids[i] & 15))
				expected |= BIT(i);
		KUNIT_EXPECT_EQ_MSG(test, send_xapic(test, 3, APIC_DEST_LOGICAL, dest), expected,
				    "to %#x", dest);
	}
	KUNIT_EXPECT_EQ(test, send_xapic(test, 3, APIC_DEST_LOGICAL, 0xff), EVERYBODY);
}

/* SDM 3, 11.12.10.2: the ids follow from the physical ones. */
static void x2apic_clusters_follow_the_ids(struct kunit *test)
{
	u32 ldr, i;

	for (i = 0; i < NR; i++) {
		ldr = hw_ids[i] >> 4 << 16 | BIT(hw_ids[i] & 15);
		KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, ldr), BIT(i));
		ldr ^= 0x10000;
		KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, ldr), NOBODY);
	}
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, 0x0000ffff), 0x7);
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, 0x00000021), 0x5);
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, 0x0010ffff), BIT(4));
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, 0x00100000), NOBODY);
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, U32_MAX), EVERYBODY);
	/* The I/O APIC reaches the first members of the first cluster. */
	KUNIT_EXPECT_EQ(test, send_device(test, 0x22, true, 0), 0x6);
}

static void shorthands_need_no_destination(struct kunit *test)
{
	u32 i;

	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, send_xapic(test, i, APIC_DEST_SELF, 3), BIT(i));
		KUNIT_EXPECT_EQ(test, send_xapic(test, i, APIC_DEST_ALLINC, 3), EVERYBODY);
		KUNIT_EXPECT_EQ(test, send_xapic(test, i, APIC_DEST_ALLBUT, 3), ALL_BUT(i));
	}
}

static void modes_can_be_mixed(struct kunit *test)
{
	u32 i;

	/* 0, 2, 4 in x2APIC mode, 1, 3, 5 in xAPIC mode. */
	for (i = 0; i < NR; i++) {
		set_logical(test, i, APIC_DFR_FLAT, BIT(i));
		if (i % 2 == 0)
			x86_test_lapic_to_x2apic(x86_test_vcpu(test->priv, i));
	}
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, 0, 1), BIT(1));
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, 0, 0x105), BIT(4));
	KUNIT_EXPECT_EQ(test, send_xapic(test, 1, 0, 5), BIT(2));
	KUNIT_EXPECT_EQ(test, send_xapic(test, 1, 0, 0xff), EVERYBODY);
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, 0, U32_MAX), EVERYBODY);
	/* Bits 1 and 5 as xAPIC ids are, bits 1 and 5 of cluster 0 in x2APIC mode. */
	KUNIT_EXPECT_EQ(test, send_xapic(test, 1, APIC_DEST_LOGICAL, 0x22), 0x26);
	/* A wide one is none that xAPIC mode knows. */
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DEST_LOGICAL, 0x100022), BIT(4));
}

static void disabled_apics_hear_nothing(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 2);

	KUNIT_ASSERT_EQ(test, x86_lapic_base_write(v, X86_APIC_DEFAULT_BASE), 0);
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, 0, 5), NOBODY);
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, 0, 0xff), ALL_BUT(2));
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_DEST_ALLINC, 0), ALL_BUT(2));
	send_xapic(test, 0, APIC_DM_NMI, 5);
	send_xapic(test, 0, APIC_DM_NMI | APIC_DEST_ALLINC, 0);
	send_xapic(test, 0, APIC_DM_INIT, 5);
	KUNIT_EXPECT_EQ(test, v->events, 0);
}

/* --- lowest priority --- */

static void lowest_priority_finds_one(struct kunit *test)
{
	u32 i;

	for (i = 0; i < NR; i++) {
		set_logical(test, i, APIC_DFR_FLAT, BIT(i));
		x86_test_lapic_write(x86_test_vcpu(test->priv, i), APIC_TASKPRI, 0x50);
	}
	for (i = 0; i < NR; i++) {
		x86_test_lapic_write(x86_test_vcpu(test->priv, i), APIC_TASKPRI, 0x40);
		KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_DM_LOWEST | APIC_DEST_LOGICAL, 0x3f),
				BIT(i));
		KUNIT_EXPECT_EQ(test, send_device(test, 0xff, false, 1), BIT(i));
		x86_test_lapic_write(x86_test_vcpu(test->priv, i), APIC_TASKPRI, 0x50);
	}
	/* Among equals one, and only of those addressed. */
	KUNIT_EXPECT_EQ(test, hweight_long(send_device(test, 0x3f, true, 1)), 1);
	KUNIT_EXPECT_EQ(test, send_device(test, 0x08, true, 1), BIT(3));
	KUNIT_EXPECT_EQ(test, send_device(test, 0xc0, true, 1), NOBODY);
}

static void what_is_in_service_counts(struct kunit *test)
{
	x86_lapic_ack(x86_test_vcpu(test->priv, 0), 0x80);
	x86_lapic_ack(x86_test_vcpu(test->priv, 1), 0x70);
	set_logical(test, 0, APIC_DFR_FLAT, 1);
	set_logical(test, 1, APIC_DFR_FLAT, 2);
	KUNIT_EXPECT_EQ(test, send_device(test, 3, true, 1), BIT(1));
	/* One that is switched off takes part in nothing. */
	x86_test_lapic_write(x86_test_vcpu(test->priv, 1), APIC_SPIV, 0xff);
	KUNIT_EXPECT_EQ(test, send_device(test, 3, true, 1), BIT(0));
	x86_test_lapic_write(x86_test_vcpu(test->priv, 0), APIC_SPIV, 0xff);
	KUNIT_EXPECT_EQ(test, send_device(test, 3, true, 1), NOBODY);
}

static void lowest_priority_works_for_wide_ids(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, send_x2apic(test, 0, APIC_DM_LOWEST, 0x105), BIT(4));
	KUNIT_EXPECT_EQ(test, hweight_long(send_x2apic(test, 0, APIC_DM_LOWEST, U32_MAX)), 1);
}

/* --- other delivery modes --- */

static void nmis_need_no_switch(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	x86_test_lapic_write(v, APIC_SPIV, 0xff);
	send_xapic(test, 0, APIC_DM_NMI, 1);
	KUNIT_EXPECT_FALSE(test, v->nmi_waiting);
	KUNIT_EXPECT_TRUE(test, test_bit(X86_EV_NMI, &v->events));
	/* Two are remembered, and no more. */
	send_xapic(test, 0, APIC_DM_NMI, 1);
	KUNIT_EXPECT_TRUE(test, v->nmi_waiting);
	send_xapic(test, 0, APIC_DM_NMI, 1);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_NMI));
	KUNIT_EXPECT_EQ(test, v->events, 0);
	send_xapic(test, 0, APIC_DM_NMI | APIC_DEST_ALLBUT, 0);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_NMI));
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(x86_test_vcpu(test->priv, 0), X86_EV_NMI));
}

static void modes_without_a_meaning_do_nothing(struct kunit *test)
{
	static const u32 modes[] = { APIC_DM_SMI, APIC_DM_REMRD, APIC_DM_EXTINT };
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		KUNIT_EXPECT_EQ(test, send_xapic(test, 0, modes[i] | APIC_DEST_ALLINC, 0), NOBODY);
		for (n = 0; n < NR; n++)
			KUNIT_EXPECT_EQ(test, x86_test_vcpu(test->priv, n)->events, 0);
	}
}

static void trigger_mode_of_ipis_is_ignored(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_INT_LEVELTRIG | APIC_INT_ASSERT, 1), BIT(1));
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, APIC_TMR + VECTOR / 32 * 0x10), 0);
	KUNIT_EXPECT_EQ(test, send_xapic(test, 0, APIC_INT_LEVELTRIG, 1), BIT(1));
}

/* --- INIT and start-up --- */

#define INIT_ASSERT	(APIC_DM_INIT | APIC_INT_LEVELTRIG | APIC_INT_ASSERT)
#define INIT_DEASSERT	(APIC_DM_INIT | APIC_INT_LEVELTRIG)

static void start_up_turns_on(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	x86_test_lapic_write(v, APIC_SPIV, 0xff);
	send_xapic(test, 0, INIT_ASSERT, 1);
	KUNIT_EXPECT_EQ(test, v->events, 0);
	send_xapic(test, 0, INIT_DEASSERT, 1);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_OFF);
	send_xapic(test, 0, APIC_DM_STARTUP, 1);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_STARTING);
	KUNIT_EXPECT_EQ(test, v->base.power_entry, X86_ENTRY_SIPI | VECTOR << 12);
	KUNIT_EXPECT_EQ(test, v->sipi_vector, VECTOR);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_SIPI));
	/* The second one, which kernels send to be sure. */
	send_xapic(test, 0, APIC_DM_STARTUP, 1);
	KUNIT_EXPECT_EQ(test, v->events, 0);
}

static void running_vcpus_ignore_start_up(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	v->base.power = AXVM_POWER_ON;
	send_xapic(test, 0, APIC_DM_STARTUP, 1);
	KUNIT_EXPECT_EQ(test, v->events, 0);
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_ON);
}

static void init_stops_a_running_vcpu(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	v->base.power = AXVM_POWER_ON;
	send_xapic(test, 0, INIT_DEASSERT, 1);
	KUNIT_EXPECT_EQ(test, v->events, 0);
	send_xapic(test, 0, INIT_ASSERT, 1);
	KUNIT_EXPECT_EQ(test, v->events, BIT(X86_EV_INIT));
	/* It has not seen it yet: what comes now is for afterwards. */
	send_xapic(test, 0, APIC_DM_STARTUP, 1);
	KUNIT_EXPECT_EQ(test, v->events, BIT(X86_EV_INIT) | BIT(X86_EV_SIPI));
	KUNIT_EXPECT_EQ(test, v->base.power, AXVM_POWER_ON);
	/* Another INIT starts over. */
	send_xapic(test, 0, INIT_ASSERT, 1);
	KUNIT_EXPECT_EQ(test, v->events, BIT(X86_EV_INIT));
}

static void everybody_else_can_be_started(struct kunit *test)
{
	u32 i;

	send_xapic(test, 0, INIT_ASSERT | APIC_DEST_ALLBUT, 0);
	send_xapic(test, 0, APIC_DM_STARTUP | APIC_DEST_ALLBUT, 0);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, x86_test_vcpu(test->priv, i)->base.power,
				i ? AXVM_POWER_STARTING : AXVM_POWER_ON);
	KUNIT_EXPECT_EQ(test, x86_test_vcpu(test->priv, 0)->events, 0);
}

static void wide_ids_can_be_started(struct kunit *test)
{
	u32 i;

	for (i = 1; i < NR; i++) {
		send_x2apic(test, 0, INIT_ASSERT, hw_ids[i]);
		send_x2apic(test, 0, APIC_DM_STARTUP, hw_ids[i]);
		KUNIT_EXPECT_EQ(test, x86_test_vcpu(test->priv, i)->base.power,
				AXVM_POWER_STARTING);
	}
}

static struct kunit_case xapic_cases[] = {
	KUNIT_CASE(physical_ids_are_exact),
	KUNIT_CASE(flat_ids_are_bits),
	KUNIT_CASE(cluster_ids_have_two_parts),
	KUNIT_CASE(shorthands_need_no_destination),
	KUNIT_CASE(modes_can_be_mixed),
	KUNIT_CASE(disabled_apics_hear_nothing),
	KUNIT_CASE(lowest_priority_finds_one),
	KUNIT_CASE(what_is_in_service_counts),
	KUNIT_CASE(nmis_need_no_switch),
	KUNIT_CASE(modes_without_a_meaning_do_nothing),
	KUNIT_CASE(trigger_mode_of_ipis_is_ignored),
	KUNIT_CASE(start_up_turns_on),
	KUNIT_CASE(running_vcpus_ignore_start_up),
	KUNIT_CASE(init_stops_a_running_vcpu),
	KUNIT_CASE(everybody_else_can_be_started),
	{}
};

static struct kunit_case x2apic_cases[] = {
	KUNIT_CASE(physical_ids_are_wide_in_x2apic_mode),
	KUNIT_CASE(x2apic_clusters_follow_the_ids),
	KUNIT_CASE(lowest_priority_works_for_wide_ids),
	KUNIT_CASE(wide_ids_can_be_started),
	{}
};

static struct kunit_suite xapic_suite = {
	.name = "axvm-apic-messages",
	.init = init_case,
	.test_cases = xapic_cases,
};

static struct kunit_suite x2apic_suite = {
	.name = "axvm-apic-messages-x2apic",
	.init = init_x2apic_case,
	.test_cases = x2apic_cases,
};

kunit_test_suites(&xapic_suite, &x2apic_suite);
