#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs the KUnit suites of axvm_test.ko and reads what they print (KTAP version 1).
# usage: kunit.sh SUITE...   those that must be there

. /tests/host/lib.sh

load_or_stop
dmesg -c > /dev/null
insmod /lib/axvm/axvm_test.ko || not_ok load_tests "axvm_test.ko does not load"
dmesg | sed 's/^\[ *[0-9.]*\] //' > "$WORK/ktap"
sed 's/^/  | /' "$WORK/ktap"

# Names get their suite in front; plans are checked; a reason is the first "#" line before.
awk '
function judge(name, good, note)
{
	if (note ~ /^SKIP/)
		print "skip " name ": " substr(note, 6)
	else if (good)
		print "ok " name
	else
		print "not ok " name ": " (why == "" ? "see the log" : why)
	why = ""
}
/^ *# Subtest: / && /^    #/ { suite = $3; seen = 0; plan = -1; next }
/^    1\.\./ { split($1, p, /\.\./); plan = p[2]; next }
/^1\.\./ { split($1, p, /\.\./); suites += p[2]; next }
/^    (not )?ok [0-9]+ / {
	good = $1 == "ok"
	name = $(good ? 3 : 4)
	note = index($0, " # ") ? substr($0, index($0, " # ") + 3) : ""
	seen++
	judge(suite "." name, good, note)
	next
}
/^(not )?ok [0-9]+ / {
	done++
	if (plan != seen)
		print "not ok " suite ".plan: " seen " of " plan " cases"
	else
		print "ok " suite ".plan"
	next
}
/EXPECTATION FAILED|ASSERTION FAILED/ { why = $0; sub(/^ *# */, "", why); want = 2; next }
want && /Expected|failed|==/ { line = $0; gsub(/^ +/, "", line); why = why " " line; want-- }
END {
	if (!done || done != suites)
		print "not ok suites: " done + 0 " of " suites + 0 " came to an end"
}' "$WORK/ktap" | tee "$WORK/verdicts"

sed -n 's/^\(not \)\{0,1\}ok \(.*\)\.plan.*/\2/p' "$WORK/verdicts" > "$WORK/ran"
printf '%s\n' "$@" | grep -vxFf "$WORK/ran" | while read -r suite; do
	not_ok "$suite" "the suite did not run"
done
rmmod axvm_test || not_ok unload_tests "axvm_test.ko cannot be unloaded"
rmmod axvm || not_ok unload "axvm.ko cannot be unloaded"
