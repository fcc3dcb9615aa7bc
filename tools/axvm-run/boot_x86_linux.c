// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's own x86 boot protocol: bzImage, zero page.
 *
 * Called by boot_x86.c. Names and numbers are those of the kernel's
 * asm/bootparam.h, rules those of Documentation/arch/x86/boot.rst. The 64-bit
 * entry point is used where the kernel has one, for nothing has to be
 * calibrated or switched then; else, or when asked for, the 32-bit one.
 */
#include <asm/bootparam.h>
#include <linux/axvm.h>
#include <string.h>
#include <sys/random.h>

#include "boot_x86.h"
#include "pc.h"

#define SECTOR			512
#define DEFAULT_SETUP_SECTS	4	/* what 0 means */
#define BOOT_MAGIC		0xaa55
#define LOADER_UNDEFINED	0xff	/* of no assigned number */
#define ENTRY_64		0x200	/* from the start of the protected-mode code */
#define DEFAULT_LOAD		0x100000ULL
#define DEFAULT_INITRD_MAX	0x37ffffffULL
#define DEFAULT_CMDLINE_SIZE	255
#define SEED_BYTES		32

#define VERSION(major, minor)	((major) << 8 | (minor))

/* In which version of the protocol a field of the header appeared. */
#define VERSION_CMDLINE		VERSION(2, 2)
#define VERSION_INITRD_MAX	VERSION(2, 3)
#define VERSION_SYSSIZE		VERSION(2, 4)
#define VERSION_RELOCATABLE	VERSION(2, 5)
#define VERSION_CMDLINE_SIZE	VERSION(2, 6)
#define VERSION_SETUP_DATA	VERSION(2, 9)
#define VERSION_PREF_ADDRESS	VERSION(2, 10)
#define VERSION_XLOADFLAGS	VERSION(2, 12)

#define HEADER_OFFSET		offsetof(struct boot_params, hdr)
#define HEADER_MAX		(offsetof(struct boot_params, edd_mbr_sig_buffer) - HEADER_OFFSET)

_Static_assert(sizeof(struct boot_params) == BOOT_PAGE, "the zero page is a page");

static bool recognise(struct x86_boot *x)
{
	return image_is_bzimage(&x->kernel);
}

/* The jump over the header says where it ends; what the file does not have is 0. */
static void read_header(const struct x86_boot *x, struct boot_params *params)
{
	const uint8_t *data = x->kernel.data;
	uint8_t *header = (uint8_t *)params + HEADER_OFFSET;
	size_t jump = offsetof(struct boot_params, hdr.jump);
	size_t end = jump + 2 + data[jump + 1];
	size_t len = end - HEADER_OFFSET;

	if (len > HEADER_MAX)
		len = HEADER_MAX;
	if (len > x->kernel.len - HEADER_OFFSET)
		len = x->kernel.len - HEADER_OFFSET;
	memset(params, 0, sizeof(*params));
	memcpy(header, data + HEADER_OFFSET, len);
}

/* Bytes of the file before the protected-mode code. */
static uint64_t setup_len(const struct setup_header *hdr)
{
	return (1 + (hdr->setup_sects ? hdr->setup_sects : DEFAULT_SETUP_SECTS)) * SECTOR;
}

static bool check_header(struct x86_boot *x, const struct setup_header *hdr)
{
	uint64_t len = x->kernel.len, setup = setup_len(hdr);

	if (hdr->boot_flag != BOOT_MAGIC)
		return x86_kernel_error(x, "is damaged: its boot sector is not marked as one");
	if (hdr->version < VERSION_CMDLINE)
		return x86_kernel_error(x,
					"has boot protocol %u.%02u; 2.02 and later are supported",
					hdr->version >> 8, hdr->version & 0xff);
	if (!(hdr->loadflags & LOADED_HIGH))
		return x86_kernel_error(x, "is a zImage, which is not supported; a bzImage is");
	if (setup >= len)
		return x86_kernel_error(x, "is damaged: it ends in its setup code");
	if (hdr->version >= VERSION_SYSSIZE && hdr->syssize * 16ULL > len - setup + 15)
		return x86_kernel_error(x, "is cut short: %llu of %llu bytes are there",
					(unsigned long long)len,
					(unsigned long long)(setup + hdr->syssize * 16ULL));
	return true;
}

