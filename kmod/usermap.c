// SPDX-License-Identifier: GPL-2.0
/*
 * User mappings of a VM's memory, kept together so that they can be taken away.
 *
 * Part of a VM; chardev.c adds descriptors, vm.c blocks. Process context.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "usermap.h"

void axvm_usermap_init(struct axvm_usermap *map)
{
	init_rwsem(&map->lock);
	map->inode = NULL;
}

void axvm_usermap_exit(struct axvm_usermap *map)
{
	iput(map->inode);
	map->inode = NULL;
}

void axvm_usermap_join(struct axvm_usermap *map, struct file *file)
{
	down_write(&map->lock);
	if (!map->inode) {
		map->inode = file_inode(file);
		ihold(map->inode);
	}
	file->f_mapping = map->inode->i_mapping;
	up_write(&map->lock);
}

void axvm_usermap_block(struct axvm_usermap *map)
{
	down_write(&map->lock);
	if (map->inode)
		unmap_mapping_range(map->inode->i_mapping, 0, 0, 1);
}

void axvm_usermap_unblock(struct axvm_usermap *map)
{
	up_write(&map->lock);
}
