// SPDX-License-Identifier: GPL-2.0
/*
 * Be at the consoles of VMs, see attach.h.
 */
#include "attach.h"

#include <errno.h>
#include <linux/axvm_netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "mux.h"
#include "term.h"
#include "util.h"

/* Incomplete lines are shown when their console was silent for so many milliseconds. */
#define PARTIAL_DELAY	200
/* How often a job in the background looks whether the terminal is its own. */
#define TERMINAL_INTERVAL	200
/* How often a VM is asked whether it ended when no event will tell. */
#define ASK_INTERVAL	100
/* How long the console of a VM that ended may take to end too. */
#define DRAIN_LIMIT	2000
/* Writes of so many bytes do not block after POLLOUT, see pipe(7). */
#define WRITE_MAX	4096

enum { SLOT_SIGNAL, SLOT_EVENTS, SLOT_INPUT, SLOT_OUTPUT, SLOT_CONSOLES };

/* One run of attach_run(). */
struct session {
	struct attach *attach;
	struct pollfd *fds;
	struct mux mux;
	sigset_t old_mask;
	int signals;
	bool on_terminal;	/* standard input is one */
	bool interactive;	/* and it is raw, and ours */
	bool input_open;
	bool events_broken;
	bool done;
	enum attach_outcome outcome;
	uint64_t *spoke;	/* when each console last printed something */
	char input[WRITE_MAX];
	size_t input_len;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void leave(struct session *s, enum attach_outcome outcome)
{
	s->done = true;
	s->outcome = outcome;
}

/* --- how VMs end --- */

static void set_over(struct attach_vm *vm, const struct vm_end *end)
{
	if (vm->over)
		return;
	vm->over = true;
	vm->end = *end;
	vm->over_since = now_ms();
}

/* Ask the kernel: for the case that no event told us. */
static void ask_for_end(struct session *s, struct attach_vm *vm)
{
	struct vm_end end = { .state = AXVM_VM_STATE_DESTROYED };
	struct ax_vm now;
	int err;

	if (vm->over)
		return;
	err = ax_vm_get(s->attach->ax, vm->id, &now);
	if (!err && !strcmp(now.name, vm->name)) {
		if (!vm_has_ended(now.state))
			return;
		end = (struct vm_end){ now.state, now.reason, now.code };
	} else if (err && err != -ENOENT) {
		return;
	}
	set_over(vm, &end);
}

static struct attach_vm *find_vm(struct attach *attach, const struct ax_event *event)
{
	unsigned int i;

	for (i = 0; i < attach->nr_vms; i++)
		if (attach->vms[i].id == event->vm_id &&
		    !strcmp(attach->vms[i].name, event->vm_name))
			return &attach->vms[i];
	return NULL;
}

/* The guest reboots, and nobody wants that: a stop wins over the restart. */
static void end_instead(struct attach *attach, struct attach_vm *vm)
{
	const struct vm_end end = { AXVM_VM_STATE_STOPPED, AXVM_VM_REASON_GUEST_REBOOT, 0 };

	if (vm->over)
		return;
	set_over(vm, &end);
	if (ax_vm_do(attach->ax, vm->id, AX_STOP))
		ax_complain(attach->ax, "stop: VM '%s'", vm->name);
}

static void on_event(const struct ax_event *event, void *arg)
{
	const struct vm_end end = { event->state, event->reason, event->code };
	struct attach *attach = arg;
	struct attach_vm *vm = find_vm(attach, event);

	if (!vm)
		return;
	if (vm_has_ended(event->state))
		set_over(vm, &end);
	else if (attach->no_reboot && event->reason == AXVM_VM_REASON_GUEST_REBOOT)
		end_instead(attach, vm);
}

static void read_events(struct session *s)
{
	int err = ax_events_read(s->attach->events, on_event, s->attach);
	unsigned int i;

	if (!err)
		return;
	if (err != -ENOBUFS)
		s->events_broken = true;
	for (i = 0; i < s->attach->nr_vms; i++)
		ask_for_end(s, &s->attach->vms[i]);
}

static void close_console(struct attach_vm *vm)
{
	if (vm->console >= 0)
		close(vm->console);
	vm->console = -1;
}

/* Does somebody have to look at this VM without being woken? */
static bool needs_asking(const struct session *s, const struct attach_vm *vm)
{
	if (vm->over)
		return vm->console >= 0;
	return s->events_broken || (vm->console < 0 && !s->attach->no_input);
}

static void look_after_vm(struct session *s, struct attach_vm *vm)
{
	if (!vm->over && needs_asking(s, vm))
		ask_for_end(s, vm);
	if (vm->over && vm->console >= 0 && now_ms() - vm->over_since > DRAIN_LIMIT)
		close_console(vm);
}

static void look_after_vms(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++)
		look_after_vm(s, &s->attach->vms[i]);
}

