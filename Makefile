# SPDX-License-Identifier: GPL-2.0
# axvm: the kernel module, the tool axvm-run, and the lab that tries them on emulated hosts.
# `make help` says what there is. The objects of the module are listed in Kbuild.

# A variable of the command line reaches every sub-make by itself, so ARCH is never exported here.
MACHINE		:= $(shell uname -m)
ARCH		?= $(MACHINE)
ARCH_NAME	:= $(patsubst aarch64,arm64,$(patsubst riscv,riscv64,$(patsubst x86,x86_64,$(ARCH))))
SRCARCH		:= $(patsubst riscv64,riscv,$(patsubst x86_64,x86,$(ARCH_NAME)))
CROSS_COMPILE	?=
KDIR		?= /lib/modules/$(shell uname -r)/build
PREFIX		?= /usr
DESTDIR		?=
BUILD		:= $(CURDIR)/build/$(ARCH_NAME)-native

RELEASE		= $(shell cat $(KDIR)/include/config/kernel.release 2> /dev/null)
IS_OLD		= $(shell printf '6.12\n%s\n' '$(RELEASE)' | sort -C -V || echo yes)

LAB		:= tests/lab/lab
LAB_ARCH	:= $(if $(filter command line environment,$(origin ARCH)),$(ARCH_NAME),x86_64)
LAB_KERNEL	?= stock
BACKEND		?=
LAB_HOST	= --arch $(LAB_ARCH) $(if $(BACKEND),--backend $(BACKEND))

KBUILD_MAKE	= $(MAKE) -C $(KDIR) M=$(CURDIR) ARCH=$(SRCARCH) CROSS_COMPILE=$(CROSS_COMPILE)
TOOL_MAKE	= $(MAKE) -C tools/axvm-run O=$(BUILD) CROSS_COMPILE=$(CROSS_COMPILE)

ifeq ($(filter $(ARCH_NAME),x86_64 arm64 riscv64),)
$(error axvm is for x86_64, arm64 and riscv64, not for $(ARCH_NAME))
endif

.PHONY: all module tool demo check lint soak docs install clean distclean help
.PHONY: lab-setup lab-build lab-shell lab-clean

# What is missing for the module is told before the tool is built.
all: kernel-is-usable			# build axvm.ko and axvm-run for this machine
	@$(MAKE) --no-print-directory tool module

module: kernel-is-usable		# build axvm.ko alone
	$(KBUILD_MAKE) modules

tool:					# build axvm-run alone
	@mkdir -p $(BUILD)
	$(TOOL_MAKE)

# One line says why a module cannot be built here: no backend, no headers, or a kernel that is too old.
.PHONY: kernel-is-usable
kernel-is-usable:
	$(if $(wildcard kmod/arch/$(SRCARCH)/Kbuild),,$(error axvm has no backend for $(ARCH_NAME) yet, \
		so that axvm.ko cannot be built))
	$(if $(RELEASE),,$(error no kernel headers in $(KDIR): install linux-headers-$(shell uname -r), \
		or set KDIR))
	$(if $(IS_OLD),$(error axvm needs Linux 6.12 or newer, and $(KDIR) is $(RELEASE)))
	@:

demo:					# boot a Debian guest under axvm in an emulated host (ARCH, BACKEND)
	@tests/lab/demo $(LAB_HOST)

check:					# run every test; the last line counts them
	@tests/check

lint:					# check the sources without running them
	@tests/lint/lint

soak:					# run the long tests
	@tests/check --soak

docs:					# build the documentation as HTML in build/docs
	@tests/docs/build

lab-setup:				# fetch what the lab needs for ARCH (default x86_64)
	@$(LAB) setup --arch $(LAB_ARCH)

lab-build:				# build for the lab's ARCH and LAB_KERNEL (stock or debug)
	@$(LAB) build --arch $(LAB_ARCH) --kernel $(LAB_KERNEL)

lab-shell:				# open a shell in an emulated host with axvm in it
	@$(LAB) shell $(LAB_HOST) --kernel $(LAB_KERNEL)

lab-clean:				# remove the lab's cache and everything built
	@$(LAB) clean

install: all				# install module, tool, manual pages and configurations
	$(KBUILD_MAKE) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates CONFIG_MODULE_SIG_ALL= \
		modules_install
	$(if $(DESTDIR),,depmod $(RELEASE))
	$(TOOL_MAKE) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	install -d $(DESTDIR)/etc/axvm
	install -m 644 configs/*.toml $(DESTDIR)/etc/axvm/

clean:					# remove what was built here, but keep logs of lab and tests
	@if test -n "$(RELEASE)" -a -f kmod/arch/$(SRCARCH)/Kbuild; then $(KBUILD_MAKE) clean; fi
	rm -rf $(filter-out build/lab build/check,$(wildcard build/*))

distclean: clean			# remove logs, too
	rm -rf build

help:					# show this list
	@sed -n 's/^\([a-z-]*\):[^#=]*# \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'
