// SPDX-License-Identifier: GPL-2.0
/*
 * The time stamp counter of guests, and the paravirtual clock that tells its rate.
 *
 * A guest's TSC runs at the host's rate, from 0 at power-on, and stands still
 * while the VM is paused. The clock page (asm/pvclock-abi.h) maps it to
 * nanoseconds of VM time, so it changes only when the guest's TSC jumps.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <asm/pvclock-abi.h>
#include <asm/tsc.h>
#include <uapi/asm/kvm_para.h>
#include <kunit/visibility.h>

#include "arch/x86/lapic.h"
#include "arch/x86/tsc.h"
#include "arch/x86/x86.h"

#define NSEC_PER_MSEC_U64	((u64)NSEC_PER_MSEC)

u64 x86_tsc_khz(void)
{
	return tsc_khz;
}
EXPORT_SYMBOL_IF_KUNIT(x86_tsc_khz);

u64 x86_guest_tsc(const struct x86_vcpu *v, u64 host_tsc)
{
	return host_tsc + READ_ONCE(x86_vm_of(v)->tsc_offset) + READ_ONCE(v->tsc_offset);
}
EXPORT_SYMBOL_IF_KUNIT(x86_guest_tsc);

/* Whole milliseconds and the rest apart: neither product overflows. */
VISIBLE_IF_KUNIT u64 x86_ticks_to_ns(u64 ticks, u32 khz)
{
	u64 ms = div_u64(ticks, khz);
	u32 rest = ticks - ms * khz;

	if (ms >= div_u64(U64_MAX, NSEC_PER_MSEC))
		return U64_MAX;
	return ms * NSEC_PER_MSEC_U64 + div_u64(rest * NSEC_PER_MSEC_U64, khz);
}
EXPORT_SYMBOL_IF_KUNIT(x86_ticks_to_ns);

u64 x86_tsc_to_ns(u64 ticks)
{
	return x86_ticks_to_ns(ticks, tsc_khz);
}
EXPORT_SYMBOL_IF_KUNIT(x86_tsc_to_ns);

/*
 * Guests compute ns = ((ticks << shift) * mul) >> 32, with a right shift where shift is
 * negative. The shifted rate is kept above 1 GHz, so that mul has 32 significant bits.
 */
VISIBLE_IF_KUNIT void x86_pvclock_scale(u32 khz, u32 *mul, s8 *shift)
{
	u64 rate = (u64)khz * 1000, dividend = (u64)NSEC_PER_SEC << 32;

	*shift = 0;
	for (; rate > 2 * (u64)NSEC_PER_SEC; rate >>= 1)
		--*shift;
	for (; rate <= NSEC_PER_SEC; rate <<= 1)
		++*shift;
	*mul = div64_u64(dividend, rate);
}
EXPORT_SYMBOL_IF_KUNIT(x86_pvclock_scale);

static u64 clock_gpa(const struct x86_vcpu *v)
{
	return v->kvm_clock & ~(u64)KVM_MSR_ENABLED;
}

/* In memory that the guest may write, all of it in one page. */
static bool is_clock_place(struct x86_vcpu *v, u64 gpa, size_t len)
{
	const struct axvm_region *region = axvm_gmem_find(&v->base.vm->gmem, gpa);

	return region && (region->cfg.flags & AXVM_REGION_WRITE) && !(gpa & 3) &&
	       offset_in_page(gpa) + len <= PAGE_SIZE;
}

static void fill_clock(struct x86_vcpu *v, struct pvclock_vcpu_time_info *info)
{
	u64 host = rdtsc();

	info->tsc_timestamp = x86_guest_tsc(v, host);
	info->system_time = x86_tsc_to_ns(host + x86_vm_of(v)->tsc_offset);
	x86_pvclock_scale(tsc_khz, &info->tsc_to_system_mul, &info->tsc_shift);
	if (!check_tsc_unstable())
		info->flags |= PVCLOCK_TSC_STABLE_BIT;
}

/*
 * The version is odd while the rest changes: readers on other CPUs try again. The
 * number itself is the guest's, whatever it does with it.
 */
