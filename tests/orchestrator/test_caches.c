/* What a collector frees and what it leaves alone, in real folders. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/workroom.h"
#include "orchestrator/caches/collect.h"
#include "orchestrator/caches/presence.h"
#include "orchestrator/ledger/ledger.h"
#include "orchestrator/ledger/lock.h"
#include "tests/base/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include <fcntl.h>

#define TREE "0123456789abcdef0123456789abcdef01234567"

static const struct collect_options everything = {.older_than_s = INT64_MAX};
static const struct collect_options look = {.older_than_s = INT64_MAX, .dry_run = true};

/* A file and the folders above it; a name that ends in "/" is a folder. */
static void put(const char *name)
{
    struct err err = {0};
    cleanup_free char *path = scratch_path(name);
    char *slash = strrchr(path, '/');
    bool folder = slash[1] == '\0';
    *slash = '\0';
    assert_int_equal(folder_make(path, 0755, &err), 0);
    *slash = '/';
    cleanup_fd int fd = folder ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(folder || write(fd, "x", 1) == 1);
}

static void put_all(const char *const *names)
{
    for (; *names; names++)
        put(*names);
}

static void put_link(const char *name, const char *target)
{
    cleanup_free char *path = scratch_path(name);
    cleanup_free char *to = scratch_path(target);
    assert_int_equal(symlink(to, path), 0);
}

static bool is_there(const char *name)
{
    struct stat status;
    cleanup_free char *path = scratch_path(name);
    return lstat(path, &status) == 0;
}

static void assert_there(const char *const *names, bool there)
{
    for (; *names; names++)
        if (is_there(*names) != there)
            fail_msg("%s is %s", *names, there ? "gone" : "still there");
}

