// SPDX-License-Identifier: GPL-2.0
/*
 * The SBI as guests see it: the call, the table of extensions, and the small ones.
 *
 * RISC-V Supervisor Binary Interface specification 2.0. Called from the
 * world-switch loop in trap.c: loaded, interrupts off; nothing here sleeps.
 */
#include <linux/nospec.h>
#include <asm/sbi.h>

#include "riscv.h"

#define SPEC_VERSION	(2 << SBI_SPEC_VERSION_MAJOR_SHIFT)
#define IMPL_ID		0x6178766d	/* "axvm"; not in the list of known implementations */
#define IMPL_VERSION	1

/* "Legacy Extensions"; asm/sbi.h has the numbers only for kernels that use them. */
#define LEGACY_CONSOLE_PUTCHAR	0x01
#define LEGACY_CONSOLE_GETCHAR	0x02
#define LEGACY_SHUTDOWN		0x08

static unsigned long arg(const struct rv_vcpu *v, unsigned int n)
{
	return v->ctx.x[RV_A0 + n];
}

static unsigned long function(const struct rv_vcpu *v)
{
	return v->ctx.x[RV_A6];
}

static bool not_supported(struct rv_sbi_ret *ret)
{
	ret->error = SBI_ERR_NOT_SUPPORTED;
	return true;
}

/* --- hart masks: "Hart list parameter" --- */

static bool in_mask(u64 hart, unsigned long mask, unsigned long base)
{
	if (base == -1UL)
		return true;
	return hart >= base && hart - base < BITS_PER_LONG && (mask & BIT(hart - base));
}

static unsigned int count_harts(struct axvm_vm *vm, unsigned long mask, unsigned long base)
{
	unsigned int nr = 0;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		nr += in_mask(vm->vcpus[i]->hw_id, mask, base);
	return nr;
}

int rv_sbi_on_harts(struct rv_vcpu *v, unsigned long mask, unsigned long base,
		    void (*fn)(struct rv_vcpu *v, struct rv_vcpu *target))
{
	struct axvm_vm *vm = v->base.vm;
	u32 i;

	if (base != -1UL && count_harts(vm, mask, base) != hweight_long(mask))
		return -EINVAL;
	for (i = 0; i < vm->nr_vcpus; i++)
		if (in_mask(vm->vcpus[i]->hw_id, mask, base))
			fn(v, to_rv_vcpu(vm->vcpus[i]));
	return 0;
}

/* --- TIME, IPI --- */

static bool handle_time(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	if (function(v) != SBI_EXT_TIME_SET_TIMER)
		return not_supported(ret);
	rv_timer_set(v, arg(v, 0));
	return true;
}

static void send_ipi(struct rv_vcpu *v, struct rv_vcpu *target)
{
	rv_irq_set(target, IRQ_VS_SOFT);
}

static bool handle_ipi(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	if (function(v) != SBI_EXT_IPI_SEND_IPI)
		return not_supported(ret);
	if (rv_sbi_on_harts(v, arg(v, 0), arg(v, 1), send_ipi))
		ret->error = SBI_ERR_INVALID_PARAM;
	return true;
}

/* --- HSM --- */

static const u8 hsm_states[] = {
	[AXVM_POWER_OFF]	= SBI_HSM_STATE_STOPPED,
	[AXVM_POWER_STARTING]	= SBI_HSM_STATE_START_PENDING,
	[AXVM_POWER_ON]		= SBI_HSM_STATE_STARTED,
	[AXVM_POWER_SUSPENDED]	= SBI_HSM_STATE_SUSPENDED,
};

static bool hart_status(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	struct axvm_vcpu *target = axvm_vcpu_find(v->base.vm, arg(v, 0));

	if (target)
		ret->value = hsm_states[READ_ONCE(target->power)];
	else
		ret->error = SBI_ERR_INVALID_PARAM;
	return true;
}

/* "start_addr is not a valid physical address, or is prohibited from being executed" */
static bool can_execute(struct rv_vcpu *v, u64 gpa)
{
	const struct axvm_region *region = axvm_gmem_find(&v->base.vm->gmem, gpa);

	return region && (region->cfg.flags & AXVM_REGION_EXEC);
}

