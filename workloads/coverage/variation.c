#include "workloads/coverage/variation.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/contract/hash.h"
#include "workloads/contract/table.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct parameter {
    char *name;     /* owned */
    uint64_t value; /* hash of the first one */
    size_t samples; /* that have it */
    size_t last;    /* the newest of them, from 1 */
    bool varied;
};

struct variation_walk {
    struct parameter *items; /* owned */
    size_t count;
    size_t capacity;
    struct table by_name;
    size_t sample;     /* under way, from 1 */
    int folder;        /* of stdin files, or -1 */
    size_t read_bytes; /* of them */
    struct text path;  /* to where the walk stands, as a pattern */
};

static void variation_see(struct variation_walk *walk, const char *name, uint64_t value)
{
    uint64_t key = hash_bytes(hash_seed(), name, strlen(name));
    int64_t index = table_find(&walk->by_name, key);
    if (index < 0) {
        if (walk->count >= VARIATION_PARAMETERS)
            return;
        index = (int64_t)walk->count;
        table_add(&walk->by_name, key, (uint32_t)index);
        MEMORY_GROW(walk->items, walk->count, walk->capacity);
        walk->items[walk->count++] = (struct parameter){.name = memory_copy_string(name), .value = value};
    }
    struct parameter *parameter = &walk->items[index];
    parameter->varied = parameter->varied || parameter->value != value;
    parameter->samples += parameter->last != walk->sample;
    parameter->last = walk->sample;
}

static uint64_t variation_hash(const char *bytes, size_t length)
{
    return hash_bytes(hash_seed(), bytes, length);
}

static void variation_see_text(struct variation_walk *walk, const char *name, const char *value)
{
    variation_see(walk, name, variation_hash(value, strlen(value)));
}

/* "-5" and "-" are values, "-v" and "--verbose" are none. */
static bool variation_is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] && !isdigit((unsigned char)argument[1]) && argument[1] != '.';
}

/* An option takes the next argument for its value unless that is an option too: nobody knows better. */
static void variation_see_arguments(struct variation_walk *walk, char *const *arguments)
{
    size_t position = 0;
    for (size_t i = 0; arguments[i]; i++) {
        const char *argument = arguments[i];
        const char *equals = strchr(argument, '=');
        if (!variation_is_option(argument)) {
            cleanup_free char *name = memory_format("argument %zu", ++position);
            variation_see_text(walk, name, argument);
        } else if (equals) {
            cleanup_free char *name = memory_copy_bytes(argument, (size_t)(equals - argument));
            variation_see_text(walk, name, equals + 1);
        } else if (arguments[i + 1] && !variation_is_option(arguments[i + 1])) {
            variation_see_text(walk, argument, arguments[++i]);
        } else {
            variation_see_text(walk, argument, "");
        }
    }
}

static void variation_see_environment(struct variation_walk *walk, char *const *environment)
{
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        cleanup_free char *name = memory_format("$%.*s", (int)(equals - *environment), *environment);
        variation_see_text(walk, name, equals + 1);
    }
}

static void variation_cut(struct text *path, size_t length)
{
    path->length = length;
    path->data[length] = 0;
}

/* As deep as the reader lets documents be. */
static void variation_see_json(struct variation_walk *walk, const struct json_value *value, const char *whole)
{
    enum json_type type = json_type(value);
    size_t length = walk->path.length;
    if ((type == JSON_OBJECT || type == JSON_ARRAY) && json_count(value) > 0) {
        for (size_t i = 0; i < json_count(value); i++) {
            if (type == JSON_OBJECT)
                json_pointer_append(&walk->path, json_key(value, i)->bytes, json_key(value, i)->count);
            else
                text_append_string(&walk->path, "/*");
            variation_see_json(
                walk, type == JSON_OBJECT ? json_member(value, i, NULL, NULL) : json_element(value, i),
                whole);
            variation_cut(&walk->path, length);
        }
        return;
    }
    bool spelled = type == JSON_NUMBER || type == JSON_STRING;
    uint64_t hash = spelled ? variation_hash(value->bytes, value->count) : 0;
    variation_see(walk, length ? text_string(&walk->path) : whole, hash_mix(hash, type + 1));
}

static void variation_see_bytes(struct variation_walk *walk, const char *whole, const char *bytes,
                                size_t length)
{
    cleanup_json struct json_document *document = NULL;
    struct json_error error;
    if (json_read(bytes, length, NULL, &document, &error) == 0)
        variation_see_json(walk, json_root(document), whole);
    else
        variation_see(walk, whole, variation_hash(bytes, length));
}

/* False where it can't be had cheaply. */
static bool variation_read_file(struct variation_walk *walk, const char *path, struct text *content)
{
    struct stat status;
    cleanup_fd int fd = walk->folder < 0 ? -1 : samples_open_beneath(walk->folder, path);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        (size_t)status.st_size > VARIATION_STDIN_BYTES ||
        walk->read_bytes + (size_t)status.st_size > VARIATION_FILES_BYTES)
        return false;
    text_reserve(content, (size_t)status.st_size + 1);
    while (content->length < (size_t)status.st_size) {
        ssize_t got = read(fd, content->data + content->length, (size_t)status.st_size - content->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        content->length += (size_t)got;
    }
    walk->read_bytes += content->length;
    return true;
}

static void variation_see_stdin(struct variation_walk *walk, const struct sample *sample)
{
    cleanup_text struct text content = {0};
    if (sample->stdin_bytes)
        variation_see_bytes(walk, "stdin", sample->stdin_bytes, sample->stdin_length);
    else if (sample->stdin_file && variation_read_file(walk, sample->stdin_file, &content))
        variation_see_bytes(walk, "stdin", content.data, content.length);
    else if (sample->stdin_file)
        variation_see_text(walk, "stdin", sample->stdin_file);
}

static void variation_take(struct variation *variation, struct variation_walk *walk)
{
    size_t told = 0;
    variation->parameters = walk->count;
    variation->fixed = memory_zeroed((VARIATION_MOST + 1) * sizeof *variation->fixed);
    for (size_t i = 0; i < walk->count; i++) {
        struct parameter *parameter = &walk->items[i];
        bool fixed = !parameter->varied && parameter->samples == walk->sample;
        if (fixed && told < VARIATION_MOST)
            variation->fixed[told++] = STEAL(parameter->name);
        else
            variation->dropped += fixed;
        free(parameter->name);
    }
    free(walk->items);
    table_fini(&walk->by_name);
}

void variation_of_samples(struct variation *variation, const struct sample_set *set)
{
    cleanup_fd int folder = set->folder ? open(set->folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    struct variation_walk walk = {.folder = folder};
    *variation = (struct variation){.fixed = NULL};
    for (size_t i = 0; i < set->count; i++) {
        const struct sample *sample = &set->items[i];
        if (sample->held_out)
            continue;
        walk.sample++;
        variation_see_arguments(&walk, sample->args);
        variation_see_environment(&walk, sample->environment);
        variation_see_stdin(&walk, sample);
        if (sample->request)
            variation_see_bytes(&walk, "request", sample->request, sample->request_length);
    }
    text_fini(&walk.path);
    variation_take(variation, &walk);
}

void variation_fini(struct variation *variation)
{
    json_free_strings(variation->fixed);
    *variation = (struct variation){0};
}
