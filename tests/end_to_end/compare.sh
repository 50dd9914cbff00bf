#!/usr/bin/env bash
# cupel compare: two commands, no repository. Which is faster, what its document holds, Ctrl-C, and what is left behind.
source "$(dirname "$0")/compare_lib.sh"

leftovers >"$scratch/before"

# What a quiet machine decides in seconds a busy one may need more time for.
compare_long() { compare --time-budget 150 "$@"; }

# Half the work, twice the work, the same work: what holds for one side holds for the other.
expect 0 'less CPU time than A' 'half the work is faster' compare_long './work 40000000 x' './work 10000000 x'
grep -q 'proven to be at least' "$scratch/out" || fail 'half the work is proven' "$scratch/out"
expect 8 'A uses' 'twice the work: A is faster' compare_long './work 10000000 x' './work 40000000 x'
expect 0 'takes' 'a command that waits is judged by wall time' compare_long 'sleep 0.2' 'sleep 0.1'
grep -q 'wall time: A computes only' "$scratch/out" || fail 'and says why' "$scratch/out"

# Runs of a second: fewer pairs, and the time that they need.
compare 'sleep 1.2' 'sleep 0.6' >"$scratch/said" 2>&1
expect 0 'fresh ones for the size; 1 process a run' 'long commands get fewer pairs, and all of those' cat "$scratch/said"

# The same: no threshold is reached either way. A machine in turmoil may leave it open.
compare_long --threshold 40 './work 20000000 x' './work 20000000 x ' >"$scratch/out" 2>&1
status=$?
checks=$((checks + 1))
{ [ $status = 3 ] && grep -q 'No difference of 40 %' "$scratch/out"; } || [ $status = 4 ] || fail "the same work: status $status" "$scratch/out"

# The document holds what it says.
compare --json './work 40000000 x' './work 10000000 x' >"$scratch/document"
expect 0 'follows from the raw data' 'a document can be rechecked' "$CUPEL" recheck "$scratch/document"
sed 's/"exit_status":[0-9]/"exit_status":5/' "$scratch/document" >"$scratch/changed"
expect 8 '/conclusion/exit_status' 'a changed one is told' "$CUPEL" recheck "$scratch/changed"

# Ctrl-C at any time, what is known by then, and what is left.
interrupt() {
    local stage=$1 needle=$2
    shift 2
    setsid "$CUPEL" compare "$@" >"$scratch/out" 2>"$scratch/err" </dev/null &
    pid=$!
    for _ in $(seq 300); do
        grep -q "$stage" "$scratch/err" && break
        sleep 0.1
    done
    kill -INT -- "-$pid"
    wait "$pid"
    status=$?
    checks=$((checks + 1))
    if [ "$status" != 130 ]; then
        fail "Ctrl-C while it $stage: exit status $status" "$scratch/err"
    elif ! grep -q "$needle" "$scratch/out" "$scratch/err"; then
        fail "Ctrl-C while it $stage: says nothing of $needle" "$scratch/out"
    else
        printf "ok      Ctrl-C while it %s\n" "$stage"
    fi
}
interrupt 'asks' 'cancelled' 'sleep 3' 'sleep 3'
interrupt '5 pairs so far' 'measured' 'sleep 0.1' 'sleep 0.1'
expect_clean 'nothing is left behind'
finish
