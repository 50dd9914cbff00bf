#!/usr/bin/env bash
# The machine's calibration: measured without a repository, kept for all of them, shown in reports, refused when it is
# damaged; Ctrl-C leaves nothing.
source "$(dirname "$0")/lib.sh"
stored=$XDG_STATE_HOME/cupel/calibration.json
cd "$scratch" || exit 1
leftovers >"$scratch/before"

expect 2 '--time-budget must be from 5 to 3600 seconds' 'too little time is refused' "$CUPEL" calibrate --time-budget 2
expect 2 'has no option "--repo"' 'a repository is not asked for' "$CUPEL" calibrate --repo .
expect 0 'The machine was not calibrated' 'doctor says that there is none' "$CUPEL" doctor

expect 0 'gain that is shown in' 'calibrate measures' "$CUPEL" calibrate --time-budget 6
grep -qF "Stored in $stored" "$scratch/out" || fail 'calibrate says where it is kept' "$scratch/out"
grep -qE '^[0-9,-]+ +compute +CPU time' "$scratch/out" || fail 'calibrate shows a row a set' "$scratch/out"
expect_clean 'calibrate leaves nothing behind'

expect 0 '"cupel_calibration":1' 'calibrate prints JSON' "$CUPEL" calibrate --json --quiet --time-budget 5
# A sanitizer's notes about the sandbox's stacks are not ours.
grep -vE '^==[0-9]+==|^False positive|^For details see' "$scratch/err" >"$scratch/said" &&
    fail 'calibrate --quiet is not quiet' "$scratch/said"
grep -qF "\"digest\":\"sha256:$(sha256sum <"$stored" | cut -d' ' -f1)\"" "$scratch/out" ||
    fail 'the digest is that of the stored document' "$scratch/out"
expect 0 'The machine was calibrated on 20' 'doctor says that there is one' "$CUPEL" doctor

repo=$scratch/repo
make_repository "$repo"
patch_of "$repo" sum.c 's/volatile unsigned long sum = 0;/unsigned long sum = 0, rest = 0;/
s/        sum += round % (n + 7);/    { sum += rest; if (++rest == n + 7) rest = 0; }/' >"$scratch/faster.patch"
run() {
    "$CUPEL" run --repo "$repo" --json --quiet "$scratch/faster.patch" >"$scratch/report" 2>"$scratch/err" </dev/null
    case $? in 0 | 3 | 4 | 8) ;; *) fail "$1: run exits with $?" "$scratch/err" ;; esac
}
# says NEEDLE NAME: the latest report holds it.
says() {
    checks=$((checks + 1))
    if grep -qF -- "$1" "$scratch/report"; then printf 'ok      %s\n' "$2"; else fail "$2" "$scratch/report"; fi
}
run 'with a calibration'
says "\"calibration\":{\"created\":\"$(sed 's/.*"created":"\([^"]*\)".*/\1/' "$stored")\",\"digest\":\"sha256:$(
    sha256sum <"$stored" | cut -d' ' -f1)\"" 'a report names the calibration'
expect 0 'follows' 'such a report is rechecked' "$CUPEL" recheck "$scratch/report"

sed -i 's/"cupel_calibration"/"cupel_calibratiom"/' "$stored"
expect 0 'is damaged, or of another cupel' 'doctor says that it is damaged' "$CUPEL" doctor
run 'with a damaged calibration'
says '"calibration":null' 'a report names no damaged calibration'
says "The machine's calibration is damaged, or of another cupel; \`cupel calibrate\` makes a new one." 'and says why'

rm "$stored"
setsid "$CUPEL" calibrate >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
for _ in $(seq 200); do grep -q ' on CPU ' "$scratch/err" && break; sleep 0.1; done
kill -INT -- "-$pid"
wait "$pid"
status=$?
checks=$((checks + 2))
[ "$status" = 130 ] || fail "Ctrl-C: exit status $status, expected 130" "$scratch/err"
[ ! -e "$stored" ] || fail 'Ctrl-C stores nothing'
expect_clean 'Ctrl-C leaves nothing'
finish
