// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated kernel in the place of nl.c and vmdev.c, for tests of the commands.
 *
 * Linked into tests/axvm-run-fake. Guests are shell commands: their standard
 * input and output are the VM's console, their exit status says how the VM
 * ended. What happens is set by the environment:
 *
 *   FAKE_GUEST   shell command that every guest runs; $VM_NAME and $VM_ID are
 *                set. Exit status 0: power-off, 3: the guest reports a failure,
 *                5: all vCPUs off, 7: reboot, other ones: crash. Default: true
 *   FAKE_VMS     VMs that exist at the start: "ID:NAME:STATE ID:NAME:STATE"
 *   FAKE_FAIL    "CALL:ERRNO:ATTRIBUTE:MESSAGE" fails calls of one kind, with
 *                CALL as in the log
 *   FAKE_EVENTS  events that arrive at once: "ID:NAME:SEQ:STATE[:TOTAL] ..."
 *   FAKE_TOTAL   number of the newest event of all VMs
 *   FAKE_LOST    after these events the buffer was full: so many more when asked again
 *   FAKE_LOG     file to which each call adds a line
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/axvm_netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cmd.h"
#include "../nl.h"
#include "../util.h"
#include "../vmdev.h"
#include "../vm_text.h"

#define MAX_VMS	16

struct fake_vm {
	bool used;
	struct ax_vm vm;
	pid_t pid;
	int guest_end;	/* of its console; the tool has the other one */
};

struct ax {
	struct ax_fault fault;
};

struct ax_events {
	int epoll;
	int wakeup[2];
	bool first;
};

static struct fake_vm fakes[MAX_VMS];
static struct ax_events *subscriber;

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *fmt, ...)
{
	const char *path = getenv("FAKE_LOG");
	FILE *log = path ? fopen(path, "ae") : NULL;
	va_list args;

	if (!log)
		return;
	va_start(args, fmt);
	vfprintf(log, fmt, args);
	va_end(args);
	fputc('\n', log);
	fclose(log);
}

static int fail(struct ax *ax, int err)
{
	memset(&ax->fault, 0, sizeof(ax->fault));
	ax->fault.kind = AX_FAULT_KERNEL;
	ax->fault.err = err;
	return -err;
}

/* Does FAKE_FAIL say that @call fails? */
static int injected(struct ax *ax, const char *call)
{
	const char *fail_env = getenv("FAKE_FAIL");
	char name[32] = "", attr[64] = "", message[200] = "";
	int err;

	if (!fail_env || sscanf(fail_env, "%31[^:]:%d:%63[^:]:%199[^\n]", name, &err, attr,
				message) < 2)
		return 0;
	if (strcmp(name, call))
		return 0;
	fail(ax, err);
	if (strcmp(attr, "-"))
		snprintf(ax->fault.attr, sizeof(ax->fault.attr), "%s", attr);
	snprintf(ax->fault.message, sizeof(ax->fault.message), "%s", message);
	return -err;
}

static struct fake_vm *find_id(uint32_t id)
{
	size_t i;

	for (i = 0; i < MAX_VMS; i++)
		if (fakes[i].used && fakes[i].vm.id == id)
			return &fakes[i];
	return NULL;
}

static struct fake_vm *find_name(const char *name)
{
	size_t i;

	for (i = 0; i < MAX_VMS; i++)
		if (fakes[i].used && !strcmp(fakes[i].vm.name, name))
			return &fakes[i];
	return NULL;
}

static struct fake_vm *add_vm(uint32_t id, const char *name, uint32_t state)
{
	size_t i = 0;

	while (i + 1 < MAX_VMS && fakes[i].used)
		i++;
	fakes[i] = (struct fake_vm){ .used = true, .guest_end = -1 };
	fakes[i].vm = (struct ax_vm){
		.id = id, .state = state, .reason = AXVM_VM_REASON_REQUEST, .nr_vcpus = 2,
		.memory = 512 << 20, .backed = 64 << 20, .backed_huge = 32 << 20,
		.has_entry = true, .entry = 0x80200000, .boot_args = { 0x82200000 },
		.nr_boot_args = 1, .seq = 3, .created_ns = 1000000000,
		.s2_tables = 5, .s2_leaves = { 100, 16, 0 }, .nr_s2_leaves = 3,
	};
	snprintf(fakes[i].vm.name, AX_NAME_LEN, "%s", name);
	return &fakes[i];
}

