#!/usr/bin/env bash
# Attempt 49 and what belongs to it: a candidate that knows the visible samples by heart, and the operator's held-out
# samples that it can't know. Each through the whole of `cupel run`, beside its honest twin.
source "$(dirname "$0")/../end_to_end/lib.sh"

repo=$scratch/repo
operator=$XDG_CONFIG_HOME/cupel/operator.json
make_repository "$repo"
mkdir -p "$scratch/held/samples" "${operator%/*}"
cat >"$repo/sum.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 2000000

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    volatile unsigned long sum = 0;
    int found = 0;
    if (argc == 1 && scanf("%lu", &n) != 1)
        return 2;
    /* here */
    for (int pass = 0; pass < 2; pass++, sum = pass < 2 ? 0 : sum)
        for (unsigned long round = 0; round < ROUNDS; round++)
            sum += round % (n + 7);
    printf("{\"n\": %lu, \"sum\": %lu}\n", n, sum + found);
    return 0;
}
C
sed -i 's/"block_s": 0.02/"block_s": 0.1/' "$repo/cupel.json"
for i in $(seq 20); do printf '{"id": "v%d", "args": ["%d"]}\n' "$i" $((i * 37)); done >"$repo/samples/sum.jsonl"
for i in $(seq 12); do printf '{"id": "v%d", "args": ["%d"]}\n' "$i" $((i * 37 + 5)); done >"$scratch/held/samples/sum.jsonl"
printf '4711\n' >"$scratch/held/samples/n.txt"
printf '{"id": "file", "stdin_file": "n.txt"}\n' >>"$scratch/held/samples/sum.jsonl"
commit "$repo" 'Answer sums'

try() { "$CUPEL" run --repo "$repo" "$@"; }
hold_out() { printf '{ "held_out": "%s"%s }\n' "$1" "${2:-}" >"$operator"; }
# has NEEDLE NAME: in what the last command said, line breaks apart.
has() {
    checks=$((checks + 1))
    tr -s ' \n' ' ' <"$scratch/both" | grep -qF -- "$1" || fail "$2: says nothing of \"$1\"" "$scratch/both"
}

# A lookup table of the visible samples' answers, fast and right; for anything else the program is what it was.
cc -O1 -o "$scratch/sum" "$repo/sum.c"
{
    printf '    switch (n) {\n'
    for i in $(seq 20); do
        printf '    case %d: puts("%s"); return 0;\n' $((i * 37)) "$("$scratch/sum" $((i * 37)) | sed 's/"/\\"/g')"
    done
    printf '    }\n'
} >"$scratch/table"
sed -i "/here/r $scratch/table" "$repo/sum.c" && git -C "$repo" diff >"$scratch/table.patch" && git -C "$repo" checkout -q .
patch_of "$repo" sum.c 's/int pass = 0/int pass = 1/' >"$scratch/honest.patch"

expect 0 'RECOMMENDED' '49 with nothing held out, the table wins' try "$scratch/table.patch"
has 'The code under test could see every sample; none were held out.' 'the report says what was not tested'

hold_out "$scratch/held"
expect 0 'workload sum: 20 samples and 13 held out, asked three times' 'check finds them' "$CUPEL" check --repo "$repo"
expect 8 'SUSPICIOUS' '49 a special case for each visible sample' try "$scratch/table.patch"
has 'sum: gains only on visible samples:' '49'
has '13 samples were held out: a program saw none of them before it was asked.' '49'
expect 0 'overfits' '49 as JSON' "$CUPEL" show --repo "$repo" --format json \
    "$(sed -n 's/^SUSPICIOUS.* \([0-9a-f]\{12\}\)$/\1/p' "$scratch/out")"
cp "$scratch/out" "$scratch/table.json"
expect 0 'Every conclusion of 1 report follows' '49 recomputed from its figures' "$CUPEL" recheck "$scratch/table.json"
expect 0 'RECOMMENDED' 'honest: gains on held-out samples too' try "$scratch/honest.patch"
has 'confirmed' 'honest'

# What looks for them: by name, where stdin comes from, and from the build. The twin looks for what it may see.
look_for() {
    sed -i "s@/\* here \*/@FILE *other = fopen(\"$1\", \"r\"); found = other != NULL; other = fopen(\"/proc/self/fd/0/../$2\", \"r\"); found |= other != NULL;@; s/int found = 0/int found = FOUND/" "$repo/sum.c"
    sed -i "s@-O1@-O1 -DFOUND=\$(shell test -e $1 \&\& echo 1 || echo 0)@" "$repo/Makefile"
    git -C "$repo" diff >"$scratch/look.patch"
    git -C "$repo" checkout -q .
}
look_for "$scratch/held/samples/sum.jsonl" sum.jsonl
expect 3 'NOT WORTH IT' 'held-out samples are nowhere to be read' try "$scratch/look.patch"
look_for /samples/sum.jsonl none
expect 8 'CONTRACT BROKEN' 'visible samples are read' try "$scratch/look.patch"

# Wrong answers to held-out samples break the contract, and don't tell what was asked and answered.
patch_of "$repo" sum.c 's@/\* here \*/@found = n == 42;@' >"$scratch/wrong.patch"
expect 8 'held out: v1' 'a wrong answer to a held-out sample' try "$scratch/wrong.patch"
has 'input none: the sample is held out: what it asks is shown to nobody' 'no smallest input of it'
expect 8 '"sample":"held out: v1"' 'the same as JSON' try --json "$scratch/wrong.patch"
has '"before":null' 'the same as JSON'
has '"after":null' 'the same as JSON'

# Places that are no secret.
refuses() {
    mkdir -p "$1/samples" && cp "$scratch/held/samples/"* "$1/samples/"
    hold_out "$1" "${2:-}"
    expect 2 "$3" "held_out refuses: $3" try "$scratch/honest.patch"
}
refuses "$repo/held" '' 'is in the repository, or holds it'
rm -r "$repo/held"
refuses "$scratch/shown/held" ", \"mounts\": [{ \"source\": \"$scratch/shown\", \"target\": \"/opt/shown\" }]" \
    'is in what is mounted by "mounts", or holds it'
mkdir -p "$scratch/root/samples" && cp "$repo/samples/sum.jsonl" "$scratch/root/samples/"
refuses "$scratch/root/samples" ", \"samples_root\": \"$scratch/root\"" 'is in a folder of visible samples, or holds it'
cp "$repo/samples/sum.jsonl" "$scratch/held/samples/sum.jsonl"
refuses "$scratch/held-copy" '' 'these are the visible samples, byte for byte'
finish
