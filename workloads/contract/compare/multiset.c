/*
 * Arrays whose order says nothing. Elements that are equal as they stand find each other by hash; those that
 * rules or noise may make equal are tried, since an equal hash only says that they could be. Trying is the
 * one step that isn't linear, so it has a budget; what is left then is paired in order.
 */
#include "workloads/contract/compare/compare.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/compare/matching.h"

#define MULTISET_TRIAL_BYTES 64 /* a trial's least price */

/* One side. */
struct multiset {
    const struct json_value *array;
    int32_t *partners; /* by element: its partner's index, MATCH_NONE or MATCH_COUNT; owned */
    int32_t *open;     /* the elements without a partner, ascending; owned */
    size_t open_count;
};

static void multiset_fini(struct multiset *side)
{
    free(side->partners);
    free(side->open);
}
#define cleanup_multiset __attribute__((cleanup(multiset_fini)))

static void multiset_open_all(struct multiset *side)
{
    side->open_count = json_count(side->array);
    for (size_t i = 0; i < side->open_count; i++)
        side->open[i] = (int32_t)i;
}

static struct multiset multiset_of(const struct json_value *array)
{
    size_t count = json_count(array);
    struct multiset side = {.array = array,
                            .partners = memory_resize(NULL, count + 1, sizeof *side.partners),
                            .open = memory_resize(NULL, count + 1, sizeof *side.open)};
    multiset_open_all(&side);
    for (size_t i = 0; i < count; i++)
        side.partners[i] = MATCH_NONE;
    return side;
}

static void multiset_keep_open(struct multiset *side)
{
    size_t kept = 0;
    for (size_t k = 0; k < side->open_count; k++) {
        if (side->partners[side->open[k]] < 0)
            side->open[kept++] = side->open[k];
    }
    side->open_count = kept;
}

/* Under the rules and the noise there, or as they stand. */
static uint64_t *multiset_hash_open(struct comparison *c, const struct multiset *side,
                                    struct rule_scope scope, bool bent)
{
    uint64_t *hashes = memory_resize(NULL, side->open_count + 1, sizeof *hashes);
    for (size_t k = 0; k < side->open_count; k++) {
        size_t index = (size_t)side->open[k];
        const struct json_value *element = json_item(side->array, index);
        struct rule_scope below = rule_walk_index(&c->walk, scope, index);
        path_push_index(&c->path, index);
        hashes[k] = bent ? compare_hash(c, element, below) : compare_hash_plain(element);
        path_pop(&c->path);
        c->walk.count = below.first;
    }
    return hashes;
}

static void multiset_take_matches(struct multiset *side, const int32_t *matches, const struct multiset *other)
{
    for (size_t k = 0; k < side->open_count; k++)
        side->partners[side->open[k]] = matches[k] < 0 ? matches[k] : other->open[matches[k]];
}

/* Pairs the open elements by hash. */
static void multiset_match(struct comparison *c, struct multiset *before, struct multiset *after,
                           struct rule_scope scope, bool bent)
{
    cleanup_free uint64_t *before_hashes = multiset_hash_open(c, before, scope, bent);
    cleanup_free uint64_t *after_hashes = multiset_hash_open(c, after, scope, bent);
    cleanup_free int32_t *left = memory_resize(NULL, before->open_count + 1, sizeof *left);
    cleanup_free int32_t *right = memory_resize(NULL, after->open_count + 1, sizeof *right);
    matching_build(before_hashes, before->open_count, after_hashes, after->open_count, left, right);
    multiset_take_matches(before, left, after);
    multiset_take_matches(after, right, before);
}

/* Whether the two are equal, while the budget lasts. */
static bool multiset_try(struct comparison *c, const struct multiset *before, int32_t i,
                         const struct multiset *after, int32_t j, struct rule_scope scope)
{
    struct json_extent extent = json_extent(c->before, json_item(before->array, (size_t)i));
    size_t price = extent.end - extent.start + MULTISET_TRIAL_BYTES;
    if (c->trial_bytes < price) {
        c->trial_bytes = 0;
        return false;
    }
    c->trial_bytes -= price;
    return compare_try_pair(c, before->array, (size_t)i, after->array, (size_t)j, scope);
}

