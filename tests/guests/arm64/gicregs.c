// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of distributor and redistributors: what is there, at every
 * width, what reads as zero, what cannot be written. IHI 0069, chapter 12;
 * IHI 0048, chapter 4. Nothing may end in anything but a value or an abort.
 */
#include "cpu.h"
#include "giccpu.h"

const char *const guest_name = "gicregs";

#define FIRST_SPI	64
#define SPI_WORD	8		/* FIRST_SPI / 32 * 4 */
#define GICD_LEN	0x10000UL
#define GICR_LEN	0x20000UL
#define ARCH_REV	4		/* field of PIDR2 */

static u64 gicd;

static u32 get(u32 offset)
{
	return mmio_read32(gicd + offset);
}

static void put(u32 offset, u32 val)
{
	mmio_write32(gicd + offset, val);
}

static bool is_v3(void)
{
	if (gic_version() != 3)
		test_skip("GICv2");
	return gic_version() == 3;
}

static void identification(void)
{
	u32 pidr2 = get(gic_version() == 3 ? GICD_PIDR2 : GICV2_PIDR2);

	check(pidr2 >> ARCH_REV == gic_version(), "PIDR2 is 0x%x", pidr2);
	check(gic_lines() >= 96, "%u interrupts", gic_lines());
	if (gic_version() == 2)
		check((get(GICD_TYPER) >> 5 & 7) == arch_cpu_count() - 1, "TYPER is 0x%x",
		      get(GICD_TYPER));
}

/* Values that nothing may change. */
static void read_only(void)
{
	static const u32 offsets[] = { GICD_TYPER, GICD_IIDR, GICD_PIDR2 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		u32 before;

		if (gic_version() == 2 && offsets[i] >= 0x1000)
			continue;
		before = get(offsets[i]);
		put(offsets[i], ~before);
		check(get(offsets[i]) == before, "0x%x changed", offsets[i]);
	}
}

static void control(void)
{
	u32 before = get(GICD_CTLR);

	put(GICD_CTLR, 0);
	check(!(get(GICD_CTLR) & 3), "off: 0x%x", get(GICD_CTLR));
	put(GICD_CTLR, before);
	check((get(GICD_CTLR) & 0x13) == (before & 0x13), "0x%x, not 0x%x", get(GICD_CTLR), before);
	if (gic_version() == 3)
		check(get(GICD_CTLR) & 0x10, "no affinity routing: 0x%x", get(GICD_CTLR));
}

/* --- bits that are set in one register and cleared in another --- */

struct bit_pair {
	const char *name;
	u32 set;
	u32 clear;
};

static const struct bit_pair bit_pairs[] = {
	{ "enable", GICD_ISENABLER, GICD_ICENABLER },
	{ "pending", GICD_ISPENDR, GICD_ICPENDR },
	{ "active", GICD_ISACTIVER, GICD_ICACTIVER },
};

static void check_bits(const struct bit_pair *pair, u64 base, u32 word, u32 mask)
{
	u64 set = base + pair->set + word, clear = base + pair->clear + word;
	u32 bit, before = mmio_read32(set) & ~mask;

	mmio_write32(clear, mask);
	for (bit = 1; bit && !test_failed(); bit <<= 1) {
		if (!(bit & mask))
			continue;
		mmio_write32(set, bit);
		check(mmio_read32(set) == (before | bit) && mmio_read32(clear) == (before | bit),
		      "%s 0x%x: set, 0x%x and 0x%x", pair->name, bit, mmio_read32(set),
		      mmio_read32(clear));
		mmio_write32(set, 0);
		mmio_write32(clear, 0);
		check(mmio_read32(set) == (before | bit), "%s 0x%x: writing 0", pair->name, bit);
		mmio_write32(clear, bit);
		check(mmio_read32(set) == before && mmio_read32(clear) == before,
		      "%s 0x%x: cleared, 0x%x and 0x%x", pair->name, bit, mmio_read32(set),
		      mmio_read32(clear));
	}
	mmio_write32(set, mask);
	check(mmio_read32(clear) == (before | mask), "%s: all set, 0x%x", pair->name,
	      mmio_read32(clear));
	mmio_write32(clear, mask);
	check(mmio_read32(set) == before, "%s: all cleared, 0x%x", pair->name, mmio_read32(set));
}

static void bits_of_spis(void)
{
	unsigned int i;

	put(GICD_ICENABLER + SPI_WORD, -1u);
	for (i = 0; i < 32; i += 4)
		put(GICD_ITARGETSR + FIRST_SPI + i, 0x01010101);
	for (i = 0; i < ARRAY_SIZE(bit_pairs); i++)
		check_bits(&bit_pairs[i], gicd, SPI_WORD, -1u);
}

