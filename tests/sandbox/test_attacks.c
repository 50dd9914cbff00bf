/* Each attempt beside its benign twin: the one is refused in exactly this way, the other works. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attempt {
    const char *attack;  /* attacker's argument */
    const char *refusal; /* what it prints, alternatives by '|'; or how it ends */
    const char *twin;    /* prints ok */
};

static const struct attempt attempts[] = {
    {"io_uring", "ENOSYS", "pipe"},
    {"vsock", "EAFNOSUPPORT", "unix"},
    {"vsock-high", "EAFNOSUPPORT", "unix"},
    {"alg", "EAFNOSUPPORT", "unix"},
    {"netlink", "EAFNOSUPPORT", "unix"},
    {"packet", "EAFNOSUPPORT", "unix"},
    {"tcp", "EAFNOSUPPORT", "unix"},
    {"udp6", "EAFNOSUPPORT", "unix"},
    {"unshare-user", "EPERM", "thread"},
    {"clone-user", "ENOSYS", "thread"},
    {"clone3-user", "ENOSYS", "thread"},
    {"setns", "EPERM", "thread"},
    {"bpf", "EPERM", "nothing"},
    {"perf", "EPERM", "nothing"},
    {"userfaultfd", "EPERM", "nothing"},
    {"add-key", "EPERM", "nothing"},
    {"keyctl", "EPERM", "nothing"},
    {"ptrace", "EPERM", "own-memory"},
    {"process-vm", "EPERM", "own-memory"},
    {"pidfd-getfd", "EPERM", "pipe"},
    {"kcmp", "EPERM", "pipe"},
    {"personality", "ENOSYS", "personality-query"},
    {"tiocsti-high", "ENOSYS", "ioctl"},
    {"tioclinux", "ENOSYS", "ioctl"},
#ifdef __x86_64__
    {"int80", "killed by SIGSYS", "nothing"},
    {"x32", "killed by SIGSYS", "nothing"},
#endif
    {"open-by-handle", "EPERM", "write-work"},
    {"vmsplice", "ENOSYS", "pipe"},
    {"memfd-secret", "ENOSYS", "pipe"},
    {"mount", "EPERM", "write-work"},
    {"umount", "EPERM", "write-work"},
    {"pivot-root", "EPERM", "write-work"},
    {"chroot", "EPERM", "write-work"},
    {"mknod", "ENOSYS", "mkfifo"},
    {"write-usr", "EROFS", "write-work"},
    {"write-etc", "EROFS|EACCES", "write-work"},
    {"core-pattern", "EACCES|EROFS", "write-work"},
    {"sysrq", "EACCES|ENOENT", "write-work"},
    {"kcore", "EACCES|ENOENT|EPERM", "own-memory"},
    {"init-memory", "ENOENT|EACCES", "own-memory"},
    {"init-limits", "ENOSYS", "own-limits"},
    {"affinity", "EPERM", "affinity-query"},
    {"own-filter", "EINVAL", "nothing"},
    {"own-filter-call", "EINVAL", "nothing"},
    {"become-root", "EINVAL|EPERM", "nothing"},
    {"hostname", "EPERM", "nothing"},
    {"fork-bomb", "EAGAIN", "thread"},
    {"fill-tmp", "ENOSPC", "write-work"},
    {"fill-shm", "ENOSPC", "write-work"},
    {"fill-inodes", "ENOSPC", "mkfifo"},
};

static bool attempt_is_among(const char *words, const char *alternatives)
{
    size_t length = strlen(words);
    for (const char *at = alternatives; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, words, length) == 0 && (at[length] == '|' || !at[length]))
            return true;
    }
    return false;
}

