#include "sandbox/order.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Bytes as a sealed memfd: no pump, no broken pipe, and nothing that the program could change. A file is
 * opened by the lane, from a read-only mount. */
int order_open_stdin(const struct sandbox_spec *spec, struct err *err)
{
    int fd = spec->stdin_length && !spec->stdin_file
                 ? zygote_client_memfd("stdin", spec->stdin_bytes, spec->stdin_length, true)
                 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && spec->stdin_length && !spec->stdin_file && lseek(fd, 0, SEEK_SET) < 0) {
        close(fd);
        fd = -1;
    }
    return fd < 0 ? err_set_errno(err, errno, "make stdin") : fd;
}

uint64_t order_files(const struct sandbox_spec *spec)
{
    return spec->limits.workspace_files ? spec->limits.workspace_files : SANDBOX_WORKSPACE_FILES;
}

void order_encode(const struct sandbox_spec *spec, bool warm, struct text *body)
{
    struct wire_mount *mounts = memory_zeroed((spec->mount_count + 1) * sizeof *mounts);
    uint32_t *cpus = memory_zeroed((spec->cpu_count + 1) * sizeof *cpus);
    for (size_t i = 0; i < spec->mount_count; i++)
        mounts[i] = (struct wire_mount){.source = spec->mounts[i].source,
                                        .target = spec->mounts[i].target,
                                        .writable = spec->mounts[i].writable};
    for (size_t i = 0; i < spec->cpu_count; i++)
        cpus[i] = (uint32_t)spec->cpus[i];
    /* The encoder only reads the lists. */
    struct wire_run wire = {.profile = spec->profile,
                            .argv = warm ? NULL : (const char **)(uintptr_t)spec->argv,
                            .environment = warm ? NULL : (const char **)(uintptr_t)spec->environment,
                            .layers = (const char **)(uintptr_t)spec->layers,
                            .upper = spec->upper,
                            .upper_work = spec->upper_work,
                            .stdin_file = spec->stdin_file,
                            .mounts = mounts,
                            .mount_count = spec->mount_count,
                            .cpus = cpus,
                            .cpu_count = spec->cpu_count,
                            .keep_workspace = spec->keep_workspace,
                            .counting = spec->counting,
                            .calls_most = spec->calls_most,
                            .warm = warm,
                            .talks = spec->talks,
                            .memory_bytes = spec->limits.memory_bytes,
                            .workspace_bytes = spec->limits.workspace_bytes,
                            .workspace_files = order_files(spec),
                            .scratch_bytes = spec->limits.scratch_bytes,
                            .processes = spec->limits.processes};
    wire_encode_run(&wire, body);
    free(mounts);
    free(cpus);
}

void order_encode_program(const struct sandbox_spec *spec, struct text *body)
{
    const struct wire_program wire = {.argv = (const char **)(uintptr_t)spec->argv,
                                      .environment = (const char **)(uintptr_t)spec->environment};
    wire_encode_program(&wire, body);
}

int order_send(int socket, uint32_t kind, uint64_t number, const struct text *body, const int *fds,
               size_t fd_count, struct err *err)
{
    cleanup_text struct text datagram = {0};
    cleanup_fd int record = -1;
    int sent[CHANNEL_FDS_MAX];
    size_t count = 0;
    wire_encode_command(kind, number, &datagram);
    if (body->length > WIRE_BODY_MAX)
        return err_set(err, ERR_LIMIT, "arguments and environment are larger than %u bytes", WIRE_BODY_MAX);
    if (datagram.length + body->length <= WIRE_ORDER_MAX) {
        text_append(&datagram, body->data, body->length);
    } else {
        record = sent[count++] = zygote_client_memfd("order", body->data, body->length, false);
        if (record < 0)
            return err_set_errno(err, errno, "make a memfd");
    }
    for (size_t i = 0; i < fd_count; i++)
        sent[count++] = fds[i];
    int code = channel_send(socket, datagram.data, datagram.length, sent, count);
    if (code == 0 || code == -EPIPE || code == -ECONNRESET)
        return 0;
    return err_set_errno(err, -code, "reach the sandbox");
}

/* An upper on disk for a run that wanted a tmpfs; removed with the run. */
int order_make_scratch(struct sandbox_run *run, struct sandbox_spec *spec, char *paths[static 2],
                       struct err *err)
{
    if (spec->upper || !run->sandbox->disk_upper)
        return 0;
    run->scratch = memory_format("%s/%" PRIu64, run->sandbox->groups.scratch, run->id);
    paths[0] = memory_format("%s/upper", run->scratch);
    paths[1] = memory_format("%s/work", run->scratch);
    spec->upper = paths[0];
    spec->upper_work = paths[1];
    for (size_t i = 0; i < 2; i++)
        if (folder_make(paths[i], 0755, err) < 0)
            return err->code;
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    return chown(paths[0], uid, gid) < 0 ? err_set_errno(err, errno, "give %s to its owner", paths[0]) : 0;
}

int order_check(const struct sandbox *sandbox, const struct sandbox_spec *spec, struct err *err)
{
    if (sandbox->closing)
        return err_set(err, ERR_CANCELLED, "the sandbox is closing");
    if (!spec->argv || !spec->argv[0] || !spec->layers || !spec->layers[0] || !spec->environment ||
        !spec->limits.wall_ms)
        return err_set(err, ERR_INVALID, "a run needs arguments, an environment, a layer and a deadline");
    if (spec->talks ? spec->stdin_length || spec->stdin_file || !spec->on_output
                    : spec->on_output || spec->on_exec)
        return err_set(err, ERR_INVALID,
                       "a conversation, and only that, has its input written and its output called");
    if (spec->counting && spec->calls_most)
        return err_set(err, ERR_INVALID, "a run counts refused calls or made ones, not both");
    if (!spec->upper != !spec->upper_work)
        return err_set(err, ERR_INVALID, "an upper folder needs its work folder");
    if (!spec->upper)
        return 0;
    const char *slash = strrchr(spec->upper, '/');
    const char *other = strrchr(spec->upper_work, '/');
    if (!slash || !other || slash == spec->upper || slash - spec->upper != other - spec->upper_work ||
        strncmp(spec->upper, spec->upper_work, (size_t)(slash - spec->upper)) != 0)
        return err_set(err, ERR_INVALID, "%s and %s are not beside each other", spec->upper,
                       spec->upper_work);
    return 0;
}
