/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that guests make with HVC and SMC (SMC Calling Convention, DEN0028).
 */
#ifndef AXVM_ARM64_SMCCC_H
#define AXVM_ARM64_SMCCC_H

#include <linux/arm-smccc.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct a64_vcpu;
enum axvm_status;

/* x0 to x3 after a call; what a handler does not set stays as it was. */
struct smccc_ret {
	u64 x[4];
};

/*
 * A handler returns true when the call is done and *ret filled, false when vcpu->exit says how
 * it goes on. Loaded, interrupts off.
 */
typedef bool (*smccc_handler)(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret);

/* Argument n (from 1) of a call: 32 bits of calls that are not SMC64. */
u64 smccc_arg(const struct a64_vcpu *v, u32 fn, unsigned int n);

/* psci.c: functions 0x84000000 to 0x8400001f, and their 64-bit forms. */
bool psci_call(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret);
/* How an exit that a call made went. False: the vCPU began anew, there is nobody to tell. */
bool psci_complete(struct a64_vcpu *v, enum axvm_status status, struct smccc_ret *ret);

/* trng.c: functions 0x84000050 to 0x84000053, and 0xc4000053. */
bool trng_call(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret);

/*
 * What firmware offers against the CPUs' speculation, for guests to ask: at load before
 * the first CPU, then on each CPU with preemption off.
 */
void a64_smccc_probe(void);
void a64_smccc_probe_cpu(void);

#if IS_ENABLED(CONFIG_KUNIT)
/* This CPU's firmware's answer to ARCH_FEATURES. Any context. */
long a64_smccc_ask_firmware(u32 workaround);
#endif

#endif /* AXVM_ARM64_SMCCC_H */
