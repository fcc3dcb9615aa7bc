// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the local APIC: as memory (xAPIC mode) and as MSRs (x2APIC mode).
 *
 * Called on the vCPU's thread: MSRs in the fast context, memory while loaded.
 * One table serves both. End of interrupt and interrupt command, which guests
 * write all the time, are found without it.
 *
 * Sections are those of SDM 3, chapter 11; the table is 11-1 and 11-6.
 */
#include <linux/bitops.h>
#include <linux/nospec.h>
#include <kunit/visibility.h>

#include "lapic_priv.h"

/*
 * 11.4.8: version 0x14, highest LVT entry 5: no CMCI, which comes with machine check
 * banks; end of interrupt can be kept from being broadcast.
 */
#define VERSION		(APIC_LVR_DIRECTED_EOI | (X86_LVTS - 1) << 16 | 0x14)

#define REG(offset)	((offset) >> 4)
#define REGS		REG(APIC_EFEAT)
#define LAST_WORD(offset)	(REG(offset) + APIC_ISR_NR - 1)

#define SVR_VALID	(APIC_SPIV_DIRECTED_EOI | APIC_SPIV_FOCUS_DISABLED | \
			 APIC_SPIV_APIC_ENABLED | APIC_VECTOR_MASK)
#define LVT_BASIC	(APIC_LVT_MASKED | APIC_VECTOR_MASK)
#define LVT_MODES	(LVT_BASIC | APIC_MODE_MASK)
#define LVT_PIN		(LVT_MODES | APIC_LVT_LEVEL_TRIGGER | APIC_INPUT_POLARITY)
#define TDCR_VALID	0xbu
#define DFR_FIXED	0x0fffffffu

/* ICR bits that a write sets; the delivery status always reads idle. */
#define ICR_VALID	(APIC_DEST_ALLBUT | APIC_INT_LEVELTRIG | APIC_INT_ASSERT | \
			 APIC_DEST_LOGICAL | APIC_MODE_MASK | APIC_VECTOR_MASK)
#define ICR_SHORTHAND_SHIFT	18

/* --- reading --- */

static u32 read_id(struct x86_vcpu *v, unsigned int reg)
{
	return x86_lapic_is_x2apic(v) ? x86_lapic_id(v) : v->lapic.id;
}

static u32 read_version(struct x86_vcpu *v, unsigned int reg)
{
	return VERSION;
}

static u32 read_tpr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.tpr;
}

static u32 read_ppr(struct x86_vcpu *v, unsigned int reg)
{
	return x86_lapic_ppr(v);
}

static u32 read_ldr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.ldr;
}

static u32 read_dfr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.dfr;
}

static u32 read_svr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.svr;
}

/* Word @nr of 32 vectors; its index is below APIC_ISR_NR by the register table. */
static u32 word_of(const unsigned long *map, unsigned int nr)
{
	return READ_ONCE(map[nr / 2]) >> (nr % 2 * 32);
}

static u32 read_isr(struct x86_vcpu *v, unsigned int reg)
{
	return word_of(v->lapic.isr, reg - REG(APIC_ISR));
}

static u32 read_tmr(struct x86_vcpu *v, unsigned int reg)
{
	return word_of(v->lapic.tmr, reg - REG(APIC_TMR));
}

static u32 read_irr(struct x86_vcpu *v, unsigned int reg)
{
	return word_of(v->lapic.irr, reg - REG(APIC_IRR));
}

static u32 read_esr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.esr;
}

static u32 read_icr(struct x86_vcpu *v, unsigned int reg)
{
	return lower_32_bits(v->lapic.icr);
}

static u32 read_icr2(struct x86_vcpu *v, unsigned int reg)
{
	return upper_32_bits(v->lapic.icr);
}

static bool lint_is_in_service(const struct x86_lapic *lapic, u32 lvt)
{
	u8 vector = lvt & APIC_VECTOR_MASK;

	return (lvt & (APIC_MODE_MASK | APIC_LVT_LEVEL_TRIGGER)) == APIC_LVT_LEVEL_TRIGGER &&
	       (test_bit(vector, lapic->irr) || test_bit(vector, lapic->isr));
}

/* 11.5.1, "Remote IRR": a level-triggered LINT0 that was accepted and did not end. */
static u32 read_lvt(struct x86_vcpu *v, unsigned int reg)
{
	unsigned int nr = reg - REG(APIC_LVTT);
	u32 lvt = v->lapic.lvt[nr];

	if (nr == X86_LVT_LINT0 && lint_is_in_service(&v->lapic, lvt))
		lvt |= APIC_LVT_REMOTE_IRR;
	return lvt;
}

