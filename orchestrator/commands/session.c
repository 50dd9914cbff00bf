#include "orchestrator/commands/session.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/workroom.h"
#include "orchestrator/caches/presence.h"
#include "orchestrator/report/report.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define CONFIGURATION_BYTES ((size_t)4 << 20)
#define DISK_BYTES_LEAST    (64 << 10) /* with less, the disk counts as full */

static int session_exit_status(const struct session *session, const struct err *err)
{
    if (session->caught)
        return 128 + session->caught;
    switch (err->code) {
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_LIMIT:
        return 2;
    case ERR_UNAVAILABLE:
        return 7;
    default:
        return 1;
    }
}

/* Not every library that writes says that it was the disk. */
static void session_note_disk(const char *state)
{
    struct statvfs disk;
    if (!state || statvfs(state, &disk) < 0)
        return;
    if ((uint64_t)disk.f_bavail * disk.f_frsize < DISK_BYTES_LEAST ||
        (disk.f_files > 0 && disk.f_favail == 0))
        fprintf(stderr, "cupel: the disk of %s is full; make room there\n", state);
}

int session_fail(struct session *session, const struct err *err)
{
    progress_end(&session->progress);
    cleanup_text struct text message = {0};
    report_escape_terminal(&message, err->message, ERR_MESSAGE_MAX);
    fprintf(stderr, "cupel: %s\n", text_string(&message));
    if (err->code == ERR_SYSTEM)
        session_note_disk(session->state);
    return session_exit_status(session, err);
}

/* Files that a configuration on the disk names stand beside it; `data` is its folder. */
static int session_read_beside(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    cleanup_free char *whole = memory_format("%s/%s", (const char *)data, path);
    return folder_read_file(whole, CONFIGURATION_BYTES, bytes, length, err);
}

int session_use_configuration(struct session *session, const char *path, struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    cleanup_free char *real = realpath(path, NULL);
    if (!real)
        return err_set(err, ERR_INVALID, "configuration %s: %s", path, strerror(errno));
    if (folder_read_file(real, CONFIGURATION_BYTES, &bytes, &length, err) < 0)
        return err->code;
    char *slash = strrchr(real, '/');
    slash[slash == real] = '\0'; /* the root keeps its own */
    const struct configuration_origin origin = {
        .policies = session->paths.policies, .read = session_read_beside, .data = real};
    if (configuration_read(&session->outside, path, bytes, length, &origin, err) < 0)
        return err->code;
    session->outside.folder = STEAL(real);
    session->has_outside = true;
    return 0;
}

/* --config promises a file that nobody working in the checkout can write. */
static int session_refuse_inside(struct session *session, const char *config, struct err *err)
{
    cleanup_free char *real = realpath(config, NULL);
    const char *root = repository_path(session->repository);
    size_t length = strlen(root);
    while (length > 1 && root[length - 1] == '/')
        length--;
    if (!real || strncmp(real, root, length) != 0 || real[length] != '/')
        return 0;
    return err_set(
        err, ERR_INVALID,
        "--config %s is inside the repository, where the code under test is; keep it outside, or commit it "
        "as %s and leave --config out",
        config, CONFIGURATION_NAME);
}

int session_open(struct session *session, const char *repository, const char *config, bool quiet,
                 struct err *err)
{
    *session = (struct session){.presence = -1};
    uv_loop_init(&session->loop);
    progress_init(&session->progress, quiet);
    if (paths_init(&session->paths, err) < 0 ||
        repository_open(&session->repository, repository ? repository : ".", err) < 0 ||
        paths_repository_state(&session->paths, repository_id(session->repository),
                               repository_path(session->repository), &session->state, err) < 0 ||
        presence_enter(session->state, &session->presence, err) < 0 ||
        workroom_sweep(session->state, err) < 0 ||
        operator_load(&session->settings, session->paths.operator_user, session->paths.operator_system,
                      session->paths.state, err) < 0)
        return err->code;
    if (!config)
        return 0;
    if (session_refuse_inside(session, config, err) < 0)
        return err->code;
    return session_use_configuration(session, config, err);
}

int session_open_bare(struct session *session, bool quiet, struct err *err)
{
    *session = (struct session){.presence = -1};
    uv_loop_init(&session->loop);
    progress_init(&session->progress, quiet);
    if (paths_init(&session->paths, err) < 0 || folder_make(session->paths.state, 0700, err) < 0)
        return err->code;
    session->state = memory_copy_string(session->paths.state);
    return operator_load(&session->settings, session->paths.operator_user, session->paths.operator_system,
                         session->paths.state, err);
}

void session_close(struct session *session)
{
    if (session->has_outside)
        configuration_fini(&session->outside);
    operator_fini(&session->settings);
    if (session->repository)
        repository_close(session->repository);
    if (session->presence >= 0)
        close(session->presence);
    free(session->state);
    paths_fini(&session->paths);
    int busy = uv_loop_close(&session->loop);
    assert(busy == 0);
    (void)busy;
}
