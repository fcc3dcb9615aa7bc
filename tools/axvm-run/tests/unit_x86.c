// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of starting x86_64 guests: what lies in their memory, and in which
 * state their first vCPU begins.
 */
#include <linux/axvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../boot.h"
#include "../config.h"
#include "../pc.h"
#include "../util.h"
#include "unit.h"
#include "x86_image.h"

#define MIB	(1ULL << 20)

static struct x86_image image;

/**
 * struct started - a guest that was prepared
 * @opts: how
 * @cfg: its configuration
 * @plan: what is in its memory
 * @diag: what was said about it
 * @status: of boot_prepare()
 * @path: its kernel
 * @fd: likewise
 */
struct started {
	struct config_options opts;
	struct axvm_config cfg;
	struct boot_plan plan;
	struct diag diag;
	int status;
	char path[64];
	int fd;
};

static int make_file(const void *data, size_t len, char path[64])
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	snprintf(path, 64, "/proc/self/fd/%d", fd);
	if (write(fd, data, len) != (ssize_t)len)
		abort();
	return fd;
}

/* Prepare a guest with the kernel in @image; @s->opts may be filled before. */
static bool start(struct started *s)
{
	s->fd = make_file(image.data, image.len, s->path);
	s->opts.kernel = s->path;
	s->opts.arch = CONFIG_ARCH_X86_64;
	if (!s->opts.mem)
		s->opts.mem = 64 * MIB;
	diag_init(&s->diag, NULL);
	s->status = config_from_options(&s->cfg, &s->opts, &s->diag);
	if (!s->status)
		s->status = boot_prepare(&s->plan, &s->cfg, NULL, NULL, NULL, &s->diag);
	return !s->status;
}

static void end(struct started *s)
{
	boot_free(&s->plan);
	config_free(&s->cfg);
	diag_free(&s->diag);
	close(s->fd);
}

/* Bytes of guest memory as loaded; NULL: not all of them are. */
static const void *memory_at(const struct started *s, uint64_t gpa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < s->plan.nr_blobs; i++) {
		const struct boot_blob *blob = &s->plan.blobs[i];

		if (range_within(gpa, len, blob->gpa, blob->len))
			return (const uint8_t *)blob->data + (gpa - blob->gpa);
	}
	return NULL;
}

static bool memory_is(const struct started *s, uint64_t gpa, const void *data, size_t len)
{
	const void *at = memory_at(s, gpa, len);

	return at && !memcmp(at, data, len);
}

static uint32_t mode_of(const struct started *s)
{
	return s->plan.args[AXVM_X86_ARG_MODE];
}

static uint32_t eax_of(const struct started *s)
{
	return s->plan.args[AXVM_X86_ARG_MODE] >> 32;
}

static bool said(const struct started *s, const char *text)
{
	unsigned int i;

	for (i = 0; i < s->diag.nr_items; i++)
		if (strstr(s->diag.items[i].text, text))
			return true;
	return false;
}

/* Prepare, expect that it is refused for a reason, and forget it. */
static void refused(struct started *s, const char *why)
{
	CHECK(!start(s));
	if (!CHECK(said(s, why)))
		diag_print(&s->diag, DIAG_NOTE, stderr);
	end(s);
}

/* What has to hold of every plan, whatever the kernel is. */
static void check_plan(const struct started *s)
{
	unsigned int i, j;

	for (i = 0; i < s->plan.nr_blobs; i++) {
		const struct boot_blob *blob = &s->plan.blobs[i];
		bool inside = false;

		CHECK(blob->len);
		for (j = 0; j < s->cfg.nr_regions; j++)
			inside |= range_within(blob->gpa, blob->len, s->cfg.regions[j].gpa,
					       s->cfg.regions[j].size);
		CHECK(inside);
		for (j = 0; j < i; j++)
			CHECK(!ranges_overlap(blob->gpa, blob->len, s->plan.blobs[j].gpa,
					      s->plan.blobs[j].len));
	}
	CHECK(s->plan.nr_args == 4 && mode_of(s) <= AXVM_X86_MODE_LONG);
	CHECK(mode_of(s) == AXVM_X86_MODE_LONG || s->plan.entry < 1ULL << 32);
}

