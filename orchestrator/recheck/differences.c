#include "orchestrator/recheck/differences.h"

#include "base/json_pointer.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERENCES_RELATIVE 1e-9
#define DIFFERENCES_ABSOLUTE 1e-12 /* a gain of 0 has no size to be relative to */

/* Canonical text, cut where a character begins. */
static char *differences_copy_cut(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    if (!text)
        return NULL;
    if (length <= DIFFERENCES_TEXT)
        return memory_copy_string(text);
    length = DIFFERENCES_TEXT;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return memory_format("%.*s…", (int)length, text);
}

void differences_add(struct differences *differences, const char *pointer, const char *said,
                     const char *recomputed)
{
    if (differences->count == DIFFERENCES_MAX) {
        differences->dropped++;
        return;
    }
    if (!differences->rows)
        differences->rows = memory_zeroed(DIFFERENCES_MAX * sizeof *differences->rows);
    differences->rows[differences->count++] = (struct difference){
        .pointer = memory_copy_string(pointer),
        .said = differences_copy_cut(said),
        .recomputed = differences_copy_cut(recomputed),
    };
}

static void differences_add_values(struct differences *differences, const struct text *pointer,
                                   const cJSON *said, const cJSON *recomputed)
{
    cleanup_text struct text left = {0};
    cleanup_text struct text right = {0};
    struct err ignored = {0};
    if (differences->count == DIFFERENCES_MAX) {
        differences->dropped++;
        return;
    }
    if (said && report_canonicalise(said, &left, &ignored) < 0)
        text_append_string(&left, "…");
    if (recomputed && report_canonicalise(recomputed, &right, &ignored) < 0)
        text_append_string(&right, "…");
    differences_add(differences, text_string(pointer), said ? text_string(&left) : NULL,
                    recomputed ? text_string(&right) : NULL);
}

static bool differences_close(double a, double b)
{
    return a == b || fabs(a - b) <= fmax(DIFFERENCES_ABSOLUTE, DIFFERENCES_RELATIVE * fmax(fabs(a), fabs(b)));
}

/* Whole numbers count something: no maths library has a say in them. */
static bool differences_same_number(double a, double b)
{
    bool whole = a == floor(a) && b == floor(b) && fabs(a) < 9e15 && fabs(b) < 9e15;
    return whole ? a == b : differences_close(a, b);
}

static bool differences_same_scalar(const cJSON *said, const cJSON *recomputed)
{
    if (cJSON_IsNumber(said) && cJSON_IsNumber(recomputed))
        return differences_same_number(said->valuedouble, recomputed->valuedouble);
    if (cJSON_IsString(said) && cJSON_IsString(recomputed))
        return strcmp(said->valuestring, recomputed->valuestring) == 0;
    return (said->type & 0xff) == (recomputed->type & 0xff);
}

static void differences_walk(struct differences *differences, struct text *pointer, const cJSON *said,
                             const cJSON *recomputed);

static void differences_step(struct differences *differences, struct text *pointer, const char *key,
                             const cJSON *said, const cJSON *recomputed)
{
    size_t before = pointer->length;
    json_pointer_append(pointer, key, strlen(key));
    differences_walk(differences, pointer, said, recomputed);
    pointer->length = before;
    pointer->data[before] = '\0';
}

static void differences_walk_object(struct differences *differences, struct text *pointer, const cJSON *said,
                                    const cJSON *recomputed)
{
    for (const cJSON *member = said->child; member; member = member->next)
        differences_step(differences, pointer, member->string, member,
                         member_get(recomputed, member->string));
    for (const cJSON *member = recomputed->child; member; member = member->next)
        if (!member_get(said, member->string))
            differences_step(differences, pointer, member->string, NULL, member);
}

static void differences_walk_array(struct differences *differences, struct text *pointer, const cJSON *said,
                                   const cJSON *recomputed)
{
    const cJSON *left = said->child;
    const cJSON *right = recomputed->child;
    for (size_t i = 0; left || right; i++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        differences_step(differences, pointer, index, left, right);
        left = left ? left->next : NULL;
        right = right ? right->next : NULL;
    }
}

static void differences_walk(struct differences *differences, struct text *pointer, const cJSON *said,
                             const cJSON *recomputed)
{
    if (cJSON_IsObject(said) && cJSON_IsObject(recomputed))
        differences_walk_object(differences, pointer, said, recomputed);
    else if (cJSON_IsArray(said) && cJSON_IsArray(recomputed))
        differences_walk_array(differences, pointer, said, recomputed);
    else if (!said || !recomputed || !differences_same_scalar(said, recomputed))
        differences_add_values(differences, pointer, said, recomputed);
}

void differences_find(struct differences *differences, const char *prefix, const cJSON *said,
                      const cJSON *recomputed)
{
    cleanup_text struct text pointer = {0};
    text_append_string(&pointer, prefix);
    text_reserve(&pointer, 1);
    differences_walk(differences, &pointer, said, recomputed);
}

void differences_fini(struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        free(differences->rows[i].pointer);
        free(differences->rows[i].said);
        free(differences->rows[i].recomputed);
    }
    free(differences->rows);
    *differences = (struct differences){0};
}
