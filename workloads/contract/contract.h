/*
 * The response contract of one workload: rules, learned noise, and what was found. Pure: takes answers,
 * returns findings; no loop, no files.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_CONTRACT_H
#define CUPEL_WORKLOADS_CONTRACT_CONTRACT_H

#include "base/error.h"
#include "base/json_access.h"
#include "workloads/answer.h"
#include "workloads/workload.h"

/* In order of seriousness; from CLASS_FIRST_NOTE on a difference is worth a word and breaks nothing. */
enum finding_class {
    CLASS_EMPTIED,
    CLASS_MISSING,
    CLASS_TYPE,
    CLASS_STATUS,
    CLASS_BODY,
    CLASS_BECAME_UNPARSABLE,
    CLASS_DUPLICATE_KEY,
    CLASS_DUPLICATE_ID,
    CLASS_REFERENCE_BROKEN,
    CLASS_LENGTH,
    CLASS_MULTIPLICITY,
    CLASS_VALUE,
    CLASS_FORMAT,
    CLASS_ORDER,
    CLASS_ADDED,
    CLASS_BOM,
    CLASS_TRAILING_DATA,
    CLASS_UNICODE_NORMALISATION,
    CLASS_DEPTH,
    CLASS_PARSE,
    CLASS_NUMBER_SPELLING,
    CLASS_ESCAPE,
    CLASS_KEY_ORDER,
    CLASS_KEY_MISSING_WARN,
    CLASS_WHITESPACE,
    CLASS_COUNT
};
#define CLASS_FIRST_NOTE CLASS_NUMBER_SPELLING

const char *finding_class_name(enum finding_class class); /* "number-spelling" */
int finding_class_by_name(const char *name);              /* or -1 */

#define FINDING_TEXT_MAX 1024 /* bytes kept of a value before and after */

struct reproduction;

/* One group: every difference of a class at a pointer pattern of a part of the answer. */
struct finding {
    enum finding_class class;
    char *part;    /* "stdout", "stderr", "exit status", "conversation", or the output file's path */
    char *pattern; /* array indices become "*": /items/<star>/price */
    char *pointer; /* the first exact one */
    size_t count;  /* samples that show it */
    char *sample;  /* id of the first sample that shows it, of those that may be shown if there is one */
    char *before;  /* JSON text of the value, cut at FINDING_TEXT_MAX; NULL: absent */
    char *after;   /* likewise */
    char *remark;  /* what it means, a sentence; NULL: nothing is known */
    /* The smallest input that shows it; owned; NULL: none was looked for. */
    struct reproduction *reproduction;
};
/* Frees what it owns; one that was never filled is fine. */
void finding_fini(struct finding *finding);

struct rules; /* the configuration's `contract.rules`, checked and indexed */

/* `value` is the array of rules; unknown keys are errors. NULL value: no rules. */
WARN_UNUSED int rules_read(struct rules **out, const struct json_file *file, const struct json_value *value,
                           struct err *err);
/* ERR_INVALID, naming the rule of `value`, where a rule's part is none that an answer of these workloads has.
 */
WARN_UNUSED int rules_check_parts(const struct rules *rules, const struct workload *workloads, size_t count,
                                  const struct json_file *file, const struct json_value *value,
                                  struct err *err);
void rules_free(struct rules *rules);

/* What was excused, and by what. */
struct excuse {
    char *part;
    char *pattern;
    char *by;        /* the rule as "noisy at /items/<star>/updated_at", or "learned noise" */
    size_t count;    /* findings that it hid */
    size_t evidence; /* learned noise: base answers that differed there, of `asked` */
    size_t asked;
    enum finding_class class; /* what it hid */
    const struct rule *rule;  /* behind `by`, while it lives; NULL: noise; borrowed */
};

struct contract;

/* Borrows workload and rules. */
struct contract *contract_new(const struct workload *workload, const struct rules *rules);
void contract_free(struct contract *contract);

/*
 * Before against before: `answers` are the base's to one sample. Values that alone differ become learned
 * noise of that path. A base that differs in presence, type, length or ending is reported in *unstable
 * (a sentence, owned by the caller) since nothing can be proven with it; otherwise *unstable is NULL.
 */
void contract_learn(struct contract *contract, const char *sample, const struct answer *answers, size_t count,
                    char **unstable);

/*
 * Under these pointer patterns (and everything below them) of stdout or any other part, base noise is not
 * learned but makes the base unstable. Each must pass json_pointer_split(). Copied.
 */
WARN_UNUSED int contract_forbid_noise(struct contract *contract, const char *const *pointers,
                                      struct err *err);

