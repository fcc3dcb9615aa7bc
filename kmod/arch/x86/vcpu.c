// SPDX-License-Identifier: GPL-2.0
/*
 * x86 vCPU: its registers at power-on, INIT and start-up, and the part of its
 * state that moves in and out of the CPU with load and put.
 *
 * Called by the vendor's functions of the same names: load and put on the vCPU's
 * thread with preemption off, the rest in process context. "Table 10-1" is that
 * of SDM 3, "IA-32 and Intel 64 processor states following power-up, reset, or
 * INIT".
 */
#include <linux/seq_file.h>
#include <asm/debugreg.h>
#include <asm/pvclock-abi.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include <linux/axvm.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "arch/x86/cpuid.h"
#include "arch/x86/fpu.h"
#include "arch/x86/lapic.h"
#include "arch/x86/msr.h"
#include "arch/x86/tsc.h"
#include "arch/x86/x86.h"

/* --- registers after power-on --- */

#define SEG_LIMIT_REAL	0xffff
#define SEG_LIMIT_FLAT	0xffffffff

/* Types of segments (SDM 3, tables 3-1 and 3-2). */
#define TYPE_DATA	0x3	/* writable, accessed */
#define TYPE_CODE	0xb	/* readable, accessed */
#define TYPE_LDT	0x2
#define TYPE_TSS_BUSY	0xb

#define ATTR_DATA	(X86_SEG_P | X86_SEG_S | TYPE_DATA)
#define ATTR_CODE	(X86_SEG_P | X86_SEG_S | TYPE_CODE)
#define ATTR_FLAT	(X86_SEG_G | X86_SEG_DB)

#define DR6_RESET	DR6_RESERVED
#define DR7_RESET	DR7_FIXED_1

/* Table 10-1: CS:IP at power-on. */
#define RESET_CS	0xf000
#define RESET_CS_BASE	0xffff0000ULL
#define RESET_IP	0xfff0

#define REAL_MODE_END	0x100000ULL

static void set_seg(struct x86_vcpu *v, enum x86_seg_nr nr, u16 sel, u64 base, u32 limit, u16 attr)
{
	struct x86_seg seg = { .base = base, .limit = limit, .sel = sel, .attr = attr };

	x86_hw->set_seg(v, nr, &seg);
}

static void set_real_mode_segments(struct x86_vcpu *v)
{
	enum x86_seg_nr nr;

	set_seg(v, X86_CS, RESET_CS, RESET_CS_BASE, SEG_LIMIT_REAL, ATTR_CODE);
	for (nr = X86_ES; nr <= X86_GS; nr++)
		if (nr != X86_CS)
			set_seg(v, nr, 0, 0, SEG_LIMIT_REAL, ATTR_DATA);
	set_seg(v, X86_LDTR, 0, 0, SEG_LIMIT_REAL, X86_SEG_P | TYPE_LDT);
	set_seg(v, X86_TR, 0, 0, SEG_LIMIT_REAL, X86_SEG_P | TYPE_TSS_BUSY);
}

static void set_empty_tables(struct x86_vcpu *v)
{
	const struct x86_dt dt = { .limit = 0xffff };

	x86_hw->set_dt(v, false, &dt);
	x86_hw->set_dt(v, true, &dt);
}

static void set_debug_registers(struct x86_vcpu *v)
{
	memset(v->dr, 0, sizeof(v->dr));
	x86_hw->set_sysreg(v, X86_DR6, DR6_RESET);
	x86_hw->set_sysreg(v, X86_DR7, DR7_RESET);
	x86_hw->set_sysreg(v, X86_DEBUGCTL, 0);
}

/* EDX has the processor's signature. */
static void set_general_registers(struct x86_vcpu *v)
{
	memset(v->gpr, 0, sizeof(v->gpr));
	v->gpr[X86_RAX] = 1;
	x86_cpuid_emulate(v);
	swap(v->gpr[X86_RAX], v->gpr[X86_RDX]);
	v->gpr[X86_RAX] = 0;
	v->gpr[X86_RBX] = 0;
	v->gpr[X86_RCX] = 0;
	v->rip = RESET_IP;
	v->rflags = X86_EFLAGS_FIXED;
}

