#!/usr/bin/env bash
# `cupel batch` in trouble: interrupted, torn, tampered with, its sources changed under it. What is finished stays
# finished, what is not as it was is made anew or refused by name, and nothing is ever trusted for being there.
source "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

repo=$scratch/repo
make_repository "$repo"
sed -i 's/ROUNDS 200000/ROUNDS 2000000/' "$repo/sum.c" # a gain that no load hides
commit "$repo" "Count more"
cd "$scratch" || exit 1
mkdir pair
# Whole periods at once instead of a division each round: the same answers for a fraction of the work.
patch_of "$repo" sum.c '/for (unsigned long round/,/sum += /c\
    unsigned long period = n + 7, whole = ROUNDS / period, rest = ROUNDS % period;\
    sum = whole * (period * (period - 1) / 2) + rest * (rest - 1) / 2;' >pair/1-periods.patch
patch_of "$repo" sum.c 's/(n + 7)/(n + 8)/' >pair/2-other-sum.patch

# when STAGE COUNT ACTION COMMAND…
when() { python3 "$here/when.py" "$XDG_STATE_HOME" "$@"; }
fresh() { export XDG_STATE_HOME=$scratch/state-$1; }
# shellcheck disable=SC2086
kept() { echo "$XDG_STATE_HOME"/cupel/*/kept/*/$1; }
entries() { # NAME EXPRESSION over `rows`: dicts of the ledger's entries
    checks=$((checks + 1))
    if python3 -c '
import glob, json, sqlite3, sys
(path,) = glob.glob(sys.argv[1] + "/cupel/*/ledger.sqlite")
ledger = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
ledger.row_factory = sqlite3.Row
rows = [dict(row) for row in ledger.execute("SELECT * FROM entries ORDER BY seq")]
stages = [(row["candidate"], row["stage"]) for row in rows if row["kind"] == "stage"]
sys.exit(0 if eval(sys.argv[2]) else 1)' "$XDG_STATE_HOME" "$2" 2>"$scratch/why"; then
        printf 'ok      %s\n' "$1"
    else
        fail "$1: not so" "$scratch/why"
    fi
}
ask() { # EXPRESSION over the JSON view in `out`, as `view`; its candidates by name, as `by`
    checks=$((checks + 1))
    if python3 -c '
import json, sys
view = json.load(open(sys.argv[1]))
by = {c["name"].rsplit("/", 1)[-1]: c["verdict"] for c in view["candidates"]}
sys.exit(0 if eval(sys.argv[2]) else 1)' "$scratch/out" "$1" 2>"$scratch/why"; then
        printf 'ok      %s\n' "$1"
    else
        fail "not so: $1" "$scratch/why"
    fi
}
batch() { "$CUPEL" batch --repo "$repo" --json "$@"; }
as_ever='by == {"1-periods.patch": "recommended", "2-other-sum.patch": "contract-broken"}'

# Ctrl-C.
fresh interrupt
expect 130 'go on with `cupel batch --resume' 'Ctrl-C behind a build' when build 2 'kill -INT $pid' \
    "$CUPEL" batch --repo "$repo" --json pair
expect 0 '"cupel_report":1' 'and on again' batch --resume
ask "$as_ever"
entries 'no stage is repeated' 'len(stages) == len(set(stages))'

# Killed in the middle of a build, which leaves half a program that is newer than its source.
fresh half
expect 137 '' 'killed before the base was built' when prepare 1 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
mkdir -p "$(kept 'base-*')/build-base"
printf 'half a program' >"$(kept 'base-*')/build-base/sum"
expect 0 '"cupel_report":1' 'half a build is no build' batch --resume
ask "$as_ever"

# Tampered with between kill and resume.
fresh tampered
expect 137 '' 'killed behind the contract' when contract 2 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
for program in $(kept '*/build-candidate/sum'); do printf '#!/bin/sh\necho "{}"\n' >"$program"; done
for tape in $(kept '*/answers-0'); do printf x >>"$tape"; done
printf x >>"$(kept 'base-*/build-base/sum')"
expect 0 '"cupel_report":1' 'nothing is trusted for being there' batch --resume
ask "$as_ever"
entries 'they are built again' 'sum(stage == "build" for _, stage in stages) > len(set(s for s in stages if s[1] == "build"))'

