/* A set of names with the line where each was seen first. */
#ifndef CUPEL_POLICIES_SCREEN_NAMES_H
#define CUPEL_POLICIES_SCREEN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_set {
    struct name_slot *slots; /* open addressing; owned */
    size_t capacity;         /* power of two, or 0 */
    size_t count;            /* of names */
};

struct name_slot {
    char *name;    /* owned; NULL: free */
    uint32_t line; /* where it was seen first */
};

/* Adds a copy; false when it was there. */
bool names_add(struct name_set *set, const char *name, size_t length, uint32_t line);
bool names_have(const struct name_set *set, const char *name, size_t length);
void names_fini(struct name_set *set);

#endif
