/*
 * Reports on the disk: one file a candidate, `<id>.json`, canonical bytes, never changed. A report is either
 * there as a whole or not at all: written beside, synced, linked into place.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_STORE_H
#define CUPEL_ORCHESTRATOR_REPORT_STORE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define STORE_ID_MAX 64 /* bytes of an id: lower-case hexadecimal digits */

/*
 * Makes `folder` (and what is missing above it, mode 0700) and writes. The same bytes again are fine; other
 * bytes under a known id are ERR_INVALID, since reports are immutable.
 */
WARN_UNUSED int store_write(const char *folder, const char *id, const char *bytes, size_t length,
                            struct err *err);

/*
 * The report with that id, or the one whose id begins with `prefix` (at least four digits): its id and bytes,
 * both the caller's (free). ERR_NOT_FOUND, or ERR_INVALID when several ids begin so; the message names them.
 */
WARN_UNUSED int store_find(const char *folder, const char *prefix, char **id, char **bytes, size_t *length,
                           struct err *err);

struct store_entry {
    char id[STORE_ID_MAX + 1];
    int64_t written_ns; /* since the epoch, the file's time */
    size_t length;      /* bytes */
};

/* Newest first; *entries is the caller's (free). A folder that isn't there holds none. */
WARN_UNUSED int store_list(const char *folder, struct store_entry **entries, size_t *count, struct err *err);

#endif
