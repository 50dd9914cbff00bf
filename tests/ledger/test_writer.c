/* The writer on the loop: in groups, in order, once; through a killed process and a full disk. */
#include "base/memory.h"
#include "orchestrator/ledger/writer.h"
#include "tests/ledger/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KILL_ROUNDS 300

struct desk {
    uv_loop_t loop;
    struct ledger *ledger;
    struct ledger_writer writer;
    bool inside;      /* a call of ours is under way: no callback may come */
    int64_t last_seq; /* of the callback before */
    int good, bad;    /* callbacks so far */
    struct err err;   /* of the last bad one */
    int left;         /* entries that callbacks are still to write */
    int closed;       /* close callbacks */
};

static void desk_open(struct desk *desk, const struct place *place)
{
    *desk = (struct desk){.ledger = place_open(place)};
    uv_loop_init(&desk->loop);
    ledger_writer_open(&desk->writer, &desk->loop, desk->ledger);
}

static void desk_on_close(void *data)
{
    struct desk *desk = data;
    assert_false(desk->inside);
    assert_int_equal(0, desk->writer.waiting);
    desk->closed++;
}

static void desk_close(struct desk *desk)
{
    desk->inside = true;
    ledger_writer_close(&desk->writer, desk_on_close, desk);
    desk->inside = false;
    uv_run(&desk->loop, UV_RUN_DEFAULT);
    assert_int_equal(1, desk->closed);
    assert_int_equal(0, uv_loop_close(&desk->loop));
    ledger_close(desk->ledger);
}

static void desk_write(struct desk *desk, const char *body);

static void desk_on_written(void *data, const struct ledger_head *at, const struct err *err)
{
    struct desk *desk = data;
    assert_false(desk->inside);
    if (err->code < 0) {
        desk->bad++;
        desk->err = *err;
        assert_int_equal(0, at->seq);
        return;
    }
    desk->good++;
    assert_int_equal(desk->last_seq + 1, at->seq);
    desk->last_seq = at->seq;
    if (desk->left > 0) {
        desk->left--;
        desk_write(desk, "{\"from\":\"a callback\"}");
    }
}

static void desk_write(struct desk *desk, const char *body)
{
    char mine[64];
    snprintf(mine, sizeof mine, "%s", body);
    const struct ledger_entry entry = {.kind = LEDGER_STAGE, .batch = "b1", .stage = "build", .body = mine};
    bool before = desk->inside;
    desk->inside = true;
    ledger_write(&desk->writer, &entry, desk_on_written, desk);
    desk->inside = before;
    memset(mine, '!', sizeof mine); /* the writer has its own copy */
}

static void commits_in_groups_and_tells_in_order(void **state)
{
    struct desk desk;
    struct err err = {0};
    desk_open(&desk, *state);
    desk.left = 40;
    for (int i = 0; i < 1000; i++)
        desk_write(&desk, "{}");
    assert_int_equal(0, desk.good);
    uv_run(&desk.loop, UV_RUN_DEFAULT);
    assert_int_equal(1040, desk.good);
    assert_int_equal(0, desk.bad);
    assert_true(desk.writer.commits <= 5); /* 1, 512, 487 and the callbacks' */
    struct ledger_entry silent = {.kind = LEDGER_NOTE, .body = "{}"};
    ledger_write(&desk.writer, &silent, NULL, NULL);
    desk_close(&desk);
    struct ledger *ledger = place_open(*state);
    assert_int_equal(0, ledger_verify(ledger, NULL, NULL, &err));
    assert_int_equal(1040, place_count(ledger, &(struct ledger_query){.stage = "build"}));
    assert_int_equal(1041, place_count(ledger, &(struct ledger_query){0}));
    ledger_close(ledger);
}

static void drains_at_close(void **state)
{
    struct desk desk;
    desk_open(&desk, *state);
    for (int i = 0; i < 700; i++)
        desk_write(&desk, "{}");
    desk_close(&desk);
    assert_int_equal(700, desk.good);
    desk_open(&desk, *state); /* and with nothing to drain */
    desk_close(&desk);
}

