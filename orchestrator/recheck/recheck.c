#include "orchestrator/recheck/recheck.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/recheck/documents.h"
#include "orchestrator/recheck/recompute.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One candidate of the view on its way: what it says as a document, and as evidence. */
struct recheck_work {
    const cJSON *candidate; /* in the view; borrowed */
    size_t index;           /* in the view */
    cJSON *document;        /* canonical; owned */
    struct digest digest;   /* of its bytes */
    struct stored_report stored;
};

static void recheck_work_fini(struct recheck_work *work)
{
    cJSON_Delete(work->document);
    stored_report_fini(&work->stored);
    *work = (struct recheck_work){0};
}

static int recheck_work_init(struct recheck_work *work, const char *name, const cJSON *view,
                             const cJSON *candidate, size_t index, struct err *err)
{
    cleanup_text struct text canonical = {0};
    *work = (struct recheck_work){.candidate = candidate, .index = index};
    work->document = documents_take(view, candidate);
    int status = report_canonicalise(work->document, &canonical, err);
    work->digest = digest_of(text_string(&canonical), canonical.length);
    if (status == 0)
        status = stored_report_read(&work->stored, name, text_string(&canonical), canonical.length, err);
    if (status < 0 && index > 0)
        err_wrap(err, "candidate %zu of the report", index);
    if (status < 0)
        recheck_work_fini(work);
    return status;
}

/* A view names the digest of what it was made from. */
static void recheck_digest(const struct recheck_work *work, struct differences *differences)
{
    char hexadecimal[DIGEST_HEX];
    const cJSON *named = member_get(work->candidate, "digest");
    if (!named)
        return;
    digest_to_hex(&work->digest, hexadecimal);
    cleanup_free char *recomputed = memory_format("\"sha256:%s\"", hexadecimal);
    cleanup_free char *said = memory_format("\"%s\"", member_string(work->candidate, "digest"));
    if (strcmp(said, recomputed) != 0)
        differences_add(differences, "/candidates/0/digest", said, recomputed);
}

static bool recheck_is_among(const struct rank_family *family, double e_value)
{
    for (size_t i = 0; i < family->e_value_count; i++)
        if (fabs(family->e_values[i] - e_value) <= 1e-9 * e_value)
            return true;
    return false;
}

/* What the candidate brings to its family is one of the family's e-values. */
static void recheck_membership(const struct stored_report *stored, struct differences *differences)
{
    char digits[32];
    double e_value = rank_e_value(&stored->evidence, &stored->policy);
    if (!recompute_is_in_family(stored) || e_value <= 0 || recheck_is_among(&stored->family, e_value))
        return;
    snprintf(digits, sizeof digits, "%.17g", e_value);
    differences_add(differences, "/family/e_values", "without this candidate's", digits);
}

/* Pointers of the document become those of the view. */
static void recheck_place(const struct recheck_work *work, struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        struct text pointer = {0};
        documents_append_pointer(&pointer, work->candidate, work->index, differences->rows[i].pointer);
        free(differences->rows[i].pointer);
        differences->rows[i].pointer = text_take(&pointer);
    }
}

/* What the view adds from the document: it orders candidates, so it has to follow, too. */
static void recheck_estimate(const struct recheck_work *work, const cJSON *recomputed,
                             struct ranked_list *list, struct differences *differences)
{
    cJSON *object = cJSON_CreateObject();
    ranked_list_add(list, recomputed);
    ranked_add_estimate(object, &list->estimates[work->index], list->ranked[work->index].reached, recomputed);
    differences_find(differences, "/candidates/0/estimate", member_get(work->candidate, "estimate"),
                     member_get(object, "estimate"));
    cJSON_Delete(object);
}

/* `list`: of a batch's view; NULL: no batch. */
static void recheck_conclude(struct recheck_work *work, const struct rank_family *family,
                             struct ranked_list *list, struct recheck_candidate *out)
{
    struct stored_report *stored = &work->stored;
    const char *made_by = stored->context.cupel_version;
    *out = (struct recheck_candidate){
        .id = memory_copy_string(member_string(work->candidate, "id")),
        .name = memory_copy_string(member_string(work->candidate, "name")),
        .made_by = made_by ? memory_copy_string(made_by) : NULL,
        .said = stored->decision.verdict,
        .digest = work->digest,
    };
    recompute_report(stored, family);
    out->verdict = stored->decision.verdict;
    cJSON *recomputed = stored_report_build(stored);
    recheck_digest(work, &out->differences);
    recheck_membership(stored, &out->differences);
    differences_find(&out->differences, "", work->document, recomputed);
    if (list)
        recheck_estimate(work, recomputed, list, &out->differences);
    recheck_place(work, &out->differences);
    cJSON_Delete(recomputed);
}