static bool write_clock(struct x86_vcpu *v, u8 flags)
{
	struct pvclock_vcpu_time_info *page, info = { .flags = flags };
	u32 version;

	page = axvm_gmem_kva(&v->base.vm->gmem, clock_gpa(v));
	if (!page)
		return false;
	version = (READ_ONCE(page->version) + 1) | 1;
	fill_clock(v, &info);
	info.version = version;
	WRITE_ONCE(page->version, version);
	smp_wmb(); /* pvclock_read_begin() of the guest */
	*page = info;
	smp_wmb(); /* pvclock_read_retry() of the guest */
	WRITE_ONCE(page->version, version + 1);
	return true;
}

static void fill_wall_clock(struct x86_vcpu *v, struct pvclock_wall_clock *wall)
{
	u64 uptime = x86_tsc_to_ns(rdtsc() + x86_vm_of(v)->tsc_offset);
	struct timespec64 boot = ns_to_timespec64(ktime_get_real_ns() - uptime);

	wall->sec = boot.tv_sec;
	wall->nsec = boot.tv_nsec;
}

static bool write_wall_clock(struct x86_vcpu *v, u64 gpa)
{
	struct pvclock_wall_clock *page = axvm_gmem_kva(&v->base.vm->gmem, gpa);
	struct pvclock_wall_clock wall = {};

	if (!page)
		return false;
	wall.version = (READ_ONCE(page->version) + 1) | 1;
	fill_wall_clock(v, &wall);
	WRITE_ONCE(page->version, wall.version);
	smp_wmb(); /* the guest's loop over version */
	*page = wall;
	smp_wmb(); /* likewise */
	WRITE_ONCE(page->version, wall.version + 1);
	return true;
}

void x86_kvm_clock_update(struct x86_vcpu *v)
{
	if (v->kvm_clock && !write_clock(v, 0))
		x86_raise_event(v, X86_EV_CLOCK);
}

/* The address was checked: nothing but a lack of memory can go wrong, and then the VM ends soon. */
static bool back(struct x86_vcpu *v, u64 gpa)
{
	u32 first;

	return !axvm_gmem_read(&v->base.vm->gmem, gpa, &first, sizeof(first));
}

void x86_kvm_clock_write_slow(struct x86_vcpu *v, u8 flags)
{
	if (v->kvm_clock && back(v, clock_gpa(v)))
		write_clock(v, flags);
	if (v->kvm_wall_clock && back(v, v->kvm_wall_clock))
		write_wall_clock(v, v->kvm_wall_clock);
	v->kvm_wall_clock = 0;
}

int x86_kvm_clock_write(struct x86_vcpu *v, u64 val)
{
	u64 gpa = val & ~(u64)KVM_MSR_ENABLED;

	if (!(val & KVM_MSR_ENABLED)) {
		v->kvm_clock = 0;
		return 0;
	}
	if (!is_clock_place(v, gpa, sizeof(struct pvclock_vcpu_time_info)))
		return -1;
	v->kvm_clock = val;
	x86_kvm_clock_update(v);
	return 0;
}

int x86_kvm_wall_clock_write(struct x86_vcpu *v, u64 gpa)
{
	if (!is_clock_place(v, gpa, sizeof(struct pvclock_wall_clock)))
		return -1;
	if (!write_wall_clock(v, gpa)) {
		v->kvm_wall_clock = gpa;
		x86_raise_event(v, X86_EV_CLOCK);
	}
	return 0;
}

/* --- the guest sets its counter --- */

/* What waits for a moment of guest time is set anew. */
static void shift_tsc(struct x86_vcpu *v, u64 delta)
{
	x86_lapic_pause(v);
	WRITE_ONCE(v->tsc_offset, v->tsc_offset + delta);
	x86_hw->update_tsc(v);
	x86_lapic_resume(v);
	x86_kvm_clock_update(v);
}

/* SDM 3, 18.17.3: a write to either register moves the other by as much. */
void x86_tsc_write(struct x86_vcpu *v, u64 val)
{
	u64 delta = val - x86_guest_tsc(v, rdtsc());

	v->tsc_adjust += delta;
	shift_tsc(v, delta);
}

void x86_tsc_adjust_write(struct x86_vcpu *v, u64 val)
{
	u64 delta = val - v->tsc_adjust;

	v->tsc_adjust = val;
	if (delta)
		shift_tsc(v, delta);
}

void x86_tsc_reset(struct x86_vcpu *v)
{
	v->tsc_adjust = 0;
	WRITE_ONCE(v->tsc_offset, 0);
	v->kvm_clock = 0;
	v->kvm_wall_clock = 0;
	x86_hw->update_tsc(v);
}
