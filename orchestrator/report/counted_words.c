#include "orchestrator/report/counted_words.h"

#include "orchestrator/report/member.h"
#include "policies/figure.h"

#include <math.h>
#include <string.h>

#define COUNTED_CALLS_MOST 3 /* calls that are named; the report has all */
#define COUNTED_NAME_MAX   40

/* Candidate's less base's of a steady number, or NaN. */
static double counted_difference(const cJSON *base, const cJSON *candidate, const char *key)
{
    if (!member_is_true(base, "steady") || !member_is_true(candidate, "steady"))
        return NAN;
    return member_number(candidate, key) - member_number(base, key);
}

static void counted_append_direction(struct text *out, double difference, const char *what)
{
    text_append_string(out, difference < 0 ? " fewer " : " more ");
    text_append_string(out, what);
}

/* By the processor's counter where there is one; by simulation only where that came to nothing. */
static void counted_append_instructions(struct text *out, const cJSON *base, const cJSON *candidate)
{
    const bool counted = isfinite(member_number(member_get(base, "instructions"), "value"));
    const char *key = counted ? "instructions" : "valgrind_instructions";
    const cJSON *before = member_get(base, key);
    const double difference = counted_difference(before, member_get(candidate, key), "value");
    const double share = fabs(difference) / member_number(before, "value");
    if (!isfinite(share) || share < 0.0005)
        return;
    figure_append_percent(out, share);
    counted_append_direction(out, difference, counted ? "instructions" : "instructions (valgrind)");
}

static const cJSON *counted_find(const cJSON *calls, const char *name)
{
    for (const cJSON *row = member_first(calls, "by_name"); row; row = row->next)
        if (strcmp(member_string(row, "call"), name) == 0)
            return row;
    return NULL;
}

/* A name that only one arm has is 0 in the other. */
static double counted_of(const cJSON *calls, const char *name)
{
    const cJSON *row = counted_find(calls, name);
    return row ? member_number(row, "count") : 0;
}

struct counted_change {
    const char *name;  /* of the call; borrowed */
    double difference; /* candidate less base */
};

/* Keeps the greatest ones, the first of equal ones in front. */
static void counted_rank(struct counted_change *changes, const char *name, double difference)
{
    struct counted_change change = {name, difference};
    for (size_t i = 0; i < COUNTED_CALLS_MOST; i++)
        if (fabs(change.difference) > fabs(changes[i].difference)) {
            const struct counted_change beaten = changes[i];
            changes[i] = change;
            change = beaten;
        }
}

static void counted_append_names(struct text *out, const cJSON *base, const cJSON *candidate,
                                 ranked_escape *escape)
{
    struct counted_change changes[COUNTED_CALLS_MOST] = {0};
    for (const cJSON *row = member_first(base, "by_name"); row; row = row->next) {
        const char *name = member_string(row, "call");
        counted_rank(changes, name, counted_of(candidate, name) - member_number(row, "count"));
    }
    for (const cJSON *row = member_first(candidate, "by_name"); row; row = row->next)
        if (!counted_find(base, member_string(row, "call")))
            counted_rank(changes, member_string(row, "call"), member_number(row, "count"));
    for (size_t i = 0; i < COUNTED_CALLS_MOST && changes[i].name; i++) {
        text_append_string(out, i == 0 ? " (" : ", ");
        escape(out, changes[i].name, COUNTED_NAME_MAX);
        text_append_string(out, changes[i].difference < 0 ? " −" : " +");
        figure_append_count(out, fabs(changes[i].difference));
    }
    text_append_string(out, changes[0].name ? ")" : "");
}

static void counted_append_calls(struct text *out, const cJSON *base, const cJSON *candidate,
                                 ranked_escape *escape)
{
    const double difference = counted_difference(base, candidate, "total");
    if (!isfinite(difference) || fabs(difference) < 1)
        return;
    text_append_string(out, out->length > 0 ? ", " : "");
    figure_append_count(out, fabs(difference));
    counted_append_direction(out, difference, fabs(difference) == 1 ? "system call" : "system calls");
    counted_append_names(out, base, candidate, escape);
}

void counted_append_words(struct text *out, const cJSON *workload, ranked_escape *escape)
{
    const cJSON *counts = member_get(workload, "counts");
    const cJSON *base = member_get(counts, "base");
    const cJSON *candidate = member_get(counts, "candidate");
    struct text words cleanup_text = {0};
    counted_append_instructions(&words, base, candidate);
    counted_append_calls(&words, member_get(base, "calls"), member_get(candidate, "calls"), escape);
    text_append_string(out, text_string(&words));
}