/* --- Linux --- */

static const struct boot_params *zero_page(const struct started *s)
{
	return memory_at(s, s->plan.args[AXVM_X86_ARG_RSI], sizeof(struct boot_params));
}

static void test_linux(void)
{
	struct started s = { .opts = { .cmdline = "one two" } };
	const struct boot_params *params;

	x86_make_bzimage(&image);
	if (!CHECK(start(&s)))
		return;
	check_plan(&s);
	CHECK(s.plan.entry == BZ_PREFERRED + 0x200 && mode_of(&s) == AXVM_X86_MODE_LONG);
	CHECK(memory_is(&s, BZ_PREFERRED, image.data + BZ_SETUP, BZ_BODY));
	params = zero_page(&s);
	if (CHECK(params)) {
		CHECK(!memcmp(&params->hdr.header, "HdrS", 4) && params->hdr.version == 0x20f);
		CHECK(params->hdr.type_of_loader == 0xff && !params->sentinel);
		CHECK(params->acpi_rsdp_addr == PC_ACPI_BASE);
		CHECK(memory_is(&s, params->hdr.cmd_line_ptr, "one two", 8));
		CHECK(!params->hdr.ramdisk_image && !params->hdr.ramdisk_size);
		CHECK(!params->ext_cmd_line_ptr && params->hdr.init_size == BZ_INIT_SIZE);
	}
	end(&s);
}

static void test_linux_map(void)
{
	static const struct boot_e820_entry expected[] = {
		{ 0, 0xa0000, 1 }, { 0xa0000, 0x60000, 2 },
		{ 0x100000, 0xbff00000, 1 }, { 0x100000000, 0x40000000, 1 },
	};
	struct started s = { .opts = { .mem = 4096 * MIB } };
	const struct boot_params *params;

	x86_make_bzimage(&image);
	if (!CHECK(start(&s)))
		return;
	params = zero_page(&s);
	CHECK(params && params->e820_entries == ARRAY_SIZE(expected) &&
	      !memcmp(params->e820_table, expected, sizeof(expected)));
	end(&s);
}

static void test_linux_seed(void)
{
	static const uint8_t zeros[32];
	struct started s = {0};
	const struct setup_data *data;
	const struct boot_params *params;

	x86_make_bzimage(&image);
	if (!CHECK(start(&s)))
		return;
	params = zero_page(&s);
	data = memory_at(&s, params->hdr.setup_data, sizeof(*data) + sizeof(zeros));
	CHECK(data && data->type == SETUP_RNG_SEED && data->len == sizeof(zeros) && !data->next &&
	      memcmp(data->data, zeros, sizeof(zeros)));
	end(&s);
}

static void test_linux_initrd(void)
{
	static const char disk[] = "this is the RAM disk";
	struct started s = { .opts = { .mem = 1024 * MIB } };
	const struct boot_params *params;
	char path[64];
	int fd = make_file(disk, sizeof(disk), path);

	s.opts.ramdisk = path;
	x86_make_bzimage(&image);
	x86_setup_header(&image)->initrd_addr_max = 0x1fffffff;
	if (CHECK(start(&s))) {
		check_plan(&s);
		params = zero_page(&s);
		CHECK(params->hdr.ramdisk_size == sizeof(disk));
		CHECK(params->hdr.ramdisk_image == 0x1ffff000);
		CHECK(memory_is(&s, params->hdr.ramdisk_image, disk, sizeof(disk)));
	}
	end(&s);
	close(fd);
}

static void test_linux_32bit(void)
{
	struct started s = {0};

	x86_make_bzimage(&image);
	x86_setup_header(&image)->xloadflags = 0;
	CHECK(start(&s));
	check_plan(&s);
	CHECK(mode_of(&s) == AXVM_X86_MODE_PROTECTED && s.plan.entry == BZ_PREFERRED);
	CHECK(zero_page(&s));
	end(&s);
	memset(&s, 0, sizeof(s));
	s.opts.protocol = "linux32";
	x86_make_bzimage(&image);
	CHECK(start(&s));
	CHECK(mode_of(&s) == AXVM_X86_MODE_PROTECTED && s.plan.entry == BZ_PREFERRED);
	end(&s);
}

