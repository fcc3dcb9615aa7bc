// SPDX-License-Identifier: GPL-2.0
/*
 * Reading files and understanding kernel images, see image.h.
 */
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define READ_CHUNK	(4 * 1024 * 1024)
#define PROBE_FILE	(1024 * 1024)	/* bytes of a file that may be needed to know it */
#define PROBE_HEADER	4096

#define IMAGE_ALIGN	(2ULL << 20)	/* of Linux's Image on RISC-V and arm64 */

/* Offset of an S-mode program in RAM when nothing else is said; OpenSBI's own. */
#define RISCV_TEXT_OFFSET	0x200000ULL

__printf(2, 3)
static bool fail(struct image_error *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return false;
}

static bool read_all(const struct image_reader *reader, const char *path, int fd,
		     struct image_bytes *bytes, struct image_error *error)
{
	size_t done = 0;

	while (done < bytes->len) {
		size_t left = bytes->len - done;
		ssize_t got = read(fd, bytes->data + done, left < READ_CHUNK ? left : READ_CHUNK);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(error, "cannot be read: %s", strerror(errno));
		if (!got)
			return fail(error, "became shorter while it was read");
		done += got;
		if (reader->progress)
			reader->progress(path, done, bytes->len, reader->arg);
	}
	return true;
}

static bool check_file(const struct image_reader *reader, int fd, struct image_bytes *bytes,
		       struct image_error *error)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail(error, "cannot be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(error, "is no regular file");
	if (!st.st_size)
		return fail(error, "is empty");
	if ((uint64_t)st.st_size > reader->limit)
		return fail(error, "has %lld bytes; at most %llu fit", (long long)st.st_size,
			    (unsigned long long)reader->limit);
	bytes->len = st.st_size;
	bytes->data = xcalloc(bytes->len, 1);
	return true;
}

bool image_read(const struct image_reader *reader, const char *path, struct image_bytes *bytes,
		struct image_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good;

	memset(bytes, 0, sizeof(*bytes));
	if (fd < 0)
		return fail(error, "cannot be opened: %s", strerror(errno));
	good = check_file(reader, fd, bytes, error) && read_all(reader, path, fd, bytes, error);
	close(fd);
	if (!good) {
		free(bytes->data);
		memset(bytes, 0, sizeof(*bytes));
	}
	return good;
}

/*
 * The 64-byte header that RISC-V, arm64 and LoongArch share
 * (Documentation/arch/riscv/boot-image-header.rst): text_offset at 8,
 * image_size at 16, magic at 56.
 */
#define IMAGE_HEADER	64

static const struct {
	const char *magic;
	enum config_arch arch;
} image_magics[] = {
	{ "RSC\x05", CONFIG_ARCH_RISCV64 },
	{ "ARM\x64", CONFIG_ARCH_ARM64 },
	{ "\xcd\x23\x82\x81", CONFIG_ARCH_LOONGARCH64 },
};

static enum config_arch find_image_header(const struct image_bytes *bytes)
{
	unsigned int i;

	for (i = 0; bytes->len >= IMAGE_HEADER && i < ARRAY_SIZE(image_magics); i++)
		if (!memcmp(bytes->data + 56, image_magics[i].magic, 4))
			return image_magics[i].arch;
	return CONFIG_ARCH_UNKNOWN;
}

/* Linux's x86 boot protocol (Documentation/arch/x86/boot.rst): "HdrS" at 0x202. */
static bool is_bzimage(const struct image_bytes *bytes)
{
	return bytes->len >= 0x210 && !memcmp(bytes->data + 0x202, "HdrS", 4);
}

static bool parse_linux(const struct image_bytes *bytes, struct image_info *info,
			struct image_error *error)
{
	uint64_t size = read_le64(bytes->data + 16);

	info->format = IMAGE_LINUX;
	info->relocatable = true;
	info->align = IMAGE_ALIGN;
	info->text_offset = read_le64(bytes->data + 8);
	info->nr_segments = 1;
	info->segments[0].file_len = bytes->len;
	info->segments[0].mem_len = size > bytes->len ? size : bytes->len;
	if (size > CONFIG_GPA_MAX || info->text_offset > CONFIG_GPA_MAX)
		return fail(error, "is damaged: its Image header asks for 0x%llx bytes at 0x%llx",
			    (unsigned long long)size, (unsigned long long)info->text_offset);
	return true;
}

static void parse_raw(const struct image_bytes *bytes, struct image_info *info)
{
	info->format = IMAGE_RAW;
	info->relocatable = true;
	info->align = 1;
	info->text_offset = RISCV_TEXT_OFFSET;
	info->nr_segments = 1;
	info->segments[0].file_len = bytes->len;
	info->segments[0].mem_len = bytes->len;
}

static const struct {
	unsigned int machine;
	enum config_arch arch;
} elf_machines[] = {
	{ EM_RISCV, CONFIG_ARCH_RISCV64 },
	{ EM_AARCH64, CONFIG_ARCH_ARM64 },
	{ EM_X86_64, CONFIG_ARCH_X86_64 },
	{ 258 /* EM_LOONGARCH, not in every elf.h */, CONFIG_ARCH_LOONGARCH64 },
};

static bool is_elf(const struct image_bytes *bytes)
{
	return bytes->len >= SELFMAG && !memcmp(bytes->data, ELFMAG, SELFMAG);
}

static enum config_arch find_elf_arch(const Elf64_Ehdr *ehdr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(elf_machines); i++)
		if (elf_machines[i].machine == ehdr->e_machine)
			return elf_machines[i].arch;
	return CONFIG_ARCH_UNKNOWN;
}

