#!/usr/bin/env bash
# cupel sign: who may, who may not, what it asks, where a decision goes.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_signed_repository "$repo"
report "$repo" "$scratch/halve.patch"
checkout_state >"$scratch/before"

expect 5 '0 of 1 signature' 'nobody has signed' gate "$id"
expect 5 'not applied; awaiting' 'and nothing is applied' apply "$id"
# listed STATE: what list and show say of it.
listed() {
    expect 0 "recommended         $1" "list says $1" "$CUPEL" list --repo "$repo"
    expect 0 "\"sign_off\":{\"state\":\"$1\"}" "and so does show" "$CUPEL" show --repo "$repo" "$id" --json
}
listed awaiting
expect 0 "To decide: cupel sign $id" 'show says how to decide' "$CUPEL" show --repo "$repo" "$id"

# The challenge.
expect 2 'there is no terminal to ask on' 'no terminal, no digest' setsid -w "$CUPEL" sign --repo "$repo" --key "$scratch/keys/kim" --signer kim@example.org "$id"
expect 2 'at least its first 16 digits' 'a short --digest' sign kim "$id" --digest "${digest:0:15}"
expect 2 'of another report' 'a wrong --digest' sign kim "$id" --digest "${digest:0:16}00"
expect 2 'at least its first 16 digits' 'a --digest that is none' sign kim "$id" --digest "${digest:0:16}xyz"
expect 2 'not how the report' 'a wrong answer at the terminal' "$TERMINAL" 00000000 "$CUPEL" sign --repo "$repo" --key "$scratch/keys/kim" --signer kim@example.org "$id"
expect 2 'not how the report' 'too short an answer' "$TERMINAL" "${digest:0:7}" "$CUPEL" sign --repo "$repo" --key "$scratch/keys/kim" --signer kim@example.org "$id"
expect 5 'awaiting: 0 of 1' 'none of these signed anything' gate "$id"

# Who may.
expect 2 'is not listed for mallory@example.org' 'a key that nobody listed' sign mallory "$id" --digest "$digest"
expect 2 'is not listed for lee@example.org' 'a key under another name' "$CUPEL" sign --repo "$repo" --key "$scratch/keys/kim" --signer lee@example.org "$id" --digest "$digest"
expect 2 'wrote, committed or co-authored' 'the author' sign ada "$id" --digest "$digest"
expect 2 'ssh-keygen did not sign' 'a file that is no key' "$CUPEL" sign --repo "$repo" --key "$repo/sum.c" --signer kim@example.org "$id" --digest "$digest"
expect 2 'there is no SSH key' 'nobody has a key' "$CUPEL" sign --repo "$repo" --signer kim@example.org "$id" --digest "$digest"
expect 2 'needs --reason' 'a rejection without reason' sign kim "$id" --reject --digest "$digest"
expect 2 'name one report' 'no report at all' "$CUPEL" sign --repo "$repo"

# The right key, at a terminal, with its first eight digits.
expect 0 'Approved by kim@example.org' 'the right key' "$TERMINAL" "${digest:0:8}" "$CUPEL" sign --repo "$repo" --key "$scratch/keys/kim" --signer kim@example.org "$id"
cp "$scratch/both" "$scratch/shown"
expect 0 "Next     cupel apply $id" 'and what comes next' cat "$scratch/shown"
expect 0 'with key SHA256:' 'and with which key' cat "$scratch/shown"
expect 0 'about to APPROVE' 'and what it is about was shown' cat "$scratch/shown"
expect 0 'RECOMMENDED' 'with the report above' cat "$scratch/shown"
expect 0 'approved: approved by kim@example.org' 'the gate opens' gate "$id"
expect 0 '"state":"approved"' 'in JSON too' gate "$id" --json
listed approved
expect 0 "Approved. To make the commit: cupel apply $id" 'show says what comes next' "$CUPEL" show --repo "$repo" "$id"
expect 0 "refs/cupel/decisions/$digest/kim@example.org" 'the decision is a ref' git -C "$repo" for-each-ref

