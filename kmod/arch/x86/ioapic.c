// SPDX-License-Identifier: GPL-2.0
/*
 * I/O APIC: 24 pins and a table that turns each into a message to local APICs.
 *
 * After the 82093AA data sheet (May 1996), with the end-of-interrupt register
 * of version 0x20 (82801BA data sheet, 5.8; ICH I/O APIC). Sections are the
 * 82093AA's.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, lines and ends of interrupts in any context. Sending a
 * message never comes back here, so that no interrupt can make the model recurse.
 *
 * Lines carry "asserted" or not. Which voltage that is on a wire that does not
 * exist cannot matter: the polarity bit is kept and changes nothing.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/io_apic.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "device.h"
#include "lapic_priv.h"

/* 3.1 and 82801BA: memory-mapped registers. */
#define IOREGSEL	0x00
#define IOWIN		0x10
#define EOIR		0x40
#define WINDOW_LEN	0x1000

/* 3.2: registers behind IOWIN. */
#define INDEX_ID	0x00
#define INDEX_VERSION	0x01
#define INDEX_ARB	0x02
#define INDEX_BOOT	0x03
#define INDEX_TABLE	0x10

#define VERSION		((X86_IOAPIC_PINS - 1) << 16 | 0x20)
#define ID_VALID	0x0f000000u
#define BOOT_BY_MESSAGE	1	/* 82801BA: interrupts travel on the system bus */

/* 3.2.4: bits of a table entry; they lie where those of an ICR do. */
#define RTE_VECTOR	((u64)APIC_VECTOR_MASK)
#define RTE_MODE	((u64)APIC_MODE_MASK)
#define RTE_LOGICAL	((u64)APIC_DEST_LOGICAL)
#define RTE_STATUS	((u64)APIC_ICR_BUSY)
#define RTE_POLARITY	((u64)APIC_INPUT_POLARITY)
#define RTE_REMOTE_IRR	((u64)APIC_LVT_REMOTE_IRR)
#define RTE_LEVEL	((u64)APIC_LVT_LEVEL_TRIGGER)
#define RTE_MASKED	((u64)APIC_LVT_MASKED)
#define RTE_DEST_SHIFT	56
#define RTE_WRITABLE	(GENMASK_ULL(63, RTE_DEST_SHIFT) | RTE_MASKED | RTE_LEVEL | \
			 RTE_POLARITY | RTE_LOGICAL | RTE_MODE | RTE_VECTOR)

/* MultiProcessor Specification 1.4, 3.6.2.3: where the output of the 8259 arrives. */
#define PIC_PIN		0

/*
 * A line that stays asserted through so many ends of interrupts is served by nobody. Without
 * a break its guest would not get to its next instruction, as it does on hardware.
 */
#define MAX_RESENT	10000
#define BREAK_NS	(10 * NSEC_PER_MSEC)

/**
 * struct x86_ioapic - the controller of one VM
 * @dev: what all devices have
 * @lock: protects everything below; inside of the devices' and the 8259's locks
 * @select: index of the register behind IOWIN
 * @id: as written; nobody asks for it
 * @asserted: bit per pin
 * @rte: redirection table [READ_ONCE elsewhere]
 * @resent: by pin: ends of interrupts since the line was low
 * @later: ends a break
 */
struct x86_ioapic {
	struct axvm_device dev;
	raw_spinlock_t lock;
	u8 select;
	u32 id;
	u32 asserted;
	u64 rte[X86_IOAPIC_PINS];
	u16 resent[X86_IOAPIC_PINS];
	struct hrtimer later;
};

static struct x86_ioapic *to_ioapic(struct axvm_device *dev)
{
	return container_of(dev, struct x86_ioapic, dev);
}

static struct x86_vm *vm_of(const struct x86_ioapic *ioapic)
{
	return to_x86_vm(axvm_vm_of_device(&ioapic->dev));
}

/* 3.2.4, bits 10-8: modes other than these are edges, whatever the trigger bit says. */
static bool is_level(u64 rte)
{
	u64 mode = rte & RTE_MODE;

	return rte & RTE_LEVEL && (mode == APIC_DM_FIXED || mode == APIC_DM_LOWEST);
}

static struct x86_apic_msg make_message(u64 rte)
{
	return (struct x86_apic_msg) {
		.dest = rte >> RTE_DEST_SHIFT,
		.logical = rte & RTE_LOGICAL,
		.mode = GET_APIC_DELIVERY_MODE(rte),
		.vector = rte & RTE_VECTOR,
		.level = is_level(rte),
		.assert = true,
	};
}

/* Return: somebody took it. */
static bool send(struct x86_ioapic *ioapic, u64 rte)
{
	struct x86_apic_msg msg = make_message(rte);

	return x86_apic_send(vm_of(ioapic), NULL, &msg);
}

