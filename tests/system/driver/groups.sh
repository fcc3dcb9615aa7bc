# SPDX-License-Identifier: GPL-2.0
# The table of groups, what they need built, and how one is run. Sourced by tests/check.
# shellcheck shell=bash

LOG_LINES=400		# of a group that failed

# Programs of ours beside the scenarios, each from one file in tests/: /tests/NAME in the emulated host.
HELPERS='system/pty system/vectors system/drop system/mapper system/kexec fuzz/api'

# Which things were built, by name: ok or failed.
declare -A BUILT=()

# Places of the table that are backends, and their architecture. An architecture means its first backend.
declare -A ARCH_OF=([vhe]=arm64 [nvhe]=arm64 [svm]=x86_64 [vmx]=x86_64)

# Debian's kernel has no driver for the board's way to tell a panic.
declare -A LACKS_PVPANIC=([arm64]=yes)

# usage: load_table   fills GROUPS_ALL, and by the name of a group GROUP_LINE and GROUP_BASE: its name
# without the architecture, which tells apart groups of one line of the table
load_table()
{
	local name when places rest where group

	declare -gA GROUP_LINE=() GROUP_BASE=()
	GROUPS_ALL=()
	while read -r name when places rest; do
		case $name in '' | '#'*) continue ;; esac
		for where in ${places//,/ }; do
			group=$name-$where
			[ "$where" != here ] || group=$name
			GROUPS_ALL+=("$group")
			GROUP_LINE[$group]="$when $where $rest"
			GROUP_BASE[$group]=$name
		done
	done < "$TABLE"
}

# usage: parse_group NAME   sets when where arch kernel cpus mem limit options command
parse_group()
{
	local words in_command=''

	read -r when where kernel cpus mem limit words <<< "${GROUP_LINE[$1]}"
	arch=${ARCH_OF[$where]:-$where} options=() command=()
	[ "$arch" = "$where" ] || options=(--backend "$where")
	for word in $words; do
		if [ -n "$in_command" ]; then
			command+=("$word")
		elif [ "$word" = -- ]; then
			in_command=1
		else
			options+=("$word")
		fi
	done
}

wanted_group()
{
	# shellcheck disable=SC2053
	[[ $1 == $ONLY || ${GROUP_BASE[$1]} == $ONLY ]] || return 1
	parse_group "$1"
	[ "$when" != soak ] || [ -n "$SOAK" ] || return 1
	[ -z "$ARCH" ] || [ "$where" = here ] || [ "$arch" = "$ARCH" ]
}

# usage: share_hosts   sets UNITS: the groups that run on one host, for each host, in one word; what may take
# longest comes first, so that no slot is idle at the end
share_hosts()
{
	local group host when where arch kernel cpus mem limit options command word
	local -A groups_of=() limit_of=()

	for group in "${CHOSEN[@]}"; do
		parse_group "$group"
		host=$group
		[ "$when" != shared ] || host="$where $kernel $cpus $mem ${options[*]-}"
		groups_of[$host]="${groups_of[$host]:+${groups_of[$host]} }$group"
		limit_of[$host]=$((${limit_of[$host]:-0} + limit))
	done
	mapfile -t UNITS < <(for host in "${!groups_of[@]}"; do
		echo "${limit_of[$host]} ${groups_of[$host]}"
	done | sort -k1,1rn -k2 | cut -d' ' -f2-)
}

# usage: build_once NAME COMMAND...   a build is a test, too
build_once()
{
	local name=$1 log=$OUT/build-${1//\//-}.log start

	shift
	[ -z "${BUILT[$name]:-}" ] || return 0
	start=$(clock)
	note "building $name"
	if "$@" > "$log" 2>&1 < /dev/null; then
		BUILT[$name]=ok
		report ok "build/$name" $(($(clock) - start))
	else
		BUILT[$name]=failed
		report 'not ok' "build/$name" $(($(clock) - start)) "see $log"
		tail -n 60 "$log"
	fi
}

build_guests()
{
	"$LAB" root -- make --no-print-directory -C "$TOP/tests/guests" ARCH="$1" O="$OUT/guests" &&
		mkdir -p "$OUT/elf-$1" && rm -f "$OUT/elf-$1"/* &&
		cp "$OUT/guests/$1"/*.elf "$OUT/elf-$1/"
}

# Programs of ours that scenarios use in the emulated host.
build_helpers()
{
	local name

	mkdir -p "$OUT/helpers-$1" || return
	for name in $HELPERS; do
		"$LAB" root -- "$("$LAB" path cross "$1")gcc" -static -O2 -Wall -Wextra -pthread \
			-I"$TOP/uapi" -o "$OUT/helpers-$1/${name#*/}" "$TOP/tests/$name.c" || return
	done
}

