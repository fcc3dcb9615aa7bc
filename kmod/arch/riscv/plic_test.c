// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the PLIC model, through its registers and wires; what it tells
 * vCPUs is caught on the way.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/string.h>

#include "plic.h"
#include "vm.h"

#define BASE		0x0c000000ULL
#define NR_VCPUS	3
#define NR_SOURCES	PLIC_DEFAULT_SOURCES
#define ALL_SOURCES	(PLIC_MAX_SOURCES - 1)

/**
 * struct fixture - a VM that is nothing but vCPUs, a bus and a PLIC
 * @vm: VM
 * @vcpus: its vCPUs, which never run
 * @list: pointers to them
 * @level: what each was told last
 * @calls: how often they were told something
 */
struct fixture {
	struct axvm_vm vm;
	struct axvm_vcpu vcpus[NR_VCPUS];
	struct axvm_vcpu *list[NR_VCPUS];
	bool level[NR_VCPUS];
	unsigned int calls;
};

static void note_level(struct axvm_vcpu *vcpu, bool level)
{
	struct fixture *fix = container_of(vcpu->vm, struct fixture, vm);

	fix->level[vcpu->id] = level;
	fix->calls++;
}

static void take_apart(void *data)
{
	struct fixture *fix = data;

	axvm_devices_exit(&fix->vm.devices);
	axvm_bus_exit(&fix->vm.bus[AXVM_BUS_MMIO]);
}

static int add_plic(struct fixture *fix, u32 nr_cfg, u64 contexts, u64 sources, u64 len)
{
	struct axvm_device_cfg cfg = {
		.name = "plic", .base = BASE, .len = len,
		.nr_cfg = nr_cfg, .cfg = { contexts, sources },
	};
	struct axvm_error err = { .index = -1 };
	int ret = axvm_devices_add_model(&fix->vm.devices, &axvm_plic, &cfg, &err);

	/* Each refusal has a reason. */
	return ret && !err.msg ? -EIO : ret;
}

/* A VM without a PLIC. */
static int init_vm(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, fix);
	test->priv = fix;
	for (i = 0; i < NR_VCPUS; i++) {
		fix->vcpus[i].vm = &fix->vm;
		fix->vcpus[i].id = i;
		fix->list[i] = &fix->vcpus[i];
		fix->level[i] = true;
	}
	fix->vm.vcpus = fix->list;
	fix->vm.nr_vcpus = NR_VCPUS;
	axvm_bus_init(&fix->vm.bus[AXVM_BUS_MMIO]);
	axvm_bus_init(&fix->vm.bus[AXVM_BUS_PIO]);
	axvm_devices_init(&fix->vm.devices, fix->vm.bus, &fix->vm.gmem);
	kunit_activate_static_stub(test, rv_plic_notify, note_level);
	return kunit_add_action_or_reset(test, take_apart, fix);
}

static int init_plic(struct kunit *test)
{
	int ret = init_vm(test);

	return ret ?: add_plic(test->priv, 0, 0, 0, 0);
}

static u32 in(struct fixture *fix, u64 offset)
{
	u64 val = U64_MAX;

	axvm_bus_read(&fix->vm.bus[AXVM_BUS_MMIO], BASE + offset, 4, &val);
	return val;
}

static void out(struct fixture *fix, u64 offset, u32 val)
{
	axvm_bus_write(&fix->vm.bus[AXVM_BUS_MMIO], BASE + offset, 4, val);
}

static void set_line(struct fixture *fix, u32 source, bool level)
{
	struct axvm_irq_chip *chip = fix->vm.devices.chip;

	chip->ops->set_level(chip, source, level);
}

static u64 enable_reg(u32 ctx, u32 source)
{
	return PLIC_ENABLE_BASE + ctx * PLIC_ENABLE_STRIDE + source / 32 * 4;
}

static u64 context_reg(u32 ctx, u32 reg)
{
	return PLIC_CONTEXT_BASE + ctx * PLIC_CONTEXT_STRIDE + reg;
}

static void set_priority(struct fixture *fix, u32 source, u32 priority)
{
	out(fix, PLIC_PRIORITY_BASE + source * 4, priority);
}

