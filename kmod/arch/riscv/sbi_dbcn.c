// SPDX-License-Identifier: GPL-2.0
/*
 * SBI DBCN: the debug console, on the VM's first console.
 *
 * SBI specification, "Debug Console Extension". Its buffers are guest memory that may have to
 * be backed first, so reading and writing happen in process context.
 */
#include <linux/string.h>
#include <asm/sbi.h>

#include "riscv.h"

#define CHUNK	256	/* a call may do less than asked and says so */

static struct axvm_console *console_of(const struct rv_vcpu *v)
{
	return v->base.vm->devices.consoles[0];
}

bool rv_sbi_has_console(const struct rv_vcpu *v)
{
	return v->base.vm->devices.nr_consoles > 0;
}

/* Guests end lines with a newline alone and leave the carriage return to the firmware. */
void rv_sbi_print(struct rv_vcpu *v, const u8 *bytes, size_t len)
{
	const u8 *newline;
	size_t part;

	while ((newline = memchr(bytes, '\n', len))) {
		part = newline - bytes;
		axvm_console_output(console_of(v), bytes, part);
		axvm_console_output(console_of(v), "\r\n", 2);
		bytes += part + 1;
		len -= part + 1;
	}
	axvm_console_output(console_of(v), bytes, len);
}

bool rv_sbi_dbcn(struct rv_vcpu *v, struct rv_sbi_ret *ret)
{
	u8 byte = v->ctx.x[RV_A0];

	switch (v->ctx.x[RV_A6]) {
	case SBI_EXT_DBCN_CONSOLE_WRITE:
	case SBI_EXT_DBCN_CONSOLE_READ:
		v->base.exit.kind = AXVM_EXIT_ARCH;
		return false;
	case SBI_EXT_DBCN_CONSOLE_WRITE_BYTE:
		rv_sbi_print(v, &byte, 1);
		return true;
	default:
		ret->error = SBI_ERR_NOT_SUPPORTED;
		return true;
	}
}

static void write_console(struct rv_vcpu *v, u64 gpa, size_t len, struct rv_sbi_ret *ret)
{
	u8 buf[CHUNK];

	if (axvm_gmem_read(&v->base.vm->gmem, gpa, buf, len)) {
		ret->error = SBI_ERR_INVALID_PARAM;
		return;
	}
	rv_sbi_print(v, buf, len);
	ret->value = len;
}

/* The address is checked before input is taken, so that none is lost. */
static void read_console(struct rv_vcpu *v, u64 gpa, size_t len, struct rv_sbi_ret *ret)
{
	u8 buf[CHUNK];
	size_t got;

	if (axvm_gmem_read(&v->base.vm->gmem, gpa, buf, len)) {
		ret->error = SBI_ERR_INVALID_PARAM;
		return;
	}
	got = axvm_console_input(console_of(v), buf, len);
	if (got && axvm_gmem_write(&v->base.vm->gmem, gpa, buf, got))
		ret->error = SBI_ERR_FAILURE;
	else
		ret->value = got;
}

/* a0 number of bytes, a1 low and a2 high part of the address. */
void rv_sbi_dbcn_slow(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);
	size_t len = min(v->ctx.x[RV_A0], CHUNK);
	struct rv_sbi_ret ret = { SBI_SUCCESS, 0 };

	/* "The memory pointed to by num_bytes, base_addr_lo and base_addr_hi": all of it. */
	if (v->ctx.x[RV_A2] ||
	    !axvm_gmem_contains(&vcpu->vm->gmem, v->ctx.x[RV_A1], v->ctx.x[RV_A0]))
		ret.error = SBI_ERR_INVALID_PARAM;
	else if (v->ctx.x[RV_A6] == SBI_EXT_DBCN_CONSOLE_WRITE)
		write_console(v, v->ctx.x[RV_A1], len, &ret);
	else
		read_console(v, v->ctx.x[RV_A1], len, &ret);
	rv_sbi_return(v, &ret);
}
