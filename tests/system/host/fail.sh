#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Allocations fail, one at a time, in everything that axvm does for a VM: an error, and the next attempt works.
# For a kernel with fault injection, whose leak detector has a look at the end.
# usage: fail.sh [ROUNDS [STEP]]   the first allocation fails, then the one STEP further on, and so forth

. /tests/host/lib.sh

DEBUGFS=/sys/kernel/debug

# usage: fault KIND FILE VALUE
fault() { echo "$3" > "$DEBUGFS/$1/$2" || fail "$1/$2 does not take $3"; }

# Only what axvm's own code asks for, once it is told how often.
prepare_faults()
{
	[ -d "$DEBUGFS/$1" ] || leave "the kernel has no $1"
	start=$(cat /sys/module/axvm/sections/.text)
	size=$(awk '$1 == "axvm" { print $2 }' /proc/modules)
	fault "$1" times 0
	fault "$1" verbose 0
	fault "$1" probability 100
	fault "$1" ignore-gfp-wait N
	fault "$1" stacktrace-depth 32
	fault "$1" require-start "$start"
	fault "$1" require-end "$(printf '0x%x' $((start + size)))"
}

# One VM from its creation to its end. Any step may fail; what is left is destroyed by force.
live()
{
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 16M --cpus 2 --name a > "$WORK/id" &&
		axvm-run start a && timeout 10 axvm-run pause a && axvm-run resume a &&
		axvm-run reset a && axvm-run stop --force a
}

# The same with somebody at its console, until it powers itself off.
talk()
{
	axvm-run --kernel "$GUESTS/poweroff.elf" --mem 16M --cpus 2 --name b
}

is_empty() { [ "$(axvm-run list | wc -l)" = 1 ]; }

# usage: arm KIND N   the Nth allocation from now on fails. The kernel counts them from its boot on, and lets
# fail one whose number is a multiple of the interval; the first of these is the interval itself.
arm()
{
	[ $((count + $2)) = 1 ] || count=$((count + $2))
	fault "$1" interval $((count > 0 ? count : 1))
	fault "$1" times 1
}

has_failed() { [ "$(cat "$DEBUGFS/$1/times")" = 0 ]; }

# When a command made fewer allocations than that: others follow, until the count is what it should be.
catch_up()
{
	live > "$WORK/live" 2>&1
	axvm-run destroy --force --all > /dev/null 2>&1
	has_failed "$1"
}

# usage: fail_nth KIND N COMMAND   the Nth allocation fails; nothing is left whatever comes of it
fail_nth()
{
	arm "$1" "$2"
	"$3" > "$WORK/live" 2>&1 || failed=$((failed + 1))
	if has_failed "$1"; then
		reached=$((reached + 1))
	else
		eventually 60 catch_up "$1" || fail "$3, allocation $2: nothing is injected"
	fi
	fault "$1" times 0
	axvm-run destroy --force --all > /dev/null 2>&1
	eventually 10 is_empty || fail "$3, allocation $2: left: $(axvm-run list)"
}

# usage: each_fails KIND   one allocation of each command fails, another one each time, until there are no
# more of them; a subscriber of events sees it through
each_fails()
{
	prepare_faults "$1"
	axvm-run monitor > "$WORK/events" &
	monitor=$!
	sleep 1
	count=0 failed=0 reached=0 n=1 rounds=0 before=-1
	while [ $rounds -lt "$ROUNDS" ] && [ $reached != $before ]; do
		before=$reached
		fail_nth "$1" $n live
		fail_nth "$1" $n talk
		rounds=$((rounds + 1)) n=$((n + STEP))
		[ $((rounds % 10)) != 0 ] || live > "$WORK/live" 2>&1 ||
			fail "allocation $n: nothing works any more: $(cat "$WORK/live")"
		axvm-run destroy --force --all > /dev/null 2>&1
	done
	fault "$1" probability 0
	kill $monitor || fail "the subscriber is gone: $(tail -n 3 "$WORK/events")"
	echo "$reached allocations failed, the last was number $((n - STEP)) of its command; $failed commands failed"
	echo "$(grep -c lost "$WORK/events") times events were lost"
	[ $reached -ge $((rounds / 2)) ] || fail "only $reached allocations failed"
	[ $failed -ge $((reached / 4)) ] || fail "only $failed commands failed"
	expect 0 run_guest a fp --cpus 2
}

slabs_fail() { each_fails failslab; }

pages_fail()
{
	[ ! -e "$DEBUGFS/fail_page_alloc/min-order" ] || fault fail_page_alloc min-order 0
	each_fails fail_page_alloc
}

run_function "$@"
ROUNDS=${1:-40}
STEP=${2:-1}
export ROUNDS STEP
load_or_stop
scenario slabs_fail $((ROUNDS * 20)) slabs_fail
scenario pages_fail $((ROUNDS * 20)) pages_fail
end_unloaded
