# SPDX-License-Identifier: GPL-2.0
# Counts, lines on the terminal, and the reading of what tests print. Sourced by tests/check.
# shellcheck shell=bash

PASSED=0 FAILED=0 SKIPPED=0
JSON=''

# Lines of what failed, told again at the end: after thousands of others nobody finds them. Beside others that
# run at the same time it is a file.
FAILURES=${FAILURES:-/dev/null}

# Microseconds.
clock()
{
	printf '%s' "${EPOCHREALTIME/[.,]/}"
}

seconds_of()
{
	printf '%d.%d' $(($1 / 1000000)) $(($1 / 100000 % 10))
}

json_text()
{
	local text=$1

	text=${text//\\/\\\\}
	text=${text//\"/\\\"}
	printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# usage: report VERDICT GROUP/NAME MICROSECONDS [WHY]
report()
{
	case $1 in
	ok) PASSED=$((PASSED + 1)) ;;
	skip) SKIPPED=$((SKIPPED + 1)) ;;
	*) FAILED=$((FAILED + 1)) ;;
	esac
	if [ -n "$JSON" ]; then
		printf '{"test": %s, "result": "%s", "seconds": %s, "why": %s}\n' \
			"$(json_text "$2")" "$1" "$(seconds_of "$3")" "$(json_text "${4:-}")"
		return
	fi
	printf '%-7s%8s s  %s%s\n' "$1" "$(seconds_of "$3")" "$2" "${4:+: $4}"
	[ "$1" != 'not ok' ] || echo "$1 $2${4:+: $4}" >> "$FAILURES"
}

# For people only.
note()
{
	[ -n "$JSON" ] || printf '# %s\n' "$*"
}

# usage: read_results GROUP LOG < OUTPUT   reports each verdict, keeps everything in LOG, and which
# names came in SEEN; until the end, or up to the line that tells a group's status on a shared host: in ENDED
read_results()
{
	local line last now verdict name why

	last=$(clock)
	while IFS= read -r line || [ -n "$line" ]; do
		printf '%s\n' "$line" >&4
		if [[ $line =~ ^===\ ([^ ]+)\ ended\ with\ ([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" = "$1" ]; then
			ENDED=${BASH_REMATCH[2]}
			return
		fi
		[[ $line =~ ^(ok|not\ ok|skip)\ ([A-Za-z0-9_./+-]+)(:\ (.*))?$ ]] || continue
		verdict=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]} why=${BASH_REMATCH[4]}
		now=$(clock)
		if [ -n "${SEEN[$name]:-}" ]; then
			verdict='not ok' why='it was reported twice'
		fi
		SEEN[$name]=$verdict
		report "$verdict" "$1/$name" $((now - last)) "$why"
		last=$now
	done 4> "$2"
}

# usage: expected_list GROUP   the file: one of its own, or one that the backends of an architecture share,
# or the one that architectures share
expected_list()
{
	local base=${GROUP_BASE[$1]:-$1} arch=${ARCH_OF[${1##*-}]:-}

	if [ -f "$EXPECTED/$1" ]; then
		printf '%s' "$EXPECTED/$1"
	elif [ -n "$arch" ] && [ -f "$EXPECTED/$base-$arch" ]; then
		printf '%s' "$EXPECTED/$base-$arch"
	else
		printf '%s' "$EXPECTED/$base"
	fi
}

# usage: expected_names GROUP   of its list; "include OTHER" takes another list in
expected_names()
{
	local line list

	list=$(expected_list "$1")
	[ -f "$list" ] || return
	while read -r line; do
		case $line in
		'' | '#'*) ;;
		include\ *) expected_names "${line#include }" ;;
		*) echo "$line" ;;
		esac
	done < "$list"
}

# Programs of the guests group report several tests each, as PROGRAM.TEST.
chosen_case()
{
	# shellcheck disable=SC2053
	[[ $1 == $CASES || ${1%%.*} == $CASES ]]
}

# usage: check_expected GROUP   a test that vanished, or that nobody listed, is a failure
check_expected()
{
	local group=$1 name list
	local -A listed=()

	list=$(expected_list "$group")
	[ -f "$list" ] || return
	while read -r name; do
		listed[$name]=1
		chosen_case "$name" || continue
		[ -n "${SEEN[$name]:-}" ] || report 'not ok' "$group/$name" 0 'it did not report'
	done < <(expected_names "$group")
	for name in "${!SEEN[@]}"; do
		[ -n "${listed[$name]:-}" ] ||
			report 'not ok' "$group/$name.listed" 0 "not in ${list#"$TOP/"}"
	done
}

# usage: accept_names GROUP WHERE   the verdicts of the last run become what is expected. A list that
# architectures share stays shared: an empty NAME-ARCH beside it gives one of them its own.
# What runs here has a list only if it was given one: tests of other tools list themselves, as suites do.
accept_names()
{
	local list names

	list=$(expected_list "$1")
	[ -f "$list" ] || case $2/${command[0]:-} in here/* | */kunit.sh) return 0 ;; esac
	names=$(printf '%s\n' "${!SEEN[@]}" | sort)
	[ "$names" != "$(expected_names "$1" | sort)" ] || return 0
	printf '%s\n' "$names" > "$list"
}

# Which groups took how long, the longest first.
show_times()
{
	local group

	for group in "${!TOOK[@]}"; do
		printf '%8s s  %s\n' "$(seconds_of "${TOOK[$group]}")" "$group"
	done | sort -rn | while IFS= read -r group; do
		note "$group"
	done
}

summary()
{
	local line

	[ ! -s "$FAILURES" ] || while IFS= read -r line; do
		note "$line"
	done < "$FAILURES"
	if [ -n "$JSON" ]; then
		printf '{"passed": %d, "failed": %d, "skipped": %d}\n' "$PASSED" "$FAILED" "$SKIPPED"
	else
		printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
	fi
	[ "$FAILED" = 0 ] && [ "$PASSED" != 0 ]
}
