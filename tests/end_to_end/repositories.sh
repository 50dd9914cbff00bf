#!/usr/bin/env bash
# Repositories as people have them, unmodified, each with a configuration outside: make, CMake, a configure script, a
# Python package, a Node package, and a bare one; samples as arguments, standard input and files. For each the same
# three things: the base alone, a patch that is truly faster, and a patch that changes an answer.
source "$(dirname "$0")/lib.sh"

# The program in C: counts a file or its standard input, as often as PASSES says, and tells the last count.
write_c() {
    mkdir -p "$1"
    cat >"$1/count.c" <<'C'
#include <stdio.h>
#include <string.h>

#define PASSES 400

static char text[1 << 16];

int main(int argc, char **argv)
{
    int twice = argc > 1 && strcmp(argv[1], "--twice") == 0;
    FILE *file = argc > 1 + twice ? fopen(argv[1 + twice], "r") : stdin;
    if (!file)
        return 3;
    size_t length = fread(text, 1, sizeof text, file);
    volatile unsigned long lines = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        lines = 0;
        for (size_t i = 0; i < length; i++)
            lines += text[i] == '\n';
    }
    printf("{\"bytes\": %zu, \"lines\": %lu}\n", length, lines << twice);
    return 0;
}
C
}

write_make() {
    write_c "$1"
    printf 'count: count.c\n\t$(CC) -O1 -o $@ count.c\n' >"$1/Makefile"
}

write_cmake() {
    write_c "$1"
    printf 'cmake_minimum_required(VERSION 3.20)\nproject(count C)\nadd_executable(${PROJECT_NAME} count.c)\n' \
        >"$1/CMakeLists.txt"
}

# What autotools leave in a release: a configure script that makes the Makefile, with its own temporary files and here
# documents.
write_configure() {
    write_c "$1"
    cat >"$1/configure" <<'S'
#!/bin/sh
set -e
echo 'int main(void) { return 0; }' >conftest.c
${CC-cc} -o conftest conftest.c && ./conftest
rm -f conftest conftest.c
sed "s|@CC@|${CC-cc}|" Makefile.in >Makefile
cat >config.log <<EOF
configured on $(uname -s) by $(id -un)
EOF
S
    chmod 755 "$1/configure"
    printf 'all: count\ncount: count.c\n\t@CC@ -O1 -o $@ count.c\ncheck: count\n\techo a b | ./count >$@.out\n' \
        >"$1/Makefile.in"
}

write_python() {
    mkdir -p "$1/count"
    : >"$1/count/__init__.py"
    cat >"$1/count/__main__.py" <<'P'
import json
import sys

PASSES = 40

arguments = sys.argv[1:]
twice = arguments[:1] == ["--twice"]
names = arguments[twice:]
text = open(names[0], newline="").read() if names else sys.stdin.read()
for _ in range(PASSES):
    lines = sum(1 for letter in text if letter == "\n")
print(json.dumps({"bytes": len(text), "lines": lines << twice}))
P
}

write_node() {
    mkdir -p "$1/bin"
    printf '{"name": "count", "version": "1.0.0", "bin": {"count": "bin/count.js"}}\n' >"$1/package.json"
    cat >"$1/bin/count.js" <<'N'
const fs = require('fs');
const PASSES = 1000;
const names = process.argv.slice(2);
const twice = names[0] === '--twice' ? names.splice(0, 1).length : 0;
const text = fs.readFileSync(names.length ? names[0] : 0, 'utf8');
let lines = 0;
for (let pass = 0; pass < PASSES; pass++) {
    lines = 0;
    for (let i = 0; i < text.length; i++) lines += text.charCodeAt(i) === 10;
}
console.log(JSON.stringify({bytes: text.length, lines: lines << twice}));
N
}

