/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a vCPU's CPUID table is stored and made.
 */
#ifndef AXVM_X86_CPUID_H
#define AXVM_X86_CPUID_H

#include <linux/types.h>

struct x86_vcpu;

/* First leaves of the ranges; the two of hypervisors are axvm's own, and the one kernels know. */
#define X86_CPUID_BASIC		0x0
#define X86_CPUID_EXTENDED	0x80000000
#define X86_CPUID_AXVM		0x40000000
#define X86_CPUID_KVM		0x40000100

/* EAX: TSC kHz, EBX: kHz of the APIC timers. */
#define X86_CPUID_AXVM_TIMING	0x40000010

#define X86_CPUID_AXVM_SIGNATURE	"axvmaxvmaxvm"

/* The timers of local APICs count nanoseconds. */
#define X86_APIC_TIMER_KHZ	1000000

/* Highest leaves that guests see: what those behind mean is not known. */
#define X86_CPUID_BASIC_MAX	0x1f
#define X86_CPUID_EXTENDED_MAX	0x80000021
#define X86_CPUID_KVM_MAX	0x40000101

/* Index of the first entry of each range, and of the answers to everything else. */
enum x86_cpuid_slot {
	X86_CPUID_SLOT_BASIC,
	X86_CPUID_SLOT_EXTENDED = X86_CPUID_SLOT_BASIC + X86_CPUID_BASIC_MAX + 1,
	X86_CPUID_SLOT_AXVM = X86_CPUID_SLOT_EXTENDED +
			      X86_CPUID_EXTENDED_MAX - X86_CPUID_EXTENDED + 1,
	X86_CPUID_SLOT_KVM = X86_CPUID_SLOT_AXVM + X86_CPUID_AXVM_TIMING - X86_CPUID_AXVM + 1,
	X86_CPUID_SLOT_ZERO = X86_CPUID_SLOT_KVM + X86_CPUID_KVM_MAX - X86_CPUID_KVM + 1,
	X86_CPUID_SLOT_OUTSIDE,
	X86_CPUID_SLOTS
};

/**
 * struct x86_cpuid_entry - answer to one leaf, or to one of its subleaves
 * @reg: by enum cpuid_regs_idx
 * @next: index of the entry for subleaf 1; the others follow
 * @nr: number of subleaves, 0 = ECX does not matter
 * @echo: ECX and EDX have a meaning past the last subleaf, too (SDM 2, CPUID, leaf 0xb)
 */
struct x86_cpuid_entry {
	u32 reg[4];
	u16 next;
	u8 nr;
	bool echo;
};

/**
 * struct x86_cpuid_host - the CPU and kernel that a table is derived from
 * @read: CPUID
 * @has: does the kernel use this X86_FEATURE_*, or would it?
 * @vendor: X86_VENDOR_*
 * @phys_bits: width of physical addresses
 * @xfeatures: XSAVE features that guests may have
 * @tsc_khz: rate of the TSC
 */
struct x86_cpuid_host {
	void (*read)(u32 leaf, u32 subleaf, u32 *reg);
	bool (*has)(unsigned int feature);
	u8 vendor;
	u8 phys_bits;
	u64 xfeatures;
	u32 tsc_khz;
};

/**
 * struct x86_cpuid_place - where the features of a word of the kernel's capabilities are
 * @leaf: leaf
 * @subleaf: subleaf
 * @reg: enum cpuid_regs_idx
 * @used: guests see features of this word
 */
struct x86_cpuid_place {
	u32 leaf;
	u8 subleaf;
	u8 reg;
	bool used;
};

/* By word, that is, X86_FEATURE_* / 32. */
extern const struct x86_cpuid_place x86_cpuid_places[];

/* cpuid_table.c: make the table; x86_cpuid_init() with another host, for KUnit. Process context. */
int x86_cpuid_build(struct x86_vcpu *v, const struct x86_cpuid_host *host);

/* cpuid.c: the entry of a leaf that the table has room for, NULL: none. vCPU thread. */
struct x86_cpuid_entry *x86_cpuid_entry(const struct x86_vcpu *v, u32 leaf);

/* All vCPUs of the VM exist: say where among them this one is. Process context. */
void x86_cpuid_set_topology(struct x86_vcpu *v);

#endif /* AXVM_X86_CPUID_H */
