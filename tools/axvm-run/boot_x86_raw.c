// SPDX-License-Identifier: GPL-2.0
/*
 * Plain bytes as x86_64 guests: programs for real or protected mode, and
 * AxVisor's firmware images, which start a kernel that lies in memory.
 *
 * Called by boot_x86.c. Such guests are told nothing; they find the tables
 * where every PC has them.
 */
#include <linux/axvm.h>
#include <string.h>

#include "boot_x86.h"
#include "pc.h"

#define BOOT_SECTOR_ADDR	0x7c00ULL
#define PROTECTED_ADDR		PC_LEGACY_END

#define BIOS_KEY		"kernel.bios_path"

static bool recognise(struct x86_boot *x)
{
	(void)x;
	return true;
}

/* What says nothing else starts in real mode where that reaches, and in protected mode above. */
static uint32_t choose_mode(const struct x86_boot *x, uint64_t entry)
{
	switch (x->b->cfg->protocol) {
	case CONFIG_BOOT_REAL:
		return AXVM_X86_MODE_REAL;
	case CONFIG_BOOT_PROTECTED:
		return AXVM_X86_MODE_PROTECTED;
	default:
		return entry < PC_LEGACY_END || entry == AXVM_X86_ENTRY_RESET ?
		       AXVM_X86_MODE_REAL : AXVM_X86_MODE_PROTECTED;
	}
}

/* Real mode has addresses of 20 bits, protected mode of 32. */
static bool check_mode(struct x86_boot *x)
{
	const struct config_addr *given = &x->b->cfg->entry;

	if (x->mode == AXVM_X86_MODE_REAL && x->entry >= PC_LEGACY_END &&
	    x->entry != AXVM_X86_ENTRY_RESET)
		return boot_fail(x->b, given->pos, "kernel.entry_point",
				 "0x%llx cannot be reached in real mode; below 0x100000 is right",
				 (unsigned long long)x->entry);
	if (x->mode == AXVM_X86_MODE_PROTECTED && x->entry >= PC_HOLE_END)
		return boot_fail(x->b, given->pos, "kernel.entry_point",
				 "0x%llx cannot be reached in protected mode; below 4 GiB is right",
				 (unsigned long long)x->entry);
	if (!boot_find_obstacle(x->b, x->entry, 1))
		diag_add(x->b->diag, DIAG_WARNING, given->pos, "kernel.entry_point",
			 "there is nothing at 0x%llx, where the guest starts",
			 (unsigned long long)x->entry);
	return true;
}

/* Nobody tells such a guest where its RAM disk is, so that has to be agreed on. */
static bool place_kernel(struct x86_boot *x, uint64_t gpa)
{
	const struct config_file *ramdisk = &x->b->cfg->ramdisk;

	if (ramdisk->path && !ramdisk->load.set)
		return boot_fail(x->b, ramdisk->pos, "kernel.ramdisk_load_addr",
				 "is missing; this kernel is not told where its RAM disk is");
	if (!x86_reserve_kernel(x, gpa, x->kernel.len))
		return false;
	x86_add_kernel(x, gpa, 0, x->kernel.len);
	return true;
}

static uint64_t default_load(const struct x86_boot *x)
{
	const struct axvm_config *cfg = x->b->cfg;

	if (cfg->kernel.load.set)
		return cfg->kernel.load.value;
	if (cfg->entry.set)
		return cfg->entry.value;
	return cfg->protocol == CONFIG_BOOT_REAL ? BOOT_SECTOR_ADDR : PROTECTED_ADDR;
}

static bool load(struct x86_boot *x)
{
	const struct axvm_config *cfg = x->b->cfg;
	uint64_t gpa = default_load(x);

	if (!boot_check_raw(x->b))
		return false;
	x->entry = cfg->entry.set ? cfg->entry.value : gpa;
	x->mode = choose_mode(x, x->entry);
	return place_kernel(x, gpa) && check_mode(x);
}

const struct x86_method x86_raw = {
	.name = "a raw binary",
	.recognise = recognise,
	.load = load,
};

/* The firmware knows where its kernel is, so that has to be said. */
static bool load_bios(struct x86_boot *x)
{
	const struct axvm_config *cfg = x->b->cfg;
	const struct config_file *bios = &cfg->bios;
	struct image_bytes bytes;

	if (!cfg->kernel.load.set)
		return boot_fail(x->b, cfg->kernel.pos, "kernel.kernel_load_addr",
				 "is missing; the firmware expects the kernel somewhere");
	if (!boot_read_file(x->b, bios, BIOS_KEY, false, &bytes) ||
	    !boot_reserve(x->b, bios->load.pos, "kernel.bios_load_addr", bios->load.value,
			  bytes.len, "the firmware"))
		return false;
	boot_add_blob(x->b->plan, BOOT_FIRMWARE, bios->load.value, bytes.data, bytes.len,
		      "firmware");
	x->entry = cfg->entry.set ? cfg->entry.value : bios->load.value;
	x->mode = choose_mode(x, x->entry);
	return place_kernel(x, cfg->kernel.load.value) && check_mode(x);
}

const struct x86_method x86_bios = {
	.name = "firmware",
	.recognise = recognise,
	.load = load_bios,
};
