// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC in the CPU's hands: virtual-interrupt delivery, APIC-register virtualization
 * and, while the guest is in x2APIC mode, virtualized MSRs (SDM 3, chapter 30).
 *
 * struct x86_lapic is the local APIC, except between vmx_apic_load() and vmx_apic_put(): then
 * what the guest has requested, what is in service and the task priority are in the virtual-APIC
 * page, where the CPU changes them without an exit. Load is as late as possible, before the
 * entry; put is as early as somebody looks: after a stay, and within one before events are
 * chosen. Others go on requesting in lapic.irr, and kick.
 *
 * Called on the vCPU's thread, loaded, interrupts off.
 */
#include <linux/atomic.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "arch/x86/lapic_priv.h"
#include "arch/x86/vmx.h"

/* From the field of vectors 0 to 63 to that of 64 to 127, and so on. */
#define FIELD_STEP	2

/* Vectors of a register; in the page it takes 16 bytes (30.1). */
#define REG_VECTORS	32
#define REG_LEN		0x10

/* Guest interrupt status (25.4.2). */
#define STATUS_REQUESTED(status)	((status) & 0xff)
#define STATUS_IN_SERVICE(status)	((status) >> 8)

DEFINE_STATIC_KEY_FALSE(vmx_apicv);

/* --- the page --- */

static u32 *find_reg(void *page, u32 reg, unsigned int word)
{
	return page + reg + word * (BITS_PER_LONG / REG_VECTORS) * REG_LEN;
}

static u64 read_vectors(void *page, u32 reg, unsigned int word)
{
	const u32 *low = find_reg(page, reg, word), *high = (void *)low + REG_LEN;

	return *low | (u64)*high << REG_VECTORS;
}

static void write_vectors(void *page, u32 reg, unsigned int word, u64 val)
{
	u32 *low = find_reg(page, reg, word), *high = (void *)low + REG_LEN;

	*low = lower_32_bits(val);
	*high = upper_32_bits(val);
}

/* Whoever requests one after this makes the vCPU look again. */
static u64 take_requests(struct x86_lapic *lapic, unsigned int word)
{
	return READ_ONCE(lapic->irr[word]) ? xchg(&lapic->irr[word], 0) : 0;
}

static void give_requests_back(struct x86_lapic *lapic, void *page, unsigned int word)
{
	u64 vectors = read_vectors(page, APIC_IRR, word);

	if (!vectors)
		return;
	atomic_long_or(vectors, (atomic_long_t *)&lapic->irr[word]);
	write_vectors(page, APIC_IRR, word, 0);
}

/* Vector 0 is no interrupt: as a status it says that there is none. */
static u8 highest_or_none(int vector)
{
	return vector < 0 ? 0 : vector;
}

u16 vmx_apic_to_page(struct x86_lapic *lapic, void *page)
{
	unsigned long requested[X86_APIC_WORDS];
	unsigned int i;

	for (i = 0; i < X86_APIC_WORDS; i++) {
		requested[i] = take_requests(lapic, i);
		write_vectors(page, APIC_IRR, i, requested[i]);
		write_vectors(page, APIC_ISR, i, lapic->isr[i]);
	}
	*find_reg(page, APIC_TASKPRI, 0) = lapic->tpr;
	return highest_or_none(x86_apic_highest(lapic->isr)) << 8 |
	       highest_or_none(x86_apic_highest(requested));
}
EXPORT_SYMBOL_IF_KUNIT(vmx_apic_to_page);