static bool is_relocatable(const struct setup_header *hdr)
{
	return hdr->version >= VERSION_RELOCATABLE && hdr->relocatable_kernel;
}

static uint64_t preferred_load(const struct setup_header *hdr)
{
	return hdr->version >= VERSION_PREF_ADDRESS && hdr->pref_address ?
	       hdr->pref_address : DEFAULT_LOAD;
}

/* A damaged header must not make an alignment that is none. */
static uint64_t load_align(const struct setup_header *hdr)
{
	uint64_t align = hdr->kernel_alignment;

	return align && !(align & (align - 1)) ? align : BOOT_PAGE;
}

/* boot.rst, "init_size": a kernel that was loaded below what it prefers moves itself there. */
static uint64_t runtime_start(const struct setup_header *hdr, uint64_t gpa)
{
	uint64_t align = load_align(hdr), start = preferred_load(hdr);

	if (!is_relocatable(hdr))
		return start;
	if (gpa > start)
		start = gpa;
	return (start + align - 1) & ~(align - 1);
}

/* From where it is loaded on: itself, and to where it runs and what it needs there. */
static uint64_t memory_len(const struct x86_boot *x, const struct setup_header *hdr, uint64_t gpa)
{
	uint64_t loaded = gpa + x->kernel.len - setup_len(hdr), runs = loaded;

	if (hdr->version >= VERSION_PREF_ADDRESS)
		runs = runtime_start(hdr, gpa) + hdr->init_size;
	return (runs > loaded ? runs : loaded) - gpa;
}

static bool check_load_addr(struct x86_boot *x, const struct setup_header *hdr, uint64_t gpa)
{
	const struct config_addr *load = &x->b->cfg->kernel.load;

	if (!is_relocatable(hdr) && gpa != preferred_load(hdr))
		return boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but the kernel is made for 0x%llx; leave the key out",
				 (unsigned long long)gpa,
				 (unsigned long long)preferred_load(hdr));
	if (is_relocatable(hdr) && gpa % load_align(hdr))
		return boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but this kernel needs a multiple of 0x%llx",
				 (unsigned long long)gpa, (unsigned long long)load_align(hdr));
	if (gpa >= PC_HOLE_END)
		return boot_fail(x->b, load->pos, "kernel.kernel_load_addr",
				 "is 0x%llx, but kernels are started below 4 GiB",
				 (unsigned long long)gpa);
	return true;
}

/* Where it wants to be, else as low as it fits above when it can be moved. */
static bool choose_load_addr(struct x86_boot *x, const struct setup_header *hdr, uint64_t *gpa)
{
	const struct config_addr *load = &x->b->cfg->kernel.load;
	uint64_t len, found;

	*gpa = preferred_load(hdr);
	if (*gpa >= PC_HOLE_END)
		return x86_kernel_error(x, "prefers 0x%llx, but kernels are started below 4 GiB",
					(unsigned long long)*gpa);
	if (load->set) {
		*gpa = load->value;
		return check_load_addr(x, hdr, load->value);
	}
	len = memory_len(x, hdr, *gpa);
	if (is_relocatable(hdr) && !boot_is_free(x->b, *gpa, len) &&
	    boot_find_low(x->b, *gpa, PC_HOLE_END, len, load_align(hdr), &found))
		*gpa = found;
	return true;
}

static bool is_64bit(const struct x86_boot *x, const struct setup_header *hdr)
{
	return x->b->cfg->protocol != CONFIG_BOOT_LINUX32 &&
	       hdr->version >= VERSION_XLOADFLAGS && (hdr->xloadflags & XLF_KERNEL_64);
}

static bool check_cmdline(struct x86_boot *x, const struct setup_header *hdr)
{
	const char *text = x->b->cfg->cmdline;
	uint32_t max = hdr->version >= VERSION_CMDLINE_SIZE && hdr->cmdline_size ?
		       hdr->cmdline_size : DEFAULT_CMDLINE_SIZE;

	if (!text || strlen(text) <= max)
		return true;
	return boot_fail(x->b, x->b->cfg->kernel.pos, "kernel.cmdline",
			 "has %zu bytes; this kernel takes %u", strlen(text), max);
}

