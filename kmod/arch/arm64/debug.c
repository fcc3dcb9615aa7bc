// SPDX-License-Identifier: GPL-2.0
/*
 * Debug registers of guests: all accesses trap (MDCR_EL2.TDA, TDOSA, TDRA).
 *
 * So their values are known, and the CPU gets them only for a guest that has
 * turned breakpoints or single step on, for as long as it runs. Exceptions
 * from them go to the guest's EL1 by themselves (MDCR_EL2.TDE is 0). Accesses
 * come from sysreg.c, the swaps from the world switches with DAIF masked.
 */
#include <linux/kprobes.h>
#include <linux/nospec.h>
#include <linux/percpu.h>
#include <asm/cputype.h>
#include <kunit/visibility.h>

#include "debug.h"

/* What the host had in this CPU, while a guest debugs itself. */
struct host_debug {
	struct a64_debug regs;
	bool points;
};

static DEFINE_PER_CPU(struct host_debug, host_debug);

/* --- registers whose number is part of their name --- */

#define FOR_EACH_POINT(do_)						\
	do {								\
		do_(0); do_(1); do_(2); do_(3);				\
		do_(4); do_(5); do_(6); do_(7);				\
		do_(8); do_(9); do_(10); do_(11);			\
		do_(12); do_(13); do_(14); do_(15);			\
	} while (0)