/* Most of the time nothing is requested, and nothing in service. */
void vmx_apic_from_page(struct x86_lapic *lapic, void *page, u16 status)
{
	unsigned int i;

	WRITE_ONCE(lapic->tpr, *find_reg(page, APIC_TASKPRI, 0) & APIC_TPRI_MASK);
	for (i = 0; i < X86_APIC_WORDS; i++)
		WRITE_ONCE(lapic->isr[i], 0);
	if (likely(!status))
		return;
	for (i = 0; i < X86_APIC_WORDS; i++) {
		if (STATUS_IN_SERVICE(status))
			WRITE_ONCE(lapic->isr[i], read_vectors(page, APIC_ISR, i));
		if (STATUS_REQUESTED(status))
			give_requests_back(lapic, page, i);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vmx_apic_from_page);

/* --- MSRs in x2APIC mode (30.5) --- */

static u32 msr_of(u32 reg)
{
	return APIC_BASE_MSR + (reg >> 4);
}

static bool is_among(u32 msr, u32 first_reg, unsigned int nr)
{
	return msr - msr_of(first_reg) < nr;
}

/* The CPU keeps these registers in the page up to date, and no others. */
static bool is_kept(u32 msr)
{
	return msr == msr_of(APIC_TASKPRI) || msr == msr_of(APIC_PROCPRI) ||
	       is_among(msr, APIC_ISR, APIC_ISR_NR) || is_among(msr, APIC_IRR, APIC_ISR_NR);
}

bool vmx_apic_serves(u32 msr, enum vmx_x2apic_access access)
{
	if (access == VMX_X2APIC_READ)
		return is_kept(msr);
	return msr == msr_of(APIC_TASKPRI) || msr == msr_of(APIC_EOI) ||
	       msr == msr_of(APIC_SELF_IPI);
}
EXPORT_SYMBOL_IF_KUNIT(vmx_apic_serves);

/* --- the control block --- */

void vmx_apic_init(void)
{
	if (!vmx_caps.apicv)
		return;
	static_branch_enable(&vmx_apicv);
	pr_info("axvm: the CPU serves local APICs\n");
}

void vmx_apic_reset(struct vmx_vcpu *vmx)
{
	unsigned int i;

	vmx->apic_loaded = false;
	vmx->apic_x2apic = false;
	vmx->apic_status = 0;
	memset(vmx->apic_level, 0, sizeof(vmx->apic_level));
	if (!vmx_has_apicv())
		return;
	vmx_write(GUEST_INTR_STATUS, 0);
	for (i = 0; i < X86_APIC_WORDS; i++)
		vmx_write(EOI_EXIT_BITMAP0 + i * FIELD_STEP, 0);
}

/*
 * The end of a level-triggered interrupt is for the I/O APIC, too. Requests were taken
 * before: their vectors are marked already (x86_lapic_accept()).
 */
static void put_level_vectors(struct vmx_vcpu *vmx)
{
	unsigned int i;
	u64 level;

	for (i = 0; i < X86_APIC_WORDS; i++) {
		level = READ_ONCE(vmx->base.lapic.tmr[i]);
		if (level == vmx->apic_level[i])
			continue;
		vmx->apic_level[i] = level;
		vmx_write(EOI_EXIT_BITMAP0 + i * FIELD_STEP, level);
	}
}

/* Without the control, open MSRs would be the host's. */
static void put_mode(struct vmx_vcpu *vmx)
{
	bool x2apic = x86_lapic_is_x2apic(&vmx->base);
	u32 secondary = vmx_caps.controls[VMX_SECONDARY];

	if (x2apic == vmx->apic_x2apic)
		return;
	vmx->apic_x2apic = x2apic;
	if (x2apic)
		secondary |= SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE;
	vmx_write(SECONDARY_VM_EXEC_CONTROL, secondary);
	vmx_write(MSR_BITMAP, vmx_msr_bitmap_pa(x2apic));
}

static bool is_idle(const struct x86_lapic *lapic)
{
	unsigned long vectors = 0;
	unsigned int i;

	for (i = 0; i < X86_APIC_WORDS; i++)
		vectors |= READ_ONCE(lapic->irr[i]) | lapic->isr[i];
	return !vectors;
}

static noinline void load_vectors(struct vmx_vcpu *vmx)
{
	u16 status = vmx_apic_to_page(&vmx->base.lapic, vmx->apic_page);

	if (status != vmx->apic_status) {
		vmx->apic_status = status;
		vmx_write(GUEST_INTR_STATUS, status);
	}
	put_level_vectors(vmx);
}

/* Without a vector now, nor when the page was left, there is none in the page either. */
void vmx_apic_load(struct vmx_vcpu *vmx)
{
	struct x86_lapic *lapic = &vmx->base.lapic;

	if (likely(!vmx->apic_status && is_idle(lapic)))
		*find_reg(vmx->apic_page, APIC_TASKPRI, 0) = lapic->tpr;
	else
		load_vectors(vmx);
	put_mode(vmx);
	vmx->apic_loaded = true;
}

void vmx_apic_put(struct vmx_vcpu *vmx)
{
	if (!vmx->apic_loaded)
		return;
	vmx->apic_loaded = false;
	vmx->apic_status = vmx_read(GUEST_INTR_STATUS);
	vmx_apic_from_page(&vmx->base.lapic, vmx->apic_page, vmx->apic_status);
}
