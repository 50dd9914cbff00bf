#include "workloads/contract/contract.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/contract/body.h"
#include "workloads/contract/hash.h"
#include "workloads/contract/outcome.h"

#include <string.h>

/* A part of the base's answer, read once for all responses that are held against it. */
struct contract_part {
    char *bytes; /* what was read; owned */
    size_t length;
    bool read;             /* bytes, body and notes are there */
    struct body body;      /* of the bytes */
    struct findings notes; /* what a byte-equal answer is worth a word for */
};

struct contract {
    const struct workload *workload;
    const struct rules *rules; /* NULL: none */
    bool *matched;             /* by rule; owned */
    struct noise noise;
    struct json_pool *pool; /* for the documents; owned */
    struct findings total;
    struct table recorded; /* noise_sample() of those that `samples` counts */
    size_t samples;
    size_t fields;
    size_t not_compared;
    size_t tolerated;
    bool apart;                  /* what is recorded is no sample */
    struct contract_part *parts; /* stdout, stderr, then the declared outputs; owned */
    size_t part_count;
};

struct contract *contract_new(const struct workload *workload, const struct rules *rules)
{
    struct contract *contract = MEMORY_NEW(struct contract);
    contract->workload = workload;
    contract->rules = rules_count(rules) ? rules : NULL;
    contract->matched = memory_zeroed(rules_count(rules) + 1);
    contract->pool = json_pool_new();
    contract->part_count = 2;
    while (workload->outputs && workload->outputs[contract->part_count - 2])
        contract->part_count++;
    contract->parts = memory_zeroed(contract->part_count * sizeof *contract->parts);
    return contract;
}

static void contract_part_fini(struct contract_part *part)
{
    body_fini(&part->body);
    findings_fini(&part->notes);
    free(part->bytes);
    *part = (struct contract_part){0};
}

void contract_free(struct contract *contract)
{
    if (!contract)
        return;
    for (size_t i = 0; i < contract->part_count; i++)
        contract_part_fini(&contract->parts[i]);
    free(contract->parts);
    free(contract->matched);
    noise_fini(&contract->noise);
    table_fini(&contract->recorded);
    json_pool_free(contract->pool);
    findings_fini(&contract->total);
    free(contract);
}

int contract_forbid_noise(struct contract *contract, const char *const *pointers, struct err *err)
{
    for (; *pointers; pointers++) {
        char **segments;
        size_t count;
        if (json_pointer_split(*pointers, &segments, &count, err) < 0)
            return err_wrap(err, "%s", *pointers);
        noise_forbid(&contract->noise, segments);
    }
    return 0;
}

static const char *contract_part_name(const struct contract *contract, size_t index)
{
    return index == 0 ? "stdout" : index == 1 ? "stderr" : contract->workload->outputs[index - 2];
}

static const struct answer_part *contract_answer_part(const struct answer *answer, size_t index)
{
    static const struct answer_part absent = {0};
    if (index < 2)
        return index ? &answer->error : &answer->out;
    return index - 2 < answer->output_count ? &answer->outputs[index - 2] : &absent;
}

/* As the configuration says; files are what they are. */
static void contract_read_body(const struct contract *contract, size_t index, struct contract_part *part)
{
    static const enum body_kind kinds[] = {[WORKLOAD_STDOUT_JSON] = BODY_JSON,
                                           [WORKLOAD_STDOUT_JSONL] = BODY_JSON_LINES,
                                           [WORKLOAD_STDOUT_TEXT] = BODY_TEXT,
                                           [WORKLOAD_STDOUT_BYTES] = BODY_BYTES};
    const struct body_memory memory = {.pool = contract->pool, .padded = true};
    enum workload_stdout kind = index > 0 ? WORKLOAD_STDOUT_AUTO : contract->workload->stdout_kind;
    if (kind == WORKLOAD_STDOUT_AUTO)
        body_read_auto(&part->body, part->bytes, part->length, &memory);
    else
        body_read(&part->body, kinds[kind], part->bytes, part->length, &memory);
}

static bool contract_is_equal_part(const struct answer_part *part, const char *bytes, size_t length)
{
    return part->length == length && (!length || !memcmp(part->bytes, bytes, length));
}

/*
 * The base's part, read. Kept by content and not by address, since a freed answer's address may come again. A
 * comparison with itself tells which rules bind, and the notes that even an equal answer deserves.
 */
static struct contract_part *contract_read_base(struct contract *contract, size_t index,
                                                const struct answer_part *base)
{
    struct contract_part *part = &contract->parts[index];
    if (part->read && contract_is_equal_part(base, part->bytes, part->length))
        return part;
    contract_part_fini(part);
    part->bytes = memory_resize(NULL, base->length + JSON_PADDING, 1);
    if (base->length)
        memcpy(part->bytes, base->bytes, base->length);
    memset(part->bytes + base->length, 0, JSON_PADDING);
    part->length = base->length;
    part->read = true;
    contract_read_body(contract, index, part);
    if (contract->rules && part->body.document) {
        struct body_comparison itself = {.part = contract_part_name(contract, index),
                                         .rules = contract->rules,
                                         .matched = contract->matched,
                                         .findings = &part->notes};
        body_compare(&itself, &part->body, &part->body);
    }
    return part;
}