# Its sources change between kill and resume.
fresh sources
expect 137 '' 'killed behind the sift' when sifted 1 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
cp pair/1-periods.patch periods
sed -i 's/n + 7/n + 9/' pair/1-periods.patch
expect 2 'pair/1-periods.patch changed since the batch began' 'an edited patch' batch --resume
cp periods pair/1-periods.patch
cp periods pair/0-new.patch
expect 2 '3 proposals now, and 2 when the batch began' 'one more patch' batch --resume
rm pair/0-new.patch pair/1-periods.patch
expect 2 '1 proposals now, and 2 when the batch began' 'one patch less' batch --resume
cp periods pair/1-periods.patch
expect 0 '"cupel_report":1' 'put back' batch --resume
ask "$as_ever"

fresh branch
git -C "$repo" checkout -qb ai-fast && git -C "$repo" apply "$scratch/pair/1-periods.patch" && commit "$repo" "Be fast"
expect 137 '' 'a branch' when sifted 1 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json ai-fast
echo >>"$repo/sum.c" && commit "$repo" "Move on"
git -C "$repo" checkout -q main
expect 2 'ai-fast changed since the batch began' 'a branch that moved' batch --resume
git -C "$repo" branch -qD ai-fast

# So do the rules and the questions.
fresh rules
cp "$repo/samples/sum.jsonl" sum.jsonl
sed 's|samples/sum|sum|' "$repo/cupel.json" >rules.json
expect 137 '' 'rules from outside' when contract 1 'kill -KILL $pid' \
    "$CUPEL" batch --repo "$repo" --json --config rules.json pair
sed -i 's/0.02/0.04/' rules.json
expect 2 'the configuration or policy that it is judged by, changed' 'other rules' batch --resume
sed -i 's/0.04/0.02/' rules.json
printf '{"id": "more", "args": ["3"]}\n' >>sum.jsonl
expect 2 'the samples of workload "sum" changed' 'other questions' batch --resume
sed -i '$d' sum.jsonl
expect 0 '"cupel_report":1' 'both put back' batch --resume
ask "$as_ever"

# Edited while it runs: that candidate ends by an error. A later process evaluates it again, unless verdicts may have
# been decided already: reports never change.
fresh settled
expect 137 '' 'edited under a running batch' when sifted 1 \
    "sed -i 's/n + 8/n + 9/' pair/2-other-sum.patch" \
    python3 "$here/when.py" "$XDG_STATE_HOME" error 1 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
sed -i 's/n + 9/n + 8/' pair/2-other-sum.patch
expect 0 '"cupel_report":1' 'an error is no last word' batch --resume
ask "$as_ever"
fresh frozen
expect 1 '"cupel_report":1' 'edited, and not killed' when sifted 1 \
    "sed -i 's/n + 8/n + 9/' pair/2-other-sum.patch" "$CUPEL" batch --repo "$repo" --json pair
ask 'by == {"1-periods.patch": "recommended", "2-other-sum.patch": "error"}'
sed -i 's/n + 9/n + 8/' pair/2-other-sum.patch
for end in closed verdict verdict; do
    python3 "$here/ledger_tail.py" "$XDG_STATE_HOME" "$end"
    expect 1 '"cupel_report":1' "as if killed before the last entry of kind $end" batch --resume
    ask 'by == {"1-periods.patch": "recommended", "2-other-sum.patch": "error"}'
done

