// SPDX-License-Identifier: GPL-2.0
/*
 * For tests of what a guest's exits lead to: a VM of vCPUs that never run.
 */
#include "guest_fixture.h"
#include "s2_fmt.h"

static struct axvm_region regions[] = {
	{ { .gpa = FIX_RAM, .len = FIX_RAM_LEN,
	    .flags = AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC } },
	{ { .gpa = FIX_DATA, .len = FIX_RAM_LEN,
	    .flags = AXVM_REGION_READ | AXVM_REGION_WRITE } },
};

struct vgic_fixture *guest_fixture_boot(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct axvm_gmem *gmem = &fix->vm.base.gmem;
	u32 i;

	gmem->regions = regions;
	gmem->nr_regions = ARRAY_SIZE(regions);
	gmem->s2.fmt = &a64_s2_formats[2];
	for (i = 0; i < FIX_VCPUS; i++) {
		fix->ctx[i].magic = A64_CONTEXT_MAGIC;
		fix->ctx[i].pc = FIX_PC;
		fix->ctx[i].pstate = PSR_MODE_EL1h;
		fix->ctx[i].sys[A64_VBAR] = FIX_VBAR;
	}
	return fix;
}

void guest_fixture_exit(struct a64_vcpu *v, u32 class, u32 iss)
{
	v->ctx->exit = (struct a64_exit_info){
		.code = A64_EXIT_SYNC,
		.esr = (u64)class << ESR_ELx_EC_SHIFT | ESR_ELx_IL | iss,
	};
}
