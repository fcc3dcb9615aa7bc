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
#include <linux/bitops.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "context.h"
#include "device.h"
#include "irq.h"

#define VGIC_NR_SGIS		16
#define VGIC_NR_PRIVATE		32
#define VGIC_MAX_SPIS		988
#define VGIC_MAX_IRQS		(VGIC_NR_PRIVATE + VGIC_MAX_SPIS)
#define VGIC_DEFAULT_SPIS	96	/* INTID 32 to 127 when the configuration says nothing */

#define VGIC_PPI_PTIMER		30
#define VGIC_PPI_VTIMER		27

struct a64_vcpu;
struct a64_vm;
struct axvm_vcpu;
struct vgic_map;
struct vgic_vm;

/**
 * struct vgic_irq - one interrupt (IHI 0069, 4.1 "The GIC interrupt handling model")
 * @lock: raw, interrupts off, inside it kicks and the lock of a vCPU's sets; protects all but [I]
 * @vgic: its controller [I]
 * @vcpu: vCPU that has to look at it: it is in one of that vCPU's sets; NULL none
 * @node: there [lock of the vCPU's sets]
 * @target: where it is routed to; NULL: nowhere, or (SPI) to one of several [private: I]
 * @route: GICD_IROUTER; GICv2: GICD_ITARGETSR
 * @intid: number [I]
 * @host_irq: hardware interrupt that the guest deactivates with it; 0 none [I after load]
 * @enabled: GICD_ISENABLER
 * @line: input level (level-sensitive and edge)
 * @latched: pending state that is not the line: edge, software, SGI
 * @active: being handled
 * @level: level-sensitive configuration
 * @group1: GICD_IGROUPR
 * @priority: GICD_IPRIORITYR
 * @set: which of the sets it is in, enum vgic_set
 * @set_priority: by which priority [also: lock of the sets]
 * @sources: GICv2 SGIs: CPUs that sent it
 * @active_source: GICv2 SGIs: whose is in the list register
 * @in_lr: in a list register of @vcpu: between flush and sync. Only that vCPU moves it then
 * @lr_pending: put there as pending
 * @lr_latched: what made it pending was @latched, which is in the list register now
 * @lr_active: put there as active
 * @active_written: software wrote the active state while the list register had it
 * @hw: it became pending, then active, together with @host_irq
 * @released: the guest deactivated @host_irq with it
 */
struct vgic_irq {
	raw_spinlock_t lock;	/* see above */
	struct vgic_vm *vgic;
	struct a64_vcpu *vcpu;
	struct a64_vcpu *target;
	struct rb_node node;
	u64 route;
	u32 intid;
	u32 host_irq;
	bool enabled;
	bool line;
	bool latched;
	bool active;
	bool level;
	bool group1;
	u8 priority;
	u8 set;
	u8 set_priority;
	u8 sources;
	u8 active_source;
	bool in_lr;
	bool lr_pending;
	bool lr_latched;
	bool lr_active;
	bool active_written;
	bool hw;
	bool released;
};

/**
 * struct vgic_io - one access to a register
 * @vgic: controller
 * @v: whose private interrupts and registers; NULL: those of nobody
 * @offset: from the start of the block of registers
 * @len: bytes
 */
struct vgic_io {
	struct vgic_vm *vgic;
	struct a64_vcpu *v;
	u32 offset;
	u32 len;
};

/**
 * enum vgic_set - interrupts that a vCPU has to look at
 * @VGIC_GROUP0: pending, enabled, not active, of group 0
 * @VGIC_GROUP1: likewise, of group 1
 * @VGIC_ACTIVE: active, pending again or not
 * @VGIC_SETS: number of sets
 */
enum vgic_set {
	VGIC_GROUP0,
	VGIC_GROUP1,
	VGIC_ACTIVE,
	VGIC_SETS
};

/**
 * struct vgic_cpu - a vCPU's part
 * @private: SGIs and PPIs
 * @lock: raw, interrupts off, nothing inside; protects the sets
 * @sets: interrupts whose @vcpu it is, the highest priority first, then by INTID
 * @nr: in each set
 * @nr_queued: in all of them [READ_ONCE without the lock]
 * @io: the access under way in vgic_fast_read() and vgic_fast_write() [t]
 * @lr: what the list registers hold, between flush and sync [t]
 * @syncs: how often they were read back [written by t, READ_ONCE elsewhere]
 * @asleep: GICR_WAKER.ProcessorSleep
 * @off: it goes off, or has: what others can take is not for it [written by t, READ_ONCE elsewhere]
 */
