#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Linux as guest: the same kernel that the emulated host runs.

. /tests/host/lib.sh

CONFIG=/etc/axvm/linux-riscv64-smp2.toml
IMAGES=/var/lib/axvm/linux-riscv64

demo()
{
	axvm-run "$CONFIG" --append axvm.demo=auto | tr -d '\r' | tee "$WORK/guest"
	grep '^Linux .* riscv64' "$WORK/guest" || fail "no uname"
	grep -x 2 "$WORK/guest" || fail "nproc is not 2"
}

demo_status() { expect 0 axvm-run "$CONFIG" --append axvm.demo=auto; }

two_at_once()
{
	axvm-run /etc/axvm/pair-a-riscv64.toml /etc/axvm/pair-b-riscv64.toml \
		--append axvm.demo=auto > "$WORK/pair" || fail "status $?"
	cat "$WORK/pair"
	[ "$(grep -c 'Linux .* riscv64' "$WORK/pair")" = 2 ] || fail "not two of them"
}

# usage: in_guest OPTION... < SCRIPT   run in a guest; its output in "$WORK/guest"
in_guest()
{
	axvm-run --kernel "$IMAGES/Image" --initrd "$IMAGES/initrd" --name guest "$@" \
		--append "axvm.run=base64:$(base64 | tr -d '\n')" > "$WORK/raw" || fail "status $?"
	tr -d '\r' < "$WORK/raw" > "$WORK/guest"
	cat "$WORK/guest"
}

devices_work()
{
	in_guest --cpus 2 --mem 256M <<-'END'
	echo "cpus $(grep -c ^processor /proc/cpuinfo)"
	echo "clock $(ls /sys/class/rtc)"
	start=$(sed 's/\..*//' /proc/uptime)
	sleep 2
	echo "slept $(($(sed 's/\..*//' /proc/uptime) - start))"
	echo "year $(date +%Y)"
	dd if=/dev/zero of=/tmp/file bs=1M count=32 2> /dev/null && echo "wrote $(wc -c < /tmp/file)"
	dmesg | grep -E 'BUG|WARNING|Oops|Unable to handle|stall' && echo 'the kernel complains'
	END
	grep -x 'cpus 2' "$WORK/guest" || fail "not 2 CPUs"
	grep -x 'clock rtc0' "$WORK/guest" || fail "no clock"
	grep 'slept [23]' "$WORK/guest" || fail "time runs wrong"
	grep "year $(date +%Y)" "$WORK/guest" || fail "the date is wrong"
	grep -x 'wrote 33554432' "$WORK/guest" || fail "memory"
	grep 'the kernel complains' "$WORK/guest" && fail "the guest's kernel complains"
	return 0
}

# A process with floating point on each CPU, while the other guest CPUs compute too.
computes()
{
	in_guest --cpus 4 --mem 256M <<-'END'
	for n in 1 2 3 4; do
		awk 'BEGIN { for (i = 1; i < 200000; i++) s += 1 / (i * i); printf "sum %.6f\n", s }' &
	done
	wait
	END
	[ "$(grep -c 'sum 1.644929' "$WORK/guest")" = 4 ] || fail "wrong sums"
}

# usage: await TEXT FILE   within a minute
await() { eventually 60 grep -qF -- "$1" "$2" || fail "'$1' does not come"; }

shell_talks()
{
	mkfifo "$WORK/input"
	: > "$WORK/console"
	axvm-run "$CONFIG" < "$WORK/input" > "$WORK/console" &
	run=$!
	exec 4> "$WORK/input"
	await 'ends it.' "$WORK/console"
	sleep 2
	echo 'expr 6 \* 7 + 100000' >&4
	await 100042 "$WORK/console"
	echo 'poweroff' >&4
	wait "$run"
	status=$?
	exec 4>&-
	tr -d '\r' < "$WORK/console" | tail -n 20
	[ "$status" = 0 ] || fail "status $status"
}

stopped_while_booting()
{
	axvm-run "$CONFIG" --detach || fail "it does not start"
	for pause in 200000 900000; do
		usleep $pause
		axvm-run list
	done
	name=$(axvm-run list | awk 'NR == 2 { print $2 }')
	expect 0 axvm-run stop "$name"
	expect 0 axvm-run destroy "$name"
}

run_function "$@"
load_or_stop
scenario demo 120 demo
scenario demo_status 120 demo_status
scenario two_at_once 240 two_at_once
scenario devices_work 180 devices_work
scenario computes 300 computes
scenario shell_talks 240 shell_talks
scenario stopped_while_booting 60 stopped_while_booting
end_unloaded
