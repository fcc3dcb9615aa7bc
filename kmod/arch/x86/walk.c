// SPDX-License-Identifier: GPL-2.0
/*
 * Guest-virtual to guest-physical: the walk of the guest's own page tables.
 *
 * Called by the emulator and by x86_skip() on vCPU threads, in any of their
 * contexts. Tables are guest memory that other vCPUs write while they are read here:
 * each entry is read once, accessed and dirty bits are set with cmpxchg. "SDM" is
 * Intel's manual, volume 3.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/pgtable_types.h>
#include <asm/pkru.h>
#include <asm/trap_pf.h>
#include <kunit/visibility.h>

#include "arch/x86/walk.h"

/* A guest that changes entries under our hands all the time gets what it last had. */
#define MAX_TRIES	8

/**
 * struct geometry - a paging mode (SDM 4.3 to 4.5)
 * @levels: tables on the way
 * @index_bits: of the address for each level
 * @entry_len: bytes
 * @root: bits of CR3 that address the root
 * @has_pdpte: the root's entries are PAE's, without permissions (SDM 4.4.1)
 * @has_keys: protection keys exist (SDM 4.6.2)
 */
struct geometry {
	u8 levels;
	u8 index_bits;
	u8 entry_len;
	u64 root;
	bool has_pdpte;
	bool has_keys;
};

static const struct geometry paging_32bit = {
	.levels = 2, .index_bits = 10, .entry_len = 4, .root = GENMASK_ULL(31, 12),
};

static const struct geometry paging_pae = {
	.levels = 3, .index_bits = 9, .entry_len = 8, .root = GENMASK_ULL(31, 5),
	.has_pdpte = true,
};

static const struct geometry paging_4level = {
	.levels = 4, .index_bits = 9, .entry_len = 8, .root = GENMASK_ULL(51, 12),
	.has_keys = true,
};

static const struct geometry paging_5level = {
	.levels = 5, .index_bits = 9, .entry_len = 8, .root = GENMASK_ULL(51, 12),
	.has_keys = true,
};

/**
 * struct walk - a walk under way
 * @v: vCPU
 * @geo: paging mode
 * @gva: linear address
 * @access: X86_ACCESS_*
 * @phys_bits: width of guest-physical addresses
 * @nr: entries read so far
 * @slot: where they are
 * @slot_gpa: and in guest-physical terms
 * @entry: their values
 * @rights: _PAGE_RW and _PAGE_USER of all of them
 * @nx: _PAGE_NX of any of them
 * @shift: address bits that the last entry leaves
 * @gpa: result, or where memory is missing
 * @error: #PF error code
 */
struct walk {
	struct x86_vcpu *v;
	const struct geometry *geo;
	u64 gva;
	u32 access;
	unsigned int phys_bits;
	unsigned int nr;
	void *slot[X86_WALK_LEVELS];
	u64 slot_gpa[X86_WALK_LEVELS];
	u64 entry[X86_WALK_LEVELS];
	u64 rights;
	u64 nx;
	unsigned int shift;
	u64 gpa;
	u32 error;
};

static const struct geometry *find_geometry(const struct x86_vcpu *v)
{
	if (!(v->cr4 & X86_CR4_PAE))
		return &paging_32bit;
	if (!x86_is_long_mode(v))
		return &paging_pae;
	return v->cr4 & X86_CR4_LA57 ? &paging_5level : &paging_4level;
}

static bool has_nx(const struct walk *w)
{
	return (w->v->efer & EFER_NX) && w->geo->entry_len == 8;
}

static struct axvm_gmem *gmem_of(const struct walk *w)
{
	return &w->v->base.vm->gmem;
}

/* Levels count from 1, the page table proper. */
static unsigned int level_of(const struct walk *w)
{
	return w->geo->levels - w->nr;
}

static bool is_pdpte(const struct walk *w, unsigned int level)
{
	return w->geo->has_pdpte && level == w->geo->levels;
}

/* --- entries --- */

static enum x86_walk_result read_entry(struct walk *w, u64 table, u64 *entry)
{
	u64 index = (w->gva >> w->shift) & (BIT_ULL(w->geo->index_bits) - 1);
	u64 gpa = table + index * w->geo->entry_len;
	void *slot = axvm_gmem_kva(gmem_of(w), gpa);

	if (!slot) {
		w->gpa = gpa;
		return axvm_gmem_find(gmem_of(w), gpa) ? X86_WALK_NOT_BACKED : X86_WALK_NO_MEMORY;
	}
	*entry = w->geo->entry_len == 8 ? READ_ONCE(*(u64 *)slot) : READ_ONCE(*(u32 *)slot);
	w->slot[w->nr] = slot;
	w->slot_gpa[w->nr] = gpa;
	w->entry[w->nr] = *entry;
	return X86_WALK_OK;
}

