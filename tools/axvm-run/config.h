/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The validated configuration of one VM, from a TOML file or from options.
 *
 * Filled by config_load() or config_from_options(), then only read: by the
 * commands that create the VM, by boot.h and by "check". The struct owns
 * everything that it points to; config_free() releases it. Single-threaded.
 */
#ifndef AXVM_RUN_CONFIG_H
#define AXVM_RUN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "diag.h"

#define CONFIG_NAME_MAX		31	/* bytes of a name, without the NUL */
#define CONFIG_MASK_MAX		1024	/* bytes of a CPU mask: 8192 host CPUs */
#define CONFIG_CFG_MAX		16	/* parameters of one device */
#define CONFIG_MAX_VCPUS	64
#define CONFIG_MAX_REGIONS	64
#define CONFIG_MAX_DEVICES	64
#define CONFIG_MAX_CONSOLES	8
#define CONFIG_CMDLINE_MAX	65535

/* End of the guest-physical addresses that a configuration may use. */
#define CONFIG_GPA_MAX		0x7ffffffff000ULL

/**
 * enum config_arch - the architecture of a guest
 * @CONFIG_ARCH_UNKNOWN: nothing in the configuration says
 * @CONFIG_ARCH_RISCV64: RISC-V, 64 bit
 * @CONFIG_ARCH_ARM64: AArch64
 * @CONFIG_ARCH_X86_64: x86, 64 bit
 * @CONFIG_ARCH_LOONGARCH64: LoongArch, known to be refused by name
 * @CONFIG_NR_ARCHS: how many there are
 */
enum config_arch {
	CONFIG_ARCH_UNKNOWN,
	CONFIG_ARCH_RISCV64,
	CONFIG_ARCH_ARM64,
	CONFIG_ARCH_X86_64,
	CONFIG_ARCH_LOONGARCH64,
	CONFIG_NR_ARCHS,
};

/* AxVisor's numbers of [base] vm_type. */
enum config_vm_type {
	CONFIG_VM_HOST = 0,
	CONFIG_VM_RTOS = 1,
	CONFIG_VM_LINUX = 2,
};

/* AxVisor's numbers of a memory region's map_type. */
enum config_map_type {
	CONFIG_MAP_ALLOC = 0,
	CONFIG_MAP_IDENTICAL = 1,
	CONFIG_MAP_RESERVED = 2,
};

/* AxVisor's bits of a memory region's flags. */
#define CONFIG_MEM_READ		0x01
#define CONFIG_MEM_WRITE	0x02
#define CONFIG_MEM_EXEC		0x04
#define CONFIG_MEM_USER		0x08
#define CONFIG_MEM_DEVICE	0x10
#define CONFIG_MEM_UNCACHED	0x20

/**
 * struct config_addr - an address that may have been left to us
 * @set: the configuration gives it
 * @value: the address when @set
 * @pos: where it is given
 */
struct config_addr {
	bool set;
	uint64_t value;
	struct src_pos pos;
};

/**
 * struct config_file - a file named by the configuration
 * @path: resolved against the directory of the TOML file; NULL: not given
 * @load: guest-physical address that it asks for
 * @pos: where @path is given
 */
struct config_file {
	char *path;
	struct config_addr load;
	struct src_pos pos;
};

/**
 * struct config_vcpu - one vCPU; its index is its number
 * @hw_id: the id that the guest sees (hart id, MPIDR affinity, APIC id)
 * @mask_len: bytes of @mask that matter; 0: any host CPU
 * @mask: host CPUs that it may run on, bit n of the little-endian mask is CPU n
 */
struct config_vcpu {
	uint64_t hw_id;
	uint32_t mask_len;
	uint8_t mask[CONFIG_MASK_MAX];
};

/**
 * struct config_region - one memory region
 * @gpa: first guest-physical address, 4 KiB aligned
 * @size: bytes, a multiple of 4 KiB, not 0
 * @flags: CONFIG_MEM_*
 * @map_type: always CONFIG_MAP_ALLOC in a configuration of status 0
 * @prealloc: backed with host memory when the VM is created
 * @index: its number in the file's list
 * @pos: where the region is given
 */
struct config_region {
	uint64_t gpa;
	uint64_t size;
	uint32_t flags;
	enum config_map_type map_type;
	bool prealloc;
	unsigned int index;
	struct src_pos pos;
};

/**
 * struct config_device - one emulated device
 * @name: its name in this VM, unique
 * @type: name of the model, as the kernel's capabilities list it
 * @base: guest-physical address
 * @size: bytes
 * @irq: input of the VM's interrupt controller; 0: none
 * @cfg: the model's parameters
 * @nr_cfg: valid entries of @cfg
 * @console: it feeds the VM's console number @console; negative: none
 * @index: its number in the file's list
 * @pos: where the device is given; line 0: it is the default board's
 */