static void enable(struct fixture *fix, u32 ctx, u32 source)
{
	u64 reg = enable_reg(ctx, source);

	out(fix, reg, in(fix, reg) | 1u << (source % 32));
}

static void disable(struct fixture *fix, u32 ctx, u32 source)
{
	u64 reg = enable_reg(ctx, source);

	out(fix, reg, in(fix, reg) & ~(1u << (source % 32)));
}

static bool is_pending(struct fixture *fix, u32 source)
{
	return in(fix, PLIC_PENDING_BASE + source / 32 * 4) >> (source % 32) & 1;
}

static u32 claim(struct fixture *fix, u32 ctx)
{
	return in(fix, context_reg(ctx, PLIC_CLAIM));
}

static void complete_source(struct fixture *fix, u32 ctx, u32 source)
{
	out(fix, context_reg(ctx, PLIC_CLAIM), source);
}

static void parameters_are_checked(struct kunit *test)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, add_plic(fix, 1, NR_VCPUS - 1, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 1, PLIC_MAX_CONTEXTS + 1, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 1, U64_MAX, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 2, 0, PLIC_MAX_SOURCES, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 2, 0, U64_MAX, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 3, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 0, 0, 0, 0x202fff), -EINVAL);
	KUNIT_EXPECT_NULL(test, fix->vm.devices.chip);
	KUNIT_EXPECT_EQ(test, fix->vm.bus[AXVM_BUS_MMIO].nr, 0);

	KUNIT_EXPECT_EQ(test, add_plic(fix, 2, PLIC_MAX_CONTEXTS, ALL_SOURCES, 0x280000), 0);
	KUNIT_EXPECT_NOT_NULL(test, fix->vm.devices.chip);
	/* One is enough. */
	KUNIT_EXPECT_EQ(test, add_plic(fix, 0, 0, 0, 0), -EEXIST);
	axvm_devices_exit(&fix->vm.devices);
	KUNIT_EXPECT_NULL(test, fix->vm.devices.chip);
	KUNIT_EXPECT_EQ(test, add_plic(fix, 2, 0, 0, 0x203000), 0);
}

static void inputs_are_checked(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_irq_chip *chip;

	KUNIT_ASSERT_EQ(test, add_plic(fix, 2, 0, 40, 0), 0);
	chip = fix->vm.devices.chip;
	KUNIT_EXPECT_FALSE(test, chip->ops->check(chip, 0));
	KUNIT_EXPECT_TRUE(test, chip->ops->check(chip, 1));
	KUNIT_EXPECT_TRUE(test, chip->ops->check(chip, 40));
	KUNIT_EXPECT_FALSE(test, chip->ops->check(chip, 41));
	KUNIT_EXPECT_FALSE(test, chip->ops->check(chip, U32_MAX));
	/* And harmless when somebody does not check. */
	set_line(fix, 0, true);
	set_line(fix, 41, true);
	set_line(fix, U32_MAX, true);
	KUNIT_EXPECT_EQ(test, in(fix, PLIC_PENDING_BASE), 0);
	KUNIT_EXPECT_EQ(test, in(fix, PLIC_PENDING_BASE + 4), 0);
}

static void registers_hold_their_bits(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 i;

	KUNIT_ASSERT_EQ(test, add_plic(fix, 2, 0, 40, 0), 0);
	for (i = 0; i < PLIC_MAX_SOURCES; i++) {
		set_priority(fix, i, U32_MAX);
		KUNIT_EXPECT_EQ(test, in(fix, i * 4), i && i <= 40 ? 7 : 0);
	}
	for (i = 0; i < PLIC_MAX_WORDS; i++) {
		out(fix, PLIC_PENDING_BASE + i * 4, U32_MAX);
		KUNIT_EXPECT_EQ(test, in(fix, PLIC_PENDING_BASE + i * 4), 0);
		out(fix, enable_reg(1, i * 32), U32_MAX);
		KUNIT_EXPECT_EQ(test, in(fix, enable_reg(1, i * 32)),
				i == 0 ? 0xfffffffe : i == 1 ? 0x1ff : 0);
		KUNIT_EXPECT_EQ(test, in(fix, enable_reg(0, i * 32)), 0);
	}
	out(fix, context_reg(2, PLIC_THRESHOLD), U32_MAX);
	KUNIT_EXPECT_EQ(test, in(fix, context_reg(2, PLIC_THRESHOLD)), 7);
	KUNIT_EXPECT_EQ(test, in(fix, context_reg(1, PLIC_THRESHOLD)), 0);
}

