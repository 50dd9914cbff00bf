#include "workloads/reduce/reduction.h"

#include "base/machine.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"
#include "workloads/contract/table.h"
#include "workloads/reduce/explain.h"
#include "workloads/reduce/trial.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define REDUCTION_WHOLE_TRIES 4 /* a candidate may be wrong only now and then */
#define REDUCTION_TURNS_EACH  8 /* turns for each input that may be named: most were named before */

/*
 *   whole ──► drop ──► hoist ──► shorten ──► explain ──► over
 *     │        ▲                   │
 *     └► over  └───────────────────┘  (something became smaller)
 */
enum {
    REDUCTION_WHOLE,
    REDUCTION_DROP,
    REDUCTION_HOIST,
    REDUCTION_SHORTEN,
    REDUCTION_EXPLAIN,
    REDUCTION_OVER,
    REDUCTION_STATES
};

static const struct machine_state reduction_states[REDUCTION_STATES] = {
    [REDUCTION_WHOLE] = {"whole", MACHINE_TO(REDUCTION_DROP) | MACHINE_TO(REDUCTION_OVER),
                         "the sample as it is"},
    [REDUCTION_DROP] = {"drop", MACHINE_TO(REDUCTION_HOIST), "parts are left out"},
    [REDUCTION_HOIST] = {"hoist", MACHINE_TO(REDUCTION_SHORTEN), "containers give way to what is in them"},
    [REDUCTION_SHORTEN] = {"shorten", MACHINE_TO(REDUCTION_DROP) | MACHINE_TO(REDUCTION_EXPLAIN),
                           "values become shorter"},
    [REDUCTION_EXPLAIN] = {"explain", MACHINE_TO(REDUCTION_OVER), "values are replaced by others near them"},
    [REDUCTION_OVER] = {"over", MACHINE_FINAL, "over"},
};

struct reduction {
    const struct sample *original;
    const struct sample_set *others; /* NULL: none */
    struct machine machine;
    struct tree tree;
    const atomic_bool *stop;  /* nothing more is named; borrowed; may be set from another thread */
    size_t steps, steps_most; /* inputs named */
    size_t turns;             /* inputs made, with those that were not named */
    size_t whole;             /* tries of the sample as it is */
    size_t round;             /* of the three stages that make it smaller */
    bool changed;             /* in this round */
    uint32_t *queue;          /* places of the stage, outer ones first; owned */
    size_t queue_at, queue_count, queue_capacity;
    struct trial trial;    /* of the place under way */
    uint32_t outer, inner; /* the place under way of a hoist; TREE_NONE: none is */
    struct explain explain;
    struct sample input; /* named, and not told of yet */
    bool asked;          /* there is such */
    bool counts;         /* what came of it, or is known of it, says something of the difference */
    uint64_t key;        /* of it */
    struct sample best;
    size_t best_bytes;
    bool shown;          /* there is a best */
    struct table hidden; /* keys of inputs that don't show the difference: 1, or 0 where that says nothing */
};

size_t reduction_weigh(const struct sample *sample)
{
    size_t bytes = sample->stdin_length + sample->request_length;
    for (char *const *argument = sample->args; *argument; argument++)
        bytes += strlen(*argument) + 1;
    for (char *const *variable = sample->environment; *variable; variable++)
        bytes += strlen(*variable) + 1;
    return bytes;
}

static uint64_t reduction_hash_strings(uint64_t hash, char *const *strings)
{
    for (; *strings; strings++)
        hash = hash_bytes(hash, *strings, strlen(*strings));
    return hash_mix(hash, 1);
}

static uint64_t reduction_hash(const struct sample *sample)
{
    uint64_t hash = reduction_hash_strings(hash_seed(), sample->args);
    hash = reduction_hash_strings(hash, sample->environment);
    hash = hash_bytes(hash, sample->stdin_bytes ? sample->stdin_bytes : "", sample->stdin_length);
    return hash_bytes(hash, sample->request ? sample->request : "", sample->request_length);
}

struct reduction *reduction_new(const struct sample *sample, size_t steps_most, const atomic_bool *stop)
{
    struct reduction *reduction = MEMORY_NEW(struct reduction);
    assert(reduction_weigh(sample) <= REDUCTION_BYTES_MOST);
    reduction->original = sample;
    reduction->steps_most = steps_most;
    reduction->stop = stop;
    machine_init(&reduction->machine, reduction_states, REDUCTION_STATES, REDUCTION_WHOLE);
    return reduction;
}

void reduction_compare_with(struct reduction *reduction, const struct sample_set *others)
{
    reduction->others = others;
}

