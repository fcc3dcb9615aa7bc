// SPDX-License-Identifier: GPL-2.0
/*
 * For tests of what a guest's exits lead to: a VM of vCPUs that never run.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "guest_fixture.h"
#include "s2_fmt.h"

static struct axvm_region regions[] = {
	{ { .gpa = FIX_RAM, .len = FIX_RAM_LEN,
	    .flags = AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC } },
	{ { .gpa = FIX_DATA, .len = FIX_RAM_LEN,
	    .flags = AXVM_REGION_READ | AXVM_REGION_WRITE } },
};

static void forget_pages(void *data)
{
	struct axvm_gmem *gmem = data;

	xa_destroy(&gmem->pages);
	xa_destroy(&gmem->blocks);
}

struct vgic_fixture *guest_fixture_boot(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct axvm_gmem *gmem = &fix->vm.base.gmem;
	u32 i;

	gmem->regions = regions;
	gmem->nr_regions = ARRAY_SIZE(regions);
	gmem->s2.fmt = &a64_s2_formats[2];
	xa_init(&gmem->pages);
	xa_init(&gmem->blocks);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, forget_pages, gmem), 0);
	for (i = 0; i < FIX_VCPUS; i++) {
		fix->ctx[i].magic = A64_CONTEXT_MAGIC;
		fix->ctx[i].pc = FIX_PC;
		fix->ctx[i].pstate = PSR_MODE_EL1h;
		fix->ctx[i].sys[A64_VBAR] = FIX_VBAR;
	}
	return fix;
}

void *guest_fixture_back(struct vgic_fixture *fix, u64 gpa)
{
	struct kunit *test = kunit_get_current_test();
	struct axvm_gmem *gmem = &fix->vm.base.gmem;
	void *page = axvm_gmem_kva(gmem, ALIGN_DOWN(gpa, PAGE_SIZE));

	if (page)
		return page;
	page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_TRUE(test, IS_ALIGNED((unsigned long)page, PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, xa_err(xa_store(&gmem->pages, gpa >> PAGE_SHIFT, virt_to_page(page),
					      GFP_KERNEL)), 0);
	return page;
}

static bool read_scratch(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	if (offset >= FIX_SCRATCH_LEN - 8)
		return false;
	*val = 0;
	memcpy(val, opaque + offset, len);
	return true;
}

static bool write_scratch(void *opaque, u64 offset, unsigned int len, u64 val)
{
	if (offset >= FIX_SCRATCH_LEN - 8)
		return false;
	memcpy(opaque + offset, &val, len);
	return true;
}

static const struct axvm_bus_ops scratch_ops = { read_scratch, write_scratch };

u8 *guest_fixture_scratch(struct vgic_fixture *fix)
{
	struct kunit *test = kunit_get_current_test();
	struct axvm_error err = { .index = -1 };
	struct axvm_bus_window window = {
		.base = FIX_SCRATCH, .len = FIX_SCRATCH_LEN, .widths = 1 | 2 | 4 | 8,
		.ops = &scratch_ops, .opaque = kunit_kzalloc(test, FIX_SCRATCH_LEN, GFP_KERNEL),
	};

	KUNIT_ASSERT_NOT_NULL(test, window.opaque);
	KUNIT_ASSERT_EQ(test, axvm_bus_add(&fix->vm.base.bus[AXVM_BUS_MMIO], &window, &err), 0);
	return window.opaque;
}

void guest_fixture_exit(struct a64_vcpu *v, u32 class, u32 iss)
{
	v->ctx->exit = (struct a64_exit_info){
		.code = A64_EXIT_SYNC,
		.esr = (u64)class << ESR_ELx_EC_SHIFT | ESR_ELx_IL | iss,
	};
}
