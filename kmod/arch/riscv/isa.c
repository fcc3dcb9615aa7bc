// SPDX-License-Identifier: GPL-2.0
/*
 * What guest CPUs are: the host's ISA, less what axvm does not virtualize.
 *
 * Called once by the backend's probe, in process context.
 */
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/hwcap.h>
#include <asm/pgtable.h>
#include <asm/sbi.h>

#include "riscv.h"

struct rv_host rv_host;

/* Part of the CPU's state that is switched only where the host kernel knows it too. */
enum isa_state {
	STATE_NONE,
	STATE_FP,
	STATE_VECTOR,
};

struct isa_ext {
	const char *name;
	unsigned int id;
	enum isa_state state;
	u64 henvcfg;		/* bits of henvcfg that a guest needs for it */
};

/*
 * In the canonical order of the unprivileged specification, "ISA Extension
 * Naming Conventions". An extension is here when it needs nothing of axvm, or
 * no more than the henvcfg bits named. Not here, so not announced: AIA,
 * counters and their events, H itself, and cache-block operations.
 */
static const struct isa_ext letters[] = {
	{ "i", RISCV_ISA_EXT_i },
	{ "m", RISCV_ISA_EXT_m },
	{ "a", RISCV_ISA_EXT_a },
	{ "f", RISCV_ISA_EXT_f, STATE_FP },
	{ "d", RISCV_ISA_EXT_d, STATE_FP },
	{ "c", RISCV_ISA_EXT_c },
	{ "v", RISCV_ISA_EXT_v, STATE_VECTOR },
};

static const struct isa_ext extensions[] = {
	{ "zicond", RISCV_ISA_EXT_ZICOND },
	{ "zicsr", RISCV_ISA_EXT_ZICSR },
	{ "zifencei", RISCV_ISA_EXT_ZIFENCEI },
	{ "zihintntl", RISCV_ISA_EXT_ZIHINTNTL },
	{ "zihintpause", RISCV_ISA_EXT_ZIHINTPAUSE },
	{ "zacas", RISCV_ISA_EXT_ZACAS },
	{ "zfa", RISCV_ISA_EXT_ZFA, STATE_FP },
	{ "zfh", RISCV_ISA_EXT_ZFH, STATE_FP },
	{ "zfhmin", RISCV_ISA_EXT_ZFHMIN, STATE_FP },
	{ "zba", RISCV_ISA_EXT_ZBA },
	{ "zbb", RISCV_ISA_EXT_ZBB },
	{ "zbc", RISCV_ISA_EXT_ZBC },
	{ "zbkb", RISCV_ISA_EXT_ZBKB },
	{ "zbkc", RISCV_ISA_EXT_ZBKC },
	{ "zbkx", RISCV_ISA_EXT_ZBKX },
	{ "zbs", RISCV_ISA_EXT_ZBS },
	{ "zknd", RISCV_ISA_EXT_ZKND },
	{ "zkne", RISCV_ISA_EXT_ZKNE },
	{ "zknh", RISCV_ISA_EXT_ZKNH },
	{ "zksed", RISCV_ISA_EXT_ZKSED },
	{ "zksh", RISCV_ISA_EXT_ZKSH },
	{ "zkt", RISCV_ISA_EXT_ZKT },
	{ "zvbb", RISCV_ISA_EXT_ZVBB, STATE_VECTOR },
	{ "zvbc", RISCV_ISA_EXT_ZVBC, STATE_VECTOR },
	{ "zvfh", RISCV_ISA_EXT_ZVFH, STATE_VECTOR },
	{ "zvfhmin", RISCV_ISA_EXT_ZVFHMIN, STATE_VECTOR },
	{ "zvkb", RISCV_ISA_EXT_ZVKB, STATE_VECTOR },
	{ "zvkg", RISCV_ISA_EXT_ZVKG, STATE_VECTOR },
	{ "zvkned", RISCV_ISA_EXT_ZVKNED, STATE_VECTOR },
	{ "zvknha", RISCV_ISA_EXT_ZVKNHA, STATE_VECTOR },
	{ "zvknhb", RISCV_ISA_EXT_ZVKNHB, STATE_VECTOR },
	{ "zvksed", RISCV_ISA_EXT_ZVKSED, STATE_VECTOR },
	{ "zvksh", RISCV_ISA_EXT_ZVKSH, STATE_VECTOR },
	{ "zvkt", RISCV_ISA_EXT_ZVKT, STATE_VECTOR },
	{ "sstc", RISCV_ISA_EXT_SSTC, STATE_NONE, ENVCFG_STCE },
	{ "svinval", RISCV_ISA_EXT_SVINVAL },
	{ "svnapot", RISCV_ISA_EXT_SVNAPOT },
	{ "svpbmt", RISCV_ISA_EXT_SVPBMT, STATE_NONE, ENVCFG_PBMTE },
};

static bool host_has(unsigned int id)
{
	return __riscv_isa_extension_available(NULL, id);
}

static bool state_is_switched(enum isa_state state)
{
	return state == STATE_NONE || (state == STATE_FP && rv_host.fpu) ||
	       (state == STATE_VECTOR && rv_host.vector);
}

static void add_extensions(char *isa, size_t size, const char *sep, const struct isa_ext *ext,
			   size_t nr)
{
	for (; nr; nr--, ext++) {
		if (!host_has(ext->id) || !state_is_switched(ext->state))
			continue;
		strlcat(isa, sep, size);
		strlcat(isa, ext->name, size);
		rv_host.henvcfg |= ext->henvcfg;
	}
}

/* satp.MODE of the host is the most that its CPUs were found to do. */
static const char *host_mmu_type(void)
{
	switch (satp_mode) {
	case SATP_MODE_57:
		return "sv57";
	case SATP_MODE_48:
		return "sv48";
	default:
		return "sv39";
	}
}

void rv_isa_probe(struct axvm_arch_info *info)
{
	rv_host.fpu = IS_ENABLED(CONFIG_FPU) && host_has(RISCV_ISA_EXT_f) &&
		      host_has(RISCV_ISA_EXT_d);
	rv_host.vector = rv_host.fpu && host_has(RISCV_ISA_EXT_v) && rv_vector_usable();
	rv_host.sstc = host_has(RISCV_ISA_EXT_SSTC);
	rv_host.smstateen = host_has(RISCV_ISA_EXT_SMSTATEEN);
	rv_host.henvcfg = 0;
	rv_host.machine_id[0] = sbi_get_mvendorid();
	rv_host.machine_id[1] = sbi_get_marchid();
	rv_host.machine_id[2] = sbi_get_mimpid();

	strscpy(info->cpu_features, "rv64");
	add_extensions(info->cpu_features, sizeof(info->cpu_features), "", letters,
		       ARRAY_SIZE(letters));
	add_extensions(info->cpu_features, sizeof(info->cpu_features), "_", extensions,
		       ARRAY_SIZE(extensions));
	strscpy(info->mmu_type, host_mmu_type());
}
