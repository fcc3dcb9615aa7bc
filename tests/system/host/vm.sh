#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The life of VMs, as people see it through axvm-run.

. /tests/host/lib.sh

list_is_empty()
{
	[ "$(axvm-run list | wc -l)" = 1 ] || fail "more than a headline"
	[ "$(axvm-run -j list | tr -d ' \n')" = '[]' ] || fail "JSON is not an empty list"
}

powers_off()
{
	expect 0 run_guest a poweroff
	list_is_empty
}

failure_is_told()
{
	expect 3 run_guest a failure
	list_is_empty
}

created_then_started()
{
	axvm-run create --kernel "$GUESTS/hello.elf" --mem 64M --cpus 2 --name a || fail "create"
	is_state a created || fail "state is '$(state_of a)'"
	axvm-run start --console a > "$WORK/hello" || fail "start --console: status $?"
	grep 'hello over the UART' "$WORK/hello" || fail "the guest says nothing"
	is_state a stopped || fail "state is '$(state_of a)' afterwards"
	expect 0 axvm-run destroy a
	list_is_empty
}

two_at_once()
{
	run_guest a fp --cpus 2 --append ms=8000 > "$WORK/a" &
	a=$!
	run_guest b fp --cpus 2 --append ms=8000 > "$WORK/b" &
	b=$!
	eventually 10 is_state b running || fail "b does not run"
	is_state a running || fail "a does not run beside it"
	wait "$a"
	status_a=$?
	wait "$b"
	status_b=$?
	cat "$WORK/a" "$WORK/b"
	[ "$status_a $status_b" = '0 0' ] || fail "status $status_a and $status_b"
}

more_vcpus_than_cpus()
{
	expect 0 run_guest a smp --cpus 8
	expect 0 run_guest b fp --cpus 6
}

more_memory_than_host()
{
	expect 0 axvm-run --kernel "$GUESTS/hello.elf" --mem 64G --name a
}

many_at_once()
{
	for n in $(seq 1 20); do
		start_guest "vm$n" idle --cpus 2 --mem 16M > /dev/null
	done
	running=$(axvm-run list | grep -c ' running ')
	[ "$running" = 20 ] || fail "$running of 20 run"
	expect 0 axvm-run destroy --force --all
	list_is_empty
}

prints_json()
{
	axvm-run "$@" > "$WORK/json" || fail "$*: status $?"
	is_json < "$WORK/json" || fail "$*: not JSON"
}

json_is_valid()
{
	start_guest a idle --cpus 2
	prints_json -j capabilities
	prints_json list -j
	grep '"running"' "$WORK/json" || fail "no state in the list"
	prints_json show a -j
	grep '"vcpus"' "$WORK/json" || fail "no vCPUs in show"
	prints_json show a --stats -j
	prints_json stop a -j
	echo '{"a": [1,}' | is_json && fail "the check takes everything"
	return 0
}

show_tells()
{
	start_guest a idle --cpus 2
	axvm-run show --stats a | tee "$WORK/show"
	for what in running $BOARD 'counters of vCPU 1'; do
		grep -q "$what" "$WORK/show" || fail "'$what' is missing"
	done
}

# What calling the tool costs on this machine, in hundredths of a second.
time_of_tool()
{
	start=$(now)
	axvm-run list > /dev/null
	echo $(($(now) - start))
}

stops_within_a_second()
{
	start_guest a spin --cpus 2
	eventually 10 said a spinning || fail "it does not run"
	base=$(time_of_tool)
	start=$(now)
	axvm-run stop a || fail "stop: status $?"
	took=$(($(now) - start))
	echo "took $took hundredths, of which $base for the tool"
	[ $((took - base)) -le $((100 * PATIENCE)) ] || fail "it took $((took - base)) hundredths of a second"
	is_state a stopped || fail "state is '$(state_of a)'"
	[ -z "$(threads_of a)" ] || fail "threads are left"
}

destroyed_while_running()
{
	start_guest a spin --cpus 2
	refused axvm-run destroy a
	is_state a running || fail "state is '$(state_of a)'"
	expect 0 axvm-run destroy --force a
	list_is_empty
	[ -z "$(threads_of a)" ] || fail "threads are left"
}

wrong_states_refused()
{
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name a || fail "create"
	expect 0 axvm-run start a
	refused axvm-run start a
	expect 0 axvm-run stop a
	refused axvm-run start a
	refused axvm-run show nobody
	refused axvm-run stop nobody
}

