#!/bin/bash
# Layout variants of the base: built beside a gain, measured, told on the card, and cautioned about where they move the
# figure as a gain would. The variants are of a real program: one reaches the compiler, others don't build, build
# the same bytes, or answer otherwise.
. "$(dirname "$0")/lib.sh"

repository=$scratch/sum
make_repository "$repository"
cat >"$repository/Makefile" <<'M'
CFLAGS = -O1
sum: sum.c
	$(CC) $(CFLAGS) $(LAYOUT) -o $@ sum.c
M
cat >"$repository/sum.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

#ifndef PASSES
#define PASSES 2
#endif
#ifndef STEP
#define STEP 1
#endif

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    volatile unsigned long sum = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        sum = 0;
        for (unsigned long round = 0; round < 1000000; round++)
            sum += STEP * (round % (n + 7));
    }
    printf("{\"n\": %lu, \"sum\": %lu}\n", n, sum);
    return 0;
}
C
# configuration LIST: the layout variants.
configuration() {
    cat >"$repository/cupel.json" <<J
{ "version": 1, "build": [["make"]], "layout_variants": $1,
  "workloads": [ { "name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl", "block_s": 0 } ] }
J
}
# Twice the work stands for what layout does on an unlucky day: this machine's own effect is not to be relied on.
configuration '[
    { "name": "aligned", "environment": { "LAYOUT": "-falign-functions=64 -falign-loops=32" } },
    { "name": "unlucky", "build": [["make", "LAYOUT=-DPASSES=4"]] },
    { "name": "same", "environment": { "NOBODY_LOOKS": "1" } },
    { "name": "broken", "environment": { "LAYOUT": "-fno-such-option" } },
    { "name": "twice", "environment": { "LAYOUT": "-DSTEP=2" } } ]'
commit "$repository" "Name layout variants"
patch_of "$repository" sum.c 's/PASSES 2/PASSES 1/' >"$scratch/once.patch"
patch_of "$repository" sum.c 's/STEP 1/STEP 3/' >"$scratch/wrong.patch"

# Where valgrind is there it counts instructions, and the card says so.
mkdir -p "$XDG_CONFIG_HOME/cupel"
if [ -x /usr/bin/valgrind ]; then
    printf '{"instructions": "valgrind"}\n' >"$XDG_CONFIG_HOME/cupel/operator.json"
else
    echo "skipped: instructions by valgrind, since there is no /usr/bin/valgrind"
fi
expect 0 "layout aligned" "a gain beside its variants" "$CUPEL" run -q --repo "$repository" "$scratch/once.patch"
cp "$scratch/both" "$scratch/card"
if [ "$failures" != 0 ] && grep -q "sandbox" "$scratch/card"; then exit 77; fi
id=$(sed -n 's/.*cupel sign \([0-9a-f]*\).*/\1/p' "$scratch/card" | head -1)
# says FILE TEXT: over line ends.
says() {
    checks=$((checks + 1))
    if tr -s '\n ' ' ' <"$1" | grep -qF -- "$2"; then printf 'ok      says "%s"\n' "$2"; else fail "says nothing of \"$2\"" "$1"; fi
}
says "$scratch/card" "layout same: it builds to the same bytes as the base"
says "$scratch/card" 'layout broken: it does not build: `make` ended with exit status 2'
says "$scratch/card" "layout twice: it answers sample"
says "$scratch/card" 'A change of layout alone ("unlucky") moved it by up to'
"$CUPEL" show --format json --repo "$repository" "$id" >"$scratch/view.json"
"$CUPEL" show --format markdown --repo "$repository" "$id" >"$scratch/card.md"
says "$scratch/card.md" "**Caution**"
if [ -x /usr/bin/valgrind ]; then
    says "$scratch/card" "fewer instructions"
    checks=$((checks + 1))
    python3 - "$scratch/view.json" <<'P' || fail "the counted instructions" "$scratch/view.json"
import json, sys
counts = json.load(open(sys.argv[1]))["candidates"][0]["workloads"][0]["counts"]
before, after = (counts[arm]["valgrind_instructions"] for arm in ("base", "candidate"))
assert before["steady"] and after["steady"] and before["samples"] == after["samples"] > 0, counts
assert after["value"] < 0.9 * before["value"], counts
P
    rm "$XDG_CONFIG_HOME/cupel/operator.json"
fi
checks=$((checks + 1))
python3 - "$scratch/view.json" <<'P' || fail "the rows of variants" "$scratch/view.json"
import json, sys
view = json.load(open(sys.argv[1]))
rows = view["candidates"][0]["measurements"]
names = ["aligned", "unlucky", "same", "broken", "twice"]
for row in rows:
    assert [v["variant"] for v in row["layout"]] == names, row["layout"]
    assert [len(v["pairs"]) for v in row["layout"]] == [8, 8, 0, 0, 0], row["layout"]
primary = rows[0]
assert primary["layout"][1]["gain"]["high"] < 0 and primary["caution"]
assert all(v["problem"] for v in primary["layout"][2:])
assert not any(p["phase"] == "layout" for p in primary["pairs"])
P
expect 0 "follows from the raw data" "it can be recomputed" "$CUPEL" recheck "$scratch/view.json"

# A patch that is broken or gains nothing has no variants built for it, and a batch builds them once.
expect 8 "CONTRACT BROKEN" "a wrong answer first" "$CUPEL" run -q --repo "$repository" "$scratch/wrong.patch"
checks=$((checks + 1))
grep -q "layout" "$scratch/both" && fail "variants of a refused patch" "$scratch/both"
mkdir "$scratch/folder"
cp "$scratch/once.patch" "$scratch/folder/a.patch"
sed '/^+#define/s/1$/(1)/' "$scratch/once.patch" >"$scratch/folder/b.patch"
builds() { find "$scratch/state" -name 'layout-aligned.log' | wc -l; }
before=$(builds)
expect 0 "recommended" "a batch" "$CUPEL" batch -q --repo "$repository" "$scratch/folder"
checks=$((checks + 1))
[ "$(builds)" = $((before + 1)) ] || fail "variants of a batch are built once: $(builds) logs, $before before"
finish