/* PPIs that no timer uses; SGIs of GICv2 are always enabled, and pending otherwise. */
static void bits_of_private_ones(void)
{
	u64 base = gic_version() == 3 ? gicr_base(arch_cpu_self()) + GICR_SGI : gicd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bit_pairs); i++)
		check_bits(&bit_pairs[i], base, 0, 0x00700000);
	if (gic_version() == 3) {
		mmio_write32(base + GICD_ICENABLER, 0xffff);
		check_bits(&bit_pairs[1], base, 0, 0xffff);
		check_bits(&bit_pairs[2], base, 0, 0xffff);
		check_bits(&bit_pairs[0], base, 0, 0xffff);
		mmio_write32(base + GICD_ISENABLER, 0xffff);
	}
}

static void other_cpus_private_ones(void)
{
	unsigned int other = !arch_cpu_self();

	if (!is_v3())
		return;
	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	mmio_write32(gicr_base(arch_cpu_self()) + GICR_SGI + GICD_ISENABLER, 1 << 20);
	mmio_write32(gicr_base(arch_cpu_self()) + GICR_SGI + GICD_IPRIORITYR + 20, 0x50);
	mmio_write32(gicr_base(other) + GICR_SGI + GICD_IPRIORITYR + 20, 0x60);
	check(!(mmio_read32(gicr_base(other) + GICR_SGI + GICD_ISENABLER) & 1 << 20), "enabled");
	check(mmio_read32(gicr_base(arch_cpu_self()) + GICR_SGI + GICD_IPRIORITYR + 20) == 0x50 &&
	      mmio_read32(gicr_base(other) + GICR_SGI + GICD_IPRIORITYR + 20) == 0x60, "priority");
	gic_private_write(GICD_ICENABLER, 1 << 20);
}

/* --- priorities --- */

static void priorities_of(u64 addr)
{
	unsigned int i;
	u8 kept;

	mmio_write32(addr, -1u);
	kept = mmio_read8(addr);
	check(kept >= 0xf0 && !(~kept & (~kept + 1) & 0xff), "bits 0x%x", kept);
	mmio_write32(addr, 0);
	for (i = 0; i < 4; i++)
		mmio_write8(addr + i, 0x10 * (i + 1) + 0x80);
	check(mmio_read32(addr) == 0xc0b0a090, "bytes written: 0x%x", mmio_read32(addr));
	mmio_write32(addr, 0x50607080);
	for (i = 0; i < 4; i++)
		check(mmio_read8(addr + i) == 0x80 - 0x10 * i, "byte %u is 0x%x", i,
		      mmio_read8(addr + i));
}

static void priorities(void)
{
	u64 base = gic_version() == 3 ? gicr_base(arch_cpu_self()) + GICR_SGI : gicd;

	priorities_of(gicd + GICD_IPRIORITYR + FIRST_SPI);
	priorities_of(base + GICD_IPRIORITYR + 20);
	priorities_of(base + GICD_IPRIORITYR + 4);
	mmio_write32(base + GICD_IPRIORITYR + 4, 0xa0a0a0a0);
}

static void configuration(void)
{
	u64 sgis = gic_version() == 3 ? gicr_base(arch_cpu_self()) + GICR_SGI : gicd;
	u32 offset = GICD_ICFGR + FIRST_SPI / 4;

	put(offset, 0);
	check(!(get(offset) & 0xaaaaaaaa), "levels: 0x%x", get(offset));
	put(offset, 0xaaaaaaaa);
	check((get(offset) & 0xaaaaaaaa) == 0xaaaaaaaa, "edges: 0x%x", get(offset));
	put(offset, 0x80000002);
	check((get(offset) & 0xaaaaaaaa) == 0x80000002, "both: 0x%x", get(offset));
	put(offset, 0);
	mmio_write32(sgis + GICD_ICFGR, 0);
	check((mmio_read32(sgis + GICD_ICFGR) & 0xaaaaaaaa) == 0xaaaaaaaa, "SGIs: 0x%x",
	      mmio_read32(sgis + GICD_ICFGR));
}

static void groups(void)
{
	u32 offset = GICD_IGROUPR + SPI_WORD, before = get(offset);

	put(offset, 0x5a5a1234);
	check(get(offset) == 0x5a5a1234 || (gic_version() == 2 && !get(offset)), "0x%x",
	      get(offset));
	put(offset, before);
}

