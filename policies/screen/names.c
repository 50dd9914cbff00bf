#include "policies/screen/names.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits (Fowler, Noll & Vo; draft-eastlake-fnv).
 * A flood of equal hashes only makes the screen slow. */
static uint64_t names_hash(const char *name, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct name_slot *names_slot(struct name_slot *slots, size_t capacity, const char *name, size_t length)
{
    size_t at = (size_t)names_hash(name, length) & (capacity - 1);
    while (slots[at].name && (strlen(slots[at].name) != length || memcmp(slots[at].name, name, length) != 0))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static void names_grow(struct name_set *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 64;
    struct name_slot *slots = memory_zeroed(capacity * sizeof *slots);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].name)
            *names_slot(slots, capacity, set->slots[i].name, strlen(set->slots[i].name)) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
}

bool names_add(struct name_set *set, const char *name, size_t length, uint32_t line)
{
    length = strnlen(name, length);
    if (set->count * 2 >= set->capacity)
        names_grow(set);
    struct name_slot *slot = names_slot(set->slots, set->capacity, name, length);
    if (slot->name)
        return false;
    *slot = (struct name_slot){memory_copy_bytes(name, length), line};
    set->count++;
    return true;
}

bool names_have(const struct name_set *set, const char *name, size_t length)
{
    return set->count > 0 && names_slot(set->slots, set->capacity, name, strnlen(name, length))->name != NULL;
}

void names_fini(struct name_set *set)
{
    for (size_t i = 0; i < set->capacity; i++)
        free(set->slots[i].name);
    free(set->slots);
    *set = (struct name_set){0};
}