/* What an attempt said in its first line, or how it ended when it said nothing. */
static void attempt_run(const char *name, const char *profile, char said[static 128])
{
    const char *const argv[] = {"./attacker", name, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    spec.profile = profile;
    lab_run(&spec, &answer);
    if (answer.err.code)
        snprintf(said, 128, "%.120s", answer.err.message);
    else if (answer.result.end == SANDBOX_EXITED)
        snprintf(said, 128, "%.*s", (int)strcspn(answer.result.out, "\n"), answer.result.out);
    else
        snprintf(said, 128, "%s", answer.words);
    lab_forget(&answer);
}

static void test_attempts_are_refused(void **state)
{
    static const char *const profiles[] = {"build", "workload"};
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        for (size_t j = 0; j < 2; j++) {
            char said[128];
            char twin[128];
            attempt_run(attempts[i].attack, profiles[j], said);
            attempt_run(attempts[i].twin, profiles[j], twin);
            if (attempt_is_among(said, attempts[i].refusal) && strcmp(twin, "ok") == 0)
                continue;
            print_error("%s (%s): %s instead of %s; twin %s: %s\n", attempts[i].attack, profiles[j], said,
                        attempts[i].refusal, attempts[i].twin, twin);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void test_signals_to_process_1_have_no_effect(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_shell("./attacker init-signal && echo alive", &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.result.out, "ok\nalive\n");
    assert_string_equal(answer.words, "exit status 0");
    lab_forget(&answer);
}

static void test_no_descriptor_leaks_in(void **state)
{
    struct lab_answer answer;
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0); /* inheritable: would be seen */
    lab_attack("descriptors", &answer);
    assert_string_equal(answer.result.out, "ok\n");
    lab_forget(&answer);
    close(ends[0]);
    close(ends[1]);
}

static void test_setuid_bit_has_no_effect(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_shell("cp /usr/bin/id . && chmod 6755 id && ./id -u && grep -c '^CapEff:.0000000000000000$' "
              "/proc/self/status",
              &answer);
    assert_string_equal(answer.result.out, "1000\n1\n");
    lab_forget(&answer);
}

static void test_other_sandboxes_are_out_of_sight(void **state)
{
    const char *const argv[] = {"./attacker", "publish", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer publisher;
    struct lab_answer seeker;
    (void)state;
    spec.slot = 1;
    lab_start(&spec, &publisher);
    lab_shell("sleep 0.5", &seeker); /* the publisher's time to publish */
    lab_forget(&seeker);
    const char *const seek[] = {"./attacker", "find-abstract", NULL};
    struct sandbox_spec other = lab_spec(seek);
    other.slot = 2;
    lab_run(&other, &seeker);
    assert_string_equal(seeker.result.out, "ECONNREFUSED\n");
    lab_forget(&seeker);
    const char *const segment[] = {"./attacker", "find-segment", NULL};
    other = lab_spec(segment);
    other.slot = 1; /* not even in the same slot */
    lab_run(&other, &seeker);
    assert_string_equal(seeker.result.out, "ENOENT\n");
    lab_forget(&seeker);
    sandbox_run_cancel(publisher.run);
    lab_wait(&publisher);
    assert_string_equal(publisher.words, "cancelled");
    assert_string_equal(publisher.result.out, "ok\n");
    lab_forget(&publisher);
}

static void test_hidden_cpu_is_charged(void **state)
{
    static const char *const names[] = {"hide-child", "daemon"};
    static const uint64_t at_least_ns[] = {300000000, 200000000};
    static const uint32_t leftovers[] = {0, 1};
    (void)state;
    if (sandbox_isolation(lab_current()->sandbox)->cpu_source == SANDBOX_CPU_NONE) {
        print_message("skipped: nothing counts CPU here\n");
        skip();
    }
    for (size_t i = 0; i < 2; i++) {
        struct lab_answer answer;
        lab_attack(names[i], &answer);
        assert_string_equal(answer.words, "exit status 0");
        assert_true(answer.result.cpu_ns >= at_least_ns[i]);
        assert_int_equal(answer.result.leftovers, leftovers[i]);
        lab_forget(&answer);
    }
    struct lab_answer twin;
    lab_attack("nothing", &twin);
    assert_true(twin.result.cpu_ns < at_least_ns[1]);
    lab_forget(&twin);
}

static void test_memory_bomb_dies_alone(void **state)
{
    const char *const argv[] = {"./attacker", "memory-bomb", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.limits.memory_bytes = 64u << 20;
    lab_run(&spec, &answer);
    /* A memory group kills; without one each process gets ENOMEM. */
    if (sandbox_isolation(lab_current()->sandbox)->peak_source == SANDBOX_PEAK_RUSAGE)
        assert_string_equal(answer.result.out, "ENOMEM\n");
    else
        assert_string_equal(answer.words, "ran out of the memory allowed to it");
    lab_forget(&answer);
    lab_attack("nothing", &answer);
    assert_string_equal(answer.result.out, "ok\n");
    lab_forget(&answer);
}

static void test_workspace_on_tmpfs_is_capped(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_attack("fill-work", &answer);
    assert_string_equal(answer.result.out, "ENOSPC\n");
    lab_forget(&answer);
}

static void test_endless_output_is_cut(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_attack("endless", &answer);
    assert_string_equal(answer.words, "killed for too much output");
    assert_true(answer.result.out_cut);
    assert_false(answer.result.error_cut);
    assert_int_equal(answer.result.out_length, 1 << 20);
    lab_forget(&answer);
}

static void test_stubborn_is_killed_at_its_deadline(void **state)
{
    const char *const argv[] = {"./attacker", "stubborn", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.limits.wall_ms = 300;
    lab_run(&spec, &answer);
    assert_int_equal(answer.result.end, SANDBOX_TIMED_OUT);
    lab_forget(&answer);
}

static int attempt_open(int workspace, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, workspace, path, &how, sizeof how);
}

static void test_planted_results_lead_nowhere(void **state)
{
    const char *const argv[] = {"./attacker", "plant", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    struct stat status;
    (void)state;
    spec.keep_workspace = true;
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "ok\n");
    int workspace = answer.result.workspace_fd;
    assert_true(workspace >= 0);
    assert_int_equal(attempt_open(workspace, "link"), -1);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(attempt_open(workspace, "up/etc/passwd"), -1);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(attempt_open(workspace, "../etc/passwd"), -1);
    assert_int_equal(errno, EXDEV);
    cleanup_fd int fifo = attempt_open(workspace, "fifo"); /* no hang; no regular file */
    assert_int_equal(fstat(fifo, &status), 0);
    assert_false(S_ISREG(status.st_mode));
    cleanup_fd int honest = attempt_open(workspace, "honest");
    assert_int_equal(fstat(honest, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    lab_forget(&answer);
}

static int attempt_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts_are_refused),
        cmocka_unit_test(test_signals_to_process_1_have_no_effect),
        cmocka_unit_test(test_no_descriptor_leaks_in),
        cmocka_unit_test(test_setuid_bit_has_no_effect),
        cmocka_unit_test(test_other_sandboxes_are_out_of_sight),
        cmocka_unit_test(test_hidden_cpu_is_charged),
        cmocka_unit_test(test_memory_bomb_dies_alone),
        cmocka_unit_test(test_workspace_on_tmpfs_is_capped),
        cmocka_unit_test(test_endless_output_is_cut),
        cmocka_unit_test(test_stubborn_is_killed_at_its_deadline),
        cmocka_unit_test(test_planted_results_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(attempt_tests);
}