/* How one comparison ended. */
enum contract_outcome {
    CONTRACT_SAME,        /* same bytes */
    CONTRACT_EQUIVALENT,  /* equal as values; notes at most */
    CONTRACT_TOLERATED,   /* equal only thanks to rules or learned noise */
    CONTRACT_DIFFERENT,   /* at least one finding */
    CONTRACT_NOT_COMPARED /* cut, crashed, unreadable or empty on both sides: never green */
};

/*
 * Compares without recording, for a retry before a break is declared, and with recording for the report. A
 * sample that is recorded again adds its findings, and is counted once. The base's parse is kept while the
 * same bytes come again.
 */
enum contract_outcome contract_compare(struct contract *contract, const struct answer *base,
                                       const struct answer *candidate);
enum contract_outcome contract_record(struct contract *contract, const char *sample,
                                      const struct answer *base, const struct answer *candidate);

/*
 * The same, but of the learned noise only that of this very sample excuses: where the base was steady at a
 * sample, what it does at others explains an answer that differs now and then, never one that always does.
 */
enum contract_outcome contract_compare_at(struct contract *contract, const char *sample,
                                          const struct answer *base, const struct answer *candidate);
enum contract_outcome contract_record_at(struct contract *contract, const char *sample,
                                         const struct answer *base, const struct answer *candidate);

/*
 * From here on requests are recorded that are no samples of production: their findings count, and they are in
 * no figure of the summary. Until called with false.
 */
void contract_set_apart(struct contract *contract, bool apart);

/* Every finding that this answer shows gets the remark, unless it has one. */
void contract_remark(struct contract *contract, const struct answer *base, const struct answer *candidate,
                     const char *remark);

/* Why a sample could not be compared; it counts for the first of these. */
enum contract_missed {
    MISSED_CRASHED,    /* died, or a shell says that its child did, on both sides */
    MISSED_CUT,        /* a part was longer than what is kept */
    MISSED_UNREADABLE, /* a part is not what it was declared to be, on both sides */
    MISSED_EMPTY,      /* the base says nothing but its exit status */
    MISSED_COUNT
};
extern const char *const contract_missed_names[MISSED_COUNT + 1]; /* "crashed", …; ends with NULL */

struct contract_summary {
    size_t samples;      /* recorded, each once */
    size_t fields;       /* of those that were compared: JSON leaves, text lines, or one a byte body */
    size_t kinds;        /* distinct pointer patterns of these fields, part by part */
    bool more_kinds;     /* there were more than are counted */
    size_t not_compared; /* samples: the sum of `missed` */
    size_t missed[MISSED_COUNT];
    char **unwritten; /* declared output files that neither arm ever wrote; NULL-terminated, or NULL */
    size_t tolerated;
    struct finding *findings; /* most serious first, then pattern; notes last */
    size_t finding_count;
    size_t findings_dropped; /* further groups: a class keeps 200 of them */
    struct excuse *excuses;
    size_t excuse_count;
    char **unused_rules; /* rules that matched nothing, as written; NULL-terminated */
};

/*
 * Compares without recording and hands over what was found, as if nothing else had been recorded; free with
 * contract_summary_fini(). `sample`: only its own learned noise excuses; NULL: any sample's.
 */
enum contract_outcome contract_inspect(struct contract *contract, const char *sample,
                                       const struct answer *base, const struct answer *candidate,
                                       struct contract_summary *summary);

/* How the sample of that id ended when it was recorded first; false where it was not. */
bool contract_find_outcome(const struct contract *contract, const char *sample,
                           enum contract_outcome *outcome);

/* A copy of its own; free with contract_summary_fini(). */
void contract_summarise(const struct contract *contract, struct contract_summary *summary);
void contract_summary_fini(struct contract_summary *summary);
/* Findings that break, notes left out. */
size_t contract_breaks(const struct contract_summary *summary);

struct contract_document {
    const char *bytes; /* borrowed */
    size_t length;
    bool padded; /* JSON_PADDING NUL bytes follow, so that nothing needs to be copied */
};

/*
 * Two documents on their own (`diff`), read as *kind says; auto lets before's bytes decide and becomes what
 * they are. Where nothing but equality is asked of equal bytes (auto, no rules), they are not read further
 * and count as bytes. A finding's `count` is of places, its sample is "".
 */
enum contract_outcome contract_compare_documents(enum workload_stdout *kind,
                                                 const struct contract_document *before,
                                                 const struct contract_document *after,
                                                 const struct rules *rules, struct contract_summary *summary);
/* The same for what must be JSON (vectors). */
enum contract_outcome contract_compare_json(const char *before, size_t before_length, const char *after,
                                            size_t after_length, const struct rules *rules,
                                            struct contract_summary *summary);

#endif
