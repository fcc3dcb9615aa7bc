// SPDX-License-Identifier: GPL-2.0
/*
 * Powers off at once, as passed.
 */
#include "arch.h"

const char *const guest_name = "poweroff";

void guest_main(void)
{
	print("powering off\n");
	arch_power_off(false);
}
