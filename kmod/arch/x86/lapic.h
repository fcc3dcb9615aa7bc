/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local APICs, and the messages between them, the I/O APIC and devices.
 *
 * SDM 3, chapter 11 (APIC); APM 2, chapter 16. State is in struct x86_lapic.
 */
#ifndef AXVM_X86_LAPIC_H
#define AXVM_X86_LAPIC_H

#include <linux/types.h>

#include "arch/x86/x86.h"

#define X86_APIC_DEFAULT_BASE	0xfee00000ULL
#define X86_APIC_LEN		0x1000

/**
 * struct x86_apic_msg - an interrupt message
 * @dest: destination; physical id or logical address
 * @logical: destination mode
 * @shorthand: 0 none, 1 self, 2 all including self, 3 all but self (APIC_DEST_* >> 18)
 * @mode: delivery mode, APIC_MODE_* of asm/apicdef.h: fixed, lowest, SMI, NMI, INIT...
 * @vector: vector
 * @level: level-triggered
 * @assert: of an INIT: not a de-assert
 */
struct x86_apic_msg {
	u32 dest;
	bool logical;
	u8 shorthand;
	u32 mode;
	u8 vector;
	bool level;
	bool assert;
};

/* Process context; no thread. */
void x86_lapic_init(struct x86_vcpu *v);
void x86_lapic_destroy(struct x86_vcpu *v);
/* Power-on state; @init: after INIT, which keeps the id and IA32_APIC_BASE. */
void x86_lapic_reset(struct x86_vcpu *v, bool init);

/* Send to whoever it is for. Any. Return: how many took it. */
unsigned int x86_apic_send(struct x86_vm *vm, struct x86_vcpu *from,
			   const struct x86_apic_msg *msg);

/* Highest vector that is requested and above the processor's priority, -1: none. vCPU thread. */
int x86_lapic_pending(struct x86_vcpu *v);
/* Its acknowledge cycle: from requested to in service. vCPU thread. */
void x86_lapic_ack(struct x86_vcpu *v, u8 vector);
/* The interrupt is over, and no longer in service: tell whoever has to know. vCPU thread. */
void x86_lapic_end(struct x86_vcpu *v, u8 vector);
/* Is the 8259's output let through: LVT0 ExtINT unmasked, or the APIC disabled? Any. */
bool x86_lapic_accepts_pic(const struct x86_vcpu *v);

bool x86_lapic_is_enabled(const struct x86_vcpu *v);
bool x86_lapic_is_x2apic(const struct x86_vcpu *v);
/* Does an access to @gpa hit its registers (enabled, xAPIC mode)? */
bool x86_lapic_owns(const struct x86_vcpu *v, u64 gpa);

/* Registers: xAPIC by offset; x2APIC and IA32_APIC_BASE, IA32_TSC_DEADLINE by MSR. 0 or -1: #GP. */
void x86_lapic_mmio_read(struct x86_vcpu *v, u32 offset, unsigned int len, u64 *val);
void x86_lapic_mmio_write(struct x86_vcpu *v, u32 offset, unsigned int len, u64 val);
int x86_lapic_msr_read(struct x86_vcpu *v, u32 msr, u64 *val);
int x86_lapic_msr_write(struct x86_vcpu *v, u32 msr, u64 val);
int x86_lapic_base_write(struct x86_vcpu *v, u64 val);
u64 x86_lapic_deadline_read(struct x86_vcpu *v);
void x86_lapic_deadline_write(struct x86_vcpu *v, u64 val);

/* TPR in the form of CR8 (bits 7-4). vCPU thread. */
u8 x86_lapic_get_cr8(const struct x86_vcpu *v);
void x86_lapic_set_cr8(struct x86_vcpu *v, u8 val);

/* Guest time stops and goes on; the guest's TSC was changed. No thread runs, or its own. */
void x86_lapic_pause(struct x86_vcpu *v);
void x86_lapic_resume(struct x86_vcpu *v);

/* ioapic.c: an end of interrupt of a level-triggered vector. fast. */
void x86_ioapic_eoi(struct x86_vm *vm, u8 vector);
void x86_ioapic_set_level(struct x86_ioapic *ioapic, u32 gsi, bool level);

/* i8259.c. Any. */
void x86_pic_set_level(struct x86_pic *pic, u32 irq, bool level);
bool x86_pic_output(const struct x86_pic *pic);
/* INTA: vector (spurious when nothing is left). */
u8 x86_pic_ack(struct x86_pic *pic);
/* irq.c: the 8259's output changed: whoever takes it has to look. Any. */
void x86_pic_notify(struct x86_vm *vm);

extern const struct axvm_device_type x86_ioapic_type;
extern const struct axvm_device_type x86_pic_type;

#endif /* AXVM_X86_LAPIC_H */
