// SPDX-License-Identifier: GPL-2.0
/*
 * The RISC-V backend's table, its probe, and its part of a VM.
 */
#include <linux/percpu.h>
#include <asm/hwcap.h>
#include <asm/cpufeature.h>
#include <asm/sbi.h>
#include <asm/delay.h>

#include "plic.h"
#include "riscv.h"

static int rv_probe(struct axvm_arch_info *info, struct axvm_error *err)
{
	if (!__riscv_isa_extension_available(NULL, RISCV_ISA_EXT_h))
		return axvm_fail(err, "this machine's CPUs lack the H (hypervisor) extension",
				 -ENODEV);
	if (sbi_probe_extension(SBI_EXT_RFENCE) <= 0)
		return axvm_fail(err, "this machine's firmware lacks the SBI RFENCE extension",
				 -ENODEV);
	if (rv_host_is_taken())
		return axvm_fail(err,
				 "another hypervisor holds the H extension; if it is KVM: rmmod kvm",
				 -EBUSY);

	info->s2_fmt = rv_host_s2_format();
	if (!info->s2_fmt)
		return axvm_fail(err, "the CPUs offer no known mode of G-stage translation",
				 -ENODEV);
	info->s2_ops = &rv_s2_ops;
	info->vmids = rv_vmid_probe();
	info->timer_frequency = riscv_timebase;
	rv_isa_probe(info);
	return 0;
}

static int rv_vm_init(struct axvm_vm *vm)
{
	struct rv_vm *rv = to_rv_vm(vm);

	rv->last_ran = alloc_percpu_gfp(struct rv_last_ran, GFP_KERNEL_ACCOUNT);
	if (!rv->last_ran)
		return -ENOMEM;
	rv->time_delta = -csr_read(CSR_TIME);
	return 0;
}

static void rv_vm_destroy(struct axvm_vm *vm)
{
	free_percpu(to_rv_vm(vm)->last_ran);
}

static int rv_vm_check(struct axvm_vm *vm, struct axvm_error *err)
{
	return 0;
}

static const struct axvm_device_type *const rv_device_types[] = {
	&axvm_plic,
	NULL
};

static const struct axvm_arch_ops rv_ops = {
	.name		= "riscv",
	.vm_size	= sizeof(struct rv_vm),
	.vcpu_size	= sizeof(struct rv_vcpu),
	.device_types	= rv_device_types,

	.probe		= rv_probe,
	.hw_init	= rv_vmid_init,
	.hw_exit	= axvm_vmids_exit,
	.cpu_enable	= rv_cpu_enable,
	.cpu_disable	= rv_cpu_disable,

	.vm_init	= rv_vm_init,
	.vm_destroy	= rv_vm_destroy,
	.vm_check	= rv_vm_check,

	.vcpu_init	= rv_vcpu_init,
	.vcpu_destroy	= rv_vcpu_destroy,
	.vcpu_reset	= rv_vcpu_reset,
	.vcpu_load	= rv_vcpu_load,
	.vcpu_put	= rv_vcpu_put,

	.vcpu_prepare	= rv_vcpu_prepare,
	.vcpu_enter	= rv_vcpu_enter,
	.vcpu_decode	= rv_vcpu_decode,
	.vcpu_complete	= rv_vcpu_complete,
	.vcpu_slow	= rv_sbi_dbcn_slow,

	.vcpu_has_irq	= rv_vcpu_has_irq,
	.vcpu_halt_begin = rv_timer_halt_begin,
	.vcpu_halt_end	= rv_timer_halt_end,
	.vm_pause	= rv_timer_pause,
	.vm_resume	= rv_timer_resume,
	.vcpu_dump	= rv_vcpu_dump,
};

const struct axvm_arch_ops *const axvm_arch_backends[] = {
	&rv_ops,
	NULL
};