static uint32_t state_by_name(const char *name)
{
	uint32_t state = 0;

	while (strcmp(vm_state_name(state), name) && strcmp(vm_state_name(state), "?"))
		state++;
	return state;
}

static void add_initial_vms(void)
{
	char *list = xstrdup(getenv("FAKE_VMS"));
	char *word;

	for (word = list ? strtok(list, " ") : NULL; word; word = strtok(NULL, " ")) {
		char name[32], state[16];
		unsigned int id;

		if (sscanf(word, "%u:%31[^:]:%15s", &id, name, state) == 3)
			add_vm(id, name, state_by_name(state));
	}
	free(list);
}

struct ax *ax_open(void)
{
	add_initial_vms();
	return xcalloc(1, sizeof(struct ax));
}

void ax_close(struct ax *ax)
{
	free(ax);
}

const struct ax_fault *ax_last_fault(const struct ax *ax)
{
	return &ax->fault;
}

static uint64_t number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : 0;
}

int ax_caps_get(struct ax *ax, struct ax_caps *caps)
{
	static bool asked;

	if (injected(ax, "caps-get"))
		return -ax->fault.err;
	*caps = (struct ax_caps){
		.api_version = 1, .module_version = "0.1.0", .arch = "riscv64",
		.backend = "riscv-h", .gpa_bits = 41, .max_vcpus = 64, .max_vms = 4096,
		.max_regions = 32, .max_devices = 64, .vmids = 16384,
		.cpu_features = "rv64imafdc_zicsr_zifencei_sstc", .mmu_type = "sv57",
		.timer_frequency = 10000000, .s2_format = "sv39x4", .nr_device_types = 2,
		.device_types = { "plic", "ns16550a" },
	};
	caps->events = number_of("FAKE_TOTAL") + (asked ? number_of("FAKE_LOST") : 0);
	asked = true;
	if (getenv("FAKE_GIC")) {
		copy_text(caps->arch, sizeof(caps->arch), "aarch64");
		copy_text(caps->cpu_features, sizeof(caps->cpu_features), getenv("FAKE_GIC"));
	}
	return 0;
}

/* --- guests --- */

static void set_state(struct fake_vm *fake, uint32_t state, uint32_t reason)
{
	fake->vm.state = state;
	fake->vm.reason = reason;
	fake->vm.seq++;
}

static void run_guest(struct fake_vm *fake)
{
	const char *command = getenv("FAKE_GUEST");
	char *id = xasprintf("%u", fake->vm.id);

	dup2(fake->guest_end, STDIN_FILENO);
	dup2(fake->guest_end, STDOUT_FILENO);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	setenv("VM_NAME", fake->vm.name, 1);
	setenv("VM_ID", id, 1);
	execl("/bin/sh", "sh", "-c", command ? command : "true", NULL);
	_exit(127);
}

static void launch_guest(struct fake_vm *fake)
{
	struct epoll_event event = { .events = EPOLLIN };
	int pidfd;

	fake->pid = fork();
	if (!fake->pid)
		run_guest(fake);
	set_state(fake, AXVM_VM_STATE_RUNNING, AXVM_VM_REASON_REQUEST);
	pidfd = syscall(SYS_pidfd_open, fake->pid, 0);
	if (subscriber && pidfd >= 0)
		epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, pidfd, &event);
}

static void end_guest(struct fake_vm *fake, int status)
{
	uint32_t state = AXVM_VM_STATE_CRASHED;
	uint32_t reason = AXVM_VM_REASON_BAD_EXIT;

	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		state = AXVM_VM_STATE_STOPPED;
		reason = AXVM_VM_REASON_GUEST_POWEROFF;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
		reason = AXVM_VM_REASON_GUEST_FAILURE;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 5) {
		state = AXVM_VM_STATE_STOPPED;
		reason = AXVM_VM_REASON_NO_VCPUS;
	}
	fake->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 7) {
		set_state(fake, AXVM_VM_STATE_STOPPING, AXVM_VM_REASON_GUEST_REBOOT);
		return;
	}
	close(fake->guest_end);
	fake->guest_end = -1;
	set_state(fake, state, reason);
}

