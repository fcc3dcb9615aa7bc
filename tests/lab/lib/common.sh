# SPDX-License-Identifier: GPL-2.0
# Messages, locks and stamps: what every other part of the lab builds on. Sourced by tests/lab/lab.
# shellcheck shell=bash disable=SC2034

CACHE=${AXVM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/axvm}
ROOT=$CACHE/root
SAME_TOP=/axvm		# the checkout in there
LOGS=$CACHE/logs

say()
{
	[ -n "${LAB_QUIET:-}" ] || printf 'lab: %s\n' "$*" >&2
}

die()
{
	printf 'lab: %s\n' "$*" >&2
	exit 2
}

# usage: lock NAME   held until unlock or until this shell and its children end
declare -A LOCK_FD=()
lock()
{
	local fd

	[ -z "${LOCK_FD[$1]:-}" ] || return 0
	mkdir -p "$CACHE/locks"
	exec {fd}> "$CACHE/locks/$1"
	if ! flock --nonblock "$fd"; then
		say "waiting for another lab that holds the lock '$1'"
		flock "$fd"
	fi
	LOCK_FD[$1]=$fd
}

unlock()
{
	local fd=${LOCK_FD[$1]:-}

	[ -n "$fd" ] || return 0
	exec {fd}>&-
	unset "LOCK_FD[$1]"
}

# Hash of the arguments, and of the contents of files given as @PATH.
hash_of()
{
	local item

	for item in "$@"; do
		case $item in
		@*) cat -- "${item#@}" ;;
		*) printf '%s\n' "$item" ;;
		esac
	done | sha256sum | cut -c1-32
}

# A stamp says what made a thing: another hash means that it has to be made again.
stamp_is()
{
	local made

	[ -f "$CACHE/stamps/$1" ] && read -r made < "$CACHE/stamps/$1" && [ "$made" = "$2" ]
}

stamp_set()
{
	mkdir -p "$CACHE/stamps"
	printf '%s\n' "$2" > "$CACHE/stamps/$1.new"
	mv "$CACHE/stamps/$1.new" "$CACHE/stamps/$1"
}

stamp_drop()
{
	rm -f "$CACHE/stamps/$1"
}

# usage: logged NAME CMD...   output goes to a log, whose end is shown when CMD fails
logged()
{
	local log=$LOGS/$1.log
	shift
	mkdir -p "$LOGS"
	if ! "$@" > "$log" 2>&1 < /dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $* (all of it: $log)"
	fi
}
