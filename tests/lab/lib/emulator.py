#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Starts an emulator and joins virtio or serial ports of its machine to our standard streams. Called by run.sh.

usage: emulator.py --parent PID [--ports virtio|serial] [--terminal] [--timeout S] -- EMULATOR ARG...

Prints nothing of its own on standard output. The last line on file descriptor 9 says how it ended:
"exit STATUS TAINT", "timeout", or "died STATUS" when the host went away before the command did.
"""

import ctypes
import fcntl
import os
import select
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty

PR_SET_PDEATHSIG = 1
CHUNK = 65536
# How long a host may take to power off once the command has ended.
POWEROFF_SECONDS = 60


def die_with_parent(sig, parent):
    """The signal comes when it ends; it may have ended before that could be asked for."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sig)
    if os.getppid() != parent:
        os._exit(128 + sig)


class Port:
    """One virtio port: a listening socket that the emulator connects to."""

    def __init__(self, directory, name):
        self.name = name
        self.path = os.path.join(directory, name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.sock = None

    def accept(self, process):
        """False if the emulator ends, or does nothing, instead."""
        self.listener.settimeout(0.2)
        for _ in range(150):
            try:
                self.sock, _ = self.listener.accept()
            except TimeoutError:
                if process.poll() is None:
                    continue
                return False
            self.listener.close()
            return True
        return False

    def arguments(self):
        kind = 'virtconsole' if self.name == 'tty' else 'virtserialport'
        return ['-chardev', f'socket,id={self.name},path={self.path}',
                '-device', f'{kind},chardev={self.name},name=lab.{self.name}']

    def read(self):
        return self.sock.recv(CHUNK)

    def send(self, data):
        self.sock.sendall(data)

    def end_input(self):
        self.sock.shutdown(socket.SHUT_WR)

    def emulator_ended(self):
        """The socket ends by itself."""


class SerialPort:
    """A port of Bochs, COM2 to COM4: a pseudo terminal whose name it gets."""

    NUMBERS = {'ctl': 2, 'out': 3, 'tty': 3, 'err': 4}

    def __init__(self, _, name):
        self.name = name
        self.sock, self.slave = os.openpty()
        tty.setraw(self.slave)

    def accept(self, _):
        return True

    def arguments(self):
        return [f'com{self.NUMBERS[self.name]}: enabled=1, mode=term, dev={os.ttyname(self.slave)}']

    def read(self):
        return os.read(self.sock, CHUNK)

    def send(self, data):
        while data:
            data = data[os.write(self.sock, data):]

    def emulator_ended(self):
        """While anybody has the other side open, reading ours does not end."""
        if self.slave is not None:
            os.close(self.slave)
            self.slave = None


class Session:
    def __init__(self, options):
        self.terminal = options['terminal']
        self.deadline = time.monotonic() + options['timeout'] if options['timeout'] else None
        self.directory = tempfile.mkdtemp(prefix='axvm-lab.')
        names = ['ctl', 'tty'] if self.terminal else ['ctl', 'out', 'err']
        if options['ports'] == 'virtio' and not self.terminal:
            names.append('in')
        kind = SerialPort if options['ports'] == 'serial' else Port
        self.ports = {name: kind(self.directory, name) for name in names}
        self.command = options['command'] + self.device_arguments()
        self.selector = selectors.DefaultSelector()
        self.pending = b''
        self.result = None
        self.saved_mode = None

    def device_arguments(self):
        return [arg for port in self.ports.values() for arg in port.arguments()]

    def start(self):
        me = os.getpid()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=sys.stderr,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL, me))
        return all(port.accept(self.process) for port in self.ports.values())

    def watch(self, fileobj, handler):
        self.selector.register(fileobj, selectors.EVENT_READ, handler)

    def forget(self, fileobj):
        self.selector.unregister(fileobj)
        return bool(self.selector.get_map())

    def relay_in(self):
        """Standard input goes to the command; its end is passed on, too."""
        data = b''
        try:
            data = os.read(0, CHUNK)
        except OSError:
            pass
        target = self.ports['tty' if self.terminal else 'in']
        try:
            if data:
                target.send(data)
                return
            self.forget(0)
            if not self.terminal:
                target.end_input()
        except OSError:
            if not data:
                return
            self.forget(0)

    def relay_out(self, port, fd):
        try:
            data = port.read()
        except OSError:
            data = b''
        if not data:
            self.forget(port.sock)
            return
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(fd, view):]
            except BlockingIOError:
                select.select([], [fd], [])
            except OSError:
                return

    def control(self):
        try:
            data = self.ports['ctl'].read()
        except OSError:
            data = b''
        if not data:
            self.forget(self.ports['ctl'].sock)
            return
        self.pending += data
        *lines, self.pending = self.pending.split(b'\n')
        for line in lines:
            words = line.decode(errors='replace').split()
            if words[:1] == ['ready'] and self.terminal:
                self.send_size()
            elif words[:1] == ['exit']:
                self.result = ' '.join(words)
                self.deadline = time.monotonic() + POWEROFF_SECONDS

    def send_size(self, *_):
        rows, columns, _, _ = struct.unpack(
            'HHHH', fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))
        try:
            self.ports['ctl'].send(f'size {rows} {columns}\n'.encode())
        except OSError:
            pass

    def open_streams(self):
        if self.terminal:
            self.saved_mode = termios.tcgetattr(0)
            tty.setraw(0)
            signal.signal(signal.SIGWINCH, self.send_size)
            self.watch(self.ports['tty'].sock, lambda: self.relay_out(self.ports['tty'], 1))
        else:
            self.watch(self.ports['out'].sock, lambda: self.relay_out(self.ports['out'], 1))
            self.watch(self.ports['err'].sock, lambda: self.relay_out(self.ports['err'], 2))
        if self.terminal or 'in' in self.ports:
            self.watch_input()
        self.watch(self.ports['ctl'].sock, self.control)

    def watch_input(self):
        try:
            self.watch(0, self.relay_in)
        except (PermissionError, OSError):
            # A regular file cannot be polled: send all of it now, the end as well.
            self.send_file()

    def send_file(self):
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(signal.SIGKILL, me)
                while data := os.read(0, CHUNK):
                    self.ports['in'].send(data)
                self.ports['in'].end_input()
            finally:
                os._exit(0)

    def loop(self):
        """Until the emulator has ended and all that it said is passed on."""
        while self.selector.get_map():
            if self.deadline and time.monotonic() > self.deadline:
                return 'timeout' if self.result is None else self.result
            for key, _ in self.selector.select(0.5):
                if key.fileobj in self.selector.get_map():
                    key.data()
            if self.process.poll() is None:
                continue
            for port in self.ports.values():
                port.emulator_ended()
            if not self.outputs_open():
                break
        status = self.process.wait()
        return self.result or f'died {status}'

    def outputs_open(self):
        streams = [port.sock for port in self.ports.values() if port.name != 'in']
        return any(sock in self.selector.get_map() for sock in streams)

    def close(self):
        if self.saved_mode is not None:
            termios.tcsetattr(0, termios.TCSADRAIN, self.saved_mode)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def parse(argv):
    options = {'parent': 0, 'ports': 'virtio', 'terminal': False, 'timeout': 0, 'command': []}
    while argv:
        word = argv.pop(0)
        if word == '--parent':
            options['parent'] = int(argv.pop(0))
        elif word == '--ports':
            options['ports'] = argv.pop(0)
        elif word == '--terminal':
            options['terminal'] = True
        elif word == '--timeout':
            options['timeout'] = float(argv.pop(0))
        elif word == '--':
            options['command'] = argv
            return options
    sys.exit('emulator.py: no command')


def main():
    options = parse(sys.argv[1:])
    die_with_parent(signal.SIGTERM, options['parent'])
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda number, _: sys.exit(128 + number))
    session = Session(options)
    try:
        if session.start():
            session.open_streams()
            result = session.loop()
        else:
            result = f'died {session.process.poll()}'
    except KeyboardInterrupt:
        result = 'interrupted'
    finally:
        session.close()
    os.write(9, (result + '\n').encode())


if __name__ == '__main__':
    main()
