// SPDX-License-Identifier: GPL-2.0
/*
 * Platform-level interrupt controller, after the RISC-V PLIC specification
 * 1.0, whose headings the comments cite.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, set_level by devices in any context, the rest in process
 * context while no vCPU runs.
 *
 * Each context remembers its best source, so that raising a line costs one
 * comparison per context; claims and register writes search bit maps.
 *
 * Parameters: cfg[0] number of contexts, 0 = one per vCPU; cfg[1] highest
 * source id, 0 = PLIC_DEFAULT_SOURCES.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "plic.h"
#include "riscv.h"
#include "vm.h"

/**
 * struct plic_context - one target: the S-mode of one vCPU
 * @enable: bit per source
 * @threshold: priorities up to this one do not interrupt
 * @best: pending and enabled source that a claim would give, 0 none
 * @output: what the vCPU was told last
 */
struct plic_context {
	u32 enable[PLIC_MAX_WORDS];
	u32 threshold;
	u32 best;
	bool output;
};

/**
 * struct plic - the controller of one VM
 * @dev: what all devices have
 * @chip: where the devices' lines end
 * @nr_sources: highest source id; immutable
 * @nr_words: words of a bit map of sources; immutable
 * @nr_contexts: length of @contexts; immutable
 * @lock: protects everything below; inside of the devices' locks
 * @level: the line is high
 * @pending: waits for a claim
 * @in_service: claimed and not completed: the gateway lets nothing through
 * @priority: of each source
 * @by_priority: the same as bit maps: sources that have a priority
 * @contexts: context i belongs to vCPU i; those beyond have registers and no vCPU
 */
struct plic {
	struct axvm_device dev;
	struct axvm_irq_chip chip;
	u32 nr_sources;
	u32 nr_words;
	u32 nr_contexts;
	raw_spinlock_t lock;
	u32 level[PLIC_MAX_WORDS];
	u32 pending[PLIC_MAX_WORDS];
	u32 in_service[PLIC_MAX_WORDS];
	u8 priority[PLIC_MAX_SOURCES];
	u32 by_priority[PLIC_PRIORITIES][PLIC_MAX_WORDS];
	struct plic_context *contexts;
};

static struct plic *to_plic(struct axvm_device *dev)
{
	return container_of(dev, struct plic, dev);
}

/* Tell a vCPU the level of its external interrupt; tests listen here. */
VISIBLE_IF_KUNIT void rv_plic_notify(struct axvm_vcpu *vcpu, bool level)
{
	KUNIT_STATIC_STUB_REDIRECT(rv_plic_notify, vcpu, level);
	rv_vcpu_set_external_irq(vcpu, level);
}
EXPORT_SYMBOL_IF_KUNIT(rv_plic_notify);

static u32 source_bit(u32 source)
{
	return 1u << (source % 32);
}

static bool source_is_set(const u32 *map, u32 source)
{
	return map[source / 32] & source_bit(source);
}

static bool source_exists(const struct plic *plic, u32 source)
{
	return source && source <= plic->nr_sources;
}

/* Bits of a word that stand for sources that exist. */
static u32 word_mask(const struct plic *plic, u32 word)
{
	u32 last = plic->nr_sources - word * 32;
	u32 mask = last < 31 ? (2u << last) - 1 : U32_MAX;

	return word ? mask : mask & ~1u;
}

/* "Interrupt Priorities": the highest one first, then the lowest id. Source 0 has none. */
static bool is_better(const struct plic *plic, u32 source, u32 than)
{
	u8 a = plic->priority[source], b = plic->priority[than];

	return a > b || (a == b && source < than);
}

static void update_output(struct plic *plic, struct plic_context *ctx)
{
	struct axvm_vm *vm = axvm_vm_of_device(&plic->dev);
	u32 n = ctx - plic->contexts;
	bool output = plic->priority[ctx->best] > ctx->threshold;

	if (output == ctx->output)
		return;
	ctx->output = output;
	if (n < vm->nr_vcpus)
		rv_plic_notify(vm->vcpus[n], output);
}

