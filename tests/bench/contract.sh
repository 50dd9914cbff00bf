#!/bin/sh
# Compares answers with bench_contract, and beside it in the same run with `jq -S` + cmp and Python's json.
#   contract.sh FOLDER_OF_BENCH_CONTRACT [RECORDS]
set -eu
bench="${1:?usage: contract.sh FOLDER_OF_BENCH_CONTRACT [RECORDS]}/bench_contract"
records="${2:-60000}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 - "$records" <<'PYTHON'
import json
import random
import sys

random.seed(1)


def record(i):
    return {"id": i, "name": "customer %d" % i, "email": "c%d@example.org" % i,
            "price": round(random.random() * 1000, 2), "quantity": random.randrange(100),
            "tags": ["a", "b%d" % (i % 7)],
            "address": {"street": "Main %d" % i, "city": "Berlin", "zip": "%05d" % i},
            "active": i % 3 == 0, "note": None}


def shuffled(value):
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


def write(name, value):
    with open(name, "w") as file:
        json.dump(value, file)


rows = [record(i) for i in range(int(sys.argv[1]))]
write("base.json", {"items": rows})
write("equal.json", {"items": rows})
write("reordered.json", shuffled({"items": rows}))
write("changed.json", {"items": [dict(row, price=row["price"] + 1) for row in rows]})
few = rows[:3000]
write("few.json", few)
write("tenth.json", [dict(row, price=-1) if i % 10 == 0 else row for i, row in enumerate(few)])
PYTHON

# Milliseconds of CPU time of a command, the best of three.
cpu_ms() {
    python3 -c '
import resource, subprocess, sys
best = None
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["sh", "-c", sys.argv[1]], stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    best = took if best is None else min(best, took)
print("%.1f" % (best * 1e3))' "$1"
}

# Milliseconds that Python needs to read and compare, without its start.
python_ms() {
    python3 -c '
import json, sys, time
best = None
for _ in range(3):
    start = time.process_time()
    same = json.loads(open(sys.argv[1]).read()) == json.loads(open(sys.argv[2]).read())
    took = time.process_time() - start
    best = took if best is None else min(best, took)
print("%.1f" % (best * 1e3))' "$1" "$2"
}

row() {
    bytes=$(wc -c <"$3")
    ours=$("$bench" "$2" "$3")
    kept=$(echo "$ours" | awk '/base kept/ {print $3}')
    alone=$(echo "$ours" | awk '/two documents/ {print $3}')
    python=$(python_ms "$2" "$3")
    jq=-
    if command -v jq >/dev/null; then
        jq=$(cpu_ms "jq -S . $2 >a.out; jq -S . $3 >b.out; cmp -s a.out b.out")
    fi
    echo "$1 $bytes $kept $alone $jq $python" | awk '{
        printf "%-12s %6.1f MB | base kept %8.2f ms %7.0f MB/s | alone %8.2f ms %6.0f MB/s | ", $1, $2/1e6, $3,
            $2/$3/1e3, $4, $2/$4/1e3
        if ($5 != "-") printf "jq -S + cmp %8.1f ms (%.0f, %.1f x) | ", $5, $5/$3, $5/$4
        printf "python %7.1f ms (%.0f, %.1f x)\n", $6, $6/$3, $6/$4 }'
}

echo "CPU time, best of several; MB/s of one body; (peer / base kept, peer / alone)"
row byte-equal base.json equal.json
row reordered base.json reordered.json
row all-changed base.json changed.json
row 3000-tenth few.json tenth.json
