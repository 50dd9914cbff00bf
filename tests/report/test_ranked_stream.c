/* A batch that is shown one document at a time reads as one that is in memory as a whole. */
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked_stream.h"
#include "tests/report/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Fails at that load, counted from 0. */
struct stream {
    size_t loads;
    size_t fail_at;
};

static int stream_load(size_t index, struct ranked_entry *entry, void *data, struct err *err)
{
    struct stream *stream = data;
    if (stream->loads++ == stream->fail_at)
        return err_set(err, ERR_SYSTEM, "report %zu is gone", index);
    entry->sign_off_state = scene.entries[index].sign_off_state;
    entry->duplicates = scene.entries[index].duplicates;
    return report_view_parse(text_string(&scene.canonical[index]), scene.canonical[index].length,
                             &entry->document, &entry->digest, err);
}

static int stream_append(const char *bytes, size_t length, void *data, struct err *err)
{
    (void)err;
    text_append(data, bytes, length);
    return 0;
}

static void stream_assert_alike(const struct ranked_batch *batch)
{
    struct stream stream = {.fail_at = SIZE_MAX};
    const struct ranked_source source = {.count = scene.count, .load = stream_load, .data = &stream};
    struct text full cleanup_text = {0};
    struct text streamed cleanup_text = {0};
    struct err err = {0};
    cJSON *brief = NULL;
    assert_int_equal(0, ranked_write_json(&source, batch, stream_append, &streamed, &err));
    assert_int_equal(0, ranked_view_brief(&source, batch, &brief, &err));
    cJSON *view = scene_view(batch);
    assert_int_equal(0, report_canonicalise(view, &full, &err));
    assert_string_equal(text_string(&full), text_string(&streamed));
    for (int width = 60; width <= 120; width += 60) {
        struct text expected cleanup_text = {0};
        struct text found cleanup_text = {0};
        report_format_text(view, true, width, &expected);
        report_format_text(brief, true, width, &found);
        assert_string_equal(text_string(&expected), text_string(&found));
    }
    text_clear(&full);
    text_clear(&streamed);
    report_format_markdown(view, &full);
    report_format_markdown(brief, &streamed);
    assert_string_equal(text_string(&full), text_string(&streamed));
    cJSON_Delete(view);
    cJSON_Delete(brief);
}

static void few_read_alike(void **state)
{
    (void)state;
    static const struct ranked_conflict conflict = {"0123", "4567", "both change src/a.c"};
    struct ranked_batch batch = scene_batch;
    struct evidence evidence;
    struct policy policy = case_policy;
    static char currency[] = "EUR";
    policy.price = (struct policy_price){.cpu_hour = 0.04, .requests_a_day = 1e8, .currency = currency};
    scene_add_few();
    case_recommended(&evidence);
    scene_name(&evidence, "two workloads.patch");
    case_add_workload(&evidence, "rank", 0.3, OUTCOME_UNDECIDED);
    case_add_finding(&evidence.workloads[1], CLASS_VALUE, "/a", "1", "2");
    case_add_finding(&evidence.workloads[1], CLASS_VALUE, "/b", "1", "2");
    case_add_finding(&evidence.workloads[0], CLASS_KEY_ORDER, "", "{}", "{}");
    evidence.claim.rationale = memory_copy_string("walks it once");
    scene_add(&evidence, &policy, NULL);
    case_recommended(&evidence);
    scene_name(&evidence, "priced.patch");
    case_add_workload(&evidence, "rank", 0.3, OUTCOME_IMPROVED);
    evidence.workloads[0].measurement.noise_floor[METRIC_CPU] = 0.04; /* another top level than the first's */
    scene_add(&evidence, &policy, NULL);
    batch.conflicts = &conflict;
    batch.conflict_count = 1;
    batch.conflicts_checked = true;
    stream_assert_alike(&batch);
    scene_fini();
}

static void none_read_alike(void **state)
{
    (void)state;
    stream_assert_alike(&scene_batch);
}

/* Every load may fail, and its words come out. */
static void failed_loads_are_told(void **state)
{
    (void)state;
    scene_add_few();
    for (size_t fail_at = 0;; fail_at++) {
        struct stream stream = {.fail_at = fail_at};
        const struct ranked_source source = {.count = scene.count, .load = stream_load, .data = &stream};
        struct text streamed cleanup_text = {0};
        struct err err = {0};
        cJSON *brief = NULL;
        int status = ranked_write_json(&source, &scene_batch, stream_append, &streamed, &err);
        if (status == 0)
            break;
        assert_int_equal(status, ERR_SYSTEM);
        assert_non_null(strstr(err.message, " is gone"));
        stream.loads = 0;
        status = ranked_view_brief(&source, &scene_batch, &brief, &err);
        assert_int_equal(status == 0, fail_at > scene.count);
        cJSON_Delete(brief);
    }
    for (size_t i = 0; i < scene.count; i++)
        cJSON_Delete(scene.entries[i].document);
    scene_fini();
}