# Taking it back, and again: the later word counts.
sleep 1
expect 0 'Rejected by kim' 'a rejection' sign kim "$id" --reject --reason $'too \e[31mclever\n:)' --digest "sha256:$digest"
expect 8 'kim@example.org rejected it: "too \x1b[31mclever\n:)"' 'closes it, and shows its reason as data' gate "$id"
expect 8 'not applied; rejected' 'nothing is applied' apply "$id"
listed rejected
expect 0 "Rejected. By whom and why: <code>cupel gate $id</code>" 'show says where to look' "$CUPEL" show --repo "$repo" "$id" --format markdown
sleep 1
expect 0 'Approved by kim' 'second thoughts' sign kim "$id" --digest "$digest"
expect 0 'approved by kim' 'open it again' gate "$id"

# What list and show say when it does not hold, or can't be told.
start=$(git -C "$repo" rev-parse main)
echo >>"$repo/Makefile"
commit "$repo" 'Move the base'
listed stale
expect 0 "What changed: cupel gate $id" 'show says where to look' "$CUPEL" show --repo "$repo" "$id"
echo 'nonsense' >"$repo/.cupel/allowed_signers"
commit "$repo" 'Say nonsense'
expect 0 "cupel: note: whether it is approved can't be told: who may sign" 'an unreadable list is told' "$CUPEL" list --repo "$repo"
listed awaiting
git -C "$repo" reset -q --hard "$start"
listed approved
checkout_state >"$scratch/before"

# The key from git's settings and from ~/.ssh, and an agent.
git -C "$repo" config user.email kim@example.org
git -C "$repo" config gpg.format ssh
git -C "$repo" config user.signingkey "$scratch/keys/kim"
expect 0 'Approved by kim' 'the key of git' "$CUPEL" sign --repo "$repo" "$id" --digest "$digest"
git -C "$repo" config --unset user.signingkey
mkdir -p "$HOME/.ssh" && cp "$scratch/keys/kim" "$HOME/.ssh/id_ed25519"
expect 0 'Approved by kim' 'the key of ~/.ssh' "$CUPEL" sign --repo "$repo" "$id" --digest "$digest"
if eval "$(ssh-agent -s -a "$scratch/agent" 2>/dev/null)" >/dev/null; then
    ssh-add -q "$scratch/keys/kim" 2>/dev/null
    cp "$scratch/keys/kim.pub" "$scratch/only.pub"
    rm "$HOME/.ssh/id_ed25519"
    git -C "$repo" config user.signingkey "key::$(public kim)"
    expect 0 'Approved by kim' 'a key that only the agent holds' "$CUPEL" sign --repo "$repo" --key "$scratch/only.pub" "$id" --digest "$digest"
    expect 0 'Approved by kim' 'the same, as git names it' "$CUPEL" sign --repo "$repo" "$id" --digest "$digest"
    kill "$SSH_AGENT_PID"
    unset SSH_AUTH_SOCK SSH_AGENT_PID
fi

# A bare diff names nobody who could be kept from signing for it.
git -C "$repo" diff main topic >"$scratch/bare.patch"
report "$repo" "$scratch/bare.patch"
expect 5 'the patch names no author' 'that is told' gate "$id"

# Only what is recommended can be approved.
report "$repo" topic contract-broken
expect 8 'it can only be rejected' 'a broken contract' sign kim "$id" --digest "$digest"
expect 0 'Rejected by kim' 'is rejected' sign kim "$id" --reject --reason no --digest "$digest"
expect 8 'only a recommended candidate' 'and never passes' gate "$id"
expect 0 'contract-broken     rejected' 'list says so' "$CUPEL" list --repo "$repo"

checkout_state >"$scratch/after"
checks=$((checks + 1))
diff "$scratch/before" "$scratch/after" >"$scratch/diff" || fail 'the checkout was touched' "$scratch/diff"
checks=$((checks + 1))
[ -z "$(ls -A "$TMPDIR")" ] || fail 'temporary files were left behind'
finish
