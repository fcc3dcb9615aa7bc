/* SPDX-License-Identifier: GPL-2.0 */
/*
 * G-stage table formats of the RISC-V hypervisor extension.
 *
 * Constant; the backend picks one of them by probing hgatp.
 */
#ifndef AXVM_RV_S2_FMT_H
#define AXVM_RV_S2_FMT_H

#include "s2.h"

extern const struct axvm_s2_fmt rv_s2_sv39x4;
extern const struct axvm_s2_fmt rv_s2_sv48x4;
extern const struct axvm_s2_fmt rv_s2_sv57x4;

#endif /* AXVM_RV_S2_FMT_H */
