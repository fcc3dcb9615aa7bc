# SPDX-License-Identifier: GPL-2.0
# Boots an emulated host, runs a command in it and judges the console log. Sourced by tests/lab/lab.
# shellcheck shell=bash

STATUS_DIED=123 STATUS_TIMEOUT=124 STATUS_SPLAT=125
KEPT_LOGS=60

run_defaults()
{
	arch='' backend='' kernel=stock cpus=2 mem=2G icount='' timeout='' append='' cpu='' cpu_flags=''
	machine='' acpi='' spare=0 do_build=1 copies=() extra=() command=()
}

run_parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--arch | --backend | --kernel | --cpus | --mem | --copy | --timeout | --append | \
			--cpu | --cpu-flags | --machine | --icount-shift | --qemu-arg)
			[ $# -ge 2 ] || die "$1 needs a value"
			run_option "$1" "$2"
			shift 2 ;;
		--icount) icount=0; shift ;;
		--acpi) acpi=1; shift ;;
		--no-build) do_build=''; shift ;;
		--) shift; command=("$@"); break ;;
		*) die "unknown argument '$1' (lab --help)" ;;
		esac
	done
}

run_option()
{
	case $1 in
	--arch) arch=$2 ;;
	--backend) backend=$2 ;;
	--kernel) kernel=$2 ;;
	--cpus) cpus=$2 ;;
	--mem) mem=$2 ;;
	--copy) copies+=("$2") ;;
	--timeout) timeout=$2 ;;
	--append) append="$append $2" ;;
	--cpu) cpu=$2 ;;
	--cpu-flags) cpu_flags="$cpu_flags,$2" ;;
	--machine) machine="$machine,$2" ;;
	--icount-shift) icount=$2 ;;
	--qemu-arg) extra+=("$2") ;;
	esac
}

run_check()
{
	[ -n "$arch" ] || die '--arch is missing'
	require_arch "$arch"
	require_kernel "$kernel"
	backend=${backend:-${DEFAULT_BACKEND[$arch]}}
	require_backend "$arch" "$backend"
	[ -z "$acpi" ] || require_acpi "$arch" "$kernel"
	case $cpus in '' | *[!0-9]* | 0) die "--cpus: '$cpus' is not a number of processors" ;; esac
	case $icount in '' | [0-9] | 10) ;; *) die "--icount-shift: '$icount' is not a number from 0 to 10" ;; esac
	case $timeout in *[!0-9]*) die "--timeout: '$timeout' is not a number of seconds" ;; esac
	[ -z "$icount" ] || cpus=1
	[ "$cpus" = 1 ] || spare=${BACKEND_SPARE_CPU[$backend]:-0}
	[ -t 0 ] && [ -t 1 ] && terminal=1 || terminal=''
	[ -n "$timeout" ] || [ -n "$terminal" ] || timeout=900
	[ "${BACKEND_EMULATOR[$backend]:-}" != bochs ] || bochs_check
}

# Single quotes keep every other character as it is.
quote()
{
	printf "'%s' " "${1//\'/\'\\\'\'}"
}

