/* What rules can't mean: effects for one path that exclude each other, and parts that no answer has. */
#include "base/memory.h"
#include "workloads/contract/contract.h"
#include "workloads/contract/rules_tree.h"

#include <string.h>

enum rule_effect {
    EFFECT_IGNORE,
    EFFECT_NOISY,
    EFFECT_FORMAT,
    EFFECT_ABSOLUTE,
    EFFECT_RELATIVE,
    EFFECT_MULTISET,
    EFFECT_KEY,
    EFFECT_NUMERIC_STRING,
    EFFECT_ALIAS,
    EFFECT_UNICODE,
    EFFECT_TOTAL,
    EFFECT_COUNT
};
#define EFFECT(name) (1u << EFFECT_##name)

static const struct {
    const char *key;
    unsigned excludes; /* effects that would say nothing beside it */
    bool once;         /* of two rules for one path the first alone would bind */
} rule_effects[EFFECT_COUNT] = {
    [EFFECT_IGNORE] = {.key = "ignore", .excludes = ~EFFECT(IGNORE)},
    [EFFECT_NOISY] = {.key = "noisy",
                      .excludes = EFFECT(IGNORE) | EFFECT(ABSOLUTE) | EFFECT(RELATIVE) | EFFECT(ALIAS) |
                                  EFFECT(UNICODE)},
    [EFFECT_FORMAT] = {.key = "format", .excludes = EFFECT(IGNORE), .once = true},
    [EFFECT_ABSOLUTE] = {.key = "absolute",
                         .excludes = EFFECT(IGNORE) | EFFECT(NOISY) | EFFECT(ALIAS),
                         .once = true},
    [EFFECT_RELATIVE] = {.key = "relative",
                         .excludes = EFFECT(IGNORE) | EFFECT(NOISY) | EFFECT(ALIAS),
                         .once = true},
    [EFFECT_MULTISET] = {.key = "multiset", .excludes = EFFECT(IGNORE) | EFFECT(KEY)},
    [EFFECT_KEY] = {.key = "key", .excludes = EFFECT(IGNORE) | EFFECT(MULTISET), .once = true},
    [EFFECT_NUMERIC_STRING] = {.key = "numeric_string", .excludes = EFFECT(IGNORE)},
    [EFFECT_ALIAS] = {.key = "alias",
                      .excludes = EFFECT(IGNORE) | EFFECT(NOISY) | EFFECT(ABSOLUTE) | EFFECT(RELATIVE) |
                                  EFFECT(UNICODE)},
    [EFFECT_UNICODE] = {.key = "unicode", .excludes = EFFECT(IGNORE) | EFFECT(NOISY) | EFFECT(ALIAS)},
    [EFFECT_TOTAL] = {.key = "total", .excludes = EFFECT(IGNORE)},
};

static unsigned rule_list_effects(const struct rule *rule)
{
    const bool has[EFFECT_COUNT] = {
        [EFFECT_IGNORE] = rule->ignore,
        [EFFECT_NOISY] = rule->noisy,
        [EFFECT_FORMAT] = rule->format != FORMAT_NONE,
        [EFFECT_ABSOLUTE] = rule->absolute_text,
        [EFFECT_RELATIVE] = rule->relative_text,
        [EFFECT_MULTISET] = rule->multiset,
        [EFFECT_KEY] = rule->key,
        [EFFECT_NUMERIC_STRING] = rule->numeric_string,
        [EFFECT_ALIAS] = rule->alias,
        [EFFECT_UNICODE] = rule->nfc,
        [EFFECT_TOTAL] = rule->total,
    };
    unsigned effects = 0;
    for (int i = 0; i < EFFECT_COUNT; i++)
        effects |= has[i] ? 1u << i : 0;
    return effects;
}

/* The first effect of `rule` that one of `others` leaves nothing to say; -1: none. *other is that one. */
static int rule_find_clash(unsigned effects, unsigned others, bool same_rule, int *other)
{
    for (int i = 0; i < EFFECT_COUNT; i++) {
        if (!(effects >> i & 1))
            continue;
        unsigned clashing = others & rule_effects[i].excludes;
        if (rule_effects[i].once && !same_rule)
            clashing |= others & 1u << i;
        if (!clashing)
            continue;
        *other = __builtin_ctz(clashing);
        return i;
    }
    return -1;
}

/* The rules that bind at one node, each against itself and those before it. */
static int rules_check_node(const struct rules *rules, const struct rule_node *node,
                            const struct json_file *file, const struct json_value *value, struct err *err)
{
    int other;
    uint32_t first[EFFECT_COUNT]; /* by effect: the rule that has it */
    unsigned sofar = 0;
    for (size_t k = 0; k < node->rule_count; k++) {
        uint32_t index = node->rules[k];
        const struct json_value *row = json_element(value, index);
        unsigned effects = rule_list_effects(&rules->items[index]);
        int clash = rule_find_clash(effects, effects, true, &other);
        if (clash >= 0)
            return json_complain(file, row, err, "\"%s\" and \"%s\" exclude each other",
                                 rule_effects[clash].key, rule_effects[other].key);
        clash = rule_find_clash(effects, sofar, false, &other);
        if (clash >= 0)
            return json_complain(file, row, err,
                                 "\"%s\" can't be said beside the \"%s\" of rule %u, which binds the same "
                                 "place",
                                 rule_effects[clash].key, rule_effects[other].key, first[other]);
        for (int i = 0; i < EFFECT_COUNT; i++) {
            if (effects & ~sofar & 1u << i)
                first[i] = index;
        }
        sofar |= effects;
    }
    return 0;
}

int rules_check_effects(const struct rules *rules, const struct json_file *file,
                        const struct json_value *value, struct err *err)
{
    for (size_t i = 0; i < rules->node_count; i++) {
        if (rules_check_node(rules, &rules->nodes[i], file, value, err) < 0)
            return err->code;
    }
    return 0;
}

static bool rules_is_part(const char *part, const struct workload *workloads, size_t count)
{
    if (!strcmp(part, "stdout"))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (workloads[i].compare_stderr && !strcmp(part, "stderr"))
            return true;
        for (char *const *output = workloads[i].outputs; *output; output++) {
            if (!strcmp(part, *output))
                return true;
        }
    }
    return false;
}

int rules_check_parts(const struct rules *rules, const struct workload *workloads, size_t count,
                      const struct json_file *file, const struct json_value *value, struct err *err)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->header || rules_is_part(rule->part, workloads, count))
            continue;
        const struct json_value *part = json_find(json_element(value, i), "part");
        if (!strcmp(rule->part, "stderr"))
            return json_complain(file, part, err, "no workload compares stderr: one needs \"stderr\": true");
        return json_complain(file, part, err,
                             "is neither \"stdout\" nor among the \"outputs\" of any workload");
    }
    return 0;
}
