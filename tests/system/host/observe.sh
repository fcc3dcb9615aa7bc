#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What can be seen of VMs: traces, counters, registers, stage-2 tables, events, terminals; and by whom.

. /tests/host/lib.sh

TRACING=/sys/kernel/tracing
DEBUG=/sys/kernel/debug/axvm
EVENTS='axvm_enter axvm_exit axvm_mmio axvm_irq axvm_s2_fault axvm_state'

id_of()
{
	axvm-run list | awk -v name="$1" '$2 == name { print $1 }'
}

# usage: tty_of NAME   n of ttyAXVM<n>, the VM's first
tty_of()
{
	axvm-run show "$1" | sed -n 's|.*(/dev/ttyAXVM\([0-9]*\)).*|\1|p' | head -n 1
}

# --- traces ---

tracing()
{
	echo "$1" > $TRACING/events/axvm/enable
}

tracepoints_tell()
{
	echo > $TRACING/trace
	tracing 1
	expect 0 run_guest traced hello
	tracing 0
	grep -v '^#' $TRACING/trace | grep axvm_ | head -n 40
	for event in $EVENTS; do
		grep -q " $event: vm=[1-9][0-9]* " $TRACING/trace || fail "no event $event"
	done
	grep -q 'axvm_state: .* name=traced ready -> running reason=request' $TRACING/trace ||
		fail "the start is not told"
	grep -q 'axvm_exit: .* reason=mmio detail=0x' $TRACING/trace || fail "no exit for a device"
	grep -q 'axvm_mmio: .* write gpa=0x[0-9a-f]* len=[14] data=0x' $TRACING/trace ||
		fail "no write to a device"
	grep -q 'axvm_s2_fault: .* access=[rwx|]* result=mapped' $TRACING/trace ||
		fail "no touch of memory"
}

# Programs read the binary trace by these formats: names of our enums mean nothing to them.
trace_formats_are_complete()
{
	for event in $EVENTS; do
		grep 'print fmt' $TRACING/events/axvm/$event/format | tee "$WORK/format"
		! grep -q 'AXVM_' "$WORK/format" || fail "$event: a value is not resolved"
	done
}

# --- counters and times ---

counters_count()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	axvm-run show --stats a | tee "$WORK/show"
	grep -q 'counters of vCPU 0, [0-9.]* s on a CPU' "$WORK/show" || fail "no time on a CPU"
	grep -qE '^ +mmio +[1-9][0-9]*$' "$WORK/show" || fail "mmio: no count, or a time"
	grep -qE '^ +s2-fault +[1-9][0-9]* +[0-9.]+ s$' "$WORK/show" || fail "no time of stage-2 faults"
	grep -qE '^  stage 2  [1-9][0-9]* tables?, [1-9]' "$WORK/show" || fail "no stage-2 figures"
	prints_stats_as_json a
}

prints_stats_as_json()
{
	axvm-run show --stats -j "$1" > "$WORK/json" || fail "show --stats -j"
	is_json < "$WORK/json" || fail "not JSON"
	grep -q '"times_ns":{"loaded":[1-9]' "$WORK/json" || fail "JSON has no times"
	grep -q '"stage2":{"tables":[1-9]' "$WORK/json" || fail "JSON has no stage-2 figures"
}

# The time of exits that need not sleep costs something, so it is measured on request.
times_on_request()
{
	times=/sys/module/axvm/parameters/exit_times
	[ "$(cat $times)" = N ] || fail "it is on from the start"
	echo Y > $times
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	axvm-run show --stats a > "$WORK/show"
	echo N > $times
	cat "$WORK/show"
	grep -qE '^ +mmio +[1-9][0-9]* +[0-9.]+ s$' "$WORK/show" || fail "mmio has no time"
	! sh -c "echo maybe > $times" || fail "the parameter takes everything"
}

# --- debugfs ---

