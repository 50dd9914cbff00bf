#include "orchestrator/init/plan.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void init_list_add(struct init_list *list, const char *format, ...)
{
    va_list arguments;
    char *item = NULL;
    va_start(arguments, format);
    int length = vasprintf(&item, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    MEMORY_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = item;
}

void init_list_fini(struct init_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct init_list){0};
}

void init_plan_fini(struct init_plan *plan)
{
    init_list_fini(&plan->prepare);
    init_list_fini(&plan->build);
    init_list_fini(&plan->tests);
    init_list_fini(&plan->programs);
    init_list_fini(&plan->notes);
    free(plan->run);
    free(plan->run_name);
    free(plan->environment);
    *plan = (struct init_plan){0};
}

void init_plan_found(struct init_plan *plan, const char *system)
{
    plan->system = system;
    init_list_add(&plan->notes, "Found %s.", system);
}

/* A program by its bare name is looked for in PATH later, once. */
static void init_plan_program(struct init_plan *plan, const char *program)
{
    for (size_t i = 0; i < plan->programs.count; i++)
        if (strcmp(plan->programs.items[i], program) == 0)
            return;
    if (!strchr(program, '/'))
        init_list_add(&plan->programs, "%s", program);
}

/* Our own words hold quotes at most as \" pairs of Python text; names of theirs are init_is_plain(). */
static char *init_plan_array(struct init_plan *plan, va_list words)
{
    struct text array = {0};
    for (const char *word; (word = va_arg(words, const char *));) {
        if (array.length == 0)
            init_plan_program(plan, word);
        text_append_string(&array, array.length ? ", \"" : "[\"");
        for (; *word; word++) {
            if (*word == '"' || *word == '\\')
                text_append_char(&array, '\\');
            text_append_char(&array, *word);
        }
        text_append_char(&array, '"');
    }
    text_append_char(&array, ']');
    return text_take(&array);
}

void init_plan_command(struct init_plan *plan, struct init_list *list, ...)
{
    va_list words;
    va_start(words, list);
    MEMORY_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = init_plan_array(plan, words);
    va_end(words);
}

void init_plan_run(struct init_plan *plan, const char *name, ...)
{
    if (plan->run) {
        plan->run_is_ambiguous = true;
        return;
    }
    va_list words;
    va_start(words, name);
    plan->run = init_plan_array(plan, words);
    plan->run_name = memory_copy_string(name);
    va_end(words);
}

bool init_is_plain(const char *name)
{
    if (*name == '\0' || *name == '-' || *name == '/' || strlen(name) >= INIT_NAME_MAX || strstr(name, ".."))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("._+-/", *name))
            return false;
    return true;
}

bool init_is_side_program(const char *path)
{
    static const char *const words[] = {"test", "bench", "example", "sample", "demo", "fuzz", "check", "doc"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(path, words[i]))
            return true;
    return false;
}

bool init_has_file(const struct init_input *input, const char *path)
{
    for (size_t i = 0; i < input->count; i++)
        if (strcmp(input->files[i], path) == 0)
            return true;
    return false;
}

bool init_has_folder(const struct init_input *input, const char *folder)
{
    size_t length = strlen(folder);
    for (size_t i = 0; i < input->count; i++)
        if (strncmp(input->files[i], folder, length) == 0 && input->files[i][length] == '/')
            return true;
    return false;
}

size_t init_count_suffix(const struct init_input *input, const char *suffix)
{
    size_t count = 0, length = strlen(suffix);
    for (size_t i = 0; i < input->count; i++) {
        size_t path = strlen(input->files[i]);
        count += path > length && strcmp(input->files[i] + path - length, suffix) == 0;
    }
    return count;
}

char *init_read_text(const struct init_input *input, const char *path)
{
    size_t length = 0;
    char *bytes = init_has_file(input, path) ? input->read(path, &length, input->data) : NULL;
    if (!bytes || length > INIT_FILE_MAX || memchr(bytes, '\0', length)) {
        free(bytes);
        return NULL;
    }
    char *text = memory_copy_bytes(bytes, length);
    free(bytes);
    return text;
}
