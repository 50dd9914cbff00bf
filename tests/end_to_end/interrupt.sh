#!/usr/bin/env bash
# Ctrl-C at any stage: 130, no process, mount, cgroup or folder left. After SIGKILL no process and no mount at once,
# folders and cgroups at the next start.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_repository "$repo"
leftovers >"$scratch/before"

# A configuration in which each stage lasts long enough to be caught in it.
cat >"$scratch/slow.json" <<'J'
{ "version": 1, "prepare": [["sleep", "1"]], "build": [["make"], ["sleep", "1"]], "tests": [["sleep", "1"]],
  "workloads": [{ "name": "sum", "kind": "command", "run": ["./sum"], "samples": "sum.jsonl" }] }
J
for i in $(seq 400); do printf '{"id": "s%s", "args": ["%s"]}\n' "$i" "$i"; done >"$scratch/sum.jsonl"
# No suffix that only a build reads: what is built to the same bytes is asked and measured all the same.
patch_of "$repo" Makefile 's/-O1/-O1 -g0/' >"$scratch/same.patch"

# Starts cupel in a session of its own, as a terminal would, and waits until it is in the stage.
start() {
    setsid "$CUPEL" run --repo "$repo" --config "$scratch/slow.json" "$scratch/same.patch" \
        >"$scratch/out" 2>"$scratch/err" </dev/null &
    pid=$!
    for _ in $(seq 300); do
        grep -q " $1 " "$scratch/err" && return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

for stage in prepare build tests contract measure; do
    checks=$((checks + 1))
    if ! start "$stage"; then
        fail "never reached $stage" "$scratch/err"
        wait "$pid"
        continue
    fi
    kill -INT -- "-$pid"
    wait "$pid"
    status=$?
    [ "$status" = 130 ] || fail "Ctrl-C in $stage: exit status $status, expected 130" "$scratch/err"
    expect_clean "Ctrl-C in $stage leaves nothing"
done

for stage in build contract measure; do
    checks=$((checks + 1))
    start "$stage" || fail "never reached $stage" "$scratch/err"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    sleep 0.3
    leftovers | grep '^process' >"$scratch/diff" && fail "SIGKILL in $stage leaves processes" "$scratch/diff"
    "$CUPEL" run --repo "$repo" --config "$scratch/slow.json" --dry-run "$scratch/same.patch" >/dev/null 2>&1
    expect_clean "SIGKILL in $stage leaves nothing after the next start"
done
finish