struct config_device {
	char name[CONFIG_NAME_MAX + 1];
	char type[CONFIG_NAME_MAX + 1];
	uint64_t base;
	uint64_t size;
	uint32_t irq;
	uint64_t cfg[CONFIG_CFG_MAX];
	unsigned int nr_cfg;
	int console;
	unsigned int index;
	struct src_pos pos;
};

/**
 * enum config_protocol - how a kernel is started, where its architecture knows several ways
 * @CONFIG_BOOT_AUTO: as the image wants; AxVisor's "direct"
 * @CONFIG_BOOT_MULTIBOOT: multiboot 1, or firmware that does the rest; AxVisor's "multiboot"
 * @CONFIG_BOOT_LINUX32: Linux's 32-bit boot protocol even where there is a 64-bit one
 * @CONFIG_BOOT_PVH: the entry point of the image's PVH note
 * @CONFIG_BOOT_ELF: the entry point of the ELF header
 * @CONFIG_BOOT_REAL: real mode
 * @CONFIG_BOOT_PROTECTED: protected mode
 */
enum config_protocol {
	CONFIG_BOOT_AUTO,
	CONFIG_BOOT_MULTIBOOT,
	CONFIG_BOOT_LINUX32,
	CONFIG_BOOT_PVH,
	CONFIG_BOOT_ELF,
	CONFIG_BOOT_REAL,
	CONFIG_BOOT_PROTECTED,
};

/**
 * struct axvm_config - everything that is known about a VM before it exists
 * @file: path of the TOML file as given; NULL when it came from options
 * @arch: never CONFIG_ARCH_UNKNOWN once loaded with status 0
 * @auto_id: no id was given, the kernel chooses
 * @id: id when not @auto_id
 * @name: empty: the kernel calls it "vm<id>"
 * @vm_type: AxVisor's kind of guest
 * @nr_vcpus: valid entries of @vcpus
 * @vcpus: array
 * @sve: aarch64: guest CPUs have SVE
 * @sve_bits: its longest vectors; 0: the longest that the host has
 * @sve_pos: where that is said
 * @entry: where the boot vCPU starts; unset: the image says
 * @kernel: the kernel image; path is never NULL
 * @dtb: given device tree; path NULL: generated. @dtb.load may be set alone
 * @ramdisk: initial RAM disk, may be absent
 * @bios: firmware that starts the kernel, may be absent
 * @protocol: how the kernel is started
 * @protocol_pos: where that is said; line 0: nowhere
 * @cmdline: kernel command line, NULL: none was given
 * @nr_regions: valid entries of @regions
 * @regions: array, in the order given; the first is main memory
 * @nr_devices: valid entries of @devices
 * @devices: array, with those of the default board; a PLIC is the first, for
 *	the kernel wants it before the devices that have interrupts
 * @default_board: @devices were chosen by us
 */
struct axvm_config {
	char *file;
	enum config_arch arch;
	bool auto_id;
	uint32_t id;
	char name[CONFIG_NAME_MAX + 1];
	enum config_vm_type vm_type;
	unsigned int nr_vcpus;
	struct config_vcpu *vcpus;
	bool sve;
	uint32_t sve_bits;
	struct src_pos sve_pos;
	struct config_addr entry;
	struct config_file kernel;
	struct config_file dtb;
	struct config_file ramdisk;
	struct config_file bios;
	enum config_protocol protocol;
	struct src_pos protocol_pos;
	char *cmdline;
	unsigned int nr_regions;
	struct config_region *regions;
	unsigned int nr_devices;
	struct config_device *devices;
	bool default_board;
};

/**
 * struct config_options - a VM without a file, or changes to one with a file
 * @kernel: path, required for config_from_options()
 * @ramdisk: path or NULL
 * @dtb: path or NULL
 * @name: NULL: the kernel calls it "vm<id>"
 * @cmdline: replaces the command line; NULL: default or the file's
 * @append: added to the command line after a space; NULL: nothing
 * @mem: bytes of RAM; 0: 512 MiB
 * @cpus: number of vCPUs; 0: 1
 * @id: used when @has_id
 * @has_id: @id was given
 * @entry: used when @has_entry
 * @has_entry: @entry was given
 * @load: kernel load address, used when @has_load
 * @protocol: one of kernel.boot_protocol's values; NULL: found out
 * @has_load: @load was given
 * @prealloc: back all memory at creation
 * @arch: architecture asked for; CONFIG_ARCH_UNKNOWN: find out
 * @from_stdin: the file "-" is standard input
 */
