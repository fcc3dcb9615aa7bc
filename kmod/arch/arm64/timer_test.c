// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the emulated physical timer, halts of the virtual one, and
 * pauses. Cases without interrupts have a counter of their own.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <asm/arch_timer.h>

#include "timer.h"
#include "vgic_fixture.h"

#define FAR	BIT_ULL(40)	/* ticks that no test lives to see */
#define ENABLE	ARCH_TIMER_CTRL_ENABLE
#define MASKED	ARCH_TIMER_CTRL_IT_MASK
#define DUE	ARCH_TIMER_CTRL_IT_STAT

static u64 count;

static u64 test_count(void)
{
	return READ_ONCE(count);
}

static u64 ticks_of_ms(void)
{
	return arch_timer_get_cntfrq() / 1000;
}

static void stop_timers(void *data)
{
	a64_timer_destroy(data);
}

/* With the machine's counter: what runs in interrupts sees no other. */
static struct a64_vcpu *boot_real(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[0];

	fix->vm.counter_offset = arch_timer_read_counter() - arch_timer_get_cntfrq();
	vgic_fixture_irq(fix, 0, VGIC_PPI_PTIMER, 0x80);
	vgic_fixture_irq(fix, 0, VGIC_PPI_VTIMER, 0x80);
	a64_timer_init(v);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_timers, v), 0);
	return v;
}

/* With one of the test: 4000 in guest time. */
static struct a64_vcpu *boot(struct kunit *test)
{
	struct a64_vcpu *v = boot_real(test);

	count = 5000;
	a64_vm_of(v)->counter_offset = 1000;
	kunit_activate_static_stub(test, a64_timer_host_count, test_count);
	return v;
}

static u64 guest_now(struct a64_vcpu *v)
{
	return arch_timer_read_counter() - a64_vm_of(v)->counter_offset;
}

static u64 get(struct a64_vcpu *v, u32 encoding)
{
	u64 val = 0;

	KUNIT_EXPECT_TRUE(kunit_get_current_test(), a64_timer_access(v, encoding, false, &val));
	return val;
}

static void set(struct a64_vcpu *v, u32 encoding, u64 val)
{
	KUNIT_EXPECT_TRUE(kunit_get_current_test(), a64_timer_access(v, encoding, true, &val));
}

static bool line(struct a64_vcpu *v, u32 ppi)
{
	return READ_ONCE(v->vgic.private[ppi].line);
}

static void counter(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u64 val = 1;

	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTPCT_EL0), 4000);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTPCTSS_EL0), 4000);
	KUNIT_EXPECT_FALSE(test, a64_timer_access(v, SYS_CNTPCT_EL0, true, &val));
	KUNIT_EXPECT_FALSE(test, a64_timer_access(v, SYS_CNTFRQ_EL0, true, &val));
	KUNIT_EXPECT_FALSE(test, a64_timer_access(v, SYS_CNTV_CTL_EL0, false, &val));
}

/* Arm ARM, CNTP_CTL_EL0: ISTATUS without regard to IMASK, the line with. */
static void status(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	set(v, SYS_CNTP_CVAL_EL0, 4000);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CTL_EL0), 0);
	set(v, SYS_CNTP_CTL_EL0, ENABLE | MASKED);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CTL_EL0), ENABLE | MASKED | DUE);
	KUNIT_EXPECT_FALSE(test, line(v, VGIC_PPI_PTIMER));
	set(v, SYS_CNTP_CTL_EL0, ~0ULL & ~(u64)MASKED);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CTL_EL0), ENABLE | DUE);
	KUNIT_EXPECT_TRUE(test, line(v, VGIC_PPI_PTIMER));
	set(v, SYS_CNTP_CVAL_EL0, 4000 + FAR);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CTL_EL0), ENABLE);
	KUNIT_EXPECT_FALSE(test, line(v, VGIC_PPI_PTIMER));
	set(v, SYS_CNTP_CVAL_EL0, 0);
	KUNIT_EXPECT_TRUE(test, line(v, VGIC_PPI_PTIMER));
	set(v, SYS_CNTP_CTL_EL0, 0);
	KUNIT_EXPECT_FALSE(test, line(v, VGIC_PPI_PTIMER));
}

/* TVAL: 32 bits, signed, around the comparator. */
static void timer_value(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	set(v, SYS_CNTP_TVAL_EL0, 100);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CVAL_EL0), 4100);
	count += 150;
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_TVAL_EL0), 0xffffffceULL);
	set(v, SYS_CNTP_TVAL_EL0, 0xdeadbeef80000000ULL);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CVAL_EL0), 4150ULL - 0x80000000ULL);
	set(v, SYS_CNTP_CVAL_EL0, U64_MAX);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_TVAL_EL0), lower_32_bits(U64_MAX - 4150));
}

