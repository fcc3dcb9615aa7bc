// SPDX-License-Identifier: GPL-2.0
/*
 * The fake backend: every function that arch.h asks for, on scripted guests.
 *
 * Called by the core as any backend is. What tests do with it is in fake_vm.c.
 */
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/wait.h>

#include "arch.h"
#include "fake_arch.h"

struct fake_arch fake_arch;

static struct fake_vcpu *to_fake(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct fake_vcpu, vcpu);
}

/* The core broke a promise of arch.h; the test fails at its end. */
static void expect_promise(bool kept, const char *promise)
{
	if (!kept)
		cmpxchg(&fake_arch.broken_promise, NULL, promise);
}

#define expect(promise) expect_promise(promise, #promise)

/* The pointer is gone as soon as somebody waits for the thread's end. */
static bool is_own_thread(const struct fake_vcpu *fake)
{
	const struct task_struct *task = READ_ONCE(fake->vcpu.task);

	return !task || task == current;
}

static void expect_loaded(const struct fake_vcpu *fake)
{
	expect(fake->loaded);
	expect(is_own_thread(fake));
	expect(!preemptible());
}

static void expect_may_sleep(const struct fake_vcpu *fake)
{
	expect(!fake->loaded);
	expect(!IS_ENABLED(CONFIG_PREEMPT_COUNT) || preemptible());
}

/* --- host --- */

static int fake_probe(struct axvm_arch_info *info, struct axvm_error *err)
{
	*info = fake_arch_info;
	return 0;
}

static int fake_hw_init(void)
{
	return 0;
}

static void fake_hw_exit(void)
{
}

static int fake_cpu_enable(void)
{
	return 0;
}

static void fake_cpu_disable(void)
{
}

/* --- VM --- */

static int fake_vm_init(struct axvm_vm *vm)
{
	if (fake_arch.fail_vm_init)
		return fake_arch.fail_vm_init;
	if (vm->vectors_wanted == FAKE_VECTOR_BITS || vm->vectors_wanted == AXVM_VECTORS_LONGEST)
		vm->vector_bits = FAKE_VECTOR_BITS;
	atomic_inc(&fake_arch.vms);
	return 0;
}

static void fake_vm_destroy(struct axvm_vm *vm)
{
	atomic_dec(&fake_arch.vms);
}

static int fake_vm_check(struct axvm_vm *vm, struct axvm_error *err)
{
	if (!fake_arch.fail_vm_check)
		return 0;
	return axvm_fail(err, "the test says so", fake_arch.fail_vm_check);
}

static void fake_vm_pause(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		expect(READ_ONCE(vm->vcpus[i]->parked) || !vm->vcpus[i]->task);
	container_of(vm, struct fake_vm, vm)->pauses++;
}

static void fake_vm_resume(struct axvm_vm *vm)
{
	container_of(vm, struct fake_vm, vm)->resumes++;
}

/* --- vCPU --- */

static int fake_vcpu_init(struct axvm_vcpu *vcpu)
{
	if (fake_arch.fail_vcpu_init && fake_arch.fail_vcpu_id == vcpu->id)
		return fake_arch.fail_vcpu_init;
	atomic_inc(&fake_arch.vcpus);
	return 0;
}

static void fake_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	expect(!vcpu->task);
	atomic_dec(&fake_arch.vcpus);
}

static void fake_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_may_sleep(fake);
	fake->entry = entry;
	fake->arg = arg;
	fake->resets++;
}

static void fake_vcpu_load(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect(!fake->loaded && !irqs_disabled());
	fake->loaded = true;
	WRITE_ONCE(vcpu->cpu, smp_processor_id());
}

static void fake_vcpu_put(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_loaded(fake);
	expect(vcpu->cpu == smp_processor_id() && !irqs_disabled());
	fake->loaded = false;
}

/* --- running --- */

static bool fake_vcpu_prepare(struct axvm_vcpu *vcpu)
{
	expect_loaded(to_fake(vcpu));
	expect(irqs_disabled());
	return true;
}

static const struct fake_step spinning = { .kind = FAKE_SPIN };

static bool is_sleep(const struct fake_step *step)
{
	return step && (step->exit.kind == AXVM_EXIT_HALT || step->exit.kind == AXVM_EXIT_SUSPEND);
}

