/* Services: their own loopback, sockets that are passed out of it, and a pause. */
#include "lab.h"

#include "base/cleanup.h"
#include "sandbox/channel.h"
#include "sandbox/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVICE_PORT  8080
#define SERVICE_TRIES 200 /* 50 ms apart */

/* Answers each line with the same line. */
static const char service_echo[] =
    "use Socket; socket($s, PF_INET, SOCK_STREAM, 0) or die $!;"
    "setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); bind($s, sockaddr_in(8080, INADDR_LOOPBACK)) or die $!;"
    "listen($s, 16); while (accept($c, $s)) { sysread($c, $line, 100); syswrite($c, $line); close $c }";

static struct sandbox_spec service_spec(const char *const *argv, unsigned slot)
{
    struct sandbox_spec spec = lab_spec(argv);
    spec.profile = "service";
    spec.slot = slot;
    return spec;
}

static struct sockaddr_in service_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int service_socket(unsigned slot)
{
    struct err err = {0};
    int fd = -1;
    assert_int_equal(sandbox_socket(lab_current()->sandbox, slot, AF_INET, SOCK_STREAM, &fd, &err), 0);
    return fd;
}

/* A connection, as soon as somebody listens; -1 and errno. */
static int service_connect(unsigned slot, int tries)
{
    const struct sockaddr_in address = service_address(SERVICE_PORT);
    for (int i = 0; i < tries; i++) {
        int fd = service_socket(slot);
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        int error = errno;
        close(fd);
        errno = error;
        if (i + 1 < tries)
            usleep(50000);
    }
    return -1;
}

static bool service_answers(int fd, int patience_ms)
{
    char line[8] = "";
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, patience_ms) == 1 && read(fd, line, sizeof line) == 5 &&
           memcmp(line, "ping\n", 5) == 0;
}

static void service_end(struct lab_answer *answer)
{
    sandbox_run_cancel(answer->run);
    lab_wait(answer);
    assert_string_equal(answer->words, "cancelled");
    lab_forget(answer);
}

static void test_service_answers_through_a_passed_socket(void **state)
{
    static const char *const argv[] = {"perl", "-e", service_echo, NULL};
    const struct sandbox_spec spec = service_spec(argv, 0);
    struct lab_answer answer;
    (void)state;
    lab_start(&spec, &answer);
    cleanup_fd int fd = service_connect(0, SERVICE_TRIES);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "ping\n", 5), 5);
    assert_true(service_answers(fd, 10000));
    /* The other arm, and the machine itself, have loopbacks of their own. */
    assert_int_equal(service_connect(1, 1), -1);
    assert_int_equal(errno, ECONNREFUSED);
    const struct sockaddr_in address = service_address(SERVICE_PORT);
    cleanup_fd int own = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(own, (const struct sockaddr *)&address, sizeof address), -1);
    service_end(&answer);
}

static void test_arms_cannot_reach_each_other(void **state)
{
    static const char *const argv[] = {"perl", "-e", service_echo, NULL};
    static const char *const seeker[] = {
        "perl", "-e",
        "use Socket; socket($s, PF_INET, SOCK_STREAM, 0) or die $!;"
        "print connect($s, sockaddr_in(8080, INADDR_LOOPBACK)) ? 'reached' : \"$!\"",
        NULL};
    const struct sandbox_spec spec = service_spec(argv, 0);
    struct lab_answer service;
    (void)state;
    lab_start(&spec, &service);
    cleanup_fd int fd = service_connect(0, SERVICE_TRIES);
    assert_true(fd >= 0);
    for (unsigned slot = 0; slot < 2; slot++) {
        const struct sandbox_spec other = service_spec(seeker, slot);
        struct lab_answer answer;
        lab_run(&other, &answer);
        assert_string_equal(answer.result.out, slot == 0 ? "reached" : "Connection refused");
        lab_forget(&answer);
    }
    service_end(&service);
}

/* Both at once, by the same names: each is reached through its own slot only, and serves only itself. */
static void test_two_services_share_no_name(void **state)
{
    static const char twin[] =
        "use Socket; sub listening { my ($d, $a, $s) = @_; socket($s, $d, SOCK_STREAM, 0) && bind($s, $a)"
        "  && listen($s, 16) or die $!; return $s }"
        "$tcp = listening(PF_INET, pack_sockaddr_in(8080, INADDR_LOOPBACK));"
        "$name = listening(PF_UNIX, pack_sockaddr_un(\"\\0cupel-twin\"));"
        "while (accept($c, $tcp)) { socket($s, PF_UNIX, SOCK_STREAM, 0);"
        "  connect($s, sockaddr_un(\"\\0cupel-twin\")) or die $!; accept($o, $name) or die $!;"
        "  syswrite($o, $ARGV[0]); sysread($s, $word, 100); syswrite($c, $word); close $c }";
    struct lab_answer answers[2];
    int connections[2];
    (void)state;
    for (unsigned slot = 0; slot < 2; slot++) {
        const char *const argv[] = {"perl", "-e", twin, slot ? "right\n" : "wrong\n", NULL};
        const struct sandbox_spec spec = service_spec(argv, slot);
        lab_start(&spec, &answers[slot]);
    }
    for (unsigned slot = 0; slot < 2; slot++) {
        connections[slot] = service_connect(slot, SERVICE_TRIES);
        assert_true(connections[slot] >= 0);
    }
    for (unsigned slot = 2; slot-- > 0;) {
        char word[8] = "";
        struct pollfd polled = {.fd = connections[slot], .events = POLLIN};
        assert_int_equal(poll(&polled, 1, 10000), 1);
        assert_int_equal(read(connections[slot], word, sizeof word - 1), 6);
        assert_string_equal(word, slot ? "right\n" : "wrong\n");
        close(connections[slot]);
    }
    service_end(&answers[0]);
    cleanup_fd int still = service_connect(1, SERVICE_TRIES); /* the other's end was not its own */
    assert_true(still >= 0);
    service_end(&answers[1]);
}

