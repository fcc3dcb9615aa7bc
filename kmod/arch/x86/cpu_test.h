/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of the CPU's state share: a PC with memory, reset vCPUs, and
 * a made-up host CPU. Part of axvm_test.ko.
 */
#ifndef AXVM_X86_CPU_TEST_H
#define AXVM_X86_CPU_TEST_H

#include <linux/sizes.h>

#include "arch/x86/cpuid.h"
#include "arch/x86/test_vm.h"

#define CPU_TEST_RAM_LEN	SZ_64K		/* from 0; the first half is backed */
#define CPU_TEST_BACKED_LEN	SZ_32K
#define CPU_TEST_ROM		0x100000
#define CPU_TEST_PHYS_BITS	40
#define CPU_TEST_TSC_KHZ	2500000

/**
 * cpu_test_create() - a PC of reset vCPUs like those of the host
 * @test: case; the PC is taken apart after it
 * @nr_vcpus: vCPUs
 *
 * Return: the PC; the case ends when it cannot be made.
 */
struct x86_test_vm *cpu_test_create(struct kunit *test, u32 nr_vcpus);

/* Kernel address of guest memory; the case ends when it is not backed. */
void *cpu_test_memory(struct x86_test_vm *tv, u64 gpa);

/**
 * struct cpu_test_host - a CPU that is made up
 * @host: of the kinds that tables are made from
 * @lacks: CPUID reports every feature but these X86_FEATURE_*, up to the first 0
 * @denied: features that the kernel has turned off, likewise
 * @max_basic: highest basic leaf
 * @max_extended: highest extended leaf
 */
struct cpu_test_host {
	struct x86_cpuid_host host;
	unsigned int lacks[8];
	unsigned int denied[8];
	u32 max_basic;
	u32 max_extended;
};

/* A CPU with everything, by X86_VENDOR_*. */
struct cpu_test_host cpu_test_host(u8 vendor);

/* Give the vCPU the table of another host, and reset what depends on it. */
void cpu_test_replace(struct x86_test_vm *tv, u32 n, const struct cpu_test_host *host);

/* Expect what a fault queues, and take it. */
void cpu_test_expect_gp(struct kunit *test, struct x86_vcpu *v);
void cpu_test_expect_none(struct kunit *test, struct x86_vcpu *v);

#endif /* AXVM_X86_CPU_TEST_H */