static u32 find_best(const struct plic *plic, const struct plic_context *ctx)
{
	u32 priority, word, bits;

	for (priority = PLIC_PRIORITIES - 1; priority; priority--) {
		for (word = 0; word < plic->nr_words; word++) {
			bits = plic->pending[word] & ctx->enable[word] &
			       plic->by_priority[priority][word];
			if (bits)
				return word * 32 + __ffs(bits);
		}
	}
	return 0;
}

static void search_again(struct plic *plic, struct plic_context *ctx)
{
	ctx->best = find_best(plic, ctx);
	update_output(plic, ctx);
}

/* A source became pending, or rose in priority while it was. */
static void offer_source(struct plic *plic, u32 source)
{
	struct plic_context *ctx;

	for (ctx = plic->contexts; ctx < plic->contexts + plic->nr_contexts; ctx++) {
		if (!source_is_set(ctx->enable, source) || !is_better(plic, source, ctx->best))
			continue;
		ctx->best = source;
		update_output(plic, ctx);
	}
}

/* A source is not pending any more, or fell in priority. */
static void withdraw_source(struct plic *plic, u32 source)
{
	struct plic_context *ctx;

	for (ctx = plic->contexts; ctx < plic->contexts + plic->nr_contexts; ctx++)
		if (ctx->best == source)
			search_again(plic, ctx);
}

/*
 * "Interrupt Gateways": a level-triggered source makes one request and no
 * other before that is completed. A request stays when the line falls.
 */
static void run_gateway(struct plic *plic, u32 source)
{
	u32 word = source / 32, bit = source_bit(source);

	if (!(plic->level[word] & ~plic->in_service[word] & ~plic->pending[word] & bit))
		return;
	plic->pending[word] |= bit;
	offer_source(plic, source);
}

static void set_level(struct axvm_irq_chip *chip, u32 nr, bool level)
{
	struct plic *plic = container_of(chip, struct plic, chip);

	if (!source_exists(plic, nr))
		return;
	guard(raw_spinlock_irqsave)(&plic->lock);
	if (level)
		plic->level[nr / 32] |= source_bit(nr);
	else
		plic->level[nr / 32] &= ~source_bit(nr);
	run_gateway(plic, nr);
}

static bool check(const struct axvm_irq_chip *chip, u32 nr)
{
	return source_exists(container_of(chip, struct plic, chip), nr);
}

static const struct axvm_irq_chip_ops chip_ops = {
	.set_level = set_level,
	.check = check,
};

/* "Interrupt Claim Process": the best source, whatever the threshold says. */
static u32 claim_source(struct plic *plic, struct plic_context *ctx)
{
	u32 source = ctx->best;

	if (!source)
		return 0;
	plic->pending[source / 32] &= ~source_bit(source);
	plic->in_service[source / 32] |= source_bit(source);
	withdraw_source(plic, source);
	return source;
}

/* "Interrupt Completion": ignored unless the source is enabled for this context. */
static void complete_source(struct plic *plic, struct plic_context *ctx, u32 source)
{
	if (!source_exists(plic, source))
		return;
	source = array_index_nospec(source, PLIC_MAX_SOURCES);
	if (!source_is_set(ctx->enable, source))
		return;
	plic->in_service[source / 32] &= ~source_bit(source);
	run_gateway(plic, source);
}

static u32 read_priority(struct plic *plic, u32 offset)
{
	u32 source = offset / 4;

	return source <= plic->nr_sources ?
	       READ_ONCE(plic->priority[array_index_nospec(source, PLIC_MAX_SOURCES)]) : 0;
}

static void write_priority(struct plic *plic, u32 offset, u32 val)
{
	u32 source = offset / 4;

	if (!source_exists(plic, source))
		return;
	source = array_index_nospec(source, PLIC_MAX_SOURCES);
	val %= PLIC_PRIORITIES;
	plic->by_priority[plic->priority[source]][source / 32] &= ~source_bit(source);
	plic->by_priority[val][source / 32] |= source_bit(source);
	WRITE_ONCE(plic->priority[source], val);
	withdraw_source(plic, source);
	if (source_is_set(plic->pending, source))
		offer_source(plic, source);
}

