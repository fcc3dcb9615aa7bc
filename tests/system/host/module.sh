#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Loading and unloading, and what must be as before afterwards.
# usage: module.sh [TIMES]   how often it is loaded and unloaded

. /tests/host/lib.sh

TIMES=${TIMES:-10}

loads_and_says_so()
{
	load
	dmesg | grep 'axvm: ready' || fail "no line in the kernel's log"
	[ -c /dev/axvm ] || fail "no /dev/axvm"
	refused insmod "$MODULE"
	unload
	[ ! -e /dev/axvm ] || fail "/dev/axvm is left"
	refused axvm-run list
}

# A process has its vector registers full while each CPU is taken and given back.
vectors_are_left_alone()
{
	/tests/vectors 0
	[ $? != 77 ] || leave "no CPU with long vectors"
	for cpu in 0 1; do
		taskset "$((1 << cpu))" /tests/vectors 6 &
		holders="${holders:-} $!"
	done
	for _ in 1 2 3; do
		sleep 1
		load
		unload
	done
	for holder in $holders; do
		wait "$holder" || fail "a process lost what was in its vectors"
	done
}

dump_csrs()
{
	[ -e /proc/csrdump ] || insmod /tests/csrdump.ko || fail "csrdump.ko does not load"
	cat /proc/csrdump > "$1"
	[ -s "$1" ] || fail "no registers"
}

same_csrs()
{
	diff "$WORK/csrs" "$WORK/csrs-after" || fail "registers differ"
}

registers_put_back()
{
	dump_csrs "$WORK/csrs"
	wc -l < "$WORK/csrs"
	load
	dump_csrs "$WORK/csrs-loaded"
	if [ -z "$LOADS_UNSEEN" ] && cmp -s "$WORK/csrs" "$WORK/csrs-loaded"; then
		fail "loading changes nothing: is this the right CPU?"
	fi
	unload
	dump_csrs "$WORK/csrs-after"
	same_csrs
}

registers_put_back_after_use()
{
	dump_csrs "$WORK/csrs"
	load
	for program in $STATE_PROGRAMS; do
		expect 0 run_guest a $program --cpus 2
	done
	unload
	dump_csrs "$WORK/csrs-after"
	same_csrs
}

loads_again_and_again()
{
	n=0
	while [ $n -lt "$TIMES" ]; do
		n=$((n + 1))
		insmod "$MODULE" || fail "insmod $n"
		run_guest a poweroff --cpus 2 > "$WORK/guest" || fail "guest $n"
		rmmod axvm || fail "rmmod $n"
	done
	echo "$n times"
}

stays_while_vms_exist()
{
	load
	start_guest a idle --cpus 2
	refused rmmod axvm
	is_state a running || fail "the VM is '$(state_of a)'"
	expect 0 axvm-run stop a
	refused rmmod axvm
	expect 0 axvm-run destroy a
	unload
}

unloads_under_a_reader()
{
	load
	axvm-run monitor -n 1 > "$WORK/monitor" &
	sleep 1
	rmmod axvm
	echo "rmmod: $?"
	kill $! 2> /dev/null
	[ -d /sys/module/axvm ] && unload
	return 0
}

# CPU 1 comes and goes, and is there to begin with.
has_hotplug()
{
	[ -w /sys/devices/system/cpu/cpu1/online ] || leave "no CPU can go offline"
	hotplug 1
}

hotplug() { echo "$1" > /sys/devices/system/cpu/cpu1/online || fail "cpu1 does not go $1"; }

follows_cpu_hotplug()
{
	has_hotplug
	dump_csrs "$WORK/csrs"
	load
	run_guest a fp --cpus 2 --append ms=8000 > "$WORK/a" &
	guest=$!
	eventually 10 is_state a running || fail "it does not run"
	for _ in 1 2 3; do
		hotplug 0
		sleep 1
		hotplug 1
		sleep 1
	done
	wait "$guest" || fail "the guest's status is $?"
	unload
	dump_csrs "$WORK/csrs-after"
	same_csrs
}

