// SPDX-License-Identifier: GPL-2.0
/*
 * Powers off and reports a failure: whoever runs it must notice.
 */
#include "arch.h"

const char *const guest_name = "failure";

void guest_main(void)
{
	print("powering off as failed\n");
	arch_power_off(true);
}