/* A header of 2.02 has neither alignment nor sizes; the kernel goes to 1 MiB. */
static void test_linux_old(void)
{
	struct started s = { .opts = { .mem = 16 * MIB } };
	struct setup_header *hdr = x86_setup_header(&image);

	x86_make_bzimage(&image);
	hdr->version = 0x202;
	hdr->jump = 0x22eb;
	CHECK(start(&s));
	check_plan(&s);
	CHECK(mode_of(&s) == AXVM_X86_MODE_PROTECTED && s.plan.entry == 0x100000);
	CHECK(zero_page(&s) && !zero_page(&s)->hdr.pref_address);
	end(&s);
}

static void test_linux_place(void)
{
	struct started s = { .opts = { .mem = 20 * MIB } };
	struct started given = { .opts = { .has_load = true, .load = 0x2000000 } };
	struct started odd = { .opts = { .has_load = true, .load = 0x2001000 } };

	x86_make_bzimage(&image);
	/* Wherever it is loaded: it runs at 16 MiB and needs 8 MiB there. */
	refused(&s, "raise --mem");
	memset(&s, 0, sizeof(s));
	s.opts.mem = 24 * MIB - 4096;
	refused(&s, "raise --mem");
	memset(&s, 0, sizeof(s));
	s.opts.mem = 24 * MIB;
	s.opts.has_load = true;
	s.opts.load = 0x200000;
	CHECK(start(&s) && s.plan.entry == 0x200200);
	check_plan(&s);
	end(&s);
	CHECK(start(&given) && given.plan.entry == 0x2000200);
	end(&given);
	refused(&odd, "needs a multiple of 0x200000");
	memset(&s, 0, sizeof(s));
	s.opts.mem = 20 * MIB;
	x86_setup_header(&image)->relocatable_kernel = 0;
	refused(&s, "not all in one memory region");
	memset(&given, 0, sizeof(given));
	given.opts.has_load = true;
	given.opts.load = 0x2000000;
	refused(&given, "is made for 0x1000000");
}

static void test_linux_refused(void)
{
	struct setup_header *hdr = x86_setup_header(&image);
	struct started s = {0};
	char text[3000];

	x86_make_bzimage(&image);
	hdr->loadflags = 0;
	refused(&s, "is a zImage");
	x86_make_bzimage(&image);
	hdr->version = 0x201;
	refused(&s, "boot protocol 2.01");
	x86_make_bzimage(&image);
	hdr->boot_flag = 0;
	refused(&s, "boot sector");
	x86_make_bzimage(&image);
	hdr->setup_sects = 64;
	refused(&s, "ends in its setup code");
	x86_make_bzimage(&image);
	image.len -= 0x1000;
	refused(&s, "is cut short");
	x86_make_bzimage(&image);
	hdr->init_size = UINT32_MAX;
	refused(&s, "not all in one memory region");
	x86_make_bzimage(&image);
	hdr->pref_address = 0x100000000ULL;
	refused(&s, "prefers 0x100000000, but");
	x86_make_bzimage(&image);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	s.opts.cmdline = text;
	refused(&s, "has 2999 bytes; this kernel takes 2047");
}

static void test_linux_entry(void)
{
	struct started stub = { .opts = { .has_entry = true, .entry = 0x8000 } };
	struct started other = { .opts = { .has_entry = true, .entry = 0x9000 } };

	x86_make_bzimage(&image);
	CHECK(start(&stub) && stub.plan.entry == BZ_PREFERRED + 0x200);
	CHECK(said(&stub, "AxVisor's own start-up code"));
	end(&stub);
	refused(&other, "is 0x9000, but a Linux bzImage starts at 0x1000200");
}

/* --- the boot block --- */

