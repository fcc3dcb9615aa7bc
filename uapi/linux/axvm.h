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

#define AXVM_API_VERSION	1

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

#endif /* _LINUX_AXVM_H */
