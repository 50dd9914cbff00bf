#include "workloads/contract/body.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/memory.h"
#include "workloads/contract/compare/compare.h"

#include <stdio.h>
#include <string.h>

#define BODY_WHOLE_MOST ((size_t)16 << 20) /* bytes of a body that is held in whole */
#define BODY_WINDOW     ((size_t)32 << 10) /* bytes of longer ones that are read at a time */

static const char body_bom[] = "\xef\xbb\xbf";

static bool body_begins_with_bom(const char *bytes, size_t length)
{
    return length >= 3 && !memcmp(bytes, body_bom, 3);
}

static bool body_is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The first byte that is no white space, or 0. */
static char body_first_byte(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length && body_is_space(bytes[i]))
        i++;
    return i < length ? bytes[i] : 0;
}

bool body_is_blank(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!body_is_space(bytes[i]))
            return false;
    }
    return true;
}

static bool body_is_empty(const struct body *body)
{
    return body_is_blank(body->bytes, body->length);
}

/* Every line that is not blank begins like an object or an array. */
static bool body_looks_like_lines(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t stop = end ? (size_t)(end - bytes) : length;
        char first = body_first_byte(bytes + at, stop - at);
        if (first && first != '{' && first != '[')
            return false;
        at = stop + 1;
    }
    return true;
}

/* Bytes from `at` on that are ASCII and no NUL, by the eight. */
static size_t body_count_ascii(const char *bytes, size_t at, size_t length)
{
    size_t start = at;
    for (uint64_t word; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        /* A byte is 0 or has its high bit where the high bit of word | (word - 1) is set in it. */
        if ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080))
            break;
    }
    return at - start;
}

/* Well-formed UTF-8 (RFC 3629) without NUL. */
static bool body_is_text(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t i = body_count_ascii(bytes, 0, length); i < length;) {
        unsigned char lead = at[i];
        size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (!lead || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || length - i <= more)
            return false;
        for (size_t k = 1; k <= more; k++) {
            if ((at[i + k] & 0xc0) != 0x80)
                return false;
        }
        if ((lead == 0xe0 && at[i + 1] < 0xa0) || (lead == 0xed && at[i + 1] >= 0xa0) ||
            (lead == 0xf0 && at[i + 1] < 0x90) || (lead == 0xf4 && at[i + 1] >= 0x90))
            return false;
        i += more + 1;
        i += body_count_ascii(bytes, i, length);
    }
    return true;
}

static int body_read_json(struct body *body, const struct json_options *options)
{
    size_t skip = body_begins_with_bom(body->bytes, body->length) ? 3 : 0;
    const char *bytes = body->bytes + skip;
    size_t length = body->length - skip;
    body->has_bom = skip > 0;
    if (body->kind == BODY_JSON_LINES)
        return json_read_lines(bytes, length, options, &body->document, &body->error);
    int code = json_read(bytes, length, options, &body->document, &body->error);
    body->has_trailing = code == 0 && body->error.problem == JSON_PROBLEM_TRAILING;
    return code;
}

size_t body_window(const struct rules *rules, size_t length)
{
    return length > BODY_WHOLE_MOST && rules_keep_order(rules) ? BODY_WINDOW : 0;
}

void body_read(struct body *body, enum body_kind kind, const char *bytes, size_t length,
               const struct body_memory *memory)
{
    static const char nothing[JSON_PADDING];
    *body = (struct body){.kind = kind, .bytes = length ? bytes : nothing, .length = length};
    struct json_options options = {.views = true,
                                   .trailing = true,
                                   .pool = memory->pool,
                                   .borrow = memory->padded || !length,
                                   .window = memory->window};
    int code = 0;
    if (kind == BODY_JSON || kind == BODY_JSON_LINES)
        code = body_read_json(body, &options);
    else if (kind == BODY_TEXT)
        code = json_wrap_text(body->bytes, length, &options, &body->document, &body->error);
    (void)code; /* what could not be read has no document, and the error says why */
}

/* Looks further only where the bytes begin like it. */
static bool body_read_structured(struct body *body, const char *bytes, size_t length,
                                 const struct body_memory *memory)
{
    size_t skip = body_begins_with_bom(bytes, length) ? 3 : 0;
    char first = body_first_byte(bytes + skip, length - skip);
    if (first != '{' && first != '[')
        return false;
    body_read(body, BODY_JSON, bytes, length, memory);
    if (body->document && !body->has_trailing)
        return true;
    body_fini(body);
    if (!body_looks_like_lines(bytes + skip, length - skip))
        return false;
    body_read(body, BODY_JSON_LINES, bytes, length, memory);
    return body->document;
}

void body_read_auto(struct body *body, const char *bytes, size_t length, const struct body_memory *memory)
{
    if (!body_read_structured(body, bytes, length, memory))
        body_read(body, body_is_text(bytes, length) ? BODY_TEXT : BODY_BYTES, bytes, length, memory);
}

void body_fini(struct body *body)
{
    json_free(body->document);
    *body = (struct body){0};
}

size_t body_count_fields(const struct body *body)
{
    if (body->document)
        return json_count_leaves(body->document);
    return body->length > 0;
}

/* How a side is shown that is not shown as a value: its beginning, or why it can't be read; free() it. */
static char *body_describe(const struct body *body)
{
    if (!body->length)
        return memory_copy_string("nothing");
    if (body->error.problem && body->error.problem != JSON_PROBLEM_EMPTY)
        return memory_format("not JSON at line %u, column %u: %s", body->error.line, body->error.column,
                             body->error.message);
    int shown = body->length < 200 ? (int)body->length : 200;
    return memory_format("%zu bytes: %.*s%s", body->length, shown, body->bytes,
                         body->length > 200 ? "…" : "");
}