static bool load(struct x86_boot *x)
{
	struct boot_params params;
	const struct setup_header *hdr = &params.hdr;
	uint64_t gpa, setup;

	read_header(x, &params);
	if (!check_header(x, hdr) || !check_cmdline(x, hdr) || !choose_load_addr(x, hdr, &gpa) ||
	    !x86_reserve_kernel(x, gpa, memory_len(x, hdr, gpa)))
		return false;
	setup = setup_len(hdr);
	x86_add_kernel(x, gpa, setup, x->kernel.len - setup);
	x->mode = is_64bit(x, hdr) ? AXVM_X86_MODE_LONG : AXVM_X86_MODE_PROTECTED;
	x->initrd_limit = 1 + (hdr->version >= VERSION_INITRD_MAX ?
			       hdr->initrd_addr_max : DEFAULT_INITRD_MAX);
	if (x->initrd_limit > PC_HOLE_END)
		x->initrd_limit = PC_HOLE_END;
	return x86_set_entry(x, gpa + (is_64bit(x, hdr) ? ENTRY_64 : 0));
}

/* A vmlinux has no setup header: say the least that startup code looks at. */
static void make_header(struct setup_header *hdr)
{
	hdr->boot_flag = BOOT_MAGIC;
	memcpy(&hdr->header, "HdrS", sizeof(hdr->header));
	hdr->version = VERSION_XLOADFLAGS;
	hdr->loadflags = LOADED_HIGH;
	hdr->cmdline_size = CONFIG_CMDLINE_MAX;
	hdr->kernel_alignment = BOOT_PAGE;
}

static void fill_map(const struct x86_boot *x, struct boot_params *params)
{
	unsigned int i;

	for (i = 0; i < x->nr_ranges && i < E820_MAX_ENTRIES_ZEROPAGE; i++)
		params->e820_table[i] = (struct boot_e820_entry){
			.addr = x->map[i].gpa,
			.size = x->map[i].len,
			.type = x->map[i].type,
		};
	params->e820_entries = i;
}

/* Random numbers, so that the guest need not wait for its own. */
static bool put_seed(struct x86_boot *x, struct boot_params *params)
{
	uint8_t node[sizeof(struct setup_data) + SEED_BYTES];
	const struct setup_data head = { .type = SETUP_RNG_SEED, .len = SEED_BYTES };
	uint64_t gpa;

	if (params->hdr.version < VERSION_SETUP_DATA)
		return true;
	memcpy(node, &head, sizeof(head));
	if (getrandom(node + sizeof(head), SEED_BYTES, 0) != SEED_BYTES) {
		diag_add(x->b->diag, DIAG_WARNING, (struct src_pos){0}, NULL,
			 "no random numbers for the guest's seed");
		return true;
	}
	if (!x86_put(x, node, sizeof(node), 8, "the random seed", &gpa))
		return false;
	params->hdr.setup_data = gpa;
	return true;
}

static bool put_cmdline(struct x86_boot *x, struct boot_params *params)
{
	uint64_t gpa;

	if (!x86_put_cmdline(x, &gpa))
		return false;
	params->hdr.cmd_line_ptr = gpa;
	params->ext_cmd_line_ptr = gpa >> 32;
	return true;
}

bool x86_put_zero_page(struct x86_boot *x, uint64_t *gpa)
{
	struct boot_params params = {0};

	if (image_is_bzimage(&x->kernel))
		read_header(x, &params);
	else
		make_header(&params.hdr);
	params.hdr.type_of_loader = LOADER_UNDEFINED;
	params.hdr.code32_start = x->entry;
	params.hdr.ramdisk_image = x->b->initrd_gpa;
	params.hdr.ramdisk_size = x->b->initrd.len;
	params.ext_ramdisk_image = x->b->initrd_gpa >> 32;
	params.ext_ramdisk_size = (uint64_t)x->b->initrd.len >> 32;
	params.acpi_rsdp_addr = x->rsdp;
	fill_map(x, &params);
	return put_cmdline(x, &params) && put_seed(x, &params) &&
	       x86_put(x, &params, sizeof(params), BOOT_PAGE, "the zero page", gpa);
}

static bool start(struct x86_boot *x)
{
	return x86_put_zero_page(x, &x->rsi);
}

const struct x86_method x86_linux = {
	.name = "a Linux bzImage",
	.recognise = recognise,
	.load = load,
	.start = start,
};