static void set_controls(struct x86_vcpu *v, u64 cr0, u64 cr4, u64 efer)
{
	v->cr0 = cr0 | X86_CR0_ET;
	v->cr4 = cr4;
	v->efer = efer;
	x86_update_controls(v);
	x86_hw->flush_tlb(v);
	x86_cpuid_update(v);
}

/* What was on its way into the guest when it was reset. */
static void forget_events(struct x86_vcpu *v)
{
	clear_bit(X86_EV_EXCEPTION, &v->events);
	clear_bit(X86_EV_REINJECT, &v->events);
	clear_bit(X86_EV_NMI, &v->events);
	v->nmi_masked = false;
	v->nmi_waiting = false;
	x86_hw->forget_events(v);
	v->memo.valid = false;
	v->data_memo.valid = false;
	v->nr_insn_bytes = 0;
	v->next_rip = 0;
}

/* What power-on and INIT have in common; CR0.CD and CR0.NW survive an INIT. */
static void set_common_registers(struct x86_vcpu *v, u64 cr0)
{
	forget_events(v);
	set_general_registers(v);
	set_real_mode_segments(v);
	set_empty_tables(v);
	set_debug_registers(v);
	x86_hw->set_sysreg(v, X86_CR2, 0);
	v->cr3 = 0;
	set_controls(v, cr0, 0, 0);
	v->shadow = false;
}

static void power_on(struct x86_vcpu *v)
{
	v->events = 0;
	x86_lapic_reset(v, false);
	x86_msr_reset(v);
	x86_tsc_reset(v);
	x86_fpu_reset(v, false);
	set_common_registers(v, X86_CR0_CD | X86_CR0_NW);
}

/* MSRs, TSC and extended state are as before. */
static void reset_by_init(struct x86_vcpu *v)
{
	x86_lapic_reset(v, true);
	x86_fpu_reset(v, true);
	set_common_registers(v, v->cr0 & (X86_CR0_CD | X86_CR0_NW));
}

/* --- the boot vCPU; see uapi/linux/axvm.h --- */

static void set_real_mode_entry(struct x86_vcpu *v, u64 entry)
{
	u64 base = entry & ~0xffffULL;

	if (entry < REAL_MODE_END)
		set_seg(v, X86_CS, base >> 4, base, SEG_LIMIT_REAL, ATTR_CODE);
	else
		set_seg(v, X86_CS, RESET_CS, base, SEG_LIMIT_REAL, ATTR_CODE);
	v->rip = entry & 0xffff;
}

static void set_flat_segments(struct x86_vcpu *v, u16 code_mode)
{
	enum x86_seg_nr nr;

	for (nr = X86_ES; nr <= X86_GS; nr++)
		set_seg(v, nr, AXVM_X86_SEL_DATA, 0, SEG_LIMIT_FLAT, ATTR_DATA | ATTR_FLAT);
	set_seg(v, X86_CS, AXVM_X86_SEL_CODE, 0, SEG_LIMIT_FLAT, ATTR_CODE | X86_SEG_G | code_mode);
}

/* Null, unused, code, data. */
#define BLOCK_GDT_LIMIT	(4 * 8 - 1)

static void set_block_gdt(struct x86_vcpu *v, u64 block)
{
	struct x86_dt gdt = { .base = block + AXVM_X86_BLOCK_GDT, .limit = BLOCK_GDT_LIMIT };

	if (!block)
		gdt = (struct x86_dt) {};
	x86_hw->set_dt(v, false, &gdt);
}

static void set_protected_entry(struct x86_vcpu *v, u64 entry, u64 block)
{
	set_flat_segments(v, X86_SEG_DB);
	set_block_gdt(v, block);
	set_controls(v, X86_CR0_PE, 0, 0);
	v->rip = (u32)entry;
}

static void set_long_entry(struct x86_vcpu *v, u64 entry, u64 block)
{
	set_flat_segments(v, X86_SEG_L);
	set_block_gdt(v, block);
	v->cr3 = block + AXVM_X86_BLOCK_ROOT;
	set_controls(v, X86_CR0_PE | X86_CR0_PG, X86_CR4_PAE, EFER_LME | EFER_LMA);
	v->rip = entry;
}

