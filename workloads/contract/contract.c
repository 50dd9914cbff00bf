#include "workloads/contract/contract.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/contract/contract_state.h"
#include "workloads/contract/hash.h"
#include "workloads/contract/headers.h"
#include "workloads/contract/outcome.h"

#include <string.h>

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
    contract->written = memory_zeroed(contract->part_count * sizeof *contract->written);
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
    free(contract->written);
    free(contract->matched);
    kinds_fini(&contract->kinds);
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

const char *contract_part_name(const struct contract *contract, size_t index)
{
    return index == 0 ? "stdout" : index == 1 ? "stderr" : contract->workload->outputs[index - 2];
}

const struct answer_part *contract_answer_part(const struct answer *answer, size_t index)
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
    const struct body_memory memory = {
        .pool = contract->pool, .padded = true, .window = body_window(contract->rules, part->length)};
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
    bool readable = part->body.document && !part->body.has_trailing;
    if (contract->rules && (readable || part->body.kind == BODY_BYTES)) {
        struct body_comparison itself = {.part = contract_part_name(contract, index),
                                         .rules = contract->rules,
                                         .matched = contract->matched,
                                         .findings = &part->notes};
        body_compare(&itself, &part->body, &part->body);
    }
    return part;
}

static void contract_miss(struct contract_pass *pass, enum contract_missed why)
{
    pass->missed = why < pass->missed ? why : pass->missed;
}

/* A finding about a part as a whole. */
static void contract_report(struct contract_pass *pass, enum finding_class class, const char *part,
                            const char *before, const char *after)
{
    uint64_t key = hash_bytes(hash_seed() - class, part, strlen(part));
    struct finding *fresh = findings_add(&pass->findings, class, key, 1, NULL);
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
        contract_miss(pass, MISSED_CUT);
        return true;
    }
    if (!candidate->cut)
        return false;
    cleanup_free char *before = memory_format("%zu bytes", base->length);
    cleanup_free char *after = memory_format("more than %zu bytes", candidate->length);
    contract_report(pass, CLASS_LENGTH, name, before, after);
    return true;
}

static struct body_comparison contract_compare_how(struct contract_pass *pass, const char *part)
{
    return (struct body_comparison){.part = part,
                                    .rules = pass->contract->rules,
                                    .matched = pass->contract->matched,
                                    .noise = &pass->contract->noise,
                                    .learning = pass->learning,
                                    .sample = pass->sample,
                                    .findings = &pass->findings};
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
    pass->spoken = pass->spoken || !body_is_blank(part->bytes, part->length);
    if (identical) {
        if (!readable)
            contract_miss(pass, body_is_blank(part->bytes, part->length) ? MISSED_EMPTY : MISSED_UNREADABLE);
        findings_merge(&pass->findings, &part->notes, "");
        return;
    }
    pass->unequal = true;
    struct body after;
    const struct body_memory memory = {.pool = contract->pool,
                                       .window = body_window(contract->rules, candidate->length)};
    body_read(&after, part->body.kind, candidate->bytes, candidate->length, &memory);
    struct body_comparison how = contract_compare_how(pass, name);
    if (!body_compare(&how, &part->body, &after))
        contract_miss(pass, MISSED_UNREADABLE);
    body_fini(&after);
}

static bool contract_is_same_ending(const struct answer *a, const struct answer *b)
{
    return a->ended == b->ended && (a->ended ? a->status == b->status : !strcmp(a->ending, b->ending));
}

enum contract_outcome contract_run(struct contract_pass *pass, const struct answer *base,
                                   const struct answer *candidate)
{
    const struct contract *contract = pass->contract;
    bool requests = contract->workload->kind && contract->workload->kind->requests;
    if (!contract_is_same_ending(base, candidate))
        contract_report(pass, CLASS_STATUS, requests ? "conversation" : "exit status", base->ending,
                        candidate->ending);
    if (answer_is_crash(base))
        contract_miss(pass, MISSED_CRASHED);
    if (!base->ended) /* how far it came says nothing */
        return outcome_of(&pass->findings, false, false);
    pass->fields = 1; /* the exit status, or that it was answered */
    for (size_t i = 0; i < contract->part_count; i++) {
        if (i != 1 || contract->workload->compare_stderr)
            contract_compare_part(pass, i, contract_answer_part(base, i), contract_answer_part(candidate, i));
    }
    struct body_comparison how = contract_compare_how(pass, NULL);
    size_t fields = pass->fields;
    pass->unequal = headers_compare(&how, base, candidate, &pass->fields) || pass->unequal;
    pass->spoken = pass->spoken || pass->fields > fields;
    if (!pass->spoken)
        contract_miss(pass, MISSED_EMPTY);
    return outcome_of(&pass->findings, pass->missed == MISSED_COUNT, !pass->unequal);
}

static enum contract_outcome contract_compare_under(struct contract *contract, uint64_t sample,
                                                    const struct answer *base, const struct answer *candidate)
{
    struct contract_pass pass = {.contract = contract, .sample = sample, .missed = MISSED_COUNT};
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
