// SPDX-License-Identifier: GPL-2.0
/*
 * Sends axvm what nobody should send: netlink requests with attributes missing, too short, too
 * long, out of range, nested wrongly, repeated or mutated, and ioctls and mappings with bad sizes,
 * addresses and flags; from several threads, while VMs start and die.
 *
 * usage: api COUNT [SEED]   as root; prints how many requests had which fate
 *
 * Whatever happens to a request is right; it is the kernel that must not complain.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/axvm.h>
#include <linux/axvm_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define THREADS		4
#define BUF		8192
#define MAX_ID		8
#define RAM		0x80000000ULL
#define RAM_SIZE	0x200000ULL

struct fuzzer {
	__u64 state;
	int sock;
	int device;
	int vm;
	int sink;
	unsigned int count;
	unsigned int done;
	unsigned int accepted;
	unsigned int refused;
	unsigned char buf[BUF];
	unsigned int len;
	bool is_wrong;
};

static __u16 family;

/* --- chance --- */

static __u64 next(struct fuzzer *f)
{
	f->state ^= f->state << 13;
	f->state ^= f->state >> 7;
	f->state ^= f->state << 17;
	return f->state;
}

static unsigned int below(struct fuzzer *f, unsigned int n)
{
	return (next(f) >> 16) % n;
}

static bool one_in(struct fuzzer *f, unsigned int n)
{
	return !below(f, n);
}

/* Something is wrong here: in half of the messages, so that the others get somewhere. */
static bool wrong(struct fuzzer *f, unsigned int n)
{
	return f->is_wrong && one_in(f, n);
}

/* Numbers near what code compares with. */
static __u64 number(struct fuzzer *f)
{
	static const __u64 edges[] = {
		0, 1, 2, 7, 8, 63, 64, 65, 4095, 4096, RAM, RAM_SIZE, 0x7fffffff, 0x80000000,
		0xffffffff, 0x7ffffffff000, 0x8000000000000000, ~0ULL,
	};
	__u64 val = edges[below(f, ARRAY_SIZE(edges))];

	switch (below(f, 4)) {
	case 0:
		return next(f);
	case 1:
		return below(f, 16);
	case 2:
		return val - 1;
	default:
		return val;
	}
}

/* --- messages --- */

static void begin(struct fuzzer *f, __u16 type, __u16 flags, __u8 cmd)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)f->buf;
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	memset(f->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = f->done;
	genl->cmd = cmd;
	genl->version = 1;
	f->len = NLMSG_HDRLEN + GENL_HDRLEN;
}

static void put(struct fuzzer *f, __u16 type, const void *data, unsigned int len)
{
	struct nlattr *attr = (struct nlattr *)(f->buf + f->len);

	if (f->len + NLA_HDRLEN + NLA_ALIGN(len) > BUF - 64)
		return;
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memset(attr + 1, 0, NLA_ALIGN(len));
	memcpy(attr + 1, data, len);
	f->len += NLA_HDRLEN + NLA_ALIGN(len);
}

/* A number of the right size, most of the time. */
static void put_number(struct fuzzer *f, __u16 type, unsigned int len, __u64 val)
{
	__u64 two[2] = { val, next(f) };

	put(f, type, two, wrong(f, 12) ? below(f, sizeof(two) + 1) : len);
}

static void put_text(struct fuzzer *f, __u16 type, const char *text)
{
	char junk[64];
	unsigned int i;

	if (!wrong(f, 12)) {
		put(f, type, text, strlen(text) + 1);
		return;
	}
	for (i = 0; i < sizeof(junk); i++)
		junk[i] = next(f);
	put(f, type, junk, below(f, sizeof(junk) + 1));
}

static unsigned int open_nest(struct fuzzer *f, __u16 type)
{
	unsigned int mark = f->len;

	put(f, wrong(f, 20) ? type : type | NLA_F_NESTED, "", 0);
	return mark;
}

static void close_nest(struct fuzzer *f, unsigned int mark)
{
	struct nlattr *attr = (struct nlattr *)(f->buf + mark);

	attr->nla_len = f->len - mark;
	if (wrong(f, 40))
		attr->nla_len += below(f, 9) - 4;
}

/* --- a VM: valid, but for what is changed on the way --- */

static bool wanted(struct fuzzer *f)
{
	return !wrong(f, 20);
}

static __u64 maybe(struct fuzzer *f, __u64 val)
{
	return wrong(f, 16) ? number(f) : val;
}