static void body_report(struct comparison *c, enum finding_class class, const struct body *before,
                        const struct body *after)
{
    cleanup_free char *left = body_describe(before);
    cleanup_free char *right = body_describe(after);
    compare_report(c, class, (struct shown){.words = left}, (struct shown){.words = right});
}

static bool body_is_too_big(const struct body *body)
{
    return body->error.problem == JSON_PROBLEM_DEPTH || body->error.problem == JSON_PROBLEM_SIZE;
}

/* Before can't be read, so that nothing is proven; only "it was empty and is not any more" is a difference.
 */
static bool body_compare_unreadable(struct comparison *c, const struct body *before, const struct body *after)
{
    if (body_is_empty(before) && !body_is_empty(after)) {
        body_report(c, CLASS_BODY, before, after);
        return true;
    }
    bool limit = body_is_too_big(before) || body_is_too_big(after);
    body_report(c, limit ? CLASS_DEPTH : CLASS_PARSE, before, after);
    return false;
}

static enum finding_class body_class_of_failure(const struct body *after)
{
    if (body_is_too_big(after))
        return CLASS_DEPTH;
    size_t skip = body_begins_with_bom(after->bytes, after->length) ? 3 : 0;
    char first = body_first_byte(after->bytes + skip, after->length - skip);
    return first && strchr("{[\"-0123456789tfn", first) ? CLASS_BECAME_UNPARSABLE : CLASS_BODY;
}

static size_t body_count_excused(const struct findings *findings)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->excuse_count; i++)
        count += findings->excuses[i].count;
    return count;
}

static void body_compare_documents(struct comparison *c, const struct body *before, const struct body *after)
{
    size_t findings = c->findings->count;
    size_t excused = body_count_excused(c->findings);
    c->before = before->document;
    c->after = after->document;
    c->path.style = before->kind == BODY_TEXT ? PATH_LINES : PATH_POINTER;
    if (before->has_bom != after->has_bom)
        compare_report(c, CLASS_BOM, (struct shown){.words = before->has_bom ? "a byte order mark" : "none"},
                       (struct shown){.words = after->has_bom ? "a byte order mark" : "none"});
    if (after->has_trailing)
        body_report(c, CLASS_TRAILING_DATA, before, after);
    comparison_run(c, c->path.style);
    bool identical = before->length == after->length && !memcmp(before->bytes, after->bytes, before->length);
    if (!identical && c->findings->count == findings && body_count_excused(c->findings) == excused)
        compare_report(c, CLASS_WHITESPACE, (struct shown){0}, (struct shown){0});
}

static bool body_compare_json(struct comparison *c, const struct body *before, const struct body *after)
{
    if (!before->document || before->has_trailing)
        return body_compare_unreadable(c, before, after);
    if (!after->document)
        body_report(c, body_class_of_failure(after), before, after);
    else if (before->kind == BODY_JSON_LINES && !body_is_empty(before) && body_is_empty(after))
        body_report(c, CLASS_BODY, before, after);
    else
        body_compare_documents(c, before, after);
    return true;
}

/* Bytes have no paths but the root, which is their value. */
static void body_report_bytes(struct comparison *c, const struct rule_binding *binding, struct shown before,
                              struct shown after)
{
    if (binding->ignore)
        compare_excuse(c, CLASS_VALUE, binding->ignore, "ignore");
    else if (binding->noisy)
        compare_excuse(c, CLASS_VALUE, binding->noisy, "noisy");
    else
        compare_report(c, CLASS_VALUE, before, after);
}

static void body_compare_bytes(struct comparison *c, const struct body *before, const struct body *after)
{
    struct rule_scope scope = rule_walk_enter(&c->walk, c->part);
    struct rule_binding binding = rule_walk_bind(&c->walk, scope);
    c->walk.count = scope.first;
    const struct body *sides[] = {before, after};
    char words[2][128];
    if (before == after) /* who asks knows that they are the same */
        return;
    size_t shorter = before->length < after->length ? before->length : after->length;
    size_t same = compare_count_common(before->bytes, after->bytes, shorter);
    if (same == before->length && same == after->length)
        return;
    for (int i = 0; i < 2; i++) {
        struct digest digest = digest_of(sides[i]->bytes, sides[i]->length);
        char hex[DIGEST_HEX];
        digest_to_hex(&digest, hex);
        snprintf(words[i], sizeof words[i], "%zu bytes, SHA-256 %.16s, differing from byte %zu",
                 sides[i]->length, hex, same);
    }
    body_report_bytes(c, &binding, (struct shown){.words = words[0]}, (struct shown){.words = words[1]});
}

bool body_compare(const struct body_comparison *how, const struct body *before, const struct body *after)
{
    struct comparison c = {.part = how->part,
                           .findings = how->findings,
                           .noise = how->noise,
                           .learning = how->learning,
                           .sample = how->sample,
                           .walk = {.rules = how->rules, .matched = how->matched}};
    bool compared = true;
    if (before->kind == BODY_JSON || before->kind == BODY_JSON_LINES)
        compared = body_compare_json(&c, before, after);
    else if (!before->length != !after->length)
        body_report(&c, CLASS_BODY, before, after);
    else if (before->document && after->document)
        body_compare_documents(&c, before, after);
    else
        body_compare_bytes(&c, before, after);
    comparison_fini(&c);
    return compared;
}
