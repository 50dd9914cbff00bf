#!/usr/bin/env bash
# cupel gate: what keeps an approval, what makes it stale, what was never one.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_signed_repository "$repo"
report "$repo" "$scratch/halve.patch"
expect 0 'Approved' 'kim approves' sign kim "$id" --digest "$digest" --out "$scratch/kim.decision"
cp "$XDG_STATE_HOME"/cupel/*/reports/"$id.json" "$scratch/report.json"
ledger=$(echo "$XDG_STATE_HOME"/cupel/*/ledger.sqlite)
reset() { git -C "$repo" reset -q --hard "$start"; }
start=$(git -C "$repo" rev-parse main)
fresh() { reset; expect 0 'approved by kim' "$1" gate "$id"; }

# The base moves.
git -C "$repo" commit -q --allow-empty -m 'Say nothing'
expect 0 'approved by kim' 'an empty commit keeps it' gate "$id"
sed -i 's/ROUNDS 200000/ROUNDS 100000/' "$repo/sum.c"
commit "$repo" 'Take the same change'
expect 0 'the base moved, and merging still gives the measured tree' 'upstream took the very change' gate "$id"
reset
echo '# one more line' >>"$repo/Makefile"
commit "$repo" 'Move the base'
expect 6 'the base moved: refs/heads/main is no longer at' 'another file' gate "$id"
expect 6 'another tree than the one that was measured' 'makes a tree that nobody measured' gate "$id"
expect 6 'not applied; stale' 'and is not applied' apply "$id"
expect 6 'not signed: the base moved' 'nor signed' sign lee "$id" --digest "$digest"
reset
sed -i 's/ROUNDS 200000/ROUNDS 150000/' "$repo/sum.c"
commit "$repo" 'Change the same line'
expect 6 'no longer merges' 'a conflict' gate "$id"
git clone -q --no-local --single-branch "$repo" "$scratch/moved" 2>/dev/null
moved() { "$CUPEL" gate --repo "$scratch/moved" --report "$scratch/report.json" "$@"; }
expect 6 'the patch is not here' 'a moved base without the patch' moved
expect 6 'no longer merges' 'and with it' moved --patch "$scratch/halve.patch"
fresh 'back where it was, it holds'

# Policy, configuration, samples.
sed -i 's/"policy": {/"policy": { "sign_off": { "signatures": 2 },/' "$repo/cupel.json"
commit "$repo" 'Ask for two'
expect 6 'the configuration changed since the report was made' 'a changed configuration' gate "$id"
reset
mkdir -p "$repo/rules"
sed -i 's/"policy": {.*}/"policy": "rules\/ours.json"/' "$repo/cupel.json"
echo '{ "minimum_improvement": 0.1 }' >"$repo/rules/ours.json"
commit "$repo" 'Have rules of our own'
old_start=$start; start=$(git -C "$repo" rev-parse main)
old_id=$id old_digest=$digest
report "$repo" "$scratch/halve.patch"
expect 0 'Approved' 'kim approves under a policy file' sign kim "$id" --digest "$digest"
echo '{ "minimum_improvement": 0.2 }' >"$repo/rules/ours.json"
commit "$repo" 'Ask for more'
expect 6 'the policy changed since the report was made' 'a changed policy' gate "$id"
reset
echo '{"id": "more", "args": ["9"]}' >>"$repo/samples/sum.jsonl"
commit "$repo" 'Ask more'
expect 6 'the samples changed since the report was made' 'changed samples' gate "$id"
start=$old_start id=$old_id digest=$old_digest
fresh 'and back'

