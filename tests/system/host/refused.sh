#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine without what axvm needs: it says so in one line and leaves the machine alone.
# usage: refused.sh [WORDS]   extended regular expression of what the line has to name

. /tests/host/lib.sh

# insmod asks the kernel twice, so the line may come twice; others are the kernel's own.
names_what_is_missing()
{
	dmesg -c > /dev/null
	refused insmod "$MODULE"
	[ ! -d /sys/module/axvm ] || fail "it is loaded"
	dmesg | sed -n 's/^\[[ 0-9.]*\] axvm: //p' | grep -v 'taint' | sort -u | tee "$WORK/lines"
	[ "$(wc -l < "$WORK/lines")" = 1 ] || fail "$(wc -l < "$WORK/lines") lines in the log"
	grep -iE "$NAMED" "$WORK/lines" || fail "the line does not name what is missing"
}

tool_explains()
{
	refused axvm-run list 2> "$WORK/errors"
	cat "$WORK/errors"
	grep -i 'module' "$WORK/errors" || fail "the tool does not name the module"
}

run_function "$@"
NAMED=${1:-$NO_HARDWARE}
export NAMED
scenario names_what_is_missing 30 names_what_is_missing
scenario tool_explains 30 tool_explains
