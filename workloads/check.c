/*
 * Three passes of the base, unless its answers are known: the first answers stay as the reference, the third
 * is learned from as it comes. Then the candidate's pass, interrupted whenever enough differences wait to be
 * asked again, until one break is confirmed.
 *
 * Answers are looked at where check_pass does it, maybe on a pool thread: what the two on_answer touch,
 * nobody else does while a pass is in flight. Known answers are learned from likewise.
 *
 * A base that crashes, times out or changes shape ends the stage with a sentence, a candidate that can't be
 * started likewise: both are results. Errors are the sandbox's, or more answers than memory should hold.
 *
 * Exactly one pass, retry or learning is in flight at any time; cancelling cancels that one, or awaits the
 * learning, and its callback ends the stage.
 */
#include "workloads/check.h"

#include "base/machine.h"
#include "base/memory.h"
#include "workloads/check_pass.h"
#include "workloads/check_retry.h"
#include "workloads/offload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 *   base ──► candidate ⇄ again      (⇄: differences wait; not once a break is confirmed)
 *     └──────────┴─────────┴──► done
 */
enum { CHECK_BASE, CHECK_CANDIDATE, CHECK_AGAIN, CHECK_DONE, CHECK_STATES };

static const struct machine_state check_states[CHECK_STATES] = {
    [CHECK_BASE] = {"base", MACHINE_TO(CHECK_BASE) | MACHINE_TO(CHECK_CANDIDATE) | MACHINE_TO(CHECK_DONE),
                    "asking the base"},
    [CHECK_CANDIDATE] = {"candidate", MACHINE_TO(CHECK_AGAIN) | MACHINE_TO(CHECK_DONE),
                         "asking the candidate"},
    [CHECK_AGAIN] = {"again", MACHINE_TO(CHECK_CANDIDATE) | MACHINE_TO(CHECK_DONE),
                     "asking both again before a break is declared"},
    [CHECK_DONE] = {"done", MACHINE_FINAL, "the contract was checked"},
};

struct check {
    struct check_input input;
    struct machine machine;
    struct check_pass *pass;   /* in flight, or NULL */
    struct check_retry *retry; /* in flight, or NULL */
    struct offload learning;   /* from known answers */
    int base_passes;           /* finished */
    int asked_passes;          /* of them: without a tape */
    bool from_tape;            /* the pass in flight began on one */
    uint64_t pass_start_ns;
    double lane_seconds;              /* of all asked base passes: elapsed time × lanes */
    bool *answered;                   /* [sample] by the candidate; owned */
    size_t *indices;                  /* of the pass; owned */
    size_t progress;                  /* answers so far */
    size_t bytes;                     /* of the reference */
    size_t waiting[CHECK_RETRY_MOST]; /* samples to be asked again */
    struct answer waiting_answers[CHECK_RETRY_MOST];
    size_t waiting_count;
    bool broken; /* a break is confirmed */
    bool cancelled;
    struct err err;
    struct check_result result;
};

static void check_free(struct check *check)
{
    for (size_t i = 0; i < check->waiting_count; i++)
        answer_fini(&check->waiting_answers[i]);
    free(check->answered);
    free(check->indices);
    free(check->result.base_problem);
    free(check->result.start_problem);
    reference_fini(&check->result.reference);
    free(check);
}

static void check_finish(struct check *check, const struct err *err)
{
    machine_move(&check->machine, CHECK_DONE);
    check->input.done(&check->result, err, check->input.data);
    check_free(check);
}

static void check_tell_progress(void *data)
{
    struct check *check = data;
    size_t count = check->input.samples->count;
    size_t of = count * (check->input.candidate ? CHECK_BASE_PASSES + 1 : CHECK_BASE_PASSES);
    if (check->input.progress)
        check->input.progress(check->progress, of, machine_sentence(&check->machine), check->input.data);
}

static void check_refuse_base(struct check *check, char *sentence)
{
    check->result.base_unusable = true;
    if (check->result.base_problem)
        free(sentence);
    else
        check->result.base_problem = sentence;
}

static const struct reference *check_reference(const struct check *check)
{
    return check->input.known ? check->input.known : &check->result.reference;
}

static bool check_same(const struct check *check, size_t index, const struct answer *answer)
{
    return answer_is_identical(&check_reference(check)->answers[index], answer,
                               check->input.workload->compare_stderr);
}

