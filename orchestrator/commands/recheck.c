/* `cupel recheck`: do a report's conclusions follow from its raw data? Needs no repository and no sandbox. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "orchestrator/contest/transcript.h"
#include "orchestrator/recheck/recheck.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECHECK_BYTES ((size_t)256 << 20)
#define RECHECK_NAME  60  /* bytes shown of a candidate's name */
#define RECHECK_VALUE 240 /* bytes shown of a value */

enum { RECHECK_FOLLOWS = 0, RECHECK_CONTRADICTED = 8 };

static void recheck_print_value(const char *label, const char *value)
{
    cleanup_text struct text escaped = {0};
    foreign_append(&escaped, value ? value : "nothing", RECHECK_VALUE);
    printf("      %-11s %s\n", label, text_string(&escaped));
}

static void recheck_print_differences(const struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        cleanup_text struct text pointer = {0};
        foreign_append(&pointer, differences->rows[i].pointer, RECHECK_VALUE);
        printf("    %s\n", text_string(&pointer));
        recheck_print_value("said", differences->rows[i].said);
        recheck_print_value("recomputed", differences->rows[i].recomputed);
    }
    if (differences->dropped > 0)
        printf("    and %zu more values\n", differences->dropped);
}

/* "  3b1f2a90c1d2  recommended  sha256:9f86d081884c…  "name"" */
static void recheck_print_candidate(const struct recheck_candidate *candidate)
{
    char hexadecimal[DIGEST_HEX];
    cleanup_text struct text id = {0};
    cleanup_text struct text name = {0};
    digest_to_hex(&candidate->digest, hexadecimal);
    foreign_append(&id, candidate->id, 12);
    foreign_append_quoted(&name, candidate->name, RECHECK_NAME);
    printf("  %-12s  %s%s", text_string(&id), candidate->differences.count > 0 ? "says " : "",
           verdict_name(candidate->said));
    if (candidate->verdict != candidate->said)
        printf(", recomputed %s", verdict_name(candidate->verdict));
    printf("  sha256:%.12s…  %s\n", hexadecimal, text_string(&name));
    recheck_print_differences(&candidate->differences);
}

/* Another version may use other words in a reason; whoever reads the differences should know. */
static void recheck_print_version(const struct recheck *recheck)
{
    for (size_t i = 0; i < recheck->count; i++) {
        cleanup_text struct text made_by = {0};
        const char *version = recheck->candidates[i].made_by;
        if (!version || strcmp(version, CUPEL_VERSION) == 0)
            continue;
        foreign_append(&made_by, version, 40);
        printf("Made by cupel %s, rechecked by " CUPEL_VERSION ", whose sentences may differ.\n",
               text_string(&made_by));
        return;
    }
}

static void recheck_print_text(const struct recheck *recheck)
{
    size_t wrong = 0;
    for (size_t i = 0; i < recheck->count; i++) {
        recheck_print_candidate(&recheck->candidates[i]);
        wrong += recheck->candidates[i].differences.count > 0;
    }
    if (recheck->batch.count > 0)
        puts(recheck->count > 0 ? "  the batch as a whole" : "  the comparison");
    recheck_print_differences(&recheck->batch);
    if (!recheck_is_equal(recheck))
        recheck_print_version(recheck);
    if (recheck->count == 0)
        puts(recheck->batch.count > 0 ? "The comparison is not what the raw data give."
                                      : "Every conclusion of the comparison follows from the raw data. That "
                                        "those are what the clock "
                                        "said, no document can prove.");
    else if (wrong > 0)
        printf("%zu of %zu report%s not what the raw data give.\n", wrong, recheck->count,
               recheck->count == 1 ? " is" : "s are");
    else
        printf(
            "Every conclusion of %zu report%s follows from the raw data. That those are what the clock said, "
            "no report can prove.\n",
            recheck->count, recheck->count == 1 ? "" : "s");
}

static void recheck_add_differences(cJSON *object, const struct differences *differences)
{
    cJSON *rows = member_add_array(object, "differences");
    for (size_t i = 0; i < differences->count; i++) {
        cJSON *row = member_append_object(rows);
        member_add_string(row, "pointer", differences->rows[i].pointer);
        member_add_string(row, "said", differences->rows[i].said);
        member_add_string(row, "recomputed", differences->rows[i].recomputed);
    }
    member_add_number(object, "differences_dropped", (double)differences->dropped);
}

static void recheck_add_candidate(cJSON *array, const struct recheck_candidate *candidate)
{
    char hexadecimal[DIGEST_HEX];
    cJSON *object = member_append_object(array);
    digest_to_hex(&candidate->digest, hexadecimal);
    member_add_string(object, "id", candidate->id);
    member_add_string(object, "name", candidate->name);
    member_add_digest(object, "digest", hexadecimal);
    member_add_string(object, "cupel", candidate->made_by);
    member_add_string(object, "verdict", verdict_name(candidate->said));
    member_add_string(object, "recomputed_verdict", verdict_name(candidate->verdict));
    member_add_bool(object, "equal", candidate->differences.count == 0);
    recheck_add_differences(object, &candidate->differences);
}

static int recheck_print_json(const struct recheck *recheck, struct err *err)
{
    cleanup_text struct text out = {0};
    cJSON *document = cJSON_CreateObject();
    member_add_bool(document, "equal", recheck_is_equal(recheck));
    cJSON *array = member_add_array(document, "candidates");
    for (size_t i = 0; i < recheck->count; i++)
        recheck_add_candidate(array, &recheck->candidates[i]);
    recheck_add_differences(document, &recheck->batch);
    int status = report_canonicalise(document, &out, err);
    cJSON_Delete(document);
    if (status == 0)
        puts(text_string(&out));
    return status;
}

/* A comparison of two commands has no candidates; what it says otherwise than its pairs stands for itself. */
static int recheck_contest(const char *name, const char *bytes, size_t length, struct recheck *recheck,
                           struct err *err)
{
    *recheck = (struct recheck){0};
    int status = transcript_recheck(name, bytes, length, &recheck->batch, err);
    if (status < 0)
        recheck_fini(recheck);
    return status;
}

static int recheck_file(const struct cli_arguments *arguments, struct recheck *recheck, struct err *err)
{
    const char *path = arguments->positional[0];
    bool standard = strcmp(path, "-") == 0;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    if (folder_read_file(standard ? "/dev/stdin" : path, RECHECK_BYTES, &bytes, &length, err) < 0)
        return err->code;
    const char *name = standard ? "standard input" : path;
    return transcript_is(bytes, length) ? recheck_contest(name, bytes, length, recheck, err)
                                        : recheck_report(recheck, name, bytes, length, err);
}

int command_recheck(const struct cli_arguments *arguments)
{
    struct err err = {0};
    struct recheck recheck = {0};
    int status = recheck_file(arguments, &recheck, &err);
    bool equal = status == 0 && recheck_is_equal(&recheck);
    if (status == 0 && cli_flag(arguments, CLI_OPTION_JSON))
        status = recheck_print_json(&recheck, &err);
    else if (status == 0)
        recheck_print_text(&recheck);
    if (status == 0 && fflush(stdout) != 0)
        status = err_set(&err, ERR_SYSTEM, "the result could not be printed");
    recheck_fini(&recheck);
    if (status == 0)
        return equal ? RECHECK_FOLLOWS : RECHECK_CONTRADICTED;
    cleanup_text struct text message = {0};
    foreign_append(&message, err.message, ERR_MESSAGE_MAX); /* it may quote the report */
    fprintf(stderr, "cupel: %s\n", text_string(&message));
    return status == ERR_SYSTEM ? 1 : 2;
}