static int stream_refuse(const char *bytes, size_t length, void *data, struct err *err)
{
    size_t *left = data;
    (void)bytes;
    if (length > *left)
        return err_set(err, ERR_SYSTEM, "no space left");
    *left -= length;
    return 0;
}

/* A full disk, wherever in the report. */
static void failed_writes_are_told(void **state)
{
    (void)state;
    struct stream stream = {.fail_at = SIZE_MAX};
    scene_add_few();
    const struct ranked_source source = {.count = scene.count, .load = stream_load, .data = &stream};
    struct text whole cleanup_text = {0};
    struct err err = {0};
    assert_int_equal(0, ranked_write_json(&source, &scene_batch, stream_append, &whole, &err));
    for (size_t room = 0; room < whole.length; room += 1 + whole.length / 20) {
        size_t left = room;
        assert_int_equal(ERR_SYSTEM, ranked_write_json(&source, &scene_batch, stream_refuse, &left, &err));
        assert_string_equal(err.message, "no space left");
    }
    for (size_t i = 0; i < scene.count; i++)
        cJSON_Delete(scene.entries[i].document);
    scene_fini();
}

static double milliseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void a_thousand_are_shown(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < SCENE_ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "candidate-%04d", i);
        if (i % 50 == 0)
            scene_add_recommended(name, 0.15 + i / 1e4, 10, NULL);
        else
            scene_add_refused(name);
    }
    struct timespec start;
    struct text out cleanup_text = {0};
    struct text markdown cleanup_text = {0};
    struct text json cleanup_text = {0};
    struct err err = {0};
    clock_gettime(CLOCK_MONOTONIC, &start);
    cJSON *view = scene_view(&scene_batch);
    double viewed = milliseconds_since(&start);
    report_format_text(view, false, 120, &out);
    double shown = milliseconds_since(&start);
    report_format_markdown(view, &markdown);
    double marked = milliseconds_since(&start);
    assert_int_equal(0, report_canonicalise(view, &json, &err));
    printf("1,000 candidates: view %.0f ms, text %.0f ms, Markdown %.0f ms, JSON %.0f ms (%zu bytes)\n",
           viewed, shown - viewed, marked - shown, milliseconds_since(&start) - marked, json.length);
    assert_non_null(strstr(text_string(&out), "cupel: 20 of 1,000 candidates recommended"));
    assert_non_null(strstr(text_string(&out), "and 972 more: cupel list, cupel show ID"));
    assert_true(count_lines(text_string(&out)) < 250);
    assert_true(markdown.length < 60000); /* a forge's comment takes 65,536 characters */
    cJSON_Delete(view);
    scene_fini();
}

/* What stays in memory of a candidate is a small part of what its document holds. */
static void brief_is_brief(void **state)
{
    (void)state;
    struct stream stream = {.fail_at = SIZE_MAX};
    struct text bytes cleanup_text = {0};
    struct err err = {0};
    struct evidence evidence;
    cJSON *brief = NULL;
    case_recommended(&evidence);
    case_set_pairs(evidence.workloads, 70, 0.8);
    evidence.stages[STAGE_BUILD].log = memory_zeroed(4097);
    memset(evidence.stages[STAGE_BUILD].log, 'x', 4096);
    scene_add(&evidence, &case_policy, NULL);
    const struct ranked_source source = {.count = 1, .load = stream_load, .data = &stream};
    assert_int_equal(0, ranked_view_brief(&source, &scene_batch, &brief, &err));
    const cJSON *candidate = cJSON_GetArrayItem(member_get(brief, "candidates"), 0);
    assert_int_equal(0, report_canonicalise(candidate, &bytes, &err));
    assert_true(scene.canonical[0].length > 25000);
    assert_true(bytes.length < 2500);
    cJSON_Delete(brief);
    cJSON_Delete(scene.entries[0].document);
    scene_fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_read_alike),        cmocka_unit_test(none_read_alike),
        cmocka_unit_test(failed_loads_are_told), cmocka_unit_test(failed_writes_are_told),
        cmocka_unit_test(a_thousand_are_shown),  cmocka_unit_test(brief_is_brief),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
