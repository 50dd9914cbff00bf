#include "workloads/contract/compare/compare.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

bool compare_is_identical(const struct comparison *c, const struct json_value *before,
                          const struct json_value *after)
{
    size_t before_length;
    size_t after_length;
    const char *left = json_source(c->before, before, &before_length);
    const char *right = json_source(c->after, after, &after_length);
    return before_length == after_length && !memcmp(left, right, before_length);
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

void comparison_run(struct comparison *comparison, enum path_style style)
{
    comparison->path.style = style;
    struct aliases aliases = {0};
    if (rules_have_alias(comparison->walk.rules)) {
        comparison->aliases = &aliases;
        comparison->collecting = true;
        comparison_pass(comparison);
        comparison->collecting = false;
    }
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
