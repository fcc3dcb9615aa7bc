// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI as guests see it: power of vCPUs and of the machine.
 *
 * Power State Coordination Interface 1.1 (DEN0022). Loaded, interrupts off;
 * what changes other vCPUs goes through vcpu->exit.
 */
#include <linux/nospec.h>
#include <uapi/linux/psci.h>

#include "arm64.h"
#include "smccc.h"

#define AFF_MASK	0xff00ffffffULL	/* Aff3, Aff2, Aff1, Aff0 of MPIDR_EL1 */
#define FN_INDEX(fn)	((fn) & 0x1f)
#define FN_64		BIT(30)

/* "original format": StateID, StateType, PowerLevel; all others must be zero. */
#define POWER_STATE_VALID	(PSCI_0_2_POWER_STATE_ID_MASK | PSCI_0_2_POWER_STATE_TYPE_MASK | \
				 PSCI_0_2_POWER_STATE_AFFL_MASK)

/* Results are 32 bits wide, and signed. */
static bool result(struct smccc_ret *ret, s32 val)
{
	ret->x[0] = val;
	return true;
}

static bool version(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	return result(ret, PSCI_VERSION(1, 1));
}

/* "the entry point address is known by the implementation to be invalid" */
static bool can_execute(struct a64_vcpu *v, u64 gpa)
{
	const struct axvm_region *region = axvm_gmem_find(&v->base.vm->gmem, gpa);

	return region && (region->cfg.flags & AXVM_REGION_EXEC) && IS_ALIGNED(gpa, 4);
}

/* --- one vCPU --- */

static bool cpu_suspend(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	u32 state = v->ctx->x[1];

	if (state & ~(u32)POWER_STATE_VALID)
		return result(ret, PSCI_RET_INVALID_PARAMS);
	WRITE_ONCE(v->suspend_down, state & PSCI_0_2_POWER_STATE_TYPE_MASK);
	v->suspend_entry = smccc_arg(v, fn, 2);
	v->suspend_arg = smccc_arg(v, fn, 3);
	if (v->suspend_down && !can_execute(v, v->suspend_entry))
		return result(ret, PSCI_RET_INVALID_ADDRESS);
	v->base.exit.kind = AXVM_EXIT_SUSPEND;
	return false;
}

static bool cpu_off(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	vgic_leave(v);
	v->base.exit.kind = AXVM_EXIT_CPU_OFF;
	return false;
}

static bool cpu_on(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	u64 target = smccc_arg(v, fn, 1), entry = smccc_arg(v, fn, 2);
	struct axvm_exit *exit = &v->base.exit;

	if (target & ~AFF_MASK || !axvm_vcpu_find(v->base.vm, target))
		return result(ret, PSCI_RET_INVALID_PARAMS);
	if (!can_execute(v, entry))
		return result(ret, PSCI_RET_INVALID_ADDRESS);
	exit->kind = AXVM_EXIT_CPU_ON;
	exit->cpu_on.hw_id = target;
	exit->cpu_on.entry = entry;
	exit->cpu_on.arg = smccc_arg(v, fn, 3);
	return false;
}

static const u8 affinity_states[] = {
	[AXVM_POWER_OFF]	= PSCI_0_2_AFFINITY_LEVEL_OFF,
	[AXVM_POWER_STARTING]	= PSCI_0_2_AFFINITY_LEVEL_ON_PENDING,
	[AXVM_POWER_ON]		= PSCI_0_2_AFFINITY_LEVEL_ON,
	[AXVM_POWER_SUSPENDED]	= PSCI_0_2_AFFINITY_LEVEL_ON,
};

/* Masks of what names a node of that level; Aff3 lies apart. */
static const u64 level_masks[] = {
	AFF_MASK, AFF_MASK & ~0xffULL, AFF_MASK & ~0xffffULL, 0xff00000000ULL
};

/* A node is on when one of its CPUs is. */
static bool affinity_info(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	u64 target = smccc_arg(v, fn, 1), level = smccc_arg(v, fn, 2), mask;
	struct axvm_vm *vm = v->base.vm;
	s32 state = PSCI_RET_INVALID_PARAMS;
	u32 i;

	if (target & ~AFF_MASK || level >= ARRAY_SIZE(level_masks))
		return result(ret, PSCI_RET_INVALID_PARAMS);
	mask = level_masks[array_index_nospec(level, ARRAY_SIZE(level_masks))];
	for (i = 0; i < vm->nr_vcpus; i++) {
		s32 one = affinity_states[READ_ONCE(vm->vcpus[i]->power)];

		if ((vm->vcpus[i]->hw_id ^ target) & mask)
			continue;
		if (state == PSCI_RET_INVALID_PARAMS || one == PSCI_0_2_AFFINITY_LEVEL_ON)
			state = one;
		else if (state == PSCI_0_2_AFFINITY_LEVEL_OFF)
			state = one;
	}
	return result(ret, state);
}

