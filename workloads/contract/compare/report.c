/* How a comparison reports: into groups, as an excuse, or only as "unequal" while it is quick. */
#include "base/memory.h"
#include "workloads/contract/compare/compare.h"
#include "workloads/contract/hash.h"

#include <string.h>

/* A string's bytes as JSON text: what a person can read of a line, its end included. */
static void report_quote(struct text *text, const char *bytes, size_t length)
{
    text_append_char(text, '"');
    for (size_t i = 0; i < length && text->length <= FINDING_TEXT_MAX; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\n')
            text_append_string(text, "\\n");
        else if (byte == '"' || byte == '\\')
            text_printf(text, "\\%c", byte);
        else if (byte < 0x20)
            text_printf(text, "\\u%04x", byte);
        else
            text_append_char(text, (char)byte);
    }
    text_append_char(text, '"');
}

/* Cuts to FINDING_TEXT_MAX bytes, the last three of them "…", never inside a UTF-8 sequence. */
static char *report_cut(const char *bytes, size_t length)
{
    if (length <= FINDING_TEXT_MAX)
        return memory_copy_bytes(bytes, length);
    length = FINDING_TEXT_MAX - 3;
    while (length && ((unsigned char)bytes[length] & 0xc0) == 0x80)
        length--;
    return memory_format("%.*s…", (int)length, bytes);
}

static char *report_show(const struct comparison *c, struct shown shown)
{
    if (shown.words)
        return memory_copy_string(shown.words);
    if (!shown.value)
        return NULL;
    size_t length;
    const char *source = json_source(shown.document, shown.value, &length);
    if (c->path.style == PATH_POINTER)
        return report_cut(source, length);
    cleanup_text struct text quoted = {0};
    report_quote(&quoted, source, length);
    return report_cut(quoted.data, quoted.length);
}

static void report_remember(struct comparison *c, bool excuse, size_t index)
{
    if (!c->quick)
        return;
    MEMORY_GROW(c->undo, c->undo_count, c->undo_capacity);
    c->undo[c->undo_count++] = (struct undo){.excuse = excuse, .index = index};
}

static void report_group(struct comparison *c, enum finding_class class, struct shown before,
                         struct shown after)
{
    uint64_t key = hash_mix(path_hash_pattern(&c->path), (uint64_t) class + 1);
    key = hash_bytes(key, c->part, strlen(c->part));
    size_t index;
    struct finding *fresh = findings_add(c->findings, class, key, 1, &index);
    report_remember(c, false, index);
    if (!fresh)
        return;
    cleanup_text struct text pattern = {0};
    cleanup_text struct text pointer = {0};
    path_write_pattern(&c->path, &pattern);
    path_write_pointer(&c->path, &pointer);
    fresh->part = memory_copy_string(c->part);
    fresh->pattern = text_take(&pattern);
    fresh->pointer = text_take(&pointer);
    fresh->sample = memory_copy_string("");
    fresh->before = report_show(c, before);
    fresh->after = report_show(c, after);
}

void compare_report(struct comparison *c, enum finding_class class, struct shown before, struct shown after)
{
    if (c->hidden_by) {
        compare_excuse(c, class, c->hidden_by, "ignore");
        return;
    }
    if (c->quick && class < CLASS_FIRST_NOTE)
        c->unequal = true;
    if (c->collecting || c->unequal)
        return;
    bool lifted = c->unaddressed && c->path.depth == c->unaddressed;
    if (lifted)
        path_pop(&c->path);
    report_group(c, class, before, after);
    c->path.depth += lifted;
}

void compare_report_values(struct comparison *c, enum finding_class class, const struct json_value *before,
                           const struct json_value *after)
{
    compare_report(c, class, (struct shown){.document = c->before, .value = before},
                   (struct shown){.document = c->after, .value = after});
}

/* Fills the words of a new excuse and counts one more. */
static struct excuse *report_excuse(struct comparison *c, enum finding_class class, const struct rule *rule,
                                    const char *effect)
{
    enum excuse_state state;
    uint64_t wide = hash_mix(hash_bytes(hash_seed(), c->part, strlen(c->part)), (uint64_t) class + 1);
    wide = hash_mix(wide, rule ? (uint64_t)(uintptr_t)rule : 1);
    uint64_t key = hash_mix(wide, path_hash_noise(&c->path));
    struct excuse *excuse = findings_excuse(c->findings, key, rule ? wide : 0, &state);
    if (state != EXCUSE_KNOWN) {
        cleanup_text struct text pattern = {0};
        if (state == EXCUSE_WIDE)
            text_append_string(&pattern, rule_place(rule));
        else
            path_write_noise(&c->path, &pattern);
        excuse->class = class;
        excuse->part = memory_copy_string(c->part);
        excuse->pattern = text_take(&pattern);
        excuse->by = rule ? rule_describe(rule, effect) : memory_copy_string("learned noise");
        excuse->rule = rule;
    }
    excuse->count++;
    report_remember(c, true, (size_t)(excuse - c->findings->excuses));
    return excuse;
}

void compare_excuse(struct comparison *c, enum finding_class class, const struct rule *rule,
                    const char *effect)
{
    /* A note hides nothing, so nothing hid it. */
    if (!c->collecting && !c->unequal && class < CLASS_FIRST_NOTE)
        report_excuse(c, class, rule, effect);
}

void compare_excuse_noise(struct comparison *c, const struct noise_entry *entry)
{
    if (c->collecting || c->unequal)
        return;
    struct excuse *excuse = report_excuse(c, CLASS_VALUE, NULL, NULL);
    excuse->evidence = entry->evidence;
    excuse->asked = c->noise->asked;
}

/* Takes back what was counted since then. */
static void report_undo(struct comparison *c, size_t undo_count, size_t findings, size_t dropped)
{
    while (c->undo_count > undo_count) {
        struct undo undo = c->undo[--c->undo_count];
        if (undo.excuse)
            c->findings->excuses[undo.index].count--;
        else if (undo.index < findings)
            c->findings->items[undo.index].count--;
    }
    findings_truncate(c->findings, findings);
    c->findings->dropped = dropped;
}

static bool report_compare_quick(struct comparison *c, const struct json_value *before, size_t i,
                                 const struct json_value *after, size_t j, struct rule_scope scope, bool keep)
{
    bool outer = c->quick;
    size_t undo_count = c->undo_count;
    size_t findings = c->findings->count;
    size_t dropped = c->findings->dropped;
    c->quick = true;
    compare_pair(c, before, i, after, j, scope);
    c->quick = outer;
    bool equal = !c->unequal;
    c->unequal = false;
    if (!equal || !keep)
        report_undo(c, undo_count, findings, dropped);
    else if (!outer)
        c->undo_count = undo_count;
    return equal;
}

bool compare_is_equal_pair(struct comparison *c, const struct json_value *before, size_t i,
                           const struct json_value *after, size_t j, struct rule_scope scope)
{
    return report_compare_quick(c, before, i, after, j, scope, true);
}

bool compare_try_pair(struct comparison *c, const struct json_value *before, size_t i,
                      const struct json_value *after, size_t j, struct rule_scope scope)
{
    return report_compare_quick(c, before, i, after, j, scope, false);
}
