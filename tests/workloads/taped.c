#include "tests/workloads/taped.h"

#include "base/memory.h"
#include "tests/workloads/tape_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void taped_tell_part(struct text *text, const char *name, const struct answer_part *part)
{
    text_printf(text, " %s %d %d %zu ", name, part->present, part->cut, part->length);
    if (part->length)
        text_append(text, part->bytes, part->length);
}

static void taped_tell_answer(struct text *text, const struct answer *answer)
{
    text_printf(text, "%d %d \"%s\" %u", answer->ended, answer->status, answer->ending, answer->leftovers);
    taped_tell_part(text, "out", &answer->out);
    taped_tell_part(text, "error", &answer->error);
    for (size_t i = 0; i < answer->output_count; i++)
        taped_tell_part(text, "output", &answer->outputs[i]);
    text_append_char(text, '\n');
}

static void taped_tell_reference(struct text *text, const struct reference *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        text_printf(text, "reference %zu: ", i);
        taped_tell_answer(text, &reference->answers[i]);
        for (size_t k = 0; k < CHECK_BASE_PASSES - 1; k++)
            taped_tell_answer(text, &reference->later[k][i]);
    }
}

static void taped_tell_summary(struct text *text, const struct contract *contract)
{
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    text_printf(text, "samples %zu fields %zu not compared %zu tolerated %zu dropped %zu\n", summary.samples,
                summary.fields, summary.not_compared, summary.tolerated, summary.findings_dropped);
    for (size_t i = 0; i < summary.finding_count; i++) {
        const struct finding *one = &summary.findings[i];
        text_printf(text, "%s %s %s %s %zu %s %s %s\n", finding_class_name(one->class), one->part,
                    one->pattern, one->pointer, one->count, one->sample, one->before ? one->before : "-",
                    one->after ? one->after : "-");
    }
    for (size_t i = 0; i < summary.excuse_count; i++) {
        const struct excuse *one = &summary.excuses[i];
        text_printf(text, "excused %s %s by %s %zu, %zu of %zu %s\n", one->part, one->pattern, one->by,
                    one->count, one->evidence, one->asked, finding_class_name(one->class));
    }
    contract_summary_fini(&summary);
}

void taped_on_done(struct check_result *result, const struct err *err, void *data)
{
    struct taped *trial = data;
    assert_false(trial->done);
    trial->done = true;
    trial->check = NULL;
    trial->code = err ? err->code : 0;
    text_printf(&trial->found, "%s, base %d %s, start %s\n", err ? err->message : "ok", result->base_unusable,
                result->base_problem ? result->base_problem : "-",
                result->start_problem ? result->start_problem : "-");
    trial->reference = result->reference;
    result->reference = (struct reference){0};
    taped_tell_reference(&trial->found, &trial->reference);
}

static void taped_on_progress(size_t done, size_t of, const char *what, void *data)
{
    struct taped *trial = data;
    (void)done, (void)of, (void)what;
    if (++trial->progress != trial->cancel_at || !trial->check)
        return;
    check_cancel(trial->check);
    check_cancel(trial->check);
}

static void taped_make_samples(const struct taped *trial, struct fake_scene *scene, struct sample *items)
{
    if (trial->samples == FAKE_SAMPLES)
        return;
    scene->set = (struct sample_set){.items = items, .count = trial->samples};
    for (size_t i = 0; i < trial->samples; i++) {
        items[i] = scene->samples[0];
        items[i].id = memory_format("s%zu", i);
    }
}

void taped_run(struct taped *trial, struct tape *tape)
{
    struct fake_scene scene;
    struct sample items[TAPED_MANY] = {{0}};
    struct err err = {0};
    fake_scene_init(&scene);
    scene.base.lanes = scene.candidate.lanes = 4;
    scene.candidate.slot = 4;
    taped_make_samples(trial, &scene, items);
    fake.answer = trial->answer;
    fake.stagger = trial->stagger;
    const struct check_input input = {.context = &scene.context,
                                      .workload = &scene.workload,
                                      .samples = &scene.set,
                                      .base = &scene.base,
                                      .candidate = trial->base_alone ? NULL : &scene.candidate,
                                      .known = trial->known,
                                      .tape = tape,
                                      .contract = scene.contract,
                                      .progress = taped_on_progress,
                                      .done = taped_on_done,
                                      .data = trial};
    assert_int_equal(check_start(&trial->check, &input, &err), 0);
    assert_false(trial->done);
    if (tape_is_playing(tape))
        assert_int_equal(fake.starts, 0);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    assert_true(trial->done);
    taped_tell_summary(&trial->found, scene.contract);
    trial->asked = fake.answers;
    for (size_t i = 0; i < TAPED_MANY; i++)
        free(items[i].id);
    fake_scene_fini(&scene);
}

void taped_fini(struct taped *trial)
{
    text_fini(&trial->found);
    reference_fini(&trial->reference);
}

struct digest taped_record(struct taped *trial)
{
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    assert_int_equal(tape_record(&tape, tape_path, &err), 0);
    taped_run(trial, tape);
    assert_int_equal(tape_finish(tape, trial->reference.sample_seconds, &digest, &err), 0);
    tape_free(tape);
    return digest;
}

void taped_answer_nonsense(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    fake_say(answer, "asked %d %zu %zu", arm->side, index, count);
}
