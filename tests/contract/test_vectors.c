/* The agreed vectors, when they are at hand: class, pointer and outcome of each. */
#include "base/cleanup.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char vectors_path[] = CUPEL_SHARED "/data/contract_vectors.jsonl";

static const char *vectors_string(const struct json_value *row, const char *key, size_t *length)
{
    return json_bytes(json_find(row, key), length);
}

/* Whether findings or excuses hold that class at that pointer. */
static bool vectors_has(const struct contract_summary *summary, const char *class, const char *pointer)
{
    for (size_t i = 0; i < summary->finding_count; i++) {
        const struct finding *finding = &summary->findings[i];
        if (!strcmp(finding_class_name(finding->class), class) && !strcmp(finding->pointer, pointer))
            return true;
    }
    for (size_t i = 0; i < summary->excuse_count; i++) {
        const struct excuse *excuse = &summary->excuses[i];
        if (!strcmp(finding_class_name(excuse->class), class) && !strcmp(excuse->pattern, pointer))
            return true;
    }
    return false;
}

static bool vectors_outcome_holds(const char *expect, enum contract_outcome outcome,
                                  const struct contract_summary *summary)
{
    bool before_fails = summary->finding_count && summary->findings[0].before &&
                        !strncmp(summary->findings[0].before, "not JSON", 8);
    bool after_fails = summary->finding_count && summary->findings[0].after &&
                       !strncmp(summary->findings[0].after, "not JSON", 8);
    if (!strcmp(expect, "SAME"))
        return outcome == CONTRACT_SAME;
    if (!strcmp(expect, "EQUIV"))
        return outcome == CONTRACT_EQUIVALENT && contract_breaks(summary) == 0;
    if (!strcmp(expect, "TOLERATED"))
        return outcome == CONTRACT_TOLERATED && contract_breaks(summary) == 0;
    if (!strcmp(expect, "DIFF"))
        return outcome == CONTRACT_DIFFERENT;
    if (!strcmp(expect, "SAME_OR_LIMIT"))
        return outcome == CONTRACT_SAME || vectors_has(summary, "depth", "");
    if (!strcmp(expect, "PARSE_ERROR_BEFORE"))
        return outcome == CONTRACT_NOT_COMPARED && before_fails && !after_fails;
    if (!strcmp(expect, "PARSE_ERROR_BOTH"))
        return outcome == CONTRACT_NOT_COMPARED && before_fails && after_fails;
    return false;
}

static bool vectors_class_holds(const char *class, const char *pointer,
                                const struct contract_summary *summary)
{
    if (!strcmp(class, "missing+added"))
        return summary->finding_count == 2 && vectors_has(summary, "missing", pointer) &&
               summary->findings[1].class == CLASS_ADDED;
    return vectors_has(summary, class, pointer);
}

/* One vector; false (and words on stderr) where it does not hold. */
static bool vectors_hold_one(const struct json_file *file, const struct json_value *row)
{
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(rules_read(&rules, file, json_find(row, "rules"), &err), 0);
    size_t before_length;
    size_t after_length;
    const char *before = vectors_string(row, "before", &before_length);
    const char *after = vectors_string(row, "after", &after_length);
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(before, before_length, after, after_length, rules, &summary);
    bool holds = vectors_outcome_holds(vectors_string(row, "expect", NULL), outcome, &summary);
    /* What is deeper than the limit may be found equal or not; nothing more is asked. */
    if (strcmp(vectors_string(row, "expect", NULL), "SAME_OR_LIMIT"))
        holds = holds && vectors_class_holds(vectors_string(row, "class", NULL),
                                             vectors_string(row, "pointer", NULL), &summary);
    if (!holds) {
        fprintf(stderr, "%s: outcome %d, findings:", vectors_string(row, "id", NULL), (int)outcome);
        for (size_t i = 0; i < summary.finding_count; i++)
            fprintf(stderr, " %s at '%s'", finding_class_name(summary.findings[i].class),
                    summary.findings[i].pointer);
        fprintf(stderr, "\n");
    }
    contract_summary_fini(&summary);
    rules_free(rules);
    return holds;
}

static void test_vectors_all_hold(void **state)
{
    (void)state;
    cleanup_file FILE *stream = fopen(vectors_path, "re");
    assert_non_null(stream);
    char *line = NULL;
    size_t size = 0;
    size_t failures = 0;
    size_t count = 0;
    for (ssize_t length; (length = getline(&line, &size, stream)) > 0; count++) {
        struct json_file file;
        struct err err = {0};
        assert_int_equal(json_file_read(&file, "vector", line, (size_t)length, NULL, &err), 0);
        failures += !vectors_hold_one(&file, json_root(file.document));
        json_file_fini(&file);
    }
    free(line);
    print_message("%zu vectors\n", count);
    assert_true(count > 0);
    assert_int_equal(failures, 0);
}

int main(void)
{
    if (access(vectors_path, R_OK)) {
        printf("%s is not there: skipped\n", vectors_path);
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors_all_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
