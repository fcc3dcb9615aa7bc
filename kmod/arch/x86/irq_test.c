// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the ways of interrupts through a whole PC; what hostile guests
 * write into it; wake-ups under load.
 */
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/rcuwait.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "arch/x86/test_vm.h"

#define NR_VCPUS	3
#define PIC_BASE	0x30
#define IOREGSEL	(IO_APIC_DEFAULT_PHYS_BASE + 0x00)
#define IOWIN		(IO_APIC_DEFAULT_PHYS_BASE + 0x10)
#define VECTOR		0x60

static int init_vm(struct kunit *test)
{
	test->priv = x86_test_vm_create(test, NR_VCPUS, NULL);
	return 0;
}

static void init_pic(struct x86_test_vm *tv)
{
	static const struct {
		u16 port;
		u8 val;
	} words[] = {
		{ 0x20, 0x11 }, { 0x21, PIC_BASE }, { 0x21, 4 }, { 0x21, 1 }, { 0x21, 0 },
		{ 0xa0, 0x11 }, { 0xa1, PIC_BASE + 8 }, { 0xa1, 2 }, { 0xa1, 1 }, { 0xa1, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		x86_test_vm_out(tv, words[i].port, words[i].val);
}

static int init_pc(struct kunit *test)
{
	struct x86_test_vm *tv;

	init_vm(test);
	tv = test->priv;
	x86_test_vm_add_ioapic(tv);
	x86_test_vm_add_pic(tv);
	init_pic(tv);
	return 0;
}

static struct x86_vcpu *vcpu(struct kunit *test, u32 n)
{
	return x86_test_vcpu(test->priv, n);
}

static void set_line(struct kunit *test, u32 gsi, bool level)
{
	x86_test_vm_set_line(test->priv, gsi, level);
}

static void write_rte(struct kunit *test, u32 pin, u32 low, u32 dest)
{
	x86_test_vm_write(test->priv, IOREGSEL, 0x11 + 2 * pin);
	x86_test_vm_write(test->priv, IOWIN, dest << 24);
	x86_test_vm_write(test->priv, IOREGSEL, 0x10 + 2 * pin);
	x86_test_vm_write(test->priv, IOWIN, low);
}

static void write_lvt0(struct kunit *test, u32 n, u32 val)
{
	x86_test_lapic_write(vcpu(test, n), APIC_LVT0, val);
}

/* --- without controllers --- */

static void nothing_is_needed(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	struct x86_vcpu *v = vcpu(test, 0);
	u32 gsi;

	for (gsi = 0; gsi < 40; gsi++) {
		set_line(test, gsi, true);
		set_line(test, gsi, false);
	}
	set_line(test, U32_MAX, true);
	x86_ioapic_eoi(&tv->vm, VECTOR);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	/* A level-triggered message, and its end. */
	x86_apic_send(&tv->vm, NULL, &(struct x86_apic_msg) { .vector = VECTOR, .level = true });
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), VECTOR);
	x86_test_lapic_write(v, APIC_EOI, 0);
	x86_test_lapic_write(v, APIC_SPIV, 0xff);
	x86_test_lapic_write(v, APIC_SPIV, 0x1ff);
	write_lvt0(test, 0, APIC_LVT_LEVEL_TRIGGER | VECTOR);
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, X86_APIC_DEFAULT_BASE), 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
}

static void inputs_are_checked(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	u32 gsi;

	for (gsi = 0; gsi < 40; gsi++)
		KUNIT_EXPECT_EQ(test, x86_irq_chip_ops.check(&tv->vm.chip, gsi),
				gsi > 0 && gsi < 24);
	KUNIT_EXPECT_FALSE(test, x86_irq_chip_ops.check(&tv->vm.chip, U32_MAX));
}

/* --- lines --- */

