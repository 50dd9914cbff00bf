#include "sandbox/counter.h"

#include "sandbox/task_clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t counter_read_number(int fd, const char *key)
{
    char bytes[1024];
    ssize_t length = fd < 0 ? -1 : pread(fd, bytes, sizeof bytes - 1, 0);
    if (length <= 0)
        return 0;
    bytes[length] = '\0';
    for (char *line = bytes; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, strlen(key)) == 0)
            return strtoull(line + strlen(key), NULL, 10);
    }
    return 0;
}

uint64_t counter_read_cpu(enum sandbox_cpu_source source, int fd)
{
    switch (source) {
    case SANDBOX_CPU_CGROUP2:
        return counter_read_number(fd, "usage_usec ") * 1000;
    case SANDBOX_CPU_CGROUP1:
        return counter_read_number(fd, "");
    case SANDBOX_CPU_TASK_CLOCK:
        return task_clock_read(fd);
    default:
        return 0;
    }
}
