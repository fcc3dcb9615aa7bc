#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Prepares what the lab's Bochs boots: a floppy disk with boot.S, and memory as boot.S expects it.

usage: image.py SECTOR KERNEL INITRD MEGABYTES COMMAND-LINE FLOPPY MEMORY

Prints the address at which Bochs has to load MEMORY.
"""

import struct
import sys

PAGE = 4096
FLOPPY_BYTES = 1440 * 1024
PARAMS = 0x90000
KERNEL = 0x100000
# rombios32.c puts the ACPI tables into the last 64 KiB.
ACPI_BYTES = 0x10000
E820_RAM, E820_RESERVED, E820_ACPI = 1, 2, 3
# Offsets in struct boot_params and the setup header: Documentation/arch/x86/{zero-page,boot}.rst.
E820_ENTRIES, SETUP_SECTS, HEADER_MAGIC, E820_TABLE = 0x1e8, 0x1f1, 0x202, 0x2d0
TYPE_OF_LOADER, LOADFLAGS, CODE32_START = 0x210, 0x211, 0x214
RAMDISK_IMAGE, RAMDISK_SIZE, CMD_LINE_PTR = 0x218, 0x21c, 0x228
FRESH = b'axvm'
LOADER_UNDEFINED, LOADED_HIGH = 0xff, 1


def memory_map(size):
    return [(0, 0x9f000, E820_RAM),
            (0x9f000, 0x61000, E820_RESERVED),
            (KERNEL, size - ACPI_BYTES - KERNEL, E820_RAM),
            (size - ACPI_BYTES, ACPI_BYTES, E820_ACPI),
            (0xfffc0000, 0x40000, E820_RESERVED)]


def boot_params(kernel, initrd, initrd_at, size):
    params = bytearray(PAGE)
    end = HEADER_MAGIC + kernel[0x201]
    params[SETUP_SECTS:end] = kernel[SETUP_SECTS:end]
    params[TYPE_OF_LOADER] = LOADER_UNDEFINED
    params[LOADFLAGS] |= LOADED_HIGH
    struct.pack_into('<I', params, CODE32_START, KERNEL)
    struct.pack_into('<II', params, RAMDISK_IMAGE, initrd_at, len(initrd))
    struct.pack_into('<I', params, CMD_LINE_PTR, PARAMS + PAGE)
    entries = memory_map(size)
    params[E820_ENTRIES] = len(entries)
    for number, entry in enumerate(entries):
        struct.pack_into('<QQI', params, E820_TABLE + 20 * number, *entry)
    return params


def padded(data):
    return bytes(data) + bytes(-len(data) % PAGE)


def main():
    sector, kernel, initrd = (open(name, 'rb').read() for name in sys.argv[1:4])
    size = int(sys.argv[4]) << 20
    line = sys.argv[5].encode()
    if kernel[HEADER_MAGIC:HEADER_MAGIC + 4] != b'HdrS':
        sys.exit('image.py: the kernel is no bzImage')
    if len(line) >= PAGE - len(FRESH):
        sys.exit('image.py: the command line is too long')
    code = kernel[(kernel[SETUP_SECTS] + 1) * 512:]
    head = 2 * PAGE + len(padded(code))
    at = (size - ACPI_BYTES - head - len(padded(initrd))) & -PAGE
    if at < size // 2:
        sys.exit(f'image.py: {size >> 20} MiB are not enough for this kernel and RAM disk')
    params = boot_params(kernel, initrd, at + head, size)
    with open(sys.argv[7], 'wb') as file:
        file.write(params + line + bytes(PAGE - len(line) - len(FRESH)) + FRESH + padded(code) + initrd)
    floppy = bytearray(sector) + bytes(FLOPPY_BYTES - len(sector))
    struct.pack_into('<III', floppy, 4, at, len(code), KERNEL)
    with open(sys.argv[6], 'wb') as file:
        file.write(floppy)
    print(hex(at))


if __name__ == '__main__':
    main()