static bool hart_start(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	struct axvm_exit *exit = &v->base.exit;

	if (!axvm_vcpu_find(v->base.vm, arg(v, 0))) {
		ret->error = SBI_ERR_INVALID_PARAM;
		return true;
	}
	if (!can_execute(v, arg(v, 1))) {
		ret->error = SBI_ERR_INVALID_ADDRESS;
		return true;
	}
	exit->kind = AXVM_EXIT_CPU_ON;
	exit->cpu_on.hw_id = arg(v, 0);
	exit->cpu_on.entry = arg(v, 1);
	exit->cpu_on.arg = arg(v, 2);
	return false;
}

static bool hart_stop(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	v->base.exit.kind = AXVM_EXIT_CPU_OFF;
	return false;
}

/* The two default types; a reserved type is invalid, a platform's is not supported. */
static bool hart_suspend(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	u32 type = arg(v, 0);

	v->suspend_retentive = type == SBI_HSM_SUSPEND_RET_DEFAULT;
	if (!v->suspend_retentive && type != SBI_HSM_SUSPEND_NON_RET_DEFAULT) {
		ret->error = (type & SBI_HSM_SUSP_BASE_MASK) >= SBI_HSM_SUSP_PLAT_BASE ?
			     SBI_ERR_NOT_SUPPORTED : SBI_ERR_INVALID_PARAM;
		return true;
	}
	if (!v->suspend_retentive && !can_execute(v, arg(v, 1))) {
		ret->error = SBI_ERR_INVALID_ADDRESS;
		return true;
	}
	v->suspend_resume = arg(v, 1);
	v->suspend_opaque = arg(v, 2);
	v->base.exit.kind = AXVM_EXIT_SUSPEND;
	return false;
}

static bool (*const hsm_functions[])(struct rv_vcpu *v, struct rv_sbi_ret *ret) = {
	[SBI_EXT_HSM_HART_START]	= hart_start,
	[SBI_EXT_HSM_HART_STOP]		= hart_stop,
	[SBI_EXT_HSM_HART_STATUS]	= hart_status,
	[SBI_EXT_HSM_HART_SUSPEND]	= hart_suspend,
};

static bool handle_hsm(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	unsigned long fid = function(v);

	if (fid >= ARRAY_SIZE(hsm_functions))
		return not_supported(ret);
	return hsm_functions[array_index_nospec(fid, ARRAY_SIZE(hsm_functions))](v, ret);
}

/* --- SRST --- */

static bool exit_system(struct rv_vcpu *v, enum axvm_system_event event, u64 code)
{
	v->base.exit.kind = AXVM_EXIT_SYSTEM;
	v->base.exit.system.event = event;
	v->base.exit.system.code = code;
	return false;
}

/* Reset type and reason are 32 bits wide. A failure that asks for a reboot gets the reboot. */
static bool handle_srst(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	u32 type = arg(v, 0), reason = arg(v, 1);

	if (function(v) != SBI_EXT_SRST_RESET)
		return not_supported(ret);
	if (type > SBI_SRST_RESET_TYPE_WARM_REBOOT || reason > SBI_SRST_RESET_REASON_SYS_FAILURE) {
		ret->error = SBI_ERR_INVALID_PARAM;
		return true;
	}
	if (type != SBI_SRST_RESET_TYPE_SHUTDOWN)
		return exit_system(v, AXVM_SYSTEM_REBOOT, reason);
	if (reason == SBI_SRST_RESET_REASON_SYS_FAILURE)
		return exit_system(v, AXVM_SYSTEM_FAILURE, reason);
	return exit_system(v, AXVM_SYSTEM_POWEROFF, reason);
}

/* --- legacy calls: the result is in a0 alone --- */

static bool legacy_putchar(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	u8 byte = arg(v, 0);

	rv_sbi_print(v, &byte, 1);
	return true;
}

static bool legacy_getchar(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	u8 byte;

	ret->error = axvm_console_input(v->base.vm->devices.consoles[0], &byte, 1) ? byte : -1;
	return true;
}

static bool legacy_shutdown(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	return exit_system(v, AXVM_SYSTEM_POWEROFF, 0);
}

/* --- BASE, and the table --- */

static bool handle_base(struct rv_vcpu *v, struct rv_sbi_ret *ret);

