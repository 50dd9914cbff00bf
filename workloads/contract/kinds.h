/* The kinds of fields that answers have: distinct pointer patterns of their leaves, part by part. */
#ifndef CUPEL_WORKLOADS_CONTRACT_KINDS_H
#define CUPEL_WORKLOADS_CONTRACT_KINDS_H

#include "workloads/contract/body.h"
#include "workloads/contract/table.h"

#define KINDS_MOST 10000 /* an answer could invent a key for each field */

struct kinds {
    struct table seen;
    size_t count;
    bool more; /* there were further ones */
};

/* A part as a whole: the exit status, or bytes. */
void kinds_add_part(struct kinds *kinds, const char *part);
/* Each leaf of a JSON body; text and bytes are one kind, and nothing is none. */
void kinds_add_body(struct kinds *kinds, const char *part, const struct body *body);
void kinds_fini(struct kinds *kinds);

#endif
