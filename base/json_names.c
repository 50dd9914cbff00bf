/* Keys and choices out of a list of known names, with the nearest known one where a name is wrong. */
#include "base/json_access.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LONGEST 64 /* longer names have no near one */

static size_t names_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance (Damerau 1964): insert, delete, replace, swap neighbours. */
static size_t names_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = names_least(above[j] + 1, row[j - 1] + 1);
            row[j] = names_least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = names_least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *names_nearest(const char *name, size_t length, const char *const *known)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    for (; *known; known++) {
        size_t known_length = strlen(*known);
        if (length > NAME_LONGEST || known_length > NAME_LONGEST)
            continue;
        size_t distance = names_distance(name, length, *known, known_length);
        if (distance < least && distance <= 1 + known_length / 3) {
            least = distance;
            nearest = *known;
        }
    }
    return nearest;
}

/* " (did you mean X?)", or " (known: A, B, C)" where nothing is near. */
static void names_append_hint(struct text *text, const char *name, size_t length, const char *const *known)
{
    const char *nearest = names_nearest(name, length, known);
    if (nearest) {
        text_printf(text, "; did you mean \"%s\"?", nearest);
        return;
    }
    text_append_string(text, "; known are ");
    for (size_t i = 0; known[i]; i++)
        text_printf(text, "%s\"%s\"", i ? ", " : "", known[i]);
}

static int names_check_one(const struct json_file *file, const struct json_value *object, size_t index,
                           const char *const *known, struct err *err)
{
    const struct json_value *key = json_key(object, index);
    for (size_t i = 0; i < index; i++) {
        const struct json_value *other = json_key(object, i);
        if (other->count == key->count && !memcmp(other->bytes, key->bytes, key->count))
            return json_complain(file, key + 1, err, "the key occurs twice");
    }
    for (const char *const *name = known; *name; name++) {
        if (strlen(*name) == key->count && !memcmp(*name, key->bytes, key->count))
            return 0;
    }
    cleanup_text struct text hint = {0};
    names_append_hint(&hint, key->bytes, key->count, known);
    return json_complain(file, key + 1, err, "unknown key%s", text_string(&hint));
}

int json_check_keys(const struct json_file *file, const struct json_value *object, const char *const *known,
                    struct err *err)
{
    int code = json_want_object(file, object, err);
    /* An unknown key ends the loop, so the quadratic search
     * for twins never sees more keys than are known, +1. */
    for (size_t i = 0; code == 0 && i < json_count(object); i++)
        code = names_check_one(file, object, i, known, err);
    return code;
}

int json_want_choice(const struct json_file *file, const struct json_value *value, const char *const *names,
                     int *out, struct err *err)
{
    const char *string;
    int code = json_want_string(file, value, &string, err);
    if (code < 0)
        return code;
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], string)) {
            *out = i;
            return 0;
        }
    }
    cleanup_text struct text hint = {0};
    names_append_hint(&hint, string, strlen(string), names);
    return json_complain(file, value, err, "unknown value%s", text_string(&hint));
}