static void test_block_long(void)
{
	struct started s = { .opts = { .mem = 5120 * MIB } };
	const uint64_t *gdt, *root, *upper, *lower;
	unsigned int i;
	uint64_t block;

	x86_make_bzimage(&image);
	if (!CHECK(start(&s)))
		return;
	block = s.plan.args[AXVM_X86_ARG_BLOCK];
	gdt = memory_at(&s, block, 32);
	CHECK(!(block % 4096) && gdt && !gdt[0] && gdt[2] == 0x00af9b000000ffffULL &&
	      gdt[3] == 0x00cf93000000ffffULL);
	root = memory_at(&s, block + AXVM_X86_BLOCK_ROOT, 4096);
	upper = memory_at(&s, root[0] & ~0xfffULL, 4096);
	CHECK(root && (root[0] & 0xfff) == 3 && !root[1] && upper && upper[5] && !upper[6]);
	for (i = 0; i < 6 * 512; i++) {
		lower = memory_at(&s, upper[i / 512] & ~0xfffULL, 4096);
		if (!CHECK(lower && lower[i % 512] == ((uint64_t)i << 21 | 0x83)))
			break;
	}
	end(&s);
}

static void test_block_protected(void)
{
	struct started s = {0};
	const uint64_t *gdt;

	x86_make_elf(&image, false, false, false);
	if (!CHECK(start(&s)))
		return;
	gdt = memory_at(&s, s.plan.args[AXVM_X86_ARG_BLOCK], 32);
	CHECK(gdt && gdt[2] == 0x00cf9b000000ffffULL && gdt[3] == 0x00cf93000000ffffULL);
	end(&s);
}

/* --- PVH and ELF --- */

struct pvh_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp, map;
	uint32_t nr_ranges, reserved;
};

static const struct pvh_info *pvh_info(const struct started *s)
{
	return memory_at(s, s->plan.args[AXVM_X86_ARG_RBX], sizeof(struct pvh_info));
}

static void test_pvh(void)
{
	struct started s = { .opts = { .cmdline = "a b" } };
	const struct pvh_info *info;
	const uint64_t *module;
	char path[64];
	int fd = make_file("disk", 4, path);

	s.opts.ramdisk = path;
	x86_make_elf(&image, true, true, true);
	if (!CHECK(start(&s)))
		return;
	check_plan(&s);
	CHECK(s.plan.entry == ELF_PVH && mode_of(&s) == AXVM_X86_MODE_PROTECTED);
	info = pvh_info(&s);
	if (CHECK(info)) {
		CHECK(info->magic == 0x336ec578 && info->version == 1 && !info->flags);
		CHECK(info->rsdp == PC_ACPI_BASE && memory_is(&s, info->cmdline, "a b", 4));
		CHECK(info->nr_modules == 1);
		module = memory_at(&s, info->modules, 32);
		CHECK(module && module[1] == 4 && memory_is(&s, module[0], "disk", 4));
		CHECK(info->nr_ranges == 3);
		module = memory_at(&s, info->map, 3 * 24);
		CHECK(module && module[6] == 0x100000 && module[7] == 63 * MIB && module[8] == 1);
	}
	end(&s);
	close(fd);
}

static void test_elf(void)
{
	struct started s = {0};

	x86_make_elf(&image, true, false, false);
	CHECK(start(&s));
	check_plan(&s);
	CHECK(s.plan.entry == ELF_ENTRY && mode_of(&s) == AXVM_X86_MODE_LONG);
	CHECK(memory_is(&s, ELF_BASE, image.data + 0x1000, 0x2000));
	CHECK(memory_is(&s, ELF_SECOND, image.data + 0x3000, 0x800));
	CHECK(zero_page(&s) && zero_page(&s)->hdr.version >= 0x20c && pvh_info(&s));
	end(&s);
	memset(&s, 0, sizeof(s));
	x86_make_elf(&image, false, false, false);
	CHECK(start(&s));
	check_plan(&s);
	CHECK(s.plan.entry == ELF_ENTRY && mode_of(&s) == AXVM_X86_MODE_PROTECTED);
	end(&s);
	memset(&s, 0, sizeof(s));
	s.opts.protocol = "elf";
	x86_make_elf(&image, true, true, true);
	CHECK(start(&s) && s.plan.entry == ELF_ENTRY && mode_of(&s) == AXVM_X86_MODE_LONG);
	end(&s);
}

