/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of what a guest's exits lead to: the VM of vgic_fixture.h with
 * memory, and exits that the test makes up. Part of axvm_test.ko.
 */
#ifndef AXVM_ARM64_GUEST_FIXTURE_H
#define AXVM_ARM64_GUEST_FIXTURE_H

#include "vgic_fixture.h"

#define FIX_RAM		0x40000000ULL	/* executable */
#define FIX_DATA	0x80000000ULL	/* not executable */
#define FIX_RAM_LEN	0x10000000ULL
#define FIX_PC		(FIX_RAM + 0x1000)
#define FIX_VBAR	(FIX_RAM + 0x8000)
#define FIX_SCRATCH	0x0b000f80ULL	/* see guest_fixture_scratch() */
#define FIX_SCRATCH_LEN	256

/* Four vCPUs, all on, at FIX_PC in EL1h; fails the case. */
struct vgic_fixture *guest_fixture_boot(struct kunit *test);

/* The page of memory that this address is in, to fill. It goes with the case. */
void *guest_fixture_back(struct vgic_fixture *fix, u64 gpa);
/*
 * A device of FIX_SCRATCH_LEN bytes, half of them in one page and half in the next, that keeps
 * what is written, at all widths; but for the last eight, which it refuses. Return: its bytes.
 */
u8 *guest_fixture_scratch(struct vgic_fixture *fix);

/* What a guest's last exit was: class, and the ISS with IL. */
void guest_fixture_exit(struct a64_vcpu *v, u32 class, u32 iss);

#endif /* AXVM_ARM64_GUEST_FIXTURE_H */