static void routes(void)
{
	u64 addr = gicd + GICD_IROUTER + 8 * FIRST_SPI, mpidr = cpu_mpidr(arch_cpu_count() - 1);

	if (!is_v3())
		return;
	mmio_write64(addr, mpidr);
	check(mmio_read64(addr) == mpidr, "0x%lx", mmio_read64(addr));
	check(mmio_read32(addr) == (u32)mpidr && mmio_read32(addr + 4) == mpidr >> 32, "halves");
	mmio_write32(addr, cpu_mpidr(0));
	mmio_write32(addr + 4, 0);
	check(mmio_read64(addr) == (u32)cpu_mpidr(0), "written by halves: 0x%lx",
	      mmio_read64(addr));
	mmio_write64(addr, 0x7f00ffff07);
	check(mmio_read64(addr) == 0x7f00ffff07, "nobody's: 0x%lx", mmio_read64(addr));
	mmio_write64(addr, cpu_mpidr(0));
}

static void targets(void)
{
	u64 addr = gicd + GICD_ITARGETSR + FIRST_SPI;
	u32 all = (1u << arch_cpu_count()) - 1;

	if (gic_version() == 3) {
		mmio_write32(addr, 0x01010101);
		check(!mmio_read32(addr), "with affinity routing: 0x%x", mmio_read32(addr));
		return;
	}
	if (arch_cpu_count() == 1) {
		test_skip("one CPU");
		return;
	}
	mmio_write8(addr, 0xff);
	check(mmio_read8(addr) == all || arch_is_reference(), "0x%x", mmio_read8(addr));
	mmio_write8(addr + 1, 2);
	mmio_write8(addr, 1);
	check((mmio_read32(addr) & 0xffff) == 0x0201, "0x%x", mmio_read32(addr));
	check(mmio_read8(gicd + GICD_ITARGETSR) == 1u << arch_cpu_self(), "own: 0x%x",
	      mmio_read8(gicd + GICD_ITARGETSR));
}

/* IHI 0069, 12.9: with affinity routing these are in the redistributors. */
static void private_ones_not_in_distributor(void)
{
	static const u32 offsets[] = {
		GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR,
		GICD_ISACTIVER, GICD_ICACTIVER, GICD_IPRIORITYR, GICD_IPRIORITYR + 28,
		GICD_ITARGETSR, GICD_ICFGR, GICD_ICFGR + 4, GICD_CPENDSGIR, GICD_SPENDSGIR,
		GICD_SGIR, GICD_IROUTER, GICD_IROUTER + 8 * 31,
	};
	unsigned int i;

	if (!is_v3())
		return;
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		put(offsets[i], offsets[i] == GICD_SGIR ? 0 : -1u);
		check(!get(offsets[i]), "0x%x reads 0x%x", offsets[i], get(offsets[i]));
	}
}

static void beyond_last(void)
{
	unsigned int nr = gic_lines();

	if (nr >= 992) {
		test_skip("%u interrupts", nr);
		return;
	}
	put(GICD_ISENABLER + nr / 8, -1u);
	put(GICD_ISPENDR + nr / 8, -1u);
	put(GICD_ISACTIVER + nr / 8, -1u);
	put(GICD_IPRIORITYR + nr, -1u);
	check(!get(GICD_ISENABLER + nr / 8) && !get(GICD_ISPENDR + nr / 8) &&
	      !get(GICD_ISACTIVER + nr / 8) && !get(GICD_IPRIORITYR + nr),
	      "interrupt %u has registers", nr);
	put(GICD_ISENABLER + 124, -1u);
	put(GICD_ICFGR + 252, -1u);
}

static void reserved(void)
{
	static const u32 offsets[] = { 0x0014, 0x0018, 0x001c, 0x0f40, 0x0ffc, 0x5000, 0x5ffc };
	unsigned int i;

	if (!is_v3())
		return;
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		put(offsets[i], -1u);
		check(!get(offsets[i]), "0x%x reads 0x%x", offsets[i], get(offsets[i]));
	}
}

/* --- redistributors --- */

static void redistributors(void)
{
	u64 frame = gicr_base(0), typer;
	unsigned int cpu;

	if (!is_v3())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++, frame += GICR_LEN) {
		u64 mpidr = cpu_mpidr(cpu);

		typer = mmio_read64(frame + GICR_TYPER);
		check(typer >> 32 == ((mpidr & 0xffffff) | (mpidr >> 32) << 24),
		      "frame %u is of 0x%lx", cpu, typer >> 32);
		check((typer >> 8 & 0xffff) == cpu, "frame %u has number %lu", cpu,
		      typer >> 8 & 0xffff);
		check(!(typer & BIT(4)) == (cpu + 1 < arch_cpu_count()), "frame %u: Last %lu", cpu,
		      typer >> 4 & 1);
		check(mmio_read32(frame + GICR_TYPER) == (u32)typer &&
		      mmio_read32(frame + GICR_TYPER + 4) == typer >> 32, "frame %u: halves", cpu);
		check(mmio_read32(frame + GICR_PIDR2) >> ARCH_REV == 3, "frame %u: PIDR2", cpu);
	}
}

