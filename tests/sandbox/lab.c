#include "lab.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/corpus/isolate.h"
#include "sandbox/corpus/range.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LAB_SKIP     77
#define LAB_ORDINARY 65534 /* nobody: has nothing to lose */

static struct lab lab;

struct lab *lab_current(void)
{
    return &lab;
}

static void __attribute__((noreturn)) lab_die(const char *words)
{
    fprintf(stderr, "lab: %s: %s\n", words, strerror(errno));
    exit(1);
}

static void lab_copy(const char *from, const char *to, mode_t mode)
{
    char *bytes;
    size_t length;
    struct err err = {0};
    if (folder_read_file(from, 256u << 20, &bytes, &length, &err) < 0 ||
        folder_replace_file(to, bytes, length, &err) < 0) {
        fprintf(stderr, "lab: %s\n", err.message);
        exit(1);
    }
    free(bytes);
    if (chmod(to, mode) < 0)
        lab_die(to);
}

char *lab_make_layer(const char *name)
{
    char *path = memory_format("%s/%s", lab.folder, name);
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if ((mkdir(path, 0755) < 0 && errno != EEXIST) || chown(path, uid, gid) < 0)
        lab_die(path);
    return path;
}

static void lab_fill(void)
{
    static const char *const filters[] = {"build", "workload", "service"};
    char pattern[] = "/tmp/cupel-lab-XXXXXX";
    if (!mkdtemp(pattern) || chmod(pattern, 0755) < 0)
        lab_die(pattern);
    lab.folder = memory_copy_string(pattern);
    lab.options.executable = memory_format("%s/cupel-sandbox", lab.folder);
    lab.options.filters = lab.folder;
    lab.options.state = memory_format("%s/state", lab.folder);
    if (mkdir(lab.options.state, 0700) < 0)
        lab_die(lab.options.state);
    lab_copy(SANDBOX_EXECUTABLE, lab.options.executable, 0755);
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        cleanup_free char *from = memory_format("%s/policies/seccomp/%s.json", CUPEL_SOURCE, filters[i]);
        cleanup_free char *to = memory_format("%s/%s.json", lab.folder, filters[i]);
        lab_copy(from, to, 0644);
    }
    lab.layer = lab_make_layer("layer");
    cleanup_free char *attacker = memory_format("%s/attacker", lab.layer);
    lab_copy(ATTACKER, attacker, 0755);
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if (chown(attacker, uid, gid) < 0)
        lab_die(attacker);
}

static void lab_empty(void)
{
    struct err err = {0};
    uv_loop_close(&lab.loop);
    if (folder_remove(lab.folder, &err) < 0)
        fprintf(stderr, "lab: %s\n", err.message);
    free((char *)(uintptr_t)lab.options.executable);
    free((char *)(uintptr_t)lab.options.state);
    free(lab.layer);
    free(lab.folder);
}

static int lab_round(int (*body)(void), bool root)
{
    struct err err = {0};
    int code = LAB_SKIP;
    lab = (struct lab){.root = root};
    umask(022);
    lab_fill();
    uv_loop_init(&lab.loop);
    printf("[          ] as %s\n", root ? "root" : "an ordinary user");
    fflush(stdout);
    if (sandbox_open(&lab.sandbox, &lab.loop, &lab.options, &err) == 0) {
        code = body();
        if (lab.sandbox)
            sandbox_close(lab.sandbox, NULL, NULL);
        uv_run(&lab.loop, UV_RUN_DEFAULT);
    } else if (err.code == ERR_UNAVAILABLE) {
        printf("skipped: %s\n", err.message);
    } else {
        fprintf(stderr, "%s\n", err.message);
        code = 1;
    }
    lab_empty();
    return code;
}

static int lab_round_as_nobody(int (*body)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) < 0 || setresgid(LAB_ORDINARY, LAB_ORDINARY, LAB_ORDINARY) < 0 ||
            setresuid(LAB_ORDINARY, LAB_ORDINARY, LAB_ORDINARY) < 0)
            lab_die("become an ordinary user");
        exit(lab_round(body, false));
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int lab_main(int (*body)(void))
{
    struct err err = {0};
    if (isolate_mounts(&err) < 0) {
        printf("skipped: %s\n", err.message);
        return LAB_SKIP;
    }
    if (geteuid() != 0)
        return lab_round(body, false);
    int first = lab_round(body, true);
    int second = lab_round_as_nobody(body);
    if (first == LAB_SKIP)
        return second;
    return second == LAB_SKIP ? first : first + second;
}

struct sandbox_spec lab_spec(const char *const *argv)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "HOME=/tmp", NULL};
    static const char *layers[2];
    layers[0] = lab.layer;
    return (struct sandbox_spec){.profile = "build",
                                 .argv = argv,
                                 .environment = environment,
                                 .layers = layers,
                                 .limits = {.wall_ms = 20000,
                                            .memory_bytes = 512u << 20,
                                            .output_bytes = 1u << 20,
                                            .workspace_bytes = 8u << 20,
                                            .scratch_bytes = 8u << 20,
                                            .processes = 64}};
}

void lab_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                void *data)
{
    struct lab_answer *answer = data;
    (void)run;
    answer->over = true;
    answer->err = *err;
    if (err->code)
        return;
    range_keep_result(result, &answer->result);
    sandbox_describe_end(result, answer->words, sizeof answer->words);
}

void lab_start(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    *answer = (struct lab_answer){.result.workspace_fd = -1};
    if (sandbox_run_start(lab.sandbox, spec, lab_on_end, answer, &answer->run, &answer->err) < 0)
        answer->over = true;
}

void lab_wait(struct lab_answer *answer)
{
    while (!answer->over)
        uv_run(&lab.loop, UV_RUN_ONCE);
}

void lab_run(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    lab_start(spec, answer);
    lab_wait(answer);
}

void lab_forget(struct lab_answer *answer)
{
    free(answer->result.out);
    free(answer->result.error);
    if (answer->result.workspace_fd >= 0)
        close(answer->result.workspace_fd);
    *answer = (struct lab_answer){.result.workspace_fd = -1};
}

void lab_shell(const char *script, struct lab_answer *answer)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct sandbox_spec spec = lab_spec(argv);
    lab_run(&spec, answer);
}

void lab_attack(const char *name, struct lab_answer *answer)
{
    const char *const argv[] = {"./attacker", name, NULL};
    const struct sandbox_spec spec = lab_spec(argv);
    lab_run(&spec, answer);
}
