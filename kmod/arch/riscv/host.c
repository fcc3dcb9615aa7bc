// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor CSRs of a host CPU: take them, and give them back as found.
 *
 * Called by the backend table: enable and disable on each CPU from the hotplug core.
 */
#include <linux/percpu.h>

#include "riscv.h"
#include "s2_fmt.h"

/*
 * What VS-mode handles itself: everything that a guest does to itself.
 * Guest page faults, virtual instructions and calls from VS-mode come to us.
 */
#define DELEGATED_EXCEPTIONS	(BIT(EXC_INST_MISALIGNED) | BIT(EXC_INST_ACCESS) | \
				 BIT(EXC_INST_ILLEGAL) | BIT(EXC_BREAKPOINT) | \
				 BIT(EXC_LOAD_MISALIGNED) | BIT(EXC_LOAD_ACCESS) | \
				 BIT(EXC_STORE_MISALIGNED) | BIT(EXC_STORE_ACCESS) | \
				 BIT(EXC_SYSCALL) | BIT(EXC_INST_PAGE_FAULT) | \
				 BIT(EXC_LOAD_PAGE_FAULT) | BIT(EXC_STORE_PAGE_FAULT))
#define DELEGATED_INTERRUPTS	(BIT(IRQ_VS_SOFT) | BIT(IRQ_VS_TIMER) | BIT(IRQ_VS_EXT))

/* hcounteren: guests read the time directly; cycle and instret are the host's. */
#define COUNTEREN_TM		BIT(CSR_TIME - CSR_CYCLE)

#define HSTATEEN0_GUEST		(SMSTATEEN0_HSENVCFG | SMSTATEEN0_SSTATEEN0)

/* Every CSR that we change and the host does not restore itself. */
struct host_csrs {
	unsigned long hstatus;
	unsigned long hedeleg;
	unsigned long hideleg;
	unsigned long hie;
	unsigned long hcounteren;
	unsigned long htimedelta;
	unsigned long hvip;
	unsigned long hgatp;
	unsigned long henvcfg;
	unsigned long htval;
	unsigned long htinst;
	unsigned long vsstatus;
	unsigned long vstvec;
	unsigned long vsscratch;
	unsigned long vsepc;
	unsigned long vscause;
	unsigned long vstval;
	unsigned long vsatp;
	unsigned long hstateen0;
	unsigned long vstimecmp;
};

static DEFINE_PER_CPU(struct host_csrs, host_csrs);

static void save_h_csrs(struct host_csrs *saved)
{
	saved->hstatus = csr_read(CSR_HSTATUS);
	saved->hedeleg = csr_read(CSR_HEDELEG);
	saved->hideleg = csr_read(CSR_HIDELEG);
	saved->hie = csr_read(CSR_HIE);
	saved->hcounteren = csr_read(CSR_HCOUNTEREN);
	saved->htimedelta = csr_read(CSR_HTIMEDELTA);
	saved->hvip = csr_read(CSR_HVIP);
	saved->hgatp = csr_read(CSR_HGATP);
	saved->henvcfg = csr_read(CSR_HENVCFG);
	saved->htval = csr_read(CSR_HTVAL);
	saved->htinst = csr_read(CSR_HTINST);
	if (rv_host.smstateen)
		saved->hstateen0 = csr_read(CSR_HSTATEEN0);
}

static void save_vs_csrs(struct host_csrs *saved)
{
	saved->vsstatus = csr_read(CSR_VSSTATUS);
	saved->vstvec = csr_read(CSR_VSTVEC);
	saved->vsscratch = csr_read(CSR_VSSCRATCH);
	saved->vsepc = csr_read(CSR_VSEPC);
	saved->vscause = csr_read(CSR_VSCAUSE);
	saved->vstval = csr_read(CSR_VSTVAL);
	saved->vsatp = csr_read(CSR_VSATP);
	if (rv_host.sstc)
		saved->vstimecmp = csr_read(CSR_VSTIMECMP);
}

static void restore_vs_csrs(const struct host_csrs *saved)
{
	if (rv_host.sstc)
		csr_write(CSR_VSTIMECMP, saved->vstimecmp);
	csr_write(CSR_VSSTATUS, saved->vsstatus);
	csr_write(CSR_VSTVEC, saved->vstvec);
	csr_write(CSR_VSSCRATCH, saved->vsscratch);
	csr_write(CSR_VSEPC, saved->vsepc);
	csr_write(CSR_VSCAUSE, saved->vscause);
	csr_write(CSR_VSTVAL, saved->vstval);
	csr_write(CSR_VSATP, saved->vsatp);
}

