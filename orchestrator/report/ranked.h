/*
 * The ranked report of a batch: one view over many canonical documents. Takes what the documents say and no
 * evidence, so that a batch can be shown again from stored reports.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_RANKED_H
#define CUPEL_ORCHESTRATOR_REPORT_RANKED_H

#include "base/digest.h"
#include "base/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One candidate of the batch. Borrowed strings. */
struct ranked_entry {
    cJSON *document;            /* canonical, of one candidate; report_view_batch() takes it over */
    struct digest digest;       /* of its canonical bytes */
    const char *sign_off_state; /* "awaiting" … */
    char *const *duplicates;    /* names of candidates with the same tree; NULL-terminated, or NULL */
};

/* Two recommended candidates that can't be applied together. Borrowed strings. */
struct ranked_conflict {
    const char *first, *second; /* ids */
    const char *why;            /* "both change src/a.c:10–14" */
};

/* What the batch knows besides its candidates. Borrowed. */
struct ranked_batch {
    const char *id;      /* of the batch; NULL: none */
    const char *created; /* RFC 3339, UTC */
    size_t submitted;    /* proposals read, duplicates included */
    double seconds;      /* wall time */
    const struct ranked_conflict *conflicts;
    size_t conflict_count;
    bool conflicts_checked;          /* otherwise the report says nothing about conflicts */
    const char *combination_id;      /* report of all recommended together as one more; NULL: none */
    const char *combination_verdict; /* likewise */
    const char *combination_reason;  /* likewise */
};

/*
 * The view of `batch --json`: candidates in the order of rank.h, each with digest, rank (null where it has
 * none), estimate, sign_off and duplicates; what its document says differently from the view's top level (the
 * noise floor, say) stands in its `evaluation`, so that every canonical document can be rebuilt. The caller's
 * (cJSON_Delete), with the documents in it. An empty batch gives a view without candidates.
 */
cJSON *report_view_batch(struct ranked_entry *entries, size_t count, const struct ranked_batch *batch);

/* Was this view made by report_view_batch()? report_format_text()
 * and _markdown() ask and call the two below. */
bool ranked_is_batch(const cJSON *view);

/* A table of those recommended and a short card for each, then the others by verdict. `width` in columns. */
void ranked_format_text(const cJSON *view, bool color, int width, struct text *out);
void ranked_format_markdown(const cJSON *view, struct text *out);

#endif
