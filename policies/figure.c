#include "policies/figure.h"

#include <math.h>
#include <stdio.h>

static const char *const metric_words[METRIC_COUNT] = {
    [METRIC_CPU] = "CPU time",
    [METRIC_WALL] = "wall time",
    [METRIC_PEAK_MEMORY] = "peak memory",
    [METRIC_LATENCY_P50] = "p50 latency",
    [METRIC_LATENCY_P95] = "p95 latency",
    [METRIC_LATENCY_P99] = "p99 latency",
    [METRIC_STARTUP] = "start-up CPU time",
    [METRIC_CPU_AFTER] = "CPU time after the last answer",
};

const char *figure_metric_words(enum metric metric)
{
    return metric_words[metric];
}

void figure_append_count(struct text *out, double count)
{
    char digits[400];
    int length = snprintf(digits, sizeof digits, "%.0f", isfinite(count) ? fabs(count) : 0);
    if (count < 0)
        text_append_string(out, "−");
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text_append_char(out, ',');
        text_append_char(out, digits[i]);
    }
}

/* One decimal, a typographic minus, and never "−0.0". */
static void figure_append_decimal(struct text *out, double percent)
{
    double rounded = round(percent * 10) / 10;
    text_printf(out, "%s%.1f", rounded < 0 ? "−" : "", fabs(rounded));
}

void figure_append_percent(struct text *out, double fraction)
{
    figure_append_decimal(out, fraction * 100);
    text_append_string(out, " %");
}

void figure_append_share(struct text *out, double fraction)
{
    double tenths = round(fraction * 1000);
    text_printf(out, fmod(tenths, 10) == 0 ? "%.0f %%" : "%.1f %%", tenths / 10);
}

void figure_append_seconds(struct text *out, double seconds)
{
    if (seconds < 0.9995e-3)
        text_printf(out, "%.0f µs", seconds * 1e6);
    else if (seconds < 0.9995)
        text_printf(out, "%.1f ms", seconds * 1e3);
    else if (seconds < 99.95)
        text_printf(out, "%.1f s", seconds);
    else
        text_printf(out, "%.0f min %.0f s", floor(round(seconds) / 60), fmod(round(seconds), 60));
}

void figure_append_bytes(struct text *out, double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    text_printf(out, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

void figure_append_value(struct text *out, enum metric metric, double value)
{
    if (!isfinite(value) || value < 0)
        text_append_string(out, "–");
    else if (metric == METRIC_PEAK_MEMORY)
        figure_append_bytes(out, value);
    else
        figure_append_seconds(out, value);
}

void figure_append_interval(struct text *out, double low, double high)
{
    figure_append_decimal(out, low * 100);
    text_append_string(out, round(low * 1000) < 0 ? " to " : "–");
    figure_append_percent(out, high);
}

void figure_append_gain(struct text *out, const struct gain *gain, const char *words)
{
    if (!gain->known || !isfinite(gain->point)) {
        text_printf(out, "an unknown change%s%s", *words ? " of " : "", words);
        return;
    }
    bool less = gain->point >= 0;
    figure_append_percent(out, fabs(gain->point));
    text_printf(out, " %s%s%s", less ? "less" : "more", *words ? " " : "", words);
    if (!isfinite(gain->low) || !isfinite(gain->high))
        return;
    text_append_string(out, " (");
    figure_append_interval(out, less ? gain->low : -gain->high, less ? gain->high : -gain->low);
    text_append_char(out, ')');
}
