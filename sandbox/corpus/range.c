#include "sandbox/corpus/range.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define RANGE_WORDS (4u << 20) /* bytes said in a conversation: more than a pipe holds */
#define RANGE_PORT  4712       /* as in attacker/services.c */

static const char range_input_bytes[] = "input of an attempt\n";

/* Mounts of ours only: those of process 1 are the machine's, or of the container that we are in. */
static int range_check_isolated(struct err *err)
{
    struct stat own;
    struct stat first;
    if (stat("/proc/self/ns/mnt", &own) < 0)
        return err_set_errno(err, errno, "/proc/self/ns/mnt");
    if (stat("/proc/1/ns/mnt", &first) == 0 && own.st_ino == first.st_ino)
        return err_set(err, ERR_UNAVAILABLE,
                       "attempts are made in a mount namespace of our own only, and this is the machine's");
    return 0;
}

static int range_copy(const char *from, const char *to, struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length;
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if (folder_read_file(from, 64u << 20, &bytes, &length, err) < 0 ||
        folder_replace_file(to, bytes, length, err) < 0)
        return err->code;
    if (chmod(to, 0755) < 0 || chown(to, uid, gid) < 0)
        return err_set_errno(err, errno, "%s", to);
    return 0;
}

static int range_fill(struct range *range, const char *attacker, const char *parent, struct err *err)
{
    cleanup_free char *pattern = memory_format("%s/cupel-range-XXXXXX", parent);
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if (!mkdtemp(pattern) || chmod(pattern, 0755) < 0)
        return err_set_errno(err, errno, "make %s", pattern);
    range->folder = STEAL(pattern);
    range->layer = memory_format("%s/layer", range->folder);
    range->state = memory_format("%s/state", range->folder);
    range->input = memory_format("%s/input", range->folder);
    if (mkdir(range->state, 0700) < 0 || mkdir(range->layer, 0755) < 0 || chown(range->layer, uid, gid) < 0)
        return err_set_errno(err, errno, "fill %s", range->folder);
    cleanup_free char *copy = memory_format("%s/attacker", range->layer);
    if (range_copy(attacker, copy, err) < 0 ||
        folder_replace_file(range->input, range_input_bytes, sizeof range_input_bytes - 1, err) < 0)
        return err->code;
    if (chmod(range->input, 0666) < 0) /* only the mount keeps it from being written */
        return err_set_errno(err, errno, "%s", range->input);
    return 0;
}

/* Without close-on-exec, and by names of the machine's: none may be found inside. */
static void range_plant(struct range *range)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0cupel-attack-host"};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof "cupel-attack-host");
    if (pipe(range->planted) < 0)
        range->planted[0] = range->planted[1] = -1;
    range->planted[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* Another one's name serves as well. */
    if (range->planted[2] >= 0 && bind(range->planted[2], (struct sockaddr *)&address, length) == 0)
        (void)listen(range->planted[2], 1);
    const struct sockaddr_in port = {
        .sin_family = AF_INET, .sin_port = htons(RANGE_PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    range->planted[3] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (range->planted[3] >= 0 && bind(range->planted[3], (const struct sockaddr *)&port, sizeof port) == 0)
        (void)listen(range->planted[3], 1);
}

static int range_warm_up(struct range *range, struct err *err)
{
    static const char *const argv[] = {"./attacker", "nothing", NULL};
    for (unsigned slot = 0; slot < RANGE_SLOTS; slot++) {
        struct sandbox_spec spec = range_spec(range, argv, "build");
        struct range_answer answer;
        spec.slot = slot;
        range_start(range, &spec, &answer);
        range_wait(range, &answer);
        bool works =
            !answer.err.code && answer.result.end == SANDBOX_EXITED && strcmp(answer.result.out, "ok\n") == 0;
        if (!works && answer.err.code)
            *err = answer.err;
        else if (!works)
            (void)!err_set(err, ERR_SYSTEM, "the attacker does not run in a sandbox: %.200s",
                           answer.result.error);
        range_forget(&answer);
        if (!works)
            return err->code;
    }
    survivors_settle(range->state, range->layer, &range->baseline);
    return 0;
}

int range_open(struct range *range, const struct sandbox_options *options, const char *attacker,
               const char *parent, struct err *err)
{
    *range = (struct range){.planted = {-1, -1, -1, -1}};
    uv_loop_init(&range->loop);
    if (range_check_isolated(err) < 0 || range_fill(range, attacker, parent, err) < 0)
        return err->code;
    range_plant(range);
    struct sandbox_options own = *options;
    own.state = range->state;
    if (sandbox_open(&range->sandbox, &range->loop, &own, err) < 0)
        return err->code;
    return range_warm_up(range, err);
}

size_t range_close(struct range *range)
{
    struct err err = {0};
    cleanup_free char *leased = range->state ? survivors_read_leases(range->state) : memory_copy_string("");
    if (range->sandbox)
        sandbox_close(range->sandbox, NULL, NULL);
    uv_run(&range->loop, UV_RUN_DEFAULT);
    uv_loop_close(&range->loop);
    size_t left = survivors_count_existing(leased);
    for (size_t i = 0; i < 4; i++)
        if (range->planted[i] >= 0)
            close(range->planted[i]);
    if (range->folder && folder_remove(range->folder, &err) < 0)
        fprintf(stderr, "cupel: %s\n", err.message);
    free(range->folder);
    free(range->layer);
    free(range->state);
    free(range->input);
    *range = (struct range){.planted = {-1, -1, -1, -1}};
    return left;
}

struct sandbox_spec range_spec(const struct range *range, const char *const *argv, const char *profile)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "HOME=/tmp", NULL};
    static const char *layers[2];
    layers[0] = range->layer;
    return (struct sandbox_spec){.profile = profile,
                                 .argv = argv,
                                 .environment = environment,
                                 .layers = layers,
                                 .stdin_file = range->input,
                                 .limits = {.wall_ms = 20000,
                                            .memory_bytes = 512u << 20,
                                            .output_bytes = 1u << 20,
                                            .workspace_bytes = 8u << 20,
                                            .workspace_files = 2000,
                                            .scratch_bytes = 8u << 20,
                                            .processes = 64}};
}

