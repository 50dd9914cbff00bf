#!/usr/bin/env bash
# A patch of three hunks: one carries the gain, one carries nothing, one breaks the answers. What --attribute says of
# each, the patch that it offers, and that the report itself is none the wiser.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
mkdir -p "$repo/samples"
cat >"$repo/sum.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 20000000

/* How many of the numbers below ROUNDS leave a remainder. */
static unsigned long count(unsigned long n)
{
    volatile unsigned long sum = 0;
    for (unsigned long round = 0; round < ROUNDS; round++)
        sum += round % (n + 7);
    return sum;
}

static const char *label(void)
{
    return "sum";
}

/* Nothing stands here that matters, but it keeps the hunks apart. */

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    const char *positive = count(n) > 0 ? "true" : "false";
    if (label()[0] == 'x')
        return 1;
    printf("{\"n\": %lu, ", n);
    printf("\"positive\": %s, ", positive);
    printf("\"zero\": %s}\n", n == 0 ? "true" : "false");
    return 0;
}
C
printf 'sum: sum.c\n\t$(CC) -O1 -o $@ sum.c\n' >"$repo/Makefile"
cat >"$repo/cupel.json" <<'J'
{ "version": 1, "build": [["make"]],
  "workloads": [{ "name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl", "block_s": 0.02 }] }
J
printf '{"id": "%s", "args": ["%s"]}\n' zero 0 one 1 ten 10 big 40000000 >"$repo/samples/sum.jsonl"
printf '/sum\n' >"$repo/.gitignore"
git -C "$repo" init -q -b main
commit "$repo" "Add sum"

gain='s/ROUNDS 20000000/ROUNDS 10000000/'
nothing='s/return "sum"/return "total"/'
breaks='s/n == 0 ? "true" : "false"/n == 0 ? "1" : "0"/'
patch_of "$repo" sum.c "$gain; $nothing; $breaks" >"$scratch/three.patch"
patch_of "$repo" sum.c "$gain; $nothing" >"$scratch/two.patch"
patch_of "$repo" sum.c "$gain" >"$scratch/one.patch"

# part FILE NUMBER KEY: of the attribution in a view.
part() {
    python3 -c 'import json, sys
part = json.load(open(sys.argv[1]))["candidates"][0]["attribution"]["parts"][int(sys.argv[2]) - 1]
print(part[sys.argv[3]])' "$@"
}
same() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ]; then printf 'ok      %s\n' "$1"; else fail "$1: $2, expected $3" "$scratch/view"; fi
}

# The whole breaks the contract, and stays so; its first part is worth a candidate of its own.
expect 8 'now its parts, 3 of 3 hunks, in at most 6 evaluations' "says what it is about to do" \
    "$CUPEL" run --repo "$repo" --attribute --json "$scratch/three.patch"
cp "$scratch/out" "$scratch/view"
same "the first carries" "$(part "$scratch/view" 1 class)" carries
same "the second carries nothing" "$(part "$scratch/view" 2 class)" nothing
same "the third breaks" "$(part "$scratch/view" 3 class)" breaks-contract
offered=$(ls "$XDG_STATE_HOME"/cupel/*/attributions/*.patch)
same "the offer is the first hunk" "$(git -C "$repo" apply --numstat "$offered" | tr '\t' ' ')" "1 1 sum.c"
git -C "$repo" apply "$offered"
same "it applies as git applies it" "$(git -C "$repo" diff | grep '^[-+]#')" "$(grep '^[-+]#' "$scratch/one.patch")"
git -C "$repo" checkout -q -- .

# The view brings the attribution along; the document that people sign has none.
id=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["candidates"][0]["id"])' "$scratch/view")
report=$(ls "$XDG_STATE_HOME"/cupel/*/reports/"$id.json")
same "the signed document knows nothing of it" "$(grep -c attribution "$report")" 0
expect 0 'carries nothing' "show tells it again" "$CUPEL" show --repo "$repo" "$id"
expect 0 'Offered    part 1 alone passes' "with the offer" "$CUPEL" show --repo "$repo" "$id"
expect 0 '| 3 | **breaks** |' "in Markdown too" "$CUPEL" show --repo "$repo" --format markdown "$id"
"$CUPEL" show --repo "$repo" --json "$id" >"$scratch/again"
same "show --json is what run --json was" "$(cmp "$scratch/view" "$scratch/again" && echo same)" same

expect 0 'Every conclusion of 1 report follows' "recheck takes the view" "$CUPEL" recheck "$scratch/view"

# What is offered is a candidate like any other, and its people are those of the whole.
sed '1i From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\nSubject: [PATCH] two\n\n---' \
    "$scratch/two.patch" >"$scratch/two.mail"
expect 0 'Offered    part 1 alone keeps' "a part keeps the gain" "$CUPEL" run --repo "$repo" --attribute "$scratch/two.mail"
offered=$(ls -t "$XDG_STATE_HOME"/cupel/*/attributions/*.patch | head -n 1)
expect 0 '"Ada <ada@example.org>"' "and is recommended afresh" "$CUPEL" run --repo "$repo" "$offered"

# Commits, each a part.
git -C "$repo" checkout -q -b work
sed -i "$nothing" "$repo/sum.c" && commit "$repo" "Rename | the label"
sed -i "$gain" "$repo/sum.c" && commit "$repo" "Halve the rounds"
git -C "$repo" checkout -q main
expect 0 '2 commits: each alone' "a branch is taken apart by its commits" "$CUPEL" run --repo "$repo" --attribute work
checks=$((checks + 1))
grep -qE '1  carries nothing +commit [0-9a-f]{12} "Rename \| the label": no' "$scratch/out" ||
    fail "the first commit carries nothing" "$scratch/out"

# Nothing to take apart, and what excludes it.
expect 0 'the candidate is one part' "one hunk" "$CUPEL" run --repo "$repo" --attribute "$scratch/one.patch"
expect 2 '--attribute' "not with a dry run" "$CUPEL" run --repo "$repo" --attribute --dry-run "$scratch/one.patch"

# Ctrl-C between the parts: 130, the report, and what is known of the parts. Elsewhere, since all of them were measured here.
export XDG_STATE_HOME=$scratch/elsewhere
setsid "$CUPEL" run --repo "$repo" --attribute "$scratch/three.patch" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
for _ in $(seq 300); do
    grep -q 'part 1  measure' "$scratch/err" && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
kill -INT "$pid"
wait "$pid"
same "Ctrl-C ends it" $? 130
checks=$((checks + 1))
grep -q 'It was ended before' "$scratch/out" && grep -q 'not evaluated' "$scratch/out" ||
    fail "and keeps what is known" "$scratch/out"
finish