/* Return: a VM whose guest has just ended, or NULL. */
static struct fake_vm *reap(void)
{
	size_t i;
	int status;

	for (i = 0; i < MAX_VMS; i++) {
		if (fakes[i].used && fakes[i].pid &&
		    waitpid(fakes[i].pid, &status, WNOHANG) == fakes[i].pid) {
			end_guest(&fakes[i], status);
			return &fakes[i];
		}
	}
	return NULL;
}

static void kill_guest(struct fake_vm *fake)
{
	if (fake->pid) {
		kill(-fake->pid, SIGKILL);
		kill(fake->pid, SIGKILL);
		waitpid(fake->pid, NULL, 0);
		fake->pid = 0;
	}
	if (fake->guest_end >= 0)
		close(fake->guest_end);
	fake->guest_end = -1;
	set_state(fake, AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_REQUEST);
}

/* --- requests --- */

int ax_vm_new(struct ax *ax, const struct axvm_config *cfg, const struct boot_plan *plan,
	      bool owned, struct ax_vm *vm)
{
	struct fake_vm *fake;
	unsigned int i;
	uint32_t id = 1;

	note("vm-new %s%s vcpus=%u memory=%" PRIu64 " entry=0x%" PRIx64, cfg->name,
	     owned ? " owned" : "", cfg->nr_vcpus, config_memory(cfg), plan->entry);
	for (i = 0; i < cfg->nr_devices; i++)
		note("device %s 0x%" PRIx64, cfg->devices[i].type, cfg->devices[i].size);
	if (cfg->sve)
		note("vectors %u", cfg->sve_bits);
	if (injected(ax, "vm-new"))
		return -ax->fault.err;
	if (!cfg->auto_id && find_id(cfg->id))
		return fail(ax, EEXIST);
	if (*cfg->name && find_name(cfg->name))
		return fail(ax, EEXIST);
	while (find_id(id))
		id++;
	fake = add_vm(cfg->auto_id ? id : cfg->id, cfg->name, AXVM_VM_STATE_CREATED);
	*vm = fake->vm;
	return 0;
}

int ax_vm_get(struct ax *ax, uint32_t id, struct ax_vm *vm)
{
	struct fake_vm *fake = find_id(id);

	if (injected(ax, "vm-get"))
		return -ax->fault.err;
	if (!fake)
		return fail(ax, ENOENT);
	*vm = fake->vm;
	return 0;
}

int ax_vm_find(struct ax *ax, const char *text, struct ax_vm *vm)
{
	uint64_t id;
	size_t i;

	if (parse_number(text, &id) && id <= UINT32_MAX && find_id(id))
		return ax_vm_get(ax, id, vm);
	for (i = 0; i < MAX_VMS; i++)
		if (fakes[i].used && !strcmp(fakes[i].vm.name, text))
			return ax_vm_get(ax, fakes[i].vm.id, vm);
	return fail(ax, ENOENT);
}

int ax_vm_list(struct ax *ax, struct ax_vms *vms)
{
	size_t i;

	memset(vms, 0, sizeof(*vms));
	if (injected(ax, "vm-list"))
		return -ax->fault.err;
	vms->list = xcalloc(MAX_VMS, sizeof(*vms->list));
	for (i = 0; i < MAX_VMS; i++)
		if (fakes[i].used)
			vms->list[vms->nr++] = fakes[i].vm;
	return 0;
}

int ax_vm_start(struct ax *ax, uint32_t id, const struct boot_plan *plan)
{
	struct fake_vm *fake = find_id(id);

	note("vm-start %u%s", id, plan ? " entry" : "");
	if (injected(ax, "vm-start"))
		return -ax->fault.err;
	if (!fake)
		return fail(ax, ENOENT);
	if (fake->guest_end < 0)
		fake->guest_end = open("/dev/null", O_RDWR | O_CLOEXEC);
	launch_guest(fake);
	return 0;
}

