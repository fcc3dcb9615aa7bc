// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels for x86_64 guests that the tests start, see x86_image.h.
 */
#include "x86_image.h"

#include <elf.h>
#include <string.h>

#include "../util.h"

/* Contents that differ everywhere. */
static void fill(uint8_t *data, size_t len)
{
	unsigned int state = 7;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1103515245 + 12345;
		data[i] = state >> 16;
	}
}

static void reset(struct x86_image *image, size_t len)
{
	memset(image, 0, sizeof(*image));
	image->len = len;
}

void x86_put32(struct x86_image *image, size_t offset, uint32_t value)
{
	memcpy(image->data + offset, &value, sizeof(value));
}

uint32_t x86_get32(const struct x86_image *image, size_t offset)
{
	return read_le32(image->data + offset);
}

struct setup_header *x86_setup_header(struct x86_image *image)
{
	return (struct setup_header *)(image->data + offsetof(struct boot_params, hdr));
}

void x86_make_bzimage(struct x86_image *image)
{
	struct setup_header *hdr = x86_setup_header(image);

	reset(image, BZ_SETUP + BZ_BODY);
	fill(image->data + BZ_SETUP, BZ_BODY);
	hdr->setup_sects = BZ_SETUP / 512 - 1;
	hdr->syssize = BZ_BODY / 16;
	hdr->boot_flag = 0xaa55;
	hdr->jump = 0xeb | (sizeof(*hdr) - offsetof(struct setup_header, header)) << 8;
	memcpy(&hdr->header, "HdrS", 4);
	hdr->version = 0x20f;
	hdr->loadflags = LOADED_HIGH;
	hdr->initrd_addr_max = 0x7fffffff;
	hdr->kernel_alignment = 0x200000;
	hdr->relocatable_kernel = 1;
	hdr->xloadflags = XLF_KERNEL_64;
	hdr->cmdline_size = 2047;
	hdr->pref_address = BZ_PREFERRED;
	hdr->init_size = BZ_INIT_SIZE;
}

void x86_put_multiboot(struct x86_image *image, size_t offset, uint32_t flags)
{
	x86_put32(image, offset, 0x1badb002);
	x86_put32(image, offset + 4, flags);
	x86_put32(image, offset + 8, -(0x1badb002 + flags));
}

#define NOTE_OFFSET	0x3800
#define NOTE_LEN	(16 + 24)

/* A note of somebody else, then the one that matters, of 8 bytes as Linux has it. */
static void put_notes(struct x86_image *image)
{
	x86_put32(image, NOTE_OFFSET, 4);
	x86_put32(image, NOTE_OFFSET + 4, 0);
	x86_put32(image, NOTE_OFFSET + 8, 18);
	memcpy(image->data + NOTE_OFFSET + 12, "GNU", 4);
	x86_put32(image, NOTE_OFFSET + 16, 4);
	x86_put32(image, NOTE_OFFSET + 20, 8);
	x86_put32(image, NOTE_OFFSET + 24, 18);
	memcpy(image->data + NOTE_OFFSET + 28, "Xen", 4);
	x86_put32(image, NOTE_OFFSET + 32, ELF_PVH);
}

static void put_ident(uint8_t *ident, unsigned int class)
{
	memcpy(ident, ELFMAG, SELFMAG);
	ident[EI_CLASS] = class;
	ident[EI_DATA] = ELFDATA2LSB;
	ident[EI_VERSION] = EV_CURRENT;
}

static void put_elf64(struct x86_image *image, unsigned int nr)
{
	Elf64_Ehdr ehdr = {
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = ELF_ENTRY, .e_phoff = sizeof(ehdr), .e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = nr,
	};
	const Elf64_Phdr phdrs[] = {
		{
			.p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = ELF_BASE,
			.p_paddr = ELF_BASE, .p_filesz = 0x2000, .p_memsz = 0x2000,
		}, {
			.p_type = PT_LOAD, .p_offset = 0x3000, .p_vaddr = ELF_SECOND,
			.p_paddr = ELF_SECOND, .p_filesz = 0x800, .p_memsz = ELF_BSS,
		}, {
			.p_type = PT_NOTE, .p_offset = NOTE_OFFSET, .p_filesz = NOTE_LEN,
			.p_memsz = NOTE_LEN,
		},
	};

	put_ident(ehdr.e_ident, ELFCLASS64);
	memcpy(image->data, &ehdr, sizeof(ehdr));
	memcpy(image->data + sizeof(ehdr), phdrs, nr * sizeof(phdrs[0]));
}

static void put_elf32(struct x86_image *image, unsigned int nr)
{
	Elf32_Ehdr ehdr = {
		.e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT,
		.e_entry = ELF_ENTRY, .e_phoff = sizeof(ehdr), .e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = nr,
	};
	const Elf32_Phdr phdrs[] = {
		{
			.p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = ELF_BASE,
			.p_paddr = ELF_BASE, .p_filesz = 0x2000, .p_memsz = 0x2000,
		}, {
			.p_type = PT_LOAD, .p_offset = 0x3000, .p_vaddr = ELF_SECOND,
			.p_paddr = ELF_SECOND, .p_filesz = 0x800, .p_memsz = ELF_BSS,
		}, {
			.p_type = PT_NOTE, .p_offset = NOTE_OFFSET, .p_filesz = NOTE_LEN,
			.p_memsz = NOTE_LEN,
		},
	};

	put_ident(ehdr.e_ident, ELFCLASS32);
	memcpy(image->data, &ehdr, sizeof(ehdr));
	memcpy(image->data + sizeof(ehdr), phdrs, nr * sizeof(phdrs[0]));
}

void x86_make_elf(struct x86_image *image, bool wide, bool pvh, bool multiboot)
{
	reset(image, 0x4000);
	fill(image->data + 0x1000, 0x2800);
	if (wide)
		put_elf64(image, pvh ? 3 : 2);
	else
		put_elf32(image, pvh ? 3 : 2);
	if (pvh)
		put_notes(image);
	if (multiboot)
		x86_put_multiboot(image, 0x1080, 0x3);
}

void x86_make_multiboot(struct x86_image *image)
{
	reset(image, MB_BODY);
	fill(image->data, MB_BODY);
	x86_put_multiboot(image, MB_HEADER, 0x10003);
	x86_put32(image, MB_HEADER + 12, MB_LOAD + MB_HEADER);
	x86_put32(image, MB_HEADER + 16, MB_LOAD);
	x86_put32(image, MB_HEADER + 20, 0);
	x86_put32(image, MB_HEADER + 24, MB_LOAD + MB_MEMORY);
	x86_put32(image, MB_HEADER + 28, MB_ENTRY);
}