static void test_service_reaches_a_passed_listener(void **state)
{
    static const char *const argv[] = {
        "perl", "-e",
        "use Socket; socket($s, PF_INET, SOCK_STREAM, 0) or die $!;"
        "connect($s, sockaddr_in(9100, INADDR_LOOPBACK)) or die $!; syswrite($s, \"ping\\n\")",
        NULL};
    const struct sockaddr_in address = service_address(9100);
    const struct sandbox_spec spec = service_spec(argv, 1);
    struct lab_answer answer;
    (void)state;
    cleanup_fd int listener = service_socket(1);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    lab_run(&spec, &answer);
    assert_string_equal(answer.words, "exit status 0");
    lab_forget(&answer);
    cleanup_fd int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(service_answers(fd, 1000));
}

static void test_frozen_service_is_silent(void **state)
{
    static const char *const argv[] = {"perl", "-e", service_echo, NULL};
    const struct sandbox_spec spec = service_spec(argv, 0);
    struct lab_answer answer;
    struct err err = {0};
    (void)state;
    lab_start(&spec, &answer);
    cleanup_fd int first = service_connect(0, SERVICE_TRIES);
    assert_int_equal(write(first, "ping\n", 5), 5);
    assert_true(service_answers(first, 10000));
    assert_int_equal(sandbox_run_freeze(answer.run, &err), 0);
    cleanup_fd int second = service_connect(0, 1); /* the kernel takes it */
    assert_int_equal(write(second, "ping\n", 5), 5);
    assert_false(service_answers(second, 300));
    assert_int_equal(sandbox_run_thaw(answer.run, &err), 0);
    assert_true(service_answers(second, 10000));
    assert_int_equal(sandbox_run_freeze(answer.run, &err), 0);
    service_end(&answer);              /* a frozen run can be killed */
    lab_shell("echo thawed", &answer); /* and its place serves the next one */
    assert_string_equal(answer.result.out, "thawed\n");
    lab_forget(&answer);
}

/* Process 1 takes orders from outside only. */
static void test_nobody_inside_can_freeze(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_shell("kill -USR1 1; kill -USR2 1; sleep 0.1; echo alive", &answer);
    assert_string_equal(answer.result.out, "alive\n");
    lab_forget(&answer);
}

static void test_other_sockets_are_refused(void **state)
{
    static const char *const argv[] = {
        "perl", "-e",
        "for ([2, 1], [2, 2], [10, 1], [10, 2], [2, 1, 6], [2, 3, 1], [10, 3, 1],"
        "[2, 1, 262], [2, 1, 132], [2, 5, 132], [2, 6, 33], [16, 3], [17, 3],"
        "[38, 5], [40, 1]) { print socket($s, $_->[0], $_->[1], $_->[2] // 0)"
        " ? 'made' : \"$!\", \"\\n\" }",
        NULL};
    static const char *const words[] = {
        "made\nmade\nmade\nmade\nmade\nOperation not permitted\nOperation not permitted\n"
        "Invalid argument\nFunction not implemented\nFunction not implemented\nFunction not implemented\n",
        "Address family not supported by protocol\nAddress family not supported by protocol\n"};
    static const char *const profiles[] = {"service", "workload"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct sandbox_spec spec = service_spec(argv, 0);
        struct lab_answer answer;
        spec.profile = profiles[i];
        lab_run(&spec, &answer);
        assert_memory_equal(answer.result.out, words[i], strlen(words[i]));
        const char *rest = strstr(answer.result.out, "Address family");
        assert_non_null(rest);
        assert_null(strstr(rest, "made"));
        lab_forget(&answer);
    }
}