static void lines_reach_both_controllers(struct kunit *test)
{
	u32 gsi, irq;

	for (gsi = 1; gsi < 24; gsi++)
		write_rte(test, gsi, 0x40 + gsi, 1);
	x86_test_lapic_enable(vcpu(test, 1));
	for (gsi = 1; gsi < 24; gsi++) {
		irq = gsi == 2 ? 0 : gsi;
		set_line(test, gsi, true);
		KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 0)), gsi < 16 ? PIC_BASE + irq : -1);
		KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 1)), 0x40 + gsi);
		x86_test_lapic_write(vcpu(test, 1), APIC_EOI, 0);
		x86_test_vm_out(test->priv, 0xa0, 0x20);
		x86_test_vm_out(test->priv, 0x20, 0x20);
		set_line(test, gsi, false);
	}
	/* Pin 0 is the 8259's. */
	set_line(test, 0, true);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(vcpu(test, 0)));
}

/* --- the 8259 and LINT0 --- */

static void virtual_wire_interrupts_the_boot_cpu(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test, 0);

	set_line(test, 4, true);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(vcpu(test, 1), X86_EV_IRQ));
	KUNIT_EXPECT_FALSE(test, x86_irq_has(vcpu(test, 1)));
	/* No priority holds it back. */
	x86_lapic_set_cr8(v, 15);
	KUNIT_EXPECT_TRUE(test, x86_irq_has(v));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), PIC_BASE + 4);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
}

static void vanished_requests_are_no_interrupts(struct kunit *test)
{
	set_line(test, 4, true);
	set_line(test, 4, false);
	KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 0)), -1);
}

/* The output rose while LINT0 was masked: whoever unmasks it looks. */
static void unmasking_lint0_looks_again(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test, 0);

	x86_test_lapic_write(v, APIC_SPIV, 0xff);
	set_line(test, 4, true);
	v->events = 0;
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	x86_test_lapic_write(v, APIC_SPIV, 0x1ff);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	write_lvt0(test, 0, APIC_DM_EXTINT);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), PIC_BASE + 4);
}

static void disabled_apics_take_it(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test, 0);

	write_lvt0(test, 0, APIC_LVT_MASKED);
	set_line(test, 4, true);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	v->events = 0;
	KUNIT_EXPECT_EQ(test, x86_lapic_base_write(v, X86_APIC_DEFAULT_BASE), 0);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), PIC_BASE + 4);
	x86_test_vm_out(test->priv, 0x20, 0x20);
	set_line(test, 5, true);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), PIC_BASE + 5);
}

static void lint0_can_have_a_vector(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test, 0);

	write_lvt0(test, 0, APIC_DM_FIXED | VECTOR);
	set_line(test, 4, true);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), VECTOR);
	x86_test_lapic_write(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
	write_lvt0(test, 0, APIC_DM_NMI);
	set_line(test, 4, false);
	set_line(test, 4, true);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_NMI));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
}

static void lint0_can_be_a_level(struct kunit *test)
{
	u32 lvt = APIC_LVT_LEVEL_TRIGGER | APIC_DM_FIXED | VECTOR;
	struct x86_vcpu *v = vcpu(test, 0);

	write_lvt0(test, 0, APIC_LVT_MASKED);
	set_line(test, 4, true);
	write_lvt0(test, 0, lvt);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, APIC_LVT0), lvt | APIC_LVT_REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), VECTOR);
	x86_test_lapic_write(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), VECTOR);
	set_line(test, 4, false);
	x86_test_lapic_write(v, APIC_EOI, 0);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, APIC_LVT0), lvt);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), -1);
}

static void ioapic_passes_the_8259_on(struct kunit *test)
{
	write_lvt0(test, 0, APIC_LVT_MASKED);
	x86_test_lapic_enable(vcpu(test, 1));
	write_rte(test, 0, APIC_DM_EXTINT, 1);
	set_line(test, 4, true);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(vcpu(test, 0)));
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(vcpu(test, 1), X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 1)), PIC_BASE + 4);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(vcpu(test, 1)));
	/* Unmasked while it is high. */
	write_rte(test, 0, APIC_LVT_MASKED | APIC_DM_EXTINT, 2);
	x86_test_vm_out(test->priv, 0x20, 0x20);
	set_line(test, 5, true);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(vcpu(test, 2)));
	write_rte(test, 0, APIC_DM_EXTINT, 2);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(vcpu(test, 2), X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 2)), PIC_BASE + 5);
}

static void pin_0_can_have_a_vector(struct kunit *test)
{
	write_lvt0(test, 0, APIC_LVT_MASKED);
	write_rte(test, 0, VECTOR, 0);
	set_line(test, 4, true);
	KUNIT_EXPECT_EQ(test, x86_irq_take(vcpu(test, 0)), VECTOR);
}

