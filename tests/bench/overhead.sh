#!/usr/bin/env bash
# What `cupel run` spends of its own: wall time of the whole command less the stages that run the repository's commands
# (prepare, build, tests, contract, measure), beside starting python3 and `git status` in the same repository.
# Usage: CUPEL=path/to/cupel tests/bench/overhead.sh [ROUNDS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../end_to_end/lib.sh"
rounds=${1:-5}
repo=$scratch/repo
make_repository "$repo"
patch_of "$repo" Makefile 's/-O1/-O2/' >"$scratch/change.patch"
python3 - "$CUPEL" "$repo" "$scratch/change.patch" "$rounds" <<'P'
import json, statistics, subprocess, sys, time
cupel, repo, patch, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def seconds(command):
    start = time.monotonic()
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return time.monotonic() - start, out
own, python, git = [], [], []
for _ in range(rounds):
    total, out = seconds([cupel, "run", "--repo", repo, "--json", patch])
    stages = {s["name"]: s.get("seconds", 0) for s in json.loads(out)["candidates"][0]["stages"]}
    own.append(total - sum(stages.get(n, 0) for n in ("prepare", "build", "tests", "contract", "measure")))
    python.append(seconds(["python3", "-c", "pass"])[0])
    git.append(seconds(["git", "-C", repo, "status", "--short"])[0])
for name, values in (("cupel run, of its own", own), ("python3 -c pass", python), ("git status", git)):
    print(f"{name:24s} median {1e3 * statistics.median(values):7.1f} ms, worst {1e3 * max(values):7.1f} ms, {rounds} times")
P