/* One comparison on its way. */
struct contract_pass {
    struct contract *contract;
    struct findings findings;
    size_t fields;   /* compared */
    bool unreadable; /* some part can't be compared */
    bool unequal;    /* some part has other bytes */
    bool learning;   /* before against before */
    uint64_t sample; /* as body_comparison.sample */
};

/* A finding about a part as a whole. */
static void contract_report(struct contract_pass *pass, enum finding_class class, const char *part,
                            const char *before, const char *after)
{
    uint64_t key = hash_bytes(hash_seed() - class, part, strlen(part));
    struct finding *fresh = findings_add(&pass->findings, class, key, 1);
    if (!fresh)
        return;
    fresh->part = memory_copy_string(part);
    fresh->pattern = memory_copy_string("");
    fresh->pointer = memory_copy_string("");
    fresh->sample = memory_copy_string("");
    fresh->before = before ? memory_copy_string(before) : NULL;
    fresh->after = after ? memory_copy_string(after) : NULL;
}

/* An answer that was cut is equal to nothing; true when that settles the part. */
static bool contract_compare_cut(struct contract_pass *pass, const char *name, const struct answer_part *base,
                                 const struct answer_part *candidate)
{
    if (base->cut) {
        pass->unreadable = true;
        return true;
    }
    if (!candidate->cut)
        return false;
    cleanup_free char *before = memory_format("%zu bytes", base->length);
    cleanup_free char *after = memory_format("more than %zu bytes", candidate->length);
    contract_report(pass, CLASS_LENGTH, name, before, after);
    return true;
}

static void contract_compare_part(struct contract_pass *pass, size_t index, const struct answer_part *base,
                                  const struct answer_part *candidate)
{
    struct contract *contract = pass->contract;
    const char *name = contract_part_name(contract, index);
    bool optional = index >= 2;
    if (optional && base->present != candidate->present) {
        cleanup_free char *size =
            memory_format("a file of %zu bytes", (base->present ? base : candidate)->length);
        contract_report(pass, base->present ? CLASS_MISSING : CLASS_ADDED, name, base->present ? size : NULL,
                        base->present ? NULL : size);
        return;
    }
    if ((optional && !base->present) || contract_compare_cut(pass, name, base, candidate))
        return;
    struct contract_part *part = contract_read_base(contract, index, base);
    bool json = part->body.kind == BODY_JSON || part->body.kind == BODY_JSON_LINES;
    bool readable = !json || (part->body.document && !part->body.has_trailing);
    bool identical = contract_is_equal_part(candidate, part->bytes, part->length);
    pass->fields += readable ? body_count_fields(&part->body) : 0;
    if (identical) {
        pass->unreadable = pass->unreadable || !readable;
        findings_merge(&pass->findings, &part->notes, "");
        return;
    }
    pass->unequal = true;
    struct body after;
    const struct body_memory memory = {.pool = contract->pool};
    body_read(&after, part->body.kind, candidate->bytes, candidate->length, &memory);
    struct body_comparison how = {.part = name,
                                  .rules = contract->rules,
                                  .matched = contract->matched,
                                  .noise = &contract->noise,
                                  .learning = pass->learning,
                                  .sample = pass->sample,
                                  .findings = &pass->findings};
    pass->unreadable = !body_compare(&how, &part->body, &after) || pass->unreadable;
    body_fini(&after);
}

static bool contract_is_same_ending(const struct answer *a, const struct answer *b)
{
    return a->ended == b->ended && (a->ended ? a->status == b->status : !strcmp(a->ending, b->ending));
}

/* Died, or a shell says that its child did (128 + signal) and nothing was printed. */
static bool contract_is_crash(const struct answer *answer)
{
    return !answer->ended || (answer->status > 128 && answer->status < 128 + 65 && !answer->out.length);
}

static enum contract_outcome contract_run(struct contract_pass *pass, const struct answer *base,
                                          const struct answer *candidate)
{
    const struct contract *contract = pass->contract;
    bool requests = contract->workload->kind && contract->workload->kind->requests;
    if (!contract_is_same_ending(base, candidate))
        contract_report(pass, CLASS_STATUS, requests ? "conversation" : "exit status", base->ending,
                        candidate->ending);
    if (contract_is_crash(base))
        return outcome_of(&pass->findings, false, false);
    pass->fields = 1; /* the exit status, or that it was answered */
    for (size_t i = 0; i < contract->part_count; i++) {
        if (i != 1 || contract->workload->compare_stderr)
            contract_compare_part(pass, i, contract_answer_part(base, i), contract_answer_part(candidate, i));
    }
    return outcome_of(&pass->findings, !pass->unreadable, !pass->unequal);
}

