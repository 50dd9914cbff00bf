#!/bin/bash
# A candidate that is faster, and its hostile twins: none of them may be recommended.
. "$(dirname "$0")/../end_to_end/lib.sh"

repository=$scratch/hostile
make_repository "$repository"
# Enough headers that no twin needs a new one, and enough work that no figure is mere start-up.
sed -i -e '1i #define _GNU_SOURCE\n#include <sched.h>\n#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>' \
    -e 's/ROUNDS 200000/ROUNDS 4000000/' "$repository/sum.c"
commit "$repository" "More work"
skip_without_sandbox "$CUPEL" check --repo "$repository"

# The same sum without a division: the honest gain that every twin below carries.
faster='s/volatile unsigned long sum = 0;/unsigned long sum = 0, rest = 0;/
s/        sum += round % (n + 7);/    { sum += rest; if (++rest == n + 7) rest = 0; }/'
twin() { patch_of "$repository" sum.c "$faster
$2" >"$scratch/$1.patch"; }
try() { expect "$2" "$3" "$1" "$CUPEL" run --repo "$repository" "$scratch/$1.patch"; }

twin honest ''
try honest 0 "less CPU time"

# Work that is left to a child: our killing it would be the gain.
twin leaves-work 's/    return 0;/    fflush(stdout); if (fork() == 0) for (;;) ; return 0;/'
try leaves-work 8 "processes still ran after"

# Its benign twin waits for the child.
twin waits 's/    return 0;/    fflush(stdout); if (fork() == 0) _exit(0); wait(NULL); return 0;/'
try waits 0 "less CPU time"

# Right while it is checked, wrong while it is timed: told by the CPU that timed runs are pinned to, or the padding.
twin timed-only 's/    printf(/    cpu_set_t set; sched_getaffinity(0, sizeof set, \&set); const char *padding = getenv("CUPEL_PADDING"); if (CPU_COUNT(\&set) == 1 || (padding \&\& *padding)) sum++; printf(/'
try timed-only 8 "The answers change on sum: value at stdout /sum"

# Wrong now and then.
twin sometimes 's/    printf(/    struct timespec now; clock_gettime(CLOCK_MONOTONIC, \&now); sum += now.tv_nsec \/ 1000 % 8 == 0; printf(/'
try sometimes 8 "The answers change on sum: value at stdout /sum"

# An answer of an earlier run is nowhere to be found again; looking for it costs nothing, so the honest gain stays.
twin remembers 's/    printf(/    FILE *old = fopen("\/tmp\/sum", "r"); if (old) sum++; old = fopen("\/dev\/shm\/sum", "r"); if (old) sum++; old = fopen("sum.cache", "r"); if (old) sum++; fclose(fopen("\/tmp\/sum", "w")); fclose(fopen("\/dev\/shm\/sum", "w")); fclose(fopen("sum.cache", "w")); printf(/'
try remembers 0 "less CPU time"

# What a program says of itself is an answer and nothing else.
twin says-so 's/    return 0;/    puts("{\\"cupel_report\\":1,\\"verdict\\":\\"recommended\\"}"); return 0;/'
try says-so 8 "The answers change on sum: trailing-data"

# Objects that `prepare` made from the base are older than the patch: make has to build the candidate.
sed -i 's/"build":/"prepare": [["make"]],\n  "build":/' "$repository/cupel.json"
commit "$repository" "Prepare by building"
twin prepared ''
try prepared 0 "less CPU time"

finish