debugfs_shows()
{
	start_guest a echo --cpus 2
	eventually 10 said a 'echo ready' || fail "it does not run"
	dir=$DEBUG/$(id_of a)
	cat "$dir/vm" "$dir/stage2" "$dir/vcpu0/stats"
	grep -q '^name  *a$' "$dir/vm" || fail "no name"
	grep -q '^state  *running$' "$dir/vm" || fail "no state"
	grep -qE '^backed +[1-9]' "$dir/vm" || fail "no memory"
	grep -qE '^0x[0-9a-f]+-0x[0-9a-f]+ -> 0x[0-9a-f]+ +[0-9]+ x +[0-9]+ KiB r' "$dir/stage2" ||
		fail "no stage-2 table"
	grep -qE '^mmio +[1-9]' "$dir/vcpu0/stats" || fail "no count"
	! cat "$dir/vcpu1/registers" || fail "registers of a VM that runs"
	expect 0 axvm-run pause a
	cat "$dir/vcpu0/registers" | grep -q '=0' || fail "no registers of a paused VM"
}

files_vanish_with_the_vm()
{
	start_guest a echo
	dir=$DEBUG/$(id_of a)
	exec 5< "$dir/vm" 6< "$dir/stage2" 7< "$dir/vcpu0/registers" 8< "$dir/vcpu0/stats"
	head -n 1 <&5 || fail "it cannot be read before"
	expect 0 axvm-run destroy --force a
	[ ! -e "$dir" ] || fail "the directory is still there"
	for fd in 5 6 7 8; do
		! eval "cat <&$fd" || fail "descriptor $fd still shows something"
	done
	exec 5<&- 6<&- 7<&- 8<&-
	[ -z "$(ls $DEBUG)" ] || fail "left: $(ls $DEBUG)"
}

read_files_for_ever()
{
	while :; do
		cat $DEBUG/*/stage2 $DEBUG/*/vm $DEBUG/*/vcpu*/* > /dev/null 2>&1
	done
}

# While tables change, memory is cleared, and VMs come and go.
files_are_read_meanwhile()
{
	read_files_for_ever &
	read_files_for_ever &
	for n in 1 2 3; do
		run_guest a memory > /dev/null || fail "round $n: status $?"
	done
	start_guest b idle
	for n in 1 2 3; do
		axvm-run reset b || fail "reset $n"
	done
	expect 0 axvm-run destroy --force b
}

# --- registers ---

has_registers()
{
	axvm-run show --regs "$1" > "$WORK/show" || fail "show --regs: status $?"
	cat "$WORK/show"
	grep -q 'registers of vCPU 0' "$WORK/show" || fail "no registers of '$1'"
	grep -qE '=[0-9a-f]*[1-9a-f]' "$WORK/show" || fail "all registers are 0"
}

registers_are_shown()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	refused axvm-run show --regs a
	expect 0 axvm-run pause a
	has_registers a
	axvm-run show --regs -j a > "$WORK/json" || fail "JSON"
	is_json < "$WORK/json" || fail "not JSON"
	grep -q '"registers":{"' "$WORK/json" || fail "JSON has no registers"
	expect 0 axvm-run resume a
	expect 0 axvm-run stop a
	has_registers a
}

registers_of_the_crashed()
{
	expect 3 run_guest a failure --keep
	is_state a crashed || fail "state is '$(state_of a)'"
	has_registers a
}

# --- events ---

monitor_answers()
{
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 16M --name probe > /dev/null || fail "create"
	axvm-run destroy probe || fail "destroy"
	[ -s "$WORK/events" ]
}

# A subscriber that does not read, with little room: it is told how many it missed.
lost_events_are_counted()
{
	room=$(cat /proc/sys/net/core/rmem_max)
	echo 4608 > /proc/sys/net/core/rmem_max
	: > "$WORK/events"
	axvm-run monitor -j >> "$WORK/events" &
	monitor=$!
	eventually 20 monitor_answers || fail "it tells nothing"
	sleep 1
	: > "$WORK/events"
	echo "$room" > /proc/sys/net/core/rmem_max
	kill -STOP $monitor
	for n in $(seq 1 20); do
		axvm-run create --kernel "$GUESTS/idle.elf" --mem 16M --name "n$n" > /dev/null || fail "create"
		axvm-run destroy "n$n" || fail "destroy"
	done
	kill -CONT $monitor
	eventually 10 all_are_told || fail "$seen events seen, $lost lost: not 40"
	[ "$lost" -gt 0 ] || fail "nothing was lost"
}

