#include "policies/curve_words.h"

#include "base/memory.h"
#include "policies/figure.h"

#include <math.h>
#include <string.h>

#define CURVE_SENTENCES 3

void curve_append_growth(struct text *out, const struct fit *fit)
{
    int first = FIT_CLASSES;
    int last = 0;
    for (int growth = 0; growth < FIT_CLASSES; growth++) {
        if (!fit->possible[growth])
            continue;
        first = growth < first ? growth : first;
        last = growth;
    }
    if (!fit->known)
        text_append_string(out, "unknown");
    else if (fit->possible[FIT_CONSTANT])
        text_append_string(out, "flat");
    else if (first == FIT_CLASSES)
        text_printf(out, "about n^%.2f", fit->exponent);
    else if (first == last)
        text_append_string(out, fit_class_names[first]);
    else
        text_printf(out, "between %s and %s", fit_class_names[first], fit_class_names[last]);
}

/* Two significant digits: an estimate from a curve has no more. */
static void curve_append_about(struct text *out, double n)
{
    double unit = n >= 100 ? pow(10, floor(log10(n)) - 1) : 1;
    figure_append_count(out, round(n / unit) * unit);
}

static void curve_append_crossing(struct text *out, const struct curve_crossing *crossing)
{
    text_append_string(out, "n ≈ ");
    curve_append_about(out, crossing->n);
    text_append_string(out, " (");
    curve_append_about(out, crossing->low);
    text_append_string(out, "–");
    curve_append_about(out, crossing->high);
    text_append_char(out, ')');
}

/* Of the fitted lines, between the least and the greatest size that was measured. */
static bool curve_pays_everywhere(const struct curve *curve, bool *nowhere)
{
    bool everywhere = true;
    *nowhere = true;
    for (size_t i = 0; i < curve->value_count; i++) {
        if (curve->values[i].pair_count < CURVE_PAIRS_LEAST)
            continue;
        double n = curve->values[i].n;
        double base = fit_cost(&curve->fit[0].line, n);
        bool pays = 1 - fit_cost(&curve->fit[1].line, n) / base >= curve->threshold;
        everywhere = everywhere && pays;
        *nowhere = *nowhere && !pays;
    }
    return everywhere;
}

static void curve_append_pays(struct text *out, const struct curve *curve)
{
    bool nowhere;
    bool everywhere = curve_pays_everywhere(curve, &nowhere);
    if (!(curve->threshold > 0))
        return;
    text_append_string(out, "; ");
    figure_append_share(out, curve->threshold);
    text_append_string(out, " are saved ");
    if (curve->pays.known) {
        text_append_string(out, curve->pays.falling ? "only up to " : "from ");
        curve_append_crossing(out, &curve->pays);
        text_append_string(out, curve->pays.falling ? "" : " on");
    } else {
        text_append_string(out, everywhere ? "at every size" : nowhere ? "at no size" : "at some sizes");
    }
}

static void curve_append_classes(struct text *out, const struct curve *curve)
{
    struct text base cleanup_text = {0};
    struct text candidate cleanup_text = {0};
    curve_append_growth(&base, &curve->fit[0]);
    curve_append_growth(&candidate, &curve->fit[1]);
    bool same = strcmp(text_string(&base), text_string(&candidate)) == 0;
    text_printf(out, same ? "%s before and after" : "%s → %s", text_string(&base), text_string(&candidate));
}

/* "CPU time over n (/items/length, 100 to 10,000): O(n²) → O(n log n); 10 % are saved from n ≈ 340 … on." */
static char *curve_say_growth(const struct curve *curve)
{
    struct text out = {0};
    size_t measured = 0;
    double least = 0;
    double most = 0;
    for (size_t i = 0; i < curve->value_count; i++) {
        if (curve->values[i].pair_count < CURVE_PAIRS_LEAST)
            continue;
        least = measured++ == 0 ? curve->values[i].n : least;
        most = curve->values[i].n;
    }
    text_printf(&out, "%s over n (%s", figure_metric_words(curve->metric), curve->parameter);
    if (!curve->fit[0].known || !curve->fit[1].known) {
        text_printf(&out, "): %zu size%s measured, and a shape needs %d.", measured,
                    measured == 1 ? " was" : "s were", FIT_POINTS_LEAST);
        return text_take(&out);
    }
    text_append_string(&out, ", ");
    figure_append_count(&out, least);
    text_append_string(&out, " to ");
    figure_append_count(&out, most);
    text_append_string(&out, "): ");
    curve_append_classes(&out, curve);
    curve_append_pays(&out, curve);
    if (curve->meets.known) {
        text_append_string(&out, curve->meets.falling ? "; slower above " : "; slower below ");
        curve_append_crossing(&out, &curve->meets);
    }
    text_append_char(&out, '.');
    return text_take(&out);
}

static void curve_append_judged(struct text *out, const struct curve *curve)
{
    const struct curve_quantile_point *p99 = &curve->production.points[CURVE_P99];
    bool below = curve->threshold > 0 && p99->gain.point < curve->threshold;
    if (curve->invisible) {
        text_append_string(out, ", below the ");
        figure_append_share(out, curve->threshold);
        text_append_string(out, " that count: the change is invisible there");
    } else if (below) {
        text_append_string(out, ", not shown to reach the ");
        figure_append_share(out, curve->threshold);
        text_append_string(out, " that count");
    }
    if (p99->extrapolated)
        text_append_string(out, "; that n lies outside the sizes that were measured");
}

/* "At n = 12, the 99th percentile of production: 0.3 % less CPU time (…), below the 10 % that count: …" */
static char *curve_say_production(const struct curve *curve)
{
    struct text out = {0};
    const struct curve_production *production = &curve->production;
    if (!(production->known > 0))
        return memory_copy_string("No timed sample tells its n, so where production stands is unknown.");
    text_append_string(&out, "At n = ");
    figure_append_count(&out, production->points[CURVE_P99].n);
    text_append_string(&out, ", the 99th percentile of production");
    if (production->known < 0.9995) {
        text_append_string(&out, " (n is known of ");
        figure_append_percent(&out, production->known);
        text_append_string(&out, " of it)");
    }
    text_append_string(&out, ": ");
    figure_append_gain(&out, &production->points[CURVE_P99].gain, figure_metric_words(curve->metric));
    curve_append_judged(&out, curve);
    text_append_char(&out, '.');
    return text_take(&out);
}

/* The first reason stands for all: they are the same. */
static char *curve_say_missing(const struct curve *curve)
{
    struct text out = {0};
    const char *why = curve->stopped;
    for (size_t i = 0; i < curve->value_count; i++) {
        if (!curve->values[i].skipped)
            continue;
        text_append_string(&out, out.length > 0 ? ", " : "Not measured: n = ");
        figure_append_count(&out, curve->values[i].n);
        why = curve->values[i].skipped;
    }
    if (!why)
        return NULL;
    text_printf(&out, "%s%s.", out.length > 0 ? "; " : "The sizes have fewer pairs than planned: ", why);
    return text_take(&out);
}

char **curve_sentences(const struct curve *curve)
{
    char **sentences = memory_zeroed((CURVE_SENTENCES + 1) * sizeof *sentences);
    size_t count = 0;
    sentences[count++] = curve_say_growth(curve);
    if (curve->fit[0].known && curve->fit[1].known)
        sentences[count++] = curve_say_production(curve);
    sentences[count] = curve_say_missing(curve);
    return sentences;
}
