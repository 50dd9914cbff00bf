/* One part of an answer as a document: JSON, JSON lines, text by line, or bytes. */
#ifndef CUPEL_WORKLOADS_CONTRACT_BODY_H
#define CUPEL_WORKLOADS_CONTRACT_BODY_H

#include "base/json.h"
#include "workloads/contract/findings.h"
#include "workloads/contract/noise.h"
#include "workloads/contract/rules.h"

enum body_kind { BODY_JSON, BODY_JSON_LINES, BODY_TEXT, BODY_BYTES };

struct body {
    enum body_kind kind;
    const char *bytes; /* borrowed */
    size_t length;
    struct json_document *document; /* owned; NULL for BODY_BYTES and where it can't be read */
    struct json_error error;        /* why it can't */
    bool has_bom;                   /* a UTF-8 byte order mark stood before the JSON */
    bool has_trailing;              /* something that is no white space stands behind it */
};

/* How bytes become a document: where its memory comes from, and whether they need to be copied. */
struct body_memory {
    struct json_pool *pool; /* or NULL; borrowed */
    bool padded;            /* JSON_PADDING NUL bytes stand behind the bytes, which outlive the body */
    size_t window;          /* body_window() of the bytes */
};

/*
 * Bytes of an array's elements that are held at a time; 0: the whole document, since it is short, or since a
 * rule matches elements wherever they stand.
 */
size_t body_window(const struct rules *rules, size_t length);

/* `bytes` must outlive the body. */
void body_read(struct body *body, enum body_kind kind, const char *bytes, size_t length,
               const struct body_memory *memory);
/*
 * As what the bytes are: one JSON object or array, lines that each are one, valid UTF-8 text without NUL, or
 * bytes. A lone number or word is text, whose spelling counts: only a declared `json` reads it as a value.
 */
void body_read_auto(struct body *body, const char *bytes, size_t length, const struct body_memory *memory);
void body_fini(struct body *body);
/* Nothing but white space. */
bool body_is_blank(const char *bytes, size_t length);
/* JSON leaves, lines, or 1 for bytes; 0 for nothing. */
size_t body_count_fields(const struct body *body);

struct body_comparison {
    const char *part;
    const struct rules *rules;
    bool *matched;             /* by rule */
    struct noise *noise;       /* or NULL */
    bool learning;             /* before against before */
    uint64_t sample;           /* noise_sample() whose noise is learned, or alone excuses; 0: any sample's */
    struct findings *findings; /* filled */
};
/* False where there is nothing to hold the candidate against: before, or both, can't be read. */
bool body_compare(const struct body_comparison *how, const struct body *before, const struct body *after);

#endif
