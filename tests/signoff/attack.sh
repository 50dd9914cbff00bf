#!/usr/bin/env bash
# What somebody would try who wants a patch in that nobody approved, or a rejection gone.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_signed_repository "$repo"
report "$repo" topic
stored=$(echo "$XDG_STATE_HOME"/cupel/*/reports/"$id.json")
tree=$(git -C "$repo" rev-parse 'topic^{tree}')
base_tree=$(git -C "$repo" rev-parse 'main^{tree}')
forge() { sed "$1" "$stored" >"$scratch/forged.json"; }
forged() { "$CUPEL" "$1" --repo "$repo" --report "$scratch/forged.json" "${@:2}"; }

# Reports that say of git what isn't so.
forge "s/\"tree\":\"$tree\"/\"tree\":\"$base_tree\"/"
expect 2 'its candidate has the tree' "another tree than the commit's" forged gate
forge "s/\"tree\":\"$base_tree\"/\"tree\":\"$tree\"/"
expect 2 'its base has the tree' "another tree than the base's" forged gate
forge 's/"people":\[[^]]*\]/"people":[]/; s/"author":"[^"]*"/"author":null/'
expect 2 'wrote, committed or co-authored' 'an author whom the report leaves out' \
    "$CUPEL" sign --repo "$repo" --report "$scratch/forged.json" --key "$scratch/keys/ada" --signer ada@example.org --digest "$(sha256sum <"$scratch/forged.json" | cut -d' ' -f1)"
for bent in 's/"digest":"sha256:[0-9a-f]*","files"/"digest":"x","files"/' 's/"digest":"sha256:[0-9a-f]*","files"/"digest":"sha256:..\/..\/x","files"/' \
    's/"commit":"[0-9a-f]*","tree":"'"$base_tree"'"/"commit":"main","tree":"'"$base_tree"'"/' 's/"id":"'"$id"'"/"id":"..\/..\/x"/'; do
    forge "$bent"
    expect 2 'is not what cupel writes there' "${bent:0:30}" forged gate
done
forge 's/"verdict":"recommended"/"verdict":"\\u001b[2Jrecommended"/'
expect 8 'the verdict is \x1b[2Jrecommended' 'a verdict that moves the cursor' forged gate

forge 's/"gain":{"high":[^}]*}/"gain":{"high":0.95,"low":0.9,"point":0.93}/'
forged_digest=$(sha256sum <"$scratch/forged.json" | cut -d' ' -f1)
expect 2 'does not follow from its own data; it was forged' 'a better figure' forged sign --key "$scratch/keys/kim" --signer kim@example.org --digest "$forged_digest"
forge 's/"minimum_improvement":0.1/"minimum_improvement":0.5/'
forged_digest=$(sha256sum <"$scratch/forged.json" | cut -d' ' -f1)
expect 2 'it says recommended, and its own data say' 'a better verdict' forged sign --key "$scratch/keys/kim" --signer kim@example.org --digest "$forged_digest"
expect 0 'Rejected by kim' 'which can be rejected' forged sign --key "$scratch/keys/kim" --signer kim@example.org --digest "$forged_digest" --reject --reason forged

# One person with two keys, one of whose lines names the author.
expect 0 'Approved' 'kim approves' sign kim "$id" --digest "$digest" --out "$scratch/kim.decision"
expect 0 'approved by kim' 'which holds' gate "$id"
mkdir -p "$XDG_CONFIG_HOME/cupel"
{
    printf 'kim@example.org %s\n' "$(public kim)"
    printf 'kim@example.org,k@example.org %s\n' "$(public lee)"
    printf 'K@example.org,cy@example.org %s\n' "$(public ada)"
} >"$scratch/allowed"
echo "{ \"allowed_signers\": \"$scratch/allowed\" }" >"$XDG_CONFIG_HOME/cupel/operator.json"
expect 5 'kim@example.org does not count: it wrote, committed or co-authored' 'a co-author by way of two other keys' gate "$id"
rm "$XDG_CONFIG_HOME/cupel/operator.json"

# A rejection is not to be buried. Anybody who can push may put commits on top of it.
sleep 1
expect 0 'Rejected' 'kim rejects' sign kim "$id" --reject --reason 'changed my mind' --digest "$digest"
rm "$XDG_STATE_HOME"/cupel/*/ledger.sqlite*
ref=refs/cupel/decisions/$digest/kim@example.org
kept=$(git -C "$repo" rev-parse "$ref")
expect 8 'kim@example.org rejected it' 'by the ref alone' gate "$id"
tip=$kept
for _ in $(seq 101); do tip=$(git -C "$repo" commit-tree -p "$tip" -m junk 'main^{tree}'); done
git -C "$repo" update-ref "$ref" "$tip"
expect 2 'more than 100 decisions lie under' 'buried under commits' gate "$id" --decision "$scratch/kim.decision"
bad=$(printf 'tree %s\nparent %s\nauthor x\ncommitter x\n\nx\n' "$base_tree" "$kept" | git -C "$repo" hash-object -t commit -w --literally --stdin)
printf '%s\n' "$bad" >"$repo/.git/$ref"
expect 1 "can't all be read" 'under a commit that libgit2 does not read' gate "$id" --decision "$scratch/kim.decision"
git -C "$repo" update-ref "$ref" "$kept"
rm -f "$repo/.git/objects/${bad:0:2}/${bad:2}"
lost=$repo/.git/objects/${kept:0:2}/${kept:2}
mv "$lost" "$scratch/lost"
expect 1 "can't all be read" 'in an object that is gone' gate "$id" --decision "$scratch/kim.decision"
mkdir -p "$(dirname "$lost")" && mv "$scratch/lost" "$lost"
git -C "$repo" update-ref "refs/cupel/decisions/$digest/blob" "$(echo junk | git -C "$repo" hash-object -w --stdin)"
git -C "$repo" update-ref "refs/cupel/decisions/$digest/junk" main
junk=$(printf '{"cupel_decision":1,"signature":"\x1b[2J","statement":{}}' | git -C "$repo" hash-object -w --stdin)
junk=$(printf '100644 blob %s\tdecision.json\n' "$junk" | git -C "$repo" mktree)
git -C "$repo" update-ref "refs/cupel/decisions/$digest/junk2" "$(git -C "$repo" commit-tree -m junk "$junk")"
expect 8 'kim@example.org rejected it' 'junk beside it changes nothing' gate "$id"
expect 8 'holds no decision' 'and is told' gate "$id"
checks=$((checks + 1))
grep -q $'\x1b' "$scratch/both" && fail 'an escape sequence of the junk was shown' "$scratch/both"

# Names that would forge a commit's header, a trailer or the end of a message.
sed -e 's/^From: .*/From: =?utf-8?q?Ada=0Aparent_0000000000000000000000000000000000000000=0A=1B[2J_=3Cx=40y=3E?= <ada@example.org>/' \
    -e 's/^Subject: .*/Subject: [PATCH] Cupel-Approved-By: mallory@example.org/' \
    -e 's/^It needs half of them\.$/Cupel-Report: sha256:00\n\n ---\n cupel-approved-by: mallory@example.org/' "$scratch/halve.patch" >"$scratch/hostile.patch"
report "$repo" "$scratch/hostile.patch"
expect 0 'Approved' 'kim approves a hostile mail' sign kim "$id" --digest "$digest"
checks=$((checks + 1))
grep -q $'\x1b' "$scratch/both" && fail 'sign showed an escape sequence' "$scratch/both"
expect 0 'nothing was pushed' 'which is applied' apply "$id" --signer kim@example.org
git -C "$repo" cat-file commit "cupel/$id" >"$scratch/commit"
expect 0 'whole' 'as a sound commit' bash -c "git -C '$repo' fsck --strict --no-dangling cupel/$id && echo whole"
checks=$((checks + 1))
[ "$(grep -c '^parent ' "$scratch/commit")" = 1 ] && ! grep -q $'\x1b' "$scratch/commit" || fail 'the header was forged' "$scratch/commit"
git -C "$repo" log -1 --format=%B "cupel/$id" >"$scratch/message"
checks=$((checks + 1))
[ "$(git interpret-trailers --parse "$scratch/message" | tr '\n' ' ')" = "Cupel-Report: sha256:$digest Cupel-Approved-By: kim@example.org " ] ||
    fail 'trailers were forged' "$scratch/message"
checks=$((checks + 1))
grep -qi '^ *cupel-.*mallory' "$scratch/message" && fail 'a line passes for a trailer' "$scratch/message"

# The operator's list of revoked keys must not get lost in a partial clone.
public kim >"$repo/.cupel/revoked_keys"
commit "$repo" "Revoke kim's key"
report "$repo" "$scratch/halve.patch"
gone=$(git -C "$repo" rev-parse main:.cupel/revoked_keys)
mv "$repo/.git/objects/${gone:0:2}/${gone:2}" "$scratch/gone"
expect 2 'who may sign' 'a list of revoked keys that is not here' gate "$id"
mv "$scratch/gone" "$repo/.git/objects/${gone:0:2}/${gone:2}"
expect 2 'was revoked' 'kim may no longer sign' sign kim "$id" --digest "$digest"

# Ctrl-C at the question leaves nothing behind, and what was typed before it answers nothing.
expect 130 'nothing was signed' 'Ctrl-C' "$TERMINAL" $'\003' "$CUPEL" sign --repo "$repo" --key "$scratch/keys/lee" --signer lee@example.org "$id"
checks=$((checks + 1))
[ -z "$(ls -A "$TMPDIR")" ] || fail 'temporary files were left behind'
finish
