/* SPDX-License-Identifier: GPL-2.0 */
/* PrimeCell UART PL011: DDI 0183, chapter 3. */
#ifndef ARM64_PL011_H
#define ARM64_PL011_H

#define PL011_DR	0x000
#define PL011_RSR	0x004
#define PL011_FR	0x018
#define PL011_ILPR	0x020
#define PL011_IBRD	0x024
#define PL011_FBRD	0x028
#define PL011_LCR_H	0x02c
#define PL011_CR	0x030
#define PL011_IFLS	0x034
#define PL011_IMSC	0x038
#define PL011_RIS	0x03c
#define PL011_MIS	0x040
#define PL011_ICR	0x044
#define PL011_DMACR	0x048

#define PL011_CTS	0x001	/* FR */
#define PL011_DSR	0x002
#define PL011_DCD	0x004
#define PL011_BUSY	0x008
#define PL011_RXFE	0x010
#define PL011_TXFF	0x020
#define PL011_RXFF	0x040
#define PL011_TXFE	0x080
#define PL011_RI	0x100

#define PL011_FIFOS	0x10	/* LCR_H */
#define PL011_8BITS	0x60

#define PL011_UARTEN	0x001	/* CR */
#define PL011_LBE	0x080
#define PL011_TXE	0x100
#define PL011_RXE	0x200
#define PL011_DTR	0x400
#define PL011_RTS	0x800
#define PL011_OUT1	0x1000
#define PL011_OUT2	0x2000
#define PL011_ENABLE	(PL011_UARTEN | PL011_TXE | PL011_RXE)

#define PL011_INT_RX	0x010	/* IMSC, RIS, MIS, ICR */
#define PL011_INT_TX	0x020
#define PL011_INT_RT	0x040
#define PL011_INT_OE	0x400
#define PL011_INT_ALL	0x7ff

#define PL011_DR_OE	0x800

#endif /* ARM64_PL011_H */
