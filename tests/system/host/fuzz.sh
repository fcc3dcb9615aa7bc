#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Requests, ioctls and mappings that nobody should ask for, while VMs start and die; afterwards all works.
# usage: fuzz.sh COUNT [SEED]

. /tests/host/lib.sh

is_empty() { [ "$(axvm-run list | wc -l)" = 1 ]; }

# What the program printed has the seed, for another time.
bad_input_does_no_harm()
{
	/tests/api $ARGUMENTS || fail "status $?"
	axvm-run list | tail -n +2 | wc -l
	expect 0 axvm-run destroy --force --all
	eventually 20 is_empty || fail "left: $(axvm-run list)"
	expect 0 run_guest a fp --cpus 2
}

run_function "$@"
ARGUMENTS=$*
export ARGUMENTS
load_or_stop
scenario bad_input_does_no_harm 39000 bad_input_does_no_harm
end_unloaded
