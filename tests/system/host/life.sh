#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What must never go wrong in the life of a VM: its ends, its owner, its limits, and the host beside it.
# usage: life.sh [--long] [SCENARIO...]   all of them if none is named

. /tests/host/lib.sh

GROUP=/sys/fs/cgroup/axvm-test
MIB=1048576

is_gone() { [ -z "$(state_of "$1")" ]; }

# Threads of VMs, and those that hold a VM's place in the cgroups.
threads_left() { grep -lE '^axvm(/|-place)' /proc/[0-9]*/comm 2> /dev/null; }

nothing_left()
{
	[ "$(axvm-run list | wc -l)" = 1 ] && [ -z "$(threads_left)" ]
}

expect_nothing_left()
{
	eventually 10 nothing_left || fail "left: $(axvm-run list) $(threads_left)"
}

# --- ends ---

# Each state, and the way there.
destroyed_in_every_state()
{
	axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name created > "$WORK/id"
	for name in running paused stopped ready; do
		start_guest "$name" idle --cpus 2
	done
	expect 0 axvm-run pause paused
	expect 0 axvm-run stop stopped ready
	expect 0 axvm-run reset ready
	axvm-run create --kernel "$GUESTS/failure.elf" --mem 64M --name crashed > "$WORK/id"
	expect 3 axvm-run start --console crashed
	for name in created running paused stopped ready crashed; do
		is_state $name $name || fail "$name is '$(state_of $name)'"
	done
	for name in created stopped ready crashed; do
		expect 0 axvm-run destroy $name
	done
	for name in running paused; do
		refused axvm-run destroy $name
		expect 0 axvm-run destroy --force $name
	done
	expect_nothing_left
}

# A second, however many vCPUs spin and however the VM stands.
ends_within_a_second()
{
	for way in spin idle reboot; do
		start_guest a $way --cpus 4
		sleep 1
		start=$(now)
		axvm-run list > "$WORK/list"
		base=$(($(now) - start))
		start=$(now)
		expect 0 axvm-run stop --force a
		took=$(($(now) - start - base))
		echo "$way: $took hundredths of a second"
		[ $took -le $((100 * PATIENCE)) ] || fail "$way: it took $took hundredths of a second"
		expect 0 axvm-run destroy a
	done
	expect_nothing_left
}

asked_to_power_off()
{
	start_guest a button
	eventually 10 said a listening || fail "it does not run"
	expect 0 axvm-run stop a
	axvm-run show a
	axvm-run show a | grep -q 'reason guest-poweroff' || fail "it was stopped by force"
	expect 0 axvm-run destroy a
}

deaf_guest_is_stopped()
{
	start_guest a button --append deaf
	eventually 10 said a listening || fail "it does not run"
	start=$(now)
	axvm-run stop --timeout 3 a 2> "$WORK/errors" || fail "status $?"
	took=$(($(now) - start))
	cat "$WORK/errors"
	grep -q 'by force' "$WORK/errors" || fail "nobody says that it was forced"
	said a pressed || fail "the guest was not asked"
	[ $took -ge 290 ] && [ $took -le 600 ] || fail "it took $took hundredths of a second"
	expect 0 axvm-run destroy a
}

# A guest that nobody can ask is stopped at once, and that is told.
no_button_is_told()
{
	start_guest a idle
	start=$(now)
	axvm-run stop a 2> "$WORK/errors" || fail "status $?"
	cat "$WORK/errors"
	grep -q 'no power button' "$WORK/errors" || fail "nobody says that there is no button"
	[ $(($(now) - start)) -le 500 ] || fail "it was waited for"
	expect 0 axvm-run destroy a
}

# A guest that only restarts costs little: at most five times a second, after the first ten.
reboots_are_curbed()
{
	axvm-run monitor -j > "$WORK/events" &
	monitor=$!
	sleep 1
	start_guest a reboot
	sleep 6
	start=$(now)
	expect 0 axvm-run stop --force a
	echo "stopped within $(($(now) - start)) hundredths of a second"
	kill $monitor
	times=$(grep -c '"state": *"running"' "$WORK/events")
	echo "$times times in 6 seconds"
	[ "$times" -ge 5 ] || fail "it restarts only $times times"
	[ "$times" -le 45 ] || fail "it restarts $times times"
	expect 0 axvm-run destroy a
}

