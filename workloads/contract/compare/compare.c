#include "workloads/contract/compare/compare.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* What trying for partners may cost: about as much as comparing the whole so often again. */
#define COMPARE_TRIAL_BYTES ((size_t)4 << 20)
#define COMPARE_TRIAL_TIMES 8

size_t compare_count_common(const char *left, const char *right, size_t length)
{
    size_t i = 0;
    for (; i + 32 <= length && !memcmp(left + i, right + i, 32); i += 32)
        ;
    while (i < length && left[i] == right[i])
        i++;
    return i;
}

static bool compare_is_same_text(struct comparison *c, struct json_extent before, struct json_extent after)
{
    uint32_t length = before.end - before.start;
    if (length != after.end - after.start)
        return false;
    struct same_text *same = &c->same;
    int64_t shift = (int64_t)after.start - before.start;
    if (shift == same->shift && before.start >= same->from && before.start <= same->to) {
        if (before.end <= same->to)
            return true;
        if (same->stops)
            return false;
    }
    size_t common =
        compare_count_common(json_text(c->before) + before.start, json_text(c->after) + after.start, length);
    *same = (struct same_text){.from = before.start,
                               .to = before.start + (uint32_t)common,
                               .shift = shift,
                               .stops = common < length};
    return common == length;
}

bool compare_is_identical(struct comparison *c, const struct json_value *before,
                          const struct json_value *after)
{
    enum json_type type = json_type(before);
    if (type != json_type(after))
        return false;
    if (type == JSON_ARRAY || type == JSON_OBJECT)
        return compare_is_same_text(c, before->items[-1].extent, after->items[-1].extent);
    if (type != JSON_STRING && type != JSON_NUMBER)
        return true;
    if (!json_has_same_bytes(before, after))
        return false;
    if (!json_is_escaped(before) && !json_is_escaped(after))
        return true;
    return compare_is_same_text(c, json_extent(c->before, before), json_extent(c->after, after));
}

static bool compare_is_boolean(enum json_type type)
{
    return type == JSON_TRUE || type == JSON_FALSE;
}

static void compare_bound(struct comparison *c, const struct json_value *before,
                          const struct json_value *after, struct rule_scope scope,
                          const struct rule_binding *binding)
{
    enum json_type left = json_type(before);
    enum json_type right = json_type(after);
    if (left != right && !(compare_is_boolean(left) && compare_is_boolean(right)))
        compare_types(c, before, after, binding);
    else if (left == JSON_OBJECT)
        compare_objects(c, before, after, scope);
    else if (left == JSON_ARRAY)
        compare_arrays(c, before, after, scope, binding);
    else if (left != JSON_NULL)
        compare_scalars(c, before, after, binding);
}

void compare_values(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope)
{
    static const struct rule_binding unbound = {0};
    if (!scope.count) {
        if (c->aliases || !compare_is_identical(c, before, after))
            compare_bound(c, before, after, scope, &unbound);
        return;
    }
    struct rule_binding binding = rule_walk_bind(&c->walk, scope);
    const struct rule *outer = c->hidden_by;
    if (binding.ignore && !outer)
        c->hidden_by = binding.ignore;
    compare_bound(c, before, after, scope, &binding);
    c->hidden_by = outer;
}

void compare_absent(struct comparison *c, enum finding_class class, const struct json_value *value,
                    struct rule_scope scope)
{
    struct shown before = {.document = c->before, .value = value};
    struct shown after = {.document = c->after, .value = value};
    if (class == CLASS_MISSING)
        after = (struct shown){0};
    else
        before = (struct shown){0};
    const struct rule *ignore = scope.count ? rule_walk_bind(&c->walk, scope).ignore : NULL;
    if (ignore && !c->hidden_by)
        compare_excuse(c, class, ignore, "ignore");
    else
        compare_report(c, class, before, after);
}

size_t compare_take_scratch(struct comparison *c, size_t count)
{
    size_t base = c->scratch_count;
    if (c->scratch_capacity - base < count) {
        c->scratch_capacity = (base + count) * 2;
        c->scratch = memory_resize(c->scratch, c->scratch_capacity, sizeof *c->scratch);
    }
    c->scratch_count += count;
    return base;
}

static void comparison_pass(struct comparison *comparison)
{
    struct rule_scope scope = rule_walk_enter(&comparison->walk, comparison->part);
    compare_values(comparison, json_root(comparison->before), json_root(comparison->after), scope);
    comparison->walk.count = scope.first;
}

/* Rows that stand in another order are no noise: once what is has been learned, they are reported. */
static void comparison_learn(struct comparison *comparison)
{
    struct lessons lessons = {0};
    comparison->lessons = &lessons;
    comparison_pass(comparison);
    comparison->lessons = NULL;
    if (!lessons_settle(&lessons, comparison->noise, comparison->part, comparison->sample)) {
        comparison->learning = false;
        comparison_pass(comparison);
        comparison->learning = true;
    }
    lessons_fini(&lessons);
}

void comparison_run(struct comparison *comparison, enum path_style style)
{
    comparison->path.style = style;
    comparison->trial_bytes = COMPARE_TRIAL_BYTES + COMPARE_TRIAL_TIMES * json_length(comparison->before);
    struct aliases aliases = {0};
    if (rules_have_alias(comparison->walk.rules)) {
        comparison->aliases = &aliases;
        comparison->collecting = true;
        comparison_pass(comparison);
        comparison->collecting = false;
    }
    if (comparison->learning)
        comparison_learn(comparison);
    else
        comparison_pass(comparison);
    comparison->aliases = NULL;
    aliases_fini(&aliases);
}

void comparison_fini(struct comparison *comparison)
{
    rule_walk_fini(&comparison->walk);
    path_fini(&comparison->path);
    free(comparison->undo);
    free(comparison->scratch);
}