static void collect(const char *name, const struct collect_options *options, struct collected *out)
{
    struct err err = {0};
    cleanup_free char *state = scratch_path(name);
    int result = collect_repository(state, options, out, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(result, 0);
}

static size_t collect_count(const char *name, const struct collect_options *options)
{
    struct collected collected;
    collect(name, options, &collected);
    size_t count = collected.inventory.count;
    assert_int_equal(collected.inventory.stranger_count, 0);
    assert_null(collected.busy);
    collected_fini(&collected);
    return count;
}

static const char *const caches[] = {
    "s/trees/" TREE "/src/a.c",
    "s/trees/." TREE ".4711/src/a.c",
    "s/kept/20260301-1/build/a.o",
    "s/work/dead/build/a.o",
    "s/reports/.0123456789ab.4711",
    "s/patches/" TREE ".diff.4711.tmp",
    "s/.gc-left/0/a.o",
    NULL,
};
static const char *const evidence[] = {
    "s/reports/0123456789ab.json",
    "s/patches/" TREE ".diff",
    "s/logs/dead/build-base.log",
    "s/ledger.sqlite-wal-of-a-test",
    "s/trees/notes",
    "s/kept/.hidden",
    "s/others/" TREE "/a.c",
    NULL,
};

static void caches_go_and_evidence_stays(void **state)
{
    (void)state;
    put_all(caches);
    put_all(evidence);
    assert_int_equal(collect_count("s", &look), 7);
    assert_there(caches, true);
    assert_false(is_there("s/" PRESENCE_NAME));
    assert_false(is_there("s/" LOCK_NAME));
    assert_int_equal(collect_count("s", &everything), 7);
    assert_there(caches, false);
    assert_there(evidence, true);
    assert_int_equal(collect_count("s", &everything), 0);
}

static void kinds_and_sizes_are_told(void **state)
{
    (void)state;
    static const char *const kinds[] = {"tree",      "temporary", "kept",     "work",
                                        "temporary", "temporary", "temporary"};
    struct collected collected;
    uint64_t bytes = 0;
    put_all(caches);
    for (int pass = 0; pass < 2; pass++) {
        collect("s", pass ? &everything : &look, &collected);
        uint64_t sum = 0;
        for (size_t i = 0; i < collected.inventory.count; i++) {
            assert_string_equal(cache_kind_name(collected.inventory.items[i].kind), kinds[i]);
            assert_true(collected.inventory.items[i].bytes >= 512);
            sum += collected.inventory.items[i].bytes;
        }
        assert_true(sum == collected.bytes && (pass == 0 || sum == bytes));
        bytes = sum;
        collected_fini(&collected);
    }
}

static void a_file_counts_once(void **state)
{
    (void)state;
    put("w/a/large");
    put("w/b/");
    cleanup_free char *large = scratch_path("w/a/large");
    cleanup_free char *other = scratch_path("w/b/large");
    cleanup_free char *folder = scratch_path("w");
    cleanup_free char *bytes = memory_zeroed(1 << 20);
    cleanup_fd int fd = open(large, O_WRONLY | O_CLOEXEC);
    memset(bytes, 'x', 1 << 20);
    assert_int_equal(write(fd, bytes, 1 << 20), 1 << 20);
    assert_int_equal(fsync(fd), 0);
    uint64_t before = inventory_weigh(folder);
    assert_true(before >= 1 << 20 && before < 2 << 20);
    assert_int_equal(link(large, other), 0);
    assert_true(inventory_weigh(folder) == before);
}

static void who_is_there_keeps_everything(void **state)
{
    (void)state;
    struct err err = {0};
    struct collected collected;
    int fd = -1;
    cleanup_free char *folder = scratch_path("s");
    put_all(caches);
    assert_int_equal(presence_enter(folder, &fd, &err), 0);
    for (int pass = 0; pass < 2; pass++) {
        collect("s", pass ? &look : &everything, &collected);
        assert_string_equal(collected.busy, "is used by another cupel");
        assert_int_equal(collected.inventory.count, 0);
        collected_fini(&collected);
    }
    assert_there(caches, true);
    close(fd);
    assert_int_equal(collect_count("s", &everything), 7);
}

static void who_holds_the_lock_is_named(void **state)
{
    (void)state;
    struct err err = {0};
    struct collected collected;
    struct lock lock;
    struct lock_owner holder;
    cleanup_free char *path = scratch_path("s/" LOCK_NAME);
    put_all(caches);
    assert_int_equal(lock_try(&lock, path, "cupel batch x", &holder, &err), 0);
    collect("s", &everything, &collected);
    cleanup_free char *begins = memory_format("is used by pid %d on ", (int)getpid());
    assert_int_equal(strncmp(collected.busy, begins, strlen(begins)), 0);
    assert_non_null(strstr(collected.busy, " (cupel batch x), since "));
    collected_fini(&collected);
    assert_there(caches, true);
    lock_release(&lock);
    assert_int_equal(collect_count("s", &everything), 7);
}

/* A collector that claims the folder is found by others, and no cupel comes while it is. */
static void a_claim_excludes(void **state)
{
    (void)state;
    struct err err = {0};
    int first = -1, second = -1;
    cleanup_free char *folder = scratch_path("s");
    put("s/");
    assert_int_equal(presence_claim(folder, false, &first, &err), 0);
    assert_int_equal(presence_claim(folder, false, &second, &err), 1);
    assert_int_equal(second, -1);
    cleanup_free char *path = scratch_path("s/" PRESENCE_NAME);
    cleanup_fd int comer = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(comer, LOCK_SH | LOCK_NB), -1);
    close(first);
    assert_int_equal(flock(comer, LOCK_SH | LOCK_NB), 0);
}