int ax_vm_do(struct ax *ax, uint32_t id, enum ax_verb verb)
{
	static const char *const names[] = { "vm-pause", "vm-resume", "vm-stop", "vm-reset",
					     "vm-ask" };
	static const uint8_t states[] = {
		AXVM_VM_STATE_PAUSED, AXVM_VM_STATE_RUNNING, AXVM_VM_STATE_STOPPED,
		AXVM_VM_STATE_READY, AXVM_VM_STATE_STOPPED,
	};
	struct fake_vm *fake = find_id(id);

	note("%s %u", names[verb], id);
	if (injected(ax, names[verb]))
		return -ax->fault.err;
	if (!fake)
		return fail(ax, ENOENT);
	if (verb == AX_ASK && !getenv("FAKE_BUTTON"))
		return fail(ax, EOPNOTSUPP);
	if (verb == AX_STOP || verb == AX_ASK)
		kill_guest(fake);
	set_state(fake, states[verb], AXVM_VM_REASON_REQUEST);
	return 0;
}

int ax_vm_del(struct ax *ax, uint32_t id, bool force)
{
	struct fake_vm *fake = find_id(id);

	note("vm-del %u%s", id, force ? " force" : "");
	if (injected(ax, "vm-del"))
		return -ax->fault.err;
	if (!fake)
		return fail(ax, ENOENT);
	if (fake->vm.state == AXVM_VM_STATE_RUNNING && !force)
		return fail(ax, EBUSY);
	kill_guest(fake);
	fake->used = false;
	return 0;
}

int ax_vcpu_list(struct ax *ax, uint32_t id, struct ax_vcpus *vcpus)
{
	unsigned int i;

	(void)id;
	if (injected(ax, "vcpu-get"))
		return -ax->fault.err;
	vcpus->nr = 2;
	vcpus->list = xcalloc(2, sizeof(*vcpus->list));
	for (i = 0; i < 2; i++) {
		struct ax_vcpu *vcpu = &vcpus->list[i];

		*vcpu = (struct ax_vcpu){
			.id = i, .hw_id = i, .state = AXVM_VCPU_STATE_RUNNING + i,
			.thread = i ? 0 : 4711, .host_cpu = i ? -1 : 1, .exits = 1000 + i,
		};
		vcpu->nr_counters = 1;
		vcpu->counters = xcalloc(1, sizeof(*vcpu->counters));
		snprintf(vcpu->counters[0].name, sizeof(vcpu->counters[0].name), "mmio");
		vcpu->counters[0].value = 17 + i;
		vcpu->counters[0].has_time = true;
		vcpu->counters[0].time_ns = 1500000 * (i + 1);
		vcpu->loaded_ns = 2500000000 * (i + 1);
	}
	return 0;
}

int ax_vcpu_regs(struct ax *ax, uint32_t vm_id, uint32_t id, char **text)
{
	const struct fake_vm *fake = find_id(vm_id);

	if (injected(ax, "vcpu-regs-get"))
		return -ax->fault.err;
	if (!fake)
		return fail(ax, ENOENT);
	if (fake->vm.state == AXVM_VM_STATE_RUNNING) {
		fail(ax, EBUSY);
		snprintf(ax->fault.message, sizeof(ax->fault.message),
			 "the VM is running: pause it first");
		return -EBUSY;
	}
	*text = xasprintf("pc=%016x\nmode=VS\ncs=0008 base=0\n", 0x80200000 + id);
	return 0;
}

int ax_region_list(struct ax *ax, uint32_t id, struct ax_regions *regions)
{
	(void)ax;
	(void)id;
	regions->nr = 1;
	regions->list = xcalloc(1, sizeof(*regions->list));
	regions->list[0] = (struct ax_region){
		.gpa = 0x80000000, .size = 512 << 20, .flags = 7,
	};
	return 0;
}