/* Pages of 4 MiB: SDM 4.3, table 4-4: bits 20-13 are address bits 39-32. */
static u64 reserved_32bit(const struct walk *w, bool leaf, unsigned int level)
{
	unsigned int extra = 0;

	if (!leaf || level == 1)
		return 0;
	if (x86_guest_has(w->v, X86_FEATURE_PSE36))
		extra = clamp(w->phys_bits, 32U, 40U) - 32;
	return GENMASK_ULL(21, 13 + extra);
}

/* SDM 4.4, tables 4-8 to 4-11; 4.5.4, tables 4-15 to 4-20. */
static u64 reserved_64bit(const struct walk *w, bool leaf, unsigned int level)
{
	u64 reserved = GENMASK_ULL(w->geo->has_pdpte ? 62 : 51, w->phys_bits);

	/* Bit 5 as well; but QEMU sets it there. */
	if (is_pdpte(w, level))
		return reserved | _PAGE_NX | GENMASK_ULL(8, 6) | GENMASK_ULL(2, 1);
	if (!has_nx(w))
		reserved |= _PAGE_NX;
	if (level >= 4 || (level == 3 && !x86_guest_has(w->v, X86_FEATURE_GBPAGES)))
		reserved |= _PAGE_PSE;
	if (leaf && level > 1)
		reserved |= GENMASK_ULL(w->shift - 1, 13);
	return reserved;
}

static bool has_reserved_bits(const struct walk *w, u64 entry, bool leaf, unsigned int level)
{
	if (w->geo->entry_len == 4)
		return entry & reserved_32bit(w, leaf, level);
	return entry & reserved_64bit(w, leaf, level);
}

static bool is_leaf(const struct walk *w, u64 entry, unsigned int level)
{
	if (level == 1)
		return true;
	if (!(entry & _PAGE_PSE))
		return false;
	if (w->geo->entry_len == 4)
		return w->v->cr4 & X86_CR4_PSE;
	return level == 2 || (level == 3 && !w->geo->has_pdpte);
}

static u64 leaf_base(const struct walk *w, u64 entry)
{
	if (w->geo->entry_len == 4 && w->shift > PAGE_SHIFT)
		return (entry & GENMASK_ULL(31, 22)) | (entry & GENMASK_ULL(20, 13)) << 19;
	return entry & GENMASK_ULL(w->geo->entry_len == 4 ? 31 : 51, w->shift);
}

/* --- rights --- */

static bool may_fetch(const struct walk *w)
{
	if (w->nx && has_nx(w))
		return false;
	if (w->access & X86_ACCESS_USER)
		return w->rights & _PAGE_USER;
	return !(w->rights & _PAGE_USER) || !(w->v->cr4 & X86_CR4_SMEP);
}

/* Supervisor access to a user's page (SDM 4.6.1). */
static bool smap_allows(const struct walk *w)
{
	if (!(w->v->cr4 & X86_CR4_SMAP) || !(w->rights & _PAGE_USER))
		return true;
	return !(w->access & X86_ACCESS_IMPLICIT) && (w->v->rflags & X86_EFLAGS_AC);
}

static bool may_access(const struct walk *w)
{
	bool user = w->access & X86_ACCESS_USER;

	if (w->access & X86_ACCESS_FETCH)
		return may_fetch(w);
	if (user ? !(w->rights & _PAGE_USER) : !smap_allows(w))
		return false;
	if (!(w->access & X86_ACCESS_WRITE) || (w->rights & _PAGE_RW))
		return true;
	return !user && !(w->v->cr0 & X86_CR0_WP);
}

static bool uses_keys(const struct walk *w)
{
	return w->geo->has_keys && (w->v->cr4 & X86_CR4_PKE) && (w->rights & _PAGE_USER) &&
	       !(w->access & X86_ACCESS_FETCH);
}

/* SDM 4.6.2. PKRU is in the CPU: only the guest's own instructions and its loading change it. */
static bool key_allows(const struct walk *w, u64 leaf)
{
	u16 key = (leaf >> _PAGE_BIT_PKEY_BIT0) & 0xf;
	u32 pkru;

	if (!uses_keys(w))
		return true;
	pkru = read_pkru();
	if (!__pkru_allows_read(pkru, key))
		return false;
	if (!(w->access & X86_ACCESS_WRITE) || __pkru_allows_write(pkru, key))
		return true;
	return !(w->access & X86_ACCESS_USER) && !(w->v->cr0 & X86_CR0_WP);
}

