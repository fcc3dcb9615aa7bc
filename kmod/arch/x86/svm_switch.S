/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SVM world switch: from the kernel into a guest and back, once for each combination
 * of mitigations.
 *
 * Called by svm_run.c with GIF = 0 and interrupts off. APM volume 2, section
 * 15.5 (VMRUN) and 15.6 (#VMEXIT): the hardware switches RIP, RSP, RAX, RFLAGS,
 * control registers, EFER, CS, SS, DS, ES, GDTR and IDTR. FS, TR, LDTR and the
 * SYSCALL MSRs remain the guest's in between. RFLAGS.IF is 1 at VMRUN, as host interrupts
 * would not end the guest otherwise (15.21.1); GIF = 0 keeps them away until then. STI
 * comes early, so that its shadow does not reach VMRUN, which would carry it into the guest.
 */
#include <linux/stringify.h>

#include "arch/x86/spec_asm.h"
#include "svm_switch.h"

.macro READ_GS_BASE
	ALTERNATIVE __stringify(mov $MSR_GS_BASE, %ecx; rdmsr; shl $32, %rdx; or %rdx, %rax), \
		    "rdgsbase %rax", X86_FEATURE_FSGSBASE
.endm

/* From rax; changes rcx and rdx. */
.macro WRITE_GS_BASE
	ALTERNATIVE __stringify(mov $MSR_GS_BASE, %ecx; mov %rax, %rdx; shr $32, %rdx; wrmsr), \
		    "wrgsbase %rax", X86_FEATURE_FSGSBASE
.endm

/* eax has the value for SPEC_CTRL. */
.macro WRITE_SPEC_CTRL
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.endm

/*
 * void svm_switch_<n>(struct svm_switch *sw, u64 *gpr)
 *
 * After #VMEXIT nothing returns or jumps indirectly before the return stack is
 * filled and the host's SPEC_CTRL is back; what the guest left in registers is
 * gone before the first branch that it could have trained.
 */
.macro SVM_SWITCH n:req
SYM_FUNC_START(svm_switch_\n)
	push	%rbp
	mov	%rsp, %rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi
	push	%rsi
	sti

	mov	SVM_SW_GUEST_SPEC(%rdi), %eax
	cmp	SVM_SW_HOST_SPEC(%rdi), %eax
	jne	.Lguest_spec_\n
.Lguest_spec_done_\n:
	mov	SVM_SW_GUEST_GS(%rdi), %rax
	WRITE_GS_BASE

	mov	SVM_SW_VMCB(%rdi), %rax
	mov	SVM_GPR(1)(%rsi), %rcx
	mov	SVM_GPR(2)(%rsi), %rdx
	mov	SVM_GPR(3)(%rsi), %rbx
	mov	SVM_GPR(5)(%rsi), %rbp
	mov	SVM_GPR(7)(%rsi), %rdi
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	mov	SVM_GPR(\r)(%rsi), %r\r
	.endr
	mov	SVM_GPR(6)(%rsi), %rsi
	.if \n & X86_SPEC_VERW
	SPEC_CLEAR_BUFFERS
	.endif
	vmrun	%rax
	cli

	pop	%rax
	mov	%rcx, SVM_GPR(1)(%rax)
	mov	%rdx, SVM_GPR(2)(%rax)
	mov	%rbx, SVM_GPR(3)(%rax)
	mov	%rbp, SVM_GPR(5)(%rax)
	mov	%rsi, SVM_GPR(6)(%rax)
	mov	%rdi, SVM_GPR(7)(%rax)
	.irp	r, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\r, SVM_GPR(\r)(%rax)
	.endr
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

	.if \n & X86_SPEC_IBPB_EXIT
	SPEC_IBPB
	.endif
	.if \n & X86_SPEC_RSB
	SPEC_FILL_RSB
	.endif
	READ_GS_BASE
	mov	%rax, SVM_SW_GUEST_GS(%rdi)
	mov	SVM_SW_HOST_GS(%rdi), %rax
	WRITE_GS_BASE
	mov	SVM_SW_HOST_SPEC(%rdi), %eax
	cmp	SVM_SW_GUEST_SPEC(%rdi), %eax
	jne	.Lhost_spec_\n
.Lhost_spec_done_\n:
	.if \n & X86_SPEC_UNTRAIN
	SPEC_UNTRAIN_RET
	.endif
	.if \n & X86_SPEC_BHB
	call	x86_spec_clear_bhb
	.endif

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
SYM_FUNC_END(svm_switch_\n)
.endm

	.section .noinstr.text, "ax"

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	SVM_SWITCH \n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	SVM_SWITCH \n
	.endr

	.section .rodata, "a"
	.balign	8
SYM_DATA_START(svm_switches)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.quad	svm_switch_\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.quad	svm_switch_\n
	.endr
SYM_DATA_END(svm_switches)