/* Both controllers have something: the 8259 comes first, and neither is lost. */
static void controllers_take_turns(struct kunit *test)
{
	struct x86_vcpu *v = vcpu(test, 0);

	write_rte(test, 4, VECTOR, 0);
	set_line(test, 4, true);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), PIC_BASE + 4);
	KUNIT_EXPECT_TRUE(test, x86_irq_has(v));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), VECTOR);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
}

/* --- hostile guests --- */

#define FUZZ_ROUNDS	20000

static void fuzz_mmio(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	u32 offset = get_random_u32_below(X86_APIC_LEN);
	unsigned int len = 1 << get_random_u32_below(4);
	u64 val = get_random_u64();

	if (get_random_u32_below(4))
		offset &= 0x3f0;
	x86_lapic_mmio_write(v, offset, len, val);
	x86_lapic_mmio_read(v, offset, len, &val);
}

static void fuzz_msr(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	u32 msr = APIC_BASE_MSR + get_random_u32_below(0x100);
	u64 val = get_random_u64() >> get_random_u32_below(64);

	x86_lapic_msr_write(v, msr, val);
	x86_lapic_msr_read(v, msr, &val);
}

static void fuzz_base(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	x86_lapic_base_write(v, X86_APIC_DEFAULT_BASE | get_random_u32_below(4) << 10);
}

static void fuzz_deadline(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	x86_lapic_deadline_write(v, get_random_u64() >> get_random_u32_below(64));
	x86_lapic_deadline_read(v);
}

static void fuzz_ioapic(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	u64 offset = get_random_u32_below(4) ? 0x10 : get_random_u32_below(0x1000) & ~3u;

	x86_test_vm_write(tv, IOREGSEL, get_random_u32());
	x86_test_vm_write(tv, IO_APIC_DEFAULT_PHYS_BASE + offset, get_random_u32());
	x86_test_vm_read(tv, IO_APIC_DEFAULT_PHYS_BASE + offset);
}

static void fuzz_pic(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };
	u16 port = ports[get_random_u32_below(ARRAY_SIZE(ports))];

	x86_test_vm_out(tv, port, get_random_u8());
	x86_test_vm_in(tv, port);
}

static void fuzz_line(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	x86_test_vm_set_line(tv, get_random_u32_below(26), get_random_u32_below(2));
}

static void fuzz_cr8(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	x86_lapic_set_cr8(v, get_random_u32_below(16));
}

static void fuzz_message(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	struct x86_apic_msg msg;

	get_random_bytes(&msg, sizeof(msg));
	msg.logical = get_random_u32_below(2);
	msg.level = get_random_u32_below(2);
	msg.assert = get_random_u32_below(2);
	msg.mode %= 16;
	x86_apic_send(&tv->vm, get_random_u32_below(2) ? v : NULL, &msg);
}

static void fuzz_pause(struct x86_test_vm *tv, struct x86_vcpu *v)
{
	x86_lapic_pause(v);
	x86_lapic_resume(v);
}

static void (*const fuzzers[])(struct x86_test_vm *tv, struct x86_vcpu *v) = {
	fuzz_mmio, fuzz_mmio, fuzz_mmio, fuzz_msr, fuzz_msr, fuzz_base, fuzz_deadline, fuzz_ioapic,
	fuzz_ioapic, fuzz_pic, fuzz_line, fuzz_line, fuzz_cr8, fuzz_message, fuzz_pause,
};

/* What is taken is an interrupt, and what is offered can be taken. */
static void check_vcpu(struct kunit *test, struct x86_vcpu *v)
{
	bool had = x86_irq_has(v);
	int blocked = x86_irq_blocked_by_tpr(v), vector = x86_irq_take(v);

	KUNIT_EXPECT_TRUE(test, vector >= -1 && vector < 256);
	if (had ? vector < 0 : vector >= 0 && !x86_test_take_event(v, X86_EV_IRQ))
		KUNIT_FAIL(test, "offered %d, taken %d", had, vector);
	KUNIT_EXPECT_TRUE(test, blocked >= -1 && blocked < 15);
	if (vector >= 0 && get_random_u32_below(2))
		x86_lapic_mmio_write(v, APIC_EOI, 4, 0);
}

