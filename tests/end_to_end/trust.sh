#!/usr/bin/env bash
# Whose configuration counts: never the patch's, never that of somebody's branch.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_repository "$repo"
git -C "$repo" checkout -q -b proposal
sed -i 's/"workloads"/"contract": {"rules": [{"path": "\/zero", "ignore": true}]}, "workloads"/' "$repo/cupel.json"
commit "$repo" 'Look away from a field'
sed -i 's/n == 0 ?/n == 10 ?/' "$repo/sum.c"
commit "$repo" 'Change that field'
tip=$(git -C "$repo" rev-parse HEAD)
git -C "$repo" checkout -q main
run() { "$CUPEL" run --repo "$repo" "$@"; }

expect 8 '/zero' 'a commit behind one that looks away' run "$tip"
expect 8 "HEAD doesn't hold the base" 'and the report says whose rules counted' run "$tip"
expect 8 'REFUSED' 'the whole branch' run proposal
expect 8 'cupel.json' 'and it cites the file' run proposal
run --base "$tip~1" "$tip" >"$scratch/out" 2>"$scratch/err"
checks=$((checks + 1))
grep -q "Contract   held" "$scratch/out" || fail "a base that the user names is taken at their word" "$scratch/out"
finish
