// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory of a VM and reads and writes it all the while its guest restarts.
 *
 * usage: mapper VM GPA PAGES SECONDS
 *
 * Every page holds zeroes or what this program wrote there: anything else is somebody else's
 * memory. Prints how often it found each. For tests, in an emulated host, as root.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/axvm.h>

#define PAGE		4096UL
#define MARK(n)		(0x6d61726b00000000ULL | (n))

static __u64 zeroes, marks;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static __u8 *map_guest(const char *vm, const char *gpa, unsigned long pages)
{
	struct axvm_vm_open open_vm = { .id = strtoul(vm, NULL, 0) };
	int device = open("/dev/axvm", O_RDWR | O_CLOEXEC);
	void *map;
	int fd;

	if (device < 0)
		die("/dev/axvm");
	fd = ioctl(device, AXVM_VM_OPEN, &open_vm);
	if (fd < 0)
		die("AXVM_VM_OPEN");
	map = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   strtoull(gpa, NULL, 0));
	if (map == MAP_FAILED)
		die("mmap");
	close(fd);
	close(device);
	return map;
}

static void visit(__u8 *page, unsigned long n)
{
	__u64 *word = (__u64 *)(page + (n * 64 % PAGE));
	__u64 val = __atomic_load_n(word, __ATOMIC_RELAXED);

	if (val == MARK(n)) {
		marks++;
	} else if (!val) {
		zeroes++;
	} else {
		printf("page %lu holds 0x%llx\n", n, (unsigned long long)val);
		exit(1);
	}
	__atomic_store_n(word, MARK(n), __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	__u8 *map;
	unsigned long pages, n;
	time_t end;

	if (argc < 5) {
		fprintf(stderr, "usage: mapper VM GPA PAGES SECONDS\n");
		return 2;
	}
	pages = strtoul(argv[3], NULL, 0);
	map = map_guest(argv[1], argv[2], pages);
	end = time(NULL) + strtoul(argv[4], NULL, 0);
	while (time(NULL) < end)
		for (n = 0; n < pages; n++)
			visit(map + n * PAGE, n);
	printf("zero %llu times, kept %llu times\n", (unsigned long long)zeroes,
	       (unsigned long long)marks);
	return 0;
}
