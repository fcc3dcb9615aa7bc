// SPDX-License-Identifier: GPL-2.0
/*
 * Reading files and understanding kernel images, see image.h.
 */
#include "image.h"

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
#define PROBE_HEADER	IMAGE_MULTIBOOT_SEARCH

#define IMAGE_ALIGN	(2ULL << 20)	/* of Linux's Image on RISC-V and arm64 */

bool image_fail(struct image_error *error, const char *fmt, ...)
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
			return image_fail(error, "cannot be read: %s", strerror(errno));
		if (!got)
			return image_fail(error, "became shorter while it was read");
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
		return image_fail(error, "cannot be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return image_fail(error, "is no regular file");
	if (!st.st_size)
		return image_fail(error, "is empty");
	if ((uint64_t)st.st_size > reader->limit)
		return image_fail(error, "has %lld bytes; at most %llu fit", (long long)st.st_size,
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
		return image_fail(error, "cannot be opened: %s", strerror(errno));
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

/* Linux for arm64 before 3.17 (Documentation/arch/arm64/booting.rst). */
#define ARM64_OLD_OFFSET	0x80000ULL

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
bool image_is_bzimage(const struct image_bytes *bytes)
{
	return bytes->len >= 0x210 && !memcmp(bytes->data + 0x202, "HdrS", 4);
}

/*
 * Multiboot specification 0.6.96, 3.1.1: in the first 8 KiB, on 4 bytes; magic,
 * flags and checksum add up to 0.
 */
bool image_find_multiboot(const struct image_bytes *bytes, uint64_t *offset)
{
	size_t end = bytes->len < IMAGE_MULTIBOOT_SEARCH ? bytes->len : IMAGE_MULTIBOOT_SEARCH;
	size_t at;

	for (at = 0; at + 12 <= end; at += 4) {
		const uint8_t *header = bytes->data + at;

		if (read_le32(header) != IMAGE_MULTIBOOT_MAGIC ||
		    read_le32(header) + read_le32(header + 4) + read_le32(header + 8))
			continue;
		*offset = at;
		return true;
	}
	return false;
}

static bool parse_linux(const struct image_bytes *bytes, struct image_info *info,
			struct image_error *error)
{
	uint64_t size = read_le64(bytes->data + 16);

	info->format = IMAGE_LINUX;
	info->relocatable = true;
	info->align = IMAGE_ALIGN;
	info->text_offset = read_le64(bytes->data + 8);
	/* Without a size, its byte order is not known either. */
	if (info->arch == CONFIG_ARCH_ARM64 && !size)
		info->text_offset = ARM64_OLD_OFFSET;
	info->nr_segments = 1;
	info->segments[0].file_len = bytes->len;
	info->segments[0].mem_len = size > bytes->len ? size : bytes->len;
	if (size > CONFIG_GPA_MAX || info->text_offset > CONFIG_GPA_MAX)
		return image_fail(error,
				  "is damaged: its Image header asks for 0x%llx bytes at 0x%llx",
				  (unsigned long long)size, (unsigned long long)info->text_offset);
	return true;
}

static void parse_raw(const struct image_bytes *bytes, struct image_info *info)
{
	info->format = IMAGE_RAW;
	info->relocatable = true;
	info->align = 1;
	info->text_offset = IMAGE_TEXT_OFFSET;
	info->nr_segments = 1;
	info->segments[0].file_len = bytes->len;
	info->segments[0].mem_len = bytes->len;
}

bool image_parse(const struct image_bytes *bytes, struct image_info *info,
		 struct image_error *error)
{
	memset(info, 0, sizeof(*info));
	if (image_is_elf(bytes))
		return image_parse_elf(bytes, info, error);
	info->arch = find_image_header(bytes);
	if (info->arch != CONFIG_ARCH_UNKNOWN)
		return parse_linux(bytes, info, error);
	if (image_is_bzimage(bytes))
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
	enum config_arch arch;
	uint64_t offset;

	if (image_is_elf(bytes))
		return image_elf_arch(bytes);
	if (image_is_bzimage(bytes))
		return CONFIG_ARCH_X86_64;
	arch = find_image_header(bytes);
	if (arch == CONFIG_ARCH_UNKNOWN && image_find_multiboot(bytes, &offset))
		arch = CONFIG_ARCH_X86_64;
	return arch;
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
