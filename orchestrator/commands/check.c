/* `cupel check`: the base alone. Does it build, start,
 * repeat its answers; how noisy; how long a verdict takes. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/commands/single.h"
#include "orchestrator/report/covered.h"
#include "orchestrator/report/report.h"
#include "policies/judge.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONFIGURATION_BYTES ((size_t)4 << 20)
#define CHECK_NAME_MAX      120 /* bytes shown of a name */
#define CHECK_SLOW_TESTS    30  /* seconds of both arms from which tests are worth a word */

/* Is the checkout's file another one than the base's? Then it is what a person is working on. */
static bool check_differs_from_base(struct session *session, const char *path, const char *base)
{
    cleanup_free char *working = NULL;
    cleanup_free char *committed = NULL;
    size_t working_length = 0;
    size_t committed_length = 0;
    git_oid commit;
    git_oid tree;
    struct err ignored = {0}; /* a base that isn't there is told by the evaluation */
    if (folder_read_file(path, CONFIGURATION_BYTES, &working, &working_length, &ignored) < 0 ||
        repository_resolve_commit(session->repository, base, &commit, &tree, &ignored) < 0)
        return false;
    if (repository_file(session->repository, &tree, CONFIGURATION_NAME, &committed, &committed_length,
                        &ignored) < 0)
        return true;
    return working_length != committed_length || memcmp(working, committed, working_length) != 0;
}

static int check_use_working_file(struct session *session, const char *base, struct err *err)
{
    cleanup_free char *path =
        memory_format("%s/%s", repository_path(session->repository), CONFIGURATION_NAME);
    if (session->has_outside || !check_differs_from_base(session, path, base))
        return 0;
    if (session_use_configuration(session, path, err) < 0)
        return err->code;
    fprintf(stderr,
            "cupel: uses %s of the checkout, which the base doesn't have like this; `cupel run` will want it "
            "committed, or given with --config from outside\n",
            CONFIGURATION_NAME);
    return 0;
}

/* What the base alone says about a run with a candidate. */
struct check_forecast {
    bool decidable; /* the noise lets a gain of the policy's size be told within its budget */
    bool ready;     /* and the measuring that it needs fits into the budget, and answers can be compared */
    const struct workload_evidence *blind; /* a workload whose answers prove too little, or NULL */
    double measuring;                      /* seconds of measuring */
    double tests;                          /* seconds that the tests of one arm take */
    double verdict;                        /* seconds until a typical verdict, -1 when it isn't decidable */
};

/* Both arms build and test, one after the other; four passes over the samples instead of the base's three. */
static struct check_forecast check_forecast(const struct evidence *evidence, const struct policy *policy)
{
    const struct stage_record *stages = evidence->stages;
    struct check_forecast forecast = {.decidable = true, .tests = stages[STAGE_TESTS].seconds};
    for (size_t i = 0; i < evidence->workload_count; i++) {
        double needed = evidence->workloads[i].measurement.seconds_needed;
        forecast.decidable = forecast.decidable && needed >= 0;
        forecast.measuring += fmax(needed, 0);
        if (!forecast.blind && !judge_is_compared(&evidence->workloads[i]))
            forecast.blind = &evidence->workloads[i];
    }
    forecast.ready = forecast.decidable && !forecast.blind && forecast.measuring <= policy->time_budget_s;
    forecast.verdict = !forecast.decidable ? -1
                                           : stages[STAGE_WORKTREES].seconds + stages[STAGE_PREPARE].seconds +
                                                 2 * (stages[STAGE_BUILD].seconds + forecast.tests) +
                                                 stages[STAGE_CONTRACT].seconds * 4 / 3 + forecast.measuring;
    return forecast;
}

