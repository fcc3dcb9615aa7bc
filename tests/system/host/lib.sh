# SPDX-License-Identifier: GPL-2.0
# What the scenarios that run inside an emulated host share. Sourced; POSIX sh of busybox.
# shellcheck shell=sh
#
# A scenario is a function. It runs in a session of its own with a time limit;
# everything it prints is indented, and one line tells the verdict:
#   ok NAME | not ok NAME: WHY | skip NAME: WHY

MODULE=/lib/axvm/axvm.ko
GUESTS=/guests
export ARCH
ARCH=$(uname -m)
CASES=${CASES:-*}		# pattern: which scenarios to run
WORK=/tmp/tests
# A kernel that checks all it does takes its time.
PATIENCE=1
[ ! -e /sys/kernel/debug/kmemleak ] || PATIENCE=3
mkdir -p "$WORK"

. /tests/host/arch.sh

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; }
skip() { echo "skip $1: $2"; }

wanted()
{
	# shellcheck disable=SC2254
	case $1 in $CASES) return 0 ;; esac
	return 1
}

# In a scenario: it failed, or it cannot be run here.
fail()
{
	echo "$*" > "$WORK/why"
	exit 1
}

leave()
{
	echo "$*" > "$WORK/why"
	exit 77
}

# usage: processes_of SESSION   their ids
processes_of()
{
	sed -n "s/^\([0-9]*\) (.*) [A-Z] [0-9]* [0-9]* $1 .*/\1/p" /proc/[0-9]*/stat 2> /dev/null
}

end_session()
{
	for pid in $(processes_of "$1"); do
		kill -9 "$pid" 2> /dev/null
	done
}

# usage: clean_up SESSION   what a scenario left; a script whose scenarios begin without axvm sets UNLOADED
clean_up()
{
	end_session "$1"
	[ -d /sys/module/axvm ] && axvm-run destroy --force --all > /dev/null 2>&1
	[ -n "${UNLOADED:-}" ] || return 0
	for module in axvm $(reversed $KVM_PARTS); do
		[ ! -d "/sys/module/$(echo "$module" | tr - _)" ] || rmmod "$module" > /dev/null 2>&1
	done
	return 0
}

reversed()
{
	order=
	for word; do
		order="$word $order"
	done
	echo "$order"
}

# usage: scenario NAME SECONDS FUNCTION   unless CHOSEN names others
scenario()
{
	wanted "$1" || return 0
	case " ${CHOSEN:-$1} " in *" $1 "*) ;; *) return 0 ;; esac
	echo "--- $1"
	: > "$WORK/why"
	limit=$(($2 * PATIENCE))
	timeout -s KILL "$limit" setsid sh "$0" --function "$3" > "$WORK/output" 2>&1 < /dev/null &
	session=$!
	wait "$session"
	verdict=$?
	clean_up "$session"
	tr -d '\000' < "$WORK/output" | sed 's/^/  | /'
	why=$(head -n 1 "$WORK/why")
	case $verdict in
	0) ok "$1" ;;
	77) skip "$1" "$why" ;;
	137) not_ok "$1" "no end within $limit seconds" ;;
	*) not_ok "$1" "${why:-status $verdict}" ;;
	esac
}

# Last line of each script's top: the function that scenario() asked for, alone.
run_function()
{
	[ "${1:-}" = --function ] || return 0
	set -u
	"$2"
	exit
}

# As modprobe does it: axvm.NAME=VALUE of the kernel's command line is a parameter.
insert()
{
	# shellcheck disable=SC2046
	insmod "$MODULE" $(tr ' ' '\n' < /proc/cmdline | sed -n 's/^axvm\.//p')
}

load()
{
	[ -d /sys/module/axvm ] || insert || fail "axvm.ko does not load"
}

unload()
{
	rmmod axvm || fail "axvm.ko cannot be unloaded"
}

# For scripts: without the module nothing else makes sense.
load_or_stop()
{
	[ -d /sys/module/axvm ] && return
	insert && return
	dmesg | tail -n 20
	not_ok load "axvm.ko does not load"
	exit 1
}

# Hundredths of a second.
now()
{
	sed 's/ .*//; s/\.//' /proc/uptime
}

# usage: eventually SECONDS COMMAND...   until it succeeds
eventually()
{
	end=$(($(now) + $1 * 100))
	shift
	until "$@"; do
		[ "$(now)" -lt "$end" ] || return 1
		usleep 50000
	done
}

# usage: run_guest NAME PROGRAM OPTION...   in the foreground
run_guest()
{
	guest_name=$1 program=$2
	shift 2
	axvm-run --kernel "$GUESTS/$program.elf" --mem 64M --name "$guest_name" "$@"
}

# usage: vm_config NAME PROGRAM CPUS [BASE [DEVICES [CMDLINE]]]   a configuration on its output: a line for
# the section of the VM itself, devices beside those of the default board, words for the program
vm_config()
{
	cat <<-END
	[base]
	name = "$1"
	vm_type = 1
	arch = "$ARCH"
	cpu_num = $3
	${4:-}
	[kernel]
	image_location = "fs"
	kernel_path = "$GUESTS/$2.elf"
	cmdline = "${6:-}"
	memory_regions = [[$RAM_BASE, 0x400_0000, 0x7, 0]]
	[devices]
	default_board = true
	passthrough_devices = []
	emu_devices = [${5:-}]
	END
}

start_guest()
{
	run_guest "$@" --detach || fail "$2 does not start"
}

state_of()
{
	axvm-run list | awk -v name="$1" '$2 == name { print $3 }'
}

is_state() { [ "$(state_of "$1")" = "$2" ]; }

# usage: said NAME TEXT   has the guest printed that? The command stays until its VM ends.
said()
{
	timeout 2 axvm-run console --quiet --history "$1" < /dev/null 2> /dev/null |
		tr -d '\000\r' > "$WORK/said-$1"
	grep -qF -- "$2" "$WORK/said-$1"
}

# usage: talk LINE... | axvm-run console NAME   gives the guest lines, each some time after the one before
talk()
{
	for line; do
		sleep 1
		echo "$line"
	done
	sleep 1
}

# Threads of a VM's vCPUs.
threads_of()
{
	sed -n "s|^\([0-9]*\) (axvm/$1/[0-9]*).*|\1|p" /proc/[0-9]*/stat 2> /dev/null
}

# Clock ticks that they have used.
ticks_of()
{
	total=0
	for pid in $(threads_of "$1"); do
		total=$((total + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')))
	done
	echo "$total"
}

# usage: is_json < TEXT   one JSON value
is_json()
{
	tr '\n' ' ' | awk '
	{
		gsub(/"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/, "s")
		gsub(/[ \t]/, "")
		gsub(/-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/, "v")
		gsub(/true|false|null/, "v")
		do {
			before = $0
			gsub(/\[([sv](,[sv])*)?\]/, "v")
			gsub(/s:[sv]/, "p")
			gsub(/\{(p(,p)*)?\}/, "v")
		} while ($0 != before)
		valid = ($0 == "v" || $0 == "s")
	}
	END { exit !valid }'
}

# The last test of a script that loaded the module.
end_unloaded()
{
	if rmmod axvm; then
		ok unload
	else
		not_ok unload "axvm.ko cannot be unloaded"
	fi
}

# usage: expect STATUS COMMAND...
expect()
{
	wanted_status=$1
	shift
	"$@"
	got=$?
	[ "$got" = "$wanted_status" ] || fail "status $got, not $wanted_status, of: $*"
}

refused()
{
	"$@" && fail "it should be refused: $*"
	return 0
}