static void set_boot_registers(struct x86_vcpu *v, const u64 *args)
{
	v->gpr[X86_RAX] = upper_32_bits(args[AXVM_X86_ARG_MODE]);
	v->gpr[X86_RBX] = args[AXVM_X86_ARG_RBX];
	v->gpr[X86_RSI] = args[AXVM_X86_ARG_RSI];
	v->gpr[X86_RDX] = 0;
}

static void set_firmware_state(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		x86_msr_set_firmware(to_x86_vcpu(vm->vcpus[i]));
		x86_fpu_fninit(to_x86_vcpu(vm->vcpus[i]));
	}
}

static void boot(struct x86_vcpu *v, u64 entry)
{
	struct axvm_vm *vm = v->base.vm;
	u64 block = vm->boot_args[AXVM_X86_ARG_BLOCK];

	switch (lower_32_bits(vm->boot_args[AXVM_X86_ARG_MODE])) {
	case AXVM_X86_MODE_LONG:
		set_firmware_state(vm);
		set_long_entry(v, entry, block);
		break;
	case AXVM_X86_MODE_PROTECTED:
		set_firmware_state(vm);
		set_protected_entry(v, entry, block);
		break;
	default:
		set_real_mode_entry(v, entry);
		break;
	}
	if (entry != AXVM_X86_ENTRY_RESET)
		set_boot_registers(v, vm->boot_args);
}

/*
 * The other vCPUs are off and nobody else touches them. They are reset now, as
 * their APICs are part of the machine before they start; guest time begins.
 */
static void power_on_machine(struct axvm_vm *vm)
{
	u32 i;

	WRITE_ONCE(to_x86_vm(vm)->tsc_offset, -rdtsc());
	for (i = 0; i < vm->nr_vcpus; i++)
		power_on(to_x86_vcpu(vm->vcpus[i]));
}

/* --- INIT and start-up IPIs --- */

/*
 * An INIT withdraws a start-up IPI that came before it. So one that is still
 * there came after the INIT, which is then done with, too.
 */
static void take_sipi(struct x86_vcpu *v)
{
	unsigned long old = READ_ONCE(v->events), new;

	do {
		if (!(old & BIT(X86_EV_SIPI)))
			return;
		new = old & ~(BIT(X86_EV_SIPI) | BIT(X86_EV_INIT));
	} while (!try_cmpxchg(&v->events, &old, new));
}

static void start_up(struct x86_vcpu *v, u64 base)
{
	take_sipi(v);
	set_seg(v, X86_CS, base >> 4, base, SEG_LIMIT_REAL, ATTR_CODE);
	v->rip = 0;
}

void x86_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);

	if (x86_is_sipi_entry(entry)) {
		start_up(v, entry & ~X86_ENTRY_SIPI);
		return;
	}
	power_on_machine(vcpu->vm);
	boot(v, entry);
}
EXPORT_SYMBOL_IF_KUNIT(x86_vcpu_reset);

static u64 sipi_entry(const struct x86_vcpu *v)
{
	return X86_ENTRY_SIPI | (u64)READ_ONCE(v->sipi_vector) << 12;
}

/*
 * Off first: then either the sender of a start-up IPI turns it on again, or its
 * bit is seen here. Pairs with the barrier in axvm_vcpu_power_on()'s lock.
 */
static void wait_for_sipi(struct x86_vcpu *v)
{
	axvm_vcpu_power_off(&v->base);
	clear_bit(X86_EV_INIT, &v->events);
	smp_mb__after_atomic(); /* see above */
	if (test_bit(X86_EV_SIPI, &v->events))
		axvm_vcpu_power_on(&v->base, sipi_entry(v), 0);
}

/* SDM 3, 9.4.1: the bootstrap processor starts over at the reset vector. */
static void handle_init(struct x86_vcpu *v)
{
	reset_by_init(v);
	if (v->lapic.base_msr & MSR_IA32_APICBASE_BSP)
		clear_bit(X86_EV_INIT, &v->events);
	else
		wait_for_sipi(v);
}