static void fuzz(struct kunit *test, u32 nr_vcpus, const u64 *ids)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, nr_vcpus, ids);
	struct x86_vcpu *v;
	u32 i, n;

	x86_test_vm_add_ioapic(tv);
	x86_test_vm_add_pic(tv);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		v = x86_test_vcpu(tv, get_random_u32_below(nr_vcpus));
		n = get_random_u32_below(ARRAY_SIZE(fuzzers));
		fuzzers[n](tv, v);
		check_vcpu(test, v);
		if (i % 500 == 499)
			x86_lapic_reset(v, i % 1000 == 999);
		if (i % 5000 == 4999)
			axvm_devices_reset(&tv->vm.base.devices);
	}
}

static void one_hostile_vcpu(struct kunit *test)
{
	static const u64 id[] = { 0xfffffffe };

	fuzz(test, 1, NULL);
	fuzz(test, 1, id);
}

static void hostile_vcpus_with_sparse_ids(struct kunit *test)
{
	static const u64 ids[] = { 255, 0, 256, 0x7fffffff, 15, 16, U32_MAX };

	fuzz(test, ARRAY_SIZE(ids), ids);
}

static void as_many_hostile_vcpus_as_there_can_be(struct kunit *test)
{
	fuzz(test, AXVM_MAX_VCPUS, NULL);
}

/* --- wake-ups: nobody sleeps over an interrupt --- */

#define SENDERS		2
#define LOAD_MS		1000

/**
 * struct sleeper - a thread that lives as a vCPU does: it takes interrupts, or sleeps
 * @v: its vCPU
 * @done: by sender: messages that were taken
 * @wait: the senders' sleep
 */
struct sleeper {
	struct x86_vcpu *v;
	atomic_t done[SENDERS];
	wait_queue_head_t wait;
};

static void take_all(struct sleeper *s)
{
	int vector;

	while (test_and_clear_bit(X86_EV_IRQ, &s->v->events)) {
		vector = x86_irq_take(s->v);
		if (vector < 0)
			continue;
		x86_test_lapic_write(s->v, APIC_EOI, 0);
		atomic_inc(&s->done[vector - VECTOR]);
		wake_up_all(&s->wait);
	}
}

static int live(void *data)
{
	struct sleeper *s = data;

	while (!kthread_should_stop()) {
		take_all(s);
		rcuwait_wait_event(&s->v->base.wait,
				   test_bit(X86_EV_IRQ, &s->v->events) || kthread_should_stop(),
				   TASK_IDLE);
	}
	return 0;
}

struct sender {
	struct sleeper *to;
	u32 nr;
	int sent;
	struct completion end;
};

/* Send, wait for it to be taken, send again. */
static int send_all(void *data)
{
	struct sender *s = data;
	struct x86_apic_msg msg = { .dest = 1, .vector = VECTOR + s->nr };
	ktime_t end = ktime_add_ms(ktime_get(), LOAD_MS);
	atomic_t *done = &s->to->done[s->nr];

	while (ktime_before(ktime_get(), end)) {
		x86_apic_send(x86_vm_of(s->to->v), NULL, &msg);
		s->sent++;
		if (!wait_event_timeout(s->to->wait, atomic_read(done) == s->sent, 10 * HZ))
			break;
	}
	complete(&s->end);
	return 0;
}

static void start_sender(struct kunit *test, struct sender *sender, struct sleeper *to, u32 nr)
{
	struct task_struct *task;

	sender->to = to;
	sender->nr = nr;
	init_completion(&sender->end);
	task = kthread_run(send_all, sender, "axvm-test-send");
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, task);
	if (IS_ERR(task))
		complete(&sender->end);
}

static void nobody_sleeps_over_an_interrupt(struct kunit *test)
{
	struct sender senders[SENDERS] = { };
	struct sleeper s = { .v = vcpu(test, 1) };
	struct task_struct *task;
	u32 i;

	x86_test_lapic_enable(s.v);
	init_waitqueue_head(&s.wait);
	task = kthread_run(live, &s, "axvm-test-vcpu");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	for (i = 0; i < SENDERS; i++)
		start_sender(test, &senders[i], &s, i);
	for (i = 0; i < SENDERS; i++) {
		wait_for_completion(&senders[i].end);
		KUNIT_EXPECT_GT(test, senders[i].sent, 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&s.done[i]), senders[i].sent);
	}
	kthread_stop(task);
}

