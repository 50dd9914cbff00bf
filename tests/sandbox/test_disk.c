/* What may be written to a workspace on disk: the watch's arithmetic, and runs that pass its limits. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/corpus/isolate.h"
#include "sandbox/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define SMALL "/mnt" /* a disk of 64 MiB, in our own mounts */

static bool has_small;

static void test_reserve_is_a_share(void **state)
{
    (void)state;
    assert_int_equal(disk_reserve(DISK_BYTES, 20 << 20), 1 << 20);
    assert_int_equal(disk_reserve(DISK_BYTES, UINT64_C(1) << 40), 1 << 30);
    assert_int_equal(disk_reserve(DISK_FILES, UINT64_C(1) << 40), 100000);
    assert_int_equal(disk_reserve(DISK_FILES, 0), 0); /* not counted there: never short */
}

static void test_walks_are_due_when_enough_is_gone(void **state)
{
    static const struct {
        uint64_t used;
        uint64_t fallen;
        uint64_t after_ns;
        bool due;
    } cases[] = {
        {0, 0, 0, false},     {0, 1599, 0, false},  {0, 1600, 0, true},
        {6000, 99, 0, false}, {6000, 100, 0, true}, {0, 0, 2000000000, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct disk disk = {.limit.of = {6400, 6400}, .used.of = {cases[i].used, 0}};
        disk.walked.free.of[DISK_BYTES] = 100000;
        disk.now.free.of[DISK_BYTES] = 100000 - cases[i].fallen;
        assert_true(disk_is_due(&disk, cases[i].after_ns) == cases[i].due);
    }
}

/* Runs a script with its upper on disk below `parent`, at most 16 MiB and 500 files. */
static void run_on_disk(const char *parent, const char *script, struct lab_answer *answer)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct err err = {0};
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    cleanup_free char *folder = memory_format("%s/cupel-disk-%d", parent, lab_current()->root);
    cleanup_free char *upper = memory_format("%s/up", folder);
    cleanup_free char *work = memory_format("%s/work", folder);
    assert_int_equal(folder_remove(folder, &err), 0);
    assert_int_equal(folder_make(upper, 0755, &err), 0);
    assert_int_equal(folder_make(work, 0755, &err), 0);
    assert_int_equal(chown(upper, uid, gid), 0);
    spec.upper = upper;
    spec.upper_work = work;
    spec.limits.workspace_bytes = 16u << 20;
    spec.limits.workspace_files = 500;
    lab_run(&spec, answer);
    assert_int_equal(folder_remove(folder, &err), 0);
}

static void test_limits_end_a_run(void **state)
{
    static const struct {
        const char *script;
        const char *words;
    } cases[] = {
        {"head -c 8388608 /dev/zero > a", "exit status 0"},
        {"i=0; while [ $i -lt 400 ]; do : > f$i; i=$((i+1)); done", "exit status 0"},
        {"for i in 1 2; do head -c 12582912 /dev/zero > f$i; done; sleep 10",
         "wrote more than 16 MiB into its workspace; limits: 16 MiB, 500 files"},
        /* Over before anybody looked: the last look still sees it. */
        {"for i in 1 2; do head -c 12582912 /dev/zero > f$i; done",
         "wrote more than 16 MiB into its workspace; limits: 16 MiB, 500 files"},
        {"i=0; while [ $i -lt 600 ]; do : > f$i; i=$((i+1)); done; sleep 10",
         "made more than 500 files in its workspace; limits: 16 MiB, 500 files"},
        /* Sixty hard links are one file; holes are no bytes. */
        {"head -c 1048576 /dev/zero > a; i=0; while [ $i -lt 60 ]; do ln a l$i; i=$((i+1)); done",
         "exit status 0"},
        {"for i in 1 2 3 4; do truncate -s 15M s$i; done", "exit status 0"},
        {"exec head -c 33554432 /dev/zero > a", "killed by SIGXFSZ"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_answer answer;
        run_on_disk(lab_current()->folder, cases[i].script, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, cases[i].words);
        lab_forget(&answer);
    }
}

/* Folders that may not be read count by what is gone from the disk; here we need to be nobody. */
static void test_hiding_is_charged(void **state)
{
    struct lab_answer answer;
    (void)state;
    if (!has_small)
        return;
    run_on_disk(SMALL,
                "mkdir d; for i in 1 2; do head -c 12582912 /dev/zero > d/f$i; done; chmod 0 d; sleep 10",
                &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words, "wrote more than 16 MiB into its workspace; limits: 16 MiB, 500 files");
    lab_forget(&answer);
}

/* Files without a name are seen by no walk: the reserve stops them, and what comes back tells whose they
 * were.
 */
static void test_reserve_is_kept(void **state)
{
    struct lab_answer answer;
    (void)state;
    if (!has_small)
        return;
    run_on_disk(SMALL,
                "for i in 3 4 5 6 7 8; do eval \"exec $i> gone$i\"; rm gone$i; eval "
                "\"head -c 11000000 /dev/zero >&$i\"; done; sleep 10",
                &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words,
                        "took nearly all that was left of its disk's space; limits: 16 MiB, 500 files");
    lab_forget(&answer);
}

/* A disk that somebody else filled is nobody's verdict. */
static void test_a_full_disk_is_an_error(void **state)
{
    static char block[1 << 20];
    struct lab_answer answer;
    (void)state;
    if (!has_small)
        return;
    cleanup_free char *path = memory_format("%s/others-%d", SMALL, lab_current()->root);
    cleanup_file FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (int i = 0; i < 62; i++)
        assert_int_equal(fwrite(block, sizeof block, 1, file), 1);
    fflush(file);
    run_on_disk(SMALL, "sleep 10", &answer);
    assert_int_equal(answer.err.code, ERR_SYSTEM);
    assert_non_null(strstr(answer.err.message, "MiB left, which no run may take; make room"));
    lab_forget(&answer);
    assert_int_equal(unlink(path), 0);
}

static int disk_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserve_is_a_share), cmocka_unit_test(test_walks_are_due_when_enough_is_gone),
        cmocka_unit_test(test_limits_end_a_run),   cmocka_unit_test(test_hiding_is_charged),
        cmocka_unit_test(test_reserve_is_kept),    cmocka_unit_test(test_a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    struct err err = {0};
    /* The small disk needs root; an ordinary user's round after it finds it there. */
    has_small = isolate_mounts(&err) == 0 &&
                mount("small", SMALL, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m") == 0;
    return lab_main(disk_tests);
}