static void put_vcpu(struct fuzzer *f, unsigned int id)
{
	unsigned int nest = open_nest(f, AXVM_A_VM_VCPU);

	if (wanted(f))
		put_number(f, AXVM_A_VCPU_CFG_ID, 4, maybe(f, id));
	if (wanted(f))
		put_number(f, AXVM_A_VCPU_CFG_HW_ID, 8, maybe(f, id));
	if (wrong(f, 8))
		put_number(f, AXVM_A_VCPU_CFG_AFFINITY, 8, number(f));
	close_nest(f, nest);
}

/* Never much memory in advance: the machine has to go on. */
static void put_region(struct fuzzer *f)
{
	unsigned int nest = open_nest(f, AXVM_A_VM_REGION);
	__u64 len = maybe(f, RAM_SIZE);

	if (wanted(f))
		put_number(f, AXVM_A_REGION_GPA, 8, maybe(f, RAM));
	if (wanted(f))
		put_number(f, AXVM_A_REGION_SIZE, 8, len);
	if (wanted(f))
		put_number(f, AXVM_A_REGION_FLAGS, 4, maybe(f, 7));
	if (wrong(f, 8))
		put_number(f, AXVM_A_REGION_MAP_TYPE, 4, number(f));
	if (len <= RAM_SIZE && one_in(f, 4))
		put(f, AXVM_A_REGION_PREALLOC, "", 0);
	close_nest(f, nest);
}

static void put_device(struct fuzzer *f)
{
	static const char *const types[] = {
		"ns16550a", "goldfish-rtc", "plic", "pl011", "pl031", "gic-v3", "isa-serial",
		"ioapic", "i8254", "cmos-rtc", "acpi-pm", "pvpanic", "reset-port", "debug-exit",
		"nonsense",
	};
	unsigned int nest = open_nest(f, AXVM_A_VM_DEVICE);
	const char *type = types[below(f, ARRAY_SIZE(types))];
	char name[16];

	snprintf(name, sizeof(name), "d%u", below(f, 6));
	if (wanted(f))
		put_text(f, AXVM_A_DEVICE_NAME, name);
	if (wanted(f))
		put_text(f, AXVM_A_DEVICE_TYPE, type);
	if (wanted(f))
		put_number(f, AXVM_A_DEVICE_BASE, 8, maybe(f, 0x10000000 + below(f, 64) * 0x1000));
	if (one_in(f, 2))
		put_number(f, AXVM_A_DEVICE_SIZE, 8, maybe(f, 0));
	if (one_in(f, 2))
		put_number(f, AXVM_A_DEVICE_IRQ, 4, maybe(f, below(f, 32)));
	if (one_in(f, 2))
		put_number(f, AXVM_A_DEVICE_CFG, 8, maybe(f, 1));
	close_nest(f, nest);
}

/* The interrupt controller that a VM of this architecture needs to start. */
static void put_chip(struct fuzzer *f)
{
#ifdef __riscv
	unsigned int nest = open_nest(f, AXVM_A_VM_DEVICE);

	put_text(f, AXVM_A_DEVICE_NAME, "chip");
	put_text(f, AXVM_A_DEVICE_TYPE, "plic");
	put_number(f, AXVM_A_DEVICE_BASE, 8, 0xc000000);
	put_number(f, AXVM_A_DEVICE_CFG, 8, 0);
	close_nest(f, nest);
#else
	put_device(f);
#endif
}

static void put_vm(struct fuzzer *f)
{
	unsigned int devices = f->is_wrong ? below(f, 3) : 0, args = below(f, f->is_wrong ? 6 : 5);
	unsigned int i, vcpus = 1 + below(f, 3);
	unsigned int regions = wrong(f, 8) ? 2 : 1;
	char name[16];

	snprintf(name, sizeof(name), "f%u", below(f, MAX_ID));
	if (wanted(f))
		put_number(f, AXVM_A_VM_ID, 4, maybe(f, 1 + below(f, MAX_ID)));
	if (one_in(f, 2))
		put_text(f, AXVM_A_VM_NAME, name);
	if (one_in(f, 2))
		put_number(f, AXVM_A_VM_FLAGS, 4, maybe(f, AXVM_VM_FLAGS_OWNED));
	for (i = 0; i < vcpus; i++)
		put_vcpu(f, i);
	for (i = 0; i < regions; i++)
		put_region(f);
	put_chip(f);
	for (i = 0; i < devices; i++)
		put_device(f);
	if (wanted(f))
		put_number(f, AXVM_A_VM_ENTRY, 8, maybe(f, RAM));
	for (i = 0; i < args; i++)
		put_number(f, AXVM_A_VM_BOOT_ARG, 8, number(f));
}

static void put_choice(struct fuzzer *f)
{
	if (wanted(f))
		put_number(f, AXVM_A_VM_ID, 4, maybe(f, 1 + below(f, MAX_ID)));
	if (wrong(f, 8))
		put_text(f, AXVM_A_VM_NAME, "f1");
	if (one_in(f, 2))
		put(f, AXVM_A_VM_FORCE, "", 0);
	if (wrong(f, 8))
		put_number(f, AXVM_A_VM_ENTRY, 8, number(f));
}