struct vgic_cpu {
	struct vgic_irq private[VGIC_NR_PRIVATE];
	raw_spinlock_t lock;	/* see above */
	struct rb_root_cached sets[VGIC_SETS];
	u32 nr[VGIC_SETS];
	u32 nr_queued;
	struct vgic_io io;
	struct vgic_irq *lr[A64_MAX_LRS];
	u32 syncs;
	bool asleep;
	bool off;
};

/**
 * struct vgic_vm - what the vCPUs share
 * @chip: where devices' lines end; inputs are INTIDs
 * @vm: whose it is [I]
 * @model: 3 or 2; 0: the VM has none [I]
 * @nr_lrs: list registers to use [I]
 * @priority_mask: bits of a priority that exist [I]
 * @has_tdir: a write of ICC_DIR_EL1 can be trapped by itself [I]
 * @enabled: GICD_CTLR: enable group 1 (bit 1) and group 0 (bit 0)
 * @nr_spis: SPIs that exist [I]
 * @spis: them [I]
 * @dist: registers of the distributor [I]
 * @dist_base: where it is [I]
 * @redist_base: where the redistributors are [I]
 * @dist_len: bytes, 0 without [I]
 * @redist_len: likewise [I]
 */
struct vgic_vm {
	struct axvm_irq_chip chip;
	struct a64_vm *vm;
	u8 model;
	u8 nr_lrs;
	u8 priority_mask;
	bool has_tdir;
	u8 enabled;
	u32 nr_spis;
	struct vgic_irq *spis;
	const struct vgic_map *dist;
	u64 dist_base;
	u64 redist_base;
	u32 dist_len;
	u32 redist_len;
};

/* Models for the backends' list. */
extern const struct axvm_device_type axvm_gic_v3;
extern const struct axvm_device_type axvm_gic_v2;

/* With the VM and its vCPUs. Process context. */
void vgic_vm_init(struct a64_vm *vm);
int vgic_vm_check(struct a64_vm *vm, struct axvm_error *err);
/* Its context and its VM's are there. */
void vgic_vcpu_init(struct a64_vcpu *v);
/*
 * The CPU interface as after power-on; the redistributor is reset with the
 * controller. Not loaded.
 */
void vgic_vcpu_reset(struct a64_vcpu *v);

/*
 * Loaded section: priorities, active priorities and VMCR into the CPU, and out
 * of it. With GICv3 and without VHE, hyp/ does that as ctx->vgic says.
 */
void vgic_load(struct a64_vcpu *v);
void vgic_put(struct a64_vcpu *v);
/*
 * Interrupts off: list registers filled before an entry, and read back after an
 * exit. A flush is always followed by an entry and its sync. No lock when there is nothing.
 */
void vgic_flush(struct a64_vcpu *v);
void vgic_sync(struct a64_vcpu *v);

/* It is about to go off: what waits for it, and others may take, moves on. vCPU thread. */
void vgic_leave(struct a64_vcpu *v);

/* Would an interrupt wake it? Any context. */
bool vgic_has_irq(struct axvm_vcpu *vcpu);

/*
 * Access a register of the distributor or of a redistributor. False when it is none, or may
 * take its time: then through the bus. Loaded, interrupts off.
 */
bool vgic_fast_read(struct a64_vcpu *v, u64 gpa, unsigned int len, u64 *val);
bool vgic_fast_write(struct a64_vcpu *v, u64 gpa, unsigned int len, u64 val);

/* Level of a private input: timers. Any context; kicks the vCPU when it has to look. */
void vgic_set_ppi(struct a64_vcpu *v, u32 intid, bool level);
/*
 * This private interrupt is deactivated together with a hardware interrupt
 * (ICH_LR<n>.HW). Not loaded.
 */
void vgic_link_ppi(struct a64_vcpu *v, u32 intid, u32 host_intid);
/*
 * Is it active together with the hardware interrupt, which the guest has not
 * deactivated? vCPU thread.
 */
bool vgic_ppi_active(struct a64_vcpu *v, u32 intid);
/*
 * Has the guest deactivated the hardware interrupt since it was given last?
 * Once true per time. vCPU thread.
 */
bool vgic_ppi_take_released(struct a64_vcpu *v, u32 intid);

/*
 * ICC_SGI1R: group 1; ICC_SGI0R, ICC_ASGI1R: group 0. The VM has model 3.
 * Loaded, interrupts off.
 */
void vgic_send_sgi(struct a64_vcpu *v, u64 val, unsigned int group);
/* Other ICC_* registers that trap: true when known. Loaded, interrupts off. */
bool vgic_icc_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);

#endif /* AXVM_ARM64_VGIC_H */