/* What is passed out of a lane is of two families and two types; nothing is left open by a refusal. */
static void test_lane_refuses_other_sockets(void **state)
{
    static const int kinds[][2] = {{AF_NETLINK, SOCK_RAW},    {AF_INET, SOCK_RAW},
                                   {AF_UNIX, SOCK_STREAM},    {AF_PACKET, SOCK_DGRAM},
                                   {AF_INET, SOCK_SEQPACKET}, {AF_INET6, SOCK_STREAM | SOCK_NONBLOCK}};
    struct sandbox *sandbox = lab_current()->sandbox;
    struct err err = {0};
    int fd = -1;
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_int_equal(sandbox_socket(sandbox, 0, kinds[i][0], kinds[i][1], &fd, &err), ERR_SYSTEM);
        assert_string_equal(err.message, "make a socket in slot 0 of the sandbox: Address family not "
                                         "supported by protocol");
        assert_int_equal(fd, -1);
    }
    assert_int_equal(sandbox_socket(sandbox, 4000, AF_INET, SOCK_STREAM, &fd, &err), ERR_LIMIT);
    assert_int_equal(fd, -1);
}

static size_t service_descriptors(void)
{
    cleanup_dir DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;
    while (readdir(dir))
        count++;
    return count;
}

static void test_descriptors_run_out(void **state)
{
    struct rlimit limit;
    struct err err = {0};
    int fd = -1;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {.rlim_cur = 3, .rlim_max = limit.rlim_max};
    close(service_socket(0));
    size_t before = service_descriptors();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int code = sandbox_socket(lab_current()->sandbox, 0, AF_INET, SOCK_STREAM, &fd, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(code, ERR_SYSTEM);
    assert_string_equal(err.message, "make a socket in slot 0 of the sandbox: Too many open files");
    for (int i = 0; i < 100; i++) /* more than the lane could keep beside its runs, were one left each time */
        close(service_socket(0));
    assert_int_equal(service_descriptors(), before);
}

/* Questions without a place for the answer, with two, or that nobody waits for: the lane goes on. */
static void test_lane_survives_odd_questions(void **state)
{
    static const uint32_t kinds[] = {WIRE_SOCKET, WIRE_FREEZE, WIRE_THAW, WIRE_KILL, WIRE_HELLO, 99};
    const uint64_t stream = (uint64_t)AF_INET << 32 | SOCK_STREAM;
    (void)state;
    close(service_socket(0));
    struct client_lane *lane = lab_current()->sandbox->lanes;
    while (lane->slot != 0)
        lane = lane->next;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (size_t fds = 0; fds < 3; fds++) {
            cleanup_text struct text command = {0};
            int ends[2];
            wire_encode_command(kinds[i], stream, &command);
            assert_int_equal(channel_pair(ends), 0);
            assert_int_equal(channel_send(lane->socket, command.data, command.length, ends, fds), 0);
            close(ends[0]);
            close(ends[1]);
        }
    close(service_socket(0));
}

/* Nothing of one service's traffic is there for the next, neither ports nor counters. */
static void test_network_is_renewed(void **state)
{
    static const char *const argv[] = {
        "perl", "-e",
        "use Socket; for my $p (8080, 8081) { socket($s, 2, 1, 0); bind($s, sockaddr_in($p, INADDR_LOOPBACK))"
        " or print \"$p: $!\\n\"; listen($s, 1); socket($c, 2, 1, 0); connect($c, getsockname($s)) or die $!;"
        "accept($a, $s); close $a; sysread($c, $x, 1); close $c; close $s }"
        "open $f, '<', '/proc/net/snmp'; while (<$f>) { print((split)[5]) if /^Tcp: \\d/ }",
        NULL};
    const struct sandbox_spec spec = service_spec(argv, 0);
    const struct sockaddr_in address = service_address(SERVICE_PORT);
    (void)state;
    cleanup_fd int old = service_socket(0);
    for (int i = 0; i < 2; i++) {
        struct lab_answer answer;
        lab_run(&spec, &answer);
        assert_string_equal(answer.words, "exit status 0");
        assert_string_equal(answer.result.out, "2"); /* connections made in all its life */
        lab_forget(&answer);
    }
    static const char *const echo[] = {"perl", "-e", service_echo, NULL};
    const struct sandbox_spec service = service_spec(echo, 0);
    struct lab_answer answer;
    lab_start(&service, &answer);
    cleanup_fd int fd = service_connect(0, SERVICE_TRIES);
    assert_true(fd >= 0);
    assert_int_equal(connect(old, (const struct sockaddr *)&address, sizeof address), -1);
    assert_int_equal(errno, ECONNREFUSED);
    service_end(&answer);
}

static int service_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service_answers_through_a_passed_socket),
        cmocka_unit_test(test_arms_cannot_reach_each_other),
        cmocka_unit_test(test_two_services_share_no_name),
        cmocka_unit_test(test_service_reaches_a_passed_listener),
        cmocka_unit_test(test_frozen_service_is_silent),
        cmocka_unit_test(test_nobody_inside_can_freeze),
        cmocka_unit_test(test_other_sockets_are_refused),
        cmocka_unit_test(test_lane_refuses_other_sockets),
        cmocka_unit_test(test_descriptors_run_out),
        cmocka_unit_test(test_lane_survives_odd_questions),
        cmocka_unit_test(test_network_is_renewed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(service_tests);
}
