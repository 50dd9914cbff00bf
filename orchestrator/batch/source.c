#include "orchestrator/batch/source.h"

#include "base/memory.h"
#include "orchestrator/batch/record.h"
#include "orchestrator/batch/stream.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_SHORT_COMMIT 12 /* digits of a commit's id as a proposal's */

struct batch_source {
    const char *base;       /* for the requests; borrowed; may be NULL */
    struct stream *streams; /* one an argument; owned */
    size_t stream_count;    /* of streams */
    size_t current;         /* stream that the next proposal comes from */
    size_t position;        /* proposals that it gave */
    size_t count;           /* proposals of all streams */
    void *ids;              /* tsearch(3) tree of struct source_id: those that were given */
};

struct source_id {
    char *id;     /* first, so that it compares; owned */
    size_t times; /* that it was asked for */
};

static int source_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void source_free_id(void *node)
{
    struct source_id *id = node;
    free(id->id);
    free(id);
}

static struct source_id *source_find_id(struct batch_source *source, const char *id)
{
    struct source_id **found = tfind(&id, &source->ids, source_compare);
    return found ? *found : NULL;
}

static void source_remember_id(struct batch_source *source, const char *id)
{
    struct source_id *entry = MEMORY_NEW(struct source_id);
    *entry = (struct source_id){memory_copy_string(id), 1};
    if (!tsearch(entry, &source->ids, source_compare))
        abort();
}

/* The second `x` becomes `x#2`, which a third proposal may have been called from the start. */
static void source_settle_id(struct batch_source *source, struct proposal *proposal)
{
    struct source_id *taken = source_find_id(source, proposal->id);
    if (taken) {
        char *id = NULL;
        do {
            free(id);
            id = memory_format("%s#%zu", proposal->id, ++taken->times);
        } while (source_find_id(source, id));
        proposal->note = memory_format("another proposal has the id `%s` already; this one is called `%s`",
                                       proposal->id, id);
        free(proposal->id);
        proposal->id = id;
    }
    source_remember_id(source, proposal->id);
}

int batch_source_open(struct batch_source **out, struct repository *repository, const char *const *arguments,
                      size_t count, const char *base, struct err *err)
{
    struct batch_source *source = MEMORY_NEW(struct batch_source);
    int code = count > 0 ? 0 : err_set(err, ERR_INVALID, "name at least one source of candidates");
    source->base = base;
    source->streams = memory_zeroed((count + 1) * sizeof *source->streams);
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = stream_open(&source->streams[i], repository, arguments[i], err);
        source->stream_count += code == 0;
        source->count += source->streams[i].count;
    }
    if (code < 0) {
        batch_source_close(source);
        return code;
    }
    *out = source;
    return 0;
}

void batch_source_close(struct batch_source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i < source->stream_count; i++)
        stream_fini(&source->streams[i]);
    free(source->streams);
    tdestroy(source->ids, source_free_id);
    free(source);
}

size_t batch_source_count(const struct batch_source *source)
{
    return source->count;
}

static const char *source_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void source_take_patch(const struct batch_source *source, const struct stream *stream,
                              struct proposal *proposal)
{
    const char *path = stream->paths[source->position];
    proposal->id = memory_copy_string(source_file_name(path));
    proposal->source = memory_copy_string(path);
    proposal->request =
        (struct intake_request){.name = proposal->source, .kind = CANDIDATE_PATCH, .base = source->base};
}

static void source_take_revision(const struct batch_source *source, const struct stream *stream,
                                 struct proposal *proposal)
{
    const char *name = stream->revisions.names[source->position];
    bool commit = stream->revisions.own_parents;
    proposal->id = commit ? memory_copy_bytes(name, SOURCE_SHORT_COMMIT) : memory_copy_string(name);
    proposal->source = memory_copy_string(name);
    proposal->request = (struct intake_request){
        .name = proposal->source, .kind = CANDIDATE_COMMIT, .base = commit ? NULL : source->base};
}

/* 1, or 0 when the file has become shorter since it was counted. */
static int source_take_record(const struct batch_source *source, struct stream *stream,
                              struct proposal *proposal, struct err *err)
{
    if (source->position == 0) {
        int code = stream_rewind(stream, err);
        if (code < 0)
            return code;
    }
    int found = records_next(&stream->records);
    if (found < 0)
        return err_set_errno(err, errno, "read %s", stream->argument);
    if (found == 0)
        return 0;
    const struct text *record = &stream->records.record;
    proposal->source = memory_copy_string(stream->argument);
    proposal->line = stream->records.line;
    record_read(proposal, stream->argument, proposal->line, text_string(record), record->length);
    if (!proposal->id)
        proposal->id = memory_format("%s:%u", source_file_name(stream->argument), proposal->line);
    proposal->request.kind = CANDIDATE_PATCH;
    proposal->request.base = source->base;
    return 1;
}

static int source_take(struct batch_source *source, struct stream *stream, struct proposal *proposal,
                       struct err *err)
{
    if (stream->kind == STREAM_RECORDS)
        return source_take_record(source, stream, proposal, err);
    if (source->position == stream->count)
        return 0;
    if (stream->kind == STREAM_PATCHES)
        source_take_patch(source, stream, proposal);
    else
        source_take_revision(source, stream, proposal);
    return 1;
}

/* What every request of a batch has in common. */
static void source_finish(struct proposal *proposal)
{
    struct intake_request *request = &proposal->request;
    if (!request->name)
        request->name = proposal->id;
    if (proposal->fault && !request->bytes) { /* so that nothing is looked up by the proposal's name */
        request->bytes = proposal->fault;
        request->length = strlen(proposal->fault);
    }
    request->proposed = true;
    request->fault = proposal->fault;
    request->author = proposal->author;
}

int batch_source_next(struct batch_source *source, struct proposal *proposal, struct err *err)
{
    while (source->current < source->stream_count) {
        struct stream *stream = &source->streams[source->current];
        *proposal = (struct proposal){.claimed_gain = NAN};
        int found = source_take(source, stream, proposal, err);
        if (found > 0) {
            source->position++;
            source_settle_id(source, proposal);
            source_finish(proposal);
            return 1;
        }
        proposal_fini(proposal);
        if (found < 0)
            return found;
        if (stream->kind == STREAM_RECORDS)
            stream_release(stream);
        source->current++;
        source->position = 0;
    }
    return 0;
}

void proposal_pin_base(struct proposal *proposal, const char *base)
{
    struct intake_request *request = &proposal->request;
    if (request->kind == CANDIDATE_PATCH && !request->base)
        request->base = base;
}

void proposal_fini(struct proposal *proposal)
{
    free(proposal->id);
    free(proposal->source);
    free(proposal->bytes);
    free(proposal->author);
    free(proposal->model);
    free(proposal->rationale);
    free(proposal->claim);
    free(proposal->fault);
    free(proposal->note);
    *proposal = (struct proposal){0};
}
