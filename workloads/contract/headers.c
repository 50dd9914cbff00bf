#include "workloads/contract/headers.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/contract/compare/compare.h"

#include <string.h>
#include <strings.h>

/* A value as JSON text; bytes that are no UTF-8 stay as they are, as the reader leaves them. */
static void headers_quote(struct text *out, const char *value)
{
    text_append_char(out, '"');
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;
        if (byte == '"' || byte == '\\')
            text_printf(out, "\\%c", byte);
        else if (byte < 0x20)
            text_printf(out, "\\u%04x", byte);
        else
            text_append_char(out, (char)byte);
    }
    text_append_char(out, '"');
}

/* The array of a header's values; how many there are. */
static size_t headers_write(struct text *out, const struct answer *answer, const char *name)
{
    size_t count = 0;
    text_append_char(out, '[');
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcasecmp(answer->headers[i].name, name) != 0)
            continue;
        text_append_string(out, count++ ? "," : "");
        headers_quote(out, answer->headers[i].value);
    }
    text_append_char(out, ']');
    return count;
}

/* A header that one side lacks is absent, and not an array that became empty. */
static void headers_compare_absent(struct comparison *c, bool missing)
{
    struct rule_scope scope = rule_walk_enter(&c->walk, c->part);
    compare_absent(c, missing ? CLASS_MISSING : CLASS_ADDED, json_root(missing ? c->before : c->after),
                   scope);
    c->walk.count = scope.first;
}

/* True where the values differ. */
static bool headers_compare_one(const struct body_comparison *how, const char *name,
                                const struct answer *before, const struct answer *after, size_t *fields)
{
    cleanup_text struct text left = {0};
    cleanup_text struct text right = {0};
    cleanup_json struct json_document *left_document = NULL;
    cleanup_json struct json_document *right_document = NULL;
    struct json_error error;
    size_t left_count = headers_write(&left, before, name);
    size_t right_count = headers_write(&right, after, name);
    if ((!left_count && !right_count) ||
        json_read(left.data, left.length, NULL, &left_document, &error) < 0 ||
        json_read(right.data, right.length, NULL, &right_document, &error) < 0)
        return false;
    cleanup_free char *part = rule_header_part(name);
    struct comparison c = {.part = part,
                           .before = left_document,
                           .after = right_document,
                           .findings = how->findings,
                           .noise = how->noise,
                           .learning = how->learning,
                           .sample = how->sample,
                           .walk = {.rules = how->rules, .matched = how->matched}};
    *fields += left_count;
    if (left_count && right_count)
        comparison_run(&c, PATH_POINTER);
    else
        headers_compare_absent(&c, left_count);
    comparison_fini(&c);
    return left.length != right.length || memcmp(left.data, right.data, left.length) != 0;
}

static bool headers_is_named_before(const struct rules *rules, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct rule *rule = rules_get(rules, i);
        if (rule->header && !strcmp(rule->header, rules_get(rules, index)->header))
            return true;
    }
    return false;
}

bool headers_compare(const struct body_comparison *how, const struct answer *before,
                     const struct answer *after, size_t *fields)
{
    bool differs = false;
    if (!before->header_count && !after->header_count)
        return false;
    for (size_t i = 0; i < rules_count(how->rules); i++) {
        const char *header = rules_get(how->rules, i)->header;
        if (header && !headers_is_named_before(how->rules, i))
            differs = headers_compare_one(how, header, before, after, fields) || differs;
    }
    return differs;
}
