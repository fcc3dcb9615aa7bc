// SPDX-License-Identifier: GPL-2.0
/*
 * Device registers compared with memory. Not for several CPUs at once.
 */
#include "cpu.h"
#include "oracle.h"

#define HOLE_ADDR	0xfeb00000UL
#define MAX_WIDTH	32
#define NR_YMM		16

struct device device_word = { .name = "word", .width = 4 };
struct device device_byte = { .name = "byte", .width = 1 };
struct device device_hole = { .name = "hole", .addr = HOLE_ADDR };

struct state {
	struct insn_regs regs;
	struct trap_info trap;
	bool trapped;
	u64 ymm[NR_YMM * 4];
};

static u64 words[2 * MAX_WIDTH / 8] __aligned(64);
static u64 ymm_before[NR_YMM * 4] __aligned(32);
static u64 stack[64] __aligned(64);
static u64 seed = 11;

void oracle_init(void)
{
	lapic_prefer(false);
	lapic_setup();
	lapic_write(APIC_LVT_TIMER, APIC_MASKED);
	lapic_write(APIC_TDCR, 0xa);
	device_word.addr = lapic_base() + APIC_TMICT;
	device_byte.addr = ioapic_base();
	asm volatile("movq (%1), %0" : "=r" (device_hole.constant) : "r" (HOLE_ADDR) : "memory");
	arch_vector_on();
	arch_fp_on();
}

const struct device *device_of_width(unsigned int width)
{
	if (width == 4)
		return &device_word;
	return width == 1 ? &device_byte : &device_hole;
}

u64 device_get(const struct device *dev)
{
	return dev->width == 1 ? mmio_read8(dev->addr) : mmio_read32(dev->addr);
}

void device_set(const struct device *dev, u64 val)
{
	if (dev->width == 1)
		mmio_write8(dev->addr, val);
	else
		mmio_write32(dev->addr, val);
}

static void fill_memory(const struct device *dev, u64 val)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = dev->width ? 0 : dev->constant;
	if (dev->width)
		memcpy(words, &val, dev->width);
}

static void fill_stack(void)
{
	u64 state = 99;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stack); i++)
		stack[i] = random_next(&state);
}

static void execute(const struct oracle_op *op, u64 addr, const struct insn_regs *before,
		    struct state *after)
{
	bool vector = op->vector && HAS_AVX;

	after->regs = *before;
	after->regs.r[RBX] = addr;
	fill_stack();
	if (vector)
		vector_load((const u8 *)ymm_before);
	after->trapped = insn_run(&op->insn, &after->regs, &after->trap);
	if (vector)
		vector_store((u8 *)after->ymm);
}

static void compare(const struct oracle_op *op, const struct device *dev,
		    const struct state *memory, const struct state *device)
{
	unsigned int changed = insn_changed(&memory->regs, &device->regs, BIT(RBX));
	unsigned int i;

	check(memory->trapped == device->trapped && memory->trap.cause == device->trap.cause,
	      "%s, %s: trap %lu, in memory %lu", op->name, dev->name, device->trap.cause,
	      memory->trap.cause);
	check(!changed, "%s, %s: register %u is 0x%lx, in memory 0x%lx", op->name, dev->name,
	      changed - 1, device->regs.r[changed - 1], memory->regs.r[changed - 1]);
	check(!((memory->regs.rflags ^ device->regs.rflags) & op->flags),
	      "%s, %s: flags 0x%lx, in memory 0x%lx", op->name, dev->name, device->regs.rflags,
	      memory->regs.rflags);
	for (i = 0; op->vector && HAS_AVX && i < ARRAY_SIZE(memory->ymm); i++)
		check(memory->ymm[i] == device->ymm[i], "%s, %s: ymm%u is 0x%lx, in memory 0x%lx",
		      op->name, dev->name, i / 4, device->ymm[i], memory->ymm[i]);
}

static u64 random_value(const struct device *dev)
{
	static const u64 special[] = { 0, -1UL, 0x80808080, 0x7f7f7f7f, 1 };
	u64 val = random_next(&seed);

	if (val % 3 == 0)
		val = special[val / 3 % ARRAY_SIZE(special)];
	return dev->width == 1 ? val & 0xff : val & 0xffffffff;
}

void oracle_run_with(const struct oracle_op *op, const struct device *dev,
		     const struct insn_regs *given, u32 mask)
{
	static struct state memory, device;
	struct insn_regs before;
	u64 val = random_value(dev), left = 0;
	unsigned int i;

	insn_fill(&before);
	before.r[RSP] = (u64)&stack[32];
	for (i = 0; given && i < ARRAY_SIZE(before.r); i++) {
		if (mask & BIT(i))
			before.r[i] = given->r[i];
	}
	for (i = 0; i < ARRAY_SIZE(ymm_before); i++)
		ymm_before[i] = random_next(&seed);
	fill_memory(dev, val);
	execute(op, (u64)words, &before, &memory);
	memcpy(&left, words, dev->width);
	if (dev->width)
		device_set(dev, val);
	execute(op, dev->addr, &before, &device);
	compare(op, dev, &memory, &device);
	if (dev->width && !memory.trapped)
		check(device_get(dev) == left, "%s, %s: leaves 0x%lx of 0x%lx, in memory 0x%lx",
		      op->name, dev->name, device_get(dev), val, left);
}

void oracle_run(const struct oracle_op *op, const struct device *dev)
{
	oracle_run_with(op, dev, NULL, 0);
}
