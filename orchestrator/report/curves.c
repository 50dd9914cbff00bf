#include "orchestrator/report/curves.h"

#include "base/json_access.h"
#include "orchestrator/report/member.h"
#include "policies/curve_words.h"
#include "policies/figure.h"

#include <math.h>

static void curves_build_value(cJSON *array, const struct curve_value *value)
{
    cJSON *object = member_append_object(array);
    member_add_number(object, "n", value->n);
    member_add_number(object, "samples", (double)value->samples);
    member_add_number(object, "repeats", (double)value->repeats);
    member_add_figure(object, "base", curve_cost(value, false));
    member_add_figure(object, "candidate", curve_cost(value, true));
    member_add_string(object, "skipped", value->skipped);
    cJSON *pairs = member_add_array(object, "pairs");
    for (size_t i = 0; i < value->pair_count; i++) {
        cJSON *pair = member_append_object(pairs);
        member_add_string(pair, "first", value->pairs[i].candidate_first ? "candidate" : "base");
        member_add_figure(pair, "base", value->pairs[i].base);
        member_add_figure(pair, "candidate", value->pairs[i].candidate);
    }
}

static void curves_build_exponent(cJSON *object, const struct fit *fit)
{
    if (!fit->has_exponent) {
        cJSON_AddNullToObject(object, "exponent");
        return;
    }
    cJSON *exponent = member_add_object(object, "exponent");
    member_add_number(exponent, "point", fit->exponent);
    member_add_number(exponent, "low", fit->exponent_low);
    member_add_number(exponent, "high", fit->exponent_high);
}

static void curves_build_fit(cJSON *object, const char *key, const struct fit *fit, double spread)
{
    if (!fit->known) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    cJSON *member = member_add_object(object, key);
    bool classed = fit->line.growth < FIT_CLASSES;
    member_add_string(member, "class", classed ? fit_class_names[fit->line.growth] : NULL);
    cJSON *possible = member_add_array(member, "possible");
    for (int growth = 0; growth < FIT_CLASSES; growth++)
        if (fit->possible[growth])
            cJSON_AddItemToArray(possible, cJSON_CreateString(fit_class_names[growth]));
    member_add_number(member, "start", fit->line.start);
    member_add_number(member, "slope", fit->line.slope);
    curves_build_exponent(member, fit);
    member_add_number(member, "spread", spread);
}

static void curves_build_crossing(cJSON *object, const char *key, const struct curve_crossing *crossing)
{
    if (!crossing->known) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    cJSON *member = member_add_object(object, key);
    member_add_number(member, "n", crossing->n);
    member_add_number(member, "low", crossing->low);
    member_add_number(member, "high", crossing->high);
    member_add_bool(member, "falling", crossing->falling);
}

static void curves_build_production(cJSON *object, const struct curve_production *production)
{
    if (!(production->known > 0)) {
        cJSON_AddNullToObject(object, "production");
        return;
    }
    cJSON *member = member_add_object(object, "production");
    member_add_number(member, "known", production->known);
    for (int q = 0; q < CURVE_QUANTILES; q++) {
        const struct curve_quantile_point *point = &production->points[q];
        cJSON *quantile = member_add_object(member, curve_quantile_names[q]);
        member_add_number(quantile, "n", point->n);
        member_add_gain(quantile, &point->gain);
        member_add_bool(quantile, "measured", point->measured);
        member_add_bool(quantile, "extrapolated", point->extrapolated);
    }
}

void curves_build(cJSON *row, const struct curve *curve)
{
    if (!curve) {
        cJSON_AddNullToObject(row, "curve");
        return;
    }
    cJSON *object = member_add_object(row, "curve");
    member_add_string(object, "parameter", curve->parameter);
    member_add_string(object, "metric", metric_name(curve->metric));
    member_add_bool(object, "generated", curve->generated);
    member_add_string(object, "stopped", curve->stopped);
    cJSON *values = member_add_array(object, "values");
    for (size_t i = 0; i < curve->value_count; i++)
        curves_build_value(values, &curve->values[i]);
    curves_build_fit(object, "base", &curve->fit[0], curve->spread[0]);
    curves_build_fit(object, "candidate", &curve->fit[1], curve->spread[1]);
    curves_build_crossing(object, "meets", &curve->meets);
    curves_build_crossing(object, "pays", &curve->pays);
    curves_build_production(object, &curve->production);
    member_add_bool(object, "invisible", curve->invisible);
    char **sentences = curve_sentences(curve);
    member_add_strings(object, "sentences", sentences);
    json_free_strings(sentences);
}

static const cJSON *curves_with_figures(const cJSON *value)
{
    while (value && !(isfinite(member_number(value, "base")) && isfinite(member_number(value, "candidate"))))
        value = value->next;
    return value;
}

const cJSON *curves_first(const cJSON *curve)
{
    return curves_with_figures(member_first(curve, "values"));
}

const cJSON *curves_next(const cJSON *value)
{
    return curves_with_figures(value->next);
}

void curves_append_cost(struct text *out, const cJSON *curve, const cJSON *value, const char *arm)
{
    int metric = metric_by_name(member_string(curve, "metric"));
    if (metric >= 0)
        figure_append_value(out, (enum metric)metric, member_number(value, arm));
}

double curves_saved(const cJSON *value)
{
    double base = member_number(value, "base");
    return base > 0 ? 1 - member_number(value, "candidate") / base : 0;
}
