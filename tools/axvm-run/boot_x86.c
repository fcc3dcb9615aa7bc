// SPDX-License-Identifier: GPL-2.0
/*
 * Starting x86_64 guests: which way, and what all ways have in common.
 *
 * Called by boot.c. How the boot vCPU starts is AXVM_X86_* of linux/axvm.h.
 */
#include "boot_x86.h"

#include <linux/axvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "acpi.h"
#include "mptable.h"
#include "pc.h"

/* What the guest is told begins here: below it programs of 16 bits have their stacks. */
#define INFO_BASE	0x10000ULL

#define KERNEL_KEY	"kernel.kernel_path"
#define ENTRY_KEY	"kernel.entry_point"

/* Where AxVisor has its own start-up code, and so its entry_point. */
#define AXVISOR_STUB	0x8000ULL

/* In the order of preference for a kernel that is several things at once. */
static const struct x86_method *const automatic[] = {
	&x86_linux, &x86_pvh, &x86_multiboot, &x86_elf, &x86_raw,
};

static const struct x86_method *const by_protocol[] = {
	[CONFIG_BOOT_MULTIBOOT] = &x86_multiboot,
	[CONFIG_BOOT_LINUX32] = &x86_linux,
	[CONFIG_BOOT_PVH] = &x86_pvh,
	[CONFIG_BOOT_ELF] = &x86_elf,
	[CONFIG_BOOT_REAL] = &x86_raw,
	[CONFIG_BOOT_PROTECTED] = &x86_raw,
};

bool x86_kernel_error(struct x86_boot *x, const char *fmt, ...)
{
	const struct config_file *file = &x->b->cfg->kernel;
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	boot_fail(x->b, file->pos, KERNEL_KEY, "%s %s", file->path, text);
	free(text);
	return false;
}

bool x86_reserve_kernel(struct x86_boot *x, uint64_t gpa, uint64_t len)
{
	return boot_reserve(x->b, x->b->cfg->kernel.pos, KERNEL_KEY, gpa, len, "the kernel");
}

void x86_add_kernel(struct x86_boot *x, uint64_t gpa, uint64_t offset, uint64_t len)
{
	char *name = xasprintf("kernel %s", x->b->cfg->kernel.path);

	if (len)
		boot_add_blob(x->b->plan, BOOT_KERNEL, gpa, x->kernel.data + offset, len, name);
	free(name);
}

bool x86_set_entry(struct x86_boot *x, uint64_t entry)
{
	const struct config_addr *given = &x->b->cfg->entry;

	x->entry = entry;
	if (!given->set || given->value == entry)
		return true;
	if (given->value == AXVISOR_STUB) {
		diag_add(x->b->diag, DIAG_NOTE, given->pos, ENTRY_KEY,
			 "0x8000 is AxVisor's own start-up code, which axvm does without; "
			 "the kernel starts at 0x%llx", (unsigned long long)entry);
		return true;
	}
	return boot_fail(x->b, given->pos, ENTRY_KEY,
			 "is 0x%llx, but %s starts at 0x%llx; leave the key out",
			 (unsigned long long)given->value, x->method->name,
			 (unsigned long long)entry);
}

static bool find_info_room(const struct booter *b, size_t len, uint64_t align, uint64_t *gpa)
{
	return boot_find_low(b, INFO_BASE, PC_LOW_END, len, align, gpa) ||
	       boot_find_low(b, BOOT_PAGE, PC_LOW_END, len, align, gpa) ||
	       boot_find_low(b, PC_LEGACY_END, PC_HOLE_END, len, align, gpa);
}

void *x86_new(struct x86_boot *x, size_t len, uint64_t align, const char *what, uint64_t *gpa)
{
	const struct config_file *kernel = &x->b->cfg->kernel;
	void *data;

	if (!find_info_room(x->b, len, align, gpa)) {
		boot_fail(x->b, kernel->pos, KERNEL_KEY,
			  "%s of %zu bytes finds no room below 4 GiB; %s", what, len,
			  boot_how_to_grow(x->b->cfg));
		return NULL;
	}
	data = boot_keep(x->b->plan, xcalloc(len, 1));
	boot_add_blob(x->b->plan, BOOT_RAW, *gpa, data, len, what);
	return boot_reserve(x->b, kernel->pos, KERNEL_KEY, *gpa, len, what) ? data : NULL;
}

bool x86_put(struct x86_boot *x, const void *data, size_t len, uint64_t align, const char *what,
	     uint64_t *gpa)
{
	void *copy = x86_new(x, len, align, what, gpa);

	if (copy)
		memcpy(copy, data, len);
	return copy;
}

bool x86_put_cmdline(struct x86_boot *x, uint64_t *gpa)
{
	const char *text = x->b->cfg->cmdline;

	*gpa = 0;
	return !text || x86_put(x, text, strlen(text) + 1, 1, "the command line", gpa);
}

