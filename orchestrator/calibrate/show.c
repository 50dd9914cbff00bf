#include "orchestrator/calibrate/show.h"

#include "base/cleanup.h"
#include "orchestrator/calibrate/advice.h"
#include "orchestrator/calibrate/shelf.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOW_CELL 16

static const char *const show_metrics[CALIBRATION_METRICS] = {
    [METRIC_CPU] = "CPU time", [METRIC_WALL] = "wall time", [METRIC_PEAK_MEMORY] = "peak memory"};

static void show_percent(double fraction, char cell[static SHOW_CELL])
{
    double percent = 100 * fraction;
    snprintf(cell, SHOW_CELL, percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

/* A gain over `threshold`; "-" where none could be told. */
static void show_gain(double excess, double threshold, char cell[static SHOW_CELL])
{
    if (excess < 0)
        snprintf(cell, SHOW_CELL, "-");
    else
        show_percent(resolution_gain(excess, threshold), cell);
}

static void show_order(const struct plan_order *order, char cell[static SHOW_CELL])
{
    if (!order->known)
        snprintf(cell, SHOW_CELL, "-");
    else if (fabs(order->effect) <= order->scale)
        snprintf(cell, SHOW_CELL, "none");
    else
        snprintf(cell, SHOW_CELL, "%+.1f %%", 100 * expm1(order->effect));
}

static void show_metric(const char *cpus, const char *program, const char *name,
                        const struct calibration_metric *metric, struct text *out)
{
    char noise[SHOW_CELL];
    char order[SHOW_CELL];
    char shown[CALIBRATION_BUDGETS][SHOW_CELL];
    if (metric->noise < 0) {
        text_printf(out, "%-10s  %-8s  %-11s  no figure here\n", cpus, program, name);
        return;
    }
    show_percent(metric->noise, noise);
    show_order(&metric->order, order);
    for (size_t b = 0; b < CALIBRATION_BUDGETS; b++)
        show_gain(metric->shown[b].excess, 0, shown[b]);
    text_printf(out, "%-10s  %-8s  %-11s  %7s  %8s", cpus, program, name, noise, order);
    for (size_t b = 0; b < CALIBRATION_BUDGETS; b++)
        text_printf(out, "  %7s", shown[b]);
    text_append_char(out, '\n');
}

static void show_table(const struct calibration *calibration, struct text *out)
{
    text_printf(out, "%-10s  %-8s  %-11s  %7s  %8s  %s\n", "", "", "", "", "first to",
                "gain that is shown in");
    text_printf(out, "%-10s  %-8s  %-11s  %7s  %8s", "CPUs", "program", "metric", "noise", "second");
    for (size_t b = 0; b < CALIBRATION_BUDGETS; b++)
        text_printf(out, "  %5.0f s", calibration_budgets[b]);
    text_append_char(out, '\n');
    for (size_t i = 0; i < calibration->set_count; i++) {
        const struct calibration_set *set = &calibration->sets[i];
        cleanup_free char *cpus = advice_cpu_list(set->cpus, set->cpu_count);
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            for (int m = 0; m < CALIBRATION_METRICS; m++)
                if (calibration_tells((enum calibration_program)p, (enum metric)m))
                    show_metric(p || m ? "" : cpus, m ? "" : calibration_programs[p], show_metrics[m],
                                &set->series[p].metrics[m], out);
    }
}

/* "a gain of 2.2 % of CPU time", of the more troubled program; false where none can be told. */
static bool show_what(const struct calibration_set *set, enum metric metric, double threshold,
                      struct text *out)
{
    char gain[SHOW_CELL];
    double excess = calibration_set_excess(set, metric, CALIBRATION_MINUTE);
    show_gain(excess, threshold, gain);
    if (excess >= 0)
        text_printf(out, "%s of %s", gain, show_metrics[metric]);
    return excess >= 0;
}

static void show_ability(const struct calibration *calibration, struct text *out)
{
    const struct calibration_set *best = &calibration->sets[calibration->best];
    enum metric primary = calibration_primary(calibration);
    cleanup_free char *cpus = advice_cpu_list(best->cpus, best->cpu_count);
    cleanup_text struct text first = {0};
    cleanup_text struct text second = {0};
    cleanup_text struct text recommended = {0};
    const char *plural = best->cpu_count > 1 ? "CPUs" : "CPU";
    if (!show_what(best, primary, 0, &first)) {
        bool few = best->series[0].run_count < (size_t)2 * RESOLUTION_PAIRS_LEAST;
        text_printf(out,
                    few ? "\nToo few runs to say what gain of %s could be shown on %s %s.\n"
                        : "\nIn 60 s no gain of %s could be shown on %s %s, however large.\n",
                    show_metrics[primary], plural, cpus);
        return;
    }
    text_printf(out, "\nIn 60 s this machine shows a gain of %s in 95 of 100 tries", text_string(&first));
    if (primary != METRIC_WALL && show_what(best, METRIC_WALL, 0, &second))
        text_printf(out, ", and %s", text_string(&second));
    else if (primary != METRIC_WALL)
        text_append_string(out, ", and none of wall time, however large");
    text_printf(out, " (%s %s).\n", plural, cpus);
    show_what(best, primary, CALIBRATION_THRESHOLD, &recommended);
    text_printf(
        out, "A policy that asks for %.0f %% recommends a patch in 95 of 100 tries from a gain of %s on.\n",
        100 * CALIBRATION_THRESHOLD, text_string(&recommended));
}

static void show_choice(const struct calibration *calibration, const char *operator_file, struct text *out)
{
    const struct calibration_set *best = &calibration->sets[calibration->best];
    cleanup_free char *cpus = advice_cpu_list(best->cpus, best->cpu_count);
    cleanup_free char *line = advice_setting(best);
    if (calibration->set_count == 1)
        text_append_string(out, "There is one CPU to measure on.\n");
    else if (calibration->best == calibration->usual)
        text_printf(out, "No set of CPUs is clearly better than %s, which is measured on anyway.\n", cpus);
    else
        text_printf(out, "Measure on %s: put this into %s, beside what it holds already:\n    %s\n", cpus,
                    operator_file, line);
    if (best->cpu_count == 1 && calibration->machine.cpu_count > 1)
        text_append_string(out,
                           "One CPU gives a program with several threads no credit for them: name several "
                           "CPUs for those.\n");
}

static void show_advice(const struct calibration *calibration, struct text *out)
{
    struct advice rows[ADVICE_MOST];
    size_t count = advice_give(calibration, rows);
    if (count > 0)
        text_printf(out, "\n%s\n",
                    advice_is_needed(calibration) ? "What makes it noisy, and how to mend it:"
                                                  : "It will do. What would make it better:");
    for (size_t i = 0; i < count; i++) {
        cleanup_text struct text seen = {0};
        report_escape_terminal(&seen, rows[i].seen, ERR_MESSAGE_MAX);
        text_printf(out, "  %s: %s\n      %s\n", text_string(&seen), rows[i].why, rows[i].mend);
    }
    advice_fini(rows, count);
}

/* One that isn't told has no words. */
static void show_fact(const char *name, const char *value, struct text *out)
{
    if (*value)
        text_printf(out, "%s%s %s", out->length ? ", " : "", name, value);
}

static void show_figure(const char *name, double figure, struct text *out)
{
    char value[SHOW_CELL] = "";
    if (figure >= 0)
        snprintf(value, sizeof value, "%.1f", figure);
    show_fact(name, value, out);
}

static void show_switch(const char *name, double figure, struct text *out)
{
    if (figure >= 0)
        show_fact(name, figure > 0 ? "on" : "off", out);
}

static void show_facts(const struct conditions *conditions, struct text *out)
{
    cleanup_text struct text facts = {0};
    cleanup_text struct text safe = {0};
    show_fact("virtual machine", conditions->hypervisor, &facts);
    show_fact("governor", conditions->governor, &facts);
    show_switch("turbo", conditions->turbo, &facts);
    show_switch("SMT", conditions->smt, &facts);
    show_fact("isolated CPUs", conditions->isolated, &facts);
    show_fact("tickless CPUs", conditions->tickless, &facts);
    show_fact("transparent huge pages", conditions->huge_pages, &facts);
    show_switch("ASLR", conditions->aslr, &facts);
    show_figure("load before", conditions->load, &facts);
    show_figure("CPUs that others kept busy", conditions->others, &facts);
    report_escape_terminal(&safe, text_string(&facts), ERR_MESSAGE_MAX);
    text_printf(out, "facts      %s\n", text_string(&safe));
}

static void show_machine(const struct calibration *calibration, struct text *out)
{
    const struct calibration_machine *machine = &calibration->machine;
    const struct calibration_series *series = &calibration->sets[calibration->usual].series[0];
    cleanup_free char *cpus = advice_cpu_list(machine->cpus, machine->cpu_count);
    cleanup_text struct text cpu = {0};
    report_escape_terminal(&cpu, machine->cpu, ERR_MESSAGE_MAX);
    text_printf(out, "machine    %s, CPUs %s, %s\n", text_string(&cpu), cpus, machine->kernel);
    show_facts(&calibration->conditions, out);
    text_printf(out, "measured   %.0f s, about %zu pairs of runs of %.2f s of the same program in each row\n",
                calibration->seconds, series->run_count / 2, series->run_seconds);
    text_printf(out, "           CPU time from %s, peak memory from %s\n\n", calibration->cpu_source,
                calibration->peak_source);
}

void show_text(const struct calibration *calibration, const char *path, const char *operator_file,
               struct text *out)
{
    show_machine(calibration, out);
    show_table(calibration, out);
    show_ability(calibration, out);
    show_choice(calibration, operator_file, out);
    show_advice(calibration, out);
    text_printf(out, "\nStored in %s. Reports show it for %d days, or until the kernel or the CPUs change.\n",
                path, SHELF_DAYS);
}

int show_json(const struct calibration *calibration, const struct text *stored, const char *path,
              struct text *out, struct err *err)
{
    struct advice rows[ADVICE_MOST];
    char hex[DIGEST_HEX];
    const struct digest digest = digest_of(stored->data, stored->length);
    size_t count = advice_give(calibration, rows);
    cJSON *document = cJSON_ParseWithLength(stored->data, stored->length);
    cJSON *advice = member_add_array(document, "advice");
    for (size_t i = 0; i < count; i++) {
        cJSON *row = member_append_object(advice);
        member_add_string(row, "key", rows[i].key);
        member_add_string(row, "seen", rows[i].seen);
        member_add_string(row, "why", rows[i].why);
        member_add_string(row, "mend", rows[i].mend);
    }
    digest_to_hex(&digest, hex);
    member_add_digest(document, "digest", hex);
    member_add_string(document, "path", path);
    int code = report_canonicalise(document, out, err);
    text_append_char(out, '\n');
    cJSON_Delete(document);
    advice_fini(rows, count);
    return code;
}
