/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * axvm: the part of the interface that does not fit in netlink messages.
 *
 * VMs are created, listed and controlled through the generic-netlink family
 * "axvm" (linux/axvm_netlink.h). /dev/axvm gives file descriptors:
 *
 *   /dev/axvm --AXVM_VM_OPEN--> VM fd --AXVM_VM_CONSOLE--> console fd
 *
 * The VM fd takes images into guest memory and can be mapped: the file offset
 * is the guest-physical address. The console fd is read, written and polled.
 * Every call needs CAP_SYS_ADMIN in the initial user namespace.
 */
#ifndef _LINUX_AXVM_H
#define _LINUX_AXVM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define AXVM_API_VERSION	3

#define AXVM_IOC_MAGIC		0xBC

/**
 * struct axvm_vm_open - get a file descriptor of a VM
 * @id: id of the VM
 * @flags: 0
 *
 * AXVM_VM_OPEN on /dev/axvm returns the descriptor, close-on-exec. When the VM
 * has the flag "owned", closing the last such descriptor destroys it.
 *
 * Errors: ENOENT no such VM, EINVAL unknown flags.
 */
struct axvm_vm_open {
	__u32 id;
	__u32 flags;
};

/* What an image is: shown to people, and so that nothing is loaded twice. */
#define AXVM_IMAGE_RAW		0
#define AXVM_IMAGE_KERNEL	1
#define AXVM_IMAGE_INITRD	2
#define AXVM_IMAGE_DTB		3
#define AXVM_IMAGE_FIRMWARE	4

/**
 * struct axvm_image - bytes for guest memory
 * @gpa: guest-physical address of the first byte; no alignment needed
 * @len: number of bytes, not 0
 * @addr: user address of the bytes
 * @kind: one of AXVM_IMAGE_*
 * @flags: 0
 * @pad: 0
 *
 * AXVM_VM_LOAD on a VM fd copies the bytes and remembers them: reset clears
 * guest memory and puts them there again. Only before the VM first runs.
 *
 * Errors: EBUSY the VM is sealed, EFAULT @addr, EINVAL flags, padding, kind or
 * length, ERANGE not inside one memory region, ENOSPC too many images, ENOMEM.
 */
struct axvm_image {
	__aligned_u64 gpa;
	__aligned_u64 len;
	__aligned_u64 addr;
	__u32 kind;
	__u32 flags;
	__aligned_u64 pad[2];
};

/**
 * struct axvm_console_open - get a file descriptor of a VM's console
 * @index: 0 for the first console
 * @flags: AXVM_CONSOLE_*
 *
 * AXVM_VM_CONSOLE on a VM fd returns the descriptor, close-on-exec. Reading
 * gives what the guest prints from now on, or with AXVM_CONSOLE_HISTORY from
 * the oldest byte still kept; writing is input for the guest. Read returns 0
 * when the VM has stopped and everything was read.
 *
 * Errors: ENOENT no such console, EINVAL unknown flags, EMFILE.
 */
struct axvm_console_open {
	__u32 index;
	__u32 flags;
};

#define AXVM_CONSOLE_HISTORY	(1u << 0)
#define AXVM_CONSOLE_NONBLOCK	(1u << 1)

#define AXVM_VM_OPEN	_IOW(AXVM_IOC_MAGIC, 0xd0, struct axvm_vm_open)
#define AXVM_VM_LOAD	_IOW(AXVM_IOC_MAGIC, 0xd1, struct axvm_image)
#define AXVM_VM_CONSOLE	_IOW(AXVM_IOC_MAGIC, 0xd2, struct axvm_console_open)

/*
 * How the boot vCPU of an x86_64 VM starts: the entry address and the boot
 * arguments that a VM is created or started with.
 *
 * Entry is what RIP is in protected and long mode. In real mode it is a linear
 * address below 1 MiB: CS.base is entry & ~0xffff, CS is that shifted right by
 * 4, and IP is entry & 0xffff, the other segments are 0; or it is
 * AXVM_X86_ENTRY_RESET for the state after power-on, CS.base 0xffff0000.
 *
 * In protected and long mode GDTR points to the boot block's first page, CS is
 * AXVM_X86_SEL_CODE, the other segments are AXVM_X86_SEL_DATA, all of them flat
 * (0 to 4 GiB). Interrupts are disabled in each mode, and every register that
 * is not named here is 0 (RFLAGS 2).
 */

/* Argument 0: AXVM_X86_MODE_* in bits 31:0, EAX in bits 63:32. */
#define AXVM_X86_ARG_MODE	0
/* Argument 1: RBX. */
#define AXVM_X86_ARG_RBX	1
/* Argument 2: RSI. */
#define AXVM_X86_ARG_RSI	2
/*
 * Argument 3: guest-physical address of the boot block, which whoever creates
 * the VM loads into its memory, 4 KiB aligned. Needed in long mode; with 0 in
 * protected mode GDTR is empty and the segments are flat nevertheless. Not used
 * in real mode.
 */
#define AXVM_X86_ARG_BLOCK	3

#define AXVM_X86_MODE_REAL	0	/* real mode */
#define AXVM_X86_MODE_PROTECTED	1	/* 32 bits, flat segments, paging off */
#define AXVM_X86_MODE_LONG	2	/* 64 bits, CR3 at the boot block's page tables */

#define AXVM_X86_ENTRY_RESET	0xfffffff0

/* Offsets in the boot block. */
#define AXVM_X86_BLOCK_GDT	0x0	/* 4 descriptors: null, unused, code, data */
#define AXVM_X86_BLOCK_ROOT	0x1000	/* page tables: 4 levels, identity-mapped */

#define AXVM_X86_SEL_CODE	0x10
#define AXVM_X86_SEL_DATA	0x18

#endif /* _LINUX_AXVM_H */