void x86_vcpu_slow(struct axvm_vcpu *vcpu)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);

	if (test_and_clear_bit(X86_EV_CLOCK, &v->events))
		x86_kvm_clock_write_slow(v, 0);
	if (test_bit(X86_EV_INIT, &v->events))
		handle_init(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_vcpu_slow);

/* --- life --- */

int x86_vm_init(struct axvm_vm *vm)
{
	struct x86_vm *x86 = to_x86_vm(vm);

	x86->chip.ops = &x86_irq_chip_ops;
	vm->devices.chip = &x86->chip;
	return 0;
}

void x86_vm_destroy(struct axvm_vm *vm)
{
	vm->devices.chip = NULL;
}

/* 0xff is everybody in xAPIC mode. */
#define MAX_APIC_ID	254

static int check_vcpu(const struct axvm_vcpu *vcpu, struct axvm_error *err)
{
	if (vcpu->hw_id <= MAX_APIC_ID)
		return 0;
	axvm_fail(err, "a vCPU's hardware id is its APIC id, 0 to 254 on x86_64", -EINVAL);
	if (err) {
		err->item = AXVM_ITEM_VCPU;
		err->index = vcpu->id;
	}
	return -EINVAL;
}

int x86_vm_check(struct axvm_vm *vm, struct axvm_error *err)
{
	u32 i;
	int ret;

	for (i = 0; i < vm->nr_vcpus; i++) {
		ret = check_vcpu(vm->vcpus[i], err);
		if (ret)
			return ret;
	}
	if (axvm_gmem_find(&vm->gmem, X86_APIC_DEFAULT_BASE))
		return axvm_fail(err, "memory at 0xfee00000, where the local APICs are", -EINVAL);
	for (i = 0; i < vm->nr_vcpus; i++)
		x86_cpuid_set_topology(to_x86_vcpu(vm->vcpus[i]));
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_vm_check);

int x86_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);
	int ret = x86_fpu_init(v);

	if (ret)
		return ret;
	ret = x86_msr_init(v);
	if (ret)
		goto err_fpu;
	ret = x86_cpuid_init(v);
	if (ret)
		goto err_msr;
	x86_lapic_init(v);
	return 0;

err_msr:
	x86_msr_destroy(v);
err_fpu:
	x86_fpu_destroy(v);
	return ret;
}

void x86_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);

	x86_lapic_destroy(v);
	x86_cpuid_destroy(v);
	x86_msr_destroy(v);
	x86_fpu_destroy(v);
}

void x86_vm_pause(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		x86_lapic_pause(to_x86_vcpu(vm->vcpus[i]));
	to_x86_vm(vm)->paused_at = rdtsc();
}
EXPORT_SYMBOL_IF_KUNIT(x86_vm_pause);

/*
 * The counter goes on where it was; only then may something wait for a value of it. After a restart
 * vCPUs have what they had before it until they start, and memory is new.
 */
void x86_vm_resume(struct axvm_vm *vm)
{
	struct x86_vm *x86 = to_x86_vm(vm);
	struct x86_vcpu *v;
	u32 i;

	WRITE_ONCE(x86->tsc_offset, x86->tsc_offset - (rdtsc() - x86->paused_at));
	for (i = 0; i < vm->nr_vcpus; i++) {
		v = to_x86_vcpu(vm->vcpus[i]);
		x86_hw->update_tsc(v);
		if (axvm_vcpu_has_power(&v->base))
			x86_kvm_clock_write_slow(v, PVCLOCK_GUEST_STOPPED);
		x86_lapic_resume(v);
	}
}
EXPORT_SYMBOL_IF_KUNIT(x86_vm_resume);

/* --- load and put --- */

static bool host_has_tsc_aux(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID);
}

static void load_tsc_aux(struct x86_vcpu *v)
{
	if (!host_has_tsc_aux())
		return;
	rdmsrq(MSR_TSC_AUX, v->host_tsc_aux);
	if (v->host_tsc_aux != v->tsc_aux)
		wrmsrq(MSR_TSC_AUX, v->tsc_aux);
}

static void put_tsc_aux(struct x86_vcpu *v)
{
	if (host_has_tsc_aux() && v->host_tsc_aux != v->tsc_aux)
		wrmsrq(MSR_TSC_AUX, v->host_tsc_aux);
}

