#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Costs in instructions, on a host that counts them. Some have a limit.
# usage: bench.sh [shell]   shell: what a start of Linux costs, too

. /tests/host/lib.sh

# usage: limit NAME   most instructions allowed, nothing: no limit. It is what is aimed at.
limit()
{
	case $ARCH/$1 in
	riscv64/null_call) echo 400 ;;
	riscv64/mmio_read) echo 600 ;;
	x86_64/null_call | x86_64/cpuid) echo 350 ;;
	x86_64/port_read) [ "$BACKEND" = vmx ] && echo 750 || echo 450 ;;
	aarch64/null_call) [ "$BACKEND" = vhe ] && echo 450 || echo 700 ;;
	aarch64/mmio_read) echo 700 ;;
	esac
}

# The guest counts nanoseconds. Bochs, which emulates VMX, lets ten of them pass with each instruction.
instructions() { [ "$BACKEND" = vmx ] && echo $(($1 / 10)) || echo "$1"; }

report()
{
	while read -r word name cost _; do
		[ "$word" = bench ] || continue
		name=${name%:} cost=$(instructions "$cost")
		most=$(limit "$name")
		echo "$name: $cost instructions${most:+, at most $most}"
		if [ -n "$most" ] && [ "$cost" -gt "$most" ]; then
			not_ok "$name" "$cost instructions, more than $most"
		else
			ok "$name"
		fi
	done < "$WORK/bench"
}

# From the command to the guest's own words, in milliseconds: one million instructions each.
shell()
{
	start=$(now)
	axvm-run /etc/axvm/linux-$ARCH-smp2.toml --append axvm.demo=auto > "$WORK/demo" ||
		fail "status $?"
	echo "axvm-run to the end of the guest: $((($(now) - start) * 10)) million instructions"
}

run_function "$@"
load_or_stop
BACKEND=$(axvm-run -j capabilities | sed -n 's/.*"backend": *"\([a-z]*\)".*/\1/p')
axvm-run --kernel "$GUESTS/bench.elf" --cpus "$BENCH_CPUS" --mem 64M --name bench < /dev/null |
	tr -d '\r' > "$WORK/bench"
report
[ "${1:-}" != shell ] || scenario shell 900 shell
end_unloaded
