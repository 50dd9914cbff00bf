#include "tests/bench/measure_summary.h"

#include "tests/bench/measure_rivals.h"
#include "tests/measure/bounds.h"
#include "workloads/measure/method.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define SUMMARY_LEVEL     0.05 /* of the ranks' test, and beyond a bound */
#define SUMMARY_THRESHOLD 0.10
#define SUMMARY_FDR       0.10
#define SUMMARY_COLUMNS   13
#define SUMMARY_CELL      32

/* What belongs into one row of the table. */
struct summary_key {
    enum condition condition;
    enum metric metric;
    size_t family;
    double gain;
};

struct summary_row {
    size_t count, wins, futile, open, most_pairs, guard_pairs;
    double pairs, seconds, noise, statistics_ms, rival_seconds; /* sums */
    double early, early_squares;                                /* sums: of the effects before any look */
    size_t saves[2], ranks[2]; /* CPU, wall: how often the mean saved 10 %, and the ranks differed */
};

static bool summary_matches(const struct summary_key *key, const struct result *result)
{
    return result->condition == key->condition && result->metric == key->metric &&
           result->family == key->family && result->gain == key->gain;
}

static void summary_take(struct summary_row *row, const struct result *result)
{
    row->count++;
    row->early += result->early;
    row->early_squares += result->early * result->early;
    row->wins += result->outcome == OUTCOME_IMPROVED;
    row->futile += result->outcome == OUTCOME_NOT_WORTH_IT || result->outcome == OUTCOME_REGRESSED;
    row->open += result->outcome == OUTCOME_UNDECIDED;
    row->most_pairs = result->pairs > row->most_pairs ? result->pairs : row->most_pairs;
    row->guard_pairs += result->guard_pairs;
    row->pairs += (double)result->pairs;
    row->seconds += result->seconds;
    row->noise += result->noise;
    row->statistics_ms += result->statistics_ms;
    row->rival_seconds += result->rival_seconds;
    for (int i = 0; i < 2; i++) {
        row->saves[i] += result->saving[i] >= SUMMARY_THRESHOLD;
        row->ranks[i] += 2 * result->p[i] < SUMMARY_LEVEL;
    }
}

static void summary_rate(char cell[static SUMMARY_CELL], size_t hits, size_t count, bool wanted)
{
    double rate = 100 * (double)hits / (double)count;
    double bound = 100 * (wanted ? bounds_lower(hits, count, 1 - SUMMARY_LEVEL)
                                 : bounds_upper(hits, count, 1 - SUMMARY_LEVEL));
    snprintf(cell, SUMMARY_CELL, "%.3g %% (%s %.3g %%)", rate, wanted ? "≥" : "≤", bound);
}

static const char *const summary_heads[SUMMARY_COLUMNS] = {
    "condition",   "true gain",    "seen",      "n",        "cupel wins (95 %)", "futile",    "open",
    "pairs, most", "seconds each", "mean wall", "mean CPU", "ranks wall",        "ranks CPU",
};

static void summary_cells(const struct summary_key *key, struct summary_row *row,
                          char cells[static SUMMARY_COLUMNS][SUMMARY_CELL])
{
    double n = (double)row->count;
    double mean = row->early / n;
    double deviation = sqrt(fmax(row->early_squares / n - mean * mean, 0) / n);
    snprintf(cells[0], SUMMARY_CELL, "%s, %s", condition_names[key->condition], metric_name(key->metric));
    if (key->family > 1)
        snprintf(cells[0], SUMMARY_CELL, "%s, of %zu", condition_names[key->condition], key->family);
    snprintf(cells[1], SUMMARY_CELL, "%.3g %%", 100 * key->gain);
    snprintf(cells[2], SUMMARY_CELL, "%.2f ± %.2f %%", -100 * expm1(-mean), 196 * deviation * exp(-mean));
    snprintf(cells[3], SUMMARY_CELL, "%zu", row->count);
    summary_rate(cells[4], row->wins, row->count, key->gain > SUMMARY_THRESHOLD);
    snprintf(cells[5], SUMMARY_CELL, "%zu", row->futile);
    snprintf(cells[6], SUMMARY_CELL, "%zu", row->open);
    snprintf(cells[7], SUMMARY_CELL, "%.2f, %zu", row->pairs / n, row->most_pairs);
    snprintf(cells[8], SUMMARY_CELL, "%.2f (%.2f)", row->seconds / n, row->rival_seconds / n);
    for (int i = 0; i < 2; i++) {
        snprintf(cells[10 - i], SUMMARY_CELL, "%.1f %%", 100 * (double)row->saves[i] / n);
        snprintf(cells[12 - i], SUMMARY_CELL, "%.1f %%", 100 * (double)row->ranks[i] / n);
    }
}

/* Characters and not bytes, so that columns stay straight beside "≤" and "±". */
static int summary_width(const char *cell)
{
    int width = 0;
    for (; *cell; cell++)
        width += (*cell & 0xc0) != 0x80;
    return width;
}