static void lets_a_bad_entry_fail_by_itself(void **state)
{
    struct desk desk;
    desk_open(&desk, *state);
    desk_write(&desk, "{}");
    desk_write(&desk, "{}");
    desk_write(&desk, "{oops");
    desk_write(&desk, "{}");
    desk_close(&desk);
    assert_int_equal(3, desk.good);
    assert_int_equal(1, desk.bad);
    assert_int_equal(ERR_INVALID, desk.err.code);
    assert_non_null(strstr(desk.err.message, "append: CHECK constraint failed: json_valid(body)"));
}

/* What a child reports the moment that a callback told it so. */
struct report {
    struct ledger_head at;
};

struct reporter {
    struct ledger_writer writer;
    int pipe; /* where reports go */
};

static void reporter_write(struct reporter *reporter);

static void reporter_on_written(void *data, const struct ledger_head *at, const struct err *err)
{
    struct reporter *reporter = data;
    const struct report report = {.at = *at};
    if (err->code < 0 || write(reporter->pipe, &report, sizeof report) != (ssize_t)sizeof report)
        _exit(1);
    reporter_write(reporter);
}

static void reporter_write(struct reporter *reporter)
{
    static const char body[] = "{\"evidence\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}";
    const struct ledger_entry entry = {
        .kind = LEDGER_STAGE, .batch = "b1", .candidate = "c1", .stage = "build", .body = body};
    ledger_write(&reporter->writer, &entry, reporter_on_written, reporter);
}

static void reporter_run(const struct place *place, int pipe_fd)
{
    struct reporter reporter = {.pipe = pipe_fd};
    struct ledger *ledger = NULL;
    struct err err = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    if (ledger_open(&ledger, place->folder, NULL, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        _exit(1);
    }
    ledger_writer_open(&reporter.writer, &loop, ledger);
    for (int i = 0; i < 8; i++)
        reporter_write(&reporter);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(1);
}

static int assert_is_head(const struct ledger_row *row, void *data, struct err *err)
{
    const struct ledger_head *head = data;
    (void)err;
    assert_int_equal(head->seq, row->seq);
    assert_memory_equal(&head->digest, &row->digest, sizeof row->digest);
    return 1;
}

/*
 * One life of the writer, counted from its birth or from its first report; returns how many entries it
 * reported, the last one in *last.
 */
static int live_and_die(const struct place *place, bool to_report, useconds_t life_us,
                        struct ledger_head *last)
{
    int reports = 0;
    struct report report;
    int ends[2];
    assert_int_equal(0, pipe(ends));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        reporter_run(place, ends[1]);
    }
    close(ends[1]);
    if (to_report) {
        assert_int_equal(sizeof report, read(ends[0], &report, sizeof report));
        *last = report.at;
        reports++;
    }
    usleep(life_us);
    assert_int_equal(0, kill(child, SIGKILL));
    int status = 0;
    while (read(ends[0], &report, sizeof report) == (ssize_t)sizeof report) {
        *last = report.at;
        reports++;
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(ends[0]);
    return reports;
}

/* From before the file is there to thousands of entries; each fifteen lives a new ledger. */
static void loses_nothing_it_reported_when_killed(void **state)
{
    int reports = 0;
    srand(4);
    for (int round = 0; round < KILL_ROUNDS; round++) {
        struct place *place = *state;
        struct err err = {0};
        struct ledger_head last = {0};
        struct ledger_head head;
        if (round % 15 == 0 && round > 0) {
            place_remove(state);
            place_make(state);
            place = *state;
        }
        reports += live_and_die(place, round % 2, (useconds_t)(rand() % 15000), &last);
        struct ledger *ledger = place_open(place);
        if (ledger_verify(ledger, &head, NULL, &err) < 0)
            fail_msg("round %d: %s", round, err.message);
        assert_true(head.seq >= last.seq);
        const struct ledger_query query = {.after = last.seq - 1, .limit = 1};
        if (last.seq > 0)
            assert_int_equal(1, ledger_each(ledger, &query, assert_is_head, &last, &err));
        ledger_close(ledger);
    }
    print_message("%d lives, %d entries reported and all there\n", KILL_ROUNDS, reports);
    assert_true(reports >= KILL_ROUNDS / 2);
}

static int write_line(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t put = fd < 0 ? -1 : write(fd, line, strlen(line));
    if (fd >= 0)
        close(fd);
    return put == (ssize_t)strlen(line) ? 0 : -1;
}

/* A file system of 1 MiB that only this process sees. False where the machine allows none. */
static bool mount_small_disk(const char *folder)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    char users[48];
    char groups[48];
    if (unshare(CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER)) < 0)
        return false;
    snprintf(users, sizeof users, "0 %u 1", (unsigned)uid);
    snprintf(groups, sizeof groups, "0 %u 1", (unsigned)gid);
    if (uid != 0 &&
        (write_line("/proc/self/setgroups", "deny") < 0 || write_line("/proc/self/uid_map", users) < 0 ||
         write_line("/proc/self/gid_map", groups) < 0))
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("small", folder, "tmpfs", 0, "size=1m") == 0;
}

