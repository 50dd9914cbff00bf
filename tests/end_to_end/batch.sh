#!/bin/bash
# `cupel batch`: one ranked report of many candidates; killed at every stage, it goes on without losing or repeating one.
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

repository=$scratch/repository
make_repository "$repository"
# Enough work that the gain is told on a busy machine, too.
sed -i 's/ROUNDS 200000/ROUNDS 3000000/' "$repository/sum.c"
commit "$repository" "More work"
cd "$scratch" || exit 1
mkdir proposals

# Whole periods at once instead of a division each round: the same answers for a fraction of the work.
python3 - "$repository/sum.c" <<'P' || exit 1
import sys
text = open(sys.argv[1]).read()
old = "    for (unsigned long round = 0; round < ROUNDS; round++)\n        sum += round % (n + 7);\n"
new = """    unsigned long period = n + 7, whole = ROUNDS / period, rest = ROUNDS % period;
    sum = whole * (period * (period - 1) / 2) + rest * (rest - 1) / 2;
"""
assert old in text
open(sys.argv[1], "w").write(text.replace(old, new))
P
git -C "$repository" diff >proposals/1-periods.patch
git -C "$repository" checkout -q -- sum.c
{
    printf 'From: Twin <twin@example.org>\nSubject: [PATCH] The same again\n\nCount it up.\n---\n'
    cat proposals/1-periods.patch
} >proposals/2-twin.patch
patch_of "$repository" sum.c '1i /* Sums. */' >proposals/3-comment.patch
patch_of "$repository" sum.c 's/(n + 7)/(n + 8)/' >proposals/4-other-sum.patch
patch_of "$repository" cupel.json 's/0.02/0.03/' >proposals/5-lower-the-bar.patch
sed 's/ROUNDS 3000000/ROUNDS 4000000/; s/^-/-\/\/ /' proposals/4-other-sum.patch | sed 's/^-\/\/ --/---/' >proposals/6-elsewhere.patch

# ask EXPRESSION: of the JSON view in `out`, as `view`; of its candidates by name, as `by`.
ask() {
    checks=$((checks + 1))
    if python3 -c '
import json, sys
view = json.load(open(sys.argv[1]))
by = {c["name"].rsplit("/", 1)[-1]: c for c in view["candidates"]}
sys.exit(0 if eval(sys.argv[2]) else 1)' "$scratch/out" "$1" 2>"$scratch/both"; then
        printf 'ok      %s\n' "$1"
    else
        fail "not so: $1" "$scratch/both"
    fi
}

expect 0 '"cupel_report":1' "a folder of patches" "$CUPEL" batch --repo "$repository" --json proposals
cp "$scratch/out" "$scratch/first.json"
ask 'view["candidates"][0]["name"].endswith("1-periods.patch") and view["candidates"][0]["rank"] == 1'
ask 'by["1-periods.patch"]["verdict"] == "recommended"'
ask 'by["1-periods.patch"]["duplicates"] == ["2-twin.patch"]'
ask '"Twin <twin@example.org>" in by["1-periods.patch"]["patch"]["people"]'
ask 'by["3-comment.patch"]["verdict"] == "no-effect"'
ask 'by["4-other-sum.patch"]["verdict"] == "contract-broken"'
ask 'by["5-lower-the-bar.patch"]["verdict"] == "refused"'
ask 'by["6-elsewhere.patch"]["verdict"] == "does-not-apply"'
ask 'view["batch"]["submitted"] == 6 and view["batch"]["distinct"] == 5'
ask 'view["family"]["size"] == 4 and view["family"]["closed"]'

batch=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["id"])' "$scratch/first.json")
expect 0 "1-periods.patch" "the ranked report again" "$CUPEL" show --repo "$repository" "$batch"
checks=$((checks + 1))
if "$CUPEL" show --repo "$repository" --json "$batch" 2>"$scratch/both" | cmp -s - "$scratch/first.json"; then
    printf 'ok      the view again, byte for byte\n'
else
    fail "the view again differs from the first" "$scratch/both"
fi
expect 0 "RECOMMENDED" "each of its reports" "$CUPEL" show --repo "$repository" \
    "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["candidates"][0]["id"])' "$scratch/first.json")"
expect 0 "batch: cupel show $batch" "the list names it" "$CUPEL" list --repo "$repository"
expect 2 "is finished" "nothing is left of it to resume" "$CUPEL" batch --repo "$repository" --resume "$batch"
expect 2 "no batch of this repository is unfinished" "nothing at all" "$CUPEL" batch --repo "$repository" --resume
expect 2 "SOURCE" "no source" "$CUPEL" batch --repo "$repository"
expect 2 "knows no batch ffff" "an unknown batch" "$CUPEL" batch --repo "$repository" --resume ffff
expect 2 "nowhere" "a source that isn't there" "$CUPEL" batch --repo "$repository" nowhere
expect 2 "no batch of this repository is unfinished" "and it leaves nothing to resume" "$CUPEL" batch --repo "$repository" --resume
expect 3 "" "another batch" "$CUPEL" batch --repo "$repository" --json proposals/3-comment.patch
expect 2 'both begin with ""' "an id cut short to that of two" "$CUPEL" batch --repo "$repository" --resume ""

# A report that is gone, or not the one that the ledger knows, is never shown as part of the batch.
report=$(ls "$XDG_STATE_HOME"/cupel/*/reports/"$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["candidates"][0]["id"])' "$scratch/first.json")".json)
mv "$report" "$scratch/report"
expect 2 "is gone" "a report that is gone" "$CUPEL" show --repo "$repository" "$batch"
sed 's/"verdict":"recommended"/"verdict":"no-effect"/' "$scratch/report" >"$report"
expect 2 "is not the one that the ledger knows" "a changed report" "$CUPEL" show --repo "$repository" --json "$batch"
mv "$scratch/report" "$report"

# The same by standard input, as predictions.
python3 - proposals/1-periods.patch proposals/4-other-sum.patch >predictions.jsonl <<'P'
import json, sys
for number, path in enumerate(sys.argv[1:]):
    print(json.dumps({"instance_id": f"example-{number}", "model_name_or_path": "model-x",
                      "model_patch": "Here is the diff:\n```diff\n" + open(path).read() + "```\n"}))
P
checks=$((checks + 1))
if "$CUPEL" batch --repo "$repository" --json - <predictions.jsonl >"$scratch/out" 2>"$scratch/err"; then
    printf 'ok      predictions on standard input\n'
else
    fail "predictions on standard input" "$scratch/err"
fi
ask 'by["example-0"]["verdict"] == "recommended" and by["example-0"]["claim"]["model"] == "model-x"'
ask 'by["example-1"]["verdict"] == "contract-broken"'

# Killed as soon as the ledger knows of one more stage, again and again.
export XDG_STATE_HOME=$scratch/killed
expect 0 "killed" "killed behind every stage, it repeats none" \
    python3 "$here/kill_batch.py" "$XDG_STATE_HOME" "$CUPEL" "$repository" proposals
ask 'by["1-periods.patch"]["verdict"] == "recommended" and by["1-periods.patch"]["duplicates"] == ["2-twin.patch"]'
ask '[c["verdict"] for c in view["candidates"]].count("error") == 0 and len(by) == 5'
finish