/* Nothing that we put into memory may lie where a segment's zeros are. */
static void test_elf_bss(void)
{
	struct started s = { .opts = { .cmdline = "x" } };
	unsigned int i, kernels = 0;

	x86_make_elf(&image, true, false, false);
	if (!CHECK(start(&s)))
		return;
	for (i = 0; i < s.plan.nr_blobs; i++)
		kernels += ranges_overlap(s.plan.blobs[i].gpa, s.plan.blobs[i].len, ELF_SECOND,
					  ELF_BSS);
	CHECK(kernels == 1);
	end(&s);
}

#define PHDR64(n)	(64 + 56 * (n))		/* of the file that x86_make_elf() makes */

static void test_elf_refused(void)
{
	struct started s = {0};

	x86_make_elf(&image, true, false, false);
	x86_put32(&image, PHDR64(1) + 24, ELF_BASE + 0x1000);
	refused(&s, "segments overlap");
	x86_make_elf(&image, true, false, false);
	image.data[56] = 0xff;
	image.data[57] = 0xff;
	refused(&s, "program headers are outside");
	x86_make_elf(&image, true, false, false);
	image.len = 40;
	refused(&s, "header is cut short");
	x86_make_elf(&image, true, false, false);
	x86_put32(&image, PHDR64(1) + 32, 0xfffff);
	x86_put32(&image, PHDR64(1) + 40, 0xfffff);
	refused(&s, "segment is outside");
	x86_make_elf(&image, true, false, false);
	x86_put32(&image, 24, 0x5000000);
	refused(&s, "entry point 0x5000000 is in no segment");
	x86_make_elf(&image, true, true, false);
	x86_put32(&image, 0x3800 + 32, 0x5000000);
	refused(&s, "PVH entry point 0x5000000 is in no segment");
	x86_make_elf(&image, true, true, false);
	x86_put32(&image, 0x3800 + 16, 0xfffffff0);
	CHECK(start(&s) && s.plan.entry == ELF_ENTRY);
	end(&s);
}

/* --- multiboot --- */

struct mb_info {
	uint32_t flags, lower, upper, device, cmdline, nr_mods, mods, syms[4], map_len, map;
	uint32_t drives[2], config, loader;
};

static const struct mb_info *mb_info(const struct started *s)
{
	return memory_at(s, s->plan.args[AXVM_X86_ARG_RBX], sizeof(struct mb_info));
}

static void check_mb_info(const struct started *s)
{
	const struct mb_info *info = mb_info(s);
	const uint32_t *module;

	if (!CHECK(info))
		return;
	CHECK(info->flags == (1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9));
	CHECK(info->lower == 640 && info->upper == 63 * 1024);
	CHECK(memory_is(s, info->cmdline, "text", 5) && memory_is(s, info->loader, "axvm", 5));
	module = memory_at(s, info->mods, 16);
	CHECK(info->nr_mods == 1 && module && module[1] - module[0] == 4 && !module[3]);
	CHECK(!(module[0] % 4096) && memory_is(s, module[0], "disk", 4));
	CHECK(memory_at(s, module[2], 2));
	module = memory_at(s, info->map, info->map_len);
	CHECK(info->map_len == 3 * 24 && module && module[0] == 20 && module[5] == 1 &&
	      module[6] == 20 && module[11] == 2);
}

static void test_multiboot(void)
{
	struct started s = { .opts = { .cmdline = "text" } };
	char path[64];
	int fd = make_file("disk", 4, path);

	s.opts.ramdisk = path;
	x86_make_multiboot(&image);
	CHECK(start(&s));
	check_plan(&s);
	CHECK(s.plan.entry == MB_ENTRY && mode_of(&s) == AXVM_X86_MODE_PROTECTED);
	CHECK(eax_of(&s) == 0x2badb002);
	CHECK(memory_is(&s, MB_LOAD, image.data, MB_BODY));
	check_mb_info(&s);
	end(&s);
	close(fd);
}