/* The counter falls behind the host's clock, which may be steered: it goes on waiting. */
static void never_early(struct kunit *test)
{
	struct a64_vcpu *v = boot_real(test);
	unsigned int n;
	bool raised;
	u64 cval;

	local_irq_disable();
	cval = guest_now(v) + 4 * ticks_of_ms();
	set(v, SYS_CNTP_CVAL_EL0, cval);
	set(v, SYS_CNTP_CTL_EL0, ENABLE);
	a64_vm_of(v)->counter_offset += 8 * ticks_of_ms();
	local_irq_enable();
	for (n = 0; n < 40; n++) {
		raised = line(v, VGIC_PPI_PTIMER);
		/* After the look: what is raised by now was due before. */
		if (guest_now(v) < cval)
			KUNIT_EXPECT_FALSE(test, raised);
		else if (raised)
			break;
		usleep_range(800, 1000);
	}
	KUNIT_EXPECT_TRUE(test, raised);
	KUNIT_EXPECT_TRUE(test, vgic_has_irq(&v->base));
}

/* A halt ends when the virtual timer is due, and at once when it is already. */
static void halts(struct kunit *test)
{
	struct a64_vcpu *v = boot_real(test);
	unsigned int n;

	v->vtimer = (struct a64_timer){ .ctl = ENABLE, .cval = guest_now(v) };
	a64_timer_halt_begin(&v->base);
	KUNIT_EXPECT_TRUE(test, vgic_has_irq(&v->base));
	a64_timer_halt_end(&v->base);

	v->vtimer.cval = guest_now(v) + 10 * ticks_of_ms();
	a64_timer_halt_begin(&v->base);
	if (guest_now(v) < v->vtimer.cval)
		KUNIT_EXPECT_TRUE(test, hrtimer_active(&v->vtimer_hrtimer));
	for (n = 0; n < 30 && !line(v, VGIC_PPI_VTIMER); n++)
		usleep_range(1000, 1500);
	KUNIT_EXPECT_TRUE(test, vgic_has_irq(&v->base));
	KUNIT_EXPECT_GE(test, guest_now(v), v->vtimer.cval);
	a64_timer_halt_end(&v->base);

	v->vtimer.ctl = ENABLE | MASKED;
	a64_timer_halt_begin(&v->base);
	KUNIT_EXPECT_FALSE(test, vgic_has_irq(&v->base));
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&v->vtimer_hrtimer));
	a64_timer_halt_end(&v->base);
}

/* Guest time stands still. */
static void pauses(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	struct vgic_fixture *fix = test->priv;
	u32 i;

	for (i = 1; i < FIX_VCPUS; i++)
		a64_timer_init(&fix->vcpus[i]);
	set(v, SYS_CNTP_CVAL_EL0, 4000 + FAR);
	set(v, SYS_CNTP_CTL_EL0, ENABLE);
	KUNIT_EXPECT_TRUE(test, hrtimer_active(&v->ptimer_hrtimer));
	a64_vm_pause(v->base.vm);
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&v->ptimer_hrtimer));
	count += 1ULL << 50;
	a64_vm_resume(v->base.vm);
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTPCT_EL0), 4000);
	KUNIT_EXPECT_TRUE(test, hrtimer_active(&v->ptimer_hrtimer));
	a64_timer_reset(v);
	KUNIT_EXPECT_FALSE(test, hrtimer_active(&v->ptimer_hrtimer));
	KUNIT_EXPECT_EQ(test, get(v, SYS_CNTP_CTL_EL0), 0);
}

/* What ktime_t cannot hold is cut, not wrapped. */
static void far_away(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	set(v, SYS_CNTP_CVAL_EL0, U64_MAX);
	set(v, SYS_CNTP_CTL_EL0, ENABLE);
	usleep_range(2000, 2500);
	KUNIT_EXPECT_FALSE(test, line(v, VGIC_PPI_PTIMER));
	KUNIT_EXPECT_TRUE(test, hrtimer_active(&v->ptimer_hrtimer));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(counter),
	KUNIT_CASE(status),
	KUNIT_CASE(timer_value),
	KUNIT_CASE(never_early),
	KUNIT_CASE(halts),
	KUNIT_CASE(pauses),
	KUNIT_CASE(far_away),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm-arm64-timer",
	.test_cases = cases,
};

kunit_test_suite(suite);
