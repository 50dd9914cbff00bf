#!/bin/bash
# What the samples don't contain: the base takes a 0, "" and an absent status as "no filter", the candidate takes a 0
# literally and answers nothing. No sample has a zero.
. "$(dirname "$0")/lib.sh"

repository=$scratch/orders
mkdir -p "$repository/samples"
cat >"$repository/orders.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The option's value, or NULL. */
static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static int wanted(const char *status)
{
    return status && *status ? atoi(status) : 0;
}

static int shown(int order, int status)
{
    return status == 0 || order % 4 + 1 == status;
}

int main(int argc, char **argv)
{
    const char *text = option(argc, argv, "--limit");
    int limit = text ? atoi(text) : 5;
    int status = wanted(option(argc, argv, "--status"));
    unsigned noise = 0;
    if (limit < 0)
        abort();
    if (limit == 1 && getrandom(&noise, sizeof noise, 0) < 0)
        return 1;
    for (unsigned long round = 0; round < 200000; round++)
        __asm__ volatile("" ::"r"(round));
    printf("{\"items\": [");
    for (int order = 1, count = 0; order <= 40 && count < limit; order++)
        if (shown(order, status))
            printf("%s{\"id\": %d}", count++ > 0 ? ", " : "", order);
    for (unsigned more = noise % 256; more > 0; more--)
        printf(", null");
    printf("]}\n");
    return limit == 0 ? 3 : 0;
}
C
printf 'orders: orders.c\n\t$(CC) -O1 -o $@ orders.c\n' >"$repository/Makefile"
printf '/orders\n' >"$repository/.gitignore"
# configuration CASES
configuration() {
    cat >"$repository/cupel.json" <<J
{ "version": 1, "build": [["make"]],
  "workloads": [ { "name": "orders", "kind": "command", "run": ["./orders"], "samples": "samples/orders.jsonl", "block_s": 0.02 } ],
  "policy": { "time_budget_s": 2, "edge_values": { "cases": $1, "seconds": 60 } } }
J
}
for status in 1 2 3 4; do
    printf '{"id": "order-%d", "args": ["--status", "%d", "--limit", "%d"]}\n' $status $status $((status + 3))
done >"$repository/samples/orders.jsonl"
configuration 150
git -C "$repository" init -q -b main
commit "$repository" "Add orders"
skip_without_sandbox "$CUPEL" check --repo "$repository"

# holds NAME EXPRESSION: python on the last report's contract `c` and its edges `e`.
holds() {
    checks=$((checks + 1))
    if python3 - "$scratch/out" "$2" <<'P'
import json, sys
candidate = json.load(open(sys.argv[1]))["candidates"][0]
c = candidate["contract"]
e = c["edges"]
assumptions = json.load(open(sys.argv[1]))["assumptions"]
sys.exit(0 if eval(sys.argv[2]) else 1)
P
    then printf 'ok      %s\n' "$1"; else fail "$1: not $2" "$scratch/out"; fi
}

patch_of "$repository" orders.c 's/return status && \*status ? atoi(status) : 0;/return status \&\& *status ? atoi(status) : -1;/; s/status == 0 || /status < 0 || /' >"$scratch/literal.patch"
expect 8 'the candidate no longer does' "a 0 that is taken literally" "$CUPEL" run -q --json --repo "$repository" "$scratch/literal.patch"
holds "the sentence is with its finding" \
    '[f["remark"] for f in c["findings"] if f["breaks"]][0] == "the base treats 0, \"\" and an absent `status` alike; the candidate no longer does"'
holds "and the request that shows it" '" with --status=0" in [f["sample"] for f in c["findings"] if f["breaks"]][0]'
holds "samples are counted alone" 'c["samples"] == 4'
holds "what the base dies of is no fault" 'e["crashed"] > 0'
holds "nor what it answers otherwise each time" 'e["unstable"] > 0'
holds "what it refuses is held against, too" 'e["refused"] > 0 and e["tried"] == c["edge_cases"] + e["crashed"] + e["unstable"] + e["not_compared"]'
cp "$scratch/out" "$scratch/view.json"
expect 0 "follows from the raw data" "it can be recomputed" "$CUPEL" recheck "$scratch/view.json"
sed 's/"crashed":[1-9][0-9]*/"crashed":0/' "$scratch/view.json" >"$scratch/changed.json"
checks=$((checks + 1))
if "$CUPEL" recheck "$scratch/changed.json" >"$scratch/out" 2>&1; then fail "an edit of the figures passes"; else printf 'ok      an edit of the figures is found\n'; fi

# Whoever keeps the meaning keeps the contract, crashes and all.
patch_of "$repository" orders.c 's/round < 200000/round < 2000/' >"$scratch/same.patch"
checks=$((checks + 1))
"$CUPEL" run -q --json --repo "$repository" "$scratch/same.patch" >"$scratch/out" 2>"$scratch/err"
holds "the same meaning holds" 'not any(f["breaks"] for f in c["findings"]) and c["edge_cases"] > 20 and e["different"] == 0 and e["crashed"] > 0'

# A team that wants none gets none, and is told so.
configuration 0
commit "$repository" "No edge values"
"$CUPEL" run -q --json --repo "$repository" "$scratch/literal.patch" >"$scratch/out" 2>"$scratch/err"
holds "without edge values it goes unseen" 'c["edge_cases"] == 0 and e["planned"] == 0 and not c["findings"]'
holds "which is said" 'any("no edge values were tried: the policy asks for none" in a for a in assumptions)'
configuration '"many"'
commit "$repository" "A wrong figure"
expect 2 "/policy/edge_values/cases: must be an integer" "a wrong figure" "$CUPEL" check --repo "$repository"
finish