# A pipe can be read once.
fresh pipe
python3 - pair/*.patch >pair.jsonl <<'P'
import json, sys
for path in sys.argv[1:]:
    print(json.dumps({"id": path.split("/")[-1], "diff": open(path).read()}))
P
expect 0 '"cupel_report":1' 'a pipe as source' bash -c "\"$CUPEL\" batch --repo \"$repo\" --json <(cat pair.jsonl)"
ask "$as_ever"

# One batch, two who want to go on with it.
fresh twice
expect 137 '' 'killed behind a contract' when contract 1 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
expect 0 '"cupel_report":1' 'the first goes on' when contract 1 \
    "\"$CUPEL\" batch --repo \"$repo\" --resume >second 2>&1; echo \"status \$?\" >>second" \
    "$CUPEL" batch --repo "$repo" --json --resume
checks=$((checks + 1))
grep -q 'is being run already, by' second && grep -q 'status 2' second || fail "the second is not refused" second

# gc beside a batch, and behind one that was killed.
fresh gc
expect 137 '' 'killed with something kept' when build 2 \
    "\"$CUPEL\" gc >living 2>&1; kill -KILL \$pid" "$CUPEL" batch --repo "$repo" --json pair
checks=$((checks + 1))
grep -q 'is used by another cupel' living || fail "gc took what a batch uses" living
expect 0 'freed' 'gc frees what it left' "$CUPEL" gc
checks=$((checks + 1))
[ ! -e "$(kept 'base-*')" ] || fail "gc left what is kept for later"
expect 0 '"cupel_report":1' 'which is built again' batch --resume
ask "$as_ever"

# Its log is torn, as a power cut does it: what is whole counts.
fresh torn
expect 137 '' 'killed late' when contract 2 'kill -KILL $pid' "$CUPEL" batch --repo "$repo" --json pair
cp -r "$XDG_STATE_HOME" torn
for part in 97 80 60; do
    rm -rf "$XDG_STATE_HOME" && cp -r torn "$XDG_STATE_HOME"
    log=$(echo "$XDG_STATE_HOME"/cupel/*/ledger.sqlite-wal)
    truncate -s $(($(stat -c %s "$log") * part / 100)) "$log"
    "$CUPEL" list --repo "$repo" --checkpoint >whole
    expect 0 '"cupel_report":1' "$part % of the log" batch --resume
    ask "$as_ever"
    expect 0 '' 'what was whole is still there' "$CUPEL" list --repo "$repo" --against whole
done

# A base that does not build.
fresh base
git -C "$repo" checkout -qb broken && printf 'sum: sum.c\n\tfalse\n' >"$repo/Makefile" && commit "$repo" "Break the build"
patch_of "$repo" sum.c '1i /* Sums. */' >comment.patch
expect 2 'the base itself does not build' 'the only base' batch comment.patch

# A range: each commit against its own parent. The second stands on a base that does not build.
git -C "$repo" checkout -qb range main && git -C "$repo" apply "$scratch/pair/2-other-sum.patch" && commit "$repo" "Sum otherwise"
other=$(git -C "$repo" rev-parse --short=12 HEAD)
printf 'sum: sum.c\n\tfalse\n' >"$repo/Makefile" && commit "$repo" "Break the build"
breaks=$(git -C "$repo" rev-parse --short=12 HEAD)
echo >>"$repo/sum.c" && commit "$repo" "Add a line"
lost=$(git -C "$repo" rev-parse --short=12 HEAD)
git -C "$repo" checkout -q main
fresh range
expect 1 '"cupel_report":1' 'different parents' batch main..range
names="{c['name'][:12]: c['verdict'] for c in view['candidates']}"
ask "$names == {'$other': 'contract-broken', '$breaks': 'does-not-build', '$lost': 'error'}"
# Only the broken base is left when it goes on: the others have their verdicts all the same.
python3 "$here/ledger_tail.py" "$XDG_STATE_HOME" closed
expect 1 '"cupel_report":1' 'a broken base is no end' batch --resume
ask "$names == {'$other': 'contract-broken', '$breaks': 'does-not-build', '$lost': 'error'}"

# Time out of one candidate alone.
fresh late
mkdir late && cp pair/2-other-sum.patch late
patch_of "$repo" Makefile 's/$(CC)/sleep 100; $(CC)/' >late/3-sleeps.patch
expect 1 '--timeout of 12 s is over' 'a candidate that sleeps' batch --timeout 12 late
ask 'by == {"2-other-sum.patch": "contract-broken", "3-sleeps.patch": "error"}'

# Two batches of one repository at once: nothing of the one is timed while something of the other is.
fresh pair
mkdir other && cp pair/1-periods.patch other/7.patch && patch_of "$repo" Makefile 's/-O1/-O1 -g0/' >other/8.patch
batch other >other.json 2>other.err &
expect 0 '"cupel_report":1' 'two batches at once' batch pair
ask "$as_ever"
wait $!
cp other.json "$scratch/out"
ask 'by["7.patch"] == "recommended" and by["8.patch"] not in ("error", "recommended")'
entries 'and measure in turn' '(lambda runs: len(runs) == 3 and all(a[1] <= b[0] for a, b in zip(runs, runs[1:])))(sorted(
    (at - seconds, at) for row in rows if row["stage"] == "measure"
    for at in [__import__("datetime").datetime.fromisoformat(row["at"][:-1]).timestamp()]
    for seconds in [[s for s in json.loads(row["body"])["document"]["candidates"][0]["stages"]
                     if s["name"] == "measure"][0]["seconds"] - 0.001]))'
finish