/* SDM 4.7. */
static enum x86_walk_result fault(struct walk *w, u32 error)
{
	if (w->access & X86_ACCESS_WRITE)
		error |= X86_PF_WRITE;
	if (w->access & X86_ACCESS_USER)
		error |= X86_PF_USER;
	if ((w->access & X86_ACCESS_FETCH) && (has_nx(w) || (w->v->cr4 & X86_CR4_SMEP)))
		error |= X86_PF_INSTR;
	w->error = error;
	return X86_WALK_FAULT;
}

static enum x86_walk_result check_rights(struct walk *w)
{
	u32 error = 0;

	if (!key_allows(w, w->entry[w->nr - 1]))
		error = X86_PF_PROT | X86_PF_PK;
	if (!may_access(w))
		error |= X86_PF_PROT;
	return error ? fault(w, error) : X86_WALK_OK;
}

/* --- accessed and dirty bits --- */

/* What is no writable memory for the guest stays as it is: writes to ROM have no effect. */
static bool is_rom(const struct walk *w, u64 gpa)
{
	const struct axvm_region *region = axvm_gmem_find(gmem_of(w), gpa);

	return !region || !(region->cfg.flags & AXVM_REGION_WRITE);
}

static bool replace_entry(const struct walk *w, unsigned int i, u64 val)
{
	u64 old64 = w->entry[i];
	u32 old32 = w->entry[i];

	if (w->geo->entry_len == 8)
		return try_cmpxchg((u64 *)w->slot[i], &old64, val);
	return try_cmpxchg((u32 *)w->slot[i], &old32, (u32)val);
}

/* SDM 4.8. Return: false: somebody changed an entry meanwhile. */
static bool set_bits(struct walk *w)
{
	unsigned int i = w->geo->has_pdpte ? 1 : 0;
	u64 val;

	for (; i < w->nr; i++) {
		val = w->entry[i] | _PAGE_ACCESSED;
		if (i == w->nr - 1 && (w->access & X86_ACCESS_WRITE))
			val |= _PAGE_DIRTY;
		if (val == w->entry[i] || is_rom(w, w->slot_gpa[i]))
			continue;
		if (!replace_entry(w, i, val))
			return false;
		w->entry[i] = val;
	}
	return true;
}

/* --- the walk --- */

static enum x86_walk_result walk_tables(struct walk *w, u64 table)
{
	enum x86_walk_result result;
	unsigned int level;
	bool leaf;
	u64 entry;

	for (level = w->geo->levels; level; level = level_of(w)) {
		w->shift = PAGE_SHIFT + (level - 1) * w->geo->index_bits;
		result = read_entry(w, table, &entry);
		if (result != X86_WALK_OK)
			return result;
		if (!(entry & _PAGE_PRESENT))
			return fault(w, 0);
		leaf = is_leaf(w, entry, level);
		if (has_reserved_bits(w, entry, leaf, level))
			return fault(w, X86_PF_PROT | X86_PF_RSVD);
		w->nr++;
		if (!is_pdpte(w, level)) {
			w->rights &= entry;
			w->nx |= entry & _PAGE_NX;
		}
		if (leaf)
			break;
		table = entry & GENMASK_ULL(w->geo->entry_len == 4 ? 31 : 51, PAGE_SHIFT);
	}
	return check_rights(w);
}

static enum x86_walk_result walk(struct walk *w, u64 cr3)
{
	enum x86_walk_result result;
	unsigned int tries = 0;

	if (!x86_is_paging(w->v)) {
		w->gpa = (u32)w->gva;
		return X86_WALK_OK;
	}
	w->geo = find_geometry(w->v);
	w->phys_bits = x86_guest_phys_bits(w->v);
	if (!x86_is_long_mode(w->v))
		w->gva = (u32)w->gva;
	do {
		w->nr = 0;
		w->rights = _PAGE_RW | _PAGE_USER;
		w->nx = 0;
		result = walk_tables(w, cr3 & w->geo->root);
		if (result != X86_WALK_OK)
			return result;
	} while (!set_bits(w) && ++tries < MAX_TRIES);
	w->gpa = leaf_base(w, w->entry[w->nr - 1]) | (w->gva & (BIT_ULL(w->shift) - 1));
	return X86_WALK_OK;
}

enum x86_walk_result x86_walk(struct x86_vcpu *v, u64 gva, u32 access, u64 *gpa, u32 *error)
{
	struct walk w = { .v = v, .gva = gva, .access = access };
	enum x86_walk_result result = walk(&w, v->cr3);

