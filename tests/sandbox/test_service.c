/* Services: their own loopback, sockets that are passed out of it, and a pause. */
#include "lab.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
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
    static const char *const argv[] = {"perl", "-e",
                                       "for ([2, 1], [2, 2], [2, 3], [16, 3], [17, 3], [38, 5], [40, 1]) {"
                                       "print socket($s, $_->[0], $_->[1], 0) ? 'made' : \"$!\", \"\\n\" }",
                                       NULL};
    static const char *const words[] = {
        "made\nmade\nProtocol not supported\n",
        "Address family not supported by protocol\nAddress family not supported by protocol\n"};
    static const char *const profiles[] = {"service", "workload"};
    struct err err = {0};
    int fd = -1;
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
    assert_int_equal(sandbox_socket(lab_current()->sandbox, 0, AF_NETLINK, SOCK_RAW, &fd, &err), ERR_SYSTEM);
    assert_string_equal(err.message,
                        "make a socket in slot 0 of the sandbox: Address family not supported by protocol");
}

static int service_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_service_answers_through_a_passed_socket),
        cmocka_unit_test(test_arms_cannot_reach_each_other),
        cmocka_unit_test(test_service_reaches_a_passed_listener),
        cmocka_unit_test(test_frozen_service_is_silent),
        cmocka_unit_test(test_nobody_inside_can_freeze),
        cmocka_unit_test(test_other_sockets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(service_tests);
}
