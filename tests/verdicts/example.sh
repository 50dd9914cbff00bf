#!/bin/bash
# The shipped example as a newcomer runs it: each candidate gets the verdict that it deserves, and the commands that the
# quickstart prints lead to a commit, with its throw-away key.
. "$(dirname "$0")/../end_to_end/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
export TMPDIR=$scratch

skip_without_sandbox "$CUPEL" doctor
expect 0 "What a person decides" "every candidate of the example gets the verdict that it deserves" \
    "$root/examples/quickstart" --keep
decide=$(find "$scratch" -maxdepth 2 -name decide.sh)
checks=$((checks + 1))
[ -f "$decide" ] || fail "the quickstart shows no commands"
folder=$(dirname "$decide")

# As printed, but for the terminal: the report's digest answers its question.
report=$(sed -n 's/.*cupel sign \([0-9a-f]*\)$/\1/p' "$decide")
export XDG_STATE_HOME=$folder/state
digest=sha256:$(sha256sum "$XDG_STATE_HOME"/cupel/*/reports/"$report".json | cut -d' ' -f1)
sed "s/^\(.* sign .*\)/\1 --digest $digest/" "$decide" >"$scratch/decide.sh"
expect 0 "faster-orders" "the commands that it prints lead to a commit" bash -e "$scratch/decide.sh"
expect 0 "Cupel-Report: $digest" "which names the report" git -C "$folder/orders" log -1 faster-orders
expect 0 "Cupel-Approved-By: reviewer@example.com" "and who approved" git -C "$folder/orders" log -1 faster-orders
expect 0 '"sign_off":{"state":"approved"}' "and the report says so" "$CUPEL" show "$report" --json --repo "$folder/orders"
finish
