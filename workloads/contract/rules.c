#include "workloads/contract/rules.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/contract/contract.h"
#include "workloads/contract/rules_tree.h"

#include <ctype.h>
#include <string.h>

static const char *const rule_keys[] = {
    "path",     "part",     "header", "ignore",         "noisy", "format",  "regex", "absolute",
    "relative", "multiset", "key",    "numeric_string", "alias", "unicode", "total", NULL};

/* A member whose value must be true, or false for "not so after all". */
struct rule_flag {
    const char *key;
    size_t offset; /* of the bool in struct rule */
};
static const struct rule_flag rule_flags[] = {
    {"ignore", offsetof(struct rule, ignore)},     {"noisy", offsetof(struct rule, noisy)},
    {"multiset", offsetof(struct rule, multiset)}, {"numeric_string", offsetof(struct rule, numeric_string)},
    {"alias", offsetof(struct rule, alias)},       {"total", offsetof(struct rule, total)},
};
#define RULE_FLAG_COUNT (sizeof rule_flags / sizeof *rule_flags)

static void rule_fini(struct rule *rule)
{
    free(rule->path);
    free(rule->part);
    free(rule->header);
    json_free_strings(rule->segments);
    free(rule->key);
    if (rule->has_regex)
        regfree(&rule->regex);
    free(rule->absolute_text);
    free(rule->relative_text);
}

/* A copy of the string at `key` into *out; untouched when the key is absent. */
static int rule_read_string(const struct json_file *file, const struct json_value *row, const char *key,
                            char **out, struct err *err)
{
    const struct json_value *value = json_find(row, key);
    const char *string;
    if (!value)
        return 0;
    int code = json_want_string(file, value, &string, err);
    if (code == 0 && !*string && strcmp(key, "path"))
        return json_complain(file, value, err, "must not be empty");
    if (code == 0)
        *out = memory_copy_string(string);
    return code;
}

/* A field name (RFC 9110, section 5.6.2: token); what it is compared by is its small letters. */
static int rule_read_header(struct rule *rule, const struct json_file *file, const struct json_value *row,
                            struct err *err)
{
    static const char *const foreign[] = {"absolute", "relative", "key",   "numeric_string",
                                          "alias",    "unicode",  "total", "part"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        const struct json_value *value = json_find(row, foreign[i]);
        if (value)
            return json_complain(file, value, err, "says nothing about a header");
    }
    for (char *at = rule->header; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("!#$%&'*+-.^_`|~", *at))
            return json_complain(file, json_find(row, "header"), err, "is no name of a header");
        *at = (char)tolower((unsigned char)*at);
    }
    rule->part = rule_header_part(rule->header);
    return 0;
}

static int rule_read_place(struct rule *rule, const struct json_file *file, const struct json_value *row,
                           struct err *err)
{
    if (rule_read_string(file, row, "path", &rule->path, err) < 0 ||
        rule_read_string(file, row, "part", &rule->part, err) < 0 ||
        rule_read_string(file, row, "header", &rule->header, err) < 0)
        return err->code;
    if (!rule->path == !rule->header)
        return json_complain(file, row, err, "a rule has either \"path\" or \"header\"");
    if (rule->header)
        return rule_read_header(rule, file, row, err);
    if (!rule->part)
        rule->part = memory_copy_string("stdout");
    struct err why;
    if (json_pointer_split(rule->path, &rule->segments, &rule->segment_count, &why) < 0)
        return json_complain(file, json_find(row, "path"), err, "%s", why.message);
    return 0;
}

/* Decimal text (or a JSON number, whose text is kept as well), not negative. */
static int rule_read_tolerance(const struct json_file *file, const struct json_value *row, const char *key,
                               char **text, struct decimal *out, struct err *err)
{
    const struct json_value *value = json_find(row, key);
    if (!value)
        return 0;
    enum json_type type = json_type(value);
    if (type != JSON_STRING && type != JSON_NUMBER)
        return json_complain(file, value, err, "must be a decimal, as in \"0.001\"");
    size_t length;
    const char *bytes = json_bytes(value, &length);
    *text = memory_copy_bytes(bytes, length);
    if (!decimal_parse(out, *text, length) || (out->negative && !out->zero) || out->enormous)
        return json_complain(file, value, err, "must be a decimal of at least 0, as in \"0.001\"");
    return 0;
}