/* In the order of how often they are called. */
static const struct rv_sbi_ext extensions[] = {
	{ SBI_EXT_TIME, SBI_EXT_TIME, handle_time },
	{ SBI_EXT_IPI, SBI_EXT_IPI, handle_ipi },
	{ SBI_EXT_RFENCE, SBI_EXT_RFENCE, rv_sbi_rfence },
	{ SBI_EXT_BASE, SBI_EXT_BASE, handle_base },
	{ SBI_EXT_HSM, SBI_EXT_HSM, handle_hsm },
	{ SBI_EXT_DBCN, SBI_EXT_DBCN, rv_sbi_dbcn, rv_sbi_has_console },
	{ SBI_EXT_SRST, SBI_EXT_SRST, handle_srst },
	{ LEGACY_CONSOLE_PUTCHAR, LEGACY_CONSOLE_PUTCHAR, legacy_putchar,
	  rv_sbi_has_console },
	{ LEGACY_CONSOLE_GETCHAR, LEGACY_CONSOLE_GETCHAR, legacy_getchar,
	  rv_sbi_has_console },
	{ LEGACY_SHUTDOWN, LEGACY_SHUTDOWN, legacy_shutdown },
};

static const struct rv_sbi_ext *find_extension(const struct rv_vcpu *v, unsigned long id)
{
	const struct rv_sbi_ext *ext;

	for (ext = extensions; ext < extensions + ARRAY_SIZE(extensions); ext++)
		if (id >= ext->first && id <= ext->last)
			return !ext->present || ext->present(v) ? ext : NULL;
	return NULL;
}

static bool handle_base(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	switch (function(v)) {
	case SBI_EXT_BASE_GET_SPEC_VERSION:
		ret->value = SPEC_VERSION;
		return true;
	case SBI_EXT_BASE_GET_IMP_ID:
		ret->value = IMPL_ID;
		return true;
	case SBI_EXT_BASE_GET_IMP_VERSION:
		ret->value = IMPL_VERSION;
		return true;
	case SBI_EXT_BASE_PROBE_EXT:
		ret->value = !!find_extension(v, arg(v, 0));
		return true;
	case SBI_EXT_BASE_GET_MVENDORID:
	case SBI_EXT_BASE_GET_MARCHID:
	case SBI_EXT_BASE_GET_MIMPID:
		ret->value = rv_host.machine_id[function(v) - SBI_EXT_BASE_GET_MVENDORID];
		return true;
	default:
		return not_supported(ret);
	}
}

static bool is_legacy(unsigned long id)
{
	return id <= LEGACY_SHUTDOWN;
}

void rv_sbi_return(struct rv_vcpu *v, const struct rv_sbi_ret *ret)
{
	v->ctx.x[RV_A0] = ret->error;
	if (!is_legacy(v->ctx.x[RV_A7]))
		v->ctx.x[RV_A1] = ret->value;
	v->ctx.x[0] += 4;
}

bool rv_sbi_call(struct rv_vcpu *v)
{
	const struct rv_sbi_ext *ext = find_extension(v, v->ctx.x[RV_A7]);
	struct rv_sbi_ret ret = { SBI_SUCCESS, 0 };

	if (!ext)
		ret.error = SBI_ERR_NOT_SUPPORTED;
	else if (!ext->handle(v, &ret))
		return false;
	rv_sbi_return(v, &ret);
	return true;
}

/* --- calls that went through an exit --- */

static const long start_errors[] = {
	[AXVM_OK]		= SBI_SUCCESS,
	[AXVM_NO_CPU]		= SBI_ERR_INVALID_PARAM,
	[AXVM_ALREADY_ON]	= SBI_ERR_ALREADY_AVAILABLE,
};

void rv_sbi_complete(struct rv_vcpu *v, enum axvm_status status)
{
	struct rv_sbi_ret ret = { SBI_SUCCESS, 0 };

	if (v->base.exit.kind == AXVM_EXIT_SUSPEND && !v->suspend_retentive) {
		rv_vcpu_resume(v, v->suspend_resume, v->suspend_opaque);
		return;
	}
	if (v->base.exit.kind == AXVM_EXIT_CPU_ON)
		ret.error = start_errors[status];
	rv_sbi_return(v, &ret);
}