static u32 read_tmict(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.tmict;
}

static u32 read_tmcct(struct x86_vcpu *v, unsigned int reg)
{
	return x86_lapic_timer_current(v);
}

static u32 read_tdcr(struct x86_vcpu *v, unsigned int reg)
{
	return v->lapic.tdcr;
}

/* Arbitration priority and remote read: there, and without a meaning since the Pentium 4. */
static u32 read_zero(struct x86_vcpu *v, unsigned int reg)
{
	return 0;
}

/* --- writing --- */

static void write_tpr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	WRITE_ONCE(v->lapic.tpr, val & APIC_TPRI_MASK);
	x86_irq_recheck(v);
}

static void write_eoi(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	x86_lapic_eoi(v);
}

/* It may take now what the I/O APIC could not deliver. */
static void retry_ioapic(struct x86_vcpu *v)
{
	struct x86_vm *vm = x86_vm_of(v);

	if (vm->ioapic)
		x86_ioapic_retry(vm->ioapic);
}

static void write_ldr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	WRITE_ONCE(v->lapic.ldr, val & APIC_LDR_MASK);
	retry_ioapic(v);
}

static void write_dfr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	WRITE_ONCE(v->lapic.dfr, val | DFR_FIXED);
	retry_ioapic(v);
}

/* 11.4.7.2: as long as the APIC is off, all entries are masked. */
static void mask_all_lvts(struct x86_lapic *lapic)
{
	unsigned int i;

	for (i = 0; i < X86_LVTS; i++)
		WRITE_ONCE(lapic->lvt[i], lapic->lvt[i] | APIC_LVT_MASKED);
}

static void write_svr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	WRITE_ONCE(v->lapic.svr, val & SVR_VALID);
	if (val & APIC_SPIV_APIC_ENABLED)
		retry_ioapic(v);
	else
		mask_all_lvts(&v->lapic);
	x86_irq_recheck(v);
}

/* 11.5.3: a write moves what was collected to where it can be read. */
static void write_esr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	v->lapic.esr = atomic_xchg(&v->lapic.esr_pending, 0);
}

static struct x86_apic_msg make_message(const struct x86_vcpu *v, u64 icr)
{
	u32 dest = upper_32_bits(icr);

	return (struct x86_apic_msg) {
		.dest = x86_lapic_is_x2apic(v) ? dest : GET_XAPIC_DEST_FIELD(dest),
		.logical = icr & APIC_DEST_LOGICAL,
		.shorthand = (icr & APIC_DEST_ALLBUT) >> ICR_SHORTHAND_SHIFT,
		.mode = GET_APIC_DELIVERY_MODE(icr),
		.vector = icr & APIC_VECTOR_MASK,
		.level = icr & APIC_INT_LEVELTRIG,
		.assert = icr & APIC_INT_ASSERT,
	};
}

static bool has_vector(const struct x86_apic_msg *msg)
{
	return msg->mode == X86_APIC_MODE(APIC_DM_FIXED) ||
	       msg->mode == X86_APIC_MODE(APIC_DM_LOWEST);
}

/*
 * 11.6.1. The trigger mode means something for INIT alone. Lowest priority is
 * implemented for IPIs, so the error "redirectible IPI" does not occur.
 */
static void send_ipi(struct x86_vcpu *v, u64 icr)
{
	struct x86_apic_msg msg = make_message(v, icr);

	if (has_vector(&msg)) {
		if (msg.vector < X86_APIC_FIRST_VECTOR) {
			x86_lapic_error(v, APIC_ESR_SENDILL);
			return;
		}
		msg.level = false;
	}
	/* Reserved in an ICR: this mode comes from pins alone. */
	if (msg.mode == X86_APIC_MODE(APIC_DM_EXTINT))
		return;
	x86_apic_send(x86_vm_of(v), v, &msg);
}

static void write_icr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	struct x86_lapic *lapic = &v->lapic;

	lapic->icr = (lapic->icr & ~(u64)U32_MAX) | (val & ICR_VALID);
	send_ipi(v, lapic->icr);
}

static void write_icr2(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	struct x86_lapic *lapic = &v->lapic;

	lapic->icr = (u64)(val & SET_XAPIC_DEST_FIELD(0xffu)) << 32 | lower_32_bits(lapic->icr);
}

