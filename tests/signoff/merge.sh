#!/usr/bin/env bash
# Two people, two machines, and the commit at the end.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_signed_repository "$repo"
sed -i 's/"policy": {/"policy": { "sign_off": { "signatures": 2, "bots": ["lee@*"] },/' "$repo/cupel.json"
commit "$repo" 'Ask for two, and call lee a program'
report "$repo" "$scratch/halve.patch"
expect 2 'is a program by the policy' 'a bot' sign lee "$id" --digest "$digest"
sed -i 's/, "bots": \["lee@\*"\]//' "$repo/cupel.json"
commit "$repo" 'Ask for two'
report "$repo" "$scratch/halve.patch"

# Both at once.
sign kim "$id" --digest "$digest" >"$scratch/kim.out" 2>&1 &
first=$!
sign lee "$id" --digest "$digest" >"$scratch/lee.out" 2>&1 &
second=$!
wait $first; one=$?
wait $second; two=$?
checks=$((checks + 1))
[ "$one $two" = '0 0' ] || fail 'two signers at once' <(cat "$scratch/kim.out" "$scratch/lee.out")
expect 0 'kim@example.org' 'both decisions survive' gate "$id"
expect 0 'lee@example.org' 'both of them' gate "$id"
# The same person many times at once: each decision is kept.
for i in 1 2 3 4; do sign kim "$id" --digest "$digest" --out "$scratch/kim.$i" >/dev/null 2>&1 & done
wait
expect 0 '5' 'all of one person' git -C "$repo" rev-list --count "refs/cupel/decisions/$digest/kim@example.org"

# One signature of two, on another machine, carried by a push.
git init -q --bare "$scratch/server.git"
git -C "$repo" remote add origin "$scratch/server.git"
git -C "$repo" push -q origin main
"$CUPEL" show --repo "$repo" "$id" --json >"$scratch/view.json"
git clone -q "$scratch/server.git" "$scratch/laptop" -b main
laptop() { XDG_STATE_HOME=$scratch/laptop-state "$CUPEL" "$1" --repo "$scratch/laptop" --report "$scratch/view.json" "${@:2}"; }
expect 5 '0 of 2' 'nothing on the laptop' laptop gate
expect 0 'Pushed   to origin' 'lee signs there' laptop sign --key "$scratch/keys/lee" --signer lee@example.org --digest "$digest" --push
expect 5 '1 of 2' 'and is one' laptop gate
expect 0 "refs/cupel/decisions/$digest/lee@example.org" 'exactly that ref arrived' git -C "$scratch/server.git" for-each-ref refs/cupel
expect 1 'git push nowhere' 'a push that fails' bash -c "git -C '$scratch/laptop' config branch.main.remote nowhere; XDG_STATE_HOME=$scratch/laptop-state '$CUPEL' sign --repo '$scratch/laptop' --report '$scratch/view.json' --key '$scratch/keys/kim' --signer kim@example.org --digest $digest --push"
expect 0 'approved by' 'its decision is kept all the same' laptop gate

# The commit.
checkout_state >"$scratch/before"
git -C "$repo" config user.name 'Kim Example'
expect 0 'nothing was pushed' 'apply' apply "$id" --signer kim@example.org
commit=$(git -C "$repo" rev-parse "cupel/$id")
if command -v sqlite3 >/dev/null; then
    expect 0 "\"commit\":\"$commit\"" 'the ledger notes it' sqlite3 -readonly "$(echo "$XDG_STATE_HOME"/cupel/*/ledger.sqlite)" "SELECT body FROM entries WHERE kind = 'note'"