static void redistributor_read_only(void)
{
	u64 frame = gicr_base(arch_cpu_self()), typer;

	if (!is_v3())
		return;
	typer = mmio_read64(frame + GICR_TYPER);
	mmio_write64(frame + GICR_TYPER, ~typer);
	mmio_write32(frame + GICR_IIDR, -1u);
	mmio_write32(frame + GICR_PIDR2, 0);
	check(mmio_read64(frame + GICR_TYPER) == typer, "TYPER changed");
	check(mmio_read32(frame + GICR_PIDR2) >> ARCH_REV == 3, "PIDR2 changed");
}

/* The CPU interface goes to sleep, and the redistributor tells when it has. */
static void waker(void)
{
	u64 addr = gicr_base(arch_cpu_self()) + GICR_WAKER, end;

	if (!is_v3())
		return;
	gic_cpu_enable(false);
	mmio_write32(addr, 2);
	end = arch_time() + time_from_us(1000000);
	while (!(mmio_read32(addr) & 4) && arch_time() < end)
		barrier();
	check((mmio_read32(addr) & 6) == 6, "asleep: 0x%x", mmio_read32(addr));
	mmio_write32(addr, 0);
	end = arch_time() + time_from_us(1000000);
	while (mmio_read32(addr) & 4 && arch_time() < end)
		barrier();
	check(!(mmio_read32(addr) & 6), "awake: 0x%x", mmio_read32(addr));
	gic_cpu_enable(true);
}

static void redistributor_reserved(void)
{
	static const u32 offsets[] = { 0x0018, 0x00c8, 0x10000, 0x10c10, 0x10100 + 4, 0x1ff00 };
	unsigned int i;

	if (!is_v3())
		return;
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		u64 addr = gicr_base(arch_cpu_self()) + offsets[i];

		mmio_write32(addr, -1u);
		check(!mmio_read32(addr), "0x%x reads 0x%x", offsets[i], mmio_read32(addr));
	}
}

/* --- every offset at every width: a value or an abort --- */

struct access {
	u64 addr;
	u8 size;
	bool write;
};

static void do_access(void *arg)
{
	struct access *access = arg;

	switch (access->size << 1 | access->write) {
	case 0 << 1:
		mmio_read8(access->addr);
		break;
	case 0 << 1 | 1:
		mmio_write8(access->addr, 0);
		break;
	case 1 << 1:
		mmio_read16(access->addr);
		break;
	case 1 << 1 | 1:
		mmio_write16(access->addr, 0);
		break;
	case 2 << 1:
		mmio_read32(access->addr);
		break;
	case 2 << 1 | 1:
		mmio_write32(access->addr, 0);
		break;
	case 3 << 1:
		mmio_read64(access->addr);
		break;
	default:
		mmio_write64(access->addr, 0);
	}
}

static bool try_access(u64 addr, unsigned int size, bool write)
{
	struct access access = { .addr = addr, .size = size, .write = write };
	struct trap_info trap;

	if (!arch_try(do_access, &access, &trap))
		return true;
	check(ESR_EC(trap.cause) == EC_DABORT && trap.addr == addr, "0x%lx: ESR 0x%lx FAR 0x%lx",
	      addr, trap.cause, trap.addr);
	return false;
}

static void each_width(u64 base, u64 len, bool write)
{
	u64 offset;
	unsigned int size;

	for (offset = 0; offset < len && !test_failed(); offset += 4) {
		/* Beyond the registers' first kilobytes they are all alike. */
		if (offset % 0x1000 >= 0x140 && offset % 0x1000 < 0xec0 && offset % 0x40)
			continue;
		for (size = 0; size < 4; size++) {
			if (!(offset & ((1 << size) - 1)))
				try_access(base + offset, size, write);
		}
	}
}

static void reads_at_each_width(void)
{
	each_width(gicd, gic_version() == 3 ? GICD_LEN : 0x1000, false);
	if (gic_version() == 3)
		each_width(gicr_base(arch_cpu_self()), GICR_LEN, false);
	else
		each_width(gicc_base() + 0x10, 0x1000 - 0x10, false);
}

