/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel images and other files: read, unpack, recognise, cut into pieces.
 *
 * Used by boot.c for running and by config_validate.c to learn a guest's
 * architecture. Files are hostile: every size and offset in them is checked.
 */
#ifndef AXVM_RUN_IMAGE_H
#define AXVM_RUN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "config.h"
#include "util.h"

#define IMAGE_MAX_SEGMENTS	(BOOT_MAX_BLOBS - 12)	/* the rest goes with a kernel */

/**
 * struct image_error - why an image cannot be used
 * @text: what is wrong; what would be right
 */
struct image_error {
	char text[256];
};

/**
 * struct image_bytes - bytes in memory
 * @data: the bytes, to be freed by their owner; NULL: none
 * @len: number of bytes
 */
struct image_bytes {
	uint8_t *data;
	size_t len;
};

/**
 * struct image_reader - how to read
 * @progress: told how far it is, may be NULL
 * @arg: for @progress
 * @limit: bytes that a file, packed or not, may have
 */
struct image_reader {
	boot_progress_fn progress;
	void *arg;
	uint64_t limit;
};

/**
 * image_read() - read a whole file as it is
 * @reader: how
 * @path: the file; a regular one
 * @bytes: the result
 * @error: filled on failure
 *
 * Return: false on failure, @bytes is empty then.
 */
bool image_read(const struct image_reader *reader, const char *path, struct image_bytes *bytes,
		struct image_error *error);

/**
 * image_unpack() - undo compression: gzip, xz, zstd, EFI zboot around them
 * @reader: how
 * @path: name for progress and messages
 * @bytes: replaced when they were packed
 * @error: filled on failure
 *
 * Return: false on failure.
 */
bool image_unpack(const struct image_reader *reader, const char *path, struct image_bytes *bytes,
		  struct image_error *error);

/**
 * image_unpack_start() - unpack no more than the first bytes
 * @bytes: replaced when they were packed; may be the beginning of a file
 * @len: bytes wanted
 *
 * Return: false when it is packed in a way that cannot be undone.
 */
bool image_unpack_start(struct image_bytes *bytes, size_t len);

/**
 * enum image_format - what a kernel file is
 * @IMAGE_RAW: anything else: plain bytes
 * @IMAGE_LINUX: Linux "Image" with its header
 * @IMAGE_ELF: ELF64, or ELF32 of x86
 */
enum image_format {
	IMAGE_RAW,
	IMAGE_LINUX,
	IMAGE_ELF,
};

/**
 * struct image_segment - a part of an image
 * @offset: where it begins in the file
 * @file_len: bytes of it in the file
 * @gpa: where it is linked; 0-based in a relocatable image
 * @mem_len: bytes of memory that it occupies, zero after @file_len
 * @virt: virtual address that it is linked to
 */
struct image_segment {
	uint64_t offset;
	uint64_t file_len;
	uint64_t gpa;
	uint64_t mem_len;
	uint64_t virt;
};

/**
 * struct image_info - what a kernel file says about itself
 * @format: what it is
 * @arch: for which architecture, CONFIG_ARCH_UNKNOWN for plain bytes
 * @relocatable: may lie anywhere; @segments begin at 0
 * @align: alignment that its place needs, a power of two
 * @text_offset: distance that it asks for, from the start of RAM rounded up to @align
 * @entry: entry point, in the addresses of @segments' gpa
 * @is_32bit: ELF32
 * @has_pvh: it has an entry point for PVH
 * @pvh_entry: that, a guest-physical address
 * @nr_segments: valid entries of @segments
 * @segments: what to load, none is empty
 */
struct image_info {
	enum image_format format;
	enum config_arch arch;
	bool relocatable;
	uint64_t align;
	uint64_t text_offset;
	uint64_t entry;
	bool is_32bit;
	bool has_pvh;
	uint64_t pvh_entry;
	unsigned int nr_segments;
	struct image_segment segments[IMAGE_MAX_SEGMENTS];
};

/**
 * image_parse() - understand an unpacked kernel file
 * @bytes: the file
 * @info: the result
 * @error: filled on failure
 *
 * Return: false when the file is damaged.
 */
bool image_parse(const struct image_bytes *bytes, struct image_info *info,
		 struct image_error *error);

/**
 * image_parse_elf() - understand an ELF file; for image_parse()
 * @bytes: the file, which begins like one
 * @info: the result, zeroed before
 * @error: filled on failure
 *
 * Return: false when the file is damaged.
 */
bool image_parse_elf(const struct image_bytes *bytes, struct image_info *info,
		     struct image_error *error);

/**
 * image_elf_arch() - the architecture of an ELF file
 * @bytes: the file, perhaps no more than its beginning
 *
 * Return: CONFIG_ARCH_UNKNOWN when its header does not say.
 */
enum config_arch image_elf_arch(const struct image_bytes *bytes);

/* Does a file begin like an ELF file, or like Linux's for the x86 boot protocol? */
bool image_is_elf(const struct image_bytes *bytes);
bool image_is_bzimage(const struct image_bytes *bytes);

#define IMAGE_MULTIBOOT_MAGIC	0x1badb002U
#define IMAGE_MULTIBOOT_SEARCH	8192	/* bytes that the header is in */

/**
 * image_find_multiboot() - look for the header of multiboot 1
 * @bytes: the file, perhaps no more than its beginning
 * @offset: where it is
 */
bool image_find_multiboot(const struct image_bytes *bytes, uint64_t *offset);

/* What a program is placed at, from the start of memory, when nothing says so. */
#define IMAGE_TEXT_OFFSET	0x200000ULL

/**
 * image_fail() - fill in an error
 * @error: filled
 * @fmt: what is wrong; what would be right
 *
 * Return: false.
 */
bool image_fail(struct image_error *error, const char *fmt, ...) __printf(2, 3);

/**
 * image_probe_arch() - the architecture of a kernel file
 * @path: the file, packed or not
 *
 * Return: CONFIG_ARCH_UNKNOWN when it cannot be read or does not say.
 */
enum config_arch image_probe_arch(const char *path);

#endif /* AXVM_RUN_IMAGE_H */