static void restore_h_csrs(const struct host_csrs *saved)
{
	csr_write(CSR_HSTATUS, saved->hstatus);
	csr_write(CSR_HEDELEG, saved->hedeleg);
	csr_write(CSR_HIDELEG, saved->hideleg);
	csr_write(CSR_HIE, saved->hie);
	csr_write(CSR_HCOUNTEREN, saved->hcounteren);
	csr_write(CSR_HTIMEDELTA, saved->htimedelta);
	csr_write(CSR_HVIP, saved->hvip);
	csr_write(CSR_HGATP, saved->hgatp);
	csr_write(CSR_HENVCFG, saved->henvcfg);
	csr_write(CSR_HTVAL, saved->htval);
	csr_write(CSR_HTINST, saved->htinst);
	if (rv_host.smstateen)
		csr_write(CSR_HSTATEEN0, saved->hstateen0);
}

/* Nobody but a hypervisor delegates to VS-mode. */
bool rv_host_is_taken(void)
{
	return csr_read(CSR_HIDELEG) & DELEGATED_INTERRUPTS;
}

/* Only vstimecmp and its enable in henvcfg depend on each other: the comparator first. */
static void take_timer(const struct host_csrs *saved)
{
	if (!rv_host.sstc)
		return;
	csr_write(CSR_VSTIMECMP, ULONG_MAX);
	csr_write(CSR_HENVCFG, saved->henvcfg | ENVCFG_STCE);
}

int rv_cpu_enable(void)
{
	struct host_csrs *saved = this_cpu_ptr(&host_csrs);

	if (rv_host_is_taken())
		return -EBUSY;
	save_h_csrs(saved);
	save_vs_csrs(saved);
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_HIE, 0);
	take_timer(saved);
	csr_write(CSR_HENVCFG, rv_host.henvcfg);
	if (rv_host.smstateen)
		csr_write(CSR_HSTATEEN0, HSTATEEN0_GUEST);
	csr_write(CSR_HCOUNTEREN, COUNTEREN_TM);
	csr_write(CSR_HEDELEG, DELEGATED_EXCEPTIONS);
	csr_write(CSR_HIDELEG, DELEGATED_INTERRUPTS);
	return 0;
}

/*
 * Interrupts go first, delegation after them: what is pending for VS-mode
 * while it is no longer delegated would come to the host. Translations of our VMs must
 * not outlive us.
 */
void rv_cpu_disable(void)
{
	const struct host_csrs *saved = this_cpu_ptr(&host_csrs);

	csr_write(CSR_HGATP, 0);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_VSIE, 0);
	restore_vs_csrs(saved);
	restore_h_csrs(saved);
	rv_hfence_gvma_all();
}

/* --- stage-2 mode --- */

static unsigned long hgatp_mode;

static const struct {
	unsigned long mode;
	const struct axvm_s2_fmt *fmt;
} s2_modes[] = {
	{ HGATP_MODE_SV57X4, &rv_s2_sv57x4 },
	{ HGATP_MODE_SV48X4, &rv_s2_sv48x4 },
	{ HGATP_MODE_SV39X4, &rv_s2_sv39x4 },
};

/* hgatp: "a write with an unsupported MODE value is not ignored" but reads back another one. */
static bool mode_works(unsigned long mode)
{
	unsigned long old = csr_swap(CSR_HGATP, mode << HGATP_MODE_SHIFT);
	unsigned long got = csr_swap(CSR_HGATP, old);

	return got >> HGATP_MODE_SHIFT == mode;
}

const struct axvm_s2_fmt *rv_host_s2_format(void)
{
	const struct axvm_s2_fmt *fmt = NULL;
	int i;

	preempt_disable();
	for (i = 0; i < ARRAY_SIZE(s2_modes) && !fmt; i++) {
		if (!mode_works(s2_modes[i].mode))
			continue;
		hgatp_mode = s2_modes[i].mode;
		fmt = s2_modes[i].fmt;
	}
	rv_hfence_gvma_all();
	preempt_enable();
	return fmt;
}

unsigned long rv_hgatp_mode(void)
{
	return hgatp_mode;
}