/* What woke the guest is taken when it is back. */
static const struct fake_step *take_step(struct fake_vcpu *fake)
{
	const struct fake_step *step = &spinning;

	if (is_sleep(fake->current_step))
		WRITE_ONCE(fake->irq, false);
	if (fake->pos < fake->nr_steps)
		step = &fake->script[fake->pos];
	if (step->kind != FAKE_SPIN)
		WRITE_ONCE(fake->pos, fake->pos + 1);
	return step;
}

static bool fake_vcpu_enter(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_loaded(fake);
	expect(irqs_disabled() && vcpu->mode == AXVM_MODE_GUEST);
	fake->current_step = take_step(fake);
	WRITE_ONCE(fake->entries, fake->entries + 1);
	axvm_vcpu_count(vcpu, AXVM_COUNT_ENTRIES);
	cpu_relax();
	return fake->current_step->kind == FAKE_SPIN ||
	       fake->current_step->kind == FAKE_HOST_IRQ;
}

static enum axvm_verdict fake_vcpu_decode(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_loaded(fake);
	expect(!irqs_disabled());
	if (fake->current_step->kind == FAKE_DECODED)
		return AXVM_RESUME;
	vcpu->exit = fake->current_step->exit;
	return AXVM_DISPATCH;
}

static void fake_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status)
{
	struct fake_vcpu *fake = to_fake(vcpu);
	struct fake_done *done = &fake->done[fake->nr_done];

	expect(is_own_thread(fake) && fake->nr_done < FAKE_MAX_DONE);
	if (fake->nr_done >= FAKE_MAX_DONE)
		return;
	done->kind = vcpu->exit.kind;
	done->status = status;
	done->data = vcpu->exit.io.data;
	/* A test that sees the number sees the entry: pairs with smp_load_acquire() there. */
	smp_store_release(&fake->nr_done, fake->nr_done + 1);
}

static void fake_vcpu_slow(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_may_sleep(fake);
	WRITE_ONCE(fake->slows, fake->slows + 1);
	atomic_inc(&fake_arch.held);
	wait_event(fake_arch.hold_wait, !READ_ONCE(fake_arch.hold));
	atomic_dec(&fake_arch.held);
}

/* --- interrupts and sleep --- */

static bool fake_vcpu_has_irq(struct axvm_vcpu *vcpu)
{
	return READ_ONCE(to_fake(vcpu)->irq);
}

static void fake_vcpu_halt_begin(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_may_sleep(fake);
	expect(!fake->halting);
	fake->halting = true;
}

static void fake_vcpu_halt_end(struct axvm_vcpu *vcpu)
{
	struct fake_vcpu *fake = to_fake(vcpu);

	expect_may_sleep(fake);
	expect(fake->halting);
	fake->halting = false;
	WRITE_ONCE(fake->halts, fake->halts + 1);
}

static void fake_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m)
{
	seq_printf(m, "vcpu=%u\n", vcpu->id);
}

static const struct axvm_device_type *const fake_device_types[] = {
	&fake_device_type,
	&fake_port_device_type,
	NULL
};

const struct axvm_arch_ops fake_arch_ops = {
	.name = "fake",
	.vm_size = sizeof(struct fake_vm),
	.vcpu_size = sizeof(struct fake_vcpu),
	.device_types = fake_device_types,
	.probe = fake_probe,
	.hw_init = fake_hw_init,
	.hw_exit = fake_hw_exit,
	.cpu_enable = fake_cpu_enable,
	.cpu_disable = fake_cpu_disable,
	.vm_init = fake_vm_init,
	.vm_destroy = fake_vm_destroy,
	.vm_check = fake_vm_check,
	.vcpu_init = fake_vcpu_init,
	.vcpu_destroy = fake_vcpu_destroy,
	.vcpu_reset = fake_vcpu_reset,
	.vcpu_load = fake_vcpu_load,
	.vcpu_put = fake_vcpu_put,
	.vcpu_prepare = fake_vcpu_prepare,
	.vcpu_enter = fake_vcpu_enter,
	.vcpu_decode = fake_vcpu_decode,
	.vcpu_complete = fake_vcpu_complete,
	.vcpu_slow = fake_vcpu_slow,
	.vcpu_has_irq = fake_vcpu_has_irq,
	.vcpu_halt_begin = fake_vcpu_halt_begin,
	.vcpu_halt_end = fake_vcpu_halt_end,
	.vm_pause = fake_vm_pause,
	.vm_resume = fake_vm_resume,
	.vcpu_dump = fake_vcpu_dump,
};
