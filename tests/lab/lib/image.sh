# SPDX-License-Identifier: GPL-2.0
# The initial file systems of the emulated host and of its guest. Sourced by tests/lab/lab.
# shellcheck shell=bash

# Modules of a stock kernel that the host's init loads, with what they depend on.
HOST_MODULES='virtio_mmio virtio_pci virtio_console'
# There for tests that want them: KVM as a neighbour, network and file systems for later ones.
SPARE_MODULES='kvm kvm-amd kvm-intel tun virtio_net virtio_blk'

# usage: busybox_tree ARCH DIR   busybox with a link for each of its commands
busybox_tree()
{
	local arch=$1 dir=$2 path

	mkdir -p "$dir"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,run,etc,root,var/lib,lib}
	cp "$CACHE/busybox/$arch" "$dir/bin/busybox"
	in_root busybox --list-full | while read -r path; do
		[ "$path" = bin/busybox ] || ln -sf /bin/busybox "$dir/$path"
	done
	ln -s bin/busybox "$dir/init"
	echo 'root:x:0:0:root:/root:/bin/sh' > "$dir/etc/passwd"
	echo 'root:x:0:' > "$dir/etc/group"
}

# The first process is busybox: it reaps orphans, and it knows poweroff and reboot.
install_init()
{
	mkdir -p "$2/etc/init.d"
	install -m 755 "$LAB/init/$1" "$2/etc/init.d/$1"
	cp "$LAB/init/$1.inittab" "$2/etc/inittab"
}

# usage: archive DIR FILE   an uncompressed archive as the kernel unpacks it
archive()
{
	in_root sh -c 'cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet' - "$1" > "$2.new"
	mv "$2.new" "$2"
}

# usage: copy_modules FROM DIR LOADED SPARE   modules by name, with what they depend on, of the kernel in
# FROM; DIR/lib/modules/VERSION/load names the files of those that are to be loaded, in that order
copy_modules()
{
	local from=$1 dir=$2 version name file

	read -r version < "$from/version"
	mkdir -p "$dir/lib/modules/$version"
	[ -d "$from/lib/modules/$version" ] || return 0
	: > "$dir/.load"
	for name in $3 $4; do
		modules_for "$from" "$version" "$name" > "$dir/.list"
		while read -r file; do
			unpack_module "$file" "$dir/lib/modules/$version"
		done < "$dir/.list"
		case " $3 " in
		*" $name "*) sed 's|.*/||; s|\.[xg]z$||; s|\.zst$||' "$dir/.list" >> "$dir/.load" ;;
		esac
	done
	awk '!seen[$0]++' "$dir/.load" > "$dir/lib/modules/$version/load"
	rm -f "$dir/.list" "$dir/.load"
	in_root depmod -b "$dir" "$version" 2> /dev/null
}

modules_for()
{
	in_root modprobe -d "$1" -S "$2" --show-depends "$3" 2> /dev/null |
		sed -n 's/^insmod \([^ ]*\).*/\1/p' || true
}

unpack_module()
{
	case $1 in
	*.xz) in_root xz -dc "$1" > "$2/$(basename "$1" .xz)" ;;
	*.zst) in_root zstd -qdc "$1" > "$2/$(basename "$1" .zst)" ;;
	*) cp "$1" "$2/" ;;
	esac
}

# The guest: busybox and an init that says what the kernel command line asks for.
guest_initrd()
{
	local arch=$1 out=$CACHE/images/guest-$1 dir hash kernel

	hash=$(hash_of "@$LAB/init/guest" "@$LAB/init/guest.inittab" "@$LAB/lib/image.sh" "@$CACHE/busybox/$arch" \
		"${GUEST_MODULES[$arch]:-}" "@$CACHE/stamps/stock-$arch" "$(guest_kernels "$arch")")
	stamp_is "guest-$arch" "$hash" && return 0
	lock images
	stamp_is "guest-$arch" "$hash" && return 0
	dir=$CACHE/images/guest-$arch.tree
	rm -rf "$dir"
	busybox_tree "$arch" "$dir"
	install_init guest "$dir"
	for kernel in stock $(guest_kernels "$arch"); do
		copy_modules "$(kernel_dir "$arch" "$kernel")" "$dir" "${GUEST_MODULES[$arch]:-}" ''
	done
	archive "$dir" "$out"
	rm -rf "$dir"
	stamp_set "guest-$arch" "$hash"
	unlock images
}

# The host without axvm, and with what its guests need.
host_initrd()
{
	local arch=$1 kernel=$2 dir guest hash name

	guest_initrd "$arch"
	hash=$(hash_of "$arch $kernel" "@$LAB/init/host" "@$LAB/init/host.inittab" "@$LAB/lib/image.sh" "@$CACHE/stamps/guest-$arch" \
		"@$CACHE/stamps/stock-$arch" "@$CACHE/stamps/$kernel-$arch")
	stamp_is "host-$arch-$kernel" "$hash" && return 0
	lock images
	stamp_is "host-$arch-$kernel" "$hash" && return 0
	say "making the initial file system of the $arch host ($kernel kernel)"
	dir=$CACHE/images/host-$arch-$kernel.tree
	rm -rf "$dir"
	busybox_tree "$arch" "$dir"
	copy_modules "$(kernel_dir "$arch" "$kernel")" "$dir" "$HOST_MODULES" "$SPARE_MODULES"
	install_init host "$dir"
	guest=$dir/var/lib/axvm/linux-$arch
	mkdir -p "$guest"
	[ -z "${OTHER_NAME[$arch]:-}" ] || ln -s "linux-$arch" "$dir/var/lib/axvm/linux-${OTHER_NAME[$arch]}"
	cp "$(kernel_dir "$arch" stock)/image" "$guest/Image"
	for name in $(guest_kernels "$arch"); do
		cp "$(kernel_dir "$arch" "$name")/image" "$guest/Image-$name"
	done
	cp "$CACHE/images/guest-$arch" "$guest/initrd"
	archive "$dir" "$CACHE/images/host-$arch-$kernel"
	rm -rf "$dir"
	stamp_set "host-$arch-$kernel" "$hash"
	unlock images
}

# usage: copy_into DIR SRC:DST   DST ending in / means a directory to put SRC in
copy_into()
{
	local src=${2%%:*} dst=${2#*:}

	[ -e "$src" ] || die "--copy: there is no $src"
	case $dst in
	/*/ | /) dst=$dst$(basename "$src") ;;
	/*) ;;
	*) die "--copy: '$2' is not SRC:DST with an absolute DST" ;;
	esac
	mkdir -p "$1$(dirname "$dst")"
	rm -rf "$1$dst"
	cp -rL "$src" "$1$dst"
}

# usage: run_overlay ARCH KERNEL DIR   what changes from run to run: axvm, configurations
run_overlay()
{
	local build name

	build=$(build_dir "$1" "$2")
	mkdir -p "$3/lib/axvm" "$3/usr/bin" "$3/etc/axvm"
	for name in axvm.ko axvm_test.ko; do
		[ ! -f "$build/$name" ] || cp "$build/$name" "$3/lib/axvm/"
	done
	[ ! -f "$build/axvm-run" ] || cp "$build/axvm-run" "$3/usr/bin/"
	for name in "$TOP"/configs/*; do
		[ ! -e "$name" ] || cp -rL "$name" "$3/etc/axvm/"
	done
}
