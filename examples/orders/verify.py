#!/usr/bin/env python3
"""Runs every sample on two builds: are the answers byte-identical, and what does the production mix cost?

    verify.py SAMPLES BASE CANDIDATE      e.g. samples/orders.jsonl /tmp/a/build/orders /tmp/b/build/orders

Base and candidate take turns on each sample, in both orders; each sample counts the lesser of its two CPU times.
"""
import json
import os
import pathlib
import sys
import tempfile

samples_path, *binaries = map(pathlib.Path, sys.argv[1:])
FOLDER = samples_path.parent.resolve()


def ask(binary, sample):
    """One process; its exit status, its standard output, and its CPU seconds."""
    args = [arg.replace("${samples}", str(FOLDER)) for arg in sample["args"]]
    with tempfile.TemporaryFile() as out:
        stdin = os.open(FOLDER / sample["stdin_file"] if "stdin_file" in sample else "/dev/null", os.O_RDONLY)
        process = os.posix_spawn(
            binary, [str(binary), *args], {"TZ": "UTC", "LANG": "C.UTF-8"},
            file_actions=[(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, out.fileno(), 1)])
        os.close(stdin)
        _, status, usage = os.wait4(process, 0)
        out.seek(0)
        return (status, out.read()), usage.ru_utime + usage.ru_stime


different, cost = [], {}
for line in samples_path.read_text().splitlines():
    sample = json.loads(line)
    runs = [ask(binary, sample) for binary in binaries + binaries[::-1]]
    if len({answer for answer, _ in runs}) != 1:
        different.append(sample)
    stratum = cost.setdefault(sample["stratum"], [0.0, 0.0, 0.0])
    for slot, value in enumerate((1, min(runs[0][1], runs[3][1]), min(runs[1][1], runs[2][1]))):
        stratum[slot] += sample["weight"] * value

for name, (weight, before, after) in sorted(cost.items()) + [("all", [sum(c) for c in zip(*cost.values())])]:
    print(f"  {name:7} {before / weight * 1e3:7.2f} ms -> {after / weight * 1e3:7.2f} ms CPU a request,"
          f" {(1 - after / before) * 100:+6.1f} % saved")
if different:
    with_zero = sum(1 for sample in different if "0" in sample["args"])
    print(f"  {len(different)} answers differ; {with_zero} of those requests hold a 0;"
          f" the first: {different[0]['id']} {' '.join(different[0]['args'])}")
sys.exit(3 if different else 0)
