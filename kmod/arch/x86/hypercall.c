// SPDX-License-Identifier: GPL-2.0
/*
 * VMCALL and VMMCALL: what a guest asks of the hypervisor.
 *
 * Called by the vendor's fast handlers, which step over the instruction. The
 * convention is the one that CPUID announces at 0x40000100: number in RAX,
 * result in RAX, nothing else changes.
 */
#include <uapi/linux/kvm_para.h>
#include <kunit/visibility.h>

#include "arch/x86/x86.h"

/* Every number is unknown, for kernels: user programs learn not even that. */
void x86_hypercall(struct x86_vcpu *v)
{
	s64 result = v->cpl ? -KVM_EPERM : -KVM_ENOSYS;

	v->gpr[X86_RAX] = x86_is_long_mode(v) ? (u64)result : (u32)result;
}
EXPORT_SYMBOL_IF_KUNIT(x86_hypercall);
