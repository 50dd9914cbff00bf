#include "orchestrator/report/ranked_words.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "policies/figure.h"
#include "policies/foreign.h"
#include "policies/verdict.h"

#include <math.h>
#include <string.h>

#define WORDS_CLAIM_MAX     40  /* bytes shown of a claimed gain */
#define WORDS_RATIONALE_MAX 200 /* bytes shown of a rationale */
#define WORDS_NAME_MAX      60  /* bytes shown of a name inside of a sentence */

const char *ranked_verdict_words(const cJSON *candidate)
{
    int verdict = verdict_by_name(member_string(candidate, "verdict"));
    return verdict < 0 ? "unknown" : verdict_name((enum verdict)verdict);
}

bool ranked_is_recommended(const cJSON *candidate)
{
    return member_number(candidate, "rank") >= 1 &&
           strcmp(member_string(candidate, "verdict"), verdict_name(VERDICT_RECOMMENDED)) == 0;
}

static double ranked_money(const cJSON *candidate, const char *key)
{
    return member_number(member_get(member_get(candidate, "estimate"), "money_a_month"), key);
}

bool ranked_has_money(const cJSON *candidate)
{
    return isfinite(ranked_money(candidate, "point"));
}

void ranked_append_headline(struct text *out, const cJSON *view)
{
    const cJSON *batch = member_get(view, "batch");
    double recommended = member_number(member_get(batch, "verdicts"), verdict_name(VERDICT_RECOMMENDED));
    double submitted = member_number(batch, "submitted");
    double distinct = member_number(batch, "distinct");
    double seconds = member_number(batch, "seconds");
    text_append_string(out, "cupel: ");
    figure_append_count(out, recommended > 0 ? recommended : 0);
    text_append_string(out, " of ");
    card_append_counted(out, distinct, "candidate", "candidates");
    text_append_string(out, " recommended");
    if (submitted > distinct) {
        text_append_string(out, " (");
        card_append_counted(out, submitted - distinct, "duplicate", "duplicates");
        text_append_string(out, " besides)");
    }
    if (seconds > 0) {
        text_append_string(out, ", in ");
        figure_append_seconds(out, seconds);
    }
}

void ranked_append_family(struct text *out, const cJSON *view)
{
    const cJSON *family = member_get(view, "family");
    double size = member_number(family, "size");
    double rate = member_number(member_get(view, "policy"), "false_discovery_rate");
    if (!(size > 1) || !member_is_true(family, "closed") || !isfinite(rate))
        return;
    text_append_string(out, "Among ");
    figure_append_count(out, size);
    text_append_string(out, " tried together some look good by chance, so each needed evidence of ");
    text_printf(out, "%.1f", member_number(family, "limit"));
    text_append_string(out, " or more: of what is recommended here, at most ");
    figure_append_share(out, rate);
    text_append_string(out, " is expected to be wrong, averaged over such batches.");
}

static const cJSON *ranked_primary(const cJSON *candidate, const char *workload)
{
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next)
        if (strcmp(member_string(row, "workload"), workload) == 0 &&
            strcmp(member_string(row, "role"), "primary") == 0)
            return row;
    return NULL;
}

void ranked_append_gain(struct text *out, const cJSON *candidate, const char *workload)
{
    struct gain gain = member_gain(ranked_primary(candidate, workload));
    if (gain.known)
        figure_append_gain(out, &gain, "");
    else
        text_append_string(out, "not measured");
}

/* "held", or how many of them are not. */
void ranked_append_guardrails(struct text *out, const cJSON *candidate, const char *workload)
{
    size_t held = 0;
    size_t count = 0;
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next) {
        if (strcmp(member_string(row, "workload"), workload) != 0 ||
            strcmp(member_string(row, "role"), "guardrail") != 0)
            continue;
        count++;
        held += strcmp(member_string(row, "outcome"), metric_outcome_name(OUTCOME_HELD)) == 0;
    }
    if (count == 0)
        text_append_string(out, "none");
    else if (held == count)
        text_append_string(out, "held");
    else
        text_printf(out, "%zu of %zu held", held, count);
}

