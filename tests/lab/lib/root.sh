# SPDX-License-Identifier: GPL-2.0
# The private Debian 13 root: compilers, emulators and libraries, apart from the user's system. Sourced by tests/lab/lab.
# shellcheck shell=bash

SUITE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
HOST_PACKAGES='mmdebstrap debian-archive-keyring'

BASE_PACKAGES='gcc g++ make bc flex bison libelf-dev libssl-dev python3 python3-yaml perl sparse
	xz-utils zstd gzip lz4 cpio kmod file busybox-static pkgconf device-tree-compiler shellcheck
	acpica-tools python3-capstone linux-source-6.12 ca-certificates ccache'
# What axvm-run links, for the root's own and for each lab architecture.
LIBRARY_PACKAGES='libnl-3-dev libnl-genl-3-dev libfdt-dev zlib1g-dev liblzma-dev libzstd-dev
	libtomlplusplus-dev'
DOCS_PACKAGES='python3-sphinx mandoc'

# The lab changes nothing of the user's system but these few packages.
host_setup()
{
	local name missing=

	[ "$(uname -m)" = x86_64 ] ||
		die 'needs an x86_64 machine with Debian, for it runs programs of that; README.md tells how to run axvm on this one'
	for name in $HOST_PACKAGES; do
		dpkg-query -W -f '${Status}' "$name" 2> /dev/null | grep -q 'ok installed' ||
			missing="$missing $name"
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "needs these packages: apt-get install$missing"
	say "installing on this machine:$missing"
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive logged host-packages \
		sh -c "apt-get install -y --no-install-recommends $missing ||
			{ apt-get update && apt-get install -y --no-install-recommends $missing; }"
}

# The archive that the machine's own apt already uses.
apt_site()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(RELEASE) $(SITE)' \
		'Created-By: Packages' |
		awk '$1 == "Debian" && $2 == "main" && $3 !~ /-(security|backports)/ { print $4; exit }'
}

# Where a package comes from is only known once apt has fetched its lists.
mirror()
{
	local site=${AXVM_MIRROR:-}

	[ -n "$site" ] || site=$(apt_site)
	if [ -z "$site" ]; then
		apt-get update > /dev/null 2>&1 || true
		site=$(apt_site)
	fi
	[ -n "$site" ] || die 'no Debian archive in the configuration of apt: set AXVM_MIRROR'
	printf '%s' "$site"
}

# Just the release itself: there the three architectures always have libraries of the same version,
# which installing them side by side needs. With the security suite they may differ for a while.
apt_sources()
{
	echo "deb [signed-by=$KEYRING] $(mirror) $SUITE main"
}

# Proxies and clock checks of the machine hold for the root as well.
apt_options()
{
	apt-config dump | grep -E '^Acquire::(Check-|Retries|(http|https)::Proxy)[^ ]* "[^"]+";' || true
	echo 'APT::Install-Recommends "0";'
	echo 'Acquire::Languages "none";'
	echo 'APT::Sandbox::User "root";'
	echo 'DPkg::Use-Pty "0";'
}

# usage: root_apt CMD...   runs an apt or dpkg command in the root, repairing an interrupted one
root_apt()
{
	cp --remove-destination /etc/resolv.conf "$ROOT/etc/resolv.conf" 2> /dev/null || true
	in_root sh -c 'dpkg --configure -a && exec "$@"' - \
		env DEBIAN_FRONTEND=noninteractive "$@"
}

root_base()
{
	local hash

	hash=$(hash_of "$SUITE" "$BASE_PACKAGES" "$LIBRARY_PACKAGES")
	if stamp_is root "$hash" && [ -x "$ROOT/bin/sh" ]; then
		return 0
	fi
	lock setup
	stamp_is root "$hash" && [ -x "$ROOT/bin/sh" ] && return 0
	if stamp_is root-tree "$SUITE" && [ -x "$ROOT/bin/sh" ]; then
		root_extend
	else
		root_make
	fi
	stamp_set root "$hash"
	unlock setup
}

