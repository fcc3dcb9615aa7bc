#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs another script with a module that was built for gcov, then prints what gcov counted: an archive,
# each line of which begins with "gcov ". Called by tests/coverage.
# usage: coverage.sh SCRIPT ARG...

. /tests/host/lib.sh

# Files of debugfs have no size before they are read.
copy_counts()
{
	find /sys/kernel/debug/gcov/ -name '*.gcda' ! -name '*.mod.gcda' | while read -r file; do
		copy=$WORK/gcov/${file#/sys/kernel/debug/gcov/}
		mkdir -p "${copy%/*}"
		cat "$file" > "$copy"
	done
}

script=$1
shift
sh "/tests/host/$script" "$@" > "$WORK/coverage" 2>&1
status=$?
sed 's/^/  | /' "$WORK/coverage"
failed=$(grep -c '^not ok' "$WORK/coverage")
if [ $status = 0 ] && [ "$failed" = 0 ]; then
	ok "$script"
else
	not_ok "$script" "status $status, $failed tests failed"
fi
copy_counts
# shellcheck disable=SC2015
[ -d "$WORK/gcov" ] && ok counts || not_ok counts "the module was not built for gcov"
tar -C "$WORK/gcov" -czf - . | base64 | sed 's/^/gcov /'
