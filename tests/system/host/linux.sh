#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Linux as guest: the stock kernel of the architecture.
# usage: linux.sh [SCENARIO...]   all of them if none is named

. /tests/host/lib.sh

CONFIG=/etc/axvm/linux-$ARCH-smp2.toml
IMAGES=/var/lib/axvm/linux-$ARCH

# usage: shows_itself CPUS COMMAND...   a guest that says what it is and powers off
shows_itself()
{
	count=$1
	shift
	"$@" > "$WORK/raw"
	status=$?
	tr -d '\r' < "$WORK/raw" | tee "$WORK/guest"
	[ "$status" = 0 ] || fail "status $status"
	grep "^Linux .* $ARCH" "$WORK/guest" || fail "no uname"
	grep -x "$count" "$WORK/guest" || fail "nproc is not $count"
}

demo() { shows_itself 2 axvm-run "$CONFIG" --append axvm.demo=auto; }

# usage: boots CPUS IMAGE WORDS   with words for the guest's kernel; half a GiB
boots()
{
	shows_itself "$1" axvm-run --kernel "$IMAGES/$2" --initrd "$IMAGES/initrd" --name guest \
		--cpus "${4:-2}" --mem 512M --append "axvm.demo=auto $3"
}

one_cpu() { boots 1 Image '' 1; }

full_kernel()
{
	boots 2 Image-full ''
	grep '^Linux .*cloud' "$WORK/guest" && fail "it is the same kernel"
	return 0
}

nosmp() { boots 1 Image nosmp; }

noapic() { boots 2 Image noapic; }

nolapic() { boots 1 Image nolapic; }

# The MP table takes the place of ACPI, which the kernel for clouds cannot read. Nothing powers the
# machine off then: it halts for good.
acpi_off()
{
	axvm-run --kernel "$IMAGES/Image-full" --initrd "$IMAGES/initrd" --name guest --cpus 2 --mem 512M \
		--detach --append 'axvm.demo=auto acpi=off' || fail "it does not start"
	eventually 100 said guest "Linux guest" || fail "no uname"
	eventually 20 said guest "System halted" || fail "it does not halt"
	cat "$WORK/said-guest"
	grep -x 2 "$WORK/said-guest" || fail "nproc is not 2"
	expect 0 axvm-run stop guest
	expect 0 axvm-run destroy guest
}

# usage: initrd_with_drivers FILE   a second archive behind the first, at a multiple of four bytes
initrd_with_drivers()
{
	size=$(wc -c < "$IMAGES/initrd")
	cp "$IMAGES/initrd" "$1"
	[ -d /tests/drivers ] || return 0
	head -c $((-size & 3)) /dev/zero >> "$1"
	(cd /tests && find drivers | cpio -o -H newc) >> "$1" || fail "no archive of the drivers"
}

# The guest's kernel dies: the VM ends as crashed, and the reason is told.
crash_is_told()
{
	initrd_with_drivers "$WORK/initrd"
	cat > "$WORK/script" <<-'END'
	for driver in pvpanic pvpanic-mmio; do
		[ ! -f /drivers/$driver.ko ] || insmod /drivers/$driver.ko
	done
	echo c > /proc/sysrq-trigger
	END
	axvm-run --kernel "$IMAGES/Image" --initrd "$WORK/initrd" --name guest --cpus 2 --mem 512M \
		--append "axvm.run=base64:$(base64 < "$WORK/script" | tr -d '\n')" \
		> "$WORK/raw" 2> "$WORK/errors"
	status=$?
	tr -d '\r' < "$WORK/raw" | tail -n 40
	cat "$WORK/errors"
	[ "$status" = 3 ] || fail "status $status"
	grep 'sysrq triggered crash' "$WORK/raw" || fail "the guest did not crash"
	grep -iE 'crash|panic|fail' "$WORK/errors" || fail "no reason is told"
}

two_at_once()
{
	axvm-run "/etc/axvm/pair-a-$ARCH.toml" "/etc/axvm/pair-b-$ARCH.toml" \
		--append axvm.demo=auto > "$WORK/pair" || fail "status $?"
	cat "$WORK/pair"
	[ "$(grep -c "Linux .* $ARCH" "$WORK/pair")" = 2 ] || fail "not two of them"
}

# usage: in_guest OPTION... < SCRIPT   run in a guest; its output in "$WORK/guest"
in_guest()
{
	axvm-run --kernel "$IMAGES/Image" --initrd "$IMAGES/initrd" --name guest "$@" \
		--append "axvm.run=base64:$(base64 | tr -d '\n')" > "$WORK/raw" || fail "status $?"
	tr -d '\r' < "$WORK/raw" > "$WORK/guest"
	cat "$WORK/guest"
}

