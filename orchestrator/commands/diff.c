/* `cupel diff`: two documents by the comparison of an evaluation. Needs no repository and no sandbox. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/difference/difference.h"
#include "orchestrator/difference/input.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIFF_BYTES       JSON_DEFAULT_BYTES /* of each document: what the reader takes */
#define DIFF_RULES_BYTES ((size_t)64 << 20)

/* As diff(1) has them, and unlike those of a verdict. */
enum { DIFF_SAME = 0, DIFF_DIFFERENT = 1, DIFF_TROUBLE = 2 };

struct diff {
    const struct cli_arguments *arguments; /* borrowed */
    char *bytes[2];                        /* before and after; owned */
    struct rules *rules;                   /* owned; NULL: none */
    struct difference result;
};

/* The rules' own array, or the one of an object that holds nothing else. */
static int diff_find_rules(const struct json_file *file, const struct json_value **array, struct err *err)
{
    static const char *const known[] = {"rules", NULL};
    const struct json_value *root = json_root(file->document);
    *array = root;
    if (json_type(root) != JSON_OBJECT)
        return 0;
    if (json_check_keys(file, root, known, err) < 0)
        return err->code;
    *array = json_find(root, "rules");
    return *array ? 0 : json_complain(file, root, err, "\"rules\" is missing");
}

static int diff_read_rules(struct diff *diff, struct err *err)
{
    const char *path = cli_option(diff->arguments, CLI_OPTION_RULES);
    const struct json_options options = {.comments = true};
    const struct json_value *array;
    struct json_file file = {0};
    cleanup_free char *bytes = NULL;
    size_t length;
    if (!path)
        return 0;
    if (input_read(path, DIFF_RULES_BYTES, &bytes, &length, err) < 0 ||
        json_file_read(&file, input_name(path), bytes, length, &options, err) < 0)
        return err->code;
    int code = diff_find_rules(&file, &array, err);
    if (code == 0)
        code = rules_read(&diff->rules, &file, array, err);
    json_file_fini(&file);
    return code;
}

/* Standard input can be read once. */
static int diff_check_input(const struct cli_arguments *arguments, struct err *err)
{
    const char *rules = cli_option(arguments, CLI_OPTION_RULES);
    int dashes = strcmp(arguments->positional[0], "-") == 0;
    dashes += strcmp(arguments->positional[1], "-") == 0;
    dashes += rules && strcmp(rules, "-") == 0;
    return dashes > 1 ? err_set(err, ERR_INVALID, "only one of BEFORE, AFTER and --rules can be -") : 0;
}

/* The option's choices are in the order of the enumeration. */
static enum workload_stdout diff_kind(const struct cli_arguments *arguments)
{
    static const char *const names[] = {"auto", "json", "jsonl", "text", "bytes"};
    const char *kind = cli_option(arguments, CLI_OPTION_AS);
    for (size_t i = 0; kind && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], kind) == 0)
            return (enum workload_stdout)i;
    return WORKLOAD_STDOUT_AUTO;
}

static int diff_compare(struct diff *diff, struct err *err)
{
    struct difference *result = &diff->result;
    char *const *paths = diff->arguments->positional;
    struct contract_document sides[2] = {0};
    if (diff_check_input(diff->arguments, err) < 0 || diff_read_rules(diff, err) < 0)
        return err->code;
    for (size_t i = 0; i < 2; i++) {
        if (input_read(paths[i], DIFF_BYTES, &diff->bytes[i], &sides[i].length, err) < 0)
            return err->code;
        sides[i].bytes = diff->bytes[i];
        sides[i].padded = true;
    }
    result->before = (struct difference_side){.name = input_name(paths[0]), .bytes = sides[0].length};
    result->after = (struct difference_side){.name = input_name(paths[1]), .bytes = sides[1].length};
    result->kind = diff_kind(diff->arguments);
    result->outcome =
        contract_compare_documents(&result->kind, &sides[0], &sides[1], diff->rules, &result->summary);
    return 0;
}

static int diff_print(const struct diff *diff, struct err *err)
{
    cleanup_text struct text out = {0};
    cJSON *document = NULL;
    if (cli_flag(diff->arguments, CLI_OPTION_JSON))
        document = difference_build(&diff->result);
    else
        difference_format(&diff->result, output_has_color(), output_width(), &out);
    return output_result(document, &out, err);
}

/* What was not compared is trouble, never "the same". */
static int diff_status(enum contract_outcome outcome)
{
    if (outcome == CONTRACT_DIFFERENT)
        return DIFF_DIFFERENT;
    return outcome == CONTRACT_NOT_COMPARED ? DIFF_TROUBLE : DIFF_SAME;
}

int command_diff(const struct cli_arguments *arguments)
{
    struct err err = {0};
    struct diff diff = {.arguments = arguments};
    int status = DIFF_TROUBLE;
    if (diff_compare(&diff, &err) == 0 && diff_print(&diff, &err) == 0)
        status = diff_status(diff.result.outcome);
    if (err.code != 0) {
        cleanup_text struct text message = {0};
        foreign_append(&message, err.message, ERR_MESSAGE_MAX); /* it may quote the rules */
        fprintf(stderr, "cupel: %s\n", text_string(&message));
    }
    contract_summary_fini(&diff.result.summary);
    rules_free(diff.rules);
    free(diff.bytes[0]);
    free(diff.bytes[1]);
    return status;
}
