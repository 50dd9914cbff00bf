/*
 * Do client and zygote belong together? The first datagram, which carries the set-up, says who sends it; a
 * zygote of another version answers with its own greeting instead of reading records that it might misread.
 *
 * This record never changes its form, so that any two versions can tell that they differ.
 */
#ifndef CUPEL_SANDBOX_GREETING_H
#define CUPEL_SANDBOX_GREETING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct greeting {
    uint32_t kind;    /* WIRE_GREETING */
    uint32_t records; /* WIRE_VERSION of the sender */
    char release[32]; /* its CUPEL_VERSION, printable, NUL-terminated */
};

/* Ours, ready to be sent as it stands. */
struct greeting greeting_make(void);
/* 0, or ERR_INVALID for any other datagram. */
WARN_UNUSED int greeting_read(const char *bytes, size_t length, struct greeting *out);
/* Same records and same release. */
bool greeting_is_ours(const struct greeting *greeting);
/* ERR_UNAVAILABLE: names both versions, and what to do. `executable`: the cupel-sandbox that answered so. */
int greeting_explain(const struct greeting *other, const char *executable, struct err *err);

#endif
