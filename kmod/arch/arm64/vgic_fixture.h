/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of the virtual GIC: a VM of vCPUs that never run, and a guest's
 * CPU interface that acts on list registers. Part of axvm_test.ko.
 */
#ifndef AXVM_ARM64_VGIC_FIXTURE_H
#define AXVM_ARM64_VGIC_FIXTURE_H

#include <kunit/test-bug.h>
#include <kunit/test.h>

#include "vgic_hw.h"
#include "vgic_priv.h"

#define FIX_VCPUS	4
#define FIX_LRS		4
#define FIX_DIST	0x08000000ULL
#define FIX_REDIST	0x080a0000ULL
#define FIX_SPURIOUS	1023

/**
 * struct vgic_fixture - the VM
 * @vm: VM
 * @vcpus: its vCPUs
 * @ctx: their contexts
 * @list: pointers to them
 * @kicks: how often each was told to look
 * @kind: GIC of the host
 * @current_vcpu: whose thread accesses a GICv2
 * @fmt: of stage-2 tables that are never made
 */
struct vgic_fixture {
	struct a64_vm vm;
	struct a64_vcpu vcpus[FIX_VCPUS];
	struct a64_context ctx[FIX_VCPUS];
	struct axvm_vcpu *list[FIX_VCPUS];
	unsigned int kicks[FIX_VCPUS];
	u8 kind;
	u32 current_vcpu;
	struct axvm_s2_fmt fmt;
};

/* A VM without a controller on a host with a GIC of this kind; taken apart after the case. */
struct vgic_fixture *vgic_fixture_create(struct kunit *test, u8 kind);
/* Make its controller. Return: as axvm_devices_add_model(). */
int vgic_fixture_add(struct vgic_fixture *fix, const struct axvm_device_cfg *cfg);
/*
 * The same, as configurations have it, with CPU interfaces and the distributor
 * on; fails the case.
 */
struct vgic_fixture *vgic_fixture_boot(struct kunit *test, u8 kind);

/* Registers, as a vCPU accesses them; the bus has to take it. */
u64 vgic_fixture_read(struct vgic_fixture *fix, u64 addr, u32 len);
void vgic_fixture_write(struct vgic_fixture *fix, u64 addr, u32 len, u64 val);

/* Interrupt of group 1 with this priority, enabled; v: whose, when private. */
struct vgic_irq *vgic_fixture_irq(struct vgic_fixture *fix, u32 v, u32 intid, u8 priority);
void vgic_fixture_line(struct vgic_fixture *fix, u32 intid, bool level);

/* Into the guest and out of it. */
void vgic_fixture_enter(struct vgic_fixture *fix, u32 v);
void vgic_fixture_leave(struct vgic_fixture *fix, u32 v);

/* In the guest: acknowledge the best, and deactivate. False: there is no list register for it. */
u32 vgic_fixture_ack(struct vgic_fixture *fix, u32 v);
bool vgic_fixture_end(struct vgic_fixture *fix, u32 v, u32 intid);

/* List register of an interrupt, 0 none. */
u64 vgic_fixture_lr(struct vgic_fixture *fix, u32 v, u32 intid);

bool vgic_fixture_has_irq(struct vgic_fixture *fix, u32 v);

#endif /* AXVM_ARM64_VGIC_FIXTURE_H */