static u32 read_pending(struct plic *plic, u32 offset)
{
	return READ_ONCE(plic->pending[array_index_nospec(offset / 4, PLIC_MAX_WORDS)]);
}

static struct plic_context *find_context(struct plic *plic, u32 n)
{
	if (n >= plic->nr_contexts)
		return NULL;
	return &plic->contexts[array_index_nospec(n, plic->nr_contexts)];
}

static u32 read_enable(struct plic *plic, u32 offset)
{
	struct plic_context *ctx = find_context(plic, offset / PLIC_ENABLE_STRIDE);

	return ctx ? READ_ONCE(ctx->enable[offset % PLIC_ENABLE_STRIDE / 4]) : 0;
}

static void write_enable(struct plic *plic, u32 offset, u32 val)
{
	struct plic_context *ctx = find_context(plic, offset / PLIC_ENABLE_STRIDE);
	u32 word = offset % PLIC_ENABLE_STRIDE / 4;

	if (!ctx || word >= plic->nr_words)
		return;
	WRITE_ONCE(ctx->enable[word], val & word_mask(plic, word));
	search_again(plic, ctx);
}

static u32 read_claim(struct plic *plic, struct plic_context *ctx)
{
	guard(raw_spinlock_irqsave)(&plic->lock);
	return claim_source(plic, ctx);
}

static u32 read_context(struct plic *plic, u32 offset)
{
	struct plic_context *ctx = find_context(plic, offset / PLIC_CONTEXT_STRIDE);

	if (!ctx)
		return 0;
	switch (offset % PLIC_CONTEXT_STRIDE) {
	case PLIC_THRESHOLD:
		return READ_ONCE(ctx->threshold);
	case PLIC_CLAIM:
		return read_claim(plic, ctx);
	default:
		return 0;
	}
}

static void write_context(struct plic *plic, u32 offset, u32 val)
{
	struct plic_context *ctx = find_context(plic, offset / PLIC_CONTEXT_STRIDE);

	if (!ctx)
		return;
	switch (offset % PLIC_CONTEXT_STRIDE) {
	case PLIC_THRESHOLD:
		WRITE_ONCE(ctx->threshold, val % PLIC_PRIORITIES);
		update_output(plic, ctx);
		break;
	case PLIC_CLAIM:
		complete_source(plic, ctx, val);
		break;
	}
}

static void write_nothing(struct plic *plic, u32 offset, u32 val)
{
}

/* "Memory Map", from the last area to the first. */
static const struct area {
	u32 base;
	u32 len;
	u32 (*read)(struct plic *plic, u32 offset);
	void (*write)(struct plic *plic, u32 offset, u32 val);
} areas[] = {
	{ PLIC_CONTEXT_BASE, PLIC_LEN - PLIC_CONTEXT_BASE, read_context, write_context },
	{ PLIC_ENABLE_BASE, PLIC_CONTEXT_BASE - PLIC_ENABLE_BASE, read_enable, write_enable },
	{ PLIC_PENDING_BASE, PLIC_MAX_WORDS * 4, read_pending, write_nothing },
	{ PLIC_PRIORITY_BASE, PLIC_MAX_SOURCES * 4, read_priority, write_priority },
};

/* The area of an offset, or NULL for a reserved one: it reads zero and ignores writes. */
static const struct area *find_area(u64 offset)
{
	const struct area *area;

	for (area = areas; area < areas + ARRAY_SIZE(areas); area++)
		if (offset >= area->base && offset - area->base < area->len)
			return area;
	return NULL;
}

