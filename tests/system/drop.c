// SPDX-License-Identifier: GPL-2.0
/*
 * drop WHAT COMMAND ARG...: runs COMMAND with less than root has. WHAT is
 *
 *   user       an ordinary user: uid 65534, no capability
 *   netadmin   the same with CAP_NET_ADMIN alone
 *   root       uid 0 with every capability but CAP_SYS_ADMIN
 *   userns     all capabilities, in a user namespace of its own, where it is root
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY	65534

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static int become_user(void)
{
	return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY);
}

/* Kept over the change of the user by permission, over the exec as an ambient capability. */
static int become_netadmin(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	data[0].permitted = 1U << CAP_NET_ADMIN;
	data[0].effective = data[0].permitted;
	data[0].inheritable = data[0].permitted;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || become_user() ||
	       syscall(SYS_capset, &header, data) ||
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
}

static int become_lesser_root(void)
{
	return prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int len = strlen(text);

	return fd < 0 || write(fd, text, len) != len || close(fd);
}

static int become_root_elsewhere(void)
{
	return unshare(CLONE_NEWUSER) || write_file("/proc/self/uid_map", "0 0 1\n") ||
	       write_file("/proc/self/setgroups", "deny") ||
	       write_file("/proc/self/gid_map", "0 0 1\n");
}

static const struct {
	const char *name;
	int (*become)(void);
} ways[] = {
	{ "user", become_user },
	{ "netadmin", become_netadmin },
	{ "root", become_lesser_root },
	{ "userns", become_root_elsewhere },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc > 2 && i < ARRAY_SIZE(ways); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		if (ways[i].become()) {
			perror("drop");
			return 125;
		}
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		return 127;
	}
	fprintf(stderr, "usage: drop user|netadmin|root|userns COMMAND ARG...\n");
	return 125;
}
