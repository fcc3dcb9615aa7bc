// SPDX-License-Identifier: GPL-2.0
/*
 * The services of the host kernel that the core and the backends build on.
 *
 * Owns the count of pages given out. Called by guest memory and stage-2 code,
 * always in process context and free to sleep.
 */
#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "host.h"

/*
 * What a guest touches must never wake the out-of-memory killer:
 * __GFP_RETRY_MAYFAIL reclaims as hard as it can and then fails.
 */
#define GUEST_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)
#define BLOCK_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN)

static atomic_long_t pages_in_use = ATOMIC_LONG_INIT(0);

struct page *axvm_host_alloc_pages(unsigned int order)
{
	struct page *page;

	KUNIT_STATIC_STUB_REDIRECT(axvm_host_alloc_pages, order);

	page = alloc_pages(order ? BLOCK_GFP : GUEST_GFP, order);
	if (!page)
		return NULL;
	/* Not a compound page, so that each page can be mapped and freed alone. */
	if (order)
		split_page(page, order);
	atomic_long_add(1L << order, &pages_in_use);
	return page;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_host_alloc_pages);

void axvm_host_free_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		__free_page(page + i);
	atomic_long_sub(1L << order, &pages_in_use);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_host_free_pages);

void *axvm_host_alloc_table(size_t size)
{
	unsigned int order = get_order(size);
	unsigned long table;

	KUNIT_STATIC_STUB_REDIRECT(axvm_host_alloc_table, size);

	table = __get_free_pages(GUEST_GFP, order);
	if (!table)
		return NULL;
	atomic_long_add(1L << order, &pages_in_use);
	return (void *)table;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_host_alloc_table);

void axvm_host_free_table(void *table, size_t size)
{
	unsigned int order = get_order(size);

	if (!table)
		return;
	free_pages((unsigned long)table, order);
	atomic_long_sub(1L << order, &pages_in_use);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_host_free_table);

long axvm_host_pages_in_use(void)
{
	return atomic_long_read(&pages_in_use);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_host_pages_in_use);

struct mem_cgroup *axvm_host_get_memcg(void)
{
	return get_mem_cgroup_from_mm(current->mm);
}

void axvm_host_put_memcg(struct mem_cgroup *memcg)
{
	mem_cgroup_put(memcg);
}

struct mem_cgroup *axvm_host_charge_to(struct mem_cgroup *memcg)
{
	return set_active_memcg(memcg);
}

/* --- cgroups --- */

void axvm_host_await_stop(void)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
}

static int stay(void *arrived)
{
	complete(arrived);
	axvm_host_await_stop();
	return 0;
}

/*
 * What the creator was confined to besides its cpuset. CPUs set apart with isolcpus= are for those
 * who ask for them by name: a creator that has all others is not confined.
 */
static int confine(struct task_struct *place)
{
	cpumask_var_t cpus;
	int ret = 0;

	if (cpumask_subset(housekeeping_cpumask(HK_TYPE_DOMAIN_BOOT), current->cpus_ptr))
		return 0;
	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (cpumask_and(cpus, axvm_host_place_cpus(place), current->cpus_ptr))
		ret = set_cpus_allowed_ptr(place, cpus);
	free_cpumask_var(cpus);
	return ret;
}

/*
 * A thread gets its first CPUs from the kernel when it first runs: what is to count comes later.
 * A cpuset then takes from all CPUs those that it does not have.
 */
static int settle(struct task_struct *place, struct completion *arrived)
{
	int ret;

	wake_up_process(place);
	wait_for_completion(arrived);
	ret = set_cpus_allowed_ptr(place, cpu_possible_mask);
	if (!ret)
		ret = axvm_host_take_place(current, place);
	if (!ret)
		ret = confine(place);
	return ret;
}

/* A thread of the kernel belongs to nobody: in all hierarchies it starts at the root. */
struct task_struct *axvm_host_hold_place(void)
{
	DECLARE_COMPLETION_ONSTACK(arrived);
	struct task_struct *place = kthread_create(stay, &arrived, "axvm-place");
	int ret;

	if (IS_ERR(place))
		return place;
	ret = settle(place, &arrived);
	if (!ret)
		return place;
	kthread_stop(place);
	return ERR_PTR(ret);
}

#ifdef CONFIG_CGROUPS
static bool are_together(struct task_struct *a, struct task_struct *b)
{
	guard(rcu)();
	return task_css_set(a) == task_css_set(b);
}
#else
static bool are_together(struct task_struct *a, struct task_struct *b)
{
	return true;
}
#endif

/* Moving a thread makes all forks of the host wait: not for nothing. */
int axvm_host_take_place(struct task_struct *place, struct task_struct *task)
{
	return are_together(place, task) ? 0 : cgroup_attach_task_all(place, task);
}

/* The first of all tasks is at the root. Where there is no memory for the move it takes longer. */
void axvm_host_leave_place(struct task_struct *task)
{
	axvm_host_take_place(&init_task, task);
}

const struct cpumask *axvm_host_place_cpus(const struct task_struct *place)
{
	return &place->cpus_mask;
}

void axvm_host_drop_place(struct task_struct *place)
{
	axvm_host_leave_place(place);
	kthread_stop(place);
}
