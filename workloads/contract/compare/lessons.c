#include "workloads/contract/compare/lessons.h"

#include "base/memory.h"

#include <stdlib.h>

#define LESSONS_MOVED_PLACES 3 /* of one path, or two of each of two paths: more than chance */

void lessons_add(struct lessons *lessons, const struct lesson *place)
{
    int64_t index = table_find(&lessons->by_path, place->path);
    if (index < 0) {
        index = (int64_t)lessons->count;
        table_add(&lessons->by_path, place->path, (uint32_t)index);
        MEMORY_GROW(lessons->items, lessons->count, lessons->capacity);
        lessons->items[lessons->count++] = (struct lesson){.path = place->path};
    }
    struct lesson *lesson = &lessons->items[index];
    lesson->before += place->before;
    lesson->after += place->after;
    lesson->places++;
    lesson->unordered = lesson->unordered || place->unordered;
    lesson->boolean = place->boolean;
}

static bool lesson_is_moved(const struct lesson *lesson)
{
    return lesson->places > 1 && lesson->before == lesson->after;
}

/* Whether the rows of an array, and not a value or two in them, stand in another order. */
static bool lessons_tell_of_order(const struct lessons *lessons)
{
    size_t paths = 0;
    bool many = false;
    for (size_t i = 0; i < lessons->count; i++) {
        const struct lesson *lesson = &lessons->items[i];
        if (!lesson_is_moved(lesson) || lesson->unordered || lesson->boolean)
            continue;
        paths++;
        many = many || lesson->places >= LESSONS_MOVED_PLACES;
    }
    return many || paths > 1;
}

bool lessons_settle(const struct lessons *lessons, struct noise *noise, const char *part, uint64_t sample)
{
    bool order = lessons_tell_of_order(lessons);
    bool all = true;
    for (size_t i = 0; i < lessons->count; i++) {
        const struct lesson *lesson = &lessons->items[i];
        if (lesson_is_moved(lesson) && (order || lesson->unordered))
            all = false;
        else
            noise_learn(noise, part, lesson->path, sample);
    }
    return all;
}

void lessons_fini(struct lessons *lessons)
{
    free(lessons->items);
    table_fini(&lessons->by_path);
    *lessons = (struct lessons){0};
}