struct config_options {
	const char *kernel;
	const char *ramdisk;
	const char *dtb;
	const char *name;
	const char *cmdline;
	const char *append;
	uint64_t mem;
	unsigned int cpus;
	uint32_t id;
	bool has_id;
	uint64_t entry;
	bool has_entry;
	uint64_t load;
	bool has_load;
	const char *protocol;
	bool prealloc;
	enum config_arch arch;
	bool from_stdin;
};

/**
 * struct config_option - an option that describes a VM
 * @name: without the dashes
 * @value: what its value is, for help; NULL: it takes none
 * @help: one line
 */
struct config_option {
	const char *name;
	const char *value;
	const char *help;
};

/* The options that config_set_option() takes; the last has no name. */
extern const struct config_option config_option_list[];

/**
 * config_set_option() - take one option of the command line
 * @opts: filled; strings are borrowed
 * @name: one of config_option_list, without dashes
 * @value: its value, NULL when it takes none
 * @diag: takes what is wrong with the value
 *
 * Return: false when the value is bad, and was reported.
 */
bool config_set_option(struct config_options *opts, const char *name, const char *value,
		       struct diag *diag);

/**
 * config_load() - read, check and complete a TOML configuration
 * @cfg: filled; valid for config_free() whatever is returned
 * @path: the file, also the base of relative paths in it
 * @opts: changes (all but @kernel, @ramdisk, @dtb, which a file names itself);
 *	may be NULL
 * @diag: initialised with the name of the file; takes the findings
 *
 * Return: diag_status(@diag); @cfg is complete and can be run only with 0.
 */
int config_load(struct axvm_config *cfg, const char *path, const struct config_options *opts,
		struct diag *diag);

/**
 * config_from_options() - make a configuration from options alone
 * @cfg: filled; valid for config_free() whatever is returned
 * @opts: the options, @kernel is required
 * @diag: takes the findings
 *
 * Return: diag_status(@diag); @cfg is complete and can be run only with 0.
 */
int config_from_options(struct axvm_config *cfg, const struct config_options *opts,
			struct diag *diag);

/**
 * config_free() - release what a configuration owns
 * @cfg: zeroed, so that freeing twice is harmless
 */
void config_free(struct axvm_config *cfg);

/**
 * config_print() - print TOML that says the same
 * @cfg: a configuration of status 0
 * @out: where to
 */
void config_print(const struct axvm_config *cfg, FILE *out);

/**
 * config_memory() - bytes of all memory regions
 * @cfg: a configuration
 */
uint64_t config_memory(const struct axvm_config *cfg);

/**
 * config_find_device() - the first device of a type
 * @cfg: a configuration
 * @type: name of the model
 *
 * Return: the device, borrowed from @cfg, or NULL.
 */
const struct config_device *config_find_device(const struct axvm_config *cfg, const char *type);

/**
 * config_uses_ports() - are a device's addresses I/O ports?
 * @type: name of the model; one that is not known has none
 */
bool config_uses_ports(const char *type);

/**
 * config_fit_gic() - let the default board of an aarch64 guest have a GICv2
 * @cfg: a configuration of status 0; a GIC that its file names stays as it is
 *
 * For hosts that cannot give a guest anything else.
 *
 * Return: false when it has more vCPUs than a GICv2 is for.
 */
bool config_fit_gic(struct axvm_config *cfg);

#define CONFIG_PLIC_MAX_SOURCE	1023	/* RISC-V PLIC 1.0.0: 1024 sources, 0 does not exist */

/**
 * config_plic_sources() - highest interrupt source of a PLIC
 * @plic: the device
 */
uint64_t config_plic_sources(const struct config_device *plic);

/**
 * config_ioapic_id() - the id of a PC's I/O APIC, which is no CPU's
 * @cfg: a configuration
 */
unsigned int config_ioapic_id(const struct axvm_config *cfg);

/**
 * config_protocol_name() - what kernel.boot_protocol calls a protocol
 * @protocol: the protocol
 */
const char *config_protocol_name(enum config_protocol protocol);

/**
 * config_arch_name() - uname's name of an architecture
 * @arch: the architecture
 *
 * Return: "riscv64", "aarch64", "x86_64", "loongarch64" or "unknown".
 */
const char *config_arch_name(enum config_arch arch);

/**
 * config_arch_by_name() - an architecture by one of its names
 * @name: what uname, Linux's ARCH= or Debian calls it
 *
 * Return: CONFIG_ARCH_UNKNOWN when there is none.
 */
enum config_arch config_arch_by_name(const char *name);

/**
 * config_parse_size() - "512M", "0x1000", "2GiB" in bytes
 * @text: the text
 * @size: the result
 *
 * Return: false when @text is no size or does not fit.
 */
bool config_parse_size(const char *text, uint64_t *size);

#endif /* AXVM_RUN_CONFIG_H */