static void reserved_space_reads_zero(struct kunit *test)
{
	static const u64 offsets[] = {
		0x1080, 0x1ffc, PLIC_ENABLE_BASE + NR_VCPUS * PLIC_ENABLE_STRIDE, 0x1f2000,
		0x1ffffc, PLIC_CONTEXT_BASE + 8, PLIC_CONTEXT_BASE + 0xffc,
		PLIC_CONTEXT_BASE + NR_VCPUS * PLIC_CONTEXT_STRIDE,
		PLIC_CONTEXT_BASE + NR_VCPUS * PLIC_CONTEXT_STRIDE + 4, PLIC_LEN - 4,
	};
	struct fixture *fix = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		out(fix, offsets[i], U32_MAX);
		KUNIT_EXPECT_EQ_MSG(test, in(fix, offsets[i]), 0, "offset %#llx", offsets[i]);
	}
}

static void only_words_are_let_through(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct axvm_bus *bus = &fix->vm.bus[AXVM_BUS_MMIO];
	u64 val;

	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 4, 1, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 4, 2, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + 8, 8, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_write(bus, BASE + 5, 4, 0), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(bus, BASE + PLIC_LEN, 4, &val), AXVM_BUS_NO_DEVICE);
}

static void interrupt_is_claimed_and_completed(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 10, 1);
	enable(fix, 1, 10);
	set_line(fix, 10, true);
	KUNIT_EXPECT_TRUE(test, is_pending(fix, 10));
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_TRUE(test, fix->level[1]);
	KUNIT_EXPECT_FALSE(test, fix->level[2]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
	KUNIT_EXPECT_EQ(test, claim(fix, 1), 10);
	KUNIT_EXPECT_FALSE(test, is_pending(fix, 10));
	KUNIT_EXPECT_FALSE(test, fix->level[1]);
	KUNIT_EXPECT_EQ(test, claim(fix, 1), 0);
	set_line(fix, 10, false);
	complete_source(fix, 1, 10);
	KUNIT_EXPECT_FALSE(test, is_pending(fix, 10));
	KUNIT_EXPECT_FALSE(test, fix->level[1]);
}

static void high_line_comes_back_after_completion(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;

	set_priority(fix, 10, 1);
	enable(fix, 0, 10);
	set_line(fix, 10, true);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, fix->level[0]);
		KUNIT_EXPECT_EQ(test, claim(fix, 0), 10);
		/* The gateway is closed, whatever the line does. */
		set_line(fix, 10, false);
		set_line(fix, 10, true);
		KUNIT_EXPECT_FALSE(test, is_pending(fix, 10));
		KUNIT_EXPECT_FALSE(test, fix->level[0]);
		complete_source(fix, 0, 10);
	}
	KUNIT_EXPECT_TRUE(test, is_pending(fix, 10));
}

static void request_outlives_its_line(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 10, 1);
	enable(fix, 0, 10);
	set_line(fix, 10, true);
	set_line(fix, 10, false);
	KUNIT_EXPECT_TRUE(test, fix->level[0]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 10);
	complete_source(fix, 0, 10);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
}

static void highest_priority_wins(struct kunit *test)
{
	static const u32 order[] = { 100, 33, 2, 64, 5, 127 };
	static const u32 priorities[] = { 7, 5, 3, 3, 2, 1 };
	struct fixture *fix = test->priv;
	int i;

	for (i = ARRAY_SIZE(order) - 1; i >= 0; i--) {
		set_priority(fix, order[i], priorities[i]);
		enable(fix, 0, order[i]);
		set_line(fix, order[i], true);
	}
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, claim(fix, 0), order[i]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
}

