#include "workloads/contract/rules_tree.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static uint32_t rules_new_node(struct rules *rules)
{
    MEMORY_GROW(rules->nodes, rules->node_count, rules->node_capacity);
    rules->nodes[rules->node_count] = (struct rule_node){0};
    return (uint32_t)rules->node_count++;
}

/* "0", "17", but not "017" or "": what RFC 6901 takes as an array index. */
static int64_t rules_parse_index(const char *segment)
{
    size_t length = strspn(segment, "0123456789");
    if (!length || segment[length] || length > 10 || (length > 1 && *segment == '0'))
        return -1;
    return strtoll(segment, NULL, 10);
}

static uint32_t rules_follow(struct rules *rules, uint32_t from, const char *segment)
{
    const struct rule_node *node = &rules->nodes[from];
    for (size_t i = 0; i < node->edge_count; i++) {
        if (!strcmp(node->edges[i].segment, segment))
            return node->edges[i].node;
    }
    uint32_t to = rules_new_node(rules);
    struct rule_node *grown = &rules->nodes[from];
    MEMORY_GROW(grown->edges, grown->edge_count, grown->edge_capacity);
    grown->edges[grown->edge_count++] = (struct rule_edge){
        .segment = segment, .length = strlen(segment), .index = rules_parse_index(segment), .node = to};
    return to;
}

static void rules_put(struct rules *rules, uint32_t at, size_t rule)
{
    struct rule_node *node = &rules->nodes[at];
    MEMORY_GROW(node->rules, node->rule_count, node->rule_capacity);
    node->rules[node->rule_count++] = (uint32_t)rule;
}

/* "*" comes last, so that of several rules the one that names a place more exactly is met first. */
static void rules_order_edges(struct rule_node *node)
{
    for (size_t i = 0; i + 1 < node->edge_count; i++) {
        struct rule_edge edge = node->edges[i];
        if (strcmp(edge.segment, "*") != 0)
            continue;
        memmove(&node->edges[i], &node->edges[i + 1], (node->edge_count - i - 1) * sizeof edge);
        node->edges[node->edge_count - 1] = edge;
        return;
    }
}

/* A header is the array of its values: what is said of it binds the array and each value. */
void rules_build_tree(struct rules *rules)
{
    rules_new_node(rules);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        uint32_t at = rules_follow(rules, 0, rule->part);
        for (size_t j = 0; j < rule->segment_count; j++)
            at = rules_follow(rules, at, rule->segments[j]);
        rules_put(rules, at, i);
        if (rule->header)
            rules_put(rules, rules_follow(rules, at, "*"), i);
    }
    for (size_t i = 1; i < rules->node_count; i++)
        rules_order_edges(&rules->nodes[i]);
}

void rules_free_tree(struct rules *rules)
{
    for (size_t i = 0; i < rules->node_count; i++) {
        free(rules->nodes[i].edges);
        free(rules->nodes[i].rules);
    }
    free(rules->nodes);
}

static void rule_walk_add(struct rule_walk *walk, struct rule_scope *scope, uint32_t node)
{
    MEMORY_GROW(walk->nodes, walk->count, walk->capacity);
    walk->nodes[walk->count++] = node;
    scope->count++;
}

struct rule_scope rule_walk_enter(struct rule_walk *walk, const char *part)
{
    struct rule_scope scope = {.first = walk->count};
    for (size_t i = 0; walk->rules && i < walk->rules->nodes[0].edge_count; i++) {
        const struct rule_edge *edge = &walk->rules->nodes[0].edges[i];
        if (!strcmp(edge->segment, part))
            rule_walk_add(walk, &scope, edge->node);
    }
    return scope;
}

/* One step of the walk: by key (`bytes`), by index (>= 0), or by both an index and "@key=id". */
struct rule_step {
    const char *bytes;
    size_t length;
    int64_t index;
};

static bool rule_edge_fits(const struct rule_edge *edge, const struct rule_step *step)
{
    if (edge->length == 1 && *edge->segment == '*')
        return true;
    if (step->index >= 0 && edge->index == step->index)
        return true;
    return step->bytes && edge->length == step->length && !memcmp(edge->segment, step->bytes, step->length);
}

static struct rule_scope rule_walk_step(struct rule_walk *walk, struct rule_scope scope,
                                        struct rule_step step)
{
    struct rule_scope below = {.first = walk->count};
    for (size_t i = 0; i < scope.count; i++) {
        const struct rule_node *node = &walk->rules->nodes[walk->nodes[scope.first + i]];
        for (size_t j = 0; j < node->edge_count; j++) {
            if (rule_edge_fits(&node->edges[j], &step))
                rule_walk_add(walk, &below, node->edges[j].node);
        }
    }
    return below;
}

struct rule_scope rule_walk_key(struct rule_walk *walk, struct rule_scope scope, const struct json_value *key)
{
    return rule_walk_step(walk, scope,
                          (struct rule_step){.bytes = key->bytes, .length = key->count, .index = -1});
}

struct rule_scope rule_walk_index(struct rule_walk *walk, struct rule_scope scope, size_t index)
{
    return rule_walk_step(walk, scope, (struct rule_step){.index = (int64_t)index});
}

struct rule_scope rule_walk_id(struct rule_walk *walk, struct rule_scope scope, size_t index,
                               const char *id_key, const struct json_value *id)
{
    cleanup_text struct text segment = {0};
    if (scope.count) {
        text_printf(&segment, "@%s=", id_key);
        text_append(&segment, id->bytes, id->count);
    }
    return rule_walk_step(
        walk, scope,
        (struct rule_step){.bytes = segment.data, .length = segment.length, .index = (int64_t)index});
}

bool rule_walk_goes_on(const struct rule_walk *walk, struct rule_scope scope)
{
    for (size_t i = 0; i < scope.count; i++) {
        if (walk->rules->nodes[walk->nodes[scope.first + i]].edge_count)
            return true;
    }
    return false;
}

/* What a more exact rule says stands: one that excuses more says nothing beside it. */
static void rule_binding_add(struct rule_binding *binding, const struct rule *rule)
{
#define BIND(field, condition)                                                                               \
    if ((condition) && !binding->field)                                                                      \
    binding->field = rule
    BIND(ignore, rule->ignore && !binding->held);
    BIND(noisy, rule->noisy && !binding->absolute && !binding->relative && !binding->nfc);
    BIND(multiset, rule->multiset);
    BIND(numeric_string, rule->numeric_string);
    BIND(alias, rule->alias);
    BIND(nfc, rule->nfc);
    BIND(total, rule->total);
    BIND(key, rule->key);
    BIND(format, rule->format != FORMAT_NONE);
    BIND(absolute, rule->absolute_text);
    BIND(relative, rule->relative_text);
    BIND(held, !rule->ignore && !rule->header);
#undef BIND
}

struct rule_binding rule_walk_bind(const struct rule_walk *walk, struct rule_scope scope)
{
    struct rule_binding binding = {0};
    for (size_t i = 0; i < scope.count; i++) {
        const struct rule_node *node = &walk->rules->nodes[walk->nodes[scope.first + i]];
        for (size_t j = 0; j < node->rule_count; j++) {
            rule_binding_add(&binding, &walk->rules->items[node->rules[j]]);
            walk->matched[node->rules[j]] = true;
        }
    }
    return binding;
}

void rule_walk_fini(struct rule_walk *walk)
{
    free(walk->nodes);
    *walk = (struct rule_walk){0};
}
