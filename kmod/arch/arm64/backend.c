// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of the two AArch64 backends, and their part of a VM.
 */
#include <linux/lockdep.h>
#include <linux/percpu.h>

#include "arm64.h"
#include "smccc.h"
#include "spec.h"
#include "vgic_hw.h"

const struct a64_world *a64_world;

static int probe_vhe(struct axvm_arch_info *info, struct axvm_error *err)
{
	a64_world = &a64_world_vhe;
	return a64_host_probe(info, err, true);
}

static int probe_nvhe(struct axvm_arch_info *info, struct axvm_error *err)
{
	a64_world = &a64_world_nvhe;
	return a64_host_probe(info, err, false);
}

static int hw_init(void)
{
	int ret = a64_vmid_init();

	if (ret)
		return ret;
	ret = a64_world->init();
	if (ret)
		goto err_vmid;
	ret = a64_host_irqs_init();
	if (ret)
		goto err_world;
	a64_smccc_probe();
	return 0;

err_world:
	a64_world->exit();
err_vmid:
	axvm_vmids_exit();
	return ret;
}

static void hw_exit(void)
{
	a64_host_irqs_exit();
	a64_world->exit();
	axvm_vmids_exit();
}

static int cpu_enable(void)
{
	int ret;

	lockdep_assert_preemption_disabled();
	ret = a64_world->cpu_enable();
	if (ret)
		return ret;
	ret = vgic_hw_join();
	if (ret) {
		a64_world->cpu_disable();
		return ret;
	}
	a64_sve_probe_cpu();
	a64_smccc_probe_cpu();
	a64_spec_probe_bypass();
	a64_host_irqs_enable();
	return 0;
}

static void cpu_disable(void)
{
	lockdep_assert_preemption_disabled();
	a64_host_irqs_disable();
	a64_world->cpu_disable();
}

/* Core refuses the VM when nothing is granted. */
static void grant_vectors(struct axvm_vm *vm)
{
	unsigned int len = a64_sve_max_len();

	if (vm->vectors_wanted != AXVM_VECTORS_LONGEST)
		len = vm->vectors_wanted % BITS_PER_BYTE ? 0 : vm->vectors_wanted / BITS_PER_BYTE;
	if (len && !a64_sve_vm_init(to_a64_vm(vm), len))
		vm->vector_bits = BITS_PER_BYTE * len;
}

static int vm_init(struct axvm_vm *vm)
{
	struct a64_vm *a64 = to_a64_vm(vm);

	a64->last_ran = alloc_percpu_gfp(u32, GFP_KERNEL_ACCOUNT);
	if (!a64->last_ran)
		return -ENOMEM;
	a64->counter_offset = arch_timer_read_counter();
	vgic_vm_init(a64);
	a64_idregs_init(a64);
	if (vm->vectors_wanted)
		grant_vectors(vm);
	return 0;
}

static void vm_destroy(struct axvm_vm *vm)
{
	free_percpu(to_a64_vm(vm)->last_ran);
}

static int vm_check(struct axvm_vm *vm, struct axvm_error *err)
{
	return vgic_vm_check(to_a64_vm(vm), err);
}

static const struct axvm_device_type *const device_types[] = {
	&axvm_gic_v3,
	&axvm_gic_v2,
	NULL
};

#define A64_OPS(name_, probe_)				\
{							\
	.name		= name_,			\
	.vm_size	= sizeof(struct a64_vm),	\
	.vcpu_size	= sizeof(struct a64_vcpu),	\
	.device_types	= device_types,			\
							\
	.probe		= probe_,			\
	.hw_init	= hw_init,			\
	.hw_exit	= hw_exit,			\
	.cpu_enable	= cpu_enable,			\
	.cpu_disable	= cpu_disable,			\
							\
	.vm_init	= vm_init,			\
	.vm_destroy	= vm_destroy,			\
	.vm_check	= vm_check,			\
							\
	.vcpu_init	= a64_vcpu_init,		\
	.vcpu_destroy	= a64_vcpu_destroy,		\
	.vcpu_reset	= a64_vcpu_reset,		\
	.vcpu_load	= a64_vcpu_load,		\
	.vcpu_put	= a64_vcpu_put,			\
							\
	.vcpu_prepare	= a64_vcpu_prepare,		\
	.vcpu_enter	= a64_vcpu_enter,		\
	.vcpu_decode	= a64_vcpu_decode,		\
	.vcpu_complete	= a64_vcpu_complete,		\
	.vcpu_slow	= a64_vcpu_slow,		\
							\
	.vcpu_has_irq	= a64_vcpu_has_irq,			\
	.vcpu_halt_begin = a64_timer_halt_begin,	\
	.vcpu_halt_end	= a64_timer_halt_end,		\
	.vm_pause	= a64_vm_pause,			\
	.vm_resume	= a64_vm_resume,		\
	.vcpu_dump	= a64_vcpu_dump,		\
}

static const struct axvm_arch_ops vhe_ops = A64_OPS("vhe", probe_vhe);
static const struct axvm_arch_ops nvhe_ops = A64_OPS("nvhe", probe_nvhe);

const struct axvm_arch_ops *const axvm_arch_backends[] = {
	&vhe_ops,
	&nvhe_ops,
	NULL
};