/* Level-triggered lines against ends of interrupts on another CPU. */
static void lines_and_ends_do_not_miss_each_other(struct kunit *test)
{
	ktime_t end = ktime_add_ms(ktime_get(), LOAD_MS);
	struct sleeper s = { .v = vcpu(test, 1) };
	struct task_struct *task;
	bool missed = false;
	int before;

	x86_test_lapic_enable(s.v);
	write_rte(test, 10, APIC_LVT_LEVEL_TRIGGER | VECTOR, 1);
	init_waitqueue_head(&s.wait);
	task = kthread_run(live, &s, "axvm-test-vcpu");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (!missed && ktime_before(ktime_get(), end)) {
		before = atomic_read(&s.done[0]);
		set_line(test, 10, true);
		missed = !wait_event_timeout(s.wait, atomic_read(&s.done[0]) > before, 10 * HZ);
		set_line(test, 10, false);
	}
	KUNIT_EXPECT_FALSE(test, missed);
	KUNIT_EXPECT_GT(test, atomic_read(&s.done[0]), 0);
	kthread_stop(task);
}

static int move_lines(void *data)
{
	struct x86_test_vm *tv = data;
	u32 gsi;

	while (!kthread_should_stop()) {
		for (gsi = 1; gsi < 24; gsi++) {
			x86_irq_chip_ops.set_level(&tv->vm.chip, gsi, true);
			x86_irq_chip_ops.set_level(&tv->vm.chip, gsi, false);
		}
		cond_resched();
	}
	return 0;
}

/* A device's timer may still run when the controllers are destroyed. */
static void controllers_go_while_lines_move(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	struct task_struct *task;

	write_rte(test, 4, APIC_LVT_LEVEL_TRIGGER | VECTOR, 0);
	write_rte(test, 0, VECTOR + 1, 0);
	task = kthread_run(move_lines, tv, "axvm-test-lines");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	msleep(20);
	axvm_devices_exit(&tv->vm.base.devices);
	KUNIT_EXPECT_NULL(test, tv->vm.pic);
	KUNIT_EXPECT_NULL(test, tv->vm.ioapic);
	msleep(20);
	kthread_stop(task);
}

static struct kunit_case bare_cases[] = {
	KUNIT_CASE(nothing_is_needed),
	KUNIT_CASE(inputs_are_checked),
	KUNIT_CASE(one_hostile_vcpu),
	KUNIT_CASE(hostile_vcpus_with_sparse_ids),
	KUNIT_CASE(as_many_hostile_vcpus_as_there_can_be),
	{}
};

static struct kunit_case pc_cases[] = {
	KUNIT_CASE(lines_reach_both_controllers),
	KUNIT_CASE(virtual_wire_interrupts_the_boot_cpu),
	KUNIT_CASE(vanished_requests_are_no_interrupts),
	KUNIT_CASE(unmasking_lint0_looks_again),
	KUNIT_CASE(disabled_apics_take_it),
	KUNIT_CASE(lint0_can_have_a_vector),
	KUNIT_CASE(lint0_can_be_a_level),
	KUNIT_CASE(ioapic_passes_the_8259_on),
	KUNIT_CASE(pin_0_can_have_a_vector),
	KUNIT_CASE(controllers_take_turns),
	KUNIT_CASE(nobody_sleeps_over_an_interrupt),
	KUNIT_CASE(lines_and_ends_do_not_miss_each_other),
	KUNIT_CASE(controllers_go_while_lines_move),
	{}
};

static struct kunit_suite bare_suite = {
	.name = "axvm-x86-irq",
	.init = init_vm,
	.test_cases = bare_cases,
};

static struct kunit_suite pc_suite = {
	.name = "axvm-x86-irq-pc",
	.init = init_pc,
	.test_cases = pc_cases,
};

kunit_test_suites(&bare_suite, &pc_suite);
