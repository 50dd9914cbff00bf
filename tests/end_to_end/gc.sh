#!/usr/bin/env bash
# What `cupel gc` frees beside evaluations that live, that were killed, and that come later.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_repository "$repo"
patch_of "$repo" sum.c 's/n == 0 ?/n == 10 ?/' >"$scratch/wrong.patch"
# Nothing is measured, but the build lasts until the test says so.
cat >"$scratch/slow.json" <<'J'
{ "version": 1, "build": [["make"], ["sleep", "3"]],
  "workloads": [{ "name": "sum", "kind": "command", "run": ["./sum"], "samples": "sum.jsonl" }] }
J
cp "$repo/samples/sum.jsonl" "$scratch/sum.jsonl"
state() { echo "$XDG_STATE_HOME"/cupel/*/"$1"; }
trees() { find "$XDG_STATE_HOME"/cupel/*/trees -mindepth 1 -maxdepth 1 | wc -l; }

expect 0 'freed 0 bytes' 'nothing is freed where nothing is' "$CUPEL" gc
expect 8 'CONTRACT BROKEN' 'an evaluation leaves a tree' "$CUPEL" run --repo "$repo" "$scratch/wrong.patch"
id=$("$CUPEL" list --repo "$repo" | cut -d' ' -f1)

expect 0 'would free' 'a dry run says what' "$CUPEL" gc --dry-run
expect 0 '"kind":	"tree"' 'and as JSON each item' "$CUPEL" gc --dry-run --json
expect 0 'freed 0 bytes' 'what is young is left' "$CUPEL" gc --older-than 1
expect 2 'not a number of days: "soon"' 'an age is a number' "$CUPEL" gc --older-than soon
checks=$((checks + 1))
[ "$(trees)" = 1 ] || fail "the tree went too early"

start() {
    "$CUPEL" run --repo "$repo" --config "$scratch/slow.json" "$scratch/wrong.patch" >"$scratch/run" 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 300); do
        grep -q " build " "$scratch/run" && return 0
        sleep 0.1
    done
    fail 'never came to the build' "$scratch/run"
}

start
expect 0 'is used by another cupel' 'a living evaluation keeps its repository' "$CUPEL" gc
checks=$((checks + 2))
[ "$(trees)" = 1 ] || fail "the tree of a living evaluation went"
wait "$pid"
[ $? = 8 ] && grep -q 'CONTRACT BROKEN' "$scratch/run" || fail 'the evaluation was disturbed' "$scratch/run"

start
kill -KILL "$pid"
wait "$pid" 2>/dev/null
checks=$((checks + 1))
[ -n "$(ls "$(state work)")" ] || fail "a killed evaluation left nothing to free"
expect 0 'working folders of dead evaluations' 'what a killed one left is freed' "$CUPEL" gc --repo "$repo"
checks=$((checks + 2))
[ "$(trees)" = 0 ] || fail "the tree is still there"
[ -z "$(ls "$(state work)")" ] || fail "the working folder is still there"

expect 0 "$id" 'reports stay' "$CUPEL" show --repo "$repo" "$id"
expect 8 'CONTRACT BROKEN' 'and the next evaluation makes the tree again' \
    "$CUPEL" run --repo "$repo" "$scratch/wrong.patch"
checks=$((checks + 1))
[ "$(trees)" = 1 ] || fail "no tree was made"

# Links in the state folder lead nowhere.
mkdir -p "$scratch/outside/0123456789abcdef0123456789abcdef01234567"
: >"$scratch/outside/0123456789abcdef0123456789abcdef01234567/file"
mv "$(state trees)" "$scratch/moved"
ln -s "$scratch/outside" "${XDG_STATE_HOME}/cupel/$(basename "$(dirname "$(state reports)")")/trees"
expect 0 'trees is no folder of its own' 'a link in the place of a folder is told' "$CUPEL" gc
checks=$((checks + 1))
[ -e "$scratch/outside/0123456789abcdef0123456789abcdef01234567/file" ] || fail "a link was followed"
finish
