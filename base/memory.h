/*
 * Memory that is there or ends the program. Linux overcommits, so a failed small allocation cannot be
 * handled in a way that a test could reach; sizes that come from outside are checked against a limit before
 * they get here. Everything returned is freed with free().
 */
#ifndef CUPEL_BASE_MEMORY_H
#define CUPEL_BASE_MEMORY_H

#include <stddef.h>

/* `size` zeroed bytes; never NULL. */
void *memory_zeroed(size_t size) __attribute__((malloc, returns_nonnull));

/* Room for `count` elements of `size` bytes, contents of `old` kept;
 * never NULL. Overflow ends the program. */
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/* Copies; the second adds a terminating NUL behind `length` bytes; never NULL. */
char *memory_copy_string(const char *string) __attribute__((malloc, returns_nonnull));
char *memory_copy_bytes(const void *bytes, size_t length) __attribute__((malloc, returns_nonnull));

/* A formatted string of its own; never NULL. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

#define MEMORY_NEW(type) ((type *)memory_zeroed(sizeof(type)))

/*
 * Grows `*array` (elements of `sizeof **array`) so that index `count` exists; capacity doubles.
 * `capacity` is an lvalue that the caller keeps beside the array.
 */
#define MEMORY_GROW(array, count, capacity)                                                                  \
    do {                                                                                                     \
        if ((count) >= (capacity)) {                                                                         \
            (capacity) = (capacity) ? (capacity)*2 : 8;                                                      \
            (array) = memory_resize((array), (capacity), sizeof *(array));                                   \
        }                                                                                                    \
    } while (0)

#endif