cmd_run()
{
	local arch backend kernel cpus spare mem megabytes icount timeout append cpu cpu_flags machine acpi do_build terminal
	local copies extra command work log result

	run_defaults
	run_parse "$@"
	[ ${#command[@]} -gt 0 ] || die 'run: no command (it follows --)'
	run_check
	run_prepare
	run_emulator
	run_judge "$result"
}

# What a newcomer types next. Runs in the emulated host.
SHELL_HINT='
	config=/etc/axvm/linux-$(uname -m)-smp2.toml
	echo "A shell in the emulated host; \"exit\" ends it. What to type next:"
	echo "  insmod /lib/axvm/axvm.ko"
	echo "  axvm-run $config      Ctrl-] leaves the guest"
	echo "  axvm-run --help"
	export PS1="axvm-host:\\w# "
	exec sh -l'

cmd_shell()
{
	shell=1 cmd_run "$@" -- sh -c "$SHELL_HINT"
}

run_prepare()
{
	arch_setup "$arch"
	kernel_setup "$arch" "$kernel"
	host_initrd "$arch" "$kernel"
	[ "${BACKEND_EMULATOR[$backend]:-}" != bochs ] || bochs_setup
	unlock setup
	lock "build-$arch-$kernel"
	[ -z "$do_build" ] || build "$arch" "$kernel"
	mkdir -p "$TOP/build/lab"
	work_prepare
	log=$TOP/build/lab/console-$arch-$backend-$kernel-$$.log
	prune_logs
	run_files
	unlock "build-$arch-$kernel"
}

# Files of this run. It holds a lock on them: who was killed left theirs behind, unlocked.
work_prepare()
{
	local old hold

	mkdir -p "$CACHE/run"
	lock run
	find "$CACHE/run" -mindepth 1 -maxdepth 1 -mmin +60 | while IFS= read -r old; do
		flock --nonblock "$old" rm -rf "$old" || :
	done
	work=$(mktemp -d "$CACHE/run/XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$work'" EXIT
	exec {hold}< "$work"
	flock "$hold"
	unlock run
}

prune_logs()
{
	find "$TOP/build/lab" -name 'console-*.log' -printf '%T@ %p\n' | sort -rn |
		sed "1,${KEPT_LOGS}d; s/^[^ ]* //" | xargs -r -d '\n' rm -f
}

# The command travels as a file, so that its words arrive exactly as they are here.
run_files()
{
	local word copy tree=$work/tree

	mkdir -p "$tree/lab"
	run_overlay "$arch" "$kernel" "$tree"
	for copy in ${copies[@]+"${copies[@]}"}; do
		copy_into "$tree" "$copy"
	done
	{
		printf 'exec '
		for word in "${command[@]}"; do
			quote "$word"
		done
		echo
	} > "$tree/lab/command"
	echo "${terminal:+terminal}" > "$tree/lab/mode"
	echo "${TERM:-dumb}" > "$tree/lab/term"
	archive "$tree" "$work/overlay"
	cat "$CACHE/images/host-$arch-$kernel" "$work/overlay" > "$work/initrd"
	rm -rf "$tree" "$work/overlay"
}

run_emulator()
{
	local args ports=virtio status=0
	local line="${CONSOLE_ARGS[$arch]} loglevel=7 log_buf_len=4M panic=-1 ${BACKEND_APPEND[$backend]}"

	say "booting $arch ($backend backend, $kernel kernel, $cpus CPUs, $mem)"
	line="$line ${KERNEL_APPEND[$kernel]:-}${acpi:+ acpi=force}"
	case ${BACKEND_EMULATOR[$backend]:-qemu} in
	bochs) bochs_arguments "$line lab.ports=serial$append"; ports=serial ;;
	qemu) qemu_arguments "$line" ;;
	esac
	args+=(${extra[@]+"${extra[@]}"})
	: > "$log"
	in_root /usr/bin/python3 "$LAB/lib/emulator.py" --parent $$ --ports "$ports" ${terminal:+--terminal} \
		${timeout:+--timeout "$timeout"} -- "${args[@]}" 9> "$work/result" || status=$?
	[ "$status" = 0 ] || exit "$status"
	result=$(tail -n 1 "$work/result")
}

# usage: qemu_arguments LINE   sets args. Ports are virtio: on PCI where the machine has no slots for
# virtio-mmio.
qemu_arguments()
{
	local bus=virtio-serial-device

	[ "$arch" != x86_64 ] || bus=virtio-serial-pci
	[ "$spare" = 0 ] || append=" isolcpus=0$append"
	args=("${EMULATOR[$arch]}" -accel tcg -M "${BACKEND_MACHINE[$backend]}$machine"
		-cpu "${cpu:-${BACKEND_CPU[$backend]}}$cpu_flags" -smp "$((cpus + spare))" -m "$mem"
		-nodefaults -display none -no-reboot -serial "file:$log"
		-kernel "$(kernel_dir "$arch" "$kernel")/image" -initrd "$work/initrd"
		-append "$1$append"
		-global virtio-mmio.force-legacy=false -device "$bus,max_ports=8")
	[ -z "$acpi" ] || args+=(-bios "${ACPI_FIRMWARE[$arch]}")
	[ -z "$icount" ] || args+=(-icount "shift=$icount,sleep=off")
}

# usage: run_judge RESULT   a complaint of the kernel weighs more than anything else
run_judge()
{
	local kind status taint why='' code=0

	read -r kind status taint <<< "$1"
	if find_splats "$log" > "$work/splats" || tainted_by_splat "${taint:-0}"; then
		why="the kernel of the emulated host complained" code=$STATUS_SPLAT
	else
		case $kind in
		exit) code=$status ;;
		timeout) why="no end within $timeout seconds" code=$STATUS_TIMEOUT ;;
		interrupted) exit 130 ;;
		*) # Whoever types poweroff into a shell has got what they wanted.
			[ "${shell:-}${status:-}" = 10 ] && exit 0
			why="the emulated host ended before the command did (emulator status ${status:-?})"
			code=$STATUS_DIED ;;
		esac
	fi
	if [ -n "$why" ]; then
		echo "lab: console log of the emulated host:" >&2
		tr -d '\r' < "$log" >&2
		sed 's/^/lab: line /' "$work/splats" | head -n 20 >&2
		say "$why; log: $log"
	elif [ "$code" != 0 ]; then
		say "the command ended with status $code; console log of the host: $log"
	else
		rm -f "$log"
	fi
	exit "$code"
}

# Bits of /proc/sys/kernel/tainted: bad page 5, oops 7, warning 9, lockup 14.
tainted_by_splat()
{
	(($1 & (1 << 5 | 1 << 7 | 1 << 9 | 1 << 14)))
}

# usage: find_splats LOG   prints the complaints with their line numbers; false if there are none
find_splats()
{
	tr -d '\r' < "$1" | grep -aEnf <(pattern_list splats) | grep -avEf <(pattern_list harmless)
}

pattern_list()
{
	grep -v -e '^#' -e '^$' "$LAB/console/$1"
}

# The patterns are tested with the examples beside them, and each of them has one.
cmd_judge-examples()
{
	local kind line pattern bad=0

	while IFS=$'\t' read -r kind line; do
		case $kind in
		splat) find_splats <(echo "$line") > /dev/null || { echo "not found: $line"; bad=1; } ;;
		fine) ! find_splats <(echo "$line") > /dev/null || { echo "found: $line"; bad=1; } ;;
		esac
	done < "$LAB/console/examples"
	while IFS= read -r pattern; do
		grep -P '^splat\t' "$LAB/console/examples" | grep -qE -e "$pattern" ||
			{ echo "no example for: $pattern"; bad=1; }
	done < <(pattern_list splats)
	return $bad
}

cmd_list()
{
	local backend arch ready

	for backend in riscv vhe nvhe svm vmx; do
		arch=${BACKEND_ARCH[$backend]}
		ready='not set up'
		[ ! -f "$CACHE/stamps/stock-$arch" ] || ready='stock ready'
		[ ! -f "$CACHE/stamps/debug-$arch" ] || ready="$ready, debug ready"
		printf '%-8s %-6s %s\n' "$arch" "$backend" "$ready"
	done
}
