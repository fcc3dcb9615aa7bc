# SPDX-License-Identifier: GPL-2.0
# Bochs, which emulates VT-x: built from Debian's source package with our patches. Sourced by tests/lab/lab.
# shellcheck shell=bash disable=SC2154

# No debugger and no plugins: that makes it seven times as fast as Debian's own build.
BOCHS_CONFIGURE='--with-nogui --enable-smp --enable-x86-64 --enable-vmx=2 --enable-avx --enable-evex
	--enable-cpu-level=6 --enable-pci --disable-docbook --disable-plugins'
BOCHS=$CACHE/bochs
# Instructions in a second of emulated time: about as many as it does in a real one.
BOCHS_IPS=100000000

bochs_setup()
{
	local hash patches=("$LAB"/bochs/*.patch)

	hash=$(hash_of "$BOCHS_CONFIGURE" @"$LAB/bochs/boot.S" "${patches[@]/#/@}")
	stamp_is bochs "$hash" && return 0
	lock setup
	stamp_is bochs "$hash" && return 0
	say 'building Bochs, the emulator with VT-x (some minutes)'
	rm -rf --one-file-system "$BOCHS"
	mkdir -p "$BOCHS/lists/partial"
	logged bochs-source bochs_fetch
	logged bochs-build bochs_build
	bochs_sector
	stamp_set bochs "$hash"
	unlock setup
}

# The release's own source package; its description (.dsc) is not needed, the index of the archive
# vouches for both parts.
bochs_fetch()
{
	local options=(-o "Dir::Etc::sourcelist=$BOCHS/sources.list" -o Dir::Etc::sourceparts=-
		-o "Dir::State::lists=$BOCHS/lists")

	apt_sources | sed 's/^deb /deb-src /' > "$BOCHS/sources.list"
	root_apt apt-get "${options[@]}" update || return
	in_root sh -c 'cd "$1" && shift && exec apt-get "$@" source --download-only --tar-only bochs' - \
		"$BOCHS" "${options[@]}" || return
	mkdir "$BOCHS/source" || return
	in_root sh -c 'tar -x --strip-components=1 -C "$1/source" -f "$1"/bochs_*.orig.tar.*' - "$BOCHS"
}

bochs_build()
{
	# shellcheck disable=SC2016
	in_root sh -e -c '
		cd "$1"
		for patch in "$2"/*.patch; do
			patch -p1 < "$patch"
		done
		./configure $3
		make -j"$(nproc)" bochs' - "$BOCHS/source" "$LAB/bochs" "$(echo $BOCHS_CONFIGURE)" || return
	mv "$BOCHS/source/bochs" "$BOCHS/bochs" || return
	rm -rf --one-file-system "$BOCHS/source" "$BOCHS/lists"
}

bochs_sector()
{
	in_root gcc -m32 -c -nostdlib -o "$BOCHS/boot.o" "$LAB/bochs/boot.S"
	in_root ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$BOCHS/boot.bin" "$BOCHS/boot.o"
}

# What only QEMU can do is refused, and not left out without a word.
bochs_check()
{
	[ -z "${shell:-}" ] || die "backend $backend: its emulator has no input: run commands instead of a shell"
	[ -z "$icount" ] || die "backend $backend: its emulator always counts instructions; --icount is for QEMU"
	[ -z "$machine" ] || die "backend $backend: --machine is for QEMU"
	case $mem in
	*G) megabytes=$((${mem%G} * 1024)) ;;
	*M) megabytes=${mem%M} ;;
	*) die "--mem: '$mem' is not a size for backend $backend (as in 2G or 512M)" ;;
	esac
	[ "$megabytes" -le 3072 ] || die "backend $backend: at most 3G of memory"
}

# usage: bochs_arguments COMMAND-LINE   sets args
bochs_arguments()
{
	local address

	address=$(in_root "$LAB/bochs/image.py" "$BOCHS/boot.bin" "$(kernel_dir "$arch" "$kernel")/image" \
		"$work/initrd" "$megabytes" "$1" "$work/floppy" "$work/memory") || exit
	# shellcheck disable=SC2016
	args=(sh -c 'exec "$@" > "$0" 2>&1' "$work/bochs.out"
		"$BOCHS/bochs" -q -f "$LAB/bochs/bochsrc" "megs: $megabytes"
		"cpu: model=${cpu:-${BACKEND_CPU[$backend]}}${cpu_flags:+, exclude_features=\"${cpu_flags#,}\"}, count=$cpus, ips=$BOCHS_IPS, reset_on_triple_fault=0"
		"floppya: 1_44=$work/floppy, status=inserted" "log: $work/bochs.log"
		"optramimage1: file=$work/memory, address=$address"
		"com1: enabled=1, mode=file, dev=$log")
}