# write_config FOLDER BUILD RUN: a configuration outside, with samples of every kind.
write_config() {
    mkdir -p "$1/samples"
    cat >"$1/cupel.json" <<J
{
  "version": 1,
  "build": $2,
  "workloads": [
    { "name": "count", "kind": "command", "run": $3, "samples": "samples/count.jsonl", "block_s": 0.05 }
  ]
}
J
    seq 1 6000 >"$1/samples/a.txt"
    seq 1 9000 >"$1/samples/b.txt"
    cat >"$1/samples/count.jsonl" <<'J'
{"id": "file", "args": ["${samples}/a.txt"], "stratum": "file"}
{"id": "twice", "args": ["--twice", "${samples}/b.txt"], "stratum": "file"}
{"id": "pipe", "stdin_file": "b.txt", "stratum": "pipe"}
{"id": "inline", "stdin": "one\ntwo\n", "stratum": "pipe", "weight": 0.1}
{"id": "nothing", "stdin": "", "stratum": "pipe", "weight": 0}
{"id": "missing", "args": ["${samples}/none.txt"], "weight": 0}
J
}

# expect_check NAME FOLDER: the base builds, answers and is measured; whether this machine is quiet enough isn't asked.
expect_check() {
    checks=$((checks + 1))
    "$CUPEL" check --repo "$2" --config "$scratch/outside-$1/cupel.json" >"$scratch/both" 2>&1 </dev/null
    local status=$?
    if { [ $status = 0 ] || [ $status = 4 ]; } && grep -q '^workload count: 6 samples' "$scratch/both"; then
        printf 'ok      %s: the base alone\n' "$1"
    else
        fail "$1: check ended with $status" "$scratch/both"
    fi
}

# try NAME SOURCE PASSES BUILD RUN PROPOSED [bare]: all of it on the tree that write_NAME makes.
try() {
    local name=$1 source=$2 passes=$3 config=$scratch/outside-$1 repo=$scratch/count-$1/count
    "write_$name" "$repo"
    write_config "$config" "$4" "$5"
    git -C "$repo" init -q -b main
    commit "$repo" 'Count lines'
    patch_of "$repo" "$source" "s/PASSES\\( *=\\|\\) $passes/PASSES\\1 2/" >"$scratch/$name-fast.patch"
    patch_of "$repo" "$source" 's/lines << twice/lines + twice/' >"$scratch/$name-answer.patch"
    git -C "$repo" status --porcelain >"$scratch/$name-status"
    if [ "${7:-}" = bare ]; then
        git clone -q --bare "$repo" "$scratch/$name.git"
        repo=$scratch/$name.git
        expect 2 'a bare repository has no checkout' "$name: init writes into no bare repository" \
            "$CUPEL" init --repo "$repo"
    fi
    expect 0 "\"run\": $6" "$name: what init proposes" "$CUPEL" init --stdout --repo "$repo"
    expect_check "$name" "$repo"
    expect 0 'RECOMMENDED' "$name: a truly faster patch" \
        "$CUPEL" run --repo "$repo" --config "$config/cupel.json" "$scratch/$name-fast.patch"
    expect 8 '/lines' "$name: a patch that changes an answer" \
        "$CUPEL" run --repo "$repo" --config "$config/cupel.json" "$scratch/$name-answer.patch"
}

try make count.c 400 '[["make"]]' '["./count"]' '["./count"]' bare
try configure count.c 400 '[["./configure"], ["make"]]' '["./count"]' '["./count"]'
try cmake count.c 400 '[["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"]]' '["build/count"]' \
    '["build/count"]'
try python count/__main__.py 40 '[]' '["/usr/bin/python3", "-m", "count"]' '["python3", "-m", "count"]'
if [ -x /usr/bin/node ]; then
    try node bin/count.js 1000 '[]' '["/usr/bin/node", "bin/count.js"]' '["node", "bin/count.js"]'
else
    echo 'skipped node: /usr/bin/node is not on this machine'
fi

# A program that is not where the configuration says is named.
config=$scratch/outside-make
sed -i 's|"./count"|"./cuont"|' "$config/cupel.json"
expect 2 'cannot be started: ./cuont' 'a program that is not there' \
    "$CUPEL" check --repo "$scratch/make.git" --config "$config/cupel.json"

for name in configure cmake python node; do
    repo=$scratch/count-$name/count
    [ -d "$repo" ] || continue
    checks=$((checks + 1))
    git -C "$repo" status --porcelain >"$scratch/status"
    cmp -s "$scratch/status" "$scratch/$name-status" || fail "$name: the checkout was written to" "$scratch/status"
done
finish
