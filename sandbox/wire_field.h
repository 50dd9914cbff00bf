/*
 * The fields that wire records are made of. A reader that met something that does not fit gives zeros and
 * empty strings from there on, and says so at the end.
 */
#ifndef CUPEL_SANDBOX_WIRE_FIELD_H
#define CUPEL_SANDBOX_WIRE_FIELD_H

#include "sandbox/wire.h"

struct wire_reader {
    const char *at; /* next byte */
    size_t left;    /* bytes from there */
    bool bad;       /* something did not fit; all later reads give zeros */
};

void wire_put32(struct text *out, uint32_t value);
void wire_put64(struct text *out, uint64_t value);
/* Counted and NUL-terminated; NULL goes as "". */
void wire_put_string(struct text *out, const char *string);
void wire_put_strings(struct text *out, const char *const *strings);

/* A datagram's kind comes first and must be `kind`; 0: a record without. */
struct wire_reader wire_open(const char *bytes, size_t length, uint32_t kind);
uint32_t wire_get32(struct wire_reader *in);
uint64_t wire_get64(struct wire_reader *in);
/* A number below `limit`, as an enum or a flag. */
uint32_t wire_get_below(struct wire_reader *in, uint32_t limit);
/* An element takes at least `size` bytes, so a count cannot make us allocate more than the body has. */
size_t wire_get_count(struct wire_reader *in, size_t size);
/* Borrowed from the bytes. */
const char *wire_get_string(struct wire_reader *in);
/* NULL-terminated; the array is the caller's. */
const char **wire_get_strings(struct wire_reader *in);
/* A copy, cut at `size`. */
void wire_get_words(struct wire_reader *in, char *words, size_t size);
/* 0, or ERR_INVALID: something did not fit, or was left over. */
WARN_UNUSED int wire_finish(const struct wire_reader *in);

#endif
