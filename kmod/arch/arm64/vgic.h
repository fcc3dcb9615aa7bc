/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual GIC: state of its interrupts, and what the rest of the backend calls.
 *
 * One model of interrupts under two faces: GICv3 (system register CPU
 * interface, redistributors) and GICv2. The CPU interface is hardware: list
 * registers hold what a vCPU may take next.
 */
#ifndef AXVM_ARM64_VGIC_H
#define AXVM_ARM64_VGIC_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "device.h"
#include "irq.h"

#define VGIC_NR_SGIS		16
#define VGIC_NR_PRIVATE		32
#define VGIC_MAX_SPIS		988
#define VGIC_DEFAULT_SPIS	96	/* INTID 32 to 127 when the configuration says nothing */

#define VGIC_PPI_PTIMER		30
#define VGIC_PPI_VTIMER		27

struct a64_vcpu;
struct a64_vm;
struct axvm_vcpu;

/**
 * struct vgic_irq - one interrupt (IHI 0069, 4.1 "The GIC interrupt handling model")
 * @lock: raw; inside vgic_cpu.lock; order in Documentation/locking.rst
 * @node: on the list of the vCPU that has to look at it
 * @vcpu: that vCPU while on its list [lock and list lock]
 * @target: SPI: vCPU it is routed to
 * @intid: number [I]
 * @host_irq: hardware interrupt that the guest deactivates with it; 0 none [I after load]
 * @enabled: GICD_ISENABLER
 * @line: input level (level-sensitive and edge)
 * @latched: pending state that is not the line: edge, software, SGI
 * @active: being handled
 * @level: level-sensitive configuration
 * @group1: GICD_IGROUPR
 * @priority: GICD_IPRIORITYR
 * @sources: GICv2 SGIs: CPUs that sent it
 * @active_source: GICv2 SGIs: whose is active
 */
struct vgic_irq {
	raw_spinlock_t lock;	/* see above */
	struct list_head node;
	struct a64_vcpu *vcpu;
	struct a64_vcpu *target;
	u32 intid;
	u32 host_irq;
	bool enabled;
	bool line;
	bool latched;
	bool active;
	bool level;
	bool group1;
	u8 priority;
	u8 sources;
	u8 active_source;
	u64 route;
};

/**
 * struct vgic_cpu - a vCPU's part
 * @lock: raw, of the list; taken before any vgic_irq.lock
 * @list: interrupts that are pending or active for this vCPU
 * @private: SGIs and PPIs
 * @waker: GICR_WAKER.ProcessorSleep
 * @nr_used: list registers in use
 */
struct vgic_cpu {
	raw_spinlock_t lock;	/* see above */
	struct list_head list;
	struct vgic_irq private[VGIC_NR_PRIVATE];
	bool waker;
	u32 nr_used;
};

/**
 * struct vgic_vm - what the vCPUs share
 * @chip: where devices' lines end; inputs are INTIDs
 * @model: 3 or 2; 0: the VM has none
 * @enabled: GICD_CTLR.EnableGrp1 (bit 1) and EnableGrp0 (bit 0)
 * @nr_spis: SPIs that exist [I]
 * @spis: them [I]
 */
struct vgic_vm {
	struct axvm_irq_chip chip;
	u8 model;
	u8 enabled;
	u32 nr_spis;
	struct vgic_irq *spis;
	struct a64_vm *vm;
};

/* Models for the backends' list. */
extern const struct axvm_device_type axvm_gic_v3;
extern const struct axvm_device_type axvm_gic_v2;

/* With the VM and its vCPUs. Process context. */
void vgic_vm_init(struct a64_vm *vm);
int vgic_vm_check(struct a64_vm *vm, struct axvm_error *err);
void vgic_vcpu_init(struct a64_vcpu *v);
void vgic_vcpu_reset(struct a64_vcpu *v);

/* Loaded section: priorities, active priorities and VMCR into the CPU, and out of it. */
void vgic_load(struct a64_vcpu *v);
void vgic_put(struct a64_vcpu *v);
/* Interrupts off: list registers filled before an entry, and read back after an exit. No lock when there is nothing. */
void vgic_flush(struct a64_vcpu *v);
void vgic_sync(struct a64_vcpu *v);

/* Would an interrupt wake it? Any context. */
bool vgic_has_irq(struct axvm_vcpu *vcpu);

/* Level of a private input: timers. Any context; kicks the vCPU when it has to look. */
void vgic_set_ppi(struct a64_vcpu *v, u32 intid, bool level);
/* This private interrupt is deactivated together with a hardware interrupt (ICH_LR<n>.HW). Not loaded. */
void vgic_link_ppi(struct a64_vcpu *v, u32 intid, u32 host_intid);
/* Has the guest not yet deactivated it? Loaded or not, vCPU thread, interrupts off. */
bool vgic_ppi_active(struct a64_vcpu *v, u32 intid);

/* ICC_SGI0R, ICC_SGI1R, ICC_ASGI1R written. Loaded, interrupts off. */
void vgic_send_sgi(struct a64_vcpu *v, u64 val, unsigned int group);
/* ICC_* registers that trap: true when known. */
bool vgic_icc_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);

#endif /* AXVM_ARM64_VGIC_H */
