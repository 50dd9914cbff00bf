#!/bin/bash
# `cupel diff`: exit status and words for what is the same, differs, or could not be compared. Needs no sandbox.
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

printf '{"id": 7, "price": 1.50, "tags": ["a", "b"], "at": "12:00"}' >before.json
printf '{"price": 1.5, "id": 7, "at": "12:00", "tags": ["a", "b"]}' >reordered.json
printf '{"id": 8, "price": 1.50, "tags": ["a"], "at": "12:01"}' >other.json
printf '{"id": 7, "price": 1.50, "tags": ["a", "b"], "at": "12:01"}' >later.json
printf '{"id": 7' >torn.json

expect 0 'Same, byte by byte' 'equal bytes' "$CUPEL" diff before.json before.json
expect 0 'number-spelling  /price' 'equal values, and how they were spelled' "$CUPEL" diff before.json reordered.json
expect 1 'value  /id' 'another value' "$CUPEL" diff before.json other.json
expect 1 'length  /tags' 'a shorter array' "$CUPEL" diff before.json other.json
expect 1 'value  line 1' 'the same as text' "$CUPEL" diff --as text before.json reordered.json
expect 1 'differing from byte 2' 'the same as bytes' "$CUPEL" diff --as bytes before.json reordered.json
expect 1 'became-unparsable' 'an answer that broke off' "$CUPEL" diff before.json torn.json
expect 2 'Not compared' 'nothing to hold it against' "$CUPEL" diff --as json torn.json before.json
expect 2 'Not compared' 'unreadable on both sides' "$CUPEL" diff --as json torn.json torn.json
expect 0 'Same' 'which as text is the same' "$CUPEL" diff torn.json torn.json

# JSON lines, standard input, pipes.
printf '{"a":1}\n{"a":2}\n' >before.jsonl
printf '{"a":1}\n{"a":3}\n' >after.jsonl
expect 1 'value  /1/a' 'a line of JSON' "$CUPEL" diff before.jsonl after.jsonl
expect 1 'value  /1/a' 'standard input' bash -c '"$CUPEL" diff before.jsonl - <after.jsonl'
expect 0 'Same' 'a pipe' bash -c '"$CUPEL" diff <(cat before.jsonl) before.jsonl'
expect 2 'only one of' 'standard input twice' "$CUPEL" diff - -

# Rules: a list, an object, with comments; what they hide is told.
printf '// the clock\n[{"path": "/at", "noisy": true}, {"path": "/gone", "ignore": true},]' >rules.json
printf '{"rules": [{"path": "/at", "ignore": true}]}' >object.json
expect 0 '/at: 1 × value, by noisy at /at' 'a rule that hides' "$CUPEL" diff --rules rules.json before.json later.json
expect 0 'Unused     ignore at /gone' 'a rule that matches nothing' "$CUPEL" diff --rules rules.json before.json before.json
expect 0 'by ignore at /at' 'rules in an object' "$CUPEL" diff --rules object.json before.json later.json
expect 1 'value  /id' 'rules hide nothing else' "$CUPEL" diff --rules rules.json before.json other.json
expect 0 '"relation":"tolerated"' 'as JSON' "$CUPEL" diff --json --rules rules.json before.json later.json
printf '[\n{"path": "/at", "noise": true}]' >bad.json
expect 2 'bad.json:2: /0/noise: unknown key; did you mean "noisy"?' 'a rule that is none' "$CUPEL" diff --rules bad.json before.json later.json
expect 2 'torn.json:1:9: expected' 'rules that break off' "$CUPEL" diff --rules torn.json before.json later.json
printf '{"rule": []}' >bad.json
expect 2 'did you mean "rules"?' 'an object that holds something else' "$CUPEL" diff --rules bad.json before.json later.json

# Trouble, and text that would write on the terminal.
expect 2 'absent.json: no such file' 'a missing file' "$CUPEL" diff before.json absent.json
expect 2 'is a folder' 'a folder' "$CUPEL" diff before.json .
expect 2 'AFTER' 'one file only' "$CUPEL" diff before.json
expect 2 'known: auto, json' 'an unknown kind' "$CUPEL" diff --as xml before.json before.json
printf '{"\\u001b[2J": "\033[31m"}' >hostile.json
printf '{"\\u001b[2J": "x"}' >tame.json
expect 1 '\x1b[2J' 'a key that would clear the screen' "$CUPEL" diff --as json tame.json <(printf '{"\\u001b[2J": "y"}')
expect 1 'became-unparsable' 'a raw control byte' "$CUPEL" diff tame.json hostile.json
checks=$((checks + 1))
grep -q $'\033' "$scratch/both" && fail 'an escape sequence came through' "$scratch/both"
python3 -c 'print("[" * 10000 + "]" * 10000)' >deep.json 2>/dev/null
if [ -s deep.json ]; then
    sed 's/\[\]/[1]/' deep.json >deeper.json
    expect 2 'nested deeper than 1024' 'too deep on both sides' "$CUPEL" diff --as json deep.json deeper.json
    expect 1 'depth  the whole' 'too deep afterwards' "$CUPEL" diff before.json deeper.json
fi
expect 2 'could not be printed' 'a full disk' bash -c '"$CUPEL" diff before.json other.json >/dev/full'
finish
