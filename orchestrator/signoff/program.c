#include "orchestrator/signoff/program.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define PROGRAM_PATH     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PROGRAM_KEEP_MAX 32 /* variables */

static const char *const program_folders[] = {"/usr/bin", "/usr/local/bin", "/bin"};
/* Home for ~/.ssh, the agent for its keys; terminal and display for asking. */
static const char *const program_keep[] = {
    "HOME", "SSH_AUTH_SOCK", "TERM", "DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "USER", NULL};

static char *program_find(const char *name)
{
    for (size_t i = 0; i < sizeof program_folders / sizeof *program_folders; i++) {
        cleanup_free char *path = memory_format("%s/%s", program_folders[i], name);
        if (access(path, X_OK) == 0)
            return STEAL(path);
    }
    return NULL;
}

static size_t program_keep_variables(char **environment, size_t count, const char *const *names)
{
    for (; names && *names && count < PROGRAM_KEEP_MAX; names++) {
        const char *value = getenv(*names);
        if (value)
            environment[count++] = memory_format("%s=%s", *names, value);
    }
    return count;
}

static char **program_environment(const struct program *program)
{
    char **environment = memory_zeroed((PROGRAM_KEEP_MAX + 1) * sizeof *environment);
    size_t count = 0;
    environment[count++] = memory_copy_string(PROGRAM_PATH);
    environment[count++] = memory_copy_string("LC_ALL=C.UTF-8");
    count = program_keep_variables(environment, count, program_keep);
    program_keep_variables(environment, count, program->keep);
    return environment;
}

static void program_free_environment(char **environment)
{
    for (char **entry = environment; *entry; entry++)
        free(*entry);
    free(environment);
}

/* Reads both pipes to their ends; what is beyond the limit is read and dropped. */
static void program_read(int output_fd, struct text *output, int errors_fd, struct text *errors)
{
    struct pollfd ends[2] = {{.fd = output_fd, .events = POLLIN}, {.fd = errors_fd, .events = POLLIN}};
    struct text *texts[2] = {output, errors};
    char buffer[8192];
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            return;
        for (size_t i = 0; i < 2; i++) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            ssize_t got = read(ends[i].fd, buffer, sizeof buffer);
            if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
                ends[i].fd = -1;
            else if (got > 0 && texts[i]->length + (size_t)got <= PROGRAM_OUTPUT_MAX)
                text_append(texts[i], buffer, (size_t)got);
        }
    }
}

static int program_spawn(const struct program *program, const char *path, const int output[2],
                         const int errors[2], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    char **environment = program_environment(program);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    /* We ignore SIGPIPE, which a child would inherit. */
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, program->input ? program->input : "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    if (!program->shows_errors)
        posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
    int code = posix_spawn(pid, path, &actions, &attributes, program->arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    program_free_environment(environment);
    return code;
}

int program_run(const struct program *program, int *status, struct text *output, struct text *errors,
                struct err *err)
{
    int output_pipe[2], errors_pipe[2], ended;
    pid_t pid = -1;
    cleanup_free char *path = program_find(program->name);
    if (!path)
        return err_set(err, ERR_NOT_FOUND, "%s is not installed (looked in /usr/bin, /usr/local/bin, /bin)",
                       program->name);
    if (pipe2(output_pipe, O_CLOEXEC) < 0)
        return err_set_errno(err, errno, "run %s", path);
    cleanup_fd int output_end = output_pipe[0];
    if (pipe2(errors_pipe, O_CLOEXEC) < 0) {
        close(output_pipe[1]);
        return err_set_errno(err, errno, "run %s", path);
    }
    cleanup_fd int errors_end = errors_pipe[0];
    int code = program_spawn(program, path, output_pipe, errors_pipe, &pid);
    close(output_pipe[1]);
    close(errors_pipe[1]);
    if (code != 0)
        return err_set_errno(err, code, "run %s", path);
    program_read(output_end, output, errors_end, errors);
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return err_set_errno(err, errno, "wait for %s", path);
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
    return 0;
}