/* Zero: it changes little that cannot be set up again. */
static void writes_at_each_width(void)
{
	each_width(gicd + 0x40, (gic_version() == 3 ? GICD_LEN : 0x1000) - 0x40, true);
	if (gic_version() == 3)
		each_width(gicr_base(arch_cpu_self()) + 0x40, GICR_LEN - 0x40, true);
	gic_init();
	gic_cpu_init();
}

static void words_always_work(void)
{
	static const u32 offsets[] = {
		GICD_CTLR, GICD_TYPER, GICD_IIDR, GICD_IGROUPR + SPI_WORD,
		GICD_ISENABLER + SPI_WORD, GICD_ICENABLER + SPI_WORD, GICD_ISPENDR + SPI_WORD,
		GICD_ICPENDR + SPI_WORD, GICD_ISACTIVER + SPI_WORD, GICD_ICACTIVER + SPI_WORD,
		GICD_IPRIORITYR + FIRST_SPI, GICD_ITARGETSR + FIRST_SPI, GICD_ICFGR + 16,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		check(try_access(gicd + offsets[i], 2, false), "0x%x aborts", offsets[i]);
	check(try_access(gicd + GICD_IPRIORITYR + FIRST_SPI, 0, false), "bytes of priorities");
	if (gic_version() == 3)
		check(try_access(gicd + GICD_IROUTER + 8 * FIRST_SPI, 3, false), "routes");
}

/* --- the CPU interface --- */

static void interface_registers(void)
{
	if (!is_v3())
		return;
	check(icc_read(ICC_SRE) & 1, "SRE is 0x%lx", icc_read(ICC_SRE));
	icc_write(ICC_SRE, 0);
	isb();
	check(icc_read(ICC_SRE) & 1, "SRE can be cleared");
	check((icc_read(ICC_CTLR) >> 8 & 7) >= 3, "CTLR is 0x%lx", icc_read(ICC_CTLR));
	icc_write(ICC_BPR1, 7);
	isb();
	check(icc_read(ICC_BPR1) == 7, "BPR1 is 0x%lx", icc_read(ICC_BPR1));
	icc_write(ICC_BPR1, 0);
	isb();
	check(icc_read(ICC_BPR1) < 7, "BPR1 is 0x%lx at least", icc_read(ICC_BPR1));
	icc_write(ICC_BPR0, 5);
	isb();
	check(icc_read(ICC_BPR0) == 5, "BPR0 is 0x%lx", icc_read(ICC_BPR0));
	icc_write(ICC_BPR0, 0);
	icc_write(ICC_IGRPEN0, 1);
	isb();
	check(icc_read(ICC_IGRPEN0) == 1, "IGRPEN0 is 0x%lx", icc_read(ICC_IGRPEN0));
	icc_write(ICC_IGRPEN0, 0);
	isb();
	check(icc_read(ICC_IGRPEN0) == 0 && icc_read(ICC_IGRPEN1) == 1, "IGRPEN");
	check(icc_read(ICC_RPR) == 0xff, "RPR is 0x%lx", icc_read(ICC_RPR));
}

static const struct test_case cases[] = {
	{ "identification", identification },
	{ "read_only", read_only },
	{ "control", control },
	{ "bits_of_spis", bits_of_spis },
	{ "bits_of_private_ones", bits_of_private_ones },
	{ "other_cpus_private_ones", other_cpus_private_ones },
	{ "priorities", priorities },
	{ "configuration", configuration },
	{ "groups", groups },
	{ "routes", routes },
	{ "targets", targets },
	{ "private_ones_not_in_distributor", private_ones_not_in_distributor },
	{ "beyond_last", beyond_last },
	{ "reserved", reserved },
	{ "redistributors", redistributors },
	{ "redistributor_read_only", redistributor_read_only },
	{ "waker", waker },
	{ "redistributor_reserved", redistributor_reserved },
	{ "words_always_work", words_always_work },
	{ "reads_at_each_width", reads_at_each_width },
	{ "writes_at_each_width", writes_at_each_width },
	{ "interface_registers", interface_registers },
};

/* Other CPUs have to have been up once for their redistributors to be known. */
static void nothing(void *arg)
{
	add_shared((u64 *)arg, 1);
}

void guest_main(void)
{
	unsigned int cpu;
	u64 came = 0;

	gicd = gicd_base();
	for (cpu = 1; cpu < arch_cpu_count(); cpu++) {
		if (!arch_cpu_start(cpu, nothing, &came))
			test_abort("CPU %u does not start", cpu);
	}
	if (!wait_for(&came, arch_cpu_count() - 1, 20000000))
		test_abort("%lu CPUs came", came);
	test_run(cases, ARRAY_SIZE(cases));
}