/* The lease of a room and the lock of a moved folder say who lives, even where presence was not heard of. */
static void the_living_keep_theirs(void **state)
{
    (void)state;
    struct err err = {0};
    struct workroom room;
    cleanup_free char *folder = scratch_path("s");
    cleanup_free char *moved = scratch_path("s/.gc-alive");
    put("s/work/dead/lease");
    put("s/.gc-alive/0/a.o");
    put("s/.gc-dead/0/a.o");
    assert_int_equal(workroom_open(&room, folder, &err), 0);
    cleanup_fd int held = open(moved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(held, LOCK_EX), 0);
    assert_int_equal(collect_count("s", &everything), 2);
    assert_int_equal(access(room.path, F_OK), 0);
    assert_true(is_there("s/.gc-alive/0/a.o"));
    assert_false(is_there("s/.gc-dead"));
    assert_false(is_there("s/work/dead"));
    assert_int_equal(workroom_close(&room, &err), 0);
}

struct link_case {
    const char *link; /* in the place of what cupel keeps there */
    const char *path; /* as it is told */
    const char *why;
};

static const struct link_case link_cases[] = {
    {"s/trees", "trees", "is no folder of its own"},
    {"s/kept", "kept", "is no folder of its own"},
    {"s/work", "work", "is no folder of its own"},
    {"s/reports", "reports", "is no folder of its own"},
    {"s/trees/" TREE, "trees/" TREE, "is a symbolic link"},
    {"s/trees/." TREE ".1", "trees/." TREE ".1", "is a symbolic link"},
    {"s/kept/1", "kept/1", "is a symbolic link"},
    {"s/work/1", "work/1", "is a symbolic link"},
    {"s/reports/.0123456789ab.1", "reports/.0123456789ab.1", "is a symbolic link"},
    {"s/.gc-1", ".gc-1", "is a symbolic link"},
};

/* Outside stands everything that a followed link would lead to. */
static const char *const outside[] = {
    "outside/" TREE "/a.c", "outside/." TREE ".1/a.c", "outside/1/a.o", "outside/0/a.o", NULL,
};

static void no_link_is_followed(void **state)
{
    (void)state;
    put_all(outside);
    for (size_t i = 0; i < sizeof link_cases / sizeof *link_cases; i++) {
        const struct link_case *row = &link_cases[i];
        struct collected collected;
        struct err err = {0};
        cleanup_free char *folder = scratch_path("s");
        cleanup_free char *parent = memory_copy_string(row->link);
        strrchr(parent, '/')[1] = '\0';
        put(parent);
        put_link(row->link, "outside");
        collect("s", &everything, &collected);
        assert_int_equal(collected.inventory.count, 0);
        assert_int_equal(collected.inventory.stranger_count, 1);
        assert_string_equal(collected.inventory.strangers[0].path, row->path);
        assert_string_equal(collected.inventory.strangers[0].why, row->why);
        collected_fini(&collected);
        assert_there(outside, true);
        assert_true(is_there(row->link));
        assert_int_equal(folder_remove(folder, &err), 0);
    }
}