# The head: a branch that went on.
cp -r "$repo" "$scratch/headed"
(
    repo=$scratch/headed
    report "$repo" topic
    expect 0 'Approved' 'kim approves a branch' sign kim "$id" --digest "$digest"
    expect 0 'approved by kim' 'which holds' gate "$id"
    expect 0 'approved by kim' 'and is the head' gate "$id" --head topic
    git -C "$repo" branch -q other "$(git -C "$repo" commit-tree -p main -m other 'main^{tree}')"
    expect 6 'the head changed' 'another head' gate "$id" --head other
    expect 2 'holds the candidate already' 'the trusted branch itself' gate "$id" --head main
    git -C "$repo" tag topic main
    git -C "$repo" checkout -q refs/heads/topic
    expect 2 'holds the candidate already, so that its author could say there who may sign' "a gate on the author's checkout" gate "$id"
    expect 2 'name that one as trust_ref' 'signs nothing either' sign lee "$id" --digest "$digest"
    mkdir -p "$XDG_CONFIG_HOME/cupel"
    echo '{ "trust_ref": "main" }' >"$XDG_CONFIG_HOME/cupel/operator.json"
    expect 0 'approved by kim' 'which is told whom to trust' gate "$id"
    rm "$XDG_CONFIG_HOME/cupel/operator.json"
    git -C "$repo" symbolic-ref HEAD refs/heads/topic
    git -C "$repo" commit -q --allow-empty -m more && git -C "$repo" checkout -q main
    expect 6 'the head changed' 'a branch that went on, whatever tag has its name' gate "$id"
    [ "$failures" = 0 ]
) || failures=$((failures + 1))

# Who may sign, at the tip.
public kim >"$repo/.cupel/revoked_keys"
commit "$repo" "Revoke kim's key"
expect 6 'the base moved' 'a list within the tree moves the base' gate "$id"
reset
mkdir -p "$XDG_CONFIG_HOME/cupel"
operator() { printf '%s' "$1" >"$XDG_CONFIG_HOME/cupel/operator.json"; }
public kim >"$scratch/revoked"
operator "{ \"revoked_keys\": \"$scratch/revoked\" }"
expect 6 'which was revoked' 'a revoked key' gate "$id"
ssh-keygen -q -k -f "$scratch/revoked" "$scratch/keys/kim.pub"
expect 6 'which was revoked' 'a revoked key, by a KRL' gate "$id"
printf '# nobody yet\n' >"$scratch/revoked"
expect 0 'approved by kim' 'a list of nobody' gate "$id"
printf 'no key at all\n' >"$scratch/revoked"
expect 6 'which was revoked' 'a list that cannot be read revokes all' gate "$id"
rm "$scratch/revoked"
expect 2 'revoked' 'a list that is not there opens no gate' gate "$id"
public lee >"$scratch/revoked"
expect 0 'approved by kim' "somebody else's revoked key" gate "$id"
printf 'kim@example.org valid-before="20200101" %s\n' "$(public kim)" >"$scratch/allowed"
operator "{ \"allowed_signers\": \"$scratch/allowed\" }"
expect 6 'does not verify' 'a key out of its time' gate "$id"
printf 'lee@example.org %s\n' "$(public lee)" >"$scratch/allowed"
expect 6 "don't list under that name" 'a key that left the list' gate "$id"
printf '*@example.org %s\n' "$(public kim)" >"$scratch/allowed"
expect 2 "$scratch/allowed:1: a pattern" 'a list with patterns' gate "$id"
operator '{ "trust_ref": "nowhere" }'
expect 2 'has no branch "nowhere"' 'a trust ref that is not there' gate "$id"
git -C "$repo" tag main topic
operator '{ "trust_ref": "main" }'
expect 0 'gate is asked of main' 'a tag cannot pose as the trusted branch' bash -c "'$CUPEL' gate --repo '$repo' $id --json | grep -F '\"trust_ref\":\"refs/heads/main\"' && echo gate is asked of main"
git -C "$repo" tag -d main >/dev/null
operator '{ "trust_ref": "topic" }'
expect 0 'merging still gives the measured tree' 'another trust ref' gate "$id"
rm "$XDG_CONFIG_HOME/cupel/operator.json"
git -C "$repo" checkout -q --detach
expect 0 'approved by kim' 'a detached HEAD' gate "$id"
git -C "$repo" checkout -q main

# A clock that went on: the decision's own end, and the policy's.
if command -v faketime >/dev/null; then
    expect 6 'expired' 'after its time' faketime '+31 days' "$CUPEL" gate --repo "$repo" "$id"
fi

