/*
 * The report: one canonical JSON document a candidate (RFC 8785), and views over it. Views take the parsed
 * document, never the evidence, so that a stored report shows what a fresh one does.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_REPORT_H
#define CUPEL_ORCHESTRATOR_REPORT_REPORT_H

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "policies/evidence.h"
#include "policies/rank.h"
#include "policies/verdict.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* What `cupel calibrate` said of the machine, where it still holds. Borrowed strings. */
struct report_calibration {
    const char *created;        /* RFC 3339, UTC */
    const char *digest;         /* hexadecimal SHA-256 of the calibration's document */
    double noise[METRIC_COUNT]; /* on the CPUs that were measured on; negative: no figure */
};

/* What the evaluation knows besides evidence and decision. Borrowed strings. */
struct report_context {
    const char *created; /* RFC 3339, UTC */
    const char *cpu_model, *kernel, *isolation;
    const char *cpu_source, *peak_source;
    const char *policy_name, *policy_digest, *configuration_digest;
    const char *cupel_version;
    const char *runner_digest;                    /* hexadecimal SHA-256 of the executable; NULL: unknown */
    const struct report_calibration *calibration; /* NULL: none that holds here */
    const struct rank_family *family; /* the closed family of a batch; NULL: alone, or still open */
};

#define REPORT_ID 12 /* hexadecimal digits: enough for a person to copy, and for a million reports */

/* The id that the candidate's report bears:
 * made of what goes in, so it is known once the candidate is read. */
void report_candidate_id(const struct evidence *evidence, const struct report_context *context,
                         char id[static REPORT_ID + 1]);

/* The canonical document as a cJSON tree (caller frees with cJSON_Delete): no digest, rank or sign_off. */
cJSON *report_build(const struct evidence *evidence, const struct decision *decision,
                    const struct policy *policy, const struct report_context *context);
/* RFC 8785 serialisation. ERR_INVALID for what it can't express (NaN, infinity, lone surrogates). */
WARN_UNUSED int report_canonicalise(const cJSON *document, struct text *out, struct err *err);
/*
 * The view of `run --json`: the document with digest, rank and sign_off added; the caller's (cJSON_Delete).
 * Print it with report_canonicalise(): cJSON 1.7.15 prints doubles within an epsilon, which loses the digest.
 */
cJSON *report_view(const cJSON *document, const struct digest *digest, int rank, const char *sign_off_state);

/* Adds what is known of the candidate's parts (docs/report.md); takes it over. NULL: nothing is. */
void report_view_attribute(cJSON *view, cJSON *attribution);

/*
 * Stored or foreign bytes as a view of any kind with one candidate or more (cJSON_Delete() it): objects all
 * of them, and nothing else is promised. Rejects what is no report, duplicate keys and invalid UTF-8:
 * ERR_INVALID, or ERR_LIMIT for what is too deep or too long.
 */
WARN_UNUSED int report_parse(const char *bytes, size_t length, cJSON **view, struct err *err);

/*
 * From stored or foreign bytes, canonical or a view with one candidate, back to the canonical document (free
 * it with cJSON_Delete) and its digest. Rejects what report_parse() does, and a view whose digest is not that
 * of its content: ERR_INVALID.
 */
WARN_UNUSED int report_view_parse(const char *bytes, size_t length, cJSON **document, struct digest *digest,
                                  struct err *err);

/* Does a view add that key to a candidate: is it in no canonical document? */
bool report_is_view_key(const char *key);

/* Strings of valid UTF-8 without NULs, no key twice in an object: ERR_INVALID otherwise. */
WARN_UNUSED int report_check_value(const struct json_value *value, struct err *err);

/* Formats of a view. `color` for a terminal; `width` in columns, at least 40. */
void report_format_text(const cJSON *view, bool color, int width, struct text *out);
void report_format_markdown(const cJSON *view, struct text *out);

/* Foreign text as data: control bytes, bidi and invalid UTF-8 escaped,
 * cut at `limit` bytes with an ellipsis. */
void report_escape_terminal(struct text *out, const char *foreign, size_t limit);
/* Besides: no mentions, links, HTML, table cells or headings can be formed. */
void report_escape_markdown(struct text *out, const char *foreign, size_t limit);

#endif