static void summary_print_line(const char *const cells[static SUMMARY_COLUMNS], bool markdown, FILE *out)
{
    static const int widths[SUMMARY_COLUMNS] = {16, 9, 15, 4, 18, 6, 4, 11, 12, 9, 8, 10, 9};
    for (int c = 0; c < SUMMARY_COLUMNS; c++) {
        int pad = markdown ? 0 : widths[c] - summary_width(cells[c]);
        fprintf(out, "%s%s%*s", markdown ? "| " : c ? "  " : "", cells[c], pad > 0 ? pad : markdown, "");
    }
    fputs(markdown ? "|\n" : "\n", out);
}

static void summary_print_row(const struct results *results, const struct summary_key *key, bool markdown,
                              FILE *out)
{
    struct summary_row row = {0};
    for (size_t i = 0; i < results->count; i++) {
        if (summary_matches(key, &results->rows[i]))
            summary_take(&row, &results->rows[i]);
    }
    if (row.count > 0) {
        char cells[SUMMARY_COLUMNS][SUMMARY_CELL];
        const char *pointers[SUMMARY_COLUMNS];
        summary_cells(key, &row, cells);
        for (int c = 0; c < SUMMARY_COLUMNS; c++)
            pointers[c] = cells[c];
        summary_print_line(pointers, markdown, out);
    }
}

static int summary_order(const void *left, const void *right)
{
    const struct summary_key *a = left;
    const struct summary_key *b = right;
    if (a->metric != b->metric)
        return a->metric < b->metric ? -1 : 1;
    if (a->condition != b->condition)
        return a->condition < b->condition ? -1 : 1;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return (a->gain > b->gain) - (a->gain < b->gain);
}

static size_t summary_keys(const struct results *results, struct summary_key *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *result = &results->rows[i];
        size_t k = 0;
        while (k < count && !summary_matches(&keys[k], result))
            k++;
        keys[k] = (struct summary_key){result->condition, result->metric, result->family, result->gain};
        count += k == count;
    }
    qsort(keys, count, sizeof *keys, summary_order);
    return count;
}

static int summary_descending(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a < b) - (a > b);
}

/* Whether e-BH accepts any of them. */
static bool summary_accepts(double *e_values, size_t count)
{
    qsort(e_values, count, sizeof *e_values, summary_descending);
    for (size_t k = 1; k <= count; k++) {
        if (e_values[k - 1] >= (double)count / (SUMMARY_FDR * (double)k))
            return true;
    }
    return false;
}

/* e-BH over each whole batch: how many of candidates that gain nothing it accepts. */
static void summary_print_batches(const struct results *results, FILE *out)
{
    double e_values[METHOD_PAIRS_MAX];
    size_t filled = 0;
    size_t batches = 0;
    size_t wrong = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *result = &results->rows[i];
        if (result->family < 2 || result->family > METHOD_PAIRS_MAX || result->gain > 0)
            continue;
        e_values[filled++] = result->e_value;
        if (filled < result->family)
            continue;
        wrong += summary_accepts(e_values, filled);
        batches++;
        filled = 0;
    }
    if (batches > 0)
        fprintf(out, "\n%zu batches of nothing but equal candidates: %zu with a recommendation\n", batches,
                wrong);
}

static void summary_print_costs(const struct results *results, FILE *out)
{
    double noise = 0;
    double statistics = 0;
    double most = 0;
    size_t quads = 0;
    for (size_t i = 0; i < results->count; i++) {
        noise += results->rows[i].noise;
        statistics += results->rows[i].statistics_ms;
        most = fmax(most, results->rows[i].statistics_ms);
        quads += results->rows[i].quads > 0;
    }
    if (results->count > 0)
        fprintf(
            out,
            "\nnoise floor %.2f %% on average; statistics %.3f ms of CPU time, at most %.3f ms; %zu of %zu "
            "evaluations went over to quads; share of start-up %.1f %%\n",
            100 * noise / (double)results->count, statistics / (double)results->count, most, quads,
            results->count, 100 * results->startup);
}

void summary_print(const struct results *results, FILE *out)
{
    struct summary_key *keys = memory_zeroed((results->count + 1) * sizeof *keys);
    size_t count = summary_keys(results, keys);
    for (int markdown = 0; markdown < 2; markdown++) {
        summary_print_line(summary_heads, markdown, out);
        if (markdown)
            fputs("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n", out);
        for (size_t k = 0; k < count; k++)
            summary_print_row(results, &keys[k], markdown, out);
        fputc('\n', out);
    }
    fprintf(out,
            "seen: of the median of an evaluation's first pairs, mean over the evaluations and its 95 %% "
            "interval.\nmean: %d runs of A, then %d of B, \"B's mean is 10 %% better\". ranks: "
            "Mann-Whitney of the same runs, two-sided p < 0.05 and B faster.\nseconds in brackets: those %d "
            "runs and a warm-up of each.\n",
            RIVALS_RUNS, RIVALS_RUNS, 2 * RIVALS_RUNS);
    summary_print_batches(results, out);
    summary_print_costs(results, out);
    free(keys);
}