static void put_vcpu_choice(struct fuzzer *f)
{
	if (wanted(f))
		put_number(f, AXVM_A_VCPU_VM_ID, 4, maybe(f, 1 + below(f, MAX_ID)));
	if (wrong(f, 8))
		put_text(f, AXVM_A_VCPU_VM_NAME, "f1");
	if (wanted(f))
		put_number(f, AXVM_A_VCPU_ID, 4, maybe(f, below(f, 3)));
}

static void put_junk(struct fuzzer *f)
{
	unsigned int i, nr = below(f, 6);
	unsigned char junk[64];

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = next(f);
	for (i = 0; i < nr; i++)
		put(f, below(f, 40), junk, below(f, sizeof(junk)));
}

static void mutate(struct fuzzer *f)
{
	unsigned int i, nr = 1 + below(f, 4);

	for (i = 0; i < nr && f->len > NLMSG_HDRLEN; i++)
		f->buf[NLMSG_HDRLEN + below(f, f->len - NLMSG_HDRLEN)] ^= 1 << below(f, 8);
}

/* Answers are not waited for: commands run while others come. */
static void drain(struct fuzzer *f)
{
	unsigned char answer[BUF];
	struct nlmsghdr *nlh = (struct nlmsghdr *)answer;
	ssize_t got;

	while ((got = recv(f->sock, answer, sizeof(answer), MSG_DONTWAIT)) > 0) {
		if (got < (ssize_t)NLMSG_LENGTH(sizeof(int)) || nlh->nlmsg_type != NLMSG_ERROR)
			continue;
		if (((struct nlmsgerr *)NLMSG_DATA(nlh))->error)
			f->refused++;
		else
			f->accepted++;
	}
}

static void request(struct fuzzer *f)
{
	static const __u8 simple[] = {
		AXVM_CMD_VM_START, AXVM_CMD_VM_PAUSE, AXVM_CMD_VM_RESUME, AXVM_CMD_VM_STOP,
		AXVM_CMD_VM_RESET, AXVM_CMD_VM_DEL, AXVM_CMD_VM_GET,
	};
	__u16 flags = wrong(f, 4) ? next(f) & 0x0f0f : NLM_F_ACK;

	switch (below(f, 9)) {
	case 0:
		begin(f, family, flags, below(f, 24));
		put_junk(f);
		break;
	case 1:
	case 2:
		begin(f, family, flags, AXVM_CMD_VM_NEW);
		put_vm(f);
		break;
	case 3:
		begin(f, family, NLM_F_DUMP, AXVM_CMD_VM_GET + below(f, 12));
		put_choice(f);
		break;
	case 4:
		begin(f, family, flags, AXVM_CMD_VCPU_REGS_GET);
		put_vcpu_choice(f);
		break;
	default:
		begin(f, family, flags, simple[below(f, sizeof(simple))]);
		put_choice(f);
	}
	if (wrong(f, 4))
		mutate(f);
	((struct nlmsghdr *)f->buf)->nlmsg_len = wrong(f, 100) ? below(f, f->len + 8) : f->len;
	send(f->sock, f->buf, f->len, MSG_DONTWAIT);
	drain(f);
}

/* --- ioctls and mappings --- */

static void open_vm(struct fuzzer *f)
{
	struct axvm_vm_open arg = { .id = 1 + below(f, MAX_ID), .flags = one_in(f, 8) };
	int fd = ioctl(f->device, AXVM_VM_OPEN, one_in(f, 16) ? (void *)number(f) : &arg);

	if (fd < 0)
		return;
	if (f->vm >= 0)
		close(f->vm);
	f->vm = fd;
}

static void load(struct fuzzer *f)
{
	static unsigned char image[4096];
	struct axvm_image arg = {
		.gpa = maybe(f, RAM + below(f, 16) * 4096),
		.len = maybe(f, below(f, sizeof(image)) + 1),
		.addr = maybe(f, (unsigned long)image),
		.kind = maybe(f, below(f, 5)),
		.flags = one_in(f, 16) ? number(f) : 0,
		.pad = { one_in(f, 16), 0 },
	};

	ioctl(f->vm, AXVM_VM_LOAD, one_in(f, 16) ? (void *)number(f) : &arg);
}

