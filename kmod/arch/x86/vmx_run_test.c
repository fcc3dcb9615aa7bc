// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of VM entries: those that a processor refuses, one for each class of bad guest
 * state, and those whose event an exit interrupts.
 *
 * Part of axvm_test.ko; for machines with VMX, skipped on all others. A vCPU in real mode is
 * spoiled in one respect; the processor has to refuse it, and the report has to say why. Its
 * interrupt descriptor table is where no memory was backed yet.
 */
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "arch.h"
#include "arch/x86/vmx.h"
#include "vm.h"

#define MAX_FIELDS	4

struct change {
	unsigned long field;
	u64 clear;
	u64 set;
};

struct bad_entry {
	const char *name;
	struct change changes[MAX_FIELDS];
	u32 reason;		/* basic exit reason; 0: the instruction fails */
	const char *word;	/* of the report */
};

#define BAD_STATE(name_, word_, ...) \
	{ name_, { __VA_ARGS__ }, EXIT_REASON_INVALID_STATE, word_ }
#define BAD_CONTROL(name_, word_, ...) \
	{ name_, { __VA_ARGS__ }, 0, word_ }

static const struct bad_entry bad_entries[] = {
	BAD_STATE("fixed bit of CR0", "bit of CR0", { GUEST_CR0, X86_CR0_NE, 0 }),
	BAD_STATE("paging in real mode", "CR0.PE", { GUEST_CR0, 0, X86_CR0_PG }),
	BAD_STATE("fixed bit of CR4", "bit of CR4", { GUEST_CR4, X86_CR4_VMXE, 0 }),
	BAD_STATE("long without paging", "paging",
		  { VM_ENTRY_CONTROLS, 0, VM_ENTRY_IA32E_MODE }),
	BAD_STATE("wide CR3", "CR3", { GUEST_CR3, 0, BIT_ULL(62) }),
	BAD_STATE("wide DR7", "DR7", { GUEST_DR7, 0, BIT_ULL(32) }),
	BAD_STATE("EFER.LMA", "EFER", { GUEST_IA32_EFER, 0, EFER_LMA }),
	BAD_STATE("RFLAGS without bit 1", "RFLAGS", { GUEST_RFLAGS, X86_EFLAGS_FIXED, 0 }),
	BAD_STATE("virtual-8086 in real mode", "RFLAGS.VM", { GUEST_RFLAGS, 0, X86_EFLAGS_VM }),
	BAD_STATE("interrupt while off", "RFLAGS.IF",
		  { VM_ENTRY_INTR_INFO_FIELD, 0, INTR_INFO_VALID_MASK | 0x20 }),
	BAD_STATE("wide RIP", "RIP", { GUEST_RIP, 0, BIT_ULL(40) }),
	BAD_STATE("CS is not present", "CS", { GUEST_CS_AR_BYTES, VMX_AR_P_MASK, 0 }),
	BAD_STATE("SS is not present", "SS", { GUEST_SS_AR_BYTES, VMX_AR_P_MASK, 0 }),
	BAD_STATE("unusable TR", "TR", { GUEST_TR_AR_BYTES, 0, VMX_AR_UNUSABLE_MASK }),
	BAD_STATE("LDTR is a TSS", "LDTR", { GUEST_LDTR_AR_BYTES, U32_MAX, 0x8b }),
	BAD_STATE("limit of GDTR", "GDTR", { GUEST_GDTR_LIMIT, 0, BIT(16) }),
	BAD_STATE("base of IDTR", "IDTR", { GUEST_IDTR_BASE, 0, BIT_ULL(60) }),
	BAD_STATE("two shadows", "cannot be", { GUEST_INTERRUPTIBILITY_INFO, 0, 3 }),
	BAD_STATE("pending debug", "pending debug", { GUEST_PENDING_DBG_EXCEPTIONS, 0, BIT(4) }),
	BAD_STATE("type in PAT", "PAT", { GUEST_IA32_PAT, 7, 2 }),
	BAD_STATE("link pointer", "link pointer", { VMCS_LINK_POINTER, U64_MAX, 0x1001 }),
	BAD_STATE("activity state", "activity", { GUEST_ACTIVITY_STATE, 0, 5 }),
	BAD_STATE("PDPTE", "PDPTE", { GUEST_CR0, 0, X86_CR0_PG | X86_CR0_PE },
		  { GUEST_CR4, 0, X86_CR4_PAE }, { GUEST_PDPTR0, 0, 7 }),
	BAD_CONTROL("EPT pointer", "control field", { EPT_POINTER, 7, 3 }),
	BAD_CONTROL("host's CS", "host-state", { HOST_CS_SELECTOR, U16_MAX, 0 }),
};

