// SPDX-License-Identifier: GPL-2.0
/*
 * From a configuration to what lies in guest memory, see boot.h.
 *
 * What is loaded and where depends on the architecture: its row knows.
 */
#include "boot.h"

#include <stdlib.h>
#include <string.h>

#include "boot_arch.h"

static const struct boot_arch *const archs[] = { &boot_riscv, &boot_arm64, &boot_x86 };

static const struct boot_arch *find_arch(enum config_arch arch)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i]->arch == arch)
			return archs[i];
	return NULL;
}

static bool init_booter(struct booter *b)
{
	b->reader.limit = config_memory(b->cfg);
	b->arch = find_arch(b->cfg->arch);
	if (b->arch)
		return true;
	diag_add(b->diag, DIAG_UNSUPPORTED, (struct src_pos){0}, "base.arch",
		 "%s guests are not supported", config_arch_name(b->cfg->arch));
	return false;
}

int boot_prepare(struct boot_plan *plan, const struct axvm_config *cfg,
		 const struct boot_host_info *host, boot_progress_fn progress, void *arg,
		 struct diag *diag)
{
	struct booter b = {
		.plan = plan,
		.cfg = cfg,
		.host = host,
		.reader = { .progress = progress, .arg = arg },
		.diag = diag,
	};

	memset(plan, 0, sizeof(*plan));
	if (init_booter(&b))
		b.arch->load(&b);
	return diag_status(diag);
}

void *boot_device_tree(const struct axvm_config *cfg, const struct boot_host_info *host,
		       struct diag *diag)
{
	struct boot_plan plan = {0};
	struct booter b = { .plan = &plan, .cfg = cfg, .host = host, .diag = diag };
	void *fdt = NULL;

	if (init_booter(&b)) {
		if (b.arch->build_tree)
			fdt = boot_make_tree(&b);
		else
			diag_add(diag, DIAG_UNSUPPORTED, (struct src_pos){0}, NULL,
				 "%s guests get no device tree",
				 config_arch_name(cfg->arch));
	}
	boot_free(&plan);
	return fdt;
}

void boot_free(struct boot_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_buffers; i++)
		free(plan->buffers[i]);
	memset(plan, 0, sizeof(*plan));
}

const struct boot_blob *boot_find(const struct boot_plan *plan, enum boot_kind kind)
{
	unsigned int i;

	for (i = 0; i < plan->nr_blobs; i++)
		if (plan->blobs[i].kind == kind)
			return &plan->blobs[i];
	return NULL;
}