devices_work()
{
	in_guest --cpus 2 --mem 256M <<-'END'
	echo "cpus $(grep -c ^processor /proc/cpuinfo)"
	echo "clock $(ls /sys/class/rtc)"
	start=$(sed 's/\..*//' /proc/uptime)
	sleep 2
	echo "slept $(($(sed 's/\..*//' /proc/uptime) - start))"
	echo "year $(date +%Y)"
	dd if=/dev/zero of=/tmp/file bs=1M count=32 2> /dev/null && echo "wrote $(wc -c < /tmp/file)"
	dmesg | grep -E 'BUG|WARNING|Oops|Unable to handle|stall' && echo 'the kernel complains'
	END
	grep -x 'cpus 2' "$WORK/guest" || fail "not 2 CPUs"
	grep -x 'clock rtc0' "$WORK/guest" || fail "no clock"
	grep 'slept [23]' "$WORK/guest" || fail "time runs wrong"
	grep "year $(date +%Y)" "$WORK/guest" || fail "the date is wrong"
	grep -x 'wrote 33554432' "$WORK/guest" || fail "memory"
	grep 'the kernel complains' "$WORK/guest" && fail "the guest's kernel complains"
	return 0
}

# A process with floating point on each CPU, while the other guest CPUs compute too.
computes()
{
	in_guest --cpus 4 --mem 256M <<-'END'
	echo "cpus $(grep -c ^processor /proc/cpuinfo)"
	for n in 1 2 3 4; do
		awk 'BEGIN { for (i = 1; i < 200000; i++) s += 1 / (i * i); printf "sum %.6f\n", s }' &
	done
	wait
	END
	grep -x 'cpus 4' "$WORK/guest" || fail "not 4 CPUs"
	[ "$(grep -c 'sum 1.644929' "$WORK/guest")" = 4 ] || fail "wrong sums"
}

# usage: await TEXT FILE   within the time of a start on a slow host
await() { eventually $((150 * PATIENCE)) grep -qF -- "$1" "$2" || fail "'$1' does not come"; }

# usage: is_there TEXT FILE COUNT   that often?
is_there() { [ "$(grep -cF -- "$1" "$2")" -ge "$3" ]; }

# A guest with its console in "$WORK/console" and what is written to descriptor 4 as its input;
# sets run.
begin_typing()
{
	rm -f "$WORK/input"
	mkfifo "$WORK/input"
	: > "$WORK/console"
	axvm-run "$CONFIG" < "$WORK/input" > "$WORK/console" &
	run=$!
	exec 4> "$WORK/input"
}

# People type in it, reboot it and power it off.
shell_and_reboot()
{
	begin_typing
	await 'ends it.' "$WORK/console"
	sleep 2
	echo 'expr 6 \* 7 + 100000' >&4
	await 100042 "$WORK/console"
	echo 'reboot -f' >&4
	eventually $((150 * PATIENCE)) is_there 'ends it.' "$WORK/console" 2 || fail "it does not come up again"
	sleep 2
	echo 'poweroff' >&4
	wait "$run"
	status=$?
	exec 4>&-
	tr -d '\r' < "$WORK/console" | tail -n 20
	[ "$status" = 0 ] || fail "status $status"
}

# What is typed before the guest's driver looks for it waits there, down to the first byte.
typed_while_booting()
{
	begin_typing
	echo 'expr 6 \* 7 + 100000' >&4
	await 100042 "$WORK/console"
	echo 'poweroff' >&4
	expect 0 wait "$run"
	exec 4>&-
}

stopped_while_booting()
{
	axvm-run "$CONFIG" --detach || fail "it does not start"
	for pause in 200000 900000; do
		usleep $pause
		axvm-run list
	done
	name=$(axvm-run list | awk 'NR == 2 { print $2 }')
	expect 0 axvm-run stop "$name"
	expect 0 axvm-run destroy "$name"
}

run_function "$@"
CHOSEN=$*
export CHOSEN
load_or_stop
scenario demo 120 demo
scenario one_cpu 120 one_cpu
scenario two_at_once 240 two_at_once
scenario devices_work 180 devices_work
scenario computes 300 computes
scenario shell_and_reboot 400 shell_and_reboot
scenario typed_while_booting 240 typed_while_booting
scenario stopped_while_booting 60 stopped_while_booting
[ -z "$PANIC_IS_TOLD" ] || scenario crash_is_told 120 crash_is_told
if [ "$ARCH" = x86_64 ]; then
	scenario full_kernel 180 full_kernel
	scenario nosmp 120 nosmp
	scenario noapic 120 noapic
	scenario nolapic 120 nolapic
	scenario acpi_off 200 acpi_off
fi
end_unloaded
