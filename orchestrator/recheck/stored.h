/*
 * A report read back: from the bytes of a canonical document to all that it was made from, so that its
 * verdict can be decided again and the document be written again. The bytes may come from anywhere.
 */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_STORED_H
#define CUPEL_ORCHESTRATOR_RECHECK_STORED_H

#include "orchestrator/report/report.h"

#define STORED_STRINGS       16   /* that the context borrows */
#define STORED_WORKLOADS_MAX 64   /* as in a configuration */
#define STORED_PAIRS_MAX     1024 /* of a workload; the method runs fewer than 100 */
#define STORED_WEIGHT_MAX    1e12

struct stored_report {
    struct evidence evidence;              /* as the document says, outcomes included */
    struct policy policy;                  /* what a report says of it; everything else is zero */
    struct decision decision;              /* as the document says */
    struct rank_family family;             /* as the document says; no e-values: none are told */
    struct report_context context;         /* borrows from `strings` and `family` */
    struct report_calibration calibration; /* of the context, where there is one; borrows likewise */
    char *strings[STORED_STRINGS];         /* owned */
    size_t string_count;                   /* of strings */
};

/*
 * Reads a canonical document (what report_view_parse() gives back, canonicalised; or a stored file's bytes).
 * `name` is what errors call it: "name:1: /candidates/0/stages/3/outcome: unknown value". ERR_INVALID for
 * what is no report or lacks something, ERR_LIMIT for what is too deep or too long; otherwise
 * stored_report_fini() it.
 *
 * Where a document says one thing several times (the totals, a pair's coin in each metric's rows), it is read
 * from the first place, and keys that nobody knows are passed over: such a document is written again with
 * other bytes.
 */
WARN_UNUSED int stored_report_read(struct stored_report *stored, const char *name, const char *bytes,
                                   size_t length, struct err *err);
void stored_report_fini(struct stored_report *stored);

/* The document again (cJSON_Delete() it): the same bytes for every report that cupel made. */
cJSON *stored_report_build(const struct stored_report *stored);

#endif