static void test_multiboot_elf(void)
{
	struct started s = {0}, asked = { .opts = { .protocol = "multiboot" } };

	x86_make_elf(&image, false, false, true);
	CHECK(start(&s));
	check_plan(&s);
	CHECK(s.plan.entry == ELF_ENTRY && eax_of(&s) == 0x2badb002 && mb_info(&s));
	end(&s);
	x86_make_elf(&image, true, true, true);
	CHECK(start(&asked));
	CHECK(asked.plan.entry == ELF_ENTRY && eax_of(&asked) == 0x2badb002);
	CHECK(mode_of(&asked) == AXVM_X86_MODE_PROTECTED);
	end(&asked);
}

static void test_multiboot_extent(void)
{
	struct started s = {0};

	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 16, MB_LOAD + 0x80);
	x86_put32(&image, MB_HEADER + 20, MB_LOAD + 0x1000);
	CHECK(start(&s));
	CHECK(memory_is(&s, MB_LOAD + 0x80, image.data + 0x80, 0x1000 - 0x80));
	CHECK(!memory_at(&s, MB_LOAD + 0x1000, 1) && !memory_at(&s, MB_LOAD, 1));
	end(&s);
}

static void test_multiboot_refused(void)
{
	struct started s = { .opts = { .protocol = "multiboot" } };

	x86_make_multiboot(&image);
	x86_put_multiboot(&image, MB_HEADER, 0x10007);
	refused(&s, "wants a video mode");
	x86_make_multiboot(&image);
	x86_put_multiboot(&image, MB_HEADER, 0x10103);
	refused(&s, "demands 0x100");
	x86_make_multiboot(&image);
	x86_put_multiboot(&image, MB_HEADER, 3);
	refused(&s, "without addresses and is no ELF");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 12, MB_LOAD - 1);
	refused(&s, "header is said to be at");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 12, MB_LOAD + MB_HEADER + 1);
	refused(&s, "header is said to be at");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 20, MB_LOAD + MB_BODY + 1);
	refused(&s, "outside of the file");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 24, MB_LOAD + 8);
	refused(&s, "before what is loaded");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 28, MB_LOAD + MB_MEMORY);
	refused(&s, "entry point");
	x86_make_multiboot(&image);
	image.len = MB_HEADER + 16;
	refused(&s, "cut short");
	x86_make_multiboot(&image);
	x86_put32(&image, MB_HEADER + 8, 0);
	refused(&s, "is not a multiboot kernel");
	/* The header is looked for in the first 8 KiB alone. */
	x86_make_bzimage(&image);
	x86_put_multiboot(&image, 8192, 3);
	refused(&s, "is not a multiboot kernel");
}

/* --- plain bytes --- */

static void make_raw(size_t len)
{
	memset(&image, 0, sizeof(image));
	memset(image.data, 0x90, len);
	image.len = len;
}

static void test_raw(void)
{
	struct started protected = { .opts = { .has_load = true, .load = 0x100000 } };
	struct started real = { .opts = { .has_load = true, .load = 0x8000 } };
	struct started sector = { .opts = { .protocol = "real" } };
	struct started low = { .opts = { .protocol = "protected", .has_load = true,
					 .load = 0x8000, .has_entry = true, .entry = 0x8010 } };

	make_raw(0x1000);
	CHECK(start(&protected) && protected.plan.entry == 0x100000);
	CHECK(mode_of(&protected) == AXVM_X86_MODE_PROTECTED);
	end(&protected);
	CHECK(start(&real) && real.plan.entry == 0x8000);
	CHECK(mode_of(&real) == AXVM_X86_MODE_REAL && !real.plan.args[AXVM_X86_ARG_BLOCK]);
	check_plan(&real);
	end(&real);
	CHECK(start(&sector) && sector.plan.entry == 0x7c00);
	CHECK(mode_of(&sector) == AXVM_X86_MODE_REAL);
	end(&sector);
	CHECK(start(&low) && low.plan.entry == 0x8010);
	CHECK(mode_of(&low) == AXVM_X86_MODE_PROTECTED && low.plan.args[AXVM_X86_ARG_BLOCK]);
	end(&low);
}

