// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the local APIC in a virtual-APIC page: what goes there, what comes back.
 *
 * Part of axvm_test.ko; needs no VMX: where the CPU would change the page, the case does. Numbers
 * are from SDM 3, 25.4.2 (guest interrupt status), 30.1 (the page) and table 11-6 (MSRs).
 */
#include <linux/mm.h>

#include <kunit/test.h>

#include "arch/x86/lapic_priv.h"
#include "arch/x86/test_vm.h"
#include "arch/x86/vmx_apic.h"

#define IRR	0x200
#define ISR	0x100
#define TPR	0x80

static void *new_page(struct kunit *test)
{
	void *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static struct x86_vcpu *new_vcpu(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(x86_test_vm_create(test, 1, NULL), 0);

	x86_test_lapic_enable(v);
	return v;
}

static u32 *word_of(void *page, u32 reg, u8 vector)
{
	return page + reg + vector / 32 * 16;
}

static bool is_set(void *page, u32 reg, u8 vector)
{
	return *word_of(page, reg, vector) & BIT(vector % 32);
}

static unsigned int count(void *page, u32 reg)
{
	unsigned int i, n = 0;

	for (i = 0; i < 8; i++)
		n += hweight32(*word_of(page, reg, i * 32));
	return n;
}

static u16 status_of(u8 in_service, u8 requested)
{
	return in_service << 8 | requested;
}

/* As the CPU does it (30.2.2, 30.1.4). */
static u16 deliver(void *page, u8 vector, u8 next)
{
	*word_of(page, IRR, vector) &= ~BIT(vector % 32);
	*word_of(page, ISR, vector) |= BIT(vector % 32);
	return status_of(vector, next);
}

static u16 end(void *page, u8 vector, u8 next, u16 status)
{
	*word_of(page, ISR, vector) &= ~BIT(vector % 32);
	return status_of(next, status);
}

/* --- there --- */

static void test_idle(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);

	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), 0);
	KUNIT_EXPECT_EQ(test, count(page, IRR) + count(page, ISR), 0);
	vmx_apic_from_page(&v->lapic, page, 0);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
}

/* Each vector has its bit, and is the status when it is the only one. */
static void test_each_vector(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	unsigned int vector;
	u16 status;

	for (vector = 16; vector < 256; vector++) {
		x86_lapic_accept(v, vector, false);
		status = vmx_apic_to_page(&v->lapic, page);
		KUNIT_EXPECT_EQ(test, status, status_of(0, vector));
		KUNIT_EXPECT_TRUE(test, is_set(page, IRR, vector));
		KUNIT_EXPECT_EQ(test, count(page, IRR), 1);
		KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
		vmx_apic_from_page(&v->lapic, page, status);
		KUNIT_EXPECT_EQ(test, x86_irq_take(v), vector);

		status = vmx_apic_to_page(&v->lapic, page);
		KUNIT_EXPECT_EQ(test, status, status_of(vector, 0));
		KUNIT_EXPECT_TRUE(test, is_set(page, ISR, vector));
		KUNIT_EXPECT_EQ(test, count(page, IRR) + count(page, ISR), 1);
		vmx_apic_from_page(&v->lapic, page, status);
		x86_lapic_eoi(v);
	}
}

/* Both halves are the highest of several. */
static void test_status(struct kunit *test)
{
	static const u8 vectors[] = { 0x31, 0x20, 0xef, 0x80, 0x7f };
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	unsigned int i;

	x86_lapic_accept(v, 0x40, false);
	KUNIT_ASSERT_EQ(test, x86_irq_take(v), 0x40);
	x86_lapic_accept(v, 0x55, false);
	KUNIT_ASSERT_EQ(test, x86_irq_take(v), 0x55);
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		x86_lapic_accept(v, vectors[i], false);
	x86_lapic_set_cr8(v, 3);
	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), status_of(0x55, 0xef));
	KUNIT_EXPECT_EQ(test, count(page, IRR), ARRAY_SIZE(vectors));
	KUNIT_EXPECT_EQ(test, count(page, ISR), 2);
	KUNIT_EXPECT_EQ(test, *(u32 *)(page + TPR), 0x30);
}

