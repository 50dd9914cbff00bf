/*
 * The ranked report of a large batch, one document in memory at a time: each is loaded when it is needed, and
 * loaded again. report_view_batch() is the same for batches that fit.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_RANKED_STREAM_H
#define CUPEL_ORCHESTRATOR_REPORT_RANKED_STREAM_H

#include "base/error.h"
#include "orchestrator/report/ranked.h"

struct ranked_source {
    size_t count; /* candidates */
    /*
     * Fills the entry of that index, from 0: its document becomes the callee's, the rest stays borrowed until
     * the next call. The same index gives the same document each time. 0, or an error that ends the report.
     */
    int (*load)(size_t index, struct ranked_entry *entry, void *data, struct err *err);
    void *data; /* for load */
};

/*
 * A view with all that text and Markdown show (report_format_text() and _markdown() give the same as for the
 * full one) and without raw data, logs and findings: some kilobytes a candidate. No JSON view: never print it
 * as one. The caller's (cJSON_Delete).
 */
WARN_UNUSED int ranked_view_brief(const struct ranked_source *source, const struct ranked_batch *batch,
                                  cJSON **view, struct err *err);

/*
 * The view of `batch --json`, byte for byte what report_canonicalise() makes of report_view_batch(), handed
 * to `write` piece by piece. `write` returns 0 or an error that ends it.
 */
WARN_UNUSED int ranked_write_json(const struct ranked_source *source, const struct ranked_batch *batch,
                                  int (*write)(const char *bytes, size_t length, void *data, struct err *err),
                                  void *data, struct err *err);

#endif
