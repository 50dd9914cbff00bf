/* Samples that the operator keeps to themselves, joined to the visible ones. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/samples.h"
#include "workloads/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define HELD_OUT_PLACEHOLDER "${samples}/"

/* What "${samples}/…" names is looked up among the visible files; anything else would answer for both arms
 * that it isn't there, and test nothing. */
static int held_out_check_arguments(const struct sample_set *set, const struct sample_set *held,
                                    const struct sample *sample, int folder, struct err *err)
{
    for (char **argument = sample->args; *argument; argument++) {
        if (strncmp(*argument, HELD_OUT_PLACEHOLDER, strlen(HELD_OUT_PLACEHOLDER)) != 0)
            continue;
        const char *path = *argument + strlen(HELD_OUT_PLACEHOLDER);
        cleanup_fd int fd = samples_open_beneath(folder, *path ? path : ".");
        if (fd < 0)
            return err_set(
                err, ERR_INVALID,
                "%s: sample \"%s\": %s: %s in %s; the folder of held-out samples is never mounted, "
                "so what a request names must be beside the visible samples, or be its stdin",
                held->path, sample->id, *argument, strerror(errno), set->folder);
    }
    return 0;
}

static int held_out_check(const struct sample_set *set, const struct sample_set *held, struct err *err)
{
    cleanup_fd int folder = open(set->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_set_errno(err, errno, "%s", set->folder);
    if (memcmp(&set->digest, &held->digest, sizeof set->digest) == 0)
        return err_set(err, ERR_INVALID,
                       "%s: these are the visible samples, byte for byte: nothing is held out", held->path);
    for (size_t i = 0; i < set->count; i++)
        if (samples_is_held_out(set->items[i].id))
            return err_set(err, ERR_INVALID,
                           "%s: sample \"%s\": beside held-out samples no id may begin with \"%s\"",
                           set->path, set->items[i].id, SAMPLES_HELD_OUT);
    for (size_t i = 0; i < held->count; i++)
        if (held_out_check_arguments(set, held, &held->items[i], folder, err) < 0)
            return err->code;
    return 0;
}

/* Of a file below its folder; zeros where it can't be read any more, which equal nothing. */
static struct digest held_out_digest_file(const char *folder, const char *path)
{
    struct digest digest = {0};
    struct err ignored = {0};
    cleanup_fd int parent = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int fd = parent < 0 ? -1 : samples_open_beneath(parent, path);
    if (fd < 0 || digest_of_fd(fd, &digest, &ignored) < 0)
        return (struct digest){0};
    return digest;
}

struct held_out_request {
    struct digest digest; /* of all that a program is asked */
    bool held_out;
    size_t index; /* of the sample in its own set */
};

/* Equal requests have equal digests: the line of a worker,
 * arguments, environment, and the bytes of stdin wherever they lie. */
static struct digest held_out_digest(const char *folder, const struct sample *sample)
{
    struct digest_stream stream;
    struct digest input = sample->stdin_file ? held_out_digest_file(folder, sample->stdin_file)
                                             : digest_of(sample->stdin_bytes, sample->stdin_length);
    digest_start(&stream);
    digest_add(&stream, &input, sizeof input);
    digest_add_field(&stream, sample->request ? sample->request : "", sample->request_length);
    for (char **variable = sample->environment; *variable; variable++)
        digest_add_field(&stream, *variable, strlen(*variable));
    digest_add_field(&stream, "", 0); /* no variable is empty, so arguments begin here */
    for (char **argument = sample->args; *argument; argument++)
        digest_add_field(&stream, *argument, strlen(*argument));
    return digest_finish(&stream);
}

static int held_out_order(const void *left, const void *right)
{
    const struct held_out_request *a = left;
    const struct held_out_request *b = right;
    int order = memcmp(&a->digest, &b->digest, sizeof a->digest);
    return order ? order : (a->held_out > b->held_out) - (a->held_out < b->held_out);
}

/* A request that stands in the visible file too is no secret: it is checked, and not timed. */
static size_t held_out_drop_visible(const struct sample_set *set, struct sample_set *held)
{
    size_t count = set->count + held->count;
    size_t dropped = 0;
    cleanup_free struct held_out_request *requests = memory_zeroed(count * sizeof *requests);
    for (size_t i = 0; i < set->count; i++)
        requests[i] = (struct held_out_request){held_out_digest(set->folder, &set->items[i]), false, i};
    for (size_t i = 0; i < held->count; i++)
        requests[set->count + i] =
            (struct held_out_request){held_out_digest(held->folder, &held->items[i]), true, i};
    qsort(requests, count, sizeof *requests, held_out_order);
    const struct held_out_request *visible = NULL; /* the last one passed */
    for (size_t i = 0; i < count; i++) {
        if (!requests[i].held_out)
            visible = &requests[i];
        else if (visible && memcmp(&visible->digest, &requests[i].digest, sizeof visible->digest) == 0) {
            held->items[requests[i].index].weight = 0;
            dropped++;
        }
    }
    return dropped;
}

static void held_out_join(struct sample_set *set, struct sample_set *held)
{
    set->items = memory_resize(set->items, set->count + held->count + 1, sizeof *set->items);
    for (size_t i = 0; i < held->count; i++) {
        struct sample *sample = &held->items[i];
        char *id = memory_format(SAMPLES_HELD_OUT "%s", sample->id);
        free(sample->id);
        sample->id = id;
        sample->held_out = true;
        set->items[set->count++] = *sample;
    }
    set->held_out_count = held->count;
    set->held_out_digest = held->digest;
    set->held_out_folder = STEAL(held->folder);
    held->count = 0; /* what is in the items moved over */
}

int samples_hold_out(struct sample_set *set, const char *path, struct err *err)
{
    struct sample_set held;
    if (samples_load(&held, path, err) < 0)
        return err_wrap(err, "held-out samples");
    int code = held_out_check(set, &held, err);
    if (code == 0) {
        set->held_out_visible = held_out_drop_visible(set, &held);
        held_out_join(set, &held);
    }
    samples_fini(&held);
    return code;
}