	*gpa = w.gpa;
	*error = w.error;
	return result;
}
EXPORT_SYMBOL_IF_KUNIT(x86_walk);

/* --- translations that are remembered --- */

#define CR0_CONTROLS	(X86_CR0_PG | X86_CR0_WP)
#define CR4_CONTROLS	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_LA57 | X86_CR4_SMEP | X86_CR4_SMAP | \
			 X86_CR4_PKE)
#define EFER_CONTROLS	(EFER_LMA | EFER_NX)
#define ACCESS_SHIFT	32
#define AC_SHIFT	40

/* Everything but CR3 and the tables that a walk depends on, in one word. */
static __always_inline u64 controls_of(const struct x86_vcpu *v, u32 access)
{
	BUILD_BUG_ON(CR0_CONTROLS & CR4_CONTROLS);
	BUILD_BUG_ON((CR0_CONTROLS | CR4_CONTROLS) & EFER_CONTROLS);

	return (v->cr0 & CR0_CONTROLS) | (v->cr4 & CR4_CONTROLS) | (v->efer & EFER_CONTROLS) |
	       (u64)access << ACCESS_SHIFT | (v->rflags & X86_EFLAGS_AC) << (AC_SHIFT - 18);
}

static __always_inline bool memo_holds(const struct x86_walk_memo *memo, u64 page, u64 cr3,
				       u64 controls)
{
	return memo->valid && memo->page == page && memo->cr3 == cr3 &&
	       memo->controls == controls && x86_memo_is_current(memo);
}

/* Entries of 4 bytes are not worth it; what keys decide may change without a trace. */
static bool can_remember(const struct walk *w)
{
	return !w->geo || (w->geo->entry_len == 8 && !uses_keys(w));
}

static void fill_memo(struct x86_walk_memo *memo, const struct walk *w, u64 page, u64 cr3,
		      u64 controls)
{
	unsigned int i;

	memo->valid = can_remember(w);
	memo->page = page;
	memo->cr3 = cr3;
	memo->controls = controls;
	memo->nr = w->nr;
	memo->gpa = w->gpa & PAGE_MASK;
	for (i = 0; i < w->nr; i++) {
		memo->slot[i] = w->slot[i];
		memo->entry[i] = w->entry[i];
	}
}

enum x86_walk_result x86_walk_data(struct x86_vcpu *v, u64 gva, u32 access, u64 *gpa, u32 *error)
{
	struct walk w = { .v = v, .gva = gva, .access = access };
	u64 cr3 = v->cr3;
	u64 controls = controls_of(v, access);
	enum x86_walk_result result;

	if (memo_holds(&v->data_memo, gva & PAGE_MASK, cr3, controls)) {
		*gpa = v->data_memo.gpa | offset_in_page(gva);
		return X86_WALK_OK;
	}
	result = walk(&w, cr3);
	if (result == X86_WALK_OK && !axvm_gmem_find(gmem_of(&w), w.gpa))
		fill_memo(&v->data_memo, &w, gva & PAGE_MASK, cr3, controls);
	*gpa = w.gpa;
	*error = w.error;
	return result;
}
EXPORT_SYMBOL_IF_KUNIT(x86_walk_data);

/* --- code --- */

void x86_code_get(struct x86_vcpu *v, struct x86_code *code)
{
	struct x86_seg cs;

	x86_hw->get_seg(v, X86_CS, &cs);
	code->cpl = v->cpl;
	if (x86_is_long_mode(v) && (cs.attr & X86_SEG_L)) {
		code->mode = 8;
		code->linear = v->rip;
	} else {
		code->mode = cs.attr & X86_SEG_DB ? 4 : 2;
		code->linear = (u32)(cs.base + v->rip);
	}
}

static u32 fetch_access(const struct x86_code *code)
{
	return X86_ACCESS_FETCH | (code->cpl == 3 ? X86_ACCESS_USER : 0);
}

static enum x86_walk_result find_code(struct walk *w, u64 cr3, const u8 **kva)
{
	enum x86_walk_result result = walk(w, cr3);

	if (result != X86_WALK_OK)
		return result;
	*kva = axvm_gmem_kva(gmem_of(w), w->gpa);
	if (*kva)
		return X86_WALK_OK;
	return axvm_gmem_find(gmem_of(w), w->gpa) ? X86_WALK_NOT_BACKED : X86_WALK_NO_MEMORY;
}

