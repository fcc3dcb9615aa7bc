/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The services of the host kernel that the core and the backends build on.
 *
 * The only allocator of guest memory, so that every such page is counted,
 * zeroed, charged to the creator's memory cgroup, and open to fault injection.
 */
#ifndef AXVM_HOST_H
#define AXVM_HOST_H

#include <linux/types.h>

struct cpumask;
struct mem_cgroup;
struct page;
struct task_struct;

/* Which list of a VM's configuration an error is about. */
enum axvm_item {
	AXVM_ITEM_NONE,
	AXVM_ITEM_VCPU,
	AXVM_ITEM_REGION,
	AXVM_ITEM_DEVICE,
};

/* Where an error came from, for the one who asked: see axvm_fail(). */
struct axvm_error {
	/** @msg: static string in plain words, NULL while nothing failed */
	const char *msg;
	/** @item: list that @index counts in; set by the one who walks the list */
	enum axvm_item item;
	/** @index: which item of the list, when @item is not AXVM_ITEM_NONE */
	int index;
};

/**
 * axvm_fail() - note why a call fails and pass the errno on
 * @err: where to note it, may be NULL
 * @msg: static string, no full stop, says what is wrong and what would be right
 * @code: negative errno
 *
 * The first note wins: it is nearest to the cause.
 *
 * Return: @code.
 */
static inline int axvm_fail(struct axvm_error *err, const char *msg, int code)
{
	if (err && !err->msg)
		err->msg = msg;
	return code;
}

#define AXVM_HUGE_ORDER	9	/* 2 MiB of 4 KiB pages */

/**
 * axvm_host_alloc_pages() - zeroed pages for guest memory
 * @order: 0, or AXVM_HUGE_ORDER for 512 contiguous pages aligned to their size
 *
 * A block is split: each of its pages has a reference count of its own, can be
 * mapped by user space one by one, and is freed one by one. A block is tried
 * without effort, a single page with all effort short of killing processes:
 * running out of memory is the VM's failure, not the host's.
 *
 * Context: may sleep.
 *
 * Return: the first page, or NULL.
 */
struct page *axvm_host_alloc_pages(unsigned int order);

/**
 * axvm_host_free_pages() - drop pages from axvm_host_alloc_pages()
 * @page: first page
 * @order: as allocated
 *
 * Pages that somebody else still refers to live on until that ends.
 * Context: may sleep.
 */
void axvm_host_free_pages(struct page *page, unsigned int order);

/**
 * axvm_host_alloc_table() - zeroed, physically contiguous memory for a stage-2 table
 * @size: power of two, at least PAGE_SIZE; the result is aligned to it
 *
 * Context: may sleep.
 *
 * Return: kernel address, or NULL.
 */
void *axvm_host_alloc_table(size_t size);
void axvm_host_free_table(void *table, size_t size);

/* Pages given out and not yet back: guest memory and tables, for leak checks. Any context. */
long axvm_host_pages_in_use(void);

/**
 * axvm_host_get_memcg() - the memory cgroup of the calling process
 *
 * A VM remembers it, so that pages which appear while a vCPU thread runs are
 * charged to whoever created the VM.
 *
 * Context: process.
 *
 * Return: the cgroup with a reference, or NULL when there are none.
 */
struct mem_cgroup *axvm_host_get_memcg(void);
void axvm_host_put_memcg(struct mem_cgroup *memcg);

/**
 * axvm_host_charge_to() - let the calling task's allocations count for a memory cgroup
 * @memcg: from axvm_host_get_memcg(), or what an earlier call returned
 *
 * Return: the cgroup charged so far, to be put back when done.
 */
struct mem_cgroup *axvm_host_charge_to(struct mem_cgroup *memcg);

/**
 * axvm_host_hold_place() - remember the cgroups and CPUs of the calling process
 *
 * What remembers them is a thread that sleeps there: it keeps the cgroups from being removed,
 * and a thread of the kernel can be put beside it whatever has become of the process. When a
 * cpuset changes, the kernel changes the CPUs of this thread, too.
 *
 * Context: process, may sleep.
 *
 * Return: the place, or ERR_PTR: -ENOMEM, -EINTR killed, and what the cgroups say.
 */
struct task_struct *axvm_host_hold_place(void);

/* Put a thread that has not run yet into the cgroups of a place. Process context. */
int axvm_host_take_place(struct task_struct *place, struct task_struct *task);

/*
 * Out of all limits: a thread that has only to end must not wait for its turn among what its
 * creator runs. Process context.
 */
void axvm_host_leave_place(struct task_struct *task);

/* The CPUs that whoever is at a place may use; they change at any time. Any context. */
const struct cpumask *axvm_host_place_cpus(const struct task_struct *place);

/* A thread of the kernel has nothing more to do: sleep until somebody joins it. */
void axvm_host_await_stop(void);

/* Forget a place. Process context, may sleep. */
void axvm_host_drop_place(struct task_struct *place);

#endif /* AXVM_HOST_H */
