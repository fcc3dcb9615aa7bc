// SPDX-License-Identifier: GPL-2.0
/*
 * Asks for a reboot, every time it is started, and looks whether its image is
 * as if loaded anew. It ends only when the VM is stopped.
 */
#include "arch.h"

const char *const guest_name = "reboot";

static u64 runs = 0x5eed;

static void image_is_fresh(void)
{
	check(runs == 0x5eed, "data is 0x%lx: the image was not loaded again", runs);
	runs++;
}

static void asks(void)
{
	print("rebooting\n");
	arch_reboot();
	test_fail("the call returned");
}

static const struct test_case cases[] = {
	{ "image_is_fresh", image_is_fresh },
	{ "asks", asks },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