static enum contract_outcome contract_compare_under(struct contract *contract, uint64_t sample,
                                                    const struct answer *base, const struct answer *candidate)
{
    struct contract_pass pass = {.contract = contract, .sample = sample};
    enum contract_outcome outcome = contract_run(&pass, base, candidate);
    findings_fini(&pass.findings);
    return outcome;
}

enum contract_outcome contract_compare(struct contract *contract, const struct answer *base,
                                       const struct answer *candidate)
{
    return contract_compare_under(contract, 0, base, candidate);
}

enum contract_outcome contract_compare_at(struct contract *contract, const char *sample,
                                          const struct answer *base, const struct answer *candidate)
{
    return contract_compare_under(contract, noise_sample(sample), base, candidate);
}

/* A sample counts once, however often its answers are recorded: figures are of samples, not of runs. */
static void contract_count(struct contract *contract, const char *sample, size_t fields,
                           enum contract_outcome outcome)
{
    uint64_t key = noise_sample(sample);
    if (contract->apart || table_find(&contract->recorded, key) >= 0)
        return;
    table_add(&contract->recorded, key, 0);
    contract->samples++;
    contract->fields += fields;
    contract->not_compared += outcome == CONTRACT_NOT_COMPARED;
    contract->tolerated += outcome == CONTRACT_TOLERATED;
}

static enum contract_outcome contract_record_under(struct contract *contract, const char *sample,
                                                   uint64_t noise, const struct answer *base,
                                                   const struct answer *candidate)
{
    struct contract_pass pass = {.contract = contract, .sample = noise};
    enum contract_outcome outcome = contract_run(&pass, base, candidate);
    findings_merge(&contract->total, &pass.findings, sample);
    findings_fini(&pass.findings);
    contract_count(contract, sample, pass.fields, outcome);
    return outcome;
}

enum contract_outcome contract_record(struct contract *contract, const char *sample,
                                      const struct answer *base, const struct answer *candidate)
{
    return contract_record_under(contract, sample, 0, base, candidate);
}

enum contract_outcome contract_record_at(struct contract *contract, const char *sample,
                                         const struct answer *base, const struct answer *candidate)
{
    return contract_record_under(contract, sample, noise_sample(sample), base, candidate);
}

void contract_set_apart(struct contract *contract, bool apart)
{
    contract->apart = apart;
}

void contract_remark(struct contract *contract, const struct answer *base, const struct answer *candidate,
                     const char *remark)
{
    struct contract_pass pass = {.contract = contract};
    contract_run(&pass, base, candidate);
    findings_remark(&contract->total, &pass.findings, remark);
    findings_fini(&pass.findings);
}

enum contract_outcome contract_inspect(struct contract *contract, const char *sample,
                                       const struct answer *base, const struct answer *candidate,
                                       struct contract_summary *summary)
{
    struct contract_pass pass = {.contract = contract, .sample = sample ? noise_sample(sample) : 0};
    enum contract_outcome outcome = contract_run(&pass, base, candidate);
    *summary = (struct contract_summary){.fields = pass.fields};
    findings_summarise(&pass.findings, summary);
    findings_fini(&pass.findings);
    return outcome;
}

/* The most serious finding, as a sentence about the base. */
static char *contract_describe_unstable(const char *sample, const struct findings *findings)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].class < CLASS_FIRST_NOTE &&
            (!worst || findings->items[i].class < worst->class))
            worst = &findings->items[i];
    }
    if (!worst)
        return NULL;
    return memory_format("the base's own answers to sample \"%s\" differ: %s of %s%s%s (%.100s, then %.100s)",
                         sample, finding_class_name(worst->class), worst->part, *worst->pointer ? " at " : "",
                         worst->pointer, worst->before ? worst->before : "absent",
                         worst->after ? worst->after : "absent");
}

void contract_learn(struct contract *contract, const char *sample, const struct answer *answers, size_t count,
                    char **unstable)
{
    *unstable = NULL;
    for (size_t i = 1; i < count; i++) {
        contract->noise.asked++;
        struct contract_pass pass = {.contract = contract, .learning = true, .sample = noise_sample(sample)};
        contract_run(&pass, &answers[0], &answers[i]);
        if (!*unstable)
            *unstable = contract_describe_unstable(sample, &pass.findings);
        findings_fini(&pass.findings);
    }
}

void contract_summarise(const struct contract *contract, struct contract_summary *summary)
{
    *summary = (struct contract_summary){.samples = contract->samples,
                                         .fields = contract->fields,
                                         .not_compared = contract->not_compared,
                                         .tolerated = contract->tolerated};
    findings_summarise(&contract->total, summary);
    summary->unused_rules = outcome_unused_rules(contract->rules, contract->matched);
}