all_are_told()
{
	seen=$(grep -c '"event":"state"' "$WORK/events")
	lost=$(awk -F'"count":' '/"lost"/ { sum += $2 } END { print sum + 0 }' "$WORK/events")
	[ $((seen + lost)) = 40 ]
}

# --- terminals ---

# Never by a shell that has no terminal yet: it would get this one.
type_into()
{
	printf '%s\n' "$2" | dd of="/dev/ttyAXVM$1" 2> /dev/null
}

# usage: start_reader N FILE   the terminal's output, until it hangs up
start_reader()
{
	cat "/dev/ttyAXVM$1" > "$2" 2> /dev/null &
}

begin_echo()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	tty=$(tty_of a)
	[ -c "/dev/ttyAXVM$tty" ] || fail "no terminal '/dev/ttyAXVM$tty'"
}

contains() { grep -q "$2" "$1"; }

terminal_talks()
{
	begin_echo
	stty -F "/dev/ttyAXVM$tty" -a | tee "$WORK/stty"
	grep -q -- '-echo ' "$WORK/stty" || fail "it echoes"
	start_reader "$tty" "$WORK/tty"
	reader=$!
	eventually 5 contains "$WORK/tty" 'echo ready' || fail "what was printed before is not there"
	type_into "$tty" one
	eventually 5 contains "$WORK/tty" 'echo: one' || fail "no answer"
	talk two | timeout 4 axvm-run console a > /dev/null
	eventually 5 contains "$WORK/tty" 'echo: two' || fail "input of the other console is not seen"
	said a 'echo: one' || fail "the other console does not see it"
	type_into "$tty" quit
	eventually 5 sh -c "! kill -0 $reader" || fail "no hang-up at the end of the VM"
	cat "$WORK/tty"
	is_state a stopped || fail "state is '$(state_of a)'"
}

# The first who opens it sees what was printed before, those who come later what is printed then.
terminal_keeps_what_was_printed()
{
	begin_echo
	stty -F "/dev/ttyAXVM$tty" > /dev/null
	talk meanwhile | timeout 4 axvm-run console a > /dev/null
	start_reader "$tty" "$WORK/one"
	eventually 5 contains "$WORK/one" 'echo: meanwhile' || fail "what was printed meanwhile is lost"
	grep 'echo ready' "$WORK/one" || fail "what was printed first is lost"
	type_into "$tty" quit
	eventually 5 is_state a stopped || fail "it does not stop"
	sleep 1
	timeout 10 cat "/dev/ttyAXVM$tty" > "$WORK/two" 2> /dev/null
	[ $? != 124 ] || fail "no hang-up after the end"
	grep 'echo: meanwhile' "$WORK/two" || fail "nothing is there after the end"
}

# A program that sets the terminal to its wishes, as picocom, screen and getty do.
terminal_program_works()
{
	begin_echo
	mkdir -p /var/lock
	talk hello quit | timeout 20 microcom -s 9600 "/dev/ttyAXVM$tty" > "$WORK/tty"
	cat "$WORK/tty"
	grep -q 'echo: hello' "$WORK/tty" || fail "no answer"
	[ -z "$(ls /var/lock)" ] || rm -f /var/lock/LCK*
}

terminal_ends_with_the_vm()
{
	begin_echo
	name=$(cat "/sys/class/tty/ttyAXVM$tty/vm_name")
	[ "$name $(cat "/sys/class/tty/ttyAXVM$tty/console")" = 'a 0' ] || fail "sysfs says '$name'"
	[ "$(cat "/sys/class/tty/ttyAXVM$tty/vm_id")" = "$(id_of a)" ] || fail "another id in sysfs"
	start_reader "$tty" "$WORK/tty"
	reader=$!
	eventually 5 contains "$WORK/tty" 'echo ready' || fail "nothing is there"
	expect 0 axvm-run destroy --force a
	[ ! -e "/dev/ttyAXVM$tty" ] || fail "it is still there"
	eventually 5 sh -c "! kill -0 $reader" || fail "no hang-up"
	[ -z "$(find /sys/class/tty -name 'ttyAXVM*')" ] || fail "left in sysfs"
}