has_ended() { case $(state_of "$1") in '' | destroyed) ;; *) return 1 ;; esac; }

# With its end, however long somebody looks at its terminal.
name_is_free_at_once()
{
	for n in 1 2 3; do
		start_guest a idle
		cat /dev/ttyAXVM0 > "$WORK/tty" 2> /dev/null &
		sleep 1
		axvm-run destroy --force a &
		eventually 10 has_ended a || fail "it is '$(state_of a)'"
		axvm-run create --kernel "$GUESTS/idle.elf" --mem 64M --name a > "$WORK/id" || fail "the name is taken"
		wait
		expect 0 axvm-run destroy a
	done
	expect_nothing_left
}

# --- owners ---

killed_at_any_time()
{
	for n in $(seq 1 20); do
		axvm-run --kernel "$GUESTS/spin.elf" --mem 64M --cpus 2 --name "vm$n" > "$WORK/out" 2>&1 &
		usleep $((n * 7919 % 37 * 10000))
		kill -9 $!
	done
	wait
	eventually 20 nothing_left || fail "left: $(axvm-run list) $(threads_left)"
}

# Memory that is taken in advance, for a creator that dies meanwhile: both go.
killed_while_backing()
{
	free=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
	for n in 1 2 3 4; do
		axvm-run --kernel "$GUESTS/idle.elf" --mem $((free / 2048))M --prealloc --name a > "$WORK/out" 2>&1 &
		usleep $((n * 150000))
		kill -9 $!
		wait $!
		eventually 20 nothing_left || fail "left: $(axvm-run list) $(threads_left)"
	done
	expect 0 axvm-run --kernel "$GUESTS/poweroff.elf" --mem $((free / 2048))M --prealloc --name a
}

# While a command takes long, generic netlink serves others: also those who come and go.
long_commands_block_nobody()
{
	free=$(awk '/^MemFree/ { print $2 }' /proc/meminfo)
	axvm-run create --kernel "$GUESTS/idle.elf" --mem $((free * 6 / 10 / 1024))M --prealloc --name big \
		> "$WORK/id" &
	creator=$!
	worst=0 times=0 begin=$(now)
	while kill -0 $creator 2> /dev/null; do
		start=$(now)
		axvm-run list > "$WORK/list" || fail "list: status $?"
		took=$(($(now) - start))
		[ $took -le $worst ] || worst=$took
		times=$((times + 1))
	done
	whole=$(($(now) - begin))
	wait $creator || fail "create: status $?"
	echo "asked $times times in $whole hundredths of a second, the longest took $worst"
	[ $worst -le $((whole / 2)) ] || fail "it took $worst of $whole hundredths of a second"
	expect 0 axvm-run destroy big
}

# --- limits of the creator ---

make_group()
{
	[ -f /sys/fs/cgroup/cgroup.controllers ] || leave "no cgroups"
	echo '+cpu +memory' > /sys/fs/cgroup/cgroup.subtree_control || leave "no controllers"
	# One that failed leaves its own.
	[ ! -d "$GROUP" ] || remove_group
	mkdir "$GROUP" || fail "no group"
}

# The last thread takes a moment to leave.
remove_group()
{
	eventually 5 rmdir "$GROUP" || fail "the group cannot be removed: $(cat "$GROUP/cgroup.procs")"
}

# usage: in_group COMMAND...
in_group()
{
	sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$GROUP" "$@"
}

cpu_limit_holds()
{
	make_group
	echo '20000 100000' > "$GROUP/cpu.max"
	in_group axvm-run create --kernel "$GUESTS/spin.elf" --mem 64M --cpus 4 --name a > "$WORK/id" ||
		fail "create"
	expect 0 axvm-run start a
	eventually 20 said a spinning || fail "it does not run"
	for pid in $(threads_of a); do
		grep -q 'axvm-test$' "/proc/$pid/cgroup" || fail "in $(cat "/proc/$pid/cgroup")"
	done
	before=$(ticks_of a)
	start=$(now)
	sleep 5
	used=$((($(ticks_of a) - before) * 100 / ($(now) - start)))
	echo "$used percent of a CPU, of 20; $(grep throttled "$GROUP/cpu.stat" | tr '\n' ' ')"
	[ $used -ge 12 ] && [ $used -le 35 ] || fail "$used percent of a CPU"
	# Those who end do not wait for their turn.
	echo '1000 1000000' > "$GROUP/cpu.max"
	sleep 2
	expect_quick_end a
	start=$(now)
	expect 0 axvm-run destroy a
	echo "destroyed within $(($(now) - start)) hundredths of a second"
	remove_group
}

