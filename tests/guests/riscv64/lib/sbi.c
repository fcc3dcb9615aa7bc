// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware services: console, power, identification.
 */
#include "arch.h"
#include "sbi.h"

static int has_dbcn = -1;

bool sbi_has(u64 ext)
{
	struct sbi_ret ret = sbi_base(SBI_BASE_PROBE, ext);

	return ret.error == SBI_SUCCESS && ret.value;
}

bool sbi_wait_status(u64 hart, u64 status, u64 us)
{
	u64 end = arch_time() + time_from_us(us);
	struct sbi_ret ret;

	do {
		ret = sbi_hart_status(hart);
		if (ret.error == SBI_SUCCESS && ret.value == status)
			return true;
	} while (arch_time() < end);
	return false;
}

void arch_console_write(const char *text, size_t len)
{
	struct sbi_ret ret;

	if (has_dbcn < 0)
		has_dbcn = sbi_has(SBI_EXT_DBCN);
	while (has_dbcn && len) {
		ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE, len, (u64)text, 0, 0, 0);
		if (ret.error || ret.value > len)
			break;
		text += ret.value;
		len -= ret.value;
	}
	while (len--)
		sbi_call(SBI_LEGACY_PUTCHAR, 0, *text++, 0, 0, 0, 0);
}

void arch_power_off(bool failed)
{
	sbi_call(SBI_EXT_SRST, 0, SBI_RESET_SHUTDOWN,
		 failed ? SBI_RESET_FAILURE : SBI_RESET_NO_REASON, 0, 0, 0);
	print("not ok %s.power_off: the call returned\n", guest_name);
	arch_irq_off();
	for (;;)
		arch_halt();
}

void arch_reboot(void)
{
	sbi_call(SBI_EXT_SRST, 0, SBI_RESET_COLD, SBI_RESET_NO_REASON, 0, 0, 0);
}

bool arch_is_reference(void)
{
	return sbi_base(SBI_BASE_IMPL_ID, 0).value == SBI_IMPL_OPENSBI;
}

void arch_null_call(void)
{
	sbi_base(SBI_BASE_SPEC_VERSION, 0);
}