# A flood that nobody reads fast: the guest never waits, and the reader learns what it missed.
terminal_survives_a_flood()
{
	start_guest a fuzz --append rounds=1000000
	tty=$(tty_of a)
	{ sleep 1; dd bs=64 count=20; } < "/dev/ttyAXVM$tty" > "$WORK/tty" 2> /dev/null &
	for n in 1 2 3; do
		dd if=/dev/urandom bs=4096 count=4 2> /dev/null |
			timeout 3 dd of="/dev/ttyAXVM$tty" 2> /dev/null
	done
	expect 0 axvm-run destroy --force a
}

# --- permissions ---

# usage: denied WAY   to somebody with less than CAP_SYS_ADMIN in the initial namespaces
denied()
{
	way=$1
	/tests/drop "$way" true || fail "$way: cannot be tried"
	for command in list capabilities 'show a' 'stop a' 'destroy --force a' 'show --regs a' \
		'monitor -n 1' 'console a'; do
		# shellcheck disable=SC2086
		! timeout 5 /tests/drop "$way" axvm-run $command > "$WORK/denied" 2>&1 ||
			fail "$way may '$command'"
		grep -qiE 'not permitted|needs CAP_SYS_ADMIN' "$WORK/denied" || fail "$way, '$command': $(cat "$WORK/denied")"
	done
	for file in /dev/axvm "/dev/ttyAXVM$tty" "$DEBUG/$(id_of a)/vm" "$DEBUG/$(id_of a)/stage2" \
		"$DEBUG/$(id_of a)/vcpu0/stats" "$DEBUG/$(id_of a)/vcpu0/registers"; do
		! timeout 5 /tests/drop "$way" head -c 1 "$file" > "$WORK/denied" 2>&1 ||
			fail "$way may open $file"
		grep -qiE 'not permitted|denied' "$WORK/denied" || fail "$way, $file: $(cat "$WORK/denied")"
	done
	is_state a running || fail "$way has ended the VM"
}

only_admins_may()
{
	begin_echo
	# As a distribution's udev rules would have it, and more.
	chmod 666 "/dev/ttyAXVM$tty" /dev/axvm
	expect 0 /tests/drop user true
	denied "$WAY"
	chmod 600 /dev/axvm
}

user_is_denied()
{
	WAY=user only_admins_may
	! /tests/drop user cat "/sys/class/tty/ttyAXVM$tty/vm_name" 2> /dev/null || fail "anybody learns the names of VMs"
}

netadmin_is_denied() { WAY=netadmin only_admins_may; }
lesser_root_is_denied() { WAY=root only_admins_may; }
user_namespace_is_denied() { WAY=userns only_admins_may; }

# The module goes while its events are on.
unloaded_while_traced()
{
	tracing 1
	expect 0 run_guest a hello
	unload
	load
	expect 0 run_guest a hello
}

run_function "$@"
load_or_stop
scenario tracepoints_tell 60 tracepoints_tell
scenario trace_formats_are_complete 30 trace_formats_are_complete
scenario unloaded_while_traced 60 unloaded_while_traced
scenario counters_count 60 counters_count
scenario times_on_request 60 times_on_request
scenario debugfs_shows 60 debugfs_shows
scenario files_vanish_with_the_vm 60 files_vanish_with_the_vm
scenario files_are_read_meanwhile 180 files_are_read_meanwhile
scenario registers_are_shown 60 registers_are_shown
scenario registers_of_the_crashed 60 registers_of_the_crashed
scenario lost_events_are_counted 120 lost_events_are_counted
scenario terminal_talks 90 terminal_talks
scenario terminal_keeps_what_was_printed 90 terminal_keeps_what_was_printed
scenario terminal_program_works 90 terminal_program_works
scenario terminal_ends_with_the_vm 60 terminal_ends_with_the_vm
scenario terminal_survives_a_flood 90 terminal_survives_a_flood
scenario user_is_denied 120 user_is_denied
scenario netadmin_is_denied 120 netadmin_is_denied
scenario lesser_root_is_denied 120 lesser_root_is_denied
scenario user_namespace_is_denied 120 user_namespace_is_denied
end_unloaded
