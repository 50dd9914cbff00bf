#!/usr/bin/env bash
# Hostile text in proposals and in a workload's output: whatever it tries, `cupel batch`, `show` and `list` show it as
# data, on a terminal, in a log, as Markdown and as JSON.
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

repo=$scratch/repo
make_repository "$repo"
cd "$scratch" || exit 1
patch_of "$repo" sum.c 's/(n + 7)/(n + 8)/' >sum.patch
# Answers and compilers talk, too.
patch_of "$repo" sum.c 's/\\"zero\\"/\\"\\\\u001b[31m| 1 | `forged` @octocat <script>\\"/' >answers.patch
patch_of "$repo" sum.c '1i #error \x1b[31m| 1 | `forged` @octocat <script>alert(1)</script>' >compiler.patch
[ -s answers.patch ] && [ -s compiler.patch ] || fail "no hostile programs were made"
python3 "$here/hostile.py" make sum.patch proposals.jsonl "$scratch/folder" answers.patch compiler.patch || exit 1

check() { # NAME FORMAT FILE
    checks=$((checks + 1))
    if python3 "$here/hostile.py" "$2" "$3" >"$scratch/why" 2>&1; then printf 'ok      %s\n' "$1"; else fail "$1" "$scratch/why"; fi
}

for source in proposals.jsonl "$scratch/folder"; do
    for format in text markdown json; do
        "$CUPEL" batch --repo "$repo" --format "$format" "$source" >"$scratch/out" 2>"$scratch/err" </dev/null
        checks=$((checks + 1))
        [ $? -le 4 ] && [ -s "$scratch/out" ] || fail "no report of $source as $format" "$scratch/err"
        check "batch of ${source##*/} as $format" "$format" "$scratch/out"
        check "its progress in a log" text "$scratch/err"
    done
    script -qec "'$CUPEL' batch --repo '$repo' '$source'" "$scratch/terminal" >/dev/null </dev/null
    check "its progress on a terminal" live "$scratch/terminal"
done
batch=$(python3 - "$XDG_STATE_HOME" <<'P'
import glob, sqlite3, sys
(path,) = glob.glob(sys.argv[1] + "/cupel/*/ledger.sqlite")
print(sqlite3.connect(path).execute("SELECT batch FROM entries WHERE kind = 'batch' ORDER BY seq DESC").fetchone()[0])
P
)
for format in text markdown json; do
    "$CUPEL" show --repo "$repo" --format "$format" "$batch" >"$scratch/out" 2>"$scratch/err"
    check "show as $format" "$format" "$scratch/out"
done
for id in $(python3 -c 'import json, sys; print(*(row["id"] for row in json.load(open(sys.argv[1]))["candidates"]))' "$scratch/out"); do
    for format in text markdown; do
        "$CUPEL" show --repo "$repo" --format "$format" "$id" >>"$scratch/each.$format" 2>"$scratch/err" || fail "no report $id" "$scratch/err"
    done
done
check 'each report as text' text "$scratch/each.text"
check 'each report as Markdown' markdown "$scratch/each.markdown"
"$CUPEL" list --repo "$repo" >"$scratch/out" 2>"$scratch/err"
check 'list' text "$scratch/out"
finish