/* Tables have fixed places; where these are taken or no memory, a guest does without. */
static bool table_room(struct x86_boot *x, uint64_t gpa, uint64_t len, const char *what)
{
	if (boot_is_free(x->b, gpa, len))
		return true;
	diag_add(x->b->diag, DIAG_WARNING, x->b->cfg->kernel.pos, KERNEL_KEY,
		 "the guest gets no %s: at 0x%llx there is no free memory for them", what,
		 (unsigned long long)gpa);
	return false;
}

static bool add_table(struct x86_boot *x, uint64_t gpa, uint64_t end, uint8_t *data, size_t len,
		      const char *what)
{
	const struct config_file *kernel = &x->b->cfg->kernel;

	boot_keep(x->b->plan, data);
	if (len > end - gpa)
		return boot_fail(x->b, kernel->pos, KERNEL_KEY, "%s have %zu bytes; %llu fit",
				 what, len, (unsigned long long)(end - gpa));
	boot_add_blob(x->b->plan, BOOT_FIRMWARE, gpa, data, len, what);
	return boot_reserve(x->b, kernel->pos, KERNEL_KEY, gpa, end - gpa, what);
}

static bool add_acpi(struct x86_boot *x)
{
	struct acpi acpi;

	if (!acpi_build(&acpi, x->b->cfg, PC_ACPI_BASE))
		return true;
	if (!table_room(x, PC_ACPI_BASE, PC_ACPI_END - PC_ACPI_BASE, "ACPI tables")) {
		acpi_free(&acpi);
		return true;
	}
	x->rsdp = PC_ACPI_BASE;
	return add_table(x, PC_ACPI_BASE, PC_ACPI_END, acpi.data, acpi.len, "ACPI tables");
}

static bool add_mptable(struct x86_boot *x)
{
	struct image_bytes table;

	if (!mptable_build(&table.data, &table.len, x->b->cfg, PC_MP_BASE))
		return true;
	if (!table_room(x, PC_MP_BASE, PC_MP_END - PC_MP_BASE, "MP tables")) {
		free(table.data);
		return true;
	}
	return add_table(x, PC_MP_BASE, PC_MP_END, table.data, table.len, "MP tables");
}

/* What is left of the legacy area is told to be reserved, so nothing may be put there. */
static bool add_tables(struct x86_boot *x)
{
	if (!add_acpi(x) || !add_mptable(x))
		return false;
	return !boot_is_free(x->b, PC_LOW_END, PC_ACPI_BASE - PC_LOW_END) ||
	       boot_reserve(x->b, x->b->cfg->kernel.pos, KERNEL_KEY, PC_LOW_END,
			    PC_ACPI_BASE - PC_LOW_END, "the legacy area");
}

static bool choose_method(struct x86_boot *x)
{
	const struct axvm_config *cfg = x->b->cfg;
	unsigned int i = 0;

	if (cfg->bios.path) {
		x->method = &x86_bios;
		return true;
	}
	if (cfg->protocol == CONFIG_BOOT_AUTO) {
		while (!automatic[i]->recognise(x))
			i++;
		x->method = automatic[i];
		return true;
	}
	x->method = by_protocol[cfg->protocol];
	if (x->method->recognise(x))
		return true;
	return boot_fail(x->b, cfg->protocol_pos, "kernel.boot_protocol",
			 "is \"%s\", but %s is not %s; leave the key out",
			 config_protocol_name(cfg->protocol), cfg->kernel.path, x->method->name);
}

static bool read_kernel(struct x86_boot *x)
{
	const struct config_file *file = &x->b->cfg->kernel;
	struct image_error error;

	if (!boot_read_file(x->b, file, KERNEL_KEY, true, &x->kernel))
		return false;
	return !image_is_elf(&x->kernel) || x86_parse_elf(x, &error) ||
	       x86_kernel_error(x, "%s", error.text);
}

static bool set_arguments(struct x86_boot *x)
{
	struct boot_plan *plan = x->b->plan;
	uint64_t block = 0;

	if (x->mode != AXVM_X86_MODE_REAL && !x86_put_block(x, &block))
		return false;
	plan->entry = x->entry;
	plan->args[AXVM_X86_ARG_MODE] = (uint64_t)x->eax << 32 | x->mode;
	plan->args[AXVM_X86_ARG_RBX] = x->rbx;
	plan->args[AXVM_X86_ARG_RSI] = x->rsi;
	plan->args[AXVM_X86_ARG_BLOCK] = block;
	plan->nr_args = AXVM_X86_ARG_BLOCK + 1;
	return true;
}

static bool load(struct booter *b)
{
	struct x86_boot x = { .b = b, .initrd_limit = PC_HOLE_END };

	x86_make_map(&x);
	return read_kernel(&x) && choose_method(&x) && x.method->load(&x) && boot_load_initrd(b) &&
	       add_tables(&x) && boot_place_initrd(b, x.initrd_limit) &&
	       (!x.method->start || x.method->start(&x)) && set_arguments(&x);
}

const struct boot_arch boot_x86 = {
	.arch = CONFIG_ARCH_X86_64,
	.load = load,
};
