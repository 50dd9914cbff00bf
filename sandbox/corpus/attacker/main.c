/*
 * The candidate's side of the attempts: `cupel-attacker NAME` does one thing that code under test must not be
 * able to do (or its benign twin) and prints "ok" or the name of the errno that it got. `own:NAME` is the
 * twin of what reaches for another sandbox: the same call, with what it looks for in its own. Nothing here is
 * privileged; it is meant to run inside a sandbox only, and says no elsewhere.
 */
#include "attacker.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

/* A sandbox has a filter (mode 2) and no privileges to gain; a shell on the machine has neither. */
static int attacker_is_inside(void)
{
    char line[256];
    int filtered = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        filtered |= strcmp(line, "Seccomp:\t2\n") == 0;
    if (file)
        fclose(file);
    return filtered && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

int main(int argc, char **argv)
{
    static const struct attack *const tables[] = {
        attacks_on_calls,    attacks_on_files,     attacks_on_disk,    attacks_on_others, attacks_on_locks,
        attacks_on_services, attacks_on_resources, attacks_on_figures, attacks_on_pipes};
    if (!attacker_is_inside()) {
        fputs("cupel-attacker: runs in a sandbox of cupel only; see cupel selftest\n", stderr);
        return 3;
    }
    bool own = argc == 2 && strncmp(argv[1], "own:", 4) == 0;
    const char *name = argc == 2 ? argv[1] + (own ? 4 : 0) : "";
    for (size_t i = 0; argc == 2 && i < sizeof tables / sizeof tables[0]; i++)
        for (const struct attack *attack = tables[i]; attack->name; attack++)
            if (strcmp(attack->name, name) == 0) {
                errno = 0;
                long done = own ? attacker_with_own_service(attack) : attack->act();
                puts(done < 0 ? strerrorname_np(errno) : "ok");
                return 0;
            }
    fputs("usage: cupel-attacker NAME\n", stderr);
    return 2;
}