/* Parts the pairs whose hashes are equal and who aren't. */
static void multiset_part_unequal(struct comparison *c, struct multiset *before, struct multiset *after,
                                  struct rule_scope scope)
{
    for (size_t k = 0; k < before->open_count && c->trial_bytes; k++) {
        int32_t i = before->open[k];
        int32_t j = before->partners[i];
        if (j < 0 || multiset_try(c, before, i, after, j, scope) || !c->trial_bytes)
            continue;
        before->partners[i] = MATCH_NONE;
        after->partners[j] = MATCH_NONE;
    }
}

/*
 * A search for partners among open elements, which may give theirs up for others (H. W. Kuhn, The Hungarian
 * Method, 1955, for mere yes or no). Places are those in the lists of open elements.
 */
struct multiset_search {
    const struct multiset *before;
    const struct multiset *after;
    int32_t *holds; /* by place before: its partner's place, or -1; owned */
    int32_t *owner; /* by place after: likewise; owned */
    int32_t *via;   /* by place after: the place before that led there, or -1; owned */
    int32_t *queue; /* places before; owned */
};

static void multiset_search_fini(struct multiset_search *search)
{
    free(search->holds);
    free(search->owner);
    free(search->via);
    free(search->queue);
}

/* Begins with the partners that there are. */
static struct multiset_search multiset_search_of(const struct multiset *before, const struct multiset *after)
{
    struct multiset_search search = {.before = before,
                                     .after = after,
                                     .holds = memory_resize(NULL, before->open_count, sizeof *search.holds),
                                     .owner = memory_resize(NULL, after->open_count, sizeof *search.owner),
                                     .via = memory_resize(NULL, after->open_count, sizeof *search.via),
                                     .queue = memory_resize(NULL, before->open_count, sizeof *search.queue)};
    cleanup_free int32_t *places = memory_resize(NULL, json_count(before->array), sizeof *places);
    for (size_t x = 0; x < before->open_count; x++) {
        places[before->open[x]] = (int32_t)x;
        search.holds[x] = -1;
    }
    for (size_t v = 0; v < after->open_count; v++) {
        int32_t partner = after->partners[after->open[v]];
        search.owner[v] = partner < 0 ? -1 : places[partner];
        if (partner >= 0)
            search.holds[places[partner]] = (int32_t)v;
    }
    return search;
}

/* Everybody on the way to the free place `v` takes the place that they led to. */
static void multiset_shift(struct multiset_search *search, int32_t v)
{
    while (v >= 0) {
        int32_t x = search->via[v];
        int32_t given_up = search->holds[x];
        search->owner[v] = x;
        search->holds[x] = v;
        v = given_up;
    }
}

/* Finds a partner for the element at place `start`; others may change theirs. */
static void multiset_augment(struct comparison *c, struct multiset_search *search, size_t start,
                             struct rule_scope scope)
{
    const struct multiset *before = search->before;
    const struct multiset *after = search->after;
    size_t queued = 0;
    for (size_t v = 0; v < after->open_count; v++)
        search->via[v] = -1;
    search->queue[queued++] = (int32_t)start;
    for (size_t head = 0; head < queued; head++) {
        int32_t x = search->queue[head];
        for (size_t v = 0; v < after->open_count && c->trial_bytes; v++) {
            if (search->via[v] >= 0 ||
                !multiset_try(c, before, before->open[x], after, after->open[v], scope))
                continue;
            search->via[v] = x;
            if (search->owner[v] < 0) {
                multiset_shift(search, (int32_t)v);
                return;
            }
            search->queue[queued++] = search->owner[v];
        }
    }
}