static const u32 lvt_valid[X86_LVTS] = {
	[X86_LVT_TIMER]		= LVT_BASIC | X86_LVT_TIMER_MODE,
	[X86_LVT_THERMAL]	= LVT_MODES,
	[X86_LVT_PMC]		= LVT_MODES,
	[X86_LVT_LINT0]		= LVT_PIN,
	[X86_LVT_LINT1]		= LVT_PIN,
	[X86_LVT_ERROR]		= LVT_BASIC,
};

/* A pin that is high by now and watched for its level from now on interrupts at once. */
static void lint0_changed(struct x86_vcpu *v)
{
	struct x86_vm *vm = x86_vm_of(v);

	if (v->lapic.lvt[X86_LVT_LINT0] & APIC_LVT_LEVEL_TRIGGER &&
	    vm->pic && x86_pic_output(vm->pic))
		x86_lapic_lint0_high(v);
	x86_irq_recheck(v);
}

static void write_lvt(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	unsigned int nr = reg - REG(APIC_LVTT);

	val &= lvt_valid[nr];
	if (!(v->lapic.svr & APIC_SPIV_APIC_ENABLED))
		val |= APIC_LVT_MASKED;
	if (nr == X86_LVT_TIMER) {
		x86_lapic_timer_set_lvt(v, val);
		return;
	}
	WRITE_ONCE(v->lapic.lvt[nr], val);
	if (nr == X86_LVT_LINT0)
		lint0_changed(v);
}

static void write_tmict(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	x86_lapic_timer_set_initial(v, val);
}

static void write_tdcr(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	x86_lapic_timer_set_divide(v, val & TDCR_VALID);
}

/* 11.12.11 */
static void write_self_ipi(struct x86_vcpu *v, unsigned int reg, u32 val)
{
	send_ipi(v, APIC_DEST_SELF | val);
}

/* --- table --- */

/* In which mode a register is there, and may be used how. */
#define XAPIC	BIT(0)
#define X2READ	BIT(1)
#define X2WRITE	BIT(2)
#define READS	(XAPIC | X2READ)
#define WRITES	(XAPIC | X2WRITE)
#define BOTH	(XAPIC | X2READ | X2WRITE)

/**
 * struct reg - one register; all zero: reserved
 * @read: NULL: reads zero
 * @write: NULL: writes change nothing
 * @access: XAPIC, X2READ, X2WRITE
 * @valid: bits that may be set by a write in x2APIC mode; read-only ones are not reserved
 */
struct reg {
	u32 (*read)(struct x86_vcpu *v, unsigned int reg);
	void (*write)(struct x86_vcpu *v, unsigned int reg, u32 val);
	u8 access;
	u32 valid;
};

static const struct reg regs[REGS] = {
	[REG(APIC_ID)]		= { read_id, NULL, READS },
	[REG(APIC_LVR)]		= { read_version, NULL, READS },
	[REG(APIC_TASKPRI)]	= { read_tpr, write_tpr, BOTH, APIC_TPRI_MASK },
	[REG(APIC_ARBPRI)]	= { read_zero, NULL, XAPIC },
	[REG(APIC_PROCPRI)]	= { read_ppr, NULL, READS },
	[REG(APIC_EOI)]		= { NULL, write_eoi, WRITES, 0 },
	[REG(APIC_RRR)]		= { read_zero, NULL, XAPIC },
	[REG(APIC_LDR)]		= { read_ldr, write_ldr, READS },
	[REG(APIC_DFR)]		= { read_dfr, write_dfr, XAPIC },
	[REG(APIC_SPIV)]	= { read_svr, write_svr, BOTH, SVR_VALID },
	[REG(APIC_ISR) ... LAST_WORD(APIC_ISR)] = { read_isr, NULL, READS },
	[REG(APIC_TMR) ... LAST_WORD(APIC_TMR)] = { read_tmr, NULL, READS },
	[REG(APIC_IRR) ... LAST_WORD(APIC_IRR)] = { read_irr, NULL, READS },
	[REG(APIC_ESR)]		= { read_esr, write_esr, BOTH, 0 },
	[REG(APIC_ICR)]		= { read_icr, write_icr, XAPIC },
	[REG(APIC_ICR2)]	= { read_icr2, write_icr2, XAPIC },
	[REG(APIC_LVTT)]	= { read_lvt, write_lvt, BOTH,
				    LVT_BASIC | X86_LVT_TIMER_MODE | APIC_SEND_PENDING },
	[REG(APIC_LVTTHMR)]	= { read_lvt, write_lvt, BOTH, LVT_MODES | APIC_SEND_PENDING },
	[REG(APIC_LVTPC)]	= { read_lvt, write_lvt, BOTH, LVT_MODES | APIC_SEND_PENDING },
	[REG(APIC_LVT0)]	= { read_lvt, write_lvt, BOTH,
				    LVT_PIN | APIC_LVT_REMOTE_IRR | APIC_SEND_PENDING },
	[REG(APIC_LVT1)]	= { read_lvt, write_lvt, BOTH,
				    LVT_PIN | APIC_LVT_REMOTE_IRR | APIC_SEND_PENDING },
	[REG(APIC_LVTERR)]	= { read_lvt, write_lvt, BOTH, LVT_BASIC | APIC_SEND_PENDING },
	[REG(APIC_TMICT)]	= { read_tmict, write_tmict, BOTH, U32_MAX },
	[REG(APIC_TMCCT)]	= { read_tmcct, NULL, READS },
	[REG(APIC_TDCR)]	= { read_tdcr, write_tdcr, BOTH, TDCR_VALID },
	[REG(APIC_SELF_IPI)]	= { NULL, write_self_ipi, X2WRITE, APIC_VECTOR_MASK },
};