int ax_device_list(struct ax *ax, uint32_t id, struct ax_devices *devices)
{
	(void)ax;
	(void)id;
	devices->nr = 2;
	devices->list = xcalloc(2, sizeof(*devices->list));
	devices->list[0] = (struct ax_device){
		.name = "uart0", .type = "ns16550a", .base = 0x10000000, .size = 256,
		.irq = 10,
	};
	devices->list[1] = (struct ax_device){
		.name = "com1", .type = "isa-serial", .base = 0x3f8, .size = 8, .console = -1,
		.tty = -1,
	};
	return 0;
}

/* --- events --- */

struct ax_events *ax_events_open(struct ax *ax)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (injected(ax, "events"))
		return NULL;
	subscriber = xcalloc(1, sizeof(*subscriber));
	subscriber->epoll = epoll_create1(EPOLL_CLOEXEC);
	subscriber->first = true;
	if (getenv("FAKE_EVENTS") && !pipe2(subscriber->wakeup, O_CLOEXEC)) {
		epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, subscriber->wakeup[0], &event);
		if (write(subscriber->wakeup[1], "", 1) < 0)
			return NULL;
	}
	return subscriber;
}

int ax_events_fd(const struct ax_events *events)
{
	return events->epoll;
}

static void send_listed_events(void (*fn)(const struct ax_event *event, void *arg), void *arg)
{
	char *list = xstrdup(getenv("FAKE_EVENTS"));
	char *word;

	for (word = list ? strtok(list, " ") : NULL; word; word = strtok(NULL, " ")) {
		struct ax_event event = {
			.time_ns = 12345678901ULL, .reason = AXVM_VM_REASON_REQUEST,
		};
		char state[16];

		if (sscanf(word, "%u:%31[^:]:%" SCNu64 ":%15[^:]:%" SCNu64, &event.vm_id,
			   event.vm_name, &event.seq, state, &event.total) < 4)
			continue;
		event.state = state_by_name(state);
		fn(&event, arg);
	}
	free(list);
}

int ax_events_read(struct ax_events *events, void (*fn)(const struct ax_event *event, void *arg),
		   void *arg)
{
	struct fake_vm *fake;

	if (events->first) {
		events->first = false;
		send_listed_events(fn, arg);
		if (getenv("FAKE_LOST"))
			return -ENOBUFS;
	}
	for (fake = reap(); fake; fake = reap()) {
		struct ax_event event = {
			.vm_id = fake->vm.id, .seq = fake->vm.seq, .state = fake->vm.state,
			.old_state = AXVM_VM_STATE_RUNNING, .reason = fake->vm.reason,
		};

		snprintf(event.vm_name, sizeof(event.vm_name), "%s", fake->vm.name);
		fn(&event, arg);
		if (fake->vm.state == AXVM_VM_STATE_STOPPING)
			launch_guest(fake);
	}
	return 0;
}

void ax_events_close(struct ax_events *events)
{
	if (!events)
		return;
	close(events->epoll);
	free(events);
	subscriber = NULL;
}

/* --- descriptors --- */

int vmdev_reach(void)
{
	return 0;
}

int vmdev_open(uint32_t id, const char *name)
{
	note("open %u", id);
	if (find_id(id))
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	say_error("VM '%s': no such VM", name);
	return -ENOENT;
}

int vmdev_load(int fd, const struct boot_blob *blob)
{
	(void)fd;
	note("load kind=%d gpa=0x%" PRIx64 " len=%" PRIu64, blob->kind, blob->gpa, blob->len);
	return 0;
}

/* Consoles are opened in the order of the VMs. */
int vmdev_console(int fd, uint32_t index, bool history)
{
	int ends[2];
	size_t i = 0;

	(void)fd;
	note("console %u%s", index, history ? " history" : "");
	while (i < MAX_VMS && (!fakes[i].used || fakes[i].guest_end >= 0))
		i++;
	if (i == MAX_VMS || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -EMFILE;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fakes[i].guest_end = ends[1];
	if (vm_has_ended(fakes[i].vm.state))
		close(ends[1]);
	return ends[0];
}