# usage: build_csrdump ARCH KERNEL
build_csrdump()
{
	local dir=$OUT/csrdump-$1-$2

	mkdir -p "$dir" && cp -u "$SYSTEM"/csrdump/* "$dir/" &&
		"$LAB" kernel-make "$1" "$2" "$dir" modules
}

# usage: build_drivers ARCH   drivers for Linux as a guest that Debian's kernel leaves out: Linux's own
# pvpanic, of the same version
build_drivers()
{
	local dir=$OUT/drivers-$1

	mkdir -p "$dir/modules" && cp -u "$("$LAB" path source)"/drivers/misc/pvpanic/*.[ch] "$dir/" || return
	echo 'obj-m := pvpanic.o pvpanic-mmio.o' > "$dir/Kbuild"
	"$LAB" kernel-make "$1" stock "$dir" modules && cp "$dir"/*.ko "$dir/modules/"
}

# usage: build_for ARCH KERNEL   false: something that is needed failed
build_for()
{
	local name drivers=()

	[ "$1" != here ] || return 0
	[ -z "${LACKS_PVPANIC[$1]:-}" ] || drivers=("drivers-$1")
	build_once "axvm-$1-$2" "$LAB" build --arch "$1" --kernel "$2"
	build_once "guests-$1" build_guests "$1"
	build_once "helpers-$1" build_helpers "$1"
	for name in "${drivers[@]}"; do
		build_once "$name" build_drivers "$1"
	done
	build_once "csrdump-$1-$2" build_csrdump "$1" "$2"
	for name in "axvm-$1-$2" "guests-$1" "helpers-$1" "csrdump-$1-$2" "${drivers[@]}"; do
		[ "${BUILT[$name]}" = ok ] || return 1
	done
}

# Words of the table that stand for lists.
expand_words()
{
	local word

	for word in "${command[@]}"; do
		case $word in
		@suites) suite_names "$arch" ;;
		@guests) guest_names "$arch" list ;;
		@timed) guest_names "$arch" timed ;;
		*) printf '%s\n' "$word" ;;
		esac
	done
}

# usage: suite_names ARCH   those in kmod/, but of other architectures
suite_names()
{
	find "$TOP/kmod" -name '*_test.c' \( ! -path '*/kmod/arch/*' -o \
		-path "*/kmod/arch/$("$LAB" path kernel-arch "$1")/*" \) \
		-exec grep -hA3 '^static struct kunit_suite' {} + |
		sed -n 's/.*\.name = "\(.*\)",/\1/p' | sort
}

guest_names()
{
	make -s -C "$TOP/tests/guests" ARCH="$1" "$2"
}

run_here()
{
	CASES=$CASES timeout -k 10 "$limit" "${command[@]}"
}

# usage: run_in_lab SECONDS SCRIPT ARG...
run_in_lab()
{
	local limit=$1 name helpers=() drivers=()

	shift

	for name in $HELPERS; do
		helpers+=(--copy "$OUT/helpers-$arch/${name#*/}:/tests/${name#*/}")
	done
	[ -z "${LACKS_PVPANIC[$arch]:-}" ] || drivers=(--copy "$OUT/drivers-$arch/modules:/tests/drivers")
	timeout -k 60 $((limit + 600)) "$LAB" run --no-build --arch "$arch" --kernel "$kernel" \
		--cpus "$cpus" --mem "$mem" --timeout "$limit" ${options[@]+"${options[@]}"} \
		--copy "$SYSTEM/host:/tests/host" --copy "$OUT/elf-$arch:/guests" \
		"${helpers[@]}" "${drivers[@]}" \
		--copy "$OUT/csrdump-$arch-$kernel/csrdump.ko:/tests/csrdump.ko" \
		-- env CASES="$CASES" sh "/tests/host/$1" "${@:2}"
}

