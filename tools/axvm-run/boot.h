/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a configuration to what has to lie in guest memory before it starts.
 *
 * boot_prepare() is called once per VM, by the commands that create VMs and by
 * "check". The plan owns its bytes until boot_free(). Single-threaded.
 */
#ifndef AXVM_RUN_BOOT_H
#define AXVM_RUN_BOOT_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define BOOT_MAX_BLOBS	64
#define BOOT_MAX_ARGS	4

/**
 * struct boot_host_info - what guest CPUs will be, from the kernel module
 * @isa: RISC-V ISA string as the kernel's capability "cpu-features" gives it,
 *	for example "rv64imafdch_zicsr_zifencei_sstc"; NULL: documented default
 * @mmu_type: largest address translation, "sv39", "sv48" or "sv57"; NULL: default
 * @cbom_block: bytes that cbo.clean and its like work on; 0: Zicbom is not announced
 * @cboz_block: bytes that cbo.zero works on; 0: Zicboz is not announced
 * @timer_frequency: Hz of the architectural counter; 0: default
 */
struct boot_host_info {
	const char *isa;
	const char *mmu_type;
	uint32_t cbom_block;
	uint32_t cboz_block;
	uint64_t timer_frequency;
};

/**
 * enum boot_kind - what a blob is; the numbers are AXVM_IMAGE_* of linux/axvm.h
 * @BOOT_RAW: plain bytes
 * @BOOT_KERNEL: (a segment of) the kernel
 * @BOOT_INITRD: the initial RAM disk
 * @BOOT_DTB: the device tree
 * @BOOT_FIRMWARE: firmware
 */
enum boot_kind {
	BOOT_RAW,
	BOOT_KERNEL,
	BOOT_INITRD,
	BOOT_DTB,
	BOOT_FIRMWARE,
};

/**
 * struct boot_blob - bytes for guest memory
 * @gpa: guest-physical address of the first byte
 * @len: number of bytes, not 0
 * @data: the bytes, owned by the plan
 * @kind: what they are
 * @name: for people, "kernel /boot/Image", owned by the plan
 */
struct boot_blob {
	uint64_t gpa;
	uint64_t len;
	const void *data;
	enum boot_kind kind;
	const char *name;
};

/**
 * typedef boot_progress_fn - told while a large file is read or decompressed
 * @what: path of the file
 * @done: bytes of it consumed so far
 * @total: bytes of the file; the last call has @done == @total
 * @arg: the caller's
 */
typedef void (*boot_progress_fn)(const char *what, uint64_t done, uint64_t total, void *arg);

/**
 * struct boot_plan - what to load and where to start
 * @blobs: what goes into guest memory; they do not overlap
 * @nr_blobs: valid entries of @blobs
 * @entry: guest-physical address at which the boot vCPU starts
 * @args: argument registers of the boot vCPU, after its id where the
 *	architecture passes one (RISC-V: a1, the device tree's address)
 * @nr_args: valid entries of @args
 * @buffers: private: memory that the blobs point into
 * @nr_buffers: private
 */
struct boot_plan {
	struct boot_blob blobs[BOOT_MAX_BLOBS];
	unsigned int nr_blobs;
	uint64_t entry;
	uint64_t args[BOOT_MAX_ARGS];
	unsigned int nr_args;
	void *buffers[2 * BOOT_MAX_BLOBS];
	unsigned int nr_buffers;
};

/**
 * boot_prepare() - read the images, place them, make the device tree
 * @plan: filled; valid for boot_free() whatever is returned
 * @cfg: a configuration of status 0
 * @host: what guest CPUs will be; NULL: documented defaults
 * @progress: called while reading, may be NULL
 * @arg: for @progress
 * @diag: takes the findings
 *
 * Return: diag_status(@diag).
 */
int boot_prepare(struct boot_plan *plan, const struct axvm_config *cfg,
		 const struct boot_host_info *host, boot_progress_fn progress, void *arg,
		 struct diag *diag);

/**
 * boot_device_tree() - the device tree alone, without an initial RAM disk
 * @cfg: a configuration of status 0
 * @host: what guest CPUs will be; NULL: documented defaults
 * @diag: takes the findings
 *
 * Return: the tree, to be freed by the caller, or NULL.
 */
void *boot_device_tree(const struct axvm_config *cfg, const struct boot_host_info *host,
		       struct diag *diag);

/**
 * boot_free() - release what a plan owns
 * @plan: zeroed, so that freeing twice is harmless
 */
void boot_free(struct boot_plan *plan);

/**
 * boot_find() - the first blob of a kind
 * @plan: the plan
 * @kind: the kind
 *
 * Return: the blob, borrowed from @plan, or NULL.
 */
const struct boot_blob *boot_find(const struct boot_plan *plan, enum boot_kind kind);

#endif /* AXVM_RUN_BOOT_H */