int range_make_upper(struct range *range, struct sandbox_spec *spec, struct err *err)
{
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    range->upper = memory_format("%s/disk", range->folder);
    range->upper_paths[0] = memory_format("%s/upper", range->upper);
    range->upper_paths[1] = memory_format("%s/work", range->upper);
    for (size_t i = 0; i < 2; i++)
        if (folder_make(range->upper_paths[i], 0755, err) < 0)
            return err->code;
    if (chown(range->upper_paths[0], uid, gid) < 0)
        return err_set_errno(err, errno, "give %s to its owner", range->upper_paths[0]);
    spec->upper = range->upper_paths[0];
    spec->upper_work = range->upper_paths[1];
    return 0;
}

int range_remove_upper(struct range *range, struct err *err)
{
    int code = range->upper ? folder_remove(range->upper, err) : 0;
    free(STEAL(range->upper));
    for (size_t i = 0; i < 2; i++)
        free(STEAL(range->upper_paths[i]));
    return code;
}

void range_keep_result(const struct sandbox_result *result, struct sandbox_result *kept)
{
    *kept = *result;
    sandbox_result_take(result, &kept->out, &kept->error);
    if (result->workspace_fd >= 0)
        kept->workspace_fd = fcntl(result->workspace_fd, F_DUPFD_CLOEXEC, 3);
}

static void range_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                         void *data)
{
    struct range_answer *answer = data;
    (void)run;
    answer->over = true;
    answer->err = *err;
    if (err->code)
        return;
    range_keep_result(result, &answer->result);
    if (answer->heard.length) {
        free(answer->result.out);
        answer->result.out_length = answer->heard.length;
        answer->result.out = text_take(&answer->heard);
    }
}

static void range_on_cool(void *data)
{
    *(bool *)data = true;
}

void range_cool(struct range *range)
{
    bool closed = !range->shared;
    if (range->shared)
        sandbox_warm_close(STEAL(range->shared), range_on_cool, &closed);
    while (!closed)
        uv_run(&range->loop, UV_RUN_ONCE);
}

/* Other limits than the last run's are another place, which another sandbox gives. */
static int range_start_warm(struct range *range, const struct sandbox_spec *asked,
                            struct range_answer *answer)
{
    struct sandbox_spec spec = *asked;
    spec.stdin_file = NULL;
    spec.stdin_bytes = range_input_bytes;
    spec.stdin_length = sizeof range_input_bytes - 1;
    if (spec.limits.memory_bytes < range->warm_memory)
        spec.limits.memory_bytes = range->warm_memory;
    for (int tries = 0;; tries++) {
        if (!range->shared)
            range->shared = sandbox_warm_open(range->sandbox);
        answer->err = (struct err){0};
        int code = sandbox_warm_run(range->shared, &spec, range_on_end, answer, &answer->run, &answer->err);
        if (code != ERR_INVALID || tries)
            return code;
        range_cool(range);
    }
}

static void range_on_output(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    struct range_answer *answer = data;
    (void)run;
    text_append(&answer->heard, bytes, length);
}

static int range_start_talk(struct range *range, const struct sandbox_spec *asked,
                            struct range_answer *answer)
{
    struct sandbox_spec spec = *asked;
    cleanup_free char *words = memory_zeroed(RANGE_WORDS);
    spec.stdin_file = NULL;
    spec.on_output = range_on_output;
    if (sandbox_run_start(range->sandbox, &spec, range_on_end, answer, &answer->run, &answer->err) < 0)
        return answer->err.code;
    if (sandbox_run_write(answer->run, words, RANGE_WORDS, &answer->err) < 0)
        sandbox_run_cancel(answer->run);
    sandbox_run_end_input(answer->run);
    return 0;
}

void range_start(struct range *range, const struct sandbox_spec *spec, struct range_answer *answer)
{
    *answer = (struct range_answer){.result.workspace_fd = -1};
    if (spec->talks) {
        answer->over = range_start_talk(range, spec, answer) < 0;
        return;
    }
    if (range->warm && spec->slot == 0 && !spec->upper && !spec->keep_workspace) {
        answer->over = range_start_warm(range, spec, answer) < 0;
        return;
    }
    if (sandbox_run_start(range->sandbox, spec, range_on_end, answer, &answer->run, &answer->err) < 0)
        answer->over = true;
}

void range_wait(struct range *range, struct range_answer *answer)
{
    while (!answer->over)
        uv_run(&range->loop, UV_RUN_ONCE);
}

void range_forget(struct range_answer *answer)
{
    text_fini(&answer->heard);
    free(answer->result.out);
    free(answer->result.error);
    if (answer->result.workspace_fd >= 0)
        close(answer->result.workspace_fd);
    *answer = (struct range_answer){.result.workspace_fd = -1};
}
