#include "tests/report/schema.h"

#include "base/text.h"
#include "orchestrator/report/member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

cJSON *schema_read(const char *path)
{
    FILE *file = fopen(path, "re");
    struct text bytes cleanup_text = {0};
    char buffer[4096];
    size_t got;
    assert_non_null(file);
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_append(&bytes, buffer, got);
    fclose(file);
    cJSON *schema = cJSON_Parse(text_string(&bytes));
    assert_non_null(schema);
    return schema;
}

static const char *schema_type_of(const cJSON *value)
{
    if (cJSON_IsNull(value))
        return "null";
    if (cJSON_IsBool(value))
        return "boolean";
    if (cJSON_IsNumber(value))
        return value->valuedouble == (double)(long long)value->valuedouble ? "integer" : "number";
    if (cJSON_IsString(value))
        return "string";
    return cJSON_IsArray(value) ? "array" : "object";
}

static bool schema_type_is(const char *wanted, const char *found)
{
    return strcmp(wanted, found) == 0 || (strcmp(wanted, "number") == 0 && strcmp(found, "integer") == 0);
}

static bool schema_allows_type(const cJSON *schema, const cJSON *value)
{
    const cJSON *type = member_get(schema, "type");
    bool found = type == NULL;
    if (cJSON_IsString(type))
        found = schema_type_is(type->valuestring, schema_type_of(value));
    for (const cJSON *each = cJSON_IsArray(type) ? type->child : NULL; each; each = each->next)
        found = found || schema_type_is(each->valuestring, schema_type_of(value));
    const cJSON *choices = member_get(schema, "enum");
    bool chosen = choices == NULL;
    for (const cJSON *each = choices ? choices->child : NULL; each; each = each->next)
        chosen = chosen || cJSON_Compare(each, value, true);
    const cJSON *constant = member_get(schema, "const");
    return found && chosen && (!constant || cJSON_Compare(constant, value, true));
}

static bool schema_allows_members(const cJSON *schema, const cJSON *value, const char **where)
{
    const cJSON *properties = member_get(schema, "properties");
    for (const cJSON *key = member_first(schema, "required"); key; key = key->next)
        if (!member_get(value, key->valuestring)) {
            *where = key->valuestring;
            return false;
        }
    for (const cJSON *member = properties ? value->child : NULL; member; member = member->next) {
        const cJSON *inner = member_get(properties, member->string);
        *where = member->string;
        if (!inner || !schema_allows(inner, member, where))
            return false;
    }
    return true;
}

bool schema_allows(const cJSON *schema, const cJSON *value, const char **where)
{
    const cJSON *any = member_first(schema, "anyOf");
    for (const cJSON *each = any; each; each = each->next)
        if (schema_allows(each, value, where))
            return true;
    if (any || !schema_allows_type(schema, value))
        return false;
    const cJSON *items = member_get(schema, "items");
    for (const cJSON *each = items ? value->child : NULL; each; each = each->next)
        if (!schema_allows(items, each, where))
            return false;
    return !cJSON_IsObject(value) || schema_allows_members(schema, value, where);
}
