#include "workloads/contract/table.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

int64_t table_find(const struct table *table, uint64_t key)
{
    for (size_t i = (size_t)key; table->size; i++) {
        const struct table_slot *slot = &table->slots[i & (table->size - 1)];
        if (!slot->index_plus_1)
            return -1;
        if (slot->key == key)
            return (int64_t)slot->index_plus_1 - 1;
    }
    return -1;
}

static void table_put(struct table *table, struct table_slot slot)
{
    size_t i = (size_t)slot.key;
    while (table->slots[i & (table->size - 1)].index_plus_1)
        i++;
    table->slots[i & (table->size - 1)] = slot;
}

void table_add(struct table *table, uint64_t key, uint32_t index)
{
    if (2 * (table->used + 1) > table->size) {
        struct table old = *table;
        table->size = old.size ? old.size * 2 : 32;
        table->slots = memory_zeroed(table->size * sizeof *table->slots);
        for (size_t i = 0; i < old.size; i++) {
            if (old.slots[i].index_plus_1)
                table_put(table, old.slots[i]);
        }
        free(old.slots);
    }
    table_put(table, (struct table_slot){.key = key, .index_plus_1 = index + 1});
    table->used++;
}

void table_clear(struct table *table)
{
    if (table->used)
        memset(table->slots, 0, table->size * sizeof *table->slots);
    table->used = 0;
}

void table_fini(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}
