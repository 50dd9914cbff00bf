/*
 * The attribution as a document of its own, canonical like a report (RFC 8785). It names the report by its
 * digest and never changes it: what a person signs is the report alone.
 */
#ifndef CUPEL_ORCHESTRATOR_ATTRIBUTION_DOCUMENT_H
#define CUPEL_ORCHESTRATOR_ATTRIBUTION_DOCUMENT_H

#include "orchestrator/attribution/trials.h"
#include "orchestrator/report/report.h"

/* The patch file of the offered set. Borrowed strings. */
struct document_offer {
    const char *file;            /* its path; NULL: none was written */
    const struct digest *digest; /* of the normalised patch */
    const char *why;             /* why there is no file, a sentence, or NULL */
};

/* What stands around it. Borrowed. */
struct document_input {
    const struct parts *parts;
    const struct trials *trials;
    const struct policy *policy;
    const struct report_context *context;
    const cJSON *report;                /* the whole's canonical document */
    const struct digest *report_digest; /* of its bytes */
    const struct document_offer *offer; /* NULL: nothing is offered */
};

/* The caller's (cJSON_Delete). */
cJSON *document_build(const struct document_input *input);

#endif
