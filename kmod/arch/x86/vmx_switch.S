/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX world switch: from the kernel into a guest and back, once for each combination
 * of mitigations.
 *
 * Called by vmx_run.c with interrupts off. SDM 3, chapter 27 (VM entries) and 28.5 (loading host
 * state): the hardware switches RIP, RSP, RFLAGS, control registers but CR2, all segments and
 * their bases, GDTR, IDTR, DR7 and the MSRs of SYSENTER; general registers are ours.
 */
#include <linux/stringify.h>
#include <asm/unwind_hints.h>

#include "arch/x86/spec_asm.h"
#include "arch/x86/vmx_switch.h"

/* eax has the value for SPEC_CTRL. */
.macro WRITE_SPEC_CTRL
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.endm

/*
 * int vmx_switch_<n>(struct vmx_switch *sw, u64 *gpr)
 *
 * VMRESUME or VMLAUNCH goes by the carry flag, which nothing up to there changes: VERW has ZF
 * alone. After the exit nothing returns or jumps indirectly before the return stack is
 * filled and the host's SPEC_CTRL is back; what the guest left in registers is
 * gone before the first branch that it could have trained.
 */
.macro VMX_SWITCH n:req
SYM_FUNC_START(vmx_switch_\n)
	push	%rbp
	mov	%rsp, %rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi
	push	%rsi

	mov	VMX_SW_GUEST_SPEC(%rdi), %eax
	cmp	VMX_SW_HOST_SPEC(%rdi), %eax
	jne	.Lguest_spec_\n
.Lguest_spec_done_\n:
	cmp	VMX_SW_HOST_RSP(%rdi), %rsp
	jne	.Lhost_rsp_\n
.Lhost_rsp_done_\n:
	btl	$0, VMX_SW_LAUNCHED(%rdi)
	mov	VMX_GPR(0)(%rsi), %rax
	mov	VMX_GPR(1)(%rsi), %rcx
	mov	VMX_GPR(2)(%rsi), %rdx
	mov	VMX_GPR(3)(%rsi), %rbx
	mov	VMX_GPR(5)(%rsi), %rbp
	mov	VMX_GPR(7)(%rsi), %rdi
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	mov	VMX_GPR(\r)(%rsi), %r\r
	.endr
	mov	VMX_GPR(6)(%rsi), %rsi
	.if \n & X86_SPEC_VERW
	SPEC_CLEAR_BUFFERS
	.endif
	UNWIND_HINT_SAVE
	jnc	.Llaunch_\n
	vmresume
	jmp	.Lfailed_\n
.Llaunch_\n:
	vmlaunch
.Lfailed_\n:
	pop	%rsi
	pop	%rdi
	mov	$1, %ebx
	jmp	.Lhost_\n

SYM_INNER_LABEL_ALIGN(vmx_exit_\n, SYM_L_LOCAL)
	UNWIND_HINT_RESTORE
	ENDBR
	push	%rax
	mov	8(%rsp), %rax
	mov	%rcx, VMX_GPR(1)(%rax)
	mov	%rdx, VMX_GPR(2)(%rax)
	mov	%rbx, VMX_GPR(3)(%rax)
	mov	%rbp, VMX_GPR(5)(%rax)
	mov	%rsi, VMX_GPR(6)(%rax)
	mov	%rdi, VMX_GPR(7)(%rax)
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\r, VMX_GPR(\r)(%rax)
	.endr
	pop	VMX_GPR(0)(%rax)
	pop	%rax
	pop	%rdi
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	xor	%esi, %esi
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	xor	%r\r, %r\r
	.endr

.Lhost_\n:
	.if \n & X86_SPEC_IBPB_EXIT
	SPEC_IBPB
	.endif
	.if \n & X86_SPEC_RSB
	SPEC_FILL_RSB
	.endif
	mov	VMX_SW_HOST_SPEC(%rdi), %eax
	cmp	VMX_SW_GUEST_SPEC(%rdi), %eax
	jne	.Lhost_spec_\n
.Lhost_spec_done_\n:
	.if \n & X86_SPEC_UNTRAIN
	SPEC_UNTRAIN_RET
	.endif
	.if \n & X86_SPEC_BHB
	call	x86_spec_clear_bhb
	.endif

	mov	%ebx, %eax
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET

.Lguest_spec_\n:
	WRITE_SPEC_CTRL
	jmp	.Lguest_spec_done_\n
.Lhost_spec_\n:
	WRITE_SPEC_CTRL
	jmp	.Lhost_spec_done_\n
.Lhost_rsp_\n:
	mov	%rsp, VMX_SW_HOST_RSP(%rdi)
	mov	$VMX_HOST_RSP_FIELD, %eax
	vmwrite	%rsp, %rax
	jmp	.Lhost_rsp_done_\n
SYM_FUNC_END(vmx_switch_\n)
.endm

	.section .noinstr.text, "ax"

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	VMX_SWITCH \n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	VMX_SWITCH \n
	.endr

	.section .rodata, "a"
	.balign	8
SYM_DATA_START(vmx_switches)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.quad	vmx_switch_\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.quad	vmx_switch_\n
	.endr
SYM_DATA_END(vmx_switches)

SYM_DATA_START(vmx_exits)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.quad	vmx_exit_\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.quad	vmx_exit_\n
	.endr
SYM_DATA_END(vmx_exits)