/* What every candidate brings, recomputed; *size: of their family, 0 where none was held against one. */
static int recheck_collect(const char *name, const cJSON *view, double *e_values, size_t *size, double *rate,
                           struct err *err)
{
    size_t index = 0;
    int status = 0;
    *size = 0;
    for (const cJSON *each = member_first(view, "candidates"); each && status == 0; each = each->next) {
        struct recheck_work work;
        status = recheck_work_init(&work, name, view, each, index, err);
        if (status < 0)
            break;
        recompute_evidence(&work.stored.evidence, &work.stored.policy);
        e_values[index++] = rank_e_value(&work.stored.evidence, &work.stored.policy);
        if (recompute_is_in_family(&work.stored) && work.stored.family.size > *size)
            *size = work.stored.family.size;
        *rate = work.stored.policy.false_discovery_rate;
        recheck_work_fini(&work);
    }
    return status;
}

/* The family of a view with many candidates, closed again over what each of them brings. */
static int recheck_close_family(const char *name, const cJSON *view, struct rank_family *family, bool *closed,
                                struct err *err)
{
    size_t size;
    double rate = 1;
    size_t count = member_count(view, "candidates");
    cleanup_free double *e_values = memory_zeroed((count + 1) * sizeof *e_values);
    int status = recheck_collect(name, view, e_values, &size, &rate, err);
    *closed = status == 0 && size > 0;
    if (*closed)
        rank_close_family(family, e_values, count, size > count ? size : count, rate);
    return status;
}

/* Ranks, and the order in which the candidates stand. */
static void recheck_ranks(struct recheck *recheck, const cJSON *view, struct ranked_list *list)
{
    size_t index = 0;
    ranked_list_order(list);
    for (const cJSON *each = member_first(view, "candidates"); each; each = each->next, index++) {
        cleanup_free char *pointer = memory_format("/candidates/%zu", index);
        cleanup_free char *rank = memory_format("/candidates/%zu/rank", index);
        const char *expected = list->ids[list->order[index]];
        cJSON *object = cJSON_CreateObject();
        ranked_add_rank(object, &list->ranked[index]);
        differences_find(&recheck->candidates[index].differences, rank, member_get(each, "rank"),
                         member_get(object, "rank"));
        if (list->order[index] != index && strcmp(expected, list->ids[index]) != 0)
            differences_add(&recheck->batch, pointer, list->ids[index], expected);
        cJSON_Delete(object);
    }
}

/* Of "batch", what the candidates tell. */
static void recheck_batch(struct recheck *recheck, const cJSON *view, const struct ranked_list *list)
{
    static const char *const keys[] = {"distinct", "verdicts"};
    const struct ranked_batch batch = {.id = NULL};
    cJSON *top = ranked_top(NULL, &batch, list);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        cleanup_free char *pointer = memory_format("/batch/%s", keys[i]);
        differences_find(&recheck->batch, pointer, member_get(member_get(view, "batch"), keys[i]),
                         member_get(member_get(top, "batch"), keys[i]));
    }
    cJSON_Delete(top);
}

static int recheck_candidates(struct recheck *recheck, const char *name, const cJSON *view,
                              const struct rank_family *family, struct ranked_list *list, struct err *err)
{
    int status = 0;
    for (const cJSON *each = member_first(view, "candidates"); each && status == 0; each = each->next) {
        struct recheck_work work;
        status = recheck_work_init(&work, name, view, each, recheck->count, err);
        if (status < 0)
            break;
        recheck_conclude(&work, family, list, &recheck->candidates[recheck->count++]);
        recheck_work_fini(&work);
    }
    return status;
}

static int recheck_view(struct recheck *recheck, const char *name, const cJSON *view, struct err *err)
{
    struct rank_family family = {0};
    struct ranked_list list;
    bool closed = false;
    bool batch = ranked_is_batch(view);
    size_t count = member_count(view, "candidates");
    int status = batch ? recheck_close_family(name, view, &family, &closed, err) : 0;
    recheck->candidates = memory_zeroed((count + 1) * sizeof *recheck->candidates);
    ranked_list_init(&list, count);
    if (status == 0)
        status = recheck_candidates(recheck, name, view, closed ? &family : NULL, batch ? &list : NULL, err);
    if (status == 0 && batch) {
        recheck_ranks(recheck, view, &list);
        recheck_batch(recheck, view, &list);
    }
    ranked_list_fini(&list);
    rank_family_fini(&family);
    return status;
}

int recheck_report(struct recheck *recheck, const char *name, const char *bytes, size_t length,
                   struct err *err)
{
    cJSON *view = NULL;
    int status = report_parse(bytes, length, &view, err);
    if (status < 0)
        return err_wrap(err, "%s", name);
    *recheck = (struct recheck){0};
    status = recheck_view(recheck, name, view, err);
    cJSON_Delete(view);
    if (status < 0)
        recheck_fini(recheck);
    return status;
}

bool recheck_is_equal(const struct recheck *recheck)
{
    for (size_t i = 0; i < recheck->count; i++)
        if (recheck->candidates[i].differences.count > 0)
            return false;
    return recheck->batch.count == 0;
}

void recheck_fini(struct recheck *recheck)
{
    for (size_t i = 0; i < recheck->count; i++) {
        free(recheck->candidates[i].id);
        free(recheck->candidates[i].name);
        free(recheck->candidates[i].made_by);
        differences_fini(&recheck->candidates[i].differences);
    }
    free(recheck->candidates);
    differences_fini(&recheck->batch);
    *recheck = (struct recheck){0};
}
