#include "base/unicode.h"
#include "workloads/contract/compare/compare.h"

#include <string.h>

static bool scalar_is_text(const struct json_value *value)
{
    return json_type(value) == JSON_STRING || json_type(value) == JSON_NUMBER;
}

/* Bytes of what is written there: of a text's line without its end. */
static size_t scalar_length(const struct json_value *value)
{
    size_t length = value->count;
    if (!(value->meta & JSON_META_LINE))
        return length;
    length -= length && value->bytes[length - 1] == '\n';
    return length - (length && value->bytes[length - 1] == '\r');
}

static bool scalar_read_decimal(const struct json_value *value, struct decimal *out)
{
    return scalar_is_text(value) && decimal_parse(out, value->bytes, scalar_length(value));
}

static bool scalar_is_equal_decimal(const struct json_value *before, const struct json_value *after)
{
    struct decimal left;
    struct decimal right;
    return scalar_read_decimal(before, &left) && scalar_read_decimal(after, &right) &&
           decimal_equal(&left, &right);
}

/* Surrogates that stand in the source as raw bytes: invalid UTF-8, and not what an escaped surrogate is. */
static size_t scalar_count_raw_surrogates(const struct json_document *document,
                                          const struct json_value *value)
{
    size_t length;
    const unsigned char *source = (const unsigned char *)json_source(document, value, &length);
    size_t count = 0;
    for (size_t i = 0; i + 1 < length; i++)
        count += source[i] == 0xed && source[i + 1] >= 0xa0;
    return count;
}

bool compare_is_same_string(const struct comparison *c, const struct json_value *before,
                            const struct json_value *after)
{
    return scalar_count_raw_surrogates(c->before, before) == scalar_count_raw_surrogates(c->after, after);
}

static bool scalar_is_equal_string(struct comparison *c, const struct json_value *before,
                                   const struct json_value *after)
{
    if (!json_has_same_bytes(before, after))
        return false;
    if (!json_is_escaped(before) && !json_is_escaped(after))
        return true;
    if (compare_is_identical(c, before, after))
        return true;
    if (!compare_is_same_string(c, before, after))
        return false;
    compare_report_values(c, CLASS_ESCAPE, before, after);
    return true;
}

/* Same value; says so where only the spelling differs. */
static bool scalar_is_equal(struct comparison *c, const struct json_value *before,
                            const struct json_value *after)
{
    if (json_type(before) == JSON_STRING)
        return scalar_is_equal_string(c, before, after);
    if (json_type(before) != JSON_NUMBER)
        return json_type(before) == json_type(after);
    if (alias_is_same(before, after))
        return true;
    if (!scalar_is_equal_decimal(before, after))
        return false;
    compare_report_values(c, CLASS_NUMBER_SPELLING, before, after);
    return true;
}

/* The tolerance that two numbers are within, and its key; strings are numbers under `numeric_string` alone.
 */
static const struct rule *scalar_find_tolerance(const struct json_value *before,
                                                const struct json_value *after,
                                                const struct rule_binding *binding, const char **effect)
{
    struct decimal left;
    struct decimal right;
    bool numbers = json_type(before) == JSON_NUMBER && json_type(after) == JSON_NUMBER;
    if ((!numbers && !binding->numeric_string) || !scalar_read_decimal(before, &left) ||
        !scalar_read_decimal(after, &right))
        return NULL;
    *effect = "absolute";
    if (binding->absolute && decimal_is_close(&left, &right, &binding->absolute->absolute, NULL))
        return binding->absolute;
    *effect = "relative";
    if (binding->relative && decimal_is_close(&left, &right, NULL, &binding->relative->relative))
        return binding->relative;
    return NULL;
}

/* A total that fell to zero says "nothing found", whatever else excuses its value. */
static bool scalar_is_emptied_total(const struct json_value *before, const struct json_value *after)
{
    struct decimal left;
    struct decimal right;
    return scalar_read_decimal(before, &left) && scalar_read_decimal(after, &right) && !left.zero &&
           right.zero;
}

/* With or without the end of a line: an expression may well ask for it. */
static bool scalar_has_format(const struct json_value *value, const struct rule *format)
{
    return scalar_is_text(value) &&
           (format_matches(format->format, &format->regex, value->bytes, scalar_length(value)) ||
            format_matches(format->format, &format->regex, value->bytes, value->count));
}

/* A value that may differ must keep its format. */
static void scalar_check_format(struct comparison *c, const struct json_value *before,
                                const struct json_value *after, const struct rule *format)
{
    if (format && !scalar_has_format(after, format))
        compare_report_values(c, CLASS_FORMAT, before, after);
}

/* Of two strings that differ: same bytes can only be an escaped surrogate and a raw one. */
static bool scalar_is_canonically_equal(const struct json_value *before, const struct json_value *after)
{
    return json_type(before) == JSON_STRING && !alias_is_same(before, after) &&
           unicode_is_canonically_equal(before->bytes, before->count, after->bytes, after->count);
}

