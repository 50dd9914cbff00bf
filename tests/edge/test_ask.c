/* Asking changed requests: what the base does wrong is counted, what it answers is held against. */
#include "base/memory.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/edge/ask.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct fake_scene fake;
    struct edge_values values;
    struct sample_set samples;
    struct edges edges;
    struct reference reference;
    struct edge_ask *ask; /* in flight */
    int calls;
    int code;
    char message[256];
    struct edge_counts counts;
};

static const char scene_values[] =
    "{\"parameters\": [{\"do\": \"absent\", \"nothing\": true}, {\"set\": "
    "\"0\", \"nothing\": true}, {\"set\": \"\", "
    "\"nothing\": true}, \"crash\", \"waver\", \"refuse\", \"silent\", \"hide\", \"7\"]}";

static struct scene *scene_now; /* of the answers */

static void scene_init_of(struct scene *scene, const char *values)
{
    struct json_file file;
    struct err err = {0};
    static const char samples[] = "{\"id\": \"a\", \"args\": [\"--status=3\"]}\n";
    *scene = (struct scene){0};
    scene_now = scene;
    fake_scene_init(&scene->fake);
    assert_int_equal(json_file_read(&file, "values", values, strlen(values), NULL, &err), 0);
    assert_int_equal(edge_values_read(&scene->values, &file, json_root(file.document), &err), 0);
    json_file_fini(&file);
    assert_int_equal(samples_parse(&scene->samples, "samples", samples, strlen(samples), &err), 0);
    const struct edges_input input = {.values = &scene->values, .samples = &scene->samples, .most = 50};
    edges_choose(&scene->edges, &input);
    scene->reference.count = 1;
    scene->reference.answers = memory_zeroed(sizeof *scene->reference.answers);
    scene->reference.answers[0].ended = true;
}

static void scene_init(struct scene *scene)
{
    scene_init_of(scene, scene_values);
    assert_int_equal(scene->edges.set.count, 9);
}

static void scene_fini(struct scene *scene)
{
    edges_fini(&scene->edges);
    reference_fini(&scene->reference);
    samples_fini(&scene->samples);
    edge_values_fini(&scene->values);
    fake_scene_fini(&scene->fake);
}

static void scene_done(const struct edge_counts *counts, const char *start_problem, const struct err *err,
                       void *data)
{
    struct scene *scene = data;
    scene->calls++;
    scene->ask = NULL;
    scene->code = err ? err->code : 0;
    snprintf(scene->message, sizeof scene->message, "%.255s", err ? err->message : "");
    scene->counts = *counts;
    assert_null(start_problem);
}

static void scene_ask(struct scene *scene, double seconds)
{
    struct err err = {0};
    const struct edge_ask_input input = {
        .context = &scene->fake.context,
        .workload = &scene->fake.workload,
        .edges = &scene->edges,
        .reference = &scene->reference,
        .base = &scene->fake.base,
        .candidate = &scene->fake.candidate,
        .contract = scene->fake.contract,
        .seconds = seconds,
        .done = scene_done,
        .data = scene,
    };
    fake.data = scene;
    if (edge_ask_start(&scene->ask, &input, &err) < 0) {
        scene->code = err.code;
        snprintf(scene->message, sizeof scene->message, "%.255s", err.message);
        return;
    }
    assert_int_equal(scene->calls, 0);
    uv_run(&scene->fake.loop, UV_RUN_DEFAULT);
    assert_int_equal(scene->calls, 1);
}

/* The base takes no status, 0 and "" for all; the candidate takes a 0 literally, and hides what nobody asked
 * for. */
