// SPDX-License-Identifier: GPL-2.0
/*
 * ELF files: headers checked, cut into segments, notes for PVH found.
 *
 * Called by image.c. Files of 32 bits are widened while they are read; only
 * x86 has kernels of that kind.
 */
#include <elf.h>
#include <string.h>

#include "image.h"

/* Xen's public/elfnote.h: 32-bit entry point for PVH guests. */
#define NOTE_OWNER		"Xen"
#define NOTE_PHYS32_ENTRY	18

static const struct {
	unsigned int machine;
	enum config_arch arch;
	bool is_32bit;
} elf_machines[] = {
	{ EM_RISCV, CONFIG_ARCH_RISCV64, false },
	{ EM_AARCH64, CONFIG_ARCH_ARM64, false },
	{ EM_X86_64, CONFIG_ARCH_X86_64, false },
	/* GRUB's and our multiboot kernels for x86_64 are often said to be of this machine. */
	{ EM_386, CONFIG_ARCH_X86_64, true },
	{ 258 /* EM_LOONGARCH, not in every elf.h */, CONFIG_ARCH_LOONGARCH64, false },
};

bool image_is_elf(const struct image_bytes *bytes)
{
	return bytes->len >= SELFMAG && !memcmp(bytes->data, ELFMAG, SELFMAG);
}

static bool is_32bit(const struct image_bytes *bytes)
{
	return bytes->data[EI_CLASS] == ELFCLASS32;
}

/* The header as one of 64 bits, whichever it is. */
static bool read_header(const struct image_bytes *bytes, Elf64_Ehdr *ehdr)
{
	Elf32_Ehdr narrow;

	if (bytes->len < EI_NIDENT || bytes->len < (is_32bit(bytes) ? sizeof(narrow) :
						    sizeof(*ehdr)))
		return false;
	memcpy(ehdr, bytes->data, is_32bit(bytes) ? EI_NIDENT : sizeof(*ehdr));
	if (!is_32bit(bytes))
		return true;
	memcpy(&narrow, bytes->data, sizeof(narrow));
	ehdr->e_type = narrow.e_type;
	ehdr->e_machine = narrow.e_machine;
	ehdr->e_entry = narrow.e_entry;
	ehdr->e_phoff = narrow.e_phoff;
	ehdr->e_phentsize = narrow.e_phentsize;
	ehdr->e_phnum = narrow.e_phnum;
	return true;
}

static size_t phdr_size(const struct image_bytes *bytes)
{
	return is_32bit(bytes) ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
}

/* Program header @i, which is inside of the file. */
static Elf64_Phdr read_phdr(const struct image_bytes *bytes, const Elf64_Ehdr *ehdr,
			    unsigned int i)
{
	const uint8_t *at = bytes->data + ehdr->e_phoff + i * phdr_size(bytes);
	Elf32_Phdr narrow;
	Elf64_Phdr phdr;

	if (!is_32bit(bytes)) {
		memcpy(&phdr, at, sizeof(phdr));
		return phdr;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return (Elf64_Phdr){
		.p_type = narrow.p_type,
		.p_offset = narrow.p_offset,
		.p_vaddr = narrow.p_vaddr,
		.p_paddr = narrow.p_paddr,
		.p_filesz = narrow.p_filesz,
		.p_memsz = narrow.p_memsz,
		.p_align = narrow.p_align,
	};
}

static enum config_arch find_arch(const Elf64_Ehdr *ehdr)
{
	bool is_32bit = ehdr->e_ident[EI_CLASS] == ELFCLASS32;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(elf_machines); i++)
		if (elf_machines[i].machine == ehdr->e_machine &&
		    elf_machines[i].is_32bit == is_32bit)
			return elf_machines[i].arch;
	return CONFIG_ARCH_UNKNOWN;
}

enum config_arch image_elf_arch(const struct image_bytes *bytes)
{
	Elf64_Ehdr ehdr;

	return read_header(bytes, &ehdr) ? find_arch(&ehdr) : CONFIG_ARCH_UNKNOWN;
}

static bool check_header(const Elf64_Ehdr *ehdr, const struct image_bytes *bytes,
			 struct image_info *info, struct image_error *error)
{
	if (ehdr->e_ident[EI_DATA] != ELFDATA2LSB)
		return image_fail(error, "is ELF, but not little endian");
	info->arch = find_arch(ehdr);
	if (info->arch == CONFIG_ARCH_UNKNOWN)
		return image_fail(error, "is ELF of %d bits for machine %u, which is not supported",
				  is_32bit(bytes) ? 32 : 64, ehdr->e_machine);
	if (ehdr->e_type != ET_EXEC && ehdr->e_type != ET_DYN)
		return image_fail(error, "is ELF, but no executable");
	if (ehdr->e_phentsize != phdr_size(bytes) || !ehdr->e_phnum ||
	    !range_within(ehdr->e_phoff, ehdr->e_phnum * phdr_size(bytes), 0, bytes->len))
		return image_fail(error,
				  "is damaged: its ELF program headers are outside of the file");
	return true;
}

/* A kernel has no use for a program that loads it, and for libraries (ELF, gABI 5). */
static bool check_program(const Elf64_Phdr *phdr, struct image_error *error)
{
	if (phdr->p_type != PT_INTERP)
		return true;
	return image_fail(error, "is a program that runs under an operating system, no kernel: "
			  "it wants to be started by a loader (PT_INTERP)");
}

static bool add_segment(const Elf64_Phdr *phdr, const struct image_bytes *bytes,
			struct image_info *info, struct image_error *error)
{
	struct image_segment *segment = &info->segments[info->nr_segments];