/* Tell of VMs that ended, once all that they printed is out. */
static void tell_ends(struct session *s)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++) {
		struct attach_vm *vm = &s->attach->vms[i];

		if (!vm->over || vm->console >= 0) {
			all = false;
			continue;
		}
		if (vm->told)
			continue;
		mux_flush(&s->mux);
		mux_end_line(&s->mux);
		if (s->mux.out_len) {
			all = false;
			continue;
		}
		vm->told = true;
		if (s->attach->on_over)
			s->attach->on_over(vm);
	}
	if (all)
		leave(s, ATTACH_ENDED);
}

/* --- bytes --- */

static void read_console(struct session *s, unsigned int index)
{
	struct attach_vm *vm = &s->attach->vms[index];
	char bytes[WRITE_MAX];
	ssize_t len = read(vm->console, bytes, sizeof(bytes));

	if (len > 0) {
		mux_put(&s->mux, index, bytes, len);
		s->spoke[index] = now_ms();
		return;
	}
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close_console(vm);
	ask_for_end(s, vm);
}

static void write_output(struct session *s)
{
	size_t len = s->mux.out_len < WRITE_MAX ? s->mux.out_len : WRITE_MAX;
	ssize_t done = write(STDOUT_FILENO, s->mux.out, len);

	if (done >= 0) {
		mux_consume(&s->mux, done);
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (errno == EPIPE || errno == EIO) {
		leave(s, ATTACH_NO_READER);
		return;
	}
	say_error("cannot write the console's output: %s", strerror(errno));
	leave(s, ATTACH_FAILED);
}

static void write_input(struct session *s)
{
	struct attach_vm *vm = &s->attach->vms[0];
	ssize_t done = -1;

	if (vm->console >= 0) {
		done = write(vm->console, s->input, s->input_len);
		if (done < 0 && (errno == EAGAIN || errno == EINTR))
			return;
	}
	/* A VM that takes no input any more loses what is left. */
	if (done < 0)
		done = s->input_len;
	s->input_len -= done;
	memmove(s->input, s->input + done, s->input_len);
}

static void read_input(struct session *s)
{
	ssize_t len = read(STDIN_FILENO, s->input, sizeof(s->input));
	char *escape;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		s->input_open = false;
		return;
	}
	escape = s->interactive ? memchr(s->input, TERM_ESCAPE, len) : NULL;
	if (escape) {
		len = escape - s->input;
		leave(s, ATTACH_LEFT);
	}
	s->input_len = len;
	if (len)
		write_input(s);
}

/* --- the terminal --- */

/* Of several consoles the one that is typed into passes through, on a terminal. */
static void name_streams(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms && s->attach->nr_vms > 1; i++)
		s->mux.streams[i].name = i || !s->interactive ? s->attach->vms[i].name : NULL;
}

static void set_interactive(struct session *s, bool interactive)
{
	mux_flush(&s->mux);
	mux_end_line(&s->mux);
	s->interactive = interactive;
	s->input_open = interactive;
	s->mux.newline = term_is_raw() ? "\r\n" : "\n";
	name_streams(s);
}

