// SPDX-License-Identifier: GPL-2.0
/*
 * For tests of the virtual GIC: a VM of vCPUs that never run.
 *
 * What would be the hardware's part is memory here: list registers stay in
 * struct a64_vgic_hw, where the guest of the test acts on them.
 */
#include <kunit/static_stub.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include "vgic_fixture.h"

static struct vgic_fixture *fixture_of(const struct axvm_vm *vm)
{
	return container_of(vm, struct vgic_fixture, vm.base);
}

static void note_kick(struct a64_vcpu *v)
{
	fixture_of(v->base.vm)->kicks[v->base.id]++;
}

static void describe(struct vgic_hw_info *info)
{
	struct vgic_fixture *fix = kunit_get_current_test()->priv;

	info->kind = fix->kind;
	info->nr_lrs = FIX_LRS;
	info->nr_priority_bits = 5;
	info->nr_apr = 1;
	info->has_tdir = true;
}

/* As tests set it. */
static bool same_line(struct a64_vcpu *v)
{
	return v->vgic.private[VGIC_PPI_VTIMER].line;
}

static void leave_alone(struct a64_vgic_hw *hw)
{
}

static struct a64_vcpu *current_vcpu(struct axvm_vm *vm)
{
	struct vgic_fixture *fix = fixture_of(vm);

	return &fix->vcpus[fix->current_vcpu];
}

static int map_nothing(struct axvm_device *dev)
{
	return 0;
}

static void take_apart(void *data)
{
	struct vgic_fixture *fix = data;

	axvm_devices_exit(&fix->vm.base.devices);
	axvm_bus_exit(&fix->vm.base.bus[AXVM_BUS_MMIO]);
}

static void init_vcpu(struct vgic_fixture *fix, u32 i)
{
	struct a64_vcpu *v = &fix->vcpus[i];

	fix->list[i] = &v->base;
	v->base.vm = &fix->vm.base;
	v->base.id = i;
	v->base.hw_id = i;
	v->base.cpu = -1;
	v->base.power = AXVM_POWER_ON;
	v->ctx = &fix->ctx[i];
	vgic_vcpu_init(v);
}

struct vgic_fixture *vgic_fixture_create(struct kunit *test, u8 kind)
{
	struct vgic_fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	struct axvm_vm *vm;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, fix);
	vm = &fix->vm.base;
	test->priv = fix;
	fix->kind = kind;
	kunit_activate_static_stub(test, vgic_hw_describe, describe);
	kunit_activate_static_stub(test, vgic_hw_enter, leave_alone);
	kunit_activate_static_stub(test, vgic_hw_exit, leave_alone);
	kunit_activate_static_stub(test, vgic_kick, note_kick);
	kunit_activate_static_stub(test, a64_timer_line, same_line);
	kunit_activate_static_stub(test, vgic_v2_current, current_vcpu);
	kunit_activate_static_stub(test, vgic_v2_map_cpu, map_nothing);

	vm->vcpus = fix->list;
	vm->nr_vcpus = FIX_VCPUS;
	fix->fmt.gpa_bits = 40;
	vm->gmem.s2.fmt = &fix->fmt;
	axvm_bus_init(&vm->bus[AXVM_BUS_MMIO]);
	axvm_devices_init(&vm->devices, vm->bus, &vm->gmem);
	vgic_vm_init(&fix->vm);
	for (i = 0; i < FIX_VCPUS; i++)
		init_vcpu(fix, i);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, take_apart, fix), 0);
	return fix;
}

int vgic_fixture_add(struct vgic_fixture *fix, const struct axvm_device_cfg *cfg)
{
	const struct axvm_device_type *type = fix->kind == 3 ? &axvm_gic_v3 : &axvm_gic_v2;
	struct axvm_error err = { .index = -1 };

	return axvm_devices_add_model(&fix->vm.base.devices, type, cfg, &err);
}

/* Both groups on, no priority masked, in the distributor and in each CPU interface. */
struct vgic_fixture *vgic_fixture_boot(struct kunit *test, u8 kind)
{
	struct vgic_fixture *fix = vgic_fixture_create(test, kind);
	struct axvm_device_cfg cfg = { .name = "gic", .base = FIX_DIST };
	u32 i;

	KUNIT_ASSERT_EQ(test, vgic_fixture_add(fix, &cfg), 0);
	vgic_fixture_write(fix, FIX_DIST, 4, VGIC_ENABLE_GROUPS);
	for (i = 0; i < FIX_VCPUS; i++) {
		vgic_vcpu_reset(&fix->vcpus[i]);
		fix->ctx[i].vgic.vmcr = ICH_VMCR_ENG0_MASK | ICH_VMCR_ENG1_MASK |
					ICH_VMCR_PMR_MASK;
	}
	return fix;
}

