#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs bare-metal guest programs under axvm; their verdicts are ours.
# usage: guests.sh [--cpus N] [--seconds S] [--append TEXT] [--serial] [--key KEY=VALUE] PROGRAM...
# --serial: on a board with a 16550 in place of its own kind of serial port
# --key: one of the keys that a configuration has for the VM itself, as in --key sve=true

. /tests/host/lib.sh

cpus=2 seconds=120 append='' serial='' key=''
while :; do
	if [ "${1:-}" = --serial ]; then
		serial=yes
		shift
		continue
	fi
	case ${1:-} in
	--cpus) cpus=$2 ;;
	--seconds) seconds=$2 ;;
	--append) append=$2 ;;
	--key) key=$2 ;;
	*) break ;;
	esac
	shift 2
done

# The end: what the program counted, and what axvm-run made of it.
judge()
{
	end=$(sed -n "s/^end $1: //p" "$WORK/output")
	bad=$(grep -c '^not ok ' "$WORK/output")
	want=0
	[ "$bad" = 0 ] || want=3
	if [ -z "$end" ]; then
		not_ok "$1.end" "it did not come to its end (axvm-run's status $2)"
	elif [ "$2" != "$want" ]; then
		not_ok "$1.end" "axvm-run's status $2, not $want ($end)"
	else
		ok "$1.end"
	fi
}

# usage: options PROGRAM   what axvm-run gets to know of it
options()
{
	if [ -n "$serial$key" ]; then
		vm_config "$1" "$1" "$cpus" "$key" "${serial:+$SERIAL_16550}" > "$WORK/$1.toml"
		echo "$WORK/$1.toml"
	else
		echo "--kernel $GUESTS/$1.elf --cpus $cpus --mem 64M --name $1"
	fi
}

run_program()
{
	echo "--- $1 on $cpus CPUs"
	{
		# shellcheck disable=SC2046
		timeout -s KILL "$seconds" axvm-run $(options "$1") ${append:+--append "$append"} \
			< /dev/null 2> "$WORK/errors"
		echo $? > "$WORK/status"
	} | tee "$WORK/output"
	sed 's/^/  | /' "$WORK/errors"
	judge "$1" "$(cat "$WORK/status")"
	axvm-run destroy --force --all > /dev/null 2>&1
}

load_or_stop
for program; do
	wanted "$program" && run_program "$program"
done
end_unloaded