/* The rules that can make two different values of one type equal; true when one did. */
static bool scalar_excuse_by_rule(struct comparison *c, const struct json_value *before,
                                  const struct json_value *after, const struct rule_binding *binding)
{
    const char *effect;
    const struct rule *tolerance = scalar_find_tolerance(before, after, binding, &effect);
    if (binding->noisy)
        compare_excuse(c, CLASS_VALUE, binding->noisy, "noisy");
    else if (tolerance)
        compare_excuse(c, CLASS_VALUE, tolerance, effect);
    else if (binding->numeric_string && scalar_is_equal_decimal(before, after))
        compare_excuse(c, CLASS_VALUE, binding->numeric_string, "numeric_string");
    else if (binding->nfc && scalar_is_canonically_equal(before, after))
        compare_excuse(c, CLASS_UNICODE_NORMALISATION, binding->nfc, "unicode nfc");
    else if (binding->format && binding->format->format == FORMAT_RFC3339 && scalar_is_text(before) &&
             format_is_same_instant(before->bytes, scalar_length(before), after->bytes, scalar_length(after)))
        compare_excuse(c, CLASS_VALUE, binding->format, "format rfc3339");
    else
        return false;
    scalar_check_format(c, before, after, binding->format);
    return true;
}

/* Two different values of one type that no rule excuses. */
static void scalar_report(struct comparison *c, const struct json_value *before,
                          const struct json_value *after, const struct rule *format)
{
    if (c->learning && !c->quick && !c->collecting && !c->hidden_by &&
        !noise_is_forbidden(c->noise, &c->path)) {
        lessons_add(c->lessons, &(struct lesson){.path = path_hash_noise(&c->path),
                                                 .before = compare_hash_plain(before),
                                                 .after = compare_hash_plain(after),
                                                 .unordered = c->unaddressed > 0,
                                                 .boolean = !scalar_is_text(before)});
        return;
    }
    const struct noise_entry *noise =
        c->noise && !c->learning ? noise_find(c->noise, c->part, &c->path, c->sample) : NULL;
    if (noise && noise_is_forbidden(c->noise, &c->path)) /* learned at a neighbour of the same pattern */
        noise = NULL;
    if (noise) {
        compare_excuse_noise(c, noise);
        scalar_check_format(c, before, after, format);
    } else if (scalar_is_canonically_equal(before, after))
        compare_report_values(c, CLASS_UNICODE_NORMALISATION, before, after);
    else
        compare_report_values(c, CLASS_VALUE, before, after);
}

/* A string that stayed, and that an id is called now which it didn't name before; says so. */
static bool scalar_is_taken(struct comparison *c, const struct json_value *before,
                            const struct json_value *after, const struct rule *rule)
{
    const struct alias_pair *pair = aliases_of_after(c->aliases, after);
    if (rule || !pair || json_type(before) != JSON_STRING || !alias_is_equal(before, after) ||
        alias_is_equal(pair->before, before))
        return false;
    compare_report_values(c, CLASS_REFERENCE_BROKEN, before, after);
    return true;
}

/*
 * Under an alias rule a string that was renamed must be renamed everywhere, and to nothing that another id is
 * called. Numbers outside of the rule's own paths are too often mere counts to hold them to it. True when
 * done.
 */
static bool scalar_compare_alias(struct comparison *c, const struct json_value *before,
                                 const struct json_value *after, const struct rule_binding *binding)
{
    const struct rule *rule = binding->alias;
    if (c->collecting) {
        if (rule)
            aliases_add(c->aliases, before, after, rule);
        return rule;
    }
    const struct alias_pair *pair = aliases_of_before(c->aliases, before);
    if (!pair || (!rule && alias_is_equal(pair->before, pair->after)))
        return scalar_is_taken(c, before, after, rule);
    bool follows = alias_is_equal(pair->after, after);
    if (rule && follows) {
        const struct alias_pair *back = aliases_of_after(c->aliases, after);
        follows = back && alias_is_equal(back->before, before);
    }
    if (!rule && json_type(before) == JSON_NUMBER && !follows)
        return false;
    if (follows && alias_is_equal(before, after))
        return false;
    if (!follows)
        compare_report_values(c, CLASS_REFERENCE_BROKEN, before, after);
    else {
        compare_excuse(c, CLASS_VALUE, pair->rule, "alias");
        scalar_check_format(c, before, after, binding->format);
    }
    return true;
}

void compare_scalars(struct comparison *c, const struct json_value *before, const struct json_value *after,
                     const struct rule_binding *binding)
{
    if (c->aliases && scalar_is_text(before) && scalar_compare_alias(c, before, after, binding))
        return;
    if (scalar_is_equal(c, before, after))
        return;
    if (binding->total && scalar_is_emptied_total(before, after))
        compare_report_values(c, CLASS_EMPTIED, before, after);
    else if (!scalar_excuse_by_rule(c, before, after, binding))
        scalar_report(c, before, after, binding->format);
}

/* A number became a string of one, or the other way round; `numeric_string` says that this is no matter. */
static void scalar_compare_spelled(struct comparison *c, const struct json_value *before,
                                   const struct json_value *after, const struct rule_binding *binding)
{
    const char *effect;
    bool equal = scalar_is_equal_decimal(before, after);
    if (binding->total && scalar_is_emptied_total(before, after)) {
        compare_report_values(c, CLASS_EMPTIED, before, after);
    } else if (equal || binding->noisy || scalar_find_tolerance(before, after, binding, &effect)) {
        compare_excuse(c, CLASS_TYPE, binding->numeric_string, "numeric_string");
        if (!equal)
            scalar_excuse_by_rule(c, before, after, binding);
        else
            scalar_check_format(c, before, after, binding->format);
    } else {
        compare_report_values(c, CLASS_TYPE, before, after);
    }
}

void compare_types(struct comparison *c, const struct json_value *before, const struct json_value *after,
                   const struct rule_binding *binding)
{
    struct decimal left;
    struct decimal right;
    if (binding->numeric_string && scalar_read_decimal(before, &left) && scalar_read_decimal(after, &right))
        scalar_compare_spelled(c, before, after, binding);
    else
        compare_report_values(c, CLASS_TYPE, before, after);
}