static bool migrate_info_type(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	return result(ret, PSCI_0_2_TOS_MP);
}

/* --- the machine --- */

static bool end_system(struct a64_vcpu *v, enum axvm_system_event event)
{
	v->base.exit.kind = AXVM_EXIT_SYSTEM;
	v->base.exit.system.event = event;
	v->base.exit.system.code = 0;
	return false;
}

static bool system_off(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	return end_system(v, AXVM_SYSTEM_POWEROFF);
}

static bool system_reset(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	return end_system(v, AXVM_SYSTEM_REBOOT);
}

/*
 * "5.11 SYSTEM_RESET2": SYSTEM_WARM_RESET is the only architectural type, vendors' are
 * not known.
 */
static bool system_reset2(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	if ((u32)v->ctx->x[1] != PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET)
		return result(ret, PSCI_RET_INVALID_PARAMS);
	return end_system(v, AXVM_SYSTEM_REBOOT);
}

static bool features(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret);

/*
 * By number; those that are not here are optional and not offered: MIGRATE and its
 * query, CPU_FREEZE, CPU_DEFAULT_SUSPEND, statistics, SYSTEM_SUSPEND, OS-initiated
 * mode, memory protection.
 */
static const struct {
	smccc_handler handle;
	bool has_64;
} functions[] = {
	[FN_INDEX(PSCI_0_2_FN_PSCI_VERSION)]		= { version },
	[FN_INDEX(PSCI_0_2_FN_CPU_SUSPEND)]		= { cpu_suspend, true },
	[FN_INDEX(PSCI_0_2_FN_CPU_OFF)]			= { cpu_off },
	[FN_INDEX(PSCI_0_2_FN_CPU_ON)]			= { cpu_on, true },
	[FN_INDEX(PSCI_0_2_FN_AFFINITY_INFO)]		= { affinity_info, true },
	[FN_INDEX(PSCI_0_2_FN_MIGRATE_INFO_TYPE)]	= { migrate_info_type },
	[FN_INDEX(PSCI_0_2_FN_SYSTEM_OFF)]		= { system_off },
	[FN_INDEX(PSCI_0_2_FN_SYSTEM_RESET)]		= { system_reset },
	[FN_INDEX(PSCI_1_0_FN_PSCI_FEATURES)]		= { features },
	[FN_INDEX(PSCI_1_1_FN_SYSTEM_RESET2)]		= { system_reset2, true },
};

static smccc_handler find_function(u32 fn)
{
	unsigned int index = array_index_nospec(FN_INDEX(fn), ARRAY_SIZE(functions));

	if (FN_INDEX(fn) >= ARRAY_SIZE(functions))
		return NULL;
	if (fn & FN_64 && !functions[index].has_64)
		return NULL;
	return functions[index].handle;
}

/* Is this function id one of those that guests may call? */
static bool has_function(u32 fn)
{
	u32 fn32 = fn & ~FN_64;

	return fn32 >= PSCI_0_2_FN_BASE && fn32 <= PSCI_0_2_FN(0x1f) && find_function(fn);
}

/* CPU_SUSPEND: original format of the power state, platform-coordinated mode: all flags 0. */
static bool features(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	u32 asked = v->ctx->x[1];

	if (asked == ARM_SMCCC_VERSION_FUNC_ID || has_function(asked))
		return result(ret, PSCI_RET_SUCCESS);
	return result(ret, PSCI_RET_NOT_SUPPORTED);
}

bool psci_call(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	smccc_handler handle = find_function(fn);

	return handle ? handle(v, fn, ret) : result(ret, PSCI_RET_NOT_SUPPORTED);
}

/* --- calls that went through an exit --- */

static s32 cpu_on_result(struct a64_vcpu *v, enum axvm_status status)
{
	struct axvm_vcpu *target = axvm_vcpu_find(v->base.vm, v->base.exit.cpu_on.hw_id);

	if (status == AXVM_NO_CPU || !target)
		return PSCI_RET_INVALID_PARAMS;
	if (status != AXVM_ALREADY_ON)
		return PSCI_RET_SUCCESS;
	return READ_ONCE(target->power) == AXVM_POWER_STARTING ? PSCI_RET_ON_PENDING :
								  PSCI_RET_ALREADY_ON;
}

bool psci_complete(struct a64_vcpu *v, enum axvm_status status, struct smccc_ret *ret)
{
	if (v->base.exit.kind == AXVM_EXIT_CPU_ON)
		return result(ret, cpu_on_result(v, status));
	if (!v->suspend_down)
		return result(ret, PSCI_RET_SUCCESS);
	a64_vcpu_resume(v, v->suspend_entry, v->suspend_arg);
	return false;
}