/* "  noisy: stdout /at (2 of 60 answers differed)", or the rule that excuses it */
static void check_print_excuse(const struct excuse *excuse)
{
    cleanup_text struct text words = {0};
    report_escape_terminal(&words, excuse->part, CHECK_NAME_MAX);
    text_append_char(&words, ' ');
    report_escape_terminal(&words, excuse->pattern, CHECK_NAME_MAX);
    if (excuse->asked > 0) {
        printf("  noisy: %s (%zu of %zu answers differed)\n", text_string(&words), excuse->evidence,
               excuse->asked);
        return;
    }
    text_append_string(&words, ", by the rule ");
    report_escape_terminal(&words, excuse->by, CHECK_NAME_MAX);
    printf("  excused: %s\n", text_string(&words));
}

/* What a candidate could change unseen. */
static void check_print_coverage(const cJSON *coverage)
{
    cleanup_text struct text words = {0};
    covered_append_words(&words, coverage, true, report_escape_terminal);
    if (words.length)
        printf("  %s\n", text_string(&words));
}

/* Once each, of those that no workload needs. */
static void check_print_unused_rules(const struct evidence *evidence)
{
    const struct workload_evidence *last = NULL;
    for (size_t i = 0; i < evidence->workload_count; i++)
        last = evidence->workloads[i].contract_done ? &evidence->workloads[i] : last;
    for (char *const *rule = last ? last->contract.unused_rules : NULL; rule && *rule; rule++) {
        cleanup_text struct text words = {0};
        if (!evidence_is_unused_rule(evidence, *rule))
            continue;
        report_escape_terminal(&words, *rule, CHECK_NAME_MAX);
        printf("rule that matched nothing: %s\n", text_string(&words));
    }
}

static void check_print_workload(const struct workload_evidence *row, const cJSON *coverage)
{
    printf("workload %s: %zu samples", row->name, row->sample_count);
    if (row->held_out_count > 0)
        printf(" and %zu held out", row->held_out_count);
    if (!row->contract_done) {
        puts("");
        return;
    }
    printf(", asked three times: %zu value%s excused as noise", row->contract.excuse_count,
           row->contract.excuse_count == 1 ? "" : "s");
    if (row->contract.not_compared)
        printf(", %zu not comparable", row->contract.not_compared);
    puts("");
    for (size_t i = 0; i < row->contract.excuse_count; i++)
        check_print_excuse(&row->contract.excuses[i]);
    check_print_coverage(coverage);
    if (!row->measured)
        return;
    printf("  noise, base against itself:");
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (row->measurement.noise_floor[metric] >= 0)
            printf("  %s %.1f %%", metric_name(metric), 100 * row->measurement.noise_floor[metric]);
    printf("\n  a run: %zu sample%s; a pair takes %.2f s\n", row->measurement.block,
           row->measurement.block == 1 ? "" : "s", row->measurement.pair_seconds);
}

/* Tests that take most of a verdict, which a person may not expect of them. */
static void check_print_tests(const struct check_forecast *forecast)
{
    if (2 * forecast->tests >= CHECK_SLOW_TESTS && 2 * forecast->tests > forecast->verdict / 2)
        printf(
            "  %.0f s of it are the tests, which both arms run: \"tests\" may name a quicker part of them\n",
            2 * forecast->tests);
}

static void check_print_conclusion(const struct check_forecast *forecast, const struct policy *policy)
{
    if (forecast->blind)
        printf(
            "\nnot ready: the base's answers on workload %s prove too little: most of them are crashes, cut, "
            "empty or not what was declared. Use samples that the program has something to say to, or "
            "declare its output files.\n",
            forecast->blind->name);
    else if (!forecast->decidable)
        printf("\nnot ready: at this noise a gain of %.0f %% can't be told within %.0f s of measuring. Use a "
               "quieter machine or CPU (operator's file, measure_cpus), samples that run longer, or a larger "
               "block_s.\n",
               100 * policy->minimum_improvement, policy->time_budget_s);
    else if (!forecast->ready)
        printf("\nnot ready: a verdict needs about %.0f s of measuring and the policy's time_budget_s is "
               "%.0f. Give it "
               "more, or use fewer or shorter samples.\n",
               forecast->measuring, policy->time_budget_s);
    else if (forecast->verdict < 90)
        printf("\nready: a verdict takes about %.0f seconds here\n", forecast->verdict);
    else
        printf("\nready: a verdict takes about %.0f minutes here\n", forecast->verdict / 60);
    if (forecast->ready)
        check_print_tests(forecast);
}