/*
 * A shell moves jobs between foreground and background, and "fg" of one that runs
 * sends no signal: whose the terminal is has to be looked at.
 */
static void follow_terminal(struct session *s)
{
	bool usable = s->on_terminal && term_usable();

	if (usable == s->interactive)
		return;
	if (!usable)
		term_forget();
	else if (!term_raw())
		return;
	set_interactive(s, usable);
	if (usable)
		say_notice("keys go to VM '%s'; Ctrl-] leaves the console",
			   s->attach->vms[0].name);
}

/* --- signals --- */

static void suspend_self(struct session *s)
{
	term_restore();
	raise(SIGSTOP);
	if (s->interactive && !term_raw())
		set_interactive(s, false);
}

static void read_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP) {
		suspend_self(s);
	} else if (info.ssi_signo == SIGCONT) {
		if (s->interactive && !term_raw())
			set_interactive(s, false);
	} else {
		s->attach->signal = info.ssi_signo;
		leave(s, ATTACH_SIGNALLED);
	}
}

static bool is_ignored(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

static int take_signals(struct session *s)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t mask;
	size_t i;

	sigemptyset(&mask);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (!is_ignored(ends[i]))
			sigaddset(&mask, ends[i]);
	if (s->on_terminal) {
		sigaddset(&mask, SIGTSTP);
		sigaddset(&mask, SIGCONT);
	}
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	return 0;
}

/*
 * After a signal the caller tidies up, which takes a moment. Signals are often
 * sent twice, to a process and to its group: the second one must not disturb it.
 */
static void release_signals(struct session *s)
{
	if (s->outcome != ATTACH_SIGNALLED)
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	close(s->signals);
}

/* --- the loop --- */

static bool is_silent(const struct session *s, unsigned int index)
{
	return now_ms() - s->spoke[index] >= PARTIAL_DELAY;
}

/* Nobody breaks into a line of the console that passes through while it is being printed. */
static bool has_to_wait(const struct session *s, unsigned int index)
{
	return s->interactive && index && s->mux.line_open && !s->mux.owner && !is_silent(s, 0);
}

static short console_events(const struct session *s, unsigned int index)
{
	short events = 0;

	if (s->mux.out_len < MUX_FULL && !has_to_wait(s, index))
		events |= POLLIN;
	if (!index && s->input_len)
		events |= POLLOUT;
	return events;
}

static void set_fd(struct session *s, unsigned int slot, int fd, short events)
{
	s->fds[slot] = (struct pollfd){ .fd = fd, .events = events };
}

static void prepare_poll(struct session *s)
{
	bool want_input = s->input_open && !s->input_len;
	unsigned int i;

	set_fd(s, SLOT_SIGNAL, s->signals, POLLIN);
	set_fd(s, SLOT_EVENTS, s->events_broken ? -1 : ax_events_fd(s->attach->events), POLLIN);
	set_fd(s, SLOT_INPUT, want_input ? STDIN_FILENO : -1, POLLIN);
	set_fd(s, SLOT_OUTPUT, STDOUT_FILENO, s->mux.out_len ? POLLOUT : 0);
	for (i = 0; i < s->attach->nr_vms; i++) {
		short events = console_events(s, i);

		set_fd(s, SLOT_CONSOLES + i, events ? s->attach->vms[i].console : -1, events);
	}
}

static bool waits_for_silence(const struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++)
		if (mux_has_partial(&s->mux, i) || has_to_wait(s, i))
			return true;
	return false;
}

static int poll_timeout(const struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++)
		if (needs_asking(s, &s->attach->vms[i]))
			return ASK_INTERVAL;
	if (waits_for_silence(s))
		return PARTIAL_DELAY;
	return s->on_terminal && !s->interactive ? TERMINAL_INTERVAL : -1;
}

