/*
 * The candidate's side of the attempts: `attacker NAME` does one thing that code under test must not be able
 * to do (or its benign twin) and prints "ok" or the name of the errno that it got. Nothing here is
 * privileged; it is meant to run inside a sandbox only.
 */
#include "attacker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const struct attack *const tables[] = {attacks_on_calls, attacks_on_files, attacks_on_resources};
    for (size_t i = 0; argc == 2 && i < sizeof tables / sizeof tables[0]; i++)
        for (const struct attack *attack = tables[i]; attack->name; attack++)
            if (strcmp(attack->name, argv[1]) == 0) {
                errno = 0;
                puts(attack->act() < 0 ? strerrorname_np(errno) : "ok");
                return 0;
            }
    fputs("usage: attacker NAME\n", stderr);
    return 2;
}