void reduction_free(struct reduction *reduction)
{
    trial_end(&reduction->trial);
    explain_fini(&reduction->explain);
    tree_fini(&reduction->tree);
    sample_fini(&reduction->input);
    sample_fini(&reduction->best);
    table_fini(&reduction->hidden);
    free(reduction->queue);
    free(reduction);
}

/* By structure first, then plain, since white space might matter; both once more. */
static bool reduction_next_whole(struct reduction *reduction)
{
    if (reduction->shown || reduction->whole == REDUCTION_WHOLE_TRIES)
        return false;
    tree_fini(&reduction->tree);
    tree_init(&reduction->tree, reduction->original, reduction->whole % 2 == 1);
    return true;
}

static void reduction_tell_whole(struct reduction *reduction, bool shows)
{
    (void)shows;
    reduction->whole++;
}

static void reduction_push(struct reduction *reduction, uint32_t node)
{
    if (node == TREE_NONE)
        return;
    MEMORY_GROW(reduction->queue, reduction->queue_count, reduction->queue_capacity);
    reduction->queue[reduction->queue_count++] = tree_resolve(&reduction->tree, node);
}

static void reduction_begin_queue(struct reduction *reduction)
{
    reduction->queue_at = reduction->queue_count = 0;
    reduction_push(reduction, reduction->tree.arguments);
    reduction_push(reduction, reduction->tree.environment);
    reduction_push(reduction, reduction->tree.input);
    reduction_push(reduction, reduction->tree.request);
}

/* The place at the queue's head is through: what is left in it comes behind the others. */
static void reduction_leave(struct reduction *reduction)
{
    uint32_t node = tree_resolve(&reduction->tree, reduction->queue[reduction->queue_at++]);
    for (uint32_t child = TREE_NONE; (child = tree_next_child(&reduction->tree, node, child)) != TREE_NONE;)
        reduction_push(reduction, child);
}

static bool reduction_next_trial(struct reduction *reduction, bool leaves)
{
    struct trial *trial = &reduction->trial;
    for (;;) {
        if (trial->node != TREE_NONE && trial_next(trial, &reduction->tree))
            return true;
        if (trial->node != TREE_NONE) {
            trial_end(trial);
            reduction_leave(reduction);
        }
        while (reduction->queue_at < reduction->queue_count &&
               tree_is_container(&reduction->tree, reduction->queue[reduction->queue_at]) == leaves)
            reduction_leave(reduction);
        if (reduction->queue_at == reduction->queue_count)
            return false;
        uint32_t node = reduction->queue[reduction->queue_at];
        trial_begin(trial, &reduction->tree, node,
                    reduction->round == 0 && node == reduction->tree.arguments);
    }
}

static bool reduction_next_drop(struct reduction *reduction)
{
    return reduction_next_trial(reduction, false);
}

static bool reduction_next_shorter(struct reduction *reduction)
{
    return reduction_next_trial(reduction, true);
}

static void reduction_tell_trial(struct reduction *reduction, bool shows)
{
    trial_tell(&reduction->trial, &reduction->tree, shows);
}

/* A request whose id must stay can't be replaced by a part of it. */
static bool reduction_holds_pinned(const struct tree *tree, uint32_t node)
{
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, node, child)) != TREE_NONE;)
        if (tree->nodes[child].pinned)
            return true;
    return false;
}

static bool reduction_next_hoist(struct reduction *reduction)
{
    struct tree *tree = &reduction->tree;
    while (reduction->queue_at < reduction->queue_count) {
        uint32_t node = reduction->queue[reduction->queue_at];
        bool may = tree_is_container(tree, node) && tree->nodes[node].kind != TREE_LIST &&
                   !reduction_holds_pinned(tree, node);
        reduction->outer = node;
        while (may && (reduction->inner = tree_next_child(tree, node, reduction->inner)) != TREE_NONE) {
            if (!tree_is_container(tree, tree_resolve(tree, reduction->inner)))
                continue;
            tree->nodes[node].hoisted = reduction->inner;
            return true;
        }
        reduction->inner = TREE_NONE;
        reduction_leave(reduction);
    }
    return false;
}

static void reduction_tell_hoist(struct reduction *reduction, bool shows)
{
    if (!shows) {
        reduction->tree.nodes[reduction->outer].hoisted = TREE_NONE;
        return;
    }
    reduction->queue[reduction->queue_at] = tree_resolve(&reduction->tree, reduction->outer);
    reduction->inner = TREE_NONE;
}

static bool reduction_next_explain(struct reduction *reduction)
{
    return explain_next(&reduction->explain, &reduction->tree);
}

static void reduction_tell_explain(struct reduction *reduction, bool shows)
{
    explain_tell(&reduction->explain, &reduction->tree, shows, reduction->counts);
}

