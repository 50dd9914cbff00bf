#!/bin/bash
# The smallest input that shows a broken contract, and the command that shows it again.
. "$(dirname "$0")/lib.sh"

skip_without_sandbox "$CUPEL" doctor
[ -x /usr/bin/python3 ] || { echo "skipped: no /usr/bin/python3"; exit 77; }

# Requests of twenty fields, of which one is 0 in the third: no filter for the base, a filter for the candidate.
orders=$scratch/orders
mkdir -p "$orders/samples"
cat >"$orders/orders.py" <<'P'
import json, sys

request = json.load(sys.stdin)
orders = [{"id": n, "status": n % 3 + 1} for n in range(12)]
status = request.get("status")
if status not in (None, 0, ""):
    orders = [order for order in orders if order["status"] == status]
json.dump({"items": orders[: request.get("limit", 100)], "page": request.get("page", 1)}, sys.stdout)
P
cat >"$orders/cupel.json" <<'J'
{ "version": 1, "workloads": [ { "name": "orders", "kind": "command", "run": ["python3", "-S", "orders.py"], "samples": "samples/orders.jsonl" } ] }
J
/usr/bin/python3 - >"$orders/samples/orders.jsonl" <<'P'
import json
for i, status in enumerate([1, 2, 0]):
    request = {f"field{n}": [n, {"deep": "x" * n}] for n in range(17)}
    request.update({"status": status, "limit": 50 + i, "page": i + 1})
    print(json.dumps({"id": f"order-{i}", "args": ["--format", "json"], "env": {"MODE": "fast"},
                      "stdin": json.dumps(request, indent=1) + "\n"}))
P
git -C "$orders" init -q -b main
commit "$orders" "As it is"
patch_of "$orders" orders.py 's/not in (None, 0, "")/not in (None, "")/' >"$scratch/literal.patch"
expect 8 "CONTRACT BROKEN" "a candidate that takes 0 literally" "$CUPEL" run -q --repo "$orders" "$scratch/literal.patch"
cp "$scratch/out" "$scratch/card"
smallest='{"id": "order-2", "stdin": "{\"status\":0}\n"}'
expect 0 "input   $smallest" "has the one field as its input" cat "$scratch/card"
expect 0 "differs only when stdin /status is 0" "and what it hangs on" cat "$scratch/card"
id=$(sed -n 's/.*cupel reproduce \([0-9a-f]*\) 1$/\1/p' "$scratch/card")
reports=$(echo "$XDG_STATE_HOME"/cupel/*/reports)
expect 0 "$smallest" "a file beside the report" cat "$reports/$id/1.jsonl"
expect 0 "follows from the raw data" "the report" "$CUPEL" recheck "$reports/$id.json"

expect 0 "Reproduced: finding 1 of report $id, emptied stdout /items" "the finding again" \
    "$CUPEL" reproduce -q --repo "$orders" "$id" 1
cp "$scratch/out" "$scratch/sheet"
expect 0 "               after   []" "with what changed" cat "$scratch/sheet"
expect 0 '"pointer":"/items"' "the same by its place, for a program" \
    "$CUPEL" reproduce -q --repo "$orders" "${id:0:6}" emptied:/items --json
sed 's/\\"status\\":0/\\"status\\":1/' "$reports/$id/1.jsonl" >"$scratch/one.jsonl"
expect 8 "Base and candidate answer alike." "another input does not show it" \
    "$CUPEL" reproduce -q --repo "$orders" "$id" 1 --input "$scratch/one.jsonl"
expect 2 'has no finding "2"; it has 1 emptied:/items' "a finding that is not there" \
    "$CUPEL" reproduce -q --repo "$orders" "$id" 2
cp "$orders/samples/orders.jsonl" "$scratch/many.jsonl"
expect 2 "3 samples; one is asked again at a time" "more than one input" \
    "$CUPEL" reproduce -q --repo "$orders" "$id" 1 --input "$scratch/many.jsonl"

# Where the patch was not kept.
rm "$reports"/../patches/*
expect 2 "is not kept here" "without the patch" "$CUPEL" reproduce -q --repo "$orders" "$id" 1
expect 0 "Reproduced" "with it" "$CUPEL" reproduce -q --repo "$orders" "$id" 1 --patch "$scratch/literal.patch"
rm "$reports"/../patches/*
patch_of "$orders" orders.py 's/range(12)/range(11)/' >"$scratch/other.patch"
expect 2 "the patch is not the one that report $id is about" "with another one" \
    "$CUPEL" reproduce -q --repo "$orders" "$id" 1 --patch "$scratch/other.patch"
finish