/* NULL: reserved in this mode. */
static const struct reg *find_reg(unsigned int nr, u8 access)
{
	const struct reg *reg;

	if (nr >= REGS)
		return NULL;
	reg = &regs[array_index_nospec(nr, REGS)];
	return reg->access & access ? reg : NULL;
}

/* --- memory --- */

/*
 * 11.4.1: registers are 32 bits in 16 bytes. Narrower reads get their part, as Intel's
 * processors do it; the bytes between registers read zero.
 */
void x86_lapic_mmio_read(struct x86_vcpu *v, u32 offset, unsigned int len, u64 *val)
{
	unsigned int nr = offset >> 4, byte = offset & 0xf;
	const struct reg *reg = find_reg(nr, XAPIC);
	u32 data;

	*val = 0;
	if (!reg) {
		x86_lapic_error(v, APIC_ESR_ILLREGA);
		return;
	}
	if (byte >= 4 || !reg->read)
		return;
	data = reg->read(v, nr);
	*val = data >> (byte * 8);
	if (len < 4)
		*val &= BIT(len * 8) - 1;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_mmio_read);

/* Only whole registers are written; anything else is undefined (11.4.1), and ignored here. */
void x86_lapic_mmio_write(struct x86_vcpu *v, u32 offset, unsigned int len, u64 val)
{
	const struct reg *reg = find_reg(offset >> 4, XAPIC);

	if (!reg) {
		x86_lapic_error(v, APIC_ESR_ILLREGA);
		return;
	}
	if (len == 4 && !(offset & 0xf) && reg->write)
		reg->write(v, offset >> 4, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_mmio_write);

/* --- MSRs --- */

/* 11.12.1.2: one register of 64 bits; "reserved" includes those that had a meaning once. */
static int write_x2apic_icr(struct x86_vcpu *v, u64 val)
{
	if (val & ~((u64)U32_MAX << 32 | ICR_VALID | APIC_ICR_BUSY))
		return -1;
	val &= ~(u64)APIC_ICR_BUSY;
	v->lapic.icr = val;
	send_ipi(v, val);
	return 0;
}

int x86_lapic_msr_read(struct x86_vcpu *v, u32 msr, u64 *val)
{
	unsigned int nr = msr - APIC_BASE_MSR;
	const struct reg *reg;

	if (!x86_lapic_is_x2apic(v))
		return -1;
	if (nr == REG(APIC_ICR)) {
		*val = v->lapic.icr;
		return 0;
	}
	reg = find_reg(nr, X2READ);
	if (!reg)
		return -1;
	*val = reg->read(v, nr);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_msr_read);

static int write_x2apic_reg(struct x86_vcpu *v, unsigned int nr, u64 val)
{
	const struct reg *reg = find_reg(nr, X2WRITE);

	if (!reg || val & ~(u64)reg->valid)
		return -1;
	reg->write(v, nr, val);
	return 0;
}

int x86_lapic_msr_write(struct x86_vcpu *v, u32 msr, u64 val)
{
	unsigned int nr = msr - APIC_BASE_MSR;

	if (!x86_lapic_is_x2apic(v))
		return -1;
	if (nr == REG(APIC_EOI) && !val) {
		x86_lapic_eoi(v);
		return 0;
	}
	if (nr == REG(APIC_ICR))
		return write_x2apic_icr(v, val);
	return write_x2apic_reg(v, nr, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_msr_write);
