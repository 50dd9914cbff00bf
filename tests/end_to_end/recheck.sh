#!/bin/bash
# What `cupel run` reports can be recomputed from what it reports; what somebody changed in it is named.
. "$(dirname "$0")/lib.sh"

repository=$scratch/sum
make_repository "$repository"
sed -i 's/ROUNDS 200000/ROUNDS 2000000/' "$repository/sum.c"
sed -i 's/"block_s": 0.02/"block_s": 0/' "$repository/cupel.json"
commit "$repository" "More work"
skip_without_sandbox "$CUPEL" check --repo "$repository"

patch_of "$repository" sum.c 's/volatile unsigned long sum = 0;/unsigned long sum = 0, rest = 0;/
s/        sum += round % (n + 7);/    { sum += rest; if (++rest == n + 7) rest = 0; }/' >"$scratch/faster.patch"
patch_of "$repository" sum.c 's/#include <stdio.h>/&\n#include <sys\/types.h>/' >"$scratch/same.patch"
patch_of "$repository" sum.c 's/ROUNDS 2000000/ROUNDS 1000000/' >"$scratch/wrong.patch"
patch_of "$repository" sum.c 's/return 0;/return 0/' >"$scratch/broken.patch"
sed 's/ROUNDS 2000000/ROUNDS 3000000/' "$scratch/wrong.patch" >"$scratch/elsewhere.patch"
patch_of "$repository" Makefile 's/-O1/-O2/' >"$scratch/makefile.patch"

for patch in faster same wrong broken elsewhere makefile; do
    "$CUPEL" run -q --json --repo "$repository" "$scratch/$patch.patch" >"$scratch/$patch.json" 2>"$scratch/$patch.err"
    checks=$((checks + 1))
    [ -s "$scratch/$patch.json" ] || fail "$patch: no report" "$scratch/$patch.err"
    expect 0 "follows from the raw data" "$patch: the view" "$CUPEL" recheck "$scratch/$patch.json"
done
for report in "$XDG_STATE_HOME"/cupel/*/reports/*.json; do
    expect 0 '"equal":true' "stored $(basename "$report")" "$CUPEL" recheck --json "$report"
done

# changed NAME POINTER SED-SCRIPT: the view with an edit is exit 8, and says where.
changed() {
    checks=$((checks + 1))
    sed "$3" "$scratch/faster.json" >"$scratch/changed.json"
    cmp -s "$scratch/faster.json" "$scratch/changed.json" && fail "$1: the edit changes nothing"
    expect 8 "$2" "$1" "$CUPEL" recheck "$scratch/changed.json"
}
changed "another verdict" "/candidates/0/verdict" 's/"verdict":"[a-z-]*"/"verdict":"refused"/'
changed "another gain" "/candidates/0/measurements/0/gain/low" 's/"gain":{"high":\([0-9.-]*\),"low":[0-9.-]*/"gain":{"high":\1,"low":0.9/'
changed "another name" "/candidates/0/digest" 's/"name":"[^"]*faster.patch"/"name":"other"/'
changed "another pair" "/candidates/0/digest" 's/"phase":"size"/"phase":"guard"/'
changed "a batch of fifty" "/family/limit" 's/"size":[01]}/"size":50}/'

expect 2 "no such file" "no file" "$CUPEL" recheck "$scratch/absent.json"
expect 2 "not a cupel report" "another document" "$CUPEL" recheck "$repository/cupel.json"
expect 2 "occurs twice" "a key twice" "$CUPEL" recheck <(sed 's/^{/{"id":"x",/' "$scratch/same.json")
head -c 1000 "$scratch/same.json" >"$scratch/torn.json"
expect 2 "line 1, column" "a torn file" "$CUPEL" recheck "$scratch/torn.json"
finish