static void answer_orders(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    const char *argument = scene_now->edges.set.items[index].args[0];
    const char *status = argument ? strchr(argument, '=') + 1 : "";
    bool candidate = arm->side == ARM_CANDIDATE;
    (void)self;
    (void)figures;
    if (strcmp(status, "crash") == 0) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGABRT");
    } else if (strcmp(status, "waver") == 0) {
        fake_say(answer, count % 2 == (size_t)candidate ? "[]" : "{\"a\":1}");
    } else if (strcmp(status, "refuse") == 0) {
        answer->status = 2;
        fake_say(answer, "{\"error\":1}");
    } else if (strcmp(status, "silent") == 0) {
        answer->status = 2;
    } else if (strcmp(status, "0") == 0 && candidate) {
        fake_say(answer, "{\"items\":[]}");
    } else if (*status == '\0' || strcmp(status, "0") == 0) {
        fake_say(answer, "{\"items\":[1,2,3]}");
    } else {
        fake_say(answer, "{\"items\":[%d]}", strcmp(status, "hide") == 0 && candidate ? 2 : 1);
    }
}

static void test_counts(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    fake.answer = answer_orders;
    scene_ask(&scene, 60);
    assert_int_equal(scene.code, 0);
    assert_int_equal(scene.counts.planned, 9);
    assert_int_equal(scene.counts.tried, 9);
    assert_int_equal(scene.counts.crashed, 1);
    assert_int_equal(scene.counts.unstable, 1);
    assert_int_equal(scene.counts.refused, 2);
    assert_int_equal(scene.counts.compared, 7);
    assert_int_equal(scene.counts.different, 2);
    assert_int_equal(scene.counts.left_out, 0);
    struct contract_summary summary;
    contract_summarise(scene.fake.contract, &summary);
    assert_int_equal(summary.samples, 0); /* none of production's */
    assert_int_equal(summary.finding_count, 2);
    assert_int_equal(summary.findings[0].class, CLASS_EMPTIED);
    assert_string_equal(summary.findings[0].sample, "a with --status=0");
    assert_string_equal(summary.findings[0].remark,
                        "the base treats 0, \"\" and an absent `status` alike; the candidate no longer does");
    assert_string_equal(summary.findings[1].sample, "a with --status=hide");
    assert_null(summary.findings[1].remark);
    contract_summary_fini(&summary);
    scene_fini(&scene);
}

/* Alike at first: but of "waver" the base says something else each time, and "mute" says what can't be read.
 */
static void answer_unsteadily(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    const char *status = strchr(scene_now->edges.set.items[index].args[0], '=') + 1;
    bool candidate = arm->side == ARM_CANDIDATE;
    (void)self;
    (void)figures;
    if (strcmp(status, "waver") == 0)
        fake_say(answer, count % 2 == (size_t)candidate ? "{\"items\":[1,2,3]}" : "{}");
    else if (strncmp(status, "mute", 4) == 0)
        fake_say(answer, "what is %s?", status);
    else
        fake_say(answer, strcmp(status, "0") == 0 && candidate ? "{\"items\":[]}" : "{\"items\":[1,2,3]}");
    answer->status = candidate && strcmp(status, "mute") == 0;
}