# Tampering: the report, the statement, the signature, the namespace.
sed 's/"point":0[.][0-9]*/"point":0.958/' "$scratch/report.json" >"$scratch/better.json"
cmp -s "$scratch/report.json" "$scratch/better.json" && fail 'the report was not tampered with'
expect 5 '0 of 1 signature' 'a tampered report is another report' gate --report "$scratch/better.json"
expect 6 'is about another report' 'and the decision is not about it' gate --report "$scratch/better.json" --decision "$scratch/kim.decision"
sed 's/"decision":"approve"/"decision":"reject"/' "$scratch/kim.decision" >"$scratch/bent"
expect 0 'approved by kim' 'a bent decision beside the real one does nothing' gate "$id" --decision "$scratch/bent"
clone=$scratch/clone
git clone -q "$repo" "$clone"
there() { "$CUPEL" gate --repo "$clone" --report "$scratch/report.json" "$@"; }
expect 5 '0 of 1' 'a clone has no decisions' there
expect 0 'approved by kim' 'and takes one from a file' there --decision "$scratch/kim.decision"
sed 's/"expires":"[^"]*"/"expires":"2099-01-01T00:00:00Z"/' "$scratch/kim.decision" >"$scratch/bent"
expect 6 'does not verify' 'a longer life' there --decision "$scratch/bent"
sed 's/"signer":"kim@/"signer":"lee@/' "$scratch/kim.decision" >"$scratch/bent"
expect 6 "don't list under that name" 'another name' there --decision "$scratch/bent"
sed 's/"signer"/ "signer"/' "$scratch/kim.decision" >"$scratch/bent"
expect 2 'not written the canonical way' 'another spelling' there --decision "$scratch/bent"
sed 's/"signer"/"extra":1,"signer"/' "$scratch/kim.decision" >"$scratch/bent"
expect 2 'extra' 'an unknown key' there --decision "$scratch/bent"
echo '{}' >"$scratch/bent"
expect 2 'cupel_decision' 'no decision at all' there --decision "$scratch/bent"
# forge NAMESPACE KEY: the statement of kim's decision signed anew.
forge() {
    python3 - "$scratch/kim.decision" "$scratch/statement" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
open(sys.argv[2], "w").write(json.dumps(d["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False))
P
    [ -z "${3:-}" ] || sed -i "$3" "$scratch/statement"
    rm -f "$scratch/statement.sig"
    ssh-keygen -q -Y sign -n "$1" -f "$scratch/keys/$2" "$scratch/statement" 2>/dev/null
    python3 - "$scratch/statement" >"$scratch/forged" <<'P'
import json, sys
s = open(sys.argv[1]).read()
sig = open(sys.argv[1] + ".sig").read()
print('{"cupel_decision":1,"signature":' + json.dumps(sig) + ',"statement":' + s + '}')
P
}
if command -v python3 >/dev/null; then
    forge cupel-decision-v1 kim
    expect 0 'approved by kim' 'the same signed by hand' there --decision "$scratch/forged"
    forge git kim
    expect 6 'another purpose (namespace "git"' 'a signature for something else' there --decision "$scratch/forged"
    forge cupel-decision-v1 mallory
    expect 6 "don't list under that name" 'a key of nobody' there --decision "$scratch/forged"
    forge cupel-decision-v1 ada 's/"signer":"kim@/"signer":"ada@/'
    expect 5 'ada@example.org does not count: it wrote, committed or co-authored the patch' "the author's own key" there --decision "$scratch/forged"
    forge cupel-decision-v1 kim 's/"issued":"[^"]*"/"issued":"2020-01-01T00:00:00Z"/; s/"expires":"[^"]*"/"expires":"2020-02-01T00:00:00Z"/'
    expect 6 'expired (2020-02-01T00:00:00Z)' 'an expired decision' there --decision "$scratch/forged"
    forge cupel-decision-v1 kim 's/"issued":"[^"]*"/"issued":"2020-01-01T00:00:00Z"/; s/"expires":"[^"]*"/"expires":"2098-02-01T00:00:00Z"/'
    expect 6 "older than the policy's 30 days" 'one that gave itself more time' there --decision "$scratch/forged"
    forge cupel-decision-v1 kim 's/"issued":"[^"]*"/"issued":"2097-01-01T00:00:00Z"/; s/"expires":"[^"]*"/"expires":"2097-01-02T00:00:00Z"/'
    expect 6 'dated in the future' 'one from the future' there --decision "$scratch/forged"
    forge cupel-decision-v1 kim 's/"verdict":"recommended"/"verdict":"suspicious"/'
    expect 6 'names another verdict' 'one that contradicts its report' there --decision "$scratch/forged"
    printf 'kim@example.org,ada@example.org %s\n' "$(public kim)" >"$scratch/allowed"
    operator "{ \"allowed_signers\": \"$scratch/allowed\" }"
    expect 5 'does not count' 'an author by another of their names' there --decision "$scratch/kim.decision"
    rm "$XDG_CONFIG_HOME/cupel/operator.json"
fi

# By hand, as the page on sign-off tells.
if command -v jq >/dev/null; then
    expect 0 'Approved' 'a reason that is not ASCII' sign kim "$id" --digest "$digest" --reason 'schön: "ü" ✓' --out "$scratch/by-hand.json"
    cp "$repo/.cupel/allowed_signers" "$scratch/allowed_signers"
    jq -r .signature "$scratch/by-hand.json" >"$scratch/decision.sig"
    expect 0 'Good "cupel-decision-v1" signature for kim@example.org' 'verified without cupel' bash -c \
        "jq -cjS .statement '$scratch/by-hand.json' | ssh-keygen -Y verify -n cupel-decision-v1 -f '$scratch/allowed_signers' -I kim@example.org -s '$scratch/decision.sig'"
fi

# Another repository with the very same files, and one of the operator's naming.
other=$scratch/other
GIT_AUTHOR_DATE='2026-01-02T00:00:00Z' make_signed_repository "$other" 2>/dev/null
expect 6 'does not have the report' 'a decision replayed elsewhere' "$CUPEL" gate --repo "$other" --report "$scratch/report.json" --decision "$scratch/kim.decision"
git -C "$other" fetch -q "$repo" main
expect 6 'made for another repository' 'even with the base commit at hand' "$CUPEL" gate --repo "$other" --report "$scratch/report.json" --decision "$scratch/kim.decision"
operator '{ "repository": "example.org/fork" }'
expect 6 'made for another repository' 'a repository of another name' there --decision "$scratch/kim.decision"
rm "$XDG_CONFIG_HOME/cupel/operator.json"

# A ledger that lost its end: refs and a checkpoint that was kept elsewhere tell.
expect 0 'cupel-ledger-checkpoint-v1 ' 'a checkpoint' "$CUPEL" list --repo "$repo" --checkpoint
cp "$scratch/out" "$scratch/checkpoint"
entries=$(cut -d' ' -f2 "$scratch/checkpoint")
cp "$ledger" "$scratch/older"
expect 0 "$entries entries, of which the first $entries are" 'the ledger as it was' "$CUPEL" list --repo "$repo" --against "$scratch/checkpoint"
sleep 1
expect 0 "cupel-ledger-checkpoint-v1 $((entries + 1)) sha256:" 'a decision tells how far the ledger has come' sign kim "$id" --digest "$digest" --reason again
expect 0 "$((entries + 1)) entries, of which the first $entries are" 'a ledger that went on' "$CUPEL" list --repo "$repo" --against "$scratch/checkpoint"
expect 0 'cupel-ledger-checkpoint-v1 ' 'a later checkpoint' "$CUPEL" list --repo "$repo" --checkpoint
cp "$scratch/out" "$scratch/later"
expect 0 'approved by kim' 'nothing is amiss' gate "$id"
checks=$((checks + 1))
grep -q 'the ledger lacks' "$scratch/both" && fail 'a whole ledger is called cut off' "$scratch/both"
rm "$ledger"*
cp "$scratch/older" "$ledger"
expect 1 'cut off' 'an older copy put back, by the checkpoint' "$CUPEL" list --repo "$repo" --against "$scratch/later"
expect 0 'the ledger lacks the approval of kim@example.org' 'and by the refs' gate "$id"
rm "$ledger"*
expect 2 'no ledger' 'no ledger at all' "$CUPEL" list --repo "$repo" --against "$scratch/checkpoint"
expect 0 'the ledger lacks the approval of kim@example.org' 'told by the refs, too' gate "$id"
expect 0 'approved by kim' 'and the signed ref still counts' gate "$id"
finish
