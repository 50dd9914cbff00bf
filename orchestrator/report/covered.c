#include "orchestrator/report/covered.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "policies/figure.h"

#include <math.h>

#define COVERED_NAMES 6  /* names of a list that are shown; the rest is counted */
#define COVERED_FEW   30 /* samples from which on a stratum's own bound, 10 %, needs no word */

static void covered_build_missed(cJSON *row, const struct contract_summary *summary)
{
    cJSON *missed = member_add_object(row, "not_compared");
    for (int why = 0; why < MISSED_COUNT; why++)
        member_add_number(missed, contract_missed_names[why], (double)summary->missed[why]);
}

static void covered_build_strata(cJSON *row, const struct coverage *coverage)
{
    cJSON *array = member_add_array(row, "strata");
    for (size_t i = 0; i < coverage->stratum_count; i++) {
        const struct coverage_stratum *stratum = &coverage->strata[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "name", stratum->name);
        member_add_figure(object, "share", stratum->share);
        member_add_number(object, "samples", (double)stratum->samples);
        member_add_number(object, "compared", (double)stratum->compared);
        member_add_number(object, "bound", coverage_bound(stratum->compared));
    }
}

void covered_build(cJSON *contract, const struct evidence *evidence)
{
    cJSON *array = member_add_array(contract, "coverage");
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        const struct coverage *coverage = &workload->coverage;
        if (!workload->contract_done)
            continue;
        cJSON *row = member_append_object(array);
        member_add_string(row, "workload", workload->name);
        member_add_number(row, "samples", (double)coverage_samples(coverage));
        member_add_number(row, "compared", (double)coverage_compared(coverage));
        member_add_number(row, "bound", coverage_bound(coverage_compared(coverage)));
        member_add_number(row, "kinds", (double)workload->contract.kinds);
        member_add_bool(row, "more_kinds", workload->contract.more_kinds);
        covered_build_missed(row, &workload->contract);
        member_add_strings(row, "unwritten", workload->contract.unwritten);
        member_add_number(row, "parameters", (double)coverage->parameters);
        member_add_strings(row, "never_varied", coverage->fixed);
        member_add_number(row, "never_varied_more", (double)coverage->fixed_dropped);
        covered_build_strata(row, coverage);
    }
}

void covered_append_kinds(struct text *out, const cJSON *contract)
{
    double kinds = 0;
    for (const cJSON *each = member_first(contract, "coverage"); each; each = each->next)
        kinds += fmax(member_number(each, "kinds"), 0);
    if (!(kinds > 0))
        return;
    text_append_string(out, " in ");
    card_append_counted(out, kinds, "kind", "kinds");
}

static void covered_begin(struct text *out, size_t start, const char *words)
{
    text_append_string(out, out->length > start ? "; " : "");
    text_append_string(out, words);
}

/* Two digits, and never a bound that is smaller than the true one by its rounding to 0. */
static void covered_append_bound(struct text *out, double bound)
{
    text_printf(out, "%.2g %%", 100 * bound);
}

/* Strata of which little was seen: what is bounded over all of them says little of these. */
static void covered_append_few(struct text *out, const cJSON *row, ranked_escape *escape)
{
    size_t told = 0;
    if (member_count(row, "strata") < 2)
        return;
    for (const cJSON *each = member_first(row, "strata"); each && told < COVERED_NAMES; each = each->next) {
        double compared = member_number(each, "compared");
        if (!(compared > 0 && compared < COVERED_FEW))
            continue;
        text_append_string(out, told++ ? ", in \"" : "; in \"");
        escape(out, member_string(each, "name"), CARD_NAME_MAX);
        text_append_string(out, "\" (");
        card_append_counted(out, compared, "sample", "samples");
        text_append_string(out, ") in fewer than ");
        covered_append_bound(out, member_number(each, "bound"));
    }
}

static void covered_append_names(struct text *out, const cJSON *row, const char *key, double more,
                                 ranked_escape *escape)
{
    size_t told = 0;
    const cJSON *each = member_first(row, key);
    for (; each && told < COVERED_NAMES; each = each->next) {
        text_append_string(out, told++ ? ", " : "");
        escape(out, cJSON_IsString(each) ? each->valuestring : "", CARD_NAME_MAX);
    }
    more = (more > 0 ? more : 0) + (double)(member_count(row, key) - told);
    if (more > 0) {
        text_append_string(out, " and ");
        figure_append_count(out, more);
        text_append_string(out, " more");
    }
}

static void covered_append_unseen(struct text *out, size_t start, const cJSON *row, ranked_escape *escape)
{
    size_t unseen = 0;
    for (const cJSON *each = member_first(row, "strata"); each; each = each->next) {
        double share = member_number(each, "share");
        if (member_number(each, "compared") > 0 || unseen++ >= COVERED_NAMES)
            continue;
        if (unseen == 1)
            covered_begin(out, start, "strata never compared: ");
        text_append_string(out, unseen > 1 ? ", \"" : "\"");
        escape(out, member_string(each, "name"), CARD_NAME_MAX);
        text_append_char(out, '"');
        if (share > 0) {
            text_append_string(out, " (");
            figure_append_share(out, share);
            text_append_string(out, " of production)");
        }
    }
    if (unseen > COVERED_NAMES)
        text_printf(out, " and %zu more", unseen - COVERED_NAMES);
}

static void covered_append_missed(struct text *out, size_t start, const cJSON *row)
{
    const cJSON *missed = member_get(row, "not_compared");
    size_t told = 0;
    for (int why = 0; why < MISSED_COUNT; why++) {
        double count = member_number(missed, contract_missed_names[why]);
        if (!(count > 0))
            continue;
        if (told == 0)
            covered_begin(out, start, "not compared: ");
        text_append_string(out, told++ ? ", " : "");
        figure_append_count(out, count);
        text_printf(out, " %s", contract_missed_names[why]);
    }
}

void covered_append_words(struct text *out, const cJSON *row, bool broken, ranked_escape *escape)
{
    size_t start = out->length;
    if (!broken && member_number(row, "compared") > 0) {
        covered_begin(out, start, "a break in fewer than ");
        covered_append_bound(out, member_number(row, "bound"));
        text_append_string(out, " of requests like these could be missed (95 %)");
        covered_append_few(out, row, escape);
    }
    if (member_first(row, "never_varied")) {
        covered_begin(out, start, "never varied: ");
        covered_append_names(out, row, "never_varied", member_number(row, "never_varied_more"), escape);
    }
    covered_append_unseen(out, start, row, escape);
    covered_append_missed(out, start, row);
    if (member_first(row, "unwritten")) {
        covered_begin(out, start, "never written: ");
        covered_append_names(out, row, "unwritten", 0, escape);
    }
}
