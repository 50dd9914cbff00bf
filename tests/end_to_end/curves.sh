#!/bin/bash
# How the cost grows with n: a patch from O(n²) to O(n log n) pays from some size on, and where production stands on the
# curve says whether anybody will notice.
. "$(dirname "$0")/lib.sh"

# A program that finds duplicates among the numbers of "items" by comparing all of them, and a generator of such lists.
repository=$scratch/pairs
mkdir -p "$repository/samples"
cat >"$repository/pairs.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

static size_t count_equal(long *items, size_t count)
{
    size_t equal = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            equal += items[i] == items[j];
    return equal;
}

int main(void)
{
    static long items[1 << 20];
    size_t count = 0;
    if (scanf(" { \"items\" : [") != 0)
        return 1;
    while (count < 1 << 20 && scanf("%ld ,", &items[count]) == 1)
        count++;
    printf("{\"count\": %zu, \"equal\": %zu}\n", count, count_equal(items, count));
    return 0;
}
C
cat >"$repository/gen.py" <<'P'
import json, random, sys
n = int(sys.argv[1])
random.seed(n)
print(json.dumps({"stdin": json.dumps({"items": [random.randrange(4 * n + 1) for _ in range(n)]})}))
P
printf 'pairs: pairs.c\n\t$(CC) -O1 -o $@ pairs.c\n' >"$repository/Makefile"
printf '/pairs\n' >"$repository/.gitignore"
# configuration SIZE: what follows "size":
configuration() {
    cat >"$repository/cupel.json" <<J
{ "version": 1, "build": [["make"]],
  "workloads": [ { "name": "pairs", "kind": "command", "run": ["./pairs"], "samples": "samples/pairs.jsonl", "block_s": 0.05,
    "size": $1 } ] }
J
}
# samples N…: one of each size, all of the same weight.
samples() {
    for n in "$@"; do python3 "$repository/gen.py" "$n"; done >"$repository/samples/pairs.jsonl"
}
generated='{ "of": "/items/length", "values": [300, 1000, 3000, 10000], "generate": ["python3", "gen.py", "${n}"] }'
configuration "$generated"
samples 7000 8500 10000
git -C "$repository" init -q -b main
commit "$repository" "Add pairs"

skip_without_sandbox "$CUPEL" check --repo "$repository"

python3 - "$repository/pairs.c" <<'P'
import sys
path = sys.argv[1]
text = open(path).read()
old = text[text.index("static size_t count_equal"):text.index("int main")]
new = """static int order(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static size_t count_equal(long *items, size_t count)
{
    size_t equal = 0;
    qsort(items, count, sizeof *items, order);
    for (size_t i = 0, same = 0; i < count; i++) {
        same = i > 0 && items[i] == items[i - 1] ? same + 1 : 0;
        equal += same;
    }
    return equal;
}

"""
open(path, "w").write(text.replace(old, new))
P
git -C "$repository" diff >"$scratch/sorted.patch"
git -C "$repository" checkout -q -- pairs.c

# says NAME TEXT: the last report's Markdown or JSON has it.
says() {
    checks=$((checks + 1))
    if grep -qF -- "$2" "$scratch/out"; then printf 'ok      %s\n' "$1"; else fail "$1: says nothing of \"$2\"" "$scratch/out"; fi
}
# holds NAME EXPRESSION: python on the measurement `m` and its curve `c`.
holds() {
    checks=$((checks + 1))
    if python3 - "$scratch/view.json" "$2" <<'P'
import json, sys
view = json.load(open(sys.argv[1]))
m = view["candidates"][0]["measurements"][0]
c = m["curve"]
sys.exit(0 if eval(sys.argv[2]) else 1)
P
    then printf 'ok      %s\n' "$1"; else fail "$1: not $2" "$scratch/view.json"; fi
}

