/*
 * Arrays in order. Position decides, except where that would bury the reader: a mere permutation is one
 * `order`, and a different number of elements is one `length`, after which only elements without an equal are
 * compared.
 */
#include "workloads/contract/compare/compare.h"

#include "base/text.h"
#include "workloads/contract/compare/content.h"

#include <stdio.h>

#define ARRAY_WINDOW_BYTES ((size_t)32 << 10) /* that are read again for an element of a folded array */

void compare_pair(struct comparison *c, const struct json_value *before, size_t i,
                  const struct json_value *after, size_t j, struct rule_scope scope)
{
    if (compare_is_plain(c, scope) && compare_is_identical(c, json_item(before, i), json_item(after, j)))
        return;
    struct rule_scope below = scope.count ? rule_walk_index(&c->walk, scope, i) : scope;
    path_push_index(&c->path, i);
    compare_values(c, json_item(before, i), json_item(after, j), below);
    path_pop(&c->path);
    if (scope.count)
        c->walk.count = below.first;
}

/* Compares what is left on both sides, in order, as far as both go. */
static void array_compare_lone(struct comparison *c, const struct content *before,
                               const struct content *after, struct rule_scope scope)
{
    for (size_t k = 0; k < before->count && k < after->count; k++)
        compare_pair(c, before->array, (size_t)before->indices[k], after->array, (size_t)after->indices[k],
                     scope);
}

/* Past whole windows that have the same text on both sides: nothing in them needs to be read again. */
static size_t array_skip_same(struct comparison *c, const struct json_value *before,
                              const struct json_value *after, size_t index, struct rule_scope scope)
{
    if (!json_is_window(before, index) || !compare_is_plain(c, scope))
        return index;
    uint32_t at = json_extent(c->after, json_item(after, index)).start;
    for (size_t same = 1; same; index += same)
        same = json_same_window(before, index, c->after, &at);
    return index;
}

/* Adds the positions at which elements differ. */
static void array_list_unequal(struct comparison *c, struct content *before, struct content *after,
                               struct rule_scope scope)
{
    for (size_t i = 0; i < json_count(before->array); i++) {
        i = array_skip_same(c, before->array, after->array, i, scope); /* never past the last window */
        if (compare_is_equal_pair(c, before->array, i, after->array, i, scope))
            continue;
        content_add(before, i);
        content_add(after, i);
    }
}

/* How many elements both begin with. */
static size_t array_count_common(struct comparison *c, const struct json_value *before,
                                 const struct json_value *after, struct rule_scope scope)
{
    size_t shorter = json_count(before) < json_count(after) ? json_count(before) : json_count(after);
    for (size_t i = 0; i < shorter; i++) {
        i = array_skip_same(c, before, after, i, scope);
        if (i == shorter || !compare_is_equal_pair(c, before, i, after, i, scope))
            return i;
    }
    return shorter;
}

static bool array_holds_containers(const struct json_value *array)
{
    enum json_type type = json_type(json_item(array, 0));
    return type == JSON_ARRAY || type == JSON_OBJECT;
}

/* An array of nothing but that element, read on its own: its window may be far from the one before. */
static struct json_document *array_read_one(const struct content *content, size_t k)
{
    cleanup_text struct text one = {0};
    struct json_extent extent = content->extents[k];
    struct json_document *document = NULL;
    struct json_error error;
    struct json_options options = {.views = true, .max_depth = UINT32_MAX};
    text_append_char(&one, '[');
    text_append(&one, json_text(content->document) + extent.start, extent.end - extent.start);
    text_append_char(&one, ']');
    if (json_read(one.data, one.length, &options, &document, &error) < 0)
        return NULL;
    return document;
}

/* Whether two elements are equal that stand anywhere in folded arrays, of which no rule can say anything. */
static bool array_try_far(struct comparison *c, const struct content *before, size_t k,
                          const struct content *after, size_t m, struct rule_scope scope)
{
    const struct json_document *whole[] = {c->before, c->after};
    cleanup_json struct json_document *left = array_read_one(before, k);
    cleanup_json struct json_document *right = array_read_one(after, m);
    c->before = left;
    c->after = right;
    c->same = (struct same_text){0};
    bool equal = left && right && compare_try_pair(c, json_root(left), 0, json_root(right), 0, scope);
    c->before = whole[0];
    c->after = whole[1];
    c->same = (struct same_text){0};
    return equal;
}

/* Reading a window again has a price, beyond which what hashes say is believed: both ways it is an order. */
static bool array_can_try(struct comparison *c, const struct content *before, const struct content *after)
{
    if (!((before->array->meta | after->array->meta) & JSON_META_FOLDED))
        return true;
    bool affordable = c->trial_bytes >= ARRAY_WINDOW_BYTES;
    c->trial_bytes -= affordable ? ARRAY_WINDOW_BYTES : 0;
    return affordable;
}

/* Whether a pair is more than a guess. */
static bool array_try(struct comparison *c, const struct content *before, size_t k,
                      const struct content *after, size_t m, struct rule_scope scope)
{
    if (content_is_same(before, k, after, m))
        return true;
    if (before->extents && after->extents && c->path.style == PATH_POINTER)
        return array_try_far(c, before, k, after, m, scope);
    return !array_can_try(c, before, after) ||
           compare_try_pair(c, before->array, (size_t)before->indices[k], after->array,
                            (size_t)after->indices[m], scope);
}

