// SPDX-License-Identifier: GPL-2.0
/*
 * Time and timer: stimecmp where the device tree announces Sstc, the firmware
 * call otherwise. Each CPU sets its own timer only.
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"
#include "sbi.h"

static u64 frequency;
static int use_sstc = -1;

u64 arch_time(void)
{
	return csr_read(CSR_TIME);
}

u64 arch_time_hz(void)
{
	if (!frequency)
		frequency = fdt_cell(fdt_path("cpus"), "timebase-frequency", 0, 10000000);
	return frequency;
}

static void try_stimecmp(void *arg)
{
	csr_write(CSR_STIMECMP, -1UL);
}

/* Old firmware on the reference machine announces what it does not let us use. */
static bool has_sstc(void)
{
	struct trap_info trap;

	return cpu_has("sstc") &&
	       !(arch_is_reference() && arch_try(try_stimecmp, NULL, &trap));
}

bool timer_uses_sstc(void)
{
	if (use_sstc < 0)
		use_sstc = has_sstc();
	return use_sstc;
}

void arch_timer_set(u64 deadline)
{
	if (timer_uses_sstc())
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_set_timer(deadline);
}

void arch_timer_stop(void)
{
	arch_timer_set(-1UL);
}

u64 arch_timer_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_count);
}

const char *arch_timer_kind(unsigned int n)
{
	static const char *const names[] = { "sbi", "sstc" };

	return n < (has_sstc() ? 2 : 1) ? names[n] : NULL;
}

void arch_timer_select(unsigned int n)
{
	arch_timer_stop();
	use_sstc = n;
}

u64 arch_timer_taken(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_time);
}

u64 arch_ticks_to_instructions(u64 ticks)
{
	return ticks * (1000000000 / arch_time_hz());
}

void arch_ipi_send(unsigned int cpu)
{
	sbi_send_ipi(1, cpus[cpu].hart);
}
