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

char *edge_alike_sentence(const char *word, const struct edge_alike *rows, size_t count, size_t which,
                          bool (*same_base)(size_t a, size_t b, void *data),
                          bool (*same_candidate)(size_t a, size_t b, void *data), void *data)
{
    const struct alike alike = {.rows = rows, .count = count, .same_candidate = same_candidate, .data = data};
    bool members[EDGE_ALIKE_MOST];
    bool told[EDGE_ALIKE_MOST] = {false};
    size_t many = 0;
    for (size_t i = 0; i < count; i++) {
        members[i] = i != which && same_base(which, i, data);
        if (!many && members[i] && alike_is_split(&alike, which, i)) {
            told[which] = told[i] = true;
            many = 2;
        }
    }
    for (size_t i = 0; many > 0 && many < ALIKE_TOLD && i < count; i++) {
        many += members[i] && !told[i];
        told[i] = told[i] || members[i];
    }
    return many > 0 ? alike_say(&alike, word, told) : NULL;
}
