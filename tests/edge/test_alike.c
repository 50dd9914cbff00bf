/* When the base takes values for one and the candidate doesn't, and how that is said. */
#include "base/cleanup.h"
#include "workloads/edge/alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Answers as letters: the same letter is the same answer. */
struct scene {
    const char *base;
    const char *candidate;
};

static bool same_base(size_t a, size_t b, void *data)
{
    const struct scene *scene = data;
    return scene->base[a] == scene->base[b];
}

static bool same_candidate(size_t a, size_t b, void *data)
{
    const struct scene *scene = data;
    return scene->candidate[a] == scene->candidate[b];
}

static void test_sentence(void **state)
{
    (void)state;
    static const char *const labels[] = {NULL, "0", "\"\"", "null", "false"};
    static const struct {
        const char *base, *candidate; /* of an absent one, 0, "", null, false */
        size_t which;
        const char *sentence;
    } rows[] = {
        {"aaabb", "azabb", 1,
         "the base treats 0, \"\" and an absent `status` alike; the candidate no longer does"},
        {"aaaaa", "azaaa", 1,
         "the base treats 0, \"\" and an absent `status` alike; the candidate no longer does"},
        {"aaaaa", "aaaza", 3,
         "the base treats 0, null and an absent `status` alike; the candidate no longer does"},
        {"abbcd", "azbcd", 1, "the base treats a `status` of 0 and \"\" alike; the candidate no longer does"},
        {"abbbc", "azbbc", 1,
         "the base treats a `status` of 0, \"\" and null alike; the candidate no longer does"},
        {"abcad", "abczd", 3,
         "the base treats null and an absent `status` alike; the candidate no longer does"},
        {"aabcd", "zybcd", 0, "the base treats 0 and an absent `status` alike; the candidate no longer does"},
        {"aaaaa", "zzzya", 3,
         "the base treats 0, null and an absent `status` alike; the candidate no longer does"},
        {"aabba", "zabza", 3,
         "the base treats a `status` of \"\" and null alike; the candidate no longer does"},
        {"aabcd", "zzbcd", 0, NULL}, /* both differ, and still alike */
        {"abcde", "azcde", 1, NULL}, /* nothing was alike */
        {"aaaaa", "aaaaa", 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene = {rows[i].base, rows[i].candidate};
        struct edge_alike alike[5];
        for (size_t k = 0; k < 5; k++)
            alike[k] = (struct edge_alike){labels[k], rows[i].base[k] == rows[i].candidate[k]};
        cleanup_free char *sentence =
            edge_alike_sentence("status", alike, 5, rows[i].which, same_base, same_candidate, &scene);
        if (!rows[i].sentence)
            assert_null(sentence);
        else if (!sentence)
            fail_msg("nothing is said of %s and %s", rows[i].base, rows[i].candidate);
        else
            assert_string_equal(sentence, rows[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
