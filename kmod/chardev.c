// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/axvm and the VM file descriptors that it gives.
 *
 * Called by user space with CAP_SYS_ADMIN in the initial user namespace, at any
 * moment of a VM's life; process context. See uapi/linux/axvm.h for the rules.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/axvm.h>

#include "chardev.h"
#include "vm.h"

/* The ABI: the same for 32-bit callers. */
static_assert(sizeof(struct axvm_vm_open) == 8);
static_assert(sizeof(struct axvm_image) == 48);
static_assert(sizeof(struct axvm_console_open) == 8);

/* --- mapping guest memory --- */

static vm_fault_t insert_page(struct vm_fault *vmf, struct page *page)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, page);

	switch (ret) {
	case 0:
	case -EBUSY:	/* another thread was faster */
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

/*
 * Find the page and enter it under one lock: when memory is cleared, no page
 * that it had can appear in a page table afterwards.
 */
static vm_fault_t fault_guest_page(struct vm_fault *vmf)
{
	struct axvm_vm *vm = vmf->vma->vm_file->private_data;
	vm_fault_t ret;
	struct page *page;

	down_read(&vm->usermap.lock);
	page = axvm_gmem_page(&vm->gmem, (u64)vmf->pgoff << PAGE_SHIFT);
	if (IS_ERR(page)) {
		/* Not OOM: a full memory cgroup of the VM would have us retried for ever. */
		ret = VM_FAULT_SIGBUS;
	} else {
		ret = insert_page(vmf, page);
		put_page(page);
	}
	up_read(&vm->usermap.lock);
	return ret;
}

static const struct vm_operations_struct guest_memory_ops = {
	.fault = fault_guest_page,
};

static int mmap_vm(struct file *file, struct vm_area_struct *vma)
{
	struct axvm_vm *vm = file->private_data;
	u64 len = vma->vm_end - vma->vm_start;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (vma->vm_pgoff > U64_MAX >> PAGE_SHIFT ||
	    !axvm_gmem_contains(&vm->gmem, (u64)vma->vm_pgoff << PAGE_SHIFT, len))
		return -ENXIO;

	vm_flags_mod(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_ops = &guest_memory_ops;
	return 0;
}

/* --- images --- */

static bool is_valid_image(const struct axvm_image *image)
{
	return image->len && image->kind <= AXVM_IMAGE_FIRMWARE && !image->flags &&
	       !image->pad[0] && !image->pad[1];
}

/* So that nobody makes us allocate more than guest memory could take. */
static int check_image_place(const struct axvm_vm *vm, const struct axvm_image *image)
{
	const struct axvm_region *region = axvm_gmem_find(&vm->gmem, image->gpa);

	if (READ_ONCE(vm->state) != AXVM_STATE_CREATED)
		return -EBUSY;
	if (!region || image->len > region->cfg.len - (image->gpa - region->cfg.gpa))
		return -ERANGE;
	return 0;
}

/* Images are large: stay preemptible and killable. */
static int copy_bytes(u8 *to, const u8 __user *from, u64 len)
{
	u64 done, chunk;

	for (done = 0; done < len; done += chunk) {
		chunk = min_t(u64, len - done, SZ_1M);
		if (copy_from_user(to + done, from + done, chunk))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static long load_image(struct axvm_vm *vm, void __user *arg)
{
	struct axvm_image image;
	void *data;
	int ret;

	if (copy_from_user(&image, arg, sizeof(image)))
		return -EFAULT;
	if (!is_valid_image(&image) || image.len > SIZE_MAX)
		return -EINVAL;
	ret = check_image_place(vm, &image);
	if (ret)
		return ret;

	data = __vmalloc(image.len, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!data)
		return -ENOMEM;
	ret = copy_bytes(data, u64_to_user_ptr(image.addr), image.len);
	if (!ret)
		ret = axvm_vm_load_image(vm, image.gpa, data, image.len, image.kind);
	if (ret)
		vfree(data);
	return ret;
}

/* --- consoles --- */

static long open_console(struct axvm_vm *vm, void __user *arg)
{
	const u32 known = AXVM_CONSOLE_HISTORY | AXVM_CONSOLE_NONBLOCK;
	struct axvm_console_open open;
	u32 index;

	if (copy_from_user(&open, arg, sizeof(open)))
		return -EFAULT;
	if (open.flags & ~known)
		return -EINVAL;
	if (open.index >= vm->devices.nr_consoles)
		return -ENOENT;
	index = array_index_nospec(open.index, vm->devices.nr_consoles);
	return axvm_console_open_fd(vm->devices.consoles[index],
				    open.flags & AXVM_CONSOLE_HISTORY,
				    open.flags & AXVM_CONSOLE_NONBLOCK);
}

/* --- VM descriptors --- */

static long ioctl_vm(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct axvm_vm *vm = file->private_data;
	void __user *user = (void __user *)arg;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case AXVM_VM_LOAD:
		return load_image(vm, user);
	case AXVM_VM_CONSOLE:
		return open_console(vm, user);
	default:
		return -ENOTTY;
	}
}

static void show_vm(struct seq_file *m, struct file *file)
{
	const struct axvm_vm *vm = file->private_data;

	seq_printf(m, "axvm-id:\t%u\naxvm-name:\t%s\n", vm->id, vm->name);
}

static int release_vm(struct inode *inode, struct file *file)
{
	struct axvm_vm *vm = file->private_data;

	axvm_vm_owner_put(vm);
	axvm_vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = ioctl_vm,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = mmap_vm,
	.release = release_vm,
	.show_fdinfo = show_vm,
};

/* Takes over the caller's reference, also when it fails. Return: file or ERR_PTR. */
static struct file *create_vm_file(struct axvm_vm *vm)
{
	struct file *file = anon_inode_create_getfile("[axvm-vm]", &vm_fops, vm, O_RDWR, NULL);

	if (IS_ERR(file)) {
		axvm_vm_put(vm);
		return file;
	}
	axvm_vm_owner_get(vm);
	axvm_usermap_join(&vm->usermap, file);
	return file;
}

static long open_vm(void __user *arg)
{
	struct axvm_vm_open open;
	struct axvm_vm *vm;
	struct file *file;
	int fd;

	if (copy_from_user(&open, arg, sizeof(open)))
		return -EFAULT;
	if (open.flags)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	vm = axvm_vm_lookup(open.id);
	file = vm ? create_vm_file(vm) : ERR_PTR(-ENOENT);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/* --- the device --- */

static int open_device(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static long ioctl_device(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (cmd != AXVM_VM_OPEN)
		return -ENOTTY;
	return open_vm((void __user *)arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = open_device,
	.unlocked_ioctl = ioctl_device,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "axvm",
	.fops = &device_fops,
	.mode = 0600,
};

int axvm_chardev_init(void)
{
	return misc_register(&device);
}

void axvm_chardev_exit(void)
{
	misc_deregister(&device);
}
