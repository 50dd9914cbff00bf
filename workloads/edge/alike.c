#include "workloads/edge/alike.h"

#include "base/text.h"

#include <string.h>

#define ALIKE_TOLD 3 /* values that a sentence names */

struct alike {
    const struct edge_alike *rows;
    size_t count;
    bool (*same_candidate)(size_t a, size_t b, void *data);
    void *data;
};

/* Where the base says the same to both. */
static bool alike_is_split(const struct alike *alike, size_t a, size_t b)
{
    const struct edge_alike *rows = alike->rows;
    if (rows[a].kept || rows[b].kept)
        return !(rows[a].kept && rows[b].kept);
    return !alike->same_candidate(a, b, alike->data);
}

/* The first two members that the candidate tells apart. */
static bool alike_find_split(const struct alike *alike, const bool members[], size_t *a, size_t *b)
{
    for (*a = 0; *a < alike->count; (*a)++)
        for (*b = *a + 1; *b < alike->count; (*b)++)
            if (members[*a] && members[*b] && alike_is_split(alike, *a, *b))
                return true;
    return false;
}

/* The two that are told apart, and then whatever comes first. */
static void alike_choose(const struct alike *alike, const bool members[], size_t a, size_t b, bool told[])
{
    size_t count = 2;
    memset(told, 0, EDGE_ALIKE_MOST * sizeof *told);
    told[a] = told[b] = true;
    for (size_t i = 0; i < alike->count && count < ALIKE_TOLD; i++) {
        if (!members[i] || told[i])
            continue;
        told[i] = true;
        count++;
    }
}

static char *alike_say(const struct alike *alike, const char *word, const bool told[])
{
    struct text words = {0};
    size_t values = 0;
    size_t said = 0;
    bool absent = false;
    for (size_t i = 0; i < alike->count; i++) {
        values += told[i] && alike->rows[i].label;
        absent = absent || (told[i] && !alike->rows[i].label);
    }
    text_append_string(&words, "the base treats ");
    if (!absent)
        text_printf(&words, "a `%s` of ", word);
    for (size_t i = 0; i < alike->count; i++) {
        if (!told[i] || !alike->rows[i].label)
            continue;
        bool last = ++said == values;
        text_append_string(&words, said == 1 ? "" : last && !absent ? " and " : ", ");
        text_append_string(&words, alike->rows[i].label);
    }
    if (absent)
        text_printf(&words, " and an absent `%s`", word);
    text_append_string(&words, " alike; the candidate no longer does");
    return text_take(&words);
}

char *edge_alike_sentence(const char *word, const struct edge_alike *rows, size_t count,
                          bool (*same_base)(size_t a, size_t b, void *data),
                          bool (*same_candidate)(size_t a, size_t b, void *data), void *data,
                          bool members[EDGE_ALIKE_MOST])
{
    const struct alike alike = {.rows = rows,
                                .count = count < EDGE_ALIKE_MOST ? count : EDGE_ALIKE_MOST,
                                .same_candidate = same_candidate,
                                .data = data};
    bool told[EDGE_ALIKE_MOST];
    for (size_t i = 0; i < alike.count; i++) {
        size_t a = 0;
        size_t b = 0;
        for (size_t k = 0; k < alike.count; k++)
            members[k] = k == i || same_base(i, k, data);
        if (!alike_find_split(&alike, members, &a, &b))
            continue;
        alike_choose(&alike, members, a, b, told);
        return alike_say(&alike, word, told);
    }
    return NULL;
}