fi
expect 0 "$(git -C "$repo" rev-parse main)" 'on top of main' git -C "$repo" rev-parse "$commit^"
expect 0 'Ada Example <Ada@Example.org>' 'by its author' git -C "$repo" log -1 --format='%an <%ae>' "$commit"
expect 0 'Kim Example <kim@example.org>' 'committed by the person' git -C "$repo" log -1 --format='%cn <%ce>' "$commit"
git -C "$repo" log -1 --format=%B "$commit" >"$scratch/message"
expect 0 'Halve the rounds' 'the subject' head -n 1 "$scratch/message"
expect 0 "Cupel-Report: sha256:$digest" 'the report' git interpret-trailers --parse "$scratch/message"
expect 0 'Cupel-Approved-By: kim@example.org' 'one signer' git interpret-trailers --parse "$scratch/message"
expect 0 'Cupel-Approved-By: lee@example.org' 'the other' git interpret-trailers --parse "$scratch/message"
git -C "$repo" diff main "cupel/$id" >"$scratch/applied.diff"
checks=$((checks + 1))
git -C "$repo" diff main "$(git -C "$repo" commit-tree -m x "$(git -C "$repo" rev-parse "cupel/$id^{tree}")")" | cmp -s - "$scratch/applied.diff" &&
    grep -q '^+#define ROUNDS 100000' "$scratch/applied.diff" && [ "$(grep -c '^[-+]' "$scratch/applied.diff")" = 4 ] ||
    fail 'the commit is not the patch' "$scratch/applied.diff"
expect 0 'whole' 'every object is there' bash -c "git -C '$repo' fsck --strict --no-dangling && echo whole"
expect 2 'is there already' 'a second time' apply "$id" --signer kim@example.org
expect 0 'Branch mine/fast' 'under another name' apply "$id" --branch mine/fast --signer kim@example.org
expect 2 'is no name for a branch' 'no name' apply "$id" --branch '..' --signer kim@example.org
expect 0 '"branch":"again"' 'in JSON' apply "$id" --branch again --json --signer kim@example.org
mv "$XDG_STATE_HOME"/cupel/*/patches "$scratch/patches"
git -C "$repo" branch -q -D mine/fast again "cupel/$id" topic
git -C "$repo" reflog expire --expire=now --all && git -C "$repo" gc -q --prune=now
checkout_state >"$scratch/before"
expect 2 'name it with --patch FILE' 'a patch that is gone' apply "$id" --signer kim@example.org
expect 0 'Branch cupel/' 'and is named' apply "$id" --patch "$scratch/halve.patch" --signer kim@example.org
sed 's/100000/100001/' "$scratch/halve.patch" >"$scratch/other.patch"
git -C "$repo" branch -q -D "cupel/$id"
git -C "$repo" reflog expire --expire=now --all && git -C "$repo" gc -q --prune=now
checkout_state >"$scratch/before"
expect 2 'is not the patch that the report is about' 'another patch' apply "$id" --patch "$scratch/other.patch"
mv "$scratch/patches" "$XDG_STATE_HOME"/cupel/*/

# A branch's message, whose lines look like ours.
git -C "$repo" branch -q topic "$(git -C "$scratch/repo" rev-parse main)"
git -C "$repo" checkout -q topic
sed -i 's/ROUNDS 200000/ROUNDS 50000/' "$repo/sum.c"
GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_EMAIL=ada@example.org commit "$repo" 'Quarter

Because.

Cupel-Approved-By: mallory@example.org
Cupel-Report: sha256:0000'
git -C "$repo" checkout -q main
report "$repo" topic
expect 0 'Approved' 'kim' sign kim "$id" --digest "$digest"
expect 0 'Approved' 'lee' sign lee "$id" --digest "$digest"
git -C "$repo" branch -q -D topic
checkout_state >"$scratch/before"
expect 0 'Branch cupel/' 'apply a branch that is gone' apply "$id" --signer kim@example.org
git -C "$repo" log -1 --format=%B "cupel/$id" >"$scratch/message"
expect 0 '| Cupel-Approved-By: mallory@example.org' 'a forged trailer is quoted' cat "$scratch/message"
checks=$((checks + 1))
[ "$(git interpret-trailers --parse "$scratch/message" | grep -c mallory)" = 0 ] || fail 'a forged trailer is a trailer' "$scratch/message"

checkout_state >"$scratch/after"
checks=$((checks + 1))
diff "$scratch/before" "$scratch/after" >"$scratch/diff" || fail 'the checkout was touched' "$scratch/diff"
finish