# CPUs lose their state in idle, and what a hypervisor had in them, while a guest uses them.
survives_idle_states()
{
	dump_csrs "$WORK/csrs"
	load
	run_guest a fp --cpus 2 --append ms=4000 > "$WORK/a" &
	guest=$!
	eventually 10 is_state a running || fail "it does not run"
	for _ in 1 2 3 4 5; do
		echo 20 > /sys/module/csrdump/parameters/sleeps || fail "the CPUs do not sleep"
		usleep 200000
	done
	wait "$guest" || fail "the guest's status is $?"
	cat "$WORK/a"
	expect 0 run_guest a timer --cpus 2
	unload
	dump_csrs "$WORK/csrs-after"
	same_csrs
}

# usage: pinned_guest CPU   a VM "pinned" whose two vCPUs may run on that CPU alone
pinned_guest()
{
	vm_config pinned fp 2 "phys_cpu_sets = [$((1 << $1)), $((1 << $1))]" '' ms=8000 > "$WORK/pinned.toml"
	axvm-run "$WORK/pinned.toml"
}

# A CPU comes and goes while vCPUs are pinned to another one, and they stay there.
pinned_while_others_go()
{
	has_hotplug
	keep=$(($(nproc --all) - 1))
	[ "$keep" != 1 ] || keep=0
	load
	pinned_guest "$keep" > "$WORK/pinned" &
	guest=$!
	eventually 10 is_state pinned running || fail "it does not run"
	for _ in 1 2 3; do
		for online in 0 1; do
			hotplug $online
			sleep 1
			for pid in $(threads_of pinned); do
				allowed=$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status" 2> /dev/null)
				# On a slow host the guest is done before.
				[ "${allowed:-$keep}" = "$keep" ] || fail "a vCPU left its CPU"
			done
		done
	done
	wait "$guest"
	status=$?
	cat "$WORK/pinned"
	[ "$status" = 0 ] || fail "the guest's status is $status"
	unload
}

comes_online_unloaded()
{
	has_hotplug
	dump_csrs "$WORK/csrs"
	hotplug 0
	load
	expect 0 run_guest a hello --cpus 2
	hotplug 1
	expect 0 run_guest a fp --cpus 2
	unload
	dump_csrs "$WORK/csrs-after"
	same_csrs
}

# usage: kvm_file PART
kvm_file() { find "/lib/modules/$(uname -r)" -name "$1.ko*" | head -n 1; }

# usage: load_kvm PART...
load_kvm()
{
	for part; do
		file=$(kvm_file "$part")
		[ -n "$file" ] || leave "no module $part"
		insmod "$file" || leave "$part does not load"
	done
}

unload_kvm()
{
	for part in $(reversed $KVM_PARTS); do
		rmmod "$part" || fail "$part cannot be unloaded"
	done
}

not_beside_kvm()
{
	load_kvm $KVM_PARTS
	refused insmod "$MODULE"
	dmesg | tail -n 5 | grep 'axvm:.*KVM' || fail "the log does not name KVM"
	unload_kvm
	load
	expect 0 run_guest a hello
	unload
}

# KVM's last module takes the hardware: that one is refused while axvm has it.
keeps_kvm_away()
{
	load_kvm $KVM_PARTS
	unload_kvm
	taker=${KVM_PARTS##* }
	load
	# shellcheck disable=SC2086
	[ "$taker" = "$KVM_PARTS" ] || load_kvm ${KVM_PARTS% *}
	refused insmod "$(kvm_file "$taker")"
	dmesg | tail -n 5
	expect 0 run_guest a hello
	unload
	insmod "$(kvm_file "$taker")" || fail "KVM does not load after axvm"
	unload_kvm
}

run_function "$@"
TIMES=${1:-10} UNLOADED=yes
export TIMES
scenario loads_and_says_so 60 loads_and_says_so
scenario vectors_are_left_alone 60 vectors_are_left_alone
scenario registers_put_back 60 registers_put_back
scenario registers_put_back_after_use 120 registers_put_back_after_use
scenario loads_again_and_again $((TIMES * 20)) loads_again_and_again
scenario stays_while_vms_exist 60 stays_while_vms_exist
scenario unloads_under_a_reader 60 unloads_under_a_reader
scenario follows_cpu_hotplug 120 follows_cpu_hotplug
if [ "$ARCH" = aarch64 ]; then
	scenario survives_idle_states 120 survives_idle_states
fi
scenario pinned_while_others_go 120 pinned_while_others_go
scenario comes_online_unloaded 120 comes_online_unloaded
if [ -n "$KVM_PARTS" ]; then
	scenario not_beside_kvm 60 not_beside_kvm
	scenario keeps_kvm_away 60 keeps_kvm_away
fi
