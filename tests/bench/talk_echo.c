/* The worker of bench_talk: says each line again. For one that starts with 'b' it works 3 ms first, without a
 * system call: one that reads a clock of the process would bring the kernel's account up to date. */
#include <time.h>
#include <unistd.h>

#define ECHO_WORK_NS 3000000

static long long echo_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(void)
{
    char bytes[4096];
    for (ssize_t got; (got = read(0, bytes, sizeof bytes)) > 0;) {
        const long long start = echo_now();
        while (bytes[0] == 'b' && echo_now() - start < ECHO_WORK_NS)
            continue;
        if (write(1, bytes, (size_t)got) != got)
            return 1;
    }
    return 0;
}