static int rule_read_format(struct rule *rule, const struct json_file *file, const struct json_value *row,
                            struct err *err)
{
    const struct json_value *format = json_find(row, "format");
    const struct json_value *regex = json_find(row, "regex");
    int choice = FORMAT_NONE;
    if (format && json_want_choice(file, format, format_names, &choice, err) < 0)
        return err->code;
    rule->format = (enum format)choice;
    if (!regex && choice == FORMAT_REGEX)
        return json_complain(file, format, err, "needs \"regex\" beside it");
    if (!regex)
        return 0;
    if (choice != FORMAT_REGEX)
        return json_complain(file, regex, err, "needs \"format\": \"regex\" beside it");
    const char *pattern;
    if (json_want_string(file, regex, &pattern, err) < 0)
        return err->code;
    int trouble = regcomp(&rule->regex, pattern, REG_EXTENDED);
    char why[128];
    if (trouble) {
        regerror(trouble, &rule->regex, why, sizeof why);
        return json_complain(file, regex, err, "not a POSIX extended regular expression: %s", why);
    }
    rule->has_regex = true;
    return 0;
}

static int rule_read_unicode(struct rule *rule, const struct json_file *file, const struct json_value *row,
                             struct err *err)
{
    static const char *const forms[] = {"nfc", NULL};
    const struct json_value *value = json_find(row, "unicode");
    int form;
    if (!value)
        return 0;
    int code = json_want_choice(file, value, forms, &form, err);
    rule->nfc = code == 0;
    return code;
}

const char *rule_first_effect(const struct rule *rule)
{
    for (size_t i = 0; i < RULE_FLAG_COUNT; i++) {
        if (*(const bool *)((const char *)rule + rule_flags[i].offset))
            return rule_flags[i].key;
    }
    return rule->key                     ? "key"
           : rule->absolute_text         ? "absolute"
           : rule->relative_text         ? "relative"
           : rule->nfc                   ? "unicode"
           : rule->format != FORMAT_NONE ? "format"
                                         : NULL;
}

static int rule_read(struct rule *rule, const struct json_file *file, const struct json_value *row,
                     struct err *err)
{
    if (json_check_keys(file, row, rule_keys, err) < 0)
        return err->code;
    for (size_t i = 0; i < RULE_FLAG_COUNT; i++) {
        const struct json_value *value = json_find(row, rule_flags[i].key);
        if (value && json_want_bool(file, value, (bool *)((char *)rule + rule_flags[i].offset), err) < 0)
            return err->code;
    }
    if (rule_read_place(rule, file, row, err) < 0 || rule_read_format(rule, file, row, err) < 0 ||
        rule_read_unicode(rule, file, row, err) < 0 ||
        rule_read_string(file, row, "key", &rule->key, err) < 0 ||
        rule_read_tolerance(file, row, "absolute", &rule->absolute_text, &rule->absolute, err) < 0 ||
        rule_read_tolerance(file, row, "relative", &rule->relative_text, &rule->relative, err) < 0)
        return err->code;
    if (!rule->header && !rule_first_effect(rule))
        return json_complain(file, row, err,
                             "the rule does nothing: it needs \"ignore\", \"noisy\" or another effect");
    return 0;
}

int rules_read(struct rules **out, const struct json_file *file, const struct json_value *value,
               struct err *err)
{
    struct rules *rules = MEMORY_NEW(struct rules);
    int code = value ? json_want_array(file, value, err) : 0;
    for (size_t i = 0; code == 0 && value && i < json_count(value); i++) {
        MEMORY_GROW(rules->items, rules->count, rules->capacity);
        rules->items[rules->count] = (struct rule){.format = FORMAT_NONE};
        code = rule_read(&rules->items[rules->count++], file, json_element(value, i), err);
    }
    if (code == 0) {
        rules_build_tree(rules);
        code = rules_check_effects(rules, file, value, err);
    }
    if (code < 0) {
        rules_free(rules);
        return code;
    }
    *out = rules;
    return 0;
}

void rules_free(struct rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++)
        rule_fini(&rules->items[i]);
    free(rules->items);
    rules_free_tree(rules);
    free(rules);
}

size_t rules_count(const struct rules *rules)
{
    return rules ? rules->count : 0;
}

const struct rule *rules_get(const struct rules *rules, size_t index)
{
    return &rules->items[index];
}

bool rules_have_alias(const struct rules *rules)
{
    for (size_t i = 0; i < rules_count(rules); i++) {
        if (rules->items[i].alias)
            return true;
    }
    return false;
}

bool rules_keep_order(const struct rules *rules)
{
    for (size_t i = 0; i < rules_count(rules); i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->alias || rule->multiset || rule->key)
            return false;
    }
    return true;
}

char *rule_header_part(const char *header)
{
    return memory_format("header %s", header);
}

const char *rule_place(const struct rule *rule)
{
    return rule->path ? rule->path : "";
}

char *rule_describe(const struct rule *rule, const char *effect)
{
    if (rule->header)
        return memory_format("%s at header %s", effect ? effect : "compared", rule->header);
    const char *path = *rule->path ? rule->path : "the root";
    if (!strcmp(rule->part, "stdout"))
        return memory_format("%s at %s", effect, path);
    return memory_format("%s at %s of %s", effect, path, rule->part);
}
