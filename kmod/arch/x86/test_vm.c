// SPDX-License-Identifier: GPL-2.0
/*
 * A PC for KUnit suites. Part of axvm_test.ko.
 */
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/apicdef.h>

#include "arch/x86/test_vm.h"

/* --- the fake backend --- */

static struct x86_test_vcpu *to_test(struct x86_vcpu *v)
{
	return container_of(v, struct x86_test_vcpu, v);
}

static u64 get_sysreg(struct x86_vcpu *v, enum x86_sysreg reg)
{
	return to_test(v)->sysreg[reg];
}

static void set_sysreg(struct x86_vcpu *v, enum x86_sysreg reg, u64 val)
{
	to_test(v)->sysreg[reg] = val;
}

static void get_seg(struct x86_vcpu *v, enum x86_seg_nr nr, struct x86_seg *seg)
{
	*seg = to_test(v)->seg[nr];
}

static void set_seg(struct x86_vcpu *v, enum x86_seg_nr nr, const struct x86_seg *seg)
{
	to_test(v)->seg[nr] = *seg;
}

static void get_dt(struct x86_vcpu *v, bool idt, struct x86_dt *dt)
{
	*dt = idt ? to_test(v)->idt : to_test(v)->gdt;
}

static void set_dt(struct x86_vcpu *v, bool idt, const struct x86_dt *dt)
{
	*(idt ? &to_test(v)->idt : &to_test(v)->gdt) = *dt;
}

static void update_controls(struct x86_vcpu *v)
{
	to_test(v)->updates++;
}

static void update_tsc(struct x86_vcpu *v)
{
	to_test(v)->tsc_updates++;
}

static void forget_events(struct x86_vcpu *v)
{
	to_test(v)->forgets++;
}

static void flush_tlb(struct x86_vcpu *v)
{
	to_test(v)->flushes++;
}

static const struct x86_hw test_hw = {
	.get_sysreg = get_sysreg,
	.set_sysreg = set_sysreg,
	.get_seg = get_seg,
	.set_seg = set_seg,
	.get_dt = get_dt,
	.set_dt = set_dt,
	.update_controls = update_controls,
	.update_tsc = update_tsc,
	.flush_tlb = flush_tlb,
	.forget_events = forget_events,
};

/* --- the VM --- */

static void take_apart(void *data)
{
	struct x86_test_vm *tv = data;
	u32 i;

	axvm_devices_exit(&tv->vm.base.devices);
	for (i = 0; i < tv->ready; i++) {
		x86_lapic_destroy(x86_test_vcpu(tv, i));
		x86_cpuid_destroy(x86_test_vcpu(tv, i));
	}
	axvm_bus_exit(&tv->vm.base.bus[AXVM_BUS_MMIO]);
	axvm_bus_exit(&tv->vm.base.bus[AXVM_BUS_PIO]);
	x86_hw = tv->hw;
}

/* Its thread is this one: timers go on only for VMs that have threads. */
static int init_vcpu(struct x86_test_vm *tv, u32 n, u64 hw_id)
{
	struct x86_vcpu *v = x86_test_vcpu(tv, n);

	v->base.vm = &tv->vm.base;
	v->base.id = n;
	v->base.hw_id = hw_id;
	v->base.cpu = -1;
	v->base.task = current;
	v->base.power = n ? AXVM_POWER_OFF : AXVM_POWER_ON;
	rcuwait_init(&v->base.wait);
	raw_spin_lock_init(&v->base.power_lock);
	if (x86_cpuid_init(v))
		return -ENOMEM;
	x86_lapic_init(v);
	tv->ready++;
	return 0;
}

static void init_vm(struct x86_test_vm *tv, u32 nr_vcpus)
{
	struct axvm_vm *vm = &tv->vm.base;
	u32 i;

	vm->vcpus = tv->list;
	vm->nr_vcpus = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++)
		tv->list[i] = &tv->vcpus[i].v.base;
	axvm_bus_init(&vm->bus[AXVM_BUS_MMIO]);
	axvm_bus_init(&vm->bus[AXVM_BUS_PIO]);
	axvm_devices_init(&vm->devices, vm->bus, &vm->gmem);
	tv->vm.chip.ops = &x86_irq_chip_ops;
	vm->devices.chip = &tv->vm.chip;
}