# usage: expect_quick_end VM   forced
expect_quick_end()
{
	start=$(now)
	expect 0 axvm-run stop --force "$1"
	took=$(($(now) - start))
	echo "stopped within $took hundredths of a second"
	[ $took -le $((100 * PATIENCE)) ] || fail "it took $took hundredths of a second to stop"
}

# Above memory.high whoever allocates sleeps, for up to two seconds each time; not who has only to end.
pressure_delays_no_end()
{
	make_group
	for guest in memory reboot; do
		in_group axvm-run create --kernel "$GUESTS/$guest.elf" --mem 64M --name a > "$WORK/id" ||
			fail "create"
		echo $(($(cat "$GROUP/memory.current") + MIB)) > "$GROUP/memory.high"
		expect 0 axvm-run start a
		sleep 3
		grep '^high ' "$GROUP/memory.events"
		state=$(state_of a)
		case $state in running | stopping | ready) ;; *) fail "$guest: it is '$state'" ;; esac
		expect_quick_end a
		expect 0 axvm-run destroy a
		echo max > "$GROUP/memory.high"
	done
	remove_group
}

group_memory() { echo $(($(cat "$GROUP/memory.current") / MIB)); }

# The guest touches 64 MiB; the creator may have 48.
memory_limit_crashes_the_vm()
{
	make_group
	echo $((48 * MIB)) > "$GROUP/memory.max"
	in_group axvm-run create --kernel "$GUESTS/memory.elf" --mem 64M --name a > "$WORK/id" ||
		fail "create"
	axvm-run start --console a
	echo "status $?, $(group_memory) MiB"
	is_state a crashed || fail "it is '$(state_of a)'"
	axvm-run show a | tee "$WORK/show"
	grep -qi 'memory' "$WORK/show" || fail "no reason is told"
	grep '^oom_kill 0$' "$GROUP/memory.events" || fail "somebody was killed"

	echo max > "$GROUP/memory.max"
	expect 0 axvm-run reset a
	expect 0 axvm-run start --console a
	[ "$(group_memory)" -ge 60 ] || fail "the creator pays for $(group_memory) MiB of 64"
	expect 0 axvm-run destroy a
	eventually 5 sh -c "[ \$(cat $GROUP/memory.current) -lt $((8 * MIB)) ]" ||
		fail "the creator pays for $(group_memory) MiB of nothing"
	remove_group
}

# --- which CPUs ---

# usage: create_pinned NAME CPU   two vCPUs that spin there
create_pinned()
{
	vm_config "$1" spin 2 "phys_cpu_sets = [$((1 << $2)), $((1 << $2))]" > "$WORK/$1.toml"
	axvm-run create "$WORK/$1.toml"
}

# usage: run_on NAME CPU   its threads do, and may nowhere else
run_on()
{
	for pid in $(threads_of "$1"); do
		grep -q "^Cpus_allowed_list:[^0-9]*$2\$" "/proc/$pid/status" || return 1
		[ "$(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $37 }')" = "$2" ] || return 1
	done
}

show_cpus()
{
	for pid in $(threads_of "$1"); do
		sed 's/ (.*) .*//' "/proc/$pid/stat"
		grep Cpus_allowed_list "/proc/$pid/status"
	done
}

# On a CPU with nohz_full, too, where the kernel puts no thread of its own.
pinned_where_it_was_told()
{
	last=$(($(nproc --all) - 1))
	create_pinned a $last > "$WORK/id" || fail "create"
	expect 0 axvm-run start a
	eventually 10 said a spinning || fail "it does not run"
	eventually 10 run_on a $last || fail "it runs on $(show_cpus a)"
	expect 0 axvm-run destroy --force a
	refused create_pinned a 40 2> "$WORK/errors"
	cat "$WORK/errors"
	[ -s "$WORK/errors" ] || fail "no reason is told"
}

