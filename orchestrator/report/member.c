#include "orchestrator/report/member.h"

#include "base/memory.h"
#include "base/text.h"
#include "policies/foreign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* cJSON returns NULL when memory is out, which ends the program everywhere else too. */
static cJSON *member_checked(cJSON *item)
{
    if (!item)
        abort();
    return item;
}

static cJSON *member_add(cJSON *object, const char *key, cJSON *item)
{
    cJSON_AddItemToObject(object, key, member_checked(item));
    return item;
}

static cJSON *member_new_string(const char *foreign)
{
    struct text valid cleanup_text = {0};
    if (!foreign)
        return cJSON_CreateNull();
    foreign_append_valid(&valid, foreign, strlen(foreign));
    return cJSON_CreateString(text_string(&valid));
}

void member_add_string(cJSON *object, const char *key, const char *foreign)
{
    member_add(object, key, member_new_string(foreign));
}

void member_add_number(cJSON *object, const char *key, double number)
{
    member_add(object, key, isfinite(number) ? cJSON_CreateNumber(number) : cJSON_CreateNull());
}

void member_add_figure(cJSON *object, const char *key, double figure)
{
    member_add_number(object, key, figure < 0 ? NAN : figure);
}

void member_add_bool(cJSON *object, const char *key, bool value)
{
    member_add(object, key, cJSON_CreateBool(value));
}

void member_add_digest(cJSON *object, const char *key, const char *hexadecimal)
{
    if (!hexadecimal) {
        member_add(object, key, cJSON_CreateNull());
        return;
    }
    char *digest = memory_format("sha256:%s", hexadecimal);
    member_add_string(object, key, digest);
    free(digest);
}

void member_add_strings(cJSON *object, const char *key, char *const *strings)
{
    cJSON *array = member_add_array(object, key);
    for (; strings && *strings; strings++)
        cJSON_AddItemToArray(array, member_checked(member_new_string(*strings)));
}

void member_add_gain(cJSON *object, const struct gain *gain)
{
    if (!gain->known) {
        member_add(object, "gain", cJSON_CreateNull());
        return;
    }
    cJSON *members = member_add_object(object, "gain");
    member_add_number(members, "point", gain->point);
    member_add_number(members, "low", gain->low);
    member_add_number(members, "high", gain->high);
}

cJSON *member_add_object(cJSON *object, const char *key)
{
    return member_add(object, key, cJSON_CreateObject());
}

cJSON *member_add_array(cJSON *object, const char *key)
{
    return member_add(object, key, cJSON_CreateArray());
}

cJSON *member_append_object(cJSON *array)
{
    cJSON *object = member_checked(cJSON_CreateObject());
    cJSON_AddItemToArray(array, object);
    return object;
}

const cJSON *member_get(const cJSON *object, const char *key)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *member_string(const cJSON *object, const char *key)
{
    const cJSON *member = member_get(object, key);
    return cJSON_IsString(member) && member->valuestring ? member->valuestring : "";
}

double member_number(const cJSON *object, const char *key)
{
    const cJSON *member = member_get(object, key);
    return cJSON_IsNumber(member) ? member->valuedouble : NAN;
}

bool member_is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(member_get(object, key));
}

const cJSON *member_first(const cJSON *object, const char *key)
{
    const cJSON *member = member_get(object, key);
    return cJSON_IsArray(member) || cJSON_IsObject(member) ? member->child : NULL;
}

size_t member_count(const cJSON *object, const char *key)
{
    size_t count = 0;
    for (const cJSON *element = member_first(object, key); element; element = element->next)
        count++;
    return count;
}

struct gain member_gain(const cJSON *object)
{
    const cJSON *gain = member_get(object, "gain");
    struct gain read = {
        .point = member_number(gain, "point"),
        .low = member_number(gain, "low"),
        .high = member_number(gain, "high"),
    };
    read.known = isfinite(read.point);
    return read;
}
