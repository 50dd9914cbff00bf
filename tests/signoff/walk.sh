#!/usr/bin/env bash
# The whole way as a person walks it, by the commands that cupel itself prints: a real evaluation, the question at the
# terminal, the gate, the commit; then the same from a second machine.
source "$(dirname "$0")/lib.sh"
repo=$scratch/repo
make_repository "$repo"
git -C "$repo" config user.email kim@example.org
git -C "$repo" config user.name 'Kim Example'
git -C "$repo" config gpg.format ssh
git -C "$repo" config user.signingkey "$scratch/keys/kim"
mkdir "$repo/.cupel"
printf 'kim@example.org namespaces="cupel-decision-v1" %s\n' "$(public kim)" >"$repo/.cupel/allowed_signers"
commit "$repo" 'Say who may sign'
# The same sums, by the formula instead of the loop.
python3 - "$repo/sum.c" <<'P' || { echo 'skipped: python3 is not installed'; exit 77; }
import sys
text = open(sys.argv[1]).read()
begin, end = text.index("    volatile"), text.index("    printf")
text = text[:begin] + """    unsigned long period = n + 7, whole = ROUNDS / period, rest = ROUNDS % period;
    unsigned long sum = whole * (period * (period - 1) / 2) + rest * (rest - 1) / 2;
""" + text[end:]
open(sys.argv[1], "w").write(text)
P
git -C "$repo" add -A
GIT_AUTHOR_NAME='Ada Example' GIT_AUTHOR_EMAIL=ada@example.org git -C "$repo" commit -qm 'Sum by the formula'
git -C "$repo" format-patch -q -1 --stdout >"$scratch/formula.patch"
git -C "$repo" reset -q --hard HEAD^
cd "$repo" || exit 1

"$CUPEL" run "$scratch/formula.patch" >"$scratch/card" 2>"$scratch/progress"
status=$?
[ $status = 7 ] && { echo 'skipped: no sandbox here'; exit 77; }
checks=$((checks + 1))
[ $status = 0 ] || fail "the evaluation ended with $status" <(cat "$scratch/card" "$scratch/progress")
expect 0 'awaiting' 'list says that it waits' "$CUPEL" list
next=$(sed -n 's/^ *To decide: cupel //p' "$scratch/card")
digits=$(sed -n 's/^ *Report  *sha256:\([0-9a-f]\{8\}\).*/\1/p' "$scratch/card")
checkout_state >"$scratch/before"
read -r -a words <<<"$next"
expect 5 "cupel $next" 'the gate names the same command' "$CUPEL" gate "${words[1]}"
expect 0 'Approved by kim@example.org' 'the command that the report ends in, answered as it asks' "$TERMINAL" "$digits" "$CUPEL" "${words[@]}"
read -r -a words <<<"$(sed -n 's/^ *Next  *cupel \(apply [0-9a-f]*\).*/\1/p' "$scratch/both" | tr -d '\r')"
expect 0 'approved by kim' 'the gate opens' "$CUPEL" gate "${words[1]}"
expect 0 'To take it: git merge cupel/' 'the command that sign ends in' "$CUPEL" "${words[@]}"
merge=$(sed -n 's/.*To take it: git \(merge .*\)/\1/p' "$scratch/both")
checkout_state >"$scratch/after"
checks=$((checks + 1))
diff "$scratch/before" "$scratch/after" >"$scratch/diff" || fail 'the checkout was touched' "$scratch/diff"
make -s sum && ./sum 10 >"$scratch/slow" && rm sum
read -r -a words <<<"$merge"
expect 0 'Fast-forward' 'the command that apply ends in' git "${words[@]}"
make -s sum && ./sum 10 >"$scratch/fast"
checks=$((checks + 1))
cmp -s "$scratch/slow" "$scratch/fast" && grep -q period sum.c || fail 'what was merged is not what was measured'
id=${next#sign }
expect 0 'merging still gives the measured tree' 'it holds after the merge' "$CUPEL" gate "$id"
expect 2 'there is nothing to apply' 'and nothing is left to do' "$CUPEL" apply "$id" --branch again
expect 0 'approved' 'list says so' "$CUPEL" list

# As the page on sign-off tells: a laptop that has the report's JSON and a clone, and the gate elsewhere.
git reset -q --hard HEAD^
git update-ref -d "$(git for-each-ref --format='%(refname)' refs/cupel)"
"$CUPEL" show "$id" --json >"$scratch/report.json"
rm "$XDG_STATE_HOME"/cupel/*/ledger.sqlite*
git clone -q . "$scratch/laptop"
expect 5 'awaiting: 0 of 1' 'no decision is left' "$CUPEL" gate "$id"
expect 0 "Written  $scratch/kim.decision" 'sign on the laptop' env XDG_STATE_HOME="$scratch/laptop-state" "$CUPEL" sign --repo "$scratch/laptop" --report "$scratch/report.json" \
    --key "$scratch/keys/kim" --signer kim@example.org --digest "$digits$(sed -n 's/.*"digest":"sha256:'"$digits"'\([0-9a-f]\{8\}\).*/\1/p' "$scratch/report.json")" --out "$scratch/kim.decision"
expect 0 'approved by kim' 'the gate takes the file' "$CUPEL" gate "$id" --decision "$scratch/kim.decision"
expect 5 'awaiting' 'and believes nothing without it' "$CUPEL" gate "$id"
expect 0 'git merge laptop' 'apply takes it, too' "$CUPEL" apply "$id" --decision "$scratch/kim.decision" --branch laptop
finish
