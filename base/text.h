/* A byte string that grows. Always NUL-terminated once something was added; may hold NULs. */
#ifndef CUPEL_BASE_TEXT_H
#define CUPEL_BASE_TEXT_H

#include <stddef.h>
#include <stdlib.h>

struct text {
    char *data;      /* NULL while nothing was added, else `length` bytes and a NUL */
    size_t length;   /* bytes in use */
    size_t capacity; /* bytes allocated */
};

/* Makes sure that `more` further bytes and a NUL fit. */
void text_reserve(struct text *text, size_t more);
void text_append(struct text *text, const void *bytes, size_t length);
void text_append_string(struct text *text, const char *string);
void text_append_char(struct text *text, char byte);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The string, "" when empty; borrowed until the next call. */
const char *text_string(const struct text *text);

/* Hands the string over (free() it) and leaves `text` empty; never NULL. */
char *text_take(struct text *text);

/* Forgets the content, keeps the memory. */
void text_clear(struct text *text);
void text_fini(struct text *text);

#define cleanup_text __attribute__((cleanup(text_fini)))

#endif
