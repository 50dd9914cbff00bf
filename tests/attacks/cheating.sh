#!/usr/bin/env bash
# Candidates that cheat, each through the whole of `cupel run`: none is recommended, and its honest twin is.
# What a sandbox alone can show (hidden CPU, leftovers, shared state) is in the corpus: sandbox/corpus/.
source "$(dirname "$0")/../end_to_end/lib.sh"

repo=$scratch/repo
make_repository "$repo"
cat >"$repo/sum.c" <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 4000000

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    volatile unsigned long sum = 0;
    int cheat = 0;
    /* here */
    for (int pass = 0; pass < 2; pass++, sum = pass < 2 ? 0 : sum)
        for (unsigned long round = 0; !cheat && round < ROUNDS; round++)
            sum += round % (n + 7);
    printf("{\"n\": %lu, \"sum\": %lu}\n", n, sum);
    FILE *file = fopen("effect.txt", "w");
    if (file)
        fprintf(file, "%lu\n", sum), fclose(file);
    return 0;
}
C
cat >"$repo/cupel.json" <<'J'
{ "version": 1, "build": [["make"]],
  "workloads": [{ "name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl",
                  "outputs": ["effect.txt"], "block_s": 0.02, "primary": "wall" }] }
J
commit "$repo" 'Take longer'
git -C "$repo" config core.hooksPath .git/hooks
leftovers >"$scratch/before"
try() { "$CUPEL" run --repo "$repo" "$@"; }
edit() { patch_of "$repo" "$1" "$2" >"$scratch/edit.patch"; }
cheat() { edit sum.c "s@/\* here \*/@$1@"; }

# refused_by VERDICTS NAME: exit status is not 0, and the report's verdict is one of them (an extended expression).
refused_by() {
    local words=$1 name=$2 status=0
    checks=$((checks + 1))
    try "$scratch/edit.patch" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    cat "$scratch/out" "$scratch/err" >"$scratch/both"
    if [ "$status" = 0 ]; then
        fail "$name: recommended" "$scratch/both"
    elif ! grep -qE -- "$words" "$scratch/both"; then
        fail "$name: exit status $status without $words" "$scratch/both"
    else
        printf 'ok      %s\n' "$name"
    fi
}

# The twin of them all: the same answers and effects, less work.
edit sum.c 's/int pass = 0/int pass = 1/'
expect 0 'RECOMMENDED' 'honest: the same answers in less time' try "$scratch/edit.patch"

# 45: what an earlier run has left would make every later one instant.
cheat 'if (access("/tmp/kept", F_OK) == 0 || access("/work/kept", F_OK) == 0 || access("/dev/shm/kept", F_OK) == 0) cheat = 1; close(creat("/tmp/kept", 0644)); close(creat("/work/kept", 0644)); close(creat("/dev/shm/kept", 0644));'
refused_by 'NOT WORTH IT|INCONCLUSIVE|NO EFFECT|UNPROVEN|REGRESSION|GUARDRAIL' '45 keeps an answer for the next run'

# 46: right as long as it is young. The measurement goes on for seconds, however fast the machine is.
sed -i 's/0\.02/0.3/' "$repo/cupel.json" && commit "$repo" 'Measure for longer'
edit sum.c 's,/\* here \*/,extern long time(long *); cheat = time(NULL) > BUILT + 1;,'
sed -i 's,^\(.*\)-O1,\1-O1 -DBUILT=$(shell date +%s),' "$repo/Makefile"
git -C "$repo" diff -- Makefile >>"$scratch/edit.patch"
git -C "$repo" checkout -q -- Makefile
refused_by 'CONTRACT BROKEN' '46 behaves until the warm-up is over'
sed -i 's/0\.3/0.02/' "$repo/cupel.json" && commit "$repo" 'Measure for less'

# 47: measured runs have one CPU.
cheat 'unsigned long set[16] = {0}; extern int sched_getaffinity(int, unsigned long, void *); sched_getaffinity(0, sizeof set, set); cheat = __builtin_popcountl(set[0]) == 1;'
refused_by 'CONTRACT BROKEN' '47 answers wrong where it is timed'

# 48: the child that would answer later is dead when the first process has ended.
cheat 'if (fork() != 0) return 0;'
refused_by 'CONTRACT BROKEN' '48 leaves the work to a child'

# 50: what decides about a candidate comes from its base.
edit cupel.json 's/0.02/0.5/'
refused_by 'REFUSED' '50 edits the configuration'
edit samples/sum.jsonl 's/4000000/4/'
refused_by 'REFUSED' '50 edits the samples'
mkdir -p "$repo/.cupel" && echo '{}' >"$repo/.cupel/policy.json"
git -C "$repo" add -AN && git -C "$repo" diff >"$scratch/edit.patch"
git -C "$repo" rm -q --cached .cupel/policy.json && rm -r "$repo/.cupel"
refused_by 'REFUSED' '50 brings a policy'

# 57: the file that is part of the answer.
edit sum.c 's/fopen("effect.txt", "w")/NULL/'
refused_by 'CONTRACT BROKEN' '57 leaves its effect out'

# 33: hooks that a build leaves behind run nowhere.
mark=$scratch/hook-ran
git -C "$repo" ls-files -s >"$scratch/index.before"
edit Makefile "s,^\\t.*,\\tmkdir -p .git/hooks; for h in post-checkout pre-commit post-index-change; do printf '#!/bin/sh\\\\ntouch $mark\\\\n' > .git/hooks/\$\$h; chmod +x .git/hooks/\$\$h; done; printf '[core]\\\\n fsmonitor = touch $mark\\\\n' > .git/config\\n&,"
find "$repo/.git/hooks" "$repo/.git/config" -type f -exec sha256sum {} + | sort >"$scratch/git.before"
refused_by 'NO EFFECT|NOT WORTH IT|INCONCLUSIVE|UNPROVEN|CONTRACT|DOES NOT|REFUSED|GUARDRAIL' '33 builds hooks'
git -C "$repo" status >/dev/null
find "$repo/.git/hooks" "$repo/.git/config" -type f -exec sha256sum {} + | sort >"$scratch/git.after"
checks=$((checks + 2))
[ ! -e "$mark" ] || fail '33 a hook ran outside'
diff "$scratch/git.before" "$scratch/git.after" >"$scratch/diff" || fail '33 .git was changed' "$scratch/diff"

expect_clean 'nothing is left behind'
finish