static void multiset_search(struct comparison *c, struct multiset *before, struct multiset *after,
                            struct rule_scope scope)
{
    __attribute__((cleanup(multiset_search_fini))) struct multiset_search search =
        multiset_search_of(before, after);
    for (size_t x = 0; x < before->open_count && c->trial_bytes; x++) {
        if (search.holds[x] < 0)
            multiset_augment(c, &search, x, scope);
    }
    for (size_t x = 0; x < before->open_count; x++) {
        if (search.holds[x] < 0)
            continue;
        before->partners[before->open[x]] = after->open[search.holds[x]];
        after->partners[after->open[search.holds[x]]] = before->open[x];
    }
}

/* False: on one side everybody has a partner. */
static bool multiset_keep_both_open(struct multiset *before, struct multiset *after)
{
    multiset_keep_open(before);
    multiset_keep_open(after);
    return before->open_count && after->open_count;
}

/*
 * What rules or noise may make equal. Who is left alone asks even those who are equal as they stand: 1.0 may
 * have to make way for 0.9. Nothing is tried while aliases are collected: what is equal then depends on who
 * came first.
 */
static void multiset_match_bent(struct comparison *c, struct multiset *before, struct multiset *after,
                                struct rule_scope scope)
{
    if (!multiset_keep_both_open(before, after))
        return;
    multiset_match(c, before, after, scope, true);
    if (c->collecting)
        return;
    multiset_part_unequal(c, before, after, scope);
    multiset_search(c, before, after, scope);
    if (!multiset_keep_both_open(before, after))
        return;
    multiset_open_all(before);
    multiset_open_all(after);
    multiset_search(c, before, after, scope);
}

/* Who has no equal at all is paired in order. Such elements have no index to be named by. */
static void multiset_compare_strangers(struct comparison *c, const struct multiset *before,
                                       const struct multiset *after, struct rule_scope scope)
{
    size_t outer = c->unaddressed;
    c->unaddressed = c->path.depth + 1;
    size_t j = 0;
    for (size_t i = 0; i < json_count(before->array); i++) {
        if (before->partners[i] != MATCH_NONE)
            continue;
        while (j < json_count(after->array) && after->partners[j] != MATCH_NONE)
            j++;
        if (j == json_count(after->array))
            break;
        compare_pair(c, before->array, i, after->array, j++, scope);
    }
    c->unaddressed = outer;
}

/* Compares the pairs; whether any has moved. */
static bool multiset_compare_pairs(struct comparison *c, const struct multiset *before,
                                   const struct multiset *after, struct rule_scope scope)
{
    bool moved = false;
    for (size_t i = 0; i < json_count(before->array) && !c->unequal; i++) {
        int32_t partner = before->partners[i];
        moved = moved || (partner >= 0 && partner != (int32_t)i);
        if (partner >= 0)
            compare_pair(c, before->array, i, after->array, (size_t)partner, scope);
    }
    return moved;
}

/* Elements that the other side has too, in another number: each side may be the one that is left with them.
 */
static bool multiset_is_uneven(const struct multiset *side)
{
    for (size_t i = 0; i < json_count(side->array); i++) {
        if (side->partners[i] == MATCH_COUNT)
            return true;
    }
    return false;
}

void compare_multisets(struct comparison *c, const struct json_value *before, const struct json_value *after,
                       struct rule_scope scope, const struct rule *rule)
{
    cleanup_multiset struct multiset left = multiset_of(before);
    cleanup_multiset struct multiset right = multiset_of(after);
    multiset_match(c, &left, &right, scope, false);
    if (c->aliases && !c->collecting)
        multiset_part_unequal(c, &left, &right, scope); /* an id that stayed may be another one's name now */
    if (c->aliases || rule_walk_goes_on(&c->walk, scope) || compare_heeds_noise(c))
        multiset_match_bent(c, &left, &right, scope);
    bool moved = multiset_compare_pairs(c, &left, &right, scope);
    if (json_count(before) != json_count(after))
        compare_report_length(c, json_count(before), json_count(after));
    else if (multiset_is_uneven(&left) || multiset_is_uneven(&right))
        compare_report_values(c, CLASS_MULTIPLICITY, before, after);
    multiset_compare_strangers(c, &left, &right, scope);
    if (moved)
        compare_excuse(c, CLASS_ORDER, rule, "multiset");
}
