// SPDX-License-Identifier: GPL-2.0
/*
 * Starts another kernel in the place of this one, with the same command line.
 *
 * usage: kexec KERNEL INITRD
 *
 * With kexec_file_load() where the kernel has it; otherwise, on RISC-V and AArch64, with
 * kexec_load() and the firmware's device tree. For tests, in an emulated host, as root.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kexec.h>
#include <linux/reboot.h>
#include <linux/types.h>

#ifndef KEXEC_ARCH_RISCV
#define KEXEC_ARCH_RISCV	(243 << 16)
#endif

#define MAX_FDT		0x100000
#define MIB		0x100000UL

struct file {
	__u8 *data;
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct file map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file file;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	file.len = st.st_size;
	file.data = mmap(NULL, file.len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file.data == MAP_FAILED)
		die(path);
	close(fd);
	return file;
}

/* Files of sysfs and procfs tell no size. */
static struct file read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file file = { .data = calloc(1, MAX_FDT) };
	ssize_t got;

	if (fd < 0 || !file.data)
		die(path);
	while ((got = read(fd, file.data + file.len, MAX_FDT - 1 - file.len)) > 0)
		file.len += got;
	close(fd);
	return file;
}

static int load_files(const char *kernel, const char *initrd)
{
	struct file line = read_file("/proc/cmdline");
	int kernel_fd = open(kernel, O_RDONLY | O_CLOEXEC);
	int initrd_fd = open(initrd, O_RDONLY | O_CLOEXEC);

	if (kernel_fd < 0 || initrd_fd < 0)
		die("kernel or initrd");
	while (line.len && line.data[line.len - 1] == '\n')
		line.data[--line.len] = 0;
	return syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, line.len + 1, line.data, 0UL);
}

/* --- RISC-V, AArch64: the device tree names the initrd. Devicetree specification, chapter 5 --- */

static __u32 cell(const __u8 *at)
{
	__u32 val;

	memcpy(&val, at, sizeof(val));
	return be32toh(val);
}

static void set_cells(__u8 *at, __u32 len, __u64 val)
{
	__u64 big = htobe64(val);

	memcpy(at, (__u8 *)&big + (len == 4 ? 4 : 0), len);
}

/* Changes the value of the one property of this name. */
static void patch_fdt(struct file *fdt, const char *name, __u64 val)
{
	__u8 *at = fdt->data + cell(fdt->data + 8);
	const __u8 *strings = fdt->data + cell(fdt->data + 12);
	__u32 token, len;

	while ((token = cell(at)) != 9) {
		at += 4;
		if (token == 1) {
			at += (strlen((char *)at) + 4) & ~3UL;
		} else if (token == 3) {
			len = cell(at);
			if (!strcmp((const char *)strings + cell(at + 4), name)) {
				set_cells(at + 8, len, val);
				return;
			}
			at += 8 + ((len + 3) & ~3U);
		}
	}
	fprintf(stderr, "kexec: no %s in the device tree\n", name);
	exit(1);
}

/* The first address of RAM that is free for anything: the kernel copies segments at the end. */
static __u64 ram_start(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	unsigned long long start, end;
	char line[256];

	while (iomem && fgets(line, sizeof(line), iomem))
		if (strstr(line, "System RAM") && sscanf(line, "%llx-%llx", &start, &end) == 2 &&
		    end - start > 512 * MIB)
			return (start + 64 * MIB) & ~(2 * MIB - 1);
	fprintf(stderr, "kexec: no memory\n");
	exit(1);
}

static struct kexec_segment segment(const struct file *file, __u64 addr, __u64 len)
{
	return (struct kexec_segment){
		.buf = file->data,
		.bufsz = file->len,
		.mem = (void *)addr,
		.memsz = (len + 4095) & ~4095UL,
	};
}

#ifdef __aarch64__

#define KEXEC_ARCH	KEXEC_ARCH_AARCH64

/*
 * Linux, arch/arm64/booting.rst: x0 is the device tree, x1 to x3 are 0; kexec_load() leaves
 * that to a program of ours in front of the kernel.
 */
static struct {
	__u32 insns[6];
	__u64 fdt;
	__u64 kernel;
} entry = {
	.insns = {
		0x580000c0,	/* ldr x0, fdt */
		0x580000e4,	/* ldr x4, kernel */
		0xaa1f03e1,	/* mov x1, xzr */
		0xaa1f03e2,	/* mov x2, xzr */
		0xaa1f03e3,	/* mov x3, xzr */
		0xd61f0080,	/* br x4 */
	},
};

static __u64 add_entry(struct kexec_segment *segments, unsigned long *nr, __u64 kernel, __u64 fdt)
{
	struct file file = { .data = (__u8 *)&entry, .len = sizeof(entry) };
	__u64 at = kernel - 2 * MIB;

	entry.fdt = fdt;
	entry.kernel = kernel;
	segments[(*nr)++] = segment(&file, at, file.len);
	return at;
}

#else

#define KEXEC_ARCH	KEXEC_ARCH_RISCV

/* The kernel of the host gives its successor the device tree itself. */
static __u64 add_entry(struct kexec_segment *segments, unsigned long *nr, __u64 kernel, __u64 fdt)
{
	return segments && *nr && fdt ? kernel : 0;
}

#endif

static int load_segments(const char *kernel_path, const char *initrd_path)
{
	struct file kernel = map_file(kernel_path), initrd = map_file(initrd_path);
	struct file fdt = read_file("/sys/firmware/fdt");
	__u64 start = ram_start(), image_size, fdt_at, initrd_at, entry_at;
	struct kexec_segment segments[4];
	unsigned long nr = 0;

	memcpy(&image_size, kernel.data + 16, sizeof(image_size));
	image_size = le64toh(image_size) < kernel.len ? kernel.len : le64toh(image_size);
	fdt_at = (start + image_size + 2 * MIB) & ~(2 * MIB - 1);
	initrd_at = fdt_at + 2 * MIB;
	patch_fdt(&fdt, "linux,initrd-start", initrd_at);
	patch_fdt(&fdt, "linux,initrd-end", initrd_at + initrd.len);
	segments[nr++] = segment(&kernel, start, image_size);
	segments[nr++] = segment(&fdt, fdt_at, fdt.len);
	segments[nr++] = segment(&initrd, initrd_at, initrd.len);
	entry_at = add_entry(segments, &nr, start, fdt_at);
	return syscall(SYS_kexec_load, entry_at, nr, segments, (unsigned long)KEXEC_ARCH);
}

int main(int argc, char **argv)
{
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: kexec KERNEL INITRD\n");
		return 2;
	}
	ret = load_files(argv[1], argv[2]);
#if defined(__riscv) || defined(__aarch64__)
	if (ret)
		ret = load_segments(argv[1], argv[2]);
#else
	(void)load_segments;
#endif
	if (ret)
		die("the other kernel cannot be loaded");
	sync();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	die("the other kernel does not start");
	return 1;
}
