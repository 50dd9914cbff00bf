#!/bin/bash
# Workers by the installed command line: the shipped project and adapters, and each way in which a worker can misbehave.
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

skip_without_sandbox "$CUPEL" doctor
[ -x /usr/bin/python3 ] || { echo "skipped: no /usr/bin/python3"; exit 77; }

# project FOLDER FILE…: a repository of these files.
project() {
    local folder=$1
    shift
    mkdir -p "$folder" && cp -r "$@" "$folder"
    git -C "$folder" init -q -b main
    commit "$folder" "As it is"
}

shop=$scratch/customers
project "$shop" "$root"/examples/worker/customers/{cupel.json,top.py,worker.py,samples}
sed -i 's|"primary": "cpu", |"primary": "cpu", "size": "/orders", |' "$shop/cupel.json"
commit "$shop" "Say what it grows with"
# However busy the machine is: whether a verdict is to be had here is another question.
checked() {
    checks=$((checks + 1))
    "$CUPEL" check --repo "$2" >"$scratch/both" 2>&1 </dev/null
    case $? in
    0 | 4) grep -q "a run: " "$scratch/both" && printf 'ok      %s\n' "$1" || fail "$1: no figures" "$scratch/both" ;;
    *) fail "$1: exit status $?" "$scratch/both" ;;
    esac
}
checked "the base of the shipped project" "$shop"
cmp -s "$root"/examples/worker/{adapters,customers}/worker.py || fail "the project's adapter is not the shipped one"
candidates=$root/examples/worker/customers/candidates
expect 0 "RECOMMENDED" "the faster candidate" "$CUPEL" run -q --repo "$shop" "$candidates/01-add-up-in-one-pass.patch"
cp "$scratch/out" "$scratch/card"
expect 0 "p50 latency" "with its latency" cat "$scratch/card"
expect 0 "over n (/orders, " "and how it grows with the request" cat "$scratch/card"
expect 8 'emptied at stdout /top in 6 samples, first "shop-9"' "the one that loses an answer" \
    "$CUPEL" run -q --repo "$shop" "$candidates/02-lose-the-limit-of-zero.patch"
cp "$scratch/out" "$scratch/card"
expect 0 'differs only when request /limit is 0' "with the one value that it hangs on" cat "$scratch/card"
lost=$(sed -n 's/.*cupel reproduce \([0-9a-f]*\) 1$/\1/p' "$scratch/card")
expect 0 '\"limit\":0' "and the request of it again" "$CUPEL" reproduce -q --repo "$shop" "$lost" emptied:/top --json
for report in "$XDG_STATE_HOME"/cupel/*/reports/*.json; do
    expect 0 "follows from the raw data" "its report" "$CUPEL" recheck "$report"
done

# misbehave NAME FINDING SED-SCRIPT: the candidate does so at request 7, and the finding names it.
sed -i 's/"timeout_s": 10/"timeout_s": 1/; s|"size": "/orders", ||' "$shop/cupel.json"
commit "$shop" "Little patience"
misbehave() {
    patch_of "$shop" worker.py "$3" >"$scratch/$1.patch"
    expect 8 "$2" "a candidate that $1" "$CUPEL" run -q --repo "$shop" "$scratch/$1.patch"
    cp "$scratch/out" "$scratch/card"
    expect 0 "CONTRACT BROKEN" "is refused" cat "$scratch/card"
    expect 0 'first "shop-7"' "with the request" cat "$scratch/card"
}
after='/^    request = /a\    if request["id"] == 7:'
misbehave dies "died: exit status 3" "$after sys.exit(3)"
misbehave stalls "gave no answer within 1.0 s" "$after __import__(\"time\").sleep(60)"
misbehave "answers out of order" "answered out of order, id 8 for 7" "$after request[\"id\"] = 8"
misbehave "answers twice" "answered twice" "$after print(\"{}\", flush=True)"

# What is done before the first request counts for nothing, and is told.
# What is known by heart is wrong for any request that was changed.
sed -i 's/"timeout_s": 1/"timeout_s": 5, "block_s": 0.05/; s/"guardrails"/"edge_values": { "cases": 0 }, "guardrails"/' "$shop/cupel.json"
commit "$shop" "Short runs, and no edge values"
patch_of "$shop" worker.py '/^for line/i\known = {}\
for row in [json.loads(line)["request"] for line in open("/samples/top.jsonl")] * 12:\
    known[row["id"]] = {"id": row["id"], "top": top(row["orders"], row["limit"])}\

s/^    answer = .*/    answer = known[request["id"]]/' >"$scratch/known.patch"
expect 8 "start-up takes" "a candidate that answers by heart" "$CUPEL" run -q --repo "$shop" "$scratch/known.patch"
cp "$scratch/out" "$scratch/card"
expect 0 "SUSPICIOUS" "is suspicious" cat "$scratch/card"

# The base's own misbehaviour is the configuration's fault, and said before anything is measured.
sed -i "$after sys.exit(3)" "$shop/worker.py"
commit "$shop" "Die"
expect 2 'sample "shop-7": the base'"'"'s program: died: exit status 3' "a base that dies" "$CUPEL" check --repo "$shop"
git -C "$shop" reset -q --hard HEAD~1
sed -i '/^for line/i\print("ready", flush=True); __import__("time").sleep(0.2)' "$shop/worker.py"
commit "$shop" "Greet"
expect 2 "answered with what is not JSON" "a base that greets" "$CUPEL" check --repo "$shop"
git -C "$shop" reset -q --hard HEAD~1
sed -i '1s/"request"/"args"/; 1s/:{.*/:[]}/' "$shop/samples/top.jsonl"
commit "$shop" "Lose a request"
expect 2 'sample "shop-0": "request" is missing' "a sample without a request" "$CUPEL" check --repo "$shop"

# adapter NAME FILE REQUEST RUN…: the shipped file as it is.
adapter() {
    local name=$1 file=$2 request=$3
    shift 3
    local folder=$scratch/$name words
    words=$(printf ', "%s"' "$@")
    mkdir -p "$folder/samples"
    printf '{"version": 1, "workloads": [{"name": "%s", "kind": "worker", "run": [%s], "samples": "samples/s.jsonl", "block_s": 0.02}]%s}\n' \
        "$name" "${words#, }" "$([ "$name" = c ] && printf ', "build": [["cc", "-O2", "-o", "worker", "worker.c"]]')" >"$folder/cupel.json"
    printf '{"request": %s}\n' "$request" >"$folder/samples/s.jsonl"
    project "$folder" "$root/examples/worker/adapters/$file"
    checked "the adapter for $name" "$folder"
}
adapter c worker.c '{"text": "any"}' ./worker
if [ -x /usr/bin/node ]; then
    adapter node worker.js '{"id": 1, "values": [1, 2, 3]}' node worker.js
else
    echo "skipped: the adapter for node, since there is no /usr/bin/node"
fi
finish