/* The row of that workload, or NULL. */
static cJSON *check_find_coverage(const cJSON *covered, const char *name)
{
    cJSON *row = NULL;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(covered, "coverage"))
    {
        const cJSON *workload = cJSON_GetObjectItemCaseSensitive(row, "workload");
        if (cJSON_IsString(workload) && !strcmp(workload->valuestring, name))
            return row;
    }
    return NULL;
}

static void check_print_json(const struct check_forecast *forecast, const struct evidence *evidence,
                             const cJSON *covered)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddBoolToObject(document, "ready", forecast->ready);
    cJSON_AddNumberToObject(document, "seconds_to_verdict", forecast->verdict);
    cJSON *rows = cJSON_AddArrayToObject(document, "workloads");
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "workload", workload->name);
        cJSON_AddNumberToObject(row, "samples", (double)workload->sample_count);
        cJSON_AddNumberToObject(row, "excused", (double)workload->contract.excuse_count);
        const cJSON *coverage = check_find_coverage(covered, workload->name);
        cJSON_AddItemToObject(row, "coverage",
                              coverage ? cJSON_Duplicate(coverage, true) : cJSON_CreateNull());
        cJSON *unused = cJSON_AddArrayToObject(row, "unused_rules");
        for (char *const *rule = workload->contract.unused_rules; rule && *rule; rule++)
            if (evidence_is_unused_rule(evidence, *rule))
                cJSON_AddItemToArray(unused, cJSON_CreateString(*rule));
        cJSON *noise = cJSON_AddObjectToObject(row, "noise_floor");
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            if (workload->measured && workload->measurement.noise_floor[metric] >= 0)
                cJSON_AddNumberToObject(noise, metric_name(metric),
                                        workload->measurement.noise_floor[metric]);
        cJSON_AddItemToArray(rows, row);
    }
    char *text = cJSON_Print(document);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(document);
}

/* Returns an exit status, or -1 with *err. */
static int check_run(struct session *session, struct single *single, const struct cli_arguments *arguments,
                     struct err *err)
{
    const char *base = cli_option(arguments, CLI_OPTION_BASE);
    if (session_open(session, cli_option(arguments, CLI_OPTION_REPO),
                     cli_option(arguments, CLI_OPTION_CONFIG), cli_flag(arguments, CLI_OPTION_QUIET),
                     err) < 0 ||
        check_use_working_file(session, base, err) < 0)
        return -1;
    struct evaluation_input input = {.base = base};
    if (single_evaluate(single, session, NULL, &input, err) < 0)
        return -1;
    const struct evidence *evidence = evaluation_evidence(single->evaluation);
    const struct policy *policy = &evaluation_configuration(single->evaluation)->policy;
    const struct check_forecast forecast = check_forecast(evidence, policy);
    cJSON *covered = cJSON_CreateObject();
    covered_build(covered, evidence);
    if (cli_flag(arguments, CLI_OPTION_JSON)) {
        check_print_json(&forecast, evidence, covered);
    } else {
        for (size_t i = 0; i < evidence->workload_count; i++)
            check_print_workload(&evidence->workloads[i],
                                 check_find_coverage(covered, evidence->workloads[i].name));
        check_print_unused_rules(evidence);
        check_print_conclusion(&forecast, policy);
    }
    cJSON_Delete(covered);
    return forecast.ready ? 0 : verdict_exit_status(VERDICT_INCONCLUSIVE);
}

int command_check(const struct cli_arguments *arguments)
{
    struct session session;
    struct single single = {0};
    struct err err = {0};
    int status = check_run(&session, &single, arguments, &err);
    if (status < 0)
        status = session_fail(&session, &err);
    single_fini(&single);
    session_close(&session);
    return status;
}
