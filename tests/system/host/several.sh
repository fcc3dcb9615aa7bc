#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs groups of tests one after the other on one host; "=== NAME ended with STATUS" follows each.
# usage: several.sh 'NAME SECONDS SCRIPT ARG...'...

# All processes but the host's own and ours; threads of the kernel have no file.
end_processes()
{
	for process in /proc/[0-9]*; do
		case ${process#/proc/} in
		1 | "$$" | "$PPID") continue ;;
		esac
		[ ! -e "$process/exe" ] || kill -9 "${process#/proc/}" 2> /dev/null
	done
}

# Each begins as if nobody had been here: no module, no files, no lines in the kernel's log. A group whose
# time was up leaves processes.
begin_anew()
{
	[ "$status" != 137 ] || end_processes
	[ ! -d /sys/module/axvm ] || axvm-run destroy --force --all > /dev/null 2>&1
	for module in axvm_test axvm csrdump; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module"
	done
	rm -rf /tmp/tests
	dmesg -c > /dev/null
}

# usage: group NAME SECONDS SCRIPT ARG...
group()
{
	name=$1 seconds=$2 script=$3
	shift 3
	begin_anew
	echo "tests: $name" > /dev/kmsg
	timeout -s KILL "$seconds" setsid sh "/tests/host/$script" "$@" 2>&1
	status=$?
	echo "=== $name ended with $status"
	[ "$status" = 0 ] || worst=1
}

set -f
status=0 worst=0
for words; do
	# shellcheck disable=SC2086
	group $words
done
exit $worst
