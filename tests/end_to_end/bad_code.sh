#!/usr/bin/env bash
# Code that misbehaves in the build and in the workload: verdicts, exit statuses, and nothing left behind.
source "$(dirname "$0")/lib.sh"

repo=$scratch/repo
make_repository "$repo"
leftovers >"$scratch/before"
config() {
    cat >"$scratch/config.json" <<J
{ "version": 1, "build_timeout_s": ${timeout:-60}, "build_disk_mb": ${disk:-8192}, "build_files": ${files:-1000000}, "build": ${1:-[[\"make\"]]}, "tests": ${2:-[]},
  "workloads": [{ "name": "sum", "kind": "command", "run": ["./sum"], "samples": "sum.jsonl",
                  "block_s": 0.02, "timeout_s": 2, "memory_mb": 64 }] }
J
    cp "$repo/samples/sum.jsonl" "$scratch/sum.jsonl"
}
try() { "$CUPEL" run --repo "$repo" --config "$scratch/config.json" "$@"; }
edit() { patch_of "$repo" "$1" "$2" >"$scratch/edit.patch"; }

# The build of the candidate.
config
edit sum.c 's/printf(/prontf(;/'
expect 8 'DOES NOT BUILD' 'a candidate that does not compile' try "$scratch/edit.patch"
expect 8 'error' 'and its first error is shown' try "$scratch/edit.patch"
edit Makefile 's/^\t.*/\tsleep 600/'
timeout=2 config
expect 8 'timed out' 'a build that hangs' try "$scratch/edit.patch"
config
edit Makefile 's/^\t.*/\tyes/'
expect 8 'DOES NOT BUILD' 'a build that prints without end' try "$scratch/edit.patch"
edit Makefile 's/^\t.*/\tbomb() { bomb | bomb \& }; bomb; wait; sleep 600/'
timeout=3 config
expect 8 'DOES NOT BUILD' 'a build that forks without end' try "$scratch/edit.patch"

# What it may write.
disk=32 config
edit Makefile 's/^\t.*/\tfor i in 1 2 3; do head -c 12000000 \/dev\/zero >big$$i; done; sleep 60/'
expect 8 'wrote more than 32 MiB into its' 'a build that fills the disk' \
    try "$scratch/edit.patch"
disk=32 config '[["sh", "-c", "for i in 1 2 3; do head -c 12000000 /dev/zero >big$i; done; make"]]'
expect 2 'the base itself does not build' 'a base that does is the configuration'"'"'s problem' try "$scratch/edit.patch"
files=50 config
edit Makefile 's/^\t.*/\tfor i in $$(seq 100); do : >f$$i; done; sleep 60/'
expect 8 'made more than 50 files in its workspace' 'a build that makes files without end' try "$scratch/edit.patch"

# The build and the tests of the base.
config '[["false"]]'
expect 2 'the base itself does not build' 'a base that does not build' try "$scratch/edit.patch"
config '[["make"]]' '[["sh", "-c", "exit 3"]]'
edit sum.c 's/ROUNDS 200000/ROUNDS 150000/'
expect 2 "the base's own tests fail" 'a base whose tests fail' try "$scratch/edit.patch"
config '[["make"]]' '[["sh", "-c", "grep -q 200000 sum.c"]]'
expect 8 'TESTS FAILED' 'a candidate whose tests fail' try "$scratch/edit.patch"

# The workload.
config
edit sum.c 's/return 0;/abort();/'
expect 8 'CONTRACT BROKEN' 'a candidate that crashes' try "$scratch/edit.patch"
edit sum.c 's/return 0;/for (;;) {}/'
expect 8 'CONTRACT BROKEN' 'a candidate that never ends' try "$scratch/edit.patch"
edit sum.c 's/printf(.*/return 0;/'
expect 8 'CONTRACT BROKEN' 'a candidate that answers nothing' try "$scratch/edit.patch"
edit sum.c 's/volatile unsigned long sum = 0;/volatile unsigned long sum = 0; char *p = malloc(1ul << 30); for (unsigned long i = 0; p \&\& i < 1ul << 30; i += 4096) p[i] = 1;/'
expect 8 'CONTRACT BROKEN' 'a candidate that eats all memory' try "$scratch/edit.patch"
edit sum.c 's/n == 0 ?/n == 10 ?/'
expect 8 '/zero' 'a wrong field is named' try "$scratch/edit.patch"

# What it tries: the base never asks for a socket. A wrong answer besides shows that nothing else was decisive.
wrong='s/n == 0 ?/n == 10 ?/'
tries() { edit sum.c "$wrong; s/return 0;/extern long syscall(long, ...); syscall($1); return 0;/"; }
if [ "$(uname -m)" = x86_64 ]; then
    tries '41, 2, 1, 0'
    expect 8 'SUSPICIOUS' 'a candidate that asks for an internet socket' try "$scratch/edit.patch"
    expect 8 'tried socket(AF_INET)' 'and the attempt is told' try "$scratch/edit.patch"
    tries '41, 1, 1, 0'
    expect 8 'CONTRACT BROKEN' 'one that asks for a local socket' try "$scratch/edit.patch"
    tries '425, 8, 0'
    expect 8 'CONTRACT BROKEN' 'one that probes io_uring' try "$scratch/edit.patch"
    expect 8 'tried io_uring_setup()' 'and the probe is told' try "$scratch/edit.patch"
fi

# What its build and its tests try. A wrong answer besides, in a second edit, shows what else would be decisive.
both() {
    sed -i "$1" "$repo/Makefile"
    patch_of "$repo" sum.c "$wrong" >"$scratch/edit.patch"
    git -C "$repo" checkout -q -- Makefile
}
socket="bash -c ': <\\/dev\\/tcp\\/127.0.0.1\\/9'"
config '[["make"]]' '[["make", "test"]]'
printf 'test:\n\ttrue\n' >>"$repo/Makefile"
commit "$repo" 'Add a test'
both "s/^\t\$(CC)/\t-$socket\n&/"
expect 8 'SUSPICIOUS' 'a candidate whose build asks for an internet socket' try "$scratch/edit.patch"
expect 8 'build (`make`): the candidate tried socket(AF_INET) once; the base never did' 'and the command is told' \
    try --json "$scratch/edit.patch"
expect 8 '{"call":"socket(AF_INET)","class":"network","count":1}]},"command":"make","stage":"build"}' \
    'and counted in the report' try --json "$scratch/edit.patch"
both 's/^\ttrue/\t-unshare -U true/'
expect 8 'tests (`make test`): the candidate tried unshare() once; the base never did' 'one whose tests want namespaces' \
    try --json "$scratch/edit.patch"
both "s/^\t\$(CC)/\t-$socket; false\n&/; s/-O1/-O1 -broken/"
expect 8 'SUSPICIOUS' 'one whose build fails besides' try "$scratch/edit.patch"
both 's/^\ttrue/\ttrue; true/'
expect 8 'CONTRACT BROKEN' 'one whose build and tests try nothing' try "$scratch/edit.patch"
sed -i "s/^\ttrue/\t-$socket/" "$repo/Makefile"
commit "$repo" 'Test with a socket'
both 's/-O1/-O2/'
expect 8 'CONTRACT BROKEN' 'one that tries what the base tries too' try "$scratch/edit.patch"
both "s/^\t\$(CC)/\t-$socket\n&/"
expect 8 'build (`make`): the candidate tried socket(AF_INET)' 'one whose build tries what only the tests of the base do' \
    try "$scratch/edit.patch"
config
edit Makefile 's/-o $@/-o other/'
expect 8 'DOES NOT START' 'a candidate whose program is not there' try "$scratch/edit.patch"
edit sum.c 's,unsigned long n =,/* the size */ unsigned long n =,'
expect 3 'NO EFFECT' 'a candidate that builds to the same bytes' try "$scratch/edit.patch"

expect_clean 'nothing is left behind'
finish
