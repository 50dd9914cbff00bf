/* A worker in C: a line in, a line out. Put your own function in place of length(); cc -O2 -o worker worker.c */
#include <stdio.h>
#include <string.h>

static size_t length(const char *request)
{
    return strcspn(request, "\n");
}

int main(void)
{
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin)) {
        printf("{\"length\": %zu}\n", length(line));
        fflush(stdout);
    }
    return 0;
}