static void save_breaks(struct a64_debug *debug, unsigned int nr)
{
#define SAVE_BREAK(n)							\
	do {							\
		if (nr > (n)) {					\
			debug->bvr[n] = read_sysreg(dbgbvr##n##_el1);	\
			debug->bcr[n] = read_sysreg(dbgbcr##n##_el1);	\
		}						\
	} while (0)
	FOR_EACH_POINT(SAVE_BREAK);
#undef SAVE_BREAK
}

static void load_breaks(const struct a64_debug *debug, unsigned int nr)
{
#define LOAD_BREAK(n)							\
	do {							\
		if (nr > (n)) {					\
			write_sysreg(debug->bvr[n], dbgbvr##n##_el1);	\
			write_sysreg(debug->bcr[n], dbgbcr##n##_el1);	\
		}						\
	} while (0)
	FOR_EACH_POINT(LOAD_BREAK);
#undef LOAD_BREAK
}

static void save_watches(struct a64_debug *debug, unsigned int nr)
{
#define SAVE_WATCH(n)							\
	do {							\
		if (nr > (n)) {					\
			debug->wvr[n] = read_sysreg(dbgwvr##n##_el1);	\
			debug->wcr[n] = read_sysreg(dbgwcr##n##_el1);	\
		}						\
	} while (0)
	FOR_EACH_POINT(SAVE_WATCH);
#undef SAVE_WATCH
}

static void load_watches(const struct a64_debug *debug, unsigned int nr)
{
#define LOAD_WATCH(n)							\
	do {							\
		if (nr > (n)) {					\
			write_sysreg(debug->wvr[n], dbgwvr##n##_el1);	\
			write_sysreg(debug->wcr[n], dbgwcr##n##_el1);	\
		}						\
	} while (0)
	FOR_EACH_POINT(LOAD_WATCH);
#undef LOAD_WATCH
}

/* Of this CPU; the guest's, by the common denominator of all CPUs, are no more. */
static unsigned int nr_breaks(void)
{
	return ((read_cpuid(ID_AA64DFR0_EL1) & ID_AA64DFR0_EL1_BRPs_MASK) >>
		ID_AA64DFR0_EL1_BRPs_SHIFT) + 1;
}

static unsigned int nr_watches(void)
{
	return ((read_cpuid(ID_AA64DFR0_EL1) & ID_AA64DFR0_EL1_WRPs_MASK) >>
		ID_AA64DFR0_EL1_WRPs_SHIFT) + 1;
}

/* --- around a world switch --- */

static void save_points(struct a64_debug *debug)
{
	save_breaks(debug, nr_breaks());
	save_watches(debug, nr_watches());
}

static void load_points(const struct a64_debug *debug)
{
	load_breaks(debug, nr_breaks());
	load_watches(debug, nr_watches());
}

/*
 * No ISB: the ERET into the guest is one, and debug exceptions are masked until the host's
 * state is back.
 */
notrace void a64_debug_swap_in(struct a64_vcpu *v)
{
	struct host_debug *host = this_cpu_ptr(&host_debug);
	const struct a64_debug *guest = &v->debug;
	u64 live = a64_mdscr_live(guest);

	host->regs.mdscr = read_sysreg(mdscr_el1);
	host->points = live & DBG_MDSCR_MDE;
	if (host->points) {
		save_points(&host->regs);
		load_points(guest);
	}
	write_sysreg((host->regs.mdscr & ~(u64)A64_MDSCR_LIVE) | live, mdscr_el1);
}

NOKPROBE_SYMBOL(a64_debug_swap_in);

notrace void a64_debug_swap_out(struct a64_vcpu *v)
{
	const struct host_debug *host = this_cpu_ptr(&host_debug);

	if (host->points)
		load_points(&host->regs);
	write_sysreg(host->regs.mdscr, mdscr_el1);
	isb();
}

NOKPROBE_SYMBOL(a64_debug_swap_out);

/* --- accesses --- */

/* Arm ARM, DBGBCR<n>_EL1, DBGWCR<n>_EL1, MDSCR_EL1: what is not RES0. */
#define BCR_MASK	(GENMASK_ULL(23, 13) | GENMASK_ULL(8, 5) | GENMASK_ULL(2, 0))
#define WCR_MASK	(GENMASK_ULL(28, 24) | GENMASK_ULL(20, 0))
#define MDSCR_MASK	(A64_MDSCR_LIVE | BIT(6) | BIT(12) | BIT(14) | GENMASK_ULL(23, 21) | \
			 GENMASK_ULL(27, 26) | GENMASK_ULL(30, 29))
#define MDCCINT_MASK	GENMASK_ULL(30, 29)

static bool access_value(u64 *reg, u64 mask, bool write, u64 *val)
{
	if (write)
		*reg = *val & mask;
	else
		*val = *reg;
	return true;
}

/* How many the guest was told of. */
static unsigned int id_count(struct a64_vcpu *v, unsigned int shift)
{
	u64 dfr0 = a64_vm_of(v)->id_regs[a64_id_index(5, 0)];

	return ((dfr0 >> shift) & 0xf) + 1;
}

/* DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>: CRm is the number, op2 4 to 7 says which. */
static bool access_point(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	struct a64_debug *debug = &v->debug;
	unsigned int n = sys_reg_CRm(encoding), op2 = sys_reg_Op2(encoding);

	if (n >= id_count(v, op2 < 6 ? ID_AA64DFR0_EL1_BRPs_SHIFT : ID_AA64DFR0_EL1_WRPs_SHIFT))
		return false;
	n = array_index_nospec(n, A64_MAX_BREAKPOINTS);
	switch (op2) {
	case 4:
		return access_value(&debug->bvr[n], ~0ULL, write, val);
	case 5:
		return access_value(&debug->bcr[n], BCR_MASK, write, val);
	case 6:
		return access_value(&debug->wvr[n], ~3ULL, write, val);
	default:
		return access_value(&debug->wcr[n], WCR_MASK, write, val);
	}
}

static bool access_mdscr(struct a64_vcpu *v, bool write, u64 *val)
{
	return access_value(&v->debug.mdscr, MDSCR_MASK, write, val);
}

static bool access_mdccint(struct a64_vcpu *v, bool write, u64 *val)
{
	return access_value(&v->debug.mdccint, MDCCINT_MASK, write, val);
}

static bool write_oslar(struct a64_vcpu *v, bool write, u64 *val)
{
	if (!write)
		return false;
	v->debug.os_locked = *val & OSLAR_EL1_OSLK;
	return true;
}

static bool read_oslsr(struct a64_vcpu *v, bool write, u64 *val)
{
	if (write)
		return false;
	*val = OSLSR_EL1_OSLM_IMPLEMENTED | (v->debug.os_locked ? OSLSR_EL1_OSLK : 0);
	return true;
}

static bool ignore(struct a64_vcpu *v, bool write, u64 *val)
{
	if (!write)
		*val = 0;
	return true;
}

static bool read_zero(struct a64_vcpu *v, bool write, u64 *val)
{
	*val = 0;
	return !write;
}

/* Nobody is at the other end of the debug communications channel, and there is no double lock. */
static const struct {
	u32 encoding;
	bool (*access)(struct a64_vcpu *v, bool write, u64 *val);
} others[] = {
	{ SYS_MDSCR_EL1,		access_mdscr },
	{ SYS_OSLAR_EL1,		write_oslar },
	{ SYS_OSLSR_EL1,		read_oslsr },
	{ SYS_OSDLR_EL1,		ignore },
	{ SYS_MDCCINT_EL1,		access_mdccint },
	{ SYS_MDCCSR_EL0,		read_zero },
	{ SYS_DBGDTR_EL0,		ignore },
	{ SYS_DBGDTRRX_EL0,		ignore },	/* DBGDTRTX_EL0 when written */
	{ SYS_OSDTRRX_EL1,		ignore },
	{ SYS_OSDTRTX_EL1,		ignore },
	{ SYS_OSECCR_EL1,		ignore },
	{ SYS_MDRAR_EL1,		read_zero },
	{ SYS_DBGPRCR_EL1,		ignore },
	{ SYS_DBGCLAIMSET_EL1,		ignore },
	{ SYS_DBGCLAIMCLR_EL1,		ignore },
	{ SYS_DBGAUTHSTATUS_EL1,	read_zero },
};

static bool is_point(u32 encoding)
{
	return !sys_reg_Op1(encoding) && !sys_reg_CRn(encoding) && sys_reg_Op2(encoding) >= 4;
}

bool a64_debug_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	unsigned int i;

	if (is_point(encoding))
		return access_point(v, encoding, write, val);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].encoding == encoding)
			return others[i].access(v, write, val);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(a64_debug_access);

/* Cold reset: the OS lock is set, nothing is enabled. */
void a64_debug_reset(struct a64_vcpu *v)
{
	v->debug = (struct a64_debug){ .os_locked = true };
}
EXPORT_SYMBOL_IF_KUNIT(a64_debug_reset);
