#!/bin/bash
# No second roll: who asks again gets the pairs of before, however the change is handed in, and whatever ended the
# evaluation that measured them.
. "$(dirname "$0")/lib.sh"

repository=$scratch/sum
make_repository "$repository"
sed -i 's/ROUNDS 200000/ROUNDS 4000000/' "$repository/sum.c"
sed -i 's/"block_s": 0.02/"block_s": 0/' "$repository/cupel.json"
commit "$repository" "More work"
skip_without_sandbox "$CUPEL" check --repo "$repository"

faster='s/volatile unsigned long sum = 0;/unsigned long sum = 0, rest = 0;/
s/        sum += round % (n + 7);/    { sum += rest; if (++rest == n + 7) rest = 0; }/'
patch_of "$repository" sum.c "$faster" >"$scratch/faster.patch"
patch_of "$repository" Makefile 's/-O1/-O1 -g0/' >"$scratch/same.patch"

# of REPORT FILTER…: what Python makes of the first measurement.
of() {
    python3 - "$1" "$2" <<'P'
import json, sys
report = json.load(open(sys.argv[1]))
candidate = report["candidates"][0]
row = candidate["measurements"][0] if candidate["measurements"] else None
print(eval(sys.argv[2]))
P
}
pairs_kept() {
    python3 - "$XDG_STATE_HOME"/cupel/*/ledger.sqlite <<'P'
import sqlite3, sys
ledger = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
print(ledger.execute("SELECT count(*) FROM entries WHERE kind = 'pair'").fetchone()[0])
P
}
# run NAME ARGUMENT…: a report into NAME.json
run() {
    local name=$1
    shift
    "$CUPEL" run --repo "$repository" --json "$@" >"$scratch/$name.json" 2>"$scratch/$name.err" </dev/null
}
# same NAME WANT GOT
same() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ]; then printf 'ok      %s\n' "$1"; else fail "$1: expected $2, got $3"; fi
}

# A refused candidate stays refused, and nothing is run.
run first "$scratch/same.patch"
checks=$((checks + 1))
grep -qE 'measure +sum: at this noise a gain of 15 % (needs about [0-9]+ s; the budget is [0-9]+ s|can.t be shown)' "$scratch/first.err" ||
    fail "what it will take is said before it is spent" "$scratch/first.err"
same "the first time continues nothing" None "$(of "$scratch/first.json" 'row["continues"]')"
same "a change without effect" not-worth-it "$(of "$scratch/first.json" 'candidate["verdict"]')"
kept=$(pairs_kept)
same "every pair is kept" "$kept" "$(of "$scratch/first.json" 'len(row["pairs"])')"
run second "$scratch/same.patch"
checks=$((checks + 1))
grep -q 'sum: continues the .* nothing was measured again' "$scratch/second.err" || fail "so is that it takes nothing" "$scratch/second.err"
same "asked again, all pairs are those of before" "$kept" "$(of "$scratch/second.json" 'row["continues"]["pairs"]')"
same "of that evaluation" "$(of "$scratch/first.json" 'candidate["id"]')" "$(of "$scratch/second.json" 'row["continues"]["evaluation"]')"
same "and none is added" "$kept" "$(pairs_kept)"
same "pair by pair" "$(of "$scratch/first.json" 'row["pairs"]')" "$(of "$scratch/second.json" 'row["pairs"]')"
same "with its e-value" "$(of "$scratch/first.json" 'row["e_value"]')" "$(of "$scratch/second.json" 'row["e_value"]')"
same "its verdict" not-worth-it "$(of "$scratch/second.json" 'candidate["verdict"]')"
same "and its reason" "$(of "$scratch/first.json" 'candidate["workloads"][0]["stopped"]')" "$(of "$scratch/second.json" 'candidate["workloads"][0]["stopped"]')"
same "an assumption says so" True "$(of "$scratch/second.json" 'any("nothing was measured again" in each for each in report["assumptions"])')"
expect 0 'follows from the raw data' 'and it can be recomputed' "$CUPEL" recheck "$scratch/second.json"
expect 3 'nothing was measured again' 'a person reads it' "$CUPEL" run --repo "$repository" "$scratch/same.patch"

# The same change as a commit and as a branch is the same change.
git -C "$repository" checkout -q -b work
git -C "$repository" apply "$scratch/same.patch"
commit "$repository" "No debugging symbols"
git -C "$repository" checkout -q main
run commit --commit "$(git -C "$repository" rev-parse work)"
run branch work
same "as a commit" "$kept" "$(of "$scratch/commit.json" 'row["continues"]["pairs"]')"
same "as a branch" "$kept" "$(of "$scratch/branch.json" 'row["continues"]["pairs"]')"

# No edit of the policy, of the contract or of names starts anew; other samples or another command do, and that is said.
python3 - "$repository" "$scratch" <<'P'
import json, sys
repository, scratch = sys.argv[1:3]
original = json.load(open(repository + "/cupel.json"))
def write(name, edit):
    changed = json.loads(json.dumps(original))
    changed["workloads"][0]["samples"] = "sum.jsonl"
    edit(changed)
    json.dump(changed, open(scratch + "/" + name + ".config", "w"), indent=1)
samples = open(repository + "/samples/sum.jsonl").read()
open(scratch + "/sum.jsonl", "w").write(samples)
open(scratch + "/other.jsonl", "w").write(samples + '{"id": "more", "args": ["5"]}\n')
write("policy", lambda c: c.update(policy={"extends": "default", "minimum_improvement": 0.12, "touch": {"max_lines": 77},
                                           "time_budget_s": 99}))
write("names", lambda c: (c["workloads"][0].update(name="total", weight=3, timeout_s=20, memory_mb=999, stdout="json"),
                          c.update(tests=[["true"]], contract={"rules": []})))
write("samples", lambda c: c["workloads"][0].update(samples="other.jsonl"))
write("longer", lambda c: c["workloads"][0].update(block_s=0.05))
write("command", lambda c: c["workloads"][0].update(cache="warm"))
P
for name in policy names; do
    run "$name" --config "$scratch/$name.config" "$scratch/same.patch"
    same "no other $name" True "$(of "$scratch/$name.json" 'row["continues"]["pairs"] >= '"$kept")"
done
kept=$(pairs_kept)
for name in samples command; do
    run "$name" --config "$scratch/$name.config" "$scratch/same.patch"
    same "another $name" None "$(of "$scratch/$name.json" 'row["continues"]')"
done
same "which is said" True "$(of "$scratch/command.json" 'any("was measured on this base 2 more times" in each for each in report["assumptions"])')"

# Whoever stops a measurement that goes badly, by Ctrl-C or by force, goes on with its pairs.
# stopped SIGNAL STATUS: a run of faster.patch that a signal ends once the ledger has learnt of four more pairs.
stopped() {
    python3 "$(dirname "$0")/when.py" "$XDG_STATE_HOME" pair 4 "kill -$1 \$pid" "$CUPEL" run --repo "$repository" \
        --config "$scratch/longer.config" --json "$scratch/faster.patch" >"$scratch/stopped.json" 2>"$scratch/err" </dev/null
    same "SIG$1 ends it" "$2" "$?"
}
before=$(pairs_kept)
stopped INT 130
interrupted=$(($(pairs_kept) - before))
stopped KILL 137
killed=$(($(pairs_kept) - before))
checks=$((checks + 1))
[ "$interrupted" -ge 4 ] && [ "$killed" -gt "$interrupted" ] || fail "pairs are kept as they come: $interrupted, then $killed"
run faster --config "$scratch/longer.config" "$scratch/faster.patch"
same "what was stopped goes on" "$killed" "$(of "$scratch/faster.json" 'row["continues"]["pairs"]')"
same "and has its five noise pairs once" 5 "$(of "$scratch/faster.json" 'sum(each["phase"] == "noise" for each in row["pairs"])')"
same "and its twelve size pairs" 12 "$(of "$scratch/faster.json" 'sum(each["phase"] == "size" for each in row["pairs"])')"
same "in one chain" $(($(pairs_kept) - before)) "$(of "$scratch/faster.json" 'sum(each["phase"] != "size" for each in row["pairs"])')"
same "with the time of all" True "$(of "$scratch/faster.json" 'candidate["workloads"][0]["seconds"] > candidate["stages"][8]["seconds"]')"
expect 0 'follows from the raw data' 'and it can be recomputed, too' "$CUPEL" recheck "$scratch/faster.json"

# A batch asks with a family's limit, and from the same pairs; so does a run behind a batch. Caches are no memory.
"$CUPEL" gc --repo "$repository" >/dev/null
mkdir "$scratch/folder"
cp "$scratch/same.patch" "$scratch/faster.patch" "$scratch/folder"
run short "$scratch/faster.patch"
patch_of "$repository" Makefile 's/-O1/-O1 -g/' >"$scratch/folder/symbols.patch"
"$CUPEL" batch --repo "$repository" --json "$scratch/folder" >"$scratch/batch.json" 2>"$scratch/batch.err"
same "in a batch, what was known is known" "[0, 1, 1]" "$(of "$scratch/batch.json" \
    'sorted(int(bool(each["measurements"][0]["continues"])) for each in report["candidates"])')"
run symbols "$scratch/folder/symbols.patch"
same "behind a batch, too" True "$(of "$scratch/symbols.json" 'row["continues"]["pairs"] == len(row["pairs"])')"

# A ledger that was tampered with ends the evaluation: a damaged memory is no reason to roll anew.
python3 - "$XDG_STATE_HOME"/cupel/*/ledger.sqlite <<'P'
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1])
trigger = ledger.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries_never_update'").fetchone()[0]
ledger.execute("DROP TRIGGER entries_never_update")
ledger.execute("UPDATE entries SET body = replace(body, '\"phase\":\"decide\"', '\"phase\":\"size\"') WHERE kind = 'pair'")
ledger.execute(trigger)
ledger.commit()
P
expect 1 'does not have its digest' 'a changed pair is damage' "$CUPEL" run --repo "$repository" "$scratch/same.patch"
finish