struct x86_test_vm *x86_test_vm_create(struct kunit *test, u32 nr_vcpus, const u64 *hw_ids)
{
	struct x86_test_vm *tv = kunit_kzalloc(test, sizeof(*tv), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, tv);
	tv->test = test;
	tv->vcpus = kunit_kcalloc(test, nr_vcpus, sizeof(*tv->vcpus), GFP_KERNEL);
	tv->list = kunit_kcalloc(test, nr_vcpus, sizeof(struct axvm_vcpu *), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tv->vcpus);
	KUNIT_ASSERT_NOT_NULL(test, tv->list);
	tv->hw = x86_hw;
	x86_hw = &test_hw;
	init_vm(tv, nr_vcpus);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, take_apart, tv), 0);
	for (i = 0; i < nr_vcpus; i++)
		KUNIT_ASSERT_EQ(test, init_vcpu(tv, i, hw_ids ? hw_ids[i] : i), 0);
	return tv;
}

/* --- devices --- */

int x86_test_vm_try_add(struct x86_test_vm *tv, const struct axvm_device_type *type, u64 base)
{
	struct axvm_device_cfg cfg = { .base = base };
	struct axvm_error err = { .index = -1 };
	int ret;

	scnprintf(cfg.name, sizeof(cfg.name), "%s%u", type->name, tv->vm.base.devices.nr);
	ret = axvm_devices_add_model(&tv->vm.base.devices, type, &cfg, &err);
	return ret && !err.msg ? -EIO : ret;
}

void x86_test_vm_add_ioapic(struct x86_test_vm *tv)
{
	KUNIT_ASSERT_EQ(tv->test, x86_test_vm_try_add(tv, &x86_ioapic_type,
						      IO_APIC_DEFAULT_PHYS_BASE), 0);
}

void x86_test_vm_add_pic(struct x86_test_vm *tv)
{
	KUNIT_ASSERT_EQ(tv->test, x86_test_vm_try_add(tv, &x86_pic_type, 0x20), 0);
}

void x86_test_vm_set_line(struct x86_test_vm *tv, u32 gsi, bool level)
{
	struct axvm_irq_line line = { .chip = tv->vm.base.devices.chip, .nr = gsi };

	axvm_irq_set_level(&line, level);
}

u64 x86_test_vm_in(struct x86_test_vm *tv, u16 port)
{
	u64 val = U64_MAX;

	axvm_bus_read(&tv->vm.base.bus[AXVM_BUS_PIO], port, 1, &val);
	return val;
}

void x86_test_vm_out(struct x86_test_vm *tv, u16 port, u8 val)
{
	axvm_bus_write(&tv->vm.base.bus[AXVM_BUS_PIO], port, 1, val);
}

u32 x86_test_vm_read(struct x86_test_vm *tv, u64 gpa)
{
	u64 val = U64_MAX;

	axvm_bus_read(&tv->vm.base.bus[AXVM_BUS_MMIO], gpa, 4, &val);
	return val;
}

void x86_test_vm_write(struct x86_test_vm *tv, u64 gpa, u32 val)
{
	axvm_bus_write(&tv->vm.base.bus[AXVM_BUS_MMIO], gpa, 4, val);
}

/* --- local APICs --- */

u32 x86_test_lapic_read(struct x86_vcpu *v, u32 reg)
{
	u64 val = U64_MAX;

	x86_lapic_mmio_read(v, reg, 4, &val);
	return val;
}

void x86_test_lapic_write(struct x86_vcpu *v, u32 reg, u32 val)
{
	x86_lapic_mmio_write(v, reg, 4, val);
}

int x86_test_x2apic_read(struct x86_vcpu *v, u32 reg, u64 *val)
{
	return x86_lapic_msr_read(v, APIC_BASE_MSR + (reg >> 4), val);
}

int x86_test_x2apic_write(struct x86_vcpu *v, u32 reg, u64 val)
{
	return x86_lapic_msr_write(v, APIC_BASE_MSR + (reg >> 4), val);
}

void x86_test_lapic_enable(struct x86_vcpu *v)
{
	if (x86_lapic_is_x2apic(v))
		x86_test_x2apic_write(v, APIC_SPIV, APIC_SPIV_APIC_ENABLED | 0xff);
	else
		x86_test_lapic_write(v, APIC_SPIV, APIC_SPIV_APIC_ENABLED | 0xff);
}

void x86_test_lapic_to_x2apic(struct x86_vcpu *v)
{
	x86_lapic_base_write(v, v->lapic.base_msr | XAPIC_ENABLE | X2APIC_ENABLE);
}

bool x86_test_take_event(struct x86_vcpu *v, enum x86_event event)
{
	return test_and_clear_bit(event, &v->events);
}