static void fill_disk(const char *path)
{
    static const char block[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
}

static void desk_turn(struct desk *desk, int entries)
{
    for (int i = 0; i < entries; i++)
        desk_write(desk, "{}");
    uv_run(&desk->loop, UV_RUN_DEFAULT);
}

/* In a process of its own, since it leaves its mount namespace. */
static void meet_a_full_disk(struct place *place)
{
    struct desk desk;
    struct err err = {0};
    char *ballast = memory_format("%s/ballast", place->folder);
    desk_open(&desk, place);
    desk_turn(&desk, 10);
    fill_disk(ballast);
    for (int i = 0; i < 1000 && desk.bad == 0; i++)
        desk_turn(&desk, 10);
    assert_true(desk.bad > 0);
    assert_int_equal(ERR_SYSTEM, desk.err.code);
    char *line =
        memory_format("ledger %s: append: the disk is full; nothing was written, make room", place->file);
    assert_string_equal(line, desk.err.message);
    free(line);
    int good = desk.good;
    desk_turn(&desk, 10);
    assert_int_equal(good, desk.good);
    assert_int_equal(0, unlink(ballast));
    desk_turn(&desk, 10);
    assert_int_equal(good + 10, desk.good);
    desk_close(&desk);
    struct ledger *ledger = place_open(place);
    assert_int_equal(0, ledger_verify(ledger, NULL, NULL, &err));
    assert_int_equal(good + 10, place_count(ledger, &(struct ledger_query){0}));
    ledger_close(ledger);

    /* Nor can a new ledger be made on a full disk; what is left of the attempt is in nobody's way. */
    assert_int_equal(0, unlink(place->file));
    fill_disk(ballast);
    place_refuses(place, NULL, ERR_SYSTEM, "the disk is full; nothing was written, make room");
    assert_int_equal(-1, access(place->file, F_OK));
    assert_int_equal(0, unlink(ballast));
    ledger_close(place_open(place));
    free(ballast);
}

static void tells_of_a_full_disk_and_goes_on_when_there_is_room(void **state)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!mount_small_disk(((struct place *)*state)->folder))
            _exit(77);
        setenv("CMOCKA_TEST_ABORT", "1", 1); /* a child that fails must not go on with the next test */
        meet_a_full_disk(*state);
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("no mount namespace to be had here: the full disk is not tested\n");
        skip();
    }
    assert_int_equal(0, status);
}

int main(void)
{
    /* Those that fork come first: libuv's pool, once started, doesn't follow into a child. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_of_a_full_disk_and_goes_on_when_there_is_room, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(loses_nothing_it_reported_when_killed, place_make, place_remove),
        cmocka_unit_test_setup_teardown(commits_in_groups_and_tells_in_order, place_make, place_remove),
        cmocka_unit_test_setup_teardown(drains_at_close, place_make, place_remove),
        cmocka_unit_test_setup_teardown(lets_a_bad_entry_fail_by_itself, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