expect 0 "over n (/items/length, 300 to 10,000)" "the card" "$CUPEL" run -q --repo "$repository" "$scratch/sorted.patch"
cp "$scratch/both" "$scratch/card"
says "the rows of sizes" "n = 10,000"
"$CUPEL" show --format json --repo "$repository" "$(sed -n 's/.*cupel sign \([0-9a-f]*\).*/\1/p' "$scratch/card" | head -1)" >"$scratch/view.json"
holds "every size has its pairs" 'all(len(v["pairs"]) >= 5 and v["n"] for v in c["values"])'
holds "the base may grow as n² does" 'c["base"]["exponent"]["high"] > 1.7'
holds "the candidate costs little at any size" 'c["values"][-1]["candidate"] < c["values"][-1]["base"] / 3'
holds "it pays at production's sizes" 'c["production"]["p99"]["gain"]["low"] > 0.5 and not c["invisible"]'
holds "it pays from a size within those measured, if that can be told" \
    'not c["pays"] or not c["pays"]["falling"] and c["pays"]["n"] < 10000'
holds "its pairs feed no e-process" 'all(p["phase"] != "curve" for p in m["pairs"])'
expect 0 "follows from the raw data" "it can be recomputed" "$CUPEL" recheck "$scratch/view.json"
sed 's/"invisible":false/"invisible":true/' "$scratch/view.json" >"$scratch/changed.json"
expect 8 "/candidates/0/measurements/0/curve/invisible" "an edit of the curve is found" "$CUPEL" recheck "$scratch/changed.json"

# The same patch where production asks for twelve items: nothing to gain, and the curve says why. Programs of a
# millisecond on a busy machine may leave both open.
samples 8 9 10 11 12
commit "$repository" "Ask for little"
checks=$((checks + 1))
"$CUPEL" run -q --repo "$repository" "$scratch/sorted.patch" >"$scratch/out" 2>&1
case $? in 3 | 4) printf 'ok      nothing is recommended\n' ;; *) fail "something is recommended" "$scratch/out" ;; esac
says "where production stands" "At n = 12, the 99th percentile of production"
checks=$((checks + 1))
tr -s '\n ' ' ' <"$scratch/out" | grep -qE 'the change is invisible there|not shown to reach the 10 % that count' ||
    fail "what it is there" "$scratch/out"

# Without a generator the samples themselves are the sizes.
configuration '"/items"'
samples 1000 3000 10000
commit "$repository" "Measure the samples themselves"
expect 0 "over n (/items, 1,000 to 10,000)" "from the samples" "$CUPEL" run -q --repo "$repository" "$scratch/sorted.patch"
configuration '"how many items"'
commit "$repository" "Only words"
expect 0 "\"size\" is words only" "words" "$CUPEL" run -q --repo "$repository" "$scratch/sorted.patch"

# A patch that is right for all of production's sizes and wrong for a greater one.
configuration "$generated"
samples 100 200
commit "$repository" "Check greater sizes"
patch_of "$repository" pairs.c 's/    return equal;/    return count > 9000 ? equal - 1 : equal;/' >"$scratch/wrong.patch"
expect 8 "n = 10000" "wrong at a generated size" "$CUPEL" run -q --repo "$repository" "$scratch/wrong.patch"

# What can be wrong with a generator is the configuration's fault, and named.
configuration '{ "of": "/items", "values": [10, 20], "generate": ["python3", "absent.py", "${n}"] }'
commit "$repository" "A generator that isn't there"
expect 2 '"generate" for a size of 10: exit status 2' "no generator" "$CUPEL" check --repo "$repository"
configuration '{ "of": "/items", "values": [10, 20], "generate": ["echo", "${n}"] }'
commit "$repository" "A generator of something else"
expect 2 "samples of size 10:1" "no samples" "$CUPEL" check --repo "$repository"
configuration '{ "of": "items", "values": [10, 20] }'
commit "$repository" "No place"
expect 2 "/workloads/0/size/of: must be a JSON Pointer" "no place" "$CUPEL" check --repo "$repository"
finish
