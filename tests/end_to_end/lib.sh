# Shared by the end-to-end tests: a scratch folder, a small repository, and checks that count failures.
# Use: source lib.sh; CUPEL is the executable under test.
set -u
: "${CUPEL:?the cupel executable}"
failures=0
checks=0

scratch=$(mktemp -d /tmp/cupel-e2e-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export XDG_STATE_HOME=$scratch/state XDG_CONFIG_HOME=$scratch/config HOME=$scratch/home NO_COLOR=1
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@example.org GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@example.org
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
mkdir -p "$HOME" "$XDG_CONFIG_HOME"

fail() {
    failures=$((failures + 1))
    printf 'FAILED  %s\n' "$1"
    [ -z "${2:-}" ] || cut -c1-300 "$2" | sed 's/^/        | /' | head -n 30
}

# expect STATUS NEEDLE NAME COMMAND…: exit status, and a sentence on stdout or stderr.
expect() {
    local status=$1 needle=$2 name=$3 got
    shift 3
    checks=$((checks + 1))
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    got=$?
    cat "$scratch/out" "$scratch/err" >"$scratch/both"
    if [ "$got" != "$status" ]; then
        fail "$name: exit status $got, expected $status" "$scratch/both"
    elif ! grep -qF -- "$needle" "$scratch/both"; then
        fail "$name: says nothing of \"$needle\"" "$scratch/both"
    else
        printf 'ok      %s\n' "$name"
    fi
}

# skip_without_sandbox COMMAND…: ends the test, with the words of the command, where it says that this machine has none.
skip_without_sandbox() {
    "$@" >"$scratch/out" 2>&1
    [ $? = 7 ] || return 0
    cat "$scratch/out"
    exit 77
}

# A make-built C program whose cost is `rounds`, with a configuration, samples and one commit.
make_repository() {
    local folder=$1
    mkdir -p "$folder/samples"
    cat >"$folder/sum.c" <<'C'
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 200000

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    volatile unsigned long sum = 0;
    for (unsigned long round = 0; round < ROUNDS; round++)
        sum += round % (n + 7);
    printf("{\"n\": %lu, \"sum\": %lu, \"zero\": %s}\n", n, sum, n == 0 ? "true" : "false");
    return 0;
}
C
    printf 'sum: sum.c\n\t$(CC) -O1 -o $@ sum.c\n' >"$folder/Makefile"
    cat >"$folder/cupel.json" <<'J'
{
  "version": 1,
  "build": [["make"]],
  "workloads": [
    { "name": "sum", "kind": "command", "run": ["./sum"], "samples": "samples/sum.jsonl", "block_s": 0.02 }
  ],
  "policy": { "edge_values": { "cases": 12 } }
}
J
    printf '{"id": "%s", "args": ["%s"]}\n' zero 0 one 1 ten 10 big 4000000 >"$folder/samples/sum.jsonl"
    printf '/sum\n' >"$folder/.gitignore"
    git -C "$folder" init -q -b main
    git -C "$folder" add -A
    git -C "$folder" commit -qm "Add sum"
}

# commit FOLDER MESSAGE: everything as it stands.
commit() {
    git -C "$1" add -A
    git -C "$1" commit -qm "$2"
}

# patch_of FOLDER FILE SED-SCRIPT >PATCH: the diff of an edit that is undone again.
patch_of() {
    sed -i "$3" "$1/$2"
    git -C "$1" diff
    git -C "$1" checkout -q -- "$2"
}

# Everything that a run could have left on the machine: sandbox processes and groups whose cupel is gone (both name its
# pid), mounts of this namespace, working folders.
leftovers() {
    pgrep -a -f '^cupel-sandbox [0-9]+$' | while read -r pid name owner; do
        [ -e "/proc/$owner" ] || echo "process $pid $name $owner"
    done
    grep -c . /proc/mounts
    find /sys/fs/cgroup -maxdepth 5 -name 'cupel-*' 2>/dev/null | while read -r group; do
        maker=${group##*/cupel-}
        [ -e "/proc/${maker%%-*}" ] || echo "$group"
    done
    find "$XDG_STATE_HOME"/cupel/*/work -mindepth 1 2>/dev/null || true
}

# expect_clean NAME: soon, nothing is there that was not in "$scratch/before". Others may be at it beside us.
expect_clean() {
    checks=$((checks + 1))
    for _ in $(seq 100); do
        leftovers >"$scratch/after"
        diff "$scratch/before" "$scratch/after" >"$scratch/diff" && { printf 'ok      %s\n' "$1"; return; }
        sleep 0.1
    done
    fail "$1" "$scratch/diff"
}

finish() {
    printf '%d checks, %d failed\n' "$checks" "$failures"
    [ "$failures" = 0 ]
}
