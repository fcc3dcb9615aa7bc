#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of axvm-run on a terminal, with a simulated kernel.

usage: cmds-pty.py AXVM-RUN-FAKE A.toml B.toml

Prints "ok NAME" or "not ok NAME: WHY"; status 1 when one failed.
"""
import os
import pty
import select
import signal
import sys
import termios
import time

FAKE, A, B = sys.argv[1:4]
ESCAPE = b"\x1d"


class Terminal:
    """A program on a pseudo-terminal of its own, as leader of its session."""

    def __init__(self, args, guest):
        self.log = os.environ["FAKE_LOG"]
        open(self.log, "w").close()
        self.master, self.slave = os.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.pid = os.fork()
        if not self.pid:
            os.close(self.master)
            os.login_tty(self.slave) if hasattr(os, "login_tty") else self.login()
            os.environ["FAKE_GUEST"] = guest
            command = self.command(args)
            os.execv(command[0], command)

    @staticmethod
    def command(args):
        return [FAKE] + args

    def login(self):
        os.setsid()
        import fcntl
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(self.slave, fd)

    def read_until(self, text, seconds=5):
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.master, 4096)

    def type(self, text):
        os.write(self.master, text)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ISIG)

    def wait_raw(self, raw=True):
        for _ in range(500):
            if self.is_raw() == raw:
                return
            time.sleep(0.01)
        raise AssertionError("the terminal is not raw" if raw else "the terminal is still raw")

    def kill(self, sig):
        os.kill(self.pid, sig)

    def wait(self, seconds=5):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 4096)
        raise AssertionError(f"does not end; {self.seen!r}")

    def drain(self):
        while select.select([self.master], [], [], 0.1)[0]:
            self.seen += os.read(self.master, 4096)

    def restored(self):
        assert termios.tcgetattr(self.slave) == self.before, "the terminal was not restored"

    def calls(self):
        with open(self.log) as log:
            return log.read()

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)


def expect(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def tty_escape(t):
    t.wait_raw()
    t.type(b"abc\n")
    t.read_until(b"got abc")
    t.type(b"x" + ESCAPE + b"y")
    expect(t.wait(), 0)
    t.restored()
    t.drain()
    assert b"VM 'a' stopped: on request" in t.seen, t.seen
    assert "vm-stop 1" in t.calls() and "vm-del 1 force" in t.calls(), t.calls()


def tty_escape_keep(t):
    t.read_until(b"leaves it running")
    t.wait_raw()
    t.type(ESCAPE)
    expect(t.wait(), 0)
    t.restored()
    t.drain()
    assert b"'axvm-run console a' comes back" in t.seen, t.seen
    assert "vm-stop" not in t.calls() and "vm-del" not in t.calls(), t.calls()


def tty_control_keys(t):
    t.wait_raw()
    t.type(b"\x03\x1a\x04")
    t.read_until(b"3")
    expect(t.wait(), 0)
    t.restored()


def tty_ends(t):
    t.read_until(b"bye")
    expect(t.wait(), 3)
    t.restored()
    t.drain()
    assert b"bye\r\naxvm-run: VM 'a' crashed: the guest reported a failure (guest-failure)\r\n" in t.seen, t.seen


def tty_sigterm(t):
    t.wait_raw()
    t.kill(signal.SIGTERM)
    expect(t.wait(), 128 + signal.SIGTERM)
    t.restored()
    assert "vm-del 1 force" in t.calls(), t.calls()


def tty_sigsegv(t):
    t.wait_raw()
    t.kill(signal.SIGSEGV)
    expect(t.wait(), -signal.SIGSEGV)
    t.restored()


def tty_stop_and_continue(t):
    t.wait_raw()
    t.kill(signal.SIGTSTP)
    t.wait_raw(False)
    t.restored()
    t.kill(signal.SIGCONT)
    t.wait_raw()
    t.type(ESCAPE)
    expect(t.wait(), 0)
    t.restored()


def tty_hangup(t):
    t.wait_raw()
    t.kill(signal.SIGHUP)
    expect(t.wait(), 128 + signal.SIGHUP)
    assert "vm-del 1 force" in t.calls(), t.calls()


def tty_two(t):
    t.wait_raw()
    t.read_until(b"[b] hello b\r\n")
    t.read_until(b"hello a\r\n")
    assert b"[a]" not in t.seen, t.seen
    t.type(ESCAPE)
    expect(t.wait(), 0)
    t.restored()
    assert "vm-del 1 force" in t.calls() and "vm-del 2 force" in t.calls(), t.calls()


def tty_two_whole_lines(t):
    """Lines of the VM that is typed into arrive in pieces; nobody breaks into them."""
    t.wait_raw()
    t.read_until(b"done")
    t.type(ESCAPE)
    expect(t.wait(), 0)
    t.drain()
    assert b"one line of a in three pieces" in t.seen, t.seen


class Shell(Terminal):
    """An interactive shell, for what only job control does."""

    @staticmethod
    def command(args):
        os.environ["PS1"] = "ready> "
        return ["/bin/bash", "--norc", "--noprofile", "-i"]

    def call(self, line):
        self.seen = b""
        self.type(line.encode() + b"\n")

    def ends_as_usual(self):
        """Bring the job to the foreground, type into its guest, and leave it."""
        self.call("fg")
        self.read_until(b"keys go to VM 'a'")
        self.wait_raw()
        self.call("typed")
        self.read_until(b"got typed")
        self.type(ESCAPE)
        self.read_until(b"ready> ")
        self.call("echo status $?")
        self.read_until(b"status 0")


def job_in_background(t):
    t.read_until(b"ready> ")
    t.call(f"{FAKE} {A} &")
    t.read_until(b"in the background; 'fg' gives VM 'a' the keys")
    t.read_until(b"hello from")
    t.ends_as_usual()


def job_stopped_and_moved(t):
    t.read_until(b"ready> ")
    t.call(f"{FAKE} {A}")
    t.read_until(b"now")
    t.wait_raw()
    tool = int(t.seen.split(b"hello from ")[1].split()[0])
    os.kill(tool, signal.SIGTSTP)
    t.read_until(b"Stopped")
    t.call("bg")
    t.read_until(b"ready> ")
    t.call("echo the shell has its ter''minal")
    t.read_until(b"its terminal")
    t.ends_as_usual()


KEYS = "stty raw 2>/dev/null; head -c 3 | wc -c"
IN_PIECES = """
    [ $VM_NAME = b ] && while :; do echo news; sleep 0.02; done
    sleep 0.5
    for word in "one line of a" " in three" " pieces"; do printf "$word"; sleep 0.05; done
    printf '\\r\\n'
    sleep 0.3
    echo done
    sleep 9
