/* From 64-bit keys (hashes already) to indices of somebody's array. Open addressing; nothing is ever removed
 * but everything at once. */
#ifndef CUPEL_WORKLOADS_CONTRACT_TABLE_H
#define CUPEL_WORKLOADS_CONTRACT_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_slot {
    uint64_t key;
    uint32_t index_plus_1; /* 0: free */
};

struct table {
    struct table_slot *slots; /* owned; a power of two of them */
    size_t size;
    size_t used;
};

/* The index under that key, or -1. */
int64_t table_find(const struct table *table, uint64_t key);
/* The key must not be there yet. */
void table_add(struct table *table, uint64_t key, uint32_t index);
/* Forgets all, keeps the memory. */
void table_clear(struct table *table);
void table_fini(struct table *table);

#endif