const char *ranked_contract_words(const cJSON *candidate, const char *workload)
{
    for (const cJSON *each = member_first(member_get(candidate, "contract"), "findings"); each;
         each = each->next)
        if (member_is_true(each, "breaks") && strcmp(member_string(each, "workload"), workload) == 0)
            return "broken";
    for (const cJSON *each = member_first(candidate, "workloads"); each; each = each->next)
        if (strcmp(member_string(each, "name"), workload) == 0)
            return member_number(each, "compared") > 0 ? "held" : "not compared";
    return "not compared";
}

void ranked_append_lines(struct text *out, const cJSON *candidate)
{
    const cJSON *patch = member_get(candidate, "patch");
    text_append_char(out, '+');
    figure_append_count(out, member_number(patch, "added"));
    text_append_string(out, " −");
    figure_append_count(out, member_number(patch, "removed"));
}

void ranked_append_per_line(struct text *out, const cJSON *candidate)
{
    double gain = member_number(member_get(candidate, "estimate"), "gain_per_line");
    if (isfinite(gain))
        text_printf(out, "%s%.2f %%", gain < 0 ? "−" : "", fabs(gain) * 100);
    else
        text_append_string(out, "–");
}

static void ranked_append_sum(struct text *out, double sum)
{
    if (fabs(sum) >= 100)
        figure_append_count(out, sum);
    else
        text_printf(out, "%s%.2f", sum < 0 ? "−" : "", fabs(sum));
}

