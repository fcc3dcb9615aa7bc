/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code outside of long mode: the CPU leaves it, takes the state that is given,
 * and comes back with the first exception or interrupt, which tells the state
 * then. Only on the boot CPU.
 */
#ifndef X86_64_LEGACY_H
#define X86_64_LEGACY_H

/* Low memory; what is in real.S and sipi.c's pages is elsewhere. */
#define LEGACY_CODE	0x9000	/* copy of legacy_low */
#define LEGACY_IVT	0xa000
#define LEGACY_STATE	0xb000	/* struct legacy_state, in and out */

#define LEGACY_GPR	0
#define LEGACY_EIP	32
#define LEGACY_EFLAGS	36
#define LEGACY_CS	40
#define LEGACY_SS	44
#define LEGACY_DS	48
#define LEGACY_ES	52
#define LEGACY_FS	56
#define LEGACY_GS	60
#define LEGACY_CR0	64
#define LEGACY_CR2	68
#define LEGACY_CR3	72
#define LEGACY_CR4	76
#define LEGACY_TR	80
#define LEGACY_LDTR	84
#define LEGACY_VECTOR	88
#define LEGACY_ERROR	92
#define LEGACY_DR6	96
#define LEGACY_FIRST_DATA 100
#define LEGACY_KEEP_LME	104
#define LEGACY_IDT	108	/* limit and base */
#define LEGACY_FRAME	116

/* Selectors of the CPU's own table (cpu.h), from SEL_FREE on. */
#define SEL_LEGACY_TSS	0x68
#define SEL_LOW_CODE16	0x70	/* LOW_TEST and 64 KiB from there */
#define SEL_LOW_DATA16	0x78
#define SEL_LEGACY_FREE	0x80

#ifndef __ASSEMBLER__
#include "runtime.h"

/* In: what the CPU begins with. Out: what the exception found. */
struct legacy_state {
	u32 gpr[8];
	u32 eip;
	u32 eflags;
	u32 cs;
	u32 ss;
	u32 ds;
	u32 es;
	u32 fs;
	u32 gs;
	u32 cr0;
	u32 cr2;		/* out */
	u32 cr3;
	u32 cr4;
	u32 tr;
	u32 ldtr;
	u32 vector;		/* out */
	u32 error;		/* out; 0 in real mode */
	u32 dr6;		/* out */
	u32 first_data;		/* in: data segments that real mode inherits */
	u32 keep_lme;		/* in: EFER.LME stays */
	u16 idt_limit;
	u16 idt_low;		/* its address */
	u16 idt_high;
	u16 reserved;
	u32 frame;		/* out: where the exception's frame was, with vector and error */
};

enum legacy_mode {
	LEGACY_REAL,		/* CS is LOW_TEST's */
	LEGACY_FLAT,		/* ring 0, 32-bit */
	LEGACY_USER,		/* the same in ring 3 */
	LEGACY_CODE16,		/* ring 0, 16-bit; code and data at LOW_TEST */
	LEGACY_VM86,		/* CS is LOW_TEST's */
};

/* SDM 3, 8.2.1; behind it are the maps of interrupts and ports. */
struct tss32 {
	u32 link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3;
	u32 eip;
	u32 eflags;
	u32 gpr[8];
	u32 es, cs, ss, ds, fs, gs;
	u32 ldt;
	u16 trap;
	u16 io_map;
};

/* SDM 3, 8.6 */
struct tss16 {
	u16 link;
	u16 sp0, ss0, sp1, ss1, sp2, ss2;
	u16 ip;
	u16 flags;
	u16 gpr[8];
	u16 es, cs, ss, ds;
	u16 ldt;
} __packed;

#define TSS_IO_BYTES	0x100	/* ports below 0x800 */

struct legacy_tss {
	struct tss32 tss;
	u8 redirect[32];
	u8 io[TSS_IO_BYTES + 1];
};

extern struct legacy_tss legacy_tss;
extern u64 legacy_idt[256];

void legacy_init(void);
/* State of that mode, without paging; EIP is 0, or where the code is. */
void legacy_begin(struct legacy_state *state, enum legacy_mode mode, const void *code);
/* Copies what is between two labels to LOW_TEST, for the modes with 16 bits. */
void legacy_place(const char *begin, const char *end);
void legacy_run(struct legacy_state *state);
/* Leaves long mode and enters it again with other tables and bits. */
void legacy_reenter(u64 cr3, u64 cr4);
/* Gate of the table for interrupts. */
u64 legacy_gate(u16 selector, u32 offset, u8 access);
void legacy_set_gate(unsigned int vector, u64 gate);
/* As at first. */
void legacy_reset_gate(unsigned int vector);

/* legacy.S */
void legacy_enter(void);
extern const u8 legacy_stubs[256][16], legacy_real_stubs[256][8];
extern const char legacy_low[], legacy_low_end[], legacy_real_gdtr[], legacy_stack_top[];
extern const char legacy_paging_on[];
extern u32 legacy_back[4];

/*
 * Code of other sizes than 64 bits, which ends with a breakpoint: from the label
 * NAME to NAME_end, with NAME_break where the breakpoint is.
 */
#define LEGACY_SNIPPET(bits, name, text)				\
	extern const char name[], name##_break[], name##_end[];		\
	asm(".pushsection .text\n"					\
	    ".code" #bits "\n"						\
	    #name ":\n" text "\n"					\
	    #name "_break:\n"						\
	    "int3\n"							\
	    #name "_end:\n"						\
	    ".code64\n"							\
	    ".popsection")

#endif /* __ASSEMBLER__ */
#endif /* X86_64_LEGACY_H */