/*
 * Pairs what has only moved. An equal hash is no more than a guess: what is excused does not count in it,
 * though a total that fell to 0 or a broken format does.
 */
static void array_match(struct comparison *c, struct content *before, struct content *after,
                        struct rule_scope scope)
{
    bool exact = c->exact;
    c->exact = true;
    content_match(c, before, after, scope);
    c->exact = exact;
    for (size_t k = 0; k < before->count; k++) {
        int32_t match = before->matches[k];
        if (match < 0 || array_try(c, before, k, after, (size_t)match, scope))
            continue;
        before->matches[k] = MATCH_NONE;
        after->matches[match] = MATCH_NONE;
    }
}

/* Whether so many of the unequal have no equal elsewhere that they are compared position by position. */
static bool array_is_changed(const struct content *before, const struct content *after, size_t lone)
{
    bool rows = array_holds_containers(before->array) || array_holds_containers(after->array);
    return lone && (lone * 2 > before->count || !rows);
}

/*
 * Several positions differ. If they hold the same elements, that is one `order`. If most of the elements have
 * only moved (rows of a table, one inserted and one dropped), it is `order` and what the others became.
 * Otherwise position by position.
 */
static void array_compare_unequal(struct comparison *c, struct content *before, struct content *after,
                                  struct rule_scope scope)
{
    if (array_is_changed(before, after, content_count_strangers(before, after))) {
        array_compare_lone(c, before, after, scope);
        return;
    }
    array_match(c, before, after, scope);
    size_t lone = 0;
    for (size_t k = 0; k < before->count; k++)
        lone += before->matches[k] < 0;
    if (!array_is_changed(before, after, lone)) {
        compare_report_values(c, CLASS_ORDER, before->array, after->array);
        content_keep_lone(before);
        content_keep_lone(after);
    }
    array_compare_lone(c, before, after, scope);
}

static void array_compare_even(struct comparison *c, const struct json_value *before,
                               const struct json_value *after, struct rule_scope scope)
{
    if (c->quick || c->collecting) {
        for (size_t i = 0; i < json_count(before) && !c->unequal; i++)
            compare_pair(c, before, i, after, i, scope);
        return;
    }
    cleanup_content struct content left = content_of(c, c->before, before, scope);
    cleanup_content struct content right = content_of(c, c->after, after, scope);
    array_list_unequal(c, &left, &right, scope);
    if (left.count > 1)
        array_compare_unequal(c, &left, &right, scope);
    else
        array_compare_lone(c, &left, &right, scope);
}

void compare_report_length(struct comparison *c, size_t before, size_t after)
{
    char words[2][48];
    snprintf(words[0], sizeof words[0], "%zu element%s", before, before == 1 ? "" : "s");
    snprintf(words[1], sizeof words[1], "%zu element%s", after, after == 1 ? "" : "s");
    compare_report(c, CLASS_LENGTH, (struct shown){.words = words[0]}, (struct shown){.words = words[1]});
}

/* Behind a `length`: leaves out the common beginning and end, pairs equal elements between, compares the
 * others. */
static void array_compare_middle(struct comparison *c, const struct json_value *before,
                                 const struct json_value *after, struct rule_scope scope)
{
    size_t before_end = json_count(before);
    size_t after_end = json_count(after);
    size_t start = array_count_common(c, before, after, scope);
    while (before_end > start && after_end > start &&
           compare_is_equal_pair(c, before, before_end - 1, after, after_end - 1, scope)) {
        before_end--;
        after_end--;
    }
    if (before_end == start || after_end == start)
        return;
    cleanup_content struct content left = content_of(c, c->before, before, scope);
    cleanup_content struct content right = content_of(c, c->after, after, scope);
    if (compare_is_plain(c, scope)) {
        content_add_unpaired(c, &left, before_end, &right, after_end, start);
    } else {
        content_add_range(&left, start, before_end);
        content_add_range(&right, start, after_end);
    }
    array_match(c, &left, &right, scope);
    content_keep_lone(&left);
    content_keep_lone(&right);
    array_compare_lone(c, &left, &right, scope);
}

void compare_elements(struct comparison *c, const struct json_value *before, const struct json_value *after,
                      struct rule_scope scope)
{
    if (json_count(before) == json_count(after)) {
        array_compare_even(c, before, after, scope);
        return;
    }
    compare_report_length(c, json_count(before), json_count(after));
    if (!c->quick)
        array_compare_middle(c, before, after, scope);
}

/* [x] that became [] is an empty answer; [null] that did is only shorter. */
static bool array_is_emptied(const struct json_value *before, const struct json_value *after)
{
    if (json_count(after))
        return false;
    for (size_t i = 0; i < json_count(before); i++) {
        if (json_type(json_item(before, i)) != JSON_NULL)
            return true;
    }
    return false;
}

void compare_arrays(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope, const struct rule_binding *binding)
{
    if (array_is_emptied(before, after)) {
        compare_report_values(c, CLASS_EMPTIED, before, after);
        return;
    }
    if (binding->key && compare_by_key(c, before, after, scope, binding->key))
        return;
    if (binding->multiset)
        compare_multisets(c, before, after, scope, binding->multiset);
    else
        compare_elements(c, before, after, scope);
}
