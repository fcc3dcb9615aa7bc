/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions that C has no words for, and bits of registers.
 * Intel SDM volumes 2 to 4, AMD APM volume 2.
 */
#ifndef X86_64_X86_H
#define X86_64_X86_H

#include "guest.h"

#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_EM		BIT(2)
#define CR0_TS		BIT(3)
#define CR0_ET		BIT(4)
#define CR0_NE		BIT(5)
#define CR0_WP		BIT(16)
#define CR0_AM		BIT(18)
#define CR0_NW		BIT(29)
#define CR0_CD		BIT(30)
#define CR0_PG		BIT(31)

#define CR4_VME		BIT(0)
#define CR4_PVI		BIT(1)
#define CR4_TSD		BIT(2)
#define CR4_DE		BIT(3)
#define CR4_PSE		BIT(4)
#define CR4_PAE		BIT(5)
#define CR4_MCE		BIT(6)
#define CR4_PGE		BIT(7)
#define CR4_PCE		BIT(8)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define CR4_UMIP	BIT(11)
#define CR4_LA57	BIT(12)
#define CR4_VMXE	BIT(13)
#define CR4_FSGSBASE	BIT(16)
#define CR4_PCIDE	BIT(17)
#define CR4_OSXSAVE	BIT(18)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)
#define CR4_PKE		BIT(22)

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define EFER_NXE	BIT(11)
#define EFER_SVME	BIT(12)

#define RFLAGS_CF	BIT(0)
#define RFLAGS_FIXED	BIT(1)
#define RFLAGS_PF	BIT(2)
#define RFLAGS_AF	BIT(4)
#define RFLAGS_ZF	BIT(6)
#define RFLAGS_SF	BIT(7)
#define RFLAGS_TF	BIT(8)
#define RFLAGS_IF	BIT(9)
#define RFLAGS_DF	BIT(10)
#define RFLAGS_OF	BIT(11)
#define RFLAGS_RF	BIT(16)
#define RFLAGS_VM	BIT(17)
#define RFLAGS_AC	BIT(18)
#define RFLAGS_STATUS	(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define MSR_TSC_ADJUST		0x3b
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MISC_ENABLE		0x1a0
#define MSR_PAT			0x277
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC		0x800
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103

enum x86_vector {
	VEC_DE, VEC_DB, VEC_NMI, VEC_BP, VEC_OF, VEC_BR, VEC_UD, VEC_NM, VEC_DF,
	VEC_TS = 10, VEC_NP, VEC_SS, VEC_GP, VEC_PF, VEC_MF = 16, VEC_AC, VEC_MC, VEC_XM,
};

static inline void outb(u16 port, u8 val)
{
	asm volatile("out %b0, %w1" : : "a" (val), "Nd" (port) : "memory");
}

static inline void outw(u16 port, u16 val)
{
	asm volatile("out %w0, %w1" : : "a" (val), "Nd" (port) : "memory");
}

static inline void outl(u16 port, u32 val)
{
	asm volatile("out %k0, %w1" : : "a" (val), "Nd" (port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 val;

	asm volatile("in %w1, %b0" : "=a" (val) : "Nd" (port) : "memory");
	return val;
}

static inline u16 inw(u16 port)
{
	u16 val;

	asm volatile("in %w1, %w0" : "=a" (val) : "Nd" (port) : "memory");
	return val;
}

static inline u32 inl(u16 port)
{
	u32 val;

	asm volatile("in %w1, %k0" : "=a" (val) : "Nd" (port) : "memory");
	return val;
}

static inline u8 mmio_read8(u64 addr)
{
	u8 val;

	asm volatile("movb (%1), %0" : "=q" (val) : "r" (addr) : "memory");
	return val;
}

static inline void mmio_write8(u64 addr, u8 val)
{
	asm volatile("movb %0, (%1)" : : "q" (val), "r" (addr) : "memory");
}

static inline u32 mmio_read32(u64 addr)
{
	u32 val;

	asm volatile("movl (%1), %0" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline void mmio_write32(u64 addr, u32 val)
{
	asm volatile("movl %0, (%1)" : : "r" (val), "r" (addr) : "memory");
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)val), "d" ((u32)(val >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("lfence\n\trdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

struct cpuid_regs {
	u32 eax;
	u32 ebx;
	u32 ecx;
	u32 edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 sub)
{
	struct cpuid_regs r;

	asm volatile("cpuid" : "=a" (r.eax), "=b" (r.ebx), "=c" (r.ecx), "=d" (r.edx)
		     : "a" (leaf), "c" (sub));
	return r;
}

#define READ_REG(name)						\
static inline u64 read_##name(void)				\
{								\
	u64 val;						\
								\
	asm volatile("mov %%" #name ", %0" : "=r" (val) : : "memory");	\
	return val;						\
}

#define WRITE_REG(name)						\
static inline void write_##name(u64 val)			\
{								\
	asm volatile("mov %0, %%" #name : : "r" (val) : "memory");	\
}

READ_REG(cr0)
READ_REG(cr2)
READ_REG(cr3)
READ_REG(cr4)
READ_REG(cr8)
READ_REG(dr0)
READ_REG(dr1)
READ_REG(dr2)
READ_REG(dr3)
READ_REG(dr6)
READ_REG(dr7)
WRITE_REG(cr0)
WRITE_REG(cr2)
WRITE_REG(cr3)
WRITE_REG(cr4)
WRITE_REG(cr8)
WRITE_REG(dr0)
WRITE_REG(dr1)
WRITE_REG(dr2)
WRITE_REG(dr3)
WRITE_REG(dr6)
WRITE_REG(dr7)

static inline u64 read_rflags(void)
{
	u64 val;

	asm volatile("pushfq\n\tpop %0" : "=r" (val) : : "memory");
	return val;
}

static inline void write_rflags(u64 val)
{
	asm volatile("push %0\n\tpopfq" : : "r" (val) : "memory", "cc");
}

static inline void flush_page(u64 addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

static inline u64 xgetbv(u32 reg)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (reg));
	return (u64)high << 32 | low;
}

static inline void xsetbv(u32 reg, u64 val)
{
	asm volatile("xsetbv" : : "c" (reg), "a" ((u32)val), "d" ((u32)(val >> 32)) : "memory");
}

#endif /* X86_64_X86_H */