static void describe(const struct bad_entry *entry, char *desc)
{
	strscpy(desc, entry->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_entries, describe);

/* --- a VM of one vCPU, without a thread --- */

static int create_vm(struct kunit *test)
{
	struct axvm_region_cfg region = {
		.len = SZ_2M,
		.flags = AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC,
		.map_type = AXVM_MAP_ALLOC,
		.prealloc = true,
	};
	struct axvm_vcpu_cfg *vcpu = kunit_kzalloc(test, sizeof(*vcpu), GFP_KERNEL);
	struct axvm_vm_cfg cfg = {
		.name = "entries", .vcpus = vcpu, .nr_vcpus = 1,
		.regions = &region, .nr_regions = 1,
	};
	struct axvm_error err = {};

	if (strcmp(axvm_arch->name, "vmx"))
		kunit_skip(test, "this machine's backend is not VMX");
	KUNIT_ASSERT_NOT_NULL(test, vcpu);
	test->priv = axvm_vm_create(&cfg, &err);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(test->priv), "%s", err.msg ?: "");
	return 0;
}

static void destroy_vm(struct kunit *test)
{
	struct axvm_vm *vm = test->priv;

	if (IS_ERR_OR_NULL(vm))
		return;
	axvm_vm_destroy(vm, true, AXVM_REASON_NONE, NULL);
	axvm_vm_put(vm);
}

static struct vmx_vcpu *vmx_vcpu_of(struct kunit *test)
{
	return to_vmx_vcpu(((struct axvm_vm *)test->priv)->vcpus[0]);
}

/* --- an entry --- */

static void spoil(struct vmx_vcpu *vmx, const struct change *changes)
{
	unsigned int i;

	/* As the reset left it: nothing is written once more before the entry. */
	vmx->hw_rflags = vmx->base.rflags;
	for (i = 0; i < MAX_FIELDS && changes[i].field; i++)
		vmx_write(changes[i].field,
			  (vmx_read(changes[i].field) & ~changes[i].clear) | changes[i].set);
}

/* Return: what the report says; NULL when the processor has entered the guest. */
static const char *enter(struct vmx_vcpu *vmx, const struct change *changes)
{
	struct axvm_vcpu *vcpu = &vmx->base.base;
	const char *why = NULL;

	axvm_arch->vcpu_reset(vcpu, 0, 0);
	preempt_disable();
	vcpu->cpu = smp_processor_id();
	axvm_arch->vcpu_load(vcpu);
	if (changes)
		spoil(vmx, changes);
	local_irq_disable();
	axvm_arch->vcpu_enter(vcpu);
	local_irq_enable();
	if (vmx->reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		why = vmx_explain_entry_failure(vmx);
	axvm_arch->vcpu_put(vcpu);
	vcpu->last_cpu = vcpu->cpu;
	vcpu->cpu = -1;
	preempt_enable();
	return why;
}

static void test_good(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, enter(vmx_vcpu_of(test), NULL) ?: "", "");
}

/* The next entry in a good state is as good as ever. */
static void test_bad(struct kunit *test)
{
	const struct bad_entry *entry = test->param_value;
	struct vmx_vcpu *vmx = vmx_vcpu_of(test);
	const char *why = enter(vmx, entry->changes);

	KUNIT_ASSERT_NOT_NULL_MSG(test, why, "it was entered, exit reason %x", vmx->reason);
	KUNIT_EXPECT_EQ(test, (u16)vmx->reason, entry->reason);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(why, entry->word),
				  "'%s' instead of something with '%s'", why, entry->word);
	KUNIT_EXPECT_STREQ(test, enter(vmx, NULL) ?: "", "");
}

/* --- events whose delivery ends with an exit (28.2.4) --- */