static bool check_keep(struct check *check, struct answer *place, struct answer *answer)
{
    check->bytes += answer_weigh(answer);
    if (check->bytes > CHECK_ANSWERS_MOST) {
        err_set(&check->err, ERR_LIMIT,
                "workload %s: the base's answers to %zu samples take more than %zu MiB; use fewer samples",
                check->input.workload->name, check->input.samples->count, CHECK_ANSWERS_MOST >> 20);
        return false;
    }
    *place = *answer;
    *answer = (struct answer){0};
    return true;
}

/* Without a candidate the base stands in for it:
 * what its answers show, and what rules and noise excuse of them. */
static void check_record_base(struct check *check, size_t index,
                              const struct answer answers[static CHECK_BASE_PASSES])
{
    for (int pass = 1; pass < CHECK_BASE_PASSES; pass++)
        contract_record(check->input.contract, check->input.samples->items[index].id, &answers[0],
                        &answers[pass]);
}

/* Learns from all answers to one sample; false when they say that the base is unstable. */
static bool check_learn(struct check *check, size_t index)
{
    const struct reference *reference = check_reference(check);
    struct answer answers[CHECK_BASE_PASSES] = {reference->answers[index]};
    char *unstable = NULL;
    for (int pass = 1; pass < CHECK_BASE_PASSES; pass++) {
        const struct answer *later = &reference->later[pass - 1][index];
        answers[pass] = later->ended ? *later : answers[0]; /* what is kept has ended: see check_on_base() */
    }
    contract_learn(check->input.contract, check->input.samples->items[index].id, answers, CHECK_BASE_PASSES,
                   &unstable);
    if (unstable)
        check_refuse_base(check, unstable);
    else if (!check->input.candidate)
        check_record_base(check, index, answers);
    return !unstable;
}

static bool check_on_base(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    struct check *check = data;
    struct reference *reference = &check->result.reference;
    (void)figures;
    check->progress++;
    if (!answer->ended) {
        check_refuse_base(check, memory_format("sample \"%s\": the base's program: %s",
                                               check->input.samples->items[index].id, answer->ending));
        return false;
    }
    if (check->base_passes == 0)
        return check_keep(check, &reference->answers[index], answer);
    if (!check_same(check, index, answer) &&
        !check_keep(check, &reference->later[check->base_passes - 1][index], answer))
        return false;
    return check->base_passes < CHECK_BASE_PASSES - 1 || check_learn(check, index);
}

static void check_wait(struct check *check, size_t index, struct answer *answer)
{
    check->waiting[check->waiting_count] = index;
    check->waiting_answers[check->waiting_count++] = *answer;
    *answer = (struct answer){0};
}

static bool check_on_candidate(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    struct check *check = data;
    const struct answer *reference = &check_reference(check)->answers[index];
    const char *id = check->input.samples->items[index].id;
    (void)figures;
    check->progress++;
    check->answered[index] = true;
    if (strncmp(answer->ending, WORKLOAD_NOT_STARTED, strlen(WORKLOAD_NOT_STARTED)) == 0) {
        check->result.start_problem =
            memory_format("sample \"%s\": the candidate's program %s", id, answer->ending);
        return false;
    }
    bool differs = !check_same(check, index, answer) &&
                   contract_compare_at(check->input.contract, id, reference, answer) == CONTRACT_DIFFERENT;
    if (!differs || check->broken) {
        contract_record(check->input.contract, id, reference, answer);
        return true;
    }
    check_wait(check, index, answer);
    return !check_retry_is_full(check->waiting_answers, check->waiting_count);
}

static void check_on_pass(const struct err *err, void *data);

static int check_ask(struct check *check, size_t count, struct err *err)
{
    bool base = check->machine.state == CHECK_BASE;
    struct check_pass_input input = {
        .context = check->input.context,
        .workload = check->input.workload,
        .samples = check->input.samples,
        .arm = base ? check->input.base : check->input.candidate,
        .indices = check->indices,
        .count = count,
        .tape = check->input.tape,
        .reference = check_reference(check),
        .on_answer = base ? check_on_base : check_on_candidate,
        .on_looked = check_tell_progress,
        .on_done = check_on_pass,
        .data = check,
    };
    check->pass_start_ns = uv_hrtime();
    check->from_tape = tape_is_playing(check->input.tape);
    return check_pass_start(&check->pass, &input, err);
}

static void check_on_retry(size_t broken, const char *unstable, const struct err *err, void *data);

static int check_ask_again(struct check *check, struct err *err)
{
    struct check_retry_input input = {
        .context = check->input.context,
        .workload = check->input.workload,
        .samples = check->input.samples,
        .base = check->input.base,
        .candidate = check->input.candidate,
        .contract = check->input.contract,
        .reference = check_reference(check),
        .indices = check->waiting,
        .answers = check->waiting_answers,
        .count = check->waiting_count,
        .tape = check->input.tape,
        .done = check_on_retry,
        .data = check,
    };
    int code = check_retry_start(&check->retry, &input, err);
    check->waiting_count = code < 0 ? check->waiting_count : 0;
    return code;
}

