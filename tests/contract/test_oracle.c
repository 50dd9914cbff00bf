/*
 * The comparison beside a second one, written in Python from the contract's words alone: whether two
 * documents are equal under rules, tried on some thousands of pairs that oracle.py makes from a seed.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "tests/contract/told.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORACLE_SEED  20260103
#define ORACLE_CASES 4000

/* Rules, before, after, and what the oracle says of them. */
static bool oracle_case_holds(char *line)
{
    char *fields[4] = {0};
    char *rest = line;
    line[strcspn(line, "\n")] = 0;
    for (size_t i = 0; i < 4; i++)
        fields[i] = strsep(&rest, "\t");
    assert_non_null(fields[3]);
    struct rules *rules = told_rules(fields[0]);
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(fields[1], strlen(fields[1]), fields[2], strlen(fields[2]), rules, &summary);
    bool equal = outcome != CONTRACT_DIFFERENT && outcome != CONTRACT_NOT_COMPARED;
    bool holds = equal == !strcmp(fields[3], "equal");
    if (!holds) {
        cleanup_text struct text told = {0};
        told_describe(&summary, false, &told);
        print_error("%s\n%s\nunder %s\nthe oracle says %s, we say %d: %s\n", fields[1], fields[2], fields[0],
                    fields[3], (int)outcome, text_string(&told));
    }
    contract_summary_fini(&summary);
    rules_free(rules);
    return holds;
}

static void test_oracle_agrees(void **state)
{
    (void)state;
    cleanup_free char *command = memory_format("PYTHONUTF8=1 python3 '%s/tests/contract/oracle.py' %d %d",
                                               CUPEL_SOURCE, ORACLE_SEED, ORACLE_CASES);
    FILE *oracle = popen(command, "r");
    assert_non_null(oracle);
    cleanup_free char *line = NULL;
    size_t capacity = 0;
    size_t cases = 0;
    size_t failures = 0;
    while (getline(&line, &capacity, oracle) > 0) {
        failures += !oracle_case_holds(line);
        cases++;
    }
    assert_int_equal(pclose(oracle), 0);
    assert_int_equal(cases, ORACLE_CASES);
    assert_int_equal(failures, 0);
}

int main(void)
{
    if (system("python3 -c '' 2>/dev/null") != 0) {
        fprintf(stderr, "python3 is not there: skipped\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_oracle_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