void x86_vcpu_load(struct x86_vcpu *v)
{
	x86_fpu_load(v);
	load_tsc_aux(v);
}

void x86_vcpu_put(struct x86_vcpu *v)
{
	put_tsc_aux(v);
	x86_fpu_put(v);
}

/* --- exits and halts --- */

/*
 * Devices are emulated, so nothing is left to do but where memory is not what
 * the guest takes it for: fetching from it, say, where nothing can be executed.
 */
void x86_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status)
{
	if (vcpu->exit.kind == AXVM_EXIT_S2_FAULT && status != AXVM_OK)
		x86_queue_exception_error(to_x86_vcpu(vcpu), X86_TRAP_GP, 0);
}

/* Those that end a halt whatever RFLAGS.IF says, and what is to be raised anyway. */
#define WAKING_EVENTS	(BIT(X86_EV_INIT) | BIT(X86_EV_NMI) | BIT(X86_EV_EXCEPTION) | \
			 BIT(X86_EV_REINJECT) | BIT(X86_EV_CLOCK))

bool x86_vcpu_has_irq(struct axvm_vcpu *vcpu)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);
	unsigned long events = READ_ONCE(v->events) & WAKING_EVENTS;

	if (v->nmi_masked)
		events &= ~BIT(X86_EV_NMI);
	return events || ((v->rflags & X86_EFLAGS_IF) && x86_irq_has(v));
}
EXPORT_SYMBOL_IF_KUNIT(x86_vcpu_has_irq);

/* The timers of local APICs run anyway, and wake whoever waits. */
void x86_vcpu_halt_begin(struct axvm_vcpu *vcpu)
{
}

void x86_vcpu_halt_end(struct axvm_vcpu *vcpu)
{
}

/* --- for people --- */

static const char *const gpr_names[X86_GPRS] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
};

static const char *const seg_names[X86_SEGS] = {
	"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr",
};

static void dump_segments(struct x86_vcpu *v, struct seq_file *m)
{
	struct x86_seg seg;
	struct x86_dt dt;
	int i;

	for (i = 0; i < X86_SEGS; i++) {
		x86_hw->get_seg(v, i, &seg);
		seq_printf(m, "%s=%04x base=%016llx limit=%08x attr=%03x\n", seg_names[i], seg.sel,
			   seg.base, seg.limit, seg.attr);
	}
	x86_hw->get_dt(v, false, &dt);
	seq_printf(m, "gdtr=%016llx limit=%04x\n", dt.base, dt.limit);
	x86_hw->get_dt(v, true, &dt);
	seq_printf(m, "idtr=%016llx limit=%04x\n", dt.base, dt.limit);
}

void x86_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m)
{
	struct x86_vcpu *v = to_x86_vcpu(vcpu);
	int i;

	/* Then they are in a CPU, which need not be this one. */
	if (READ_ONCE(vcpu->cpu) >= 0) {
		seq_puts(m, "running\n");
		return;
	}
	seq_printf(m, "rip=%016llx\n", v->rip);
	for (i = 0; i < X86_GPRS; i++)
		seq_printf(m, "%s=%016llx\n", gpr_names[i], v->gpr[i]);
	seq_printf(m, "rflags=%016llx\n", v->rflags);
	dump_segments(v, m);
	seq_printf(m, "cr0=%016llx\ncr2=%016llx\ncr3=%016llx\ncr4=%016llx\ncr8=%x\n", v->cr0,
		   x86_hw->get_sysreg(v, X86_CR2), v->cr3, v->cr4,
		   x86_lapic_get_cr8(v));
	seq_printf(m, "efer=%016llx\nxcr0=%016llx\n", v->efer, v->fpu.xcr0);
	for (i = 0; i < ARRAY_SIZE(v->dr); i++)
		seq_printf(m, "dr%d=%016llx\n", i, v->dr[i]);
	seq_printf(m, "dr6=%016llx\ndr7=%016llx\n", x86_hw->get_sysreg(v, X86_DR6),
		   x86_hw->get_sysreg(v, X86_DR7));
}
EXPORT_SYMBOL_IF_KUNIT(x86_vcpu_dump);