/* --- and back --- */

/* One was delivered, and ended; the next is in service, and the rest still requested. */
static void test_delivered(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	u16 status;

	x86_lapic_accept(v, 0x91, false);
	x86_lapic_accept(v, 0x52, false);
	x86_lapic_accept(v, 0x33, false);
	KUNIT_ASSERT_EQ(test, vmx_apic_to_page(&v->lapic, page), status_of(0, 0x91));
	status = deliver(page, 0x91, 0x52);
	status = end(page, 0x91, 0, status);
	status = deliver(page, 0x52, 0x33);
	*(u32 *)(page + TPR) = 0x17;

	vmx_apic_from_page(&v->lapic, page, status);
	KUNIT_EXPECT_EQ(test, x86_apic_highest(v->lapic.isr), 0x52);
	KUNIT_EXPECT_EQ(test, x86_apic_highest(v->lapic.irr), 0x33);
	KUNIT_EXPECT_EQ(test, v->lapic.tpr, 0x17);
	KUNIT_EXPECT_FALSE(test, x86_irq_has(v));
	x86_lapic_eoi(v);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x33);
	x86_lapic_eoi(v);
	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), 0);
}

/* What was in service when it went there has ended meanwhile, all of it. */
static void test_all_ended(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	u16 status;

	x86_lapic_accept(v, 0x60, false);
	x86_irq_take(v);
	status = vmx_apic_to_page(&v->lapic, page);
	status = end(page, 0x60, 0, status);
	vmx_apic_from_page(&v->lapic, page, status);
	KUNIT_EXPECT_EQ(test, x86_apic_highest(v->lapic.isr), -1);
}

/* Requests that come while the page has the others join them, once. */
static void test_requested_meanwhile(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	u16 status;

	x86_lapic_accept(v, 0x41, false);
	status = vmx_apic_to_page(&v->lapic, page);
	x86_test_take_event(v, X86_EV_IRQ);
	x86_lapic_accept(v, 0x41, false);
	x86_lapic_accept(v, 0xa2, true);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_FALSE(test, is_set(page, IRR, 0xa2));

	vmx_apic_from_page(&v->lapic, page, status);
	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), status_of(0, 0xa2));
	KUNIT_EXPECT_EQ(test, count(page, IRR), 2);
	/* Level-triggered, as its request says: this vector's end has to exit. */
	KUNIT_EXPECT_TRUE(test, test_bit(0xa2, v->lapic.tmr));
	KUNIT_EXPECT_FALSE(test, test_bit(0x41, v->lapic.tmr));
}

/* What the guest requests of itself without an exit comes back like the rest. */
static void test_self_ipi(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);

	KUNIT_ASSERT_EQ(test, vmx_apic_to_page(&v->lapic, page), 0);
	*word_of(page, IRR, 0x77) |= BIT(0x77 % 32);
	vmx_apic_from_page(&v->lapic, page, status_of(0, 0x77));
	KUNIT_EXPECT_TRUE(test, x86_irq_has(v));
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x77);
}

/* A reset, or a disabled APIC, leaves nothing that the page could bring back. */
static void test_reset(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	u16 status;

	x86_lapic_accept(v, 0x50, true);
	x86_irq_take(v);
	x86_lapic_accept(v, 0x90, false);
	x86_lapic_set_cr8(v, 6);
	status = vmx_apic_to_page(&v->lapic, page);
	vmx_apic_from_page(&v->lapic, page, status);
	x86_lapic_reset(v, true);
	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), 0);
	KUNIT_EXPECT_EQ(test, count(page, IRR) + count(page, ISR), 0);
	KUNIT_EXPECT_EQ(test, *(u32 *)(page + TPR), 0);
}

/* A pause stops time and nothing else; what fires at the end of it is a request like others. */
static void test_pause(struct kunit *test)
{
	struct x86_vcpu *v = new_vcpu(test);
	void *page = new_page(test);
	u16 status;

	x86_lapic_accept(v, 0x61, false);
	x86_irq_take(v);
	x86_lapic_accept(v, 0x62, false);
	status = vmx_apic_to_page(&v->lapic, page);
	vmx_apic_from_page(&v->lapic, page, status);
	x86_lapic_pause(v);
	x86_lapic_resume(v);
	KUNIT_EXPECT_EQ(test, vmx_apic_to_page(&v->lapic, page), status);
	KUNIT_EXPECT_EQ(test, status, status_of(0x61, 0x62));
}

