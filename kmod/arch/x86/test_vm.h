/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PC for KUnit suites: vCPUs that never run, buses, devices, and a vendor
 * backend that keeps registers in memory. Needs no virtualization hardware.
 * Part of axvm_test.ko.
 */
#ifndef AXVM_X86_TEST_VM_H
#define AXVM_X86_TEST_VM_H

#include <kunit/test.h>

#include "arch/x86/lapic.h"
#include "arch/x86/x86.h"

/**
 * struct x86_test_vcpu - a vCPU, and what the fake backend keeps of it
 * @v: the vCPU
 * @sysreg: registers of the control block
 * @seg: segments
 * @gdt: GDTR
 * @idt: IDTR
 * @updates: calls of update_controls()
 * @tsc_updates: calls of update_tsc()
 * @flushes: calls of flush_tlb()
 * @forgets: calls of forget_events()
 */
struct x86_test_vcpu {
	struct x86_vcpu v;
	u64 sysreg[X86_SYSREGS];
	struct x86_seg seg[X86_SEGS];
	struct x86_dt gdt;
	struct x86_dt idt;
	unsigned int updates;
	unsigned int tsc_updates;
	unsigned int flushes;
	unsigned int forgets;
};

/**
 * struct x86_test_vm - the PC
 * @test: case that it belongs to
 * @vm: the VM
 * @vcpus: its vCPUs: the first is on, the others are off
 * @list: pointers to them, for the core
 * @ready: vCPUs that were made
 * @hw: backend before this one
 */
struct x86_test_vm {
	struct kunit *test;
	struct x86_vm vm;
	struct x86_test_vcpu *vcpus;
	struct axvm_vcpu **list;
	u32 ready;
	const struct x86_hw *hw;
};

/**
 * x86_test_vm_create() - make a PC with local APICs and CPUID tables, and no devices
 * @test: case; the PC is taken apart after it
 * @nr_vcpus: vCPUs
 * @hw_ids: their APIC ids, NULL = 0, 1, 2...
 *
 * Return: the PC; the case ends when it cannot be made.
 */
struct x86_test_vm *x86_test_vm_create(struct kunit *test, u32 nr_vcpus, const u64 *hw_ids);

/* Add a model. Return: as axvm_devices_add_model(), -EIO when it failed without a reason. */
int x86_test_vm_try_add(struct x86_test_vm *tv, const struct axvm_device_type *type, u64 base);
/* The same at the place where PCs have it; the case ends when that fails. */
void x86_test_vm_add_ioapic(struct x86_test_vm *tv);
void x86_test_vm_add_pic(struct x86_test_vm *tv);

/* A device line. */
void x86_test_vm_set_line(struct x86_test_vm *tv, u32 gsi, bool level);

/* Ports and registers of devices, as vCPUs reach them. */
u64 x86_test_vm_in(struct x86_test_vm *tv, u16 port);
void x86_test_vm_out(struct x86_test_vm *tv, u16 port, u8 val);
u32 x86_test_vm_read(struct x86_test_vm *tv, u64 gpa);
void x86_test_vm_write(struct x86_test_vm *tv, u64 gpa, u32 val);

static inline struct x86_vcpu *x86_test_vcpu(struct x86_test_vm *tv, u32 n)
{
	return &tv->vcpus[n].v;
}

/* Local APIC registers in xAPIC mode, by APIC_*; and the same in x2APIC mode: 0, or -1 for #GP. */
u32 x86_test_lapic_read(struct x86_vcpu *v, u32 reg);
void x86_test_lapic_write(struct x86_vcpu *v, u32 reg, u32 val);
int x86_test_x2apic_read(struct x86_vcpu *v, u32 reg, u64 *val);
int x86_test_x2apic_write(struct x86_vcpu *v, u32 reg, u64 val);

/* Turn the local APIC on, with spurious vector 255; switch it to x2APIC mode. */
void x86_test_lapic_enable(struct x86_vcpu *v);
void x86_test_lapic_to_x2apic(struct x86_vcpu *v);

/* Take an event as the vendor's entry does. Return: was it there? */
bool x86_test_take_event(struct x86_vcpu *v, enum x86_event event);

#endif /* AXVM_X86_TEST_VM_H */