/* What both say is spoken of, and nothing that is not known of both: 0 is alike to "" alone. */
static void test_remarks(void **state)
{
    (void)state;
    static const struct {
        const char *values, *remark;
    } rows[] = {
        {"{\"set\": \"0\", \"nothing\": true}, {\"set\": \"waver\", \"nothing\": true}, {\"set\": \"\", "
         "\"nothing\": true}",
         "the base treats a `status` of 0 and \"\" alike; the candidate no longer does"},
        {"{\"set\": \"0\", \"nothing\": true}, {\"set\": \"waver\", \"nothing\": true}", NULL},
        {"{\"set\": \"mute\", \"nothing\": true}, {\"set\": \"mute2\", \"nothing\": true}", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        char values[256];
        snprintf(values, sizeof values, "{\"parameters\": [%s]}", rows[i].values);
        scene_init_of(&scene, values);
        scene.fake.workload.stdout_kind = WORKLOAD_STDOUT_JSON;
        fake.answer = answer_unsteadily;
        scene_ask(&scene, 60);
        struct contract_summary summary;
        contract_summarise(scene.fake.contract, &summary);
        assert_true(summary.finding_count > 0);
        if (rows[i].remark)
            assert_string_equal(summary.findings[0].remark, rows[i].remark);
        else
            assert_null(summary.findings[0].remark);
        contract_summary_fini(&summary);
        scene_fini(&scene);
    }
}

/* A worker that was lost before it could be asked says nothing of the request. */
static void answer_late(struct fake *self, const struct arm *arm, size_t index, size_t count,
                        struct answer *answer, struct figures *figures)
{
    if (count > 0 || index % 3 != 0) {
        answer_orders(self, arm, index, count, answer, figures);
        return;
    }
    answer->ended = false;
    snprintf(answer->ending, sizeof answer->ending, "not asked: 8 workers had failed before");
}

static void test_not_asked(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    fake.answer = answer_late;
    scene_ask(&scene, 60);
    assert_int_equal(scene.counts.tried, 9);
    assert_int_equal(scene.counts.crashed, 1);
    assert_int_equal(scene.counts.different, 2);
    scene_fini(&scene);
}

static void test_no_time(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    fake.answer = answer_orders;
    scene_ask(&scene, 0);
    assert_int_equal(scene.code, 0);
    assert_int_equal(scene.counts.planned, 9);
    assert_int_equal(scene.counts.left_out, scene.counts.planned - scene.counts.tried);
    assert_int_equal(scene.counts.compared, 0);
    scene_fini(&scene);
}

/* A worker that takes long to start: of the base, and of the candidate, behind an answer that differed. */
static void test_end_of_time(void **state)
{
    static const struct {
        size_t at, tried;
        bool differs;        /* and is confirmed behind the end of the time */
        size_t stderr_bytes; /* whether answers are looked at on the pool */
    } ends[] = {{2, 0, false, 0}, {5, 1, false, OFFLOAD_LIGHT + 1}, {6, 2, true, OFFLOAD_LIGHT + 1}};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct scene scene;
        scene_init(&scene);
        fake.answer = answer_orders;
        fake.hang_at = ends[i].at;
        fake_stderr_bytes = ends[i].stderr_bytes;
        scene_ask(&scene, 0.5);
        assert_int_equal(scene.code, 0);
        assert_int_equal(scene.counts.tried, ends[i].tried);
        assert_int_equal(scene.counts.different, ends[i].differs);
        assert_int_equal(scene.counts.left_out, scene.counts.planned - scene.counts.tried);
        scene_fini(&scene);
    }
    fake_stderr_bytes = 0;
}

static void act_cancel(struct fake *self)
{
    struct scene *scene = self->data;
    edge_ask_cancel(scene->ask);
}

/* Cancelled, or left alone by the sandbox, at every answer that there is: one callback, nothing left behind.
 */
static void test_every_end(void **state)
{
    (void)state;
    struct scene scene;
    size_t all = 0;
    for (int how = 0; how < 3; how++) {
        for (size_t at = 1; at == 1 || at <= all; at += at < 12 ? 1 : 17) {
            scene_init(&scene);
            fake.answer = answer_orders;
            fake.act_at = how == 0 ? at : 0;
            fake.act = act_cancel;
            fake.fail_answer = how == 1 ? at : 0;
            fake.fail_start = how == 2 ? at : 0;
            scene_ask(&scene, 60);
            if (how < 2 || at <= fake.starts) {
                assert_int_equal(scene.code, how == 0 ? ERR_CANCELLED : ERR_SYSTEM);
                assert_string_equal(scene.message, how == 0   ? "cancelled"
                                                   : how == 1 ? "the zygote is gone"
                                                              : "no more processes");
            }
            bool behind = how == 2 && at > fake.starts;
            scene_fini(&scene);
            if (behind)
                break;
            if (all == 0) { /* how many there are */
                scene_init(&scene);
                fake.answer = answer_orders;
                scene_ask(&scene, 60);
                all = fake.answers;
                scene_fini(&scene);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_remarks),     cmocka_unit_test(test_not_asked),
        cmocka_unit_test(test_no_time), cmocka_unit_test(test_end_of_time), cmocka_unit_test(test_every_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