/* A program may lie where tables would; then there are none, and that is said. */
static void test_raw_on_tables(void)
{
	struct started s = { .opts = { .has_load = true, .load = 0xf0000 } };

	make_raw(0x1000);
	CHECK(start(&s) && s.plan.entry == 0xf0000);
	CHECK(said(&s, "gets no MP tables") && !said(&s, "gets no ACPI"));
	CHECK(memory_is(&s, 0xe0000, "RSD PTR ", 8));
	end(&s);
}

static void test_raw_refused(void)
{
	struct started s = { .opts = { .protocol = "real", .has_load = true, .load = 0x100000 } };
	struct started not_elf = { .opts = { .protocol = "pvh" } };

	make_raw(0x1000);
	refused(&s, "cannot be reached in real mode");
	refused(&not_elf, "is \"pvh\", but");
}

/* --- damaged files --- */

static unsigned int next_random(void)
{
	static unsigned int state = 20;

	state = state * 1103515245 + 12345;
	return state >> 8;
}

static void spoil(void)
{
	static const uint32_t values[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };
	unsigned int nr = 1 + next_random() % 4;

	for (; nr; nr--) {
		size_t at = next_random() % (next_random() % 2 ? 0x280 : image.len - 4);

		switch (next_random() % 3) {
		case 0:
			image.data[at] = next_random();
			break;
		case 1:
			x86_put32(&image, at, values[next_random() % ARRAY_SIZE(values)]);
			break;
		default:
			x86_put32(&image, at, next_random() << 12);
		}
	}
	if (!(next_random() % 8))
		image.len = 1 + next_random() % image.len;
}

static void make_sample(unsigned int kind)
{
	if (kind == 0)
		x86_make_bzimage(&image);
	else if (kind == 1)
		x86_make_multiboot(&image);
	else
		x86_make_elf(&image, kind & 1, kind & 2, kind & 4);
}

#define SAMPLES		8
#define SPOILT		6000

/* Whatever a file says, there is a sound plan or an error. */
static void test_spoilt(void)
{
	unsigned int i;

	for (i = 0; i < SPOILT; i++) {
		struct started s = { .opts = { .cmdline = "x", .mem = 64 * MIB } };

		make_sample(i % SAMPLES);
		spoil();
		if (start(&s))
			check_plan(&s);
		else
			CHECK(s.diag.nr_items);
		end(&s);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "x86-linux", test_linux },
		{ "x86-linux-map", test_linux_map },
		{ "x86-linux-seed", test_linux_seed },
		{ "x86-linux-initrd", test_linux_initrd },
		{ "x86-linux-32bit", test_linux_32bit },
		{ "x86-linux-old", test_linux_old },
		{ "x86-linux-place", test_linux_place },
		{ "x86-linux-refused", test_linux_refused },
		{ "x86-linux-entry", test_linux_entry },
		{ "x86-block-long", test_block_long },
		{ "x86-block-protected", test_block_protected },
		{ "x86-pvh", test_pvh },
		{ "x86-elf", test_elf },
		{ "x86-elf-bss", test_elf_bss },
		{ "x86-elf-refused", test_elf_refused },
		{ "x86-multiboot", test_multiboot },
		{ "x86-multiboot-elf", test_multiboot_elf },
		{ "x86-multiboot-extent", test_multiboot_extent },
		{ "x86-multiboot-refused", test_multiboot_refused },
		{ "x86-raw", test_raw },
		{ "x86-raw-on-tables", test_raw_on_tables },
		{ "x86-raw-refused", test_raw_refused },
		{ "x86-spoilt", test_spoilt },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}