static void ranked_append_currency(struct text *out, const cJSON *candidate)
{
    const cJSON *money = member_get(member_get(candidate, "estimate"), "money_a_month");
    if (!*member_string(money, "currency"))
        return;
    text_append_char(out, ' ');
    for (const char *at = member_string(money, "currency"); *at; at++) /* a word of the policy's: letters */
        text_append_char(out, (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ? *at : '?');
}

void ranked_append_money(struct text *out, const cJSON *candidate)
{
    if (!ranked_has_money(candidate)) {
        text_append_string(out, "–");
        return;
    }
    ranked_append_sum(out, ranked_money(candidate, "point"));
    ranked_append_currency(out, candidate);
}

/* "Over all workloads, weighted by production:
 * at least 14.9 % less; 1,204 EUR a month (at least 1,131 EUR)." */
void ranked_append_estimate(struct text *out, const cJSON *candidate)
{
    struct gain team = member_gain(member_get(candidate, "estimate"));
    text_append_string(out, "For the team: ");
    if (team.known)
        figure_append_gain(out, &team, "");
    else
        text_append_string(out, "gain unknown");
    text_append_string(
        out, member_count(candidate, "workloads") > 1 ? " over all workloads, weighted by production" : "");
    if (ranked_has_money(candidate)) {
        text_append_string(out, "; saves ");
        ranked_append_money(out, candidate);
        text_append_string(out, " a month (at the interval's lower end ");
        ranked_append_sum(out, ranked_money(candidate, "low"));
        text_append_char(out, ')');
    }
    text_append_char(out, '.');
}

static void ranked_append_quoted(struct text *out, const char *foreign, size_t limit, ranked_escape *escape)
{
    struct text quoted cleanup_text = {0};
    foreign_append_quoted(&quoted, foreign, limit);
    escape(out, text_string(&quoted), quoted.length);
}

/* Of the team where the view has it, else of the first workload's primary. */
static struct gain ranked_measured(const cJSON *candidate)
{
    const cJSON *estimate = member_get(candidate, "estimate");
    const cJSON *workload = member_first(candidate, "workloads");
    return member_gain(estimate ? estimate : ranked_primary(candidate, member_string(workload, "name")));
}

/* Claims "40 %"; measured 15.8 % less (14.9–16.6 %). By model "x". Its reasons: "…" */
void ranked_append_claim(struct text *out, const cJSON *candidate, ranked_escape *escape)
{
    const cJSON *claim = member_get(candidate, "claim");
    struct gain team = ranked_measured(candidate);
    if (*member_string(claim, "gain")) {
        text_append_string(out, "Claims ");
        ranked_append_quoted(out, member_string(claim, "gain"), WORDS_CLAIM_MAX, escape);
        text_append_string(out, "; measured ");
        if (team.known)
            figure_append_gain(out, &team, "");
        else
            text_append_string(out, "nothing");
        text_append_string(out, ". ");
    }
    if (*member_string(claim, "model")) {
        text_append_string(out, "By model ");
        ranked_append_quoted(out, member_string(claim, "model"), WORDS_NAME_MAX, escape);
        text_append_string(out, ". ");
    }
    if (*member_string(claim, "rationale")) {
        text_append_string(out, "Its reasons: ");
        ranked_append_quoted(out, member_string(claim, "rationale"), WORDS_RATIONALE_MAX, escape);
    }
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
}

void ranked_append_duplicates(struct text *out, const cJSON *candidate, size_t most, ranked_escape *escape)
{
    size_t count = member_count(candidate, "duplicates");
    const cJSON *each = member_first(candidate, "duplicates");
    if (!each)
        return;
    text_append_string(out, "The same tree as ");
    for (size_t i = 0; each && i < most; each = each->next, i++) {
        text_append_string(out, i > 0 ? ", " : "");
        ranked_append_quoted(out, cJSON_IsString(each) ? each->valuestring : "", WORDS_NAME_MAX, escape);
    }
    if (count > most)
        text_printf(out, " and %zu more", count - most);
    text_append_char(out, '.');
}

/* Only the commands: what a decision means stands in their own words. */
void ranked_append_next(struct text *out, const cJSON *candidate)
{
    const char *state = member_string(member_get(candidate, "sign_off"), "state");
    const char *id = member_string(candidate, "id");
    bool awaits = strcmp(state, "awaiting") == 0;
    size_t digits = strspn(id, "0123456789abcdef");
    if (digits == 0 || id[digits] != '\0')
        return;
    text_printf(out, awaits ? "Next: cupel show %.12s" : "The report again: cupel show %.12s", id);
    if (awaits)
        text_printf(out, ", then cupel sign %.12s", id);
}

void ranked_append_conflict(struct text *out, const cJSON *conflict, ranked_escape *escape)
{
    escape(out, member_string(conflict, "first"), 12);
    text_append_string(out, " and ");
    escape(out, member_string(conflict, "second"), 12);
    text_append_string(out, ": ");
    escape(out, member_string(conflict, "why"), WORDS_RATIONALE_MAX);
}

void ranked_append_together(struct text *out, const cJSON *view, ranked_escape *escape)
{
    const cJSON *batch = member_get(view, "batch");
    const cJSON *combination = member_get(batch, "combination");
    double recommended = member_number(member_get(batch, "verdicts"), verdict_name(VERDICT_RECOMMENDED));
    if (!(recommended > 1) || !cJSON_IsArray(member_get(batch, "conflicts")))
        return;
    if (member_first(batch, "conflicts"))
        text_append_string(out, "Not all of the recommended ones can be applied together.");
    else
        text_append_string(out, "The recommended ones can be applied together; their gains need not add up.");
    if (!cJSON_IsObject(combination))
        return;
    text_append_string(out, " Combined they are ");
    escape(out, member_string(combination, "id"), 12);
    text_printf(out, ", %s: ", ranked_verdict_words(combination));
    escape(out, member_string(combination, "reason"), 400);
}

static bool ranked_has_reached(const cJSON *candidate)
{
    return member_is_true(member_get(candidate, "estimate"), "reached");
}

size_t ranked_group_size(const cJSON *first)
{
    size_t count = 0;
    for (const cJSON *each = first; each; each = each->next, count++)
        if (strcmp(ranked_verdict_words(each), ranked_verdict_words(first)) != 0 ||
            ranked_has_reached(each) != ranked_has_reached(first) || ranked_is_recommended(each))
            break;
    return count > 0 ? count : 1;
}

void ranked_append_group(struct text *out, const cJSON *first)
{
    text_append_string(out, ranked_verdict_words(first));
    text_append_string(out, ranked_has_reached(first) ? ", though its gain is proven: " : ": ");
    card_append_counted(out, (double)ranked_group_size(first), "candidate", "candidates");
}