/* What comes next, from what is known; the only place that starts anything. */
static void check_tick(struct check *check)
{
    size_t count = 0;
    int next = CHECK_CANDIDATE;
    if (check->cancelled && check->err.code == 0)
        err_set(&check->err, ERR_CANCELLED, "cancelled");
    if (check->base_passes < CHECK_BASE_PASSES)
        next = CHECK_BASE;
    else if (check->waiting_count > 0)
        next = CHECK_AGAIN;
    for (size_t i = 0; i < check->input.samples->count; i++) {
        if (next == CHECK_BASE || (next == CHECK_CANDIDATE && !check->answered[i]))
            check->indices[count++] = i;
    }
    bool over = check->result.base_unusable || check->result.start_problem ||
                (next == CHECK_CANDIDATE && (!check->input.candidate || count == 0));
    if (check->err.code || over) {
        check_finish(check, check->err.code ? &check->err : NULL);
        return;
    }
    machine_move(&check->machine, next);
    check_tell_progress(check);
    if ((next == CHECK_AGAIN ? check_ask_again(check, &check->err) : check_ask(check, count, &check->err)) <
        0)
        check_finish(check, &check->err);
}

/* How quickly a tape plays says nothing about the programs; what the recorded ones took stands on it. */
static void check_end_base_pass(struct check *check)
{
    size_t count = check->input.samples->count;
    double elapsed = (double)(uv_hrtime() - check->pass_start_ns) / 1e9;
    check->base_passes++;
    if (check->from_tape) {
        check->result.reference.sample_seconds = tape_sample_seconds(check->input.tape);
        return;
    }
    check->asked_passes++;
    check->lane_seconds += elapsed * (double)check_pass_lanes(check->input.base, count);
    check->result.reference.sample_seconds =
        check->lane_seconds / (double)(count * (size_t)check->asked_passes);
}

static void check_on_pass(const struct err *err, void *data)
{
    struct check *check = data;
    check->pass = NULL;
    if (err && check->err.code == 0)
        check->err = *err;
    if (check->machine.state == CHECK_BASE)
        check_end_base_pass(check);
    check_tick(check);
}

static void check_on_retry(size_t broken, const char *unstable, const struct err *err, void *data)
{
    struct check *check = data;
    check->retry = NULL;
    check->broken = check->broken || broken > 0;
    if (err)
        check->err = *err;
    if (unstable)
        check_refuse_base(check, memory_copy_string(unstable));
    check_tick(check);
}

/* Known answers are learned from like fresh ones; they were stable when they were new. */
static void check_learn_known(void *data)
{
    struct check *check = data;
    bool stable = true;
    for (size_t i = 0; stable && i < check->input.samples->count; i++)
        stable = check_learn(check, i);
}

static void check_on_learned(void *data)
{
    check_tick(data);
}

/* What is the first to be asked; behind more to learn than little, from the loop. */
static int check_begin(struct check *check, struct err *err)
{
    const struct reference *known = check->input.known;
    size_t count = check->input.samples->count;
    for (size_t i = 0; i < count; i++)
        check->indices[i] = i;
    if (!known) {
        reference_init(&check->result.reference, count);
        return check_ask(check, count, err);
    }
    check->base_passes = CHECK_BASE_PASSES;
    if (!offload_start(&check->learning, check->input.context->loop, reference_weigh_all(known),
                       check_learn_known, check_on_learned, check))
        return 0;
    machine_move(&check->machine, CHECK_CANDIDATE);
    return check_ask(check, count, err);
}

int check_start(struct check **out, const struct check_input *input, struct err *err)
{
    struct check *check = MEMORY_NEW(struct check);
    size_t count = input->samples->count;
    check->input = *input;
    assert(!input->known || (input->candidate && input->known->count == count && count > 0));
    machine_init(&check->machine, check_states, CHECK_STATES, CHECK_BASE);
    check->answered = memory_zeroed(count + 1);
    check->indices = memory_zeroed((count + 1) * sizeof *check->indices);
    if (check_begin(check, err) < 0) {
        check_free(check);
        return err->code;
    }
    *out = check;
    return 0;
}

void check_cancel(struct check *check)
{
    check->cancelled = true;
    if (check->pass)
        check_pass_cancel(check->pass);
    else if (check->retry)
        check_retry_cancel(check->retry);
}