static noinline enum x86_walk_result walk_code(struct x86_vcpu *v, const struct x86_code *code,
					       u64 cr3, const u8 **kva, u64 *gpa)
{
	u32 access = fetch_access(code);
	struct walk w = { .v = v, .gva = code->linear, .access = access };
	enum x86_walk_result result = find_code(&w, cr3, kva);

	*gpa = w.gpa;
	if (result != X86_WALK_OK)
		return result;
	fill_memo(&v->memo, &w, code->linear & PAGE_MASK, cr3, controls_of(v, access));
	v->memo.code = PTR_ALIGN_DOWN(*kva, PAGE_SIZE);
	v->memo.cpl = code->cpl;
	v->memo.len = 0;
	return X86_WALK_OK;
}

/* The first byte of the instruction. */
static __always_inline enum x86_walk_result locate(struct x86_vcpu *v,
						   const struct x86_code *code,
						   const u8 **kva, u64 *gpa)
{
	u64 cr3 = v->cr3;

	if (memo_holds(&v->memo, code->linear & PAGE_MASK, cr3,
		       controls_of(v, fetch_access(code)))) {
		*kva = v->memo.code + offset_in_page(code->linear);
		return X86_WALK_OK;
	}
	return walk_code(v, code, cr3, kva, gpa);
}

const u8 *x86_code_peek(struct x86_vcpu *v, const struct x86_code *code)
{
	const u8 *kva;
	u64 gpa;

	return locate(v, code, &kva, &gpa) == X86_WALK_OK ? kva : NULL;
}

static u64 linear_at(const struct x86_code *code, unsigned int offset)
{
	u64 linear = code->linear + offset;

	return code->mode == 8 ? linear : (u32)linear;
}

static enum x86_walk_result locate_rest(struct x86_vcpu *v, const struct x86_code *code,
					unsigned int offset, const u8 **kva, u64 *gpa)
{
	struct walk w = { .v = v, .gva = linear_at(code, offset), .access = fetch_access(code) };
	enum x86_walk_result result = find_code(&w, v->cr3, kva);

	*gpa = w.gpa;
	return result;
}

enum x86_walk_result x86_code_missing(struct x86_vcpu *v, const struct x86_code *code,
				      unsigned int len, u64 *gpa)
{
	const u8 *kva;

	return locate_rest(v, code, len, &kva, gpa);
}

/* Less than two words are left in the page. */
static void read_across(struct x86_vcpu *v, const struct x86_code *code, const u8 *kva,
			u64 words[X86_CODE_WORDS], unsigned int *len)
{
	unsigned int left = PAGE_SIZE - offset_in_page(code->linear);
	u8 *bytes = (u8 *)words;
	u64 gpa;

	words[0] = 0;
	words[1] = 0;
	*len = min_t(unsigned int, left, X86_INSN_MAX);
	memcpy(bytes, kva, *len);
	if (*len == X86_INSN_MAX || locate_rest(v, code, left, &kva, &gpa) != X86_WALK_OK)
		return;
	memcpy(bytes + left, kva, X86_INSN_MAX - left);
	*len = X86_INSN_MAX;
}

enum x86_walk_result x86_code_fetch(struct x86_vcpu *v, const struct x86_code *code,
				    u64 words[X86_CODE_WORDS], unsigned int *len, u64 *gpa)
{
	enum x86_walk_result result;
	const u8 *kva;

	if (v->nr_insn_bytes) {
		words[0] = 0;
		words[1] = 0;
		*len = v->nr_insn_bytes;
		memcpy(words, v->insn_bytes, *len);
		return X86_WALK_OK;
	}
	result = locate(v, code, &kva, gpa);
	if (result != X86_WALK_OK)
		return result;
	if (offset_in_page(code->linear) > PAGE_SIZE - 2 * sizeof(u64)) {
		read_across(v, code, kva, words, len);
		return X86_WALK_OK;
	}
	words[0] = READ_ONCE(*(const u64 *)kva);
	words[1] = READ_ONCE(*(const u64 *)(kva + sizeof(u64)));
	*len = X86_INSN_MAX;
	return X86_WALK_OK;
}

enum x86_walk_result x86_fetch(struct x86_vcpu *v, u8 *bytes, unsigned int *len, u64 *gpa)
{
	u64 words[X86_CODE_WORDS];
	enum x86_walk_result result;
	struct x86_code code;

	x86_code_get(v, &code);
	result = x86_code_fetch(v, &code, words, len, gpa);
	if (result == X86_WALK_OK)
		memcpy(bytes, words, *len);
	return result;
}
EXPORT_SYMBOL_IF_KUNIT(x86_fetch);
