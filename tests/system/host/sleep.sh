#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The host sleeps, and starts another kernel, while guests run. The second kernel runs this script again.

. /tests/host/lib.sh

SECOND=/lab/second

# Clock ticks of a guest's threads grow: it runs.
goes_on()
{
	before=$(ticks_of "$1")
	sleep 1
	[ "$(ticks_of "$1")" -gt "$before" ]
}

# The emulated PC does not wake up from suspend, with axvm or without; hibernation goes the same way
# through axvm. usage: sleeps COMMAND...   with a VM that runs and one that is paused, all of them there afterwards
sleeps()
{
	start_guest a spin --cpus 2
	start_guest b idle
	expect 0 axvm-run pause b
	eventually 10 said a spinning || fail "it does not run"
	axvm-run monitor -j a > "$WORK/events" &
	monitor=$!
	sleep 1
	"$@" || fail "the host does not sleep: $*"
	dmesg | tail -n 40
	sleep 1
	kill $monitor
	cat "$WORK/events"
	is_state a running || fail "a is '$(state_of a)'"
	is_state b paused || fail "b is '$(state_of b)'"
	grep -q '"state": *"paused"' "$WORK/events" || fail "a ran on while the host slept"
	goes_on a || fail "a does not run any more"
	expect 0 axvm-run resume b
	expect 0 axvm-run stop --force a b
	expect 0 axvm-run destroy a b
	expect 0 run_guest c fp --cpus 2
}

# As far as the point where memory would be written to disk, and back.
hibernates()
{
	[ -w /sys/power/pm_test ] || leave "the kernel has no pm_test"
	grep -q disk /sys/power/state || leave "the kernel does not hibernate"
	echo core > /sys/power/pm_test
	sleeps sh -c 'echo disk > /sys/power/state'
	echo none > /sys/power/pm_test
}

# The root of this host as an archive for the next kernel, with a mark in it.
make_initrd()
{
	touch "$SECOND"
	dmesg > /lab/first-log
	(cd / && find . -xdev | cpio -o -H newc > /tmp/next) 2> /dev/null || fail "no archive"
	ls -l /tmp/next
}

# Does not return when it works.
starts_another_kernel()
{
	[ -e /tests/kexec ] || leave "no kexec"
	load
	start_guest a spin --cpus 2
	start_guest b reboot
	eventually 10 said a spinning || fail "it does not run"
	make_initrd
	sync
	/tests/kexec "/var/lib/axvm/linux-$ARCH/Image" /tmp/next
	fail "it returns"
}

# In the second kernel: what the first one left has to suit a module that knows nothing of it.
came_from_another_kernel()
{
	load
	dmesg | grep 'axvm: ready'
	expect 0 run_guest a fp --cpus 2
	unload
}

run_function "$@"
UNLOADED=
if [ -e "$SECOND" ]; then
	scenario came_from_another_kernel 60 came_from_another_kernel
	exit
fi
load_or_stop
scenario hibernates 90 hibernates
scenario starts_another_kernel 120 starts_another_kernel
