/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vm.c and vm_state.c know of each other; nobody else includes it.
 */
#ifndef AXVM_VM_STATE_H
#define AXVM_VM_STATE_H

struct axvm_vm;

/* State machine of one VM: begin in CREATED; send the event of that; wait for late work. */
void axvm_state_init(struct axvm_vm *vm);
void axvm_state_announce_locked(struct axvm_vm *vm);
void axvm_state_exit(struct axvm_vm *vm);

/* The worker that ends VMs. */
int axvm_states_init(void);
void axvm_states_exit(void);

/* Write every image into cleared guest memory again; the caller owns the VM's memory. */
int axvm_vm_reload_images(struct axvm_vm *vm);

/* Take away what shows the VM to people; waits for those who look. Without locks. */
void axvm_vm_hide(struct axvm_vm *vm);

/* Take the VM out of the registry and drop the registry's reference. */
void axvm_vm_unregister(struct axvm_vm *vm);

#endif /* AXVM_VM_STATE_H */