/* What a build left in its layer may be anything: it goes, and what it points at stays. */
static void hostile_contents_go(void **state)
{
    (void)state;
    struct collected collected;
    struct err err = {0};
    put_all(outside);
    put("s/kept/1/build/deep/a.o");
    put_link("s/kept/1/build/out", "outside");
    put_link("s/kept/1/build/deep/a.c", "outside/" TREE "/a.c");
    cleanup_free char *deep = scratch_path("s/kept/1/build/deep");
    cleanup_free char *top = scratch_path("s/kept/1");
    cleanup_free char *pipe = scratch_path("s/kept/1/pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    cleanup_free char *below = memory_copy_string(deep);
    for (int i = 0; i < 200; i++) {
        char *more = memory_format("%s/0123456789abcdef", below);
        free(below);
        below = more;
        assert_int_equal(mkdir(below, 0700), 0);
    }
    assert_int_equal(chmod(deep, 0), 0);
    assert_int_equal(chmod(top, 0), 0);
    collect("s", &everything, &collected);
    assert_int_equal(collected.inventory.count, 1);
    collected_fini(&collected);
    assert_false(is_there("s/kept/1"));
    assert_there(outside, true);
    cleanup_free char *folder = scratch_path("s");
    assert_int_equal(folder_remove(folder, &err), 0);
}

static void only_what_is_older_goes(void **state)
{
    (void)state;
    int64_t now = (int64_t)time(NULL);
    put_all(caches);
    const struct collect_options old = {.older_than_s = now - 3600};
    const struct collect_options young = {.older_than_s = now + 3600};
    assert_int_equal(collect_count("s", &old), 0);
    assert_there(caches, true);
    assert_int_equal(collect_count("s", &young), 7);
    assert_there(caches, false);
}

static int find_gc(const struct ledger_row *row, void *data, struct err *err)
{
    (void)err;
    snprintf(data, 256, "%s", row->entry.body);
    return 0;
}

static void a_ledger_hears_of_it(void **state)
{
    (void)state;
    struct err err = {0};
    struct ledger *ledger;
    struct collected collected;
    char body[256] = "";
    cleanup_free char *folder = scratch_path("s");
    put_all(caches);
    assert_int_equal(ledger_open(&ledger, folder, NULL, &err), 0);
    ledger_close(ledger);
    assert_int_equal(collect_count("s", &look), 7);
    collect("s", &everything, &collected);
    cleanup_free char *expected = memory_format("{\"bytes\":%ju,\"items\":7}", (uintmax_t)collected.bytes);
    collected_fini(&collected);
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_GC)};
    assert_int_equal(ledger_open(&ledger, folder, NULL, &err), 0);
    assert_int_equal(ledger_each(ledger, &query, find_gc, body, &err), 0);
    assert_string_equal(body, expected);
    assert_int_equal(ledger_verify(ledger, NULL, NULL, &err), 0);
    ledger_close(ledger);
}

static void dead_sandboxes_leave_nothing(void **state)
{
    (void)state;
    struct err err = {0};
    struct collected collected;
    cleanup_free char *folder = scratch_path("b");
    cleanup_free char *lease = scratch_path("b/leases/cupel-1-aaaaaaaa");
    put_all(outside);
    put("b/scratch/cupel-1-aaaaaaaa/1/upper/a.o");
    put("b/scratch/cupel-2-bbbbbbbb/1/upper/a.o");
    put("b/scratch/cupel-3-cccccccc/1/upper/a.o");
    put("b/leases/cupel-1-aaaaaaaa");
    put_link("b/leases/cupel-3-cccccccc", "outside/1/a.o");
    put_link("b/scratch/cupel-4-dddddddd", "outside");
    cleanup_fd int held = open(lease, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(held, LOCK_EX), 0);
    for (int pass = 0; pass < 2; pass++) {
        assert_true(is_there("b/scratch/cupel-2-bbbbbbbb"));
        assert_int_equal(collect_sandboxes(folder, pass ? &everything : &look, &collected, &err), 0);
        assert_int_equal(collected.inventory.count, 1);
        assert_string_equal(collected.inventory.items[0].path, "scratch/cupel-2-bbbbbbbb");
        collected_fini(&collected);
    }
    assert_false(is_there("b/scratch/cupel-2-bbbbbbbb"));
    assert_true(is_there("b/scratch/cupel-1-aaaaaaaa/1/upper/a.o"));
    assert_true(is_there("b/scratch/cupel-3-cccccccc/1/upper/a.o"));
    assert_there(outside, true);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(caches_go_and_evidence_stays), CASE(kinds_and_sizes_are_told),
        CASE(a_file_counts_once),           CASE(who_is_there_keeps_everything),
        CASE(who_holds_the_lock_is_named),  CASE(a_claim_excludes),
        CASE(the_living_keep_theirs),       CASE(no_link_is_followed),
        CASE(hostile_contents_go),          CASE(only_what_is_older_goes),
        CASE(a_ledger_hears_of_it),         CASE(dead_sandboxes_leave_nothing),
    };
    return cmocka_run_group_tests_name("caches", tests, NULL, NULL);
}
