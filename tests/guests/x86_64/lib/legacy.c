// SPDX-License-Identifier: GPL-2.0
/*
 * Code outside of long mode: see legacy.h.
 */
#include "cpu.h"
#include "legacy.h"

#define GATE_INTERRUPT32	0xee	/* present, for everybody */
#define REAL_SS			(LOW_TEST >> 4)
#define LOW_STACK		0xf000	/* in the segment of LOW_TEST */
#define IVT_ENTRIES		256

#define OFFSET_IS(member, offset) \
	static_assert(offsetof(struct legacy_state, member) == (offset), #member)
OFFSET_IS(eip, LEGACY_EIP);
OFFSET_IS(gs, LEGACY_GS);
OFFSET_IS(cr0, LEGACY_CR0);
OFFSET_IS(ldtr, LEGACY_LDTR);
OFFSET_IS(first_data, LEGACY_FIRST_DATA);
OFFSET_IS(idt_limit, LEGACY_IDT);
OFFSET_IS(frame, LEGACY_FRAME);

struct legacy_tss legacy_tss __aligned(16);
u64 legacy_idt[256] __aligned(16);

static u8 flat_stack[2][STACK_SIZE] __aligned(16);

u64 legacy_gate(u16 selector, u32 offset, u8 access)
{
	return (offset & 0xffff) | (u64)selector << 16 | (u64)access << 40 |
	       (u64)(offset >> 16) << 48;
}

void legacy_set_gate(unsigned int vector, u64 gate)
{
	store_shared(&legacy_idt[vector], gate);
}

void legacy_reset_gate(unsigned int vector)
{
	legacy_set_gate(vector, legacy_gate(SEL_CODE32, (u64)legacy_stubs[vector],
					    GATE_INTERRUPT32));
}

static u64 low_address(const void *label)
{
	return LEGACY_CODE + ((const char *)label - legacy_low);
}

void legacy_init(void)
{
	u32 *ivt = (u32 *)LEGACY_IVT;
	unsigned int vector;

	memcpy((void *)LEGACY_CODE, legacy_low, legacy_low_end - legacy_low);
	for (vector = 0; vector < IVT_ENTRIES; vector++) {
		legacy_reset_gate(vector);
		ivt[vector] = low_address(legacy_real_stubs[vector]);
	}
	cpu_set_descriptor(SEL_LOW_CODE16, make_descriptor(LOW_TEST, 0xffff, 0x9b, 0));
	cpu_set_descriptor(SEL_LOW_DATA16, make_descriptor(LOW_TEST, 0xffff, 0x93, 0));
	legacy_tss.tss.ss0 = SEL_DATA;
	legacy_tss.tss.esp0 = (u64)flat_stack[1] + STACK_SIZE;
	legacy_tss.tss.io_map = offsetof(struct legacy_tss, io);
	memset(legacy_tss.io, 0xff, sizeof(legacy_tss.io));
}

void legacy_place(const char *begin, const char *end)
{
	memcpy((void *)LOW_TEST, begin, end - begin);
}

static void begin_flat(struct legacy_state *state, u32 rpl)
{
	u32 data = rpl ? SEL_USER_DATA | 3 : SEL_DATA;

	state->cs = rpl ? SEL_USER_CODE32 | 3 : SEL_CODE32;
	state->ss = data;
	state->ds = data;
	state->es = data;
	state->gpr[RSP] = (u64)flat_stack[0] + STACK_SIZE;
}

static void begin_low(struct legacy_state *state, u32 cs, u32 data)
{
	state->cs = cs;
	state->ss = data;
	state->ds = data;
	state->es = data;
	state->fs = data;
	state->gs = data;
	state->eip = 0;
	state->gpr[RSP] = LOW_STACK;
}

static void set_idt(struct legacy_state *state, u32 base)
{
	state->idt_low = base;
	state->idt_high = base >> 16;
}

void legacy_begin(struct legacy_state *state, enum legacy_mode mode, const void *code)
{
	*state = (struct legacy_state) {
		.eip = (u64)code,
		.eflags = RFLAGS_FIXED,
		.cr0 = CR0_PE | CR0_ET | CR0_NE,
		.tr = SEL_LEGACY_TSS,
		.first_data = SEL_DATA16,
		.idt_limit = sizeof(legacy_idt) - 1,
	};
	set_idt(state, (u64)legacy_idt);
	switch (mode) {
	case LEGACY_FLAT:
	case LEGACY_USER:
		begin_flat(state, mode == LEGACY_USER ? 3 : 0);
		return;
	case LEGACY_CODE16:
		begin_low(state, SEL_LOW_CODE16, SEL_LOW_DATA16);
		return;
	case LEGACY_VM86:
		begin_low(state, REAL_SS, REAL_SS);
		state->eflags |= RFLAGS_VM;
		return;
	case LEGACY_REAL:
		begin_low(state, REAL_SS, REAL_SS);
		state->cr0 = CR0_ET | CR0_NE;
		state->idt_limit = IVT_ENTRIES * 4 - 1;
		set_idt(state, LEGACY_IVT);
		state->tr = 0;
		return;
	}
}

struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

static void enter(u64 cr3, u64 cr4)
{
	struct table_pointer gdt;

	asm volatile("sgdt %0" : "=m" (gdt));
	memcpy((void *)low_address(legacy_real_gdtr), &gdt, 6);
	cpu_set_descriptor(SEL_LEGACY_TSS, make_descriptor((u64)&legacy_tss,
							   sizeof(legacy_tss) - 1, 0x89, 0));
	legacy_back[0] = read_cr0();
	legacy_back[1] = cr3;
	legacy_back[2] = cr4;
	legacy_enter();
	cpu_load_tables();
}

void legacy_run(struct legacy_state *state)
{
	struct legacy_state *low = (struct legacy_state *)LEGACY_STATE;

	*low = *state;
	enter(read_cr3(), read_cr4());
	*state = *low;
}

LEGACY_SNIPPET(32, legacy_nothing, "nop");

void legacy_reenter(u64 cr3, u64 cr4)
{
	struct legacy_state *low = (struct legacy_state *)LEGACY_STATE;

	legacy_begin(low, LEGACY_FLAT, legacy_nothing);
	enter(cr3, cr4);
}