/* --- the end of a level-triggered interrupt --- */

/* Only one that is marked goes on to the I/O APIC, which raises it again as the line is high. */
static void test_level(struct kunit *test)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, 1, NULL);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	void *page = new_page(test);
	u16 status;

	x86_test_vm_add_ioapic(tv);
	x86_test_lapic_enable(v);
	/* Pin 5: vector 0x45, level-triggered. */
	x86_test_vm_write(tv, 0xfec00000, 0x10 + 2 * 5);
	x86_test_vm_write(tv, 0xfec00010, 0x8045);
	x86_test_vm_set_line(tv, 5, true);

	status = vmx_apic_to_page(&v->lapic, page);
	KUNIT_ASSERT_EQ(test, status, status_of(0, 0x45));
	KUNIT_EXPECT_TRUE(test, test_bit(0x45, v->lapic.tmr));
	status = deliver(page, 0x45, 0);
	status = end(page, 0x45, 0, status);
	KUNIT_EXPECT_FALSE(test, test_bit(0x45, v->lapic.irr));
	x86_lapic_end(v, 0x46);
	KUNIT_EXPECT_FALSE(test, test_bit(0x45, v->lapic.irr));
	x86_lapic_end(v, 0x45);
	KUNIT_EXPECT_TRUE(test, test_bit(0x45, v->lapic.irr));
	vmx_apic_from_page(&v->lapic, page, status);
	KUNIT_EXPECT_EQ(test, x86_irq_take(v), 0x45);
}

/* --- MSRs --- */

/* What the CPU keeps: TPR, PPR, ISR, IRR; what it acts on: TPR, EOI, self IPI. */
static void test_msrs(struct kunit *test)
{
	unsigned int reads = 0, writes = 0;
	u32 msr;

	for (msr = 0; msr < 0x2000; msr++) {
		reads += vmx_apic_serves(msr, VMX_X2APIC_READ);
		writes += vmx_apic_serves(msr, VMX_X2APIC_WRITE);
	}
	KUNIT_EXPECT_EQ(test, reads, 2 + 8 + 8);
	KUNIT_EXPECT_EQ(test, writes, 3);
	for (msr = 0x810; msr < 0x818; msr++) {
		KUNIT_EXPECT_TRUE(test, vmx_apic_serves(msr, VMX_X2APIC_READ));
		KUNIT_EXPECT_TRUE(test, vmx_apic_serves(msr + 0x10, VMX_X2APIC_READ));
	}
	KUNIT_EXPECT_TRUE(test, vmx_apic_serves(0x808, VMX_X2APIC_READ));
	KUNIT_EXPECT_TRUE(test, vmx_apic_serves(0x80a, VMX_X2APIC_READ));
	KUNIT_EXPECT_TRUE(test, vmx_apic_serves(0x808, VMX_X2APIC_WRITE));
	KUNIT_EXPECT_TRUE(test, vmx_apic_serves(0x80b, VMX_X2APIC_WRITE));
	KUNIT_EXPECT_TRUE(test, vmx_apic_serves(0x83f, VMX_X2APIC_WRITE));
}

static struct kunit_case apic_cases[] = {
	KUNIT_CASE(test_idle),
	KUNIT_CASE(test_each_vector),
	KUNIT_CASE(test_status),
	KUNIT_CASE(test_delivered),
	KUNIT_CASE(test_all_ended),
	KUNIT_CASE(test_requested_meanwhile),
	KUNIT_CASE(test_self_ipi),
	KUNIT_CASE(test_reset),
	KUNIT_CASE(test_pause),
	KUNIT_CASE(test_level),
	KUNIT_CASE(test_msrs),
	{}
};

static struct kunit_suite apic_suite = {
	.name = "axvm_vmx_apic",
	.test_cases = apic_cases,
};

kunit_test_suite(apic_suite);