u64 vgic_fixture_read(struct vgic_fixture *fix, u64 addr, u32 len)
{
	enum axvm_bus_result result;
	u64 val = 0;

	preempt_disable();
	result = axvm_bus_read(&fix->vm.base.bus[AXVM_BUS_MMIO], addr, len, &val);
	preempt_enable();
	KUNIT_EXPECT_EQ_MSG(kunit_get_current_test(), result, AXVM_BUS_DONE, "read of %#llx", addr);
	return val;
}

void vgic_fixture_write(struct vgic_fixture *fix, u64 addr, u32 len, u64 val)
{
	enum axvm_bus_result result;

	preempt_disable();
	result = axvm_bus_write(&fix->vm.base.bus[AXVM_BUS_MMIO], addr, len, val);
	preempt_enable();
	KUNIT_EXPECT_EQ_MSG(kunit_get_current_test(), result, AXVM_BUS_DONE,
			    "write to %#llx", addr);
}

struct vgic_irq *vgic_fixture_irq(struct vgic_fixture *fix, u32 v, u32 intid, u8 priority)
{
	struct vgic_irq *irq = vgic_irq_find(&fix->vm.vgic, &fix->vcpus[v], intid);

	KUNIT_ASSERT_NOT_NULL(kunit_get_current_test(), irq);
	irq->group1 = true;
	irq->priority = priority;
	irq->enabled = true;
	if (!vgic_irq_is_private(irq)) {
		irq->target = &fix->vcpus[v];
		irq->route = fix->kind == 2 ? BIT(v) : 0;
	}
	return irq;
}

void vgic_fixture_line(struct vgic_fixture *fix, u32 intid, bool level)
{
	struct axvm_irq_line line = { .chip = fix->vm.base.devices.chip, .nr = intid };

	axvm_irq_set_level(&line, level);
}

void vgic_fixture_enter(struct vgic_fixture *fix, u32 v)
{
	local_irq_disable();
	fix->vcpus[v].base.cpu = 0;
	vgic_flush(&fix->vcpus[v]);
	local_irq_enable();
}

void vgic_fixture_leave(struct vgic_fixture *fix, u32 v)
{
	local_irq_disable();
	vgic_sync(&fix->vcpus[v]);
	fix->vcpus[v].base.cpu = -1;
	local_irq_enable();
}

static u64 *find_lr(struct vgic_fixture *fix, u32 v, u32 intid)
{
	struct a64_vgic_hw *hw = &fix->ctx[v].vgic;
	u32 i;

	for (i = 0; i < hw->nr_used; i++)
		if ((hw->lr[i] & GENMASK(9, 0)) == intid && (hw->lr[i] & ICH_LR_STATE))
			return &hw->lr[i];
	return NULL;
}

static u8 priority_of(u64 lr)
{
	return (lr & ICH_LR_PRIORITY_MASK) >> ICH_LR_PRIORITY_SHIFT;
}

u32 vgic_fixture_ack(struct vgic_fixture *fix, u32 v)
{
	struct a64_vgic_hw *hw = &fix->ctx[v].vgic;
	u64 *best = NULL;
	u32 i;

	for (i = 0; i < hw->nr_used; i++)
		if ((hw->lr[i] & ICH_LR_STATE) == ICH_LR_PENDING_BIT &&
		    (!best || priority_of(hw->lr[i]) < priority_of(*best)))
			best = &hw->lr[i];
	if (!best)
		return FIX_SPURIOUS;
	*best ^= ICH_LR_STATE;
	return *best & GENMASK(9, 0);
}

bool vgic_fixture_end(struct vgic_fixture *fix, u32 v, u32 intid)
{
	u64 *lr = find_lr(fix, v, intid);

	if (!lr || !(*lr & ICH_LR_ACTIVE_BIT))
		return false;
	*lr &= ~ICH_LR_ACTIVE_BIT;
	return true;
}

u64 vgic_fixture_lr(struct vgic_fixture *fix, u32 v, u32 intid)
{
	u64 *lr = find_lr(fix, v, intid);

	return lr ? *lr : 0;
}

bool vgic_fixture_has_irq(struct vgic_fixture *fix, u32 v)
{
	return vgic_has_irq(&fix->vcpus[v].base);
}
