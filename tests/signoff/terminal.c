/*
 * terminal ANSWER COMMAND…: runs a command whose controlling terminal is a fresh pseudo-terminal, types
 * ANSWER once it has asked (a line that ends in ": "), copies what it shows, and returns its exit status.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 at the end of its output. */
static int terminal_step(int fd, char *tail, const char *answer, int *answered)
{
    char buffer[4096];
    ssize_t got = read(fd, buffer, sizeof buffer - 1);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    fwrite(buffer, 1, (size_t)got, stdout);
    for (ssize_t i = 0; i < got; i++) {
        tail[0] = tail[1];
        tail[1] = buffer[i];
    }
    struct pollfd more = {.fd = fd, .events = POLLIN};
    if (!*answered && tail[0] == ':' && tail[1] == ' ' && poll(&more, 1, 100) == 0) {
        *answered = 1;
        dprintf(fd, "%s\n", answer);
    }
    return 1;
}

int main(int argc, char **argv)
{
    int fd, status, answered = 0;
    char tail[2] = "";
    if (argc < 3)
        return 2;
    pid_t pid = forkpty(&fd, NULL, NULL, NULL);
    if (pid < 0) {
        perror("forkpty");
        return 77;
    }
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    while (terminal_step(fd, tail, argv[1], &answered))
        continue;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