/* `next` changes the tree, false where nothing is left to change; `tell` settles that change. */
static const struct reduction_stage {
    bool (*next)(struct reduction *reduction);
    void (*tell)(struct reduction *reduction, bool shows);
} reduction_stages[REDUCTION_OVER] = {
    [REDUCTION_WHOLE] = {reduction_next_whole, reduction_tell_whole},
    [REDUCTION_DROP] = {reduction_next_drop, reduction_tell_trial},
    [REDUCTION_HOIST] = {reduction_next_hoist, reduction_tell_hoist},
    [REDUCTION_SHORTEN] = {reduction_next_shorter, reduction_tell_trial},
    [REDUCTION_EXPLAIN] = {reduction_next_explain, reduction_tell_explain},
};

static void reduction_advance(struct reduction *reduction)
{
    int state = reduction->machine.state;
    int next = state + 1;
    if (state == REDUCTION_WHOLE && !reduction->shown)
        next = REDUCTION_OVER;
    if (state == REDUCTION_SHORTEN && (reduction->changed || reduction->round == 0)) {
        next = REDUCTION_DROP;
        reduction->round++;
    }
    if (next == REDUCTION_DROP)
        reduction->changed = false;
    machine_move(&reduction->machine, next);
    if (next == REDUCTION_EXPLAIN)
        explain_begin(&reduction->explain, &reduction->tree, reduction->others, reduction->whole % 2 == 0);
    else if (next != REDUCTION_OVER)
        reduction_begin_queue(reduction);
}

/* Was it named before, or is it no smaller? Then nothing is gained by asking. */
static bool reduction_is_idle(struct reduction *reduction)
{
    int state = reduction->machine.state;
    if (state == REDUCTION_WHOLE)
        return false;
    int64_t known = table_find(&reduction->hidden, reduction->key);
    reduction->counts = known != 0;
    return known >= 0 ||
           (state != REDUCTION_EXPLAIN && reduction_weigh(&reduction->input) >= reduction->best_bytes);
}

const struct sample *reduction_next(struct reduction *reduction)
{
    assert(!reduction->asked);
    size_t turns_most = REDUCTION_TURNS_EACH * reduction->steps_most;
    while (!machine_is_final(&reduction->machine) && reduction->steps < reduction->steps_most &&
           reduction->turns < turns_most && !atomic_load(reduction->stop)) {
        const struct reduction_stage *stage = &reduction_stages[reduction->machine.state];
        if (!stage->next(reduction)) {
            reduction_advance(reduction);
            continue;
        }
        reduction->turns++;
        tree_make_sample(&reduction->tree, reduction->original, &reduction->input);
        reduction->key = reduction_hash(&reduction->input);
        if (!reduction_is_idle(reduction)) {
            reduction->steps++;
            reduction->asked = true;
            return &reduction->input;
        }
        sample_fini(&reduction->input);
        stage->tell(reduction, false);
    }
    return NULL;
}

static void reduction_settle(struct reduction *reduction, bool shows, bool counts)
{
    int state = reduction->machine.state;
    assert(reduction->asked);
    reduction->asked = false;
    reduction->counts = counts;
    if (shows && state != REDUCTION_EXPLAIN) {
        sample_fini(&reduction->best);
        reduction->best = reduction->input;
        reduction->input = (struct sample){0};
        reduction->best_bytes = reduction_weigh(&reduction->best);
        reduction->shown = reduction->changed = true;
    } else if (!shows && state != REDUCTION_WHOLE && table_find(&reduction->hidden, reduction->key) < 0) {
        table_add(&reduction->hidden, reduction->key, counts);
    }
    sample_fini(&reduction->input);
    reduction_stages[state].tell(reduction, shows);
}

void reduction_tell(struct reduction *reduction, bool shows)
{
    reduction_settle(reduction, shows, true);
}

void reduction_tell_nothing(struct reduction *reduction)
{
    reduction_settle(reduction, false, false);
}

bool reduction_is_explaining(const struct reduction *reduction)
{
    return reduction->machine.state == REDUCTION_EXPLAIN;
}

const struct sample *reduction_best(const struct reduction *reduction)
{
    return reduction->shown ? &reduction->best : NULL;
}

bool reduction_is_minimal(const struct reduction *reduction)
{
    return reduction->shown && reduction->machine.state >= REDUCTION_EXPLAIN;
}

size_t reduction_steps(const struct reduction *reduction)
{
    return reduction->steps;
}

char *reduction_words(const struct reduction *reduction)
{
    bool over = reduction->shown && reduction->machine.state == REDUCTION_OVER;
    return over ? explain_words(&reduction->explain, &reduction->tree) : NULL;
}
