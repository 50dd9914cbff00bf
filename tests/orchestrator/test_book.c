/* What an evaluation finds in the ledger:
 * its own pairs, in their order, and how often else the change was measured. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/pairs/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HERE "this CPU, this kernel, CPU time from cgroup v2, peak memory from cgroup v2"

static const struct facts facts = {.cpu_model = "this CPU", .kernel = "this kernel"};
static const struct sandbox_isolation isolation = {.cpu_source = SANDBOX_CPU_CGROUP2,
                                                   .peak_source = SANDBOX_PEAK_CGROUP2};

struct scene {
    char state[32];
    struct ledger *ledger;
    struct pairs_book book;
    struct pairs_key keys[2]; /* of an evaluation of two workloads */
};

static int scene_make(void **state)
{
    struct scene *scene = MEMORY_NEW(struct scene);
    struct err err = {0};
    strcpy(scene->state, "/tmp/cupel-book-XXXXXX");
    assert_non_null(mkdtemp(scene->state));
    assert_int_equal(ledger_open(&scene->ledger, scene->state, NULL, &err), 0);
    pairs_book_open(&scene->book, NULL, scene->state, &facts, &isolation);
    for (int i = 0; i < 2; i++)
        scene->keys[i] = (struct pairs_key){digest_of("change", 6), digest_of(i ? "two" : "one", 3)};
    *state = scene;
    return 0;
}

static int scene_remove(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    ledger_close(scene->ledger);
    pairs_book_close(&scene->book);
    assert_int_equal(folder_remove(scene->state, &err), 0);
    free(scene);
    return 0;
}

static void scene_append(struct scene *scene, const char *subject, const char *candidate, const char *body)
{
    struct err err = {0};
    const struct ledger_entry entry = {
        .kind = LEDGER_PAIR, .candidate = candidate, .subject = subject, .body = body};
    assert_int_equal(ledger_append(scene->ledger, &entry, 1, NULL, &err), 0);
}

static void scene_add(struct scene *scene, const char *candidate, const char *process,
                      enum pairs_family family, const char *environment, double cpu)
{
    char change[DIGEST_HEX];
    struct text bytes cleanup_text = {0};
    struct err err = {0};
    struct pairs_entry entry = {
        .process = digest_of(process, strlen(process)),
        .family = pairs_families[family],
        .workload = "sum",
        .environment = environment,
        .record = {.pair = {.phase = PHASE_NOISE}, .block = 3, .seconds = cpu},
    };
    entry.record.pair.base.value[METRIC_CPU] = cpu;
    digest_to_hex(&scene->keys[0].change, change);
    cJSON *body = pairs_entry_write(&entry);
    assert_int_equal(report_canonicalise(body, &bytes, &err), 0);
    cJSON_Delete(body);
    scene_append(scene, change, candidate, text_string(&bytes));
}

static int scene_recall(struct scene *scene, size_t index, struct pairs_found *found, struct err *err)
{
    const struct pairs_search search = {.own = scene->keys, .own_count = 2, .index = index};
    *found = (struct pairs_found){0};
    return scene->book.pairs.recall(scene->book.pairs.data, &search, found, err);
}

static void finds_its_own_pairs_and_counts_others(void **state)
{
    struct scene *scene = *state;
    struct pairs_found found;
    struct err err = {0};
    assert_int_equal(scene_recall(scene, 0, &found, &err), 0);
    assert_int_equal(found.past.count, 0);
    assert_int_equal(found.others, 0);
    scene_add(scene, "aaaa", "one", PAIRS_MAIN, HERE, 1);
    scene_add(scene, "aaaa", "two", PAIRS_MAIN, HERE, 10);   /* the other workload */
    scene_add(scene, "bbbb", "three", PAIRS_MAIN, HERE, 20); /* with other samples */
    scene_add(scene, "bbbb", "three", PAIRS_MAIN, HERE, 21);
    scene_add(scene, "cccc", "four", PAIRS_MAIN, HERE, 30);
    scene_add(scene, "dddd", "five", PAIRS_ATTRIBUTION, HERE, 40); /* explains, and has no say */
    scene_add(scene, "eeee", "one", PAIRS_MAIN, HERE, 2);
    assert_int_equal(scene_recall(scene, 0, &found, &err), 0);
    assert_int_equal(found.past.count, 2);
    assert_true(found.past.pairs[0].base.value[METRIC_CPU] == 1 &&
                found.past.pairs[1].base.value[METRIC_CPU] == 2);
    assert_int_equal(found.past.from.pairs, 2);
    assert_string_equal(found.past.from.evaluation, "eeee");
    assert_non_null(found.past.from.at);
    assert_null(found.past.from.environment);
    assert_true(found.past.last.block == 3 && found.past.last.seconds == 2);
    assert_int_equal(found.others, 2);
    measure_past_fini(&found.past);
    assert_int_equal(scene_recall(scene, 1, &found, &err), 0);
    assert_int_equal(found.past.count, 1);
    assert_int_equal(found.others, 2);
    measure_past_fini(&found.past);
}

/* It goes on all the same, and says so. */
static void another_environment_is_told(void **state)
{
    struct scene *scene = *state;
    struct pairs_found found;
    struct err err = {0};
    scene_add(scene, "aaaa", "one", PAIRS_MAIN, "a CPU of before", 1);
    scene_add(scene, "bbbb", "one", PAIRS_MAIN, HERE, 2);
    assert_int_equal(scene_recall(scene, 0, &found, &err), 0);
    assert_int_equal(found.past.count, 2);
    assert_string_equal(found.past.from.environment, "a CPU of before");
    measure_past_fini(&found.past);
}

/* What can't be read is no reason to begin anew. */
static void what_it_cannot_read_is_an_error(void **state)
{
    struct scene *scene = *state;
    struct pairs_found found;
    struct err err = {0};
    char change[DIGEST_HEX];
    digest_to_hex(&scene->keys[0].change, change);
    scene_add(scene, "aaaa", "one", PAIRS_MAIN, HERE, 1);
    scene_append(scene, change, "aaaa", "{\"process\":\"of a later cupel\"}");
    assert_int_equal(scene_recall(scene, 0, &found, &err), ERR_INVALID);
    assert_string_equal(err.message, "ledger entry 2: it holds no pair that this cupel can read");
    measure_past_fini(&found.past);
    scene->keys[0].change = digest_of("another", 7); /* others are not touched by it */
    assert_int_equal(scene_recall(scene, 0, &found, &err), 0);
}

static void more_pairs_than_can_be_are_refused(void **state)
{
    struct scene *scene = *state;
    struct pairs_found found;
    struct err err = {0};
    for (int i = 0; i < 1025; i++)
        scene_add(scene, "aaaa", "one", PAIRS_MAIN, HERE, 1);
    assert_int_equal(scene_recall(scene, 0, &found, &err), ERR_LIMIT);
    assert_string_equal(err.message, "ledger entry 1025: its process has more than 1024 pairs");
    measure_past_fini(&found.past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_its_own_pairs_and_counts_others, scene_make, scene_remove),
        cmocka_unit_test_setup_teardown(another_environment_is_told, scene_make, scene_remove),
        cmocka_unit_test_setup_teardown(what_it_cannot_read_is_an_error, scene_make, scene_remove),
        cmocka_unit_test_setup_teardown(more_pairs_than_can_be_are_refused, scene_make, scene_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