#define INJECT(info)		{ VM_ENTRY_INTR_INFO_FIELD, U32_MAX, INTR_INFO_VALID_MASK | (info) }
#define INJECT_ERROR(code)	{ VM_ENTRY_EXCEPTION_ERROR_CODE, U32_MAX, code }
#define INJECT_LEN(len)		{ VM_ENTRY_INSTRUCTION_LEN, U32_MAX, len }
#define INTERRUPTS_ON		{ GUEST_RFLAGS, 0, X86_EFLAGS_IF }
#define PROTECTED		{ GUEST_CR0, 0, X86_CR0_PE }

static const struct interrupted_entry {
	const char *name;
	struct change changes[MAX_FIELDS];
	bool again;		/* it is injected again, not executed */
	struct x86_inject event;
} interrupted_entries[] = {
	{ "external interrupt", { INJECT(INTR_TYPE_EXT_INTR | 0x31), INTERRUPTS_ON },
	  true, { .vector = 0x31, .type = X86_TYPE_INTR } },
	{ "NMI", { INJECT(INTR_TYPE_NMI_INTR | X86_TRAP_NMI) },
	  true, { .vector = X86_TRAP_NMI, .type = X86_TYPE_NMI } },
	{ "exception", { INJECT(INTR_TYPE_HARD_EXCEPTION | X86_TRAP_UD) },
	  true, { .vector = X86_TRAP_UD, .type = X86_TYPE_EXCEPTION } },
	{ "exception with error code",
	  { INJECT(INTR_TYPE_HARD_EXCEPTION | INTR_INFO_DELIVER_CODE_MASK | X86_TRAP_GP),
	    INJECT_ERROR(0x1238), PROTECTED },
	  true, { .vector = X86_TRAP_GP, .type = X86_TYPE_EXCEPTION, .has_error = true,
		  .error = 0x1238 } },
	{ "INT n", { INJECT(INTR_TYPE_SOFT_INTR | 0x21), INJECT_LEN(2) } },
	{ "INT3", { INJECT(INTR_TYPE_SOFT_EXCEPTION | X86_TRAP_BP), INJECT_LEN(1) } },
	{ "INTO", { INJECT(INTR_TYPE_SOFT_EXCEPTION | X86_TRAP_OF), INJECT_LEN(1) } },
	{ "INT1", { INJECT(INTR_TYPE_PRIV_SW_EXCEPTION | X86_TRAP_DB), INJECT_LEN(1) } },
};

static void describe_interrupted(const struct interrupted_entry *entry, char *desc)
{
	strscpy(desc, entry->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(interrupted, interrupted_entries, describe_interrupted);

static void expect_again(struct kunit *test, const struct x86_vcpu *v,
			 const struct x86_inject *event)
{
	KUNIT_EXPECT_TRUE(test, test_bit(X86_EV_REINJECT, &v->events));
	KUNIT_EXPECT_EQ(test, v->reinject.type, event->type);
	KUNIT_EXPECT_EQ(test, v->reinject.vector, event->vector);
	KUNIT_EXPECT_EQ(test, v->reinject.has_error, event->has_error);
	KUNIT_EXPECT_EQ(test, v->reinject.error, event->error);
}

/* The guest is where it was, and an NMI that was not delivered masks none. */
static void test_interrupted(struct kunit *test)
{
	const struct interrupted_entry *entry = test->param_value;
	struct vmx_vcpu *vmx = vmx_vcpu_of(test);
	struct x86_vcpu *v = &vmx->base;
	const char *why = enter(vmx, entry->changes);

	KUNIT_ASSERT_STREQ(test, why ?: "", "");
	KUNIT_ASSERT_EQ(test, vmx->reason, EXIT_REASON_EPT_VIOLATION);
	KUNIT_EXPECT_EQ(test, v->rip, 0);
	KUNIT_EXPECT_FALSE(test, v->nmi_masked);
	if (entry->again)
		expect_again(test, v, &entry->event);
	else
		KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));
}

static struct kunit_case entry_cases[] = {
	KUNIT_CASE(test_good),
	KUNIT_CASE_PARAM(test_bad, bad_gen_params),
	KUNIT_CASE_PARAM(test_interrupted, interrupted_gen_params),
	{}
};

static struct kunit_suite entry_suite = {
	.name = "axvm_vmx_entry",
	.init = create_vm,
	.exit = destroy_vm,
	.test_cases = entry_cases,
};

kunit_test_suite(entry_suite);