/* One word that is read takes no lock; only a claim, which changes state, does. */
static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	const struct area *area = find_area(offset);
	struct plic *plic = opaque;

	if (area)
		*val = area->read(plic, offset - area->base);
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	const struct area *area = find_area(offset);
	struct plic *plic = opaque;

	if (!area)
		return true;
	guard(raw_spinlock_irqsave)(&plic->lock);
	area->write(plic, offset - area->base, val);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static int set_params(struct plic *plic, u32 nr_vcpus, struct axvm_error *err)
{
	u64 contexts = axvm_device_param(&plic->dev, 0, 0) ?: nr_vcpus;
	u64 sources = axvm_device_param(&plic->dev, 1, 0) ?: PLIC_DEFAULT_SOURCES;

	if (plic->dev.cfg.nr_cfg > 2)
		return axvm_fail(err, "plic takes two parameters: contexts, sources", -EINVAL);
	if (contexts < nr_vcpus)
		return axvm_fail(err, "plic has fewer contexts than the VM has vCPUs", -EINVAL);
	if (contexts > PLIC_MAX_CONTEXTS)
		return axvm_fail(err, "plic has at most 128 contexts", -EINVAL);
	if (sources >= PLIC_MAX_SOURCES)
		return axvm_fail(err, "plic has at most 1023 sources", -EINVAL);
	plic->nr_contexts = contexts;
	plic->nr_sources = sources;
	plic->nr_words = sources / 32 + 1;
	return 0;
}

static int check_window(struct plic *plic, struct axvm_error *err)
{
	struct axvm_device *dev = &plic->dev;
	u64 min = PLIC_CONTEXT_BASE + plic->nr_contexts * PLIC_CONTEXT_STRIDE;

	if (dev->cfg.base % 4)
		return axvm_fail(err, "plic has to lie on a multiple of 4", -EINVAL);
	return axvm_device_set_len(dev, min, PLIC_LEN, err);
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct axvm_vm *vm = axvm_vm_of_device(dev);
	struct plic *plic = to_plic(dev);
	int ret;

	if (vm->devices.chip)
		return axvm_fail(err, "the VM has an interrupt controller already", -EEXIST);
	ret = set_params(plic, vm->nr_vcpus, err);
	if (ret)
		return ret;
	ret = check_window(plic, err);
	if (ret)
		return ret;
	ret = axvm_device_add_window(dev, AXVM_BUS_MMIO, 4, &bus_ops, err);
	if (ret)
		return ret;
	plic->contexts = kvcalloc(plic->nr_contexts, sizeof(*plic->contexts), GFP_KERNEL_ACCOUNT);
	if (!plic->contexts)
		return axvm_fail(err, "out of memory", -ENOMEM);
	raw_spin_lock_init(&plic->lock);
	plic->chip.ops = &chip_ops;
	vm->devices.chip = &plic->chip;
	return 0;
}

static void reset_sources(struct plic *plic)
{
	memset(plic->level, 0, sizeof(plic->level));
	memset(plic->pending, 0, sizeof(plic->pending));
	memset(plic->in_service, 0, sizeof(plic->in_service));
	memset(plic->priority, 0, sizeof(plic->priority));
	memset(plic->by_priority, 0, sizeof(plic->by_priority));
}

/* Every vCPU is told, whatever it was told before. */
static void reset(struct axvm_device *dev)
{
	struct axvm_vm *vm = axvm_vm_of_device(dev);
	struct plic *plic = to_plic(dev);
	u32 n;

	guard(raw_spinlock_irqsave)(&plic->lock);
	reset_sources(plic);
	memset(plic->contexts, 0, plic->nr_contexts * sizeof(*plic->contexts));
	for (n = 0; n < vm->nr_vcpus; n++)
		rv_plic_notify(vm->vcpus[n], false);
}

static void destroy(struct axvm_device *dev)
{
	struct plic *plic = to_plic(dev);

	axvm_vm_of_device(dev)->devices.chip = NULL;
	kvfree(plic->contexts);
}

const struct axvm_device_type axvm_plic = {
	.name = "plic",
	.size = sizeof(struct plic),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_plic);