root_make()
{
	local include

	say "making the private Debian $SUITE root in $ROOT (some minutes, 2 GB)"
	rm -rf --one-file-system "$ROOT" "$ROOT.new" "$CACHE/stamps"
	mkdir -p "$ROOT.new" "$CACHE"
	apt_sources > "$CACHE/sources.list"
	apt_options > "$CACHE/apt.conf"
	include=$(echo $BASE_PACKAGES $LIBRARY_PACKAGES | tr ' ' ,)
	logged root mmdebstrap --variant=minbase --mode=root --architectures=amd64 \
		--aptopt="$CACHE/apt.conf" --include="$include" \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		"$SUITE" "$ROOT.new" "$CACHE/sources.list"
	mkdir -p "$ROOT.new/etc/apt/apt.conf.d"
	cp "$CACHE/apt.conf" "$ROOT.new/etc/apt/apt.conf.d/99axvm"
	mv "$ROOT.new" "$ROOT"
	stamp_set root-tree "$SUITE"
}

root_extend()
{
	say 'adding packages to the private root'
	logged root-update root_apt apt-get update
	# shellcheck disable=SC2086
	logged root root_apt apt-get install -y $BASE_PACKAGES $LIBRARY_PACKAGES
}

# Compiler, libraries and emulator for one architecture.
root_arch()
{
	local arch=$1 deb=${DEB_ARCH[$1]} triplet=${TRIPLET[$1]} packages name hash

	packages=${EMULATOR_PACKAGES[$arch]}
	if [ "$deb" != amd64 ]; then
		packages="$packages gcc-$triplet g++-$triplet libc6-dev-$deb-cross"
		for name in $LIBRARY_PACKAGES; do
			packages="$packages $name:$deb"
		done
	fi
	hash=$(hash_of "$packages")
	stamp_is "root-$arch" "$hash" && return 0
	lock setup
	stamp_is "root-$arch" "$hash" && return 0
	say "adding compiler, libraries and emulator for $arch to the private root"
	logged "root-$arch-update" root_apt sh -c "dpkg --add-architecture $deb && apt-get update"
	# shellcheck disable=SC2086
	logged "root-$arch" root_apt apt-get install -y $packages
	stamp_set "root-$arch" "$hash"
	unlock setup
}

# What `make docs` needs, and nothing else.
root_docs()
{
	local hash

	hash=$(hash_of "$DOCS_PACKAGES")
	stamp_is root-docs "$hash" && return 0
	lock setup
	stamp_is root-docs "$hash" && return 0
	say 'adding Sphinx and mandoc to the private root'
	# shellcheck disable=SC2086
	logged root-docs root_apt sh -c 'apt-get update && apt-get install -y "$@"' - $DOCS_PACKAGES
	stamp_set root-docs "$hash"
	unlock setup
}

# usage: in_root CMD...   CMD sees the checkout, the cache and /tmp at their own paths; the mounts end with
# it. The checkout is at $SAME_TOP, too: with names there, what the compiler makes is the same for every
# checkout, and ccache finds it.
in_root()
{
	unshare --mount -- bash -c '
		set -e
		root=$1 cwd=$2; shift 2
		for dir in /proc /sys /dev /tmp "$AXVM_LAB_CACHE" "$AXVM_LAB_TOP"; do
			mkdir -p "$root$dir"
			mount --rbind "$dir" "$root$dir"
		done
		mkdir -p "$root$SAME_TOP"
		mount --rbind "$AXVM_LAB_TOP" "$root$SAME_TOP"
		[ -d "$root$cwd" ] || cwd=/
		exec chroot "$root" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 \
			PATH=/usr/lib/ccache:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			CCACHE_DIR="$AXVM_LAB_CACHE/ccache" CCACHE_MAXSIZE=2G CCACHE_DEPEND=1 CCACHE_NOHASHDIR=1 \
			CCACHE_BASEDIR="$AXVM_LAB_TOP" \
			sh -c '\''cd "$1" && shift && exec "$@"'\'' - "$cwd" "$@"
	' - "$ROOT" "$PWD" "$@"
}