# usage: run_command GROUP...   several share a host
run_command()
{
	local group words lines=() sum=0

	for group; do
		parse_group "$group"
		mapfile -t words < <(expand_words)
		lines+=("$group $limit ${words[*]}")
		sum=$((sum + limit))
	done
	if [ "$where" = here ]; then
		run_here
	elif [ $# = 1 ]; then
		run_in_lab "$limit" "${words[@]}"
	else
		run_in_lab $sum several.sh "${lines[@]}"
	fi
	echo $? > "$OUT/$1.status"
}

# usage: bad_end STATUS   why that is no good end, if it is none
bad_end()
{
	case $1 in
	0) ;;
	2) echo 'the lab failed' ;;
	123) echo 'the emulated host died' ;;
	124 | 137) echo "no end within $limit seconds" ;;
	125) echo 'the kernel of the host complained' ;;
	*) echo "it ended with status $1" ;;
	esac
}

# usage: report_end NAME MICROSECONDS WHY
report_end()
{
	if [ -n "$3" ]; then
		report 'not ok' "$1/end" "$2" "$3"
	else
		report ok "$1/end" "$2"
	fi
}

# usage: judge_end GROUP STATUS FAILED-BEFORE
judge_end()
{
	local why

	why=$(bad_end "$2")
	if [ "$2" = 1 ]; then
		why=
		[ "$FAILED" != "$3" ] || why='it ended with status 1, though no test failed'
	fi
	[ ${#SEEN[@]} != 0 ] || [ -n "$why" ] || why='no test reported'
	report_end "$1" "${TOOK[$1]}" "$why"
}

# usage: judge_host NAME STATUS START   a shared host, whose groups have all come to their ends; what they
# are blamed for by name has been told
judge_host()
{
	local why=''

	[ "$2" = 1 ] || why=$(bad_end "$2")
	TOOK[$1]=$(($(clock) - $3))
	report_end "$1" "${TOOK[$1]}" "$why"
	[ -z "$why" ] || show_log "$OUT/$1.log"
}

# usage: run_groups NAME...   on one host, if there are several. With the status of the lab ends the only
# one, or the one that was running when a shared host died; each other one with its own.
run_groups()
{
	local status pid start left=("$@")
	local when where arch kernel cpus mem limit options command word

	parse_group "$1"
	if ! build_for "$arch" "$kernel"; then
		not_run 'what it needs could not be built' "$@"
		return
	fi
	rm -f "$OUT/$1.status"
	exec 6< <(run_command "$@" 2>&1 < /dev/null | stdbuf -oL tr -d '\000-\010\013-\037')
	pid=$!
	RUNNING[$pid]=$1
	while [ ${#left[@]} != 0 ] && finish_group "${left[0]}" "$1"; do
		left=("${left[@]:1}")
	done
	start=$(clock)
	[ ${#left[@]} != 0 ] || cat <&6 > "$OUT/host-$1.log"
	exec 6<&-
	unset "RUNNING[$pid]"
	[ ${#left[@]} = 0 ] || not_run "its host ended in ${left[0]}" "${left[@]:1}"
	[ $# = 1 ] || [ ${#left[@]} != 0 ] || judge_host "host-$1" "$(lab_status "$1")" "$start"
	rm -f "$OUT/$1.status"
}

lab_status()
{
	cat "$OUT/$1.status" 2> /dev/null || echo 255
}

# usage: not_run WHY GROUP...
not_run()
{
	local why=$1 group

	shift
	for group; do
		TOOK[$group]=0
		report 'not ok' "$group/end" 0 "not run: $why"
	done
}

# usage: finish_group NAME UNIT   false: the lab has ended with it
finish_group()
{
	local group=$1 failed_before=$FAILED start status
	declare -gA SEEN=()

	start=$(clock)
	parse_group "$group"
	ENDED=
	read_results "$group" "$OUT/$group.log" <&6
	status=${ENDED:-$(lab_status "$2")}
	TOOK[$group]=$(($(clock) - start))
	[ -z "$ACCEPT" ] || accept_names "$group" "$where"
	judge_end "$group" "$status" "$failed_before"
	check_expected "$group"
	[ "$FAILED" = "$failed_before" ] || show_log "$OUT/$group.log"
	[ -n "$ENDED" ]
}

show_log()
{
	local lines

	[ -z "$JSON" ] || return
	lines=$(wc -l < "$1")
	echo "# log of the failed group, $1:"
	[ "$lines" -le "$LOG_LINES" ] || echo "# (last $LOG_LINES of $lines lines)"
	tail -n "$LOG_LINES" "$1" | sed 's/^/# | /'
}