"""
TALKS = 'echo hello from $PPID now; read x; echo got $x; sleep 9'
TESTS = [
    (tty_escape, [A], "read x; echo got $x; sleep 9"),
    (tty_escape_keep, [A, "--keep"], "sleep 1"),
    (tty_control_keys, [A], KEYS),
    (tty_ends, [A], "printf bye; exit 3"),
    (tty_sigterm, [A], "sleep 9"),
    (tty_sigsegv, [A], "sleep 1"),
    (tty_stop_and_continue, [A], "sleep 9"),
    (tty_hangup, [A], "sleep 9"),
    (tty_two, [A, B], 'printf "hello $VM_NAME\\r\\n"; sleep 9'),
    (tty_two_whole_lines, [A, B], IN_PIECES),
    (job_in_background, None, TALKS),
    (job_stopped_and_moved, None, TALKS),
]


def main():
    failed = 0
    for test, args, guest in TESTS:
        name = "axvm-run/" + test.__name__.replace("_", "-")
        terminal = (Terminal if args else Shell)(args, guest)
        try:
            test(terminal)
            print(f"ok {name}")
        except (AssertionError, OSError) as error:
            print(f"not ok {name}: {error}")
            failed = 1
        finally:
            terminal.close()
    return failed


sys.exit(main())
