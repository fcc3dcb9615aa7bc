/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the tables of its backends, and who else could hold their hardware.
 */
#ifndef AXVM_X86_HOST_H
#define AXVM_X86_HOST_H

#include "arch.h"

extern const struct axvm_arch_ops x86_svm_ops;
extern const struct axvm_arch_ops x86_vmx_ops;

/* KVM is loaded as a module. Process context. */
bool x86_host_has_kvm(void);

#endif /* AXVM_X86_HOST_H */