names_and_ids()
{
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name a --id 7 || fail "create"
	refused axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name a
	refused axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name b --id 7
	[ "$(axvm-run list | wc -l)" = 2 ] || fail "a refused VM is there"
	expect 0 axvm-run show 7
	expect 0 axvm-run destroy 7
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name a --id 7 || fail "not again"
	expect 0 axvm-run destroy a
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 16M > "$WORK/id" || fail "create without a name"
	expect 0 axvm-run destroy "vm$(cat "$WORK/id")"
	for n in $(seq 1 12); do
		axvm-run create --kernel "$GUESTS/idle.elf" --mem 16M --name "n$n" > "$WORK/id" ||
			fail "create $n"
		expect 0 axvm-run destroy "$(cat "$WORK/id")"
	done
}

bad_images_refused()
{
	refused run_guest a nonexistent
	head -c 100 "$GUESTS/idle.elf" > "$GUESTS/short.elf"
	refused run_guest a short
	refused axvm-run --kernel "$GUESTS/idle.elf" --mem 64M --cpus 1000
	refused axvm-run --kernel "$GUESTS/idle.elf" --mem 1K
	list_is_empty
}

is_gone() { [ -z "$(state_of "$1")" ]; }

# Process of axvm-run in $!, with a guest that spins.
own_guest()
{
	axvm-run --kernel "$GUESTS/spin.elf" --mem 64M --cpus 2 --name a "$@" > "$WORK/a" &
	eventually 10 is_state a running || fail "it does not run"
}

owner_killed()
{
	own_guest
	kill -9 $!
	eventually 5 is_gone a || fail "it is '$(state_of a)' after its owner was killed"
	[ -z "$(threads_of a)" ] || fail "threads are left"
}

owner_terminated()
{
	own_guest
	owner=$!
	kill -TERM "$owner"
	wait "$owner"
	status=$?
	[ "$status" = 143 ] || fail "status $status"
	is_gone a || fail "it is '$(state_of a)'"
}

kept_without_owner()
{
	own_guest --keep
	kill -9 $!
	sleep 1
	is_state a running || fail "it is '$(state_of a)'"
	expect 0 axvm-run destroy --force a
}

console_talks()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	talk one two quit | axvm-run console a > "$WORK/talk" || fail "status $?"
	for word in one two quit; do
		grep "echo: $word" "$WORK/talk" || fail "no answer to '$word'"
	done
	is_state a stopped || fail "state is '$(state_of a)'"
}

console_history()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	talk before | axvm-run console a > "$WORK/talk" &
	eventually 10 grep -q 'echo: before' "$WORK/talk" || fail "no answer"
	kill $!
	wait $!
	talk quit | axvm-run console --history a > "$WORK/again"
	for text in 'echo ready' 'echo: before'; do
		grep "$text" "$WORK/again" || fail "'$text' is not shown again"
	done
}

console_for_two()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	talk first | axvm-run console a > "$WORK/one" &
	one=$!
	sleep 1
	talk second quit | axvm-run console a > "$WORK/two" || fail "status $?"
	wait "$one"
	grep 'echo: second' "$WORK/one" || fail "the first does not see the second's"
	grep 'echo: second' "$WORK/two" || fail "the second does not see its own"
}

# Ctrl-] leaves; the VM goes on and can be attached to again.
console_detaches()
{
	start_guest a echo
	eventually 10 said a 'echo ready' || fail "it does not run"
	{ sleep 3; printf '\035'; eventually 10 grep -q status "$WORK/terminal"; } |
		timeout 20 /tests/pty sh -c 'axvm-run console a; echo "status $?"' > "$WORK/terminal"
	grep 'status 0' "$WORK/terminal" || fail "Ctrl-] does not leave"
	is_state a running || fail "state is '$(state_of a)'"
	talk again quit | axvm-run console a > "$WORK/talk"
	grep 'echo: again' "$WORK/talk" || fail "it cannot be attached to again"
}

monitor_sees_all()
{
	axvm-run monitor -j -n 5 > "$WORK/events" &
	monitor=$!
	sleep 1
	axvm-run create --kernel "$GUESTS/poweroff.elf" --mem 64M --name a || fail "create"
	axvm-run start --console a
	axvm-run destroy a
	eventually 5 sh -c "! kill -0 $monitor" || fail "fewer than 5 events"
	cat "$WORK/events"
	while read -r event; do
		echo "$event" | is_json || fail "no JSON: $event"
	done < "$WORK/events"
	states=$(sed 's/.*"state": *"\([a-z]*\)".*/\1/' "$WORK/events" | tr '\n' ' ')
	echo "states: $states"
	[ "$states" = 'created ready running stopping stopped ' ] ||
		[ "$states" = 'ready running stopping stopped destroyed ' ] ||
		fail "states are $states"
}