# What the kernel does to a thread's CPUs when they come and go is not for ever.
affinity_outlasts_hotplug()
{
	[ -w /sys/devices/system/cpu/cpu1/online ] || leave "no CPU can be taken offline"
	create_pinned a 1 > "$WORK/id" || fail "create"
	expect 0 axvm-run start a
	eventually 10 run_on a 1 || fail "it runs on $(show_cpus a)"
	echo 0 > /sys/devices/system/cpu/cpu1/online || fail "CPU 1 does not go offline"
	sleep 1
	show_cpus a
	state=$(state_of a)
	echo 1 > /sys/devices/system/cpu/cpu1/online
	[ "$state" = running ] || fail "it is '$state'"
	eventually 20 run_on a 1 || fail "it runs on $(show_cpus a)"
	expect 0 axvm-run destroy --force a
}

cpuset_is_the_limit()
{
	make_group
	echo '+cpuset' > /sys/fs/cgroup/cgroup.subtree_control || leave "no cpusets"
	echo 0 > "$GROUP/cpuset.cpus"
	create_pinned a 1 > "$WORK/id" || fail "create"
	expect 0 axvm-run destroy a
	refused in_group axvm-run create "$WORK/a.toml" 2> "$WORK/errors"
	cat "$WORK/errors"
	grep -q 'open to its creator' "$WORK/errors" || fail "no reason is told"
	echo 0-1 > "$GROUP/cpuset.cpus"
	in_group axvm-run create "$WORK/a.toml" > "$WORK/id" || fail "create"
	expect 0 axvm-run start a
	eventually 10 run_on a 1 || fail "it runs on $(show_cpus a)"
	echo 0 > "$GROUP/cpuset.cpus"
	eventually 10 run_on a 0 || fail "outside of the cpuset: $(show_cpus a)"
	echo 0-1 > "$GROUP/cpuset.cpus"
	eventually 20 run_on a 1 || fail "it does not come back: $(show_cpus a)"
	expect 0 axvm-run destroy --force a
	remove_group
}

# --- the host beside a guest ---

# usage: round_trips   maximum of pings to this host in microseconds, the first one aside, and how many
# hundredths of a second it takes to send 200 of them at intervals of 10 ms
round_trips()
{
	start=$(now)
	ping -c 200 -i 0.01 127.0.0.1 | sed -n '3,$s/.*time=\([0-9.]*\) ms/\1/p' |
		awk '$1 > max { max = $1 } END { printf "%d ", max * 1000 }'
	echo $(($(now) - start))
}

