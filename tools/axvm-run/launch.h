/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From configuration files or options to VMs that are ready to start.
 *
 * Used by run and create, in the order of the declarations. Functions return an
 * enum cmd_status after having said what is wrong. Single-threaded.
 */
#ifndef AXVM_RUN_LAUNCH_H
#define AXVM_RUN_LAUNCH_H

#include <stdbool.h>

#include "boot.h"
#include "cmd.h"
#include "config.h"
#include "nl.h"

/**
 * struct vm_values - options that describe a VM; first member of a struct of values
 * @json: -j
 */
struct vm_values {
	bool json;
	const char *kernel;
	const char *initrd;
	const char *dtb;
	const char *name;
	const char *cmdline;
	const char *append;
	const char *arch;
	const char *protocol;
	struct option_number mem;
	struct option_number cpus;
	struct option_number id;
	struct option_number entry;
	struct option_number load;
	bool prealloc;
	bool print_config;
};

/* The options that fill "struct vm_values", to end another table with: OPTION_MORE(). */
extern const struct option_def launch_options[];

/**
 * struct launch - one VM on its way
 * @cfg: its configuration
 * @plan: what is loaded, and where it starts
 * @vm: id and name, once @created
 * @created: it exists in the kernel
 * @fd: descriptor of the VM, negative: none
 */
struct launch {
	struct axvm_config cfg;
	struct boot_plan plan;
	struct ax_vm vm;
	bool created;
	int fd;
};

/**
 * struct launch_set - the VMs of one command
 * @vms: array
 * @nr: its length
 */
struct launch_set {
	struct launch *vms;
	unsigned int nr;
};

/**
 * launch_configure() - read the configurations
 * @set: filled; for launch_free() whatever is returned
 * @values: options
 * @nr_files: number of @files; 0: the options describe the VM
 * @files: TOML files
 */
int launch_configure(struct launch_set *set, const struct vm_values *values, int nr_files,
		     char **files);

/* Print the configurations to standard output, for --print-config. */
void launch_print(const struct launch_set *set);

/* Read the images and place them, after asking @ax what guest CPUs are like. */
int launch_prepare(struct launch_set *set, struct ax *ax);

/**
 * launch_create() - create the VMs and load their images
 * @set: after launch_prepare()
 * @ax: session
 * @owned: VMs end with their descriptors in @set
 *
 * When this fails, no VM is left.
 */
int launch_create(struct launch_set *set, struct ax *ax, bool owned);

/* Destroy the VMs that were created. */
void launch_destroy(struct launch_set *set, struct ax *ax);

/**
 * launch_report() - print the ids of new VMs, one a line, or all about them as JSON
 * @set: after launch_create()
 * @ax: session
 * @json: -j was given
 */
int launch_report(const struct launch_set *set, struct ax *ax, bool json);

/* Close descriptors, free everything; VMs that are not owned stay. */
void launch_free(struct launch_set *set);

#endif /* AXVM_RUN_LAUNCH_H */