# Not only when the next one comes.
monitor_tells_at_once()
{
	axvm-run monitor > "$WORK/events" &
	monitor=$!
	sleep 1
	axvm-run create --kernel "$GUESTS/poweroff.elf" --mem 64M --name a || fail "create"
	eventually 3 grep -q ' a (id .*): created' "$WORK/events" || fail "no word of its creation"
	start_guest b idle
	eventually 3 grep -q ' b (id .* running' "$WORK/events" || fail "no word of a start"
	kill $monitor
	cat "$WORK/events"
	axvm-run destroy --force a b
}

wait_tells()
{
	axvm-run create --kernel "$GUESTS/poweroff.elf" --mem 64M --name a || fail "create"
	start_guest b idle
	axvm-run wait a b > "$WORK/waited" &
	waiter=$!
	sleep 1
	kill -0 $waiter || fail "it does not wait"
	expect 0 axvm-run start a
	eventually 10 grep -q "VM 'a' stopped: the guest powered off (guest-poweroff)" "$WORK/waited" ||
		fail "it does not tell of a: $(cat "$WORK/waited")"
	kill -0 $waiter || fail "it does not wait for b"
	expect 0 axvm-run stop b
	wait $waiter
	status=$?
	[ $status = 0 ] || fail "status $status"
	grep "VM 'b' stopped: on request (request)" "$WORK/waited" || fail "it does not tell of b"
	expect 0 axvm-run wait a
}

# Vectors are for guests that ask for them. sve_guest KEYS
sve_guest()
{
	cat > "$WORK/sve.toml" <<-END
	[base]
	name = "sve"
	vm_type = 1
	arch = "$ARCH"
	cpu_num = 1
	$1
	[kernel]
	kernel_path = "$GUESTS/sve.elf"
	cmdline = ""
	memory_regions = [[$RAM_BASE, 0x400_0000, 0x7, 0]]
	END
	axvm-run "$WORK/sve.toml" > "$WORK/sve" 2>&1
	status=$?
	cat "$WORK/sve"
}

sve_is_given()
{
	if ! axvm-run capabilities | grep -qw sve; then
		sve_guest 'sve = true'
		[ $status = 6 ] || fail "a host without SVE: status $status"
		return
	fi
	sve_guest ''
	[ $status = 0 ] || fail "without it: status $status"
	grep -q 'skip .*: no SVE' "$WORK/sve" || fail "a guest has SVE that did not ask"
	for keys in 'sve = true' 'sve_vector_length = 128'; do
		sve_guest "$keys"
		[ $status = 0 ] || fail "$keys: status $status"
		! grep -q 'no SVE' "$WORK/sve" || fail "$keys: there is none"
	done
}

# A VM that has none; it is the host that needs its own all the while.
no_interrupt_controller()
{
	printf '\000\000\000\024' > "$WORK/loop"	# b .
	cat > "$WORK/bare.toml" <<-END
	[base]
	name = "bare"
	vm_type = 1
	arch = "$ARCH"
	cpu_num = 2
	[kernel]
	image_location = "fs"
	kernel_path = "$WORK/loop"
	kernel_load_addr = 0x4020_0000
	memory_regions = [[$RAM_BASE, 0x100_0000, 0x7, 0]]
	[devices]
	passthrough_devices = []
	emu_devices = []
	END
	axvm-run --detach "$WORK/bare.toml" || fail "it does not start"
	sleep 2
	is_state bare running || fail "it is '$(state_of bare)'"
	[ "$(ticks_of bare)" -gt 20 ] || fail "it does not run"
	expect 0 axvm-run stop --force bare
	expect 0 axvm-run destroy bare
}

idle_costs_nothing()
{
	start_guest a idle --cpus 2
	eventually 10 said a idle || fail "it does not run"
	sleep 1
	before=$(ticks_of a)
	sleep 3
	used=$(($(ticks_of a) - before))
	echo "$used ticks in 3 seconds"
	[ $used -le 3 ] || fail "$used clock ticks in 3 seconds"
	is_state a running || fail "state is '$(state_of a)'"
}

threads_are_named()
{
	start_guest a spin --cpus 2
	eventually 10 said a spinning || fail "it does not run"
	[ "$(threads_of a | wc -l)" = 2 ] || fail "$(threads_of a | wc -l) threads axvm/a/N"
	before=$(ticks_of a)
	sleep 1
	[ "$(ticks_of a)" -gt "$before" ] || fail "their time is not accounted"
}