static bool check_elf_header(const Elf64_Ehdr *ehdr, const struct image_bytes *bytes,
			     struct image_info *info, struct image_error *error)
{
	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_ident[EI_DATA] != ELFDATA2LSB)
		return fail(error, "is ELF, but not of 64 bits and little endian");
	if (ehdr->e_type != ET_EXEC && ehdr->e_type != ET_DYN)
		return fail(error, "is ELF, but no executable");
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr) || !ehdr->e_phnum ||
	    !range_within(ehdr->e_phoff, ehdr->e_phnum * sizeof(Elf64_Phdr), 0, bytes->len))
		return fail(error, "is damaged: its ELF program headers are outside of the file");
	info->arch = find_elf_arch(ehdr);
	if (info->arch == CONFIG_ARCH_UNKNOWN)
		return fail(error, "is ELF of machine %u, which is not supported",
			    ehdr->e_machine);
	return true;
}

static bool add_segment(const Elf64_Phdr *phdr, const struct image_bytes *bytes,
			struct image_info *info, struct image_error *error)
{
	struct image_segment *segment = &info->segments[info->nr_segments];

	if (phdr->p_type != PT_LOAD || !phdr->p_memsz)
		return true;
	if (info->nr_segments == IMAGE_MAX_SEGMENTS)
		return fail(error, "has too many ELF segments; at most %d are supported",
			    IMAGE_MAX_SEGMENTS);
	if (phdr->p_filesz > phdr->p_memsz ||
	    !range_within(phdr->p_offset, phdr->p_filesz, 0, bytes->len))
		return fail(error, "is damaged: an ELF segment is outside of the file");
	if (!range_within(phdr->p_paddr, phdr->p_memsz, 0, CONFIG_GPA_MAX))
		return fail(error, "is linked for address 0x%llx, which guests cannot have",
			    (unsigned long long)phdr->p_paddr);
	segment->offset = phdr->p_offset;
	segment->file_len = phdr->p_filesz;
	segment->gpa = phdr->p_paddr;
	segment->mem_len = phdr->p_memsz;
	segment->virt = phdr->p_vaddr;
	info->nr_segments++;
	return true;
}

/* The entry is a virtual address; the guest starts with physical ones. */
static bool find_entry(uint64_t entry, struct image_info *info, struct image_error *error)
{
	unsigned int i;

	for (i = 0; i < info->nr_segments; i++) {
		const struct image_segment *segment = &info->segments[i];

		if (entry < segment->virt || entry - segment->virt >= segment->mem_len)
			continue;
		info->entry = segment->gpa + (entry - segment->virt);
		return true;
	}
	return fail(error, "is damaged: its ELF entry point 0x%llx is in no segment",
		    (unsigned long long)entry);
}

static bool check_segments(const struct image_info *info, struct image_error *error)
{
	unsigned int i, j;

	for (i = 0; i < info->nr_segments; i++)
		for (j = 0; j < i; j++)
			if (ranges_overlap(info->segments[i].gpa, info->segments[i].mem_len,
					   info->segments[j].gpa, info->segments[j].mem_len))
				return fail(error, "is damaged: its ELF segments overlap");
	return info->nr_segments || fail(error, "is ELF, but has nothing to load");
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
}

static bool parse_elf(const struct image_bytes *bytes, struct image_info *info,
		      struct image_error *error)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	unsigned int i;

	if (bytes->len < sizeof(ehdr))
		return fail(error, "is damaged: its ELF header is cut short");
	memcpy(&ehdr, bytes->data, sizeof(ehdr));
	if (!check_elf_header(&ehdr, bytes, info, error))
		return false;
	info->format = IMAGE_ELF;
	info->relocatable = ehdr.e_type == ET_DYN;
	info->align = 4096;
	info->text_offset = RISCV_TEXT_OFFSET;
	for (i = 0; i < ehdr.e_phnum; i++) {
		memcpy(&phdr, bytes->data + ehdr.e_phoff + i * sizeof(phdr), sizeof(phdr));
		if (!add_segment(&phdr, bytes, info, error))
			return false;
	}
	if (!check_segments(info, error) || !find_entry(ehdr.e_entry, info, error))
		return false;
	if (info->relocatable)
		rebase(info);
	return true;
}

bool image_parse(const struct image_bytes *bytes, struct image_info *info,
		 struct image_error *error)
{
	memset(info, 0, sizeof(*info));
	if (is_elf(bytes))
		return parse_elf(bytes, info, error);
	info->arch = find_image_header(bytes);
	if (info->arch != CONFIG_ARCH_UNKNOWN)
		return parse_linux(bytes, info, error);
	if (is_bzimage(bytes))
		info->arch = CONFIG_ARCH_X86_64;
	parse_raw(bytes, info);
	return true;
}

static bool read_start(const char *path, struct image_bytes *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return false;
	bytes->data = xcalloc(PROBE_FILE, 1);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		got = pread(fd, bytes->data, PROBE_FILE, 0);
	close(fd);
	bytes->len = got > 0 ? got : 0;
	return got > 0;
}

/* Only headers are looked at, for the rest may be missing. */
static enum config_arch find_arch(const struct image_bytes *bytes)
{
	Elf64_Ehdr ehdr;

	if (!is_elf(bytes))
		return is_bzimage(bytes) ? CONFIG_ARCH_X86_64 : find_image_header(bytes);
	if (bytes->len < sizeof(ehdr))
		return CONFIG_ARCH_UNKNOWN;
	memcpy(&ehdr, bytes->data, sizeof(ehdr));
	return find_elf_arch(&ehdr);
}

enum config_arch image_probe_arch(const char *path)
{
	enum config_arch arch = CONFIG_ARCH_UNKNOWN;
	struct image_bytes bytes = {0};

	if (read_start(path, &bytes) && image_unpack_start(&bytes, PROBE_HEADER))
		arch = find_arch(&bytes);
	free(bytes.data);
	return arch;
}