static void priority_zero_never_interrupts(struct kunit *test)
{
	struct fixture *fix = test->priv;

	enable(fix, 0, 10);
	set_line(fix, 10, true);
	KUNIT_EXPECT_TRUE(test, is_pending(fix, 10));
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
	set_priority(fix, 10, 1);
	KUNIT_EXPECT_TRUE(test, fix->level[0]);
	set_priority(fix, 10, 0);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
}

static void priorities_can_change_while_pending(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 10, 2);
	set_priority(fix, 20, 3);
	enable(fix, 0, 10);
	enable(fix, 0, 20);
	set_line(fix, 10, true);
	set_line(fix, 20, true);
	set_priority(fix, 10, 4);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 10);
	set_line(fix, 10, false);
	complete_source(fix, 0, 10);
	set_line(fix, 10, true);
	set_priority(fix, 10, 1);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 20);
}

static void threshold_masks_but_claims_pass(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 10, 3);
	enable(fix, 0, 10);
	out(fix, context_reg(0, PLIC_THRESHOLD), 3);
	set_line(fix, 10, true);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	out(fix, context_reg(0, PLIC_THRESHOLD), 2);
	KUNIT_EXPECT_TRUE(test, fix->level[0]);
	out(fix, context_reg(0, PLIC_THRESHOLD), 7);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 10);
}

static void enables_take_effect_at_once(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 70, 1);
	set_line(fix, 70, true);
	KUNIT_EXPECT_FALSE(test, fix->level[2]);
	enable(fix, 2, 70);
	KUNIT_EXPECT_TRUE(test, fix->level[2]);
	disable(fix, 2, 70);
	KUNIT_EXPECT_FALSE(test, fix->level[2]);
	KUNIT_EXPECT_EQ(test, claim(fix, 2), 0);
	KUNIT_EXPECT_TRUE(test, is_pending(fix, 70));
}

static void one_claim_serves_all_contexts(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 i;

	set_priority(fix, 10, 1);
	set_priority(fix, 11, 1);
	for (i = 0; i < NR_VCPUS; i++)
		enable(fix, i, 10);
	enable(fix, 2, 11);
	set_line(fix, 10, true);
	set_line(fix, 11, true);
	for (i = 0; i < NR_VCPUS; i++)
		KUNIT_EXPECT_TRUE(test, fix->level[i]);
	KUNIT_EXPECT_EQ(test, claim(fix, 1), 10);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_FALSE(test, fix->level[1]);
	KUNIT_EXPECT_TRUE(test, fix->level[2]);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 0);
	KUNIT_EXPECT_EQ(test, claim(fix, 2), 11);
}

static void wrong_completions_are_ignored(struct kunit *test)
{
	static const u32 wrong[] = { 0, 11, NR_SOURCES, NR_SOURCES + 1, 1023, 1024, U32_MAX };
	struct fixture *fix = test->priv;
	unsigned int i;

	set_priority(fix, 10, 1);
	enable(fix, 0, 10);
	set_line(fix, 10, true);
	KUNIT_ASSERT_EQ(test, claim(fix, 0), 10);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		complete_source(fix, 0, wrong[i]);
	/* Not enabled there. */
	complete_source(fix, 1, 10);
	disable(fix, 0, 10);
	complete_source(fix, 0, 10);
	KUNIT_EXPECT_FALSE(test, is_pending(fix, 10));
	enable(fix, 0, 10);
	complete_source(fix, 0, 10);
	KUNIT_EXPECT_TRUE(test, is_pending(fix, 10));
	/* Completed before it is claimed. */
	complete_source(fix, 0, 10);
	KUNIT_EXPECT_EQ(test, claim(fix, 0), 10);
}

static void vcpus_are_told_changes_only(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int calls;

	set_priority(fix, 10, 1);
	set_priority(fix, 11, 2);
	enable(fix, 0, 10);
	enable(fix, 0, 11);
	calls = fix->calls;
	set_line(fix, 10, true);
	set_line(fix, 10, true);
	set_line(fix, 11, true);
	set_line(fix, 10, false);
	KUNIT_EXPECT_EQ(test, fix->calls, calls + 1);
	claim(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->calls, calls + 1);
	claim(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->calls, calls + 2);
}