# Clock ticks that all CPUs spent in guests, and in all.
guest_ticks() { awk '/^cpu / { print $10, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

# The watchdogs for RCU and for lockups bark after about 20 seconds; the lab hears them.
spin_harms_nobody()
{
	seconds=$([ -n "$LONG" ] && echo 120 || echo 25)
	# shellcheck disable=SC2046
	set -- $(round_trips)
	alone=$1 quiet=$2
	start_guest a spin --cpus 2
	eventually 10 said a spinning || fail "it does not run"
	begin=$(now)
	while [ $(($(now) - begin)) -lt $((seconds * 50)) ]; do sleep 1; done
	# shellcheck disable=SC2046
	set -- $(round_trips) $(guest_ticks)
	while [ $(($(now) - begin)) -lt $((seconds * 100)) ]; do sleep 1; done
	worst=$1 busy=$2 ticks=$3 all=$4
	# shellcheck disable=SC2046
	set -- $(guest_ticks)
	spent=$((($1 - ticks) * 100 / ($2 - all)))
	echo "the slowest ping took $alone us alone, $worst us beside it"
	echo "200 pings took $quiet hundredths of a second alone, $busy beside it"
	echo "$spent percent of all time was the guest's"
	[ "$worst" -le $((alone * 5 + 50000)) ] || fail "a ping took $worst us"
	[ "$busy" -le $((quiet * 2)) ] || fail "timers are late: $busy for $quiet"
	[ "$spent" -ge $((100 / $(nproc))) ] || fail "guest time is $spent percent"
	expect 0 axvm-run destroy --force a
}

# usage: events_of VM   so many came; the state "ready" comes once with each restart
events_of() { axvm-run show "$1" | sed -n 's/.*, \([0-9]*\) events$/\1/p'; }

has_events() { [ "$(events_of "$1")" -ge "$2" ]; }

id_of() { axvm-run list | awk -v name="$1" '$2 == name { print $1 }'; }

# A process reads and writes guest memory all the while it is cleared: it finds zeroes or its own.
mapped_while_restarting()
{
	start_guest a reboot
	eventually 20 has_events a 9 || fail "it does not restart"
	/tests/mapper "$(id_of a)" $((RAM_BASE + 32 * MIB)) 512 10 || fail "mapper: status $?"
	/tests/mapper "$(id_of a)" $((RAM_BASE + 32 * MIB)) 512 5 &
	mapper=$!
	sleep 2
	expect 0 axvm-run destroy --force a
	is_gone a || fail "it is still there"
	wait $mapper || fail "mapper after the end: status $?"
	expect_nothing_left
}

memory_figures() { awk '/^MemFree/ { f = $2 } /^Slab/ { s = $2 } END { print f, s }' /proc/meminfo; }

lost_since() { echo $((${1% *} - $(awk '/^MemFree/ { print $2 }' /proc/meminfo))); }

lost_little() { [ "$(lost_since "$1")" -le 8192 ]; }

# usage: expect_no_growth BEFORE ROUNDS   8 MiB come and go with the host's own caches; some of what was
# freed waits for a grace period of RCU, or for a CPU that kept it
expect_no_growth()
{
	eventually 10 lost_little "$1"
	echo "free memory and slabs: $1, then $(memory_figures) after $2 rounds, KiB"
	lost_little "$1" || fail "$(lost_since "$1") KiB less"
}

cycles_leave_nothing()
{
	rounds=$([ -n "$LONG" ] && echo 1000 || echo 30)
	for n in $(seq 1 "$rounds"); do
		run_guest a poweroff > "$WORK/out" 2>&1 || fail "round $n: status $?"
		[ "$n" != 10 ] || before=$(memory_figures)
	done
	expect_nothing_left
	expect_no_growth "$before" "$rounds"
}

# Three events each.
restarts_leave_nothing()
{
	rounds=$([ -n "$LONG" ] && echo 1000 || echo 30)
	start_guest a reboot --cpus 2
	eventually 30 has_events a 33 || fail "it does not restart"
	before=$(memory_figures)
	eventually $((rounds)) has_events a $((rounds * 3)) || fail "only $(events_of a) events"
	expect_no_growth "$before" "$rounds"
	expect 0 axvm-run destroy --force a
}

many_at_once()
{
	count=$([ -n "$LONG" ] && echo 50 || echo 10)
	for n in $(seq 1 "$count"); do
		start_guest "vm$n" spin --mem 16M > "$WORK/id"
	done
	[ "$(axvm-run list | grep -c ' running ')" = "$count" ] || fail "not all of them run"
	start=$(now)
	expect 0 axvm-run stop --force --all
	echo "$count stopped within $(($(now) - start)) hundredths of a second"
	expect 0 axvm-run destroy --all
	expect_nothing_left
}

run_function "$@"
LONG=
if [ "${1:-}" = --long ]; then
	LONG=yes
	shift
fi
CHOSEN=$*
export LONG
load_or_stop
scenario destroyed_in_every_state 60 destroyed_in_every_state
scenario ends_within_a_second 60 ends_within_a_second
if [ "$ARCH" = x86_64 ]; then
	scenario asked_to_power_off 60 asked_to_power_off
	scenario deaf_guest_is_stopped 60 deaf_guest_is_stopped
fi
scenario no_button_is_told 60 no_button_is_told
scenario reboots_are_curbed 60 reboots_are_curbed
scenario name_is_free_at_once 60 name_is_free_at_once
scenario killed_at_any_time 90 killed_at_any_time
scenario killed_while_backing 120 killed_while_backing
scenario long_commands_block_nobody 120 long_commands_block_nobody
scenario cpu_limit_holds 60 cpu_limit_holds
scenario pressure_delays_no_end 60 pressure_delays_no_end
scenario memory_limit_crashes_the_vm 60 memory_limit_crashes_the_vm
scenario pinned_where_it_was_told 60 pinned_where_it_was_told
scenario affinity_outlasts_hotplug 60 affinity_outlasts_hotplug
scenario cpuset_is_the_limit 60 cpuset_is_the_limit
scenario mapped_while_restarting 60 mapped_while_restarting
scenario spin_harms_nobody 240 spin_harms_nobody
scenario cycles_leave_nothing 3600 cycles_leave_nothing
scenario restarts_leave_nothing 1200 restarts_leave_nothing
scenario many_at_once 300 many_at_once
end_unloaded