static void show_partial_lines(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++)
		if (mux_has_partial(&s->mux, i) && is_silent(s, i))
			mux_show(&s->mux, i);
}

static void handle_output(struct session *s, short events)
{
	if (events & POLLOUT)
		write_output(s);
	else if (events & (POLLERR | POLLNVAL))
		leave(s, ATTACH_NO_READER);
}

static void handle_consoles(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->attach->nr_vms; i++) {
		short events = s->fds[SLOT_CONSOLES + i].revents;

		if (events & POLLOUT && !i)
			write_input(s);
		if (events & ~POLLOUT && !has_to_wait(s, i))
			read_console(s, i);
	}
}

static void handle_poll(struct session *s)
{
	if (s->fds[SLOT_SIGNAL].revents)
		read_signal(s);
	if (s->fds[SLOT_EVENTS].revents)
		read_events(s);
	if (s->fds[SLOT_INPUT].revents)
		read_input(s);
	if (s->fds[SLOT_OUTPUT].revents)
		handle_output(s, s->fds[SLOT_OUTPUT].revents);
	handle_consoles(s);
}

static void run_loop(struct session *s)
{
	while (!s->done) {
		int ready;

		prepare_poll(s);
		ready = poll(s->fds, SLOT_CONSOLES + s->attach->nr_vms, poll_timeout(s));
		if (ready < 0 && errno != EINTR) {
			say_error("poll: %s", strerror(errno));
			leave(s, ATTACH_FAILED);
			return;
		}
		if (ready > 0)
			handle_poll(s);
		show_partial_lines(s);
		if (!s->done)
			follow_terminal(s);
		look_after_vms(s);
		if (!s->done)
			tell_ends(s);
	}
}

static void begin(struct session *s)
{
	s->interactive = s->on_terminal && term_raw();
	s->input_open = s->interactive || (!s->on_terminal && !s->attach->no_input);
	if (s->on_terminal && !s->interactive)
		say_notice("in the background; 'fg' gives VM '%s' the keys",
			   s->attach->vms[0].name);
	mux_init(&s->mux, s->attach->nr_vms, term_is_raw());
	name_streams(s);
	s->fds = xcalloc(SLOT_CONSOLES + s->attach->nr_vms, sizeof(*s->fds));
	s->spoke = xcalloc(s->attach->nr_vms, sizeof(*s->spoke));
}

static void end(struct session *s)
{
	if (s->mux.line_open && s->outcome != ATTACH_NO_READER)
		dprintf(STDOUT_FILENO, "%s", s->mux.newline);
	term_restore();
	mux_free(&s->mux);
	free(s->fds);
	free(s->spoke);
	release_signals(s);
}

enum attach_outcome attach_run(struct attach *attach)
{
	struct session s = { .attach = attach };
	unsigned int i;

	s.on_terminal = !attach->no_input && isatty(STDIN_FILENO);
	if (take_signals(&s)) {
		say_error("signalfd: %s", strerror(errno));
		return ATTACH_FAILED;
	}
	begin(&s);
	for (i = 0; i < attach->nr_vms; i++)
		if (attach->vms[i].console < 0)
			ask_for_end(&s, &attach->vms[i]);
	tell_ends(&s);
	run_loop(&s);
	end(&s);
	return s.outcome;
}

int attach_status(const struct attach *attach, enum attach_outcome outcome)
{
	int status = STATUS_OK;
	unsigned int i;

	if (outcome == ATTACH_SIGNALLED)
		return STATUS_SIGNAL + attach->signal;
	if (outcome == ATTACH_NO_READER)
		return STATUS_SIGNAL + SIGPIPE;
	if (outcome == ATTACH_FAILED)
		return STATUS_FAILED;
	for (i = 0; i < attach->nr_vms; i++)
		if (attach->vms[i].over)
			status = worse_status(status, vm_end_status(&attach->vms[i].end));
	return status;
}
