// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to the power button, as ACPI 6.5 4.8.3.1 describes it, and powers off when it is
 * pressed; with the option "deaf" it is seen and nothing is done.
 */
#include "cpu.h"

const char *const guest_name = "button";

#define POWER_BUTTON	BIT(8)
#define SLEEP_ENABLE	BIT(13)

static bool is_pressed(void)
{
	return inw(acpi_pm_event()) & POWER_BUTTON;
}

void guest_main(void)
{
	outw(acpi_pm_event(), POWER_BUTTON);
	outw(acpi_pm_event() + 2, POWER_BUTTON);
	print("listening\n");
	while (!is_pressed())
		delay_us(10000);
	print("pressed\n");
	if (!option_given("deaf"))
		outw(acpi_pm_control(), acpi_s5() << 10 | SLEEP_ENABLE);
	for (;;)
		delay_us(1000000);
}