static void use_console(struct fuzzer *f)
{
	struct axvm_console_open arg = {
		.index = maybe(f, below(f, 3)),
		.flags = maybe(f, AXVM_CONSOLE_NONBLOCK | one_in(f, 2)),
	};
	char text[256] = { 0 };
	int fd;

	if (arg.flags == AXVM_CONSOLE_HISTORY)
		arg.flags = AXVM_CONSOLE_NONBLOCK;
	fd = ioctl(f->vm, AXVM_VM_CONSOLE, &arg);
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (arg.flags & AXVM_CONSOLE_NONBLOCK) {
		if (write(fd, text, below(f, sizeof(text))) < 0 || read(fd, text, sizeof(text)) < 0)
			errno = 0;
	}
	close(fd);
}

static void use_mapping(struct fuzzer *f)
{
	unsigned long len = maybe(f, 4096UL << below(f, 8));
	unsigned char *map = mmap(NULL, len, PROT_READ | (one_in(f, 16) ? PROT_EXEC : PROT_WRITE),
				  one_in(f, 16) ? MAP_PRIVATE : MAP_SHARED, f->vm,
				  maybe(f, RAM) & ~4095ULL);

	if (map == MAP_FAILED)
		return;
	/* Through a call of the kernel: a page that is not there is an error, no signal. */
	if (pwrite(f->sink, map, len < 65536 ? len : 65536, 0) < 0)
		errno = 0;
	madvise(map, len, MADV_DONTNEED);
	munmap(map, len);
}

static void control(struct fuzzer *f)
{
	switch (below(f, 8)) {
	case 0:
	case 1:
		open_vm(f);
		break;
	case 2:
		load(f);
		break;
	case 3:
		use_console(f);
		break;
	case 4:
		use_mapping(f);
		break;
	case 5:
		close(f->vm);
		f->vm = -1;
		break;
	default:
		ioctl(one_in(f, 2) ? f->vm : f->device, one_in(f, 2) ? next(f) : AXVM_VM_LOAD,
		      number(f));
	}
}

/* --- threads --- */

static int connect_netlink(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("netlink");
		exit(2);
	}
	return sock;
}

/* Its creator's sockets come and go, so that owners do. */
static void *run(void *arg)
{
	struct fuzzer *f = arg;

	f->sock = connect_netlink();
	f->device = open("/dev/axvm", O_RDWR | O_CLOEXEC);
	f->sink = memfd_create("sink", MFD_CLOEXEC);
	f->vm = -1;
	for (; f->done < f->count; f->done++) {
		f->is_wrong = one_in(f, 2);
		if (one_in(f, 3))
			control(f);
		else
			request(f);
		if (one_in(f, 500)) {
			close(f->sock);
			f->sock = connect_netlink();
		}
	}
	close(f->sock);
	close(f->vm);
	close(f->sink);
	close(f->device);
	return NULL;
}

static void find_family(void)
{
	static struct fuzzer f;
	struct nlmsghdr *nlh = (struct nlmsghdr *)f.buf;
	struct nlattr *attr;
	int len;

	f.sock = connect_netlink();
	begin(&f, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	put(&f, CTRL_ATTR_FAMILY_NAME, AXVM_FAMILY_NAME, sizeof(AXVM_FAMILY_NAME));
	nlh->nlmsg_len = f.len;
	if (send(f.sock, f.buf, f.len, 0) < 0 || recv(f.sock, f.buf, BUF, 0) < 0)
		nlh->nlmsg_type = NLMSG_ERROR;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		fprintf(stderr, "no family %s: is the module loaded?\n", AXVM_FAMILY_NAME);
		exit(2);
	}
	attr = (struct nlattr *)(f.buf + NLMSG_HDRLEN + GENL_HDRLEN);
	len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	while (len > 0 && attr->nla_type != CTRL_ATTR_FAMILY_ID) {
		len -= NLA_ALIGN(attr->nla_len);
		attr = (struct nlattr *)((char *)attr + NLA_ALIGN(attr->nla_len));
	}
	memcpy(&family, attr + 1, sizeof(family));
	close(f.sock);
}

int main(int argc, char **argv)
{
	static struct fuzzer fuzzers[THREADS];
	pthread_t threads[THREADS];
	unsigned int i, accepted = 0, refused = 0;
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : (unsigned long)time(NULL);

	if (!count) {
		fprintf(stderr, "usage: api COUNT [SEED]\n");
		return 2;
	}
	find_family();
	printf("seed %lu\n", seed);
	fflush(stdout);
	for (i = 0; i < THREADS; i++) {
		fuzzers[i].state = (seed + i + 1) * 0x9e3779b97f4a7c15ULL;
		fuzzers[i].count = count / THREADS;
		if (pthread_create(&threads[i], NULL, run, &fuzzers[i]))
			return 2;
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		accepted += fuzzers[i].accepted;
		refused += fuzzers[i].refused;
	}
	printf("%lu attempts: %u requests accepted, %u refused\n", count, accepted, refused);
	return 0;
}