/*
 * 3.2.4, bits 14 and 16: a level that is asserted is sent once, until its end of
 * interrupt. One that nobody took is tried again as soon as somebody may.
 */
static void send_level(struct x86_ioapic *ioapic, unsigned int pin)
{
	u64 rte = ioapic->rte[pin];

	if (!is_level(rte) || rte & (RTE_MASKED | RTE_REMOTE_IRR) ||
	    !(ioapic->asserted & BIT(pin)))
		return;
	if (send(ioapic, rte))
		WRITE_ONCE(ioapic->rte[pin], rte | RTE_REMOTE_IRR);
}

/* 3.2.4, bit 16: edges of a masked pin are lost. */
static void send_edge(struct x86_ioapic *ioapic, unsigned int pin)
{
	u64 rte = ioapic->rte[pin];

	if (!is_level(rte) && !(rte & RTE_MASKED))
		send(ioapic, rte);
}

void x86_ioapic_set_level(struct x86_ioapic *ioapic, u32 gsi, bool level)
{
	u32 bit;

	if (gsi >= X86_IOAPIC_PINS)
		return;
	gsi = array_index_nospec(gsi, X86_IOAPIC_PINS);
	bit = BIT(gsi);
	guard(raw_spinlock_irqsave)(&ioapic->lock);
	if (!level) {
		ioapic->asserted &= ~bit;
		ioapic->resent[gsi] = 0;
		return;
	}
	if (!(ioapic->asserted & bit)) {
		ioapic->asserted |= bit;
		send_edge(ioapic, gsi);
	}
	send_level(ioapic, gsi);
}
EXPORT_SYMBOL_IF_KUNIT(x86_ioapic_set_level);

void x86_ioapic_retry(struct x86_ioapic *ioapic)
{
	unsigned int pin;

	guard(raw_spinlock_irqsave)(&ioapic->lock);
	for (pin = 0; pin < X86_IOAPIC_PINS; pin++)
		send_level(ioapic, pin);
}

static enum hrtimer_restart end_break(struct hrtimer *timer)
{
	x86_ioapic_retry(container_of(timer, struct x86_ioapic, later));
	return HRTIMER_NORESTART;
}

static void send_again(struct x86_ioapic *ioapic, unsigned int pin)
{
	if (ioapic->asserted & BIT(pin) && ++ioapic->resent[pin] > MAX_RESENT) {
		ioapic->resent[pin] = 0;
		hrtimer_start(&ioapic->later, ns_to_ktime(BREAK_NS), HRTIMER_MODE_REL_HARD);
		return;
	}
	send_level(ioapic, pin);
}

static void end_of_interrupt(struct x86_ioapic *ioapic, u8 vector)
{
	unsigned int pin;
	u64 rte;

	for (pin = 0; pin < X86_IOAPIC_PINS; pin++) {
		rte = ioapic->rte[pin];
		if (!(rte & RTE_REMOTE_IRR) || (rte & RTE_VECTOR) != vector)
			continue;
		WRITE_ONCE(ioapic->rte[pin], rte & ~RTE_REMOTE_IRR);
		send_again(ioapic, pin);
	}
}

void x86_ioapic_eoi(struct x86_vm *vm, u8 vector)
{
	struct x86_ioapic *ioapic = vm->ioapic;

	if (!ioapic)
		return;
	guard(raw_spinlock_irqsave)(&ioapic->lock);
	end_of_interrupt(ioapic, vector);
}
EXPORT_SYMBOL_IF_KUNIT(x86_ioapic_eoi);

bool x86_ioapic_passes_pic(const struct x86_ioapic *ioapic, const struct x86_vcpu *v)
{
	u64 rte = READ_ONCE(ioapic->rte[PIC_PIN]);

	return (rte & (RTE_MASKED | RTE_MODE)) == APIC_DM_EXTINT &&
	       x86_apic_matches(v, rte >> RTE_DEST_SHIFT, rte & RTE_LOGICAL, false);
}

/* --- registers --- */

/* An entry whose 8259 interrupts can pass now: whoever it names has to look. */
static void update_extint(struct x86_ioapic *ioapic, unsigned int pin)
{
	if (pin == PIC_PIN && ioapic->asserted & BIT(pin) &&
	    (ioapic->rte[pin] & RTE_MODE) == APIC_DM_EXTINT)
		send_edge(ioapic, pin);
}

/*
 * Remote IRR is read-only, but an entry that becomes an edge loses it: software that
 * knows no end-of-interrupt register gets rid of it so.
 */
static void write_rte(struct x86_ioapic *ioapic, unsigned int pin, u64 val)
{
	u64 rte = (val & RTE_WRITABLE) | (ioapic->rte[pin] & RTE_REMOTE_IRR);

	if (!(rte & RTE_LEVEL))
		rte &= ~RTE_REMOTE_IRR;
	WRITE_ONCE(ioapic->rte[pin], rte);
	send_level(ioapic, pin);
	update_extint(ioapic, pin);
}

