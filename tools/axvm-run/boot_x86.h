/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the boot_x86*.c files share: the state of starting one x86_64 guest, and
 * the ways to start a kernel.
 *
 * Private to them. boot_x86.c owns the order: a method takes the kernel, then
 * tables and the RAM disk find their places, then the method tells the guest.
 * Functions that return false have told the user why.
 */
#ifndef AXVM_RUN_BOOT_X86_H
#define AXVM_RUN_BOOT_X86_H

#include "boot_arch.h"

#define X86_MAX_RANGES		(2 * CONFIG_MAX_REGIONS)

/* Types of memory, the same numbers in E820, PVH and multiboot (ACPI 6.5, 15.1). */
#define X86_MEMORY_RAM		1
#define X86_MEMORY_RESERVED	2

/**
 * struct x86_range - an entry of the memory map
 * @gpa: first byte
 * @len: bytes
 * @type: X86_MEMORY_*
 */
struct x86_range {
	uint64_t gpa;
	uint64_t len;
	uint32_t type;
};

struct x86_method;

/**
 * struct x86_boot - the state of starting one guest
 * @b: the booter
 * @method: how the kernel is started
 * @kernel: the kernel file, unpacked, owned by the plan
 * @image: what is known about it, when it is ELF
 * @header: offset of the multiboot header
 * @initrd_limit: end of the memory in which the kernel finds its RAM disk
 * @map: memory map, sorted
 * @nr_ranges: its length
 * @rsdp: guest-physical address, 0: there is no ACPI
 * @mode: AXVM_X86_MODE_*
 * @entry: where the boot vCPU starts
 * @eax: register
 * @rbx: register
 * @rsi: register
 */
struct x86_boot {
	struct booter *b;
	const struct x86_method *method;
	struct image_bytes kernel;
	struct image_info image;
	uint64_t header;
	uint64_t initrd_limit;
	struct x86_range map[X86_MAX_RANGES];
	unsigned int nr_ranges;
	uint64_t rsdp;
	uint32_t mode;
	uint64_t entry;
	uint32_t eax;
	uint64_t rbx;
	uint64_t rsi;
};

/**
 * struct x86_method - a way to start kernels
 * @name: for messages, "a Linux bzImage"
 * @recognise: is the kernel one of this kind?
 * @load: check the kernel, place it, set mode and entry
 * @start: tell the guest where things are, set registers; NULL: nothing to tell
 */
struct x86_method {
	const char *name;
	bool (*recognise)(struct x86_boot *x);
	bool (*load)(struct x86_boot *x);
	bool (*start)(struct x86_boot *x);
};

extern const struct x86_method x86_linux, x86_pvh, x86_multiboot, x86_elf, x86_raw, x86_bios;

/* boot_x86.c */

/* Report that the kernel cannot be used. Return: false. */
bool x86_kernel_error(struct x86_boot *x, const char *fmt, ...) __printf(2, 3);

/**
 * x86_reserve_kernel() - take memory for the kernel
 * @x: state
 * @gpa: first byte
 * @len: bytes
 */
bool x86_reserve_kernel(struct x86_boot *x, uint64_t gpa, uint64_t len);

/* Add a part of the kernel file to the plan. */
void x86_add_kernel(struct x86_boot *x, uint64_t gpa, uint64_t offset, uint64_t len);

/**
 * x86_set_entry() - start where the protocol says
 * @x: state
 * @entry: that place; a configuration that names another is refused
 */
bool x86_set_entry(struct x86_boot *x, uint64_t entry);

/**
 * x86_new() - find room for information for the guest below 4 GiB, preferably 640 KiB
 * @x: state
 * @len: bytes
 * @align: a power of two
 * @what: what it is; the string stays
 * @gpa: where it is
 *
 * Return: zeroed bytes to be filled, owned by the plan, or NULL.
 */
void *x86_new(struct x86_boot *x, size_t len, uint64_t align, const char *what, uint64_t *gpa);

/* x86_new() filled with a copy of @data. */
bool x86_put(struct x86_boot *x, const void *data, size_t len, uint64_t align, const char *what,
	     uint64_t *gpa);

/**
 * x86_put_cmdline() - put the command line into memory
 * @x: state
 * @gpa: where it is; 0: there is none
 */
bool x86_put_cmdline(struct x86_boot *x, uint64_t *gpa);

/* boot_x86_memory.c */

/**
 * x86_make_map() - the memory map of the configuration
 * @x: state; @map is filled
 */
void x86_make_map(struct x86_boot *x);

/**
 * x86_put_block() - put GDT and identity-mapped page tables into memory
 * @x: state
 * @gpa: where they are
 */
bool x86_put_block(struct x86_boot *x, uint64_t *gpa);

/* boot_x86_elf.c */

/* Parse the kernel into x->image, once. Return: false: it is no ELF, or damaged. */
bool x86_parse_elf(struct x86_boot *x, struct image_error *error);

/**
 * x86_load_elf() - place the segments of an ELF kernel
 * @x: state, after x86_parse_elf(); the addresses in x->image are made final
 */
bool x86_load_elf(struct x86_boot *x);

/* boot_x86_pvh.c */

/**
 * x86_put_start_info() - put what a PVH guest is told into memory
 * @x: state
 * @gpa: where it is
 */
bool x86_put_start_info(struct x86_boot *x, uint64_t *gpa);

/* boot_x86_linux.c */

/**
 * x86_put_zero_page() - put what Linux is told into memory
 * @x: state
 * @gpa: where it is
 *
 * Without a setup header in the kernel, with one that says the least.
 */
bool x86_put_zero_page(struct x86_boot *x, uint64_t *gpa);

#endif /* AXVM_RUN_BOOT_X86_H */