vcpus_stay_on_their_cpus()
{
	last=$(($(nproc --all) - 1))
	[ "$last" -ge 1 ] || leave "one CPU"
	vm_config pinned spin 2 "phys_cpu_sets = [$((1 << last)), $((1 << (last - 1)))]" > "$WORK/pinned.toml"
	axvm-run --detach "$WORK/pinned.toml" || fail "it does not start"
	eventually 10 said pinned spinning || fail "it does not run"
	for pid in $(threads_of pinned); do
		name=$(cat "/proc/$pid/comm")
		allowed=$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status")
		[ $((${name##*/} + allowed)) = "$last" ] || fail "$name may run on $allowed"
	done
}

isolated_cpus_are_left_alone()
{
	isolated=$(cat /sys/devices/system/cpu/isolated)
	[ -n "$isolated" ] || leave "no isolated CPU"
	start_guest a spin --cpus 2
	eventually 10 said a spinning || fail "it does not run"
	for pid in $(threads_of a); do
		! sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status" | grep -w "$isolated" ||
			fail "$(cat "/proc/$pid/comm") may run on CPU $isolated"
	done
}

free_kib()
{
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}

nothing_lost()
{
	lost=$((before - $(free_kib)))
	echo "$lost KiB less"
	[ $lost -lt 8192 ]
}

# Pages come back some time after a VM is gone; six VMs touch 384 MiB.
memory_comes_back()
{
	for n in 1 2; do
		expect 0 run_guest a memory > /dev/null
	done
	before=$(free_kib)
	for n in 1 2 3 4 5 6; do
		expect 0 run_guest a memory > /dev/null
	done
	eventually 10 nothing_lost || fail "$lost KiB are lost"
}

# usage: came_up NAME TIMES
came_up()
{
	said "$1" rebooting
	times=$(grep -c 'ok reboot.image_is_fresh' "$WORK/said-$1")
	[ "$times" -ge "$2" ]
}

reboots_by_itself()
{
	start_guest a reboot
	eventually 10 came_up a 3 || fail "it came up $times times"
	grep 'not ok' "$WORK/said-a" && fail "it came up wrong"
	expect 0 axvm-run destroy --force a
}

# A machine would start again, or hang: the guest has failed, or does what cannot be done for it.
fatal_ends_are_told()
{
	for way in 0 1 2 3 4; do
		expect 4 run_guest a triple --cpus 2 --append "way=$way" 2> "$WORK/errors"
		cat "$WORK/errors"
		reason=bad-exit
		[ "$way" -gt 1 ] || reason=cpu-shutdown
		grep -q "(${reason}[,)]" "$WORK/errors" || fail "way $way ended otherwise: no $reason"
	done
	list_is_empty
}

run_function "$@"
CHOSEN=$*
export CHOSEN
load_or_stop
scenario list_is_empty 20 list_is_empty
scenario powers_off 30 powers_off
scenario failure_is_told 30 failure_is_told
scenario created_then_started 30 created_then_started
scenario two_at_once 120 two_at_once
scenario more_vcpus_than_cpus 120 more_vcpus_than_cpus
scenario more_memory_than_host 60 more_memory_than_host
scenario many_at_once 120 many_at_once
scenario json_is_valid 60 json_is_valid
scenario show_tells 30 show_tells
scenario stops_within_a_second 60 stops_within_a_second
scenario destroyed_while_running 60 destroyed_while_running
scenario wrong_states_refused 60 wrong_states_refused
scenario names_and_ids 120 names_and_ids
scenario bad_images_refused 60 bad_images_refused
scenario owner_killed 60 owner_killed
scenario owner_terminated 60 owner_terminated
scenario kept_without_owner 60 kept_without_owner
scenario console_talks 60 console_talks
scenario console_history 60 console_history
scenario console_for_two 60 console_for_two
scenario console_detaches 90 console_detaches
scenario monitor_sees_all 60 monitor_sees_all
scenario monitor_tells_at_once 30 monitor_tells_at_once
scenario wait_tells 60 wait_tells
scenario idle_costs_nothing 60 idle_costs_nothing
scenario threads_are_named 60 threads_are_named
scenario vcpus_stay_on_their_cpus 60 vcpus_stay_on_their_cpus
scenario isolated_cpus_are_left_alone 60 isolated_cpus_are_left_alone
scenario memory_comes_back 180 memory_comes_back
scenario reboots_by_itself 60 reboots_by_itself
if [ "$ARCH" = x86_64 ]; then
	scenario fatal_ends_are_told 120 fatal_ends_are_told
fi
if [ "$ARCH" = aarch64 ]; then
	scenario sve_is_given 120 sve_is_given
	scenario no_interrupt_controller 60 no_interrupt_controller
fi
end_unloaded