	if (phdr->p_type != PT_LOAD || !phdr->p_memsz)
		return true;
	if (info->nr_segments == IMAGE_MAX_SEGMENTS)
		return image_fail(error, "has too many ELF segments; at most %d are supported",
				  IMAGE_MAX_SEGMENTS);
	if (phdr->p_filesz > phdr->p_memsz ||
	    !range_within(phdr->p_offset, phdr->p_filesz, 0, bytes->len))
		return image_fail(error, "is damaged: an ELF segment is outside of the file");
	if (!range_within(phdr->p_paddr, phdr->p_memsz, 0, CONFIG_GPA_MAX))
		return image_fail(error, "is linked for address 0x%llx, which guests cannot have",
				  (unsigned long long)phdr->p_paddr);
	segment->offset = phdr->p_offset;
	segment->file_len = phdr->p_filesz;
	segment->gpa = phdr->p_paddr;
	segment->mem_len = phdr->p_memsz;
	segment->virt = phdr->p_vaddr;
	info->nr_segments++;
	return true;
}

/**
 * take_note() - take the note at the beginning of some bytes
 * @at: the bytes
 * @len: their number
 * @info: takes the entry point, if that is what the note has
 *
 * Return: bytes of the note with its padding, 0 when it is cut short.
 */
static size_t take_note(const uint8_t *at, size_t len, struct image_info *info)
{
	uint64_t name_len, value_len, size;
	const uint8_t *name;

	if (len < sizeof(Elf64_Nhdr))
		return 0;
	name = at + sizeof(Elf64_Nhdr);
	name_len = align_up(read_le32(at), 4);
	value_len = align_up(read_le32(at + 4), 4);
	size = sizeof(Elf64_Nhdr) + name_len + value_len;
	if (size > len)
		return 0;
	if (read_le32(at + 8) != NOTE_PHYS32_ENTRY || read_le32(at) != sizeof(NOTE_OWNER) ||
	    memcmp(name, NOTE_OWNER, sizeof(NOTE_OWNER)) || value_len < 4)
		return size;
	info->has_pvh = true;
	info->pvh_entry = read_le32(name + name_len);
	return size;
}

static void find_notes(const Elf64_Phdr *phdr, const struct image_bytes *bytes,
		       struct image_info *info)
{
	size_t left = phdr->p_filesz, size;
	const uint8_t *at;

	if (phdr->p_type != PT_NOTE || info->arch != CONFIG_ARCH_X86_64 ||
	    !range_within(phdr->p_offset, phdr->p_filesz, 0, bytes->len))
		return;
	at = bytes->data + phdr->p_offset;
	for (; left; left -= size, at += size) {
		size = take_note(at, left, info);
		if (!size)
			return;
	}
}

/* The entry is a virtual address in most kernels, a physical one in Linux's for x86. */
static bool find_entry(uint64_t entry, struct image_info *info)
{
	unsigned int i;

	for (i = 0; i < info->nr_segments; i++) {
		const struct image_segment *segment = &info->segments[i];

		info->entry = segment->gpa + (entry - segment->virt);
		if (entry >= segment->virt && entry - segment->virt < segment->mem_len)
			return true;
	}
	info->entry = entry;
	for (i = 0; i < info->nr_segments; i++)
		if (range_within(entry, 1, info->segments[i].gpa, info->segments[i].mem_len))
			return true;
	return info->has_pvh;
}

static bool check_segments(const struct image_info *info, struct image_error *error)
{
	unsigned int i, j;

	for (i = 0; i < info->nr_segments; i++)
		for (j = 0; j < i; j++)
			if (ranges_overlap(info->segments[i].gpa, info->segments[i].mem_len,
					   info->segments[j].gpa, info->segments[j].mem_len))
				return image_fail(error, "is damaged: its ELF segments overlap");
	return info->nr_segments || image_fail(error, "is ELF, but has nothing to load");
}

/* Position-independent ELF: let the segments begin at 0. */
static void rebase(struct image_info *info)
{
	uint64_t base = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < info->nr_segments; i++)
		if (info->segments[i].gpa < base)
			base = info->segments[i].gpa;
	base = align_down(base, info->align);
	for (i = 0; i < info->nr_segments; i++)
		info->segments[i].gpa -= base;
	info->entry -= base;
	info->pvh_entry -= base;
}

bool image_parse_elf(const struct image_bytes *bytes, struct image_info *info,
		     struct image_error *error)
{
	Elf64_Ehdr ehdr;
	unsigned int i;

	if (!read_header(bytes, &ehdr))
		return image_fail(error, "is damaged: its ELF header is cut short");
	if (!check_header(&ehdr, bytes, info, error))
		return false;
	info->format = IMAGE_ELF;
	info->is_32bit = is_32bit(bytes);
	info->relocatable = ehdr.e_type == ET_DYN;
	info->align = 4096;
	info->text_offset = IMAGE_TEXT_OFFSET;
	for (i = 0; i < ehdr.e_phnum; i++) {
		const Elf64_Phdr phdr = read_phdr(bytes, &ehdr, i);

		if (!check_program(&phdr, error) || !add_segment(&phdr, bytes, info, error))
			return false;
		find_notes(&phdr, bytes, info);
	}
	if (!check_segments(info, error))
		return false;
	if (!find_entry(ehdr.e_entry, info))
		return image_fail(error, "is damaged: its ELF entry point 0x%llx is in no segment",
				  (unsigned long long)ehdr.e_entry);
	if (info->relocatable)
		rebase(info);
	return true;
}
