/* Places of a command line, and of variables. */
#include "workloads/edge/places.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool arguments_is_number(const char *text)
{
    char *end = NULL;
    (void)strtod(text, &end);
    return end != text && *end == '\0' && !isspace((unsigned char)*text);
}

/* "--name", "--name=value" and "-n", but no negative number and no lone dashes. */
static bool arguments_is_option(const char *argument)
{
    return argument[0] == '-' && argument[1 + (argument[1] == '-')] != '\0' && !arguments_is_number(argument);
}

/* Bytes of "status" in "status=paid"; 0: there is no such. */
static size_t arguments_key(const char *argument)
{
    size_t length = isalpha((unsigned char)*argument) || *argument == '_';
    while (length > 0 && (isalnum((unsigned char)argument[length]) ||
                          (argument[length] && strchr("_.-", argument[length]))))
        length++;
    return argument[length] == '=' ? length : 0;
}

/* `word` where the name is not the word alone. Takes the name over. */
static void arguments_add(struct edge_places *places, struct edge_place place, char *name, const char *word,
                          const char *argument)
{
    if (places->count >= EDGE_PLACES_MOST || edge_places_find_pattern(places, "", name)) {
        free(name);
        return;
    }
    place.end = strlen(argument);
    place.pattern = memory_copy_string(name);
    place.word = memory_copy_string(word ? word : name + strspn(name, "-"));
    place.name = name;
    *edge_places_add(places) = place;
    if (place.flag)
        return;
    size_t added = places->count - 1;
    if (place.carrier == EDGE_ARGUMENT)
        edge_places_of_json_argument(places, &places->items[added], argument);
    edge_places_of_string(places, &places->items[added], argument);
}

/* What is no option, nor the value of one. */
static void arguments_add_operand(struct edge_places *places, size_t number, const char *argument)
{
    size_t key = arguments_key(argument);
    struct edge_place place = {.argument = number};
    if (key > 0 && !strpbrk(argument, "&?")) {
        cleanup_free char *word = memory_copy_bytes(argument, key);
        place.start = key + 1;
        arguments_add(places, place, memory_format("argument %s", word), word, argument);
        return;
    }
    place.plain = !arguments_is_number(argument) && *argument != '{' && *argument != '[';
    arguments_add(places, place, memory_format("argument %zu", number + 1), NULL, argument);
}

void edge_places_of_arguments(struct edge_places *places, char *const *arguments)
{
    for (size_t i = 0; arguments[i]; i++) {
        const char *argument = arguments[i];
        const char *next = arguments[i + 1];
        const char *equals = strchr(argument, '=');
        if (strlen(argument) > EDGE_TEXT_MOST)
            continue;
        if (arguments_is_option(argument) && equals) {
            char *name = memory_copy_bytes(argument, (size_t)(equals - argument));
            const struct edge_place place = {.argument = i, .start = (size_t)(equals - argument) + 1};
            arguments_add(places, place, name, NULL, argument);
        } else if (arguments_is_option(argument) && next && (*next != '-' || arguments_is_number(next))) {
            arguments_add(places, (struct edge_place){.argument = ++i, .apart = true},
                          memory_copy_string(argument), NULL, next);
        } else if (arguments_is_option(argument)) {
            arguments_add(places, (struct edge_place){.argument = i, .flag = true},
                          memory_copy_string(argument), NULL, argument);
        } else if (strcmp(argument, "--") != 0) {
            arguments_add_operand(places, i, argument);
        }
    }
}

void edge_places_of_variables(struct edge_places *places, char *const *variables)
{
    for (size_t i = 0; variables[i]; i++) {
        size_t name = strcspn(variables[i], "=");
        cleanup_free char *word = memory_copy_bytes(variables[i], name);
        const struct edge_place place = {.carrier = EDGE_VARIABLE, .argument = i, .start = name + 1};
        if (strlen(variables[i]) <= EDGE_TEXT_MOST)
            arguments_add(places, place, memory_format("$%s", word), word, variables[i]);
    }
}
