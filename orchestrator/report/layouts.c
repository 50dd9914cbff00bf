#include "orchestrator/report/layouts.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"
#include "policies/layout_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define LAYOUTS_SENTENCE 600 /* bytes shown of one */

static void layouts_build_variant(cJSON *array, const struct variant *variant, enum metric metric)
{
    cJSON *object = member_append_object(array);
    member_add_string(object, "variant", variant->name);
    member_add_string(object, "problem", variant->problem);
    member_add_gain(object, &variant->gains[metric]);
    cJSON *pairs = member_add_array(object, "pairs");
    for (size_t i = 0; i < variant->pair_count; i++) {
        const struct variant_pair *pair = &variant->pairs[i];
        char seed[24];
        snprintf(seed, sizeof seed, "%" PRIu64, pair->seed);
        cJSON *row = member_append_object(pairs);
        member_add_string(row, "first", pair->variant_first ? "variant" : "base");
        member_add_figure(row, "base", pair->base.value[metric]);
        member_add_figure(row, "variant", pair->variant.value[metric]);
        member_add_string(row, "seed", seed);
    }
}

void layouts_build(cJSON *row, const struct workload_evidence *workload, const struct metric_result *result)
{
    const struct variants *variants = workload->layout;
    struct text caution cleanup_text = {0};
    cJSON *array = member_add_array(row, "layout");
    for (size_t i = 0; variants && i < variants->count; i++)
        layouts_build_variant(array, &variants->items[i], result->metric);
    bool cautious = layout_append_caution(&caution, result, workload->measurement.threshold, variants);
    member_add_string(row, "caution", cautious ? text_string(&caution) : NULL);
}

static void layouts_write_variant(struct text *out, const cJSON *row, const cJSON *variant)
{
    struct gain gain = member_gain(variant);
    const char *problem = member_string(variant, "problem");
    text_append_string(out, "- <code>");
    report_escape_markdown(out, member_string(variant, "variant"), CARD_NAME_MAX);
    text_append_string(out, "</code> on <code>");
    report_escape_markdown(out, member_string(row, "workload"), CARD_NAME_MAX);
    text_append_string(out, "</code>: ");
    if (*problem) {
        text_append_string(out, "not measured, ");
        report_escape_markdown(out, problem, LAYOUTS_SENTENCE);
    } else {
        struct text metric cleanup_text = {0};
        card_append_metric(&metric, member_string(row, "metric"));
        figure_append_gain(out, &gain, text_string(&metric));
    }
    text_append_char(out, '\n');
}

static void layouts_write_cautions(struct text *out, const cJSON *candidate)
{
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next) {
        const char *caution = member_string(row, "caution");
        if (!*caution)
            continue;
        text_append_string(out, "**Caution**, <code>");
        report_escape_markdown(out, member_string(row, "workload"), CARD_NAME_MAX);
        text_append_string(out, "</code>: ");
        report_escape_markdown(out, caution, LAYOUTS_SENTENCE);
        text_append_string(out, "\n\n");
    }
}

void layouts_format_markdown(struct text *out, const cJSON *candidate)
{
    bool any = false;
    layouts_write_cautions(out, candidate);
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next)
        for (const cJSON *each = member_first(row, "layout"); each; each = each->next) {
            if (!any)
                text_append_string(out, "<details><summary>What a change of layout alone does</summary>\n\n");
            any = true;
            layouts_write_variant(out, row, each);
        }
    if (any)
        text_append_string(out, "\n</details>\n\n");
}