static void contexts_beyond_the_vcpus_are_silent(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int calls;

	KUNIT_ASSERT_EQ(test, add_plic(fix, 1, 2 * NR_VCPUS, 0, 0), 0);
	calls = fix->calls;
	set_priority(fix, 10, 1);
	enable(fix, NR_VCPUS, 10);
	set_line(fix, 10, true);
	KUNIT_EXPECT_EQ(test, fix->calls, calls);
	KUNIT_EXPECT_EQ(test, claim(fix, NR_VCPUS), 10);
}

static void every_source_works(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u32 source;

	KUNIT_ASSERT_EQ(test, add_plic(fix, 2, 0, ALL_SOURCES, 0), 0);
	for (source = 1; source <= ALL_SOURCES; source++) {
		set_priority(fix, source, 1 + source % 7);
		enable(fix, source % NR_VCPUS, source);
		set_line(fix, source, true);
		KUNIT_EXPECT_TRUE(test, fix->level[source % NR_VCPUS]);
		KUNIT_EXPECT_EQ(test, claim(fix, source % NR_VCPUS), source);
		set_line(fix, source, false);
		complete_source(fix, source % NR_VCPUS, source);
		KUNIT_EXPECT_FALSE(test, fix->level[source % NR_VCPUS]);
	}
}

static void reset_forgets(struct kunit *test)
{
	struct fixture *fix = test->priv;

	set_priority(fix, 10, 1);
	set_priority(fix, 11, 1);
	enable(fix, 0, 10);
	enable(fix, 0, 11);
	out(fix, context_reg(1, PLIC_THRESHOLD), 5);
	set_line(fix, 10, true);
	claim(fix, 0);
	set_line(fix, 11, true);
	KUNIT_EXPECT_TRUE(test, fix->level[0]);
	axvm_devices_reset(&fix->vm.devices);
	KUNIT_EXPECT_FALSE(test, fix->level[0]);
	KUNIT_EXPECT_EQ(test, in(fix, PLIC_PENDING_BASE), 0);
	KUNIT_EXPECT_EQ(test, in(fix, 10 * 4), 0);
	KUNIT_EXPECT_EQ(test, in(fix, enable_reg(0, 10)), 0);
	KUNIT_EXPECT_EQ(test, in(fix, context_reg(1, PLIC_THRESHOLD)), 0);
	/* The claim is forgotten too. */
	interrupt_is_claimed_and_completed(test);
}

static struct kunit_case plic_vm_cases[] = {
	KUNIT_CASE(parameters_are_checked),
	KUNIT_CASE(inputs_are_checked),
	KUNIT_CASE(registers_hold_their_bits),
	KUNIT_CASE(contexts_beyond_the_vcpus_are_silent),
	KUNIT_CASE(every_source_works),
	{}
};

static struct kunit_case plic_cases[] = {
	KUNIT_CASE(reserved_space_reads_zero),
	KUNIT_CASE(only_words_are_let_through),
	KUNIT_CASE(interrupt_is_claimed_and_completed),
	KUNIT_CASE(high_line_comes_back_after_completion),
	KUNIT_CASE(request_outlives_its_line),
	KUNIT_CASE(highest_priority_wins),
	KUNIT_CASE(priority_zero_never_interrupts),
	KUNIT_CASE(priorities_can_change_while_pending),
	KUNIT_CASE(threshold_masks_but_claims_pass),
	KUNIT_CASE(enables_take_effect_at_once),
	KUNIT_CASE(one_claim_serves_all_contexts),
	KUNIT_CASE(wrong_completions_are_ignored),
	KUNIT_CASE(vcpus_are_told_changes_only),
	KUNIT_CASE(reset_forgets),
	{}
};

/* Cases that choose parameters themselves. */
static struct kunit_suite plic_vm_suite = {
	.name = "axvm-plic-parameters",
	.init = init_vm,
	.test_cases = plic_vm_cases,
};

static struct kunit_suite plic_suite = {
	.name = "axvm-plic",
	.init = init_plic,
	.test_cases = plic_cases,
};

kunit_test_suites(&plic_vm_suite, &plic_suite);
