#!/usr/bin/env bash
# `cupel batch` on a disk that becomes full at different moments: one clear line, nothing lost, and on with it once
# there is room. The disk is a small one of its own, in a mount namespace of its own.
if [ "${1:-}" != inside ]; then
    unshare -m --propagation private true 2>/dev/null || { echo "skipped: mount namespaces can't be made here"; exit 77; }
    exec unshare -m --propagation private "$0" inside
fi
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
trap 'cd /; umount "$scratch/state" 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/state" && mount -t tmpfs -o size=48m tmpfs "$scratch/state" || exit 1
[ "$(stat -f -c %T "$XDG_STATE_HOME")" = tmpfs ] || { echo "$XDG_STATE_HOME is no disk of its own"; exit 1; }

repo=$scratch/repo
make_repository "$repo"
cd "$scratch" || exit 1
mkdir pair
patch_of "$repo" sum.c 's/(n + 7)/(n + 8)/' >pair/1-other-sum.patch
patch_of "$repo" sum.c 's/n == 0 ?/n == 10 ?/' >pair/2-wrong.patch

for moment in 'sifted 1' 'worktrees 1' 'build 1' 'contract 1' 'build 2'; do
    rm -rf "$XDG_STATE_HOME"/cupel
    # shellcheck disable=SC2086
    expect 1 "$XDG_STATE_HOME" "full behind $moment" python3 "$here/when.py" "$XDG_STATE_HOME" $moment \
        'dd if=/dev/zero of="$XDG_STATE_HOME/filler" bs=64k 2>/dev/null; dd if=/dev/zero of="$XDG_STATE_HOME/filler2" bs=512 2>/dev/null; true' \
        "$CUPEL" batch --repo "$repo" --json pair
    checks=$((checks + 1))
    grep "^cupel: .*$XDG_STATE_HOME" "$scratch/err" | grep -qE 'is full|make room' || fail "it does not say what is full" "$scratch/err"
    checks=$((checks + 1))
    grep -qF 'go on with `cupel batch --resume' "$scratch/err" || fail "it does not say how to go on" "$scratch/err"
    rm -f "$XDG_STATE_HOME"/filler*
    expect 3 '"verdict":"contract-broken"' 'with room it goes on' "$CUPEL" batch --repo "$repo" --json --resume
    checks=$((checks + 1))
    python3 -c '
import collections, glob, json, sqlite3, sys
(path,) = glob.glob(sys.argv[1] + "/cupel/*/ledger.sqlite")
rows = sqlite3.connect(path).execute("SELECT candidate, stage FROM entries WHERE kind = '"'stage'"' AND stage <> '"'error'"'").fetchall()
view = json.load(open(sys.argv[2]))
assert [c["verdict"] for c in view["candidates"]] == ["contract-broken"] * 2, view
assert len(rows) == len(set(rows)), rows' "$XDG_STATE_HOME" "$scratch/out" 2>"$scratch/why" || fail "lost or repeated" "$scratch/why"
done
finish
