#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What guests keep in their CPUs while the threads of these go from one CPU of the host to another.
# usage: moved.sh [--base LINE] PROGRAM...   LINE: for the configuration's section of the VM

. /tests/host/lib.sh

# usage: keep_moving NAME   until its VM is gone; how often on the output
keep_moving()
{
	threads=$(threads_of "$1") cpus=$(nproc) round=0 moves=0
	while kill -0 "${threads%%[!0-9]*}" 2> /dev/null; do
		cpu=$round
		for pid in $threads; do
			taskset -p "$(printf %x $((1 << cpu % cpus)))" "$pid" > /dev/null 2>&1 &&
				moves=$((moves + 1))
			cpu=$((cpu + 1))
		done
		round=$((round + 1))
		usleep 5000
	done
	echo "$moves"
}

has_threads() { [ -n "$(threads_of "$1")" ]; }

# Some programs are done after a few moves: then again.
state_is_kept()
{
	vm_config moved "$PROGRAM" 3 "$BASE" '' ms=4000 > "$WORK/moved.toml"
	moves=0 times=0
	while [ "$moves" -lt 30 ]; do
		axvm-run "$WORK/moved.toml" &
		run=$!
		eventually 20 has_threads moved || fail "$PROGRAM does not run"
		moves=$((moves + $(keep_moving moved)))
		wait "$run"
		status=$?
		[ "$status" = 0 ] || fail "axvm-run's status $status"
		times=$((times + 1))
		[ "$times" -lt 20 ] || fail "only $moves moves"
	done
	echo "$moves moves, $times times"
}

BASE=${BASE:-}
run_function "$@"
if [ "${1:-}" = --base ]; then
	BASE=$2
	shift 2
fi
export BASE PROGRAM
load_or_stop
for PROGRAM; do
	scenario "$PROGRAM" 120 state_is_kept
done
end_unloaded
