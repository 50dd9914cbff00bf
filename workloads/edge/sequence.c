#include "workloads/edge/sequence.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SEQUENCE_ROUND   3 /* samples at which no value is tried before a value is */
#define SEQUENCE_PAIRED  8 /* patterns that are tried in pairs */
#define SEQUENCE_NOTHING 3 /* values that stand for none, in pairs: absent, empty, 0 */

static const struct edge_value sequence_reversed = {.act = EDGE_REVERSED};

static bool sequence_is_pair(const struct edge_sequence *sequence)
{
    return sequence->pattern[0] != sequence->pattern[1];
}

/* The first values of a list that stand for none. */
static size_t sequence_nothing(const struct edge_list *list, const struct edge_value *found[SEQUENCE_NOTHING])
{
    size_t count = 0;
    for (size_t i = 0; i < list->count && count < SEQUENCE_NOTHING; i++)
        if (list->items[i].nothing)
            found[count++] = &list->items[i];
    return count;
}

/* What a place of one sample is set to, in this order; a round looks at three samples for the first kind. */
enum sequence_what { SEQUENCE_NO_VALUE, SEQUENCE_NEAR, SEQUENCE_FAR };

static const struct {
    enum sequence_what what;
    size_t hit; /* of SEQUENCE_NO_VALUE: which of the round's */
} sequence_phases[] = {
    {SEQUENCE_NO_VALUE, 0}, {SEQUENCE_NEAR, 0}, {SEQUENCE_NO_VALUE, 1},
    {SEQUENCE_NO_VALUE, 2}, {SEQUENCE_FAR, 0},
};

static enum sequence_what sequence_what_is(const struct edge_pattern *pattern, const struct edge_value *value)
{
    return value->nothing                          ? SEQUENCE_NO_VALUE
           : edge_fit_is_near(pattern->fit, value) ? SEQUENCE_NEAR
                                                   : SEQUENCE_FAR;
}

static bool sequence_step_single(struct edge_sequence *sequence, const struct edge_pattern *pattern,
                                 struct edge_step *step)
{
    const struct edge_list *list = pattern->list;
    while (sequence->round < pattern->hit_count) {
        enum sequence_what what = sequence_phases[sequence->phase].what;
        size_t hit = what == SEQUENCE_NO_VALUE
                         ? SEQUENCE_ROUND * sequence->round + sequence_phases[sequence->phase].hit
                         : sequence->round;
        while (hit < pattern->hit_count && sequence->value < list->count) {
            const struct edge_value *value = &list->items[sequence->value++];
            if (sequence_what_is(pattern, value) != what)
                continue;
            *step = (struct edge_step){
                .source = pattern->hits[hit].source, .place = {pattern->hits[hit].place}, .value = {value}};
            return true;
        }
        sequence->value = 0;
        if (++sequence->phase == sizeof sequence_phases / sizeof *sequence_phases) {
            sequence->phase = 0;
            sequence->round++;
        }
    }
    return false;
}

/* A range's ends change places first; then all pairs of no value. */
static bool sequence_step_pair(struct edge_sequence *sequence, const struct edge_patterns *patterns,
                               struct edge_step *step)
{
    const struct edge_value *first[SEQUENCE_NOTHING];
    const struct edge_value *second[SEQUENCE_NOTHING];
    size_t of_first = sequence_nothing(patterns->items[sequence->pattern[0]].list, first);
    size_t of_second = sequence_nothing(patterns->items[sequence->pattern[1]].list, second);
    size_t each = of_first * of_second + sequence->range;
    if (sequence->hit >= sequence->hit_count || each == 0)
        return false;
    size_t value = sequence->value;
    const struct edge_hit *hit = &sequence->first[sequence->hit];
    *step = (struct edge_step){.source = hit->source,
                               .place = {hit->place, sequence->second[sequence->hit].place}};
    if (sequence->range && value == 0) {
        step->value[0] = step->value[1] = &sequence_reversed;
    } else {
        value -= sequence->range;
        step->value[0] = first[value / of_second];
        step->value[1] = second[value % of_second];
    }
    if (++sequence->value == each) {
        sequence->value = 0;
        sequence->hit++;
    }
    return true;
}

bool edge_sequence_step(struct edge_sequence *sequence, const struct edge_patterns *patterns,
                        struct edge_step *step)
{
    const struct edge_pattern *pattern = &patterns->items[sequence->pattern[0]];
    bool given = sequence_is_pair(sequence) ? sequence_step_pair(sequence, patterns, step)
                                            : sequence_step_single(sequence, pattern, step);
    step->pattern[0] = sequence->pattern[0];
    step->pattern[1] = sequence->pattern[1];
    if (given)
        sequence->given++;
    else
        sequence->given = sequence->possible;
    return given;
}