/* Pin of the selected half of an entry, X86_IOAPIC_PINS or more: none. */
static unsigned int selected_pin(const struct x86_ioapic *ioapic)
{
	unsigned int pin = (ioapic->select - INDEX_TABLE) / 2U;

	return pin < X86_IOAPIC_PINS ? array_index_nospec(pin, X86_IOAPIC_PINS) : pin;
}

static u32 read_entry(const struct x86_ioapic *ioapic)
{
	unsigned int pin = selected_pin(ioapic);

	if (pin >= X86_IOAPIC_PINS)
		return 0;
	return ioapic->select % 2 ? upper_32_bits(ioapic->rte[pin]) :
				    lower_32_bits(ioapic->rte[pin]);
}

static void write_entry(struct x86_ioapic *ioapic, u32 val)
{
	unsigned int pin = selected_pin(ioapic);
	u64 rte;

	if (pin >= X86_IOAPIC_PINS)
		return;
	rte = ioapic->rte[pin];
	if (ioapic->select % 2)
		write_rte(ioapic, pin, (u64)val << 32 | lower_32_bits(rte));
	else
		write_rte(ioapic, pin, (rte >> 32 << 32) | val);
}

static u32 read_selected(const struct x86_ioapic *ioapic)
{
	switch (ioapic->select) {
	case INDEX_ID:
	case INDEX_ARB:
		return ioapic->id;
	case INDEX_VERSION:
		return VERSION;
	case INDEX_BOOT:
		return BOOT_BY_MESSAGE;
	default:
		return ioapic->select >= INDEX_TABLE ? read_entry(ioapic) : 0;
	}
}

static void write_selected(struct x86_ioapic *ioapic, u32 val)
{
	if (ioapic->select == INDEX_ID)
		ioapic->id = val & ID_VALID;
	else if (ioapic->select >= INDEX_TABLE)
		write_entry(ioapic, val);
}

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct x86_ioapic *ioapic = opaque;

	guard(raw_spinlock_irqsave)(&ioapic->lock);
	if (offset == IOREGSEL)
		*val = ioapic->select;
	else if (offset == IOWIN && len == 4)
		*val = read_selected(ioapic);
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct x86_ioapic *ioapic = opaque;

	guard(raw_spinlock_irqsave)(&ioapic->lock);
	if (offset == IOREGSEL)
		ioapic->select = val;
	else if (offset == IOWIN && len == 4)
		write_selected(ioapic, val);
	else if (offset == EOIR && len == 4)
		end_of_interrupt(ioapic, val);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

/* --- life --- */

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct x86_vm *vm = to_x86_vm(axvm_vm_of_device(dev));
	struct x86_ioapic *ioapic = to_ioapic(dev);
	int ret;

	if (vm->ioapic)
		return axvm_fail(err, "the VM has an I/O APIC already", -EEXIST);
	if (dev->cfg.nr_cfg || dev->cfg.irq)
		return axvm_fail(err, "ioapic takes no parameters and no interrupt", -EINVAL);
	if (dev->cfg.base % WINDOW_LEN)
		return axvm_fail(err, "ioapic has to lie on a multiple of 4096", -EINVAL);
	ret = axvm_device_set_len(dev, EOIR + 4, WINDOW_LEN, err);
	if (ret)
		return ret;
	ret = axvm_device_add_window(dev, AXVM_BUS_MMIO, 1 | 4, &bus_ops, err);
	if (ret)
		return ret;
	raw_spin_lock_init(&ioapic->lock);
	hrtimer_setup(&ioapic->later, end_break, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	WRITE_ONCE(vm->ioapic, ioapic);
	return 0;
}

/* 3.2.1 to 3.2.4: everything zero, all pins masked. */
static void reset(struct axvm_device *dev)
{
	struct x86_ioapic *ioapic = to_ioapic(dev);
	unsigned int pin;

	hrtimer_cancel(&ioapic->later);
	guard(raw_spinlock_irqsave)(&ioapic->lock);
	ioapic->select = 0;
	ioapic->id = 0;
	ioapic->asserted = 0;
	memset(ioapic->resent, 0, sizeof(ioapic->resent));
	for (pin = 0; pin < X86_IOAPIC_PINS; pin++)
		WRITE_ONCE(ioapic->rte[pin], RTE_MASKED);
}

/* Lines of devices that go later: see set_level() in irq.c. */
static void destroy(struct axvm_device *dev)
{
	WRITE_ONCE(to_x86_vm(axvm_vm_of_device(dev))->ioapic, NULL);
	synchronize_rcu();
	hrtimer_cancel(&to_ioapic(dev)->later);
}

const struct axvm_device_type x86_ioapic_type = {
	.name = "ioapic",
	.size = sizeof(struct x86_ioapic),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(x86_ioapic_type);