static bool sequence_is_range(const struct edge_pattern *low, const struct edge_pattern *high,
                              const struct edge_values *values)
{
    for (char **words = values->ranges; words && *words; words += 2) {
        char *const first[] = {words[0], NULL};
        char *const second[] = {words[1], NULL};
        if (edge_words_part(first, low->word) && edge_words_part(second, high->word))
            return true;
    }
    return false;
}

/* Samples that have both places; what comes first in the text is the first. */
static void sequence_meet(struct edge_sequence *sequence, const struct edge_pattern *a,
                          const struct edge_pattern *b)
{
    size_t at = 0;
    size_t most = SEQUENCE_ROUND;
    sequence->first = memory_zeroed(most * sizeof *sequence->first);
    sequence->second = memory_zeroed(most * sizeof *sequence->second);
    for (size_t i = 0; i < a->hit_count && sequence->hit_count < most; i++) {
        while (at < b->hit_count && b->hits[at].source < a->hits[i].source)
            at++;
        if (at == b->hit_count)
            break;
        if (b->hits[at].source != a->hits[i].source)
            continue;
        sequence->first[sequence->hit_count] = a->hits[i];
        sequence->second[sequence->hit_count++] = b->hits[at];
    }
}

static void sequences_add(struct edge_sequences *sequences, struct edge_sequence sequence)
{
    sequences->items = memory_resize(sequences->items, sequences->count + 1, sizeof *sequences->items);
    sequences->items[sequences->count++] = sequence;
    sequences->possible += sequence.possible;
}

static void sequences_add_pair(struct edge_sequences *sequences, const struct edge_patterns *patterns,
                               const struct edge_values *values, size_t a, size_t b)
{
    const struct edge_pattern *first = &patterns->items[a];
    const struct edge_pattern *second = &patterns->items[b];
    const struct edge_value *ignored[SEQUENCE_NOTHING];
    struct edge_sequence pair = {.pattern = {a, b}, .weight = (first->weight + second->weight) / 4};
    pair.range = first->json == second->json && sequence_is_range(first, second, values);
    sequence_meet(&pair, first, second);
    size_t each =
        sequence_nothing(first->list, ignored) * sequence_nothing(second->list, ignored) + pair.range;
    pair.possible = pair.hit_count * each;
    sequences_add(sequences, pair);
}

/* The most telling leaves among filters and what the patch names. */
static size_t sequences_pick(const struct edge_patterns *patterns, size_t picked[SEQUENCE_PAIRED])
{
    size_t count = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        const struct edge_pattern *pattern = &patterns->items[i];
        if (!pattern->leaf || pattern->weight <= 0 || !(pattern->filter || pattern->named))
            continue;
        size_t at = count;
        while (at > 0 && patterns->items[picked[at - 1]].weight < pattern->weight)
            at--;
        if (at == SEQUENCE_PAIRED)
            continue;
        count += count < SEQUENCE_PAIRED;
        memmove(&picked[at + 1], &picked[at], (count - at - 1) * sizeof *picked);
        picked[at] = i;
    }
    return count;
}

void edge_sequences_make(struct edge_sequences *sequences, const struct edge_patterns *patterns,
                         const struct edge_values *values)
{
    size_t picked[SEQUENCE_PAIRED];
    *sequences = (struct edge_sequences){0};
    for (size_t i = 0; i < patterns->count; i++) {
        const struct edge_pattern *pattern = &patterns->items[i];
        if (pattern->weight <= 0)
            continue;
        const struct edge_sequence single = {.pattern = {i, i},
                                             .weight = pattern->weight,
                                             .possible = pattern->hit_count * pattern->list->count};
        sequences_add(sequences, single);
    }
    size_t count = sequences_pick(patterns, picked);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            bool swap = picked[i] > picked[k]; /* in the order of the text, mostly */
            sequences_add_pair(sequences, patterns, values, picked[swap ? k : i], picked[swap ? i : k]);
        }
}

struct edge_sequence *edge_sequences_least(struct edge_sequences *sequences)
{
    struct edge_sequence *least = NULL;
    for (size_t i = 0; i < sequences->count; i++) {
        struct edge_sequence *each = &sequences->items[i];
        if (each->given < each->possible &&
            (!least || (double)(each->made + 1) / each->weight < (double)(least->made + 1) / least->weight))
            least = each;
    }
    return least;
}

size_t edge_sequences_left(const struct edge_sequences *sequences)
{
    size_t left = 0;
    for (size_t i = 0; i < sequences->count; i++)
        left += sequences->items[i].possible - sequences->items[i].given;
    return left;
}

void edge_sequences_fini(struct edge_sequences *sequences)
{
    for (size_t i = 0; i < sequences->count; i++) {
        free(sequences->items[i].first);
        free(sequences->items[i].second);
    }
    free(sequences->items);
    *sequences = (struct edge_sequences){0};
}
